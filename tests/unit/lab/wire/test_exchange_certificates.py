# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates as the unmodified pypsrp receives them (certificate-laws O4, O5)."""

from __future__ import annotations

import nrbf
import pytest

EX1 = "ex1.contoso.test"


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize(("path", "full"), [("PowerShell/?serializationLevel=Full", True), ("PowerShell", False)])
def test_o4_raw_data_always_the_payload_when_it_is_asked_for(world, lab, pool, invoke, path, full, broken):
    world.switches["data_signing"] = "plain"
    if broken:
        world.faults.add("broken_signing")
    with pool(lab, path=path) as opened:
        found = invoke(opened, "Get-ExchangeCertificate", Server=EX1).output
    listed = [item.entry for item in world.certificates.listed(world.servers[EX1])]
    assert [item.adapted_properties["RawData"] for item in found] == [entry.der for entry in listed]
    assert [list(item.extended_properties) for item in found] == [
        ["SerializationData"] if full and not broken else []
    ] * len(listed)
    for item, entry in zip(found, listed, strict=True):
        if item.extended_properties:
            read = nrbf.loads(item.extended_properties["SerializationData"])
            assert read["Identity"] == f"EX1.contoso.test\\{entry.thumbprint}"


def test_o5_a_signed_payload(world, lab, pool, invoke):
    world.switches["data_signing"] = "envelope"
    with pool(lab) as opened:
        found = invoke(opened, "Get-ExchangeCertificate").output
    for item in found:
        data = item.extended_properties["SerializationData"]
        length = int.from_bytes(data[5:9], "little")
        assert (data[:5], len(data)) == (b"#sig#", length + 41)
        assert nrbf.loads(data[9 : 9 + length])["SelfSigned"] is True
