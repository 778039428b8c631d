"""The scheduler: lets triggers fire. Many may run against one database; none leads.

It sleeps until the earliest date in the index of those that may fire. A round takes in what became
of executions, then fires what is due, then starts dates of backfills; each is one transaction that
claims rows, creates executions and writes the next dates, so a crash leaves no half of it. A date
of a trigger is a row with a unique key: however many schedulers run, and however wrong their
clocks are, it gives one execution.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tiercel.engine.dates import instant_text
from tiercel.engine.schedule import Recover, not_late, recovered
from tiercel.model.errors import ServerUnavailableError, TiercelError
from tiercel.services.clock import new_id, utc_now
from tiercel.services.meters import Meters
from tiercel.services.polling import Question, interval_of, lease_of
from tiercel.store import Fire

if TYPE_CHECKING:
    from tiercel.bus import Bus
    from tiercel.model.flow import Flow, TriggerSpec
    from tiercel.model.job import LogEntry
    from tiercel.services.catalog import FlowCatalog
    from tiercel.services.flow_triggers import FlowTriggers
    from tiercel.services.polling import Polling
    from tiercel.services.trigger_executions import ScheduledTrigger, TriggerExecutions
    from tiercel.services.triggers import Triggers
    from tiercel.store import DueBackfill, DueTrigger, Store, TriggerState

logger = logging.getLogger(__name__)

_DUE_LIMIT = 200
_TRANSITIONS_LIMIT = 500
_BACKFILLS_LIMIT = 50
_PAGE = 500
_LONGEST_SLEEP = 5.0
_BREATH_SECONDS = 0.02
_SWEEP_EVERY = timedelta(seconds=30)
_TIME_LOST = timedelta(minutes=1)
_JUST_DUE = timedelta(seconds=10)
"""A date that is no older was not missed."""
_TRY_AGAIN = timedelta(minutes=5)
_COUNTERS = ("scheduler.loop.count", "scheduler.evaluate.count", "scheduler.trigger.count")
_TIMERS = (
    "scheduler.trigger.delay.duration",
    "scheduler.execution.running.duration",
    "scheduler.execution.missing.duration",
)


@dataclass(slots=True)
class _Round:
    """What one look at due triggers writes."""

    states: list[TriggerState] = field(default_factory=list)
    fires: list[Fire] = field(default_factory=list)
    logs: list[LogEntry] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)


class Scheduler:
    """Runs rounds until stopped.

    Args:
        polling: Evaluates polling triggers; without it they wait for another scheduler.
        clock: Gives the current moment, aware UTC.
        ids: Gives a fresh id at each call.
        meters: Told of rounds, of triggers that were evaluated and that fired, how late they did,
            and how long the executions took, or were missed, that they waited for.
    """

    def __init__(
        self,
        store: Store,
        bus: Bus,
        catalog: FlowCatalog,
        maker: TriggerExecutions,
        triggers: Triggers,
        flow_triggers: FlowTriggers,
        polling: Polling | None = None,
        *,
        clock: Callable[[], datetime] = utc_now,
        ids: Callable[[], str] = new_id,
        meters: Meters | None = None,
    ) -> None:
        self._meters = Meters() if meters is None else meters
        self._meters.declare(_COUNTERS, _TIMERS)
        self._store = store
        self._bus = bus
        self._catalog = catalog
        self._maker = maker
        self._triggers = triggers
        self._flow_triggers = flow_triggers
        self._polling = polling
        self._clock = clock
        self._ids = ids
        self._id = ids()
        self._awake = asyncio.Event()
        self._stopping = False
        self._next_date: datetime | None = None
        self._last_round: datetime | None = None
        self._swept_at: datetime | None = None

    @property
    def _kinds(self) -> tuple[str, ...]:
        """Kinds of triggers that this scheduler fires."""
        return _KINDS if self._polling is not None else _KINDS[:1]

    async def run(self) -> None:
        """Run rounds until :meth:`stop`; a server that is away for a while is waited for."""
        listener = asyncio.create_task(self._listen(), name="scheduler-wake")
        try:
            async with self._bus.answer_toggles(self._triggers.toggle):
                while not self._stopping:
                    await self._run_round()
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)
            if self._polling is not None:
                await self._polling.stop()

    async def stop(self) -> None:
        """Finish the round at hand."""
        self._stopping = True
        self._awake.set()

    def wake(self) -> None:
        """Say that triggers or executions changed; the next round starts at once."""
        self._awake.set()

    async def _listen(self) -> None:
        async for _ in self._bus.on_wake_scheduler():
            self._awake.set()

    async def _run_round(self) -> None:
        self._awake.clear()
        try:
            worked = await self.round()
        except (ServerUnavailableError, OSError) as error:
            logger.warning("round failed, trying again", extra={"reason": str(error)})
            await asyncio.sleep(0.2)
            return
        except Exception:  # a bug or a database error: nothing was committed, say it and go on
            logger.exception("round failed, trying again")
            await asyncio.sleep(0.5)
            return
        if not worked:
            await self._sleep()

    async def _sleep(self) -> None:
        if self._awake.is_set():
            # changes that come in a row are one round
            await asyncio.sleep(_BREATH_SECONDS)
            return
        due = self._next_date
        wait = _LONGEST_SLEEP
        if due is not None:
            wait = min(wait, max((due - self._clock()).total_seconds(), 0.0))
        try:
            await asyncio.wait_for(self._awake.wait(), wait)
        except TimeoutError:
            return
        await asyncio.sleep(_BREATH_SECONDS)

    async def round(self) -> bool:
        """Do one round; return whether there may be more to do at once."""
        now = self._clock()
        self._meters.count("scheduler.loop.count")
        if self._last_round is None or abs(now - self._last_round) > _TIME_LOST:
            await self.recover(now)
        self._last_round = now
        if self._swept_at is None or abs(now - self._swept_at) > _SWEEP_EVERY:
            self._swept_at = now
            await self._sweep(now)
        outlook = await self._store.triggers.look(self._kinds)
        if outlook.has_changed_flows:
            await self._look_at_flows()
        heard = await self._take_transitions(now) if outlook.has_transitions else 0
        is_due = outlook.next_date is not None and outlook.next_date <= now
        fired = await self.fire_due(now) if is_due or heard or outlook.has_changed_flows else 0
        filled = await self._run_backfills(now) if outlook.has_backfills or heard else 0
        self._next_date = outlook.next_date
        if heard or fired or filled:
            await self._bus.wake()
        return bool(heard or fired or filled or outlook.has_changed_flows)

    async def recover(self, now: datetime) -> int:
        """Move triggers past the dates they missed while nothing ran, as each of them says.

        Returns:
            How many were moved.
        """
        moved, last = 0, None
        while True:
            async with self._store.triggers.transaction() as transaction:
                page = await transaction.claim_missed(now - _JUST_DUE, last, _PAGE)
                changed = [state for item in page if (state := await self._recovered(item, now))]
                await transaction.save(changed)
            moved += len(changed)
            if len(page) < _PAGE:
                return moved
            last = page[-1].state

    async def _recovered(self, item: DueTrigger, now: datetime) -> TriggerState | None:
        state = item.state
        try:
            schedule = await self._schedule(item)
            if state.next_date is None or schedule.rule.recover is Recover.ALL:
                return None
            found = recovered(schedule.rule, state.next_date, state.evaluated_at, now)
        except (TiercelError, ArithmeticError):
            # told when it is due
            return None
        if found == state.next_date:
            return None
        return replace(state, next_date=found, result="SKIPPED", message=_MISSED)

    async def _sweep(self, now: datetime) -> None:
        released = await self._store.triggers.release_lost(now)
        if released:
            logger.warning("locks of lost executions cleared", extra={"count": len(released)})
        for fired_at in released:
            self._meters.time("scheduler.execution.missing.duration", now - fired_at)

    async def _look_at_flows(self) -> None:
        for namespace, flow_id in await self._store.triggers.changed_flows(_PAGE):
            await self._triggers.reconcile(namespace, flow_id)

    async def _take_transitions(self, now: datetime) -> int:
        released: list[datetime] = []
        async with self._store.triggers.transaction() as transaction:
            taken = await transaction.take_transitions(_TRANSITIONS_LIMIT)
            if not taken:
                return 0
            ended = {
                item.execution_id: item.state
                for item in taken
                if item.state is None or item.state in _ENDED
            }
            if ended:
                released = await transaction.release(list(ended.items()), now)
            await self._flow_triggers.take(transaction, taken, now)
        for fired_at in released:
            self._meters.time("scheduler.execution.running.duration", now - fired_at)
        return len(taken)

    # Schedules

    async def fire_due(self, now: datetime) -> int:
        """Fire the triggers that are due, at most a batch; return how many were looked at."""
        async with self._store.triggers.transaction() as transaction:
            due = await transaction.claim_due(now, _DUE_LIMIT, self._kinds)
            if not due:
                return 0
            written = _Round()
            for item in due:
                await self._judge(item, now, written)
            created = await transaction.fire(written.fires, now)
            await transaction.log(
                [entry for entry in written.logs if entry.execution_id in created]
            )
            await transaction.save([_unlocked(state, created) for state in written.states])
        self._meters.count("scheduler.evaluate.count", by=len(due))
        self._count_fired(written.fires, created, now)
        if self._polling is not None:
            for question in written.questions:
                self._polling.ask(question)
        return len(due)

    def _count_fired(self, fires: Sequence[Fire], created: Collection[str], now: datetime) -> None:
        for fire in fires:
            if fire.execution.id in created:
                self._meters.count("scheduler.trigger.count")
                if not fire.backfill_id:
                    self._meters.time("scheduler.trigger.delay.duration", now - fire.date)

    async def _judge(self, item: DueTrigger, now: datetime, written: _Round) -> None:
        """Say what a due trigger does; one that can't be reckoned with keeps nobody waiting."""
        try:
            if item.state.kind == "POLLING":
                await self._lease(item, now, written)
            else:
                await self._evaluate(item, now, written)
        except (ServerUnavailableError, OSError):
            raise
        except Exception as error:  # a bug that one trigger shows must not stop all the others
            key = ".".join(item.state.key)
            logger.exception("trigger not evaluated", extra={"trigger": key})
            state = replace(item.state, evaluated_at=now, next_date=now + _TRY_AGAIN)
            message = f"It can't be evaluated: {type(error).__name__}: {error}"
            written.states.append(replace(state, result="FAILED", message=message))

    async def _lease(self, item: DueTrigger, now: datetime, written: _Round) -> None:
        """Take a polling trigger, so that it is asked once the lease is committed."""
        state = replace(item.state, evaluated_at=now, evaluating_since=None, worker_id=None)
        try:
            flow = await self._catalog.get(state.namespace, state.flow_id, item.flow_revision)
            spec = _spec(flow, state.trigger_id)
            variables = {"date": instant_text(now)}
            holds = self._maker.hold(spec.conditions, flow, self._maker.context(flow, variables))
            interval, lease = interval_of(spec), lease_of(spec)
        except TiercelError as error:
            message = f"It can't be evaluated: {error}"
            later = now + _TRY_AGAIN
            written.states.append(replace(state, next_date=later, result="FAILED", message=message))
            return
        if not holds:
            later = now + interval
            written.states.append(replace(state, next_date=later, result="CONDITIONS"))
            return
        state = replace(
            state, evaluating_since=now, worker_id=self._id, updated_at=now, next_date=now + lease
        )
        written.states.append(state)
        written.questions.append(Question(flow, spec, state, self._ids()))

    async def _evaluate(self, item: DueTrigger, now: datetime, written: _Round) -> None:
        state = item.state
        try:
            schedule = await self._schedule(item)
        except TiercelError as error:
            written.states.append(
                replace(
                    state,
                    evaluated_at=now,
                    next_date=now + _TRY_AGAIN,
                    result="FAILED",
                    message=str(error),
                )
            )
            return
        due = state.next_date or now
        date = not_late(schedule.rule, due, now)
        if date is None or date > now:
            written.states.append(
                replace(
                    state, next_date=date, evaluated_at=due, result="SKIPPED", message=_TOO_LATE
                )
            )
            return
        state = replace(state, evaluated_at=date, next_date=schedule.after(date), message=None)
        try:
            if not schedule.fits(date):
                written.states.append(replace(state, result="CONDITIONS"))
                return
        except TiercelError as error:
            self._fail(schedule, state, date, f"A condition can't be evaluated: {error}", written)
            return
        self._start(schedule, state, date, now, written)

    def _start(
        self,
        schedule: ScheduledTrigger,
        state: TriggerState,
        date: datetime,
        now: datetime,
        written: _Round,
    ) -> None:
        started = schedule.start(date, self._ids(), now)
        written.logs.extend(started.logs)
        written.fires.append(Fire(state.key, date, started.execution))
        written.states.append(started.noted(state, schedule.spec, now))

    def _fail(
        self,
        schedule: ScheduledTrigger,
        state: TriggerState,
        date: datetime,
        reason: str,
        written: _Round,
    ) -> None:
        now = self._clock()
        bare = schedule.start(date, self._ids(), now).execution
        started = self._maker.failed(bare, schedule.spec, reason, now)
        written.logs.extend(started.logs)
        written.fires.append(Fire(state.key, date, started.execution))
        written.states.append(replace(state, fired_at=now, result="FAILED", message=reason))

    async def _schedule(self, item: DueTrigger) -> ScheduledTrigger:
        state = item.state
        flow = await self._catalog.get(state.namespace, state.flow_id, item.flow_revision)
        return self._maker.scheduled(flow, _spec(flow, state.trigger_id))

    # Backfills

    async def _run_backfills(self, now: datetime) -> int:
        """Start dates of backfills, after everything that is due by itself."""
        started, fired = 0, list[Fire]()
        async with self._store.triggers.transaction() as transaction:
            for item in await transaction.claim_backfills(_BACKFILLS_LIMIT):
                backfill = item.backfill
                flow_key = (backfill.namespace, backfill.flow_id)
                try:
                    flow = await self._catalog.get(*flow_key, item.flow_revision)
                    schedule = self._maker.scheduled(flow, _spec(flow, backfill.trigger_id))
                except TiercelError as error:
                    logger.warning("backfill can't go on", extra={"reason": str(error)})
                    continue
                room = len(item.dates)
                if flow.concurrency is not None:
                    # a date takes a free slot, it never waits in the queue before live runs
                    active = await transaction.active_executions(*flow_key)
                    room = min(room, flow.concurrency.limit - active)
                if room <= 0:
                    continue
                fires, entries, logs = self._fill(schedule, item, room, now)
                created = await transaction.fire(fires, now)
                fired += [fire for fire in fires if fire.execution.id in created]
                await transaction.log([log for log in logs if log.execution_id in created])
                await transaction.start_dates(backfill, entries, now)
                started += len(entries)
        self._count_fired(fired, {fire.execution.id for fire in fired}, now)
        return started

    def _fill(
        self, schedule: ScheduledTrigger, item: DueBackfill, room: int, now: datetime
    ) -> tuple[list[Fire], list[tuple[int, str, str]], list[LogEntry]]:
        backfill = item.backfill
        fires: list[Fire] = []
        entries: list[tuple[int, str, str]] = []
        logs: list[LogEntry] = []
        for place, date in item.dates[:room]:
            started = schedule.start(
                date, self._ids(), now, inputs=backfill.inputs, labels=backfill.labels
            )
            state = "FAILED" if started.has_failed else "RUNNING"
            fires.append(Fire(backfill.key, date, started.execution, backfill.id))
            entries.append((place, started.execution.id, state))
            logs.extend(started.logs)
        return fires, entries, logs


_KINDS = ("SCHEDULE", "POLLING")
_ENDED = frozenset({"SUCCESS", "WARNING", "FAILED", "KILLED", "CANCELLED", "RETRIED"})
_MISSED = "Dates passed while no scheduler ran; recoverMissedSchedules says what is done."
_TOO_LATE = "Dates were later than lateMaximumDelay allows."


def _unlocked(state: TriggerState, created: set[str]) -> TriggerState:
    """Take back the lock of an execution that was not created: its date had fired before."""
    if state.execution_id is None or state.execution_id in created:
        return state
    return replace(state, execution_id=None)


def _spec(flow: Flow, trigger_id: str) -> TriggerSpec:
    spec = flow.trigger(trigger_id)
    if spec is None:
        raise TiercelError(f"Flow {flow.id} has no trigger {trigger_id}")
    return spec
