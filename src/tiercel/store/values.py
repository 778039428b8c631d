"""What goes into the store and comes out of it, besides the values of ``model``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tiercel.model.execution import Execution, Label, TaskRun
from tiercel.model.job import Job, LogEntry, MetricEntry
from tiercel.model.news import News

TriggerKey = tuple[str, str, str]
"""Namespace, flow id and trigger id."""


@dataclass(frozen=True, slots=True)
class StoredNews:
    """News as a row of the inbox; ``id`` is what a step names to consume it."""

    id: int
    news: News


@dataclass(frozen=True, slots=True)
class Ignored:
    """Executions that an executor leaves as they are: their news stays in the inbox.

    Attributes:
        flows: Namespace and id each.
        namespaces: Without those below them.
        all: Every execution.
    """

    executions: frozenset[str] = frozenset()
    flows: frozenset[tuple[str, str]] = frozenset()
    namespaces: frozenset[str] = frozenset()
    all: bool = False

    def __bool__(self) -> bool:
        return bool(self.all or self.executions or self.flows or self.namespaces)

    def holds(self, execution_id: str, namespace: str, flow_id: str) -> bool:
        """Whether an execution is ignored."""
        return (
            self.all
            or execution_id in self.executions
            or namespace in self.namespaces
            or (namespace, flow_id) in self.flows
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """An execution that this transaction owns until it ends.

    Attributes:
        version: Grows by one with every step that is written.
        news: What is due, in order of arrival; may be empty for one that was claimed by name.
    """

    execution_id: str
    version: int
    namespace: str
    flow_id: str
    flow_revision: int
    news: Sequence[StoredNews] = ()


@dataclass(frozen=True, slots=True)
class StepResult:
    """Everything one step of one execution writes.

    Attributes:
        version: The claim's.
        execution: None when the header did not change.
        task_runs: New and changed ones.
        removed: Ids of task runs that are gone.
        consumed: Ids of inbox rows that were read.
        timers: News for later; not written when the execution ended.
        jobs: For the outbox.
        started, withdrawn: Attempt ids whose jobs were taken up; whose jobs need not run any more.
        ended: The execution is final: its inbox and its outbox are emptied.
    """

    execution_id: str
    version: int
    execution: Execution | None = None
    task_runs: Sequence[TaskRun] = ()
    removed: Sequence[str] = ()
    consumed: Sequence[int] = ()
    timers: Sequence[tuple[datetime, News]] = ()
    jobs: Sequence[Job] = ()
    started: Sequence[str] = ()
    withdrawn: Sequence[str] = ()
    logs: Sequence[LogEntry] = ()
    metrics: Sequence[MetricEntry] = ()
    ended: bool = False


@dataclass(frozen=True, slots=True)
class StoredFlow:
    """One revision of a flow as it was saved.

    Attributes:
        definition: The source as plain values.
        deleted: This revision marks a deletion; its source is that of the revision before.
        updated_at: When the revision was made.
    """

    namespace: str
    id: str
    revision: int
    source: str
    definition: Mapping[str, Any]
    labels: tuple[Label, ...]
    description: str | None
    disabled: bool
    deleted: bool
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Backfill:
    """Past dates of a schedule that are run once more.

    Attributes:
        only: ``ALL`` dates, those ``MISSING``, those ``FAILED``, or ``MISSING_OR_FAILED``.
        parallel: Most executions at one time.
        reached: The date that was started last; None before the first.
        total, started, running, succeeded, failed: Numbers of dates.
        ended_at: When the last date was over, or it was cancelled.
    """

    id: str
    namespace: str
    flow_id: str
    trigger_id: str
    start: datetime
    end: datetime
    created_at: datetime
    only: str = "ALL"
    newest_first: bool = False
    parallel: int = 1
    inputs: Mapping[str, Any] = field(default_factory=dict)
    labels: tuple[Label, ...] = ()
    paused: bool = False
    cancelled: bool = False
    reached: datetime | None = None
    total: int = 0
    started: int = 0
    running: int = 0
    succeeded: int = 0
    failed: int = 0
    ended_at: datetime | None = None

    @property
    def key(self) -> TriggerKey:
        """The trigger it belongs to."""
        return self.namespace, self.flow_id, self.trigger_id

    @property
    def current_date(self) -> datetime:
        """Where it is: the date that was started last, at first the bound it begins at."""
        return self.reached or (self.end if self.newest_first else self.start)

    @property
    def progress(self) -> float:
        """The part that is over, from 0 to 1."""
        return (self.succeeded + self.failed) / self.total if self.total else 1.0


@dataclass(frozen=True, slots=True)
class TriggerState:
    """What the scheduler remembers of a trigger; its key does not name a revision.

    Attributes:
        kind: ``SCHEDULE``, or ``POLLING`` for those a worker evaluates.
        definition: Digest of what its dates depend on; another one means they are computed anew.
        is_active: Neither the trigger nor its flow is disabled in the source.
        evaluated_at: Date of the last evaluation.
        next_date: When it is to be evaluated next; None when it has no date left and while it is
            disabled.
        stop_after: States of an execution that disable the trigger.
        execution_id: The execution that is waited for before the next one.
        evaluating_since: It has been under evaluation since then.
        updated_at: When a lock last changed.
        fired_at: When it last gave an execution.
        result, message: How the last evaluation ended: ``FIRED``, ``CONDITIONS``, ``FAILED``,
            ``SKIPPED``, ``NOTHING``, ``STOPPED``; and why.
    """

    namespace: str
    flow_id: str
    trigger_id: str
    kind: str = "SCHEDULE"
    definition: str = ""
    is_active: bool = True
    evaluated_at: datetime | None = None
    next_date: datetime | None = None
    stop_after: Sequence[str] = field(default=())
    disabled: bool = False
    execution_id: str | None = None
    evaluating_since: datetime | None = None
    worker_id: str | None = None
    updated_at: datetime | None = None
    fired_at: datetime | None = None
    result: str | None = None
    message: str | None = None

    @property
    def key(self) -> TriggerKey:
        """What names the trigger, whatever the revision of its flow is."""
        return self.namespace, self.flow_id, self.trigger_id
