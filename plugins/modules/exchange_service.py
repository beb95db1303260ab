# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: exchange_service
short_description: Start, stop or restart Windows services of Exchange
version_added: 0.1.0
description:
  - Starts, stops or restarts services of one server, each once and only where it changes something.
  - Takes RV(mailops.exchange.exchange_certificate#module:servers[].services_to_restart) as it is. POP and IMAP use a
    new certificate from their next start on.
  - Without O(state) it only tells in what state they are.
extends_documentation_fragment:
  - mailops.exchange.windows
  - mailops.exchange.windows.endpoint
  - mailops.exchange.windows.attributes
options:
  name:
    description:
      - Names of services, which begin with C(MSExchange). An empty list changes nothing.
      - Names that the server does not have are reported in RV(missing), as servers of other roles have other services.
    type: list
    elements: str
    required: true
  state:
    description:
      - V(started) and V(stopped) change only those that are not.
      - V(restarted) restarts those that run, every time. What does not run stays as it is.
    type: str
    choices: [started, stopped, restarted]
notes:
  - Use V(restarted) in a handler, or with C(when), as it changes something whenever it runs.
seealso:
  - module: mailops.exchange.exchange_certificate
  - module: mailops.exchange.iis_service
"""

EXAMPLES = r"""
- name: Let POP and IMAP use the certificate
  mailops.exchange.exchange_service:
    name: "{{ certificate.servers[0].services_to_restart }}"
    state: restarted
  when: certificate.servers[0].services_to_restart | length > 0
"""

RETURN = r"""
services:
  description: C(status) and C(start_type) of each of the services by its name.
  returned: success
  type: dict
  sample:
    MSExchangePOP3: {status: Running, start_type: Automatic}
    MSExchangePOP3BE: {status: Running, start_type: Automatic}
missing:
  description: Names that the server does not have.
  returned: success
  type: list
  elements: str
  sample: []
commands:
  description: What ran, or in check mode would run, as an administrator would type it. Also after a failure.
  returned: always
  type: list
  elements: str
  sample: ["Restart-Service -Name 'MSExchangePOP3' -ErrorAction 'Stop'"]
server:
  description: Name of the server.
  returned: success
  type: str
  sample: ex1.contoso.com
"""
