"""The inputs that a Pause task asks for when its execution is resumed (``onResume``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tiercel.engine import ExecutionState, run_context
from tiercel.model.state import StateType

if TYPE_CHECKING:
    from tiercel.engine.inputs import InputPreview
    from tiercel.model.flow import Flow
    from tiercel.model.inputs import Input
    from tiercel.services.executions import Snapshot
    from tiercel.services.new_executions import ExecutionMaker


class ResumeInputs:
    """Types what is given for the inputs of a Pause."""

    def __init__(self, maker: ExecutionMaker) -> None:
        self._maker = maker

    def resolve(
        self,
        flow: Flow,
        found: Snapshot,
        given: Mapping[str, Any],
        task_run_id: str | None = None,
    ) -> dict[str, Any] | None:
        """Return typed values by input id; None when the Pause declares no inputs.

        Args:
            task_run_id: Which Pause, when several wait; the first by default.

        Raises:
            InvalidInputError: A value is missing or refused.
        """
        asked = _asked(flow, found, task_run_id)
        return self._maker.resolve_more(asked[0], given, asked[1]) if asked is not None else None

    def preview(self, flow: Flow, found: Snapshot, given: Mapping[str, Any]) -> list[InputPreview]:
        """Return what would become of each input of the first Pause that waits."""
        asked = _asked(flow, found, None)
        return self._maker.preview_more(asked[0], given, asked[1]) if asked is not None else []


def _asked(
    flow: Flow, found: Snapshot, task_run_id: str | None
) -> tuple[Sequence[Input], Mapping[str, Any]] | None:
    """Return the inputs that a Pause asks for, and the context of their templates."""
    paused = [run for run in found.task_runs if run.state.current is StateType.PAUSED]
    if task_run_id is not None:
        paused = [run for run in paused if run.id == task_run_id]
    if not paused:
        return None
    task = flow.tasks_by_id.get(paused[0].task_id)
    declared = task.properties.get("onResume") if task is not None else None
    if not declared:
        return None
    state = ExecutionState(found.execution, found.task_runs)
    return declared, run_context(flow, state, paused[0])
