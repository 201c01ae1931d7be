"""Pounds of one authority by financial year from 2024-25, one future."""

from dataclasses import dataclass, field

from tests.reference.flows import INDEPENDENT, STATE, Plans
from tests.reference.local import Opening
from tests.reference.published import PLACEMENTS
from tests.reference.scenario_files import Assumed, ending, in_force

# Appeals registered over new plans started, England, 2024.
APPEALS_PER_NEW_PLAN = 22276 / 97747


@dataclass
class Pounds:
    """By financial year from 2024-25."""

    spending: list[float] = field(default_factory=list)
    block: list[float] = field(default_factory=list)
    in_year: list[float] = field(default_factory=list)
    balance: list[float] = field(default_factory=list)


def label(end: int) -> str:
    """2025-26 for 2026."""
    return f"{end - 1}-{end % 100:02d}"


def project_pounds(opening: Opening, plans: Plans, assumed: Assumed, last: int) -> Pounds:
    """Carry block, spending and balance to the financial year that ends in `last`."""
    found = Pounds()
    block = opening.block_before["2023-24"]
    costs = _Costs(opening, plans, assumed)
    balance = _brought_forward(opening, assumed)
    appeals = 0.0
    for end in range(2025, last + 1):
        growth = f"block_growth.{label(end)}"
        block *= 1 + assumed.values.get(growth, assumed["block_growth.later"])
        appeals += costs.more_appeals(end)
        spending = costs.of_plans(end) + costs.of_services(end) + appeals
        spending += _levers_cost(assumed, end)
        transfer = sum(
            m["most"] * in_force(m, end) * opening.schools_block
            for m in assumed.measures("block_transfer")
        )
        found.block.append(block)
        found.spending.append(spending)
        found.in_year.append(block + transfer - spending)
        # What the record leaves open stays the same share of the block of 2024-25.
        balance += found.in_year[-1] + opening.unexplained_level * found.block[0]
        balance += _grant(assumed, found.balance, end)
        found.balance.append(balance)
    return found


class _Costs:
    """Unit costs at the level that makes the base year cost what was spent in it."""

    def __init__(self, opening: Opening, plans: Plans, assumed: Assumed) -> None:
        self.plans, self.assumed = plans, assumed
        self.before = opening.placements_before
        outturn = opening.outturn["2024-25"]
        self.services = opening.services_share * outturn
        # All place funding is in: maintained, and the part the block never pays over.
        direct = opening.block_before["2023-24"] - opening.block_after["2023-24"]
        direct *= 1 + assumed["block_growth.2024-25"]
        places = opening.maintained_places * assumed["maintained_place_funding_level"]
        priced = sum(self.paid(2025)[p] * self.unit(p) for p in PLACEMENTS)
        self.level = (outturn + places + direct - self.services) / priced

    def unit(self, placement: str) -> float:
        return self.assumed[f"unit_cost_{placement}_gbp"]

    def paid(self, end: int) -> dict[str, float]:
        """Plans a year pays for: last January's to August, this January's from
        September."""
        share = self.assumed["september_share"]
        inside = self.plans.placements[end - 2025]
        old = self.plans.placements[end - 2026] if end > 2025 else self.before
        return {p: old[p] * (1 - share) + inside[p] * share for p in PLACEMENTS}

    def price(self, placement: str, end: int) -> float:
        """Price against the base year."""
        if placement != INDEPENDENT:
            return (1 + self.assumed["price_growth_other"]) ** (end - 2025)
        price = (1 + self.assumed["price_growth_independent_special"]) ** (end - 2025)
        for measure in self.assumed.measures("independent_prices"):
            price *= 1 - measure["most"] * in_force(measure, end)
        return price

    def of_plans(self, end: int) -> float:
        paid = self.paid(end)
        return self.level * sum(
            paid[p] * self.unit(p) * self.price(p, end) for p in PLACEMENTS
        )

    def of_services(self, end: int) -> float:
        return self.services * (1 + self.assumed["price_growth_other"]) ** (end - 2025)

    def more_appeals(self, end: int) -> float:
        """Cost of a year's appeals beyond the rate of 2024; it is paid in every later
        year."""
        if end == 2025:
            return 0.0
        growth = (1 + self.assumed["appeal_growth"]) ** (end - 2025) - 1
        extra = self.plans.new[end - 2026] * APPEALS_PER_NEW_PLAN * growth
        dearer = self.unit(INDEPENDENT) * self.price(INDEPENDENT, end)
        dearer -= self.unit(STATE) * self.price(STATE, end)
        return self.level * extra * self.assumed["appeal_uplift_share"] * max(dearer, 0.0)


def _levers_cost(assumed: Assumed, end: int) -> float:
    """One-off costs, and costs to achieve as each measure comes into force."""
    cost = 0.0
    for one_off in assumed.levers["one_offs"].values():
        cost += one_off["gbp"] if ending(one_off["year"]) == end else 0.0
    for measure in assumed.levers["measures"].values():
        phased = in_force(measure, end) - (
            in_force(measure, end - 1) if end > 2025 else 0.0
        )
        cost += measure.get("cost_to_achieve_gbp", 0.0) * phased
    return cost


def _grant(assumed: Assumed, balances: list[float], end: int) -> float:
    grant = assumed.policies.get("stability_grant", {})
    if not grant.get("switched_on") or ending(grant["paid_in"]) != end:
        return 0.0
    counted = ending(grant["deficit_at"]) - 2025
    return grant["share"] * max(-balances[counted], 0.0) if counted >= 0 else 0.0


def _brought_forward(opening: Opening, assumed: Assumed) -> float:
    """Balance at 31 March 2024: the last published, carried over any year since.

    To what is carried comes what carries of as many years missed in the middle authority.
    """
    last = max(opening.balance, key=ending)
    balance = opening.balance[last]
    places = opening.maintained_places * assumed["maintained_place_funding_level"]
    years = range(ending(last) + 1, 2025)
    for end in years:
        year = label(end)
        balance += opening.block_after[year] - opening.outturn[year] - places
    if years:
        balance += opening.carry_missed[len(years)] * opening.block_before["2023-24"]
    return balance
