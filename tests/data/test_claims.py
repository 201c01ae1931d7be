"""The claims register on the embedded record.

Expected figures: the seed documents and the page of published figures the project was
founded on; the outcomes are Ofsted's.
"""

import dataclasses
import re

import pytest

from highneeds.answers.beside_others import growth_bands
from highneeds.cli import main
from highneeds.errors import AssumptionError
from highneeds.evidence.claims import (
    COLUMNS,
    VERDICTS,
    Claim,
    claims_register,
    count_verdicts,
    read_claims,
)
from highneeds.evidence.claims_figures import by_provision, exclusion_ratio
from highneeds.inspections.state import inspection_state, read_inspections
from highneeds.inspections.themes import (
    THEMES,
    areas_mentioned,
    count_themes,
    read_named_weaknesses,
    read_themes,
)
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
    "lgiu-wakefield": "1",
    "lgiu-conversion": "31 March 2018",
    "lgiu-conversion-dorset": "low",
    "somerset-weaknesses": "9",
    "somerset-published": "27 May 2020",
    "oxfordshire-first-year": "30",
    "oxfordshire-first-year-required": "9",
    "oxfordshire-autumn": "10",
    "oxfordshire-autumn-required": "7",
    "oxfordshire-weaknesses": "5",
    "oxfordshire-published": "4 December 2017",
    "oxfordshire-deadline-received": "8 March 2018",
    "oxfordshire-first-year-share": "just under a third",
    "oxfordshire-secondary-support": "high",
    "wandsworth-programme-start": "May 2016",
    "somerset-age-limit": "2014",
    "somerset-growth": "over 80%",
    "ndcs-inspected": "100",
    "ndcs-required": "51",
    "ndcs-revisits": "11",
    "ndcs-revisits-sufficient": "5",
    "ndcs-not-inspected": "a third",
    # Section 2, those the embedded record can give.
    "nao-growth": "140%",
    "nao-timeliness": "50%",
    "ccn-independent": "about 34,000",
    "ccn-independent-growth": "165%",
    "isos-2018-growth": "35%",
    "mime-requests-growth": "88%",
    "ifs-pupils-number": "180,000",
    "dfe-suspensions": "954,952",
    "dfe-suspension-rate": "11.31",
    "dfe-exclusions": "10,885",
    "dfe-exclusion-rate": "0.13",
    "dfe-suspensions-plans": "101,381",
    "dfe-exclusions-plans": "1,044",
    "dfe-suspensions-support": "330,908",
    "dfe-exclusions-support": "4,639",
    # Ofsted's own counts, which leave out areas abolished by the day.
    "ofsted-2021-inspected": "116",
    "ofsted-2021-required": "59",
    # Ofsted's and the National Audit Office's counts with hindsight, by start.
    "ofsted-2023-inspected": "26",
    "ofsted-2023-positive": "7",
    "ofsted-2023-inconsistent": "11",
    "ofsted-2023-failings": "8",
    "ofsted-2024-inspected": "54",
    "ofsted-2024-positive": "14",
    "ofsted-2024-inconsistent": "26",
    "ofsted-2024-failings": "14",
    "nao-inspections-all": "35",
    "nao-inspections-failings": "11",
}
# The figure stands in the very file or page the record was compiled from.
OWN_FILE = {
    "lgiu-coded": "13",
    "lgiu-parents-local-offer": "10",
    # The briefing's five kinds of problem with parents and the local offer.
    "lgiu-parent-communication": "3 named",
    "lgiu-local-offer-promotion": "4 named",
    "lgiu-local-offer-awareness": "3 named",
    "lgiu-local-offer-quality": "2 named",
    "lgiu-co-production": "4 named",
    "oxfordshire-weaknesses-named": "5",
    "somerset-weaknesses-named": "9",
    **{f"dfe-plans-{year}": None for year in (2010, 2015, *range(2018, 2026))},
    "dfe-growth-2025": "10.8%",
    "dashboard-balance-2020": "−1.08%",
    "dashboard-balance-2021": "−1.69%",
    "dashboard-balance-2022": "−2.26%",
    "tribunal-rate-new": "6%",
    "ofsted-2022-inspected": "149",
    "ofsted-2022-required": "82",
    "ofsted-2022-revisits": "46",
    "ofsted-2022-revisits-sufficient": "20",
    "policy-override": "31 March 2028",
    "policy-stability-grant": "90%",
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


def test_figures_of_the_very_files_compiled_are_counted_apart(register):
    agree = register[register["verdict"] == "agrees with its own file"]
    assert set(agree.index) == set(OWN_FILE)
    for claim, published in OWN_FILE.items():
        assert published in (None, agree.loc[claim, "published"]), claim


def test_a_wrong_figure_of_its_own_file_differs(panel):
    claim = next(one for one in read_claims() if one.claim_id == "dfe-plans-2010")
    wrong = dataclasses.replace(claim, value=claim.value + 1)
    assert claims_register(panel, [claim])["verdict"].tolist() == [
        "agrees with its own file"
    ]
    assert claims_register(panel, [wrong])["verdict"].tolist() == ["differs"]


def test_transfers_are_matched_with_transfers_and_nothing_else(register, panel):
    """161 + 482 + 570 + 587 + 137 statements of Oxfordshire moved, 2014 to 2018."""
    row = register.loc["oxfordshire-transfers"]
    assert (row["computed"], row["verdict"]) == ("1,937", "differs")
    assert 161 + 482 + 570 + 587 + 137 == 1_937
    # What was matched before: statements and plans together, of January 2017.
    assert panel.figure("ehc_plans", "Oxfordshire", "2017").value == 2_755
    statements = panel.figure("ehc_plans", "Oxfordshire", "2014", "document/statement")
    assert statements.value == 2_137


def test_forecasts_of_2018_are_set_beside_the_balances_that_came(register):
    for claim, computed in (
        ("isos-2018-forecast", "£484m"),
        ("isos-2018-forecast-2021", "£802m"),
        ("ndcs-deficit", "£484m"),
    ):
        row = register.loc[claim]
        assert (row["computed"], row["verdict"]) == (computed, "differs")


def test_an_area_whose_themes_are_not_given_counts_as_none_with_them(register):
    row = register.loc["lgiu-but-wakefield"]
    assert (row["computed"], row["verdict"]) == ("11", "differs")
    assert "Sandwell" in row["reason"]


def test_bands_of_growth_hold_every_county_council_once(panel):
    table = growth_bands(panel, 2015, 2019, kind="county")
    counties = [area for area in panel.geography.authorities(2019) if area.kind == "county"]
    assert len(table) == len(counties) == 27
    by_hand = {
        area.name: 100
        * (
            panel.figure("ehc_plans", area, "2019").value
            / panel.figure("ehc_plans", area, "2015").value
            - 1
        )
        for area in counties
    }
    assert table.set_index("name")["growth_pct"].to_dict() == pytest.approx(by_hand)
    bands = table["over"].value_counts(dropna=False)
    growth = table["growth_pct"]
    for low, high in ((30, 50), (50, 60), (60, 80), (80, 1000)):
        assert bands[low] == ((growth > low) & (growth <= high)).sum()
    assert table["over"].isna().sum() == (growth <= 30).sum() == 4


def test_counts_by_provision_rest_on_rates_that_give_back_the_whole(panel):
    """The same sum over every pupil is 0.3% above the published 954,952 suspensions."""
    groups = [
        by_provision(panel, measure="suspensions", period="2023/24", group=group)
        for group in ("ehc_plan", "sen_support")
    ]
    assert groups == pytest.approx([101_381, 330_908], rel=0.01)
    assert groups[0] > panel.matrix("suspensions", "phase/special")["2023/24"].sum()


def test_every_claim_has_a_verdict_and_those_that_fail_a_reason(register):
    assert ("claim_id", *register.columns) == COLUMNS
    assert set(register["verdict"]) == set(VERDICTS)
    agree = register["verdict"].isin(["reproduced", "agrees with its own file"])
    assert (register.loc[~agree, "reason"] != "").all()
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
    lowest = growth_bands(panel, 2015, 2019, kind="county").tail(4)
    balance = panel.matrix("dsg_balance_gbp")
    owed = balance[balance.index.str.isdigit()].clip(upper=0)
    top_ups = panel.matrix("special_and_ap_top_up_gross_gbp")
    top_ups = top_ups["2021-22"].sum() - top_ups["2018-19"].sum()
    net = panel.matrix("s251_high_needs_net_gbp").loc["E92000001"]
    net = net["2021-22"] - net["2018-19"]
    # 2.9% and 4.8% of pupils, each out by up to 0.05, times the growth of pupils.
    pupils = value("pupils", "England", "2023/24") / value("pupils", "England", "2017/18")
    shares = [value("pupils_with_ehc_plan_pct", "England", y) for y in ("2018", "2024")]
    room = [
        100 * (pupils * (shares[1] + off) / (shares[0] - off) - 1) for off in (-0.05, 0.05)
    ]
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
        "somerset-growth": [
            f"{100 * (growth.loc['933', '2020'] / growth.loc['933', '2015'] - 1):.0f}%"
        ],
        "somerset-growth-lowest": list(lowest["name"].iloc[::-1]),
        "somerset-age-limit": [
            f"{value('ehc_plans', 'England', '2016', 'age/20-25'):,.0f} a year later"
        ],
        "lgiu-conversion": [
            f"{value('ehc_plans', 'England', '2018', 'document/statement'):,.0f}"
        ],
        "oxfordshire-transfers": [
            f"{value('ehc_plans', 'Oxfordshire', '2014', 'document/statement'):,.0f}",
            f"{value('ehc_plans', 'Oxfordshire', '2017'):,.0f}",
        ],
        "somerset-sen-region": ["15.3% of pupils against 15.7%", "13.2% against 12.7%"],
        "ndcs-deficit": [
            f"£{-owed[year].sum() / 1e6:,.0f}m" for year in ("2019-20", "2020-21")
        ],
        "ifs-special-schools": [f"{100 * top_ups / net:.0f}%"],
        "policy-inspections": [
            f"{inspection_state(panel).count('2023', 'areas inspected'):.0f} areas",
        ],
        "tribunal-appeals": [f"{value('tribunal_appeals', 'England', '2024'):,.0f}"],
        "ifs-pupils": ["312,626 of 319,819", "{:.0f}% to {:.0f}%".format(*room)],
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
