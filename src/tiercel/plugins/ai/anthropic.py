"""Models of Anthropic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from tiercel.plugin.context import TaskContext
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.ai.asking import AskedProvider
from tiercel.plugins.ai.messages import (
    Media,
    MessageType,
    ToolCall,
    ToolRequest,
    ToolResults,
    Turn,
)
from tiercel.plugins.ai.models import Answer, Embeddings, KeyedProvider, Prompt, TokenUsage

_VERSION = "2023-06-01"
_MOST_TOKENS = 1024
_LEAST_BUDGET = 1024
_REASONS = {
    "end_turn": "STOP",
    "stop_sequence": "STOP",
    "max_tokens": "LENGTH",
    "tool_use": "TOOL_EXECUTION",
    "refusal": "CONTENT_FILTER",
}


class Anthropic(KeyedProvider, AskedProvider):
    """Models of Anthropic's API, for answers. An answer has 1024 tokens without ``maxToken``."""

    type_name = "io.kestra.plugin.ai.provider.Anthropic"
    aliases = ("io.kestra.plugin.langchain4j.provider.Anthropic",)
    title = "Models of Anthropic."
    service, address = "Anthropic", "https://api.anthropic.com/v1"
    unknown: ClassVar[Mapping[str, str]] = {
        "seed": "leave it out",
        "responseFormat": "ask for JSON in the message, and read the output with `fromJson`",
    }

    def headers(self, context: TaskContext) -> dict[str, str]:
        """Return the key, and which version of the API is meant."""
        return {"x-api-key": self.key(context), "anthropic-version": _VERSION}

    async def answer(self, prompt: Prompt, context: TaskContext) -> Answer:
        """Ask for an answer."""
        self.refuse(prompt.configuration)
        said = [message for turn in prompt.turns if (message := await _message(turn, context))]
        asked = {"messages": said, **_options(prompt)}
        return _answer(await self.ask("messages", asked, context))

    async def vectors(self, texts: Sequence[str], context: TaskContext) -> Embeddings:
        """Refuse: there are no such models."""
        raise TaskFailedError(
            "Anthropic has no models for vectors: name the provider that made those of the"
            " documents as `embeddingProvider`"
        )


def _options(prompt: Prompt) -> dict[str, Any]:
    configuration = prompt.configuration
    most, thinking = configuration.max_token or _MOST_TOKENS, None
    if configuration.thinking_enabled:
        budget = max(configuration.thinking_budget_tokens or 0, _LEAST_BUDGET)
        # what is thought counts as part of the answer
        most, thinking = most + budget, {"type": "enabled", "budget_tokens": budget}
    given = {
        "system": prompt.system,
        "max_tokens": most,
        "thinking": thinking,
        "temperature": configuration.temperature,
        "top_k": configuration.top_k,
        "top_p": configuration.top_p,
        "tools": [tool.told("input_schema") for tool in prompt.tools] or None,
    }
    return {name: value for name, value in given.items() if value is not None}


async def _message(turn: Turn, context: TaskContext) -> dict[str, Any] | None:
    """Return a turn as the API has it; None for the system message, which goes apart."""
    if isinstance(turn, ToolRequest):
        return {"role": "assistant", "content": turn.said}
    if isinstance(turn, ToolResults):
        results = [
            {"type": "tool_result", "tool_use_id": call.call_id, "content": text}
            for call, text in turn.results
        ]
        return {"role": "user", "content": results}
    if turn.type is MessageType.SYSTEM:
        return None
    role = "assistant" if turn.type is MessageType.AI else "user"
    return {"role": role, "content": [_part(part) for part in await turn.parts(context)]}


def _part(part: str | Media) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    kind = "image" if part.content_type.startswith("image/") else "document"
    source = {"type": "base64", "media_type": part.content_type, "data": part.in_base64}
    return {"type": kind, "source": source}


def _answer(found: Mapping[str, Any]) -> Answer:
    parts = found.get("content") or ()
    calls = [
        ToolCall(part["name"], part.get("input") or {}, part.get("id"))
        for part in parts
        if part.get("type") == "tool_use"
    ]
    return Answer(
        text=_joined(parts, "text"),
        finish_reason=_REASONS.get(found.get("stop_reason") or "", "OTHER"),
        usage=_usage(found.get("usage") or {}),
        thinking=_joined(parts, "thinking") or None,
        answer_id=found.get("id"),
        request=ToolRequest(calls, list(parts)) if calls else None,
    )


def _joined(parts: Sequence[Mapping[str, Any]], kind: str) -> str:
    return "".join(part.get(kind, "") for part in parts if part.get("type") == kind)


def _usage(used: Mapping[str, Any]) -> TokenUsage:
    given, made = used.get("input_tokens"), used.get("output_tokens")
    total = given + made if given is not None and made is not None else None
    return TokenUsage(given, made, total)
