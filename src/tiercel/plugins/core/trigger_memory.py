"""What a polling trigger knows from the last time it was asked: an entry of its namespace."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tiercel.expressions.filters_text import slug
from tiercel.plugin.context import TaskContext


def memory_key(context: TaskContext) -> str:
    """Return the key of the entry that belongs to a trigger and nobody else."""
    return f"{slug(context.info.flow_id)}_states_trigger-states_{context.info.task_id}"


async def recall(context: TaskContext, key: str) -> dict[str, Any]:
    """Return what was kept; nothing the first time and once it has expired."""
    found, data = await context.key_values.get(context.info.namespace, key)
    return dict(data) if found else {}


async def keep(
    context: TaskContext, key: str, data: dict[str, Any], ttl: timedelta | None = None
) -> None:
    """Keep a map for the next time, instead of the one before."""
    await context.key_values.set(context.info.namespace, key, data, "JSON", ttl=ttl)
