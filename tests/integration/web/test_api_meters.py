"""Numbers for monitoring that come from where things happen, as a scrape shows them."""

from __future__ import annotations

import re

import httpx
import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")

YAML = {"content-type": "application/x-yaml"}
TIMED = """
id: timed
namespace: api.meters
tasks:
  - {id: long, type: io.kestra.plugin.core.flow.Sleep, duration: PT1M, timeout: PT0.05S}
"""
HEAVY = """
id: heavy
namespace: api.meters
inputs: [{id: text, type: STRING}]
tasks:
  - id: measure
    type: io.kestra.plugin.core.debug.Return
    format: "{{ inputs.text | length }}"
    timeout: PT1M
"""


async def scraped(api: httpx.AsyncClient, name: str) -> dict[str, float]:
    """Return what the server counted under a name, by labels."""
    lines = (await api.get("/prometheus")).text.splitlines()
    found = [re.fullmatch(rf"{name}(?:{{(.*)}})? (\S+)", line) for line in lines]
    return {item[1] or "": float(item[2]) for item in found if item is not None}


async def run(api: httpx.AsyncClient, source: str, **request: object) -> str:
    """Save a flow, run it to its end and return its state."""
    flow_id = source.split()[1]
    await api.delete(f"/api/v1/flows/api.meters/{flow_id}")
    (await api.post("/api/v1/flows", content=source, headers=YAML)).raise_for_status()
    path = f"/api/v1/executions/api.meters/{flow_id}?wait=true"
    reply = await api.post(path, **request)  # type: ignore[arg-type]
    state: str = reply.json()["state"]["current"]
    return state


async def test_statements_of_the_database_are_timed(api: httpx.AsyncClient) -> None:
    name = "kestra_jdbc_query_duration_seconds"
    before = (await scraped(api, f"{name}_count"))[""]
    await api.get("/api/v1/flows/search")
    assert (await scraped(api, f"{name}_count"))[""] > before > 0
    assert 0 < (await scraped(api, f"{name}_max"))[""] < (await scraped(api, f"{name}_sum"))[""]


async def test_attempts_whose_time_was_over_are_counted(api: httpx.AsyncClient) -> None:
    assert await run(api, TIMED) == "FAILED"
    found = await scraped(api, "kestra_worker_timeout_count_total")
    labels = (
        'attempt_count="1",flow_id="timed",namespace_id="api.meters",'
        'task_type="io.kestra.plugin.core.flow.Sleep",worker_group="default"'
    )
    assert found == {labels: 1}


async def test_messages_that_are_too_big_are_counted(api: httpx.AsyncClient) -> None:
    name, labels = "kestra_queue_big_message_count_total", 'class_name="Job"'
    before = (await scraped(api, name)).get(labels, 0)
    assert await run(api, HEAVY, files={"text": (None, "x" * (9 << 20))}) == "FAILED"
    assert (await scraped(api, name))[labels] == before + 1
