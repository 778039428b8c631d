"""``tiercel logs``: what an execution has logged, and what it logs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.text import Text

from tiercel.cli.client import Api, part
from tiercel.cli.console import err, out
from tiercel.cli.tables import clock, show_data
from tiercel.cli.view import level_style

if TYPE_CHECKING:
    import httpx

    from tiercel.cli.options import Remote

GOOD = ("SUCCESS", "WARNING")
WAITING = ("CREATED", "QUEUED", "PAUSED", "RETRYING")
_QUIET_SECONDS = 0.3
Entry = Mapping[str, Any]


def show_logs(remote: Remote, execution_id: str, level: str, *, follow: bool, output: str) -> int:
    """Print the log of an execution, and go on until it is over if asked.

    Returns:
        0; when it was followed to its end 1 unless that is SUCCESS or WARNING.
    """
    with Api(remote) as api:
        if follow:
            return follow_to_end(api, execution_id, level)
        path = f"/logs/{part(execution_id)}"
        entries = api.json("GET", path, params={"minLevel": level})
        if not entries:
            # An unknown execution has no log either: then this is a failure.
            api.call("GET", f"/executions/{part(execution_id)}")
    if output != "table":
        show_data(entries, output)
        return 0
    for entry in entries:
        out.print(_line(entry))
    return 0


def _line(entry: Entry) -> Text:
    text = Text()
    text.append(clock(entry["timestamp"]), style="dim")
    text.append(f" {entry['level']:<5} ", style=level_style(entry["level"]))
    text.append(f"{entry.get('taskId') or 'execution'} ", style="bold")
    text.append(str(entry.get("message") or "").rstrip("\n"))
    return text


def follow_to_end(api: Api, execution_id: str, level: str) -> int:
    """Print the log of an execution until it is over; return the exit code it asks for."""
    state = asyncio.run(_Following(api, execution_id, level).run())
    err.print(f"[dim]execution {execution_id}[/] {state}")
    return 0 if state in GOOD else 1


def why(api: Api, execution_id: str) -> str:
    """Return what an execution waits for; empty when it is over or waits for nothing."""
    found = api.json("GET", f"/executions/{part(execution_id)}/why")
    return str(found.get("reason") or "")


class _Following:
    """Reads two streams: the log, which never ends, and the execution, which tells the end."""

    def __init__(self, api: Api, execution_id: str, level: str) -> None:
        self._api = api
        self._id = part(execution_id)
        self._level = level
        self._shown: set[tuple[Any, ...]] = set()

    async def run(self) -> str:
        """Return the state that the execution ends in."""
        async with self._api.streaming() as client:
            log = asyncio.create_task(self._log(client))
            try:
                state = await self._end(client)
                seen = -1
                while seen != len(self._shown):
                    seen = len(self._shown)
                    await asyncio.sleep(_QUIET_SECONDS)
            finally:
                log.cancel()
                # Whether the stream broke is of no interest: the rest is read below.
                await asyncio.gather(log, return_exceptions=True)
        parameters = {"minLevel": self._level}
        for entry in self._api.json("GET", f"/logs/{self._id}", params=parameters):
            self._show(entry)
        return state

    async def _log(self, client: httpx.AsyncClient) -> None:
        path = f"/logs/{self._id}/follow"
        async for _, entry in self._events(client, path, {"minLevel": self._level}):
            self._show(entry)

    def _show(self, entry: Entry) -> None:
        names = ("timestamp", "taskRunId", "attemptNumber", "level", "message")
        key = tuple(entry.get(name) for name in names)
        if key not in self._shown:
            self._shown.add(key)
            out.print(_line(entry))

    async def _end(self, client: httpx.AsyncClient) -> str:
        state = ""
        async for kind, execution in self._events(client, f"/executions/{self._id}/follow", {}):
            before, state = state, str(execution["state"]["current"])
            if kind == "end":
                break
            if state not in (before, "CREATED") and state in WAITING:
                reason = why(self._api, self._id)
                err.print(f"[dim]{state}: {escape(reason)}[/]")
        return state

    async def _events(
        self, client: httpx.AsyncClient, path: str, parameters: Mapping[str, str]
    ) -> AsyncIterator[tuple[str, Any]]:
        """Yield the id and the data of each event of a stream."""
        async with self._api.astream(client, path, params=parameters) as reply:
            kind = ""
            async for line in reply.aiter_lines():
                name, _, value = line.partition(":")
                if name == "id":
                    kind = value.strip()
                elif name == "data":
                    yield kind, json.loads(value)
