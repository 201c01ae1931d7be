"""The registered analysis on the embedded record, run once.

Expected counts: the founding design page on the analysis, computed there from Ofsted's
published outcomes. No slope is pasted back here: what is tested is that the run is whole,
honest and repeatable.
"""

import re

import numpy as np
import pandas as pd
import pytest

from highneeds.answers.similar_areas import THIRDS, similar_areas
from highneeds.errors import ModelError, UsageError
from highneeds.inspections.after import after_written_statement
from highneeds.inspections.covariates import read_figures
from highneeds.inspections.link import inspection_link
from highneeds.inspections.outcome import fit_primary
from highneeds.inspections.preregistration import load_preregistration
from highneeds.inspections.resampling import Sampling, holm
from highneeds.inspections.sample import build_sample
from highneeds.inspections.timing import authority_terms
from highneeds.panel.panel import load_panel

BARRED = re.compile(r"predict|\bcaus|\bdriv|\bdrove", re.IGNORECASE)


@pytest.fixture(scope="module")
def panel():
    return load_panel()


@pytest.fixture(scope="module")
def plan():
    return load_preregistration()


@pytest.fixture(scope="module")
def progress():
    return []


@pytest.fixture(scope="module")
def link(panel, progress):
    return inspection_link(panel, workers=2, progress=progress.append)


def test_outcomes_by_year_and_region_are_those_published(link):
    years = link.tables["outcomes_2016_by_year"].table.set_index("year")["worst_pct"]
    # 25% in 2016, then 52, 59, 59, 57, 70 and 64% in 2022.
    assert [round(years[str(year)]) for year in range(2016, 2023)] == [
        25,
        52,
        59,
        59,
        57,
        70,
        64,
    ]
    regions = link.tables["outcomes_2016_by_region"].table.set_index("region")["worst_pct"]
    assert round(regions["London"]) == 33
    assert round(regions["East of England"]) == 82
    every = link.tables["outcomes_2023_by_year"].table.set_index("year").loc["all"]
    counts = [
        every[name] for name in ("typically positive", "inconsistent", "systemic failings")
    ]
    assert counts == [19, 53, 25]
    assert round(regions["all"]) == 55


def test_who_is_left_out_is_named_and_counted(link):
    for framework, total in (("2016", 151), ("2023", 97)):
        sample = link.fits[framework].sample
        assert len(sample.rows) + len(sample.left_out) == total
        assert (sample.left_out["reason"] != "").all()
        assert sample.pressure.notna().all(axis=None)
    tiny = link.fits["2016"].sample.left_out.set_index("la_name")["reason"]
    assert tiny["City of London"] == tiny["Isles of Scilly"] == "too few pupils for a rate"
    # Authorities formed in 2021 and 2023 have no three years of plans behind them.
    formed = link.fits["2023"].sample.left_out.set_index("la_name")["reason"]
    for name in ("North Northamptonshire", "West Northamptonshire", "Cumberland"):
        assert "growth of plans" in formed[name]


def test_no_figure_is_newer_than_the_inspection(panel, plan):
    for framework in ("2016", "2023"):
        sample = build_sample(panel, plan, framework, plan.covariates(framework))
        days = sample.rows["day"].to_numpy(dtype="datetime64[D]")
        for name in sample.names:
            figures = read_figures(panel, plan, name)
            rows = np.array([figures.codes[code] for code in sample.rows["la_code"]])
            used = sample.pressure[name].to_numpy()[:, None]
            usable = (figures.known[None, :] <= days[:, None]) & (
                figures.ends < days[:, None]
            )
            assert ((figures.numbers[rows] == used) & usable).any(axis=1).all()


def test_at_most_five_slopes_and_always_year_and_region(link):
    for fit in link.fits.values():
        design = fit.sample.design()
        assert design.slopes <= 5
        # Slopes, one year trend, eight of nine regions.
        assert design.x.shape[1] == design.slopes + 1 + 8


def test_the_family_of_both_frameworks_is_adjusted_together(link):
    tests = pd.concat([fit.table for fit in link.fits.values()])
    np.testing.assert_allclose(tests["p_adjusted"], holm(tests["p"].to_numpy()))
    np.testing.assert_allclose(tests["p"], tests[["p_signs", "p_permuted"]].max(axis=1))
    assert len(tests) == 9


def test_the_headline_says_what_the_tables_say(link):
    tests = pd.concat([fit.table for fit in link.fits.values()])
    none = not (tests["p_adjusted"] < 0.05).any()
    assert link.headline.startswith("No association was found") == none
    assert ("No skill is shown" in link.headline) == (not link.has_skill)
    changed = link.tables["left_out"].table["found"].any() != (not none)
    assert ("does not stay so" in link.headline) == changed
    for validation in link.validations.values():
        for _, row in validation.table.iterrows():
            low, high = (
                f"{row[f'brier_skill_{end}']:.2f}".replace("-", "−")
                for end in ("low", "high")
            )
            assert f"{low} to {high}" in link.headline


def test_no_sentence_goes_beyond_what_was_shown(link):
    said = [link.headline, *link.sentences()]
    said += [
        one for table in link.tables.values() for one in (table.title, *table.cautions)
    ]
    assert not link.has_skill
    assert [text for text in said if BARRED.search(text)] == []
    assert [text for text in said if re.search(r"  |[a-z)%][,;:][A-Za-z]", text)] == []


def test_every_table_ends_with_its_cautions(link):
    for table in link.tables.values():
        assert len(table.cautions) >= 3
        assert str(table).endswith(table.cautions[-1])
        assert str(table).startswith(table.title)
    fitted = " ".join(link.tables["outcome_model_2016"].cautions)
    for word in (
        "events for each of",
        "Left out",
        "authorities drawn again",
        "were fixed on",
    ):
        assert word in fitted


def test_no_table_names_an_area(link, panel):
    """Nothing can be ranked: no table of the analysis has a row of one authority."""
    names = {area.name for area in panel.geography.authorities()}
    codes = {area.la_code for area in panel.geography.authorities()}
    for table in link.tables.values():
        assert not {"la_code", "la_name", "area"} & set(table.table.columns), table.name
        texts = table.table.select_dtypes(exclude="number")
        cells = set(texts.astype(str).to_numpy().ravel())
        assert not cells & (names | codes), table.name


def test_there_are_at_least_24_specifications(link):
    curve = link.tables["specification_curve"].table
    assert curve["specification"].nunique() >= 24
    choices = ["outcome", "figures", "region", "growth"]
    assert curve.drop_duplicates([*choices, "covariate"]).shape[0] == len(curve)
    # They are the ones registered, no more and no fewer.
    registered = link.plan.terms["specifications"]
    for choice, name in zip(choices, ("frameworks", *choices[1:]), strict=True):
        assert set(curve[choice]) == set(registered[name])


def test_shuffled_figures_find_something_five_times_in_a_hundred_or_less(link):
    placebo = link.tables["placebo"].table.iloc[0]
    assert placebo["shuffles"] == 200
    assert placebo["with_a_finding"] <= 10


def test_leaving_out_each_region_and_the_pandemic_is_reported(link):
    left = link.tables["left_out"].table
    assert left["left_out"].nunique() == 9 + 1
    full = {name: len(fit.sample.rows) for name, fit in link.fits.items()}
    london = left[(left["left_out"] == "London") & (left["framework"] == "2016")]
    assert (london["inspections"] < full["2016"]).all()


def test_progress_is_told(progress, link):
    assert "bootstrap, 2016 framework: 2000 of 2000" in progress
    assert any(line.startswith("placebo: ") for line in progress)


def test_the_same_seed_gives_the_same_numbers_on_one_worker(panel, plan, link):
    again = fit_primary(panel, plan, Sampling(plan.rule("seed"), workers=1))
    for framework, fit in again.items():
        pd.testing.assert_frame_equal(
            fit.table, link.fits[framework].table, check_exact=True
        )


def test_another_seed_moves_intervals_little_and_estimates_not_at_all(panel, plan, link):
    other = fit_primary(panel, plan, Sampling(7, workers=2))["2016"].table
    mine = link.fits["2016"].table
    np.testing.assert_array_equal(other["odds_ratio"], mine["odds_ratio"])
    np.testing.assert_allclose(np.log(other["low"]), np.log(mine["low"]), atol=0.15)


def test_every_inspected_authority_is_at_risk_until_its_term(panel, plan):
    for framework in ("2016", "2023"):
        risk, _ = authority_terms(panel, plan, framework, ())
        assert risk.groupby("la_code")["inspected"].sum().max() == 1
        last = risk.sort_values("term").groupby("la_code").tail(1)
        inspected = set(risk.loc[risk["inspected"], "la_code"])
        assert set(last.loc[last["inspected"], "la_code"]) == inspected
        assert "201" not in set(risk["la_code"])


def test_the_reverse_question_has_two_answers_side_by_side(panel, plan):
    table = after_written_statement(panel, plan, Sampling(1, 2))
    assert set(table["year"]) <= set(range(-3, 5)) - {-1}
    assert table["compared_with"].nunique() == 2
    assert (table["low"] <= table["change"]).all()
    assert (table["change"] <= table["high"]).all()
    # 83 told to write one, 66 not (68 less the two tiny areas).
    plans = table[(table["measure"] == "plans") & (table["year"] == 1)]
    assert set(plans["required"]) == {83}
    assert set(plans["not_required"]) == {66}


def test_too_few_figures_are_refused(panel, plan):
    with pytest.raises(ModelError, match="at least 20 are needed"):
        build_sample(panel, plan, "2016", ["sen_suspension_rate"])


def test_similar_areas_are_counts_with_intervals(panel):
    found = similar_areas(panel, "Somerset")
    table = found.table
    sums = table.groupby(["framework", "measure"]).agg(
        counted=("count", "sum"), inspections=("inspections", "first")
    )
    assert (sums["counted"] == sums["inspections"]).all()
    assert table["third"].isin(THIRDS).all()
    assert (
        (table["low"] <= table["share_pct"]) & (table["share_pct"] <= table["high"])
    ).all()
    assert not {"la_code", "la_name"} & set(table.columns)
    assert not BARRED.search(found.sentence() + " ".join(found.cautions))
    assert "it gives no chance of an outcome for Somerset" in found.sentence()


def test_similar_areas_of_an_authority_with_gaps_and_of_a_region(panel):
    found = similar_areas(panel, "Cumberland")
    assert "growth of plans over three years" in " ".join(found.cautions)
    assert "growth of plans over three years" not in set(found.table["measure"])
    with pytest.raises(UsageError, match="not an authority"):
        similar_areas(panel, "London")


def test_thirds_hold_a_third_of_authorities(panel):
    """Every authority stands in one third, and the three are of like size."""
    codes = [area.la_code for area in panel.geography.authorities(2025)]
    thirds = [
        similar_areas(panel, code).table.query("measure == 'plans issued within 20 weeks'")
        for code in codes[::4]
    ]
    counts = pd.Series([one["third"].iloc[0] for one in thirds if len(one)]).value_counts()
    assert set(counts.index) == set(THIRDS)
    assert counts.min() >= 5
