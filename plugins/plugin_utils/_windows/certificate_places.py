# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Windows serves a certificate: IIS on any port, and every other program that http.sys serves (law R6, L10)."""

from __future__ import annotations

from collections.abc import Iterator

from .binding_inquiry import BindingInquiry
from .bindings import users_of


def places_of(inquiry: BindingInquiry, thumbprint: str) -> Iterator[str]:
    """Each place in words.

    Raises:
        ExchangeError: bindings or http.sys cannot be read.
    """
    bindings = inquiry.bindings()
    entries = [entry for entry in inquiry.ssl_entries() if entry.thumbprint == thumbprint]
    for entry in entries:
        users = [binding.label for binding in users_of(bindings, entry.key)]
        program = f"program {entry.app_id}" if entry.app_id and not entry.of_iis else ""
        by = " and ".join(filter(None, [*users, program]))
        yield f"http.sys serves {entry.key} with it{f' ({by})' if by else ''}"
    known = {entry.key for entry in entries}
    for binding in bindings:
        if binding.thumbprint == thumbprint and binding.ssl_key not in known:
            yield f"IIS names it for {binding.label}"
