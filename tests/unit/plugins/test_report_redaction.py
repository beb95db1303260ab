# SPDX-License-Identifier: GPL-3.0-or-later
"""Pseudonyms: nothing of the organization is left, and the report can still be understood."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

import pytest
from certificate_estate import AUTH, CA, MAIL, PUBLIC, Estate, certificate, self_signed

from ansible_collections.mailops.exchange.plugins.plugin_utils._report.contents import report_of
from ansible_collections.mailops.exchange.plugins.plugin_utils._report.host_names import folded
from ansible_collections.mailops.exchange.plugins.plugin_utils._report.html import html
from ansible_collections.mailops.exchange.plugins.plugin_utils._report.json_text import json_text
from ansible_collections.mailops.exchange.plugins.plugin_utils._report.markdown import markdown
from ansible_collections.mailops.exchange.plugins.plugin_utils._report.redaction import redacted

SECRETS = ("contoso", "fabrikam", "ex1", "ex2", "london", "geheim", "0a1b2c3d4e5f", PUBLIC.lower(), "192.0.2.7")


def facts() -> dict[str, Any]:
    """A result that names the organization in every way."""
    estate = Estate()
    estate.names += ["geheim.contoso.com", "mail.fabrikam.co.uk"]
    estate.add("EX1", certificate("E" * 40, ["*.contoso.com"], -1, 199, subject="CN=*.contoso.com, O=Contoso Ltd"))
    estate.add(
        "EX1",
        certificate(
            "F" * 40,
            ["contoso.com"],
            -1,
            199,
            subject="O=Contoso Ltd, L=London",
            issuer="CN=Contoso Issuing CA, DC=contoso, DC=com",
            root_ca_type="Enterprise",
            friendly_name="Geheim 2026",
        ),
    )
    estate.add("EX1", self_signed("9" * 40, ["WMSvc-EX1"], -1, 3000, friendly_name="WMSVC-SHA2"))
    estate.change("EX2", PUBLIC, thumbprint="8" * 40)
    result = estate.result()
    for server in result["servers"]:
        server["site"] = "London"
    result["errors"] = [
        r"ex1.contoso.com: CONTOSO\svc may not read EX1\owa (Default Web Site) of 192.0.2.7, asked dc9.contoso.com.",
        f"The certificate {PUBLIC} of London is gone from 15.2.1544.4 and 15.1.225.42.",
    ]
    return json.loads(json.dumps(result))


@pytest.mark.parametrize("write", [html, markdown, json_text])
def test_nothing_of_the_organization_is_left(write: Any) -> None:
    text = write(report_of("Report", redacted(facts()))).lower()
    assert [secret for secret in SECRETS if secret in text] == []


def test_a_name_has_one_pseudonym_everywhere_and_structure_stays() -> None:
    result = redacted(facts())
    first, second = result["servers"]
    assert (first["server"], second["server"]) == ("server1", "server2")
    assert first["fqdn"] == "server1.domain1.example"
    public, own, _auth, wildcard, bare, wmsvc = first["certificates"]
    assert public["names"] == ["mail.domain1.example", "autodiscover.domain1.example"]
    assert own["names"] == ["server1", "server1.domain1.example"]
    assert wildcard["names"] == ["*.domain1.example"]
    assert bare["names"] == ["domain1.example"]
    assert wmsvc["names"] == ["WMSvc-server1"]
    assert result["names"][2:] == ["name2.domain1.example", "mail.domain2.example"]
    assert [one["tls_certificate_name"] for one in result["connectors"]][0] == f"<I>{CA}<S>CN=mail.domain1.example"


def test_subjects_issuers_and_friendly_names_tell_nothing() -> None:
    public, own, auth, wildcard, bare, _wmsvc = redacted(facts())["servers"][0]["certificates"]
    assert public["subject"] == "CN=mail.domain1.example"
    assert wildcard["subject"] == "CN=*.domain1.example"
    assert bare["subject"].startswith("CN=subject ") and bare["issuer"].startswith("CN=issuer ")
    assert public["issuer"] == CA
    assert bare["friendly_name"].startswith("friendly name ")
    assert own["friendly_name"] == "Microsoft Exchange"
    assert auth["subject"] == "CN=Microsoft Exchange Server Auth Certificate"


def test_sentences_and_errors_are_redacted_and_stay_readable() -> None:
    result = redacted(facts())
    sentences = [finding["sentence"] for finding in result["findings"]]
    assert any("name2.domain1.example and mail.domain2.example" in sentence for sentence in sentences)
    assert result["errors"] == [
        r"server1.domain1.example: domain1\svc may not read server1\owa (Default Web Site) of address, "
        "asked dc9.domain1.example.",
        "The certificate AAAAAAAA… of site1 is gone from 15.2.1544.4 and 15.1.225.42.",
    ]


def test_links_and_dates_stay() -> None:
    before, after = facts(), redacted(facts())
    assert [one["link"] for one in after["findings"]] == [one["link"] for one in before["findings"]]
    assert after["read_at"] == before["read_at"]


def test_thumbprints_are_shortened_alike() -> None:
    result = redacted(facts())
    assert result["auth_config"]["current_thumbprint"] == f"{AUTH[:8]}…"
    assert result["servers"][0]["certificates"][2]["thumbprint"] == f"{AUTH[:8]}…"


def test_the_same_facts_get_the_same_pseudonyms() -> None:
    assert redacted(facts()) == redacted(facts())


def test_a_server_called_like_a_pseudonym_is_replaced_once() -> None:
    values = {"servers": [{"server": "server2"}, {"server": "alpha"}], "findings": [], "errors": ["alpha, server2"]}
    assert redacted(values)["errors"] == ["server1, server2"]


def test_client_access_facts_are_redacted_too() -> None:
    values = {
        "servers": [{"name": "EX1", "fqdn": "ex1.contoso.com", "site": "London", "version": "15.2.1544.4"}],
        "virtual_directories": [
            {"server": "EX1", "identity": r"EX1\EWS", "internal_url": f"https://{MAIL}/EWS/Exchange.asmx"}
        ],
        "service_connection_points": [{"server": "EX1", "auto_discover_site_scope": ["London", "Paris"]}],
        "sites": [{"name": "London", "servers": ["EX1"]}],
        "findings": [],
    }
    result = redacted(values)
    assert result["virtual_directories"] == [
        {
            "server": "server1",
            "identity": r"server1\EWS",
            "internal_url": "https://mail.domain1.example/EWS/Exchange.asmx",
        }
    ]
    assert result["service_connection_points"][0]["auto_discover_site_scope"] == ["site1", "site2"]
    assert result["sites"] == [{"name": "site1", "servers": ["server1"]}]
    assert result["servers"][0]["version"] == "15.2.1544.4"


# spellings


def report(**first_certificate: Any) -> dict[str, Any]:
    """A result whose first certificate has these facts."""
    result: dict[str, Any] = json.loads(json.dumps(Estate().result()))
    result["servers"][0]["certificates"][0] |= first_certificate
    return result


def shown(result: dict[str, Any]) -> str:
    """All of a redacted report, in lower case."""
    written = report_of("Report", redacted(result))
    return (json_text(written) + markdown(written)).lower()


def cased_characters() -> str:
    """Every character that has another case, or is one."""
    every = map(chr, range(sys.maxunicode + 1))
    cased = {one for one in every if len({one, one.lower(), one.upper(), one.casefold()}) > 1}
    return "".join(sorted(cased | {changed for one in cased for changed in (one.lower(), one.upper())} - {"\n"}))


def test_what_a_pattern_takes_for_the_same_character_is_folded_alike() -> None:
    """But for the few that only fold to several, for which there is a word of its own."""
    every = cased_characters()
    several = {one for one in every if len(one.casefold()) > 1}
    for one in set(every) - several:
        assert {folded(one)} == set(
            map(folded, set(re.findall(re.escape(folded(one)), every, re.IGNORECASE)) - several)
        )


def test_a_folded_character_stands_for_the_one_that_was_written() -> None:
    for one in cased_characters():
        assert re.fullmatch(re.escape(folded(one)), one, re.IGNORECASE), f"{one} {ord(one):x}"


def test_names_with_a_dotted_capital_i_are_found() -> None:
    subject = "CN=mail.contoso.com, O=Fabrika İnşaat A.Ş., L=İstanbul, C=TR"
    result = report(subject=subject, friendly_name="İnşaat 2026")
    text = shown(result)
    assert not [secret for secret in ("fabrika", "nşaat", "stanbul") if secret in text]
    first = redacted(result)["servers"][0]["certificates"][0]
    assert first["subject"].startswith("CN=mail.domain") and first["friendly_name"].startswith("friendly name ")


@pytest.mark.parametrize("spelled", ["sıstanbul", "ſistanbul", "sİstanbul", "sistanbul"])
def test_a_name_is_found_however_its_case_is_written(spelled: str) -> None:
    values = {"servers": [{"server": "SISTANBUL"}], "findings": [], "errors": [f"Relay {spelled} fails."]}
    assert redacted(values)["errors"] == ["Relay server1 fails."]


def test_a_name_that_cannot_be_told_from_another_has_a_neutral_word() -> None:
    values = {"servers": [{"server": "fi\ufb05"}], "findings": [], "errors": ["fi\ufb06 and fi\ufb05."]}
    assert redacted(values)["errors"] == ["name and server1."]


# names without a domain, addresses, numbers


def test_names_without_a_domain_have_pseudonyms() -> None:
    result = report(names=[MAIL, "oldmail", "WMSvc-GONE"], alternative_names=[MAIL, "oldmail"])
    result["servers"][0]["pop_certificate_name"] = "popalias"
    result["names"] = ["plan"]
    result["connectors"][0]["fqdn"] = "relayhost"
    result["virtual_directories"] = [{"server": "EX1", "identity": r"EX1\owa", "internal_url": "https://gate/owa"}]
    result["errors"] = ["OLDMAIL, oldmails and https://gate/owa are not reached."]
    found = redacted(result)
    first = found["servers"][0]
    assert first["certificates"][0]["names"] == ["mail.domain1.example", "name4", "WMSvc-name3"]
    assert first["certificates"][0]["alternative_names"] == ["mail.domain1.example", "name4"]
    assert first["pop_certificate_name"] == "name6" and first["imap_certificate_name"] == "mail.domain1.example"
    assert (found["names"], found["connectors"][0]["fqdn"]) == (["name5"], "name7")
    assert found["virtual_directories"][0]["internal_url"] == "https://name2/owa"
    assert found["errors"] == ["name4, oldmails and https://name2/owa are not reached."]


@pytest.mark.parametrize("label", ["oldmail", "3cx", "old-mail"])
def test_a_label_has_the_same_pseudonym_with_and_without_a_domain(label: str) -> None:
    first = redacted(report(names=[label, f"{label}.contoso.com"]))["servers"][0]["certificates"][0]
    assert first["names"][0].startswith("name") and first["names"][1] == f"{first['names'][0]}.domain1.example"


def test_a_number_is_no_name() -> None:
    result = report(names=["2026"])
    assert redacted(result)["read_at"] == result["read_at"]


def test_a_name_that_is_a_word_of_the_collection_spoils_nothing() -> None:
    result = report(names=["critical", "certificate"])
    result["findings"] = [dict.fromkeys(("subject", "sentence", "cure", "link"), "")]
    result["findings"][0] |= {"code": "certificate_self_signed", "severity": "critical"}
    (finding,) = redacted(result)["findings"]
    assert (finding["code"], finding["severity"]) == ("certificate_self_signed", "critical")


@pytest.mark.parametrize(
    "address",
    [
        "192.0.2.7",
        "2001:db8:77::25",
        "2001:DB8::",
        "::1",
        "::",
        "fe80::1%eth0",
        "::ffff:192.0.2.7",
        "2001:db8:0:0:0:0:0:25",
        "1:2:3:4:5:6:192.0.2.7",
    ],
)
def test_addresses_are_not_shown(address: str) -> None:
    names = redacted(report(alternative_names=[address]))["servers"][0]["certificates"][0]["alternative_names"]
    assert names == ["address"]
    errors = [f"{address}, no answer.", f"Not {address}.", f"See https://[{address}]:443/owa, {address}/64."]
    assert redacted({"servers": [], "findings": [], "errors": errors})["errors"] == [
        "address, no answer.",
        "Not address.",
        "See https://[address]:443/owa, address/64.",
    ]


def test_the_colon_after_an_address_is_none_of_its_own() -> None:
    errors = ["2001:db8::1: refused", "2001:db8:0:0:0:0:0:25: refused", "192.0.2.7: refused", "192.0.2.7:443: refused"]
    assert redacted({"servers": [], "findings": [], "errors": errors})["errors"] == [
        *["address: refused"] * 3,
        "address:443: refused",
    ]


@pytest.mark.parametrize(
    "text",
    ["12:30:45", "2026-11-21T12:00:00Z", "00:11:22:33:44:55", "EX::Add", "15.2.1544.4", "1.3.6.1.5.5.7.3.1", "a: b"],
)
def test_what_only_looks_like_an_address_stays(text: str) -> None:
    assert redacted({"servers": [], "findings": [], "errors": [text]})["errors"] == [text]


@pytest.mark.parametrize(
    ("serial", "left"), [("0A1B2C3D4E5F60718293", "0A1B2C3D…"), ("1A2B3C", "1A2…"), ("1A2B3C4D5E6F", "1A2B3C…")]
)
def test_serial_numbers_of_every_length_are_shortened(serial: str, left: str) -> None:
    assert redacted(report(serial_number=serial))["servers"][0]["certificates"][0]["serial_number"] == left


# domains below a public second level


@pytest.mark.parametrize("domain", ["co.uk", "com", "com.au", "onmicrosoft.com"])
def test_the_organization_is_a_word_whatever_its_domain_is_below(domain: str) -> None:
    result = json.loads(json.dumps(report()).replace("contoso.com", f"contoso.{domain}"))
    result["connectors"][0]["identity"] = "Contoso outbound"
    result["errors"] = [f"The co of contoso.{domain} and mail.contoso.{domain}, not {domain}."]
    found = redacted(result)
    assert found["connectors"][0]["identity"] == "domain1 outbound"
    assert found["errors"] == [f"The co of domain1.example and mail.domain1.example, not {domain}."]


@pytest.mark.parametrize("host", ["mail.ibm.de", "mail.co.com"])
def test_a_short_domain_is_no_public_second_level(host: str) -> None:
    assert redacted({"servers": [], "names": [host], "findings": []})["names"] == ["mail.domain1.example"]


def test_a_host_below_a_domain_that_only_sentences_name_is_replaced() -> None:
    """Some service has the name of a public second level itself."""
    values = {"servers": [], "names": ["co.uk"], "findings": [], "errors": ["www.co.uk of co is down."]}
    assert redacted(values)["errors"] == ["www.domain1.example of co is down."]
