"""Write docs/decisions_log.csv: every page of docs/decisions in one row.

Run ``python tools/decisions_log.py`` after a page is added or changed; tests/test_logs.py
fails until then.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from highneeds.atomic import table_bytes

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "decisions"
LOG = ROOT / "docs" / "decisions_log.csv"
_TITLE = re.compile(r"# (\d+)\. (.+)")
_PARTS = {
    "decided": "Decided",
    "why": "Why",
    "effect": "Effect",
    "would_change_our_mind": "Would change our mind",
}


def decisions_log() -> pd.DataFrame:
    """One row for each page, by number; a part that a page does not have is empty."""
    rows = []
    for path in sorted(PAGES.glob("*.md")):
        text = path.read_text("utf-8")
        title = _TITLE.match(text)
        if title is None:
            msg = f"{path.name} does not begin with '# NUMBER. Title'. Correct line 1."
            raise ValueError(msg)
        rows.append(
            {
                "number": int(title[1]),
                "title": title[2],
                **{name: _part(text, head) for name, head in _PARTS.items()},
                "page": path.relative_to(ROOT).as_posix(),
            }
        )
    return pd.DataFrame(rows)


def _part(text: str, head: str) -> str:
    """The paragraph that begins with a head in bold, on one line, without its links."""
    found = re.search(rf"\*\*{head}\.\*\*\s+(.+?)(?:\n\n|\Z)", text, re.DOTALL)
    if found is None:
        return ""
    plain = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", found[1])
    return " ".join(plain.split())


def log_text() -> str:
    """The log as CSV."""
    return table_bytes(decisions_log(), compress=False).decode("utf-8")


if __name__ == "__main__":
    LOG.write_text(log_text(), "utf-8", newline="\n")
