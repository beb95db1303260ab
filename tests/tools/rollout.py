# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/rollout_certificate.yml against a lab: estates, runs that may be killed, and ends that can be compared."""

from __future__ import annotations

import json
import shutil
import tempfile
from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import playbook
from collection_tree import CHECKOUT
from cryptography.hazmat.primitives.serialization import Encoding

from exchange_lab.background import Background
from exchange_lab.world.certificates import StoreEntry
from exchange_lab.world.clock import WallClock
from exchange_lab.world.world import World

PLAYBOOK = CHECKOUT / "playbooks" / "rollout_certificate.yml"
LAB = CHECKOUT / "tests" / "lab"
SIGN_TASKS = LAB / "sign_request.yml"
LONGEST_RUN = 600.0  # seconds

HOOK = CHECKOUT / "tests" / "wire" / "drain_by_file.yml"

MAIL_PROTOCOLS = ("smtp", "submission", "pop3", "pop3s", "imap4", "imap4s")

MAIL, AUTODISCOVER = NAMES = ("mail.contoso.test", "autodiscover.contoso.test")


def estate(servers: int, *, build: str = "15.2.1258.12", **more: Any) -> dict[str, Any]:
    """Servers with a certificate for NAMES that ends in ten days, and serves IIS and SMTP."""
    old = {"names": list(NAMES), "days": 200, "starts_in_days": -190, "services": ["IIS", "SMTP"]}
    return {
        "sites": {"London": ["dc1"]},
        "servers": [{"name": f"ex{number}", "site": "London", "build": build} for number in range(1, servers + 1)],
        "certificates": [old],
        "users": {"administrator": ["Organization Management"]},
        **more,
    }


OLD_NAME = f"<I>CN=Exchange Lab Issuing CA 1, O=Exchange Lab, C=GB<S>CN={MAIL}"
CONNECTOR = {"name": "Internet", "servers": ["ex1", "ex2"], "fqdn": MAIL, "tls_certificate_name": OLD_NAME}
"""A Send connector that names the certificate that all servers have."""


@contextmanager
def lab(servers: int, **more: Any) -> Iterator[Background]:
    """A lab with ``estate``, whose clock is the computer's."""
    with Background(World.from_estate(estate(servers, **more), clock=WallClock())) as running:
        yield running


@dataclass(frozen=True)
class Rollout:
    """One run.

    Attributes:
        code: -9 when it was killed.
        changes: server and task of each change, in their order.
        tasks: when each task began, in seconds since 1970, and its name without its role's, in their order.
    """

    code: int
    output: str
    changes: tuple[str, ...]
    tasks: tuple[tuple[float, str], ...]

    def sessions(self, lab: Background) -> Counter[tuple[str, str, str]]:
        """Each session of the run, by server, endpoint and task: one task at a time has ours."""
        begins = [began for began, _task in self.tasks]
        return Counter(
            (one["host"], one["path"].partition("/?")[0], self.tasks[bisect(begins, one["t"]) - 1][1])
            for one in lab.log.records("request", action="Create")
            if begins and one["t"] >= begins[0]
        )


def fqdns(lab: Background) -> list[str]:
    return list(lab.world.servers)


def variables(lab: Background, **given: Any) -> dict[str, Any]:
    """What every run needs to reach the lab, and variables of the role without their prefix."""
    known = lab.inventory_vars(fqdns(lab)[0])
    plain = {"names": list(NAMES), "sign_tasks": str(SIGN_TASKS), "probe_deadline": 60, "drain_seconds": 30, **given}
    return {
        "lab_directory": str(lab.folder),
        "certificate_rollout_client_port": known["exchange_client_port"],
        "certificate_rollout_client_ca_cert": known["exchange_client_ca_cert"],
        "certificate_rollout_mail_ports": {name: known[f"exchange_{name}_port"] for name in MAIL_PROTOCOLS},
        **{f"certificate_rollout_{name}": value for name, value in plain.items()},
    }


def run(
    lab: Background,
    *,
    servers: Sequence[str] = (),
    die_after: int = 0,
    die_before: int = 0,
    arguments: Sequence[str] = (),
    longest: float = LONGEST_RUN,
    extra: Mapping[str, Any] | None = None,
    **given: Any,
) -> Rollout:
    """One run from a control node of its own, which is gone afterwards.

    Args:
        die_after: the change after which it is killed; 0 for never.
        die_before: the task before which it is killed.
        extra: further variables, by their whole names.
        given: variables of the role, without their prefix.
    """
    folder = Path(tempfile.mkdtemp(prefix="control-node-"))
    for name in ("changes", "tasks"):
        (folder / name).touch()
    try:
        hosts = {name: lab.inventory_vars(name) for name in servers or fqdns(lab)}
        values = variables(lab, **given) | dict(extra or {})
        done = playbook.run_file(
            folder,
            {"exchange": {"hosts": hosts, "vars": values}},
            PLAYBOOK,
            arguments=arguments,
            environment={
                "PYTHONPATH": str(LAB),
                "ANSIBLE_CALLBACKS_ENABLED": "results_file,die_after,task_times",
                "CHANGES_FILE": str(folder / "changes"),
                "TASKS_FILE": str(folder / "tasks"),
                "DIE_AFTER": str(die_after),
                "DIE_BEFORE": str(die_before),
            },
            longest=longest,
        )
        changed, began = ((folder / name).read_text(encoding="utf-8").splitlines() for name in ("changes", "tasks"))
        tasks = (json.loads(line) for line in began)
        named = ((one["began"], one["task"].rpartition(" : ")[2]) for one in tasks)
        return Rollout(done.code, done.output, tuple(changed), tuple(named))
    finally:
        shutil.rmtree(folder)


def end_state(world: World) -> str:
    """Everything that the world holds, with certificates called by what they are instead of by their thumbprints."""
    text = json.dumps(world.snapshot(), default=_text, indent=1, sort_keys=True)
    for thumbprint, title in _titles(world).items():
        text = text.replace(thumbprint, title)
    return "\n".join(sorted(text.splitlines()))


def _text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _titles(world: World) -> dict[str, str]:
    """Thumbprint, and DER in hexadecimal digits, to a title: subject, issuer and age."""
    known = {
        entry.thumbprint: entry.certificate
        for server in world.servers
        for entry in (*world.certificates.of(server).my, *world.certificates.of(server).requests)
    }
    titles: dict[str, str] = {}
    for thumbprint, certificate in sorted(known.items(), key=lambda item: item[1].not_valid_before_utc):
        name = f"{certificate.subject.rfc4514_string()} by {certificate.issuer.rfc4514_string()}"
        count = sum(title.startswith(f"<{name} ") for title in titles.values())
        titles[thumbprint] = f"<{name} {count // 2}>"
        titles[certificate.public_bytes(Encoding.DER).hex()] = f"<{name} {count // 2}>"
    return titles


def thumbprint_of(world: World, server: str, *, newest: bool = True) -> str:
    """Of the newest or oldest certificate for MAIL on a server."""
    found = [entry for entry in world.certificates.of(server).my if MAIL in entry.names]
    ordered = sorted(found, key=lambda entry: entry.certificate.not_valid_before_utc)
    return ordered[-1 if newest else 0].thumbprint


def entry(world: World, server: str, thumbprint: str) -> StoreEntry:
    """A certificate in the store of a server."""
    return world.certificates.of(server).find(thumbprint)


def by_server(lab: Background) -> dict[str, str | None]:
    """The thumbprint on 443 of each server, by http.sys."""
    return {fqdn: lab.world.machines[fqdn].http_sys.entries["0.0.0.0", 443].thumbprint for fqdn in fqdns(lab)}


def on_443(lab: Background) -> set[str | None]:
    """The thumbprints that there are on 443."""
    return set(by_server(lab).values())


def pools_with_old_keys(lab: Background) -> list[str]:
    """Pools that have not started anew since their server's 443 got its certificate: a recycling is owed there."""
    found = []
    for fqdn in fqdns(lab):
        enabled = [
            record["t"]
            for record in lab.log.records("cmdlet", cmdlet="Enable-ExchangeCertificate", outcome="ok")
            if record["parameters"]["Server"] == fqdn and "IIS" in record["parameters"]["Services"]
        ]
        pools = [lab.world.machines[fqdn].pools[name] for name in ("MSExchangeOWAAppPool", "MSExchangeECPAppPool")]
        found += [f"{fqdn} {pool.name}" for pool in pools if not enabled or pool.recycled_at < max(enabled)]
    return found
