# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab in a thread, for tests: `with Background(world) as lab: lab.inventory_vars("ex1.contoso.test")`."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Coroutine, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from .faults import Fault, FaultSchedule
from .lab import ADMINISTRATOR, Lab, Options
from .log import LabLog
from .wire.switches import WireSwitches
from .world.world import World

T = TypeVar("T")
CALL_SECONDS = 60.0


class Background:
    """A lab that runs while the `with` block does.

    switches: of the wire (wire/switches.py); accounts: account names beside administrator;
    folder: where its files go, else a temporary one.
    Attributes: world, log (LabLog), faults (FaultSchedule), lab (Lab), folder.
    Raises CannotStart on entering.
    """

    def __init__(
        self,
        world: World,
        *,
        auth: str = "basic",
        faults: Iterable[Fault] = (),
        switches: Mapping[str, object] | None = None,
        shell_start: float = 0.0,
        accounts: Iterable[str] = (),
        folder: Path | None = None,
    ) -> None:
        options = Options(auth, None, shell_start, WireSwitches.from_texts(switches or {}), tuple(accounts))
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="exchange-lab-")
        self.folder = folder or Path(self._temporary.name if self._temporary else "")
        self.world = world
        self.faults = FaultSchedule(faults)
        self.lab = Lab(world, self.folder, options, self.faults)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="exchange-lab", daemon=True)

    @property
    def log(self) -> LabLog:
        """The requests and cmdlets so far."""
        return self.lab.log

    def inventory_vars(self, server: str, user: str = ADMINISTRATOR) -> dict[str, Any]:
        """The variables of one server (name or FQDN) for one account. Raises KeyError."""
        return self.lab.variables(server, user)

    def shells(self, server: str) -> int:
        """How many shells are open on a server (FQDN), of all users."""
        return len(self.lab.wire.hosts[server].shells)

    def open_listener(self, server: str, listener: str) -> None:
        """Opens a closed port again: winrm, winrms, http or https of a server (FQDN)."""
        self.call(self.lab.wire.open_listener(server, listener))

    def close_listener(self, server: str, listener: str, *, cut: bool = False) -> None:
        """Closes a port, so that connections are refused; cut: also the connections that exist."""
        self.call(self.lab.wire.close_listener(server, listener, cut=cut))

    def follow(self, server: str) -> None:
        """Lets the ports of a server (FQDN) follow a change that a test made in the world."""

        async def follow() -> None:
            self.lab.follow(server)

        self.call(follow())

    def client_ca(self) -> Path:
        """The roots that clients trust now, written anew: certificates may have come since the lab's start."""
        return self.lab.write_client_ca()

    def call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine in the lab's thread and waits for its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(CALL_SECONDS)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self.call(self.lab.start())
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.call(self.lab.stop())
        finally:
            self._end()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()
        if self._temporary:
            self._temporary.cleanup()
