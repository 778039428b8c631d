"""Google's Gemini models."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, ClassVar

from tiercel.plugin.context import TaskContext
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.ai.messages import (
    Media,
    MessageType,
    ToolCall,
    ToolRequest,
    ToolResults,
    Turn,
)
from tiercel.plugins.ai.models import Answer, Embeddings, KeyedProvider, Prompt, TokenUsage

if TYPE_CHECKING:
    from google.genai.client import AsyncClient
    from google.genai.types import Content, GenerateContentConfig, GenerateContentResponse, Part

_REASONS = {
    "STOP": "STOP",
    "MAX_TOKENS": "LENGTH",
    "SAFETY": "CONTENT_FILTER",
    "RECITATION": "CONTENT_FILTER",
    "BLOCKLIST": "CONTENT_FILTER",
    "PROHIBITED_CONTENT": "CONTENT_FILTER",
    "SPII": "CONTENT_FILTER",
}


class GoogleGemini(KeyedProvider):
    """Models of Google's Gemini API, for answers and for vectors."""

    type_name = "io.kestra.plugin.ai.provider.GoogleGemini"
    aliases = ("io.kestra.plugin.langchain4j.provider.GoogleGemini",)
    title = "Models of Google Gemini."
    requires: ClassVar[Mapping[str, str]] = {"google.genai": "ai"}
    service = "Gemini"

    async def answer(self, prompt: Prompt, context: TaskContext) -> Answer:
        """Ask for an answer."""
        contents = [item for turn in prompt.turns if (item := await _content(turn, context))]
        config = _config(prompt)
        async with self._client(context) as client:
            response = await client.models.generate_content(
                model=self.model_name, contents=contents, config=config
            )
        return _answer(response)

    async def vectors(self, texts: Sequence[str], context: TaskContext) -> Embeddings:
        """Ask for vectors."""
        contents: list[Any] = [{"parts": [{"text": text}]} for text in texts]
        async with self._client(context) as client:
            response = await client.models.embed_content(model=self.model_name, contents=contents)
        return Embeddings([found.values or [] for found in response.embeddings or ()])

    @asynccontextmanager
    async def _client(self, context: TaskContext) -> AsyncIterator[AsyncClient]:
        """Yield a client. Raises TaskFailedError for what the service refuses."""
        from google.genai import Client
        from google.genai.errors import APIError
        from google.genai.types import HttpOptions

        async with self.http_client(context) as http:
            options = HttpOptions(
                base_url=self.base_url, api_version="v1beta", httpx_async_client=http
            )
            client = Client(api_key=self.key(context), vertexai=False, http_options=options)
            try:
                yield client.aio
            except APIError as error:
                raise TaskFailedError(
                    f"Gemini refused ({error.code}): {error.message or error.status}"
                ) from error
            finally:
                client.close()


async def _content(turn: Turn, context: TaskContext) -> Any:
    """Return a turn as the API has it; None for the system message, which goes apart."""
    if isinstance(turn, ToolRequest):
        return turn.said
    if isinstance(turn, ToolResults):
        return {"role": "user", "parts": [_result(*result) for result in turn.results]}
    if turn.type is MessageType.SYSTEM:
        return None
    role = "model" if turn.type is MessageType.AI else "user"
    return {"role": role, "parts": [_part(part) for part in await turn.parts(context)]}


def _part(part: str | Media) -> dict[str, Any]:
    if isinstance(part, str):
        return {"text": part}
    return {"inline_data": {"mime_type": part.content_type, "data": part.content}}


def _result(call: ToolCall, text: str) -> dict[str, Any]:
    given = {"id": call.call_id, "name": call.name, "response": {"result": text}}
    return {"function_response": {key: one for key, one in given.items() if one is not None}}


def _config(prompt: Prompt) -> GenerateContentConfig:
    from google.genai.types import GenerateContentConfig, ThinkingConfig

    configuration = prompt.configuration
    given: dict[str, Any] = {
        "system_instruction": prompt.system,
        "temperature": configuration.temperature,
        "top_k": configuration.top_k,
        "top_p": configuration.top_p,
        "seed": configuration.seed,
        "max_output_tokens": configuration.max_token,
    }
    if prompt.tools:
        functions = [tool.told("parameters_json_schema") for tool in prompt.tools]
        given["tools"] = [{"function_declarations": functions}]
    if configuration.wants_json:
        given["response_mime_type"] = "application/json"
        given["response_json_schema"] = configuration.response_format.json_schema
    if configuration.thinking_enabled is not None:
        budget = configuration.thinking_budget_tokens if configuration.thinking_enabled else 0
        given["thinking_config"] = ThinkingConfig(
            include_thoughts=configuration.return_thinking, thinking_budget=budget
        )
    return GenerateContentConfig(**{key: one for key, one in given.items() if one is not None})


def _answer(response: GenerateContentResponse) -> Answer:
    if not response.candidates:
        reason = response.prompt_feedback and response.prompt_feedback.block_reason
        raise TaskFailedError(f"Gemini gave no answer: {reason or 'it says no reason'}")
    first = response.candidates[0]
    parts = (first.content and first.content.parts) or []
    thoughts = [part.text for part in parts if part.text and part.thought]
    used = response.usage_metadata
    outcome = first.finish_reason.value if first.finish_reason else ""
    request = _request(first.content, parts)
    return Answer(
        text="".join(part.text for part in parts if part.text and not part.thought),
        finish_reason="TOOL_EXECUTION" if request else _REASONS.get(outcome, "OTHER"),
        usage=TokenUsage(
            used.prompt_token_count, used.candidates_token_count, used.total_token_count
        )
        if used
        else TokenUsage(),
        thinking="".join(thoughts) or None,
        answer_id=response.response_id,
        request=request,
    )


def _request(said: Content | None, parts: Sequence[Part]) -> ToolRequest | None:
    calls = [
        ToolCall(call.name, call.args or {}, call.id)
        for part in parts
        if (call := part.function_call) is not None and call.name
    ]
    return ToolRequest(calls, said) if calls else None
