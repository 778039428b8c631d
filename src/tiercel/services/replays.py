"""New executions of old ones: replays, and restarts with another revision of the flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tiercel.engine import ExecutionState, moved_to_revision
from tiercel.engine import replay as replayed
from tiercel.engine.previews import as_restarted
from tiercel.model.errors import IllegalArgumentError, NotFoundError
from tiercel.model.execution import Breakpoint, Execution, Label, TaskRun
from tiercel.model.news import Created, LabelsRequested, RestartRequested
from tiercel.services.clock import new_id, utc_now
from tiercel.services.executions import Snapshot
from tiercel.services.requirements import (
    NO_TASK,
    distinct,
    require_all,
    require_restartable,
    require_something_failed,
)
from tiercel.services.uploads import Upload, store_uploads, upload_uris

if TYPE_CHECKING:
    from tiercel.bus import Bus
    from tiercel.model.flow import Flow
    from tiercel.services.catalog import FlowCatalog
    from tiercel.services.executions import Executions
    from tiercel.services.new_executions import ExecutionMaker
    from tiercel.storage import Storage
    from tiercel.store import Store

_REPLAYED = LabelsRequested((Label("system.replayed", "true"),))


class Replays:
    """Makes new executions of old ones. Methods return them as they were created."""

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
            uploads: Files for inputs of type FILE.
            breakpoints: Where the new one stops.

        Raises:
            IllegalArgumentError: No such task run.
            NotFoundError: No such execution or revision.
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
            uris = upload_uris(execution.namespace, execution.flow_id, execution.id, uploads)
            values = self._maker.resolve(flow, {**(inputs or {}), **uris})
            execution = replace(execution, inputs=values)
            await store_uploads(self._storage, uploads, uris)
        execution = replace(execution, breakpoints=tuple(breakpoints))
        created = await self._create(execution, task_runs)
        await self._note([execution_id])
        return created

    async def replay_many(
        self, execution_ids: Sequence[str], *, latest_revision: bool = False
    ) -> list[Snapshot]:
        """Replay executions from their start, all of them or none, in the order given.

        Raises:
            BulkRefusedError: One is not there.
        """
        ids = distinct(execution_ids)
        known = await self._executions.headers(ids)
        made = []
        for execution in require_all("invalid bulk replay", ids, known, lambda _: None):
            revision = None
            if latest_revision:
                latest = await self._store.flows.get(execution.namespace, execution.flow_id)
                revision = latest.revision if latest is not None else None
            flow = await self._revision(execution, revision)
            made.append(replayed(flow, ExecutionState(execution), None, utc_now(), new_id)[0])
        await self._store.executions.create(made)
        await self._note(ids)
        return [Snapshot(execution, ()) for execution in made]

    async def restart(self, execution_id: str, revision: int) -> Snapshot:
        """Run what failed again with another revision of the flow, as a new execution.

        Raises:
            ConflictError: It is neither over nor PAUSED.
            IllegalArgumentError: Nothing in it failed or is PAUSED.
            NotFoundError: No such execution or revision.
        """
        found = await self._executions.get(execution_id)
        require_restartable(found)
        flow = await self._revision(found.execution, revision)
        execution, task_runs = moved_to_revision(
            flow, ExecutionState(found.execution, found.task_runs), new_id
        )
        require_something_failed(task_runs)
        state = ExecutionState(execution, task_runs)
        return await self._create(*as_restarted(flow, state, RestartRequested(), utc_now(), new_id))

    async def _create(self, execution: Execution, task_runs: Sequence[TaskRun]) -> Snapshot:
        await self._store.executions.create([execution], Created(), task_runs)
        await self._bus.wake()
        return Snapshot(execution, task_runs)

    async def _note(self, execution_ids: Sequence[str]) -> None:
        """Let executions show that there are replays of them."""
        async with self._store.requests.begin() as request:
            await request.post(dict.fromkeys(execution_ids, _REPLAYED), utc_now())
        await self._bus.wake()

    async def _revision(self, execution: Execution, revision: int | None) -> Flow:
        namespace, flow_id = execution.namespace, execution.flow_id
        wanted = revision if revision is not None else execution.flow_revision
        try:
            return await self._catalog.get(namespace, flow_id, wanted)
        except NotFoundError:
            raise NotFoundError(
                f"Unable to find revision {wanted} on flow {namespace}.{flow_id}"
            ) from None
