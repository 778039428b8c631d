"""Google's Gemini models."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.ai.models import (
    Answer,
    Configuration,
    Embeddings,
    Message,
    MessageType,
    ModelProvider,
    TokenUsage,
)

if TYPE_CHECKING:
    from google.genai.client import AsyncClient
    from google.genai.types import GenerateContentConfig, GenerateContentResponse

_TIMEOUT_SECONDS = 120.0
_TEXTS_AT_ONCE = 100
_REASONS = {
    "STOP": "STOP",
    "MAX_TOKENS": "LENGTH",
    "SAFETY": "CONTENT_FILTER",
    "RECITATION": "CONTENT_FILTER",
    "BLOCKLIST": "CONTENT_FILTER",
    "PROHIBITED_CONTENT": "CONTENT_FILTER",
    "SPII": "CONTENT_FILTER",
}


class GoogleGemini(ModelProvider):
    """Models of Google's Gemini API, for answers and for vectors."""

    type_name = "io.kestra.plugin.ai.provider.GoogleGemini"
    aliases = ("io.kestra.plugin.langchain4j.provider.GoogleGemini",)
    title = "Models of Google Gemini."
    requires: ClassVar[Mapping[str, str]] = {"google.genai": "ai"}

    api_key: Text
    """Key of the API. Keep it in a secret."""

    async def chat(
        self, messages: Sequence[Message], configuration: Configuration, context: TaskContext
    ) -> Answer:
        """Let the model answer the last message; see :meth:`ModelProvider.chat`."""
        contents: list[Any] = [
            {
                "role": "model" if message.type is MessageType.AI else "user",
                "parts": [{"text": message.content}],
            }
            for message in messages
            if message.type is not MessageType.SYSTEM
        ]
        if configuration.log_requests:
            said = "\n".join(f"{message.type}: {message.content}" for message in messages)
            context.log(LogLevel.INFO, f"Asking {self.model_name}:\n{said}")
        began = time.monotonic()
        async with self._client() as client:
            response = await client.models.generate_content(
                model=self.model_name, contents=contents, config=_config(messages, configuration)
            )
        answer = _answer(response, int((time.monotonic() - began) * 1000))
        if configuration.log_responses:
            context.log(LogLevel.INFO, f"{self.model_name} answers:\n{answer.text}")
        return answer

    async def embed(self, texts: Sequence[str], context: TaskContext) -> Embeddings:
        """Return vectors for texts, up to 100 in one request."""
        vectors: list[Sequence[float]] = []
        async with self._client() as client:
            for start in range(0, len(texts), _TEXTS_AT_ONCE):
                part: list[Any] = [
                    {"parts": [{"text": text}]} for text in texts[start : start + _TEXTS_AT_ONCE]
                ]
                response = await client.models.embed_content(model=self.model_name, contents=part)
                vectors += [found.values or [] for found in response.embeddings or ()]
                context.progress("embedded", len(vectors), len(texts), "texts")
        if len(vectors) != len(texts):
            raise TaskFailedError(
                f"Gemini gave {len(vectors)} vectors for {len(texts)} texts: "
                f"{self.model_name} may be no model for vectors"
            )
        return Embeddings(vectors)

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[AsyncClient]:
        """Yield a client. Raises TaskFailedError for what the service refuses."""
        import httpx
        from google.genai import Client
        from google.genai.errors import APIError
        from google.genai.types import HttpOptions

        async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, follow_redirects=True) as http:
            options = HttpOptions(
                base_url=self.base_url, api_version="v1beta", httpx_async_client=http
            )
            client = Client(api_key=self.api_key, vertexai=False, http_options=options)
            try:
                yield client.aio
            except APIError as error:
                raise TaskFailedError(
                    f"Gemini refused ({error.code}): {error.message or error.status}"
                ) from error
            except (httpx.HTTPError, OSError) as error:
                said = str(error) or type(error).__name__
                raise TaskFailedError(f"Gemini can't be reached: {said}") from error
            finally:
                client.close()


def _config(messages: Sequence[Message], configuration: Configuration) -> GenerateContentConfig:
    from google.genai.types import GenerateContentConfig, ThinkingConfig

    system = [message.content for message in messages if message.type is MessageType.SYSTEM]
    given: dict[str, Any] = {
        "system_instruction": system[0] if system else None,
        "temperature": configuration.temperature,
        "top_k": configuration.top_k,
        "top_p": configuration.top_p,
        "seed": configuration.seed,
        "max_output_tokens": configuration.max_token,
    }
    if configuration.wants_json:
        given["response_mime_type"] = "application/json"
        given["response_json_schema"] = configuration.response_format.json_schema
    if configuration.thinking_enabled is not None:
        budget = configuration.thinking_budget_tokens if configuration.thinking_enabled else 0
        given["thinking_config"] = ThinkingConfig(
            include_thoughts=configuration.return_thinking, thinking_budget=budget
        )
    return GenerateContentConfig(**{key: one for key, one in given.items() if one is not None})


def _answer(response: GenerateContentResponse, milliseconds: int) -> Answer:
    if not response.candidates:
        reason = response.prompt_feedback and response.prompt_feedback.block_reason
        raise TaskFailedError(f"Gemini gave no answer: {reason or 'it says no reason'}")
    first = response.candidates[0]
    parts = (first.content and first.content.parts) or []
    thoughts = [part.text for part in parts if part.text and part.thought]
    used = response.usage_metadata
    outcome = first.finish_reason.value if first.finish_reason else ""
    return Answer(
        text="".join(part.text for part in parts if part.text and not part.thought),
        finish_reason=_REASONS.get(outcome, "OTHER"),
        usage=TokenUsage(
            used.prompt_token_count, used.candidates_token_count, used.total_token_count
        )
        if used
        else TokenUsage(),
        milliseconds=milliseconds,
        thinking="".join(thoughts) or None,
    )
