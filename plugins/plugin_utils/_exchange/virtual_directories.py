# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtual directories of a front end (cmdlet pages; client-access-laws sections 1.0 to 1.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .._converge.kinds import Bool, Caseless, Enum, EnumList, HostName, Int, Many, Text, Url
from .._converge.proposal import Proposal
from .._converge.resource import parse_wish
from .._converge.setting import Setting
from .._remoting.errors import BadInput
from .extended_protection import EXTENDED_PROTECTION, protection_flags_are_consistent
from .logon_pages import LOGON_METHODS, LOGON_RULES
from .owa_features import OWA_FEATURES
from .versions import Product
from .virtual_directory import VirtualDirectory

METHODS = (
    "Adfs",
    "Basic",
    "Certificate",
    "Digest",
    "Fba",
    "Kerberos",
    "LiveIdBasic",
    "LiveIdFba",
    "LiveIdNegotiate",
    "NegoEx",
    "Negotiate",
    "Ntlm",
    "OAuth",
    "WindowsIntegrated",
    "WSSecurity",
)

# Rows that several tables share


def _urls(path: str, *schemes: str) -> tuple[Setting, ...]:
    inside = Url(path=path, schemes=schemes or ("https",), clearable=True)
    outside = replace(inside, public=True)
    return (
        Setting("InternalUrl", inside, "URL for clients inside the organization.", recycle=False),
        Setting("ExternalUrl", outside, "URL for clients outside the organization.", recycle=False),
    )


def _flag(parameter: str, says: str, **more: Any) -> Setting:
    return Setting(parameter, Bool(), says, **more)


def _basic(**more: Any) -> Setting:
    return _flag("BasicAuthentication", "Basic authentication.", full_read=True, **more)


def _windows(**more: Any) -> Setting:
    return _flag("WindowsAuthentication", "Integrated Windows authentication.", full_read=True, **more)


_DIGEST = _flag("DigestAuthentication", "Digest authentication.", full_read=True)
_FORMS = _flag("FormsAuthentication", "Forms-based authentication, the logon page.", full_read=True)
_ADFS = _flag("AdfsAuthentication", "AD FS claims-based authentication.", full_read=True)
_OAUTH = _flag("OAuthAuthentication", "OAuth authentication.", full_read=True)
_WS_SECURITY = _flag("WSSecurityAuthentication", "WS-Security authentication.", full_read=True)


def _gzip() -> Setting:
    return Setting("GzipLevel", Enum(values=("Off", "Low", "High")), "Compression of replies.", full_read=True)


def _methods(parameter: str, says: str) -> Setting:
    return Setting(parameter, EnumList(values=METHODS, clearable=True), says)


# Rules of single protocols (client-access-laws section 2)


def user_name_needs_default_domain(proposal: Proposal) -> None:
    """2.12."""
    if not proposal.given("logon_format"):
        return
    if proposal.target("logon_format") == "UserName" and not proposal.target("default_domain"):
        proposal.refuse("logon_format", "UserName needs a default_domain", "Set default_domain as well.")
    if proposal.target("logon_format") == "PrincipalName" and proposal.changes_option("logon_format"):
        proposal.warn("logon_format PrincipalName works only where user principal name and primary address are equal.")


def download_hosts_differ_from_owa(proposal: Proposal) -> None:
    """2.10: a download host that equals a host of Outlook on the web protects nothing, whichever of them changes."""
    urls = [option for option in ("internal_url", "external_url") if proposal.known(option)]
    hosts = {
        url.key(proposal.target(option))[1]
        for option in urls
        if (url := proposal.resource.noun.by_option[option].kind) and proposal.target(option)
    }
    moves = any(proposal.changes_option(option) for option in urls)
    for option in ("internal_download_host_name", "external_download_host_name"):
        asked = proposal.given(option) or (moves and proposal.known(option))
        if asked and str(proposal.target(option) or "").lower() in hosts:
            proposal.refuse(
                option, "equals a host of Outlook on the web and so protects nothing", "Choose another name."
            )


def failback_differs_from_external(proposal: Proposal) -> None:
    """2.9."""
    if not proposal.given("failback_url") or not proposal.target("failback_url"):
        return
    kind = proposal.resource.noun.by_option["failback_url"].kind
    if kind.same(proposal.target("failback_url"), proposal.target("external_url")):
        proposal.refuse("failback_url", "must differ from external_url", "Choose another URL.")


def bypass_url_stays_empty(proposal: Proposal) -> None:
    """2.8: on the front end a value breaks eDiscovery, so clearing is the only useful wish."""
    if proposal.given("internal_nlb_bypass_url") and proposal.target("internal_nlb_bypass_url"):
        proposal.refuse(
            "internal_nlb_bypass_url",
            "must stay empty on a front end; a value breaks eDiscovery",
            "Write an empty text.",
        )


def urls_take_methods_along(proposal: Proposal) -> None:
    """2.4: the page wants the methods beside a URL; send those just read, so that none is lost."""
    option = "iis_authentication_methods"
    if proposal.given(option):
        oauth = any(method.lower() == "oauth" for method in proposal.target(option))
        if proposal.changes_option(option) and not oauth:
            proposal.warn(f"{option} without OAuth cuts off hybrid and modern authentication.")
    elif proposal.changes_option("internal_url") or proposal.changes_option("external_url"):
        proposal.send_along([option])


# The protocols

OWA = VirtualDirectory(
    name="OwaVirtualDirectory",
    label="owa",
    title="Outlook on the web",
    directory="owa",
    path="/owa",
    settings=(
        *_urls("/owa"),
        _basic(),
        _FORMS,
        _windows(),
        _DIGEST,
        _ADFS,
        _OAUTH,
        _methods("ExternalAuthenticationMethods", "Methods that are told to clients outside. The list is replaced."),
        Setting(
            "LogonFormat",
            Enum(values=("FullDomain", "PrincipalName", "UserName")),
            "What users type on the logon page. V(UserName) needs O(default_domain).",
            full_read=True,
        ),
        Setting("DefaultDomain", Text(clearable=True), "Domain of users that type only their name.", full_read=True),
        Setting(
            "InternalDownloadHostName",
            HostName(clearable=True),
            "Host that serves inline images inside. Must differ from the hosts of Outlook on the web.",
            since=Product.E2016,
        ),
        Setting(
            "ExternalDownloadHostName",
            HostName(clearable=True, public=True),
            "Host that serves inline images outside. Must differ from the hosts of Outlook on the web.",
            since=Product.E2016,
        ),
        Setting(
            "FailbackUrl",
            Url(path="/owa", clearable=True),
            "URL used during a failback. Must differ from O(external_url).",
        ),
        _gzip(),
        _flag("ChangePasswordEnabled", "Users may change their password."),
        _flag("SetPhotoEnabled", "Users may set their photo."),
        Setting("SetPhotoURL", Text(clearable=True), "Page where users set their photo."),
        Setting(
            "ActionForUnknownFileAndMIMETypes",
            Enum(values=("Allow", "ForceSave", "Block")),
            "What happens to attachments of a type in no list.",
        ),
        _flag("LogonPagePublicPrivateSelectionEnabled", "The logon page asks whether the computer is private."),
        _flag("LogonPageLightSelectionEnabled", "The logon page offers the light version."),
        _flag("InstantMessagingEnabled", "Instant messaging."),
        Setting("InstantMessagingType", Enum(values=("None", "Ocs")), "Provider of instant messaging."),
        Setting("InstantMessagingServerName", HostName(clearable=True), "Server of instant messaging."),
        Setting(
            "InstantMessagingCertificateThumbprint",
            Caseless(clearable=True),
            "Certificate used towards that server, as a thumbprint.",
        ),
        Setting(
            "ClientAuthCleanupLevel", Enum(values=("High", "Low")), "How much of the browser's cache a logoff clears."
        ),
        Setting(
            "FilterWebBeaconsAndHtmlForms",
            Enum(values=("UserFilterChoice", "ForceFilter", "DisableFilter")),
            "Whether web beacons and forms in messages are blocked.",
        ),
        Setting(
            "AllowOfflineOn",
            Enum(values=("AllComputers", "PrivateComputersOnly", "NoComputers")),
            "Where offline use is allowed.",
        ),
        Setting(
            "WebPartsFrameOptionsType",
            Enum(values=("SameOrigin", "None", "Deny")),
            "Who may show web parts in a frame.",
        ),
        Setting(
            "OutboundCharset",
            Enum(values=("AutoDetect", "AlwaysUTF8", "UserLanguageChoice")),
            "Character set of sent messages.",
        ),
        Setting(
            "LogonAndErrorLanguage", Int(), "Language of the logon and error pages as an LCID; 0 is the browser's."
        ),
        Setting("UserContextTimeout", Int(minimum=1), "Minutes until an idle session ends."),
        _flag("RedirectToOptimalOWAServer", "Users are sent to the server nearest to their mailbox."),
        Setting("DefaultTheme", Text(clearable=True), "Theme of users who chose none."),
        _flag("DirectFileAccessOnPublicComputersEnabled", "Attachments open directly on public computers."),
        _flag("DirectFileAccessOnPrivateComputersEnabled", "Attachments open directly on private computers."),
        _flag("WacViewingOnPublicComputersEnabled", "Office Online Server shows attachments on public computers."),
        _flag("WacViewingOnPrivateComputersEnabled", "Office Online Server shows attachments on private computers."),
        _flag("ForceWacViewingFirstOnPublicComputers", "Attachments must be viewed there first on public computers."),
        _flag("ForceWacViewingFirstOnPrivateComputers", "Attachments must be viewed there first on private computers."),
        _flag("WacEditingEnabled", "Office Online Server edits attachments.", since=Product.E2016),
        *EXTENDED_PROTECTION,
    ),
    rules=(
        *LOGON_RULES,
        user_name_needs_default_domain,
        download_hosts_differ_from_owa,
        failback_differs_from_external,
        protection_flags_are_consistent,
    ),
    kept=OWA_FEATURES,
    recycle=("MSExchangeOWAAppPool",),
    restart_for=frozenset(
        {
            "forms_authentication",
            "adfs_authentication",
            "logon_page_public_private_selection_enabled",
            "internal_download_host_name",
            "external_download_host_name",
        }
    ),
)

ECP = VirtualDirectory(
    name="EcpVirtualDirectory",
    label="ecp",
    title="Exchange admin center",
    directory="ecp",
    path="/ecp",
    settings=(
        *_urls("/ecp"),
        _basic(),
        _FORMS,
        _windows(),
        _DIGEST,
        _ADFS,
        _flag("OAuthAuthentication", "OAuth authentication.", full_read=True, since=Product.E2019),
        _methods("ExternalAuthenticationMethods", "Methods that are told to clients outside. The list is replaced."),
        _flag("AdminEnabled", "Administrators may use the admin center through this directory."),
        _flag("OwaOptionsEnabled", "Users may use the options pages."),
        _gzip(),
        *EXTENDED_PROTECTION,
    ),
    rules=(*LOGON_RULES, protection_flags_are_consistent),
    recycle=("MSExchangeECPAppPool",),
    restart_for=frozenset(LOGON_METHODS),
)

EWS = VirtualDirectory(
    name="WebServicesVirtualDirectory",
    label="ews",
    title="Exchange Web Services",
    directory="EWS",
    path="/EWS/Exchange.asmx",
    settings=(
        *_urls("/EWS/Exchange.asmx"),
        _basic(),
        _windows(),
        _DIGEST,
        _WS_SECURITY,
        _OAUTH,
        _flag("CertificateAuthentication", "Certificate authentication of the management path.", full_read=True),
        _flag("MRSProxyEnabled", "Mailbox moves from other organizations may come in here.", full_read=True),
        Setting(
            "InternalNLBBypassUrl",
            Url(path="/EWS/Exchange.asmx", clearable=True),
            "Must stay empty on a front end: only an empty text is accepted, which clears it.",
        ),
        _gzip(),
        *EXTENDED_PROTECTION,
    ),
    rules=(bypass_url_stays_empty, protection_flags_are_consistent),
    always={"Force": True},
    recycle=("MSExchangeServicesAppPool",),
)

ACTIVESYNC = VirtualDirectory(
    name="ActiveSyncVirtualDirectory",
    label="activesync",
    title="Exchange ActiveSync",
    directory="Microsoft-Server-ActiveSync",
    path="/Microsoft-Server-ActiveSync",
    settings=(
        *_urls("/Microsoft-Server-ActiveSync"),
        _flag("BasicAuthEnabled", "Basic authentication.", full_read=True, known_as="BasicAuthentication"),
        _flag(
            "WindowsAuthEnabled", "Integrated Windows authentication.", full_read=True, known_as="WindowsAuthentication"
        ),
        Setting(
            "ClientCertAuth",
            Enum(values=("Ignore", "Accepted", "Required")),
            "Client certificates. Logon by certificate also needs work in IIS that this cmdlet does not do.",
            full_read=True,
        ),
        _methods(
            "InternalAuthenticationMethods", "Methods allowed inside; empty is no restriction. The list is replaced."
        ),
        _methods(
            "ExternalAuthenticationMethods", "Methods allowed outside; empty is no restriction. The list is replaced."
        ),
        _flag("CompressionEnabled", "Compression of replies.", full_read=True),
        _flag("BadItemReportingEnabled", "Users are told of items that cannot be synchronized."),
        _flag("SendWatsonReport", "Error reports are sent to Microsoft."),
        Setting("ActiveSyncServer", Text(clearable=True), "URL of the server that devices are told."),
        _flag("MobileClientCertificateProvisioningEnabled", "Devices get certificates from Autodiscover."),
        Setting("MobileClientCertificateAuthorityURL", Text(clearable=True), "URL of the CA that gives them."),
        Setting("MobileClientCertTemplateName", Text(clearable=True), "Template that they are made from."),
        Setting(
            "RemoteDocumentsActionForUnknownServers",
            Enum(values=("Allow", "Block")),
            "Stored, but without effect since Exchange 2013.",
        ),
        Setting(
            "RemoteDocumentsAllowedServers", Many(clearable=True), "Stored, but without effect since Exchange 2013."
        ),
        Setting(
            "RemoteDocumentsBlockedServers", Many(clearable=True), "Stored, but without effect since Exchange 2013."
        ),
        Setting(
            "RemoteDocumentsInternalDomainSuffixList",
            Many(clearable=True),
            "Stored, but without effect since Exchange 2013.",
        ),
        *EXTENDED_PROTECTION,
    ),
    rules=(protection_flags_are_consistent,),
    recycle=("MSExchangeSyncAppPool",),
    restart_for=frozenset({"client_cert_auth"}),
)

OAB = VirtualDirectory(
    name="OabVirtualDirectory",
    label="oab",
    title="Offline address book",
    directory="OAB",
    path="/OAB",
    settings=(
        *_urls("/OAB"),
        _basic(),
        _windows(),
        _OAUTH,
        _flag("RequireSSL", "TLS is required.", full_read=True),
        *EXTENDED_PROTECTION,
    ),
    rules=(protection_flags_are_consistent,),
    recycle=("MSExchangeOABAppPool",),
)

MAPI = VirtualDirectory(
    name="MapiVirtualDirectory",
    label="mapi",
    title="MAPI over HTTP",
    directory="mapi",
    path="/mapi",
    settings=(
        *_urls("/mapi"),
        Setting(
            "IISAuthenticationMethods",
            EnumList(values=("Basic", "Ntlm", "Negotiate", "OAuth")),
            "Methods in IIS. The list is replaced.",
            full_read=True,
        ),
        *EXTENDED_PROTECTION,
    ),
    rules=(urls_take_methods_along, protection_flags_are_consistent),
    full_for=frozenset({"internal_url", "external_url"}),
    recycle=("MSExchangeMapiFrontEndAppPool", "MSExchangeMapiMailboxAppPool"),
)

POWERSHELL = VirtualDirectory(
    name="PowerShellVirtualDirectory",
    label="powershell",
    title="Remote PowerShell",
    directory="PowerShell",
    path="/powershell",
    settings=(
        *_urls("/powershell", "http", "https"),
        _basic(),
        _windows(),
        _flag("CertificateAuthentication", "Certificate authentication.", full_read=True),
        _flag("RequireSSL", "TLS is required.", full_read=True),
        *EXTENDED_PROTECTION,
    ),
    rules=(protection_flags_are_consistent,),
    recycle=("MSExchangePowerShellFrontEndAppPool", "MSExchangePowerShellAppPool"),
)

AUTODISCOVER = VirtualDirectory(
    name="AutodiscoverVirtualDirectory",
    label="autodiscover",
    title="Autodiscover",
    directory="Autodiscover",
    path="/Autodiscover/Autodiscover.xml",
    settings=(_basic(), _windows(), _DIGEST, _WS_SECURITY, _OAUTH, *EXTENDED_PROTECTION),
    rules=(protection_flags_are_consistent,),
    recycle=("MSExchangeAutodiscoverAppPool",),
)

PROTOCOLS: Mapping[str, VirtualDirectory] = {
    noun.label: noun for noun in (OWA, ECP, EWS, ACTIVESYNC, OAB, MAPI, POWERSHELL, AUTODISCOVER)
}

FRONT_END_RULES = (bypass_url_stays_empty,)
"""Rules of the front end alone."""

SETTING_OPTIONS = frozenset(option for noun in PROTOCOLS.values() for option in noun.by_option)
"""Every option that is a setting of some protocol."""


def directory_wish(protocol: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The settings among the options, as canonical values.

    Raises:
        BadInput: a setting that this protocol does not have, or an impossible value.
    """
    noun = PROTOCOLS[protocol]
    return parse_wish(noun, {name: value for name, value in options.items() if name in SETTING_OPTIONS}, noun.title)


def refuse_unasked_powershell(wish: Mapping[str, Any], allowed: bool) -> None:
    """The PowerShell directory carries our own session: a wrong setting would lock every remote administrator out.

    Raises:
        BadInput: a setting without permission.
    """
    if wish and not allowed:
        raise BadInput(
            "Settings of the PowerShell directory can cut off every remote session, this one included.",
            "Set allow_powershell_changes to true if you mean it. Nothing was changed.",
        )


def twin(protocol: str, wish: Mapping[str, Any]) -> VirtualDirectory | None:
    """The directory whose state a wish for the other one has to be judged beside, if any."""
    twins = {"owa": ECP, "ecp": OWA}
    return twins.get(protocol) if any(option in wish for option in LOGON_METHODS) else None
