"""What an object shows of itself: HTML marked as ours, a small fan, a page's own script."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_WIDTH, _HEIGHT, _MARGIN = 320, 72, 4
# Jupyter sets every cell to the right and breaks a line after a minus sign. It keeps a
# style only on the element itself; the page has a stylesheet, and allows no other style.
_STYLES = {
    '<th scope="row"': "text-align: left",
    'class="text"': "text-align: left",
    'class="words"': "text-align: left",
    'class="hash"': "text-align: left",
    'class="n"': "white-space: nowrap",
}


def shown(
    html: str, text: str, role: str, blocks: Sequence[Mapping[str, Any]] = ()
) -> tuple[dict[str, str], dict[str, Any]]:
    """A cell's output, marked as ours: the page puts in no other HTML as it stands.

    `blocks` are what it says, as data: what a document is made of.
    """
    for element, style in _STYLES.items():
        html = html.replace(element, f'{element} style="{style}"')
    ours: dict[str, Any] = {"role": role}
    if blocks:
        ours["blocks"] = list(blocks)
    return {"text/html": html, "text/plain": text}, {"highneeds": ours}


def unstyled(html: str) -> str:
    """What `shown` was given, for a page with a stylesheet of its own."""
    for element, style in _STYLES.items():
        html = html.replace(f'{element} style="{style}"', element)
    return html


def fan(
    middle: Sequence[float], low: Sequence[float], high: Sequence[float], *, alt: str
) -> str:
    """A line with a band around it, evenly spaced, as SVG in the colour of the text.

    Where 0 lies within, it is a dashed line. `alt` replaces the picture in words.
    """
    bottom, top = min([*low, *middle, 0.0]), max([*high, *middle, 0.0])
    if bottom == top:
        top = bottom + 1.0
    step = (_WIDTH - 2 * _MARGIN) / max(len(middle) - 1, 1)

    def height(value: float) -> float:
        return _MARGIN + (top - value) / (top - bottom) * (_HEIGHT - 2 * _MARGIN)

    def points(values: Sequence[float]) -> list[str]:
        return [
            f"{_MARGIN + place * step:.1f},{height(value):.1f}"
            for place, value in enumerate(values)
        ]

    band = " ".join([*points(high), *reversed(points(low))])
    zero = f"{height(0.0):.1f}"
    return (
        f'<svg role="img" aria-label="{escape(alt, quote=True)}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}">'
        f'<polygon points="{band}" fill="currentColor" fill-opacity="0.2"/>'
        f'<line x1="0" x2="{_WIDTH}" y1="{zero}" y2="{zero}" stroke="currentColor" '
        'stroke-opacity="0.5" stroke-dasharray="3 3"/>'
        f'<polyline points="{" ".join(points(middle))}" fill="none" '
        'stroke="currentColor" stroke-width="2"/></svg>'
    )


def source_hash(text: str) -> str:
    """A script or style as a page's content policy names it, so that no other is run."""
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def json_in_html(found: Any) -> str:
    """JSON that cannot end the element it stands in."""
    return json.dumps(found, ensure_ascii=False).replace("<", "\\u003c")
