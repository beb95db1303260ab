# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options and attributes of the modules that talk to Windows instead of Exchange."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  server:
    description:
      - Name of the server that the task is about, as FQDN. Certificates are judged by it.
      - Defaults to the first FQDN among the inventory name and C(ansible_host).
    type: str
notes:
  - Everything runs on the control node, and Exchange need not answer. Address, port, scheme, user and password are
    those of the host's P(ansible.builtin.psrp#connection) or P(ansible.builtin.winrm#connection) connection, which
    itself is not opened. Over HTTP messages are always sealed.
  - The account must be an administrator of the server. No CredSSP, no C(become).
  - Cmdlets are called with typed parameters, single or in pipelines; no PowerShell text is sent. The module
    WebAdministration is used throughout, as it is on every server with Exchange.
requirements:
  - pypsrp >= 0.9.0, < 1.0.0 (on the control node)
  - pypsrp[kerberos] for Kerberos
author:
  - mailops.exchange contributors (@mailops)
"""

    ENDPOINT = r"""
options:
  windows_auth:
    description:
      - How to log in. Defaults to what the host's connection does.
      - V(basic) is refused without verified TLS.
      - Like every C(windows_*) option it may also be a variable of that name, in the inventory for example.
    type: str
    choices: [kerberos, negotiate, ntlm, basic]
  windows_ca_cert:
    description:
      - PEM file on the control node with the CA of the endpoint's certificate.
      - Defaults to the CA of the host's connection, then to the system's.
    type: path
  windows_cert_validation:
    description:
      - Whether the endpoint's certificate is verified.
      - A connection that does not verify certificates (C(ansible_psrp_cert_validation=ignore)) does not decide it here;
        say it with this option where the certificate of WinRM cannot be verified. Messages are then safe from being
        read by others only as far as the network is.
    type: str
    choices: [validate, ignore]
    default: validate
  windows_timeout:
    description: Seconds that one cmdlet may take.
    type: int
    default: 300
"""

    HTTP_SYS = r"""
options:
  http_sys_source:
    description:
      - Where the certificates of http.sys are read.
      - V(provider) is the drive of IIS. V(registry) works when IIS cannot be asked for them.
      - Whose an entry is, the registry alone tells; it is read for that in either case.
    type: str
    choices: [provider, registry]
    default: provider
"""

    BINDINGS = r"""
options:
  bindings_source:
    description:
      - How bindings of web sites are read.
      - V(all) asks for all at once. V(by_protocol) asks for https and for http apart, where a binding of another kind
        breaks that (0x8007000D).
    type: str
    choices: [all, by_protocol]
    default: all
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
    description: Is part of the action group C(mailops.exchange.windows), for C(module_defaults).
    support: full
    membership:
      - mailops.exchange.windows
"""
