# SPDX-License-Identifier: GPL-3.0-or-later
"""client-access-laws 4: what a server takes for a URL or a host name."""

from __future__ import annotations

import pytest
from lab_shell import lab

OWA, MAPI = "OwaVirtualDirectory", "MapiVirtualDirectory"


@pytest.mark.parametrize(
    "url", ["", "https://", "https://mail contoso/owa", "https://*.contoso.com/owa", "https://mail:port/owa"]
)
def test_4_2_no_uri_no_binding(url):
    reply = lab().set(OWA, InternalUrl=url)
    assert (reply.error_id, reply.stopped is not None) == ("CannotConvertArgumentNoMessage", True)


@pytest.mark.parametrize(
    "url", ["http://mail.contoso.com/owa", "https://mail.contoso.com/mail", "https://10.0.0.1:8443/owa"]
)
def test_4_2_odd_urls_are_stored(url):
    shell = lab()
    assert shell.set(OWA, ExternalUrl=url).done
    assert shell.get(OWA)["ExternalUrl"] == url
    assert shell.set(OWA, ExternalUrl=None).done
    assert shell.get(OWA)["ExternalUrl"] is None


@pytest.mark.parametrize(("switch", "done"), [("refuse", False), ("store", True)])
def test_4_2_relative_text(switch, done):
    assert lab(switches={"relative_url": switch}).set(OWA, ExternalUrl="mail.contoso.com/owa").done is done


@pytest.mark.parametrize(
    ("switch", "read"), [("keep", "https://mail.contoso.com"), ("add_for_empty_path", "https://mail.contoso.com/")]
)
def test_4_1_an_empty_path(switch, read):
    shell = lab(switches={"uri_trailing_slash": switch})
    shell.set(OWA, ExternalUrl="https://mail.contoso.com")
    assert shell.get(OWA)["ExternalUrl"] == read
    shell.set(OWA, ExternalUrl="https://mail.contoso.com/owa")
    assert shell.get(OWA)["ExternalUrl"] == "https://mail.contoso.com/owa"


@pytest.mark.parametrize(
    ("switch", "http", "other_path", "exact"),
    [("any_https", False, True, True), ("exact_path", False, False, True), ("none", True, True, True)],
)
def test_4_2_mapi_urls(switch, http, other_path, exact):
    shell = lab(switches={"mapi_url_check": switch})
    assert shell.set(MAPI, InternalUrl="http://mail.contoso.com/mapi").done is http
    assert shell.set(MAPI, InternalUrl="https://mail.contoso.com/other").done is other_path
    assert shell.set(MAPI, InternalUrl="https://mail.contoso.com/mapi").done is exact


@pytest.mark.parametrize(
    ("value", "internal", "external"), [("mail.contoso.com", True, True), ("https://mail.contoso.com", True, False)]
)
def test_4_4_only_the_external_host_name_has_a_type(value, internal, external):
    shell = lab(switches={"oa_hostname_companions": "accept"})
    assert shell.set("OutlookAnywhere", InternalHostname=value).done is internal
    assert shell.set("OutlookAnywhere", ExternalHostname=value).done is external


@pytest.mark.parametrize(("switch", "has_property"), [("text", False), ("object", True)])
def test_4_4_host_names_on_the_wire(switch, has_property):
    shell = lab(switches={"oa_hostname_wire": switch})
    item = shell("Get-OutlookAnywhere", Server="EX1").raw[0]
    host = item["InternalHostname"]
    assert shell.get("OutlookAnywhere")["InternalHostname"] == "ex1.contoso.test"
    assert hasattr(host, "HostnameString") is has_property
