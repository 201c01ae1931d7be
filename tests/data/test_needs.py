"""Plans by primary need: published in January 2025, then adding up to all plans."""

import numpy as np
import pytest

import highneeds as hn
from highneeds.answers.needs import (
    NEEDS,
    need_shares,
    plans_by_need,
    published_needs,
)
from highneeds.errors import ModelError
from highneeds.model.quantiles import FIGURES
from highneeds.panel.panel import Panel
from highneeds.record.cells import MODEL_PLACEMENTS
from highneeds.record.opening import area_record
from highneeds.report.tables import Table, Words
from highneeds.report.wording import NEED_NAMES

# England, January 2025, as the department publishes them.
ENGLAND = {
    "asd": 201_183,
    "semh": 132_218,
    "slcn": 135_835,
    "mld": 67_861,
    "sld": 25_025,
    "spld": 15_030,
    "pd": 24_897,
    "pmld": 8_577,
    "hi": 8_765,
    "vi": 5_280,
    "msi": 1_692,
    "oth": 7_512,
    "unknown": 4_870,
}


@pytest.fixture(scope="module")
def panel():
    return hn.load_panel()


@pytest.fixture(scope="module")
def somerset(panel):
    return hn.project(panel, "Somerset", draws=300, seed=4)


def counts(panel, area):
    """Plans by need and placement, as published."""
    rows = panel.table(
        "ehc_plans", areas=[area], years=["2025"], breakdowns=["need_by_placement"]
    ).set_index("breakdown")["value"]
    return np.array([[rows[f"{n}|{p}"] for p in MODEL_PLACEMENTS] for n in NEEDS])


def january_2025(panel, area):
    """Plans by placement of the last January with needs, a year before the base census."""
    return area_record(panel, area).stock_before[-1]


def shares_of(panel, area):
    plans = january_2025(panel, panel.area(area))
    found = need_shares(
        published_needs(panel, area), counts(panel, area), counts(panel, "England"), plans
    )
    return found, plans


def test_few_plans_are_pooled_with_twenty_of_englands():
    # Ten plans of the first need in the first placement, none in the second. England: 3/4
    # and 1/4, 1/5 and 4/5. So (10 + 15, 0 + 5) of 30, and England's 4 and 16 of 20.
    own = np.array([[10.0, 0.0], [0.0, 0.0]])
    england = np.array([[300.0, 20.0], [100.0, 80.0]])
    plans = np.array([30.0, 10.0])
    needs = np.array([25.0 + 2.0, 5.0 + 8.0])
    found = need_shares(needs, own, england, plans)
    np.testing.assert_allclose(found, [[25 / 30, 4 / 20], [5 / 30, 16 / 20]])


def test_shares_are_moved_to_the_published_needs_and_no_further_than_odds():
    own = np.array([[60.0, 10.0], [20.0, 30.0]])
    plans = np.array([100.0, 50.0])
    needs = np.array([100.0, 50.0])
    found = need_shares(needs, own, own, plans)
    np.testing.assert_allclose(found.sum(axis=0), 1)
    np.testing.assert_allclose(found @ plans, needs)
    # What is least changed keeps the ratio of odds: (60 × 30) / (10 × 20) = 9.
    assert found[0, 0] * found[1, 1] / (found[0, 1] * found[1, 0]) == pytest.approx(9)


def test_a_need_that_nobody_has_stays_none():
    own = np.array([[60.0, 10.0], [20.0, 30.0], [0.0, 0.0]])
    england = own + np.array([[0.0], [0.0], [10.0]])
    found = need_shares(np.array([80.0, 40.0, 0.0]), own, england, np.array([80.0, 40.0]))
    np.testing.assert_array_equal(found[2], 0)


def test_needs_that_cannot_fit_are_refused():
    # One plan in the second placement cannot hold 50 of a need that the first never has.
    never = np.array([[10.0, 1.0], [0.0, 1.0]])
    with pytest.raises(ModelError, match="do not fit together"):
        need_shares(np.array([50.0, 50.0]), never, never, np.array([99.0, 1.0]))


def test_every_authoritys_shares_give_its_published_needs_and_add_up_to_england(panel):
    england, together = counts(panel, "England"), np.zeros(len(NEEDS))
    published = panel.table(
        "ehc_plans", years=["2025"], breakdowns=["need", "need_by_placement"]
    ).set_index(["la_code", "breakdown"])["value"]
    for area in panel.geography.authorities(2025):
        rows = published[area.la_code]
        own = [[rows.get(f"{n}|{p}", 0.0) for p in MODEL_PLACEMENTS] for n in NEEDS]
        plans = january_2025(panel, area)
        needs = rows[list(NEEDS)].to_numpy()
        # Newham's count of January 2025 is false and estimated, its needs in proportion.
        as_published = needs.sum() / plans.sum()
        assert as_published == pytest.approx(1) or area.name == "Newham"
        found = need_shares(needs, np.nan_to_num(own), england, plans)
        assert (found >= 0).all()
        np.testing.assert_allclose(found.sum(axis=0), 1)
        given = found @ plans * as_published
        np.testing.assert_allclose(given, needs, rtol=1e-6, atol=1e-6)
        together += given
    assert list(ENGLAND) == list(NEEDS)
    np.testing.assert_allclose(together, list(ENGLAND.values()), rtol=1e-6)
    assert together.sum() == pytest.approx(638_745)


def test_large_placements_keep_nearly_the_shares_published(panel):
    # Somerset, as published: what 20 plans and the unrecorded ones move is little.
    found, _ = shares_of(panel, "Somerset")
    own = counts(panel, "Somerset")
    large = own.sum(axis=0) > 400
    assert large.sum() >= 3
    np.testing.assert_allclose(
        found[:, large], (own / own.sum(axis=0))[:, large], atol=0.01
    )


def test_needs_add_up_to_all_plans_in_every_future(panel, somerset):
    shares, _ = shares_of(panel, "Somerset")
    stock = somerset.futures.stock.sum(axis=1)
    by_need = np.einsum("np,tpd->tnd", shares, stock)
    np.testing.assert_allclose(by_need.sum(axis=1), stock.sum(axis=1))
    table = plans_by_need(somerset).set_index(["year", "need"])
    for place, year in ((0, "2026"), (4, "2030")):
        for name, row in zip(NEEDS, by_need[place], strict=True):
            assert table.loc[(year, name), "mean"] == pytest.approx(row.mean())
            assert table.loc[(year, name), "p90"] == pytest.approx(np.quantile(row, 0.9))
        whole = {"mean": stock[place].sum(axis=0).mean()}
        whole["central"] = somerset.plans().set_index("year").loc[year, "central"]
        for name, plans in whole.items():
            parts = table.loc[year].drop(index="all")[name].sum()
            assert parts == pytest.approx(table.loc[(year, "all"), name])
            assert parts == pytest.approx(plans)


def test_the_published_january_stands_as_published(panel, somerset):
    table = plans_by_need(somerset)
    first = table[table["year"] == "2025"].set_index("need")
    for name in NEEDS:
        published = panel.figure("ehc_plans", "Somerset", "2025", f"need/{name}").value
        assert (first.loc[name, list(FIGURES)] == published).all()
        assert first.loc[name, "status"] == "observed"
    assert first.loc["all", "mean"] == 5725


def test_no_draw_and_no_other_result_moves(panel, somerset):
    before = somerset.results()
    plans_by_need(somerset)
    assert before.equals(somerset.results())
    assert "need" not in before.columns


def test_a_need_without_a_figure_is_no_nought(panel, somerset, monkeypatch):
    real = Panel.table

    def without(self, *measures, **chosen):
        rows = real(self, *measures, **chosen)
        return rows.mask(rows["breakdown"] == "msi") if len(rows) else rows

    monkeypatch.setattr(Panel, "table", without)
    with pytest.raises(ModelError, match=r"January 2025 are not published for Somerset"):
        plans_by_need(somerset)
    shown = hn.report.needs_table(somerset)
    assert isinstance(shown, Words)
    assert "not published" in shown.sentences[0]


def test_the_table_names_each_need_in_whole_plans(somerset):
    table = hn.report.needs_table(somerset)
    assert isinstance(table, Table)
    rows = {name: rest for name, *rest in table.cells()}
    assert list(rows) == [NEED_NAMES[name] for name in (*NEEDS, "all")]
    # Two plans in January 2025, as published. All plans grow by half or so, and so do
    # these: three, in whole plans.
    assert rows["Multi-sensory impairment"][:2] == ["2", "3"]
    on_sheet = table.frame.drop(columns=["name", "range"]).astype(float)
    assert (on_sheet == on_sheet.round()).all(axis=None)
    assert rows["All plans"][0] == "5,725"
    assert any("no trend in needs is known" in note for note in table.notes)
