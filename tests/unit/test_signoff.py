"""Sign-off: its steps, what it covers, and that no byte can change unseen."""

import json

import pytest

from highneeds import atomic
from highneeds.batch.inputs import digest
from highneeds.cli import main
from highneeds.errors import HighNeedsError, OutputError, UsageError
from highneeds.notebook.folder import SIGN_OFF, SIGN_OFF_PAGE, require_own
from highneeds.notebook.manifest import code_sha256
from highneeds.signoff.record import (
    Entry,
    read_entries,
    record_bytes,
    record_faults,
    sign,
    state_of,
)
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
        "inputs": {"inputs/own.csv": "1" * 64, "scenario/own.toml": "2" * 64},
        "outputs": {name: atomic.sha256(folder / name) for name in FILES},
        "code": code_sha256(),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return folder


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
    (other / "manifest.json").write_text(json.dumps(manifest | {"code": "0" * 64}), "utf-8")
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
