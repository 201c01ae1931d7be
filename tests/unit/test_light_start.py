"""What a report does without loading a library for it is what that library would give."""

import json

import matplotlib as mpl
import numpy as np
import pytest
import seaborn as sns
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from scipy.stats import median_abs_deviation

from highneeds import home
from highneeds.forecast import money
from highneeds.report import chart, html

PROSE = [
    "".join(cell["source"])
    for path in sorted(home.notebooks_dir().glob("*.ipynb"))
    for cell in json.loads(path.read_text("utf-8"))["cells"]
    if cell["cell_type"] == "markdown"
]


def test_charts_have_seaborns_white_grid():
    theirs = sns.axes_style("whitegrid") | sns.plotting_context("notebook", font_scale=0.9)
    with chart.drawing():
        ours = {name: mpl.rcParams[name] for name in theirs}
    said = {name for name, value in ours.items() if theirs[name] != value}
    # Colours and font are this project's; no chart of ours takes the colours of a map.
    assert said <= set(chart._STYLE) - set(chart.WHITE_GRID) | {"image.cmap"}


def test_prose_is_rendered_as_nbconvert_does():
    renderer = IPythonRenderer(
        escape=True, allow_harmful_protocols=False, exclude_anchor_links=True
    )
    assert len(PROSE) > 50
    for text in [
        *PROSE,
        "~~a~~ <b>b</b>\n\n|c|d|\n|-|-|\n|1|2|\n\n- [ ] e",
        "`f` *g* [h](x)",
    ]:
        theirs = str(MarkdownWithMath(renderer=renderer).render(text))
        assert html._markdown()(text) == theirs


def test_no_link_of_the_page_can_run_a_script():
    assert "javascript" not in html._rendered("[a](javascript:alert(1))")


@pytest.mark.parametrize("size", [1, 2, 7, 150])
def test_a_spread_is_scipys_median_absolute_deviation(size):
    errors = np.random.default_rng(size).standard_normal(size)
    assert money._sd(errors) == median_abs_deviation(errors, scale="normal")


def test_a_users_own_settings_of_matplotlib_reach_no_chart():
    with mpl.rc_context({"axes.titlesize": 40, "legend.frameon": False}), chart.drawing():
        assert mpl.rcParams["axes.titlesize"] == 10.8
        assert mpl.rcParams["legend.frameon"]
