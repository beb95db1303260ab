# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extended Protection as every directory has it (client-access-laws 1.0)."""

from __future__ import annotations

from .._converge.kinds import Enum, EnumList, Many
from .._converge.proposal import Proposal
from .._converge.setting import Setting

EXTENDED_PROTECTION = (
    Setting(
        "ExtendedProtectionTokenChecking",
        Enum(values=("None", "Allow", "Require")),
        "Extended Protection: whether channel binding tokens are checked.",
        full_read=True,
    ),
    Setting(
        "ExtendedProtectionFlags",
        EnumList(
            values=("None", "Proxy", "NoServiceNameCheck", "AllowDotlessSPN", "ProxyCoHosting"),
            empty_word="None",
            clearable=True,
        ),
        "Extended Protection: how tokens are checked. The list is replaced.",
        full_read=True,
    ),
    Setting(
        "ExtendedProtectionSPNList",
        Many(clearable=True),
        "Extended Protection: service principal names that are accepted beside the server's. The list is replaced.",
        full_read=True,
    ),
)


def protection_flags_are_consistent(proposal: Proposal) -> None:
    """1.0: None with another flag is invalid, Proxy needs a name, a short name needs AllowDotlessSPN."""
    if not (proposal.given("extended_protection_flags") or proposal.given("extended_protection_spn_list")):
        return
    flags = {flag.lower() for flag in proposal.target("extended_protection_flags")}
    names = proposal.target("extended_protection_spn_list")
    if "none" in flags and len(flags) > 1:
        proposal.refuse("extended_protection_flags", "holds None beside another flag", "Leave None out.")
    if flags & {"proxy", "proxycohosting"} and not names:
        proposal.refuse("extended_protection_flags", "Proxy needs a name", "Set extended_protection_spn_list as well.")
    for name in names:
        if "/" not in name:
            proposal.refuse(
                "extended_protection_spn_list", f"'{name}' is not of the form HTTP/name", "Write HTTP/name."
            )
        if "." not in name and "allowdotlessspn" not in flags:
            proposal.refuse(
                "extended_protection_spn_list", f"'{name}' is a short name", "Add the flag AllowDotlessSPN."
            )
