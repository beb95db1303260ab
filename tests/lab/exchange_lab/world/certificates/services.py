# SPDX-License-Identifier: GPL-3.0-or-later
"""Which services a certificate is shown for: IIS, POP and IMAP are derived, the rest is stored (O11 to O14)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from .store import ServerCertificates, StoreEntry

FLAGS = {"IMAP": 1, "POP": 2, "UM": 4, "IIS": 8, "SMTP": 16, "Federation": 32, "UMCallRouter": 64}
BY_NAME = ("IMAP", "POP")


def services(
    held: ServerCertificates,
    entry: StoreEntry,
    sites: Collection[int],
    certificate_names: Mapping[str, str],
    popimap_flag: str,
) -> tuple[str, ...]:
    """The services in the order of their flags.

    ``sites`` are the web sites that are bound to it (O12), ``certificate_names`` the X509CertificateName of IMAP and
    POP on that server; a wildcard never shows them (O13).
    """
    if entry in held.requests:
        return ()
    chosen = {mark for mark in entry.marks if mark not in BY_NAME or popimap_flag == "stored"}
    if sites:
        chosen.add("IIS")
    if popimap_flag == "name_match":
        names = {name.lower() for name in entry.names if not name.startswith("*")}
        chosen.update(service for service, name in certificate_names.items() if name.lower() in names)
    return ordered(chosen)


def checked(names: Iterable[str]) -> tuple[str, ...]:
    """Names of services; raises ValueError for an unknown one."""
    chosen = tuple(names)
    if unknown := [name for name in chosen if name not in FLAGS]:
        raise ValueError(f"Unknown service '{unknown[0]}'. Known services: {', '.join(FLAGS)}.")
    return chosen


def ordered(names: Collection[str]) -> tuple[str, ...]:
    """Services in the order of their flags."""
    return tuple(name for name in FLAGS if name in names)


def flag_sum(names: Iterable[str]) -> int:
    """The number of AllowedServices (O11)."""
    return sum(FLAGS[name] for name in names)
