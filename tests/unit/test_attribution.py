"""Shapley shares, with the sums shown."""

import pytest

from highneeds.answers.attribution import shapley
from highneeds.errors import ModelError


def test_two_measures_that_overlap_share_the_overlap():
    # Alone they save 10 and 6, together 12: the overlap of 4 is shared equally.
    worth = {"": 0, "a": 10, "b": 6, "ab": 12}
    shares = shapley("ab", lambda chosen: worth["".join(sorted(chosen))])
    assert shares == {"a": pytest.approx(10 - 2), "b": pytest.approx(6 - 2)}


def test_three_measures_by_every_order():
    worth = {"": 5, "a": 8, "b": 9, "c": 5, "ab": 15, "ac": 8, "bc": 10, "abc": 17}
    shares = shapley("abc", lambda chosen: worth["".join(sorted(chosen))])
    # Orders abc acb bac bca cab cba: what a adds is 3 3 6 7 3 7, over 6.
    assert shares["a"] == pytest.approx((3 + 3 + 6 + 7 + 3 + 7) / 6)
    assert sum(shares.values()) == pytest.approx(17 - 5)


def test_too_many_measures_are_refused():
    with pytest.raises(ModelError, match="9 measures are more than the 8"):
        shapley("abcdefghi", lambda _: 0.0)
