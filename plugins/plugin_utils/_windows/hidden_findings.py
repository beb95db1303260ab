# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands between connections to 443 and 444 and the bindings that Exchange has there (iis-over-remoting 3, W2)."""

from __future__ import annotations

from collections.abc import Iterator

from .._findings.finding import Finding, Severity
from .._findings.registry import LEARN, declare
from .binding_facts import BindingFacts, apart, hides, intruders, orphans, strangers, unused
from .http_sys import SslEntry

_PAGE = LEARN + "exchange/troubleshoot/client-connectivity/exchange-security-update-issues"

HIDDEN = declare(
    "http_sys_entry_hides",
    Severity.HIGH,
    "The entry {key} of http.sys has its own certificate, but no web site: what connects there does not get the "
    "certificate of all addresses.",
    "Remove the entry. One that another program has made is that program's: ask before.",
    _PAGE,
)
ORPHAN = declare(
    "http_sys_orphan",
    Severity.WARNING,
    "A certificate for {key} is left in http.sys, which no web site uses; it can hide that of all addresses.",
    "Remove the entry.",
)
INTRUDER = declare(
    "back_end_port_shared",
    Severity.HIGH,
    "{binding} takes connections on 444 away from Exchange Back End.",
    "Give that web site another port, or remove the binding.",
    _PAGE,
)
FRONT_END_APART = declare(
    "front_end_address_differs",
    Severity.HIGH,
    "{binding} has another certificate than 443 has for all addresses: who connects to that address gets it, or none.",
    "Bind the same certificate to it, or remove the binding.",
)


def entries(facts: BindingFacts) -> Iterator[Finding]:
    """Once nothing uses it, whose an entry is does not matter to what it hides."""
    for entry in unused(facts):
        if hides(facts, entry):
            yield HIDDEN.about(facts.server, key=entry.key)
    for entry in orphans(facts):
        if not hides(facts, entry):
            yield ORPHAN.about(facts.server, key=entry.key)


def bindings(facts: BindingFacts) -> Iterator[Finding]:
    for binding in intruders(facts):
        yield INTRUDER.about(facts.server, binding=binding.label)
    for binding in apart(facts):
        yield FRONT_END_APART.about(facts.server, binding=binding.label)


def undecided(facts: BindingFacts) -> Iterator[str]:
    """What no repair may take away, as it is somebody else's."""
    for entry in strangers(facts):
        yield (
            f"http.sys has a certificate for {entry.key} that IIS is not known to have put there "
            f"(program {entry.app_id or 'unknown'}). If nothing needs it, remove it on the server: "
            f"netsh http delete sslcert {_netsh_name(entry)}"
        )
    for binding in intruders(facts):
        yield f"{binding.label} takes what belongs to Exchange Back End. Give it another port, or remove it."
    for binding in apart(facts):
        yield f"{binding.label} has another certificate than 443. Bind the same one to it, or remove it."


def _netsh_name(entry: SslEntry) -> str:
    return f"{'hostnameport' if entry.key.host else 'ipport'}={entry.key}"


ANALYSERS = (entries, bindings)
