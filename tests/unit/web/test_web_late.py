"""The application that answers probes before the rest of it is loaded."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from tiercel.model.errors import ServerUnavailableError
from tiercel.web.late import LateApp


class Flows:
    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    async def search(self, **_: object) -> tuple[list[object], int]:
        if self._error:
            raise self._error
        return [], 0


class Node:
    def __init__(self, error: Exception | None = None) -> None:
        self.flows = Flows(error)


async def status_of(app: LateApp, path: str, method: str = "GET") -> int:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app({"type": "http", "method": method, "path": path}, None, send)
    return int(sent[0]["status"])


async def teapot(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})


@pytest.mark.parametrize("path", ["/health", "/health/readiness", "/health/liveness"])
async def test_probes_are_answered_before_the_rest_is_loaded(path):
    assert await status_of(LateApp(Node(), lambda: teapot), path) == 200


async def test_a_database_that_is_away_is_not_ready():
    app = LateApp(Node(ServerUnavailableError("PostgreSQL is away")), lambda: teapot)
    assert await status_of(app, "/health") == 503
    assert await status_of(app, "/health/liveness") == 200


async def test_other_requests_wait_for_the_rest():
    may_load = threading.Event()

    def load() -> Any:
        may_load.wait(5)
        return teapot

    app = LateApp(Node(), load)
    loading = asyncio.create_task(app.load())
    asked = asyncio.create_task(status_of(app, "/api/v1/configs"))
    await asyncio.sleep(0.02)
    assert not asked.done()
    may_load.set()
    assert await asked == 418
    assert await loading is teapot
    assert await status_of(app, "/health") == 418


async def test_what_can_not_be_loaded_refuses_those_who_wait():
    def load() -> Any:
        raise ImportError("no such module")

    app = LateApp(Node(), load)
    with pytest.raises(ImportError):
        await app.load()
    assert await status_of(app, "/api/v1/configs") == 503
