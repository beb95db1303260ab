# SPDX-License-Identifier: GPL-3.0-or-later
"""Pseudonyms: nothing of the organization is left, and the report can still be understood."""

from __future__ import annotations

import json
from typing import Any

import pytest
from certificate_estate import AUTH, CA, MAIL, PUBLIC, Estate, certificate, self_signed

from ansible_collections.mailops.exchange.plugins.plugin_utils._report.contents import report_of
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
    assert first["fqdn"] == "server1.domain2.example"
    public, own, _auth, wildcard, bare, wmsvc = first["certificates"]
    assert public["names"] == ["mail.domain2.example", "autodiscover.domain2.example"]
    assert own["names"] == ["server1", "server1.domain2.example"]
    assert wildcard["names"] == ["*.domain2.example"]
    assert bare["names"] == ["domain2.example"]
    assert wmsvc["names"] == ["WMSvc-server1"]
    assert result["names"][2:] == ["name3.domain2.example", "mail.name2.domain1.example"]
    assert [one["tls_certificate_name"] for one in result["connectors"]][0] == f"<I>{CA}<S>CN=mail.domain2.example"


def test_subjects_issuers_and_friendly_names_tell_nothing() -> None:
    public, own, auth, wildcard, bare, _wmsvc = redacted(facts())["servers"][0]["certificates"]
    assert public["subject"] == "CN=mail.domain2.example"
    assert wildcard["subject"] == "CN=*.domain2.example"
    assert bare["subject"].startswith("CN=subject ") and bare["issuer"].startswith("CN=issuer ")
    assert public["issuer"] == CA
    assert bare["friendly_name"].startswith("friendly name ")
    assert own["friendly_name"] == "Microsoft Exchange"
    assert auth["subject"] == "CN=Microsoft Exchange Server Auth Certificate"


def test_sentences_and_errors_are_redacted_and_stay_readable() -> None:
    result = redacted(facts())
    sentences = [finding["sentence"] for finding in result["findings"]]
    assert any("name3.domain2.example and mail.name2.domain1.example" in sentence for sentence in sentences)
    assert result["errors"] == [
        r"server1.domain2.example: domain2\svc may not read server1\owa (Default Web Site) of address, "
        "asked dc9.domain2.example.",
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
