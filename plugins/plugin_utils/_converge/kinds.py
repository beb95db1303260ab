# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of values: each parses what a user wrote, reads what a server returned, compares, and says what to send.

A kind's canonical value is plain Python and the same for both sides; None means cleared or not set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .._remoting.endpoint import is_address, is_host_name


class Refused(ValueError):
    """The user's value is refused. The text says why and what to write; it never repeats a password."""


@dataclass(frozen=True)
class Kind:
    """Text, compared as it is. The base of the others."""

    clearable: bool = False
    doc_type = "str"

    def parse(self, wanted: Any) -> Any:
        """The canonical form of a user's value.

        Raises:
            Refused: the value is impossible.
        """
        if wanted in ("", None):
            return self.cleared()
        return str(wanted)

    def cleared(self) -> Any:
        """What an empty value means.

        Raises:
            Refused: this setting cannot be cleared.
        """
        if not self.clearable:
            raise Refused("cannot be cleared; give a value")
        return None

    def read(self, received: Any) -> Any:
        """The canonical form of a server's value. An empty text reads as None (client-access-laws 10.10)."""
        return None if received in ("", None) else str(received)

    def same(self, wanted: Any, present: Any) -> bool:
        """Whether two canonical values mean the same."""
        return bool(self.key(wanted) == self.key(present))

    def key(self, value: Any) -> Any:
        """What is compared."""
        return value

    def send(self, value: Any) -> Any:
        """What travels to the server."""
        return value

    @property
    def choices(self) -> tuple[str, ...]:
        """The values that the documentation lists; empty for any."""
        return ()

    @property
    def elements(self) -> str | None:
        """The type of a list's elements, or None when it is not a list."""
        return None

    def advice(self, value: Any) -> list[str]:
        """What is allowed but seldom meant, as ends of a sentence that begins with the option."""
        return []


@dataclass(frozen=True)
class Text(Kind):
    """Any text."""


@dataclass(frozen=True)
class Caseless(Kind):
    """Text whose case means nothing, such as a thumbprint or a msstd name."""

    def key(self, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value


@dataclass(frozen=True)
class Bool(Kind):
    """True or false."""

    doc_type = "bool"

    def parse(self, wanted: Any) -> Any:
        return bool(wanted)

    def read(self, received: Any) -> Any:
        if received is None or isinstance(received, bool):
            return received
        return str(received).lower() == "true"


@dataclass(frozen=True)
class Int(Kind):
    """A whole number within bounds, in the unit that the setting's text names."""

    minimum: int = 0
    maximum: int = 2**31 - 1
    doc_type = "int"

    def parse(self, wanted: Any) -> Any:
        number = int(wanted)
        if not self.minimum <= number <= self.maximum:
            raise Refused(f"must lie between {self.minimum} and {self.maximum}")
        return number

    def read(self, received: Any) -> Any:
        return None if received in ("", None) else int(str(received))


@dataclass(frozen=True)
class Enum(Kind):
    """One of a few names, compared without case."""

    values: tuple[str, ...] = ()

    def parse(self, wanted: Any) -> Any:
        if wanted in ("", None):
            return self.cleared()
        return _among(self.values, wanted)

    def key(self, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @property
    def choices(self) -> tuple[str, ...]:
        return self.values


@dataclass(frozen=True)
class Many(Kind):
    """A list compared as a set, without case. The whole list is replaced (client-access-laws 2.14)."""

    doc_type = "list"

    def parse(self, wanted: Any) -> Any:
        items = [self.item(entry) for entry in wanted or () if entry not in ("", None)]
        return items or self.cleared()

    def cleared(self) -> Any:
        super().cleared()
        return []

    def item(self, wanted: Any) -> str:
        """The canonical form of one entry. Raises Refused."""
        return str(wanted)

    def read(self, received: Any) -> Any:
        if received in ("", None):
            return []
        entries: Sequence[Any] = received if isinstance(received, (list, tuple)) else str(received).split(",")
        return [str(entry).strip() for entry in entries]

    def key(self, value: Any) -> Any:
        return frozenset(entry.lower() for entry in value or ())

    def send(self, value: Any) -> Any:
        return list(value) if value else None

    @property
    def elements(self) -> str | None:
        return "str"


@dataclass(frozen=True)
class EnumList(Many):
    """A list of names out of a few. A word that stands for the empty list is dropped on both sides."""

    values: tuple[str, ...] = ()
    empty_word: str = ""

    def item(self, wanted: Any) -> str:
        return _among(self.values, wanted)

    def key(self, value: Any) -> Any:
        return super().key(value) - {self.empty_word.lower()}

    def send(self, value: Any) -> Any:
        if not value and self.empty_word:
            return [self.empty_word]
        return super().send(value)

    @property
    def choices(self) -> tuple[str, ...]:
        return self.values


@dataclass(frozen=True)
class HostName(Kind):
    """A bare host name. The server itself may store rubbish (client-access-laws 4.4), so it is checked here.

    Attributes:
        public: clients outside the organization look it up.
    """

    public: bool = False

    def parse(self, wanted: Any) -> Any:
        if wanted in ("", None):
            return self.cleared()
        name = str(wanted)
        if "/" in name or ":" in name:
            raise Refused("is a host name, not a URL; write it as mail.contoso.com")
        return checked_host(name)

    def key(self, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    def advice(self, value: Any) -> list[str]:
        return host_advice(value, self.public) if value else []


@dataclass(frozen=True)
class Url(Kind):
    """A URL of one protocol.

    Attributes:
        path: the path that the protocol has. Another one is refused; empty for any.
        schemes: the schemes that are allowed.
        public: clients outside the organization look the host up.
    """

    path: str = "/"
    schemes: tuple[str, ...] = ("https",)
    public: bool = False

    def parse(self, wanted: Any) -> Any:
        if wanted in ("", None):
            return self.cleared()
        text = str(wanted)
        example = f"{self.schemes[0]}://mail.contoso.com{self.path.rstrip('/') or '/'}"
        if "\\" in text or any(character.isspace() or ord(character) < 32 for character in text):
            raise Refused(f"holds spaces, control characters or backslashes; write it as {example}")
        try:
            url = urlsplit(text)
            port = url.port
        except ValueError:
            raise Refused(f"is not a URL; write it as {example}") from None
        if url.username is not None or url.password is not None:
            raise Refused(f"holds a user or a password, which every client would see; write it as {example}")
        if url.scheme.lower() not in self.schemes or not url.hostname:
            raise Refused(f"must be a full {' or '.join(self.schemes)} URL; write it as {example}")
        if "?" in text or "#" in text:
            raise Refused(f"must not hold a query or a fragment; write it as {example}")
        if port == 0:
            raise Refused(f"has the port 0; write it as {example}")
        checked_host(url.hostname)
        if self.path and _path_key(url.path) != _path_key(self.path):
            raise Refused(f"has the path '{url.path}', which is not this protocol's; write it as {example}")
        return text

    def key(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            url = urlsplit(value)
            port = url.port
        except ValueError:
            return value
        default = {"http": 80, "https": 443}.get(url.scheme.lower())
        host = _idna((url.hostname or "").lower())
        return (url.scheme.lower(), host, port or default, _path_key(url.path), url.query, url.fragment)

    def advice(self, value: Any) -> list[str]:
        return _url_advice(value, self.public) if value else []


def host_of(url: object) -> str | None:
    """The host of a URL in lower case; None for an empty or unreadable one."""
    try:
        return urlsplit(str(url or "")).hostname or None
    except ValueError:
        return None


def _url_advice(value: str, public: bool) -> list[str]:
    url = urlsplit(value)
    found = host_advice(url.hostname or "", public)
    if url.port not in (None, {"http": 80, "https": 443}[url.scheme.lower()]):
        found.append(f"names port {url.port}, which most clients do not expect")
    return found


PRIVATE_DOMAINS = (".local", ".internal")


def host_advice(host: str, public: bool) -> list[str]:
    """What is unusual about a host that clients shall use (client-access-laws 4.3)."""
    if is_address(host):
        return ["holds an address; clients and certificates need a name"]
    found = []
    if "." not in host:
        found.append(f"holds the short name '{host}'; clients outside the domain cannot look it up")
    if "_" in host:
        found.append(f"holds '{host}' with an underscore, which some clients and every public CA refuse")
    if public and host.lower().endswith(PRIVATE_DOMAINS):
        found.append(f"holds '{host}', which clients outside cannot look up")
    return found


def checked_host(name: str) -> str:
    """A host that clients can look up.

    Raises:
        Refused: a wildcard, a trailing dot, or no host name at all.
    """
    if "*" in name:
        raise Refused("must name one host; a wildcard belongs on the certificate")
    if name.endswith("."):
        raise Refused("ends in a dot; write the name without it")
    if is_address(name):
        return name
    if not is_host_name(_idna(name).replace("_", "-")):
        raise Refused("has no valid host name; write it as mail.contoso.com")
    return name


def _idna(name: str) -> str:
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def _path_key(path: str) -> str:
    return path.lower().removesuffix("/") or "/"


def _among(values: tuple[str, ...], wanted: Any) -> str:
    found = next((value for value in values if value.lower() == str(wanted).lower()), None)
    if found is None:
        raise Refused(f"must be one of {', '.join(values)}")
    return found
