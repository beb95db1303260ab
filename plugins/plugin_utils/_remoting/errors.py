# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong between us and a server: one class for each thing that a caller may want to tell apart."""

from __future__ import annotations

from dataclasses import dataclass


class ExchangeError(Exception):
    """The base of every error that the collection raises on purpose.

    ``sentence`` says what failed, where and why; ``cure`` says what to do. Both are shown to the user.
    """

    def __init__(self, sentence: str, cure: str = "") -> None:
        super().__init__(f"{sentence} {cure}".strip())
        self.sentence = sentence
        self.cure = cure


class BadInput(ExchangeError):
    """The task asks for something that is refused before anything is sent."""


class EndpointError(ExchangeError):
    """No session could be opened, or the one we had is of no use any more."""


class EndpointUnreachable(EndpointError):
    """Nothing usable answers there. The only kind after which another endpoint candidate is tried."""


class CredentialsRefused(EndpointError):
    """The server or the KDC does not accept who we say we are."""


class CertificateNotTrusted(EndpointError):
    """TLS verification failed."""


class Throttled(EndpointError):
    """The server asks for patience: too many shells, requests or connections of this user."""

    def __init__(self, sentence: str, cure: str = "", wait: float = 0.0) -> None:
        super().__init__(sentence, cure)
        self.wait = wait
        """Seconds the server asks us to wait; 0 when it does not say."""


class ReplyRefused(EndpointError):
    """The reply is too large, too deep, or not what the protocol allows. Nothing of it was used."""


class Interrupted(EndpointError):
    """The connection broke after a command was sent: it may or may not have been carried out (lab-wire rule 4)."""


class DeadlineExceeded(Interrupted):
    """The server did not finish a command in the time that the task allows."""


@dataclass(frozen=True)
class ServerSide:
    """Who ran a command, as an error's prefix tells. Empty where it does not."""

    client_access_server: str = ""
    back_end_server: str = ""
    failure_category: str = ""


class CommandFailed(ExchangeError):
    """The server ran, or refused to run, a cmdlet and said why."""

    def __init__(self, sentence: str, cure: str = "", *, reason: str = "", where: ServerSide = ServerSide()) -> None:
        super().__init__(sentence, cure)
        self.reason = reason
        """The short name of the .NET exception."""
        self.where = where


class Unanswered(CommandFailed):
    """A cmdlet asked something that nobody had foreseen. It was ended without an answer."""


class NotAvailable(CommandFailed):
    """The cmdlet or parameter is hidden from this user by RBAC, or this version does not have it."""


class ObjectMissing(CommandFailed):
    """The object that was named does not exist."""


class ConfigurationBusy(CommandFailed):
    """Another program wrote the configuration of IIS at the same time, so the command was not carried out."""


class ObjectEmpty(ExchangeError):
    """The object is there, but every expected property came back empty (serialized data signing)."""


class AttributeAbsent(ExchangeError):
    """The server's object does not have an attribute that this version should have."""


class NotReached(ExchangeError):
    """The server took the command, but a read-back from the same domain controller shows another value."""
