"""Write the tables of docs/backtest.md from the backtest kept in docs/backtest.csv.

After a change that moves its figures, in this order (a minute or so)::

    python -m highneeds backtest --out docs/backtest.csv
    python tools/backtest_page.py

tests/test_logs.py holds the page to the file, and with ``--slow`` the file to the program.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from highneeds.report.backtest import method_title

ROOT = Path(__file__).resolve().parent.parent
PAGE, FILE = ROOT / "docs" / "backtest.md", ROOT / "docs" / "backtest.csv"
_COVER = ("cover50", "cover80", "cover95")


def kept() -> pd.DataFrame:
    """The file the page is written from."""
    return pd.read_csv(FILE)


def page_text(page: str) -> str:
    """The page with its tables written anew; the words between them are left alone."""
    found = kept()
    tables = {level: _errors(found, level) for level in found["level"].unique()}
    tables["bands"] = _bands(found, "authority")
    tables["selected"] = _selected(found)
    for name, table in tables.items():
        mark = rf"(<!-- table: {name} -->\n).*?(<!-- end -->)"
        page, count = re.subn(mark, rf"\g<1>\n{table}\n\n\g<2>", page, flags=re.DOTALL)
        if count != 1:
            msg = f"{PAGE.name} has {count} tables marked {name}; expected 1."
            raise ValueError(msg)
    return page


def _errors(found: pd.DataFrame, level: str) -> str:
    """Mean absolute error of every method by years ahead, and how many are behind it."""
    mine = found[found["level"] == level]
    rows = [
        (method_title(str(method)), f"`{method}`", *(f"{e:.2f}" for e in each["mape"]))
        for method, each in mine.groupby("method", sort=False)
    ]
    counts = mine[mine["method"] == "naive"]
    rows.append(("*forecasts*", "", *(f"{n:,}" for n in counts["n"])))
    rows.append(("*Januaries forecast from*", "", *map(str, counts["n_origins"])))
    return _table(("rule or method", "name", *_ahead(counts)), rows)


def _bands(found: pd.DataFrame, level: str) -> str:
    """Bias, score and cover of the methods with bands."""
    mine = found[(found["level"] == level) & found["cover80"].notna()]
    rows = []
    for method, each in mine.groupby("method", sort=False):
        covers = [
            " / ".join(f"{row[name]:.2f}".lstrip("0") for name in _COVER)
            for row in each.to_dict("records")
        ]
        rows += [
            (f"`{method}`", "bias", *(f"{b:+.1f}".replace("-", "−") for b in each["bias"])),
            ("", "CRPS", *(f"{c:.2f}" for c in each["crps_pct"])),
            ("", "cover 50 / 80 / 95", *covers),
            ("", "mean rank", *(f"{p:.2f}" for p in each["pit_mean"])),
        ]
    return _table(("name", "", *_ahead(mine[mine["method"] == "a"])), rows)


def _selected(found: pd.DataFrame) -> str:
    mine = found[(found["level"] == "authority") & (found["horizon"] == 1)]
    rows = []
    for row in mine.dropna(subset=["selected_set"]).to_dict("records"):
        if row["method"] not in ("a", "a_flows_older", "a_pupils", "b"):
            continue
        for part in str(row["selected_set"]).split("; "):
            rows.append((f"`{row['method']}`", *part.split(": ", 1)))
    return _table(("name", "forecast from", "chosen"), rows)


def _ahead(rows: pd.DataFrame) -> list[str]:
    return [f"{horizon} ahead" for horizon in rows["horizon"]]


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page_text(PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
