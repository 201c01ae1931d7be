"""Plans of one authority from the base census on, one future, one plan-year at a time."""

from dataclasses import dataclass, field

from tests.reference.local import Opening
from tests.reference.published import AGES, PLACEMENTS, total_of
from tests.reference.scenario_files import DATA, Assumed, in_force, read

STATE, INDEPENDENT = "state_special", "independent_special"
SURGE = (2026, 2027, 2028, 2029)

Stock = list[dict[str, float]]


@dataclass
class Plans:
    """Plans each January from the base census; flows by calendar year from it."""

    stocks: list[Stock] = field(default_factory=list)
    placements: list[dict[str, float]] = field(default_factory=list)
    requests: list[float] = field(default_factory=list)
    new: list[float] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)
    shortfall: list[float] = field(default_factory=list)


def project_plans(opening: Opening, assumed: Assumed, last: int) -> Plans:
    """Carry the plans to January of the year `last`."""
    found = Plans()
    stock = opening.stock
    found.stocks.append(stock)
    found.placements.append(_by_placement(stock))
    places = sum(row[STATE] for row in stock)
    moves = [
        _moves(rates, assumed["moves_to_independent"]) for rates in opening.england.moves
    ]
    kept_on = _requests_and_new(opening, assumed, last, found)
    for year in range(opening.census, last):
        end = year + 1
        exits = _exits(opening, assumed, year)
        joined = found.new[year - opening.census] + opening.balancing * total_of(stock)
        wanted = _wanted_by_age(opening, assumed, year)
        aged: Stock = [dict.fromkeys(PLACEMENTS, 0.0) for _ in AGES]
        # Those in each special placement who were there a year ago, by the age they reach.
        kept = [{STATE: 0.0, INDEPENDENT: 0.0} for _ in AGES]
        staying = 0.0
        for age in AGES:
            if age == 25:
                continue
            for origin in PLACEMENTS:
                remain = stock[age][origin] * (1 - exits[age])
                staying += remain
                for target in PLACEMENTS:
                    aged[age + 1][target] += remain * moves[age + 1][origin][target]
                if origin in (STATE, INDEPENDENT):
                    kept[age + 1][origin] = remain * moves[age + 1][origin][origin]
        found.ended.append(total_of(stock) - staying)
        for age in AGES:
            starting = max(joined, 0.0) * wanted[age] / sum(wanted)
            for p in PLACEMENTS:
                aged[age][p] += starting * opening.joining_mix[age][p]
        _keep_in_mainstream(aged, kept, assumed, end)
        places *= 1 + assumed["special_place_growth"]
        built = sum(
            m["most"] * in_force(m, end) for m in assumed.measures("special_places")
        )
        found.shortfall.append(_turn_away(aged, kept, places + built, assumed))
        share = kept_on[year - opening.census]
        stock = [{p: row[p] * share for p in PLACEMENTS} for row in aged]
        found.stocks.append(stock)
        found.placements.append(_by_placement(stock))
    return found


def _by_placement(stock: Stock) -> dict[str, float]:
    return {p: sum(row[p] for row in stock) for p in PLACEMENTS}


def _requests_and_new(
    opening: Opening, assumed: Assumed, last: int, found: Plans
) -> list[float]:
    """Requests and new plans: with the defaults as many as the path takes.

    A scenario has as many more as its own flows are above those of the defaults. Returns
    the share of plans kept at each close, below 1 only where the path is below those who
    would stay.
    """
    default = read(DATA / "scenarios" / "trend.toml")
    _, usual = _asked_and_started(opening, default, last)
    asked, started = _asked_and_started(opening, assumed, last)
    solved, kept = _solved_entrants(opening, default, last)
    for place, new in enumerate(solved):
        factor = new / usual[place]
        found.requests.append(factor * asked[place])
        found.new.append(factor * started[place])
    return kept


def _asked_and_started(
    opening: Opening, assumed: Assumed, last: int
) -> tuple[list[float], list[float]]:
    """Requests grow with people and by a rate that falls in a straight line to nothing.

    The plan of a request made late in a year starts in the next. New plans per request are
    those of the last year of flows, when requests of it and the year before led to them.
    """
    asked, started = [], []
    late = assumed["late_share"]
    per_request = opening.new_plans / (
        opening.requests * (1 - late) + opening.requests_before * late
    )
    base = sum(_wanted_by_age(opening, assumed, opening.census - 1))
    grown = 1.0
    previous = opening.requests
    for year in range(opening.census, last):
        done = (year - opening.census) / assumed["request_growth_years"]
        # (1 + g) to the power of what is left of it: growth is taken in logarithms.
        grown *= (1 + assumed["request_growth"]) ** max(1 - done, 0.0)
        people = sum(_wanted_by_age(opening, assumed, year)) / base
        requests = opening.requests * people * grown
        for measure in assumed.measures("early_support"):
            requests *= 1 - measure["most"] * in_force(measure, year + 1)
        for factor in assumed.path("requests", year):
            requests *= factor
        if year in SURGE:
            requests *= 1 + assumed["request_surge"]
        timely = (1 - late) * requests + late * previous
        asked.append(requests)
        started.append(per_request * assumed["issue_ratio"] * timely)
        previous = requests
    return asked, started


def _solved_entrants(
    opening: Opening, default: Assumed, last: int
) -> tuple[list[float], list[float]]:
    """New plans with which plans are as foretold, and then as many for each person."""
    ages = [sum(row.values()) for row in opening.stock]
    new, kept, people = [], [], 1.0
    for place, year in enumerate(range(opening.census, last)):
        wanted = _wanted_by_age(opening, default, year)
        exits = _exits(opening, default, year)
        extra = opening.balancing * sum(ages)
        stayed = [0.0, *(ages[age] * (1 - exits[age]) for age in AGES if age < 25)]
        if place < len(opening.foretold):
            new.append(max(opening.foretold[place] - sum(stayed) - extra, 0.0))
        else:
            new.append(new[-1] * sum(wanted) / people)
        people = sum(wanted)
        joined = max(new[-1] + extra, 0.0)
        ages = [
            stays + joined * want / sum(wanted)
            for stays, want in zip(stayed, wanted, strict=True)
        ]
        kept.append(1.0)
        if place < len(opening.foretold) and new[-1] == 0:
            kept[-1] = opening.foretold[place] / sum(ages)
            ages = [count * kept[-1] for count in ages]
    return new, kept


def _wanted_by_age(opening: Opening, assumed: Assumed, year: int) -> list[float]:
    """Plans that would start at England's rates by age among the people of mid-`year`."""
    residents = list(opening.residents)
    for _ in range(opening.people_of, year):
        born = residents[0] * (1 + assumed["births_change"])
        residents = [born, *residents[:-1]]
    rates = opening.england.joining_per_person
    return [rates[age] * residents[age] for age in AGES]


def _exits(opening: Opening, assumed: Assumed, year: int) -> list[float]:
    rates = []
    for age in AGES:
        rate = opening.exits[age]
        if age >= 16:
            for measure in assumed.measures("post_16_pathways"):
                rate *= 1 + measure["most"] * in_force(measure, year + 1)
        rate = min(rate, 1.0)
        for share in assumed.path("further_exits", year):
            rate += (1 - rate) * share
        rates.append(1.0 if age == 25 else rate)
    return rates


def _moves(
    rates: dict[str, dict[str, float]], factor: float
) -> dict[str, dict[str, float]]:
    """Moves into independent special schools times a factor, from those who would stay."""
    changed = {origin: dict(row) for origin, row in rates.items()}
    for origin in PLACEMENTS:
        if origin != INDEPENDENT:
            into = rates[origin][INDEPENDENT]
            more = min(max(into * (factor - 1), -into), rates[origin][origin])
            changed[origin][INDEPENDENT] += more
            changed[origin][origin] -= more
    return changed


def _keep_in_mainstream(stock: Stock, kept, assumed: Assumed, end: int) -> None:
    left = 1.0
    for measure in assumed.measures("mainstream_places"):
        left *= 1 - measure["most"] * in_force(measure, end)
    for age in AGES:
        for special in (STATE, INDEPENDENT):
            arriving = max(stock[age][special] - kept[age][special], 0.0)
            stock[age][special] -= arriving * (1 - left)
            stock[age]["mainstream"] += arriving * (1 - left)


def _turn_away(stock: Stock, kept, places: float, assumed: Assumed) -> float:
    """Pupils without a state special place; they go elsewhere only where that is
    limited."""
    arriving = [max(stock[age][STATE] - kept[age][STATE], 0.0) for age in AGES]
    room = max(places - sum(row[STATE] for row in kept), 0.0)
    away = max(sum(arriving) - room, 0.0)
    if assumed.policies.get("limit_special_places") and away > 0:
        to = {
            INDEPENDENT: assumed["overflow_to_independent"],
            "mainstream": assumed["overflow_to_mainstream"],
        }
        to["elsewhere"] = 1 - sum(to.values())
        for age in AGES:
            leaving = arriving[age] * away / sum(arriving)
            stock[age][STATE] -= leaving
            for placement, share in to.items():
                stock[age][placement] += leaving * share
    return away
