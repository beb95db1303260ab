# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: iis_service
short_description: Start or restart the services of IIS
version_added: 0.1.0
description:
  - Starts the services WAS and W3SVC of one server where they do not run, or restarts them.
  - Restarting is what Microsoft's articles want after some changes. C(iis_restart_needed) of this collection's modules
    says when. It stops all web sites and application pools for some seconds; where recycling pools is enough, use
    M(mailops.exchange.iis_app_pool).
  - Without O(state) it only tells in what state they are.
extends_documentation_fragment:
  - mailops.exchange.windows
  - mailops.exchange.windows.endpoint
  - mailops.exchange.windows.attributes
options:
  state:
    description:
      - V(started) changes only what does not run.
      - V(restarted) restarts both with what depends on them, every time.
    type: str
    choices: [started, restarted]
notes:
  - Restarting starts every site and pool that is set to start with IIS, also one that somebody has stopped by hand.
seealso:
  - module: mailops.exchange.iis_app_pool
  - module: mailops.exchange.iis_site
"""

EXAMPLES = r"""
- name: Restart IIS once, where a change wants that
  mailops.exchange.iis_service:
    state: restarted
  when: forms.iis_restart_needed
"""

RETURN = r"""
services:
  description: State of each of the services by its name.
  returned: success
  type: dict
  sample: {WAS: Running, W3SVC: Running}
commands:
  description: What ran, or in check mode would run, as an administrator would type it. Also after a failure.
  returned: always
  type: list
  elements: str
  sample: ["Restart-Service -Name 'WAS','W3SVC' -Force -ErrorAction 'Stop'"]
server:
  description: Name of the server.
  returned: success
  type: str
  sample: ex1.contoso.com
"""
