# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the unmodified ansible-playbook on tasks and hosts that a test gives, and reads the results back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from collection_tree import CHECKOUT

CALLBACKS = CHECKOUT / "tests" / "wire" / "callback_plugins"
LONGEST_RUN = 180.0  # seconds
FORKS = 25


class Vaulted(str):
    """A text that ansible-vault has encrypted; it stands in the inventory with the tag that says so."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(Vaulted, lambda dumper, text: dumper.represent_scalar("!vault", text, style="|"))

Tasks = Sequence[Mapping[str, Any]]
Hosts = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class TaskResult:
    """What one task gave back on one host. status: ok, failed, skipped or unreachable."""

    status: str
    result: dict[str, Any]

    def ok(self) -> dict[str, Any]:
        """The result's keys, checked to be no failure."""
        assert self.status == "ok", self.result
        return self.result

    def failed(self) -> str:
        """The message, checked to be a failure that changed nothing and came with no traceback."""
        assert self.status == "failed", self.result
        assert not self.result.get("changed"), self.result
        return self.message

    @property
    def message(self) -> str:
        """The message of a failure, checked to have no traceback beside it."""
        assert self.status == "failed", self.result
        message = str(self.result["msg"])
        assert "Traceback" not in message + str(self.result.get("exception", "")), self.result
        return message


@dataclass(frozen=True)
class Run:
    """One run of ansible-playbook. output: everything that it printed, both streams; results: as the callback wrote."""

    code: int
    output: str
    results: Mapping[tuple[str, str], TaskResult]

    def of(self, task: str, host: str) -> TaskResult:
        """The result of a task (by its name) on a host. Raises AssertionError, with the output, when it did not run."""
        assert (task, host) in self.results, f"{task} did not run on {host}:\n{self.output}"
        return self.results[task, host]


def task(name: str, module: str, options: Mapping[str, Any] | str, **keywords: Any) -> dict[str, Any]:
    """A task; module is one of ours by its short name, or a fully qualified one; a text is a free form option."""
    action = module if "." in module else f"mailops.exchange.{module}"
    return {"name": name, action: options if isinstance(options, str) else dict(options), **keywords}


def run(
    folder: Path,
    hosts: Hosts,
    tasks: Tasks,
    *,
    on: str = "all",
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    longest: float = LONGEST_RUN,
    **keywords: Any,
) -> Run:
    """Run one play; a failing task does not stop it.

    Args:
        folder: an empty one for the inventory, the playbook and the results.
        hosts: name to variables.
        tasks: each with a name of its own.
        on: the hosts that the play runs on, as a pattern.
        arguments: further ones of ansible-playbook.
        environment: variables beside those of this process.
        longest: seconds after which the run is given up.
        keywords: further ones of the play.
    """
    play = {"hosts": on, "gather_facts": False, "ignore_errors": True, **keywords, "tasks": list(tasks)}
    path = folder / "play.yml"
    path.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
    inventory = {"all": {"hosts": {name: dict(variables) for name, variables in hosts.items()}}}
    return run_file(folder, inventory, path, arguments=arguments, environment=environment, longest=longest)


def run_file(
    folder: Path,
    inventory: Mapping[str, Any],
    playbook: Path,
    *,
    arguments: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    longest: float = LONGEST_RUN,
) -> Run:
    """Run a playbook of the collection, as users do.

    Args:
        folder: an empty one for the inventory and the results; also the working directory.
        inventory: groups as in a YAML inventory.
        arguments, environment, longest: as ``run``.
    """
    (folder / "inventory.yml").write_text(yaml.dump(inventory, Dumper=_Dumper, sort_keys=False), encoding="utf-8")
    results = folder / "results.jsonl"
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("ansible-playbook")),
            *("-i", str(folder / "inventory.yml")),
            *("-f", str(FORKS)),
            *arguments,
            str(playbook),
        ],
        cwd=folder,
        env=os.environ
        | {
            "ANSIBLE_HOME": str(CHECKOUT / ".build" / "home"),
            "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "results_file",
            "ANSIBLE_NOCOLOR": "1",
            "RESULTS_FILE": str(results),
            "LC_ALL": "C.UTF-8",
            "PWD": str(folder),
        }
        | dict(environment or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=longest,
    )
    return Run(done.returncode, done.stdout, _read(results))


def _read(path: Path) -> dict[tuple[str, str], TaskResult]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    records = [json.loads(line) for line in lines]
    return {(record["task"], record["host"]): TaskResult(record["status"], record["result"]) for record in records}
