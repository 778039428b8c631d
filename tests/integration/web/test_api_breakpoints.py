"""Breakpoints through the API, and slots that are held until everything is over."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")

CORE = "io.kestra.plugin.core"
SHELL = "io.kestra.plugin.scripts.shell.Commands"
PATH = "/api/v1/executions"


async def until(api: httpx.AsyncClient, execution_id: str, state: str) -> dict[str, Any]:
    """Wait until an execution is in a state."""
    async with asyncio.timeout(60):
        while True:
            found: dict[str, Any] = (await api.get(f"{PATH}/{execution_id}")).json()
            if found["state"]["current"] == state:
                return found
            await asyncio.sleep(0.02)


def three_steps(flow_id: str) -> str:
    tasks = "".join(
        f"  - {{id: {name}, type: {CORE}.debug.Return, format: x}}\n" for name in ("a", "b", "c")
    )
    return f"id: {flow_id}\nnamespace: tests.breakpoints\ntasks:\n{tasks}"


async def start(api: httpx.AsyncClient, flow_id: str, query: str = "") -> str:
    reply = await api.post(f"{PATH}/tests.breakpoints/{flow_id}{query}")
    assert reply.status_code == 200, reply.text
    execution_id: str = reply.json()["id"]
    return execution_id


async def test_an_execution_stops_and_goes_on(api: httpx.AsyncClient, save_flow: Any) -> None:
    await save_flow(three_steps("stops"))
    one = await start(api, "stops", "?breakpoints=b")
    found = await until(api, one, "BREAKPOINT")
    assert found["breakpoints"] == [{"id": "b"}]
    assert [run["state"]["current"] for run in found["taskRunList"]] == ["SUCCESS", "BREAKPOINT"]
    resumed = await api.post(f"{PATH}/{one}/resume-from-breakpoint?breakpoints=c")
    assert (resumed.status_code, resumed.content) == (200, b"")
    found = await until(api, one, "BREAKPOINT")
    assert found["taskRunList"][-1]["taskId"] == "c"
    shown = await api.post(f"{PATH}/{one}/actions/resume-from-breakpoint")
    assert shown.json()["state"]["current"] in ("RUNNING", "SUCCESS")
    await until(api, one, "SUCCESS")
    refused = await api.post(f"{PATH}/{one}/resume-from-breakpoint")
    assert refused.status_code == 409


async def test_a_replay_may_stop_and_leaves_its_mark(
    api: httpx.AsyncClient, save_flow: Any
) -> None:
    await save_flow(three_steps("replayed"))
    one = await start(api, "replayed")
    await until(api, one, "SUCCESS")
    reply = await api.post(f"{PATH}/{one}/replay?breakpoints=c")
    found = await until(api, reply.json()["id"], "BREAKPOINT")
    assert {"key": "system.replay", "value": "true"} in found["labels"]
    await api.delete(f"{PATH}/{found['id']}/kill")
    replayed = {"key": "system.replayed", "value": "true"}
    async with asyncio.timeout(60):
        while replayed not in (await api.get(f"{PATH}/{one}")).json()["labels"]:
            await asyncio.sleep(0.02)


def limited(flow_id: str, tasks: str, after: str = "") -> str:
    more = f"afterExecution:\n{after}" if after else ""
    return (
        f"id: {flow_id}\nnamespace: tests.breakpoints\n"
        f"concurrency: {{limit: 1}}\ntasks:\n{tasks}{more}"
    )


async def test_a_slot_is_held_until_what_runs_after_the_end_is_over(
    api: httpx.AsyncClient, save_flow: Any, tmp_path: Any
) -> None:
    flag = tmp_path / "go"
    wait = f"while [ ! -e {flag} ]; do sleep 0.02; done"
    runner = f"taskRunner: {{type: {CORE}.runner.Process}}"
    await save_flow(
        limited(
            "lingers",
            f"  - {{id: a, type: {CORE}.debug.Return, format: x}}\n",
            f"  - {{id: last, type: {SHELL}, {runner}, commands: ['{wait}']}}\n",
        )
    )
    first = await start(api, "lingers")
    await until(api, first, "SUCCESS")
    second = await start(api, "lingers")
    await until(api, second, "QUEUED")
    flag.touch()
    await until(api, second, "SUCCESS")


async def test_a_restart_waits_for_a_slot(api: httpx.AsyncClient, save_flow: Any) -> None:
    await save_flow(
        limited(
            "restarts",
            f"  - {{id: hold, type: {CORE}.flow.Pause, runIf: \"{{{{ labels.hold ?? '' }}}}\"}}\n"
            f"  - {{id: f, type: {CORE}.execution.Fail,"
            f" condition: \"{{{{ taskrun.attemptsCount == 0 and (labels.hold ?? '') == '' }}}}\""
            "}\n",
        )
    )
    failed = await start(api, "restarts")
    await until(api, failed, "FAILED")
    holder = await start(api, "restarts", "?labels=hold:yes")
    await until(api, holder, "PAUSED")
    await api.post(f"{PATH}/{failed}/restart")
    await until(api, failed, "QUEUED")
    await api.post(f"{PATH}/{holder}/resume")
    found = await until(api, failed, "SUCCESS")
    states = [entry["state"] for entry in found["state"]["histories"]]
    assert states == ["CREATED", "RUNNING", "FAILED", "RESTARTED", "QUEUED", "RUNNING", "SUCCESS"]
