"""An area's profile: indicators beside region, England and neighbours, with trends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from highneeds.chances import events_expected
from highneeds.errors import UsageError
from highneeds.geography import Area
from highneeds.inspections.tables import wilson
from highneeds.panel.panel import Panel
from highneeds.panel.vintage import vintage
from highneeds.periods import Census, MidYear, Period
from highneeds.profile.indicators import Indicator, base, counts, period_of, profile_file
from highneeds.profile.indicators import values as values
from highneeds.sources.areas import NEIGHBOURS

COLUMNS = (
    *(
        "indicator",
        "question",
        "title",
        "unit",
        "decimals",
        "kind",
        "period",
        "value",
        "low",
        "high",
    ),
    *("before", "before_period", "region", "england", "neighbours", "neighbours_low"),
    *("neighbours_high", "neighbours_known", "middle", "place", "place_before"),
    *("authorities", "status"),
)
# A percentage of fewer plans or children than these says nothing of the area.
FEWEST = 30
_TREND_YEARS = 5
_MOST = 0.5
_NEED = "need"


@dataclass(frozen=True, eq=False)
class AreaProfile:
    """An area's indicators, mix of needs, inspections and what is left to be asked.

    ``table`` has a row an indicator: ``value`` in ``period`` with the 95% interval for
    chance in counts (``low``, ``high``; NaN where only a rate is published, or for
    pounds); ``before`` about five years earlier; ``region``, ``england``; the ``middle``
    of all authorities; the median, lowest and highest of the statistical neighbours that
    have a figure; ``place`` and ``place_before``, the share of authorities with a lower
    figure (0 to 1); ``status`` says why there is no value. ``needs`` has a
    row a primary need, in shares of plans; ``plans`` is how many there are in all.
    ``chosen`` is whether the neighbours are ones named and not the statistical ones.
    """

    area: Area
    region: Area
    neighbours: tuple[Area, ...]
    table: pd.DataFrame
    needs: pd.DataFrame
    needs_period: str
    plans: float
    chosen: bool = False

    @property
    def is_small(self) -> bool:
        """Whether so few have plans that one child more or less would move the figures."""
        return not self.plans >= FEWEST

    def apart(self) -> pd.DataFrame:
        """Indicators that lie beyond every neighbour, where all of them have a figure.

        None of a small area, where one child would do.
        """
        known = self.table.dropna(subset=["value", "neighbours_low"])
        if self.is_small:
            return known.head(0)
        # As a reader sees them: what is printed alike does not stand apart.
        ends = ("value", "neighbours_low", "neighbours_high")
        own, low, high = (_as_shown(known[name], known["decimals"]) for name in ends)
        beyond = (own > high) | (own < low)
        return known[beyond & (known["neighbours_known"] == len(self.neighbours))]


def _as_shown(shown: pd.Series, decimals: pd.Series) -> pd.Series:
    units = 10.0 ** decimals.astype(float)
    return (shown * units).round() / units


def area_profile(
    panel: Panel, area: str | Area, *, peers: Sequence[str | Area] = ()
) -> AreaProfile:
    """Published indicators of one authority under the three questions of inspections.

    Parameters
    ----------
    panel : Panel
        The published record.
    area : str or Area
        Name, alias or code of an authority.
    peers : names or Areas
        Authorities to set beside it; its ten statistical neighbours when empty.

    Returns
    -------
    AreaProfile
        Nothing in it is estimated: a figure that is not published is missing, with why.

    Raises
    ------
    UsageError
        The area or a peer is not an authority, or is not known.
    """
    where = _authority(panel, area)
    chosen = tuple(_authority(panel, peer) for peer in peers) or tuple(
        panel.geography[code] for code in _neighbour_codes(panel, where)
    )
    rows = [_row(panel, one, where, chosen) for one in profile_file().indicator]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    needs, period = _needs(panel, where, chosen)
    region = panel.geography[where.region_code]
    plans = panel.figure("ehc_plans", where, vintage(panel).census).value or 0.0
    named = bool(peers)
    return AreaProfile(where, region, chosen, table, needs, period, plans, named)


def period_words(period: Period) -> str:
    """A period as it is said: a January, a middle of a year, or a year as labelled."""
    if isinstance(period, Census):
        return f"January {period}"
    return f"mid-{period}" if isinstance(period, MidYear) else str(period)


def _authority(panel: Panel, area: str | Area) -> Area:
    found = panel.area(area)
    if found.level != "la" or found.abolished:
        msg = (
            f"{found} is not an authority in being, and a profile is of one. Name an "
            "authority; `highneeds geography REGION` lists those of a region."
        )
        raise UsageError(msg)
    return found


def _neighbour_codes(panel: Panel, area: Area) -> list[str]:
    return [other.la_code for other in panel.geography.neighbours(area.la_code)]


@lru_cache(maxsize=256)
def _latest(panel: Panel, one: Indicator) -> str:
    """The last period in which most authorities then in being have the indicator."""
    table = values(panel, one)
    for label in sorted(
        map(str, table.columns), key=lambda at: period_of(panel, one, at), reverse=True
    ):
        codes = _in_being(panel, period_of(panel, one, label))
        if table[label].reindex(codes).notna().mean() > _MOST:
            return label
    msg = f"No period holds {one.name} for most authorities."
    raise UsageError(msg)


def _in_being(panel: Panel, period: Period) -> list[str]:
    return [area.la_code for area in panel.geography.authorities(period.end)]


def _row(
    panel: Panel, one: Indicator, area: Area, peers: Sequence[Area]
) -> dict[str, object]:
    table, label = values(panel, one), _latest(panel, one)
    period, code = period_of(panel, one, label), area.la_code
    column = table[label]
    value, low, high, status = _own(panel, one, code, label)
    every = column.reindex(_in_being(panel, period))
    near = column.reindex([peer.la_code for peer in peers]).dropna()
    before = _before(panel, one, code, label) if not np.isnan(value) else None
    return {
        **{"indicator": one.name, "question": one.question, "title": one.title},
        **{
            "unit": one.unit,
            "decimals": one.decimals,
            "kind": one.kind,
            "period": _worded(panel, one, label),
        },
        **{"value": value, "low": low, "high": high, "status": status},
        "before": float(table[before][code]) if before else np.nan,
        "before_period": period_words(period_of(panel, one, before)) if before else "",
        "region": column.get(area.region_code, np.nan),
        "england": column.get(panel.geography.england.la_code, np.nan),
        "neighbours": near.median(),
        "neighbours_low": near.min(),
        "neighbours_high": near.max(),
        "neighbours_known": len(near),
        "middle": every.median(),
        "place": _place(every, value),
        "place_before": _place_before(panel, one, code, before),
        "authorities": int(every.notna().sum()),
    }


def _worded(panel: Panel, one: Indicator, label: str) -> str:
    """The period, and that of what it is divided by where that is an older one."""
    period = period_of(panel, one, label)
    said = period_words(period)
    if one.below:
        below = period_of_base(panel, one, label)
        if below.end != period.end + one.later:
            said += f", by {period_words(below)}"
    return said


def period_of_base(panel: Panel, one: Indicator, label: str) -> Period:
    """The period of what a figure is divided by."""
    held = base(panel, one, label)
    assert held is not None  # a value was worked out with it
    return type(panel.period(panel.measure(one.below[0]), held)).parse(held)


def _own(
    panel: Panel, one: Indicator, code: str, label: str
) -> tuple[float, float, float, str]:
    """The area's value with its interval, or why it has none."""
    value = float(values(panel, one)[label].get(code, np.nan))
    if np.isnan(value):
        return value, np.nan, np.nan, _why(panel, one, code, label)
    if one.kind in ("printed", "account"):
        return value, np.nan, np.nan, "published"
    held = base(panel, one, label)
    top = float(counts(panel, one.above)[label][code])
    bottom = float(counts(panel, one.below)[held][code])
    if bottom < FEWEST:
        return np.nan, np.nan, np.nan, f"out of fewer than {FEWEST}"
    if one.kind == "share":
        ends = tuple(end / 100 for end in wilson(min(top, bottom), bottom))
    else:
        ends = tuple(end / bottom for end in events_expected(int(top)))
    low, high = (one.times * float(end) for end in ends)
    return value, low, high, "published"


def _why(panel: Panel, one: Indicator, code: str, label: str) -> str:
    """What the files say where there is no figure: the status of the first part missing."""
    for source in (one.source, one.below):
        if not source:
            continue
        at = label if source is one.source else base(panel, one, label)
        for breakdown in source[1:]:
            found = panel.figure(source[0], code, str(at), breakdown)
            if found.value is None:
                return found.status
    return "unavailable"


def _before(panel: Panel, one: Indicator, code: str, label: str) -> str | None:
    """The label of the period about five years before, or the first held since then.

    Not one that its measure says is not to be compared.
    """
    apart = panel.measure(one.source[0]).changes.get("not_compared", ())
    now = period_of(panel, one, label).end
    own = values(panel, one).loc[code].dropna()
    ends = {str(at): period_of(panel, one, at).end for at in own.index if at not in apart}
    earlier = {at: end for at, end in ends.items() if now - _TREND_YEARS <= end < now}
    return min(earlier, key=lambda at: earlier[at]) if earlier else None


def _place_before(panel: Panel, one: Indicator, code: str, before: str | None) -> float:
    if before is None:
        return np.nan
    table = values(panel, one)
    every = table[before].reindex(_in_being(panel, period_of(panel, one, before)))
    return _place(every, float(table[before][code]))


def _place(every: pd.Series, value: float) -> float:
    """The share of authorities with a lower figure; those with the same count half."""
    known = every.dropna().to_numpy(dtype=float)
    if np.isnan(value) or not len(known):
        return np.nan
    lower, level = (known < value).sum(), (known == value).sum()
    return float((lower + level / 2) / len(known))


def _needs(panel: Panel, area: Area, peers: Sequence[Area]) -> tuple[pd.DataFrame, str]:
    """Primary needs as shares of plans, in the last January that has them."""
    rows = panel.table("ehc_plans", breakdowns=_NEED)
    held = rows[(rows["la_code"] == area.la_code) & rows["value"].notna()]
    if held.empty:
        return pd.DataFrame(columns=["need", "value", "region", "england"]), ""
    period = max(str(year) for year in held["year"])
    last = rows[rows["year"].astype(str) == period]
    wide = last.pivot(index="la_code", columns="breakdown", values="value")
    shares = wide.div(wide.sum(axis=1), axis=0)
    near = shares.reindex([peer.la_code for peer in peers])
    england = panel.geography.england.la_code
    found = pd.DataFrame(
        {
            "value": shares.loc[area.la_code],
            "plans": wide.loc[area.la_code],
            "region": shares.reindex([area.region_code]).iloc[0],
            "england": shares.reindex([england]).iloc[0],
            "neighbours": near.median(),
            "neighbours_low": near.min(),
            "neighbours_high": near.max(),
        }
    )
    ordered = found.sort_values("value", ascending=False)
    return ordered.rename_axis("need").reset_index(), period


def sources_of(panel: Panel, found: AreaProfile) -> set[str]:
    """Ids of the published files behind the profile: of the area, and of what is beside."""
    measures = {name for one in profile_file().indicator for name in _measures(one)}
    places = [found.area, found.region, panel.geography.england, *found.neighbours]
    rows = panel.table([*sorted(measures)], areas=places, breakdowns="all")
    return {
        *rows["source_id"].dropna().astype(str),
        *inspections_of(panel, found.area)["source_id"],
        NEIGHBOURS.source_id,
    }


def _measures(one: Indicator) -> tuple[str, ...]:
    return one.value[:1] or (one.above[0], one.below[0])


def inspections_of(panel: Panel, area: Area) -> pd.DataFrame:
    """Every inspection of the area on record, the first one first."""
    held = panel.companion("inspections")
    return held[held["la_code"] == area.la_code].sort_values("start_date")
