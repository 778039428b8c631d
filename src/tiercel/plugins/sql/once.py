"""Commits that happen once, even when the worker is lost right after one.

A worker that dies between the commit and its report leaves an attempt that is run again. Before a
transaction commits, its id is noted with the attempt; the next try of the same attempt asks the
server what became of that transaction, and repeats nothing that was committed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tiercel.model.task import LogLevel
from tiercel.plugin.task import TaskFailedError

if TYPE_CHECKING:
    from psycopg import Connection

    from tiercel.plugin.context import TaskContext
    from tiercel.plugins.sql.session import Session

_ASK_EVERY_SECONDS = 0.2
_ASK_TIMES = 300
_PLACE, _TRANSACTION, _OUTPUTS = "place", "transaction", "outputs"


async def committed_before(session: Session, context: TaskContext) -> dict[str, Any] | None:
    """Return the outputs of a lost try of this attempt that had committed; None to run anew.

    Raises:
        TaskFailedError: The lost try's transaction is still open after a minute.
    """
    note = await context.read_note()
    if note is None or note.get(_PLACE) != session.place:
        return None
    for _ in range(_ASK_TIMES):
        status = await session.call(lambda connection: _status(connection, note[_TRANSACTION]))
        if status != "in progress":
            break
        await asyncio.sleep(_ASK_EVERY_SECONDS)
    else:
        raise TaskFailedError(
            f"Transaction {note[_TRANSACTION]} of a worker that was lost is still open on "
            f"{session.place}"
        )
    if status != "committed":
        return None
    context.log(LogLevel.INFO, "A worker that was lost had committed this; nothing is repeated")
    outputs: dict[str, Any] = note[_OUTPUTS]
    return outputs


async def commit_once(session: Session, context: TaskContext, outputs: Mapping[str, Any]) -> None:
    """Note what is about to be committed, then commit; a note is only made of writes."""
    transaction = await session.call(_transaction)
    if transaction is not None:
        await context.write_note(
            {_PLACE: session.place, _TRANSACTION: transaction, _OUTPUTS: dict(outputs)}
        )
    await session.call(_commit)


def _transaction(connection: Connection[Any]) -> str | None:
    row = connection.execute("SELECT pg_current_xact_id_if_assigned()::text").fetchone()
    return row[0] if row else None


def _status(connection: Connection[Any], transaction: str) -> str | None:
    """Return committed, aborted or in progress; None for one that is too old to be known."""
    row = connection.execute("SELECT pg_xact_status(%s::xid8)", [transaction]).fetchone()
    connection.rollback()
    return row[0] if row else None


def _commit(connection: Connection[Any]) -> None:
    connection.commit()
