"""Layouts of the releases: real files are known, 2026 is read as 2025 is, and DSG books."""

from datetime import date

import pandas as pd
import pytest

from highneeds import home
from highneeds.errors import SourceError
from highneeds.geography import Geography
from highneeds.refresh import update as refresh
from highneeds.refresh.candidate import examine
from highneeds.refresh.one_file import stored_table
from highneeds.refresh.recognition import recognise
from highneeds.sources import registry
from highneeds.sources.contract import KEY
from highneeds.sources.releases import layouts, to_known_columns
from tests.raw.finance_copies import scale, write_ods
from tests.raw.sen2_copies import plain, values
from tests.refresh.published import as_csv, caseload_2026, next_workbook

ENGLAND = "E92000001"
EDUCATION = {
    "dfe-ehcp-2022/sen2_age_caseload.csv.gz": ("age_caseload_2022", 2022, "2010", "2022"),
    "dfe-ehcp-2022/sen2_age_new_plans.csv.gz": ("age_new_plans_2022", 2022, "2009", "2021"),
    "dfe-ehcp-2022/sen2_estab_caseload.csv.gz": (
        *("establishment_caseload_2022", 2022),
        *("2010", "2022"),
    ),
    "dfe-ehcp-2022/sen2_mi.csv": ("process_2023", 2022, "2014", "2021"),
    "dfe-ehcp-2023/sen2_mi.csv": ("process_2023", 2023, "2014", "2022"),
    "dfe-ehcp-2023/sen2_age_caseload_january_2023.csv": (
        *("age_caseload_2023", 2023),
        *("2023", "2023"),
    ),
    "dfe-ehcp-2025/caseload.csv.gz": ("caseload", 2025, "2019", "2025"),
    "dfe-ehcp-2025/newplans.csv.gz": ("new_plans", 2025, "2019", "2024"),
    "dfe-ehcp-2025/ceased_plans.csv.gz": ("ceased_plans", 2025, "2022", "2024"),
    "dfe-ehcp-2025/requests.csv.gz": ("requests", 2025, "2019", "2024"),
    "dfe-ehcp-2025/assessments.csv.gz": ("assessments", 2025, "2019", "2024"),
    "dfe-ehcp-2025/timeliness_20_week.csv.gz": ("timeliness", 2025, "2019", "2024"),
    "dfe-ehcp-2025/annual_reviews.csv.gz": ("annual_reviews", 2025, "2024", "2024"),
    "dfe-ehcp-2025/residential_settings.csv.gz": ("residential", 2025, "2019", "2025"),
    "dfe-ehcp-2025/sen_needs_all_plans.csv.gz": ("needs", 2025, "2025", "2025"),
    "dfe-exclusions-2006-2017/exclusions_national_regional_la.csv": (
        *("exclusions", 2017),
        *("2006/07", "2016/17"),
    ),
}


@pytest.mark.parametrize("file", EDUCATION)
def test_every_real_release_is_recognised_by_its_columns(raw_dir, file):
    found = recognise(raw_dir / "education" / file)
    first, last = found.periods[0].label, found.periods[-1].label
    assert (found.layout.key, found.release, first, last) == EDUCATION[file]


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("dfe-lait/lait_data_dictionary.csv.gz", "not a table this package follows"),
        ("la-lookup/la_codes_observed.csv", "looks like la_codes_observed"),
    ],
)
def test_other_real_files_are_taken_for_nothing(raw_dir, file, says):
    with pytest.raises(SourceError, match=says):
        recognise(raw_dir / "education" / file)


@pytest.mark.parametrize(
    ("file", "last"),
    [
        ("dedicated-schools-grant_2021_11_18.ods", "2020-21"),
        ("dedicated-schools-grant_2024_07_20.ods", "2023-24"),
    ],
)
def test_a_dsg_workbook_is_known_by_its_sheets_not_its_name(raw_dir, file, last):
    found = recognise(raw_dir / "finance" / file)
    assert (found.layout.key, found.periods[-1].label) == ("dsg", last)


def test_every_layout_stands_for_a_file_of_the_build_or_one_that_users_add():
    for layout in layouts().values():
        assert layout.source_id in registry.known_files()
        # Names that differ only in case are the same: so no two known names may.
        known = layout.known_columns
        assert len({name.lower() for name in known}) == len(known)
        assert set(layout.marks) <= layout.columns


def test_columns_since_split_are_put_together_and_symbols_kept():
    table = pd.DataFrame(
        {"special_academy": ["1,200", "x", "3"], "special_free_school": ["34", "5", "z"]}
    )
    known = to_known_columns(table, "sen2_2025_caseload")
    # 1,200 + 34; a sum with a part missing has no figure, for the part's reason.
    assert known["special_academy_free"].to_list() == ["1234", "x", "z"]


@pytest.fixture(scope="module")
def released(raw_dir, tmp_path_factory):
    """The real 2025 caseload in the layout of 2026, with a year more, read and checked."""
    table = plain(raw_dir, registry.source_files()["sen2_2025_caseload"])
    # The two topics that are read; the others only make the file longer.
    read = ["All EHC plans", "Child or young persons age"]
    file = tmp_path_factory.mktemp("released") / "caseload.csv"
    file.write_bytes(as_csv(caseload_2026(table[table["breakdown_topic"].isin(read)])))
    return examine(file)


def test_the_caseload_of_2026_is_read_as_that_of_2025_is(released):
    held = stored_table(home.shipped_tables_dir() / "plans.csv.gz")
    held = held[held["source_id"] == "sen2_2025_caseload"]
    read = released.reading.observations
    columns = [*KEY, "value", "status"]
    both = [one[columns] for one in (held, read[read["year"] != "2026"])]
    assert len(held) > 100_000
    pd.testing.assert_frame_equal(
        *[one.sort_values(KEY, ignore_index=True) for one in both]
    )
    # Of January 2026 the record holds other figures: those copied from the release.
    assert set(released.changes["year"]) == {"2026"}


def test_the_new_year_of_the_caseload_is_read_too(released):
    assert released.found.release == 2026
    assert released.found.notes == (
        "special_academy + special_free_school read as special_academy_free (2026 release)",
    )
    found = values(released.reading.observations)["ehc_plans"]
    # England's 638,745 plans of January 2025, doubled; so of its 73,932 in academies.
    assert found["total", "total", "2026", ENGLAND] == 2 * 638_745
    assert found["placement_detail", "special_academy_free", "2026", ENGLAND] == 2 * 73_932
    ages = found["age_year"].xs(("2026", ENGLAND), level=["year", "la_code"])
    assert ages.sum() == 2 * 638_745
    # Withdrawn in 2025 only: Brighton has 330 plans in special schools there.
    special = ["state_special", "independent_special"]
    brighton = found["placement"].xs(("2026", "846"), level=["year", "la_code"])
    assert brighton[special].sum() == 2 * 330


def test_down_syndrome_is_a_need_of_its_own_from_2026(raw_dir, tmp_path, user_dir):
    table = plain(raw_dir, registry.source_files()["sen2_2025_needs"])
    # As if one of England's, the South East's and Kent's plans under other were told apart.
    apart = table["old_la_code"] == "886"
    apart |= table["geographic_level"] == "National"
    apart |= (table["region_code"] == "E12000008") & (
        table["geographic_level"] == "Regional"
    )
    apart &= table["breakdown_topic"] == "All EHC plans"
    table["number_ds"] = "0"
    table.loc[apart, "number_ds"] = "1"
    other = table.loc[apart, "number_oth"].astype(int) - 1
    table.loc[apart, "number_oth"] = other.astype(str)
    table["time_period"] = "202526"
    (tmp_path / "needs.csv").write_bytes(as_csv(table))
    candidate = refresh.add(tmp_path / "needs.csv")
    found = values(candidate.reading.observations)["ehc_plans", "need"]
    assert found["ds", "2026"][[ENGLAND, "E12000008", "886"]].to_list() == [1, 1, 1]
    assert found["ds", "2026"].sum() == 3
    # 7,512 plans of other difficulty in January 2025.
    assert found["oth", "2026", ENGLAND] == 7_512 - 1
    # The needs of 2025 stay, from the file they came from.
    rows = home.read_table(user_dir / "tables" / "plans.csv.gz")
    held = rows[(rows["breakdown_type"] == "need") & (rows["year"] == "2025")]
    assert set(held["source_id"]) == {"sen2_2025_needs"}


@pytest.fixture
def workbook(raw_dir):
    return next_workbook(raw_dir)


def test_a_dsg_workbook_of_the_next_year_is_added(user_dir, tmp_path, workbook):
    scale(workbook["Allocations_summary"], 2.0)
    write_ods(tmp_path / "dsg.ods", workbook)
    candidate = refresh.add(tmp_path / "dsg.ods")
    found = values(candidate.reading.observations)["high_needs_block_before_deductions_gbp"]
    # £9,952,172,126 is the block of 2023-24 in this workbook; doubled.
    assert found["total", "total", "2024-25", ENGLAND] == 2 * 9_952_172_126
    assert candidate.edition.source_id == "dsg_summaries_2025"
    assert (user_dir / "tables" / "block.csv.gz").is_file()


def test_a_dsg_workbook_of_a_year_held_is_refused(user_dir, raw_dir):
    with pytest.raises(SourceError, match="the record holds the latest update of 2023-24"):
        refresh.add(raw_dir / "finance/dedicated-schools-grant_2024_07_20.ods")


def without_figures_of_no_more(table):
    """Symbols for authorities that were not in being when a row now says it is of."""
    areas = Geography.load().areas
    gone = []
    for code, period in zip(table["old_la_code"], table["time_period"], strict=True):
        start = int(period[:4])
        area = areas.get(code)
        gone.append(
            area is not None
            and (
                area.last_date < date(start, 9, 1)
                or area.first_date > date(start + 1, 8, 31)
            )
        )
    figures = ["headcount", "perm_excl", "fixed_excl", "one_plus_fixed"]
    figures += [f"{name}_rate" for name in figures[1:]]
    return table.assign(
        **{name: table[name].mask(pd.Series(gone, table.index), "x") for name in figures}
    )


def test_later_exclusions_are_read_with_the_names_of_their_time(raw_dir, tmp_path):
    table = plain(raw_dir, registry.source_files()["exclusions_2016_17"])
    # Without the years of a reorganisation, in which pupils and events lie apart.
    table = table[table["time_period"] >= "200910"]
    # The exclusions of 2009/10 to 2016/17, said to be of eight years later.
    years = {
        f"{n}{n % 100 + 1:02d}": f"{n + 8}{n % 100 + 9:02d}" for n in range(2009, 2017)
    }
    old = without_figures_of_no_more(table.replace({"time_period": years}))
    new = old.rename(
        columns={
            "school_type": "education_phase",
            "fixed_excl": "suspension",
            "fixed_excl_rate": "susp_rate",
            "one_plus_fixed": "one_plus_susp",
            "one_plus_fixed_rate": "one_plus_susp_rate",
        }
    )
    readings = []
    for name, one in (("old.csv", old), ("new.csv", new)):
        (tmp_path / name).write_bytes(as_csv(one))
        candidate = examine(tmp_path / name)
        assert candidate.new_periods == ["2024/25"]
        readings.append(candidate.reading.observations.drop(columns="source_id"))
    pd.testing.assert_frame_equal(*readings)
