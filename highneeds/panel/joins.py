"""Joining two measures, across calendars, by a rule that stands beside each pair."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from highneeds.errors import JoinError, UsageError, some
from highneeds.geography import Area
from highneeds.panel.held import TOTAL
from highneeds.panel.measure import Measure
from highneeds.panel.panel import Panel
from highneeds.periods import PERIOD_TYPES, parse_period
from highneeds.words import plural

JOINED_COLUMNS = (
    *("la_code", "la_name"),
    *("left_year", "left_value", "left_status"),
    *("right_year", "right_value", "right_status"),
    "rule",
)


@dataclass(frozen=True)
class Rule:
    """Which period of another calendar belongs to a period, and the sentence that says so.

    ``shift`` is how many years later the right period ends.
    """

    left: str
    right: str
    shift: int
    sentence: str

    def reversed(self) -> Rule:
        """The same rule from the other side."""
        return Rule(self.right, self.left, -self.shift, self.sentence)

    def say(self, end: int) -> str:
        """The rule for the left period that ends in `end`, in words."""
        labels = {
            self.left: _label(self.left, end),
            self.right: _label(self.right, end + self.shift),
        }
        return self.sentence.format(**labels)


_WORDS = {
    "january": "January",
    "calendar": "calendar year",
    "mid_year": "30 June",
    "academic": "academic year",
    "financial": "financial year",
}
# A calendar year of flows lies between two censuses; which is meant must be said.
_CENSUSES = {
    "closing": Rule(
        *("calendar", "january", 1),
        "calendar year {calendar} flows lie between January {calendar} and January "
        "{january}: joined to January {january}",
    ),
    "opening": Rule(
        *("calendar", "january", 0),
        "calendar year {calendar} flows follow January {january}: joined to January "
        "{january}",
    ),
}
# No rule joins calendar years to academic or financial years: each overlaps two.
_RULES = (
    Rule(
        *("january", "financial", 0),
        "January {january} census is inside financial year {financial}",
    ),
    Rule(
        *("january", "academic", 0),
        "academic year {academic} contains January {january}",
    ),
    Rule(
        *("academic", "financial", 0),
        "academic year {academic} and financial year {financial} contain the same January",
    ),
    Rule(
        *("mid_year", "january", 1),
        "30 June {mid_year} is the last estimate before January {january}",
    ),
    Rule(
        *("mid_year", "financial", 1),
        "30 June {mid_year} is inside financial year {financial}",
    ),
    Rule(
        *("mid_year", "academic", 0),
        "30 June {mid_year} is inside academic year {academic}",
    ),
    Rule(
        *("mid_year", "calendar", 0),
        "30 June {mid_year} is inside calendar year {calendar}",
    ),
)


def rule_between(left: str, right: str, census: str = "closing") -> Rule:
    """The rule by which periods of two calendars are joined.

    Parameters
    ----------
    left, right : str
        Period types, as in `schema.Measure.period_type`.
    census : {"closing", "opening"}
        The January after or before, where a calendar year is joined to a census.

    Raises
    ------
    JoinError
        No rule is stated for these calendars.
    UsageError
        `census` is neither.
    """
    if census not in _CENSUSES:
        msg = f"census={census!r} is neither 'closing' nor 'opening'."
        raise UsageError(msg)
    if left == right:
        return Rule(left, right, 0, f"both are of {_WORDS[left]} {{{left}}}")
    for rule in (*_RULES, _CENSUSES[census]):
        for way in (rule, rule.reversed()):
            if (way.left, way.right) == (left, right):
                return way
    msg = (
        f"No rule joins figures of a {left} period to those of a {right} period: each "
        "overlaps two of the other. Join both to a January census instead."
    )
    raise JoinError(msg)


def join(
    panel: Panel,
    left: str,
    right: str,
    *,
    left_breakdown: str = TOTAL,
    right_breakdown: str = TOTAL,
    areas: str | Area | Iterable[str | Area] | None = None,
    harmonise: str = "as_published",
    census: str = "closing",
    strangers: str = "refuse",
) -> pd.DataFrame:
    """Two measures side by side, one row an area and period that both cover.

    Parameters
    ----------
    left, right : str
        Measures, of any calendars between which a rule is stated (`rule_between`).
    left_breakdown, right_breakdown : str
        One breakdown each, e.g. ``age/5-10``.
    areas : one or several, optional
        Every authority when left out.
    harmonise : {"as_published", "merge"}
    census : {"closing", "opening"}
    strangers : {"refuse", "keep"}
        Whether an area that only one measure covers is an error, or is kept with no value
        and the status "unavailable" on the other side.

    Returns
    -------
    DataFrame
        Columns of `JOINED_COLUMNS`; ``rule`` says why the two periods belong together. A
        missing figure is NaN and keeps its status.

    Raises
    ------
    JoinError
        No rule is stated, no period is shared, a key stands twice, or an area is a stranger
        to one of the measures in a period both cover.
    UsageError
        A measure, area, breakdown or option is not known.
    """
    if strangers not in ("refuse", "keep"):
        msg = f"strangers={strangers!r} is neither 'refuse' nor 'keep'."
        raise UsageError(msg)
    record = panel.harmonised(harmonise)
    one, other = record.measure(left), record.measure(right)
    rule = rule_between(one.period_type, other.period_type, census)
    ours = _side(record, one, left_breakdown, areas, "left", 0)
    theirs = _side(record, other, right_breakdown, areas, "right", -rule.shift)
    shared = set(ours["end"]) & set(theirs["end"])
    if not shared:
        said = rule.say(int(ours["end"].max()))
        msg = (
            f"{left} and {right} have no period in common, joined so: {said}. "
            "`highneeds data list` shows the periods of each."
        )
        raise JoinError(msg)
    ours, theirs = (side[side["end"].isin(shared)] for side in (ours, theirs))
    both = ours.merge(
        theirs, on=["la_code", "la_name", "end"], how="outer", validate="one_to_one"
    )
    if strangers == "refuse":
        _refuse_strangers(record, both, one, other)
    for side, measure, shift in (("left", one, 0), ("right", other, rule.shift)):
        absent = both[f"{side}_status"].isna()
        years = (both["end"] + shift).map(
            lambda end, kind=measure: _label(kind.period_type, end)
        )
        both[f"{side}_year"] = years
        both[f"{side}_status"] = both[f"{side}_status"].mask(absent, "unavailable")
    both["rule"] = both["end"].map(rule.say)
    return both.sort_values(["end", "la_code"], ignore_index=True)[list(JOINED_COLUMNS)]


def _side(
    panel: Panel,
    measure: Measure,
    breakdown: str,
    areas: str | Area | Iterable[str | Area] | None,
    name: str,
    shift: int,
) -> pd.DataFrame:
    """One measure's figures, with the year in which the joined left period ends."""
    found = panel.table(measure.name, areas=areas, breakdowns=[breakdown])
    if areas is None:
        found = found[found["geography_level"] == "la"]
    kinds = found[["breakdown_type", "breakdown"]].drop_duplicates()
    if len(kinds) > 1:
        shown = some(kinds.agg("/".join, axis=1))
        msg = f"{measure.name}: {breakdown!r} is several breakdowns ({shown}). Name one."
        raise JoinError(msg)
    ends = found["year"].map(lambda text: parse_period(text, measure.period_type).end)
    return found[["la_code", "la_name"]].assign(
        end=ends + shift,
        **{f"{name}_value": found["value"], f"{name}_status": found["status"]},
    )


def _refuse_strangers(
    panel: Panel, both: pd.DataFrame, one: Measure, other: Measure
) -> None:
    faults, codes = [], set()
    for has, lacks, side in ((one, other, "right"), (other, one, "left")):
        alone = both[both[f"{side}_status"].isna()]
        if len(alone):
            named = alone["la_name"] + " (" + alone["la_code"] + ")"
            codes |= set(alone["la_code"])
            faults.append(
                f"{plural(named.nunique(), 'area has', 'areas have')} {has.name} but no "
                f"{lacks.name} in a "
                f"period both are published for: {some(named.unique())}."
            )
    if not faults:
        return
    changed = any(panel.geography.comparable(code) for code in codes)
    merge = (
        ' Codes change when authorities merge: try harmonise="merge".' if changed else ""
    )
    msg = (
        f'{" ".join(faults)}{merge} Give the areas wanted, or strangers="keep" to keep '
        "these with no value."
    )
    raise JoinError(msg)


def _label(period_type: str, end: int) -> str:
    return PERIOD_TYPES[period_type](end).label
