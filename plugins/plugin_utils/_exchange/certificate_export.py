# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate with its key in a file of the control node, which only its owner can read (laws X1 to X4)."""

from __future__ import annotations

from pathlib import Path

from .._remoting.command import Secret
from .._remoting.errors import BadInput, ExchangeError, ObjectMissing
from .._report.private_file import write_private
from .._run.runner import Runner
from .._run.step import Step
from .certificate_bundle import MAX_BYTES, read_bundle
from .certificate_import import export_command, exported_bytes
from .certificate_view import CertificateReader
from .certificates import Certificate
from .servers import Server

_PEM = b"-----BEGIN "


def export(
    runner: Runner, reader: CertificateReader, server: Server, thumbprint: str, password: str, path: Path
) -> tuple[bool, Certificate]:
    """Write the file, unless it holds this certificate and opens with this password.

    Returns:
        Whether it was written, or in check mode would be, and the certificate.

    Raises:
        ExchangeError: the server does not have it or does not give its key away, or the file cannot be written.
    """
    certificate = _exportable(reader, server, thumbprint)
    present = _present(path, thumbprint, password)
    changed = write_private(path, present, dry=True) or not present
    if not present:
        exporting = export_command(server, thumbprint, Secret(password), reader.pinned)
        reply = runner.send(Step(exporting, why=f"export to {path}"))
        present = exported_bytes(reply.records, server) if reply else b""
        if reply and not _is_it(present, thumbprint, password):
            runner.warnings.append(f"The export of {thumbprint} could not be opened here; check that it can be used.")
    write_private(path, present, dry=runner.check_mode)
    return changed, certificate


def _exportable(reader: CertificateReader, server: Server, thumbprint: str) -> Certificate:
    certificate = reader.view(server).find(thumbprint)
    if certificate is None:
        raise ObjectMissing(f"{server.name} does not have the certificate {thumbprint}.", "Name another server.")
    if certificate.pending:
        raise BadInput(f"{thumbprint} on {server.name} is a request without a certificate.", "Complete it first.")
    if certificate.private_key_exportable is False:
        raise BadInput(
            f"The key of {thumbprint} cannot be exported from {server.name}.",
            "Have the certificate issued again for an exportable key; that cannot be changed later.",
        )
    return certificate


def _present(path: Path, thumbprint: str, password: str) -> bytes:
    """What the file holds if it is what is wanted; nothing otherwise."""
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_BYTES else b""
    except OSError:
        return b""
    return data if _is_it(data, thumbprint, password) else b""


def _is_it(data: bytes, thumbprint: str, password: str) -> bool:
    """Whether it is PKCS#12 under this password; in PEM a key may lie in the clear."""
    if _PEM in data:
        return False
    try:
        bundle = read_bundle(data, password)
    except ExchangeError:
        return False
    return bundle.facts.thumbprint == thumbprint and bundle.key is not None
