"""The ``forecasts`` verb: what others and we forecast, and what happened since."""

from __future__ import annotations

import argparse

from highneeds.cli.printing import FORMATS, Verbs, print_table, say


def register(verbs: Verbs) -> None:
    """Add ``forecasts``."""
    forecasts = verbs.add_parser(
        "forecasts", help="published forecasts, ours too, with what happened since"
    )
    forecasts.add_argument(
        "--marks",
        action="store_true",
        help="our own frozen forecasts, authority by authority: errors and cover",
    )
    forecasts.add_argument("--format", choices=FORMATS, default="table")
    forecasts.set_defaults(command=_forecasts)


def _forecasts(options: argparse.Namespace) -> int:
    from highneeds.answers.forecast_register import forecast_register, mark_frozen
    from highneeds.panel.panel import load_panel

    panel = load_panel()
    if options.marks:
        marks = mark_frozen(panel)
        print_table(marks, options.format)
        if marks.empty and options.format == "table":
            say("No January that a frozen forecast is for is on record yet.")
        return 0
    found = forecast_register(panel)
    if options.format != "table":
        print_table(found, options.format)
        return 0
    from highneeds.report.forecasts import register_table

    print_table(register_table(found).frame.drop(columns="remark"), "table")
    for row in found.drop_duplicates("forecast_id").to_dict("records"):
        if row["remark"]:
            say(f"{row['forecast_id']}: {row['remark']}")
    return 0
