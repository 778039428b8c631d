"""What people do to an execution: pause, resume, restart, change states, label.

A request is checked against the execution as it is and put into its inbox in one transaction; then
the executors carry it out, and the answer shows the execution right after that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tiercel.engine import ExecutionState
from tiercel.engine.previews import as_restarted
from tiercel.model.errors import ConflictError, IllegalArgumentError
from tiercel.model.execution import Breakpoint, Label
from tiercel.model.news import (
    BreakpointResumed,
    ExecutionStateRequested,
    ForceRunRequested,
    LabelsRequested,
    News,
    PauseRequested,
    RestartRequested,
    ResumeRequested,
    TaskRunStateRequested,
    UnqueueRequested,
)
from tiercel.model.state import StateType
from tiercel.services.clock import new_id, utc_now
from tiercel.services.executions import Snapshot
from tiercel.services.requirements import (
    NO_TASK,
    allowed_labels,
    require_final,
    require_paused,
    require_unqueued,
    restart_of,
)
from tiercel.services.uploads import Upload, store_uploads, upload_uris
from tiercel.services.waiting import why_waiting

if TYPE_CHECKING:
    from tiercel.bus import Bus
    from tiercel.engine.inputs import InputPreview
    from tiercel.services.asking import Asking, Decide
    from tiercel.services.catalog import FlowCatalog
    from tiercel.services.executions import Executions
    from tiercel.services.resume_inputs import ResumeInputs
    from tiercel.storage import Storage
    from tiercel.store import Store


class Operations:
    """Requests to one execution. Every method raises NotFoundError when there is none.

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
        *,
        asking: Asking,
        resume_inputs: ResumeInputs,
    ) -> None:
        self._store = store
        self._bus = bus
        self._executions = executions
        self._catalog = catalog
        self._storage = storage
        self._asking = asking
        self._resume_inputs = resume_inputs

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
        header = await self._executions.header(execution_id)
        flow = await self._catalog.of(header)
        uris = upload_uris(header.namespace, header.flow_id, header.id, uploads)
        given = {**(inputs or {}), **uris}

        def decide(found: Snapshot) -> News:
            require_paused(found)
            values = self._resume_inputs.resolve(flow, found, given, task_run_id)
            return ResumeRequested(task_run_id, values, by)

        if uploads:
            # files are moved only for a request that will most likely be accepted
            decide(await self._executions.get(execution_id))
            await store_uploads(self._storage, uploads, uris)
        return await self._ask(execution_id, decide)

    async def preview_resume(
        self, execution_id: str, inputs: Mapping[str, Any]
    ) -> list[InputPreview]:
        """Return what would become of each ``onResume`` input; nothing is resumed.

        Raises:
            ConflictError: The execution is not PAUSED.
        """
        found = await self._executions.get(execution_id)
        require_paused(found)
        flow = await self._catalog.of(found.execution)
        return self._resume_inputs.preview(flow, found, inputs)

    async def restart(self, execution_id: str) -> Snapshot:
        """Run what failed again, and what comes behind it.

        Returns:
            The execution as it was when it was RESTARTED.

        Raises:
            ConflictError: It is neither over nor PAUSED.
            IllegalArgumentError: Nothing in it failed or is PAUSED.
        """
        return await self._ask_restarted(execution_id, restart_of)

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
        """Return in one sentence what an execution waits for; None when it is over."""
        found = await self._executions.get(execution_id)
        flow = await self._catalog.of(found.execution)
        return await why_waiting(found, flow, self._store, self._bus)

    # Inside

    async def _ask(self, execution_id: str, decide: Decide) -> Snapshot:
        await self._asking.one(execution_id, decide)
        return await self._executions.get(execution_id)

    async def _ask_restarted(
        self,
        execution_id: str,
        decide: Callable[[Snapshot], RestartRequested | TaskRunStateRequested],
    ) -> Snapshot:
        """Ask for what lets an execution run again; return it as it was at that moment."""
        flow = await self._catalog.of(await self._executions.header(execution_id))
        shown: list[Snapshot] = []

        def decide_and_show(found: Snapshot) -> News:
            news = decide(found)
            state = ExecutionState(found.execution, found.task_runs)
            shown.append(Snapshot(*as_restarted(flow, state, news, utc_now(), new_id)))
            return news

        await self._asking.one(execution_id, decide_and_show)
        return shown[-1]
