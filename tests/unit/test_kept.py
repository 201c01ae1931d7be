"""A file that somebody may have worked in is kept, whichever verb would write there."""

import argparse
from pathlib import Path

import pytest

from highneeds import cli
from highneeds.atomic import write_files
from highneeds.cli import main
from highneeds.errors import KeptError
from tests.unit.test_help import PARSERS

# They write a folder, which is replaced only while it is as its last run left it; bench is
# of a clone, and data build writes the record.
FOLDERS = {"report", "monitor", "batch", "evidence", "data build", "bench"}
NAMED = {"--out", "--page", "--copy"}


def test_only_another_file_is_kept_and_nothing_is_written_beside_it(tmp_path):
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    theirs.write_bytes(b"work")
    with pytest.raises(KeptError, match=f"{theirs}: there already") as kept:
        write_files({ours: b"1", theirs: b"2"})
    assert kept.value.exit_code == 5
    assert (theirs.read_bytes(), ours.exists()) == (b"work", False)
    for replace, content in ((False, b"work"), (True, b"2")):
        write_files({ours: b"1", theirs: content}, replace=replace)
        assert (theirs.read_bytes(), ours.read_bytes()) == (content, b"1")


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    return {name for action in parser._actions for name in action.option_strings}


def test_every_verb_that_writes_a_file_keeps_another():
    writing = {verb for verb, one in PARSERS.items() if options_of(one) & NAMED}
    assert writing - FOLDERS == {
        verb for verb, one in PARSERS.items() if "--replace" in options_of(one)
    }
    # And by the one way.
    for path in Path(cli.__file__).parent.glob("*.py"):
        assert "replace_file(" not in path.read_text("utf-8"), path


@pytest.mark.parametrize(
    "words",
    [
        ("inputs", "template", "Kent"),
        ("workbook", "Kent"),
        ("national",),
        ("backtest",),
        ("data", "dictionary"),
    ],
)
def test_what_stands_in_the_place_of_a_file_is_kept(words, tmp_path, capsys):
    theirs = tmp_path / "mine"
    theirs.write_text("my own work", "utf-8")
    assert main([*words, "--out", str(theirs)]) == KeptError.exit_code
    assert "add --replace" in capsys.readouterr().err
    assert theirs.read_text("utf-8") == "my own work"
