# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options and attributes that every module of the collection shares."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  server:
    description:
      - Name of the Exchange server that the task is about, as FQDN or NetBIOS name.
      - Defaults to the first FQDN among the inventory name, O(exchange_host) and C(ansible_host).
    type: str
  domain_controller:
    description:
      - FQDN of the domain controller that is read and written.
      - Defaults to the one that answers first; the whole task then stays with it.
    type: str
  exchange_host:
    description:
      - Name or address to connect to. Kerberos needs the server's own FQDN, not the name of a load balancer.
      - Defaults to the first FQDN among C(ansible_host) and the inventory name.
      - Like every C(exchange_*) option it may also be a variable of that name, in the inventory for example.
    type: str
  exchange_scheme:
    description:
      - Protocol of the Exchange endpoint.
      - Defaults to V(https) for O(exchange_auth=basic), otherwise to V(http) with sealed messages.
    type: str
    choices: [http, https]
  exchange_port:
    description: Port of the Exchange endpoint. Defaults to 80 or 443.
    type: int
  exchange_auth:
    description:
      - How to log in. Exchange offers V(kerberos) alone unless an administrator has enabled more.
      - V(basic) is refused without verified TLS.
    type: str
    choices: [kerberos, negotiate, ntlm, basic]
    default: kerberos
  exchange_ca_cert:
    description:
      - PEM file on the control node with the CA of the endpoint's certificate.
      - Defaults to the CA of the host's connection, then to the system's. Verification cannot be turned off.
    type: path
  exchange_endpoint_candidates:
    description: Host names or URLs that are tried in order until one answers, when the session is opened only.
    type: list
    elements: str
  exchange_timeout:
    description: Seconds that one cmdlet may take.
    type: int
    default: 300
  exchange_version:
    description:
      - Build of the server, such as V(15.2.1544.4), where it is known.
      - It is sent with the request for a session, so that a front end looks for a back end of that version or later.
    type: str
notes:
  - Everything runs on the control node. User, password and address come from the host's
    P(ansible.builtin.psrp#connection) or P(ansible.builtin.winrm#connection) connection, which itself is not opened.
  - The account needs Exchange management roles only; no local administrator rights, no CredSSP, no C(become).
requirements:
  - pypsrp >= 0.9.0, < 1.0.0 (on the control node)
  - pypsrp[kerberos] for O(exchange_auth=kerberos)
author:
  - mailops.exchange contributors (@mailops)
"""

    CONVERGE = r"""
options:
  server_check:
    description: In check mode send each write with C(-WhatIf), so that the server checks roles and objects too.
    type: bool
    default: false
  exchange_verify:
    description: What happens when the read-back after a write shows another value.
    type: str
    choices: [fail, warn]
    default: fail
"""

    ATTRIBUTES = r"""
attributes:
  check_mode:
    description: Can run in C(check_mode) and return what would change, without sending anything that writes.
    support: full
  diff_mode:
    description: Returns what changed, or in check mode what would.
    support: full
  platform:
    description: Target that can be operated against.
    support: full
    platforms: windows
  action:
    description: Has a corresponding action plugin, so that all of it runs on the control node.
    support: full
  async:
    description: Supports C(async).
    support: none
  become:
    description: Is usable with C(become).
    support: none
  connection:
    description: Uses the options of the host's connection without opening it.
    support: none
  delegation:
    description: Can be used with C(delegate_to); the delegated host's connection options apply.
    support: full
  bypass_host_loop:
    description: Forces a global task that does not run for each host.
    support: none
  action_group:
    description: Is part of the action group C(mailops.exchange.exchange), for C(module_defaults).
    support: full
    membership:
      - mailops.exchange.exchange
"""
