"""Headline: the record that a run writes of its few main figures, read and set beside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from highneeds.periods import FinancialYear
from highneeds.report.headline_record import HEADLINE_FILE


def headline(files: Mapping[str, bytes]) -> dict[str, Any] | None:
    """The headline of a report; None of one that writes none.

    See `headline_record.headline_of`.
    """
    found = files.get(HEADLINE_FILE)
    return dict(json.loads(found)) if found else None


def closing_year(manifest: Mapping[str, Any]) -> FinancialYear:
    """The year at whose end a finished run's headlines give a balance.

    Runs made before the override bounded it gave that of their last year.
    """
    found = [
        str(one["headline"].get("balance_year", one["headline"]["until"]))
        for one in manifest["reports"]
        if one["headline"] and one["headline"]["balance"]
    ]
    return FinancialYear.parse(max(found, default=manifest["settings"]["until"]))
