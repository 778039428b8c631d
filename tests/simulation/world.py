"""A world that goes wrong: workers and executors die, replies are lost, repeated, late and out of
order.

One execution lives in it. What is durable (rows, inbox, jobs) is changed by committed steps only;
a step that dies before its commit never happened. Everything random comes from one seed.
"""

from __future__ import annotations

import copy
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from simulation.answers import answer, ended
from simulation.invariants import check_commit, check_end, check_rebuilt, is_handling
from simulation.machine import START
from simulation.oracle import gives
from simulation.random_flows import REFUSED
from tiercel.engine import ExecutionState, advance, run_context
from tiercel.engine.effects import (
    Dispatch,
    Ended,
    RunInline,
    SetTimer,
    StartExecution,
    StopAttempt,
    StopExecution,
)
from tiercel.engine.retries import attempts_made
from tiercel.model.execution import Execution, Label, TaskRun
from tiercel.model.flow import Flow
from tiercel.model.news import (
    AttemptEnded,
    AttemptStarted,
    Created,
    ExecutionEnded,
    ExecutionRefused,
    ExecutionStarted,
    KillRequested,
    LabelsRequested,
    News,
    PauseRequested,
    RestartRequested,
    ResumeRequested,
    TaskRunStateRequested,
    TimerDue,
)
from tiercel.model.state import State, StateType

_REOPENING = (RestartRequested, TaskRunStateRequested)


@dataclass
class Job:
    """An attempt in the outbox, as it was when it was given out."""

    task_run: TaskRun
    context: dict[str, Any]


@dataclass
class Try:
    """A worker at an attempt."""

    attempt_id: str
    token: int
    started: datetime
    stop: bool = False


@dataclass
class Written:
    """What one step is going to commit."""

    changed: dict[str, None] = field(default_factory=dict)
    removed: dict[str, None] = field(default_factory=dict)
    timers: list[tuple[datetime, News]] = field(default_factory=list)
    jobs: dict[str, Job] = field(default_factory=dict)
    stops: list[str] = field(default_factory=list)
    others: list[StartExecution | StopExecution] = field(default_factory=list)
    ended: int = 0


class World:
    """One execution among unreliable machines.

    Args:
        kill: The execution is killed at a random moment.
        meddle: People restart it, change states of its task runs, and set labels.
    """

    def __init__(self, flow: Flow, seed: int, *, kill: bool = False, meddle: bool = False) -> None:
        self.flow = flow
        self.random = random.Random(seed)  # noqa: S311  the same world for the same seed
        self.now = START
        self.numbers = itertools.count()
        execution = Execution(
            id="execution",
            namespace=flow.namespace,
            flow_id=flow.id,
            flow_revision=1,
            state=State.created(START),
            original_id="execution",
        )
        self.execution = execution
        self.rows: dict[str, TaskRun] = {}
        self.inbox: list[tuple[datetime, int, News]] = [(START, 0, Created())]
        self.jobs: dict[str, Job] = {}
        self.all_jobs: dict[str, Job] = {}
        self.stream: dict[str, int] = {}
        self.deliveries: dict[str, int] = {}
        self.tries: list[Try] = []
        self.wire: list[News] = []
        self.cached: ExecutionState | None = None
        self.reopening = False
        self.executions: dict[str, ExecutionEnded] = {}
        self.ended = 0
        self.most_inline = (None, 1, 5)[seed % 3]
        self.trouble = self.random.randint(0, 30)
        self.kill_at = self.random.randint(1, 30) if kill else None
        self.meddling = self.random.randint(1, 4) if meddle else 0
        self.meddled = meddle
        self.expected_ends = 1
        self.actions = 0

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def goes_wrong(self, share: float) -> bool:
        """Whether something goes wrong now; trouble is limited, so that everything ends some
        day."""
        if self.trouble > 0 and self.chance(share):
            self.trouble -= 1
            return True
        return False

    def run(self) -> World:
        """Let things happen until nothing can; check that the execution is over then."""
        while self.ended < self.expected_ends or self.reopen():
            self.actions += 1
            assert self.actions < 20_000, "the execution goes on for ever"
            self.act()
        self.drain()
        check_end(self.flow, self.execution, self.rows, meddled=self.meddled)
        return self

    def reopen(self) -> bool:
        """Restart the execution that just ended, or change a task run of it; False to leave it."""
        if self.meddling <= 0 or not self.rows:
            return False
        self.meddling -= 1
        failed = [run for run in self.rows.values() if run.state.current is StateType.FAILED]
        if self.chance(0.3):
            run = self.random.choice(list(self.rows.values()))
            to = self.random.choice((StateType.SUCCESS, StateType.FAILED, StateType.WARNING))
            self.post(TaskRunStateRequested(run.id, to))
        elif any(not is_handling(self.flow, self.rows, run) for run in failed):
            self.post(RestartRequested())
        else:
            return False
        self.expected_ends += 1
        return True

    def meddle(self) -> None:
        """Change something of the running execution."""
        self.meddling -= 1
        if self.chance(0.3):
            self.post(LabelsRequested((Label("k", str(self.actions)),)))
        elif self.rows:
            run = self.random.choice(list(self.rows.values()))
            self.post(TaskRunStateRequested(run.id, StateType.SUCCESS))

    def act(self) -> None:
        if self.kill_at is not None and self.actions >= self.kill_at:
            self.kill_at = None
            self.post(KillRequested())
        if self.goes_wrong(0.02):
            self.post(PauseRequested())
        if self.meddling > 0 and self.chance(0.02):
            self.meddle()
        choices: list[Callable[[], None]] = []
        if self.due() or self.wire:
            choices += [self.step] * 3
        if self.stream:
            choices += [self.take_job] * 2
        if self.tries:
            choices += [self.finish_try] * 2
            choices.append(self.lose_worker)
        if self.executions:
            choices.append(self.end_execution)
        if choices and not self.goes_wrong(0.05):
            self.random.choice(choices)()
        else:
            self.let_time_pass()

    def due(self) -> list[tuple[datetime, int, News]]:
        return [item for item in self.inbox if item[0] <= self.now]

    def post(self, news: News, due_at: datetime | None = None) -> None:
        self.inbox.append((due_at or self.now, next(self.numbers), news))

    # the executor ------------------------------------------------------------------------------

    def step(self) -> None:
        """Claim what is due and what came over the bus; commit, or die before that."""
        due = self.due()
        self.random.shuffle(self.wire)
        count = self.random.randint(0 if due else 1, max(len(self.wire), 1))
        taken, self.wire = self.wire[:count], self.wire[count:]
        if self.cached is None or self.goes_wrong(0.1):
            rows = list(self.rows.values())
            self.random.shuffle(rows)
            self.cached = ExecutionState(self.execution, rows)
        state, self.cached = self.cached, None
        self.reopening = any(isinstance(item[2], _REOPENING) for item in due)
        written = self.decide(state, [item[2] for item in due] + taken)
        if written is None:
            self.wire.extend(taken)
            return
        self.commit(state, written, {item[1] for item in due})
        self.wire.extend(news for news in taken if self.goes_wrong(0.1))
        if not self.goes_wrong(0.05):
            self.cached = state

    def decide(self, state: ExecutionState, news: list[News]) -> Written | None:
        written = Written()
        left = self.most_inline
        while news:
            decision = advance(self.flow, state, news, self.now, self.new_id, most_inline=left)
            if left is not None:
                left -= sum(isinstance(ask, RunInline) for ask in decision.asks)
            written.changed.update(decision.changed)
            written.removed.update(decision.removed)
            for effect in decision.effects:
                match effect:
                    case SetTimer():
                        written.timers.append((effect.due_at, effect.news))
                    case Dispatch():
                        written.jobs[effect.attempt_id] = self.job(state, effect)
                    case StopAttempt():
                        written.stops.append(effect.attempt_id)
                    case StartExecution() | StopExecution():
                        written.others.append(effect)
                    case Ended():
                        written.ended += 1
            if self.goes_wrong(0.02):
                return None
            news = [answer(self.flow, state, ask, self.now) for ask in decision.asks]
        return written

    def new_id(self) -> str:
        return f"id{next(self.numbers)}"

    def job(self, state: ExecutionState, dispatch: Dispatch) -> Job:
        task_run = state.task_run(dispatch.task_run_id)
        return Job(task_run, copy.deepcopy(dict(run_context(self.flow, state, task_run))))

    def commit(self, state: ExecutionState, written: Written, consumed: set[int]) -> None:
        over = self.ended >= self.expected_ends
        before = self.execution, self.rows
        self.rows = dict(self.rows)
        for task_run_id in written.removed:
            self.rows.pop(task_run_id, None)
        for task_run_id in written.changed:
            self.rows[task_run_id] = state.task_run(task_run_id)
        self.execution = state.execution
        after = self.execution, self.rows
        check_commit(before, after, over=over, reopening=self.reopening)
        if self.chance(0.2):
            check_rebuilt(self.flow, state, self.rows)
        self.inbox = [item for item in self.inbox if item[1] not in consumed]
        self.ended += written.ended
        assert self.ended <= self.expected_ends, "the end was announced twice"
        for due_at, news in [] if written.ended else written.timers:
            self.post(news, due_at)
        self.jobs.update(written.jobs)
        self.all_jobs.update(written.jobs)
        self.tell_others(written)
        if written.ended:
            self.inbox.clear()
            self.jobs.clear()
            self.executions.clear()
        if not self.goes_wrong(0.1):
            self.publish(list(written.jobs))

    def tell_others(self, written: Written) -> None:
        """Stop workers and executions; some signals are lost."""
        for attempt_id in written.stops:
            self.jobs.pop(attempt_id, None)
            for one in self.tries:
                if one.attempt_id == attempt_id and not self.goes_wrong(0.3):
                    one.stop = True
        for effect in written.others:
            if isinstance(effect, StartExecution):
                self.start_execution(effect)
            elif effect.execution_id in self.executions:
                other = self.executions[effect.execution_id]
                self.executions[effect.execution_id] = replace(other, state=StateType.KILLED)

    # bus and workers ---------------------------------------------------------------------------

    def publish(self, attempt_ids: list[str]) -> None:
        for attempt_id in attempt_ids:
            self.stream.setdefault(attempt_id, 0)

    def take_job(self) -> None:
        attempt_id = self.random.choice(list(self.stream))
        del self.stream[attempt_id]
        token = self.deliveries[attempt_id] = self.deliveries.get(attempt_id, 0) + 1
        self.tries.append(Try(attempt_id, token, self.now))
        if not self.goes_wrong(0.1):
            self.send(
                AttemptStarted(self.run_of(attempt_id), attempt_id, token, f"w{token}", self.now)
            )

    def run_of(self, attempt_id: str) -> str:
        return self.all_jobs[attempt_id].task_run.id

    def send(self, news: News) -> None:
        self.wire.append(news)
        if self.goes_wrong(0.1):
            self.wire.append(news)

    def finish_try(self) -> None:
        """A worker is done; when its reply is lost the job comes again."""
        one = self.tries.pop(self.random.randrange(len(self.tries)))
        job = self.all_jobs[one.attempt_id]
        start = AttemptStarted(job.task_run.id, one.attempt_id, one.token, "w", one.started)
        reply = ended(self.flow, job.task_run, job.context, start, self.now)
        for report in reply.children:
            if not self.goes_wrong(0.3):
                self.send(report)
        if self.goes_wrong(0.1):
            self.stream.setdefault(one.attempt_id, 0)
            return
        if one.stop:
            reply = replace(reply, state=StateType.KILLED, children=reply.children[:1])
        self.send(reply)

    # other executions --------------------------------------------------------------------------

    def start_execution(self, start: StartExecution) -> None:
        """Create another execution, in the same transaction, or refuse it."""
        run = self.rows[start.task_run_id]
        task = self.flow.tasks_by_id[run.task_id]
        given = gives(task, attempts_made(run))
        if given == REFUSED:
            self.post(ExecutionRefused(start.task_run_id, start.attempt_id, "refused"))
            return
        self.post(ExecutionStarted(start.task_run_id, start.attempt_id, start.execution_id))
        self.executions[start.execution_id] = ExecutionEnded(
            start.task_run_id, start.attempt_id, start.execution_id, StateType(given)
        )

    def end_execution(self) -> None:
        """Let another execution come to its end."""
        execution_id = self.random.choice(list(self.executions))
        news = self.executions.pop(execution_id)
        self.post(news)
        if self.goes_wrong(0.2):
            self.post(news)

    def lose_worker(self) -> None:
        """A worker is taken for dead: its job is given out again; perhaps it works on all the
        same."""
        if not self.goes_wrong(0.3):
            return
        one = self.random.choice(self.tries)
        self.stream.setdefault(one.attempt_id, 0)
        if self.chance(0.7):
            self.tries.remove(one)

    def let_time_pass(self) -> None:
        """Move the clock, publish again what nobody works at, resume what waits for somebody."""
        later = [item[0] for item in self.inbox if item[0] > self.now]
        if later:
            late = timedelta(minutes=self.random.choice((0, 0, 0, 10)))
            self.now = min(later) + late
        at_work = {one.attempt_id for one in self.tries} | set(self.stream)
        lost = [attempt_id for attempt_id in self.jobs if attempt_id not in at_work]
        waiting = {news.attempt_id for news in self.wire if isinstance(news, AttemptEnded)}
        self.publish([attempt_id for attempt_id in lost if attempt_id not in waiting])
        moving = (self.execution, *self.rows.values())
        paused = any(one.state.current is StateType.PAUSED for one in moving)
        timed = any(isinstance(item[2], TimerDue) for item in self.inbox)
        if paused and (not timed or self.chance(0.1)):
            self.post(ResumeRequested())
        elif not (
            later or lost or self.due() or self.wire or self.stream or self.tries or self.executions
        ):
            raise AssertionError("the execution waits for ever")

    def drain(self) -> None:
        """After the end: deliver everything that is still under way, in vain."""
        for _ in range(200):
            if self.stream:
                self.take_job()
            elif self.tries:
                self.finish_try()
            elif self.wire:
                self.step()
            else:
                return
