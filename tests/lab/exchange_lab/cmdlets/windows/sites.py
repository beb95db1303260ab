# SPDX-License-Identifier: GPL-3.0-or-later
"""Web sites (iis-over-remoting 2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from psrpcore.types import PSInt64

from ...world.windows import Machine, WebSite, Win32Error
from ...world.windows.sites import STOPPED
from ...world.windows.win32 import SERVICE_NOT_ACTIVE
from .call import IIS, WEB_ADMINISTRATION, Call, Failure, cmdlet, of_windows
from .elements import FRAMEWORK, Element

UNKNOWN = "Unknown"


@dataclass(slots=True)
class LiveSite(Element):
    """A site; its state is read from W3SVC."""

    machine: Machine
    site: WebSite
    types = (FRAMEWORK + "ConfigurationElement#site", FRAMEWORK + "ConfigurationElement")
    tag = "site"

    def notes(self) -> Mapping[str, Any]:
        site = self.site
        return {
            "name": site.name,
            "id": PSInt64(site.id),
            "serverAutoStart": site.auto_start,
            "state": site.state if self.machine.serving else UNKNOWN,
            "applicationPool": site.app_pool,
            "physicalPath": site.physical_path,
            "ItemXPath": site_xpath(site),
        }


def site_xpath(site: WebSite) -> str:
    """The place of a site in the configuration."""
    quote = '"' if "'" in site.name else "'"
    return f"/system.applicationHost/sites/site[@name={quote}{site.name}{quote} and @id='{site.id}']"


@cmdlet("Get-Website", IIS + "GetWebsiteCommand", "Name", module=WEB_ADMINISTRATION)
def get_website(call: Call) -> Iterator[LiveSite]:
    """-Name takes wildcards; a name that no site has finds nothing. Without W3SVC: switch states_without_iis."""
    told_by(call, runs=call.machine.serving)
    pattern = call.get("Name") or "*"
    for site in call.machine.sites.values():
        if fnmatchcase(site.name.lower(), pattern.lower()):
            yield LiveSite(call.machine, site)


@cmdlet("Start-Website", IIS + "StartWebsiteCommand", "Name", module=WEB_ADMINISTRATION, writes=True)
def start_website(call: Call) -> None:
    """A site that collides with a started one stays stopped."""
    site = _site(call)
    try:
        call.machine.start_site(site.name)
    except Win32Error as problem:
        raise of_windows(problem) from None


@cmdlet("Stop-Website", IIS + "StopWebsiteCommand", "Name", module=WEB_ADMINISTRATION, writes=True)
def stop_website(call: Call) -> None:
    """Until it or W3SVC is started."""
    _site(call).state = STOPPED


def told_by(call: Call, *, runs: bool) -> None:
    """Whether states can be asked for: without the service they are Unknown, or that is an error. Raises Failure."""
    if not runs and call.world.switches["states_without_iis"] == "error":
        raise of_windows(Win32Error(SERVICE_NOT_ACTIVE))


def _site(call: Call) -> WebSite:
    """Raises Failure when there is none of that name, or W3SVC does not run."""
    name = call.get("Name", "")
    for site in call.machine.sites.values():
        if site.name.lower() == name.lower():
            if call.machine.serving:
                return site
            text = "The service has not been started. (Exception from HRESULT: 0x80070426)"
            raise Failure(text, "InvalidOperation", "InvalidOperation")
    text = f"Cannot find path 'IIS:\\Sites\\{name}' because it does not exist."
    raise Failure(text, "PathNotFound", "ObjectNotFound", "System.Management.Automation.ItemNotFoundException")
