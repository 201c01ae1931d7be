"""The year watched: ledger beside forecast, revised outturn, what drifts, what changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from highneeds.answers.ledger import TOTAL, Ledger, ledger_of
from highneeds.answers.made_up import made_up_ledger
from highneeds.answers.monitor import MONTHS, monitored_year, require_pounds
from highneeds.answers.outturn import Group, Outturn, outturn
from highneeds.answers.projection import Projection
from highneeds.answers.watch_rule import watch_rule
from highneeds.answers.year_forecast import year_forecast
from highneeds.errors import UsageError
from highneeds.own.figures import OwnFigures
from highneeds.own.measures import NET_OF_DIRECT_PLACES, PROVISIONS
from highneeds.words import millions, minus

REST = "rest"
_NAMES = {
    **PROVISIONS,
    TOTAL: "All high needs spending",
    REST: "Provisions that the ledger does not tell apart",
}
WHOLE, DIRECT, SPENDING, IN_YEAR = "whole", "direct", "spending", "in_year"
_MOST_DRIVERS = 5
# A driver that moved less than this part of its own spread is not worth naming.
_LEAST_SHIFT = 0.25
# From here on no decimals are told.
_WHOLE = 100.0


@dataclass(frozen=True)
class Watched:
    """A year under way of one authority, £. ``made_up`` says that no ledger was given."""

    result: Projection
    outturn: Outturn
    made_up: bool = False

    @property
    def ledger(self) -> Ledger:
        """The ledger to the month looked at."""
        return self.outturn.ledger

    @cached_property
    def _by_provision(self) -> pd.DataFrame:
        found = self.outturn
        columns = [
            *("key", "provision", "month", "to_date_gbp", "forecast_to_date_gbp"),
            *("forecast_gbp", "low_gbp", "central_gbp", "high_gbp", "flag"),
        ]
        rows = [
            *(self._row(row, group) for row, group in enumerate(found.groups)),
            *self._silent(),
            *self._sums(),
        ]
        table = pd.DataFrame(rows, columns=columns)
        difference = table["to_date_gbp"] - table["forecast_to_date_gbp"]
        table.insert(5, "difference_gbp", difference)
        return table

    def by_provision(self) -> pd.DataFrame:
        """Each provision: to date and forecast to then, forecast and outturn of the year.

        Returns
        -------
        DataFrame
            key, provision, month (of the last figure, 1 is April; 0 where the ledger is
            silent), to_date_gbp, forecast_to_date_gbp, difference_gbp, forecast_gbp,
            low_gbp, central_gbp and high_gbp of the revised outturn, flag ("above" or
            "below"). Then sums: ``whole`` of the ledger's coverage, ``direct`` (places
            that the department funds directly, as forecast), ``spending`` of both as the
            report has it, and ``in_year``, block and transfer less it.
        """
        return self._by_provision.copy()

    def _row(self, row: int, group: Group) -> tuple[Any, ...]:
        found = self.outturn
        parts = np.zeros(len(found.forecast.provisions))
        parts[list(group.places)] = 1.0
        expected = float(found.forecast.central @ parts)
        share = float(found.profile[row, group.last - 1])
        return (
            group.name,
            _NAMES[group.name],
            group.last,
            group.to_date[group.last],
            expected * share,
            expected,
            *found.range_of(parts),
            found.flags.get(group.name, ""),
        )

    def _silent(self) -> Iterator[tuple[Any, ...]]:
        """Provisions of which the ledger gives nothing; their outturn is the forecast's."""
        found = self.outturn
        covered = {place for group in found.groups for place in group.places}
        for place, name in enumerate(found.forecast.provisions):
            central = float(found.forecast.central[place])
            if place in covered or central <= 0.0:
                continue
            parts = np.eye(len(found.forecast.provisions))[place]
            rest = (central, *found.range_of(parts), "")
            yield (name, _NAMES[name], 0, np.nan, np.nan, *rest)

    def _sums(self) -> Iterator[tuple[Any, ...]]:
        found = self.outturn
        forecast, months = found.forecast, self.ledger.months
        low, middle, high = found.range_of(found.whole)
        yield (
            *(WHOLE, "All of these", months, found.to_date_gbp),
            *(found.forecast_to_date_gbp, forecast.total, low, middle, high, found.alert),
        )
        direct = forecast.direct_gbp
        if forecast.coverage == NET_OF_DIRECT_PLACES:
            whole = "Places that the department funds directly, as forecast"
            none = (0, np.nan, np.nan)
            yield (DIRECT, whole, *none, direct, np.nan, direct, np.nan, "")
            whole = "High needs spending, all places"
            sums = (low + direct, middle + direct, high + direct)
            yield (SPENDING, whole, *none, forecast.total + direct, *sums, "")
        if np.isfinite(forecast.block_gbp):
            left = forecast.block_gbp - direct
            said = (IN_YEAR, "In-year balance: block and transfer less spending")
            ends = (left - high, left - middle, left - low)
            yield (*said, 0, np.nan, np.nan, left - forecast.total, *ends, "")

    def by_month(self) -> pd.DataFrame:
        """What each month's ledger would have said.

        Returns
        -------
        DataFrame
            month (1 is April), to_date_gbp, forecast_to_date_gbp, low_gbp, central_gbp,
            high_gbp of the outturn revised then, score (distance from forecast in standard
            errors), alert. Months of which the ledger has no entry are left out.
        """
        rows = []
        entries = {month for one in self.ledger.to_date.values() for month in one}
        for month in sorted(entries):
            then = outturn(self.outturn.forecast, self.ledger.at(month), self.outturn.rule)
            if not then.groups:
                continue
            rows.append(
                {
                    "month": month,
                    "to_date_gbp": then.to_date_gbp,
                    "forecast_to_date_gbp": then.forecast_to_date_gbp,
                    **dict(
                        zip(
                            ("low_gbp", "central_gbp", "high_gbp"),
                            then.range_of(then.whole),
                            strict=True,
                        )
                    ),
                    "score": float(then.scores.total),
                    "alert": then.alert,
                }
            )
        return pd.DataFrame(rows)

    def drifting(self) -> pd.DataFrame:
        """Assumptions that the ledger moves most.

        Columns name, title, unit, assumed, implied, shift. ``shift`` is in standard
        deviations of what was assumed. Pounds alone cannot tell a number from a price:
        several may explain the same months.
        """
        found = self.outturn
        rows = [
            {
                "name": name,
                "title": found.forecast.drivers[name].title,
                "unit": found.forecast.drivers[name].unit,
                "assumed": found.forecast.drivers[name].central,
                "implied": found.forecast.drivers[name].central + moved,
                "shift": shift,
            }
            for name, (shift, moved) in found.shifts().items()
            if abs(shift) >= _LEAST_SHIFT
        ]
        columns = ["name", "title", "unit", "assumed", "implied", "shift"]
        table = pd.DataFrame(rows, columns=columns)
        order = table["shift"].abs().sort_values(ascending=False, kind="stable").index
        return table.loc[order].head(_MOST_DRIVERS).reset_index(drop=True)

    def record(self) -> pd.DataFrame:
        """What a later run compares itself with: `by_provision` with year and alert."""
        table = self.by_provision()
        table.insert(0, "year", self.ledger.year.label)
        table.insert(1, "ledger_month", self.ledger.months)
        return table

    def changes(self, last: pd.DataFrame) -> pd.DataFrame:
        """What changed since an earlier run, by provision.

        Parameters
        ----------
        last : DataFrame
            The `record` of that run.

        Returns
        -------
        DataFrame
            key, provision, to_date_then_gbp, to_date_now_gbp, restated_gbp (the same
            months, as the ledger has them now, less as it had them), forecast_then_gbp,
            forecast_now_gbp, outturn_then_gbp, outturn_now_gbp, flag_then, flag_now.

        Raises
        ------
        UsageError
            That run was about another year.
        """
        years = set(last["year"].astype(str))
        if years != {self.ledger.year.label}:
            msg = (
                f"The last run was about {', '.join(sorted(years))}, this one is about "
                f"{self.ledger.year}. Expected the same year. Leave the last run out."
            )
            raise UsageError(msg)
        both = self.by_provision().merge(
            last[["key", "month", "to_date_gbp", "forecast_gbp", "central_gbp", "flag"]],
            on="key",
            how="left",
            suffixes=("_now", "_then"),
        )
        restated = [
            self._to_date(str(key), month) - then
            for key, month, then in zip(
                both["key"], both["month_then"], both["to_date_gbp_then"], strict=True
            )
        ]
        return pd.DataFrame(
            {
                "key": both["key"],
                "provision": both["provision"],
                "to_date_then_gbp": both["to_date_gbp_then"],
                "to_date_now_gbp": both["to_date_gbp_now"],
                "restated_gbp": restated,
                "forecast_then_gbp": both["forecast_gbp_then"],
                "forecast_now_gbp": both["forecast_gbp_now"],
                "outturn_then_gbp": both["central_gbp_then"],
                "outturn_now_gbp": both["central_gbp_now"],
                "flag_then": both["flag_then"].fillna(""),
                "flag_now": both["flag_now"],
            }
        )

    def _to_date(self, key: str, month: float) -> float:
        """The ledger to an earlier month as it stands now, £; NaN where it has none."""
        if not month > 0:
            return float("nan")
        groups = self.outturn.groups
        if key == WHOLE:
            parts = [group.to_date.get(int(month), np.nan) for group in groups]
            return float(sum(parts))
        found = {group.name: group.to_date for group in groups}
        return float(found.get(key, {}).get(int(month), np.nan))

    @property
    def sentence(self) -> str:
        """How the year goes, in a few sentences; begins with ALERT where it is one."""
        found, ledger = self.outturn, self.ledger
        low, middle, high = found.range_of(found.whole)
        over = found.to_date_gbp - found.forecast_to_date_gbp
        name = self.result.area.name
        net = " net of places funded directly" if found.forecast.direct_gbp else ""
        if len(self.by_provision().query("month == 0 and key in @PROVISIONS")):
            net += ", in the provisions that the ledger gives,"
        way = "above" if over >= 0 else "below"
        said = [
            f"{name} spent {millions(found.to_date_gbp)}{net} to {ledger.ends} of "
            f"{ledger.year}, {millions(abs(over))} {way} the phased forecast of "
            f"{millions(found.forecast_to_date_gbp)}: "
            + (
                "more than months swing by themselves."
                if found.alert
                else "no more than months swing by themselves."
            ),
            f"The year could end at {millions(middle)}, between {millions(low)} and "
            f"{millions(high)} in 8 cases of 10, against {millions(found.forecast.total)} "
            "forecast.",
        ]
        flagged = [f"{_NAMES[name].lower()} ({way})" for name, way in found.flags.items()]
        if flagged:
            said.append(f"Furthest from forecast: {'; '.join(flagged)}.")
        if found.alert or found.flags:
            said += self._drift_words()
        if self.made_up:
            said.insert(0, "These are made-up figures: no ledger was given.")
        text = " ".join(said)
        return f"ALERT. {text}" if found.alert else text

    def _drift_words(self) -> list[str]:
        table = self.drifting()
        if table.empty:
            return ["No assumption of the forecast explains it."]
        first = table.iloc[0]
        now, was = (
            in_its_unit(first[name], first["unit"]) for name in ("implied", "assumed")
        )
        return [
            f"Of what the forecast assumes, “{first['title']}” fits it best: at {now}, "
            f"where {was} was assumed. Pounds alone cannot tell a number from a price."
        ]


def watch_year(
    result: Projection, own: OwnFigures | None = None, month: str = ""
) -> Watched:
    """Set an authority's ledger beside the forecast of its year.

    Parameters
    ----------
    own : OwnFigures, optional
        With ``ledger_gbp`` by month; a made-up year with a drift stands in when left out,
        to show how a year is watched, and says so.
    month : str
        As for `ledger_of`; the last when empty.

    Raises
    ------
    UsageError
        As `ledger_of`; or the year is not projected, or the ledger is in another unit.
    ModelError
        No spending is projected.
    """
    if own is None:
        year = result.years[result.years.index(result.base_year) + 2]
        forecast = year_forecast(result, year)
        ledger = made_up_ledger(forecast, watch_rule(), month)
        return Watched(result, outturn(forecast, ledger), made_up=True)
    ledger = ledger_of(own, month)
    monitored_year(ledger.year.label, result.base_year)
    forecast = year_forecast(result, ledger.year, ledger.coverage)
    found = outturn(forecast, ledger)
    require_pounds(found.to_date_gbp, forecast.total, ledger.year)
    return Watched(result, found)


def in_its_unit(value: float, unit: str) -> str:
    """An assumption's value: a share as a per cent, pounds and counts whole."""
    if unit.startswith("share"):
        return minus(f"{100 * value + 0.0:.1f}%")
    if abs(value) >= _WHOLE:
        return f"{'£' if unit.startswith('£') else ''}{value:,.0f}"
    return minus(f"{value:,.3g}")


def month_name(month: int) -> str:
    """April for 1."""
    return MONTHS[month - 1]
