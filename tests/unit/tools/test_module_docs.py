# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of module documentation find what is wrong and leave alone what is right."""

from __future__ import annotations

import module_docs
import pytest

OPTIONS = {
    "protocol": {"type": "str", "required": True, "choices": {"owa": "a", "ecp": "b"}},
    "count": {"type": "int", "aliases": ["number"]},
    "names": {"type": "list", "elements": "str"},
    "bindings": {
        "type": "list",
        "elements": "dict",
        "suboptions": {"port": {"type": "int", "required": True}, "password": {"type": "str"}},
    },
}


def test_a_default_outside_the_choices_is_found_at_every_depth():
    wrong = {"type": "str", "choices": ["a"], "default": "b"}
    right = {"type": "list", "choices": ["a", "b"], "default": ["b"]}
    options = {"outer": {"type": "dict", "suboptions": {"inner": wrong}}, "right": right}
    assert module_docs.defaults_outside_choices(options) == ["outer.inner: default 'b' is not among the choices"]
    assert module_docs.defaults_outside_choices({"right": right}) == []


def test_what_looks_like_a_secret_must_be_listed_once():
    assert module_docs.unlisted_secrets(OPTIONS, ["password"], []) == []
    assert module_docs.unlisted_secrets(OPTIONS, [], ["password"]) == []
    assert [text.split(":")[0] for text in module_docs.unlisted_secrets(OPTIONS, [], [])] == ["bindings.password"]
    assert module_docs.unlisted_secrets(OPTIONS, ["password"], ["password"]) != []
    assert module_docs.unlisted_secrets(OPTIONS, ["password", "gone"], []) != []
    assert module_docs.unlisted_secrets({"passive": {"type": "str"}}, [], []) == []


@pytest.mark.parametrize(
    "arguments",
    [
        {"protocol": "owa", "count": 1},
        {"protocol": "owa", "number": "2"},
        {"protocol": "{{ item }}", "count": "{{ count }}", "names": ["{{ name }}", "x"]},
        {"protocol": "ecp", "bindings": [{"port": "{{ port }}"}]},
        {"protocol": "ecp", "bindings": "{{ bindings }}"},
        "{{ everything }}",
    ],
)
def test_right_arguments_pass(arguments):
    assert module_docs.wrong_arguments(arguments, OPTIONS) == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (None, "missing required arguments: protocol"),
        ({"count": 1}, "missing required arguments: protocol"),
        ({"protocol": "pop"}, "must be one of"),
        ({"protocol": "owa", "colour": "red"}, "colour"),
        ({"protocol": "{{ item }}", "colour": "red"}, "colour"),
        ({"protocol": "owa", "count": "many"}, "unable to convert to int"),
        ({"protocol": "owa", "bindings": [{"password": "{{ secret }}"}]}, "port"),
        ({"protocol": "owa", "bindings": [{"port": 1, "portt": 2}]}, "portt"),
        ("protocol=owa", "must be a dictionary"),
    ],
)
def test_wrong_arguments_are_found(arguments, complaint):
    assert complaint in " ".join(module_docs.wrong_arguments(arguments, OPTIONS))


def test_tasks_are_found_wherever_they_stand():
    play = [
        {
            "hosts": "all",
            "tasks": [
                {
                    "block": [{"name": "x", "mailops.exchange.one": {"a": 1}}],
                    "rescue": [{"mailops.exchange.two": None}],
                },
                {"ansible.builtin.debug": {"msg": "mailops.exchange.three"}},
            ],
        }
    ]
    assert list(module_docs.tasks(play)) == [("one", {"a": 1}), ("two", None)]
