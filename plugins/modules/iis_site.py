# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: iis_site
short_description: Start, stop or recycle web sites
version_added: 0.1.0
description:
  - Starts, stops, or stops and starts web sites of one server, each only where it changes something.
  - Refuses to start a site one of whose bindings another running site has, and names it. IIS would leave it stopped.
  - Without O(state) it only tells what is there.
extends_documentation_fragment:
  - mailops.exchange.windows
  - mailops.exchange.windows.endpoint
  - mailops.exchange.windows.bindings
  - mailops.exchange.windows.attributes
options:
  name:
    description: Names of web sites. Without it all are meant.
    type: list
    elements: str
  state:
    description:
      - V(started) and V(stopped) change only those that are not.
      - V(recycled) stops those that run and starts them again, every time. What is stopped stays so, also where an
        earlier run broke off in between; use V(started) for that. Application pools go on; for these see
        M(mailops.exchange.iis_app_pool).
    type: str
    choices: [started, stopped, recycled]
seealso:
  - module: mailops.exchange.iis_app_pool
  - module: mailops.exchange.iis_binding
  - module: mailops.exchange.iis_service
"""

EXAMPLES = r"""
- name: Start the back end once its binding is right again
  mailops.exchange.iis_site:
    name: [Exchange Back End]
    state: started

- name: Look at all web sites
  mailops.exchange.iis_site:
  register: web
"""

RETURN = r"""
sites:
  description: The web sites, in the order of their numbers.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name.
      type: str
    id:
      description: Number.
      type: int
    state:
      description: V(Started) or V(Stopped); something else only while IIS does not run.
      type: str
    physical_path:
      description: Folder of the site.
      type: str
    application_pool:
      description: Pool of the site's root.
      type: str
    bindings:
      description: Its bindings over HTTP, as in RV(mailops.exchange.iis_binding_info#module:bindings).
      type: list
      elements: dict
commands:
  description: What ran, or in check mode would run, as an administrator would type it. Also after a failure.
  returned: always
  type: list
  elements: str
  sample: [Start-Website -Name 'Exchange Back End' -ErrorAction 'Stop']
server:
  description: Name of the server.
  returned: success
  type: str
  sample: ex1.contoso.com
"""
