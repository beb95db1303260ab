# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One binding and its certificate: from what is there and what is wanted to what it takes (iis-over-remoting 2, 3).

Everything that a change leads to is computed beforehand, so that the read-back can show that nothing else moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from .._remoting.command import Command
from .._remoting.errors import BadInput, NotReached
from .._run.step import Step
from . import http_sys, iis
from .bindings import HTTPS, Binding, SslKey, users_of
from .certificate_store import MY, StoreCertificate, same_store
from .http_sys import SslEntry
from .quoting import exact_name

METHOD, PROVIDER = "method", "provider"
CONFIGURATION, BINDING = "configuration", "binding"


@dataclass(frozen=True)
class IisState:
    """All bindings over HTTP and all certificates of http.sys on a server."""

    bindings: Sequence[Binding]
    entries: Mapping[SslKey, SslEntry]

    @classmethod
    def of(cls, bindings: Sequence[Binding], entries: Sequence[SslEntry]) -> IisState:
        return cls(bindings, http_sys.by_key(entries))

    def thumbprint(self, key: SslKey) -> str:
        """What http.sys has there; empty for nothing."""
        return self.entries[key].thumbprint if key in self.entries else ""


@dataclass(frozen=True)
class BindingWish:
    """What is wanted of one binding.

    Attributes:
        target: site, protocol and place; its information is how a new one is written.
        present: False to have none there.
        thumbprint: of the certificate; empty leaves it as it is.
        store: where the certificate is.
        ssl_flags: None leaves all bits as they are.
        replaces: the site's binding that becomes this one, of which site, protocol and place count; None for none.
        shared: the certificate may change for bindings of other sites too.
        attach_with: method of the live binding, or the drive of IIS.
        remove_with: by the configuration's path, or by the cmdlet for bindings.
    """

    target: Binding
    present: bool = True
    thumbprint: str = ""
    store: str = "My"
    ssl_flags: int | None = None
    replaces: Binding | None = None
    shared: bool = False
    attach_with: str = METHOD
    remove_with: str = CONFIGURATION


@dataclass(frozen=True)
class BindingChange:
    """A wish beside what is there. Use ``of``, which refuses what cannot be.

    Attributes:
        certificates: those of the wish's store.
        present: the site's binding in that place, or None.
        replaced: the site's other binding that gives way, or None.
        begun: the first decision about the same wish, some of whose steps were carried out, or None.
        left: where bindings had their certificates before those steps.
    """

    state: IisState
    wish: BindingWish
    certificates: Sequence[StoreCertificate]
    present: Binding | None
    replaced: Binding | None
    begun: BindingChange | None = None
    left: Sequence[SslKey] = ()

    @classmethod
    def of(
        cls, state: IisState, wish: BindingWish, site_names: Sequence[str], certificates: Sequence[StoreCertificate]
    ) -> BindingChange:
        """Look up what the wish is about.

        Raises:
            BadInput: the site does not exist, or has one of the bindings more than once.
        """
        site = _site(wish.target.site, site_names)
        wish = replace(wish, target=replace(wish.target, site=site))
        present = _only(state, site, wish.target)
        replaced = _only(state, site, wish.replaces) if wish.replaces else None
        change = cls(state, wish, certificates, present, replaced if replaced is not present else None)
        return replace(change, wish=replace(wish, thumbprint=wish.thumbprint or change._taken_along()))

    def resumed(
        self, state: IisState, site_names: Sequence[str], certificates: Sequence[StoreCertificate]
    ) -> BindingChange:
        """Decide anew after some of the steps: what they take along or leave behind cannot be seen any more.

        Raises:
            BadInput: as ``of``.
        """
        moved = [one.ssl_key for one in (self.present, self.replaced) if one]
        anew = BindingChange.of(state, self.wish, site_names, certificates)
        return replace(anew, begun=self.begun or self, left=(*self.left, *moved))

    def _taken_along(self) -> str:
        """The certificate that a binding keeps whose place in http.sys changes; empty where it need not or has none.

        What is in the new place stays if it can serve, or is not this binding's alone.
        """
        before, goal = self.present or self.replaced, self.goal
        if not before or not goal or goal.protocol != HTTPS or goal.ssl_key == before.ssl_key:
            return ""
        there = self.state.entries.get(goal.ssl_key)
        others = [one for one in self.state.bindings if one not in (self.present, self.replaced)]
        if there and (self._alive(there) or _of_another_program(there) or users_of(others, there.key)):
            return ""
        return self.state.thumbprint(before.ssl_key)

    def _alive(self, entry: SslEntry) -> bool:
        """Whether its certificate is in the wish's store, with its key."""
        return same_store(entry.store, self.wish.store) and any(
            one.thumbprint == entry.thumbprint and one.has_private_key for one in self.certificates
        )

    def _as_wished(self, entry: SslEntry | None) -> bool:
        """Whether it names the wish's certificate in the wish's store."""
        wish = self.wish
        return entry is not None and entry.thumbprint == wish.thumbprint and same_store(entry.store, wish.store)

    @property
    def goal(self) -> Binding | None:
        """The binding as it shall be; None when there shall be none."""
        if not self.wish.present:
            return None
        before = self.present or self.replaced
        flags = self.wish.ssl_flags if self.wish.ssl_flags is not None else (before.ssl_flags if before else 0)
        base = self.present or replace(self.wish.target, thumbprint="", store="")
        base = replace(base, ssl_flags=flags if base.protocol == HTTPS else 0)
        return self._with_certificate(base, self.goal_entries_of(base))

    @property
    def of_a_binding(self) -> bool:
        """Whether it is about more than entries that no binding has used."""
        return self.goal is not None or self.present is not None

    def goal_entries_of(self, goal: Binding | None) -> Mapping[SslKey, SslEntry]:
        """http.sys as it shall be."""
        entries = dict(self.state.entries)
        for key in self._obsolete_keys(goal):
            entries.pop(key, None)
        kept = entries.get(goal.ssl_key) if goal else None
        if goal and goal.protocol == HTTPS and self.wish.thumbprint and not self._as_wished(kept):
            made = SslEntry(goal.ssl_key, self.wish.thumbprint, self.wish.store, http_sys.IIS_APP_ID)
            entries[goal.ssl_key] = replace(kept, thumbprint=made.thumbprint, store=made.store) if kept else made
        return entries

    @property
    def goal_state(self) -> IisState:
        """The whole server as it shall be."""
        goal = self.goal
        entries = self.goal_entries_of(goal)
        others = [one for one in self.state.bindings if one not in (self.present, self.replaced)]
        bindings = [
            self._with_certificate(one, entries) if goal and one.ssl_key == goal.ssl_key else one for one in others
        ]
        return IisState([*bindings, *([goal] if goal else [])], entries)

    @staticmethod
    def _with_certificate(binding: Binding, entries: Mapping[SslKey, SslEntry]) -> Binding:
        """As IIS will show it: the certificate is that of http.sys."""
        if binding.protocol != HTTPS:
            return binding
        entry = entries.get(binding.ssl_key)
        return replace(binding, thumbprint=entry.thumbprint if entry else "", store=entry.store if entry else "")

    def _obsolete_keys(self, goal: Binding | None) -> list[SslKey]:
        """Entries that only a binding used which goes, moves or changes its flags; and orphans in its place.

        An entry that no binding has used is only taken for one of ours where IIS is known to have made it, any other
        unless another program is known to have.
        """
        if self.wish.target.protocol != HTTPS:
            return []
        gone = [one for one in (self.present, self.replaced) if one and one is not goal]
        remaining = [one for one in self.state.bindings if one not in gone]
        if goal:
            remaining.append(goal)
        keys = [*self.left, *(one.ssl_key for one in gone)]
        if not self.wish.present:
            place = self.wish.target
            own = [SslKey(place.address, place.port), *([SslKey("", place.port, place.host)] if place.host else [])]
            keys += [key for key in own if key in self.state.entries and self.state.entries[key].of_iis]
        here = (self.state.entries[key] for key in dict.fromkeys(keys) if key in self.state.entries)
        return [one.key for one in here if not _of_another_program(one) and not users_of(remaining, one.key)]

    # Refusing

    def conflicts(self) -> Iterator[BadInput]:
        """What other sites' bindings stand against it, which a task before this one may be about to change."""
        goal = self.goal
        if goal is None:
            return
        taken = [one.site for one in self.state.bindings if one.site != goal.site and one.place == goal.place]
        if taken and self.present is None:
            yield BadInput(
                f"{', '.join(sorted(taken))} has {goal.information} already, and only one site can have it.",
                "Give that site another address, port or host name first.",
            )
        others = {one.site for one in users_of(self.state.bindings, goal.ssl_key) if one.site != goal.site}
        if others and self.changes_certificate and not self.wish.shared:
            yield BadInput(
                f"http.sys has one certificate for {goal.ssl_key}, which {', '.join(sorted(others))} uses too.",
                "Take that binding away first, or set shared to true if it is to get the same certificate.",
            )

    def refuse_certificate(self, now: datetime) -> None:
        """Refuse a certificate that cannot serve.

        Raises:
            BadInput: it is not there, has no key, or its time is not now.
        """
        wanted = self.wish.thumbprint
        if not wanted or not self.wish.present:
            return
        found = next((one for one in self.certificates if one.thumbprint == wanted), None)
        where = f"LocalMachine\\{self.wish.store}"
        if found is None:
            raise BadInput(
                f"There is no certificate {wanted} in {where} of the server.", "Import it first, or name another one."
            )
        if not found.has_private_key:
            raise BadInput(
                f"The certificate {wanted} in {where} has no private key.",
                "Import it with its key, or name another one.",
            )
        if self.changes_certificate and not found.is_current(now):
            raise BadInput(
                f"The certificate {wanted} is valid from {found.not_before} to {found.not_after}, and that is not now.",
                "Name another one.",
            )

    @property
    def changes_certificate(self) -> bool:
        """Whether http.sys has another one now than it shall have, or has it from another store."""
        goal = self.goal
        return bool(goal and self.wish.thumbprint and not self._as_wished(self.state.entries.get(goal.ssl_key)))

    # Doing

    def steps(self) -> Iterator[Step]:
        """What has to be sent, in order; nothing when all is as it shall be."""
        goal = self.goal
        if goal is None:
            if self.present:
                yield self._remove(self.present)
        else:
            yield from self._place(goal)
            yield from self._certificate(goal)
        for key in self._obsolete_keys(goal):
            yield Step(_delete(key), f"Nothing uses {key} any more")

    def _place(self, goal: Binding) -> Iterator[Step]:
        current = self.present or self.replaced
        if current is None:
            yield Step(iis.add_binding(goal), "The site has no such binding")
            return
        if self.present is None:
            yield Step(iis.set_binding(current, "bindingInformation", goal.information), "It is in the wrong place")
        elif self.replaced:
            yield self._remove(self.replaced)
        if current.ssl_flags != goal.ssl_flags:
            yield Step(iis.set_binding(goal, "sslFlags", goal.ssl_flags), "Its flags differ")

    def _remove(self, binding: Binding) -> Step:
        by_path = self.wish.remove_with == CONFIGURATION
        return Step(iis.clear_binding(binding) if by_path else iis.remove_binding(binding), "It shall not be there")

    def _certificate(self, goal: Binding) -> Iterator[Step]:
        """A living certificate is replaced in place; a dead one is deleted first (peers.md 30)."""
        if not self.wish.thumbprint:
            return
        entry = self.state.entries.get(goal.ssl_key)
        if self._as_wished(entry) and (self.present is None or self.present.thumbprint == self.wish.thumbprint):
            return
        in_place = entry is not None and self.wish.attach_with == METHOD and self._alive(entry)
        if entry and not in_place:
            yield Step(_delete(entry.key), "What is there cannot be replaced")
        yield Step(self._attach(goal, in_place), "It is to have that certificate")

    def _attach(self, goal: Binding, in_place: bool) -> Command:
        if self.wish.attach_with == PROVIDER:
            value = {"Path": http_sys.path_of(goal.ssl_key), "Thumbprint": self.wish.thumbprint, "SSLFlags": 0}
            if goal.ssl_key.host:
                value["SSLFlags"] = goal.ssl_flags
            return Command("New-Item", {**value, "ErrorAction": "Stop"}).then("Out-Null")
        method = "RebindSslCertificate" if in_place else "AddSslCertificate"
        return iis.call_binding(goal, method, self.wish.thumbprint, self.wish.store).then("Out-Null")

    # Showing and proving

    def diff(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Before and after, of what this change differs in; before is before its first step."""
        first = self.begun or self
        before, after = _shown(first.state), _shown(self.goal_state)
        names = sorted(name for name in first._touched() | self._touched() if before.get(name) != after.get(name))
        return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}

    def _touched(self) -> set[str]:
        return _differing(_shown(self.state), _shown(self.goal_state))

    def prove(self, now: IisState) -> None:
        """Compare a read-back of everything with what it shall be.

        Raises:
            NotReached: with what differs, of this binding or of any other.
        """
        wanted, found = _shown(self.goal_state), _shown(now)
        if wrong := sorted(_differing(wanted, found)):
            told = "; ".join(
                f"{name} is {found.get(name, 'missing')}, not {wanted.get(name, 'gone')}" for name in wrong
            )
            raise NotReached(
                f"The server took the commands, but a read-back shows other than wanted: {told}.",
                "Look whether somebody else changes IIS at this time, then run again.",
            )


def _site(name: str, site_names: Sequence[str]) -> str:
    """The site's true name: XPath heeds case (iis-over-remoting 2)."""
    exact_name(name)
    for one in site_names:
        if one.lower() == name.lower():
            return one
    raise BadInput(f"There is no web site '{name}' on the server.", f"It has: {', '.join(site_names)}.")


def _only(state: IisState, site: str, place: Binding) -> Binding | None:
    """The site's binding in a place, or None. Raises BadInput where there are several."""
    there = [one for one in state.bindings if one.site == site and one.place == place.place]
    if len(there) > 1:
        listed = ", ".join(one.information for one in there)
        raise BadInput(f"{site} has the binding more than once ({listed}).", "Remove all but one in IIS Manager.")
    return there[0] if there else None


def _of_another_program(entry: SslEntry) -> bool:
    """Whether it is known whose it is, and that is not IIS (iis-over-remoting 3)."""
    return bool(entry.app_id) and not entry.of_iis


def _delete(key: SslKey) -> Command:
    return Command("Remove-Item", {"LiteralPath": http_sys.path_of(key), "ErrorAction": "Stop"})


def _shown(state: IisState) -> dict[str, Any]:
    """Each binding and each entry by its name, as compared and shown."""
    bindings = {one.label: _binding(one) for one in state.bindings}
    return {**bindings, **{f"http.sys {key}": _entry(entry) for key, entry in state.entries.items()}}


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> set[str]:
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def _entry(entry: SslEntry) -> str:
    found = entry.thumbprint or "empty"
    return found if same_store(entry.store, MY) else f"{found} in {entry.store}"


def _binding(binding: Binding) -> str:
    if binding.protocol != HTTPS:
        return "there"
    return f"sslFlags {binding.ssl_flags}, certificate {binding.thumbprint or 'none'}"
