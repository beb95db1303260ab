# SPDX-License-Identifier: GPL-3.0-or-later
"""exchange_mail_probe over real servers: what is secure, every way not to be, waiting, bad input."""

from __future__ import annotations

import itertools
import json
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from health_servers import Authority
from in_process import Converge, Result
from mail_servers import IMAP4, POP3, SMTP, MailServer, Piece

MAIL = "mail.contoso.test"
EX1, EX2 = "ex1.contoso.test", "ex2.contoso.test"
ANSWERS = {"smtp": SMTP, "submission": SMTP, "pop3": POP3, "pop3s": POP3, "imap4": IMAP4, "imap4s": IMAP4}
START = {"smtp": "STARTTLS", "submission": "STARTTLS", "pop3": "STLS", "imap4": "STARTTLS"}
ASK = {"smtp": "EHLO", "submission": "EHLO", "pop3": "CAPA", "imap4": "CAPABILITY"}
AT_ONCE = ("pop3s", "imap4s")
IN_CLEAR = tuple(START)
PREFIX = {"smtp": "mail_smtp", "submission": "mail_smtp"}

Start = Callable[..., MailServer]
Probe = Callable[..., Result]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def start(authority: Authority) -> Iterator[Start]:
    """start(protocol, **options of MailServer): a server for MAIL that runs until the test's end."""
    with ExitStack() as stack:

        def one(protocol: str = "smtp", **options: Any) -> MailServer:
            given = {"certificate": authority.issue([MAIL]), "answers": dict(ANSWERS[protocol])} | options
            return stack.enter_context(MailServer(EX1, at_once=protocol in AT_ONCE, **given))

        yield one


@pytest.fixture
def server(start: Start) -> MailServer:
    return start()


@pytest.fixture
def probe(converge: Converge, authority: Authority) -> Probe:
    """probe(server, protocol, **options): asks one server, once, by the name that clients use."""

    def run(server: MailServer, protocol: str = "smtp", **options: Any) -> Result:
        usual: dict[str, Any] = {"protocols": [protocol], "retries": 0, "timeout": 5, "ca_cert": str(authority.file)}
        usual |= {"servers": [EX1], "addresses": {EX1: server.address}, "names": [MAIL]}
        usual |= {"ports": {protocol: server.port}}
        given = {name: value for name, value in (usual | options).items() if value is not None}
        return converge("exchange_mail_probe", **given)

    return run


def only(result: Result) -> tuple[dict[str, Any], dict[str, str]]:
    """The only probe and the only finding of a result that is no failure."""
    result.ok()
    (probed,), (finding,) = result.probes, result.findings
    assert result.healthy is False and finding["cure"]
    return probed, finding


def code(protocol: str, name: str) -> str:
    return f"{PREFIX.get(protocol, 'mail_pop_imap')}_{name}"


# secure


@pytest.mark.parametrize("protocol", ANSWERS)
def test_it_asks_for_tls_and_leaves(probe: Probe, start: Start, protocol: str) -> None:
    server = start(protocol)
    result = probe(server, protocol).ok()
    (probed,) = result.probes
    assert result.healthy is True and result.changed is False and result.findings == []
    assert (probed["secure"], probed["fault"]) == (True, None)
    assert probed["tls_offered"] is (None if protocol in AT_ONCE else True)
    farewell = "a3 LOGOUT" if protocol.startswith("imap4") else "QUIT"
    begin = {
        "EHLO": ["EHLO [127.0.0.1]", "STARTTLS"],
        "CAPA": ["CAPA", "STLS"],
        "CAPABILITY": ["a1 CAPABILITY", "a2 STARTTLS"],
    }.get(ASK.get(protocol, ""), [])
    assert server.heard == [*((line, False) for line in begin), (farewell, True)]
    assert server.sni == [MAIL]


def test_a_probe_tells_what_it_saw(probe: Probe, server: MailServer) -> None:
    (probed,) = probe(server).ok().probes
    assert server.certificate
    certificate = probed.pop("certificate")
    assert certificate.pop("not_before") < certificate.pop("not_after")
    assert certificate == {
        "thumbprint": server.certificate.thumbprint,
        "subject": f"CN={MAIL}",
        "issuer": "CN=CA of the tests",
        "names": [MAIL],
    }
    assert probed.pop("seconds") >= 0
    assert probed == {
        "subject": EX1,
        "protocol": "smtp",
        "name": MAIL,
        "host": "127.0.0.1",
        "address": "127.0.0.1",
        "port": server.port,
        "tls_offered": True,
        "secure": True,
        "fault": None,
        "attempts": 1,
        "chain": [{"thumbprint": server.certificate.thumbprint, "subject": f"CN={MAIL}"}],
    }


@pytest.mark.parametrize(
    ("protocol", "answers"),
    [
        ("smtp", {"": b"220-welcome\r\n220-to\r\n220 ex1\r\n", "EHLO": b"250 starttls\r\n"}),
        ("smtp", {"": b"220 ex1\n", "EHLO": b"250-x\n250-STARTTLS \n250\n", "STARTTLS": b"220\n"}),
        ("pop3", {"": b"+OK\r\n", "CAPA": b"+OK able\r\nstls\r\n.\r\n"}),
        (
            "imap4",
            {"CAPABILITY": b"* OK wait\r\n* capability starttls\r\nA1 ok\r\n", "STARTTLS": b"* OK x\r\na2 OK\r\n"},
        ),
    ],
)
def test_answers_may_look_a_little_different(
    probe: Probe, start: Start, protocol: str, answers: Mapping[str, Piece]
) -> None:
    server = start(protocol)
    server.answers |= answers
    assert probe(server, protocol).ok().healthy


def test_without_names_the_server_is_asked_for_by_its_own(probe: Probe, start: Start, authority: Authority) -> None:
    server = start(certificate=authority.issue([EX1]))
    assert probe(server, names=[]).ok().healthy
    assert server.sni == [EX1]


def test_each_server_is_asked_for_each_name_by_each_protocol(probe: Probe, start: Start, authority: Authority) -> None:
    certificate = authority.issue([MAIL, "*.wild.test"])
    smtp, imap = start(certificate=certificate), start("imap4s", certificate=certificate)
    result = probe(
        smtp,
        servers=["EX1.contoso.test", EX2],
        names=[MAIL.upper(), "a.wild.test"],
        addresses={EX1: smtp.address, EX2: smtp.address},
        protocols=["smtp", "imap4s"],
        ports={"smtp": smtp.port, "imap4s": imap.port},
    ).ok()
    assert result.healthy and len(result.probes) == 8
    assert sorted(map(str, smtp.sni)) == sorted(map(str, imap.sni)) == ["a.wild.test"] * 2 + [MAIL] * 2
    assert {(one["subject"], one["protocol"]) for one in result.probes} == set(
        itertools.product((EX1, EX2), ("smtp", "imap4s"))
    )


def test_a_port_may_be_the_text_that_a_template_made(probe: Probe, server: MailServer) -> None:
    assert probe(server, ports={"smtp": str(server.port)}).ok().healthy


def test_the_documented_ports(probe: Probe, server: MailServer) -> None:
    result = probe(server, addresses={EX1: "127.0.0.9"}, protocols=list(ANSWERS), ports={})
    assert [one["port"] for one in result.probes] == [25, 587, 110, 995, 143, 993]


# every way not to be


@pytest.mark.parametrize("protocol", IN_CLEAR)
def test_no_tls_is_offered(probe: Probe, start: Start, protocol: str) -> None:
    server = start(protocol)
    offer, server.answers[ASK[protocol]] = (
        server.answers[ASK[protocol]],
        {
            "EHLO": b"250-ex1 Hello\r\n250-XSTARTTLS\r\n250 STARTTLSX\r\n",
            "CAPA": b"+OK\r\nUSER STLS\r\n.\r\n",
            "CAPABILITY": b"* CAPABILITY IMAP4 XSTARTTLS\r\na1 OK done\r\n",
        }[ASK[protocol]],
    )
    probed, finding = only(probe(server, protocol))
    assert (probed["tls_offered"], probed["secure"], probed["fault"]) == (False, False, "starttls")
    assert (finding["code"], finding["severity"]) == (code(protocol, "no_tls"), "high")
    assert ("12014" in finding["cure"]) is (ASK[protocol] == "EHLO")
    assert ("X509CertificateName" in finding["cure"]) is (ASK[protocol] != "EHLO")
    assert server.heard[-1][0].endswith(("QUIT", "LOGOUT"))
    server.answers[ASK[protocol]] = offer
    assert probe(server, protocol).ok().healthy


@pytest.mark.parametrize("protocol", ANSWERS)
def test_a_handshake_that_is_cut(probe: Probe, start: Start, authority: Authority, protocol: str) -> None:
    server = start(protocol, certificate=None)
    probed, finding = only(probe(server, protocol))
    assert (probed["secure"], probed["fault"], probed["certificate"], probed["chain"]) == (False, "tls", None, [])
    assert (finding["code"], finding["severity"]) == (code(protocol, "tls_cut"), "critical")
    cure = "is there without SMTP" if ASK.get(protocol) == "EHLO" else "X509CertificateName"
    assert cure in finding["cure"]
    server.certificate = authority.issue([MAIL])
    assert probe(server, protocol).ok().healthy


@pytest.mark.parametrize("protocol", ["smtp", "imap4s"])
def test_a_handshake_that_fails(probe: Probe, start: Start, protocol: str) -> None:
    server = start(protocol, ciphers="ECDHE-RSA-AES128-GCM-SHA256")  # its key is an elliptic curve's
    probed, finding = only(probe(server, protocol))
    assert (probed["fault"], finding["code"]) == ("tls", code(protocol, "tls_failed"))
    assert "handshake failure" in finding["sentence"]
    server.ciphers = ""
    assert probe(server, protocol).ok().healthy


def test_a_port_without_tls_that_should_begin_with_it(probe: Probe, start: Start) -> None:
    server = start("pop3")
    probed, finding = only(probe(server, "pop3s"))
    assert (probed["fault"], finding["code"]) == ("tls", "mail_pop_imap_tls_failed")
    assert probe(server, "pop3").ok().healthy


@pytest.mark.parametrize("protocol", ["smtp", "pop3", "imap4s"])
@pytest.mark.parametrize(
    ("names", "dates", "name", "said"),
    [
        ([MAIL], {"begins": -30, "ends": -1}, "certificate_expired", "ended on 20"),
        ([MAIL], {"begins": 1}, "certificate_not_yet_valid", "begins on 20"),
        (["pop.fabrikam.test"], {}, "certificate_name_mismatch", "holds pop.fabrikam.test"),
    ],
)
def test_a_certificate_that_clients_refuse(
    probe: Probe,
    start: Start,
    authority: Authority,
    protocol: str,
    names: list[str],
    dates: dict[str, int],
    name: str,
    said: str,
) -> None:
    server = start(protocol, certificate=authority.issue(names, **dates))
    assert server.certificate
    probed, finding = only(probe(server, protocol))
    assert (probed["secure"], probed["fault"], finding["code"]) == (False, "tls", code(protocol, name))
    assert said in finding["sentence"] and server.certificate.thumbprint in finding["sentence"]
    assert probed["certificate"]["thumbprint"] == server.certificate.thumbprint
    blind = probe(server, protocol, validate_certs=False, ca_cert=None).ok()
    assert blind.healthy and blind.probes[0]["secure"] and blind.findings == []
    server.certificate = authority.issue([MAIL])
    assert probe(server, protocol).ok().healthy


@pytest.mark.parametrize("protocol", ["smtp", "pop3s"])
def test_not_trusted_and_incomplete_are_two_things(
    probe: Probe, start: Start, authority: Authority, tmp_path: Path, protocol: str
) -> None:
    stranger, issuing = Authority(tmp_path, "Somebody else"), Authority(tmp_path, "Issuing CA", authority)
    server = start(protocol, certificate=stranger.issue([MAIL], sends=[stranger]))
    assert only(probe(server, protocol))[1]["code"] == code(protocol, "certificate_untrusted")
    server.certificate = issuing.issue([MAIL])
    probed, finding = only(probe(server, protocol))
    assert (probed["fault"], finding["code"]) == ("tls", code(protocol, "chain_incomplete"))
    assert "CN=Issuing CA" in finding["sentence"] and len(probed["chain"]) == 1
    server.certificate = issuing.issue([MAIL], sends=[issuing])
    result = probe(server, protocol).ok()
    assert result.healthy and len(result.probes[0]["chain"]) == 2


def test_a_root_that_is_sent_along_is_a_remark(probe: Probe, start: Start, authority: Authority) -> None:
    server = start(certificate=authority.issue([MAIL], sends=[authority]))
    result = probe(server).ok()
    assert result.healthy
    assert [one["code"] for one in result.findings] == ["mail_smtp_certificate_root_sent"]


@pytest.mark.parametrize(("protocol", "said"), [("smtp", "newest valid one"), ("imap4s", "Restart the services")])
def test_a_certificate_that_is_not_the_expected_one(
    probe: Probe, start: Start, authority: Authority, protocol: str, said: str
) -> None:
    server, other = start(protocol), authority.issue([MAIL])
    probed, finding = only(probe(server, protocol, thumbprint=other.thumbprint))
    assert (probed["secure"], probed["fault"]) == (True, "certificate")
    assert finding["code"] == code(protocol, "certificate_other") and said in finding["cure"]
    server.certificate = other
    assert probe(server, protocol, thumbprint=other.thumbprint.lower()).ok().healthy


def test_a_name_that_does_not_resolve(probe: Probe, server: MailServer) -> None:
    probed, finding = only(probe(server, servers=["nobody.invalid"], addresses={}))
    assert (probed["fault"], probed["address"], probed["tls_offered"]) == ("name", None, None)
    assert finding["code"] == "mail_smtp_name_unresolved"


@pytest.mark.parametrize(("protocol", "said"), [("smtp", "MSExchangeFrontEndTransport"), ("pop3s", "MSExchangePOP3")])
def test_a_port_where_nobody_listens(probe: Probe, server: MailServer, protocol: str, said: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        probed, finding = only(probe(server, protocol, ports={protocol: port}))
    assert (probed["fault"], finding["code"]) == ("port", code(protocol, "port_refused"))
    assert said in finding["cure"] and f"127.0.0.1:{port}" in finding["sentence"]


def test_a_port_that_a_firewall_hides(probe: Probe, server: MailServer) -> None:
    with socket.socket() as full, ExitStack() as stack:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        for _turn in range(4):  # once its queue is full, the kernel drops what comes, as a firewall does
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        probed, finding = only(probe(server, ports={"smtp": port}, timeout=0.5))
    assert (probed["fault"], finding["code"]) == ("port", "mail_smtp_port_silent")


@pytest.mark.parametrize(("protocol", "name", "fault"), [("smtp", "silent", "time"), ("pop3s", "tls_silent", "tls")])
def test_a_server_that_says_nothing(probe: Probe, start: Start, protocol: str, name: str, fault: str) -> None:
    probed, finding = only(probe(start(protocol, mute=True), protocol, timeout=0.5))
    assert (probed["fault"], finding["code"]) == (fault, code(protocol, name))
    assert "0.5 s" in finding["sentence"]


def test_a_handshake_that_never_ends_is_not_interrupted(probe: Probe, start: Start) -> None:
    server = start(stalls=True)
    probed, finding = only(probe(server, timeout=0.5))
    assert (probed["fault"], finding["code"]) == ("tls", "mail_smtp_tls_silent")
    assert server.ended.wait(10)
    assert server.stalled.startswith(b"\x16\x03") and b"QUIT" not in server.stalled


@pytest.mark.parametrize("protocol", ANSWERS)
def test_a_connection_that_ends_without_a_greeting(probe: Probe, start: Start, protocol: str) -> None:
    server = start(protocol)
    server.answers[""] = b""
    probed, finding = only(probe(server, protocol))
    assert (probed["fault"], finding["code"]) == ("protocol", code(protocol, "closed"))
    assert probed["secure"] is (protocol in AT_ONCE)
    assert "Get-ServerComponentState" in finding["cure"]
    server.answers[""] = ANSWERS[protocol][""]
    assert probe(server, protocol).ok().healthy


@pytest.mark.parametrize(
    ("protocol", "greeting"),
    [
        ("smtp", POP3[""]),
        ("smtp", IMAP4[""]),
        ("smtp", b"2200 no\r\n"),
        ("pop3", SMTP[""]),
        ("pop3s", IMAP4[""]),
        ("imap4", SMTP[""]),
        ("imap4s", b"HTTP/1.1 400 Bad Request\r\n"),
        ("smtp", b"\x00\xff\x1b[2J\r\n"),
        ("smtp", b"\r\n"),
    ],
)
def test_another_protocol(probe: Probe, start: Start, protocol: str, greeting: bytes) -> None:
    server = start(protocol)
    server.answers[""] = greeting
    probed, finding = only(probe(server, protocol))
    assert (probed["fault"], finding["code"]) == ("protocol", code(protocol, "foreign"))
    assert server.heard == [] and "\x1b" not in json.dumps(finding)


@pytest.mark.parametrize(
    ("protocol", "command", "answer", "said"),
    [
        ("smtp", "", b"421 4.3.2 Service not active\r\n", "the connection with: 421 4.3.2 Service not active."),
        ("smtp", "", b"554-go\r\n554 away.\r\n", "the connection with: 554 away."),
        ("smtp", "EHLO", b"502 5.3.3 no\r\n", "EHLO with: 502 5.3.3 no."),
        ("smtp", "STARTTLS", b"454 4.7.0 TLS not available\r\n", "STARTTLS with: 454 4.7.0 TLS not available."),
        ("pop3", "", b"-ERR busy\r\n", "the connection with: -ERR busy."),
        ("pop3", "CAPA", b"-ERR what\r\n", "CAPA with: -ERR what."),
        ("pop3", "STLS", b"-ERR no\r\n", "STLS with: -ERR no."),
        ("imap4", "", b"* BYE busy\r\n", "the connection with: * BYE busy."),
        ("imap4", "CAPABILITY", b"a1 BAD no\r\n", "a1 CAPABILITY with: a1 BAD no."),
        ("imap4s", "", b"* BYE busy\r\n", "the connection with: * BYE busy."),
    ],
)
def test_a_server_that_says_no(
    probe: Probe, start: Start, protocol: str, command: str, answer: bytes, said: str
) -> None:
    server = start(protocol)
    server.answers[command] = answer
    probed, finding = only(probe(server, protocol))
    assert (probed["fault"], finding["code"]) == ("protocol", code(protocol, "unwilling"))
    assert finding["sentence"].endswith(said)
    server.answers[command] = ANSWERS[protocol][command]
    assert probe(server, protocol).ok().healthy


@pytest.mark.parametrize(
    "endless",
    [itertools.repeat(b"250-x"), itertools.repeat(b"250-x\r\n"), [b"250-x\r\n" * 100, b"250 STARTTLS\r\n"]],
    ids=["a line", "lines", "too many lines"],
)
def test_an_endless_answer_is_read_up_to_a_bound(probe: Probe, server: MailServer, endless: Iterable[bytes]) -> None:
    server.answers["EHLO"] = endless
    probed, finding = only(probe(server, timeout=20))
    assert (probed["fault"], finding["code"]) == ("protocol", "mail_smtp_foreign")
    assert len(finding["sentence"]) < 300


def test_an_answer_that_drips_cannot_stretch_the_time(probe: Probe, server: MailServer) -> None:
    server.answers["EHLO"] = itertools.takewhile(lambda piece: not server.wait(0.05), itertools.repeat(b"2"))
    probed, finding = only(probe(server, timeout=1))
    assert (probed["fault"], finding["code"]) == ("time", "mail_smtp_silent")


def test_what_a_server_says_is_shown_without_tricks(probe: Probe, server: MailServer) -> None:
    server.answers[""] = b"421 \x1b[2J\x07" + b"a" * 2000 + b"\r\n"
    _probed, finding = only(probe(server))
    assert "421 [2Jaaa" in finding["sentence"] and len(finding["sentence"]) < 250


# many, again, waiting


def test_protocols_with_the_same_fault_are_one_finding(probe: Probe, server: MailServer) -> None:
    options = {"servers": ["nobody.invalid"], "addresses": {}}
    (finding,) = probe(server, **options, protocols=["pop3", "imap4s"]).ok().findings
    assert finding["sentence"].startswith("All protocols: nobody.invalid does not resolve")


@pytest.mark.parametrize(("retries", "secure"), [(0, False), (1, False), (2, True)])
def test_a_failed_probe_is_repeated(probe: Probe, server: MailServer, retries: int, secure: bool) -> None:
    class Answers(dict[str, Piece]):
        asked = 0

        def get(self, command: str, default: Any = None) -> Any:
            self.asked += command == ""
            return b"421 later\r\n" if command == "" and self.asked < 3 else super().get(command, default)

    server.answers = Answers(SMTP)
    (probed,) = probe(server, retries=retries, delay=0).ok().probes
    assert (probed["secure"], probed["attempts"]) == (secure, min(retries + 1, 3))


def test_waiting_ends_with_the_expected_certificate(probe: Probe, server: MailServer, authority: Authority) -> None:
    new = authority.issue([MAIL])

    def farewell() -> Iterator[bytes]:
        server.certificate = new  # for the next handshake
        yield b"221 bye\r\n"

    server.answers["QUIT"] = farewell()
    waited = probe(server, thumbprint=new.thumbprint, wait_for="healthy", delay=0, deadline=60).ok()
    assert waited.healthy and len(server.sni) == 2


def test_waiting_ends_at_the_deadline_and_says_what_is_wrong(probe: Probe, server: MailServer) -> None:
    server.certificate = None
    result = probe(server, wait_for="healthy", delay=0.1, deadline=1)
    message = result.rejected()
    assert "0 of 1 mail ports are healthy" in message and "cuts the TLS handshake off" in message and EX1 in message
    assert result.findings[0]["code"] == "mail_smtp_tls_cut"


def test_check_mode_asks_just_the_same_and_no_session_is_opened(
    probe: Probe, converge: Converge, server: MailServer
) -> None:
    assert probe(server, check_mode=True).ok().healthy and len(server.sni) == 1
    assert converge.sessions == []


# bad input


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "missing required arguments: servers"),
        ({"servers": []}, "There is nothing to probe"),
        ({"servers": ["EX1"]}, "'EX1' among servers is no FQDN"),
        ({"servers": ["192.0.2.1"]}, "'192.0.2.1' among servers"),
        ({"servers": [EX1], "names": ["smtp://mail.contoso.test"]}, "among names is a host name"),
        ({"servers": [EX1], "addresses": {EX2: "192.0.2.2"}}, f"addresses has '{EX2}', which is not among servers"),
        ({"servers": [EX1], "protocols": ["imap"]}, "protocols must be one or more of"),
        ({"servers": [EX1], "protocols": []}, "protocols is empty"),
        ({"servers": [EX1], "ports": {"imap": 143}}, "ports has 'imap', which is no protocol"),
        ({"servers": [EX1], "ports": {"smtp": "mail"}}, "The port of smtp is 'mail'"),
        ({"servers": [EX1], "ports": {"smtp": True}}, "The port of smtp is 'True'"),
        ({"servers": [EX1], "ports": {"smtp": 0}}, "The port of smtp is 0"),
        ({"servers": [EX1], "ports": {"smtp": 65536}}, "The port of smtp is 65536"),
        ({"servers": [EX1], "timeout": 0}, "timeout is 0"),
        ({"servers": [EX1], "concurrency": 0}, "concurrency is 0"),
        ({"servers": [EX1], "thumbprint": "12AB"}, "'12AB' is not one. It has 40 hexadecimal digits"),
        ({"servers": [EX1], "ca_cert": "/nowhere/ca.pem"}, "cannot be read: No such file"),
        ({"servers": [EX1], "wait_for": "ready"}, "wait_for must be one of: healthy"),
        ({"servers": [EX1], "scheme": "http"}, "Unsupported parameters: scheme"),
    ],
)
def test_bad_input_is_one_sentence(converge: Converge, options: dict[str, Any], said: str) -> None:
    result = converge("exchange_mail_probe", **options)
    message = result.refused()
    assert said in message, message
    assert "Traceback" not in message and "\n" not in message
    assert result.probes is None
