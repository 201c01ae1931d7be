"""Figures of a row make each other: the check, on hand-made rows."""

import pandas as pd
import pytest

from highneeds.errors import SourceError
from highneeds.sources.beside import require_beside
from highneeds.sources.releases import layouts

PARTS = [
    *("requests_decided_to_assess", "requests_decided_not_to_assess"),
    *("requests_decision_not_made", "requests_withdrawn"),
]
SHARES = ["request_assess_pc", "request_not_assess_pc"]


def rows(*counts, shares=("65.0", "25.0"), topic="All requests for EHC needs assessments"):
    """A row of requests: 100 of them, in parts, and the shares of the first two parts."""
    table = pd.DataFrame(
        [["2024", topic, "Kent", "100", *counts, *shares]],
        columns=[
            *("time_period", "breakdown_topic", "la_name", "requests_received_in_year"),
            *(*PARTS, *SHARES),
        ],
    )
    return table.set_index(pd.Index([7], name="line"))


def check(table, key="requests", within=0.0):
    require_beside(table, layouts()[key], "a.csv", within=within)


def test_rows_that_make_each_other_pass():
    check(rows("65", "25", "8", "2"))


def test_a_symbol_a_column_that_is_not_there_and_another_topic_are_passed_over():
    check(rows("65", "25", "x", "2"))
    check(rows("x", "250", "8", "2", shares=("65.0", "x")))
    check(rows("65", "2.5", "8", "2").drop(columns=[PARTS[3], SHARES[1]]))
    check(rows("65", "2.5", "8", "2", topic="Sex"))
    check(rows("65", "2.5", "8", "2"), key="caseload")


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (
            ("65", "0.025", "8", "2"),
            r"line 7, Kent 2024: requests_received_in_year is 100, and .* make 75\.025",
        ),
        (
            # The sum is the same: the percentages tell.
            ("25", "65", "8", "2"),
            r"request_not_assess_pc is 25, and requests_decided_not_to_assess of "
            r"requests_received_in_year makes 65 \(65 of 100\)",
        ),
        (("66", "24", "8", "2"), "--without COLUMN"),
    ],
)
def test_what_the_others_do_not_make_is_refused_with_its_line(counts, said):
    with pytest.raises(SourceError, match=said):
        check(rows(*counts))


def test_a_sum_of_rounded_amounts_may_be_out_by_their_rounding():
    names = ["gross_expenditure", "net_expenditure", "income"]
    table = pd.DataFrame([["100", "91", "10"]], columns=names)
    check(table, "balances", within=1.5)
    with pytest.raises(SourceError, match=r"gross_expenditure is 100, and .* make 101"):
        check(table, "balances", within=0.5)
