"""Appeals to the SEND tribunal and the decisions that could have been appealed.

Decisions are counted in two ways that are never joined: one to 2024, and one that the
table to 2024 calls in development and later tables have alone. Codes are printed wrong for
several rows, so rows are known by name and every code that disagrees is reported.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from highneeds import home
from highneeds.errors import SourceError, UsageError, some
from highneeds.geography import Geography
from highneeds.sources import copies
from highneeds.sources.contract import (
    ENGLAND,
    OBSERVATION_COLUMNS,
    Issue,
    Reading,
    Status,
    require_unique,
    split_symbols,
)
from highneeds.sources.doubts import doubts
from highneeds.sources.files import RawFiles
from highneeds.sources.lait import LAIT, read_measures
from highneeds.sources.releases import Layout
from highneeds.sources.series import Series
from highneeds.sources.tribunal_repairs import (
    code_issues,
    development_rate,
    exchanged_as_before,
    exchanged_decisions,
    issue,
    part_years,
)
from highneeds.sources.tribunal_table import (
    APPEALED,
    APPEALS,
    DECISIONS,
    FIRST_CELL,
    HALF_UNIT,
    LAST_ROW,
    NEW_DECISIONS,
    NEW_RATE,
    RATE,
    read_cells,
    wide,
)

FILES = (APPEALS, LAIT, *copies.DECISIONS.files)

_SYMBOLS = {"..": Status.UNAVAILABLE, "x": Status.SUPPRESSED, "": Status.UNAVAILABLE}
_PLANS = "SEN_CASES_JAN"
_FIGURES = ["la_code", "year", "measure", "value"]
# A later table may revise a few areas; the two methods agree in hardly any.
_MOST_ALIKE = 0.9


def read(raw: RawFiles, geography: Geography) -> Reading:
    """Read appeals, appealable decisions and the appeal rate of 2014 to 2025.

    Returns
    -------
    Reading
        For authorities and England as published; for regions the sum of their authorities
        (derived). For 2024 also, and for 2025 only, decisions and rate by the method then
        in development.

    Raises
    ------
    SourceError
        A heading, name or symbol is not known; authorities do not add up to England; a
        printed rate does not follow from its row.
    """
    plans = read_measures(raw, geography, {_PLANS: 0})
    before = read_appeals(raw, geography, plans, pd.DataFrame(columns=_FIGURES))
    held = before.observations
    last = copies.reading(
        *(raw, copies.DECISIONS, APPEALS),
        raw.read_csv(copies.DECISIONS.areas, header=False),
        lambda one: read_appeals(one, geography, plans, held, after=held["year"].max()),
    )
    found = pd.concat([held, last.observations], ignore_index=True)
    return Reading(found, (*before.issues, *last.issues))


def read_appeals(
    raw: RawFiles,
    geography: Geography,
    plans: pd.DataFrame,
    held: pd.DataFrame,
    after: str = "",
) -> Reading:
    """Read the table of appeals, its decisions held against the plans of each January.

    Parameters
    ----------
    plans : DataFrame
        Plans each January: ``la_code``, ``january``, ``value``.
    held : DataFrame
        Rows of the tables before, by which the method of one that does not name it is told.
    after : str
        Years up to this one are checked and left to the table before.

    Raises
    ------
    SourceError
        See `read`; or the decisions are those of neither method.
    """
    table = _keyed(pd.DataFrame(read_cells(raw)), geography)
    require_unique(table, APPEALS.path)
    table, issues = _symbols(table)
    table = _by_method(table, held)
    _require_sums(table)
    _require_rates(table, geography)
    table = table[table["year"] > after].reset_index(drop=True)
    table, new = development_rate(table)
    table, exchanged = exchanged_decisions(table, plans, geography)
    if len(held) and not (table["measure"] == DECISIONS).any():
        table, exchanged = exchanged_as_before(table, held, geography)
    table = pd.concat([table, _regions(table, geography)], ignore_index=True)
    issues = [issue for issue in issues if issue.year > after]
    issues += doubts(table["measure"], table["year"], APPEALS.source_id)
    return Reading(
        table[list(OBSERVATION_COLUMNS)],
        (*code_issues(table), *part_years(table, geography), *issues, *new, *exchanged),
    )


def _keyed(cells: pd.DataFrame, geography: Geography) -> pd.DataFrame:
    """Find the area each name means at the end of its year; drop years without the area."""
    pairs = cells[["name", "year"]].drop_duplicates()
    pairs = pairs[pairs["name"] != LAST_ROW]
    try:
        areas = {
            (name, year): geography.from_name(name, date(year, 12, 31))
            for name, year in pairs.itertuples(index=False)
        }
    except UsageError as error:
        msg = f"{APPEALS.path}: {error}"
        raise SourceError(msg) from None
    keys = pd.Series(list(zip(cells["name"], cells["year"], strict=True)))
    codes = keys.map({key: area.la_code for key, area in areas.items()})
    table = cells.assign(
        la_code=codes.fillna(ENGLAND),
        expected=codes.fillna(""),
        year=cells["year"].astype(str),
        published=cells["published"].str.strip(),
        breakdown_type="total",
        breakdown="total",
    )
    ended = {
        key for key, area in areas.items() if not area.existed_on(date(key[1], 12, 31))
    }
    began = {key for key in ended if areas[key].existed_on(date(key[1], 1, 1))}
    figures = set(keys[~table["published"].isin(["", ".."])])
    impossible = (ended - began) & figures
    if impossible:
        where = sorted(f"{name} in {year}" for name, year in impossible)
        msg = (
            f"{APPEALS.path} has figures for areas that did not exist: {some(where)}. "
            "Check the dates of the code changes."
        )
        raise SourceError(msg)
    return table[~keys.isin(ended - figures)].reset_index(drop=True)


def _symbols(table: pd.DataFrame) -> tuple[pd.DataFrame, list[Issue]]:
    """Numbers and statuses. In this table alone a dash among appeals means none."""
    appeals = table["measure"] == APPEALED
    text = table["published"].mask(appeals & (table["published"] == "-"), "0")
    # Rates stand among counts here, so their sign is taken off first.
    rates = table["measure"].isin([RATE, NEW_RATE])
    text = text.mask(rates, text.str.removesuffix("%"))
    figures = split_symbols(text, APPEALS.path, _SYMBOLS)
    table = table.assign(
        value=figures["value"],
        status=figures["status"],
        source_id=APPEALS.source_id,
    )
    wrong_code = (table["code"] != table["expected"]) & table["value"].notna()
    table["status"] = table["status"].mask(wrong_code, str(Status.REPAIRED))
    issues = []
    for at, row in table[appeals & (text == "")].to_dict("index").items():
        if not _rate_proves_none(table, row["la_code"], row["year"]):
            msg = (
                f"{APPEALS.path} has no appeals printed for {row['name']}, {row['year']}. "
                "Expected a number, a dash for none, or '..'. A blank is not read as 0."
            )
            raise SourceError(msg)
        table.loc[[at], "value"] = 0.0
        table.loc[[at], "status"] = str(Status.REPAIRED)
        issues.append(
            issue(
                "tribunals-blank-appeals",
                row | {"published": "blank"},
                0.0,
                "The rate printed beside it is 0.00%, one appeal would print more, and "
                "England's total leaves none.",
            )
        )
    return table, issues


def _rate_proves_none(table: pd.DataFrame, la_code: str, year: str) -> bool:
    row = table[(table["la_code"] == la_code) & (table["year"] == year)]
    figures = row.set_index("measure")["value"]
    return bool(figures[RATE] == 0 and 100 / figures[DECISIONS] > HALF_UNIT)


def _by_method(table: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """The table, its decisions and rates those of the method by which they were counted.

    A table of one method does not name it. It is that under which the decisions of a year
    held are the same.
    """
    if (table["measure"] == NEW_DECISIONS).any() or held.empty:
        return table
    keys = ["la_code", "year"]
    printed = table[table["measure"] == DECISIONS].set_index(keys)["value"].dropna()
    alike = {}
    for name in (DECISIONS, NEW_DECISIONS):
        known = held[held["measure"] == name].set_index(keys)["value"].dropna()
        shared = printed.index.intersection(known.index)
        alike[name] = (
            float((printed[shared] == known[shared]).mean()) if len(shared) else 0.0
        )
    method = max(alike, key=alike.__getitem__)
    if alike[method] < _MOST_ALIKE:
        msg = (
            f"{APPEALS.path}: the decisions of the years held are those of neither "
            f"method: {alike[DECISIONS]:.0%} agree, and {alike[NEW_DECISIONS]:.0%} by the "
            "one in development. Decisions of different methods are never joined. Compare "
            "the table's footnotes."
        )
        raise SourceError(msg)
    names = {DECISIONS: NEW_DECISIONS, RATE: NEW_RATE} if method == NEW_DECISIONS else {}
    return table.assign(measure=table["measure"].replace(names))


def _require_sums(table: pd.DataFrame) -> None:
    figures = wide(table)
    counts = (APPEALED, DECISIONS, NEW_DECISIONS)
    figures = figures[[name for name in counts if name in figures]]
    of_england = figures.index.get_level_values("la_code") == ENGLAND
    england = figures[of_england].droplevel("la_code")
    local = figures[~of_england].groupby("year")
    given = local.count() > 0
    there = given & england.reindex(given.index).isna()
    absent = [f"{name} {year}" for name in there for year in there.index[there[name]]]
    if absent:
        msg = (
            f"{APPEALS.path} has no figure of England for {some(absent)}, where its "
            f"authorities have some. Expected them in the row {LAST_ROW!r}. A row may be "
            "moved, or its name: download the file again."
        )
        raise SourceError(msg)
    gaps = england - local.sum()
    off = gaps.reset_index().melt("year", var_name="measure").dropna(subset="value")
    off = off[off["value"] != 0]
    if len(off):
        where = [f"{row['measure']} {row['year']}" for row in off.to_dict("records")]
        msg = (
            f"{APPEALS.path}: authorities do not add up to England for {some(where)}. "
            "A row may have been dropped for its code; check the names."
        )
        raise SourceError(msg)


def _require_rates(table: pd.DataFrame, geography: Geography) -> None:
    figures = wide(table)
    off: list[str] = []
    # England's rate in development is known not to follow; it has its own repair.
    for of, rate, rows in (
        (DECISIONS, RATE, figures),
        (NEW_DECISIONS, NEW_RATE, figures.drop(index=ENGLAND)),
    ):
        if of in rows:
            made = 100 * rows[APPEALED] / rows[of]
            # A rate of figures that are not there follows from nothing.
            apart = ~((made - rows[rate]).abs() <= HALF_UNIT) & rows[rate].notna()
            off += [
                f"{geography[la_code]} {year}: {rows.loc[(la_code, year), rate]:,.10g}% "
                f"beside {_told(rows.loc[(la_code, year), APPEALED])} appeals of "
                f"{_told(rows.loc[(la_code, year), of])} decisions, which make "
                f"{_told(made[la_code, year], 2)}%"
                for la_code, year in rows.index[apart]
            ]
    if off:
        msg = (
            f"{APPEALS.path}: the printed rate is not appeals over decisions for "
            f"{some(off)}. Expected each as its figures make it. A column may be in "
            "another unit, or shifted against the others: download the file again."
        )
        raise SourceError(msg)


def _told(figure: float, places: int = 0) -> str:
    return "no" if pd.isna(figure) else f"{figure:,.{places}f}"


def _regions(table: pd.DataFrame, geography: Geography) -> pd.DataFrame:
    """Sums over the nine regions, which the publication names but gives no figures for."""
    local = table[
        table["la_code"].ne(ENGLAND) & table["measure"].isin([APPEALED, DECISIONS])
    ]
    members = local["la_code"].map(lambda code: geography[code].region_code)
    keys = ["la_code", "year", "measure"]
    aside = local["status"] == Status.SET_ASIDE
    grouped = local.assign(la_code=members, aside=aside).groupby(keys)
    # A region with an area set aside has no sum; one without a figure has none to add.
    summed = grouped["value"].sum()[~grouped["aside"].any()].unstack()
    if DECISIONS in summed:
        summed[RATE] = (100 * summed[APPEALED] / summed[DECISIONS]).round(1)
    long = summed.melt(ignore_index=False, var_name="measure")
    return (
        long.dropna(subset="value")
        .reset_index()
        .assign(
            breakdown_type="total",
            breakdown="total",
            status=str(Status.DERIVED),
            source_id=APPEALS.source_id,
        )
    )


def _appeals(raw: RawFiles, geography: Geography, held: pd.DataFrame) -> Reading:
    """Appeals, with the plans of the tables in use in the place of the tool's."""
    stored = home.read_table(home.tables_dir() / "plans.csv.gz")
    totals = stored[(stored["measure"] == "ehc_plans") & (stored["breakdown"] == "total")]
    plans = totals.assign(
        january=totals["year"].astype(int), value=pd.to_numeric(totals["value"])
    )
    return read_appeals(raw, geography, plans[["la_code", "january", "value"]], held)


_FORM = Layout(
    "tribunals",
    APPEALS.source_id,
    "SEND appeal rate table",
    [FIRST_CELL, LAST_ROW],
    frozenset(),
    "Calendar year",
    "tribunal_appeals",
    "calendar",
)
SERIES = (Series("tribunals", APPEALS, _appeals, _FORM),)
