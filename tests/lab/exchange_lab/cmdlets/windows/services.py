# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows services (iis-over-remoting 8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from ...world.windows import Machine, Service
from ...world.windows.services import NEEDS
from .call import CORE, Call, Failure, cmdlet
from .live import EnumValue, Live

STATUS = {"Stopped": 1, "StartPending": 2, "StopPending": 3, "Running": 4, "Paused": 7}
START_TYPE = {"Automatic": 2, "Manual": 3, "Disabled": 4}
PROCESS = "System.ServiceProcess."


@dataclass(slots=True)
class LiveService(Live):
    """A ServiceController."""

    service: Service
    types = (PROCESS + "ServiceController",)

    def properties(self) -> Mapping[str, Any]:
        service = self.service
        return {
            "Name": service.name,
            "ServiceName": service.name,
            "DisplayName": service.name,
            "Status": EnumValue(PROCESS + "ServiceControllerStatus", service.status, STATUS[service.status]),
            "StartType": EnumValue(PROCESS + "ServiceStartMode", service.start_type, START_TYPE[service.start_type]),
            "CanStop": service.running,
            "DependentServices": [name for name, needed in NEEDS.items() if needed == service.name],
            "ServicesDependedOn": [needed for name, needed in NEEDS.items() if name == service.name],
        }

    def __str__(self) -> str:
        return self.types[0]


@cmdlet("Get-Service", CORE + "GetServiceCommand", "Name")
def get_service(call: Call) -> Iterator[LiveService]:
    """A name that is not there is an error, a wildcard never."""
    for service in _named(call):
        yield LiveService(service)


@cmdlet("Start-Service", CORE + "StartServiceCommand", "Name", writes=True)
def start_service(call: Call) -> None:
    """Starting what runs is silent."""
    for service in _named(call):
        if service.start_type == "Disabled" and not service.running:
            text = f"Failed to start service '{service.name}'."
            call.fail(Failure(text, "StartServiceFailed", "OpenError", CORE + "ServiceCommandException"))
        elif not call.what_if:
            call.machine.start_service(service.name)


@cmdlet("Stop-Service", CORE + "StopServiceCommand", "Name", "Force", writes=True)
def stop_service(call: Call) -> None:
    """Stopping what is stopped is silent."""
    for service in _named(call):
        if _may_stop(call, service) and not call.what_if:
            call.machine.stop_service(service.name)


@cmdlet("Restart-Service", CORE + "RestartServiceCommand", "Name", "Force", writes=True)
def restart_service(call: Call) -> None:
    """-Force stops dependents and starts again those that it stopped."""
    for service in _named(call):
        if _may_stop(call, service) and not call.what_if:
            stopped = call.machine.stop_service(service.name)
            for name in {service.name: None} | dict.fromkeys(reversed(stopped)):
                call.machine.start_service(name)


def _may_stop(call: Call, service: Service) -> bool:
    """Running dependents need -Force."""
    machine: Machine = call.machine
    dependents = [name for name, needed in NEEDS.items() if needed == service.name and machine.services[name].running]
    if dependents and service.running and not call.get("Force", False):
        text = f"Cannot stop service '{service.name}' because it has dependent services."
        call.fail(
            Failure(
                f"{text} It can only be stopped if the Force flag is set.",
                "ServiceHasDependentServices",
                "InvalidOperation",
                CORE + "ServiceCommandException",
            )
        )
        return False
    return True


def _named(call: Call) -> Iterator[Service]:
    services = call.machine.services
    for name in call.get("Name") or ("*",):
        found = [service for service in services.values() if fnmatchcase(service.name.lower(), name.lower())]
        yield from found
        if not found and not any(sign in name for sign in "*?["):
            text = f"Cannot find any service with service name '{name}'."
            call.fail(
                Failure(
                    text,
                    "NoServiceFoundForGivenName",
                    "ObjectNotFound",
                    CORE + "ServiceCommandException",
                    target=name,
                )
            )
