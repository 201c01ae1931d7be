"""Which figure was known on a day, and what a change of authority leaves without one."""

import numpy as np
import pandas as pd
import pytest

from highneeds.errors import AssumptionError, UsageError
from highneeds.inspections.covariates import Figures, covariate
from highneeds.inspections.outcome import e_value, minimum_detectable
from highneeds.inspections.preregistration import load_preregistration


def figures(stale_months: int = 36) -> Figures:
    """Three calendar years, each known seven months after its end."""
    ends = np.array(["2016-12-31", "2017-12-31", "2018-12-31"], dtype="datetime64[D]")
    return Figures(
        codes={"201": 0, "202": 1},
        labels=("2016", "2017", "2018"),
        numbers=np.array([[10.0, 20.0, 30.0], [1.0, np.nan, 3.0]]),
        begins=np.array(["2016-01-01", "2017-01-01", "2018-01-01"], dtype="datetime64[D]"),
        ends=ends,
        known=np.array(["2017-07-31", "2018-07-31", "2019-07-31"], dtype="datetime64[D]"),
        stale_months=stale_months,
    )


def on(*days: str) -> pd.Series:
    return pd.Series(pd.to_datetime(list(days)))


def test_the_last_figure_known_on_the_day_is_taken():
    days = on("2018-07-30", "2018-07-31", "2019-07-31", "2017-07-30")
    found = figures().before(["201"] * 4, days)
    np.testing.assert_array_equal(found, [10, 20, 30, np.nan])


def test_a_missing_figure_falls_back_to_one_not_yet_stale():
    # 2017 is missing for 202. The year 2016 ended 24 months before the end of 2018.
    days = on("2018-12-31")
    np.testing.assert_array_equal(figures().before(["202"], days), [1])
    np.testing.assert_array_equal(figures(23).before(["202"], days), [np.nan])


def test_a_year_older_is_what_was_known_a_year_before():
    days = on("2019-08-01")
    np.testing.assert_array_equal(figures().before(["201"], days, years_older=1), [20])


def test_an_unknown_authority_has_no_figure():
    np.testing.assert_array_equal(figures().before(["999"], on("2019-08-01")), [np.nan])


def test_the_first_figure_of_a_period_begun_after_the_day():
    days = on("2016-12-31", "2017-01-01", "2018-01-01")
    np.testing.assert_array_equal(figures().after(["201"] * 3, days), [20, 30, np.nan])


def test_an_unknown_covariate_is_refused():
    with pytest.raises(UsageError, match="plan_growth"):
        covariate("deficit_per_head")


def test_the_plan_is_the_one_registered(tmp_path):
    plan = load_preregistration()
    assert str(plan.registered) == "2026-11-21"
    assert len(plan.covariates("2016")) <= plan.rule("max_slopes")
    assert len(plan.covariates("2023")) <= plan.rule("max_slopes")
    for framework in ("2016", "2023"):
        for role in ("primary", "exploratory"):
            assert all(covariate(name) for name in plan.covariates(framework, role))


def test_a_changed_plan_is_refused(tmp_path):
    from highneeds import home

    shipped = home.data_dir() / "preregistration" / "inspection_link.toml"
    changed = tmp_path / "inspection_link.toml"
    changed.write_bytes(shipped.read_bytes().replace(b"alpha = 0.05", b"alpha = 0.10"))
    with pytest.raises(AssumptionError, match="not the one registered"):
        load_preregistration(changed)
    with pytest.raises(AssumptionError, match="is missing"):
        load_preregistration(tmp_path / "none.toml")


def test_the_line_ends_of_a_checkout_do_not_matter(tmp_path):
    from highneeds import home

    shipped = home.data_dir() / "preregistration" / "inspection_link.toml"
    windows = tmp_path / "inspection_link.toml"
    windows.write_bytes(shipped.read_bytes().replace(b"\n", b"\r\n"))
    assert load_preregistration(windows) == load_preregistration()


def test_the_smallest_odds_ratio_that_would_be_found():
    # The design page: about 1.6 at 149 inspections and a share of 55%; 1.9 at 97, 26%.
    assert round(minimum_detectable(149, 0.55), 1) == 1.6
    assert round(minimum_detectable(97, 25 / 97), 1) == 1.9


def test_e_value_by_hand():
    # An odds ratio of 4 is a risk ratio of 2: 2 + √(2 · 1) = 3.41; its inverse likewise.
    assert e_value(4.0) == pytest.approx(2 + 2**0.5)
    assert e_value(0.25) == pytest.approx(2 + 2**0.5)
    assert e_value(1.0) == 1.0
