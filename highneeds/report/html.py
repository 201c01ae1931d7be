"""The page: an executed notebook as one self-contained HTML file.

Prose and results are shown, code is folded away at the end. Nothing is fetched: styles
are in the page, pictures are data, and a content policy refuses everything else.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from highneeds.display import unstyled
from highneeds.report.tables import marked

if TYPE_CHECKING:
    from jinja2 import Template
    from mistune import Markdown
    from nbformat import NotebookNode

# A cell with this tag did its work for the reader of the notebook, not of the page.
NOT_ON_PAGE = "not-on-page"
_TEMPLATE = Path(__file__).with_name("page.html.j2")
_STYLE = Path(__file__).with_name("page.css")
_NARROW = Path(__file__).with_name("narrow.css")
_HEADING = re.compile(r"<h([23])>(.*?)</h\1>")
# A page stands alone: a link to another file of the package would lead nowhere.
_LINK = re.compile(r'<a href="(?!#|https:)[^"]*">(.*?)</a>')
# As a notebook shows it.
_PLUGINS = ("strikethrough", "table", "url", "task_lists", "def_list")
_STATUS = '<p class="hn-status">'
_TITLE = re.compile(r"<h1>.*?</h1>\s*", re.DOTALL)
# Of a drawing: what the page has once for all, ids, and what refers to one.
_DRAWING = re.compile(r"<svg\b.*</svg>", re.DOTALL)
_NOT_IN_PAGE = re.compile(
    r"<metadata>.*?</metadata>|<title>.*?</title>|<style[^>]*>.*?</style>", re.DOTALL
)
_ID = re.compile(r'\sid="([^"]*)"')
_REFERENCE = re.compile(r'(url\(#|xlink:href="#)([^")]*)')


@dataclass(frozen=True)
class Heading:
    """One entry of the contents list, and those of the sections within it."""

    anchor: str
    text: str
    within: tuple[Heading, ...] = ()


def page(
    notebook: NotebookNode, *, title: str, pictures: Mapping[str, bytes], made: str = ""
) -> str:
    """The page of an executed notebook.

    Parameters
    ----------
    notebook : NotebookNode
        Executed. Of its outputs, HTML is used as it stands only where this package made
        it; any other output is shown as escaped text.
    title : str
        The page's one first-level heading, in place of the notebook's.
    pictures : mapping of str to bytes
        Charts as SVG, by name, and drawn for a narrow screen as ``narrow/`` and the name;
        a chart not among them is shown as the notebook holds it.
    made : str
        The day on which it was made, in words.
    """
    headline, body, code, mark = "", [], [], ""
    scripts: list[str] = []
    figures = itertools.count(1)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            body.append(_TITLE.sub("", _rendered(cell.source)))
        elif cell.cell_type == "code":
            code.append(cell.source)
            if NOT_ON_PAGE in cell.metadata.get("tags", ()):
                continue
            for output in cell.outputs:
                shown = _output(output, pictures, figures)
                scripts += filter(None, [_ours(output).get("script")])
                if _ours(output).get("role") == "headline":
                    headline += shown
                    mark = _ours(output).get("mark", mark)
                else:
                    body.append(shown)
    text, headings = _anchored("\n".join(body))
    if _STATUS in headline and made:
        # On the one line that says on what terms the figures stand.
        headline = headline.replace(_STATUS, f"{_STATUS}Made on {escape(made)}. ", 1)
        made = ""
    return _rendered_page(
        title, headline, headings, text, code=code, mark=mark, made=made, scripts=scripts
    )


def _rendered_page(
    title: str,
    headline: str,
    headings: list[Heading],
    body: str,
    *,
    code: Sequence[str] = (),
    mark: str = "",
    made: str = "",
    scripts: Sequence[str] = (),
) -> str:
    """`scripts` are those that a page in a frame runs, as a content policy names them."""
    running = " \N{EM DASH} ".join(filter(None, (title, mark)))
    return _template().render(
        style=_STYLE.read_text(encoding="utf-8") + narrow_style(),
        title=title,
        headline=headline,
        headings=headings,
        body=body,
        code=code,
        mark=mark,
        made=made,
        scripts=scripts,
        # A string of CSS that no title can end, or end the style with.
        running=json.dumps(running, ensure_ascii=False).replace("<", "\\\\3c "),
    )


def plain_page(title: str, body: str) -> str:
    """A page of HTML that this package made itself, such as that of a sign-off."""
    text, headings = _anchored(body)
    return _rendered_page(title, "", headings, text)


def narrow_style() -> str:
    """How a `Table` is laid out on a telephone, for any page that holds one."""
    return _NARROW.read_text(encoding="utf-8")


def _output(output: Any, pictures: Mapping[str, bytes], figures: Iterator[int]) -> str:
    if output.output_type == "stream":
        return _plain(output.text)
    data = output.get("data", {})
    ours = _ours(output)
    if "chart" in ours:
        return _figure(output, ours, pictures, next(figures))
    if "role" in ours:
        return unstyled(str(data["text/html"]))
    return _plain(data.get("text/plain", ""))


def _figure(
    output: Any, ours: Mapping[str, Any], pictures: Mapping[str, bytes], number: int
) -> str:
    alt = escape(output.metadata["image/png"]["alt"], quote=True)
    name = ours["chart"]
    # One that is numbered already, as those of evidence are, has no second number.
    numbered = "" if ours.get("heading") else f"Figure {number}. "
    if name in pictures:
        narrow = pictures.get(f"narrow/{name}")
        picture = _drawn(pictures[name], f"f{number}", alt, "wide" if narrow else "")
        picture += _drawn(narrow, f"n{number}", alt, "narrow") if narrow else ""
    else:
        source = "".join(output.data["image/png"].split())
        picture = f'<img src="data:image/png;base64,{source}" alt="{alt}">'
    sources = ours.get("sources")
    under = f'<span class="hn-sources">{sources["html"]}</span>' if sources else ""
    return (
        f'<figure id="figure-{number}">{picture}'
        f"<figcaption>{numbered}{marked(ours['caption'])}{under}</figcaption></figure>"
    )


def _drawn(svg: bytes, prefix: str, alt: str, kind: str) -> str:
    """A drawing of ours as part of the page: its text can be found and copied.

    Ids that nothing refers to go; the others carry a prefix, as each is in the page once.
    """
    found = _DRAWING.search(svg.decode("utf-8"))
    text = _NOT_IN_PAGE.sub("", found[0] if found else "")
    wanted = {name for _, name in _REFERENCE.findall(text)}
    text = _ID.sub(
        lambda m: f' id="{prefix}-{m[1]}"' if m[1] in wanted else "",
        text,
    )
    text = _REFERENCE.sub(lambda m: f"{m[1]}{prefix}-{m[2]}", text)
    opening, rest = text.split(">", 1)
    opening = re.sub(r'\s(width|height|version)="[^"]*"', "", opening)
    return f'{opening} class="hn-svg {kind}" role="img" aria-label="{alt}">{rest}'


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
