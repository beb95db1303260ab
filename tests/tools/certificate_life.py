# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates in tasks against a world: files as a CA sends them, and what came of them on the lab's servers."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from certificate_files import Ca, der, p7b, pfx, rsa_key
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from in_process import Converge, InProcessSession, Result

from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.endpoint_kind import WINDOWS
from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import CredentialsRefused
from exchange_lab.world import World

MODULE = "exchange_certificate"
MAIL, AUTODISCOVER = "mail.contoso.test", "autodiscover.contoso.test"
NAMES = [MAIL, AUTODISCOVER]
SUBJECT = f"C=US, O=Contoso, CN={MAIL}"
PFX_PASSWORD = "Correct Horse 5"


def thumbprint_of(certificate: x509.Certificate) -> str:
    return hashlib.sha1(der(certificate), usedforsecurity=False).hexdigest().upper()


@dataclass
class Life:
    """One world, and the lab's CA as its customers know it."""

    world: World
    folder: Path
    converge: Converge = field(init=False)
    _labels: Any = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.converge = Converge(self.world)

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.world.clock.now(), UTC)

    @property
    def ca(self) -> Ca:
        """The CA whose root every server of the lab trusts."""
        authority = self.world.certificates.authority("ca")
        issuing = authority.intermediate(1)
        assert isinstance(issuing.key, rsa.RSAPrivateKey)
        return Ca(authority.root, issuing.certificate, issuing.key)

    # tasks

    def task(self, **options: Any) -> Result:
        return self.converge(MODULE, **options)

    def request(self, server: str = "EX1", names: Sequence[str] = (MAIL, AUTODISCOVER), **more: Any) -> Result:
        options = {"subject_name": f"C=US, O=Contoso, CN={names[0]}", "domain_name": list(names), **more}
        return self.task(state="requested", servers=[server], **options)

    def present(self, path: Path | None = None, **options: Any) -> Result:
        where = {"path": str(path)} if path else {}
        return self.task(**where, **options)

    # files

    def answer(self, csr: str, **more: Any) -> tuple[Path, str]:
        """The CA's answer with its chain as a file, and its thumbprint."""
        made = self.ca.answer(csr, **{"begins": self.now - timedelta(hours=1), **more})
        return self.file(p7b(made, self.ca.intermediate), "p7b"), thumbprint_of(made)

    def pfx(self, names: Sequence[str] = (MAIL, AUTODISCOVER), key: Any = None, **more: Any) -> tuple[Path, str]:
        """A PFX file in today's ciphers, and the thumbprint of its certificate."""
        label = next(self._labels)
        key = key or rsa_key(("pfx", label % 4))
        made = self.ca.issue(names, key.public_key(), **{"begins": self.now - timedelta(hours=1), **more})
        data = pfx(made, key, self.ca.intermediate, self.ca.root, password=PFX_PASSWORD)
        return self.file(data, "pfx"), thumbprint_of(made)

    def file(self, data: bytes, suffix: str) -> Path:
        path = self.folder / f"certificate{next(self._labels)}.{suffix}"
        path.write_bytes(data)
        return path

    # what the world holds

    def entry(self, server: str, thumbprint: str) -> Any:
        """The certificate in the store of a server, with or without key; None when it is not there."""
        held = self.world.certificates.of(server)
        return next((one for one in (*held.my, *held.requests) if one.thumbprint == thumbprint), None)

    def holders(self, thumbprint: str) -> list[str]:
        """The servers that have it with its key."""
        names = [server.name for server in self.world.servers.values()]
        return [name for name in names if (one := self.entry(name, thumbprint)) is not None and one.key is not None]

    def services(self, server: str, thumbprint: str) -> list[str]:
        found = self.world.server(server)
        assert found is not None
        listed = self.world.certificates.listed(found)
        return [service for item in listed if item.entry.thumbprint == thumbprint for service in item.services]

    def default(self, server: str) -> str | None:
        """The default certificate of transport, as the controller of London knows it."""
        found = self.world.server(server)
        assert found is not None
        return self.world.certificates.internal_transport(found, self.world.default_domain_controller(found))

    def bound(self, server: str, site: str = "Default Web Site") -> str | None:
        """What a web site of a server serves."""
        found = self.world.server(server)
        assert found is not None
        machine = self.world.machines[found.fqdn]
        entry = machine.certificate_on("0.0.0.0", 443 if site == "Default Web Site" else 444)
        return entry.thumbprint if entry else None

    def name_of(self, protocol: str, server: str) -> str:
        found = self.world.server(server)
        assert found is not None
        return str(self.world.directory.newest(found.mail_protocols[protocol])["X509CertificateName"])

    def own(self, server: str) -> str:
        """The certificate that Setup made."""
        return str(self.world.certificates.of(server).my[0].thumbprint)


def without_windows(patch: pytest.MonkeyPatch, *servers: str) -> None:
    """WinRM of these servers, or of all, lets the account in no more."""
    real = InProcessSession.to.__func__  # type: ignore[attr-defined]

    def to(cls: type[InProcessSession], world: World, candidates: Sequence[Any], user: str) -> InProcessSession:
        endpoint = candidates[0]
        if endpoint.kind is WINDOWS and endpoint.server in (servers or [endpoint.server]):
            raise CredentialsRefused("Access is denied.", "Log in as an administrator of the server.")
        return cast(InProcessSession, real(cls, world, candidates, user))

    patch.setattr(InProcessSession, "to", classmethod(to))


def row(result: Result, server: str) -> dict[str, Any]:
    """What happened on one server."""
    (found,) = [one for one in result.servers if one["server"] == server]
    return dict(found)


def quiet(result: Result) -> Result:
    """This result, checked to be one that found everything as it should be."""
    result.ok()
    assert (result.changed, result.commands, result.written) == (False, [], []), result
    return result
