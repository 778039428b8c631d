"""Tasks as the engine sees them: common properties typed, the rest raw until it is rendered.

A :class:`TaskSpec` is what parsing a flow gives for each task once its type is resolved and plugin
defaults are merged. The plugin class that gave the type its rules is not needed to decide what runs
next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any


class TaskKind(StrEnum):
    """Who runs a task."""

    WORKER = "WORKER"
    INLINE = "INLINE"
    FLOWABLE = "FLOWABLE"


class LogLevel(StrEnum):
    """Levels of a task's log, least severe first."""

    TRACE = "TRACE"
    DEBUG = "DEBUG"
    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"

    @property
    def rank(self) -> int:
        """0 for TRACE up to 4 for ERROR."""
        return _RANKS[self]


_RANKS = {level: rank for rank, level in enumerate(LogLevel)}


class RetryBehavior(StrEnum):
    """What a retry repeats."""

    RETRY_FAILED_TASK = "RETRY_FAILED_TASK"
    CREATE_NEW_EXECUTION = "CREATE_NEW_EXECUTION"


@dataclass(frozen=True, slots=True)
class Retry:
    """A retry rule; its ``type`` (constant, exponential, random) tells which intervals are set.

    ``max_attempts`` counts all attempts, the first included; neither it nor ``max_duration`` means
    for ever.
    """

    type: str
    interval: timedelta | None = None
    max_interval: timedelta | None = None
    min_interval: timedelta | None = None
    delay_factor: float = 2.0
    max_attempts: int | None = None
    max_duration: timedelta | None = None
    warning_on_retry: bool = False
    behavior: RetryBehavior = RetryBehavior.RETRY_FAILED_TASK


@dataclass(frozen=True, slots=True)
class WorkerGroup:
    """Which workers may run a task.

    Attributes:
        key: Template of the group's name; without effect where there are tags.
        fallback: What happens while no such worker is connected.
        tags: What the group is chosen by.
        match: Whether it has ``ALL`` of the tags, or ``ANY`` of them.
    """

    key: str
    fallback: str = "WAIT"
    tags: tuple[str, ...] = ()
    match: str = "ALL"

    @property
    def shown(self) -> str:
        """How messages name it."""
        if not self.tags:
            return f"group {self.key}"
        many = "any of the tags" if self.match == "ANY" else "the tags"
        return f"a group with {many} {', '.join(self.tags)}"


@dataclass(frozen=True, slots=True)
class TaskCache:
    """Outputs may be those of an earlier run with the same properties, ``ttl`` old at most."""

    ttl: timedelta | None = None


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """One task of a flow, resolved.

    Attributes:
        type: Canonical type name, whatever spelling or alias the source used.
        kind: Who runs it.
        behavior: For flowables, the engine's name of how children are chosen (``if`` …); for
            inline tasks that change the execution itself ``updates_execution``.
        properties: The type's own properties, defaults merged, unrendered; without children and
            common ones.
        timeout: Template or ISO-8601 text; rendered for each attempt.
        run_if: Template; see :func:`tiercel.expressions.is_truthy`.
        children: Task lists by branch: ``tasks``, ``then``, ``else``, ``cases.<key>``,
            ``defaults``, ``errors``, ``finally``. Only branches that were written are present.
        parent: Id of the enclosing flowable.
        places: Where its templates stand in the source: (line, column) by property path.
        line, column: 1-based place of the task in the source, 0 when it did not come from a source.
    """

    id: str
    type: str
    kind: TaskKind
    behavior: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)
    description: str | None = None
    retry: Retry | None = None
    timeout: str | None = None
    disabled: bool = False
    run_if: str = "true"
    allow_failure: bool = False
    allow_warning: bool = False
    log_level: LogLevel | None = None
    log_to_file: bool = False
    worker_group: WorkerGroup | None = None
    task_cache: TaskCache | None = None
    children: Mapping[str, tuple[TaskSpec, ...]] = field(default_factory=dict)
    parent: str | None = None
    places: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    line: int = 0
    column: int = 0

    def walk(self) -> Iterator[TaskSpec]:
        """Yield this task and everything nested in it, in source order."""
        yield self
        for branch in self.children.values():
            for child in branch:
                yield from child.walk()
