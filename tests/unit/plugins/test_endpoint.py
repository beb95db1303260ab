# SPDX-License-Identifier: GPL-3.0-or-later
"""Which endpoint a task's options and its connection lead to."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.endpoint import (
    Endpoint,
    endpoints,
    is_address,
    is_fqdn,
    is_host_name,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import BadInput

OPTIONS: dict[str, Any] = {
    "server": None,
    "exchange_host": None,
    "exchange_scheme": None,
    "exchange_port": None,
    "exchange_auth": "kerberos",
    "exchange_ca_cert": None,
    "exchange_endpoint_candidates": None,
    "exchange_timeout": 300,
    "exchange_version": None,
}
CONNECTION: dict[str, Any] = {
    "remote_addr": "ex1.contoso.com",
    "remote_user": "admin@contoso.com",
    "remote_password": "hunter2",
    "spn_host": None,
    "ca_cert": None,
}
NTLM = {"exchange_auth": "ntlm"}
BASIC = {"exchange_auth": "basic"}


def built(
    inventory_name: str = "ex1.contoso.com", connection: dict[str, Any] | None = None, **options: Any
) -> Endpoint:
    (endpoint,) = several(inventory_name, connection, **options)
    return endpoint


def several(inventory_name: str, connection: dict[str, Any] | None, **options: Any) -> tuple[Endpoint, ...]:
    return endpoints({**OPTIONS, **options}, {**CONNECTION, **(connection or {})}, inventory_name)


def refused(inventory_name: str = "ex1.contoso.com", connection: dict[str, Any] | None = None, **options: Any) -> str:
    with pytest.raises(BadInput) as error:
        several(inventory_name, connection, **options)
    assert error.value.cure
    return str(error.value)


def test_the_defaults_are_kerberos_over_http_to_the_servers_own_name() -> None:
    endpoint = built()
    assert (endpoint.url, endpoint.auth, endpoint.server) == (
        "http://ex1.contoso.com:80/PowerShell",
        "kerberos",
        "ex1.contoso.com",
    )
    assert endpoint.spn_host == "ex1.contoso.com"
    assert endpoint.path == "PowerShell/?serializationLevel=Full"
    assert endpoint.timeout == 300.0


@pytest.mark.parametrize(
    ("inventory_name", "address", "option", "host"),
    [
        ("ex1.contoso.com", "ex1.contoso.com", None, "ex1.contoso.com"),
        ("ex1", "ex1.contoso.com", None, "ex1.contoso.com"),
        ("ex1.contoso.com", "10.0.0.1", None, "ex1.contoso.com"),
        ("ex1.contoso.com", "ex2.contoso.com", None, "ex2.contoso.com"),
        ("ex1.contoso.com", "ex2.contoso.com", "ex3.contoso.com", "ex3.contoso.com"),
        ("ex1", "ex1", None, "ex1"),
    ],
)
def test_the_host_is_the_option_or_the_first_fqdn(
    inventory_name: str, address: str, option: str | None, host: str
) -> None:
    assert built(inventory_name, {"remote_addr": address}, exchange_host=option).host == host


@pytest.mark.parametrize(
    ("inventory_name", "address", "host", "option", "server"),
    [
        ("ex1.contoso.com", "10.0.0.1", None, None, "ex1.contoso.com"),
        ("mailbox-one", "10.0.0.1", "ex1.contoso.com", None, "ex1.contoso.com"),
        ("mailbox-one", "ex1.contoso.com", None, None, "ex1.contoso.com"),
        ("ex1.contoso.com", "ex1.contoso.com", None, "EX7", "EX7"),
        ("EX1", "10.0.0.1", None, None, "EX1"),
    ],
)
def test_the_server_is_the_option_or_the_first_fqdn(
    inventory_name: str, address: str, host: str | None, option: str | None, server: str
) -> None:
    connection = {"remote_addr": address}
    assert built(inventory_name, connection, exchange_host=host, server=option, **NTLM).server == server


@pytest.mark.parametrize("name", ["EX*", "ex 1", "ex_1", "10.0.0.1", "::1", "ex1;rm", "-ex1", "a" * 64])
def test_a_server_that_is_no_name_is_refused(name: str) -> None:
    assert "server" in refused(server=name)


@pytest.mark.parametrize("host", ["10.0.0.1", "fe80::1"])
def test_kerberos_refuses_an_address_with_the_cure(host: str) -> None:
    assert "exchange_host to the server's FQDN" in refused(exchange_host=host)
    assert built(exchange_host=host, **NTLM).host == host


def test_kerberos_takes_an_address_when_the_connection_names_the_spn() -> None:
    endpoint = built(connection={"spn_host": "ex1.contoso.com"}, exchange_host="127.0.1.1")
    assert (endpoint.host, endpoint.spn_host) == ("127.0.1.1", "ex1.contoso.com")


@pytest.mark.parametrize("host", ["ex1 contoso.com", "ex1.contoso.com/owa", "http://ex1.contoso.com", "a..b", "ex1:80"])
def test_a_host_that_is_none_is_refused(host: str) -> None:
    assert "is not a host name or an address" in refused(exchange_host=host)


def test_kerberos_refuses_domain_and_user_with_the_cure() -> None:
    connection = {"remote_user": "CONTOSO\\admin"}
    assert "admin@CONTOSO.COM" in refused(connection=connection)
    assert built(connection=connection, **NTLM).username == "CONTOSO\\admin"


def test_the_realm_is_upper_case_for_kerberos_only() -> None:
    assert built().username == "admin@CONTOSO.COM"
    assert built(**NTLM).username == "admin@contoso.com"
    assert built(connection={"remote_user": "admin"}).username == "admin"


@pytest.mark.parametrize("missing", ["remote_user", "remote_password"])
def test_only_kerberos_can_do_without_user_or_password(missing: str) -> None:
    assert built(connection={missing: None})
    for auth in ("ntlm", "negotiate", "basic"):
        assert "needs a user and a password" in refused(connection={missing: None}, exchange_auth=auth)


def test_basic_means_https_and_nothing_else() -> None:
    assert built(**BASIC).url == "https://ex1.contoso.com:443/PowerShell"
    assert "exchange_scheme to https" in refused(exchange_scheme="http", **BASIC)


@pytest.mark.parametrize(("scheme", "port"), [("http", 80), ("https", 443)])
def test_the_port_follows_the_scheme_unless_given(scheme: str, port: int) -> None:
    assert built(exchange_scheme=scheme).port == port
    assert built(exchange_scheme=scheme, exchange_port=8080).port == 8080


def test_the_version_is_sent_along() -> None:
    assert built(exchange_version="15.2.1544.4").path.endswith("=Full;ExchClientVer=15.2.1544.4")


@pytest.mark.parametrize("version", ["2019", "15.2", "15.2.1544.4;x=1", "15.2.1544.4\n", "CU14"])
def test_a_version_that_is_no_build_is_refused(version: str) -> None:
    assert "15.2.1544.4" in refused(exchange_version=version)


def test_the_ca_is_the_options_else_the_connections() -> None:
    assert built().ca_cert is None
    assert built(connection={"ca_cert": "a.pem"}).ca_cert == "a.pem"
    assert built(connection={"ca_cert": "a.pem"}, exchange_ca_cert="b.pem").ca_cert == "b.pem"


def test_candidates_are_kept_in_order_with_their_own_scheme_and_port() -> None:
    candidates = ["ex2.contoso.com", "https://ex3.contoso.com/PowerShell", "http://ex4.contoso.com:8080"]
    found = several("ex1.contoso.com", None, exchange_endpoint_candidates=candidates, exchange_port=81)
    assert [endpoint.url for endpoint in found] == [
        "http://ex2.contoso.com:81/PowerShell",
        "https://ex3.contoso.com:443/PowerShell",
        "http://ex4.contoso.com:8080/PowerShell",
    ]
    assert {endpoint.server for endpoint in found} == {"ex1.contoso.com"}
    assert [endpoint.spn_host for endpoint in found] == [endpoint.host for endpoint in found]


@pytest.mark.parametrize(
    "candidate",
    [
        "ftp://ex2.contoso.com",
        "https://joe:topsecret@ex2.contoso.com",
        "https://ex2.contoso.com/?a=b",
        "https://ex2.contoso.com:99999",
        "https://",
        "http://[::1",
    ],
)
def test_a_candidate_that_is_no_plain_url_is_refused(candidate: str) -> None:
    message = refused(exchange_endpoint_candidates=["ex2.contoso.com", candidate])
    assert "exchange_endpoint_candidates" in message
    assert "topsecret" not in message


@pytest.mark.parametrize("candidate", ["ex2 contoso", "ex2.contoso.com:80", "10.0.0.2"])
def test_every_candidate_is_checked_like_the_host(candidate: str) -> None:
    assert refused(exchange_endpoint_candidates=["ex2.contoso.com", candidate])


def test_basic_over_a_plain_candidate_is_refused() -> None:
    assert "without verified TLS" in refused(exchange_endpoint_candidates=["http://ex2.contoso.com"], **BASIC)


def test_an_endpoint_does_not_show_its_password() -> None:
    assert "hunter2" not in repr(built())
    assert "hunter2" not in built().url


@pytest.mark.parametrize(
    ("name", "host_name", "fqdn", "address"),
    [
        ("ex1", True, False, False),
        ("ex1.contoso.com", True, True, False),
        ("10.0.0.1", True, False, True),
        ("[::1]", False, False, True),
        ("", False, False, False),
        ("ex1.contoso.com\n", False, False, False),
        ("ex1.", False, False, False),
    ],
)
def test_names_and_addresses(name: str, host_name: bool, fqdn: bool, address: bool) -> None:
    assert (is_host_name(name), is_fqdn(name), is_address(name)) == (host_name, fqdn, address)
