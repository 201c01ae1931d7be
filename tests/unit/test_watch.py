"""The year watched on made-up forecasts: every expected figure is worked out here."""

from types import SimpleNamespace

import numpy as np
import pytest

from highneeds.answers.drift import Months, scores
from highneeds.answers.ledger import Ledger, ledger_of, month_of
from highneeds.answers.made_up import Case, simulated_years
from highneeds.answers.monitor_trials import cases, seen_through
from highneeds.answers.outturn import outturn
from highneeds.answers.watch import Watched
from highneeds.answers.watch_rule import watch_rule
from highneeds.answers.year_forecast import Driver, YearForecast
from highneeds.errors import UsageError
from highneeds.geography import Geography
from highneeds.own.figures import OwnFigure, OwnFigures
from highneeds.own.measures import PROVISIONS
from highneeds.periods import FinancialYear

RULE = watch_rule()
EVEN = np.arange(1, 13) / 12
YEAR = FinancialYear.parse("2026-27")
TENTH = 1.2815515655446004
# Of a county, in £ million: one large provision, a few small ones.
SIZES = np.array([60, 10, 160, 119, 16, 27, 16, 25, 6, 18]) * 1e6


def forecast(central, futures, **more):
    given = {
        "share": EVEN,
        "coverage": "all_places",
        "direct_gbp": 0.0,
        "block_gbp": float("nan"),
        "drivers": {},
    }
    names = tuple(PROVISIONS)[: len(central)]
    return YearForecast(
        YEAR, names, np.array(central, float), np.array(futures, float), **(given | more)
    )


def ledger(months, before=None, **to_date):
    return Ledger(YEAR, months, to_date, before or {}, "all_places")


def own(*figures, area="Kent"):
    made = [OwnFigure("ledger_gbp", at, value, part) for at, value, part in figures]
    return OwnFigures(Geography.load().find(area), tuple(made), "own.csv", "0" * 64)


# The ledger ----------------------------------------------------------------------------


def test_a_month_is_placed_in_its_financial_year():
    assert month_of("2026-04") == (YEAR, 1)
    assert month_of("2027-03") == (YEAR, 12)
    with pytest.raises(UsageError, match="as YYYY-MM"):
        month_of("2026-13")


def test_the_latest_year_is_taken_to_the_month_asked_for():
    found = own(
        ("2026-03", 90.0, "total/total"),
        *((f"2026-{month:02d}", float(month), "provision/inmss") for month in range(4, 11)),
    )
    whole = ledger_of(found)
    assert (whole.year, whole.months) == (YEAR, 7)
    assert whole.before == {"total": {12: 90.0}}
    for asked in ("June", "P3", "p03", "2026-06"):
        assert ledger_of(found, asked).to_date == {"inmss": {1: 4.0, 2: 5.0, 3: 6.0}}


@pytest.mark.parametrize(
    ("figures", "month", "said"),
    [
        ([], "", "holds no ledger of Kent"),
        ([("2026-04", 5.0, "total/total")], "May", "to April. Expected a month from April"),
        ([("2026-04", 5.0, "total/total")], "P2", "to April. Expected a month from April"),
        ([("2026-04", -5.0, "provision/inmss")], "", "is no spending to date"),
        (
            [("2026-04", 5.0, "total/total"), ("2026-04", 15.0, "provision/inmss")],
            "",
            "provisions come to £15.00 and the total to £5.00",
        ),
    ],
)
def test_what_is_no_ledger_is_refused(figures, month, said):
    with pytest.raises(UsageError, match=said):
        ledger_of(own(*figures), month)


# Distance from forecast ------------------------------------------------------------------


def test_the_distance_is_in_standard_errors_of_the_months_so_far():
    # Three months of £10 each, swing 12%: £33 was spent. One entry, so nothing is learnt
    # of the swing: t has 24 degrees of freedom, and z is a little nearer to 0 than t.
    months = Months(
        share=np.array([[0, 0, 3 / 12] + [0] * 9]),
        squares=np.array([[0, 0, 3 / 144] + [0] * 9]),
        forecast=np.array([120.0]),
        swing=np.array([0.12]),
    )
    spent = np.array([[0.0, 0.0, 33.0] + [0.0] * 9])
    found = scores(spent, months, RULE)
    t = 3.0 / (120.0 * 0.12 * np.sqrt(3 / 144))
    assert found.scatter == 1.0
    assert 0.9 * t < found.total < t
    assert found.groups[0] == found.total


def test_months_that_swing_more_than_assumed_are_believed_less():
    steady = np.array([[11.0] * 6 + [0.0] * 6])
    restless = np.array([[6.0, 16.0] * 3 + [0.0] * 6])
    there = np.array([[1 / 12] * 6 + [0.0] * 6])
    months = Months(there, there**2, np.array([120.0]), np.array([0.12]))
    calm, wild = scores(steady, months, RULE), scores(restless, months, RULE)
    assert steady.sum() == restless.sum()
    assert calm.total > wild.total > 0
    # 24 months of the assumed swing and five of none; then five of (5/10 ÷ 0.12)² each,
    # six months about their own mean.
    assert calm.scatter == pytest.approx(24 / 29)
    assert wild.scatter == pytest.approx((24 + 6 * (0.5 / 0.12) ** 2) / 29)


# The revised outturn ---------------------------------------------------------------------


def futures_of(central, sd, draws=4000):
    rng = np.random.default_rng(1)
    return np.array(central)[:, None] * (
        1 + sd * rng.standard_normal((len(central), draws))
    )


def test_one_provision_is_revised_as_a_forecast_and_a_measurement_are_weighed():
    plan = forecast([120.0e6], futures_of([120.0e6], 0.05))
    found = outturn(plan, ledger(6, mainstream_top_up={6: 66.0e6}))
    prior = float(np.cov(plan.futures))
    noise = (120.0e6 * 0.12) ** 2 * 6 / 144  # six months, each a twelfth of the year
    # 66 = half of the year and an error: the best guess of the year between 120 and 132.
    gain = 0.5 * prior / (0.25 * prior + noise)
    year = 120.0e6 + gain * (66.0e6 - 60.0e6)
    left = prior - gain * 0.5 * prior
    low, middle, high = found.range_of(found.whole)
    assert middle == pytest.approx(66.0e6 + year / 2)
    sd = np.sqrt(left / 4 + noise)
    assert (high - middle, middle - low) == pytest.approx((TENTH * sd, TENTH * sd))


@pytest.fixture(scope="module")
def county():
    """Ten provisions with a swing of their own each and one in common."""
    rng = np.random.default_rng(3)
    own_swing = 0.04 * rng.standard_normal((10, 2000))
    common = 0.04 * rng.standard_normal(2000)
    drivers = {
        "common": Driver("A price", "share", 0.0, common),
        "other": Driver("Nothing to do with it", "share", 0.0, rng.standard_normal(2000)),
    }
    return forecast(SIZES, SIZES[:, None] * (1 + own_swing + common), drivers=drivers)


def year_of(county, factor=1.0, months=12):
    spent = county.central[:, None] * factor * county.share[:months]
    return {
        name: dict(enumerate(map(float, row), start=1))
        for name, row in zip(county.provisions, spent, strict=True)
    }


def test_the_range_narrows_month_by_month_and_closes_in_march(county):
    book = ledger(12, **year_of(county, 1.05))
    widths, middles = [], []
    for month in range(1, 13):
        low, middle, high = (found := outturn(county, book.at(month))).range_of(found.whole)
        widths.append(high - low)
        middles.append(middle)
    assert all(np.diff(widths) < 0)
    assert widths[-1] == pytest.approx(0.0, abs=1.0)
    assert middles[-1] == pytest.approx(1.05 * SIZES.sum())
    assert all(np.diff(middles) > 0)


def test_provisions_add_up_to_the_total_however_much_is_told_apart(county):
    whole = {m: 1.03 * SIZES.sum() * m / 12 for m in range(1, 6)}
    some_of = {name: year_of(county, months=5)[name] for name in ("inmss", "therapies")}
    for given in ({"total": whole}, {"total": whole, **some_of}, some_of):
        found = outturn(county, ledger(5, **given))
        parts = [found.range_of(row)[1] for row in np.eye(10)]
        assert sum(parts) == pytest.approx(found.range_of(found.whole)[1])


def test_a_provision_the_ledger_is_silent_on_moves_with_what_it_shares(county):
    silent = year_of(county, 1.10, months=6)
    del silent["inmss"]
    found = outturn(county, ledger(6, **silent))
    place = county.provisions.index("inmss")
    assert found.range_of(np.eye(10)[place])[1] > 1.02 * SIZES[place]


def test_the_driver_that_spending_follows_is_the_one_that_is_moved(county):
    found = outturn(county, ledger(6, **year_of(county, 1.08, months=6)))
    shifts = found.shifts()
    assert shifts["common"][0] > 1.0
    assert abs(shifts["other"][0]) < 0.25


def test_a_ledger_with_last_years_months_is_phased_as_they_were(county):
    # Nothing in April, two months' worth in May, every other month even.
    lumpy = np.array([0.5, *range(2, 13)]) / 12
    names = county.provisions
    before = {
        name: dict(enumerate(map(float, row), start=1))
        for name, row in zip(names, SIZES[:, None] * lumpy, strict=True)
    }
    spent = {name: {1: size * 0.5 / 12} for name, size in zip(names, SIZES, strict=True)}
    assert outturn(county, ledger(1, **spent)).alert == "below"
    assert outturn(county, ledger(1, before, **spent)).alert == ""


def test_spending_where_none_is_forecast_is_named(county):
    central = SIZES.copy()
    central[4] = 0.0
    none = forecast(central, central[:, None] * np.ones((10, 50)) + np.zeros((10, 50)))
    spent = year_of(county, months=3)
    found = outturn(none, ledger(3, **spent))
    assert found.flags == {"alternative_provision": "above"}
    assert found.range_of(np.eye(10)[4])[1] >= spent["alternative_provision"][3]


# Alerts on simulated years ---------------------------------------------------------------


def found_by(county, case, month=12):
    rng = np.random.default_rng(5)
    spent = simulated_years(county, case, RULE, rng, 600)
    alerts, flags = seen_through(county, spent, case, RULE)
    return (alerts[:, :month] > 0).any(axis=1).mean(), (alerts != 0).any(), flags


def test_more_drift_is_found_in_more_years_and_none_in_few(county):
    none, _, _ = found_by(county, Case("none", ""))
    small, _, _ = found_by(county, Case("small", "", 0.03), month=9)
    large, _, _ = found_by(county, Case("large", "", 0.10), month=9)
    assert none < 0.10
    assert none < small < large
    assert large > 0.95


def test_a_case_is_what_its_words_say(county):
    rng = np.random.default_rng(0)
    quiet = [
        simulated_years(county, case, RULE, rng, 2)
        for case in (
            Case("a", "", 0.05, swing=0.0),
            Case("b", "", 0.05, begins=5, swing=0.0),
            Case("c", "", 0.05, only="inmss", swing=0.0),
            Case("d", "", late=0.4, swing=0.0),
        )
    ]
    for spent in quiet[:3]:
        assert spent.sum(axis=(1, 2)) == pytest.approx(1.05 * SIZES.sum())
    assert quiet[1][..., :5].sum() == pytest.approx(2 * SIZES.sum() * 5 / 12)
    assert quiet[2][:, 0].sum() == pytest.approx(2 * SIZES[0])
    assert quiet[3].sum(axis=(1, 2)) == pytest.approx(SIZES.sum())
    assert (quiet[3][:, :, 0] < SIZES / 12).all()


def test_the_limits_are_about_the_first_two_cases():
    first, second, *_ = cases(RULE)
    assert (first.drift, second.drift) == (0.0, RULE.limits.drift)
    assert (first.swing, second.swing, second.begins) == (1.0, 1.0, 0)


# What changed ----------------------------------------------------------------------------


def watched(county, book):
    result = SimpleNamespace(area=Geography.load().find("Kent"))
    return Watched(result, outturn(county, book))


def test_a_later_run_says_what_was_restated_and_what_moved(county):
    then = watched(county, ledger(5, **year_of(county, months=5)))
    later = year_of(county, 1.04, months=6)
    later["inmss"][5] += 1e6
    now = watched(county, ledger(6, **later))
    found = now.changes(then.record()).set_index("key")
    was = 119e6 * 5 / 12
    assert found.loc["inmss", "to_date_then_gbp"] == pytest.approx(was)
    assert found.loc["inmss", "restated_gbp"] == pytest.approx(0.04 * was + 1e6)
    assert found.loc["therapies", "restated_gbp"] == pytest.approx(0.04 * 6e6 * 5 / 12)
    moved = found["outturn_now_gbp"] - found["outturn_then_gbp"]
    assert (moved > 0).all()
    parts = found.loc[list(county.provisions)]
    assert parts["restated_gbp"].sum() == pytest.approx(found.loc["whole", "restated_gbp"])


def test_the_sentence_says_alert_only_beyond_the_bound(county):
    calm = watched(county, ledger(6, **year_of(county, 1.001, months=6)))
    wild = watched(county, ledger(6, **year_of(county, 1.2, months=6)))
    assert "ALERT" not in calm.sentence
    assert wild.sentence.startswith("ALERT. Kent spent £274.2m to the end of September")
    assert "“A price”" in wild.sentence
