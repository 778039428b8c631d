"""Use cases of backfills: past dates of a schedule, run once more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Any

from tiercel.engine.schedule import fitting_between
from tiercel.model.errors import ConflictError, IllegalArgumentError, NotFoundError
from tiercel.services.clock import new_id, utc_now
from tiercel.services.trigger_states import is_schedule
from tiercel.store import Backfill

if TYPE_CHECKING:
    from tiercel.bus import Bus
    from tiercel.model.execution import Label
    from tiercel.services.trigger_executions import ScheduledTrigger, TriggerExecutions
    from tiercel.services.triggers import Triggers
    from tiercel.store import BackfillDate, Store

_MOST_DATES = 100_000
_MOST_LOOKED_AT = 1_000_000
"""Dates of which conditions choose; each takes a tenth of a millisecond."""
_LONGEST = timedelta(days=200 * 366)
_MOST_PARALLEL = 1_000
_NO_BACKFILL = "No backfill found"


class Only(StrEnum):
    """Which dates a backfill runs, by what happened at them before."""

    ALL = "ALL"
    MISSING = "MISSING"
    FAILED = "FAILED"
    MISSING_OR_FAILED = "MISSING_OR_FAILED"


@dataclass(frozen=True, slots=True)
class BackfillRequest:
    """What a backfill is to run.

    Attributes:
        start, end: Bounds of its dates, both included; ``end`` None means now.
        inputs, labels: Over the trigger's own.
        only: Which dates.
        newest_first: The order they run in.
        parallel: Most executions at one time.
    """

    start: datetime
    end: datetime | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    labels: Sequence[Label] = ()
    only: Only = Only.ALL
    newest_first: bool = False
    parallel: int = 1


class Backfills:
    """What clients do with backfills. The scheduler runs them."""

    def __init__(
        self,
        store: Store,
        bus: Bus,
        triggers: Triggers,
        maker: TriggerExecutions,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._bus = bus
        self._triggers = triggers
        self._maker = maker
        self._clock = clock

    async def plan(
        self, namespace: str, flow_id: str, trigger_id: str, request: BackfillRequest
    ) -> list[str]:
        """Return the dates a backfill would run, in its order and the trigger's zone.

        Nothing is stored. Raises as :meth:`create` does, but for an open backfill.
        """
        schedule = await self._schedule(namespace, flow_id, trigger_id)
        dates = await self._dates(schedule, request)
        return [schedule.rule.local(date) for date in dates]

    async def create(
        self, namespace: str, flow_id: str, trigger_id: str, request: BackfillRequest
    ) -> Backfill:
        """Store a backfill; its dates begin to run at once.

        Raises:
            NotFoundError: No such flow or trigger.
            IllegalArgumentError: The trigger is no schedule; start and end are not in order or
                not in the past; there are too many dates.
            ConflictError: The trigger has a backfill that is not over.
        """
        schedule = await self._schedule(namespace, flow_id, trigger_id)
        await self._refuse_second(namespace, flow_id, trigger_id)
        dates = await self._dates(schedule, request)
        now = self._clock()
        item = Backfill(
            id=new_id(),
            namespace=namespace,
            flow_id=flow_id,
            trigger_id=trigger_id,
            start=request.start,
            end=request.end or now,
            created_at=now,
            only=request.only,
            newest_first=request.newest_first,
            parallel=request.parallel,
            inputs=dict(request.inputs),
            labels=tuple(request.labels),
        )
        if not await self._store.backfills.create(item, dates):
            await self._refuse_second(namespace, flow_id, trigger_id)
        await self._bus.wake_scheduler()
        return await self.get(item.id)

    async def _refuse_second(self, namespace: str, flow_id: str, trigger_id: str) -> None:
        kept = await self._store.backfills.open(namespace, flow_id, trigger_id)
        if kept is not None:
            raise ConflictError(
                f"Trigger {trigger_id} has a backfill already: {kept.started} of {kept.total} "
                "dates were started",
                hint="Cancel it first, or wait until it is over.",
            )

    async def _schedule(self, namespace: str, flow_id: str, trigger_id: str) -> ScheduledTrigger:
        flow, spec = await self._triggers.find(namespace, flow_id, trigger_id)
        if not is_schedule(spec):
            raise IllegalArgumentError(
                f"Trigger {trigger_id} has no past dates", hint="Only schedules can be backfilled."
            )
        return self._maker.scheduled(flow, spec)

    async def _dates(self, schedule: ScheduledTrigger, request: BackfillRequest) -> list[datetime]:
        now = self._clock()
        end = request.end or now
        _refuse_wrong(request, end, now)
        dates = await asyncio.to_thread(_all_dates, schedule, request.start, end)
        if request.only is not Only.ALL and dates:
            flow, spec = schedule.flow, schedule.spec
            known = await self._store.triggers.fired_dates(
                flow.namespace, flow.id, spec.id, request.start, end
            )
            dates = [date for date in dates if _is_wanted(request.only, known.get(date))]
        return dates[::-1] if request.newest_first else dates

    # Reading

    async def get(self, backfill_id: str) -> Backfill:
        """Return a backfill with its progress.

        Raises:
            NotFoundError: There is none.
        """
        found = await self._store.backfills.get(backfill_id)
        if found is None:
            raise NotFoundError(f"No backfill {backfill_id}")
        return found

    async def of_trigger(self, namespace: str, flow_id: str, trigger_id: str) -> list[Backfill]:
        """Return the backfills of a trigger, newest first."""
        return await self._store.backfills.of_trigger(namespace, flow_id, trigger_id)

    async def all_open(self) -> list[Backfill]:
        """Return all backfills that are not over, oldest first."""
        return await self._store.backfills.all_open()

    async def dates(self, backfill_id: str, limit: int = 1_000) -> list[BackfillDate]:
        """Return the dates of a backfill in the order they run, with what became of them."""
        return await self._store.backfills.dates(backfill_id, limit)

    # Changing

    async def pause(self, namespace: str, flow_id: str, trigger_id: str) -> Backfill:
        """Start no further dates until :meth:`unpause`; what runs goes on.

        Raises:
            IllegalArgumentError: The trigger has no backfill that is not over.
        """
        return await self._paused(namespace, flow_id, trigger_id, paused=True)

    async def unpause(self, namespace: str, flow_id: str, trigger_id: str) -> Backfill:
        """Let a paused backfill go on. Raises as :meth:`pause` does."""
        return await self._paused(namespace, flow_id, trigger_id, paused=False)

    async def _paused(
        self, namespace: str, flow_id: str, trigger_id: str, *, paused: bool
    ) -> Backfill:
        found = await self._store.backfills.pause(namespace, flow_id, trigger_id, paused=paused)
        if found is None:
            raise IllegalArgumentError(_NO_BACKFILL)
        await self._bus.wake_scheduler()
        return found

    async def cancel(self, namespace: str, flow_id: str, trigger_id: str) -> Backfill:
        """End a backfill where it is; what runs goes on. Raises as :meth:`pause` does."""
        found = await self._store.backfills.cancel(namespace, flow_id, trigger_id, self._clock())
        if found is None:
            raise IllegalArgumentError(_NO_BACKFILL)
        await self._bus.wake_scheduler()
        return found


def _refuse_wrong(request: BackfillRequest, end: datetime, now: datetime) -> None:
    if request.start > end:
        raise IllegalArgumentError("The backfill ends before it starts", hint="Swap start and end.")
    if end > now:
        raise IllegalArgumentError(
            "The backfill ends in the future", hint="The schedule itself runs dates to come."
        )
    if end - request.start > _LONGEST:
        raise IllegalArgumentError(
            "The backfill lasts more than 200 years",
            hint=f"Let it start after {(end - _LONGEST).date()}, or end earlier.",
        )
    if not 1 <= request.parallel <= _MOST_PARALLEL:
        raise IllegalArgumentError(
            f"{request.parallel} executions at one time are not possible",
            hint=f"Choose 1 to {_MOST_PARALLEL}.",
        )


def _all_dates(schedule: ScheduledTrigger, start: datetime, end: datetime) -> list[datetime]:
    rule = schedule.rule
    most = _MOST_LOOKED_AT if schedule.has_conditions else _MOST_DATES
    if rule.dates.count(start, end, most) > most:
        raise _too_many(most, ", before its conditions" if schedule.has_conditions else "")
    dates = fitting_between(rule, start, end, schedule.fits, schedule.fits_day)
    found = list(islice(dates, _MOST_DATES + 1))
    if len(found) > _MOST_DATES:
        raise _too_many(_MOST_DATES)
    return found


def _too_many(most: int, more: str = "") -> IllegalArgumentError:
    return IllegalArgumentError(
        f"The backfill has more than {most} dates{more}",
        hint="Choose a shorter time, and run the rest after it.",
    )


def _is_wanted(only: Only, state: str | None) -> bool:
    if state is None:
        return only in (Only.MISSING, Only.MISSING_OR_FAILED)
    return state == "FAILED" and only in (Only.FAILED, Only.MISSING_OR_FAILED)
