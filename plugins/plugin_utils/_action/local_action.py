# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An action of the control node alone, which opens no session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible.plugins.action import ActionBase

from .._remoting.errors import ExchangeError
from .options import documented_spec, validated


class LocalAction(ActionBase):
    """A subclass says what it does in ``perform``."""

    _requires_connection = False
    _supports_async = False

    secrets: ClassVar[tuple[str, ...]] = ()
    """None yet: nothing is masked here."""
    not_secret: ClassVar[tuple[str, ...]] = ()
    """Options whose names look like a secret's, but are none."""

    def perform(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Do the work and return the result's keys.

        Raises:
            ExchangeError: shown to the user as the reason of the failure.
        """
        raise NotImplementedError

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        result = dict(super().run(tmp, task_vars))
        result["changed"] = False
        try:
            module = str(self._task.resolved_action or self._task.action)
            result.update(self.perform(validated(module, documented_spec(module), dict(self._task.args))))
        except ExchangeError as exc:
            result.update(failed=True, msg=str(exc))
        return result
