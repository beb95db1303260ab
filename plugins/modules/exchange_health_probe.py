# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: exchange_health_probe
short_description: Ask Exchange servers for their health pages, as load balancers and clients do
version_added: 0.1.0
description:
  - Asks for C(healthcheck.htm) of every protocol, of each server by its own address and through the names that clients
    use, many at once, from the control node. No session is opened, and no credentials are needed.
  - A page is up when it answers C(GET) with status 200 and the server's own FQDN in the body. Nothing else counts.
  - Whatever else happens is a finding that says what it was - the name, the port, TLS, the status, the body or the
    time - and what to do.
  - Each probe is a connection of its own with a full TLS handshake, so the certificate that is returned is the one
    that the server shows now. Redirections are not followed and proxies are not used.
options:
  servers:
    description:
      - FQDNs of the servers that are probed, each by its own address. Case does not matter.
      - They are also the servers that may answer for O(namespaces); without them any may.
    type: list
    elements: str
    default: []
  names:
    description:
      - Host names that each server is asked for, in the handshake (SNI) and in the C(Host) header, and that its
        certificate must hold.
      - An empty list means the server's own FQDN, which certificates for clients often do not hold.
    type: list
    elements: str
    default: []
  namespaces:
    description: Host names that are probed as clients do, through DNS and load balancers.
    type: list
    elements: str
    default: []
  addresses:
    description:
      - Address or host name by FQDN or namespace, where it is not reached by its own name.
      - Without an entry the control node's DNS is asked. Of several addresses the first that takes a connection is
        used; one that is silent is not waited for.
    type: dict
    default: {}
  protocols:
    description:
      - Protocols whose page is asked for.
      - V(powershell) has a page too, but clients do not use it and load balancers should block it. Exchange 2013 has
        V(mapi) from Service Pack 1 on.
    type: list
    elements: str
    choices: [owa, ecp, ews, activesync, oab, mapi, rpc, autodiscover, powershell]
    default: [owa, ecp, ews, activesync, oab, mapi, rpc, autodiscover]
  scheme:
    description: Protocol of the pages. Exchange may answer V(http) with 403, and it tells nothing about certificates.
    type: str
    choices: [https, http]
    default: https
  port:
    description: Port of the pages. Defaults to 443 or 80.
    type: int
notes:
  - The page is made by the front end alone. It does not tell whether the back end on 444, databases, Active Directory
    or mail flow work. Only managed availability, later, takes a protocol out for them.
  - Through a namespace one server answers for all. A dead one behind a load balancer is seen only by O(servers).
extends_documentation_fragment:
  - mailops.exchange.probe
seealso:
  - module: mailops.exchange.exchange_certificate_info
  - module: mailops.exchange.exchange_mail_probe
"""

EXAMPLES = r"""
- name: Probe every page of two servers, and of the name that clients use
  mailops.exchange.exchange_health_probe:
    servers: [ex1.contoso.com, ex2.contoso.com]
    names: [mail.contoso.com]
    namespaces: [mail.contoso.com]
  register: health

- name: Stop when something is wrong
  ansible.builtin.assert:
    that: health.healthy
    fail_msg: "{{ health.findings | map(attribute='sentence') | join(' ') }}"

- name: After a recycle, wait until the server is healthy and shows the new certificate
  mailops.exchange.exchange_health_probe:
    servers: ["{{ inventory_hostname }}"]
    addresses: "{{ {inventory_hostname: ansible_host} }}"
    names: [mail.contoso.com, autodiscover.contoso.com]
    thumbprint: 9F1E4C7A2D3B5860E7C1A4F29B8D6035E2C7F418
    wait_for: healthy
    deadline: 600
"""

RETURN = r"""
healthy:
  description: Whether every page is up and shows the certificate that is expected.
  returned: when something was probed
  type: bool
  sample: false
probes:
  description: Each page, servers first, in the order of the options. The last try counts.
  returned: when something was probed
  type: list
  elements: dict
  contains:
    subject:
      description: FQDN of the server, or the namespace.
      type: str
    protocol:
      description: The protocol.
      type: str
    url:
      description: What was asked for.
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
    up:
      description: Whether status and body are right. It is possible with a certificate that is not the expected one.
      type: bool
    fault:
      description:
        - What is wrong, V(name), V(port), V(tls), V(status), V(body), V(time) or V(certificate); null when healthy.
        - V(status) is also a connection that is closed without an answer.
      type: str
    status:
      description: HTTP status; null when none came.
      type: int
    answered_by:
      description: FQDN that the page names, in lower case; null when none did.
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
      protocol: owa
      url: https://mail.contoso.com/owa/healthcheck.htm
      host: ex1.contoso.com
      address: 192.0.2.11
      port: 443
      up: true
      fault: null
      status: 200
      answered_by: ex1.contoso.com
      seconds: 0.021
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
    - What somebody should know, the most severe first; one for all pages with the same fault.
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
      description: FQDN of the server, or the namespace.
      type: str
    sentence:
      description: The pages, the facts and their consequence.
      type: str
    cure:
      description: What to do.
      type: str
    link:
      description: Microsoft's page about it, or empty.
      type: str
  sample:
    - code: health_page_unavailable
      severity: high
      subject: ex2.contoso.com
      sentence: "owa: 192.0.2.12:443 answers 503, the service is unavailable."
      cure: "See whether the application pool of the directory runs (HTTPERR log: Disabled, QueueFull, AppOffline);
        after a recycle, wait."
      link: https://learn.microsoft.com/exchange/architecture/client-access/load-balancing
"""
