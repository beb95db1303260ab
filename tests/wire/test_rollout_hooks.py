# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hooks of certificate_rollout do to a real HAProxy (health-laws L13), and say to an F5."""

from __future__ import annotations

import base64
import itertools
import json
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from client_load import Load
from collection_tree import CHECKOUT
from haproxy import Check, Haproxy
from health_servers import Authority, HealthServer
from lab_process import wait_until
from places import Place
from playbook import Run

MAIL = "mail.contoso.test"
SCRIPT = CHECKOUT / "roles" / "certificate_rollout" / "files" / "haproxy_member.py"
BACKEND = "exchange"
LONGEST_WAIT = 20.0  # seconds


# HAProxy --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[dict[str, HealthServer]]:
    authority = Authority(tmp_path)
    certificate = authority.issue([MAIL])
    with ExitStack() as stack:
        found = {
            name: stack.enter_context(HealthServer(f"{name}.contoso.test", certificate, address=f"127.0.0.{at}"))
            for at, name in enumerate(("ex1", "ex2"), start=2)
        }
        yield found


@pytest.fixture
def haproxy(servers: dict[str, HealthServer], tmp_path: Path) -> Iterator[Haproxy]:
    places = [Place(name, server.address, server.port) for name, server in servers.items()]
    (ca,) = tmp_path.glob("CA*.pem")
    with Haproxy(places, Check(MAIL, ca)) as running:
        yield running


def ask(
    haproxy: Haproxy, action: str, server: str, seconds: float = 20, backend: str = BACKEND
) -> dict[str, Any] | str:
    """What the script prints, or the sentence of its refusal."""
    words = [sys.executable, str(SCRIPT), action, str(haproxy.socket), server, str(seconds), backend]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr


@pytest.mark.haproxy
def test_a_server_is_drained_and_let_back(haproxy: Haproxy) -> None:
    assert ask(haproxy, "drain", "ex1") == {"changed": True, "connections": 0}
    assert haproxy.status("ex1").startswith("DRAIN")  # 2/3 when the machine is busy
    assert ask(haproxy, "drain", "ex1") == {"changed": False, "connections": 0}
    assert ask(haproxy, "undrain", "ex1") == {"changed": True, "connections": 0}
    assert haproxy.status("ex1").startswith("UP")
    assert ask(haproxy, "undrain", "ex1") == {"changed": False, "connections": 0}


@pytest.mark.haproxy
def test_the_last_server_is_never_drained(haproxy: Haproxy, servers: dict[str, HealthServer], tmp_path: Path) -> None:
    ask(haproxy, "drain", "ex1")
    (ca,) = tmp_path.glob("CA*.pem")
    with Load([haproxy.place], MAIL, ca) as load:
        assert "No other server is up beside exchange/ex2" in str(ask(haproxy, "drain", "ex2"))
        load.wait_for_answers()
    assert load.failures == [] and haproxy.status("ex2").startswith("UP")
    ask(haproxy, "undrain", "ex1")
    assert ask(haproxy, "drain", "ex2") == {"changed": True, "connections": 0}


class Runtime(socketserver.ThreadingUnixStreamServer):
    """A runtime API of two servers, that asks nobody to wait but the first to look at them: they look together."""

    daemon_threads = True

    def __init__(self, path: Path) -> None:
        self.drained = {"ex1": False, "ex2": False}
        self.together = threading.Barrier(2)
        self.looked = itertools.count()
        super().__init__(str(path), RuntimeAnswer)

    def answer(self, command: str) -> str:
        if command.startswith("show servers state"):
            rows = [f"1 {BACKEND} 1 {name} {8 * drained}" for name, drained in self.drained.items()]
            return "\n".join(["1", "# be_id be_name srv_id srv_name srv_admin_state", *rows])
        if command == "show stat":
            rows = [f"{BACKEND},{name},0,{'DRAIN' if drained else 'UP'}" for name, drained in self.drained.items()]
            answer = "\n".join(["# pxname,svname,scur,status", *rows])
            if next(self.looked) < 2 * LOOKS:
                self.together.wait(LONGEST_WAIT)
            return answer
        _set, _server, name, _state, state = command.split()
        self.drained[name.partition("/")[2]] = state == "drain"
        return ""


@pytest.mark.parametrize("where", ["lb1.contoso.test", ":9999", "[::1]", "127.0.0.1:admin"])
def test_a_socket_without_its_port_is_refused_in_a_sentence(where: str) -> None:
    words = [sys.executable, str(SCRIPT), "drain", where, "ex1", "1", BACKEND]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (1, f"{where} is neither a path nor ADDRESS:PORT. Check the socket.\n")


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="needs IPv6")
def test_an_ipv6_address_stands_in_brackets() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        words = [sys.executable, str(SCRIPT), "drain", f"[::1]:{listener.getsockname()[1]}", "ex1", "1", BACKEND]
        with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as run:
            connection, _address = listener.accept()
            with connection:
                assert connection.makefile().readline() == f"show servers state {BACKEND}\n"
            assert run.stderr is not None and "knows no server exchange/ex1" in run.stderr.read()


LOOKS = 2
"""So often the script looks at the servers before it drains one."""


class RuntimeAnswer(socketserver.StreamRequestHandler):
    server: Runtime

    def handle(self) -> None:
        self.wfile.write(self.server.answer(self.rfile.readline().decode().strip()).encode())


def test_of_two_servers_that_are_drained_at_the_same_time_one_stays_up(tmp_path: Path) -> None:
    with Runtime(tmp_path / "s") as runtime:
        threading.Thread(target=runtime.serve_forever, args=(0.05,), daemon=True).start()
        words = [sys.executable, str(SCRIPT), "drain", str(tmp_path / "s")]
        runs = [
            subprocess.Popen([*words, name, "5", BACKEND], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for name in runtime.drained
        ]
        said = [run.communicate(timeout=60) for run in runs]
        assert not all(runtime.drained.values()), said
        assert any("No other server is up beside" in errors for _output, errors in said)
        assert [run.returncode == 0 for run in runs] == list(runtime.drained.values())
        runtime.shutdown()


@pytest.mark.haproxy
def test_connections_get_the_time_that_was_given_to_end(haproxy: Haproxy) -> None:
    with socket.create_connection((haproxy.place.address, haproxy.place.port)):
        assert wait_until(lambda: any(map(haproxy.connections, ("ex1", "ex2"))), LONGEST_WAIT)
        busy = next(name for name in ("ex1", "ex2") if haproxy.connections(name))
        assert ask(haproxy, "drain", busy, seconds=0.5) == {"changed": True, "connections": 1}
    assert ask(haproxy, "drain", busy) == {"changed": False, "connections": 0}


@pytest.mark.haproxy
def test_a_server_in_maintenance_is_somebody_elses(haproxy: Haproxy) -> None:
    haproxy.maintain("ex1")
    assert ask(haproxy, "drain", "ex1") == {"changed": False, "connections": 0}
    assert ask(haproxy, "undrain", "ex1") == {"changed": False, "connections": 0}
    assert haproxy.status("ex1") == "MAINT"


@pytest.mark.haproxy
def test_a_server_that_its_checks_refuse_is_not_called_back(haproxy: Haproxy, servers: dict[str, HealthServer]) -> None:
    ask(haproxy, "drain", "ex1")
    servers["ex1"].answer = lambda head: b""
    haproxy.wait_for("DOWN", "ex1")
    assert "does not call exchange/ex1 up" in str(ask(haproxy, "undrain", "ex1", seconds=1.5))
    servers["ex1"].healthy()
    assert not isinstance(ask(haproxy, "undrain", "ex1"), str)


@pytest.mark.haproxy
def test_what_haproxy_does_not_know(haproxy: Haproxy, tmp_path: Path) -> None:
    assert "knows no server exchange/ex9" in str(ask(haproxy, "drain", "ex9"))
    assert "knows no server nowhere/ex1" in str(ask(haproxy, "drain", "ex1", backend="nowhere"))
    words = [sys.executable, str(SCRIPT), "drain", str(tmp_path / "absent.sock"), "ex1", "1", BACKEND]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1 and "does not answer" in done.stderr and "Traceback" not in done.stderr


# F5 -------------------------------------------------------------------------------------------------------------------

PASSWORD = "hunter2-of-the-f5"
POOL = "/mgmt/tm/ltm/pool/~Common~mail"
EX1, EX2 = (f"{POOL}/members/~Common~{name}.contoso.test:443" for name in ("ex1", "ex2"))
FREE, DISABLED = "monitor-enabled", "user-disabled"


class Device:
    """iControl REST of one pool, as far as the hook goes: sessions, connections that end, a monitor.

    ``after_change`` is called with each change of a member, as if somebody else changed another one meanwhile.
    """

    def __init__(self) -> None:
        self.sessions, self.states = {EX1: FREE, EX2: FREE}, {EX1: "up", EX2: "up"}
        self.connections = 2
        self.requests: list[tuple[str, str, str]] = []
        self.after_change: Callable[[], None] = lambda: None

    @property
    def changes(self) -> list[tuple[str, str]]:
        """Member and session of each change."""
        return [(path, json.loads(body)["session"]) for method, path, body in self.requests if method == "PATCH"]

    def answer(self, method: str, path: str, body: str) -> dict[str, Any] | None:
        self.requests.append((method, path, body))
        member = path.removesuffix("/stats")
        if path in self.sessions:
            if method == "PATCH":
                wanted = json.loads(body)["session"]
                self.sessions[path] = FREE if wanted == "user-enabled" else wanted
                self.after_change()
            return {"session": self.sessions[path], "state": self.states[path]}
        if member in self.sessions:
            self.connections = max(0, self.connections - 1)
            return {"entries": self.statistics(member)}
        if path == f"{POOL}/members/stats":
            return {"entries": {key: value for one in self.sessions for key, value in self.statistics(one).items()}}
        return None

    def statistics(self, member: str) -> dict[str, Any]:
        entries = {
            "serverside.curConns": {"value": self.connections},
            "status.availabilityState": {"description": "available" if self.states[member] == "up" else "offline"},
            "status.enabledState": {"description": "enabled" if self.sessions[member] == FREE else "disabled"},
        }
        return {f"https://localhost{member}/stats": {"nestedStats": {"entries": entries}}}


@pytest.fixture
def device() -> Iterator[Device]:
    one = Device()

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            login = base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
            found = one.answer(self.command, self.path, body) if login == f"admin:{PASSWORD}" else None
            data = json.dumps(found or {}).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PATCH = respond

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    one.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield one
    server.shutdown()
    server.server_close()


def hook(play: Callable[..., Run], device: Device, *actions: str, arguments: tuple[str, ...] = ()) -> Run:
    """The hook f5 for ex1, once for each action."""
    tasks = [
        {
            "name": f"Hook {number} {action}",
            "ansible.builtin.include_role": {"name": "mailops.exchange.certificate_rollout", "tasks_from": "hooks/f5"},
            "vars": {"certificate_rollout_action": action},
        }
        for number, action in enumerate(actions)
    ]
    variables = {
        "certificate_rollout_fqdn": "ex1.contoso.test",
        "certificate_rollout_f5_urls": [device.url],
        "certificate_rollout_f5_user": "admin",
        "certificate_rollout_f5_password": PASSWORD,
        "certificate_rollout_f5_pools": ["~Common~mail"],
        "certificate_rollout_drain_seconds": 5,
        "ansible_connection": "local",
    }
    return play({"ex1.contoso.test": variables}, *tasks, ignore_errors=False, arguments=list(arguments))


def test_f5_is_told_once_and_asked_until_the_connections_have_ended(play: Callable[..., Run], device: Device) -> None:
    done = hook(play, device, "drain", "drain", arguments=("-vvvvv",))
    assert done.code == 0, done.output[-3000:]
    assert device.sessions[EX1] == DISABLED and device.connections == 0
    assert device.changes == [(EX1, DISABLED)]
    assert PASSWORD not in done.output
    back = hook(play, device, "undrain", "undrain")
    assert back.code == 0, back.output
    assert device.sessions == {EX1: FREE, EX2: FREE}
    assert len(device.changes) == 2


@pytest.mark.parametrize("broken", ["disabled", "offline"])
def test_the_last_member_is_never_drained(play: Callable[..., Run], device: Device, broken: str) -> None:
    if broken == "disabled":
        device.sessions[EX2] = DISABLED
    else:
        device.states[EX2] = "down"
    refused = hook(play, device, "drain")
    assert refused.code != 0 and "No other member of ~Common~mail is available" in refused.output, refused.output
    assert device.changes == []
    device.sessions[EX2], device.states[EX2] = FREE, "up"
    done = hook(play, device, "drain")
    assert done.code == 0 and device.changes == [(EX1, DISABLED)], done.output


def test_a_member_is_let_back_where_the_others_were_drained_at_the_same_time(
    play: Callable[..., Run], device: Device
) -> None:
    device.after_change = lambda: device.sessions.update({EX2: DISABLED})
    refused = hook(play, device, "drain")
    assert refused.code != 0 and "No other member of ~Common~mail is available" in refused.output, refused.output
    assert device.sessions == {EX1: FREE, EX2: DISABLED}


def test_a_member_that_somebody_has_forced_offline_stays_so(play: Callable[..., Run], device: Device) -> None:
    device.sessions[EX1], device.states[EX1] = DISABLED, "user-down"
    done = hook(play, device, "drain", "undrain")
    assert done.code == 0 and device.changes == [], done.output


def test_a_member_that_f5_does_not_know_stops_the_rollout(play: Callable[..., Run], device: Device) -> None:
    device.answer = lambda method, path, body: None  # type: ignore[method-assign]
    refused = hook(play, device, "drain")
    assert refused.code != 0 and "404" in refused.output
