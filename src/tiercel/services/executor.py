"""The executor: turns news into steps. Many may run against one database; none leads.

A round claims executions that have due news, runs their steps, and writes all of them in one
transaction. What must be told to others (jobs, stop signals, followers) goes out after the commit,
so a crash at any point loses nothing: either the round did not happen, or the sweeper publishes
the jobs it left behind.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tiercel.engine import ExecutionState
from tiercel.model.errors import ServerUnavailableError, TiercelError
from tiercel.model.job import LogEntry
from tiercel.model.news import AttemptStarted, News
from tiercel.model.task import LogLevel
from tiercel.services.step import Environment, Step, StepOutcome
from tiercel.store import Claim, StepResult, StepTransaction

if TYPE_CHECKING:
    from tiercel.bus import Bus, NewsBatch
    from tiercel.services.catalog import FlowCatalog
    from tiercel.services.live import Live
    from tiercel.store import Store

logger = logging.getLogger(__name__)

_ROUND_LIMIT = 100
_STATES_KEPT = 2_000
_SWEEP_EVERY = timedelta(seconds=5)
_UNSTARTED_AFTER = timedelta(seconds=15)
_UNSTARTED_LIMIT = 1_000
_OPEN_LIMIT = 10_000
_NEWS_LAG_SECONDS = 5.0
_LONGEST_SLEEP = 5.0


@dataclass(slots=True)
class _Finished:
    """A step that waits for the commit of its round."""

    claim: Claim
    state: ExecutionState
    outcome: StepOutcome
    news: Sequence[News]


class Executor:
    """Runs rounds until stopped.

    Args:
        live: Told what changed after each commit, for followers.
    """

    def __init__(
        self,
        store: Store,
        bus: Bus,
        catalog: FlowCatalog,
        environment: Environment,
        live: Live,
    ) -> None:
        self._store = store
        self._bus = bus
        self._catalog = catalog
        self._environment = environment
        self._live = live
        self._states: OrderedDict[str, tuple[int, ExecutionState]] = OrderedDict()
        self._batches: list[NewsBatch] = []
        self._awake = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """Say that there may be due news; the next round starts at once."""
        self._awake.set()

    async def run(self) -> None:
        """Run rounds until :meth:`stop`; a server that is away for a while is waited for."""
        tasks = [
            asyncio.create_task(self._pump_news(), name="executor-news"),
            asyncio.create_task(self._listen_wake(), name="executor-wake"),
            asyncio.create_task(self._sweep(), name="executor-sweep"),
        ]
        try:
            while not self._stopping:
                await self._run_round()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def stop(self) -> None:
        """Finish the round at hand and leave nothing claimed."""
        self._stopping = True
        self._awake.set()

    async def _run_round(self) -> None:
        self._awake.clear()
        try:
            worked = await self.round()
        except (ServerUnavailableError, OSError) as error:
            logger.warning("round failed, trying again", extra={"reason": str(error)})
            self._states.clear()
            await asyncio.sleep(0.2)
            return
        except (
            Exception
        ):  # a bug or a database error: nothing was committed, say it plainly and go on
            logger.exception("round failed, trying again")
            self._states.clear()
            await asyncio.sleep(0.5)
            return
        if not worked:
            await self._sleep_until_due()

    async def _sleep_until_due(self) -> None:
        if self._awake.is_set():
            return
        due_at = await self._store.inbox.next_due()
        wait = _LONGEST_SLEEP
        if due_at is not None:
            wait = min(wait, max((due_at - self._environment.clock()).total_seconds(), 0.0))
        try:
            await asyncio.wait_for(self._awake.wait(), wait)
        except TimeoutError:
            return

    async def round(self) -> bool:
        """Do one round; return whether anything was claimed or taken from the bus."""
        batches, self._batches = self._batches, []
        by_execution: dict[str, list[News]] = {}
        for batch in batches:
            for item in batch.items:
                by_execution.setdefault(item.execution_id, []).append(item.news)
        try:
            finished, unknown = await self._transact(by_execution)
        except BaseException:
            # nothing was written: what came over the bus is taken up again in the next round
            self._batches = batches + self._batches
            raise
        await asyncio.gather(*(batch.ack() for batch in batches))
        await self._announce(finished)
        await self._answer(finished, unknown)
        return bool(finished or batches)

    async def _transact(
        self, by_execution: dict[str, list[News]]
    ) -> tuple[list[_Finished], list[News]]:
        """Return the steps that were written, and news of executions that do not exist."""
        now = self._environment.clock()
        async with self._store.step(now, limit=_ROUND_LIMIT, also=list(by_execution)) as step:
            states = await self._load(step)
            finished = []
            for claim in step.claims:
                news = [item.news for item in claim.news] + by_execution.get(claim.execution_id, [])
                done = await self._run_claim(claim, states[claim.execution_id], news)
                step.write(_result(done))
                finished.append(done)
            for execution_id in step.busy_ids:
                for item in by_execution[execution_id]:
                    step.post(execution_id, item)
            known = {claim.execution_id for claim in step.claims} | set(step.busy_ids)
        self._remember(finished)
        unknown = [
            item for key, items in by_execution.items() if key not in known for item in items
        ]
        return finished, unknown

    async def _load(self, step: StepTransaction) -> dict[str, ExecutionState]:
        states: dict[str, ExecutionState] = {}
        missing = []
        for claim in step.claims:
            kept = self._states.pop(claim.execution_id, None)
            if kept is not None and kept[0] == claim.version:
                states[claim.execution_id] = kept[1]
            else:
                missing.append(claim.execution_id)
        if missing:
            loaded = await step.load(missing)
            for execution_id, (execution, task_runs) in loaded.items():
                states[execution_id] = ExecutionState(execution, task_runs)
        return states

    async def _run_claim(
        self, claim: Claim, state: ExecutionState, news: Sequence[News]
    ) -> _Finished:
        try:
            flow = await self._catalog.get(claim.namespace, claim.flow_id, claim.flow_revision)
            outcome = Step(self._environment, flow, state).run(news)
        except TiercelError as error:
            outcome = self._fail(state, str(error))
        except Exception as error:  # one broken execution must not stop the others
            logger.exception("step failed", extra={"execution_id": claim.execution_id})
            outcome = self._fail(
                state, f"Internal error in the engine: {type(error).__name__}: {error}"
            )
        return _Finished(claim, state, outcome, news)

    def _fail(self, state: ExecutionState, reason: str) -> StepOutcome:
        """End an execution that can't go on: its flow is gone, or the engine itself failed."""
        now = self._environment.clock()
        outcome = StepOutcome(execution_changed=True, ended=True)
        for task_run in state.fail_everything(now):
            outcome.changed[task_run.id] = None
            outcome.closed.extend(attempt.id for attempt in task_run.attempts)
            outcome.stops.extend((task_run.id, attempt.id) for attempt in task_run.attempts)
        execution = state.execution
        outcome.records.logs.append(
            LogEntry(
                execution_id=execution.id,
                namespace=execution.namespace,
                flow_id=execution.flow_id,
                timestamp=now,
                level=LogLevel.ERROR,
                message=reason,
                thread="executor",
            )
        )
        return outcome

    def _remember(self, finished: Sequence[_Finished]) -> None:
        for done in finished:
            if not done.outcome.ended:
                version = done.claim.version + 1
                self._states[done.claim.execution_id] = (version, done.state)
        while len(self._states) > _STATES_KEPT:
            self._states.popitem(last=False)

    async def _announce(self, finished: Sequence[_Finished]) -> None:
        jobs = [job for done in finished for job in done.outcome.jobs]
        if jobs:
            await self._bus.publish_jobs(jobs)
        for done in finished:
            for _, attempt_id in done.outcome.stops:
                await self._bus.stop_attempt(done.claim.execution_id, attempt_id)
            await self._live.step_done(done.state, done.outcome)
        if any(done.outcome.execution_changed for done in finished):
            await self._bus.wake_scheduler()

    async def _answer(self, finished: Sequence[_Finished], unknown: Sequence[News]) -> None:
        """Tell workers that took a job once more whether its attempt is still open."""
        for done in finished:
            for question in _questions(done.news):
                await self._bus.answer_start(
                    question.attempt_id, question.token, is_open=_is_open(done.state, question)
                )
        for question in _questions(unknown):
            await self._bus.answer_start(question.attempt_id, question.token, is_open=False)

    async def _pump_news(self) -> None:
        async for batch in self._bus.news_batches():
            self._batches.append(batch)
            self._awake.set()

    async def _listen_wake(self) -> None:
        async for _ in self._bus.on_wake():
            self._awake.set()

    async def _sweep(self) -> None:
        """Publish jobs again that the bus lost or never got; it drops those that it has.

        At the start, and after the stream of jobs was lost, that is every open job; then only what
        nobody has started for a while.
        """
        everything = True
        while True:
            everything = await self._publish_again(
                everything=everything or self._bus.jobs_were_lost
            )
            await asyncio.sleep(_SWEEP_EVERY.total_seconds())

    async def _publish_again(self, *, everything: bool) -> bool:
        """Do one sweep; return whether the next must again be of every open job."""
        try:
            if await self._bus.news_lag() > _NEWS_LAG_SECONDS:
                # what waits may say that these jobs were started, or have ended
                return everything
            if everything:
                self._bus.jobs_were_lost = False
                jobs = await self._store.jobs.all_open(limit=_OPEN_LIMIT)
            else:
                older_than = self._environment.clock() - _UNSTARTED_AFTER
                jobs = await self._store.jobs.unstarted(older_than, limit=_UNSTARTED_LIMIT)
            if jobs:
                logger.info("publishing jobs again", extra={"count": len(jobs)})
                await self._bus.publish_jobs(jobs)
        except (TiercelError, OSError) as error:
            logger.warning("sweep failed, trying again", extra={"reason": str(error)})
            return everything
        return everything and len(jobs) == _OPEN_LIMIT


def _questions(news: Sequence[News]) -> list[AttemptStarted]:
    return [item for item in news if isinstance(item, AttemptStarted) and item.asks]


def _is_open(state: ExecutionState, question: AttemptStarted) -> bool:
    try:
        attempts = state.task_run(question.task_run_id).attempts
    except KeyError:
        return False
    last = attempts[-1] if attempts else None
    return (
        last is not None
        and last.id == question.attempt_id
        and last.token == question.token
        and not last.state.is_terminal
    )


def _result(done: _Finished) -> StepResult:
    outcome, state = done.outcome, done.state
    return StepResult(
        execution_id=done.claim.execution_id,
        version=done.claim.version,
        execution=state.execution if outcome.execution_changed else None,
        task_runs=[state.task_run(task_run_id) for task_run_id in outcome.changed],
        removed=list(outcome.removed),
        consumed=[item.id for item in done.claim.news],
        timers=outcome.timers,
        jobs=outcome.jobs,
        started=outcome.started,
        withdrawn=outcome.closed,
        logs=outcome.records.logs,
        metrics=outcome.records.metrics,
        ended=outcome.ended,
    )
