"""The outside view of flows: everything is sent and read through the REST API."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from format_kit import LETTERS, Task

Json = dict[str, Any]
ENDED = ("SUCCESS", "WARNING", "FAILED", "KILLED", "CANCELLED", "RETRIED", "SKIPPED")
YAML = {"content-type": "application/x-yaml"}
NAMESPACE = "tests.outside"


def history(found: Json) -> str:
    """Return the states of an execution or a task run as letters (``format_kit.LETTERS``)."""
    return "".join(LETTERS[entry["state"]] for entry in found["state"]["histories"])


def state(found: Json) -> str:
    """Return the current state of an execution or a task run."""
    current: str = found["state"]["current"]
    return current


def runs(execution: Json) -> list[Json]:
    """Return the task runs in the order of their creation."""
    found: list[Json] = execution.get("taskRunList") or []
    return found


def seen(execution: Json) -> list[str]:
    """Return ``task[value] STATE`` of each task run, in the order of their creation."""
    return [f"{named(item)} {state(item)}" for item in runs(execution)]


def named(run: Json) -> str:
    """Return the id of a task run's task, with its value in brackets when it has one."""
    return run["taskId"] if run.get("value") is None else f"{run['taskId']}[{run['value']}]"


def run_of(execution: Json, task_id: str, value: str | None = None) -> Json:
    """Return the task run of a task, of one value when there are several."""
    return next(
        item
        for item in runs(execution)
        if item["taskId"] == task_id and (value is None or item.get("value") == value)
    )


@dataclass
class Api:
    """Loads flows, starts executions and reads them, as a client in another process does.

    Flow ids are made of the name of the test, so that no two tests meet.
    """

    http: httpx.AsyncClient
    name: str
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def call(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        """Return the body of an answer, which must have this status; JSON is read."""
        reply = await self.http.request(method, f"/api/v1{path}", **more)
        assert reply.status_code == status, f"{method} {path}: {reply.status_code} {reply.text}"
        if "json" not in reply.headers.get("content-type", "") or not reply.content:
            return reply.text
        try:
            return reply.json()
        except ValueError:  # some refusals are said in plain words
            return reply.text

    def fresh_id(self) -> str:
        """Return a flow id that nobody has used."""
        own = re.sub(r"\W+", "-", self.name).strip("-")[:80]
        return f"{own}-{next(self._numbers)}"

    async def load(self, source: str) -> Json:
        """Create the flow of a YAML or JSON source, or update it when it exists."""
        reply = await self.http.post("/api/v1/flows", content=source, headers=YAML)
        if reply.status_code == 422 and "already exists" in reply.text:
            fields = {key: _field(source, key) for key in ("id", "namespace")}
            path = f"/api/v1/flows/{fields['namespace']}/{fields['id']}"
            reply = await self.http.put(path, content=source, headers=YAML)
        assert reply.status_code == 200, reply.text
        saved: Json = reply.json()
        return saved

    async def save(self, tasks: Sequence[Task], flow_id: str | None = None, **more: Any) -> Json:
        """Create a flow made of tasks (see ``format_kit``); more are properties of the flow."""
        named = {"id": flow_id or self.fresh_id(), "namespace": NAMESPACE}
        return await self.load(json.dumps({**named, **more, "tasks": list(tasks)}))

    async def start(
        self,
        flow: Json,
        *,
        inputs: Mapping[str, Any] | None = None,
        files: Mapping[str, tuple[str, bytes]] | None = None,
        labels: Sequence[str] = (),
        status: int = 200,
        **query: Any,
    ) -> Json:
        """Start an execution by a multipart form; return it as the server answered it."""
        form: list[tuple[str, Any]] = [
            (key, (None, value if isinstance(value, str) else json.dumps(value)))
            for key, value in (inputs or {}).items()
        ]
        form += [(key, part) for key, part in (files or {}).items()]
        path = f"/executions/{flow['namespace']}/{flow['id']}"
        found: Json = await self.call(
            "POST", path, status, files=form, params={"labels": list(labels), **query}
        )
        return found

    async def get(self, execution: Json | str) -> Json:
        """Return an execution as it is now."""
        found: Json = await self.call("GET", f"/executions/{_id(execution)}")
        return found

    async def wait(self, execution: Json | str, *states: str, seconds: float = 60) -> Json:
        """Return an execution once it is in one of these states, by default ended."""
        async with asyncio.timeout(seconds):
            while state(found := await self.get(execution)) not in (states or ENDED):
                await asyncio.sleep(0.02)
            return found

    async def run(self, *tasks: Task, inputs: Mapping[str, Any] | None = None, **more: Any) -> Json:
        """Create a flow of tasks, start it and return its execution when it has ended."""
        flow = await self.save(tasks, **more)
        return await self.wait(await self.start(flow, inputs=inputs))

    async def act(self, execution: Json | str, action: str, status: int = 200, **more: Any) -> Any:
        """Do an operation, such as ``restart`` or ``resume``, on an execution."""
        method = "DELETE" if action == "kill" else "POST"
        return await self.call(method, f"/executions/{_id(execution)}/{action}", status, **more)

    async def logs(self, execution: Json | str, **query: Any) -> list[Json]:
        """Return the log entries of an execution, in order."""
        found: list[Json] = await self.call("GET", f"/logs/{_id(execution)}", params=query)
        return found

    async def messages(self, execution: Json | str, holds: str = "", count: int = 1) -> list[str]:
        """Return ``LEVEL message`` of each log entry, once so many of them hold a text."""
        async with asyncio.timeout(60):
            while True:
                found = [f"{e['level']} {e.get('message')}" for e in await self.logs(execution)]
                if not holds or sum(holds in line for line in found) >= count:
                    return found
                await asyncio.sleep(0.05)

    async def of_flow(self, flow: Json, count: int = 0) -> list[Json]:
        """Return the executions of a flow, oldest first, once there are ``count`` of them."""
        query = {"namespace": flow["namespace"], "flowId": flow["id"], "size": 100}
        async with asyncio.timeout(60):
            while True:
                page = await self.call("GET", "/executions/search", params=query)
                if len(page["results"]) >= count:
                    return sorted(page["results"], key=lambda item: item["state"]["startDate"])
                await asyncio.sleep(0.05)


def _id(execution: Json | str) -> str:
    return execution if isinstance(execution, str) else execution["id"]


def _field(source: str, key: str) -> str:
    found = re.search(rf'^\s*\{{?"?{key}"?:\s*"?([\w.-]+)', source, re.MULTILINE)
    found = found or re.search(rf'"{key}":\s*"([\w.-]+)"', source)
    assert found, f"the source has no {key}"
    return found[1]
