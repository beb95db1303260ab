# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host names in texts, and which of their labels tell who somebody is."""

from __future__ import annotations

import re
from collections.abc import Iterator

GENERIC = frozenset(
    {
        "*",
        "autodiscover",
        "ecp",
        "exchange",
        "ews",
        "ftp",
        "imap",
        "imap4",
        "legacy",
        "localhost",
        "mail",
        "mapi",
        "mta",
        "mx",
        "oab",
        "outlook",
        "owa",
        "pop",
        "pop3",
        "relay",
        "smtp",
        "webmail",
        "www",
        "com",
        "edu",
        "gov",
        "info",
        "lan",
        "local",
        "net",
        "org",
        "test",
        "internal",
    }
)
"""Labels that everybody has."""
SECOND_LEVEL = frozenset(
    {
        "ac",
        "co",
        "com",
        "edu",
        "go",
        "gob",
        "gouv",
        "gov",
        "gv",
        "ltd",
        "mil",
        "ne",
        "net",
        "nhs",
        "nom",
        "or",
        "org",
        "plc",
        "sch",
    }
)
"""Labels below which countries register domains, as in co.uk."""

HOST = re.compile(r"(?:(?:\*|[\w-]+)\.)+[^\W\d][\w-]*\.?", re.IGNORECASE)
_URL = re.compile(r"https?://([^/\s:]+)\S*", re.IGNORECASE)
_LABEL = re.compile(r"(?=.*[^\W\d_])[\w-]+")


def folded(text: str) -> str:
    """The text in the one case that stands for all, character by character, as patterns that ignore case compare it."""
    return "".join(map(_folded, text))


def _folded(character: str) -> str:
    lower = character.lower()[0]  # of İ it is an i and a dot
    alike = lower.casefold()
    return "i" if lower == "ı" else alike if len(alike) == 1 else lower


def hosts_in(text: str) -> Iterator[str]:
    """Host names with a domain in a text, folded; paths of URLs hold file names, which look the same."""
    for host in HOST.findall(_URL.sub(r"\1", text)):
        yield folded(host.rstrip("."))


def hosts_of_urls_in(text: str) -> Iterator[str]:
    """The host of each URL in a text, as it is written."""
    yield from _URL.findall(text)


def is_label(text: str) -> bool:
    """Whether it is a host name without a domain."""
    return bool(_LABEL.fullmatch(text))


def domain_of(host: str) -> str:
    """What was registered, as far as can be seen: two labels, or three below a second level that looks public."""
    labels = host.split(".")
    *_below, second, top = ["", *labels]
    public = (len(top) == 2 and second in SECOND_LEVEL) or (second, top) == ("onmicrosoft", "com")
    return ".".join(labels[-3:] if public else labels[-2:])


def below_domain(host: str) -> list[str]:
    """The labels before the domain."""
    return host.split(".")[: -len(domain_of(host).split("."))]
