"""The scheduler's transaction: claim what is due, then write executions and next dates at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from tiercel.model.execution import Execution
from tiercel.model.job import LogEntry
from tiercel.model.news import Created
from tiercel.store.backfills import backfill
from tiercel.store.codec import decode_execution, encode
from tiercel.store.errors import translated
from tiercel.store.executions import header_columns, loaded, task_run_columns
from tiercel.store.logs import log_row
from tiercel.store.queries import queries
from tiercel.store.values import Backfill, TriggerKey, TriggerState

_SQL = queries("triggers")
_BACKFILLS = queries("backfills")
_EXECUTIONS = queries("executions")
_INSERT_LOGS = queries("logs")["insert_logs"]
_COLUMNS = [field.name for field in fields(TriggerState)]
_FIRST = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FlowTrigger:
    """A trigger that waits for other flows; ``revision`` is its flow's latest."""

    namespace: str
    flow_id: str
    trigger_id: str
    revision: int


@dataclass(frozen=True, slots=True)
class FlowHead:
    """The latest revision of a flow."""

    revision: int
    disabled: bool
    deleted: bool


@dataclass(frozen=True, slots=True)
class DueTrigger:
    """A claimed trigger with the latest revision of its flow."""

    state: TriggerState
    flow_revision: int


@dataclass(frozen=True, slots=True)
class DueBackfill:
    """A claimed backfill with the dates it may start now, by place."""

    backfill: Backfill
    flow_revision: int
    dates: Sequence[tuple[int, datetime]]


@dataclass(frozen=True, slots=True)
class Fire:
    """An execution that a date of a trigger gives."""

    key: TriggerKey
    date: datetime
    execution: Execution
    backfill_id: str = ""


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of an execution's state, once it is committed.

    Attributes:
        state: The state it is in; None for an execution that was deleted.
        seen, reached: Entries ``[seen, reached)`` of its history are new.
    """

    execution_id: str
    state: str | None
    seen: int
    reached: int


@dataclass(frozen=True, slots=True)
class StoredWindow:
    """What a group of conditions of a flow trigger has seen."""

    start: datetime
    end: datetime
    met: frozenset[str]


def trigger_state(row: Any) -> TriggerState:
    """Return a row of ``triggers``."""
    values = {name: row[name] for name in _COLUMNS}
    values["stop_after"] = tuple(row["stop_after"])
    return TriggerState(**values)


def state_columns(states: Iterable[TriggerState]) -> list[list[Any]]:
    """Return the columns that ``save_triggers`` takes."""
    rows = [
        (
            state.namespace,
            state.flow_id,
            state.trigger_id,
            state.kind,
            state.definition,
            state.is_active,
            state.evaluated_at,
            state.next_date,
            ",".join(state.stop_after),
            state.disabled,
            state.execution_id,
            state.evaluating_since,
            state.worker_id,
            state.updated_at,
            state.fired_at,
            state.result,
            state.message,
        )
        for state in states
    ]
    return [list(column) for column in zip(*rows, strict=True)]


class TriggerTransaction:
    """Made by ``store.triggers.transaction()``; every method sends its statement at once."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def claim_due(self, now: datetime, limit: int, kinds: Sequence[str]) -> list[DueTrigger]:
        """Take triggers whose date is reached and that nobody else holds, oldest date first."""
        rows = await self._fetch(_SQL["claim_due"], now, limit, list(kinds))
        return [
            DueTrigger(trigger_state(row), row["flow_revision"])
            for row in rows
            if not row["flow_deleted"]
        ]

    async def claim_missed(
        self, before: datetime, after: TriggerState | None, limit: int
    ) -> list[DueTrigger]:
        """Take schedules whose date has passed, locked ones too, by date; ``after`` is the last
        of the page before."""
        cursor: tuple[Any, ...] = (_FIRST, "", "", "")
        if after is not None:
            cursor = (after.next_date, after.namespace, after.flow_id, after.trigger_id)
        rows = await self._fetch(_SQL["claim_missed"], before, *cursor, limit)
        return [DueTrigger(trigger_state(row), row["flow_revision"]) for row in rows]

    async def lock_flow(self, namespace: str, flow_id: str) -> list[TriggerState]:
        """Hold all triggers of a flow, also those still to come; return the present ones."""
        await self._execute(_SQL["lock_flow"], namespace, flow_id)
        rows = await self._fetch(_SQL["lock_triggers_of_flow"], namespace, flow_id)
        return [trigger_state(row) for row in rows]

    async def latest_flow(self, namespace: str, flow_id: str) -> FlowHead | None:
        """Return what a flow's latest revision is; None when there never was such a flow."""
        rows = await self._fetch(_SQL["latest_revision"], namespace, flow_id)
        return FlowHead(*rows[0].values()) if rows else None

    async def flow_seen(self, namespace: str, flow_id: str, revision: int) -> None:
        """Note that the triggers of a revision were looked at."""
        await self._execute(_SQL["flow_seen"], namespace, flow_id, revision)

    async def lock(self, key: TriggerKey) -> TriggerState | None:
        """Hold one trigger."""
        rows = await self._fetch(_SQL["lock_trigger"], *key)
        return trigger_state(rows[0]) if rows else None

    async def save(self, states: Sequence[TriggerState]) -> None:
        """Store states over those before; each key at most once."""
        if states:
            await self._execute(_SQL["save_triggers"], *state_columns(states))

    async def delete(self, namespace: str, flow_id: str, trigger_ids: Sequence[str]) -> None:
        """Forget states of a flow's triggers."""
        if trigger_ids:
            await self._execute(_SQL["delete_triggers"], namespace, flow_id, list(trigger_ids))

    async def replace_flow_triggers(
        self, namespace: str, flow_id: str, trigger_ids: Sequence[str], revision: int
    ) -> None:
        """Say which triggers of a flow wait for others."""
        sql = _SQL["replace_flow_triggers"]
        await self._execute(sql, namespace, flow_id, list(trigger_ids), revision)

    async def fire(self, fires: Sequence[Fire], now: datetime) -> set[str]:
        """Create the executions of dates that did not fire yet; return their ids."""
        if not fires:
            return set()
        rows = await self._fetch(
            _SQL["add_fires"],
            [fire.key[0] for fire in fires],
            [fire.key[1] for fire in fires],
            [fire.key[2] for fire in fires],
            [fire.date for fire in fires],
            [fire.backfill_id for fire in fires],
            [fire.execution.id for fire in fires],
            now,
        )
        new = {row["execution_id"] for row in rows}
        await self.create([fire.execution for fire in fires if fire.execution.id in new])
        return new

    async def create(self, executions: Sequence[Execution]) -> None:
        """Create executions with their first news; those that are over already are told of."""
        if not executions:
            return
        news = [encode(Created())] * len(executions)
        await self._execute(
            _EXECUTIONS["create_executions"],
            *header_columns(executions),
            news,
            *task_run_columns([]),
        )
        over = [execution for execution in executions if execution.state.is_terminal]
        if over:
            await self._execute(
                _SQL["note_ended"],
                [execution.id for execution in over],
                [execution.state.current.value for execution in over],
                [1] * len(over),
                [len(execution.state.histories) for execution in over],
            )

    async def log(self, entries: Sequence[LogEntry]) -> None:
        """Write log entries."""
        if entries:
            rows = [log_row(entry) for entry in entries]
            columns = [list(column) for column in zip(*rows, strict=True)]
            await self._execute(_INSERT_LOGS, *columns)

    # State changes of executions

    async def take_transitions(self, limit: int) -> list[Transition]:
        """Take state changes that nobody else has taken, in the order they were made."""
        rows = await self._fetch(_SQL["take_transitions"], limit)
        return [
            Transition(row["execution_id"], row["state"], row["seen"], row["reached"])
            for row in sorted(rows, key=lambda row: row["id"])
        ]

    async def release(
        self, ended: Sequence[tuple[str, str | None]], now: datetime
    ) -> list[datetime]:
        """Clear the locks of executions (id and state, None when deleted), count backfills on.

        Returns:
            When the triggers fired whose locks these were.
        """
        ids, states = [entry[0] for entry in ended], [entry[1] for entry in ended]
        rows = await self._fetch(_SQL["release"], ids, states, now)
        await self._execute(_BACKFILLS["end_backfill_dates"], ids, states, now)
        return [row["fired_at"] for row in rows if row["fired_at"] is not None]

    async def executions(self, execution_ids: Sequence[str]) -> dict[str, Any]:
        """Return executions with their task runs, by id."""
        return loaded(await self._fetch(_EXECUTIONS["load_executions"], list(execution_ids)))

    async def header(self, execution_id: str) -> Execution | None:
        """Return one execution."""
        rows = await self._fetch(_EXECUTIONS["get_execution"], execution_id)
        return decode_execution(rows[0]["document"]) if rows else None

    # Windows of flow triggers

    async def window(self, namespace: str, flow_id: str, group_id: str) -> StoredWindow | None:
        """Hold a group of conditions and return what it has seen."""
        await self._execute(_SQL["lock_window"], namespace, flow_id, group_id)
        rows = await self._fetch(_SQL["get_window"], namespace, flow_id, group_id)
        if not rows:
            return None
        return StoredWindow(rows[0]["start_date"], rows[0]["end_date"], frozenset(rows[0]["met"]))

    async def save_window(
        self, namespace: str, flow_id: str, group_id: str, window: StoredWindow | None
    ) -> None:
        """Keep what a group has seen; None forgets it."""
        key = (namespace, flow_id, group_id)
        if window is None:
            await self._execute(_SQL["delete_window"], *key)
        else:
            met = sorted(window.met)
            await self._execute(_SQL["save_window"], *key, window.start, window.end, met)

    async def keep_windows(self, namespace: str, flow_id: str, group_ids: Sequence[str]) -> None:
        """Forget the groups of a flow that are not named."""
        await self._execute(_SQL["delete_windows"], namespace, flow_id, list(group_ids))

    # Backfills

    async def claim_backfills(self, limit: int) -> list[DueBackfill]:
        """Take backfills that may start dates now, oldest first."""
        rows = await self._fetch(_BACKFILLS["claim_backfills"], limit)
        found = []
        for row in rows:
            item = backfill(row)
            places = await self._fetch(
                _BACKFILLS["next_backfill_dates"],
                item.id,
                item.started,
                item.parallel - item.running,
            )
            dates = [(place["place"], place["date"]) for place in places]
            found.append(DueBackfill(item, row["flow_revision"], dates))
        return found

    async def start_dates(
        self, item: Backfill, started: Sequence[tuple[int, str, str]], now: datetime
    ) -> None:
        """Note what became of dates: place, execution id and state (``RUNNING`` or final)."""
        running = [entry for entry in started if entry[2] == "RUNNING"]
        await self._execute(
            _BACKFILLS["start_backfill_dates"],
            item.id,
            [entry[0] for entry in started],
            [entry[1] for entry in started],
            [entry[2] for entry in started],
            len(started),
            len(running),
            now,
        )
        if running and item.parallel == 1:
            query = _BACKFILLS["lock_trigger_for_backfill"]
            await self._execute(query, *item.key, running[0][1], now)

    async def cancel_backfills(
        self, namespace: str, flow_id: str, trigger_ids: Sequence[str], now: datetime
    ) -> None:
        """End the backfills of a flow's triggers where they are."""
        if trigger_ids:
            ids = list(trigger_ids)
            await self._execute(_SQL["cancel_backfills"], namespace, flow_id, ids, now)

    async def active_executions(self, namespace: str, flow_id: str) -> int:
        """Return how many executions of a flow are not over."""
        rows = await self._fetch(_SQL["active_executions"], namespace, flow_id)
        return int(rows[0]["count"])

    async def _fetch(self, query: str, *args: object) -> list[Any]:
        with translated():
            rows: list[Any] = await self._connection.fetch(query, *args)
        return rows

    async def _execute(self, query: str, *args: object) -> None:
        with translated():
            await self._connection.execute(query, *args)
