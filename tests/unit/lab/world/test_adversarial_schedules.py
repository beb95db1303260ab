# SPDX-License-Identifier: GPL-3.0-or-later
"""certificate-laws 9: the 19 schedules that go wrong when cmdlets are used as they come, and how each of them ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from lab_shell import Reply, Shell
from psrpcore.types import PSSecureString

from exchange_lab.world import ManualClock, World
from exchange_lab.world.certificates import StoreEntry
from exchange_lab.world.certificates.distinguished_names import tls_name
from exchange_lab.world.certificates.outside import pfx, sign
from exchange_lab.world.mail_tls import NOT_FOUND, Offer
from exchange_lab.world.servers import BACK_END, Server
from exchange_lab.world.serving import binding_accepted, logon_problem

DAY = 86400
MAIL, PASSWORD = "mail.contoso.test", "one-off"
YES, NO = 0, 2


def site(*builds: str, **more: Any) -> dict[str, Any]:
    """An estate of one site; a build may be followed by a release of Windows Server."""
    rows = []
    for number, text in enumerate(builds, 1):
        build, _unused, windows = text.partition(" on ")
        rows.append(
            {"name": f"ex{number}", "site": "London", "build": build, **({"windows": windows} if windows else {})}
        )
    return {"sites": {"London": ["dc1"]}, "servers": rows, **more}


THREE = site(
    "15.2.1258.12", "15.2.1258.12", "15.2.1258.12", send_connectors=[{"name": "Internet", "servers": ["ex1", "ex2"]}]
)


class Organization:
    """One world, a shell on its first server, and a host that gives one answer."""

    def __init__(self, estate: Mapping[str, Any] | str = THREE, answer: int | None = NO, **switches: str) -> None:
        self.clock = ManualClock()
        self.world = World.from_estate(estate, switches, self.clock)
        self.certificates = self.world.certificates
        self.servers: list[Server] = list(self.world.servers.values())
        self.shell = Shell(self.world)
        self.shell.ask = None if answer is None else lambda question: answer

    def run(self, cmdlet: str, **parameters: Any) -> Reply:
        """A cmdlet that works."""
        reply = self.shell(cmdlet, **parameters)
        assert reply.done, reply.problem
        return reply

    def bring(self, data: bytes, server: str) -> Reply:
        return self.shell(
            "Import-ExchangeCertificate",
            FileData=data,
            Password=PSSecureString(PASSWORD),
            PrivateKeyExportable=True,
            Server=server,
        )

    def enable(self, entry: StoreEntry, services: str, server: str = "ex1", **more: Any) -> Reply:
        return self.shell(
            "Enable-ExchangeCertificate", Thumbprint=entry.thumbprint, Services=services, Server=server, **more
        )

    def remove(self, entry: StoreEntry, server: str = "ex1") -> Reply:
        return self.shell("Remove-ExchangeCertificate", Thumbprint=entry.thumbprint, Server=server, Confirm=False)

    def everywhere(self, **how: Any) -> StoreEntry:
        """A certificate of the CA on every server; its services as in ``issue``."""
        return self.entry(self.certificates.issue(*self.world.servers, **{"names": [MAIL], **how}))

    def entry(self, thumbprint: str, server: str = "ex1") -> StoreEntry:
        return self.certificates.of(server).find(thumbprint)

    def newest(self, server: str) -> StoreEntry:
        return self.certificates.of(server).my[-1]

    def clients_use(self, *names: str) -> None:
        """Port 25 of each server goes by the first of these names."""
        for connector in self.world.receive_connectors:
            if connector.object.name.startswith("Default Frontend"):
                connector.object.initial["Fqdn"] = names[0]

    def starttls(self, number: int) -> Offer:
        return self.world.mail_tls.starttls(self.servers[number - 1])

    def on_443(self, number: int) -> str | None:
        machine = self.world.machines[self.servers[number - 1].fqdn]
        found = machine.certificate_on(machine.address, 443)
        return found.thumbprint if found else None

    def status(self, number: int, entry: StoreEntry) -> str:
        return self.certificates.facts(self.servers[number - 1], entry).status

    def default(self, number: int = 1) -> str | None:
        return self.certificates.internal_transport(self.servers[number - 1], "dc1.contoso.test")


def request(org: Organization, server: str = "ex1") -> bytes:
    reply = org.run(
        "New-ExchangeCertificate",
        GenerateRequest=True,
        BinaryEncoded=True,
        SubjectName=f"CN={MAIL}",
        DomainName=[MAIL],
        PrivateKeyExportable=True,
        Server=server,
    )
    return bytes(reply.only["FileData"])


@pytest.mark.must_run
def test_y1_a_same_name_certificate_is_imported_everywhere_and_enabling_fails_on_one_server():
    org = Organization()
    org.everywhere(services=["IIS", "SMTP"], days=20)
    org.clients_use(MAIL)
    assert [org.starttls(number).works for number in (1, 2, 3)] == [True, True, True]
    data = pfx(org.certificates, [MAIL], PASSWORD, starts_in_days=-0.5)
    for server in ("ex1", "ex2", "ex3"):
        assert org.bring(data, server).done
    assert [org.starttls(number).works for number in (1, 2, 3)] == [False, False, False]  # importing was enough
    broken = next(one for one in org.world.receive_connectors if one.object.name == "Client Proxy EX2")
    broken.object.initial["Fqdn"] = "mail_relay.contoso.test"
    results = [org.enable(org.newest(server), "SMTP", server).done for server in ("ex1", "ex2", "ex3")]
    assert results == [True, False, True]
    assert [org.starttls(number).works for number in (1, 2, 3)] == [True, False, True]
    assert org.world.serving_problems([MAIL]) == ["EX2: STARTTLS on port 25 is not offered, or its handshake fails"]
    assert org.remove(org.newest("ex2"), "ex2").done  # the cure
    assert org.world.serving_problems([MAIL]) == []


@pytest.mark.must_run
def test_y2_the_ca_renews_under_another_intermediate():
    org = Organization()
    old = org.everywhere(services=["SMTP"], days=20)
    (connector,) = org.world.send_connectors
    org.run("Set-ReceiveConnector", Identity="EX1\\Default Frontend EX1", TlsCertificateName=tls_name(old.certificate))
    org.run("Set-SendConnector", Identity="Internet", TlsCertificateName=tls_name(old.certificate))
    new = org.everywhere(services=["SMTP"], intermediate=2, days=200)
    assert org.starttls(1).certificate is old
    org.clock.advance(30 * DAY)
    assert org.starttls(1) == Offer(offered=True, certificate=old, works=True, event=12016)
    org.certificates.remove("ex1", old.thumbprint)
    assert org.starttls(1) == Offer(offered=False, event=12014)
    assert org.world.mail_tls.sending(org.servers[0], connector) == (None, NOT_FOUND)
    org.run("Set-ReceiveConnector", Identity="EX1\\Default Frontend EX1", TlsCertificateName=tls_name(new.certificate))
    assert org.starttls(1).certificate is new


@pytest.mark.must_run
def test_y3_the_answer_of_the_ca_goes_to_the_wrong_server_and_blocks_the_right_file():
    org = Organization()
    answer = sign(org.certificates, request(org, "ex1"))
    assert org.bring(answer, "ex2").done  # without an error
    stray = org.newest("ex2")
    assert stray.key is None
    shown = [item.entry for item in org.certificates.listed(org.servers[1])]
    assert stray not in shown
    assert "PrivateKeyMissing" in org.enable(stray, "IIS", "ex2").problem
    assert org.bring(answer, "ex1").done
    good = org.newest("ex1")
    assert good.thumbprint == stray.thumbprint
    file = org.run(
        "Export-ExchangeCertificate",
        Thumbprint=good.thumbprint,
        BinaryEncoded=True,
        Password=PSSecureString(PASSWORD),
    ).only["FileData"]
    assert "already exists" in org.bring(file, "ex2").problem
    org.certificates.of("ex2").my.remove(stray)  # in the Windows store
    assert org.bring(file, "ex2").done
    assert org.newest("ex2").key is not None


def test_y4_the_pending_request_is_removed_before_the_answer():
    org = Organization()
    answer = sign(org.certificates, request(org))
    assert org.remove(org.certificates.of("ex1").requests[0]).done
    assert org.bring(answer, "ex1").done
    assert org.newest("ex1").key is None


def test_y4_the_request_is_made_twice_and_the_first_is_answered():
    org = Organization()
    first = request(org)
    request(org)
    assert org.bring(sign(org.certificates, first), "ex1").done
    (left,) = org.certificates.of("ex1").requests
    assert org.newest("ex1").key is not None
    assert left.certificate.public_key() != org.newest("ex1").certificate.public_key()


@pytest.mark.must_run
def test_y5_a_file_with_aes_on_a_2016_host_among_2019_hosts():
    org = Organization(site("15.2.1258.12 on 2019", "15.2.1258.12 on 2022", "15.1.2507.39 on 2016"))
    data = pfx(org.certificates, [MAIL], PASSWORD, modern=True)
    results = [org.bring(data, server) for server in ("ex1", "ex2", "ex3")]
    assert [reply.done for reply in results] == [True, True, False]
    assert "wrong password" in results[2].problem  # though it is right
    again = org.run(
        "Export-ExchangeCertificate",
        Thumbprint=org.newest("ex1").thumbprint,
        BinaryEncoded=True,
        Password=PSSecureString(PASSWORD),
    ).only["FileData"]
    assert org.bring(again, "ex3").done
    assert org.newest("ex3").thumbprint == org.newest("ex1").thumbprint


@pytest.mark.must_run
def test_y6_the_self_signed_renewal_pipe_on_one_server_of_three():
    org = Organization()
    public = org.everywhere(services=["IIS"])
    own = org.certificates.of("ex2").my[0]
    stages = (
        ("Get-ExchangeCertificate", {"Thumbprint": own.thumbprint, "Server": "ex2"}),
        ("New-ExchangeCertificate", {"Server": "ex2", "Force": True}),
    )
    assert org.shell.pipeline(*stages).done
    assert [org.on_443(number) == public.thumbprint for number in (1, 2, 3)] == [True, False, True]


@pytest.mark.must_run
@pytest.mark.parametrize("where", ["444", "loopback"])
def test_y7_the_old_certificate_is_removed_while_something_still_has_it(where):
    org = Organization(enable_iis="wildcard_only" if where == "loopback" else "all_fe_https")
    old = org.everywhere(services=["IIS"], days=20)
    machine = org.world.machines[org.servers[0].fqdn]
    machine.bind_certificate("Default Web Site", old.thumbprint)
    if where == "444":
        machine.bind_certificate(BACK_END, old.thumbprint)
    new = org.everywhere(services=["IIS"])
    assert org.on_443(1) == new.thumbprint
    assert org.remove(old).done
    address, port = (machine.address, 444) if where == "444" else ("127.0.0.1", 443)
    assert machine.certificate_on(address, port) is old
    assert org.world.back_end_usable(org.servers[0], org.servers[0]) == ""
    machine.stop_service("W3SVC")
    machine.start_service("W3SVC")
    org.clock.advance(60)
    assert machine.certificate_on(address, port) is None
    assert machine.events[-1].id == 15021
    assert bool(org.world.back_end_usable(org.servers[0], org.servers[0])) is (where == "444")


@pytest.mark.must_run
def test_y8_force_makes_a_short_lived_certificate_the_default():
    org = Organization(answer=None)
    entry = org.everywhere()
    before = org.default()
    assert org.enable(entry, "SMTP", Force=True).done
    assert org.default() == entry.thumbprint != before
    org.clock.advance(201 * DAY)
    assert org.world.mail_tls.between_servers(org.servers[0]) == Offer(
        offered=True, certificate=entry, works=True, event=12015
    )
    assert "internal transport certificate" in org.remove(entry).problem
    org.certificates.of("ex1").my.remove(entry)  # in the Windows store
    assert org.world.mail_tls.between_servers(org.servers[0]) == Offer(offered=False, event=12013)


@pytest.mark.must_run
@pytest.mark.parametrize(("signing", "empty"), [("envelope", True), ("plain", False)])
def test_y9_s13_the_auth_certificate_ran_out_while_data_is_signed(signing, empty):
    org = Organization(data_signing=signing)
    auth = org.certificates.of("ex1").my[2]
    assert org.shell("Get-AuthConfig").only["CurrentCertificateThumbprint"] == auth.thumbprint
    assert logon_problem(org.world, org.servers[0]) == ""
    org.clock.advance(1800 * DAY)
    assert (org.shell("Get-AuthConfig").only["CurrentCertificateThumbprint"] is None) is empty
    assert (org.shell("Get-TransportService", Identity="ex1").only["Name"] is None) is empty
    assert all(item["RawData"] for item in org.shell("Get-ExchangeCertificate").objects)
    assert "no auth certificate" in logon_problem(org.world, org.servers[0])


def test_y10_a_new_auth_certificate_is_published_before_it_reaches_the_second_site():
    org = Organization("two_datacenters", data_signing="envelope")
    near, far = org.world.servers["ex1.contoso.test"], org.world.servers["ex4.contoso.test"]
    assert near.site != far.site
    names = [server.fqdn for server in org.servers if server.site == near.site]
    new = org.certificates.issue(
        *names, names=[], subject="CN=Microsoft Exchange Server Auth Certificate", issuer="self"
    )
    old = org.certificates.auth_config.initial["CurrentCertificateThumbprint"]
    org.certificates.auth_config.initial |= {
        "CurrentCertificateThumbprint": new,
        "PreviousCertificateThumbprint": old,
    }
    assert [org.certificates.auth_usable(server) for server in (near, far)] == [True, False]
    assert Shell(org.world, far.name)("Get-AuthConfig").only["CurrentCertificateThumbprint"] is None
    assert logon_problem(org.world, far)
    org.certificates.of(far).my.append(org.entry(new))
    assert logon_problem(org.world, far) == ""


def test_y11_the_run_dies_between_enable_and_restart():
    org = Organization(answer=YES)
    machine = org.world.machines[org.servers[0].fqdn]
    entry = org.everywhere()
    machine.start_service("MSExchangePOP3")
    loaded = org.world.mail_tls.protocol_certificate(org.servers[0], "POP")
    org.clock.advance(60)
    assert org.enable(entry, "IIS,POP").done
    bound = org.clock.now()
    org.clock.advance(60)
    assert org.enable(entry, "IIS,POP").done  # again, and nothing tells that the restart is still owed
    assert machine.services["W3SVC"].started_at < bound
    assert machine.services["MSExchangePOP3"].started_at < bound
    assert org.world.mail_tls.protocol_certificate(org.servers[0], "POP") is loaded


@pytest.mark.must_run
def test_y12_two_runs_on_two_servers_set_one_send_connector():
    org = Organization()
    (connector,) = org.world.send_connectors
    made = [
        org.certificates.issue(name, names=[MAIL], intermediate=number, services=["SMTP"])
        for number, name in ((1, "ex1"), (2, "ex2"))
    ]
    for server, thumbprint in zip(("ex1", "ex2"), made, strict=True):
        name = tls_name(org.entry(thumbprint, server).certificate)
        org.run("Set-SendConnector", Identity="Internet", TlsCertificateName=name)
    queues = [org.world.mail_tls.sending(server, connector)[1] for server in org.servers[:2]]
    assert queues == [NOT_FOUND, ""]  # the last one won, for the whole organization


def test_y13_a_servers_clock_is_two_hours_behind():
    org = Organization()
    org.world.machines["ex2.contoso.test"].clock_skew = -7200
    entry = org.everywhere(services=["SMTP"], starts_in_days=-1 / 24)
    assert [org.status(number, entry) for number in (1, 3)] == ["Valid", "Valid"]
    assert org.status(2, org.newest("ex2")) == "DateInvalid"
    org.clock.advance(3600)
    assert org.status(2, org.newest("ex2")) == "Valid"


def test_y14_revocation_lists_are_out_of_reach_everywhere():
    org = Organization()
    entry = org.everywhere(services=["IIS", "SMTP"])
    org.clients_use(MAIL)
    for server in org.servers:
        org.certificates.of(server).crl_reachable = False
    assert [org.status(number, org.newest(f"ex{number}")) for number in (1, 2, 3)] == ["RevocationCheckFailure"] * 3
    assert org.world.serving_problems([MAIL]) == []
    assert [org.starttls(number).works for number in (1, 2, 3)] == [True] * 3
    assert org.enable(entry, "IIS").done


@pytest.mark.must_run
def test_y15_s12_a_file_with_a_key_storage_provider():
    org = Organization()
    assert org.bring(
        pfx(org.certificates, [MAIL], PASSWORD, provider="Microsoft Software Key Storage Provider"), "ex1"
    ).done
    entry = org.newest("ex1")
    assert org.enable(entry, "IIS").done
    assert org.on_443(1) == entry.thumbprint
    assert org.world.serving_problems([MAIL]) == []
    assert "key storage provider" in logon_problem(org.world, org.servers[0])
    assert logon_problem(org.world, org.servers[1]) == ""


@pytest.mark.must_run
def test_y16_a_wildcard_and_pop_and_imap():
    org = Organization(answer=YES)
    entry = org.everywhere(names=["*.contoso.test"])
    for _unused in range(2):  # it never converges
        reply = org.enable(entry, "POP,IMAP,IIS")
        assert reply.done
        assert [text.rpartition("Use command ")[2].partition(" ")[0] for text in reply.warnings] == [
            "Set-IMAPSettings",
            "Set-POPSettings",
        ]
        assert list(org.certificates.facts(org.servers[0], entry).services) == ["IIS"]
    machine = org.world.machines[org.servers[0].fqdn]
    reply = org.run("Set-PopSettings", X509CertificateName="pop.contoso.test", Server="ex1")
    assert reply.warnings == [
        "Changes to POP3 settings will only take effect after all Microsoft Exchange POP3 services are restarted on "
        "server EX1."
    ]
    machine.start_service("MSExchangePOP3")
    assert org.world.mail_tls.protocol_certificate(org.servers[0], "POP") is entry


def test_y17_an_underscore_in_a_connector_of_one_server():
    org = Organization()
    broken = next(one for one in org.world.receive_connectors if one.object.name == "Client Frontend EX2")
    org.run("Set-ReceiveConnector", Identity=broken.identity, Fqdn="smtp_in.contoso.test")
    entry = org.everywhere()
    results = [org.enable(entry, "SMTP", server) for server in ("ex1", "ex2", "ex3")]
    assert [reply.done for reply in results] == [True, False, True]
    assert "Unknown error (0xe0434352)" in results[1].problem
    org.run("Set-ReceiveConnector", Identity=broken.identity, Fqdn="smtp.contoso.test")
    assert org.enable(entry, "SMTP", "ex2").done


def test_y18_a_certificate_without_a_subject():
    org = Organization()
    entry = org.everywhere(subject="", services=["SMTP"])
    assert tls_name(entry.certificate).endswith("<S>")
    reply = org.shell("Set-SendConnector", Identity="Internet", TlsCertificateName=tls_name(entry.certificate))
    assert "isn't a valid certificate name" in reply.problem
    before = [item.initial["X509CertificateName"] for item in org.servers[0].mail_protocols.values()]
    assert org.enable(entry, "POP,IMAP").done
    after = [org.world.directory.newest(item) for item in org.servers[0].mail_protocols.values()]
    assert [values["X509CertificateName"] for values in after] == before


@pytest.mark.must_run
def test_y19_the_balancer_is_switched_and_the_servers_are_not():
    org = Organization(site("15.2.1748.10", "15.2.1748.10"))
    old, new = org.everywhere(services=["IIS"], days=20), org.everywhere()
    noun = "MapiVirtualDirectory"
    for item in org.world.virtual_directories(noun):
        item.iis["ExtendedProtectionTokenChecking"] = "Require"
    assert binding_accepted(org.world, org.servers[0], noun, old)
    assert not binding_accepted(org.world, org.servers[0], noun, new)
    for number in (1, 2):
        assert org.enable(new, "IIS", f"ex{number}").done
    assert all(binding_accepted(org.world, server, noun, new) for server in org.servers)
    for item in org.world.virtual_directories(noun):
        item.iis["ExtendedProtectionTokenChecking"] = "Allow"
    assert binding_accepted(org.world, org.servers[0], noun, old)
