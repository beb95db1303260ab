# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Windows endpoint a task's options and its connection lead to."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.endpoint import Endpoint
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.endpoint_kind import WINDOWS
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import BadInput
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.windows_endpoint import (
    for_server,
    windows_endpoint,
)

OPTIONS: dict[str, Any] = {
    "server": None,
    "windows_auth": None,
    "windows_ca_cert": None,
    "windows_cert_validation": "validate",
    "windows_timeout": 300,
}
CONNECTION: dict[str, Any] = {
    "remote_addr": "ex1.contoso.com",
    "remote_user": "admin@contoso.com",
    "remote_password": "hunter2",
    "port": None,
    "scheme": None,
    "path": "/wsman",
    "auth": ["negotiate"],
    "spn_host": None,
    "spn_service": "WSMAN",
    "ca_cert": None,
    "configuration_name": "Microsoft.PowerShell",
    "connection_timeout": 30,
}
BASIC = {"auth": ["basic"]}
KERBEROS = {"auth": ["kerberos"]}


def built(
    connection: dict[str, Any] | None = None, inventory_name: str = "ex1.contoso.com", **options: Any
) -> Endpoint:
    return windows_endpoint({**OPTIONS, **options}, {**CONNECTION, **(connection or {})}, inventory_name)


def refused(connection: dict[str, Any] | None = None, **options: Any) -> BadInput:
    with pytest.raises(BadInput) as error:
        built(connection, **options)
    assert error.value.cure
    return error.value


def test_the_defaults_are_those_of_the_connection_with_verified_tls() -> None:
    endpoint = built()
    assert endpoint.kind is WINDOWS
    assert (endpoint.url, endpoint.auth, endpoint.verify) == ("https://ex1.contoso.com:5986/wsman", "negotiate", True)
    assert (endpoint.configuration, endpoint.spn) == ("Microsoft.PowerShell", "WSMAN/ex1.contoso.com")
    assert "hunter2" not in repr(endpoint)


@pytest.mark.parametrize(
    ("port", "scheme", "url"),
    [
        (None, None, "https://ex1.contoso.com:5986"),
        (5985, None, "http://ex1.contoso.com:5985"),
        (5986, None, "https://ex1.contoso.com:5986"),
        (None, "http", "http://ex1.contoso.com:5985"),
        (14586, None, "https://ex1.contoso.com:14586"),
        (14586, "http", "http://ex1.contoso.com:14586"),
    ],
)
def test_port_and_scheme_follow_each_other_as_in_the_connection(port: int | None, scheme: str | None, url: str) -> None:
    assert built({"port": port, "scheme": scheme}).url == f"{url}/wsman"


@pytest.mark.parametrize(
    ("ways", "auth"),
    [
        (["kerberos"], "kerberos"),
        (["ntlm"], "ntlm"),
        (["plaintext"], "basic"),
        (["ssl"], "basic"),
        (["credssp", "kerberos"], "kerberos"),
    ],
)
def test_both_vocabularies_of_logging_in(ways: list[str], auth: str) -> None:
    assert built({"auth": ways}).auth == auth


@pytest.mark.parametrize("way", ["credssp", "certificate"])
def test_a_way_of_logging_in_that_is_not_done_here_names_the_option(way: str) -> None:
    assert "windows_auth" in refused({"auth": [way]}).cure
    assert built({"auth": [way]}, windows_auth="kerberos").auth == "kerberos"


def test_certificates_are_left_unverified_only_when_the_task_says_so() -> None:
    assert built().verify is True
    assert built(windows_cert_validation="ignore").verify is False


@pytest.mark.parametrize("weak", [{"scheme": "http"}, {}])
def test_basic_needs_verified_tls(weak: dict[str, Any]) -> None:
    options = {} if weak else {"windows_cert_validation": "ignore"}
    assert "password" in refused({**BASIC, **weak}, **options).sentence
    assert built(BASIC).auth == "basic"


def test_kerberos_to_an_address_takes_the_name_of_the_inventory() -> None:
    endpoint = built({**KERBEROS, "remote_addr": "10.0.0.1"})
    assert (endpoint.host, endpoint.spn, endpoint.username) == (
        "10.0.0.1",
        "WSMAN/ex1.contoso.com",
        "admin@CONTOSO.COM",
    )
    assert built({**KERBEROS, "spn_host": "other.contoso.com"}).spn == "WSMAN/other.contoso.com"
    with pytest.raises(BadInput, match="ansible_host"):
        built({**KERBEROS, "remote_addr": "10.0.0.1"}, inventory_name="10.0.0.1", server="ex1")


@pytest.mark.parametrize(
    ("address", "inventory_name", "option", "server"),
    [
        ("10.0.0.1", "ex1.contoso.com", None, "ex1.contoso.com"),
        ("ex1.contoso.com", "mailbox-one", None, "ex1.contoso.com"),
        ("10.0.0.1", "ex1.contoso.com", "EX7", "EX7"),
    ],
)
def test_the_server_is_the_option_or_the_first_fqdn(
    address: str, inventory_name: str, option: str | None, server: str
) -> None:
    assert built({"remote_addr": address}, inventory_name, server=option).server == server


def test_a_ca_file_that_is_missing_names_the_option() -> None:
    assert "windows_ca_cert" in refused({"ca_cert": "/nowhere.pem"}).cure


def test_another_server_is_reached_in_the_same_way_under_its_own_name() -> None:
    own = built({"port": 5985, "spn_host": "ex1.contoso.com"}, windows_auth="kerberos", windows_timeout=60)
    other = for_server(own, "ex2.contoso.com", "10.0.0.2")
    assert (other.server, other.url, other.spn) == (
        "ex2.contoso.com",
        "http://10.0.0.2:5985/wsman",
        "WSMAN/ex2.contoso.com",
    )
    same = ("username", "password", "auth", "timeout", "verify", "kind", "configuration")
    assert [getattr(other, name) for name in same] == [getattr(own, name) for name in same]
