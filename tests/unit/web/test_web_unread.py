"""Answers that are given before a body was read, and what becomes of the rest of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tiercel.web import unread
from tiercel.web.unread import UnreadBodies

PART = b"x" * 100_000
CLOSE = (b"connection", b"close")


class Client:
    """A client that sends parts of a body, and notes in which order things go on.

    Args:
        silent: It announces more than it sends.
    """

    def __init__(self, parts: int, *, silent: bool = False) -> None:
        self.left = parts
        self.silent = silent
        self.events: list[Any] = []
        self.start: dict[str, Any] = {}

    async def receive(self) -> dict[str, Any]:
        if not self.left and self.silent:
            await asyncio.Event().wait()
        self.left -= 1
        self.events.append("part")
        more = self.left > 0 or self.silent
        return {"type": "http.request", "body": PART, "more_body": more}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        else:
            self.events.append((message["body"], message.get("more_body", False)))

    async def ask(self, reads: int, *headers: tuple[bytes, bytes], length: bool = True) -> None:
        async def app(_scope: Any, receive: Any, send: Any) -> None:
            for _ in range(reads):
                await receive()
            own = [(b"content-length", b"2")] if length else []
            await send({"type": "http.response.start", "status": 413, "headers": own})
            await send({"type": "http.response.body", "body": b"no"})

        scope = {"type": "http", "method": "POST", "path": "/", "headers": list(headers)}
        await UnreadBodies(app)(scope, self.receive, self.send)


def announced(parts: int) -> tuple[bytes, bytes]:
    return b"content-length", str(parts * len(PART)).encode()


CHUNKED = (b"transfer-encoding", b"chunked")


@pytest.mark.parametrize("header", [announced(30), CHUNKED])
async def test_the_answer_is_sent_before_the_rest_is_thrown_away(
    header: tuple[bytes, bytes],
) -> None:
    client = Client(30)
    await client.ask(2, header)
    assert client.start["headers"][-1] == CLOSE
    assert client.events == ["part"] * 2 + [(b"no", True)] + ["part"] * 28 + [(b"", False)]


async def test_what_is_left_of_a_short_body_costs_no_connection() -> None:
    client = Client(30)
    await client.ask(25, announced(30))
    assert CLOSE not in client.start["headers"]
    assert client.events == ["part"] * 25 + [(b"no", False)]


async def test_a_body_that_was_read_ends_nothing() -> None:
    client = Client(30)
    await client.ask(30, CHUNKED)
    assert CLOSE not in client.start["headers"]
    assert client.events[-1] == (b"no", False)


async def test_who_asked_before_sending_sends_nothing() -> None:
    client = Client(30)
    await client.ask(0, announced(30), (b"expect", b"100-continue"))
    assert CLOSE in client.start["headers"]
    assert client.events == [(b"no", True), (b"", False)]


async def test_nobody_waits_for_what_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unread, "_SILENCE_SECONDS", 0.01)
    client = Client(3, silent=True)
    await client.ask(1, announced(30))
    assert client.events == ["part", (b"no", True), "part", "part", (b"", False)]


async def test_nobody_reads_endlessly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unread, "_MOST_BYTES", 5 * len(PART))
    client = Client(1_000)
    await client.ask(1, CHUNKED)
    assert client.events == ["part", (b"no", True), *["part"] * 5, (b"", False)]


async def test_an_answer_without_a_length_ends_at_once() -> None:
    client = Client(30)
    await client.ask(1, CHUNKED, length=False)
    assert client.events == ["part", (b"no", False)]
