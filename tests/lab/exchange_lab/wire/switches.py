# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not known, or differs, between real endpoints; the world has switches of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from .routing import LOCAL


@dataclass(frozen=True)
class WireSwitches:
    """rps_routing: local, version_random or anchored; rps_anchor: FQDN of the anchor's server (exchange-remoting).

    rps_anchor_mounted: whether its database is mounted; rps_cookie: whether a shell is found only with its cookie;
    max_shells: a user's quota on one server; idle_timeout_s: seconds after which a silent shell is removed.
    """

    rps_routing: str = LOCAL
    rps_anchor: str = ""
    rps_anchor_mounted: bool = True
    rps_cookie: bool = False
    max_shells: int = 18
    idle_timeout_s: float = 7200.0

    @classmethod
    def names(cls) -> frozenset[str]:
        return frozenset(field.name for field in fields(cls))

    @classmethod
    def from_texts(cls, texts: Mapping[str, object]) -> WireSwitches:
        """Raises ValueError, naming the switch, for a name or a value that is not understood."""
        values: dict[str, object] = {}
        for name, text in texts.items():
            if name not in cls.names():
                raise ValueError(f"There is no wire switch {name!r}; there are {', '.join(sorted(cls.names()))}.")
            values[name] = _convert(name, str(text), type(getattr(cls, name)))
        return cls(**values)  # type: ignore[arg-type]


def _convert(name: str, text: str, kind: type) -> object:
    if kind is bool:
        words = {"true": True, "yes": True, "false": False, "no": False}
        if text.lower() not in words:
            raise ValueError(f"The switch {name} is true or false, not {text!r}.")
        return words[text.lower()]
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"The switch {name} is a number, not {text!r}.") from None
