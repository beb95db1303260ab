# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that several nouns share."""
from __future__ import annotations

from ..change import Change


def gzip_level_is_no_error(change: Change) -> None:
    """Error is a state that is read, never set (client-access-laws 1.1)."""
    if change.named.get("GzipLevel") == "Error":
        change.refuse("GzipLevel can't be set to Error.", "System.ArgumentException", category="InvalidArgument")


def failback_url_is_another(change: Change) -> None:
    """FailbackUrl must differ from ExternalUrl (client-access-laws 2.9)."""
    failback = change.after("FailbackUrl")
    if failback and {"FailbackUrl", "ExternalUrl"} & set(change.named) and _plain(failback) == _plain(change.after("ExternalUrl")):
        change.refuse("FailbackUrl can't be the same as ExternalUrl.", "System.ArgumentException", category="InvalidArgument")


def protection_is_consistent(change: Change) -> None:
    """What the flags of Extended Protection need and exclude (client-access-laws 1.0)."""
    if not {"ExtendedProtectionFlags", "ExtendedProtectionSPNList"} & set(change.named):
        return
    flags, names = change.after("ExtendedProtectionFlags"), change.after("ExtendedProtectionSPNList")
    if "None" in flags:
        if len(flags) > 1:
            change.refuse("ExtendedProtectionFlags can't hold None together with another value.")
        change.force("ExtendedProtectionFlags", ())
    if "Proxy" in flags and not names:
        change.refuse("ExtendedProtectionFlags holds Proxy, so ExtendedProtectionSPNList can't be empty.")
    dotless = [name for name in names if "." not in name.partition("/")[2]]
    if dotless and "AllowDotlessSPN" not in flags:
        change.refuse(f"ExtendedProtectionSPNList holds '{dotless[0]}', which needs the flag AllowDotlessSPN.")


def _plain(url: str | None) -> str:
    return (url or "").rstrip("/").lower()
