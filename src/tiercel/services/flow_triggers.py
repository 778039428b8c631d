"""Flow triggers: executions that start when those of other flows reach a state."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tiercel.engine import ExecutionState, run_context
from tiercel.engine.schedule import Group, Window, groups_of, progress
from tiercel.expressions import ExpressionError
from tiercel.expressions.zones import zone as zone_of
from tiercel.model.errors import TiercelError
from tiercel.model.execution import Execution, TaskRun
from tiercel.model.state import TERMINATED, History, State, StateType
from tiercel.store import StoredWindow

if TYPE_CHECKING:
    from tiercel.engine.schedule import Surroundings
    from tiercel.model.flow import Flow, TriggerSpec
    from tiercel.services.catalog import FlowCatalog
    from tiercel.services.trigger_executions import TriggerExecutions
    from tiercel.store import FlowTrigger, Store, Transition, TriggerTransaction

logger = logging.getLogger(__name__)

_DEFAULT_STATES = frozenset(TERMINATED - {StateType.RESUBMITTED})


class FlowTriggers:
    """Takes in state changes of executions and says what they start.

    Args:
        ids: Gives a fresh id at each call.
    """

    def __init__(
        self,
        store: Store,
        catalog: FlowCatalog,
        maker: TriggerExecutions,
        *,
        ids: Callable[[], str],
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._maker = maker
        self._ids = ids

    async def take(
        self, transaction: TriggerTransaction, transitions: Sequence[Transition], now: datetime
    ) -> int:
        """Create the executions that state changes start; return how many.

        Everything is written in the transaction that took the changes: each is taken in once.
        """
        moved = [item for item in transitions if item.reached > item.seen]
        listeners = await self._store.triggers.flow_triggers() if moved else []
        if not listeners:
            return 0
        loaded = await transaction.executions(sorted({item.execution_id for item in moved}))
        created = []
        for item in moved:
            if item.execution_id not in loaded:
                continue
            execution, task_runs = loaded[item.execution_id]
            entries = execution.state.histories
            for index in range(item.seen, min(item.reached, len(entries))):
                if _counts(entries, index):
                    then = replace(execution, state=State(entries[: index + 1]))
                    created += await self._heard(transaction, listeners, then, task_runs, now)
        await transaction.create(created)
        return len(created)

    async def _heard(
        self,
        transaction: TriggerTransaction,
        listeners: Sequence[FlowTrigger],
        upstream: Execution,
        task_runs: Sequence[TaskRun],
        now: datetime,
    ) -> list[Execution]:
        found = []
        variables: Mapping[str, Any] | None = None
        for listener in listeners:
            if (listener.namespace, listener.flow_id) == (upstream.namespace, upstream.flow_id):
                continue
            try:
                flow, spec = await self._listener(listener)
                if upstream.state.current.value not in _states(spec):
                    continue
                if variables is None:
                    variables = await self._variables(upstream, task_runs)
                execution = await self._judge(
                    transaction, flow, spec, upstream, task_runs, variables, now
                )
            except TiercelError as error:
                logger.warning(
                    "flow trigger not evaluated",
                    extra={
                        "flow_id": listener.flow_id,
                        "trigger_id": listener.trigger_id,
                        "reason": str(error),
                    },
                )
                continue
            if execution is not None:
                found.append(execution)
        return found

    async def _listener(self, listener: FlowTrigger) -> tuple[Flow, TriggerSpec]:
        flow = await self._catalog.get(listener.namespace, listener.flow_id, listener.revision)
        spec = flow.trigger(listener.trigger_id)
        if spec is None or spec.disabled:
            raise TiercelError(f"Flow {flow.id} has no trigger {listener.trigger_id} any more")
        return flow, spec

    async def _variables(
        self, upstream: Execution, task_runs: Sequence[TaskRun]
    ) -> Mapping[str, Any]:
        flow = await self._catalog.get(upstream.namespace, upstream.flow_id, upstream.flow_revision)
        return run_context(flow, ExecutionState(upstream, list(task_runs)), None)

    async def _judge(
        self,
        transaction: TriggerTransaction,
        flow: Flow,
        spec: TriggerSpec,
        upstream: Execution,
        task_runs: Sequence[TaskRun],
        variables: Mapping[str, Any],
        now: datetime,
    ) -> Execution | None:
        """Return the execution that one state change starts through one trigger."""
        context = {
            **self._maker.context(flow, {"outputs": upstream.outputs or {}}),
            **variables,
            "flow": {"id": flow.id, "namespace": flow.namespace, "revision": flow.revision},
            "trigger": {"outputs": upstream.outputs or {}},
        }
        around = self._maker.surroundings(flow, context, execution=upstream, task_runs=task_runs)
        try:
            if not self._maker.hold_in(spec.conditions, around):
                return None
            groups = groups_of(spec.properties, spec.conditions)
            fires = [await self._progress(transaction, flow, item, around, now) for item in groups]
        except ExpressionError as error:
            raise TiercelError(str(error)) from error
        if not all(fires):
            return None
        started = self._maker.start(
            flow,
            spec,
            self._ids(),
            now,
            variables=_trigger_variables(upstream),
            inputs=spec.properties.get("inputs") or {},
            context=context,
        )
        if started.has_failed:
            raise TiercelError(
                f"Failed to trigger flow {flow.namespace}.{flow.id} for trigger {spec.id}, "
                f"invalid inputs: {started.reason}"
            )
        return started.execution

    async def _progress(
        self,
        transaction: TriggerTransaction,
        flow: Flow,
        group: Group,
        around: Surroundings,
        now: datetime,
    ) -> bool:
        key = (flow.namespace, flow.id, group.id)
        kept = await transaction.window(*key)
        known = Window(kept.start, kept.end, kept.met) if kept else None
        local = now.astimezone(zone_of(self._maker.zone).info)

        def tell(error: Exception) -> None:
            extra = {"flow_id": flow.id, "condition_id": group.id, "reason": str(error)}
            logger.warning("condition of a flow trigger not evaluated", extra=extra)

        window, fires = progress(group, known, around, local, on_doubt=tell)
        await transaction.save_window(
            *key, StoredWindow(window.start, window.end, window.met) if window else None
        )
        return fires


def _counts(entries: Sequence[History], index: int) -> bool:
    """Whether an entry of a history can start something: not a creation, nor a failure that is
    tried again at once."""
    state, behind = entries[index].state, entries[index + 1 : index + 2]
    is_retried = state is StateType.FAILED and any(
        entry.state is StateType.RETRYING for entry in behind
    )
    return state is not StateType.CREATED and not is_retried


def _states(spec: TriggerSpec) -> frozenset[str]:
    given = spec.properties.get("states")
    return frozenset(str(state) for state in given) if given else _DEFAULT_STATES


def _trigger_variables(upstream: Execution) -> dict[str, Any]:
    variables: dict[str, Any] = {
        "executionId": upstream.id,
        "namespace": upstream.namespace,
        "flowId": upstream.flow_id,
        "flowRevision": upstream.flow_revision,
        "state": upstream.state.current.value,
        "executionLabels": {label.key: label.value for label in upstream.labels},
    }
    if upstream.outputs is not None:
        variables["outputs"] = upstream.outputs
    return variables
