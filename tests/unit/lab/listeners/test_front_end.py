# SPDX-License-Identifier: GPL-3.0-or-later
"""Default Web Site: probe pages (health-laws H1 to H17) and the proxy to 444 (source 001)."""

from __future__ import annotations

import http.client

import pytest

from exchange_lab.background import Background
from exchange_lab.world.servers import DEFAULT_WEB_SITE
from exchange_lab.world.windows.applications import APPLICATIONS
from exchange_lab.world.world import World

EX1, EX2, EX3 = "ex1.contoso.test", "ex2.contoso.test", "ex3.contoso.test"
PAGES = (
    "owa", "ecp", "ews", "autodiscover", "Microsoft-Server-ActiveSync", "oab", "mapi", "rpc", "PowerShell",
)  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_each_application_has_its_page(lab, get, name):
    reply = get(lab, f"/{name}/HealthCheck.htm", server=EX2)
    assert (reply.status, reply.body) == (200, "200 OK<br/>EX2.contoso.test")
    assert (reply.headers["X-FEServer"], reply.headers["Server"]) == ("EX2", "Microsoft-IIS/10.0")
    assert reply.headers["Content-Type"].startswith("text/html")


def test_the_pools_are_those_of_the_servers(lab, world):
    pools = world.machines[EX1].pools
    for application in APPLICATIONS.values():
        assert {application.front_end_pool, application.back_end_pool} <= pools.keys()
    assert {name.lower() for name in PAGES} == APPLICATIONS.keys()


def test_mapi_came_with_2013_sp1(get):
    for build, status in (("15.0.775.38", 404), ("15.0.847.32", 200)):
        row = {"name": "ex1", "site": "London", "build": build}
        with Background(World.from_estate({"sites": {"London": ["dc1"]}, "servers": [row]})) as lab:
            assert get(lab, "/mapi/healthcheck.htm").status == status
            assert get(lab, "/owa/healthcheck.htm").status == 200


def test_a_directory_that_iis_has_lost_is_not_there_and_the_others_are(lab, world, get):
    """V10."""
    fault = world.faults.add("missing_in_iis", server="EX1", noun="OwaVirtualDirectory")
    for path in ("/owa/", "/owa/healthcheck.htm"):
        assert (get(lab, path).status, get(lab, path, server=EX2).status) == (404, 200)
    assert get(lab, "/ecp/").status == 200
    world.faults.remove(fault)
    assert get(lab, "/owa/").status == 200


def test_get_and_head_are_answered_and_nothing_else(lab, get):
    head = get(lab, "/owa/healthcheck.htm", method="HEAD")
    assert (head.status, head.headers["Content-Length"], head.body) == (200, "27", "")
    refused = get(lab, "/owa/healthcheck.htm", method="OPTIONS")
    assert (refused.status, refused.headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", ["/healthcheck.htm", "/owa/auth/healthcheck.htm", "/nothing/healthcheck.htm", "/x"])
def test_there_is_nothing_else(lab, get, path):
    reply = get(lab, path, server=EX1)
    assert (reply.status == 404) is (not path.startswith("/owa"))
    assert "200 OK" not in reply.body


def test_the_root_leads_to_owa(lab, get):
    reply = get(lab, "/")
    assert (reply.status, reply.headers["Location"]) == (302, "/owa/")


def test_a_connection_serves_many_requests(lab, context):
    known = lab.inventory_vars(EX1)
    connection = http.client.HTTPSConnection(known["exchange_host"], known["exchange_client_port"], context=context)
    connection.connect()
    kept = connection.sock
    for _unused in range(3):
        connection.request("GET", "/owa/healthcheck.htm")
        assert connection.getresponse().read() == b"200 OK<br/>EX1.contoso.test"
        assert connection.sock is kept
    connection.close()


def test_a_stopped_pool_answers_503_and_closes(lab, world, get):
    """H9: the reason is http.sys', and the other pages go on."""
    pool = world.machines[EX1].pools["MSExchangeOWAAppPool"]
    pool.state = "Stopped"
    reply = get(lab, "/owa/healthcheck.htm")
    assert (reply.status, reply.headers["Server"]) == (503, "Microsoft-HTTPAPI/2.0")
    assert reply.headers["Connection"] == "close"
    assert get(lab, "/ews/healthcheck.htm").status == 200
    pool.state = "Started"
    assert get(lab, "/owa/healthcheck.htm").status == 200


def test_a_recycled_pool_is_cold_for_a_second(still, clock, get):
    machine = still.world.machines[EX1]
    machine.start_pool("MSExchangeECPAppPool")
    assert [get(still, f"/{name}/healthcheck.htm").status for name in ("ecp", "owa")] == [503, 200]
    clock.advance(0.9)
    assert get(still, "/ecp/healthcheck.htm").status == 503
    clock.advance(0.2)
    assert get(still, "/ecp/healthcheck.htm").status == 200


def test_a_front_pool_of_its_own_leaves_the_page_while_the_back_end_is_down(lab, world, get):
    """H10: mapi, rpc and PowerShell have separate front pools."""
    world.machines[EX1].pools["MSExchangeMapiMailboxAppPool"].state = "Stopped"
    assert get(lab, "/mapi/healthcheck.htm").status == 200
    assert get(lab, "/mapi/emsmdb").status == 503


@pytest.mark.parametrize("path", ["/owa/", "/ecp/", "/ews/exchange.asmx", "/mapi/emsmdb", "/OAB/x"])
def test_requests_go_on_to_the_own_back_end(lab, get, path):
    reply = get(lab, path)
    assert reply.status == 200
    assert reply.headers["X-CalculatedBETarget"] == EX1
    assert reply.body == f"<html><body>Exchange Back End of EX1.contoso.test: {path}</body></html>"
    (behind,) = lab.log.records("web", host=EX1, port=444)
    assert (behind["method"], behind["path"]) == ("GET", path)


def test_requests_go_on_to_the_server_that_the_anchor_names(lab, get):
    reply = get(lab, "/owa/?x=1", headers={"X-AnchorMailbox": f"someone@{EX3}"})
    assert reply.headers["X-CalculatedBETarget"] == EX3
    assert "EX3.contoso.test: /owa/<" in reply.body
    assert lab.log.records("web", host=EX3, port=444, path="/owa/?x=1")
    assert get(lab, "/owa/", headers={"X-AnchorMailbox": "someone@contoso.test"}).headers["X-CalculatedBETarget"] == EX1


def test_a_client_access_server_has_no_back_end_of_its_own(get):
    rows = [
        {"name": "ex1", "site": "London", "build": "15.0.1497.48", "roles": ["ClientAccess"]},
        {"name": "ex2", "site": "London", "build": "15.0.1497.48", "roles": ["Mailbox"]},
    ]
    with Background(World.from_estate({"sites": {"London": ["dc1"]}, "servers": rows})) as lab:
        assert get(lab, "/owa/").headers["X-CalculatedBETarget"] == EX2


@pytest.mark.parametrize(
    "fault", ["moved_to_445", "no_binding", "certificate_dropped", "lost_key", "stale_hash", "site_stopped"]
)
@pytest.mark.parametrize("told", [True, False])
def test_a_dead_444_gives_a_blank_page(lab, world, get, fault, told):
    """Source 001. healthcheck.htm is no proof of 444 (H17)."""
    assert get(lab, "/owa/").body
    world.break_binding(EX1, fault)
    if told:
        lab.follow(EX1)
    for path in ("/owa/", "/ecp/"):
        reply = get(lab, path)
        assert (reply.body, reply.headers["X-CalculatedBETarget"]) == ("", EX1)
    assert get(lab, "/owa/healthcheck.htm").status == 200
    assert get(lab, "/owa/", server=EX2).body
    assert get(lab, "/owa/", server=EX2, headers={"X-AnchorMailbox": f"a@{EX1}"}).body == ""


@pytest.mark.parametrize("fault", ["foreign", "expired", "cng_key", "http_sys_orphan", "loopback_lost"])
def test_these_do_not_harm_444(lab, world, get, fault):
    """S11: the front end judges neither the name nor the date of the back end's certificate."""
    world.break_binding(EX1, fault)
    lab.follow(EX1)
    assert "EX1" in get(lab, "/owa/").body


@pytest.mark.parametrize("answer", ["serves", "needs_restart"])
def test_a_certificate_bound_to_444_may_leave_the_page_blank_until_a_restart(lab, world, get, answer):
    world.switches["rebound_back_end"] = answer
    machine = world.machines[EX1]
    machine.http_sys.put("0.0.0.0", 444, machine.http_sys.entries["0.0.0.0", 444].thumbprint)
    assert bool(get(lab, "/owa/").body) is (answer == "serves")
    machine.stop_service("W3SVC")
    machine.start_service("W3SVC")
    assert get(lab, "/owa/").body


def test_a_firewall_between_two_servers_blanks_one_direction(lab, world, get):
    world.machines[EX1].blocked.add((EX3, 444))
    to_ex3 = {"X-AnchorMailbox": f"a@{EX3}"}
    assert get(lab, "/owa/", headers=to_ex3).body == ""
    assert get(lab, "/owa/").body
    assert get(lab, "/owa/", server=EX2, headers=to_ex3).body
    assert get(lab, "/owa/", server=EX3, headers={"X-AnchorMailbox": f"a@{EX1}"}).body


def test_the_front_end_does_not_proxy_to_itself(lab, world, get):
    """Default Web Site on 444 as well: one request in, one request on, no chain."""
    machine = world.machines[EX1]
    world.break_binding(EX1, "site_stopped")
    binding = machine.sites[DEFAULT_WEB_SITE].find("https", ":443:")
    machine.sites[DEFAULT_WEB_SITE].bindings.append(type(binding)("https", "*:444:"))
    assert get(lab, "/owa/").status == 404
    assert len(lab.log.records("web", host=EX1)) == 2


def test_powershell_is_elsewhere(lab, get):
    assert get(lab, "/powershell").status == 404
    assert not lab.log.records("web", port=444)


def test_another_site_has_nothing(lab, world, get):
    machine = world.machines[EX1]
    site = machine.sites.pop(DEFAULT_WEB_SITE)
    site.name, machine.sites["Other"] = "Other", site
    assert get(lab, "/owa/healthcheck.htm").status == 404
