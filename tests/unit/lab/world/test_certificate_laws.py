# SPDX-License-Identifier: GPL-3.0-or-later
"""certificate-laws: what the world's certificates obey, by the number of the law."""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from exchange_lab.world import ManualClock, World
from exchange_lab.world.certificates import Certificates, Listed, Root, StoreEntry, building
from exchange_lab.world.certificates.building import Signer, Validity
from exchange_lab.world.certificates.distinguished_names import dotnet_text, parsed
from exchange_lab.world.certificates.services import FLAGS, flag_sum

LAB = Path(str(files("exchange_lab")))
DAY = 86400
MAIL = "mail.contoso.test"


def world(estate: str = "one_server", **switches: str) -> World:
    return World.from_estate(estate, switches)


def shown(of: World, server: str = "ex1") -> dict[str, Listed]:
    """What is listed on a server, by thumbprint."""
    found = of.server(server)
    assert found is not None
    return {item.entry.thumbprint: item for item in of.certificates.listed(found)}


def by_friendly_name(of: World, server: str = "ex1") -> dict[str, Listed]:
    return {item.entry.friendly_name: item for item in shown(of, server).values()}


def entry(certificates: Certificates, thumbprint: str, server: str = "ex1") -> StoreEntry:
    return certificates.of(server).find(thumbprint)


def test_o1_a_certificate_is_one_servers():
    lab = world("two_datacenters")
    thumbprint = lab.certificates.issue("ex1", names=[MAIL])
    pending = lab.certificates.request("ex1", [MAIL])
    assert {thumbprint, pending} <= set(shown(lab))
    assert not {thumbprint, pending} & set(shown(lab, "ex2"))


def test_one_certificate_on_several_servers():
    lab = world("two_datacenters")
    thumbprint = lab.certificates.issue("ex1", "ex2.contoso.test", names=[MAIL], services=["IIS"])
    assert shown(lab)[thumbprint].sites == shown(lab, "ex2")[thumbprint].sites == (1,)
    assert thumbprint not in shown(lab, "ex3")


def test_o9_the_thumbprint():
    for item in shown(world()).values():
        assert item.entry.thumbprint == hashlib.sha1(item.entry.der, usedforsecurity=False).hexdigest().upper()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("CN=mail.contoso.test,O=Contoso,C=GB", "CN=mail.contoso.test, O=Contoso, C=GB"),
        ("CN=a,ST=Essex,L=Basildon", "CN=a, S=Essex, L=Basildon"),
        ("E=pki@contoso.test,CN=a", "E=pki@contoso.test, CN=a"),
        ("CN=a,O=Contoso\\, Ltd.", 'CN=a, O="Contoso, Ltd."'),
        ('CN=a,O=The \\"Firm\\"', 'CN=a, O="The ""Firm"""'),
        ("CN=a,O=Nuts \\+ Bolts", 'CN=a, O="Nuts + Bolts"'),
        ("CN=a+OU=b,O=c", "CN=a + OU=b, O=c"),
        ("CN=a,DC=contoso,DC=test", "CN=a, DC=contoso, DC=test"),
        ("CN=a,2.5.4.15=Private Organization", "CN=a, OID.2.5.4.15=Private Organization"),
        ("", ""),
    ],
)
def test_o9_names_as_dotnet_writes_them(name, text):
    assert dotnet_text(parsed(name)) == text


@pytest.mark.parametrize(("value", "text"), [(" a", '" a"'), ("a;b", '"a;b"'), ("a#", '"a#"'), ("a b", "a b")])
def test_o9_which_values_are_quoted(value, text):
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, value)])
    assert dotnet_text(name) == f"O={text}"


def test_o10_names():
    lab = world()
    own = by_friendly_name(lab)
    assert own["Microsoft Exchange"].entry.names == ("EX1", "EX1.contoso.test")
    assert own["Microsoft Exchange Server Auth Certificate"].entry.names == ()
    assert own["CN=WMSvc-EX1"].entry.names == ("WMSvc-EX1",)
    made = lab.certificates.issue("ex1", names=["b.test", "10.0.0.1"], subject="CN=A.test")
    assert entry(lab.certificates, made).names == ("b.test", "A.test")
    made = lab.certificates.issue("ex1", names=["A.test"], subject="CN=a.test")
    assert entry(lab.certificates, made).names == ("A.test",)


@pytest.mark.parametrize(
    ("names", "host", "expected"),
    [
        ([MAIL], "MAIL.contoso.test.", True),
        ([MAIL], "contoso.test", False),
        (["*.contoso.test"], MAIL, True),
        (["*.contoso.test"], "contoso.test", False),
        (["*.contoso.test"], "a.mail.contoso.test", False),
    ],
)
def test_s2_which_host_a_name_stands_for(names, host, expected):
    lab = world()
    assert entry(lab.certificates, lab.certificates.issue("ex1", names=names)).covers(host) is expected


def test_o11_every_flag():
    assert FLAGS == {"IMAP": 1, "POP": 2, "UM": 4, "IIS": 8, "SMTP": 16, "Federation": 32, "UMCallRouter": 64}
    assert flag_sum(()) == 0
    assert flag_sum(FLAGS) == 127


def test_o12_iis_follows_the_bindings():
    lab = world()
    thumbprint = lab.certificates.issue("ex1", names=[MAIL])
    machine = lab.machines["ex1.contoso.test"]
    for site, bound, expected in (
        ("Default Web Site", thumbprint, (1,)),
        ("Exchange Back End", thumbprint, (1, 2)),
        ("Default Web Site", None, (2,)),
        ("Exchange Back End", None, ()),
    ):
        machine.bind_certificate(site, bound)
        assert shown(lab)[thumbprint].sites == expected
        assert ("IIS" in shown(lab)[thumbprint].services) is bool(expected)


@pytest.mark.parametrize(("switch", "flags"), [("name_match", ("IMAP",)), ("stored", ("POP",))])
def test_o13_pop_and_imap(switch, flags):
    lab = world(popimap_flag=switch)
    thumbprint = lab.certificates.issue("ex1", names=[MAIL])
    lab.servers["ex1.contoso.test"].mail_protocols["IMAP"].initial["X509CertificateName"] = MAIL.upper()
    entry(lab.certificates, thumbprint).marks.add("POP")
    assert shown(lab)[thumbprint].services == flags


def test_o13_a_certificate_of_the_same_name_shows_them_at_once():
    lab = world()
    thumbprint = lab.certificates.issue("ex1", names=["ex1.contoso.test"], issuer="self")
    assert shown(lab)[thumbprint].services == ("IMAP", "POP")


def test_o13_e10_a_wildcard_never_shows_them():
    lab = world()
    thumbprint = lab.certificates.issue("ex1", names=["*.contoso.test"], services=["POP", "IMAP", "SMTP"])
    assert shown(lab)[thumbprint].services == ("SMTP",)
    assert by_friendly_name(lab)["Microsoft Exchange"].services == ("IMAP", "POP", "IIS", "SMTP")
    lab.servers["ex1.contoso.test"].mail_protocols["POP"].initial["X509CertificateName"] = "*.contoso.test"
    assert shown(lab)[thumbprint].services == ("SMTP",)


def test_o14_smtp_is_stored_where_it_was_enabled():
    lab = world("two_datacenters")
    thumbprint = lab.certificates.issue("ex1", "ex2", names=[MAIL])
    lab.certificates.enable("ex1", thumbprint, ["SMTP"])
    assert (shown(lab)[thumbprint].services, shown(lab, "ex2")[thumbprint].services) == (("SMTP",), ())


def test_e4_e7_e9_giving_services():
    lab = world()
    thumbprint = lab.certificates.issue("ex1", names=[MAIL], services=["POP", "IIS"])
    assert shown(lab)[thumbprint].services == ("POP", "IIS")
    assert by_friendly_name(lab)["Microsoft Exchange"].services == ("IMAP", "IIS", "SMTP")
    own = by_friendly_name(lab)["Microsoft Exchange"]
    assert own.sites == (2,)
    lab.certificates.enable("ex1", thumbprint, ["SMTP"])
    assert lab.certificates.internal_transport(lab.servers["ex1.contoso.test"], "dc1.contoso.test") == (
        own.entry.thumbprint
    )


@pytest.mark.parametrize(
    ("how", "status", "root"),
    [
        ({"issuer": "ca"}, "Valid", "ThirdParty"),
        ({"issuer": "enterprise"}, "Valid", "Enterprise"),
        ({"issuer": "policy"}, "Valid", "GroupPolicy"),
        ({"issuer": "unknown"}, "Untrusted", "None"),
        ({"issuer": "self"}, "Valid", "None"),
        ({"issuer": "ca", "days": 10, "starts_in_days": -11}, "DateInvalid", "ThirdParty"),
        ({"issuer": "ca", "starts_in_days": 1}, "DateInvalid", "ThirdParty"),
        ({"issuer": "self", "starts_in_days": 1}, "DateInvalid", "None"),
    ],
)
def test_o16_o17_status_and_root(how, status, root):
    lab = world()
    thumbprint = lab.certificates.issue("ex1", names=[MAIL], **how)
    item = shown(lab)[thumbprint]
    assert (item.status, item.root_ca_type, item.self_signed) == (status, root, how["issuer"] == "self")


def test_o16_the_first_and_the_last_second_count():
    clock = ManualClock()
    lab = World.from_estate("one_server", clock=clock)
    thumbprint = lab.certificates.issue("ex1", names=[MAIL], starts_in_days=1, days=1)
    status = []
    for step in (DAY - 1, 1, DAY, 1):
        clock.advance(step)
        status.append(shown(lab)[thumbprint].status)
    assert status == ["DateInvalid", "Valid", "Valid", "DateInvalid"]


def test_o16_revocation():
    lab = world()
    thumbprint = lab.certificates.issue("ex1", names=[MAIL])
    lab.certificates.revoked.add(thumbprint)
    assert shown(lab)[thumbprint].status == "Revoked"
    lab.certificates.of("ex1").crl_reachable = False
    assert shown(lab)[thumbprint].status == "RevocationCheckFailure"
    assert by_friendly_name(lab)["Microsoft Exchange"].status == "Valid"


def test_i4_o16_a_missing_intermediate():
    lab = world()
    thumbprint = lab.certificates.issue("ex1", names=[MAIL], intermediate=2)
    assert dotnet_text(entry(lab.certificates, thumbprint).certificate.issuer).startswith(
        "CN=Exchange Lab Issuing CA 2"
    )
    lab.certificates.issue("ex1", names=["other.contoso.test"])
    del lab.certificates.of("ex1").intermediates[0]
    assert (shown(lab)[thumbprint].status, shown(lab)[thumbprint].root_ca_type) == ("Untrusted", "None")


def test_o17_only_the_certificate_in_root_is_trusted_not_its_namesake():
    lab = world()
    thumbprint = lab.certificates.issue("ex1", names=["EX1", "ex1.contoso.test"], issuer="self")
    assert shown(lab)[thumbprint].root_ca_type == "None"
    lab.certificates.of("ex1").roots.append(Root(entry(lab.certificates, thumbprint).certificate, "Registry"))
    assert shown(lab)[thumbprint].root_ca_type == "Registry"


def test_o16_authorities_that_signed_each_other_lead_nowhere():
    lab = world()
    thumbprint = lab.certificates.issue("ex1", names=[MAIL], issuer="unknown")
    issuer = entry(lab.certificates, thumbprint).certificate.issuer
    key, other = ec.generate_private_key(ec.SECP256R1()), parsed("CN=Other CA")
    life = Validity(lab.clock.now() - DAY, lab.clock.now() + DAY)
    crossed = [building.certificate(a, key, Signer(b, key), life, []) for a, b in ((issuer, other), (other, issuer))]
    lab.certificates.of("ex1").intermediates += crossed
    assert shown(lab)[thumbprint].status == "Untrusted"
    root = building.certificate(other, key, Signer(other, key), life, [])
    lab.certificates.of("ex1").roots.append(Root(root, "Registry"))
    assert (shown(lab)[thumbprint].status, shown(lab)[thumbprint].root_ca_type) == ("Valid", "Registry")


@pytest.mark.parametrize(("switch", "status"), [("at_get", "DateInvalid"), ("cached", "Valid")])
def test_o16_when_the_status_is_decided(switch, status):
    clock = ManualClock()
    lab = World.from_estate("one_server", {"status_evaluated": switch}, clock)
    thumbprint = lab.certificates.issue("ex1", names=[MAIL], days=10)
    clock.advance(20 * DAY)
    assert shown(lab)[thumbprint].status == status


def test_o18_without_a_key_it_is_not_listed():
    lab = world()
    thumbprint = lab.certificates.issue("ex1", names=[MAIL])
    lab.certificates.lose_key("ex1", thumbprint)
    assert thumbprint not in shown(lab)
    assert entry(lab.certificates, thumbprint).key is None


@pytest.mark.parametrize(("switch", "listed"), [("no", False), ("yes", True)])
def test_an_archived_certificate(switch, listed):
    lab = world(archived_listed=switch)
    thumbprint = lab.certificates.issue("ex1", names=[MAIL])
    entry(lab.certificates, thumbprint).archived = True
    assert (thumbprint in shown(lab)) is listed


@pytest.mark.must_run
def test_o19_a_fresh_server():
    lab = world("two_datacenters")
    now = lab.clock.now()
    for number in (1, 2, 3, 4):
        own = by_friendly_name(lab, f"ex{number}")
        exchange = own.pop("Microsoft Exchange")
        auth = own.pop("Microsoft Exchange Server Auth Certificate")
        management = own.pop(f"CN=WMSvc-EX{number}")
        assert own == {}
        facts = [(item.services, item.sites, item.root_ca_type, item.status) for item in (exchange, auth, management)]
        assert facts == [
            (("IMAP", "POP", "IIS", "SMTP"), (1, 2), "Registry", "Valid"),
            (("SMTP",) if number == 1 else (), (), "None", "Valid"),
            ((), (), "Registry", "Valid"),
        ]
        exportable = [item.entry.key.exportable for item in (exchange, auth, management)]
        assert exportable == [False, True, True]
        for item, days in ((exchange, 5 * 365), (auth, 1800), (management, 3650)):
            certificate = item.entry.certificate
            life = certificate.not_valid_after_utc - certificate.not_valid_before_utc
            assert life.days == days
            assert certificate.not_valid_before_utc.timestamp() < now
            usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
            assert (usage.digital_signature, usage.key_encipherment, usage.key_cert_sign) == (True, True, False)
            extended = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            assert [oid._name for oid in extended] == ["serverAuth"]
    thumbprints = {
        by_friendly_name(lab, f"ex{n}")["Microsoft Exchange Server Auth Certificate"].entry.thumbprint for n in (1, 4)
    }
    assert thumbprints == {lab.certificates.auth_config.initial["CurrentCertificateThumbprint"]}


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        ("15.0.1497.48", "sha1"),
        ("15.1.2375.7", "sha1"),
        ("15.1.2507.6", "sha256"),
        ("15.2.986.5", "sha1"),
        ("15.2.1118.7", "sha256"),
        ("15.2.2562.17", "sha256"),
    ],
)
def test_o19_the_hash_of_setup(build, expected):
    estate = {"sites": {"London": ["dc1"]}, "servers": [{"name": "ex1", "site": "London", "build": build}]}
    for switch, wanted in (("by_build", expected), ("sha1", "sha1"), ("sha256", "sha256")):
        made = by_friendly_name(World.from_estate(estate, {"selfsigned_hash": switch}))["Microsoft Exchange"].entry
        assert made.certificate.signature_hash_algorithm.name == wanted


def test_a_sha1_signature_is_a_real_one():
    lab = world()
    made = entry(lab.certificates, lab.certificates.issue("ex1", names=[MAIL], issuer="self", signature_hash="sha1"))
    certificate = made.certificate
    public = certificate.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    public.verify(certificate.signature, certificate.tbs_certificate_bytes, padding.PKCS1v15(), hashes.SHA1())


def test_2013_with_roles_apart_binds_what_it_has():
    lab = world("coexistence")
    assert [by_friendly_name(lab, f"ex{n}")["Microsoft Exchange"].sites for n in (1, 2, 3)] == [(1, 2), (1,), (2,)]


@pytest.mark.parametrize(
    ("kind", "expected"), [("rsa1024", 1024), ("rsa2048", 2048), ("rsa4096", 4096), ("ec256", 256)]
)
def test_kinds_of_keys(kind, expected):
    lab = world()
    made = entry(lab.certificates, lab.certificates.issue("ex1", names=[MAIL], key=kind)).certificate.public_key()
    assert made.key_size == expected
    assert isinstance(made, ec.EllipticCurvePublicKey) is (kind == "ec256")


def test_certificates_of_their_own_have_keys_of_their_own():
    lab = world("two_datacenters")
    made = [lab.certificates.issue("ex1", names=[MAIL]) for _unused in range(3)]
    keys = {item.entry.certificate.public_key().public_numbers() for item in shown(lab).values()}
    assert len(keys) == 3 + len(made)
    assert len({item.entry.key.container for item in shown(lab).values()}) == len(keys)


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ({"key": "dsa"}, "Unknown kind of key 'dsa'"),
        ({"issuer": "acme"}, "Unknown issuer 'acme'"),
        ({"signature_hash": "md5"}, "Unknown hash 'md5'"),
        ({"signature_hash": "sha1", "key": "ec256", "issuer": "self"}, "RSA keys only"),
        ({"provider": "tpm"}, "Unknown key provider 'tpm'"),
        ({"usages": ["code_signing"]}, "Unknown usage 'code_signing'"),
        ({"services": ["FTP"]}, "Unknown service 'FTP'"),
    ],
)
def test_what_cannot_be_issued(how, text):
    lab = world()
    before = lab.snapshot()
    with pytest.raises(ValueError, match=text):
        lab.certificates.issue("ex1", names=[MAIL], **how)
    assert lab.snapshot() == before


def test_usages_and_an_empty_subject():
    lab = world()
    made = entry(lab.certificates, lab.certificates.issue("ex1", names=[MAIL], subject="", usages=())).certificate
    assert dotnet_text(made.subject) == ""
    assert not [item for item in made.extensions if isinstance(item.value, x509.ExtendedKeyUsage)]


def test_n6_a_pending_request():
    lab = world()
    thumbprint = lab.certificates.request("ex1", [MAIL], days_ago=40)
    item = shown(lab)[thumbprint]
    assert (item.status, item.root_ca_type, item.services, item.self_signed) == ("PendingRequest", "Unknown", (), False)
    certificate = item.entry.certificate
    assert certificate.issuer == certificate.subject
    assert certificate.not_valid_before_utc.timestamp() == lab.clock.now() - 40 * DAY
    lab.certificates.remove("ex1", thumbprint)
    assert thumbprint not in shown(lab)


def test_r5_removing_leaves_what_names_it():
    lab = world()
    thumbprint = by_friendly_name(lab)["Microsoft Exchange"].entry.thumbprint
    assert lab.violations() == []
    lab.certificates.remove("ex1", thumbprint)
    machine = lab.machines["ex1.contoso.test"]
    assert machine.sites_with(thumbprint) == (1, 2)
    assert [text.partition(" ")[2][:2] for text in lab.violations()] == ["O1", "O1", "O1", "E6"]
    assert machine.certificate_on("10.0.0.1", 443) is not None  # in use
    machine.stop_service("W3SVC")
    machine.start_service("W3SVC")
    assert machine.certificate_on("10.0.0.1", 443) is None
    event = machine.events[-1]
    assert (event.id, event.data) == (15021, {"Endpoint": "0.0.0.0:443"})


def test_a_snapshot_shows_certificates():
    lab = world()
    before = lab.snapshot()
    assert lab.snapshot() == before
    thumbprint = lab.certificates.issue("ex1", names=[MAIL], services=["IIS", "IMAP"])
    own = by_friendly_name(lab)["Microsoft Exchange"].entry.thumbprint
    assert World.changes(before, lab.snapshot()) == [
        ("AD EX1 IMAP settings", "X509CertificateName", "EX1.contoso.test", MAIL),
        ("certificates EX1", thumbprint, None, ("My", "", True, False, "IMAP")),
        ("http.sys EX1", "0.0.0.0:443", http_sys(own), http_sys(thumbprint)),
        ("http.sys EX1", "127.0.0.1:443", http_sys(own), http_sys(thumbprint)),
    ]


def http_sys(thumbprint: str) -> tuple[object, ...]:
    return (thumbprint, "MY", "{4dc3e181-e14b-4a21-b022-59fc669b0914}", 0)


def test_an_estate_declares_certificates(tmp_path):
    path = tmp_path / "estate.yml"
    path.write_text(
        "sites: {London: [dc1]}\n"
        "servers:\n"
        "  - {name: ex1, site: London, build: 15.2.1258.12}\n"
        "  - {name: ex2, site: London, build: 15.2.1258.12}\n"
        "certificates:\n"
        "  - {names: [mail.contoso.test], issuer: ca, days: 200, services: [IIS, SMTP]}\n"
        "  - {names: [old.contoso.test], issuer: self, servers: [ex2]}\n"
        "send_connectors:\n"
        "  - {name: Internet, servers: [ex1], fqdn: mail.contoso.test}\n",
        encoding="utf-8",
    )
    lab = World.from_estate(str(path))
    names = [{name for item in shown(lab, server).values() for name in item.entry.names} for server in ("ex1", "ex2")]
    assert (MAIL in names[0], MAIL in names[1]) == (True, True)
    assert ("old.contoso.test" in names[0], "old.contoso.test" in names[1]) == (False, True)
    assert lab.send_connectors[0].initial["SourceTransportServers"] == ("EX1",)
    with pytest.raises(ValueError, match="has no 'colour'"):
        World.from_estate({**GOOD, "send_connectors": [{"name": "a", "colour": 1}]})


GOOD = {"sites": {"London": ["dc1"]}, "servers": [{"name": "ex1", "site": "London", "build": "15.2.1258.12"}]}


@pytest.mark.must_run
def test_every_cited_law_is_in_the_list_of_laws():
    listed = (LAB.parent / "LAWS.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| ([OENSRGIWX]\d+) \|", listed, re.MULTILINE))
    cited = set()
    for folder in ("world", "cmdlets", "serialization", "contract"):
        for path in LAB.glob(f"{folder}/**/*.py"):
            text = path.read_text(encoding="utf-8").replace("2012 R2", "")  # no law
            if "certificate-laws" in text:
                cited |= set(re.findall(r"\b([OENSRGIX]\d{1,2})\b", text))
    assert cited - rows == set()
    tests = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parents[1].glob("**/test_*.py"))
    assert [row for row in sorted(rows) if f"_{row.lower()}_" not in tests] == []
