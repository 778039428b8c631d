"""The flowables by the name a :class:`~tiercel.model.task.TaskSpec` has as its behaviour."""

from __future__ import annotations

from collections.abc import Mapping

from tiercel.engine.flowables.allow_failure import AllowFailure
from tiercel.engine.flowables.base import Flowable
from tiercel.engine.flowables.for_each_item import Batches, ForEachItem
from tiercel.engine.flowables.if_ import If
from tiercel.engine.flowables.loop_until import LoopUntil
from tiercel.engine.flowables.loops import EachParallel, EachSequential, ForEach
from tiercel.engine.flowables.parallel import Dag, Parallel
from tiercel.engine.flowables.pause import Pause
from tiercel.engine.flowables.sequential import Sequential
from tiercel.engine.flowables.subflow import Subflow
from tiercel.engine.flowables.switch import Switch
from tiercel.engine.flowables.template import Template
from tiercel.engine.flowables.working_directory import WorkingDirectory

FLOWABLES: Mapping[str, Flowable] = {
    flowable.name: flowable
    for flowable in (
        AllowFailure(),
        Batches(),
        Dag(),
        EachParallel(),
        EachSequential(),
        ForEach(),
        ForEachItem(),
        If(),
        LoopUntil(),
        Parallel(),
        Pause(),
        Sequential(),
        Subflow(),
        Switch(),
        Template(),
        WorkingDirectory(),
    )
}

__all__ = ["FLOWABLES"]
