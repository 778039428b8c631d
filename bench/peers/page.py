"""Rows as tables, plots and words, in the marked section of a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.peers.plot import Panel, Point, drawn
from bench.peers.reasons import REASONS
from bench.peers.rows import BY_KEY, MEASURES, QUIET, Measure, Row

BEGIN, END = "<!-- peers: begin -->", "<!-- peers: end -->"
OURS = "Tiercel"
FLOOR = "no orchestrator"
PLOT = "peers.svg"


def figure(value: float) -> str:
    """Return a figure with three digits that mean something."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 0.0995 else f"{value:.2g}"


def shown(row: Row) -> str:
    """Return a row for a terminal."""
    head = f"{row.peer:<16} {row.measure:<8} {row.what:<44}"
    if not row.values:
        return f"{head} {row.failure}"
    spread = f"{figure(min(row.values))} to {figure(max(row.values))}, n={len(row.values)}"
    return f"{head} {figure(row.median):>8} {BY_KEY[row.measure].unit} ({spread}) {row.failure}"


def write_page(page: Path, rows: Sequence[Row]) -> None:
    """Replace the section of a page and the plot beside it."""
    page.write_text(replaced(page.read_text(), section(rows)))
    (page.parent / PLOT).write_text(drawn(panels(rows)))


def replaced(text: str, inner: str) -> str:
    """Return a page with another section between the marks, behind everything if it has none."""
    block = f"{BEGIN}\n{inner.strip()}\n{END}\n"
    if BEGIN not in text:
        return f"{text.rstrip()}\n\n{block}"
    before, _, rest = text.partition(BEGIN)
    return before + block + rest.partition(END)[2].lstrip("\n")


def section(rows: Sequence[Row]) -> str:
    """Return what the page says of these rows."""
    parts = [_head(rows), f"![Medians of every peer]({PLOT})"]
    for measure in MEASURES:
        found = [row for row in rows if row.measure == measure.key]
        if found:
            parts.append(table(measure, found))
    parts.append(lost(rows))
    return "\n\n".join(parts)


def _head(rows: Sequence[Row]) -> str:
    versions = {row.peer.partition(" (")[0]: row.version for row in rows if row.version}
    named = ", ".join(f"{peer} {version}" for peer, version in versions.items() if peer != FLOOR)
    days = sorted({row.taken[:10] for row in rows})
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    text = (
        "## Beside other orchestrators\n\n"
        "`make bench-peers` installs each into an environment of its own, has all of them do the"
        f" same work in turn on this machine, and writes this section. Taken {when}: {named}."
        " Bold is the median that stands for a peer, the others are beside it. What runs in the"
        " caller's own process (Luigi, DBOS) is told as a library: it takes a function call where"
        " the others take a request, a stored run and, mostly, a process."
    )
    busy = [
        f"{row.peer}, {row.what} ({BY_KEY[row.measure].title.partition(':')[0].lower()}):"
        f" {row.busy:.0%}"
        for row in rows
        if row.busy > QUIET
    ]
    text += (
        f"\n\nBefore each repetition the machine was waited for: no more than {QUIET:.0%} of it was"
        " in use, idle servers of the peer included"
    )
    text += f", but for {'; '.join(busy)}, whose figures are upper bounds." if busy else "."
    return text


def table(measure: Measure, rows: Sequence[Row]) -> str:
    """Return the table of a measure, best first."""
    lines = [f"### {measure.title}", "", f"| | how | {measure.unit} | range | n | command |"]
    lines.append("|---|---|---|---|---|---|")
    ordered = sorted(
        (row for row in rows if row.values),
        key=lambda row: -row.median if measure.more_is_better else row.median,
    )
    for row in ordered:
        median = f"**{figure(row.median)}**" if row.is_main else figure(row.median)
        spread = f"{figure(min(row.values))} to {figure(max(row.values))}"
        after = f", then {row.failure}" if row.failure else ""
        cells = (row.peer, row.what + after, median, spread, len(row.values), f"`{row.command}`")
        lines.append("| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |")
    lines += [
        f"| {row.peer} | {row.what} | - | {row.failure} | 0 | `{row.command}` |"
        for row in rows
        if not row.values
    ]
    return "\n".join(lines)


def winners(rows: Sequence[Row]) -> list[tuple[Measure, Row, Row]]:
    """Return where a peer's median beats ours: the measure, its row and ours."""
    found = []
    main = [row for row in rows if row.is_main and row.values]
    for measure in MEASURES:
        here = [row for row in main if row.measure == measure.key]
        ours = next((row for row in here if row.peer == OURS), None)
        if ours is not None:
            found += [
                (measure, row, ours)
                for row in here
                if row.peer not in (OURS, FLOOR) and measure.is_better(row.median, ours.median)
            ]
    return found


def lost(rows: Sequence[Row]) -> str:
    """Return in words where a peer wins, and why."""
    lines = ["### Where a peer wins"]
    for measure, row, ours in winners(rows):
        why = REASONS.get((measure.key, row.peer), "not looked into yet.")
        figures = f"{figure(row.median)} beside {figure(ours.median)} {measure.unit}"
        lines.append(f"- {measure.title.partition(':')[0]}: **{row.peer}**, {figures}: {why}")
    if len(lines) == 1:
        lines.append("Nowhere in these figures.")
    return lines[0] + "\n\n" + "\n".join(lines[1:])


def panels(rows: Sequence[Row]) -> list[Panel]:
    """Return the points of each measure: the medians that stand for their peers."""
    found = []
    for measure in MEASURES:
        main = [row for row in rows if row.measure == measure.key and row.is_main and row.values]
        if main:
            ordered = sorted(main, key=lambda row: row.median, reverse=measure.more_is_better)
            points = [
                Point(row.peer, row.median, figure(row.median), row.peer == OURS) for row in ordered
            ]
            sense = "more is better" if measure.more_is_better else "less is better"
            found.append(Panel(measure.title.partition(":")[0], f"{measure.unit}, {sense}", points))
    return found
