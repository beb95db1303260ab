# SPDX-License-Identifier: GPL-3.0-or-later
"""OwaVirtualDirectory (client-access-laws 1.1)."""
from __future__ import annotations

from .attributes import AD, FRONT, IIS, Attribute, Noun, Place, enum, extended_protection, many, methods, places, urls
from .rules import failback_url_is_another, gzip_level_is_no_error, protection_is_consistent
from .web_app import AUTHENTICATION_ECHO, adfs_is_alone_and_in_order, forms_bring_basic_along, owa_and_ecp_agree

WEB_READY_TYPES = (".xlsx", ".docx", ".pdf")
WEB_READY_MIMES = ("application/pdf", "application/msword")
FEATURES = (
    "GlobalAddressListEnabled", "OrganizationEnabled", "ExplicitLogonEnabled", "OWALightEnabled", "DelegateAccessEnabled",
    "IRMEnabled", "CalendarEnabled", "ContactsEnabled", "TasksEnabled", "JournalEnabled", "NotesEnabled",
    "RemindersAndNotificationsEnabled", "PremiumClientEnabled", "SpellCheckerEnabled", "SearchFoldersEnabled",
    "SignaturesEnabled", "ThemeSelectionEnabled", "JunkEmailEnabled", "UMIntegrationEnabled",
    "WSSAccessOnPublicComputersEnabled", "WSSAccessOnPrivateComputersEnabled", "ChangePasswordEnabled",
    "UNCAccessOnPublicComputersEnabled", "UNCAccessOnPrivateComputersEnabled", "ActiveSyncIntegrationEnabled",
    "AllAddressListsEnabled", "RulesEnabled", "PublicFoldersEnabled", "SMimeEnabled", "RecoverDeletedItemsEnabled",
    "InstantMessagingEnabled", "TextMessagingEnabled", "SilverlightEnabled", "WeatherEnabled", "InterestingCalendarsEnabled",
    "AllowCopyContactsToDeviceAddressBook", "AnonymousFeaturesEnabled", "IntegratedFeaturesEnabled", "DisplayPhotosEnabled",
    "SetPhotoEnabled", "ReportJunkEmailEnabled", "DirectFileAccessOnPublicComputersEnabled",
    "DirectFileAccessOnPrivateComputersEnabled", "WebReadyDocumentViewingOnPublicComputersEnabled",
    "WebReadyDocumentViewingOnPrivateComputersEnabled", "WebReadyDocumentViewingForAllSupportedTypes",
    "WacViewingOnPublicComputersEnabled", "WacViewingOnPrivateComputersEnabled", "RedirectToOptimalOWAServer",
)
CLOUD_ATTACHMENTS = (
    "FreCardsEnabled", "WacEditingEnabled", "DropboxAttachmentsEnabled", "BoxAttachmentsEnabled", "OneDriveAttachmentsEnabled",
    "GoogleDriveAttachmentsEnabled", "ClassicAttachmentsEnabled", "ReferenceAttachmentsEnabled", "SaveAttachmentsToCloudEnabled",
    "ThirdPartyAttachmentsEnabled",
)


def on_the_front_end(place: Place) -> bool:
    """Forms and Basic on the front end, Windows on the back end (client-access-laws 6.3)."""
    return place.side == FRONT


OWA = Noun(
    name="OwaVirtualDirectory",
    directory="owa",
    object_class="msExchOWAVirtualDirectory",
    category="ms-Exch-OWA-Virtual-Directory",
    type_name="ADOwaVirtualDirectory",
    parents=("ExchangeWebAppVirtualDirectory", "ExchangeVirtualDirectory"),
    echo=AUTHENTICATION_ECHO,
    web_sites=True,
    rules=(
        forms_bring_basic_along, adfs_is_alone_and_in_order, owa_and_ecp_agree, failback_url_is_another, gzip_level_is_no_error,
        protection_is_consistent,
    ),
    attributes=(
        *many("bool", AD, True, *FEATURES),
        *many("bool", AD, True, *CLOUD_ATTACHMENTS, since="2016"),
        *many(
            "bool", AD, False, "ForceWebReadyDocumentViewingFirstOnPublicComputers",
            "ForceWebReadyDocumentViewingFirstOnPrivateComputers", "ForceWacViewingFirstOnPublicComputers",
            "ForceWacViewingFirstOnPrivateComputers", "LogonPagePublicPrivateSelectionEnabled", "LogonPageLightSelectionEnabled",
            "IsPublic", "UseGB18030", "UseISO885915", "ForceSaveAttachmentFilteringEnabled", "PlacesEnabled",
            "LocalEventsEnabled", "PredictedActionsEnabled", "UserDiagnosticEnabled",
        ),
        enum("RemoteDocumentsActionForUnknownServers", "RemoteDocumentsActions", AD, "Block"),
        enum("ActionForUnknownFileAndMIMETypes", "AttachmentBlockingActions", AD, "Allow"),
        *many("texts", AD, WEB_READY_TYPES, "WebReadyFileTypes", "WebReadyDocumentViewingSupportedFileTypes"),
        *many("texts", AD, WEB_READY_MIMES, "WebReadyMimeTypes", "WebReadyDocumentViewingSupportedMimeTypes"),
        Attribute("AllowedFileTypes", "texts", AD, (".docx", ".pdf", ".txt")),
        Attribute("AllowedMimeTypes", "texts", AD, ("image/jpeg", "image/png")),
        Attribute("ForceSaveFileTypes", "texts", AD, (".swf", ".svg")),
        Attribute("ForceSaveMimeTypes", "texts", AD, ("application/x-shockwave-flash", "text/html")),
        Attribute("BlockedFileTypes", "texts", AD, (".vbs", ".exe", ".bat")),
        Attribute("BlockedMimeTypes", "texts", AD, ("application/hta", "text/javascript")),
        *many(
            "texts", AD, (), "RemoteDocumentsAllowedServers", "RemoteDocumentsBlockedServers",
            "RemoteDocumentsInternalDomainSuffixList", "Url",
        ),
        *many("text", AD, None, "FolderPathname", "ExchwebProxyDestination", "VirtualDirectoryType"),
        enum("LogonFormat", "LogonFormats", IIS, "FullDomain"),
        enum("ClientAuthCleanupLevel", "ClientAuthCleanupLevels", AD, "High"),
        *many("text", AD, None, "InternalSPMySiteHostURL", "ExternalSPMySiteHostURL", since="2016"),
        *many("host", AD, None, "ExternalDownloadHostName", "InternalDownloadHostName", since="2016"),
        enum("FilterWebBeaconsAndHtmlForms", "WebBeaconFilterLevels", AD, "UserFilterChoice"),
        Attribute("NotificationInterval", "int", AD, 120),
        Attribute("UserContextTimeout", "int", AD, 60),
        *many("int", AD, 0, "DefaultClientLanguage", "LogonAndErrorLanguage"),
        enum("OwaVersion", "OwaVersions", AD, "Exchange2013"),
        Attribute("ServerName", "text", AD, lambda place: place.server.name),
        *many(
            "text", AD, "", "DefaultTheme", "InstantMessagingCertificateThumbprint", "InstantMessagingServerName", "SetPhotoURL",
        ),
        enum("OutboundCharset", "OutboundCharsetOptions", AD, "AutoDetect"),
        enum("WebPartsFrameOptionsType", "WebPartsFrameOptions", AD, "SameOrigin"),
        enum("AllowOfflineOn", "AllowOfflineOnEnum", AD, "AllComputers"),
        enum("InstantMessagingType", "InstantMessagingTypeOptions", AD, "None"),
        *many("url", AD, None, "Exchange2003Url", "FailbackUrl"),
        methods("InternalAuthenticationMethods", lambda place: ("Basic", "Fba") if place.side == FRONT else ("Ntlm", "WindowsIntegrated")),
        methods("ExternalAuthenticationMethods", ("Fba",)),
        *many("bool", IIS, on_the_front_end, "BasicAuthentication", "FormsAuthentication"),
        Attribute("WindowsAuthentication", "bool", IIS, lambda place: place.side != FRONT),
        *many("bool", IIS, False, "DigestAuthentication", "LiveIdAuthentication", "AdfsAuthentication", "OAuthAuthentication"),
        Attribute("DefaultDomain", "text", IIS, ""),
        enum("GzipLevel", "GzipLevel", IIS, "Low"),
        *places("owa", web_app=True),
        *extended_protection("Require", "Require"),
        *urls("/owa"),
    ),
)
