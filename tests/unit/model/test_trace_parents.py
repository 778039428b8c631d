"""Spans told by ids."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from tiercel.model.execution import Execution, ExecutionMetadata, Label
from tiercel.model.state import State
from tiercel.model.traces import (
    SpanPlace,
    execution_span,
    parse_trace_parent,
    task_run_span,
    trace_parent,
)

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
HEADER = f"00-{TRACE}-{SPAN}-01"


def execution(key: str = "e", **metadata: object) -> Execution:
    state = State.created(datetime(2024, 1, 1, tzinfo=UTC))
    return Execution(key, "n", "f", 1, state, key, metadata=ExecutionMetadata(**metadata))


def test_a_header_is_read_and_written() -> None:
    assert parse_trace_parent(HEADER) == SpanPlace(TRACE, SPAN, sampled=True)
    assert parse_trace_parent(f" 00-{TRACE}-{SPAN}-00 ") == SpanPlace(TRACE, SPAN, sampled=False)
    assert SpanPlace(TRACE, SPAN).header == HEADER


def test_headers_of_later_versions_are_read_as_far_as_they_are_known() -> None:
    assert parse_trace_parent(f"01-{TRACE}-{SPAN}-03-more") == SpanPlace(TRACE, SPAN)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "nonsense",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}",
    ],
)
def test_what_is_no_header(header: str | None) -> None:
    assert parse_trace_parent(header) is None


def test_a_restart_is_another_span_of_the_same_trace() -> None:
    first, second = execution_span(execution()), execution_span(execution(attempt_number=2))
    assert first.trace_id == second.trace_id
    assert first.span_id != second.span_id


def test_what_began_together_is_one_trace() -> None:
    label = (Label("system.correlationId", "parent"),)
    child = replace(execution("child"), labels=label)
    assert execution_span(child).trace_id == execution_span(execution("parent")).trace_id


def test_a_task_run_hands_its_span_on() -> None:
    assert trace_parent(execution(), "run", traces=False) is None
    assert trace_parent(execution(), "run", traces=True) == task_run_span(execution(), "run").header
    given = execution(trace_parent=HEADER)
    handed = parse_trace_parent(trace_parent(given, "run", traces=False))
    assert handed is not None
    assert handed.trace_id == TRACE
    assert handed.span_id not in (SPAN, execution_span(given).span_id)
