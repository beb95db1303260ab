# SPDX-License-Identifier: GPL-3.0-or-later
"""An MIT KDC of the lab's own: one folder, one high loopback port, no root (lab-wire 2)."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

PROGRAMS = ("krb5kdc", "kdb5_util", "kadmin.local")
PACKAGES = ("gssapi", "krb5")
START_ATTEMPTS = 250
START_PAUSE_SECONDS = 0.02
_KTADD_AT_ONCE = 50

_KRB5_CONF = """\
[libdefaults]
 default_realm = {realm}
 dns_lookup_realm = false
 dns_lookup_kdc = false
 dns_canonicalize_hostname = false
 rdns = false
 udp_preference_limit = 1
 forwardable = true
{extra}
[realms]
 {realm} = {{
  kdc = 127.0.0.1:{port}
 }}
[domain_realm]
 .{domain} = {realm}
 {domain} = {realm}
"""
_KDC_CONF = """\
[kdcdefaults]
 kdc_listen = 127.0.0.1:{port}
 kdc_tcp_listen = 127.0.0.1:{port}
[realms]
 {realm} = {{
  database_name = {root}/principal
  key_stash_file = {root}/stash
  acl_file = {root}/acl
  max_life = 10h
  max_renewable_life = 7d
  supported_enctypes = aes256-cts-hmac-sha1-96:normal
 }}
[logging]
 kdc = FILE:{root}/kdc.log
"""


class KdcError(RuntimeError):
    """A program of the KDC failed; the text is its own."""


def missing() -> list[str]:
    """The programs and Python packages that Kerberos needs and this machine has not."""
    programs = [program for program in PROGRAMS if _which(program) is None]
    return programs + [package for package in PACKAGES if importlib.util.find_spec(package) is None]


def _path() -> str:
    return os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def _which(program: str) -> str | None:
    return shutil.which(program, path=_path())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Kdc:
    """root: a folder of its own; extra: further lines of [libdefaults], such as `kdc_timesync = 0`."""

    def __init__(self, root: Path, realm: str, extra: str = "") -> None:
        self.realm = realm
        self.keytab = root / "lab.keytab"
        self._root = root
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True, mode=0o700)
        values = {"realm": realm, "domain": realm.lower(), "port": self._port, "root": root, "extra": extra}
        (root / "krb5.conf").write_text(_KRB5_CONF.format(**values), encoding="utf-8")
        (root / "kdc.conf").write_text(_KDC_CONF.format(**values), encoding="utf-8")
        (root / "acl").write_text("", encoding="utf-8")

    @property
    def client_environment(self) -> dict[str, str]:
        """Variables of a client: the realm, and no tickets of whoever runs this. Set them before gssapi is imported."""
        return {"KRB5_CONFIG": str(self._root / "krb5.conf"), "KRB5CCNAME": f"FILE:{self._root / 'no-tickets'}"}

    @property
    def server_environment(self) -> dict[str, str]:
        """Variables of an acceptor."""
        return {
            "KRB5_CONFIG": str(self._root / "krb5.conf"),
            "KRB5_KTNAME": f"FILE:{self.keytab}",
            "KRB5RCACHENAME": "none:",
        }

    @property
    def _environment(self) -> dict[str, str]:
        return (
            os.environ | self.client_environment | {"KRB5_KDC_PROFILE": str(self._root / "kdc.conf"), "PATH": _path()}
        )

    def start(self, services: Iterable[str], users: Mapping[str, str], more: str = "") -> None:
        """Makes the realm and starts the KDC.

        services: such as HTTP/ex1.contoso.test; users: name to password; more: further lines for kadmin.local.
        Raises KdcError.
        """
        names = list(services)
        self._run("kdb5_util", "create", "-s", "-r", self.realm, "-P", "the-lab-keeps-no-secrets")
        lines = [f"addprinc -randkey {name}" for name in names]
        lines += [f'addprinc +requires_preauth -pw "{password}" {user}' for user, password in users.items()]
        for start in range(0, len(names), _KTADD_AT_ONCE):
            lines.append(f"ktadd -q -k {self.keytab} " + " ".join(names[start : start + _KTADD_AT_ONCE]))
        self.admin("\n".join(lines) + "\n" + more)
        program = _which("krb5kdc") or "krb5kdc"
        errors = self._root / "kdc.err"
        with errors.open("wb") as stderr:
            self._process = subprocess.Popen(
                [program, "-n", "-r", self.realm, "-P", str(self._root / "pid")],
                env=self._environment,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )
        for _unused in range(START_ATTEMPTS):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            if self._process.poll() is not None:
                break
            time.sleep(START_PAUSE_SECONDS)
        self.stop()
        raise KdcError(f"krb5kdc does not listen: {errors.read_text(encoding='utf-8').strip()}")

    def admin(self, lines: str) -> str:
        """Runs lines of kadmin.local and returns what it said. Raises KdcError."""
        return self._run("kadmin.local", "-r", self.realm, text=lines + "\nquit\n")

    def ticket(self, cache: Path, user: str, password: str, *options: str) -> None:
        """Puts a ticket of user into cache, by kinit; options such as -l 1s. Raises KdcError."""
        self._run("kinit", *options, "-c", f"FILE:{cache}", f"{user}@{self.realm}", text=password + "\n")

    def expired_ticket(self, cache: Path, user: str, password: str) -> None:
        """The same, and waits until the ticket has ended (2 s). Raises KdcError."""
        self.ticket(cache, user, password, "-l", "1s")
        time.sleep(2)

    def skewed_ticket(self, cache: Path, user: str, password: str, service: str, seconds: int) -> None:
        """A ticket for service whose holder's clock is off by so many seconds: the server refuses it. Raises KdcError.

        A cache remembers how far this machine's clock is from the KDC's; that is where the error is put.
        """
        self.ticket(cache, user, password)
        self._run("kvno", "-q", "-c", f"FILE:{cache}", f"{service}@{self.realm}")
        data = cache.read_bytes()
        header_end = 4 + int.from_bytes(data[2:4], "big")
        cache.write_bytes(data[:2] + struct.pack(">HHHii", 12, 1, 8, seconds, 0) + data[header_end:])

    def _run(self, program: str, *arguments: str, text: str = "") -> str:
        done = subprocess.run(
            [_which(program) or program, *arguments],
            input=text,
            text=True,
            capture_output=True,
            env=self._environment,
            check=False,
        )
        if done.returncode:
            raise KdcError(f"{program}: {done.stderr.strip()}")
        return done.stdout + done.stderr

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(5)
            self._process = None
