# SPDX-License-Identifier: GPL-3.0-or-later
"""What every test shares: the collection under its import name, Hypothesis profiles, the rules about skipping."""

from __future__ import annotations

import os

from collection_tree import link_collection

TREE = link_collection()
os.environ["ANSIBLE_COLLECTIONS_PATH"] = str(TREE)  # before Ansible reads its configuration; child processes inherit it

from ansible.plugins.loader import init_plugin_loader  # noqa: E402
from hypothesis import settings  # noqa: E402

pytest_plugins = ["skip_rules"]

init_plugin_loader([str(TREE)])

# "ci" repeats the same examples at every run, "check" a fifth of them, "nightly" looks for new ones. No deadlines:
# tests are not timed.
settings.register_profile("check", derandomize=True, database=None, deadline=None, max_examples=10)
settings.register_profile("ci", derandomize=True, database=None, deadline=None, max_examples=50)
settings.register_profile("nightly", derandomize=False, deadline=None, max_examples=1000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
