"""Printing what was found: as a table for people, as JSON or YAML for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.text import Text

from tiercel.cli.console import err, out, write
from tiercel.cli.view import state_style

Column = tuple[str, str | Callable[[Mapping[str, Any]], Any]]
"""Title of a column, and a dotted path into an item or what gives its text."""

_WIDEST = 60
_GAP = "  "


def show_data(data: Any, output: str) -> None:
    """Print data as JSON or YAML."""
    if output == "json":
        text = json.dumps(data, indent=2, ensure_ascii=False)
    else:
        import yaml

        text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True).rstrip()
    write(text)


def show_list(
    items: Sequence[Mapping[str, Any]],
    columns: Sequence[Column],
    output: str,
    *,
    nothing: str = "nothing found",
) -> None:
    """Print a list: as a table with these columns, else everything that is known of each item."""
    if output != "table":
        show_data(list(items), output)
        return
    if not items:
        err.print(f"[dim]{nothing}[/]")
        return
    rows = [[_cell(item, source) for _, source in columns] for item in items]
    show_table([title for title, _ in columns], rows)


def show_table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows of texts under titles, each column as wide as it must be."""
    rows = list(rows)
    widths = [
        max([len(title), *(min(len(row[index]), _WIDEST) for row in rows)])
        for index, title in enumerate(titles)
    ]
    header = _GAP.join(
        title.upper().ljust(width) for title, width in zip(titles, widths, strict=True)
    )
    out.print(Text(header.rstrip(), style="bold"))
    for row in rows:
        line = Text()
        for text, width in zip(row, widths, strict=True):
            line.append(text.ljust(width), style=state_style(text))
            line.append(_GAP)
        line.rstrip()
        out.print(line)


def _cell(item: Mapping[str, Any], source: str | Callable[[Mapping[str, Any]], Any]) -> str:
    if callable(source):
        value = source(item)
    else:
        value = item
        for name in source.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("\n", " ")


def moment(text: str | None) -> str:
    """Return a moment of the API in the zone of the machine, to the second."""
    if not text:
        return ""
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def clock(text: str) -> str:
    """Return the time of a moment of the API, in the zone of the machine, with milliseconds."""
    return datetime.fromisoformat(text).astimezone().strftime("%H:%M:%S.%f")[:-3]
