# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenario "namespaces": one name for everything (client-access-laws section 5), and three ways to set it.

All ways set the same values. `bulk` is one task of exchange_client_access, `fine` a task a setting with the modules of
the nouns, `today` a task a setting that starts an Exchange shell on the server for one cmdlet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NAME = "namespaces"
HOST = "mail.contoso.test"
AUTODISCOVER = "https://autodiscover.contoso.test/Autodiscover/Autodiscover.xml"
COLLECTION = "mailops.exchange"

Task = dict[str, Any]


@dataclass(frozen=True)
class Noun:
    """An object of a server as each way names it.

    module: of `fine`, with its arguments; cmdlet, identity: of `today`, identity after the server's name;
    companions: parameters that Exchange wants in the same call.
    """

    module: str
    arguments: Mapping[str, Any]
    cmdlet: str
    identity: str = ""
    companions: str = ""


@dataclass(frozen=True)
class Setting:
    """One thing to set: options of a branch of exchange_client_access with their values."""

    branch: str
    values: Mapping[str, Any]


def _directory(protocol: str, noun: str, name: str = "", companions: str = "") -> Noun:
    identity = rf"\{name or protocol} (Default Web Site)"
    return Noun("exchange_vdir", {"protocol": protocol}, f"Set-{noun}VirtualDirectory", identity, companions)


NOUNS: Mapping[str, Noun] = {
    "owa": _directory("owa", "Owa"),
    "ecp": _directory("ecp", "Ecp"),
    "ews": _directory("ews", "WebServices", "EWS", " -Force"),  # client-access-laws 2.11
    "activesync": _directory("activesync", "ActiveSync", "Microsoft-Server-ActiveSync"),
    "oab": _directory("oab", "Oab", "OAB"),
    "mapi": _directory("mapi", "Mapi", "", " -IISAuthenticationMethods Ntlm,OAuth,Negotiate"),  # 2.4
    "outlook_anywhere": Noun(
        "exchange_outlook_anywhere", {}, "Set-OutlookAnywhere", r"\Rpc (Default Web Site)", " -Confirm:$false"
    ),
    "service_connection_point": Noun("exchange_autodiscover", {}, "Set-ClientAccessService"),
}
PATHS = {
    "owa": "/owa",
    "ecp": "/ecp",
    "ews": "/EWS/Exchange.asmx",
    "activesync": "/Microsoft-Server-ActiveSync",
    "oab": "/OAB",
    "mapi": "/mapi",
}
METHODS = {"internal": "Ntlm", "external": "Negotiate"}
SETTINGS = (
    *(
        Setting(protocol, {f"{side}_url": f"https://{HOST}{path}"})
        for protocol, path in PATHS.items()
        for side in ("internal", "external")
    ),
    *(
        Setting(
            "outlook_anywhere",
            {  # client-access-laws 2.5: these three go in one call
                f"{side}_hostname": HOST,
                f"{side}_clients_require_ssl": True,
                f"{side}_client_authentication_method": method,
            },
        )
        for side, method in METHODS.items()
    ),
    Setting("service_connection_point", {"auto_discover_service_internal_uri": AUTODISCOVER}),
)


def bulk() -> list[Task]:
    """One task for everything."""
    tree: dict[str, dict[str, Any]] = {}
    for setting in SETTINGS:
        tree.setdefault(setting.branch, {}).update(setting.values)
    return [{"name": "All client access of the server", f"{COLLECTION}.exchange_client_access": tree}]


def fine() -> list[Task]:
    """One task a setting, with the collection."""
    return [
        {"name": _title(setting), f"{COLLECTION}.{noun.module}": {**noun.arguments, **setting.values}}
        for setting in SETTINGS
        for noun in [NOUNS[setting.branch]]
    ]


def today() -> list[Task]:
    """One task a setting, each with an Exchange shell of its own on the server."""
    return [{"name": _title(setting), "ansible.builtin.raw": _command_line(setting)} for setting in SETTINGS]


def debug() -> list[Task]:
    """What Ansible itself needs for the one task of `bulk`."""
    return [{"name": "Nothing", "ansible.builtin.debug": {"msg": "nothing"}}]


WAYS = {"bulk": bulk, "fine": fine, "today": today, "debug": debug}


def play(way: str) -> list[dict[str, Any]]:
    """The playbook of a way."""
    connection = {"ansible_connection": "ansible.builtin.winrm"} if way == "today" else {}
    return [{"name": way, "hosts": "exchange", "gather_facts": False, "vars": connection, "tasks": WAYS[way]()}]


def _title(setting: Setting) -> str:
    return f"{setting.branch}: {', '.join(setting.values)}"


def _command_line(setting: Setting) -> str:
    noun = NOUNS[setting.branch]
    parameters = " ".join(f"-{_parameter(option)} {_literal(value)}" for option, value in setting.values.items())
    identity = "{{ inventory_hostname.split('.')[0] }}" + noun.identity
    return f"exchange-shell {noun.cmdlet} -Identity '{identity}' {parameters}{noun.companions}"


def _parameter(option: str) -> str:
    return "".join(word.capitalize() for word in option.split("_"))


def _literal(value: Any) -> str:
    return f"${str(value).lower()}" if isinstance(value, bool) else str(value)
