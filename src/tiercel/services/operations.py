"""What people do to executions: kill, pause, resume, restart, replay, change states, label.

A request is checked against the execution as it is and put into its inbox in one transaction; then
the executors carry it out, and the answer shows the execution right after that. Requests for many
executions are carried out for all of them or for none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tiercel.engine import ExecutionState, run_context, waiting_reason
from tiercel.engine import replay as replayed
from tiercel.engine.previews import as_restarted
from tiercel.model.errors import (
    ConflictError,
    IllegalArgumentError,
    NotFoundError,
)
from tiercel.model.execution import Breakpoint, Execution, Label, TaskRun
from tiercel.model.news import (
    BreakpointResumed,
    Created,
    ExecutionStateRequested,
    ForceRunRequested,
    KillRequested,
    LabelsRequested,
    News,
    PauseRequested,
    RestartRequested,
    ResumeRequested,
    TaskRunStateRequested,
    UnqueueRequested,
)
from tiercel.model.state import StateType
from tiercel.model.task import TaskKind
from tiercel.services.clock import new_id, utc_now
from tiercel.services.executions import Snapshot, Upload, ids_to_kill
from tiercel.services.requirements import (
    NO_TASK,
    NOT_FOUND,
    Fits,
    allowed_labels,
    distinct,
    in_state,
    over,
    require_all,
    require_final,
    require_known,
    require_paused,
    require_restartable,
    require_something_failed,
    require_unqueued,
    unknown,
)
from tiercel.services.step import DEFAULT_GROUP
from tiercel.storage.paths import input_file

if TYPE_CHECKING:
    from tiercel.bus import Bus
    from tiercel.engine.inputs import InputPreview
    from tiercel.model.flow import Flow
    from tiercel.model.inputs import Input
    from tiercel.services.catalog import FlowCatalog
    from tiercel.services.executions import Executions
    from tiercel.services.new_executions import ExecutionMaker
    from tiercel.storage import Storage
    from tiercel.store import Store

_APPLIED_SECONDS = 10.0
_HOLDERS_SHOWN = 3
_REPLAYED = LabelsRequested((Label("system.replayed", "true"),))


class Operations:
    """Requests to executions. Every method raises NotFoundError for an unknown execution.

    Those that return a :class:`Snapshot` show the execution as it is once the request was carried
    out.
    """

    def __init__(
        self,
        store: Store,
        bus: Bus,
        executions: Executions,
        catalog: FlowCatalog,
        storage: Storage,
        maker: ExecutionMaker,
    ) -> None:
        self._store = store
        self._bus = bus
        self._executions = executions
        self._catalog = catalog
        self._storage = storage
        self._maker = maker

    # One execution

    async def kill(self, execution_id: str, *, cascade: bool = True) -> None:
        """Ask for the end of an execution and of those it started.

        Args:
            cascade: Accept the request for one that is over, for the sake of its children.

        Raises:
            ConflictError: It is over and ``cascade`` is false.
        """
        await self._executions.kill(execution_id, cascade=cascade)

    async def pause(self, execution_id: str) -> Snapshot:
        """Start nothing new in an execution until it is resumed.

        Raises:
            IllegalArgumentError: It is not RUNNING.
        """

        def decide(found: Snapshot) -> News:
            if found.execution.state.current is not StateType.RUNNING:
                raise IllegalArgumentError("The execution is not running")
            return PauseRequested()

        return await self._ask(execution_id, decide)

    async def resume(
        self,
        execution_id: str,
        inputs: Mapping[str, Any] | None = None,
        *,
        uploads: Sequence[Upload] = (),
        task_run_id: str | None = None,
        by: str | None = None,
    ) -> Snapshot:
        """Go on with a paused execution.

        Args:
            inputs: Values of the Pause task's ``onResume`` inputs.
            uploads: Files for inputs of type FILE.
            task_run_id: Which Pause, when several are waiting; the first by default.
            by: Who resumes it.

        Raises:
            ConflictError: It is not PAUSED.
            InvalidInputError: An input is missing or refused; it stays PAUSED.
        """
        flow = await self._flow_of(execution_id)

        def decide(found: Snapshot) -> News:
            require_paused(found)
            given = {**(inputs or {}), **_upload_uris(found.execution, uploads)}
            values = self._resume_inputs(flow, found, given, task_run_id)
            return ResumeRequested(task_run_id, values, by)

        if uploads:
            found = await self._executions.get(execution_id)
            decide(found)
            uris = _upload_uris(found.execution, uploads)
            for upload in uploads:
                await self._storage.put_file(uris[upload.input_id], upload.path)
        return await self._ask(execution_id, decide)

    async def preview_resume(
        self, execution_id: str, inputs: Mapping[str, Any]
    ) -> list[InputPreview]:
        """Return what would become of each ``onResume`` input; nothing is resumed.

        Raises:
            ConflictError: The execution is not PAUSED.
        """
        flow = await self._flow_of(execution_id)
        found = await self._executions.get(execution_id)
        require_paused(found)
        asked = _asked(flow, found, None)
        return self._maker.preview_more(asked[0], inputs, asked[1]) if asked is not None else []

    async def restart(self, execution_id: str, revision: int | None = None) -> Snapshot:
        """Run what failed again, and what comes behind it.

        Args:
            revision: Run another revision, as a new execution.

        Returns:
            The execution as it was when it was RESTARTED.

        Raises:
            ConflictError: It is neither over nor PAUSED.
            IllegalArgumentError: Nothing in it failed or is PAUSED.
            NotFoundError: No such revision.
        """
        if revision is not None:
            return await self._restart_as_new(execution_id, revision)
        return await self._ask_restarted(execution_id, _restart)

    async def replay(
        self,
        execution_id: str,
        task_run_id: str | None = None,
        revision: int | None = None,
        inputs: Mapping[str, Any] | None = None,
        *,
        uploads: Sequence[Upload] = (),
        breakpoints: Sequence[Breakpoint] = (),
    ) -> Snapshot:
        """Run an execution once more as a new one, from its start or from a task run.

        Args:
            revision: By default that of the execution.
            inputs: Other values for its inputs.
            breakpoints: Where the new one stops.

        Returns:
            The new execution as it was created.

        Raises:
            IllegalArgumentError: No such task run.
            NotFoundError: No such revision.
            InvalidInputError: An input is refused.
        """
        found = await self._executions.get(execution_id)
        flow = await self._revision(found.execution, revision)
        state = ExecutionState(found.execution, found.task_runs)
        try:
            execution, task_runs = replayed(flow, state, task_run_id, utc_now(), new_id)
        except KeyError:
            raise IllegalArgumentError(NO_TASK, task_run_id=task_run_id) from None
        if inputs is not None or uploads:
            uris = _upload_uris(execution, uploads)
            values = self._maker.resolve(flow, {**(inputs or {}), **uris})
            execution = replace(execution, inputs=values)
            for upload in uploads:
                await self._storage.put_file(uris[upload.input_id], upload.path)
        execution = replace(execution, breakpoints=tuple(breakpoints))
        created = await self._create(execution, task_runs, Created())
        await self._note_replayed([execution_id])
        return created

    async def resume_from_breakpoint(
        self, execution_id: str, breakpoints: Sequence[Breakpoint] = ()
    ) -> Snapshot:
        """Go on with an execution that stands at a breakpoint.

        Args:
            breakpoints: Where it stops next; they replace those it has.

        Raises:
            ConflictError: It does not stand at one.
        """

        def decide(found: Snapshot) -> News:
            if found.execution.state.current is not StateType.BREAKPOINT:
                raise ConflictError(
                    f"Execution '{execution_id}' is not suspended, can't resume it",
                    hint="only an execution in state BREAKPOINT goes on from there",
                )
            return BreakpointResumed(tuple(breakpoints))

        return await self._ask(execution_id, decide)

    async def change_task_run_state(
        self, execution_id: str, task_run_id: str, state: StateType
    ) -> Snapshot:
        """Take a task run for ended in another state, and go on from there.

        Raises:
            IllegalArgumentError: No such task run, or the state is not a final one.
        """

        def decide(found: Snapshot) -> TaskRunStateRequested:
            if not any(run.id == task_run_id for run in found.task_runs):
                raise IllegalArgumentError(NO_TASK, task_run_id=task_run_id)
            if not state.is_terminal:
                raise IllegalArgumentError(
                    f"A task run can't be set to {state}", hint="choose a final state"
                )
            return TaskRunStateRequested(task_run_id, state)

        return await self._ask_restarted(execution_id, decide)

    async def change_status(self, execution_id: str, state: StateType) -> Snapshot:
        """Show an execution that is over in another final state; task runs stay as they are.

        Raises:
            IllegalArgumentError: It is not over, or the state is not a final one.
        """
        require_final(state)

        def decide(found: Snapshot) -> News:
            if not found.execution.state.is_terminal:
                raise IllegalArgumentError(
                    "You can only change the status of a terminated execution."
                )
            return ExecutionStateRequested(state)

        return await self._ask(execution_id, decide)

    async def set_labels(self, execution_id: str, labels: Sequence[Label]) -> Snapshot:
        """Merge labels over those of an execution that is over.

        Raises:
            ConflictError: It is not over.
            IllegalArgumentError: A label is reserved.
        """

        def decide(found: Snapshot) -> News:
            if not found.execution.state.is_terminal:
                raise ConflictError("The execution is not terminated")
            return LabelsRequested(allowed_labels(found.execution, labels))

        return await self._ask(execution_id, decide)

    async def force_run(self, execution_id: str) -> Snapshot:
        """Go on at once, whatever the execution waits for: its date, a slot, a resume.

        Raises:
            IllegalArgumentError: It is over.
        """

        def decide(found: Snapshot) -> News:
            if found.execution.state.is_terminal:
                raise IllegalArgumentError("Only non terminated executions can be forced run.")
            return ForceRunRequested()

        return await self._ask(execution_id, decide)

    async def unqueue(self, execution_id: str, state: StateType = StateType.RUNNING) -> Snapshot:
        """Take an execution out of its flow's queue: run it, or end it.

        Args:
            state: RUNNING, CANCELLED or FAILED.

        Raises:
            IllegalArgumentError: It is not QUEUED, or can't be put into that state.
        """
        require_unqueued(state)

        def decide(found: Snapshot) -> News:
            if found.execution.state.current is not StateType.QUEUED:
                raise IllegalArgumentError("Only QUEUED execution can be unqueued")
            return UnqueueRequested(state)

        return await self._ask(execution_id, decide)

    async def why_waiting(self, execution_id: str) -> str | None:
        """Return in one sentence what an execution waits for; None when it is over.

        Raises:
            NotFoundError: There is no such execution.
        """
        flow = await self._flow_of(execution_id)
        found = await self._executions.get(execution_id)
        execution = found.execution
        reason = waiting_reason(flow, ExecutionState(execution, found.task_runs))
        if reason is None:
            return None
        if execution.state.current is StateType.QUEUED:
            holders = await self._store.requests.holders(
                execution.namespace, execution.flow_id, _HOLDERS_SHOWN + 1
            )
            if holders:
                more = " and others" if len(holders) > _HOLDERS_SHOWN else ""
                held = ", ".join(holders[:_HOLDERS_SHOWN])
                return f"{reason.removesuffix('.')}, held by {held}{more}."
        group = _wanted_group(flow, found.task_runs)
        if group is not None and not await self._bus.has_workers(group):
            return f"{reason.removesuffix('.')}: no worker of group '{group}' is connected."
        return reason

    # Many executions: all of them or none. Each returns how many, and raises BulkRefusedError.

    async def kill_many(self, execution_ids: Sequence[str]) -> int:
        """Kill executions that run, with those they started."""

        def fits(execution: Execution) -> str | None:
            return "execution already finished" if execution.state.is_terminal else None

        ids = distinct(execution_ids)
        async with self._store.requests.begin() as request:
            found = require_all("invalid bulk kill", ids, await request.lock(ids), fits)
            doomed = await ids_to_kill(request, found, cascade=True)
            await request.post(dict.fromkeys(doomed, KillRequested()), utc_now())
        await self._bus.wake()
        return len(ids)

    async def pause_many(self, execution_ids: Sequence[str]) -> int:
        """Pause executions that are RUNNING."""
        fits = in_state(StateType.RUNNING)
        return await self._ask_many("pause", execution_ids, fits, lambda _: PauseRequested())

    async def resume_many(self, execution_ids: Sequence[str], *, by: str | None = None) -> int:
        """Resume executions that are PAUSED; a Pause that needs inputs refuses."""
        flows = {item: await self._flow_of(item) for item in await self._existing(execution_ids)}

        def decide(found: Snapshot) -> News:
            values = self._resume_inputs(flows[found.execution.id], found, {}, None)
            return ResumeRequested(None, values, by)

        return await self._ask_many("resume", execution_ids, in_state(StateType.PAUSED), decide)

    async def restart_many(self, execution_ids: Sequence[str]) -> int:
        """Restart executions that FAILED.

        Raises:
            IllegalArgumentError: Nothing failed in one of them.
        """
        fits = in_state(StateType.FAILED)
        return await self._ask_many("restart", execution_ids, fits, _restart)

    async def replay_many(
        self, execution_ids: Sequence[str], *, latest_revision: bool = False
    ) -> list[Snapshot]:
        """Replay executions from their start; return the new ones in the order given."""
        ids = distinct(execution_ids)
        known = {item.id: item for item in await self._headers(ids)}
        found = require_all("invalid bulk replay", ids, known, lambda _: None)
        made = []
        for execution in found:
            revision = None
            if latest_revision:
                latest = await self._store.flows.get(execution.namespace, execution.flow_id)
                revision = latest.revision if latest is not None else None
            flow = await self._revision(execution, revision)
            made.append(replayed(flow, ExecutionState(execution), None, utc_now(), new_id)[0])
        await self._store.executions.create(made)
        await self._note_replayed(ids)
        return [Snapshot(execution, ()) for execution in made]

    async def change_status_many(self, execution_ids: Sequence[str], state: StateType) -> int:
        """Show executions that are over in another final state."""
        require_final(state)
        return await self._ask_many(
            "change execution status",
            execution_ids,
            over("execution not in a terminated state"),
            lambda _: ExecutionStateRequested(state),
        )

    async def set_labels_many(self, execution_ids: Sequence[str], labels: Sequence[Label]) -> int:
        """Merge labels over those of executions that are over."""
        return await self._ask_many(
            "set labels",
            execution_ids,
            over("execution is not terminated"),
            lambda found: LabelsRequested(allowed_labels(found.execution, labels)),
        )

    async def force_run_many(self, execution_ids: Sequence[str]) -> int:
        """Force executions that are not over."""

        def fits(execution: Execution) -> str | None:
            return "execution in a terminated state" if execution.state.is_terminal else None

        return await self._ask_many("force run", execution_ids, fits, lambda _: ForceRunRequested())

    async def unqueue_many(
        self, execution_ids: Sequence[str], state: StateType = StateType.RUNNING
    ) -> int:
        """Take executions out of their flows' queues."""
        require_unqueued(state)
        return await self._ask_many(
            "unqueue",
            execution_ids,
            in_state(StateType.QUEUED),
            lambda _: UnqueueRequested(state),
        )

    async def delete_many(
        self,
        execution_ids: Sequence[str],
        *,
        include_non_terminated: bool = False,
        files: bool = True,
        logs: bool = True,
        metrics: bool = True,
    ) -> int:
        """Delete executions that are over, or all of them, with what belongs to them."""
        ids = distinct(execution_ids)
        known = {item.id: item for item in await self._headers(ids)}

        def fits(execution: Execution) -> str | None:
            over = execution.state.is_terminal or include_non_terminated
            return None if over else NOT_FOUND

        for execution in require_all("invalid bulk delete", ids, known, fits):
            await self._executions.delete(execution.id, files=files, logs=logs, metrics=metrics)
        return len(ids)

    # Inside

    async def _ask(self, execution_id: str, decide: Callable[[Snapshot], News]) -> Snapshot:
        async with self._store.requests.begin() as request:
            require_known(await request.lock([execution_id]), execution_id)
            found = await request.load([execution_id])
            news = decide(Snapshot(*found[execution_id]))
            receipts = await request.post({execution_id: news}, utc_now())
        await self._carried_out(receipts)
        return await self._executions.get(execution_id)

    async def _ask_restarted(
        self,
        execution_id: str,
        decide: Callable[[Snapshot], RestartRequested | TaskRunStateRequested],
    ) -> Snapshot:
        """Ask for what lets an execution run again; return it as it was at that moment."""
        flow = await self._flow_of(execution_id)
        shown: list[Snapshot] = []

        def decide_and_show(found: Snapshot) -> News:
            news = decide(found)
            shown.append(_restarted(flow, found, news))
            return news

        await self._ask(execution_id, decide_and_show)
        return shown[-1]

    async def _ask_many(
        self,
        name: str,
        execution_ids: Sequence[str],
        fits: Fits,
        decide: Callable[[Snapshot], News],
    ) -> int:
        ids = distinct(execution_ids)
        async with self._store.requests.begin() as request:
            locked = await request.lock(ids)
            require_all(f"invalid bulk {name}", ids, locked, fits)
            found = await request.load(ids)
            news = {item: decide(Snapshot(*found[item])) for item in ids}
            receipts = await request.post(news, utc_now())
        await self._carried_out(receipts)
        return len(ids)

    async def _carried_out(self, receipts: Sequence[tuple[str, int]]) -> None:
        """Wait until news was read; after some seconds without an executor, wait no longer."""
        await self._bus.wake()
        deadline = asyncio.get_running_loop().time() + _APPLIED_SECONDS
        pause = 0.002
        while await self._store.requests.is_unread(receipts):
            if asyncio.get_running_loop().time() > deadline:
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.1)

    async def _create(
        self, execution: Execution, task_runs: Sequence[TaskRun], news: News
    ) -> Snapshot:
        await self._store.executions.create([execution], news, task_runs)
        await self._bus.wake()
        return Snapshot(execution, task_runs)

    async def _note_replayed(self, execution_ids: Sequence[str]) -> None:
        """Let executions show that there are replays of them."""
        async with self._store.requests.begin() as request:
            await request.post(dict.fromkeys(execution_ids, _REPLAYED), utc_now())
        await self._bus.wake()

    async def _restart_as_new(self, execution_id: str, revision: int) -> Snapshot:
        found = await self._executions.get(execution_id)
        require_restartable(found)
        flow = await self._revision(found.execution, revision)
        copied = Snapshot(*_copied(found, flow, utc_now()))
        shown = _restarted(flow, copied, RestartRequested())
        return await self._create(shown.execution, shown.task_runs, Created())

    async def _existing(self, execution_ids: Sequence[str]) -> list[str]:
        return [item.id for item in await self._headers(distinct(execution_ids))]

    async def _headers(self, execution_ids: Sequence[str]) -> list[Execution]:
        found = [await self._store.executions.get(item) for item in execution_ids]
        return [execution for execution in found if execution is not None]

    async def _flow_of(self, execution_id: str) -> Flow:
        execution = await self._store.executions.get(execution_id)
        if execution is None:
            raise unknown(execution_id)
        return await self._catalog.get(
            execution.namespace,
            execution.flow_id,
            execution.flow_revision,
            execution.metadata.templates,
        )

    async def _revision(self, execution: Execution, revision: int | None) -> Flow:
        namespace, flow_id = execution.namespace, execution.flow_id
        try:
            return await self._catalog.get(
                namespace, flow_id, revision if revision is not None else execution.flow_revision
            )
        except NotFoundError:
            raise NotFoundError(
                f"Unable to find revision {revision} on flow {namespace}.{flow_id}"
            ) from None

    def _resume_inputs(
        self,
        flow: Flow,
        found: Snapshot,
        given: Mapping[str, Any],
        task_run_id: str | None,
    ) -> dict[str, Any] | None:
        """Return the typed inputs of the Pause that is resumed; None when it declares none."""
        asked = _asked(flow, found, task_run_id)
        return self._maker.resolve_more(asked[0], given, asked[1]) if asked is not None else None


def _wanted_group(flow: Flow, task_runs: Sequence[TaskRun]) -> str | None:
    """Return the worker group that the first attempt nobody has taken waits for, by its name."""
    for run in task_runs:
        task = flow.tasks_by_id.get(run.task_id)
        if task is None or task.kind is not TaskKind.WORKER or not run.attempts:
            continue
        if run.attempts[-1].state.current is StateType.CREATED:
            group = task.worker_group
            if group is not None and group.tags:
                return None
            return group.key if group is not None else DEFAULT_GROUP
    return None


def _asked(
    flow: Flow, found: Snapshot, task_run_id: str | None
) -> tuple[Sequence[Input], Mapping[str, Any]] | None:
    """Return the inputs that a Pause asks for, and the context of their templates."""
    paused = [run for run in found.task_runs if run.state.current is StateType.PAUSED]
    if task_run_id is not None:
        paused = [run for run in paused if run.id == task_run_id]
    if not paused:
        return None
    task = flow.tasks_by_id.get(paused[0].task_id)
    declared = task.properties.get("onResume") if task is not None else None
    if not declared:
        return None
    state = ExecutionState(found.execution, found.task_runs)
    return declared, run_context(flow, state, paused[0])


def _restarted(
    flow: Flow, found: Snapshot, news: RestartRequested | TaskRunStateRequested
) -> Snapshot:
    state = ExecutionState(found.execution, found.task_runs)
    return Snapshot(*as_restarted(flow, state, news, utc_now(), new_id))


def _restart(found: Snapshot) -> RestartRequested:
    require_restartable(found)
    return RestartRequested()


def _upload_uris(execution: Execution, uploads: Sequence[Upload]) -> dict[str, str]:
    return {
        upload.input_id: input_file(
            execution.namespace,
            execution.flow_id,
            execution.id,
            upload.input_id,
            upload.file_name,
        )
        for upload in uploads
    }


def _copied(found: Snapshot, flow: Flow, now: datetime) -> tuple[Execution, list[TaskRun]]:
    """Return an execution and its task runs under new ids, without tasks the flow has no more."""
    old = found.execution
    execution = replace(old, id=new_id(), parent_id=old.id, flow_revision=flow.revision)
    ids: dict[str, str] = {}
    copies = []
    for run in found.task_runs:
        is_orphan = run.parent_id is not None and run.parent_id not in ids
        if run.task_id not in flow.tasks_by_id or is_orphan:
            continue
        ids[run.id] = new_id()
        parent_id = ids[run.parent_id] if run.parent_id is not None else None
        copies.append(replace(run, id=ids[run.id], execution_id=execution.id, parent_id=parent_id))
    require_something_failed(copies)
    return execution, copies
