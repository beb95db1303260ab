# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: exchange_client_access
short_description: Configure all client access of an Exchange server at once
version_added: 0.1.0
description:
  - Brings the URLs, host names and settings of all protocols of a server to a wished state in one session.
  - One namespace is enough; names for inside and outside, for an Active Directory site or for one protocol refine it.
  - A setting that is given stands before a namespace; a namespace of a protocol stands before one of the server's site,
    and that before the general one.
  - Only what is asked for is compared and changed, and what Exchange couples to it, which shows as implied in the diff.
  - The PowerShell directory is never touched; it belongs to M(mailops.exchange.exchange_vdir).
extends_documentation_fragment:
  - mailops.exchange.exchange
  - mailops.exchange.exchange.converge
  - mailops.exchange.exchange.attributes
options:
  namespace:
    description: Host name that clients use, inside and outside.
    type: str
  internal_namespace:
    description: Host name for clients inside, before O(namespace).
    type: str
  external_namespace:
    description: Host name for clients outside, before O(namespace).
    type: str
  site_namespaces:
    description:
      - Namespaces by the name of the Active Directory site, for servers of that site.
      - The value is a host name, or a dictionary with C(internal) and C(external).
    type: dict
  protocol_namespaces:
    description:
      - Namespaces by protocol, one of V(owa), V(ecp), V(ews), V(activesync), V(oab), V(mapi), V(outlook_anywhere).
      - The value is a host name, or a dictionary with C(internal) and C(external).
      - V(owa) and V(ecp) must have the same.
    type: dict
  autodiscover_namespace:
    description: Host name of Autodiscover, for the service connection point. Without it that stays as it is.
    type: str
  # settings, written by tests/tools/write_documentation.py
  owa:
    description:
    - Settings of Outlook on the web.
    type: dict
    suboptions:
      internal_url:
        description:
        - URL for clients inside the organization. An empty text clears it.
        type: str
      external_url:
        description:
        - URL for clients outside the organization. An empty text clears it.
        type: str
      basic_authentication:
        description:
        - Basic authentication.
        type: bool
      forms_authentication:
        description:
        - Forms-based authentication, the logon page.
        type: bool
      windows_authentication:
        description:
        - Integrated Windows authentication.
        type: bool
      digest_authentication:
        description:
        - Digest authentication.
        type: bool
      adfs_authentication:
        description:
        - AD FS claims-based authentication.
        type: bool
      oauth_authentication:
        description:
        - OAuth authentication.
        type: bool
      external_authentication_methods:
        description:
        - Methods that are told to clients outside. The list is replaced. An empty list clears it.
        type: list
        elements: str
        choices: [Adfs, Basic, Certificate, Digest, Fba, Kerberos, LiveIdBasic, LiveIdFba, LiveIdNegotiate,
          NegoEx, Negotiate, Ntlm, OAuth, WindowsIntegrated, WSSecurity]
      logon_format:
        description:
        - What users type on the logon page. V(UserName) needs O(owa.default_domain).
        type: str
        choices: [FullDomain, PrincipalName, UserName]
      default_domain:
        description:
        - Domain of users that type only their name. An empty text clears it.
        type: str
      internal_download_host_name:
        description:
        - Host that serves inline images inside. Must differ from the hosts of Outlook on the web. An empty
          text clears it. Exchange 2016 and later.
        type: str
      external_download_host_name:
        description:
        - Host that serves inline images outside. Must differ from the hosts of Outlook on the web. An empty
          text clears it. Exchange 2016 and later.
        type: str
      failback_url:
        description:
        - URL used during a failback. Must differ from O(owa.external_url). An empty text clears it.
        type: str
      gzip_level:
        description:
        - Compression of replies.
        type: str
        choices: ['Off', Low, High]
      change_password_enabled:
        description:
        - Users may change their password.
        type: bool
      set_photo_enabled:
        description:
        - Users may set their photo.
        type: bool
      set_photo_url:
        description:
        - Page where users set their photo. An empty text clears it.
        type: str
      action_for_unknown_file_and_mime_types:
        description:
        - What happens to attachments of a type in no list.
        type: str
        choices: [Allow, ForceSave, Block]
      logon_page_public_private_selection_enabled:
        description:
        - The logon page asks whether the computer is private.
        type: bool
      logon_page_light_selection_enabled:
        description:
        - The logon page offers the light version.
        type: bool
      instant_messaging_enabled:
        description:
        - Instant messaging.
        type: bool
      instant_messaging_type:
        description:
        - Provider of instant messaging.
        type: str
        choices: [None, Ocs]
      instant_messaging_server_name:
        description:
        - Server of instant messaging. An empty text clears it.
        type: str
      instant_messaging_certificate_thumbprint:
        description:
        - Certificate used towards that server, as a thumbprint. An empty text clears it.
        type: str
      client_auth_cleanup_level:
        description:
        - How much of the browser's cache a logoff clears.
        type: str
        choices: [High, Low]
      filter_web_beacons_and_html_forms:
        description:
        - Whether web beacons and forms in messages are blocked.
        type: str
        choices: [UserFilterChoice, ForceFilter, DisableFilter]
      allow_offline_on:
        description:
        - Where offline use is allowed.
        type: str
        choices: [AllComputers, PrivateComputersOnly, NoComputers]
      web_parts_frame_options_type:
        description:
        - Who may show web parts in a frame.
        type: str
        choices: [SameOrigin, None, Deny]
      outbound_charset:
        description:
        - Character set of sent messages.
        type: str
        choices: [AutoDetect, AlwaysUTF8, UserLanguageChoice]
      logon_and_error_language:
        description:
        - Language of the logon and error pages as an LCID; 0 is the browser's.
        type: int
      user_context_timeout:
        description:
        - Minutes until an idle session ends.
        type: int
      redirect_to_optimal_owa_server:
        description:
        - Users are sent to the server nearest to their mailbox.
        type: bool
      default_theme:
        description:
        - Theme of users who chose none. An empty text clears it.
        type: str
      direct_file_access_on_public_computers_enabled:
        description:
        - Attachments open directly on public computers.
        type: bool
      direct_file_access_on_private_computers_enabled:
        description:
        - Attachments open directly on private computers.
        type: bool
      wac_viewing_on_public_computers_enabled:
        description:
        - Office Online Server shows attachments on public computers.
        type: bool
      wac_viewing_on_private_computers_enabled:
        description:
        - Office Online Server shows attachments on private computers.
        type: bool
      force_wac_viewing_first_on_public_computers:
        description:
        - Attachments must be viewed there first on public computers.
        type: bool
      force_wac_viewing_first_on_private_computers:
        description:
        - Attachments must be viewed there first on private computers.
        type: bool
      wac_editing_enabled:
        description:
        - Office Online Server edits attachments. Exchange 2016 and later.
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
        - 'Extended Protection: service principal names that are accepted beside the server''s. The list
          is replaced. An empty list clears it.'
        type: list
        elements: str
  ecp:
    description:
    - Settings of Exchange admin center.
    type: dict
    suboptions:
      internal_url:
        description:
        - URL for clients inside the organization. An empty text clears it.
        type: str
      external_url:
        description:
        - URL for clients outside the organization. An empty text clears it.
        type: str
      basic_authentication:
        description:
        - Basic authentication.
        type: bool
      forms_authentication:
        description:
        - Forms-based authentication, the logon page.
        type: bool
      windows_authentication:
        description:
        - Integrated Windows authentication.
        type: bool
      digest_authentication:
        description:
        - Digest authentication.
        type: bool
      adfs_authentication:
        description:
        - AD FS claims-based authentication.
        type: bool
      oauth_authentication:
        description:
        - OAuth authentication. Exchange 2019 and later.
        type: bool
      external_authentication_methods:
        description:
        - Methods that are told to clients outside. The list is replaced. An empty list clears it.
        type: list
        elements: str
        choices: [Adfs, Basic, Certificate, Digest, Fba, Kerberos, LiveIdBasic, LiveIdFba, LiveIdNegotiate,
          NegoEx, Negotiate, Ntlm, OAuth, WindowsIntegrated, WSSecurity]
      admin_enabled:
        description:
        - Administrators may use the admin center through this directory.
        type: bool
      owa_options_enabled:
        description:
        - Users may use the options pages.
        type: bool
      gzip_level:
        description:
        - Compression of replies.
        type: str
        choices: ['Off', Low, High]
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
        - 'Extended Protection: service principal names that are accepted beside the server''s. The list
          is replaced. An empty list clears it.'
        type: list
        elements: str
  ews:
    description:
    - Settings of Exchange Web Services.
    type: dict
    suboptions:
      internal_url:
        description:
        - URL for clients inside the organization. An empty text clears it.
        type: str
      external_url:
        description:
        - URL for clients outside the organization. An empty text clears it.
        type: str
      basic_authentication:
        description:
        - Basic authentication.
        type: bool
      windows_authentication:
        description:
        - Integrated Windows authentication.
        type: bool
      digest_authentication:
        description:
        - Digest authentication.
        type: bool
      ws_security_authentication:
        description:
        - WS-Security authentication.
        type: bool
      oauth_authentication:
        description:
        - OAuth authentication.
        type: bool
      certificate_authentication:
        description:
        - Certificate authentication of the management path.
        type: bool
      mrs_proxy_enabled:
        description:
        - Mailbox moves from other organizations may come in here.
        type: bool
      internal_nlb_bypass_url:
        description:
        - 'Must stay empty on a front end: only an empty text is accepted, which clears it.'
        type: str
      gzip_level:
        description:
        - Compression of replies.
        type: str
        choices: ['Off', Low, High]
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
        - 'Extended Protection: service principal names that are accepted beside the server''s. The list
          is replaced. An empty list clears it.'
        type: list
        elements: str
  activesync:
    description:
    - Settings of Exchange ActiveSync.
    type: dict
    suboptions:
      internal_url:
        description:
        - URL for clients inside the organization. An empty text clears it.
        type: str
      external_url:
        description:
        - URL for clients outside the organization. An empty text clears it.
        type: str
      basic_authentication:
        description:
        - Basic authentication.
        type: bool
        aliases: [basic_auth_enabled]
      windows_authentication:
        description:
        - Integrated Windows authentication.
        type: bool
        aliases: [windows_auth_enabled]
      client_cert_auth:
        description:
        - Client certificates. Logon by certificate also needs work in IIS that this cmdlet does not do.
        type: str
        choices: [Ignore, Accepted, Required]
      internal_authentication_methods:
        description:
        - Methods allowed inside; empty is no restriction. The list is replaced.
        type: list
        elements: str
        choices: [Adfs, Basic, Certificate, Digest, Fba, Kerberos, LiveIdBasic, LiveIdFba, LiveIdNegotiate,
          NegoEx, Negotiate, Ntlm, OAuth, WindowsIntegrated, WSSecurity]
      external_authentication_methods:
        description:
        - Methods allowed outside; empty is no restriction. The list is replaced.
        type: list
        elements: str
        choices: [Adfs, Basic, Certificate, Digest, Fba, Kerberos, LiveIdBasic, LiveIdFba, LiveIdNegotiate,
          NegoEx, Negotiate, Ntlm, OAuth, WindowsIntegrated, WSSecurity]
      compression_enabled:
        description:
        - Compression of replies.
        type: bool
      bad_item_reporting_enabled:
        description:
        - Users are told of items that cannot be synchronized.
        type: bool
      send_watson_report:
        description:
        - Error reports are sent to Microsoft.
        type: bool
      active_sync_server:
        description:
        - URL of the server that devices are told. An empty text clears it.
        type: str
      mobile_client_certificate_provisioning_enabled:
        description:
        - Devices get certificates from Autodiscover.
        type: bool
      mobile_client_certificate_authority_url:
        description:
        - URL of the CA that gives them. An empty text clears it.
        type: str
      mobile_client_cert_template_name:
        description:
        - Template that they are made from. An empty text clears it.
        type: str
      remote_documents_action_for_unknown_servers:
        description:
        - Stored, but without effect since Exchange 2013.
        type: str
        choices: [Allow, Block]
      remote_documents_allowed_servers:
        description:
        - Stored, but without effect since Exchange 2013. An empty list clears it.
        type: list
        elements: str
      remote_documents_blocked_servers:
        description:
        - Stored, but without effect since Exchange 2013. An empty list clears it.
        type: list
        elements: str
      remote_documents_internal_domain_suffix_list:
        description:
        - Stored, but without effect since Exchange 2013. An empty list clears it.
        type: list
        elements: str
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
        - 'Extended Protection: service principal names that are accepted beside the server''s. The list
          is replaced. An empty list clears it.'
        type: list
        elements: str
  oab:
    description:
    - Settings of Offline address book.
    type: dict
    suboptions:
      internal_url:
        description:
        - URL for clients inside the organization. An empty text clears it.
        type: str
      external_url:
        description:
        - URL for clients outside the organization. An empty text clears it.
        type: str
      basic_authentication:
        description:
        - Basic authentication.
        type: bool
      windows_authentication:
        description:
        - Integrated Windows authentication.
        type: bool
      oauth_authentication:
        description:
        - OAuth authentication.
        type: bool
      require_ssl:
        description:
        - TLS is required.
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
        - 'Extended Protection: service principal names that are accepted beside the server''s. The list
          is replaced. An empty list clears it.'
        type: list
        elements: str
  mapi:
    description:
    - Settings of MAPI over HTTP.
    type: dict
    suboptions:
      internal_url:
        description:
        - URL for clients inside the organization. An empty text clears it.
        type: str
      external_url:
        description:
        - URL for clients outside the organization. An empty text clears it.
        type: str
      iis_authentication_methods:
        description:
        - Methods in IIS. The list is replaced.
        type: list
        elements: str
        choices: [Basic, Ntlm, Negotiate, OAuth]
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
        - 'Extended Protection: service principal names that are accepted beside the server''s. The list
          is replaced. An empty list clears it.'
        type: list
        elements: str
  autodiscover:
    description:
    - Settings of Autodiscover.
    type: dict
    suboptions:
      basic_authentication:
        description:
        - Basic authentication.
        type: bool
      windows_authentication:
        description:
        - Integrated Windows authentication.
        type: bool
      digest_authentication:
        description:
        - Digest authentication.
        type: bool
      ws_security_authentication:
        description:
        - WS-Security authentication.
        type: bool
      oauth_authentication:
        description:
        - OAuth authentication.
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
        - 'Extended Protection: service principal names that are accepted beside the server''s. The list
          is replaced. An empty list clears it.'
        type: list
        elements: str
  outlook_anywhere:
    description:
    - Settings of outlook anywhere.
    type: dict
    suboptions:
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
        - 'Extended Protection: service principal names that are accepted beside the server''s. The list
          is replaced. An empty list clears it.'
        type: list
        elements: str
  service_connection_point:
    description:
    - Settings of service connection point.
    type: dict
    suboptions:
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
  - Sends one read for each object that is asked about, one for the server, and one read-back for each that was changed.
seealso:
  - module: mailops.exchange.exchange_vdir
  - module: mailops.exchange.exchange_info
"""

EXAMPLES = r"""
- name: One namespace for everything
  mailops.exchange.exchange_client_access:
    namespace: mail.contoso.com
    autodiscover_namespace: autodiscover.contoso.com

- name: A namespace for each datacenter, one name outside, and a setting
  mailops.exchange.exchange_client_access:
    site_namespaces:
      Frankfurt:
        internal: mail-fra.contoso.com
        external: mail.contoso.com
      Berlin:
        internal: mail-ber.contoso.com
        external: mail.contoso.com
    owa:
      logon_format: PrincipalName

- name: A name for each protocol
  mailops.exchange.exchange_client_access:
    namespace: mail.contoso.com
    protocol_namespaces:
      owa: owa.contoso.com
      ecp: owa.contoso.com
      mapi: mapi.contoso.com
      outlook_anywhere: oa.contoso.com
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
client_access:
  description: Each object that was asked about, as it is now, or in check mode as it would be.
  returned: success
  type: dict
  sample:
    owa:
      identity: EX1\owa (Default Web Site)
      internal_url: https://mail.contoso.com/owa
    outlook_anywhere:
      identity: EX1\Rpc (Default Web Site)
      internal_hostname: mail.contoso.com
"""
