# SPDX-License-Identifier: GPL-3.0-or-later
"""MapiVirtualDirectory (client-access-laws 1.5, 2.4)."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..change import Change
from .attributes import IIS, Noun, enums, extended_protection, methods, places, urls
from .rules import DATA_VALIDATION

METHODS = ("Ntlm", "OAuth", "Negotiate")
URLS = ("InternalUrl", "ExternalUrl")


def urls_are_as_the_page_says(change: Change) -> None:
    """https, perhaps with the one path that the page allows (client-access-laws 4.2, switch)."""
    check = change.switches["mapi_url_check"]
    for name in URLS:
        url = change.named.get(name)
        if not url or check == "none":
            continue
        parts = urlsplit(url)
        exact = parts.path.rstrip("/").lower() == "/mapi" and not parts.port and not parts.query
        if parts.scheme.lower() != "https" or (check == "exact_path" and not exact):
            change.refuse(
                f"{name} must be https://<host name>/mapi, not '{url}'.", DATA_VALIDATION, category="InvalidData"
            )


def urls_may_need_methods(change: Change) -> None:
    """The page wants IISAuthenticationMethods beside a URL; practice does not (client-access-laws 2.4, switch)."""
    urls_named = [name for name in URLS if name in change.named]
    if (
        urls_named
        and "IISAuthenticationMethods" not in change.named
        and change.switches["mapi_url_needs_auth"] == "refuse"
    ):
        change.refuse(f"{urls_named[0]} needs IISAuthenticationMethods in the same command.")


def lists_follow_iis(change: Change) -> None:
    """Both lists in AD repeat IISAuthenticationMethods (client-access-laws 1.5)."""
    if "IISAuthenticationMethods" not in change.differing:
        return
    shown = change.wanted["IISAuthenticationMethods"]
    change.force("InternalAuthenticationMethods", shown)
    if change.switches["external_methods_follow"] == "ews_oab_mapi_follow":
        change.force("ExternalAuthenticationMethods", shown)


MAPI = Noun(
    name="MapiVirtualDirectory",
    directory="mapi",
    object_class="msExchMapiVirtualDirectory",
    category="ms-Exch-Mapi-Virtual-Directory",
    type_name="ADMapiVirtualDirectory",
    first_build=(15, 0, 847),  # 2013 SP1
    back_end=False,
    rules=(urls_are_as_the_page_says, urls_may_need_methods, lists_follow_iis),
    attributes=(
        enums("IISAuthenticationMethods", "AuthenticationMethod", IIS, METHODS),
        methods("InternalAuthenticationMethods", METHODS),
        methods("ExternalAuthenticationMethods", METHODS),
        *places("mapi"),
        *extended_protection("Require", "Require"),
        *urls("/mapi"),
    ),
)
