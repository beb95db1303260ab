# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: exchange_connector
short_description: Set by which name Send and Receive connectors find their certificate
version_added: 0.1.0
description:
  - Sets issuer and subject of the certificate that a connector uses for TLS.
  - They need no change as long as a new certificate has the issuer and the subject of the one before. Another
    intermediate CA is another issuer.
  - A Send connector belongs to the whole organization. Set it once, after every source server has the certificate,
    enabled for SMTP.
extends_documentation_fragment:
  - mailops.exchange.exchange
  - mailops.exchange.exchange.converge
  - mailops.exchange.exchange.attributes
options:
  kind:
    description: Which kind of connector.
    type: str
    required: true
    choices: [send, receive]
  identity:
    description: Name of the connector, of a Receive connector C(SERVER\\name), as exchange_certificate_info lists it.
    type: str
    required: true
  replaces:
    description:
      - The value that may be replaced; an empty text means that none was set.
      - The task is refused where there is another one, which somebody has chosen. Without it any value is replaced.
    type: str
  # settings, written by tests/tools/write_documentation.py
  tls_certificate_name:
    description:
    - Issuer and subject of the certificate, as C(<I>issuer<S>subject). An empty text chooses by host name.
    type: str
  # end of settings
notes:
  - O(server) only says which server runs the cmdlet.
  - Mail waits in the queue of a source server that does not have the certificate, or where it is not enabled for SMTP.
seealso:
  - module: mailops.exchange.exchange_certificate
  - module: mailops.exchange.exchange_certificate_info
"""

EXAMPLES = r"""
- name: Let mail to the Internet use the certificate of another CA, once every source server has it
  mailops.exchange.exchange_connector:
    kind: send
    identity: To the Internet
    tls_certificate_name: <I>CN=New Issuing CA, O=Contoso<S>CN=mail.contoso.com, O=Contoso
    replaces: <I>CN=Old Issuing CA, O=Contoso<S>CN=mail.contoso.com, O=Contoso
  run_once: true

- name: Choose the certificate of a Receive connector
  mailops.exchange.exchange_connector:
    kind: receive
    identity: EX1\Client Frontend EX1
    tls_certificate_name: <I>CN=New Issuing CA, O=Contoso<S>CN=mail.contoso.com, O=Contoso
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
connector:
  description: Identity and settings, as they are now, or in check mode as they would be.
  returned: success
  type: dict
  sample:
    identity: To the Internet
    tls_certificate_name: <I>CN=New Issuing CA, O=Contoso<S>CN=mail.contoso.com, O=Contoso
"""
