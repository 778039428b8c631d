"""What tasks ask of language models, whoever provides them."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text, ValueMap
from tiercel.plugin.task import Part, TaskFailedError


class _Nested(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, alias_generator=to_camel
    )


class MessageType(StrEnum):
    """Who says a message."""

    SYSTEM = "SYSTEM"
    AI = "AI"
    USER = "USER"


class Message(_Nested):
    """One message of a conversation."""

    type: MessageType
    content: Text


class FormatType(StrEnum):
    """What an answer is."""

    TEXT = "TEXT"
    JSON = "JSON"


class ResponseFormat(_Nested):
    """What an answer is like."""

    type: FormatType = FormatType.TEXT
    json_schema: ValueMap | None = None
    json_schema_description: Text | None = None


class Configuration(_Nested):
    """How a model answers; what is not set is as the provider has it."""

    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    seed: int | None = None
    max_token: int | None = None
    log_requests: bool = False
    log_responses: bool = False
    response_format: ResponseFormat = ResponseFormat()
    thinking_enabled: bool | None = None
    thinking_budget_tokens: int | None = None
    return_thinking: bool = False

    @property
    def wants_json(self) -> bool:
        """Whether the answer is JSON."""
        return self.response_format.type is FormatType.JSON


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens that one request cost; None where the provider does not say it."""

    input: int | None = None
    output: int | None = None
    total: int | None = None

    def count(self, context: TaskContext) -> None:
        """Publish them as metrics."""
        for name, value in (
            ("input.token.count", self.input),
            ("output.token.count", self.output),
            ("total.token.count", self.total),
        ):
            if value is not None:
                context.metric("counter", name, value, {})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said. ``finish_reason``: STOP, LENGTH, TOOL_EXECUTION, CONTENT_FILTER, OTHER."""

    text: str
    finish_reason: str
    usage: TokenUsage
    milliseconds: int
    thinking: str | None = None

    def outputs(self, configuration: Configuration) -> dict[str, Any]:
        """Return the outputs that all chat tasks have.

        Raises:
            TaskFailedError: JSON was wanted, and something else came.
        """
        usage = {
            "inputTokenCount": self.usage.input,
            "outputTokenCount": self.usage.output,
            "totalTokenCount": self.usage.total,
        }
        values: dict[str, Any] = {
            "tokenUsage": {name: value for name, value in usage.items() if value is not None},
            "finishReason": self.finish_reason,
            "requestDuration": self.milliseconds,
            "thinking": self.thinking if configuration.return_thinking else None,
        }
        if not configuration.wants_json:
            return {"textOutput": self.text, **values}
        try:
            return {"jsonOutput": json.loads(self.text), **values}
        except json.JSONDecodeError as error:
            raise TaskFailedError(f"The model's answer is no JSON: {self.text[:200]}") from error


@dataclass(frozen=True, slots=True)
class Embeddings:
    """One vector for each text, in their order."""

    vectors: Sequence[Sequence[float]]
    usage: TokenUsage = field(default_factory=TokenUsage)


class ModelProvider(Part):
    """Base of the providers of models."""

    model_name: Text
    """Name of the model."""
    base_url: Text | None = None
    """Address of the service, if it is not the usual one."""

    @abstractmethod
    async def chat(
        self, messages: Sequence[Message], configuration: Configuration, context: TaskContext
    ) -> Answer:
        """Let the model answer the last message. Raises TaskFailedError when it can't."""

    @abstractmethod
    async def embed(self, texts: Sequence[str], context: TaskContext) -> Embeddings:
        """Return vectors for texts. Raises TaskFailedError when the provider refuses."""


def checked(messages: Sequence[Message]) -> Sequence[Message]:
    """Return a conversation that a model can answer.

    Raises:
        TaskFailedError: It has two system messages, or its last message is not the user's.
    """
    if sum(message.type is MessageType.SYSTEM for message in messages) > 1:
        raise TaskFailedError("Only one system message is allowed")
    if not messages or messages[-1].type is not MessageType.USER:
        raise TaskFailedError("The last message must be a user message")
    return messages
