"""What tasks ask of language models, whoever provides them."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text, ValueMap
from tiercel.plugin.task import Part, TaskFailedError
from tiercel.plugins.ai.messages import Nested, ToolRequest, Turn
from tiercel.plugins.ai.tools import ToolSpec


class FormatType(StrEnum):
    """What an answer is."""

    TEXT = "TEXT"
    JSON = "JSON"


class ResponseFormat(Nested):
    """What an answer is like."""

    type: FormatType = FormatType.TEXT
    json_schema: ValueMap | None = None
    json_schema_description: Text | None = None


class Configuration(Nested):
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
    """Tokens that requests cost; None where the provider does not say it."""

    input: int | None = None
    output: int | None = None
    total: int | None = None

    def __add__(self, other: TokenUsage) -> TokenUsage:
        """Return what both cost together."""
        return TokenUsage(
            _sum(self.input, other.input),
            _sum(self.output, other.output),
            _sum(self.total, other.total),
        )

    def count(self, context: TaskContext) -> None:
        """Publish them as metrics."""
        for name, value in (
            ("input.token.count", self.input),
            ("output.token.count", self.output),
            ("total.token.count", self.total),
        ):
            if value is not None:
                context.metric("counter", name, value, {})

    def values(self) -> dict[str, int]:
        """Return what is known, as outputs show it."""
        known = {
            "inputTokenCount": self.input,
            "outputTokenCount": self.output,
            "totalTokenCount": self.total,
        }
        return {name: value for name, value in known.items() if value is not None}


def _sum(one: int | None, other: int | None) -> int | None:
    return other if one is None else one + (other or 0)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said.

    Attributes:
        finish_reason: STOP, LENGTH, TOOL_EXECUTION, CONTENT_FILTER, OTHER.
        request: What it wants to be called before it goes on; None when it is done.
    """

    text: str
    finish_reason: str
    usage: TokenUsage
    milliseconds: int
    thinking: str | None = None
    answer_id: str | None = None
    request: ToolRequest | None = None

    def outputs(self, configuration: Configuration) -> dict[str, Any]:
        """Return the outputs that all chat tasks have.

        Raises:
            TaskFailedError: JSON was wanted, and something else came.
        """
        values: dict[str, Any] = {
            "tokenUsage": self.usage.values(),
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
    ca_pem: Text | None = None
    """Certificates to trust besides the usual ones, as PEM."""
    client_pem: Text | None = None
    """Certificate to show to the service, with its key, as PEM. Keep it in a secret."""

    @abstractmethod
    async def chat(
        self,
        turns: Sequence[Turn],
        configuration: Configuration,
        context: TaskContext,
        tools: Sequence[ToolSpec] = (),
    ) -> Answer:
        """Let the model go on with a conversation. Raises TaskFailedError when it can't.

        Args:
            tools: What it may ask for instead of answering.
        """

    @abstractmethod
    async def embed(self, texts: Sequence[str], context: TaskContext) -> Embeddings:
        """Return vectors for texts. Raises TaskFailedError when the provider refuses."""
