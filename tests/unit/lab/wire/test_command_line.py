# SPDX-License-Identifier: GPL-3.0-or-later
"""The two small languages of the Windows endpoint."""

from __future__ import annotations

import pytest

from exchange_lab.wire.command_line import BadCommandLine, parse_cmdlet, split_windows


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("  echo  a b ", ["echo", "a", "b"]),
        ('echo "a b" c', ["echo", "a b", "c"]),
        ('echo ""', ["echo", ""]),
        (r"C:\x\y.exe \\srv\s", [r"C:\x\y.exe", r"\\srv\s"]),
        (r"echo \"a\"", ["echo", '"a"']),
        (r'echo "a\\" b', ["echo", "a\\", "b"]),
        (r'echo "a\\\"b"', ["echo", 'a\\"b']),
    ],
)
def test_windows_splits_by_quotes_and_backslashes(line, words):
    assert split_windows(line) == words


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("Get-ExchangeServer", []),
        ("Set-X -Identity 'EX1\\owa (Default Web Site)'", [("Identity", "EX1\\owa (Default Web Site)")]),
        ("Set-X -Name 'it''s' -Other \"a, b\"", [("Name", "it's"), ("Other", "a, b")]),
        (
            "Set-X -A $true -B $FALSE -C $null -D 42 -E -5",
            [("A", True), ("B", False), ("C", None), ("D", 42), ("E", -5)],
        ),
        ("Set-X -Force -Confirm:$false", [("Force", True), ("Confirm", False)]),
        ("Set-X -Methods Ntlm,Basic, 'Negotiate'", [("Methods", ["Ntlm", "Basic", "Negotiate"])]),
        ("Set-X -Url https://mail.contoso.test/owa -Adp", [("Url", "https://mail.contoso.test/owa"), ("Adp", True)]),
        ("Set-X -Text '$true' -Number '42'", [("Text", "$true"), ("Number", "42")]),
    ],
)
def test_a_cmdlet_has_typed_values(text, parameters):
    command = parse_cmdlet(text)
    assert command.parameters == parameters
    assert [type(value) for _unused, value in command.parameters] == [type(value) for _unused, value in parameters]


@pytest.mark.parametrize(
    "text", ["", "'Set-X'", "Set-X loose", "Set-X -Name 'open", "Set-X -A 1,", "Set-X -A:", "Set-X , 1"]
)
def test_what_cannot_be_read_is_refused(text):
    with pytest.raises(BadCommandLine):
        parse_cmdlet(text)
