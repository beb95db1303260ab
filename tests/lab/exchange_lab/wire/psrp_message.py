# SPDX-License-Identifier: GPL-3.0-or-later
"""PSRP output that no serializer would make: hostile or oversized replies for clients under test (lab-wire 6)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from psrpcore import ServerPipeline
from psrpcore._payload import create_fragment, create_message
from psrpcore.types import PSRPMessageType

_FRAGMENT_BYTES = 360_000  # the most that fits the 512 kB envelope of current clients, else 50 MB take minutes
_object_ids = itertools.count(1 << 40)  # far from psrpcore's own counter

INVALID_CLIXML = b'<Obj RefId="0"><TN RefId="0"><T>System.Object</T></TN><MS><S N="Identity">EX1'


def raw_output(pipeline: ServerPipeline, clixml: bytes) -> Iterator[bytes]:
    """The fragments of one PIPELINE_OUTPUT message whose data is clixml as it stands."""
    message = bytes(
        create_message(
            False, PSRPMessageType.PipelineOutput, clixml, pipeline.runspace_pool.runspace_pool_id, pipeline.pipeline_id
        )
    )
    object_id = next(_object_ids)
    for number, start in enumerate(range(0, len(message), _FRAGMENT_BYTES)):
        end = start + _FRAGMENT_BYTES
        yield create_fragment(object_id, number, message[start:end], end >= len(message))


def long_text(megabytes: int) -> bytes:
    """One string of so many MB (10^6 bytes)."""
    return b"<S>" + b"x" * (megabytes * 1_000_000) + b"</S>"


def nested_objects(levels: int) -> bytes:
    """One object within another, so many times."""
    types = '<TN RefId="0"><T>System.Object</T></TN>'
    opening = (f'<Obj N="Inner" RefId="{n}"><TNRef RefId="0"/><MS>' for n in range(1, levels))
    first = f'<Obj RefId="0">{types}<MS>'
    return (first + "".join(opening) + '<I32 N="Inner">1</I32>' + "</MS></Obj>" * levels).encode()
