# SPDX-License-Identifier: GPL-3.0-or-later
"""Two small languages: how Windows splits a command line, and the typed values that exchange-shell takes."""

from __future__ import annotations

import re
from typing import Any

from psrpcore import Command

_BACKSLASHES = re.compile(r"\\*")
_CONSTANTS: dict[str, object] = {"$true": True, "$false": False, "$null": None}
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<comma>,)
      | '(?P<single>(?:[^']|'')*)'
      | "(?P<double>[^"]*)"
      | (?P<bare>[^\s,'"]+)
    )""",
    re.VERBOSE,
)


class BadCommandLine(ValueError):
    """A line that cannot be read; the text says where."""


def split_windows(line: str) -> list[str]:
    """CommandLineToArgvW: double quotes group, a backslash escapes only a quote."""
    words: list[str] = []
    word, quoted, started, at = "", False, False, 0
    while at < len(line):
        slashes = _BACKSLASHES.match(line, at).group()  # type: ignore[union-attr]  # it matches the empty text too
        at += len(slashes)
        char = line[at : at + 1]
        if slashes:
            started = True
            if char == '"':
                word += "\\" * (len(slashes) // 2)
                if len(slashes) % 2:
                    word += '"'
                    at += 1
                    continue
            else:
                word += slashes
        if char == '"':
            quoted, started = not quoted, True
        elif char in (" ", "\t") and not quoted:
            if started:
                words.append(word)
            word, started = "", False
        elif char:
            word, started = word + char, True
        at += 1
    return [*words, word] if started else words


def parse_cmdlet(text: str) -> Command:
    """A cmdlet and parameters: -Name value, -Switch, -Name:value; lists have commas; $true, $false, $null, integers.

    Raises BadCommandLine.
    """
    tokens = _tokens(text)
    if not tokens or tokens[0][0] != "bare":
        raise BadCommandLine(f"A cmdlet's name is missing in {text!r}.")
    command = Command(str(tokens[0][1]))
    at = 1
    while at < len(tokens):
        name, value, at = _parameter(tokens, at, text)
        command.add_parameter(name, value)
    return command


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadCommandLine(f"Cannot read {text[at:]!r}: a quotation mark is not closed.")
        kind = str(match.lastgroup)
        tokens.append((kind, match.group(kind).replace("''", "'") if kind == "single" else match.group(kind)))
        at = match.end()
    return tokens


def _parameter(tokens: list[tuple[str, str]], at: int, text: str) -> tuple[str, Any, int]:
    kind, word = tokens[at]
    if kind != "bare" or not re.match(r"-[A-Za-z]", word):
        raise BadCommandLine(f"Expected a parameter such as -Identity instead of {word!r} in {text!r}.")
    name, colon, inline = word[1:].partition(":")
    at += 1
    if colon and inline:
        return name, _value("bare", inline), at
    if not colon and (at == len(tokens) or _is_parameter(tokens[at])):
        return name, True, at
    values = []
    while at < len(tokens) and tokens[at][0] != "comma":
        values.append(_value(*tokens[at]))
        at += 1
        if at == len(tokens) or tokens[at][0] != "comma":
            return name, values if len(values) > 1 else values[0], at
        at += 1
    raise BadCommandLine(f"-{name} has no value after its comma or colon in {text!r}.")


def _is_parameter(token: tuple[str, str]) -> bool:
    return token[0] == "bare" and bool(re.match(r"-[A-Za-z]", token[1]))


def _value(kind: str, word: str) -> Any:
    if kind != "bare":
        return word
    if word.lower() in _CONSTANTS:
        return _CONSTANTS[word.lower()]
    return int(word) if re.fullmatch(r"-?\d{1,9}", word) else word
