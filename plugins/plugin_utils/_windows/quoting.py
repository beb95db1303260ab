# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text that a server interprets: one function for each language (iis-over-remoting 2 and 12)."""

from __future__ import annotations

import re

from .._remoting.errors import BadInput

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_WILDCARD = re.compile(r"[`*?\[\]]")
_ELSEWHERE = re.compile(r"[\\/`*?\"<>|]")


def xpath_text(text: str) -> str:
    """A text literal of XPath, which knows no escapes: one kind of quotes can stand inside the other.

    Raises:
        BadInput: both kinds are in the text, or control characters.
    """
    _refuse(_CONTROL, text)
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    raise BadInput(f"{text} has both kinds of quotation marks, which IIS cannot look up.", "Rename it in IIS Manager.")


def exact_name(text: str) -> str:
    """A name for a parameter that may take wildcards: such names mean others too, or none. Raises BadInput."""
    _refuse(_CONTROL, text)
    _refuse(_WILDCARD, text)
    return text


def provider_path(drive: str, *segments: str) -> str:
    """The path of one item of a drive, such as ``IIS:\\SslBindings\\0.0.0.0!444``; for ``-LiteralPath`` too.

    Raises:
        BadInput: a segment is empty, or has characters that lead elsewhere.
    """
    for segment in segments:
        _refuse(_CONTROL, segment)
        _refuse(_ELSEWHERE, segment)
        if segment in ("", ".", ".."):
            raise BadInput(f"'{segment}' cannot be a part of a path.", "Check the name.")
    return "\\".join((f"{drive}:", *segments))


def _refuse(characters: re.Pattern[str], text: str) -> None:
    if found := characters.search(text):
        raise BadInput(f"{text!r} has the character {found[0]!r}, which Windows would interpret.", "Check the name.")
