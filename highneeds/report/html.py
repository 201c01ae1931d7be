"""The page: an executed notebook as one self-contained HTML file.

Prose and results are shown, code is folded away at the end. Nothing is fetched: styles
are in the page, pictures are data, and a content policy refuses everything else.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from highneeds.report.tables import marked

if TYPE_CHECKING:
    from jinja2 import Template
    from mistune import Markdown
    from nbformat import NotebookNode

# A cell with this tag did its work for the reader of the notebook, not of the page.
NOT_ON_PAGE = "not-on-page"
_TEMPLATE = Path(__file__).with_name("page.html.j2")
_HEADING = re.compile(r"<h([23])>(.*?)</h\1>")
# A page stands alone: a link to another file of the package would lead nowhere.
_LINK = re.compile(r'<a href="(?!#|https:)[^"]*">(.*?)</a>')
# As a notebook shows it.
_PLUGINS = ("strikethrough", "table", "url", "task_lists", "def_list")
_TITLE = re.compile(r"<h1>.*?</h1>\s*", re.DOTALL)


@dataclass(frozen=True)
class Heading:
    """One entry of the contents list, and those of the sections within it."""

    anchor: str
    text: str
    within: tuple[Heading, ...] = ()


def page(notebook: NotebookNode, *, title: str, pictures: Mapping[str, bytes]) -> str:
    """The page of an executed notebook.

    Parameters
    ----------
    notebook : NotebookNode
        Executed. Of its outputs, HTML is used as it stands only where this package made
        it; any other output is shown as escaped text.
    title : str
        The page's one first-level heading, in place of the notebook's.
    pictures : mapping of str to bytes
        Charts as SVG, by name; a chart not among them is shown as the notebook holds it.
    """
    headline, body, code = "", [], []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            body.append(_TITLE.sub("", _rendered(cell.source)))
        elif cell.cell_type == "code":
            code.append(cell.source)
            if NOT_ON_PAGE in cell.metadata.get("tags", ()):
                continue
            for output in cell.outputs:
                shown = _output(output, pictures)
                if _ours(output).get("role") == "headline":
                    headline += shown
                else:
                    body.append(shown)
    text, headings = _anchored("\n".join(body))
    return _template().render(
        title=title, headline=headline, headings=headings, body=text, code=code
    )


def plain_page(title: str, body: str) -> str:
    """A page of HTML that this package made itself, such as that of a sign-off."""
    text, headings = _anchored(body)
    return _template().render(
        title=title, headline="", headings=headings, body=text, code=()
    )


def _output(output: Any, pictures: Mapping[str, bytes]) -> str:
    if output.output_type == "stream":
        return _plain(output.text)
    data = output.get("data", {})
    ours = _ours(output)
    if "chart" in ours:
        return _figure(output, ours, pictures)
    if "role" in ours:
        return str(data["text/html"])
    return _plain(data.get("text/plain", ""))


def _figure(output: Any, ours: Mapping[str, str], pictures: Mapping[str, bytes]) -> str:
    alt = escape(output.metadata["image/png"]["alt"], quote=True)
    if ours["chart"] in pictures:
        picture = base64.b64encode(pictures[ours["chart"]]).decode("ascii")
        source = f"data:image/svg+xml;base64,{picture}"
    else:
        picture = "".join(output.data["image/png"].split())
        source = f"data:image/png;base64,{picture}"
    return (
        f'<figure><img src="{source}" alt="{alt}">'
        f"<figcaption>{marked(ours['caption'])}</figcaption></figure>"
    )


def _ours(output: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = output.get("metadata", {}).get("highneeds", {})
    return found


def _plain(text: str) -> str:
    return f"<pre>{escape(text)}</pre>" if text.strip() else ""


def _rendered(source: str) -> str:
    """Markdown as HTML; raw HTML in it is shown as text."""
    return _LINK.sub(r"\1", str(_markdown()(source)))


@cache
def _markdown() -> Markdown:
    # What nbconvert reads Markdown with, without the half second that nbconvert takes.
    import mistune

    renderer = mistune.HTMLRenderer(escape=True, allow_harmful_protocols=False)
    return mistune.create_markdown(renderer=renderer, plugins=_PLUGINS)


def _anchored(html: str) -> tuple[str, list[Heading]]:
    """Headings of sections with anchors, and the contents list they make."""
    headings: list[Heading] = []
    taken: set[str] = set()

    def anchor(match: re.Match[str]) -> str:
        level, text = match.groups()
        name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
        while name in taken:
            name += "-again"
        taken.add(name)
        found = Heading(name, text)
        if level == "3" and headings:
            headings[-1] = replace(headings[-1], within=(*headings[-1].within, found))
        else:
            headings.append(found)
        return f'<h{level} id="{name}">{text}</h{level}>'

    return _HEADING.sub(anchor, html), headings


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
