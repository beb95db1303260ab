# SPDX-License-Identifier: GPL-3.0-or-later
"""What the analysers say of bindings, and which repairs follow: pure functions from facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.mailops.exchange.plugins.plugin_utils._windows.binding_facts import (
    BACK_END_POOL,
    FRONT_END_POOL,
    BindingFacts,
    expected_bindings,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._windows.binding_repairs import Wishes, plan_repairs
from ansible_collections.mailops.exchange.plugins.plugin_utils._windows.bindings import Binding, SslKey
from ansible_collections.mailops.exchange.plugins.plugin_utils._windows.bindings_findings import analyse
from ansible_collections.mailops.exchange.plugins.plugin_utils._windows.certificate_store import StoreCertificate
from ansible_collections.mailops.exchange.plugins.plugin_utils._windows.http_events import HttpEvent
from ansible_collections.mailops.exchange.plugins.plugin_utils._windows.http_sys import IIS_APP_ID, SslEntry
from ansible_collections.mailops.exchange.plugins.plugin_utils._windows.iis import Site

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FRONT, BACK = "Default Web Site", "Exchange Back End"
OWN, PUBLIC, OTHER = "A" * 40, "B" * 40, "C" * 40
ON_443, ON_444, LOOPBACK = SslKey("0.0.0.0", 443), SslKey("0.0.0.0", 444), SslKey("127.0.0.1", 443)
LOOPBACK_444 = SslKey("127.0.0.1", 444)
CLIENTS_ONLY, SERVERS_TOO = ("1.3.6.1.5.5.7.3.2",), ("1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1")


def certificate(thumbprint: str = OTHER, **more: Any) -> StoreCertificate:
    values: dict[str, Any] = {
        "thumbprint": thumbprint,
        "subject": "CN=x",
        "issuer": "CN=CA",
        "names": ("EX1", "ex1.contoso.com"),
        "not_before": "2026-01-01T00:00:00Z",
        "not_after": "2030-01-01T00:00:00Z",
        "self_signed": False,
        "friendly_name": "",
        "has_private_key": True,
        "key_storage": "csp",
    }
    return StoreCertificate(**values | more)


EXCHANGE = certificate(OWN, self_signed=True, friendly_name="Microsoft Exchange")
BOUGHT = certificate(PUBLIC, names=("mail.contoso.com",))


def healthy(**more: Any) -> BindingFacts:
    """A server with both roles: a bought certificate on 443, Exchange's own on 444."""
    bound = {ON_443: PUBLIC, LOOPBACK: PUBLIC, ON_444: OWN}
    bindings = [
        Binding.of(FRONT, "https", ":443:", thumbprint=PUBLIC),
        Binding.of(FRONT, "https", "127.0.0.1:443:", thumbprint=PUBLIC),
        Binding.of(BACK, "https", "*:444:", thumbprint=OWN),
    ]
    facts = BindingFacts(
        server="ex1.contoso.com",
        now=NOW,
        sites=[Site(FRONT, 1, "Started", "", ""), Site(BACK, 2, "Started", "", "")],
        bindings=bindings,
        ssl_entries=[SslEntry(key, thumbprint, "MY", IIS_APP_ID) for key, thumbprint in bound.items()],
        certificates=[EXCHANGE, BOUGHT],
        pools={FRONT_END_POOL: "Started", BACK_END_POOL: "Started", "DefaultAppPool": "Stopped"},
        services={"WAS": "Running", "W3SVC": "Running", "MSExchangeServiceHost": "Running"},
    )
    return replace(facts, **more)


def bind(facts: BindingFacts, **thumbprints: str) -> BindingFacts:
    """The facts with other certificates; the keys are on_443, loopback, on_444."""
    keys = {"on_443": ON_443, "loopback": LOOPBACK, "on_444": ON_444}
    changed = {keys[name]: thumbprint for name, thumbprint in thumbprints.items()}
    entries = [
        replace(entry, thumbprint=changed.get(entry.key, entry.thumbprint))
        for entry in facts.ssl_entries
        if changed.get(entry.key) != "gone"
    ]
    shown = [
        replace(one, thumbprint=changed.get(one.ssl_key, one.thumbprint).replace("gone", "")) for one in facts.bindings
    ]
    return replace(facts, ssl_entries=entries, bindings=shown)


def codes(facts: BindingFacts) -> list[str]:
    return [finding.code for finding in analyse(facts)]


def arguments(facts: BindingFacts, **wishes: Any) -> list[dict[str, Any]]:
    return [dict(repair.args) for repair in plan_repairs(facts, Wishes(**wishes)).repairs]


def test_a_healthy_server_has_no_finding_and_no_repair() -> None:
    assert codes(healthy()) == []
    assert plan_repairs(healthy()) == plan_repairs(BindingFacts("ex1.contoso.com", NOW)), "nothing to do"


# Roles


def test_a_role_that_is_not_installed_wants_nothing() -> None:
    only_front = healthy(pools={FRONT_END_POOL: "Started"}, bindings=healthy().bindings[:2])
    only_back = healthy(pools={BACK_END_POOL: "Started"}, bindings=healthy().bindings[2:])
    assert [len(list(expected_bindings(facts))) for facts in (only_front, only_back)] == [2, 1]
    assert codes(only_front) == ["http_sys_orphan"]
    assert codes(only_back) == ["http_sys_orphan", "http_sys_orphan"]


@pytest.mark.parametrize("site", [FRONT, BACK])
def test_a_site_that_is_gone_is_told_and_nothing_is_tried(site: str) -> None:
    facts = healthy(
        sites=[one for one in healthy().sites if one.name != site],
        bindings=[one for one in healthy().bindings if one.site != site],
    )
    assert codes(facts) == ["exchange_site_missing"]
    assert arguments(facts) == []


# States


@pytest.mark.parametrize("name", ["WAS", "W3SVC"])
def test_without_its_services_no_state_of_iis_is_told(name: str) -> None:
    sites = [replace(site, state="Unknown") for site in healthy().sites]
    pools = dict.fromkeys(healthy().pools, "Unknown")
    facts = healthy(services={**healthy().services, name: "Stopped"}, sites=sites, pools=pools)
    assert codes(facts) == ["windows_service_stopped"]
    assert arguments(facts) == [{"state": "started"}]


def test_the_service_of_certificate_cmdlets_is_told_apart() -> None:
    facts = healthy(services={**healthy().services, "MSExchangeServiceHost": "Stopped"})
    assert codes(facts) == ["certificate_service_stopped"]
    assert arguments(facts) == []


def test_only_exchanges_pools_and_sites_count() -> None:
    stopped = Site("Other", 3, "Stopped", "", "")
    assert codes(healthy(sites=[*healthy().sites, stopped])) == []
    assert codes(healthy(pools={**healthy().pools, BACK_END_POOL: "Stopped"})) == ["exchange_pool_stopped"]


# Places


@pytest.mark.parametrize(
    ("information", "code"),
    [
        ("*:443:old.contoso.com", "back_end_on_443"),
        ("10.0.0.1:444:", "back_end_on_one_address"),
        ("*:444:old.contoso.com", "back_end_on_one_address"),
    ],
)
def test_a_second_binding_of_the_back_end_that_takes_connections_away_is_removed(information: str, code: str) -> None:
    extra = Binding.of(BACK, "https", information, thumbprint=PUBLIC)
    facts = healthy(bindings=[*healthy().bindings, extra])
    assert code in codes(facts)
    first = arguments(facts)[0]
    assert (first["state"], first["port"], first.get("host_name", "")) == ("absent", extra.port, extra.host)
    assert "replaces" not in first


def test_a_second_binding_elsewhere_is_its_owners_matter() -> None:
    extra = Binding.of(BACK, "https", "*:9444:", thumbprint=OWN)
    entry = SslEntry(extra.ssl_key, OWN, "MY", IIS_APP_ID)
    facts = healthy(bindings=[*healthy().bindings, extra], ssl_entries=[*healthy().ssl_entries, entry])
    assert (codes(facts), arguments(facts)) == ([], [])


@pytest.mark.parametrize(
    ("there", "moved"),
    [
        (["*:445:", "10.0.0.1:444:"], "10.0.0.1:444:"),
        (["*:445:", "*:443:"], "*:443:"),
        (["*:9444:", "*:445:"], "*:445:"),
    ],
)
def test_the_nearest_binding_becomes_the_missing_one(there: list[str], moved: str) -> None:
    own = [Binding.of(BACK, "https", information) for information in there]
    facts = healthy(bindings=[*healthy().bindings[:2], *own])
    (repair, *_orphans) = [args for args in arguments(facts) if args["site"] == BACK and "replaces" in args]
    assert repair["replaces"] == moved


@pytest.mark.parametrize("flags", [1, 2, 3, 7])
def test_bindings_by_host_name_lose_those_bits_and_keep_the_others(flags: int) -> None:
    bindings = [*healthy().bindings[:2], replace(healthy().bindings[2], ssl_flags=flags)]
    facts = healthy(bindings=bindings)
    assert codes(facts) == ["binding_with_host_name"]
    (repair,) = arguments(facts)
    assert repair["ssl_flags"] == flags & 4


def test_other_bits_are_no_finding() -> None:
    assert codes(healthy(bindings=[replace(one, ssl_flags=4 | 8 | 16 | 32 | 64) for one in healthy().bindings])) == []


# Certificates


@pytest.mark.parametrize("thumbprint", ["gone", ""])
def test_no_entry_and_an_empty_one_are_the_same(thumbprint: str) -> None:
    facts = bind(healthy(), on_444=thumbprint)
    assert codes(facts) == ["binding_without_certificate"]
    assert arguments(facts) == [{"site": BACK, "protocol": "https", "address": "*", "port": 444, "thumbprint": OWN}]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"has_private_key": False, "key_storage": None}, "binding_certificate_without_key"),
        ({"not_after": "2026-11-21T11:59:59Z"}, "binding_certificate_not_current"),
        ({"not_before": "2026-11-21T12:00:01Z"}, "binding_certificate_not_current"),
        ({"key_storage": "other"}, "binding_certificate_key_unfit"),
        ({"names": ("mail.contoso.com",)}, "back_end_certificate_foreign"),
        ({"names": ()}, "back_end_certificate_foreign"),
    ],
)
def test_what_is_bound_to_444_is_judged_and_replaced(more: dict[str, Any], code: str) -> None:
    facts = bind(healthy(certificates=[EXCHANGE, BOUGHT, certificate(**more)]), on_444=OTHER)
    assert codes(facts) == [code]
    assert [repair["thumbprint"] for repair in arguments(facts)] == [OWN]


@pytest.mark.parametrize(
    "more",
    [{}, {"names": ("*.contoso.com",)}, {"names": ("EX1",)}, {"names": ("ex1.contoso.com",)}, {"self_signed": True}],
)
def test_any_good_certificate_for_the_server_may_stay_on_444(more: dict[str, Any]) -> None:
    facts = bind(healthy(certificates=[EXCHANGE, BOUGHT, certificate(**more)]), on_444=OTHER)
    assert (codes(facts), arguments(facts)) == ([], [])


def test_what_an_administrator_wishes_goes_before_everything() -> None:
    facts = healthy(certificates=[EXCHANGE, BOUGHT, certificate()])
    assert arguments(facts, back_end=OTHER) == [
        {"site": BACK, "protocol": "https", "address": "*", "port": 444, "thumbprint": OTHER}
    ]
    both = arguments(facts, front_end=OTHER)
    assert [(repair["address"], repair["thumbprint"]) for repair in both] == [("", OTHER), ("127.0.0.1", OTHER)]
    assert arguments(facts, back_end=OWN, front_end=PUBLIC) == []


def test_what_is_on_443_belongs_to_the_front_end_although_the_back_end_sits_there() -> None:
    for_both = replace(BOUGHT, names=("mail.contoso.com", "ex1.contoso.com"))
    bindings = [*healthy().bindings[:2], Binding.of(BACK, "https", "*:443:", thumbprint=PUBLIC)]
    facts = bind(healthy(bindings=bindings, certificates=[EXCHANGE, for_both]), on_444="gone")
    (repair,) = arguments(facts)
    assert (repair["replaces"], repair["thumbprint"]) == ("*:443:", OWN)


def test_what_a_moved_binding_has_goes_with_it_if_it_is_good() -> None:
    moved = Binding.of(BACK, "https", "*:445:", thumbprint=OTHER)
    entries = [*healthy().ssl_entries[:2], SslEntry(moved.ssl_key, OTHER, "MY", IIS_APP_ID)]
    for more, thumbprint in (({}, OTHER), ({"key_storage": "other"}, OWN)):
        facts = healthy(
            bindings=[*healthy().bindings[:2], moved],
            ssl_entries=entries,
            certificates=[EXCHANGE, BOUGHT, certificate(**more)],
        )
        (repair,) = arguments(facts)
        assert (repair["replaces"], repair["thumbprint"]) == ("*:445:", thumbprint)


def test_exchanges_own_certificate_is_preferred_and_then_the_longest() -> None:
    longer = certificate(not_after="2040-01-01T00:00:00Z")
    facts = bind(healthy(certificates=[longer, EXCHANGE, BOUGHT]), on_444="gone")
    assert arguments(facts)[0]["thumbprint"] == OWN
    facts = bind(healthy(certificates=[certificate("D" * 40), longer, BOUGHT]), on_444="gone")
    assert arguments(facts)[0]["thumbprint"] == OTHER
    issued = certificate(friendly_name="Microsoft Exchange")
    facts = bind(healthy(certificates=[issued, EXCHANGE, BOUGHT]), on_444="gone")
    assert arguments(facts)[0]["thumbprint"] == OWN, "the friendly name alone is not enough"


def test_without_any_good_certificate_a_person_decides() -> None:
    facts = bind(healthy(certificates=[BOUGHT]), on_444="gone")
    plan = plan_repairs(facts)
    assert plan.repairs == () and "new_certificate" in plan.undecided[0]
    assert arguments(facts, new_certificate=True)[0]["new_certificate"] is True


def test_a_lost_443_gets_what_the_loopback_has_and_the_other_way_round() -> None:
    for lost, address in (("on_443", ""), ("loopback", "127.0.0.1")):
        facts = bind(healthy(), **{lost: "gone"})
        (repair,) = arguments(facts)
        assert (repair["address"], repair["thumbprint"]) == (address, PUBLIC)


def test_when_both_are_lost_the_only_one_of_a_ca_is_taken() -> None:
    facts = bind(healthy(), on_443="gone", loopback="gone")
    assert [repair["thumbprint"] for repair in arguments(facts)] == [PUBLIC, PUBLIC]
    several = replace(facts, certificates=[EXCHANGE, BOUGHT, certificate()])
    plan = plan_repairs(several)
    assert plan.repairs == () and PUBLIC in plan.undecided[0] and OTHER in plan.undecided[0]
    none = replace(facts, certificates=[EXCHANGE])
    assert [repair["thumbprint"] for repair in arguments(none)] == [OWN, OWN]


@pytest.mark.parametrize("more", [{"not_after": "2026-01-01T00:00:00Z"}, {"key_storage": "other"}])
def test_a_bad_certificate_that_still_serves_443_is_not_replaced_by_a_guess(more: dict[str, Any]) -> None:
    facts = healthy(certificates=[EXCHANGE, replace(BOUGHT, **more), certificate()])
    assert len(codes(facts)) == 2
    plan = plan_repairs(facts)
    assert plan.repairs == () and "front_end_thumbprint" in plan.undecided[0]
    assert len(arguments(facts, front_end=OTHER)) == 2


UNFIT = [
    {"not_after": "2026-01-01T00:00:00Z"},
    {"key_storage": "other"},
    {"key_storage": "other", "key_algorithm": "ECDSA"},
    {"eku": CLIENTS_ONLY},
]


@pytest.mark.parametrize("more", UNFIT, ids=str)
def test_what_the_loopback_has_is_no_cure_for_an_unfit_443(more: dict[str, Any]) -> None:
    facts = bind(healthy(certificates=[EXCHANGE, replace(BOUGHT, **more)]), loopback=OWN)
    plan = plan_repairs(facts)
    assert plan.repairs == () and PUBLIC in plan.undecided[0] and "front_end_thumbprint" in plan.undecided[0]
    fit = replace(facts, certificates=[EXCHANGE, BOUGHT])
    assert [(one["address"], one["thumbprint"]) for one in arguments(fit)] == [("127.0.0.1", PUBLIC)]


@pytest.mark.parametrize(
    ("certificates", "taken"),
    [
        ([EXCHANGE], OWN),
        ([EXCHANGE, BOUGHT], PUBLIC),
        ([EXCHANGE, replace(BOUGHT, has_private_key=False)], OWN),
        ([EXCHANGE, BOUGHT, certificate()], ""),
    ],
)
def test_a_lost_443_gets_exchanges_own_only_where_no_ca_has_issued_one(
    certificates: list[StoreCertificate], taken: str
) -> None:
    facts = bind(healthy(certificates=certificates), on_443="gone", loopback=OWN)
    plan = plan_repairs(facts)
    assert {repair.args["thumbprint"] for repair in plan.repairs} == ({taken} if taken else set())
    assert bool(plan.undecided) is not bool(taken)


@pytest.mark.parametrize("lost", ["on_443", "loopback"])
def test_one_without_its_key_is_lost(lost: str) -> None:
    keyless = certificate(has_private_key=False, key_storage=None)
    other = "loopback" if lost == "on_443" else "on_443"
    facts = bind(healthy(certificates=[EXCHANGE, BOUGHT, keyless]), **{lost: OTHER, other: "gone"})
    assert {one["thumbprint"] for one in arguments(facts)} == {PUBLIC}


def test_the_loopbacks_own_is_taken_although_others_would_do() -> None:
    named_else = certificate(self_signed=True, names=("mail.contoso.com",))
    facts = bind(healthy(certificates=[EXCHANGE, named_else]), on_443="gone", loopback=OTHER)
    assert [(one["address"], one["thumbprint"]) for one in arguments(facts)] == [("", OTHER)]


def test_an_issued_one_on_the_loopback_is_taken_before_others() -> None:
    facts = bind(healthy(certificates=[EXCHANGE, BOUGHT, certificate()]), on_443="gone")
    assert [(one["address"], one["thumbprint"]) for one in arguments(facts)] == [("", PUBLIC)]
    expired = replace(BOUGHT, not_after="2026-01-01T00:00:00Z")
    plan = plan_repairs(replace(facts, certificates=[EXCHANGE, expired, certificate()]))
    assert plan.repairs == () and PUBLIC in plan.undecided[0]


def test_a_front_end_that_moved_gets_the_certificate_that_clients_know() -> None:
    moved = Binding.of(FRONT, "https", "*:4443:", thumbprint=PUBLIC)
    entries = bind(healthy(), on_443="gone", loopback=OWN).ssl_entries
    facts = healthy(
        bindings=[moved, replace(healthy().bindings[1], thumbprint=OWN), healthy().bindings[2]],
        ssl_entries=[*entries, SslEntry(moved.ssl_key, PUBLIC, "MY", IIS_APP_ID)],
    )
    assert {(one["address"], one["thumbprint"]) for one in arguments(facts)} == {("", PUBLIC), ("127.0.0.1", PUBLIC)}


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        (("mail.contoso.com",), True),
        (("EX1.contoso.com", "mail.contoso.com"), True),
        (("*.contoso.com",), True),
        (("EX1.Contoso.com",), False),
        (("ex1", "EX1.contoso.com"), False),
        ((), False),
    ],
)
def test_one_for_the_server_alone_is_no_guess_for_a_lost_443(names: tuple[str, ...], taken: bool) -> None:
    facts = bind(healthy(certificates=[EXCHANGE, certificate(names=names)]), on_443="gone", loopback="gone")
    plan = plan_repairs(facts)
    assert [repair.args["thumbprint"] for repair in plan.repairs] == [OTHER, OTHER] * taken
    assert [OTHER in text for text in plan.undecided] == [True] * (not taken)


@pytest.mark.parametrize(
    ("eku", "good"),
    [((), True), (SERVERS_TOO, True), (("2.5.29.37.0",), True), (CLIENTS_ONLY, False)],
)
def test_certificates_are_for_servers_or_for_everything(eku: tuple[str, ...], good: bool) -> None:
    lone = certificate(eku=eku)
    lost = bind(healthy(certificates=[replace(BOUGHT, eku=eku)]), on_443="gone", loopback="gone", on_444="gone")
    assert [repair.args["thumbprint"] for repair in plan_repairs(lost).repairs] == [PUBLIC, PUBLIC] * good
    bound = bind(healthy(certificates=[EXCHANGE, BOUGHT, lone]), on_444=OTHER)
    assert codes(bound) == ([] if good else ["binding_certificate_not_for_servers"])
    assert [one["thumbprint"] for one in arguments(bound)] == ([] if good else [OWN])


def from_store(facts: BindingFacts, key: SslKey, store: str, thumbprint: str | None = None) -> BindingFacts:
    """The facts with an entry that names another store."""
    entries = [
        replace(one, store=store, thumbprint=thumbprint or one.thumbprint) if one.key == key else one
        for one in facts.ssl_entries
    ]
    return replace(facts, ssl_entries=entries)


@pytest.mark.parametrize(("store", "good"), [("MY", True), ("my", True), ("", True), ("WebHosting", False)])
@pytest.mark.parametrize(("key", "bound"), [(ON_444, OWN), (ON_443, PUBLIC), (LOOPBACK, PUBLIC)], ids=str)
def test_http_sys_has_certificates_from_the_store_my(key: SslKey, bound: str, store: str, good: bool) -> None:
    facts = from_store(healthy(), key, store)
    assert codes(facts) == ([] if good else ["binding_certificate_other_store"])
    assert [(one["port"], one["thumbprint"]) for one in arguments(facts)] == ([] if good else [(key.port, bound)])


def test_what_my_has_is_not_judged_where_http_sys_looks_elsewhere() -> None:
    curve = replace(EXCHANGE, key_algorithm="ECDSA", key_storage="other")
    facts = healthy(certificates=[curve, BOUGHT], ecc_supported=False)
    assert codes(facts) == ["binding_certificate_ecc_off"]
    assert codes(from_store(facts, ON_444, "WebHosting")) == ["binding_certificate_other_store"]


def test_a_certificate_of_another_store_is_looked_for_in_my() -> None:
    on_444 = bind(from_store(healthy(), ON_444, "WebHosting"), on_444=OTHER)
    assert [(one["port"], one["thumbprint"]) for one in arguments(on_444)] == [(444, OWN)]
    there = replace(on_444, certificates=[*on_444.certificates, certificate()])
    assert [(one["port"], one["thumbprint"]) for one in arguments(there)] == [(444, OTHER)]
    on_443 = bind(from_store(healthy(), ON_443, "WebHosting"), on_443=OTHER)
    plan = plan_repairs(on_443)
    assert plan.repairs == () and f"{OTHER} from the store WebHosting" in plan.undecided[0]
    there = replace(on_443, certificates=[*on_443.certificates, certificate()])
    assert {one["thumbprint"] for one in arguments(there)} == {OTHER}
    broken = from_store(bind(healthy(), on_443=""), ON_443, "WebHosting")
    assert [one["thumbprint"] for one in arguments(broken)] == [PUBLIC], "it names none at all"


def test_the_name_on_443_is_not_judged_here() -> None:
    facts = healthy(certificates=[EXCHANGE, replace(BOUGHT, names=("anything.example",))])
    assert codes(facts) == []


def test_two_certificates_on_443_are_one_matter_to_repair() -> None:
    facts = bind(healthy(certificates=[EXCHANGE, BOUGHT, certificate()]), loopback=OTHER)
    assert codes(facts) == ["loopback_certificate_differs"]
    assert [(repair["address"], repair["thumbprint"]) for repair in arguments(facts)] == [("127.0.0.1", PUBLIC)]


# IIS and http.sys


def test_iis_and_http_sys_apart() -> None:
    stale = [*healthy().bindings[:2], replace(healthy().bindings[2], thumbprint=OTHER)]
    facts = healthy(bindings=stale)
    (finding,) = analyse(facts)
    assert finding.code == "iis_and_http_sys_apart" and OTHER in finding.sentence and OWN in finding.sentence
    assert [repair["thumbprint"] for repair in arguments(facts)] == [OWN]


OTHER_PROGRAM = "afebb9ad-9b97-4a91-9ab5-daf4d59122f6"
HIDING = [SslKey("10.0.0.1", 443), SslKey("10.0.0.1", 444), LOOPBACK_444, SslKey("", 444, "ex1.contoso.com")]


@pytest.mark.parametrize("key", HIDING, ids=str)
@pytest.mark.parametrize("app_id", [IIS_APP_ID, OTHER_PROGRAM, ""])
def test_whoever_has_made_it_an_entry_that_nobody_uses_hides_what_exchange_has(key: SslKey, app_id: str) -> None:
    facts = healthy(ssl_entries=[*healthy().ssl_entries, SslEntry(key, OWN, "MY", app_id)])
    (finding,) = analyse(facts)
    assert (finding.code, str(finding.severity)) == ("http_sys_entry_hides", "high")
    assert str(key) in finding.sentence
    plan = plan_repairs(facts)
    if app_id == IIS_APP_ID:
        assert plan.undecided == ()
        (repair,) = arguments(facts)
        assert (repair["port"], repair["state"]) == (key.port, "absent")
        return
    (left,) = plan.undecided
    assert plan.repairs == (), "what is somebody else's stays"
    assert f"netsh http delete sslcert {'hostnameport' if key.host else 'ipport'}={key}" in left
    assert f"(program {app_id or 'unknown'})" in left


@pytest.mark.parametrize(
    ("app_id", "found"), [(IIS_APP_ID, True), (OTHER_PROGRAM, False), ("", False)], ids=["iis", "other", "unknown"]
)
def test_on_other_ports_only_what_iis_has_made_is_an_orphan(app_id: str, found: bool) -> None:
    left = SslEntry(SslKey("10.0.0.1", 446), OWN, "MY", app_id)
    facts = healthy(ssl_entries=[*healthy().ssl_entries, left])
    assert codes(facts) == (["http_sys_orphan"] if found else [])
    wanted = {"site": BACK, "protocol": "https", "address": "10.0.0.1", "port": 446, "state": "absent"}
    assert arguments(facts) == ([wanted] if found else [])
    assert plan_repairs(facts).undecided == ()


@pytest.mark.parametrize("roles", [{FRONT_END_POOL}, {BACK_END_POOL}])
def test_an_entry_hides_nothing_of_a_role_that_is_not_there(roles: set[str]) -> None:
    port, other = (443, 444) if FRONT_END_POOL in roles else (444, 443)
    own = [binding for binding in healthy().bindings if binding.port == port]
    for at, code in ((port, "http_sys_entry_hides"), (other, "http_sys_orphan")):
        left = SslEntry(SslKey("10.0.0.1", at), OWN, "MY", IIS_APP_ID)
        kept = [entry for entry in healthy().ssl_entries if entry.key.port == port]
        facts = healthy(pools=dict.fromkeys(roles, "Started"), bindings=own, ssl_entries=[*kept, left])
        assert codes(facts) == [code]


@pytest.mark.parametrize(
    ("information", "protocol"),
    [("10.0.0.1:444:", "https"), ("*:444:", "https"), ("*:444:", "http"), ("*:444:app.contoso.com", "https")],
)
def test_another_site_on_444_takes_connections_away(information: str, protocol: str) -> None:
    theirs = Binding.of("Shop", protocol, information, thumbprint=OWN)
    facts = healthy(
        bindings=[*healthy().bindings, theirs],
        ssl_entries=[
            *healthy().ssl_entries,
            *([SslEntry(theirs.ssl_key, OWN, "MY", IIS_APP_ID)] if theirs.address == "10.0.0.1" else []),
        ],
    )
    assert codes(facts) == ["back_end_port_shared"]
    plan = plan_repairs(facts)
    assert plan.repairs == () and theirs.label in plan.undecided[0]


def test_what_other_roles_need_is_not_missed_where_they_are_not() -> None:
    theirs = Binding.of("Shop", "http", "10.0.0.1:444:")
    further = Binding.of(FRONT, "https", "10.0.0.1:443:")
    facts = healthy(bindings=[*healthy().bindings, theirs, further])
    both = {"back_end_port_shared", "front_end_address_differs"}
    assert both <= set(codes(facts))
    for pool, code in ((BACK_END_POOL, "back_end_port_shared"), (FRONT_END_POOL, "front_end_address_differs")):
        assert both & set(codes(replace(facts, pools={pool: "Started"}))) == {code}


@pytest.mark.parametrize("information", ["192.0.2.3:443:", "*:443:shop.contoso.com", "192.0.2.3:445:"])
def test_another_site_may_have_an_address_or_a_name_of_its_own_on_443(information: str) -> None:
    theirs = Binding.of("Shop", "https", information, thumbprint=OTHER, ssl_flags=1)
    entry = SslEntry(theirs.ssl_key, OTHER, "MY", IIS_APP_ID)
    facts = healthy(bindings=[*healthy().bindings, theirs], ssl_entries=[*healthy().ssl_entries, entry])
    assert (codes(facts), plan_repairs(facts).undecided) == ([], ())


@pytest.mark.parametrize(
    ("thumbprint", "store", "finds"),
    [(PUBLIC, "MY", False), (PUBLIC, "WebHosting", True), (OTHER, "MY", True), ("", "MY", True), (None, "", True)],
)
def test_a_further_address_of_default_web_site_has_what_443_has(
    thumbprint: str | None, store: str, finds: bool
) -> None:
    further = Binding.of(FRONT, "https", "10.0.0.1:443:", thumbprint=thumbprint or "")
    entry = [] if thumbprint is None else [SslEntry(further.ssl_key, thumbprint, store, IIS_APP_ID)]
    facts = healthy(bindings=[*healthy().bindings, further], ssl_entries=[*healthy().ssl_entries, *entry])
    assert codes(facts) == (["front_end_address_differs"] if finds else [])
    plan = plan_repairs(facts)
    assert plan.repairs == () and [further.label in text for text in plan.undecided] == [True] * finds
    elsewhere = [replace(one, port=8443) if one is further else one for one in facts.bindings]
    assert "front_end_address_differs" not in codes(replace(facts, bindings=elsewhere))


def test_an_orphan_by_host_name_is_named_so() -> None:
    left = SslEntry(SslKey("", 443, "old.contoso.com"), OWN, "MY", IIS_APP_ID)
    (repair,) = arguments(healthy(ssl_entries=[*healthy().ssl_entries, left]))
    assert (repair["address"], repair["host_name"]) == ("*", "old.contoso.com")


def test_an_entry_that_a_lost_binding_will_need_is_no_orphan() -> None:
    facts = healthy(bindings=healthy().bindings[:2])
    assert codes(facts) == ["https_binding_missing"]
    assert [repair["port"] for repair in arguments(facts)] == [444]


# What was not told


@pytest.mark.parametrize("what", ["web sites", "application pools", "services"])
def test_what_could_not_be_read_is_not_called_good(what: str) -> None:
    (finding,) = analyse(healthy(unread=(what,)))
    assert (finding.code, str(finding.severity)) == ("windows_not_told", "high")
    assert f"The {what} " in finding.sentence


@pytest.mark.parametrize(
    ("processes", "unread", "running", "code"),
    [
        ([], (), False, []),
        (["ExSetup"], (), True, ["setup_running"]),
        (["ExSetup"], ("processes",), True, ["setup_running"]),
        ([], ("processes",), None, ["setup_unknown"]),
    ],
)
def test_setup_runs_or_not_or_nobody_knows(
    processes: list[str], unread: tuple[str, ...], running: bool | None, code: list[str]
) -> None:
    facts = healthy(setup_processes=processes, unread=unread)
    assert (facts.setup_running, codes(facts)) == (running, code)
    assert [str(finding.severity) for finding in analyse(facts)] == ["high"] * len(code)


@pytest.mark.parametrize(
    ("what", "gone"), [("web sites", {"sites": ()}), ("application pools", {"pools": {}})], ids=["sites", "pools"]
)
def test_nothing_is_repaired_or_called_left_over_before_iis_has_told_its_sites_and_pools(
    what: str, gone: dict[str, Any]
) -> None:
    broken = bind(healthy(bindings=healthy().bindings[2:], **gone), on_444="gone")
    plan = plan_repairs(replace(broken, unread=(what,)))
    assert (plan.repairs, plan.look_again) == ((), False)
    assert len(plan.undecided) == 1 and what in plan.undecided[0]
    assert "windows_not_told" in codes(replace(broken, unread=(what,)))
    assert not {"http_sys_orphan", "exchange_site_missing"} & set(codes(replace(broken, unread=(what,))))
    stopped = replace(broken, unread=(what,), services={"WAS": "Running", "W3SVC": "Stopped"})
    plan = plan_repairs(stopped)
    assert [dict(repair.args) for repair in plan.repairs] == [{"state": "started"}]
    assert (plan.undecided, plan.look_again) == ((), True)
    told = plan_repairs(replace(bind(healthy(bindings=healthy().bindings[2:]), on_444="gone")))
    assert ([repair.args["port"] for repair in told.repairs], told.look_again) == ([444, 443, 443], False)


# Paths and events


def test_paths_to_other_servers() -> None:
    facts = healthy(paths={"ex2.x.de": "open", "ex3.x.de": "blocked", "ex4.x.de": "unknown"})
    found = {finding.code: finding.sentence for finding in analyse(facts)}
    assert found.keys() == {"back_end_path_blocked", "back_end_path_unknown"}
    assert "ex3.x.de" in found["back_end_path_blocked"] and "ex4.x.de" in found["back_end_path_unknown"]
    assert arguments(facts) == []


def test_a_shared_configuration_is_told_and_nothing_is_hidden() -> None:
    broken = bind(healthy(), on_444="gone")
    shared = replace(broken, shares_configuration=True)
    assert codes(healthy(shares_configuration=True)) == ["iis_configuration_shared"]
    assert set(codes(shared)) == {*codes(broken), "iis_configuration_shared"}
    assert arguments(shared) == arguments(broken), "what is wrong stays to be repaired"


def test_events_are_counted_by_endpoint_and_are_no_illness() -> None:
    times = ["2026-11-21T10:00:00Z", "2026-11-21T11:00:00Z"]
    facts = healthy(events=[HttpEvent("0.0.0.0:444", time) for time in reversed(times)])
    (finding,) = analyse(facts)
    assert str(finding.severity) == "info"
    assert "2 times" in finding.sentence and "0.0.0.0:444" in finding.sentence and times[1] in finding.sentence


# Order


def test_repairs_come_in_the_order_that_works() -> None:
    facts = healthy(
        bindings=[Binding.of(FRONT, "https", ":443:"), Binding.of(BACK, "https", "*:443:")],
        ssl_entries=[SslEntry(SslKey("10.0.0.1", 444), OWN, "MY", IIS_APP_ID)],
        sites=[replace(site, state="Stopped") for site in healthy().sites],
        pools={FRONT_END_POOL: "Stopped", BACK_END_POOL: "Started"},
    )
    order = [
        (repair.module, repair.args.get("site") or repair.args["name"][0], repair.args.get("state", "present"))
        for repair in plan_repairs(facts).repairs
    ]
    assert order == [
        ("iis_binding", BACK, "present"),
        ("iis_binding", FRONT, "present"),
        ("iis_binding", FRONT, "present"),
        ("iis_binding", BACK, "absent"),
        ("iis_site", FRONT, "started"),
        ("iis_site", BACK, "started"),
        ("iis_app_pool", FRONT_END_POOL, "started"),
    ]
