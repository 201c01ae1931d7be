"""Ages as SEN2 prints them: single years, the groups at either end, bands, and no age."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.sources.contract import SourceFile, Status
from highneeds.sources.placements import from_columns
from highneeds.sources.sen2 import as_observations, figures, sum_figures

# Where DfE prints an age group instead of a single year, the group keeps its own label.
_AGE_GROUPS = {"under 3": "0-2", "2 and under": "0-2", "20 and over": "20-25"}
AGE_BAND_LABELS = {
    "Under 5": "0-4",
    "Age 5 to 10": "5-10",
    "Age 11 to 15": "11-15",
    "Age 16 to 19": "16-19",
    "Age 20 to 25": "20-25",
}
_BAND_STARTS = {0: "0-4", 5: "5-10", 11: "11-15", 16: "16-19", 20: "20-25"}
_OLDEST = 25
UNKNOWN = "unknown"


def split_bands(
    published: pd.DataFrame, value: str, source: SourceFile, measure: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Totals and age bands of a file with one row per ``characteristic_age``.

    Raises
    ------
    SourceError
        An age band is not known.
    """
    strangers = set(published["characteristic_age"]) - {"Total", *AGE_BAND_LABELS}
    if strangers:
        msg = (
            f"Unknown characteristic_age in {source.path}: {some(sorted(strangers))}. "
            f"Expected Total, {', '.join(AGE_BAND_LABELS)}. Give the new band a meaning."
        )
        raise SourceError(msg)
    found = figures(published, {value: "all"}, source, ["characteristic_age"])
    is_total = found["characteristic_age"] == "Total"
    banded = found[~is_total]
    band = banded["characteristic_age"].map(AGE_BAND_LABELS)
    return (
        as_observations(found[is_total], source, measure),
        as_observations(banded, source, measure, "age", band),
    )


def age_years(published: pd.Series, where: str) -> pd.Series:
    """Single years of age as text from labels such as ``age 7``, ``Aged 7``, ``under 3``.

    The rule, for every SEN2 table: the number in a label is the age in whole years, of
    whatever day (of plans in January, the start of the academic year; of flows, the day of
    the event). ``under 3`` and ``2 and under`` are the group ``0-2``, ``20 and over`` is
    ``20-25``, no age is ``unknown``. Case and ``age`` or ``aged`` before it do not matter;
    any other label is refused, so that none is left out.

    Raises
    ------
    SourceError
        A label that is none of these.
    """
    found: dict[str, str] = {}
    for label in published.unique():
        text = label.strip().lower().removeprefix("aged ").removeprefix("age ")
        known = text == UNKNOWN or (text.isdecimal() and int(text) <= _OLDEST)
        found[label] = text if known else _AGE_GROUPS.get(text, "")
    strangers = [label for label, age in found.items() if not age]
    if strangers:
        msg = (
            f"Unknown age label in {where}: {some(map(repr, strangers))}. Expected "
            "'age 7', 'under 3', '20 and over' and the like. Give the new label a meaning."
        )
        raise SourceError(msg)
    return published.map(found)


def age_band(age: str) -> str:
    """The band of a single year or group: ``7`` is in ``5-10``, ``unknown`` in itself."""
    if age == UNKNOWN:
        return UNKNOWN
    start = int(age.split("-")[0])
    return next(band for first, band in reversed(_BAND_STARTS.items()) if start >= first)


def by_single_year(
    rows: pd.DataFrame, value: str, totals: pd.DataFrame, source: SourceFile
) -> pd.DataFrame:
    """Single years of age, age bands, and single years by placement of a person-level file.

    Parameters
    ----------
    rows : DataFrame
        The file's rows by age, as `read_release` gives them.
    value : str
        Column of all plans.
    totals : DataFrame
        Observations of all plans of the same file; what the ages leave is ``unknown``.

    Returns
    -------
    DataFrame
        Observations ``age_year``, ``age`` and ``age_year_by_placement``.
    """
    measure = str(totals["measure"].iloc[0])
    rows = rows.assign(age=age_years(rows["breakdown"], source.path))
    ages = with_every_age(figures(rows, {value: "all"}, source, ["age"]))
    aged = with_unknown_age(ages, totals)
    banded = sum_figures(
        aged.assign(band=aged["age"].map(age_band)), ["la_code", "year", "band"]
    )
    placed = with_every_age(from_columns(rows, source, {}, ("age",)), ["figure"])
    pair = placed["age"] + "|" + placed["figure"]
    return pd.concat(
        [
            as_observations(aged, source, measure, "age_year", aged["age"]),
            as_observations(banded, source, measure, "age", banded["band"]),
            as_observations(placed, source, measure, "age_year_by_placement", pair),
        ],
        ignore_index=True,
    )


def with_every_age(found: pd.DataFrame, labels: Sequence[str] = ()) -> pd.DataFrame:
    """Figures by age with a row for the ages the file leaves out, where there is no plan.

    An area whose ages are not known lacks these too, for the same reason.
    """
    keys = ["la_code", "year", *labels]
    areas = sum_figures(found, keys)
    ages = pd.DataFrame({"age": found["age"].unique()})
    full = areas.merge(ages, how="cross").merge(
        found[[*keys, "age", "value", "status"]],
        on=[*keys, "age"],
        how="left",
        suffixes=("_area", ""),
    )
    absent, known = full["status"].isna(), full["value_area"].notna()
    reason = full["status_area"].mask(known, Status.DERIVED.value)
    full["status"] = full["status"].where(~absent, reason)
    full["value"] = full["value"].mask(absent & known, 0.0)
    return full.drop(columns=["value_area", "status_area"])


def with_unknown_age(ages: pd.DataFrame, totals: pd.DataFrame) -> pd.DataFrame:
    """Ages with a row ``unknown`` for the plans of each total that no age is given for.

    Parameters
    ----------
    ages : DataFrame
        ``la_code``, ``year``, ``age``, ``value``, ``status``.
    totals : DataFrame
        ``la_code``, ``year``, ``value``, ``status`` for the same areas and years.

    Raises
    ------
    SourceError
        The ages of an area sum to more than its total.
    """
    known = sum_figures(ages, ["la_code", "year"])
    both = totals.merge(known, on=["la_code", "year"], suffixes=("", "_aged"))
    over = both[both["value_aged"] > both["value"]]
    if len(over):
        named = over["la_code"] + " in " + over["year"]
        msg = (
            f"Plans by age exceed all plans in {some(named)}. Expected at most the "
            "total of the same file. Check that one breakdown topic was kept."
        )
        raise SourceError(msg)
    # A remainder of an estimated total is no better than an estimate.
    status = both["status"].where(both["status"] == Status.ESTIMATED, Status.DERIVED.value)
    rest = both[["la_code", "year"]].assign(
        age=UNKNOWN,
        value=both["value"] - both["value_aged"],
        status=status.where(both["value_aged"].notna(), both["status_aged"]),
    )
    return pd.concat([ages, rest], ignore_index=True)
