# SPDX-License-Identifier: GPL-3.0-or-later
"""Access lists: what three accounts may do with a file, by SID (MS-DTYP 2.5.1.1)."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.record import Record
from ansible_collections.mailops.exchange.plugins.plugin_utils._windows import sddl
from ansible_collections.mailops.exchange.plugins.plugin_utils._windows.key_rights import (
    KeyRights,
    key_file,
    path_of,
    rights_of,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._windows.sddl import SddlRefused, read_sddl

BOTH = "(A;;FA;;;SY)(A;;FA;;;BA)"


def rights(text: str) -> tuple[str, str, str]:
    """Of SYSTEM, Administrators and NETWORK SERVICE."""
    found = rights_of(Record({"PSPath": "Microsoft.PowerShell.Core\\FileSystem::C:\\x", "Sddl": text}))
    return (found.system, found.administrators, found.network_service)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"O:SYG:SYD:PAI{BOTH}", ("full", "full", "none")),
        (f"O:SYG:SYD:PAI{BOTH}(A;;FR;;;NS)", ("full", "full", "read")),
        (f"O:BAG:DUD:AI{BOTH}(A;;FA;;;NS)", ("full", "full", "full")),
        ("D:(A;;FR;;;SY)(A;;FR;;;BA)", ("read", "read", "none")),
        ("D:(A;;FA;;;SY)(A;;FR;;;BA)", ("full", "read", "none")),
        ("D:(A;;FA;;;BA)", ("full", "full", "none")),
        ("D:(A;;FA;;;SY)", ("full", "none", "none")),
        ("D:P", ("none", "none", "none")),
        ("D:NO_ACCESS_CONTROL", ("full", "full", "full")),
    ],
)
def test_full_read_or_none(text: str, expected: tuple[str, str, str]) -> None:
    assert rights(text) == expected


@pytest.mark.parametrize(
    "written",
    [
        "(A;;0x1f01ff;;;S-1-5-20)",
        "(A;;0x1F01FF;;;NS)",
        "(A;;GA;;;NS)",
        "(A;;0x10000000;;;NS)",
        "(A;ID;FA;;;NS)",
        "(A;;FA;;;WD)",
        "(A;;FA;;;S-1-5-11)",
        "(A;;FR;;;NS)(A;;FWFXSDWDWO;;;NS)(A;;DT;;;NS)",
        "(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;NS)(A;;0x100000;;;NS)",
    ],
)
def test_full_control_is_written_in_many_ways(written: str) -> None:
    assert rights(f"D:PAI{BOTH}{written}") == ("full", "full", "full")


@pytest.mark.parametrize(
    "written",
    [
        "(A;;0x120089;;;S-1-5-20)",
        "(A;;GR;;;NS)",
        "(A;;0x80000000;;;NS)",
        "(A;;0x1301bf;;;NS)",
        "(A;;FR;;;AU)",
        "(A;;FRFWFX;;;NS)",
    ],
)
def test_reading_is_written_in_many_ways(written: str) -> None:
    assert rights(f"D:PAI{BOTH}{written}") == ("full", "full", "read")


@pytest.mark.parametrize(
    "written",
    [
        "(A;;FW;;;NS)",
        "(A;;0x40000000;;;NS)",
        "(A;;0x120088;;;NS)",
        "(A;OIIO;FA;;;NS)",
        "(A;CIIO;FA;;;WD)",
        "(A;;FA;;;LS)",
        "(A;;FA;;;S-1-5-200)",
        "(A;;FA;;;S-1-5-21-1-2-3-20)",
    ],
)
def test_what_gives_network_service_nothing(written: str) -> None:
    assert rights(f"D:PAI{BOTH}{written}") == ("full", "full", "none")


def test_the_earlier_entry_decides() -> None:
    assert rights(f"D:(D;;FA;;;NS){BOTH}(A;;FA;;;NS)") == ("full", "full", "none")
    assert rights(f"D:(A;;FA;;;NS){BOTH}(D;;FA;;;NS)") == ("full", "full", "full")
    assert rights(f"D:(D;;WDWO;;;NS){BOTH}(A;;FA;;;NS)") == ("full", "full", "read")
    assert rights(f"D:(D;;FA;;;BA){BOTH}") == ("none", "none", "none"), "SYSTEM is one of the Administrators"


def test_what_stands_around_the_list_does_not_matter() -> None:
    owner = "S-1-5-21-397955417-626881126-188441444-512"
    audited = "S:AI(AU;SAFA;FA;;;WD)"
    assert rights(f"O:{owner}G:{owner}D:PAI{BOTH}(A;;FR;;;{owner}){audited}") == ("full", "full", "none")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "O:SYG:SY",
        "S:AI(AU;SAFA;FA;;;WD)",
        "D:(A;;FA;;;SY",
        "D:(A;;FA;;SY)",
        "D:(A;;QQ;;;SY)",
        "D:(A;;F;;;SY)",
        "D:(A;;0x1ffffffff;;;SY)",
        "D:(OA;;FA;;;SY)",
        "D:(A;;FA;4b6e08c0-df3c-11d1-9c86-006008764d0e;;SY)",
        '(XA;;FA;;;WD;(@User.Title=="PM"))',
        'D:(XA;;FA;;;WD;(@User.Title=="PM"))',
        "D:(RA;;FA;;;SY)",
        "everything for everybody",
        "D:" + "(A;;FA;;;SY)" * 6000,
    ],
)
def test_what_is_not_understood_is_not_judged(text: str) -> None:
    with pytest.raises(SddlRefused) as refused:
        read_sddl(text)
    assert len(str(refused.value)) < 200


@given(some.text(alphabet="ADOGSFRXNYBWU:;()0x1-5_", max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(SddlRefused):
        assert 0 <= sddl.rights_of({sddl.SYSTEM}, read_sddl(text)) <= 0x1FFFFFFF


@pytest.mark.parametrize("name", ["f686aace6942fb7f7ceb231212eef4a4_c2319c42-033a-49ca-a44e-bbdb9e6dab4b", "ABC"])
def test_the_file_of_a_key(name: str) -> None:
    assert key_file(name) == f"C:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys\\{name}"


@pytest.mark.parametrize("name", [None, "", "..\\x", "a/b", "*", "a b", "x" * 129, "a\n", 7.5])
def test_what_is_no_name_of_a_file(name: object) -> None:
    assert key_file(name) is None


def test_which_file_a_list_is_of() -> None:
    assert path_of(Record({"PSPath": "Microsoft.PowerShell.Core\\FileSystem::C:\\A\\b"})) == "c:\\a\\b"
    assert path_of(Record({})) == ""


def test_a_list_that_was_not_told_is_refused() -> None:
    with pytest.raises(SddlRefused):
        rights_of(Record({"PSPath": "x", "Sddl": None}))
    assert KeyRights("full", "full", "read") == rights_of(Record({"Sddl": f"D:{BOTH}(A;;FR;;;NS)"}))
