# SPDX-License-Identifier: GPL-3.0-or-later
"""What the certificate cmdlets say no with (certificate-laws O3); the cmdlet puts the server before it (O2)."""

from __future__ import annotations

from ..refused import Refused


def unknown(thumbprint: str) -> Refused:
    """No listed certificate has it (O21, E1)."""
    return Refused(
        f"The certificate with thumbprint {thumbprint} was not found.", category="NotSpecified", target=thumbprint
    )


def not_valid(thumbprint: str, reason: str) -> Refused:
    """The certificate is there, but serves nothing (E1)."""
    return Refused(
        f"The certificate with thumbprint {thumbprint} was found but is not valid for use with Exchange Server "
        f"(reason: {reason}).",
        category="NotSpecified",
        target=thumbprint,
    )


def bad_data() -> Refused:
    """A file that cannot be read, or a wrong password: the texts are the same (I2)."""
    return Refused("The source data cannot be imported or the wrong password was specified.", category="ReadError")


def invalid(text: str) -> Refused:
    """An argument that a cmdlet does not take; the texts are ours."""
    return Refused(text, category="InvalidArgument")
