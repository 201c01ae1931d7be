"""What the record covers, what is missing or repaired in it, and whether it adds up."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from highneeds.errors import some
from highneeds.geography import ENGLAND_CODE, Area
from highneeds.panel.complete import in_being
from highneeds.panel.faults import explained, recorded
from highneeds.panel.joins import rule_between
from highneeds.panel.panel import Panel
from highneeds.panel.question import EVERY, several
from highneeds.panel.schema import MEASURES
from highneeds.periods import Census

COVERAGE_COLUMNS = (
    *("measure", "breakdown_type", "year", "period_type", "authorities"),
    *("with_value", "missing", "repaired", "withdrawn"),
)
CHECK_COLUMNS = (
    *("check", "measure", "breakdown_type", "breakdown", "la_code", "la_name", "year"),
    *("parts", "total", "residual", "residual_share", "missing_parts", "outcome"),
    "recorded",
)
_CLOSES, _MISSING, _OPEN = "closes", "parts missing", "does not close"
_PARTS = "parts to total"
_HALF = 0.5
_EXCLUSIONS, _LAST_ROUNDED, _ROUNDED_TO = "exclusions", 2017, 5


def coverage(panel: Panel, measures: str | Iterable[str] | None = None) -> pd.DataFrame:
    """How much of each series is there: series × year × share of authorities.

    Returns
    -------
    DataFrame
        Columns of `COVERAGE_COLUMNS`. ``authorities`` is how many there were; the others
        are shares of them: ``with_value`` has at least one figure, ``missing`` has none
        (with or without a row), ``repaired`` and ``withdrawn`` at least one such cell.
    """
    tables = [_coverage_of(panel, name) for name in _names(panel, measures)]
    return pd.concat(tables, ignore_index=True)[list(COVERAGE_COLUMNS)]


def missing_cells(
    panel: Panel, measures: str | Iterable[str] | None = None
) -> pd.DataFrame:
    """Every cell without a value: its status, and ``why`` where the record of faults says.

    Returns
    -------
    DataFrame
        Columns of `schema.LONG_COLUMNS` without ``value``, and ``why``.
    """
    found = panel.table(_names(panel, measures), breakdowns=EVERY)
    found = found[found["value"].isna()].drop(columns="value")
    return explained(panel, found).drop(columns=["published", "used"])


def repaired_cells(
    panel: Panel, measures: str | Iterable[str] | None = None
) -> pd.DataFrame:
    """Every cell that is not as published: what was published, what is used, and why.

    Returns
    -------
    DataFrame
        Columns of `schema.LONG_COLUMNS`, then ``published``, ``used`` and ``why``.
    """
    found = panel.table(_names(panel, measures), breakdowns=EVERY)
    return explained(panel, found[found["status"] == "repaired"])


def closing_checks(
    panel: Panel, measures: str | Iterable[str] | None = None
) -> pd.DataFrame:
    """Whether authorities add up to their region and England, and parts to their total.

    Returns
    -------
    DataFrame
        Columns of `CHECK_COLUMNS`, in the measure's unit. ``residual`` is the sum of the
        parts less the published total. ``outcome`` is "closes" within half a unit (or the
        rounding of national exclusions), "parts missing" where a part has no figure, or
        "does not close"; ``recorded`` then names what the record of faults holds for that
        measure and year. Measures that cannot be summed have no row.
    """
    names = [name for name in _names(panel, measures) if MEASURES[name].additive]
    tables = []
    for name in names:
        rows = panel.table(name, breakdowns=EVERY)
        tables.append(_authorities_to(panel, rows, "England"))
        tables.append(_authorities_to(panel, rows, "region"))
        tables += [_parts_to_total(rows, kind) for kind in MEASURES[name].parts_of_total]
    tables = [table for table in tables if len(table)]
    if not tables:
        return pd.DataFrame(columns=list(CHECK_COLUMNS))
    found = pd.concat(tables, ignore_index=True)
    found["residual"] = found["parts"] - found["total"]
    found["residual_share"] = found["residual"] / found["total"].where(found["total"] != 0)
    # Adding £ in floats leaves a millionth of a penny.
    closes = found["residual"].abs() <= found["tolerance"]
    found["outcome"] = _OPEN
    found.loc[found["missing_parts"] > 0, "outcome"] = _MISSING
    found.loc[closes, "outcome"] = _CLOSES
    issues = recorded(panel).drop_duplicates(["issue_id", "measure", "year"])
    entries = issues.groupby(["measure", "year"])["issue_id"].agg(some)
    known = pd.MultiIndex.from_frame(found[["measure", "year"]])
    found["recorded"] = entries.reindex(known).fillna("").to_numpy()
    found.loc[closes, "recorded"] = ""
    return found[list(CHECK_COLUMNS)]


def stock_flow_identity(
    panel: Panel, areas: str | Area | Iterable[str | Area] = ENGLAND_CODE
) -> pd.DataFrame:
    """Plans one January, plus new, less ceased, against the plans of the next January.

    Returns
    -------
    DataFrame
        la_code, la_name, year (the later January), opening, new, ceased, expected, closing,
        unexplained (closing less expected), unexplained_share (of closing), rule. NaN where
        a figure is not published. In plans; one row an area and January.
    """
    rule = rule_between("calendar", "january", "closing")
    stock, new = panel.matrix("ehc_plans"), panel.matrix("new_ehc_plans")
    ceased = panel.matrix("ceased_ehc_plans")
    rows = []
    for area in [panel.area(each) for each in several(areas)]:
        for flow_year in ceased.columns:
            closing = Census(int(flow_year) + rule.shift)
            if closing.label not in stock.columns:
                continue
            code = area.la_code
            rows.append(
                {
                    "la_code": code,
                    "la_name": area.name,
                    "year": closing.label,
                    "opening": _cell(stock, code, closing.shift(-1).label),
                    "new": _cell(new, code, flow_year),
                    "ceased": _cell(ceased, code, flow_year),
                    "closing": _cell(stock, code, closing.label),
                    "rule": rule.say(int(flow_year)),
                }
            )
    table = pd.DataFrame(rows)
    expected = table["opening"] + table["new"] - table["ceased"]
    table.insert(6, "expected", expected)
    unexplained = table["closing"] - expected
    table.insert(8, "unexplained", unexplained)
    table.insert(9, "unexplained_share", unexplained / table["closing"])
    return table


def _names(panel: Panel, measures: str | Iterable[str] | None) -> list[str]:
    asked = MEASURES if measures is None else measures
    return [panel.measure(name).name for name in several(asked)]


def _cell(matrix: pd.DataFrame, la_code: str, label: str) -> float:
    if la_code not in matrix.index or label not in matrix.columns:
        return float("nan")
    return float(matrix[label][la_code])


def _coverage_of(panel: Panel, name: str) -> pd.DataFrame:
    rows = panel.rows(name)
    rows = rows[rows["geography_level"] == "la"]
    flags = pd.DataFrame(
        {
            "breakdown_type": rows["breakdown_type"],
            "year": rows["year"],
            "la_code": rows["la_code"],
            "with_value": rows["value"].notna(),
            "repaired": rows["status"] == "repaired",
            "withdrawn": rows["status"] == "withdrawn",
        }
    )
    by_authority = flags.groupby(["breakdown_type", "year", "la_code"], sort=False).any()
    period_type = MEASURES[name].period_type
    found = []
    for (kind, year), group in by_authority.groupby(level=[0, 1], sort=True):
        there = {area.la_code for area in in_being(name, str(year), panel.geography)}
        mine = group[group.index.get_level_values("la_code").isin(there)]
        shares = mine.sum() / len(there)
        found.append(
            {
                "measure": name,
                "breakdown_type": kind,
                "year": year,
                "period_type": period_type,
                "authorities": len(there),
                **shares.to_dict(),
                "missing": 1 - shares["with_value"],
            }
        )
    return pd.DataFrame(found, columns=list(COVERAGE_COLUMNS))


def _authorities_to(panel: Panel, rows: pd.DataFrame, level: str) -> pd.DataFrame:
    """Sums of authorities beside the figure published for England or for their region."""
    members = rows[rows["geography_level"] == "la"]
    if level == "England":
        members = members.assign(whole=ENGLAND_CODE)
        totals = rows[rows["geography_level"] == "england"]
    else:
        regions = {area.la_code: area.region_code for area in panel.geography.authorities()}
        members = members.assign(whole=members["la_code"].map(regions))
        totals = rows[rows["geography_level"] == "region"]
    key = ["breakdown_type", "breakdown", "year"]
    sums = _sums(members, ["whole", *key]).rename(columns={"whole": "la_code"})
    return _beside(sums, totals, ["la_code", *key], f"authorities to {level}")


def _parts_to_total(rows: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Sums of one breakdown beside the total, area by area."""
    key = ["la_code", "year"]
    sums = _sums(rows[rows["breakdown_type"] == kind], key)
    totals = rows[rows["breakdown_type"] == "total"].drop(
        columns=["breakdown_type", "breakdown"]
    )
    found = _beside(sums, totals, key, _PARTS)
    return found.assign(breakdown_type=kind, breakdown="all")


def _sums(parts: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    groups = parts.assign(missing=parts["value"].isna()).groupby(key, sort=True)
    return groups.agg(
        parts=("value", "sum"), missing_parts=("missing", "sum"), count=("value", "size")
    ).reset_index()


def _beside(
    sums: pd.DataFrame, totals: pd.DataFrame, key: list[str], check: str
) -> pd.DataFrame:
    published = totals[totals["value"].notna()]
    found = published.rename(columns={"value": "total"}).merge(
        sums, on=key, validate="one_to_one"
    )
    table = found["measure"].map(lambda name: MEASURES[name].table)
    ends = found["year"].map(lambda text: int(text[:4]))
    rounded = (
        (table == _EXCLUSIONS) & (ends < _LAST_ROUNDED) & (found["geography_level"] != "la")
    )
    # Each rounded figure may be out by half: every part of a rounded total, and both
    # figures that a derived total is the sum of (Inner and Outer London).
    figures = 1 + found["count"] * int(check == _PARTS) + (found["status"] == "derived")
    unit = rounded * _ROUNDED_TO + (found["unit"] == "£") * int(check == _PARTS)
    found["tolerance"] = _HALF * (unit * figures).clip(lower=1)
    return found.assign(check=check)
