"""`data add` of files that are no table of the statistics service: real, later, altered."""

import json
import re

import fastparquet
import pandas as pd
import pytest

from highneeds import home
from highneeds.cli import main
from highneeds.errors import SourceError
from highneeds.geography import Geography
from highneeds.panel.panel import Panel
from highneeds.refresh import recognition
from highneeds.refresh import update as refresh
from highneeds.refresh.candidate import COMPLETE, examine
from highneeds.sources import registry
from tests.raw.finance_copies import write_ods

ENGLAND = "E92000001"
NET = "s251_outturn_net_groups_json/s251_lookup_2024.json"
SOURCES = registry.source_files()


def raw(raw_dir, source_id):
    return raw_dir / SOURCES[source_id].path


# The tables of plans are added in the other tests of this folder.
@pytest.mark.parametrize("source_id", [name for name in SOURCES if "sen2" not in name])
def test_every_file_of_the_build_is_known(raw_dir, user_dir, capsys, source_id):
    code = main(["data", "add", str(raw(raw_dir, source_id)), "--dry-run"])
    out, err = capsys.readouterr()
    if code == 0:
        assert "recognised: " in out
        assert "nothing to add" in out
    else:
        # What it is, and that the record holds a later edition.
        assert "An older edition is not put in its place" in err
    assert not user_dir.exists()


def value(reading, measure, area, year, breakdown="total"):
    rows = reading.observations
    mine = rows[
        (rows["measure"] == measure)
        & (rows["la_code"] == area)
        & (rows["year"] == year)
        & (rows["breakdown"] == breakdown)
    ]
    (found,) = mine["value"]
    return found


@pytest.fixture
def appeals(raw_dir):
    path = raw(raw_dir, "tribunal_appeals_2024")
    options = {"dtype": str, "keep_default_na": False, "encoding": "utf-8-sig"}
    return pd.read_csv(path, header=None, **options)


def written(tmp_path, table):
    path = tmp_path / "table.csv"
    table.to_csv(path, header=False, index=False, encoding="utf-8-sig")
    return path


def with_later_years(table):
    """Two years more, their three columns those of 2024."""
    assert table.iloc[3, 32] == "2024"
    later = []
    for year in ("2025", "2026"):
        columns = table.iloc[:, 32:35].copy()
        columns.iloc[3, 0] = year
        later.append(columns)
    return pd.concat([table, *later], axis=1)


def test_the_tribunal_table_of_the_next_year_is_read(tmp_path, appeals):
    candidate = examine(written(tmp_path, with_later_years(appeals)))
    assert candidate.new_periods == ["2026"]
    # England registered 22,276 appeals in 2024.
    assert value(candidate.reading, "tribunal_appeals", ENGLAND, "2026") == 22_276
    assert value(candidate.reading, "tribunal_appeals", ENGLAND, "2014") == 4_108
    # Held against the plans of the tables in use, as in a build: exchanged in 2024.
    decisions = "tribunal_appealable_decisions"
    assert value(candidate.reading, decisions, "873", "2024") == 8_246


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (
            lambda t: t.replace("Appeals reg.*", "Appeals made", regex=True),
            "unknown heading",
        ),
        (lambda t: t[t[0] != "Kent"], "do not add up to England"),
        (lambda t: t.replace({0: {"Kent": "Kentshire"}}), "Kentshire"),
    ],
)
def test_an_altered_tribunal_table_is_refused(tmp_path, appeals, edit, says):
    with pytest.raises(SourceError, match=says):
        examine(written(tmp_path, edit(with_later_years(appeals))))


@pytest.fixture
def rates(raw_dir):
    """The table of 2024 and 2025, which has one method of counting decisions."""
    path = raw_dir / "education/dfe-ehcp-2026/SEND_appealable_decisions_rate_2024-2025.csv"
    options = {"dtype": str, "keep_default_na": False, "encoding": "utf-8-sig"}
    return pd.read_csv(path, header=None, **options)


def test_the_table_of_appealable_decisions_is_read_by_the_method_it_counts_by(
    user_dir, tmp_path, rates
):
    candidate = refresh.add(written(tmp_path, rates))
    # Every figure of 2024 it shares with the table before is the same there, and those of
    # 2025 were copied from it.
    assert (candidate.state, candidate.changes.empty) == (COMPLETE, True)
    new, rate = (
        "tribunal_appealable_decisions_in_development",
        "tribunal_appeal_rate_in_development_pct",
    )
    for measure, expected in (("tribunal_appeals", 26_977), (new, 405_735), (rate, 6.6)):
        assert value(candidate.reading, measure, ENGLAND, "2025") == expected
    # Hertfordshire (919), 2024 and 2025, by the new method.
    assert value(candidate.reading, new, "919", "2024") == 2_195
    assert value(candidate.reading, new, "919", "2025") == 9_076
    panel = Panel(home.tables_dir(), Geography.load())
    # The method to 2024 ends there, and is not continued by the other.
    old = panel.matrix("tribunal_appealable_decisions")
    assert old.columns.max() == "2024"
    assert old.loc["919", "2024"] > 3 * 2_195
    appeals = panel.matrix("tribunal_appeals").loc[ENGLAND]
    assert appeals[["2014", "2024", "2025"]].to_list() == [4_108, 22_276, 26_977]


def test_decisions_suppressed_are_left_out_of_the_rate_of_england(tmp_path, rates):
    candidate = examine(written(tmp_path, rates))
    # 2024: 22,082 appeals where decisions are not suppressed, of 364,912.
    rate = "tribunal_appeal_rate_in_development_pct"
    assert value(candidate.reading, rate, ENGLAND, "2024") == 5.7
    assert value(candidate.reading, "tribunal_appeals", "209", "2025") == 114
    rows = candidate.reading.observations
    lewisham = rows[(rows["la_code"] == "209") & (rows["year"] == "2025")]
    by_measure = lewisham.set_index("measure")["status"]
    assert by_measure["tribunal_appealable_decisions_in_development"] == "suppressed"


def test_decisions_of_neither_method_are_refused(tmp_path, rates):
    # Column 3 is the decisions of 2024: ten more in every area and England to match.
    rows = pd.to_numeric(rates[3], errors="coerce").notna() & rates[1].ne("")
    rates.loc[rows, 3] = (rates.loc[rows, 3].astype(int) + 10).astype(str)
    with pytest.raises(SourceError, match="are those of neither method: 0% agree"):
        examine(written(tmp_path, rates))


@pytest.fixture(scope="module")
def tool(raw_dir):
    with raw(raw_dir, "lait_2026_04").open("rb") as stream:
        table = fastparquet.ParquetFile(stream).to_pandas()
    pupils = ["SEN_TotStat", "SEN_TotSENSuP", "PrimStatements", "SecStatements"]
    pupils += ["PrimNoStatements", "SecNoStatements"]
    return table[table["Short Desc"].isin(pupils)].reset_index(drop=True)


def as_parquet(tmp_path, table):
    path = tmp_path / "tool.parquet"
    fastparquet.write(path, table)
    return path


def test_the_interactive_tool_of_the_next_year_is_read(tmp_path, tool):
    last = tool[tool["Years"] == "2025"].assign(Years="2026")
    candidate = examine(as_parquet(tmp_path, pd.concat([tool, last], ignore_index=True)))
    assert candidate.new_periods == ["2026"]
    # 5.3% of England's pupils had a plan in January 2025, 2.8% in 2016.
    share = "pupils_with_ehc_plan_pct"
    assert value(candidate.reading, share, ENGLAND, "2026") == 5.3
    assert value(candidate.reading, share, ENGLAND, "2016") == 2.8


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda t: t.replace({"Values": {"5.3": "5.3456"}}), "more decimals than expected"),
        (lambda t: t.assign(Values="c"), "Not a number and not a known symbol"),
        (lambda t: t[t["Short Desc"] != "SecStatements"], "lacks the measures Sec"),
        (lambda t: t.rename(columns={"Values": "Value"}), "its columns are Short Desc"),
    ],
)
def test_an_altered_interactive_tool_is_refused(tmp_path, tool, edit, says):
    with pytest.raises(SourceError, match=says):
        examine(as_parquet(tmp_path, edit(tool)))


@pytest.fixture
def net(raw_dir):
    return json.loads((raw_dir / "finance" / NET).read_text(encoding="utf-8"))


def as_json(tmp_path, content):
    path = tmp_path / "spending.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_section_251_of_the_next_year_is_added(tmp_path, user_dir, net):
    later = {code: {**entry, "year": 2025} for code, entry in net.items()}
    candidate = refresh.add(as_json(tmp_path, later))
    assert candidate.new_periods == ["2025-26"]
    panel = Panel(home.tables_dir(), Geography.load())
    found = panel.figure("s251_high_needs_net_gbp", "England", "2025-26")
    # £10.22bn in 2024-25, the same figures said to be of the year after.
    assert found.value == pytest.approx(10.22e9, abs=0.005e9)
    sources = panel.companion("sources").set_index("source_id")
    assert "outturn 2025-26:" in sources.loc[found.source_id, "publication"]
    before = panel.figure("s251_high_needs_net_gbp", "England", "2024-25")
    assert before.source_id == "s251_net_2024_25"


def a_renamed_group(net):
    group = net["E10000016"]["education_breakdown"][0]
    group["name"] = "High needs"


def a_group_altered(net):
    net["E10000016"]["education_breakdown"][0]["value"] += 1_000


def two_years(net):
    net["E10000016"]["year"] = 2023


def thousands(net):
    for entry in net.values():
        entry["total"] /= 1_000
        for group in entry["education_breakdown"]:
            group["value"] /= 1_000


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (a_renamed_group, "Unknown group in spending.json"),
        (a_group_altered, "The groups of Kent in spending.json add up to"),
        (two_years, "has entries of '2023', '2024'. Expected one calendar year"),
        (thousands, "looks like £ thousand"),
    ],
)
def test_an_altered_section_251_file_is_refused(tmp_path, net, edit, says):
    edit(net)
    with pytest.raises(SourceError, match=says):
        examine(as_json(tmp_path, net))


@pytest.mark.parametrize(
    ("content", "looks"),
    [
        ('{"E10000016": {"name": "Kent", "plans": 3}}', "its entries hold name, plans"),
        ("[1, 2]", "not a table this package follows"),
        ("{}", "not a table this package follows"),
        ("{", "not a table this package follows"),
    ],
)
def test_another_json_file_says_what_it_looked_like(tmp_path, content, looks):
    path = tmp_path / "other.json"
    path.write_text(content)
    with pytest.raises(SourceError, match=looks):
        examine(path)


def test_a_file_that_is_known_but_altered_is_told_from_one_that_is_not(raw_dir, tmp_path):
    text = raw(raw_dir, "special_ap_top_ups").read_text(encoding="utf-8-sig")
    path = tmp_path / "top_ups.csv"
    path.write_text(text + "\n")
    with pytest.raises(recognition.NotFollowedError, match="looks like special_ap_top_ups"):
        refresh.add(path, dry_run=True)


@pytest.mark.parametrize("name", ["Sheet1", "Sheet 1", "Table1"])
def test_a_workbook_is_not_known_by_the_name_everybodys_sheet_has(tmp_path, name):
    rows = [["Dedicated schools grant: 2024 to 2025"], ["", "High needs block (£s)"]]
    write_ods(tmp_path / "one_tab.ods", {name: rows})
    with pytest.raises(recognition.NotFollowedError, match="not a table this package"):
        refresh.add(tmp_path / "one_tab.ods", dry_run=True)


def test_no_workbook_of_the_build_is_known_by_such_a_name_alone():
    names = [mark for one in recognition.fixed_files() for mark in one.marks]
    assert not [mark for mark in names if re.fullmatch(r"sheet sheet ?\d*", mark.lower())]


def test_a_file_of_strangers_is_told_every_publication_that_is_known(tmp_path):
    path = tmp_path / "strange.csv"
    path.write_text("school,meals\n1,2\n")
    with pytest.raises(SourceError, match="its columns are school, meals") as refused:
        examine(path)
    for name in ("caseload", "exclusions", "dsg", "tribunals", "lait", "s251_net"):
        assert name in str(refused.value)


def test_what_cannot_be_added_is_a_file_of_the_build():
    assert {one.source_id for one in recognition.fixed_files()} < set(SOURCES)
