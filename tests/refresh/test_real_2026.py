"""The real files of the 2026 release with something wrong in them, given as a user would.

The record they are given to ends before their year, so that no figure of them is held.
"""

import csv
import io

import pytest

from highneeds import atomic, home
from highneeds.cli import main
from highneeds.panel.build import as_text
from highneeds.refresh.one_file import stored_table

FOLDER = "education/dfe-ehcp-2026"
LEEDS, BRADFORD, KENT, CAMDEN = "383", "380", "886", "202"
SOUTH_EAST, LONDON = "E12000008", "E12000007"
CODE, NAME, REGION, LEVEL = "old_la_code", "la_name", "region_code", "geographic_level"
SHARES = slice(18, 22)  # of the last four of the counts, in all requests
COUNTS = slice(12, 18)  # of requests: received, on a review, and what became of them
RECEIVED = 12


@pytest.fixture(scope="module")
def record(raw_dir, tmp_path_factory):
    """The tables as they were before the release: nothing of calendar 2025."""
    folder = tmp_path_factory.mktemp("before") / "tables"
    files = {one.name: one.read_bytes() for one in home.shipped_tables_dir().iterdir()}
    for name in ("plan_flows", "tribunals"):
        rows = stored_table(home.shipped_tables_dir() / f"{name}.csv.gz")
        kept = as_text(rows[rows["year"] < "2025"])
        files[f"{name}.csv.gz"] = atomic.table_bytes(kept, compress=True, level=1)
    atomic.replace_folder(folder, files)
    return folder


@pytest.fixture
def add(record, user_dir, tmp_path, monkeypatch, capsys):
    """Give a table to `data add`: its exit code and all that was said."""
    monkeypatch.setattr(home, "shipped_tables_dir", lambda: record)

    def given(rows, *options):
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(rows)
        file = tmp_path / "downloaded.csv"
        file.write_text(text.getvalue(), encoding="utf-8")
        code = main(["data", "add", str(file), *options])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out + err

    return given


def rows_of(raw_dir, name):
    text = (raw_dir / FOLDER / name).read_text("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.fixture
def requests(raw_dir):
    return rows_of(raw_dir, "requests_2025_totals.csv")


def line(rows, code):
    """Where an authority's row is in the list; one more is its line in the file."""
    at = rows[0].index(CODE)
    return next(place for place, row in enumerate(rows) if row[at] == code)


@pytest.mark.slow
def test_as_published_it_is_taken(add, requests):
    code, said = add(requests, "--dry-run")
    assert code == 0
    assert "new period: 2025" in said


def test_exchanged_codes_are_refused_with_their_lines(add, requests):
    one, other, at = (
        line(requests, LEEDS),
        line(requests, BRADFORD),
        requests[0].index(CODE),
    )
    requests[one][at], requests[other][at] = BRADFORD, LEEDS
    code, said = add(requests, "--accept")
    assert code == 10
    assert f"line {one + 1}: {BRADFORD} (Bradford) beside E08000035 (Leeds (383))" in said
    assert f"line {other + 1}: {LEEDS} (Leeds) beside E08000032" in said


def test_an_abolished_code_is_refused(add, requests):
    row, head = requests[line(requests, "942")], requests[0]
    for name, cell in ((CODE, "909"), ("new_la_code", "E10000006"), (NAME, "Cumbria")):
        row[head.index(name)] = cell
    code, said = add(requests, "--accept")
    assert code == 10
    assert "Cumbria (909, abolished 2023), which was not in being on" in said


def test_a_row_left_out_does_not_add_up(add, requests):
    del requests[line(requests, CAMDEN)]
    code, said = add(requests, "--accept")
    assert code == 10
    assert "London (E12000007) 2025 ehc_assessment_requests total/total: parts" in said


@pytest.mark.slow
def test_a_row_left_out_of_every_sum_is_taken_only_when_meant(add, requests):
    gone = requests.pop(line(requests, CAMDEN))
    head = requests[0]
    for row in requests[1:]:
        london = row[head.index(LEVEL)] == "Regional" and row[head.index(REGION)] == LONDON
        if london or row[head.index(LEVEL)] == "National":
            row[COUNTS] = [
                str(int(all_) - int(its))
                for all_, its in zip(row[COUNTS], gone[COUNTS], strict=True)
            ]
            # Shares printed beside the counts would tell.
            row[SHARES] = ["z"] * 4
    code, said = add(requests)
    assert code == 10
    assert "no row of Camden (202) for 2025 (ehc_assessment_requests" in said
    assert "--accept" in said
    assert add(requests, "--accept", "--dry-run")[0] == 0


@pytest.mark.slow
def test_counts_in_thousands_are_taken_only_when_meant(add, requests):
    for row in requests[1:]:
        row[COUNTS] = [
            f"{int(one) * 1000}" if one.isdigit() else one for one in row[COUNTS]
        ]
    code, said = add(requests)
    assert code == 10
    assert (
        "ehc_assessment_requests of England (E92000001) 2025 is 162,702,000 after" in said
    )
    assert "as if 1,000 times too large" in said
    assert "--accept" in said
    assert add(requests, "--accept", "--dry-run")[0] == 0


def test_a_column_shifted_by_a_row_is_not_what_stands_beside_it(add, requests):
    received = [row[RECEIVED] for row in requests[1:]]
    for row, cell in zip(requests[1:], [received[-1], *received], strict=False):
        row[RECEIVED] = cell
    code, said = add(requests, "--accept")
    assert code == 10
    assert "has figures that the others of their row do not make" in said
    assert "requests_received_in_year is " in said


@pytest.mark.parametrize("place", [4, 7])
def test_a_percentage_ten_times_too_large_is_refused(raw_dir, add, place):
    rows = rows_of(raw_dir, "SEND_appealable_decisions_rate_2024-2025.csv")
    (durham,) = (row for row in rows if row[0] == "Durham")
    rate = durham[place]
    durham[place] = f"{float(rate.rstrip('%')) * 10:.2f}%"
    code, said = add(rows, "--accept")
    assert code == 10
    year, appeals = ("2024", 344) if place == 4 else ("2025", 445)
    assert (
        f"County Durham (840) {year}: {float(durham[place][:-1]):g}% beside {appeals}"
        in said
    )
