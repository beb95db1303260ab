# SPDX-License-Identifier: GPL-3.0-or-later
"""New-ExchangeCertificate: requests and self-signed certificates (certificate-laws N1 to N12)."""

from __future__ import annotations

import base64
import hashlib

from cryptography import x509
from psrpcore.types import PSString

from ..world.certificates import StoreEntry, enabling, requests
from ..world.certificates.distinguished_names import common_name, from_dotnet_text
from ..world.certificates.refusals import invalid, unknown
from ..world.certificates.requests import Wanted
from ..world.servers import Server
from .call import Call, cmdlet
from .certificate_services import may_replace_default
from .certificates import service_host, shaped, wanted
from .errors import EXCHANGE_TASKS, not_simulated
from .shapes import DATA

NOT_SIMULATED = ("Instance", "RequestFile", "SubjectKeyIdentifier")
INCLUDES = ("IncludeAcceptedDomains", "IncludeAutoDiscover", "IncludeServerFQDN", "IncludeServerNetBIOSName")
BINARY = (EXCHANGE_TASKS + "BinaryFileDataObject", DATA + "ConfigurableObject")


@cmdlet("New-ExchangeCertificate")
def new(call: Call) -> None:
    """A request with -GenerateRequest, else a self-signed certificate; each call makes another key (N7, N9)."""
    for name in NOT_SIMULATED:
        if name in call.bound:
            raise not_simulated(f"-{name} of New-ExchangeCertificate")
    server = wanted(call)[0]
    with service_host(call, server):
        if call.bound.get("GenerateRequest"):
            _request(call, server)
        else:
            _self_signed(call, server)


def _request(call: Call, server: Server) -> None:
    asked = _asked(call, server)
    if call.bound.what_if:
        return
    made = requests.create(call.world.certificates, server, asked, call.world.clock.now()).request
    if call.bound.get("BinaryEncoded"):
        call.write(call.shapes.bag(BINARY, (("FileData", made),)))
    else:
        call.write(PSString(request_text(made)))


def _self_signed(call: Call, server: Server) -> None:
    """Its services go the way of Enable, the question about SMTP included (N11, N12)."""
    old, asked, certificates = _old(call, server), _asked(call, server), call.world.certificates
    services = _services(call, server, old)
    entry = requests.self_signed(certificates, server, asked)
    if call.bound.what_if:
        return
    how = enabling.Wanted(services, may_replace_default(call, server, entry, services), require_ssl=False)
    certificates.of(server).my.append(entry)
    for text in enabling.give(certificates, server, entry, how, call.domain_controller):
        call.warn(text)
    call.write(shaped(call, server, certificates.facts(server, entry)))


def _services(call: Call, server: Server, old: StoreEntry | None) -> tuple[str, ...]:
    """As asked; a renewal takes over those of the old one, IIS included (N12, switch); else the usual ones (N11)."""
    if "Services" in call.bound:
        return tuple(call.bound.get("Services"))
    if old is not None:
        copied = call.world.certificates.facts(server, old).services
        left_out = {"IIS"} if call.world.switches["renew_selfsigned_iis"] == "none" else set()
        return tuple(name for name in copied if name not in left_out)
    many = call.bound.get("IncludeAcceptedDomains") or call.bound.get("IncludeAutoDiscover")
    return ("SMTP",) if many else ("IMAP", "POP", "SMTP")


def request_text(request: bytes) -> str:
    """The text form, which says NEW (N5)."""
    text = base64.b64encode(request).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    title = "NEW CERTIFICATE REQUEST"
    return "\r\n".join((f"-----BEGIN {title}-----", *lines, f"-----END {title}-----", ""))


def _asked(call: Call, server: Server) -> Wanted:
    """What the parameters ask for, or the old certificate where a renewal does not say (N2, N3, N10).

    Raises Refused.
    """
    old, bound = _old(call, server), call.bound
    text, friendly_name = bound.get("SubjectName"), bound.get("FriendlyName")
    if text is not None:
        try:
            subject = from_dotnet_text(text)
        except ValueError as problem:
            raise invalid(str(problem)) from None
    else:
        subject = old.certificate.subject if old else from_dotnet_text(f"CN={server.name}")
    asked = Wanted(
        subject,
        _names(call, server, subject, old),
        (old.friendly_name if old else requests.FRIENDLY_NAME) if friendly_name is None else friendly_name,
        bound.get("KeySize", 2048),
        bool(bound.get("PrivateKeyExportable", False)),
    )
    asked.check()
    return asked


def _old(call: Call, server: Server) -> StoreEntry | None:
    """The certificate that came through the pipeline (N10)."""
    if call.piped is None:
        return None
    if call.world.switches["renew_without_types"] == "needs_live_object" and not call.full_serialization:
        raise invalid("The input object cannot be bound to any parameters for the command.")
    thumbprint = hashlib.sha1(bytes(call.piped.RawData), usedforsecurity=False).hexdigest().upper()
    try:
        return call.world.certificates.of(server).find(thumbprint)
    except KeyError:
        raise unknown(thumbprint) from None


def _names(call: Call, server: Server, subject: x509.Name, old: StoreEntry | None) -> tuple[str, ...]:
    bound, domain = call.bound, call.world.directory.forest
    named = "DomainName" in bound or any(bound.get(name) for name in INCLUDES)
    given = [_ascii(call, name) for name in bound.get("DomainName", ())]
    if bound.get("IncludeAcceptedDomains"):
        given.append(domain)
    if bound.get("IncludeAutoDiscover"):
        given.append(f"autodiscover.{domain}")
    if bound.get("IncludeServerFQDN"):
        given.append(server.directory_fqdn)
    if bound.get("IncludeServerNetBIOSName"):
        given.append(server.name)
    wildcard = (common_name(subject) or "").startswith("*.")
    if not named and old is not None:
        given = list(old.names)
    elif not named and wildcard and bound.get("GenerateRequest") and _wildcards_have_no_names(call):
        return ()
    elif not named and not wildcard:
        given = [server.name, server.directory_fqdn]
    return requests.names(subject, given)


def _wildcards_have_no_names(call: Call) -> bool:
    return call.world.switches["csr_wildcard_san"] == "absent"


def _ascii(call: Call, name: str) -> str:
    """A name in letters beyond ASCII is refused, or encoded (N3, switch idn)."""
    if name.isascii() or call.world.switches["idn"] == "reject_ulabel":
        return name
    return name.encode("idna").decode()
