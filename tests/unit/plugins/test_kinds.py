# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of values: what a user may write, what a server's value means, what is the same, what is sent."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mailops.exchange.plugins.plugin_utils._converge.kinds import (
    Bool,
    Caseless,
    Enum,
    EnumList,
    HostName,
    Int,
    Kind,
    Many,
    Refused,
    Text,
    Url,
)
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.outlook_provider import PrincipalName

OWA_URL = Url(path="/owa", clearable=True)
AUTODISCOVER_URL = Url(path="/Autodiscover/Autodiscover.xml")
POWERSHELL_URL = Url(path="/powershell", schemes=("http", "https"))
LEVELS = Enum(values=("Off", "Low", "High"))
METHODS = EnumList(values=("Basic", "Ntlm", "OAuth"), clearable=True)
FLAGS = EnumList(values=("None", "Proxy", "NoServiceNameCheck"), empty_word="None", clearable=True)

SAME: list[tuple[Kind, Any, Any]] = [
    (Text(), "Blue", "Blue"),
    (Text(clearable=True), "", None),
    (Text(clearable=True), "", ""),
    (Caseless(), "ABCDEF", "abcdef"),
    (Bool(), True, "True"),
    (Bool(), False, False),
    (Int(), 60, "60"),
    (LEVELS, "High", "high"),
    (METHODS, ["Basic", "Ntlm"], ["NTLM", "Basic"]),
    (METHODS, ["Basic", "Ntlm"], "Ntlm, Basic"),
    (METHODS, [], None),
    (METHODS, [], []),
    (FLAGS, ["None"], []),
    (FLAGS, [], ["None"]),
    (FLAGS, [], "None"),
    (Many(clearable=True), ["HTTP/b", "HTTP/a"], ["http/A", "HTTP/b"]),
    (HostName(), "mail.contoso.com", "Mail.Contoso.COM"),
    (HostName(clearable=True), "", None),
    (OWA_URL, "https://mail.contoso.com/owa", "https://mail.contoso.com/owa"),
    (OWA_URL, "https://mail.contoso.com/owa", "HTTPS://MAIL.contoso.com:443/OWA/"),
    (OWA_URL, "https://münchen.example/owa", "https://xn--mnchen-3ya.example/owa"),
    (OWA_URL, "https://[2001:db8::1]/owa", "https://[2001:DB8::1]/owa"),
    (OWA_URL, "", None),
    (POWERSHELL_URL, "http://ex1.contoso.com/powershell", "http://ex1.contoso.com:80/PowerShell"),
    (PrincipalName(), "msstd:mail.contoso.com", "MSSTD:Mail.contoso.com"),
]
DIFFERENT: list[tuple[Kind, Any, Any]] = [
    (Text(), "Blue", "blue"),
    (Text(), "Blue", None),
    (Caseless(), "ABCDEF", "abcdee"),
    (Bool(), True, False),
    (Bool(), False, None),
    (Int(), 60, 61),
    (Int(), 0, None),
    (LEVELS, "High", "Low"),
    (METHODS, ["Basic"], ["Basic", "Ntlm"]),
    (METHODS, ["Basic", "Ntlm"], ["Basic"]),
    (METHODS, [], ["Basic"]),
    (FLAGS, ["Proxy"], []),
    (Many(), ["HTTP/a"], ["HTTP/b"]),
    (HostName(), "mail.contoso.com", "mail.contoso.test"),
    (HostName(), "mail.contoso.com", None),
    (OWA_URL, "https://mail.contoso.com/owa", "http://mail.contoso.com/owa"),
    (OWA_URL, "https://mail.contoso.com/owa", "https://mail.contoso.test/owa"),
    (OWA_URL, "https://mail.contoso.com/owa", "https://mail.contoso.com:8443/owa"),
    (OWA_URL, "https://mail.contoso.com/owa", "https://mail.contoso.com/owa2"),
    (OWA_URL, "https://mail.contoso.com/owa", "https://mail.contoso.com/owa?x=1"),
    (OWA_URL, "https://mail.contoso.com/owa", "https://mail.contoso.com:port/owa"),
    (OWA_URL, "https://mail.contoso.com/owa", None),
    (OWA_URL, "", "https://mail.contoso.com/owa"),
    (PrincipalName(), "none", None),
]


@pytest.mark.parametrize(("kind", "wanted", "received"), SAME)
def test_these_mean_the_same(kind: Kind, wanted: Any, received: Any) -> None:
    assert kind.same(kind.parse(wanted), kind.read(received))


@pytest.mark.parametrize(("kind", "wanted", "received"), DIFFERENT)
def test_these_differ(kind: Kind, wanted: Any, received: Any) -> None:
    assert not kind.same(kind.parse(wanted), kind.read(received))


BAD: list[tuple[Kind, Any, str]] = [
    (Text(), "", "cannot be cleared"),
    (LEVELS, "", "cannot be cleared"),
    (LEVELS, "Medium", "must be one of Off, Low, High"),
    (Many(), [], "cannot be cleared"),
    (Many(), ["", None], "cannot be cleared"),
    (METHODS, ["Basic", "Kerberos5"], "must be one of Basic, Ntlm, OAuth"),
    (Int(minimum=1, maximum=10), 0, "between 1 and 10"),
    (Int(minimum=1, maximum=10), 11, "between 1 and 10"),
    (Int(), 2**31, "between 0 and 2147483647"),
    (HostName(), "", "cannot be cleared"),
    (HostName(), "https://mail.contoso.com", "not a URL"),
    (HostName(), "mail.contoso.com/owa", "not a URL"),
    (HostName(), "mail.contoso.com:443", "not a URL"),
    (HostName(), "*.contoso.com", "wildcard"),
    (HostName(), "mail.contoso.com.", "ends in a dot"),
    (HostName(), "mail contoso", "no valid host name"),
    (HostName(), "-mail.contoso.com", "no valid host name"),
    (HostName(), "mail..com", "no valid host name"),
    (HostName(), "a" * 64 + ".com", "no valid host name"),
    (HostName(), ".".join(["a" * 60] * 5), "no valid host name"),
    (HostName(), "mail.contoso.com\n", "no valid host name"),
    (AUTODISCOVER_URL, "", "cannot be cleared"),
    (OWA_URL, "mail.contoso.com/owa", "must be a full https URL"),
    (OWA_URL, "//mail.contoso.com/owa", "must be a full https URL"),
    (OWA_URL, "/owa", "must be a full https URL"),
    (OWA_URL, "http://mail.contoso.com/owa", "must be a full https URL"),
    (OWA_URL, "ftp://mail.contoso.com/owa", "must be a full https URL"),
    (OWA_URL, "https:///owa", "must be a full https URL"),
    (OWA_URL, "https://mail.contoso.com", "path ''"),
    (OWA_URL, "https://mail.contoso.com/ews", "path '/ews'"),
    (OWA_URL, "https://mail.contoso.com/owa/../ecp", "path '/owa/../ecp'"),
    (OWA_URL, "https://mail.contoso.com/owa?a=b", "query"),
    (OWA_URL, "https://mail.contoso.com/owa?", "query"),
    (OWA_URL, "https://mail.contoso.com/owa#top", "fragment"),
    (OWA_URL, "https://mail.contoso.com:0/owa", "port 0"),
    (OWA_URL, "https://mail.contoso.com:99999/owa", "is not a URL"),
    (OWA_URL, "https://mail.contoso.com:https/owa", "is not a URL"),
    (OWA_URL, "https://[mail]/owa", "is not a URL"),
    (OWA_URL, "https://mail.contoso.com /owa", "spaces"),
    (OWA_URL, "https://mail.contoso.com/owa\n", "spaces"),
    (OWA_URL, "https:\\\\mail.contoso.com\\owa", "backslashes"),
    (OWA_URL, "https://*.contoso.com/owa", "wildcard"),
    (OWA_URL, "https://mail.contoso.com./owa", "ends in a dot"),
    (OWA_URL, "https://joe:topsecret@mail.contoso.com/owa", "user or a password"),
    (OWA_URL, "https://joe@mail.contoso.com/owa", "user or a password"),
    (OWA_URL, "https://@mail.contoso.com/owa", "user or a password"),
    (PrincipalName(), "mail.contoso.com", "msstd:mail.contoso.com"),
    (PrincipalName(), "msstd:*", "msstd:mail.contoso.com"),
    (PrincipalName(), "msstd:a.*.com", "msstd:mail.contoso.com"),
    (PrincipalName(), "msstd:", "msstd:mail.contoso.com"),
]


@pytest.mark.parametrize(("kind", "wanted", "says"), BAD)
def test_bad_values_are_refused_with_the_cure(kind: Kind, wanted: Any, says: str) -> None:
    with pytest.raises(Refused) as refused:
        kind.parse(wanted)
    assert says in str(refused.value)
    assert "topsecret" not in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "wanted", "sent"),
    [
        (Text(clearable=True), "", None),
        (Text(), "Blue", "Blue"),
        (Bool(), False, False),
        (Int(), "17", 17),
        (LEVELS, "hIGH", "High"),
        (METHODS, ["oauth", "BASIC"], ["OAuth", "Basic"]),
        (METHODS, [], None),
        (FLAGS, [], ["None"]),
        (FLAGS, ["None"], ["None"]),
        (FLAGS, ["proxy"], ["Proxy"]),
        (Many(clearable=True), [], None),
        (Many(), ["one"], ["one"]),
        (HostName(clearable=True), "", None),
        (OWA_URL, "", None),
        (OWA_URL, "https://Mail.contoso.com/OWA", "https://Mail.contoso.com/OWA"),
    ],
)
def test_what_is_sent(kind: Kind, wanted: Any, sent: Any) -> None:
    assert kind.send(kind.parse(wanted)) == sent


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (OWA_URL, "https://10.0.0.1/owa", "an address"),
        (OWA_URL, "https://mail/owa", "short name"),
        (OWA_URL, "https://my_mail.contoso.com/owa", "underscore"),
        (OWA_URL, "https://mail.contoso.com:8443/owa", "port 8443"),
        (HostName(), "mail", "short name"),
    ],
)
def test_what_is_seldom_meant_gets_advice(kind: Kind, value: str, words: str) -> None:
    assert words in " ".join(kind.advice(kind.parse(value)))


@pytest.mark.parametrize("value", ["https://mail.contoso.com/owa", "https://mail.contoso.com:443/owa"])
def test_the_usual_gets_no_advice(value: str) -> None:
    assert OWA_URL.advice(OWA_URL.parse(value)) == []


@pytest.mark.parametrize("kind", [Bool(), Text(), HostName(), OWA_URL, LEVELS, Caseless()])
def test_nothing_reads_as_nothing(kind: Kind) -> None:
    assert kind.read(None) is None
