# SPDX-License-Identifier: GPL-3.0-or-later
"""Which names a certificate holds (law G6), and when its time is up (law G3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.certificate_names import holds
from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.certificate_validity import Validity
from ansible_collections.mailops.exchange.plugins.plugin_utils._findings.finding import Severity

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("mail.contoso.com", "mail.contoso.com"),
        ("MAIL.Contoso.com", "mail.contoso.COM"),
        ("mail.contoso.com", "mail.contoso.com."),
        ("mail.contoso.com.", "mail.contoso.com"),
        ("*.contoso.com", "mail.contoso.com"),
        ("*.CONTOSO.com", "Mail.contoso.com."),
        ("*.contoso.com", "xn--mnchen-3ya.contoso.com"),
        ("xn--mnchen-3ya.de", "münchen.de"),
        ("MÜNCHEN.de", "xn--mnchen-3ya.de"),
        ("ex1", "EX1"),
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "[2001:0db8:0::1]"),
    ],
)
def test_held(name: str, host: str) -> None:
    assert holds([name], host)
    assert holds(["other.example", name], host)


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("mail.contoso.com", "owa.contoso.com"),
        ("contoso.com", "mail.contoso.com"),
        ("*.contoso.com", "contoso.com"),
        ("*.contoso.com", ".contoso.com"),
        ("*.contoso.com", "a.mail.contoso.com"),
        ("*.contoso.com", "mail.contoso.net"),
        ("*.contoso.com", "mail.xcontoso.com"),
        ("m*.contoso.com", "mail.contoso.com"),
        ("*l.contoso.com", "mail.contoso.com"),
        ("mail.*.com", "mail.contoso.com"),
        ("*", "mail"),
        ("*.*.com", "mail.contoso.com"),
        ("*.0.2.1", "192.0.2.1"),
        ("192.0.2.1", "192.0.2.2"),
        ("mail.contoso.com", ""),
        ("", "mail.contoso.com"),
        ("", ""),
    ],
)
def test_not_held(name: str, host: str) -> None:
    assert not holds([name], host)


def test_no_names_hold_nothing() -> None:
    assert not holds([], "mail.contoso.com")


def validity(begins: float, ends: float) -> Validity:
    return Validity(NOW + timedelta(days=begins), NOW + timedelta(days=ends), NOW)


@pytest.mark.parametrize(
    ("begins", "ends", "urgency"),
    [
        (-400, -0.01, Severity.CRITICAL),
        (-400, 0, Severity.HIGH),
        (-400, 29.99, Severity.HIGH),
        (-400, 30, Severity.WARNING),
        (-400, 59.99, Severity.WARNING),
        (-400, 60, None),
        (-169, 31, Severity.HIGH),  # 200 days: a sixth are 33.3
        (-171, 29.5, Severity.HIGH),  # more than 200 days: 30
        (-150.1, 29.9, Severity.HIGH),  # 180 days: a sixth are 30
        (-149.9, 30.1, Severity.WARNING),
        (-120.1, 59.9, Severity.WARNING),  # and a third are 60
        (-119.9, 60.1, None),
        (-39.3, 7.7, Severity.HIGH),  # 47 days
        (-38, 9, Severity.WARNING),
        (-31, 16, None),
    ],
)
def test_urgency(begins: float, ends: float, urgency: Severity | None) -> None:
    assert validity(begins, ends).urgency == urgency


def test_a_certificate_is_valid_from_its_beginning_to_its_end_inclusive() -> None:
    cases = [(0, 1), (-1, 0), (0.01, 1), (-1, -0.01)]
    assert [validity(*case).current for case in cases] == [True, True, False, False]


def test_days_left_are_those_of_the_calendar_whatever_the_hour() -> None:
    assert [validity(-1, ends).days_left for ends in (1.9, 0.9, 0, -0.1)] == [1, 0, 0, -1]
    for hour in (0, 23):
        now = NOW + timedelta(hours=hour)
        assert Validity(NOW, NOW + timedelta(days=5, hours=12), now).days_left == 5
    east = datetime(2026, 11, 21, 1, tzinfo=timezone(timedelta(hours=2)))  # the 20th in UTC
    assert Validity(NOW, NOW + timedelta(days=5), east).days_left == 6


@pytest.mark.parametrize("text", ["tomorrow", "2026-11-21T00:00:00", ""])
def test_a_time_needs_a_zone(text: str) -> None:
    with pytest.raises(ValueError):
        Validity.of("2026-11-21T00:00:00Z", text, NOW)
