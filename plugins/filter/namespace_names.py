# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filter: the names that a namespace plan needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ..plugin_utils._action.plain import plain
from ..plugin_utils._exchange.namespace_plan import Plan
from ..plugin_utils._remoting.errors import BadInput


def namespace_names(variables: Any, site: str | None = None) -> dict[str, list[str]]:
    """The names of a plan, on the certificate and in DNS.

    Args:
        variables: the plan.
        site: only what servers of this Active Directory site need.

    Raises:
        AnsibleFilterError: no dictionary, or an impossible plan.
    """
    if not isinstance(variables, Mapping):
        raise AnsibleFilterError(
            "namespace_names wants a dictionary with variables of the role namespaces, such as "
            "{'namespaces_name': 'mail.contoso.com'}."
        )
    try:
        plan = Plan.of(plain(variables))
        plan = plan.of_site(str(site)) if site else plan
    except BadInput as exc:
        raise AnsibleFilterError(str(exc)) from exc
    return {"certificate": plan.names_on_certificate(), "dns": plan.names_in_dns()}


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """By their names."""
        return {"namespace_names": namespace_names}
