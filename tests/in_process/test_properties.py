# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever the estate and the wish: a second run changes nothing, and nothing but the named or implied has changed."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from promises import Wish, broken

from ansible_collections.mailops.exchange.plugins.plugin_utils._action.options import documented_spec
from ansible_collections.mailops.exchange.plugins.plugin_utils._converge.kinds import HostName, Url
from ansible_collections.mailops.exchange.plugins.plugin_utils._converge.noun import Noun
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.tables import MODULE_TABLES, TREE_TABLES
from exchange_lab.world import World

HOSTS = {
    "one_server": ("ex1",),
    "two_datacenters": ("ex1", "ex4"),
    "coexistence": ("ex1", "ex2", "ex4", "ex5"),
    "modern": ("ex1", "ex2"),
}
UNKNOWNS = {
    "fba_basic_one_call": ("refuse", "forms_wins"),
    "adfs_needs_config": ("refuse", "accept"),
    "adfs_order": ("refuse", "accept_with_warning"),
    "mapi_url_needs_auth": ("no", "refuse"),
    "oa_hostname_companions": ("refuse_external", "refuse_both", "accept"),
    "oa_ssl_conflict": ("refuse", "accept"),
    "oa_hostname_wire": ("text", "object"),
    "clear_host_reads": ("null", "empty_string"),
    "noop_warning_for_iis": ("warn", "silent"),
    "adonly_ews_booleans": ("false", "true_from_ad"),
    "external_methods_follow": ("ews_oab_mapi_follow", "independent"),
    "ews_lists_together": ("refuse", "accept"),
}
"""Answers to what is not known about real servers: the promises hold under each."""

NAMES = st.sampled_from(["mail.contoso.com", "Webmail.fabrikam.com", "ex1.contoso.test", "xn--mnchen-3ya.example"])
WORDS = st.sampled_from(["blue", "Blue theme", "contoso.com", "x'; Remove-Mailbox '", "ünï", "_x0041_", "$null"])
SPNS = st.lists(st.sampled_from(["HTTP/mail.contoso.com", "HTTP/mail"]), unique=True)
FLAGS = st.sampled_from([[], ["None"], ["NoServiceNameCheck"], ["AllowDotlessSPN"], ["NoServiceNameCheck", "Proxy"]])
SITES = st.lists(st.sampled_from(["London", "Paris"]), unique=True)
SPECIAL: dict[str, SearchStrategy[Any]] = {
    "extended_protection_flags": FLAGS,
    "extended_protection_spn_list": SPNS,
    "auto_discover_site_scope": SITES,
    "cert_principal_name": st.sampled_from(["msstd:mail.contoso.com", "msstd:*.contoso.com", "none", ""]),
    "internal_nlb_bypass_url": st.just(""),
    "tls_certificate_name": st.sampled_from(["<I>CN=CA, C=US<S>CN=mail.contoso.com", "<I>CN=Other CA<S>CN=a", ""]),
    "activity_based_authentication_timeout_interval": st.sampled_from(["00:05:00", "06:00:00", "07:59:59"]),
    "adfs_audience_uris": st.lists(st.sampled_from(["https://a.b/owa/", "https://a.b/owa"]), unique=True),
    "adfs_sign_certificate_thumbprints": st.lists(
        st.sampled_from(["88970C64278A15D642934DC2961D9CCA5E28DA6B", "0" * 40]), unique=True
    ),
    "adfs_issuer": st.sampled_from(["https://adfs.contoso.com/adfs/ls", ""]),
    "default_authentication_policy": st.sampled_from(["No Basic", "Unknown", ""]),
    "wac_discovery_endpoint": st.sampled_from(["https://oos.contoso.com/hosting/discovery", ""]),
    "instant_messaging_certificate_thumbprint": st.sampled_from(["", "88970C64278A15D642934DC2961D9CCA5E28DA6B"]),
}
MODULES = [*MODULE_TABLES, *TREE_TABLES]
SMALL = (
    "exchange_autodiscover",
    "exchange_connector",
    "exchange_organization_config",
    "exchange_outlook_provider",
)
"""Modules with so few settings that half of the examples is plenty."""


def value_of(noun: Noun, option: str, documented: dict[str, Any]) -> SearchStrategy[Any]:
    """Values that the documentation allows for an option; hosts and paths from the noun's table."""
    kind = noun.by_option[option].kind
    if option in SPECIAL:
        return SPECIAL[option]
    if documented["type"] == "bool":
        return st.booleans()
    if documented["type"] == "int":
        return st.integers(1, 5000)
    choices = [choice for choice in documented.get("choices", ()) if choice in (*kind.choices, "")]
    if documented["type"] == "list":
        items = st.sampled_from(choices) if choices else WORDS
        return st.lists(items, unique=True, min_size=0 if kind.clearable else 1)
    if choices:
        return st.sampled_from([choice for choice in choices if choice or kind.clearable])
    texts = WORDS
    if isinstance(kind, Url):
        path = kind.path
        texts = st.builds(lambda scheme, host: f"{scheme}://{host}{path}", st.sampled_from(kind.schemes), NAMES)
    elif isinstance(kind, HostName):
        texts = NAMES
    return st.one_of(texts, st.just("")) if kind.clearable else texts


def wish_for(noun: Noun, documented: dict[str, Any], most: int) -> SearchStrategy[dict[str, Any]]:
    values = {option: value_of(noun, option, documented[option]) for option in noun.by_option}
    return st.lists(st.sampled_from(sorted(values)), unique=True, min_size=1, max_size=most).flatmap(
        lambda chosen: st.fixed_dictionaries({option: values[option] for option in chosen})
    )


@st.composite
def wishes(draw: Any, module: str, host: str) -> Wish:
    documented = documented_options(module)
    if module in TREE_TABLES:
        tables = TREE_TABLES[module]
        chosen = draw(st.lists(st.sampled_from(sorted(tables)), unique=True, min_size=1, max_size=3))
        wanted = {
            label: draw(wish_for(tables[label], documented[label]["options"], most=3)) for label in sorted(chosen)
        }
        arguments: dict[str, Any] = {}
    else:
        tables = MODULE_TABLES[module]
        label = draw(st.sampled_from(sorted(tables)))
        wanted = {label: draw(wish_for(tables[label], documented, most=5))}
        arguments = {
            "exchange_vdir": {"protocol": label, "allow_powershell_changes": True},
            "exchange_outlook_provider": {"name": draw(st.sampled_from(["EXCH", "EXPR", "WEB"]))},
            "exchange_connector": {"kind": "receive", "identity": f"{host}\\Default Frontend {host}".upper()},
        }.get(module, {})
    attributes = {
        label: {option: setting.parameter for option, setting in tables[label].by_option.items()} for label in wanted
    }
    return Wish(module, f"{host}.contoso.test", wanted, arguments, attributes)


def documented_options(module: str) -> dict[str, Any]:
    if module not in _DOCUMENTED:
        _DOCUMENTED[module] = documented_spec(f"mailops.exchange.{module}")
    return _DOCUMENTED[module]


_DOCUMENTED: dict[str, dict[str, Any]] = {}

ADFS = {
    "AdfsIssuer": "https://adfs.contoso.com/adfs/ls/",
    "AdfsAudienceUris": ("https://mail.contoso.com/owa/",),
    "AdfsSignCertificateThumbprints": ("88970C64278A15D642934DC2961D9CCA5E28DA6B",),
}


@st.composite
def cases(draw: Any, module: str) -> tuple[World, list[Wish]]:
    """A world, and tasks that are run in it one after the other: each finds the state that the last one left."""
    estate = draw(st.sampled_from(sorted(HOSTS)))
    switches = draw(st.fixed_dictionaries({name: st.sampled_from(answers) for name, answers in UNKNOWNS.items()}))
    world = World.from_estate(estate, switches)
    world.authentication_policies = ("No Basic",)
    if draw(st.booleans()):
        world.organization_config.initial.update(ADFS)
    host = draw(st.sampled_from(HOSTS[estate]))
    return world, draw(st.lists(wishes(module, host), min_size=1, max_size=2))


@pytest.mark.parametrize("module", MODULES)
def test_a_module_keeps_its_promises(module: str) -> None:
    outcomes: Counter[str] = Counter()

    examples = settings().max_examples // (2 if module in SMALL else 1)

    @settings(max_examples=examples, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(cases(module))
    def check(case: tuple[World, list[Wish]]) -> None:
        world, tasks = case
        for wish in tasks:
            before = world.snapshot()
            world.records.clear()
            found = list(broken(world, wish))
            assert not found, "\n".join(found)
            outcomes["changed" if world.changes(before, world.snapshot()) else "unchanged or refused"] += 1

    check()
    assert outcomes["changed"] > outcomes.total() / 4, f"the examples hardly ever change anything: {outcomes}"
