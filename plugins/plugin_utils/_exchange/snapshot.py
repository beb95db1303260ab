# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that clients of one server are served by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from .._converge.noun import Noun
from .._remoting.errors import BadInput
from .autodiscover import CLIENT_ACCESS_SERVICE
from .outlook_anywhere import OUTLOOK_ANYWHERE
from .virtual_directories import PROTOCOLS

TABLES: Mapping[str, Noun] = {
    **{label: noun.whole for label, noun in PROTOCOLS.items()},
    OUTLOOK_ANYWHERE.label: OUTLOOK_ANYWHERE,
    CLIENT_ACCESS_SERVICE.label: CLIENT_ACCESS_SERVICE,
}
"""The settings of a snapshot's objects, by the label of their noun."""


@dataclass(frozen=True)
class Snapshot:
    """One server's client access.

    Attributes:
        server: its FQDN.
        version: its build.
        objects: settings by option, by the object's name, such as ``owa (Default Web Site)``.
        protocols: the label of the table that an object's settings are in, by the object's name.
        unread: what could not be read, sentences by the label of the table.
        iis: facts of iis_application_info; None where there are none.
    """

    server: str
    version: str
    objects: Mapping[str, Mapping[str, Any]]
    protocols: Mapping[str, str]
    unread: Mapping[str, Sequence[str]] = field(default_factory=dict)
    iis: Mapping[str, Any] | None = None

    def table(self, name: str) -> Noun | None:
        """The table of an object's settings; None for one that this version of the collection does not know."""
        return TABLES.get(self.protocols.get(name, ""))

    @property
    def iis_settings(self) -> Mapping[str, Mapping[str, Any]]:
        """What IIS holds; empty where there are no facts."""
        return (self.iis or {}).get("settings") or {}

    @property
    def iis_unread(self) -> Mapping[str, str]:
        """Why something of IIS could not be read, by its name."""
        return (self.iis or {}).get("unread") or {}

    @property
    def unread_objects(self) -> list[str]:
        """What could not be read of the objects, one sentence each."""
        return [f"{self.server}: {text}" for text in dict.fromkeys(chain.from_iterable(self.unread.values()))]

    @property
    def unknown(self) -> list[str]:
        """Everything that it does not hold, one sentence each."""
        if self.iis is None:
            return [*self.unread_objects, f"IIS: there are no facts of {self.server} from iis_application_info."]
        return [*self.unread_objects, *(f"{name}: {why}" for name, why in self.iis_unread.items())]

    def refuse_another(self, server: str, cure: str) -> None:
        """Raises BadInput when it is not that server's."""
        if self.server.lower() != server.lower():
            raise BadInput(f"This is a snapshot of {self.server}, not of {server}.", cure)

    def lost_from(self, earlier: Snapshot) -> Iterator[str]:
        """What an earlier one holds and this one does not: objects, settings, facts of IIS."""
        for name, settings in earlier.objects.items():
            if name not in self.objects:
                yield name
            else:
                yield from (f"{option} of {name}" for option in settings if option not in self.objects[name])
        if earlier.iis is not None and self.iis is None:
            yield "facts of IIS"
        else:
            yield from (name for name in earlier.iis_settings if name not in self.iis_settings)
