# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One setting of an object: what it is called by users and by the server, and what it can hold."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .kinds import Kind

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+\d*|[A-Z]+\d*|\d+")


def option_name(parameter: str) -> str:
    """The option's name for a cmdlet's parameter: snake_case, an acronym being one word.

    >>> option_name("ActionForUnknownFileAndMIMETypes")
    'action_for_unknown_file_and_mime_types'
    >>> option_name("OAuthAuthentication")
    'oauth_authentication'
    """
    return "_".join(
        _WORDS.findall(parameter.replace("OAuth", "Oauth").replace("URIs", "Uris").replace("SPNList", "SpnList"))
    ).lower()


@dataclass(frozen=True)
class Setting:
    """A row of an object's table.

    Attributes:
        parameter: the cmdlet's parameter.
        kind: what it can hold.
        says: what the documentation says about it, one sentence.
        full_read: True when a cheap read does not show it.
        known_as: another parameter name whose option name is used; the parameter's own becomes an alias.
        attribute: where it is read, when that is not the parameter's name.
        since: the first version that has it, as an ordinal of the caller's.
        recycle: whether a change goes live only after a recycle.
        stands_for: options that it sets all at once. No attribute shows it, so these are compared in its place.
    """

    parameter: str
    kind: Kind
    says: str
    full_read: bool = False
    known_as: str = ""
    attribute: str = ""
    since: int = 0
    recycle: bool = True
    stands_for: tuple[str, ...] = ()

    @property
    def option(self) -> str:
        return option_name(self.known_as or self.parameter)

    @property
    def alias(self) -> str | None:
        return option_name(self.parameter) if self.known_as else None

    @property
    def reads(self) -> str:
        return self.attribute or self.parameter
