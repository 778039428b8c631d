"""When a failed attempt is tried again: constant, exponential and random delays with their
limits."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tiercel.model.state import StateType

if TYPE_CHECKING:
    from tiercel.model.execution import TaskRun
    from tiercel.model.task import Retry

_LONGEST = timedelta(days=3650)


def attempts_made(task_run: TaskRun) -> int:
    """Return how many attempts count: a try that was lost with its worker does not."""
    return sum(
        attempt.state.is_terminal and attempt.state.current is not StateType.RESUBMITTED
        for attempt in task_run.attempts
    )


def next_attempt_date(retry: Retry, task_run: TaskRun) -> datetime | None:
    """Return when a task run whose last attempt failed is run again, None when it is not."""
    return next_date(
        retry,
        made=attempts_made(task_run),
        first=task_run.attempts[0].state.start_date,
        last=task_run.attempts[-1].state.last_date,
        seed=task_run.id,
    )


def next_date(
    retry: Retry, *, made: int, first: datetime, last: datetime, seed: str
) -> datetime | None:
    """Return when the next try begins, None when the limits of the rule are reached.

    Args:
        retry: The rule.
        made: How many tries there were.
        first: When the first one began.
        last: When the last one ended.
        seed: Makes random delays repeatable.
    """
    if retry.max_attempts is not None and made >= retry.max_attempts:
        return None
    due = last + _delay(retry, made, seed)
    if retry.max_duration is not None and due > first + retry.max_duration:
        return None
    return due


def _delay(retry: Retry, made: int, seed: str) -> timedelta:
    """Return the delay before try ``made + 1``.

    ``exponential`` gives interval x factor^(made - 1), never more than ``max_interval``.
    """
    if retry.type == "random":
        lowest = retry.min_interval or timedelta()
        highest = max(retry.max_interval or lowest, lowest)
        share = random.Random(f"{seed}/{made}").random()  # noqa: S311  a delay is no secret
        return lowest + (highest - lowest) * share
    interval = retry.interval or timedelta()
    if retry.type != "exponential":
        return interval
    longest = retry.max_interval or _LONGEST
    # beyond 64 doublings any cap is reached; the limit keeps the power finite
    factor = max(retry.delay_factor, 0.0) ** min(made - 1, 64)
    seconds = min(interval.total_seconds() * factor, longest.total_seconds())
    return timedelta(seconds=seconds)
