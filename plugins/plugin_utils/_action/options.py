# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options checked against the module's own documentation, which is the only argument spec there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError
from ansible.plugins.loader import fragment_loader, module_loader
from ansible.utils.plugin_docs import get_plugin_docs

from .._remoting.errors import BadInput
from .plain import plain

_KEPT = ("type", "elements", "required", "default", "aliases")


def documented_spec(module: str) -> dict[str, Any]:
    """The argument spec that a module's documentation describes, fragments merged.

    Args:
        module: the fully qualified name.

    Raises:
        AnsibleError: the module has no documentation.
    """
    documentation = get_plugin_docs(module, "module", module_loader, fragment_loader, verbose=False)[0]
    if not documentation:
        raise AnsibleError(f"{module} has no documentation")
    return _spec(documentation["options"])


def _spec(documented: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _option(option) for name, option in documented.items()}


def _option(documented: Mapping[str, Any]) -> dict[str, Any]:
    option = {key: plain(documented[key]) for key in _KEPT if key in documented}
    if "choices" in documented:
        option["choices"] = plain(list(documented["choices"]))
    if "suboptions" in documented:
        option["options"] = _spec(documented["suboptions"])
    return option


def validated(module: str, spec: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Typed options with defaults, as plain values.

    Raises:
        BadInput: an unknown option, a wrong type, or a value that is not among the choices.
    """
    try:
        outcome = ArgumentSpecValidator(dict(spec)).validate(plain(given))
    except TypeError as exc:  # ansible-core stumbles over a list where a dictionary with suboptions belongs
        raise BadInput(
            f"{module}: an option has the wrong type ({exc}).", "See its documentation with ansible-doc."
        ) from exc
    if not outcome.error_messages:
        return dict(plain(outcome.validated_parameters))
    unknown = any(isinstance(error, UnsupportedError) for error in outcome.errors)
    # the names of all the others would fill a page
    messages = "; ".join(message.partition(". Supported parameters")[0] for message in outcome.error_messages)
    raise BadInput(
        f"{module}: {'Unsupported parameters: ' if unknown else ''}{messages}.",
        f"See ansible-doc {module}. Nothing was changed.",
    )
