"""What a database refuses: in the words of the server, with the place, without the password."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tiercel.plugin.task import TaskFailedError

if TYPE_CHECKING:
    import psycopg

    from tiercel.plugins.sql.url import Address

_FATAL = re.compile(r"FATAL:\s+(.+)")
_SHORT = 100


def statement_failure(error: psycopg.Error, place: str = "") -> TaskFailedError:
    """Return the failure of a statement: the server's message, then one indented line per detail.

    Args:
        place: Which statement it was, for tasks that run several.
    """
    diagnostic = error.diag
    if diagnostic.message_primary is None:
        return TaskFailedError(_one_line(str(error)))
    lines = [f"{diagnostic.severity}: {diagnostic.message_primary}"]
    details = (
        ("Detail", diagnostic.message_detail),
        ("Hint", diagnostic.message_hint),
        ("Position", diagnostic.statement_position),
        ("Where", diagnostic.context),
    )
    lines += [f"  {name}: {text}" for name, text in details if text]
    if place:
        lines.append(f"  {place}")
    return TaskFailedError("\n".join(lines))


def statement_place(number: int, count: int, sql: str) -> str:
    """Return ``Statement: 2 of 3: INSERT INTO …``, or nothing when there is only one."""
    if count == 1:
        return ""
    text = _one_line(sql)
    return f"Statement: {number} of {count}: {text[:_SHORT]}{'…' if len(text) > _SHORT else ''}"


def connection_failure(error: psycopg.Error, address: Address) -> TaskFailedError:
    """Return why no connection could be made, and to where."""
    text = str(error)
    where = f"\n  Where: connecting to {address.place}"
    if fatal := _FATAL.search(text):
        return TaskFailedError(f"FATAL: {fatal.group(1).strip()}{where}")
    host, port = address.hosts[0]
    if "failed to resolve host" in text or "could not translate host name" in text:
        return TaskFailedError(f"Unknown host '{host}': no address was found for it.{where}")
    if "refused" in text:
        return TaskFailedError(
            f"Connection to {host}:{port} refused. Check that the hostname and port are correct and"
            f" that the postmaster is accepting TCP/IP connections.{where}"
        )
    reason = text.rsplit(" failed: ", 1)[-1]
    return TaskFailedError(f"The connection attempt failed: {_one_line(reason)}{where}")


def _one_line(text: str) -> str:
    return " ".join(text.split())
