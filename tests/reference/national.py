"""England's rates by age, from the plans of January 2024 and 2025 and the flows of 2024.

They are chosen so that the plans of January 2024, carried one year, become those of 2025.
"""

from dataclasses import dataclass

from tests.reference.published import (
    AGES,
    ENGLAND,
    PLACEMENTS,
    by_age_and_placement,
    parts,
    people,
    scaled,
    totals,
)


@dataclass
class England:
    """Rates by age: exits, people joining, where they join, where those staying move."""

    exits: list[float]
    joining_per_person: list[float]
    joining_mix: list[dict[str, float]]
    moves: list[dict[str, dict[str, float]]]


def england(panel) -> England:
    """Derive England's rates."""
    plans = totals(panel, "ehc_plans")[ENGLAND]
    before = scaled(
        by_age_and_placement(panel, "ehc_plans", ENGLAND, "2024"), plans["2024"]
    )
    after = scaled(by_age_and_placement(panel, "ehc_plans", ENGLAND, "2025"), plans["2025"])
    new = by_age_and_placement(panel, "new_ehc_plans", ENGLAND, "2024")
    exits = _exits(panel, before, after, new)
    residents = people(panel, ENGLAND)
    per_person, mixes, moves = [], [], []
    all_after = {p: sum(row[p] for row in after) for p in PLACEMENTS}
    for age in AGES:
        # Those who kept a plan are a year older in the second census.
        kept = dict.fromkeys(PLACEMENTS, 0.0)
        if age > 0:
            kept = {p: before[age - 1][p] * (1 - exits[age - 1]) for p in PLACEMENTS}
        joined = max(sum(after[age].values()) - sum(kept.values()), 0.0)
        starting = sum(new[age].values())
        if starting > 0:
            mix = {p: new[age][p] / max(starting, 1.0) for p in PLACEMENTS}
        else:
            mix = {p: all_after[p] / sum(all_after.values()) for p in PLACEMENTS}
        wanted = {p: after[age][p] - joined * mix[p] for p in PLACEMENTS}
        per_person.append(joined / residents[age])
        mixes.append(mix)
        moves.append(_fewest_moves(kept, wanted))
    return England(exits, per_person, mixes, moves)


def _exits(panel, before, after, new) -> list[float]:
    """Share of plans at each age that end in the year.

    Below 16 the plans counted as ended over those at the opening census; from 16 the
    shrinking of the cohort, new plans taken off; at 25 all. Then one factor for all ages
    below 25, so that as many end as were published.
    """
    ended = parts(panel, "ceased_ehc_plans", ENGLAND, "2024", "age_year")
    opening = [sum(row.values()) for row in before]
    rate = []
    for age in AGES:
        if age == 25:
            share = 1.0
        elif age >= 16:
            stayed = sum(after[age + 1].values()) - sum(new[age + 1].values())
            share = 1 - stayed / opening[age]
        else:
            share = ended.get(str(age), 0.0) / opening[age] if opening[age] > 0 else 0.0
        rate.append(min(max(share, 0.0), 1.0))
    published = totals(panel, "ceased_ehc_plans")[ENGLAND]["2024"]
    reckoned = sum(rate[age] * opening[age] for age in AGES if age < 25)
    factor = (published - opening[25]) / reckoned
    return [min(max(rate[age] * factor, 0.0), 1.0) for age in AGES if age < 25] + [1.0]


def _fewest_moves(kept, wanted) -> dict[str, dict[str, float]]:
    """Share of those in each placement who go to each: no more than the change needs.

    Placements with too many lose the surplus, whoever it is; it goes to those with too few
    in proportion to what each lacks.
    """
    stay = {p: {q: 1.0 if q == p else 0.0 for q in PLACEMENTS} for p in PLACEMENTS}
    target = {p: max(wanted[p], 0.0) for p in PLACEMENTS}
    staying, aimed = sum(kept.values()), sum(target.values())
    if staying <= 0 or aimed <= 0:
        return stay
    target = {p: target[p] * staying / aimed for p in PLACEMENTS}
    lack = {p: max(target[p] - kept[p], 0.0) for p in PLACEMENTS}
    lacking = sum(lack.values())
    if lacking == 0:
        return stay
    moves = {}
    for origin in PLACEMENTS:
        surplus = max(kept[origin] - target[origin], 0.0)
        leave = surplus / kept[origin] if kept[origin] > 0 else 0.0
        moves[origin] = {q: leave * lack[q] / lacking for q in PLACEMENTS}
        moves[origin][origin] += 1 - leave
    return moves
