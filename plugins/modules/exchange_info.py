# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: exchange_info
short_description: Read the client access side of an Exchange organization
version_added: 0.1.0
description:
  - Returns servers, virtual directories, Outlook Anywhere, service connection points, Outlook providers, the
    organization's own settings and sites.
  - Returns findings as well, which say what is wrong or unusual, how much it matters, and what to do.
  - Reads with one session and one cmdlet for each kind of object, whatever the number of servers. Nothing is written.
  - Component states, which V(servers) in O(gather_subset) brings along, cost a cmdlet for each server.
  - What cannot be read is named in RV(errors); the rest is returned.
extends_documentation_fragment:
  - mailops.exchange.exchange
  - mailops.exchange.exchange.attributes
attributes:
  check_mode:
    description: Can run in C(check_mode). It only reads, so it does the same there.
    support: full
  diff_mode:
    description: Returns what changed. It changes nothing.
    support: none
options:
  gather_subset:
    description:
      - What to read. Findings are made from what was read, so fewer subsets find less.
      - V(autodiscover) stands for the service connection points, V(organization) for the organization's own settings.
      - V(servers) also asks for the component states of each server, one after the other, some 400 kB each. They show
        an Exchange Setup that upgrades it, or that was broken off or cancelled; Setup in another mode does not show.
        A server that is down may delay the answer.
    type: list
    elements: str
    choices: [all, servers, virtual_directories, outlook_anywhere, autodiscover, outlook_providers, organization, sites]
    default: [all]
  servers:
    description:
      - Names of the servers whose settings are read, as FQDN or NetBIOS name.
      - Each costs a cmdlet for each kind of object.
      - An empty list means every server of the organization. O(server) only says which server is asked.
    type: list
    elements: str
    default: []
  full:
    description:
      - Read the IIS metabase of each server as well.
      - It shows authentication switches, compression and Extended Protection.
      - It takes seconds a server, and minutes over a slow line; raise O(exchange_timeout) for many servers.
    type: bool
    default: false
  names:
    description:
      - Host names that clients will use.
      - Findings say which do not resolve from the control node, or to one address only.
    type: list
    elements: str
    default: []
notes:
  - A setting that was not read is not in the result; an empty one is there and empty.
  - Exchange 2010 servers are listed, their settings are not read.
seealso:
  - module: mailops.exchange.exchange_vdir
  - module: mailops.exchange.exchange_client_access
"""

EXAMPLES = r"""
- name: Read everything that is cheap to read
  mailops.exchange.exchange_info:
  register: exchange

- name: Stop when something serious is found
  ansible.builtin.assert:
    that: exchange.findings | selectattr('severity', 'in', ['critical', 'high']) | list | length == 0

- name: Read the directories of two servers with their authentication settings
  mailops.exchange.exchange_info:
    gather_subset: [virtual_directories, outlook_anywhere]
    servers: [ex1.contoso.com, ex2.contoso.com]
    full: true

- name: See whether the names of a plan resolve before they are used
  mailops.exchange.exchange_info:
    gather_subset: [sites]
    names: [mail.contoso.com, autodiscover.contoso.com]
"""

RETURN = r"""
servers:
  description: Servers by name; those of O(servers) where it was given.
  returned: when asked for
  type: list
  elements: dict
  contains:
    name:
      description: NetBIOS name, as it stands in identities.
      type: str
    fqdn:
      description: Fully qualified name in lower case.
      type: str
    version:
      description: Build.
      type: str
    product:
      description: Release.
      type: str
    roles:
      description: Roles as the server names them.
      type: list
      elements: str
    site:
      description: Active Directory site.
      type: str
    edition:
      description: Edition.
      type: str
    client_access:
      description: Whether it has front end directories that can be configured.
      type: bool
    back_end:
      description: Whether it has back end directories, which an Exchange 2013 Client Access server alone has not.
      type: bool
    inactive_as_functional:
      description:
        - Those of Monitoring, RecoveryActionsEnabled and ServerWideOffline that the requester Functional has made
          Inactive, in the server's registry or in Active Directory. Exchange Setup does so for the time of an upgrade.
        - Absent where that could not be read.
      returned: when it was told
      type: list
      elements: str
  sample:
    - name: EX1
      fqdn: ex1.contoso.com
      version: 15.2.1544.4
      product: Exchange 2019
      roles: [Mailbox]
      site: London
      edition: Enterprise
      client_access: true
      back_end: true
      inactive_as_functional: []
virtual_directories:
  description: Front end directories, with their settings by the option names of M(mailops.exchange.exchange_vdir).
  returned: when asked for
  type: list
  elements: dict
  sample:
    - protocol: owa
      server: EX1
      web_site: Default Web Site
      identity: EX1\owa (Default Web Site)
      internal_url: https://mail.contoso.com/owa
      external_url: https://mail.contoso.com/owa
      internal_authentication_methods: [Basic, Fba]
outlook_anywhere:
  description: Outlook Anywhere of each server, by the option names of M(mailops.exchange.exchange_outlook_anywhere).
  returned: when asked for
  type: list
  elements: dict
  sample:
    - server: EX1
      web_site: Default Web Site
      identity: EX1\Rpc (Default Web Site)
      internal_hostname: mail.contoso.com
      external_hostname: mail.contoso.com
      ssl_offloading: false
service_connection_points:
  description: Service connection points, by the option names of M(mailops.exchange.exchange_autodiscover).
  returned: when V(autodiscover) was asked for
  type: list
  elements: dict
  sample:
    - server: EX1
      auto_discover_service_internal_uri: https://autodiscover.contoso.com/Autodiscover/Autodiscover.xml
      auto_discover_site_scope: [London]
outlook_providers:
  description: Outlook providers, by the option names of M(mailops.exchange.exchange_outlook_provider).
  returned: when asked for
  type: list
  elements: dict
  sample:
    - name: EXPR
      cert_principal_name: msstd:mail.contoso.com
      ttl: 1
organization_config:
  description:
    - The organization's own settings, by the option names of M(mailops.exchange.exchange_organization_config).
    - Empty when they could not be read.
  returned: when V(organization) was asked for
  type: dict
  sample:
    identity: Contoso
    mapi_http_enabled: true
    enable_download_domains: false
sites:
  description: Active Directory sites, and the Exchange servers in each.
  returned: when asked for
  type: list
  elements: dict
  sample:
    - name: London
      servers: [EX1, EX2]
findings:
  description: What somebody should know, the most severe first.
  returned: success
  type: list
  elements: dict
  contains:
    code:
      description: Stable name.
      type: str
    severity:
      description: V(critical), V(high), V(warning) or V(info).
      type: str
    subject:
      description: The server, object, site or name that it is about.
      type: str
    sentence:
      description: The facts and their consequence.
      type: str
    cure:
      description: What to do.
      type: str
    link:
      description: Microsoft's page about it, or empty.
      type: str
  sample:
    - code: mapi_without_url
      severity: warning
      subject: EX1\mapi (Default Web Site)
      sentence: MAPI over HTTP has neither an internal nor an external URL, so Outlook is not told of it.
      cure: Set internal_url and external_url of the protocol mapi.
      link: https://learn.microsoft.com/exchange/clients/mapi-over-http/configure-mapi-over-http
errors:
  description: What could not be read, in the server's own words where it gave some.
  returned: success
  type: list
  elements: str
  sample: []
commands:
  description: Commands that could write. There are none.
  returned: success
  type: list
  elements: str
  sample: []
domain_controller:
  description: The domain controller that was read.
  returned: success
  type: str
  sample: dc1.contoso.com
answered_by:
  description: The back end that ran the cmdlets, where the server has told. It is not always the server itself.
  returned: success
  type: str
  sample: ex2.contoso.com
"""
