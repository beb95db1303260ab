# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of the lab with one fault: exchange_certificate_info finds that and nothing else (section 8 of the laws)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from in_process import Converge

from ansible_collections.mailops.exchange.plugins.action.exchange_certificate_info import ActionModule
from exchange_lab.world import World

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


FAULTS: dict[str, tuple[Callable[[World], object], list[str]]] = {
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
    "auth lost": (auth_lost, ["auth_certificate_missing"]),
    "a request forgotten": (request_forgotten, ["pending_request_old"]),
    "left over": (left_over, ["expired_certificate_left"]),
}


@pytest.fixture(autouse=True)
def _clock_of_the_lab(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ActionModule, "now", staticmethod(lambda: datetime.fromtimestamp(world.clock.now(), UTC)))


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_is_found_and_nothing_else(world: World, converge: Converge, fault: str) -> None:
    spoil, expected = FAULTS[fault]
    spoil(world)
    before = world.snapshot()
    result = converge("exchange_certificate_info").ok()
    assert [finding["code"] for finding in result.findings] == expected
    assert result.errors == []
    assert world.snapshot() == before


def test_the_plan_adds_names(world: World, converge: Converge) -> None:
    served(world)
    (finding,) = converge("exchange_certificate_info", names=[MAIL, "owa.contoso.test"]).ok().findings
    assert (finding["code"], finding["subject"]) == ("certificate_planned_names_missing", "EX1")
    assert "does not hold owa.contoso.test, which" in finding["sentence"]
