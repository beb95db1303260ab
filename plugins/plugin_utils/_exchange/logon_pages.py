# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How users log on to Outlook on the web and the admin center, and what binds both (client-access-laws 2.1 to 2.3)."""

from __future__ import annotations

from collections.abc import Mapping

from .._converge.kinds import host_of
from .._converge.proposal import Proposal

LOGON_METHODS = (
    "basic_authentication",
    "forms_authentication",
    "windows_authentication",
    "digest_authentication",
    "adfs_authentication",
    "oauth_authentication",
)
"""How users log on to Outlook on the web and the admin center."""


# One directory


def forms_authentication_brings_basic(proposal: Proposal) -> None:
    """2.1: forms on sets Basic on and Digest and Windows off by itself; another wish for these contradicts it."""
    if not proposal.known("forms_authentication") or not proposal.target("forms_authentication"):
        return
    for option, value in (
        ("basic_authentication", True),
        ("windows_authentication", False),
        ("digest_authentication", False),
    ):
        if proposal.given(option) and proposal.target(option) is not value:
            proposal.refuse(
                option,
                f"cannot be {str(not value).lower()} together with forms_authentication",
                "Leave one of the two out, or turn forms_authentication off.",
            )
        if proposal.given("forms_authentication") and not proposal.given(option):
            proposal.imply(option, value, "forms_authentication")


def forms_off_goes_first(proposal: Proposal) -> None:
    """2.1: forms off and Basic on are refused in one call; two calls, forms off first."""
    if (
        proposal.given("forms_authentication")
        and not proposal.target("forms_authentication")
        and proposal.changes_option("forms_authentication")
        and proposal.target("basic_authentication")
        and proposal.given("basic_authentication")
    ):
        proposal.first({"forms_authentication": False})


def adfs_excludes_the_others(proposal: Proposal) -> None:
    """2.2: AD FS on switches every other method of the directory off in the same call."""
    if not proposal.given("adfs_authentication") or not proposal.target("adfs_authentication"):
        return
    for option in (
        "basic_authentication",
        "digest_authentication",
        "forms_authentication",
        "windows_authentication",
        "oauth_authentication",
    ):
        if proposal.given(option) and proposal.target(option):
            proposal.refuse(option, "cannot be true together with adfs_authentication", "Leave one of the two out.")
        if not proposal.given(option) and proposal.known(option):
            proposal.imply(option, False, "adfs_authentication")


LOGON_RULES = (adfs_excludes_the_others, forms_authentication_brings_basic, forms_off_goes_first)


# The two of them

ORDERED_METHODS = ("adfs_authentication", "oauth_authentication")
"""They go on in the admin center first (2.2). A new directory has them off."""


def logon_methods_agree(proposals: Mapping[str, Proposal]) -> None:
    """2.2 and 2.3: AD FS goes on in the admin center first and off there last; different methods make logons loop."""
    if not {"owa", "ecp"} <= proposals.keys():
        return
    owa, ecp = proposals["owa"], proposals["ecp"]
    for option in ORDERED_METHODS:
        _refuse_wrong_order(owa, ecp, option)
    apart = [
        option
        for option in LOGON_METHODS
        if owa.known(option) and ecp.known(option) and bool(owa.target(option)) != bool(ecp.target(option))
    ]
    if apart and (owa.resource.wish or ecp.resource.wish):
        owa.warn(
            f"its {', '.join(apart)} will differ from the admin center's, which makes logons loop; set both alike."
        )


def _refuse_wrong_order(owa: Proposal, ecp: Proposal, option: str) -> None:
    if not (owa.known(option) and ecp.known(option)):
        return
    if owa.changes_option(option) and owa.target(option) and not ecp.target(option):
        owa.refuse(option, "must be on in the Exchange admin center first", "Set it there too.")
    if ecp.changes_option(option) and not ecp.target(option) and owa.target(option):
        ecp.refuse(option, "must be off in Outlook on the web first", "Set it there too.")


def writing_order(proposals: Mapping[str, Proposal]) -> list[str]:
    """2.2: the admin center before Outlook on the web, except where a method goes off."""
    labels = list(proposals)
    if not {"owa", "ecp"} <= proposals.keys():
        return labels
    goes_off = any(
        proposals["owa"].known(option)
        and proposals["owa"].changes_option(option)
        and not proposals["owa"].target(option)
        for option in ORDERED_METHODS
    )
    first, second = ("owa", "ecp") if goes_off else ("ecp", "owa")
    return [first, second, *(label for label in labels if label not in (first, second))]


def logon_pages_stay_together(proposals: Mapping[str, Proposal]) -> None:
    """Section 5, preflight: hosts of both logon pages must not differ, nor forms be on for one only."""
    if not {"owa", "ecp"} <= proposals.keys():
        return
    owa, ecp = proposals["owa"], proposals["ecp"]
    for option in ("internal_url", "external_url"):
        ours, theirs = owa.target(option), ecp.target(option)
        changing = owa.changes_option(option) or ecp.changes_option(option)
        if changing and ours and theirs and host_of(ours) != host_of(theirs):
            owa.refuse(
                option,
                f"would have the host {host_of(ours)} and that of the admin center {host_of(theirs)}, so the options "
                "page would not open",
                "Give both the same namespace.",
            )
    forms = "forms_authentication"
    if not (owa.known(forms) and ecp.known(forms)):
        return
    if owa.target(forms) != ecp.target(forms) and (owa.changes_option(forms) or ecp.changes_option(forms)):
        owa.refuse(forms, "would be on for only one of Outlook on the web and the admin center", "Set both alike.")
