"""What is known of a plugin type before its module is imported.

An index is a mapping from canonical type name to :class:`Entry`. It is plain data, so a process
can tell which types exist, and who runs them, at the price of a dictionary; a class is imported
when it is first used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tiercel.model.task import TaskKind


class Role(StrEnum):
    """What a plugin type is used as."""

    TASK = "task"
    TRIGGER = "trigger"
    CONDITION = "condition"
    RUNNER = "runner"
    PART = "part"


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a type lives and how it is used.

    Attributes:
        module, class_name: What to import on first use.
        kind: Who runs it; None unless it is a task.
        behavior: For flowables, the engine's name of how children are chosen; for inline tasks
            ``updates_execution`` when they change the execution itself.
        aliases: Other full names of the type.
    """

    module: str
    class_name: str
    role: Role = Role.TASK
    kind: TaskKind | None = None
    behavior: str = ""
    aliases: tuple[str, ...] = ()


Index = Mapping[str, Entry]
"""Entries by canonical type name."""
