# SPDX-License-Identifier: GPL-3.0-or-later
"""certificate-laws 9: what the modules of a rollout do in the 19 schedules that go wrong by hand: refuse, heal, report.

How each of them ends by hand is tested with the lab. Y1, Y11 and Y17 as whole runs are tests of the role.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from certificate_life import PFX_PASSWORD, Life, quiet, row
from health_servers import Authority, HealthServer
from in_process import Result
from lab_shell import Shell

from ansible_collections.mailops.exchange.plugins.action import exchange_certificate_info, iis_binding
from ansible_collections.mailops.exchange.plugins.filter.certificate_rollout import FilterModule
from exchange_lab.world.certificates.distinguished_names import tls_name
from exchange_lab.world.servers import BACK_END
from exchange_lab.world.serving import logon_problem

DAY = 86400
MAIL = "mail.contoso.test"
NAMES = (MAIL, "autodiscover.contoso.test")
EVERY = ["EX1", "EX2", "EX3"]
SENDS = [{"name": "Internet", "servers": ["ex1", "ex2"], "fqdn": MAIL}]
candidate, choosing = (FilterModule().filters()[name] for name in ("certificate_candidate", "connectors_choosing"))

NewLife = Callable[..., Life]


def site(*builds: str, **more: Any) -> dict[str, Any]:
    """An estate of one site, its servers with a certificate for NAMES that ends soon."""
    rows = []
    for number, text in enumerate(builds, 1):
        build, _unused, windows = text.partition(" on ")
        rows.append(
            {"name": f"ex{number}", "site": "London", "build": build, **({"windows": windows} if windows else {})}
        )
    old = {"names": list(NAMES), "days": 200, "starts_in_days": -190, "services": ["IIS", "SMTP"]}
    return {"sites": {"London": ["dc1"]}, "servers": rows, "certificates": [old], **more}


THREE = site("15.2.1258.12", "15.2.1258.12", "15.2.1258.12", send_connectors=SENDS)


@pytest.fixture
def life(life: NewLife, monkeypatch: pytest.MonkeyPatch) -> NewLife:
    """As everywhere, and the clock of every module that asks for it is the world's."""

    def new(estate: str | dict | None = None, **switches: str) -> Life:
        made = life(estate or THREE, **switches)
        assert made.world.certificates  # made when first asked for, before a test spoils something
        for module in (exchange_certificate_info, iis_binding):
            monkeypatch.setattr(module.ActionModule, "now", staticmethod(lambda: made.now))
        return made

    return new


@pytest.fixture
def three(life: NewLife) -> Life:
    return life()


def look(one: Life, names: tuple[str, ...] = NAMES) -> Result:
    return one.converge("exchange_certificate_info", names=list(names)).ok()


def codes(result: Result) -> set[tuple[str, str]]:
    return {(finding["code"], finding["subject"]) for finding in result.findings}


def old_of(one: Life, server: str = "EX1") -> str:
    return next(entry.thumbprint for entry in one.world.certificates.of(server).my if MAIL in entry.names)


def roll_out(one: Life, path: Path, **more: Any) -> Result:
    """Everything at once, as the role does server by server."""
    options = {"servers": EVERY, "services": ["SMTP", "IIS"], "password": PFX_PASSWORD, **more}
    return one.present(path, **options)


def clients_use(one: Life, name: str) -> None:
    for connector in one.world.receive_connectors:
        if connector.object.name.startswith("Default Frontend"):
            connector.object.initial["Fqdn"] = name


def test_y1_import_and_smtp_are_one_step_where_connectors_choose_at_once(three: Life) -> None:
    clients_use(three, MAIL)
    broken = next(one for one in three.world.receive_connectors if one.object.name == "Client Proxy EX2")
    broken.object.initial["Fqdn"] = "mail_relay.contoso.test"
    path, new = three.pfx(NAMES)
    preview = roll_out(three, path, check_mode=True)
    assert set(choosing(look(three).keys, row(preview, "EX1")["certificate"], EVERY)) == {
        "Internet",
        *(f"EX{number}\\Default Frontend EX{number}" for number in (1, 2, 3)),
    }
    result = roll_out(three, path)
    assert result.failed and "underscore" in row(result, "EX2")["msg"]
    assert three.holders(new) == ["EX1", "EX3"]  # where SMTP would fail it was not even imported
    assert three.world.serving_problems(NAMES) == []
    broken.object.initial["Fqdn"] = "mail-relay.contoso.test"
    roll_out(three, path).ok()
    assert three.world.serving_problems(NAMES) == []
    quiet(roll_out(three, path))


def test_y2_another_intermediate_is_found_out_and_connectors_follow_by_their_old_value(three: Life) -> None:
    (connector,) = three.world.send_connectors
    old = three.entry("EX1", old_of(three))
    connector.initial["TlsCertificateName"] = tls_name(old.certificate)
    new = three.world.certificates.issue(*three.world.servers, names=NAMES, intermediate=2, services=["SMTP", "IIS"])
    facts = look(three)
    (found,) = [one for one in facts.connectors if one["identity"] == "Internet"]
    target = candidate(facts.keys, list(NAMES))["certificate"]
    assert target["thumbprint"] == new and choosing(facts.keys, target, EVERY) == []
    wanted = f"<I>{target['issuer']}<S>{target['subject']}"
    assert wanted != found["tls_certificate_name"]
    change = {"kind": "send", "identity": "Internet", "tls_certificate_name": wanted}
    three.converge("exchange_connector", **change, replaces=found["tls_certificate_name"]).ok()
    for server in ("EX1", "EX2", "EX3"):
        three.task(state="absent", thumbprint=old.thumbprint, servers=[server]).ok()
    assert not {code for code, subject in codes(look(three)) if "connector" in code and "Internet" in subject}
    sender = three.world.server("ex1")
    assert three.world.mail_tls.sending(sender, connector)[0].thumbprint == new


def test_y2_a_name_that_leads_nowhere_is_reported(three: Life) -> None:
    (connector,) = three.world.send_connectors
    connector.initial["TlsCertificateName"] = "<I>CN=Gone CA<S>CN=mail.contoso.test"
    assert "connector_certificate_missing" in {code for code, _subject in codes(look(three))}


def test_y3_the_answer_goes_only_where_its_key_is_and_a_leftover_is_replaced(three: Life) -> None:
    asked = three.request("EX1").ok()
    path, new = three.answer(asked.csr)
    assert "waits on EX1" in three.present(path, servers=["EX2"]).rejected()
    assert three.entry("EX2", new) is None
    three.present(path, servers=["EX1"]).ok()
    three.world.certificates.of("EX2").my.append(_without_key(three.entry("EX1", new)))
    replaced = row(three.present(path, servers=["EX1", "EX2"]).ok(), "EX2")
    assert any(command.startswith("Remove-Item") for command in replaced["commands"])
    assert three.holders(new) == ["EX1", "EX2"]


def _without_key(entry: Any) -> Any:
    return type(entry)(entry.certificate, None, entry.friendly_name, entry.added)


def test_y4_no_answer_is_imported_whose_request_is_gone(three: Life) -> None:
    asked = three.request("EX1").ok()
    path, new = three.answer(asked.csr)
    three.task(state="absent", thumbprint=asked.thumbprint, servers=["EX1"]).ok()
    assert "make a new request" in three.present(path, servers=["EX1"]).rejected()
    assert three.entry("EX1", new) is None
    path, new = three.answer(three.request("EX1").ok().csr)
    three.present(path, servers=["EX1"]).ok()


def test_y4_a_request_is_not_made_twice(three: Life) -> None:
    first = three.request("EX1").ok()
    assert three.request("EX1").ok().csr == first.csr
    assert candidate(look(three).keys, list(NAMES))["waiting_on"] == "ex1.contoso.test"


def test_y4_n7_the_preview_tells_by_the_key_which_request_is_answered(three: Life) -> None:
    three.request("EX1").ok()
    path, new = three.answer(three.request("EX2", subject_name="CN=contoso.test", domain_name=list(NAMES)).ok().csr)
    assert roll_out(three, path, check_mode=True).ok().completes == "ex2.contoso.test"
    assert three.present(path, servers=["EX2"], services=["SMTP"]).ok().completes == "ex2.contoso.test"
    assert roll_out(three, path).ok().completes is None
    assert three.holders(new) == EVERY


def test_y5_a_modern_file_reaches_an_old_windows_too(life: NewLife) -> None:
    one = life(site("15.2.1258.12 on 2019", "15.2.1258.12 on 2022", "15.1.2507.39 on 2016"))
    path, new = one.pfx(NAMES)
    roll_out(one, path).ok()
    assert one.holders(new) == EVERY and {one.bound(server) for server in EVERY} == {new}


def test_y6_one_server_with_another_certificate_is_reported_and_healed(three: Life) -> None:
    path, new = three.pfx(NAMES)
    roll_out(three, path).ok()
    own = three.own("EX2")
    shell = Shell(three.world)
    shell.ask = lambda question: 2
    stages = (
        ("Get-ExchangeCertificate", {"Thumbprint": own, "Server": "ex2"}),
        ("New-ExchangeCertificate", {"Server": "ex2", "Force": True}),
    )
    assert shell.pipeline(*stages).done and three.bound("EX2") != new
    sent = {code for code, _subject in codes(look(three))}
    assert {"certificates_differ_behind_name", "certificate_self_signed"} & sent
    again = roll_out(three, path).ok()
    assert [one["server"] for one in again.servers if one["changed"]] == ["EX2"]
    assert three.bound("EX2") == new


@pytest.mark.parametrize("where", ["444", "loopback"])
def test_y7_what_still_has_the_old_certificate_keeps_it(life: NewLife, where: str) -> None:
    one = life(THREE, enable_iis="wildcard_only" if where == "loopback" else "all_fe_https")
    old = old_of(one)
    machine = one.world.machines["ex1.contoso.test"]
    machine.bind_certificate("Default Web Site", old)
    if where == "444":
        machine.bind_certificate(BACK_END, old)
    path, new = one.pfx(NAMES)
    roll_out(one, path).ok()
    assert one.bound("EX1") == new
    assert "still in use" in one.task(state="absent", thumbprint=old, servers=["EX1"]).rejected()
    if where == "444":
        machine.bind_certificate(BACK_END, one.own("EX1"))
    else:  # the role does this
        binding = {"site": "Default Web Site", "address": "127.0.0.1", "port": 443, "thumbprint": new}
        one.converge("iis_binding", **binding).ok()
    one.task(state="absent", thumbprint=old, servers=["EX1"]).ok()


def test_y8_the_default_of_transport_stays_and_one_of_a_ca_is_reported(three: Life) -> None:
    defaults = {server: three.own(server) for server in EVERY}
    path, new = three.pfx(NAMES)
    roll_out(three, path).ok()
    shown = {one["server"]: one["internal_transport_thumbprint"] for one in look(three).servers}
    assert shown == defaults
    roll_out(three, path, replace_default_smtp=True).ok()
    assert ("transport_certificate_of_ca", "EX1") in codes(look(three))
    assert "default" in row(three.task(state="absent", thumbprint=new, servers=["EX1"]), "EX1")["msg"]


def test_y9_nothing_is_decided_while_objects_come_back_empty(life: NewLife) -> None:
    one = life(THREE, data_signing="envelope")
    one.world.clock.advance(1800 * DAY)
    path, new = one.pfx(NAMES)
    assert "empty properties" in roll_out(one, path).refused()
    assert one.holders(new) == []
    facts = one.converge("exchange_certificate_info", names=list(NAMES))
    assert facts.failed or facts.errors


def test_y10_an_auth_certificate_that_a_site_lacks_is_reported(life: NewLife) -> None:
    one = life("two_datacenters")
    near = [server.fqdn for server in one.world.servers.values() if server.site == "London"]
    new = one.world.certificates.issue(*near, names=[], subject="CN=Microsoft Exchange Server Auth Certificate")
    one.world.certificates.auth_config.initial |= {
        "NextCertificateThumbprint": new,
        "NextCertificateEffectiveDate": None,
    }
    (found,) = [one for one in look(one).findings if one["code"] == "next_auth_certificate_missing"]
    assert "EX3 and EX4" in found["sentence"]


def test_y11_a_second_run_enables_nothing_again(three: Life) -> None:
    path, _new = three.pfx(NAMES)
    first = roll_out(three, path).ok()
    assert row(first, "EX1")["restart_needed"] == ["MSExchangeOWAAppPool", "MSExchangeECPAppPool"]
    quiet(roll_out(three, path))


def test_y12_the_second_of_two_runs_does_not_overwrite_the_first(three: Life) -> None:
    (connector,) = three.world.send_connectors
    name = "<I>CN=Exchange Lab Issuing CA {}, O=Exchange Lab, C=GB<S>CN=mail.contoso.test".format
    change = {"kind": "send", "identity": "Internet"}
    three.converge("exchange_connector", **change, tls_certificate_name=name(1), replaces="").ok()
    late = three.converge("exchange_connector", **change, tls_certificate_name=name(2), replaces="")
    assert f"is {name(1)}" in late.refused()
    assert str(three.world.directory.newest(connector)["TlsCertificateName"]) == name(1)
    three.converge("exchange_connector", **change, tls_certificate_name=name(2), replaces=name(1)).ok()


def test_y13_a_server_whose_clock_is_behind_waits_and_the_others_do_not(three: Life) -> None:
    three.world.machines["ex2.contoso.test"].clock_skew = -7200
    path, new = three.pfx(NAMES)
    result = roll_out(three, path)
    assert "DateInvalid" in row(result, "EX2")["msg"] and "clock" in row(result, "EX2")["msg"]
    assert [three.bound(server) == new for server in EVERY] == [True, False, True]
    three.world.machines["ex2.contoso.test"].clock_skew = 0
    roll_out(three, path).ok()
    assert {three.bound(server) for server in EVERY} == {new}


def test_y14_unreachable_revocation_lists_are_a_remark(three: Life) -> None:
    for server in EVERY:
        three.world.certificates.of(server).crl_reachable = False
    path, new = three.pfx(NAMES)
    result = roll_out(three, path).ok()
    assert any("RevocationCheckFailure" in text for text in result.warnings)
    assert {three.bound(server) for server in EVERY} == {new}


def test_y15_a_key_gets_the_provider_that_logons_need(life: NewLife) -> None:
    one = life(THREE, pfx_no_csp="ksp")
    path, _new = one.pfx(NAMES)
    roll_out(one, path).ok()
    assert {logon_problem(one.world, server) for server in one.world.servers.values()} == {""}
    other = one.world.certificates.issue("ex1", names=NAMES, provider="cng")
    assert "logons with forms" in one.present(thumbprint=other, servers=["EX1"], services=["IIS"]).rejected()


def test_y16_a_wildcard_serves_pop_and_imap_by_a_name(three: Life) -> None:
    path, _new = three.pfx(["*.contoso.test"])
    every = {"services": ["SMTP", "POP", "IMAP", "IIS"]}
    roll_out(three, path, **every, x509_certificate_name="pop.contoso.test").ok()
    assert {three.name_of("POP", server) for server in EVERY} == {"pop.contoso.test"}
    quiet(roll_out(three, path, **every, x509_certificate_name="pop.contoso.test"))


def test_y17_an_underscore_on_one_server_is_found_before_anything_is_sent(three: Life) -> None:
    broken = next(one for one in three.world.receive_connectors if one.object.name == "Client Frontend EX2")
    kept, broken.object.initial["Fqdn"] = broken.object.initial["Fqdn"], "smtp_in.contoso.test"
    path, _new = three.pfx(NAMES)
    assert "underscore" in row(roll_out(three, path, check_mode=True), "EX2")["msg"]
    broken.object.initial["Fqdn"] = kept
    assert not roll_out(three, path, check_mode=True).failed


def test_y18_a_certificate_without_subject_is_remarked_and_no_connector_can_name_it(three: Life) -> None:
    three.world.certificates.issue("ex1", names=NAMES, subject="", services=["SMTP"])
    assert "certificate_without_subject" in {code for code, _subject in codes(look(three))}
    name = "<I>CN=Exchange Lab Issuing CA 1, O=Exchange Lab, C=GB<S>"
    change = {"kind": "send", "identity": "Internet", "tls_certificate_name": name}
    assert "<I>issuer<S>subject" in three.converge("exchange_connector", **change).refused()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def balancer(authority: Authority) -> Iterator[HealthServer]:
    """Shows a certificate of its own, and answers as a server."""
    with HealthServer("ex1.contoso.test", authority.issue([MAIL])) as running:
        yield running


def test_y19_a_balancer_with_another_certificate_than_its_servers_is_found_through_the_namespace(
    three: Life, authority: Authority, balancer: HealthServer
) -> None:
    servers_have = authority.issue([MAIL])
    asked = {
        "namespaces": [MAIL],
        "addresses": {MAIL: balancer.address},
        "port": balancer.port,
        "ca_cert": str(authority.file),
        "protocols": ["owa"],
        "thumbprint": servers_have.thumbprint,
    }
    found = three.converge("exchange_health_probe", **asked).ok()
    assert not found.healthy and [one["fault"] for one in found.probes] == ["certificate"]
    balancer.certificate = servers_have
    assert three.converge("exchange_health_probe", **asked).ok().healthy
