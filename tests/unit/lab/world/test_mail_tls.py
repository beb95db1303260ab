# SPDX-License-Identifier: GPL-3.0-or-later
"""certificate-laws 7: which certificate SMTP, POP and IMAP use."""

from __future__ import annotations

from typing import Any

import pytest

from exchange_lab.world import ManualClock, World
from exchange_lab.world.certificates import StoreEntry
from exchange_lab.world.certificates.distinguished_names import tls_name
from exchange_lab.world.certificates.enabling import INTERNAL_TRANSPORT
from exchange_lab.world.mail_tls import NO_CREDENTIALS, NOT_FOUND, Offer
from exchange_lab.world.servers import Server

DAY = 86400
MAIL, OWN = "mail.contoso.test", "ex1.contoso.test"
SENDING = {
    "sites": {"London": ["dc1"]},
    "servers": [{"name": name, "site": "London", "build": "15.2.1258.12"} for name in ("ex1", "ex2")],
    "send_connectors": [{"name": "Internet", "servers": ["ex1", "ex2"], "fqdn": MAIL}],
}


class Mail:
    """One world, and its first server's mail."""

    def __init__(self, estate: Any = "one_server", **switches: str) -> None:
        self.clock = ManualClock()
        self.world = World.from_estate(estate, switches, self.clock)
        self.server: Server = self.world.servers[OWN]

    def issue(self, *names: str, **more: Any) -> StoreEntry:
        given = {"names": names or [OWN], "services": ["SMTP"], **more}
        return self.entry(self.world.certificates.issue("ex1", **given))

    def entry(self, thumbprint: str) -> StoreEntry:
        return self.world.certificates.of("ex1").find(thumbprint)

    @property
    def setups(self) -> StoreEntry:
        """The certificate that Setup made."""
        return self.world.certificates.of("ex1").my[0]

    def connector(self, title: str = "Default Frontend", **values: Any) -> None:
        name = f"{title} EX1"
        item = next(one for one in self.world.receive_connectors if one.object.name == name)
        item.object.initial.update(values)

    @property
    def offer(self) -> Offer:
        return self.world.mail_tls.starttls(self.server)

    @property
    def shown(self) -> StoreEntry | None:
        return self.world.mail_tls.starttls_certificate(self.server)

    def start(self, *services: str) -> None:
        machine = self.world.machines[OWN]
        for service in services:
            machine.stop_service(service)
            machine.start_service(service)

    def pop(self) -> StoreEntry | None:
        return self.world.mail_tls.protocol_certificate(self.server, "POP")


@pytest.mark.must_run
def test_s1_a_fresh_server_offers_its_own_certificate_on_every_port():
    mail = Mail()
    for port in (25, 587, 717, 2525, 465):
        assert mail.world.mail_tls.starttls_certificate(mail.server, port) is mail.setups
    with pytest.raises(KeyError):
        mail.world.mail_tls.starttls(mail.server, 26)


def test_s1_without_tls_nothing_is_offered():
    mail = Mail()
    mail.connector(AuthMechanism="Integrated, BasicAuth")
    assert mail.offer == Offer(offered=False)
    assert mail.world.mail_tls.starttls(mail.server, 587).offered


def test_s1_the_wanted_name():
    mail = Mail()
    named, by_fqdn = mail.issue("a.test", intermediate=2), mail.issue("b.test")
    mail.connector(Fqdn="b.test")
    assert mail.shown is by_fqdn
    mail.connector(TlsCertificateName=tls_name(named.certificate))
    assert mail.shown is named
    mail.connector(Fqdn=None, TlsCertificateName=None)
    assert mail.shown is mail.setups


def test_s2_nothing_fits():
    mail = Mail()
    mail.connector(Fqdn=MAIL)
    assert mail.offer == Offer(offered=False, event=12014)
    wildcard = mail.issue("*.contoso.test")
    assert mail.shown is wildcard
    wildcard.key = None
    assert mail.offer.event == 12014


@pytest.mark.parametrize("how", ["untrusted", "revoked"])
def test_s2_a_broken_chain_suppresses_it(how):
    mail = Mail()
    mail.connector(Fqdn=MAIL)
    entry = mail.issue(MAIL, issuer="unknown" if how == "untrusted" else "ca")
    if how == "revoked":
        mail.world.certificates.revoked.add(entry.thumbprint)
    assert mail.offer == Offer(offered=False, certificate=entry)


def test_s2_a_pending_request_fits_nothing():
    mail = Mail()
    mail.connector(Fqdn=MAIL)
    mail.world.certificates.request("ex1", [MAIL])
    assert mail.offer.event == 12014


@pytest.mark.must_run
@pytest.mark.parametrize(("switch", "works"), [("chosen_fails", False), ("skipped", True)])
def test_s3_i9_a_match_without_the_flag(switch, works):
    mail = Mail(unflagged=switch)
    new = mail.issue(OWN, services=())
    assert (mail.offer.works, mail.shown is mail.setups) == (works, works)
    mail.world.certificates.enable("ex1", new.thumbprint, ["SMTP"])
    assert mail.shown is new


@pytest.mark.parametrize(("switch", "late"), [("not_before", False), ("not_after", True)])
def test_s4_the_newest_wins(switch, late):
    mail = Mail(smtp_pick=switch)
    long, new = mail.issue(days=300, starts_in_days=-20), mail.issue(days=100)
    assert mail.shown is (long if late else new)


def test_s4_a_cas_before_a_newer_self_signed_one_and_an_expired_winner():
    mail = Mail()
    mail.issue(issuer="self", starts_in_days=0)
    of_ca = mail.issue(days=100, starts_in_days=-50)
    assert mail.shown is of_ca
    mail.connector(Fqdn=MAIL)
    expired = mail.issue(MAIL, days=1, starts_in_days=-2)
    assert mail.offer == Offer(offered=True, certificate=expired, works=True, event=12016)


def test_s4_an_unreachable_revocation_list_changes_nothing():
    mail = Mail()
    entry = mail.issue()
    mail.world.certificates.of("ex1").crl_reachable = False
    assert mail.shown is entry


def test_s5_another_intermediate_is_another_name():
    mail = Mail()
    old = mail.issue(MAIL, days=20)
    mail.connector(TlsCertificateName=tls_name(old.certificate))
    new = mail.issue(MAIL, intermediate=2)
    assert mail.shown is old
    mail.world.certificates.remove("ex1", old.thumbprint)
    assert mail.offer.event == 12014
    mail.connector(TlsCertificateName=tls_name(new.certificate))
    assert mail.shown is new


@pytest.mark.parametrize(("switch", "moves"), [("per_session", True), ("until_restart", False)])
def test_s5_when_transport_looks(switch, moves):
    mail = Mail(smtp_cert_cache=switch)
    assert mail.shown is mail.setups
    new = mail.issue()
    assert (mail.shown is new) is moves
    mail.clock.advance(1)
    mail.start("MSExchangeFrontEndTransport")
    assert mail.shown is new


@pytest.mark.must_run
def test_s6_only_the_source_server_that_lacks_it_queues():
    mail = Mail(SENDING)
    thumbprint = mail.world.certificates.issue("ex1", names=[MAIL])
    (connector,) = mail.world.send_connectors
    connector.initial["TlsCertificateName"] = tls_name(mail.entry(thumbprint).certificate)
    one, two = mail.world.servers.values()
    assert mail.world.mail_tls.sending(one, connector) == (mail.entry(thumbprint), "")
    assert mail.world.mail_tls.sending(two, connector) == (None, NOT_FOUND)
    mail.world.certificates.lose_key("ex1", thumbprint)
    assert mail.world.mail_tls.sending(one, connector) == (None, NO_CREDENTIALS)


def test_s6_without_a_certificate_name_mail_goes_all_the_same():
    mail = Mail(SENDING)
    (connector,) = mail.world.send_connectors
    assert mail.world.mail_tls.sending(mail.server, connector) == (None, "")
    entry = mail.issue(MAIL)
    assert mail.world.mail_tls.sending(mail.server, connector) == (entry, "")


def test_s7_the_default_transport_certificate():
    mail = Mail()
    own = mail.setups
    assert mail.world.mail_tls.between_servers(mail.server) == Offer(offered=True, certificate=own, works=True)
    mail.clock.advance(6 * 365 * DAY)
    assert mail.world.mail_tls.between_servers(mail.server) == Offer(
        offered=True, certificate=own, works=True, event=12015
    )
    mail.world.certificates.remove("ex1", own.thumbprint)
    assert mail.world.mail_tls.between_servers(mail.server) == Offer(offered=False, event=12013)
    mail.server.object.initial[INTERNAL_TRANSPORT] = None
    assert mail.world.mail_tls.between_servers(mail.server) == Offer(offered=False, event=12012)


@pytest.mark.must_run
def test_e9_s10_i9_pop_serves_what_it_loaded_when_it_started():
    mail = Mail()
    assert mail.pop() is None
    mail.start("MSExchangePOP3", "MSExchangePOP3BE")
    assert mail.pop() is mail.setups
    new = mail.issue(starts_in_days=0)
    assert mail.pop() is mail.setups
    mail.start("MSExchangePOP3")
    assert mail.pop() is new
    mail.server.mail_protocols["POP"].initial["X509CertificateName"] = MAIL
    mail.start("MSExchangePOP3")
    assert mail.pop() is None


def test_s10_a_wildcard_by_its_own_name_and_by_a_hosts():
    mail = Mail()
    wildcard = mail.issue("*.contoso.test")
    for name in ("*.contoso.test", "pop.contoso.test"):
        mail.server.mail_protocols["POP"].initial["X509CertificateName"] = name
        mail.start("MSExchangePOP3")
        assert mail.pop() is wildcard


def test_s10_names_of_one_host_need_their_flag_where_flags_are_stored():
    mail = Mail(popimap_flag="stored")
    new = mail.issue(services=(), starts_in_days=0)
    mail.start("MSExchangePOP3")
    assert mail.pop() is mail.setups
    new.marks.add("POP")
    mail.start("MSExchangePOP3")
    assert mail.pop() is new


# Whether clients are served


def serving() -> Mail:
    mail = Mail("two_datacenters")
    mail.world.certificates.issue(*mail.world.servers, names=[MAIL], services=["IIS"])
    assert mail.world.serving_problems([MAIL]) == []
    return mail


def test_one_server_is_enough_for_a_namespace_but_not_a_drained_one():
    mail = serving()
    first, *others = mail.world.servers
    for fqdn in others:
        mail.world.machines[fqdn].bind_certificate("Default Web Site", None)
    assert mail.world.serving_problems([MAIL]) == []
    assert mail.world.serving_problems([MAIL], drained=[first]) == [
        f"no server has a valid certificate for {MAIL} on 443"
    ]
    assert mail.world.serving_problems(["other.test"]) == ["no server has a valid certificate for other.test on 443"]


def test_an_expired_certificate_serves_nobody():
    mail = serving()
    mail.clock.advance(300 * DAY)
    assert mail.world.serving_problems([MAIL]) == [f"no server has a valid certificate for {MAIL} on 443"]


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("starttls", "EX1: STARTTLS on port 25 is not offered, or its handshake fails"),
        ("default", "EX1: the default transport certificate is not in the store"),
        ("444", "EX1: port 444 of EX1 has no usable certificate"),
    ],
)
def test_what_every_server_must_keep(what, text):
    mail = serving()
    if what == "starttls":
        mail.issue(services=())
    elif what == "default":
        mail.issue()
        other = mail.issue()
        mail.server.object.initial[INTERNAL_TRANSPORT] = other.der
        mail.world.certificates.remove("ex1", other.thumbprint)
    else:
        mail.world.break_binding("ex1", "certificate_dropped")
    assert mail.world.serving_problems([MAIL]) == [text]
