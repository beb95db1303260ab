# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: iis_app_pool
short_description: Start, stop or recycle application pools
version_added: 0.1.0
description:
  - Starts, stops or recycles application pools of one server, each once and only where it changes something.
  - Takes RV(mailops.exchange.exchange_vdir#module:restart_needed) of the modules for client access as it is. Do it
    once, after the last of them. The front end and the back end share pools, so that one recycling interrupts both.
  - Without O(state) it only tells in what state they are.
extends_documentation_fragment:
  - mailops.exchange.windows
  - mailops.exchange.windows.endpoint
  - mailops.exchange.windows.attributes
options:
  name:
    description:
      - Names of application pools. An empty list changes nothing; without the option all pools are meant.
      - Names that the server does not have are reported in RV(missing), as servers of other versions have other pools.
    type: list
    elements: str
  state:
    description:
      - V(started) and V(stopped) change only those that are not.
      - V(recycled) recycles those that run, every time. What is stopped has nothing to recycle and stays stopped.
    type: str
    choices: [started, stopped, recycled]
  older_than_binding:
    description:
      - A port, V(443) for the front end. With O(state=recycled) only those pools are recycled whose worker processes
        began before that port got a certificate the last time, so that a second run changes nothing. OWA and ECP
        encrypt logon cookies with the key of the certificate that they began with.
      - http.sys writes that time to the System log, as event 15301. Where it is not there any more, nothing is
        recycled.
    type: int
notes:
  - Use V(recycled) in a handler, with C(when), or with O(older_than_binding), as otherwise it changes something
    whenever it runs.
seealso:
  - module: mailops.exchange.iis_service
  - module: mailops.exchange.iis_site
"""

EXAMPLES = r"""
- name: Set the URLs of Outlook on the web
  mailops.exchange.exchange_vdir:
    protocol: owa
    external_url: https://mail.contoso.com/owa
  register: owa

- name: Recycle what the change needs
  mailops.exchange.iis_app_pool:
    name: "{{ owa.restart_needed }}"
    state: recycled
  when: owa.restart_needed

- name: Recycle what has not begun anew since 443 got its certificate
  mailops.exchange.iis_app_pool:
    name: [MSExchangeOWAAppPool, MSExchangeECPAppPool]
    state: recycled
    older_than_binding: 443

- name: Look at all pools
  mailops.exchange.iis_app_pool:
  register: pools
"""

RETURN = r"""
app_pools:
  description: State of each of the pools by its name, V(Started) or V(Stopped).
  returned: success
  type: dict
  sample: {MSExchangeOWAAppPool: Started}
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
  sample: [Restart-WebAppPool -Name 'MSExchangeOWAAppPool' -ErrorAction 'Stop']
server:
  description: Name of the server.
  returned: success
  type: str
  sample: ex1.contoso.com
"""
