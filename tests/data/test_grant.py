"""The stability grant by its own rule, and what is claimed of a balance."""

import dataclasses
import re

import numpy as np
import pytest

import highneeds as hn
from highneeds.errors import AssumptionError
from highneeds.model.grant import Ground
from highneeds.panel.programmes import has_agreement
from highneeds.report import contents
from highneeds.report.figures_money import plot_balance
from highneeds.report.headline import headline
from highneeds.report.outlook import outlook_words
from highneeds.report.totals import plot_totals, totals_headline, totals_table
from highneeds.scenario.scenario import Scenario, StabilityGrant
from highneeds.words import millions

RUN = {"draws": 64, "seed": 5}
COUNTED, OVERRIDE = "2025-26", "2027-28"
# Birmingham's balance is in surplus in March 2026; Kent has an agreement; Cumberland's
# balance is not held; the City of London's block is not.
NAMES = ("Somerset", "Birmingham", "Kent", "Cumberland", "City of London")


@pytest.fixture(scope="module")
def panel():
    return hn.load_panel()


@pytest.fixture(scope="module")
def results(panel):
    return {name: hn.project(panel, name, **RUN) for name in NAMES}


def scenario(**grant):
    trend = Scenario.load()
    one = StabilityGrant(**grant)
    return dataclasses.replace(
        trend, policies=trend.policies.model_copy(update={"stability_grant": one})
    )


def middle(table, year):
    return float(table.set_index("year")["central"][year])


def test_the_ground_of_a_grant_is_what_the_record_holds(results):
    assert {name: result.grant_ground for name, result in results.items()} == {
        "Somerset": Ground.WHOLE,
        "Birmingham": Ground.WHOLE,
        "Kent": Ground.AGREEMENT,
        "Cumberland": Ground.NO_BALANCE,
        "City of London": Ground.NO_BALANCE,
    }


def test_thirty_eight_authorities_have_an_agreement(panel):
    # 5 + 9 + 20 + 4 by year, as the publisher counts them.
    areas = panel.geography.authorities(2026)
    assert sum(has_agreement(panel, area) for area in areas) == 5 + 9 + 20 + 4


def test_a_grant_is_nine_tenths_of_the_deficit_of_march_2026_in_every_future(results):
    futures, years = results["Somerset"].futures, results["Somerset"].years
    counted, paid = (
        [year.label for year in years].index(label) for label in (COUNTED, "2026-27")
    )
    owed = np.maximum(-futures.balance[counted], 0.0)
    np.testing.assert_allclose(futures.announced[paid], 0.9 * owed)
    assert not np.delete(futures.announced, paid, axis=0).any()
    assert not futures.grants.any()
    # Beside the path: nothing before it is paid, the same sum in every later year.
    apart = futures.balance_with_grant - futures.balance
    assert not apart[:paid].any()
    np.testing.assert_allclose(apart[paid:], np.tile(0.9 * owed, (len(years) - paid, 1)))


def test_one_that_is_switched_on_moves_from_beside_the_balance_into_it(panel, results):
    on = hn.project(panel, "Somerset", scenario(switched_on=True), **RUN).futures
    beside = results["Somerset"].futures
    np.testing.assert_array_equal(on.grants, beside.announced)
    assert not on.announced.any()
    np.testing.assert_allclose(on.balance, beside.balance_with_grant)


@pytest.mark.parametrize("switched_on", [False, True])
@pytest.mark.parametrize("name", ["Birmingham", "Kent", "Cumberland"])
def test_no_grant_is_worked_out_without_ground(panel, name, switched_on):
    result = hn.project(panel, name, scenario(switched_on=switched_on), **RUN)
    futures, central = result.futures, result.central
    assert not (central.announced + central.grants).any()
    # Of a balance in surplus a few futures end in deficit; the central case does not.
    if name != "Birmingham":
        assert not (futures.announced + futures.grants).any()
    assert result.balance_with_grant().empty
    assert "dsg_balance_with_grant_gbp" not in set(result.results()["measure"])


def test_an_own_high_needs_balance_takes_the_place_of_the_whole_one(panel):
    own = {"Kent": -150e6, "933": -116e6, "Cumberland": -10e6, "Birmingham": 5e6}
    chosen = scenario(high_needs_balances_gbp=own)
    for name, pays in {
        "Kent": 0.9 * 150e6,
        "Somerset": 0.9 * 116e6,
        "Cumberland": 0.9 * 10e6,
        "Birmingham": 0.0,
    }.items():
        result = hn.project(panel, name, chosen, **RUN)
        assert result.grant_ground is Ground.OWN
        np.testing.assert_allclose(result.futures.announced.sum(axis=0), pays)
    words = hn.project(panel, "Somerset", chosen, **RUN).sentences()["policy"]
    assert "the authority's own high needs balance of that day, −£116.0m: £104.4m" in words
    assert "which leaves £11.6m (10%) of that deficit" in words
    assert "lower bound" not in words


def test_what_is_worked_on_the_whole_balance_says_so_and_what_is_left(results):
    result = results["Somerset"]
    owed, words = -middle(result.balance(), COUNTED), result.sentences()["policy"]
    assert (
        f"the whole DSG balance, estimated, {millions(-owed)}: {millions(0.9 * owed)}"
        in words
    )
    assert f"which leaves {millions(0.1 * owed)} (10%) of that deficit" in words
    assert "where other blocks are in surplus, this is a lower bound" in words
    assert "drawn beside the balances" in words


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Birmingham", "On the central path there is no deficit for it to be paid on"),
        ("Kent", "Authorities with a Safety Valve agreement (Kent) are dealt with apart"),
        ("Cumberland", "No DSG balance is held for Cumberland"),
    ],
)
def test_a_page_without_a_grant_says_why(results, name, why):
    assert why in results[name].sentences()["policy"]
    page = " ".join(
        [repr(headline(results[name])), repr(contents.balance_table(results[name]))]
    )
    assert "with the announced grant" not in page.casefold()


def test_the_headline_quotes_three_things_each_with_its_range(results):
    result = results["Somerset"]
    said, balance, beside = (
        result.sentence(),
        result.balance(),
        result.balance_with_grant(),
    )
    assert f"{millions(middle(balance, COUNTED))} on 31 March 2026" in said
    assert "On 31 March 2028, when the statutory override ends, it could stand at" in said
    assert f"{millions(middle(balance, OVERRIDE))} without the announced grant" in said
    assert f"at {millions(middle(beside, OVERRIDE))} with it" in said
    positions = result.money().set_index("year")["in_year_gbp_central"]
    for year in ("2026-27", "2027-28"):
        assert f"{millions(positions[year])} in {year}" in said
    # The yearly cost after the override is a row of the headline's table.
    cards = {card.label: card.figure for card in headline(result).cards}
    for year in ("2028-29", "2029-30"):
        label = f"In-year deficit, {year}, whoever carries it"
        assert cards[label] == millions(positions[year])
    assert said.count("8 in 10 futures: ") == 5
    # No balance of a later day is quoted.
    for year in ("2028-29", "2029-30"):
        assert millions(middle(balance, year)) not in said


def test_the_first_screen_says_when_its_grant_is_a_lower_bound(panel, results):
    """On the balance of all blocks it is one, on the own high needs balance it is not."""
    bound = "a lower bound where other blocks are in surplus"
    said = headline(results["Somerset"])
    assert bound in said.sentence
    details = {card.label.split(":")[0]: card.detail for card in said.cards}
    assert bound in details["Announced grant"]
    # In surplus as a whole, and so without a grant on the central path.
    assert "the high needs balance alone may be" in headline(results["Birmingham"]).sentence
    own = scenario(high_needs_balances_gbp={"933": -90_000_000.0})
    stated = hn.project(panel, "Somerset", own, **RUN)
    assert stated.grant_ground is Ground.OWN
    assert bound not in repr(headline(stated))


def pages_of(result):
    """What calls a figure a balance or a deficit: the headline, tiles, titles and alt."""
    chart = plot_balance(result)
    return [repr(headline(result)), chart.title, chart.alt.split("What follows")[0]]


@pytest.mark.parametrize("name", ["Somerset", "Kent", "Cumberland"])
def test_no_balance_after_the_override_is_called_an_authoritys(results, name):
    result = results[name]
    said = " ".join(pages_of(result))
    for year, day in (("2028-29", "31 March 2029"), ("2029-30", "31 March 2030")):
        assert millions(middle(result.balance(), year)) not in said
        assert day not in said
    rows = contents.balance_table(result).cells()
    beyond = [row for row in rows if re.search("20(29|30)", row[0])]
    assert [row[0].endswith(", whoever carries it") for row in beyond] == [True, True]
    measures = result.results().set_index("year")["measure"]
    assert "dsg_balance_gbp" not in set(measures["2028-29"])
    assert "cumulative_shortfall_gbp" in set(measures["2028-29"])
    assert "cumulative_shortfall_gbp" not in set(measures[OVERRIDE])


def test_a_scenario_may_say_that_the_override_goes_on(panel):
    trend = Scenario.load()
    goes_on = dataclasses.replace(
        trend, policies=trend.policies.model_copy(update={"override_ends": "2030-31"})
    )
    result = hn.project(panel, "Somerset", goes_on, **RUN)
    assert result.deficit_until == result.until
    stands = millions(middle(result.balance(), "2029-30"))
    assert f"On 31 March 2030, it could stand at {stands} without" in result.sentence()
    assert "whoever carries it" not in repr(contents.balance_table(result))
    assert (
        "ends on 31 March 2031 in this scenario, and not on 31 March 2028"
        in (result.sentences()["policy"])
    )


def test_england_and_a_region_add_up_the_grants_of_those_that_get_one(panel):
    names = ("Somerset", "Kent", "Cumberland", "Birmingham", "Devon", "Dorset")
    areas = [panel.area(name) for name in names]
    found = hn.project_nation(panel, areas=areas, **RUN)
    apart = [a.name for a in areas if has_agreement(panel, a)]
    for code, members in (("E92000001", areas), ("E12000009", [areas[0], *areas[4:]])):
        totals = found[code]
        each = [hn.project(panel, one, **RUN).futures.announced for one in members]
        np.testing.assert_allclose(totals.series["announced"], sum(each))
        # The central case adds up: each authority's nine tenths of its own deficit.
        pays = sum(hn.project(panel, one, **RUN).central.announced.sum() for one in members)
        beside = " ".join(totals_headline(totals).beside)
        assert f"it comes to £{pays / 1e6:,.1f}m" in beside
        # A tenth of what nine tenths were worked out on.
        assert f"leaves £{pays / 9e6:,.1f}m of their deficits" in beside
        mine = [name for name in apart if name in {one.name for one in members}]
        assert list(totals.with_agreement) == mine
        assert f"{len(mine)} authorit" in beside
        assert "31 March 2030" not in repr(totals_headline(totals))
        # On what terms, as on the page of one authority.
        shown = totals_headline(totals)
        assert shown.status.startswith("Scenario: The marked path (trend), a draft")
        assert f"Counted: {len(members)} authorities" in shown.status
        assert shown.mark == "Draft for discussion"
        for year in ("2026-27", "2027-28"):
            position = totals.ends("in_year", year)["central"]
            assert f"{millions(position)} in {year} (8 in 10" in shown.sentence
        said = repr(totals_table(totals))
        assert "Cumulative shortfall, whoever carries it  2029-30" in said
        assert "With the announced grant" in plot_totals(totals).alt


def test_every_page_sets_england_beside_what_is_published(panel, results):
    words = outlook_words()
    assert re.search("(steeper|milder) than|in line with|beyond a lower end", words)
    for result in results.values():
        assert words in repr(headline(result))
    totals = hn.project_nation(panel, areas=[panel.area("Somerset")], **RUN)["E12000009"]
    assert words in repr(totals_headline(totals))


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"Somersett": -1e6}, "No area is called 'Somersett'"),
        ({"South West": -1e6}, "'South West' is not how an authority is written"),
        ({"somerset": -1e6}, "or the name in full, such as 'Somerset'"),
        ({"Somerset": -1e6, "933": -1e6}, "'Somerset' and '933' are one"),
    ],
)
def test_an_own_balance_of_nobody_or_given_twice_is_refused(tmp_path, given, match):
    path = tmp_path / "mine.toml"
    lines = "\n".join(f'"{name}" = {value}' for name, value in given.items())
    path.write_text(
        'name = "mine"\ntitle = "Mine"\nextends = "trend"\n'
        f"[policies.stability_grant.high_needs_balances_gbp]\n{lines}\n",
        encoding="utf-8",
    )
    with pytest.raises(AssumptionError, match=match):
        Scenario.load(path)


def test_nothing_is_drawn_from_a_january_before_the_grant_was_announced(panel):
    result = hn.project(panel, "Somerset", origin=2023, **RUN)
    assert result.grant_ground is Ground.NOT_ANNOUNCED
    assert not result.futures.announced.any()
