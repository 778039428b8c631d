"""What a request to an execution asks of it, and what a request is refused with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from tiercel.model.errors import (
    ConflictError,
    IllegalArgumentError,
    NotFoundError,
    TiercelError,
)
from tiercel.model.execution import Execution, Label, TaskRun
from tiercel.model.news import RestartRequested
from tiercel.model.state import StateType

if TYPE_CHECKING:
    from tiercel.services.executions import Snapshot

NOT_FOUND = "execution not found"
NO_TASK = "No task found to restart execution from!"
_FAILED_OR_PAUSED = frozenset({StateType.FAILED, StateType.PAUSED})

Fits = Callable[[Execution], str | None]
"""Says why an execution does not fit a request of many, None when it does."""


class BulkRefusedError(TiercelError):
    """A request for many executions is refused as a whole: nothing was done.

    Args:
        message: ``invalid bulk …``.
        invalids: Execution ids that do not fit, each with the reason.
    """

    code: ClassVar[str] = "bulk_refused"
    http_status: ClassVar[int] = 400

    def __init__(self, message: str, invalids: Sequence[tuple[str, str]]) -> None:
        super().__init__(message, hint="leave out the executions that are named, nothing was done")
        self.invalids = tuple(invalids)


# Of one


def unknown(execution_id: str) -> NotFoundError:
    """Return the refusal of a request for an execution that does not exist."""
    return NotFoundError(f"Execution '{execution_id}' not found", execution_id=execution_id)


def require_known(found: Mapping[str, Execution], execution_id: str) -> Execution:
    """Return an execution. Raises NotFoundError when it was not found."""
    if execution_id not in found:
        raise unknown(execution_id)
    return found[execution_id]


def require_paused(found: Snapshot) -> None:
    """Raise ConflictError unless it is PAUSED, or a Pause that runs after its end is."""
    states = [found.execution.state, *(run.state for run in found.task_runs)]
    if not any(state.current is StateType.PAUSED for state in states):
        raise ConflictError(f"Execution '{found.execution.id}' is not paused, can't resume it")


def require_restartable(found: Snapshot) -> None:
    """Refuse one that is neither over nor PAUSED, or in which nothing failed or is PAUSED.

    Raises:
        ConflictError: It still runs.
        IllegalArgumentError: There is nothing to run again.
    """
    state = found.execution.state
    if not (state.is_terminal or state.current is StateType.PAUSED):
        raise ConflictError(
            f"Execution must be terminated to be restarted, current state is '{state.current}' !"
        )
    require_something_failed(found.task_runs)


def restart_of(found: Snapshot) -> RestartRequested:
    """Return the news that restarts an execution; see :func:`require_restartable`."""
    require_restartable(found)
    return RestartRequested()


def require_something_failed(task_runs: Sequence[TaskRun]) -> None:
    """Raise IllegalArgumentError unless one of them FAILED or is PAUSED."""
    if not any(run.state.current in _FAILED_OR_PAUSED for run in task_runs):
        raise IllegalArgumentError(NO_TASK)


def require_final(state: StateType) -> None:
    """Raise IllegalArgumentError unless nothing comes after the state."""
    if not state.is_terminal:
        raise IllegalArgumentError(
            "You can only change the status of an execution to a terminal state."
        )


def require_unqueued(state: StateType) -> None:
    """Raise IllegalArgumentError for a state that a queued execution can't be put into."""
    if state not in (StateType.RUNNING, StateType.CANCELLED, StateType.FAILED):
        raise IllegalArgumentError(
            f"A queued execution can't be put into {state}",
            hint="choose RUNNING, CANCELLED or FAILED",
        )


def allowed_labels(execution: Execution, labels: Sequence[Label]) -> tuple[Label, ...]:
    """Return labels to be set. Raises IllegalArgumentError for a new one of the system's."""
    require_unreserved(label for label in labels if label not in execution.labels)
    return tuple(labels)


def require_unreserved(labels: Iterable[Label]) -> None:
    """Raise IllegalArgumentError for a label that only Tiercel itself may set."""
    for label in labels:
        if label.is_reserved:
            raise IllegalArgumentError(
                label.refusal, hint="choose a key without the prefix system."
            )


# Of many


def distinct(execution_ids: Sequence[str]) -> list[str]:
    """Return ids in the order given, each once."""
    return list(dict.fromkeys(execution_ids))


def require_all(
    message: str, ids: Sequence[str], found: Mapping[str, Execution], fits: Fits
) -> list[Execution]:
    """Return the executions of a request for many, in the order given.

    Raises:
        BulkRefusedError: One was not found or does not fit.
    """
    reasons = {item: fits(found[item]) if item in found else NOT_FOUND for item in ids}
    invalids = [(item, reason) for item, reason in reasons.items() if reason is not None]
    if invalids:
        raise BulkRefusedError(message, invalids)
    return [found[item] for item in ids]


def in_state(state: StateType) -> Fits:
    """Only executions in this state fit."""

    def fits(execution: Execution) -> str | None:
        return None if execution.state.current is state else f"execution not in state {state}"

    return fits


def over(reason: str) -> Fits:
    """Only executions that are over fit; others are refused with the reason."""
    return lambda execution: None if execution.state.is_terminal else reason


def not_over(reason: str) -> Fits:
    """Only executions that are not over fit; others are refused with the reason."""
    return lambda execution: reason if execution.state.is_terminal else None
