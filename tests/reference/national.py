"""England's rates by age, from the plans of the last two Januaries and the flows between.

They are chosen so that the plans of the first, carried one year, become those of the last.
"""

from dataclasses import dataclass

from tests.reference.published import (
    AGES,
    ENGLAND,
    PLACEMENTS,
    age_at,
    by_age_and_placement,
    clock,
    last_of_people,
    parts,
    people,
    scaled,
    totals,
)
from tests.reference.returns import mended


@dataclass
class England:
    """Rates by age: exits, people joining, where they join, where those staying move."""

    exits: list[float]
    joining_per_person: list[float]
    joining_mix: list[dict[str, float]]
    moves: list[dict[str, dict[str, float]]]


def england(panel) -> England:
    """Derive England's rates."""
    census, _ = clock(panel)
    everyone = [one.la_code for one in panel.geography.authorities(census)]
    plans = mended(panel, everyone, census - 1)[ENGLAND]
    before, after = (
        scaled(by_age_and_placement(panel, "ehc_plans", ENGLAND, str(y)), plans[str(y)])
        for y in (census - 1, census)
    )
    new = by_age_and_placement(panel, "new_ehc_plans", ENGLAND, str(census - 1))
    exits = _exits(panel, str(census - 1), before, after, new)
    residents = people(panel, ENGLAND)
    for _ in range(last_of_people(panel), census - 1):
        residents = [residents[0], *residents[:-1]]
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
        arrived = _with_room({p: joined * mix[p] for p in PLACEMENTS}, after[age])
        if joined > 0:
            mix = {p: arrived[p] / joined for p in PLACEMENTS}
        wanted = {p: after[age][p] - arrived[p] for p in PLACEMENTS}
        per_person.append(joined / residents[age])
        mixes.append(mix)
        moves.append(_fewest_moves(kept, wanted))
    return England(exits, per_person, mixes, moves)


def _with_room(arriving: dict[str, float], there: dict[str, float]) -> dict[str, float]:
    """Nobody joins a placement beyond those in it; the rest go where there is room."""
    kept = {p: min(arriving[p], there[p]) for p in PLACEMENTS}
    left = sum(arriving.values()) - sum(kept.values())
    room = {p: there[p] - kept[p] for p in PLACEMENTS}
    if sum(room.values()) <= 0:
        return kept
    return {p: kept[p] + left * room[p] / sum(room.values()) for p in PLACEMENTS}


def _exits(panel, year: str, before, after, new) -> list[float]:
    """Share of plans at each age that end in the year.

    Below 16 the plans counted as ended over those at the opening census; from 16 the
    shrinking of the cohort, new plans taken off; at 25 all. Then one factor for the ages of
    cohorts, so that as many end as were published.
    """
    ended = [0.0 for _ in AGES]
    for label, count in parts(panel, "ceased_ehc_plans", ENGLAND, year, "age_year").items():
        age = age_at(label)
        if age is not None:
            ended[age] += count
    opening = [sum(row.values()) for row in before]
    rate = []
    for age in AGES:
        if age == 25:
            share = 1.0
        elif age >= 16:
            stayed = sum(after[age + 1].values()) - sum(new[age + 1].values())
            share = 1 - stayed / opening[age]
        else:
            share = ended[age] / opening[age] if opening[age] > 0 else 0.0
        rate.append(min(max(share, 0.0), 1.0))
    published = totals(panel, "ceased_ehc_plans")[ENGLAND][year]
    young = sum(rate[age] * opening[age] for age in range(16))
    cohorts = sum(rate[age] * opening[age] for age in range(16, 25))
    factor = (published - opening[25] - young) / cohorts
    for age in range(16, 25):
        rate[age] = min(max(rate[age] * factor, 0.0), 1.0)
    return rate


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
