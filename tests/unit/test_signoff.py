"""Sign-off: its steps, what it covers, and that no byte can change unseen."""

import copy
import json
import os
from datetime import UTC, datetime

import pytest

from highneeds import atomic, home
from highneeds.batch.inputs import digest
from highneeds.cli import main
from highneeds.errors import HighNeedsError, OutputError, UsageError
from highneeds.notebook.folder import SIGN_OFF, SIGN_OFF_PAGE, require_own
from highneeds.notebook.manifest import (
    clock_of,
    code_sha256,
    json_bytes,
    manifest_record,
    versions,
)
from highneeds.notebook.parameters import OverspendParameters
from highneeds.signoff.record import (
    Entry,
    read_entries,
    record_bytes,
    record_faults,
    sign,
    state_of,
)
from highneeds.signoff.stated import manifest_faults
from highneeds.signoff.verify import verify

FILES = {
    "report.html": b"<p>12</p>",
    "figures/balance.svg": b"<svg/>",
    "results.csv": b"a\n1",
}


@pytest.fixture
def run(tmp_path):
    """A run as any notebook leaves it, but that its notebook is none of the package's."""
    folder = tmp_path / "run"
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    manifest = {
        "area": {"la_code": "886", "name": "Kent"},
        "notebook": "own_notebook",
        "parameters": {},
        "for_publication": False,
        "scenarios": [],
        "inputs": {"inputs/own.csv": "1" * 64, "scenario/own.toml": "2" * 64},
        "outputs": {name: atomic.sha256(folder / name) for name in FILES},
        "code": code_sha256(),
        "versions": versions(),
        "platform": "Linux x86_64",
        **clock_of(datetime(2026, 11, 24, 10, tzinfo=UTC), 41.57),
    }
    (folder / "manifest.json").write_bytes(json_bytes(manifest))
    return folder


@pytest.fixture(scope="module")
def stated():
    """What the manifest of a report says, worked out without making the report."""
    return manifest_record(
        OverspendParameters(authority="Kent", until="2027-28", draws=200),
        {name: atomic.sha256(content) for name, content in FILES.items()},
        notebook=home.notebooks_dir() / "01_overspend_scenario.ipynb",
        given={},
        clock=clock_of(datetime(2026, 11, 24, 10, tzinfo=UTC), 41.57),
    )


@pytest.fixture
def reported(run, stated):
    """The run as the package's own notebook makes it."""
    (run / "manifest.json").write_bytes(json_bytes(stated))
    return run


def signed(run):
    sign(run, "reviewed", "A. Reviewer", role="Finance")
    return sign(run, "signed", "B. Signer", note="Forum of 24 November")


def differences(run):
    try:
        return [*verify(run).differences]
    except HighNeedsError as error:  # no manifest any more, or not a whole one
        return [str(error)]


def test_a_draft_is_reviewed_and_then_signed(run):
    assert state_of(read_entries(run)) == "draft"
    with pytest.raises(
        UsageError, match=r"nobody has reviewed it.*next step is --as reviewed"
    ):
        sign(run, "signed", "B. Signer")
    entry = signed(run)
    assert [one.state for one in read_entries(run)] == ["reviewed", "signed"]
    assert entry.previous == read_entries(run)[0].seal
    with pytest.raises(UsageError, match=r"is signed \(by B. Signer\)"):
        sign(run, "reviewed", "C")
    assert set(entry.covers) == {"manifest", "files", "inputs", "scenario", "code"}


def test_the_page_names_who_signed_and_nothing_in_a_name_runs(run):
    sign(run, "reviewed", "<script>alert(1)</script>", role="=1+1")
    page = (run / SIGN_OFF_PAGE).read_text("utf-8")
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page
    assert "Kent" in page


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\x07b"])
def test_a_step_needs_a_name(run, name):
    with pytest.raises(UsageError, match="is no name"):
        sign(run, "reviewed", name)
    assert not (run / SIGN_OFF).exists()


def test_a_run_that_was_changed_or_is_of_other_code_is_not_signed(run):
    sign(run, "reviewed", "A")
    (run / "results.csv").write_bytes(b"a\n2")
    with pytest.raises(UsageError, match=r"results.csv: another in the folder"):
        sign(run, "signed", "B")
    (run / "results.csv").write_bytes(FILES["results.csv"])
    manifest = json.loads((run / "manifest.json").read_text("utf-8"))
    other = run.parent / "other"
    run.rename(other)
    for name in (SIGN_OFF, SIGN_OFF_PAGE):
        (other / name).unlink()
    (other / "manifest.json").write_bytes(json_bytes(manifest | {"code": "0" * 64}))
    with pytest.raises(UsageError, match="code of this package is another"):
        sign(other, "reviewed", "A")


def test_any_byte_changed_anywhere_in_a_signed_run_is_seen(run):
    signed(run)
    assert differences(run) == []
    files = [path for path in run.rglob("*") if path.is_file()]
    assert len(files) == len(FILES) + 3
    for path in files:
        kept = path.read_bytes()
        # Each byte of a small file, and some 20 of a larger one.
        for place in range(0, len(kept), max(1, len(kept) // 20)):
            changed = bytes([kept[place] ^ 1])
            path.write_bytes(kept[:place] + changed + kept[place + 1 :])
            assert differences(run), (path.name, place)
        for other in (kept + b"\n", kept[:-1]):
            path.write_bytes(other)
            assert differences(run), path.name
        path.unlink()
        assert differences(run), path.name
        path.write_bytes(kept)
    (run / "note.txt").write_text("later", "utf-8")
    assert differences(run) == [
        "files: another than when it was reviewed",
        "files: another than when it was signed",
        "note.txt: in the folder only",
    ]


def test_a_record_written_anew_for_other_bytes_does_not_follow_the_review(run):
    """Whoever changes a file and the manifest has to forge every step as well."""
    last = signed(run)
    (run / "results.csv").write_bytes(b"a\n2")
    manifest = json.loads((run / "manifest.json").read_text("utf-8"))
    manifest["outputs"]["results.csv"] = atomic.sha256(run / "results.csv")
    (run / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    assert "manifest: another than when it was signed" in differences(run)
    first, second = read_entries(run)
    forged = Entry(**{**vars(second), "name": "Somebody else"})
    (run / SIGN_OFF).write_bytes(record_bytes([first, forged]))
    assert f"{SIGN_OFF}: the entry “signed” was changed" in record_faults(run, manifest)
    again = forged.sealed()
    assert again.seal != last.seal


def test_steps_in_another_order_are_no_sign_off(run):
    signed(run)
    first, second = read_entries(run)
    for entries in ([second], [second, first], [first, second, second]):
        (run / SIGN_OFF).write_bytes(record_bytes(entries))
        assert differences(run)


def test_a_run_with_own_figures_is_not_made_again_without_them(run):
    found = verify(run)
    assert (found.state, found.differences) == ("draft", ())
    (said,) = found.not_done
    assert "inputs/own.csv" in said
    assert "1" * 64 in said
    assert not found.whole


def test_other_own_figures_than_the_runs_are_named(run, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("x", "utf-8")
    found = verify(run, other)
    assert any("other own figures" in said for said in found.differences)
    with pytest.raises(UsageError, match="There is no file"):
        verify(run, tmp_path / "none.csv")


def test_no_new_report_takes_the_place_of_a_signed_one(run):
    require_own(run)
    sign(run, "reviewed", "A")
    with pytest.raises(OutputError, match="was reviewed or signed"):
        require_own(run)


def test_a_folder_without_a_run_is_refused(tmp_path):
    for ask in (lambda: verify(tmp_path), lambda: sign(tmp_path, "reviewed", "A")):
        with pytest.raises(UsageError, match="holds no run"):
            ask()


def test_the_commands_say_the_state_and_the_seal(run, capsys):
    assert main(["sign", str(run)]) == 0
    assert "is draft" in capsys.readouterr().out
    assert main(["sign", str(run), "--as", "reviewed", "--name", "A. Reviewer"]) == 0
    seal = read_entries(run)[0].seal[:16]
    assert f"Seal {seal}" in capsys.readouterr().out
    assert main(["verify", str(run)]) == 0
    assert "was not made again. It is reviewed" in capsys.readouterr().out
    (run / "results.csv").write_bytes(b"")
    assert main(["verify", str(run)]) == 1


def test_a_seal_is_the_hash_of_all_else_in_its_entry(run):
    entry = sign(run, "reviewed", "A")
    said = {**vars(entry)}
    del said["seal"]
    assert entry.seal == digest(said)


def faults_of(folder, record):
    (folder / "manifest.json").write_bytes(json_bytes(record))
    return manifest_faults(folder, json.loads((folder / "manifest.json").read_bytes()))


FORGED = {
    "signed_off_by": lambda said: said.update(signed_off_by="The section 151 officer"),
    "approved_by": lambda said: said["scenarios"][0].update(approved_by="The forum"),
    "area": lambda said: said["area"].update(name="Kent (audited)"),
    "for_publication": lambda said: said.update(for_publication=True),
    "a number as text": lambda said: said["parameters"].update(draws="200"),
    "an entry of the parameters": lambda said: said["parameters"].update(note="reviewed"),
    "versions": lambda said: said["versions"].update(numpy="1.0"),
    "platform": lambda said: said.update(platform="Approved"),
    "no platform": lambda said: said.pop("platform"),
    "scenario": lambda said: said["inputs"].update({"scenario/trend.toml": "0" * 64}),
    "an input": lambda said: said["inputs"].update({"minutes.pdf": "0" * 64}),
    "began": lambda said: said.update(began="on the day of the forum"),
    "seconds": lambda said: said.update(seconds="signed"),
    "seconds below 0": lambda said: said.update(seconds=-1.0),
    "no parameters": lambda said: said.pop("parameters"),
    "parameters of another kind": lambda said: said.update(parameters=[]),
}


def test_nothing_can_be_added_to_or_changed_in_what_a_manifest_says(reported, stated):
    assert faults_of(reported, stated) == []
    later = clock_of(datetime(2028, 1, 1, tzinfo=UTC), 7.0)
    assert faults_of(reported, stated | later) == []  # two honest runs differ so
    for name, forge in FORGED.items():
        forged = copy.deepcopy(stated)
        forge(forged)
        assert faults_of(reported, forged), name
        with pytest.raises(HighNeedsError):
            sign(reported, "reviewed", "A")


def test_an_entry_said_twice_is_seen(reported):
    path = reported / "manifest.json"
    said = path.read_text("utf-8")
    path.write_text(said.replace("{", '{\n  "area": {"name": "Kent, signed"},', 1), "utf-8")
    assert manifest_faults(reported, json.loads(path.read_text("utf-8"))) == [
        "manifest.json: written otherwise than this package writes it"
    ]


def test_a_run_of_another_notebook_says_only_what_a_manifest_says(run):
    record = json.loads((run / "manifest.json").read_text("utf-8"))
    assert faults_of(run, record) == []
    assert faults_of(run, record | {"signed_off_by": "The forum"}) == [
        "manifest.json: signed_off_by is no entry of a manifest"
    ]


@pytest.mark.skipif(os.name == "nt", reason="Windows lets only some users make links")
def test_a_link_a_pipe_or_another_folder_in_a_run_is_a_difference(run, tmp_path):
    signed(run)
    outside = tmp_path / "outside.html"
    (run / "report.html").rename(outside)
    (run / "report.html").symlink_to(outside)
    said = differences(run)
    assert "report.html: a link in the folder, where a run has plain files alone" in said
    (run / "report.html").unlink()
    outside.rename(run / "report.html")
    assert differences(run) == []
    for make, kind in (
        (lambda path: path.symlink_to(tmp_path), "a link"),
        (os.mkfifo, "no file"),
        (lambda path: path.mkdir(), "another folder"),
    ):
        # A name that file managers use makes a folder, a link or a pipe no less strange.
        for name in ("more", "figures/more", ".DS_Store"):
            make(run / name)
            said = f"{name}: {kind} in the folder, where a run has plain files alone"
            assert differences(run) == [said]
            if kind == "another folder":
                (run / name).rmdir()
            else:
                (run / name).unlink()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such pipes")
def test_a_new_report_takes_no_pipe_or_empty_folder_away(run):
    require_own(run)
    for name, make in (("pipe", os.mkfifo), ("mine", os.mkdir)):
        make(run / name)
        with pytest.raises(OutputError, match=name):
            require_own(run)
        (os.unlink if name == "pipe" else os.rmdir)(run / name)
    # In the place of a file: nobody waits for what is to come out of it.
    (run / "results.csv").unlink()
    os.mkfifo(run / "results.csv")
    with pytest.raises(OutputError, match=r"results\.csv \(changed"):
        require_own(run)
