"""Notebooks listed, copied and, in an installation, left alone."""

import pytest

from highneeds import home
from highneeds.cli import main
from highneeds.errors import KeptError


def test_every_notebook_is_listed_with_what_it_asks(capsys):
    assert main(["notebooks", "--list"]) == 0
    said = capsys.readouterr().out
    lines = said.splitlines()
    assert [line.split()[0] for line in lines] == sorted(
        path.stem for path in home.notebooks_dir().glob("*.ipynb")
    )
    assert lines[0].endswith("What high needs deficit should we plan for?")
    # Without an option it runs nothing.
    assert main(["notebooks"]) == 0
    assert capsys.readouterr().out == said
    assert main(["notebooks", "03"]) == 0
    assert capsys.readouterr().out == f"{lines[2]}\n"


def test_copies_are_the_packages_own_and_no_work_is_taken(tmp_path, capsys):
    folder = tmp_path / "mine"
    for _ in range(2):  # a copy that nobody changed may be made again
        assert main(["notebooks", "--copy", str(folder), "03", "04"]) == 0
    (copied, other) = sorted(folder.iterdir())
    assert copied.read_bytes() == (home.notebooks_dir() / copied.name).read_bytes()
    other.write_text("my own work", "utf-8")
    copied.unlink()
    assert main(["notebooks", "--copy", str(folder)]) == KeptError.exit_code
    assert other.name in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == [other.name]
    assert other.read_text("utf-8") == "my own work"


def test_nothing_is_written_into_an_installation(monkeypatch, capsys):
    monkeypatch.setattr(home, "is_installed", lambda: True)
    assert main(["notebooks", "--run", "03"]) == 2
    assert "--copy DIR" in capsys.readouterr().err


def test_a_notebook_that_is_not_there_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["notebooks", "--list", "--copy", str(tmp_path)])
    assert main(["notebooks", "--copy", str(tmp_path), "99"]) == 2
    assert "99" in capsys.readouterr().err
