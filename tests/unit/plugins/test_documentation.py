# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules' documentation is what the tables make of it, and every setting can be reached through it."""

from __future__ import annotations

import pytest
import write_documentation
from collection_tree import CHECKOUT

from ansible_collections.mailops.exchange.plugins.plugin_utils._action.options import documented_spec
from ansible_collections.mailops.exchange.plugins.plugin_utils._converge.noun import Noun
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.tables import MODULE_TABLES, TREE_TABLES

DOCUMENTS = write_documentation.documents()
REACHED = [
    pytest.param(noun, documented, id=f"{module}-{label}")
    for module, nouns in [*MODULE_TABLES.items(), *TREE_TABLES.items()]
    for label, noun in nouns.items()
    for spec in [documented_spec(f"mailops.exchange.{module}")]
    for documented in [spec[label]["options"] if module in TREE_TABLES else spec]
]


@pytest.mark.parametrize("module", DOCUMENTS)
def test_the_file_is_what_the_tables_say(module: str) -> None:
    text = (CHECKOUT / "plugins" / "modules" / f"{module}.py").read_text(encoding="utf-8")
    assert write_documentation.replaced(module, text, DOCUMENTS[module]) == text, (
        "run tests/tools/write_documentation.py"
    )


@pytest.mark.parametrize(("noun", "documented"), REACHED)
def test_every_setting_is_an_option_of_its_kind(noun: Noun, documented: dict[str, dict]) -> None:
    for setting in noun.settings:
        option = documented[setting.option]
        kind = setting.kind
        assert option["type"] == kind.doc_type, setting.option
        assert option.get("elements") == kind.elements, setting.option
        assert set(kind.choices) <= set(option.get("choices") or kind.choices), setting.option
        if kind.clearable and not kind.elements and "choices" in option:
            assert "" in option["choices"], f"{setting.option} could not be cleared"
        assert "default" not in option, f"{setting.option} would be changed by every task that does not name it"
