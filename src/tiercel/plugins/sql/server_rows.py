"""Row files made of the texts that the server has for values, without making a value of any cell.

The server sends columns whose texts need little more than names and quotes around them, which
:mod:`tiercel.plugins.sql.row_lines` adds to thousands of rows at once; where that would be wrong,
as for dates before Christ, it sends the whole line beside them. Several times faster than making
values. Only for types whose text is known exactly; the forms are those of
:mod:`tiercel.plugins.rows.ion`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, tzinfo
from typing import NamedTuple

from tiercel.plugins.rows.ion import field_name
from tiercel.plugins.sql.row_lines import Cell, Change, RowLines
from tiercel.plugins.sql.statements import Kind, pieces

_MAY_BEGIN = frozenset({"SELECT", "VALUES", "TABLE", "WITH"})
_MUST_NOT_HOLD = frozenset({"INTO", "INSERT", "UPDATE", "DELETE", "MERGE", "SHARE"})
_ARGUMENTS = 96
"""Arguments of one call; PostgreSQL takes a hundred."""

_FIRST, _END = "'0001-01-01'", "'10000-01-01'"

_TEXT = "to_json({0})::text"
_SPECIAL = (
    "WHEN {0} = 'NaN' THEN 'nan' WHEN {0} = 'Infinity' THEN '+inf' "
    "WHEN {0} = '-Infinity' THEN '-inf' "
)
_EXPONENT = (
    "regexp_replace(regexp_replace({0}::text, 'e\\+?(-?)0*', 'e\\1'), '^(-?\\d+)e', '\\1.0e')"
)
_BYTES = "'{{{{' || replace(encode({0}, 'base64'), E'\\n', '') || '}}}}'"
_BOOLEAN = "CASE WHEN {0} THEN 'true' ELSE 'false' END"
_NUMERIC = (
    "CASE WHEN scale({0}) > 0 THEN {0}::text "
    + _SPECIAL
    + "WHEN abs({0}) < 9223372036854775808 THEN {0}::text ELSE {0}::text || '.' END"
)
_DATE = (
    f"CASE WHEN {{0}} >= {_FIRST} AND {{0}} < {_END} THEN {{0}}::text "
    "ELSE to_json({0}::text)::text END"
)
_TIMESTAMP = (
    f"CASE WHEN {{0}} >= {_FIRST} AND {{0}} < {_END} "
    "THEN 'LocalDateTime::' || to_json({0})::text "
    "ELSE to_json({0}::text)::text END"
)
_TIME = (
    "CASE WHEN {0} = '24:00:00' THEN '\"24:00:00\"' ELSE "
    "'LocalTime::\"' || left({0}::text, 8) || '\"' END"
)


def _float(limit: str) -> str:
    """Return the form of floats, which have an exponent of their own from ``limit`` on."""
    return (
        f"CASE WHEN {{0}} = trunc({{0}}) AND abs({{0}}) < {limit} THEN {{0}}::text || '.0e0' "
        f"WHEN abs({{0}}) >= 1e-4 AND abs({{0}}) < {limit} THEN {{0}}::text || 'e0' "
        + _SPECIAL
        + f"ELSE {_EXPONENT} END"
    )


_INTEGERS = frozenset({20, 21, 23})
_TEXTS = frozenset({18, 19, 25, 1042, 1043, 2950})
_FLOATS = frozenset({700, 701})
_DATE_TYPE, _TIMESTAMP_TYPE, _MOMENT_TYPE = 1082, 1114, 1184

_FORMS = {
    16: _BOOLEAN,
    17: _BYTES,
    **dict.fromkeys(_INTEGERS, "{0}::text"),
    **dict.fromkeys(_TEXTS, _TEXT),
    700: _float("1e6"),
    701: _float("1e15"),
    1700: _NUMERIC,
    1082: _DATE,
    1114: _TIMESTAMP,
    1083: _TIME,
}
"""SQL that gives a value's Ion text, by number of the type; ``{0}`` is the value, never null."""

_UTC_NAMES = frozenset({"UTC", "Etc/UTC"})


def row_file_plan(
    sql: str, columns: Sequence[tuple[str, int]], zone: tzinfo, date_style: str | None
) -> tuple[str, RowLines] | None:
    """Return a COPY and what makes the row file of its output; None when it can't be made.

    Args:
        columns: Names and type numbers of the query's columns.
        zone: Moments with a zone are shown in it.
        date_style: The session's ``DateStyle``.
    """
    names = [name for name, _ in columns]
    if not columns or len(set(names)) < len(names) or not _is_plain_query(sql):
        return None
    if not (date_style or "").startswith("ISO"):
        return None
    forms = [_form(kind, zone) for _, kind in columns]
    if None in forms:
        return None
    sent = [
        _sent(kind, form or "", f"c{number}", zone)
        for number, ((_, kind), form) in enumerate(zip(columns, forms, strict=True))
    ]
    odd = [one.odd for one in sent if one.odd]
    selected = ", ".join(one.sql for one in sent)
    if odd:
        line = _line(names, [form or "" for form in forms])
        selected += f", CASE WHEN {' OR '.join(odd)} THEN {line} ELSE '' END"
    aliases = ", ".join(f"c{number}" for number in range(len(names)))
    # the query is the flow author's; as a subquery it must be one, and was prepared before
    query = f"SELECT {selected} FROM (\n{sql}\n) AS tiercel_rows({aliases})"  # noqa: S608
    cells = [one.cell for one in sent]
    return f"COPY ({query}) TO STDOUT", RowLines(names, cells, has_whole_lines=bool(odd))


class _Sent(NamedTuple):
    """How a column comes: its SQL, what is done with its text, and when that would be wrong."""

    sql: str
    cell: Cell
    odd: str = ""


def _sent(kind: int, form: str, name: str, zone: tzinfo) -> _Sent:
    if kind in _INTEGERS:
        return _Sent(name, Cell())
    if kind in _TEXTS:
        return _Sent(name, Cell('"', '"', Change.QUOTED))
    if kind in _FLOATS:
        return _Sent(name, Cell(change=Change.FLOAT))
    odd = f"{name} < {_FIRST} OR {name} >= {_END}"
    if kind == _DATE_TYPE:
        return _Sent(name, Cell(), odd)
    if kind == _TIMESTAMP_TYPE:
        return _Sent(name, Cell('LocalDateTime::"', '"', Change.DATED), odd)
    key = getattr(zone, "key", None)
    if kind == _MOMENT_TYPE and key in _UTC_NAMES:
        local = f"{name} AT TIME ZONE 'UTC'"
        odd = f"({local}) < {_FIRST} OR ({local}) >= {_END}"
        return _Sent(local, Cell('ZonedDateTime::"', f'Z[{key}]"', Change.DATED), odd)
    return _Sent(f"CASE WHEN {name} IS NOT NULL THEN {form.format(name)} END", Cell())


def _line(names: Sequence[str], forms: Sequence[str]) -> str:
    """Return SQL that gives a row's whole line."""
    cells = []
    for number, (name, form) in enumerate(zip(names, forms, strict=True)):
        cell = f"c{number}"
        start = ("," if number else "{") + field_name(name) + ":"
        cells += [
            _literal(start),
            f"CASE WHEN {cell} IS NULL THEN 'null' ELSE {form.format(cell)} END",
        ]
    groups = [cells[at : at + _ARGUMENTS] for at in range(0, len(cells), _ARGUMENTS)]
    return " || ".join([*(f"concat({', '.join(group)})" for group in groups), "'}'"])


def _form(kind: int, zone: tzinfo) -> str | None:
    return _moment(zone) if kind == _MOMENT_TYPE else _FORMS.get(kind)


def _moment(zone: tzinfo) -> str | None:
    """Return the form of a moment in a zone: its local time, offset and name."""
    name = getattr(zone, "key", None)
    if name is None or zone is UTC:
        return None
    local = f"({{0}} AT TIME ZONE {_literal(name)})"
    end = "'Z'"
    if name not in _UTC_NAMES:
        offset = f"({local} - ({{0}} AT TIME ZONE 'UTC'))"
        end = (
            f"CASE WHEN {offset} = '0' THEN 'Z' "
            f"WHEN {offset} < '0' THEN '-' || {_clock(f'-{offset}')} "
            f"ELSE '+' || {_clock(offset)} END"
        )
    return (
        f"CASE WHEN {local} >= {_FIRST} AND {local} < {_END} THEN "
        f"concat('ZonedDateTime::', rtrim(to_json({local})::text, '\"'), {end}, "
        f"{_literal(f'[{name}]')}, '\"') ELSE to_json({{0}}::text)::text END"
    )


def _clock(interval: str) -> str:
    """Return SQL of an offset as ``HH:MM``, with seconds only where there are any."""
    text = f"to_char({interval}, 'HH24:MI:SS')"
    return f"CASE WHEN right({text}, 3) = ':00' THEN left({text}, 5) ELSE {text} END"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _is_plain_query(sql: str) -> bool:
    """Whether a statement may stand as a subquery: it reads, and nothing else."""
    words = [piece.text.upper() for piece in pieces(sql) if piece.kind is Kind.WORD]
    return bool(words) and words[0] in _MAY_BEGIN and not _MUST_NOT_HOLD.intersection(words)
