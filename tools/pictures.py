"""Make the pictures of docs/images anew: pages as a browser shows and prints them.

``python tools/pictures.py`` makes all of them, ``python tools/pictures.py index compare``
some. The printed page needs pdftoppm (poppler) beside a browser.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from PIL import Image

from highneeds.batch.compare import compare_page, compare_runs
from highneeds.batch.plan import Plan
from highneeds.batch.run import run_batch
from highneeds.notebook import run_profile, run_report
from highneeds.panel.panel import load_panel
from highneeds.report.paper import require_browser
from highneeds.whatif.page import whatif_projection, write_whatif

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
AREA, REGION = "Somerset", "South West"
_FEW = ("Somerset", "Kent", "Cumberland", "North Yorkshire")
_SCENARIOS = ("trend", "entrants_stop_growing")
_WIDE, _NARROW = (1366, 900), (390, 844)
_SHARE, _COLOURS, _DRAWS, _DOTS = 0.6, 64, 200, 60

# Makes a page in a folder; gives its path.
Maker = Callable[[Path], Path]


def _index(out: Path, scenario: str = _SCENARIOS[0]) -> Path:
    plan = Plan.make(areas=list(_FEW), scenario=scenario, draws=_DRAWS)
    return run_batch(plan, out=out).folder / "index.html"


def _compare(out: Path) -> Path:
    runs = [_index(out, scenario).parent for scenario in _SCENARIOS]
    page = out / "compare.html"
    page.write_text(compare_page(compare_runs(*runs)), encoding="utf-8")
    return page


def _what_if(out: Path) -> Path:
    return write_whatif(whatif_projection(load_panel(), AREA), out / "what-if.html")


def _print(out: Path) -> Path:
    return run_report(AREA, out=out, forms=["pdf"]).with_suffix(".pdf")


PICTURES: Mapping[str, tuple[Maker, tuple[int, int]]] = {
    "report": (lambda out: run_report(AREA, out=out), _WIDE),
    "report-narrow": (lambda out: run_report(AREA, out=out), _NARROW),
    "report-print": (_print, _WIDE),
    "region": (lambda out: run_report(REGION, out=out), _WIDE),
    "england": (lambda out: run_report("England", out=out), _WIDE),
    "index": (_index, _WIDE),
    "compare": (_compare, _WIDE),
    "profile": (lambda out: run_profile(AREA, out=out), _WIDE),
    "what-if": (_what_if, _WIDE),
}


def main(*names: str) -> None:
    """Make each page in a folder of its own, and a picture of its first screen."""
    IMAGES.mkdir(exist_ok=True)
    for name in names or PICTURES:
        make, size = PICTURES[name]
        with tempfile.TemporaryDirectory() as folder:
            page = make(Path(folder))
            shown = _printed if page.suffix == ".pdf" else _screen
            with shown(page, size, Path(folder)) as picture:
                few = picture.convert("RGB").quantize(_COLOURS)
                few.save(IMAGES / f"{name}.png", optimize=True)


def _screen(page: Path, size: tuple[int, int], folder: Path) -> Image.Image:
    """The first screen, smaller."""
    scratch = folder / "screen.png"
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    window = f"--window-size={size[0]},{size[1]}"
    shot = f"--screenshot={scratch}"
    command = [require_browser(), *options, window, shot, page.resolve().as_uri()]
    subprocess.run(command, check=True, capture_output=True)
    with Image.open(scratch) as screen:
        return screen.resize((round(screen.width * _SHARE), round(screen.height * _SHARE)))


def _printed(page: Path, _: tuple[int, int], folder: Path) -> Image.Image:
    """The first two sheets, side by side: what is said, and its chart."""
    command = [
        "pdftoppm",
        "-r",
        str(_DOTS),
        "-l",
        "2",
        "-png",
        str(page),
        str(folder / "p"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    sheets = [Image.open(path) for path in sorted(folder.glob("p-*.png"))]
    width, height = sheets[0].size
    beside = Image.new("RGB", (width * len(sheets) + 8, height), "#55606B")
    for place, sheet in enumerate(sheets):
        beside.paste(sheet, (place * (width + 8), 0))
        sheet.close()
    return beside


if __name__ == "__main__":
    main(*sys.argv[1:])
