"""Named queries from the ``.sql`` files beside this module, one file per noun."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def queries(noun: str) -> dict[str, str]:
    """Return the queries of ``sql/<noun>.sql`` by name, comments and closing semicolon removed.

    A file is a row of ``-- name: x`` lines, each followed by its SQL. Words in braces are places
    that code fills with fragments of its own, never with text from outside.
    """
    text = (files(__package__) / "sql" / f"{noun}.sql").read_text("utf-8")
    _, *parts = _NAME.split(text)
    return {name: _bare(body) for name, body in zip(parts[::2], parts[1::2], strict=True)}


def _bare(body: str) -> str:
    lines = [line for line in body.splitlines() if not line.startswith("--")]
    return "\n".join(lines).strip().removesuffix(";")
