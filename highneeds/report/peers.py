"""An authority beside others of one's own choice: the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from highneeds.answers.peers import beside_peers, chosen_peers
from highneeds.report.tables import Column, Table

if TYPE_CHECKING:
    from highneeds.geography import Area
    from highneeds.panel.panel import Panel

_KINDS = {"£": "pounds", "%": "tenths", "per 1,000": "tenths"}


def peers_table(panel: Panel, area: Area, peers: str = "") -> Table:
    """An authority beside those named, its statistical neighbours and England.

    Parameters
    ----------
    peers : str
        Authorities with commas between; without any, the neighbours and England alone.

    Raises
    ------
    UsageError
        A name is unknown or of no authority in being.
    """
    found = beside_peers(panel, area, chosen_peers(panel, area, peers))
    notes = ["Published figures. Order is not quality, and no cause is meant."]
    if found.shared:
        notes.append(
            f"Statistical neighbours among those chosen: {', '.join(found.shared)}."
        )
    if not found.neighbours:
        notes.append("No statistical neighbours are published for this authority.")
    return Table(
        "peers",
        f"{area.name} beside {'those chosen and ' if found.chosen else ''}others like it",
        (
            Column("area", "Authority"),
            *(
                Column(one.name, _heading(one.title, one.unit), _KINDS[one.unit])
                for one in found.measures
            ),
        ),
        found.table,
        tuple(notes),
    )


def _heading(title: str, unit: str) -> str:
    return title if unit == "per 1,000" else f"{title}, {unit}"
