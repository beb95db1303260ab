# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: exchange_certificate
short_description: Request, import, distribute, enable, export and remove certificates of Exchange servers
version_added: 0.1.0
description:
  - Brings a certificate from its request to every server behind a name, with the services that it shall have there, and
    removes it when nothing needs it any more.
  - All servers are reached in one session with one of them. A server that fails leaves the others alone; the task fails
    at its end then, and RV(servers) says what happened on each.
  - Keys travel in memory, protected by a password that is made for one import and stored nowhere. No file is written on
    a server, and none on the control node except by O(state=exported).
extends_documentation_fragment:
  - mailops.exchange.exchange
  - mailops.exchange.exchange.attributes
  - mailops.exchange.windows.endpoint
  - mailops.exchange.windows.http_sys
  - mailops.exchange.windows.bindings
options:
  state:
    description:
      - V(present) imports the certificate where it is missing and enables it for O(services). A server that holds its
        pending request has it completed; others get it from the file if that holds the key, else from a server that has
        it. Where the key is nowhere to be had nothing is imported, as Exchange would take the certificate without its
        key, hide it, and refuse the right file afterwards.
      - V(requested) makes a certificate request and returns it. A pending request for the same subject, names and size
        of key is found again. Once its answer was imported, running the task again asks for a new certificate.
      - V(absent) removes a certificate or a pending request. It is refused while anything is known to use the
        certificate; the message lists all of it.
      - V(exported) writes the certificate with its key to a file. A file that holds both already, under the same
        password, is left alone.
    type: str
    choices: [present, requested, absent, exported]
    default: present
  servers:
    description:
      - Names of the servers that the task is about, as FQDN or NetBIOS name; one for V(requested) and V(exported).
      - Defaults to O(server). O(server) itself only says which server is asked.
    type: list
    elements: str
    default: []
  thumbprint:
    description:
      - Which certificate, or pending request, by its SHA-1 thumbprint.
      - With O(state=present) it stands for a certificate that a server has already; beside O(path) or O(content) it
        must be that of the file.
    type: str
  path:
    description:
      - File on the control node. It is read with O(state=present), from C(files) beside the playbook or role too, and
        may be encrypted with Ansible Vault. It is written with O(state=exported), readable for its owner only.
      - DER, PEM and PKCS#7 (C(.p7b)) are understood without a key, PKCS#12 (C(.pfx), C(.p12)) and PEM with one.
        Intermediate certificates in it are imported along; root certificates are left out, as a server must not learn
        from a file whom to trust.
      - A file with a key is written anew in memory, in ciphers that every Windows reads and for the cryptographic
        provider that Exchange needs.
    type: path
  content:
    description: What would stand in the file of O(path), as PEM, or Base64 for the other formats.
    type: str
  password:
    description: Password of the PFX file, of the one that is read or of the one that is written.
    type: str
  source_server:
    description:
      - Server that the certificate is exported from, for servers that lack it.
      - Defaults to the first of O(servers) that has it with an exportable key.
    type: str
  services:
    description:
      - Services that it is enabled for, at least. Exchange can take none away; one moves when another certificate gets
        it.
      - V(IIS) is port 443 of the front end. Port 444 of the back end keeps its certificate.
      - V(SMTP) lets transport use it and keeps the default certificate, which servers use among themselves, unless
        O(replace_default_smtp) is set.
      - V(POP) and V(IMAP) find it by O(x509_certificate_name), which is set too. Their Windows services take it up at
        their next start, see RV(servers[].services_to_restart).
      - V(UM) and V(UMCallRouter) exist on Exchange 2013 and 2016 only. Exchange refuses them while their UMStartupMode
        (C(Set-UMService), C(Set-UMCallRouterSettings)) is C(TCP), and wants the Windows service stopped first.
      - V(Federation) is always refused, as C(Set-FederationTrust) gives it.
    type: list
    elements: str
    choices: [SMTP, POP, IMAP, UM, UMCallRouter, IIS, Federation]
    default: []
  replace_default_smtp:
    description: Whether V(SMTP) makes it the default certificate of transport as well.
    type: bool
    default: false
  do_not_require_ssl:
    description:
      - Whether V(IIS) leaves the setting Require SSL of Default Web Site alone. Switched on there, it breaks
        directories without a setting of their own, such as PowerShell.
    type: bool
    default: true
  x509_certificate_name:
    description:
      - Host name by which POP and IMAP find their certificate.
      - Defaults to the present one if the certificate holds it, else to its common name. Needed for a certificate that
        holds nothing but wildcards.
    type: str
  allow_without_smtp:
    description:
      - Whether the certificate may be imported without V(SMTP) although connectors name its issuer and subject. They
        choose it at once then, and TLS fails there until it is enabled.
    type: bool
    default: false
  check_bindings:
    description:
      - Whether bindings of IIS and entries of http.sys are read, by the Windows endpoint of each server that the
        certificate would be removed from, and keep it as other uses do. Every port and every program counts.
      - Exchange itself knows of its two web sites only, and removes a certificate that they use all the same. V(false)
        is for an account that is no administrator of the servers.
      - Used with O(state=absent).
    type: bool
    default: true
  release_connectors:
    description:
      - Whether Send connectors that name issuer and subject of the certificate are released for its removal. Exchange
        refuses to remove it otherwise, and so it does with the old certificate of a renewal under the same names.
      - Their C(TlsCertificateName) is saved to O(undo_path) and cleared, the certificate is removed from all of
        O(servers), and the same C(TlsCertificateName) is set again, also where a removal failed. Meanwhile the
        connectors choose a certificate by host name; warnings say which.
      - Refused, with nothing changed, unless every server can let the certificate go, each source server among them has
        another valid one of these names that is enabled for SMTP, and what is chosen meanwhile is such a one too.
      - A server that asks a domain controller of another site may refuse until that has heard of it, and says so. Run
        again then with O(domain_controller) set to one of its site.
      - Transport is not stopped. Do that yourself where mail must not leave without its usual certificate for a moment.
      - Used with O(state=absent).
    type: bool
    default: false
  undo_path:
    description:
      - Absolute path of a file on the control node for what O(release_connectors) clears. It must outlast the run; a
        control node may be a container that is gone tomorrow.
      - The file has mode 0600 and is written before anything is cleared. A run that broke off is finished by the next
        one with the same file, which first of all sets again what is still cleared, at the same domain controller.
      - One file for each certificate.
    type: path
  subject_name:
    description:
      - Subject of the request, with one C(CN), such as V(C=US, O=Contoso, CN=mail.contoso.com). Values with commas
        stand in double quotes.
      - A country (C(C=)) is advisable, as Exchange may fail to renew a certificate without one.
    type: str
  domain_name:
    description:
      - Host names for the certificate beside the common name of its subject; wildcards are written as V(*.contoso.com).
      - With O(state=present) the certificate must hold them, or is refused before anything is sent, whether it comes
        from a file or is on a server already.
    type: list
    elements: str
    default: []
  key_size:
    description: Size of the key in bits.
    type: int
    choices: [2048, 4096]
    default: 2048
  friendly_name:
    description:
      - Name that administrators see, up to 63 characters. Exchange's own default is C(Microsoft Exchange).
      - With O(state=present) only where the certificate is imported.
    type: str
  private_key_exportable:
    description:
      - Whether the key may leave the server later. The default is not that of the cmdlet, as a certificate whose key
        stays cannot be brought to other servers, and this cannot be changed afterwards.
      - With O(state=present) only where the certificate is imported.
    type: bool
    default: true
requirements:
  - cryptography (on the control node; pypsrp needs it too)
notes:
  - Exchange does not list a certificate whose private key is missing, and refuses to import it once more. Where the key
    comes along, from a file or another server, such a leftover is taken from the store by the server's Windows
    endpoint, as long as the store says that it has no key, and the import is repeated. Bindings that name it stay.
    Otherwise the message says what to do. Exchange tells of a leftover by refusing the import, so check mode does not
    know of it.
  - The Windows endpoint of the task's own host is that of its connection. That of another server is asked with the same
    user, port and protocol, at the C(ansible_host) of the inventory's host of that name, else at its FQDN. The account
    must be an administrator there, for leftovers and for O(check_bindings) only.
  - Enabling V(SMTP) makes Exchange ask whether to replace the default certificate. The question is answered with No. An
    endpoint that cannot ask gets Yes and the old default once more. Where that could not be put back, as it is expired
    or gone, V(SMTP) is not enabled. That an endpoint cannot ask shows at the first server, after the import; the other
    servers of the task are refused beforehand.
  - When V(SMTP) fails after an import of the same task and connectors choose the certificate by its names, it is
    removed from that server again, as TLS may fail there with a certificate that is not enabled for it. It stays, and
    the message says so, where it completed a request, as its key is nowhere else, where a Send connector names its
    issuer and subject, as Exchange removes none of these, and where the connection broke.
  - When an endpoint that cannot ask does not answer in time, the default is looked at and put back. A control node that
    dies at that moment leaves the certificate as the default. The next run does not move it again, as an Edge server
    may have been subscribed to it meanwhile; a warning says so, as it does wherever a certificate of a CA is the
    default, Exchange's own is there too, and O(replace_default_smtp) is not set.
  - A server of 2013 with the Client Access role alone has no default certificate that could be read; there V(SMTP) is
    judged by the services of the certificate.
  - What C(state=absent) knows of are web sites, transport, connectors, POP, IMAP, instant messaging of Outlook on the
    web, the authentication configuration, federation, Unified Messaging, web management, the hybrid configuration, and
    with O(check_bindings) whatever http.sys serves, such as remote management on 5986. It does not know of programs
    that do without http.sys. Where the account does not see C(Get-HybridConfiguration), a warning says so.
  - A certificate that is not valid now, not for servers, too weak, or does not hold O(domain_name) is refused before
    anything is sent. One that a server calls V(DateInvalid), V(Revoked), V(Invalid) or V(Untrusted) is not enabled
    there, and but for V(Untrusted) not brought to others from there.
  - After V(IIS) recycle the application pools in RV(servers[].restart_needed), as their logon cookies are encrypted
    with the key of the certificate.
seealso:
  - module: mailops.exchange.exchange_certificate_info
"""

EXAMPLES = r"""
- name: Request a certificate on one server
  mailops.exchange.exchange_certificate:
    state: requested
    servers: [ex1.contoso.com]
    subject_name: C=US, O=Contoso, CN=mail.contoso.com
    domain_name: [mail.contoso.com, autodiscover.contoso.com]
  register: request
  run_once: true

- name: Keep the request for the CA
  ansible.builtin.copy:
    content: "{{ request.csr }}"
    dest: mail.contoso.com.csr
    mode: "0644"
  delegate_to: localhost
  run_once: true

- name: Complete it on ex1 with the answer of the CA, and bring it to the others
  mailops.exchange.exchange_certificate:
    path: mail.contoso.com.p7b
    servers: [ex1.contoso.com, ex2.contoso.com, ex3.contoso.com]
    services: [SMTP]
  register: certificate
  run_once: true

- name: Switch the web sites over, server by server
  mailops.exchange.exchange_certificate:
    thumbprint: "{{ certificate.thumbprint }}"
    services: [SMTP, IIS]
  throttle: 1

- name: Import a PFX file and let POP and IMAP find it by their name
  mailops.exchange.exchange_certificate:
    path: wildcard.contoso.com.pfx
    password: "{{ vault_pfx_password }}"
    services: [IIS, POP, IMAP]
    x509_certificate_name: mail.contoso.com

- name: Keep a copy with its key
  mailops.exchange.exchange_certificate:
    state: exported
    thumbprint: 2B5C0E3A9D14F7786E21C4A05B9F3D8817E6A0C2
    path: /etc/ansible/private/mail.contoso.com.pfx
    password: "{{ vault_pfx_password }}"

- name: Remove the certificate of last year where nothing uses it any more
  mailops.exchange.exchange_certificate:
    state: absent
    thumbprint: 9F3D8817E6A0C22B5C0E3A9D14F7786E21C4A05B
    servers: [ex1.contoso.com, ex2.contoso.com, ex3.contoso.com]
  run_once: true

- name: Remove it although Send connectors name its issuer and subject, which the new one has too
  mailops.exchange.exchange_certificate:
    state: absent
    thumbprint: 9F3D8817E6A0C22B5C0E3A9D14F7786E21C4A05B
    servers: [ex1.contoso.com, ex2.contoso.com, ex3.contoso.com]
    release_connectors: true
    undo_path: /srv/exchange/undo/certificate-9F3D8817.json
  run_once: true
"""

RETURN = r"""
thumbprint:
  description: The certificate, or with O(state=requested) the pending request, which has a thumbprint of its own.
  returned: when known
  type: str
  sample: 2B5C0E3A9D14F7786E21C4A05B9F3D8817E6A0C2
csr:
  description: The request as PEM in ASCII. Null in check mode when it would have been made.
  returned: O(state=requested)
  type: str
server:
  description: FQDN of the server.
  returned: O(state=requested) and O(state=exported)
  type: str
  sample: ex1.contoso.com
path:
  description: The file that holds the certificate and its key.
  returned: O(state=exported)
  type: str
certificate:
  description: The certificate, with the keys that RV(servers[].certificate) has.
  returned: O(state=exported)
  type: dict
completes:
  description: FQDN of the server whose request the certificate answered when the task began; null without one.
  returned: O(state=present)
  type: str
  sample: ex1.contoso.com
servers:
  description: What happened on each server. Also after a failure, unless the whole task was refused.
  returned: O(state=present) and O(state=absent)
  type: list
  elements: dict
  contains:
    server:
      description: NetBIOS name.
      type: str
    fqdn:
      description: Fully qualified name in lower case.
      type: str
    changed:
      description: Whether something was changed there, or after a failure may have been.
      type: bool
    failed:
      description: Whether it failed there.
      type: bool
    msg:
      description: Why it failed; null otherwise.
      type: str
    commands:
      description: What ran for this server, or in check mode would run.
      type: list
      elements: str
    certificate:
      description:
        - The certificate as the server lists it, with the same keys as in
          M(mailops.exchange.exchange_certificate_info); null when it is not there, or after a failure.
        - In check mode as it would be, as far as that can be told beforehand.
      type: dict
    restart_needed:
      description:
        - Application pools to recycle before the change is live.
        - After a failure those that what was done before it, or is in doubt, calls for. The next run finds that done,
          and names them no more.
      type: list
      elements: str
      sample: [MSExchangeOWAAppPool, MSExchangeECPAppPool]
    services_to_restart:
      description: Windows services that take the certificate up when they start; after a failure likewise.
      type: list
      elements: str
      sample: [MSExchangePOP3, MSExchangePOP3BE]
  sample:
    - server: EX2
      fqdn: ex2.contoso.com
      changed: true
      failed: false
      msg: null
      restart_needed: []
      services_to_restart: []
released_connectors:
  description:
    - Send connectors that were cleared and set again, or in check mode would be.
    - After a failure also those that could not be set again; the next run with the same O(undo_path) does it.
  returned: O(release_connectors=true)
  type: list
  elements: dict
  contains:
    identity:
      description: The connector.
      type: str
    tls_certificate_name:
      description: What it names, as before.
      type: str
  sample:
    - identity: Internet
      tls_certificate_name: <I>CN=Contoso CA<S>CN=mail.contoso.com
commands:
  description:
    - What ran, or in check mode would run, as an administrator would type it. Also after a failure. Files and passwords
      are not shown; the answer to a question stands behind the command.
  returned: always
  type: list
  elements: str
  sample:
    - >-
      Enable-ExchangeCertificate -Thumbprint '2B5C0E3A9D14F7786E21C4A05B9F3D8817E6A0C2' -Services 'SMTP'
      -Server 'ex2.contoso.com' -DomainController 'dc1.contoso.com' -Confirm:$false  # answer: No
domain_controller:
  description: The domain controller that was read and written.
  returned: success
  type: str
  sample: dc1.contoso.com
answered_by:
  description: The back end that ran the cmdlets, where the server has told.
  returned: success
  type: str
  sample: ex1.contoso.com
"""
