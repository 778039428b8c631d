"""A stand-in of the Gemini API."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WORDS = ["cat", "dog", "ship"]
NOTES = "A cat sleeps.\n\nA dog barks.\n\nA ship sails."


class Gemini:
    """The API: answers are ``say``; a vector counts the words of a text."""

    def __init__(self) -> None:
        self.say: dict[str, Any] = {"text": "Hello"}
        self.finish = "STOP"
        self.refuse: tuple[int, str] | None = None
        self.asked: list[dict[str, Any]] = []
        self.embedded: list[str] = []
        self.url = ""

    @contextmanager
    def running(self) -> Iterator[Gemini]:
        """Serve on loopback; every GET is answered with ``NOTES``."""
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
            content = {"role": "model", "parts": [self.say]}
            usage = {"promptTokenCount": 7, "candidatesTokenCount": 3, "totalTokenCount": 10}
            candidates = [{"content": content, "finishReason": self.finish}]
            return 200, {"candidates": candidates, "usageMetadata": usage}
        texts = [request["content"]["parts"][0]["text"] for request in body["requests"]]
        self.embedded += texts
        vectors = [[float(text.count(word)) for word in WORDS] for text in texts]
        return 200, {"embeddings": [{"values": vector} for vector in vectors]}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    api: Gemini

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.send(200, NOTES.encode(), "text/plain; charset=utf-8")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        code, found = self.api.answer(self.path, self.headers["x-goog-api-key"], body)
        self.send(code, json.dumps(found).encode(), "application/json")

    def send(self, code: int, content: bytes, kind: str) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
