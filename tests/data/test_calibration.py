"""The model against what is published: outturns met, national totals plausible."""

import numpy as np
import pytest

import highneeds as hn
from highneeds.model.plans import step_plans
from highneeds.panel.unbroken import unbroken_areas
from highneeds.periods import FinancialYear
from highneeds.record.england import national_rates, share_out_unknown, stock_by_age
from highneeds.record.spread import spreads

DRAWS = 60


@pytest.fixture(scope="module")
def panel():
    return hn.load_panel()


@pytest.fixture(scope="module")
def every_authority(panel):
    return [
        hn.project(panel, area, draws=DRAWS, seed=5)
        for area in panel.geography.authorities(2025)
    ]


def test_all_153_authorities_run(every_authority):
    assert len(every_authority) == 153
    for result in every_authority:
        assert np.isfinite(result.futures.stock).all()
        assert (result.futures.stock >= 0).all()
        assert np.isfinite(result.futures.spending).all()


def test_base_year_spending_less_places_is_each_authoritys_outturn(panel, every_authority):
    outturn = panel.matrix("s251_high_needs_net_gbp")["2024-25"]
    for result in every_authority:
        places = result.futures.spending[0] - outturn[result.area.la_code]
        money = result.record.money
        level = result.scenario.assumptions["maintained_place_funding_level"].draw(
            "maintained_place_funding_level", seed=5, draws=DRAWS, area=result.area.la_code
        )
        expected = money.places_gbp * level
        if money.has_block:
            growth = result.scenario.assumptions["block_growth.2024-25"].draw(
                "block_growth.2024-25", seed=5, draws=DRAWS
            )
            before, after = money.block_before, money.block_after
            direct = before["2023-24"] - after["2023-24"]
            if "2024-25" in after:  # stated after deductions
                direct, growth = before["2024-25"] - after["2024-25"], 0.0
            elif money.block_status.get("2024-25") == "reported":
                growth = before["2024-25"] / before["2023-24"] - 1
            expected = expected + direct * (1 + growth)
        np.testing.assert_allclose(places, expected, rtol=1e-9, atol=0.01)


def test_opening_plans_are_the_published_total(panel, every_authority):
    published = panel.matrix("ehc_plans")["2026"]
    for result in every_authority:
        assert result.record.stock.sum() == pytest.approx(published[result.area.la_code])
    assert sum(r.record.stock.sum() for r in every_authority) == pytest.approx(718_838)


def test_england_carried_one_year_is_england_a_year_later(panel):
    rates = national_rates(panel)
    opening, closing = (
        share_out_unknown(
            np.nan_to_num(stock_by_age(panel, "ehc_plans", january)["E92000001"])
        )
        for january in ("2025", "2026")
    )
    # Newham's 1,199 of January 2025 cannot be right: 3,023.0 in their place.
    opening *= (638_745 + 3_023.0 - 1_199) / opening.sum()
    people = rates.population
    for _ in range(2):  # of mid-2023, to mid-2025
        people = np.concatenate([people[:1], people[:-1]])
    joining = (rates.joining_per_person * people)[:, None] * rates.joining_mix
    carried, ended = step_plans(
        opening[:, :, None],
        exit_rate=rates.exit_rate[:, None],
        moves=rates.moves,
        joining=joining[:, :, None],
    )
    # Published: 638,745 plans in January 2025, 50,346 ceased in 2025, 718,838 a year later.
    assert ended[0] == pytest.approx(50_346, abs=1)
    assert carried.sum() == pytest.approx(718_838, rel=0.001)
    np.testing.assert_allclose(
        carried.sum(axis=(1, 2)), closing.sum(axis=1), rtol=0.002, atol=10
    )


def test_national_spending_is_near_the_published_total(every_authority):
    # About £12.2bn in 2024-25 (County Councils Network and Isos, November 2025).
    total = sum(result.futures.spending[0].mean() for result in every_authority)
    assert total == pytest.approx(12.2e9, rel=0.05)


def test_independent_placements_cost_about_the_published_amount(every_authority):
    # £2.1bn in 2024-25, before an authority's own level of cost: placements × £63,000.
    placements = sum(
        record.stock_before[0, 2] * 5 / 12 + record.stock_before[1, 2] * 7 / 12
        for record in (result.record for result in every_authority)
    )
    assert placements * 63_000 == pytest.approx(2.1e9, rel=0.05)


def test_national_gap_in_the_base_year_is_near_the_published_one(every_authority):
    # In-year gap of about £2bn (County Councils Network and Isos, November 2025).
    gap = sum(
        (result.futures.block[0] - result.futures.spending[0]).mean()
        for result in every_authority
        if result.has_money
    )
    assert -2.4e9 < gap < -1.6e9


def test_spreads_are_estimated_and_plausible(panel):
    found = spreads(panel)
    # An independent reckoning of one spread: England's spending per plan, year by year over
    # the areas with both, about the 3% that prices are assumed to grow by.
    areas = unbroken_areas(panel)
    codes = [area.la_code for area in areas.fitted]
    plans = areas.panel.matrix("ehc_plans").loc[codes]
    spent = areas.panel.matrix("s251_high_needs_net_gbp").loc[codes]
    changes = []
    for end in range(2019, 2026):
        sums = []
        years = [FinancialYear(end - 1).label, FinancialYear(end).label]
        both = spent[years].notna().all(axis=1)
        for year, last in zip(years, (end - 1, end), strict=True):
            paid = plans[str(last - 1)] * 5 / 12 + plans[str(last)] * 7 / 12
            sums.append(spent.loc[both, year].sum() / paid[both].sum())
        changes.append(np.log(sums[1] / sums[0]) - np.log(1.03))
    assert found.price_national == pytest.approx(np.sqrt(np.mean(np.square(changes))))
    for name in ("block_local", "price_local", "unexplained_local"):
        assert 0 < getattr(found, name) < 0.5
    # Yearly steps: variances of the carries over one to four years, over 1 + 2 + 3 + 4.
    variances = sum(sd**2 for _, _, sd in found.carries)
    assert found.unexplained_local == pytest.approx(np.sqrt(variances / 10))


def test_an_area_that_is_no_authority_is_refused(panel):
    from highneeds.errors import ModelError

    with pytest.raises(ModelError, match="not a local authority"):
        hn.project(panel, "South West", draws=10)
    with pytest.raises(ModelError, match=r"abolished .* Cumberland .*Westmorland"):
        hn.project(panel, "Cumbria", draws=10)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"until": "2024-25"}, "out of range"),
        ({"until": "2050-51"}, "2039-40"),
        ({"draws": 0}, "draws 0"),
    ],
)
def test_settings_out_of_range_are_refused(panel, options, words):
    from highneeds.errors import ModelError

    with pytest.raises(ModelError, match=words):
        hn.project(panel, "Somerset", **options)


def test_the_record_closes_where_every_part_is_published(panel):
    # Somerset 2021-22, every figure as published (£): block after deductions, section 251
    # net, maintained places, balances at March 2021 and 2022.
    table = hn.project(panel, "Somerset", draws=10).closure().set_index("year")
    row = table.loc["2021-22"]
    assert row.residual_gbp == pytest.approx(
        row.published_change_gbp - (row.block_after_gbp - row.spending_gbp)
    )
    assert len(table) == 2
