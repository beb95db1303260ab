# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of the estate: real X.509 with real keys in each server's own store (certificate-laws)."""

from __future__ import annotations

from .certificates import Certificates
from .keys import MachineKey
from .store import Listed, Root, ServerCertificates, StoreEntry

__all__ = [
    "Certificates",
    "Listed",
    "MachineKey",
    "Root",
    "ServerCertificates",
    "StoreEntry",
]
