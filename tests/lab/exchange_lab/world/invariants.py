# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds in every state that servers and careful clients leave behind, by law id."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .nouns.attributes import Noun

if TYPE_CHECKING:
    from .virtual_directory import VirtualDirectory
    from .world import World

Values = dict[str, Any]


def broken(world: World, item: VirtualDirectory) -> Iterator[str]:
    """One sentence for each invariant that a directory breaks."""
    values = {**world.directory.newest(item.object), **item.iis}
    if item.noun.copied_to_iis:
        values.update(world.directory.newest(item.object))
    for text in (
        *_web_app(values),
        *_owa(values),
        *_urls(item.noun, values),
        *_lists(item.noun, values),
        *_outlook_anywhere(values),
    ):
        yield f"{item.identity}: {text}"


def _web_app(values: Values) -> Iterator[str]:
    if "FormsAuthentication" not in values:
        return
    if values["FormsAuthentication"]:
        if not values["BasicAuthentication"]:
            yield "2.1 forms authentication without Basic"
        if values["WindowsAuthentication"] or values["DigestAuthentication"]:
            yield "2.1 forms authentication beside Windows or Digest"
    if values["AdfsAuthentication"]:
        others = [
            name for name in ("Basic", "Forms", "Windows", "Digest", "OAuth") if values.get(f"{name}Authentication")
        ]
        if others:
            yield f"2.2 ADFS beside {', '.join(others)}"


def _owa(values: Values) -> Iterator[str]:
    if "LogonFormat" not in values:
        return
    if values["LogonFormat"] == "UserName" and not values["DefaultDomain"]:
        yield "2.12 LogonFormat UserName without DefaultDomain"
    if (
        values["FailbackUrl"]
        and values["FailbackUrl"].rstrip("/").lower() == (values["ExternalUrl"] or "").rstrip("/").lower()
    ):
        yield "2.9 FailbackUrl is ExternalUrl"
    own = {urlsplit(values[name] or "").hostname for name in ("InternalUrl", "ExternalUrl")} - {None}
    for name in ("InternalDownloadHostName", "ExternalDownloadHostName"):
        if (values.get(name) or "").lower() in own:
            yield f"2.10 {name} is a host name of OWA"


def _urls(noun: Noun, values: Values) -> Iterator[str]:
    for attribute in noun.attributes:
        url = values.get(attribute.name)
        if attribute.kind != "url" or not url:
            continue
        host = urlsplit(url).hostname
        if not host:
            yield f"4.2 {attribute.name} is not an absolute URL: {url}"
        elif "*" in host:
            yield f"4.3 {attribute.name} has a wildcard host: {url}"


def _lists(noun: Noun, values: Values) -> Iterator[str]:
    expected = {method for name, methods in noun.echo.items() if values.get(name) for method in methods}
    if noun.echo and set(values["InternalAuthenticationMethods"]) != expected:
        yield "1.0 InternalAuthenticationMethods does not repeat the authentication booleans"
    if noun.name == "MapiVirtualDirectory" and set(values["InternalAuthenticationMethods"]) != set(
        values["IISAuthenticationMethods"]
    ):
        yield "1.5 InternalAuthenticationMethods does not repeat IISAuthenticationMethods"
    flags, names = values["ExtendedProtectionFlags"], values["ExtendedProtectionSPNList"]
    if "None" in flags:
        yield "1.0 ExtendedProtectionFlags holds None"
    if "Proxy" in flags and not names:
        yield "1.0 ExtendedProtectionFlags holds Proxy without an SPN"


def _outlook_anywhere(values: Values) -> Iterator[str]:
    if "SSLOffloading" not in values:
        return
    for side in ("Internal", "External"):
        if not values["SSLOffloading"] and values[f"{side}Hostname"] and not values[f"{side}ClientsRequireSsl"]:
            yield f"2.6 no SSL offloading, but {side}ClientsRequireSsl is off"
    if values["ExternalClientsRequireSsl"] and not values["ExternalHostname"]:
        yield "1.6 ExternalClientsRequireSsl without ExternalHostname"
