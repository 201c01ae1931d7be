"""The figures copied from the 2026 release: every check and trap that came with them.

What is expected is read from the copies by pandas alone, or added up here.
"""

import functools

import numpy as np
import pandas as pd
import pytest

from highneeds.errors import SourceError
from highneeds.sources import (
    assessments,
    ceased_plans,
    copies,
    plan_flows,
    plans,
    tribunals,
)
from highneeds.sources.ages import age_years
from highneeds.sources.files import RawFiles
from tests.raw.finance_copies import geography
from tests.raw.sen2_copies import ENGLAND, authorities, changed, plain, statuses, values

FOLDER = "education/dfe-ehcp-2026"
WIGHT, LEICESTER, LEWISHAM, NEWHAM, PLYMOUTH = "921", "856", "209", "316", "879"
SOUTH_EAST, EAST_MIDLANDS = "E12000008", "E12000004"
PLACEMENTS = {
    "mainstream": 326_804,
    "state_special": 171_219,
    "independent_special": 40_223,
    "alternative_provision": 5_530,
    "further_education": 100_815,
    "elsewhere": 62_386,
    "early_years": 4_936,
    "unknown": 6_925,
}
COLUMNS = [
    *("ehcplans", "mainstream_total", "special_la_maintained", "special_academy"),
    *("special_free_school", "special_independent", "special_non_maintained"),
    *("ap_pru_total", "fe_total", "ed_elsewhere", "nm_early_years", "placement_unknown"),
]


def read(raw_dir, name):
    path = raw_dir / FOLDER / name
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


@functools.cache
def copied(raw_dir):
    """The copy of authorities and regions, figures as numbers and x as none."""
    table = read(raw_dir, "caseload_202526_areas_age_placement.csv")
    names = [name for name in table if name not in ("la_name", "breakdown")]
    figures = [name for name in names if not name.endswith("la_code")]
    return table.assign(**{name: number(table[name]) for name in figures})


def number(text):
    return pd.to_numeric(text.str.strip().str.replace(",", ""), errors="coerce")


@pytest.fixture(scope="module")
def stock(raw_dir):
    return plans.read(RawFiles(raw_dir), geography(raw_dir))


@pytest.fixture(scope="module")
def january(stock):
    found = values(stock.observations)["ehc_plans"]
    return found.xs("2026", level="year")


@pytest.fixture(scope="module")
def new(raw_dir):
    return plan_flows.read(RawFiles(raw_dir), geography(raw_dir))


@pytest.fixture(scope="module")
def ended(raw_dir):
    return ceased_plans.read(RawFiles(raw_dir), geography(raw_dir))


@pytest.fixture(scope="module")
def steps(raw_dir):
    return assessments.read(RawFiles(raw_dir), geography(raw_dir))


@pytest.fixture(scope="module")
def appeals(raw_dir):
    return tribunals.read(RawFiles(raw_dir), geography(raw_dir))


def issues_of(reading, year):
    return {issue.issue_id: issue for issue in reading.issues if issue.year == year}


# Plans in January 2026.


def test_england_has_as_many_plans_as_published(january):
    assert january["total", "total", ENGLAND] == 718_838
    placed = january["placement", :, ENGLAND]
    assert placed.to_dict() == PLACEMENTS
    assert sum(PLACEMENTS.values()) == 718_838
    # Special schools: 86,104 maintained, 71,570 academies and 13,545 free schools.
    assert PLACEMENTS["state_special"] == 86_104 + 71_570 + 13_545
    assert PLACEMENTS["independent_special"] == 35_569 + 4_654


def test_every_authority_adds_up_by_age_and_placement(january):
    totals = january["total", "total"]
    assert len(authorities_of(totals)) == 153
    for kind in ("age", "age_year", "placement", "placement_group"):
        parts = january[kind].groupby("la_code").sum(min_count=1)
        # 153 authorities, nine regions and England.
        assert len(parts) == 163
        assert (parts == totals).all()
    by_both = january["age_year_by_placement"].groupby("la_code").sum(min_count=1)
    assert (by_both == totals).all()


def authorities_of(figures):
    return figures[figures.index.str.fullmatch(r"\d{3}")]


def test_authorities_add_up_to_england_in_every_age_and_placement(january):
    for kind in ("total", "age", "age_year", "placement", "age_year_by_placement"):
        figures = january[kind]
        local = authorities(figures).groupby("breakdown").sum()
        england = figures.xs(ENGLAND, level="la_code")
        assert local.sort_index().equals(england.sort_index())
        regions = figures[figures.index.get_level_values("la_code").str.startswith("E12")]
        assert regions.groupby("breakdown").sum().equals(england.sort_index())


def test_ages_of_england_are_those_of_its_own_copy(raw_dir, january):
    england = read(raw_dir, "caseload_national_202526_extract.csv")
    ages = england[england["breakdown_topic"] == "Age at start of academic year"]
    printed = dict(zip(ages["breakdown"], number(ages["ehcplans"]), strict=True))
    assert printed.pop("under 3") == january["age_year", "0-2", ENGLAND] == 535
    for label, value in printed.items():
        assert january["age_year", label.removeprefix("age "), ENGLAND] == value
    # No labelled figure is left over.
    known = {label.removeprefix("age ") for label in printed} | {"0-2", "unknown"}
    assert set(january["age_year", :, ENGLAND].index) == known
    assert january["age_year", "unknown", ENGLAND] == 0
    sexes = england[england["breakdown_topic"] == "Sex"]
    for column in COLUMNS:
        total = number(england.loc[england["geographic_level"] == "National", column])
        total = total[england["breakdown_topic"] == "All EHC plans"].iloc[0]
        assert number(ages[column]).sum() == number(sexes[column]).sum() == total


def test_every_copied_figure_of_an_authority_is_in_the_record(raw_dir, january):
    table = copied(raw_dir)
    local = table[(table["old_la_code"] != "") & (table["old_la_code"] != WIGHT)]
    totals = local[local["breakdown"] == "total"].set_index("old_la_code")
    assert (january["total", "total"][totals.index] == totals["ehcplans"]).all()
    columns = {
        "mainstream": ["mainstream_total"],
        "state_special": [
            *("special_la_maintained", "special_academy", "special_free_school")
        ],
        "independent_special": ["special_independent", "special_non_maintained"],
        "alternative_provision": ["ap_pru_total"],
        "further_education": ["fe_total"],
        "elsewhere": ["ed_elsewhere"],
        "early_years": ["nm_early_years"],
        "unknown": ["placement_unknown"],
    }
    for placement, parts in columns.items():
        assert (
            january["placement", placement][totals.index] == totals[parts].sum(axis=1)
        ).all()
        aged = local[local["breakdown"] != "total"]
        age = aged["breakdown"].str.removeprefix("age ").replace("under 3", "0-2")
        keys = pd.MultiIndex.from_arrays([age + "|" + placement, aged["old_la_code"]])
        held = january["age_year_by_placement"][keys].to_numpy()
        assert (held == aged[parts].sum(axis=1).to_numpy()).all()
    # An age with no plans has no row in the copy, and is 0 in the record.
    assert len(aged) == 3_667 - 162 - 23
    assert january["age_year_by_placement"].notna().all()


def test_a_check_of_the_copies_plans_are_those_of_the_phase_transfers(raw_dir):
    phases = read(raw_dir, "phase_transfers.csv")
    names = phases["la_name"].where(phases["la_name"] != "", phases["region_name"])
    other = phases.set_index(names.replace("", "England"))["number_plans"]
    mine = copied(raw_dir).query("breakdown == 'total'").set_index("la_name")["ehcplans"]
    both = pd.DataFrame({"other": number(other), "mine": mine}).drop("England")
    assert set(both.index[both["other"].isna()]) == {"Lewisham", "Isle of Wight"}
    shared = both.dropna()
    assert len(shared) == 160
    assert (shared["other"] == shared["mine"]).all()
    assert number(other)["England"] == 718_838
    assert mine["Lewisham"] == 3_698


def test_a_check_of_the_copies_every_row_and_column_adds_up(raw_dir):
    table = copied(raw_dir)
    assert (table["old_la_code"] != "").sum() == 3_667 - 9
    given = table.dropna(subset=["ehcplans"])
    assert set(table.loc[table["ehcplans"].isna(), "old_la_code"]) == {WIGHT}
    assert (given[COLUMNS[1:]].sum(axis=1) == given["ehcplans"]).all()
    local = given[given["old_la_code"] != ""]
    total = local[local["breakdown"] == "total"].set_index("old_la_code")[COLUMNS]
    aged = local[local["breakdown"] != "total"].groupby("old_la_code")[COLUMNS].sum()
    assert aged.equals(total.sort_index())


def test_lewisham_is_printed_and_taken(january):
    assert january["total", "total", LEWISHAM] == 3_698


def test_isle_of_wight_follows_by_subtraction_and_says_so(raw_dir, stock, january):
    table = copied(raw_dir).query("breakdown == 'total'")
    region = geography(raw_dir)
    members = [
        one.la_code for one in region.authorities(2026) if one.region_code == SOUTH_EAST
    ]
    others = table[table["old_la_code"].isin(set(members) - {WIGHT})]
    assert len(others) == 18
    south_east = table[table["new_la_code"] == SOUTH_EAST].iloc[0]
    rest = south_east["ehcplans"] - others["ehcplans"].sum()
    assert january["total", "total", WIGHT] == rest == 2_000
    expected = {
        "mainstream": 1_035,
        "state_special": 394,
        "independent_special": 97,
        "alternative_provision": 19,
        "further_education": 181,
        "early_years": 121,
        "elsewhere": 153,
        "unknown": 0,
    }
    assert january["placement", :, WIGHT].to_dict() == expected
    # By age: England less the other 152 authorities.
    aged = copied(raw_dir).query("breakdown == 'age 10' and old_la_code != ''")
    assert january["age_year", "10", WIGHT] == 47_974 - aged["ehcplans"].sum()
    found = statuses(stock.observations)["ehc_plans"].xs("2026", level="year")
    assert set(found.xs(WIGHT, level="la_code")) == {"derived"}
    issue = issues_of(stock, "2026")[f"ehc_plans-by-subtraction-2026-{WIGHT}"]
    assert (issue.published, issue.used, issue.status) == ("x", "2,000", "derived")


def test_groups_tell_apart_what_returns_ask_for(raw_dir, january):
    somerset = january["placement_group", :, "933"]
    # As its own row of the copy of England prints it.
    table = read(raw_dir, "caseload_national_202526_extract.csv").set_index("la_name")
    row = number(table.loc["Somerset"])
    bases = ["la_maintained", "academy", "free_school"]
    provision = sum(row[f"mainstream_{one}_resourced_provision"] for one in bases)
    assert somerset["mainstream_resourced_provision"] == provision == 2
    units = sum(row[f"mainstream_{one}_senunit"] for one in bases)
    assert somerset["mainstream_senunit"] == units == 212
    elsewhere = row["other_arrangements_la"] + row["other_arrangements_parents"]
    assert somerset["other_arrangements"] == elsewhere == 309
    for name in ("elective_home_education", "specialist_post_16_institutions"):
        assert somerset[name] == row[name]
    assert somerset["mainstream_independent"] == row["mainstream_independent"] == 38
    # 2,371 in mainstream schools less 2 in bases, 212 in units and 38 in independent ones.
    assert somerset["mainstream_other"] == 2_371 - 2 - 212 - 38


def test_groups_of_earlier_years_are_sums_of_their_settings(raw_dir, stock):
    found = values(stock.observations)["ehc_plans"]
    groups = found["placement_group"].unstack("breakdown")
    detail = found["placement_detail"].unstack("breakdown").reindex(groups.index)
    bases = [name for name in detail if name.endswith("_resourced_provision")]
    assert len(bases) == 3
    before = groups[groups.index.get_level_values("year") < "2026"].index
    assert len(before) > 1_100
    expected = detail.loc[before, bases].sum(axis=1, min_count=3)
    got = groups.loc[before, "mainstream_resourced_provision"]
    assert np.array_equal(got.to_numpy(), expected.to_numpy(), equal_nan=True)
    rest = [*(name for name in detail if name.startswith("neet")), "online_provider"]
    rest += ["w_settings", "other_schools", "other_placement_settings"]
    rest += ["await_prov_2022", "perm_ex_2022"]
    known = detail.loc[before, rest].sum(axis=1).where(groups["elsewhere_other"].notna())
    since_persons = before[before.get_level_values("year") >= "2023"]
    both = pd.DataFrame({"a": groups["elsewhere_other"], "b": known}).loc[since_persons]
    assert (both.dropna()["a"] == both.dropna()["b"]).all()


def test_newhams_january_before_is_published_and_doubted(stock, new, ended):
    found = values(stock.observations)["ehc_plans", "total", "total"]
    years = [found[year, NEWHAM] for year in ("2024", "2025", "2026")]
    assert years == [2_705, 1_199, 3_639]
    started = values(new.observations)["new_ehc_plans", "total", "total"]
    gone = values(ended.observations)["ceased_ehc_plans", "total", "total"]
    flows = [(started[year, NEWHAM], gone[year, NEWHAM]) for year in ("2024", "2025")]
    assert flows == [(379, 42), (808, 220)]
    issue = issues_of(stock, "2025")[f"ehc_plans-false-total-2025-{NEWHAM}"]
    assert issue.published == "1,199"
    assert issue.used == "as published"


def test_large_changes_are_named(stock):
    found = values(stock.observations)["ehc_plans", "total", "total"]
    for code, issue in large(stock, "ehc_plans-large-change-2026-").items():
        before, after = (int(found[year, code]) for year in ("2025", "2026"))
        assert issue.published == f"{before:,}, then {after:,}"
        assert after / before > 1.2
    assert len(large(stock, "ehc_plans-large-change-2026-")) == 6


def large(reading, prefix):
    return {
        issue.la_code: issue
        for issue in reading.issues
        if issue.issue_id.startswith(prefix)
    }


def test_placements_not_recorded_are_named(stock, january):
    england = values(stock.observations)["ehc_plans", "placement", "unknown"]
    assert (england["2025", ENGLAND], england["2026", ENGLAND]) == (19_339, 6_925)
    told = large(stock, "ehc_plans-placements-not-recorded-2026-")
    totals, unknown = january["total", "total"], january["placement", "unknown"]
    for code, issue in told.items():
        assert issue.published.startswith(f"{unknown[code]:,.0f} of {totals[code]:,.0f}")
    shares = authorities_of(unknown / totals).sort_values()
    assert round(100 * shares[PLYMOUTH], 1) == 20.8 == round(100 * shares.iloc[-1], 1)
    assert round(100 * shares["935"], 1) == 7.1
    assert january["age_year_by_placement", "11|unknown", "356"] == 111
    assert january["age_year", "11", "356"] == 333


# Flows of 2025.


def test_new_plans_of_2025(raw_dir, new):
    found = values(new.observations)["new_ehc_plans"].xs("2025", level="year")
    assert found["total", "total", ENGLAND] == 110_708
    for kind in ("age", "age_year", "placement", "age_year_by_placement"):
        assert found[kind].xs(ENGLAND, level="la_code").sum() == 110_708
    placed = found["placement"].groupby("la_code").sum()
    assert (placed == found["total", "total"]).all()
    assert (found["total", "total", WIGHT], found["total", "total", LEICESTER]) == (10, 38)
    status = statuses(new.observations)["new_ehc_plans"]
    assert status["total", "total", "2025", WIGHT] == "derived"
    told = issues_of(new, "2025")
    assert told[f"new_ehc_plans-partial-return-2025-{LEICESTER}"].published == "38"
    assert found["total", "total", "855"] == 2_388
    unknown, total = (
        found["placement", "unknown", PLYMOUTH],
        found["total", "total", PLYMOUTH],
    )
    assert (unknown, total, round(100 * unknown / total, 1)) == (162, 719, 22.5)
    assert f"new_ehc_plans-placements-not-recorded-new-2025-{PLYMOUTH}" in told


def test_a_check_of_the_copies_new_plans_add_up_in_every_column(raw_dir):
    table = read(raw_dir, "newplans_national_2025_extract.csv")
    counts = [name for name in table if name not in table.columns[:12]]
    counts = [name for name in counts if not name.endswith("_pc")]
    of = table[counts].apply(number).groupby(table["breakdown_topic"]).sum()
    for topic in ("Age when plan started", "Sex"):
        assert (of.loc[topic] == of.loc["All new EHC plans"]).all()
    hidden = ["w_settings", "await_prov", "perm_ex"]
    totals = read(raw_dir, "newplans_2025_totals.csv")
    assert set(totals[hidden].to_numpy().ravel()) == {"x"}
    parts = totals.iloc[0][
        [
            *("elective_home_education", "other_arrangements_la", "online_provider"),
            *("other_arrangements_parents", "other_schools", "other_placement_settings"),
            *("neet", "neet_ntci", "neet_other", "neet_other_csa"),
        ]
    ]
    assert int(totals.iloc[0]["ed_elsewhere"]) - number(parts).sum() == 36


def test_requests_of_2025(raw_dir, steps):
    found = values(steps.observations)
    asked = found["ehc_assessment_requests", "total", "total", "2025"]
    refused = found["ehc_assessment_requests_refused", "total", "total", "2025"]
    assert (asked[ENGLAND], refused[ENGLAND]) == (162_702, 43_289)
    assert authorities_of(asked).sum() == 162_702
    assert (asked[WIGHT], asked[LEICESTER], refused[LEICESTER]) == (138, 199, 0)
    status = statuses(steps.observations)["ehc_assessment_requests"]
    assert status["total", "total", "2025", WIGHT] == "derived"
    without = authorities_of(refused)
    told = issues_of(steps, "2025")
    named = {one.la_code for key, one in told.items() if "no-refusal" in key}
    large_ones = asked[without.index[without == 0]]
    assert named == set(large_ones.index[large_ones >= 100])
    assert f"ehc_assessment_requests-partial-return-requests-2025-{LEICESTER}" in told
    # The later steps keep the year they were last published for.
    for measure in ("ehc_assessments", "ehc_plans_issued", "annual_reviews_held"):
        assert found[measure].index.get_level_values("year").max() == "2024"


def test_a_check_of_the_copies_outcomes_are_every_request(raw_dir):
    table = read(raw_dir, "requests_2025_totals.csv").set_index("la_name")
    figures = table[table.columns[11:]].apply(number)
    parts = ["decided_to_assess", "decided_not_to_assess", "decision_not_made", "withdrawn"]
    summed = figures[[f"requests_{one}" for one in parts]].sum(axis=1, min_count=4)
    received = figures["requests_received_in_year"]
    assert received.notna().sum() == 162
    assert (summed == received).sum() == 162
    weeks = figures["request_outcome_six_weeks"] + figures["request_outcome_over_6_weeks"]
    local = table["geographic_level"] == "Local authority"
    # No split of the year's requests.
    assert (weeks > received)[local].sum() == 48
    withdrawn = figures["requests_withdrawn"] / received
    assert set(withdrawn[local].nlargest(3).index) == {"Southampton", "Leicester", "Essex"}
    none = local & (figures["mediation_related_request"] == 0) & (received > 100)
    assert len(received[none]) == 6


def test_ended_plans_of_2025(raw_dir, ended):
    found = values(ended.observations)["ceased_ehc_plans"].xs("2025", level="year")
    totals = found["total", "total"]
    assert totals[ENGLAND] == 50_346
    assert found["reason", "moved_to_another_authority", ENGLAND] == 17_021
    reasons = found["reason"].groupby("la_code").sum()
    assert (reasons == totals).all()
    assert found["age_year"].xs(ENGLAND, level="la_code").sum() == 50_346
    assert (totals[LEICESTER], len(authorities_of(totals))) == (62, 152)
    # The South East closes without Isle of Wight, which has no row.
    assert WIGHT not in totals.index
    members = geography(raw_dir).authorities(2025)
    south_east = [one.la_code for one in members if one.region_code == SOUTH_EAST]
    assert totals.reindex(south_east).sum() == totals[SOUTH_EAST]
    told = issues_of(ended, "2025")
    assert told[f"ceased_ehc_plans-by-subtraction-2025-{LEICESTER}"].used == "62"
    before = values(ended.observations)["ceased_ehc_plans", "total", "total", "2024"]
    assert before[LEICESTER] == 405
    for code, issue in large(ended, "ceased_ehc_plans-large-change-ended-2025-").items():
        words = f"{before[code]:,.0f}, then {totals[code]:,.0f}"
        assert issue.published.startswith(words)


def test_totals_that_were_added_up_from_sexes_are_marked(ended):
    found = statuses(ended.observations)["ceased_ehc_plans"].xs("2025", level="year")
    local = authorities(found)
    derived = set(local.index[local == "derived"].get_level_values("la_code"))
    seven = {"358", "888", "373", "830", "935", "312", "850"}
    assert derived == {*seven, LEICESTER}
    told = {one for one in issues_of(ended, "2025") if "summed-by-sex" in one}
    assert {one[-3:] for one in told} == seven


def test_the_stock_does_not_close_by_2710_plans(stock, new, ended):
    plans_in = values(stock.observations)["ehc_plans", "total", "total"]
    started = values(new.observations)["new_ehc_plans", "total", "total", "2025", ENGLAND]
    gone = values(ended.observations)["ceased_ehc_plans"].xs("2025", level="year")
    moved = gone["reason", "moved_to_another_authority", ENGLAND]
    without_moves = gone["total", "total", ENGLAND] - moved
    expected = plans_in["2025", ENGLAND] + started - without_moves
    assert expected == 716_128
    assert plans_in["2026", ENGLAND] - expected == 2_710
    assert 2_710 + moved == 19_731


# Appeals of 2025.


def test_appeals_of_2025_join_and_decisions_do_not(raw_dir, appeals):
    found = values(appeals.observations)
    england = found["tribunal_appeals", "total", "total"].xs(ENGLAND, level="la_code")
    assert england[["2024", "2025"]].to_list() == [22_276, 26_977]
    old = found["tribunal_appealable_decisions", "total", "total"]
    assert old.index.get_level_values("year").max() == "2024"
    new = found["tribunal_appealable_decisions_in_development", "total", "total"]
    assert new["2025", ENGLAND] == 405_735
    local = authorities(new["2025"].rename_axis("la_code"))
    assert local.sum() == 405_735
    told = {one.issue_id: one.published for one in appeals.issues}
    name = "tribunal_appealable_decisions_in_development"
    for code in ("202", "856", "919"):
        first, last = (f"{new[year, code]:,.0f}" for year in ("2024", "2025"))
        assert told[f"{name}-jump-2025-{code}"] == f"{first}, then {last}"
    # Printed exchanged in 2024, there and in the table before: put back there.
    assert (new["2024", "823"], new["2024", "873"]) == (2_931, 4_894)
    # Their codes are printed exchanged; the names are right.
    appealed = found["tribunal_appeals", "total", "total", "2025"]
    assert (appealed["873"], appealed["823"]) == (145, 150)


def test_a_check_of_the_copies_decisions_of_2024_are_those_in_development(raw_dir):
    new = read(raw_dir, "SEND_appealable_decisions_rate_2024-2025.csv")
    old = plain(raw_dir, tribunals.APPEALS)
    mine, theirs = (
        table.set_axis(range(table.shape[1]), axis=1).query("`1` != ''").set_index(0)[at]
        for table, at in ((new, 3), (old, 35))
    )
    mine, theirs = (
        one.rename(lambda name: name.rstrip("0123456789,")) for one in (mine, theirs)
    )
    shared = mine.index[number(mine).notna()]
    # All 153 but the six whose decisions are suppressed.
    assert (len(shared), (mine.str.strip() == "x").sum()) == (147, 6)
    assert (number(mine[shared]) == number(theirs[shared])).all()


def test_every_label_of_an_age_is_known_and_none_is_left_out(raw_dir):
    ages = {str(age) for age in range(3, 26)} | {"0-2", "20-25", "unknown"}
    found = set()
    for name, topic in (
        ("caseload_national_202526_extract.csv", "Age at start of academic year"),
        ("newplans_national_2025_extract.csv", "Age when plan started"),
        ("requests_national_2025_extract.csv", "Child or young persons age"),
        ("ceased_national_2025.csv", "Age plan ceased"),
    ):
        table = read(raw_dir, name)
        labels = table.loc[table["breakdown_topic"] == topic, "breakdown"]
        known = age_years(labels, name)
        # Each label is an age of its own: no two rows fall together.
        assert known.nunique() == len(labels) >= 19
        found |= set(known)
    assert found == ages
    areas = copied(raw_dir)["breakdown"].drop_duplicates()
    assert set(age_years(areas[areas != "total"], "")) <= ages


# What a copy may and may not be.


def with_two_figures_exchanged(table):
    here = (table["old_la_code"] == "380") & (table["breakdown"] == "total")
    both = ["fe_total", "ed_elsewhere"]
    table.loc[here, both] = table.loc[here, both[::-1]].to_numpy()


def with_a_plan_more_beside_one_withheld(table):
    here = (table["old_la_code"] == "886") & (table["breakdown"] == "total")
    table.loc[here, "ehcplans"] = str(int(table.loc[here, "ehcplans"].iloc[0]) + 1)


def with_another_somerset(table):
    here = (table["old_la_code"] == "933") & (table["breakdown"] == "total")
    table.loc[here, ["fe_total", "ed_elsewhere"]] = table.loc[
        here, ["ed_elsewhere", "fe_total"]
    ].to_numpy()


def without_an_authority(table):
    return table[table["old_la_code"] != "886"]


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (with_two_figures_exchanged, r"Yorkshire and The Humber \(E12000003\) 2026"),
        (with_a_plan_more_beside_one_withheld, "cannot be worked out by subtraction"),
        (with_another_somerset, "differ in Somerset"),
        (without_an_authority, r"No row of Kent \(886\), so nothing can be worked out"),
    ],
)
def test_an_altered_copy_is_refused(raw_dir, tmp_path, edit, says):
    raw = changed(raw_dir, tmp_path, copies.CASELOAD.areas, edit)
    with pytest.raises(SourceError, match=says):
        plans.read(raw, geography(raw_dir))


def test_a_copy_of_england_without_ages_is_refused(raw_dir, tmp_path):
    def without_ages(table):
        table["breakdown"] = table["breakdown"].str.replace("age", "years", regex=False)

    raw = changed(raw_dir, tmp_path, copies.CASELOAD.england, without_ages)
    with pytest.raises(SourceError, match="has England's ages under no topic"):
        plans.read(raw, geography(raw_dir))


def test_a_part_under_the_topic_of_all_is_refused(raw_dir, tmp_path):
    def one_age_under_all(table):
        topic, name = "breakdown_topic", "breakdown"
        ages = table.index[table[name].str.startswith("Age")]
        table.loc[ages[0], topic] = table.loc[table[name] == table[topic], topic].iloc[0]

    raw = changed(raw_dir, tmp_path, copies.NEW_PLANS.england, one_age_under_all)
    with pytest.raises(
        SourceError, match="2 rows of an area and year that its topic of all"
    ):
        plan_flows.read(raw, geography(raw_dir))


def test_each_figure_cites_the_copy_it_stands_in(stock):
    rows = stock.observations[stock.observations["year"] == "2026"]
    england = rows["la_code"] == ENGLAND
    assert set(rows.loc[england, "source_id"]) == {copies.CASELOAD.england.source_id}
    assert set(rows.loc[~england, "source_id"]) == {copies.CASELOAD.areas.source_id}
    for copy in copies.ALL:
        for one in copy.files:
            assert "copied; not the publisher's file" in one.note
            assert copies.is_copy(one.source_id)
    assert not copies.is_copy("sen2_2025_caseload")
