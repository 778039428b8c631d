"""Executions, task runs and attempts: frozen values, as store and API have them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from tiercel.model.state import State, StateType

CORRELATION_LABEL = "system.correlationId"
"""Key of the label that executions share which one of them brought about."""

_RESERVED = "system."


class Label(msgspec.Struct, frozen=True, gc=False):
    """A key and its text value."""

    key: str
    value: str

    @property
    def is_reserved(self) -> bool:
        """Whether only Tiercel itself may set it."""
        return self.key.startswith(_RESERVED)

    @property
    def refusal(self) -> str:
        """What somebody is told who sets it though it is reserved."""
        return (
            "System labels can only be set by Kestra itself, "
            f"offending label: {self.key}={self.value}"
        )


class ExecutionTrigger(msgspec.Struct, frozen=True):
    """What started an execution, when it was not a person: a trigger or a parent's Subflow task."""

    id: str
    type: str
    variables: dict[str, Any] = {}
    log_file: str | None = None


class ExecutionMetadata(msgspec.Struct, frozen=True, omit_defaults=True):
    """How often the execution was attempted, and when its first attempt was created.

    Attributes:
        templates: Revision of each template it runs, by ``namespace.id``: what changes meanwhile
            does not touch it.
        trace_parent: The ``traceparent`` of who started it.
        exit: A task has said that the execution ends in this state; what was at work then is
            waited for.
    """

    attempt_number: int = 1
    original_created_date: datetime | None = None
    templates: dict[str, int] = {}
    trace_parent: str | None = None
    exit: StateType | None = None


class Attempt(msgspec.Struct, frozen=True, gc=False):
    """One try at running a task run.

    Attributes:
        id: Id of the job sent to workers. A lost worker's successor keeps it; ``token`` differs.
        state: CREATED, RUNNING, then final; RESUBMITTED when its worker was lost.
        token: Fencing token, the delivery count of the job. News with a lower one is dropped.
        worker_id: Who runs it; None for what the executor runs itself.
        inner: Of the job behind a flowable, which shows no attempts.
        log_file: Internal storage URI of the log, with ``logToFile``.
        error: Why it failed: the last error in its log, cut; None when it did not or said nothing.
    """

    id: str
    state: State
    token: int = 0
    worker_id: str | None = None
    log_file: str | None = None
    inner: bool = False
    error: str | None = None


class TaskRun(msgspec.Struct, frozen=True, gc=False):
    """One run of one task inside an execution.

    Attributes:
        sequence: Place in the order of creation within the execution, from 0.
        parent_id: Task run of the enclosing flowable, None at top level.
        value: Iteration value as text, for direct children of a loop.
        attempts: Oldest first; empty until the first one.
        outputs: None until the run ended or, for flowables, started; ``{}`` when there are none.
        dynamic: Reported by a task at run time, not declared in the flow.
        resolved: What a flowable fixed when it started (values of a loop, a branch …); for the
            engine alone, stored with the row, never shown.
    """

    id: str
    execution_id: str
    task_id: str
    sequence: int
    state: State
    parent_id: str | None = None
    value: str | None = None
    iteration: int | None = None
    items: str | None = None
    attempts: tuple[Attempt, ...] = ()
    outputs: dict[str, Any] | None = None
    dynamic: bool = False
    resolved: dict[str, Any] | None = None


class Breakpoint(msgspec.Struct, frozen=True):
    """A task before which the execution stops; with a value, only in that iteration."""

    id: str
    value: str | None = None


class Execution(msgspec.Struct, frozen=True):
    """One run of one revision of a flow, without its task runs (they are rows of their own).

    Attributes:
        original_id: First execution of a chain of replays; its own id for a fresh one.
        parent_id: The execution this one was replayed from.
        variables: Extra variables merged over the flow's; usually empty.
        schedule_date: Earliest start; CREATED until then.
        kind: None or NORMAL, TEST, PLAYGROUND.
        breakpoints: Where it stops until someone resumes it.
    """

    id: str
    namespace: str
    flow_id: str
    flow_revision: int
    state: State
    original_id: str
    inputs: dict[str, Any] = {}
    outputs: dict[str, Any] | None = None
    labels: tuple[Label, ...] = ()
    variables: dict[str, Any] = {}
    parent_id: str | None = None
    trigger: ExecutionTrigger | None = None
    metadata: ExecutionMetadata = ExecutionMetadata()
    schedule_date: datetime | None = None
    kind: str | None = None
    breakpoints: tuple[Breakpoint, ...] = ()


def merge_labels(*sources: tuple[Label, ...]) -> tuple[Label, ...]:
    """Return all labels by key, later sources over earlier ones, in order of first appearance."""
    merged: dict[str, Label] = {}
    for source in sources:
        for label in source:
            merged[label.key] = label
    return tuple(merged.values())
