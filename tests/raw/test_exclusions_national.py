"""England's exclusions by SEN provision and need: the published file and altered copies."""

import pytest

from highneeds.errors import SourceError
from highneeds.sources import exclusions_national
from highneeds.sources.files import RawFiles
from tests.raw.education_copies import altered_table, geography, where

PATH = exclusions_national.BY_CHARACTERISTIC.path
YEARS = ["2011/12", "2012/13", "2013/14", "2014/15", "2015/16", "2016/17"]


@pytest.fixture(scope="module")
def rows(raw_dir):
    reading = exclusions_national.read(RawFiles(raw_dir), geography(raw_dir))
    return reading.observations.set_index(
        ["measure", "breakdown_type", "breakdown", "year"]
    ).sort_index()


# SOURCES.md: England 2016/17 has 381,865 suspensions and 7,720 permanent exclusions. Three
# groups each rounded to 5 may be out by 7.5, and the total by 2.5.
@pytest.mark.parametrize(
    ("measure", "england"), [("suspensions", 381_865), ("permanent_exclusions", 7_720)]
)
def test_provisions_add_up_to_england_within_rounding(rows, measure, england):
    groups = rows.loc[(measure, "sen_provision")]["value"].xs("2016/17", level="year")
    assert set(groups.index) == {"ehc_plan", "sen_support", "no_sen"}
    assert abs(groups.sum() - england) <= 10


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("provision", ["ehc_plan", "sen_support", "no_sen"])
def test_a_printed_rate_is_its_count_over_its_pupils(rows, year, provision):
    def value(measure):
        return rows.loc[(measure, "sen_provision", provision, year), "value"]

    # Two decimals printed; count and pupils rounded to 5 after the rate was computed.
    assert 100 * value("suspensions") / value("pupils") == pytest.approx(
        value("suspensions_per_100"), abs=0.006
    )


def test_every_year_has_provision_by_phase_and_need(rows):
    for kind in ("sen_provision", "sen_provision_by_phase", "need"):
        assert sorted(rows.loc[("suspensions", kind)].index.unique("year")) == YEARS


def test_the_two_names_of_a_need_are_never_in_one_year(rows):
    needs = rows.loc[("suspensions", "need")]
    besd, semh = (set(needs.loc[name].index) for name in ("besd", "semh"))
    assert besd | semh == set(YEARS)
    assert not besd & semh


ALTERED = {
    "a column renamed": (
        lambda table: table.rename(columns={"characteristic": "group"}),
        ["characteristic"],
    ),
    "an unknown need": (
        lambda table: where(
            table,
            "characteristic",
            "SEN primary need Down Syndrome",
            characteristic="SEN primary need Visual impairment",
        ),
        ["Down Syndrome"],
    ),
    "a new symbol": (
        lambda table: where(
            table, "fixed_excl", "~", characteristic="SEN primary need Visual impairment"
        ),
        ["'~'"],
    ),
    "a year lost": (
        lambda table: table[table["time_period"] != "201314"],
        ["2013, 2015", "expected every one"],
    ),
    "an unreadable year": (
        lambda table: where(table, "time_period", "201315", time_period="201314"),
        ["201315"],
    ),
}


@pytest.mark.parametrize(("edit", "words"), ALTERED.values(), ids=ALTERED)
def test_an_altered_copy_is_refused(raw_dir, tmp_path, edit, words):
    raw = altered_table(raw_dir, tmp_path, PATH, edit)
    with pytest.raises(SourceError) as refused:
        exclusions_national.read(raw, geography(raw_dir))
    for word in words:
        assert word in str(refused.value)
