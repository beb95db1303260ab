# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: exchange_outlook_anywhere
short_description: Configure Outlook Anywhere of an Exchange server
version_added: 0.1.0
description:
  - Sets host names, authentication and TLS of Outlook Anywhere (RPC over HTTP).
  - Only settings that are given are compared and changed, and those that Exchange couples to them.
  - The coupled ones show as implied in the diff.
  - A host name travels together with its TLS and authentication setting, as Exchange wants it.
extends_documentation_fragment:
  - mailops.exchange.exchange
  - mailops.exchange.exchange.converge
  - mailops.exchange.exchange.attributes
options:
  # settings, written by tests/tools/write_documentation.py
  internal_hostname:
    description:
    - Host name for clients inside. An empty text clears it.
    type: str
  external_hostname:
    description:
    - Host name for clients outside. An empty text clears it.
    type: str
  internal_clients_require_ssl:
    description:
    - Clients inside must use TLS.
    type: bool
  external_clients_require_ssl:
    description:
    - Clients outside must use TLS.
    type: bool
  internal_client_authentication_method:
    description:
    - How clients inside authenticate.
    type: str
    choices: [Basic, Ntlm, Negotiate]
  external_client_authentication_method:
    description:
    - How clients outside authenticate.
    type: str
    choices: [Basic, Ntlm, Negotiate]
  iis_authentication_methods:
    description:
    - Methods in IIS. The list is replaced.
    type: list
    elements: str
    choices: [Basic, Ntlm, Negotiate]
  default_authentication_method:
    description:
    - One method for clients inside, clients outside and IIS at once; excludes the three single options.
      The server keeps no value of its own for it, so the three show whether it is met.
    type: str
    choices: [Basic, Ntlm, Negotiate]
  ssl_offloading:
    description:
    - A load balancer ends TLS. Excludes Extended Protection. V(false) implies TLS on both sides.
    type: bool
  extended_protection_token_checking:
    description:
    - 'Extended Protection: whether channel binding tokens are checked.'
    type: str
    choices: [None, Allow, Require]
  extended_protection_flags:
    description:
    - 'Extended Protection: how tokens are checked. The list is replaced. An empty list clears it.'
    type: list
    elements: str
    choices: [None, Proxy, NoServiceNameCheck, AllowDotlessSPN, ProxyCoHosting]
  extended_protection_spn_list:
    description:
    - 'Extended Protection: service principal names that are accepted beside the server''s. The list is
      replaced. An empty list clears it.'
    type: list
    elements: str
  # end of settings
notes:
  - Verified in Active Directory. IIS follows when the Service Host cycles, up to 15 minutes later.
seealso:
  - module: mailops.exchange.exchange_client_access
"""

EXAMPLES = r"""
- name: Give Outlook Anywhere its namespace, inside and outside
  mailops.exchange.exchange_outlook_anywhere:
    internal_hostname: mail.contoso.com
    external_hostname: mail.contoso.com
    internal_clients_require_ssl: true
    external_clients_require_ssl: true
    external_client_authentication_method: Negotiate

- name: Let everybody negotiate, inside, outside and in IIS
  mailops.exchange.exchange_outlook_anywhere:
    default_authentication_method: Negotiate

- name: Make it fit Extended Protection
  mailops.exchange.exchange_outlook_anywhere:
    ssl_offloading: false
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
outlook_anywhere:
  description: Identity and every setting that was read, as it is now, or in check mode as it would be.
  returned: success
  type: dict
  sample:
    identity: EX1\Rpc (Default Web Site)
    internal_hostname: mail.contoso.com
    external_hostname: mail.contoso.com
    ssl_offloading: false
"""
