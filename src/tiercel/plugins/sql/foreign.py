"""Columns of types that a database brings along: hstore, and arrays of enums and composites."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tiercel.plugins.sql.values import adapters

if TYPE_CHECKING:
    from psycopg import Connection

Change = Callable[[Any], Any]
"""Gives the value of a cell from its text."""

_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_ARRAY_TOKEN = re.compile(rf'([{{}},])|{_QUOTED}|([^{{}},"]+)', re.DOTALL)
_ARRAY_BOUNDS = re.compile(r"(?:\[-?\d+:-?\d+\])+=")
_HSTORE_PAIR = re.compile(rf"{_QUOTED}=>(?:NULL|{_QUOTED})", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_QUESTION = "SELECT oid, typname, typcategory FROM pg_type WHERE oid = ANY(%s)"


def parse_array(text: str) -> list[Any]:
    """Return the elements of an array's text, nested as it is; elements are texts or None."""
    root: list[Any] = []
    open_lists = [root]
    for bracket, quoted, plain in _ARRAY_TOKEN.findall(_ARRAY_BOUNDS.sub("", text, count=1)):
        if bracket == "{":
            inner: list[Any] = []
            open_lists[-1].append(inner)
            open_lists.append(inner)
        elif bracket == "}":
            open_lists.pop()
        elif not bracket:
            value = plain or _ESCAPED.sub(r"\1", quoted)
            open_lists[-1].append(None if plain.upper() == "NULL" else value)
    found: list[Any] = root[0]
    return found


def parse_hstore(text: str) -> dict[str, str | None]:
    """Return the pairs of an ``hstore`` text."""
    found: dict[str, str | None] = {}
    for pair in _HSTORE_PAIR.finditer(text):
        key, value = pair.groups()
        found[_ESCAPED.sub(r"\1", key)] = None if value is None else _ESCAPED.sub(r"\1", value)
    return found


def changes_of(connection: Connection[Any], types: Sequence[int]) -> list[Change | None] | None:
    """Return what turns each column's text into its value; None when no column needs it.

    Asks the server only about types that PostgreSQL itself does not have.

    Args:
        types: Type numbers of the columns.
    """
    known = adapters().types
    unknown = [number for number in types if known.get(number) is None]
    if not unknown:
        return None
    with connection.cursor() as cursor:
        rows = cursor.execute(_QUESTION, [unknown]).fetchall()
    changes: dict[int, Change] = {}
    for number, name, category in rows:
        if name == "hstore":
            changes[number] = parse_hstore
        elif category == "A":
            changes[number] = parse_array
    return [changes.get(number) for number in types] if changes else None


def described_columns(connection: Connection[Any], sql: str) -> list[tuple[str, int]]:
    """Return names and types of the columns that a statement will give, without running it.

    Raises:
        psycopg.Error: The server refuses the statement.
    """
    from psycopg import pq
    from psycopg.errors import error_from_result

    prepared = connection.pgconn.prepare(b"", sql.encode())
    if prepared.status != pq.ExecStatus.COMMAND_OK:
        raise error_from_result(prepared)
    described = connection.pgconn.describe_prepared(b"")
    if described.status != pq.ExecStatus.COMMAND_OK:
        raise error_from_result(described)
    return [
        ((described.fname(index) or b"").decode(), described.ftype(index))
        for index in range(described.nfields)
    ]
