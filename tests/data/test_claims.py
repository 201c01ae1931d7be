"""The claims register on the embedded record.

Expected figures: the seed documents and the page of published figures the project was
founded on; the outcomes are Ofsted's.
"""

import re

import pytest

from highneeds.analysis.claims import (
    COLUMNS,
    VERDICTS,
    Claim,
    claims_register,
    count_verdicts,
    read_claims,
)
from highneeds.analysis.claims_figures import exclusion_ratio
from highneeds.analysis.inspection_state import inspection_state, read_inspections
from highneeds.analysis.themes import (
    THEMES,
    areas_mentioned,
    count_themes,
    read_named_weaknesses,
    read_themes,
)
from highneeds.cli import main
from highneeds.errors import AssumptionError
from highneeds.panel.panel import load_panel

# Founding page, section 1: rows marked reproducible, at their date and basis.
REPRODUCED = {
    "wandsworth-reports": "85",
    "wandsworth-required-pct": "49%",
    "wandsworth-revisits": "8",
    "wandsworth-revisits-published": "4",
    "wandsworth-revisits-not-sufficient": "3",
    "wandsworth-london-inspected": "17 and the City",
    "wandsworth-london-reports": "17",
    "wandsworth-london-growth": "34%",
    "wandsworth-exclusion-ratio": "5 times",
    "lgiu-letters": "39",
    "lgiu-required": "13",
    "lgiu-parents-local-offer": "10",
    "lgiu-wakefield": "1",
    "somerset-weaknesses": "9",
    "somerset-published": "27 May 2020",
    "oxfordshire-first-year": "30",
    "oxfordshire-first-year-required": "9",
    "oxfordshire-autumn": "10",
    "oxfordshire-autumn-required": "7",
    "oxfordshire-weaknesses": "5",
    "oxfordshire-published": "4 December 2017",
    "oxfordshire-deadline-received": "8 March 2018",
    "oxfordshire-transfers": "about 2,700",
    "ndcs-inspected": "100",
    "ndcs-required": "51",
    "ndcs-revisits": "11",
    "ndcs-revisits-sufficient": "5",
    "ndcs-not-inspected": "a third",
    # Section 2, those the embedded record can give.
    "dfe-plans-2010": "228,221",
    "dfe-plans-2025": "638,745",
    "dfe-growth-2025": "10.8%",
    "nao-growth": "140%",
    "nao-timeliness": "50%",
    "ccn-independent": "about 34,000",
    "ccn-independent-growth": "165%",
    "isos-2018-growth": "35%",
    "dashboard-balance-2020": "−1.08%",
    "dashboard-balance-2021": "−1.69%",
    "dashboard-balance-2022": "−2.26%",
    "mime-requests-growth": "88%",
    "dfe-suspensions": "954,952",
    "dfe-suspension-rate": "11.31",
    "dfe-exclusions": "10,885",
    "dfe-exclusion-rate": "0.13",
    "tribunal-rate-new": "6%",
    # Ofsted's own counts, which leave out areas abolished by the day.
    "ofsted-2021-inspected": "116",
    "ofsted-2021-required": "59",
    "ofsted-2022-inspected": "149",
    "ofsted-2022-required": "82",
    "ofsted-2022-revisits": "46",
    "ofsted-2022-revisits-sufficient": "20",
}


@pytest.fixture(scope="module")
def panel():
    return load_panel()


@pytest.fixture(scope="module")
def register(panel):
    return claims_register(panel).set_index("claim_id")


@pytest.mark.parametrize(("claim", "published"), REPRODUCED.items())
def test_a_published_figure_is_reproduced(register, claim, published):
    row = register.loc[claim]
    assert row["published"] == published
    assert row["verdict"] == "reproduced", row["reason"]


def test_every_claim_has_a_verdict_and_those_that_fail_a_reason(register):
    assert ("claim_id", *register.columns) == COLUMNS
    assert set(register["verdict"]) == set(VERDICTS)
    assert (register.loc[register["verdict"] != "reproduced", "reason"] != "").all()
    assert (register.loc[register["verdict"] == "not checkable", "computed"] == "").all()
    assert (register["basis"] != "").all()
    assert count_verdicts(register.reset_index())[list(VERDICTS)].to_numpy().sum() == len(
        register
    )


def test_91_inspected_differs_and_what_would_fit_is_said(register):
    row = register.loc["wandsworth-inspected"]
    assert (row["computed"], row["verdict"]) == ("92", "differs")
    assert "leaves out areas abolished by then" in row["reason"]


def test_60_per_cent_to_date_fits_no_cut_off_day(register, panel):
    row = register.loc["somerset-required-pct"]
    assert row["verdict"] == "differs"
    assert row["computed"] == f"{100 * 59 / 116:.1f}%"
    assert "No cut-off day fits it on either basis" in row["reason"]
    # The search itself: on no day from the first report to the claim is it 59.5% to 60.5%.
    reports = read_inspections(panel).query("framework == '2016'")
    for day in reports["publication_date"].unique():
        known = reports[reports["publication_date"] <= day]
        assert (
            abs(100 * (known["outcome"] == "written statement required").mean() - 60) > 0.5
        )


def test_a_quarter_of_london_fits_reports_to_march_2019(register, panel):
    row = register.loc["wandsworth-london-required-pct"]
    assert (row["computed"], row["verdict"]) == ("23.5%", "differs")
    stretch = re.search(r"by (2019-02-05) to (2019-03-19)", row["reason"])
    for day in stretch.groups():
        london = inspection_state(panel, day, region="London")
        assert london.count("2016", "reports published") == 16
        assert london.count("2016", "written statement required") == 4


def test_figures_written_into_reasons_are_those_of_the_record(register, panel):
    """Reasons quote the record; a new edition must not leave them behind."""

    def value(measure, area, period, breakdown="total/total"):
        return panel.figure(measure, area, period, breakdown).value

    growth = panel.matrix("ehc_plans")
    boroughs = [one.la_code for one in panel.geography.members("E12000007", 2018)]
    rise = 100 * (growth.loc[boroughs, "2018"] / growth.loc[boroughs, "2014"] - 1)
    quoted = {
        "wandsworth-london-variation": [
            f"{rise.min():.0f}%",
            f"{rise.max():.0f}%",
            f"{rise.quantile(0.25):.0f}% and {rise.quantile(0.75):.0f}%",
        ],
        "wandsworth-exclusion-ratio-2016": [
            *(f"({exclusion_ratio(panel, period=y):.1f})" for y in ("2019/20", "2020/21")),
            *(f"({exclusion_ratio(panel, period=y):.1f})" for y in ("2021/22", "2023/24")),
            "3,235 of 918,270",
        ],
        "somerset-growth-bands": [
            f"{100 * (growth.loc['933', '2020'] / growth.loc['933', '2015'] - 1):.0f}%"
        ],
        "somerset-sen-region": ["15.3% of pupils against 15.7%", "13.2% against 12.7%"],
        "ndcs-deficit": [
            f"£{-value('dsg_balance_gbp', 'England', '2019-20') / 1e6:.0f}m",
            f"£{-value('dsg_balance_gbp', 'England', '2020-21') / 1e6:.0f}m",
        ],
        "policy-inspections": [
            f"{inspection_state(panel).count('2023', 'areas inspected'):.0f} areas",
        ],
        "tribunal-appeals": [f"{value('tribunal_appeals', 'England', '2024'):,.0f}"],
        "ifs-pupils": [f"{100 * (growth.loc['E92000001', '2024'] / 319819 - 1):.0f}%"],
        "ccn-spending": [
            f"£{value('s251_high_needs_net_gbp', 'England', '2024-25') / 1e9:.1f}bn"
        ],
    }
    for claim, figures in quoted.items():
        reason = register.loc[claim, "reason"]
        assert [one for one in figures if one not in reason] == [], claim


def test_statements_are_ours_and_short():
    for claim in read_claims():
        assert len(claim.statement.split()) <= 25, claim.claim_id
        assert '"' not in claim.statement


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('claim_id = "a", statement = "s", basis = "b", published = "1"', "neither"),
        (
            'claim_id = "a", statement = "s", basis = "b", published = "1", cannot = "x", '
            "of = 1",
            "unknown of",
        ),
        ('claim_id = "a", statement = "s", published = "1", cannot = "x"', "no basis"),
        (
            'claim_id = "a", statement = "s", basis = "b", published = "1", value = 1, '
            'check = "figure", cannot = "x"',
            "both",
        ),
    ],
)
def test_an_incomplete_claim_is_refused(tmp_path, body, said):
    text = f'[[source]]\nname = "n"\nas_of = "2020"\nclaim = [\n  {{ {body} }},\n]\n'
    (tmp_path / "claims.toml").write_text(text, "utf-8")
    with pytest.raises(AssumptionError, match=said):
        read_claims(tmp_path)


def test_an_id_given_twice_is_refused(tmp_path):
    row = '{ claim_id = "a", statement = "s", basis = "b", published = "1", cannot = "x" }'
    text = f'[[source]]\nname = "n"\nas_of = "2020"\nclaim = [{row}, {row}]\n'
    (tmp_path / "claims.toml").write_text(text, "utf-8")
    with pytest.raises(AssumptionError, match="same claim_id: a"):
        read_claims(tmp_path)


def test_a_wrong_figure_would_be_seen(panel):
    """The gate can fail: one more than the record is no longer reproduced."""
    wrong = Claim(
        *("a", "s", "statement", "2019-05-10", "published", "86"),
        value=86,
        check="state",
        arguments={"as_of": "2019-05-10", "count": "reports published"},
    )
    row = claims_register(panel, [wrong]).iloc[0]
    assert row["verdict"] == "differs"
    assert "The record gives 85" in row["reason"]


def test_weaknesses_are_those_ofsted_counted(panel):
    table = read_inspections(panel).query("framework == '2016'").set_index("la_name")
    expected = {
        **{"Brent": 5, "Bury": 8, "Hartlepool": 4, "Middlesbrough": 4, "Oxfordshire": 5},
        **{"Rochdale": 4, "Sandwell": 5, "Sefton": 5, "Somerset": 9, "Suffolk": 4},
        **{"Surrey": 5, "Wakefield": 1, "Waltham Forest": 3, "Windsor and Maidenhead": 8},
    }
    assert {name: table.loc[name, "weaknesses"] for name in expected} == expected
    counted = table["weaknesses"].dropna().astype(int)
    # Founding page, section 3: mean 5.3, standard deviation 2.8, at most 14.
    assert (round(counted.mean(), 1), round(counted.std(), 1), counted.max()) == (
        5.3,
        2.8,
        14,
    )


def test_a_theme_not_mentioned_is_missing_never_no():
    themes = read_themes().set_index("la_name")
    assert len(themes) == 13
    assert set(themes[list(THEMES)].stack().dropna()) == {"mentioned"}
    assert themes.loc["Sandwell", list(THEMES)].isna().all()
    assert themes.loc["Wakefield", list(THEMES)].dropna().index.tolist() == [
        "autism_diagnosis"
    ]
    # The briefing: all but Wakefield, Waltham Forest and Sandwell.
    absent = set(themes.index) - set(areas_mentioned())
    assert absent == {"Wakefield", "Waltham Forest", "Sandwell"}
    counts = count_themes().set_index("theme")
    assert counts.loc["local_offer_promotion", "mentioned"] == 4
    assert (counts["mentioned"] + counts["not_mentioned"] == 13).all()


def test_named_weaknesses_are_as_many_as_ofsted_counted(panel):
    named = read_named_weaknesses().groupby("la_name").size()
    assert named.to_dict() == {"Oxfordshire": 5, "Somerset": 9}


def test_the_verbs_print_what_the_library_gives(capsys):
    assert main(["claims", "--format", "csv"]) == 0
    assert capsys.readouterr().out.startswith(",".join(COLUMNS))
    assert main(["inspections", "--as-of", "2019-05-10", "--format", "csv"]) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert len(lines) == 1 + 85
    assert lines[0].startswith(
        "la_code,la_name,region,framework,start_date,publication_date"
    )
    assert sum(",written statement required," in line for line in lines) == 42
    assert "Dorset (835)" in printed.err
    assert (
        main(["inspections", "--as-of", "2019-05-10", "--basis", "start", "--summary"]) == 0
    )
    assert "not yet inspected" in capsys.readouterr().out
    assert main(["inspections", "--as-of", "1 May"]) == 2
    assert "Traceback" not in capsys.readouterr().err
