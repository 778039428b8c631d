"""A stand-in of Anthropic's API."""

from __future__ import annotations

from typing import Any

from gemini_api import Gemini

_REASONS = {"STOP": "end_turn", "MAX_TOKENS": "max_tokens"}


class AnthropicApi(Gemini):
    """The API: answers are ``say``, after thinking when that is wanted."""

    def answer(self, path: str, key: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if key != "right-key":
            return 401, {"type": "error", "error": {"message": "invalid x-api-key"}}
        self.asked.append({"path": path, **body})
        parts: list[dict[str, Any]] = [{"type": "text", "text": self.say["text"]}]
        reason = _REASONS[self.finish]
        if self.calls:
            name, arguments = self.calls.pop(0)
            parts = [{"type": "tool_use", "id": "c1", "name": name, "input": arguments}]
            reason = "tool_use"
        if body.get("thinking"):
            parts.insert(0, {"type": "thinking", "thinking": "Hm.", "signature": "s"})
        usage = {"input_tokens": 7, "output_tokens": 3}
        return 200, {"id": "r1", "content": parts, "stop_reason": reason, "usage": usage}
