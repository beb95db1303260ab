# SPDX-License-Identifier: GPL-3.0-or-later
"""Who a client is: Basic, and NTLM, Negotiate and Kerberos through pyspnego as acceptor, with WinRM's message sealing.

The state belongs to one TCP connection: after a login the socket is the identity (winrm-psrp-server 7).
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import spnego
from spnego.channel_bindings import GssChannelBindings

BASIC, NTLM, NEGOTIATE, KERBEROS = "Basic", "NTLM", "Negotiate", "Kerberos"

_ENVIRONMENT_LOCK = threading.Lock()
_PART = re.compile(rb"--\s*Encrypted Boundary(?:--)?\r\n")
_LENGTH = re.compile(rb"Length=(\d+)")


class Unauthorized(Exception):
    """Answer 401 with these WWW-Authenticate values; reason is for the lab's log, clients are never told."""

    def __init__(self, challenges: Sequence[str], reason: str = "") -> None:
        super().__init__(reason)
        self.challenges, self.reason = challenges, reason


class BadSeal(Exception):
    """The body is not sealed with this socket's key: a real server's client meets HTTP 400 here (lab-wire 1.5)."""


@dataclass(frozen=True)
class Accounts:
    """The users of the lab, by lower-case account name, and where the security libraries look for secrets.

    environment: variables such as NTLM_USER_FILE and KRB5_KTNAME that hold while a token is accepted.
    """

    passwords: Mapping[str, str]
    environment: Mapping[str, str] = field(default_factory=dict)

    def accepts(self, name: str, password: str) -> bool:
        return self.passwords.get(account(name)) == password

    @contextmanager
    def acceptor_environment(self) -> Iterator[None]:
        """Several labs may live in one process, and both libraries find their secrets by the environment only."""
        with _ENVIRONMENT_LOCK:
            before = {name: os.environ.get(name) for name in self.environment}
            os.environ.update(self.environment)
            try:
                yield
            finally:
                for name, value in before.items():
                    if value is None:
                        os.environ.pop(name, None)
                    else:
                        os.environ[name] = value


def account(name: str) -> str:
    """The account in DOMAIN\\name, name@domain or name, in lower case."""
    return name.rpartition("\\")[2].partition("@")[0].lower()


class Connection:
    """One client socket: who it is, and the security context that seals its messages.

    channel_binding: the TLS server's end point hash; a client without it is refused, so None for plain sockets.
    """

    def __init__(self, number: int, hostname: str, accounts: Accounts, channel_binding: bytes | None) -> None:
        self.number = number
        self.user: str | None = None
        self._hostname = hostname
        self._accounts = accounts
        self._channel_binding = channel_binding
        self._context: spnego.ContextProxy | None = None
        self._sealing = "SPNEGO"

    @property
    def logged_in(self) -> bool:
        """Whether requests on this socket need no Authorization header any more (never so for Basic)."""
        return self.user is not None and self._context is not None

    def log_out(self) -> None:
        """Forgets who the client is, for credentials that expire in mid-session."""
        self.user = self._context = None

    def challenge(self, offers: Sequence[str], reason: str = "") -> Unauthorized:
        return Unauthorized(['Basic realm="WSMAN"' if offer == BASIC else offer for offer in offers], reason)

    def log_in(self, header: str, offers: Sequence[str]) -> str | None:
        """Takes one Authorization header; returns what WWW-Authenticate says with success. Raises Unauthorized."""
        scheme, _unused, rest = header.partition(" ")
        kind = scheme.lower()
        if kind not in (offer.lower() for offer in offers):
            raise self.challenge(offers, f"{scheme} is not offered here")
        try:
            token = base64.b64decode(rest, validate=True)
        except binascii.Error:
            raise self.challenge(offers, "the token is not base64") from None
        if kind == "basic":
            name, _unused, password = token.decode("utf-8", "replace").partition(":")
            if not self._accounts.accepts(name, password):
                raise self.challenge(offers, f"wrong user name or password for {name}")
            self.user = account(name)
            return None
        return self._step(scheme, kind, token, offers)

    def _step(self, scheme: str, kind: str, token: bytes, offers: Sequence[str]) -> str | None:
        with self._accounts.acceptor_environment():
            try:
                if self._context is None or self._context.complete:  # a first token on an old socket starts again
                    self.log_out()
                    self._context = self._acceptor(kind)
                    self._sealing = "Kerberos" if kind == "kerberos" else "SPNEGO"
                out = self._context.step(token)
            # AttributeError: pyspnego, when GSSAPI answers with an error token such as a clock skew (lab-wire 2)
            except (spnego.exceptions.SpnegoError, AttributeError) as error:
                self.log_out()
                raise self.challenge(offers, str(error)) from error
        answer = f"{scheme} {base64.b64encode(out).decode()}" if out else None
        if not self._context.complete:
            raise Unauthorized([answer or scheme])
        if not self._aimed_at_this_host():
            self.log_out()
            raise self.challenge(offers, "the ticket is for another host (KRB_AP_ERR_MODIFIED)")
        self.user = account(self._context.client_principal or "")
        return answer

    def _acceptor(self, kind: str) -> spnego.ContextProxy:
        bindings = GssChannelBindings(application_data=self._channel_binding) if self._channel_binding else None
        options = spnego.NegotiateOptions.use_ntlm if kind == "ntlm" else spnego.NegotiateOptions.wrapping_winrm
        return spnego.server(
            hostname=self._hostname, service="HTTP", protocol=kind, channel_bindings=bindings, options=options
        )

    def _aimed_at_this_host(self) -> bool:
        """One keytab serves all hosts of the lab, and an acceptor takes a ticket for any key in it (lab-wire 2)."""
        gss = getattr(self._context, "_context", None)
        target = str(getattr(gss, "target_name", None) or "")
        return "/" not in target or target.partition("/")[2].partition("@")[0].lower() == self._hostname.lower()

    def unseal(self, data: bytes) -> bytes:
        """The text of a multipart/encrypted body. Raises BadSeal."""
        if self._context is None:
            raise BadSeal("the socket has no security context")
        parts = [part for part in _PART.split(data) if part]
        text = b""
        try:
            for head, body in zip(parts[::2], parts[1::2], strict=False):
                length = _LENGTH.search(head)
                sealed = body.split(b"application/octet-stream\r\n", 1)[1]
                size = struct.unpack("<i", sealed[:4])[0]
                plain = self._context.unwrap_winrm(sealed[4 : 4 + size], sealed[4 + size :])
                if length is None or len(plain) != int(length.group(1)):
                    raise BadSeal("the sealed length differs from the stated one")
                text += plain
        except (spnego.exceptions.SpnegoError, ValueError, IndexError, struct.error, AttributeError) as error:
            raise BadSeal(str(error)) from error
        return text

    def seal(self, text: bytes, *, space: bool) -> tuple[str, bytes]:
        """Content type and body. space: Exchange's dialect, a blank before the boundary (exchange-remoting)."""
        if self._context is None:
            raise BadSeal("the socket has no security context")
        mark = b"-- Encrypted Boundary" if space else b"--Encrypted Boundary"
        protocol = f"application/HTTP-{self._sealing}-session-encrypted"
        header, sealed, padding = self._context.wrap_winrm(text)
        body = b"".join(
            (
                mark,
                b"\r\n\tContent-Type: " + protocol.encode(),
                b"\r\n\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=%d\r\n" % (len(text) + padding),
                mark,
                b"\r\n\tContent-Type: application/octet-stream\r\n",
                struct.pack("<i", len(header)),
                header,
                sealed,
                mark,
                b"--\r\n",
            )
        )
        return f'multipart/encrypted;protocol="{protocol}";boundary="Encrypted Boundary"', body
