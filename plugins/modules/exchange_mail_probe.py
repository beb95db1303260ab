# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: exchange_mail_probe
short_description: Ask Exchange servers for TLS on their mail ports, as clients and other mail servers do
version_added: 0.1.0
description:
  - Connects to SMTP, POP3 and IMAP4 of each server, many at once, from the control node, begins TLS with C(STARTTLS),
    C(STLS) or at once, and judges the certificate and the chain that the server sends. Then it says goodbye.
  - It never logs in and never sends mail. No session is opened, and no credentials are needed.
  - Whatever is wrong is a finding that says what it was - the name, the port, the protocol, STARTTLS, TLS, the time or
    the certificate - and what to do.
  - Each probe is a connection of its own with a full TLS handshake, so the certificate that is returned is the one
    that the server shows now.
options:
  servers:
    description:
      - FQDNs of the servers that are probed, each by its own address. Case does not matter.
      - The name of a load balancer is one too.
    type: list
    elements: str
    required: true
  names:
    description:
      - Host names that each server is asked for in the handshake (SNI), and that its certificate must hold. Exchange
        chooses without looking at them.
      - An empty list means the server's own FQDN.
    type: list
    elements: str
    default: []
  addresses:
    description:
      - Address or host name by FQDN, where a server is not reached by its own name.
      - Without an entry the control node's DNS is asked. Of several addresses the first that takes a connection is
        used; one that is silent is not waited for.
    type: dict
    default: {}
  protocols:
    description:
      - Protocols that are asked for TLS, on their documented ports.
      - V(smtp) is port 25 and V(submission) 587, with C(STARTTLS). V(pop3) is 110 and V(imap4) 143, with C(STLS) and
        C(STARTTLS). V(pop3s) is 995 and V(imap4s) 993, where TLS comes first.
      - After Setup POP and IMAP do not run.
    type: list
    elements: str
    choices: [smtp, submission, pop3, pop3s, imap4, imap4s]
    default: [smtp]
  ports:
    description: Port by protocol, where it is another one.
    type: dict
    default: {}
extends_documentation_fragment:
  - mailops.exchange.probe
notes:
  - Port 25 of a server shows the certificate that the Receive connector for this address finds by its own name. On the
    connector Default Frontend that is the server's FQDN and mostly Setup's self-signed certificate, which other servers
    of the organization trust and nobody else. With O(validate_certs=false) it is proved that TLS works there at all.
  - Which connector answers depends on the address that one comes from.
  - Whether mail would be taken is not asked. Exchange answers C(EHLO) in maintenance too.
seealso:
  - module: mailops.exchange.exchange_certificate_info
  - module: mailops.exchange.exchange_health_probe
"""

EXAMPLES = r"""
- name: Prove that STARTTLS works on every server, whatever the certificate is
  mailops.exchange.exchange_mail_probe:
    servers: [ex1.contoso.com, ex2.contoso.com]
    validate_certs: false
  register: mail

- name: Stop when something is wrong
  ansible.builtin.assert:
    that: mail.healthy
    fail_msg: "{{ mail.findings | map(attribute='sentence') | join(' ') }}"

- name: After a restart, wait until POP and IMAP show the new certificate
  mailops.exchange.exchange_mail_probe:
    servers: ["{{ inventory_hostname }}"]
    addresses: "{{ {inventory_hostname: ansible_host} }}"
    names: [mail.contoso.com]
    protocols: [pop3s, imap4s]
    thumbprint: 9F1E4C7A2D3B5860E7C1A4F29B8D6035E2C7F418
    wait_for: healthy
"""

RETURN = r"""
healthy:
  description: Whether every port begins TLS with a certificate that clients accept and that is the expected one.
  returned: when something was probed
  type: bool
  sample: false
probes:
  description: Each port under each name, in the order of the options. The last try counts.
  returned: when something was probed
  type: list
  elements: dict
  contains:
    subject:
      description: FQDN of the server.
      type: str
    protocol:
      description: The protocol.
      type: str
    name:
      description: Host name that was asked for.
      type: str
    host:
      description: Name or address that was connected to.
      type: str
    address:
      description: Address that was connected to; null when the name did not resolve.
      type: str
    port:
      description: Port that was connected to.
      type: int
    tls_offered:
      description: Whether the server offers to begin TLS; null where TLS comes first, or nothing was heard.
      type: bool
    secure:
      description:
        - Whether the handshake passed, with a certificate that was accepted where O(validate_certs) is on.
        - It is possible with a certificate that is not the expected one.
      type: bool
    fault:
      description:
        - What is wrong, V(name), V(port), V(protocol), V(starttls), V(tls), V(time) or V(certificate); null when all is
          well.
      type: str
    seconds:
      description: How long the last try took, without DNS.
      type: float
    attempts:
      description: How many tries it took.
      type: int
    certificate:
      description:
        - Certificate that the server showed, with its C(thumbprint), C(subject), C(issuer), C(names), C(not_before) and
          C(not_after); null when it showed none.
        - Where it was refused it is that of a second handshake.
      type: dict
    chain:
      description:
        - Certificates that the server sent in that handshake, its own first, each with C(thumbprint) and C(subject).
        - Empty when none came.
      type: list
      elements: dict
  sample:
    - subject: ex1.contoso.com
      protocol: smtp
      name: mail.contoso.com
      host: ex1.contoso.com
      address: 192.0.2.11
      port: 25
      tls_offered: true
      secure: true
      fault: null
      seconds: 0.034
      attempts: 1
      certificate:
        thumbprint: 9F1E4C7A2D3B5860E7C1A4F29B8D6035E2C7F418
        subject: CN=mail.contoso.com, O=Contoso
        issuer: CN=Contoso Issuing CA, O=Contoso
        names: [mail.contoso.com, autodiscover.contoso.com]
        not_before: "2026-03-01T12:00:00Z"
        not_after: "2027-03-01T12:00:00Z"
      chain:
        - thumbprint: 9F1E4C7A2D3B5860E7C1A4F29B8D6035E2C7F418
          subject: CN=mail.contoso.com, O=Contoso
        - thumbprint: 0B7D25C1A8F94E36D2570C18BE49A3F6710D5C92
          subject: CN=Contoso Issuing CA, O=Contoso
findings:
  description:
    - What somebody should know, the most severe first; one for all protocols with the same fault.
    - A root that is sent along, or a name in the subject alone, is a finding but no fault.
  returned: when something was probed
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
      description: FQDN of the server.
      type: str
    sentence:
      description: The protocols, the facts and their consequence.
      type: str
    cure:
      description: What to do.
      type: str
    link:
      description: Microsoft's page about it, or empty.
      type: str
  sample:
    - code: mail_smtp_tls_cut
      severity: critical
      subject: ex2.contoso.com
      sentence: "smtp: 192.0.2.12:25 cuts the TLS handshake off, as Exchange does where the chosen certificate is not
        enabled for SMTP, or its key cannot be used."
      cure: "A certificate that the connector chooses by its name is there without SMTP, as after an import alone: give
        it SMTP (exchange_certificate with services), or remove it."
      link: ""
"""
