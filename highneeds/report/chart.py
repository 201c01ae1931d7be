"""Chart: a figure with the words that can replace it, drawn the same way every time."""

from __future__ import annotations

import base64
import io
import logging
import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property, wraps
from typing import TYPE_CHECKING, Any, TypeVar

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
_DPI_SCREEN, _DPI_PNG, _PNG_COLOURS = 100, 144, 64
_TITLE_CHARACTERS, _SUBTITLE_CHARACTERS = 80, 124
_TITLE_LINE, _SUBTITLE_LINE = 0.28, 0.21  # inches
_MAJOR, _MINOR = {"size": 6, "width": 1.25}, {"size": 4, "width": 1}
# Seaborn's white grid for a notebook at 0.9 of its size, where it is not matplotlib's own:
# seaborn itself takes a second and a half to load, and is left to the charts that use it.
WHITE_GRID: Mapping[Any, Any] = {
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.linewidth": 1.25,
    "grid.linewidth": 1,
    "lines.solid_capstyle": "round",
    "patch.edgecolor": "w",
    "patch.force_edgecolor": True,
    "xtick.bottom": False,
    "ytick.left": False,
    **{f"{axis}tick.major.{name}": size for axis in "xy" for name, size in _MAJOR.items()},
    **{f"{axis}tick.minor.{name}": size for axis in "xy" for name, size in _MINOR.items()},
    **dict.fromkeys(
        ("font.size", "axes.labelsize", "axes.titlesize", "legend.title_fontsize"), 10.8
    ),
    **dict.fromkeys(("xtick.labelsize", "ytick.labelsize", "legend.fontsize"), 9.9),
}
_STYLE: Mapping[Any, Any] = {
    **WHITE_GRID,
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
    """Load matplotlib without its words on caches and fonts, which a page would show."""
    log = logging.getLogger("matplotlib")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        import matplotlib.figure  # noqa: F401
    finally:
        log.setLevel(before)


@cache
def _settings() -> tuple[str, ...]:
    """Settings of matplotlib that say how a figure looks; its windows are not ours."""
    import matplotlib as mpl

    apart = ("backend", "interactive", "toolbar", "webagg", "tk.", "macosx", "savefig.dir")
    return tuple(name for name in mpl.rcParamsDefault if not name.startswith(apart))


@contextmanager
def drawing() -> Iterator[None]:
    """Seaborn's white grid in this project's colours, for the length of a ``with``."""
    _import_quietly()
    import matplotlib as mpl

    # Over matplotlib's own settings and no user's: a report looks the same everywhere.
    defaults: Mapping[Any, Any] = mpl.rcParamsDefault
    plain: dict[Any, Any] = {name: defaults[name] for name in _settings()}
    with mpl.rc_context({**plain, **_STYLE}):
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
