# SPDX-License-Identifier: GPL-3.0-or-later
"""client-access-laws 8: who sees what."""

from __future__ import annotations

import pytest
from lab_shell import Shell, lab

from exchange_lab.world.rbac import Rbac

UNKNOWN = "CommandNotFoundException"


@pytest.mark.parametrize(
    ("user", "directories", "access", "provider"),
    [("administrator", True, True, True), ("operator", True, True, False), ("viewer", False, False, False)],
)
@pytest.mark.parametrize("form", ["{}", "CONTOSO\\{}", "{}@CONTOSO.TEST"])
def test_8_role_groups(user, directories, access, provider, form):
    shell = Shell(lab().world, user=form.format(user))
    assert shell("Get-OwaVirtualDirectory").done
    assert shell.set("OwaVirtualDirectory", LogonFormat="PrincipalName").done is directories
    assert shell.set("OutlookAnywhere", SSLOffloading=True).done is access
    assert shell("Set-OutlookProvider", Identity="EXPR", TTL=2).done is provider
    if not provider:
        assert shell("Set-OutlookProvider", Identity="EXPR", TTL=2).error_id == UNKNOWN


def test_8_a_least_role_group_of_roles():
    world = lab().world
    world.rbac.assign("little", ["Exchange Virtual Directories"])
    shell = Shell(world, user="little")
    assert shell.set("OwaVirtualDirectory", LogonFormat="PrincipalName").done
    assert shell.set("OutlookAnywhere", SSLOffloading=True).error_id == UNKNOWN


def test_8_hidden_parameters_and_cmdlets_read_as_unknown():
    shell = lab()
    shell.world.rbac.hide("Set-OwaVirtualDirectory", "ExternalUrl")
    assert (
        shell.set("OwaVirtualDirectory", ExternalUrl="https://mail.contoso.com/owa").error_id
        == "NamedParameterNotFound"
    )
    assert shell.set("OwaVirtualDirectory", LogonFormat="PrincipalName").done
    shell.world.rbac.hide("Set-OwaVirtualDirectory")
    assert shell.set("OwaVirtualDirectory", LogonFormat="FullDomain").error_id == UNKNOWN


@pytest.mark.parametrize(
    ("switch", "answer"),
    [("organization_configuration", UNKNOWN), ("organization_client_access", "")],
)
def test_8_where_the_organization_switches_belong(switch, answer):
    world = lab(switches={"rbac_org_switch_role": switch}).world
    world.rbac.assign("ann", ["Organization Client Access"])
    assert Shell(world, user="ann")("Set-OrganizationConfig", EwsEnabled=True).error_id == answer
    world.rbac.assign("ann", ["Organization Configuration"])
    assert Shell(world, user="ann")("Set-OrganizationConfig", EwsEnabled=True).done


def test_unknown_roles_are_refused():
    with pytest.raises(ValueError, match="Unknown role group or role 'Domain Admins'"):
        Rbac({"ann": ["Domain Admins"]}, "organization_configuration")
