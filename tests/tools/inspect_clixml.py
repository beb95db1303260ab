# SPDX-License-Identifier: GPL-3.0-or-later
"""Print the objects of Export-Clixml files as the collection sees them: one JSON array of Records a file.

A certificate of Get-ExchangeCertificate is printed as what was read from it; ``error`` says what could not be.
"""

from __future__ import annotations

import argparse
import base64
import codecs
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ansible.plugins.loader import init_plugin_loader
from collection_tree import link_collection

CERTIFICATE_FACTS = (
    "thumbprint",
    "subject",
    "names",
    "not_after",
    "services",
    "sites",
    "friendly_name",
    "key_provider",
    "private_key_exportable",
    "self_signed",
    "status",
    "source",
)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def text_of(data: bytes) -> str:
    """The text of a file that Windows wrote: UTF-16 when it begins with that mark, else UTF-8 with or without one.

    Raises:
        UnicodeDecodeError: it is neither.
    """
    return data.decode("utf-16" if data.startswith(_UTF_16) else "utf-8-sig")


def records(path: Path) -> list[dict[str, Any]]:
    """The objects of a file: their properties by name, or the facts of a certificate.

    Raises:
        OSError: the file cannot be read.
        UnicodeDecodeError: it is not text.
        ReplyRefused: it is no CLIXML.
    """
    from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.clixml import read_file

    found = read_file(text_of(path.read_bytes()))
    return [certificate_facts(record) if "RawData" in record else dict(record) for record in found]


def certificate_facts(record: Any) -> dict[str, Any]:
    """What the collection reads from a certificate. Sites are numbers: 1 is the front end, 2 the back end."""
    from ansible_collections.mailops.exchange.plugins.plugin_utils._exchange.certificates import SITES, read_certificate
    from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import ExchangeError

    try:
        read = read_certificate(record)
    except ExchangeError as exc:
        return {"error": str(exc)}
    facts = read.certificate.as_dict()
    numbers = {site: number for number, site in SITES.items()}
    if facts["sites"] is not None:
        facts["sites"] = [numbers.get(site, site) for site in facts["sites"]]
    shown = {name: facts[name] for name in CERTIFICATE_FACTS}
    return {**shown, "error": read.remark} if read.remark else shown


def _shown(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    raise TypeError(f"{type(value).__name__} has no place in a Record")


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 1 when a file could not be read; the others are printed all the same."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
    failed = False
    from ansible_collections.mailops.exchange.plugins.plugin_utils._remoting.errors import ReplyRefused

    for path in parser.parse_args(arguments).files:
        try:
            print(json.dumps(records(path), indent=2, ensure_ascii=False, default=_shown))
        except (OSError, UnicodeDecodeError, ReplyRefused) as exc:
            print(f"{path}: {exc}", file=sys.stderr)
            failed = True
    return int(failed)


if __name__ == "__main__":
    init_plugin_loader([str(link_collection())])
    sys.exit(main())
