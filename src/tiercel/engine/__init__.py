"""Pure decisions: what happens next to an execution, and what its templates see."""

from __future__ import annotations

from tiercel.engine.advance import advance
from tiercel.engine.context import run_context
from tiercel.engine.needs import job_context
from tiercel.engine.replay import moved_to_revision, replay
from tiercel.engine.state import ExecutionState
from tiercel.engine.waiting import waiting_reason

__all__ = [
    "ExecutionState",
    "advance",
    "job_context",
    "moved_to_revision",
    "replay",
    "run_context",
    "waiting_reason",
]
