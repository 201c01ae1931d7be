"""What is printed arrives on every screen and in every file, whatever signs it can hold."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from highneeds import cli
from highneeds.cli import main
from tests.batches import headline, manifest, report

ROOT = Path(__file__).resolve().parents[2]
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
        return code, "".join(one.getvalue().decode("utf-8") for one in files.values())

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


def test_every_sign_is_printed_in_utf_8_whatever_was_set(printed):
    _, said = printed("cp1252", ["geography", "BCP"])
    assert "Poole (836) → Bournemouth" in said
    _, said = printed("ascii", ["compare", "a", "b"])
    assert "by \u2212£5.0m in total" in said


def test_what_cannot_be_encoded_or_would_drive_a_screen_is_written_out(printed):
    _, said = printed("utf-8", ["report", "Kent\x1b[31m\ud800"])
    assert "Kent\\x1b[31m\\ud800" in said


# Each command in a process of its own, forked from one that has imported everything: its
# output goes to a file, to a pipe that nobody reads, to a full disk, and nowhere.
OUTPUTS = """
import json, os, sys
import pandas
from highneeds.cli import main

def ended(given, output):
    child = os.fork()
    if not child:
        if output == "pipe":
            reads, writes = os.pipe()
            os.close(reads)
        elif output != "none":
            writes = os.open(output, os.O_WRONLY | os.O_CREAT)
        if output == "none":
            sys.stdout = None
        else:
            os.dup2(writes, 1)
            sys.stdout = open(1, "w")
        # As a shell's command: through the interpreter's own end.
        sys.exit(main(given))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

found = {}
for given in json.loads(sys.argv[1]):
    found[" ".join(given)] = [
        ended(given, output) for output in ("out.txt", "pipe", "/dev/full", "none")
    ]
print(json.dumps(found))
"""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_closed_or_full_output_ends_quietly_with_its_exit_code(tmp_path):
    asked = [["claims", "--format", "csv"], ["verify", "nowhere"], ["--help"]]
    done = subprocess.run(
        [sys.executable, "-c", OUTPUTS, json.dumps(asked)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    for said in ("Traceback", "Exception", "BrokenPipe"):
        assert said not in done.stderr
    found = json.loads(done.stdout)
    assert len(found) == len(asked)
    for given, (usual, closed, full, absent) in found.items():
        assert closed == absent == usual, given
        wrote = "--help" in given or usual == 0
        assert full == (3 if wrote else usual), given
