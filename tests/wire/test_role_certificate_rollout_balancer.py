# SPDX-License-Identifier: GPL-3.0-or-later
"""After a rollout the names are asked for as clients do, through a balancer (certificate-laws L5, L7)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rollout
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from haproxy import Check, Haproxy
from places import client_places
from rollout import MAIL, NAMES

from exchange_lab.background import Background
from exchange_lab.world.certificates.outside import pfx

pytestmark = pytest.mark.haproxy

BALANCER = "127.0.99.1"
PASSWORD = "of-no-use"


@pytest.fixture
def lab() -> Iterator[Background]:
    with rollout.lab(2) as running:
        yield running


def balancer(lab: Background, own_certificate: Path | None = None) -> Haproxy:
    """Where clients come to, on the port that the servers have."""
    known = {server: lab.inventory_vars(server) for server in rollout.fqdns(lab)}
    port = next(iter(known.values()))["exchange_client_port"]
    check = Check(MAIL, lab.client_ca())
    return Haproxy(client_places(known), check, own_certificate=own_certificate, listen=(BALANCER, port))


def certificate_of_its_own(lab: Background, folder: Path) -> Path:
    """For the same names, from the same CA."""
    bundle = load_pkcs12(pfx(lab.world.certificates, NAMES, PASSWORD, modern=True), PASSWORD.encode())
    assert bundle.key is not None and bundle.cert is not None
    chain = [bundle.cert.certificate, *(one.certificate for one in bundle.additional_certs)]
    key = bundle.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = folder / "balancer.pem"
    file.write_bytes(b"".join([key, *(one.public_bytes(Encoding.PEM) for one in chain)]))
    return file


def run(lab: Background, code: int = 0, **given: Any) -> str:
    """The output of a run that asks for both names through the balancer, in one line."""
    addresses = dict.fromkeys(NAMES, BALANCER)
    done = rollout.run(lab, namespaces=list(NAMES), namespace_addresses=addresses, **given)
    assert done.code == code, done.output
    return " ".join(done.output.split())


@pytest.mark.nightly
def test_l7_names_are_served_through_the_balancer_with_the_new_certificate(lab: Background) -> None:
    with balancer(lab) as haproxy:
        assert "A load balancer that ends TLS" not in run(lab)
        for server in ("ex1", "ex2"):
            haproxy.maintain(server)
        assert f"{MAIL}: All pages: {BALANCER}:" in run(lab, code=2)
        for server in ("ex1", "ex2"):
            haproxy.undrain(server)
        haproxy.wait_for("UP")
        run(lab)
    wrong = rollout.run(lab, namespaces=[MAIL], namespace_addresses={"other.contoso.test": BALANCER})
    assert wrong.code == 2 and "neither among servers nor namespaces" in wrong.output, wrong.output


@pytest.mark.nightly
def test_l5_a_balancer_with_a_certificate_of_its_own_is_said_and_no_reason_to_stop(
    lab: Background, tmp_path: Path
) -> None:
    with balancer(lab, certificate_of_its_own(lab, tmp_path)):
        told = run(lab)
    for name in NAMES:
        assert f"{name}: All pages: {BALANCER}:" in told
    assert f"expected is {rollout.thumbprint_of(lab.world, 'ex1')}. A load balancer that ends TLS" in told
