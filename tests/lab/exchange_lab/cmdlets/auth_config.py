# SPDX-License-Identifier: GPL-3.0-or-later
"""Get-AuthConfig (certificate-laws S13)."""

from __future__ import annotations

from .call import Call, cmdlet
from .enumerations import DIRECTORY
from .shapes import AD_OBJECT_TYPES
from .virtual_directories import damaged

EXCHANGE_APPLICATION = "00000002-0000-0ff1-ce00-000000000000"


@cmdlet("Get-AuthConfig")
def get(call: Call) -> None:
    """The organization's one object: thumbprints, an absent one is empty text, and the date of the next."""
    controller, item = call.domain_controller, call.world.certificates.auth_config
    shapes, values = call.shapes, call.world.directory.read(item, controller)
    effective = values["NextCertificateEffectiveDate"]
    built = shapes.bag(
        (DIRECTORY + "AuthConfig", DIRECTORY + "ADConfigurationObject", *AD_OBJECT_TYPES),
        [
            ("CurrentCertificateThumbprint", values["CurrentCertificateThumbprint"]),
            ("PreviousCertificateThumbprint", values["PreviousCertificateThumbprint"]),
            ("NextCertificateThumbprint", values["NextCertificateThumbprint"]),
            ("NextCertificateEffectiveDate", None if effective is None else shapes.time(effective)),
            ("ServiceName", EXCHANGE_APPLICATION),
            ("Realm", ""),
            ("DeploymentId", ""),
            ("IssuerIdentifier", ""),
            ("Name", item.name),
            *shapes.directory_tail(item, item.name, controller, "0.20 (15.0.0.0)", "Unchanged"),
        ],
        item.name,
    )
    call.write(damaged(call, "*", "AuthConfig", built))
