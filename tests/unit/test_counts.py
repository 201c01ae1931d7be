"""A count is a whole number: the check, on hand-made rows."""

import pandas as pd
import pytest

from highneeds.errors import SourceError
from highneeds.panel.counts import require_whole_counts
from highneeds.panel.schema import MEASURES
from tests.made_panel import figure


def test_whole_counts_amounts_rates_estimates_and_counts_in_fractions_pass():
    require_whole_counts(
        pd.DataFrame(
            [
                figure("ehc_plans", "933", "2024", 10.0),
                figure("ehc_plans", "886", "2024", None, "unavailable"),
                figure("dsg_balance_gbp", "933", "2023-24", -1.25),
                figure("tribunal_appeal_rate_pct", "933", "2024", 2.5),
                figure("new_ehc_plans", "933", "2022", 10.5, "estimated"),
                figure("basic_entitlement_pupils", "933", "2021-22", 9.5),
                figure("population_2_18", "933", "2021", 1.5),
            ]
        )
    )


def test_counts_of_which_some_are_fractions_are_refused_with_their_values():
    mediated = "ehc_assessment_requests_mediated"
    table = [figure(mediated, code, "2024", 2.2) for code in ("886", "933")]
    with pytest.raises(SourceError) as refused:
        require_whole_counts(pd.DataFrame(table))
    said = str(refused.value)
    assert said.startswith(f"2 counts are no whole numbers: {mediated} total/total of 886")
    assert "in 2024, 2.2" in said
    assert "tens, hundreds or thousands" in said


def test_what_is_counted_is_neither_an_amount_nor_a_rate():
    units = {one.unit for one in MEASURES.values() if one.counted}
    assert {"plans", "requests", "pupils", "appeals"} <= units
    assert not units & {"£", "%", "per 100 pupils", "£ per pupil", "£ per week"}
