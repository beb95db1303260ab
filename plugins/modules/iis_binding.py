# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: iis_binding
short_description: Set one http or https binding of a web site, with its certificate
version_added: 0.1.0
description:
  - Adds, moves, changes or removes one binding of one web site, and gives it a certificate of the server.
  - IIS keeps bindings, but http.sys keeps their certificates. Both are read, and entries of http.sys that are stale,
    missing or left over by the binding are put right.
  - Nothing else is touched. All bindings of all sites and all certificates of http.sys are read before and after, and a
    difference anywhere else is a failure.
  - Exchange need not answer, so that port 444 can be repaired while Exchange PowerShell is dead. A move,
    a certificate or a place that cannot work is refused before anything is written.
  - Where IIS shares its configuration with other servers, writing is refused. Where another program writes the
    configuration at the same time, everything is read again and decided anew, four times at most.
extends_documentation_fragment:
  - mailops.exchange.windows
  - mailops.exchange.windows.endpoint
  - mailops.exchange.windows.http_sys
  - mailops.exchange.windows.bindings
  - mailops.exchange.windows.attributes
options:
  site:
    description: Name of the web site, such as V(Default Web Site) or V(Exchange Back End).
    type: str
    required: true
  state:
    description:
      - V(present) has the binding there.
      - V(absent) has it not there, nor a certificate in http.sys for that address and port that no web site uses.
        A certificate that something else than IIS has put there, WinRM or the web management service for example, is
        left alone, also where a web site has used it too.
    type: str
    choices: [present, absent]
    default: present
  protocol:
    description: Protocol of the binding. Bindings of net.tcp, net.pipe and msmq are never touched.
    type: str
    choices: [http, https]
    default: https
  address:
    description:
      - IPv4 or IPv6 address.
      - An empty text, V(*) and V(0.0.0.0) all mean every address. A binding that is there keeps its way of writing.
        Exchange writes it empty for V(443) and V(*) for V(444).
    type: str
    default: "*"
  port:
    description: Port of the binding.
    type: int
    required: true
  host_name:
    description: Host name that the binding is for. Exchange wants none on 443 and 444.
    type: str
    default: ""
  replaces:
    description:
      - Another binding of the same site and protocol that becomes this one, such as V(*:445:) for a back end whose port
        was changed. It is written as RV(mailops.exchange.iis_binding_info#module:bindings[].information) shows it; an
        empty address, V(*) and V(0.0.0.0) are one here too.
      - It takes its flags along, and its certificate where O(thumbprint) is not given. Where http.sys has a certificate
        for the new place that is in O(store) with its key, or that is not this binding's alone, that one stays. Where
        it is not there, or not there any more, nothing comes of it.
    type: str
  thumbprint:
    description:
      - The certificate, which is in O(store) of the machine with its private key. Blanks and case do not matter.
      - Without it the binding keeps what it has.
    type: str
  store:
    description:
      - Certificate store of the machine, below V(Cert:\\LocalMachine). Case does not matter.
      - Where http.sys takes O(thumbprint) from another store, it is bound again from this one.
    type: str
    default: My
  new_certificate:
    description:
      - Make a self-signed certificate for the server's name and bind it, unless the one that is bound will do for
        Exchange's back end. It will do if it has a key of a CSP, is valid today and is for O(server).
      - For port 444 of a server that has no certificate left, and whose Exchange PowerShell is dead for that reason.
        Windows Server 2016 and later.
    type: bool
    default: false
  ssl_flags:
    description:
      - Sum of the bits 1 (SNI), 4 (no HTTP/2), 8 (no OCSP stapling), 16 (no QUIC), 32 (no TLS 1.3) and 64 (no old TLS).
      - Without it all bits stay as they are; a new binding has none. Exchange wants none.
    type: int
  shared:
    description:
      - Allow that bindings of other sites get the certificate too. http.sys has one for each address and port.
      - Otherwise that is refused, with the names of those sites.
    type: bool
    default: false
  attach_with:
    description:
      - How a certificate is bound. V(method) calls AddSslCertificate or RebindSslCertificate of the binding.
        V(provider) makes the entry by the drive of IIS, where the methods fail, and takes certificates from
        V(My) alone.
    type: str
    choices: [method, provider]
    default: method
  remove_with:
    description:
      - How a binding is removed. V(configuration) clears it by its path in the configuration. V(binding) uses
        Remove-WebBinding, always with the whole binding information.
    type: str
    choices: [configuration, binding]
    default: configuration
  server_check:
    description:
      - In check mode send each write with C(-WhatIf) where its cmdlet knows that, so that the server checks it too.
      - What would only be there after a write before it is not found then, and not checked.
    type: bool
    default: false
requirements:
  - cryptography (on the control node; pypsrp needs it too)
notes:
  - Open connections keep the certificate that they began with. Microsoft's article about 444 wants WAS and W3SVC
    restarted after a repair; see RV(iis_restart_needed) and M(mailops.exchange.iis_service).
  - The certificate of a load balanced name on 443 is better set with Exchange's own cmdlets, where they work.
seealso:
  - module: mailops.exchange.iis_binding_info
  - module: mailops.exchange.iis_service
"""

EXAMPLES = r"""
- name: Bring the back end's port back from 445, with the certificate that it has
  mailops.exchange.iis_binding:
    site: Exchange Back End
    port: 444
    replaces: "*:445:"

- name: Give the back end its self-signed certificate again
  mailops.exchange.iis_binding:
    site: Exchange Back End
    port: 444
    thumbprint: 07CC44BD63B73F5FC37B16E452C1F6DCC0600BE1

- name: Put back the loopback binding of the front end
  mailops.exchange.iis_binding:
    site: Default Web Site
    address: 127.0.0.1
    port: 443
    thumbprint: "{{ public_thumbprint }}"

- name: Run the repairs that iis_binding_info suggests for bindings
  mailops.exchange.iis_binding: "{{ item.args }}"
  loop: "{{ bindings.repairs | selectattr('module', 'equalto', 'iis_binding') }}"
  loop_control:
    label: "{{ item.why }}"
"""

RETURN = r"""
binding:
  description: The binding as it is now, or in check mode would be; null for one that is absent.
  returned: success
  type: dict
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
      description: The certificate; null without one. In check mode of O(new_certificate) it is all zeros.
      type: str
    store:
      description: The certificate's store; null without one.
      type: str
iis_restart_needed:
  description:
    - Whether something changed for which Microsoft wants WAS and W3SVC restarted. A certificate of http.sys that no
      binding has used is no such thing.
  returned: success
  type: bool
  sample: true
commands:
  description: What ran, or in check mode would run, as an administrator would type it. Also after a failure.
  returned: always
  type: list
  elements: str
  sample:
    - >-
      Set-WebConfigurationProperty -PSPath 'MACHINE/WEBROOT/APPHOST' -Filter
      'system.applicationHost/sites/site[@name=''Exchange Back End'']/bindings/binding[@protocol=''https'' and
      @bindingInformation=''*:445:'']' -Name 'bindingInformation' -Value '*:444:' -ErrorAction 'Stop'
server:
  description: Name of the server.
  returned: success
  type: str
  sample: ex1.contoso.com
"""
