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


@pytest.mark.parametrize(
    ("app_id", "found"), [(IIS_APP_ID, True), ("afebb9ad-9b97-4a91-9ab5-daf4d59122f6", False), ("", False)]
)
def test_only_what_iis_has_made_is_an_orphan(app_id: str, found: bool) -> None:
    left = SslEntry(SslKey("10.0.0.1", 443), OWN, "MY", app_id)
    facts = healthy(ssl_entries=[*healthy().ssl_entries, left])
    assert codes(facts) == (["http_sys_orphan"] if found else [])
    wanted = {"site": BACK, "protocol": "https", "address": "10.0.0.1", "port": 443, "state": "absent"}
    assert arguments(facts) == ([wanted] if found else [])


def test_an_orphan_by_host_name_is_named_so() -> None:
    left = SslEntry(SslKey("", 443, "old.contoso.com"), OWN, "MY", IIS_APP_ID)
    (repair,) = arguments(healthy(ssl_entries=[*healthy().ssl_entries, left]))
    assert (repair["address"], repair["host_name"]) == ("*", "old.contoso.com")


def test_an_entry_that_a_lost_binding_will_need_is_no_orphan() -> None:
    facts = healthy(bindings=healthy().bindings[:2])
    assert codes(facts) == ["https_binding_missing"]
    assert [repair["port"] for repair in arguments(facts)] == [444]


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
