"""Many executions of flows with limits, run by the executor's own rounds on rows in memory.

Two executors take turns; each may die at any access to the database. Flows get new revisions with
other limits while their executions run, executions start others, and people do what they like.
"""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta
from typing import Any

from simulation.flows import flow, flowable, inline, worker
from simulation.invariants import check_commit
from simulation.machine import START
from simulation.memory import Catalog, Rows, Transaction, rebuilt
from tiercel.engine import replay
from tiercel.expressions import NoServices
from tiercel.model.execution import Execution, Label
from tiercel.model.flow import Concurrency, ConcurrencyBehavior, Flow
from tiercel.model.job import Job
from tiercel.model.news import (
    AttemptEnded,
    AttemptStarted,
    Continued,
    Created,
    ExecutionStateRequested,
    ForceRunRequested,
    KillRequested,
    LabelsRequested,
    News,
    PauseRequested,
    RestartRequested,
    ResumeRequested,
    TaskRunStateRequested,
    UnqueueRequested,
)
from tiercel.model.state import StateType
from tiercel.model.task import Retry, RetryBehavior, TaskSpec
from tiercel.plugin.registry import Registry
from tiercel.services.children import Children
from tiercel.services.continuing import Continuing
from tiercel.services.listeners import Listeners
from tiercel.services.new_executions import ExecutionMaker
from tiercel.services.round import Kept, Round
from tiercel.services.slots import FlowKey, key_of
from tiercel.services.step import Environment

REGISTRY = Registry.builtin()
NAMES = ("first", "second", "third")
_REOPENING = (RestartRequested, TaskRunStateRequested)
_BY_HAND = (*_REOPENING, ExecutionStateRequested)
_FORCED = (ForceRunRequested, UnqueueRequested)


class DiedError(OSError):
    """The executor died, or lost its database."""


def drive(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine that never has to wait."""
    try:
        while True:
            work.send(None)
    except StopIteration as stop:
        return stop.value


class Executor:
    """What lives in one process: its kept states, and queues it is to look at again."""

    def __init__(self) -> None:
        self.kept: OrderedDict[str, Any] = OrderedDict()
        self.undrained: set[FlowKey] = set()
        self.continuing = Continuing()


class Cluster:
    """Rows, two executors, workers, and people. Everything random comes from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311  the same cluster for the same seed
        self.now = START
        self.numbers = itertools.count()
        self.ticks = itertools.count()
        self.rows = Rows()
        self.environment = Environment(
            REGISTRY,
            NoServices(),
            lambda: self.now,
            lambda: f"id{next(self.numbers)}",
            stopwatch=lambda: next(self.ticks) / 1000,
        )
        catalog: Any = Catalog(self.rows)
        self.catalog = catalog
        self.maker = ExecutionMaker(NoServices(), {})
        self.children = Children(catalog, catalog, self.maker, None, self.environment)  # type: ignore[arg-type]
        self.listeners = Listeners(self.environment)
        self.executors = [Executor(), Executor()]
        self.wire: list[tuple[str, News]] = []
        self.open: dict[str, tuple[Job, int]] = {}
        self.deliveries: dict[str, int] = {}
        self.trouble = self.random.randint(0, 15)
        self.to_create = self.random.randint(3, 8)
        self.meddling = self.random.choice((0, 0, 3, 6))
        self.forced: set[str] = set()
        self.ends: dict[str, int] = {}
        for name in NAMES:
            self.save(name)

    # flows -------------------------------------------------------------------------------------

    def save(self, name: str) -> None:
        """Save another revision of a flow, with another limit."""
        key = "company.team", name
        revisions = self.rows.flows.setdefault(key, [])
        limit = self.random.choice((None, 1, 1, 2, 3)) if name != "third" else None
        behavior = self.random.choice((ConcurrencyBehavior.QUEUE,) * 4 + tuple(ConcurrencyBehavior))
        tasks = [self.task(f"t{index}", name) for index in range(self.random.randint(1, 3))]
        after = [worker("after")] if self.random.random() < 0.3 else []
        made = flow(
            *tasks,
            after_execution=after,
            concurrency=Concurrency(limit, behavior) if limit else None,
        )
        revisions.append(dataclasses.replace(made, id=name, revision=len(revisions) + 1))
        self.rows.deleted.discard(key)

    def task(self, task_id: str, name: str) -> TaskSpec:
        """Return a task that works, fails, waits, or starts an execution of a later flow."""
        kind = self.random.choice(("worker", "worker", "pause", "subflow", "group", "set"))
        later = NAMES[NAMES.index(name) + 1 :]
        if kind == "subflow" and later:
            target = {"namespace": "company.team", "flowId": self.random.choice(later)}
            more = {"wait": self.random.random() < 0.8, "restartBehavior": "RETRY_FAILED"}
            return flowable("subflow", task_id, **target, **more)
        if kind == "pause":
            return flowable("pause", task_id, delay=self.random.choice((1, 60)))
        if kind == "group":
            return flowable("parallel", task_id, worker(f"{task_id}a"), worker(f"{task_id}b"))
        if kind == "set":
            properties = {"variables": {"a": 1}}
            task = inline(task_id, **properties)
            return dataclasses.replace(task, type="io.kestra.plugin.core.execution.SetVariables")
        rules = RetryBehavior.RETRY_FAILED_TASK, RetryBehavior.CREATE_NEW_EXECUTION
        rule = Retry(
            "constant",
            interval=timedelta(seconds=5),
            max_attempts=2,
            behavior=self.random.choice(rules),
        )
        return worker(task_id, retry=rule if self.random.random() < 0.2 else None)

    # what happens ------------------------------------------------------------------------------

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def goes_wrong(self, share: float) -> bool:
        if self.trouble > 0 and self.chance(share):
            self.trouble -= 1
            return True
        return False

    def run(self) -> Cluster:
        """Let things happen until nothing can; then everything is over and nobody waits."""
        for _ in range(5_000):
            if not self.act():
                break
        else:
            raise AssertionError("the cluster goes on for ever")
        self.check_end()
        return self

    def act(self) -> bool:
        """Let one thing happen; return False when there is nothing left."""
        if self.meddling > 0 and self.rows.executions and self.chance(0.1):
            self.meddle()
        choices: list[Callable[[], None]] = []
        if self.to_create:
            choices.append(self.create)
        if self.wire or self.is_due() or any(one.continuing for one in self.executors):
            choices += [self.round] * 3
        if self.rows.jobs.keys() - self.open.keys():
            choices += [self.take_job] * 2
        if self.open:
            choices += [self.finish_job] * 2
        if choices:
            self.random.choice(choices)()
            return True
        return self.let_time_pass()

    def is_due(self) -> bool:
        return any(due <= self.now for due, _, _ in self.rows.inbox.values())

    def create(self) -> None:
        self.to_create -= 1
        key = "company.team", self.random.choice(NAMES[:2])
        latest = self.rows.latest(key)
        if latest is None:
            return
        now, one = self.now, f"e{next(self.numbers)}"
        late = now + timedelta(minutes=1) if self.chance(0.1) else None
        execution = self.maker.make(latest, one, now, {}, schedule_date=late)
        self.rows.create(execution, (), Created(), now)

    def let_time_pass(self) -> bool:
        """Move the clock, sweep, resume who stands still; return False when nothing is left."""
        later = [due for due, _, _ in self.rows.inbox.values() if due > self.now]
        if later:
            self.now = min(later)
            return True
        queues = {
            key_of(one)
            for one in self.rows.executions.values()
            if one.state.current is StateType.QUEUED
        }
        standing = [
            one.id for one in self.rows.executions.values() if one.state.current == "PAUSED"
        ]
        if standing:
            self.rows.post(self.random.choice(standing), ResumeRequested(), self.now)
            return True
        if queues:
            before = sum(one.state.current == "QUEUED" for one in self.rows.executions.values())
            for executor in self.executors:
                executor.undrained |= queues
            self.trouble = 0
            self.round()
            after = sum(one.state.current == "QUEUED" for one in self.rows.executions.values())
            assert after < before, "the queue does not drain"
            return True
        return False

    def meddle(self) -> None:
        """Let somebody do something to a flow or an execution, whether it fits or not."""
        self.meddling -= 1
        if self.chance(0.25):
            self.save(self.random.choice(NAMES[:2]))
            return
        if self.chance(0.05):
            self.rows.deleted.add(("company.team", NAMES[0]))
            return
        one = self.random.choice(list(self.rows.executions))
        if self.chance(0.15):
            self.replay(one)
            return
        news = self.random.choice(
            (
                KillRequested(),
                PauseRequested(),
                ResumeRequested(),
                RestartRequested(),
                RestartRequested(),
                ForceRunRequested(),
                UnqueueRequested(),
                UnqueueRequested(StateType.CANCELLED),
                LabelsRequested((Label("k", "v"),)),
                ExecutionStateRequested(StateType.WARNING),
                TaskRunStateRequested(self.some_run(one), StateType.SUCCESS),
            )
        )
        targets = self.rows.below([one]) if isinstance(news, KillRequested) else [one]
        for target in targets:
            self.rows.post(target, news, self.now)

    def some_run(self, execution_id: str) -> str:
        return self.random.choice([*self.rows.runs[execution_id], "none"])

    def replay(self, execution_id: str) -> None:
        """Replay an execution from its start or from a task run, in any revision that fits."""
        execution = self.rows.executions[execution_id]
        revisions = self.rows.flows[key_of(execution)]
        flow_ = self.random.choice((revisions[execution.flow_revision - 1], revisions[-1]))
        wanted = self.random.choice([None, *self.rows.runs[execution_id]])
        state = rebuilt(self.rows, execution_id)
        try:
            made, runs = replay(flow_, state, wanted, self.now, self.environment.ids)
        except KeyError:
            return
        self.rows.create(made, runs, Created(), self.now)

    # executors ---------------------------------------------------------------------------------

    def round(self) -> None:
        """Let one executor do a round; it may die before the commit, or right after it."""
        executor = self.random.choice(self.executors)
        taken = [item for item in self.wire if self.chance(0.7)]
        by_execution: dict[str, list[News]] = {}
        for one, news in taken:
            by_execution.setdefault(one, []).append(news)
        others_wait = bool(by_execution) or self.is_due()
        chosen = executor.continuing.choose(self.now, others_wait=others_wait)
        if chosen is not None:
            by_execution.setdefault(chosen, []).append(Continued())
        held = [one for one in self.rows.executions if self.goes_wrong(0.05)]
        transaction = Transaction(self.rows, self.now, held, self.may_die)
        transaction.claim([one for one in by_execution if one not in held])
        given: Any = transaction
        undrained, executor.undrained = executor.undrained, set()
        round_ = Round(
            given,
            self.environment,
            self.catalog,
            self.children,
            self.listeners,
            executor.continuing,
        )
        try:
            finished = drive(round_.run(by_execution, executor.kept, undrained))
            self.may_die()
        except DiedError:
            executor.kept.clear()
            executor.continuing.lost()
            executor.undrained = undrained
            return
        before = dict(self.rows.executions), dict(self.rows.runs)
        held_before = {flow_: self.rows.holders(flow_) for flow_ in self.rows.flows}
        transaction.commit()
        executor.undrained |= round_.undrained
        executor.continuing.note(finished)
        for one in by_execution.keys() - {claim.execution_id for claim in transaction.claims}:
            executor.continuing.drop(one)
        self.wire = [item for item in self.wire if item not in taken or item[0] in held]
        self.check_round(finished, before, held_before)
        for done in finished:
            if not done.outcome.ended and not self.goes_wrong(0.1):
                claim = dataclasses.replace(done.claim, version=done.claim.version + 1, news=())
                executor.kept[claim.execution_id] = Kept(claim, done.state)

    def may_die(self) -> None:
        if self.goes_wrong(0.01):
            raise DiedError

    def check_round(
        self,
        finished: Sequence[Any],
        before: tuple[dict[str, Execution], dict[str, Any]],
        held_before: dict[FlowKey, list[str]],
    ) -> None:
        """Check what one commit changed: histories, ends, and limits."""
        for done in finished:
            one = done.claim.execution_id
            asked = [news for news in done.news if isinstance(news, _BY_HAND)]
            reopening = any(isinstance(news, _REOPENING) for news in asked)
            check_commit(
                (before[0][one], before[1][one]),
                (self.rows.executions[one], self.rows.runs[one]),
                over=False,
                reopening=reopening,
                by_hand=bool(asked),
            )
            if any(isinstance(news, _FORCED) for news in done.news):
                self.forced.add(one)
            if done.outcome.ended:
                self.forced.discard(one)
        for key, held in held_before.items():
            self.check_limit(key, held)

    def check_limit(self, key: FlowKey, held: list[str]) -> None:
        """Nobody enters a flow that is full, unless he was forced in."""
        holders = self.rows.holders(key)
        entered = [one for one in holders if one not in held and one not in self.forced]
        limits = [self.limit_of(one) for one in entered]
        latest = self.rows.latest(key)
        if entered and latest is not None and None not in limits:
            most = max(*limits, self.most(latest))  # type: ignore[type-var]
            count = sum(one not in self.forced for one in holders)
            assert count <= most, f"{count} of {key} run at once, {most} may"

    def limit_of(self, execution_id: str) -> int | None:
        execution = self.rows.executions[execution_id]
        flow_ = self.rows.flows[key_of(execution)][execution.flow_revision - 1]
        return flow_.concurrency.limit if flow_.concurrency is not None else None

    def most(self, flow_: Flow) -> int:
        return flow_.concurrency.limit if flow_.concurrency is not None else 1_000

    # workers -----------------------------------------------------------------------------------

    def take_job(self) -> None:
        attempt_id = self.random.choice(sorted(self.rows.jobs.keys() - self.open.keys()))
        job = self.rows.jobs[attempt_id]
        token = self.deliveries[attempt_id] = self.deliveries.get(attempt_id, 0) + 1
        self.open[attempt_id] = job, token
        self.send(job, AttemptStarted(job.task_run_id, attempt_id, token, "w", self.now))

    def send(self, job: Job, news: News) -> None:
        if job.execution_id in self.rows.executions and not self.goes_wrong(0.05):
            self.wire.append((job.execution_id, news))
            if self.goes_wrong(0.05):
                self.wire.append((job.execution_id, news))

    def finish_job(self) -> None:
        """A worker is done, or lost with what it did; then the job is given out again."""
        attempt_id = self.random.choice(sorted(self.open))
        job, token = self.open.pop(attempt_id)
        if self.goes_wrong(0.1):
            return
        state = StateType.FAILED if self.chance(0.25) else StateType.SUCCESS
        ids = job.task_run_id, attempt_id, token, "w"
        news = AttemptEnded(*ids, state, self.now, self.now, {"value": None})
        self.wire.append((job.execution_id, news))
        if attempt_id in self.rows.jobs:
            # until an executor has read it, the job is not given out again
            self.open_until_read(news, job)

    def open_until_read(self, news: AttemptEnded, job: Job) -> None:
        self.round_until(lambda: (job.execution_id, news) not in self.wire)

    def round_until(self, holds: Callable[[], bool]) -> None:
        for _ in range(200):
            if holds():
                return
            self.round()
        raise AssertionError("news is never read")

    # the end -----------------------------------------------------------------------------------

    def check_end(self) -> None:
        rows = self.rows
        for one, execution in rows.executions.items():
            current = execution.state.current
            assert current.is_terminal, f"{one} waits for ever in {current}"
            for run in rows.runs[one].values():
                assert run.state.is_terminal, f"{one}: {run.task_id} is open after the end"
        assert not rows.jobs, "jobs are left"
        assert not rows.lingering, "a slot is held after the end"
        waiting = [link for link, told in rows.links.values() if not told]
        assert not waiting, "somebody was not told of an end"
