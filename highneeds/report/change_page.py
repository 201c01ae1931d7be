"""The page of a comparison: what changed between two releases, in one file of its own."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pandas as pd

from highneeds.panel.schema import MEASURES
from highneeds.refresh import difference

# More rows than anybody reads make the page slow; the table as CSV has them all.
_MOST_ROWS = 500
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
body { margin: 2rem auto; max-width: 68rem; padding: 0 1.5rem; color: #20262e;
  font: 1rem/1.5 "Segoe UI", system-ui, Roboto, Arial, sans-serif; }
h1 { font-size: 1.8rem; line-height: 1.2; }
h2 { margin-top: 2.4rem; border-top: 2px solid #1d4f7c; padding-top: .6rem; }
div { overflow-x: auto; margin-bottom: 1.4rem; }
table { border-collapse: collapse; font-size: .92rem; }
caption { text-align: left; font-weight: 600; padding-bottom: .4rem; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid #c9d1d9; text-align: left; }
thead th { border-bottom: 2px solid #20262e; }
tbody th { font-weight: 400; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.soft { color: #4b5560; }
"""
_MEANING = {
    difference.REVISION: "The same figure, given otherwise by the later release.",
    difference.REPAIR: "A known fault of the publication that this package repairs or "
    "withholds on one side: no revision by the publisher.",
    difference.BOUNDARY: "An authority that only one release has, because of a "
    "reorganisation.",
    difference.DEFINITION: "A breakdown only one release has, or figures that changed in "
    "at least half of the authorities at once: counted otherwise, not corrected.",
    difference.NEW_PERIOD: "Periods only the later release has.",
    difference.DROPPED_PERIOD: "Periods only the earlier release has.",
}
_HEADINGS = {
    "year": "Year",
    "la_name": "Area",
    "series": "Figure",
    "old": "Old",
    "new": "New",
    "change": "Change",
    "why": "Why",
    "authorities": "Authorities",
    "figures": "Figures",
    "england_old": "England, old",
    "england_new": "England, new",
}
_NUMBERS = {"old", "new", "change", "authorities", "figures", "england_old", "england_new"}


def change_page(changes: pd.DataFrame, old: str, new: str, notes: Sequence[str]) -> str:
    """A self-contained page of a comparison made by `difference.compare`.

    Parameters
    ----------
    old, new : str
        What the two releases are called.
    notes : sequence of str
        What was compared, and what was left out.
    """
    counted = difference.summary(changes)
    parts = [f"<p>{escape(note)}</p>" for note in notes]
    if changes.empty:
        parts.append("<p>No figure differs.</p>")
    for kind in difference.KINDS:
        mine = changes[changes["kind"] == kind]
        if mine.empty:
            continue
        parts.append(f"<h2>{kind.capitalize()}</h2><p>{escape(_MEANING[kind])}</p>")
        columns = ["year", "authorities", "figures", "england_old", "england_new"]
        caption = f"{kind.capitalize()}: how many, by series and year"
        parts.append(_table(_named(counted[counted["kind"] == kind]), columns, caption))
        if kind in {difference.NEW_PERIOD, difference.DROPPED_PERIOD}:
            continue
        shown = _named(mine.head(_MOST_ROWS))
        more = len(mine) - len(shown)
        caption = f"{kind.capitalize()}: figure by figure"
        columns = ["year", "la_name", "old", "new", "change", "why"]
        parts.append(_table(shown, columns, caption))
        if more:
            parts.append(
                f'<p class="soft">{more:,} more: <code>highneeds data diff --format csv'
                "</code> gives all of them.</p>"
            )
    title = f"What changed from {old} to {new}"
    return (
        '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body><main>"
        f"<h1>{escape(title)}</h1>\n" + "\n".join(parts) + "\n</main></body></html>\n"
    )


def _named(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with the series in words, e.g. ``new_ehc_plans: placement/unknown, plans``."""
    detail = rows["breakdown_type"]
    if "breakdown" in rows:
        detail = detail + "/" + rows["breakdown"]
    unit = rows["measure"].map(lambda name: MEASURES[name].unit)
    return rows.assign(series=rows["measure"] + ": " + detail + ", " + unit)


def _table(rows: pd.DataFrame, columns: Sequence[str], caption: str) -> str:
    named = ["series", *columns]
    head = "".join(
        f'<th scope="col"{_class(name)}>{escape(_HEADINGS[name])}</th>' for name in named
    )
    body = "".join(
        "<tr>"
        f'<th scope="row">{escape(row[0])}</th>'
        + "".join(
            f"<td{_class(name)}>{_cell(cell)}</td>"
            for name, cell in zip(columns, row[1:], strict=True)
        )
        + "</tr>"
        for row in rows[named].itertuples(index=False, name=None)
    )
    # A wide table scrolls; the keyboard must be able to reach it to scroll it.
    return (
        f'<div role="region" aria-label="{escape(caption)}" tabindex="0">'
        f"<table><caption>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _class(name: str) -> str:
    return ' class="number"' if name in _NUMBERS else ""


def _cell(cell: object) -> str:
    if isinstance(cell, float):
        return "–" if pd.isna(cell) else f"{cell:,.10g}"
    return f"{cell:,}" if isinstance(cell, int) else escape(str(cell))
