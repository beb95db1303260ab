# SPDX-License-Identifier: GPL-3.0-or-later
"""Get- and Set-OrganizationConfig, as far as client access goes (client-access-laws 1.9)."""

from __future__ import annotations

from typing import Any

from ..world.organization_config import EWS_LISTS, FRESH, check, shown_on
from ..world.setting import set_ad_object
from .call import Call, cmdlet, named_settings
from .conversion import AddRemove
from .enumerations import enumeration
from .shapes import AD, AD_OBJECT_TYPES, Shapes
from .virtual_directories import damaged


@cmdlet("Get-OrganizationConfig")
def get(call: Call) -> None:
    """The organization's one object."""
    controller, item = call.domain_controller, call.world.organization_config
    values = call.world.directory.read(item, controller)
    shown = [(name, _shaped(call, name, values[name])) for name in shown_on(call.server.version.product)]
    tail = call.shapes.directory_tail(item, item.name, controller, "2.0 (15.0.0.0)", "Unchanged")
    built = call.shapes.bag(
        (AD + "Management.OrganizationConfig", AD + "Management.ADPresentationObject", *AD_OBJECT_TYPES),
        [
            ("Name", item.name),
            *shown,
            ("LegacyExchangeDN", f"/o={item.name}"),
            *((name, value) for name, value in tail if name != "AdminDisplayName"),
        ],
        item.name,
    )
    call.write(damaged(call, "*", "OrganizationConfig", built))


@cmdlet("Set-OrganizationConfig")
def set_(call: Call) -> None:
    """Change the organization's settings. Raises Stopped for a parameter that the lab lacks."""
    controller, item = call.domain_controller, call.world.organization_config
    current = call.world.directory.read(item, controller)
    named = {name: _stored(name, value, current[name]) for name, value in named_settings(call, FRESH).items()}
    what_if = call.bound.what_if
    if not what_if or call.world.switches["whatif_validates"] == "yes":
        check(call.world, named, controller)
    for text in set_ad_object(call.world, item, item.name, named, domain_controller=controller, what_if=what_if):
        call.warn(text)


def _stored(name: str, value: Any, current: Any) -> Any:
    """Lists with Add and Remove worked out; an empty list of applications is null, no endpoint is empty text."""
    if isinstance(value, AddRemove):
        value = value.applied_to(current or ())
    if name in EWS_LISTS:
        return value or None
    return value or "" if name == "WACDiscoveryEndpoint" else value


def _shaped(call: Call, name: str, value: Any) -> Any:
    shapes: Shapes = call.shapes
    if value is None:
        return None
    if name == "ActivityBasedAuthenticationTimeoutInterval":
        return shapes.time_span(value)
    if name == "AdfsAudienceUris":
        return shapes.uri_list(value)
    if name == "EwsApplicationAccessPolicy":
        return enumeration(name, value)
    if name == "DefaultAuthenticationPolicy":
        organization = call.world.organization_config
        return shapes.ad_object_id(f"CN={value},CN=Auth Policies,{organization.dn}", value)
    return shapes.text_list(value) if isinstance(value, tuple) else value
