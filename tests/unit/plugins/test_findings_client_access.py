# SPDX-License-Identifier: GPL-3.0-or-later
"""Each analyser of client access: a clean estate has no finding, one fault has exactly that one."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.analysis import analyse
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.namespaces_findings import resolution
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.organization import Organization

NAME = "mail.contoso.com"
PATHS = {
    "owa": ("owa", "/owa", ["Basic", "Fba"]),
    "ecp": ("ecp", "/ecp", ["Basic", "Fba"]),
    "ews": ("EWS", "/EWS/Exchange.asmx", ["Ntlm", "WindowsIntegrated", "WSSecurity", "OAuth"]),
    "activesync": ("Microsoft-Server-ActiveSync", "/Microsoft-Server-ActiveSync", []),
    "oab": ("OAB", "/OAB", ["WindowsIntegrated", "OAuth"]),
    "mapi": ("mapi", "/mapi", ["Ntlm", "OAuth", "Negotiate"]),
    "autodiscover": ("Autodiscover", "", ["Basic", "Ntlm", "WindowsIntegrated", "WSSecurity", "OAuth"]),
}
CU13, CU14 = "15.2.1258.12", "15.2.1544.4"
SITE = " (Default Web Site)"
DOWNLOADS = {
    "internal_download_host_name": "download.contoso.com",
    "external_download_host_name": "download.contoso.com",
}


class Estate:
    """Two Exchange 2019 servers behind one name, everything right; a test breaks one thing."""

    def __init__(self, full: bool) -> None:
        self.full = full
        self.servers = [server("EX1"), server("EX2")]
        self.neighbours: list[dict[str, Any]] = []
        self.directories = [
            self._directory(name, protocol) for name in ("EX1", "EX2") for protocol in (*PATHS, "powershell")
        ]
        self.outlook_anywhere = [self._outlook_anywhere(name) for name in ("EX1", "EX2")]
        self.points = [
            {
                "server": name,
                "auto_discover_service_internal_uri": "https://autodiscover.contoso.com/Autodiscover/Autodiscover.xml",
                "auto_discover_site_scope": ["London"],
            }
            for name in ("EX1", "EX2")
        ]
        self.providers = [
            {"name": name, "cert_principal_name": None, "provider_server": None, "ttl": 1}
            for name in ("EXCH", "EXPR", "WEB")
        ]
        self.config = {"mapi_http_enabled": True, "enable_download_domains": True}
        self.sites = [{"name": "London", "servers": ["EX1", "EX2"]}, {"name": "Branch", "servers": []}]

    def _directory(self, name: str, protocol: str) -> dict[str, Any]:
        facts = {"protocol": protocol, "server": name, "web_site": "Default Web Site"}
        if protocol == "powershell":
            url = f"http://{name.lower()}.contoso.com/powershell"
            return {**facts, "identity": f"{name}\\PowerShell{SITE}", "internal_url": url, "external_url": None}
        directory, path, methods = PATHS[protocol]
        url = f"https://{NAME}{path}" if path else None
        facts |= {"identity": f"{name}\\{directory}{SITE}", "internal_url": url, "external_url": url}
        facts["internal_authentication_methods"] = methods
        if protocol == "ews":
            facts["internal_nlb_bypass_url"] = None
        if protocol == "owa":
            facts |= {"logon_format": "FullDomain", **DOWNLOADS}
        if self.full:
            facts |= {"extended_protection_token_checking": "None", "extended_protection_spn_list": []}
            if protocol in ("owa", "ecp"):
                facts |= {"basic_authentication": True, "forms_authentication": True, "windows_authentication": False}
            if protocol == "oab":
                facts["require_ssl"] = True
        return facts

    def _outlook_anywhere(self, name: str) -> dict[str, Any]:
        facts = {
            "server": name,
            "web_site": "Default Web Site",
            "identity": f"{name}\\Rpc{SITE}",
            "internal_hostname": NAME,
            "external_hostname": NAME,
            "internal_clients_require_ssl": True,
            "external_clients_require_ssl": True,
            "internal_client_authentication_method": "Ntlm",
            "external_client_authentication_method": "Negotiate",
            "ssl_offloading": False,
        }
        return facts | ({"extended_protection_token_checking": "None"} if self.full else {})

    def directory(self, name: str, protocol: str) -> dict[str, Any]:
        return next(d for d in self.directories if (d["server"], d["protocol"]) == (name, protocol))

    def both(self, protocol: str, **facts: Any) -> None:
        for name in ("EX1", "EX2"):
            self.directory(name, protocol).update(facts)

    def versions(self, *builds: str) -> None:
        for one, build in zip(self.servers, builds, strict=True):
            one["version"] = build

    def protect(self, checking: str) -> None:
        for facts in (*self.directories, *self.outlook_anywhere):
            facts["extended_protection_token_checking"] = checking

    @property
    def organization(self) -> Organization:
        return Organization(
            servers=self.servers,
            neighbours=self.neighbours,
            virtual_directories=self.directories,
            outlook_anywhere=self.outlook_anywhere,
            service_connection_points=self.points,
            outlook_providers=self.providers,
            organization_config=self.config,
            sites=self.sites,
        )

    @property
    def findings(self) -> list[tuple[str, str]]:
        return [(finding.code, finding.subject) for finding in analyse(self.organization)]


def server(name: str, product: str = "Exchange 2019", version: str = CU13, **facts: Any) -> dict[str, Any]:
    return {
        "name": name,
        "fqdn": f"{name.lower()}.contoso.com",
        "version": version,
        "product": product,
        "site": "London",
        "client_access": True,
        **facts,
    }


Break = Callable[[Estate], object]


@pytest.fixture(params=[False, True], ids=["cheap", "full"])
def estate(request: pytest.FixtureRequest) -> Estate:
    return Estate(full=request.param)


def test_a_clean_estate_has_no_finding(estate: Estate) -> None:
    assert estate.findings == []


def test_an_organization_of_which_nothing_was_read_has_no_finding() -> None:
    assert analyse(Organization(servers=[server("EX1")])) == []


def test_analysers_change_nothing(estate: Estate) -> None:
    before = copy.deepcopy(vars(estate))
    analyse(estate.organization)
    assert vars(estate) == before


FAULTS: list[tuple[Break, list[tuple[str, str]]]] = [
    # names of servers
    (
        lambda e: e.directory("EX1", "oab").update(internal_url="https://EX1.contoso.com/OAB"),
        [("url_names_server", "EX1")],
    ),
    (lambda e: e.outlook_anywhere[1].update(external_hostname="EX1"), [("url_names_server", "EX2")]),
    (
        lambda e: [
            e.neighbours.append(server("EX3")),
            e.directory("EX1", "oab").update(external_url="https://ex3.contoso.com/OAB"),
        ],
        [("url_names_server", "EX1")],
    ),
    # gaps
    (lambda e: e.directory("EX2", "ews").update(external_url=None), [("url_missing_on_some_servers", "London")]),
    (lambda e: e.outlook_anywhere[0].update(internal_hostname=None), [("url_missing_on_some_servers", "London")]),
    (lambda e: e.both("ews", external_url=None), []),
    (
        lambda e: [e.servers[1].update(site="Branch"), e.directory("EX2", "ews").update(external_url=None)],
        [],  # a site that does not face the internet
    ),
    # differences behind one name
    (
        lambda e: e.directory("EX2", "owa").update(logon_format="UserName"),
        [("settings_differ_behind_name", NAME)],
    ),
    (
        lambda e: [
            e.directory("EX2", "owa").update(logon_format="UserName"),
            *(
                e.directory("EX2", protocol).update(
                    internal_url=f"https://paris.contoso.com/{protocol}", external_url=None
                )
                for protocol in ("owa", "ecp")
            ),
            e.servers[1].update(site="Branch"),
        ],
        [],  # not behind one name
    ),
    (lambda e: e.directory("EX2", "owa").pop("logon_format"), []),
    (
        lambda e: e.outlook_anywhere[0].update(internal_client_authentication_method="Negotiate"),
        [("settings_differ_behind_name", NAME)],
    ),
    (lambda e: e.directory("EX1", "owa").update(extended_protection_spn_list=["HTTP/ex1"]), []),
    (lambda e: e.versions(CU13, "15.2.1118.7"), [("versions_differ_behind_name", NAME)]),
    # Outlook on the web and the admin center
    (
        lambda e: e.both("ecp", internal_url="https://ecp.contoso.com/ecp"),
        [("owa_ecp_hosts_differ", f"EX1\\owa{SITE}"), ("owa_ecp_hosts_differ", f"EX2\\owa{SITE}")],
    ),
    (
        lambda e: e.both("owa", external_url=None),
        [("owa_ecp_hosts_differ", f"EX1\\owa{SITE}"), ("owa_ecp_hosts_differ", f"EX2\\owa{SITE}")],
    ),
    (lambda e: e.directory("EX1", "ecp").update(web_site="Other"), []),
    # single directories
    (
        lambda e: e.directory("EX1", "ews").update(internal_nlb_bypass_url="https://ex1.contoso.com/ews"),
        [("ews_bypass_url_set", f"EX1\\EWS{SITE}")],
    ),
    (
        lambda e: [e.both("mapi", internal_url=None, external_url=None), e.config.update(mapi_http_enabled=False)],
        [("mapi_without_url", f"EX1\\mapi{SITE}"), ("mapi_without_url", f"EX2\\mapi{SITE}")],
    ),
    (lambda e: e.both("mapi", external_url=None), []),
    (
        lambda e: e.directory("EX2", "autodiscover").update(external_url=f"https://{NAME}/Autodiscover"),
        [("autodiscover_directory_has_url", f"EX2\\Autodiscover{SITE}")],
    ),
    (
        lambda e: e.directory("EX1", "autodiscover").update(internal_authentication_methods=["Basic"]),
        [("basic_authentication_only", f"EX1\\Autodiscover{SITE}"), ("oauth_missing", "EX1")],
    ),
    (
        lambda e: e.directory("EX1", "autodiscover").update(internal_authentication_methods=["Basic", "OAuth"]),
        [],
    ),
    (lambda e: e.both("activesync", internal_authentication_methods=["Basic"]), []),
    (
        lambda e: [
            e.both("mapi", internal_authentication_methods=["Ntlm"]),
            e.both("oab", internal_authentication_methods=["WindowsIntegrated"]),
        ],
        [("oauth_missing", "EX1"), ("oauth_missing", "EX2")],
    ),
    # Outlook Anywhere
    (
        lambda e: [oa.update(external_client_authentication_method="Basic") for oa in e.outlook_anywhere],
        [("outlook_anywhere_basic", f"EX1\\Rpc{SITE}"), ("outlook_anywhere_basic", f"EX2\\Rpc{SITE}")],
    ),
    (
        lambda e: [
            oa.update(external_hostname=None, external_client_authentication_method="Basic")
            for oa in e.outlook_anywhere
        ],
        [],
    ),
    (
        lambda e: e.neighbours.append(server("OLD", "Exchange 2010", "14.3.123.4", client_access=False)),
        [("negotiate_beside_2010", f"EX1\\Rpc{SITE}"), ("negotiate_beside_2010", f"EX2\\Rpc{SITE}")],
    ),
    # Autodiscover
    (
        lambda e: e.points[0].update(
            auto_discover_service_internal_uri="https://EX2.contoso.com/Autodiscover/Autodiscover.xml"
        ),
        [("autodiscover_names_server", "EX1")],
    ),
    (
        lambda e: [point.update(auto_discover_service_internal_uri=None) for point in e.points],
        [("autodiscover_empty_everywhere", "Autodiscover")],
    ),
    (lambda e: e.points[1].update(auto_discover_service_internal_uri=None), []),
    (
        lambda e: [
            e.neighbours.append(server("EX3")),
            *(point.update(auto_discover_service_internal_uri=None) for point in e.points),
        ],
        [],  # nobody has looked at EX3
    ),
    (
        lambda e: e.points[1].update(
            auto_discover_service_internal_uri=f"https://{NAME}/Autodiscover/Autodiscover.xml"
        ),
        [("autodiscover_differs", "London")],
    ),
    (
        lambda e: [
            e.servers[1].update(site="Branch"),
            e.points[1].update(auto_discover_service_internal_uri=f"https://{NAME}/Autodiscover/Autodiscover.xml"),
        ],
        [],
    ),
    (
        lambda e: e.points[1].update(
            auto_discover_service_internal_uri="https://AUTODISCOVER.contoso.com:443/autodiscover/autodiscover.xml/"
        ),
        [],
    ),
    (lambda e: e.points[0].update(auto_discover_site_scope=["LONDON", "Rome"]), [("site_scope_unknown", "EX1")]),
    (lambda e: e.points[0].update(auto_discover_site_scope=["Branch"]), [("site_scope_without_servers", "EX1")]),
    (
        lambda e: [e.sites.clear(), e.points[0].update(auto_discover_site_scope=["Branch"])],
        [("site_scope_without_servers", "EX1")],  # sites were not asked for
    ),
    (
        lambda e: [
            e.neighbours.append(server("EX3", site="Branch")),
            e.points[0].update(auto_discover_site_scope=["Branch"]),
        ],
        [],
    ),
    # Outlook providers
    (lambda e: e.providers[1].update(provider_server="ex1"), [("provider_server_set", "EXPR")]),
    (lambda e: e.providers[1].update(cert_principal_name="none"), [("provider_without_check", "EXPR")]),
    (lambda e: e.providers[0].update(ttl=0), [("provider_never_refreshed", "EXCH")]),
    (
        lambda e: e.providers[1].update(cert_principal_name="msstd:other.contoso.com"),
        [("provider_names_another_certificate", "EXPR")],
    ),
    (
        lambda e: e.providers[1].update(cert_principal_name="msstd:*.com"),
        [("provider_names_another_certificate", "EXPR")],
    ),
    (lambda e: e.providers[1].update(cert_principal_name=f"msstd:{NAME.upper()}"), []),
    (lambda e: e.providers[0].update(cert_principal_name="msstd:*.contoso.com"), []),
    (lambda e: e.providers[2].update(cert_principal_name="msstd:other.contoso.com"), []),
    # switches of the organization
    (
        lambda e: e.both("mapi", internal_url=None, external_url=None),
        [("mapi_http_without_url", f"EX1\\mapi{SITE}"), ("mapi_http_without_url", f"EX2\\mapi{SITE}")],
    ),
    (lambda e: e.both("mapi", internal_url=None), []),
    (
        lambda e: e.both("owa", internal_download_host_name=None),
        [("download_domains_unready", f"EX1\\owa{SITE}"), ("download_domains_unready", f"EX2\\owa{SITE}")],
    ),
    (
        lambda e: e.both("owa", external_download_host_name=NAME.upper()),
        [("download_domains_unready", f"EX1\\owa{SITE}"), ("download_domains_unready", f"EX2\\owa{SITE}")],
    ),
    (lambda e: [e.both(one, external_url=None) for one in ("owa", "ecp")], []),
    (
        lambda e: [
            e.both("owa", external_download_host_name=None),
            *(e.both(one, external_url=None) for one in ("owa", "ecp")),
        ],
        [],
    ),
    (
        lambda e: [
            e.both("owa", internal_download_host_name=None, external_download_host_name=None),
            e.config.update(enable_download_domains=False),
        ],
        [],
    ),
    (
        lambda e: [e.directory(name, "owa").pop(host) for name in ("EX1", "EX2") for host in DOWNLOADS],
        [],
    ),
]


@pytest.mark.parametrize(("break_it", "expected"), FAULTS)
def test_one_fault_has_exactly_its_finding(estate: Estate, break_it: Break, expected: list[tuple[str, str]]) -> None:
    break_it(estate)
    assert estate.findings == expected


CHEAP: list[tuple[Break, list[tuple[str, str]]]] = [
    (
        lambda e: e.both("ecp", internal_authentication_methods=["Basic"]),
        [("owa_ecp_authentication_differs", f"EX1\\owa{SITE}"), ("owa_ecp_authentication_differs", f"EX2\\owa{SITE}")],
    ),
    (lambda e: [oa.update(ssl_offloading=True) for oa in e.outlook_anywhere], []),
    (
        lambda e: [e.versions(CU14, CU14), e.outlook_anywhere[0].update(ssl_offloading=True)],
        [
            ("settings_differ_behind_name", NAME),
            ("ssl_offloading_where_protection_is_default", f"EX1\\Rpc{SITE}"),
        ],
    ),
    (lambda e: e.versions(CU14, CU14), []),
]


@pytest.mark.parametrize(("break_it", "expected"), CHEAP)
def test_what_a_cheap_read_can_tell(break_it: Break, expected: list[tuple[str, str]]) -> None:
    estate = Estate(full=False)
    break_it(estate)
    assert estate.findings == expected


FULL: list[tuple[Break, list[tuple[str, str]]]] = [
    (
        lambda e: e.both("ecp", forms_authentication=False),
        [("owa_ecp_authentication_differs", f"EX1\\owa{SITE}"), ("owa_ecp_authentication_differs", f"EX2\\owa{SITE}")],
    ),
    (lambda e: e.both("ecp", internal_authentication_methods=["Basic"]), []),  # the switches say more than their echo
    (lambda e: e.both("owa", oauth_authentication=True), []),  # a switch that 2013 has on one of the two only
    (
        lambda e: e.both("oab", require_ssl=False),
        [("oab_without_tls", f"EX1\\OAB{SITE}"), ("oab_without_tls", f"EX2\\OAB{SITE}")],
    ),
    (lambda e: [e.both("oab", require_ssl=False), *(s.update(product="Exchange 2013") for s in e.servers)], []),
    (lambda e: [oa.update(ssl_offloading=True) for oa in e.outlook_anywhere], []),
    (lambda e: [e.versions(CU14, CU14), e.protect("Require")], [("extended_protection_behind_name", NAME)]),
    (lambda e: [e.versions(CU14, CU14), e.protect("Allow")], []),
    (lambda e: e.versions(CU14, CU14), [("extended_protection_off", "EX1"), ("extended_protection_off", "EX2")]),
    (
        lambda e: [e.protect("Require"), *(oa.update(ssl_offloading=True) for oa in e.outlook_anywhere)],
        [
            ("ssl_offloading_under_extended_protection", f"EX1\\Rpc{SITE}"),
            ("ssl_offloading_under_extended_protection", f"EX2\\Rpc{SITE}"),
            ("extended_protection_behind_name", NAME),
        ],
    ),
]


@pytest.mark.parametrize(("break_it", "expected"), FULL)
def test_what_takes_a_full_read(break_it: Break, expected: list[tuple[str, str]]) -> None:
    estate = Estate(full=True)
    break_it(estate)
    assert estate.findings == expected


def test_a_single_server_may_require_protection_without_a_word() -> None:
    estate = Estate(full=True)
    estate.protect("Require")
    only = Organization(
        servers=estate.servers[:1], virtual_directories=[d for d in estate.directories if d["server"] == "EX1"]
    )
    assert analyse(only) == []


SENTENCES: list[tuple[Break, str]] = [
    (
        lambda e: [
            e.directory("EX1", "oab").update(internal_url="https://ex1.contoso.com/OAB"),
            e.directory("EX1", "ews").update(internal_url="https://ex1.contoso.com/EWS/Exchange.asmx"),
            e.outlook_anywhere[0].update(external_hostname="ex1.contoso.com"),
        ],
        "ex1.contoso.com, the name of a server, is left in internal_url of ews, oab and external_hostname of "
        "outlook_anywhere: clients bypass the load balancer, and the certificate must hold that name.",
    ),
    (
        lambda e: e.directory("EX2", "ews").update(external_url=None),
        "Exchange Web Services: external_url is empty on EX2, but set on EX1. What clients of this site are told "
        "depends on the server that answers.",
    ),
    (
        lambda e: e.directory("EX2", "owa").update(logon_format="UserName"),
        "Outlook on the web differs between the servers behind this name: logon_format is FullDomain on EX1 and "
        "UserName on EX2.",
    ),
    (
        lambda e: e.directory("EX1", "ecp").update(internal_authentication_methods=[]),
        "Outlook on the web logs on with Basic and Fba, the Exchange admin center with nothing, which makes "
        "logons loop.",
    ),
    (
        lambda e: e.directory("EX1", "ecp").update(external_url="not [a] url"),
        "The external URL of Outlook on the web names mail.contoso.com, that of the Exchange admin center no host; the "
        "options page of Outlook on the web does not open across two hosts.",
    ),
    (
        lambda e: [
            e.directory("EX1", "owa").update(external_authentication_methods=["Basic", "Fba"]),
            e.directory("EX2", "owa").update(external_authentication_methods=[]),
        ],
        "Outlook on the web differs between the servers behind this name: external_authentication_methods is Basic+Fba "
        "on EX1 and empty on EX2.",
    ),
    (
        lambda e: e.directory("EX1", "owa").update(external_download_host_name=NAME),
        "Download domains are on for the organization, but this directory has the external_download_host_name "
        "mail.contoso.com, which is a host of Outlook on the web itself, so they do not protect its users.",
    ),
    (
        lambda e: e.versions(CU13, CU14),
        "Servers of different builds stand behind this name: EX1 15.2.1258.12 and EX2 15.2.1544.4.",
    ),
]


FULL_SENTENCES: list[tuple[Break, str]] = [
    (
        lambda e: e.directory("EX1", "ecp").update(forms_authentication=False),
        "Outlook on the web logs on with basic and forms, the Exchange admin center with basic, which makes "
        "logons loop.",
    ),
    (
        lambda e: e.neighbours.append(server("OLD", "Exchange 2010", "14.3.123.4", client_access=False)),
        "Outlook Anywhere tells external clients to use Negotiate, which Exchange 2010 on OLD does not understand.",
    ),
    (
        lambda e: e.versions(CU14, CU14),
        "Extended Protection reads None on Outlook on the web, Exchange admin center, MAPI over HTTP and Outlook "
        "Anywhere, although Setup of 15.2.1544.4 turns it on.",
    ),
]


@pytest.mark.parametrize(
    ("full", "break_it", "sentence"),
    [*((False, *case) for case in SENTENCES), *((True, *case) for case in FULL_SENTENCES)],
)
def test_sentences_hold_the_facts(full: bool, break_it: Break, sentence: str) -> None:
    estate = Estate(full)
    break_it(estate)
    assert sentence in [finding.sentence for finding in analyse(estate.organization)]


NAMES = {"mail.contoso.com": ["192.0.2.1", "192.0.2.2"], "one.contoso.com": ["192.0.2.1"]}


def resolved(servers: list[dict[str, Any]], *names: str) -> list[tuple[str, str]]:
    found = resolution(names, lambda name: NAMES.get(name, []), Organization(servers=servers))
    return [(finding.code, finding.subject) for finding in found]


def test_names_that_do_not_resolve_and_names_with_one_address() -> None:
    two = [server("EX1"), server("EX2")]
    assert resolved(two, "mail.contoso.com") == []
    assert resolved(two, "one.contoso.com", "none.contoso.com") == [
        ("name_has_one_address", "one.contoso.com"),
        ("name_unresolved", "none.contoso.com"),
    ]


def test_one_address_is_right_for_one_server() -> None:
    assert resolved([server("EX1"), server("EX2", client_access=False)], "one.contoso.com") == []
