"""The year watched, as shown: provisions, months, drift, change, and a workbook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from highneeds import home
from highneeds.answers.monitor import MONTHS
from highneeds.answers.watch import (
    DIRECT,
    IN_YEAR,
    SPENDING,
    WHOLE,
    in_its_unit,
    month_name,
)
from highneeds.answers.watch_rule import watch_rule
from highneeds.report.outputs import about, files_written, picture_files
from highneeds.report.provenance import sources_table
from highneeds.report.tables import Column, Lead, Table, Words, csv_bytes
from highneeds.report.workbook import workbook_bytes
from highneeds.words import (
    NO_FIGURE,
    NOT_APPLICABLE,
    between,
    count,
    millions,
    missing,
    percent,
)

if TYPE_CHECKING:
    from highneeds.answers.watch import Watched

TRIALS_FILE = "monitor_trials.csv"
RECORD = "monitor.csv"
_SUMS = (WHOLE, DIRECT, SPENDING, IN_YEAR)
_RANGE = "8 cases in 10"
_FLAGS = {"above": "above forecast", "below": "below forecast", "": "within"}


def monitor_headline(watched: Watched) -> Lead:
    """How the year goes, for the head of the page."""
    return Lead((watched.sentence,))


def monitor_table(watched: Watched) -> Table:
    """Each provision: the ledger to date beside the forecast, and the revised outturn."""
    found = watched.by_provision()
    ledger = watched.ledger
    silent = found["month"] == 0
    frame = found.assign(
        to_date=_or(found["to_date_gbp"], silent, found["key"]),
        expected=_or(found["forecast_to_date_gbp"], silent, found["key"]),
        difference=_or(found["difference_gbp"], silent, found["key"]),
        low=found["low_gbp"].astype(object).where(found["low_gbp"].notna(), NOT_APPLICABLE),
        high=found["high_gbp"]
        .astype(object)
        .where(found["high_gbp"].notna(), NOT_APPLICABLE),
        range=[
            NOT_APPLICABLE if missing(low) else between(millions(low), millions(high))
            for low, high in zip(found["low_gbp"], found["high_gbp"], strict=True)
        ],
        said=[
            NOT_APPLICABLE if month == 0 else _FLAGS[flag]
            for month, flag in zip(found["month"], found["flag"], strict=True)
        ],
    )
    return Table(
        "provisions",
        f"Ledger of {watched.result.area.name} to {ledger.ends} of {ledger.year}, beside "
        "the forecast",
        (
            Column("provision", "Provision"),
            Column("to_date", "To date", "millions"),
            Column("expected", "Forecast to date", "millions"),
            Column("difference", "Difference", "millions"),
            Column("said", "Against forecast"),
            Column("forecast_gbp", f"Forecast for {ledger.year}", "millions"),
            Column("central_gbp", "Revised outturn", "millions"),
            Column("low", "Low", "millions", "sheet"),
            Column("high", "High", "millions", "sheet"),
            Column("range", f"Revised outturn, {_RANGE}", "figure", "page"),
        ),
        frame,
        (
            *_made_up(watched),
            _coverage(watched),
            "The revised outturn is what the ledger gives and what the forecast, moved by "
            f"it, leaves to March; it lies in the range in {_RANGE}. Provisions add up.",
            "Above or below: beyond what months swing by themselves; see the rule.",
        ),
        tuple(found["flag"] != ""),
    )


def monitor_months_table(watched: Watched) -> Table:
    """What each month's ledger would have said of the year."""
    found = watched.by_month()
    return Table(
        "months",
        f"What each month's ledger said of {watched.ledger.year}",
        (
            Column("name", "To the end of"),
            Column("to_date_gbp", "To date", "millions"),
            Column("forecast_to_date_gbp", "Forecast to date", "millions"),
            Column("score", "Standard errors from it", "tenths"),
            Column("central_gbp", "Revised outturn", "millions"),
            Column("low_gbp", "Low", "millions", "sheet"),
            Column("high_gbp", "High", "millions", "sheet"),
            Column("range", f"Revised outturn, {_RANGE}", "figure", "page"),
            Column("said", "Alert"),
        ),
        found.assign(
            name=found["month"].map(month_name),
            range=[
                between(millions(low), millions(high))
                for low, high in zip(found["low_gbp"], found["high_gbp"], strict=True)
            ],
            said=[f"yes, {alert}" if alert else "no" for alert in found["alert"]],
        ),
        (*_made_up(watched), _coverage(watched)),
        tuple(found["alert"] != ""),
    )


def drift_table(watched: Watched) -> Table | Words:
    """Which assumptions the ledger moves most; words where it moves none."""
    found = watched.drifting()
    if found.empty:
        return Words(
            ("The ledger so far moves no assumption by a quarter of its own spread.",)
        )
    called = watched.outturn.alert or watched.outturn.flags
    return Table(
        "drift",
        "Assumptions that the ledger moves most"
        if called
        else "Assumptions that the ledger moves most; none is called drifting",
        (
            Column("title", "Assumption"),
            Column("was", "Assumed", "figure"),
            Column("now", "Fits the ledger best", "figure"),
            Column("unit", "Unit"),
            Column("shift", "Moved, standard deviations", "tenths"),
        ),
        found.assign(
            was=[
                in_its_unit(value, unit)
                for value, unit in zip(found["assumed"], found["unit"], strict=True)
            ],
            now=[
                in_its_unit(value, unit)
                for value, unit in zip(found["implied"], found["unit"], strict=True)
            ],
        ),
        (
            *_made_up(watched),
            "Each by itself, from how spending and assumption vary together in the "
            "simulated futures. Pounds cannot tell a number of plans from a price: several "
            "rows may explain the same months. Counts of plans and unit costs among the "
            "own figures can.",
        ),
    )


def monitor_changes(watched: Watched, last: str | Path = "") -> Table | Words:
    """What changed since an earlier run; words where none is given."""
    if not str(last):
        return Words(
            (
                "No earlier run was given. `highneeds monitor` compares with the one that "
                "is in the folder it writes to.",
            )
        )
    then = read_record(Path(last))
    found = watched.changes(then)
    month = month_name(int(then["ledger_month"].iloc[0]))
    return Table(
        "changes",
        f"What changed since the run to {month}",
        (
            Column("provision", "Provision"),
            Column("to_date_then_gbp", f"To date, {month}", "millions"),
            Column("to_date_now_gbp", "To date, now", "millions"),
            Column("restated_gbp", "Of it, months restated", "millions"),
            Column("forecast_then_gbp", "Forecast then", "millions"),
            Column("forecast_now_gbp", "Forecast now", "millions"),
            Column("outturn_then_gbp", "Outturn then", "millions"),
            Column("outturn_now_gbp", "Outturn now", "millions"),
            Column("said", "Against forecast"),
        ),
        found.assign(
            said=[
                _FLAGS[now] if now == old else f"{_FLAGS[old]}, now {_FLAGS[now]}"
                for old, now in zip(found["flag_then"], found["flag_now"], strict=True)
            ]
        ),
        (
            *_made_up(watched),
            "Restated: what the ledger now gives for the months it had then, less what it "
            f"gave. {NO_FIGURE} = there is no such figure in one of the runs.",
        ),
        tuple(found["flag_then"] != found["flag_now"]),
    )


def monitor_rule_table(watched: Watched) -> Table:
    """How the forecast is phased and what counts as drift."""
    found, rule = watched.outturn, watched.outturn.rule
    own = sum(found.own_profile)
    phased = (
        "the school year: April to August pay for last year's plans, the rest for this "
        "year's"
        if not own
        else f"the ledger's own months of the year before, in {count(own)} of "
        f"{count(len(found.groups))} provisions"
    )
    share = found.forecast.share[watched.ledger.months - 1]
    scatter = float(found.scores.scatter) ** 0.5
    rows = [
        ("Phased by", phased),
        (f"Part of the year forecast to {watched.ledger.ends}", percent(share, decimals=1)),
        ("Swing of one month of one provision, assumed", percent(rule.month_swing)),
        ("The same, corrected by this ledger", percent(rule.month_swing * scatter)),
        ("Spending is an alert from", f"{rule.alert_spending:g} standard errors"),
        ("A provision is named from", f"{rule.alert_provision:g} standard errors"),
    ]
    return Table(
        "rule",
        "How the year is watched",
        (Column("what", "What"), Column("value", "Value")),
        pd.DataFrame(rows, columns=["what", "value"]),
        (
            "The swing is an assumption without a source: no release holds spending by "
            "month.",
        ),
    )


def monitor_trials_table() -> Table:
    """How the rule did on simulated years of every authority, beside its limits."""
    found = home.read_table(home.data_dir() / TRIALS_FILE)
    numbers = [name for name in found.columns if name.startswith("alert_")]
    table = found.astype(dict.fromkeys([*numbers, "flagged"], float))
    limits = watch_rule().limits
    by = MONTHS.index(limits.found_by) + 1
    return Table(
        "trials",
        "Simulated years with an alert",
        (
            Column("title", "Years simulated"),
            Column("alert_6", f"By {MONTHS[5]}", "percent"),
            Column(f"alert_{by}", f"By {limits.found_by}", "percent"),
            Column("alert_12", f"By {MONTHS[-1]}", "percent"),
            Column("half", "Half of them by"),
            Column("flagged", "Any provision named", "percent"),
        ),
        table.assign(half=table["month"].replace("", "never")),
        (
            f"{count(limits.years)} made-up years of each authority; a drift is "
            f"{percent(limits.drift)} of the year's spending, and counts only where the "
            "alert is “above”. The swing of months is the assumed one but where the row "
            "says otherwise.",
            "Limits set before the first run: years as forecast with an alert, at most "
            f"{percent(limits.most_false_alarms)}; with the drift, found by the end of "
            f"{limits.found_by} in at least {percent(limits.least_found)}; years as "
            f"forecast with a provision named, at most {percent(limits.most_false_flags)}.",
        ),
    )


def read_record(path: Path) -> pd.DataFrame:
    """The record of an earlier run, as `write_monitor` left it."""
    table = home.read_table(path)
    numbers = [name for name in table.columns if name.endswith("_gbp")]
    whole = ["month", "ledger_month"]
    for name in [*numbers, *whole]:
        table[name] = pd.to_numeric(table[name])
    return table


def write_monitor(watched: Watched, out: str | Path, last: str | Path = "") -> Words:
    """Write monitor.csv, workbook.xlsx and figures/ into `out`; nothing when it is empty.

    Raises
    ------
    OutputError
        The folder cannot be written. Each file is whole or absent.
    """
    return files_written(lambda: monitor_files(watched, last), out)


def monitor_files(watched: Watched, last: str | Path = "") -> dict[str, bytes]:
    """The files by name; the same year always gives the same bytes."""
    from highneeds.report.figures_monitor import plot_outturn

    result = watched.result
    tables = [
        monitor_table(watched),
        monitor_months_table(watched),
        drift_table(watched),
        monitor_changes(watched, last),
        monitor_rule_table(watched),
        monitor_trials_table(),
        sources_table(),
    ]
    return {
        RECORD: csv_bytes(watched.record()),
        "workbook.xlsx": workbook_bytes(
            f"High needs spending of {result.area.name} in {watched.ledger.year}, to "
            f"{watched.ledger.ends}",
            about(result.area, result.scenario, result.draws, result.seed),
            [watched.sentence],
            [one for one in tables if isinstance(one, Table)],
        ),
        **picture_files([plot_outturn(watched)]),
    }


def _made_up(watched: Watched) -> tuple[str, ...]:
    if not watched.made_up:
        return ()
    return (
        "Made-up figures, to show how a year is watched: no ledger was given. They say "
        f"nothing of {watched.result.area.name}.",
    )


def _coverage(watched: Watched) -> str:
    if not watched.outturn.forecast.direct_gbp:
        return "All place funding is counted."
    return (
        "Net of the places that the department funds directly, which are taken off the "
        "forecast of each provision as last published."
    )


def _or(values: pd.Series, silent: pd.Series, keys: pd.Series) -> list[float | str]:
    """Figures of the ledger: a sum that has none is not applicable, a provision unknown."""
    return [
        value if not none else NOT_APPLICABLE if key in _SUMS else NO_FIGURE
        for value, none, key in zip(values, silent, keys, strict=True)
    ]
