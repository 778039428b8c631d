"""One call of ``advance`` at work: the state, what is decided so far, and which parents must be
looked at."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tiercel.engine.effects import (
    Ask,
    CountRunning,
    Decision,
    Dispatch,
    Effect,
    Render,
    RenderOutputs,
    SetTimer,
    StartExecution,
    StartExecutions,
    StopAttempt,
    StopExecution,
    StopExecutions,
    WriteLog,
)
from tiercel.engine.plan import BATCHES, SUBFLOW, plan_of
from tiercel.engine.state import closed
from tiercel.model.execution import TaskRun
from tiercel.model.news import TimerDue
from tiercel.model.state import State, StateType
from tiercel.model.task import LogLevel

if TYPE_CHECKING:
    from tiercel.engine.state import ExecutionState
    from tiercel.model.flow import Flow
    from tiercel.model.task import TaskSpec

EXECUTION = ""
"""Stands for the execution where asks are known by their task run."""


def asked_for(ask: Ask) -> str:
    """Return the id of the task run that an ask is about; EXECUTION for the execution itself."""
    return EXECUTION if isinstance(ask, RenderOutputs | CountRunning) else ask.task_run_id


Visit = tuple[str | None, str | None]
"""A parent to look at, and the child that made it necessary (None: look at all of them)."""


class Turn:
    """Changes the state and notes what was changed.

    Attributes:
        visits: Parents to look at, in order.
        launches: Ids of created task runs to start, in order.
        over: Whether the execution was over when the turn began and nobody reopened it.
        inline_left: How many inline tasks may still be started; None for any number.
        put_off: Whether something was left for another step.
    """

    def __init__(
        self, flow: Flow, state: ExecutionState, now: datetime, ids: Callable[[], str]
    ) -> None:
        self.flow = flow
        self.plan = plan_of(flow)
        self.state = state
        self.now = now
        self.ids = ids
        self.decision = Decision()
        self.visits: deque[Visit] = deque()
        self.launches: deque[str] = deque()
        self.over = False
        self.inline_left: int | None = None
        self.put_off = False
        state.bind(self.plan)

    @property
    def execution_state(self) -> StateType:
        """The state the execution is in now."""
        return self.state.execution.state.current

    @property
    def is_killing(self) -> bool:
        """Whether nothing new may start because of a kill."""
        return self.execution_state is StateType.KILLING

    @property
    def exit_state(self) -> StateType | None:
        """What the execution ends in once all that is at work is done, because a task said so."""
        return None if self.is_killing else self.state.execution.metadata.exit

    @property
    def is_finishing(self) -> bool:
        """Whether all is done but the outputs, which are being rendered: too late to interfere."""
        return self.state.final_state is not None

    def task(self, task_run: TaskRun) -> TaskSpec:
        """Return the task of a task run."""
        return self.plan.tasks[task_run.task_id]

    def fitting(self, state: State, date: datetime | None = None) -> datetime:
        """Return ``date`` (default: now), neither after now nor before the last entry of
        ``state``."""
        return max(state.last_date, min(date or self.now, self.now))

    def move_execution(self, to: StateType) -> None:
        """Put the execution into another state."""
        execution = self.state.execution
        if execution.state.current is not to:
            moved = execution.state.to(to, self.fitting(execution.state))
            self.update_execution(state=moved)

    def update_execution(self, **fields: Any) -> None:
        """Change fields of the header."""
        self.state.execution = replace(self.state.execution, **fields)
        self.decision.execution_changed = True

    def put(self, task_run: TaskRun, shown: StateType | None = None) -> TaskRun:
        """Store a new or changed task run; its parent is looked at when it is final."""
        self.state.put(task_run, shown)
        self.decision.changed[task_run.id] = None
        if task_run.state.is_terminal:
            self.visits.append((task_run.parent_id, task_run.id))
        return task_run

    def move(
        self, task_run: TaskRun, to: StateType, date: datetime | None = None, **fields: Any
    ) -> TaskRun:
        """Put a task run into another state, changing other fields too."""
        state = task_run.state.to(to, self.fitting(task_run.state, date))
        return self.put(replace(task_run, state=state, **fields))

    def create(
        self,
        task: TaskSpec,
        parent: TaskRun | None,
        value: str | None = None,
        iteration: int | None = None,
    ) -> TaskRun:
        """Create a task run and line it up to be started."""
        task_run = TaskRun(
            id=self.ids(),
            execution_id=self.state.execution.id,
            task_id=task.id,
            sequence=self.state.next_sequence,
            state=State.created(self.now),
            parent_id=parent.id if parent is not None else None,
            value=value,
            iteration=iteration,
        )
        self.put(task_run)
        self.launches.append(task_run.id)
        if self.execution_state in (StateType.CREATED, StateType.QUEUED):
            self.move_execution(StateType.RUNNING)
        return task_run

    def end(
        self,
        task_run: TaskRun,
        to: StateType,
        date: datetime | None = None,
        *,
        cascades: bool = True,
        **fields: Any,
    ) -> TaskRun:
        """End a task run and its open attempts; workers at it are told to stop.

        Args:
            task_run, to: What ends, and how.
            date: When, by default now.
            cascades: False to let executions that it started go on.
            fields: Other fields to change.
        """
        if cascades or task_run.task_id in self.plan.jobs:
            self._stop_open(task_run)
        self._forget(task_run)
        ended = closed(task_run, to, self.fitting(task_run.state, date))
        return self.put(replace(ended, **fields) if fields else ended)

    def force(self, task_run: TaskRun, to: StateType) -> None:
        """End a task run and everything open below it in one state, innermost first."""
        for child_id in list(self.state.children(task_run.id).open):
            self.force(self.state.task_run(child_id), to)
        self.end(task_run, to)

    def _forget(self, task_run: TaskRun) -> None:
        """Withdraw the unanswered asks of a task run."""
        self.state.pending.pop(task_run.id, None)
        self.state.answers.pop(task_run.id, None)

    def _stop_open(self, task_run: TaskRun) -> None:
        if task_run.attempts and not task_run.attempts[-1].state.is_terminal:
            self.stop(task_run)

    def stop(self, task_run: TaskRun) -> None:
        """Tell the worker at the last attempt, or the execution it started, to stop."""
        if task_run.task_id in self.plan.jobs:
            self.effect(StopAttempt(task_run.id, task_run.attempts[-1].id))
        elif self.task(task_run).behavior == SUBFLOW:
            self.effect(StopExecution((task_run.outputs or {})["executionId"]))
        elif self.task(task_run).behavior == BATCHES:
            self.effect(StopExecutions(task_run.id))

    def is_at_work(self, task_run: TaskRun) -> bool:
        """Whether somebody else, who must be heard of, works at the last attempt of a task run."""
        if not task_run.attempts or task_run.attempts[-1].state.is_terminal:
            return False
        if task_run.task_id in self.plan.jobs:
            return task_run.attempts[-1].state.current is StateType.RUNNING
        return self.task(task_run).behavior in (SUBFLOW, BATCHES)

    def is_started_elsewhere(self, task_run: TaskRun) -> bool:
        """Whether other executions work at the last attempt of a task run."""
        return task_run.task_id not in self.plan.jobs and self.is_at_work(task_run)

    def remove(self, task_run_id: str) -> None:
        """Remove a task run and everything below it; what is under way there is stopped."""
        for child_id in list(self.state.children(task_run_id).ids):
            self.remove(child_id)
        task_run = self.state.task_run(task_run_id)
        self._stop_open(task_run)
        self._forget(task_run)
        self.state.remove(task_run_id)
        self.decision.removed[task_run_id] = None
        self.decision.changed.pop(task_run_id, None)

    def ask(self, ask: Ask, task_run_id: str, purpose: str) -> None:
        """Ask something; an answer is taken only while it is pending."""
        self.state.pending.setdefault(task_run_id, set()).add(purpose)
        self.decision.asks.append(ask)

    def is_waiting(self, task_run: TaskRun) -> bool:
        """Whether a task run is created and nothing was done yet to start it."""
        if not task_run.state.current.is_created or task_run.id in self.state.pending:
            return False
        return not task_run.attempts or task_run.attempts[-1].state.is_terminal

    def is_pending(self, task_run: TaskRun, purpose: str) -> bool:
        """Return whether a question about a task run waits for its answer."""
        return purpose in self.state.pending.get(task_run.id, ())

    def drop_stale(self) -> None:
        """Ask nothing whose answer would come too late, and want nothing done for removed task
        runs."""
        decision, state = self.decision, self.state
        if decision.asks:
            decision.asks = [ask for ask in decision.asks if asked_for(ask) in state.pending]
        if decision.removed:
            decision.effects = [effect for effect in decision.effects if not self._is_void(effect)]

    def _is_void(self, effect: Effect) -> bool:
        """Whether an effect is about a task run that was removed after it was decided."""
        if isinstance(effect, Dispatch | StartExecution | StartExecutions | WriteLog):
            return effect.task_run_id in self.decision.removed
        return False

    def take_pending(self, task_run_id: str, purpose: str) -> bool:
        """Return whether an answer was expected, and expect it no more."""
        purposes = self.state.pending.get(task_run_id)
        if purposes is None or purpose not in purposes:
            return False
        purposes.discard(purpose)
        if not purposes:
            del self.state.pending[task_run_id]
        return True

    def render(
        self, task_run: TaskRun, purpose: str, template: Any, *, typed: bool = False
    ) -> None:
        """Ask for a property to be rendered in the context of a task run."""
        ask = Render(task_run.id, purpose, template, typed)
        self.ask(ask, task_run.id, purpose)

    def effect(self, effect: Effect) -> None:
        """Note an effect."""
        self.decision.effects.append(effect)

    def log(self, level: LogLevel, message: str, task_run: TaskRun | None = None) -> None:
        """Note a log entry of a task run, or of the execution."""
        self.effect(WriteLog(level, message, task_run.id if task_run is not None else None))

    def timer(self, task_run: TaskRun, purpose: str, due_at: datetime) -> None:
        """Set a timer of a task run; it is stale once the task run has another attempt."""
        self.effect(SetTimer(due_at, TimerDue(task_run.id, purpose, len(task_run.attempts))))
