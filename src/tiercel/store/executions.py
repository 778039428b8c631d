"""Executions and their task runs outside of steps: creating, reading, searching, deleting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from tiercel.model.execution import Execution, TaskRun
from tiercel.model.news import Created, ExecutionEnded, News
from tiercel.model.state import StateType
from tiercel.store.codec import (
    decode_execution,
    decode_task_run,
    encode,
    encode_labels,
    storable_text,
)
from tiercel.store.database import Database
from tiercel.store.errors import translated
from tiercel.store.group_commit import GroupCommit
from tiercel.store.queries import queries
from tiercel.store.search import (
    Condition,
    Field,
    Operation,
    Searched,
    SearchTable,
    Sort,
    search_sql,
)

_SQL = queries("executions")
_OPEN_LINKS = queries("children")["open_links"]
_FORGET_LINKS = queries("children")["forget_links"]
_QUEUES = queries("children")["queues"]
_ADD_NEWS = queries("inbox")["add_news"]
_LONGEST_ID = 100

EXECUTION_SEARCH = SearchTable(
    search=_SQL["search_executions"],
    count=_SQL["count_executions"],
    fields={
        "id": Field("id"),
        "namespace": Field("namespace"),
        "flow_id": Field("flow_id"),
        "flow_revision": Field("flow_revision", "number"),
        "state": Field("state"),
        "start_date": Field("start_date", "date"),
        "end_date": Field("end_date", "date"),
        "duration": Field("(last_date - start_date)", "sorted"),
        "kind": Field("kind"),
        "parent_id": Field("parent_id"),
        "trigger_id": Field("trigger_id"),
        "trigger_execution_id": Field("trigger_execution_id"),
        "labels": Field("labels", "labels"),
        "q": Field("", "any", ("id", "namespace", "flow_id")),
    },
    key=("id",),
    default=(Sort("start_date", descending=True),),
)
_IDS_SEARCH = replace(EXECUTION_SEARCH, search=_SQL["search_execution_ids"])
_IDS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class _Creation:
    """One call of ``create`` in the queue."""

    executions: Sequence[Execution]
    news: News
    task_runs: Sequence[TaskRun]


class Executions(Searched[Execution]):
    """Executions with their task runs; news and jobs go with them."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, EXECUTION_SEARCH, lambda row: decode_execution(row["document"]))
        self._creations: GroupCommit[_Creation, list[str]] = GroupCommit(self._write)

    async def create(
        self,
        executions: Sequence[Execution],
        news: News | None = None,
        task_runs: Sequence[TaskRun] = (),
    ) -> list[str]:
        """Store executions with their first news, ``Created`` if none is given; return the new ids.

        An id that is taken already is left as it is: a repeat does nothing. The news is due at the
        date of the execution's state. Calls made at the same time share a transaction.

        Args:
            task_runs: Those the executions begin with (replays).
        """
        return await self._creations.add(_Creation(executions, news or Created(), task_runs))

    async def drain(self) -> None:
        """Wait until everything handed to :meth:`create` is written."""
        await self._creations.drain()

    async def get(self, execution_id: str) -> Execution | None:
        """Return one execution's header."""
        document = await self._database.fetch_value(_SQL["get_execution"], execution_id)
        return None if document is None else decode_execution(document)

    async def headers(self, execution_ids: Sequence[str]) -> dict[str, Execution]:
        """Return the headers of those executions that exist, by id."""
        rows = await self._database.fetch(_SQL["get_executions"], list(execution_ids))
        found = [decode_execution(row["document"]) for row in rows]
        return {execution.id: execution for execution in found}

    async def with_task_runs(
        self, execution_id: str, only: Sequence[str] | None = None
    ) -> tuple[Execution, list[TaskRun], int] | None:
        """Return an execution and its task runs in order of creation, as of one moment.

        The number is the version: it grows by one with every step that is written.

        Args:
            only: Ids of the task runs that are wanted; all by default.
        """
        if only is None:
            rows = await self._database.fetch(_SQL["read_execution"], execution_id)
        else:
            query = _SQL["read_some_of_execution"]
            rows = await self._database.fetch(query, execution_id, list(only))
        if not rows or rows[0]["sequence"] >= 0:
            return None
        header, *runs = rows
        task_runs = [decode_task_run(row["document"]) for row in runs]
        return decode_execution(header["document"]), task_runs, header["version"]

    async def task_runs(self, execution_ids: Sequence[str]) -> dict[str, list[TaskRun]]:
        """Return the task runs of executions in order of creation; every id has an entry."""
        found: dict[str, list[TaskRun]] = {execution_id: [] for execution_id in execution_ids}
        for row in await self._database.fetch(_SQL["task_runs_of"], list(execution_ids)):
            found[row["execution_id"]].append(decode_task_run(row["document"]))
        return found

    async def ids(self, conditions: Sequence[Condition] = (), *, most: int) -> list[str]:
        """Return the ids of executions that fit, in order; no more than ``most``.

        They are read in pages that begin behind the last id of the page before: none is read twice.
        """
        found: list[str] = []
        while len(found) < most:
            behind = [Condition("id", Operation.GREATER_THAN, found[-1])] if found else []
            size = min(_IDS_AT_ONCE, most - len(found))
            wanted = [*conditions, *behind]
            text, args = search_sql(_IDS_SEARCH, wanted, [Sort("id")], 1, size)
            rows = await self._database.fetch(text, *args)
            found += [row["id"] for row in rows]
            if len(rows) < size:
                break
        return found

    async def queues(self) -> list[tuple[str, str]]:
        """Return namespaces and ids of flows with QUEUED executions."""
        rows = await self._database.fetch(_QUEUES)
        return [(row["namespace"], row["flow_id"]) for row in rows]

    async def delete(self, execution_id: str, *, logs: bool = True, metrics: bool = True) -> bool:
        """Remove an execution and everything stored about it; return whether there was one.

        Args:
            logs, metrics: False to keep its log, or its metrics.
        """
        async with self._database.transaction() as connection:
            if await connection.fetchval(_SQL["delete_execution"], execution_id) is None:
                return False
            with translated():
                # one statement per command: the driver sends no parameters with several
                await connection.execute(_SQL["delete_execution_rest"], execution_id, logs, metrics)
                await _tell_parents(connection, execution_id)
                await connection.execute(_FORGET_LINKS, execution_id)
        return True

    async def _write(self, creations: Sequence[_Creation]) -> list[list[str]]:
        headers = [execution for creation in creations for execution in creation.executions]
        news = [encode(creation.news) for creation in creations for _ in creation.executions]
        runs = [run for creation in creations for run in creation.task_runs]
        rows = await self._database.fetch(
            _SQL["create_executions"], *header_columns(headers), news, *task_run_columns(runs)
        )
        made = {row["id"] for row in rows}
        answers = []
        for creation in creations:
            answers.append([item.id for item in creation.executions if item.id in made])
            made.difference_update(answers[-1])
        return answers


async def _tell_parents(connection: Any, execution_id: str) -> None:
    """Let those who wait for an execution that is deleted know that it never ends."""
    for row in await connection.fetch(_OPEN_LINKS, [execution_id]):
        news = ExecutionEnded(
            row["task_run_id"],
            row["attempt_id"],
            execution_id,
            StateType.KILLED,
            batch=row["batch"],
        )
        await connection.fetch(_ADD_NEWS, [row["parent_id"]], [datetime.now(UTC)], [encode(news)])


def header_columns(executions: Sequence[Execution]) -> list[list[Any]]:
    """Return the columns of new rows of ``executions``, then the dates of their first news."""
    triggers = [execution.trigger for execution in executions]
    states = [execution.state for execution in executions]
    return [
        [execution.id for execution in executions],
        [execution.namespace for execution in executions],
        [execution.flow_id for execution in executions],
        [execution.flow_revision for execution in executions],
        [state.current.value for state in states],
        [state.start_date for state in states],
        [state.end_date for state in states],
        [state.last_date for state in states],
        [execution.kind for execution in executions],
        [execution.parent_id for execution in executions],
        [trigger.id if trigger else None for trigger in triggers],
        [_parent_execution(trigger.variables) if trigger else None for trigger in triggers],
        [encode_labels(execution.labels) for execution in executions],
        [encode(execution) for execution in executions],
        [state.last_date for state in states],
    ]


def _parent_execution(variables: dict[str, Any]) -> str | None:
    value = variables.get("executionId")
    if not isinstance(value, str) or len(value) > _LONGEST_ID:
        return None
    return storable_text(value)


def task_run_columns(task_runs: Sequence[TaskRun]) -> list[list[Any]]:
    """Return the columns of rows of ``task_runs``."""
    return [
        [run.execution_id for run in task_runs],
        [run.id for run in task_runs],
        [run.sequence for run in task_runs],
        [run.task_id for run in task_runs],
        [run.state.current.value for run in task_runs],
        [encode(run) for run in task_runs],
    ]


def loaded(rows: Sequence[Any]) -> dict[str, tuple[Execution, list[TaskRun]]]:
    """Return the rows of ``load_executions`` by execution."""
    found: dict[str, tuple[Execution, list[TaskRun]]] = {}
    for row in rows:
        if row["sequence"] < 0:
            found[row["execution_id"]] = (decode_execution(row["document"]), [])
        elif row["execution_id"] in found:
            found[row["execution_id"]][1].append(decode_task_run(row["document"]))
    return found
