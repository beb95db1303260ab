# SPDX-License-Identifier: GPL-3.0-or-later
"""Private keys, and how Windows keeps them (certificate-laws O8)."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, replace
from functools import cache
from random import Random

from cryptography.hazmat.primitives.asymmetric import ec, rsa

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

SCHANNEL = "Microsoft RSA SChannel Cryptographic Provider"
SOFTWARE_KSP = "Microsoft Software Key Storage Provider"
SCHANNEL_TYPE, CNG_TYPE = 12, 0
KEY_EXCHANGE = 1
KINDS = {"rsa1024": 1024, "rsa2048": 2048, "rsa4096": 4096, "ec256": 0}
MACHINE_KEYS = "C:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys"
"""Where a CSP keeps the keys of the machine, one file each; CNG has another folder."""
MACHINE = "a3f1c8d2-5b64-4e0f-9c77-1d2e3f405162"
"""Ends every file's name; each computer has its own, in the lab all have the same."""
OWNED = "O:SYG:SY"
FULL_FOR_SYSTEM_AND_ADMINISTRATORS = "D:PAI(A;;FA;;;SY)(A;;FA;;;BA)"
FULL_FOR_NETWORK_SERVICE, READ_FOR_NETWORK_SERVICE = "(A;;FA;;;NS)", "(A;;FR;;;NS)"
POOL = 32
"""So many keys of a kind are made for ``private`` in a process; after that they are used again, oldest first."""


@dataclass(frozen=True, slots=True)
class MachineKey:
    """A key in a machine's key set. Keys made by Exchange name no provider, CNG keys have type 0 (O8).

    ``access`` is the access list of its file in SDDL (W30). ``opens``: the key set is there and may be opened.
    """

    private: PrivateKey
    container: str
    provider: str = ""
    provider_type: int = SCHANNEL_TYPE
    key_spec: int = KEY_EXCHANGE
    exportable: bool = False
    access: str = FULL_FOR_SYSTEM_AND_ADMINISTRATORS
    opens: bool = True

    @property
    def file_name(self) -> str:
        """What .NET calls the unique name of the container: a hash of its name, and the machine's GUID."""
        return f"{hashlib.md5(self.container.encode(), usedforsecurity=False).hexdigest()}_{MACHINE}"

    @property
    def network_service(self) -> bool:
        """Whether the list names NETWORK SERVICE, whom the lab never denies anything (E5, E13)."""
        return ";;;NS)" in self.access

    def read_by_network_service(self) -> MachineKey:
        """With NETWORK SERVICE reading it; more rights stay (E5, E13)."""
        return self if self.network_service else replace(self, access=self.access + READ_FOR_NETWORK_SERVICE)


class Keys:
    """The keys of one world, in an order that repeats. No two of the first 32 of a kind are the same."""

    def __init__(self) -> None:
        self._made: dict[str, int] = {}
        self._used_once = 0
        self._random = Random(0)

    def private(self, kind: str = "rsa2048") -> PrivateKey:
        """The next key of a kind; raises ValueError for an unknown one."""
        _check(kind)
        nth = self._made.get(kind, 0)
        self._made[kind] = nth + 1
        return _key(kind, nth % POOL)

    def unique(self, kind: str = "rsa2048") -> PrivateKey:
        """A key that this world uses once: requests and imports are told apart by their keys (certificate-laws I5).

        Raises ValueError for an unknown kind.
        """
        _check(kind)
        self._used_once += 1
        return _key(kind, POOL + self._used_once)

    def container(self) -> str:
        """A new container name, a bare GUID as Exchange makes them."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))


def _check(kind: str) -> None:
    if kind not in KINDS:
        raise ValueError(f"Unknown kind of key '{kind}'. Known kinds: {', '.join(KINDS)}.")


@cache
def _key(kind: str, _nth: int) -> PrivateKey:
    if not (size := KINDS[kind]):
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, size)  # 1024 bits on purpose: weak keys exist, and checks must see them
