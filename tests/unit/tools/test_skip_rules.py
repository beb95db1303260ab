# SPDX-License-Identifier: GPL-3.0-or-later
"""A skip that would hide something in CI is a failure; elsewhere it stays a skip."""

from __future__ import annotations

import pytest
import skip_rules

MARKED_TEST = """
    import pytest

    @pytest.mark.{marker}
    @pytest.mark.skipif(True, reason="no captures here")
    def test_it():
        pass
"""
SKIPPED_MODULE = """
    import pytest

    pytest.skip("nothing here", allow_module_level=True)
"""


@pytest.fixture
def outcomes(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch):
    """Run one test module under the plugin, with these environment variables set and the others unset."""
    pytester.makeini("[pytest]\nmarkers =\n    must_run\n    kerberos\n    haproxy\n    other\n")

    def run(source: str, **environment: str) -> dict[str, int]:
        for name in ("CI", "MAILOPS_REQUIRE_KERBEROS", "MAILOPS_REQUIRE_HAPROXY"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        pytester.makepyfile(source)
        return pytester.runpytest_inprocess("-p", "skip_rules").parseoutcomes()

    return run


@pytest.mark.parametrize(
    ("marker", "environment", "expected"),
    [
        ("must_run", {}, {"skipped": 1}),
        ("must_run", {"CI": "true"}, {"errors": 1}),
        ("other", {"CI": "true"}, {"skipped": 1}),
        ("must_run", {"MAILOPS_REQUIRE_KERBEROS": "1"}, {"skipped": 1}),
        ("kerberos", {"CI": "true"}, {"skipped": 1}),
        ("kerberos", {"MAILOPS_REQUIRE_KERBEROS": "1"}, {"errors": 1}),
        ("haproxy", {"CI": "true"}, {"skipped": 1}),
        ("haproxy", {"MAILOPS_REQUIRE_HAPROXY": "1"}, {"errors": 1}),
    ],
)
def test_skips_count_as_failures_only_where_they_must(outcomes, marker, environment, expected):
    assert outcomes(MARKED_TEST.format(marker=marker), **environment) == expected


def test_a_skipped_module_is_refused_in_ci_only(outcomes):
    assert outcomes(SKIPPED_MODULE) == {"skipped": 1}
    assert outcomes(SKIPPED_MODULE, CI="true") == {"errors": 1}


def test_an_expected_failure_is_no_skip(outcomes):
    source = "import pytest\n\n@pytest.mark.must_run\n@pytest.mark.xfail\ndef test_it():\n    assert False\n"
    assert outcomes(source, CI="true") == {"xfailed": 1}


def test_kerberos_tests_are_skipped_where_a_part_is_missing(outcomes, monkeypatch):
    monkeypatch.setattr(skip_rules, "missing_kerberos_parts", lambda: ["krb5kdc"])
    source = "import pytest\n\n@pytest.mark.kerberos\ndef test_it():\n    pass\n"
    assert outcomes(source) == {"skipped": 1}
    assert outcomes(source, MAILOPS_REQUIRE_KERBEROS="1") == {"errors": 1}


def test_haproxy_tests_are_skipped_where_it_is_missing(outcomes, monkeypatch):
    monkeypatch.setattr(skip_rules.haproxy, "program", lambda: None)
    source = "import pytest\n\n@pytest.mark.haproxy\ndef test_it():\n    pass\n"
    assert outcomes(source) == {"skipped": 1}
    assert outcomes(source, MAILOPS_REQUIRE_HAPROXY="1") == {"errors": 1}
