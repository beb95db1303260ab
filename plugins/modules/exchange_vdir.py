# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: exchange_vdir
short_description: Configure a virtual directory of an Exchange server
version_added: 0.1.0
description:
  - Sets URLs, authentication and other settings of one client access virtual directory of the front end.
  - Only settings that are given are compared and changed, and those that Exchange couples to them.
  - The coupled ones show as implied in the diff.
  - Settings go to the server in one call, or in two where Exchange demands it.
  - They are read back from the same domain controller.
  - Can also remove a directory and create it anew with the settings that it had, on the front and on the back end,
    which is the last resort when one is damaged.
extends_documentation_fragment:
  - mailops.exchange.exchange
  - mailops.exchange.exchange.converge
  - mailops.exchange.exchange.attributes
options:
  protocol:
    description: Which directory.
    type: str
    required: true
    choices: [owa, ecp, ews, activesync, oab, mapi, powershell, autodiscover]
  state:
    description:
      - V(present) sets settings of a directory that is there.
      - V(recreated) saves the settings of the directory to O(undo_path), removes it, creates it anew in the same place,
        and puts back what the new one has otherwise, offline address books and Extended Protection included, as far as
        the cmdlets show that. Settings that are given stand before the saved ones. A directory that is missing is
        created. What the server would refuse afterwards is refused beforehand.
      - A run of V(recreated) that broke off is finished by the next one with the same O(undo_path). Once finished, the
        same O(undo_path) changes nothing more; another recreation needs another file. It goes on at the domain
        controller of the first run. While that is down, wait until its changes have replicated, and name another one
        with O(domain_controller); one that does not know them yet is refused.
      - V(absent) saves the settings likewise and removes the directory, also one that only Active Directory still
        holds. V(recreated) with the same O(undo_path) brings it back.
      - Both work in a session that runs on the server itself only, and not for O(protocol=powershell). One that runs
        on another server is refused, as on an Exchange 2013 server that has the Client Access role alone, whose
        sessions run on a Mailbox server. One that does not tell where it runs gives a warning.
    type: str
    choices: [present, recreated, absent]
    default: present
  role:
    description:
      - Which half of the server holds the directory, as the parameter C(-Role) calls it. V(ClientAccess) is the front
        end, V(Mailbox) the back end.
      - V(Mailbox) is for O(state=recreated) and O(state=absent); the settings of the back end are Setup's.
    type: str
    choices: [ClientAccess, Mailbox]
    default: ClientAccess
  web_site:
    description:
      - Web site that holds the directory, whatever its case. Another one is only possible for V(owa) and V(ecp) of the
        front end.
      - Defaults to C(Default Web Site), and to C(Exchange Back End) with O(role=Mailbox).
    type: str
  undo_path:
    description:
      - Absolute path of a file on the control node for the settings of a directory that is removed. It must outlast the
        run; a control node may be a container that is gone tomorrow.
      - The file has mode 0600, is written before anything else, and what it holds is never overwritten.
      - Needed with O(state=recreated) and O(state=absent). One file for each directory.
    type: path
  path:
    description:
      - Folder of the new directory on the server, with O(state=recreated).
      - Defaults to the server's own choice in C(Default Web Site), elsewhere to the folder that the directory had.
    type: str
  accept_unread_settings:
    description:
      - With O(state=recreated) go on although IIS has lost the directory, so that settings held there cannot be saved.
        They get the values of a new directory, or those that are given.
    type: bool
    default: false
  allow_powershell_changes:
    description:
      - Allow settings of O(protocol=powershell), which carries every remote session.
      - They are verified by opening a new session afterwards.
    type: bool
    default: false
  # settings, written by tests/tools/write_documentation.py
  extended_protection_token_checking:
    description:
    - 'For V(owa), V(ecp), V(ews), V(activesync), V(oab), V(mapi), V(powershell), V(autodiscover). Extended
      Protection: whether channel binding tokens are checked.'
    type: str
    choices: [None, Allow, Require]
  extended_protection_flags:
    description:
    - 'For V(owa), V(ecp), V(ews), V(activesync), V(oab), V(mapi), V(powershell), V(autodiscover). Extended
      Protection: how tokens are checked. The list is replaced. An empty list clears it.'
    type: list
    elements: str
    choices: [None, Proxy, NoServiceNameCheck, AllowDotlessSPN, ProxyCoHosting]
  extended_protection_spn_list:
    description:
    - 'For V(owa), V(ecp), V(ews), V(activesync), V(oab), V(mapi), V(powershell), V(autodiscover). Extended
      Protection: service principal names that are accepted beside the server''s. The list is replaced.
      An empty list clears it.'
    type: list
    elements: str
  internal_url:
    description:
    - For V(owa), V(ecp), V(ews), V(activesync), V(oab), V(mapi), V(powershell). URL for clients inside
      the organization. An empty text clears it.
    type: str
  external_url:
    description:
    - For V(owa), V(ecp), V(ews), V(activesync), V(oab), V(mapi), V(powershell). URL for clients outside
      the organization. An empty text clears it.
    type: str
  basic_authentication:
    description:
    - For V(owa), V(ecp), V(ews), V(activesync), V(oab), V(powershell), V(autodiscover). Basic authentication.
    type: bool
    aliases: [basic_auth_enabled]
  windows_authentication:
    description:
    - For V(owa), V(ecp), V(ews), V(activesync), V(oab), V(powershell), V(autodiscover). Integrated Windows
      authentication.
    type: bool
    aliases: [windows_auth_enabled]
  oauth_authentication:
    description:
    - For V(owa), V(ews), V(oab), V(autodiscover). OAuth authentication.
    - For V(ecp). OAuth authentication. Exchange 2019 and later.
    type: bool
  digest_authentication:
    description:
    - For V(owa), V(ecp), V(ews), V(autodiscover). Digest authentication.
    type: bool
  external_authentication_methods:
    description:
    - For V(owa), V(ecp). Methods that are told to clients outside. The list is replaced. An empty list
      clears it.
    - For V(activesync). Methods allowed outside; empty is no restriction. The list is replaced.
    type: list
    elements: str
    choices: [Adfs, Basic, Certificate, Digest, Fba, Kerberos, LiveIdBasic, LiveIdFba, LiveIdNegotiate,
      NegoEx, Negotiate, Ntlm, OAuth, WindowsIntegrated, WSSecurity]
  gzip_level:
    description:
    - For V(owa), V(ecp), V(ews). Compression of replies.
    type: str
    choices: ['Off', Low, High]
  forms_authentication:
    description:
    - For V(owa), V(ecp). Forms-based authentication, the logon page.
    type: bool
  adfs_authentication:
    description:
    - For V(owa), V(ecp). AD FS claims-based authentication.
    type: bool
  ws_security_authentication:
    description:
    - For V(ews), V(autodiscover). WS-Security authentication.
    type: bool
  certificate_authentication:
    description:
    - For V(ews). Certificate authentication of the management path.
    - For V(powershell). Certificate authentication.
    type: bool
  require_ssl:
    description:
    - For V(oab), V(powershell). TLS is required.
    type: bool
  logon_format:
    description:
    - For V(owa). What users type on the logon page. V(UserName) needs O(default_domain).
    type: str
    choices: [FullDomain, PrincipalName, UserName]
  default_domain:
    description:
    - For V(owa). Domain of users that type only their name. An empty text clears it.
    type: str
  internal_download_host_name:
    description:
    - For V(owa). Host that serves inline images inside. Must differ from the hosts of Outlook on the web.
      An empty text clears it. Exchange 2016 and later.
    type: str
  external_download_host_name:
    description:
    - For V(owa). Host that serves inline images outside. Must differ from the hosts of Outlook on the web.
      An empty text clears it. Exchange 2016 and later.
    type: str
  failback_url:
    description:
    - For V(owa). URL used during a failback. Must differ from O(external_url). An empty text clears it.
    type: str
  change_password_enabled:
    description:
    - For V(owa). Users may change their password.
    type: bool
  set_photo_enabled:
    description:
    - For V(owa). Users may set their photo.
    type: bool
  set_photo_url:
    description:
    - For V(owa). Page where users set their photo. An empty text clears it.
    type: str
  action_for_unknown_file_and_mime_types:
    description:
    - For V(owa). What happens to attachments of a type in no list.
    type: str
    choices: [Allow, ForceSave, Block]
  logon_page_public_private_selection_enabled:
    description:
    - For V(owa). The logon page asks whether the computer is private.
    type: bool
  logon_page_light_selection_enabled:
    description:
    - For V(owa). The logon page offers the light version.
    type: bool
  instant_messaging_enabled:
    description:
    - For V(owa). Instant messaging.
    type: bool
  instant_messaging_type:
    description:
    - For V(owa). Provider of instant messaging.
    type: str
    choices: [None, Ocs]
  instant_messaging_server_name:
    description:
    - For V(owa). Server of instant messaging. An empty text clears it.
    type: str
  instant_messaging_certificate_thumbprint:
    description:
    - For V(owa). Certificate used towards that server, as a thumbprint. An empty text clears it.
    type: str
  client_auth_cleanup_level:
    description:
    - For V(owa). How much of the browser's cache a logoff clears.
    type: str
    choices: [High, Low]
  filter_web_beacons_and_html_forms:
    description:
    - For V(owa). Whether web beacons and forms in messages are blocked.
    type: str
    choices: [UserFilterChoice, ForceFilter, DisableFilter]
  allow_offline_on:
    description:
    - For V(owa). Where offline use is allowed.
    type: str
    choices: [AllComputers, PrivateComputersOnly, NoComputers]
  web_parts_frame_options_type:
    description:
    - For V(owa). Who may show web parts in a frame.
    type: str
    choices: [SameOrigin, None, Deny]
  outbound_charset:
    description:
    - For V(owa). Character set of sent messages.
    type: str
    choices: [AutoDetect, AlwaysUTF8, UserLanguageChoice]
  logon_and_error_language:
    description:
    - For V(owa). Language of the logon and error pages as an LCID; 0 is the browser's.
    type: int
  user_context_timeout:
    description:
    - For V(owa). Minutes until an idle session ends.
    type: int
  redirect_to_optimal_owa_server:
    description:
    - For V(owa). Users are sent to the server nearest to their mailbox.
    type: bool
  default_theme:
    description:
    - For V(owa). Theme of users who chose none. An empty text clears it.
    type: str
  direct_file_access_on_public_computers_enabled:
    description:
    - For V(owa). Attachments open directly on public computers.
    type: bool
  direct_file_access_on_private_computers_enabled:
    description:
    - For V(owa). Attachments open directly on private computers.
    type: bool
  wac_viewing_on_public_computers_enabled:
    description:
    - For V(owa). Office Online Server shows attachments on public computers.
    type: bool
  wac_viewing_on_private_computers_enabled:
    description:
    - For V(owa). Office Online Server shows attachments on private computers.
    type: bool
  force_wac_viewing_first_on_public_computers:
    description:
    - For V(owa). Attachments must be viewed there first on public computers.
    type: bool
  force_wac_viewing_first_on_private_computers:
    description:
    - For V(owa). Attachments must be viewed there first on private computers.
    type: bool
  wac_editing_enabled:
    description:
    - For V(owa). Office Online Server edits attachments. Exchange 2016 and later.
    type: bool
  admin_enabled:
    description:
    - For V(ecp). Administrators may use the admin center through this directory.
    type: bool
  owa_options_enabled:
    description:
    - For V(ecp). Users may use the options pages.
    type: bool
  mrs_proxy_enabled:
    description:
    - For V(ews). Mailbox moves from other organizations may come in here.
    type: bool
  internal_nlb_bypass_url:
    description:
    - 'For V(ews). Must stay empty on a front end: only an empty text is accepted, which clears it.'
    type: str
  client_cert_auth:
    description:
    - For V(activesync). Client certificates. Logon by certificate also needs work in IIS that this cmdlet
      does not do.
    type: str
    choices: [Ignore, Accepted, Required]
  internal_authentication_methods:
    description:
    - For V(activesync). Methods allowed inside; empty is no restriction. The list is replaced.
    type: list
    elements: str
    choices: [Adfs, Basic, Certificate, Digest, Fba, Kerberos, LiveIdBasic, LiveIdFba, LiveIdNegotiate,
      NegoEx, Negotiate, Ntlm, OAuth, WindowsIntegrated, WSSecurity]
  compression_enabled:
    description:
    - For V(activesync). Compression of replies.
    type: bool
  bad_item_reporting_enabled:
    description:
    - For V(activesync). Users are told of items that cannot be synchronized.
    type: bool
  send_watson_report:
    description:
    - For V(activesync). Error reports are sent to Microsoft.
    type: bool
  active_sync_server:
    description:
    - For V(activesync). URL of the server that devices are told. An empty text clears it.
    type: str
  mobile_client_certificate_provisioning_enabled:
    description:
    - For V(activesync). Devices get certificates from Autodiscover.
    type: bool
  mobile_client_certificate_authority_url:
    description:
    - For V(activesync). URL of the CA that gives them. An empty text clears it.
    type: str
  mobile_client_cert_template_name:
    description:
    - For V(activesync). Template that they are made from. An empty text clears it.
    type: str
  remote_documents_action_for_unknown_servers:
    description:
    - For V(activesync). Stored, but without effect since Exchange 2013.
    type: str
    choices: [Allow, Block]
  remote_documents_allowed_servers:
    description:
    - For V(activesync). Stored, but without effect since Exchange 2013. An empty list clears it.
    type: list
    elements: str
  remote_documents_blocked_servers:
    description:
    - For V(activesync). Stored, but without effect since Exchange 2013. An empty list clears it.
    type: list
    elements: str
  remote_documents_internal_domain_suffix_list:
    description:
    - For V(activesync). Stored, but without effect since Exchange 2013. An empty list clears it.
    type: list
    elements: str
  iis_authentication_methods:
    description:
    - For V(mapi). Methods in IIS. The list is replaced.
    type: list
    elements: str
    choices: [Basic, Ntlm, Negotiate, OAuth]
  # end of settings
notes:
  - Namespace options of other modules never touch O(protocol=powershell).
  - Its URL should stay the server's own FQDN, as Kerberos needs it.
  - Settings are not live before the application pools in RV(restart_needed) were recycled.
  # settings by table, written by tests/tools/write_documentation.py
  - >-
    Settings of V(owa): O(action_for_unknown_file_and_mime_types), O(adfs_authentication),
    O(allow_offline_on), O(basic_authentication), O(change_password_enabled),
    O(client_auth_cleanup_level), O(default_domain), O(default_theme), O(digest_authentication),
    O(direct_file_access_on_private_computers_enabled),
    O(direct_file_access_on_public_computers_enabled), O(extended_protection_flags),
    O(extended_protection_spn_list), O(extended_protection_token_checking),
    O(external_authentication_methods), O(external_download_host_name), O(external_url),
    O(failback_url), O(filter_web_beacons_and_html_forms),
    O(force_wac_viewing_first_on_private_computers), O(force_wac_viewing_first_on_public_computers),
    O(forms_authentication), O(gzip_level), O(instant_messaging_certificate_thumbprint),
    O(instant_messaging_enabled), O(instant_messaging_server_name), O(instant_messaging_type),
    O(internal_download_host_name), O(internal_url), O(logon_and_error_language), O(logon_format),
    O(logon_page_light_selection_enabled), O(logon_page_public_private_selection_enabled),
    O(oauth_authentication), O(outbound_charset), O(redirect_to_optimal_owa_server),
    O(set_photo_enabled), O(set_photo_url), O(user_context_timeout), O(wac_editing_enabled),
    O(wac_viewing_on_private_computers_enabled), O(wac_viewing_on_public_computers_enabled),
    O(web_parts_frame_options_type), O(windows_authentication).
  - >-
    Settings of V(ecp): O(adfs_authentication), O(admin_enabled), O(basic_authentication),
    O(digest_authentication), O(extended_protection_flags), O(extended_protection_spn_list),
    O(extended_protection_token_checking), O(external_authentication_methods), O(external_url),
    O(forms_authentication), O(gzip_level), O(internal_url), O(oauth_authentication),
    O(owa_options_enabled), O(windows_authentication).
  - >-
    Settings of V(ews): O(basic_authentication), O(certificate_authentication),
    O(digest_authentication), O(extended_protection_flags), O(extended_protection_spn_list),
    O(extended_protection_token_checking), O(external_url), O(gzip_level), O(internal_nlb_bypass_url),
    O(internal_url), O(mrs_proxy_enabled), O(oauth_authentication), O(windows_authentication),
    O(ws_security_authentication).
  - >-
    Settings of V(activesync): O(active_sync_server), O(bad_item_reporting_enabled),
    O(basic_authentication), O(client_cert_auth), O(compression_enabled), O(extended_protection_flags),
    O(extended_protection_spn_list), O(extended_protection_token_checking),
    O(external_authentication_methods), O(external_url), O(internal_authentication_methods),
    O(internal_url), O(mobile_client_cert_template_name), O(mobile_client_certificate_authority_url),
    O(mobile_client_certificate_provisioning_enabled), O(remote_documents_action_for_unknown_servers),
    O(remote_documents_allowed_servers), O(remote_documents_blocked_servers),
    O(remote_documents_internal_domain_suffix_list), O(send_watson_report), O(windows_authentication).
  - >-
    Settings of V(oab): O(basic_authentication), O(extended_protection_flags),
    O(extended_protection_spn_list), O(extended_protection_token_checking), O(external_url),
    O(internal_url), O(oauth_authentication), O(require_ssl), O(windows_authentication).
  - >-
    Settings of V(mapi): O(extended_protection_flags), O(extended_protection_spn_list),
    O(extended_protection_token_checking), O(external_url), O(iis_authentication_methods),
    O(internal_url).
  - >-
    Settings of V(powershell): O(basic_authentication), O(certificate_authentication),
    O(extended_protection_flags), O(extended_protection_spn_list),
    O(extended_protection_token_checking), O(external_url), O(internal_url), O(require_ssl),
    O(windows_authentication).
  - >-
    Settings of V(autodiscover): O(basic_authentication), O(digest_authentication),
    O(extended_protection_flags), O(extended_protection_spn_list),
    O(extended_protection_token_checking), O(oauth_authentication), O(windows_authentication),
    O(ws_security_authentication).
  # end of settings by table
seealso:
  - module: mailops.exchange.exchange_client_access
  - module: mailops.exchange.exchange_info
"""

EXAMPLES = r"""
- name: Give Outlook on the web its namespace
  mailops.exchange.exchange_vdir:
    protocol: owa
    internal_url: https://mail.contoso.com/owa
    external_url: https://mail.contoso.com/owa

- name: Show what forms-based authentication would bring along
  mailops.exchange.exchange_vdir:
    protocol: ecp
    forms_authentication: true
  check_mode: true
  diff: true

- name: Create Outlook on the web anew, as it was
  mailops.exchange.exchange_vdir:
    protocol: owa
    state: recreated
    undo_path: "/srv/exchange/undo/{{ inventory_hostname }}-owa-2026-05-04.json"
  register: recreated

- name: Do the same on the back end
  mailops.exchange.exchange_vdir:
    protocol: owa
    state: recreated
    role: Mailbox
    undo_path: "/srv/exchange/undo/{{ inventory_hostname }}-owa-back-end-2026-05-04.json"

- name: Publish nothing outside any more
  mailops.exchange.exchange_vdir:
    protocol: activesync
    external_url: ""
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
virtual_directory:
  description:
    - Identity and every setting that was read, as it is now, or in check mode as it would be.
    - Null with O(state=absent).
  returned: success
  type: dict
  sample:
    identity: EX1\owa (Default Web Site)
    internal_url: https://mail.contoso.com/owa
    external_url: https://mail.contoso.com/owa
    logon_format: FullDomain
undo_path:
  description: The file that holds the settings that the directory had.
  returned: with O(state=recreated) and O(state=absent)
  type: str
  sample: /srv/exchange/undo/ex1-owa.json
resumed:
  description: Whether an earlier run had begun, which this one went on with.
  returned: with O(state=recreated) and O(state=absent)
  type: bool
  sample: false
not_restored:
  description:
    - Attributes that are otherwise than before and that this module does not put back.
    - Such as switches that are deprecated or reserved for Microsoft.
  returned: with O(state=recreated) and O(state=absent)
  type: list
  elements: dict
  contains:
    attribute:
      description: The attribute's name.
      type: str
    before:
      description: As it was.
      type: str
    after:
      description: As it is now.
      type: str
  sample: []
"""
