# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that several nouns share."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..change import Change

DATA_VALIDATION = "Microsoft.Exchange.Data.DataValidationException"


def gzip_level_is_no_error(change: Change) -> None:
    """Error is a state that is read, never set (client-access-laws 1.1)."""
    if change.named.get("GzipLevel") == "Error":
        change.refuse("GzipLevel can't be set to Error.", "System.ArgumentException", category="InvalidArgument")


def failback_url_is_another(change: Change) -> None:
    """FailbackUrl must differ from ExternalUrl (client-access-laws 2.9)."""
    failback = change.after("FailbackUrl")
    if (
        failback
        and {"FailbackUrl", "ExternalUrl"} & set(change.named)
        and _plain(failback) == _plain(change.after("ExternalUrl"))
    ):
        change.refuse(
            "FailbackUrl can't be the same as ExternalUrl.", "System.ArgumentException", category="InvalidArgument"
        )


def protection_is_consistent(change: Change) -> None:
    """What the flags of Extended Protection need and exclude (client-access-laws 1.0)."""
    if not {"ExtendedProtectionFlags", "ExtendedProtectionSPNList"} & set(change.named):
        return
    flags, names = change.after("ExtendedProtectionFlags"), change.after("ExtendedProtectionSPNList")
    if "None" in flags:
        if len(flags) > 1:
            change.refuse("ExtendedProtectionFlags can't hold None together with another value.")
        change.force("ExtendedProtectionFlags", ())
        flags = ()
    if "Proxy" in flags and not names:
        change.refuse("ExtendedProtectionFlags holds Proxy, so ExtendedProtectionSPNList can't be empty.")
    dotless = [name for name in names if "." not in name.partition("/")[2]]
    if dotless and "AllowDotlessSPN" not in flags:
        change.refuse(f"ExtendedProtectionSPNList holds '{dotless[0]}', which needs the flag AllowDotlessSPN.")


def urls_are_absolute(change: Change) -> None:
    """What is stored of a URL that binds to System.Uri (client-access-laws 4.1, 4.2)."""
    for name, value in change.named_of_kind("url").items():
        if not value:
            continue
        if "://" not in value and change.switches["relative_url"] == "refuse":
            change.refuse(
                f"The value '{value}' of {name} isn't an absolute URL.", DATA_VALIDATION, category="InvalidData"
            )
        if (
            change.switches["uri_trailing_slash"] == "add_for_empty_path"
            and urlsplit(value).path == ""
            and "://" in value
        ):
            change.force(name, value + "/")


def cleared_hosts_may_read_empty(change: Change) -> None:
    """A cleared host name reads null or as empty text (client-access-laws 1.1, seen in a recorded object)."""
    if change.switches["clear_host_reads"] == "null":
        return
    for name, value in change.named_of_kind("host").items():
        if value is None:
            change.force(name, "")


def _plain(url: str | None) -> str:
    return (url or "").rstrip("/").lower()
