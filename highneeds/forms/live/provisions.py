"""Provisions: spending as the DSG management plan tells it apart; adds up to spending."""

from __future__ import annotations

from highneeds.answers.provision import (
    CENTRAL,
    PLACED,
    placement_shares,
    service_shares,
)
from highneeds.forms.live.cells import Cell, products, total
from highneeds.forms.live.costs import NAMES, Costs
from highneeds.forms.live.given import Given
from highneeds.forms.live.lines import Lines
from highneeds.forms.live.sheets import POUNDS, RATE, Page
from highneeds.own.measures import PROVISIONS

PROVISION = "By provision"


def provision_sheet(page: Page, given: Given, costs: Costs) -> dict[str, list[Cell]]:
    """Write spending by provision and year, in the order of the DSG management plan."""
    labels = [year.label for year in given.years]
    page.title(
        "By provision",
        "What plans of each placement cost goes to the provisions of the DSG management "
        "plan by the shares below; services as the section 251 lines tell them apart.",
    )
    page.widths(58, 16, 16)
    of_plans, of_services = placement_shares(given.first), service_shares(given.first)
    page.heading(3, "Shares, from the record")
    page.head(4, 0, ["Provision", "Services", *NAMES])
    page.sheet.set_row(4, 45)
    shares, services = {}, {}
    for at, (name, title) in enumerate(PROVISIONS.items()):
        row = 5 + at
        page.put(row, 0, title)
        services[name] = page.given(row, 1, float(of_services[at]), RATE)
        for placement, _ in enumerate(NAMES):
            part = float(of_plans[placement, at]) if name in PLACED else 0.0
            page.given(row, 2 + placement, part, RATE)
        shares[name] = page.range(row, 2, row, 1 + len(NAMES))
    row = 6 + len(PROVISIONS)
    page.heading(row, "Plans cost by placement, from the sheet Money")
    page.head(row + 1, 2, NAMES)
    page.sheet.set_row(row + 1, 45)
    placed = []
    for step, label in enumerate(labels):
        at = row + 2 + step
        page.put(at, 0, label)
        for placement, _ in enumerate(NAMES):
            page.put(at, 2 + placement, costs.placed[step][placement], POUNDS)
        placed.append(page.range(at, 2, at, 1 + len(NAMES)))
    out = Lines(page, row + 3 + len(labels), labels)
    page.sheet.freeze_panes(1, 1)
    out.heading("Spending by provision")
    found = {}
    for name, title in PROVISIONS.items():
        cells = [
            products(placed[step], shares[name]) + services[name] * costs.supported[step]
            for step, _ in enumerate(labels)
        ]
        if name == CENTRAL:
            cells = [
                one + costs.other[step] + costs.rolled_cost[step]
                for step, one in enumerate(cells)
            ]
        found[name] = out.line(title, "£", cells, POUNDS)
    sums = [total(*(row[step] for row in found.values())) for step, _ in enumerate(labels)]
    found["total"] = out.line("High needs spending", "£", sums, POUNDS, bold=True)
    return found
