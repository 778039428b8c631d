"""An executor and its world in a few lines: answers asks, keeps timers, jobs and logs, moves the
clock."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from simulation.answers import answer, batches_of, ended
from simulation.oracle import gives
from simulation.random_flows import REFUSED
from tiercel.engine import ExecutionState, advance, run_context
from tiercel.engine.effects import (
    CountRunning,
    Dispatch,
    Ended,
    RunInline,
    SetTimer,
    StartExecution,
    StartExecutions,
    StopAttempt,
    WriteLog,
)
from tiercel.engine.retries import attempts_made
from tiercel.model.execution import Execution, TaskRun
from tiercel.model.flow import Flow
from tiercel.model.news import (
    AttemptStarted,
    Created,
    ExecutionEnded,
    ExecutionRefused,
    ExecutionStarted,
    News,
    RunningCounted,
)
from tiercel.model.state import State, StateType

START = datetime(2026, 1, 1, tzinfo=UTC)


class Machine:
    """One execution and everything around it.

    Attributes:
        jobs: Attempts given to workers and not yet reported, by task run id.
        stopped: Attempt ids that workers were told to stop.
        ended: How often the end was announced.
        running: How many other executions of the flow run.
        most_inline: How many inline tasks one step may start.
    """

    def __init__(self, flow: Flow, *, inputs: dict[str, Any] | None = None, **header: Any) -> None:
        self.flow = flow
        self.now = START
        self._numbers = itertools.count()
        self.order_of_timers = itertools.count()
        self.timers: list[tuple[datetime, int, News]] = []
        self.jobs: dict[str, str] = {}
        self.contexts: dict[str, Any] = {}
        self.stopped: list[str] = []
        self.logs: list[WriteLog] = []
        self.other_effects: list[Any] = []
        self.ended = 0
        self.running = 0
        self.most_inline: int | None = None
        self.steps = 0
        execution = Execution(
            id="execution",
            namespace=flow.namespace,
            flow_id=flow.id,
            flow_revision=flow.revision,
            state=State.created(self.now),
            original_id="execution",
            inputs=inputs or {},
            labels=flow.labels,
        )
        self.state = ExecutionState(replace(execution, **header) if header else execution)

    def new_id(self) -> str:
        return f"id{next(self._numbers)}"

    def start(self) -> Machine:
        """Let the execution begin and carry it on without the help of workers or the clock."""
        return self.tell(Created())

    def run(self) -> Machine:
        """Carry the execution to its end: workers do their jobs at once, timers fall due in
        order."""
        return self.start().run_on()

    def run_on(self) -> Machine:
        """Carry a started execution on as far as workers and timers bring it."""
        while self.jobs or self.timers:
            if self.jobs:
                self.work(next(iter(self.jobs)))
            else:
                self.next_timer()
        return self

    def work(self, task_run_id: str) -> None:
        """Let a worker do the job of a task run."""
        attempt_id = self.jobs.pop(task_run_id)
        task_run = self.state.task_run(task_run_id)
        started = AttemptStarted(task_run_id, attempt_id, 1, "worker", self.now)
        self.tell(started)
        self.tell(ended(self.flow, task_run, self.contexts[task_run_id], started, self.now))

    def next_timer(self) -> None:
        """Move the clock to the next timer."""
        due_at, _, news = heapq.heappop(self.timers)
        self.now = max(self.now, due_at)
        self.tell(news)

    def wait(self, seconds: float) -> None:
        """Move the clock, letting all timers fall due on the way."""
        until = self.now + timedelta(seconds=seconds)
        while self.timers and self.timers[0][0] <= until:
            self.next_timer()
        self.now = until

    def tell(self, *news: News) -> Machine:
        """Run one step: news in, asks answered until none is left."""
        pending: Sequence[News] = news
        left = self.most_inline
        while True:
            decision = advance(
                self.flow, self.state, pending, self.now, self.new_id, most_inline=left
            )
            if left is not None:
                left -= sum(isinstance(ask, RunInline) for ask in decision.asks)
            self.steps += 1
            for effect in decision.effects:
                self.carry_out(effect)
            if not decision.asks:
                return self
            pending = [
                RunningCounted(self.running)
                if isinstance(ask, CountRunning)
                else answer(self.flow, self.state, ask, self.now)
                for ask in decision.asks
            ]

    def carry_out(self, effect: Any) -> None:
        match effect:
            case Dispatch():
                task_run = self.state.task_run(effect.task_run_id)
                self.jobs[effect.task_run_id] = effect.attempt_id
                self.contexts[effect.task_run_id] = self.context(task_run)
            case SetTimer():
                heapq.heappush(
                    self.timers, (effect.due_at, next(self.order_of_timers), effect.news)
                )
            case StopAttempt():
                self.stopped.append(effect.attempt_id)
                self.jobs = {k: v for k, v in self.jobs.items() if v != effect.attempt_id}
            case WriteLog():
                self.logs.append(effect)
            case Ended():
                self.ended += 1
                self.timers.clear()
            case StartExecution():
                self.other_effects.append(effect)
                if "gives" in self.flow.tasks_by_id[self.task_of(effect)].properties:
                    heapq.heappush(
                        self.timers,
                        (self.now, next(self.order_of_timers), self.answer_start(effect)),
                    )
            case StartExecutions():
                self.other_effects.append(effect)
                for news in batches_of(self.flow, self.task_of(effect), effect):
                    heapq.heappush(self.timers, (self.now, next(self.order_of_timers), news))
            case _:
                self.other_effects.append(effect)

    def task_of(self, start: StartExecution | StartExecutions) -> str:
        return self.state.task_run(start.task_run_id).task_id

    def answer_start(self, start: StartExecution) -> News:
        """Let the other execution come to its end at once."""
        task = self.flow.tasks_by_id[self.task_of(start)]
        run = self.state.task_run(start.task_run_id)
        given = gives(task, attempts_made(run))
        if given == REFUSED:
            return ExecutionRefused(start.task_run_id, start.attempt_id, "refused")
        ids = start.task_run_id, start.attempt_id, start.execution_id
        return (
            ExecutionEnded(*ids, StateType(given))
            if task.properties["wait"]
            else ExecutionStarted(*ids)
        )

    def context(self, task_run: TaskRun | None) -> dict[str, Any]:
        return dict(run_context(self.flow, self.state, task_run))

    # reading -----------------------------------------------------------------------------------

    @property
    def execution(self) -> Execution:
        return self.state.execution

    @property
    def final(self) -> str:
        return self.execution.state.current.value

    @property
    def states(self) -> dict[str, str]:
        """State of each task run by ``task`` or ``task[value]``."""
        return {name(run): run.state.current.value for run in self.state.task_runs}

    @property
    def order(self) -> list[str]:
        return [name(run) for run in self.state.task_runs]

    def of(self, task_id: str) -> TaskRun:
        return next(run for run in self.state.task_runs if name(run) == task_id)

    @property
    def messages(self) -> list[str]:
        return [log.message for log in self.logs]


def name(run: TaskRun) -> str:
    return run.task_id if run.value is None else f"{run.task_id}[{run.value}]"


LETTERS = {
    "CREATED": "C", "RUNNING": "R", "SUCCESS": "S", "WARNING": "W", "FAILED": "F", "PAUSED": "P",
    "RESTARTED": "T", "RETRYING": "Y", "KILLING": "G", "KILLED": "K", "QUEUED": "Q",
    "SKIPPED": "-", "CANCELLED": "X", "RETRIED": "N", "RESUBMITTED": "U", "BREAKPOINT": "B",
    "SUBMITTED": "M",
}  # fmt: skip


def path(state: State) -> str:
    """Write a history as letters: ``CRS`` is created, running, success."""
    return "".join(LETTERS[entry.state.value] for entry in state.histories)
