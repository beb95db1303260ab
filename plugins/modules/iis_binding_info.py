# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: iis_binding_info
short_description: Read web sites, bindings and their certificates on an Exchange server, and what is wrong with them
version_added: 0.1.0
description:
  - Returns the web sites, the bindings over HTTP, the certificates of http.sys and of the machine's own store, the
    application pools and services of one server.
  - Returns findings as well, which compare all that with what Exchange needs on Default Web Site (443 and
    127.0.0.1:443) and on Exchange Back End (444), and repairs, which are ready arguments for this collection's modules
    in the order that works.
  - Findings are also about the server's clock beside that of the control node, about the rights on the files of the
    keys that serve, and about certificates with keys of elliptic curves. No repair follows from these.
  - One of the findings is a running Exchange Setup, in whatever mode, by its process.
  - What could not be read is a finding too, and never called healthy. Without the web sites and application pools of
    IIS nothing is repaired but its services.
  - Exchange need not answer. A server whose Exchange PowerShell is dead can be looked at as well as any other.
  - Nothing is written.
extends_documentation_fragment:
  - mailops.exchange.windows
  - mailops.exchange.windows.endpoint
  - mailops.exchange.windows.http_sys
  - mailops.exchange.windows.bindings
  - mailops.exchange.windows.attributes
attributes:
  check_mode:
    description: Can run in C(check_mode). It only reads, so it does the same there.
    support: full
  diff_mode:
    description: Returns what changed. It changes nothing.
    support: none
options:
  peers:
    description:
      - FQDNs of other Exchange servers whose port 444 is tried from this server.
      - A port that is blocked takes Windows 10 to 20 seconds to tell.
    type: list
    elements: str
    default: []
  front_end_thumbprint:
    description:
      - The certificate that repairs bind to 443 and 127.0.0.1:443. Without it only one that 443 has lost is replaced,
        where no doubt is by which.
    type: str
  back_end_thumbprint:
    description:
      - The certificate that repairs bind to 444. Without it a good one stays, and otherwise the self-signed Microsoft
        Exchange is taken, or else any with a key of a CSP that is for TLS servers, valid today and for the server's
        name.
    type: str
  new_certificate:
    description: Let repairs make a new self-signed certificate for 444 where the server has none that will do.
    type: bool
    default: false
requirements:
  - cryptography (on the control node; pypsrp needs it too)
notes:
  - It costs 14 commands, one more for each certificate with a key and for each of O(peers), one where the store has a
    certificate with a key of an elliptic curve, and one with O(bindings_source=by_protocol).
  - What cannot be read of keys' files, the registry or the clock is among RV(errors), and keeps nothing else from being
    read or repaired.
  - A key that CNG keeps and a key that cannot be read look the same from here, and Exchange can use neither, unless its
    curve is elliptic and RV(ecc_supported). The rights on keys of CNG are not looked at.
  - An entry of http.sys for an address or a host name hides the one for all addresses. On 443 and 444 each one that no
    web site uses is a finding. A repair removes those of IIS; those of other programs are listed in RV(undecided).
    Another web site that has an address or a host name of its own on 443 is meant to have it, and is not looked at.
  - Only the store My is read. A certificate that http.sys takes from another store is a finding.
  - Whether SMTP uses a certificate cannot be seen from here; M(mailops.exchange.exchange_certificate_info) tells, and
    with this module's result as O(mailops.exchange.exchange_certificate_info#module:bindings) also whether SMTP can
    read its key.
  - Of two servers whose clocks are more than five minutes apart, one at least has a finding, as each is compared with
    the same control node. A difference that the time of the question explains is none.
  - Events 15021 stay in the log after a repair. They are findings of severity V(info), which do not count as unhealthy.
seealso:
  - module: mailops.exchange.iis_binding
  - module: mailops.exchange.iis_site
  - module: mailops.exchange.iis_app_pool
  - module: mailops.exchange.iis_service
"""

EXAMPLES = r"""
- name: Look at the server's bindings, and at 444 of all the others
  mailops.exchange.iis_binding_info:
    peers: [ex2.contoso.com, ex3.contoso.com]
  register: bindings

- name: Stop where port 444 would not work
  ansible.builtin.assert:
    that: bindings.healthy
    fail_msg: "{{ bindings.findings | map(attribute='sentence') | join(' ') }}"
"""

RETURN = r"""
sites:
  description: Web sites in the order of their numbers.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name.
      type: str
    id:
      description: Number.
      type: int
    state:
      description: V(Started) or V(Stopped); something else only while IIS does not run.
      type: str
    physical_path:
      description: Folder of the site.
      type: str
    application_pool:
      description: Pool of the site's root.
      type: str
bindings:
  description: Bindings over HTTP of all sites.
  returned: success
  type: list
  elements: dict
  contains:
    site:
      description: Name of the web site.
      type: str
    protocol:
      description: V(http) or V(https).
      type: str
    information:
      description: Address, port and host name as IIS writes them.
      type: str
    address:
      description: IP address; V(*) for every address.
      type: str
    port:
      description: Port.
      type: int
    host_name:
      description: Host name; empty for every name.
      type: str
    ssl_flags:
      description: Bits of sslFlags.
      type: int
    thumbprint:
      description: The certificate that IIS shows; null without one.
      type: str
    store:
      description: The certificate's store; null without one.
      type: str
http_sys:
  description: Certificates of http.sys.
  returned: success
  type: list
  elements: dict
  contains:
    address:
      description: IP address; null for an entry by host name.
      type: str
    port:
      description: Port.
      type: int
    host_name:
      description: Host name of an entry with SNI; otherwise empty.
      type: str
    thumbprint:
      description: The certificate; null in a broken entry.
      type: str
    store:
      description: The certificate's store.
      type: str
    app_id:
      description: Who made the entry; null where the registry does not tell.
      type: str
certificates:
  description: Certificates of the machine's own store.
  returned: success
  type: list
  elements: dict
  contains:
    thumbprint:
      description: SHA-1 of the certificate, computed here.
      type: str
    subject:
      description: Subject as .NET writes it.
      type: str
    issuer:
      description: Issuer as .NET writes it.
      type: str
    names:
      description: Host names, the common name among them if it is one.
      type: list
      elements: str
    not_before:
      description: Begin of validity, UTC.
      type: str
    not_after:
      description: End of validity, UTC.
      type: str
    self_signed:
      description: Whether subject and issuer are the same.
      type: bool
    friendly_name:
      description: Friendly name.
      type: str
    has_private_key:
      description: Whether the store has its key.
      type: bool
    key_storage:
      description: V(csp); V(other) for a key of CNG or one that cannot be read; null without a key.
      type: str
    key_algorithm:
      description: V(RSA), V(ECDSA), V(DSA), V(Ed25519) or V(Ed448); null for others.
      type: str
    key_file:
      description: Path of the file in which a CSP keeps the key; null for other keys.
      type: str
    eku:
      description: OIDs of extended key usage; empty without the extension, which allows everything.
      type: list
      elements: str
    key_rights:
      description:
        - What each may do with RV(certificates[].key_file), V(full), V(read) or V(none). Null where it was not read.
      type: dict
      contains:
        system:
          description: The account SYSTEM (S-1-5-18).
          type: str
        administrators:
          description: Members of Administrators (S-1-5-32-544).
          type: str
        network_service:
          description: The account NETWORK SERVICE (S-1-5-20).
          type: str
app_pools:
  description: State of each application pool by its name.
  returned: success
  type: dict
  sample: {MSExchangeOWAAppPool: Started}
services:
  description: State of WAS, W3SVC and MSExchangeServiceHost, as far as it could be read.
  returned: success
  type: dict
  sample: {WAS: Running, W3SVC: Running, MSExchangeServiceHost: Running}
peers:
  description: Whether 444 of each of O(peers) can be reached from the server; V(open), V(blocked) or V(unknown).
  returned: success
  type: dict
  sample: {ex2.contoso.com: open}
clock:
  description: The server's clock beside that of the control node. Null where it was not told.
  returned: success
  type: dict
  contains:
    server:
      description: What the server's clock said, UTC.
      type: str
    control_node:
      description: What that of the control node said when the question was sent, UTC.
      type: str
    ahead:
      description: Seconds that the server's is ahead, at least; negative when it is behind.
      type: int
    within:
      description: Seconds from question to answer. By so much more the clocks may be apart.
      type: float
  sample: {server: "2026-11-21T12:00:07Z", control_node: "2026-11-21T12:00:00Z", ahead: 6, within: 0.412}
ecc_supported:
  description:
    - Whether Exchange on this server takes certificates with keys of elliptic curves. Null where that was not asked, as
      no such certificate is there with its key, or could not be read.
  returned: success
  type: bool
  sample: false
findings:
  description: What is wrong or worth knowing, the most severe first.
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
      description: The server.
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
healthy:
  description: Whether there is no finding above V(info).
  returned: success
  type: bool
  sample: true
setup_running:
  description: Whether Exchange Setup runs on the server, by its process; null where that could not be read.
  returned: success
  type: bool
  sample: false
repairs:
  description:
    - What would make the server healthy, as far as that can be done on it, in order. Nothing should be repaired unless
      RV(setup_running) is false.
  returned: success
  type: list
  elements: dict
  contains:
    module:
      description: Name of a module of this collection.
      type: str
    args:
      description: Its arguments.
      type: dict
    why:
      description: What is wrong, and why this is the cure.
      type: str
  sample:
    - module: iis_binding
      args:
        site: Exchange Back End
        protocol: https
        address: "*"
        port: 444
        replaces: "*:445:"
        thumbprint: 07CC44BD63B73F5FC37B16E452C1F6DCC0600BE1
      why: "It is on *:445: instead of *:444:."
look_again:
  description:
    - Whether RV(repairs) start services without which IIS does not tell the rest. Run them, then read again.
  returned: success
  type: bool
  sample: false
undecided:
  description: What a person has to decide before it can be repaired.
  returned: success
  type: list
  elements: str
  sample: []
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
server:
  description: Name of the server.
  returned: success
  type: str
  sample: ex1.contoso.com
"""
