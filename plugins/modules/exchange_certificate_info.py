# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: exchange_certificate_info
short_description: Read which certificate serves what in an Exchange organization
version_added: 0.1.0
description:
  - Returns the certificates of each server with their services, web sites, friendly name, key and status, and what
    transport, POP, IMAP, connectors, the hybrid configuration and the authentication configuration use.
  - Returns findings as well, which say what is wrong or unusual, how much it matters, and what to do.
  - Services, web sites, friendly name and key are lost in plain remote sessions. They are read here from the typed data
    that a full session sends, without PowerShell on the control node.
  - Reads with one session for all servers, and three cmdlets for each. Nothing is written.
  - What cannot be read is named in RV(errors); the rest is returned.
extends_documentation_fragment:
  - mailops.exchange.exchange
  - mailops.exchange.exchange.attributes
attributes:
  check_mode:
    description: Can run in C(check_mode). It only reads, so it does the same there.
    support: full
  diff_mode:
    description: Returns what changed. It changes nothing.
    support: none
options:
  servers:
    description:
      - Names of the servers whose certificates are read, as FQDN or NetBIOS name.
      - An empty list means every server of the organization except Edge Transport servers and Exchange 2010.
      - O(server) only says which server is asked.
    type: list
    elements: str
    default: []
  names:
    description:
      - Host names that clients use, beside those that the URLs of the servers name.
      - Findings say which of them a certificate does not hold.
    type: list
    elements: str
    default: []
  bindings:
    description:
      - Registered results of M(mailops.exchange.iis_binding_info), one of a server.
      - Where the signing of data is broken, they complete RV(servers[].certificates[].sites) and the service V(IIS),
        which raw data does not tell.
      - Of every server they tell whether SMTP can read the keys of its certificates, for the findings.
    type: list
    elements: dict
    default: []
  mail_probes:
    description:
      - Registered results of M(mailops.exchange.exchange_mail_probe), which may have asked many servers each.
      - They tell which certificate POP and IMAP of a server present, for a finding where that is not the one that
        X509CertificateName leads to, as after a renewal until their services are restarted.
      - What they saw of SMTP, and of names that are no server's FQDN, is not used. Where no handshake was seen, nothing
        is found.
    type: list
    elements: dict
    default: []
requirements:
  - cryptography (on the control node; pypsrp needs it too)
notes:
  - A server whose signing of data is broken sends the certificate alone. RV(servers[].certificates[].source) is
    V(raw_data) then, values that cannot be known are null, and services that may be enabled without being seen are
    listed in RV(servers[].certificates[].underivable). V(IIS) is among them unless O(bindings) tell.
  - Exchange does not list a certificate whose private key is missing.
  - Only V(Valid) of the numbers of statuses, and V(None) and V(Registry) of those of roots, were recorded on real
    servers. The names of the others follow the order on Microsoft's page; a number without a name is shown as such.
seealso:
  - module: mailops.exchange.exchange_info
  - module: mailops.exchange.exchange_mail_probe
"""

EXAMPLES = r"""
- name: Read the certificates of all servers
  mailops.exchange.exchange_certificate_info:
  register: exchange

- name: Stop when something is critical
  ansible.builtin.assert:
    that: exchange.findings | selectattr('severity', 'equalto', 'critical') | list | length == 0

- name: Look at two servers and the names that a plan needs
  mailops.exchange.exchange_certificate_info:
    servers: [ex1.contoso.com, ex2.contoso.com]
    names: [mail.contoso.com, autodiscover.contoso.com]

- name: See what POP and IMAP present, whatever the certificate is
  mailops.exchange.exchange_mail_probe:
    servers: [ex1.contoso.com, ex2.contoso.com]
    protocols: [pop3s, imap4s]
    validate_certs: false
  register: mail

- name: Find the services that still show an old certificate
  mailops.exchange.exchange_certificate_info:
    mail_probes: ["{{ mail }}"]
"""

RETURN = r"""
servers:
  description: Servers with their certificates, in the order of their names.
  returned: success
  type: list
  elements: dict
  contains:
    server:
      description: NetBIOS name.
      type: str
    fqdn:
      description: Fully qualified name in lower case.
      type: str
    certificates:
      description: Certificates that Exchange lists, the first to end first. Null where they could not be read.
      type: list
      elements: dict
      contains:
        thumbprint:
          description: SHA-1 of the certificate in upper case hexadecimal digits, computed here.
          type: str
        subject:
          description: Subject as .NET writes it.
          type: str
        issuer:
          description: Issuer as .NET writes it.
          type: str
        names:
          description: Host names as Exchange lists them, the common name among them if it is one.
          type: list
          elements: str
        alternative_names:
          description: DNS names and IP addresses of the subject alternative name alone, which is what clients look at.
          type: list
          elements: str
        not_before:
          description: Begin of validity, UTC.
          type: str
        not_after:
          description: End of validity, UTC.
          type: str
        serial_number:
          description: Serial number in upper case hexadecimal digits.
          type: str
        key_algorithm:
          description: V(RSA), V(ECDSA), V(DSA), V(Ed25519) or V(Ed448); null for others.
          type: str
        key_size:
          description: Bits of the key.
          type: int
        signature_algorithm:
          description: Name as Windows writes it, or an object identifier.
          type: str
        key_usage:
          description: Key usage; empty without that extension.
          type: list
          elements: str
        eku:
          description: Object identifiers of extended key usage; empty without that extension, which allows everything.
          type: list
          elements: str
        self_signed:
          description: Whether it is signed by its own key.
          type: bool
        source:
          description: How it was read, V(serialization_data) or V(raw_data).
          type: str
        friendly_name:
          description: Friendly name.
          type: str
        services:
          description:
            - Services that it is enabled for.
            - V(IMAP), V(POP), V(UM), V(IIS), V(SMTP), V(Federation) and V(UMCallRouter), in this order.
          type: list
          elements: str
        underivable:
          description: Services that it may be enabled for as well, but which this way of reading cannot tell.
          type: list
          elements: str
        sites:
          description: Web sites that it is bound to, V(front_end) or V(back_end), or the identifier of another.
          type: list
          elements: str
        key_provider:
          description: Provider of the private key; empty for keys that Exchange made.
          type: str
        key_provider_type:
          description: Number of the provider's type.
          type: int
        key_storage:
          description: V(csp), or V(cng) which forms authentication cannot use.
          type: str
        has_private_key:
          description: Whether the server has the private key.
          type: bool
        private_key_exportable:
          description: Whether the private key may leave the server.
          type: bool
        status:
          description: What the server thinks of it, such as V(Valid) or V(DateInvalid), or a number without known name.
          type: str
        root_ca_type:
          description: Where its root is trusted, such as V(None) or V(Registry), or a number without known name.
          type: str
        pending:
          description: Whether it is a request that waits for its answer; null where that cannot be known.
          type: bool
        roles:
          description: V(internal_transport), V(auth_current), V(auth_previous) and V(auth_next), where it is that.
          type: list
          elements: str
    complete:
      description: Whether all certificates that the server listed could be read.
      type: bool
    internal_transport_thumbprint:
      description: Thumbprint of the default certificate of transport; empty when none is set, null when not read.
      type: str
    pop_certificate_name:
      description: Name by which POP looks for its certificate; null when not read.
      type: str
    imap_certificate_name:
      description: Name by which IMAP looks for its certificate; null when not read.
      type: str
    pop_hosts:
      description:
        - Hosts that its settings tell clients of POP to use, in lower case, as InternalConnectionSettings and
          ExternalConnectionSettings name them; null when not read.
      type: list
      elements: str
    imap_hosts:
      description: Hosts that its settings tell clients of IMAP to use; null when not read.
      type: list
      elements: str
    client_access:
      description: Whether it has a front end, which an Exchange 2013 Mailbox server alone has not.
      type: bool
    back_end:
      description: Whether it has a back end, which an Exchange 2013 Client Access server alone has not.
      type: bool
  sample:
    - server: EX1
      fqdn: ex1.contoso.com
      complete: true
      internal_transport_thumbprint: 2B5C0E3A9D14F7786E21C4A05B9F3D8817E6A0C2
      pop_certificate_name: mail.contoso.com
      imap_certificate_name: mail.contoso.com
      pop_hosts: [ex1.contoso.com, mail.contoso.com]
      imap_hosts: [ex1.contoso.com, mail.contoso.com]
      client_access: true
      back_end: true
      certificates:
        - thumbprint: 9F1E4C7A2D3B5860E7C1A4F29B8D6035E2C7F418
          subject: CN=mail.contoso.com, O=Contoso
          issuer: CN=Contoso Issuing CA, O=Contoso
          names: [mail.contoso.com, autodiscover.contoso.com]
          not_after: "2027-03-01T12:00:00Z"
          services: [IMAP, POP, IIS, SMTP]
          sites: [front_end]
          friendly_name: Mail 2026
          key_provider: Microsoft RSA SChannel Cryptographic Provider
          key_storage: csp
          private_key_exportable: true
          status: Valid
          source: serialization_data
auth_config:
  description: The certificates that servers authenticate to each other and to partners with; null when not read.
  returned: success
  type: dict
  contains:
    current_thumbprint:
      description: Thumbprint in use; empty when none is set, like the others.
      type: str
    previous_thumbprint:
      description: Thumbprint that was in use before.
      type: str
    next_thumbprint:
      description: Thumbprint that is staged.
      type: str
    next_effective_date:
      description: When the staged one comes into use, UTC; null when none is staged.
      type: str
  sample:
    current_thumbprint: 5A7D90C3E1B24F6688D02C9B1F3E5A74C6D8B013
    previous_thumbprint: ""
    next_thumbprint: ""
    next_effective_date: null
connectors:
  description: Send and Receive connectors, as far as they choose a certificate.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: V(send) or V(receive).
      type: str
    identity:
      description: Identity.
      type: str
    servers:
      description: The server of a Receive connector, the source servers of a Send connector.
      type: list
      elements: str
    fqdn:
      description: Name that it announces; empty when none is set.
      type: str
    tls_certificate_name:
      description: Issuer and subject of the certificate that it uses; empty when none is set.
      type: str
  sample:
    - kind: send
      identity: To the Internet
      servers: [EX1, EX2]
      fqdn: mail.contoso.com
      tls_certificate_name: <I>CN=Contoso Issuing CA, O=Contoso<S>CN=mail.contoso.com, O=Contoso
hybrid:
  description: The hybrid configuration, as far as it chooses a certificate; null without one, and when not read.
  returned: success
  type: dict
  contains:
    servers:
      description: Mailbox servers that receive or send hybrid mail; none where Edge Transport servers do.
      type: list
      elements: str
    tls_certificate_name:
      description: Issuer and subject of the certificate that it uses; empty when none is set.
      type: str
  sample:
    servers: [EX1, EX2]
    tls_certificate_name: <I>CN=Contoso Issuing CA, O=Contoso<S>CN=mail.contoso.com, O=Contoso
names:
  description: The option O(names).
  returned: success
  type: list
  elements: str
  sample: [mail.contoso.com]
findings:
  description: What somebody should know, the most severe first.
  returned: success
  type: list
  elements: dict
  contains:
    code:
      description: Stable name.
      type: str
    severity:
      description: V(critical), V(high), V(warning) or V(info).
      type: str
    subject:
      description: The server, object, site or name that it is about.
      type: str
    sentence:
      description: The facts and their consequence.
      type: str
    cure:
      description: What to do.
      type: str
    link:
      description: Microsoft's page about it, or empty.
      type: str
  sample:
    - code: certificate_names_missing
      severity: critical
      subject: EX1
      sentence: Clients of this server use mail.contoso.com, but the certificate on its 443, EX1
        (07CC44BD63B73F5FC37B16E452C1F6DCC0600BE1), does not hold mail.contoso.com.
      cure: Have the certificate issued with these names, or send clients to names that it holds
        (exchange_client_access).
      link: https://learn.microsoft.com/exchange/architecture/client-access/certificates
errors:
  description: What could not be read, in the server's own words where it gave some.
  returned: success
  type: list
  elements: str
  sample: []
read_at:
  description: When it was read, by the clock of the control node, UTC.
  returned: success
  type: str
  sample: "2026-11-21T12:00:00Z"
commands:
  description: Commands that could write. There are none.
  returned: success
  type: list
  elements: str
  sample: []
domain_controller:
  description: The domain controller that was read.
  returned: success
  type: str
  sample: dc1.contoso.com
answered_by:
  description: The back end that ran the cmdlets, where the server has told. It is not always the server itself.
  returned: success
  type: str
  sample: ex2.contoso.com
"""
