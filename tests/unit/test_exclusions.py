"""Labels, years and cells of the exclusions releases, on hand-made tables."""

import numpy as np
import pandas as pd
import pytest

from highneeds.errors import SourceError
from highneeds.sources import exclusions, exclusions_termly
from highneeds.sources.contract import SourceFile

SOURCE = SourceFile("made_up", "made-up.csv", "", "", "")


def test_special_is_one_phase_however_it_is_written():
    found = exclusions.phase_columns(pd.Series(["Total", "Special", "special"]), "here")
    assert found["breakdown_type"].tolist() == ["total", "phase", "phase"]
    assert found["breakdown"].tolist() == ["total", "special", "special"]


def test_an_unknown_school_type_is_refused_by_name():
    with pytest.raises(SourceError, match="here has unknown school types: Nursery"):
        exclusions.phase_columns(pd.Series(["Nursery"]), "here")


def test_six_digit_years_become_labels():
    found = exclusions.academic_years(
        pd.Series(["201516", "201617"]), range(2016, 2018), ""
    )
    assert found.tolist() == ["2015/16", "2016/17"]


@pytest.mark.parametrize(
    ("periods", "words"),
    [
        (["201516"], "expected every one from 2016 to 2017"),
        (["201516", "201718"], "2016, 2018"),
        (["201516", "2016"], "'2016' is not written as an academic"),
    ],
)
def test_another_edition_or_calendar_is_refused(periods, words):
    with pytest.raises(SourceError, match=words):
        exclusions.academic_years(pd.Series(periods), range(2016, 2018), "here")


def cells(**changed):
    row = {"la_code": "886", "year": "2016/17"} | dict.fromkeys(exclusions.COLUMNS, "1")
    published = pd.DataFrame([row | changed])
    kinds = pd.DataFrame([{"breakdown_type": "total", "breakdown": "total"}])
    return exclusions.figures_of(published, kinds, SOURCE).set_index("measure")


@pytest.mark.parametrize(
    ("symbol", "status"), [("x", "suppressed"), (".", "not_applicable")]
)
def test_a_symbol_keeps_its_reason_and_is_never_zero(symbol, status):
    found = cells(perm_excl=symbol).loc["permanent_exclusions"]
    assert found["status"] == status
    assert np.isnan(found["value"])


@pytest.mark.parametrize("cell", ["", "c", "~", "n/a", "1e400", "-"])
def test_any_other_symbol_is_refused(cell):
    with pytest.raises(SourceError, match=r"made-up\.csv, fixed_excl"):
        cells(fixed_excl=cell)


def termly(*, measure="suspensions_per_100", **rates):
    rows = [
        {
            "la_code": "886",
            "year": "2023/24",
            "measure": measure,
            "breakdown_type": "sen_provision",
            "breakdown": "ehc_plan",
            "term": term,
            "value": rate,
        }
        for term, rate in rates.items()
    ]
    return exclusions_termly._complete_years(pd.DataFrame(rows))


def test_three_terms_add_up_to_a_year():
    found = termly(autumn=1.25, spring=2.5, summer=0.25)
    assert found["value"].tolist() == [4.0]  # 1.25 + 2.5 + 0.25
    assert found["status"].tolist() == ["derived"]


@pytest.mark.parametrize(
    "rates",
    [{"autumn": 1.0, "spring": 2.0}, {"autumn": 1.0, "spring": np.nan, "summer": 2.0}],
)
def test_a_year_with_a_missing_term_is_not_summed(rates):
    assert termly(**rates).empty


def test_pupils_suspended_are_never_summed():
    found = termly(measure="pupils_suspended_per_100", autumn=1.0, spring=1.0, summer=1.0)
    assert found.empty
