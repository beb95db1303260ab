# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows' cmdlets in the lab obey the laws W7 to W25, W30 to W32, W40 and W41 (tests/lab/LAWS.md)."""

from __future__ import annotations

import uuid
import xml.etree.ElementTree as ET
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import psrpcore
import pytest
from psrpcore.types import PSObject, deserialize, serialize

from exchange_lab.cmdlets import Interpreter, Stopped
from exchange_lab.cmdlets.windows import WindowsInterpreter
from exchange_lab.world import ManualClock, World
from exchange_lab.world.windows import Machine

FRONT, BACK, EX1 = "Default Web Site", "Exchange Back End", "ex1.contoso.test"
SSL, STORE = "IIS:\\SslBindings", "Cert:\\LocalMachine\\My"
POOLS = "IIS:\\AppPools"
REGISTRY = "HKLM:\\SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters\\SslBindingInfo"
SITE = f"system.applicationHost/sites/site[@name='{BACK}']"
ON_444 = f"{SITE}/bindings/binding[@protocol='https' and @bindingInformation='*:444:']"
KEY_FILES = "C:\\ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys"
EXCHANGE_KEY = "HKLM:\\SOFTWARE\\Microsoft\\ExchangeServer\\v15\\Diagnostics"
BY_SYSTEM_AND_ADMINISTRATORS = "O:SYG:SYD:PAI(A;;FA;;;SY)(A;;FA;;;BA)"
CRYPTO = psrpcore._crypto.PSCryptoProvider()

Stage = tuple[str, dict[str, Any]]


class Shell:
    """A runspace. ``run`` gives what came out as plain values; errors and warnings are kept of the last pipeline."""

    def __init__(self, world: World, server: str = EX1) -> None:
        self.world = world
        self.machine: Machine = world.machines[server]
        self.interpreter = WindowsInterpreter(world, world.servers[server], "administrator@CONTOSO.TEST")
        self.out: list[Any] = []
        self.errors: list[Any] = []
        self.warnings: list[str] = []

    def run(self, *stages: Stage) -> list[Any]:
        self.out, self.errors, self.warnings = [], [], []
        kept = {"output": self.out, "error": self.errors, "warning": self.warnings}
        commands = [
            SimpleNamespace(
                command_text=name, is_script=False, parameters=list(given.items()), end_of_statement=at == len(stages)
            )
            for at, (name, given) in enumerate(stages, 1)
        ]
        self.interpreter.run(commands, lambda stream, value: kept[stream].append(value))
        return [plain(value) for value in self.out]

    def table(self, *stages: Stage, of: str) -> list[tuple[Any, ...]]:
        names = of.split(",")
        return [tuple(row[name] for name in names) for row in self.run(*stages, ("Select-Object", {"Property": names}))]

    def error(self, *stages: Stage) -> str:
        """The id of the one error of a pipeline that gives nothing."""
        assert self.run(*stages) == []
        (record,) = self.errors
        return str(record.FullyQualifiedErrorId)

    @property
    def xml(self) -> str:
        """What the last pipeline put on the wire."""
        return "".join(ET.tostring(serialize(value, CRYPTO), encoding="unicode") for value in self.out)

    def bind(self, method: str, thumbprint: str, site: str = BACK, **more: Any) -> None:
        arguments = {"ArgumentList": [thumbprint, "My"]} if thumbprint else {"ArgumentList": []}
        self.run(
            ("Get-WebBinding", {"Name": site, "Protocol": "https"}),
            ("ForEach-Object", {"MemberName": method, **arguments, **more}),
        )

    @property
    def own(self) -> str:
        return self.machine.certificates.my[0].thumbprint


def plain(value: Any) -> Any:
    """A dictionary of the notes of what a client receives, or the value itself."""
    if value is None:
        return None
    received = deserialize(serialize(value, CRYPTO), CRYPTO)
    notes = getattr(getattr(received, "PSObject", None), "extended_properties", [])
    if not isinstance(received, PSObject) or not notes:
        return received
    return {note.name: note.get_value(received) for note in notes}


def text(value: Any) -> str:
    return str(value.PSObject.to_string) if value.PSObject.to_string is not None else str(value)


@pytest.fixture
def world() -> World:
    return World.from_estate("two_datacenters", clock=ManualClock())


@pytest.fixture
def shell(world: World) -> Shell:
    return Shell(world)


def test_w7_the_drive_comes_with_the_module(shell):
    drive_not_found = "DriveNotFound,Microsoft.PowerShell.Commands.GetChildItemCommand"
    assert shell.error(("Get-ChildItem", {"Path": SSL})) == drive_not_found
    assert shell.run(("Test-Path", {"Path": f"{SSL}\\0.0.0.0!444"})) == [False]
    assert shell.run(("Import-Module", {"Name": "WebAdministration", "ErrorAction": "Stop"})) == []
    assert len(shell.run(("Get-ChildItem", {"Path": SSL}))) == 4
    assert shell.run(("Test-Path", {"Path": f"{SSL}\\0.0.0.0!444"})) == [True]


def test_w7_a_cmdlet_loads_the_module(shell):
    shell.run(("Get-Website", {}))
    assert shell.run(("Test-Path", {"Path": f"{SSL}\\0.0.0.0!444"})) == [True]
    assert shell.run(("Test-Path", {"LiteralPath": f"{SSL}\\0.0.0.0!445"})) == [False]


def test_w8_an_enumeration_is_a_text_or_an_object(shell):
    service = ("Get-Service", {"Name": "W3SVC"})
    shell.run(service)
    assert '<S N="Status">Running</S>' in shell.xml
    shell.run(service, ("Select-Object", {"Property": "Status"}))
    assert "<ToString>Running</ToString>" in shell.xml
    assert "<I32>4</I32>" in shell.xml
    assert "<T>Selected.System.ServiceProcess.ServiceController</T>" in shell.xml


def test_w8_a_certificate_is_its_raw_data(shell):
    item = ("Get-Item", {"LiteralPath": f"{STORE}\\{shell.own}"})
    (notes,) = shell.run(item)
    assert notes["PSChildName"] == shell.own
    assert [prop.name for prop in shell.out[0].PSObject.adapted_properties] == ["RawData"]
    ((data, friendly),) = shell.table(item, of="RawData,FriendlyName")
    assert (bytes(data), friendly) == (shell.machine.certificates.my[0].der, "Microsoft Exchange")


def test_w8_an_element_of_iis_has_its_values_in_notes(shell):
    (binding,) = shell.run(("Get-WebBinding", {"Name": BACK, "Protocol": "https"}))
    assert (binding["bindingInformation"], binding["certificateHash"]) == ("*:444:", shell.own)
    assert '<I64 N="sslFlags">0</I64>' in shell.xml
    assert binding["ItemXPath"] == f"/system.applicationHost/sites/site[@name='{BACK}' and @id='2']"
    assert text(shell.out[0]) == "https *:444: sslFlags=0"
    assert "ConfigurationAttributeCollection" in shell.xml


def test_w8_select_object_walks_and_cuts(shell):
    key = (
        ("Get-Item", {"LiteralPath": f"{STORE}\\{shell.own}"}),
        ("Select-Object", {"ExpandProperty": "PrivateKey"}),
        ("Select-Object", {"ExpandProperty": "CspKeyContainerInfo"}),
    )
    assert shell.table(*key, of="ProviderType,Exportable") == [(12, False)]
    assert shell.run(("Get-Website", {}), ("Select-Object", {"Property": ["NAME", "nothing"], "First": 1})) == [
        {"name": FRONT, "nothing": None}
    ]
    assert shell.error(("Get-Website", {"Name": BACK}), ("Select-Object", {"ExpandProperty": "x"})).startswith(
        "ExpandPropertyNotFound,"
    )


def test_w9_members_by_name(shell):
    binding = ("Get-WebBinding", {"Name": BACK, "Protocol": "https"})
    assert shell.run(binding, ("ForEach-Object", {"MemberName": "ToString"})) == ["https *:444: sslFlags=0"]
    assert shell.run(binding, ("ForEach-Object", {"MemberName": "bindingInformation"})) == ["*:444:"]
    assert shell.run(binding, ("ForEach-Object", {"MemberName": "nothing"})) == [None]
    assert shell.errors == []


def test_w9_a_failed_method_keeps_the_number(shell):
    shell.bind("AddSslCertificate", shell.own)
    (record,) = shell.errors
    assert record.FullyQualifiedErrorId == "MethodInvocationError,Microsoft.PowerShell.Commands.ForEachObjectCommand"
    assert "0x800700B7" in record.Exception.Message
    assert record.Exception.HResult == -2146233087


def test_w9_what_if_holds(shell):
    shell.machine.http_sys.delete("0.0.0.0", 444)
    before = shell.world.snapshot()
    shell.bind("AddSslCertificate", shell.own, WhatIf=True)
    assert shell.world.snapshot() == before
    assert shell.world.records[-1]["what_if"] is True
    shell.bind("AddSslCertificate", shell.own)
    assert shell.world.snapshot() != before


def test_w9_where_object_picks_without_regard_to_case(shell):
    picked = ("Where-Object", {"Property": "BINDINGINFORMATION", "EQ": True, "Value": "*:444:"})
    assert shell.table(("Get-WebBinding", {}), picked, of="protocol") == [("https",)]
    none = ("Where-Object", {"Property": "bindingInformation", "EQ": True, "Value": "*:4444:"})
    assert shell.table(("Get-WebBinding", {}), none, of="protocol") == []


@pytest.mark.parametrize(
    ("method", "there", "number"),
    [
        ("AddSslCertificate", True, "0x800700B7"),
        ("AddSslCertificate", False, ""),
        ("RebindSslCertificate", True, ""),
        ("RebindSslCertificate", False, "0x80070490"),
        ("RemoveSslCertificate", False, "0x80070490"),
    ],
)
def test_w10_add_and_rebind(shell, method, there, number):
    if not there:
        shell.machine.http_sys.delete("0.0.0.0", 444)
    other = shell.world.certificates.issue("ex1", names=["other.contoso.test"])
    shell.bind(method, other)
    assert number in "".join(record.Exception.Message for record in shell.errors)
    bound = shell.machine.thumbprint_of(shell.machine.sites[BACK].https[0])
    assert (bound == other) is (number == "")


def test_w10_remove_takes_the_entry(shell):
    shell.bind("RemoveSslCertificate", "")
    assert ("0.0.0.0", 444) not in shell.machine.http_sys.entries
    assert shell.table(("Get-WebBinding", {"Name": BACK, "Protocol": "https"}), of="certificateHash") == [("",)]


def test_w10_a_certificate_needs_its_key(shell):
    keyless = shell.world.certificates.issue("ex1", names=["other.contoso.test"])
    shell.world.certificates.lose_key("ex1", keyless)
    for thumbprint in (keyless, "AB" * 20):
        shell.bind("RebindSslCertificate", thumbprint)
        assert "0x80070520" in shell.errors[0].Exception.Message
    assert shell.machine.thumbprint_of(shell.machine.sites[BACK].https[0]) == shell.own


def test_w10_every_binding_of_the_port_changes(shell):
    shell.machine.sites[BACK].https[0].information = "*:443:"
    other = shell.world.certificates.issue("ex1", names=["other.contoso.test"])
    shell.bind("RebindSslCertificate", other)
    assert shell.table(("Get-WebBinding", {"Name": FRONT, "Protocol": "https"}), of="certificateHash") == [
        (other,),
        (shell.own,),
    ]


def test_w11_the_entries_of_http_sys(shell):
    shell.world.break_binding("ex1", "http_sys_orphan")
    shell.run(("Import-Module", {"Name": "WebAdministration"}))
    rows = shell.table(("Get-ChildItem", {"Path": SSL}), of="PSChildName,Port,Store,Thumbprint,IPAddress")
    assert [row[0] for row in rows] == [
        "0.0.0.0!443",
        "127.0.0.1!443",
        "0.0.0.0!444",
        "0.0.0.0!8172",
        "0.0.0.0!446",
    ]
    assert (*rows[1][1:4], text(rows[1][4])) == (443, "MY", shell.own, "127.0.0.1")
    assert [sites for (sites,) in shell.table(("Get-ChildItem", {"Path": SSL}), of="Sites")] == [
        [FRONT],
        [FRONT],
        [BACK],
        [],
        [],
    ]


def test_w11_delete_and_add(shell):
    shell.run(("Import-Module", {"Name": "WebAdministration"}))
    path, own = f"{SSL}\\0.0.0.0!444", shell.own
    add = ("New-Item", {"Path": path, "Thumbprint": own, "SSLFlags": 0})
    assert shell.error(add) == "System.ComponentModel.Win32Exception,Microsoft.PowerShell.Commands.NewItemCommand"
    assert "0x800700B7" in shell.errors[0].Exception.Message
    assert shell.run(("Remove-Item", {"Path": path})) == []
    assert (
        shell.error(("Remove-Item", {"Path": path})) == "PathNotFound,Microsoft.PowerShell.Commands.RemoveItemCommand"
    )
    assert shell.run((add[0], add[1] | {"WhatIf": True})) == []
    assert ("0.0.0.0", 444) not in shell.machine.http_sys.entries
    assert [row["PSChildName"] for row in shell.run(add)] == ["0.0.0.0!444"]
    entry = shell.machine.http_sys.entries["0.0.0.0", 444]
    assert (entry.thumbprint, entry.app_id) == (own, "{4dc3e181-e14b-4a21-b022-59fc669b0914}")


def test_w11_a_piped_certificate(shell):
    shell.run(("Import-Module", {"Name": "WebAdministration"}))
    shell.machine.http_sys.delete("0.0.0.0", 444)
    item = ("Get-Item", {"LiteralPath": f"{STORE}\\{shell.own}"})
    assert shell.run(item, ("New-Item", {"Path": f"{SSL}\\0.0.0.0!444"}), ("Out-Null", {})) == []
    assert shell.machine.http_sys.entries["0.0.0.0", 444].thumbprint == shell.own
    assert (
        "0x80070520"
        in [
            shell.run(("New-Item", {"Path": f"{SSL}\\!445", "Thumbprint": "AA"})),
            shell.errors[0].Exception.Message,
        ][1]
    )


def test_w11_an_entry_with_sni(shell):
    shell.run(("Import-Module", {"Name": "WebAdministration"}))
    shell.run(("New-Item", {"Path": f"{SSL}\\!443!Mail.contoso.test", "Thumbprint": shell.own, "SSLFlags": 1}))
    assert ("mail.contoso.test", 443) in shell.machine.http_sys.entries
    assert shell.table(("Get-Item", {"Path": f"{SSL}\\!443!mail.contoso.test"}), of="PSChildName,Host") == [
        ("!443!mail.contoso.test", "mail.contoso.test")
    ]


def test_w12_the_registry_needs_no_iis(shell):
    for service in ("W3SVC", "WAS"):
        shell.machine.stop_service(service)
    shell.machine.http_sys.put("0.0.0.0", 447, None)
    rows = shell.table(
        ("Get-ChildItem", {"Path": REGISTRY}),
        ("Get-ItemProperty", {}),
        of="PSChildName,SslCertHash,SslCertStoreName,AppId,DefaultFlags",
    )
    assert [row[0] for row in rows] == ["0.0.0.0:443", "127.0.0.1:443", "0.0.0.0:444", "0.0.0.0:8172", "0.0.0.0:447"]
    assert (bytes(rows[2][1]).hex().upper(), rows[2][2], rows[2][4]) == (shell.own, "MY", 0)
    assert uuid.UUID(bytes_le=bytes(rows[2][3])) == uuid.UUID("4dc3e181-e14b-4a21-b022-59fc669b0914")
    assert rows[4][1] is None
    shell.machine.http_sys.put("mail.contoso.test", 443, shell.own)
    by_host = REGISTRY.replace("SslBindingInfo", "SslSniBindingInfo")
    assert len(shell.run(("Get-ChildItem", {"Path": REGISTRY}))) == 5
    assert shell.table(("Get-ChildItem", {"Path": by_host}), of="PSChildName") == [("mail.contoso.test:443",)]
    missing = ("Get-ItemProperty", {"LiteralPath": f"{REGISTRY}\\0.0.0.0:447", "Name": "SslCertHash"})
    assert shell.error(missing).endswith("PSArgumentException,Microsoft.PowerShell.Commands.GetItemPropertyCommand")


def configured(verb: str, name: str, **more: Any) -> Stage:
    return (f"{verb}-{name}", {"PSPath": "MACHINE/WEBROOT/APPHOST", **more})


def test_w13_a_binding_by_its_key(shell):
    before = shell.world.snapshot()
    change = configured(
        "Set", "WebConfigurationProperty", Filter=ON_444, Name="bindingInformation", Value="*:445:", WhatIf=True
    )
    shell.run(change)
    assert shell.world.snapshot() == before
    change[1]["WhatIf"] = False
    shell.run(change)
    changed = World.changes(before, shell.world.snapshot())
    assert {change[:2] for change in changed} == {
        (f"IIS EX1 site {BACK}", "https *:444:"),
        (f"IIS EX1 site {BACK}", "https *:445:"),
    }
    assert shell.machine.thumbprint_of(shell.machine.sites[BACK].https[0]) is None


def test_w13_flags_alone(shell):
    shell.run(configured("Set", "WebConfigurationProperty", Filter=ON_444, Name="sslFlags", Value=4))
    assert shell.machine.sites[BACK].https[0].ssl_flags == 4
    assert shell.machine.sites[BACK].https[0].information == "*:444:"


@pytest.mark.parametrize(
    "wanted",
    [
        ON_444.replace("444", "446"),
        ON_444.replace("Exchange", "exchange"),
        ON_444.replace("https", "HTTPS"),
    ],
)
def test_w13_nothing_matched_is_a_warning(shell, wanted):
    before = shell.world.snapshot()
    for stage in (
        configured("Set", "WebConfigurationProperty", Filter=wanted, Name="sslFlags", Value=1),
        configured("Clear", "WebConfiguration", Filter=wanted),
    ):
        shell.run(stage)
        assert shell.errors == []
        assert "is not found" in shell.warnings[0]
    assert shell.run(configured("Get", "WebConfiguration", Filter=wanted)) == []
    assert shell.warnings == []
    assert shell.world.snapshot() == before


def test_w13_add_and_clear_one(shell):
    (found,) = shell.run(configured("Get", "WebConfiguration", Filter=ON_444.replace("'", '"')))
    assert found["bindingInformation"] == "*:444:"
    shell.run(configured("Clear", "WebConfiguration", Filter=ON_444))
    assert [b.information for b in shell.machine.sites[BACK].bindings] == ["*:81:", "*"]
    assert ("0.0.0.0", 444) in shell.machine.http_sys.entries
    table = {"protocol": "https", "bindingInformation": ":444:", "sslFlags": 0}
    add = configured("Add", "WebConfigurationProperty", Filter=f"{SITE}/bindings", Name=".", Value=table)
    shell.run(add)
    assert shell.machine.sites[BACK].https[0].information == ":444:"
    assert shell.machine.thumbprint_of(shell.machine.sites[BACK].https[0]) == shell.own
    assert "AddConfigurationPropertyCommand" in shell.error(add)
    assert "0x800700B7" in shell.errors[0].Exception.Message


def test_w13_the_same_key_twice_is_refused(shell):
    shell.machine.sites[BACK].bindings.append(type(shell.machine.sites[BACK].https[0])("https", "*:445:"))
    shell.error(configured("Set", "WebConfigurationProperty", Filter=ON_444, Name="bindingInformation", Value="*:445:"))
    assert "0x800700B7" in shell.errors[0].Exception.Message


def test_w13_traps(shell):
    shell.run(configured("Clear", "WebConfiguration", Filter=f"{SITE}/bindings"))
    assert shell.machine.sites[BACK].bindings == []
    front = SITE.replace(BACK, FRONT)
    shell.run(configured("Remove", "WebConfigurationProperty", Filter=front, Name="bindings.collection", AtIndex=1))
    assert "808:*" not in [b.information for b in shell.machine.sites[FRONT].bindings]
    assert len(shell.machine.sites[FRONT].bindings) == 7


@pytest.mark.parametrize(
    "stage",
    [
        configured("Get", "WebConfiguration", Filter="system.webServer/modules"),
        configured("Get", "WebConfiguration", Filter=ON_444, Location="Default Web Site/owa"),
        ("Get-WebConfiguration", {"Filter": ON_444, "PSPath": f"IIS:\\Sites\\{BACK}"}),
        ("Get-WebConfiguration", {"Filter": ON_444}),
        configured("Clear", "WebConfiguration", Filter=SITE),
    ],
)
def test_w13_other_shapes_are_not_simulated(shell, stage):
    with pytest.raises(Stopped, match="does not simulate"):
        shell.run(stage)


def test_w14_only_http_is_listed(shell):
    every = [row["bindingInformation"] for row in shell.run(("Get-WebBinding", {}))]
    assert every == ["*:80:", ":443:", "127.0.0.1:443:", "127.0.0.1:80:", "*:81:", "*:444:"]
    shell.world.switches["web_binding_lists"] = "every"
    assert len(shell.run(("Get-WebBinding", {}))) == 11
    assert shell.run(("Get-WebBinding", {"Name": "Nobody"})) == []
    assert [row["bindingInformation"] for row in shell.run(("Get-WebBinding", {"Port": "444"}))] == ["*:444:"]


def test_w14_another_kind_can_break_the_reading(shell):
    shell.world.switches["web_binding_reads"] = "by_protocol"
    assert [row["bindingInformation"] for row in shell.run(("Get-WebBinding", {}))] == ["*:80:"], "those before it"
    assert "0x8007000D" in shell.errors[0].Exception.Message
    found = [len(shell.run(("Get-WebBinding", {"Protocol": protocol}))) for protocol in ("https", "http")]
    assert found == [3, 3]
    for site in shell.machine.sites.values():
        site.bindings = [binding for binding in site.bindings if binding.over_http]
    assert len(shell.run(("Get-WebBinding", {}))) == 6


def test_w14_a_star_means_every_address(shell):
    shell.run(("Get-WebBinding", {"Name": FRONT, "IPAddress": "*"}), ("Remove-WebBinding", {}))
    assert [b.protocol for b in shell.machine.sites[FRONT].bindings if b.over_http] == []
    assert len(shell.machine.sites[FRONT].bindings) == 4


def test_w15_new_set_remove(shell):
    site = shell.machine.sites[BACK]
    shell.run(("New-WebBinding", {"Name": BACK, "Protocol": "https", "Port": 445, "SslFlags": 4}))
    assert (site.https[1].information, site.https[1].ssl_flags) == ("*:445:", 4)
    change = {"Name": BACK, "BindingInformation": "*:445:", "PropertyName": "Port", "Value": "446"}
    shell.run(("Set-WebBinding", change))
    assert (site.https[1].information, site.https[1].ssl_flags) == ("*:446:", 4)
    shell.run(("Set-WebBinding", change | {"BindingInformation": "*:446:", "PropertyName": "sslFlags", "Value": "0"}))
    assert (site.https[1].information, site.https[1].ssl_flags) == ("*:446:", 0)
    shell.run(
        ("Remove-WebBinding", {"Name": BACK, "Protocol": "https", "BindingInformation": "*:444:", "WhatIf": True})
    )
    assert len(site.https) == 2
    shell.run(("Remove-WebBinding", {"Name": BACK, "Protocol": "https", "BindingInformation": "*:444:"}))
    assert [binding.information for binding in site.https] == ["*:446:"]
    assert ("0.0.0.0", 444) in shell.machine.http_sys.entries
    assert shell.error(("New-WebBinding", {"Name": "Nobody", "Protocol": "https", "Port": 1})).startswith(
        "PathNotFound,"
    )


def test_w16_pools(shell):
    name = "MSExchangeOWAAppPool"
    pool, named = shell.machine.pools[name], {"Name": name.lower()}
    invalid = "InvalidOperation,Microsoft.IIs.PowerShell.Provider."
    assert shell.error(("Start-WebAppPool", named)) == invalid + "StartAppPoolCommand"
    shell.world.clock.advance(60)
    assert shell.run(("Restart-WebAppPool", named)) == []
    assert pool.recycled_at == shell.world.clock.now()
    shell.run(("Stop-WebAppPool", named))
    assert [row["Value"] for row in shell.run(("Get-WebAppPoolState", named))] == ["Stopped"]
    assert shell.error(("Stop-WebAppPool", named)) == invalid + "StopAppPoolCommand"
    assert shell.error(("Restart-WebAppPool", named)) == invalid + "RecycleItemCommand"
    assert shell.run(("Start-WebAppPool", named)) == []
    unknown = "PathNotFound,Microsoft.IIs.PowerShell.Provider.RecycleItemCommand"
    assert shell.error(("Restart-WebAppPool", {"Name": "Nobody"})) == unknown
    rows = shell.table(("Get-ChildItem", {"Path": "IIS:\\AppPools"}), of="name,state")
    assert (name, "Started") in rows
    assert len(rows) == len(shell.machine.pools)
    shell.machine.stop_service("WAS")
    assert shell.error(("Start-WebAppPool", named)).startswith("InvalidOperation,")
    assert {state for (state,) in shell.table(("Get-ChildItem", {"Path": "IIS:\\AppPools"}), of="state")} == {"Unknown"}


def test_w17_sites(shell):
    assert shell.table(("Get-Website", {}), of="name,id,state,applicationPool,serverAutoStart") == [
        (FRONT, 1, "Started", "MSExchangeOWAAppPool", True),
        (BACK, 2, "Started", "MSExchangeOWAAppPool", True),
    ]
    shell.run(("Stop-Website", {"Name": BACK.lower()}))
    assert shell.table(("Get-Website", {"Name": "exchange*"}), of="name,state") == [(BACK, "Stopped")]
    shell.run(("Start-Website", {"Name": BACK}))
    assert shell.machine.sites[BACK].state == "Started"
    assert shell.error(("Start-Website", {"Name": "Nobody"})).startswith("PathNotFound,")
    shell.machine.stop_service("W3SVC")
    assert {row[0] for row in shell.table(("Get-Website", {}), of="state")} == {"Unknown"}
    assert shell.error(("Start-Website", {"Name": BACK})).startswith("InvalidOperation,")


@pytest.mark.parametrize("service", ["WAS", "W3SVC"])
def test_w16_w17_asking_for_states_without_iis_can_be_an_error(shell, service):
    shell.world.switches["states_without_iis"] = "error"
    reads = (("Get-Website", {}), ("Import-Module", {"Name": "WebAdministration"}), ("Get-ChildItem", {"Path": POOLS}))
    shell.machine.stop_service(service)
    told = []
    for read in reads:
        told.append(bool(shell.run(read)))
        assert all("0x80070426" in record.Exception.Message for record in shell.errors)
        told.append(bool(shell.errors))
    assert told == [False, True, False, False, service == "W3SVC", service == "WAS"]
    shell.machine.start_service("W3SVC")
    assert [bool(shell.run(read)) for read in reads] == [True, False, True]


def test_w17_a_collision_stops_a_site(shell):
    shell.run(configured("Set", "WebConfigurationProperty", Filter=ON_444, Name="bindingInformation", Value="*:443:"))
    assert shell.machine.sites[BACK].state == "Stopped"
    assert "COMException" in shell.error(("Start-Website", {"Name": BACK}))
    assert "0x800700B7" in shell.errors[0].Exception.Message
    assert shell.errors[0].Exception.HResult == -2147024713
    assert shell.machine.sites[FRONT].state == "Started"


def test_w18_services(shell):
    stages = (
        ("Get-Service", {"Name": ["WAS", "MSExchangePOP3", "Nobody"]}),
        ("Select-Object", {"Property": ["Name", "Status"]}),
    )
    rows = shell.run(*stages)
    assert [(row["Name"], text(row["Status"])) for row in rows] == [("WAS", "Running"), ("MSExchangePOP3", "Stopped")]
    assert [record.FullyQualifiedErrorId for record in shell.errors] == [
        "NoServiceFoundForGivenName,Microsoft.PowerShell.Commands.GetServiceCommand"
    ]
    assert shell.run(("Get-Service", {"Name": "Nobody*"})) == []
    assert shell.errors == []


def test_w18_dependents_need_force(shell):
    assert shell.error(("Stop-Service", {"Name": "WAS"})).startswith("ServiceHasDependentServices,")
    assert shell.machine.services["WAS"].running
    shell.world.clock.advance(9)
    shell.run(("Restart-Service", {"Name": ["WAS", "W3SVC"], "Force": True}))
    assert {shell.machine.services[name].started_at for name in ("WAS", "W3SVC")} == {shell.world.clock.now()}
    assert shell.machine.serving
    shell.run(("Stop-Service", {"Name": "WAS", "Force": True}))
    assert not shell.machine.services["W3SVC"].running
    shell.run(("Start-Service", {"Name": "W3SVC"}))
    assert shell.machine.serving


def test_w18_restarting_starts_again_what_it_stopped(shell):
    shell.run(("Restart-Service", {"Name": "WAS", "Force": True}))
    assert shell.machine.serving
    shell.machine.stop_service("W3SVC")
    shell.run(("Restart-Service", {"Name": "WAS", "Force": True}))
    assert not shell.machine.serving


def test_w18_starting_what_runs_is_silent(shell):
    shell.run(("Start-Service", {"Name": "MSExchangePOP3"}))
    shell.run(("Start-Service", {"Name": "MSExchangePOP3"}))
    assert shell.errors == []
    shell.machine.services["MSExchangeIMAP4"].start_type = "Disabled"
    assert shell.error(("Start-Service", {"Name": "MSExchangeIMAP4"})).startswith("StartServiceFailed,")


def test_w19_events(shell):
    query = {"LogName": "System", "ProviderName": "Microsoft-Windows-HttpEvent", "Id": 15021}
    stage = ("Get-WinEvent", {"FilterHashtable": query, "MaxEvents": 1})
    none = "NoMatchingEventsFound,Microsoft.PowerShell.Commands.GetWinEventCommand"
    assert shell.error(stage) == none
    shell.world.break_binding("ex1", "stale_hash")
    for _unused in range(2):
        shell.world.clock.advance(10)
        shell.machine.certificate_on(shell.machine.address, 444)
    (xml,) = shell.run(stage, ("ForEach-Object", {"MemberName": "ToXml"}))
    event = ET.fromstring(xml)
    space = "{http://schemas.microsoft.com/win/2004/08/events/event}"
    assert event.findtext(f"{space}System/{space}EventID") == "15021"
    assert event.findtext(f"{space}System/{space}EventRecordID") == str(len(shell.machine.events))
    assert [(data.get("Name"), data.text) for data in event.iter(f"{space}Data")] == [("Endpoint", "0.0.0.0:444")]
    assert shell.world.records[-1]["write"] is False
    late = ("Get-WinEvent", {"FilterHashtable": {**query, "StartTime": "2026-01-01T12:00:15Z"}})
    assert len(shell.run(late)) == 1
    assert shell.error(("Get-WinEvent", {"FilterHashtable": {**query, "StartTime": "2026-01-01T13:00:00Z"}})) == none


OWA = "MSExchangeOWAAppPool"
WORKERS = ("Get-ChildItem", {"Path": f"IIS:\\AppPools\\{OWA}\\WorkerProcesses"})


def test_w40_worker_processes(shell):
    shell.run(("Import-Module", {"Name": "WebAdministration"}))
    shell.world.clock.advance(10)
    shell.run(("Restart-WebAppPool", {"Name": OWA}))
    began = shell.world.clock.now()
    shell.world.clock.advance(10)
    ((start,),) = shell.table(WORKERS, of="StartTime")
    assert start.timestamp() == began
    shell.run(("Stop-WebAppPool", {"Name": OWA}))
    assert shell.run(WORKERS) == [] and shell.errors == []


@pytest.mark.parametrize("written", ["written", "none"])
def test_w41_certificates_that_endpoints_get(shell, written):
    shell.world.switches["binding_events"] = written
    query = {"LogName": "System", "ProviderName": "Microsoft-Windows-HttpEvent", "Id": 15301}
    newest = ("Get-WinEvent", {"FilterHashtable": query, "MaxEvents": 1})
    shell.world.clock.advance(10)
    shell.bind("RebindSslCertificate", shell.own)
    if written == "none":
        assert shell.error(newest).startswith("NoMatchingEventsFound,")
    else:
        (xml,) = shell.run(newest, ("ForEach-Object", {"MemberName": "ToXml"}))
        assert "<EventID>15301</EventID><Level>3</Level>" in xml and ">0.0.0.0:444<" in xml
        assert shell.machine.events[-1].time == shell.world.clock.now()


def test_w20_the_store(shell):
    cng = shell.world.certificates.issue("ex1", names=["cng.contoso.test"], provider="cng")
    keyless = shell.world.certificates.issue("ex1", names=["bare.contoso.test"])
    shell.world.certificates.lose_key("ex1", keyless)
    shell.world.certificates.request("ex1", ["later.contoso.test"])
    rows = shell.table(("Get-ChildItem", {"Path": STORE}), of="Thumbprint,Subject,HasPrivateKey")
    assert len(rows) == 5
    assert {(cng, "CN=cng.contoso.test", True), (keyless, "CN=bare.contoso.test", False)} <= set(rows)
    expand = ("Select-Object", {"ExpandProperty": "PrivateKey"})
    assert shell.run(("Get-Item", {"LiteralPath": f"{STORE}\\{cng}"}), expand) == []
    assert shell.run(("Test-Path", {"LiteralPath": f"{STORE}\\{cng.lower()}"})) == [True]
    missing = ("Get-Item", {"LiteralPath": f"{STORE}\\{'AB' * 20}"})
    assert shell.error(missing) == "PathNotFound,Microsoft.PowerShell.Commands.GetItemCommand"


def test_w29_an_entry_goes_from_the_store_and_nothing_else(shell):
    held, key = shell.machine.certificates, shell.machine.certificates.my[0].key
    bare = shell.world.certificates.issue("ex1", names=["bare.contoso.test"])
    shell.world.certificates.lose_key("ex1", bare)
    shell.run(("Import-Module", {"Name": "WebAdministration"}))
    entries, keys = shell.run(("Get-ChildItem", {"Path": SSL})), list(held.orphaned_keys)
    before = [entry.thumbprint for entry in held.my]
    item = {"LiteralPath": f"{STORE}\\{bare.lower()}"}
    assert shell.run(("Remove-Item", {**item, "WhatIf": True})) == [] and len(held.my) == len(before)
    assert shell.run(("Remove-Item", item)) == [] and shell.errors == []
    assert [entry.thumbprint for entry in held.my] == [one for one in before if one != bare]
    assert held.orphaned_keys == keys
    assert shell.error(("Remove-Item", item)) == "PathNotFound,Microsoft.PowerShell.Commands.RemoveItemCommand"
    shell.run(("Remove-Item", {"LiteralPath": f"{STORE}\\{shell.own}"}))
    assert shell.errors == [] and held.orphaned_keys == [*keys, key]
    assert shell.run(("Get-ChildItem", {"Path": SSL})) == entries


NEW = {
    "DnsName": ["EX1", EX1],
    "Subject": "CN=EX1",
    "FriendlyName": "Microsoft Exchange",
    "CertStoreLocation": STORE,
    "KeySpec": "KeyExchange",
    "Provider": "Microsoft RSA SChannel Cryptographic Provider",
    "KeyExportPolicy": "NonExportable",
    "NotAfter": "2031-01-01T00:00:00Z",
}


def test_w21_a_self_signed_certificate(shell):
    ((thumbprint, ends),) = shell.table(("New-SelfSignedCertificate", NEW), of="Thumbprint,NotAfter")
    made = shell.machine.certificates.find(thumbprint)
    assert (made.names, made.friendly_name, made.self_signed) == (("EX1", EX1), "Microsoft Exchange", True)
    assert (made.key.provider_type, made.key.exportable, ends.year) == (12, False, 2031)
    shell.bind("RebindSslCertificate", thumbprint)
    assert shell.machine.certificate_on(shell.machine.address, 444) is made


def test_w21_without_provider_the_key_is_cng(shell):
    given = {name: value for name, value in NEW.items() if name != "Provider"}
    ((thumbprint,),) = shell.table(("New-SelfSignedCertificate", given), of="Thumbprint")
    assert shell.machine.certificates.find(thumbprint).key.provider_type == 0


def test_w21_2012_r2_knows_few_parameters():
    shell = Shell(World.from_estate("coexistence"))
    with pytest.raises(Stopped) as caught:
        shell.run(("New-SelfSignedCertificate", NEW))
    assert caught.value.record.FullyQualifiedErrorId.startswith("NamedParameterNotFound,Microsoft.CertificateServices.")
    few = {name: NEW[name] for name in ("DnsName", "CertStoreLocation")}
    assert len(shell.table(("New-SelfSignedCertificate", few), of="Thumbprint")) == 1


def test_w22_the_way_to_another_server(shell):
    quiet = {"ComputerName": "ex2.contoso.test", "Port": 444, "InformationLevel": "Quiet"}
    assert shell.run(("Test-NetConnection", quiet)) == [True]
    assert shell.warnings == []
    shell.world.break_binding("ex1", "firewall")
    assert shell.run(("Test-NetConnection", quiet)) == [False]
    assert len(shell.warnings) == 1
    assert shell.run(("Test-NetConnection", quiet | {"WarningAction": "SilentlyContinue"})) == [False]
    assert shell.warnings == []
    assert shell.run(("Test-NetConnection", quiet | {"ComputerName": EX1})) == [True]
    shell.world.break_binding("ex1", "moved_to_445")
    assert shell.run(("Test-NetConnection", quiet | {"ComputerName": EX1})) == [False]
    (full,) = shell.run(("Test-NetConnection", {"ComputerName": EX1, "Port": 443}))
    assert (full["TcpTestSucceeded"], full["RemotePort"]) == (True, 443)
    assert shell.run(("Test-NetConnection", quiet | {"ComputerName": "nobody"})) == [False]


def test_w23_unknown_names(shell):
    for stage, expected in (
        (("Get-Nothing", {}), "CommandNotFoundException"),
        (("Get-OwaVirtualDirectory", {}), "CommandNotFoundException"),
        (("Get-Website", {"Nothing": 1}), "NamedParameterNotFound,Microsoft.IIs.PowerShell.Provider.GetWebsiteCommand"),
        (("Restart-WebAppPool", {"WhatIf": True}), "NamedParameterNotFound,"),
        (("Get-ChildItem", {"Path": "C:\\"}), "LabDoesNotSimulate"),
        (("Get-ChildItem", {"Path": STORE, "Recurse": True}), "LabDoesNotSimulate"),
        (("Import-Module", {"Name": "IISAdministration"}), "LabDoesNotSimulate"),
        (("Stop-Service", {"Name": "WAS", "Confirm": True}), "HostException"),
    ):
        with pytest.raises(Stopped) as caught:
            shell.run(stage)
        assert caught.value.record.FullyQualifiedErrorId.startswith(expected)


def test_w23_stop_ends_the_pipeline(shell):
    missing = {"LiteralPath": [f"{STORE}\\AA", f"{STORE}\\{shell.own}"]}
    assert len(shell.run(("Get-Item", missing))) == 1
    with pytest.raises(Stopped) as caught:
        shell.run(("Get-Item", missing | {"ErrorAction": "Stop"}))
    assert caught.value.record.FullyQualifiedErrorId == "PathNotFound,Microsoft.PowerShell.Commands.GetItemCommand"
    assert shell.run(("Get-Item", missing | {"ErrorAction": "SilentlyContinue"})) != []
    assert shell.errors == []


def test_w23_a_stage_without_input_does_nothing(shell):
    before = shell.world.snapshot()
    shell.run(("Get-WebBinding", {"Name": "Nobody"}), ("Remove-WebBinding", {"Name": BACK}))
    assert shell.world.snapshot() == before
    shell.run(("Remove-WebBinding", {"Name": BACK}))
    assert shell.world.snapshot() != before


REDIRECTION = {"PSPath": "MACHINE/REDIRECTION", "Filter": "/configurationRedirection", "Name": "enabled"}
APP_HOST = {"PSPath": "MACHINE/WEBROOT/APPHOST"}
ADDED = {"protocol": "http", "bindingInformation": "*:8081:"}
WRITES: list[Stage] = [
    ("Add-WebConfigurationProperty", {**APP_HOST, "Filter": f"{SITE}/bindings", "Name": ".", "Value": ADDED}),
    ("Set-WebConfigurationProperty", {**APP_HOST, "Filter": ON_444, "Name": "sslFlags", "Value": 4}),
    ("Clear-WebConfiguration", {**APP_HOST, "Filter": ON_444}),
    ("Remove-WebConfigurationProperty", {**APP_HOST, "Filter": SITE, "Name": "bindings.collection", "AtIndex": 2}),
    ("New-WebBinding", {"Name": BACK, "Protocol": "http", "Port": 8081}),
    (
        "Set-WebBinding",
        {"Name": BACK, "BindingInformation": "*:444:", "PropertyName": "Port", "Value": "445"},
    ),
    ("Remove-WebBinding", {"Name": BACK, "Protocol": "https", "BindingInformation": "*:444:"}),
]


def test_w24_where_the_configuration_is(shell):
    read = ("Get-WebConfigurationProperty", REDIRECTION)
    assert shell.table(read, of="Value") == [(False,)]
    shell.machine.shares_configuration = True
    assert shell.table(read, of="Value") == [(True,)]
    assert shell.run(read, ("Select-Object", {"ExpandProperty": "Value"})) == [True]
    assert Shell(shell.world, "ex2.contoso.test").table(read, of="Value") == [(False,)], "each server has its own"
    for other in ({"PSPath": "MACHINE/WEBROOT/APPHOST"}, {"Filter": "/configurationRedirectio"}, {"Name": "path"}):
        with pytest.raises(Stopped, match="does not simulate"):
            shell.run(("Get-WebConfigurationProperty", REDIRECTION | other))


@pytest.mark.parametrize("write", WRITES, ids=lambda stage: stage[0])
def test_w24_what_a_write_does_to_a_shared_configuration_is_not_simulated(shell, write):
    shell.machine.shares_configuration = True
    before = shell.world.snapshot()
    with pytest.raises(Stopped, match="does not simulate writing a shared configuration"):
        shell.run(write)
    assert shell.world.snapshot() == before


@pytest.mark.parametrize("write", WRITES, ids=lambda stage: stage[0])
def test_w25_a_write_beside_another_programs_fails_and_writes_nothing(shell, write):
    name, given = write
    seen: list[str] = []
    shell.machine.other_writers = [lambda: seen.append("written"), None]
    before = shell.world.snapshot()
    if name != "New-WebBinding":
        shell.run((name, {**given, "WhatIf": True}))
        assert (shell.errors, seen) == ([], [])
    assert shell.error(write).startswith("System.IO.FileLoadException,Microsoft.IIs.PowerShell.Provider.")
    (record,) = shell.errors
    assert (record.Exception.HResult, "0x" in record.Exception.Message) == (0x80070020 - 2**32, False)
    assert (shell.world.snapshot(), seen) == (before, ["written"])
    shell.run(write)
    assert shell.errors == [] and shell.world.snapshot() != before


def test_w25_or_it_says_the_number(shell):
    shell.world.switches["configuration_conflict"] = "sharing_violation"
    shell.machine.other_writers = [lambda: None]
    with pytest.raises(Stopped, match="0x80070020") as caught:
        shell.run((WRITES[0][0], {**WRITES[0][1], "ErrorAction": "Stop"}))
    assert caught.value.record.Exception.HResult != 0x80070020 - 2**32, "under Stop only the text has the number"
    shell.bind("RebindSslCertificate", shell.own)
    assert shell.errors == [], "http.sys is no part of that file"


def container(thumbprint: str) -> list[Stage]:
    """The pipeline that tells of the key of a certificate."""
    return [
        ("Get-Item", {"LiteralPath": f"{STORE}\\{thumbprint}"}),
        ("Select-Object", {"ExpandProperty": "PrivateKey"}),
        ("Select-Object", {"ExpandProperty": "CspKeyContainerInfo"}),
    ]


def key_file(shell: Shell, thumbprint: str) -> str:
    """Where a CSP keeps the key of a certificate."""
    ((name,),) = shell.table(*container(thumbprint), of="UniqueKeyContainerName")
    return f"{KEY_FILES}\\{name}"


def sddl_of(shell: Shell, *paths: str) -> list[tuple[Any, ...]]:
    return shell.table(("Get-Acl", {"LiteralPath": list(paths)}), of="PSPath,Sddl")


def test_w30_a_key_is_a_file_with_an_access_list(shell):
    ((name, unique),) = shell.table(*container(shell.own), of="KeyContainerName,UniqueKeyContainerName")
    assert name not in unique and unique.count("_") == 1
    issued = shell.world.certificates.issue("ex1", names=["mail.contoso.test"])
    assert sddl_of(shell, key_file(shell, shell.own), key_file(shell, issued)) == [
        (
            f"Microsoft.PowerShell.Core\\FileSystem::{KEY_FILES}\\{unique}",
            BY_SYSTEM_AND_ADMINISTRATORS + "(A;;FA;;;NS)",
        ),
        (f"Microsoft.PowerShell.Core\\FileSystem::{key_file(shell, issued)}", BY_SYSTEM_AND_ADMINISTRATORS),
    ]


def test_w30_e5_smtp_lets_network_service_read_it(shell):
    own, issued = key_file(shell, shell.own), shell.world.certificates.issue("ex1", names=["mail.contoso.test"])
    for _twice in range(2):
        shell.world.certificates.enable("ex1", issued, ["SMTP"])
        assert sddl_of(shell, key_file(shell, issued))[0][1] == BY_SYSTEM_AND_ADMINISTRATORS + "(A;;FR;;;NS)"
    shell.world.certificates.enable("ex1", shell.own, ["SMTP"])
    assert sddl_of(shell, own)[0][1] == BY_SYSTEM_AND_ADMINISTRATORS + "(A;;FA;;;NS)", "more rights stay (E13)"


def test_w30_what_cannot_be_read_is_an_error_beside_the_others(shell):
    own, issued = key_file(shell, shell.own), shell.world.certificates.issue("ex1", names=["mail.contoso.test"])
    other = key_file(shell, issued)
    shell.machine.denied.add(other.lower())
    assert [path.rpartition("::")[2] for path, _sddl in sddl_of(shell, f"{KEY_FILES}\\no_file", other, own)] == [own]
    ids = [str(record.FullyQualifiedErrorId).partition(",")[0] for record in shell.errors]
    assert ids == ["GetAcl_PathNotFound_Exception", "System.UnauthorizedAccessException"]
    with pytest.raises(Stopped, match="unauthorized"):
        shell.run(("Get-Acl", {"LiteralPath": [other], "ErrorAction": "Stop"}))


def test_w30_files_of_cng_keys_are_elsewhere(shell):
    issued = shell.world.certificates.issue("ex1", names=["mail.contoso.test"], provider="cng")
    key = shell.machine.certificates.find(issued).key
    assert sddl_of(shell, f"{KEY_FILES}\\{key.file_name}") == []
    assert len(shell.errors) == 1


def test_w31_the_switch_for_ecc_certificates(shell):
    setting = ("Get-ItemProperty", {"LiteralPath": EXCHANGE_KEY})
    assert shell.run(setting) == [] and shell.errors == []
    shell.machine.certificates.ecc_supported = True
    assert shell.table(setting, of="EnableEccCertificateSupport,Another") == [("1", None)]
    shell.machine.denied.add(EXCHANGE_KEY.lower())
    assert shell.error(setting).startswith("System.Security.SecurityException,")


def test_w32_the_servers_own_clock(shell):
    shell.machine.clock_skew, shell.machine.time_zone = -7200.0, 3600.0
    utc = ("ForEach-Object", {"MemberName": "ToUniversalTime"})
    ((ticks,),) = shell.table(("Get-Date", {}), utc, of="Ticks")
    since_1970 = ticks / 10_000_000 - (datetime(1970, 1, 1) - datetime(1, 1, 1)).total_seconds()
    assert since_1970 == pytest.approx(shell.world.clock.now() - 7200)
    assert shell.table(("Get-Date", {}), of="Ticks") == [(ticks + 3600 * 10_000_000,)]
    assert '<I64 N="Ticks">' in shell.xml
    assert not any(record["write"] for record in shell.world.records)


def test_the_log_shows_each_stage(shell):
    shell.bind("RebindSslCertificate", shell.own)
    assert [(row["endpoint"], row["cmdlet"], row["write"], row["outcome"]) for row in shell.world.records] == [
        ("windows", "Get-WebBinding", False, "ok"),
        ("windows", "ForEach-Object", True, "ok"),
    ]
    assert shell.world.records[1]["parameters"]["ArgumentList"] == [shell.own, "My"]


def test_reads_change_nothing(shell):
    before = shell.world.snapshot()
    shell.run(("Import-Module", {"Name": "WebAdministration"}))
    for stage in (
        ("Get-Website", {}),
        ("Get-WebBinding", {}),
        ("Get-ChildItem", {"Path": SSL}),
        ("Get-ChildItem", {"Path": STORE}),
        ("Get-ChildItem", {"Path": REGISTRY}),
        ("Get-Service", {}),
        ("Set-Variable", {"Name": "ProgressPreference", "Value": "SilentlyContinue", "Scope": "Global"}),
    ):
        shell.run(stage)
        assert shell.errors == []
        assert shell.world.records[-1]["write"] is False
    assert shell.world.snapshot() == before


def test_the_exchange_endpoint_has_none_of_these(world):
    exchange = Interpreter(world, world.servers[EX1], "administrator", full_serialization=False)
    stage = SimpleNamespace(command_text="Get-Website", is_script=False, parameters=[], end_of_statement=True)
    with pytest.raises(Stopped, match="is not recognized"):
        exchange.run([stage], lambda stream, value: None)


def test_a_stopped_service_host_fails_certificate_cmdlets(world):
    world.machines[EX1].stop_service("MSExchangeServiceHost")
    exchange = Interpreter(world, world.servers[EX1], "administrator", full_serialization=False)
    stage = SimpleNamespace(
        command_text="Get-ExchangeCertificate", is_script=False, parameters=[], end_of_statement=True
    )
    errors: list[Any] = []
    exchange.run([stage], lambda stream, value: errors.append(stream))
    assert errors == ["error"]
    world.machines[EX1].start_service("MSExchangeServiceHost")
    errors.clear()
    exchange.run([stage], lambda stream, value: errors.append(stream))
    assert set(errors) == {"output"}
