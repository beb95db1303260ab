# SPDX-License-Identifier: GPL-3.0-or-later
"""Import- and Export-ExchangeCertificate (certificate-laws I1 to I9, X1 to X4)."""

from __future__ import annotations

import base64

from psrpcore.types import PSString

from ..world.certificates import exporting, importing
from ..world.servers import Server
from .call import Call, cmdlet
from .certificate_requests import BINARY, request_text
from .certificates import listed_entry, service_host, shaped, wanted
from .errors import not_simulated


@cmdlet("Import-ExchangeCertificate")
def import_(call: Call) -> None:
    """Completes a request or brings a key along, and writes the certificate (I8)."""
    if "FileData" not in call.bound:
        raise not_simulated("Import-ExchangeCertificate without -FileData")
    server = wanted(call)[0]
    with service_host(call, server):
        _import(call, server)


def _import(call: Call, server: Server) -> None:
    bound, certificates = call.bound, call.world.certificates
    how = importing.Wanted(
        bound.get("Password"), bound.get("FriendlyName"), bool(bound.get("PrivateKeyExportable", False))
    )
    entry = importing.bring_in(certificates, server, bound.get("FileData"), how, what_if=bound.what_if)
    if entry is not None:
        call.write(shaped(call, server, certificates.facts(server, entry)))


@cmdlet("Export-ExchangeCertificate")
def export(call: Call) -> None:
    """FileData with -BinaryEncoded, else Base64 text; a pending request gives its text (X1, X4)."""
    if "FileName" in call.bound:
        raise not_simulated("-FileName of Export-ExchangeCertificate")
    server, thumbprint = wanted(call)
    with service_host(call, server):
        entry = listed_entry(call, server, thumbprint)
        made = exporting.export(call.world.certificates, server, entry, call.bound.get("Password"))
        if call.bound.what_if:
            return
        if call.bound.get("BinaryEncoded"):
            call.write(call.shapes.bag(BINARY, (("FileData", made),)))
        elif entry.request:
            call.write(PSString(request_text(made)))
        else:
            call.write(PSString(base64.b64encode(made).decode()))
