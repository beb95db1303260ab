# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: exchange_outlook_provider
short_description: Configure what Outlook is told about certificates
version_added: 0.1.0
description:
  - Sets one of the Outlook providers, which hold for the whole organization.
  - Needed for a wildcard certificate with old clients, and for certificates of two datacenters with different subjects.
  - Run it once, with C(run_once), not once a server.
extends_documentation_fragment:
  - mailops.exchange.exchange
  - mailops.exchange.exchange.converge
  - mailops.exchange.exchange.attributes
options:
  name:
    description: Which provider. V(EXPR) is for clients outside, V(EXCH) for clients inside, V(WEB) for browsers.
    type: str
    required: true
    choices: [EXCH, EXPR, WEB]
  # settings, written by tests/tools/write_documentation.py
  cert_principal_name:
    description:
    - 'Name that Outlook expects on the certificate: V(msstd:mail.contoso.com), V(msstd:*.contoso.com),
      or V(none) for no check. An empty text means the external host name.'
    type: str
  ttl:
    description:
    - Hours until Outlook asks Autodiscover again; 0 means never.
    type: int
  provider_server:
    description:
    - Server that EXPR names. Anything but an empty text makes Outlook prompt.
    type: str
  outlook_provider_flags:
    description:
    - Flags. The list is replaced. An empty list clears it.
    type: list
    elements: str
    choices: [None, ServerExclusiveConnect, ExternalClientsRequireSSL, InternalClientsRequireSSL]
  required_client_versions:
    description:
    - Oldest Outlook that may connect, as C(version, UTC time). The list is replaced. An empty list clears
      it.
    type: list
    elements: str
  # end of settings
notes:
  - O(server) only says which server runs the cmdlet; the provider's own server is O(provider_server).
  - Clients since Windows Vista SP1 accept any name of the certificate, so most organizations need no provider setting.
seealso:
  - module: mailops.exchange.exchange_outlook_anywhere
"""

EXAMPLES = r"""
- name: Tell Outlook of the wildcard certificate
  mailops.exchange.exchange_outlook_provider:
    name: "{{ item }}"
    cert_principal_name: msstd:*.contoso.com
  loop: [EXPR, EXCH]
  run_once: true

- name: Return to the default
  mailops.exchange.exchange_outlook_provider:
    name: EXPR
    cert_principal_name: ""
  run_once: true
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
outlook_provider:
  description: Identity and settings, as they are now, or in check mode as they would be.
  returned: success
  type: dict
  sample:
    identity: EXPR
    cert_principal_name: msstd:*.contoso.com
    ttl: 1
"""
