"""Pounds of one authority by financial year from the base year, one future."""

from dataclasses import dataclass, field

from tests.reference.flows import INDEPENDENT, STATE, Plans
from tests.reference.local import Opening
from tests.reference.published import PLACEMENTS
from tests.reference.scenario_files import Assumed, ending, in_force

# The year from which other grants are part of the block.
ROLLED_IN = 2027


@dataclass
class Pounds:
    """By financial year from the base year."""

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
    base = opening.base_year
    held = {ending(year): value for year, value in opening.block_before.items()}
    start = max(end for end in held if end <= base)
    path = {start: held[start]}
    share = assumed[f"block_grants_rolled_in.{label(ROLLED_IN)}"]
    for end in range(start + 1, last + 1):
        grown = path[end - 1] * (1 + _growth(assumed, end))
        if end == ROLLED_IN:
            grown *= 1 + share
        path[end] = held.get(end, grown)
    joined = path.get(ROLLED_IN, 0.0) * share / (1 + share)
    joined = opening.rolled_in.get(label(ROLLED_IN), joined)
    costs = _Costs(opening, plans, assumed)
    balance = _brought_forward(opening, assumed)
    appeals = 0.0
    for end in range(base, last + 1):
        block = path[end]
        appeals += costs.more_appeals(end)
        apart = costs.of_services(end) + appeals + _levers_cost(assumed, end, base)
        if end >= ROLLED_IN:
            apart += joined * (1 + assumed["price_growth_other"]) ** (end - ROLLED_IN)
        if end > base and label(end) in opening.spent:
            # Prices of placements are, from that year on, what makes it cost so much.
            costs.dearer *= (opening.spent[label(end)] - apart) / costs.of_plans(end)
        spending = costs.of_plans(end) + apart
        transfer = sum(
            m["most"] * in_force(m, end) * opening.schools_block
            for m in assumed.measures("block_transfer")
        )
        transfer = opening.transfers.get(label(end), transfer)
        found.block.append(block)
        found.spending.append(spending)
        found.in_year.append(block + transfer - spending)
        # What the record leaves open stays the same share of the block of the base year.
        balance += found.in_year[-1] + opening.unexplained_level * found.block[0]
        balance += opening.payments.get(label(end), 0.0)
        balance += _grant(assumed, opening, found.balance, end)
        found.balance.append(opening.balance.get(label(end), balance))
        balance = found.balance[-1]
    return found


def _growth(assumed: Assumed, end: int) -> float:
    name = f"block_growth.{label(end)}"
    return assumed.values.get(name, assumed["block_growth.later"])


class _Costs:
    """Unit costs at the level that makes the base year cost what was spent in it."""

    def __init__(self, opening: Opening, plans: Plans, assumed: Assumed) -> None:
        self.plans, self.assumed, self.opening = plans, assumed, opening
        self.base, self.dearer = opening.base_year, 1.0
        outturn = opening.outturn[label(self.base)]
        self.services = opening.services_share * outturn
        # All place funding is in: maintained, and the part the block never pays over.
        before = {ending(y): v for y, v in opening.block_before.items()}
        after = {ending(y): v for y, v in opening.block_after.items()}
        both = max(end for end in before if end in after and end <= self.base)
        direct = before[both] - after[both]
        for end in range(both + 1, self.base + 1):
            if end in before and end - 1 in before:
                direct *= before[end] / before[end - 1]
            else:
                direct *= 1 + _growth(assumed, end)
        places = opening.maintained_places * assumed["maintained_place_funding_level"]
        priced = sum(self.paid(self.base)[p] * self.unit(p) for p in PLACEMENTS)
        self.level = (outturn + places + direct - self.services) / priced

    def unit(self, placement: str) -> float:
        return self.assumed[f"unit_cost_{placement}_gbp"]

    def paid(self, end: int) -> dict[str, float]:
        """Plans a year pays for: last January's to August, this January's from
        September."""
        share = self.assumed["september_share"]
        januaries = [*self.opening.placements_before, *self.plans.placements]
        old, inside = januaries[end - self.base], januaries[end - self.base + 1]
        return {p: old[p] * (1 - share) + inside[p] * share for p in PLACEMENTS}

    def price(self, placement: str, end: int) -> float:
        """Price against the base year."""
        if placement != INDEPENDENT:
            return self.dearer * (1 + self.assumed["price_growth_other"]) ** (
                end - self.base
            )
        price = (1 + self.assumed["price_growth_independent_special"]) ** (end - self.base)
        for measure in self.assumed.measures("independent_prices"):
            price *= 1 - measure["most"] * in_force(measure, end)
        return self.dearer * price

    def of_plans(self, end: int) -> float:
        paid = self.paid(end)
        return self.level * sum(
            paid[p] * self.unit(p) * self.price(p, end) for p in PLACEMENTS
        )

    def of_services(self, end: int) -> float:
        return self.services * (1 + self.assumed["price_growth_other"]) ** (end - self.base)

    def more_appeals(self, end: int) -> float:
        """Cost of a year's appeals beyond the rate of the base year; it is paid in every
        later year."""
        if end == self.base:
            return 0.0
        growth = (1 + self.assumed["appeal_growth"]) ** (end - self.base) - 1
        opened, census = end - 1, self.opening.census
        new = (
            self.plans.new[opened - census]
            if opened >= census
            else self.opening.counted_new[opened]
        )
        extra = new * self.assumed["appeals_per_new_plan"] * growth
        dearer = self.unit(INDEPENDENT) * self.price(INDEPENDENT, end)
        dearer -= self.unit(STATE) * self.price(STATE, end)
        return self.level * extra * self.assumed["appeal_uplift_share"] * max(dearer, 0.0)


def _levers_cost(assumed: Assumed, end: int, base: int) -> float:
    """One-off costs, and costs to achieve as each measure comes into force."""
    cost = 0.0
    for one_off in assumed.levers["one_offs"].values():
        cost += one_off["gbp"] if ending(one_off["year"]) == end else 0.0
    for measure in assumed.levers["measures"].values():
        phased = in_force(measure, end) - (
            in_force(measure, end - 1) if end > base else 0.0
        )
        cost += measure.get("cost_to_achieve_gbp", 0.0) * phased
        if measure["kind"] == "service_savings":
            cost -= measure["most"] * in_force(measure, end)
    return cost


def _grant(assumed: Assumed, opening: Opening, balances: list[float], end: int) -> float:
    grant = assumed.policies.get("stability_grant", {})
    if not grant.get("switched_on") or ending(grant["paid_in"]) != end:
        return 0.0
    if grant["deficit_at"] in opening.high_needs:
        return grant["share"] * max(-opening.high_needs[grant["deficit_at"]], 0.0)
    if opening.agreed:
        return 0.0
    counted = ending(grant["deficit_at"]) - opening.base_year
    return grant["share"] * max(-balances[counted], 0.0) if counted >= 0 else 0.0


def _brought_forward(opening: Opening, assumed: Assumed) -> float:
    """Balance at the start of the base year: the last published, carried on.

    To what is carried comes what carries of as many years missed in the middle authority.
    """
    before = [y for y in opening.balance if ending(y) < opening.base_year]
    last = max(before, key=ending)
    balance = opening.balance[last]
    places = opening.maintained_places * assumed["maintained_place_funding_level"]
    years = range(ending(last) + 1, opening.base_year)
    for end in years:
        year = label(end)
        balance += opening.block_after[year] - opening.outturn[year] - places
    if years:
        balance += (
            opening.carry_missed[len(years)]
            * opening.block_before[label(opening.base_year - 1)]
        )
    return balance
