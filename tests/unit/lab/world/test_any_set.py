# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is set: no law is broken, a refusal writes nothing, -WhatIf writes nothing, a repetition changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lab_shell import lab

from exchange_lab.contract import Parameter, documented
from exchange_lab.world.nouns import NOUNS
from exchange_lab.world.nouns.attributes import Noun
from exchange_lab.world.switches import VALUES

LEFT_TO_CLIENTS = ("2.10", "2.12", "4.3")  # documented, but not known to be checked by the cmdlets
URLS = [None, "https://mail.contoso.com/owa", "http://mail.contoso.com/mapi", "https://mail.contoso.com", "relative"]
TEXTS = [None, "mail.contoso.com", "contoso"]
# Under these two switches servers accept what breaks a law, by design.
OTHER_ANSWERS = [
    (name, value)
    for name, values in VALUES.items()
    for value in values
    if name not in ("relative_url", "oa_ssl_conflict")
]


def value(parameter: Parameter) -> st.SearchStrategy[Any]:
    """A value that binds to the parameter."""
    if parameter.type == "Boolean":
        return st.booleans()
    if parameter.type == "MultiValuedProperty":
        choices = list(parameter.accepted_values) or ["HTTP/mail.contoso.com", "HTTP/mail"]
        return st.lists(st.sampled_from(choices), unique=True, max_size=3)
    if parameter.accepted_values:
        return st.sampled_from(parameter.accepted_values)
    return st.sampled_from({"Uri": URLS, "Int32": [0, 5]}.get(parameter.type, TEXTS))


def commands(noun: Noun) -> st.SearchStrategy[dict[str, Any]]:
    """Some parameters of the noun's Set with values."""
    parameters = documented()[f"set-{noun.name}".lower()].parameters
    settable = sorted(name for name in (*noun.by_name, *noun.write_only) if name in parameters)
    chosen = st.sets(st.sampled_from(settable), min_size=1, max_size=5)
    return chosen.flatmap(
        lambda names: st.fixed_dictionaries({name: value(parameters[name]) for name in sorted(names)})
    )


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.name)
@given(data=st.data())
def test_any_set(noun, data):
    switches = data.draw(st.lists(st.sampled_from(OTHER_ANSWERS), max_size=4).map(dict))
    shell = lab(data.draw(st.sampled_from(["one_server", "modern"])), switches=switches)
    for parameters in data.draw(st.lists(commands(noun), min_size=1, max_size=4)):
        before = shell.world.snapshot()
        shell.set(noun.name, WhatIf=True, **parameters)
        assert shell.world.snapshot() == before
        reply = shell.set(noun.name, **parameters)
        after = shell.world.snapshot()
        if not reply.done:
            assert after == before
            continue
        broken = [text for text in shell.world.violations() if text.split(": ")[1].split()[0] not in LEFT_TO_CLIENTS]
        assert broken == []
        shell.set(noun.name, **parameters)
        assert shell.world.snapshot() == after
