"""Expressions evaluated in an execution, for people who look for what a template gives."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from tiercel.engine.context import run_context
from tiercel.engine.state import ExecutionState
from tiercel.expressions import ExpressionError, render
from tiercel.model.errors import NotFoundError
from tiercel.services.masking import mask

if TYPE_CHECKING:
    from tiercel.expressions import Services
    from tiercel.services.catalog import FlowCatalog
    from tiercel.services.executions import Executions

MASK = "******"


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What an expression gives: a result, or the error that it ends with."""

    result: str | None = None
    error: str | None = None


class _WithoutSecrets:
    """The services of a server, but that nobody learns a secret, whatever is done with it."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def __getattr__(self, name: str) -> Any:
        return getattr(self._services, name)

    def secret(self, key: str, namespace: str | None) -> str:
        """Return a mask for a secret that there is."""
        self._services.secret(key, namespace)
        return MASK


class Evaluation:
    """Renders an expression as a task run of an execution would have.

    Args:
        base_context: Variables that every template sees.
    """

    def __init__(
        self,
        executions: Executions,
        catalog: FlowCatalog,
        services: Services,
        base_context: Mapping[str, Any],
    ) -> None:
        self._executions = executions
        self._catalog = catalog
        self._services = services
        self._base_context = base_context

    async def evaluate(
        self, execution_id: str, expression: str, task_run_id: str | None = None
    ) -> Evaluated:
        """Return what an expression gives, as text; secrets are masked.

        Args:
            task_run_id: Whose variables it sees; None for those of the execution.

        Raises:
            NotFoundError: No such execution, task run or flow.
        """
        snapshot = await self._executions.get(execution_id)
        runs = {run.id: run for run in snapshot.task_runs}
        if task_run_id is not None and task_run_id not in runs:
            raise NotFoundError(f"Task run '{task_run_id}' not found in '{execution_id}'")
        flow = await self._catalog.of(snapshot.execution)
        state = ExecutionState(snapshot.execution, snapshot.task_runs)
        task_run = runs[task_run_id] if task_run_id is not None else None
        context = {**self._base_context, **run_context(flow, state, task_run)}
        services = cast("Services", _WithoutSecrets(self._services))
        # In a thread: an expression may read files, and take its time.
        try:
            text = await asyncio.to_thread(render, expression, context, services)
        except ExpressionError as error:
            return Evaluated(error=self._masked(str(error)))
        return Evaluated(self._masked(text))

    def _masked(self, text: str) -> str:
        """Hide every secret of the server: outputs and files may hold one."""
        secrets = frozenset(getattr(self._services, "secrets", ()))
        return mask(text, secrets) if secrets else text
