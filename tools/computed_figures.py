"""Write the figures that pages quote; `PAGES` lists the pages.

A figure stands between ``<!-- =NAME -->`` and ``<!-- / -->``, which a reader does not see.
Run ``python tools/computed_figures.py [PAGE ...]`` after a change that moves figures;
tests/test_readme.py fails until then.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd

import highneeds as hn
from benchmarks.measure import Result
from benchmarks.scaling import scaling
from benchmarks.suite import RESULTS, figure_of, target_of
from highneeds import home
from highneeds.cli import _parser
from highneeds.forms import FORMS
from highneeds.geography import ENGLAND_CODE
from highneeds.panel.schema import MEASURES
from highneeds.panel.vintage import horizon, vintage
from highneeds.periods import Census, FinancialYear
from highneeds.record.spread import spreads
from highneeds.words import count, fixed

ROOT = Path(__file__).resolve().parent.parent
PAGES = (
    "README.md",
    "docs/forms.md",
    "docs/method.md",
    "docs/model-card.md",
    "docs/national.md",
    "docs/performance.md",
    "docs/scaling.md",
    "docs/scenarios.md",
    "docs/tutorials/finance-officer.md",
)
_MARKED = re.compile(r"<!-- =([^>]+?) -->(.*?)<!-- / -->", re.DOTALL)
_JANUARY_BEFORE = 5 / 12
_COST_YEARS = 4
_MILLION = 1e6


def computed(text: str) -> str:
    """A page with every marked figure computed anew.

    Raises
    ------
    KeyError
        A figure is marked that no function here computes.
    """
    return _MARKED.sub(
        lambda found: f"<!-- ={found[1]} -->{figure(found[1])}<!-- / -->", text
    )


def figure(name: str) -> str:
    """One figure by its name in the page: a word, then what it is of."""
    word, _, rest = name.partition(" ")
    if word not in FIGURES:
        msg = f"no figure is called {name!r}; known: {', '.join(FIGURES)}"
        raise KeyError(msg)
    return FIGURES[word](rest)


@cache
def _project(area: str) -> hn.Projection:
    return hn.project(hn.load_panel(), area)


def _sentence(words: str) -> str:
    """A paragraph of an area's report, by topic; its headline is one."""
    topic, _, area = words.partition(" ")
    result = _project(area)
    return str(result.sentence() if topic == "headline" else result.sentences()[topic])


def _count(what: str) -> str:
    assumptions = hn.load_assumptions()
    sources = ROOT / "data" / "tables" / "sources.csv"
    panel = hn.load_panel()
    counts = {
        "authorities": lambda: len(panel.geography.authorities(vintage(panel).census.end)),
        "measures": lambda: len(MEASURES),
        "files": lambda: len(pd.read_csv(sources)),
        "assumptions": lambda: len(assumptions),
        "unsourced": lambda: sum(not one.sourced for one in assumptions.values()),
        "scenarios": lambda: len(hn.Scenario.shipped()),
    }
    return f"{counts[what]():,}"


def _spread(name: str) -> str:
    return f"{getattr(spreads(hn.load_panel()), name):.1%}"


def _path(what: str) -> str:
    """The spread of England's path, or of a share of 4,000 plans, some years ahead."""
    part, years = what.split()
    errors = spreads(hn.load_panel()).path
    if part == "england":
        return f"{errors.england[int(years) - 1]:.1%}"
    return f"±{errors.half_width(int(years), 4000.0):.1%}"


def _carry(what: str) -> str:
    """The middle or the spread of what a balance carried some years missed."""
    part, years = what.split()
    level, sd = spreads(hn.load_panel()).carried(int(years))
    return f"{level if part == 'middle' else sd:.1%}"


def _national(words: str) -> str:
    """England's central case, from the run that docs/national.md shows."""
    measure, year = words.split()
    value = _england(measure, year)
    if measure in ("plans", "new"):
        return f"{round(value, -3):,.0f}"
    return f"{'−' if value < 0 else ''}£{abs(value) / 1e9:.1f}bn"


def _england(measure: str, year: str) -> float:
    kept = pd.read_csv(ROOT / "docs" / "national_totals.csv", dtype={"year": str})
    return float(kept.set_index(["measure", "year"])["central"].loc[(measure, year)])


def _cost_growth(_: str) -> str:
    """Yearly growth of spending for each plan paid for, England, in the first years."""
    panel = hn.load_panel()
    base = vintage(panel).year
    ends = (base, base.shift(_COST_YEARS))
    cost = []
    for year in ends:
        before, inside = (_plans(panel, census) for census in year.censuses())
        plans = _JANUARY_BEFORE * before + (1 - _JANUARY_BEFORE) * inside
        cost.append(_england("spending", year.label) / plans)
    return f"{(cost[1] / cost[0]) ** (1 / _COST_YEARS) - 1:.1%}"


def _plans(panel: hn.Panel, census: Census) -> float:
    """England's plans in a January: published up to the base census, projected after it."""
    published = panel.figure("ehc_plans", ENGLAND_CODE, census).value
    return _england("plans", census.label) if published is None else published


def _commands(_: str) -> str:
    """Every command and action, from the parser's own help."""
    lines = ["", "", "| command | what it does |", "|---|---|"]
    lines += [f"| `{name}` | {text} |" for name, text in _verbs(_parser()[0], "")]
    return "\n".join([*lines, "", ""])


def _bench(_: str) -> str:
    """What `start.py bench` last measured in full, with its targets."""
    kept = json.loads(RESULTS.read_text("utf-8"))["results"]
    heading = "| measured | figure | target | met? | note |"
    lines = ["", "", heading, "|---|--:|--:|---|---|"]
    for row in kept:
        met = {True: "yes", False: "**no**", None: ""}[row.pop("met")]
        result = Result(**row)
        figure, target = figure_of(result), target_of(result)
        lines.append(f"| {result.name} | {figure} | {target} | {met} | {result.note} |")
    return "\n".join([*lines, "", ""])


def _marks(_: str) -> str:
    """How plans and spending foretold from past Januaries did, by years ahead."""
    rows = [
        ("Plans, an authority", "backtest", "authority", "engine"),
        ("England's last growth in its place", "backtest", "authority", "england_last"),
        ("Plans, a region", "backtest", "region", "engine"),
        ("Plans, England", "backtest", "england", "engine"),
        ("Spending, an authority", "backtest_spending", "authority", "engine"),
    ]
    ahead = [f"{years} ahead" for years in range(1, 6)]
    lines = ["", "", f"| | {' | '.join(ahead)} |", "|---|--:|--:|--:|--:|--:|"]
    for title, file, level, method in rows:
        found = pd.read_csv(ROOT / "docs" / f"{file}.csv")
        mine = found[found["level"].eq(level) & found["method"].eq(method)]
        cells = []
        for _years, each in mine.groupby("horizon"):  # of one January each, or of all
            mean = (each["mape"] * each["n"]).sum() / each["n"].sum()
            inside = (each["cover80"] * each["n"]).sum(skipna=False) / each["n"].sum()
            cells.append(f"{mean:.1f}%" + ("" if pd.isna(inside) else f" ({inside:.0%})"))
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", ""])


def _balances(which: str) -> str:
    """The share of balances that came inside their 80% range, over every pair of Marches.

    For `worse`, in how many pairs no change would have done better.
    """
    found = pd.read_csv(ROOT / "data" / home.BALANCES_FILE)
    if which == "worse":
        every = found[found["group"] == "england"]
        return f"{(every['mae_pct'] > every['no_change_mae_pct']).sum()} of {len(every)}"
    mine = found[found["group"] == f"england_{which}_agreement"]
    return f"{(mine['cover80'] * mine['n']).sum() / mine['n'].sum():.0%}"


def _beside(which: str) -> str:
    """How many published forecasts of England there are, or lie so to our range."""
    found = pd.read_csv(ROOT / "docs" / "national_forecasts.csv")["lies"]
    return str(len(found) if which == "all" else int((found == which).sum()))


def _forms(_: str) -> str:
    """Every form that can be exported, and what it holds."""
    lines = ["", "", "| form | sheets |", "|---|---|"]
    lines += [f"| `{name}` | {form.holds} |" for name, form in FORMS.items()]
    return "\n".join([*lines, "", ""])


def _scenarios(what: str) -> str:
    """Every shipped scenario: what it says, or what its expected result comes to."""
    first = sorted(hn.Scenario.shipped(), key=lambda name: name != "trend")
    if what == "said":
        lines = ["", "", "| Scenario | What it says |", "|---|---|"]
        for name in first:
            one = hn.Scenario.load(name)
            said = one.description.replace("docs/scenarios.md", "this page")
            lines.append(f"| `{name}` | **{one.title}.** {said} |")
        return "\n".join([*lines, "", ""])
    last = horizon(hn.load_panel(), None)
    # The last day to which a balance is called the authority's own.
    ends = FinancialYear.parse(hn.Scenario.load().policies.override_ends)
    keys = {
        f"Spending {last}": (last.label, "high_needs_spending_gbp"),
        f"In-year {last}": (last.label, "in_year_balance_gbp"),
        f"Balance, {ends.closes_on()}": (ends.label, "dsg_balance_gbp"),
    }
    heads = ["Scenario", f"Plans, January {last.end}", *keys]
    lines = ["", "", f"| {' | '.join(heads)} |", "|---|---|---|---|---|"]
    for name in first:
        path = ROOT / "data" / "scenarios" / f"{name}.expected.csv"
        of = pd.read_csv(path, dtype={"year": str}).set_index(["year", "measure"])["value"]
        pounds = [fixed(float(of.loc[key]) / _MILLION, 1) for key in keys.values()]
        plans = count(float(of.loc[(str(last.end), "ehc_plans")]))
        lines.append(f"| `{name}` | {' | '.join([plans, *pounds])} |")
    return "\n".join([*lines, "", ""])


def _verbs(parser: argparse.ArgumentParser, before: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for group in parser._actions:
        if not isinstance(group, argparse._SubParsersAction):
            continue
        for choice in group._choices_actions:
            name, inner = f"{before}{choice.dest}", group.choices[choice.dest]
            found += _verbs(inner, f"{name} ") or [(name, str(choice.help))]
    return found


FIGURES: dict[str, Callable[[str], str]] = {
    "sentence": _sentence,
    "count": _count,
    "spread": _spread,
    "carry": _carry,
    "path": _path,
    "national": _national,
    "cost-growth": _cost_growth,
    "commands": _commands,
    "bench": _bench,
    "marks": _marks,
    "balances": _balances,
    "beside": _beside,
    "version": lambda _: hn.__version__,
    "scaling": scaling,
    "scenarios": _scenarios,
    "forms": _forms,
}


if __name__ == "__main__":
    for page in sys.argv[1:] or PAGES:
        path = ROOT / page
        path.write_text(computed(path.read_text("utf-8")), "utf-8", newline="\n")
