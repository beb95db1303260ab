# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options and attributes of the modules that look at servers from outside."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  ca_cert:
    description: PEM file on the control node with the CA of the certificates. Defaults to the system's CAs.
    type: path
  validate_certs:
    description:
      - Whether the certificate must be trusted, valid today and hold the name, with the chain that the server sends.
      - Without that something may be up that clients would refuse.
    type: bool
    default: true
  thumbprint:
    description:
      - SHA-1 thumbprint that the certificate must have. Case, blanks and colons do not matter.
      - Another certificate is a finding, and a fault.
    type: str
  timeout:
    description: Seconds from the connection to the end of the answer. The first one after a start takes longer.
    type: float
    default: 10
  retries:
    description: How often a failed probe is repeated before it counts.
    type: int
    default: 1
  delay:
    description: Seconds between two tries, and between two rounds of O(wait_for).
    type: float
    default: 2
  concurrency:
    description: How many probes run at once.
    type: int
    default: 20
  wait_for:
    description:
      - V(healthy) probes everything round after round until a whole round is without a fault, and says how far it is.
        The task fails when O(deadline) comes first.
      - Without it everything is probed once, and the task does not fail for what it finds.
    type: str
    choices: [healthy]
  deadline:
    description: Seconds that O(wait_for) may take. A round that has begun is finished.
    type: int
    default: 300
attributes:
  check_mode:
    description: Can run in C(check_mode). It only reads, so it does the same there.
    support: full
  diff_mode:
    description: Returns what changed. It changes nothing.
    support: none
  platform:
    description: Target that can be operated against.
    support: full
    platforms: windows
  action:
    description: Has a corresponding action plugin, so that all of it runs on the control node.
    support: full
  async:
    description: Supports C(async).
    support: none
requirements:
  - cryptography (on the control node; pypsrp needs it too)
notes:
  - It does not connect to the host of the task, which can be C(localhost), and is not in the action group
    C(mailops.exchange.exchange), as it takes no connection options.
  - A chain that lacks an intermediate certificate is a fault, also where the control node knows that certificate. A
    server that sends its own certificate alone, by an issuer that is not trusted here, may lack the intermediate or
    have a root that nobody named, which cannot be told apart from outside; the finding says both.
author:
  - mailops.exchange contributors (@mailops)
"""
