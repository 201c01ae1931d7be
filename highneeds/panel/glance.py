"""A panel at a glance: how much it holds, what it holds last, and where to go on."""

from __future__ import annotations

from html import escape
from typing import Any

from highneeds.display import shown
from highneeds.errors import HighNeedsError
from highneeds.panel.held import Held
from highneeds.panel.schema import MEASURES
from highneeds.panel.vintage import vintage


def as_text(panel: Held) -> str:
    """What is held, and what lists it."""
    head, *lines = _said(panel)
    return "\n".join([head, *(f"- {line}" for line in lines)])


def as_bundle(panel: Held) -> tuple[dict[str, str], dict[str, Any]]:
    """What a notebook shows."""
    return shown(as_html(panel), as_text(panel), "words")


def as_html(panel: Held) -> str:
    """The same as a paragraph and a list; every text escaped."""
    head, *lines = map(escape, _said(panel))
    items = "".join(f"<li>{line}</li>" for line in lines)
    return f"<p><b>{head}</b></p><ul>{items}</ul>"


def _said(panel: Held) -> list[str]:
    try:
        now = vintage(panel)
    except HighNeedsError:
        # Too little is held for a projection, as where figures are made up.
        return [f"Panel: {len(MEASURES)} measures"]
    authorities = len(panel.geography.authorities(now.census.end))
    put_together = [area for area in panel.geography.areas.values() if panel.parts(area)]
    return [
        f"Panel: {len(MEASURES)} measures of {authorities} authorities, their regions and "
        "England",
        f"EHC plans to January {now.census}, new and ended plans to {now.flows}",
        f"high needs block to {now.block}, spending to {now.year}, DSG balances to "
        f"{now.balance.closes_on()}",
        *([f"areas put together: {len(put_together)}"] if put_together else []),
        'panel.table("ehc_plans", areas="Somerset"); hn.measures() and hn.areas() list '
        "what can be asked for",
    ]
