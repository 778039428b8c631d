"""What people do to many executions at once: it is done to all of them, or to none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tiercel.model.news import (
    ExecutionStateRequested,
    ForceRunRequested,
    LabelsRequested,
    News,
    PauseRequested,
    ResumeRequested,
    UnqueueRequested,
)
from tiercel.model.state import StateType
from tiercel.services.executions import Snapshot, post_kills
from tiercel.services.requirements import (
    NOT_FOUND,
    allowed_labels,
    distinct,
    in_state,
    not_over,
    over,
    require_all,
    require_final,
    require_unqueued,
    restart_of,
)

if TYPE_CHECKING:
    from tiercel.bus import Bus
    from tiercel.model.execution import Execution, Label
    from tiercel.services.asking import Asking
    from tiercel.services.catalog import FlowCatalog
    from tiercel.services.executions import Executions
    from tiercel.services.resume_inputs import ResumeInputs
    from tiercel.store import Store


class BulkOperations:
    """Requests to many executions; ids that are given twice count once.

    Every method returns how many executions it was, and raises BulkRefusedError when one of them is
    not there or does not fit: then nothing was done.
    """

    def __init__(
        self,
        store: Store,
        bus: Bus,
        executions: Executions,
        catalog: FlowCatalog,
        asking: Asking,
        resume_inputs: ResumeInputs,
    ) -> None:
        self._store = store
        self._bus = bus
        self._executions = executions
        self._catalog = catalog
        self._asking = asking
        self._resume_inputs = resume_inputs

    async def kill(self, execution_ids: Sequence[str]) -> int:
        """Ask for the end of executions that run, and of those they started."""
        ids = distinct(execution_ids)
        fits = not_over("execution already finished")
        async with self._store.requests.begin() as request:
            found = require_all("invalid bulk kill", ids, await request.lock(ids), fits)
            await post_kills(request, found, cascade=True)
        await self._bus.wake()
        return len(ids)

    async def pause(self, execution_ids: Sequence[str]) -> int:
        """Pause executions that are RUNNING."""
        fits = in_state(StateType.RUNNING)
        return await self._asking.many("pause", execution_ids, fits, lambda _: PauseRequested())

    async def resume(self, execution_ids: Sequence[str], *, by: str | None = None) -> int:
        """Resume executions that are PAUSED.

        Args:
            by: Who resumes them.

        Raises:
            InvalidInputError: The Pause of one needs inputs.
        """
        headers = await self._executions.headers(execution_ids)
        flows = {item: await self._catalog.of(header) for item, header in headers.items()}

        def decide(found: Snapshot) -> News:
            values = self._resume_inputs.resolve(flows[found.execution.id], found, {})
            return ResumeRequested(None, values, by)

        fits = in_state(StateType.PAUSED)
        return await self._asking.many("resume", execution_ids, fits, decide)

    async def restart(self, execution_ids: Sequence[str]) -> int:
        """Restart executions that FAILED.

        Raises:
            IllegalArgumentError: Nothing failed in one of them.
        """
        fits = in_state(StateType.FAILED)
        return await self._asking.many("restart", execution_ids, fits, restart_of)

    async def change_status(self, execution_ids: Sequence[str], state: StateType) -> int:
        """Show executions that are over in another final state.

        Raises:
            IllegalArgumentError: The state is not a final one.
        """
        require_final(state)
        return await self._asking.many(
            "change execution status",
            execution_ids,
            over("execution not in a terminated state"),
            lambda _: ExecutionStateRequested(state),
        )

    async def set_labels(self, execution_ids: Sequence[str], labels: Sequence[Label]) -> int:
        """Merge labels over those of executions that are over.

        Raises:
            IllegalArgumentError: A label is reserved.
        """
        return await self._asking.many(
            "set labels",
            execution_ids,
            over("execution is not terminated"),
            lambda found: LabelsRequested(allowed_labels(found.execution, labels)),
        )

    async def force_run(self, execution_ids: Sequence[str]) -> int:
        """Let executions that are not over go on at once, whatever they wait for."""
        fits = not_over("execution in a terminated state")
        return await self._asking.many(
            "force run", execution_ids, fits, lambda _: ForceRunRequested()
        )

    async def unqueue(
        self, execution_ids: Sequence[str], state: StateType = StateType.RUNNING
    ) -> int:
        """Take executions out of their flows' queues.

        Args:
            state: RUNNING, CANCELLED or FAILED.

        Raises:
            IllegalArgumentError: They can't be put into that state.
        """
        require_unqueued(state)
        fits = in_state(StateType.QUEUED)
        return await self._asking.many(
            "unqueue", execution_ids, fits, lambda _: UnqueueRequested(state)
        )

    async def delete(
        self,
        execution_ids: Sequence[str],
        *,
        include_non_terminated: bool = False,
        files: bool = True,
        logs: bool = True,
        metrics: bool = True,
    ) -> int:
        """Delete executions that are over, or all of them, with what belongs to them."""

        def fits(execution: Execution) -> str | None:
            is_wanted = execution.state.is_terminal or include_non_terminated
            return None if is_wanted else NOT_FOUND

        ids = distinct(execution_ids)
        known = await self._executions.headers(ids)
        for execution in require_all("invalid bulk delete", ids, known, fits):
            await self._executions.delete(execution.id, files=files, logs=logs, metrics=metrics)
        return len(ids)
