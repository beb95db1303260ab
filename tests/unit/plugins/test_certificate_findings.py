# SPDX-License-Identifier: GPL-3.0-or-later
"""Each analyser of certificates: a clean estate has no finding, one fault has exactly that one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from certificate_estate import (
    AUTH,
    AUTODISCOVER,
    CA,
    MAIL,
    NEXT,
    NEXT_AUTH,
    OWN,
    PUBLIC,
    TLS_NAME,
    Estate,
    certificate,
    in_days,
    self_signed,
)

from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.certificate_facts import (
    AuthConfig,
    CertificateFacts,
    Connector,
    Hybrid,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.certificates_findings import analyse
from ansible_collections.mailops.exchange.plugins.plugin_utils._findings.registry import CODES

IN_USE = f"{MAIL} ({PUBLIC})"
AUTH_CONFIG, HYBRID = "Auth configuration", "Hybrid configuration"
AUTH_SUBJECT = "CN=Microsoft Exchange Server Auth Certificate"
NAMES = (MAIL, AUTODISCOVER)


def own(server: str) -> str:
    return f"{server} ({OWN[server]})"


def change(server: str, which: str, /, **fields: Any) -> Callable[[Estate], None]:
    return lambda estate: estate.change(server, which, **fields)


def lasting(begins: float, ends: float, thumbprint: str = PUBLIC, server: str = "*") -> Callable[[Estate], None]:
    return change(server, thumbprint, not_before=in_days(begins), not_after=in_days(ends))


def set_server(server: str, **values: Any) -> Callable[[Estate], None]:
    return lambda estate: estate.servers[server].update(values)


def configure_auth(**values: Any) -> Callable[[Estate], None]:
    def spoil(estate: Estate) -> None:
        estate.auth_config = replace(AuthConfig(AUTH), **values)

    return spoil


def connect(tls_certificate_name: str) -> Callable[[Estate], None]:
    def spoil(estate: Estate) -> None:
        estate.connectors = [Connector("send", "To partner", ["EX1"], MAIL, tls_certificate_name)]

    return spoil


def close_key(server: str, thumbprint: str, right: str = "none") -> Callable[[Estate], None]:
    """As iis_binding_info tells."""

    def spoil(estate: Estate) -> None:
        estate.key_access = {server: {thumbprint: (right, "C:\\key")}}

    return spoil


def present(server: str, service: str, *thumbprints: str) -> Callable[[Estate], None]:
    """As exchange_mail_probe has seen it."""

    def spoil(estate: Estate) -> None:
        estate.presented = {f"{server}.contoso.com": {service: list(thumbprints)}}

    return spoil


def beside(*names: str, begins: float = -1, **fields: Any) -> Callable[[Estate], None]:
    """Another certificate on EX1, that no connector chooses."""

    def spoil(estate: Estate) -> None:
        estate.connectors.clear()
        estate.add("EX1", certificate(NEXT, names, begins, 199, **fields))

    return spoil


def together(*changes: Callable[[Estate], None]) -> Callable[[Estate], None]:
    def spoil(estate: Estate) -> None:
        for one in changes:
            one(estate)

    return spoil


def without_pop_and_imap(estate: Estate) -> None:
    for server in estate.servers.values():
        server.update(pop_certificate_name=None, imap_certificate_name=None)


def no_connectors(estate: Estate) -> None:
    estate.connectors.clear()


def hybrid(
    tls_certificate_name: str = TLS_NAME, servers: Sequence[str] = ("EX1", "ex2.contoso.com")
) -> Callable[[Estate], None]:
    return lambda estate: setattr(estate, "hybrid", Hybrid(servers, tls_certificate_name))


def own_for(name: str) -> Callable[[Estate], None]:
    """A self-signed certificate of EX1 for a name that is not its own."""
    return lambda estate: estate.add("EX1", self_signed("E" * 40, [name, MAIL], -30, 900, services=("POP",)))


def kept_after_rollout(server: str = "*", **fields: Any) -> Callable[[Estate], None]:
    """A new certificate has taken over; the old one keeps its mark for SMTP (laws E3, L10)."""
    new = certificate(NEXT, NAMES, -2, 196, services=("IMAP", "POP", "IIS", "SMTP"), sites=("front_end",), **fields)

    def spoil(estate: Estate) -> None:
        estate.change(server, PUBLIC, services=("SMTP",), sites=())
        estate.add(server, new)
        estate.connectors = [] if not fields else estate.connectors

    return spoil


def renewed_by_another_ca(server: str = "*") -> Callable[[Estate], None]:
    """Schedule Y2 of the laws: connectors lead to the old one."""
    return kept_after_rollout(server, issuer="CN=Public CA 2, O=Public CA Inc, C=US")


def provide(principal: str | None) -> Callable[[Estate], None]:
    return lambda estate: estate.providers[0].update(cert_principal_name=principal)


def auth_next(**fields: Any) -> Any:
    values = {"subject": AUTH_SUBJECT, "services": ("SMTP",)} | fields
    return self_signed(NEXT_AUTH, [], -1, values.pop("ends", 1800), **values)


def renewed(**fields: Any) -> Any:
    return certificate(NEXT, NAMES, -1, 199, services=("IMAP", "POP", "SMTP"), **fields)


FAULTS: dict[str, tuple[Callable[[Estate], None], list[tuple[str, str]]]] = {
    # Trusted issuer
    "self-signed on 443": (
        change("*", PUBLIC, self_signed=True),
        [("certificate_self_signed", IN_USE)],
    ),
    "a root of the organization": (
        change("*", PUBLIC, root_ca_type="Enterprise"),
        [("certificate_of_private_ca", IN_USE)],
    ),
    "no chain": (change("EX1", PUBLIC, status="Untrusted"), [("certificate_untrusted", IN_USE)]),
    "revoked": (change("*", PUBLIC, status="Revoked"), [("certificate_revoked", IN_USE)]),
    "invalid": (change("*", PUBLIC, status="Invalid"), [("certificate_invalid", IN_USE)]),
    "no revocation list": (
        change("EX2", PUBLIC, status="RevocationCheckFailure"),
        [("revocation_unknown", IN_USE)],
    ),
    "short key": (change("*", PUBLIC, key_size=2047), [("certificate_key_short", IN_USE)]),
    "short key of an auth certificate that transport has": (
        together(change("*", AUTH, key_size=1024), set_server("EX1", internal_transport_thumbprint=AUTH)),
        [("certificate_key_short", f"{AUTH_SUBJECT} ({AUTH})")],
    ),
    "SHA-1 of a public CA": (
        change("*", PUBLIC, signature_algorithm="sha1RSA"),
        [("public_certificate_signature_broken", IN_USE)],
    ),
    "MD5 of a private CA": (
        change("*", PUBLIC, signature_algorithm="md5RSA", root_ca_type="Enterprise"),
        [("certificate_signature_broken", IN_USE), ("certificate_of_private_ca", IN_USE)],
    ),
    "SHA-1 by Setup": (
        change("EX1", OWN["EX1"], signature_algorithm="sha1RSA"),
        [("self_signed_signature_old", own("EX1"))],
    ),
    "for clients only": (
        change("*", PUBLIC, eku=("1.3.6.1.5.5.7.3.2",)),
        [("certificate_not_for_servers", IN_USE)],
    ),
    "no key encipherment": (
        change("*", PUBLIC, key_usage=("digital_signature",)),
        [("certificate_key_usage", IN_USE)],
    ),
    "no subject": (
        lambda estate: estate.add("EX2", certificate(NEXT, [], -1, 199)),
        [("certificate_without_subject", f"Contoso mail ({NEXT})")],
    ),
    # Dates
    "ended": (
        together(lasting(-200, -0.1), lambda estate: estate.connectors.clear(), without_pop_and_imap),
        [("certificate_expired", IN_USE)],
    ),
    "30 days left of a year": (lasting(-335, 29.9), [("certificate_ends_soon", IN_USE)]),
    "60 days left of a year": (lasting(-305, 59.9), [("certificate_renewal_due", IN_USE)]),
    "a sixth left of 198 days": (lasting(-165.1, 32.9), [("certificate_ends_soon", IN_USE)]),
    "a third left of 198 days": (lasting(-132.1, 65.9), [("certificate_renewal_due", IN_USE)]),
    "tomorrow": (lasting(0.9, 180), [("certificate_newer_than_clock", IN_USE)]),
    "next week": (lasting(7, 180), [("certificate_not_yet_valid", IN_USE)]),
    "a self-signed one on 443 ended": (
        together(
            change("*", PUBLIC, self_signed=True),
            lasting(-200, -0.1),
            lambda estate: estate.connectors.clear(),
            without_pop_and_imap,
        ),
        [("certificate_self_signed", IN_USE), ("self_signed_certificate_expired", IN_USE)],
    ),
    "a self-signed one on 443 ends soon": (
        together(change("*", PUBLIC, self_signed=True), lasting(-200, 20)),
        [("certificate_self_signed", IN_USE), ("self_signed_certificate_ends_soon", IN_USE)],
    ),
    "444 ends soon": (lasting(-1800, 59, OWN["EX1"], "EX1"), [("back_end_certificate_ends_soon", own("EX1"))]),
    "444 of a CA ends soon": (
        together(
            change("EX2", OWN["EX2"], self_signed=False, services=("IIS",)),
            set_server("EX2", internal_transport_thumbprint=None),
            lasting(-60, 9, OWN["EX2"], "EX2"),
        ),
        [("back_end_certificate_ends_soon", own("EX2"))],
    ),
    "the previous auth certificate on 444 ended": (
        together(
            configure_auth(previous_thumbprint=NEXT_AUTH),
            change("EX1", OWN["EX1"], sites=()),
            lambda estate: estate.add("EX1", auth_next(ends=-1, services=("IIS", "SMTP"), sites=("back_end",))),
        ),
        [("back_end_certificate_expired", f"{AUTH_SUBJECT} ({NEXT_AUTH})")],
    ),
    "the auth certificate on 443": (
        together(
            change("EX1", PUBLIC, sites=()),
            change("EX1", AUTH, sites=("front_end",), names=NAMES, alternative_names=NAMES),
            lambda estate: estate.hosts.update(EX2=AUTODISCOVER),
            lambda estate: estate.names.clear(),
            without_pop_and_imap,
        ),
        [
            ("certificate_self_signed", f"{MAIL} ({AUTH})"),
            ("certificates_differ_behind_name", AUTODISCOVER),
        ],
    ),
    "444 ended": (
        together(
            lasting(-1800, -1, OWN["EX1"], "EX1"),
            set_server("EX1", internal_transport_thumbprint=OWN["EX2"]),
            lambda estate: estate.add("EX1", self_signed(OWN["EX2"], ["EX1"], -1, 1800)),
        ),
        [("back_end_certificate_expired", own("EX1"))],
    ),
    "an unused one ended": (
        lambda estate: estate.add("EX1", certificate(NEXT, ["old.contoso.com"], -400, -1)),
        [("expired_certificate_left", f"old.contoso.com ({NEXT})")],
    ),
    "a superseded one ended": (
        lambda estate: estate.add("EX1", certificate(NEXT, [MAIL], -400, -1, services=("SMTP",), issuer="CN=Old CA")),
        [("expired_certificate_left", f"{MAIL} ({NEXT})")],
    ),
    "a mail certificate ended": (
        lambda estate: estate.add("EX1", certificate(NEXT, ["smtp.contoso.com"], -400, -1, services=("SMTP",))),
        [("certificate_expired", f"smtp.contoso.com ({NEXT})")],
    ),
    "a forgotten request": (
        lambda estate: estate.add("EX1", certificate(NEXT, [MAIL], -30.1, 300, pending=True, status="PendingRequest")),
        [("pending_request_old", "EX1")],
    ),
    # Names
    "a name of the plan": (
        lambda estate: estate.names.append("owa.contoso.com"),
        [("certificate_planned_names_missing", "EX1"), ("certificate_planned_names_missing", "EX2")],
    ),
    "a name of one server": (
        lambda estate: estate.hosts.update(EX2="paris.contoso.com"),
        [("certificate_names_missing", "EX2")],
    ),
    "only a common name": (
        change("*", PUBLIC, alternative_names=()),
        [("certificate_common_name_only", "EX1"), ("certificate_common_name_only", "EX2")],
    ),
    "another certificate behind the name": (
        together(
            change("EX2", PUBLIC, thumbprint=NEXT, subject="CN=x", private_key_exportable=True),
            lambda estate: estate.connectors.clear(),
        ),
        [("certificates_differ_behind_name", AUTODISCOVER)],
    ),
    "another name for Outlook": (
        provide("msstd:owa.contoso.com"),
        [("provider_name_not_on_certificate", "EXPR")],
    ),
    "a wildcard that Outlook does not expect": (
        change("*", PUBLIC, names=("*.contoso.com",), alternative_names=("*.contoso.com",)),
        [("provider_wants_wildcard", "EXPR")],
    ),
    # Keys
    "no key": (
        together(change("EX2", PUBLIC, has_private_key=False), connect(TLS_NAME), without_pop_and_imap),
        [("certificate_without_private_key", IN_USE)],
    ),
    "CNG on 443": (change("EX1", PUBLIC, key_storage="cng"), [("certificate_key_cng_on_iis", IN_USE)]),
    "CNG on 444": (change("EX1", OWN["EX1"], key_storage="cng"), [("certificate_key_cng", own("EX1"))]),
    "elliptic": (
        change("*", PUBLIC, key_algorithm="ECDSA", key_size=256, key_storage="cng"),
        [("certificate_key_ecc", IN_USE)],
    ),
    "stuck on one server": (
        together(
            change("EX1", PUBLIC, private_key_exportable=False),
            change("EX2", PUBLIC, thumbprint=NEXT),
        ),
        [("certificates_differ_behind_name", AUTODISCOVER), ("certificate_not_exportable", IN_USE)],
    ),
    # Sites
    "nothing on 443": (change("EX1", PUBLIC, sites=()), [("front_end_without_certificate", "EX1")]),
    "nothing on 444": (change("EX1", OWN["EX1"], sites=()), [("back_end_without_certificate", "EX1")]),
    "raw data": (change("EX1", OWN["EX1"], sites=None), [("certificate_uses_unknown", "EX1")]),
    "nothing but raw data": (
        lambda estate: [estate.change("EX2", one, sites=None) for one in (PUBLIC, OWN["EX2"], AUTH)],
        [("certificate_uses_unknown", "EX2")],
    ),
    # Transport
    "no transport default": (
        set_server("EX1", internal_transport_thumbprint=""),
        [("transport_certificate_unset", "EX1")],
    ),
    "a lost transport default": (
        set_server("EX1", internal_transport_thumbprint="F" * 40),
        [("transport_certificate_missing", "EX1")],
    ),
    "an expired transport default": (
        together(
            lambda estate: estate.add("EX1", self_signed(NEXT, ["EX1"], -1800, -1, services=("SMTP",))),
            set_server("EX1", internal_transport_thumbprint=NEXT),
        ),
        [("transport_certificate_expired", "EX1")],
    ),
    "a public transport default": (
        set_server("EX1", internal_transport_thumbprint=PUBLIC),
        [("transport_certificate_of_ca", "EX1")],
    ),
    # Connectors
    "no such name": (connect("mail.contoso.com"), [("connector_certificate_name_unreadable", "To partner")]),
    "another intermediate CA": (
        connect(f"<I>CN=Public CA 2<S>CN={MAIL}"),
        [("connector_certificate_missing", "To partner")],
    ),
    "not enabled for SMTP": (
        change("EX1", PUBLIC, services=("IMAP", "POP", "IIS")),
        [("connector_certificate_without_smtp", "To partner")],
    ),
    "a newer one without SMTP": (
        lambda estate: estate.add("EX1", replace(renewed(), services=())),
        [("connector_certificate_without_smtp", "To partner"), ("connector_certificate_ambiguous", "To partner")],
    ),
    "a connector and no key": (
        together(change("EX1", PUBLIC, has_private_key=False), without_pop_and_imap),
        [("certificate_without_private_key", IN_USE), ("connector_certificate_missing", "To partner")],
    ),
    "an expired connector": (
        together(
            connect("<I>CN=Public CA 1, O=Public CA Inc, C=US<S>CN=smtp.contoso.com"),
            lambda estate: estate.add("EX1", certificate(NEXT, ["smtp.contoso.com"], -400, -1, services=("SMTP",))),
        ),
        [("certificate_expired", f"smtp.contoso.com ({NEXT})"), ("connector_certificate_expired", "To partner")],
    ),
    "another intermediate CA, and the name is that of the old one": (
        together(renewed_by_another_ca(), lasting(-200, -1)),
        [("connector_names_expired_certificate", "To partner")],
    ),
    "another intermediate CA, before the old one ends": (
        together(renewed_by_another_ca(), lasting(-340, 59)),
        [("connector_names_ending_certificate", "To partner")],
    ),
    "another intermediate CA, on one server alone": (
        together(renewed_by_another_ca("EX1"), lasting(-340, -1), without_pop_and_imap),
        [
            ("certificate_expired", IN_USE),
            ("certificates_differ_behind_name", AUTODISCOVER),
            ("connector_certificate_expired", "To partner"),
            ("connector_names_expired_certificate", "To partner"),
        ],
    ),
    "old and new": (
        lambda estate: estate.add("EX1", renewed()),
        [("connector_certificate_ambiguous", "To partner")],
    ),
    # Hybrid mail
    "an unreadable name": (hybrid("mail.contoso.com"), [("hybrid_certificate_name_unreadable", HYBRID)]),
    "no hybrid certificate": (hybrid("<I>CN=Public CA 2<S>CN=x"), [("hybrid_certificate_missing", HYBRID)]),
    "hybrid mail without SMTP": (
        together(hybrid(), no_connectors, change("EX1", PUBLIC, services=("IMAP", "POP", "IIS"))),
        [("hybrid_certificate_without_smtp", HYBRID)],
    ),
    "an expired one of hybrid mail": (
        together(hybrid(), no_connectors, lasting(-200, -1), without_pop_and_imap),
        [("certificate_expired", IN_USE), ("hybrid_certificate_expired", HYBRID)],
    ),
    "hybrid mail names the old one": (
        together(hybrid(), no_connectors, renewed_by_another_ca(), lasting(-200, -1)),
        [("hybrid_names_expired_certificate", HYBRID)],
    ),
    "hybrid mail names the old one before its end": (
        together(hybrid(), no_connectors, renewed_by_another_ca(), lasting(-340, 29)),
        [("hybrid_names_ending_certificate", HYBRID)],
    ),
    "old and new of hybrid mail": (
        together(hybrid(), no_connectors, lambda estate: estate.add("EX1", renewed())),
        [("hybrid_certificate_ambiguous", HYBRID)],
    ),
    # POP and IMAP
    "POP without a certificate": (
        set_server("EX2", pop_certificate_name="pop.contoso.com"),
        [("pop_imap_certificate_missing", "EX2")],
    ),
    "IMAP with an expired one": (
        together(
            set_server("EX2", imap_certificate_name="imap.contoso.com", imap_hosts=None),
            lambda estate: estate.add("EX2", certificate(NEXT, ["imap.contoso.com"], -400, -1)),
        ),
        [("pop_imap_certificate_expired", "EX2")],
    ),
    "IMAP with an expired wildcard": (
        together(
            set_server("EX2", imap_certificate_name="imap.contoso.com", imap_hosts=None),
            lambda estate: estate.add("EX2", certificate(NEXT, ["*.contoso.com"], -400, -1)),
        ),
        [("pop_imap_certificate_expired", "EX2")],
    ),
    "POP with a self-signed one": (
        together(set_server("EX1", pop_certificate_name="pop.contoso.com"), own_for("pop.contoso.com")),
        [("pop_imap_certificate_self_signed", "EX1")],
    ),
    "a host of POP that no certificate holds": (
        set_server("EX1", pop_hosts=["ex1.contoso.com", MAIL, "pop.contoso.com"]),
        [("pop_imap_names_missing", "EX1")],
    ),
    "IMAP as Setup left it, but for the host of clients": (
        set_server("EX2", imap_certificate_name="ex2.contoso.com"),
        [("pop_imap_names_missing", "EX2")],
    ),
    "POP was not restarted": (
        together(beside(*NAMES, services=("IMAP", "POP")), present("ex1", "POP", PUBLIC)),
        [("pop_imap_certificate_outdated", "EX1")],
    ),
    "neither was IMAP, and a wildcard need not be enabled": (
        together(beside("*.contoso.com"), present("ex1", "IMAP", PUBLIC)),
        [("pop_imap_certificate_outdated", "EX1")],
    ),
    "POP shows a newer one of another name": (
        together(beside("x.contoso.com"), present("ex1", "POP", NEXT)),
        [("pop_imap_certificate_outdated", "EX1")],
    ),
    "one port of POP shows another": (
        present("ex2", "POP", PUBLIC, OWN["EX2"]),
        [("pop_imap_certificate_outdated", "EX2")],
    ),
    "IMAP shows what the server has not": (
        present("ex2", "IMAP", NEXT),
        [("pop_imap_certificate_unlisted", "EX2")],
    ),
    # Keys that SMTP cannot read
    "a key closed to SMTP, by the server's name": (
        close_key("ex1", PUBLIC),
        [("certificate_key_closed_to_smtp", IN_USE)],
    ),
    "a key closed to SMTP, by the server's FQDN": (
        close_key("ex2.contoso.com", OWN["EX2"]),
        [("certificate_key_closed_to_smtp", own("EX2"))],
    ),
    # Authentication
    "no auth certificate": (
        together(configure_auth(current_thumbprint=""), lambda estate: [estate.remove(n, AUTH) for n in OWN]),
        [("auth_certificate_unset", AUTH_CONFIG)],
    ),
    "an auth certificate of no server": (
        lambda estate: [estate.remove(name, AUTH) for name in OWN],
        [("auth_certificate_lost", AUTH_CONFIG)],
    ),
    "an auth certificate without key": (
        change("*", AUTH, has_private_key=False),
        [("auth_certificate_lost", AUTH_CONFIG)],
    ),
    "a next one of no server": (
        configure_auth(next_thumbprint=NEXT_AUTH),
        [("next_auth_certificate_lost", AUTH_CONFIG)],
    ),
    "an auth certificate of one server": (
        lambda estate: estate.remove("EX2", AUTH),
        [("auth_certificate_missing", AUTH_CONFIG)],
    ),
    "an expired auth certificate": (
        lasting(-1800, -0.1, AUTH),
        [("auth_certificate_expired", AUTH_CONFIG)],
    ),
    "an auth certificate with 60 days": (
        lasting(-1740, 60.4, AUTH),
        [("auth_certificate_renewal_due", AUTH_CONFIG)],
    ),
    "a next one that does not last": (
        together(
            lasting(-1740, 60.4, AUTH),
            configure_auth(next_thumbprint=NEXT_AUTH),
            lambda estate: estate.add("*", auth_next(ends=120.4)),
        ),
        [("auth_certificate_renewal_due", AUTH_CONFIG)],
    ),
    "a next one on one server": (
        together(configure_auth(next_thumbprint=NEXT_AUTH), lambda estate: estate.add("EX1", auth_next())),
        [("next_auth_certificate_missing", AUTH_CONFIG)],
    ),
    "an auth certificate by CNG": (
        change("*", AUTH, key_storage="cng"),
        [("auth_certificate_key", AUTH_CONFIG)],
    ),
    "an elliptic next one": (
        together(
            configure_auth(next_thumbprint=NEXT_AUTH),
            lambda estate: estate.add("*", auth_next(key_algorithm="ECDSA")),
        ),
        [("auth_certificate_key", AUTH_CONFIG)],
    ),
}

FINE: dict[str, Callable[[Estate], None]] = {
    "a key that SMTP can read": close_key("ex1", PUBLIC, "read"),
    "a closed key that SMTP has no use for": together(
        close_key("ex1", NEXT), lambda estate: estate.add("EX1", certificate(NEXT, ["x.contoso.com"], -1, 199))
    ),
    "a closed key of what has no name": close_key("ex1", AUTH),
    "a closed key elsewhere": close_key("ex9", PUBLIC),
    "POP presents what it finds": present("ex1", "POP", PUBLIC),
    "POP was started with the newest of two": together(beside(*NAMES, services=("POP",)), present("ex1", "POP", NEXT)),
    "the newer one is not enabled, which may matter": together(beside(*NAMES), present("ex1", "POP", PUBLIC)),
    "the newer one is enabled for IMAP alone": together(
        beside(*NAMES, services=("IMAP",)), present("ex1", "POP", PUBLIC)
    ),
    "one that is not enabled is shown, as it may be": together(beside(*NAMES), present("ex1", "POP", NEXT)),
    "one that begins later is shown": together(beside(*NAMES, begins=2), present("ex1", "POP", NEXT)),
    "two of the same day": together(beside(*NAMES, begins=-20, services=("POP",)), present("ex1", "POP", PUBLIC, NEXT)),
    "a balancer presents what no server has": present("mail", "POP", NEXT),
    "a name that was not read": together(without_pop_and_imap, present("ex1", "POP", OWN["EX1"])),
    "plenty of time in a year": lasting(-304, 60.1),
    "a third left of 198 days, and more": lasting(-131.9, 66.1),
    "no extended key usage": change("*", PUBLIC, eku=()),
    "any usage": change("*", PUBLIC, eku=("2.5.29.37.0",)),
    "no key usage": change("*", PUBLIC, key_usage=()),
    "a long key": change("*", PUBLIC, key_size=4096),
    "a wildcard that Outlook expects": together(
        change("*", PUBLIC, names=("*.contoso.com",), alternative_names=("*.contoso.com",)),
        provide("msstd:*.contoso.com"),
    ),
    "a wildcard where Outlook checks nothing": together(
        change("*", PUBLIC, names=("*.contoso.com",), alternative_names=("*.contoso.com",)), provide("none")
    ),
    "a name for Outlook": provide("msstd:autodiscover.contoso.com"),
    "an own certificate that ends soon": lambda estate: estate.add(
        "EX1", self_signed(NEXT, ["EX1"], -1790, 1, services=("SMTP",))
    ),
    "an unused one that ends soon": lambda estate: estate.add("EX1", certificate(NEXT, ["x.contoso.com"], -190, 1)),
    "a request of this month": lambda estate: estate.add(
        "EX1", certificate(NEXT, [MAIL], -29.9, 300, pending=True, has_private_key=True)
    ),
    "a pending request that ended": lambda estate: estate.add("EX1", certificate(NEXT, [MAIL], -9, -1, pending=True)),
    "an auth certificate with 61 days": lasting(-1739, 61.4, AUTH),
    "a next auth certificate that lasts": together(
        lasting(-1740, 60.4, AUTH),
        configure_auth(next_thumbprint=NEXT_AUTH),
        lambda estate: estate.add("*", auth_next(ends=121.4)),
    ),
    "a Client Access server alone": together(set_server("EX1", back_end=False), change("EX1", OWN["EX1"], sites=())),
    "a Mailbox server alone": together(
        set_server("EX1", client_access=False), change("EX1", PUBLIC, sites=()), set_server("EX1", pop_hosts=None)
    ),
    "the end of the certificate on 444 is far": lasting(-1700, 61, OWN["EX1"], "EX1"),
    "the old one is kept after a rollout": together(kept_after_rollout(), lasting(-345, 20)),
    "the old one is kept after a rollout, and is a little more urgent": together(
        kept_after_rollout(), lasting(-320, 45)
    ),
    "another intermediate CA, and plenty of time": together(renewed_by_another_ca(), lasting(-300, 61)),
    "hybrid mail in order": hybrid(),
    "hybrid mail without a certificate": hybrid(""),
    "hybrid mail by Edge servers": hybrid("<I>CN=Public CA 2<S>CN=x", []),
    "POP with the server's own": together(
        set_server("EX1", pop_certificate_name="EX1.contoso.com", pop_hosts=["ex1.contoso.com"]),
        set_server("EX2", imap_certificate_name="EX2", imap_hosts=["ex2.contoso.com"]),
    ),
    "POP with one of a CA beside": together(
        set_server("EX1", pop_certificate_name="pop.contoso.com"),
        own_for("pop.contoso.com"),
        beside("pop.contoso.com", MAIL),
    ),
    "hosts of POP that a wildcard holds": together(
        change("*", PUBLIC, names=("*.contoso.com",), alternative_names=("*.contoso.com",)),
        provide("none"),
        set_server("EX1", pop_hosts=["pop.contoso.com"]),
    ),
    "unread settings": together(
        set_server("EX1", internal_transport_thumbprint=None, pop_certificate_name=None, imap_certificate_name=None),
        lambda estate: setattr(estate, "auth_config", None),
        lambda estate: [estate.remove(name, AUTH) for name in OWN],
    ),
    "tags of another case": connect(TLS_NAME.replace("<I>", "<i>").replace("<S>", "<s>").upper()),
    "a server elsewhere": lambda estate: estate.connectors.append(
        Connector("send", "To edge", ["EDGE1"], "", f"<I>{CA}<S>CN=edge.contoso.com")
    ),
}


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert Estate().found() == []


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_has_exactly_its_finding(fault: str) -> None:
    spoil, expected = FAULTS[fault]
    estate = Estate()
    spoil(estate)
    assert estate.found() == expected


@pytest.mark.parametrize("case", FINE)
def test_what_only_looks_like_a_fault_is_none(case: str) -> None:
    estate = Estate()
    FINE[case](estate)
    assert estate.found() == []


def test_every_code_about_certificates_has_a_fault_here() -> None:
    from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange import (
        certificates_findings,
        named_certificates_findings,
    )

    modules = {analyser.__module__ for analyser in certificates_findings.CERTIFICATES}
    values = [value for module in modules for value in vars(__import__(module, fromlist=["ANALYSERS"])).values()]
    several = [value for value in values if isinstance(value, named_certificates_findings.Codes)]
    values += [code for codes in several for code in vars(codes).values()]
    declared = {code.name for code in values if CODES.get(getattr(code, "name", "")) is code}
    assert declared == {code for _spoil, found in FAULTS.values() for code, _subject in found}


def test_what_could_not_be_read_is_not_judged() -> None:
    """Neither an unreadable list of certificates nor a hole in one proves that something is absent."""
    for values in ({"certificates": None}, {"certificates": (), "complete": False}):
        estate = Estate()
        facts = estate.facts()
        first, second = facts.servers
        assert analyse(replace(facts, servers=[replace(first, **values), second])) == []


def test_where_not_all_was_read_nobody_knows_what_pop_would_find() -> None:
    estate = Estate()
    for shown in (OWN["EX1"], NEXT):
        present("ex1", "POP", shown)(estate)
        facts = estate.facts()
        assert len(analyse(facts)) == 1
        first, second = facts.servers
        assert analyse(replace(facts, servers=[replace(first, complete=False), second])) == []


@pytest.mark.parametrize(("ends", "said"), [(-1, "ended on 2026-11-20"), (1, "ends on 2026-11-22")])
def test_what_is_presented_is_told_with_its_end_and_with_what_it_should_be(ends: float, said: str) -> None:
    estate = Estate()
    old = certificate(NEXT, NAMES, -199, ends)
    estate.add("EX1", old)
    present("ex1", "IMAP", NEXT)(estate)
    (finding,) = (one for one in analyse(estate.facts()) if one.code == "pop_imap_certificate_outdated")
    assert finding.sentence == (
        f"IMAP still shows {MAIL} ({NEXT}), which {said}, although its X509CertificateName {MAIL} leads to {IN_USE}."
    )


def test_without_facts_there_is_no_finding() -> None:
    assert analyse(CertificateFacts(Estate().facts().read_at)) == []


def test_one_certificate_on_many_servers_is_one_finding_that_names_them() -> None:
    estate = Estate()
    estate.change("*", PUBLIC, not_before=in_days(-335), not_after=in_days(29.9))
    (finding,) = analyse(estate.facts())
    uses = "443 of the front end, IMAP, POP and SMTP"
    assert finding.sentence == f"It ends on 2026-12-21, in 30 days, and serves {uses} on EX1; {uses} on EX2."


def test_missing_names_are_listed_with_the_certificate_they_are_missing_on() -> None:
    estate = Estate()
    estate.hosts["EX1"] = "x.test"
    sentence = analyse(estate.facts())[0].sentence
    assert sentence == f"Clients of this server use x.test, but the certificate on its 443, {IN_USE}, does not hold it."


def test_names_that_clients_are_to_use_are_listed_apart() -> None:
    for names, said in ((["x.test"], "x.test"), (["x.test", "y.test"], "x.test and y.test")):
        estate = Estate()
        estate.names += [MAIL, *names]
        sentence = analyse(estate.facts())[0].sentence
        assert sentence == (
            f"The certificate on its 443, {IN_USE}, does not hold {said}, which clients use or are to use."
        )


def test_a_key_that_cannot_be_exported_matters_where_others_need_the_same_name() -> None:
    estate = Estate()
    estate.change("EX1", PUBLIC, private_key_exportable=False)
    estate.change("EX2", PUBLIC, thumbprint=NEXT, private_key_exportable=False)
    stuck = {one.subject: one.sentence for one in analyse(estate.facts()) if one.code == "certificate_not_exportable"}
    assert stuck == {
        f"{MAIL} ({thumbprint})": f"Only {server} has it and its key cannot be exported, but clients of {other} use "
        f"{AUTODISCOVER} and {MAIL} as well."
        for thumbprint, server, other in ((PUBLIC, "EX1", "EX2"), (NEXT, "EX2", "EX1"))
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"sites": (), "services": ("SMTP",)},
        {"names": ("x.test",), "alternative_names": ("x.test",)},
        {"self_signed": True},
    ],
    ids=["not on 443", "another name", "self-signed"],
)
def test_other_keys_may_stay_where_they_are(fields: dict[str, Any]) -> None:
    estate = Estate()
    estate.change("EX1", PUBLIC, thumbprint=NEXT, private_key_exportable=False, **fields)
    assert "certificate_not_exportable" not in estate.codes()


def test_a_provider_without_a_side_is_not_judged() -> None:
    estate = Estate()
    estate.providers = [{"name": "WEB", "cert_principal_name": value} for value in (None, "msstd:x.test")]
    estate.change("*", PUBLIC, names=("*.contoso.com",), alternative_names=("*.contoso.com",))
    assert estate.found() == []


def test_a_wrong_key_for_authentication_is_described() -> None:
    for fields, said in (
        ({"key_storage": "cng"}, "an RSA key kept by CNG;"),
        ({"key_algorithm": None, "key_storage": None}, "an unknown key kept by an unknown provider;"),
    ):
        estate = Estate()
        estate.change("*", AUTH, **fields)
        assert said in analyse(estate.facts())[0].sentence


def test_the_winner_of_several_is_the_newest_valid_one() -> None:
    """Law S4: by the beginning, not by the end, and not an expired one."""
    estate = Estate()
    estate.change("EX1", PUBLIC, not_before=in_days(-20), not_after=in_days(300))
    estate.add("EX1", renewed())
    estate.add("EX1", certificate("E" * 40, NAMES, -10, -5, services=("SMTP",)))
    (several, _left) = analyse(estate.facts())
    assert several.code == "connector_certificate_ambiguous"
    assert several.sentence.startswith("3 certificates") and several.sentence.endswith(f"{MAIL} ({NEXT}).")
