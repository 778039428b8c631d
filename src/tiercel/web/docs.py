"""Writes the list of all requests into the documentation of the API.

``python -m tiercel.web.docs docs/api.md`` writes what stands between its two marks anew.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from tiercel.web.app import create_app

BEGIN = "<!-- Made by `python -m tiercel.web.docs docs/api.md` from the routes: -->"
END = "<!-- until here -->"


def request_list() -> str:
    """Return all requests as Markdown: a table for each part of the API."""
    document = create_app(cast("Any", SimpleNamespace())).openapi()
    parts: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tag = operation["tags"][0]
            text = " ".join(operation["description"].partition("\n\n")[0].split())
            parts.setdefault(tag, []).append(f"| `{method.upper()} {path}` | {text} |")
    tables = (
        "\n".join([f"### {tag.capitalize()}", "", "| Request | Effect |", "|---|---|", *rows, ""])
        for tag, rows in sorted(parts.items())
    )
    return "\n".join(tables)


def written(text: str) -> str:
    """Return a document with its list of requests made anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{request_list()}\n{END}{after}"


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(written(page.read_text("utf-8")), "utf-8")
