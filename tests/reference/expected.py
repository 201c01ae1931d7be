"""Expected results of a scenario: year, measure, value, from the reference alone."""

import csv
import io
from functools import cache
from pathlib import Path

from highneeds.panel.panel import load_panel
from tests.reference.flows import project_plans
from tests.reference.local import opening
from tests.reference.money import label, project_pounds
from tests.reference.scenario_files import DATA, read

AREA = "Somerset"
LAST = 2035
SCENARIOS = DATA / "scenarios"


@cache
def _opening(area: str):
    return opening(load_panel(), area)


def expected(scenario: str | Path, area: str = AREA) -> dict[tuple[str, str], float]:
    """Year, measure → value, for a shipped scenario by name or another by its file."""
    shipped = not isinstance(scenario, Path)
    assumed = read(SCENARIOS / f"{scenario}.toml" if shipped else scenario)
    start = _opening(area)
    plans = project_plans(start, assumed, LAST)
    pounds = project_pounds(start, plans, assumed, LAST)
    found = {}
    for place, row in enumerate(plans.placements):
        found[str(start.census + place), "ehc_plans"] = sum(row.values())
        for placement, value in row.items():
            found[str(start.census + place), f"ehc_plans/{placement}"] = value
    for measure, values in (
        ("ehc_assessment_requests", plans.requests),
        ("new_ehc_plans", plans.new),
        ("ceased_ehc_plans", plans.ended),
        ("state_special_place_shortfall", plans.shortfall),
    ):
        for place, value in enumerate(values):
            found[str(start.census + place), measure] = value
    for measure, values in (
        ("high_needs_spending_gbp", pounds.spending),
        ("high_needs_block_before_deductions_gbp", pounds.block),
        ("in_year_balance_gbp", pounds.in_year),
        ("dsg_balance_gbp", pounds.balance),
    ):
        for place, value in enumerate(values):
            found[label(start.base_year + place), measure] = value
    return found


def expected_csv(name: str) -> str:
    """The text of a scenario's expected file: pupils to 6 decimals, pounds to the penny."""
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\n")
    write.writerow(("year", "measure", "value"))
    for (year, measure), value in expected(name).items():
        write.writerow((year, measure, f"{value:.{2 if 'gbp' in measure else 6}f}"))
    return text.getvalue()


def read_expected(name: str) -> dict[tuple[str, str], float]:
    """An expected file as committed."""
    text = (SCENARIOS / f"{name}.expected.csv").read_text("utf-8")
    return {
        (r["year"], r["measure"]): float(r["value"])
        for r in csv.DictReader(text.splitlines())
    }
