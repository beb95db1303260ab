# SPDX-License-Identifier: GPL-3.0-or-later
"""certificate-laws 5 and 6: Enable- and Remove-ExchangeCertificate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from lab_shell import Reply, Shell, lab

from exchange_lab.cmdlets.call import Question
from exchange_lab.world import World
from exchange_lab.world.certificates import StoreEntry
from exchange_lab.world.certificates.distinguished_names import tls_name
from exchange_lab.world.certificates.enabling import INTERNAL_TRANSPORT
from exchange_lab.world.servers import BACK_END, DEFAULT_WEB_SITE, Server

ENABLE, REMOVE, PENDING = "Enable-ExchangeCertificate", "Remove-ExchangeCertificate", "New-ExchangeCertificate"
MAIL = "mail.contoso.test"
YES, NO = 0, 2


def asking(answer: int, asked: list[Question]) -> Callable[[Question], int]:
    """A host that remembers what it was asked."""

    def ask(question: Question) -> int:
        asked.append(question)
        return answer

    return ask


class Lab(Shell):
    """A shell whose client has a host that answers with one number; None: there is no host."""

    def __init__(self, answer: int | None = None, estate: str | Mapping[str, Any] = "one_server", **switches: str):
        super().__init__(World.from_estate(estate, switches))
        self.asked: list[Question] = []
        self.ask = None if answer is None else asking(answer, self.asked)

    def issue(self, *names: str, **more: Any) -> StoreEntry:
        return self.entry(self.world.certificates.issue("ex1", names=names or [MAIL], **more))

    def entry(self, thumbprint: str, server: str = "ex1") -> StoreEntry:
        return self.world.certificates.of(server).find(thumbprint)

    def enable(self, entry: StoreEntry, services: str, **more: Any) -> Reply:
        return self(ENABLE, Thumbprint=entry.thumbprint, Services=services, **more)

    def remove(self, entry: StoreEntry, **more: Any) -> Reply:
        return self(REMOVE, Thumbprint=entry.thumbprint, **{"Confirm": False, **more})

    def services(self, entry: StoreEntry) -> tuple[str, ...]:
        return tuple(self.world.certificates.facts(self.server, entry).services)

    def default(self, server: Server | None = None) -> str | None:
        return self.world.certificates.internal_transport(server or self.server, "dc1.contoso.test")

    def name(self, protocol: str) -> str:
        return str(self.world.directory.newest(self.server.mail_protocols[protocol])["X509CertificateName"])

    def present(self, entry: StoreEntry) -> bool:
        held = self.world.certificates.of("ex1")
        return entry in (*held.my, *held.requests)

    @property
    def own(self) -> StoreEntry:
        """The certificate that Setup made."""
        return self.world.certificates.of("ex1").my[0]


def done(reply: Reply) -> None:
    assert reply.stopped is None, reply.stopped.Exception.Message
    assert not reply.errors, reply.errors[0].Exception.Message


def refused(reply: Reply) -> tuple[str, str]:
    record = reply.errors[0]
    assert record.Exception.Message.startswith("A special Rpc error occurs on server EX1: ")
    return record.Exception.Message.partition(": ")[2], record.CategoryInfo.Category.name


def reason(text: str) -> str:
    return text.partition("(reason: ")[2].rstrip(").")


# Enable


def test_e1_absent():
    shell = lab()
    reply = shell(ENABLE, Thumbprint="A" * 40, Services="IIS")
    assert refused(reply) == (f"The certificate with thumbprint {'A' * 40} was not found.", "NotSpecified")


def test_e1_without_key():
    shell = Lab()
    entry = shell.issue()
    entry.key = None
    text, category = refused(shell.enable(entry, "IIS"))
    assert (reason(text), category) == ("PrivateKeyMissing", "NotSpecified")
    assert entry.thumbprint in text


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"days": 1, "starts_in_days": -2}, "DateInvalid"),
        ({"issuer": "unknown"}, "Untrusted"),
    ],
)
@pytest.mark.parametrize("switch", ["key_only", "status_valid"])
def test_e2_what_the_shell_looks_at(switch, how, status):
    shell = Lab(enable_checks=switch)
    entry = shell.issue(**how)
    reply = shell.enable(entry, "IIS")
    if switch == "key_only":
        done(reply)
        assert shell.services(entry) == ("IIS",)
    else:
        assert reason(refused(reply)[0]) == status


def test_e2_a_pending_request_serves_nothing():
    shell = Lab()
    pending = shell.entry(shell.world.certificates.request("ex1", [MAIL]))
    assert reason(refused(shell.enable(pending, "IIS"))[0]) == "PendingRequest"


def test_e3_services_are_added():
    shell = Lab(NO)
    entry = shell.issue()
    for service in ("IIS", "SMTP", "POP", "IMAP"):
        done(shell.enable(entry, service))
    assert shell.services(entry) == ("IMAP", "POP", "IIS", "SMTP")


@pytest.mark.must_run
@pytest.mark.parametrize(("switch", "loopback"), [("all_fe_https", True), ("wildcard_only", False)])
def test_e4_iis(switch, loopback):
    shell = Lab(enable_iis=switch)
    entry, own = shell.issue(), shell.own
    machine = shell.world.machines[shell.server.fqdn]
    flags = [binding.ssl_flags for site in machine.sites.values() for binding in site.bindings]
    done(shell.enable(entry, "IIS"))
    bound = {key: value.thumbprint for key, value in machine.http_sys.entries.items()}
    assert bound["0.0.0.0", 443] == entry.thumbprint
    assert bound["127.0.0.1", 443] == (entry if loopback else own).thumbprint
    assert bound["0.0.0.0", 444] == own.thumbprint
    assert [binding.ssl_flags for site in machine.sites.values() for binding in site.bindings] == flags


def test_e4_a_certificate_of_the_back_end_gains_the_front_end():
    shell = Lab()
    entry = shell.issue()
    machine = shell.world.machines[shell.server.fqdn]
    machine.bind_certificate(BACK_END, entry.thumbprint)
    assert machine.sites_with(entry.thumbprint) == (2,)
    done(shell.enable(entry, "IIS"))
    assert machine.sites_with(entry.thumbprint) == (1, 2)


@pytest.mark.parametrize(("given", "required"), [({}, True), ({"DoNotRequireSsl": True}, False)])
def test_e4_require_ssl(given, required):
    shell = Lab()
    site = shell.world.machines[shell.server.fqdn].sites[DEFAULT_WEB_SITE]
    site.require_ssl = False
    done(shell.enable(shell.issue(), "IIS", **given))
    assert site.require_ssl is required


def test_e5_network_service_may_read_the_key():
    shell = Lab(NO)
    entry = shell.issue()
    done(shell.enable(entry, "IIS"))
    assert not entry.key.network_service
    done(shell.enable(entry, "SMTP"))
    assert entry.key.network_service


def test_e5_a_key_that_does_not_open():
    shell = Lab(NO)
    entry = shell.issue()
    entry.key = replace(entry.key, opens=False)
    text, category = refused(shell.enable(entry, "SMTP"))
    assert (
        text
        == f"Insufficient rights to grant Network Service access to the certificate with thumbprint {entry.thumbprint}."
    )
    assert category == "NotSpecified"
    assert shell.services(entry) == ()


@pytest.mark.must_run
@pytest.mark.parametrize(("answer", "replaced"), [(0, True), (1, True), (2, False), (3, False)])
def test_e6_e7_the_answer_decides_about_the_default(answer, replaced):
    shell = Lab(answer)
    entry, before = shell.issue(), shell.default()
    done(shell.enable(entry, "SMTP", Confirm=False))
    assert shell.default() == (entry.thumbprint if replaced else before)
    assert shell("Get-TransportService").only["InternalTransportCertificateThumbprint"] == shell.default()
    assert shell.services(entry) == ("SMTP",)
    (question,) = shell.asked
    assert (question.caption, question.choices, question.default) == (
        "Confirm",
        ("&Yes", "Yes to &All", "&No", "No to A&ll"),
        0,
    )
    assert question.message.splitlines() == [
        "Overwrite the existing default SMTP certificate?",
        "",
        f"Current certificate: '{before}' (expires 12/31/2030 11:00:00 AM)",
        f"Replace it with certificate: '{entry.thumbprint}' (expires 7/19/2026 12:00:00 PM)",
    ]


def test_e7_force_is_yes_and_nobody_is_asked():
    shell = Lab(NO)
    entry = shell.issue()
    done(shell.enable(entry, "SMTP", Force=True))
    assert (shell.default(), shell.asked) == (entry.thumbprint, [])


def test_e7_the_default_itself_is_enabled_again_without_a_question():
    shell = Lab()
    done(shell.enable(shell.own, "SMTP"))


@pytest.mark.parametrize(("answer", "switch"), [(None, "host_call"), (NO, "fails_noninteractive")])
def test_e7_nobody_to_ask(answer, switch):
    shell = Lab(answer, prompt=switch)
    entry, before = shell.issue(), shell.world.snapshot()
    assert "does not support user interaction" in shell.enable(entry, "IIS,SMTP").stopped.Exception.Message
    assert shell.world.snapshot() == before
    done(shell.enable(entry, "IIS,SMTP", Force=True))


@pytest.mark.parametrize(("switch", "asks"), [("set_without_prompt", False), ("prompt", True)])
def test_e8_without_a_default(switch, asks):
    shell = Lab(YES, no_default_present=switch)
    entry = shell.issue()
    shell.server.object.initial[INTERNAL_TRANSPORT] = None
    done(shell.enable(entry, "SMTP"))
    assert bool(shell.asked) is asks
    assert shell.default() == entry.thumbprint


@pytest.mark.parametrize(
    ("switch", "name"), [("cn", "cn.contoso.test"), ("first_san", MAIL), ("untouched", "EX1.contoso.test")]
)
def test_e9_the_name_for_pop_and_imap(switch, name):
    shell = Lab(popimap_name=switch)
    entry = shell.issue(MAIL, "cn.contoso.test", subject="CN=cn.contoso.test")
    done(shell.enable(entry, "POP"))
    assert (shell.name("POP"), shell.name("IMAP")) == (name, "EX1.contoso.test")


@pytest.mark.must_run
@pytest.mark.parametrize(("service", "settings"), [("POP", "Set-POPSettings"), ("IMAP", "Set-IMAPSettings")])
def test_e10_a_wildcard_warns_and_the_other_services_apply(service, settings):
    shell = Lab()
    entry = shell.issue("*.contoso.test")
    reply = shell.enable(entry, f"{service},IIS")
    done(reply)
    assert reply.warnings == [
        f"This certificate with thumbprint {entry.thumbprint} and subject '*.contoso.test' cannot used for {service} "
        "SSL/TLS connections because the subject is not a Fully Qualified Domain Name (FQDN). Use command "
        f"{settings} to set X509CertificateName to the FQDN of the service."
    ]
    assert shell.services(entry) == ("IIS",)
    assert shell.name(service) == "EX1.contoso.test"


@pytest.mark.parametrize(("build", "works"), [("15.1.2507.39", True), ("15.2.1258.12", False)])
@pytest.mark.parametrize("service", ["UM", "UMCallRouter"])
def test_e11_unified_messaging(service, build, works):
    estate = {"sites": {"London": ["dc1"]}, "servers": [{"name": "ex1", "site": "London", "build": build}]}
    shell = Lab(None, estate)
    shell.server.um_startup_modes[service] = "TLS"
    entry = shell.issue()
    assert bool(shell.enable(entry, service).errors) is not works
    assert shell.services(entry) == ((service,) if works else ())


@pytest.mark.parametrize("service", ["UM", "UMCallRouter"])
def test_e11_unified_messaging_must_start_with_tls(service):
    estate = {"sites": {"London": ["dc1"]}, "servers": [{"name": "ex1", "site": "London", "build": "15.1.2507.39"}]}
    shell = Lab(None, estate)
    entry = shell.issue()
    assert "UMStartupMode" in refused(shell.enable(entry, service))[0]
    assert shell.services(entry) == ()
    shell.server.um_startup_modes[service] = "Dual"
    done(shell.enable(entry, service))
    assert shell.services(entry) == (service,)


def test_e11_federation_is_not_for_enable():
    shell = Lab()
    stopped = shell.enable(shell.issue(), "Federation").stopped
    assert stopped.FullyQualifiedErrorId == "LabDoesNotSimulate"


@pytest.mark.must_run
def test_e12_an_underscore_in_a_connectors_name():
    shell = Lab(NO, "two_datacenters")
    connector = next(item for item in shell.world.receive_connectors if item.server is shell.server)
    connector.object.initial["Fqdn"] = "mail_relay.contoso.test"
    entry = shell.issue()
    assert refused(shell.enable(entry, "SMTP"))[0] == (
        "The Exchange Certificate operation has failed with an exception on server EX1. The error message is: "
        "Unknown error (0xe0434352)"
    )
    done(shell.enable(entry, "IIS"))
    other = shell.world.certificates.issue("ex2", names=[MAIL])
    done(shell(ENABLE, Thumbprint=other, Services="SMTP", Server="ex2"))


def test_e13_network_service_allowed():
    shell = Lab()
    entry = shell.issue()
    done(shell.enable(entry, "IIS", NetworkServiceAllowed=True))
    assert (entry.key.network_service, shell.services(entry)) == (True, ("IIS",))


def test_e14_ecc():
    shell = Lab()
    entry = shell.issue(key="ec256")
    assert reason(refused(shell.enable(entry, "IIS"))[0]) == "KeyAlgorithmUnsupported"
    shell.world.certificates.of("ex1").ecc_supported = True
    done(shell.enable(entry, "IIS"))


@pytest.mark.parametrize(("switch", "services"), [("no", ("POP", "IIS")), ("yes", ())])
def test_e15_a_later_service_fails(switch, services):
    shell = Lab(NO, enable_atomic=switch)
    entry = shell.issue()
    entry.key = replace(entry.key, opens=False)
    refused(shell.enable(entry, "POP,IIS,SMTP"))
    assert shell.services(entry) == services


def test_what_if_changes_nothing():
    shell = Lab()
    entry, before = shell.issue(), shell.world.snapshot()
    done(shell.enable(entry, "IIS,SMTP", WhatIf=True))
    done(shell.remove(entry, WhatIf=True))
    assert shell.world.snapshot() == before


def test_another_server_by_its_name():
    shell = Lab(YES, "two_datacenters")
    thumbprint = shell.world.certificates.issue("ex1", "ex2", names=[MAIL])
    done(shell(ENABLE, Thumbprint=thumbprint, Services="SMTP", Server="ex2"))
    assert shell.default() != thumbprint == shell.default(shell.world.servers["ex2.contoso.test"])


# Remove


@pytest.mark.parametrize(("answer", "gone"), [(YES, True), (NO, False)])
def test_r1_remove_asks(answer, gone):
    shell = Lab(answer)
    entry = shell.issue()
    done(shell(REMOVE, Thumbprint=entry.thumbprint))
    assert shell.asked[0].message == (
        f"Remove certificate with thumbprint {entry.thumbprint} from the computer's certificate store?"
    )
    assert shell.present(entry) is not gone


def test_r1_nobody_to_ask_and_a_second_removal():
    shell = Lab()
    entry = shell.issue()
    assert "user interaction" in shell(REMOVE, Thumbprint=entry.thumbprint).stopped.Exception.Message
    done(shell.remove(entry))
    assert refused(shell.remove(entry))[0] == f"The certificate with thumbprint {entry.thumbprint} was not found."


@pytest.mark.must_run
def test_r2_the_default_transport_certificate():
    shell = Lab(YES)
    own, other = shell.own, shell.issue()
    text, category = refused(shell.remove(own))
    assert text.startswith("The internal transport certificate cannot be removed")
    assert category == "InvalidArgument"
    done(shell.enable(other, "SMTP"))
    done(shell.remove(own))


@pytest.mark.must_run
@pytest.mark.parametrize("sources", [["ex1"], ["ex2"]])
def test_r3_a_send_connector_blocks_old_and_new_alike(sources):
    estate = {
        "sites": {"London": ["dc1"]},
        "servers": [{"name": name, "site": "London", "build": "15.2.1258.12"} for name in ("ex1", "ex2")],
        "send_connectors": [{"name": "Internet", "servers": sources}],
    }
    shell = Lab(None, estate)
    old, new, other = shell.issue(days=100), shell.issue(), shell.issue(intermediate=2)
    shell("Set-SendConnector", Identity="Internet", TlsCertificateName=tls_name(old.certificate))
    for entry in (old, new):
        text, category = refused(shell.remove(entry))
        assert text.startswith("These certificates are tagged with following Send Connectors : Internet.")
        assert category == "InvalidArgument"
    done(shell.remove(other))
    shell("Set-SendConnector", Identity="Internet", TlsCertificateName=None)
    done(shell.remove(old))


@pytest.mark.parametrize(("switch", "at_once"), [("given", True), ("own", False)])
def test_r3_the_controller_that_a_server_asks(switch, at_once):
    """A connector cleared at one controller still blocks where another one is asked, until all has replicated."""
    estate = {
        "sites": {"London": ["dc1"], "Paris": ["dc2"]},
        "replication_delay": 60,
        "servers": [
            {"name": name, "site": site, "build": "15.2.1258.12"}
            for name, site in (("ex1", "London"), ("ex2", "Paris"))
        ],
        "send_connectors": [{"name": "Internet", "servers": ["ex1"]}],
    }
    shell = Lab(None, estate, remove_asks_controller=switch)
    entry = shell.entry(shell.world.certificates.issue("ex2", names=[MAIL]), "ex2")
    shell.world.send_connectors[0].initial["TlsCertificateName"] = tls_name(entry.certificate)
    given = {"DomainController": "dc1.contoso.test"}
    shell("Set-SendConnector", Identity="Internet", TlsCertificateName=None, **given)
    assert bool(shell.remove(entry, Server="ex2", **given).errors) is not at_once
    if not at_once:
        shell.world.clock.advance(60)
        done(shell.remove(entry, Server="ex2", **given))


@pytest.mark.parametrize(("switch", "works"), [("no", True), ("yes", False)])
def test_r3_receive_connectors(switch, works):
    shell = Lab(remove_checks_receive=switch)
    entry = shell.issue()
    done(
        shell(
            "Set-ReceiveConnector", Identity="EX1\\Default Frontend EX1", TlsCertificateName=tls_name(entry.certificate)
        )
    )
    assert bool(shell.remove(entry).errors) is not works


@pytest.mark.parametrize("service", ["IIS", "POP"])
def test_r4_what_is_in_use_goes_all_the_same(service):
    shell = Lab()
    entry = shell.issue()
    shell.enable(entry, service)
    shell.world.machines[shell.server.fqdn].bind_certificate(BACK_END, entry.thumbprint)
    done(shell.remove(entry))
    assert not shell.present(entry)


@pytest.mark.parametrize(
    ("switches", "federation", "works"),
    [
        ({"remove_auth": "allowed"}, False, True),
        ({"remove_auth": "blocked"}, False, False),
        ({"remove_federation": "blocked"}, True, False),
        ({"remove_federation": "allowed"}, True, True),
    ],
)
def test_r4_the_auth_certificate_and_the_federations(switches, federation, works):
    shell = Lab(**switches)
    entry = shell.issue() if federation else shell.world.certificates.of("ex1").my[2]
    if federation:
        entry.marks.add("Federation")
    assert bool(shell.remove(entry).errors) is not works


def test_r5_what_names_it_stays_behind():
    shell = Lab(NO)
    entry = shell.issue()
    shell.enable(entry, "IIS,POP")
    done(shell.remove(entry))
    machine = shell.world.machines[shell.server.fqdn]
    assert machine.http_sys.entries["0.0.0.0", 443].thumbprint == entry.thumbprint
    assert shell.name("POP") == MAIL
    assert shell.world.certificates.of("ex1").orphaned_keys == [entry.key]
    assert machine.certificate_on(machine.address, 443) is entry  # in use
    machine.stop_service("W3SVC")
    machine.start_service("W3SVC")
    assert machine.certificate_on(machine.address, 443) is None
    assert machine.events[-1].id == 15021


def test_r6_a_pending_request_goes_with_its_key():
    shell = Lab()
    pending = shell.entry(shell.world.certificates.request("ex1", [MAIL]))
    done(shell.remove(pending))
    held = shell.world.certificates.of("ex1")
    assert (held.requests, held.orphaned_keys) == ([], [])


def test_o2_a_stopped_service_host():
    shell = Lab()
    shell.world.machines[shell.server.fqdn].stop_service("MSExchangeServiceHost")
    entry = shell.issue()
    for reply in (shell.enable(entry, "IIS"), shell.remove(entry), shell(PENDING, GenerateRequest=True)):
        assert "Service Host" in refused(reply)[0]
    assert not shell("Get-TransportService").errors
