"""Requests, assessments, timeliness and reviews, on published files and altered copies."""

import pandas as pd
import pytest

from highneeds.errors import SourceError
from highneeds.sources import assessments
from highneeds.sources.files import RawFiles
from tests.raw.finance_copies import geography
from tests.raw.sen2_copies import (
    ENGLAND,
    authorities,
    cells,
    changed,
    interactive_tool,
    plain,
    statuses,
    values,
)

REQUESTS, REFUSED = assessments.REQUESTS, assessments.REFUSED
MEDIATED = assessments.MEDIATED
IN_TIME_PCT = assessments.IN_TIME_PCT
HACKNEY, LEICESTER, ISLE_OF_WIGHT = "204", "856", "921"
ST_HELENS, MEDWAY = "342", "887"


@pytest.fixture(scope="module")
def reading(raw_dir):
    return assessments.read(RawFiles(raw_dir), geography(raw_dir))


@pytest.fixture(scope="module")
def found(reading):
    return values(reading.observations)


@pytest.fixture(scope="module")
def status(reading):
    return statuses(reading.observations)


def test_england_of_2024_is_as_published(found):
    england = found.xs(("2024", ENGLAND), level=["year", "la_code"])
    assert england[REQUESTS, "total", "total"] == 154_489
    assert england[IN_TIME_PCT, "total", "total"] == 46.4
    assert england[IN_TIME_PCT, "basis", "including_exceptions"] == 45.9
    # data guidance of the 2025 release: share refused 25.2%.
    refused = england[REFUSED, "total", "total"]
    assert round(100 * refused / 154_489, 1) == 25.2


def test_mediated_requests_are_those_printed_and_unknown_where_nothing_is(found, status):
    """Figures read in the published tables; three areas of 2023 are in England's alone."""
    mediated = found[MEDIATED, "total", "total"]
    for year, england in (("2023", 7_612), ("2024", 10_507), ("2025", 11_151)):
        assert mediated[year, ENGLAND] == england
    sums = authorities(mediated).groupby(level="year").sum()
    assert (sums["2023"], sums["2024"]) == (7_586, 10_507)
    assert status[MEDIATED, "total", "total", "2022", ENGLAND] == "unavailable"


def test_per_cents_are_plans_in_time_over_plans_issued(found):
    for year in map(str, range(2015, 2025)):
        england = found.xs((year, ENGLAND), level=["year", "la_code"])
        excluding = england[
            "ehc_plans_issued_within_20_weeks", "basis", "excluding_exceptions"
        ]
        issued = england["ehc_plans_issued", "basis", "excluding_exceptions"]
        assert england[IN_TIME_PCT, "total", "total"] == pytest.approx(
            100 * excluding / issued, abs=0.05
        )
        every = england["ehc_plans_issued_within_20_weeks", "total", "total"]
        assert england[IN_TIME_PCT, "basis", "including_exceptions"] == pytest.approx(
            100 * every / england["ehc_plans_issued", "total", "total"], abs=0.05
        )


def test_requests_begin_in_2016_and_are_not_applicable_before(found, status):
    england = found[REQUESTS, "total", "total", :, ENGLAND]
    assert england["2016"] == 55_235
    assert england[["2014", "2015"]].isna().all()
    early = status[REQUESTS, "total", "total"].loc["2014":"2015"]
    assert set(early) == {"not_applicable"}
    assert found[REFUSED, "total", "total", "2014", ENGLAND] == 2_122


@pytest.mark.parametrize("year", [str(year) for year in range(2016, 2025)])
def test_authorities_sum_to_england_but_for_three_missing_in_2023(found, year):
    requests = found[REQUESTS, "total", "total", year]
    own = authorities(requests)
    if year == "2023":
        assert set(own[own.isna()].index) == {HACKNEY, LEICESTER, ISLE_OF_WIGHT}
        assert requests[ENGLAND] - own.sum() == 138_242 - 137_307
    else:
        assert own.notna().all()
        assert own.sum() == requests[ENGLAND]


def test_missing_authorities_of_2023_are_unavailable_not_zero(status):
    for la_code in (HACKNEY, LEICESTER, ISLE_OF_WIGHT):
        assert status[REQUESTS, "total", "total", "2023", la_code] == "unavailable"


def test_spaces_before_the_numbers_of_2022_do_no_harm(raw_dir, found):
    table = plain(raw_dir, assessments.PROCESS_2023)
    of_2022 = table[table["time_period"] == "2022"]
    assert of_2022["no_exc_20week_rate"].str.startswith(" ").any()
    england = of_2022.loc[of_2022["geographic_level"] == "National", "no_exc_20week_rate"]
    assert round(float(england.iloc[0]), 1) == 49.2
    assert found[IN_TIME_PCT, "total", "total", "2022", ENGLAND] == 49.2


def test_two_editions_agree_in_every_area_of_2019_to_2022(raw_dir, found):
    table = plain(raw_dir, assessments.PROCESS_2023)
    local = table[cells(table, geographic_level="Local authority")]
    local = local[local["time_period"] >= "2019"]
    corrected = {("2021", ST_HELENS), ("2021", MEDWAY)}
    withheld_later = {("2022", "869"), ("2022", "211")}
    compared = 0
    for column, names in assessments._TO_2018.items():
        if names[0] == IN_TIME_PCT:
            continue
        for year, la_code, cell in local[["time_period", "old_la_code", column]].itertuples(
            index=False
        ):
            if (year, la_code) in corrected or cell.strip() in {"x", "z"}:
                continue
            value = found[(*names, year, la_code)]
            if value != value:  # the later edition prints x
                assert (year, la_code) in withheld_later
                continue
            assert value == float(cell), (column, year, la_code)
            compared += 1
    # Two corrected areas; twelve x of four areas in both, four more of two areas later.
    assert compared == 8 * (151 + 151 + 152 + 152) - 2 * 8 - 4 * 2 - 2 * 2 - 2 * 2


def test_corrections_are_those_of_the_publishers_footnotes(raw_dir, reading, found, status):
    requests = plain(raw_dir, assessments.REQUESTS_2025)
    here = cells(requests, old_la_code=ST_HELENS, time_period="2021")
    assert requests.loc[here, "requests_decided_not_to_assess"].to_list() == ["0"]
    assert found[REFUSED, "total", "total", "2021", ST_HELENS] == 107
    assert status[REFUSED, "total", "total", "2021", ST_HELENS] == "repaired"
    declined = ("ehc_assessments", "outcome", "plan_not_issued", "2021")
    assert found[(*declined, MEDWAY)] == 16
    # 303 issued and 16 not make the footnote's 319 decided, 95.0% of them issued.
    issued = found["ehc_assessments", "outcome", "plan_issued", "2021", MEDWAY]
    assert (issued + 16, round(100 * issued / (issued + 16), 1)) == (319, 95.0)
    assert (status == "repaired").sum() == 2
    guidance = raw_dir / "education/dfe-ehcp-2022/data-guidance.txt"
    text = guidance.read_text(encoding="utf-8-sig")
    assert "reported as zero, but should have been 107" in text
    assert "should have been 16 (5.0%, published = 223" in text
    ids = {issue.issue_id for issue in reading.issues}
    assert {issue.issue_id for issue in assessments._CORRECTIONS} <= ids


def test_shares_agree_with_the_interactive_tool(raw_dir, found):
    refused = found[REFUSED, "total", "total"] / found[REQUESTS, "total", "total"] * 100
    ours = {
        "EHCP_Initial_req_refused": refused,
        "SEN_EHC_Excpt_20wks": found[IN_TIME_PCT, "total", "total"],
        "SEN_EHC_All_20wks": found[IN_TIME_PCT, "basis", "including_exceptions"],
        "SEN_INIT_REQ": found[REQUESTS, "total", "total"],
    }
    for measure, figures in ours.items():
        tool = interactive_tool(raw_dir, measure)
        both = tool.to_frame("tool").join(figures.rename("ours")).dropna()
        assert len(both) > 900
        # The tool prints one decimal; it keeps the two figures that footnotes correct.
        near = (both["tool"] - both["ours"]).abs() <= 0.0501
        assert set(both.index[~near]) <= {("2021", ST_HELENS)}, measure


def test_reviews_of_seven_authorities_and_wandsworth_are_withheld(found, status):
    held = authorities(status["annual_reviews_held", "total", "total", "2024"])
    assert set(held[held == "unavailable"].index) == {
        "212",  # Wandsworth
        "317",  # Redbridge
        "320",  # Waltham Forest
        "870",  # Reading
        "879",  # Plymouth
        "890",  # Blackpool
        "919",  # Hertfordshire
        "936",  # Surrey
    }
    england = found.xs(("2024", ENGLAND), level=["year", "la_code"])
    assert england["annual_reviews_expected", "total", "total"] == 524_654
    assert england["annual_reviews_held", "total", "total"] == 453_761
    assert england["annual_reviews_held", "outcome", "amend"] == 219_538
    assert england["annual_review_decisions_within_4_weeks_pct", "total", "total"] == 44.4


def without_authority(table):
    return table[~cells(table, old_la_code="886", time_period="2022")]


def with_replaced_figure(table):
    here = cells(table, old_la_code=ST_HELENS, time_period="2021")
    table.loc[here, "requests_decided_not_to_assess"] = "107"
    above = cells(
        table, time_period="2021", breakdown_topic="All requests for EHC needs assessments"
    )
    above &= cells(table, geographic_level="National") | cells(
        table, geographic_level="Regional", region_code="E12000002"
    )
    raised = table.loc[above, "requests_decided_not_to_assess"].astype(int) + 107
    table.loc[above, "requests_decided_not_to_assess"] = raised.astype(str)


def with_unknown_symbol(table):
    table.loc[cells(table, old_la_code="886"), "requests_received_in_year"] = "n/a"


def with_mediation_that_does_not_add_up(table):
    rows = cells(table, time_period="2024", old_la_code=HACKNEY)
    table.loc[rows, "mediation_related_request"] = "9999"


def with_refusals_and_assessments_exchanged(table):
    both = ["requests_decided_not_to_assess", "requests_decided_to_assess"]
    here = cells(table, time_period="2024")
    table.loc[here, both] = table.loc[here, both[::-1]].to_numpy()


def with_refusals_in_thousands(table):
    here = cells(table, time_period="2024")
    numbers = table.loc[here, "requests_decided_not_to_assess"].str.fullmatch("[0-9]+")
    rows = numbers.index[numbers]
    refused = table.loc[rows, "requests_decided_not_to_assess"].astype(float) / 1_000
    table.loc[rows, "requests_decided_not_to_assess"] = refused.map("{:.10g}".format)


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (
            with_refusals_and_assessments_exchanged,
            r"National 2024: request_assess_pc is 65",
        ),
        (with_refusals_in_thousands, r"requests_received_in_year is 154,489, and .* make"),
        (with_mediation_that_does_not_add_up, r"2024 ehc_assessment_requests_mediated"),
        (without_authority, r"South East \(E12000008\) 2022 ehc_assessment_requests"),
        (with_replaced_figure, r"expected 0, the figure .*footnote-2021-342 corrects"),
        (with_unknown_symbol, r"requests_received_in_year: 'n/a'"),
    ],
)
def test_an_altered_file_of_requests_is_refused(raw_dir, tmp_path, edit, says):
    raw = changed(raw_dir, tmp_path, assessments.REQUESTS_2025, edit)
    with pytest.raises(SourceError, match=says):
        assessments.read(raw, geography(raw_dir))


def test_statements_moved_to_plans_are_those_of_both_releases_that_print_them(
    raw_dir, found
):
    """England's row of the 2022 release, another file, and Oxfordshire's."""
    path = raw_dir / "education" / "dfe-ehcp-2022" / "sen2_mi.csv"
    earlier = pd.read_csv(path, dtype=str).set_index(["time_period", "la_name"])
    moved = found[assessments.MOVED, "total", "total"]
    oxfordshire = moved.xs("931", level="la_code")
    assert oxfordshire.to_dict() == {
        "2014": 161,
        "2015": 482,
        "2016": 570,
        "2017": 587,
        "2018": 137,
    }
    for year, count in oxfordshire.items():
        assert int(earlier.loc[(year, "Oxfordshire"), "StatementstoEHC"]) == count
    assert moved["2017", ENGLAND] == 71_320
