# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which certificate belongs on 443 and on 444 of a server (peers.md 16 and 29, certificate-laws G17 and L10)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .binding_facts import BindingFacts, misplaced
from .bindings import ANY_ADDRESS, LOOPBACK, Binding, SslKey
from .certificate_store import EXCHANGE_NAME, StoreCertificate, fit_for_iis


@dataclass(frozen=True)
class Choice:
    """What to bind to the bindings of a site.

    Attributes:
        args: thumbprint, or new_certificate; empty where the present ones stay.
        why: what is wrong with the present one and why this one was taken; empty when it stays.
        undecided: what a person has to decide; then nothing is bound.
    """

    args: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    undecided: str = ""

    def changes(self, facts: BindingFacts, binding: Binding) -> bool:
        """Whether a binding that is there has something else, or from another store, or IIS shows something else."""
        wanted = self.args.get("thumbprint")
        if wanted is None:
            return bool(self.args)
        entry = facts.entry(binding.ssl_key)
        return not entry or not entry.from_my or entry.thumbprint != wanted or binding.thumbprint != wanted


def back_end_choice(facts: BindingFacts, wished: str = "", new_certificate: bool = False) -> Choice:
    """For 444: what is there if it is good, else Exchange's own self-signed one, else any good one for this server.

    Front ends ask no more of it than that it is there with its key (law S11); a fresh one is made on request only.
    """
    if not facts.has_back_end:
        return Choice()
    if wished:
        return Choice({"thumbprint": wished}, "444 is to have the certificate that was asked for")
    for place in _back_end_places(facts):
        named = facts.named_on(place)
        if named and _good_for_444(facts, named):
            return Choice({"thumbprint": named.thumbprint}, f"444 keeps the certificate that is on {place}")
    candidates = [one for one in facts.certificates if _good_for_444(facts, one)]
    if candidates:
        chosen = max(candidates, key=_rank)
        what = "Exchange's own self-signed certificate" if _own(chosen) else "a certificate with the server's names"
        return Choice({"thumbprint": chosen.thumbprint}, f"444 needs a good certificate, and {what} is there")
    if new_certificate:
        return Choice(
            {"new_certificate": True}, "No certificate of the server is good for 444, and a new one is allowed"
        )
    return Choice(
        undecided="No certificate in the store is good for 444: one with a key of a CSP, valid today, for the name of "
        "this server. Bring one, or allow a new self-signed one with new_certificate."
    )


def front_end_choice(facts: BindingFacts, wished: str = "") -> Choice:
    """For 443 and 127.0.0.1:443: what 443 has if it is fit; a lost one is replaced where no doubt is by what.

    An expired or unfit certificate that still serves is not replaced by a guess: clients look at its names.
    """
    if not facts.has_front_end:
        return Choice()
    if wished:
        return Choice({"thumbprint": wished}, "443 is to have the certificate that was asked for")
    on_443 = SslKey(ANY_ADDRESS, 443)
    entry, named = facts.entry(on_443), facts.named_on(on_443)
    if named and _fit(facts, named):
        return Choice({"thumbprint": named.thumbprint}, "443 and 127.0.0.1:443 have one certificate, from the store My")
    if entry and entry.thumbprint and not entry.from_my:
        return Choice(
            undecided=f"443 has the certificate {entry.thumbprint} from the store {entry.store}, and My does not have "
            "it fit for Exchange. Import it there with its key, or name another one with front_end_thumbprint."
        )
    return _unfit_front_end(named) if named and named.has_private_key else _lost_front_end(facts)


def _unfit_front_end(certificate: StoreCertificate) -> Choice:
    return Choice(
        undecided=f"The certificate {certificate.thumbprint} of Default Web Site is expired, not for servers, or has a "
        "key that Exchange is not known to take. Name the one that clients are to get with front_end_thumbprint."
    )


def _lost_front_end(facts: BindingFacts) -> Choice:
    """That of the loopback can be Exchange's own, although clients had another one on 443."""
    issued = [one for one in facts.certificates if not one.self_signed and _fit(facts, one)]
    loopback = facts.named_on(SslKey(LOOPBACK, 443))
    if loopback and loopback.has_private_key:
        if not _fit(facts, loopback):
            return _unfit_front_end(loopback)
        if not loopback.self_signed or not issued:
            return Choice(
                {"thumbprint": loopback.thumbprint}, "443 has lost its certificate, and 127.0.0.1:443 has one"
            )
    if len(issued) == 1 and not _only_for(facts.server_names, issued[0]):
        (chosen,) = issued
        return Choice(
            {"thumbprint": chosen.thumbprint}, "443 has lost its certificate, and only one issued by a CA is there"
        )
    own = [one for one in facts.certificates if _good_for_444(facts, one)]
    if not issued and own:
        chosen = max(own, key=_rank)
        return Choice({"thumbprint": chosen.thumbprint}, "443 has lost its certificate, and no CA has issued one")
    listed = ", ".join(sorted(one.thumbprint for one in issued)) or "none"
    return Choice(
        undecided=f"443 has lost its certificate. Those that could be meant: {listed}. Name one with "
        "front_end_thumbprint."
    )


def _back_end_places(facts: BindingFacts) -> Iterator[SslKey]:
    """Where 444's certificate may be: in its place, or where its binding has gone. On 443 it is the front end's."""
    yield SslKey(ANY_ADDRESS, 444)
    moved = misplaced(facts)
    if moved and moved.port != 443:
        yield moved.ssl_key


def _good_for_444(facts: BindingFacts, certificate: StoreCertificate) -> bool:
    return _fit(facts, certificate) and certificate.is_for(facts.server_names)


def _fit(facts: BindingFacts, certificate: StoreCertificate) -> bool:
    return fit_for_iis(certificate, facts.now, facts.ecc_supported is True)


def _only_for(server_names: Sequence[str], certificate: StoreCertificate) -> bool:
    """Whether clients have no use for it: it names the server alone."""
    return {name.lower() for name in certificate.names} <= {name.lower() for name in server_names}


def _own(certificate: StoreCertificate) -> bool:
    return certificate.self_signed and certificate.friendly_name == EXCHANGE_NAME


def _rank(certificate: StoreCertificate) -> tuple[bool, str, str]:
    """Exchange's own first, then the one that lasts longest."""
    return (_own(certificate), certificate.not_after, certificate.thumbprint)
