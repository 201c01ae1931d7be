"""High needs blocks reported of single authorities, outside the published tables."""

from __future__ import annotations

from highneeds.geography import Area
from highneeds.panel.panel import Panel, PanelAt
from highneeds.periods import FinancialYear

_KINDS = ("high_needs_block_before_deductions_gbp", "high_needs_block_after_deductions_gbp")


def reported_blocks(panel: Panel, area: Area) -> dict[str, dict[str, float]]:
    """The blocks reported of an authority that may stand for its own.

    Exact figures stated by a council, the department or council papers. Rounded figures,
    floors and the press show growth only; an area put together has none.

    Returns
    -------
    dict
        £ by financial year, before and after deductions, by measure. At an earlier January
        those of the years that had ended.
    """
    table = panel.published.companion("reported_blocks")
    exact = (table["nearness"] == "exact") & (table["source_kind"] != "press")
    mine = table[exact & (table["la_code"] == area.la_code)]
    then = panel.published
    last = then.origin.end if isinstance(then, PanelAt) else None
    found: dict[str, dict[str, float]] = {kind: {} for kind in _KINDS}
    for measure, year, value in zip(
        mine["measure"], mine["year"], mine["value"], strict=True
    ):
        known = last is None or FinancialYear.parse(year).end <= last
        if measure in found and known:
            found[measure][year] = float(value)
    return found
