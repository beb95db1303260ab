# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules that OWA and ECP share (client-access-laws 2.1 to 2.3)."""

from __future__ import annotations

from ..change import Change
from .attributes import IIS, Attribute, many, methods

ECHO = {
    "BasicAuthentication": ("Basic",),
    "FormsAuthentication": ("Fba",),
    "WindowsAuthentication": ("Ntlm", "WindowsIntegrated"),
    "DigestAuthentication": ("Digest",),
    "AdfsAuthentication": ("Adfs",),
    "OAuthAuthentication": ("OAuth",),
}
OTHERS = (
    "BasicAuthentication",
    "FormsAuthentication",
    "WindowsAuthentication",
    "DigestAuthentication",
    "OAuthAuthentication",
)
NEEDED_BY_ADFS = ("AdfsIssuer", "AdfsAudienceUris", "AdfsSignCertificateThumbprints")

# Forms over Basic on the front end, Windows on the back end (client-access-laws 6.3).
FRESH_BOOLEANS = (
    *many("bool", IIS, lambda place: place.has_logon_page, "BasicAuthentication", "FormsAuthentication"),
    Attribute("WindowsAuthentication", "bool", IIS, lambda place: not place.has_logon_page),
    *many("bool", IIS, False, "DigestAuthentication", "AdfsAuthentication"),
)
FRESH_METHODS = methods(
    "InternalAuthenticationMethods",
    lambda place: ("Basic", "Fba") if place.has_logon_page else ("Ntlm", "WindowsIntegrated"),
)


def forms_bring_basic_along(change: Change) -> None:
    """Forms authentication is Basic under a logon page, and excludes Windows and Digest (client-access-laws 2.1)."""
    forms_wins = change.switches["fba_basic_one_call"] == "forms_wins"
    if change.named.get("FormsAuthentication") is True:
        against = [name for name in ("WindowsAuthentication", "DigestAuthentication") if change.named.get(name) is True]
        against += [name for name in ("BasicAuthentication",) if change.named.get(name) is False]
        if against and not forms_wins:
            change.refuse(f"FormsAuthentication can't be enabled together with this value of {', '.join(against)}.")
        change.force("BasicAuthentication", True)
        change.force("WindowsAuthentication", False)
        change.force("DigestAuthentication", False)
    elif change.named.get("FormsAuthentication") is False and change.named.get("BasicAuthentication") is True:
        if not forms_wins:
            change.refuse(
                "FormsAuthentication can't be disabled and BasicAuthentication enabled in one command. Disable "
                "FormsAuthentication first."
            )
        change.force("BasicAuthentication", False)
    elif change.after("FormsAuthentication") and not _fits_forms(change):
        change.refuse(
            "FormsAuthentication is enabled: it needs BasicAuthentication and excludes WindowsAuthentication and "
            "DigestAuthentication. Disable FormsAuthentication first."
        )


def _fits_forms(change: Change) -> bool:
    return bool(change.after("BasicAuthentication")) and not (
        change.after("WindowsAuthentication") or change.after("DigestAuthentication")
    )


def adfs_is_alone_and_in_order(change: Change) -> None:
    """ADFS excludes every other method, goes on at ECP first and off at OWA first (client-access-laws 2.2)."""
    wanted = change.named.get("AdfsAuthentication")
    others = [name for name in OTHERS if name in change.current and change.after(name)]
    if change.after("AdfsAuthentication") and others:
        change.refuse(
            f"AdfsAuthentication can't be enabled together with another method. Disable {', '.join(others)} in "
            "the same command."
        )
    if wanted is None or wanted == change.current["AdfsAuthentication"]:
        return
    if wanted and change.switches["adfs_needs_config"] == "refuse":
        known = change.world.directory.read(change.world.organization_config, change.domain_controller)
        missing = [name for name in NEEDED_BY_ADFS if not known[name]]
        if missing:
            change.refuse(f"AdfsAuthentication needs {', '.join(missing)} of the organization configuration.")
    first = "EcpVirtualDirectory" if wanted else "OwaVirtualDirectory"
    if change.noun == first:
        return
    sibling = change.sibling(first)
    if sibling is not None and sibling["AdfsAuthentication"] != wanted:
        text = f"AdfsAuthentication must be {'enabled' if wanted else 'disabled'} on the {first} first."
        if change.switches["adfs_order"] == "refuse":
            change.refuse(text)
        change.warn(text)


def owa_and_ecp_agree(change: Change) -> None:
    """A warning, not a refusal, when OWA and ECP are about to differ (client-access-laws 2.3)."""
    if change.switches["owa_ecp_warning"] == "silent":
        return
    mine, other = ("OWA", "ECP") if change.noun == "OwaVirtualDirectory" else ("ECP", "OWA")
    sibling = change.sibling("EcpVirtualDirectory" if mine == "OWA" else "OwaVirtualDirectory")
    if sibling is None:
        return
    if {"InternalUrl", "ExternalUrl"} & change.differing:
        change.warn(
            f"You've changed the InternalURL or ExternalURL for the {mine} virtual directory. Please make the same "
            "change "
            f"for the {other} virtual directory in the same website."
        )
    shared = [name for name in ECHO if name in sibling and name in change.current]
    if set(shared) & change.differing and any(change.after(name) != sibling[name] for name in shared):
        change.warn(
            f"The {mine} virtual directory and the {other} virtual directory in the same website should use the same "
            "authentication methods."
        )
