# SPDX-License-Identifier: GPL-3.0-or-later
"""The three ways of the benchmark set the same: the comparison would be worth nothing otherwise."""

from __future__ import annotations

import shlex

import pytest

from tests.benchmarks import latencies, scenario


def given(task):
    """The arguments of a task's action."""
    return next(value for key, value in task.items() if key != "name")


def spelled(option):
    return option.replace("_", "").lower()


def test_bulk_and_fine_give_the_same_options():
    fine = {}
    for task in scenario.fine():
        for option, value in given(task).items():
            if option != "protocol":
                assert fine.setdefault((task["name"].partition(":")[0], option), value) == value
    tree = given(scenario.bulk()[0])
    assert {(branch, option): value for branch, values in tree.items() for option, value in values.items()} == fine


def test_today_gives_the_same_values_one_setting_a_cmdlet():
    for setting, task in zip(scenario.SETTINGS, scenario.today(), strict=True):
        words = [word.lower() for word in shlex.split(given(task))]
        for option, value in setting.values.items():
            wanted = f"${value}".lower() if isinstance(value, bool) else value.lower()
            assert words[words.index(f"-{spelled(option)}") + 1] == wanted


@pytest.mark.parametrize("way", ["bulk", "fine", "today", "debug"])
def test_a_play_is_for_all_servers_and_gathers_nothing(way):
    (play,) = scenario.play(way)
    assert (play["hosts"], play["gather_facts"]) == ("exchange", False)


def test_only_today_opens_the_windows_endpoint():
    used = {way: scenario.play(way)[0]["vars"].get("ansible_connection") for way in scenario.WAYS}
    assert used == {"bulk": None, "fine": None, "today": "ansible.builtin.winrm", "debug": None}


def test_the_lab_charges_a_tenth():
    options = latencies.lab_options(5)
    assert options[-1] == "--shell-start=0.5"
    assert "--latency=New-PSSession=0.3" in options
    assert "--latency=Get-* -ADPropertiesOnly=0.03" in options
    assert len(options) == len(latencies.CHARGES) + 1


def test_a_cheap_read_is_charged_last_of_all_reads():
    """Of the patterns that match, the last counts."""
    patterns = [charge.pattern for charge in latencies.CHARGES]
    assert max(at for at, pattern in enumerate(patterns) if pattern.startswith("Get-")) == patterns.index(
        "Get-* -ADPropertiesOnly"
    )
