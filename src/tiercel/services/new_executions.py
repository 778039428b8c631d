"""How an execution of a flow is made: its inputs typed, its labels merged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tiercel.engine.inputs import (
    Encrypt,
    InputPreview,
    Render,
    preview,
    resolve,
    resolve_inputs,
)
from tiercel.expressions import ExpressionError, render_typed, render_value
from tiercel.model.errors import IllegalArgumentError
from tiercel.model.execution import (
    CORRELATION_LABEL,
    Execution,
    ExecutionMetadata,
    ExecutionTrigger,
    Label,
    merge_labels,
)
from tiercel.model.state import State, StateType

if TYPE_CHECKING:
    from tiercel.expressions import Services
    from tiercel.model.flow import Flow
    from tiercel.model.inputs import Input

_BLOCK, _FAIL = "BLOCK_EXECUTION", "FAIL_EXECUTION"


class ExecutionMaker:
    """Makes executions of parsed flows; it stores nothing.

    Args:
        base_context: Variables every template sees: ``envs``, ``globals`` …
        encrypt: Encrypts SECRET inputs; None when the server has no key.
    """

    def __init__(
        self,
        services: Services,
        base_context: Mapping[str, Any],
        encrypt: Encrypt | None = None,
    ) -> None:
        self._services = services
        self._base_context = base_context
        self._encrypt = encrypt

    def resolve(self, flow: Flow, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the typed inputs of an execution.

        Args:
            given: Values by input id, text or typed; files as URIs.

        Raises:
            InvalidInputError: A value is missing or refused.
        """

        return resolve_inputs(flow, given, render=self._renderer(flow), encrypt=self._encrypt)

    def preview(self, flow: Flow, given: Mapping[str, Any]) -> list[InputPreview]:
        """Return what would become of each input; see :meth:`resolve`."""
        return preview(flow.inputs, given, render=self._renderer(flow))

    def _renderer(self, flow: Flow) -> Render:
        def render(value: Any, inputs: Mapping[str, Any]) -> Any:
            return self._render(value, self._context(flow, {"inputs": inputs}))

        return render

    def resolve_more(
        self,
        declared: Sequence[Input],
        given: Mapping[str, Any],
        context: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Return typed inputs that are not a flow's, such as those of a Pause.

        Args:
            context: The run context their templates see besides their own ``inputs``.

        Raises:
            InvalidInputError: A value is missing or refused.
        """

        render = self._renderer_in(context)
        return resolve(declared, given, render=render, encrypt=self._encrypt)

    def preview_more(
        self,
        declared: Sequence[Input],
        given: Mapping[str, Any],
        context: Mapping[str, Any],
    ) -> list[InputPreview]:
        """Return what would become of each input; see :meth:`resolve_more`."""
        return preview(declared, given, render=self._renderer_in(context))

    def _renderer_in(self, context: Mapping[str, Any]) -> Render:
        def render(value: Any, inputs: Mapping[str, Any]) -> Any:
            known = {**(context.get("inputs") or {}), **inputs}
            return self._render(value, {**self._base_context, **context, "inputs": known})

        return render

    def make(
        self,
        flow: Flow,
        execution_id: str,
        now: datetime,
        inputs: dict[str, Any],
        *,
        labels: Sequence[Label] = (),
        variables: Mapping[str, Any] | None = None,
        trigger: ExecutionTrigger | None = None,
        schedule_date: datetime | None = None,
        trace_parent: str | None = None,
    ) -> Execution:
        """Return a fresh execution with the labels of its flow; FAILED if its checks say so.

        Raises:
            IllegalArgumentError: A check forbids it.

        Args:
            inputs: Typed, as :meth:`resolve` gives them.
            labels: Merged over the flow's own; a correlation id of theirs counts.
            trace_parent: The ``traceparent`` of who starts it.
        """
        own = (Label(CORRELATION_LABEL, execution_id),)
        state = State.created(now)
        if flow.checks and self.failed_check(flow, inputs) is not None:
            state = state.to(StateType.FAILED, now)
        return Execution(
            id=execution_id,
            namespace=flow.namespace,
            flow_id=flow.id,
            flow_revision=flow.revision,
            state=state,
            original_id=execution_id,
            inputs=inputs,
            variables=dict(variables or {}),
            labels=merge_labels(_without_system(flow.labels), own, tuple(labels)),
            trigger=trigger,
            metadata=ExecutionMetadata(1, now, trace_parent=trace_parent),
            schedule_date=schedule_date,
        )

    def failed_check(self, flow: Flow, inputs: Mapping[str, Any]) -> str | None:
        """Look at the checks of a flow; return why its execution is to fail at once, None if not.

        Raises:
            IllegalArgumentError: A check forbids the execution; all its messages are told.
        """
        failed: dict[str, list[str]] = {}
        for check in flow.checks:
            if not self._holds(flow, check, inputs):
                behavior = str(check.get("behavior") or _BLOCK)
                failed.setdefault(behavior, []).append(str(check["message"]))
        if _BLOCK in failed:
            raise IllegalArgumentError(
                ", ".join(failed[_BLOCK]), hint="give inputs that the checks of the flow accept"
            )
        return ", ".join(failed[_FAIL]) if _FAIL in failed else None

    def _holds(self, flow: Flow, check: Mapping[str, Any], inputs: Mapping[str, Any]) -> bool:
        context = {**self._base_context, "vars": flow.variables, "inputs": inputs}
        try:
            return self._render(check["condition"], context) is True
        except ExpressionError:
            # a check that can't be evaluated has not passed
            return False

    def _context(self, flow: Flow, more: Mapping[str, Any]) -> dict[str, Any]:
        return {
            **self._base_context,
            "flow": {"id": flow.id, "namespace": flow.namespace, "revision": flow.revision},
            "vars": flow.variables,
            **more,
        }

    def _render(self, value: Any, context: Mapping[str, Any]) -> Any:
        if isinstance(value, str):
            return render_typed(value, context, self._services)
        return render_value(value, context, self._services)


def _without_system(labels: Sequence[Label]) -> tuple[Label, ...]:
    return tuple(label for label in labels if not label.is_reserved)
