# SPDX-License-Identifier: GPL-3.0-or-later
"""exchange_certificate state=absent: refused while anything uses it, which Exchange hardly looks at (laws R1 to R6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from certificate_life import AUTODISCOVER, MAIL, NAMES, PFX_PASSWORD, Life, quiet, row, without_windows
from in_process import Result

from exchange_lab.world.certificates.distinguished_names import tls_name
from exchange_lab.world.transport import hybrid_configuration


@pytest.fixture
def one(life) -> Life:
    return life()


def issued(one: Life, *servers: str, **options: Any) -> str:
    return one.world.certificates.issue(*(servers or ("EX1",)), **{"names": NAMES, **options})


def remove(one: Life, thumbprint: str, *servers: str, **options: Any) -> Result:
    return one.task(state="absent", thumbprint=thumbprint, servers=list(servers or ("EX1",)), **options)


def connector(one: Life, kind: str = "receive", server: str = "EX1") -> Any:
    if kind == "receive":
        return next(item for item in one.world.receive_connectors if item.server.name == server).object
    return one.world.send_connectors[0]


def test_it_goes_from_every_server_and_is_not_missed_again(one: Life) -> None:
    thumbprint = issued(one, "EX1", "EX2", "EX3")
    done = remove(one, thumbprint, "EX1", "EX2", "EX3", "EX4").ok()
    assert one.holders(thumbprint) == []
    assert [found["changed"] for found in done.servers] == [True, True, True, False]
    assert row(done, "EX1")["certificate"] is None
    quiet(one.converge.again())


def test_check_mode_removes_nothing(one: Life) -> None:
    thumbprint = issued(one)
    before = one.world.snapshot()
    planned = remove(one, thumbprint, check_mode=True).ok()
    assert planned.changed is True and planned.sent == [] and one.world.snapshot() == before
    assert remove(one, thumbprint).ok().commands == planned.commands


def test_a_pending_request_goes_with_its_key(one: Life) -> None:
    """Law R6."""
    request = one.request().ok()
    remove(one, request.thumbprint).ok()
    assert one.world.certificates.of("EX1").requests == []
    assert one.request().ok().changed is True


# What it is used for, with what frees it


def on_443(one: Life) -> tuple[str, Callable[[], Any]]:
    thumbprint = issued(one, services=["IIS"])
    return thumbprint, lambda: one.task(thumbprint=issued(one), services=["IIS"]).ok()


def on_444(one: Life) -> tuple[str, Callable[[], Any]]:
    """Law R4, schedule Y7: Exchange lets it go, and the server is dead after its next start."""
    thumbprint, machine = issued(one), one.world.machines["ex1.contoso.test"]
    machine.bind_certificate("Exchange Back End", thumbprint)
    return thumbprint, lambda: machine.bind_certificate("Exchange Back End", one.own("EX1"))


def transport_default(one: Life) -> tuple[str, Callable[[], Any]]:
    """Law R2."""
    thumbprint = issued(one)
    one.task(thumbprint=thumbprint, services=["SMTP"], replace_default_smtp=True).ok()
    return thumbprint, lambda: one.task(thumbprint=one.own("EX1"), services=["SMTP"], replace_default_smtp=True).ok()


def auth(which: str) -> Callable[[Life], tuple[str, Callable[[], Any]]]:
    """Law S13, pitfall 25."""

    def used(one: Life) -> tuple[str, Callable[[], Any]]:
        thumbprint, config = issued(one), one.world.certificates.auth_config
        before = config.initial[f"{which}CertificateThumbprint"]
        config.initial[f"{which}CertificateThumbprint"] = thumbprint
        return thumbprint, lambda: config.initial.update({f"{which}CertificateThumbprint": before})

    return used


def by_name(protocol: str) -> Callable[[Life], tuple[str, Callable[[], Any]]]:
    """Law S10."""

    def used(one: Life) -> tuple[str, Callable[[], Any]]:
        thumbprint = issued(one, services=[protocol])
        return thumbprint, lambda: one.task(thumbprint=issued(one, starts_in_days=0), services=[protocol]).ok()

    return used


def offered(one: Life) -> tuple[str, Callable[[], Any]]:
    """Laws S1 and S4: the only certificate for the name that a connector announces."""
    thumbprint, item = issued(one, services=["SMTP"]), connector(one)
    before = item.initial["Fqdn"]
    item.initial["Fqdn"] = MAIL
    return thumbprint, lambda: item.initial.update(Fqdn=before)


def named_by_receive(one: Life) -> tuple[str, Callable[[], Any]]:
    thumbprint, item = issued(one, services=["SMTP"]), connector(one)
    item.initial["TlsCertificateName"] = tls_name(one.entry("EX1", thumbprint).certificate)
    return thumbprint, lambda: item.initial.update(TlsCertificateName=None)


def federation(one: Life) -> tuple[str, Callable[[], Any]]:
    thumbprint = issued(one)
    marks = one.entry("EX1", thumbprint).marks
    marks.add("Federation")
    return thumbprint, marks.clear


def instant_messaging(one: Life) -> tuple[str, Callable[[], Any]]:
    thumbprint = issued(one)
    set_to = "InstantMessagingCertificateThumbprint"
    options: dict[str, Any] = {"protocol": "owa", "server": "EX1"}
    one.converge("exchange_vdir", **options, instant_messaging_certificate_thumbprint=thumbprint).ok()
    other = "C" * 40
    assert set_to
    return thumbprint, lambda: one.converge(
        "exchange_vdir", **options, instant_messaging_certificate_thumbprint=other
    ).ok()


def entry_of(address: str, port: int, **more: Any) -> Callable[[Life], tuple[str, Callable[[], Any]]]:
    """Laws R6, L10 and G18: http.sys serves with it, whatever IIS or Exchange say."""

    def used(one: Life) -> tuple[str, Callable[[], Any]]:
        thumbprint, entries = issued(one), one.world.machines["ex1.contoso.test"].http_sys
        entries.put(address, port, thumbprint, **more)
        return thumbprint, lambda: entries.delete(address, port)

    return used


def hybrid(one: Life) -> tuple[str, Callable[[], Any]]:
    """Law S18."""
    thumbprint = issued(one)
    named = tls_name(one.entry("EX1", thumbprint).certificate)
    one.world.hybrid_configuration = hybrid_configuration(one.world.directory, named, one.world.installed)
    return thumbprint, lambda: setattr(one.world, "hybrid_configuration", None)


def hybrid_of_a_renewal(one: Life) -> tuple[str, Callable[[], Any]]:
    """The next one has the same names, so the old one is free as soon as it is there."""
    thumbprint, _free = hybrid(one)
    return thumbprint, lambda: issued(one, starts_in_days=0)


USES = {
    "443": (on_443, "443 of the front end"),
    "444": (on_444, "444 of the back end"),
    "transport default": (transport_default, "default certificate of transport"),
    "current auth": (auth("Current"), "current certificate of server-to-server authentication"),
    "next auth": (auth("Next"), "next certificate of server-to-server authentication"),
    "previous auth": (auth("Previous"), "previous certificate of server-to-server authentication"),
    "pop": (by_name("POP"), "POP finds it by X509CertificateName mail.contoso.test"),
    "imap": (by_name("IMAP"), "IMAP finds it by X509CertificateName mail.contoso.test"),
    "offered": (offered, "connectors offer it"),
    "receive connector": (named_by_receive, "connectors offer it"),
    "federation": (federation, "enabled for Federation"),
    "instant messaging": (instant_messaging, "InstantMessagingCertificateThumbprint"),
    "8172": (entry_of("0.0.0.0", 8172), "http.sys serves 0.0.0.0:8172 with it."),
    "a foreign program": (
        entry_of("0.0.0.0", 5986, app_id="{afebb9ad-9b97-4a91-9ab5-daf4d59122f6}"),
        "http.sys serves 0.0.0.0:5986 with it (program afebb9ad-9b97-4a91-9ab5-daf4d59122f6)",
    ),
    "one address": (entry_of("10.0.0.9", 443), "http.sys serves 10.0.0.9:443 with it."),
    "a host name": (entry_of("app.contoso.test", 443), "http.sys serves app.contoso.test:443 with it."),
    "hybrid": (hybrid, "hybrid configuration names its issuer and subject"),
    "hybrid of a renewal": (hybrid_of_a_renewal, "hybrid configuration names its issuer and subject"),
}


@pytest.mark.parametrize(("used", "said"), USES.values(), ids=USES)
def test_what_uses_it_keeps_it_until_it_is_freed(one: Life, used: Any, said: str) -> None:
    thumbprint, free = used(one)
    before = one.world.snapshot()
    message = remove(one, thumbprint).refused()
    assert said in message, message
    assert one.world.snapshot() == before
    free()
    remove(one, thumbprint).ok()
    assert one.entry("EX1", thumbprint) is None


def test_bindings_are_named_with_their_entries(one: Life) -> None:
    thumbprint, _free = on_443(one)
    message = remove(one, thumbprint).refused()
    assert "http.sys serves 0.0.0.0:443 with it (https :443: of Default Web Site)" in message
    assert "http.sys serves 127.0.0.1:443 with it (https 127.0.0.1:443: of Default Web Site)" in message


@pytest.mark.parametrize("source", ["provider", "registry"])
def test_http_sys_is_read_by_either_way(one: Life, source: str) -> None:
    thumbprint, free = entry_of("0.0.0.0", 8443)(one)
    assert "0.0.0.0:8443" in remove(one, thumbprint, http_sys_source=source).refused()
    free()
    done = remove(one, thumbprint, http_sys_source=source).ok()
    drives = [record["parameters"].get("Path") for record in one.world.records if record["cmdlet"] == "Get-ChildItem"]
    assert ("IIS:\\SslBindings" in drives) is (source == "provider") and done.changed is True


def test_bindings_are_read_by_protocol_where_others_break_the_reading(one: Life) -> None:
    one.world.switches["web_binding_reads"] = "by_protocol"
    thumbprint, free = on_443(one)
    assert "0x8007000D" in remove(one, thumbprint).rejected()
    assert "http.sys serves" in remove(one, thumbprint, bindings_source="by_protocol").refused()
    free()
    assert remove(one, thumbprint, bindings_source="by_protocol").ok().changed is True


def test_bindings_are_read_once_where_something_would_be_removed(one: Life) -> None:
    thumbprint = issued(one, "EX1", "EX3")
    done = remove(one, thumbprint, "EX1", "EX2", "EX3", "EX4").ok()
    assert done.read.count("Get-WebBinding") == 2 and len(one.converge.sessions) == 3
    assert all(session.closed for session in one.converge.sessions)
    one.converge.sessions.clear()
    quiet(one.converge.again())
    assert len(one.converge.sessions) == 1


def test_without_the_windows_endpoint_it_stays_unless_that_is_said(one: Life, monkeypatch: Any) -> None:
    thumbprint = issued(one, "EX1", "EX2")
    without_windows(monkeypatch, "ex2.contoso.test")
    for check_mode in (True, False):
        done = remove(one, thumbprint, "EX1", "EX2", check_mode=check_mode)
        assert row(done, "EX1")["changed"] is True
        message = row(done, "EX2")["msg"]
        assert "cannot be read by the Windows endpoint (Access is denied. Log in as an administrator" in message
        assert "check_bindings" in message
    assert one.holders(thumbprint) == ["EX2"]
    one.converge.sessions.clear()
    remove(one, thumbprint, "EX2", check_bindings=False).ok()
    assert one.holders(thumbprint) == [] and len(one.converge.sessions) == 1


def test_what_exchange_knows_of_bindings_holds_without_that_view(one: Life) -> None:
    thumbprint, free = on_444(one)
    assert "444 of the back end" in remove(one, thumbprint, check_bindings=False).refused()
    free()
    remove(one, thumbprint, check_bindings=False).ok()


def test_who_does_not_see_the_hybrid_configuration_is_told(one: Life) -> None:
    """Law S18: an account with the roles for certificates alone is not kept from its work."""
    thumbprint, _free = hybrid(one)
    one.world.rbac.hide("Get-HybridConfiguration")
    done = remove(one, thumbprint).ok()
    assert any("hybrid configuration" in warning and "not looked at" in warning for warning in done.warnings)
    assert one.holders(thumbprint) == []


def test_every_use_is_told_at_once(one: Life) -> None:
    thumbprint = issued(one, services=["IIS", "POP", "IMAP"])
    one.task(thumbprint=thumbprint, services=["SMTP"], replace_default_smtp=True).ok()
    connector(one).initial["Fqdn"] = AUTODISCOVER
    message = remove(one, thumbprint).refused()
    for said in ("443", "POP finds", "IMAP finds", "default certificate of transport", "connectors offer it"):
        assert said in message


def test_exchanges_own_certificate_stays(one: Life) -> None:
    for thumbprint in (
        one.own("EX1"),
        one.world.directory.newest(one.world.certificates.auth_config)["CurrentCertificateThumbprint"],
    ):
        assert "still in use" in remove(one, thumbprint).refused()


def test_the_certificate_of_web_management_stays(one: Life) -> None:
    """Law R6: Setup needs it, and nothing that Exchange knows shows its use."""
    management = one.world.certificates.of("EX1").my[1]
    assert "WMSvc" in management.friendly_name
    assert "WMSVC" in remove(one, management.thumbprint).refused()
    remove(one, issued(one, names=["wmsvc.contoso.test"])).ok()


@pytest.mark.parametrize("server", ["EX1", "EX3"])
def test_a_send_connector_keeps_it_on_every_server(one: Life, server: str) -> None:
    """Law R3: by issuer and subject, the old and the new of a renewal alike."""
    old, new = issued(one, server, services=["SMTP"], starts_in_days=-100), issued(one, server, services=["SMTP"])
    estate_connector(one, tls_name(one.entry(server, old).certificate))
    for thumbprint in (old, new):
        message = remove(one, thumbprint, server).refused()
        assert "Send connectors name its issuer and subject" in message and "stop transport" in message
    connector(one, "send").initial["TlsCertificateName"] = None
    remove(one, old, server).ok()
    assert one.holders(old) == [] and one.holders(new) == [server]


def estate_connector(one: Life, name: str) -> None:
    from exchange_lab.world import transport

    item = transport.send_connector(
        one.world.directory, {"name": "To partner", "servers": ["EX1"]}, one.world.clock.now()
    )
    item.initial["TlsCertificateName"] = name
    one.world.send_connectors.append(item)


@pytest.mark.parametrize("switches", [{}, {"smtp_pick": "not_after"}, {"remove_key": "deleted"}], ids=str)
def test_the_old_one_of_a_renewal_goes_once_the_new_one_serves(life, switches: dict[str, str]) -> None:
    """Law L10, for names by which transport, POP and IMAP choose the newest."""
    one = life(**switches)
    every = ["SMTP", "POP", "IMAP", "IIS"]
    path, old = one.pfx()
    one.present(path, password=PFX_PASSWORD, servers=["EX1"], services=every).ok()
    connector(one).initial["Fqdn"] = MAIL
    assert "still in use" in remove(one, old).refused()
    one.world.clock.advance(30 * 86400)
    path, new = one.pfx()
    one.present(path, password=PFX_PASSWORD, servers=["EX1"], services=every).ok()
    remove(one, old).ok()
    assert one.holders(old) == [] and one.holders(new) == ["EX1"] and one.bound("EX1") == new
    assert "still in use" in remove(one, new).refused()


def starttls(one: Life) -> tuple[str | None, bool]:
    offer = one.world.mail_tls.starttls(one.world.server("EX1"))
    return offer.certificate.thumbprint if offer.certificate else None, offer.works


@pytest.mark.parametrize("switches", [{}, {"unflagged": "skipped"}], ids=str)
@pytest.mark.parametrize("by_name", ["Fqdn", "TlsCertificateName"])
def test_the_old_one_stays_while_the_new_one_is_not_enabled_for_smtp(
    life, switches: dict[str, str], by_name: str
) -> None:
    """Law S3: the new one is there, and a connector cannot work with it, or does not even choose it."""
    one = life(**switches)
    old = issued(one, services=["SMTP"], starts_in_days=-100)
    wanted = {"Fqdn": MAIL, "TlsCertificateName": tls_name(one.entry("EX1", old).certificate)}[by_name]
    default = next(item for item in one.world.receive_connectors if item.identity == "EX1\\Default Frontend EX1")
    default.object.initial[by_name] = wanted
    new = issued(one, starts_in_days=-1)
    message = remove(one, old).refused()
    assert "connectors offer it" in message and "for SMTP first" in message
    if switches:
        assert starttls(one) == (old, True)
    one.task(thumbprint=new, servers=["EX1"], services=["SMTP"]).ok()
    remove(one, old).ok()
    assert one.holders(old) == [] and starttls(one) == (new, True)


@pytest.mark.parametrize("switches", [{}, {"unflagged": "skipped"}], ids=str)
def test_the_new_one_may_go_while_it_is_not_enabled_for_smtp(life, switches: dict[str, str]) -> None:
    """Schedule Y1: that ends what its import did to port 25."""
    one = life(**switches)
    old = issued(one, services=["SMTP"], starts_in_days=-100)
    default = next(item for item in one.world.receive_connectors if item.identity == "EX1\\Default Frontend EX1")
    default.object.initial["TlsCertificateName"] = tls_name(one.entry("EX1", old).certificate)
    new = issued(one, starts_in_days=-1)
    remove(one, new).ok()
    assert starttls(one) == (old, True)


@pytest.mark.parametrize("protocol", ["POP", "IMAP"])
@pytest.mark.parametrize("switches", [{"popimap_flag": "stored"}, {}], ids=str)
def test_the_old_one_stays_while_the_new_one_is_not_enabled_for_the_protocol(
    life, switches: dict[str, str], protocol: str
) -> None:
    """Law S10: a stored flag has to be given; one that follows from the name is there with the certificate."""
    one = life(**switches)
    old = issued(one, services=[protocol], starts_in_days=-100)
    assert one.name_of(protocol, "EX1") == MAIL
    new = issued(one, starts_in_days=-1)
    if switches:
        assert f"{protocol} finds it" in remove(one, old).refused()
        one.task(thumbprint=new, servers=["EX1"], services=[protocol]).ok()
    remove(one, old).ok()
    assert one.holders(old) == [] and one.services("EX1", new) == [protocol]


def test_a_server_that_needs_it_leaves_the_others_alone(one: Life) -> None:
    thumbprint = issued(one, "EX1", "EX2", "EX3")
    one.task(thumbprint=thumbprint, servers=["EX2"], services=["IIS"]).ok()
    done = remove(one, thumbprint, "EX1", "EX2", "EX3")
    assert done.failed and done.changed is True and one.holders(thumbprint) == ["EX2"]
    assert done.msg.startswith("1 of 3 servers failed. EX2: ")


def test_nothing_goes_when_its_uses_cannot_be_read(one: Life) -> None:
    thumbprint = issued(one)
    one.world.hybrid_configuration = hybrid_configuration(one.world.directory, None, one.world.installed)
    for fault in (
        *({"kind": "empty_properties", "noun": noun} for noun in ("AuthConfig", "TransportService", "ImapSettings")),
        {"kind": "empty_properties", "noun": "ReceiveConnector"},
        {"kind": "absent_attribute", "noun": "AuthConfig", "attribute": "CurrentCertificateThumbprint"},
        {"kind": "absent_attribute", "noun": "TransportService", "attribute": "InternalTransportCertificateThumbprint"},
        {"kind": "absent_attribute", "noun": "PopSettings", "attribute": "X509CertificateName"},
        {"kind": "broken_signing", "server": "EX1"},
        {"kind": "empty_properties", "noun": "HybridConfiguration"},
        {"kind": "absent_attribute", "noun": "HybridConfiguration", "attribute": "TlsCertificateName"},
    ):
        broken = one.world.faults.add(**fault)
        remove(one, thumbprint).refused()
        one.world.faults.remove(broken)
    remove(one, thumbprint).ok()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "needs thumbprint"),
        ({"thumbprint": "12"}, "40 hexadecimal digits"),
        ({"thumbprint": ":"}, "40 hexadecimal digits"),
        ({"thumbprint": "A" * 40, "services": ["IIS"]}, "services cannot be used with state absent"),
        ({"thumbprint": "A" * 40, "servers": ["EX9"]}, "no Exchange server ex9"),
    ],
)
def test_bad_input(one: Life, options: dict[str, Any], said: str) -> None:
    assert said in one.task(state="absent", **options).refused()
    quiet(remove(one, "A" * 40))
