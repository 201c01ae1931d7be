"""One authority's opening position and its own levels, drawn towards England's."""

from dataclasses import dataclass, field, replace
from statistics import mean, median

from tests.reference.national import England, england
from tests.reference.published import (
    AGES,
    ENGLAND,
    MANY,
    PLACEMENTS,
    Figures,
    at_odds,
    beside,
    by_age_and_placement,
    clock,
    has_agreement,
    last_of_people,
    parts,
    people,
    recorded,
    scaled,
    total_of,
    totals,
)
from tests.reference.returns import false_januaries, mended, whole, years_of_ended
from tests.reference.shares import england_path, foretold

# Median absolute deviation → standard deviation of a normal distribution.
NORMAL = 1.4826
# England's mix counts as this many of the authority's own new plans.
PRIOR_PLANS = 200
SERVICES = ("sen_support", "alternative_provision", "hospital_education", "therapies")


@dataclass
class Opening:
    """What the record says of the authority: plans, rates, levels, pounds."""

    stock: list[dict[str, float]]
    census: int
    base_year: int
    people_of: int
    # Of the Januaries before the base census, from the one before the base year's.
    placements_before: list[dict[str, float]]
    counted_new: dict[int, float]
    exits: list[float]
    joining_mix: list[dict[str, float]]
    balancing: float
    requests: float
    requests_before: float
    new_plans: float
    residents: list[float]
    # Plans foretold for the five Januaries after the base census.
    foretold: list[float]
    england: England
    block_before: dict[str, float]
    block_after: dict[str, float]
    outturn: dict[str, float]
    balance: dict[str, float]
    maintained_places: float
    services_share: float
    schools_block: float
    unexplained_level: float
    carry_missed: dict[int, float]
    # By a Safety Valve agreement no rule of the grant is published.
    agreed: bool
    # What an authority states itself, by financial year: spending with every place counted,
    # grants that became part of the block, transfers, payments against the deficit, and its
    # high needs balance; its blocks and balances stand among the published ones.
    spent: dict[str, float] = field(default_factory=dict)
    rolled_in: dict[str, float] = field(default_factory=dict)
    transfers: dict[str, float] = field(default_factory=dict)
    payments: dict[str, float] = field(default_factory=dict)
    high_needs: dict[str, float] = field(default_factory=dict)


def opening(panel, name: str, odds: tuple[float, float] = (1.0, 1.0)) -> Opening:
    """Collect one authority whose every figure is published; another raises KeyError.

    Its plans of unknown placement are placed like the known ones, but for the `odds` of a
    special school, and of an independent one among those.
    """
    area = panel.area(name).la_code
    rates = england(panel)
    census, base_year = clock(panel)
    everyone = [one.la_code for one in panel.geography.authorities(census)]
    whole_new = whole(panel, "new_ehc_plans", everyone, census - 1)
    asked = whole(panel, "ehc_assessment_requests", everyone, census - 1)
    raw = _shares(whole_new, everyone, census)
    shares = _to_one(raw)
    # Where no year of requests is whole, the share of new plans stands in.
    asked_shares = _to_one(raw | _shares(asked, everyone, census))
    outturn = totals(panel, "s251_high_needs_net_gbp")
    lines = parts(panel, "s251_outturn_line_gbp", area, "2021-22", "line")
    stock = _stock(panel, area, str(census), odds)
    losses = _net_losses(panel, everyone, census, whole_new)
    ending = sum(sum(stock[age].values()) * rates.exits[age] for age in AGES)
    before, after = _blocks(panel, area)
    new = totals(panel, "new_ehc_plans")[area]
    last, earlier = str(census - 1), str(census - 2)
    return Opening(
        stock=stock,
        census=census,
        base_year=base_year,
        people_of=last_of_people(panel),
        placements_before=[
            _placements_before(panel, area, str(year), odds, everyone, census)
            for year in range(base_year - 1, census)
        ],
        counted_new={y: new[str(y)] for y in range(base_year, census)},
        exits=rates.exits,
        joining_mix=_joining_mix(panel, area, rates, census),
        balancing=ending / total_of(stock) - losses[area],
        requests=asked_shares[area] * asked[ENGLAND][last],
        requests_before=asked_shares[area] * asked[ENGLAND][earlier],
        new_plans=shares[area] * whole_new[ENGLAND][last],
        residents=people(panel, area),
        foretold=foretold(panel, census)[area],
        england=rates,
        block_before=before,
        block_after=after,
        outturn=outturn[area],
        balance=totals(panel, "dsg_balance_gbp")[area],
        maintained_places=lines["place_funding_total"],
        services_share=sum(lines[line] for line in SERVICES) / outturn[area]["2021-22"],
        schools_block=totals(panel, "schools_block_before_deductions_gbp")[area]["2023-24"],
        unexplained_level=_unexplained(panel, outturn),
        carry_missed=_carry_missed(panel, outturn),
        agreed=has_agreement(panel, area),
    )


def _stock(panel, area: str, year: str, odds) -> list[dict[str, float]]:
    """Plans of the base census; many unknown placements go the way of its own Januaries."""
    known, unknown = recorded(panel, "ehc_plans", area, year)
    many = sum(unknown) > MANY * (total_of(known) + sum(unknown))
    like = beside(panel, area, year) if many else None
    placed = by_age_and_placement(panel, "ehc_plans", area, year, like=like)
    total = totals(panel, "ehc_plans")[area][year]
    if many and odds != (1.0, 1.0):
        placed = _at_other_odds(placed, unknown, odds)
    return scaled(placed, total)


def _at_other_odds(placed, unknown, odds) -> list[dict[str, float]]:
    """The unknown part of each age at other odds of special schools than the whole."""
    found = []
    for row, lost in zip(placed, unknown, strict=True):
        count = sum(row.values())
        share = lost / count if count else 0.0
        other = at_odds(row, *odds) if count else row
        found.append({p: row[p] * (1 - share) + other[p] * share for p in PLACEMENTS})
    return found


def _shares(flow: Figures, everyone, census: int) -> dict[str, float]:
    """Three years' share of England, years that are missing left out of both sums."""
    england = flow[ENGLAND]
    years = [y for y in (str(census - back) for back in (3, 2, 1)) if y in england]
    found = {}
    for one in everyone:
        own = [y for y in years if y in flow.get(one, {})]
        if own:
            found[one] = sum(flow[one][y] for y in own) / sum(england[y] for y in own)
    return found


def _to_one(shares: dict[str, float]) -> dict[str, float]:
    return {one: share / sum(shares.values()) for one, share in shares.items()}


def _net_losses(panel, everyone, census: int, new: Figures) -> dict[str, float]:
    """Plans not there at the next January, share of opening plans, drawn to England's."""
    plans = mended(panel, everyone, census - 1)
    estimated = set(false_januaries(panel, everyone, census - 1))
    years = years_of_ended(panel, census - 1)

    def lost(area: str) -> list[tuple[float, float]]:
        found = []
        for year in years:
            after = str(int(year) + 1)
            if {(area, year), (area, after)} & estimated:
                continue
            if all(y in plans[area] for y in (year, after)) and year in new.get(area, {}):
                opening = plans[area][year]
                found.append((opening + new[area][year] - plans[area][after], opening))
        return found

    yearly = {one: lost(one) for one in everyone}
    whole_england = lost(ENGLAND)
    middle = sum(a for a, _ in whole_england) / sum(b for _, b in whole_england)
    drawn = _drawn_together(
        {one: [a / b for a, b in pairs] for one, pairs in yearly.items()},
        middle,
        {
            one: sum(a for a, _ in pairs) / sum(b for _, b in pairs)
            for one, pairs in yearly.items()
            if pairs
        },
    )
    counted = {
        one: plans[one][str(census)] for one in everyone if str(census) in plans[one]
    }
    average = sum(drawn[one] * n for one, n in counted.items()) / sum(counted.values())
    return {one: share + middle - average for one, share in drawn.items()}


def _drawn_together(
    observed: dict[str, list[float]],
    middle: float,
    means: dict[str, float] | None = None,
) -> dict[str, float]:
    """Each authority's mean, nearer England's the more its years disagree.

    The spread of one year about its authority's mean is taken robustly over every
    authority with two years or more, and enlarged because a mean of n years lies within
    them. What that spread does not explain of the spread of the means is real difference.
    """
    if means is None:
        means = {area: mean(years) for area, years in observed.items() if years}
    several = {area: years for area, years in observed.items() if len(years) > 1}
    typical = median(len(years) for years in several.values())
    about = [value - means[area] for area, years in several.items() for value in years]
    within = _robust(about) * (typical / (typical - 1)) ** 0.5
    across = _robust(list(means.values()))
    between = max(across**2 - within**2 / typical, 0.0)
    levels = {}
    for area, years in observed.items():
        levels[area] = middle
        if years and between > 0:
            weight = between / (between + within**2 / len(years))
            levels[area] += weight * (means[area] - middle)
    return levels


def _robust(values: list[float]) -> float:
    centre = median(values)
    return NORMAL * median(abs(value - centre) for value in values)


def _placements_before(
    panel, area: str, year: str, odds: tuple[float, float], everyone, census: int
) -> dict[str, float]:
    """Placements of a January before the base census; of a false one, as beside it."""
    estimate = false_januaries(panel, everyone, census - 1).get((area, year))
    around = beside(panel, area, year)
    overall = None
    if around:
        overall = {p: sum(row[p] for row in around) for p in PLACEMENTS}
    if estimate and overall:
        return {p: overall[p] / sum(overall.values()) * estimate for p in PLACEMENTS}
    published = parts(panel, "ehc_plans", area, year, "placement")
    known = {p: published.get(p, 0.0) for p in PLACEMENTS}
    lost = published.get("unknown", 0.0)
    # With no January beside it whose placements are known, its own stand.
    total = estimate or totals(panel, "ehc_plans")[area][year]
    found, share = known, lost / (sum(known.values()) + lost)
    if share > MANY:
        if overall:
            found = {
                p: known[p] + lost * overall[p] / sum(overall.values()) for p in PLACEMENTS
            }
        other = at_odds(found, *odds)
        found = {p: found[p] * (1 - share) + other[p] * share for p in PLACEMENTS}
    return {p: found[p] * total / sum(found.values()) for p in PLACEMENTS}


def _blocks(panel, area: str) -> tuple[dict[str, float], dict[str, float]]:
    """The block before and after deductions: as published, then as reported exactly."""
    names = (
        "high_needs_block_before_deductions_gbp",
        "high_needs_block_after_deductions_gbp",
    )
    before, after = (dict(totals(panel, name)[area]) for name in names)
    last = max(year for year in before if year in after)
    deducted = before[last] - after[last]
    rows = [
        row
        for row in panel.companion("reported_blocks").to_dict("records")
        if row["la_code"] == area
        and row["nearness"] == "exact"
        and row["source_kind"] != "press"
    ]
    for row in rows:
        if row["measure"] == names[0] and row["year"] not in before:
            before[row["year"]] = float(row["value"])
    for row in rows:
        if row["measure"] == names[1] and row["year"] not in before:
            after[row["year"]] = float(row["value"])
            before[row["year"]] = float(row["value"]) + deducted
    return before, after


def _joining_mix(panel, area: str, rates: England, census: int) -> list[dict[str, float]]:
    """England's placement of new plans by age, tilted by the authority's own three
    years."""
    mine, whole_ = dict.fromkeys(PLACEMENTS, 0.0), dict.fromkeys(PLACEMENTS, 0.0)
    for year in (str(census - back) for back in (3, 2, 1)):
        own = parts(panel, "new_ehc_plans", area, year, "placement")
        all_ = parts(panel, "new_ehc_plans", ENGLAND, year, "placement")
        for p in PLACEMENTS:
            mine[p] += own.get(p, 0.0)
            whole_[p] += all_.get(p, 0.0)
    tilt = {}
    for p in PLACEMENTS:
        national = whole_[p] / sum(whole_.values())
        pooled = (mine[p] + PRIOR_PLANS * national) / (sum(mine.values()) + PRIOR_PLANS)
        tilt[p] = pooled / national if national > 0 else 1.0
    mixes = []
    for mix in rates.joining_mix:
        tilted = {p: mix[p] * tilt[p] for p in PLACEMENTS}
        mixes.append({p: tilted[p] / sum(tilted.values()) for p in PLACEMENTS})
    return mixes


def _unexplained(panel, outturn: Figures) -> float:
    """Middle authority's movement of the balance in 2021-22 that the record leaves open.

    Change in balance, less block after deductions, plus outturn and maintained places, as
    a share of the block before deductions.
    """
    balance = totals(panel, "dsg_balance_gbp")
    after = totals(panel, "high_needs_block_after_deductions_gbp")
    before = totals(panel, "high_needs_block_before_deductions_gbp")
    places = totals(panel, "s251_outturn_line_gbp", "line/place_funding_total")
    shares = []
    for area in balance:
        now = [
            figures.get(area, {}).get("2021-22")
            for figures in (balance, after, before, outturn, places)
        ]
        earlier = balance[area].get("2020-21")
        if len(area) == 3 and earlier is not None and None not in now:
            closing, block, whole, net, place = now
            shares.append((closing - earlier - (block - net - place)) / whole)
    return median(shares)


def _carry_missed(panel, outturn: Figures) -> dict[int, float]:
    """By years carried, the middle share of the block that carried balances missed.

    Every two years whose balances an authority publishes are one carry: block after
    deductions, less outturn and the maintained places of 2021-22, added to the first.
    """
    balance = totals(panel, "dsg_balance_gbp")
    after = totals(panel, "high_needs_block_after_deductions_gbp")
    before = totals(panel, "high_needs_block_before_deductions_gbp")
    places = totals(panel, "s251_outturn_line_gbp", "line/place_funding_total")
    missed: dict[int, list[float]] = {}
    for area in balance:
        if len(area) != 3 or "2021-22" not in places.get(area, {}):
            continue
        for first, opened in balance[area].items():
            for last, closed in balance[area].items():
                start, stop = int(first[:4]), int(last[:4])
                years = [f"{y}-{(y + 1) % 100:02d}" for y in range(start + 1, stop + 1)]
                if not years or any(
                    year not in figures.get(area, {})
                    for year in years
                    for figures in (after, outturn)
                ):
                    continue
                carried = opened + sum(
                    after[area][year] - outturn[area][year] - places[area]["2021-22"]
                    for year in years
                )
                share = (closed - carried) / before[area][last]
                missed.setdefault(len(years), []).append(share)
    return {years: median(shares) for years, shares in missed.items()}


def england_opening(panel, name: str) -> Opening:
    """England as if it were one authority, for plans; the pounds are those of `name`."""
    rates = england(panel)
    census, _ = clock(panel)
    everyone = [one.la_code for one in panel.geography.authorities(census)]
    plans = mended(panel, everyone, census - 1)[ENGLAND]
    new = totals(panel, "new_ehc_plans")[ENGLAND]
    asked = totals(panel, "ehc_assessment_requests")[ENGLAND]
    found = by_age_and_placement(panel, "ehc_plans", ENGLAND, str(census))
    stock = scaled(found, plans[str(census)])
    lost, opened = 0.0, 0.0
    for year in years_of_ended(panel, census - 1):
        lost += plans[year] + new[year] - plans[str(int(year) + 1)]
        opened += plans[year]
    ending = sum(sum(stock[age].values()) * rates.exits[age] for age in AGES)
    last, earlier = str(census - 1), str(census - 2)
    return replace(
        opening(panel, name),
        stock=stock,
        exits=rates.exits,
        joining_mix=rates.joining_mix,
        balancing=ending / total_of(stock) - lost / opened,
        requests=asked[last],
        requests_before=asked[earlier],
        new_plans=new[last],
        residents=people(panel, ENGLAND),
        foretold=england_path(panel, census),
    )
