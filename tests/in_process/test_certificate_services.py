# SPDX-License-Identifier: GPL-3.0-or-later
"""exchange_certificate and services: these at least, the default of transport kept, each refusal with its cure.

Laws E1 to E15, S3, S10 and L2, under each answer to what is not known about real servers.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from certificate_files import pem, pem_key, rsa_key
from certificate_life import AUTODISCOVER, MAIL, NAMES, PFX_PASSWORD, Life, quiet, row, thumbprint_of
from cryptography.hazmat.primitives.asymmetric import ec

ENABLE = "Enable-ExchangeCertificate"
EVERY = ["SMTP", "POP", "IMAP", "IIS"]
POOLS = ["MSExchangeOWAAppPool", "MSExchangeECPAppPool"]
POP, IMAP = ["MSExchangePOP3", "MSExchangePOP3BE"], ["MSExchangeIMAP4", "MSExchangeIMAP4BE"]


@pytest.fixture
def one(life) -> Life:
    return life()


def imported(one: Life, servers: list[str], **more: Any) -> str:
    path, thumbprint = one.pfx(**more)
    one.present(path, password=PFX_PASSWORD, servers=servers).ok()
    return thumbprint


def enabled(result: Any) -> list[str]:
    """The services of the Enable commands that were carried out, in their order."""
    return [record["parameters"]["Services"] for record in result.written if record["cmdlet"] == ENABLE]


# All at once


@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"popimap_flag": "stored"},
        {"popimap_name": "first_san"},
        {"popimap_name": "untouched"},
        {"popimap_flag": "stored", "popimap_name": "untouched"},
        {"enable_iis": "wildcard_only"},
        {"enable_checks": "status_valid"},
        {"enable_atomic": "yes"},
        {"status_numbers": "unknown_numbers"},
        {"status_evaluated": "cached"},
        {"data_signing": "envelope"},
        {"archived_listed": "yes"},
    ],
    ids=str,
)
def test_every_service_under_every_answer_to_the_unknown(life, switches: dict[str, str]) -> None:
    one = life(**switches)
    path, thumbprint = one.pfx(names=[AUTODISCOVER, MAIL], subject=None)
    defaults = {name: one.default(name) for name in ("EX1", "EX2")}
    back_ends = {name: one.bound(name, "Exchange Back End") for name in ("EX1", "EX2")}
    done = one.present(
        path, password=PFX_PASSWORD, servers=["EX1", "EX2"], services=EVERY, x509_certificate_name=MAIL
    ).ok()
    for server in ("EX1", "EX2"):
        assert one.bound(server) == thumbprint and one.bound(server, "Exchange Back End") == back_ends[server]
        assert one.default(server) == defaults[server]
        assert set(one.services(server, thumbprint)) == {*EVERY}
        assert (one.name_of("POP", server), one.name_of("IMAP", server)) == (MAIL, MAIL)
        assert row(done, server)["restart_needed"] == POOLS
        assert row(done, server)["services_to_restart"] == POP + IMAP
    quiet(one.converge.again())
    assert one.world.violations() == []


def test_every_service_on_every_version(life) -> None:
    """From 2013, with its roles together and apart, to SE."""
    one = life("coexistence")
    path, thumbprint = one.pfx()
    options = {"password": PFX_PASSWORD, "services": EVERY, "x509_certificate_name": MAIL}
    servers = ["EX1", "EX4", "EX5"]
    one.present(path, servers=servers, **options).ok()
    for server in servers:
        assert one.bound(server) == thumbprint and set(one.services(server, thumbprint)) == {*EVERY}
    one.present(path, servers=["EX2"], password=PFX_PASSWORD, services=["IIS"]).ok()
    assert one.bound("EX2") == thumbprint
    one.present(path, servers=["EX2"], password=PFX_PASSWORD, services=["SMTP"]).ok()
    one.present(path, servers=["EX3"], password=PFX_PASSWORD, services=["SMTP"]).ok()
    quiet(one.present(path, servers=servers, **options))

    modern = life("modern")
    path, thumbprint = modern.pfx()
    modern.present(path, servers=["EX1", "EX2"], **options).ok()
    assert modern.bound("EX2") == thumbprint


def test_one_service_a_command_smtp_first_and_iis_last(one: Life) -> None:
    path, _thumbprint = one.pfx()
    done = one.present(path, password=PFX_PASSWORD, servers=["EX1"], services=["IIS", "IMAP", "SMTP"]).ok()
    assert enabled(done) == ["SMTP", "IMAP", "IIS"]
    assert one.name_of("IMAP", "EX1") == MAIL


def test_services_are_these_at_least(one: Life) -> None:
    thumbprint = imported(one, ["EX1"])
    one.task(thumbprint=thumbprint, services=["SMTP", "IIS"]).ok()
    quiet(one.task(thumbprint=thumbprint, services=["IIS"]))
    quiet(one.task(thumbprint=thumbprint))


# IIS


def test_require_ssl_is_left_alone_unless_asked_for(one: Life) -> None:
    """Law E4."""
    site = one.world.machines["ex1.contoso.test"].sites["Default Web Site"]
    site.require_ssl = False
    thumbprint = imported(one, ["EX1"])
    one.task(thumbprint=thumbprint, services=["IIS"]).ok()
    assert one.bound("EX1") == thumbprint and site.require_ssl is False
    other = imported(one, ["EX1"])
    one.task(thumbprint=other, services=["IIS"], do_not_require_ssl=False).ok()
    assert one.bound("EX1") == other and site.require_ssl is True


def test_a_certificate_on_444_alone_is_not_taken_for_one_on_443(one: Life) -> None:
    """Law O12: Exchange says IIS for both."""
    thumbprint = imported(one, ["EX1"])
    one.world.machines["ex1.contoso.test"].bind_certificate("Exchange Back End", thumbprint)
    assert "IIS" in one.services("EX1", thumbprint) and one.bound("EX1") != thumbprint
    assert enabled(one.task(thumbprint=thumbprint, services=["IIS"]).ok()) == ["IIS"]
    assert one.bound("EX1") == thumbprint == one.bound("EX1", "Exchange Back End")


def test_a_cng_key_is_kept_off_the_logon_page(one: Life) -> None:
    """Laws S12 and G12, schedule Y15: TLS works, and every logon returns to the logon page."""
    cng = one.world.certificates.issue("EX1", names=NAMES, provider="cng")
    message = one.task(thumbprint=cng, services=["SMTP", "IIS"]).refused()
    assert "CNG" in message and "PFX" in message and one.bound("EX1") != cng
    path = one.folder / "again.pfx"
    one.task(state="exported", thumbprint=cng, path=str(path), password=PFX_PASSWORD).ok()
    one.world.certificates.remove("EX1", cng)
    one.present(path, password=PFX_PASSWORD, services=["SMTP", "IIS"]).ok()
    assert one.bound("EX1") == cng and one.entry("EX1", cng).key.provider_type == 12


def test_a_server_without_a_front_end(life) -> None:
    one = life("coexistence")
    thumbprint = imported(one, ["EX3", "EX4"])
    done = one.task(thumbprint=thumbprint, servers=["EX3", "EX4"], services=["IIS"])
    assert done.failed and "EX3 has no front end" in row(done, "EX3")["msg"]
    assert one.bound("EX4") == thumbprint


# SMTP


def test_the_question_is_answered_with_no(one: Life) -> None:
    """Law E7: No enables SMTP all the same."""
    thumbprint = imported(one, ["EX1"])
    before = one.default("EX1")
    done = one.task(thumbprint=thumbprint, services=["SMTP"]).ok()
    assert one.services("EX1", thumbprint) == ["SMTP"] and one.default("EX1") == before != thumbprint
    (command,) = done.commands
    assert command.endswith("-Confirm:$false  # answer: No") and "-Force" not in command


def test_the_default_is_replaced_only_when_asked_for(one: Life) -> None:
    thumbprint = imported(one, ["EX1"])
    one.task(thumbprint=thumbprint, services=["SMTP"]).ok()
    done = one.task(thumbprint=thumbprint, services=["SMTP"], replace_default_smtp=True).ok()
    assert one.default("EX1") == thumbprint and "-Force" in done.commands[0]
    assert "Edge" in done.warnings[0]
    assert done.diff["after"]["EX1"]["transport_default"] == thumbprint
    quiet(one.converge.again())
    quiet(one.task(thumbprint=thumbprint, services=["SMTP"]))


def test_an_endpoint_that_cannot_ask_gets_yes_and_the_old_default_again(life) -> None:
    """Law E8."""
    one = life(prompt="fails_noninteractive")
    thumbprint = imported(one, ["EX1", "EX3"])
    defaults = one.default("EX1"), one.default("EX3")
    done = one.task(thumbprint=thumbprint, servers=["EX1", "EX3"], services=["SMTP"]).ok()
    assert (one.default("EX1"), one.default("EX3")) == defaults
    assert one.services("EX1", thumbprint) == one.services("EX3", thumbprint) == ["SMTP"]
    assert ["-Force" in command for command in row(done, "EX1")["commands"]] == [False, True, True]
    quiet(one.converge.again())


def test_it_is_refused_where_the_old_default_could_not_be_put_back(life) -> None:
    one = life(prompt="fails_noninteractive")
    thumbprint = imported(one, ["EX1"])
    old = one.default("EX1")
    aside = one.entry("EX1", old)
    one.world.certificates.of("EX1").my.remove(aside)
    message = one.task(thumbprint=thumbprint, services=["SMTP"]).rejected()
    assert "could not be put back" in message and "not listed" in message
    assert one.default("EX1") == old and one.services("EX1", thumbprint) == []
    one.world.certificates.of("EX1").my.append(aside)
    one.converge.again().ok()
    assert one.default("EX1") == old and one.services("EX1", thumbprint) == ["SMTP"]


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("asks", [False, True])
def test_a_front_end_of_2013_is_judged_by_the_service_alone(
    life, monkeypatch: pytest.MonkeyPatch, replace: bool, asks: bool
) -> None:
    """It has no Transport service, whose default could be read, and serves 25 and 587 all the same (law S1)."""
    from exchange_lab.world.certificates import enabling

    one = life("coexistence")
    thumbprint = imported(one, ["EX2"])
    if asks:
        monkeypatch.setattr(enabling, "overwrite_question", lambda *given: f"Overwrite it with {thumbprint}?")
    options = {"thumbprint": thumbprint, "servers": ["EX2"], "services": ["SMTP"], "replace_default_smtp": replace}
    planned = one.task(**options, check_mode=True).ok()
    done = one.task(**options).ok()
    (command,) = done.commands
    assert planned.commands == done.commands
    assert ("-Force" in command, "answer: No" in command) == (replace, not replace)
    assert one.services("EX2", thumbprint) == ["SMTP"] and done.warnings == []
    quiet(one.converge.again())


def test_a_front_end_of_2013_whose_endpoint_cannot_ask(life, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be put back is not replaced."""
    from exchange_lab.world.certificates import enabling

    one = life("coexistence", prompt="fails_noninteractive")
    thumbprint = imported(one, ["EX2"])
    options = {"thumbprint": thumbprint, "servers": ["EX2"], "services": ["SMTP"]}
    with monkeypatch.context() as asking:
        asking.setattr(enabling, "overwrite_question", lambda *given: f"Overwrite it with {thumbprint}?")
        message = one.task(**options).rejected()
    assert "cannot be read" in message and "answer No" in message and one.services("EX2", thumbprint) == []
    one.task(**options).ok()
    assert one.services("EX2", thumbprint) == ["SMTP"]


def test_an_expired_default_is_kept_where_the_endpoint_asks(one: Life) -> None:
    """Law S7: servers still use it."""
    thumbprint = imported(one, ["EX1"], days=3650)
    old = one.default("EX1")
    one.world.clock.advance(6 * 365 * 86400)
    one.task(thumbprint=thumbprint, services=["SMTP"]).ok()
    assert one.default("EX1") == old and one.services("EX1", thumbprint) == ["SMTP"]


@pytest.mark.parametrize("switch", ["set_without_prompt", "prompt"])
def test_without_a_default_none_is_made_unasked(life, switch: str) -> None:
    one = life(no_default_present=switch)
    thumbprint = imported(one, ["EX1"])
    server = one.world.server("EX1")
    server.object.initial["InternalTransportCertificate"] = None
    assert "no default certificate of transport" in one.task(thumbprint=thumbprint, services=["SMTP"]).refused()
    one.task(thumbprint=thumbprint, services=["SMTP"], replace_default_smtp=True).ok()
    assert one.default("EX1") == thumbprint


def test_a_default_that_nobody_asked_for_is_told_of(one: Life) -> None:
    """Law E8: a run that broke off can leave it so. Law L9: it is not repaired silently."""
    thumbprint, own = imported(one, ["EX1"]), one.own("EX1")
    one.task(thumbprint=thumbprint, services=["SMTP"], replace_default_smtp=True).ok()
    assert quiet(one.converge.again()).warnings == []
    (warning,) = quiet(one.task(thumbprint=thumbprint, services=["SMTP"])).warnings
    assert "is the default certificate of transport too" in warning and own in warning
    assert quiet(one.task(thumbprint=thumbprint)).warnings == []
    one.task(thumbprint=own, services=["SMTP"], replace_default_smtp=True).ok()
    assert one.default("EX1") == own
    assert quiet(one.task(thumbprint=thumbprint, services=["SMTP"])).warnings == []
    assert quiet(one.task(thumbprint=own, services=["SMTP"])).warnings == []


def test_a_question_that_nobody_expected_is_not_answered(one: Life, monkeypatch: Any) -> None:
    """Any other question, and any that is not about this certificate, ends the command."""
    from exchange_lab.world.certificates import enabling

    thumbprint = imported(one, ["EX1"])
    before = one.world.snapshot()
    with monkeypatch.context() as other:
        other.setattr(enabling, "overwrite_question", lambda *given: "Delete every mailbox?")
        message = one.task(thumbprint=thumbprint, services=["SMTP"]).rejected()
    assert "asked what this task has no answer for" in message and "Delete every mailbox" in message
    assert one.world.snapshot() == before
    one.converge.again().ok()
    assert one.services("EX1", thumbprint) == ["SMTP"]


def test_underscores_in_a_connectors_name_are_found_beforehand(one: Life) -> None:
    """Law E12, schedule Y17: the connector of one server alone."""
    thumbprint = imported(one, ["EX1", "EX2"])
    connector = next(item for item in one.world.receive_connectors if item.server.name == "EX2")
    fqdn = connector.object.initial["Fqdn"]
    connector.object.initial["Fqdn"] = "mail_relay.contoso.test"
    done = one.task(thumbprint=thumbprint, servers=["EX1", "EX2"], services=["SMTP"])
    assert done.failed and not row(done, "EX1")["failed"]
    assert "underscore" in row(done, "EX2")["msg"] and row(done, "EX2")["commands"] == []
    connector.object.initial["Fqdn"] = fqdn
    one.converge.again().ok()
    assert one.services("EX2", thumbprint) == ["SMTP"]


# A certificate that connectors choose as soon as it is there


def named_by_connector(one: Life, kind: str = "receive") -> str:
    """The present certificate's issuer and subject in a connector; the TlsCertificateName."""
    from exchange_lab.world.certificates.distinguished_names import tls_name

    old = one.world.certificates.issue("EX1", "EX2", names=NAMES, services=["SMTP"])
    name = tls_name(one.entry("EX1", old).certificate)
    connector = next(item for item in one.world.receive_connectors if item.server.name == "EX1")
    connector.object.initial["TlsCertificateName"] = name
    return name


def test_import_and_smtp_are_one_step_where_a_connector_names_it(one: Life) -> None:
    """Laws S3 and L2, schedule Y1: imported alone it is chosen, and TLS fails."""
    named_by_connector(one)
    path, thumbprint = one.pfx()
    message = one.present(path, password=PFX_PASSWORD, servers=["EX1", "EX2"], services=["IIS"])
    assert message.failed and row(message, "EX1")["commands"] == []
    assert "Add SMTP to services" in row(message, "EX1")["msg"] and "allow_without_smtp" in row(message, "EX1")["msg"]
    assert one.holders(thumbprint) == ["EX2"], "the connector is EX1's own"
    one.present(path, password=PFX_PASSWORD, servers=["EX1", "EX2"], services=["SMTP", "IIS"]).ok()
    assert one.holders(thumbprint) == ["EX1", "EX2"] and "SMTP" in one.services("EX1", thumbprint)


def test_it_may_be_imported_without_on_ones_own_word(one: Life) -> None:
    named_by_connector(one)
    path, thumbprint = one.pfx()
    done = one.present(path, password=PFX_PASSWORD, servers=["EX1"], allow_without_smtp=True).ok()
    assert one.holders(thumbprint) == ["EX1"] and "TLS may fail" in done.warnings[0]


def test_nothing_is_imported_when_smtp_would_fail_afterwards(one: Life) -> None:
    """What can be told beforehand is told before the import: nothing half-done on a server in use."""
    named_by_connector(one)
    connector = [item for item in one.world.receive_connectors if item.server.name == "EX1"][-1]
    connector.object.initial["Fqdn"] = "mail_relay.contoso.test"
    path, thumbprint = one.pfx()
    assert "underscore" in one.present(path, password=PFX_PASSWORD, servers=["EX1"], services=["SMTP"]).refused()
    assert one.entry("EX1", thumbprint) is None


def starttls(one: Life, server: str = "EX1") -> tuple[str | None, bool]:
    offer = one.world.mail_tls.starttls(one.world.server(server))
    return offer.certificate.thumbprint if offer.certificate else None, offer.works


def old_by_name(one: Life) -> str:
    """A certificate that works on port 25 of EX1, whose connector names it; with the lab's usual names."""
    from exchange_lab.world.certificates.distinguished_names import tls_name

    old = one.world.certificates.issue("EX1", names=NAMES, services=["SMTP"], starts_in_days=-100)
    default = next(item for item in one.world.receive_connectors if item.identity == "EX1\\Default Frontend EX1")
    default.object.initial["TlsCertificateName"] = tls_name(one.entry("EX1", old).certificate)
    assert starttls(one) == (old, True)
    return old


REMOVE = "Remove-ExchangeCertificate"


def without_default(one: Life, _patch: pytest.MonkeyPatch | None = None) -> Any:
    """The endpoint of EX1 cannot ask, and its default is gone from the store; what ends that."""
    aside = one.entry("EX1", one.default("EX1"))
    my = one.world.certificates.of("EX1").my
    my.remove(aside)
    return lambda: my.append(aside)


def with_a_closed_key(_one: Life, patch: pytest.MonkeyPatch) -> Any:
    """Law E5: Exchange refuses, which nobody could know before the import."""
    from exchange_lab.world.certificates import enabling

    real, closed = enabling._check_each, ["SMTP"]

    def refused(certificates: Any, server: Any, entry: Any, services: Any) -> None:
        if {*closed} & {*services}:
            raise enabling.Refused("Insufficient rights to grant Network Service access.", category="NotSpecified")
        real(certificates, server, entry, services)

    patch.setattr(enabling, "_check_each", refused)
    return closed.clear


@pytest.mark.parametrize("breaks", [without_default, with_a_closed_key])
@pytest.mark.parametrize("unflagged", ["chosen_fails", "skipped"])
def test_an_import_whose_smtp_fails_is_taken_away_where_connectors_choose_it(
    life, monkeypatch: pytest.MonkeyPatch, breaks: Any, unflagged: str
) -> None:
    """Schedule Y1, law S3: port 25 goes on with the certificate before."""
    one = life(prompt="fails_noninteractive", unflagged=unflagged)
    old, mend = old_by_name(one), breaks(one, monkeypatch)
    path, thumbprint = one.pfx()
    options = {"password": PFX_PASSWORD, "servers": ["EX1"], "services": ["SMTP", "POP"]}
    done = one.present(path, **options)
    assert done.failed and "by its names (EX1\\Default Frontend EX1), so it was removed again" in done.msg
    assert [record["cmdlet"] for record in done.written] == ["Import-ExchangeCertificate", REMOVE]
    assert row(done, "EX1")["services_to_restart"] == [] and row(done, "EX1")["certificate"] is None
    assert one.entry("EX1", thumbprint) is None and starttls(one) == (old, True)
    mend()
    one.converge.again().ok()
    assert starttls(one) == (thumbprint, True)


def test_once_an_endpoint_could_not_ask_the_next_server_is_refused_beforehand(life) -> None:
    """Law E8: the defaults of servers that were set up together expire together."""
    one = life(prompt="fails_noninteractive")
    own = one.default("EX2")
    one.world.clock.advance(6 * 365 * 86400)
    path, thumbprint = one.pfx()
    options = {"password": PFX_PASSWORD, "servers": ["EX1", "EX2"], "services": ["SMTP"]}
    done = one.present(path, **options)
    assert "could not be put back: it is DateInvalid" in row(done, "EX1")["msg"]
    assert "could not be put back: it is DateInvalid" in row(done, "EX2")["msg"]
    assert row(done, "EX2")["commands"] == [] and one.holders(thumbprint) == ["EX1"]
    one.present(path, **options, replace_default_smtp=True).ok()
    assert one.holders(thumbprint) == ["EX1", "EX2"] and one.default("EX2") == thumbprint != own


def test_a_front_end_of_2013_after_a_server_whose_endpoint_could_not_ask(life) -> None:
    """It may have nothing to ask."""
    one = life("coexistence", prompt="fails_noninteractive")
    path, thumbprint = one.pfx()
    done = one.present(path, password=PFX_PASSWORD, servers=["EX1", "EX2", "EX4"], services=["SMTP"]).ok()
    assert [one.services(name, thumbprint) for name in ("EX1", "EX2", "EX4")] == [["SMTP"]] * 3
    forced = {name: ["-Force" in command for command in row(done, name)["commands"]] for name in ("EX1", "EX2", "EX4")}
    assert forced == {"EX1": [False, False, True, True], "EX2": [False, False], "EX4": [False, True, True]}


def test_an_import_that_turns_out_revoked_is_taken_away_where_connectors_choose_it(one: Life) -> None:
    """Law E2: the server knows it when it has the certificate."""
    old = old_by_name(one)
    path, thumbprint = one.pfx()
    one.world.certificates.revoked.add(thumbprint)
    done = one.present(path, password=PFX_PASSWORD, servers=["EX1"], services=["SMTP"])
    assert "Revoked" in done.msg and "so it was removed again" in done.msg
    assert one.entry("EX1", thumbprint) is None and starttls(one) == (old, True)
    one.world.certificates.revoked.clear()
    one.converge.again().ok()
    assert starttls(one) == (thumbprint, True)


def test_an_import_whose_smtp_fails_stays_where_no_connector_chooses_it(life) -> None:
    one = life(prompt="fails_noninteractive")
    mend = without_default(one)
    path, thumbprint = one.pfx()
    done = one.present(path, password=PFX_PASSWORD, servers=["EX1"], services=["SMTP"])
    assert "could not be put back" in done.msg and "removed again" not in done.msg
    assert one.holders(thumbprint) == ["EX1"]
    mend()
    one.converge.again().ok()


def test_an_import_stays_once_it_is_enabled_for_smtp(one: Life) -> None:
    old_by_name(one)
    path, thumbprint = one.pfx()
    one.world.rbac.hide("Set-PopSettings")
    one.world.server("EX1").mail_protocols["POP"].initial["X509CertificateName"] = "pop.contoso.test"
    done = one.present(path, password=PFX_PASSWORD, servers=["EX1"], services=["SMTP", "POP"])
    assert done.failed and "removed again" not in done.msg and starttls(one) == (thumbprint, True)


def test_an_import_that_may_be_without_smtp_stays_when_something_else_fails(one: Life) -> None:
    """It was the user's own word."""
    old_by_name(one)
    path, thumbprint = one.pfx()
    one.world.rbac.hide("Set-PopSettings")
    options = {"password": PFX_PASSWORD, "servers": ["EX1"], "services": ["POP"], "allow_without_smtp": True}
    one.world.server("EX1").mail_protocols["POP"].initial["X509CertificateName"] = "pop.contoso.test"
    done = one.present(path, **options)
    assert done.failed and REMOVE not in [record["cmdlet"] for record in done.sent]
    assert one.holders(thumbprint) == ["EX1"]


def test_an_import_that_cannot_be_taken_away_is_told_of(life) -> None:
    """Law R3: a Send connector names it, so Exchange keeps it."""
    from exchange_lab.world import transport

    one = life(prompt="fails_noninteractive")
    old_by_name(one)
    name = next(item for item in one.world.receive_connectors if item.identity == "EX1\\Default Frontend EX1")
    item = transport.send_connector(one.world.directory, {"name": "Out", "servers": ["EX3"]}, one.world.clock.now())
    item.initial["TlsCertificateName"] = name.object.initial["TlsCertificateName"]
    one.world.send_connectors.append(item)
    mend = without_default(one)
    path, thumbprint = one.pfx()
    done = one.present(path, password=PFX_PASSWORD, servers=["EX1"], services=["SMTP"])
    assert "TLS may fail there until it is enabled for SMTP. It could not be removed again" in done.msg
    assert "release_connectors" in done.msg and starttls(one) == (thumbprint, False)
    mend()
    one.converge.again().ok()
    assert starttls(one) == (thumbprint, True)


def test_a_completed_request_is_never_taken_away(life) -> None:
    """Law N8: its key would go with it."""
    one = life(prompt="fails_noninteractive")
    csr = one.request().ok().csr
    path, thumbprint = one.answer(csr)
    old = one.world.certificates.issue("EX1", names=NAMES, services=["SMTP"], starts_in_days=-100)
    default = next(item for item in one.world.receive_connectors if item.identity == "EX1\\Default Frontend EX1")
    default.object.initial["Fqdn"] = MAIL
    assert starttls(one) == (old, True)
    mend = without_default(one)
    done = one.present(path, servers=["EX1"], services=["SMTP"])
    assert "TLS may fail there" in done.msg and "do not remove it, as its key is nowhere else" in done.msg
    assert one.holders(thumbprint) == ["EX1"]
    mend()
    one.converge.again().ok()
    assert starttls(one) == (thumbprint, True)


def test_a_connector_that_announces_one_of_the_names_is_told_of(one: Life) -> None:
    connector = next(item for item in one.world.receive_connectors if item.server.name == "EX1")
    connector.object.initial["Fqdn"] = MAIL
    path, thumbprint = one.pfx()
    done = one.present(path, password=PFX_PASSWORD, servers=["EX1"]).ok()
    assert len(done.warnings) == 1 and connector.identity in done.warnings[0]
    one.present(path, password=PFX_PASSWORD, servers=["EX2"], services=["SMTP"]).ok()


@pytest.mark.parametrize("kind", ["send", "receive"])
def test_a_connector_without_a_name_announces_its_server(one: Life, kind: str) -> None:
    """Laws S1 and S6."""
    from exchange_lab.world import transport

    for item in one.world.receive_connectors:
        item.object.initial["Fqdn"] = "elsewhere.contoso.test"
    if kind == "send":
        made = transport.send_connector(one.world.directory, {"name": "Out", "servers": ["EX1"]}, one.world.installed)
        made.initial["Fqdn"] = None
        one.world.send_connectors.append(made)
    else:
        next(item for item in one.world.receive_connectors if item.server.name == "EX1").object.initial["Fqdn"] = None
    path, _thumbprint = one.pfx(names=["ex2.contoso.test"])
    assert one.present(path, password=PFX_PASSWORD, servers=["EX1"]).ok().warnings == []
    path, _thumbprint = one.pfx(names=["ex1.contoso.test"])
    (warning,) = one.present(path, password=PFX_PASSWORD, servers=["EX1"]).ok().warnings
    assert "TLS may fail at" in warning and ("Out" if kind == "send" else "EX1\\Default") in warning


# POP and IMAP


@pytest.mark.parametrize("switches", [{}, {"popimap_flag": "stored"}], ids=str)
def test_wildcards_are_found_by_a_name_and_never_enabled(life, switches: dict[str, str]) -> None:
    """Law E10, schedule Y16."""
    one = life(**switches)
    path, thumbprint = one.pfx(names=["*.contoso.com"])
    options = {"password": PFX_PASSWORD, "servers": ["EX1"], "services": ["POP", "IMAP"]}
    message = one.present(path, **options).refused()
    assert "wildcards only" in message and "x509_certificate_name" in message
    done = one.present(path, **options, x509_certificate_name="pop.contoso.com").ok()
    assert enabled(done) == [] and done.commands[1].startswith("Set-PopSettings -X509CertificateName 'pop.contoso.com'")
    assert (one.name_of("POP", "EX1"), one.name_of("IMAP", "EX1")) == ("pop.contoso.com",) * 2
    assert row(done, "EX1")["services_to_restart"] == POP + IMAP
    quiet(one.converge.again())
    quiet(one.present(path, **options))


def test_a_name_that_the_certificate_does_not_hold_is_refused(one: Life) -> None:
    thumbprint = imported(one, ["EX1"])
    message = one.task(thumbprint=thumbprint, services=["POP"], x509_certificate_name="pop.contoso.test").refused()
    assert "does not hold x509_certificate_name pop.contoso.test" in message
    one.task(thumbprint=thumbprint, services=["POP"], x509_certificate_name=AUTODISCOVER).ok()
    assert one.name_of("POP", "EX1") == AUTODISCOVER


def test_the_present_name_stays_when_the_certificate_holds_it(one: Life) -> None:
    server = "ex1.contoso.test"
    path, thumbprint = one.pfx(names=[MAIL, server])
    assert one.name_of("POP", "EX1").lower() == server
    done = one.present(path, password=PFX_PASSWORD, servers=["EX1"], services=["POP"]).ok()
    assert one.name_of("POP", "EX1").lower() == server and "POP" in one.services("EX1", thumbprint)
    assert row(done, "EX1")["services_to_restart"] == POP
    quiet(one.converge.again())


@pytest.mark.parametrize("name", ["cn", "first_san", "untouched"])
def test_enabling_does_not_change_the_name_that_it_has(life, name: str) -> None:
    """Law E9: Exchange writes a name of its own when it enables POP."""
    one = life(popimap_flag="stored", popimap_name=name)
    thumbprint = imported(one, ["EX1"])
    one.world.server("EX1").mail_protocols["POP"].initial["X509CertificateName"] = AUTODISCOVER
    done = one.task(thumbprint=thumbprint, services=["POP"]).ok()
    assert enabled(done) == ["POP"] and one.name_of("POP", "EX1") == AUTODISCOVER
    quiet(one.converge.again())


# What cannot serve


def test_an_expired_one_is_not_enabled(one: Life) -> None:
    """Laws E2 and E1; nothing is sent."""
    thumbprint = imported(one, ["EX1"], days=10)
    one.world.clock.advance(11 * 86400)
    assert "ended on" in one.task(thumbprint=thumbprint, services=["SMTP"]).refused()
    one.task(thumbprint=imported(one, ["EX1"]), services=["SMTP"]).ok()


def test_one_that_has_not_begun_on_the_server_is_not_enabled(one: Life) -> None:
    """Schedule Y13: the server's clock is behind."""
    thumbprint, machine = imported(one, ["EX1"]), one.world.machines["ex1.contoso.test"]
    machine.clock_skew = -2 * 3600
    message = one.task(thumbprint=thumbprint, services=["SMTP"]).refused()
    assert "DateInvalid" in message and "clock of the server" in message
    machine.clock_skew = 0
    one.converge.again().ok()


def test_a_revoked_one_is_not_enabled(one: Life) -> None:
    thumbprint = imported(one, ["EX1"])
    one.world.certificates.revoked.add(thumbprint)
    assert "Revoked" in one.task(thumbprint=thumbprint, services=["IIS"]).refused()
    one.world.certificates.revoked.clear()
    one.converge.again().ok()
    assert one.bound("EX1") == thumbprint


def test_an_untrusted_one_is_not_enabled(one: Life) -> None:
    key = rsa_key("alone")
    made = one.ca.issue(NAMES, key.public_key(), begins=one.now - timedelta(hours=1))
    path = one.file(pem_key(key) + pem(made), "pem")
    done = one.present(path, servers=["EX1"], services=["IIS"])
    assert done.failed and "Untrusted" in done.msg and "LocalMachine\\CA" in done.msg
    one.world.certificates.of("EX1").intermediates.append(one.ca.intermediate)
    one.converge.again().ok()
    assert one.bound("EX1") == thumbprint_of(made)


def test_unreachable_revocation_lists_are_a_remark(one: Life) -> None:
    """Schedule Y14: it serves all the same."""
    thumbprint = imported(one, ["EX1"])
    one.world.certificates.of("EX1").crl_reachable = False
    done = one.task(thumbprint=thumbprint, services=["IIS"]).ok()
    assert one.bound("EX1") == thumbprint and "WinHTTP" in done.warnings[0]


def test_an_elliptic_key_fails_in_exchanges_words_where_it_is_not_supported(one: Life) -> None:
    """Law E14."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = one.ca.issue(NAMES, key.public_key(), begins=one.now - timedelta(hours=1))
    path = one.file(pem_key(key) + pem(made, one.ca.intermediate), "pem")
    done = one.present(path, servers=["EX1"], services=["IIS"])
    assert done.failed and "KeyAlgorithmUnsupported" in done.msg
    assert any("elliptic curve" in text for text in done.warnings)
    one.world.certificates.of("EX1").ecc_supported = True
    one.converge.again().ok()
    assert one.bound("EX1") == thumbprint_of(made)


def test_a_pending_request_serves_nothing(one: Life) -> None:
    request = one.request().ok()
    for services in (["IIS"], []):
        assert "PendingRequest" in one.task(thumbprint=request.thumbprint, services=services).refused()
    path, thumbprint = one.answer(request.csr)
    one.present(path, services=["IIS"]).ok()
    assert one.bound("EX1") == thumbprint


def test_without_typed_data_nothing_is_enabled(one: Life) -> None:
    thumbprint = imported(one, ["EX1"])
    fault = one.world.faults.add("broken_signing", server="EX1")
    assert "without their services" in one.task(thumbprint=thumbprint, services=["IIS"]).refused()
    one.world.faults.remove(fault)
    one.converge.again().ok()


def test_a_run_goes_on_where_another_has_stopped(one: Life) -> None:
    """Schedule Y11: what is reached is not sent again."""
    thumbprint = imported(one, ["EX1"])
    one.task(thumbprint=thumbprint, services=["SMTP"]).ok()
    assert enabled(one.task(thumbprint=thumbprint, services=EVERY).ok()) == ["POP", "IMAP", "IIS"]
    quiet(one.converge.again())


def test_what_is_owed_is_told_after_a_failure_too(one: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law E9, schedule Y11: the next run finds POP and IMAP done, and says no more of their services."""
    from exchange_lab.world.certificates import enabling

    thumbprint = imported(one, ["EX1"])
    for protocol in ("POP", "IMAP"):
        one.world.server("EX1").mail_protocols[protocol].initial["X509CertificateName"] = "pop.contoso.test"

    def refuse(*_given: Any, **_more: Any) -> None:
        raise enabling.Refused("No IIS.")

    with monkeypatch.context() as broken:
        broken.setattr(enabling, "_bind", refuse)
        done = one.task(thumbprint=thumbprint, services=EVERY)
    assert done.failed and "No IIS." in done.msg
    assert row(done, "EX1")["services_to_restart"] == POP + IMAP and row(done, "EX1")["restart_needed"] == []
    again = row(one.converge.again().ok(), "EX1")
    assert again["services_to_restart"] == [] and again["restart_needed"] == POOLS


def test_a_name_that_is_there_already_needs_no_command(one: Life) -> None:
    """Law O13: POP and IMAP show the newest certificate of their name, and take it up when they start."""
    first = imported(one, ["EX1"])
    one.task(thumbprint=first, services=["POP"]).ok()
    path, thumbprint = one.pfx()
    done = one.present(path, password=PFX_PASSWORD, servers=["EX1"], services=["POP"]).ok()
    assert [record["cmdlet"] for record in done.written] == ["Import-ExchangeCertificate"]
    assert "POP" in one.services("EX1", thumbprint) and row(done, "EX1")["services_to_restart"] == POP


# Unified Messaging and federation


@pytest.mark.parametrize("service", ["UM", "UMCallRouter"])
def test_unified_messaging_where_there_is_one(life, service: str) -> None:
    """Law E11: 2013 and 2016 have it, and the server itself says when it starts without TLS."""
    one = life("coexistence")
    old = [server.name for server in one.world.servers.values() if server.version.generation < 2]
    path, thumbprint = one.pfx()
    options: dict[str, Any] = {"password": PFX_PASSWORD, "services": [service]}
    for name in ("EX4", "EX1"):
        assert name in old
        server = one.world.server(name)
        message = one.present(path, servers=[name], **options)
        assert message.failed and "UMStartupMode" in message.msg
        server.um_startup_modes[service] = "TLS"
        planned = one.present(path, servers=[name], check_mode=True, **options).ok()
        done = one.present(path, servers=[name], **options).ok()
        assert done.commands == planned.commands and enabled(done) == [service]
        assert one.services(name, thumbprint) == [service]
        quiet(one.converge.again())


@pytest.mark.parametrize("service", ["UM", "UMCallRouter"])
@pytest.mark.parametrize(("server", "version"), [("EX1", "Exchange 2019"), ("EX2", "Exchange Server SE")])
def test_unified_messaging_where_there_is_none(life, server: str, version: str, service: str) -> None:
    one = life("modern")
    path, thumbprint = one.pfx()
    options: dict[str, Any] = {"password": PFX_PASSWORD, "servers": [server]}
    message = one.present(path, services=[service, "IIS"], **options).refused()
    assert f"{server} runs {version}" in message and f"Leave {service} out" in message
    one.present(path, services=["IIS"], **options).ok()
    assert one.bound(server) == thumbprint


def test_federation_has_a_cmdlet_of_its_own(one: Life) -> None:
    path, thumbprint = one.pfx()
    options: dict[str, Any] = {"password": PFX_PASSWORD, "servers": ["EX1"]}
    assert "Set-FederationTrust" in one.present(path, services=["Federation", "IIS"], **options).refused()
    one.present(path, services=["IIS"], **options).ok()
    assert one.bound("EX1") == thumbprint
