"""What is said in a conversation with a language model, whoever provides it."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from pydantic import ConfigDict, model_validator

from tiercel.plugin.common import Written
from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.core.storage import stored_bytes

_LIMIT_BYTES = 20 << 20
_PICTURES = ((b"\x89PNG", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF8", "gif"), (b"BM", "bmp"))


class Nested(Written):
    """Base of what is written inside a property; its attributes say what they are."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class MessageType(StrEnum):
    """Who says a message."""

    SYSTEM = "SYSTEM"
    AI = "AI"
    USER = "USER"


class BlockType(StrEnum):
    """What a part of a message is."""

    TEXT = "TEXT"
    IMAGE = "IMAGE"
    PDF = "PDF"


class ContentBlock(Nested):
    """A part of a message: a text, or a stored file that is sent along."""

    type: BlockType = BlockType.TEXT
    """What it is: `TEXT`, `IMAGE` or `PDF`."""
    text: Text | None = None
    """The text."""
    uri: Text | None = None
    """URI of the stored file, for `IMAGE` and `PDF`."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        wanted, given = ("text", self.text) if self.type is BlockType.TEXT else ("uri", self.uri)
        if not given:
            raise ValueError(f"{self.type} content blocks require a non-empty `{wanted}`")
        return self


class Message(Nested):
    """One message of a conversation: one text, or several parts."""

    type: MessageType
    """Who says it: `SYSTEM`, `USER` or `AI`."""
    content: Text | None = None
    """The text."""
    content_blocks: list[ContentBlock] | None = None
    """Its parts, instead of `content`: texts, pictures and documents of the user."""

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if bool(self.content_blocks) is (self.content is not None):
            raise ValueError("Exactly one of `content` or `contentBlocks` must be provided.")
        return self

    @property
    def blocks(self) -> Sequence[ContentBlock]:
        """Its parts; a message without ``contentBlocks`` is one text."""
        return self.content_blocks or ()

    @property
    def text(self) -> str:
        """Its text; that of several parts is joined by line ends."""
        if self.content is not None:
            return self.content
        return "\n".join(block.text for block in self.blocks if block.text)

    async def parts(self, context: TaskContext) -> list[str | Media]:
        """Return texts and files in their order.

        Raises:
            TaskFailedError: A file is too large, or no picture that is known.
        """
        if not self.blocks:
            return [self.text]
        return [
            (block.text or "") if block.type is BlockType.TEXT else await _media(block, context)
            for block in self.blocks
        ]


@dataclass(frozen=True, slots=True)
class Media:
    """A file that goes with a message."""

    content_type: str
    content: bytes

    @property
    def in_base64(self) -> str:
        """Its content as JSON can hold it."""
        return base64.b64encode(self.content).decode()


async def _media(block: ContentBlock, context: TaskContext) -> Media:
    uri = block.uri or ""
    if await context.file_size(uri) > _LIMIT_BYTES:
        raise TaskFailedError(f"{uri} is too large to go with a message")
    content = await stored_bytes(context, uri)
    return Media(_content_type(block.type, content, uri), content)


def _content_type(kind: BlockType, content: bytes, uri: str) -> str:
    if kind is BlockType.PDF:
        return "application/pdf"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    found = next((name for start, name in _PICTURES if content.startswith(start)), None)
    if found is None:
        raise TaskFailedError(f"{uri} is no picture: PNG, JPEG, GIF, WEBP and BMP are known")
    return f"image/{found}"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that a model wants to be called."""

    name: str
    arguments: Mapping[str, Any]
    call_id: str | None = None


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """What a model wants to know before it answers.

    Attributes:
        said: The message as its provider gave it; it goes back as it came.
    """

    calls: Sequence[ToolCall]
    said: Any


@dataclass(frozen=True, slots=True)
class ToolResults:
    """What the tools of one request gave, in its order."""

    results: Sequence[tuple[ToolCall, str]]


Turn = Message | ToolRequest | ToolResults
"""One thing said in a conversation."""


def checked(messages: Sequence[Message]) -> Sequence[Message]:
    """Return a conversation that a model can answer.

    Raises:
        TaskFailedError: It has two system messages, its last message is not the user's, or a
            message that is not the user's has files.
    """
    if sum(message.type is MessageType.SYSTEM for message in messages) > 1:
        raise TaskFailedError("Only one system message is allowed")
    if not messages or messages[-1].type is not MessageType.USER:
        raise TaskFailedError("The last message must be a user message")
    for message in messages:
        has_files = any(block.type is not BlockType.TEXT for block in message.blocks)
        if has_files and message.type is not MessageType.USER:
            raise TaskFailedError(
                f"Only TEXT content blocks are supported for {message.type} messages."
            )
    return messages
