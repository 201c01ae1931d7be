"""The area profile: its parameters, and a run of it into a folder."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from highneeds.geography import Area
from highneeds.notebook.execute import Progress
from highneeds.notebook.parameters import NotebookParameters
from highneeds.notebook.run import make_folder
from highneeds.panel.panel import Panel, load_panel
from highneeds.profile.profile import area_profile

NOTEBOOK = "11_area_profile"
_ENDING = "-profile"


class ProfileParameters(NotebookParameters):
    """Parameters of ``11_area_profile``; `out` is a folder for tables and figures.

    ``peers`` are authorities to set beside the area, with commas; its ten statistical
    neighbours when empty.

    Raises
    ------
    UsageError
        As `NotebookParameters`; or the area or a peer is not an authority in being.
    """

    level = "la"
    area_parameter = "authority"

    authority: str
    peers: str = ""
    out: str = ""

    def model_post_init(self, _: Any) -> None:
        """Check what a type cannot: the area and its peers."""
        area_profile(load_panel(), self.area, peers=self.chosen_peers())

    def chosen_peers(self) -> list[Area]:
        """The authorities named, in order; none when the neighbours are meant."""
        names = [name.strip() for name in self.peers.split(",") if name.strip()]
        return [load_panel().area(name) for name in names]

    def load_panel(self) -> Panel:
        """The record."""
        return load_panel()

    def __repr__(self) -> str:
        chosen = ", ".join(peer.name for peer in self.chosen_peers())
        return f"{self.area}, beside {chosen or 'its statistical neighbours'}"


def run_profile(
    area: str,
    *,
    peers: str = "",
    out: str | Path = "reports",
    progress: Progress = lambda _: None,
) -> Path:
    """Run the profile for one authority and write its folder, all of it or nothing.

    Parameters
    ----------
    area : str
        Name, alias, DfE code or ONS code.
    peers : str
        Authorities to set beside it, with commas; its statistical neighbours when empty.
    out : str or Path
        Folder that holds the folders; the profile's is ``out/<code>-<name>-profile``.

    Returns
    -------
    Path
        Of ``report.html``.

    Raises
    ------
    UsageError
        The area or a peer is not an authority in being; nothing is run.
    OutputError
        The folder cannot be written, or holds what its last run did not write.
    """
    clock = time.perf_counter()
    parameters = ProfileParameters(authority=area, peers=peers)
    return make_folder(
        Path(out).resolve() / f"{parameters.area.slug}{_ENDING}",
        NOTEBOOK,
        parameters,
        checked=repr(parameters),
        called="Profile",
        clock=clock,
        progress=progress,
    )
