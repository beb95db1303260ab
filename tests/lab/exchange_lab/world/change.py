# SPDX-License-Identifier: GPL-3.0-or-later
"""A Set in the making: what was named, what a rule adds to it, what it warns of or refuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from .refused import Refused

if TYPE_CHECKING:
    from .servers import Server
    from .switches import Switches
    from .virtual_directory import VirtualDirectory
    from .world import World


@dataclass(slots=True)
class Change:
    """One Set.

    ``named`` are the settings of the command, ``wanted`` those and the implied ones, ``current`` the read before.

    ``session_server`` is where the cmdlet runs, ``forced`` whether -Force was given. The rules of a noun get one
    Change each time its Set runs.
    """

    world: World
    directory: VirtualDirectory
    session_server: Server
    domain_controller: str
    named: dict[str, Any]
    current: dict[str, Any]
    forced: bool = False
    wanted: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wanted = dict(self.named)

    @property
    def noun(self) -> str:
        return self.directory.noun.name

    @property
    def switches(self) -> Switches:
        return self.world.switches

    @property
    def differing(self) -> set[str]:
        """The attributes that would get another value than they have."""
        return {name for name, value in self.wanted.items() if not same(value, self.current[name])}

    def after(self, name: str) -> Any:
        """The value that an attribute would have after the change."""
        return self.wanted.get(name, self.current[name])

    def named_of_kind(self, kind: str) -> dict[str, Any]:
        """The named settings whose attribute is of a kind."""
        known = self.directory.noun.by_name
        return {name: value for name, value in self.named.items() if name in known and known[name].kind == kind}

    def force(self, name: str, value: Any) -> None:
        """Set an attribute that the command implies."""
        self.wanted[name] = value

    def sibling(self, noun: str) -> dict[str, Any] | None:
        """The full read of another noun in the same web site of the same server, None when there is none."""
        for directory in self.world.virtual_directories(noun, self.domain_controller):
            if directory.server is self.directory.server and directory.web_site == self.directory.web_site:
                return self.world.values(directory, self.domain_controller)
        return None

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def refuse(
        self,
        message: str,
        exception: str = "System.InvalidOperationException",
        *,
        category: str = "InvalidOperation",
    ) -> NoReturn:
        """Raises Refused about this object; nothing has been written."""
        raise Refused(message, exception, category=category, target=self.directory.identity)


def same(one: Any, other: Any) -> bool:
    """Lists are sets to Exchange: their order is no change."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return set(one) == set(other)
    return bool(one == other)
