"""Published figures as plain dictionaries; a figure that is not published has no entry."""

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

Figures = dict[str, dict[str, float]]


def totals(panel, measure: str, breakdown: str = "total/total") -> Figures:
    """Figures of every area: area code → year → value."""
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


def by_age_and_placement(
    panel, measure: str, area: str, year: str, odds: tuple[float, float] = (1.0, 1.0)
) -> list[dict[str, float]]:
    """Plans by single year of age and placement; unknown placements shared out.

    A plan of unknown age is left out here; the caller scales to the published total. A plan
    of unknown placement goes the way of the known ones of its age, or of any age where its
    age has none, at other `odds` of a special school if so asked.
    """
    known = [dict.fromkeys(PLACEMENTS, 0.0) for _ in AGES]
    unknown = [0.0 for _ in AGES]
    published = parts(panel, measure, area, year, "age_year_by_placement")
    for name, value in published.items():
        label, placement = name.split("|")
        if label == "unknown":
            continue
        age = OPEN_ENDED[label] if label in OPEN_ENDED else int(label)
        if placement == "unknown":
            unknown[age] += value
        else:
            known[age][placement] += value
    all_ages = {p: sum(known[age][p] for age in AGES) for p in PLACEMENTS}
    if sum(all_ages.values()) == 0:
        msg = f"{measure} by placement is not published for {area} in {year}"
        raise KeyError(msg)
    for age in AGES:
        basis = dict(known[age]) if sum(known[age].values()) > 0 else all_ages
        basis = at_odds(basis, *odds)
        whole = sum(basis.values())
        for placement in PLACEMENTS:
            known[age][placement] += unknown[age] * basis[placement] / whole
    return known


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


def total_of(stock: list[dict[str, float]]) -> float:
    """Every plan of a table by age and placement."""
    return sum(sum(row.values()) for row in stock)


def scaled(stock: list[dict[str, float]], total: float) -> list[dict[str, float]]:
    """The same table brought to a total, so that plans of unknown age are counted."""
    factor = total / total_of(stock)
    return [{p: row[p] * factor for p in PLACEMENTS} for row in stock]


def people(panel, area: str) -> list[float]:
    """People by single year of age at the middle of 2023, the last year published."""
    counted = parts(panel, "population_by_age", area, "2023", "age_year")
    return [counted[str(age)] for age in AGES]
