r"""Write the tables of docs/backtest.md from the backtests kept beside it.

After a change that moves its figures, in this order (two minutes or so)::

    python3 start.py backtest --until 2025 --out docs/backtest.csv --replace
    python3 start.py backtest --measure spending --by-origin \
        --out docs/backtest_spending.csv --replace
    python tools/backtest_page.py --balances

With ``--balances`` they are worked out again first, and kept by pair in
``data/past_balances.csv``, which every report reads.

tests/test_logs.py holds the page to the file, and with ``--slow`` the file to the program.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd

import highneeds as hn
from highneeds import home
from highneeds.atomic import table_bytes
from highneeds.report.backtest import method_title
from highneeds.report.backtest_money import GROUP_WORDS, SPENDING_TITLES
from highneeds.words import minus

ROOT = Path(__file__).resolve().parent.parent
PAGE, FILE = ROOT / "docs" / "backtest.md", ROOT / "docs" / "backtest.csv"
SPENDING = ROOT / "docs" / "backtest_spending.csv"
BALANCE = ROOT / "data" / home.BALANCES_FILE
_MEANS = ("mape", "bias", "crps_pct", "cover50", "cover80", "cover95", "pit_mean")
# The independent replay that spending is set beside began so many Januaries later.
_REPLAYED_LATER = 2
_REPLAYED = {
    "engine": ("5.5", "9.4", "12.7", "16.0", "18.1"),
    "engine_all_places": ("4.5", "7.5", "10.0", "12.3", "14.3"),
    "plans_a": ("5.3", "8.7", "11.1", "13.1", "15.0"),
}
_COVER = ("cover50", "cover80", "cover95")


def kept() -> pd.DataFrame:
    """The file the page is written from."""
    return pd.read_csv(FILE)


_FIVE = [f"{years} ahead" for years in range(1, 6)]


def page_text(page: str) -> str:
    """The page with its tables written anew; the words between them are left alone."""
    found = kept()
    tables = {level: _errors(found, level) for level in found["level"].unique()}
    tables["bands"] = _bands(found, "authority")
    tables["selected"] = _selected(found)
    spending, pairs = pd.read_csv(SPENDING), pd.read_csv(BALANCE)
    mine = spending[spending["level"] == "authority"]
    tables["spending"] = _spending(mine)
    tables["spending_sums"] = _spending_sums(spending)
    tables["spending_bands"] = _bands(_together(mine), "authority")
    tables["spending_replayed"] = _replayed(mine)
    tables["balances"] = _balances(pairs)
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
            (f"`{method}`", "bias", *(minus(f"{b:+.1f}") for b in each["bias"])),
            ("", "CRPS", *(f"{c:.2f}" for c in each["crps_pct"])),
            ("", "cover 50 / 80 / 95", *covers),
            ("", "mean rank", *(f"{p:.2f}" for p in each["pit_mean"])),
        ]
    longest = max(mine.groupby("method"), key=lambda each: len(each[1]))[1]
    return _table(("name", "", *_ahead(longest)), rows)


def _together(found: pd.DataFrame) -> pd.DataFrame:
    """Scores of all origins from those of each: means of its forecasts."""
    weights = found["n"].to_numpy()
    sums = found.assign(**{name: found[name] * weights for name in _MEANS})
    # An origin without bands has no part in their means.
    banded = sums.assign(banded=found["n"].where(found["cover80"].notna()))
    groups = banded.groupby(["level", "method", "horizon"], sort=False)
    table = groups[["n", "banded", *_MEANS]].sum(min_count=1)
    table["n_origins"] = groups.size()
    for name in _MEANS:
        table[name] /= table["n" if name in ("mape", "bias") else "banded"]
    return table.reset_index()


def _spending(found: pd.DataFrame) -> str:
    """Mean absolute error by years ahead, with the origins each row has."""
    rows = []
    for method, each in _together(found).groupby("method", sort=False):
        origins = " ".join(str(n) for n in each["n_origins"])
        errors = _by_horizon(each, "mape", "{:.1f}")
        rows.append((SPENDING_TITLES[str(method)], f"`{method}`", origins, *errors))
    return _table(("rule or method", "name", "Januaries", *_FIVE), rows)


def _spending_sums(found: pd.DataFrame) -> str:
    """Errors of regions and England."""
    rows = []
    for level in ("region", "england"):
        mine = _together(found[found["level"] == level])
        for method in ("engine", "naive", "england_last", "plans_a", "plans_b", "plans_d"):
            each = mine[mine["method"] == method]
            rows.append(
                (
                    level,
                    f"`{method}`",
                    " ".join(str(n) for n in each["n_origins"]),
                    *_by_horizon(each, "mape", "{:.1f}"),
                )
            )
    return _table(("level", "name", "Januaries", *_FIVE), rows)


def _replayed(found: pd.DataFrame) -> str:
    """Origins of the independent replay alone, ours above it."""
    since = _together(found[found["origin"] >= found["origin"].min() + _REPLAYED_LATER])
    rows = []
    for method, theirs in _REPLAYED.items():
        each = since[since["method"] == method]
        rows += [
            (f"`{method}`", "here: error", *_by_horizon(each, "mape", "{:.1f}")),
            ("", "replayed: error", *theirs),
            ("", "here: bias", *_by_horizon(each, "bias", "{:+.1f}")),
            ("", "here: cover 80", *_by_horizon(each, "cover80", "{:.2f}")),
        ]
    return _table(("name", "", *_FIVE), rows)


def _balances(pairs: pd.DataFrame) -> str:
    """England's balance in £bn by pair of Marches, authorities' errors beside it."""
    rows: list[tuple[str, ...]] = []
    for row in pairs.to_dict("records"):
        start, middle, low, high, came, error = (
            _signed(float(row[name]) / 1e9)
            for name in (
                *("start_gbp", "middle_gbp", "low80_gbp", "high80_gbp"),
                *("came_gbp", "error_gbp"),
            )
        )
        covers = " / ".join(f"{row[name]:.2f}".lstrip("0") for name in _COVER)
        errors = f"{row['mae_pct']:.1f} / {row['no_change_mae_pct']:.1f}"
        rows.append(
            (
                GROUP_WORDS[row["group"]],
                *(str(row["origin"]), str(row["to"]), f"{row['n']:.0f}"),
                *(start, f"{middle} ({low}…{high})", came, error, errors, covers),
            )
        )
    heads = (
        *("authorities", "from March", "to March", "scored", "start £bn"),
        *("central (80%)", "came", "error", "their error % of block: engine / no change"),
        "cover 50 / 80 / 95",
    )
    return _table(heads, rows)


def _by_horizon(each: pd.DataFrame, column: str, form: str) -> list[str]:
    """A score by years ahead; a dash where there is none."""
    by = each.set_index("horizon")[column].reindex(range(1, len(_FIVE) + 1))
    return ["–" if np.isnan(v) else minus(form.format(v)) for v in by]


def _signed(value: float) -> str:
    return minus(f"{value:+.2f}")


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
    if "--balances" in sys.argv[1:]:
        pairs = hn.balance_pairs()
        pairs.insert(0, "edition", home.edition_of(home.shipped_tables_dir()))
        BALANCE.write_bytes(table_bytes(pairs, compress=False))
    PAGE.write_text(page_text(PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
