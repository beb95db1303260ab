# Copyright: (c) 2026, mailops.exchange contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which tables of settings each module offers, for its documentation."""

from __future__ import annotations

from collections.abc import Mapping

from .._converge.noun import Noun
from .autodiscover import CLIENT_ACCESS_SERVICE
from .client_access import BRANCHES
from .connector import SEND_CONNECTOR
from .organization_config import ORGANIZATION_CONFIG
from .outlook_anywhere import OUTLOOK_ANYWHERE
from .outlook_provider import OUTLOOK_PROVIDER
from .virtual_directories import PROTOCOLS

MODULE_TABLES: Mapping[str, Mapping[str, Noun]] = {
    "exchange_vdir": PROTOCOLS,
    "exchange_outlook_anywhere": {OUTLOOK_ANYWHERE.label: OUTLOOK_ANYWHERE},
    "exchange_autodiscover": {CLIENT_ACCESS_SERVICE.label: CLIENT_ACCESS_SERVICE},
    "exchange_connector": {SEND_CONNECTOR.label: SEND_CONNECTOR},
    "exchange_organization_config": {ORGANIZATION_CONFIG.label: ORGANIZATION_CONFIG},
    "exchange_outlook_provider": {OUTLOOK_PROVIDER.label: OUTLOOK_PROVIDER},
}

TREE_TABLES: Mapping[str, Mapping[str, Noun]] = {
    "exchange_client_access": BRANCHES,
}
"""Modules whose options are a tree of tables."""
