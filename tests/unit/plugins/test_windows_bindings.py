# SPDX-License-Identifier: GPL-3.0-or-later
"""Bindings as IIS writes them, and the entries of http.sys as the two ways of reading show them."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import BadInput, NotReached
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.record import Record
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.session import Reply
from ansible_collections.mailops.exchange.plugins.plugin_utils._windows import http_events, http_sys, iis, services
from ansible_collections.mailops.exchange.plugins.plugin_utils._windows.binding_change import (
    BindingChange,
    BindingWish,
    IisState,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._windows.binding_inquiry import BindingInquiry
from ansible_collections.mailops.exchange.plugins.plugin_utils._windows.bindings import (
    Binding,
    SslKey,
    normal_address,
    wished_address,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._windows.certificate_store import StoreCertificate

HASH = "07CC44BD63B73F5FC37B16E452C1F6DCC0600BE1"
XPATH = "/system.applicationHost/sites/site[@name='{}' and @id='1']"


def binding(information: str, ssl_flags: int = 0) -> Binding:
    return Binding.of("S", "https", information, ssl_flags=ssl_flags)


@pytest.mark.parametrize(
    ("information", "address", "port", "host"),
    [
        (":443:", "0.0.0.0", 443, ""),
        ("*:443:", "0.0.0.0", 443, ""),
        ("0.0.0.0:443:", "0.0.0.0", 443, ""),
        ("127.0.0.1:443:", "127.0.0.1", 443, ""),
        ("[::1]:444:", "[::1]", 444, ""),
        ("[2001:0DB8:0:0::1]:444:", "[2001:db8::1]", 444, ""),
        ("*:443:Mail.Contoso.com", "0.0.0.0", 443, "mail.contoso.com"),
        ("*:443:*.contoso.com", "0.0.0.0", 443, "*.contoso.com"),
    ],
)
def test_a_binding_is_split_at_its_last_two_colons(information: str, address: str, port: int, host: str) -> None:
    found = binding(information)
    assert (found.address, found.port, found.host) == (address, port, host)
    assert found.information == information, "kept as it is written"


@pytest.mark.parametrize(
    "information",
    ["*", "808:*", "localhost", "", "*::", "*:0:", "*:65536:", "*:x:", "*:\u0664\u0664\u0664:", "nowhere:80:"],
)
def test_what_is_no_binding_over_http_is_refused(information: str) -> None:
    with pytest.raises(ValueError):
        binding(information)


def test_all_ways_to_write_every_address_are_one_place() -> None:
    assert len({binding(f"{address}:443:").place for address in ("", "*", "0.0.0.0")}) == 1
    assert binding("*:443:").place != binding("127.0.0.1:443:").place


@pytest.mark.parametrize(
    ("information", "ssl_flags", "key", "child"),
    [
        (":443:", 0, SslKey("0.0.0.0", 443), "0.0.0.0!443"),
        ("*:443:mail.x.de", 0, SslKey("0.0.0.0", 443), "0.0.0.0!443"),
        ("*:443:mail.x.de", 1, SslKey("", 443, "mail.x.de"), "!443!mail.x.de"),
        ("*:443:", 1, SslKey("0.0.0.0", 443), "0.0.0.0!443"),
        ("*:443:", 116, SslKey("0.0.0.0", 443), "0.0.0.0!443"),
        ("[::1]:443:", 0, SslKey("[::1]", 443), "[::1]!443"),
    ],
)
def test_where_http_sys_keeps_the_certificate(information: str, ssl_flags: int, key: SslKey, child: str) -> None:
    found = binding(information, ssl_flags)
    assert (found.ssl_key, found.ssl_key.child_name) == (key, child)


def test_addresses_of_options() -> None:
    assert [wished_address(text) for text in ("", "*", "0.0.0.0", " 10.0.0.1 ")] == ["", "*", "0.0.0.0", "10.0.0.1"]
    assert wished_address("::1") == wished_address("[::1]") == "[::1]"
    assert normal_address("::") == "[::]", "every IPv6 address is not every address"
    for text in ("mail.contoso.com", "10.0.0", "10.0.0.1:443", "**"):
        with pytest.raises(BadInput):
            wished_address(text)


def web_binding(**more: Any) -> Record:
    values = {"protocol": "https", "bindingInformation": ":443:", "sslFlags": 0, "certificateHash": HASH.lower()}
    return Record({**values, "certificateStoreName": "My", "ItemXPath": XPATH.format("Default Web Site"), **more})


def test_bindings_are_read_with_their_site() -> None:
    (found,) = iis.bindings([web_binding()])
    assert (found.site, found.thumbprint, found.store, found.ssl_flags) == ("Default Web Site", HASH, "My", 0)
    quoted = web_binding(ItemXPath="/sites/site[@name=\"Sarah's\" and @id='3']")
    assert iis.bindings([quoted])[0].site == "Sarah's"


@pytest.mark.parametrize("absent", [None, "", "\u200e"])
def test_a_binding_without_certificate(absent: str | None) -> None:
    (found,) = iis.bindings([web_binding(certificateHash=absent, certificateStoreName=None, sslFlags=None)])
    assert (found.thumbprint, found.store, found.ssl_flags) == ("", "", 0)


@pytest.mark.parametrize(
    "more",
    [
        {"protocol": "net.tcp", "bindingInformation": "808:*"},
        {"protocol": "net.pipe", "bindingInformation": "*"},
        {"protocol": "https", "bindingInformation": "*"},
        {"ItemXPath": None},
    ],
)
def test_what_is_not_over_http_is_left_out(more: dict[str, Any]) -> None:
    assert iis.bindings([web_binding(**more)]) == []


def test_the_drive_of_iis_tells_key_store_and_thumbprint() -> None:
    rows = [
        ("0.0.0.0!443", HASH),
        ("[::]!443", HASH),
        ("!443!Mail.x.de", HASH),
        ("127.0.0.1!444", None),
        ("!445", HASH),
        ("0.0.0.0!x", HASH),
        ("nowhere!443", HASH),
        ("nonsense", HASH),
    ]
    records = [Record({"PSChildName": name, "Store": "MY", "Thumbprint": value}) for name, value in rows]
    found = {entry.key: entry.thumbprint for entry in http_sys.of_provider(records)}
    assert {(entry.store, entry.app_id) for entry in http_sys.of_provider(records)} == {("MY", "")}
    assert found == {
        SslKey("0.0.0.0", 443): HASH,
        SslKey("[::]", 443): HASH,
        SslKey("", 443, "mail.x.de"): HASH,
        SslKey("127.0.0.1", 444): "",
    }, "that of the central store holds no certificate, and what is no entry is left out"


@pytest.mark.parametrize("value", [bytes.fromhex(HASH), list(bytes.fromhex(HASH))])
def test_the_registry_tells_whose_an_entry_is_too(value: Any) -> None:
    owner = uuid.UUID(http_sys.IIS_APP_ID).bytes_le
    rows = [
        ("0.0.0.0:444", value, owner),
        ("[::1]:444", None, b""),
        ("mail.x.de:443", value, b"\0" * 16),
        (":443", value, owner),
        ("nonsense", value, owner),
        ("0.0.0.0:x", value, owner),
    ]
    records = [
        Record({"PSChildName": name, "SslCertHash": found, "SslCertStoreName": "MY", "AppId": app})
        for name, found, app in rows
    ]
    first, broken, named = http_sys.of_registry(records)
    assert (first.key, first.thumbprint, first.of_iis) == (SslKey("0.0.0.0", 444), HASH, True)
    assert (broken.key, broken.thumbprint, broken.app_id) == (SslKey("[::1]", 444), "", "")
    assert (named.key, named.of_iis) == (SslKey("", 443, "mail.x.de"), False)
    assert {entry.store for entry in (first, broken, named)} == {"MY"}


@pytest.mark.parametrize("app", [None, "", "4dc3e181-e14b-4a21-b022-59fc669b0914", b"", b"\0" * 15, b"\0" * 17])
def test_an_owner_or_store_that_is_not_told_is_nobodys(app: Any) -> None:
    (found,) = http_sys.of_registry([Record({"PSChildName": "0.0.0.0:444", "SslCertStoreName": None, "AppId": app})])
    assert (found.store, found.app_id, found.of_iis, found.thumbprint) == ("", "", False, "")
    (found,) = http_sys.of_provider([Record({"PSChildName": "0.0.0.0!444", "Store": None})])
    assert (found.store, found.app_id) == ("", "")


def test_an_entry_as_a_result_shows_it() -> None:
    full = http_sys.SslEntry(SslKey("0.0.0.0", 444), HASH, "MY", http_sys.IIS_APP_ID)
    assert full.as_dict() == {
        "address": "0.0.0.0",
        "port": 444,
        "host_name": "",
        "thumbprint": HASH,
        "store": "MY",
        "app_id": http_sys.IIS_APP_ID,
    }
    assert http_sys.SslEntry(SslKey("", 443, "mail.x.de"), "").as_dict() == {
        "address": None,
        "port": 443,
        "host_name": "mail.x.de",
        "thumbprint": None,
        "store": None,
        "app_id": None,
    }


def test_where_entries_are_read() -> None:
    registry = "HKLM:\\SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters\\"
    properties = "PSChildName,SslCertHash,SslCertStoreName,AppId"
    drive, *keys = (str(command).replace("'", "") for command in (http_sys.read_provider(), *http_sys.read_registry()))
    assert drive == ("Get-ChildItem -Path IIS:\\SslBindings | Select-Object -Property PSChildName,Store,Thumbprint")
    assert keys == [
        f"Get-ChildItem -Path {registry}{name} | Get-ItemProperty | Select-Object -Property {properties}"
        for name in ("SslBindingInfo", "SslSniBindingInfo")
    ]
    assert http_sys.SOURCES == ("provider", "registry"), "as the option has them"


def test_by_protocol_those_of_other_kinds_are_not_asked_for() -> None:
    filters = {
        source: [str(command).partition(" | ")[0] for command in iis.read_bindings(source)]
        for source in iis.BINDINGS_SOURCES
    }
    assert filters == {
        "all": ["Get-WebBinding"],
        "by_protocol": ["Get-WebBinding -Protocol 'https'", "Get-WebBinding -Protocol 'http'"],
    }


def test_owners_are_joined_by_the_key() -> None:
    one, two = (http_sys.SslEntry(SslKey("0.0.0.0", port), HASH, "MY") for port in (443, 444))
    known = [http_sys.SslEntry(one.key, "", "", http_sys.IIS_APP_ID)]
    assert http_sys.with_app_ids([one, two], known) == [replace(one, app_id=http_sys.IIS_APP_ID), two]


@pytest.mark.parametrize("status", ["Running", 4])
def test_an_enumeration_arrives_as_text_or_as_its_number(status: Any) -> None:
    assert services.states([Record({"Name": "WAS", "Status": status})]) == {"WAS": "Running"}


EVENT = """<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>
<TimeCreated SystemTime='2026-11-21T12:00:00.000Z'/></System><EventData>{}</EventData></Event>"""


def test_events_are_read_without_their_words() -> None:
    data = "<Data Name='DeviceObject'>\\Device\\Http\\ReqQueue</Data><Data Name='Endpoint'>0.0.0.0:444</Data>"
    assert list(http_events.of_xml([EVENT.format(data)])) == [
        http_events.HttpEvent("0.0.0.0:444", "2026-11-21T12:00:00.000Z")
    ]
    assert next(iter(http_events.of_xml([EVENT.format("")]))).endpoint == ""


@pytest.mark.parametrize(
    "text", ["", "not xml", "<Event", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", EVENT.format("<Data>" + "x" * 70_000)]
)
def test_what_is_no_event_is_passed_over(text: str) -> None:
    assert list(http_events.of_xml([text])) == []


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([True], True),
        ([False], False),
        (["True"], True),
        (["false"], False),
        ([None], None),
        ([], None),
        (["yes"], None),
        ([True, True], None),
    ],
)
def test_whether_the_configuration_is_elsewhere(values: list[Any], told: bool | None) -> None:
    assert iis.shares_configuration([Record({"Value": value}) for value in values]) is told
    assert iis.shares_configuration([Record({}) for _unused in values]) is None


def test_a_reply_without_an_answer_is_noted() -> None:
    inquiry = BindingInquiry(lambda _command, _keep: Reply())
    assert inquiry.shares_configuration() is None
    assert inquiry.errors == ["Whether IIS shares its configuration could not be read: nothing was told"]


# One change


def change(shown: str, kept: str, wanted: str) -> BindingChange:
    """Of 444, where IIS shows one certificate and http.sys has another."""
    there = Binding.of("S", "https", "*:444:", thumbprint=shown)
    entries = [http_sys.SslEntry(there.ssl_key, kept)] if kept else []
    wish = BindingWish(Binding.of("S", "https", "*:444:"), thumbprint=wanted)
    in_store = StoreCertificate(HASH, "", "", (), "", "", True, "", True)
    return BindingChange.of(IisState.of([there], entries), wish, ["S"], [in_store])


@pytest.mark.parametrize(
    ("shown", "kept", "sent"),
    [
        (HASH, HASH, []),
        ("F" * 40, HASH, ["RebindSslCertificate"]),
        ("", HASH, ["RebindSslCertificate"]),
        (HASH, "F" * 40, ["Remove-Item", "AddSslCertificate"]),
        (HASH, "", ["AddSslCertificate"]),
    ],
)
def test_where_iis_and_http_sys_differ_the_certificate_is_bound_again(shown: str, kept: str, sent: list[str]) -> None:
    assert [step.command.name for step in change(shown, kept, HASH).steps()] == sent


def test_a_read_back_that_shows_less_than_wanted_is_told() -> None:
    wanted = change("F" * 40, "F" * 40, HASH)
    wanted.prove(wanted.goal_state)
    with pytest.raises(NotReached, match=f"0.0.0.0:444 is {'F' * 40}, not {HASH}"):
        wanted.prove(wanted.state)
    with pytest.raises(NotReached, match="of S is missing"):
        wanted.prove(IisState.of([], list(wanted.goal_state.entries.values())))


def test_a_change_that_was_begun_knows_what_its_first_step_took_along_and_left() -> None:
    old, new = Binding.of("S", "https", "*:445:", thumbprint=HASH), Binding.of("S", "https", "*:444:")
    entry = http_sys.SslEntry(old.ssl_key, HASH)
    wish = BindingWish(new, replaces=old, ssl_flags=4)
    first = BindingChange.of(IisState.of([old], [entry]), wish, ["S"], [])
    moved = IisState.of([new], [entry])
    assert [step.command.name for step in BindingChange.of(moved, wish, ["S"], []).steps()] == [
        "Set-WebConfigurationProperty"
    ], "a fresh decision would leave the new place without a certificate"
    resumed = first.resumed(moved, ["S"], [])
    assert [step.command.name for step in resumed.steps()] == [
        "Set-WebConfigurationProperty",
        "AddSslCertificate",
        "Remove-Item",
    ]
    assert resumed.diff() == first.diff()
    again = resumed.resumed(moved, ["S"], [])
    assert (again.goal_state, again.begun) == (first.goal_state, first)
