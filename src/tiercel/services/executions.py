"""Use cases of executions: start, read, follow, kill, delete."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from weakref import ref

from msgspec.structs import replace

from tiercel.model.errors import ConflictError
from tiercel.model.execution import CORRELATION_LABEL, Breakpoint, Execution, Label, TaskRun
from tiercel.model.job import LogEntry, Progress
from tiercel.model.news import KillRequested
from tiercel.model.traces import parse_trace_parent
from tiercel.services.clock import new_id, utc_now
from tiercel.services.followers import Followers
from tiercel.services.live import changed_since, says_settled
from tiercel.services.requirements import require_known, require_unreserved, unknown
from tiercel.services.stored_outputs import has_references
from tiercel.services.uploads import Upload, store_uploads, upload_uris
from tiercel.storage.paths import execution_folder

if TYPE_CHECKING:
    from tiercel.bus import Bus, Signals
    from tiercel.engine.inputs import InputPreview
    from tiercel.services.catalog import FlowCatalog
    from tiercel.services.flows import Flows
    from tiercel.services.new_executions import ExecutionMaker
    from tiercel.services.stored_outputs import OutputsStore
    from tiercel.storage import Storage
    from tiercel.store import Condition, LogPlace, RequestTransaction, Sort, Store


_LOOK_AGAIN_SECONDS = 5.0
_LATEST = timedelta(seconds=30)
"""How long before now what is stored only now was logged at most, by whatever clock."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Snapshot:
    """An execution as it is at one moment; ``settled`` when nothing of it moves any more.

    Attributes:
        version: Grows by one with every step that is written; -1 when it is not known.
        before: The snapshot that those who follow the execution were shown before this one.
        changed: Which task runs are new or differ since then; the others are the same objects.
            None when that is not known.
    """

    execution: Execution
    task_runs: Sequence[TaskRun]
    version: int = -1
    before: Callable[[], Snapshot | None] = field(default=lambda: None, compare=False)
    changed: Sequence[TaskRun] | None = field(default=None, compare=False)

    @property
    def settled(self) -> bool:
        """Whether the execution and all of its task runs ended."""
        return self.execution.state.is_terminal and all(
            task_run.state.is_terminal for task_run in self.task_runs
        )

    def since(self, before: Snapshot) -> Snapshot:
        """Return this snapshot as the one behind another of the same execution.

        Task runs that are what they were are those of the other one.
        """
        known, now = before.task_runs, self.task_runs
        if [run.id for run in known] != [run.id for run in now[: len(known)]]:
            return self
        task_runs = [old if old == new else new for old, new in zip(known, now, strict=False)]
        changed = [new for old, new in zip(known, task_runs, strict=True) if new is not old]
        added = now[len(known) :]
        return replaced(
            self, task_runs=[*task_runs, *added], before=ref(before), changed=[*changed, *added]
        )

    def with_changed(
        self, execution: Execution, changed: Sequence[TaskRun], version: int
    ) -> Snapshot | None:
        """Return the snapshot behind this one, when it is known what has changed.

        Args:
            changed: Task runs that may be new or differ, in order of creation.

        Returns:
            None when one of them has no place among those there were.
        """
        task_runs = list(self.task_runs)
        differing = []
        for run in changed:
            place = bisect_left(task_runs, run.sequence, key=lambda item: item.sequence)
            if place == len(task_runs):
                task_runs.append(run)
            elif task_runs[place].id != run.id:
                return None
            elif task_runs[place] == run:
                continue
            else:
                task_runs[place] = run
            differing.append(run)
        return Snapshot(execution, task_runs, version, ref(self), differing)


class Executions:
    """What clients do with executions."""

    def __init__(
        self,
        store: Store,
        bus: Bus,
        flows: Flows,
        catalog: FlowCatalog,
        storage: Storage,
        maker: ExecutionMaker,
        outputs: OutputsStore | None = None,
    ) -> None:
        self._store = store
        self._bus = bus
        self._flows = flows
        self._catalog = catalog
        self._storage = storage
        self._maker = maker
        self._outputs = outputs
        self._followers = Followers(bus, self._read_on)

    async def start(
        self,
        namespace: str,
        flow_id: str,
        *,
        inputs: Mapping[str, Any] | None = None,
        uploads: Sequence[Upload] = (),
        labels: Sequence[Label] = (),
        variables: Mapping[str, Any] | None = None,
        revision: int | None = None,
        schedule_date: datetime | None = None,
        breakpoints: Sequence[Breakpoint] = (),
        trace_parent: str | None = None,
    ) -> Execution:
        """Create an execution and wake the executors; it is stored when this returns.

        Args:
            inputs: Values by input id, text or typed.
            labels: Merged over the flow's own.
            variables: Merged over the flow's own.
            schedule_date: Earliest start, aware.
            trace_parent: A ``traceparent`` that the execution's span is below; what is none is
                passed over.
            breakpoints: Where it stops until someone resumes it.

        Raises:
            NotFoundError: No such flow or revision.
            ConflictError: The flow is disabled, or its source is not valid any more.
            InvalidInputError: An input value is refused.
            IllegalArgumentError: A label is reserved.
        """
        require_unreserved(label for label in labels if label.key != CORRELATION_LABEL)
        stored = await self._flows.require_enabled(namespace, flow_id, revision)
        flow = await self._catalog.get(namespace, flow_id, stored.revision)
        execution_id = new_id()
        now = utc_now()
        uris = upload_uris(namespace, flow_id, execution_id, uploads)
        values = self._maker.resolve(flow, {**(inputs or {}), **uris})
        await store_uploads(self._storage, uploads, uris)
        execution = self._maker.make(
            flow,
            execution_id,
            now,
            values,
            labels=labels,
            variables=variables,
            schedule_date=schedule_date,
            trace_parent=trace_parent if parse_trace_parent(trace_parent) else None,
        )
        execution = replace(execution, breakpoints=tuple(breakpoints))
        await self._store.executions.create([execution])
        await self._bus.wake()
        return execution

    async def preview_inputs(
        self,
        namespace: str,
        flow_id: str,
        *,
        inputs: Mapping[str, Any],
        uploads: Sequence[Upload] = (),
        revision: int | None = None,
    ) -> list[InputPreview]:
        """Return what would become of each input of a flow; nothing is stored.

        Raises:
            NotFoundError: No such flow or revision.
            ConflictError: The flow is disabled.
        """
        stored = await self._flows.require_enabled(namespace, flow_id, revision)
        flow = await self._catalog.get(namespace, flow_id, stored.revision)
        uris = upload_uris(namespace, flow_id, "preview", uploads)
        return self._maker.preview(flow, {**inputs, **uris})

    async def header(self, execution_id: str) -> Execution:
        """Return an execution without its task runs.

        Raises:
            NotFoundError: There is none.
        """
        execution = await self._store.executions.get(execution_id)
        if execution is None:
            raise unknown(execution_id)
        return execution

    async def headers(self, execution_ids: Sequence[str]) -> Mapping[str, Execution]:
        """Return those executions that there are, by id, without their task runs."""
        return await self._store.executions.headers(execution_ids)

    async def get(self, execution_id: str) -> Snapshot:
        """Return an execution with its task runs.

        Raises:
            NotFoundError: There is none.
        """
        return await self._read(execution_id)

    async def _read(self, execution_id: str, only: Sequence[str] | None = None) -> Snapshot:
        found = await self._store.executions.with_task_runs(execution_id, only)
        if found is None:
            raise unknown(execution_id)
        execution, task_runs, version = found
        if self._outputs is not None and has_references(task_runs):
            task_runs = await asyncio.to_thread(self._outputs.read_runs, task_runs)
        return Snapshot(execution, task_runs, version)

    async def _read_on(
        self, execution_id: str, before: Snapshot | None, heard: Sequence[bytes | None]
    ) -> Snapshot:
        """Read what changed of an execution; all of it where that is not known, and at its end."""
        signals = [signal for signal in heard if signal is not None]
        told = None
        if before is not None and len(signals) == len(heard):
            told = changed_since(before.version, signals)
        if before is not None and told is not None:
            wanted, version = told
            part = await self._read(execution_id, wanted)
            if len(part.task_runs) == len(wanted) and not part.execution.state.is_terminal:
                # it may be newer than it was told: what else changed will be told
                snapshot = before.with_changed(part.execution, part.task_runs, version)
                if snapshot is not None:
                    return snapshot
        whole = await self._read(execution_id)
        return whole if before is None else whole.since(before)

    async def search(
        self,
        conditions: Sequence[Condition] = (),
        *,
        page: int = 1,
        size: int = 10,
        sort: Sequence[Sort] = (),
    ) -> tuple[Sequence[Snapshot], int]:
        """Return one page of executions with their task runs, and how many there are in all."""
        found, total = await self._store.executions.search(conditions, page, size, sort)
        task_runs = await self._store.executions.task_runs([item.id for item in found])
        return [Snapshot(item, task_runs[item.id]) for item in found], total

    async def ids(self, conditions: Sequence[Condition], *, most: int) -> list[str]:
        """Return the ids of executions that fit, in order; no more than ``most``."""
        return await self._store.executions.ids(conditions, most=most)

    async def kill(self, execution_id: str, *, cascade: bool = True) -> None:
        """Ask for the end of an execution; it goes KILLING, then KILLED.

        Args:
            cascade: Kill those that it started too; it may be over itself then.

        Raises:
            NotFoundError: There is none.
            ConflictError: It has ended already and ``cascade`` is false.
        """
        async with self._store.requests.begin() as request:
            execution = require_known(await request.lock([execution_id]), execution_id)
            if execution.state.is_terminal and not cascade:
                raise ConflictError("Execution is already finished, can't kill it")
            await post_kills(request, [execution], cascade=cascade)
        await self._bus.wake()

    async def delete(
        self, execution_id: str, *, files: bool = True, logs: bool = True, metrics: bool = True
    ) -> None:
        """Delete an execution, by default with its files, its log and its metrics.

        Raises:
            NotFoundError: There is none.
        """
        execution = await self.header(execution_id)
        await self._store.executions.delete(execution_id, logs=logs, metrics=metrics)
        if files:
            prefix = execution_folder(execution.namespace, execution.flow_id, execution_id)
            await self._storage.delete_prefix(prefix)

    async def follow(self, execution_id: str) -> AsyncGenerator[Snapshot, None]:
        """Yield the execution as it is, then after every change, until it is settled.

        Changes that come faster than they are read are taken together.

        Raises:
            NotFoundError: There is none.
        """
        async with aclosing(self._followers.follow(execution_id)) as snapshots:
            async for snapshot in snapshots:
                yield snapshot

    async def watch(
        self, execution_id: str, *, after: LogPlace | None = None
    ) -> AsyncGenerator[Snapshot | LogEntry | Progress, None]:
        """Yield everything there is to see: log entries, progress, and the execution as it changes.

        Begins with the execution and what it has logged so far; ends when it is settled and all of
        its log was given.

        Args:
            after: Leave out what the log has up to this place.

        Raises:
            NotFoundError: There is none.
        """
        async with self._bus.watch(execution_id) as signals:
            snapshot = await self.get(execution_id)
            given = set()
            for entry in await self._store.logs.list(execution_id, after=after):
                given.add(_key(entry))
                yield entry
            yield snapshot
            late = asyncio.create_task(self._tell_late(execution_id, after, signals))
            try:
                has_changed = False
                while not snapshot.settled:
                    signal = await signals.next(_LOOK_AGAIN_SECONDS)
                    if signal is None or isinstance(signal, bytes):
                        has_changed = True
                    elif isinstance(signal, Progress):
                        yield signal
                    else:
                        for entry in signal:
                            if _key(entry) not in given:
                                given.add(_key(entry))
                                yield entry
                    if has_changed and not signals.is_waiting:
                        has_changed = False
                        snapshot = await self.get(execution_id)
                        if snapshot.settled:
                            break
                        yield snapshot
            finally:
                late.cancel()
                # what went wrong with it goes wrong again below, where it is told
                await asyncio.gather(late, return_exceptions=True)
        async for entry in self._rest(execution_id, given, after):
            yield entry
        yield snapshot

    async def _tell_late(
        self,
        execution_id: str,
        after: LogPlace | None,
        signals: Signals[bytes | list[LogEntry] | Progress],
    ) -> None:
        """Tell what was logged before anybody listened, and stored after the first look."""
        from tiercel.store import LogPlace

        since = LogPlace(utc_now() - _LATEST, 0, None)
        await self._indexed()
        if after is None or after.timestamp < since.timestamp:
            after = since
        if entries := await self._store.logs.list(execution_id, after=after):
            signals.put(entries)

    async def _rest(
        self, execution_id: str, given: set[_Key], after: LogPlace | None
    ) -> AsyncIterator[LogEntry]:
        await self._indexed()
        for entry in await self._store.logs.list(execution_id, after=after):
            if _key(entry) not in given:
                yield entry

    async def _indexed(self) -> None:
        """Wait until log entries sent before are in the store, one second at most."""
        for _ in range(50):
            if not await self._bus.unindexed():
                return
            await asyncio.sleep(0.02)

    async def wait(self, execution_id: str) -> Snapshot:
        """Return the execution when it is settled; it is read at the beginning and the end only.

        Raises:
            NotFoundError: There is none.
        """
        async with self._bus.follow(execution_id) as signals:
            snapshot = await self.get(execution_id)
            while not snapshot.settled:
                signal = await signals.next(_LOOK_AGAIN_SECONDS)
                if signal is None or says_settled(signal):
                    snapshot = await self.get(execution_id)
            return snapshot


async def post_kills(
    request: RequestTransaction, executions: Sequence[Execution], *, cascade: bool
) -> None:
    """Ask for the end of executions that are not over; with ``cascade`` of those below them too."""
    ids = {item.id for item in executions if not item.state.is_terminal}
    if cascade:
        ids.update(await request.descendants([item.id for item in executions]))
    await request.post(
        dict.fromkeys(sorted(ids), KillRequested(spares_children=not cascade)), utc_now()
    )


_Key = tuple[datetime, int, str | None, str]


def _key(entry: LogEntry) -> _Key:
    return entry.timestamp, entry.sequence, entry.task_run_id, entry.message
