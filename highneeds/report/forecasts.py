"""The register of published forecasts in words: a row for what came of each."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import pandas as pd

from highneeds.report.tables import Column, Table
from highneeds.words import between, count, fixed, pounds

_SHOWN: Mapping[str, Callable[[float], str]] = {
    "plans": count,
    "£": pounds,
    "%": lambda value: f"{fixed(value, 1)}%",
}


def register_table(register: pd.DataFrame) -> Table:
    """`answers.forecast_register.forecast_register` for a reader.

    A forecast of which several accounts came has a row for each; one whose year is still to
    come says so, and what its path needs.
    """
    rows = [_row(one) for one in register.to_dict("records")]
    columns = (
        "who",
        "said",
        "forecast",
        "came",
        "source",
        "difference",
        "beside",
        "remark",
    )
    return Table(
        "register",
        "Published forecasts, and what happened since",
        (
            Column("who", "Who and when"),
            Column("said", "What was forecast"),
            Column("forecast", "Forecast", "figure"),
            Column("came", "What came", "figure"),
            Column("source", "By whose account"),
            Column("difference", "Difference", "figure"),
            Column("beside", "It came"),
            Column("remark", "Remark"),
        ),
        pd.DataFrame(rows, columns=list(columns)),
    )


def _row(one: dict[Hashable, Any]) -> tuple[str, ...]:
    shown = _SHOWN[one["unit"]]
    low, high, value, came, gap = (
        shown(one[name]) if pd.notna(one[name]) else ""
        for name in ("low", "high", "value", "came", "difference")
    )
    place = "" if one["area"] == "England" else f" ({one['area']})"
    share = f" ({fixed(one['difference_pct'], 0)}%)" if gap else ""
    return (
        one["source"],
        f"{one['statement']}{place}",
        between(low, high) if low else value,
        came or one["kind"],
        f"{one['kind']}: {one['came_from']}" if came else "",
        f"{gap}{share}",
        one["beside"],
        one["remark"],
    )
