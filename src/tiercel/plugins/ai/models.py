"""What tasks ask of language models, whoever provides them."""

from __future__ import annotations

import json
import secrets
import ssl
import time
from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ConfigDict

from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text, ValueMap
from tiercel.plugin.task import Part, TaskFailedError
from tiercel.plugins.ai.messages import Message, MessageType, Nested, ToolRequest, Turn
from tiercel.plugins.ai.tools import ToolSpec

if TYPE_CHECKING:
    import httpx

_TIMEOUT_SECONDS = 120.0
_TEXTS_AT_ONCE = 100


class FormatType(StrEnum):
    """What an answer is."""

    TEXT = "TEXT"
    JSON = "JSON"


class ResponseFormat(Nested):
    """What an answer is like."""

    type: FormatType = FormatType.TEXT
    """What it is: `TEXT` or `JSON`."""
    json_schema: ValueMap | None = None
    """JSON schema of an answer that is JSON."""
    json_schema_description: Text | None = None
    """What an answer of that schema is for."""


class Configuration(Nested):
    """How a model answers; what is not set is as the provider has it."""

    temperature: float | None = None
    """How much chance there is in an answer: 0 is the least."""
    top_k: int | None = None
    """How many of the likeliest tokens the next one is taken from."""
    top_p: float | None = None
    """The next token is one of the likeliest that have this probability together."""
    seed: int | None = None
    """Start of chance: the same seed gives about the same answer."""
    max_token: int | None = None
    """How many tokens an answer has at most."""
    log_requests: bool = False
    """Whether what the model is told is logged."""
    log_responses: bool = False
    """Whether what it says is logged."""
    response_format: ResponseFormat = ResponseFormat()
    """What the answer is like."""
    thinking_enabled: bool | None = None
    """Whether the model thinks before it answers."""
    thinking_budget_tokens: int | None = None
    """How many tokens it may think at most."""
    return_thinking: bool = False
    """Whether the output `thinking` tells what it thought."""

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
    milliseconds: int = 0
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


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is given to answer.

    Attributes:
        turns: The conversation so far.
        configuration: How it answers.
        tools: What it may ask for instead of answering.
    """

    turns: Sequence[Turn]
    configuration: Configuration
    tools: Sequence[ToolSpec]

    @property
    def messages(self) -> Sequence[Message]:
        """What was said besides calls of tools."""
        return [turn for turn in self.turns if isinstance(turn, Message)]

    @property
    def system(self) -> str | None:
        """Text of the system message, for services that are given it apart."""
        texts = (each.text for each in self.messages if each.type is MessageType.SYSTEM)
        return next(texts, None)


class ModelProvider(Part):
    """Base of the providers of models.

    Class attributes:
        service: What it is called in messages.
    """

    model_config = ConfigDict(use_attribute_docstrings=True)
    service: ClassVar[str]

    model_name: Text
    """Name of the model."""
    base_url: Text | None = None
    """Address of the service, if it is not the usual one."""
    ca_pem: Text | None = None
    """Certificates to trust besides the usual ones, as PEM."""
    client_pem: Text | None = None
    """Certificate to show to the service, with its key, as PEM. Keep it in a secret."""

    @asynccontextmanager
    async def http_client(self, context: TaskContext) -> AsyncIterator[httpx.AsyncClient]:
        """Yield a client for the service; it goes to no address that the server refuses.

        Raises:
            TaskFailedError: The service can't be reached, or ``caPem`` or ``clientPem`` is no PEM.
        """
        import httpx

        from tiercel.plugins.core.http_policy import client_parts

        try:
            async with httpx.AsyncClient(
                **client_parts(context, None, verify=self._trust(context)),
                timeout=_TIMEOUT_SECONDS,
                follow_redirects=True,
            ) as client:
                yield client
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            said = str(error) or type(error).__name__
            raise TaskFailedError(f"{self.service} can't be reached: {said}") from error

    def _trust(self, context: TaskContext) -> ssl.SSLContext | bool:
        """Return which certificates are trusted, and which one is shown."""
        if not self.ca_pem and not self.client_pem:
            return True
        trust = ssl.create_default_context()
        try:
            if self.ca_pem:
                trust.load_verify_locations(cadata=self.ca_pem)
            if self.client_pem:
                file = context.working_dir / f".client-{secrets.token_hex(6)}.pem"
                file.touch(mode=0o600)
                try:
                    file.write_text(self.client_pem)
                    trust.load_cert_chain(file)
                finally:
                    file.unlink()
        except (ssl.SSLError, ValueError) as error:
            raise TaskFailedError(f"`caPem` or `clientPem` is no certificate: {error}") from error
        return trust

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
        prompt = Prompt(turns, configuration, tools)
        if configuration.log_requests:
            said = "\n".join(f"{message.type}: {message.text}" for message in prompt.messages)
            context.log(LogLevel.INFO, f"Asking {self.model_name}:\n{said}")
        began = time.monotonic()
        answer = await self.answer(prompt, context)
        if configuration.log_responses:
            context.log(LogLevel.INFO, f"{self.model_name} answers:\n{answer.text}")
        return replace(answer, milliseconds=int((time.monotonic() - began) * 1000))

    async def embed(self, texts: Sequence[str], context: TaskContext) -> Embeddings:
        """Return vectors for texts, up to 100 in one request.

        Raises:
            TaskFailedError: The provider refuses, or gives too few.
        """
        vectors: list[Sequence[float]] = []
        usage = TokenUsage()
        for start in range(0, len(texts), _TEXTS_AT_ONCE):
            part = await self.vectors(texts[start : start + _TEXTS_AT_ONCE], context)
            vectors += part.vectors
            usage += part.usage
            context.progress("embedded", len(vectors), len(texts), "texts")
        if len(vectors) != len(texts):
            raise TaskFailedError(
                f"{self.service} gave {len(vectors)} vectors for {len(texts)} texts: "
                f"{self.model_name} may be no model for vectors"
            )
        return Embeddings(vectors, usage)

    @abstractmethod
    async def answer(self, prompt: Prompt, context: TaskContext) -> Answer:
        """Ask for an answer once; its ``milliseconds`` are set by :meth:`chat`."""

    @abstractmethod
    async def vectors(self, texts: Sequence[str], context: TaskContext) -> Embeddings:
        """Ask for vectors once, for as many texts as one request takes."""


class KeyedProvider(ModelProvider):
    """Base of the providers that want a key."""

    api_key: Text
    """Key of the API. Keep it in a secret."""

    def key(self, context: TaskContext) -> str:
        """Return the key, which is masked from now on."""
        context.mask(self.api_key)
        return self.api_key
