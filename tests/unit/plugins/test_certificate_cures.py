# SPDX-License-Identifier: GPL-3.0-or-later
"""What findings about certificates tell people to do fits the case: a wrong cure can take 443 away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from certificate_estate import AUTH, CA, MAIL, NEXT, NEXT_AUTH, OWN, PUBLIC, SERVERS, TLS_NAME, Estate, in_days
from certificate_estate import certificate as issued_by_ca

from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.certificate_facts import (
    AuthConfig,
    Connector,
    Hybrid,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.certificates_findings import analyse
from ansible_collections.mailops.exchange.plugins.plugin_utils._findings.finding import Finding

ENABLING = "enable it there for what is named here"
ENDING = {"not_before": in_days(-340), "not_after": in_days(20)}
NEIGHBOUR: dict[str, Any] = {"name": "EX3", "product": "Exchange 2019", "roles": ["Mailbox"]}


def findings(spoil: Callable[[Estate], object], *, without: str = "") -> list[Finding]:
    """Those of an estate, and not those with a code."""
    estate = Estate()
    spoil(estate)
    return [finding for finding in analyse(estate.facts()) if finding.code != without]


def only(found: list[Finding]) -> Finding:
    (finding,) = found
    return finding


@pytest.mark.parametrize(
    "fields",
    [
        {"not_before": in_days(-1700), "not_after": in_days(59)},
        {"not_after": in_days(-1)},
        {"status": "Revoked"},
        {"key_size": 1024},
        {"signature_algorithm": "md5RSA"},
        {"key_usage": ("digital_signature",)},
        {"eku": ("1.3.6.1.5.5.7.3.2",)},
    ],
    ids=str,
)
@pytest.mark.parametrize("self_signed", [True, False])
def test_what_only_444_has_is_bound_there_and_never_enabled_for_iis(fields: dict[str, Any], self_signed: bool) -> None:
    """Enabling it would move 443 to it (law E4), as the renewal of a self-signed one does (law N12)."""

    def spoil(estate: Estate) -> None:
        estate.servers["EX1"]["internal_transport_thumbprint"] = None
        estate.change("EX1", OWN["EX1"], self_signed=self_signed, services=("IIS",), **fields)

    finding = only(findings(spoil))
    assert "444" in finding.cure and "iis_binding" in finding.cure
    assert ENABLING not in finding.cure


@pytest.mark.parametrize("ends", [20, -1])
def test_what_444_has_beside_other_uses_is_two_things_to_do(ends: float) -> None:
    def spoil(estate: Estate) -> None:
        estate.connectors.clear()
        for server in SERVERS:
            estate.servers[server].update(pop_certificate_name=None, imap_certificate_name=None)
        estate.change("*", PUBLIC, not_before=in_days(-340), not_after=in_days(ends), sites=("front_end", "back_end"))
        for server in SERVERS:
            estate.change(server, OWN[server], sites=(), services=("SMTP",))

    first, second = sorted(findings(spoil), key=lambda finding: "444" in finding.sentence)
    assert ENABLING in first.cure and "443" in first.sentence and "444" not in first.sentence
    assert "iis_binding" in second.cure and "SMTP" not in second.sentence


def test_a_self_signed_one_on_443_is_not_renewed_but_replaced() -> None:
    found = findings(lambda estate: estate.change("*", PUBLIC, self_signed=True, **ENDING))
    assert [finding.code for finding in found] == ["certificate_self_signed", "self_signed_certificate_ends_soon"]
    assert all(finding.cure.startswith("Request one from a CA") for finding in found)


def test_a_certificate_of_a_ca_is_renewed() -> None:
    finding = only(findings(lambda estate: estate.change("*", PUBLIC, **ENDING)))
    assert finding.cure.startswith("Renew it at its CA") and ENABLING in finding.cure


def replaced_beside(estate: Estate, ends: float, **fields: Any) -> None:
    """A certificate of the same names is in place; connectors name the old one."""
    services = ("IMAP", "POP", "IIS", "SMTP")
    values = {"services": services, "sites": ("front_end",), "issuer": "CN=Public CA 2"} | fields
    estate.change("*", PUBLIC, not_before=in_days(-340), not_after=in_days(ends), services=("SMTP",), sites=())
    estate.add("*", issued_by_ca(NEXT, [MAIL, "autodiscover.contoso.com"], -2, 196, **values))


@pytest.mark.parametrize("ends", [59, 20, -1])
def test_where_the_ca_has_changed_the_name_is_what_is_left_to_do(ends: float) -> None:
    """Schedule Y2: the new certificate is there, so that importing it again would fail (law I6)."""
    finding = only(findings(lambda estate: replaced_beside(estate, ends)))
    assert finding.subject == "To partner"
    assert finding.cure.startswith("Set TlsCertificateName") and "exchange_connector" in finding.cure
    assert f"{MAIL} ({NEXT}) is enabled for SMTP on EX1 and EX2" in finding.sentence


@pytest.mark.parametrize(
    "fields",
    [
        {"services": ("IMAP", "POP", "IIS")},
        {"names": (MAIL,)},
        {"self_signed": True},
        {"has_private_key": False},
        {"not_after": in_days(-2)},
        {"not_before": in_days(1)},
    ],
    ids=str,
)
def test_where_no_other_can_serve_it_is_to_be_renewed(fields: dict[str, Any]) -> None:
    def spoil(estate: Estate) -> None:
        replaced_beside(estate, -1)
        estate.change("*", NEXT, **fields)

    found = {finding.code: finding for finding in findings(spoil)}
    assert "connector_names_expired_certificate" not in found
    assert found["connector_certificate_expired"].cure.startswith("Renew it")
    assert "expired_certificate_left" not in found, "a connector still names it"


def test_where_the_ca_has_not_changed_the_new_one_takes_over() -> None:
    found = findings(lambda estate: replaced_beside(estate, 20, issuer=CA))
    assert [finding.code for finding in found] == ["connector_certificate_ambiguous"]


def test_of_two_that_end_the_last_is_still_found() -> None:
    def spoil(estate: Estate) -> None:
        replaced_beside(estate, 20, issuer=CA)
        estate.change("*", NEXT, not_before=in_days(-330), not_after=in_days(25))

    found = findings(spoil, without="connector_certificate_ambiguous")
    assert [(finding.code, finding.subject) for finding in found] == [("certificate_ends_soon", f"{MAIL} ({NEXT})")]


def test_what_pop_finds_is_still_to_be_renewed() -> None:
    """A certificate that lasts longer, but began earlier, is found only when this one has ended (law S10)."""

    def spoil(estate: Estate) -> None:
        estate.connectors.clear()
        replaced_beside(estate, 20)
        estate.change("*", NEXT, not_before=in_days(-341))

    assert [finding.code for finding in findings(spoil)] == ["certificate_ends_soon"]


NAMELESS = {"subject": "CN=Contoso Mail", "services": ("SMTP",)}


def nameless(estate: Estate, ends: float, named: str = TLS_NAME) -> None:
    """A certificate without host names, which connectors alone can find."""
    estate.add("EX1", issued_by_ca(NEXT, [], -340, ends, **NAMELESS))
    estate.connectors = [Connector("send", "To partner", ["EX1"], MAIL, named)]


@pytest.mark.parametrize(
    ("ends", "codes"),
    [(20, {"certificate_ends_soon"}), (-1, {"certificate_expired", "connector_certificate_expired"})],
)
def test_what_has_no_names_is_replaced_by_none_other(ends: float, codes: set[str]) -> None:
    found = findings(lambda estate: nameless(estate, ends, f"<I>{CA}<S>CN=Contoso Mail"))
    assert {finding.code for finding in found} == codes


@pytest.mark.parametrize(("ends", "codes"), [(20, []), (-1, ["expired_certificate_left"])])
def test_what_has_no_names_and_is_not_named_is_needed_by_nothing(ends: float, codes: list[str]) -> None:
    assert [finding.code for finding in findings(lambda estate: nameless(estate, ends))] == codes


def test_what_is_on_443_is_not_replaced_by_what_is_on_444() -> None:
    def spoil(estate: Estate) -> None:
        replaced_beside(estate, 20, issuer=CA, sites=("back_end",))
        estate.change("*", PUBLIC, sites=("front_end",))

    found = findings(spoil, without="connector_certificate_ambiguous")
    assert [(finding.code, finding.subject) for finding in found] == [("certificate_ends_soon", f"{MAIL} ({PUBLIC})")]


def test_what_444_alone_keeps_of_a_replaced_one_is_bound_and_no_more() -> None:
    def spoil(estate: Estate) -> None:
        replaced_beside(estate, 20, issuer=CA, services=("SMTP",), sites=("front_end",))
        estate.change("*", PUBLIC, sites=("back_end",), services=("IIS", "SMTP"))

    found = findings(spoil, without="connector_certificate_ambiguous")
    assert [finding.code for finding in found] == ["back_end_certificate_ends_soon"]


def test_where_another_of_the_same_name_lasts_longer_it_takes_over() -> None:
    """It began earlier, so that it is not used yet (law S4)."""

    def spoil(estate: Estate) -> None:
        replaced_beside(estate, 20)
        estate.add("*", issued_by_ca("E" * 40, [MAIL, "autodiscover.contoso.com"], -341, 100, services=("SMTP",)))

    assert [finding.code for finding in findings(spoil)] == ["connector_certificate_ambiguous"]


def test_a_connector_needs_it_on_its_own_servers_alone() -> None:
    def spoil(estate: Estate) -> None:
        replaced_beside(estate, -1)
        estate.connectors = [replace(estate.connectors[0], servers=["EX1"])]

    named, left = findings(spoil)
    assert named.code == "connector_names_expired_certificate"
    assert left.sentence.endswith("nothing is known to need it on EX2.")


def test_what_is_left_over_may_go() -> None:
    def spoil(estate: Estate) -> None:
        replaced_beside(estate, -1)
        estate.connectors.clear()

    finding = only(findings(spoil))
    assert (finding.code, finding.subject) == ("expired_certificate_left", f"{MAIL} ({PUBLIC})")
    assert finding.cure.startswith("Remove it with exchange_certificate")


def test_hybrid_mail_is_the_wizards() -> None:
    def spoil(estate: Estate) -> None:
        estate.connectors.clear()
        estate.hybrid = Hybrid(SERVERS, TLS_NAME)
        replaced_beside(estate, -1)

    finding = only(findings(spoil))
    assert (str(finding.severity), finding.subject) == ("critical", "Hybrid configuration")
    assert finding.cure.startswith("Run the Hybrid Configuration wizard again")


def test_hybrid_mail_tells_the_winner_of_each_server() -> None:
    def spoil(estate: Estate) -> None:
        estate.connectors.clear()
        estate.hybrid = Hybrid(["ex1.contoso.com", "EX2"], TLS_NAME)
        estate.add("EX1", issued_by_ca("E" * 40, [MAIL], -30, 100, services=("SMTP",)))
        estate.add("EX2", issued_by_ca(NEXT, [MAIL], -2, 196, services=("SMTP",)))

    said = {finding.sentence for finding in findings(spoil)}
    assert said == {
        f"2 certificates match its TlsCertificateName on {server}; the newest valid one is used: {MAIL} ({winner})."
        for server, winner in (("EX1", PUBLIC), ("EX2", NEXT))
    }


CONFIGURED = AuthConfig(AUTH, next_thumbprint=NEXT_AUTH, next_effective_date=in_days(3))


def lose(estate: Estate, *servers: str) -> None:
    """The current auth certificate; the next one is nowhere."""
    estate.auth_config = CONFIGURED
    for server in servers:
        estate.remove(server, AUTH)


def test_an_auth_certificate_is_copied_from_where_it_is() -> None:
    finding = findings(lambda estate: lose(estate, "EX2"))[0]
    assert finding.code == "auth_certificate_missing" and finding.cure.startswith("Export it with its key")


def test_what_is_nowhere_is_made_anew() -> None:
    current, following = findings(lambda estate: lose(estate, *SERVERS))
    assert (current.code, following.code) == ("auth_certificate_lost", "next_auth_certificate_lost")
    assert "make a new one, set it with Set-AuthConfig, publish it" in current.cure
    assert "make a new one and set it as the next" in following.cure
    assert not any("xport" in finding.cure or "may have it" in finding.sentence for finding in (current, following))


@pytest.mark.parametrize(
    ("hide", "said"),
    [
        (lambda estate: estate.neighbours.append(NEIGHBOUR), "EX3"),
        (lambda estate: estate.servers["EX2"].update(complete=False), "EX2"),
        (lambda estate: estate.neighbours.append(NEIGHBOUR | {"roles": ["Edge"]}), ""),
        (lambda estate: estate.neighbours.append(NEIGHBOUR | {"product": "Exchange 2010"}), ""),
    ],
    ids=["not asked for", "read in part", "an Edge server", "Exchange 2010"],
)
def test_servers_that_were_not_read_may_have_it(hide: Callable[[Estate], object], said: str) -> None:
    def spoil(estate: Estate) -> None:
        lose(estate, *SERVERS)
        hide(estate)

    found = findings(spoil)
    assert [finding.code for finding in found] == ["auth_certificate_lost", "next_auth_certificate_lost"]
    told = f" ({said} may have it, as not all was read there)" if said else ""
    assert found[0].sentence.startswith(
        f"No server that was read has the current certificate {AUTH} with its key{told}: "
    )
    assert found[1].sentence.endswith(f" with its key{told}.")
