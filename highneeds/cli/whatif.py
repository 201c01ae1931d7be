"""The ``whatif`` verb: one authority's page to move assumptions on."""

from __future__ import annotations

import argparse
from pathlib import Path

from highneeds.cli.options import add_draws, add_own_figures, add_replace
from highneeds.cli.printing import Verbs, say, warn


def register(verbs: Verbs) -> None:
    """Add ``whatif``."""
    whatif = verbs.add_parser(
        "whatif",
        help="a page to move assumptions and own figures on, without installing anything",
        description="One self-contained page: sliders and fields, the central case at "
        "once, approximate ranges, scenario files saved and loaded.",
    )
    whatif.add_argument("area", metavar="AREA", help="a local authority, by name or code")
    whatif.add_argument(
        "--scenario",
        default="trend",
        help="what the page starts from: a shipped name or a .toml file (trend)",
    )
    whatif.add_argument(
        "--until", default="", metavar="YEAR", help="last financial year (five ahead)"
    )
    add_draws(whatif, help="simulated futures of the ranges (1000)")
    whatif.add_argument(
        "--out",
        type=Path,
        default=Path("reports"),
        metavar="PATH",
        help="folder, or a path that ends on .html (reports/)",
    )
    add_own_figures(whatif)
    add_replace(whatif)
    whatif.set_defaults(command=_whatif)


def _whatif(options: argparse.Namespace) -> int:
    from highneeds.notebook.manifest import write_form_manifest
    from highneeds.own.publication import for_publication
    from highneeds.own.read import read_own
    from highneeds.panel.panel import load_panel
    from highneeds.scenario.scenario import Scenario
    from highneeds.whatif.page import require_authority, whatif_projection, write_whatif

    panel = load_panel()
    require_authority(panel, options.area)
    scenario = Scenario.load(options.scenario)
    for note in scenario.notes:
        warn(note)
    own = read_own(options.inputs, panel, options.area) if options.inputs else None
    if own and options.for_publication:
        found = for_publication(own)
        own = found.own
        say(found.sentence)
    result = whatif_projection(
        panel,
        options.area,
        scenario,
        until=options.until or None,
        draws=options.draws,
        seed=options.seed,
        own=own,
    )
    path = write_whatif(result, options.out, scenario, replace=options.replace)
    manifest = write_form_manifest(
        result, "whatif", [path], for_publication=options.for_publication
    )
    for one in (path, manifest):
        say(str(one))
    return 0
