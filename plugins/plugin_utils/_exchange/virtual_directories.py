# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtual directories of a front end (cmdlet pages; client-access-laws sections 1.0 to 1.5 and 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._converge.kinds import Bool, Caseless, Enum, EnumList, HostName, Int, Many, Text, Url
from .._converge.noun import Noun
from .._converge.proposal import Proposal
from .._converge.resource import Pick, Resource, parse_wish
from .._converge.setting import Setting
from .._remoting.errors import BadInput, ObjectMissing
from .._remoting.record import Record
from .servers import Server
from .versions import Product

DEFAULT_WEB_SITE = "Default Web Site"

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


@dataclass(frozen=True)
class VirtualDirectory(Noun):
    """A protocol's directory.

    Attributes:
        directory: its name in front of the web site's.
        path: the path of its URLs, written exactly so (client-access-laws section 4).
        title: what people call the protocol.
    """

    directory: str = ""
    path: str = ""
    title: str = ""
    cheap_read: str = "ADPropertiesOnly"

    def on(self, server: Server, web_site: str, wish: Mapping[str, Any]) -> Resource:
        """The directory of one server and web site."""
        return Resource(
            noun=self,
            subject=f"{self.title} on {server.name}",
            select={"Server": server.fqdn},
            pick=named(f"{self.directory} ({web_site})", server),
            wish=wish,
            version=server.product,
            version_name=str(server.product),
        )


def named(name: str, server: Server) -> Pick:
    """Pick by Name: asking by identity writes an error event for a missing one (client-access-laws 3.3)."""

    def pick(records: Sequence[Record]) -> Record:
        for record in records:
            if str(record.get("Name") or name).lower() == name.lower():
                return record
        raise ObjectMissing(
            f"{server.name} has no virtual directory '{name}'.",
            "Check web_site; a directory that is really gone must be created again before it can be configured.",
        )

    return pick


LOGON_METHODS = (
    "basic_authentication",
    "forms_authentication",
    "windows_authentication",
    "digest_authentication",
    "adfs_authentication",
    "oauth_authentication",
)
"""How users log on to Outlook on the web and the admin center."""

# Rows that several tables share


def _urls(path: str, *schemes: str) -> tuple[Setting, ...]:
    kind = Url(path=path, schemes=schemes or ("https",), clearable=True)
    return (
        Setting("InternalUrl", kind, "URL for clients inside the organization.", recycle=False),
        Setting("ExternalUrl", kind, "URL for clients outside the organization.", recycle=False),
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


EXTENDED_PROTECTION = (
    Setting(
        "ExtendedProtectionTokenChecking",
        Enum(values=("None", "Allow", "Require")),
        "Extended Protection: whether channel binding tokens are checked.",
        full_read=True,
    ),
    Setting(
        "ExtendedProtectionFlags",
        EnumList(
            values=("None", "Proxy", "NoServiceNameCheck", "AllowDotlessSPN", "ProxyCoHosting"),
            empty_word="None",
            clearable=True,
        ),
        "Extended Protection: how tokens are checked. The list is replaced.",
        full_read=True,
    ),
    Setting(
        "ExtendedProtectionSPNList",
        Many(clearable=True),
        "Extended Protection: service principal names that are accepted beside the server's. The list is replaced.",
        full_read=True,
    ),
)


# Rules: what one setting demands of another (client-access-laws section 2)


def forms_authentication_brings_basic(proposal: Proposal) -> None:
    """2.1: forms on sets Basic on and Digest and Windows off by itself; another wish for these contradicts it."""
    if not proposal.given("forms_authentication") or not proposal.target("forms_authentication"):
        return
    for option, value in (
        ("basic_authentication", True),
        ("windows_authentication", False),
        ("digest_authentication", False),
    ):
        if proposal.given(option) and proposal.target(option) is not value:
            proposal.refuse(
                option,
                f"cannot be {str(not value).lower()} together with forms_authentication",
                "Leave one of the two out, or turn forms_authentication off.",
            )
        if not proposal.given(option):
            proposal.imply(option, value, "forms_authentication")


def forms_off_goes_first(proposal: Proposal) -> None:
    """2.1: forms off and Basic on are refused in one call; two calls, forms off first."""
    if (
        proposal.given("forms_authentication")
        and not proposal.target("forms_authentication")
        and proposal.changes_option("forms_authentication")
        and proposal.target("basic_authentication")
        and proposal.given("basic_authentication")
    ):
        proposal.first({"forms_authentication": False})


def adfs_excludes_the_others(proposal: Proposal) -> None:
    """2.2: AD FS on switches every other method of the directory off in the same call."""
    if not proposal.given("adfs_authentication") or not proposal.target("adfs_authentication"):
        return
    for option in (
        "basic_authentication",
        "digest_authentication",
        "forms_authentication",
        "windows_authentication",
        "oauth_authentication",
    ):
        if proposal.given(option) and proposal.target(option):
            proposal.refuse(option, "cannot be true together with adfs_authentication", "Leave one of the two out.")
        if not proposal.given(option) and proposal.known(option):
            proposal.imply(option, False, "adfs_authentication")


def user_name_needs_default_domain(proposal: Proposal) -> None:
    """2.12."""
    if not proposal.given("logon_format"):
        return
    if proposal.target("logon_format") == "UserName" and not proposal.target("default_domain"):
        proposal.refuse("logon_format", "UserName needs a default_domain", "Set default_domain as well.")
    if proposal.target("logon_format") == "PrincipalName" and proposal.changes_option("logon_format"):
        proposal.warn("logon_format PrincipalName works only where user principal name and primary address are equal.")


def download_hosts_differ_from_owa(proposal: Proposal) -> None:
    """2.10: a download host that equals a host of Outlook on the web protects nothing."""
    hosts = {
        url.key(proposal.target(option))[1]
        for option in ("internal_url", "external_url")
        if (url := proposal.resource.noun.by_option[option].kind) and proposal.known(option) and proposal.target(option)
    }
    for option in ("internal_download_host_name", "external_download_host_name"):
        if proposal.given(option) and str(proposal.target(option) or "").lower() in hosts:
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


def protection_flags_are_consistent(proposal: Proposal) -> None:
    """1.0: None with another flag is invalid, Proxy needs a name, a short name needs AllowDotlessSPN."""
    if not (proposal.given("extended_protection_flags") or proposal.given("extended_protection_spn_list")):
        return
    flags = {flag.lower() for flag in proposal.target("extended_protection_flags")}
    names = proposal.target("extended_protection_spn_list")
    if "none" in flags and len(flags) > 1:
        proposal.refuse("extended_protection_flags", "holds None beside another flag", "Leave None out.")
    if flags & {"proxy", "proxycohosting"} and not names:
        proposal.refuse("extended_protection_flags", "Proxy needs a name", "Set extended_protection_spn_list as well.")
    for name in names:
        if "/" not in name:
            proposal.refuse(
                "extended_protection_spn_list", f"'{name}' is not of the form HTTP/name", "Write HTTP/name."
            )
        if "." not in name and "allowdotlessspn" not in flags:
            proposal.refuse(
                "extended_protection_spn_list", f"'{name}' is a short name", "Add the flag AllowDotlessSPN."
            )


_LOGON_RULES = (forms_authentication_brings_basic, adfs_excludes_the_others, forms_off_goes_first)

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
            HostName(clearable=True),
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
        *_LOGON_RULES,
        user_name_needs_default_domain,
        download_hosts_differ_from_owa,
        failback_differs_from_external,
        protection_flags_are_consistent,
    ),
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
    rules=(*_LOGON_RULES, protection_flags_are_consistent),
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


# Rules between Outlook on the web and the admin center (client-access-laws 2.2, 2.3)
_ORDERED_METHODS = ("adfs_authentication", "oauth_authentication")


def twin(protocol: str, wish: Mapping[str, Any]) -> VirtualDirectory | None:
    """The directory whose state a wish for the other one has to be judged beside, if any."""
    twins = {"owa": ECP, "ecp": OWA}
    return twins.get(protocol) if any(option in wish for option in LOGON_METHODS) else None


def logon_methods_agree(proposals: Mapping[str, Proposal]) -> None:
    """2.2 and 2.3: AD FS goes on in the admin center first and off there last; different methods make logons loop."""
    if not {"owa", "ecp"} <= proposals.keys():
        return
    owa, ecp = proposals["owa"], proposals["ecp"]
    for option in _ORDERED_METHODS:
        _refuse_wrong_order(owa, ecp, option)
    apart = [
        option
        for option in LOGON_METHODS
        if owa.known(option) and ecp.known(option) and bool(owa.target(option)) != bool(ecp.target(option))
    ]
    if apart and (owa.resource.wish or ecp.resource.wish):
        owa.warn(
            f"its {', '.join(apart)} will differ from the admin center's, which makes logons loop; set both alike."
        )


def _refuse_wrong_order(owa: Proposal, ecp: Proposal, option: str) -> None:
    if not (owa.known(option) and ecp.known(option)):
        return
    if owa.changes_option(option) and owa.target(option) and not ecp.target(option):
        owa.refuse(option, "must be on in the Exchange admin center first", "Set it there too.")
    if ecp.changes_option(option) and not ecp.target(option) and owa.target(option):
        ecp.refuse(option, "must be off in Outlook on the web first", "Set it there too.")


def writing_order(proposals: Mapping[str, Proposal]) -> list[str]:
    """2.2: the admin center before Outlook on the web, except where a method goes off."""
    labels = list(proposals)
    if not {"owa", "ecp"} <= proposals.keys():
        return labels
    goes_off = any(
        proposals["owa"].known(option)
        and proposals["owa"].changes_option(option)
        and not proposals["owa"].target(option)
        for option in _ORDERED_METHODS
    )
    first, second = ("owa", "ecp") if goes_off else ("ecp", "owa")
    return [first, second, *(label for label in labels if label not in (first, second))]
