# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading .NET's binary format: the record kinds that servers send, and streams made to hurt."""

from __future__ import annotations

import struct
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import certificate_samples as samples
import nrbf
import pytest
from certificate_samples import END, HEADER, enumeration, number, text
from collection_tree import CHECKOUT
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting import nrbf as reader
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.clixml import read_file
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.nrbf import (
    MAX_BYTES,
    MAX_DEPTH,
    NrbfObject,
    PayloadRefused,
    read_nrbf,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.serialization_data import (
    ENVELOPE_BYTES,
    read_serialization_data,
)

CAPTURES = CHECKOUT.parent / "shared" / "captures" / "exchange-2019"
SAMPLES = Path(__file__).parent / "samples"
LIMIT = 8 * 1024 * 1024

INT32, STRING, OBJECT, BYTE_ARRAY = b"\x00\x08", b"\x01", b"\x02", b"\x07\x02"
NULL = b"\x0a"


def class_record(key: int, members: Sequence[tuple[str, bytes]], values: bytes = b"", name: str = "A") -> bytes:
    """A system class with its values."""
    kinds = bytes(kind[0] for _name, kind in members)
    details = b"".join(kind[1:] for _name, kind in members)
    names = b"".join(text(member) for member, _kind in members)
    return b"\x04" + number(key) + text(name) + number(len(members)) + names + kinds + details + values


def array(key: int, length: int, items: bytes, kind: bytes = OBJECT, shape: int = 0, rank: int = 1) -> bytes:
    return b"\x07" + number(key) + bytes([shape]) + number(rank) + number(length) + kind + items


def reference(key: int) -> bytes:
    return b"\x09" + number(key)


def stream(*records: bytes) -> bytes:
    return HEADER + b"".join(records) + END


def one(kind: bytes, *records: bytes) -> bytes:
    """An object with the member X; the first record is its value."""
    value, *others = records
    return stream(class_record(1, [("X", kind)], value), *others)


def value(kind: bytes, *records: bytes) -> Any:
    return read_nrbf(one(kind, *records)).members["X"]


def peak(work: Callable[[], Any]) -> int:
    """The most memory in bytes that the work held at a time; its refusal is an answer too."""
    tracemalloc.start()
    try:
        work()
    except PayloadRefused:
        pass
    finally:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return most


# What honest streams hold


@pytest.mark.parametrize(
    ("kind", "records", "expected"),
    [
        (b"\x00\x01", [b"\x01"], True),
        (b"\x00\x02", [b"\xff"], 255),
        (b"\x00\x07", [b"\xfe\xff"], -2),
        (INT32, [number(-5)], -5),
        (b"\x00\x09", [struct.pack("<q", -(2**40))], -(2**40)),
        (b"\x00\x0a", [b"\xff"], -1),
        (b"\x00\x0e", [b"\xff\xff"], 65535),
        (b"\x00\x0f", [b"\xff\xff\xff\xff"], 2**32 - 1),
        (b"\x00\x10", [b"\xff" * 8], 2**64 - 1),
        (OBJECT, [NULL], None),
        (STRING, [b"\x06" + number(2) + text("Größe")], "Größe"),
        (STRING, [b"\x06" + number(2) + text("x" * 300)], "x" * 300),
        (STRING, [reference(5), b"\x06" + number(5) + text("later")], "later"),
        (BYTE_ARRAY, [reference(5), b"\x0f" + number(5) + number(3) + b"\x02abc"], b"abc"),
        (OBJECT, [reference(5), array(5, 5, b"\x06" + number(6) + text("a") + NULL + b"\x0d\x03")], ["a"] + [None] * 4),
        (OBJECT, [reference(5), array(5, 2, reference(6) * 2, STRING), b"\x06" + number(6) + text("a")], ["a", "a"]),
        (OBJECT, [b"\x0c" + number(9) + text("Library") + b"\x06" + number(2) + text("a")], "a"),
        (
            b"\x04" + samples.of_type("E"),
            [enumeration(-3, "E", 7)],
            NrbfObject(f"{samples.NAMESPACE}.E", {"value__": 7}),
        ),
        (
            OBJECT,
            [
                reference(5),
                array(5, 2, reference(6) + reference(7)),
                class_record(6, [("N", INT32)], number(1), "B"),
                b"\x01" + number(7) + number(6) + number(2),
            ],
            [NrbfObject("B", {"N": 1}), NrbfObject("B", {"N": 2})],
        ),
    ],
    ids=lambda _value: "",
)
def test_each_record_reads_as_a_plain_value(kind: bytes, records: list[bytes], expected: Any) -> None:
    found = value(kind, *records)
    assert found == expected
    assert type(found) is type(expected)


def plain(found: Any) -> Any:
    """As the oracle shows it: enumerations as numbers, lists by what they hold, objects as dictionaries."""
    if isinstance(found, list):
        return [plain(item) for item in found]
    if not isinstance(found, NrbfObject):
        return found
    members = {name: plain(member) for name, member in found.members.items()}
    if members.keys() == {"value__"}:
        return members["value__"]
    if "_items" in members:
        return members["_items"][: members["_size"]]
    return {**members, "__class__": found.class_name}


def as_oracle(data: bytes) -> Any:
    found = nrbf.loads(data)
    return {name: bytes(item) if name == "CertData" else item for name, item in found.items()}


@pytest.mark.parametrize("sites", [[], ["IIS://ex1/W3SVC/1"], ["IIS://ex1/W3SVC/1", "IIS://ex1/W3SVC/2"]])
def test_the_package_nrbf_reads_our_samples_alike(sites: list[str]) -> None:
    data = samples.payload(b"certificate data", "ex1\\ABC", services=27, sites=sites, status=7, root_ca_type=3)
    assert plain(read_nrbf(data)) == as_oracle(data)
    assert len(as_oracle(data)["IISServices"]) == len(sites)


@pytest.mark.must_run
def test_the_package_nrbf_reads_recorded_certificates_alike() -> None:
    if not CAPTURES.is_dir():
        pytest.skip("the recorded objects of a real server are not beside this checkout")
    records = read_file((CAPTURES / "GetExchangeCertificate.xml").read_text(encoding="utf-8-sig"))
    assert len(records) == 3
    for record in records:
        data = record["SerializationData"]
        assert plain(read_nrbf(data)) == as_oracle(data)
        assert kinds_of(data) == kinds_of(samples_like(data))


def samples_like(data: bytes) -> bytes:
    """A sample of our own with the values of a recording."""
    found = as_oracle(data)
    sites = [service["serviceName"] for service in found["IISServices"]]
    return samples.payload(found["CertData"], found["Identity"], services=found["Services"], sites=sites)


def kinds_of(data: bytes) -> list[str]:
    """The types of everything that a stream holds, in order."""
    return [type(item).__name__ for item in _walk(read_nrbf(data))]


def _walk(found: Any) -> list[Any]:
    inside = found.members.values() if isinstance(found, NrbfObject) else found if isinstance(found, list) else ()
    return [found, *(inner for item in inside for inner in _walk(item))]


# What is refused


NESTED = b"".join(class_record(key, [("X", OBJECT)]) for key in range(1, MAX_DEPTH + 2)) + NULL
CHAIN = [class_record(key, [("X", OBJECT)], reference(key + 1)) for key in range(1, MAX_DEPTH + 2)]
TWICE = class_record(1, [("X", INT32), ("X", INT32)], number(1) * 2)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is truncated"),
        (b"\x01" + HEADER[1:] + END, "does not begin as"),
        (b"\x00" + number(1) + number(-1) + number(2) + number(0) + END, "of version 2"),
        (HEADER, "is truncated"),
        (stream(), "refers to an object that it does not hold"),
        (stream(b"\x06" + number(1) + text("a")), "no object as its root"),
        (one(INT32, number(1)) + b"\x00", "goes on for 1 bytes after its end"),
        (one(INT32, number(1))[:-3], "is truncated"),
        (one(OBJECT, b"\x03"), "record of kind 3"),
        (one(OBJECT, b"\x0e" + number(10**7)), "record of kind 14"),
        (one(b"\x09", b""), "member of kind 9"),
        (one(b"\x00\x05", b""), "value of type 5"),
        (one(STRING, b"\x06" + number(2) + b"\x01\xff"), "not UTF-8"),
        (one(STRING, b"\x06" + number(2) + b"\xff" * 5), "impossible length"),
        (one(STRING, b"\x06" + number(2) + b"\xff\xff\xff\xff\x07"), "is truncated"),
        (one(OBJECT, reference(9)), "does not hold"),
        (one(OBJECT, b"\x01" + number(2) + number(9)), "does not describe"),
        (one(OBJECT, b"\x0d\x01"), "outside an array"),
        (one(OBJECT, array(2, 10**7, b"\x0d\xff")), "claims 10000000 elements"),
        (one(OBJECT, array(2, -1, b"")), "claims -1 elements"),
        (one(OBJECT, array(2, 2, b"\x0d\x03")), "does not fit its array"),
        (one(OBJECT, array(2, 2, b"\x0d\x00\x0d\x02")), "does not fit its array"),
        (one(OBJECT, array(2, 0, b"", rank=2)), "more than one dimension"),
        (one(OBJECT, array(2, 0, b"", shape=1)), "more than one dimension"),
        (one(OBJECT, array(2, 1, number(1), kind=INT32)), "where one of objects belongs"),
        (one(OBJECT, b"\x0f" + number(2) + number(2**31 - 1) + b"\x02"), "claims 2147483647 elements"),
        (one(OBJECT, b"\x0f" + number(2) + number(0) + b"\x08"), "no bytes"),
        (one(OBJECT, b"\x04" + number(2) + text("A") + number(10**6)), "claims 1000000 elements"),
        (stream(TWICE), "two members of one name"),
        (one(OBJECT, class_record(1, [])), "two objects of number 1"),
        (stream(NESTED), f"deeper than {MAX_DEPTH} levels"),
        (stream(*CHAIN, class_record(MAX_DEPTH + 2, [])), f"deeper than {MAX_DEPTH} levels"),
        (one(OBJECT, reference(1)), "without end"),
        (one(OBJECT, reference(2), array(2, 2, reference(1) * 2)), "without end"),
        (bytes(MAX_BYTES + 1), f"more than the {MAX_BYTES}"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_streams_that_hurt_are_refused(data: bytes, says: str) -> None:
    with pytest.raises(PayloadRefused) as refusal:
        read_nrbf(data)
    assert says in refusal.value.sentence
    assert refusal.value.cure == "Nothing of it was used."


def test_bounds_are_kept_to_the_level() -> None:
    chain = [class_record(key, [("X", OBJECT)], reference(key + 1)) for key in range(1, MAX_DEPTH)]
    assert read_nrbf(stream(*chain, class_record(MAX_DEPTH, []))).class_name == "A"
    nested = b"".join(class_record(key, [("X", OBJECT)]) for key in range(1, MAX_DEPTH))
    assert read_nrbf(stream(nested + NULL)).class_name == "A"


@pytest.mark.parametrize("length", range(len(one(OBJECT, array(2, 3, b"\x0d\x02" + b"\x06" + number(3) + text("a"))))))
def test_every_truncation_is_refused(length: int) -> None:
    data = one(OBJECT, array(2, 3, b"\x0d\x02" + b"\x06" + number(3) + text("a")))
    with pytest.raises(PayloadRefused):
        read_nrbf(data[:length])


def filled(head: bytes, repeated: Callable[[int], bytes]) -> bytes:
    """As many records as the largest payload takes."""
    pieces, length = [HEADER, head], len(HEADER) + len(head) + 1
    for at in range(MAX_BYTES):
        piece = repeated(at + 2)
        if (length := length + len(piece)) > MAX_BYTES:
            break
        pieces.append(piece)
    return b"".join((*pieces, END))


ROOT = class_record(1, [])
LONG_RUN = array(0, 25_500, b"\x0d\xff" * 100)
EXPLOSIONS = {
    "claimed nulls": one(OBJECT, array(2, 10**7, b"\x0e" + number(10**7))),
    "arrays of nulls": filled(ROOT, lambda key: b"\x07" + number(key) + LONG_RUN[5:]),
    "one array of nulls": stream(ROOT, array(2, 60_000, NULL * 60_000)),
    "empty objects": filled(ROOT, lambda key: b"\x01" + number(key) + number(1)),
    "objects of one byte": filled(
        class_record(1, [("X", b"\x00\x02")], b"\x00"), lambda key: b"\x01" + number(key) + number(1) + b"\x07"
    ),
    "empty texts": filled(ROOT, lambda key: b"\x06" + number(key) + b"\x00"),
    "empty arrays": filled(ROOT, lambda key: array(key, 0, b"")),
    "empty byte arrays": filled(ROOT, lambda key: b"\x0f" + number(key) + number(0) + b"\x02"),
    "classes": filled(ROOT, lambda key: class_record(key, [], name="")),
    "members": stream(class_record(1, [(f"{at:x}", b"\x00\x02") for at in range(8500)], bytes(8500))),
    "shared": stream(
        class_record(1, [("X", OBJECT)], reference(2)),
        *(array(key, 100, reference(key + 1) * 100) for key in range(2, 30)),
        array(30, 0, b""),
    ),
    "libraries": filled(ROOT, lambda key: b"\x0c" + number(key) + b"\x00"),
}


@pytest.mark.parametrize("data", EXPLOSIONS.values(), ids=EXPLOSIONS.keys())
def test_memory_is_bounded_by_the_size_and_not_by_what_is_claimed(data: bytes) -> None:
    assert len(data) <= MAX_BYTES
    assert peak(lambda: read_nrbf(data)) < LIMIT


def test_a_shared_object_stays_one_object() -> None:
    found = read_nrbf(EXPLOSIONS["shared"]).members["X"]
    assert len(found) == 100
    assert all(item is found[0] for item in found)


def test_an_object_that_is_referred_to_often_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    data = one(OBJECT, reference(2), array(2, 300, reference(3) * 300), array(3, 1500, NULL * 1500))
    joined, calls = reader._Stream._joined, 0

    def counted(self: Any, value: Any) -> Any:
        nonlocal calls
        calls += 1
        return joined(self, value)

    monkeypatch.setattr(reader._Stream, "_joined", counted)
    read_nrbf(data)
    assert calls < len(data)


# Signed envelopes


PLAIN = one(INT32, number(4))


def test_an_envelope_reads_as_what_is_in_it() -> None:
    assert read_serialization_data(samples.signed(PLAIN)) == read_serialization_data(PLAIN) == read_nrbf(PLAIN)
    assert len(samples.signed(PLAIN)) == len(PLAIN) + ENVELOPE_BYTES == len(PLAIN) + 41


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (samples.signed(PLAIN)[:-1], "signed envelope"),
        (samples.signed(PLAIN) + b"\x00", "signed envelope"),
        (b"#sig#", "signed envelope"),
        (b"#sig#" + b"\xff" * 4 + PLAIN, "claims 4294967295 bytes"),
        (samples.signed(samples.signed(PLAIN)), "does not begin as"),
        (samples.signed(bytes(MAX_BYTES + 1)), f"more than the {MAX_BYTES}"),
        (b"", "is truncated"),
        ("text", "no binary data"),
        (["a"], "no binary data"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_envelope_whose_lengths_do_not_add_up_is_refused(data: Any, says: str) -> None:
    with pytest.raises(PayloadRefused) as refusal:
        read_serialization_data(data)
    assert says in refusal.value.sentence


# Anything at all


def survives(data: bytes) -> None:
    try:
        assert isinstance(read_serialization_data(data), NrbfObject)
    except PayloadRefused as exc:
        assert exc.sentence and len(exc.sentence) < 200


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    survives(data)
    survives(HEADER + data)


SAMPLE = samples.payload(b"some data", "ex1\\AB", services=9, sites=["IIS://ex1/W3SVC/1", "IIS://ex1/W3SVC/2"])


@given(st.lists(st.tuples(st.integers(0, len(SAMPLE) - 1), st.binary(max_size=6)), min_size=1, max_size=5))
def test_any_damage_to_a_sample_is_read_or_refused_within_bounds(damage: list[tuple[int, bytes]]) -> None:
    data = SAMPLE
    for at, piece in damage:
        data = data[:at] + piece + data[at + len(piece) :]
    assert peak(lambda: survives(data)) < LIMIT


@given(st.integers(0, len(SAMPLE)), st.integers(0, 40), st.binary(max_size=40))
def test_any_cut_or_insertion_is_read_or_refused(at: int, removed: int, inserted: bytes) -> None:
    survives(SAMPLE[:at] + inserted + SAMPLE[at + removed :])
