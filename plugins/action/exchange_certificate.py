# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action of the module exchange_certificate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError

from ..plugin_utils._action.action import ExchangeAction, Task
from ..plugin_utils._action.windows_action import IIS_MODULES
from ..plugin_utils._action.windows_side import WindowsSide
from ..plugin_utils._exchange.certificate_absence import Absence
from ..plugin_utils._exchange.certificate_bundle import CertificateBundle, check_bundle, read_bundle
from ..plugin_utils._exchange.certificate_enabling import SMTP, ServicesWish
from ..plugin_utils._exchange.certificate_export import export
from ..plugin_utils._exchange.certificate_import import ClearLeftover, ImportWish
from ..plugin_utils._exchange.certificate_options import (
    ABSENT,
    EXPORTED,
    PRESENT,
    REQUESTED,
    check_options,
)
from ..plugin_utils._exchange.certificate_presence import Presence
from ..plugin_utils._exchange.certificate_removal import Places
from ..plugin_utils._exchange.certificate_request import Requested, RequestReader, RequestWish
from ..plugin_utils._exchange.certificate_results import Results
from ..plugin_utils._exchange.certificate_view import CertificateReader
from ..plugin_utils._exchange.certificates import Certificate
from ..plugin_utils._exchange.connector_release import ConnectorRelease
from ..plugin_utils._exchange.connector_undo import SCHEMA, SavedConnectors
from ..plugin_utils._exchange.servers import Server
from ..plugin_utils._exchange.thumbprints import parsed_thumbprint
from ..plugin_utils._exchange.x509_facts import require_cryptography
from ..plugin_utils._procedure.procedure import Procedure
from ..plugin_utils._remoting.errors import BadInput
from ..plugin_utils._run.undo_state import UndoState
from ..plugin_utils._windows.binding_inquiry import BindingInquiry
from ..plugin_utils._windows.certificate_places import places_of
from ..plugin_utils._windows.leftover import clear_leftover


class ActionModule(ExchangeAction):
    variable_prefix = ("exchange_", "windows_")
    secrets = ("password", "content")
    not_secret = ("key_size", "private_key_exportable")
    now: Callable[[], datetime] = staticmethod(lambda: datetime.now(UTC))

    def prepare(self, options: Mapping[str, Any]) -> None:
        require_cryptography()
        check_options(options)
        self._thumbprint = parsed_thumbprint(options["thumbprint"])
        self._bundle = self._read(options) if options["state"] == PRESENT else None
        self._advice = check_bundle(self._bundle, options["domain_name"], type(self).now()) if self._bundle else []
        if options["state"] == REQUESTED:
            RequestWish.of(options)

    def _read(self, options: Mapping[str, Any]) -> CertificateBundle | None:
        """The certificate that the task gives, if any. Vault-encrypted files are decrypted in memory."""
        if options["content"]:
            data = options["content"].encode()
        elif options["path"]:
            data = self._file(options["path"])
        else:
            return None
        bundle = read_bundle(data, options["password"])
        if self._thumbprint not in ("", bundle.facts.thumbprint):
            raise BadInput(
                f"The file holds the certificate {bundle.facts.thumbprint}, not {self._thumbprint}.", "Leave one out."
            )
        self._thumbprint = bundle.facts.thumbprint
        return bundle

    def _file(self, path: str) -> bytes:
        try:
            return bytes(self._loader._get_file_contents(self._find_needle("files", path))[0])
        except AnsibleError as exc:
            raise BadInput(f"{path} cannot be read on the control node: {exc}", "Check the path.") from exc

    def perform(self, task: Task) -> dict[str, Any]:
        options = task.options
        reader = CertificateReader(task.runner.read, self._domain_controller(task), task.runner.warnings.append)
        servers = reader.named(options["servers"] or [task.server])
        perform = {
            PRESENT: self._present,
            REQUESTED: self._requested,
            ABSENT: self._absent,
            EXPORTED: self._exported,
        }
        found = perform[options["state"]](task, reader, servers)
        return {**found, "domain_controller": reader.domain_controller or None}

    def _present(self, task: Task, reader: CertificateReader, servers: list[Server]) -> dict[str, Any]:
        options = task.options
        services = options["services"]
        task.runner.warnings.extend(self._advice)
        presence = Presence(
            task.runner,
            reader,
            self._thumbprint,
            self._bundle,
            reader.named([options["source_server"]])[0] if options["source_server"] else None,
            ImportWish(
                exportable=options["private_key_exportable"],
                friendly_name=options["friendly_name"],
                with_smtp=SMTP in services,
                allow_without_smtp=options["allow_without_smtp"],
            ),
            ServicesWish(
                services=services,
                replace_default=options["replace_default_smtp"],
                do_not_require_ssl=options["do_not_require_ssl"],
                certificate_name=options["x509_certificate_name"],
            ),
            self._clear_leftover(task),
            options["domain_name"],
            type(self).now(),
        )
        results = Results(task.runner, self._thumbprint, services)
        ordered = presence.order(servers)
        completes = presence.completes()
        for server in ordered:
            results.add(server, presence.bring_about)
        return {**results.whole(servers), "completes": completes.fqdn if completes else None}

    def _clear_leftover(self, task: Task) -> ClearLeftover:
        windows = WindowsSide(task)

        def clear(server: Server, certificate: Certificate) -> None:
            clear_leftover(windows.runner(server), server.name, certificate.thumbprint, certificate.serial_number)

        return clear

    def _absent(self, task: Task, reader: CertificateReader, servers: list[Server]) -> dict[str, Any]:
        absence = Absence(
            task.runner,
            reader,
            self._thumbprint,
            type(self).now(),
            self._places(task) if task.options["check_bindings"] else None,
            ConnectorRelease(task.runner, reader, self._undo(task), self._thumbprint, type(self).now())
            if task.options["release_connectors"]
            else None,
        )
        return absence.bring_about(servers)

    def _undo(self, task: Task) -> UndoState:
        about = {"thumbprint": self._thumbprint}
        return UndoState(task.options["undo_path"], about, SCHEMA, dry=task.runner.check_mode)

    def _domain_controller(self, task: Task) -> str:
        """That of a run that broke off, unless the task names one: another may not know yet what was cleared there."""
        given = task.options["domain_controller"]
        if given or not task.options["release_connectors"]:
            return given or ""
        saved = SavedConnectors.load(self._undo(task))
        return saved.domain_controller if saved and not saved.restored else ""

    def _places(self, task: Task) -> Places:
        windows = WindowsSide(task, IIS_MODULES)

        def places(server: Server) -> Iterable[str]:
            sources = task.options["http_sys_source"], task.options["bindings_source"]
            inquiry = BindingInquiry(windows.runner(server).read, *sources)
            return places_of(inquiry, self._thumbprint)

        return places

    def _requested(self, task: Task, reader: CertificateReader, servers: list[Server]) -> dict[str, Any]:
        wish = RequestWish.of(task.options)
        requests = RequestReader(reader, servers[0], wish)
        outcome = Procedure(task.runner, requests.view).run([Requested(servers[0], wish, reader.pinned)])
        task.runner.warnings.extend(outcome.after.advice())
        changed, newest = bool(outcome.done), next(iter(outcome.after.requests), None)
        return {
            "changed": changed,
            "server": servers[0].fqdn,
            "thumbprint": newest.certificate.thumbprint if newest else None,
            "csr": newest.pem if newest else None,
            "diff": {
                "before": {"request": None if changed else wish.subject},
                "after": {"request": wish.subject},
            },
        }

    def _exported(self, task: Task, reader: CertificateReader, servers: list[Server]) -> dict[str, Any]:
        path = Path(task.options["path"])
        changed, certificate = export(task.runner, reader, servers[0], self._thumbprint, task.options["password"], path)
        return {
            "changed": changed,
            "server": servers[0].fqdn,
            "thumbprint": self._thumbprint,
            "path": str(path),
            "certificate": certificate.as_dict(),
            "diff": {"before": {"path": None if changed else str(path)}, "after": {"path": str(path)}},
        }
