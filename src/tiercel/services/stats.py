"""Statistics for dashboards: counts by buckets of time, gaps filled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tiercel.model.errors import IllegalArgumentError
from tiercel.model.task import LogLevel
from tiercel.services.clock import utc_now

if TYPE_CHECKING:
    from tiercel.model.job import Job
    from tiercel.services.executions import Executions, Snapshot
    from tiercel.store import Condition, Store

STATES = (
    *("CREATED", "RUNNING", "RESTARTED", "KILLING", "SUCCESS", "WARNING", "FAILED", "KILLED"),
    *("PAUSED", "QUEUED", "CANCELLED"),
)
"""States that statistics always count."""

DEFAULT_SPAN = timedelta(days=30)
AGGREGATIONS = ("sum", "avg", "min", "max")
MOST_BUCKETS = 1000
_HOUR, _DAY, _MONTH = timedelta(hours=1), timedelta(days=1), timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Buckets:
    """A span of time and how it is cut.

    Attributes:
        unit: ``month``, ``week``, ``day``, ``hour`` or ``minute``.
        starts: Of each bucket, oldest first; counted from the start of the span.
    """

    unit: str
    start: datetime
    end: datetime
    step: timedelta

    @property
    def starts(self) -> list[datetime]:
        """Where each bucket begins."""
        return self._first(-((self.start - self.end) // self.step))

    @property
    def starts_to_end(self) -> list[datetime]:
        """The same, with a bucket that begins at the very end."""
        return self._first((self.end - self.start) // self.step + 1)

    def _first(self, count: int) -> list[datetime]:
        return [self.start + index * self.step for index in range(count)]


def buckets_of(start: datetime | None, end: datetime | None) -> Buckets:
    """Cut a span; without dates it is the last thirty days.

    Raises:
        IllegalArgumentError: It ends before it begins, or is too long.
    """
    end = end or utc_now()
    start = start or end - DEFAULT_SPAN
    if start > end:
        raise IllegalArgumentError("Start date must be before End Date")
    span = end - start
    days, hours = span // _DAY, span // _HOUR
    if days > 365:
        unit, step = "month", _MONTH
    elif days > 180:
        unit, step = "week", 7 * _DAY
    elif days > 1:
        unit, step = "day", _DAY
    elif hours > 6:
        unit, step = "hour", _HOUR
    else:
        unit, step = "minute", timedelta(minutes=1)
    if span / step > MOST_BUCKETS:
        raise IllegalArgumentError(f"The span is too long: over {MOST_BUCKETS} times a {unit}")
    return Buckets(unit, start, end, step)


@dataclass(slots=True)
class ExecutionCount:
    """Executions that began in one bucket; durations in seconds."""

    start: datetime
    unit: str
    states: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATES, 0))
    count: int = 0
    total: float = 0.0
    shortest: float | None = None
    longest: float = 0.0

    def add(self, row: Mapping[str, Any]) -> None:
        """Count a row of the store in."""
        state, count = row["state"], row["count"]
        self.states[state] = self.states.get(state, 0) + count
        self.count += count
        self.total += float(row["total"])
        shortest = float(row["shortest"])
        self.shortest = shortest if self.shortest is None else min(self.shortest, shortest)
        self.longest = max(self.longest, float(row["longest"]))


@dataclass(frozen=True, slots=True)
class FlowDuration:
    """How long the ended executions of one flow took, in seconds."""

    namespace: str
    flow_id: str
    count: int
    total: float
    shortest: float
    longest: float


@dataclass(frozen=True, slots=True)
class MetricAggregate:
    """A metric over one bucket; ``found`` tells that there were values."""

    start: datetime
    value: float
    found: bool


class Stats:
    """What dashboards ask for."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def summary(self, namespace: str | None) -> tuple[int, int]:
        """Return how many flows and triggers there are, in a namespace and its children or all."""
        return await self._store.stats.totals(namespace)

    async def executions(
        self, buckets: Buckets, conditions: Sequence[Condition] = ()
    ) -> list[ExecutionCount]:
        """Return one count for each bucket."""
        rows = await self._store.stats.executions(_window(buckets), conditions)
        return _counted(buckets, rows)

    async def executions_by_flow(
        self, buckets: Buckets, conditions: Sequence[Condition] = (), *, whole: bool = False
    ) -> dict[str, dict[str, list[ExecutionCount]]]:
        """Return the counts of each flow that had executions, by namespace and id.

        Args:
            whole: One count for all flows of a namespace, under ``*``.
        """
        rows = await self._store.stats.executions(_window(buckets), conditions, by_flow=True)
        grouped: dict[str, dict[str, list[Any]]] = {}
        for row in rows:
            flow = "*" if whole else row["flow_id"]
            grouped.setdefault(row["namespace"], {}).setdefault(flow, []).append(row)
        return {
            namespace: {flow: _counted(buckets, items) for flow, items in flows.items()}
            for namespace, flows in sorted(grouped.items())
        }

    async def slowest(
        self, buckets: Buckets, conditions: Sequence[Condition] = (), *, limit: int
    ) -> list[FlowDuration]:
        """Return the flows whose ended executions took longest on average, the slowest first."""
        rows = await self._store.stats.slowest(buckets.start, buckets.end, conditions, limit)
        return [
            FlowDuration(
                row["namespace"],
                row["flow_id"],
                row["count"],
                *(float(row[name]) for name in ("total", "shortest", "longest")),
            )
            for row in rows
        ]

    async def by_namespace(
        self, buckets: Buckets, conditions: Sequence[Condition] = ()
    ) -> dict[str, dict[str, int]]:
        """Return counts of states by namespace, that with the most executions first."""
        rows = await self._store.stats.by_namespace(buckets.start, buckets.end, conditions)
        found: dict[str, dict[str, int]] = {}
        for row in rows:
            counts = found.setdefault(row["namespace"], dict.fromkeys(STATES, 0))
            counts[row["state"]] = counts.get(row["state"], 0) + row["count"]
        return dict(sorted(found.items(), key=lambda item: -sum(item[1].values())))

    async def latest(
        self, flows: Sequence[tuple[str, str]], executions: Executions
    ) -> list[Snapshot]:
        """Return the last execution of each flow that has one."""
        return [await executions.get(id) for id in await self._store.stats.latest(flows)]

    async def average_duration(self, namespace: str, flow_id: str) -> tuple[timedelta, int]:
        """Return the mean duration of a flow's recent successes, and how many there are."""
        return await self._store.stats.average_duration(namespace, flow_id)

    async def distinct(self, field: str, conditions: Sequence[Condition] = ()) -> list[str]:
        """Return the values of a field in recent executions, sorted.

        Args:
            field: ``namespace``, ``flow_id`` or ``state``.
        """
        return await self._store.stats.distinct(field, conditions)

    async def slots(self, flows: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """Return how many executions of some flows hold a slot; those with none are left out."""
        return await self._store.stats.slots(flows)

    async def open_jobs(self) -> tuple[int, int]:
        """Return how many jobs workers are at, and how many wait for one."""
        return await self._store.jobs.counts()

    async def running_jobs(self, limit: int) -> list[tuple[datetime, Job]]:
        """Return what workers are at, each with since when, oldest first."""
        return await self._store.jobs.running(limit)

    async def states(self, states: Sequence[str]) -> dict[str, int]:
        """Return how many executions are in each of some states; those with none are left out."""
        return await self._store.stats.states(states)

    async def logs(
        self, buckets: Buckets, conditions: Sequence[Condition] = ()
    ) -> list[tuple[datetime, dict[str, int]]]:
        """Return counts of levels for each bucket."""
        rows = await self._store.stats.logs(_window(buckets), conditions)
        starts = buckets.starts
        counts: list[dict[str, int]] = [{level.value: 0 for level in LogLevel} for _ in starts]
        for row in _within(rows, starts):
            counts[row["bucket"]][row["level"]] += row["count"]
        return list(zip(starts, counts, strict=True))

    async def metrics(
        self,
        buckets: Buckets,
        namespace: str,
        flow_id: str,
        name: str,
        *,
        task_id: str | None = None,
        aggregation: str = "sum",
    ) -> list[MetricAggregate]:
        """Return a metric of a flow, or of one task, for each bucket.

        Raises:
            IllegalArgumentError: No such aggregation.
        """
        if aggregation.lower() not in AGGREGATIONS:
            raise IllegalArgumentError(
                f"Invalid aggregation: {aggregation}", hint=f"known are {', '.join(AGGREGATIONS)}"
            )
        rows = await self._store.stats.metrics(_window(buckets), namespace, flow_id, name, task_id)
        starts = buckets.starts
        values = {row["bucket"]: row[aggregation.lower()] for row in _within(rows, starts)}
        return [
            MetricAggregate(start, float(values.get(index, 0.0)), index in values)
            for index, start in enumerate(starts)
        ]


def _window(buckets: Buckets) -> Any:
    from tiercel.store import Window

    return Window(buckets.start, buckets.end, buckets.step)


def _counted(buckets: Buckets, rows: Iterable[Any]) -> list[ExecutionCount]:
    starts = buckets.starts_to_end
    counts = [ExecutionCount(start, buckets.unit) for start in starts]
    for row in _within(rows, starts):
        counts[row["bucket"]].add(row)
    return counts


def _within(rows: Iterable[Any], starts: Sequence[datetime]) -> Iterable[Any]:
    return (row for row in rows if 0 <= row["bucket"] < len(starts))
