"""Section 251 series, on the published files and on altered copies."""

import json

import pandas as pd
import pytest

from highneeds.sources import section251, section251_lines
from highneeds.sources.files import RawFiles
from tests.raw.finance_copies import geography, read_workbook

ENGLAND = "E92000001"
NET = "s251_high_needs_net_gbp"
OUTTURN, BUDGET = "s251_outturn_line_gbp", "s251_budget_line_gbp"
TOP_UPS = "special_and_ap_top_up_gross_gbp"
WEEKLY = "sen_weekly_unit_cost_gbp"
SELECTED = "s251_outturn_gross_line_gbp"
BASE_SHEET = "Outturn_data_202122.xlsx"
# SOURCES.md section 6: authorities, and sums in £ billion.
PUBLISHED = {
    "2017-18": (152, 4.40),
    "2018-19": (152, 4.73),
    "2019-20": (151, 5.16),
    "2020-21": (151, 5.69),
    "2021-22": (152, 6.49),
    "2022-23": (152, 7.42),
    "2023-24": (151, 8.69),
    "2024-25": (153, 10.22),
}
# SOURCES.md section 7, £ million. "place" is special schools and AP only.
OUTTURN_SUMS = {
    "place_funding_special_and_ap": 1008.8,
    "top_up_maintained_total": 3780.0,
    "top_up_independent_total": 1765.7,
    "sen_support": 633.5,
    "alternative_provision": 191.9,
    "hospital_education": 46.5,
    "therapies": 59.4,
}
NET_COMPONENTS = [line for line in OUTTURN_SUMS if not line.startswith("place")]


@pytest.fixture(scope="module")
def reading(raw_dir):
    return section251.read(RawFiles(raw_dir), geography(raw_dir))


@pytest.fixture(scope="module")
def table(reading):
    return reading.observations


@pytest.fixture(scope="module")
def net(table):
    """Authorities and England by year."""
    return table[table["measure"] == NET].pivot(
        index="la_code", columns="year", values="value"
    )


@pytest.fixture(scope="module")
def outturn(table):
    return table[table["measure"] == OUTTURN].pivot(
        index="la_code", columns="breakdown", values="value"
    )


def of(table, measure, year):
    rows = table[(table["measure"] == measure) & (table["year"] == year)]
    return rows.set_index("la_code")


@pytest.mark.parametrize(
    ("year", "count", "billions"), [(y, *v) for y, v in PUBLISHED.items()]
)
def test_net_series_sums_are_those_published(net, year, count, billions):
    own = net[year].drop(ENGLAND).dropna()
    assert len(own) == count
    assert own.sum() / 1e9 == pytest.approx(billions, abs=0.005)


def test_england_is_the_sum_only_when_every_authority_is_there(net, table):
    for year in PUBLISHED:
        row = of(table, NET, year).loc[ENGLAND]
        if year == "2023-24":
            assert row["status"] == "unavailable"
            assert pd.isna(row["value"])
        else:
            assert row["status"] == "derived"
            assert row["value"] == net[year].drop(ENGLAND).sum()


def test_2023_24_says_why_there_is_no_england(reading, table):
    missing = "unavailable"
    issues = {
        i.la_code: i for i in reading.issues if i.measure == NET and i.status == missing
    }
    assert set(issues) == {ENGLAND, "942", "943"}
    assert issues[ENGLAND].published.startswith("8685566195")
    assert "151 of 153" in issues[ENGLAND].why
    rows = of(table, NET, "2023-24").loc[["942", "943"]]
    assert set(rows["status"]) == {missing}
    assert rows["value"].isna().all()


def test_sums_a_budget_project_made_are_derived_and_said_to_be(reading, table):
    net = table[(table["measure"] == NET) & table["value"].notna()]
    assert set(net["status"]) == {"derived"}
    said = [i for i in reading.issues if i.measure == NET and i.status == "derived"]
    assert [i.year for i in said] == list(PUBLISHED)
    assert {i.la_code for i in said} == {"all"}


def test_codes_follow_reorganisations_by_date(net):
    years = {code: list(net.columns[net.loc[code].notna()]) for code in net.index}
    assert years["835"] == years["836"] == years["837"] == ["2017-18", "2018-19"]
    assert years["838"][0] == years["839"][0] == "2019-20"
    assert years["928"][-1] == "2020-21"
    assert years["940"][0] == years["941"][0] == "2021-22"
    assert years["909"][-1] == "2022-23"
    assert years["942"] == years["943"] == ["2024-25"]
    # One authority each, whatever code the edition used.
    assert len(years["825"]) == len(years["815"]) == len(years["933"]) == len(PUBLISHED)


def test_file_names_are_the_first_calendar_year(raw_dir, net):
    folder = raw_dir / "finance" / "s251_outturn_net_groups_json"
    published = json.loads((folder / "s251_lookup_2021.json").read_text(encoding="utf-8"))
    groups = published["E09000007"]["education_breakdown"]
    camden = next(g["value"] for g in groups if g["name"] == "High needs (SEND)")
    assert net.loc["202", "2021-22"] == camden == 30_868_044


def test_growth_over_the_same_authorities_is_as_the_design_page_says(net):
    # design/data.md B9.5 and B9.6: raw +17.6%, median +15.9%, and odd single steps.
    assert net["2024-25"][ENGLAND] / 8_685_566_195 - 1 == pytest.approx(0.176, abs=0.0005)
    growth = net.drop(ENGLAND).pct_change(axis=1, fill_method=None)
    assert growth["2024-25"].median() == pytest.approx(0.159, abs=0.0005)
    steps = {
        ("381", "2018-19"): 0.50,
        ("381", "2023-24"): 0.49,
        ("381", "2024-25"): -0.24,
        ("887", "2019-20"): 0.48,
        ("852", "2018-19"): -0.20,
        ("852", "2019-20"): 0.40,
        ("351", "2021-22"): -0.21,
        ("343", "2023-24"): 0.50,
    }
    for (code, year), step in steps.items():
        assert growth.loc[code, year] == pytest.approx(step, abs=0.0051)


def test_camden_is_its_six_components(net, outturn):
    assert len(NET_COMPONENTS) == 6
    six = outturn.loc["202", NET_COMPONENTS].sum()
    assert six == pytest.approx(30_868_044, abs=2)


def test_line_detail_never_exceeds_the_net_series(net, outturn):
    six = outturn[NET_COMPONENTS].sum(axis=1)
    rest = net["2021-22"][six.index] - six
    # Lines beyond the six are never negative; most authorities have none.
    assert rest.min() > -3
    assert (rest.abs() < 3).sum() == 128


@pytest.mark.parametrize(("line", "millions"), OUTTURN_SUMS.items())
def test_outturn_columns_sum_to_the_published_totals(outturn, line, millions):
    assert len(outturn) == 150
    assert outturn[line].sum() / 1e6 == pytest.approx(millions, abs=0.05)


def test_place_funding_total_adds_the_phases_the_printed_total_leaves_out(table, outturn):
    phases = [
        f"place_funding_{phase}"
        for phase in ("early_years", "primary", "secondary", "special", "ap", "post_school")
    ]
    printed = outturn["place_funding_special_and_ap"]
    made = outturn["place_funding_special"] + outturn["place_funding_ap"]
    assert (printed - made).abs().max() < 1e-6
    assert (outturn["place_funding_total"] - outturn[phases].sum(axis=1)).abs().max() < 1e-6
    assert outturn["place_funding_total"].sum() > printed.sum() + 100e6
    total = (table["breakdown"] == "place_funding_total") & table["measure"].isin(
        [OUTTURN, BUDGET]
    )
    assert set(table.loc[total, "status"]) == {"derived"}


def test_budget_places_include_academies_and_outturn_places_do_not(table, outturn):
    budget = table[table["measure"] == BUDGET].pivot(
        index="la_code", columns="breakdown", values="value"
    )
    line = "place_funding_special_and_ap"
    assert budget[line].sum() > 1.5 * outturn[line].sum()
    assert len(section251_lines.LINES) == 27 == 41 - 15 + 1 == 86 - 60 + 1


def test_top_up_totals_are_net_of_income(outturn):
    for group in ("top_up_maintained", "top_up_independent"):
        phases = [
            c
            for c in outturn
            if c.startswith(group) and c[len(group) + 1 :] not in ("total", "income")
        ]
        assert len(phases) == 6
        made = outturn[phases].sum(axis=1) - outturn[f"{group}_income"]
        assert (made - outturn[f"{group}_total"]).abs().max() < 1e-6


def test_abolished_authorities_have_no_rows(reading, table):
    lines = table[table["measure"].isin([OUTTURN, BUDGET, "population_2_18"])]
    assert not set(lines["la_code"]) & {"835", "836", "837", "928", "201", "420"}
    assert {"838", "839", "940", "941"} <= set(lines["la_code"])
    stray = [i for i in reading.issues if i.measure == "population_2_18"]
    assert [(i.la_code, i.published) for i in stray] == [("928", "167161.64")]


def test_population_is_a_projection_for_mid_2021(table):
    people = table[table["measure"] == "population_2_18"]
    assert set(people["year"]) == {"2021"}
    assert set(people["status"]) == {"projected"}
    assert len(people) == 150
    assert people.set_index("la_code").loc["831", "value"] == pytest.approx(57_263.85)


def test_plan_counts_of_the_base_sheet_are_january_2021_and_not_read(raw_dir, table):
    rows = read_workbook(raw_dir / "finance" / BASE_SHEET)["Sheet1"]
    assert sum(row[6] for row in rows[7:] if row[6] != "") == 430_665
    assert not table["measure"].str.contains("plans").any()


def test_top_ups_agree_with_the_line_detail(table, outturn):
    rows = table[(table["measure"] == TOP_UPS) & (table["year"] == "2021-22")]
    wide = rows.pivot(index="la_code", columns="breakdown", values="value")
    for ours, line in (
        ("state", "top_up_maintained"),
        ("independent", "top_up_independent"),
    ):
        detail = outturn[f"{line}_special"] + outturn[f"{line}_ap"]
        gap = (wide[ours] - detail).dropna()
        assert len(gap) == 148
        assert gap.abs().max() < 0.51  # printed there without pence


def test_top_ups_of_zero_in_total_are_no_return(reading, table):
    rows = table[(table["measure"] == TOP_UPS) & (table["breakdown"] == "total")]
    missing = rows[rows["value"].isna()]
    found = set(zip(missing["la_code"], missing["year"], strict=True))
    assert found == {
        ("839", "2019-20"),  # Bournemouth, Christchurch and Poole: zero in its first year
        ("838", "2019-20"),  # the new Dorset is blank throughout
        ("838", "2020-21"),
        ("838", "2021-22"),
        ("816", "2021-22"),  # York: zero, against £9.7m in the line detail
    }
    statuses = missing.set_index("la_code")["status"]
    # A zero is printed; a blank is not.
    assert set(statuses[["839", "816"]]) == {"set_aside"}
    assert set(statuses["838"]) == {"unavailable"}
    assert rows["year"].value_counts().to_dict() == {
        "2018-19": 150,
        "2019-20": 149,
        "2020-21": 149,
        "2021-22": 150,
    }
    kept = {
        (i.la_code, i.year, i.breakdown)
        for i in reading.issues
        if i.measure == TOP_UPS and i.status == "observed"
    }
    assert ("881", "2020-21", "independent") in kept  # Essex, £22m the year before
    essex = of(table, TOP_UPS, "2020-21").loc["881"].set_index("breakdown")
    assert essex.loc["independent", "value"] == 0


def test_selected_lines_are_148_authorities_without_the_top_up_sum(reading, table):
    rows = table[table["measure"] == SELECTED]
    assert set(rows["breakdown"]) == {
        "top_up_independent",
        "educational_psychology",
        "sen_administration",
        "sen_transport_pre16",
    }
    for _, line in rows.groupby("breakdown"):
        assert line["value"].notna().sum() == 148
        absent = line[line["value"].isna()]
        assert set(absent["la_code"]) == {"201", "420", "825", "942", "943"}
        assert set(absent["status"]) == {"unavailable"}
    kent = rows.set_index(["la_code", "breakdown"])["value"]["886"]
    assert kent["top_up_independent"] == 91_263_988
    assert kent["sen_transport_pre16"] == 63_954_857
    assert {i.la_code for i in reading.issues if i.measure == SELECTED} == {
        "201",
        "420",
        "825",
        "942",
        "943",
    }
    # SOURCES.md: a code DfE kept after 2023 and one it did not.
    assert kent.index.nunique() == 4
    assert {"815", "933"} <= set(rows.dropna()["la_code"])


def test_weekly_costs_keep_a_dash_as_unavailable(table):
    rows = table[table["measure"] == WEEKLY]
    dashes = rows[rows["value"].isna()]
    assert set(zip(dashes["la_code"], dashes["year"], strict=True)) == {
        ("942", "2023-24"),
        ("943", "2023-24"),
    }
    assert set(dashes["status"]) == {"unavailable"}
    given = rows.dropna()["value"]
    assert (given % 5 == 0).all()
    # To £5, so the smallest authority once rounds to nothing.
    nothing = rows.loc[rows["value"] == 0, ["la_code", "year"]]
    assert nothing.to_numpy().tolist() == [["420", "2020-21"]]


def test_weekly_costs_cover_england_the_nine_regions_and_authorities_in_being(table):
    rows = table[table["measure"] == WEEKLY]
    counts = rows.groupby("year")["la_code"].count()
    expected = {year: count + 10 for year, (count, _) in PUBLISHED.items()}
    expected["2016-17"] = 152 + 10
    expected["2023-24"] = 153 + 10
    assert counts.to_dict() == expected
    england = rows[rows["la_code"] == ENGLAND].set_index("year")["value"]
    assert england["2016-17"] == 110
    assert england["2021-22"] == 95
    # "LA Number 987" and "988" are the halves of London: published, not read.
    assert not rows["la_code"].str.startswith("E13").any()
