"""Triggers and backfills as the API has them: what clients get, and what they send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from tiercel.model.execution import Label
from tiercel.services.backfills import BackfillRequest, Only
from tiercel.services.clock import utc_now
from tiercel.store import Backfill, TriggerKey, TriggerState
from tiercel.web.errors import RefusedRequestError
from tiercel.web.filters import read_moment
from tiercel.web.shapes import labels_json, moment


def backfill_json(item: Backfill, next_date: str | None = None) -> dict[str, Any]:
    """Return a backfill; ``progress`` is the part of its dates that is over."""
    shown = {
        "id": item.id,
        "start": moment(item.start),
        "end": moment(item.end),
        "currentDate": moment(item.current_date),
        "paused": item.paused,
        "inputs": dict(item.inputs) or None,
        "labels": labels_json(item.labels) or None,
        "previousNextExecutionDate": next_date,
        "only": item.only,
        "newestFirst": item.newest_first,
        "parallel": item.parallel,
        "total": item.total,
        "started": item.started,
        "running": item.running,
        "succeeded": item.succeeded,
        "failed": item.failed,
        "progress": round(item.progress, 4),
        "cancelled": item.cancelled,
        "endedAt": item.ended_at and moment(item.ended_at),
    }
    return {name: value for name, value in shown.items() if value is not None}


def trigger_json(state: TriggerState, backfill: Backfill | None = None) -> dict[str, Any]:
    """Return the state of a trigger, in the names of older and newer clients."""
    dates = {
        # strict clients want one, of a trigger that was just made or began anew too
        "date": state.evaluated_at or state.updated_at or state.next_date or utc_now(),
        "nextExecutionDate": state.next_date,
        "updatedDate": state.updated_at,
        "evaluateRunningDate": state.evaluating_since,
        "updatedAt": state.updated_at,
        "evaluatedAt": state.evaluated_at,
        "nextEvaluationDate": state.next_date,
        "lastTriggeredDate": state.fired_at,
    }
    shown: dict[str, Any] = {
        "namespace": state.namespace,
        "flowId": state.flow_id,
        "triggerId": state.trigger_id,
        **{name: moment(date) for name, date in dates.items() if date is not None},
        "disabled": state.disabled,
        "locked": state.execution_id is not None or state.evaluating_since is not None,
        "kind": state.kind,
    }
    next_date = moment(state.next_date) if state.next_date is not None else None
    optional = {
        "stopAfter": list(state.stop_after) or None,
        "executionId": state.execution_id,
        "workerId": state.worker_id,
        "lastResult": state.result,
        "lastMessage": state.message,
        "backfill": backfill and backfill_json(backfill, next_date),
    }
    return shown | {name: value for name, value in optional.items() if value is not None}


class TriggerBody(msgspec.Struct):
    """What a client sends to name a trigger and to change it; unknown names are passed over."""

    namespace: str
    flowId: str  # noqa: N815  the API's name
    triggerId: str  # noqa: N815  the API's name
    disabled: bool | None = None
    backfill: dict[str, Any] | None = None
    recoverMissedSchedules: str | None = None  # noqa: N815  the API's name

    @property
    def key(self) -> TriggerKey:
        """Which trigger it is."""
        return self.namespace, self.flowId, self.triggerId


def backfill_of(given: Mapping[str, Any]) -> BackfillRequest:
    """Read the backfill that a client asks for. Raises RefusedRequestError."""
    if not given.get("start"):
        raise RefusedRequestError(400, "Bad Request", "A backfill needs a `start`")
    labels = given.get("labels") or ()
    pairs = (
        labels.items() if isinstance(labels, Mapping) else ((i["key"], i["value"]) for i in labels)
    )
    try:
        return BackfillRequest(
            start=read_moment("start", str(given["start"])),
            end=read_moment("end", str(given["end"])) if given.get("end") else None,
            inputs=dict(given.get("inputs") or {}),
            labels=[Label(str(key), str(value)) for key, value in pairs],
            only=Only(given.get("only") or Only.ALL),
            newest_first=bool(given.get("newestFirst")),
            parallel=int(given.get("parallel") or 1),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise RefusedRequestError(
            400, "Bad Request", f"The backfill can't be read: {error}"
        ) from None
