# SPDX-License-Identifier: GPL-3.0-or-later
"""Replies taken apart within bounds: bytes, fragments, messages."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from pypsrp.messages import MessageType
from pypsrp.serializer import Serializer

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import ReplyRefused
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.replies import (
    MAX_REPLY_BYTES,
    Budget,
    Defragmenter,
    limit_bytes,
)

OUTPUT = MessageType.PIPELINE_OUTPUT
STATE = MessageType.PIPELINE_STATE
FIRST, LAST = 1, 2


def message(text: str | bytes, kind: int = OUTPUT) -> bytes:
    data = text if isinstance(text, bytes) else text.encode()
    return struct.pack("<II", 1, kind) + bytes(32) + data


def fragment(data: bytes, number: int = 0, flags: int = FIRST | LAST, of: int = 1) -> bytes:
    return struct.pack(">QQBI", of, number, flags, len(data)) + data


def values(found: list[Any]) -> list[Any]:
    return [one.data.data["Value"] for one in found]


@pytest.fixture
def defragment() -> Defragmenter:
    return Defragmenter(Serializer())


def test_one_fragment(defragment: Defragmenter) -> None:
    assert values(defragment(fragment(message("<S>a</S>")))) == ["a"]


def test_a_byte_order_mark_is_skipped(defragment: Defragmenter) -> None:
    assert values(defragment(fragment(message(b"\xef\xbb\xbf<S>a</S>")))) == ["a"]


def test_several_messages_in_one_body(defragment: Defragmenter) -> None:
    body = b"".join(fragment(message(f"<S>{text}</S>"), of=number) for number, text in enumerate("abc"))
    assert values(defragment(body)) == ["a", "b", "c"]


@pytest.mark.parametrize("cut", [1, 20, 39, 41, 50])
def test_a_message_in_three_fragments_over_several_bodies(defragment: Defragmenter, cut: int) -> None:
    whole = message("<S>" + "x" * 100 + "</S>")
    pieces = [whole[:cut], whole[cut : cut + 30], whole[cut + 30 :]]
    assert defragment(fragment(pieces[0], 0, FIRST)) == []
    assert defragment(fragment(pieces[1], 1, 0)) == []
    assert values(defragment(fragment(pieces[2], 2, LAST))) == ["x" * 100]


def test_two_messages_interleaved(defragment: Defragmenter) -> None:
    one, two = message("<S>one</S>"), message("<S>two</S>")
    body = fragment(one[:45], 0, FIRST, of=1) + fragment(two[:45], 0, FIRST, of=2)
    assert defragment(body) == []
    assert values(defragment(fragment(two[45:], 1, LAST, of=2) + fragment(one[45:], 1, LAST, of=1))) == ["two", "one"]


def test_other_messages_go_to_pypsrp(defragment: Defragmenter) -> None:
    state = '<Obj RefId="0"><MS><I32 N="PipelineState">4</I32></MS></Obj>'
    (found,) = defragment(fragment(message(state, STATE)))
    assert found.message_type == STATE
    assert found.data.state == 4


@pytest.mark.parametrize(
    "body",
    [
        b"\0" * 5,
        fragment(b"")[:-1] + b"\xff",
        fragment(message("<S>a</S>"))[:-1],
        fragment(message("<S>a</S>"), number=1),
        fragment(message("<S>a</S>"), flags=LAST),
        fragment(message("<S>a</S>"), number=3, flags=0),
        fragment(b"short"),
        fragment(message(b"<S>\xff</S>")),
        fragment(message("<S>a</S>")[:10], 0, FIRST) + fragment(message("<S>a</S>")[10:], 2, LAST),
    ],
)
def test_what_is_no_psrp_is_refused(defragment: Defragmenter, body: bytes) -> None:
    with pytest.raises(ReplyRefused) as refused:
        defragment(body)
    assert "not valid PSRP" in refused.value.sentence


@pytest.mark.parametrize("kind", [OUTPUT, STATE, MessageType.ERROR_RECORD])
@pytest.mark.parametrize(
    "xml", ["<S>", '<!DOCTYPE S [<!ENTITY a "a">]><S>&a;</S>', "<Obj>" * 10_000 + "</Obj>" * 10_000]
)
def test_every_kind_of_message_is_checked_before_it_is_read(defragment: Defragmenter, kind: int, xml: str) -> None:
    with pytest.raises(ReplyRefused):
        defragment(fragment(message(xml, kind)))


def test_the_budget_is_for_one_command() -> None:
    budget = Budget(100)
    budget.take(100)
    with pytest.raises(ReplyRefused):
        budget.take(1)
    budget.renew()
    budget.take(100)


def response(pieces: int, size: int = 1024 * 1024) -> Any:
    """A reply of so many pieces that remembers how many were read."""
    made = SimpleNamespace(read=0, closed=False)

    def iter_content(*_size: int) -> Iterator[bytes]:
        for _unused in range(pieces):
            made.read += 1
            yield b"x" * size

    made.iter_content = iter_content
    made.close = lambda: setattr(made, "closed", True)
    return made


def bounded(reply: Any, budget: Budget) -> Any:
    session = SimpleNamespace(adapters={"http://": SimpleNamespace(send=lambda request, **options: reply)})
    return limit_bytes(session, budget).adapters["http://"].send("request", stream=False)


def test_a_reply_of_50_megabytes_is_cut_off_while_it_arrives() -> None:
    reply = response(pieces=50)
    with pytest.raises(ReplyRefused) as refused:
        list(bounded(reply, Budget()).iter_content())
    assert "larger than 16 MB" in refused.value.sentence
    assert reply.closed
    assert reply.read == MAX_REPLY_BYTES // (1024 * 1024) + 1


def test_a_reply_within_the_budget_arrives_whole() -> None:
    body = b"".join(bounded(response(pieces=3, size=10), Budget()).iter_content())
    assert body == b"x" * 30


def test_replies_of_one_command_share_the_budget() -> None:
    budget = Budget(25)
    list(bounded(response(pieces=2, size=10), budget).iter_content())
    with pytest.raises(ReplyRefused):
        list(bounded(response(pieces=1, size=10), budget).iter_content())
