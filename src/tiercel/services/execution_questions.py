"""What tasks that tell about an execution ask of a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tiercel.model.state import StateType
from tiercel.services.clock import utc_now

if TYPE_CHECKING:
    from tiercel.services.answers import Answer
    from tiercel.services.executions import Executions


class ExecutionQuestions:
    """Answers the questions of those tasks."""

    def __init__(self, executions: Executions) -> None:
        self._executions = executions

    def answers(self) -> Mapping[str, Answer]:
        """Return what can be asked, by name."""
        return {"execution": self._execution}

    async def _execution(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is told of an execution, ``executionId``: dates as ISO-8601 text, seconds.

        ``firstFailed`` and ``lastTask`` are ids of tasks; the task run that asks, ``taskRunId``,
        counts for neither. Raises NotFoundError.
        """
        found = await self._executions.get(str(values["executionId"]))
        execution, state = found.execution, found.execution.state
        runs = [run for run in found.task_runs if run.id != values.get("taskRunId")]
        failed = [run for run in runs if run.state.current is StateType.FAILED]
        # what failed inside of a flowable has failed before it, or at the same moment
        first = min(failed, key=lambda run: (run.state.last_date, -run.sequence), default=None)
        last = max(runs, key=lambda run: run.sequence, default=None)
        return {
            "namespace": execution.namespace,
            "flowId": execution.flow_id,
            "state": state.current.value,
            "isTerminal": state.is_terminal,
            "startDate": state.start_date.isoformat(timespec="milliseconds"),
            "seconds": ((state.end_date or utc_now()) - state.start_date).total_seconds(),
            "firstFailed": first and first.task_id,
            "lastTask": last and last.task_id,
        }
