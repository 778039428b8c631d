"""What an execution looks like once a request was carried out, before anything in it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tiercel.engine.operations import change_task_run_state, restart
from tiercel.engine.turn import Turn
from tiercel.model.news import RestartRequested, TaskRunStateRequested
from tiercel.model.state import State, StateType

if TYPE_CHECKING:
    from tiercel.engine.state import ExecutionState
    from tiercel.model.execution import Execution, TaskRun
    from tiercel.model.flow import Flow


def as_restarted(
    flow: Flow,
    state: ExecutionState,
    news: RestartRequested | TaskRunStateRequested,
    now: datetime,
    ids: Callable[[], str],
) -> tuple[Execution, Sequence[TaskRun]]:
    """Return an execution and its task runs as they are at the moment it is RESTARTED.

    Args:
        flow: The revision the execution runs.
        state: The execution; to be thrown away after the call.
        news: What is asked.
        now: The current moment.
        ids: Gives fresh ids.
    """
    entries = len(state.execution.state.histories)
    turn = Turn(flow, state, now, ids)
    if isinstance(news, RestartRequested):
        restart(turn, news)
    else:
        change_task_run_state(turn, news)
    execution = state.execution
    histories = execution.state.histories
    for index in range(entries, len(histories)):
        if histories[index].state is StateType.RESTARTED:
            execution = replace(execution, state=State(histories[: index + 1]))
            break
    return execution, list(state.task_runs)
