# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtual directory nouns: a table of settings each and the rules between them."""

from __future__ import annotations

from .active_sync import ACTIVE_SYNC
from .attributes import Noun
from .autodiscover import AUTODISCOVER
from .ecp import ECP
from .mapi import MAPI
from .oab import OAB
from .outlook_anywhere import OUTLOOK_ANYWHERE
from .owa import OWA
from .power_shell import POWER_SHELL
from .web_services import WEB_SERVICES

NOUNS: tuple[Noun, ...] = (
    OWA,
    ECP,
    WEB_SERVICES,
    ACTIVE_SYNC,
    OAB,
    MAPI,
    POWER_SHELL,
    AUTODISCOVER,
    OUTLOOK_ANYWHERE,
)
