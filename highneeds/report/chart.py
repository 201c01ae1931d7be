"""Chart: a figure with the words that can replace it, drawn the same way every time."""

from __future__ import annotations

import base64
import io
import logging
import os
import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property, wraps
from typing import TYPE_CHECKING, Any, TypeVar

from highneeds import home

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Source = TypeVar("Source")
Drawn = TypeVar("Drawn")

# Every colour has a contrast of at least 4.5:1 with white, so text may use it too.
BLUE, TEAL, PLUM = "#1D4F7C", "#0F766E", "#8A2A5B"
RUST, SLATE, INK = "#A8480B", "#55606B", "#20262E"
PALETTE = (BLUE, RUST, TEAL, PLUM, SLATE)
BLUE_PALE, TEAL_PALE = "#C3D3E2", "#BFDDD9"
_GRID = "#D9DEE3"
BAND = "The shaded band holds 8 in 10 simulated futures."

WIDTH_PX = 900
_MATPLOTLIB_PLACE = "MPLCONFIGDIR"
_DPI_SCREEN, _DPI_PNG, _PNG_COLOURS = 100, 144, 64
_TITLE_CHARACTERS, _SUBTITLE_CHARACTERS = 80, 124
_TITLE_LINE, _SUBTITLE_LINE = 0.28, 0.21  # inches
_STYLE: Mapping[Any, Any] = {
    "axes.edgecolor": SLATE,
    "axes.grid.axis": "y",
    "axes.labelcolor": INK,
    "figure.facecolor": "white",
    "font.family": ["DejaVu Sans"],
    "font.sans-serif": ["DejaVu Sans"],
    "grid.color": _GRID,
    "hatch.linewidth": 0.8,
    # Letters as outlines: the picture is the same where the font is not installed.
    "svg.fonttype": "path",
    # Without a fixed salt every run would name its clip paths differently.
    "svg.hashsalt": "highneeds",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": INK,
    "ytick.color": INK,
}


@dataclass(frozen=True, eq=False)
class Chart:
    """One chart: its title says the finding, `alt` replaces the picture in words."""

    name: str
    title: str
    caption: str
    alt: str
    figure: Figure

    def svg(self) -> bytes:
        """The chart as SVG; the same chart always gives the same bytes."""
        return self._saved(
            "svg", metadata={"Title": self.title, "Description": self.alt, "Date": None}
        )

    def png(self) -> bytes:
        """The chart as PNG; the same chart always gives the same bytes."""
        return self._png

    @cached_property
    def _png(self) -> bytes:
        from PIL import Image, PngImagePlugin

        said = PngImagePlugin.PngInfo()
        said.add_itxt("Title", self.title)
        said.add_itxt("Description", self.alt)
        pixels = self._saved("rgba", dpi=_DPI_PNG)
        width = WIDTH_PX * _DPI_PNG // _DPI_SCREEN
        size = (width, len(pixels) // len("RGBA") // width)
        drawn = Image.frombytes("RGBA", size, pixels).convert("RGB")
        # A third of the size: a notebook keeps every picture, and a batch makes hundreds.
        # An octree takes a tenth of the usual method's time, and of the report's a fifth.
        few = drawn.quantize(
            _PNG_COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
        )
        held = io.BytesIO()
        few.save(held, "PNG", pnginfo=said)
        return held.getvalue()

    def _saved(self, kind: str, **options: Any) -> bytes:
        held = io.BytesIO()
        with drawing():
            self.figure.savefig(held, format=kind, **options)
        return held.getvalue()

    def __repr__(self) -> str:
        return f"Chart: {self.title}. {self.alt}"

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        picture = base64.b64encode(self.png()).decode("ascii")
        said = {"alt": self.alt, "width": WIDTH_PX}
        return (
            {"image/png": picture, "text/plain": repr(self)},
            {"image/png": said, "highneeds": {"chart": self.name, "caption": self.caption}},
        )


def drawn_once(plot: Callable[[Source], Drawn]) -> Callable[[Source], Drawn]:
    """Keep the last chart: a report shows each of them, then writes the same to a file."""
    last: list[tuple[Source, Drawn]] = []

    @wraps(plot)
    def kept(source: Source) -> Drawn:
        if not (last and last[0][0] is source):
            last[:] = [(source, plot(source))]
        return last[0][1]

    return kept


@cache
def _import_quietly() -> None:
    """Load matplotlib without its words on caches and fonts, which a page would show.

    Its settings and caches are ours, not the user's, where nobody has loaded it before.
    """
    log = logging.getLogger("matplotlib")
    level, place = log.level, os.environ.get(_MATPLOTLIB_PLACE)
    log.setLevel(logging.ERROR)
    os.environ[_MATPLOTLIB_PLACE] = str(home.user_dir() / "matplotlib")
    try:
        import matplotlib as mpl

        mpl.get_configdir(), mpl.get_cachedir()
        import seaborn  # noqa: F401
    finally:
        log.setLevel(level)
        os.environ.pop(_MATPLOTLIB_PLACE)
        if place is not None:
            os.environ[_MATPLOTLIB_PLACE] = place


@contextmanager
def drawing() -> Iterator[None]:
    """Seaborn's white grid in this project's colours, for the length of a ``with``.

    Whatever else a user has set for pictures of their own, TeX among it, has no effect.
    """
    _import_quietly()
    import matplotlib as mpl
    import seaborn as sns

    style: dict[Any, Any] = sns.axes_style("whitegrid")
    style |= sns.plotting_context("notebook", font_scale=0.9)
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update({**style, **_STYLE})
        yield


def canvas(
    title: str,
    subtitle: str,
    *,
    height: float = 4.6,
    left: float = 0.09,
    right: float = 0.82,
) -> tuple[Figure, Axes]:
    """A figure with its title at fixed places; call inside `drawing`.

    `left` and `right` are where the plot area begins and ends, as shares of the width:
    margins are fixed, so charts in one report line up and no label is cut off.
    """
    from matplotlib.figure import Figure

    title_lines = textwrap.wrap(title, _TITLE_CHARACTERS)
    subtitle_lines = textwrap.wrap(subtitle, _SUBTITLE_CHARACTERS)
    head = (
        0.2 + len(title_lines) * _TITLE_LINE + len(subtitle_lines) * _SUBTITLE_LINE + 0.18
    )
    figure = Figure(figsize=(WIDTH_PX / _DPI_SCREEN, height + head), dpi=_DPI_SCREEN)
    full = height + head
    foot = 0.5
    axes = figure.add_axes((left, foot / full, right - left, (height - foot) / full))
    figure.text(
        0.012,
        1 - 0.16 / full,
        "\n".join(title_lines),
        weight="bold",
        size=13,
        va="top",
        linespacing=1.3,
    )
    figure.text(
        0.012,
        1 - (0.22 + len(title_lines) * _TITLE_LINE) / full,
        "\n".join(subtitle_lines),
        color=SLATE,
        size=10,
        va="top",
        linespacing=1.3,
    )
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set_axisbelow(True)
    return figure, axes
