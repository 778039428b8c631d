"""Points on a logarithmic scale, as SVG that reads on light and on dark pages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

COLUMNS = 2
WIDTH, LABEL, VALUE = 440, 130, 60
LINE, HEAD, GAP = 20, 44, 24
_OURS, _OTHERS, _INK = "#0f766e", "#94a3b8", "#64748b"


@dataclass(frozen=True)
class Point:
    """A figure with a name."""

    label: str
    value: float
    shown: str
    is_ours: bool


@dataclass(frozen=True)
class Panel:
    """The points of one measure."""

    title: str
    unit: str
    points: Sequence[Point]


def places(values: Sequence[float], room: float) -> list[float]:
    """Return how far to the right each value is: ten times as much is as far everywhere.

    The room is a factor of ten at least, so that small differences look small.
    """
    low, high = min(values), max(values)
    decades = max(1.0, math.log10(high / low))
    return [room * math.log10(value / low) / decades for value in values]


def drawn(panels: Sequence[Panel]) -> str:
    """Return the picture."""
    rows = [panels[start : start + COLUMNS] for start in range(0, len(panels), COLUMNS)]
    parts, top = [], 0
    for row in rows:
        for column, panel in enumerate(row):
            parts.append(_panel(panel, column * (WIDTH + GAP), top))
        top += HEAD + LINE * max(len(panel.points) for panel in row) + GAP
    width = COLUMNS * WIDTH + (COLUMNS - 1) * GAP
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top}" role="img"'
        ' font-family="system-ui, sans-serif" font-size="12">'
    )
    return "\n".join([head, "<title>Medians, logarithmic scale</title>", *parts, "</svg>\n"])


def _panel(panel: Panel, left: int, top: int) -> str:
    lines = [
        f'<text x="{left}" y="{top + 16}" font-weight="600" fill="{_INK}">'
        f"{escape(panel.title)}</text>",
        f'<text x="{left}" y="{top + 32}" font-size="10" fill="{_INK}">{escape(panel.unit)}</text>',
    ]
    room = WIDTH - LABEL - VALUE - 10
    sized = places([point.value for point in panel.points], room)
    for number, (point, length) in enumerate(zip(panel.points, sized, strict=True)):
        line = top + HEAD + number * LINE
        weight = ' font-weight="600"' if point.is_ours else ""
        colour = _OURS if point.is_ours else _OTHERS
        after = left + LABEL + length + 10
        lines += [
            f'<text x="{left}" y="{line + 12}" fill="{_INK}"{weight}>{escape(point.label)}</text>',
            f'<line x1="{left + LABEL}" x2="{left + LABEL + length:.1f}" y1="{line + 8}"'
            f' y2="{line + 8}" stroke="{colour}" stroke-opacity="0.4"/>',
            f'<circle cx="{left + LABEL + length:.1f}" cy="{line + 8}" r="5" fill="{colour}"/>',
            f'<text x="{after:.1f}" y="{line + 12}" fill="{_INK}"{weight}>{point.shown}</text>',
        ]
    return "\n".join(lines)
