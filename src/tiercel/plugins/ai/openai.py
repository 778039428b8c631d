"""Models of OpenAI, and of services that are asked as OpenAI is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.ai.asking import AskedProvider
from tiercel.plugins.ai.messages import (
    Media,
    Message,
    MessageType,
    ToolCall,
    ToolRequest,
    ToolResults,
    Turn,
)
from tiercel.plugins.ai.models import (
    Answer,
    Configuration,
    Embeddings,
    KeyedProvider,
    Prompt,
    TokenUsage,
)
from tiercel.plugins.ai.tools import ToolSpec

_ROLES = {MessageType.SYSTEM: "system", MessageType.AI: "assistant", MessageType.USER: "user"}
_REASONS = {
    "stop": "STOP",
    "length": "LENGTH",
    "model_length": "LENGTH",
    "tool_calls": "TOOL_EXECUTION",
    "content_filter": "CONTENT_FILTER",
}


class OpenAiStyle(AskedProvider):
    """Base of the providers that are asked by ``chat/completions`` and ``embeddings``.

    Class attributes:
        names: How the service names what OpenAI names otherwise.
    """

    names: ClassVar[Mapping[str, str]] = {}
    unknown: ClassVar[Mapping[str, str]] = {
        "topK": "use `topP` or `temperature`",
        "thinkingBudgetTokens": "limit the answer with `maxToken`",
    }

    async def answer(self, prompt: Prompt, context: TaskContext) -> Answer:
        """Ask for an answer."""
        self.refuse(prompt.configuration)
        messages = [message for turn in prompt.turns for message in await _messages(turn, context)]
        asked = {"messages": messages, **self._options(prompt)}
        return _answer(await self.ask("chat/completions", asked, context), self.service)

    async def vectors(self, texts: Sequence[str], context: TaskContext) -> Embeddings:
        """Ask for vectors."""
        found = await self.ask("embeddings", {"input": list(texts)}, context)
        rows = sorted(found.get("data", ()), key=lambda row: int(row.get("index", 0)))
        return Embeddings([row["embedding"] for row in rows], _usage(found))

    def _options(self, prompt: Prompt) -> dict[str, Any]:
        configuration = prompt.configuration
        given = {
            "temperature": configuration.temperature,
            "top_p": configuration.top_p,
            "seed": configuration.seed,
            "max_completion_tokens": configuration.max_token,
            "response_format": _format(configuration) if configuration.wants_json else None,
            "tools": [_function(tool) for tool in prompt.tools] or None,
        }
        return {
            self.names.get(name, name): value for name, value in given.items() if value is not None
        }


class _WithKey(KeyedProvider, OpenAiStyle):
    """Base of those that take a key as OpenAI does."""

    def headers(self, context: TaskContext) -> dict[str, str]:
        """Return the key as a header."""
        return {"Authorization": f"Bearer {self.key(context)}"}


class OpenAI(_WithKey):
    """Models of OpenAI's API, for answers and for vectors."""

    type_name = "io.kestra.plugin.ai.provider.OpenAI"
    aliases = ("io.kestra.plugin.langchain4j.provider.OpenAI",)
    title = "Models of OpenAI."
    service, address = "OpenAI", "https://api.openai.com/v1"


class MistralAI(_WithKey):
    """Models of Mistral's API, for answers and for vectors."""

    type_name = "io.kestra.plugin.ai.provider.MistralAI"
    aliases = ("io.kestra.plugin.langchain4j.provider.MistralAI",)
    title = "Models of Mistral."
    service, address = "Mistral", "https://api.mistral.ai/v1"
    names: ClassVar[Mapping[str, str]] = {
        "seed": "random_seed",
        "max_completion_tokens": "max_tokens",
    }


class DeepSeek(_WithKey):
    """Models of DeepSeek's API, for answers."""

    type_name = "io.kestra.plugin.ai.provider.DeepSeek"
    aliases = ("io.kestra.plugin.langchain4j.provider.DeepSeek",)
    title = "Models of DeepSeek."
    service, address = "DeepSeek", "https://api.deepseek.com/v1"
    names: ClassVar[Mapping[str, str]] = {"max_completion_tokens": "max_tokens"}


class OpenRouter(_WithKey):
    """Models of many providers through OpenRouter's API."""

    type_name = "io.kestra.plugin.ai.provider.OpenRouter"
    aliases = ("io.kestra.plugin.langchain4j.provider.OpenRouter",)
    title = "Models of OpenRouter."
    service, address = "OpenRouter", "https://openrouter.ai/api/v1"
    names: ClassVar[Mapping[str, str]] = {"max_completion_tokens": "max_tokens"}


class Ollama(OpenAiStyle):
    """Models that run in an Ollama of one's own, for answers and for vectors."""

    type_name = "io.kestra.plugin.ai.provider.Ollama"
    aliases = ("io.kestra.plugin.langchain4j.provider.Ollama",)
    title = "Models of Ollama."
    service = "Ollama"
    names: ClassVar[Mapping[str, str]] = {"max_completion_tokens": "max_tokens"}

    endpoint: Text
    """Address of the server, such as `http://localhost:11434`."""

    def root(self) -> str:
        """Return the address of its API that is asked as OpenAI's."""
        return f"{(self.base_url or self.endpoint).rstrip('/')}/v1"


async def _messages(turn: Turn, context: TaskContext) -> list[dict[str, Any]]:
    if isinstance(turn, ToolRequest):
        return [turn.said]
    if isinstance(turn, ToolResults):
        return [
            {"role": "tool", "tool_call_id": call.call_id, "content": text}
            for call, text in turn.results
        ]
    return [{"role": _ROLES[turn.type], "content": await _content(turn, context)}]


async def _content(message: Message, context: TaskContext) -> str | list[dict[str, Any]]:
    parts = await message.parts(context)
    if not any(isinstance(part, Media) for part in parts):
        return message.text
    return [_part(part) for part in parts]


def _part(part: str | Media) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    address = f"data:{part.content_type};base64,{part.in_base64}"
    if part.content_type.startswith("image/"):
        return {"type": "image_url", "image_url": {"url": address}}
    return {"type": "file", "file": {"filename": "document.pdf", "file_data": address}}


def _format(configuration: Configuration) -> dict[str, Any]:
    wanted = configuration.response_format
    if wanted.json_schema is None:
        return {"type": "json_object"}
    schema = {"name": "answer", "schema": wanted.json_schema}
    if wanted.json_schema_description:
        schema["description"] = wanted.json_schema_description
    return {"type": "json_schema", "json_schema": schema}


def _function(tool: ToolSpec) -> dict[str, Any]:
    return {"type": "function", "function": tool.told("parameters")}


def _usage(found: Mapping[str, Any]) -> TokenUsage:
    used = found.get("usage") or {}
    return TokenUsage(
        used.get("prompt_tokens"), used.get("completion_tokens"), used.get("total_tokens")
    )


def _answer(found: Mapping[str, Any], service: str) -> Answer:
    choices = found.get("choices") or ()
    if not choices:
        raise TaskFailedError(f"{service} gave no answer")
    message, outcome = choices[0].get("message") or {}, choices[0].get("finish_reason")
    request = _request(message, service)
    return Answer(
        text=message.get("content") or "",
        finish_reason="TOOL_EXECUTION" if request else _REASONS.get(outcome, "OTHER"),
        usage=_usage(found),
        thinking=message.get("reasoning_content") or message.get("reasoning"),
        answer_id=found.get("id"),
        request=request,
    )


def _request(message: Mapping[str, Any], service: str) -> ToolRequest | None:
    calls = []
    for call in message.get("tool_calls") or ():
        function = call.get("function", {})
        try:
            arguments = json.loads(function.get("arguments") or "{}")
        except ValueError as error:
            raise TaskFailedError(
                f"{service} calls {function.get('name')} with what is no JSON"
            ) from error
        given = arguments if isinstance(arguments, dict) else {}
        calls.append(ToolCall(function.get("name", ""), given, call.get("id")))
    return ToolRequest(calls, dict(message)) if calls else None
