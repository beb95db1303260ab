# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where domain-joined clients find Autodiscover: each server's service connection point (client-access-laws 1.7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .._converge.kinds import Many, Url
from .._converge.noun import Noun
from .._converge.resource import Resource
from .._converge.setting import Setting
from .._remoting.command import Command
from .._remoting.errors import BadInput, ObjectMissing
from .._remoting.record import Record
from .._remoting.session import Reply
from .servers import Server
from .versions import Product

LABEL = "service_connection_point"
PATH = "/Autodiscover/Autodiscover.xml"

_SETTINGS = (
    Setting(
        "AutoDiscoverServiceInternalUri",
        Url(path=PATH, clearable=True),
        "URL that domain-joined clients are told. An empty text takes this server's address away.",
        recycle=False,
    ),
    Setting(
        "AutoDiscoverSiteScope",
        Many(clearable=True),
        "Active Directory sites whose clients prefer this server. The list is replaced.",
        recycle=False,
    ),
)

CLIENT_ACCESS_SERVICE = Noun(name="ClientAccessService", label=LABEL, settings=_SETTINGS)
CLIENT_ACCESS_SERVER = Noun(name="ClientAccessServer", label=LABEL, settings=_SETTINGS)
"""The name of the same noun on 2013."""


def noun_for(product: Product) -> Noun:
    """The noun by its name on a version."""
    return CLIENT_ACCESS_SERVER if product < Product.E2016 else CLIENT_ACCESS_SERVICE


def service_connection_point(server: Server, wish: Mapping[str, Any]) -> Resource:
    """The service connection point of one server."""

    def pick(records: Sequence[Record]) -> Record:
        for record in records:
            if str(record.get("Name") or server.name).lower() == server.name.lower():
                return record
        raise ObjectMissing(f"{server.name} has no client access service.", "Check its roles.")

    return Resource(
        noun=noun_for(server.product),
        subject=f"Autodiscover service connection point of {server.name}",
        select={"Identity": server.fqdn},
        pick=pick,
        wish=wish,
        version=server.product,
        version_name=str(server.product),
    )


def refuse_unknown_sites(read: Callable[[Command], Reply], wish: Mapping[str, Any], pinned: Mapping[str, Any]) -> None:
    """The server stores any text as a site (client-access-laws 1.7), so ask for the sites that exist.

    Raises:
        BadInput: a site of the wish that Active Directory does not have.
    """
    wanted = wish.get("auto_discover_site_scope")
    if not wanted:
        return
    known = {str(record["Name"]).lower() for record in read(Command("Get-ADSite", pinned)).records}
    missing = [site for site in wanted if site.lower() not in known]
    if missing:
        raise BadInput(
            f"auto_discover_site_scope names {', '.join(missing)}, which Active Directory does not know.",
            f"Its sites are {', '.join(sorted(known))}. Nothing was changed.",
        )
