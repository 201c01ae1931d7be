"""The monitor of a year under way: its parameters, and a run of it into a folder."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from highneeds.answers.ledger import ledger_of
from highneeds.answers.monitor import months_passed
from highneeds.answers.projection import project
from highneeds.answers.watch import Watched, watch_year
from highneeds.errors import UsageError
from highneeds.files import is_file
from highneeds.notebook.execute import Progress
from highneeds.notebook.folder import require_own
from highneeds.notebook.parameters import DriversParameters
from highneeds.notebook.run import make_folder
from highneeds.report.monitor import RECORD, read_record

NOTEBOOK = "05_in_year_monitor"
_ENDING = "-monitor"


class MonitorParameters(DriversParameters):
    """Parameters of ``05_in_year_monitor``; `out` is a folder for tables and figures.

    ``inputs`` is a file of own figures with a ledger by month; a made-up year, which says
    so, stands in where none is given. ``month`` is the one to look at the year from, its
    last when empty; ``last`` the record of an earlier run to compare with.

    Raises
    ------
    UsageError
        As `RunParameters`; or `last` is no file, or no month has the name given.
    """

    month: str = ""
    last: str = ""
    out: str = ""

    def model_post_init(self, context: Any) -> None:
        """Check the earlier run, and the month where it is a name."""
        super().model_post_init(context)
        if self.last and not is_file(self.last):
            msg = (
                f"Parameters: last: there is no file {self.last!r}. Expected the {RECORD} "
                "of an earlier run of `highneeds monitor`."
            )
            raise UsageError(msg)
        if self.month and not self.month[:1].isdigit():
            months_passed(self.month)


def run_monitor(
    area: str,
    inputs: str | Path,
    *,
    month: str = "",
    scenario: str = "trend",
    draws: int = 1000,
    seed: int = 20250901,
    last: str | Path = "",
    out: str | Path = "reports",
    progress: Progress = lambda _: None,
) -> Path:
    """Run the monitor for one authority and write its folder, all of it or nothing.

    Parameters
    ----------
    inputs : str or Path
        A file of own figures with ``ledger_gbp`` by month. It is copied nowhere.
    month : str
        To look at the year from: October, P7 or 2026-10; the ledger's last when empty.
    last : str or Path
        The folder of an earlier run to compare with; the one this run takes the place of
        when empty, where it is of the same year.
    out : str or Path
        Folder that holds the folders; the monitor's is ``out/<code>-<name>-monitor``.

    Returns
    -------
    Path
        Of ``report.html``.

    Raises
    ------
    UsageError, AssumptionError, ModelError
        A parameter is unknown or out of range, or there is no ledger; nothing is run.
    OutputError
        The folder cannot be written, or holds what its last run did not write.
    """
    clock = time.perf_counter()
    given: dict[str, Any] = {
        "authority": area,
        "inputs": str(inputs),
        "month": month,
        "scenario": str(scenario),
        "draws": draws,
        "seed": seed,
    }
    parameters = MonitorParameters(**given)
    own = parameters.load_own()
    if own is None:
        msg = "No file of own figures was given. Give one with --inputs; nothing was run."
        raise UsageError(msg)
    ledger = ledger_of(own, month)
    folder = Path(out).resolve() / f"{parameters.area.slug}{_ENDING}"
    require_own(folder)  # before its record is read
    earlier = (Path(last) if str(last) else folder) / RECORD
    if str(last) or _is_of(earlier, ledger.year.label):
        parameters = MonitorParameters(**given, last=str(earlier))
    beside = f", beside the run in {earlier.parent.name}" if parameters.last else ""
    return make_folder(
        folder,
        NOTEBOOK,
        parameters,
        checked=f"{parameters.area}, ledger to {ledger.ends} of {ledger.year}{beside}",
        called="Monitor",
        clock=clock,
        progress=progress,
    )


def watched_by(parameters: MonitorParameters) -> Watched:
    """The year that parameters mean, watched: as the notebook has it.

    Raises
    ------
    HighNeedsError
        As `load_own`, `project` and `watch_year`.
    """
    own = parameters.load_own()
    result = project(
        parameters.load_panel(),
        parameters.area,
        parameters.load_scenario(),
        until=parameters.until,
        draws=parameters.draws,
        seed=parameters.seed,
        own=own,
    )
    return watch_year(result, own, parameters.month)


def _is_of(record: Path, year: str) -> bool:
    """Whether there is an earlier run of a year to compare with."""
    return record.is_file() and set(read_record(record)["year"].astype(str)) == {year}
