# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: directories of a server that a switch of the organization would not find ready after a plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ..plugin_utils._action.plain import plain
from ..plugin_utils._exchange.organization_config_findings import unready_after


def directories_unready(organization: Any, planned: Any) -> list[dict[str, str]]:
    """Findings about the state that a plan would leave on one server.

    Args:
        organization: result of exchange_info.
        planned: result of exchange_client_access, in check mode.

    Raises:
        AnsibleFilterError: one of the two is something else.
    """
    try:
        return [finding.as_dict() for finding in unready_after(plain(organization), plain(planned))]
    except (KeyError, TypeError, AttributeError) as exc:
        raise AnsibleFilterError(
            "directories_unready wants a result of exchange_info that holds servers, virtual directories and the "
            "organization, and a result of exchange_client_access."
        ) from exc


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By their names."""
        return {"directories_unready": directories_unready}
