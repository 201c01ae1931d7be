"""The ``geography`` verb."""

from __future__ import annotations

import argparse
import json

from highneeds.cli.printing import Verbs, print_table, say

_LABELS = {"la_code": "DfE code", "ons_codes": "ONS codes"}


def register(verbs: Verbs) -> None:
    """Add ``geography``."""
    geography = verbs.add_parser(
        "geography", help="codes, region, reorganisations, neighbours"
    )
    geography.add_argument(
        "area", nargs="?", metavar="NAME", help="every authority when left out"
    )
    geography.add_argument("--format", choices=("table", "json"), default="table")
    geography.set_defaults(command=_geography)


def _geography(options: argparse.Namespace) -> int:
    from highneeds.geography import Geography
    from highneeds.panel.areas import authority_table, facts
    from highneeds.panel.panel import load_panel
    from highneeds.panel.vintage import vintage

    geography = Geography.load()
    if options.area is None:
        print_table(authority_table(geography), options.format)
        return 0
    area = geography.find(options.area)
    known = facts(geography, area, vintage(load_panel()).census)
    if options.format == "json":
        say(json.dumps(known, ensure_ascii=False, indent=1))
        return 0
    say(str(known.pop("name")))
    for name, found in known.items():
        shown = "; ".join(found) if isinstance(found, list) else found
        if shown:
            label = _LABELS.get(name, name.replace("_", " ").capitalize())
            say(f"  {label:<16} {shown}")
    return 0
