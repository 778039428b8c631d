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
from tiercel.expressions import render_typed, render_value
from tiercel.model.execution import (
    Execution,
    ExecutionMetadata,
    ExecutionTrigger,
    Label,
    merge_labels,
)
from tiercel.model.state import State

if TYPE_CHECKING:
    from tiercel.expressions import Services
    from tiercel.model.flow import Flow
    from tiercel.model.inputs import Input

CORRELATION_LABEL = "system.correlationId"


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
    ) -> Execution:
        """Return a fresh execution with the labels of its flow.

        Args:
            inputs: Typed, as :meth:`resolve` gives them.
            labels: Merged over the flow's own; a correlation id of theirs counts.
        """
        own = (Label(CORRELATION_LABEL, execution_id),)
        return Execution(
            id=execution_id,
            namespace=flow.namespace,
            flow_id=flow.id,
            flow_revision=flow.revision,
            state=State.created(now),
            original_id=execution_id,
            inputs=inputs,
            variables=dict(variables or {}),
            labels=merge_labels(_without_system(flow.labels), own, tuple(labels)),
            trigger=trigger,
            metadata=ExecutionMetadata(1, now),
            schedule_date=schedule_date,
        )

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
    return tuple(label for label in labels if not label.key.startswith("system."))
