# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the settings' part of the modules' documentation from the tables in plugin_utils/_exchange.

The tables are the one place where a setting is described; the documentation is the argument spec at run time.
Run it after changing a table; a unit test compares.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import yaml
from ansible.plugins.loader import init_plugin_loader
from collection_tree import CHECKOUT, link_collection


class _InOneLine(list[str]):
    """A list that YAML shows between brackets."""


yaml.SafeDumper.add_representer(
    _InOneLine, lambda dumper, items: dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True)
)

BEGIN = "# settings, written by tests/tools/write_documentation.py"
END = "# end of settings"

GROUPS_BEGIN = "# settings by table, written by tests/tools/write_documentation.py"
GROUPS_END = "# end of settings by table"

RESULTS_BEGIN = "# common results, written by tests/tools/write_documentation.py"
RESULTS_END = "# end of common results"
RESULTS = r"""
commands:
  description: What ran, or in check mode would run, as an administrator would type it. Also after a failure.
  returned: always
  type: list
  elements: str
  sample:
    - >-
      Set-OwaVirtualDirectory -Identity 'EX1\owa (Default Web Site)' -InternalUrl 'https://mail.contoso.com/owa'
      -DomainController 'dc1.contoso.com' -Confirm:$false
server:
  description: FQDN of the server that the task was about.
  returned: success
  type: str
  sample: ex1.contoso.com
domain_controller:
  description: The domain controller that was read and written.
  returned: success
  type: str
  sample: dc1.contoso.com
answered_by:
  description: The back end that ran the cmdlets, where the server has told. It is not always the server itself.
  returned: success
  type: str
  sample: ex2.contoso.com
restart_needed:
  description: Application pools to recycle, front and back end, before the changes are live.
  returned: success
  type: list
  elements: str
  sample: [MSExchangeOWAAppPool]
iis_restart_needed:
  description: Whether a change wants WAS and W3SVC restarted rather than pools recycled.
  returned: success
  type: bool
  sample: false
""".strip()


def option_document(
    settings: Mapping[str, Any], taken: frozenset[str] = frozenset(), name_groups: bool = True
) -> dict[str, Any]:
    """One option's documentation out of the same-named rows of one or more tables.

    Args:
        settings: rows by the label of their table.
        taken: option names that cannot be aliases.
        name_groups: say which tables have the option.
    """
    rows = list(settings.values())
    first = rows[0]
    says: dict[str, list[str]] = {}
    for label, setting in settings.items():
        says.setdefault(_sentence(setting), []).append(label)
    prefix = {
        text: f"For {', '.join(f'V({label})' for label in labels)}. " if name_groups else ""
        for text, labels in says.items()
    }
    document: dict[str, Any] = {"description": [f"{prefix[text]}{text}" for text in says], "type": first.kind.doc_type}
    if first.kind.elements:
        document["elements"] = first.kind.elements
    choices = list(dict.fromkeys(choice for row in rows for choice in _choices(row)))
    if choices and all(row.kind.choices for row in rows):
        document["choices"] = _InOneLine(choices)
    aliases = sorted({row.alias for row in rows if row.alias} - taken)
    if aliases:
        document["aliases"] = _InOneLine(aliases)
    return document


def _choices(setting: Any) -> Iterable[str]:
    # an empty text clears, so it must be among the choices
    return (*setting.kind.choices, "") if setting.kind.clearable and not setting.kind.elements else setting.kind.choices


def _sentence(setting: Any) -> str:
    clears = {"list": " An empty list clears it.", "str": " An empty text clears it."}.get(setting.kind.doc_type, "")
    told = setting.says.rstrip()
    return told + (clears if setting.kind.clearable and "empty" not in told else "") + _version(setting)


def _version(setting: Any) -> str:
    return f" {setting.since!s} and later." if setting.since else ""


def flat_options(nouns: Mapping[str, Any], taken: frozenset[str]) -> dict[str, Any]:
    """The options of several tables side by side, each told whose it is; those of many first."""
    owners: dict[str, dict[str, Any]] = {}
    for label, noun in nouns.items():
        for setting in noun.settings:
            owners.setdefault(setting.option, {})[label] = setting
    return {
        option: option_document(rows, taken, name_groups=len(nouns) > 1)
        for option, rows in sorted(
            owners.items(), key=lambda item: (-len(item[1]), list(nouns).index(next(iter(item[1]))))
        )
    }


def rendered(options: Mapping[str, Any], indent: int) -> str:
    """YAML text of the options between its two marks."""
    text = yaml.safe_dump(dict(options), sort_keys=False, width=100, allow_unicode=True, default_flow_style=False)
    lines = [BEGIN, *text.rstrip().splitlines(), END]
    return "\n".join(" " * indent + line for line in lines)


def replaced(module: str, module_text: str, options: Mapping[str, Any]) -> str:
    """A module's text with its settings and common results written anew."""
    from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.tables import MODULE_TABLES

    text = _between(module_text, BEGIN, END, lambda indent: rendered(options, indent))
    if GROUPS_BEGIN in text:
        text = _between(text, GROUPS_BEGIN, GROUPS_END, lambda indent: _groups(MODULE_TABLES[module], indent))
    return _between(text, RESULTS_BEGIN, RESULTS_END, lambda indent: f"{RESULTS_BEGIN}\n{RESULTS}\n{RESULTS_END}")


def _groups(nouns: Mapping[str, Any], indent: int) -> str:
    """A note for each table with the options that it has."""
    notes = []
    for label, noun in nouns.items():
        names = ", ".join(f"O({option})" for option in sorted(noun.by_option))
        notes.append("- >-\n" + textwrap.indent(textwrap.fill(f"Settings of V({label}): {names}.", 100), "  "))
    return textwrap.indent("\n".join([GROUPS_BEGIN, *notes, GROUPS_END]), " " * indent)


def _between(text: str, begin: str, end: str, write: Callable[[int], str]) -> str:
    match = re.search(rf"^( *){re.escape(begin)}$.*?^ *{re.escape(end)}$", text, re.S | re.M)
    if not match:
        raise SystemExit(f"a module lacks the mark '{begin}'")
    return text[: match.start()] + write(len(match[1])) + text[match.end() :]


def documents() -> dict[str, dict[str, Any]]:
    """The generated options of each module, by its name."""
    from ansible_collections.mailops.exchange.plugins.doc_fragments.exchange import ModuleDocFragment
    from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.client_access import title_of
    from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.tables import MODULE_TABLES, TREE_TABLES

    fragments = (ModuleDocFragment.DOCUMENTATION, ModuleDocFragment.CONVERGE)
    taken = frozenset(name for text in fragments for name in yaml.safe_load(text)["options"])
    found = {module: flat_options(nouns, taken) for module, nouns in MODULE_TABLES.items()}
    for module, tree in TREE_TABLES.items():
        found[module] = {
            label: {
                "description": [f"Settings of {title_of(noun)}."],
                "type": "dict",
                "suboptions": _below(label, flat_options({label: noun}, frozenset())),
            }
            for label, noun in tree.items()
        }
    return found


def _below(label: str, options: dict[str, Any]) -> dict[str, Any]:
    """The same options as suboptions: they refer to each other by their whole path."""
    for option in options.values():
        option["description"] = [text.replace("O(", f"O({label}.") for text in option["description"]]
    return options


def main() -> int:
    init_plugin_loader([str(link_collection())])
    for module, options in documents().items():
        path = CHECKOUT / "plugins" / "modules" / f"{module}.py"
        path.write_text(replaced(module, path.read_text(), options))
        print(f"wrote the settings of {module}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
