# SPDX-License-Identifier: GPL-3.0-or-later
"""The checkout under the path where Ansible looks for collections, whatever the checkout is called."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def link_collection() -> Path:
    """Make .build/ansible_collections/mailops/exchange a link to the checkout.

    Returns the directory for ANSIBLE_COLLECTIONS_PATH. Safe to call from several processes at once.
    """
    tree = CHECKOUT / ".build"
    link = tree / "ansible_collections" / "mailops" / "exchange"
    link.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        link.symlink_to("../../..")
    return tree


if __name__ == "__main__":
    print(link_collection())
