"""Use cases of triggers: what they do next and why, disable, unlock; and how flows bring them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tiercel.engine.dates import instant_text
from tiercel.engine.schedule import Recover, fitting_after, groups_of
from tiercel.model.errors import (
    ConflictError,
    IllegalArgumentError,
    NotFoundError,
    TiercelError,
)
from tiercel.model.problems import InvalidFlowError
from tiercel.services.clock import utc_now
from tiercel.services.trigger_reasons import history, obstacles
from tiercel.services.trigger_states import (
    TriggerStates,
    is_flow_trigger,
    is_polling,
    is_schedule,
)
from tiercel.store import Backfill, TriggerKey, TriggerState

if TYPE_CHECKING:
    from tiercel.bus import Bus, TriggerToggle
    from tiercel.model.flow import Flow, TriggerSpec
    from tiercel.services.catalog import FlowCatalog
    from tiercel.services.trigger_executions import TriggerExecutions
    from tiercel.store import Condition, Sort, Store, TriggerTransaction

_PREVIEW = 20
_LONG_AGO = timedelta(days=366)
_ALL = 1_000_000


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
        self._states = TriggerStates(maker)
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
        before = {state.trigger_id: state for state in kept}
        states = []
        if flow is not None:
            wanted = [spec for spec in flow.triggers if is_schedule(spec) or is_polling(spec)]
            states = [self._states.of(flow, spec, before.get(spec.id), now) for spec in wanted]
        gone = sorted(before.keys() - {state.trigger_id for state in states})
        changed = [
            state.trigger_id
            for state in states
            if state.trigger_id in before
            and before[state.trigger_id].definition != state.definition
        ]
        await transaction.save(states)
        await transaction.delete(namespace, flow_id, gone)
        await transaction.cancel_backfills(namespace, flow_id, [*gone, *changed], now)
        revision, specs = (flow.revision, flow.triggers) if flow is not None else (0, ())
        waiting = [spec for spec in specs if is_flow_trigger(spec) and not spec.disabled]
        ids = [spec.id for spec in waiting]
        await transaction.replace_flow_triggers(namespace, flow_id, ids, revision)
        groups = [
            group.id for spec in waiting for group in groups_of(spec.properties, spec.conditions)
        ]
        await transaction.keep_windows(namespace, flow_id, groups)

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

    async def keys(self, conditions: Sequence[Condition] = ()) -> list[TriggerKey]:
        """Return namespace, flow and id of all triggers that have a state and are selected."""
        states, _ = await self._store.triggers.search(conditions, 1, _ALL)
        return [state.key for state in states]

    async def _views(self, states: Sequence[TriggerState]) -> list[TriggerView]:
        flows = {(state.namespace, state.flow_id) for state in states}
        listed = {}
        for namespace, flow_id in flows:
            stored = await self._store.flows.get(namespace, flow_id)
            for item in (stored.definition.get("triggers") if stored else None) or ():
                listed[namespace, flow_id, item.get("id")] = item
        running = {item.key: item for item in await self._store.backfills.all_open()}
        return [
            TriggerView(listed.get(state.key), state, running.get(state.key)) for state in states
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
            date = state.next_date if state is not None else None
            return [instant_text(date)] if date is not None else []
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
        reasons = [*obstacles(flow, spec, state, backfill, self._clock()), *history(state)]
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
        spec = flow.trigger(trigger_id)
        if spec is None:
            raise NotFoundError(f"Flow {flow_id} has no trigger {trigger_id}", flow_id=flow_id)
        return flow, spec

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
            state = await _locked(transaction, (namespace, flow_id, trigger_id))
            if disabled == state.disabled:
                return state
            state = replace(state, disabled=disabled, next_date=None)
            if not disabled and state.is_active:
                state = self._states.enabled(flow, spec, state, now, recover)
            await transaction.save([state])
        await self._bus.wake_scheduler()
        return state

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
            state = await _locked(transaction, (namespace, flow_id, trigger_id))
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
            state = await _locked(transaction, (namespace, flow_id, trigger_id))
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
            raise _stateless(key)
        await self.reconcile(namespace, flow_id)


def _stateless(key: TriggerKey) -> NotFoundError:
    _, flow_id, trigger_id = key
    return NotFoundError(f"Flow {flow_id} has no trigger {trigger_id} with a state")


async def _locked(transaction: TriggerTransaction, key: TriggerKey) -> TriggerState:
    state = await transaction.lock(key)
    if state is None:
        raise _stateless(key)
    return state
