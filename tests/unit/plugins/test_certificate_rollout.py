# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rollout decides by what the servers have (certificate-laws L1, L2, N9, S3, S4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from certificate_estate import AUTODISCOVER, CA, MAIL, NOW, certificate

from ansible_collections.mailops.exchange.plugins.filter.certificate_rollout import FilterModule
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.certificate_facts import Connector
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.certificates import Certificate

NAMES = (MAIL, AUTODISCOVER)
OLD, NEW = "A" * 40, "B" * 40
GOOD = {"status": "Valid", "has_private_key": True, "private_key_exportable": True, "pending": False}
filters = FilterModule().filters()
candidate, choosing, lost = (filters[name] for name in ("certificate_candidate", "connectors_choosing", "names_lost"))
faults, principal = filters["certificate_faults"], filters["certificate_principal"]
in_place, left_out, preferred = (
    filters[name] for name in ("certificates_in_place", "servers_left_out", "certificates_preferred")
)


def one(thumbprint: str = NEW, names: Sequence[str] = (*NAMES,), begins: float = -1, ends: float = 199, **more: Any):
    return certificate(thumbprint, names, begins, ends, **GOOD | more)


def read(servers: dict[str, Sequence[Certificate] | None], connectors: Sequence[Connector] = ()) -> dict[str, Any]:
    """As exchange_certificate_info returns it."""
    return {
        "servers": [
            {
                "server": name,
                "fqdn": f"{name.lower()}.contoso.com",
                "certificates": None if listed is None else [item.as_dict() for item in listed],
                "complete": listed is not None,
                "internal_transport_thumbprint": None,
                "pop_certificate_name": None,
                "imap_certificate_name": None,
            }
            for name, listed in servers.items()
        ],
        "auth_config": None,
        "connectors": [asdict(connector) for connector in connectors],
        "read_at": NOW.isoformat(),
        "findings": [],
    }


def found(names: Sequence[str] = NAMES, **servers: Sequence[Certificate] | None) -> str | None:
    chosen = candidate(read(servers), names)["certificate"]
    return chosen and chosen["thumbprint"]


def test_the_newest_good_one_is_gone_on_with():
    old = one(OLD, begins=-20, ends=180)
    assert found(EX1=[old], EX2=[one(), old]) == NEW


@pytest.mark.parametrize(
    "spoilt",
    [
        {"names": [MAIL]},
        {"begins": 1, "ends": 201},
        {"begins": -190, "ends": 10},
        {"begins": -400, "ends": -1},
        {"self_signed": True},
        {"pending": True, "status": "PendingRequest"},
        {"status": "Revoked"},
        {"status": "Untrusted"},
        {"has_private_key": False},
    ],
    ids=", ".join,
)
def test_what_cannot_serve_or_is_to_be_renewed_is_not(spoilt: dict[str, Any]):
    assert found(EX1=[one(**spoilt)]) is None
    assert found(EX1=[one()]) == NEW


def test_a_wildcard_serves_names_but_a_wanted_wildcard_must_be_one():
    wildcard = one(names=["*.contoso.com"])
    assert found(EX1=[wildcard]) == NEW
    assert found(["*.contoso.com"], EX1=[wildcard]) == NEW
    assert found(["*.contoso.com"], EX1=[one()]) is None


def test_a_server_that_could_not_be_read_hides_no_other():
    assert found(EX1=None, EX2=[one()]) == NEW


def test_those_that_give_the_key_away_come_first():
    kept = replace(one(), private_key_exportable=False)
    assert candidate(read({"EX1": [kept], "EX2": [one()]}), NAMES)["certificate"]["servers"] == [
        "ex2.contoso.com",
        "ex1.contoso.com",
    ]


def test_a_request_for_exactly_these_names_is_found_wherever_it_waits():
    request = one(pending=True, status="PendingRequest")
    assert candidate(read({"EX1": [], "EX2": [request]}), NAMES)["waiting_on"] == "ex2.contoso.com"
    assert candidate(read({"EX1": [], "EX2": [request]}), [MAIL])["waiting_on"] == ""
    assert candidate(read({"EX1": [one()]}), NAMES)["waiting_on"] == ""


def test_a_request_for_a_wildcard_is_known_by_its_subject():
    request = replace(one(names=["*.contoso.com"], pending=True, status="PendingRequest"), names=())
    request = replace(request, subject="CN=*.contoso.com, O=Contoso")
    assert candidate(read({"EX1": [request]}), ["*.contoso.com"])["waiting_on"] == "ex1.contoso.com"


def at_once(connector: Connector, arriving: Certificate, servers: Sequence[str] = ("EX1", "EX2"), **listed: Any):
    stores = {"EX1": [], "EX2": [], **listed}
    return choosing(read(stores, [connector]), arriving.as_dict(), list(servers))


def send(name: str = "", fqdn: str = "") -> Connector:
    return Connector("send", "Internet", ["EX1"], fqdn, name)


def test_a_connector_that_names_issuer_and_subject_would_use_it_at_once():
    arriving = one()
    named = f"<I>{arriving.issuer}<S>{arriving.subject}"
    assert at_once(send(named), arriving) == ["Internet"]
    assert at_once(send(named), replace(arriving, issuer="CN=Public CA 2, O=Public CA Inc, C=US")) == []
    assert at_once(send(f"<I>{CA}<S>CN=other.contoso.com"), arriving) == []


def test_so_would_one_that_goes_by_a_name_unless_a_newer_one_wins():
    assert at_once(send(fqdn=MAIL), one()) == ["Internet"]
    assert at_once(send(fqdn="ex1.contoso.com"), one()) == []
    assert at_once(send(), one(names=["*.contoso.com"])) == ["Internet"]
    assert at_once(send(fqdn=MAIL), one(begins=-5), EX1=[one(OLD)]) == []


def test_a_server_that_has_it_or_does_not_get_it_is_no_matter():
    assert at_once(send(fqdn=MAIL), one(), EX1=[one()]) == []
    assert at_once(send(fqdn=MAIL), one(), servers=["ex2.contoso.com"]) == []
    assert at_once(send(fqdn=MAIL), one(), servers=["ex1.contoso.com"]) == ["Internet"]


def test_names_on_443_that_the_new_one_lacks():
    other = "Old.contoso.com"
    bound = replace(one(OLD, [MAIL, other]), sites=("front_end",))
    stores = {"EX1": [bound], "EX2": [replace(bound, sites=("back_end",))]}
    assert lost(read(stores), one().as_dict(), ["EX1"]) == ["old.contoso.com"]
    assert lost(read(stores), one().as_dict(), ["ex2.contoso.com"]) == []
    assert lost(read(stores), one(names=["*.contoso.com"]).as_dict(), ["EX1"]) == []
    assert lost(read({"EX1": [replace(bound, self_signed=True)]}), one().as_dict(), ["EX1"]) == []


def test_one_that_ends_soon_can_be_named():
    old = one(OLD, begins=-190, ends=10)
    result = read({"EX1": [old, one()], "EX2": [one()]})
    assert candidate(result, NAMES)["certificate"]["thumbprint"] == NEW
    chosen = candidate(result, NAMES, OLD.lower())
    assert (chosen["certificate"]["thumbprint"], chosen["certificate"]["servers"]) == (OLD, ["ex1.contoso.com"])
    assert (chosen["refusal"], chosen["waiting_on"]) == ("", "")
    assert candidate(result, NAMES, " ")["certificate"]["thumbprint"] == NEW


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        ({"names": [MAIL]}, f"does not hold {AUTODISCOVER}"),
        ({"begins": -400, "ends": -1}, "is valid from"),
        ({"begins": 1, "ends": 201}, "is valid from"),
        ({"self_signed": True}, "is self-signed"),
        ({"pending": True, "status": "PendingRequest"}, "is a request that waits"),
        ({"status": "Revoked"}, "is Revoked"),
        ({"has_private_key": False}, "lacks its private key"),
    ],
)
def test_one_that_cannot_serve_is_refused_though_it_is_named(spoilt: dict[str, Any], said: str):
    refused = candidate(read({"EX1": [one(OLD, **spoilt), one()]}), NAMES, OLD)
    assert refused["certificate"] is None and said in refused["refusal"], refused


def test_one_that_is_nowhere_is_refused_and_what_could_not_be_read_is_said():
    nowhere = candidate(read({"EX1": [one()], "EX2": None}), NAMES, OLD)
    assert nowhere["certificate"] is None
    assert f"lists the certificate {OLD}. Those of ex2.contoso.com could not all be read." in nowhere["refusal"]
    assert "read" not in candidate(read({"EX1": [one()]}), NAMES, OLD)["refusal"]
    assert "is not one" in candidate(read({"EX1": [one()]}), NAMES, "B5")["refusal"]


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        ({}, []),
        ({"self_signed": True}, ["is self-signed, and clients do not trust it"]),
        ({"status": "Untrusted"}, ["is Untrusted"]),
        ({"names": [MAIL]}, [f"does not hold {AUTODISCOVER}"]),
        ({"begins": -190, "ends": 10}, []),
    ],
)
def test_what_is_wrong_with_a_certificate_that_comes_by_file(spoilt: dict[str, Any], said: list[str]):
    assert faults(read({"EX1": []}), one(**spoilt).as_dict(), NAMES) == said


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["*.contoso.com"], "msstd:*.contoso.com"),
        (["contoso.com", "*.contoso.com"], "msstd:*.contoso.com"),
        (["*.fabrikam.com", "*.contoso.com"], "msstd:*.contoso.com"),
        ([MAIL, "*.contoso.com"], ""),
        ([MAIL, AUTODISCOVER], ""),
        (["*.fabrikam.com"], ""),
    ],
)
def test_g7_outlook_is_told_of_a_wildcard_where_no_name_stands_there_itself(names: list[str], expected: str):
    assert principal(one(names=names).as_dict(), NAMES) == expected


def test_what_a_server_would_go_back_to():
    stores = {"EX1": [one(), one(OLD, sites=("front_end",))], "EX2": [one(sites=("back_end",))], "EX3": None}
    result = read(stores)
    result["servers"][0]["pop_certificate_name"] = MAIL
    assert in_place(result) == {
        f"ex{number}.contoso.com": {
            "thumbprint": thumbprint,
            "pop_certificate_name": name,
            "imap_certificate_name": None,
        }
        for number, thumbprint, name in ((1, OLD, MAIL), (2, "", None), (3, "", None))
    }


def test_g16_the_servers_beside_a_rollout_and_what_they_show():
    shown = {"sites": ("front_end",)}
    stores = {
        "EX1": [one(**shown)],
        "EX2": [one(), one(OLD, **shown)],
        "EX3": [one(OLD, **shown)],
        "EX4": [one("C" * 40, ["ex4.contoso.com"], **shown)],
        "EX5": None,
        "EX6": [one(sites=None)],
        "EX7": [one("C" * 40, [AUTODISCOVER], **shown)],
    }
    assert left_out(read(stores), one().as_dict(), NAMES, ["ex3.contoso.com"]) == {
        "serving": ["ex1.contoso.com", "ex2.contoso.com", "ex7.contoso.com"],
        "other": {"ex2.contoso.com": OLD, "ex7.contoso.com": "C" * 40},
        "unread": ["ex5.contoso.com", "ex6.contoso.com"],
    }
    assert left_out(read(stores), one().as_dict(), NAMES, list(stores)) == {"serving": [], "other": {}, "unread": []}


def staying(back: Certificate, connector: Connector, services: Sequence[str] = ("SMTP", "POP"), **names: str):
    result = read({"EX1": [back, one()], "EX2": [back]}, [connector])
    result["servers"][0] |= names
    return preferred(result, back.as_dict(), ["EX1", "EX2"], services)


def test_s4_transport_stays_with_the_newest_of_a_name():
    back = one(OLD, begins=-190, ends=10)
    tls_name = f"<I>{back.issuer}<S>{back.subject}"
    assert staying(back, send(tls_name)) == {NEW: ["Internet"]}
    assert staying(back, send(fqdn=MAIL)) == {NEW: ["Internet"]}
    assert staying(back, send(tls_name), services=["IIS"]) == {}
    assert staying(back, send(fqdn="other.contoso.com")) == {}
    assert staying(one(OLD, begins=0), send(tls_name)) == {}
    receive = Connector("receive", "EX2\\Client", ["EX2"], MAIL)
    assert staying(back, receive) == {}


def test_s10_so_do_pop_and_imap():
    back = one(OLD, begins=-190, ends=10)
    nothing = send(fqdn="other.contoso.com")
    assert staying(back, nothing, pop_certificate_name=MAIL) == {NEW: ["POP of EX1"]}
    assert staying(back, nothing, imap_certificate_name=MAIL) == {}
    assert staying(back, nothing, pop_certificate_name="ex1.contoso.com") == {}
    result = read({"EX1": [back, one()]})
    assert preferred(result, back.as_dict(), ["EX1"], ["POP"], MAIL) == {NEW: ["POP of EX1"]}
    assert preferred(result, back.as_dict(), ["EX1"], ["POP"]) == {}


@pytest.mark.parametrize("wrong", [None, "text", {}, {"servers": 1, "read_at": "x"}])
def test_anything_else_is_refused_in_a_sentence(wrong: Any):
    with pytest.raises(AnsibleFilterError, match="exchange_certificate_info"):
        candidate(wrong, NAMES)
    with pytest.raises(AnsibleFilterError, match="no certificate"):
        choosing(read({"EX1": []}), {}, ["EX1"])
