"""A world that goes wrong: workers and executors die, replies are lost, repeated, late and out of
order.

One execution lives in it. What is durable (rows, inbox, jobs) is changed by committed steps only;
a step that dies before its commit never happened. Everything random comes from one seed.
"""

from __future__ import annotations

import copy
import dataclasses
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from simulation.answers import answer, batches_of, ended
from simulation.invariants import check_commit, check_end, check_rebuilt
from simulation.machine import START
from simulation.oracle import gives
from simulation.random_flows import REFUSED
from tiercel.engine import ExecutionState, advance, run_context
from tiercel.engine.effects import (
    Ask,
    CountRunning,
    Dispatch,
    Ended,
    RunInline,
    SetTimer,
    StartExecution,
    StartExecutions,
    StartRetry,
    StopAttempt,
    StopExecution,
    StopExecutions,
)
from tiercel.engine.retries import attempts_made
from tiercel.model.execution import Breakpoint, Execution, Label, TaskRun
from tiercel.model.flow import Concurrency, ConcurrencyBehavior, Flow
from tiercel.model.news import (
    AttemptEnded,
    AttemptStarted,
    BreakpointResumed,
    Created,
    ExecutionEnded,
    ExecutionRefused,
    ExecutionStarted,
    ExecutionStateRequested,
    ForceRunRequested,
    KillRequested,
    LabelsRequested,
    News,
    PauseRequested,
    RestartRequested,
    ResumeRequested,
    RunningCounted,
    TaskRunStateRequested,
    TimerDue,
    UnqueueRequested,
)
from tiercel.model.state import State, StateType

_REOPENING = (RestartRequested, TaskRunStateRequested)
_AFTER_THE_END = (*_REOPENING, ExecutionStateRequested, LabelsRequested)
_FINAL = (StateType.SUCCESS, StateType.FAILED, StateType.WARNING, StateType.CANCELLED)


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
    others: list[StartExecution | StartExecutions | StopExecution | StopExecutions] = field(
        default_factory=list
    )
    retries: list[datetime] = field(default_factory=list)
    ended: int = 0


_REQUESTS: tuple[Callable[[World], News], ...] = (
    lambda world: LabelsRequested((Label("k", str(world.actions)),)),
    lambda world: TaskRunStateRequested(world.some_run(), world.random.choice(_FINAL)),
    lambda world: TaskRunStateRequested(world.some_run(), StateType.SUCCESS),
    lambda world: ExecutionStateRequested(world.random.choice(_FINAL)),
    lambda world: RestartRequested(),
    lambda world: RestartRequested(),
    lambda world: PauseRequested(),
    lambda world: ResumeRequested(world.random.choice((None, world.some_run()))),
    lambda world: ForceRunRequested(),
    lambda world: UnqueueRequested(),
    lambda world: UnqueueRequested(StateType.CANCELLED),
    lambda world: BreakpointResumed(world.breakpoints()),
    lambda world: KillRequested(),
    lambda world: Created(),
)
"""What people may ask for; ``Created`` is news that came twice."""


class World:
    """One execution among unreliable machines.

    Args:
        kill: The execution is killed at a random moment.
        meddle: People do all that can be done to it, at any moment and whether it fits or not.
        begun: A replay that goes on from these; else the execution is a fresh one.
    """

    def __init__(
        self,
        flow: Flow,
        seed: int,
        *,
        kill: bool = False,
        meddle: bool = False,
        begun: tuple[Execution, list[TaskRun]] | None = None,
    ) -> None:
        self.random = random.Random(seed)  # noqa: S311  the same world for the same seed
        self.flow = self.limited(flow, any_behavior=kill or meddle)
        self.now = START
        self.numbers = itertools.count(1)
        execution, runs = begun or (self.fresh(), [])
        self.execution = execution
        self.rows: dict[str, TaskRun] = {run.id: run for run in runs}
        self.ids = f"{seed}-{len(runs)}-"
        self.now = max(START, execution.state.last_date)
        self.inbox: list[tuple[datetime, int, News]] = [(self.now, 0, Created())]
        self.jobs: dict[str, Job] = {}
        self.all_jobs: dict[str, Job] = {}
        self.stream: dict[str, int] = {}
        self.deliveries: dict[str, int] = {}
        self.tries: list[Try] = []
        self.wire: list[News] = []
        self.cached: ExecutionState | None = None
        self.touched: list[News] = []
        self.executions: dict[tuple[str, int | None], ExecutionEnded] = {}
        self.retries: list[datetime] = []
        self.is_over = False
        self.ended = 0
        self.most_inline = (None, 1, 5)[seed % 3]
        self.trouble = self.random.randint(0, 30)
        self.kill_at = self.random.randint(1, 30) if kill else None
        self.meddling = self.random.randint(1, 6) if meddle else 0
        self.meddled = meddle or begun is not None
        self.actions = 0

    def fresh(self) -> Execution:
        """A new execution; some stop at breakpoints, some have to wait for their date."""
        is_late = self.chance(0.1)
        return Execution(
            id="execution",
            namespace=self.flow.namespace,
            flow_id=self.flow.id,
            flow_revision=1,
            state=State.created(START),
            original_id="execution",
            breakpoints=self.breakpoints() if self.chance(0.15) else (),
            schedule_date=START + timedelta(minutes=5) if is_late else None,
        )

    def breakpoints(self) -> tuple[Breakpoint, ...]:
        ids = list(self.flow.tasks_by_id)
        values = (None, None, "a")
        return tuple(
            Breakpoint(self.random.choice(ids), self.random.choice(values)) for _ in range(3)
        )

    def limited(self, flow: Flow, *, any_behavior: bool) -> Flow:
        """Give some flows a limit; where everything is to end well one that only makes it wait."""
        if not self.chance(0.2):
            return flow
        behaviors = list(ConcurrencyBehavior) if any_behavior else [ConcurrencyBehavior.QUEUE]
        return dataclasses.replace(flow, concurrency=Concurrency(2, self.random.choice(behaviors)))

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
        while not self.is_over or self.meddle_after_end():
            self.actions += 1
            assert self.actions < 20_000, "the execution goes on for ever"
            self.act()
        self.drain()
        check_end(self.flow, self.execution, self.rows, meddled=self.meddled)
        return self

    # people ------------------------------------------------------------------------------------

    def meddle_after_end(self) -> bool:
        """Do something to the execution that is over; False to leave it."""
        if self.due() or self.wire:
            return True
        if self.meddling <= 0:
            return False
        self.meddle()
        return True

    def meddle(self) -> None:
        """Ask for something, whether it fits or not."""
        self.meddling -= 1
        self.post(self.random.choice(_REQUESTS)(self))

    def some_run(self) -> str:
        return self.random.choice(list(self.rows)) if self.rows else "none"

    def act(self) -> None:
        if self.kill_at is not None and self.actions >= self.kill_at:
            self.kill_at = None
            self.post(KillRequested())
        if self.goes_wrong(0.02):
            self.post(PauseRequested())
        if self.goes_wrong(0.01):
            self.now += timedelta(minutes=self.random.randint(-10, 10))
        if self.meddling > 0 and self.chance(0.04):
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
        self.touched = [item[2] for item in due if isinstance(item[2], _AFTER_THE_END)]
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
                    case StartExecution() | StartExecutions() | StopExecution() | StopExecutions():
                        written.others.append(effect)
                    case StartRetry():
                        written.retries.append(effect.due_at)
                    case Ended():
                        written.ended += 1
            if self.goes_wrong(0.02):
                return None
            news = [self.answer(state, ask) for ask in decision.asks]
        return written

    def answer(self, state: ExecutionState, ask: Ask) -> News:
        if isinstance(ask, CountRunning):
            return RunningCounted(self.random.choice((0, 0, 1, 2)))
        return answer(self.flow, state, ask, self.now)

    def new_id(self) -> str:
        return f"{self.ids}{next(self.numbers)}"

    def job(self, state: ExecutionState, dispatch: Dispatch) -> Job:
        task_run = state.task_run(dispatch.task_run_id)
        return Job(task_run, copy.deepcopy(dict(run_context(self.flow, state, task_run))))

    def commit(self, state: ExecutionState, written: Written, consumed: set[int]) -> None:
        reopening = any(isinstance(news, _REOPENING) for news in self.touched)
        before = self.execution, self.rows
        self.rows = dict(self.rows)
        for task_run_id in written.removed:
            self.rows.pop(task_run_id, None)
        for task_run_id in written.changed:
            self.rows[task_run_id] = state.task_run(task_run_id)
        self.execution = state.execution
        after = self.execution, self.rows
        over = self.is_over and not self.touched
        by_hand = any(isinstance(news, ExecutionStateRequested) for news in self.touched)
        check_commit(before, after, over=over, reopening=reopening, by_hand=by_hand)
        if self.chance(0.2):
            check_rebuilt(self.flow, state, self.rows)
        self.inbox = [item for item in self.inbox if item[1] not in consumed]
        self.note_end(written)
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

    def note_end(self, written: Written) -> None:
        """Check that the end was announced when it came, and once for each time it came."""
        assert written.ended <= 1, "the end was announced twice in one step"
        final = self.execution.state.is_terminal
        over = final and not any(not run.state.is_terminal for run in self.rows.values())
        if written.ended:
            assert over, "the end was announced too early"
            assert not self.is_over or self.touched, "the end was announced twice"
            self.ended += 1
            self.is_over = True
            self.retries = written.retries or self.retries
        elif self.is_over and not over:
            self.is_over = False
        assert not written.retries or self.execution.state.current is StateType.RETRIED

    def tell_others(self, written: Written) -> None:
        """Stop workers and executions; some signals are lost."""
        for attempt_id in written.stops:
            self.jobs.pop(attempt_id, None)
            for one in self.tries:
                if one.attempt_id == attempt_id and not self.goes_wrong(0.3):
                    one.stop = True
        for effect in written.others:
            match effect:
                case StartExecution():
                    self.start_execution(effect)
                case StartExecutions():
                    self.start_executions(effect)
                case StopExecution():
                    self.kill_others(lambda one, at=effect: one.execution_id == at.execution_id)
                case StopExecutions():
                    self.kill_others(lambda one, at=effect: one.task_run_id == at.task_run_id)

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
        self.executions[start.execution_id, None] = ExecutionEnded(
            start.task_run_id, start.attempt_id, start.execution_id, StateType(given)
        )

    def start_executions(self, start: StartExecutions) -> None:
        """Create an execution for each batch."""
        task_id = self.rows[start.task_run_id].task_id
        started, *ends = batches_of(self.flow, task_id, start)
        self.post(started)
        for news in ends:
            self.executions[news.execution_id, news.batch] = news

    def kill_others(self, meant: Callable[[ExecutionEnded], bool]) -> None:
        for key, news in self.executions.items():
            if meant(news):
                self.executions[key] = replace(news, state=StateType.KILLED)

    def end_execution(self) -> None:
        """Let another execution come to its end."""
        news = self.executions.pop(self.random.choice(list(self.executions)))
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
        current = self.execution.state.current
        if current is StateType.BREAKPOINT:
            self.post(BreakpointResumed(self.breakpoints() if self.chance(0.3) else ()))
        elif current is StateType.QUEUED:
            self.post(UnqueueRequested())
        elif paused and (not timed or self.chance(0.1)):
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
