"""What a projection says of a record that lacks what it cannot do without."""

import shutil

import pandas as pd
import pytest

import highneeds as hn
from highneeds import atomic
from highneeds.errors import ModelError
from highneeds.geography import ENGLAND_CODE
from highneeds.own.figures import OwnFigure, OwnFigures
from highneeds.own.measures import NET_OF_DIRECT_PLACES
from highneeds.panel.panel import Panel
from highneeds.panel.vintage import vintage
from highneeds.record.england import national_rates
from highneeds.record.look_ahead import look_ahead

SOMERSET = "933"


@pytest.fixture
def without(tmp_path):
    """The embedded record less the rows of some areas, of one measure or one kind of it."""

    def make(table, area, measure, kind="", last=""):
        whole = hn.load_panel()
        folder = tmp_path / "tables"
        shutil.copytree(whole.folder, folder)
        path = folder / f"{table}.csv.gz"
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
        gone = (rows["la_code"] == area) & (rows["measure"] == measure)
        gone &= rows["breakdown_type"].str.startswith(kind)
        gone &= rows["year"] >= last
        assert gone.any()
        atomic.replace_file(path, atomic.table_bytes(rows[~gone], compress=True))
        return Panel(folder, whole.geography)

    return make


@pytest.mark.parametrize(
    ("table", "measure", "kind", "words"),
    [
        ("plans", "ehc_plans", "age_year", "plans by single year of age for January"),
        (
            "plan_flows",
            "ceased_ehc_plans",
            "total",
            r"ceased plans of \d{4} are not embedded",
        ),
    ],
)
def test_englands_rates_name_what_is_not_there(without, table, measure, kind, words):
    now = vintage(hn.load_panel())
    with pytest.raises(ModelError, match=words):
        national_rates(without(table, ENGLAND_CODE, measure, kind), now)


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        (
            ("plans", ENGLAND_CODE, "ehc_plans", "age_year_by_placement"),
            "no ehc_plans of England by age_year_by_placement, which",
        ),
        (
            ("plan_flows", ENGLAND_CODE, "new_ehc_plans", "total"),
            r"no new_ehc_plans of England in \d{4}",
        ),
    ],
)
def test_an_earlier_january_names_what_it_needs_of_england(without, lost, words):
    with pytest.raises(ModelError, match=words):
        look_ahead(without(*lost))


def test_an_authority_without_an_outturn_has_no_spending_per_plan(without):
    record = without("spending", SOMERSET, "s251_high_needs_net_gbp")
    with pytest.raises(ModelError, match=r"Somerset .*has no section 251 outturn up to"):
        hn.project(record, "Somerset", draws=100)


def test_an_own_outturn_stands_where_none_was_published(without):
    """£100m with places in maintained schools: those of the line published last."""
    record = without("spending", SOMERSET, "s251_high_needs_net_gbp")
    figure = OwnFigure(
        "high_needs_spending_gbp", "2024-25", 100e6, coverage=NET_OF_DIRECT_PLACES
    )
    own = OwnFigures(record.area("Somerset"), (figure,), "own.csv", "0" * 64)
    spending = hn.project(record, "Somerset", draws=100, own=own).record.money.spending
    lines = vintage(record).lines.label
    places = record.figure(
        "s251_outturn_line_gbp", "Somerset", lines, "line/place_funding_total"
    )
    assert spending == {"2024-25": pytest.approx(100e6 - places.value)}
