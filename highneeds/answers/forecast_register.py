"""Published forecasts with what happened since, our own frozen ones among them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from highneeds import home
from highneeds.answers.forecasts import Forecast, Outcome, registered_forecasts
from highneeds.geography import ENGLAND_CODE
from highneeds.panel.panel import Panel
from highneeds.panel.unbroken import unbroken_areas
from highneeds.periods import Census, FinancialYear
from highneeds.words import minus

COLUMNS = (
    *("forecast_id", "made", "source", "cited", "statement", "area", "year"),
    *("low", "value", "high", "unit", "came", "kind", "came_from"),
    *("difference", "difference_pct", "beside", "remark"),
)
MARKS = ("file", "made", "base", "census", "sample", "n", "mape", "bias", "cover80")
RECORD, TO_COME, NO_FIGURE = "record", "to come", "no figure"
INSIDE, LARGER, SMALLER = "as forecast", "larger", "smaller"
_PLANS, _BALANCE = "ehc_plans", "dsg_balance_gbp"
# Of a figure with no range, the last digits it was said in.
_AS_SAID = 0.02


def forecast_register(panel: Panel) -> pd.DataFrame:
    """Every forecast of the register, a row for each account of what came.

    Plans and balances that came are read from the record where it holds them: of a balance
    both England's net figure and the deficits alone, for forecasts seldom say which they
    mean. Other outcomes were published by others.

    Returns
    -------
    DataFrame
        `COLUMNS`. Figures in ``unit`` (plans, £, %), deficits negative; NaN where there is
        none. ``kind`` is "record", "published" or "later estimate" by others, "to come",
        or "no figure" where the record holds later years and not that one.
        ``difference`` is what came less the forecast (the middle of a range); ``beside``
        says whether the size of what came was "as forecast" (in the range, or within 2% of
        a figure), "larger" or "smaller", and nothing where an open end leaves it open.
    """
    forecasts = [*_own(panel), *registered_forecasts()]
    rows = [row for one in forecasts for row in _rows(panel, one)]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.sort_values("made", kind="stable", ignore_index=True)


def mark_frozen(panel: Panel) -> pd.DataFrame:
    """Our own frozen forecasts of authorities' plans against the plans that came.

    Returns
    -------
    DataFrame
        `MARKS`, a row for each file, January held by the record and sample: "scored" is
        the authorities a backtest scores (`panel.unbroken`), "all" every one with a
        figure. ``mape`` and ``bias`` are per cent of what came, above 0 too many;
        ``cover80`` is the share between ``p10`` and ``p90``. No row before a January came.
    """
    scored = {area.la_code for area in unbroken_areas(panel).scored}
    plans = panel.matrix(_PLANS)
    rows = []
    for entry, frozen in _frozen():
        for census, mine in frozen.groupby("census"):
            if census not in plans.columns:
                continue
            mine = mine.set_index("la_code").assign(came=plans[census])
            mine = mine[mine["came"] > 0]
            about = (entry["file"], entry["made_on"], entry["last_census_used"], census)
            for sample, chosen in (
                ("scored", mine[mine.index.isin(scored)]),
                ("all", mine),
            ):
                off = chosen["central"] / chosen["came"] - 1
                held = chosen["came"].between(chosen["p10"], chosen["p90"])
                marks = (100 * off.abs().mean(), 100 * off.mean(), held.mean())
                rows.append((*about, sample, len(chosen), *marks))
    return pd.DataFrame(rows, columns=list(MARKS))


def _frozen() -> Iterator[tuple[dict[str, str], pd.DataFrame]]:
    """Each frozen file with its line of the list."""
    folder = home.data_dir() / "frozen"
    for entry in home.read_table(folder / "frozen.csv").to_dict("records"):
        table = home.read_table(folder / entry["file"])
        figures = ["p10", "p50", "p90", "central"]
        yield (
            {str(name): text for name, text in entry.items()},
            table.assign(**{name: pd.to_numeric(table[name]) for name in figures}),
        )


def _own(panel: Panel) -> Iterator[Forecast]:
    """Our frozen forecasts added up to England, with how authorities were met."""
    marks = mark_frozen(panel)
    for entry, frozen in _frozen():
        for census, mine in frozen.groupby("census"):
            base, count = entry["last_census_used"], len(mine)
            # Two methods may have forecast the same Januaries from the same figures.
            method = entry["file"].removesuffix(f"_from_january_{base}.csv")
            first = method == "plans"
            met = marks[
                (marks["file"] == entry["file"])
                & (marks["census"] == census)
                & (marks["sample"] == "scored")
            ]
            said = [
                f"{row.n} authorities: mean error {row.mape:.1f}%, bias {row.bias:+.1f}%, "
                f"{row.cover80:.0%} inside the 80% band."
                for row in met.itertuples()
            ]
            yield Forecast(
                forecast_id=f"own-{'' if first else method + '-'}{base}-{census}",
                made=entry["made_on"],
                cited=f"data/frozen/{entry['file']}",
                source=f"This project, version {entry['version']}, {entry['made_on']}",
                statement=f"Plans in January {census}, {count} authorities added up, "
                f"from figures to January {base}"
                + ("" if first else f", by the {method.replace('_', ' ')}"),
                measure="plans",
                year=str(census),
                value=float(mine["central"].sum()),
                base=base,
                coverage=minus(" ".join(said)),
            )


def _rows(panel: Panel, forecast: Forecast) -> Iterator[tuple[Any, ...]]:
    unit = _unit(forecast.measure)
    first = (
        *(forecast.forecast_id, forecast.made, forecast.source, forecast.cited),
        *(forecast.statement, forecast.area, forecast.year),
        *(_or_nan(forecast.low), forecast.value, _or_nan(forecast.high), unit),
    )
    came = [*_from_record(panel, forecast), *forecast.outcome]
    for one in came:
        gap = one.value - forecast.value
        share = 100 * (abs(one.value) / abs(forecast.value) - 1)
        source = f"{one.source}: {one.said}" if one.source else one.said
        beside = _beside(forecast, one)
        yield (*first, one.value, one.kind, source, gap, share, beside, forecast.coverage)
    if not came:
        said = " ".join(filter(None, [_on_the_way(panel, forecast), forecast.coverage]))
        kind = NO_FIGURE if _passed_over(panel, forecast) else TO_COME
        yield (*first, np.nan, kind, "", np.nan, np.nan, "", said)


def _passed_over(panel: Panel, forecast: Forecast) -> bool:
    """Whether the record holds balances after the year of a forecast, and none of it."""
    if forecast.measure != "balance":
        return False
    held = panel.matrix(_BALANCE).dropna(axis=1, how="all").columns
    return FinancialYear.parse(forecast.year) < max(map(FinancialYear.parse, held))


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _unit(measure: str) -> str:
    return "%" if measure.endswith("_pct") else "plans" if measure == "plans" else "£"


def _from_record(panel: Panel, forecast: Forecast) -> Iterator[Outcome]:
    """What the record holds of the measure and the year."""
    code = panel.area(forecast.area).la_code
    if forecast.measure == "plans":
        found = panel.figure(_PLANS, code, Census.parse(forecast.year))
        if found.value is not None:
            yield Outcome(RECORD, found.value, f"plans in January {forecast.year}", "")
    if forecast.measure == "balance":
        year = FinancialYear.parse(forecast.year)
        found = panel.figure(_BALANCE, code, year)
        if found.value is not None:
            net = f"balance, net of surpluses, {year.closes_on()}"
            yield Outcome(RECORD, found.value, net, "")
            if code == ENGLAND_CODE:
                own = panel.matrix(_BALANCE)[year.label]
                owed = float(own[own.index.str.isdigit()].clip(upper=0).sum())
                yield Outcome(RECORD, owed, f"deficits alone, {year.closes_on()}", "")


def _beside(forecast: Forecast, came: Outcome) -> str:
    """Whether the size of what came is that forecast, larger or smaller."""
    ends = sorted(abs(end) for end in (forecast.low, forecast.high) if end is not None) or [
        abs(forecast.value) * (1 - _AS_SAID),
        abs(forecast.value) * (1 + _AS_SAID),
    ]
    size = abs(came.value)
    if size < ends[0]:
        return "" if came.at_least else SMALLER
    if forecast.at_least:
        return INSIDE
    if size > ends[-1]:
        return LARGER
    return "" if came.at_least else INSIDE


def _on_the_way(panel: Panel, forecast: Forecast) -> str:
    """What a path of plans needs a year, and what the record shows since it began."""
    if not forecast.base:
        return ""
    plans = panel.matrix(_PLANS).loc[ENGLAND_CODE].dropna()
    base, last = Census.parse(forecast.base), Census.parse(str(plans.index[-1]))
    years = Census.parse(forecast.year).end - base.end
    needed = 100 * ((forecast.value / plans[base.label]) ** (1 / years) - 1)
    said = f"Needs {needed:.1f}% a year from January {base}."
    since = last.end - base.end
    if since > 0:
        grown = 100 * ((plans[last.label] / plans[base.label]) ** (1 / since) - 1)
        said += f" To January {last} plans grew by {grown:.1f}% a year."
    return said
