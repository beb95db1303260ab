# SPDX-License-Identifier: GPL-3.0-or-later
"""Replication between domain controllers, and the clock."""

from __future__ import annotations

import pytest
from lab_shell import Shell, lab

from exchange_lab.world.clock import ManualClock, WallClock

LONDON, PARIS = "dc1.contoso.test", "dc2.contoso.test"
URL = "https://mail.contoso.com/owa"


def internal_url(shell, **parameters):
    return shell.get("OwaVirtualDirectory", "EX1", **parameters)["InternalUrl"]


def test_a_write_is_seen_at_once_where_it_was_made_and_elsewhere_after_the_delay():
    clock = ManualClock()
    london = lab("two_datacenters", clock=clock)
    paris = Shell(london.world, "ex3")
    london.set("OwaVirtualDirectory", InternalUrl=URL)
    assert internal_url(london) == URL
    assert internal_url(paris) == "https://ex1.contoso.test/owa"
    assert internal_url(paris, DomainController=LONDON) == URL
    clock.advance(899.5)
    assert internal_url(paris) != URL
    clock.advance(0.5)
    assert internal_url(paris) == URL


def test_the_later_write_wins_everywhere():
    clock = ManualClock()
    london = lab("two_datacenters", clock=clock)
    london.set("OwaVirtualDirectory", InternalUrl=URL)
    clock.advance(1)
    london.set("OwaVirtualDirectory", InternalUrl="https://paris.contoso.com/owa", DomainController="dc2")
    assert internal_url(london) == URL
    clock.advance(901)
    assert internal_url(london) == internal_url(london, DomainController=PARIS) == "https://paris.contoso.com/owa"


def test_a_change_is_judged_by_the_controller_that_is_asked():
    london = lab("two_datacenters")
    london.set("OwaVirtualDirectory", InternalUrl=URL)
    stale = london.set("OwaVirtualDirectory", InternalUrl=URL, DomainController="dc2")
    assert not any("no settings of" in text for text in stale.warnings)


def test_iis_does_not_replicate():
    london = lab("two_datacenters")
    london.set("EcpVirtualDirectory", GzipLevel="High")
    assert Shell(london.world, "ex3").get("EcpVirtualDirectory", "EX1")["GzipLevel"] == "High"


def test_service_connection_points_providers_and_the_organization_replicate():
    clock = ManualClock()
    london = lab("two_datacenters", clock=clock)
    paris = Shell(london.world, "ex4")
    london("Set-OutlookProvider", Identity="EXPR", CertPrincipalName="none")
    london("Set-OrganizationConfig", EwsEnabled=True)
    london("Set-ClientAccessService", Identity="EX1", AutoDiscoverServiceInternalUri=None)
    assert paris("Get-OutlookProvider", Identity="EXPR").only["CertPrincipalName"] is None
    assert paris("Get-OrganizationConfig").only["EwsEnabled"] is None
    assert paris("Get-ClientAccessService", Identity="EX1").only["AutoDiscoverServiceInternalUri"] is not None
    clock.advance(900)
    assert paris("Get-OutlookProvider", Identity="EXPR").only["CertPrincipalName"] == "none"
    assert paris("Get-OrganizationConfig").only["EwsEnabled"] is True
    assert paris("Get-ClientAccessService", Identity="EX1").only["AutoDiscoverServiceInternalUri"] is None


def test_when_changed_and_originating_server():
    clock = ManualClock()
    shell = lab(clock=clock)
    before = shell.get("OwaVirtualDirectory")
    clock.advance(60)
    shell.set("OwaVirtualDirectory", InternalUrl=URL)
    after = shell.get("OwaVirtualDirectory")
    assert after["OriginatingServer"] == LONDON
    assert (after["WhenChangedUTC"] - before["WhenChangedUTC"]).total_seconds() == 60
    assert after["WhenCreated"] == before["WhenCreated"]


def test_when_changed_replicates_too():
    clock = ManualClock()
    london = lab("two_datacenters", clock=clock)
    clock.advance(60)
    london.set("OwaVirtualDirectory", InternalUrl=URL)
    shown = {dc: london.get("OwaVirtualDirectory", DomainController=dc) for dc in (LONDON, PARIS)}
    assert shown[LONDON]["WhenChanged"] > shown[PARIS]["WhenChanged"] == shown[PARIS]["WhenCreated"]
    clock.advance(900)
    late = london.get("OwaVirtualDirectory", DomainController=PARIS)
    assert late["WhenChanged"] == shown[LONDON]["WhenChanged"]


def test_an_unknown_domain_controller():
    reply = lab()("Get-OwaVirtualDirectory", DomainController="dc9")
    assert "domain controller 'dc9'" in reply.problem
    assert reply.stopped is None


def test_clocks():
    with pytest.raises(ValueError, match="cannot go back"):
        ManualClock().advance(-1)
    assert WallClock().now() > ManualClock().now() / 2
