"""Published figures as plain dictionaries; a figure that is not published has no entry."""

import csv
from functools import cache

AGES = range(26)
PLACEMENTS = (
    "mainstream",
    "state_special",
    "independent_special",
    "alternative_provision",
    "further_education",
    "early_years",
    "elsewhere",
)
ENGLAND = "E92000001"
# Ages that are published together stand at the age nearest the rest.
OPEN_ENDED = {"0-2": 2, "20-25": 20}
# Above this share of unknown placements the Januaries beside it show them.
MANY = 0.05

Figures = dict[str, dict[str, float]]


def age_at(label: str) -> int | None:
    """The age at which a published age stands; None where it was not recorded."""
    if label == "unknown":
        return None
    return OPEN_ENDED[label] if label in OPEN_ENDED else int(label)


@cache
def clock(panel) -> tuple[int, int]:
    """The base census, and the year in which the base financial year ends.

    The last January with England's ages by placement for it and the January before and the
    flows between; the last year up to it with an outturn of most authorities.
    """
    stocks = _england_years(panel, "ehc_plans", "age_year_by_placement")
    flows = _england_years(panel, "new_ehc_plans", "age_year_by_placement")
    flows &= _england_years(panel, "ceased_ehc_plans", "age_year")
    flows &= _england_years(panel, "ehc_assessment_requests", "total")
    census = max(y for y in stocks if y - 1 in stocks and y - 1 in flows)
    counted: dict[int, int] = {}
    for area, years in totals(panel, "s251_high_needs_net_gbp").items():
        for year in years:
            if len(area) == 3:
                counted[int(year[:4]) + 1] = counted.get(int(year[:4]) + 1, 0) + 1
    everyone = len(panel.geography.authorities(census))
    return census, max(y for y, n in counted.items() if y <= census and n > everyone / 2)


def _england_years(panel, measure: str, kind: str) -> set[int]:
    rows = panel.table(measure, areas=[ENGLAND], breakdowns=[kind]).to_dict("records")
    return {int(row["year"]) for row in rows if row["value"] == row["value"]}


def totals(panel, measure: str, breakdown: str = "total/total") -> Figures:
    """Figures of every area: area code → year → value."""
    kept = _totals(panel, measure, breakdown)
    return {area: dict(years) for area, years in kept.items()}


@cache
def _totals(panel, measure: str, breakdown: str) -> Figures:
    found: Figures = {}
    for row in panel.table(measure, breakdowns=[breakdown]).to_dict("records"):
        if row["value"] == row["value"]:
            found.setdefault(row["la_code"], {})[row["year"]] = float(row["value"])
    return found


def parts(panel, measure: str, area: str, year: str, kind: str) -> dict[str, float]:
    """The breakdown of one figure: part → value."""
    rows = panel.table(measure, areas=[area], years=[year], breakdowns=[kind])
    return {
        row["breakdown"]: float(row["value"])
        for row in rows.to_dict("records")
        if row["value"] == row["value"]
    }


def recorded(panel, measure: str, area: str, year: str):
    """Plans by age and recorded placement, and by age those of unknown placement."""
    known = [dict.fromkeys(PLACEMENTS, 0.0) for _ in AGES]
    unknown = [0.0 for _ in AGES]
    published = parts(panel, measure, area, year, "age_year_by_placement")
    for name, value in published.items():
        label, placement = name.split("|")
        age = age_at(label)
        if age is None:
            continue
        if placement == "unknown":
            unknown[age] += value
        else:
            known[age][placement] += value
    return known, unknown


def beside(panel, area: str, year: str) -> list[dict[str, float]] | None:
    """Its placements by age in the Januaries beside one, as shares of each, added up."""
    found = [dict.fromkeys(PLACEMENTS, 0.0) for _ in AGES]
    some = False
    for other in (int(year) - 1, int(year) + 1):
        known, unknown = recorded(panel, "ehc_plans", area, str(other))
        whole = total_of(known) + sum(unknown)
        if total_of(known) == 0 or sum(unknown) > MANY * whole:
            continue
        some = True
        placed = by_age_and_placement(panel, "ehc_plans", area, str(other))
        for age in AGES:
            for p in PLACEMENTS:
                found[age][p] += placed[age][p] / whole
    return found if some else None


def by_age_and_placement(
    panel,
    measure: str,
    area: str,
    year: str,
    odds: tuple[float, float] = (1.0, 1.0),
    like: list[dict[str, float]] | None = None,
) -> list[dict[str, float]]:
    """Plans by single year of age and placement; unknown placements shared out.

    A plan of unknown age is left out here; the caller scales to the published total. A plan
    of unknown placement goes the way of the known ones of its age, or of any age where its
    age has none, at other `odds` of a special school if so asked; or the way of those of
    `like`.
    """
    known, unknown = recorded(panel, measure, area, year)
    shown = like or known
    all_ages = {p: sum(shown[age][p] for age in AGES) for p in PLACEMENTS}
    if total_of(known) == 0:
        msg = f"{measure} by placement is not published for {area} in {year}"
        raise KeyError(msg)
    placed = [dict(row) for row in known]
    for age in AGES:
        basis = dict(shown[age]) if sum(shown[age].values()) > 0 else all_ages
        basis = at_odds(basis, *odds)
        whole = sum(basis.values())
        for placement in PLACEMENTS:
            placed[age][placement] += unknown[age] * basis[placement] / whole
    return placed


def at_odds(
    plans: dict[str, float], special: float, independent: float
) -> dict[str, float]:
    """The same number of plans at other odds of a special school.

    `special` multiplies the odds of a special school of either kind, `independent` those of
    an independent one among these.
    """
    whole = sum(plans.values())
    either = plans["state_special"] + plans["independent_special"]
    share = _at_odds(either / whole, special)
    found = {
        p: plans[p] / (whole - either) * (1 - share) * whole if whole > either else 0.0
        for p in PLACEMENTS
    }
    kind = _at_odds(plans["independent_special"] / either if either else 0.0, independent)
    found["independent_special"] = whole * share * kind
    found["state_special"] = whole * share * (1 - kind)
    return found


def _at_odds(chance: float, factor: float) -> float:
    return chance if chance == 1 else 1 - 1 / (1 + factor * chance / (1 - chance))


def has_agreement(panel, area: str) -> bool:
    """Whether the authority is on the list of Safety Valve agreements."""
    with (panel.folder / "programmes.csv").open(encoding="utf-8", newline="") as lines:
        return any(
            row["la_code"] == area and row["programme"] == "Safety Valve"
            for row in csv.DictReader(lines)
        )


def total_of(stock: list[dict[str, float]]) -> float:
    """Every plan of a table by age and placement."""
    return sum(sum(row.values()) for row in stock)


def scaled(stock: list[dict[str, float]], total: float) -> list[dict[str, float]]:
    """The same table brought to a total, so that plans of unknown age are counted."""
    factor = total / total_of(stock)
    return [{p: row[p] * factor for p in PLACEMENTS} for row in stock]


def last_of_people(panel) -> int:
    """The last year with people by single year of age."""
    return max(_england_years(panel, "population_by_age", "age_year"))


def people(panel, area: str) -> list[float]:
    """People by single year of age in the middle of the last year published."""
    year = str(last_of_people(panel))
    counted = parts(panel, "population_by_age", area, year, "age_year")
    return [counted[str(age)] for age in AGES]
