"""The flowables by the name a :class:`~tiercel.model.task.TaskSpec` has as its behaviour."""

from __future__ import annotations

from collections.abc import Mapping

from tiercel.engine.flowables.base import Flowable
from tiercel.engine.flowables.if_ import If
from tiercel.engine.flowables.sequential import Sequential

FLOWABLES: Mapping[str, Flowable] = {
    flowable.name: flowable
    for flowable in (
        Sequential(),
        If(),
    )
}

__all__ = ["FLOWABLES"]
