# SPDX-License-Identifier: GPL-3.0-or-later
"""Every cmdlet and parameter that the collection can send exists, with a fitting type, on every version it is sent to.

The contract is the documented one that the lab carries, with its list of what the pages leave out; the tables are the
collection's. Neither imports the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from collection_tree import CHECKOUT

from ansible_collections.mailops.exchange.plugins.plugin_utils._converge import kinds
from ansible_collections.mailops.exchange.plugins.plugin_utils._converge.noun import Noun
from ansible_collections.mailops.exchange.plugins.plugin_utils._converge.resource import Resource
from ansible_collections.mailops.exchange.plugins.plugin_utils._converge.setting import Setting
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.autodiscover import (
    CLIENT_ACCESS_SERVER,
    CLIENT_ACCESS_SERVICE,
    service_connection_point,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.connector import (
    NOUNS as CONNECTORS,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.connector import (
    CertificateName,
    connector,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.directory_place import Place
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.offline_address_books import AddressBook
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.organization_config import (
    ORGANIZATION_CONFIG,
    Audiences,
    PolicyName,
    TextUrl,
    Thumbprints,
    TimeSpan,
    TriState,
    organization_config,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.outlook_anywhere import (
    OUTLOOK_ANYWHERE,
    outlook_anywhere,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.outlook_provider import (
    OUTLOOK_PROVIDER,
    PrincipalName,
    outlook_provider,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.servers import Server
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.tables import MODULE_TABLES, TREE_TABLES
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.versions import Product, Version
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.virtual_directories import PROTOCOLS
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.virtual_directory import VirtualDirectory
from exchange_lab.contract import Parameter, documented

pytestmark = pytest.mark.must_run

CONTRACT_NAMES = {Product.E2013: "2013", Product.E2016: "2016", Product.E2019: "2019", Product.SE: "SE"}
BUILDS = {
    Product.E2013: "15.0.1497.48",
    Product.E2016: "15.1.2507.39",
    Product.E2019: "15.2.1544.4",
    Product.SE: "15.2.2562.17",
}
TYPES: dict[type[kinds.Kind], tuple[str, ...]] = {
    kinds.Bool: ("Boolean",),
    kinds.Int: ("Int32",),
    kinds.Url: ("Uri",),
    kinds.HostName: ("Hostname", "String"),
    kinds.Text: ("String",),
    kinds.Caseless: ("String",),
    PrincipalName: ("String",),
    CertificateName: ("SmtpX509Identifier",),
    kinds.Many: ("MultiValuedProperty", "String[]"),
    kinds.EnumList: ("MultiValuedProperty", "OutlookProviderFlags"),
    TriState: ("Boolean",),
    TimeSpan: ("EnhancedTimeSpan",),
    TextUrl: ("String",),
    Audiences: ("MultiValuedProperty",),
    Thumbprints: ("MultiValuedProperty",),
    PolicyName: ("AuthPolicyIdParameter",),
}
"""The .NET types that a kind's values convert to. An Enum's type is a name of its own."""

RECREATED = {label: noun for label, noun in PROTOCOLS.items() if label != "powershell"}
TABLES = [nouns for tables in (MODULE_TABLES, TREE_TABLES) for nouns in tables.values()]
NOUNS = [
    *{noun.name: noun for nouns in TABLES for noun in nouns.values()}.values(),
    CLIENT_ACCESS_SERVER,
    CONNECTORS["receive"],
]


def test_the_tables_hold_every_noun_once() -> None:
    assert len({noun.name for noun in NOUNS}) == len(NOUNS) == 15


def products(noun: Noun) -> list[Product]:
    """The versions that a noun is sent to. Until 2013 the access point has another name (client-access-laws 1.7)."""
    if noun is CLIENT_ACCESS_SERVER:
        return [Product.E2013]
    return [product for product in CONTRACT_NAMES if noun is not CLIENT_ACCESS_SERVICE or product > Product.E2013]


def resource(noun: Noun, product: Product) -> Resource:
    """An object of that kind as the actions build it."""
    server = Server("EX1", "ex1.contoso.test", Version.displayed(BUILDS[product]), "Mailbox, ClientAccess", "", "", "")
    assert server.product is product
    if isinstance(noun, VirtualDirectory):
        return noun.on(server, "Default Web Site", {})
    if noun is OUTLOOK_ANYWHERE:
        return outlook_anywhere(server, {})
    if noun is OUTLOOK_PROVIDER:
        return outlook_provider("EXPR", {})
    if noun is ORGANIZATION_CONFIG:
        return organization_config(server, {})
    for kind, known in CONNECTORS.items():
        if noun is known:
            return connector(kind, "EX1\\Client", {}, None)
    built = service_connection_point(server, {})
    assert built.noun is noun
    return built


CASES = [(noun, product) for noun in NOUNS for product in products(noun)]


def ids(value: object) -> str:
    return value.name if isinstance(value, Noun) else str(value).rpartition(" ")[2]


def parameters(cmdlet: str, product: Product) -> dict[str, Parameter]:
    """The documented parameters of a cmdlet on a version; KeyError when the version does not have the cmdlet."""
    known = documented()[cmdlet.lower()]
    assert known.name == cmdlet, "cmdlets are written as Microsoft writes them"
    if CONTRACT_NAMES[product] not in known.applicable:
        raise KeyError(cmdlet)
    return {name: row for name, row in known.parameters.items() if CONTRACT_NAMES[product] in row.applicable}


@pytest.mark.parametrize(("noun", "product"), CASES, ids=ids)
def test_reads_exist(noun: Noun, product: Product) -> None:
    known = parameters(noun.get, product)
    sent = {*resource(noun, product).select, "DomainController", *([noun.cheap_read] if noun.cheap_read else [])}
    assert sent <= known.keys()
    if noun.cheap_read:
        assert known[noun.cheap_read].type == "SwitchParameter"
    assert bool(resource(noun, product).select) is not noun.alone
    for selector in resource(noun, product).select:
        sets = known[selector].sets
        assert all(not known[name].sets or set(known[name].sets) & set(sets) for name in sent), "one parameter set"


@pytest.mark.parametrize(("noun", "product"), CASES, ids=ids)
def test_writes_exist_with_fitting_types(noun: Noun, product: Product) -> None:
    known = parameters(noun.set, product)
    frame = {"DomainController", "Confirm", "WhatIf", *noun.always, *([] if noun.alone else ["Identity"])}
    assert frame <= known.keys()
    assert ("Identity" in known) is not noun.alone
    assert {known[name].type for name in ("Confirm", "WhatIf", *noun.always)} == {"SwitchParameter"}
    kept = noun.kept if isinstance(noun, VirtualDirectory) else ()
    settings = [setting for setting in (*noun.settings, *kept) if setting.since <= product]
    wrong = [text for setting in settings for text in misfits(noun, setting, known)]
    assert wrong == []
    together = [known[name].sets for name in (*frame, *(setting.parameter for setting in settings)) if known[name].sets]
    assert not together or set.intersection(*map(set, together)), "no parameter set takes all of them"


def misfits(noun: Noun, setting: Setting, known: dict[str, Parameter]) -> Iterator[str]:
    """What is wrong with a row of a table, in sentences."""
    row = known.get(setting.parameter)
    if row is None:
        yield f"{noun.set} has no {setting.parameter}"
        return
    kind = setting.kind
    if not (row.accepted_values if isinstance(kind, kinds.Enum) else row.type in TYPES[type(kind)]):
        yield f"{setting.parameter} of {noun.set} is {row.type}, which a {type(kind).__name__} is not"
    if isinstance(kind, (kinds.Enum, kinds.EnumList)):
        accepted = {value.lower() for value in row.accepted_values}
        if unknown := [value for value in kind.choices if value.lower() not in accepted]:
            yield f"{setting.parameter} of {noun.set} does not accept {unknown}, only {row.accepted_values}"


PLACES = [
    (label, product, role, site)
    for label in RECREATED
    for product in CONTRACT_NAMES
    for role, site in (("ClientAccess", "Default Web Site"), ("Mailbox", "Exchange Back End"))
    if not (label == "mapi" and role == "Mailbox")
]


@pytest.mark.parametrize(("label", "product", "role", "site"), PLACES, ids=str)
def test_directories_are_removed_and_created_with_documented_parameters(
    label: str, product: Product, role: str, site: str
) -> None:
    server = Server("EX1", "ex1.contoso.test", Version.displayed(BUILDS[product]), "Mailbox, ClientAccess", "", "", "")
    place = Place.of(RECREATED[label], server, role, site).at("dc1.contoso.test")
    for command in (place.removal(), place.creation("C:\\somewhere"), place.creation("")):
        known = parameters(command.cmdlet, product)
        assert command.parameters.keys() | {"WhatIf"} <= known.keys()
        for name in command.parameters.keys() & {"Confirm", "Force"}:
            assert known[name].type == "SwitchParameter"
        if "Role" in command.parameters:
            assert command.parameters["Role"] in known["Role"].accepted_values
    assert place.alone({}).select.keys() | place.pinned.keys() <= parameters(place.noun.get, product).keys()


@pytest.mark.parametrize("product", CONTRACT_NAMES, ids=str)
def test_address_books_are_attached_with_documented_parameters(product: Product) -> None:
    book = AddressBook("\\Default", (), everywhere=False)
    command = book.attach("EX1\\OAB (Default Web Site)", {"DomainController": "dc1.contoso.test"})
    assert command.parameters.keys() | {"WhatIf"} <= parameters(command.cmdlet, product).keys()
    assert "DomainController" in parameters("Get-OfflineAddressBook", product)


def test_nothing_is_kept_from_a_version_that_has_it() -> None:
    kept_back = [
        (noun.set, setting.parameter)
        for noun in NOUNS
        for setting in noun.settings
        for product in products(noun)
        if product < setting.since and setting.parameter in parameters(noun.set, product)
    ]
    assert kept_back == []


def test_the_two_names_of_the_access_point_have_the_same_settings() -> None:
    assert CLIENT_ACCESS_SERVER.settings == CLIENT_ACCESS_SERVICE.settings


def test_every_cmdlet_that_the_code_names_is_documented() -> None:
    written = re.compile(r'"((?:Get|Set|New|Remove|Test|Enable|Disable)-[A-Z]\w+)"')
    sources = (CHECKOUT / "plugins" / "plugin_utils" / "_exchange").rglob("*.py")
    named = {cmdlet for path in sources for cmdlet in written.findall(path.read_text(encoding="utf-8"))}
    assert {"Get-ExchangeServer", "Get-ADSite"} <= named
    assert {cmdlet for cmdlet in named if cmdlet.lower() not in documented()} == set()


@pytest.mark.parametrize("product", CONTRACT_NAMES, ids=str)
@pytest.mark.parametrize(
    ("cmdlet", "sent"),
    [
        ("Get-ExchangeServer", {"Identity", "DomainController"}),
        ("Get-ServerComponentState", {"Identity", "DomainController"}),
        ("Get-ADSite", {"DomainController"}),
    ],
)
def test_the_other_reads_exist(cmdlet: str, sent: set[str], product: Product) -> None:
    assert sent <= parameters(cmdlet, product).keys()
