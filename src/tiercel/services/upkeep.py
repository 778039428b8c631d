"""What tasks that count and tidy up ask of a server: executions, logs, key-value entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from tiercel.model.errors import IllegalArgumentError, NotFoundError
from tiercel.model.task import LogLevel
from tiercel.services.clock import utc_now
from tiercel.services.logs import entry_values
from tiercel.storage.paths import execution_folder
from tiercel.store import LogFilter, Span

if TYPE_CHECKING:
    from tiercel.services.answers import Answer
    from tiercel.services.kv import KeyValues
    from tiercel.storage import Storage
    from tiercel.store import Store

_AT_ONCE = 100
_ENTRIES_AT_ONCE = 200
_COUNTED_BY_DEFAULT = timedelta(days=30)

Values = Mapping[str, Any]


class Upkeep:
    """Answers the questions of those tasks; all dates are ISO-8601 texts with an offset."""

    def __init__(self, store: Store, storage: Storage, keys: KeyValues) -> None:
        self._store = store
        self._storage = storage
        self._keys = keys

    def answers(self) -> Mapping[str, Answer]:
        """Return what can be asked, by name."""
        return {
            "countExecutions": self._count,
            "purgeExecutions": self._purge_executions,
            "fetchLogs": self._fetch_logs,
            "purgeLogs": self._purge_logs,
            "purgeKeys": self._purge_keys,
            "namespaceExists": self._namespace_exists,
        }

    async def _count(self, values: Values) -> list[dict[str, Any]]:
        """Return ``{namespace, flowId, count}`` for each flow, and without a flow for each
        namespace."""
        flows = [(str(one["namespace"]), str(one["flowId"])) for one in values.get("flows") or ()]
        namespaces = [str(one) for one in values.get("namespaces") or ()]
        end = _date(values, "endDate") or utc_now()
        start = _date(values, "startDate") or utc_now() - _COUNTED_BY_DEFAULT
        found = await self._store.upkeep.count(
            flows, namespaces, values.get("states") or None, start, end
        )
        counted = [
            {"namespace": key[0], "flowId": key[1], "count": found.get(key, 0)} for key in flows
        ]
        for namespace in namespaces:
            count = sum(number for key, number in found.items() if key[0] == namespace)
            counted.append({"namespace": namespace, "count": count})
        return counted

    async def _purge_executions(self, values: Values) -> dict[str, int]:
        """Delete a batch of executions that are over, or what belongs to them; return counts and
        whether there may be ``more``."""
        span = _span(values)
        gone = dict.fromkeys(("executionsCount", "logsCount", "storagesCount", "metricsCount"), 0)
        with_executions = values.get("purgeExecution", True)
        limit = _AT_ONCE if with_executions else _AT_ONCE * _AT_ONCE
        found = await self._store.upkeep.over(span, values.get("states") or None, limit)
        logs, metrics = await self._store.upkeep.records([one for one, _, _ in found])
        for execution_id, namespace, flow_id in found:
            if values.get("purgeStorage", True):
                folder = execution_folder(namespace, flow_id, execution_id)
                gone["storagesCount"] += len(await self._storage.delete_prefix(folder))
            if with_executions:
                gone["executionsCount"] += await self._store.executions.delete(
                    execution_id,
                    logs=bool(values.get("purgeLog", True)),
                    metrics=bool(values.get("purgeMetric", True)),
                )
            elif values.get("purgeLog", True):
                await self._store.logs.delete(execution_id)
        gone["logsCount"] = logs if values.get("purgeLog", True) else 0
        gone["metricsCount"] = metrics if with_executions and values.get("purgeMetric", True) else 0
        return {**gone, "more": int(with_executions and len(found) == limit)}

    async def _fetch_logs(self, values: Values) -> dict[str, Any]:
        """Return one page of the log of an execution: ``entries``, and ``page`` when there is
        more."""
        execution_id = values["executionId"]
        execution = await self._store.executions.get(execution_id)
        if execution is None:
            raise NotFoundError(f"No execution found for execution id {execution_id}")
        wanted = values.get("tasksId")
        page = int(values.get("page") or 0)
        level = LogLevel(values.get("level") or "INFO")
        entries = await self._store.logs.list(execution_id, LogFilter(min_level=level))
        kept = [one for one in entries if not wanted or one.task_id in wanted]
        first = page * _ENTRIES_AT_ONCE
        shown = kept[first : first + _ENTRIES_AT_ONCE]
        more = {"page": page + 1} if len(kept) > first + _ENTRIES_AT_ONCE else {}
        return {"entries": [entry_values(one) for one in shown], **more}

    async def _purge_logs(self, values: Values) -> int:
        levels = [LogLevel(one).value for one in values.get("logLevels") or ()]
        return await self._store.upkeep.purge_logs(
            _span(values), execution_id=values.get("executionId"), levels=levels or None
        )

    async def _namespace_exists(self, values: Values) -> bool:
        """Whether a namespace has flows, in it or below it, or key-value entries."""
        namespace = str(values["namespace"])
        for found in await self._store.flows.namespaces():
            if f"{found}.".startswith(f"{namespace}."):
                return True
        return bool(await self._keys.list(namespace))

    async def _purge_keys(self, values: Values) -> int:
        """Delete key-value entries, by default those whose time is over; return how many."""
        now, gone = utc_now(), 0
        for entry in await self._keys.everywhere():
            if not _fits(values, entry.namespace, entry.key):
                continue
            if entry.is_expired(now) or not values.get("expiredOnly", True):
                gone += await self._keys.delete(entry.namespace, entry.key)
        return gone


def _fits(values: Values, namespace: str, key: str) -> bool:
    pattern = values.get("keyPattern")
    if pattern and not fnmatchcase(key, pattern):
        return False
    if values.get("namespacePattern"):
        return fnmatchcase(namespace, values["namespacePattern"])
    wanted: Sequence[str] = values.get("namespaces") or ()
    if values.get("includeChildNamespaces", True):
        return any(namespace == one or namespace.startswith(f"{one}.") for one in wanted)
    return namespace in wanted


def _span(values: Values) -> Span:
    end = _date(values, "endDate")
    if end is None:
        raise IllegalArgumentError("`endDate` is needed", hint="write it as 2026-01-31T00:00:00Z")
    return Span(end, _date(values, "startDate"), values.get("namespace"), values.get("flowId"))


def _date(values: Values, name: str) -> datetime | None:
    text = values.get(name)
    if not text:
        return None
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        date = None
    if date is None or date.tzinfo is None:
        raise IllegalArgumentError(
            f"`{name}` is not a date with an offset: {text}",
            hint="write it as 2026-01-31T00:00:00Z",
        )
    return date
