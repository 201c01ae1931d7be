"""Write the table of docs/forecasts.md: published forecasts with what happened since.

Run ``python tools/forecasts_page.py`` after a forecast, an outcome or the tables change;
tests/test_logs.py fails until then.
"""

from __future__ import annotations

import re
from pathlib import Path

import highneeds as hn
from highneeds.answers.forecast_register import forecast_register

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "forecasts.md"
_MARK = r"(<!-- table: register -->\n).*?(<!-- end -->)"


def page_text(page: str) -> str:
    """The page with its table written anew; the words around it are left alone."""
    table = hn.report.register_table(forecast_register(hn.load_panel()))
    heads = [column.heading for column in table.columns]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(row) + " |" for row in table.cells()]
    text = "\n".join(lines)
    found, count = re.subn(_MARK, rf"\g<1>\n{text}\n\n\g<2>", page, flags=re.DOTALL)
    if count != 1:
        msg = f"{PAGE.name} has {count} tables marked register; expected 1."
        raise ValueError(msg)
    return found


if __name__ == "__main__":
    PAGE.write_text(page_text(PAGE.read_text("utf-8")), "utf-8")
