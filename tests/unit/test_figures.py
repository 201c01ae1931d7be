"""Figures: what they say, that they can be read, and that they come out the same."""

import dataclasses
import itertools
import os
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

import highneeds as hn
from highneeds.geography import Area
from highneeds.periods import FinancialYear
from highneeds.report import chart as look
from highneeds.report import contents
from highneeds.report.chart import Chart
from highneeds.report.figures_money import plot_balance, plot_bridge, plot_money
from highneeds.report.figures_plans import plot_growth, plot_mix, plot_plans
from highneeds.report.marks import every_that_fits, last_point_label, spread
from highneeds.report.tables import Words
from tests.handmade import HandMade, handmade_growth

BALANCES = ["p10", "central", "p50", "p90", "mean"]
LONG = "Bournemouth, Christchurch and Poole"


@dataclasses.dataclass(frozen=True)
class Surplus(HandMade):
    """The same area with every sign turned: a balance that grows."""

    def balance(self):
        table = super().balance()
        table[["central", "p10", "p50", "p90", "mean"]] *= -1
        table[["p10", "p90"]] = table[["p90", "p10"]].to_numpy()
        return table.assign(chance_of_deficit=0.0)

    def bridge(self):
        table = super().bridge()
        return table.assign(value_gbp=-table["value_gbp"])


@dataclasses.dataclass(frozen=True)
class NoSpread(HandMade):
    """Futures that all agree: three labels want the same place."""

    def balance(self):
        table = super().balance()
        return table.assign(p10=table["central"], p90=table["central"])

    def plans(self):
        table = super().plans()
        return table.assign(p10=table["central"], p90=table["central"])


@dataclasses.dataclass(frozen=True)
class LongRun(HandMade):
    """Sixteen years of gaps, to the last year a run may reach."""

    def money(self):
        first = super().money().iloc[0]
        numbers = [name for name in first.index if name.endswith("_gbp") or "gbp_" in name]
        rows = []
        for step in range(16):
            year = FinancialYear(2025 + step).label
            scaled = {name: first[name] * (1 + 6 * step) for name in numbers}
            rows.append({**first.to_dict(), **scaled, "year": year})
        return pd.DataFrame(rows)


@dataclasses.dataclass(frozen=True)
class Large(LongRun):
    """Ten years of gaps beyond £100m, a balance beyond £1,000m, and steps across zero."""

    def money(self):
        return super().money().head(10)

    def balance(self):
        table = super().balance()
        return table.assign(**{name: table[name] * 20 for name in BALANCES})

    def bridge(self):
        table = super().bridge()
        values = table["value_gbp"].to_numpy() * 20
        values[0] += 450e6
        values[-1] += 450e6
        return table.assign(value_gbp=values)


def drawn(result, growth=None):
    return [
        plot_balance(result),
        plot_money(result),
        plot_plans(result),
        plot_mix(result),
        plot_growth(growth or handmade_growth()),
        plot_bridge(result),
    ]


@pytest.fixture(scope="module")
def charts():
    return {chart.name: chart for chart in drawn(HandMade())}


def contrast(first, second="#FFFFFF"):
    """Contrast ratio of two colours (Web Content Accessibility Guidelines 2.2)."""

    def luminance(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [
            p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
        ]
        return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_measured_as_the_guidelines_say():
    assert contrast("#000000") == pytest.approx(21)
    assert contrast("#767676") == pytest.approx(4.54, abs=0.01)  # their example


@pytest.mark.parametrize("colour", [*look.PALETTE, look.INK])
def test_every_colour_is_dark_enough_for_text_on_white(colour):
    assert contrast(colour) >= 4.5


def test_titles_say_the_finding(charts):
    assert charts["balance"].title.startswith(
        "Anyshire: a deficit of £70.0m by 31 March 2028"
    )
    # 86 of block less 100 of spending
    assert "an in-year deficit of £14.0m in 2027-28" in charts["in_year"].title
    assert "5,100 plans in January 2028" in charts["plans"].title
    assert "mainstream schools (+500)" in charts["mix"].title  # 2,200 less 1,700
    assert "plans up 100%" in charts["growth"].title
    assert "in England up 50%" in charts["growth"].title
    assert "from −£20.0m to −£70.0m" in charts["bridge"].title


def test_every_figure_shows_its_uncertainty_in_words(charts):
    assert "8 in 10 futures: −£79.0m to −£61.0m" in charts["balance"].alt
    assert "8 in 10 futures: −£17.0m to −£11.0m" in charts["in_year"].alt
    assert "8 in 10 futures: 4,950 to 5,250" in charts["plans"].alt


def test_every_figure_can_be_replaced_by_its_words(charts):
    assert len(charts) == 6
    for chart in charts.values():
        assert len(chart.alt) >= 40
        assert any(character.isdigit() for character in chart.alt)
        bundle, metadata = chart._repr_mimebundle_()
        assert metadata["image/png"]["alt"] == chart.alt
        assert chart.alt in bundle["text/plain"]


def test_years_that_are_not_published_are_named_as_such(charts):
    for name, words in {
        "balance": {"Published", "Estimated", "Projected"},
        "in_year": {"Estimated", "Projected"},
        "plans": {"Published", "Projected"},
    }.items():
        said = {text.get_text() for text in charts[name].figure.findobj(Text)}
        assert words <= said


def test_a_figure_comes_out_the_same_every_time():
    for first, second in zip(drawn(HandMade()), drawn(HandMade()), strict=True):
        assert first.svg() == second.svg() == first.svg()
        assert first.png() == second.png()
        assert b"<dc:date>" not in first.svg()
        assert len(first.png()) < 100_000


def overlapping(chart):
    """Pairs of texts of a figure that lie on each other, and texts cut off at its edge."""
    canvas = FigureCanvasAgg(chart.figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    page = chart.figure.bbox
    boxes = {}
    for axes in chart.figure.axes:
        shown = [*axes.texts, *_ticks(axes.xaxis), *_ticks(axes.yaxis)]
        for text in [*shown, *chart.figure.texts]:
            if text.get_visible() and text.get_text().strip():
                boxes[text] = Text.get_window_extent(text, renderer)
    cut = [
        text.get_text()
        for text, box in boxes.items()
        if box.x0 < 0 or box.y0 < 0 or box.x1 > page.x1 or box.y1 > page.y1
    ]
    pairs = [
        (a.get_text(), b.get_text())
        for (a, first), (b, second) in itertools.combinations(boxes.items(), 2)
        if min(first.x1, second.x1) - max(first.x0, second.x0) > 0.5
        and min(first.y1, second.y1) - max(first.y0, second.y0) > 0.5
    ]
    return cut, pairs


def _ticks(axis):
    low, high = sorted(axis.get_view_interval())
    near = 1e-9 * (high - low)
    return [
        tick.label1
        for tick in axis.get_major_ticks()
        if low - near <= tick.get_loc() <= high + near
    ]


@pytest.mark.parametrize(
    "result",
    [
        HandMade(),
        HandMade(area=Area("839", LONG, "la", "E12000009", "South West")),
        Surplus(),
        NoSpread(),
        LongRun(),
        Large(),
    ],
    ids=["plain", "long-name", "surplus", "no-spread", "long-run", "large"],
)
def test_no_label_lies_on_another_or_off_the_page(result):
    names = (
        result.area.name,
        "Yorkshire and The Humber",
        "10 statistical neighbours",
        "England",
    )
    for chart in drawn(result, handmade_growth(names)):
        assert overlapping(chart) == ([], []), chart.name


@pytest.mark.parametrize("plot", [plot_balance, plot_money, plot_bridge])
def test_no_label_lies_on_another_on_a_telephone(plot):
    held = look._narrow.set(True)
    try:
        for result in (HandMade(), Large()):
            assert overlapping(plot(result).again()) == ([], [])
    finally:
        look._narrow.reset(held)


def test_the_last_known_point_is_named_clear_of_the_line_and_of_zero():
    """Kent's balances of March 2020 to 2024, £m: its label lay on zero and on a point."""
    at, known = np.array([2020.0, 2021, 2022, 2024, 2030]), [-21.0, -50, -97, -67]
    for narrow in (False, True):
        held = look._narrow.set(narrow)
        try:
            with look.drawing():
                _, axes = look.canvas("Kent", "Balance")
                axes.set_xlim(2019.5, 2030.5)
                axes.set_ylim(-1360, 36)
                last_point_label(axes, at, known, "−£67.2m")
                box = axes.texts[-1].get_window_extent()
            (left, low), (right, high) = axes.transData.inverted().transform(
                [(box.x0, box.y0), (box.x1, box.y1)]
            )
        finally:
            look._narrow.reset(held)
        over = np.linspace(left, right, 50)
        line = np.interp(over, at[:4], known)
        assert not ((line > low) & (line < high)).any()
        assert not low < 0 < high


def test_years_and_figures_of_many_bars_are_fewer_and_never_touch():
    with look.drawing():
        figure, axes = look.canvas("Kent", "In-year position", right=0.97)
        labels = [f"−£{100 + year}.0m" for year in range(19)]
        kept = every_that_fits(axes, labels, 9.9)
    assert kept[0] == 0
    assert kept[-1] == 18
    apart = np.diff(kept).min() * 0.88 * 9 / 19
    assert 0.6 < apart < 1.2
    assert len(kept) < 19
    assert figure


def test_overlaps_would_be_noticed():
    chart = plot_plans(HandMade())
    chart.figure.text(0.012, 0.95, "Over the title")
    cut, pairs = overlapping(chart)
    assert cut == []
    assert len(pairs) >= 1


@given(
    st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(0.1, 50)), min_size=1, max_size=8)
)
def test_labels_are_moved_apart_in_order(labels):
    heights, room = (np.array(values) for values in zip(*labels, strict=True))
    placed = spread(heights, room)
    order = np.argsort(heights, kind="stable")
    gaps = np.diff(placed[order])
    assert (gaps >= (room[order][1:] + room[order][:-1]) / 2 - 1e-6).all()


def test_labels_far_apart_stay_where_they_are():
    np.testing.assert_allclose(spread([10, 0, 30], [2, 2, 2]), [10, 0, 30])
    # Two labels at 10 with 4 of room each end 4 apart, 2 to either side.
    np.testing.assert_allclose(spread([10, 10], [4, 4]), [8, 12])


def test_an_area_without_money_gets_a_sentence_instead_of_a_chart():
    balance, money, plans, mix, _, bridge = drawn(HandMade(with_money=False))
    for absent, subject in (
        (balance, "balance"),
        (money, "in-year position"),
        (bridge, "bridge"),
    ):
        assert isinstance(absent, Words)
        assert "Anyshire" in repr(absent)
        assert subject in repr(absent)
    assert isinstance(plans, Chart)
    assert isinstance(mix, Chart)


def test_the_end_of_the_override_is_marked_only_where_it_falls(charts):
    def said(chart):
        return " ".join(text.get_text() for text in chart.figure.findobj(Text))

    assert "override\nends 31 March 2027" in said(charts["balance"])
    early = HandMade()
    early.scenario.policies.override_ends = "2030-31"
    assert "override" not in said(plot_balance(early))


def test_a_name_with_a_dollar_is_not_read_as_mathematics():
    named = HandMade(area=Area("999", "A$x^2$ & Co", "la"), until=FinancialYear(2028))
    assert b"<svg" in plot_plans(named).svg()


def test_matplotlib_is_silent_where_it_cannot_keep_its_caches(tmp_path):
    home = tmp_path / "home-that-is-a-file"
    home.touch()
    kept = ("MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")
    surroundings = {name: one for name, one in os.environ.items() if name not in kept}
    surroundings |= {"HOME": str(home), "USERPROFILE": str(home)}
    code = (
        "import logging; from highneeds.report.chart import drawing\n"
        "with drawing(): print(logging.getLogger('matplotlib').level)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**surroundings, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
    )
    # Nothing said, and matplotlib may speak to its user again.
    assert (done.stdout, done.stderr, done.returncode) == ("0\n", "", 0)


def test_plans_by_placement_are_the_same_in_chart_and_table():
    # Its 19.6 plans in early years settings are 19 where placements add up to all plans.
    result = hn.project(hn.load_panel(), "Sandwell", draws=20)
    table = contents.mix_table(result).frame
    drawn = {
        text.get_text().split(" (")[0] for text in plot_mix(result).figure.findobj(Text)
    }
    for year, plans in zip(table["year"], table["plans"], strict=True):
        assert f"{year}: {plans:,.0f}" in drawn


def test_a_users_own_settings_for_pictures_change_none(tmp_path):
    result = HandMade()
    usual = plot_plans(result).svg()
    theirs = {"text.usetex": True, "font.size": 30, "savefig.dpi": 20, "axes.grid": False}
    with mpl.rc_context(theirs):
        assert plot_plans(HandMade()).svg() == usual
        assert mpl.rcParams["text.usetex"]  # and theirs stay theirs
    settings = tmp_path / "home" / ".config" / "matplotlib"
    settings.mkdir(parents=True)
    (settings / "matplotlibrc").write_text("text.usetex: True\nno.such.key: 1\n")
    code = (
        "from highneeds.report.chart import drawing\nimport os\n"
        "with drawing(): pass\n"
        "import matplotlib as mpl\n"
        "print(mpl.get_configdir(), mpl.get_cachedir(), mpl.rcParams['text.usetex'])\n"
        "print('MPLCONFIGDIR' in os.environ)"
    )
    kept = ("MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")
    surroundings = {name: one for name, one in os.environ.items() if name not in kept}
    surroundings |= {"HOME": str(tmp_path / "home"), "HIGHNEEDS_DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**surroundings, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
    )
    ours = tmp_path / "matplotlib"
    assert (done.stdout, done.stderr) == (f"{ours} {ours} False\nFalse\n", "")
