# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way in which the libraries and a server fail becomes one of our errors, with a sentence and a cure."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from pypsrp import exceptions as psrp

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting import errors, failures
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.command import Command
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.endpoint import Endpoint
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.endpoint_kind import WINDOWS

KERBEROS = Endpoint("ex1.contoso.com", "ex1.contoso.com", "admin@CONTOSO.COM", "hunter2", spn_host="ex1.contoso.com")
BASIC = Endpoint("ex1.contoso.com", "ex1.contoso.com", "admin", "hunter2", scheme="https", port=443, auth="basic")
SET = Command("Set-OwaVirtualDirectory", {"DefaultTheme": "blue"})


class Krb5Error(Exception):
    """As the package krb5 raises it, which need not be installed."""

    def __init__(self, err_code: int) -> None:
        super().__init__(f"number {err_code}")
        self.err_code = err_code


def named(name: str, text: str) -> Exception:
    """An exception of a class that only its name tells."""
    return type(name, (Exception,), {})(text)


def fault(code: int | None, reason: str = "") -> psrp.WSManFaultError:
    return psrp.WSManFaultError(code, None, reason, None, None, None)


def status(code: int) -> psrp.WinRMTransportError:
    return psrp.WinRMTransportError("http", code, "<html>")


OPENING: list[tuple[Exception, type[errors.ExchangeError], str, str]] = [
    (Krb5Error(-1765328360), errors.CredentialsRefused, "password is wrong", "ansible_password"),
    (Krb5Error(-1765328378), errors.CredentialsRefused, "not known to the realm", "admin@CONTOSO.COM"),
    (Krb5Error(-1765328366), errors.CredentialsRefused, "locked or disabled", "enable"),
    (Krb5Error(-1765328361), errors.CredentialsRefused, "password has expired", "Change"),
    (Krb5Error(-1765328383), errors.CredentialsRefused, "account has expired", "Renew"),
    (Krb5Error(-1765328230), errors.CredentialsRefused, "no KDC is known", "upper case"),
    (Krb5Error(-1765328228), errors.CredentialsRefused, "no KDC of the realm answers", "krb5.conf"),
    (Krb5Error(-1765328347), errors.CredentialsRefused, "clocks differ", "Synchronize"),
    (Krb5Error(-1), errors.CredentialsRefused, "number -1", "krb5.conf"),
    (psrp.AuthenticationError("Failed"), errors.CredentialsRefused, "refused user admin@CONTOSO.COM", "clock of both"),
    (named("SpnegoError", "Server HTTP/x@R not found"), errors.CredentialsRefused, "HTTP/ex1.contoso.com", "FQDN"),
    (named("NoCredentialError", "No credentials"), errors.CredentialsRefused, "No credentials", "kinit"),
    (named("CredentialsExpiredError", "Ticket expired"), errors.CredentialsRefused, "Ticket expired", "kinit"),
    (ImportError("gssapi"), errors.EndpointError, "packages gssapi and krb5", "pypsrp[kerberos]"),
    (ValueError("auth protocol is incompatible"), errors.CredentialsRefused, "does not offer", "kerberos"),
    (fault(2150858999), errors.EndpointError, "refuses unencrypted", "https"),
    (fault(2150859012), errors.EndpointUnreachable, "without Exchange", "exchange_host"),
    (status(404), errors.EndpointUnreachable, "no /PowerShell directory", "virtual directory"),
    (status(503), errors.EndpointUnreachable, "unavailable (HTTP 503)", "port 444"),
    (status(502), errors.EndpointUnreachable, "unavailable (HTTP 502)", "port 444"),
    (status(418), errors.EndpointUnreachable, "HTTP 418", "exchange_port"),
    (
        requests.exceptions.ConnectionError("[Errno 111] Connection refused"),
        errors.EndpointUnreachable,
        "Connection refused",
        "444",
    ),
    (
        requests.exceptions.ConnectionError("Name or service not known"),
        errors.EndpointUnreachable,
        "Name or service",
        "name",
    ),
    (requests.exceptions.ConnectTimeout(), errors.EndpointUnreachable, "does not answer in time", "firewall"),
    (requests.exceptions.ReadTimeout(), errors.EndpointUnreachable, "does not answer in time", "firewall"),
    (
        requests.exceptions.SSLError("certificate verify failed: self-signed certificate (_ssl.c:1006)"),
        errors.CertificateNotTrusted,
        "self-signed certificate.",
        "exchange_ca_cert",
    ),
    (
        requests.exceptions.SSLError("hostname '127.0.0.1' doesn't match 'ex1.contoso.com'"),
        errors.CertificateNotTrusted,
        "doesn't match 'ex1.contoso.com",
        "exchange_ca_cert",
    ),
    (
        requests.exceptions.SSLError("(Caused by SSLError(SSLEOFError(8, '[SSL: UNEXPECTED_EOF_WHILE_READING] EOF')))"),
        errors.EndpointUnreachable,
        "cannot be reached (the TLS handshake failed)",
        "444",
    ),
    (named("ParseError", "not well-formed"), errors.ReplyRefused, "not as an Exchange", "load balancer"),
]


@pytest.mark.parametrize(("raised", "becomes", "sentence", "cure"), OPENING, ids=lambda value: repr(value)[:50])
def test_why_no_session_could_be_opened(
    raised: Exception, becomes: type[errors.ExchangeError], sentence: str, cure: str
) -> None:
    error = failures.of_opening(raised, KERBEROS)
    assert error.__class__ is becomes
    assert sentence in error.sentence
    assert cure in error.cure
    assert "hunter2" not in str(error)
    assert "\n" not in str(error)


def test_a_refused_password_is_explained_by_the_way_of_logging_in() -> None:
    refused = psrp.AuthenticationError("401")
    assert "HTTP/ex1.contoso.com" in failures.of_opening(refused, KERBEROS).cure
    basic = failures.of_opening(refused, BASIC)
    assert "HTTP/" not in basic.cure and "ansible_password" in basic.cure and "basic" in basic.cure


def test_an_error_of_ours_stays_what_it_is() -> None:
    ours = errors.BadInput("ours")
    assert failures.of_opening(ours, KERBEROS) is ours
    assert failures.of_transport(ours, KERBEROS) is ours


SHELLS = "This user is allowed a maximum number of 18 concurrent shells, which has been exceeded."
LOAD = "The user load quota has been exceeded. It will not be approved for at least 5592 milliseconds."
CONNECTIONS = (
    "[ClientAccessServer=EX1,BackEndServer=ex2.contoso.com,RequestId=1][FailureCategory=AuthZ-AuthorizationException] "
    "Fail to create a runspace because you have exceeded the maximum number of connections allowed : 3"
)


@pytest.mark.parametrize(
    ("raised", "wait"),
    [
        (fault(2150859173, SHELLS), 0.0),
        (fault(2150859174, "operations"), 0.0),
        (fault(2150859175, LOAD), 5.592),
        (fault(None, CONNECTIONS), 0.0),
        (psrp.InvalidPSRPOperation(f"Received a broken RunspacePoolState message: {CONNECTIONS}"), 0.0),
    ],
    ids=lambda value: str(value)[:40],
)
def test_throttling_in_all_its_forms(raised: Exception, wait: float) -> None:
    error = failures.of_opening(raised, KERBEROS)
    assert isinstance(error, errors.Throttled)
    assert error.wait == wait
    assert "forks" in error.cure


@pytest.mark.parametrize(
    "raised",
    [
        fault(2150858843, "The shell was not found."),
        fault(
            None, "[ClientAccessServer=EX1,BackEndServer=ex2.contoso.com] [FailureCategory=WSMan-InvalidShellID] gone"
        ),
    ],
)
def test_a_shell_that_is_gone_is_an_interruption(raised: Exception) -> None:
    assert isinstance(failures.of_transport(raised, KERBEROS), errors.Interrupted)


def test_the_back_end_that_refused_is_named() -> None:
    raised = fault(1, "[ClientAccessServer=EX1,BackEndServer=ex2.contoso.com] [FailureCategory=Other] words")
    error = failures.of_transport(raised, KERBEROS)
    assert "back end ex2.contoso.com" in error.sentence and error.sentence.endswith("words")


def test_a_back_end_that_does_not_answer_leads_to_port_444() -> None:
    raised = fault(
        1, "[ClientAccessServer=EX1,BackEndServer=ex2.contoso.com] [FailureCategory=Cafe-SendFailure] closed"
    )
    error = failures.of_opening(raised, KERBEROS)
    assert "back end ex2.contoso.com" in error.sentence and "closed" in error.sentence
    assert "port 444" in error.cure and "iis_binding_info" in error.cure


def test_a_broken_pool_tells_the_servers_words() -> None:
    error = failures.of_transport(psrp.InvalidPSRPOperation("broken: out of memory"), KERBEROS)
    assert error.__class__ is errors.EndpointError and "out of memory" in error.sentence


def test_credentials_that_expire_in_the_middle_are_told_apart() -> None:
    error = failures.of_transport(psrp.AuthenticationError("401"), KERBEROS)
    assert isinstance(error, errors.CredentialsRefused) and "middle of the session" in error.sentence


# Cmdlets

PREFIX = "[Server=EX2,RequestId=1,TimeStamp=1/1/2026 12:00:00 PM] [FailureCategory=Cmdlet-{}] 4B953CE"


def record(
    words: str, fq_error: str, reason: str = "", message: str = "NotSpecified: (:) [], Exception", **adapted: Any
) -> Any:
    """What pypsrp hands out for an error record."""
    exception = SimpleNamespace(adapted_properties={"Message": words, **adapted})
    return SimpleNamespace(exception=exception, fq_error=fq_error, reason=reason, message=message)


COMMANDS: list[tuple[Any, type[errors.CommandFailed], str, str]] = [
    (record("The term is not recognized", "CommandNotFoundException"), errors.NotAvailable, SET.cmdlet, "role"),
    (
        record("A parameter cannot be found that matches 'DefaultTheme'.", "NamedParameterNotFound,Microsoft.X"),
        errors.NotAvailable,
        "'DefaultTheme'",
        "role",
    ),
    (
        record("object 'EX9' couldn't be found", PREFIX.format("ManagementObjectNotFoundException") + ",Microsoft.X"),
        errors.ObjectMissing,
        "object 'EX9' couldn't be found",
        "Get-ExchangeServer",
    ),
    (
        record("object 'EX9' couldn't be found", "4B953CE,Microsoft.X", reason="ManagementObjectNotFoundException"),
        errors.ObjectMissing,
        "EX9",
        "Get-ExchangeServer",
    ),
    (
        record(
            "An IIS directory entry couldn't be created. Access is denied", "1,Microsoft.X", "IISGeneralCOMException"
        ),
        errors.CommandFailed,
        "Access is denied",
        "Exchange Trusted Subsystem",
    ),
    (
        record("A command that prompts the user failed", "HostFunctionNotImplemented,Microsoft.X", "HostException"),
        errors.CommandFailed,
        "question that nobody can answer",
        "Exchange Management Shell",
    ),
    (
        record(
            "Something else.", PREFIX.format("InvalidOperationException") + ",Microsoft.X", "InvalidOperationException"
        ),
        errors.CommandFailed,
        "(back end EX2) failed: Something else.",
        "",
    ),
    (record("", "1,Microsoft.X"), errors.CommandFailed, "NotSpecified", ""),
]


@pytest.mark.parametrize(("given", "becomes", "sentence", "cure"), COMMANDS)
def test_why_a_command_failed(given: Any, becomes: type[errors.CommandFailed], sentence: str, cure: str) -> None:
    error = failures.of_command(given, SET, KERBEROS)
    assert error.__class__ is becomes
    assert sentence in error.sentence
    assert cure in error.cure


@pytest.mark.parametrize("in_the_id", [True, False])
def test_who_ran_it_is_read_from_the_id_or_from_the_words(in_the_id: bool) -> None:
    prefix = "[ClientAccessServer=EX1,BackEndServer=ex2.contoso.com] [FailureCategory=Cmdlet-TaskException] "
    given = record("words", prefix + "1,X") if in_the_id else record(prefix + "words", "1,X")
    error = failures.of_command(given, SET, KERBEROS)
    assert error.where == errors.ServerSide("EX1", "ex2.contoso.com", "Cmdlet-TaskException")
    assert error.sentence.endswith("failed: words")


def test_what_a_server_says_is_bounded_and_without_control_characters() -> None:
    said = failures.clean("a\x1b[31mred\x07\r\n\tb\x9b" + "x" * 1000)
    assert said.startswith("a [31mred b x")
    assert len(said) == 603


@pytest.mark.parametrize("text", ["no prefix", "[Server=EX1] no category", "", "[[[", "[FailureCategory="])
def test_words_without_a_prefix_stay_as_they_are(text: str) -> None:
    assert failures.server_side(text) == (errors.ServerSide(), text)


# Windows

OVER_WINRM = replace(KERBEROS, kind=WINDOWS, port=5985, path="wsman", spn_service="WSMAN")
ATTACH = Command("Get-WebBinding").then("ForEach-Object", MemberName="AddSslCertificate")


@pytest.mark.parametrize(
    ("raised", "says"),
    [
        (psrp.AuthenticationError("401"), "WSMAN/ex1.contoso.com"),
        (status(404), "ansible_psrp_path"),
        (status(503), "WinRM"),
        (status(418), "ansible_host and ansible_port"),
        (fault(2150859012), "ansible_psrp_configuration_name"),
        (fault(2150858999), "ansible_psrp_protocol"),
        (requests.exceptions.ConnectTimeout(), "service WinRM"),
        (requests.exceptions.SSLError("certificate verify failed: self-signed (_ssl.c:1)"), "windows_ca_cert"),
        (named("ParseError", "not well-formed"), "not as a Windows PowerShell endpoint"),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_the_windows_endpoint_has_cures_of_its_own(raised: Exception, says: str) -> None:
    error = failures.of_opening(raised, OVER_WINRM)
    assert says in str(error)
    assert "exchange_" not in str(error) and "/PowerShell" not in str(error)


@pytest.mark.parametrize(
    ("words", "fq_error", "becomes", "says"),
    [
        ("Cannot find path 'IIS:\\AppPools\\x'", "PathNotFound,X", errors.ObjectMissing, "Check the name"),
        ("no drive", "DriveNotFound,X", errors.NotAvailable, "Web-Scripting-Tools"),
        ("no module", "Modules_ModuleNotFound,X", errors.NotAvailable, "Web-Scripting-Tools"),
        ("not known", "CommandNotFoundException", errors.NotAvailable, "session configuration"),
        ("not known", "NamedParameterNotFound,X", errors.NotAvailable, "version of Windows"),
        ("(HRESULT: 0x80070520)", "MethodInvocationError,X", errors.CommandFailed, "private key"),
        ("(HRESULT: 0x800700B7)", "MethodInvocationError,X", errors.CommandFailed, "there already"),
        ("(HRESULT: 0x80070490)", "X,X", errors.CommandFailed, "not there"),
        ("(HRESULT: 0x80070426)", "X,X", errors.CommandFailed, "iis_service"),
        ("(HRESULT: 0x80070020)", "X,X", errors.CommandFailed, "holds the port"),
        ("(HRESULT: 0x80070005)", "X,X", errors.CommandFailed, "administrator of the server"),
        ("(HRESULT: 0x80131501) 0x80070520", "X,X", errors.CommandFailed, "private key"),
        ("anything else", "X,X", errors.CommandFailed, "anything else"),
    ],
)
def test_errors_of_windows_are_told_by_id_and_number(
    words: str, fq_error: str, becomes: type[errors.CommandFailed], says: str
) -> None:
    error = failures.of_command(record(words, fq_error), ATTACH, OVER_WINRM)
    assert error.__class__ is becomes
    assert says in str(error) and "ex1.contoso.com" in str(error)
    assert "AddSslCertificate" in str(error) or becomes is errors.ObjectMissing
    assert "ForEach-Object" not in str(error)


PROVIDER = "Microsoft.IIs.PowerShell.Provider.X"
CHANGED = "Error: Cannot commit configuration changes because the file has changed on disk"
WRITERS = [
    *("Add-WebConfigurationProperty", "Clear-WebConfiguration", "Remove-WebBinding", "Set-WebConfigurationProperty")
]


@pytest.mark.parametrize("cmdlet", WRITERS)
@pytest.mark.parametrize(
    "given",
    [
        record("used by another process. (Exception from HRESULT: 0x80070020)", f"X,{PROVIDER}"),
        record("ERROR ( hresult:80070020, message:Failed to commit", f"X,{PROVIDER}"),
        record("geaendert", f"System.IO.FileLoadException,{PROVIDER}"),
        record("geaendert", f"X,{PROVIDER}", HResult=0x80070020 - 2**32),
    ],
)
def test_a_configuration_that_somebody_else_writes_is_told_by_id_and_number(cmdlet: str, given: Any) -> None:
    error = failures.of_command(given, Command(cmdlet), OVER_WINRM)
    assert error.__class__ is errors.ConfigurationBusy
    assert cmdlet in error.sentence and "Run again" in error.cure


@pytest.mark.parametrize(
    ("given", "command"),
    [
        (record(CHANGED, f"X,{PROVIDER}"), Command("Clear-WebConfiguration")),
        (record("(0x80070021)", f"System.IO.FileLoadException,{PROVIDER}"), Command("Clear-WebConfiguration")),
        (
            record("", f"System.IO.FileLoadException,{PROVIDER}", HResult=0x80070021 - 2**32),
            Command("Clear-WebConfiguration"),
        ),
        (record("(0x80070005)", f"X,{PROVIDER}"), Command("Clear-WebConfiguration")),
        (record("(0x80070020)", f"X,{PROVIDER}"), ATTACH),
        (record("(0x80070020)", f"X,{PROVIDER}"), Command("New-Item").then("Out-Null")),
        (record("(0x80070020)", f"System.IO.FileLoadException,{PROVIDER}"), Command("Start-Website")),
    ],
)
def test_nothing_else_is_such_a_conflict(given: Any, command: Command) -> None:
    assert failures.of_command(given, command, OVER_WINRM).__class__ is errors.CommandFailed


def test_the_number_of_the_exception_itself_leads_to_the_cure() -> None:
    error = failures.of_command(record("Zugriff verweigert", "X,X", HResult=0x80070005 - 2**32), ATTACH, OVER_WINRM)
    assert "administrator of the server" in error.cure
