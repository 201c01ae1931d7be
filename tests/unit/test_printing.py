"""What is printed arrives on every screen and in every file, whatever signs it can hold."""

import io
import json
import sys

import pandas as pd
import pytest

from highneeds import cli
from highneeds.cli import main, printing
from tests.batches import headline, manifest, report

# On Windows, output to a file; on its oldest screens; where nothing is set, as in cron.
ENCODINGS = ["cp1252", "cp850", "ascii"]
# What each verb prints soonest; its help is printed too.
VERBS = {
    "claims": [["claims"], ["claims", "--format", "csv"], ["claims", "--format", "json"]],
    "compare": [["compare", "a", "b"], ["compare", "a", "b", "--format", "json"]],
    "data": [
        ["data", "list"],
        ["data", "issues"],
        ["data", "dictionary"],
        ["data", "show", "dsg_balance_gbp", "--area", "Kent"],
        ["data", "show", "ehc_plans", "--area", "Kent", "--format", "csv"],
    ],
    # Its changes of code have an arrow.
    "geography": [["geography", "BCP"], ["geography", "BCP", "--format", "json"]],
    "inspections": [["inspections", "--region", "London"], ["inspections", "--summary"]],
    "monitor": [
        "monitor Kent --spent £200,000,000 --month Sep --year 26/27 --draws 100".split()
    ],
    "national": [["national", "--region", "North East", "--draws", "100"]],
    "batch": [["batch", "--areas", "Kent", "--dry-run", "--out", "out"]],
    # They print lines of progress, which the others' `say` prints too.
    "report": [["report", "Nowhere"]],
    "notebooks": [["notebooks", "zz"]],
    "evidence": [["evidence", "--region", "Nowhere"]],
    "verify": [["verify", "nowhere"]],
    "bench": [["bench", "--kills", "0"]],
}


@pytest.fixture
def printed(monkeypatch, tmp_path):
    """Run a command whose output goes to a file of some encoding; what is in the file."""
    monkeypatch.chdir(tmp_path)
    for name, mean in (("a", -20e6), ("b", -25e6)):
        made = manifest(report("202", "Camden", headline=headline(mean)), run=name)
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text(json.dumps(made), "utf-8")

    def run(encoding, given):
        files = {}
        for name in ("stdout", "stderr"):
            files[name] = io.BytesIO()
            stream = io.TextIOWrapper(files[name], encoding=encoding)
            monkeypatch.setattr(sys, name, stream)
        try:
            code = main(given)
        except SystemExit as ended:
            code = ended.code
        for name in files:
            getattr(sys, name).flush()
        return code, "".join(one.getvalue().decode(encoding) for one in files.values())

    return run


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    "given", [one for asked in VERBS.values() for one in asked], ids=" ".join
)
def test_every_verb_prints_in_every_encoding(printed, encoding, given):
    code, said = printed(encoding, given)
    assert code in (0, 2, 3)
    assert said
    if "json" in given:
        # The same to a program, whatever the encoding.
        assert json.loads(said) == json.loads(printed("utf-8", given)[1])
    else:
        assert "\\u" not in said


@pytest.mark.parametrize("verb", [*cli._parser()[1], "data add", "data update", ""])
def test_every_help_prints_in_the_plainest_encoding(printed, verb):
    code, said = printed("ascii", [*verb.split(), "--help"])
    assert code == 0
    assert said.startswith("usage: highneeds")


def test_a_minus_and_an_arrow_are_printed_as_what_is_like_them(printed):
    _, said = printed("cp1252", ["geography", "BCP"])
    assert "2019-04-01 merge: Poole (836) -> Bournemouth, Christchurch and Poole" in said
    _, said = printed("cp1252", ["compare", "a", "b"])
    assert "by -£5.0m in total" in said
    _, said = printed("ascii", ["compare", "a", "b"])
    assert "by -GBP 5.0m in total" in said


def test_where_every_sign_can_be_printed_none_is_changed(printed):
    _, said = printed("utf-8", ["geography", "BCP"])
    assert "Poole (836) → Bournemouth" in said
    _, said = printed("utf-8", ["compare", "a", "b"])
    assert "by \u2212£5.0m in total" in said


def test_a_sign_without_a_like_is_not_lost(monkeypatch):
    held = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(held, encoding="cp1252"))
    printing.print_plainly()
    printing.print_table(pd.DataFrame({"a": ["Ŵ \u2212 1"]}), "csv")
    sys.stdout.flush()
    assert held.getvalue() == b"a\n\\u0174 - 1\n"
