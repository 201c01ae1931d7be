"""What if: the page to move assumptions on, within a report and as a file beside it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from highneeds import atomic
from highneeds.report.blocks import Paragraph, as_data
from highneeds.report.tables import shown
from highneeds.whatif.page import require_authority, script_source, whatif_page

if TYPE_CHECKING:
    from highneeds.report.answers import Report
    from highneeds.scenario.scenario import Scenario

FILE = "what-if.html"
# Where no style of ours sets it, as in JupyterLab.
_HEIGHT = 720


@dataclass(frozen=True)
class Framed:
    """A page of ours within a page, which must name its script to let it run.

    ``file`` is the same page beside the report; none where nothing is written.
    """

    title: str
    page: str
    script: str
    file: str = ""

    def html(self) -> str:
        """The page in a frame, behind one line that closes it; every text escaped."""
        alone = ""
        if self.file:
            link = f'<a href="{escape(self.file)}">{escape(self.file)}</a>'
            alone = f"<p>As a page of its own, in the folder of this report: {link}.</p>"
        return (
            f'{alone}<details class="hn-fold hn-frame" open>'
            f"<summary>{escape(self.title)}</summary>"
            f'<iframe title="{escape(self.title)}" width="100%" height="{_HEIGHT}" '
            'sandbox="allow-scripts allow-downloads" '
            f'srcdoc="{escape(self.page)}"></iframe></details>'
        )

    def __repr__(self) -> str:
        where = f"{self.file}, in the folder of this report" if self.file else "the report"
        return f"{self.title}: open {where} in a browser to move assumptions."

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        said = as_data([Paragraph(repr(self))])
        data, about = shown(self.html(), repr(self), "words", said)
        about["highneeds"]["script"] = self.script
        return data, about


def what_if(report: Report, chosen: Scenario, out: str | Path = "") -> Framed:
    """The page of `highneeds whatif` in a frame, and in `out` where that is given.

    Parameters
    ----------
    chosen : Scenario
        As its file says it; the projection's may have own unit costs.

    Raises
    ------
    UsageError
        The report's area is no local authority.
    OutputError
        The folder cannot be written.
    """
    result = report.result
    require_authority(result.panel, result.area)
    made = {case.scenario.name: case for case in report.cases[1:]}
    page = whatif_page(result, chosen, made)
    if str(out):
        atomic.replace_file(Path(out) / FILE, page.encode("utf-8"))
    title = f"What if: high needs in {result.area.name}"
    return Framed(title, page, script_source(), FILE if str(out) else "")
