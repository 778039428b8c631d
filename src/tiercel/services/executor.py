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
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import structs

from tiercel.model.errors import ServerUnavailableError, TiercelError
from tiercel.model.news import AttemptStarted, Continued, News
from tiercel.services.continuing import Continuing
from tiercel.services.listeners import Listeners
from tiercel.services.round import Finished, Kept, Round, States
from tiercel.store import StaleClaimError

if TYPE_CHECKING:
    from tiercel.bus import Bus, Handover, NewsBatch
    from tiercel.engine import ExecutionState
    from tiercel.model.job import Job, LogEntry
    from tiercel.services.catalog import FlowCatalog
    from tiercel.services.children import Children
    from tiercel.services.holders import Holders
    from tiercel.services.live import Live
    from tiercel.services.slots import FlowKey
    from tiercel.services.step import Environment
    from tiercel.store import Claim, StepTransaction, Store

logger = logging.getLogger(__name__)

_ROUND_LIMIT = 100
_STATES_KEPT = 2_000
_LEASE = timedelta(seconds=10)
_SWEEPS_OF_A_LEASE = 2
_UNSTARTED_LEASES = 1.5
_UNSTARTED_LIMIT = 1_000
_OPEN_LIMIT = 10_000
_NEWS_LAG_SECONDS = 5.0
_LONGEST_SLEEP = 5.0
_LONGEST_WITHOUT_LOOK = timedelta(seconds=1)
_ANOTHER_LOOK = 0.02
_TURNS_TO_START = 2


class Executor:
    """Runs rounds until stopped.

    Args:
        live: Told what changed after each commit, for followers.
        children: Starts executions for others.
        handover: The worker of this process, for jobs and reports that need not go over the bus.
        holders: Who else holds jobs that are not on the bus; those of the lost are given out again.
        lease: How long after its last sign of life a worker counts as lost. Jobs that nobody has
            started are published again after one and a half of it: the bus may not have got them.
    """

    def __init__(
        self,
        store: Store,
        bus: Bus,
        catalog: FlowCatalog,
        environment: Environment,
        live: Live,
        children: Children,
        *,
        handover: Handover | None = None,
        holders: Holders | None = None,
        lease: timedelta = _LEASE,
    ) -> None:
        self._store = store
        self._bus = bus
        self._catalog = catalog
        self._environment = environment
        self._live = live
        self._children = children
        self._handover = handover
        self._holders = holders
        self._lease = lease
        self._listeners = Listeners(environment)
        self._undrained: set[FlowKey] = set()
        self._continuing = Continuing()
        self._states: States = OrderedDict()
        self._batches: list[NewsBatch] = []
        self._not_started: list[Job] = []
        self._inbox = _InboxTimes()
        self._awake = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """Say that there may be due news; the next round starts at once."""
        self._inbox.forget()
        self._awake.set()

    async def run(self) -> None:
        """Run rounds until :meth:`stop`; a server that is away for a while is waited for.

        Raises:
            Exception: What one of the loops besides failed with: without it the executor would
                stand still and say nothing, so it ends.
        """
        if self._handover is not None:
            self._handover.listen(self._awake.set)
        rounds = asyncio.create_task(self._run_rounds(), name="executor-rounds")
        beside = [
            asyncio.create_task(self._pump_news(), name="executor-news"),
            asyncio.create_task(self._listen_wake(), name="executor-wake"),
            asyncio.create_task(self._sweep(), name="executor-sweep"),
        ]
        try:
            await asyncio.wait([rounds, *beside], return_when=asyncio.FIRST_COMPLETED)
            for task in beside:
                if task.done():
                    task.result()
                    raise RuntimeError(f"{task.get_name()} has ended, the executor can't go on")
            await rounds
        finally:
            for task in (rounds, *beside):
                task.cancel()
            await asyncio.gather(rounds, *beside, return_exceptions=True)
            await self._live.close()

    async def _run_rounds(self) -> None:
        while not self._stopping:
            await self._run_round()

    async def stop(self) -> None:
        """Finish the round at hand and leave nothing claimed."""
        self._stopping = True
        self._awake.set()

    async def _run_round(self) -> None:
        self._awake.clear()
        try:
            await self.round()
            if self._undrained:
                # somebody else holds what waits for a slot: look again in a moment
                await asyncio.sleep(_ANOTHER_LOOK)
            else:
                await self._sleep_until_due()
        except (ServerUnavailableError, OSError) as error:
            logger.warning("round failed, trying again", extra={"reason": str(error)})
            self._states.clear()
            await asyncio.sleep(0.2)
        except Exception:
            # A bug or a database error: nothing was committed; say it plainly and go on.
            logger.exception("round failed, trying again")
            self._states.clear()
            await asyncio.sleep(0.5)

    async def _sleep_until_due(self) -> None:
        if self._awake.is_set():
            return
        if not self._inbox.is_known:
            signals = self._inbox.signals
            next_due = await self._store.inbox.next_due()
            self._inbox.know(next_due, self._environment.clock(), signals)
        if self._continuing or not self._inbox.is_known:
            return
        wait = self._inbox.wait(self._environment.clock())
        try:
            await asyncio.wait_for(self._awake.wait(), wait)
        except TimeoutError:
            if wait == _LONGEST_SLEEP:
                self._inbox.forget()

    async def round(self) -> None:
        """Do one round: take what waits, write what follows from it, tell the others."""
        batches, self._batches = self._batches, []
        reports = self._handover.take_reports() if self._handover is not None else []
        by_execution: dict[str, list[News]] = {}
        for batch in batches:
            for item in batch.items:
                by_execution.setdefault(item.execution_id, []).append(item.news)
        for report in reports:
            told = report.execution_news
            by_execution.setdefault(told.execution_id, []).append(told.news)
        self._go_on(by_execution)
        logs = [entry for report in reports for entry in report.logs]
        try:
            finished, unknown = await self._transact(by_execution, logs)
        except BaseException:
            # nothing was written: what was reported is taken up again in the next round
            self._batches = batches + self._batches
            if self._handover is not None:
                self._handover.put_back(reports)
            raise
        for report in reports:
            if not report.written.done():
                report.written.set_result(None)
        # what was handed over is under way before anybody is told of this round
        for _ in range(_TURNS_TO_START):
            await asyncio.sleep(0)
        self._live.logged(logs)
        await self._announce(finished)
        for batch in batches:
            await batch.ack()
        await self._answer(finished, unknown)

    def _go_on(self, by_execution: dict[str, list[News]]) -> None:
        """Add one that has more to do than a step takes, when it is its turn."""
        now = self._environment.clock()
        others_wait = bool(by_execution) or self._inbox.is_due(now)
        chosen = self._continuing.choose(now, others_wait=others_wait)
        if chosen is not None:
            by_execution.setdefault(chosen, []).append(Continued())

    async def _transact(
        self, by_execution: dict[str, list[News]], logs: Sequence[LogEntry]
    ) -> tuple[list[Finished], list[News]]:
        """Return the steps that were written, and news of executions that do not exist."""
        now = self._environment.clock()
        if self._inbox.is_due(now):
            self._inbox.forget()
            return await self._step(by_execution, logs, now, limit=_ROUND_LIMIT)
        if not by_execution and not self._undrained:
            return [], []
        known = self._known(by_execution)
        try:
            return await self._step(by_execution, logs, now, known=known)
        except StaleClaimError:
            logger.debug("another executor was faster", extra={"count": len(known)})
            for claim in known:
                self._states.pop(claim.execution_id, None)
            return await self._step(by_execution, logs, now)

    def _known(self, execution_ids: Collection[str]) -> list[Claim]:
        """Return claims for executions that this executor wrote last, if it did so with all."""
        kept = [self._states[key] for key in execution_ids if key in self._states]
        return [item.claim for item in kept] if len(kept) == len(execution_ids) else []

    async def _step(
        self,
        by_execution: dict[str, list[News]],
        logs: Sequence[LogEntry],
        now: datetime,
        *,
        limit: int = 0,
        known: Sequence[Claim] = (),
    ) -> tuple[list[Finished], list[News]]:
        """Do what one transaction does; see :meth:`Store.step` for the arguments."""
        undrained, self._undrained = self._undrained, set()
        store = self._store
        handed: list[Job] = []
        try:
            async with store.step(now, limit, list(by_execution), known) as step:
                round_ = Round(
                    step,
                    self._environment,
                    self._catalog,
                    self._children,
                    self._listeners,
                    self._continuing,
                )
                finished = await round_.run(by_execution, self._states, undrained)
                for execution_id in step.busy_ids:
                    for item in by_execution[execution_id]:
                        if not isinstance(item, Continued):
                            step.post(execution_id, item)
                step.log(logs)
                handed = self._hand_over(finished, step)
        except BaseException:
            if self._handover is not None:
                self._handover.drop(handed)
            self._undrained |= undrained
            self._inbox.forget()
            self._continuing.lost()
            raise
        if self._handover is not None:
            self._not_started.extend(self._handover.start(handed))
        self._undrained |= round_.undrained
        self._remember(finished)
        self._continuing.note(finished)
        if step.wrote_others:
            self._inbox.forget()
        else:
            self._inbox.add(due_at for done in finished for due_at, _ in done.outcome.timers)
        claimed = {claim.execution_id for claim in step.claims}
        for execution_id in by_execution.keys() - claimed:
            self._continuing.drop(execution_id)
        found = claimed | set(step.busy_ids)
        unknown = [
            item for key, items in by_execution.items() if key not in found for item in items
        ]
        return finished, unknown

    def _hand_over(self, finished: Sequence[Finished], step: StepTransaction) -> list[Job]:
        """Choose the jobs that the worker beside starts after the commit; the bus gets the rest."""
        if self._handover is None:
            return []
        handed = self._handover.reserve(job for done in finished for job in done.jobs)
        if handed:
            chosen = {job.attempt_id for job in handed}
            step.hold_jobs(self._handover.holder, chosen)
            for done in finished:
                done.jobs = [job for job in done.jobs if job.attempt_id not in chosen]
        return handed

    def _remember(self, finished: Sequence[Finished]) -> None:
        for done in finished:
            if not done.outcome.ended:
                claim = replace(done.claim, version=done.claim.version + 1, news=())
                self._states[claim.execution_id] = Kept(claim, done.state)
        while len(self._states) > _STATES_KEPT:
            self._states.popitem(last=False)

    async def _announce(self, finished: Sequence[Finished]) -> None:
        not_started, self._not_started = self._not_started, []
        jobs = [*not_started, *(job for done in finished for job in done.jobs)]
        if jobs:
            await self._bus.publish_jobs(jobs)
        for done in finished:
            for _, attempt_id in done.outcome.stops:
                if self._handover is not None:
                    self._handover.stop_attempt(attempt_id)
                await self._bus.stop_attempt(done.claim.execution_id, attempt_id)
            self._live.step_done(done.state, done.outcome, done.claim.version)
        await self._live.tell()
        if any(done.outcome.execution_changed for done in finished):
            await self._bus.wake_scheduler()

    async def _answer(self, finished: Sequence[Finished], unknown: Sequence[News]) -> None:
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
            self.wake()

    async def _sweep(self) -> None:
        """Give out free slots; publish jobs again that the bus lost or never got.

        At the start, and after the stream of jobs was lost, that is every open job; then only what
        nobody has started for a while.
        """
        everything = True
        while True:
            await self._look_at_queues()
            await self._take_from_lost()
            everything = await self._publish_again(
                everything=everything or self._bus.jobs_were_lost
            )
            await asyncio.sleep(self._lease.total_seconds() / _SWEEPS_OF_A_LEASE)

    async def _look_at_queues(self) -> None:
        """Give out slots that became free without a step: a limit was raised, a run deleted."""
        try:
            self._undrained |= set(await self._store.executions.queues())
        except (TiercelError, OSError) as error:
            logger.warning("queues not looked at, trying again", extra={"reason": str(error)})
            return
        if self._undrained:
            self._awake.set()

    async def _take_from_lost(self) -> None:
        """Publish the jobs that a process of this machine held when it died."""
        if self._holders is None:
            return
        try:
            for holder in await self._store.jobs.holders():
                if self._holders.is_lost(holder):
                    jobs = await self._store.jobs.take_from(holder)
                    logger.info("publishing jobs of a lost process", extra={"count": len(jobs)})
                    await self._publish_repeated(jobs)
        except (TiercelError, OSError) as error:
            logger.warning("lost jobs not found, trying again", extra={"reason": str(error)})

    async def _publish_repeated(self, jobs: Sequence[Job]) -> None:
        ignored = self._store.ignored
        if ignored:
            jobs = [
                job
                for job in jobs
                if not ignored.holds(job.execution_id, job.namespace, job.flow_id)
            ]
        await self._bus.publish_jobs([structs.replace(job, is_repeated=True) for job in jobs])

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
                older_than = self._environment.clock() - self._lease * _UNSTARTED_LEASES
                jobs = await self._store.jobs.unstarted(older_than, limit=_UNSTARTED_LIMIT)
            if jobs:
                logger.info("publishing jobs again", extra={"count": len(jobs)})
                await self._publish_repeated(jobs)
        except (TiercelError, OSError) as error:
            logger.warning("sweep failed, trying again", extra={"reason": str(error)})
            return everything
        return everything and len(jobs) == _OPEN_LIMIT


class _InboxTimes:
    """What is known of the inbox without looking: when its next news is due.

    Other executors and services add to it; they send a signal, which makes it unknown. A signal
    that is lost costs a second while there is work, and five while there is none.
    """

    def __init__(self) -> None:
        self._next_due: datetime | None = None
        self._looked_at = datetime.min.replace(tzinfo=UTC)
        self.is_known = False
        self.signals = 0

    def forget(self) -> None:
        """The next look tells."""
        self.is_known = False
        self.signals += 1

    def know(self, next_due: datetime | None, now: datetime, signals: int) -> None:
        """A look at ``now`` found that the next news is due then.

        Args:
            signals: How many there were before the look; of one that came meanwhile it may have
                seen nothing.
        """
        self._next_due, self._looked_at = next_due, now
        self.is_known = signals == self.signals

    def add(self, dates: Iterable[datetime]) -> None:
        """News was added that is due at ``dates``."""
        self._next_due = min((*dates, *filter(None, [self._next_due])), default=None)

    def is_due(self, now: datetime) -> bool:
        """Whether there is, or may be, news to read."""
        if not self.is_known or now - self._looked_at > _LONGEST_WITHOUT_LOOK:
            return True
        return self._next_due is not None and self._next_due <= now

    def wait(self, now: datetime) -> float:
        """Return the seconds that nothing is due, as far as is known."""
        if self._next_due is None:
            return _LONGEST_SLEEP
        return min(_LONGEST_SLEEP, max((self._next_due - now).total_seconds(), 0.0))


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
