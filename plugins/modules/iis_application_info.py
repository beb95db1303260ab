# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: iis_application_info
short_description: Read the applications of an Exchange server in IIS, their authentication and modules
version_added: 0.1.0
description:
  - Returns what IIS itself holds of Exchange's applications on C(Default Web Site) and on C(Exchange Back End), those
    below a directory included, such as C(owa/Calendar) and C(mapi/nspi). That is pool and folder of each;
    authentication methods, TLS flags and Extended Protection at its location; its native and managed modules and
    those of its site, such as kerbauth; and the native modules of the server.
  - C(owa/auth) and C(Microsoft-Server-ActiveSync/Proxy), which are no applications, are there as locations. Other
    products' applications and further web sites are left out.
  - Changes that somebody made in IIS Manager show here and not in the Exchange cmdlets.
  - Meant for M(mailops.exchange.exchange_vdir_snapshot), which saves and compares it. Exchange need not answer.
  - Nothing is written.
extends_documentation_fragment:
  - mailops.exchange.windows
  - mailops.exchange.windows.endpoint
  - mailops.exchange.windows.attributes
attributes:
  check_mode:
    description: Can run in C(check_mode). It only reads, so it does the same there.
    support: full
  diff_mode:
    description: Returns what changed. It changes nothing.
    support: none
seealso:
  - module: mailops.exchange.exchange_vdir_snapshot
  - module: mailops.exchange.iis_binding_info
"""

EXAMPLES = r"""
- name: Read what IIS holds
  mailops.exchange.iis_application_info:
  register: applications

- name: Compare the server with one that is known to be good
  mailops.exchange.exchange_vdir_snapshot:
    state: compared
    path: /srv/exchange/snapshots/ex1.contoso.com.json
    iis: "{{ applications.iis }}"
"""

RETURN = r"""
commands:
  description: Always empty, as nothing is written.
  returned: always
  type: list
  elements: str
  sample: []
server:
  description: FQDN of the server that was read.
  returned: success
  type: str
  sample: ex1.contoso.com
iis:
  description: What IIS holds.
  returned: success
  type: dict
  contains:
    settings:
      description: Attributes and values by what they are about.
      type: dict
    unread:
      description: Why something could not be read, by the same names.
      type: dict
  sample:
    settings:
      application Default Web Site/owa:
        application_pool: MSExchangeOWAAppPool
        physical_path: C:\Program Files\Microsoft\Exchange Server\V15\FrontEnd\HttpProxy\owa
      location Default Web Site/owa:
        anonymous_authentication: false
        basic_authentication: true
        digest_authentication: false
        extended_protection_token_checking: Require
        ssl_flags: [Ssl, Ssl128]
        windows_authentication: false
      modules of Default Web Site/PowerShell:
        names: [HttpLoggingModule, kerbauth]
    unread: {}
"""
