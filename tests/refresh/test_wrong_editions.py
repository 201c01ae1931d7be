"""A new edition with something wrong in it: refused with rows and reason, taken if meant.

Each is the release of 2026 made from the tables held (`timeliness`), with one thing wrong.
"""

import pandas as pd
import pytest

from highneeds import home
from highneeds.cli import main
from highneeds.errors import SourceError
from highneeds.geography import Geography
from highneeds.panel import leaps, rates
from highneeds.refresh.candidate import examine
from highneeds.refresh.one_file import stored_table
from highneeds.sources.contract import Issue
from tests.refresh.published import COUNTS, RATES, as_csv, in_2026, timeliness

LEEDS, BRADFORD, CAMDEN, CUMBRIA = "383", "380", "202", "909"
NEW, ENGLAND = "2025", "E92000001"


@pytest.fixture(scope="module")
def edition():
    """The table with ONS codes, as the publisher prints them; calendar 2019 to 2025."""
    table = timeliness(2025)
    ons = {code: area.ons_code for code, area in Geography.load().areas.items()}
    return table.assign(new_la_code=table["old_la_code"].map(ons).fillna(""))


def row(table, code, year=NEW):
    return (table["old_la_code"] == code) & (table["time_period"] == year)


def line(table, code):
    """The line of the file on which an authority's new row stands."""
    return int(row(table, code).to_numpy().argmax()) + 2


@pytest.fixture
def given(tmp_path, user_dir, capsys):
    """Add a table: its exit code and all that was said."""

    def add(table, *options):
        file = tmp_path / "edition.csv"
        file.write_bytes(as_csv(in_2026(table)))
        code = main(["data", "add", str(file), *options])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out + err

    return add


def test_as_published_it_is_taken(given, edition):
    assert given(edition)[0] == 0


def exchanged(table):
    one, other = row(table, LEEDS), row(table, BRADFORD)
    return table.assign(
        old_la_code=table["old_la_code"].mask(one, BRADFORD).mask(other, LEEDS)
    )


def test_exchanged_codes_are_refused_with_their_lines(given, edition):
    code, said = given(exchanged(edition), "--accept")
    assert code == 10
    assert f"line {line(edition, LEEDS)}: {BRADFORD} (Bradford) beside E08000035" in said
    assert f"line {line(edition, BRADFORD)}: {LEEDS} (Leeds) beside E08000032" in said


def test_exchanged_codes_are_seen_by_the_names_alone(given, edition):
    code, said = given(exchanged(edition.assign(new_la_code="")))
    assert code == 10
    assert f"{BRADFORD} beside Leeds ({LEEDS})" in said


def test_a_column_of_codes_sorted_by_itself_is_refused(given, edition):
    local = edition["old_la_code"] != ""
    codes = edition["old_la_code"].copy()
    codes[local] = sorted(codes[local], reverse=True)
    code, said = given(edition.assign(old_la_code=codes))
    assert code == 10
    assert "it cannot be told whose they are" in said


def test_an_abolished_authority_has_no_figures_of_now(given, edition):
    table = edition.copy()
    here = row(table, "942")  # Cumberland, which took over from Cumbria in 2023
    table.loc[here, ["old_la_code", "new_la_code", "la_name"]] = [
        *(CUMBRIA, "E10000006", "Cumbria")
    ]
    code, said = given(table, "--accept")
    assert code == 10
    assert (
        "Cumbria (909, abolished 2023), which was not in being on 31 December 2025" in said
    )


def test_a_row_left_out_is_named_and_taken_only_when_meant(given, edition):
    table = edition.copy()
    # Another authority of London withholds its figures, so that no sum closes.
    hidden = row(table, "203")
    table.loc[hidden, [*COUNTS, *RATES]] = "x"
    table = table[~row(table, CAMDEN)]
    code, said = given(table)
    assert code == 10
    assert "no row of Camden (202) for 2025" in said
    assert "--accept" in said
    assert "ehc_plans_issued of London 2025 (no figure of " in said
    assert given(table, "--accept")[0] == 0


def test_a_percentage_ten_times_too_large_is_refused(given, edition):
    rate = "pc_plans_issued_within_20_weeks"
    low = edition[
        (edition["time_period"] == NEW) & edition[rate].str.fullmatch(r"[1-9](\..)?")
    ]
    table = edition.copy()
    table.loc[low.index, rate] = (low[rate].astype(float) * 10).astype(str)
    code, said = given(table, "--accept")
    assert code == 10
    assert "as if 10 times too large" in said
    assert f"of {low['old_la_code'].iloc[0]} in 2025" in said


def test_a_percentage_above_100_is_refused(given, edition):
    table = edition.copy()
    table.loc[row(table, LEEDS), list(RATES)] = "387"
    code, said = given(table, "--accept")
    assert code == 10
    assert "387" in said


def times(table, factor):
    new = table["time_period"] == NEW
    counts = table.loc[new, list(COUNTS)].apply(pd.to_numeric, errors="coerce")
    text = (counts * factor).map("{:.0f}".format).replace("nan", "x")
    table = table.copy()
    table.loc[new, list(COUNTS)] = text
    return table


def test_counts_in_another_unit_are_named_and_taken_only_when_meant(given, edition):
    # The year made is already twice the one before it.
    table = times(edition, 500)
    code, said = given(table)
    assert code == 10
    assert "ehc_plans_issued of England" in said
    assert "as if 1,000 times too large" in said
    assert given(table, "--accept")[0] == 0


def test_a_column_shifted_by_a_row_is_refused(given, edition):
    table = edition.copy()
    local = (table["old_la_code"] != "") & (table["time_period"] == NEW)
    rate = "pc_plans_issued_within_20_weeks"
    table.loc[local, rate] = table.loc[local, rate].shift(1, fill_value="50")
    code, said = given(table, "--accept")
    assert code == 10
    assert "not what its two figures make" in said


SHARES = "pupils_with_ehc_plan_pct"


@pytest.fixture(scope="module")
def shares():
    """Two years of a percentage that nothing else is printed beside, of authorities."""
    rows = stored_table(home.shipped_tables_dir() / "pupils.csv.gz")
    rows = rows[(rows["measure"] == SHARES) & (rows["breakdown_type"] == "total")]
    rows = rows[(rows["geography_level"] == "la") & rows["value"].notna()]
    last = rows["year"].max()
    new = rows[rows["year"] == last].reset_index(drop=True)
    return new, rows[rows["year"] < last]


def looked(new, held):
    return leaps.doubtful(new, held, list(new["la_code"]), Geography.load())


def test_a_shift_is_seen_where_nothing_can_be_added_up(shares):
    new, held = shares
    assert looked(new, held) == []
    year, column = new["year"].iloc[0], new["value"]
    said = f"{SHARES} {year} looks like the figures held, shifted by one row"
    down = column.shift(1).fillna(column.iloc[-1])
    assert looked(new.assign(value=down), held) == [f"{said} down"]
    up = column.shift(-1).fillna(column.iloc[0])
    assert looked(new.assign(value=up), held) == [f"{said} up"]
    # From the middle of the table on.
    half = column.where(new.index < len(new) // 2, down)
    assert looked(new.assign(value=half), held) == [f"{said} down"]


@pytest.fixture(scope="module")
def settings():
    """Plans of authorities, and by setting, of January 2025 and the one before."""
    rows = stored_table(home.shipped_tables_dir() / "plans.csv.gz")
    rows = rows[rows["breakdown_type"].isin(["total", "placement_detail"])]
    rows = rows[rows["measure"] == "ehc_plans"]
    rows = rows[rows["la_code"].str.isdigit()]
    new = rows[rows["year"] == "2025"].reset_index(drop=True)
    return new, rows[rows["year"] == "2024"]


# Two kinds of mainstream school, much alike; and two settings that few children have.
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mainstream_academy", "mainstream_la_maintained"),
        ("ap_pru_academy", "perm_ex_2022"),
        ("neet_other_csa", "online_provider"),
    ],
)
def test_two_columns_exchanged_are_named(settings, one, other):
    new, held = settings
    assert looked(new, held) == []
    swapped = new.assign(breakdown=new["breakdown"].replace({one: other, other: one}))
    first, second = sorted((one, other))
    said = f"ehc_plans placement_detail 2025: {first} and {second} look exchanged"
    assert looked(swapped, held) == [said]
    # The same where the record holds these very figures.
    assert looked(swapped, pd.concat([held, new])) == [said]


def test_two_columns_exchanged_are_named_by_their_sums_where_areas_are_few():
    """Residential placements by weeks: some nine an authority, and half of them move."""
    rows = stored_table(home.shipped_tables_dir() / "plans.csv.gz")
    rows = rows[(rows["measure"] == "residential_placements") & (rows["year"] > "2022")]
    rows = rows[rows["la_code"].str.isdigit() & (rows["breakdown_type"] == "duration")]
    new, held = rows[rows["year"] == "2025"], rows[rows["year"] < "2025"]
    weeks = {"38_to_51_weeks": "52_weeks", "52_weeks": "38_to_51_weeks"}
    said = (
        "residential_placements duration 2025: 38_to_51_weeks and 52_weeks look exchanged"
    )
    assert said not in looked(new, held)
    assert said in looked(new.assign(breakdown=new["breakdown"].replace(weeks)), held)


def test_few_plans_that_changed_by_chance_are_not_taken_for_an_exchange():
    # 2 and 0 plans, then 0 and 2: twice the square of the root of 2, or 4, an authority.
    # Of six it is 24, and no chance; of two 8, and below the 10 that chance may do.
    codes = [str(880 + number) for number in range(6)]

    def table(year, moved):
        return pd.DataFrame(
            {
                "la_code": codes * 2,
                "measure": "ceased_ehc_plans",
                "breakdown_type": "reason",
                "breakdown": ["maximum_age"] * 6 + ["died"] * 6,
                "year": year,
                "value": [0.0 if moved else 2.0] * 6 + [2.0 if moved else 0.0] * 6,
            }
        )

    rows, held = table("2025", moved=True), table("2024", moved=False)
    found = list(leaps._parts_exchanged(rows, held))
    assert found == ["ceased_ehc_plans reason 2025: died and maximum_age look exchanged"]
    few = [
        table.assign(value=table["value"].where(table["la_code"] < "882", 0.0))
        for table in (rows, held)
    ]
    assert list(leaps._parts_exchanged(*few)) == []
    # Of fewer than five authorities nothing is said.
    four = [table[table["la_code"] < "884"] for table in (rows, held)]
    assert list(leaps._parts_exchanged(*four)) == []


def test_years_of_one_region_exchanged_are_named_beside_its_authorities():
    rows = stored_table(home.shipped_tables_dir() / "pupils.csv.gz")
    mine = rows["measure"].isin(["pupils_on_sen_support_pct", SHARES])
    new, held = rows[mine & (rows["year"] >= "2024")], rows[~mine]
    assert looked(new, held) == []
    # Published of the South West: 14.5% in 2024 and 15.0% in 2025 of primary pupils.
    south_west = new["la_code"] == "E12000009"
    assert set(
        new.loc[
            south_west & (new["measure"] != SHARES) & (new["breakdown"] == "primary"),
            "value",
        ]
    ) == {14.5, 15.0}
    years = new["year"].mask(south_west, new["year"].map({"2024": "2025", "2025": "2024"}))
    found = looked(new.assign(year=years), held)
    said = "pupils_on_sen_support_pct phase/primary of South West (E12000009) 2024 is 15"
    assert any(one.startswith(said) for one in found)
    assert all("of South West (E12000009) 202" in one for one in found)


def test_a_percentage_is_the_mean_of_its_authorities_by_their_pupils():
    # Leeds has three pupils in four: 3/4 of 4% and 1/4 of 8% are 5%.
    figures = pd.Series({LEEDS: 4.0, BRADFORD: 8.0, "E12000003": 5.2, ENGLAND: 6.0})
    weights = pd.Series({LEEDS: 300.0, BRADFORD: 100.0})
    found = leaps._means(figures, weights, Geography.load())
    assert found == {"E12000003": (5.2, 5.0), ENGLAND: (6.0, 5.0)}
    # Without the pupils of one there is no mean to hold them to.
    assert leaps._means(figures, weights.drop(LEEDS), Geography.load()) == {}


def test_a_name_beside_anothers_code_is_named_unless_it_was_printed_so_before():
    def wrong_code(la_code, published):
        return Issue(
            *("tribunals-wrong-code", "tribunal_appeals", la_code, "2026", published),
            *("", "", "repaired", "tribunals"),
        )

    held = home.read_table(home.shipped_tables_dir() / "issues.csv")
    known = wrong_code("892", "Nottingham with code 891")
    new = wrong_code("207", "Kensington and Chelsea with code 838")
    said = "Kensington and Chelsea with code 838, which is not its own"
    (found,) = leaps.codes_not_known([known, new], held)
    assert found.startswith(said)


def test_a_breakdown_without_its_total_is_held_to_it():
    """Plans by need, with no total beside them, add up to the plans held or counted."""
    place = {"la_code": ENGLAND, "measure": "ehc_plans", "year": "2026"}
    held = pd.DataFrame([place | {"year": "2025"}]).assign(
        breakdown_type="total", breakdown="total", value=638_745.0
    )
    rows = pd.DataFrame([place | {"breakdown": one} for one in ("asd", "semh")]).assign(
        breakdown_type="need", value=[400_000.0, 290_000.0]
    )
    looked_at = leaps.doubtful(rows, held, [], Geography.load())
    assert looked_at == []
    (leap,) = leaps.doubtful(
        rows.assign(value=rows["value"] * 10), held, [], Geography.load()
    )
    assert "is 6,900,000 after 638,745 (2025), as if 10 times too large" in leap


def test_shares_of_one_where_percentages_stood_are_named():
    england = pd.DataFrame(
        {
            "la_code": [ENGLAND],
            "measure": SHARES,
            "breakdown_type": "total",
            "breakdown": "total",
        }
    )
    held = england.assign(year="2024", value=4.8)
    (said,) = leaps.doubtful(
        england.assign(year="2025", value=0.053), held, [], Geography.load()
    )
    assert said.endswith("as if a share of 1 where a percentage stood, or a hundredth")


def test_a_figure_held_that_leaps_in_a_later_edition_is_named(tmp_path, user_dir, edition):
    table = edition.copy()
    old = table["time_period"] == "2024"
    counts = table.loc[old, list(COUNTS)].apply(pd.to_numeric, errors="coerce")
    table.loc[old, list(COUNTS)] = (counts * 10).map("{:.0f}".format).replace("nan", "x")
    file = tmp_path / "edition.csv"
    file.write_bytes(as_csv(in_2026(table)))
    candidate = examine(file)
    assert any("of England (E92000001) 2024" in doubt for doubt in candidate.doubts)
    assert candidate.wants_consent()


@pytest.mark.parametrize(
    "cell", ["1,2", "12,34", "1,0000", "1e3", "0x10", "1_000", "٣", "+5", "5."]
)
def test_a_number_written_otherwise_is_refused(tmp_path, user_dir, edition, cell):
    table = edition.copy()
    table.loc[row(table, LEEDS), "plans_issued_den"] = cell
    file = tmp_path / "edition.csv"
    file.write_bytes(as_csv(in_2026(table)))
    with pytest.raises(SourceError, match="Not a number and not a known symbol"):
        examine(file)


def test_what_a_figure_looks_like_is_said_only_where_it_is_plain():
    assert rates.looks_like(1000, 100) == ", as if 10 times too large"
    assert rates.looks_like(450, 100) == ""
    assert rates.looks_like(0, 100) == ""
