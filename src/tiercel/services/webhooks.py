"""Webhooks: HTTP calls that start executions."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tiercel.engine import ExecutionState, run_context
from tiercel.expressions import ExpressionError
from tiercel.model.errors import ConflictError, NotFoundError, TiercelError
from tiercel.model.problems import InvalidFlowError
from tiercel.model.traces import parse_trace_parent
from tiercel.services.clock import new_id, utc_now

if TYPE_CHECKING:
    from tiercel.bus import Bus
    from tiercel.model.execution import Execution
    from tiercel.model.flow import Flow, TriggerSpec
    from tiercel.services.catalog import FlowCatalog
    from tiercel.services.trigger_executions import TriggerExecutions
    from tiercel.store import Store

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """What the caller sent.

    Attributes:
        headers, parameters: All values of each name; header names as they were written.
        trace_parent: The caller's ``traceparent``; what is none is passed over.
    """

    body: str | None = None
    headers: Mapping[str, Sequence[str]] | None = None
    parameters: Mapping[str, Sequence[str]] | None = None
    trace_parent: str | None = None


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What a call started, and how the trigger wants it answered.

    Attributes:
        wait: Answer when the execution has ended.
        return_outputs: With the flow's outputs alone.
    """

    execution: Execution
    wait: bool = False
    return_outputs: bool = False
    content_type: str = "application/json"
    status: int = 200


class Webhooks:
    """Takes calls and starts executions."""

    def __init__(
        self,
        store: Store,
        bus: Bus,
        catalog: FlowCatalog,
        maker: TriggerExecutions,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._bus = bus
        self._catalog = catalog
        self._maker = maker
        self._clock = clock

    async def call(
        self, namespace: str, flow_id: str, key: str, call: WebhookCall
    ) -> WebhookAnswer | None:
        """Start an execution of the flow whose webhook has this key.

        Returns:
            None when the trigger's conditions do not hold.

        Raises:
            NotFoundError: No such flow, or none of its enabled webhooks has the key.
            ConflictError: The flow is disabled or not valid any more.
        """
        flow, spec = await self._find(namespace, flow_id, key)
        variables = _variables(call)
        now = self._clock()
        started = self._maker.start(
            flow,
            spec,
            new_id(),
            now,
            variables=variables,
            inputs=spec.properties.get("inputs"),
        )
        if not self._may_start(flow, spec, started.execution):
            return None
        execution = _traced(started.execution, call.trace_parent)
        async with self._store.triggers.transaction() as transaction:
            await transaction.create([execution])
            await transaction.log(started.logs)
        await self._bus.wake()
        own = spec.properties
        return WebhookAnswer(
            execution,
            wait=spec.says("wait"),
            return_outputs=spec.says("returnOutputs"),
            content_type=str(own.get("responseContentType") or "application/json"),
            status=int(own.get("responseCode") or 200),
        )

    def _may_start(self, flow: Flow, spec: TriggerSpec, execution: Execution) -> bool:
        """Whether the conditions hold for the execution that would be started."""
        context = {
            **self._maker.context(flow, {}),
            **run_context(flow, ExecutionState(execution, []), None),
        }
        around = self._maker.surroundings(flow, context, execution=execution)
        try:
            return self._maker.hold_in(spec.conditions, around)
        except TiercelError as error:
            extra = {"flow_id": flow.id, "trigger_id": spec.id, "reason": str(error)}
            logger.warning("condition of a webhook not evaluated", extra=extra)
            return False

    async def _find(self, namespace: str, flow_id: str, key: str) -> tuple[Flow, TriggerSpec]:
        stored = await self._store.flows.get(namespace, flow_id)
        if stored is None:
            raise NotFoundError("Flow not found")
        try:
            flow = await self._catalog.get(namespace, flow_id, stored.revision)
        except InvalidFlowError as error:
            raise ConflictError(f"Cannot execute an invalid flow: {error.message}") from error
        for spec in flow.triggers:
            is_open = spec.type.endswith(".trigger.Webhook") and not spec.disabled
            if not is_open or not self._fits(flow, spec, key):
                continue
            if flow.disabled:
                raise ConflictError("Cannot execute a disabled flow")
            return flow, spec
        raise NotFoundError("Webhook not found")

    def _fits(self, flow: Flow, spec: TriggerSpec, key: str) -> bool:
        try:
            own = self._maker.render_text(
                str(spec.properties["key"]), self._maker.context(flow, {})
            )
        except ExpressionError as error:
            extra = {"flow_id": flow.id, "trigger_id": spec.id, "reason": str(error)}
            logger.warning("key of a webhook can't be rendered", extra=extra)
            return False
        return hmac.compare_digest(own.strip().encode(), key.encode())


def _traced(execution: Execution, header: str | None) -> Execution:
    """Return an execution whose span is below that of the caller, if there is one."""
    if parse_trace_parent(header) is None:
        return execution
    return replace(execution, metadata=replace(execution.metadata, trace_parent=header))


def _variables(call: WebhookCall) -> dict[str, Any]:
    variables: dict[str, Any] = {
        "headers": {name: list(values) for name, values in (call.headers or {}).items()},
        "parameters": {name: list(values) for name, values in (call.parameters or {}).items()},
    }
    if call.body:
        variables = {"body": _body(call.body), **variables}
    return variables


def _body(text: str) -> Any:
    """Return a JSON object or array as such, anything else as the text it is."""
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return parsed if isinstance(parsed, dict | list) else text
