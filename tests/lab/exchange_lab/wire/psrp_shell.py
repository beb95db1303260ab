# SPDX-License-Identifier: GPL-3.0-or-later
"""PSRP over WS-Management with psrpcore's server state machine. What a pipeline does is its runner's business."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
import time
import uuid
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from psrpcore import (
    CreatePipelineEvent,
    EndOfPipelineInputEvent,
    GetAvailableRunspacesEvent,
    PipelineHostResponseEvent,
    PipelineInputEvent,
    PSRPEvent,
    PSRPPayload,
    ServerPipeline,
    ServerRunspacePool,
    SetMaxRunspacesEvent,
    StreamType,
)
from psrpcore.types import (
    ChoiceDescription,
    ErrorCategory,
    ErrorCategoryInfo,
    ErrorRecord,
    HostMethodIdentifier,
    NETException,
    PSInvocationState,
    PSRPMessageType,
    PSVersion,
)

from ..cmdlets.call import Question
from ..cmdlets.errors import Stopped
from .psrp_message import raw_output
from .soap import NS, Request
from .wsman_faults import command_not_found, invalid_request, timed_out

MAX_RUNSPACES = 1  # what a pool gets here, whatever its client asks for
FRAGMENT_BYTES = 32768  # what a real server cuts its output to (lab-wire 6)
_COMMAND_NAME = re.compile(rb'<S N="Cmd">([^<]*)</S>')
COALESCE_SECONDS = 0.002  # first output is seldom alone


class Runner(Protocol):
    """What runs the pipelines of one shell."""

    async def run(self, pipeline: Pipeline) -> None:
        """Raises Stopped when the pipeline ends in a terminating error."""


def error_record(message: str, error_id: str, category: ErrorCategory = ErrorCategory.NotSpecified) -> ErrorRecord:
    """An ErrorRecord of the wire's own."""
    return ErrorRecord(
        Exception=NETException(Message=message, HResult=-2146233087),
        CategoryInfo=ErrorCategoryInfo(Category=category),
        FullyQualifiedErrorId=error_id,
    )


@dataclass
class _Outbox:
    """What waits for Receives on one stream: a pipeline's, or the pool's own."""

    queue: deque[bytes] = field(default_factory=deque)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    turn: int = 0  # the latest Receive owns the stream: an older one, whose client has gone, must not eat its data
    last_reply: tuple[str, str] = ("", "")  # a client may repeat a Receive whose answer it lost (lab-wire 5)
    task: asyncio.Task[None] | None = None

    def put(self, data: bytes) -> None:
        self.queue.append(data)
        self.wake.set()

    def finish(self) -> None:
        self.finished.set()
        self.wake.set()


class Pipeline:
    """One running pipeline, as its runner sees it."""

    def __init__(self, shell: PsrpShell, pipeline: ServerPipeline, given: list[Any]) -> None:
        self._shell, self._pipeline = shell, pipeline
        self.input = given
        self._write: dict[str, Callable[[Any], None]] = {
            "output": pipeline.write_output,
            "warning": pipeline.write_warning,
            "verbose": pipeline.write_verbose,
            "error": lambda record: pipeline.prepare_message(record, message_type=PSRPMessageType.ErrorRecord),
        }

    @property
    def commands(self) -> list[Any]:
        """psrpcore Commands."""
        metadata: Any = self._pipeline.metadata
        return list(metadata.commands)

    def emit(self, stream: str, value: Any) -> None:
        """Sends one value to output, error, warning or verbose."""
        self._write[stream](value)
        self._shell.flush()

    def emit_raw(self, clixml: bytes) -> None:
        """Sends output that no serializer made: faults that a client must withstand."""
        for data in raw_output(self._pipeline, clixml):
            self._shell.outbox(self._pipeline.pipeline_id).put(data)

    @property
    def has_host(self) -> bool:
        """Whether the client has a host that can be asked (lab-wire 4)."""
        metadata: Any = self._pipeline.metadata
        return not metadata.host.IsHostNull

    async def ask(self, question: Question) -> int:
        """The number of the choice that the client's host answers with. Raises Stopped when the host fails."""
        choices = [ChoiceDescription(Label=label, HelpMessage="") for label in question.choices]
        shown = [ChoiceDescription.ToPSObjectForRemoting(choice, for_host=True) for choice in choices]
        values = [question.caption, question.message, shown, question.default]
        number = self._pipeline.host_call(HostMethodIdentifier.PromptForChoice, values)
        answer = self._shell.answers[number] = asyncio.get_running_loop().create_future()
        self._shell.flush()
        return int(await answer)

    def tell_host(self, method: HostMethodIdentifier, *values: Any) -> None:
        """A host call that nobody answers."""
        self._pipeline.host_call(method, list(values))
        self._shell.flush()


@dataclass
class PsrpShell:
    """One runspace pool. Its id and its pipelines' ids are the client's (winrm-psrp-server 6.2).

    back_end: the FQDN of the server that a front end hands it to; empty on the Windows endpoint.
    """

    owner: str
    runner: Runner
    back_end: str = ""
    resource: str = ""
    id: str = ""
    touched: float = field(default_factory=time.monotonic)
    _outboxes: dict[str, _Outbox] = field(default_factory=lambda: defaultdict(_Outbox))
    _inputs: dict[uuid.UUID, list[Any]] = field(default_factory=lambda: defaultdict(list))
    _cmdlets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    answers: dict[int, asyncio.Future[Any]] = field(default_factory=dict)  # of the client's host, by number of the call

    async def open(self, request: Request) -> None:
        """Raises WSManFault when the request holds no opening of a pool."""
        shell = request.body.find("rsp:Shell", NS)
        creation = request.body.findtext("rsp:Shell/ps:creationXml", None, NS)
        if shell is None or creation is None:
            raise invalid_request("The Create request has no creationXml.")
        self.resource = request.resource
        self.id = shell.get("ShellId") or str(uuid.uuid4()).upper()
        self._gate = asyncio.Semaphore(MAX_RUNSPACES)
        self._pool = ServerRunspacePool(
            application_private_data={"PSVersionTable": {"PSVersion": PSVersion("5.1.20348.1")}}
        )
        self._feed(_decode(creation))

    @property
    def busy(self) -> bool:
        """Whether a pipeline runs: such a shell is not idle."""
        return any(box.task is not None and not box.task.done() for box in self._outboxes.values())

    def cmdlets(self, request: Request) -> tuple[str, ...]:
        """The cmdlets of the pipeline that a request concerns, for the fault schedule."""
        if request.operation == "Command":
            fragments = request.body.findall("rsp:CommandLine/rsp:Arguments", NS)
            found = _COMMAND_NAME.findall(b"".join(_decode(fragment.text or "") for fragment in fragments))
            return tuple(name.decode("utf-8", "replace") for name in found)
        return self._cmdlets.get(request.command_id.lower(), ())

    async def finished(self, command_id: str) -> None:
        """Waits until the pipeline has ended."""
        if (box := self._outboxes.get(command_id.lower())) is not None:
            await box.finished.wait()

    # What comes in ---------------------------------------------------------------------------------------------------

    def _feed(self, data: bytes, pipeline_id: uuid.UUID | None = None, stream: StreamType = StreamType.default) -> None:
        self._pool.receive_data(PSRPPayload(data, stream, pipeline_id))
        while (event := self._pool.next_event()) is not None:
            self._take(event)
        self.flush()

    def _take(self, event: PSRPEvent) -> None:
        if isinstance(event, CreatePipelineEvent):
            if event.pipeline.no_input:
                self._start(event.pipeline_id)
        elif isinstance(event, PipelineInputEvent):
            self._inputs[event.pipeline_id].append(event.data)
        elif isinstance(event, EndOfPipelineInputEvent):
            self._start(event.pipeline_id)
        elif isinstance(event, PipelineHostResponseEvent):
            answer = self.answers.pop(event.ci, None)
            if answer is None or answer.done():
                return
            if event.error is not None:
                answer.set_exception(Stopped(event.error))
            else:
                answer.set_result(event.result)
        elif isinstance(event, GetAvailableRunspacesEvent):
            self._pool.runspace_availability_response(event.ci, MAX_RUNSPACES)
        elif isinstance(event, SetMaxRunspacesEvent):
            self._pool.runspace_availability_response(event.ci, False)

    # What goes out ---------------------------------------------------------------------------------------------------

    def outbox(self, pipeline_id: uuid.UUID | None) -> _Outbox:
        return self._outboxes[str(pipeline_id or "").lower()]

    def flush(self) -> None:
        """Moves what psrpcore has prepared to where Receives find it."""
        while (payload := self._pool.data_to_send(FRAGMENT_BYTES)) is not None:
            self.outbox(payload.pipeline_id).put(payload.data)

    def break_pool(self, text: str) -> None:
        """Ends the pool in the state Broken, with text."""
        self._pool.set_broken(error_record(text, "RunspacePoolBroken", ErrorCategory.ResourceUnavailable))
        self.flush()

    def _start(self, pipeline_id: uuid.UUID) -> None:
        self.outbox(pipeline_id).task = asyncio.create_task(self._run(pipeline_id))

    async def _run(self, pipeline_id: uuid.UUID) -> None:
        pipe = self._pool.pipeline_table[pipeline_id]
        try:
            async with self._gate:
                pipe.start()
                await self.runner.run(Pipeline(self, pipe, self._inputs.pop(pipeline_id, [])))
                pipe.complete()
        except asyncio.CancelledError:
            if pipe.state == PSInvocationState.Running:
                pipe.stop()
        except Exception as error:  # a bug of the lab must not look like a slow cmdlet (lab-wire 5)
            record = (
                error.record
                if isinstance(error, Stopped)
                else error_record(f"lab: {type(error).__name__}: {error}", "LabBug")
            )
            pipe._change_state(
                PSInvocationState.Failed, error=record
            )  # psrpcore has no public way to fail with a record
        self.flush()
        self.outbox(pipeline_id).finish()

    # The WS-Management operations ------------------------------------------------------------------------------------

    async def command(self, request: Request) -> str:
        line = request.body.find("rsp:CommandLine", NS)
        if line is None:
            raise invalid_request("The Command request has no CommandLine.")
        command_id = line.get("CommandId") or str(uuid.uuid4()).upper()
        pipeline_id = uuid.UUID(command_id)
        self._forget_what_was_read()
        self._cmdlets[command_id.lower()] = self.cmdlets(request)
        ServerPipeline(self._pool, pipeline_id)
        for argument in line.findall("rsp:Arguments", NS):
            self._feed(_decode(argument.text or ""), pipeline_id)
        return f"<rsp:CommandResponse><rsp:CommandId>{command_id}</rsp:CommandId></rsp:CommandResponse>"

    def _forget_what_was_read(self) -> None:
        """Clients seldom signal the end of a pipeline, so finished ones go when they have been read (lab-wire 5)."""
        for key, box in list(self._outboxes.items()):
            if key and box.finished.is_set() and not box.queue:
                self._forget(key)

    def _forget(self, key: str) -> None:
        box = self._outboxes.pop(key)
        if box.task is not None:
            box.task.cancel()
        self._cmdlets.pop(key, None)
        self._pool.pipeline_table.pop(uuid.UUID(key), None)

    async def send(self, request: Request) -> str:
        for stream in request.body.findall("rsp:Send/rsp:Stream", NS):
            command_id = stream.get("CommandId")
            kind = StreamType.prompt_response if stream.get("Name") == "pr" else StreamType.default
            self._feed(_decode(stream.text or ""), uuid.UUID(command_id) if command_id else None, kind)
        return "<rsp:SendResponse/>"

    async def receive(self, request: Request) -> str:
        command_id = request.command_id
        key = command_id.lower()
        if key and key not in self._outboxes:
            raise command_not_found(command_id)
        box = self._outboxes[key]
        if box.last_reply[0] == request.message_id:
            return box.last_reply[1]
        box.turn += 1
        mine = box.turn
        if not box.queue and not box.finished.is_set():
            box.wake.clear()
            try:
                await asyncio.wait_for(box.wake.wait(), request.timeout)
            except TimeoutError:
                raise timed_out() from None
        if box.turn != mine or request.client_gone():  # nobody would read the answer: keep it for the next Receive
            raise timed_out()
        if key and not box.finished.is_set():
            await asyncio.sleep(COALESCE_SECONDS)
        reply = _receive_response(command_id, box, request.room)
        box.last_reply = (request.message_id, reply)
        return reply

    async def signal(self, request: Request) -> str:
        box = self._outboxes.get(request.command_id.lower())
        if box is not None and box.task is not None and not box.task.done():
            box.task.cancel()
        return "<rsp:SignalResponse/>"

    async def close(self) -> None:
        """Stops what runs; called once, when the shell is deleted or reaped."""
        for box in self._outboxes.values():
            if box.task is not None:
                box.task.cancel()
            box.finish()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=False)
    except binascii.Error as error:
        raise invalid_request(f"A fragment is not base64: {error}.") from None


def _receive_response(command_id: str, box: _Outbox, room: int) -> str:
    at = f' CommandId="{command_id}"' if command_id else ""
    body: list[str] = []
    while box.queue and (not body or len(box.queue[0]) * 4 // 3 + 100 <= room):
        item = base64.b64encode(box.queue.popleft()).decode()
        room -= len(item) + 100
        body.append(f'<rsp:Stream Name="stdout"{at}>{item}</rsp:Stream>')
    if command_id:
        state = "Done" if box.finished.is_set() and not box.queue else "Running"
        body.append(f'<rsp:CommandState{at} State="{NS["rsp"]}/CommandState/{state}"/>')
    return f"<rsp:ReceiveResponse>{''.join(body)}</rsp:ReceiveResponse>"
