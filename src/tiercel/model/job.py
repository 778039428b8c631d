"""What travels to and from workers: jobs out; log lines and metrics in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from tiercel.model.task import LogLevel, Retry


class JobTask(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of the tasks inside a WorkingDirectory, as a :class:`Job` carries it.

    Attributes:
        type: Canonical task type.
        properties: Unrendered.
        retry: The rule that applies to it, whoever declared it.
        is_cached, cache_ttl: As in :class:`Job`.
    """

    id: str
    type: str
    properties: dict[str, Any]
    timeout: str | None = None
    run_if: str = "true"
    allow_failure: bool = False
    log_level: LogLevel | None = None
    log_to_file: bool = False
    retry: Retry | None = None
    is_cached: bool = False
    cache_ttl: timedelta | None = None


class Job(msgspec.Struct, frozen=True, omit_defaults=True):
    """One attempt to run one task run, with everything a worker needs: it has no database.

    Attributes:
        attempt_id: Also the message id on the bus: a repeat is dropped.
        attempt_number: From 0, as log entries carry it.
        type: Canonical task type.
        properties: The task's own properties, unrendered.
        variables: The run context for templates, JSON-like.
        places: Where its templates stand in the flow's source: (line, column) by property path.
        timeout: Template or ISO-8601 duration, None for no limit.
        log_level: Minimum level kept; None keeps all.
        secrets: Clear texts that must be masked wherever the task prints them.
        sealed: Variables and secrets, encrypted; there are none besides then.
        is_repeated: It was given out before; the worker asks whether it is still to be run.
        is_cached: Outputs may be those of an earlier run, ``cache_ttl`` old at most.
        tasks: Of a WorkingDirectory: what is run in it, in this order; None for all others.
    """

    attempt_id: str
    task_run_id: str
    execution_id: str
    namespace: str
    flow_id: str
    flow_revision: int
    task_id: str
    attempt_number: int
    type: str
    properties: dict[str, Any]
    variables: dict[str, Any]
    places: dict[str, tuple[int, int]] = {}
    timeout: str | None = None
    log_level: LogLevel | None = None
    log_to_file: bool = False
    worker_group: str = "default"
    secrets: tuple[str, ...] = ()
    sealed: str | None = None
    trace_parent: str | None = None
    is_repeated: bool = False
    is_cached: bool = False
    cache_ttl: timedelta | None = None
    tasks: tuple[JobTask, ...] | None = None


class LogEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry of a task's or an execution's log.

    ``sequence`` is given at the source and orders entries of one millisecond.
    """

    execution_id: str
    namespace: str
    flow_id: str
    timestamp: datetime
    level: LogLevel
    message: str
    sequence: int = 0
    task_id: str | None = None
    task_run_id: str | None = None
    attempt_number: int | None = None
    trigger_id: str | None = None
    thread: str = "worker"


class MetricEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One metric of a task run; ``type`` is counter, timer (milliseconds) or gauge."""

    execution_id: str
    namespace: str
    flow_id: str
    task_id: str
    task_run_id: str
    type: str
    name: str
    value: float
    timestamp: datetime
    tags: dict[str, str] | None = None


class Progress(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a running task is: a live signal, never stored. ``total`` None means unknown."""

    execution_id: str
    task_run_id: str
    label: str
    done: int
    total: int | None = None
    unit: str = ""
