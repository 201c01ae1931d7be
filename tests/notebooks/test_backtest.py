"""The backtest's notebook, for another authority, level and last January than its own."""

import pytest

import highneeds as hn
from highneeds.errors import UsageError
from highneeds.notebook.execute import execute, read_notebook

NAME = "06_how_well_would_we_have_done"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    given = {"authority": "Camden", "scores_of": "region", "last_january": 2019}
    folder = tmp_path_factory.mktemp("run")
    return execute(read_notebook(NAME), NAME, given, folder=folder)


def said(made):
    return "\n".join(
        str(output.get("data", {}).get("text/plain", ""))
        for cell in made.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    )


@pytest.mark.slow
def test_it_is_about_what_was_asked_for(made):
    text = said(made)
    assert "Camden" in text
    assert "Somerset" not in text
    assert "marked against every January to 2019" in text
    scores = hn.backtest(until=2019, level="region")
    one = scores[(scores["method"] == "b") & (scores["horizon"] == 1)].iloc[0]
    assert (one["n"], one["n_origins"]) == (18, 2)
    assert f"{one['mape']:.1f}% out" in text
    # One outturn to start from by then, and no balance.
    assert "The engine: section 251 outturn" in text
    assert "no balance can be marked" in text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"authority": "Nowhere"}, "No area is called 'Nowhere'"),
        ({"scores_of": "town"}, "'town' is no level"),
        ({"last_january": 2017}, "from 2018 to"),
    ],
)
def test_a_wrong_parameter_is_refused(given, words):
    with pytest.raises(UsageError, match=words):
        hn.notebook.BacktestParameters(**{"authority": "Camden", **given})
