"""Every failure that is reckoned with is held by tests that are there."""

from tools import failure_modes


def test_every_row_names_tests_that_are_there():
    rows = failure_modes.rows()
    assert [row["number"] for row in rows] == list(range(1, 35))
    assert all(row["tests"] for row in rows)
    assert failure_modes.missing() == []


def test_the_page_is_up_to_date():
    message = "run python tools/failure_modes.py"
    assert failure_modes.PAGE.read_text("utf-8") == failure_modes.page_text(), message


def test_a_test_that_is_gone_would_be_noticed(monkeypatch, tmp_path):
    text = failure_modes.ROWS.read_text("utf-8")
    monkeypatch.setattr(failure_modes, "ROWS", tmp_path / "rows.toml")
    gone = text.replace("::test_a_name_cannot_carry_code", "::test_a_name_may_do_anything")
    failure_modes.ROWS.write_text(gone, "utf-8")
    assert failure_modes.missing() == [
        "tests/unit/test_notebook_parameters.py::test_a_name_may_do_anything"
    ]
