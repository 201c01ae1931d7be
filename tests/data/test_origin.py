"""Projections from an earlier January: what they see, what they refuse, what they say."""

import dataclasses
from datetime import date

import numpy as np
import pytest

import highneeds as hn
from highneeds.errors import ModelError, UsageError
from highneeds.geography import ENGLAND_CODE
from highneeds.model.origin import area_in, assumed_then, project_all, stand_at
from highneeds.model.simulate import central_case
from highneeds.panel.panel import Panel, load_panel
from highneeds.panel.schema import MEASURES
from highneeds.panel.unbroken import unbroken_areas
from highneeds.panel.vintage import vintage
from highneeds.periods import FinancialYear, parse_period
from highneeds.record.cells import MODEL_PLACEMENTS
from highneeds.record.combined import opening_record
from highneeds.record.spread import spreads
from tests.added import next_census, with_rows
from tests.reference.origin import central_plans, start
from tests.reference.shares import england_path, foretold

ORIGINS = range(2016, 2026)
SUM = "838+839"
# Created, or put together differently, after some of the origins.
CREATED = {"838", "839", "940", "941", "942", "943"}
SMALLEST = {"201", "420"}
# Rows later than an origin that a projection may see all the same, by the name under which
# the result lists them: measure, years (None: two after the origin), kind, England only.
SEEN = {
    "ages": [("ehc_plans", {"2024"}, "age_year_by_placement", True)],
    "exits": [("ceased_ehc_plans", {"2024"}, "age_year", True)],
    "people": [("population_by_age", {"2022"}, "age_year", False)],
    "requests": [
        ("ehc_assessment_requests", {"2016"}, "total", True),
        ("new_ehc_plans", {"2016"}, "total", True),
    ],
    "block_growth": [("high_needs_block_before_deductions_gbp", None, "total", True)],
}
# From files, in no table.
FROM_FILES = {"assumptions", "lines"}


@pytest.fixture(scope="module")
def panel():
    return load_panel()


@dataclasses.dataclass(frozen=True)
class Scrambled(Panel):
    """A record in which every figure later than a January is another one.

    ``seen`` names what is left as it is.
    """

    base: Panel
    origin: int
    seen: frozenset[str]

    def rows(self, measure):
        rows = self.base.rows(measure)
        known = MEASURES[measure]
        # Januaries to the origin's, money to its March; flows, people and school years to
        # the year before.
        to_now = known.period_type in {"january", "financial"}
        last = self.origin if to_now else self.origin - 1
        ends = {
            label: parse_period(label, known.period_type).end
            for label in rows["year"].unique()
        }
        change = rows["year"].map(ends) > last
        for name in self.seen:
            for one, years, kind, england in SEEN[name]:
                labels = years or {
                    FinancialYear(self.origin + step).label for step in (1, 2)
                }
                if one == measure:
                    left = rows["year"].isin(labels) & (rows["breakdown_type"] == kind)
                    if england:
                        left &= rows["la_code"] == ENGLAND_CODE
                    change &= ~left
        random = np.random.default_rng(self.origin)
        other = rows["value"] * random.uniform(0.2, 5.0, len(rows)) + 7.0
        return rows.assign(value=rows["value"].where(~change, other.round()))


def scrambled(panel, origin, *, but):
    return Scrambled(panel.folder, panel.geography, panel, origin, frozenset(but))


def everything(result):
    """All that a projection says, as bytes and text."""
    arrays = [
        getattr(result.futures, field.name).tobytes()
        for field in dataclasses.fields(result.futures)
    ]
    tables = [
        table.to_csv()
        for table in (
            result.results(),
            result.plans(),
            result.plan_mix(),
            result.money(),
            result.balance(),
            result.bridge(),
            result.closure(),
            result.assumptions(),
        )
    ]
    words = [
        result.sentence(),
        str(result.sentences()),
        str(result.cautions),
        str(result.gaps),
        str(result.approximations),
        str(result.vintage),
    ]
    return arrays, tables, words


def run(panel, area, origin):
    return hn.project(panel, area, origin=origin, draws=16)


@pytest.mark.parametrize(
    ("origin", "area"),
    [
        (2016, "Kent"),
        pytest.param(2018, SUM, marks=pytest.mark.slow),
        pytest.param(2020, "Somerset", marks=pytest.mark.slow),
        (2022, SUM),
        (2024, "Camden"),
    ],
)
def test_no_later_figure_is_seen_but_those_listed(panel, origin, area):
    result = run(panel, area, origin)
    listed = {one.name for one in result.look_ahead} - FROM_FILES
    hidden = scrambled(panel, origin, but=listed)
    assert everything(run(hidden, area, origin)) == everything(result)


@pytest.mark.parametrize(
    ("origin", "names"),
    [
        pytest.param(2016, ["ages", "exits", "people", "requests"], marks=pytest.mark.slow),
        (2020, ["ages", "exits", "people", "block_growth"]),
        pytest.param(2023, ["ages", "exits", "block_growth"], marks=pytest.mark.slow),
        (2024, ["exits"]),
        (2025, []),
    ],
)
def test_what_is_listed_is_seen(panel, origin, names):
    result = run(panel, "Somerset", origin)
    listed = {one.name for one in result.look_ahead} - FROM_FILES
    assert listed == set(names)
    before = everything(result)[0]
    for name in names:
        hidden = scrambled(panel, origin, but=listed - {name})
        assert everything(run(hidden, "Somerset", origin))[0] != before, name


def test_the_list_of_what_is_seen_is_closed(panel):
    found = {
        one.name
        for origin in ORIGINS
        for area in ("Somerset", SUM)
        for one in run(panel, area, origin).look_ahead
    }
    assert found == set(SEEN) | FROM_FILES


@pytest.mark.parametrize("origin", ORIGINS)
def test_every_area_is_projected_but_those_not_yet_there(panel, origin):
    then = stand_at(panel, origin)
    refused = set()
    for area in panel.geography.authorities(2025):
        try:
            opening_record(*area_in(then, area))
        except ModelError:
            refused.add(area.la_code)
    began = {code for code in CREATED if not there(panel.geography[code], origin)}
    assert refused - SMALLEST == began
    for area in unbroken_areas(panel).summed:
        assert opening_record(*area_in(then, area)).stock.sum() > 0


def there(area, january):
    return area.existed_on(date(january, 1, 15))


@pytest.mark.parametrize("origin", [2018, 2025])
def test_england_from_a_january_is_the_sum_of_all_areas(panel, origin):
    found = hn.project_nation(panel.at(origin), draws=8)[ENGLAND_CODE]
    published = panel.figure("ehc_plans", "England", str(origin)).value
    assert found.series["plans"][0] == pytest.approx(np.full(8, published))
    assert found.members == (150 if origin < 2025 else 153)


@pytest.mark.parametrize("origin", [2016, 2019, 2025])
def test_all_areas_at_once_are_each_alone(panel, origin):
    chosen = [panel.area(name) for name in ("Somerset", "Kent")]
    areas = [*chosen, unbroken_areas(panel).summed[0]]
    for area, futures, central in project_all(panel, origin, areas, draws=16):
        alone = run(panel, area.la_code, origin)
        for field in dataclasses.fields(futures):
            for ours, theirs in ((futures, alone.futures), (central, alone.central)):
                np.testing.assert_array_equal(
                    getattr(ours, field.name), getattr(theirs, field.name)
                )


def test_the_last_january_gives_the_usual_projection(panel):
    usual = hn.project(panel, "Somerset", draws=16)
    arrays, tables, _ = everything(run(panel, "Somerset", usual.vintage.census))
    again, as_usual, _ = everything(usual)
    assert arrays == again
    assert [t for t in tables if "block_growth" not in t] == [
        t for t in as_usual if "block_growth" not in t
    ]
    assert usual.approximations == usual.look_ahead == ()


@pytest.mark.slow
def test_an_added_release_moves_nothing_from_an_earlier_january(panel):
    added = with_rows("one January more, for origins", next_census())
    for area, origin in (("Somerset", 2019), (SUM, 2024)):
        assert everything(run(added, area, origin)) == everything(run(panel, area, origin))
    newest = everything(run(added, "Somerset", 2026))
    assert newest[0] == everything(hn.project(added, "Somerset", draws=16))[0]
    with pytest.raises(UsageError, match="to January 2026"):
        run(added, "Somerset", 2012)


def test_a_record_as_it_stood_is_projected_like_its_origin(panel):
    direct = hn.project(panel.at(2021), "Somerset", draws=16)
    assert everything(direct) == everything(run(panel, "Somerset", "2021"))


@pytest.mark.parametrize(
    ("origin", "spending", "block", "balance"),
    [(2017, False, False, False), (2018, True, False, False), (2020, True, True, True)],
)
def test_money_is_given_where_it_was_held_and_else_said_to_lack(
    panel, origin, spending, block, balance
):
    result = run(panel, "Somerset", origin)
    futures = result.futures
    assert np.isfinite(futures.spending).all() == spending
    assert np.isfinite(futures.block).all() == block
    assert np.isfinite(futures.balance).all() == balance
    if not block:
        lacking = " ".join(gap.what for gap in result.gaps)
        assert "no high needs block" in lacking
        assert ("no section 251 outturn" in lacking) == (not spending)
    measures = set(result.results()["measure"])
    assert ("high_needs_spending_gbp" in measures) == spending
    assert ("dsg_balance_gbp" in measures) == balance


def test_an_opening_is_as_published(panel):
    result = run(panel, "Somerset", 2021)
    for measure, found in (
        ("dsg_balance_gbp", result.futures.balance[0]),
        ("high_needs_block_before_deductions_gbp", result.futures.block[0]),
    ):
        assert set(found) == {panel.figure(measure, "Somerset", "2020-21").value}
    plans = result.plans()
    assert plans.loc[plans["status"] == "projected", "year"].iloc[0] == "2022"
    assert result.money()["year"].iloc[0] == "2020-21"
    assert result.until == FinancialYear(2026)


def test_the_block_grows_two_years_as_published_then_as_later(panel):
    then = stand_at(panel, 2021)
    assumed = assumed_then(then, hn.Scenario.load()).assumptions
    years = {name for name in assumed if name.startswith("block_growth.")}
    assert years == {
        "block_growth.2021-22",
        "block_growth.2022-23",
        "block_growth.later",
    }
    block = panel.matrix("high_needs_block_before_deductions_gbp").loc[ENGLAND_CODE]
    growth = block["2022-23"] / block["2021-22"] - 1
    one = assumed["block_growth.2022-23"]
    assert one.low == one.high == pytest.approx(growth)
    usual = hn.Scenario.load()
    assert assumed_then(panel, usual) is usual


@pytest.mark.parametrize(
    ("area", "origin", "words"),
    [
        ("Dorset", 2018, "began on 2019-04-01, after January 2018. Its area is projected"),
        ("Cumbria", 2020, "was abolished on 2023-03-31. Its area is projected as Cumbria"),
        ("West Northamptonshire", 2021, "ask for '940+941'"),
        ("Westmorland and Furness", 2023, "ask for '942+943'"),
        ("London", 2019, "is not a local authority"),
    ],
)
def test_an_area_that_was_not_there_is_refused_by_name(panel, area, origin, words):
    with pytest.raises(ModelError) as refused:
        run(panel, area, origin)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        (2015, "Expected January 2016, the first year of requests, to January 2026"),
        ("January 2015", "No projection starts from January 2015"),
        (2027, "holds no January 2027"),
        ("2021-22", "not written as a january period"),
    ],
)
def test_a_january_that_cannot_be_started_from_is_refused(panel, origin, words):
    with pytest.raises(UsageError) as refused:
        run(panel, "Somerset", origin)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("area", "origin"),
    [("Somerset", 2019), (SUM, 2021), ("Kent", 2016), ("Hackney", 2024)],
)
def test_one_future_is_that_of_a_second_implementation(panel, area, origin):
    """The central case: every assumption at its central value, no shock."""
    then, found = area_in(stand_at(panel, origin), area)
    record = opening_record(then, found)
    scenario = assumed_then(then, hn.Scenario.load())
    central = central_case(
        dataclasses.replace(record, unknown=np.zeros(26)),
        scenario,
        spreads(then.published),
        until=vintage(then).until,
    )
    assumed = {name: one.central for name, one in scenario.assumptions.items()}
    years = foretold(panel, origin)[found.la_code]
    plans, new = central_plans(start(panel, found.la_code, origin), years, assumed)
    for step, row in enumerate(plans):
        assert central.stock[step].sum(axis=0)[:, 0] == pytest.approx(
            [row[name] for name in MODEL_PLACEMENTS], rel=1e-9
        )
    assert central.new[:, 0] == pytest.approx(new, rel=1e-9)


# Row D of the shared design (forecasts, section 3), by code independent of this: 1 to 5
# years ahead, origins 2017 to 2024, authorities' mean absolute error, per cent.
MARKED = {1: 3.66, 2: 5.89, 3: 7.65, 4: 9.04, 5: 10.12}


@pytest.mark.slow
def test_marked_over_eight_years_it_errs_as_foretold_and_its_ranges_hold(panel):
    areas = unbroken_areas(panel)
    plans = areas.panel.matrix("ehc_plans")
    errors, held = ({horizon: [] for horizon in MARKED} for _ in range(2))
    england, path = ({horizon: [] for horizon in MARKED} for _ in range(2))
    for origin in range(2017, 2025):
        last = FinancialYear(min(origin + 5, 2025))
        total, whole = 0.0, england_path(panel, origin)
        for area, futures, central in project_all(
            panel, origin, areas.areas, draws=200, until=last
        ):
            drawn = futures.stock.sum(axis=(1, 2))
            said = central.stock.sum(axis=(1, 2))[:, 0]
            total = total + said
            if area in areas.scored:
                for step in range(1, len(drawn)):
                    true = plans.loc[area.la_code, str(origin + step)]
                    low, high = np.quantile(drawn[step], [0.1, 0.9])
                    errors[step].append(abs(said[step] / true - 1))
                    held[step].append(low <= true <= high)
        for step in range(1, len(total)):
            true = plans.loc[ENGLAND_CODE, str(origin + step)]
            england[step].append(total[step] / true - 1)
            path[step].append(whole[step - 1] / true - 1)
    assert [len(errors[horizon]) for horizon in MARKED] == [1160, 1015, 870, 725, 580]
    for horizon, marked in MARKED.items():
        assert 100 * np.mean(errors[horizon]) == pytest.approx(marked, abs=0.15), horizon
        assert 0.76 <= np.mean(held[horizon]) <= 0.84, horizon
        # Authorities add up to the path.
        assert np.mean(england[horizon]) == pytest.approx(np.mean(path[horizon]), abs=1e-3)
    # The aim was within 2% at three years and 4% at five: the path is lower than that.
    assert np.mean(path[3]) == pytest.approx(-0.025, abs=5e-4)
    assert np.mean(path[5]) == pytest.approx(-0.046, abs=5e-4)
