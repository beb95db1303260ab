# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client access settings of the whole organization (Set-OrganizationConfig; client-access-laws 1.9, 2.10)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._converge.kinds import Bool, Caseless, Enum, Kind, Many, Refused, Url
from .._converge.noun import Noun
from .._converge.proposal import Proposal
from .._converge.resource import Resource
from .._converge.setting import Setting
from .._remoting.command import Command
from .._remoting.errors import BadInput, ObjectMissing
from .._remoting.record import Record
from .._remoting.session import Reply
from .._run.runner import Runner
from .client_readiness import download_problem, mapi_problem
from .servers import Server, has_wildcards
from .thumbprints import is_thumbprint, normalized_thumbprint
from .versions import Product
from .virtual_directories import MAPI, OWA
from .virtual_directory import VirtualDirectory

LABEL = "organization_config"
LIST_OF_POLICY = {"EnforceAllowList": "ews_allow_list", "EnforceBlockList": "ews_block_list"}
_THREE = {"true": True, "false": False, "unset": None}
_TIME_SPAN = re.compile(r"(\d{1,2}):([0-5]\d):([0-5]\d)\Z")


@dataclass(frozen=True)
class TriState(Kind):
    """True, false, or not configured, which Exchange writes $null and which is a value of its own."""

    def parse(self, wanted: Any) -> Any:
        word = str(wanted).lower()
        if word not in _THREE:
            raise Refused(f"must be one of {', '.join(_THREE)}")
        return _THREE[word]

    def read(self, received: Any) -> Any:
        return Bool().read(received)

    @property
    def choices(self) -> tuple[str, ...]:
        return tuple(_THREE)


@dataclass(frozen=True)
class TimeSpan(Kind):
    """A time of the form hh:mm:ss within bounds, in seconds."""

    minimum: int = 0
    maximum: int = 24 * 3600 - 1

    def parse(self, wanted: Any) -> Any:
        found = _TIME_SPAN.match(str(wanted))
        if found is None:
            raise Refused('must be hours, minutes and seconds in quotation marks, such as "06:00:00"')
        hours, minutes, seconds = map(int, found.groups())
        if not self.minimum <= (hours * 60 + minutes) * 60 + seconds <= self.maximum:
            raise Refused(f"must lie between {_clock(self.minimum)} and {_clock(self.maximum)}")
        return f"{hours:02}:{minutes:02}:{seconds:02}"


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


@dataclass(frozen=True)
class TextUrl(Url):
    """A URL that the server keeps as text."""


@dataclass(frozen=True)
class Audiences(Many):
    """URLs that AD FS knows Exchange by. They are compared exactly, trailing slash included (4.1)."""

    def item(self, wanted: Any) -> str:
        return str(Url(path="").parse(wanted))

    def key(self, value: Any) -> Any:
        return frozenset(value or ())

    def advice(self, value: Any) -> list[str]:
        return [
            f"holds {entry} without a slash at its end, which is another audience than with it"
            for entry in value
            if not entry.endswith("/")
        ]


@dataclass(frozen=True)
class Thumbprints(Many):
    """SHA-1 thumbprints of certificates."""

    def item(self, wanted: Any) -> str:
        thumbprint = normalized_thumbprint(str(wanted))
        if not is_thumbprint(thumbprint):
            raise Refused(f"holds '{str(wanted)[:60]}', which is no thumbprint of 40 hexadecimal digits")
        return thumbprint


@dataclass(frozen=True)
class PolicyName(Caseless):
    """One authentication policy."""

    def parse(self, wanted: Any) -> Any:
        value = super().parse(wanted)
        if value and has_wildcards(value):
            raise Refused("holds wildcards; name one policy")
        return value


# Rules


def lists_count_under_their_policy(proposal: Proposal) -> None:
    """1.9: a list is heeded while its policy holds. The two are never sent together."""
    policy = "ews_application_access_policy"
    for needed, option in LIST_OF_POLICY.items():
        if proposal.given(option) and proposal.target(option) and proposal.target(policy) != needed:
            proposal.refuse(
                option,
                f"counts only while {policy} is {needed}",
                "Set that as well, or leave the list out.",
            )
    if all(proposal.changes_option(option) for option in LIST_OF_POLICY.values()):
        proposal.first({option: [] for option in LIST_OF_POLICY.values() if not proposal.target(option)})


def an_empty_allow_list_shuts_everybody_out(proposal: Proposal) -> None:
    """1.9."""
    policy, allowed = "ews_application_access_policy", "ews_allow_list"
    asked = proposal.given(policy) or proposal.given(allowed)
    if asked and proposal.target(policy) == "EnforceAllowList" and not proposal.target(allowed):
        proposal.warn(f"{allowed} is empty, so no application can use EWS.")


def a_default_policy_concerns_everybody(proposal: Proposal) -> None:
    """1.9: it can block Basic authentication for all users."""
    option = "default_authentication_policy"
    if proposal.given(option) and proposal.changes_option(option) and proposal.target(option):
        proposal.warn(
            f"{option} {proposal.target(option)} holds for every user without a policy of their own and can block "
            "Basic authentication for all of them."
        )


def outlook_wants_a_restart(proposal: Proposal) -> None:
    """1.9."""
    if proposal.given("mapi_http_enabled") and proposal.changes_option("mapi_http_enabled"):
        proposal.warn("mapi_http_enabled makes Outlook ask its users to restart it.")


def _ews(parameter: str, whom: str) -> Setting:
    return Setting(
        parameter,
        TriState(),
        f"Whether {whom} may use Exchange Web Services. V(unset) is Exchange's empty value: nothing is configured.",
        recycle=False,
    )


def _other(parameter: str, kind: Kind, says: str, since: int = 0) -> Setting:
    return Setting(parameter, kind, says, since=since, recycle=False)


ORGANIZATION_CONFIG = Noun(
    name="OrganizationConfig",
    label=LABEL,
    alone=True,
    settings=(
        _other("MapiHttpEnabled", Bool(), "MAPI over HTTP for the organization. Outlook asks its users to restart it."),
        _other(
            "EnableDownloadDomains",
            Bool(),
            "Attachments and pictures of Outlook on the web come from a host of their own. V(true) wants that host "
            "on the Outlook on the web directory of every server first.",
            since=Product.E2016,
        ),
        _other("OAuth2ClientProfileEnabled", Bool(), "Modern authentication of clients."),
        _other(
            "ActivityBasedAuthenticationTimeoutEnabled", Bool(), "Outlook on the web logs users off who do nothing."
        ),
        _other(
            "ActivityBasedAuthenticationTimeoutInterval",
            TimeSpan(minimum=5 * 60, maximum=8 * 3600),
            "After which time, V(00:05:00) to V(08:00:00). Write it in quotation marks.",
        ),
        _other("ActivityBasedAuthenticationTimeoutWithSingleSignOnEnabled", Bool(), "Also users with single sign-on."),
        _ews("EwsEnabled", "anybody"),
        _ews("EwsAllowOutlook", "Outlook"),
        _ews("EwsAllowMacOutlook", "Outlook for Mac"),
        _ews("EwsAllowEntourage", "Entourage"),
        _other(
            "EwsApplicationAccessPolicy",
            Enum(values=tuple(LIST_OF_POLICY), clearable=True),
            "Which list of applications counts.",
        ),
        _other(
            "EwsAllowList",
            Many(clearable=True),
            "User agents that may use EWS, C(*) allowed, under the policy V(EnforceAllowList). The list is replaced.",
        ),
        _other(
            "EwsBlockList",
            Many(clearable=True),
            "User agents that may not use EWS, C(*) allowed, under the policy V(EnforceBlockList). The list is "
            "replaced.",
        ),
        _other("WACDiscoveryEndpoint", TextUrl(path="", clearable=True), "Discovery URL of Office Online Server."),
        _other("AdfsIssuer", Url(path="", clearable=True), "URL that AD FS signs its tokens with."),
        _other(
            "AdfsAudienceUris",
            Audiences(clearable=True),
            "URLs that AD FS knows Outlook on the web and the admin center by. They are compared exactly, trailing "
            "slash included. The list is replaced.",
        ),
        _other(
            "AdfsSignCertificateThumbprints",
            Thumbprints(clearable=True),
            "Thumbprints of the certificates that AD FS signs with. The list is replaced.",
        ),
        _other("PublicComputersDetectionEnabled", Bool(), "Outlook on the web finds out whether a computer is public."),
        _other(
            "DefaultAuthenticationPolicy",
            PolicyName(clearable=True),
            "Authentication policy by its name, for users without one of their own. It can block Basic authentication "
            "for everybody.",
            since=Product.E2019,
        ),
    ),
    rules=(
        lists_count_under_their_policy,
        an_empty_allow_list_shuts_everybody_out,
        a_default_policy_concerns_everybody,
        outlook_wants_a_restart,
    ),
    restart_for=frozenset({"enable_download_domains"}),
)


def organization_config(server: Server, wish: Mapping[str, Any]) -> Resource:
    """The organization's settings, as far as the server that we talk to knows them."""

    def pick(records: Sequence[Record]) -> Record:
        if not records:
            raise ObjectMissing("Get-OrganizationConfig shows no organization.", "Check the roles of the account.")
        return records[0]

    return Resource(
        noun=ORGANIZATION_CONFIG,
        subject="the organization",
        select={},
        pick=pick,
        wish=wish,
        version=server.product,
        version_name=str(server.product),
    )


# What must be ready before a switch goes on

Read = Callable[[Command], Reply]
Problem = Callable[[Mapping[str, Any]], str]
NEEDED_FIRST: Mapping[str, tuple[VirtualDirectory, Problem]] = {
    "mapi_http_enabled": (MAPI, mapi_problem),
    "enable_download_domains": (OWA, download_problem),
}
"""The directories that a switch is about, and what keeps one of them from being ready."""


def check_readiness(runner: Runner, wish: Mapping[str, Any], pinned: Mapping[str, Any]) -> None:
    """Refuse to turn a switch on whose directories are not ready, on any server (2.10, and section 5, preflight).

    One that is on already stays so; what is not ready is then a warning.

    Raises:
        BadInput: as said; each directory is named. In check mode it is a warning.
        ExchangeError: as Session.invoke.
    """
    wanted = [option for option in NEEDED_FIRST if wish.get(option)]
    if not wanted:
        return
    present: dict[str, Any] = {}
    for record in runner.read(Command(ORGANIZATION_CONFIG.get, pinned)).records:
        present |= ORGANIZATION_CONFIG.values(record, full=True)
    for option in wanted:
        noun, problem = NEEDED_FIRST[option]
        records = runner.read(Command(noun.get, {noun.cheap_read: True, **pinned})).records
        found = [f"{record['Identity']} {text}" for record in records if (text := problem(noun.values(record, False)))]
        if found and present.get(option):
            runner.warnings.append(f"{option} of the organization is true, but {'; '.join(found)}.")
        elif found:
            runner.refuse(
                BadInput(
                    f"{option} of the organization cannot be true: {'; '.join(found)}.",
                    "Set that first, with exchange_vdir or the role namespaces. Nothing was changed.",
                )
            )


ADFS_SETTINGS = ("adfs_issuer", "adfs_audience_uris", "adfs_sign_certificate_thumbprints")


def refuse_adfs_without_settings(read: Read, wishes: Iterable[Mapping[str, Any]], pinned: Mapping[str, Any]) -> None:
    """Refuse AD FS on a directory while the organization lacks what it needs (2.2). Without that wish nothing is read.

    Args:
        wishes: what is wanted of each directory of a server.

    Raises:
        BadInput: as said; what is missing is named.
        ExchangeError: as Session.invoke.
    """
    if not any(wish.get("adfs_authentication") for wish in wishes):
        return
    for record in read(Command(ORGANIZATION_CONFIG.get, pinned)).records:
        known = ORGANIZATION_CONFIG.values(record, full=True)
        if missing := [option for option in ADFS_SETTINGS if not known.get(option)]:
            raise BadInput(
                f"adfs_authentication cannot be true: the organization has no {', '.join(missing)}.",
                "Set that with exchange_organization_config. Nothing was changed.",
            )
