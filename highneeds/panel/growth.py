"""Growth between two periods, refused where the figures are of different areas."""

from __future__ import annotations

from highneeds.errors import JoinError, UsageError
from highneeds.geography import Area
from highneeds.panel.held import TOTAL, Figure, Held
from highneeds.panel.measure import Measure
from highneeds.periods import Period

UNIT = "ratio"


def growth(
    panel: Held,
    measure: str,
    area: str | Area,
    from_: Period | str,
    to: Period | str,
    *,
    breakdown: str = TOTAL,
) -> Figure:
    """See `Panel.growth`.

    Returns
    -------
    Figure
        ``value`` is later / earlier - 1, unit "ratio", status "derived". It is None where
        either figure is missing, with that figure's status, and "not_applicable" where the
        earlier figure is not above zero.
    """
    known, where = panel.measure(measure), panel.area(area)
    first, last = panel.period(known, from_), panel.period(known, to)
    if not first < last:
        msg = f"Growth from {first} to {last}: expected the earlier period first."
        raise UsageError(msg)
    _refuse_change(panel, known, where, first, last)
    before = panel.figure(measure, where, first, breakdown)
    after = panel.figure(measure, where, last, breakdown)
    sources = "; ".join(dict.fromkeys(filter(None, (before.source_id, after.source_id))))
    for figure in (before, after):
        if figure.value is None:
            return Figure(None, UNIT, figure.status, sources)
    assert before.value is not None
    assert after.value is not None
    if before.value <= 0:
        return Figure(None, UNIT, "not_applicable", sources)
    return Figure(after.value / before.value - 1, UNIT, "derived", sources)


def _refuse_change(
    panel: Held, measure: Measure, where: Area, first: Period, last: Period
) -> None:
    """Refuse a period in which the area was, if only for part of it, under other codes."""
    changes = panel.geography.changes_of(where.la_code)
    comparable = panel.geography.comparable(where.la_code)
    if comparable is None:
        return
    rows = panel.rows(measure.name)
    there = rows[rows["la_code"].isin(comparable.la_codes)]
    valued = there[there["value"].notna()]
    for period in (first, last):
        own = there.loc[there["year"] == period.label, "la_code"]
        others = set(valued.loc[valued["year"] == period.label, "la_code"])
        contemporaries = {
            code
            for codes in comparable.generations
            if where.la_code in codes
            for code in codes
        }
        gone = where.la_code not in set(own) and bool(others)
        if gone or others - contemporaries:
            happened = "; ".join(
                f"on {change.effective_date} {panel.geography[change.predecessor].dated} → "
                f"{panel.geography[change.successor].dated} ({change.note})"
                for change in changes
            )
            msg = (
                f"No growth of {measure.name} from {first} to {last} is given for {where}: "
                f"the codes changed ({happened}), so figures of {period} are of another "
                'area or part of a year. Ask with harmonise="merge" for the comparable '
                f"area {comparable}, or for periods on one side of the change."
            )
            raise JoinError(msg)
