# SPDX-License-Identifier: GPL-3.0-or-later
"""Which server really runs a session (exchange-remoting, "Where a session really runs")."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .ports import BackEnd
from .soap import WSManFault
from .wsman_faults import INTERNAL_ERROR, exchange_prefix

LOCAL, VERSION_RANDOM, ANCHORED = "local", "version_random", "anchored"
POLICIES = (LOCAL, VERSION_RANDOM, ANCHORED)


@dataclass(frozen=True)
class Query:
    """What a client puts behind `/PowerShell?`."""

    full_serialization: bool = False
    client_version: tuple[int, ...] | None = None

    @classmethod
    def parse(cls, text: str) -> Query:
        """Reads serializationLevel=Full and ExchClientVer=15.2.1544.4, separated by ; or &; ignores the rest."""
        given: Mapping[str, str] = {
            name.lower(): value for name, _unused, value in (item.partition("=") for item in re.split("[;&]", text))
        }
        return cls(given.get("serializationlevel", "").lower() == "full", parse_version(given.get("exchclientver", "")))


def parse_version(text: str) -> tuple[int, ...] | None:
    """15.2.1544.4 or 15.02.1544.004 as numbers; None when it is no version."""
    return tuple(int(part) for part in text.split(".")) if re.fullmatch(r"\d+(\.\d+){1,3}", text) else None


class Routing:
    """policy: local (the front end's own back end), version_random (any with at least ExchClientVer, before 2013 CU11),
    anchored (where the administrator's or the arbitration mailbox lives; its database may be dismounted).
    """

    def __init__(
        self, back_ends: Sequence[BackEnd], policy: str = LOCAL, anchor: str = "", *, anchor_mounted: bool = True
    ) -> None:
        """Raises ValueError when the policy is not known or its anchor is no mailbox server."""
        if policy not in POLICIES:
            raise ValueError(f"rps_routing is one of {', '.join(POLICIES)}, not {policy!r}.")
        self._all = {back_end.fqdn: back_end for back_end in back_ends}
        self._mailbox = [back_end for back_end in back_ends if back_end.mailbox_role]
        if policy == ANCHORED and anchor not in (back_end.fqdn for back_end in self._mailbox):
            raise ValueError(f"rps_anchor must be the FQDN of a mailbox server, not {anchor!r}.")
        self._policy, self._anchor, self._anchor_mounted = policy, anchor, anchor_mounted
        self._random = random.Random(0)

    def choose(self, front_end: str, query: Query) -> BackEnd:
        """The back end of a new shell. Raises WSManFault when it cannot serve."""
        here = self._all[front_end]
        if self._policy == ANCHORED:
            anchor = self._all[self._anchor]
            if not self._anchor_mounted:
                prefix = exchange_prefix(here.name, anchor.fqdn, "Cafe-SendFailure")
                text = "The back end of the anchor mailbox cannot process the request: its database is not mounted."
                raise WSManFault(INTERNAL_ERROR, "w:InternalError", prefix + text, sender=False)
            return anchor
        if self._policy == LOCAL and here.mailbox_role:
            return here
        wanted = query.client_version or here.version
        fit = [back_end for back_end in self._mailbox if back_end.version >= wanted]
        if not fit:
            prefix = exchange_prefix(here.name, "", "Cafe-NoAvailableBackEnd")
            text = f"No mailbox server of version {'.'.join(map(str, wanted))} or later was found."
            raise WSManFault(INTERNAL_ERROR, "w:InternalError", prefix + text, sender=False)
        return self._random.choice(fit)
