"""A stand-in of the APIs that are asked as OpenAI's is."""

from __future__ import annotations

import json
from typing import Any

from gemini_api import WORDS, Gemini

_REASONS = {"STOP": "stop", "MAX_TOKENS": "length"}


class OpenAi(Gemini):
    """The API: answers are ``say``; a vector counts the words of a text.

    Attributes:
        keys: What may stand in the header ``Authorization``; nothing for servers of one's own.
    """

    keys = ("Bearer right-key", "")

    def answer(self, path: str, key: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if key not in self.keys:
            self.refuse = (401, "Incorrect API key.")
        if self.refuse is not None:
            code, message = self.refuse
            return code, {"error": {"message": message}}
        if path.endswith("/chat/completions"):
            self.asked.append({"path": path, "key": key, **body})
            return 200, {
                "id": "r1",
                "choices": [self._choice()],
                "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
            }
        texts = body["input"]
        self.embedded += texts
        vectors = [[float(text.count(word)) for word in WORDS] for text in texts]
        rows = [{"index": index, "embedding": vector} for index, vector in enumerate(vectors)]
        return 200, {"data": rows[::-1], "usage": {"prompt_tokens": 4, "total_tokens": 4}}

    def _choice(self) -> dict[str, Any]:
        if not self.calls:
            message = {"role": "assistant", "content": self.say["text"]}
            return {"message": message, "finish_reason": _REASONS[self.finish]}
        name, arguments = self.calls.pop(0)
        function = {"name": name, "arguments": json.dumps(arguments)}
        call = {"id": "c1", "type": "function", "function": function}
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
        return {"message": message, "finish_reason": "tool_calls"}
