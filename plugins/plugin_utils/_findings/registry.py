# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every code that a finding can have, declared once beside the analyser that uses it."""

from __future__ import annotations

from dataclasses import dataclass

from .finding import Finding, Severity

LEARN = "https://learn.microsoft.com/"
"""Where Microsoft's pages are; a link without a language leads to the reader's own."""


@dataclass(frozen=True)
class Code:
    """What all findings of one code have in common.

    Attributes:
        name: lower case words joined by underscores.
        sentence: a template; ``about`` fills its fields in.
        cure: what to do, the same for all.
        link: Microsoft's page, or empty.
    """

    name: str
    severity: Severity
    sentence: str
    cure: str
    link: str = ""

    def about(self, subject: str, **facts: object) -> Finding:
        """A finding of this code.

        Raises:
            KeyError: a fact that the sentence needs is missing (a mistake of ours).
        """
        return Finding(self.severity, self.name, subject, self.sentence.format(**facts), self.cure, self.link)


CODES: dict[str, Code] = {}
"""Every declared code by its name."""


def declare(name: str, severity: Severity, sentence: str, cure: str, link: str = "") -> Code:
    """Make a code known.

    Raises:
        ValueError: two analysers use the same name (a mistake of ours).
    """
    if name in CODES:
        raise ValueError(f"the finding {name} is declared twice")
    CODES[name] = Code(name, severity, sentence, cure, link)
    return CODES[name]
