# SPDX-License-Identifier: GPL-3.0-or-later
"""An estate with one fault: the module that can see it finds that and nothing else (section 8 of certificate-laws)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from in_process import Converge

from ansible_collections.mailops.exchange.plugins.action import exchange_certificate_info, iis_binding_info
from exchange_lab.world import World
from exchange_lab.world.certificates.distinguished_names import tls_name
from exchange_lab.world.windows.faults import break_binding

FQDN, MAIL = "ex1.contoso.test", "mail.contoso.test"
NAMES = (MAIL, "autodiscover.contoso.test", FQDN)
BACK_END = "Exchange Back End"


def served(world: World, **options: Any) -> str:
    """A certificate for 443 and mail, put on the server; its thumbprint."""
    return world.certificates.issue("EX1", **{"names": NAMES, "services": ("IIS", "SMTP")} | options)


def bind(world: World, site: str, thumbprint: str | None) -> None:
    world.machines[FQDN].bind_certificate(site, thumbprint)


def own(world: World) -> str:
    """The certificate that Setup made."""
    return world.certificates.of("EX1").my[0].thumbprint


def auth(world: World) -> str:
    return str(world.directory.newest(world.certificates.auth_config)["CurrentCertificateThumbprint"])


def untrusted(world: World) -> None:
    served(world, issuer="unknown")


def revoked(world: World) -> None:
    world.certificates.revoked.add(served(world))


def lists_unreachable(world: World) -> None:
    served(world)
    world.certificates.of("EX1").crl_reachable = False


def key_lost(world: World) -> None:
    """Such a certificate is not listed at all (O18)."""
    world.certificates.lose_key("EX1", served(world))


def back_end_lost(world: World) -> None:
    served(world)
    bind(world, BACK_END, None)


def back_end_expired(world: World) -> None:
    served(world)
    bind(world, BACK_END, world.certificates.issue("EX1", names=("EX1",), issuer="self", days=9, starts_in_days=-10))


def back_end_ends_soon(world: World) -> None:
    served(world)
    ending = {"issuer": "self", "days": 1800, "starts_in_days": -1750}
    bind(world, BACK_END, world.certificates.issue("EX1", names=("EX1",), **ending))


def former_auth_on_back_end(world: World) -> None:
    back_end_expired(world)
    former = world.machines[FQDN].certificate_on("0.0.0.0", 444)
    world.certificates.auth_config.initial["PreviousCertificateThumbprint"] = former.thumbprint


def default_lost(world: World) -> None:
    served(world)
    spare = world.certificates.issue("EX1", names=("EX1", FQDN), issuer="self", days=1800)
    bind(world, BACK_END, spare)
    world.certificates.remove("EX1", own(world))


def auth_lost(world: World) -> None:
    served(world)
    world.certificates.remove("EX1", auth(world))


def request_forgotten(world: World) -> None:
    served(world)
    world.certificates.request("EX1", [MAIL], days_ago=31)


def left_over(world: World) -> None:
    served(world)
    world.certificates.issue("EX1", names=("old.contoso.test",), days=9, starts_in_days=-10)


def connector_unmatched(world: World) -> None:
    served(world)
    wanted = "<I>CN=Another CA, O=Elsewhere<S>CN=mail.contoso.test"
    world.receive_connectors[0].object.initial["TlsCertificateName"] = wanted


def connector_not_renamed(world: World) -> None:
    """The CA has changed its intermediate (schedule Y2)."""
    old = served(world, days=9, starts_in_days=-10, intermediate=2, services=("SMTP",))
    served(world)
    entry = world.certificates.of("EX1").find(old)
    world.receive_connectors[0].object.initial["TlsCertificateName"] = tls_name(entry.certificate)


def pop_self_signed(world: World) -> None:
    served(world)
    world.certificates.issue("EX1", names=("pop.contoso.test",), issuer="self", days=900)
    pop_unmatched(world)


def imap_elsewhere(world: World) -> None:
    served(world)
    told = ("imap.contoso.test:993:SSL",)
    world.servers[FQDN].mail_protocols["IMAP"].initial["ExternalConnectionSettings"] = told


def pop_unmatched(world: World) -> None:
    served(world)
    world.servers[FQDN].mail_protocols["POP"].initial["X509CertificateName"] = "pop.contoso.test"


def pop_not_restarted(world: World) -> None:
    world.machines[FQDN].start_service("MSExchangePOP3")
    served(world, starts_in_days=0)


def imap_shows_what_is_gone(world: World) -> None:
    old = world.certificates.issue("EX1", names=(FQDN,), starts_in_days=0)
    world.machines[FQDN].start_service("MSExchangeIMAP4")
    world.certificates.remove("EX1", old)
    served(world)


def provider_elsewhere(world: World) -> None:
    served(world)
    world.outlook_providers["EXPR"].initial["CertPrincipalName"] = "msstd:outlook.contoso.test"


def two(world: World, *alone: str, **options: Any) -> None:
    """Both servers have the names, by one certificate, or each by its own."""
    names = (*NAMES, "ex2.contoso.test")
    for servers in [alone] if alone else [("EX1",), ("EX2",)]:
        world.certificates.issue(*servers, **{"names": names, "services": ("IIS", "SMTP")} | options)


def key_closed(world: World) -> None:
    """As icacls would, on the certificate that Setup made."""
    entry = world.certificates.of("EX1").my[0]
    entry.key = replace(entry.key, access="D:PAI(A;;FA;;;SY)(A;;FR;;;BA)(A;;FA;;;NS)")


def clock_slow(world: World) -> None:
    world.machines[FQDN].clock_skew = -301


class Fault(NamedTuple):
    """What spoils an estate, and the codes of the findings that a module has then."""

    spoil: Callable[[World], object]
    codes: list[str]
    module: str = "exchange_certificate_info"
    estate: str | dict[str, Any] = "one_server"


NAMESPACE: dict[str, Any] = {
    "sites": {"London": ["dc1"]},
    "servers": [{"name": name, "site": "London", "build": "15.2.1118.7"} for name in ("ex1", "ex2")],
    "directory_settings": [
        {"server": name, "noun": "OwaVirtualDirectory", "ExternalUrl": f"https://{MAIL}/owa"} for name in ("ex1", "ex2")
    ],
    "users": {"administrator": ["Organization Management"]},
}
"""Two servers behind one name."""
HYBRID = {
    **NAMESPACE,
    "servers": NAMESPACE["servers"][:1],
    "directory_settings": [],
    "hybrid": {"tls_certificate_name": "<I>CN=Another CA<S>CN=mail.contoso.test", "receiving": ["ex1"]},
}
BINDINGS = "iis_binding_info"

FAULTS: dict[str, tuple[Any, ...]] = {
    "none": (served, []),
    "fresh": (lambda world: None, ["certificate_self_signed"]),
    "untrusted": (untrusted, ["certificate_untrusted"]),
    "private": (lambda world: served(world, issuer="enterprise"), ["certificate_of_private_ca"]),
    "revoked": (revoked, ["certificate_revoked"]),
    "lists unreachable": (lists_unreachable, ["revocation_unknown"]),
    "expired": (lambda world: served(world, days=9, starts_in_days=-10), ["certificate_expired"]),
    "ends soon": (lambda world: served(world, days=200, starts_in_days=-170), ["certificate_ends_soon"]),
    "renewal due": (lambda world: served(world, days=200, starts_in_days=-140), ["certificate_renewal_due"]),
    "not begun": (lambda world: served(world, starts_in_days=3), ["certificate_not_yet_valid"]),
    "a clock is slow": (lambda world: served(world, starts_in_days=0.1), ["certificate_newer_than_clock"]),
    "a name is missing": (lambda world: served(world, names=NAMES[:2]), ["certificate_names_missing"]),
    "a wildcard of too few labels": (lambda world: served(world, names=("*.test",)), ["certificate_names_missing"]),
    "weak key": (lambda world: served(world, key="rsa1024"), ["certificate_key_short"]),
    "SHA-1": (lambda world: served(world, signature_hash="sha1"), ["public_certificate_signature_broken"]),
    "for clients": (lambda world: served(world, usages=("client_auth",)), ["certificate_not_for_servers"]),
    "CNG": (lambda world: served(world, provider="cng"), ["certificate_key_cng_on_iis"]),
    "elliptic": (lambda world: served(world, key="ec256"), ["certificate_key_ecc"]),
    "no subject": (lambda world: served(world, subject=""), ["certificate_without_subject"]),
    "key lost": (key_lost, ["front_end_without_certificate"]),
    "444 lost": (back_end_lost, ["back_end_without_certificate"]),
    "444 expired": (back_end_expired, ["back_end_certificate_expired"]),
    "transport default lost": (default_lost, ["transport_certificate_missing"]),
    "444 ends soon": (back_end_ends_soon, ["back_end_certificate_ends_soon"]),
    "the former auth certificate is on 444": (former_auth_on_back_end, ["back_end_certificate_expired"]),
    "auth lost": (auth_lost, ["auth_certificate_lost"]),
    "auth lost on one server": (
        lambda world: [two(world, "EX1", "EX2"), world.certificates.remove("EX2", auth(world))],
        ["auth_certificate_missing"],
        "exchange_certificate_info",
        NAMESPACE,
    ),
    "a request forgotten": (request_forgotten, ["pending_request_old"]),
    "left over": (left_over, ["expired_certificate_left"]),
    "a connector's certificate is missing": (connector_unmatched, ["connector_certificate_missing"]),
    "a connector names what was replaced": (connector_not_renamed, ["connector_names_expired_certificate"]),
    "hybrid mail names what no server has": (
        served,
        ["hybrid_certificate_missing"],
        "exchange_certificate_info",
        HYBRID,
    ),
    "POP finds a self-signed certificate": (pop_self_signed, ["pop_imap_certificate_self_signed"]),
    "clients of IMAP use another name": (imap_elsewhere, ["pop_imap_names_missing"]),
    "POP finds no certificate": (pop_unmatched, ["pop_imap_certificate_missing"]),
    "POP shows an old certificate": (pop_not_restarted, ["pop_imap_certificate_outdated"]),
    "IMAP shows a removed certificate": (imap_shows_what_is_gone, ["pop_imap_certificate_unlisted"]),
    "Outlook expects another name": (provider_elsewhere, ["provider_name_not_on_certificate"]),
    "one name, one certificate": (lambda world: two(world, "EX1", "EX2"), [], "exchange_certificate_info", NAMESPACE),
    "only one server has it": (
        lambda world: (two(world, "EX1", exportable=False), two(world, "EX2")),
        ["certificates_differ_behind_name", "certificate_not_exportable"],
        "exchange_certificate_info",
        NAMESPACE,
    ),
    "one name, two certificates": (two, ["certificates_differ_behind_name"], "exchange_certificate_info", NAMESPACE),
    "bindings as Setup made them": (lambda world: None, [], BINDINGS),
    "the clock is slow": (clock_slow, ["server_clock_apart"], BINDINGS),
    "the key is closed to Administrators": (key_closed, ["binding_certificate_key_rights"], BINDINGS),
    "elliptic, and not allowed": (lambda world: served(world, key="ec256"), ["binding_certificate_ecc_off"], BINDINGS),
    "444 has moved": (
        lambda world: break_binding(world, world.servers[FQDN], "moved_to_445"),
        ["back_end_port_moved"],
        BINDINGS,
    ),
    "http.sys names what is gone": (
        lambda world: break_binding(world, world.servers[FQDN], "stale_hash"),
        ["binding_certificate_gone"],
        BINDINGS,
    ),
}


RULES = {
    "G1": ["untrusted", "fresh", "POP finds a self-signed certificate"],
    "G3": ["expired", "ends soon", "renewal due"],
    "G4": ["the clock is slow", "a clock is slow"],
    "G5": ["a name is missing", "clients of IMAP use another name"],
    "G6": ["a wildcard of too few labels"],
    "G7": ["Outlook expects another name"],
    "G8": ["weak key"],
    "G9": ["SHA-1"],
    "G10": ["for clients"],
    "G11": ["key lost"],
    "G12": ["CNG"],
    "G13": ["the key is closed to Administrators"],
    "G14": ["elliptic, and not allowed", "elliptic"],
    "G15": ["revoked", "lists unreachable"],
    "G16": ["one name, two certificates"],
    "G17": ["444 has moved", "444 lost", "444 expired", "444 ends soon"],
    "G18": ["http.sys names what is gone"],
    "G19": ["transport default lost"],
    "G20": [
        "a connector's certificate is missing",
        "a connector names what was replaced",
        "hybrid mail names what no server has",
    ],
    "G21": ["POP finds no certificate", "POP shows an old certificate", "IMAP shows a removed certificate"],
    "G22": ["auth lost", "auth lost on one server"],
    "G23": ["a request forgotten", "left over", "the former auth certificate is on 444"],
    "G24": ["only one server has it"],
}
"""The golden rules that are judged by what a server says of itself, and faults above that show each. G2, the chain as
sent, is seen by a handshake from outside alone; services not restarted since an import (G21) by that and by what the
server says. Where the only exemplar is one (G24), the servers have different certificates (G16) as well."""


def test_every_rule_is_shown_by_a_fault() -> None:
    assert list(RULES) == [f"G{number}" for number in range(1, 25) if number != 2]
    shown = [fault for faults in RULES.values() for fault in faults]
    assert len(set(shown)) == len(shown)
    assert [fault for fault in shown if not Fault(*FAULTS[fault]).codes] == []


def take_the_time_of(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control node's clock is the world's."""
    clock = staticmethod(lambda: datetime.fromtimestamp(world.clock.now(), UTC))
    for action in (exchange_certificate_info, iis_binding_info):
        monkeypatch.setattr(action.ActionModule, "now", clock)


def mail_probe(world: World) -> dict[str, Any]:
    """What exchange_mail_probe returns of the ports of POP and IMAP, as far as it is used."""
    probes = []
    for protocol, port in (("pop3s", 995), ("imap4s", 993)):
        entry = world.mail_tls.offer_on(world.servers[FQDN], port).certificate
        certificate = {"thumbprint": entry.thumbprint} if entry else None
        probes.append({"subject": FQDN, "protocol": protocol, "certificate": certificate})
    return {"probes": probes}


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_is_found_and_nothing_else(
    lab: Callable[..., World], monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    spoil, expected, module, estate = Fault(*FAULTS[fault])
    world = lab(estate)
    take_the_time_of(world, monkeypatch)
    spoil(world)
    before = world.snapshot()
    options = {} if module == BINDINGS else {"mail_probes": [mail_probe(world)]}
    result = Converge(world)(module, **options).ok()
    assert [finding["code"] for finding in result.findings] == expected
    assert result.errors == []
    assert world.snapshot() == before


@pytest.mark.parametrize("switches", [{}, {"popimap_flag": "stored"}], ids=str)
@pytest.mark.parametrize("services", [("SMTP",), ("SMTP", "POP")], ids=str)
def test_after_the_restart_nothing_is_found(
    lab: Callable[..., World], monkeypatch: pytest.MonkeyPatch, switches: dict[str, str], services: tuple[str, ...]
) -> None:
    """And before it only where the restart would change something: stored, a certificate must be enabled (S10)."""
    world = lab(**switches)
    take_the_time_of(world, monkeypatch)
    world.machines[FQDN].start_service("MSExchangePOP3")
    converge = Converge(world)
    new = served(world, services=("IIS", *services), starts_in_days=0)

    def codes() -> list[str]:
        findings = converge("exchange_certificate_info", mail_probes=[mail_probe(world)]).ok().findings
        return [finding["code"] for finding in findings]

    found = codes()
    converge("exchange_service", on=FQDN, name=["MSExchangePOP3", "MSExchangePOP3BE"], state="restarted").ok()
    taken = mail_probe(world)["probes"][0]["certificate"] == {"thumbprint": new}
    assert found == (["pop_imap_certificate_outdated"] if taken else [])
    assert taken is (not switches or "POP" in services)
    assert codes() == []


def test_the_cure_of_444_leaves_443_alone(world: World, converge: Converge, monkeypatch: pytest.MonkeyPatch) -> None:
    """New with services but IIS, and a binding; the renewal of what is on 444 takes 443 over (law N12)."""
    take_the_time_of(world, monkeypatch)
    back_end_ends_soon(world)
    (finding,) = converge("exchange_certificate_info").ok().findings
    assert "New-ExchangeCertificate -Services SMTP" in finding["cure"]
    new = world.certificates.issue("EX1", names=("EX1", FQDN), issuer="self", days=1800, services=("SMTP",))
    found = converge("iis_binding", on=FQDN, site=BACK_END, port=444, thumbprint=new).ok()
    assert found.changed and converge("exchange_certificate_info").ok().findings == []
    world.certificates.enable("EX1", new, ["IIS"])
    assert "certificate_self_signed" in {one["code"] for one in converge("exchange_certificate_info").ok().findings}


def test_the_cure_of_a_replaced_name_is_the_name(
    world: World, converge: Converge, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_the_time_of(world, monkeypatch)
    connector_not_renamed(world)
    before = converge("exchange_certificate_info").ok()
    (finding,) = before.findings
    assert "exchange_connector" in finding["cure"]
    (new,) = (one for one in before.servers[0]["certificates"] if "front_end" in one["sites"])
    name = f"<I>{new['issuer']}<S>{new['subject']}"
    converge("exchange_connector", kind="receive", identity=finding["subject"], tls_certificate_name=name).ok()
    assert [one["code"] for one in converge("exchange_certificate_info").ok().findings] == ["expired_certificate_left"]


def test_the_plan_adds_names(world: World, converge: Converge, monkeypatch: pytest.MonkeyPatch) -> None:
    take_the_time_of(world, monkeypatch)
    served(world)
    (finding,) = converge("exchange_certificate_info", names=[MAIL, "owa.contoso.test"]).ok().findings
    assert (finding["code"], finding["subject"]) == ("certificate_planned_names_missing", "EX1")
    assert "does not hold owa.contoso.test, which" in finding["sentence"]
