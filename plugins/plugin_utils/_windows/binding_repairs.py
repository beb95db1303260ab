# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would put the bindings of a server right: arguments of our own modules, in the order that works."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .binding_certificates import Choice, back_end_choice, front_end_choice
from .binding_facts import (
    EXCHANGE_POOLS,
    BindingFacts,
    expected_bindings,
    found,
    misplaced,
    orphans,
    superfluous,
)
from .bindings import ANY_ADDRESS, CENTRAL_STORE, HTTPS, SNI, Binding
from .bindings_findings import iis_runs
from .hidden_findings import undecided
from .iis import BACK_END_SITE, FRONT_END_SITE, STARTED
from .services import IIS, RUNNING


@dataclass(frozen=True)
class Repair:
    """One task: a module, its arguments, and why."""

    module: str
    args: Mapping[str, Any]
    why: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a task's result."""
        return {"module": self.module, "args": dict(self.args), "why": self.why}


@dataclass(frozen=True)
class Wishes:
    """What an administrator has decided beforehand: thumbprints for 443 and 444, empty where nothing was said.

    ``new_certificate`` allows a fresh self-signed one for 444 where no other will do.
    """

    front_end: str = ""
    back_end: str = ""
    new_certificate: bool = False


@dataclass(frozen=True)
class RepairPlan:
    """Repairs, and what a person has to decide first, as sentences.

    With ``look_again`` they are only those that IIS needs to tell the rest.
    """

    repairs: Sequence[Repair] = ()
    undecided: Sequence[str] = field(default=())
    look_again: bool = False


def plan_repairs(facts: BindingFacts, wishes: Wishes = Wishes()) -> RepairPlan:
    """What would make the server healthy, as far as that can be done on it.

    The order: services, then the back end's place, as its binding on 443 would keep Default Web Site from starting,
    then certificates, then what is left over, at last sites and pools (peers.md 30).
    """
    if not facts.tells_roles:
        return _before_iis_tells(facts)
    choices = {BACK_END_SITE: back_end_choice(facts, wishes.back_end, wishes.new_certificate)}
    choices[FRONT_END_SITE] = front_end_choice(facts, wishes.front_end)
    return RepairPlan(
        repairs=(
            *_services(facts),
            *_superfluous(facts),
            *_bindings(facts, BACK_END_SITE, choices[BACK_END_SITE]),
            *_bindings(facts, FRONT_END_SITE, choices[FRONT_END_SITE]),
            *_orphans(facts),
            *_sites(facts),
            *_pools(facts),
        ),
        undecided=(*(choice.undecided for choice in choices.values() if choice.undecided), *undecided(facts)),
    )


def _before_iis_tells(facts: BindingFacts) -> RepairPlan:
    """Without its sites and pools nothing is known to be missing, or left over."""
    if services := tuple(_services(facts)):
        return RepairPlan(services, look_again=True)
    return RepairPlan(
        undecided=(
            f"The {' and '.join(facts.unread)} could not be read, so what Exchange needs here is not known and nothing "
            "is repaired. Mend the cause that errors tells, and look again.",
        )
    )


def _services(facts: BindingFacts) -> Iterator[Repair]:
    if stopped := [name for name in IIS if facts.services.get(name, RUNNING) != RUNNING]:
        yield Repair("iis_service", {"state": "started"}, f"{' and '.join(stopped)} must run.")


def _superfluous(facts: BindingFacts) -> Iterator[Repair]:
    for binding in superfluous(facts):
        why = f"{binding.label} takes connections away from {_others(binding)}."
        yield Repair("iis_binding", {**_place(binding), "state": "absent"}, why)


def _others(binding: Binding) -> str:
    return FRONT_END_SITE if binding.port == 443 else "*:444:"


def _bindings(facts: BindingFacts, site: str, choice: Choice) -> Iterator[Repair]:
    """One task for each expected binding of the site that is not as it should be."""
    if facts.site(site) is None:
        return
    for expected in expected_bindings(facts):
        if expected.site != site:
            continue
        args, whys = _place(expected), []
        present, moved = found(facts, expected), misplaced(facts) if site == BACK_END_SITE else None
        if moved:
            args["replaces"] = moved.information
            whys.append(f"It is on {moved.information} instead of {expected.information}")
        elif present is None:
            whys.append(f"{expected.label} is missing")
        elif present.ssl_flags & (SNI | CENTRAL_STORE):
            args["ssl_flags"] = present.ssl_flags & ~(SNI | CENTRAL_STORE)
            whys.append(f"{present.label} must not depend on a host name")
        if choice.why and (present is None or choice.changes(facts, present)):
            whys.append(choice.why)
        if whys:
            yield Repair("iis_binding", {**args, **choice.args}, ". ".join(whys) + ".")


def _place(binding: Binding) -> dict[str, Any]:
    address = binding.information.rsplit(":", 2)[0]
    place: dict[str, Any] = {"site": binding.site, "protocol": HTTPS, "address": address, "port": binding.port}
    return {**place, "host_name": binding.host} if binding.host else place


def _orphans(facts: BindingFacts) -> Iterator[Repair]:
    for entry in orphans(facts):
        args = {
            "site": BACK_END_SITE if facts.site(BACK_END_SITE) else FRONT_END_SITE,
            "protocol": HTTPS,
            "address": "*" if entry.key.address in ("", ANY_ADDRESS) else entry.key.address,
            "port": entry.key.port,
            "state": "absent",
        }
        if entry.key.host:
            args["host_name"] = entry.key.host
        yield Repair("iis_binding", args, f"http.sys keeps a certificate for {entry.key}, which no web site uses.")


def _sites(facts: BindingFacts) -> Iterator[Repair]:
    """Without IIS their state cannot be told; its services start them."""
    for name, needed in ((FRONT_END_SITE, facts.has_front_end), (BACK_END_SITE, facts.has_back_end)):
        site = facts.site(name)
        if needed and site and site.state != STARTED and iis_runs(facts):
            yield Repair("iis_site", {"name": [name], "state": "started"}, f"{name} is {site.state}.")


def _pools(facts: BindingFacts) -> Iterator[Repair]:
    stopped = [name for name, state in facts.pools.items() if name.startswith(EXCHANGE_POOLS) and state != STARTED]
    if stopped and iis_runs(facts):
        yield Repair("iis_app_pool", {"name": stopped, "state": "started"}, f"{', '.join(stopped)} must run.")
