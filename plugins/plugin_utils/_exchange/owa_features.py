# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Switches of Outlook on the web that are no options, but that a new directory must get back (Set-OwaVirtualDirectory).

Policies are the place to set them (client-access-laws 1.1); parameters that are deprecated or Microsoft's own are left
out, and a difference in one of those is reported.
"""

from __future__ import annotations

from .._converge.kinds import Bool, Int, Many, Text
from .._converge.setting import Setting
from .versions import Product

_SAYS = "Put back as it was."
_SWITCHES = (
    "ActiveSyncIntegrationEnabled",
    "AllAddressListsEnabled",
    "AllowCopyContactsToDeviceAddressBook",
    "AnonymousFeaturesEnabled",
    "CalendarEnabled",
    "ContactsEnabled",
    "DelegateAccessEnabled",
    "DisplayPhotosEnabled",
    "ExplicitLogonEnabled",
    "ForceSaveAttachmentFilteringEnabled",
    "GlobalAddressListEnabled",
    "IRMEnabled",
    "IntegratedFeaturesEnabled",
    "IsPublic",
    "JournalEnabled",
    "JunkEmailEnabled",
    "NotesEnabled",
    "OWALightEnabled",
    "OrganizationEnabled",
    "PremiumClientEnabled",
    "PublicFoldersEnabled",
    "RecoverDeletedItemsEnabled",
    "RemindersAndNotificationsEnabled",
    "ReportJunkEmailEnabled",
    "RulesEnabled",
    "SMimeEnabled",
    "SearchFoldersEnabled",
    "SignaturesEnabled",
    "SilverlightEnabled",
    "SpellCheckerEnabled",
    "TasksEnabled",
    "TextMessagingEnabled",
    "ThemeSelectionEnabled",
    "UMIntegrationEnabled",
    "UseGB18030",
    "UseISO885915",
)
_SWITCHES_SINCE_2016 = ("ClassicAttachmentsEnabled", "ReferenceAttachmentsEnabled", "SaveAttachmentsToCloudEnabled")
_LISTS = (
    "AllowedFileTypes",
    "AllowedMimeTypes",
    "BlockedFileTypes",
    "BlockedMimeTypes",
    "ForceSaveFileTypes",
    "ForceSaveMimeTypes",
)
_TEXTS_SINCE_2016 = ("ExternalSPMySiteHostURL", "InternalSPMySiteHostURL")

OWA_FEATURES = (
    *(Setting(name, Bool(), _SAYS) for name in _SWITCHES),
    *(Setting(name, Bool(), _SAYS, since=Product.E2016) for name in _SWITCHES_SINCE_2016),
    *(Setting(name, Many(clearable=True), _SAYS) for name in _LISTS),
    *(Setting(name, Text(clearable=True), _SAYS, since=Product.E2016) for name in _TEXTS_SINCE_2016),
    Setting("NotificationInterval", Int(), _SAYS),
)
