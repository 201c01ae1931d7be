"""Make the pictures of docs/images anew: pages of Somerset as a browser shows them."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from PIL import Image

from highneeds.notebook import run_profile, run_report
from highneeds.panel.panel import load_panel
from highneeds.report.paper import require_browser
from highneeds.whatif.page import whatif_projection, write_whatif

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
AREA = "Somerset"
_WIDE, _NARROW = (1366, 900), (390, 844)
_SHARE, _COLOURS = 0.6, 64


def main() -> None:
    """Make each page in a folder of its own, and a picture of its first screen."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        report, profile = run_report(AREA, out=out), run_profile(AREA, out=out)
        what_if = write_whatif(whatif_projection(load_panel(), AREA), out / "what-if.html")
        for name, page, size in (
            ("report", report, _WIDE),
            ("report-narrow", report, _NARROW),
            ("profile", profile, _WIDE),
            ("what-if", what_if, _WIDE),
        ):
            _picture(page, size, IMAGES / f"{name}.png", out / "screen.png")


def _picture(page: Path, size: tuple[int, int], to: Path, scratch: Path) -> None:
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    window = f"--window-size={size[0]},{size[1]}"
    shot = f"--screenshot={scratch}"
    command = [require_browser(), *options, window, shot, page.resolve().as_uri()]
    subprocess.run(command, check=True, capture_output=True)
    with Image.open(scratch) as screen:
        small = screen.resize((round(screen.width * _SHARE), round(screen.height * _SHARE)))
        small.convert("RGB").quantize(_COLOURS).save(to, optimize=True)


if __name__ == "__main__":
    main()
