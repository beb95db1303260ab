# SPDX-License-Identifier: GPL-3.0-or-later
"""exchange_health_probe over real TLS servers: what is up, every way not to be, waiting, bad input."""

from __future__ import annotations

import itertools
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from ansible.utils.display import Display
from health_servers import Authority, HealthServer, page, reply
from in_process import Converge, Result

MAIL = "mail.contoso.test"
EX1, EX2 = "ex1.contoso.test", "ex2.contoso.test"
CLIENT_PAGES = [
    "/owa/healthcheck.htm",
    "/ecp/healthcheck.htm",
    "/ews/healthcheck.htm",
    "/Microsoft-Server-ActiveSync/healthcheck.htm",
    "/oab/healthcheck.htm",
    "/mapi/healthcheck.htm",
    "/rpc/healthcheck.htm",
    "/autodiscover/healthcheck.htm",
]

Start = Callable[..., HealthServer]
Silent = Callable[..., int]
Known = Callable[[Mapping[str, Sequence[str]]], None]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def start() -> Iterator[Start]:
    """start(fqdn, certificate, **options of HealthServer): a server that runs until the test's end."""
    with ExitStack() as stack:
        yield lambda *given, **options: stack.enter_context(HealthServer(*given, **options))


@pytest.fixture
def silent() -> Iterator[Silent]:
    """silent(address, port): drops what comes there, as a firewall does, until the test's end; returns the port."""
    with ExitStack() as stack:

        def fill(address: str, port: int = 0) -> int:
            full = stack.enter_context(socket.socket())
            full.bind((address, port))
            full.listen(0)
            place = full.getsockname()
            for _turn in range(4):  # once its queue is full, the kernel drops what comes
                waiting = stack.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex(place)
            return int(place[1])

        yield fill


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Known:
    """known(addresses by name): what the DNS of the control node knows in this test."""

    def answer(addresses: Mapping[str, Sequence[str]]) -> None:
        def look_up(host: str, *_others: Any, **_named: Any) -> list[tuple[Any, ...]]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses[host]]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)

    return answer


@pytest.fixture
def server(start: Start, authority: Authority) -> HealthServer:
    """A healthy server with a certificate for the name that clients use."""
    return start(EX1, authority.issue([MAIL]))


@pytest.fixture
def probe(converge: Converge, authority: Authority) -> Callable[..., Result]:
    """probe(server, **options): asks one server for owa, once, by the name that clients use."""

    def run(server: HealthServer | None, **options: Any) -> Result:
        usual: dict[str, Any] = {"protocols": ["owa"], "retries": 0, "timeout": 5, "ca_cert": str(authority.file)}
        if server:
            usual |= {"servers": [server.fqdn], "addresses": {server.fqdn: server.address}, "names": [MAIL]}
            usual |= {"port": server.port}
        given = {name: value for name, value in (usual | options).items() if value is not None}
        return converge("exchange_health_probe", **given)

    return run


def only(result: Result) -> tuple[dict[str, Any], dict[str, str]]:
    """The only probe and the only finding of a result that is no failure."""
    result.ok()
    (probed,), (finding,) = result.probes, result.findings
    assert result.healthy is False and finding["cure"]
    return probed, finding


def requests_of(server: HealthServer) -> list[str]:
    return [head.partition("\r\n")[0] for head in server.requests]


# up


def test_every_page_is_asked_for_by_get_with_the_name_in_sni_and_host(probe: Any, server: HealthServer) -> None:
    result = probe(server, protocols=None).ok()
    assert result.healthy is True and result.changed is False and result.findings == []
    assert sorted(requests_of(server)) == sorted(f"GET {path} HTTP/1.1" for path in CLIENT_PAGES)
    assert all(f"\r\nHost: {MAIL}:{server.port}\r\n" in head for head in server.requests)
    assert all("\r\nConnection: close\r\n" in head for head in server.requests)
    assert server.sni == [MAIL] * len(CLIENT_PAGES)
    assert [probed["url"] for probed in result.probes] == [
        f"https://{MAIL}:{server.port}{path}" for path in CLIENT_PAGES
    ]


def test_a_probe_tells_what_it_saw(probe: Any, server: HealthServer) -> None:
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
    assert probed.pop("chain") == [{"thumbprint": server.certificate.thumbprint, "subject": f"CN={MAIL}"}]
    assert probed == {
        "subject": EX1,
        "protocol": "owa",
        "url": f"https://{MAIL}:{server.port}/owa/healthcheck.htm",
        "host": "127.0.0.1",
        "address": "127.0.0.1",
        "port": server.port,
        "up": True,
        "fault": None,
        "status": 200,
        "answered_by": EX1,
        "attempts": 1,
    }


def test_the_powershell_page_is_asked_for_when_it_is_named(probe: Any, server: HealthServer) -> None:
    assert probe(server, protocols=["powershell"]).ok().healthy
    assert requests_of(server) == ["GET /PowerShell/healthcheck.htm HTTP/1.1"]


@pytest.mark.parametrize(
    "body",
    [f"200 OK<br/>{EX1}", f"200 OK<br/>{EX1.upper()}\r\n", f"<html>200 OK <br /> {EX1}</html>", f"{EX1}."],
)
def test_the_body_may_look_a_little_different(probe: Any, server: HealthServer, body: str) -> None:
    server.answer = lambda head: reply(200, body)
    assert probe(server).ok().probes[0]["answered_by"] == EX1


@pytest.mark.parametrize(
    "whole",
    [
        f"HTTP/1.1 200 OK\r\n\r\n200 OK<br/>{EX1}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        f"9\r\n200 OK<br\r\n{len(EX1) + 2:x}\r\n/>{EX1}\r\n0\r\n\r\n",
    ],
    ids=["no length", "chunked"],
)
def test_http_is_read_in_every_form(probe: Any, server: HealthServer, whole: str) -> None:
    server.answer = lambda head: whole.encode()
    assert probe(server).ok().healthy


def test_a_reply_that_is_complete_is_not_waited_for(probe: Any, server: HealthServer) -> None:
    def answer(_head: str) -> Iterator[bytes]:
        yield page(EX1)
        server.wait()

    server.answer = answer
    assert probe(server, timeout=20).ok().healthy


def test_without_names_the_server_is_asked_for_by_its_own(probe: Any, start: Start, authority: Authority) -> None:
    server = start(EX1, authority.issue([EX1]))
    assert probe(server, names=[]).ok().healthy
    assert server.sni == [EX1]


def test_each_server_is_asked_for_each_name(probe: Any, start: Start, authority: Authority) -> None:
    certificate = authority.issue([MAIL, "*.wild.test"])
    first = start(EX1, certificate, address="127.0.0.2")
    second = start(EX2, certificate, address="127.0.0.3", port=first.port)
    result = probe(
        None,
        servers=["EX1.contoso.test", EX2],
        names=[MAIL.upper(), "a.wild.test"],
        addresses={EX1: first.address, "EX2.CONTOSO.TEST": second.address},
        port=first.port,
    ).ok()
    assert result.healthy
    assert sorted(map(str, first.sni)) == sorted(map(str, second.sni)) == ["a.wild.test", MAIL]
    assert {(probed["subject"], probed["answered_by"]) for probed in result.probes} == {(EX1, EX1), (EX2, EX2)}
    assert len(result.probes) == 4


def test_servers_whose_addresses_are_mixed_up_are_both_down(probe: Any, start: Start, authority: Authority) -> None:
    certificate = authority.issue([MAIL])
    first = start(EX1, certificate, address="127.0.0.2")
    second = start(EX2, certificate, address="127.0.0.3", port=first.port)
    mixed = {EX1: second.address, EX2: first.address}
    result = probe(None, servers=[EX1, EX2], names=[MAIL], addresses=mixed, port=first.port).ok()
    assert [(probed["answered_by"], probed["fault"]) for probed in result.probes] == [(EX2, "body"), (EX1, "body")]


def test_of_several_addresses_the_first_that_takes_a_connection_is_used(
    probe: Any, server: HealthServer, known: Known
) -> None:
    known({MAIL: ["127.0.0.250", server.address, "127.0.0.251"]})
    result = probe(server, addresses={EX1: MAIL}).ok()
    assert result.healthy and result.probes[0]["address"] == server.address


def test_an_address_that_is_silent_does_not_keep_the_next_one_waiting(
    probe: Any, server: HealthServer, known: Known, silent: Silent
) -> None:
    silent("127.0.0.250", server.port)
    known({MAIL: ["127.0.0.250", server.address]})
    result = probe(server, addresses={EX1: MAIL}).ok()
    assert result.healthy and result.probes[0]["address"] == server.address


def test_a_refused_certificate_is_looked_at_where_it_was_shown(
    probe: Any, start: Start, authority: Authority, known: Known, silent: Silent
) -> None:
    server = start(EX1, authority.issue(["owa.fabrikam.test"]))
    silent("127.0.0.250", server.port)
    known({MAIL: ["127.0.0.250", server.address]})
    probed, finding = only(probe(server, addresses={EX1: MAIL}))
    assert (probed["address"], finding["code"]) == (server.address, "health_certificate_name_mismatch")
    assert probed["certificate"]["thumbprint"] == server.certificate.thumbprint


@pytest.mark.parametrize("addresses", [["127.0.0.250", "127.0.0.251"], ["127.0.0.251", "127.0.0.250"]])
def test_of_addresses_that_fail_the_silent_one_is_told_as_it_was_waited_for(
    probe: Any, server: HealthServer, known: Known, silent: Silent, addresses: list[str]
) -> None:
    silent("127.0.0.250", server.port)
    known({MAIL: addresses})
    probed, finding = only(probe(server, addresses={EX1: MAIL}, timeout=0.5))
    assert (probed["address"], finding["code"]) == ("127.0.0.250", "health_port_silent")


def test_of_addresses_that_are_all_silent_the_first_is_told(
    probe: Any, server: HealthServer, known: Known, silent: Silent
) -> None:
    addresses = [f"127.0.0.{number}" for number in (251, 250, 252)]
    for address in addresses:
        silent(address, server.port)
    known({MAIL: addresses})
    probed, finding = only(probe(server, addresses={EX1: MAIL}, timeout=0.5))
    assert (probed["address"], finding["code"]) == (addresses[0], "health_port_silent")


def test_of_addresses_that_all_refuse_the_last_is_told(probe: Any, server: HealthServer, known: Known) -> None:
    known({MAIL: ["127.0.0.250", "127.0.0.251"]})
    probed, finding = only(probe(server, addresses={EX1: MAIL}))
    assert (probed["address"], finding["code"]) == ("127.0.0.251", "health_port_refused")


def test_plain_http_is_possible(probe: Any, server: HealthServer) -> None:
    server.plain = True
    result = probe(server, scheme="http").ok()
    assert result.healthy and result.probes[0]["certificate"] is None
    assert result.probes[0]["url"].startswith(f"http://{MAIL}:{server.port}/")


def test_the_documented_ports_are_left_out_of_the_url(probe: Any, server: HealthServer) -> None:
    result = probe(server, port=None, names=[MAIL], addresses={EX1: "127.0.0.9"})
    assert result.probes[0]["url"] == f"https://{MAIL}/owa/healthcheck.htm" and result.probes[0]["port"] == 443


# through a namespace


def through(server: HealthServer) -> dict[str, Any]:
    return {"servers": [], "names": [], "namespaces": [MAIL], "addresses": {MAIL: server.address}}


def test_through_a_namespace_it_is_told_who_answered(probe: Any, server: HealthServer) -> None:
    result = probe(server, **through(server)).ok()
    assert result.healthy
    (probed,) = result.probes
    assert (probed["subject"], probed["answered_by"]) == (MAIL, EX1)


def test_through_a_namespace_only_the_named_servers_may_answer(probe: Any, server: HealthServer) -> None:
    options = through(server) | {"servers": [EX2], "addresses": {MAIL: server.address, EX2: "127.0.0.9"}}
    result = probe(server, **options).ok()
    assert [(probed["subject"], probed["fault"]) for probed in result.probes] == [(EX2, "port"), (MAIL, "body")]
    assert result.probes[1]["answered_by"] == EX1
    assert probe(server, **options | {"servers": [EX2, EX1]}).ok().probes[2]["up"]


def test_a_dead_member_hides_behind_a_namespace_and_not_from_its_own_probe(
    probe: Any, start: Start, server: HealthServer
) -> None:
    dead = start(EX2, server.certificate, address="127.0.0.3", port=server.port)
    dead.answer = lambda head: reply(503)
    result = probe(
        server,
        servers=[EX1, EX2],
        namespaces=[MAIL],
        addresses={EX1: server.address, EX2: dead.address, MAIL: server.address},
    ).ok()
    assert [(probed["subject"], probed["up"]) for probed in result.probes] == [(EX1, True), (EX2, False), (MAIL, True)]


# every way not to be up


def test_a_name_that_does_not_resolve(probe: Any) -> None:
    probed, finding = only(probe(None, servers=["nobody.invalid"], names=[MAIL]))
    assert (probed["fault"], probed["address"], probed["status"]) == ("name", None, None)
    assert finding["code"] == "health_name_unresolved" and "nobody.invalid" in finding["sentence"]


def test_a_port_where_nobody_listens(probe: Any, server: HealthServer) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        probed, finding = only(probe(server, port=port))
    assert (probed["fault"], probed["up"]) == ("port", False)
    assert finding["code"] == "health_port_refused" and f"127.0.0.1:{port}" in finding["sentence"]


def test_a_port_that_a_firewall_hides(probe: Any, server: HealthServer, silent: Silent) -> None:
    probed, finding = only(probe(server, port=silent("127.0.0.1"), timeout=0.5))
    assert probed["fault"] == "port"
    assert finding["code"] == "health_port_silent" and "0.5 s" in finding["sentence"]


def test_an_address_without_a_way_to_it(probe: Any, server: HealthServer) -> None:
    probed, finding = only(probe(server, addresses={EX1: "255.255.255.255"}))
    assert (probed["fault"], finding["code"]) == ("port", "health_port_unreachable")


@pytest.mark.parametrize(
    ("names", "dates", "code", "said"),
    [
        ([MAIL], {"begins": -30, "ends": -1}, "health_certificate_expired", "ended on 20"),
        ([MAIL], {"begins": 1}, "health_certificate_not_yet_valid", "begins on 20"),
        (["owa.fabrikam.test"], {}, "health_certificate_name_mismatch", "holds owa.fabrikam.test"),
    ],
)
def test_a_certificate_that_clients_refuse(
    probe: Any, start: Start, authority: Authority, names: list[str], dates: dict[str, int], code: str, said: str
) -> None:
    server = start(EX1, authority.issue(names, **dates))
    probed, finding = only(probe(server))
    assert (probed["fault"], probed["status"], finding["code"]) == ("tls", None, code)
    assert said in finding["sentence"] and server.certificate.thumbprint in finding["sentence"]
    assert probed["certificate"]["thumbprint"] == server.certificate.thumbprint
    assert server.requests == [], "a server whose certificate is refused is asked for nothing"


@pytest.mark.parametrize("below", [False, True])
def test_a_certificate_of_an_issuer_who_is_not_trusted(probe: Any, start: Start, tmp_path: Path, below: bool) -> None:
    """A root that is sent along, or one that is not, above the intermediate that is."""
    root = Authority(tmp_path, "Somebody else")
    issuing = Authority(tmp_path, "Issuing CA", root) if below else root
    server = start(EX1, issuing.issue([MAIL], sends=[issuing]))
    probed, finding = only(probe(server))
    assert (probed["fault"], finding["code"]) == ("tls", "health_certificate_untrusted")
    assert f"issued by CN={'Issuing CA' if below else 'Somebody else'}" in finding["sentence"]
    assert probed["certificate"]["thumbprint"] == server.certificate.thumbprint
    assert len(probed["chain"]) == 2
    assert probe(server, ca_cert=str(root.file)).ok().healthy


# the chain as it is sent


def test_a_chain_that_lacks_the_intermediate(probe: Any, start: Start, authority: Authority, tmp_path: Path) -> None:
    issuing = Authority(tmp_path, "Issuing CA", authority)
    server = start(EX1, issuing.issue([MAIL]))
    probed, finding = only(probe(server))
    assert (probed["fault"], finding["code"], finding["severity"]) == ("tls", "health_chain_incomplete", "high")
    assert "lacks the certificate of CN=Issuing CA" in finding["sentence"]
    assert "LocalMachine\\CA" in finding["cure"] and "ca_cert" in finding["cure"]
    assert [one["subject"] for one in probed["chain"]] == [f"CN={MAIL}"]
    server.certificate = issuing.issue([MAIL], sends=[issuing])
    assert probe(server).ok().healthy


def test_a_chain_is_incomplete_also_where_the_control_node_knows_the_rest(
    probe: Any, start: Start, authority: Authority, tmp_path: Path
) -> None:
    issuing = Authority(tmp_path, "Issuing CA", authority)
    both = tmp_path / "both.pem"
    both.write_bytes(authority.file.read_bytes() + issuing.file.read_bytes())
    server = start(EX1, issuing.issue([MAIL]))
    probed, finding = only(probe(server, ca_cert=str(both)))
    assert (probed["up"], probed["fault"], finding["code"]) == (True, "tls", "health_chain_incomplete")
    server.certificate = issuing.issue([MAIL], sends=[issuing])
    assert probe(server, ca_cert=str(both)).ok().healthy


def test_a_stranger_among_what_is_sent_does_not_complete_a_chain(
    probe: Any, start: Start, authority: Authority, tmp_path: Path
) -> None:
    issuing, stranger = Authority(tmp_path, "Issuing CA", authority), Authority(tmp_path, "Stranger", authority)
    server = start(EX1, issuing.issue([MAIL], sends=[stranger]))
    assert only(probe(server))[1]["code"] == "health_chain_incomplete"


def test_a_root_that_is_sent_along_is_a_remark(probe: Any, start: Start, authority: Authority) -> None:
    server = start(EX1, authority.issue([MAIL], sends=[authority]))
    result = probe(server, protocols=["owa", "ecp"]).ok()
    (finding,) = result.findings
    assert result.healthy and (finding["code"], finding["severity"]) == ("health_certificate_root_sent", "info")
    assert finding["sentence"].startswith("All pages: ") and "CN=CA of the tests" in finding["sentence"]


def test_a_name_in_the_subject_alone_is_a_remark(probe: Any, start: Start, authority: Authority) -> None:
    server = start(EX1, authority.issue([MAIL], alternative=False))
    result = probe(server).ok()
    (finding,) = result.findings
    assert result.healthy
    assert (finding["code"], finding["severity"]) == ("health_certificate_name_in_subject", "warning")
    server.certificate = authority.issue([MAIL])
    assert probe(server).ok().findings == []


def test_without_validation_the_page_counts_alone(probe: Any, start: Start, authority: Authority) -> None:
    server = start(EX1, authority.issue(["owa.fabrikam.test"], begins=-30, ends=-1))
    result = probe(server, validate_certs=False, ca_cert=None).ok()
    assert result.healthy and result.probes[0]["certificate"]["thumbprint"] == server.certificate.thumbprint


def test_a_handshake_that_is_cut(probe: Any, start: Start) -> None:
    probed, finding = only(probe(start(EX1, None)))
    assert (probed["fault"], probed["certificate"]) == ("tls", None)
    assert finding["code"] == "health_tls_cut" and "15021" in finding["cure"]


def test_a_handshake_without_a_common_cipher(probe: Any, server: HealthServer) -> None:
    server.ciphers = "ECDHE-RSA-AES128-GCM-SHA256"  # its key is an elliptic curve's
    probed, finding = only(probe(server))
    assert (probed["fault"], finding["code"]) == ("tls", "health_tls_failed")
    assert "handshake failure" in finding["sentence"]


def test_a_port_that_speaks_no_tls(probe: Any, server: HealthServer) -> None:
    server.plain = True
    probed, finding = only(probe(server))
    assert (probed["fault"], finding["code"]) == ("tls", "health_tls_failed")


def test_a_handshake_that_never_ends(probe: Any, server: HealthServer) -> None:
    server.mute = True
    probed, finding = only(probe(server, timeout=0.5))
    assert (probed["fault"], finding["code"]) == ("tls", "health_tls_silent")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (503, "health_page_unavailable"),
        (404, "health_page_missing"),
        (401, "health_page_wants_credentials"),
        (403, "health_page_status"),
        (500, "health_page_status"),
        (204, "health_page_status"),
        (206, "health_page_status"),
    ],
)
def test_any_other_status_is_down_even_with_the_right_body(
    probe: Any, server: HealthServer, status: int, code: str
) -> None:
    server.answer = lambda head: reply(status, f"200 OK<br/>{EX1}", Date="Sat, 200 OK")
    probed, finding = only(probe(server))
    assert (probed["up"], probed["fault"], probed["status"]) == (False, "status", status)
    assert finding["code"] == code and str(status) in finding["sentence"]


def test_a_redirection_is_not_followed_and_its_aim_is_shown_without_tricks(probe: Any, server: HealthServer) -> None:
    server.answer = lambda head: reply(302, Location="https://evil.test/\x1b[2J" + "a" * 5000)
    probed, finding = only(probe(server))
    assert (probed["status"], finding["code"]) == (302, "health_page_redirected")
    assert "https://evil.test/[2Jaaa" in finding["sentence"]
    assert "\x1b" not in json.dumps(result := finding) and len(result["sentence"]) < 400
    assert len(server.requests) == 1


def test_a_connection_that_ends_without_an_answer(probe: Any, server: HealthServer) -> None:
    server.answer = lambda head: b""
    probed, finding = only(probe(server))
    assert (probed["fault"], probed["status"], finding["code"]) == ("status", None, "health_page_closed")
    assert "Get-ServerComponentState" in finding["cure"]


@pytest.mark.parametrize("answer", [b"220 ex1 Microsoft ESMTP\r\n", b"\x00" * 100, b"HTTP/1.1 abc\r\n\r\n"])
def test_an_answer_that_is_no_http(probe: Any, server: HealthServer, answer: bytes) -> None:
    server.answer = lambda head: answer
    probed, finding = only(probe(server))
    assert (probed["fault"], probed["status"], finding["code"]) == ("status", None, "health_page_not_http")


def test_another_server_that_answers(probe: Any, server: HealthServer) -> None:
    server.answer = lambda head: page(EX2)
    probed, finding = only(probe(server))
    assert (probed["up"], probed["fault"], probed["answered_by"]) == (False, "body", EX2)
    assert finding["code"] == "health_other_server"
    assert f"answered by {EX2}, not by {EX1}" in finding["sentence"]


@pytest.mark.parametrize("body", ["", "<html>Sign in</html>", f"200 OK<br/>x{EX1}x"[:6], "200 OK", "200 OK<br/>"])
def test_another_page(probe: Any, server: HealthServer, body: str) -> None:
    server.answer = lambda head: reply(200, body)
    probed, finding = only(probe(server))
    assert (probed["up"], probed["fault"], finding["code"]) == (False, "body", "health_other_page")


@pytest.mark.parametrize("other", [f"x{EX1}", f"{EX1}.evil.test", "ex1"])
def test_a_name_that_only_holds_the_servers_own_is_another(probe: Any, server: HealthServer, other: str) -> None:
    server.answer = lambda head: page(other)
    probed, _finding = only(probe(server))
    assert (probed["up"], probed["answered_by"]) == (False, other)


def test_a_page_that_does_not_come(probe: Any, server: HealthServer) -> None:
    server.answer = lambda head: iter([b""] if server.wait() else [])
    probed, finding = only(probe(server, timeout=3))
    assert (probed["fault"], finding["code"]) == ("time", "health_page_slow")


def test_a_page_that_drips_cannot_stretch_the_time(probe: Any, server: HealthServer) -> None:
    server.answer = lambda head: itertools.takewhile(
        lambda piece: not server.wait(0.05), itertools.chain([b"HTTP/1.1 200 OK\r\n"], itertools.repeat(b"a"))
    )
    probed, finding = only(probe(server, timeout=3))
    assert (probed["fault"], finding["code"]) == ("time", "health_page_slow")


def test_an_endless_page_is_read_up_to_a_bound(probe: Any, server: HealthServer) -> None:
    server.answer = lambda head: itertools.chain([b"HTTP/1.1 200 OK\r\n\r\n"], itertools.repeat(b"a" * 65536))
    probed, finding = only(probe(server, timeout=20))
    assert finding["code"] == "health_other_page"
    assert "aaaa" not in json.dumps([probed, finding])


def test_a_certificate_that_is_not_the_expected_one(probe: Any, server: HealthServer, authority: Authority) -> None:
    assert server.certificate
    spaced = " ".join(server.certificate.thumbprint.lower()[at : at + 2] for at in range(0, 40, 2))
    assert probe(server, thumbprint=f"\u200e{spaced}").ok().healthy
    other = authority.issue([MAIL]).thumbprint
    probed, finding = only(probe(server, thumbprint=other))
    assert (probed["up"], probed["fault"]) == (True, "certificate")
    assert finding["code"] == "health_certificate_other"
    assert other in finding["sentence"] and server.certificate.thumbprint in finding["sentence"]


# many, again, waiting


def test_pages_with_the_same_fault_are_one_finding(probe: Any, server: HealthServer) -> None:
    server.answer = lambda head: reply(503) if "/owa/" in head or "/ecp/" in head else page(EX1)
    result = probe(server, protocols=None).ok()
    (finding,) = result.findings
    assert finding["sentence"].startswith("owa, ecp: ")
    assert [probed["protocol"] for probed in result.probes if not probed["up"]] == ["owa", "ecp"]
    server.answer = lambda head: reply(503)
    (finding,) = probe(server, protocols=None).ok().findings
    assert finding["sentence"].startswith("All pages: ")


@pytest.mark.parametrize(("retries", "up"), [(0, False), (1, False), (2, True), (3, True)])
def test_a_failed_probe_is_repeated(probe: Any, server: HealthServer, retries: int, up: bool) -> None:
    server.answer = lambda head: page(EX1) if len(server.requests) >= 3 else reply(503)
    (probed,) = probe(server, retries=retries, delay=0).ok().probes
    assert probed["up"] is up
    assert probed["attempts"] == len(server.requests) == min(retries + 1, 3)


@pytest.mark.parametrize(("retries", "up"), [(0, False), (1, True), (2, True)])
def test_a_name_that_is_not_found_is_looked_up_again_once_for_all_pages(
    probe: Any, server: HealthServer, monkeypatch: pytest.MonkeyPatch, retries: int, up: bool
) -> None:
    asked = []

    def look_up(host: str, *_others: Any, **_named: Any) -> list[tuple[Any, ...]]:
        asked.append(host)
        if len(asked) == 1:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (server.address, 0))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    result = probe(server, protocols=None, addresses={EX1: MAIL}, retries=retries, delay=0).ok()
    tries = 2 if up else 1
    assert result.healthy is up and asked == [MAIL] * tries
    assert {probed["attempts"] for probed in result.probes} == {tries}
    assert up or "Temporary failure in name resolution" in result.findings[0]["sentence"]


def test_names_that_nobody_answers_for_keep_no_other_waiting(
    probe: Any, server: HealthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many more than there are processors, and each for longer than a probe may take."""
    end = threading.Event()

    def look_up(host: str, *_others: Any, **_named: Any) -> list[tuple[Any, ...]]:
        if host.startswith("dead"):
            end.wait(10)
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (server.address, 0))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    dead = [f"dead{number}.contoso.test" for number in range(50)]
    result = probe(server, servers=[*dead, EX1], addresses={}, timeout=2).ok()
    end.set()
    assert [probed["subject"] for probed in result.probes if not probed["fault"]] == [EX1]
    assert {finding["code"] for finding in result.findings} == {"health_name_unresolved"}
    assert all("no answer within 2 s" in finding["sentence"] for finding in result.findings)


@pytest.mark.parametrize("concurrency", [1, 3])
def test_no_more_are_asked_at_once_than_allowed(probe: Any, server: HealthServer, concurrency: int) -> None:
    running, most = set(), []

    def answer(head: str) -> bytes:
        running.add(head)
        most.append(len(running))
        server.wait(0.05)
        running.discard(head)
        return page(EX1)

    server.answer = answer
    assert probe(server, protocols=None, concurrency=concurrency).ok().healthy
    assert max(most) <= concurrency
    assert concurrency == 1 or max(most) > 1


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the task displays."""
    lines: list[str] = []
    monkeypatch.setattr(Display(), "display", lambda text, *_unused, **_also: lines.append(text))
    return lines


def test_waiting_ends_with_health_and_shows_progress(probe: Any, server: HealthServer, shown: list[str]) -> None:
    server.answer = lambda head: page(EX1) if len(server.requests) > 4 else reply(503)
    result = probe(server, wait_for="healthy", delay=0, deadline=60).ok()
    assert result.healthy and len(server.requests) == 5
    (line,) = shown
    assert "0 of 1 health pages are healthy" in line and "503" in line


def test_waiting_wants_a_whole_round_without_faults(probe: Any, server: HealthServer, shown: list[str]) -> None:
    """owa is up before ecp, and down again when ecp is up."""
    rounds = itertools.count()
    state = {"/owa/": [True, False, True], "/ecp/": [False, True, True]}

    def answer(head: str) -> bytes:
        turn = next(rounds) // 2
        return page(EX1) if state[head[4:9]][turn] else reply(503)

    server.answer = answer
    assert probe(server, protocols=["owa", "ecp"], wait_for="healthy", delay=0, deadline=60).ok().healthy
    assert len(server.requests) == 6
    assert [line.partition("; ")[0].rpartition(": ")[2] for line in shown] == ["1 of 2 health pages are healthy"] * 2


def test_waiting_ends_at_the_deadline_and_says_what_is_wrong(probe: Any, server: HealthServer) -> None:
    server.answer = lambda head: reply(503)
    result = probe(server, wait_for="healthy", delay=0.1, deadline=1)
    message = result.rejected()
    assert "0 of 1 health pages are healthy" in message and "503" in message and EX1 in message
    assert result.probes[0]["status"] == 503 and result.findings[0]["code"] == "health_page_unavailable"


def test_waiting_is_also_for_the_expected_certificate(probe: Any, server: HealthServer, authority: Authority) -> None:
    new = authority.issue([MAIL])

    def answer(_head: str) -> bytes:
        server.certificate = new  # for the next handshake
        return page(EX1)

    server.answer = answer
    assert probe(server, thumbprint=new.thumbprint, wait_for="healthy", delay=0, deadline=60).ok().healthy
    assert len(server.requests) == 2


def test_check_mode_asks_just_the_same(probe: Any, server: HealthServer) -> None:
    result = probe(server, check_mode=True).ok()
    assert result.healthy and len(server.requests) == 1


def test_it_opens_no_session(probe: Any, converge: Converge, server: HealthServer) -> None:
    probe(server).ok()
    assert converge.sessions == []


# bad input


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "There is nothing to probe"),
        ({"namespaces": [MAIL], "names": [MAIL]}, "there are no servers"),
        ({"servers": ["EX1"]}, "'EX1' among servers is no FQDN"),
        ({"servers": ["192.0.2.1"]}, "'192.0.2.1' among servers"),
        ({"servers": ["https://ex1.contoso.test"]}, "is a host name, not a URL"),
        ({"servers": [EX1], "names": ["mail.contoso.test/owa"]}, "among names is a host name"),
        ({"namespaces": ["mail contoso"]}, "'mail contoso' among namespaces"),
        ({"namespaces": [""]}, "'' among namespaces"),
        ({"servers": [EX1], "addresses": {EX2: "192.0.2.2"}}, f"addresses has '{EX2}'"),
        ({"servers": [EX1], "addresses": {EX1: "https://192.0.2.2"}}, "among addresses is a host name"),
        ({"servers": [EX1], "protocols": ["imap"]}, "protocols must be one or more of"),
        ({"servers": [EX1], "protocols": []}, "protocols is empty"),
        ({"servers": [EX1], "timeout": 0}, "timeout is 0"),
        ({"servers": [EX1], "retries": -1}, "retries is -1"),
        ({"servers": [EX1], "delay": -0.5}, "delay is -0.5"),
        ({"servers": [EX1], "concurrency": 0}, "concurrency is 0"),
        ({"servers": [EX1], "deadline": -1}, "deadline is -1"),
        ({"servers": [EX1], "port": 0}, "port is 0"),
        ({"servers": [EX1], "port": 65536}, "port is 65536"),
        ({"servers": [EX1], "thumbprint": "12AB"}, "'12AB' is not one. It has 40 hexadecimal digits"),
        ({"servers": [EX1], "thumbprint": "A" * 40, "scheme": "http"}, "no certificate to compare"),
        ({"servers": [EX1], "ca_cert": "/nowhere/ca.pem"}, "cannot be read: No such file"),
        ({"servers": [EX1], "ca_cert": __file__}, "holds no PEM certificate"),
        ({"servers": [EX1], "wait_for": "ready"}, "wait_for must be one of: healthy"),
        ({"servers": [EX1], "server": EX1}, "Unsupported parameters: server"),
    ],
)
def test_bad_input_is_one_sentence(converge: Converge, options: dict[str, Any], said: str) -> None:
    result = converge("exchange_health_probe", **options)
    message = result.refused()
    assert said in message, message
    assert "Traceback" not in message and "\n" not in message
    assert result.probes is None
