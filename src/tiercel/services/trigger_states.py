"""The state of a trigger: made when its flow is saved, dated anew when its dates change."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from tiercel.engine.schedule import Recover, recovered
from tiercel.model.errors import TiercelError
from tiercel.store import TriggerState

if TYPE_CHECKING:
    from tiercel.model.flow import Flow, TriggerSpec
    from tiercel.services.trigger_executions import TriggerExecutions

_SCHEDULES = (".trigger.Schedule", ".trigger.ScheduleOnDates")
_FLOW, _WEBHOOK = ".trigger.Flow", ".trigger.Webhook"
_DATES_DEPEND_ON = ("cron", "withSeconds", "timezone", "dates")


def is_schedule(spec: TriggerSpec) -> bool:
    """Whether the scheduler itself knows the dates of a trigger."""
    return spec.type.endswith(_SCHEDULES)


def is_flow_trigger(spec: TriggerSpec) -> bool:
    """Whether a trigger waits for executions of other flows."""
    return spec.type.endswith(_FLOW)


def is_polling(spec: TriggerSpec) -> bool:
    """Whether a trigger is evaluated again and again, after an interval."""
    return not (is_schedule(spec) or is_flow_trigger(spec) or spec.type.endswith(_WEBHOOK))


class TriggerStates:
    """Says what the state of a trigger becomes; it stores nothing.

    Args:
        maker: Knows the dates of schedules.
    """

    def __init__(self, maker: TriggerExecutions) -> None:
        self._maker = maker

    def of(
        self, flow: Flow, spec: TriggerSpec, kept: TriggerState | None, now: datetime
    ) -> TriggerState:
        """Return the state of a trigger of a flow that was saved.

        Args:
            kept: The state it had; it stays if its dates come from the same properties.
        """
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
        return self.dated(flow, spec, state, now) if needs_date else state

    def dated(
        self, flow: Flow, spec: TriggerSpec, state: TriggerState, now: datetime
    ) -> TriggerState:
        """Return the state with its first date after now."""
        if not is_schedule(spec):
            return replace(state, next_date=now)
        try:
            return replace(state, next_date=self._maker.scheduled(flow, spec).after(now))
        except TiercelError as error:
            return replace(state, next_date=None, result="FAILED", message=str(error))

    def enabled(
        self,
        flow: Flow,
        spec: TriggerSpec,
        state: TriggerState,
        now: datetime,
        recover: Recover | None,
    ) -> TriggerState:
        """Return the state with the date it goes on from after a time in which it was disabled.

        Args:
            recover: What becomes of the dates it missed; by default what the trigger says.
        """
        state = self.dated(flow, spec, state, now)
        if not is_schedule(spec) or state.next_date is None or state.evaluated_at is None:
            return state
        schedule = self._maker.scheduled(flow, spec)
        first = schedule.after(state.evaluated_at)
        if first is None:
            return state
        rule = replace(schedule.rule, recover=recover or schedule.rule.recover)
        return replace(state, next_date=recovered(rule, first, state.evaluated_at, now))


def _kind(spec: TriggerSpec) -> str:
    return "SCHEDULE" if is_schedule(spec) else "POLLING"


def _digest(spec: TriggerSpec) -> str:
    """Return what changes when a trigger's dates, or what it polls, do."""
    names = _DATES_DEPEND_ON if is_schedule(spec) else sorted(spec.properties)
    parts = [spec.type, [[name, spec.properties.get(name)] for name in names], spec.conditions]
    text = json.dumps(parts, default=str, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
