"""Traces: which span an execution and a task run are, told by their ids alone.

Every process derives the same span from the same id, so nothing about spans is stored but what came
from outside: the ``traceparent`` (W3C Trace Context) of whoever started the execution.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from tiercel.model.execution import CORRELATION_LABEL, Execution

_FORM = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


@dataclass(frozen=True, slots=True)
class SpanPlace:
    """A span in its trace.

    Attributes:
        trace_id: 32 hexadecimal digits.
        span_id: 16 hexadecimal digits.
        sampled: Whether anybody keeps it.
    """

    trace_id: str
    span_id: str
    sampled: bool = True

    @property
    def header(self) -> str:
        """The same as a ``traceparent``."""
        return f"00-{self.trace_id}-{self.span_id}-{int(self.sampled):02x}"


def parse_trace_parent(header: str | None) -> SpanPlace | None:
    """Read a ``traceparent``; None when there is none or it is not one."""
    found = _FORM.fullmatch((header or "").strip())
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    is_unknown = version == "ff" or (version == "00" and more is not None)
    if is_unknown or not trace_id.strip("0") or not span_id.strip("0"):
        return None
    return SpanPlace(trace_id, span_id, sampled=bool(int(flags, 16) & 1))


def parent_of(execution: Execution) -> SpanPlace | None:
    """Return the span that started an execution, if it is known."""
    return parse_trace_parent(execution.metadata.trace_parent)


def execution_span(execution: Execution) -> SpanPlace:
    """Return the span of an execution; each restart is another one.

    Without a parent the trace is that of its correlation id, which all executions share that began
    with one.
    """
    parent = parent_of(execution)
    span_id = _digest(f"execution {execution.id} {execution.metadata.attempt_number}", 8)
    if parent is not None:
        return SpanPlace(parent.trace_id, span_id, parent.sampled)
    correlation = next(
        (label.value for label in execution.labels if label.key == CORRELATION_LABEL), execution.id
    )
    return SpanPlace(_digest(f"trace {correlation}", 16), span_id)


def task_run_span(execution: Execution, task_run_id: str) -> SpanPlace:
    """Return the span of a task run; each restart of its execution is another one."""
    whole = execution_span(execution)
    number = execution.metadata.attempt_number
    span_id = _digest(f"task run {execution.id} {task_run_id} {number}", 8)
    return SpanPlace(whole.trace_id, span_id, whole.sampled)


def trace_parent(execution: Execution, task_run_id: str, *, traces: bool) -> str | None:
    """Return what a task run hands on as ``traceparent``.

    Args:
        traces: Traces are written. Else only who came with one hands one on.
    """
    if not traces and execution.metadata.trace_parent is None:
        return None
    return task_run_span(execution, task_run_id).header


def _digest(text: str, size: int) -> str:
    return hashlib.blake2b(text.encode(), digest_size=size).hexdigest()
