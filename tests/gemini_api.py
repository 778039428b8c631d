"""A stand-in of the Gemini API, and of the search engines that go with it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

WORDS = ["cat", "dog", "ship"]
NOTES = "A cat sleeps.\n\nA dog barks.\n\nA ship sails."
PAGES = [("Dogs", "https://dogs.test", "They bark."), ("Ships", "https://ships.test", "They sail.")]


class Gemini:
    """The API: answers are ``say``; a vector counts the words of a text.

    Attributes:
        calls: Functions to call, by name and arguments, one in each answer before ``say``.
        searched: What the search engines were asked for, parameters and bodies.
    """

    def __init__(self) -> None:
        self.say: dict[str, Any] = {"text": "Hello"}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.searched: list[dict[str, Any]] = []
        self.finish = "STOP"
        self.refuse: tuple[int, str] | None = None
        self.asked: list[dict[str, Any]] = []
        self.embedded: list[str] = []
        self.url = ""

    @contextmanager
    def running(self) -> Iterator[Gemini]:
        """Serve on loopback; every GET but those of searches is answered with ``NOTES``."""
        handler = type("Handler", (_Handler,), {"api": self})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def answer(self, path: str, key: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if key != "right-key":
            self.refuse = (400, "API key not valid.")
        if self.refuse is not None:
            code, message = self.refuse
            return code, {"error": {"code": code, "message": message, "status": "NO"}}
        if path.endswith(":generateContent"):
            self.asked.append({"path": path, **body})
            content = {"role": "model", "parts": [self._part()]}
            usage = {"promptTokenCount": 7, "candidatesTokenCount": 3, "totalTokenCount": 10}
            candidates = [{"content": content, "finishReason": self.finish}]
            return 200, {"candidates": candidates, "usageMetadata": usage, "responseId": "r1"}
        texts = [request["content"]["parts"][0]["text"] for request in body["requests"]]
        self.embedded += texts
        vectors = [[float(text.count(word)) for word in WORDS] for text in texts]
        return 200, {"embeddings": [{"values": vector} for vector in vectors]}

    def _part(self) -> dict[str, Any]:
        if not self.calls:
            return self.say
        name, arguments = self.calls.pop(0)
        call = {"name": name, "args": arguments, "id": "c1"}
        return {"functionCall": call, "thoughtSignature": "c2ln"}

    def google(self, query: str) -> dict[str, Any]:
        """Search as Google does."""
        asked = dict(parse_qsl(query))
        self.searched.append(asked)
        found = [{"title": a, "link": b, "snippet": c} for a, b, c in PAGES]
        return {"items": found[: int(asked["num"])]} if asked["q"] != "nothing" else {}

    def tavily(self, authorization: str, body: dict[str, Any]) -> dict[str, Any]:
        """Search as Tavily does."""
        self.searched.append({"authorization": authorization, **body})
        found = [{"title": a, "url": b, "content": c, "score": 0.5} for a, b, c in PAGES]
        return {"results": found[: body["max_results"]]}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    api: Gemini

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if asked.path == "/customsearch/v1":
            self.send_json(200, self.api.google(asked.query))
        else:
            self.send(200, NOTES.encode(), "text/plain; charset=utf-8")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/search":
            self.send_json(200, self.api.tavily(self.headers["Authorization"], body))
        else:
            names = ("x-goog-api-key", "x-api-key", "Authorization")
            key = next((self.headers[name] for name in names if name in self.headers), "")
            self.send_json(*self.api.answer(self.path, key, body))

    def send_json(self, code: int, found: dict[str, Any]) -> None:
        self.send(code, json.dumps(found).encode(), "application/json")

    def send(self, code: int, content: bytes, kind: str) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
