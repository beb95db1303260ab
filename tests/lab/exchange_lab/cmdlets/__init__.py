# SPDX-License-Identifier: GPL-3.0-or-later
"""The cmdlets: bound from the contract, one call into the world, objects shaped as a real server sends them."""

from __future__ import annotations

from .errors import Stopped
from .interpreter import Interpreter

__all__ = ["Interpreter", "Stopped"]
