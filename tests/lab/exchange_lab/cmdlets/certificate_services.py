# SPDX-License-Identifier: GPL-3.0-or-later
"""Enable- and Remove-ExchangeCertificate (certificate-laws E1 to E15, R1 to R6)."""

from __future__ import annotations

from ..world.certificates import StoreEntry, enabling, removing
from ..world.servers import Server
from .call import Call, cmdlet
from .certificates import listed_entry, service_host, stored_entry, wanted
from .errors import not_simulated

CHOICES = ("&Yes", "Yes to &All", "&No", "No to A&ll")
YES = (0, 1)


@cmdlet("Enable-ExchangeCertificate")
def enable(call: Call) -> None:
    """Adds services; none is ever taken away (E3)."""
    services = call.bound.get("Services")
    if "Federation" in services:
        raise not_simulated("-Services Federation of Enable-ExchangeCertificate")
    server, thumbprint = wanted(call)
    with service_host(call, server):
        entry = stored_entry(call, server, thumbprint)
        enabling.check(call.world.certificates, server, entry)
        if call.bound.what_if:
            return
        how = enabling.Wanted(
            services,
            may_replace_default(call, server, entry, services),
            not call.bound.get("DoNotRequireSsl", False),
            bool(call.bound.get("NetworkServiceAllowed", False)),
        )
        for text in enabling.give(call.world.certificates, server, entry, how, call.domain_controller):
            call.warn(text)


def may_replace_default(call: Call, server: Server, entry: StoreEntry, services: tuple[str, ...]) -> bool:
    """Whether the certificate becomes the default one of the transport: -Force, or the answer is Yes (E7).

    -Confirm:$false does not answer it. Raises Stopped when there is nobody to ask.
    """
    if "SMTP" not in services:
        return False
    question = enabling.overwrite_question(call.world.certificates, server, entry, call.domain_controller)
    if not question or call.bound.get("Force"):
        return True
    return call.prompt_for_choice("Confirm", question, CHOICES, 0) in YES


@cmdlet("Remove-ExchangeCertificate")
def remove(call: Call) -> None:
    """Asks, unless -Confirm:$false says that nobody shall be asked (R1)."""
    server, thumbprint = wanted(call)
    with service_host(call, server):
        entry = listed_entry(call, server, thumbprint)
        if call.bound.what_if:
            return
        text = f"Remove certificate with thumbprint {entry.thumbprint} from the computer's certificate store?"
        asks = call.bound.get("Confirm", True)
        if asks and call.prompt_for_choice("Confirm", text, CHOICES, 0) not in YES:
            return
        removing.remove(call.world.certificates, server, entry, call.domain_controller)
