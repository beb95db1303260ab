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

NAMES = [MAIL, AUTODISCOVER]
OLD, NEW = "A" * 40, "B" * 40
GOOD = {"status": "Valid", "has_private_key": True, "private_key_exportable": True, "pending": False}
candidate, choosing, lost = (
    FilterModule().filters()[name] for name in ("certificate_candidate", "connectors_choosing", "names_lost")
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
    ids=lambda spoilt: ", ".join(spoilt),
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


@pytest.mark.parametrize("wrong", [None, "text", {}, {"servers": 1, "read_at": "x"}])
def test_anything_else_is_refused_in_a_sentence(wrong: Any):
    with pytest.raises(AnsibleFilterError, match="exchange_certificate_info"):
        candidate(wrong, NAMES)
    with pytest.raises(AnsibleFilterError, match="no certificate"):
        choosing(read({"EX1": []}), {}, ["EX1"])
