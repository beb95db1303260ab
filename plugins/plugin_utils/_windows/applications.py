# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Applications of Exchange in IIS: pools, folders, authentication by location, modules (iis-over-remoting 6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from .._remoting.command import Command
from .._remoting.errors import BadInput, CommandFailed
from .._remoting.record import Record
from .._remoting.session import Reply
from .iis import BACK_END_SITE, CONFIGURATION, FRONT_END_SITE
from .quoting import exact_name, provider_path

Read = Callable[[Command, bool], Reply]

DIRECTORIES = frozenset(
    {
        "api",
        "autodiscover",
        "ecp",
        "ews",
        "mapi",
        "microsoft-server-activesync",
        "oab",
        "owa",
        "powershell",
        "pushnotifications",
        "rpc",
        "rpcwithcert",
    }
)
"""The first parts of the paths of Exchange's applications, without the slash and in lower case."""
LOCATIONS = {"microsoft-server-activesync": ("Proxy",), "owa": ("auth",)}
"""What is below an application, has settings of its own and is none."""
_AUTHENTICATION = "system.webServer/security/authentication/"
SECTIONS: Mapping[str, tuple[str, str]] = {
    "anonymous_authentication": (_AUTHENTICATION + "anonymousAuthentication", "enabled"),
    "basic_authentication": (_AUTHENTICATION + "basicAuthentication", "enabled"),
    "digest_authentication": (_AUTHENTICATION + "digestAuthentication", "enabled"),
    "windows_authentication": (_AUTHENTICATION + "windowsAuthentication", "enabled"),
    "extended_protection_token_checking": (
        _AUTHENTICATION + "windowsAuthentication",
        "extendedProtection.tokenChecking",
    ),
    "ssl_flags": ("system.webServer/security/access", "sslFlags"),
}
"""What is read at each location, and where in the configuration it is."""
FLAGS = ("ssl_flags",)


@dataclass
class Applications:
    """What IIS holds, by what it is about.

    Attributes:
        settings: attribute and value, by a name such as ``location Default Web Site/owa``.
        unread: why something could not be read, by the same names.
    """

    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)


@dataclass
class ApplicationInquiry:
    """One reading of a server's two web sites."""

    read: Read
    found: Applications = field(default_factory=Applications)

    def applications(self) -> Applications:
        """Everything that can be read; the rest is noted."""
        self._note("native modules", self._native_modules)
        for site in (FRONT_END_SITE, BACK_END_SITE):
            paths = self._site(site)
            for path in paths:
                below = (f"{path}/{name}" for name in LOCATIONS.get(path.lower(), ()))
                for location in (f"{site}/{one}" for one in (path, *below)):
                    self._note(f"location {location}", partial(self._location, location))
            for location in (site, *(f"{site}/{path}" for path in paths)) if paths else ():
                self._note(f"modules of {location}", partial(self._modules, location))
        return self.found

    def _site(self, site: str) -> list[str]:
        """The applications of a site, noted with pool and folder."""
        try:
            records = self.read(read_applications(site), False).records
        except CommandFailed as exc:
            self.found.unread[f"applications of {site}"] = exc.sentence
            return []
        names = []
        for record in records:
            name = str(record["path"]).lstrip("/")
            if name.lower().partition("/")[0] in DIRECTORIES:
                names.append(name)
                self.found.settings[f"application {site}/{name}"] = {
                    "application_pool": str(record.get("applicationPool") or ""),
                    "physical_path": str(record.get("PhysicalPath") or ""),
                }
        return names

    def _note(self, name: str, read: Callable[[], dict[str, Any]]) -> None:
        try:
            self.found.settings[name] = read()
        except (CommandFailed, BadInput) as exc:
            self.found.unread[name] = exc.sentence

    def _location(self, location: str) -> dict[str, Any]:
        return {
            name: _value(self.read(read_setting(location, section, attribute), False).records, name)
            for name, (section, attribute) in SECTIONS.items()
        }

    def _native_modules(self) -> dict[str, Any]:
        records = self.read(read_native_modules(), False)
        return {str(record["Name"]): str(record.get("Image") or "") for record in records.records}

    def _modules(self, location: str) -> dict[str, Any]:
        records = self.read(read_modules(location), False).records
        names = sorted(str(record["name"]) for record in records if record["name"])
        if not names:
            raise CommandFailed("IIS lists no modules there, not even its own.")
        return {"names": names}


def read_applications(site: str) -> Command:
    return Command("Get-WebApplication", {"Site": exact_name(site), "ErrorAction": "Stop"}).then(
        "Select-Object", Property=["path", "applicationPool", "PhysicalPath"]
    )


def read_setting(location: str, section: str, attribute: str) -> Command:
    """One attribute at one location of applicationHost.config, where Exchange keeps its own."""
    return Command(
        "Get-WebConfigurationProperty",
        {
            "PSPath": CONFIGURATION,
            "Location": exact_name(location),
            "Filter": section,
            "Name": attribute,
            "ErrorAction": "Stop",
        },
    )


def read_native_modules() -> Command:
    """Those of the whole server."""
    return Command("Get-WebGlobalModule").then("Select-Object", Property=["Name", "Image"])


def read_modules(location: str) -> Command:
    """Native and managed ones of a site or an application. They are in its web.config too, which the drive reads."""
    return Command(
        "Get-WebConfigurationProperty",
        {
            "PSPath": provider_path("IIS", "Sites", *exact_name(location).split("/")),
            "Filter": "system.webServer/modules",
            "Name": "Collection",
            "ErrorAction": "Stop",
        },
    ).then("Select-Object", Property=["name"])


def _value(records: tuple[Record, ...], name: str) -> Any:
    """Flags and enumerations arrive as bare text, the rest, and what is unset, as an object with a Value."""
    found = list(_values(records))
    value = found[0] if len(found) == 1 else None
    if name in FLAGS:
        return sorted(flag.strip() for flag in value.split(",")) if isinstance(value, str) and value else []
    return value


def _values(records: tuple[Record, ...]) -> Iterator[Any]:
    for record in records:
        value = record["Value"] if "Value" in record else str(record)
        yield {"true": True, "false": False}.get(str(value).lower(), value)
