# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows' own cmdlets: single or in pipelines whose live objects stay on the server (iis-over-remoting)."""

from __future__ import annotations

from .interpreter import WindowsInterpreter

__all__ = ["WindowsInterpreter"]
