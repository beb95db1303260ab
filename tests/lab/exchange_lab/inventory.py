# SPDX-License-Identifier: GPL-3.0-or-later
"""The Ansible inventory of a lab: variables of both connection plugins, and the collection's documented options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from .listeners import BACK_END_PORT, CLIENT_PORT, MAIL_PORTS
from .wire.host import HTTP, HTTPS, WINRMS, Host

if TYPE_CHECKING:
    from .lab import Lab

GROUP = "exchange"


def variables(lab: Lab, host: Host, user: str) -> dict[str, Any]:
    """What the inventory says about one host, as user. Raises KeyError for an account that the lab does not have."""
    ports, auth, ca = lab.wire.ports, lab.options.auth, str(lab.ca_file)
    found: dict[str, Any] = {
        "ansible_connection": "psrp",
        "ansible_host": host.address,
        "ansible_port": ports[WINRMS],
        "ansible_user": f"{user}@{lab.domain.upper()}",
        "ansible_password": lab.passwords[user],
        "ansible_psrp_protocol": "https",
        "ansible_psrp_auth": "basic",
        "ansible_psrp_ca_cert": ca,
        "ansible_psrp_negotiate_hostname_override": host.fqdn,  # the lab's names are in no DNS
        "ansible_winrm_scheme": "https",
        "ansible_winrm_transport": "basic",
        "ansible_winrm_ca_trust_path": ca,
        "ansible_winrm_kerberos_hostname_override": host.fqdn,
        "exchange_host": host.address,
        "exchange_scheme": "https" if auth == "basic" else "http",
        "exchange_port": ports[HTTPS if auth == "basic" else HTTP],
        "exchange_auth": auth,
        "exchange_client_port": lab.listeners.ports[CLIENT_PORT],
        "exchange_client_ca_cert": str(lab.client_ca_file),
        "exchange_back_end_port": lab.listeners.ports[BACK_END_PORT],
        **{f"exchange_{port.name}_port": lab.mail.ports[number] for number, port in MAIL_PORTS.items()},
        "exchange_version": ".".join(map(str, host.server.version)),
    }
    if auth == "basic":
        found["exchange_ca_cert"] = ca
    return found


def as_yaml(lab: Lab) -> str:
    """The whole inventory; groups: exchange, and one for each AD site that has servers."""
    sites: dict[str, dict[str, Any]] = {}
    for host in lab.hosts:
        site = lab.world.servers[host.fqdn].site.lower()
        sites.setdefault(f"site_{site}", {"hosts": {}})["hosts"][host.fqdn] = {}
    hosts = {host.fqdn: lab.variables(host.fqdn) for host in lab.hosts}
    tree = {"all": {"children": {GROUP: {"hosts": hosts}, **sites}}}
    return "# Written by the lab at each start: it holds passwords of this lab only.\n" + yaml.safe_dump(
        tree, sort_keys=False
    )
