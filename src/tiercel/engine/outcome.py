"""How ends add up: a parent's state from its children, and what ``allowFailure`` and
``allowWarning`` make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tiercel.model.state import StateType

if TYPE_CHECKING:
    from tiercel.engine.state import Tally
    from tiercel.model.task import TaskSpec

_WORST_FIRST = (StateType.KILLED, StateType.FAILED, StateType.WARNING)


def mapped_state(task: TaskSpec, state: StateType) -> StateType:
    """Return the state a task run gets when its last attempt, or its children, ended in
    ``state``."""
    if state is StateType.FAILED and task.allow_failure:
        state = StateType.WARNING
    if state is StateType.WARNING and task.allow_warning:
        state = StateType.SUCCESS
    return state


def guessed_state(tally: Tally) -> StateType:
    """Return the state that children of one branch add up to: the worst of them counts."""
    for state in _WORST_FIRST:
        if tally.has(state):
            return state
    return StateType.SUCCESS
