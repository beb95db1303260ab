# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way to log in, from the options of either connection plugin: one play, one host a way."""

from __future__ import annotations

import lab_log
import playbook
import pytest
from playbook import task

from exchange_lab.background import Background
from exchange_lab.world import estates

NAME = "mail.contoso.test"
OWA = {"protocol": "owa", "logon_format": "PrincipalName"}
WAYS = {
    "basic, psrp": ("basic", "psrp", "basic", 1),
    "basic, winrm": ("basic", "winrm", "basic", 2),
    "ntlm, psrp": ("ntlm", "psrp", "ntlm", 1),
    "ntlm, winrm": ("ntlm", "winrm", "ntlm", 2),
    "negotiate, psrp": ("ntlm", "psrp", "negotiate", 3),
    "negotiate, winrm": ("ntlm", "winrm", "negotiate", 4),
}
"""What the endpoint offers, the connection plugin, exchange_auth, and the number of the server."""


def server_of(way: str) -> str:
    return f"ex{WAYS[way][3]}.contoso.test"


@pytest.fixture(scope="module")
def labs(new_lab) -> dict[str, Background]:
    return {"basic": new_lab(estates.generate(2)), "ntlm": new_lab(estates.generate(4), auth="ntlm")}


@pytest.fixture(scope="module")
def run(labs, play) -> playbook.Run:
    hosts = {
        way: labs[offer].inventory_vars(server_of(way))
        | {"ansible_connection": connection, "exchange_auth": auth, "its_server": server_of(way)}
        for way, (offer, connection, auth, _unused) in WAYS.items()
    }
    server = {"server": "{{ its_server }}"}
    return play(
        hosts,
        task("one directory", "exchange_vdir", server | OWA),
        task("all client access", "exchange_client_access", server | {"namespace": NAME}),
        task("again", "exchange_client_access", server | {"namespace": NAME, "owa": {"logon_format": "PrincipalName"}}),
    )


@pytest.mark.parametrize("way", WAYS)
def test_both_modules_configure_the_server_and_then_find_nothing_to_do(run, labs, read, way):
    lab = labs[WAYS[way][0]]
    assert run.of("one directory", way).ok()["changed"]
    assert len(run.of("all client access", way).ok()["commands"]) == 7
    assert run.of("again", way).ok()["changed"] is False
    short = server_of(way).partition(".")[0].upper()
    owa = read(lab, server_of(way), "Get-OwaVirtualDirectory", Identity=f"{short}\\owa (Default Web Site)")
    assert (owa["InternalUrl"], owa["LogonFormat"]) == (f"https://{NAME}/owa", "PrincipalName")
    assert lab.shells(server_of(way)) == 0


@pytest.mark.parametrize("way", WAYS)
def test_the_password_never_travels_in_the_clear(run, labs, way):
    """Basic takes TLS. The others take HTTP with sealed messages, which the lab insists on."""
    offer, _unused, auth, _unused = WAYS[way]
    requests = lab_log.requests(labs[offer], server_of(way))
    assert {record["listener"] for record in requests} == {"https" if auth == "basic" else "http"}
    schemes = {record["auth"] for record in requests} - {"-"}  # once logged in, the sealed socket is the login
    assert schemes == ({"Basic"} if auth == "basic" else {"Negotiate"})  # pypsrp answers that header with NTLM tokens


@pytest.mark.parametrize("way", WAYS)
def test_replies_are_never_compressed(run, labs, way):
    """IIS would compress the endpoint's replies, which a sealed session cannot read, unless the client refuses."""
    assert not any(record.get("compressed") for record in lab_log.requests(labs[WAYS[way][0]], server_of(way)))
