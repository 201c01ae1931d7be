"""Chart: a figure with the words that can replace it, drawn for a page and for a phone."""

from __future__ import annotations

import base64
import io
import logging
import os
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache, cached_property, wraps
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from highneeds import home

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from highneeds.report.sources_line import Sources

Given = ParamSpec("Given")
Drawn = TypeVar("Drawn")

# Every colour has a contrast of at least 4.5:1 with white, so text may use it too.
BLUE, TEAL, PLUM = "#1D4F7C", "#0F766E", "#8A2A5B"
RUST, SLATE, INK = "#A8480B", "#55606B", "#20262E"
PALETTE = (BLUE, RUST, TEAL, PLUM, SLATE)
BLUE_PALE, TEAL_PALE = "#C3D3E2", "#BFDDD9"
_GRID = "#D9DEE3"
BAND = "The shaded band holds 8 in 10 simulated futures."

WIDTH_PX, NARROW_PX = 900, 380
_MATPLOTLIB_PLACE = "MPLCONFIGDIR"
_DPI_SCREEN, _DPI_PNG, _PNG_COLOURS = 100, 144, 64
_TITLE_CHARACTERS, _SUBTITLE_CHARACTERS = 80, 124
# Of the narrow drawing: letters a line, and what a margin may take at the most, in inches.
_NARROW_TITLE, _NARROW_SUBTITLE, _NARROW_NAME, _NARROW_LABEL = 36, 52, 21, 16
_NARROW_AXIS, _NARROW_NAMES, _NARROW_END, NARROW_SIZE = 0.6, 1.4, 1.2, 7.5
_NAMES_FROM, _TALLER = 1.2, 1.5
_FOOT, _UPRIGHT_FOOT = 0.5, 1.5
_narrow: ContextVar[bool] = ContextVar("narrow", default=False)
# Where the font of the drawing is not installed, one as wide or narrower takes its place.
_FAMILY = re.compile(r"""(['"]?)DejaVu Sans\1""")
_FALLBACK = "'DejaVu Sans', Verdana, 'Segoe UI', Arial, sans-serif"
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
    # Letters as letters: a reader can search and copy them, and a page is half the size.
    "svg.fonttype": "none",
    # Without a fixed salt every run would name its clip paths differently.
    "svg.hashsalt": "highneeds",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": INK,
    "ytick.color": INK,
}

# Of a picture only: at its 144 dots an inch nobody sees hinting, a quarter of its drawing.
_UNHINTED = MappingProxyType({"text.hinting": "no_hinting"})


@dataclass(frozen=True, eq=False)
class Chart:
    """One chart: its title says the finding, `alt` replaces the picture in words."""

    name: str
    title: str
    caption: str
    alt: str
    figure: Figure
    again: Callable[[], Chart] | None = None
    sources: Sources | None = None

    def svg(self) -> bytes:
        """The chart as SVG; the same chart always gives the same bytes."""
        saved = self._saved(
            "svg", metadata={"Title": self.title, "Description": self.alt, "Date": None}
        )
        return _FAMILY.sub(_FALLBACK, saved.decode("utf-8")).encode("utf-8")

    def narrow_svg(self) -> bytes:
        """The chart drawn for a telephone, as SVG; the same again where it cannot be."""
        if self.again is None:
            return self.svg()
        held = _narrow.set(True)
        try:
            return self.again().svg()
        finally:
            _narrow.reset(held)

    def png(self) -> bytes:
        """The chart as PNG; the same chart always gives the same bytes."""
        return self._png

    @cached_property
    def _png(self) -> bytes:
        from PIL import Image, PngImagePlugin

        said = PngImagePlugin.PngInfo()
        said.add_itxt("Title", self.title)
        said.add_itxt("Description", self.alt)
        pixels = self._saved("rgba", look=_UNHINTED, dpi=_DPI_PNG)
        width = round(self.figure.get_figwidth() * _DPI_PNG)
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

    def _saved(
        self, kind: str, *, look: Mapping[Any, Any] = MappingProxyType({}), **options: Any
    ) -> bytes:
        held = io.BytesIO()
        with drawing(look):
            self.figure.savefig(held, format=kind, **options)
        return held.getvalue()

    def __repr__(self) -> str:
        return f"Chart: {self.title}. {self.alt}"

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        picture = base64.b64encode(self.png()).decode("ascii")
        said = {"alt": self.alt, "width": WIDTH_PX}
        ours: dict[str, Any] = {"chart": self.name, "caption": self.caption}
        if self.sources:
            ours["sources"] = {"html": self.sources.html(), "text": str(self.sources)}
        return (
            {"image/png": picture, "text/plain": repr(self)},
            {"image/png": said, "highneeds": ours},
        )


def redrawn(plot: Callable[Given, Drawn]) -> Callable[Given, Drawn]:
    """Let a chart draw itself once more, for a narrower screen."""

    @wraps(plot)
    def drawn(*args: Given.args, **kwargs: Given.kwargs) -> Drawn:
        found = plot(*args, **kwargs)
        if not isinstance(found, Chart):
            return found
        again: Any = lambda: plot(*args, **kwargs)  # noqa: E731
        return replace(found, again=again)

    return drawn


def drawn_once(plot: Callable[Given, Drawn]) -> Callable[Given, Drawn]:
    """Keep the last chart: a report shows each of them, then writes the same to a file."""
    last: list[tuple[tuple[Any, ...], Drawn]] = []
    drawn = redrawn(plot)

    @wraps(plot)
    def kept(*args: Given.args, **kwargs: Given.kwargs) -> Drawn:
        same = (
            last
            and len(last[0][0]) == len(args)
            and all(one is other for one, other in zip(last[0][0], args, strict=True))
        )
        if not same:
            last[:] = [(args, drawn(*args, **kwargs))]
        return last[0][1]

    return kept


def is_narrow() -> bool:
    """Whether what is drawn now is for a narrow screen."""
    return _narrow.get()


def folded(text: str, letters: int, *, row: bool = False) -> str:
    """A label broken into lines of so many letters, fewer on a narrow drawing.

    One that names a `row` has more room than one at the end of a line.
    """
    narrow = _NARROW_NAME if row else _NARROW_LABEL
    return textwrap.fill(text, min(letters, narrow) if is_narrow() else letters)


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
        import matplotlib.figure

        mpl.get_configdir(), mpl.get_cachedir()
    finally:
        log.setLevel(level)
        os.environ.pop(_MATPLOTLIB_PLACE)
        if place is not None:
            os.environ[_MATPLOTLIB_PLACE] = place


@cache
def _settings() -> tuple[str, ...]:
    """Settings of matplotlib that say how a figure looks; its windows are not ours."""
    import matplotlib as mpl

    apart = ("backend", "interactive", "toolbar", "webagg", "tk.", "macosx", "savefig.dir")
    return tuple(name for name in mpl.rcParamsDefault if not name.startswith(apart))


@cache
def _look() -> Mapping[str, Any]:
    """Those settings as our figures have them, checked once and not for every drawing.

    Over matplotlib's own and no user's: a report looks the same everywhere.
    """
    import matplotlib as mpl

    defaults: Mapping[Any, Any] = mpl.rcParamsDefault
    plain: dict[Any, Any] = {name: defaults[name] for name in _settings()}
    ours: Mapping[Any, Any] = mpl.rcParams
    with mpl.rc_context({**plain, **_STYLE}):
        return {name: ours[name] for name in plain}


@contextmanager
def drawing(more: Mapping[Any, Any] = MappingProxyType({})) -> Iterator[None]:
    """Seaborn's white grid in this project's colours, for the length of a ``with``.

    Whatever else a user has set for pictures of their own, TeX among it, has no effect;
    `more` are settings of matplotlib for this one drawing.
    """
    _import_quietly()
    import matplotlib as mpl

    settings: dict[Any, Any] = mpl.rcParams
    with mpl.rc_context():
        dict.update(settings, {**_look(), **more})
        yield


def _margins(left: float, right: float) -> tuple[float, float, float]:
    """Inches before and after the plot area, and how many times as tall it is."""
    before, after = (share * WIDTH_PX / _DPI_SCREEN for share in (left, 1.0 - right))
    if not is_narrow():
        return before, after, 1.0
    names = before > _NAMES_FROM
    before = min(before, _NARROW_NAMES if names else _NARROW_AXIS)
    return before, min(after, _NARROW_END), _TALLER if names else 1.0


def canvas(
    title: str,
    subtitle: str,
    *,
    height: float = 4.6,
    left: float = 0.09,
    right: float = 0.82,
    upright: bool = False,
) -> tuple[Figure, Axes]:
    """A figure with its title at fixed places; call inside `drawing`.

    `left` and `right` are where the plot area begins and ends, as shares of the width:
    margins are fixed, so charts in one report line up and no label is cut off. `upright`
    labels under the bars of a narrow drawing need a deeper foot.
    """
    from matplotlib.figure import Figure

    narrow = is_narrow()
    wide = (NARROW_PX if narrow else WIDTH_PX) / _DPI_SCREEN
    before, after, taller = _margins(left, right)
    height *= taller
    title_lines = textwrap.wrap(title, _NARROW_TITLE if narrow else _TITLE_CHARACTERS)
    subtitle_lines = textwrap.wrap(
        subtitle, _NARROW_SUBTITLE if narrow else _SUBTITLE_CHARACTERS
    )
    size, small = (11, 8.5) if narrow else (13, 10)
    title_line, subtitle_line = (
        line * points / usual
        for line, points, usual in (
            (_TITLE_LINE, size, 13),
            (_SUBTITLE_LINE, small, 10),
        )
    )
    head = 0.2 + len(title_lines) * title_line + len(subtitle_lines) * subtitle_line + 0.18
    head += 0.16 if narrow else 0.0
    full = height + head
    figure = Figure(figsize=(wide, full), dpi=_DPI_SCREEN)
    foot = _UPRIGHT_FOOT if narrow and upright else _FOOT
    axes = figure.add_axes(
        (
            before / wide,
            foot / full,
            (wide - before - after) / wide,
            (height - foot) / full,
        )
    )
    for lines, top, points, weight, colour in (
        (title_lines, 0.16, size, "bold", INK),
        (subtitle_lines, 0.22 + len(title_lines) * title_line, small, "normal", SLATE),
    ):
        figure.text(
            0.012,
            1 - top / full,
            "\n".join(lines),
            weight=weight,
            color=colour,
            size=points,
            va="top",
            linespacing=1.3,
        )
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelsize=NARROW_SIZE if narrow else None)
    axes.set_axisbelow(True)
    return figure, axes
