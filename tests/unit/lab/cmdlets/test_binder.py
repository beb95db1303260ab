# SPDX-License-Identifier: GPL-3.0-or-later
"""The parameter binder says what PowerShell says."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from lab_shell import lab
from psrpcore.types import PSCredential, PSInt, PSSecureString, PSString

IDENTITY = "EX1\\owa (Default Web Site)"
TYPE = "Microsoft.Exchange.Management.SystemConfigurationTasks.SetOwaVirtualDirectory"


def set_owa(**parameters):
    return lab()("Set-OwaVirtualDirectory", **{"Identity": IDENTITY, **parameters})


@pytest.mark.parametrize(
    ("parameters", "error_id", "category", "reason"),
    [
        ({"Colour": 1}, "NamedParameterNotFound", "InvalidArgument", "ParameterBindingException"),
        ({"LogonP": True}, "AmbiguousParameter", "InvalidArgument", "ParameterBindingException"),
        (
            {"Forms": False, "FormsAuthentication": False},
            "ParameterAlreadyBound",
            "InvalidArgument",
            "ParameterBindingException",
        ),
        (
            {"FormsAuthentication": "true"},
            "ParameterArgumentTransformationError",
            "InvalidData",
            "ParameterBindingArgumentTransformationException",
        ),
        (
            {"FormsAuthentication": None},
            "ParameterArgumentValidationErrorNullNotAllowed",
            "InvalidData",
            "ParameterBindingValidationException",
        ),
        ({"LogonFormat": "Upn"}, "CannotConvertArgumentNoMessage", "InvalidArgument", "ParameterBindingException"),
        ({"LogonFormat": None}, "CannotConvertArgumentNoMessage", "InvalidArgument", "ParameterBindingException"),
        (
            {"UserContextTimeout": "soon"},
            "CannotConvertArgumentNoMessage",
            "InvalidArgument",
            "ParameterBindingException",
        ),
        (
            {"UserContextTimeout": 2**31},
            "CannotConvertArgumentNoMessage",
            "InvalidArgument",
            "ParameterBindingException",
        ),
        ({"DefaultDomain": ["a", "b"]}, "CannotConvertArgument", "InvalidArgument", "ParameterBindingException"),
        ({"Identity": ""}, "CannotConvertArgumentNoMessage", "InvalidArgument", "ParameterBindingException"),
        (
            {"ExternalAuthenticationMethods": ["Fba", "Telepathy"]},
            "CannotConvertArgumentNoMessage",
            "InvalidArgument",
            "ParameterBindingException",
        ),
    ],
)
def test_refusals(parameters, error_id, category, reason):
    record = set_owa(**parameters).stopped
    assert record is not None
    assert record.FullyQualifiedErrorId == f"{error_id},{TYPE}"
    assert (record.CategoryInfo.Category.name, record.CategoryInfo.Reason) == (category, reason)
    assert record.CategoryInfo.Activity == "Set-OwaVirtualDirectory"


def test_missing_mandatory():
    reply = lab()("Set-OwaVirtualDirectory", FormsAuthentication=True)
    assert reply.error_id == "MissingMandatoryParameter"
    assert "Identity" in reply.problem


def test_positions():
    shell = lab()
    assert shell("Get-OwaVirtualDirectory", IDENTITY).done
    assert shell("Get-OwaVirtualDirectory", IDENTITY, "more").error_id == "PositionalParameterNotFound"


@pytest.mark.parametrize("name", ["Forms", "formsauthentication", "-FormsAuthentication"])
def test_prefixes_and_case(name):
    assert set_owa(**{name: False}).done


@pytest.mark.parametrize(("value", "read"), [(1, True), (PSInt(0), False), (True, True)])
def test_bool_takes_numbers(value, read):
    shell = lab()
    shell("Set-OwaVirtualDirectory", Identity=IDENTITY, IRMEnabled=value)
    assert shell.get("OwaVirtualDirectory")["IRMEnabled"] is read


def test_switches_come_as_null_or_true():
    shell = lab()
    for value in (None, True):
        assert shell.get("OwaVirtualDirectory", ADPropertiesOnly=value)["WebSite"] == ""
    assert shell.get("OwaVirtualDirectory", ADPropertiesOnly=False)["WebSite"] == "Default Web Site"


def test_aliases_and_common_parameters():
    shell = lab()
    before = shell.world.snapshot()
    assert shell("Set-OwaVirtualDirectory", Identity=IDENTITY, IRMEnabled=False, wi=True, cf=False).done
    assert shell.world.snapshot() == before
    assert shell("Get-OwaVirtualDirectory", Verbose=True, OutBuffer=1).done
    assert shell("Get-OwaVirtualDirectory", ErrorAction="Perhaps").error_id == "CannotConvertArgumentNoMessage"


@pytest.mark.parametrize(
    ("action", "errors", "stopped"), [("SilentlyContinue", 0, False), (1, 0, True), ("Continue", 1, False)]
)
def test_error_action(action, errors, stopped):
    reply = lab()("Get-OwaVirtualDirectory", Identity="EX1\\nope", ErrorAction=action)
    assert (len(reply.errors), reply.stopped is not None) == (errors, stopped)
    if reply.stopped:
        assert reply.stopped.CategoryInfo.Reason == "ActionPreferenceStopException" or "Stop" in reply.problem


def test_warning_action():
    same = {"LogonFormat": "FullDomain"}
    assert set_owa(**same).warnings
    assert not set_owa(**same, WarningAction="SilentlyContinue").warnings


def test_texts_take_anything_with_a_text():
    shell = lab()
    shell(
        "Set-OwaVirtualDirectory",
        Identity=PSString(IDENTITY),
        DefaultDomain=PSString("contoso"),
        UserContextTimeout="30",
    )
    owa = shell.get("OwaVirtualDirectory")
    assert (owa["DefaultDomain"], owa["UserContextTimeout"]) == ("contoso", 30)
    shell("Set-OwaVirtualDirectory", Identity=IDENTITY, DefaultDomain=None)
    assert shell.get("OwaVirtualDirectory")["DefaultDomain"] == ""


def test_unknown_and_unsimulated_cmdlets():
    shell = lab()
    assert shell("Get-Weather").error_id == "CommandNotFoundException"
    assert shell("Remove-OutlookProvider", Identity="EXPR").error_id == "LabDoesNotSimulate"
    assert (
        shell("Set-MapiVirtualDirectory", Identity="EX1\\mapi (Default Web Site)", ApplyDefaults=True).error_id
        == "LabDoesNotSimulate"
    )


def command(text, *parameters, script=False, end=True):
    return SimpleNamespace(command_text=text, is_script=script, parameters=list(parameters), end_of_statement=end)


def test_no_language():
    shell = lab()
    script = shell.run([command("Get-OwaVirtualDirectory | fl", script=True)]).stopped
    assert (script.FullyQualifiedErrorId, script.CategoryInfo.Category.name) == ("ScriptsNotAllowed", "ParserError")
    two = [command("Get-ADSite"), command("Get-ADSite")]
    assert shell.run(two).error_id == "ScriptsNotAllowed"
    piped = [command("Get-ADSite", end=False), command("Get-ADSite")]
    assert shell.run(piped).error_id == "LabDoesNotSimulate"


def test_the_log_tells_every_run_and_no_secret():
    shell = lab()
    secret = PSCredential("CONTOSO\\asa", PSSecureString("hunter2"))
    shell("Set-ClientAccessService", Identity="EX1", AlternateServiceAccountCredential=[secret])
    shell("Get-OwaVirtualDirectory", Identity="EX1\\nope")
    shell("Set-OwaVirtualDirectory", Identity=IDENTITY, LogonFormat="FullDomain", WhatIf=True)
    shell("Set-OwaVirtualDirectory", Identity=IDENTITY, LogonFormat="FullDomain")
    records = shell.world.records
    assert "hunter2" not in repr(records)
    assert [(r["cmdlet"], r["write"], r["what_if"], r["outcome"]) for r in records] == [
        ("Set-ClientAccessService", True, False, "stopped"),
        ("Get-OwaVirtualDirectory", False, False, "error"),
        ("Set-OwaVirtualDirectory", True, True, "ok"),
        ("Set-OwaVirtualDirectory", True, False, "warning"),
    ]
    assert records[0]["parameters"]["AlternateServiceAccountCredential"] == ["********"]
    assert records[1]["category"] == "ManagementObjectNotFoundException"
    assert records[2]["parameters"] == {"Identity": IDENTITY, "LogonFormat": "FullDomain", "WhatIf": True}
    assert {(r["server"], r["user"]) for r in records} == {("ex1.contoso.test", "administrator")}
