"""The world in which recorded exchanges are repeated: flows, executions, files, and what is due."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from api_kit import ENDED, YAML
from exchange_kit import ROOT, exchanges

NAMESPACE = "demo.recorded"
CORE = "io.kestra.plugin.core."
STREAM_EVENTS = 3
_FOLDER = ROOT / "tests" / "data"
_NIGHTLY = {"namespace": NAMESPACE, "flowId": "orders", "triggerId": "nightly"}
_OFTEN = {"namespace": NAMESPACE, "flowId": "held", "triggerId": "often"}


@dataclass
class World:
    """Asks what the exchanges ask, and prepares what they need.

    Attributes:
        names: What stands for the ids of the recorded executions.
    """

    http: httpx.AsyncClient
    names: dict[str, str] = field(default_factory=dict)

    async def play(self) -> dict[str, httpx.Response]:
        """Repeat every exchange; return the replies by the names of the exchanges."""
        replies = {}
        for exchange in exchanges():
            if before := exchange.get("before"):
                prepare: Callable[[], Any] = getattr(self, before)
                await prepare()
            replies[exchange["name"]] = reply = await self._ask(exchange)
            if exchange["name"] == "post_executions_namespace_id":
                self.names["orders"] = reply.json()["id"]
            if exchange["name"] == "post_executions_scheduleDate":
                self.names["later"] = reply.json()["id"]
        return replies

    async def _ask(self, exchange: dict[str, Any]) -> httpx.Response:
        more: dict[str, Any] = {"headers": exchange.get("headers")}
        if "body" in exchange:
            more["content"] = self._filled(exchange["body"])
        if "query" in exchange:
            more["params"] = {k: self._filled(str(v)) for k, v in exchange["query"].items()}
        if "parts" in exchange:
            more["files"] = [
                (part["name"], (None, part["value"]))
                if "value" in part
                else (part["name"], (part["filename"], part["content"]))
                for part in exchange["parts"]
            ]
        path = f"/api/v1{self._filled(exchange['path'])}"
        if exchange.get("type") != "text/event-stream":
            return await self.http.request(exchange["method"], path, **more)
        async with self.http.stream(exchange["method"], path, **more) as reply:
            text, is_open = "", "/logs/" in path
            async for part in reply.aiter_text():
                text += part
                events = text.count("\n\n")
                if is_open and events >= STREAM_EVENTS:
                    break
        return httpx.Response(reply.status_code, headers=reply.headers, text=text)

    def _filled(self, text: str) -> str:
        for name, value in self.names.items():
            text = text.replace(f"{{{name}}}", value)
        today = datetime.now(UTC)
        return re.sub(
            r"\{day([+-]\d+)\}",
            lambda found: f"{today + timedelta(days=int(found[1])):%Y-%m-%d}",
            text,
        )

    async def _call(self, method: str, path: str, **more: Any) -> Any:
        reply = await self.http.request(method, f"/api/v1{path}", **more)
        assert reply.is_success, f"{method} {path}: {reply.text}"
        return reply.json() if reply.content and "json" in reply.headers["content-type"] else None

    async def _save(self, source: str, path: str = "/flows", method: str = "POST") -> None:
        await self._call(method, path, content=source, headers=YAML)

    async def _start(self, flow: str, namespace: str = NAMESPACE, **inputs: str) -> str:
        files = {key: (None, value) for key, value in inputs.items()}
        begun = await self._call("POST", f"/executions/{namespace}/{flow}", files=files or None)
        return str(begun["id"])

    async def _until(self, execution_id: str, *states: str) -> dict[str, Any]:
        async with asyncio.timeout(60):
            while True:
                found: dict[str, Any] = await self._call("GET", f"/executions/{execution_id}")
                if found["state"]["current"] in (states or ENDED):
                    return found
                await asyncio.sleep(0.02)

    async def _trigger(self, flow: str, is_wanted: Callable[[dict[str, Any]], bool]) -> None:
        async with asyncio.timeout(60):
            while True:
                found = await self._call("GET", f"/triggers/{NAMESPACE}/{flow}")
                if any(is_wanted(item) for item in found["results"]):
                    return
                await asyncio.sleep(0.02)

    # What is there before an exchange; each is named in the line of its exchange.

    async def other_flows(self) -> None:
        source = next(item["body"] for item in exchanges() if item["name"] == "post_flows")
        await self._save(source, f"/flows/{NAMESPACE}/child", "PUT")
        for name in ("approval", "flaky"):
            await self._save((_FOLDER / "validation" / f"{name}.yaml").read_text())

    async def orders_end(self) -> None:
        found = await self._until(self.names["orders"])
        extract = next(run for run in found["taskRunList"] if run["taskId"] == "extract")
        self.names["orders.extract"] = extract["id"]
        self.names["orders.csv"] = extract["outputs"]["outputFiles"]["orders.csv"]
        query = {"triggerExecutionId": found["id"]}
        async with asyncio.timeout(60):
            while (await self._call("GET", f"/metrics/{found['id']}"))["total"] < 6:
                await asyncio.sleep(0.05)
        children = await self._call("GET", "/executions/search", params=query)
        self.names["orders child"] = children["results"][0]["id"]

    async def other_orders(self) -> None:
        self.names["other orders"] = await self._start("orders")
        await self._until(self.names["other orders"])

    async def child(self) -> None:
        self.names["child"] = await self._start("child", rows="4")

    async def child_over(self) -> None:
        await self._until(await self._start("child", rows="4"))

    async def _paused(self, name: str) -> None:
        self.names[name] = await self._start("approval")
        await self._until(self.names[name], "PAUSED")

    async def approval(self) -> None:
        await self._paused("approval")

    async def to_resume(self) -> None:
        await self._paused("to resume")

    async def at_work(self) -> None:
        self.names["at work"] = self.names["to resume"]
        await self._until(self.names["at work"], "RUNNING")

    async def to_kill(self) -> None:
        await self._paused("to kill")

    async def to_kill_too(self) -> None:
        await self._paused("to kill too")

    async def flaky(self) -> None:
        self.names["flaky"] = await self._start("flaky")
        found = await self._until(self.names["flaky"])
        self.names["flaky.boom"] = found["taskRunList"][1]["id"]

    async def flaky_again(self) -> None:
        await self._until(self.names["flaky"])

    async def flaky_too(self) -> None:
        self.names["flaky too"] = await self._start("flaky")
        await self._until(self.names["flaky too"])

    async def flaky_over(self) -> None:
        await self._until(self.names["flaky"])

    async def unwanted(self) -> None:
        self.names["unwanted"] = await self._start("child", rows="1")
        await self._until(self.names["unwanted"])

    async def queued(self) -> None:
        nap = {"id": "s", "type": f"{CORE}flow.Sleep", "duration": "PT20S"}
        flow = {"id": "one", "namespace": "demo.q", "concurrency": {"limit": 1}, "tasks": [nap]}
        await self._save(json.dumps(flow))
        await self._until(await self._start("one", "demo.q"), "RUNNING")
        self.names["queued"] = await self._start("one", "demo.q")
        await self._until(self.names["queued"], "QUEUED")

    async def json_flow(self) -> None:
        task = {"id": "a", "type": f"{CORE}log.Log", "message": "hi"}
        flow = {"id": "jsonflow", "namespace": "demo.tmp", "tasks": [task]}
        await self._save(json.dumps(flow))

    async def bulk(self) -> None:
        lines = ("id: a", "namespace: demo.bulk", "tasks:", "  - id: a")
        await self._save("\n".join((*lines, f"    type: {CORE}log.Log", "    message: hi")))

    async def _backfill(self, trigger: dict[str, str], back: timedelta, **more: Any) -> None:
        span = {"start": f"{datetime.now(UTC) - back:%Y-%m-%dT%H:%M:%SZ}", **more}
        await self._call("PUT", "/triggers", json={**trigger, "backfill": span})

    async def backfill(self) -> None:
        labels = [{"key": "reason", "value": "reload"}]
        await self._backfill(_NIGHTLY, timedelta(days=3), inputs={"count": 4}, labels=labels)
        await self._hold_backfill()

    async def _hold_backfill(self) -> None:
        """Pause a backfill once it has begun; go on when nothing of it runs."""
        await self._trigger("orders", lambda item: "executionId" in item)
        await self._call("PUT", "/triggers/backfill/pause", json=_NIGHTLY)
        await self._trigger("orders", lambda item: "executionId" not in item)

    async def backfilled(self) -> None:
        await self._call("PUT", "/triggers/backfill/unpause", json=_NIGHTLY)
        await self._trigger("orders", lambda item: "backfill" not in item)
        query = {"labels": "reason:reload", "sort": "state.startDate:asc"}
        found = await self._call("GET", "/executions/search", params=query)
        self.names["scheduled"] = found["results"][0]["id"]
        await self._until(found["results"][0]["id"])
        await self._trigger("orders", lambda item: "executionId" not in item)

    async def paused_backfill(self) -> None:
        await self._call("POST", "/triggers/backfill/delete", json=_NIGHTLY)
        await self._trigger("orders", lambda item: "executionId" not in item)
        await self._backfill(_NIGHTLY, timedelta(days=4))
        await self._hold_backfill()

    async def held(self) -> None:
        often = {"id": "often", "type": f"{CORE}trigger.Schedule", "cron": "* * * * * *"}
        flow = {
            "id": "held",
            "namespace": NAMESPACE,
            "tasks": [{"id": "wait", "type": f"{CORE}flow.Pause"}],
            "triggers": [{**often, "withSeconds": True}],
        }
        await self._save(json.dumps(flow))
        await self._trigger("held", lambda item: "executionId" in item)
        await self._backfill(_OFTEN, timedelta(hours=1))

    async def kv(self) -> None:
        values = {
            "str": '"abc"',
            "num": "12",
            "flt": "1.5",
            "boo": "true",
            "dt": "2024-12-20T10:00:00Z",
            "exp2": '"x"',
            "exp": '"x"',
        }
        path = f"/namespaces/{NAMESPACE}/kv"
        lives = {"exp2": "PT1H", "exp": "PT0.01S"}
        for key, value in values.items():
            headers = {"content-type": "application/json"}
            if key in lives:
                headers["ttl"] = lives[key]
            await self._call("PUT", f"{path}/{key}", content=value, headers=headers)

    async def files(self) -> None:
        query = {"path": "/scripts/sub/b.txt"}
        part = {"fileContent": ("b.txt", "b")}
        await self._call("POST", f"/namespaces/{NAMESPACE}/files", params=query, files=part)

    async def moved(self) -> None:
        part = {"fileContent": ("c.txt", "c")}
        query = {"path": "/moved/c.txt"}
        await self._call("POST", f"/namespaces/{NAMESPACE}/files", params=query, files=part)

    async def login(self) -> None:
        account = {"uid": "x", "username": "somebody@example.com", "password": "Secret-pass-1"}
        await self._call("POST", "/basicAuth", json=account)
