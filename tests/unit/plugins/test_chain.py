# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain of a handshake: read on every Python, and judged (certificate-laws G2)."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from health_servers import Authority

from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.x509_facts import X509Facts, read_x509
from ansible_collections.mailops.exchange.plugins.plugin_utils._probe import chain


def der(authority: Authority) -> bytes:
    return authority.certificate.public_bytes(Encoding.DER)


def handshake(public: bool, *ders: bytes) -> Any:
    """As Python has it from 3.13 on, or before."""
    if public:
        return SimpleNamespace(get_unverified_chain=lambda: list(ders))
    internal = [SimpleNamespace(public_bytes=lambda form, one=one: {2: one}[form]) for one in ders] or None
    return SimpleNamespace(_sslobj=SimpleNamespace(get_unverified_chain=lambda: internal))


@pytest.mark.parametrize("public", [True, False])
def test_what_was_sent_is_read_in_its_order_and_what_cannot_be_read_is_left_out(public: bool, tmp_path: Path) -> None:
    root = Authority(tmp_path, "Root")
    below = Authority(tmp_path, "Below", root)
    shown = chain.sent(handshake(public, der(below), b"nothing", der(root)))
    assert [one.subject for one in shown] == ["CN=Below", "CN=Root"]
    assert chain.sent(handshake(public, b"nothing", der(root))) == ()  # the next one is not the server's own
    assert chain.sent(handshake(public)) == ()
    assert chain.sent(None) == ()


def facts(*authorities: Authority) -> list[X509Facts]:
    return [read_x509(der(one)) for one in authorities]


def test_what_a_chain_lacks(tmp_path: Path) -> None:
    root = Authority(tmp_path, "Root")
    upper = Authority(tmp_path, "Upper", root)
    lower = Authority(tmp_path, "Lower", upper)
    leaf = Authority(tmp_path, "Leaf", lower)
    whole = facts(leaf, lower, upper, root)
    assert chain.lacking(whole, whole) == chain.lacking(whole[:3], whole) == ""
    assert chain.lacking(facts(leaf, lower), whole) == "CN=Upper"
    assert chain.lacking(facts(leaf, upper), whole) == chain.lacking(facts(leaf), whole) == "CN=Lower"
    assert chain.lacking(facts(leaf), facts(leaf, lower)) == "CN=Lower"  # an intermediate that is trusted itself
    assert chain.lacking(facts(root), facts(root)) == ""
    assert [
        chain.lonely(shown) for shown in ((), facts(leaf), facts(leaf, upper), facts(leaf, lower), facts(root))
    ] == [
        False,
        True,
        True,
        False,
        False,
    ]
    assert chain.roots(whole) == facts(root) and chain.roots(facts(root)) == []
