# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One write that a task has decided on."""

from __future__ import annotations

from dataclasses import dataclass

from .._remoting.command import Command


@dataclass(frozen=True)
class Step:
    """A command that changes something, and the reason to send it."""

    command: Command
    why: str
