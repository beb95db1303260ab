# SPDX-License-Identifier: GPL-3.0-or-later
"""Exchange Back End on 444, as a front end or anybody else meets it."""

from __future__ import annotations

import pytest

EX1 = "ex1.contoso.test"


@pytest.mark.parametrize("path", ["/owa/", "/ECP/", "/ews/exchange.asmx", "/mapi/emsmdb", "/PowerShell"])
def test_it_answers_for_its_applications(lab, get, path):
    reply = get(lab, path, port=444)
    assert (reply.status, reply.headers["X-BEServer"]) == (200, "EX1")
    assert reply.body.endswith(f"EX1.contoso.test: {path}</body></html>")


@pytest.mark.parametrize("path", ["/", "/nothing/", "/owa/healthcheck.htm"])
def test_it_has_nothing_else(lab, get, path):
    assert get(lab, path, port=444).status == 404


def test_a_path_cannot_write_html(lab, get):
    assert "<script>" not in get(lab, "/owa/<script>", port=444).body


def test_its_pools_answer_503_on_their_own(lab, world, get):
    world.machines[EX1].pools["MSExchangePowerShellAppPool"].state = "Stopped"
    assert [get(lab, path, port=444).status for path in ("/PowerShell", "/owa/")] == [503, 200]
    world.machines[EX1].pools["MSExchangeServicesAppPool"].state = "Stopped"
    assert [get(lab, "/ews/exchange.asmx", port=port).status for port in (444, 443)] == [503, 503]
