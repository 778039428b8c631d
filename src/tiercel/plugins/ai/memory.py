"""What was said in runs before."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text
from tiercel.plugin.task import AsWritten, Part, TaskFailedError
from tiercel.plugins.ai.messages import Message, MessageType


class Drop(StrEnum):
    """When what was said is forgotten before its time."""

    NEVER = "NEVER"
    BEFORE_TASKRUN = "BEFORE_TASKRUN"
    AFTER_TASKRUN = "AFTER_TASKRUN"


class Memory(Part):
    """Base of the memories. A task that fails leaves its memory as it was."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    messages: Annotated[int, Field(ge=1)] = 10
    """How many messages are kept; the system message counts, and older ones are forgotten."""
    ttl: timedelta = timedelta(hours=1)
    """How long they last."""
    memory_id: Annotated[Text, AsWritten()] = "{{ labels.system.correlationId }}"
    """Under which name they are kept; by default all tasks of an execution share one memory."""
    drop: Drop = Drop.NEVER
    """When they are forgotten before their time."""

    async def recalled(self, context: TaskContext) -> list[Message]:
        """Return what was said before, as much as fits together with one more message."""
        if self.drop is Drop.BEFORE_TASKRUN:
            return []
        return _last(await self.load(context), self.messages - 1)

    async def remember(self, said: Sequence[Message], context: TaskContext, *, room: int) -> None:
        """Keep the end of a conversation, or forget it if that is wanted.

        Args:
            said: Messages of the user and of the model.
            room: How many messages are kept besides.
        """
        if self.drop is Drop.AFTER_TASKRUN:
            await self.forget(context)
        else:
            await self.save(_last(said, self.messages - room), context)

    @abstractmethod
    async def load(self, context: TaskContext) -> list[Message]:
        """Return what was kept."""

    @abstractmethod
    async def save(self, said: Sequence[Message], context: TaskContext) -> None:
        """Keep messages in place of those before."""

    @abstractmethod
    async def forget(self, context: TaskContext) -> None:
        """Keep nothing."""


def _last(said: Sequence[Message], most: int) -> list[Message]:
    """Return the last messages, from the first on that is the user's."""
    kept = list(said[-most:]) if most > 0 else []
    while kept and kept[0].type is not MessageType.USER:
        kept.pop(0)
    return kept


class KestraKVStore(Memory):
    """What was said, in one key-value entry of the flow's namespace."""

    type_name = "io.kestra.plugin.ai.memory.KestraKVStore"
    aliases = (
        "io.kestra.plugin.ai.memory.KestraKVMemory",
        "io.kestra.plugin.langchain4j.memory.KestraKVMemory",
    )
    title = "What was said before, in a key-value entry."

    async def load(self, context: TaskContext) -> list[Message]:
        """Return what the entry holds; nothing when it is not there any more."""
        key = context.render(self.memory_id)
        is_there, value = await context.key_values.get(context.info.namespace, key)
        if not is_there:
            return []
        try:
            entries = json.loads(value) if isinstance(value, str) else value
            return [_read(entry) for entry in entries if entry["type"] in _KEPT]
        except (ValueError, TypeError, KeyError) as error:
            raise TaskFailedError(f"The key-value entry '{key}' holds no conversation") from error

    async def save(self, said: Sequence[Message], context: TaskContext) -> None:
        """Write the entry anew."""
        await context.key_values.set(
            context.info.namespace,
            context.render(self.memory_id),
            [_written(message) for message in said],
            "JSON",
            ttl=self.ttl,
            description=f"What was said in the flow {context.info.flow_id}",
        )

    async def forget(self, context: TaskContext) -> None:
        """Delete the entry."""
        await context.key_values.delete(context.info.namespace, context.render(self.memory_id))


_KEPT = frozenset({MessageType.USER, MessageType.AI})


def _written(message: Message) -> dict[str, Any]:
    if message.type is MessageType.USER:
        return {"type": "USER", "contents": [{"type": "TEXT", "text": message.text}]}
    return {"type": message.type.value, "text": message.text}


def _read(entry: Mapping[str, Any]) -> Message:
    kind = MessageType(entry["type"])
    text = entry.get("text")
    if text is None:
        text = "\n".join(part["text"] for part in entry["contents"] if part["type"] == "TEXT")
    return Message(type=kind, content=text)
