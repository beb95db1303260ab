# SPDX-License-Identifier: GPL-3.0-or-later
"""Listening sockets of every server that open and close while the lab runs."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any

HANDSHAKE_SECONDS = 10.0
BACKLOG = 256
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close() sends a reset

Serve = Callable[[str, int, socket.socket], Coroutine[Any, Any, None]]


class Sockets:
    """One reader in the loop for each socket, and a task for each connection.

    addresses: the loopback address of each server (FQDN). ports: the lab's port for each real one. serve: is given the
    server, the real port and the connection. All of it in the lab's loop only.
    """

    def __init__(self, addresses: Mapping[str, str], ports: Mapping[int, int], serve: Serve) -> None:
        self._addresses, self._ports, self._serve = addresses, ports, serve
        self._listening: dict[tuple[str, int], socket.socket] = {}
        self._connections: set[asyncio.Task[None]] = set()

    def follow(self, fqdn: str, wanted: Callable[[int], bool]) -> None:
        """Opens and closes the ports of a server. Raises OSError when a port is taken."""
        for port in self._ports:
            if wanted(port) and (fqdn, port) not in self._listening:
                self._open(fqdn, port)
            elif not wanted(port) and (fqdn, port) in self._listening:
                self._close(fqdn, port)

    def close(self) -> None:
        """Closes everything."""
        for fqdn, port in list(self._listening):
            self._close(fqdn, port)
        for task in list(self._connections):
            task.cancel()

    def _open(self, fqdn: str, port: int) -> None:
        listening = socket.create_server((self._addresses[fqdn], self._ports[port]), backlog=BACKLOG)
        listening.setblocking(False)
        self._listening[fqdn, port] = listening
        asyncio.get_running_loop().add_reader(listening, self._accept, fqdn, port, listening)

    def _close(self, fqdn: str, port: int) -> None:
        listening = self._listening.pop((fqdn, port))
        asyncio.get_running_loop().remove_reader(listening)
        listening.close()

    def _accept(self, fqdn: str, port: int, listening: socket.socket) -> None:
        try:
            connection, _peer = listening.accept()
        except (BlockingIOError, ConnectionAbortedError):  # its client went away
            return
        connection.setblocking(False)
        task = asyncio.get_running_loop().create_task(self._serve(fqdn, port, connection))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)


async def cut(connection: socket.socket) -> None:
    """Resets a connection when its client begins to speak: before that it would look like a closed port."""
    with suppress(OSError):
        await asyncio.wait_for(asyncio.get_running_loop().sock_recv(connection, 1), HANDSHAKE_SECONDS)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    connection.close()
