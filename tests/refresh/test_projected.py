"""Editions added by `data add`, and the projection that starts from them."""

import itertools
import json
import re
import shutil
from collections import Counter, defaultdict
from html.parser import HTMLParser

import openpyxl
import pandas as pd
import pytest

import highneeds as hn
from highneeds import atomic, home
from highneeds.cli import main
from highneeds.geography import Geography
from highneeds.panel.panel import Panel
from highneeds.panel.vintage import vintage
from highneeds.periods import Census, FinancialYear
from highneeds.refresh import editions
from highneeds.refresh import update as refresh
from highneeds.sources import registry
from highneeds.sources.releases import layouts
from tests.raw.finance_copies import scale, write_ods
from tests.raw.sen2_copies import plain
from tests.refresh.published import (
    as_csv,
    caseload_2026,
    in_form_of_2026,
    next_workbook,
    outturn_lines,
)

FLOWS = ("new_plans", "ceased_plans", "requests")
# What sources of the release of January 2026 are called.
RELEASE_2026 = ("sen2_2026_", "tribunal_decisions_2026_")
BLOCK, BALANCE = "high_needs_block_before_deductions_gbp", "dsg_balance_gbp"
# Headings of columns that say which figure a row is; of a year the first.
YEARS = ("At", "Financial year", "January", "Year")
KEYS = (*YEARS, "Age band", "Measure", "Placement", "Primary need")
LEAST_ON_PAGE, LEAST_IN_BOOK = 7, 10
BLOCK_FACTOR, BALANCE_FACTOR = 1.25, 2.0
# The files of each edition.
EDITIONS = {
    "census": ("caseload", *FLOWS),
    "outturn": ("outturn",),
    "block": ("block",),
    "balance": ("balance",),
}


@pytest.fixture(scope="module", autouse=True)
def before_2026(tmp_path_factory):
    """The record before January 2026 was published stands for the one shipped."""
    folder = tmp_path_factory.mktemp("shipped") / "tables"
    shutil.copytree(home.shipped_tables_dir(), folder)
    for path in folder.glob("*.csv*"):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        if "source_id" in table:
            kept = table[~table["source_id"].str.startswith(RELEASE_2026)]
            path.write_bytes(atomic.table_bytes(kept, compress=path.suffix == ".gz"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(home, "shipped_tables_dir", lambda: folder)
        yield


@pytest.fixture(scope="module")
def files(raw_dir, tmp_path_factory):
    """Tables of plans in the form of 2026, plans doubled, and an outturn a year later."""
    folder, found = tmp_path_factory.mktemp("added"), {}
    for key in ("caseload", *FLOWS):
        layout = layouts()[key]
        table = plain(raw_dir, registry.source_files()[layout.source_id])
        table = table[table["breakdown_topic"].isin([*layout.topics.values(), "Sex"])]
        made = caseload_2026(table) if key == "caseload" else in_form_of_2026(key, table)
        found[key] = folder / f"{key}.csv"
        found[key].write_bytes(as_csv(made))
    name = "s251_outturn_net_groups_json/s251_lookup_2024.json"
    net = json.loads((raw_dir / "finance" / name).read_text("utf-8"))
    found["outturn"] = folder / "spending.json"
    found["outturn"].write_text(
        json.dumps({code: {**entry, "year": 2025} for code, entry in net.items()})
    )
    workbook = next_workbook(raw_dir)
    scale(workbook["Allocations_summary"], BLOCK_FACTOR)
    found["block"] = folder / "allocations.ods"
    write_ods(found["block"], workbook)
    found["balance"] = folder / "expenditure.csv"
    found["balance"].write_bytes(as_csv(outturn_lines("2024-25", BALANCE_FACTOR)))
    return found


def added(files, user_dir, names):
    for name in names:
        # Publishers leave authorities out: that is named, and meant here.
        refresh.add(files[name], accept=True)
    panel = Panel(home.tables_dir(), Geography.load())
    assert panel.folder == user_dir / "tables"
    return hn.project(panel, "Kent", draws=20, seed=3)


def test_an_outturn_added_alone_is_used_and_the_census_stays(files, user_dir):
    result = added(files, user_dir, ["outturn"])
    assert result.vintage.census == Census(2025)
    assert result.vintage.year == FinancialYear(2025)
    # The same £ again, for which plans of January 2026 are only projected.
    money = result.record.money
    assert money.spending["2025-26"] == money.spending["2024-25"]
    assert any("outturn of 2025-26 is published" in said for said in result.cautions)
    assert not result.money().duplicated("year").any()


@pytest.fixture(scope="module")
def together(files, tmp_path_factory):
    """A user's folder to which all four editions were added, the census first."""
    folder = tmp_path_factory.mktemp("together")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(home.USER_DIR_VARIABLE, str(folder))
        for name in itertools.chain(*EDITIONS.values()):
            refresh.add(files[name], accept=True)
    return folder


@pytest.mark.slow
def test_every_edition_together_is_used_in_either_order(
    files, together, tmp_path, monkeypatch
):
    found, tables = [], []
    names = [name for edition in EDITIONS.values() for name in edition]
    for user_dir, missing in ((together, []), (tmp_path, names[::-1])):
        monkeypatch.setenv(home.USER_DIR_VARIABLE, str(user_dir))
        result = added(files, user_dir, missing)
        assert result.vintage.census == Census(2026)
        assert result.vintage.year == FinancialYear(2026)
        plans = result.plans().set_index("year")
        assert plans.index.is_unique
        assert plans.loc["2026", "central"] == 2 * plans.loc["2025", "central"]
        assert plans.loc["2026", "status"] != "projected"
        found.append(result.results())
        tables.append(editions.folder_bytes(user_dir / "tables"))
    pd.testing.assert_frame_equal(*found)
    assert tables[0] == tables[1]
    held = Panel(home.shipped_tables_dir(), Geography.load())
    money = result.record.money
    last = held.figure(BALANCE, "Kent", "2023-24").value
    assert money.balance["2024-25"] == BALANCE_FACTOR * last
    # The workbook's own 2023-24, of July 2023, is within 1% of the update held.
    block = held.figure(BLOCK, "Kent", "2023-24").value
    assert money.block_before["2024-25"] == pytest.approx(BLOCK_FACTOR * block, rel=0.01)


class Tables(HTMLParser):
    """The tables of a page: for each its rows, the headings first, as text."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "table":
            self.found.append([])
        elif tag == "tr":
            self.found[-1].append([])
        elif tag in ("th", "td"):
            self.found[-1][-1].append("")

    def handle_data(self, data):
        if self.found and self.found[-1] and self.found[-1][-1]:
            self.found[-1][-1][-1] += data.strip("\n")


def headed(text):
    """The year and the kind of figure that head a column; None for another heading."""
    found = re.fullmatch(r"(20\d\d(?:-\d\d)?)(?:, (.+))?", text)
    return found and found.groups()


def years_twice(rows):
    """What stands twice in a table: rows of one year and key, columns of one year.

    The first row is the headings. None where the table has nothing by year.
    """
    headings, *body = rows
    kinds = defaultdict(list)
    for year, kind in filter(None, map(headed, headings)):
        kinds[year].append(kind)
    # A year has three columns where they are its range, and one where it is published.
    twice = [
        year
        for year, said in kinds.items()
        if len(set(said)) < len(said) or ("published" in said and len(said) > 1)
    ]
    keys = [place for place, heading in enumerate(headings) if heading in KEYS]
    if not keys and any(re.search(r"20\d\d-\d\d", row[0]) for row in body):
        keys = [0]
    if not kinds and not any(headings[place] in (*YEARS, "Step") for place in keys):
        return None
    counted = Counter(tuple(row[place] for place in keys) for row in body if keys)
    return [*twice, *(key for key, count in counted.items() if count > 1)]


@pytest.mark.parametrize(
    ("rows", "twice"),
    [
        ([["January", "Basis"], ["2026", "published"], ["2027", "projected"]], []),
        (
            [["January", "Basis"], ["2026", "published"], ["2026", "projected"]],
            [("2026",)],
        ),
        (
            [["Step", "£"], ["Gap in 2025-26", "1"], ["Gap in 2025-26", "2"]],
            [("Gap in 2025-26",)],
        ),
        (
            [["Primary need", "2026, published", "2026, central"], ["Autism", "1", "2"]],
            ["2026"],
        ),
        ([["Primary need", "2026, low", "2026, central"], ["Autism", "1", "2"]], []),
        ([["What", "Value"], ["Area", "Kent"]], None),
    ],
)
def test_a_year_that_stands_twice_is_seen(rows, twice):
    assert years_twice(rows) == twice


def test_no_year_is_twice_on_a_page_or_in_a_workbook(together, tmp_path, monkeypatch):
    monkeypatch.setenv(home.USER_DIR_VARIABLE, str(together))
    assert main(["report", "Kent", "--draws", "100", "--out", str(tmp_path)]) == 0
    (folder,) = tmp_path.iterdir()
    tables = Tables((folder / "report.html").read_text("utf-8")).found
    book = openpyxl.load_workbook(folder / "workbook.xlsx")
    sheets = [
        [[str(cell.value) for cell in row] for row in sheet[one.ref]]
        for sheet in book
        for one in sheet.tables.values()
    ]
    for found, least in ((tables, LEAST_ON_PAGE), (sheets, LEAST_IN_BOOK)):
        seen = [(rows[0], years_twice(rows)) for rows in found]
        by_year = [(headings, twice) for headings, twice in seen if twice is not None]
        assert len(by_year) >= least, seen
        assert [one for one in by_year if one[1]] == []
    # It is the record with the editions that was reported on.
    (januaries,) = (rows for rows in tables if rows[0][0] == "January")
    assert ["2026", "published"] in [row[:2] for row in januaries]


def test_a_block_and_a_balance_added_alone_are_each_gone_on_from(
    files, tmp_path, monkeypatch
):
    for name, measure in (("block", BLOCK), ("balance", BALANCE)):
        user_dir = tmp_path / name
        monkeypatch.setenv(home.USER_DIR_VARIABLE, str(user_dir))
        result = added(files, user_dir, [name])
        record = vintage(Panel(home.shipped_tables_dir(), Geography.load()))
        assert (result.vintage.census, result.vintage.year) == (record.census, record.year)
        money = result.money().set_index("year").loc["2024-25"]
        balance = result.balance().set_index("year")
        assert balance.index.is_unique
        held = result.panel.figure(measure, "Kent", "2023-24").value
        if name == "block":
            # The workbook's own 2023-24 is within 1% of the update held.
            assert money["block_gbp"] == pytest.approx(BLOCK_FACTOR * held, rel=0.01)
            assert money["block_status"] == "observed"
            assert balance.loc["2024-25", "status"] != "observed"
        else:
            assert balance.loc["2024-25", "central"] == BALANCE_FACTOR * held
            assert balance.loc["2024-25", "status"] == "observed"
            assert money["block_status"] == "estimated"


@pytest.mark.slow
def test_editions_give_one_record_in_every_order(files, tmp_path, monkeypatch):
    """Every set of them, whichever came last, is the same bytes.

    So every one of the 24 orders is: two that share their last edition differ in how they
    reached the three before, and those are the same whichever came last, and so on.
    """
    # A census is four files, all of them in the test above: one stands for them here.
    ordered = {**EDITIONS, "census": ("requests",)}
    reached = {frozenset(): None}
    for size in range(1, len(ordered) + 1):
        for names in map(frozenset, itertools.combinations(ordered, size)):
            for last in sorted(names):
                folder = tmp_path / f"{'+'.join(sorted(names))} after {last}"
                monkeypatch.setenv(home.USER_DIR_VARIABLE, str(folder))
                if before := reached[names - {last}]:
                    shutil.copytree(before, folder)
                for name in ordered[last]:
                    refresh.add(files[name], accept=True)
                first = reached.setdefault(names, folder)
                found, same = (
                    editions.folder_bytes(one / "tables") for one in (folder, first)
                )
                assert found == same, folder.name


def test_a_census_without_its_flows_is_used_for_its_total_alone(files, user_dir):
    result = added(files, user_dir, ["caseload"])
    assert result.vintage.census == Census(2025)
    plans = result.plans().set_index("year")
    assert plans.index.is_unique
    assert plans.loc["2026", "central"] == 2 * plans.loc["2025", "central"]
    assert not result.plan_mix().duplicated(["year", "placement"]).any()
