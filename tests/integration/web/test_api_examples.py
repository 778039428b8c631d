"""The examples of the description are what a server answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tiercel.services.node import Node
from tiercel.web import examples as ex
from tiercel.web.app import create_app
from tiercel.web.description import ANSWERS, BODIES, JSON, example_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

YAML = {"content-type": "application/x-yaml"}
FLOW = "company.team/nightly_load"
ASKING = re.compile(
    r"GET .*|POST .*/(validate.*|latest|eval.*|stats/.*|graph|expressions|autocomplete|search"
    r"|hashes/by-ids|preview|plan)"
)
NOT_ASKED = re.compile(
    # endless, or about what is not here: a database of a flow, a file of an execution, a webhook
    r".*(/follow.*|/webhook/.*|/taskruns/daily|/data/.*|/file|/file/.*|/metrics/\{name\}|/loggers/.*|/ui.*|/resume/validate)"
)
QUERIES = {
    "/files": {"path": "/scripts/main.py"},
    "/files/revisions": {"path": "/scripts/main.py"},
    "/files/stats": {"path": "/scripts/main.py"},
    "/files/search": {"q": ""},
    "/distinct-field-values": {"field": "namespace"},
    "/api/v1/executions": {"namespace": "company.team", "flowId": "nightly_load"},
}
EMPTY = ("/concurrency-limit/search", "/templates/search", "/group-by-flow", "/group-by-namespace")
"""What nothing is found for here; the examples show more."""


@pytest_asyncio.fixture(loop_scope="session")
async def names(api: httpx.AsyncClient) -> dict[str, str]:
    """A server with what the examples are about; the names for the places in paths."""
    await api.delete(f"/api/v1/flows/{FLOW}")
    (await api.post("/api/v1/flows", content=ex.SOURCE, headers=YAML)).raise_for_status()
    started = await api.post(f"/api/v1/executions/{FLOW}", params={"wait": "true"})
    execution = started.json()
    await api.put("/api/v1/namespaces/company.team/kv/limit", content="12")
    secret = {"key": "DB_PASSWORD", "value": "very secret"}
    await api.put("/api/v1/namespaces/company.team/secrets", json=secret)
    files, path = {"fileContent": b"x"}, {"path": "/scripts/main.py"}
    await api.post("/api/v1/namespaces/company.team/files", params=path, files=files)
    await api.post("/api/v1/templates", content=ex.TEMPLATE_SOURCE, headers=YAML)
    made = await api.post("/api/v1/dashboards", content=ex.DASHBOARD_SOURCE, headers=YAML)
    return {
        "namespace": "company.team",
        "flow_id": "nightly_load",
        "execution_id": execution["id"],
        "task_run_id": execution["taskRunList"][0]["id"],
        "task_id": "say",
        "trigger_id": "every_night",
        "key": "limit",
        "metric": "rows",
        "dashboard_id": made.json()["id"],
        "chart_id": "by_state",
        "template_id": "greeting",
        "cls": "io.kestra.plugin.core.log.Log",
        "version": "latest",
        "kind": "flow",
        "first": "flow",
        "second": "gazelle",
        "blueprint_id": "gazelle",
        "part": "source",
    }


def missing(example: Any, found: Any, place: str = "answer") -> Iterator[str]:
    """Yield what an example has that an answer of the same request has not."""
    if isinstance(example, dict):
        if not isinstance(found, dict):
            yield f"{place} is no object"
            return
        for name, item in example.items():
            if name not in found:
                yield f"{place}.{name}"
            else:
                yield from missing(item, found[name], f"{place}.{name}")
    elif isinstance(example, list):
        if not isinstance(found, list):
            yield f"{place} is no list"
        elif example and found:
            # other tests left what is poorer: one that has everything is enough
            each = ([*missing(example[0], item, f"{place}[]")] for item in found)
            yield from min(each, key=len)
    elif isinstance(example, str) and not isinstance(found, str):
        yield f"{place} is no text"


async def asked(
    api: httpx.AsyncClient,
    method: str,
    path: str,
    names: dict[str, str],
    query: dict[str, Any] | None = None,
) -> httpx.Response:
    filled = re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: names.get(found[1], "none"), path)
    filled = filled.replace("/plugins/inputs/flow", "/plugins/inputs/STRING")
    kind, body = example_of(BODIES, method, path) if method != "GET" else ("", None)
    more: dict[str, Any] = {}
    if kind == "multipart/form-data":
        more["files"] = {name: (None, str(value)) for name, value in body.items()}
    elif kind:
        more["content"] = body if isinstance(body, str) else json.dumps(body)
        more["headers"] = {"content-type": kind}
    needed = next((item for end, item in QUERIES.items() if path.endswith(end)), {})
    return await api.request(method, filled, params={**needed, **(query or {})}, **more)


async def test_examples_are_what_is_answered(
    api: httpx.AsyncClient, web_node: Node, names: dict[str, str]
) -> None:
    wrong, compared = [], 0
    for path, operations in create_app(web_node).openapi()["paths"].items():
        for method in map(str.upper, operations):
            place = f"{method} {path}"
            if not ASKING.fullmatch(place) or NOT_ASKED.fullmatch(place):
                continue
            reply = await asked(api, method, path, names)
            kind, example = example_of(ANSWERS, method, path)
            if reply.status_code >= 400:
                wrong.append(f"{place}: {reply.status_code} {reply.text[:120]}")
                continue
            compared += 1
            if reply.headers.get("content-type", "").partition(";")[0] != kind:
                wrong.append(f"{place}: {reply.headers.get('content-type')} is no {kind}")
            elif kind == JSON and not path.endswith(EMPTY):
                wrong += [f"{place}: {item}" for item in missing(example, reply.json())]
    assert not wrong, "\n".join(wrong)
    assert compared > 100


async def test_examples_of_parameters_are_taken(
    api: httpx.AsyncClient, web_node: Node, names: dict[str, str]
) -> None:
    refused, taken = [], 0
    for path, operations in create_app(web_node).openapi()["paths"].items():
        if "get" not in operations or NOT_ASKED.fullmatch(f"GET {path}"):
            continue
        for parameter in operations["get"].get("parameters", ()):
            if parameter["in"] != "query" or parameter.get("required"):
                continue
            query = {parameter["name"]: parameter["example"]}
            reply = await asked(api, "GET", path, names, query)
            taken += 1
            if reply.status_code >= 400:
                refused.append(f"{path}: {query}: {reply.status_code} {reply.text[:120]}")
    assert not refused, "\n".join(refused)
    assert taken > 150
