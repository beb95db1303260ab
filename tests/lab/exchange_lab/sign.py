# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m exchange_lab.sign`: the lab's CA answers a certificate request, as a public one would."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from .certificates import write_private
from .world.certificates.authority import Authority
from .world.certificates.building import Signer, Validity
from .world.certificates.outside import FORMS, answered

DAY = 86400


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0, or 2 for what cannot be signed."""
    given = _parser().parse_args(arguments)
    try:
        made = _signed(given)
    except (ValueError, OSError) as error:
        print(f"exchange_lab.sign: {error}", file=sys.stderr)
        return 2
    if given.out:
        given.out.write_bytes(made)
    else:
        sys.stdout.buffer.write(made)
    return 0


def prepare(folder: Path, authority: Authority) -> None:
    """Put the CA's files where ``main`` looks for them; folder is the lab's."""
    for number in (1, 2):
        made = authority.intermediate(number)
        certificate, key = _files(folder, number)
        certificate.parent.mkdir(exist_ok=True)
        certificate.write_bytes(made.certificate.public_bytes(Encoding.PEM))
        write_private(key, made.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _files(folder: Path, number: int) -> tuple[Path, Path]:
    return folder / "authority" / f"issuing-{number}.pem", folder / "authority" / f"issuing-{number}.key"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="exchange_lab.sign", description="The lab's CA answers a request.")
    parser.add_argument("request", type=Path, help="a PKCS#10 file, PEM or DER")
    parser.add_argument("--dir", type=Path, default=Path("build/lab"), help="the folder of a lab that was started")
    parser.add_argument("--out", type=Path, help="file for the answer; standard output without it")
    parser.add_argument("--form", choices=sorted(FORMS), default="pem", help="der holds no chain")
    parser.add_argument("--names", nargs="*", default=[], help="instead of those of the request")
    parser.add_argument("--days", type=float, default=200)
    parser.add_argument("--intermediate", type=int, choices=(1, 2), default=1)
    return parser


def _signed(given: argparse.Namespace) -> bytes:
    certificate_file, key_file = _files(given.dir, given.intermediate)
    issuer = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    key = load_pem_private_key(key_file.read_bytes(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("The key of the lab's CA is of another kind.")
    now = time.time()
    validity = Validity(now - 3600, now + given.days * DAY)
    made = answered(given.request.read_bytes(), given.names, Signer(issuer.subject, key), validity)
    return FORMS[given.form]([made, issuer])


if __name__ == "__main__":
    sys.exit(main())
