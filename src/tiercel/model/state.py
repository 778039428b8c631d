"""States of executions, task runs and attempts, and their dated histories.

Names and groups are those of the flow format; a state object is a value: moving on gives a new one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec


class StateType(StrEnum):
    """Every state an execution, a task run or an attempt can be in."""

    CREATED = "CREATED"
    SUBMITTED = "SUBMITTED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    RESTARTED = "RESTARTED"
    KILLING = "KILLING"
    QUEUED = "QUEUED"
    RETRYING = "RETRYING"
    RETRIED = "RETRIED"
    SKIPPED = "SKIPPED"
    BREAKPOINT = "BREAKPOINT"
    RESUBMITTED = "RESUBMITTED"
    SUCCESS = "SUCCESS"
    WARNING = "WARNING"
    FAILED = "FAILED"
    KILLED = "KILLED"
    CANCELLED = "CANCELLED"

    @property
    def is_terminal(self) -> bool:
        """Nothing moves on from here by itself."""
        return self in TERMINATED

    @property
    def is_created(self) -> bool:
        """Waiting to be taken up: CREATED or RESTARTED."""
        return self in CREATED_STATES


TERMINATED = frozenset(
    {
        StateType.SUCCESS,
        StateType.WARNING,
        StateType.FAILED,
        StateType.KILLED,
        StateType.CANCELLED,
        StateType.RETRIED,
        StateType.SKIPPED,
        StateType.RESUBMITTED,
    }
)
CREATED_STATES = frozenset({StateType.CREATED, StateType.RESTARTED})


class History(msgspec.Struct, frozen=True, gc=False):
    """One entry of a history: the state, and the aware UTC moment it was entered."""

    state: StateType
    date: datetime


class State(msgspec.Struct, frozen=True, gc=False):
    """A current state with all the states before it, oldest first, never empty."""

    histories: tuple[History, ...]

    @classmethod
    def created(cls, date: datetime) -> State:
        """Return the state every execution, task run and attempt begins with."""
        return cls((History(StateType.CREATED, date),))

    @classmethod
    def of(cls, *steps: tuple[StateType, datetime]) -> State:
        """Return a state that went through ``steps`` in order."""
        return cls(tuple(History(state, date) for state, date in steps))

    def to(self, state: StateType, date: datetime) -> State:
        """Return this state moved on to ``state``; the same state again adds nothing."""
        if state is self.current:
            return self
        return State((*self.histories, History(state, date)))

    @property
    def current(self) -> StateType:
        """The state entered last."""
        return self.histories[-1].state

    @property
    def is_terminal(self) -> bool:
        """Whether the current state is final."""
        return self.current in TERMINATED

    @property
    def start_date(self) -> datetime:
        """When the first state was entered."""
        return self.histories[0].date

    @property
    def last_date(self) -> datetime:
        """When the current state was entered."""
        return self.histories[-1].date

    @property
    def end_date(self) -> datetime | None:
        """When the current state was entered if it is final or PAUSED, else None."""
        if self.is_terminal or self.current is StateType.PAUSED:
            return self.last_date
        return None

    def duration(self, now: datetime) -> timedelta:
        """Return last minus first history date; with one entry, the time since then."""
        if len(self.histories) == 1:
            return max(now - self.start_date, timedelta(0))
        return self.last_date - self.start_date

    def has_been(self, states: Iterable[StateType]) -> bool:
        """Whether any of ``states`` occurs in the history."""
        wanted = frozenset(states)
        return any(entry.state in wanted for entry in self.histories)
