"""The likelihoods against arithmetic, a numerical maximum and another implementation."""

import numpy as np
import pytest
from scipy.optimize import minimize

from highneeds.inspections.models import FirthLogit, OrderedLogit, is_separated

SEPARATED = np.arange(10.0)[:, None] - 4.5


@pytest.fixture(scope="module")
def sample():
    generator = np.random.default_rng(7)
    x = generator.normal(size=(120, 4))
    eta = x @ np.array([0.8, -0.4, 0.0, 0.2])
    latent = eta + generator.logistic(size=120)
    return x, (latent > 0).astype(float), np.digitize(latent, [-1.0, 1.0]).astype(float)


def test_firth_of_a_two_by_two_table_adds_a_half_to_every_cell():
    # Exposed 8 of 10, not exposed 3 of 12. Jeffreys' prior on a saturated logit adds a half
    # to each cell: log(8.5/2.5) - log(3.5/9.5).
    exposed = np.repeat([1.0, 1.0, 0.0, 0.0], [8, 2, 3, 9])
    event = np.repeat([1.0, 0.0, 1.0, 0.0], [8, 2, 3, 9])
    fit = FirthLogit().fit(exposed[:, None], event)
    expected = np.log(8.5 / 2.5) - np.log(3.5 / 9.5)
    np.testing.assert_allclose(fit.slopes[0, 0], expected, atol=1e-8)
    np.testing.assert_allclose(fit.constants[0, 0], np.log(3.5 / 9.5), atol=1e-8)


def test_firth_is_the_maximum_of_the_penalised_likelihood(sample):
    x, y, _ = sample
    full = np.column_stack([np.ones(len(y)), x])

    def loss(beta):
        eta = full @ beta
        chance = 1 / (1 + np.exp(-eta))
        information = full.T @ (full * (chance * (1 - chance))[:, None])
        return -(
            y @ eta - np.logaddexp(0, eta).sum() + np.linalg.slogdet(information)[1] / 2
        )

    found = minimize(loss, np.zeros(5), method="BFGS", options={"gtol": 1e-7})
    fit = FirthLogit().fit(x, y)
    np.testing.assert_allclose(fit.slopes[0], found.x[1:], atol=1e-5)
    np.testing.assert_allclose(fit.constants[0], found.x[:1], atol=1e-5)


def test_the_ordered_logit_agrees_with_statsmodels(sample):
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    x, _, grade = sample
    other = OrderedModel(grade.astype(int), x, distr="logit").fit(
        method="bfgs", disp=0, maxiter=500, gtol=1e-8
    )
    fit = OrderedLogit().fit(x, grade)
    # The ridge of 0.001 moves a slope by about one part in ten thousand.
    np.testing.assert_allclose(fit.slopes[0], other.params[:4], atol=1e-3)
    np.testing.assert_allclose(fit.errors[0], other.bse[:4], atol=1e-3)


def test_two_grades_of_the_ordered_logit_are_a_logit(sample):
    x, y, _ = sample
    import statsmodels.api as sm

    plain = sm.Logit(y, sm.add_constant(x)).fit(disp=0)
    ordered = OrderedLogit(2).fit(x, y)
    np.testing.assert_allclose(ordered.slopes[0], plain.params[1:], atol=1e-3)
    np.testing.assert_allclose(-ordered.constants[0, 0], plain.params[0], atol=1e-3)
    np.testing.assert_allclose(
        OrderedLogit(2).chance_of_worst(x, ordered), plain.predict(), atol=1e-3
    )


@pytest.mark.parametrize("model", [FirthLogit(), OrderedLogit()])
def test_a_weight_of_two_is_the_row_written_twice(sample, model):
    x, y, grade = sample
    outcome = y if isinstance(model, FirthLogit) else grade
    times = np.where(np.arange(len(y)) % 3 == 0, 2, 1)
    weighted = model.fit(x, outcome, times[None, :].astype(float))
    repeated = model.fit(np.repeat(x, times, axis=0), np.repeat(outcome, times))
    np.testing.assert_allclose(weighted.slopes, repeated.slopes, atol=1e-7)


@pytest.mark.parametrize("model", [FirthLogit(), OrderedLogit()])
def test_copies_fitted_together_are_as_fitted_alone(sample, model):
    x, y, grade = sample
    outcome = y if isinstance(model, FirthLogit) else grade
    weights = (
        np.random.default_rng(3).multinomial(120, [1 / 120] * 120, size=5).astype(float)
    )
    together = model.fit(x, outcome, weights)
    alone = [model.fit(x, outcome, one[None, :]).slopes[0] for one in weights]
    assert together.converged.all()
    np.testing.assert_allclose(together.slopes, alone, atol=1e-6)


@pytest.mark.parametrize("model", [FirthLogit(), OrderedLogit()])
def test_scores_are_the_derivatives_of_the_log_likelihood(sample, model):
    """By a step in each inspection's linear predictor, at the fit itself."""
    x, y, grade = sample
    outcome = y if isinstance(model, FirthLogit) else grade
    fit = model.fit(x, outcome)
    scores = model.scores(x, outcome, fit)

    def log_chance(shift):
        if isinstance(model, FirthLogit):
            eta = fit.constants[0] + x @ fit.slopes[0] + shift
            return outcome * eta - np.logaddexp(0, eta)
        cuts = np.r_[-np.inf, fit.constants[0], np.inf]
        eta = x @ fit.slopes[0] + shift
        ends = [cuts[outcome.astype(int) + side] - eta for side in (1, 0)]
        upper, lower = (1 / (1 + np.exp(-np.clip(end, -700, 700))) for end in ends)
        return np.log(upper - lower)

    step = 1e-4
    up, middle, down = log_chance(step), log_chance(0.0), log_chance(-step)
    np.testing.assert_allclose(scores.score, (up - down) / (2 * step), atol=1e-6)
    np.testing.assert_allclose(
        scores.weight, -(up - 2 * middle + down) / step**2, atol=1e-5
    )
    # The slopes' part of the mixed derivatives is the weight times the column.
    np.testing.assert_allclose(scores.mixed[:, -4:], scores.weight[:, None] * x, atol=1e-10)


def test_separation_is_seen_and_the_fit_stays_finite():
    y = (SEPARATED[:, 0] > 0).astype(float)
    grade = np.digitize(SEPARATED[:, 0], [-2, 2]).astype(float)
    assert is_separated(SEPARATED, y)
    assert is_separated(SEPARATED, grade, grades=3)
    for model, outcome in ((FirthLogit(), y), (OrderedLogit(), grade)):
        fit = model.fit(SEPARATED, outcome)
        assert fit.converged.all()
        assert np.isfinite(fit.slopes).all()
        assert 0 < fit.slopes[0, 0] < 20


def test_quasi_complete_separation_counts_and_overlap_does_not(sample):
    x, y, grade = sample
    assert not is_separated(x, y)
    assert not is_separated(x, grade, grades=3)
    region = np.zeros((120, 1))
    region[y.argmax()] = 1  # one inspection of its own region, with the outcome
    assert is_separated(np.hstack([x, region]), y)


def test_a_column_without_weight_leaves_its_slope_at_zero(sample):
    x, y, _ = sample
    absent = np.hstack([x, np.zeros((120, 1))])
    fit = FirthLogit().fit(absent, y)
    np.testing.assert_allclose(
        fit.slopes[0, :4], FirthLogit().fit(x, y).slopes[0], atol=1e-6
    )
    assert fit.slopes[0, 4] == 0
