# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: exchange_autodiscover
short_description: Configure where domain-joined clients find Autodiscover
version_added: 0.1.0
description:
  - Sets the URL and the site scope of a server's Autodiscover service connection point in Active Directory.
  - A newly installed server points clients at its own FQDN at once, so this belongs to its installation.
  - The virtual directory of Autodiscover belongs to M(mailops.exchange.exchange_vdir).
extends_documentation_fragment:
  - mailops.exchange.exchange
  - mailops.exchange.exchange.converge
  - mailops.exchange.exchange.attributes
options:
  # settings, written by tests/tools/write_documentation.py
  auto_discover_service_internal_uri:
    description:
    - URL that domain-joined clients are told. An empty text takes this server's address away.
    type: str
  auto_discover_site_scope:
    description:
    - Active Directory sites whose clients prefer this server. The list is replaced. An empty list clears
      it.
    type: list
    elements: str
  # end of settings
notes:
  - Autodiscover answers with what it has cached for some minutes.
    Recycling MSExchangeAutodiscoverAppPool on every server hurries it.
seealso:
  - module: mailops.exchange.exchange_client_access
  - module: mailops.exchange.exchange_vdir
"""

EXAMPLES = r"""
- name: Point domain-joined clients at the namespace
  mailops.exchange.exchange_autodiscover:
    auto_discover_service_internal_uri: https://autodiscover.contoso.com/Autodiscover/Autodiscover.xml

- name: Let a server answer for two sites
  mailops.exchange.exchange_autodiscover:
    auto_discover_site_scope:
      - Frankfurt
      - Berlin
"""

RETURN = r"""
# common results, written by tests/tools/write_documentation.py
commands:
  description: What ran, or in check mode would run, as an administrator would type it. Also after a failure.
  returned: always
  type: list
  elements: str
  sample:
    - >-
      Set-OwaVirtualDirectory -Identity 'EX1\owa (Default Web Site)' -InternalUrl 'https://mail.contoso.com/owa'
      -DomainController 'dc1.contoso.com' -Confirm:$false
server:
  description: FQDN of the server that the task was about.
  returned: success
  type: str
  sample: ex1.contoso.com
domain_controller:
  description: The domain controller that was read and written.
  returned: success
  type: str
  sample: dc1.contoso.com
answered_by:
  description: The back end that ran the cmdlets, where the server has told. It is not always the server itself.
  returned: success
  type: str
  sample: ex2.contoso.com
restart_needed:
  description: Application pools to recycle, front and back end, before the changes are live.
  returned: success
  type: list
  elements: str
  sample: [MSExchangeOWAAppPool]
iis_restart_needed:
  description: Whether a change wants WAS and W3SVC restarted rather than pools recycled.
  returned: success
  type: bool
  sample: false
# end of common results
service_connection_point:
  description: Identity and settings, as they are now, or in check mode as they would be.
  returned: success
  type: dict
  sample:
    identity: EX1
    auto_discover_service_internal_uri: https://autodiscover.contoso.com/Autodiscover/Autodiscover.xml
    auto_discover_site_scope: [Frankfurt]
"""
