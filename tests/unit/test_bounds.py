"""What a run may be asked for, what a name may be, and what stands in a file of either."""

import csv
import io

import numpy as np
import pandas as pd
import pytest

from highneeds import atomic
from highneeds.bounds import (
    FEWEST_DRAWS,
    LARGEST_SEED,
    plain_name,
    plain_note,
    require_draws,
    require_gbp,
    require_seed,
    require_workers,
)
from highneeds.cli import main
from highneeds.errors import AssumptionError, UsageError
from highneeds.files import read_toml
from highneeds.scenario.levers import Measure, OneOff
from highneeds.scenario.scenario import Scenario


@pytest.mark.parametrize("given", ["100", 100, np.int64(100)])
def test_a_number_is_taken_as_one_or_as_its_digits(given):
    assert require_draws(given, FEWEST_DRAWS) == 100


@pytest.mark.parametrize(
    "given",
    [
        0,
        -1,
        1.5,
        True,
        None,
        "",
        "x",
        "1e3",
        "\uff11",
        "\xb2",
        "+5",
        "9" * 4_400,
        10**4_000,
    ],
)
@pytest.mark.parametrize("check", [require_draws, require_workers])
def test_a_number_out_of_bounds_is_refused_in_one_short_line(check, given):
    if not isinstance(given, int) or given < 10**4_000:
        with pytest.raises(UsageError, match="out of range") as no:
            check(given)
        assert len(str(no.value)) < 200


def test_a_seed_fits_in_64_bits():
    assert require_seed(LARGEST_SEED) == LARGEST_SEED
    for given in (-1, LARGEST_SEED + 1):
        with pytest.raises(UsageError, match="seed"):
            require_seed(given)


@pytest.mark.parametrize("amount_gbp", [1.7e308, -1.7e308, float("inf"), float("nan")])
def test_an_amount_no_country_spends_is_refused(amount_gbp):
    with pytest.raises(UsageError, match="is no amount"):
        require_gbp(amount_gbp, "spent")
    with pytest.raises(ValueError, match="gbp"):
        OneOff(name="One", year="2027-28", gbp=amount_gbp)


@pytest.mark.parametrize(
    "given",
    [
        "national --draws 1",
        "monitor Kent --spent 1 --month Sep --year 2026-27 --draws 1",
        "report Kent --draws 20001",
        "export Kent --form dsg --seed -1",
        "batch --areas Kent --draws 0",
        "national --workers 0",
        "batch --areas Kent --workers 257",
        "backtest --workers 99999999999999999999",
        f"report Kent --seed {'9' * 4_400}",
    ],
)
def test_every_verb_refuses_the_same_in_the_same_words(given, capsys):
    with pytest.raises(SystemExit) as ended:
        main(given.split())
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "out of range. Expected a whole number, " in said
    assert len(said) < 400


@pytest.mark.parametrize(
    "name",
    ["=1+1", "+1", "-1", "@x", " =1", "\uff1d1", "a\x00b", "a\nb", "a\u202eb", "a" * 301],
)
def test_a_name_that_would_run_or_cannot_be_seen_is_refused(name):
    with pytest.raises(ValueError, match=r"name|letters|seen"):
        plain_name(name)
    with pytest.raises(ValueError, match="name"):
        Measure(
            name=name,
            kind="early_support",
            most=0.1,
            starts="2027-28",
            full="2028-29",
            delivery_chance=0.5,
        )


def test_a_name_that_is_needed_has_something_in_it():
    for name in ("", "  "):
        with pytest.raises(ValueError, match="name"):
            OneOff(name=name, year="2027-28", gbp=1.0)


def test_names_and_notes_as_people_write_them_are_taken():
    assert plain_name("Sir Ian's – “special” schools (11–16) & more") != ""
    assert plain_note("- first\n- second\n") == "- first\n- second\n"
    with pytest.raises(ValueError, match="cannot be seen"):
        plain_note("a\x1b[31m")


@pytest.mark.parametrize("cell", ["=1+1", "+a", "-a", "@a", "\ta", "\ra", "\uff20a"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(cell):
    table = pd.DataFrame({cell: [cell, "plain"], "n": [-1.5, 2]})
    rows = list(csv.reader(io.StringIO(atomic.table_text(table), newline="")))
    cell = cell.replace("\r", "\n")
    assert rows == [[f"'{cell}", "n"], [f"'{cell}", "-1.5"], ["plain", "2.0"]]


def test_figures_and_signs_that_stand_for_none_are_untouched():
    texts = ["-1.5", "+2", "-1e3", "-", "", None, "\u22125"]
    table = pd.DataFrame({"a": texts, "b": pd.Categorical(texts)})
    assert atomic.table_text(table) == table.to_csv(index=False, lineterminator="\n")


def test_every_way_to_a_csv_goes_through_the_one_writer(capsys, monkeypatch):
    from highneeds.cli import printing

    printing.print_table(pd.DataFrame({"a": ["=1+1"]}), "csv")
    assert capsys.readouterr().out == "a\n'=1+1\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"draws = " + b"9" * 4_400, "a number of thousands of digits"),
        (b"a = " + b"[" * 5_000 + b"]" * 5_000, "too deep in one another"),
        (b"[" + b".".join([b"a"] * 5_000) + b"]\nb = 1", "too deep in one another"),
        (b"[" + b".".join([b"a"] * 60) + b"]\nb = 1", "too deep in one another"),
        (b"day = 2025-02-30", "not valid TOML"),
        (b"a = 1\n" + b"#" * 4_000_001, "far fewer"),
    ],
)
def test_a_file_of_settings_that_python_cannot_read_is_told_in_our_words(
    tmp_path, content, says
):
    path = tmp_path / "s.toml"
    path.write_bytes(content)
    with pytest.raises(AssumptionError, match=says) as told:
        read_toml(path, "a scenario", AssumptionError)
    assert "sys." not in str(told.value)
    assert len(str(told.value)) < 300
    with pytest.raises(AssumptionError):
        Scenario.load(str(path))


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"])
def test_a_mark_and_a_day_are_read(tmp_path, mark):
    encoding = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le"}.get(mark, "utf-16-be")
    path = tmp_path / "s.toml"
    path.write_bytes(mark + "day = 2027-04-01\nat = 07:32:00\n".encode(encoding))
    found = read_toml(path, "a scenario", AssumptionError)
    assert found.tables == {"day": "2027-04-01", "at": "07:32:00"}


def test_what_nobody_foresaw_is_one_line_and_its_place_behind_debug(monkeypatch, capsys):
    from highneeds.cli import data

    def fail(_):
        msg = "one\ntwo"
        raise ZeroDivisionError(msg)

    monkeypatch.setattr(data, "_data_list", fail)
    assert main(["data", "list"]) == 70
    said = capsys.readouterr().err
    assert said.startswith("highneeds: ZeroDivisionError: one two. This is a fault of the")
    assert said.count("\n") == 1
    assert main(["data", "list", "--debug"]) == 70
    assert "Traceback" in capsys.readouterr().err
