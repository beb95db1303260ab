# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that clients of one server are served by, as one file: saved, compared, put back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._converge.noun import Noun
from .._converge.resource import Resource, parse_wish
from .._remoting.command import Command
from .._remoting.errors import BadInput, CommandFailed, ExchangeError
from .._remoting.session import Reply
from .autodiscover import CLIENT_ACCESS_SERVICE, service_connection_point
from .directory_undo import restorable
from .outlook_anywhere import OUTLOOK_ANYWHERE, outlook_anywhere
from .servers import Server
from .virtual_directories import MAPI, POWERSHELL, PROTOCOLS
from .virtual_directory import DEFAULT_WEB_SITE, VirtualDirectory

SCHEMA = 1
MAX_BYTES = 8 * 2**20
SERVICE = "Autodiscover service connection point"
OWN_NAME = "<server>"
"""Stands for a server's own FQDN, so that two servers can be compared."""
WITHOUT_BACK_END = (MAPI.name,)

Read = Callable[[Command, bool], Reply]
Difference = Mapping[str, Any]


@dataclass(frozen=True)
class Snapshot:
    """One server's client access.

    Attributes:
        server: its FQDN.
        objects: settings by option, by the object's name, such as ``owa (Default Web Site)``.
        protocols: which table an object's settings are in, by the object's name.
        unread: what could not be read, one sentence each.
        iis: facts of iis_application_info; None where there are none.
    """

    server: str
    version: str
    objects: Mapping[str, Mapping[str, Any]]
    protocols: Mapping[str, str]
    unread: Sequence[str] = ()
    iis: Mapping[str, Any] | None = None

    def text(self) -> str:
        """The file's content; the same server gives the same text."""
        return json.dumps({"schema": SCHEMA, **vars(self)}, indent=2, sort_keys=True) + "\n"

    @classmethod
    def load(cls, path: Path) -> Snapshot:
        """Raises BadInput for a file that is none."""
        try:
            with path.open("rb") as file:
                text = file.read(MAX_BYTES + 1)
        except OSError as exc:
            raise BadInput(f"{path} cannot be read: {exc.strerror}.", "Save a snapshot there first.") from exc
        try:
            values = json.loads(text) if len(text) <= MAX_BYTES else {}
            if values.pop("schema", None) == SCHEMA:
                return cls(**values)._checked()
        except (ValueError, TypeError, AttributeError):
            pass
        raise BadInput(f"{path} is no snapshot of this version of the collection.", "Save one anew.")

    def _checked(self) -> Snapshot:
        """Raises TypeError where a part is of another kind."""
        whole = isinstance(self.server, str) and isinstance(self.protocols, dict) and isinstance(self.unread, list)
        if not (whole and all(isinstance(settings, dict) for settings in self.objects.values())):
            raise TypeError("not a snapshot")
        return self


@dataclass
class Inquiry:
    """One reading of a server, front and back end, with everything that IIS holds."""

    read: Read
    server: Server
    pinned: Mapping[str, Any]
    unread: list[str] = field(default_factory=list)

    def snapshot(self, iis: Mapping[str, Any] | None) -> Snapshot:
        """What can be read; the rest is named in it."""
        objects: dict[str, Mapping[str, Any]] = {}
        protocols: dict[str, str] = {}
        for noun in PROTOCOLS.values():
            everything = {} if noun.name in WITHOUT_BACK_END else {"ShowMailboxVirtualDirectories": True}
            for name, settings in self._directories(noun.whole, everything):
                objects[name], protocols[name] = settings, noun.label
        if self.server.has_client_access:
            for name, settings in self._directories(OUTLOOK_ANYWHERE, {}):
                objects[name], protocols[name] = settings, OUTLOOK_ANYWHERE.label
            point = self._service()
            objects |= point
            protocols |= dict.fromkeys(point, CLIENT_ACCESS_SERVICE.label)
        return Snapshot(self.server.fqdn, str(self.server.version), objects, protocols, self.unread, iis)

    def _directories(self, noun: Noun, more: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        command = Command(noun.get, {"Server": self.server.fqdn, **more, **self.pinned})
        try:
            reply = self.read(command, True)
        except CommandFailed as exc:
            self.unread.append(exc.sentence)
            return
        self.unread.extend(error.sentence for error in reply.errors)
        for record in reply.records:
            if not record.get("Name"):
                self.unread.append(f"{noun.get} returned an object with empty properties.")
            else:
                yield str(record["Name"]), noun.values(record, full=bool(record.get("Path")))

    def _service(self) -> dict[str, Mapping[str, Any]]:
        def read(command: Command) -> Reply:
            return self.read(command.with_parameters(**self.pinned), False)

        try:
            facts = service_connection_point(self.server, {}).observe(read, full=True)
        except ExchangeError as exc:
            self.unread.append(exc.sentence)
            return {}
        return {SERVICE: facts.values}


def wishes(snapshot: Snapshot, server: Server) -> list[Resource]:
    """What a snapshot says of a server's front end, as wishes. The back end and PowerShell are Setup's.

    Raises:
        BadInput: it is another server's, whose URLs would be wrong here.
    """
    if snapshot.server.lower() != server.fqdn.lower():
        raise BadInput(
            f"This is a snapshot of {snapshot.server}, not of {server.fqdn}.",
            "Compare with it, and set what shall be alike with exchange_client_access. Nothing was changed.",
        )
    found = []
    for name, settings in snapshot.objects.items():
        label = snapshot.protocols.get(name, "")
        if label == OUTLOOK_ANYWHERE.label:
            found.append(outlook_anywhere(server, _checked(settings, OUTLOOK_ANYWHERE)))
        elif label == CLIENT_ACCESS_SERVICE.label:
            found.append(service_connection_point(server, _checked(settings, CLIENT_ACCESS_SERVICE)))
        elif label in PROTOCOLS and label != POWERSHELL.label and name.endswith(f"({DEFAULT_WEB_SITE})"):
            noun = PROTOCOLS[label].whole
            found.append(noun.on(server, DEFAULT_WEB_SITE, _checked(settings, noun)))
    return found


def _checked(settings: Mapping[str, Any], noun: Noun) -> dict[str, Any]:
    """A file may have been edited: its values are judged like a user's, who clears a setting with an empty text."""
    wish = {option: "" if value is None else value for option, value in restorable(settings, noun).items()}
    return parse_wish(noun, wish, noun.label)


def compare(reference: Snapshot, present: Snapshot) -> tuple[list[Difference], list[str]]:
    """What is otherwise than in the reference, and what could not be compared, one sentence each."""
    differences: list[Difference] = []
    not_compared = [f"{snapshot.server}: {text}" for snapshot in (reference, present) for text in snapshot.unread]
    for name in sorted({*reference.objects, *present.objects}):
        one, other = reference.objects.get(name), present.objects.get(name)
        if one is None or other is None:
            differences.append(_difference(name, "present", one is not None, other is not None))
            continue
        noun = _table(reference.protocols.get(name, ""))
        for option in sorted({*one, *other}):
            if option not in one or option not in other:
                missing = reference if option not in one else present
                not_compared.append(f"{option} of {name} was not read on {missing.server}.")
            elif not _same(noun, option, _own(one[option], reference), _own(other[option], present)):
                differences.append(_difference(name, option, one[option], other[option]))
    if reference.iis is None or present.iis is None:
        without = " and ".join(snapshot.server for snapshot in (reference, present) if snapshot.iis is None)
        not_compared.append(f"IIS: there are no facts of {without} from iis_application_info.")
    else:
        unread = {**(reference.iis.get("unread") or {}), **(present.iis.get("unread") or {})}
        not_compared.extend(f"{name}: {why}" for name, why in unread.items())
        differences.extend(_iis_differences(reference, present, unread))
    return differences, not_compared


def _iis_differences(reference: Snapshot, present: Snapshot, unread: Mapping[str, str]) -> Iterator[Difference]:
    one, other = ((snapshot.iis or {}).get("settings") or {} for snapshot in (reference, present))
    for name in sorted({*one, *other} - unread.keys()):
        if name not in one or name not in other:
            yield _difference(name, "present", name in one, name in other)
            continue
        for key in sorted({*one[name], *other[name]}):
            before, after = one[name].get(key), other[name].get(key)
            if _own(before, reference) != _own(after, present):
                yield _difference(name, key, before, after)


def _table(label: str) -> Noun | None:
    known: Mapping[str, Noun] = {
        **PROTOCOLS,
        OUTLOOK_ANYWHERE.label: OUTLOOK_ANYWHERE,
        CLIENT_ACCESS_SERVICE.label: CLIENT_ACCESS_SERVICE,
    }
    noun = known.get(label)
    return noun.whole if isinstance(noun, VirtualDirectory) else noun


def _same(noun: Noun | None, option: str, one: Any, other: Any) -> bool:
    setting = noun.by_option.get(option) if noun else None
    return setting.kind.same(one, other) if setting else bool(one == other)


def _own(value: Any, snapshot: Snapshot) -> Any:
    """The value with the server's own name made general."""
    if isinstance(value, list):
        return sorted(_own(item, snapshot) for item in value)
    if isinstance(value, str):
        return value.lower().replace(snapshot.server.lower(), OWN_NAME) if snapshot.server in value.lower() else value
    return value


def _difference(name: str, setting: str, reference: Any, present: Any) -> Difference:
    return {"object": name, "setting": setting, "reference": reference, "present": present}
