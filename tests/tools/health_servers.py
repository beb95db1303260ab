# SPDX-License-Identifier: GPL-3.0-or-later
"""Small real TLS servers with the health page, which can fail in every way; and certificates for them.

Nothing here is shared with the lab or the plugins, so that a mistake in one does not hide in the other.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

DAY = datetime.timedelta(days=1)
LONGEST_WAIT = 30.0  # seconds for which a server keeps a client waiting, when it is told to

Answer = Callable[[str], bytes | Iterable[bytes]]
"""Takes the head of a request, gives the bytes of the reply, at once or in pieces; none closes the connection."""


def page(server: str) -> bytes:
    """The health page of a server, as a whole reply."""
    return reply(200, f"200 OK<br/>{server}")


def reply(status: int, body: str = "", **headers: str) -> bytes:
    """A reply with a length; the underscores of header names become hyphens."""
    lines = [f"HTTP/1.1 {status} Lab", "Content-Type: text/html", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", body]).encode()


def common_name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


@dataclass(frozen=True)
class Issued:
    """A certificate with its key in a PEM file; thumbprint: SHA-1 in upper case hex."""

    path: Path
    thumbprint: str


class Authority:
    """A CA that issues certificates into a folder; ``file`` holds its own."""

    def __init__(self, folder: Path, name: str = "CA of the tests", above: Authority | None = None) -> None:
        """above: the CA that signs it; None: it is a root."""
        self.folder, self.name, self.key = folder, common_name(name), ec.generate_private_key(ec.SECP256R1())
        signer = above or self
        self.certificate = (
            signer._builder(self.name, self.key, -1, 30)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(signer.key, hashes.SHA256())
        )
        self.file = folder / f"{name.replace(' ', '-')}.pem"
        self.file.write_bytes(self.certificate.public_bytes(Encoding.PEM))

    def issue(
        self,
        names: Sequence[str],
        *,
        begins: int = -1,
        ends: int = 30,
        alternative: bool = True,
        sends: Sequence[Authority] = (),
    ) -> Issued:
        """A certificate for these DNS names.

        Args:
            begins: in days from now.
            ends: in days from now.
            alternative: it has alternative names; otherwise the first name is in the subject alone.
            sends: CAs whose certificates the server sends along.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(common_name(names[0]), key, begins, ends)
        if alternative:
            held = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
            builder = builder.add_extension(held, critical=False)
        certificate = builder.sign(self.key, hashes.SHA256())
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path = self.folder / f"{certificate.serial_number:x}.pem"
        chain = (certificate, *(one.certificate for one in sends))
        path.write_bytes(private + b"".join(one.public_bytes(Encoding.PEM) for one in chain))
        der = certificate.public_bytes(Encoding.DER)
        return Issued(path, hashlib.sha1(der, usedforsecurity=False).hexdigest().upper())

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, begins: int, ends: int
    ) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + begins * DAY)
            .not_valid_after(now + ends * DAY)
        )


@dataclass
class HealthServer:
    """One server on a port of its own; everything may be changed while it runs.

    Attributes:
        certificate: what it shows; None: it cuts the handshake off, as Windows does.
        answer: what it answers.
        plain: it speaks plain HTTP.
        mute: it accepts connections and says nothing, not even in the handshake.
        ciphers: the only ones that it takes, of TLS 1.2; empty: the usual.
        requests: the heads of the requests so far.
        sni: the names that handshakes asked for.
    """

    fqdn: str
    certificate: Issued | None = None
    address: str = "127.0.0.1"
    port: int = 0
    answer: Answer = field(default=lambda head: b"")
    plain: bool = False
    mute: bool = False
    ciphers: str = ""
    requests: list[str] = field(default_factory=list)
    sni: list[str | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.healthy()

    def healthy(self) -> None:
        """Answer with the right page from now on."""
        self.answer = lambda head: page(self.fqdn)

    def __enter__(self) -> Self:
        self._ended = threading.Event()
        self._server = _Server((self.address, self.port), self)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Listen no more."""
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    def wait(self, seconds: float = LONGEST_WAIT) -> bool:
        """Keep a client waiting until the server ends, or for so long; says whether it ended."""
        return self._ended.wait(seconds)

    def serve(self, connection: socket.socket) -> None:
        """One connection, in a thread of its own."""
        if self.mute:
            self.wait()
            return
        if not self.plain:
            if self.certificate is None:
                connection.recv(65536)  # otherwise the end would be a reset
                return
            connection = self._context(self.certificate).wrap_socket(connection, server_side=True)
        with connection:
            head = connection.recv(65536).decode("latin-1")
            if head:
                self.requests.append(head)
                answer = self.answer(head)
                for piece in (answer,) if isinstance(answer, bytes) else answer:
                    connection.sendall(piece)
                if isinstance(connection, ssl.SSLSocket):
                    with contextlib.suppress(OSError):
                        connection.unwrap()

    def _context(self, certificate: Issued) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.path)
        if self.ciphers:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.set_ciphers(self.ciphers)
        context.sni_callback = lambda _socket, name, _context: self.sni.append(name)
        return context


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, place: tuple[str, int], owner: HealthServer) -> None:
        self.owner = owner
        super().__init__(place, socketserver.BaseRequestHandler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        with contextlib.suppress(OSError):  # the client went away
            self.owner.serve(request)
