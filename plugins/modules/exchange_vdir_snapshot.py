# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: exchange_vdir_snapshot
short_description: Save, compare and restore the client access settings of an Exchange server
version_added: 0.1.0
description:
  - Saves every setting of a server's virtual directories, front and back end, of Outlook Anywhere and of its
    Autodiscover service connection point to a file.
  - Compares a server with such a file, its own or that of another server that is known to be good.
  - Puts the settings of its own front end back.
  - IIS itself is part of it when the facts of M(mailops.exchange.iis_application_info) are given.
extends_documentation_fragment:
  - mailops.exchange.exchange
  - mailops.exchange.exchange.converge
  - mailops.exchange.exchange.attributes
options:
  path:
    description:
      - The file on the control node, written with mode 0600. It holds no secrets, but names and addresses.
      - A file that is no snapshot, or another server's, is not written over unless O(replace=always).
    type: path
    required: true
  state:
    description:
      - V(saved) writes the file.
      - V(compared) reads the server and the file and tells what is otherwise. The server's own FQDN in a value counts
        as alike, so that the file may be another server's.
      - V(restored) sets the settings of C(Default Web Site), Outlook Anywhere and the service connection point that are
        otherwise than in the file, which must be this server's. The back end and PowerShell are left alone; recreate a
        back end directory with M(mailops.exchange.exchange_vdir). A directory that is missing is an error.
      - V(restored) leaves Extended Protection, TLS and SSL offloading as they are, as an update may have made them
        safer and they go together on all directories and servers. It also leaves what the module would not send for a
        user. Both are named in RV(not_restored).
    type: str
    choices: [saved, compared, restored]
    default: saved
  replace:
    description:
      - What O(state=saved) does with a snapshot of the server that the file holds already.
      - V(complete) replaces it, but refuses to lose an object, a setting or facts of IIS, such as when IIS cannot be
        read for a moment.
      - V(never) keeps it, so that a play that is run again does not replace what was there before its changes.
      - V(always) writes over whatever is there.
    type: str
    choices: [complete, never, always]
    default: complete
  iis:
    description:
      - The result RV(mailops.exchange.iis_application_info#module:iis) for the same server, to be saved or compared.
      - Without it the parts that IIS alone knows are named in RV(not_compared).
    type: dict
seealso:
  - module: mailops.exchange.exchange_vdir
  - module: mailops.exchange.iis_application_info
"""

EXAMPLES = r"""
- name: Save what clients are served by, before an update
  mailops.exchange.exchange_vdir_snapshot:
    path: "/srv/exchange/snapshots/{{ inventory_hostname }}.cu15.json"
    replace: never

- name: Compare a server that misbehaves with one that does not
  mailops.exchange.exchange_vdir_snapshot:
    state: compared
    path: /srv/exchange/snapshots/ex1.contoso.com.json
  register: compared

- name: Put back what the update has changed
  mailops.exchange.exchange_vdir_snapshot:
    state: restored
    path: "/srv/exchange/snapshots/{{ inventory_hostname }}.cu15.json"
"""

RETURN = r"""
commands:
  description: What ran, or in check mode would run, as an administrator would type it. Also after a failure.
  returned: always
  type: list
  elements: str
  sample:
    - >-
      Set-OwaVirtualDirectory -Identity 'EX1\owa (Default Web Site)' -LogonFormat 'FullDomain'
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
path:
  description: The file.
  returned: success
  type: str
  sample: /srv/exchange/snapshots/ex1.contoso.com.json
differences:
  description: What is otherwise than in the file.
  returned: with O(state=compared)
  type: list
  elements: dict
  contains:
    object:
      description: The directory, or what of IIS.
      type: str
    setting:
      description: The setting; C(present) where the whole object is missing on one side.
      type: str
    reference:
      description: The value in the file.
      type: raw
    present:
      description: The value on the server.
      type: raw
  sample:
    - object: owa (Default Web Site)
      setting: logon_format
      reference: FullDomain
      present: PrincipalName
not_compared:
  description: What the file does not hold, or what could not be compared, and why; one sentence each.
  returned: success
  type: list
  elements: str
  sample: ["IIS: there are no facts of ex1.contoso.com from iis_application_info."]
not_restored:
  description: Settings that are otherwise than in the file and were left so.
  returned: with O(state=restored)
  type: list
  elements: dict
  contains:
    object:
      description: The directory.
      type: str
    setting:
      description: The setting.
      type: str
    why:
      description: Why it was left.
      type: str
  sample:
    - object: owa (Default Web Site)
      setting: extended_protection_token_checking
      why: Extended Protection and what it needs of TLS are not put back one by one.
versions:
  description: Builds of Exchange. When they differ, a warning says so too.
  returned: with O(state=compared) and O(state=restored)
  type: dict
  contains:
    reference:
      description: When the file was written.
      type: str
    present:
      description: Now.
      type: str
  sample:
    reference: 15.2.1258.12
    present: 15.2.1544.4
restart_needed:
  description: Application pools to recycle, front and back end, before the changes are live.
  returned: with O(state=restored)
  type: list
  elements: str
  sample: [MSExchangeOWAAppPool]
iis_restart_needed:
  description: Whether a change wants WAS and W3SVC restarted rather than pools recycled.
  returned: with O(state=restored)
  type: bool
  sample: false
"""
