# SPDX-License-Identifier: GPL-3.0-or-later
"""The rollout's last step: old certificates are removed when that is asked for, and only where nothing uses them."""

from __future__ import annotations

from collections import Counter

import pytest
import rollout

from exchange_lab.background import Background


def holders(lab: Background, thumbprint: str) -> list[str]:
    """The servers that have a certificate."""
    held = lab.world.certificates.of
    return [fqdn for fqdn in rollout.fqdns(lab) if thumbprint in [entry.thumbprint for entry in held(fqdn).my]]


def sessions(lab: Background) -> Counter[str]:
    """How many sessions were opened, by server and endpoint."""
    created = lab.log.records("request", action="Create")
    return Counter(f"{one['host']} {one['path'].partition('/?')[0]}" for one in created)


@pytest.mark.nightly
def test_the_old_one_is_removed_with_one_more_session_a_server() -> None:
    """Through the first server's Exchange for all of them; each server's Windows tells of its bindings (law L10)."""
    with rollout.lab(2) as lab:
        old, (first, second) = rollout.thumbprint_of(lab.world, "ex1"), rollout.fqdns(lab)
        done = rollout.run(lab)
        assert done.code == 0, done.output
        before = sessions(lab)
        again = rollout.run(lab)
        assert again.code == 0 and again.changes == (), again.output
        usual = sessions(lab) - before

        other = lab.world.machines[second].http_sys
        other.put("0.0.0.0", 8172, old)
        refused = rollout.run(lab, remove=[old])
        assert refused.code != 0 and "http.sys serves 0.0.0.0:8172 with it" in refused.output, refused.output
        assert holders(lab, old) == [second]
        other.delete("0.0.0.0", 8172)

        before = sessions(lab)
        removed = rollout.run(lab, remove=[old])
        assert removed.code == 0, removed.output
        assert holders(lab, old) == []
        assert sessions(lab) - before - usual == Counter({f"{first} /PowerShell": 1, f"{second} /wsman": 1})
