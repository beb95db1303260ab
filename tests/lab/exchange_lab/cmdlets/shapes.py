# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects as a real server sends them: type names, kinds and nesting were seen in recorded objects."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from psrpcore.types import (
    PSByte,
    PSDateTime,
    PSDouble,
    PSGuid,
    PSInt,
    PSInt64,
    PSList,
    PSNoteProperty,
    PSObject,
    PSUri,
)

from ..world.directory import AdObject, Directory
from ..world.nouns.attributes import Attribute
from ..world.switches import Switches
from ..world.versions import Version
from .enumerations import DATA, DIRECTORY, enumeration, full_type_name

AD = "Microsoft.Exchange.Data.Directory."
AD_OBJECT_TYPES = (AD + "ADObject", AD + "ADRawEntry", DATA + "ConfigurableObject")
NO_GUID = uuid.UUID(int=0)
ASSEMBLY = "Version=15.0.0.0, Culture=neutral, PublicKeyToken=31bf3856ad364e35"
URI = "System.Uri, System, Version=4.0.0.0, Culture=neutral, PublicKeyToken=b77a5c561934e089"
STRING = "System.String, mscorlib, Version=4.0.0.0, Culture=neutral, PublicKeyToken=b77a5c561934e089"

Properties = Iterable[tuple[str, Any]]


class Shapes:
    """Builds objects for one session; with ``full_serialization`` each carries SerializationData as well."""

    def __init__(self, directory: Directory, switches: Switches, *, full_serialization: bool) -> None:
        self._directory = directory
        self._switches = switches
        self._full = full_serialization

    def bag(
        self, types: Sequence[str], properties: Properties, text: str | None = None, payload: bytes | None = None
    ) -> PSObject:
        """A property bag. Its types end in System.Object, else clients hand out raw XML.

        ``payload`` is its SerializationData where the lab writes a real one.
        """
        built = PSObject()
        built.PSObject.type_names = [*types, "System.Object"]
        built.PSObject.adapted_properties = [_property(built, name, value) for name, value in properties]
        if text is not None:
            built.PSObject.to_string = text
        if self._full:
            built.PSObject.extended_properties = [
                PSNoteProperty("SerializationData", value=payload or _payload(types[0], text))
            ]
        return built

    def value(self, attribute: Attribute, value: Any) -> Any:
        """An attribute's plain value as it travels."""
        if attribute.kind == "enum":
            return enumeration(attribute.enum, value)
        if attribute.kind == "enums":
            return self.enum_list(attribute.enum, value)
        if attribute.kind == "texts":
            return self.text_list(value)
        if attribute.kind == "url" and value is not None:
            return PSUri(value)
        if attribute.kind == "hostname" and value is not None and self._switches["oa_hostname_wire"] == "object":
            return self.bag((DATA + "Hostname",), (("HostnameString", value),), value)
        return value

    @staticmethod
    def time(seconds: float) -> PSDateTime:
        """A point in time, from seconds since 1970."""
        return _time(seconds)

    def time_span(self, seconds: int) -> PSObject:
        """An EnhancedTimeSpan, here of less than a day."""
        parts = {"Hours": seconds // 3600, "Minutes": seconds // 60 % 60, "Seconds": seconds % 60}
        return self.bag(
            (DATA + "EnhancedTimeSpan", "System.ValueType"),
            (
                ("Days", PSInt(0)),
                ("Hours", PSInt(parts["Hours"])),
                ("Milliseconds", PSInt(0)),
                ("Minutes", PSInt(parts["Minutes"])),
                ("Seconds", PSInt(parts["Seconds"])),
                ("Ticks", PSInt64(seconds * 10**7)),
                ("TotalDays", PSDouble(seconds / 86400)),
                ("TotalHours", PSDouble(seconds / 3600)),
                ("TotalMilliseconds", PSDouble(seconds * 1000)),
                ("TotalMinutes", PSDouble(seconds / 60)),
                ("TotalSeconds", PSDouble(seconds)),
                ("Sign", PSInt(1 if seconds else 0)),
            ),
            ":".join(f"{part:02}" for part in parts.values()),
        )

    def uri_list(self, values: Iterable[str]) -> PSList:
        """A MultiValuedProperty of System.Uri."""
        types = (f"{DATA}MultiValuedProperty`1[[{URI}]]", DATA + "MultiValuedPropertyBase")
        return _list((PSUri(value) for value in values), types)

    def text_list(self, values: Iterable[str]) -> PSList:
        """A MultiValuedProperty of strings."""
        return _list(values, (f"{DATA}MultiValuedProperty`1[[{STRING}]]", DATA + "MultiValuedPropertyBase"))

    def values(self, type_name: str, items: Iterable[PSObject]) -> PSList:
        """A MultiValuedProperty of a type of Microsoft.Exchange.Data."""
        element = f"[[{DATA}{type_name}, Microsoft.Exchange.Data, {ASSEMBLY}]]"
        return _list(items, (f"{DATA}MultiValuedProperty`1{element}", DATA + "MultiValuedPropertyBase"))

    def enum_list(self, type_name: str, values: Iterable[str]) -> PSList:
        """A MultiValuedProperty of an enumeration; that of authentication methods is AD's own kind."""
        element = f"[[{full_type_name(type_name)}, Microsoft.Exchange.Data.Directory, {ASSEMBLY}]]"
        types = [f"{DATA}MultiValuedProperty`1{element}", DATA + "MultiValuedPropertyBase"]
        if type_name == "AuthenticationMethod":
            types.insert(0, f"{AD}ADMultiValuedProperty`1{element}")
        return _list((enumeration(type_name, value) for value in values), types)

    def objects(self, items: Iterable[PSObject]) -> PSList:
        """A MultiValuedProperty of ADObjectId."""
        element = f"[[{AD}ADObjectId, Microsoft.Exchange.Data.Directory, {ASSEMBLY}]]"
        return _list(items, (f"{DATA}MultiValuedProperty`1{element}", DATA + "MultiValuedPropertyBase"))

    def ad_object_id(self, dn: str, text: str, guid: uuid.UUID = NO_GUID) -> PSObject:
        """An ADObjectId: Identity, Server, Site ..."""
        names = dn.split(",")
        forest = self._directory.forest
        return self.bag(
            (AD + "ADObjectId", DATA + "ObjectId"),
            (
                ("OrgHierarchyToIgnore", None),
                ("IsDeleted", False),
                ("Rdn", names[0]),
                ("Parent", names[1].partition("=")[2]),
                ("Depth", PSInt(len(names) - 1)),
                ("DistinguishedName", dn),
                ("IsRelativeDn", False),
                ("DomainId", forest),
                ("PartitionGuid", PSGuid(int=NO_GUID.int)),
                ("PartitionFQDN", forest),
                ("ObjectGuid", PSGuid(int=guid.int)),
                ("Name", names[0].partition("=")[2]),
            ),
            text,
        )

    def smtp_certificate_name(self, text: str | None) -> PSObject | None:
        """TlsCertificateName, from a text such as ``<I>issuer<S>subject`` (certificate-laws S5)."""
        if text is None:
            return None
        issuer, _unused, subject = text.removeprefix("<I>").partition("<S>")
        common = next((part[3:] for part in subject.split(", ") if part.startswith("CN=")), None)
        return self.bag(
            (DATA + "SmtpX509Identifier",),
            (("CertificateSubject", subject), ("CertificateIssuer", issuer), ("SubjectCommonName", common)),
            text,
        )

    def fqdn(self, text: str | None) -> PSObject | None:
        """The Fqdn of a connector."""
        return None if text is None else self.bag((DATA + "Fqdn", DATA + "SmtpDomain"), (("Domain", text),), text)

    def server_version(self, version: Version) -> PSObject:
        """AdminDisplayVersion."""
        names = ("Major", "Minor", "Build", "Revision")
        return self.bag(
            (DATA + "ServerVersion",),
            (
                *((name, PSInt(part)) for name, part in zip(names, version.parts, strict=True)),
                ("FilePatchLevelDescription", None),
            ),
            version.display,
        )

    def object_version(self, text: str) -> PSObject:
        """ExchangeVersion, from a text such as ``0.10 (14.0.100.0)``."""
        numbers, _unused, build = text.partition(" ")
        major, minor = map(int, numbers.split("."))
        return self.bag(
            (DATA + "ExchangeObjectVersion",),
            (
                ("NextMajorVersion", f"{major + 1}.0 (0.0.0.0)"),
                ("NextMinorVersion", f"{major}.{minor + 1} (0.0.0.0)"),
                ("Major", PSByte(major)),
                ("Minor", PSByte(minor)),
                ("ExchangeBuild", build.strip("()")),
            ),
            text,
        )

    def directory_tail(
        self,
        item: AdObject,
        identity: str,
        domain_controller: str,
        exchange_version: str,
        state: str,
    ) -> list[tuple[str, Any]]:
        """What every AD object ends with (client-access-laws 6.2)."""
        id_object = self.ad_object_id(item.dn, identity, item.guid)
        schema = f"CN={item.category},CN=Schema,{self._directory.configuration}"
        changed = self._directory.when_changed(item, domain_controller)
        return [
            ("AdminDisplayName", ""),
            ("ExchangeVersion", self.object_version(exchange_version)),
            ("DistinguishedName", item.dn),
            ("Identity", id_object),
            ("Guid", PSGuid(int=item.guid.int)),
            (
                "ObjectCategory",
                self.ad_object_id(schema, f"{self._directory.forest}/Configuration/Schema/{item.category}"),
            ),
            ("ObjectClass", self.text_list(item.object_class)),
            ("WhenChanged", _time(changed)),
            ("WhenCreated", _time(item.created)),
            ("WhenChangedUTC", _time(changed)),
            ("WhenCreatedUTC", _time(item.created)),
            ("OrganizationId", self._organization_id()),
            ("Id", id_object),
            ("OriginatingServer", domain_controller),
            ("IsValid", True),
            ("ObjectState", enumeration("ObjectState", state)),
        ]

    def _organization_id(self) -> PSObject:
        return self.bag(
            (AD + "OrganizationId",),
            (
                ("OrganizationalUnit", None),
                ("ConfigurationUnit", None),
                ("IsConsumerOrganization", False),
                ("IdForEventLog", ""),
            ),
            "",
        )


def virtual_directory_types(type_name: str, parents: Sequence[str]) -> tuple[str, ...]:
    """The .NET types of a virtual directory object, the most derived first."""
    names = (type_name, *parents, "ADVirtualDirectory", "ADConfigurationObject")
    return (*(DIRECTORY + name for name in names), *AD_OBJECT_TYPES)


def without_values(item: PSObject) -> PSObject:
    """The object with every property empty, as when data signing fails (exchange-remoting: an error of its own)."""
    for prop in item.PSObject.adapted_properties:
        prop.set_value(None, item)
    return item


def without(item: PSObject, names: Iterable[str]) -> PSObject:
    """The object without some of its properties."""
    gone = {name.lower() for name in names}
    item.PSObject.adapted_properties = [
        prop for prop in item.PSObject.adapted_properties if prop.name.lower() not in gone
    ]
    return item


def _property(owner: PSObject, name: str, value: Any) -> PSNoteProperty:
    """PSNoteProperty(name, value=value) would build a PSObject for nothing, and an OWA object has 150 of them."""
    note = PSNoteProperty(name)
    note.set_value(value, owner)
    return note


def _list(values: Iterable[Any], types: Sequence[str]) -> PSList:
    built = PSList(values)
    built.PSObject.type_names = [*types, "System.Object"]
    return built


def _time(seconds: float) -> PSDateTime:
    moment = datetime.fromtimestamp(int(seconds), UTC)
    return PSDateTime(moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second, tzinfo=UTC)


def _payload(type_name: str, text: str | None) -> bytes:
    """A stand-in of our own: clients may see that it is there, not read it."""
    return b"exchange-lab:" + hashlib.sha256(f"{type_name}|{text}".encode()).digest()
