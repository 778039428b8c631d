"""Use cases of triggers: what they do next and why, disable, unlock; and how flows bring them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tiercel.engine.schedule import Recover, fitting_after, groups_of, recovered
from tiercel.model.errors import (
    ConflictError,
    IllegalArgumentError,
    NotFoundError,
    TiercelError,
)
from tiercel.model.problems import InvalidFlowError
from tiercel.services.clock import utc_now
from tiercel.store import Backfill, TriggerState

if TYPE_CHECKING:
    from tiercel.bus import Bus, TriggerToggle
    from tiercel.model.flow import Flow, TriggerSpec
    from tiercel.services.catalog import FlowCatalog
    from tiercel.services.trigger_executions import TriggerExecutions
    from tiercel.store import Condition, Sort, Store, TriggerTransaction

_SCHEDULES = (".trigger.Schedule", ".trigger.ScheduleOnDates")
_FLOW, _WEBHOOK = ".trigger.Flow", ".trigger.Webhook"
_DATES_DEPEND_ON = ("cron", "withSeconds", "timezone", "dates")
_PREVIEW = 20
_LONG_AGO = timedelta(days=366)
_ALL = 1_000_000


def is_schedule(spec: TriggerSpec) -> bool:
    """Whether the scheduler itself knows the dates of a trigger."""
    return spec.type.endswith(_SCHEDULES)


def is_flow_trigger(spec: TriggerSpec) -> bool:
    """Whether a trigger waits for executions of other flows."""
    return spec.type.endswith(_FLOW)


def is_polling(spec: TriggerSpec) -> bool:
    """Whether a trigger is evaluated again and again, after an interval."""
    return not (is_schedule(spec) or is_flow_trigger(spec) or spec.type.endswith(_WEBHOOK))


@dataclass(frozen=True, slots=True)
class TriggerView:
    """A trigger with all that is known of it.

    Attributes:
        definition: As the flow's source has it, None when flow or trigger are gone.
        state: None for Flow and Webhook triggers.
        backfill: The open one.
    """

    definition: Mapping[str, Any] | None
    state: TriggerState
    backfill: Backfill | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a trigger did or did not fire.

    Attributes:
        reasons: Sentences, the one that matters most first.
        preview: The next dates in the trigger's own zone.
    """

    state: TriggerState
    reasons: Sequence[str]
    preview: Sequence[str]
    backfill: Backfill | None = None


class Triggers:
    """What clients do with triggers, and what saving a flow does to them."""

    def __init__(
        self,
        store: Store,
        bus: Bus,
        catalog: FlowCatalog,
        maker: TriggerExecutions,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._bus = bus
        self._catalog = catalog
        self._maker = maker
        self._clock = clock

    # Flows

    async def reconcile(self, namespace: str, flow_id: str) -> None:
        """Make the states of a flow's triggers fit its latest revision.

        A trigger whose dates still come from the same properties keeps its state, whatever else
        of the flow changed; one that is gone loses it. Doing it again changes nothing.
        """
        now = self._clock()
        async with self._store.triggers.transaction() as transaction:
            kept = await transaction.lock_flow(namespace, flow_id)
            head = await transaction.latest_flow(namespace, flow_id)
            if head is None:
                return
            flow = None
            if not head.deleted:
                try:
                    flow = await self._catalog.get(namespace, flow_id, head.revision)
                except InvalidFlowError:
                    # a plugin is gone: what can't be read can't fire, but is not forgotten
                    await transaction.save([replace(state, is_active=False) for state in kept])
                    await transaction.flow_seen(namespace, flow_id, head.revision)
                    return
            await self._apply(transaction, namespace, flow_id, flow, kept, now)
            await transaction.flow_seen(namespace, flow_id, head.revision)
        await self._bus.wake_scheduler()

    async def _apply(
        self,
        transaction: TriggerTransaction,
        namespace: str,
        flow_id: str,
        flow: Flow | None,
        kept: Sequence[TriggerState],
        now: datetime,
    ) -> None:
        specs = {spec.id: spec for spec in flow.triggers} if flow else {}
        before = {state.trigger_id: state for state in kept}
        wanted = [spec for spec in specs.values() if is_schedule(spec) or is_polling(spec)]
        states = [
            self._state(flow, spec, before.get(spec.id), now) for spec in wanted if flow is not None
        ]
        gone = sorted(before.keys() - {spec.id for spec in wanted})
        changed = [
            state.trigger_id
            for state in states
            if state.trigger_id in before
            and before[state.trigger_id].definition != state.definition
        ]
        await transaction.save(states)
        await transaction.delete(namespace, flow_id, gone)
        await transaction.cancel_backfills(namespace, flow_id, [*gone, *changed], now)
        waiting = [spec for spec in specs.values() if is_flow_trigger(spec) and not spec.disabled]
        revision = flow.revision if flow else 0
        ids = [spec.id for spec in waiting]
        await transaction.replace_flow_triggers(namespace, flow_id, ids, revision)
        groups = [
            group.id for spec in waiting for group in groups_of(spec.properties, spec.conditions)
        ]
        await transaction.keep_windows(namespace, flow_id, groups)

    def _state(
        self, flow: Flow, spec: TriggerSpec, kept: TriggerState | None, now: datetime
    ) -> TriggerState:
        definition = _digest(spec)
        is_active = not (spec.disabled or flow.disabled)
        state = kept or TriggerState(flow.namespace, flow.id, spec.id)
        is_same = kept is not None and kept.definition == definition and kept.kind == _kind(spec)
        needs_date = not is_same or (is_active and not state.is_active)
        state = replace(
            state,
            kind=_kind(spec),
            definition=definition,
            is_active=is_active,
            stop_after=tuple(str(item) for item in spec.properties.get("stopAfter") or ()),
        )
        if not is_same:
            state = replace(state, evaluating_since=None, worker_id=None)
        if state.disabled or not is_active:
            return replace(state, next_date=None)
        return self._dated(flow, spec, state, now) if needs_date else state

    def _dated(
        self, flow: Flow, spec: TriggerSpec, state: TriggerState, now: datetime
    ) -> TriggerState:
        """Return the state with its first date after now."""
        if not is_schedule(spec):
            return replace(state, next_date=now)
        try:
            return replace(state, next_date=self._maker.scheduled(flow, spec).after(now))
        except TiercelError as error:
            return replace(state, next_date=None, result="FAILED", message=str(error))

    # Reading

    async def get(self, namespace: str, flow_id: str, trigger_id: str) -> TriggerView:
        """Return a trigger with its state.

        Raises:
            NotFoundError: No such flow or trigger, or one without a state.
        """
        state = await self._required(namespace, flow_id, trigger_id)
        return (await self._views([state]))[0]

    async def search(
        self,
        conditions: Sequence[Condition] = (),
        *,
        page: int = 1,
        size: int = 10,
        sort: Sequence[Sort] = (),
    ) -> tuple[Sequence[TriggerView], int]:
        """Return one page of triggers that have a state, and how many there are in all."""
        states, total = await self._store.triggers.search(conditions, page, size, sort)
        return await self._views(states), total

    async def keys(self, conditions: Sequence[Condition] = ()) -> list[tuple[str, str, str]]:
        """Return namespace, flow and id of all triggers that have a state and are selected."""
        states, _ = await self._store.triggers.search(conditions, 1, _ALL)
        return [_key(state) for state in states]

    async def _views(self, states: Sequence[TriggerState]) -> list[TriggerView]:
        flows = {(state.namespace, state.flow_id) for state in states}
        listed = {}
        for namespace, flow_id in flows:
            stored = await self._store.flows.get(namespace, flow_id)
            for item in (stored.definition.get("triggers") if stored else None) or ():
                listed[namespace, flow_id, item.get("id")] = item
        running = {
            (item.namespace, item.flow_id, item.trigger_id): item
            for item in await self._store.backfills.all_open()
        }
        return [
            TriggerView(listed.get(_key(state)), state, running.get(_key(state)))
            for state in states
        ]

    async def preview(
        self, namespace: str, flow_id: str, trigger_id: str, count: int = _PREVIEW
    ) -> list[str]:
        """Return the next dates of a schedule in its own zone, conditions held; oldest first.

        Raises:
            NotFoundError: No such flow or trigger.
        """
        flow, spec = await self.find(namespace, flow_id, trigger_id)
        state = await self._store.triggers.get(namespace, flow_id, trigger_id)
        if not is_schedule(spec):
            return [] if state is None or state.next_date is None else [_utc(state.next_date)]
        schedule = self._maker.scheduled(flow, spec)
        at = self._clock()
        if state is not None and state.next_date is not None and state.next_date <= at:
            dates = [state.next_date]
            at = state.next_date
        else:
            dates = []
        while len(dates) < count:
            found = fitting_after(schedule.rule, at, schedule.fits, schedule.fits_day)
            if found is None:
                break
            dates.append(found)
            at = found
        return [schedule.rule.local(moment) for moment in dates]

    async def why(self, namespace: str, flow_id: str, trigger_id: str) -> Explanation:
        """Return why a trigger did not fire, and when it will.

        Raises:
            NotFoundError: No such flow or trigger, or one without a state.
        """
        state = await self._required(namespace, flow_id, trigger_id)
        flow, spec = await self.find(namespace, flow_id, trigger_id)
        backfill = await self._store.backfills.open(namespace, flow_id, trigger_id)
        reasons = [*_obstacles(flow, spec, state, backfill, self._clock()), *_history(state)]
        try:
            dates = await self.preview(namespace, flow_id, trigger_id)
        except TiercelError as error:
            dates = []
            reasons.insert(0, f"Its dates can't be computed: {error}")
        return Explanation(state, reasons, dates, backfill)

    async def find(self, namespace: str, flow_id: str, trigger_id: str) -> tuple[Flow, TriggerSpec]:
        """Return a trigger as the latest revision of its flow has it.

        Raises:
            NotFoundError: No such flow or trigger.
        """
        stored = await self._store.flows.get(namespace, flow_id)
        if stored is None:
            raise NotFoundError(f"Flow of trigger {trigger_id} not found", flow_id=flow_id)
        flow = await self._catalog.get(namespace, flow_id, stored.revision)
        for spec in flow.triggers:
            if spec.id == trigger_id:
                return flow, spec
        raise NotFoundError(f"Flow {flow_id} has no trigger {trigger_id}", flow_id=flow_id)

    async def _required(self, namespace: str, flow_id: str, trigger_id: str) -> TriggerState:
        state = await self._store.triggers.get(namespace, flow_id, trigger_id)
        if state is None:
            await self.find(namespace, flow_id, trigger_id)
            raise NotFoundError(
                f"Trigger {trigger_id} of flow {flow_id} has no state",
                hint="Only schedules and polling triggers have one.",
            )
        return state

    # Changing

    async def set_disabled(
        self,
        namespace: str,
        flow_id: str,
        trigger_id: str,
        disabled: bool,
        recover: Recover | None = None,
    ) -> TriggerState:
        """Stop a trigger, or let it go on; missed dates are taken up as ``recover`` says.

        Args:
            recover: By default what the trigger's ``recoverMissedSchedules`` says.

        Raises:
            NotFoundError: No such flow or trigger, or one without a state.
        """
        flow, spec = await self.find(namespace, flow_id, trigger_id)
        now = self._clock()
        async with self._store.triggers.transaction() as transaction:
            state = await transaction.lock((namespace, flow_id, trigger_id))
            if state is None:
                raise NotFoundError(f"Flow {flow_id} has no trigger {trigger_id} with a state")
            if disabled == state.disabled:
                return state
            state = replace(state, disabled=disabled, next_date=None)
            if not disabled and state.is_active:
                state = self._enabled(flow, spec, state, now, recover)
            await transaction.save([state])
        await self._bus.wake_scheduler()
        return state

    def _enabled(
        self,
        flow: Flow,
        spec: TriggerSpec,
        state: TriggerState,
        now: datetime,
        recover: Recover | None,
    ) -> TriggerState:
        state = self._dated(flow, spec, state, now)
        if not is_schedule(spec) or state.next_date is None or state.evaluated_at is None:
            return state
        schedule = self._maker.scheduled(flow, spec)
        first = schedule.after(state.evaluated_at)
        if first is None:
            return state
        rule = replace(schedule.rule, recover=recover or schedule.rule.recover)
        return replace(state, next_date=recovered(rule, first, state.evaluated_at, now))

    async def set_next_date(
        self, namespace: str, flow_id: str, trigger_id: str, date: datetime
    ) -> TriggerState:
        """Let a trigger fire at another date next; it goes on from there.

        Raises:
            NotFoundError: No such flow or trigger, or one without a state.
            ConflictError: It is disabled and has no next date.
            IllegalArgumentError: The date is over a year ago.
        """
        if date < self._clock() - _LONG_AGO:
            raise IllegalArgumentError(
                "The next date is over a year ago", hint="run dates of the past with a backfill"
            )
        await self.find(namespace, flow_id, trigger_id)
        async with self._store.triggers.transaction() as transaction:
            state = await transaction.lock((namespace, flow_id, trigger_id))
            if state is None:
                raise NotFoundError(f"Flow {flow_id} has no trigger {trigger_id} with a state")
            if state.disabled or not state.is_active:
                raise ConflictError(
                    f"Trigger {trigger_id} of flow {flow_id} is disabled", hint="enable it first"
                )
            state = replace(state, next_date=date, updated_at=self._clock())
            await transaction.save([state])
        await self._bus.wake_scheduler()
        return state

    async def toggle(self, toggle: TriggerToggle) -> None:
        """Let a trigger fire, or not, as a task of an execution asks for.

        Raises:
            NotFoundError: No such flow, or no trigger of it that has a state.
        """
        key = (toggle.namespace, toggle.flow_id, toggle.trigger_id)
        name = f"{toggle.namespace}.{toggle.flow_id}"
        if await self._store.flows.get(toggle.namespace, toggle.flow_id) is None:
            raise NotFoundError(
                f"Unable to find flow {name}. Make sure the flow exists and the current execution "
                "is authorized to access it."
            )
        try:
            await self.set_disabled(*key, not toggle.enabled)
        except NotFoundError as error:
            raise NotFoundError(
                f"Unable to find trigger {toggle.trigger_id} for the flow {name}"
            ) from error

    async def unlock(self, namespace: str, flow_id: str, trigger_id: str) -> TriggerState:
        """Clear the locks of a trigger.

        Raises:
            NotFoundError: No such trigger, or one without a state.
            ConflictError: It is not locked.
        """
        async with self._store.triggers.transaction() as transaction:
            state = await transaction.lock((namespace, flow_id, trigger_id))
            if state is None:
                raise NotFoundError(f"Flow {flow_id} has no trigger {trigger_id} with a state")
            if state.execution_id is None and state.evaluating_since is None:
                raise ConflictError("Trigger is not locked")
            state = replace(
                state,
                execution_id=None,
                evaluating_since=None,
                worker_id=None,
                updated_at=self._clock(),
            )
            await transaction.save([state])
        await self._bus.wake_scheduler()
        return state

    async def restart(self, namespace: str, flow_id: str, trigger_id: str) -> TriggerState:
        """Forget locks, backfill and last date of a trigger, and begin anew.

        Raises:
            NotFoundError: No such trigger.
        """
        await self.find(namespace, flow_id, trigger_id)
        await self.forget(namespace, flow_id, trigger_id)
        return await self._required(namespace, flow_id, trigger_id)

    async def forget(self, namespace: str, flow_id: str, trigger_id: str) -> None:
        """Remove the state of a trigger; one that its flow still has begins anew.

        Raises:
            NotFoundError: There is no state.
        """
        key = (namespace, flow_id, trigger_id)
        await self._store.backfills.cancel(*key, self._clock())
        if not await self._store.triggers.delete(*key):
            raise NotFoundError(f"Flow {flow_id} has no trigger {trigger_id} with a state")
        await self.reconcile(namespace, flow_id)


def _key(state: TriggerState) -> tuple[str, str, str]:
    return state.namespace, state.flow_id, state.trigger_id


def _kind(spec: TriggerSpec) -> str:
    return "SCHEDULE" if is_schedule(spec) else "POLLING"


def _digest(spec: TriggerSpec) -> str:
    """Return what changes when a trigger's dates, or what it polls, do."""
    names = _DATES_DEPEND_ON if is_schedule(spec) else sorted(spec.properties)
    parts = [spec.type, [[name, spec.properties.get(name)] for name in names], spec.conditions]
    text = json.dumps(parts, default=str, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _utc(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _obstacles(
    flow: Flow,
    spec: TriggerSpec,
    state: TriggerState,
    backfill: Backfill | None,
    now: datetime,
) -> list[str]:
    """Return what keeps a trigger from firing now."""
    found = []
    if flow.disabled:
        found.append("The flow is disabled in its source.")
    if spec.disabled:
        found.append("The trigger is disabled in the flow's source.")
    if state.disabled:
        found.append("The trigger was disabled; enable it to let it go on.")
    if state.execution_id is not None:
        since = f" since {_utc(state.updated_at)}" if state.updated_at else ""
        found.append(f"It waits for execution {state.execution_id}{since}: one runs at a time.")
    if state.evaluating_since is not None:
        found.append(f"It has been under evaluation since {_utc(state.evaluating_since)}.")
    if backfill is not None and backfill.paused:
        found.append(f"Its backfill is paused after {backfill.started} of {backfill.total} dates.")
    if found:
        return found
    if state.next_date is None:
        return ["It has no date left."]
    if state.next_date > now:
        return [f"Its next date is {_utc(state.next_date)}."]
    late = now - state.next_date
    return [f"Its date {_utc(state.next_date)} was reached {late} ago; is a scheduler running?"]


def _history(state: TriggerState) -> list[str]:
    if state.evaluated_at is None:
        return ["It was never evaluated."]
    told = {
        "FIRED": "it gave an execution",
        "CONDITIONS": "its conditions did not hold",
        "FAILED": "the evaluation failed",
        "SKIPPED": "dates were skipped",
        "NOTHING": "nothing was found",
        "STOPPED": "it was stopped",
    }.get(state.result or "", "nothing is known")
    reason = f": {state.message}" if state.message else "."
    return [f"Its last date was {_utc(state.evaluated_at)}; {told}{reason}"]
