# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: exchange_organization_config
short_description: Configure client access settings of the whole Exchange organization
version_added: 0.1.0
description:
  - Sets MAPI over HTTP, download domains, access to Exchange Web Services, what AD FS needs, and the rest of what the
    organization decides for its clients.
  - Run it once, with C(run_once), not once a server.
  - Turning a switch on whose directories are not ready on every server is refused, and each directory is named. That is
    O(mapi_http_enabled) without a URL for MAPI, and O(enable_download_domains) without a download host, or with one
    that is a host of Outlook on the web itself. Where the switch is on already, and in check mode, it is a warning.
extends_documentation_fragment:
  - mailops.exchange.exchange
  - mailops.exchange.exchange.converge
  - mailops.exchange.exchange.attributes
options:
  # settings, written by tests/tools/write_documentation.py
  mapi_http_enabled:
    description:
    - MAPI over HTTP for the organization. Outlook asks its users to restart it.
    type: bool
  enable_download_domains:
    description:
    - Attachments and pictures of Outlook on the web come from a host of their own. V(true) wants that host
      on the Outlook on the web directory of every server first. Exchange 2016 and later.
    type: bool
  oauth2_client_profile_enabled:
    description:
    - Modern authentication of clients.
    type: bool
  activity_based_authentication_timeout_enabled:
    description:
    - Outlook on the web logs users off who do nothing.
    type: bool
  activity_based_authentication_timeout_interval:
    description:
    - After which time, V(00:05:00) to V(08:00:00). Write it in quotation marks.
    type: str
  activity_based_authentication_timeout_with_single_sign_on_enabled:
    description:
    - Also users with single sign-on.
    type: bool
  ews_enabled:
    description:
    - 'Whether anybody may use Exchange Web Services. V(unset) is Exchange''s empty value: nothing is configured.'
    type: str
    choices: ['true', 'false', unset]
  ews_allow_outlook:
    description:
    - 'Whether Outlook may use Exchange Web Services. V(unset) is Exchange''s empty value: nothing is configured.'
    type: str
    choices: ['true', 'false', unset]
  ews_allow_mac_outlook:
    description:
    - 'Whether Outlook for Mac may use Exchange Web Services. V(unset) is Exchange''s empty value: nothing
      is configured.'
    type: str
    choices: ['true', 'false', unset]
  ews_allow_entourage:
    description:
    - 'Whether Entourage may use Exchange Web Services. V(unset) is Exchange''s empty value: nothing is
      configured.'
    type: str
    choices: ['true', 'false', unset]
  ews_application_access_policy:
    description:
    - Which list of applications counts. An empty text clears it.
    type: str
    choices: [EnforceAllowList, EnforceBlockList, '']
  ews_allow_list:
    description:
    - User agents that may use EWS, C(*) allowed, under the policy V(EnforceAllowList). The list is replaced.
      An empty list clears it.
    type: list
    elements: str
  ews_block_list:
    description:
    - User agents that may not use EWS, C(*) allowed, under the policy V(EnforceBlockList). The list is
      replaced. An empty list clears it.
    type: list
    elements: str
  wac_discovery_endpoint:
    description:
    - Discovery URL of Office Online Server. An empty text clears it.
    type: str
  adfs_issuer:
    description:
    - URL that AD FS signs its tokens with. An empty text clears it.
    type: str
  adfs_audience_uris:
    description:
    - URLs that AD FS knows Outlook on the web and the admin center by. They are compared exactly, trailing
      slash included. The list is replaced. An empty list clears it.
    type: list
    elements: str
  adfs_sign_certificate_thumbprints:
    description:
    - Thumbprints of the certificates that AD FS signs with. The list is replaced. An empty list clears
      it.
    type: list
    elements: str
  public_computers_detection_enabled:
    description:
    - Outlook on the web finds out whether a computer is public.
    type: bool
  default_authentication_policy:
    description:
    - Authentication policy by its name, for users without one of their own. It can block Basic authentication
      for everybody. An empty text clears it. Exchange 2019 and later.
    type: str
  # end of settings
notes:
  - O(server) only says which server runs the cmdlet. A setting that this server's version lacks is refused.
  - Some switches have three values. What Exchange writes C($null) and shows as an empty value is V(unset) here; a YAML
    C(null) is refused.
  - The order for download domains is names in DNS and on the certificate, then the hosts on every server with
    M(mailops.exchange.exchange_vdir), then O(enable_download_domains), then a restart of IIS on every server. To turn
    them off, the switch alone is needed.
  - The order for AD FS is the settings here, then C(adfs_authentication) of the admin center and of Outlook on the
    web.
  - The account needs the management role Organization Configuration.
seealso:
  - module: mailops.exchange.exchange_vdir
  - module: mailops.exchange.exchange_client_access
  - module: mailops.exchange.exchange_info
"""

EXAMPLES = r"""
- name: Turn MAPI over HTTP on
  mailops.exchange.exchange_organization_config:
    mapi_http_enabled: true
  run_once: true

- name: Serve attachments of Outlook on the web from a host of their own
  mailops.exchange.exchange_organization_config:
    enable_download_domains: true
  run_once: true
  register: organization

- name: Restart IIS on every server, one after the other
  mailops.exchange.iis_service:
    state: restarted
  throttle: 1
  when: organization.iis_restart_needed

- name: Tell Exchange of AD FS
  mailops.exchange.exchange_organization_config:
    adfs_issuer: https://adfs.contoso.com/adfs/ls/
    adfs_audience_uris: [https://mail.contoso.com/owa/, https://mail.contoso.com/ecp/]
    adfs_sign_certificate_thumbprints: [88970C64278A15D642934DC2961D9CCA5E28DA6B]
  run_once: true

- name: Keep one application out, and leave Outlook for Mac to the default
  mailops.exchange.exchange_organization_config:
    ews_application_access_policy: EnforceBlockList
    ews_block_list: [OldClient/*]
    ews_allow_mac_outlook: unset
    activity_based_authentication_timeout_interval: "01:00:00"
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
organization_config:
  description: Identity and settings, as they are now, or in check mode as they would be.
  returned: success
  type: dict
  sample:
    identity: Contoso
    mapi_http_enabled: true
    enable_download_domains: false
    ews_enabled: null
    activity_based_authentication_timeout_interval: "06:00:00"
"""
