# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: exchange_report
short_description: Write what was found about Exchange into one file
version_added: 0.1.0
description:
  - Writes the findings and facts of M(mailops.exchange.exchange_certificate_info) or M(mailops.exchange.exchange_info)
    as HTML for people and mail, as Markdown for tickets and wikis, or as JSON for programs.
  - An HTML report is one file without scripts that loads nothing, and is made of what mail programs show.
  - Runs on the control node alone. Neither Exchange nor the host of the task is contacted.
  - The file can be read by its owner only (mode 0600) and is replaced in one step.
options:
  facts:
    description:
      - The registered result of M(mailops.exchange.exchange_certificate_info) or M(mailops.exchange.exchange_info).
    type: dict
    required: true
  path:
    description:
      - File on the control node. Its folder must exist.
      - A relative path starts where C(ansible-playbook) was started.
    type: path
    required: true
  format:
    description: How the report is written.
    type: str
    choices: [html, markdown, json]
    default: html
  title:
    description: Heading of the report.
    type: str
    default: Exchange report
  redact_names:
    description:
      - Replace names of servers, domains, hosts and sites, addresses, subjects, private issuers and friendly names by
        pseudonyms, and shorten thumbprints and serial numbers, so that the report can be shown to strangers.
      - The same name has the same pseudonym everywhere in the report and in every report of the same facts.
      - Read such a report before you give it away. Errors of servers and the title may say more than names.
    type: bool
    default: false
attributes:
  check_mode:
    description: Can run in C(check_mode) and says whether the file would change, without writing it.
    support: full
  diff_mode:
    description: Returns what changed.
    support: none
  platform:
    description: Target that can be operated against.
    support: full
    platforms: posix
  action:
    description: Has a corresponding action plugin, so that all of it runs on the control node.
    support: full
  async:
    description: Supports C(async).
    support: none
notes:
  - The only time in a report is the day on which the facts were read, so a second report of the same day and the same
    findings changes nothing. Days that certificates have left are counted from that day.
  - It is not in the action group C(mailops.exchange.exchange), as it takes no connection options.
seealso:
  - module: mailops.exchange.exchange_certificate_info
  - module: mailops.exchange.exchange_info
author:
  - mailops.exchange contributors (@mailops)
"""

EXAMPLES = r"""
- name: Read the certificates of all servers
  mailops.exchange.exchange_certificate_info:
  register: certificates
  run_once: true

- name: Write the report
  mailops.exchange.exchange_report:
    title: Certificates of Contoso
    facts: "{{ certificates }}"
    path: ./certificates.html
  run_once: true

- name: Write one that can be shown to strangers
  mailops.exchange.exchange_report:
    facts: "{{ certificates }}"
    path: ./certificates.md
    format: markdown
    redact_names: true
  run_once: true
"""

RETURN = r"""
path:
  description: The file.
  returned: success
  type: str
  sample: ./certificates.html
counts:
  description: Number of findings of each severity.
  returned: success
  type: dict
  sample:
    critical: 1
    high: 0
    warning: 2
    info: 3
"""
