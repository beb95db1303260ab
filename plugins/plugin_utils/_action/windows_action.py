# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the actions share that talk to Windows instead of Exchange, so that they work where Exchange does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from .._remoting.endpoint import Endpoint
from .._remoting.windows_endpoint import windows_endpoint
from .action import RemoteAction, Task

IIS_MODULES = ("WebAdministration",)
"""What sessions import that read or configure IIS."""


class WindowsAction(RemoteAction):
    """An action that talks to the Windows endpoint of a server."""

    variable_prefix = "windows_"

    modules: ClassVar[tuple[str, ...]] = ()
    """PowerShell modules that every session imports first."""

    def candidates(
        self, options: Mapping[str, Any], connection: Mapping[str, Any], inventory_name: str
    ) -> tuple[Endpoint, ...]:
        return (windows_endpoint(options, connection, inventory_name, self.modules),)

    def described(self, task: Task) -> dict[str, Any]:
        return {"server": task.server}


class IisAction(WindowsAction):
    """An action that configures IIS, always by one module: IISAdministration keeps stale copies of the configuration,
    and both in one session fail with "the file has changed on disk" (iis-over-remoting 1).
    """

    modules = IIS_MODULES
