# SPDX-License-Identifier: GPL-3.0-or-later
"""exchange_connector: by which name a connector finds its certificate (certificate-laws S5, L8)."""

from __future__ import annotations

from typing import Any

import pytest
from in_process import Converge

from exchange_lab.world import World

OLD = "<I>CN=Old CA, C=US<S>CN=mail.contoso.test"
NEW = "<I>CN=New CA, C=US<S>CN=mail.contoso.test"
ESTATE = {
    "sites": {"London": ["dc1"]},
    "servers": [{"name": "ex1", "site": "London", "build": "15.2.1258.12"}],
    "send_connectors": [{"name": "Internet", "servers": ["ex1"], "tls_certificate_name": OLD}],
}
FRONT_END = "EX1\\Client Frontend EX1"


@pytest.fixture
def world() -> World:
    return World.from_estate(ESTATE)


@pytest.fixture
def connector(world: World) -> Any:
    converge = Converge(world)
    return lambda **options: converge("exchange_connector", **{"kind": "send", "identity": "Internet", **options})


def named(world: World, identity: str = "Internet") -> Any:
    kind = "SendConnector" if identity == "Internet" else "ReceiveConnector"
    return world.snapshot()[f"AD {kind} {identity}"]["TlsCertificateName"]


def test_it_is_set_once_and_read_back(world: World, connector: Any) -> None:
    first = connector(tls_certificate_name=NEW)
    assert first.changed and first.connector == {"identity": "Internet", "tls_certificate_name": NEW}
    assert len(first.commands) == 1 and first.commands[0].startswith("Set-SendConnector -Identity 'Internet'")
    assert named(world) == NEW
    again = connector(tls_certificate_name=NEW.replace("<I>", "<i>").replace("<S>", "<s>"))
    assert not again.changed


def test_a_receive_connector_by_server_and_name(world: World, connector: Any) -> None:
    done = connector(kind="receive", identity=FRONT_END, tls_certificate_name=NEW)
    assert done.changed and named(world, FRONT_END) == NEW
    cleared = connector(kind="receive", identity=FRONT_END, tls_certificate_name="", replaces=NEW)
    assert cleared.changed and not named(world, FRONT_END)


def test_only_the_value_that_was_named_is_replaced(world: World, connector: Any) -> None:
    refused = connector(tls_certificate_name=NEW, replaces="<I>CN=Third CA<S>CN=mail.contoso.test")
    assert refused.failed and "is <I>CN=Old CA" in refused.msg and named(world) == OLD
    assert connector(tls_certificate_name=NEW, replaces="").failed and named(world) == OLD
    assert connector(tls_certificate_name=NEW, replaces=OLD).changed and named(world) == NEW
    assert not connector(tls_certificate_name=NEW, replaces=OLD).changed  # it is there


def test_check_mode_says_the_same_and_writes_nothing(world: World, connector: Any) -> None:
    before = world.snapshot()
    checked = connector(tls_certificate_name=NEW, check_mode=True)
    assert checked.changed and checked.commands and world.snapshot() == before
    assert connector(tls_certificate_name=NEW).commands == checked.commands


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"tls_certificate_name": "CN=mail.contoso.test"}, "must be <I>issuer<S>subject"),
        ({"tls_certificate_name": NEW, "identity": "Nowhere"}, "Nowhere"),
        ({"tls_certificate_name": NEW, "identity": "*"}, "several connectors"),
        ({"tls_certificate_name": NEW, "identity": " "}, "several connectors"),
    ],
)
def test_bad_input_changes_nothing(world: World, connector: Any, options: dict[str, Any], said: str) -> None:
    before = world.snapshot()
    refused = connector(**options)
    assert refused.failed and said in refused.msg, refused.msg
    assert world.snapshot() == before
