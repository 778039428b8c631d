"""Executions that executions start: Subflow, ForEachItem, and flows that are tried again.

All of it happens in the transaction of the step that asked for it, so an execution has the child it
says it has, once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from tiercel.engine import ExecutionState, run_context
from tiercel.engine import replay as replayed
from tiercel.engine.effects import StartExecution, StartExecutions
from tiercel.expressions import ExpressionError, render_value
from tiercel.model.errors import IllegalArgumentError, NotFoundError, TiercelError
from tiercel.model.execution import Execution, ExecutionTrigger, Label, TaskRun
from tiercel.model.news import (
    Created,
    ExecutionEnded,
    ExecutionRefused,
    ExecutionsStarted,
    ExecutionStarted,
    KillRequested,
    News,
    RestartRequested,
)
from tiercel.model.problems import InvalidFlowError
from tiercel.model.state import StateType
from tiercel.model.traces import trace_parent
from tiercel.storage.paths import file_in, task_run_folder
from tiercel.store import Creation, Link

if TYPE_CHECKING:
    from tiercel.model.flow import Flow
    from tiercel.services.catalog import FlowCatalog
    from tiercel.services.new_executions import ExecutionMaker
    from tiercel.services.step import Environment
    from tiercel.storage import Storage
    from tiercel.store import StepTransaction, Store

_FIRST_ITERATION = 1
_SCHEME = "kestra://"


@dataclass(frozen=True, slots=True)
class _Parent:
    """The task run that starts executions, with what its templates see."""

    flow: Flow
    state: ExecutionState
    task_run: TaskRun
    context: Mapping[str, Any]


class Children:
    """Creates, restarts and kills executions for others, and tells those of their end."""

    def __init__(
        self,
        store: Store,
        catalog: FlowCatalog,
        maker: ExecutionMaker,
        storage: Storage,
        environment: Environment,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._maker = maker
        self._storage = storage
        self._environment = environment

    # Starting

    async def start(
        self,
        transaction: StepTransaction,
        flow: Flow,
        state: ExecutionState,
        wanted: StartExecution | StartExecutions,
        context: Mapping[str, Any],
    ) -> list[News]:
        """Create what a task run asks for; return the answers, a refusal when it can't be.

        Args:
            flow, state: The parent.
            context: The run context of the task run.
        """
        parent = _Parent(flow, state, state.task_run(wanted.task_run_id), context)
        try:
            if isinstance(wanted, StartExecution):
                return await self._start_one(transaction, parent, wanted)
            return await self._start_batches(transaction, parent, wanted)
        except TiercelError as error:
            return [ExecutionRefused(wanted.task_run_id, wanted.attempt_id, error.message)]
        except ExpressionError as error:
            return [ExecutionRefused(wanted.task_run_id, wanted.attempt_id, str(error))]

    async def _start_one(
        self, transaction: StepTransaction, parent: _Parent, wanted: StartExecution
    ) -> list[News]:
        if wanted.restart_id is not None:
            link = Link(
                wanted.restart_id,
                parent.state.execution.id,
                wanted.task_run_id,
                wanted.attempt_id,
                outputs=wanted.outputs,
            )
            answers = await self._take_up(transaction, link)
            if answers is not None:
                return answers
        flow = await self._flow(wanted)
        self._create(transaction, parent, flow, wanted, wanted.execution_id, wanted.inputs)
        transaction.relations.link(
            Link(
                wanted.execution_id,
                parent.state.execution.id,
                wanted.task_run_id,
                wanted.attempt_id,
                outputs=wanted.outputs,
            )
        )
        return [ExecutionStarted(wanted.task_run_id, wanted.attempt_id, wanted.execution_id)]

    async def _start_batches(
        self, transaction: StepTransaction, parent: _Parent, wanted: StartExecutions
    ) -> list[News]:
        flow = await self._flow(wanted)
        execution = parent.state.execution
        known = await self._earlier(transaction, parent) if wanted.restart else {}
        answers: list[News] = []
        count = 0
        async for uri in self._lines(wanted.splits):
            batch, count = count, count + 1
            link = Link(
                known.get(batch) or self._environment.ids(),
                execution.id,
                wanted.task_run_id,
                wanted.attempt_id,
                batch,
            )
            if batch in known:
                taken = await self._take_up(transaction, link)
                if taken is not None:
                    answers += [item for item in taken if isinstance(item, ExecutionEnded)]
                    continue
            self._create_batch(transaction, parent, flow, wanted, link, uri)
        base = _outputs_folder(execution, parent.task_run)
        started = ExecutionsStarted(wanted.task_run_id, wanted.attempt_id, count, base)
        return [started, *answers]

    def _create_batch(
        self,
        transaction: StepTransaction,
        parent: _Parent,
        flow: Flow,
        wanted: StartExecutions,
        link: Link,
        uri: str,
    ) -> None:
        number = (link.batch or 0) + _FIRST_ITERATION
        own = {**parent.context["taskrun"], "items": uri, "iteration": number}
        context = {**parent.context, "taskrun": own}
        inputs = render_value(wanted.inputs or {}, context, self._environment.services)
        if not isinstance(inputs, Mapping):
            raise IllegalArgumentError("'inputs' must be a map")
        run = replace(parent.task_run, iteration=number)
        batch_parent = _Parent(parent.flow, parent.state, run, context)
        self._create(transaction, batch_parent, flow, wanted, link.execution_id, inputs)
        transaction.relations.link(link)

    async def _lines(self, uri: str) -> AsyncIterator[str]:
        rest = b""
        async for chunk in self._storage.open(uri):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                if line:
                    yield line.decode()
        if rest:
            yield rest.decode()

    async def _earlier(self, transaction: StepTransaction, parent: _Parent) -> dict[int, str]:
        """Return what an earlier attempt started, by batch."""
        links = await transaction.relations.links_from(
            parent.state.execution.id, parent.task_run.id
        )
        return {link.batch: link.execution_id for link in links if link.batch is not None}

    async def _flow(self, wanted: StartExecution | StartExecutions) -> Flow:
        namespace, flow_id, revision = wanted.namespace, wanted.flow_id, wanted.revision
        stored = await self._store.flows.get(namespace, flow_id, revision)
        if stored is None or stored.deleted:
            raise NotFoundError(
                f"Unable to find flow '{namespace}'.'{flow_id}' with revision '{revision or 0}'"
            )
        if stored.disabled:
            raise IllegalArgumentError("Cannot execute a flow which is disabled")
        try:
            return await self._catalog.get(namespace, flow_id, stored.revision)
        except InvalidFlowError as error:
            raise IllegalArgumentError(f"Cannot execute an invalid flow: {error}") from error

    def _create(
        self,
        transaction: StepTransaction,
        parent: _Parent,
        flow: Flow,
        wanted: StartExecution | StartExecutions,
        execution_id: str,
        inputs: Mapping[str, Any],
    ) -> None:
        now = self._environment.clock()
        declared = {label.key for label in flow.labels}
        inherited = tuple(
            label
            for label in parent.state.execution.labels
            if label.is_reserved or (wanted.inherit_labels and label.key not in declared)
        )
        execution = self._maker.make(
            flow,
            execution_id,
            now,
            self._maker.resolve(flow, inputs),
            labels=(*_handed_on(inherited), *wanted.labels),
            trigger=_trigger(parent),
            schedule_date=_moment(wanted.schedule_date),
            trace_parent=trace_parent(
                parent.state.execution, parent.task_run.id, traces=self._environment.traces
            ),
        )
        transaction.relations.create(Creation(execution, Created(), now))

    async def _take_up(self, transaction: StepTransaction, link: Link) -> list[News] | None:
        """Wait for an execution that an earlier attempt started, restarted if it FAILED.

        Returns:
            None when it does not exist any more.
        """
        execution = await transaction.relations.lock_execution(link.execution_id)
        if execution is None:
            return None
        state = execution.state.current
        started = ExecutionStarted(link.task_run_id, link.attempt_id, execution.id, state)
        if state is StateType.FAILED:
            transaction.relations.link(link)
            transaction.post(execution.id, RestartRequested())
            return [started]
        if state.is_terminal:
            return [started, _ended(link, execution)]
        transaction.relations.link(link)
        return [started]

    # Ending

    async def tell_parents(
        self,
        transaction: StepTransaction,
        ended: Sequence[tuple[Flow | None, ExecutionState]],
    ) -> None:
        """Tell those who wait for executions that these are over, with their outputs."""
        by_id = {
            state.execution.id: (flow, state)
            for flow, state in ended
            if state.execution.trigger is not None
            and "taskRunId" in state.execution.trigger.variables
        }
        if not by_id:
            return
        for link in await transaction.relations.open_links(list(by_id)):
            flow, state = by_id[link.execution_id]
            news = self._with_outputs(link, flow, state)
            if link.batch is not None and news.outputs is not None:
                news = await self._with_stored_outputs(link, news, state.execution)
            transaction.post(link.parent_id, news)
            transaction.relations.end(link.execution_id)

    def _with_outputs(self, link: Link, flow: Flow | None, state: ExecutionState) -> ExecutionEnded:
        news = _ended(link, state.execution)
        if link.outputs is None or flow is None or flow.outputs:
            return news
        context = {**self._environment.base_context, **run_context(flow, state, None)}
        try:
            outputs = render_value(link.outputs, context, self._environment.services)
        except ExpressionError as error:
            return replace(news, error=str(error))
        return replace(news, outputs=outputs)

    async def _with_stored_outputs(
        self, link: Link, news: ExecutionEnded, execution: Execution
    ) -> ExecutionEnded:
        """Store the outputs of a batch where those of all batches are collected."""
        trigger = execution.trigger
        variables = trigger.variables if trigger is not None else {}
        folder = task_run_folder(
            variables["namespace"],
            variables["flowId"],
            link.parent_id,
            variables["taskId"],
            link.task_run_id,
        )
        uri = file_in(file_in(folder, str(link.batch)), "outputs.ion")
        try:
            await self._storage.put(uri, msgspec.json.encode(news.outputs) + b"\n")
        except (TiercelError, OSError) as error:
            return replace(news, outputs=None, error=str(error))
        return replace(news, outputs=None)

    # Stopping and trying again

    async def stop(self, transaction: StepTransaction, execution_ids: Sequence[str]) -> None:
        """Kill executions and all below them."""
        for execution_id in await transaction.relations.with_descendants(execution_ids):
            transaction.post(execution_id, KillRequested())

    async def stop_all(
        self, transaction: StepTransaction, execution_id: str, task_run_id: str
    ) -> None:
        """Kill all executions that a task run started."""
        links = await transaction.relations.links_from(execution_id, task_run_id)
        if links:
            await self.stop(transaction, [link.execution_id for link in links])

    def try_again(
        self, transaction: StepTransaction, flow: Flow, state: ExecutionState, due_at: datetime
    ) -> None:
        """Run an execution again as a new one, at a date."""
        now = self._environment.clock()
        execution, _ = replayed(flow, state, None, now, self._environment.ids)
        execution = replace(execution, labels=state.execution.labels)
        transaction.relations.create(Creation(execution, Created(), due_at))


def _ended(link: Link, execution: Execution) -> ExecutionEnded:
    return ExecutionEnded(
        link.task_run_id,
        link.attempt_id,
        execution.id,
        execution.state.current,
        outputs=execution.outputs,
        batch=link.batch,
    )


def _trigger(parent: _Parent) -> ExecutionTrigger:
    execution, run = parent.state.execution, parent.task_run
    task = parent.flow.tasks_by_id[run.task_id]
    variables: dict[str, Any] = {
        "executionId": execution.id,
        "namespace": execution.namespace,
        "flowId": execution.flow_id,
        "flowRevision": execution.flow_revision,
        "taskRunId": run.id,
        "taskId": run.task_id,
    }
    if run.value is not None:
        variables["taskRunValue"] = run.value
    if run.iteration is not None:
        variables["taskRunIteration"] = run.iteration
    return ExecutionTrigger(id=task.id, type=task.type, variables=variables)


def _handed_on(labels: Sequence[Label]) -> tuple[Label, ...]:
    """Leave out what is true of the parent alone."""
    own = ("system.restarted", "system.replay", "system.replayed")
    return tuple(label for label in labels if label.key not in own)


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise IllegalArgumentError(
            f"'scheduleDate' is not a date: {text}", hint="write it as 2026-01-31T08:00:00Z"
        ) from None
    if moment.tzinfo is None:
        raise IllegalArgumentError(
            f"'scheduleDate' has no time zone: {text}", hint="write it as 2026-01-31T08:00:00Z"
        )
    return moment


def _outputs_folder(execution: Execution, run: TaskRun) -> str:
    uri = task_run_folder(execution.namespace, execution.flow_id, execution.id, run.task_id, run.id)
    return uri.removeprefix(_SCHEME)
