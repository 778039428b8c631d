"""The rows of a store in memory, and transactions over them: what the executor's rounds write to.

A transaction changes nothing before it is committed; what others hold is passed over.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from simulation.machine import START
from tiercel.engine import ExecutionState
from tiercel.model.execution import Execution, TaskRun
from tiercel.model.flow import Flow
from tiercel.model.job import Job
from tiercel.model.news import News
from tiercel.services.slots import HOLDING, FlowKey, key_of
from tiercel.store import Claim, Creation, Link, StepResult, StoredFlow, StoredNews


@dataclass
class Rows:
    """Everything that is durable.

    Attributes:
        inbox: (due date, execution id, news) by number.
        jobs: The outbox by attempt id.
        links: Who waits for which execution, and whether he was told.
        flows: Revisions in order, by namespace and id.
        deleted: Flows that are gone.
    """

    executions: dict[str, Execution] = field(default_factory=dict)
    runs: dict[str, dict[str, TaskRun]] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    lingering: set[str] = field(default_factory=set)
    inbox: dict[int, tuple[datetime, str, News]] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    links: dict[tuple[str, str], tuple[Link, bool]] = field(default_factory=dict)
    flows: dict[FlowKey, list[Flow]] = field(default_factory=dict)
    deleted: set[FlowKey] = field(default_factory=set)
    numbers: Any = field(default_factory=itertools.count)

    def post(self, execution_id: str, news: News, due_at: datetime) -> None:
        if execution_id in self.executions:
            self.inbox[next(self.numbers)] = (due_at, execution_id, news)

    def create(
        self, execution: Execution, runs: Sequence[TaskRun], news: News, due_at: datetime
    ) -> None:
        if execution.id not in self.executions:
            self.executions[execution.id] = execution
            self.runs[execution.id] = {run.id: run for run in runs}
            self.versions[execution.id] = 0
            self.post(execution.id, news, due_at)

    def holders(self, flow: FlowKey) -> list[str]:
        """Return the executions that hold a slot of a flow."""
        return [
            execution.id
            for execution in self.executions.values()
            if key_of(execution) == flow
            and (execution.state.current in HOLDING or execution.id in self.lingering)
        ]

    def below(self, execution_ids: Collection[str]) -> list[str]:
        """Return executions and all that they started."""
        found = list(execution_ids)
        for one in found:
            for link, _ in self.links.values():
                if link.parent_id == one and link.execution_id not in found:
                    found.append(link.execution_id)
        return found

    def latest(self, flow: FlowKey) -> Flow | None:
        """Return the last revision of a flow, None when it is deleted."""
        return None if flow in self.deleted else self.flows[flow][-1]


class Catalog:
    """Flows as the executor and whoever starts executions read them."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.flows = self

    async def get(
        self,
        namespace: str,
        flow_id: str,
        revision: int | None = None,
        templates: Mapping[str, int] | None = None,
    ) -> Any:
        """Return a revision as a catalog does; without a number the stored one, as a store does."""
        key = namespace, flow_id
        if revision is not None:
            return self._rows.flows[key][revision - 1]
        flow = self._rows.latest(key) if key in self._rows.flows else None
        return None if flow is None else _stored(flow)


def _stored(flow: Flow) -> StoredFlow:
    date = START
    ids = flow.namespace, flow.id, flow.revision
    return StoredFlow(*ids, "", {}, (), None, disabled=False, deleted=False, updated_at=date)


class Transaction:
    """One round's transaction; it stands for the relations of the store, too.

    Args:
        held: Executions that another executor holds at the moment.
        on_call: Called at each access; it may raise, as a database that goes away does.
    """

    def __init__(
        self,
        rows: Rows,
        now: datetime,
        held: Collection[str],
        on_call: Callable[[], None],
    ) -> None:
        self._rows, self._now, self._held, self._on_call = rows, now, held, on_call
        self._results: list[StepResult] = []
        self._posts: list[tuple[str, News]] = []
        self._creations: list[Creation] = []
        self._links: list[Link] = []
        self._told: list[str] = []
        self._lingering: dict[str, bool] = {}
        self.relations = self
        self.claims: list[Claim] = []

    def claim(self, also: Collection[str]) -> None:
        """Take the executions with due news and those named, unless another executor has them."""
        news: dict[str, list[StoredNews]] = {one: [] for one in also}
        for number, (due_at, execution_id, item) in sorted(self._rows.inbox.items()):
            if due_at <= self._now:
                news.setdefault(execution_id, []).append(StoredNews(number, item))
        self.claims = [
            self._claim(one, items) for one, items in news.items() if one not in self._held
        ]

    def _claim(self, execution_id: str, news: Sequence[StoredNews] = ()) -> Claim:
        execution = self._rows.executions[execution_id]
        return Claim(
            execution_id,
            self._rows.versions[execution_id],
            *key_of(execution),
            execution.flow_revision,
            news,
        )

    async def load(self, execution_ids: Sequence[str]) -> dict[str, Any]:
        self._on_call()
        rows = self._rows
        return {one: (rows.executions[one], list(rows.runs[one].values())) for one in execution_ids}

    def write(self, result: StepResult) -> None:
        self._results.append(result)

    def post(self, execution_id: str, news: News) -> None:
        self._posts.append((execution_id, news))

    async def lock_flow(self, namespace: str, flow_id: str) -> int | None:
        self._on_call()
        latest = self._rows.latest((namespace, flow_id))
        return None if latest is None else latest.revision

    async def count_slots(self, namespace: str, flow_id: str) -> int:
        return len(self._rows.holders((namespace, flow_id)))

    async def claim_queued(
        self, namespace: str, flow_id: str, limit: int, without: Sequence[str]
    ) -> list[Claim]:
        self._on_call()
        queued = sorted(
            self._queued(namespace, flow_id, without),
            key=lambda one: (one.state.start_date, one.id),
        )
        free = [one.id for one in queued if one.id not in self._held]
        return [self._claim(one) for one in free[:limit]]

    async def has_queued(self, namespace: str, flow_id: str, without: Sequence[str]) -> bool:
        return bool(self._queued(namespace, flow_id, without))

    def _queued(self, namespace: str, flow_id: str, without: Sequence[str]) -> list[Execution]:
        return [
            one
            for one in self._rows.executions.values()
            if key_of(one) == (namespace, flow_id)
            and one.state.current == "QUEUED"
            and one.id not in without
        ]

    def linger(self, execution_id: str, lingers: bool) -> None:
        self._lingering[execution_id] = lingers

    def create(self, creation: Creation) -> None:
        self._creations.append(creation)

    def link(self, link: Link) -> None:
        self._links.append(link)

    def end(self, execution_id: str) -> None:
        self._told.append(execution_id)

    async def lock_execution(self, execution_id: str) -> Execution | None:
        self._on_call()
        return self._rows.executions.get(execution_id)

    async def open_links(self, execution_ids: Sequence[str]) -> list[Link]:
        self._on_call()
        known = [link for link, told in self._rows.links.values() if not told]
        return [link for link in [*known, *self._links] if link.execution_id in execution_ids]

    async def links_from(self, parent_id: str, task_run_id: str) -> list[Link]:
        return [
            link
            for link, _ in self._rows.links.values()
            if (link.parent_id, link.task_run_id) == (parent_id, task_run_id)
        ]

    async def with_descendants(self, execution_ids: Sequence[str]) -> list[str]:
        return self._rows.below(execution_ids)

    def commit(self) -> None:
        """Write everything; a claim that is not of this version any more is a fault."""
        rows = self._rows
        for result in self._results:
            self._write(result)
        for creation in self._creations:
            rows.create(creation.execution, creation.task_runs, creation.news, creation.due_at)
        for link in self._links:
            rows.links.setdefault((link.execution_id, link.attempt_id), (link, False))
        for key, (link, _) in rows.links.items():
            if link.execution_id in self._told:
                rows.links[key] = (link, True)
        for execution_id, lingers in self._lingering.items():
            (rows.lingering.add if lingers else rows.lingering.discard)(execution_id)
        for execution_id, news in self._posts:
            rows.post(execution_id, news, self._now)

    def _write(self, result: StepResult) -> None:
        rows, one = self._rows, result.execution_id
        assert rows.versions[one] == result.version, "two executors wrote one execution"
        rows.versions[one] += 1
        rows.executions[one] = result.execution or rows.executions[one]
        runs = rows.runs[one] = dict(rows.runs[one])
        for task_run_id in result.removed:
            runs.pop(task_run_id, None)
        runs.update({run.id: run for run in result.task_runs})
        for number in result.consumed:
            rows.inbox.pop(number, None)
        for attempt_id in result.withdrawn:
            rows.jobs.pop(attempt_id, None)
        if result.ended:
            rows.inbox = {k: item for k, item in rows.inbox.items() if item[1] != one}
            rows.jobs = {k: job for k, job in rows.jobs.items() if job.execution_id != one}
            return
        for due_at, news in result.timers:
            rows.post(one, news, due_at)
        gone = frozenset(result.withdrawn)
        rows.jobs.update({job.attempt_id: job for job in result.jobs if job.attempt_id not in gone})


def rebuilt(rows: Rows, execution_id: str) -> ExecutionState:
    """Return an execution as it is stored."""
    return ExecutionState(rows.executions[execution_id], list(rows.runs[execution_id].values()))


def with_revision(execution: Execution, revision: int) -> Execution:
    """Return an execution as one of another revision of its flow."""
    return replace(execution, flow_revision=revision)
