# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be true of a module's documentation and of every task that uses the module, and that no other gate finds.

Every check takes plain data and returns its findings as sentences; an empty list means that all is well.
Options are the "options" of a documentation (or "suboptions" below it): name -> description of the option.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

COLLECTION = "mailops.exchange"
LIKE_A_SECRET = re.compile(r"(?:pass(?!ive)|secret|token|key)", re.IGNORECASE)  # the pattern of validate-modules

Options = Mapping[str, Mapping[str, Any]]


def documentation(module: str) -> dict[str, Any]:
    """The documentation of one of our modules, by its short name, with the fragments merged in."""
    from ansible.plugins.loader import fragment_loader, module_loader
    from ansible.utils.plugin_docs import get_plugin_docs

    docs, examples, _returned, _metadata = get_plugin_docs(
        f"{COLLECTION}.{module}", "module", module_loader, fragment_loader, verbose=False
    )
    return dict(docs) | {"examples": examples}


def walk(options: Options, path: str = "") -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every option at every depth: its dotted path, its name and its description."""
    for name, option in options.items():
        yield f"{path}{name}", name, option
        yield from walk(option.get("suboptions") or {}, f"{path}{name}.")


def defaults_outside_choices(options: Options) -> list[str]:
    """A default that is not among the choices would fail every task that leaves the option out."""
    found = []
    for path, _name, option in walk(options):
        if "choices" not in option or option.get("default") is None:
            continue
        default = option["default"] if isinstance(option["default"], list) else [option["default"]]
        found += [
            f"{path}: default {value!r} is not among the choices" for value in default if value not in option["choices"]
        ]
    return found


def unlisted_secrets(options: Options, secrets: Sequence[str], not_secret: Sequence[str]) -> list[str]:
    """Documentation cannot say what is secret: an action names the options that are, and those that only look so."""
    names = {name for _path, name, _option in walk(options)}
    listed = {*secrets, *not_secret}
    found = [
        f"{path}: looks like a secret; list it in secrets or not_secret of the action"
        for path, name, _option in walk(options)
        if LIKE_A_SECRET.search(name) and name not in listed
    ]
    found += [f"{name}: listed by the action, but there is no such option" for name in sorted(listed - names)]
    return found + [f"{name}: listed both as secret and as not secret" for name in sorted({*secrets} & {*not_secret})]


def tasks(content: Any) -> Iterator[tuple[str, Any]]:
    """Every use of a module of ours anywhere in a playbook or task file: the short name and its arguments."""
    if isinstance(content, list):
        for entry in content:
            yield from tasks(entry)
    elif isinstance(content, dict):
        for key, value in content.items():
            if isinstance(key, str) and re.fullmatch(rf"{re.escape(COLLECTION)}\.\w+", key):
                yield key.removeprefix(f"{COLLECTION}."), value
            else:
                yield from tasks(value)


def wrong_arguments(arguments: Any, options: Options) -> list[str]:
    """Arguments of a task that its module would refuse. Templates may become anything and count as right."""
    if is_template(arguments):
        return []
    if not isinstance(arguments, dict | None):
        return [f"arguments must be a dictionary, not {arguments!r}"]
    spec, given = argument_spec(options), deepcopy(arguments or {})
    drop_templates(spec, given)
    return list(ArgumentSpecValidator(spec).validate(given).error_messages)


def argument_spec(options: Options) -> dict[str, Any]:
    """The options in the words of an Ansible argument spec, without defaults."""
    spec: dict[str, Any] = {}
    for name, option in options.items():
        spec[name] = {key: option[key] for key in ("type", "elements", "required", "aliases") if key in option}
        if "choices" in option:
            spec[name]["choices"] = list(option["choices"])
        if option.get("suboptions"):
            spec[name]["options"] = argument_spec(option["suboptions"])
    return spec


def is_template(value: Any) -> bool:
    return isinstance(value, str) and ("{{" in value or "{%" in value)


def drop_templates(spec: dict[str, Any], given: dict[str, Any]) -> None:
    """Remove from the arguments what only a run would know, and from the spec that it is required."""
    for name, option in spec.items():
        for key in (name, *option.get("aliases", ())):
            value = given.get(key)
            if is_template(value):
                del given[key]
                option.pop("required", None)
            if isinstance(value, list):
                given[key] = [entry for entry in value if not is_template(entry)]
            for entry in value if isinstance(value, list) else [value]:
                if isinstance(entry, dict) and "options" in option:
                    drop_templates(option["options"], entry)
