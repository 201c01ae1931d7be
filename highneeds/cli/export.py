"""The ``export`` verb: the forms that an authority owes out."""

from __future__ import annotations

import argparse
from pathlib import Path

from highneeds.cli.options import add_draws, add_own_figures, add_replace
from highneeds.cli.printing import Verbs, say, warn
from highneeds.forms import FORMS


def register(verbs: Verbs) -> None:
    """Add ``export``."""
    export = verbs.add_parser("export", help="a form that an authority owes, filled")
    export.add_argument("area", metavar="AREA")
    export.add_argument(
        "--form",
        required=True,
        choices=tuple(FORMS),
        help="; ".join(f"{name}: {form.title}" for name, form in FORMS.items()),
    )
    export.add_argument("--scenario", default="trend", help="shipped name or a .toml file")
    export.add_argument(
        "--until", default="", metavar="YEAR", help="last financial year (five ahead)"
    )
    add_draws(export, help="simulated futures, of a form with ranges (1000)")
    export.add_argument(
        "--out",
        type=Path,
        default=Path("reports"),
        metavar="PATH",
        help="folder, or of one file its path (reports/)",
    )
    add_own_figures(export)
    add_replace(export)
    export.set_defaults(command=_export)


def _export(options: argparse.Namespace) -> int:
    from highneeds.answers.projection import project
    from highneeds.forms.export import write_form
    from highneeds.notebook.manifest import write_form_manifest
    from highneeds.own.publication import for_publication
    from highneeds.own.read import read_own
    from highneeds.panel.panel import load_panel
    from highneeds.scenario.scenario import Scenario, for_a_report

    panel = load_panel()
    scenario = for_a_report(Scenario.load(options.scenario))
    for note in scenario.notes:
        warn(note)
    own = read_own(options.inputs, panel, options.area) if options.inputs else None
    if own and options.for_publication:
        found = for_publication(own)
        own = found.own
        say(found.sentence)
    result = project(
        panel,
        options.area,
        scenario,
        until=options.until or None,
        draws=options.draws if FORMS[options.form].ranges else 1,
        seed=options.seed,
        own=own,
    )
    paths = write_form(result, options.form, options.out, replace=options.replace)
    manifest = write_form_manifest(
        result, options.form, paths, for_publication=options.for_publication
    )
    for path in (*paths, manifest):
        say(str(path))
    return 0
