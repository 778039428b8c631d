"""Breakpoints as the API writes them: ``task`` or ``task.value``, repeated or joined by commas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query

from tiercel.model.execution import Breakpoint

Breakpoints = Annotated[list[str] | None, Query()]
"""The parameter of a route."""


def read_breakpoints(given: Sequence[str] | None) -> tuple[Breakpoint, ...]:
    """Return breakpoints; what comes behind the first dot is the value of an iteration."""
    texts = [part.strip() for text in given or () for part in text.split(",")]
    pairs = [text.partition(".") for text in texts if text]
    return tuple(Breakpoint(task_id, value or None) for task_id, _, value in pairs)
