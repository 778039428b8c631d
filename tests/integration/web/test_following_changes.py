"""Following an execution by what changes of it: together the events are what was read whole."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

import httpx
import pytest

from tiercel.services.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")

SaveFlow = Callable[[str], Awaitable[dict[str, Any]]]
VALUES = 150
LOOP = f"""id: loop
namespace: api.changes
tasks:
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: "{{{{ range(1, {VALUES}) }}}}"
    concurrencyLimit: 0
    tasks:
      - id: give
        type: io.kestra.plugin.core.debug.Return
        format: "{{{{ taskrun.value }}}}"
  - id: hold
    type: io.kestra.plugin.core.flow.Pause
  - id: last
    type: io.kestra.plugin.core.debug.Return
    format: over
"""


class Shown:
    """An execution as a client keeps it that asks for changes."""

    def __init__(self) -> None:
        self.execution: dict[str, Any] = {}
        self.names: list[str] = []
        self.sent = 0
        self.ended = False

    def take(self, name: str, shown: dict[str, Any]) -> None:
        runs = shown.get("taskRunList", [])
        self.names.append(name)
        self.sent += len(runs)
        if name == "changes":
            known = {run["id"]: run for run in self.execution.get("taskRunList", [])}
            shown = {
                **shown,
                "taskRunList": list((known | {run["id"]: run for run in runs}).values()),
            }
        self.execution = shown

    @property
    def is_held(self) -> bool:
        """Whether it has paused and its task run says so too: nothing else is to come."""
        runs = self.execution.get("taskRunList", [])
        states = {run["taskId"]: run["state"]["current"] for run in runs}
        return [self.execution["state"]["current"], states.get("hold")] == ["PAUSED", "PAUSED"]


async def followed(
    api: httpx.AsyncClient, execution_id: str, **headers: str
) -> AsyncGenerator[Shown, None]:
    """Yield what is known after each event."""
    shown = Shown()
    name = kind = ""
    path = f"/api/v1/executions/{execution_id}/follow"
    async with api.stream("GET", path, params={"changes": "true"}, headers=headers) as reply:
        async for line in reply.aiter_lines():
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "id":
                kind = value
            elif field == "data":
                shown.take(name, json.loads(value))
                shown.ended = kind == "end"
                name = ""
                yield shown


def plain(execution: Any) -> Any:
    """Return an execution without what the clock decides while something runs."""
    if isinstance(execution, list):
        return [plain(item) for item in execution]
    if isinstance(execution, dict):
        return {key: plain(value) for key, value in execution.items() if key != "duration"}
    return execution


async def start(api: httpx.AsyncClient, flow: str) -> str:
    reply = await api.post(f"/api/v1/executions/api.changes/{flow}")
    execution_id: str = reply.json()["id"]
    return execution_id


async def whole(api: httpx.AsyncClient, execution_id: str) -> dict[str, Any]:
    execution: dict[str, Any] = (await api.get(f"/api/v1/executions/{execution_id}")).json()
    return execution


async def test_changes_together_are_the_execution(
    api: httpx.AsyncClient, save_flow: SaveFlow
) -> None:
    await save_flow(LOOP)
    execution_id = await start(api, "loop")
    is_resumed = False
    async for shown in followed(api, execution_id):
        if not is_resumed and shown.is_held:
            is_resumed = True
            assert plain(shown.execution) == plain(await whole(api, execution_id))
            sent_before = shown.sent
            await api.post(f"/api/v1/executions/{execution_id}/resume")
    assert is_resumed
    assert shown.ended
    assert plain(shown.execution) == plain(await whole(api, execution_id))
    assert shown.names[0] == ""
    assert set(shown.names[1:]) == {"changes"}
    # resumed, ended, and the last task: none of the loop's
    assert shown.sent - sent_before < 20


async def test_two_clients_that_come_at_other_times_see_the_same(
    api: httpx.AsyncClient, save_flow: SaveFlow
) -> None:
    await save_flow(LOOP)
    execution_id = await start(api, "loop")
    first = followed(api, execution_id)
    await anext(first)
    second = followed(api, execution_id)
    await anext(second)

    async with aclosing(followed(api, execution_id)) as third:
        while not (await anext(third)).is_held:
            pass
    await api.post(f"/api/v1/executions/{execution_id}/resume")
    ended = [[shown async for shown in client][-1] for client in (first, second)]
    expected = plain(await whole(api, execution_id))
    assert [plain(shown.execution) for shown in ended] == [expected, expected]


async def test_who_comes_again_is_told_everything(
    api: httpx.AsyncClient, save_flow: SaveFlow
) -> None:
    await save_flow(LOOP)
    execution_id = await start(api, "loop")
    async with aclosing(followed(api, execution_id)) as client:
        while not (await anext(client)).is_held:
            pass
        # as a browser asks once its connection was lost
        again = followed(api, execution_id, **{"last-event-id": "progress"})
        async with aclosing(again):
            shown = await anext(again)
            assert shown.names == [""]
            assert plain(shown.execution) == plain(await whole(api, execution_id))
    await api.delete(f"/api/v1/executions/{execution_id}/kill")


async def test_lost_signals_leave_nothing_out(
    web_node: Node, api: httpx.AsyncClient, save_flow: SaveFlow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every other signal is lost; what the next one does not tell is read."""
    await save_flow(LOOP)
    changed, count = web_node.bus.changed, 0

    async def lossy(execution_id: str, data: bytes) -> None:
        nonlocal count
        count += 1
        if count % 2 == 0:
            await changed(execution_id, data)

    monkeypatch.setattr(web_node.bus, "changed", lossy)
    execution_id = await start(api, "loop")
    async with asyncio.timeout(60):
        async with aclosing(followed(api, execution_id)) as client:
            while not (shown := await anext(client)).is_held:
                pass
    monkeypatch.undo()
    assert count > 1
    assert plain(shown.execution) == plain(await whole(api, execution_id))
    await api.delete(f"/api/v1/executions/{execution_id}/kill")


async def test_an_unknown_execution_is_not_found(api: httpx.AsyncClient) -> None:
    reply = await api.get("/api/v1/executions/nobody/follow", params={"changes": "true"})
    assert reply.status_code == 404
