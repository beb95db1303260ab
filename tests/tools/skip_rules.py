# SPDX-License-Identifier: GPL-3.0-or-later
"""A pytest plugin: which tests may be skipped, and when skipping is a failure.

- ``must_run`` tests (contract, laws, captures) fail instead of being skipped where CI is set.
- ``kerberos`` tests are skipped where parts of Kerberos are absent, and fail instead where
  MAILOPS_REQUIRE_KERBEROS is set (by .ci/run, once it has installed them).
- ``haproxy`` tests are skipped where HAProxy is not installed, and fail instead where MAILOPS_REQUIRE_HAPROXY is set
  (by .ci/run, where it can install packages).
- Where CI is set no whole module may skip itself: its ``must_run`` tests would vanish unseen.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Generator
from typing import Any

import haproxy
import pytest

KERBEROS_PROGRAMS = ("krb5kdc", "kdb5_util", "kadmin.local", "kinit")
KERBEROS_PACKAGES = ("gssapi", "krb5")


def missing_kerberos_parts() -> list[str]:
    """Return the names of the programs and Python packages that Kerberos tests need and that are absent."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    programs = [name for name in KERBEROS_PROGRAMS if shutil.which(name, path=path) is None]
    packages = [name for name in KERBEROS_PACKAGES if importlib.util.find_spec(name) is None]
    return programs + packages


def refusal_to_skip(item: pytest.Item) -> str | None:
    """Return why this test must not be skipped here, or None where it may be."""
    if os.environ.get("CI") and item.get_closest_marker("must_run"):
        return "contract, law and capture tests must run in CI"
    if os.environ.get("MAILOPS_REQUIRE_KERBEROS") and item.get_closest_marker("kerberos"):
        return "Kerberos tests must run where MAILOPS_REQUIRE_KERBEROS is set"
    if os.environ.get("MAILOPS_REQUIRE_HAPROXY") and item.get_closest_marker("haproxy"):
        return "HAProxy tests must run where MAILOPS_REQUIRE_HAPROXY is set"
    return None


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("kerberos") and (missing := missing_kerberos_parts()):
        pytest.skip(f"Kerberos needs {', '.join(missing)}: see bindep.txt and run make kerberos")
    if item.get_closest_marker("haproxy") and not haproxy.program():
        pytest.skip("nothing was tried behind a load balancer: HAProxy is not installed (bindep.txt)")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    expected_failure = hasattr(report, "wasxfail")
    if report.skipped and not expected_failure and (refusal := refusal_to_skip(item)):
        fail(report, f"skipped, but {refusal}")
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.skipped and os.environ.get("CI"):
        fail(report, "a whole module is skipped, which CI forbids: skip its tests by markers")
    return report


def fail(report: Any, sentence: str) -> None:
    """Turn a skipped report into a failed one; the reason of the skip stays in it."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"{report.nodeid}: {sentence}. {reason}"


if __name__ == "__main__":  # for .ci/run: says what is missing, by name
    sys.exit(", ".join(missing_kerberos_parts()) or None)
