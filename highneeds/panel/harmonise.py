"""Figures of areas made of whole authorities, so that series survive reorganisation.

Counts and pounds are added; a rate is divided again where its parts are published, and is
no figure where they are not. A sum with a part missing is no figure either: its status says
so. Nothing is ever split.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from highneeds.errors import JoinError, some
from highneeds.geography import Area, ComparableArea, Geography
from highneeds.panel.measure import Measure
from highneeds.panel.schema import MEASURES, STORED_COLUMNS
from highneeds.status import BY_STRENGTH

# Statuses that only areas made of several authorities have; neither has a value.
INCOMPLETE, NOT_ADDITIVE = "incomplete", "not_additive"
# A sum is as good as the weakest figure in it; even a sum of observed figures is ours.
_BY_STRENGTH = tuple(str(status) for status in BY_STRENGTH[1:])
_STRENGTH = {"observed": 0} | {status: rank for rank, status in enumerate(_BY_STRENGTH)}
_KEY = ["la_code", "year", "measure", "breakdown_type", "breakdown"]

RowsOf = Callable[[str], pd.DataFrame]
# Measure, authority and year whose figure stands under the area's other code.
Elsewhere = frozenset[tuple[str, str, str]]


@dataclass(frozen=True)
class Whole:
    """An area made of whole authorities.

    Each part is the generations of codes that covered it, oldest first: one code for an
    authority that never changed, ``(("928",), ("940", "941"))`` for one that was split.
    """

    area: Area
    parts: tuple[tuple[tuple[str, ...], ...], ...]

    @property
    def la_codes(self) -> tuple[str, ...]:
        """Every code that ever covered part of the area."""
        found = itertools.chain.from_iterable(itertools.chain.from_iterable(self.parts))
        return tuple(dict.fromkeys(found))

    def covers(self, la_codes: frozenset[str]) -> bool:
        """Whether these authorities are the whole area at one time.

        Two generations side by side are, too: in the year of a change each returns the
        part of the year in which it was there.
        """
        for codes in self.parts:
            mine = la_codes & {code for generation in codes for code in generation}
            successive = [set(a) | set(b) for a, b in itertools.pairwise(codes)]
            if mine not in [*map(set, codes), *successive]:
                return False
        return True


def comparable_whole(geography: Geography, comparable: ComparableArea) -> Whole:
    """A comparable area as an area that figures can be given for."""
    regions = {
        (geography[code].region_code, geography[code].region_name)
        for code in comparable.la_codes
    }
    region = regions.pop() if len(regions) == 1 else ("", "")
    area = Area(comparable.key, comparable.name, "la", *region, kind="comparable area")
    return Whole(area, (comparable.generations,))


def combined(
    measure: Measure, rows_of: RowsOf, wholes: Sequence[Whole], elsewhere: Elsewhere
) -> pd.DataFrame:
    """Rows of the areas alone, for one measure.

    Parameters
    ----------
    rows_of : callable
        Stored rows of a measure by name; a rate's parts are asked for, too.
    elsewhere : set of (measure, la_code, year)
        Missing figures that the publisher printed under the area's other code.

    Returns
    -------
    DataFrame, columns of `schema.STORED_COLUMNS`

    ``value`` is NaN and ``status`` is ``incomplete`` where a part is missing, the status of
    the parts where all are missing for one reason, and ``not_additive`` for a rate whose
    parts are not published. A figure of one authority alone is kept as published.
    """
    found = _gathered(rows_of(measure.name), wholes, elsewhere)
    if not measure.additive:
        found = _divided_again(measure, found, rows_of, wholes, elsewhere)
    levels = {whole.area.la_code: whole.area.level for whole in wholes}
    return found.assign(
        geography_level=found["la_code"].map(levels),
        period_type=measure.period_type,
        unit=measure.unit,
    )[list(STORED_COLUMNS)]


def refusal(measures: Sequence[str], areas: Sequence[str]) -> JoinError:
    """The error for rates that cannot be given for these areas."""
    units = dict.fromkeys(MEASURES[name].unit for name in measures)
    msg = (
        f"{some(measures)} cannot be combined for {some(areas)}: a figure in "
        f"{some(units)} cannot be summed over authorities, and what it is made of is not "
        "published. Ask for it as published, one authority at a time."
    )
    return JoinError(msg)


def _gathered(
    rows: pd.DataFrame, wholes: Sequence[Whole], elsewhere: Elsewhere
) -> pd.DataFrame:
    """One row per area and key: the sum of its parts, its status, and how many they are."""
    whole_of = {code: whole for whole in wholes for code in whole.la_codes}
    parts = rows[rows["la_code"].isin(whole_of)]
    if elsewhere:
        keys = pd.MultiIndex.from_frame(parts[["measure", "la_code", "year"]])
        parts = parts[~keys.isin(list(elsewhere))]
    parts = parts.assign(
        member=parts["la_code"],
        la_code=parts["la_code"].map(lambda code: whole_of[code].area.la_code),
        strength=parts["status"].map(_STRENGTH),
    )
    groups = parts.groupby(_KEY, sort=False)
    found = groups.agg(
        value=("value", "sum"),
        valued=("value", "count"),
        parts=("value", "size"),
        strength=("strength", "max"),
        first=("status", "first"),
        statuses=("status", "nunique"),
        source_id=("source_id", lambda ids: "; ".join(sorted(set(ids)))),
        members=("member", frozenset),
    ).reset_index()
    by_key = {whole.area.la_code: whole for whole in wholes}
    covered = np.array(
        [
            by_key[key].covers(members)
            for key, members in zip(found["la_code"], found["members"], strict=True)
        ],
        dtype=bool,
    )
    complete = covered & (found["valued"] == found["parts"])
    none_for_one_reason = (found["valued"] == 0) & (found["statuses"] == 1)
    alone = found["parts"] == 1
    weakest = found["strength"].map(dict(enumerate(_BY_STRENGTH)))
    found["status"] = np.select(
        [none_for_one_reason, ~complete, alone],
        [found["first"], INCOMPLETE, found["first"]],
        weakest,
    )
    found["value"] = found["value"].where(complete)
    return found.assign(alone=alone & covered)


def _divided_again(
    measure: Measure,
    found: pd.DataFrame,
    rows_of: RowsOf,
    wholes: Sequence[Whole],
    elsewhere: Elsewhere,
) -> pd.DataFrame:
    """Rates of areas of several authorities, from the sums of what they are made of."""
    ratio = measure.ratio
    status = pd.Series(NOT_ADDITIVE, index=found.index, dtype=object)
    value = pd.Series(np.nan, index=found.index)
    if ratio is not None:
        above = _part(found, ratio.above, ratio.above_at, rows_of, wholes, elsewhere)
        below = _part(found, ratio.below, ratio.below_at, rows_of, wholes, elsewhere)
        known = above["value"].notna() & below["value"].notna()
        value = (ratio.factor * above["value"] / below["value"]).where(below["value"] > 0)
        stronger = above["status"].map(_STRENGTH) >= below["status"].map(_STRENGTH)
        both = (
            above["status"].where(stronger, below["status"]).replace("observed", "derived")
        )
        gap = above["status"].where(above["status"] == below["status"], INCOMPLETE)
        published = above["status"].notna() & below["status"].notna()
        status = status.mask(published, gap).mask(known, both)
        status = status.mask(known & value.isna(), "not_applicable")
    return found.assign(
        value=found["value"].where(found["alone"], value),
        status=found["status"].where(found["alone"], status),
    )


def _part(
    found: pd.DataFrame,
    name: str,
    at: Mapping[str, str],
    rows_of: RowsOf,
    wholes: Sequence[Whole],
    elsewhere: Elsewhere,
) -> pd.DataFrame:
    """Value and status of one part of a rate, row for row beside the rate."""
    sums = combined(MEASURES[name], rows_of, wholes, elsewhere)
    at_breakdown = sums["breakdown_type"] + "/" + sums["breakdown"]
    sums = sums.set_index([sums["la_code"], sums["year"], at_breakdown])[
        ["value", "status"]
    ]
    mine = found["breakdown_type"] + "/" + found["breakdown"]
    wanted = [found["la_code"], found["year"], mine.map(lambda text: at.get(text, text))]
    return sums.reindex(pd.MultiIndex.from_arrays(wanted)).set_index(found.index)
