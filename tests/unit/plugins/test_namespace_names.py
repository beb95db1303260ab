# SPDX-License-Identifier: GPL-3.0-or-later
"""Namespace plans: which host each protocol gets, which names the certificate and DNS need (client-access-laws 5)."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.mailops.exchange.plugins.filter.namespace_names import FilterModule
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.namespace_plan import PROTOCOLS, Plan
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import BadInput

AUTODISCOVER = "autodiscover.contoso.com"
namespace_names = FilterModule().filters()["namespace_names"]


def plan(**variables):
    return Plan.of({f"namespaces_{name}": value for name, value in variables.items()})


def names(**variables):
    return namespace_names({f"namespaces_{name}": value for name, value in variables.items()})


def test_one_name_serves_every_protocol_inside_and_outside():
    single = plan(name="mail.contoso.com")
    assert {single.hosts_for(protocol, "London") for protocol in PROTOCOLS} == {
        ("mail.contoso.com", "mail.contoso.com")
    }


def test_an_empty_plan_names_nothing():
    assert plan().hosts_for("owa") == (None, None)
    assert names() == {"certificate": [], "dns": []}


def test_a_blank_means_not_given():
    blank = plan(name="mail.contoso.com", external_name="", site_names={"London": ""}, protocol_names=None)
    assert blank == plan(name="mail.contoso.com", site_names={"London": None})
    assert blank.hosts_for("ews", "London") == ("mail.contoso.com", "mail.contoso.com")


def test_internal_and_external_names_go_before_the_common_one():
    assert plan(name="mail.contoso.com", internal_name="int.contoso.com").hosts_for("mapi") == (
        "int.contoso.com",
        "mail.contoso.com",
    )


def test_a_site_goes_before_the_plan_and_a_protocol_before_a_site():
    bound = plan(
        name="mail.contoso.com",
        site_names={"London": "london.contoso.com", "Paris": {"external": "paris.contoso.com"}},
        protocol_names={"outlook_anywhere": "oa.contoso.com", "mapi": {"internal": "mapi.contoso.com"}},
    )
    assert bound.hosts_for("owa", "LONDON") == ("london.contoso.com", "london.contoso.com")
    assert bound.hosts_for("owa", "Paris") == ("mail.contoso.com", "paris.contoso.com")
    assert bound.hosts_for("owa", "Rome") == ("mail.contoso.com", "mail.contoso.com")
    assert bound.hosts_for("mapi", "Paris") == ("mapi.contoso.com", "paris.contoso.com")
    assert bound.hosts_for("outlook_anywhere", "London") == ("oa.contoso.com", "oa.contoso.com")


def test_hosts_of_what_has_no_namespace_are_a_mistake():
    with pytest.raises(KeyError):
        plan(name="mail.contoso.com").hosts_for("powershell")


def test_names_are_sorted_unique_and_in_lower_case():
    assert names(
        name="Mail.Contoso.com",
        autodiscover_name="AUTODISCOVER.contoso.com",
        smtp_domains=["contoso.com", "fabrikam.com"],
        download_name="download.contoso.com",
        site_names={"London": "mail.contoso.com", "Paris": "a-paris.contoso.com"},
    ) == dict.fromkeys(
        ("certificate", "dns"),
        ["a-paris.contoso.com", AUTODISCOVER, "autodiscover.fabrikam.com", "download.contoso.com", "mail.contoso.com"],
    )


def test_a_name_that_every_protocol_overrides_is_not_needed():
    everything = dict.fromkeys(PROTOCOLS, "other.contoso.com")
    assert names(name="mail.contoso.com", protocol_names=everything)["dns"] == ["other.contoso.com"]


@pytest.mark.parametrize("wildcard", ["contoso.com", "*.Contoso.com"])
def test_a_wildcard_stands_for_names_one_label_below_its_domain(wildcard):
    needed = names(
        name="mail.contoso.com",
        internal_name="mail.eu.contoso.com",
        autodiscover_name=AUTODISCOVER,
        smtp_domains=["fabrikam.com"],
        wildcard=wildcard,
    )
    assert needed == {
        "certificate": ["*.contoso.com", "autodiscover.fabrikam.com", "mail.eu.contoso.com"],
        "dns": [AUTODISCOVER, "autodiscover.fabrikam.com", "mail.contoso.com", "mail.eu.contoso.com"],
    }


def test_the_bare_domain_is_not_covered_by_its_wildcard():
    assert names(name="contoso.com", autodiscover_name=AUTODISCOVER, wildcard="contoso.com")["certificate"] == [
        "*.contoso.com",
        "contoso.com",
    ]


def test_an_international_name_is_written_as_certificates_hold_it():
    assert names(name="Bücher.example")["certificate"] == ["xn--bcher-kva.example"]


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"name": "https://mail.contoso.com"}, "namespaces_name 'https://mail.contoso.com' is a host name, not a URL"),
        ({"name": "*.contoso.com"}, "a wildcard belongs on the certificate"),
        ({"name": "mail.contoso.com."}, "ends in a dot"),
        ({"autodiscover_name": "192.0.2.1"}, "is an address"),
        ({"site_names": {"Rome": "a b"}}, "namespaces_site_names of Rome 'a b' has no valid host name"),
        ({"site_names": ["Rome"]}, "namespaces_site_names is not a dictionary"),
        ({"protocol_names": {"imap": "a.contoso.com"}}, "unknown protocol imap. Known are owa, ecp"),
        (
            {"protocol_names": {"mapi": {"inside": "a.contoso.com"}}},
            "unknown side inside. Known are internal",
        ),
        ({"smtp_domains": "contoso.com"}, "namespaces_smtp_domains is not a list"),
        ({"protocol_names": {"owa": "a.contoso.com"}}, "different hosts"),
        ({"name": "mail.contoso.com", "protocol_names": {"ecp": {"external": "a.contoso.com"}}}, "different hosts"),
        ({"name": "Mail.contoso.com", "download_name": "mail.contoso.com"}, "protects nothing"),
        ({"site_names": {"Rome": "a.contoso.com"}, "download_name": "a.contoso.com"}, "protects nothing"),
        ({"name": "mail.contoso.com", "wildcard": "fabrikam.com"}, "no name of the plan lies one label below it"),
    ],
)
def test_an_impossible_plan_is_refused_in_one_sentence(variables, sentence):
    with pytest.raises(BadInput, match=sentence.replace(".", r"\.").replace("*", r"\*")):
        plan(**variables)
    with pytest.raises(AnsibleFilterError, match=sentence.replace(".", r"\.").replace("*", r"\*")):
        names(**variables)


def test_the_filter_wants_a_dictionary():
    with pytest.raises(AnsibleFilterError, match="wants a dictionary"):
        namespace_names("mail.contoso.com")


def test_a_site_needs_its_own_names_and_those_for_all():
    variables = {
        "namespaces_name": "mail.contoso.com",
        "namespaces_site_names": {"London": "london.contoso.com", "Paris": {"external": "paris.contoso.com"}},
        "namespaces_autodiscover_name": AUTODISCOVER,
    }
    assert namespace_names(variables, site="london")["dns"] == [AUTODISCOVER, "london.contoso.com"]
    assert namespace_names(variables, site="Paris")["dns"] == [AUTODISCOVER, "mail.contoso.com", "paris.contoso.com"]
    assert namespace_names(variables, site="Rome")["dns"] == [AUTODISCOVER, "mail.contoso.com"]
    assert namespace_names(variables, site="") == namespace_names(variables)
