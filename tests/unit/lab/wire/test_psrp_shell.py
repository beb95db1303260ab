# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets a pipeline's data when Receives overlap (lab-wire 5), without a network."""

from __future__ import annotations

import asyncio
import base64
import xml.etree.ElementTree as ET

import pytest
from psrpcore import ClientPowerShell, ClientRunspacePool

from exchange_lab.wire.psrp_shell import PsrpShell
from exchange_lab.wire.soap import NS, Request, WSManFault
from exchange_lab.wire.wsman_faults import TIMED_OUT

NAMES = f'xmlns:rsp="{NS["rsp"]}" xmlns:ps="{NS["ps"]}"'


class Patient:
    """Emits one text when it is told to."""

    def __init__(self) -> None:
        self.go = asyncio.Event()

    async def run(self, pipeline) -> None:
        await self.go.wait()
        pipeline.emit("output", "the data")


def request(body: str, message_id: str = "", **more) -> Request:
    return Request(ET.fromstring(f"<body {NAMES}>{body}</body>"), message_id=message_id, **more)


class Session:
    """A shell with one pipeline that waits."""

    async def open(self) -> None:
        self.runner = Patient()
        self.shell = PsrpShell("administrator", self.runner, 1)
        client = ClientRunspacePool()
        client.open()
        creation = base64.b64encode(client.data_to_send().data).decode()
        await self.shell.open(request(f"<rsp:Shell><ps:creationXml>{creation}</ps:creationXml></rsp:Shell>"))
        pipeline = ClientPowerShell(client)
        pipeline.add_command("Get-X")
        pipeline.start()
        self.command_id = str(pipeline.pipeline_id).upper()
        arguments = base64.b64encode(client.data_to_send().data).decode()
        content = f"<rsp:Arguments>{arguments}</rsp:Arguments>"
        await self.shell.command(request(f'<rsp:CommandLine CommandId="{self.command_id}">{content}</rsp:CommandLine>'))

    async def receive(self, message_id: str, **more) -> str:
        stream = (
            f'<rsp:Receive><rsp:DesiredStream CommandId="{self.command_id}">stdout</rsp:DesiredStream></rsp:Receive>'
        )
        return await self.shell.receive(request(stream, message_id, **more))


def told(reply: str) -> bytes:
    body = ET.fromstring(f"<body {NAMES}>{reply}</body>")
    return b"".join(base64.b64decode(stream.text or "") for stream in body.iter(f"{{{NS['rsp']}}}Stream"))


def test_the_newest_receive_owns_the_stream():
    async def story() -> None:
        session = Session()
        await session.open()
        older = asyncio.create_task(session.receive("1", timeout=5))
        await asyncio.sleep(0)
        newer = asyncio.create_task(session.receive("2", timeout=5))
        await asyncio.sleep(0)
        session.runner.go.set()
        with pytest.raises(WSManFault) as nothing:
            await older
        assert nothing.value.code == TIMED_OUT
        assert b"the data" in told(await newer)

    asyncio.run(story())


def test_a_receive_whose_client_has_gone_takes_nothing():
    async def story() -> None:
        session = Session()
        await session.open()
        session.runner.go.set()
        with pytest.raises(WSManFault):
            await session.receive("1", client_gone=lambda: True)
        assert b"the data" in told(await session.receive("2"))

    asyncio.run(story())


def test_a_receive_ends_with_its_timeout():
    async def story() -> None:
        session = Session()
        await session.open()
        with pytest.raises(WSManFault) as nothing:
            await session.receive("1", timeout=0.01)
        assert nothing.value.code == TIMED_OUT
        await session.shell.close()

    asyncio.run(story())
