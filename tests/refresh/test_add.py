"""`data add`: what a file is taken for, what it adds, and what is refused."""

import gzip
import json

import pandas as pd
import pytest

from highneeds import atomic, home
from highneeds.cli import main
from highneeds.errors import HighNeedsWarning, SourceError, UsageError
from highneeds.geography import Geography
from highneeds.panel.panel import Panel
from highneeds.refresh import editions
from highneeds.refresh import update as refresh
from tests.refresh.published import (
    COUNTS,
    RATES,
    RATES_OF,
    TOPIC,
    as_csv,
    in_2026,
    timeliness,
)

SOURCE = "sen2_2026_timeliness"
ENGLAND = "E92000001"


def shipped():
    folder = home.shipped_tables_dir()
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def england(folder, year):
    """Plans issued in England, as a list: empty where the tables have no such year."""
    rows = editions.held_rows(folder, {"assessments"})
    mine = rows[(rows["measure"] == "ehc_plans_issued") & (rows["breakdown"] == "total")]
    return mine.loc[
        (mine["la_code"] == ENGLAND) & (mine["year"] == year), "value"
    ].to_list()


def written(tmp_path, table):
    path = tmp_path / "altered.csv"
    path.write_bytes(as_csv(table))
    return path


@pytest.fixture
def file(tmp_path, release_2026):
    path = tmp_path / "downloaded.csv"
    path.write_bytes(release_2026)
    return path


def test_a_newer_release_adds_its_new_period(user_dir, file, capsys):
    before = shipped()
    assert main(["data", "add", str(file)]) == 0
    said = capsys.readouterr().out
    assert "recognised: Education, health and care plans: timeliness, 2026 release" in said
    assert "new period: 2025" in said
    own = home.tables_dir()
    assert own == user_dir / "tables"
    # Made as twice the year before.
    (newest,), (last,) = england(own, "2025"), england(own, "2024")
    assert newest == 2 * last
    assert england(home.shipped_tables_dir(), "2025") == []
    assert shipped() == before


def test_the_other_figures_and_their_bytes_stay_as_they_are(user_dir, file):
    refresh.add(file)
    own, before = user_dir / "tables", shipped()
    assert {path.name for path in own.iterdir()} == {*before, home.EDITIONS_FILE}
    same = {
        name for name, content in before.items() if (own / name).read_bytes() == content
    }
    assert set(before) - same <= {"assessments.csv.gz", "sources.csv", "issues.csv"}
    others = []
    for folder in (own, home.shipped_tables_dir()):
        table = home.read_table(folder / "assessments.csv.gz")
        added = table["measure"].str.startswith("ehc_plans_issued")
        others.append(table[~added | (table["year"] < "2019")].reset_index(drop=True))
    pd.testing.assert_frame_equal(*others)


def test_an_added_figure_cites_the_file_it_came_from(user_dir, file):
    candidate = refresh.add(file)
    panel = Panel(home.tables_dir(), Geography.load())
    figure = panel.figure("ehc_plans_issued", "England", "2025")
    assert figure.source_id == SOURCE == candidate.edition.source_id
    sources = home.read_table(user_dir / "tables" / "sources.csv").set_index("source_id")
    assert sources.loc[SOURCE, "sha256"] == atomic.sha256(file)
    assert sources.loc[SOURCE, "publication"].endswith("Reporting year 2026")
    kept = user_dir / "editions" / SOURCE
    assert (kept / "timeliness.csv").read_bytes() == file.read_bytes()
    record = json.loads((kept / "edition.json").read_text())
    assert (record["release"], record["last"]) == (2026, "2025")


def test_a_dry_run_writes_nothing(user_dir, file, capsys):
    assert main(["data", "add", str(file), "--dry-run"]) == 0
    assert "dry run: nothing was written" in capsys.readouterr().out
    assert not user_dir.exists()
    assert home.tables_dir() == home.shipped_tables_dir()


def test_the_same_file_again_has_nothing_to_add(user_dir, file, capsys):
    refresh.add(file)
    written_at = (user_dir / "tables").stat().st_mtime_ns
    assert main(["data", "add", str(file)]) == 0
    assert "nothing to add" in capsys.readouterr().out
    assert (user_dir / "tables").stat().st_mtime_ns == written_at


def test_the_release_after_is_put_on_top(user_dir, file, tmp_path, release_2027):
    refresh.add(file)
    later = tmp_path / "later.csv"
    later.write_bytes(release_2027)
    refresh.add(later)
    assert [one.source_id for one in editions.added()] == [SOURCE, "sen2_2027_timeliness"]
    (last,) = england(user_dir / "tables", "2024")
    assert england(user_dir / "tables", "2026") == [4 * last]


def test_an_older_release_than_the_one_added_is_refused(user_dir, file, tmp_path):
    refresh.add(file)
    older = written(tmp_path, timeliness(2024))
    with pytest.raises(SourceError, match=r"record holds figures up to 2025\. An older"):
        refresh.add(older)


def test_a_release_that_is_over_is_refused(user_dir, raw_dir):
    past = raw_dir / "education/dfe-ehcp-2022/sen2_age_caseload.csv.gz"
    with pytest.raises(SourceError, match="age_caseload_2022 of the 2022 release, to 2022"):
        refresh.add(past)
    assert not (user_dir / "tables").exists()


def one_more_in_kent(table):
    """A plan more in time, also in Kent's region and in England: it still adds up."""
    level = table["geographic_level"]
    here = (table["old_la_code"] == "886") | (level == "National")
    here |= (level == "Regional") & (table["region_code"] == "E12000008")
    here &= table["time_period"] == "2024"
    assert here.sum() == 3
    for column in COUNTS:
        table.loc[here, column] = (table.loc[here, column].astype(int) + 1).astype(str)
    for rate, (above, below) in RATES_OF.items():
        counts = table.loc[here, [above, below]].astype(float)
        made = 100 * counts[above] / counts[below]
        table.loc[here, rate] = made.map("{:.1f}".format)
    return table


def figures_apart(one, other):
    """Cells with another number: a rate written 46.0 is 46."""
    columns = [*COUNTS, *RATES]
    both = [table[columns].apply(pd.to_numeric, errors="coerce") for table in (one, other)]
    return int((both[0].fillna(-1) != both[1].fillna(-1)).to_numpy().sum())


def test_a_release_held_that_the_publisher_changed_is_taken_only_when_told(
    user_dir, tmp_path, capsys
):
    table = one_more_in_kent(timeliness(2024))
    file = written(tmp_path, table)
    assert main(["data", "add", str(file)]) == 10
    said = capsys.readouterr().err
    held = home.read_table(home.tables_dir() / "sources.csv").set_index("source_id")
    expected = held.loc["sen2_2025_timeliness", "sha256"]
    assert f"the publisher changed the file: expected {expected[:16]}" in said
    assert f"got {atomic.sha256(file)[:16]}" in said
    # Four counts in three areas, and the rates that they move by a tenth.
    apart = figures_apart(table, timeliness(2024))
    assert apart >= 12
    assert f"{apart} figures differ" in said
    assert not (user_dir / "tables").exists()
    assert main(["data", "add", str(file), "--accept"]) == 0
    (before,) = england(home.shipped_tables_dir(), "2024")
    assert england(home.tables_dir(), "2024") == [before + 1]
    (edition,) = editions.added()
    assert edition.source_id.startswith("sen2_2025_timeliness_revised_")


def renamed(table):
    return table.rename(columns={"plans_issued_20_weeks_ex": "issued_20_weeks_ex"})


def with_new_column(table):
    return table.assign(average_weeks="x")


def with_column_like_another(table):
    return table.assign(plans_issued_gt_2_years="x")


def without_kent(table):
    return table[table["old_la_code"] != "886"]


def with_unknown_symbol(table):
    kent = table["old_la_code"] == "886"
    return table.assign(plans_issued_den=table["plans_issued_den"].mask(kent, "?"))


def with_a_row_twice(table):
    return pd.concat([table, table.tail(1)])


def with_unknown_area(table):
    return table.replace({"old_la_code": {"886": "699"}})


def with_a_gap(table):
    return table[table["time_period"] != "2022"]


def with_part_of_a_year(table):
    return table.assign(time_identifier="Autumn term")


def by_quarter(table):
    return table.assign(time_identifier="Q1")


def by_another_calendar(table):
    return table.assign(time_identifier="Academic year")


def with_renamed_topic(table):
    return table.replace({"breakdown_topic": {TOPIC: "All plans"}})


def with_impossible_year(table):
    return table.assign(time_period="2025/26")


def with_a_column_twice(table):
    return table.assign(PC_PLANS_ISSUED_20_weeks_ex="x")


def of_strangers(_):
    return pd.DataFrame({"school": ["1"], "pupils": ["2"], "time_period": ["202425"]})


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (renamed, r"plans_issued_20_weeks_ex \(the nearest is .*issued_20_weeks_ex\)"),
        (with_new_column, r"1 column this package does not know: average_weeks"),
        (with_column_like_another, r"2_years \(the nearest is plans_issued_gt_1_year\)"),
        (without_kent, r"South East \(E12000008\).*parts sum to"),
        (with_unknown_symbol, r"not a known symbol in .*plans_issued_den: '\?'"),
        (with_a_row_twice, r"rows? more than once"),
        (with_unknown_area, "Unknown area code .* '699'"),
        (with_a_gap, "expected every year from 2019 to 2025"),
        (with_part_of_a_year, r"covers part of a year \(Autumn term\)"),
        (by_quarter, r"covers part of a year \(Q1\)"),
        (by_another_calendar, "another table with the same columns"),
        (with_renamed_topic, f"no breakdown_topic '{TOPIC}'"),
        (with_impossible_year, "Unreadable time_period"),
        (with_a_column_twice, "repeated column: PC_plans_issued_20_weeks_ex"),
        (of_strangers, "not a table this package follows: no publication has its columns"),
    ],
)
def test_an_altered_file_is_refused_and_nothing_written(user_dir, tmp_path, edit, says):
    file = written(tmp_path, edit(timeliness(2025)))
    with pytest.raises(SourceError, match=says) as refused:
        refresh.add(file)
    # Named as the user knows it, not by its place in the build.
    assert "altered.csv" in str(refused.value)
    assert "dfe-ehcp-2025" not in str(refused.value)
    assert not (user_dir / "tables").exists()
    assert not (user_dir / "editions").exists()


def test_an_unknown_column_can_be_left_out_on_purpose(user_dir, tmp_path, capsys):
    file = written(tmp_path, with_new_column(timeliness(2025)))
    assert main(["data", "add", str(file), "--without", "average_weeks"]) == 0
    assert "left out: average_weeks" in capsys.readouterr().out
    (edition,) = editions.added()
    assert edition.without == ("average_weeks",)


def test_the_names_of_2025_and_of_2026_are_read_alike(user_dir, tmp_path):
    old, new = timeliness(2025), in_2026(timeliness(2025))
    assert "PC_plans_issued_20_weeks_ex" in old
    assert "pc_plans_issued_20_weeks_ex" in new
    readings = [
        refresh.examine(written(tmp_path, table)).reading.observations
        for table in (old, new)
    ]
    pd.testing.assert_frame_equal(*readings)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("binary.csv", b"\x00\xff\xfe\x81" * 99),
        ("damaged.csv.gz", b"\x1f\x8b\x08\x00broken"),
        ("ragged.csv", b"time_period,plans\n1,2\n1,2,3,4\n"),
        ("damaged.ods", b"PK\x03\x04broken"),
        ("page.csv", b"<!DOCTYPE html><title>Sign in</title>"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(
    user_dir, tmp_path, capsys, name, content
):
    (tmp_path / name).write_bytes(content)
    assert main(["data", "add", str(tmp_path / name)]) == 10
    assert name in capsys.readouterr().err


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(user_dir, tmp_path):
    file = tmp_path / "bomb.csv.gz"
    megabyte = b"0" * 1024 * 1024
    with gzip.open(file, "wb", compresslevel=1) as stream:
        for _ in range(200):
            stream.write(megabyte)
    assert file.stat().st_size < 2 * len(megabyte)
    with pytest.raises(
        SourceError, match=r"bomb\.csv\.gz has 13\d MB or more; at most 134 MB"
    ):
        refresh.add(file)


def test_a_file_that_is_not_there_is_named(user_dir, tmp_path):
    with pytest.raises(UsageError, match=r"There is no file .*nowhere\.csv"):
        refresh.add(tmp_path / "nowhere.csv")


def test_added_editions_wait_until_compiled_with_new_shipped_tables(user_dir, file):
    refresh.add(file)
    record = user_dir / "tables" / home.EDITIONS_FILE
    # As if the package had been installed anew, with other tables.
    other = json.loads(record.read_text()) | {"built_on": "0" * 64}
    record.write_text(json.dumps(other))
    with pytest.warns(HighNeedsWarning, match="compiled with other embedded tables"):
        assert home.tables_dir() == home.shipped_tables_dir()
    said = []
    # Any refresh does so first; this one has nothing else to do.
    refresh.add(file, tell=said.append)
    assert said[1] == "compiled 1 added edition again with the tables of this package"
    assert said[-1].startswith("nothing to add")
    assert home.tables_dir() == user_dir / "tables"
    assert len(england(home.tables_dir(), "2025")) == 1


def test_an_added_file_that_is_gone_is_left_out_in_words(user_dir, file):
    refresh.add(file)
    record = user_dir / "tables" / home.EDITIONS_FILE
    record.write_text(json.dumps(json.loads(record.read_text()) | {"built_on": ""}))
    (kept,) = editions.added()
    kept.path.unlink()
    said = []
    with refresh._one_refresh(said.append, write=True):
        pass
    assert said[0].startswith(f"{SOURCE} is left out: There is no file")
    assert editions.added() == []
    assert england(home.tables_dir(), "2025") == []


def test_a_damaged_record_of_editions_is_told_with_the_remedy(user_dir, file):
    refresh.add(file)
    (user_dir / "tables" / home.EDITIONS_FILE).write_text("{")
    with pytest.raises(SourceError, match=r"cannot be read: .* add the files in"):
        editions.added()


@pytest.mark.parametrize(("mark", "name"), [(";", "semicolons"), ("\t", "tabs")])
@pytest.mark.parametrize("ending", [".csv", ".csv.gz"])
def test_a_file_that_a_spreadsheet_saved_with_other_separators_is_told(
    user_dir, tmp_path, release_2026, mark, name, ending
):
    content = release_2026.replace(b",", mark.encode())
    # A decimal comma, as such spreadsheets write it, makes lines of unequal length.
    content = content.replace(b".", b",")
    path = tmp_path / f"saved{ending}"
    path.write_bytes(gzip.compress(content) if ending == ".csv.gz" else content)
    with pytest.raises(SourceError, match=f"separated by {name}") as refused:
        refresh.add(path)
    assert "CSV UTF-8 (comma delimited)" in str(refused.value)
    assert not (user_dir / "tables").exists()
