"""Whatever is sent to whichever route: no answer is a fault of the server."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tiercel.services.node import Node
from tiercel.web.app import create_app

pytestmark = pytest.mark.asyncio(loop_scope="session")

WORDS = st.sampled_from(
    [
        *(
            "x",
            "a.b",
            "io.kestra.plugin.core.log.Log",
            "kestra:///a/b/executions/x/y",
            "../..",
            "-1",
        ),
        *(
            "99999999999999999999",
            "2024-01-01T00:00:00Z",
            "0001-01-01T00:00",
            "PT1H",
            "P1Y",
            "{{ x }}",
        ),
        *("\x00", "'; DROP TABLE flows; --", "%", "\\", "id:asc", "true", "null", "ünïcode", "😀"),
    ]
) | st.text(max_size=12)
NAMES = st.sampled_from(
    [
        *("page", "size", "sort", "q", "namespace", "flowId", "state", "labels", "scope", "path"),
        *(
            "startDate",
            "endDate",
            "timeRange",
            "minLevel",
            "revision",
            "from",
            "to",
            "ttl",
            "attempt",
        ),
        *("filters[namespace][REGEX]", "filters[labels][EQUALS][a]", "filters[or][0][q][EQUALS]"),
        *("filters[startDate][GREATER_THAN]", "filters[x]", "maxRows", "encoding", "subflows"),
        *("aggregation", "wait", "status", "newStatus", "taskRunId", "childFilter", "workerId"),
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *(
                        "id",
                        "namespace",
                        "flowId",
                        "triggerId",
                        "keys",
                        "flows",
                        "startDate",
                        "endDate",
                    ),
                    *(
                        "executionsId",
                        "executionLabels",
                        "key",
                        "value",
                        "taskRunId",
                        "state",
                        "chart",
                    ),
                    *(
                        "username",
                        "password",
                        "name",
                        "tasks",
                        "type",
                        "filters",
                        "backfill",
                        "labels",
                    ),
                    *("triggers", "disabled", "pageSize", "pageNumber"),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
KINDS = st.sampled_from(
    ["application/json", "application/x-yaml", "text/plain", "multipart/form-data; boundary=x", ""]
)


def routes(node: Node) -> list[tuple[str, str]]:
    """Return every method and path but those that wait for something, or would set a login."""
    found = []
    for path, operations in create_app(node).openapi()["paths"].items():
        if path.endswith("/follow") or path in ("/api/v1/basicAuth", "/api/v1/login"):
            continue
        found += [(method.upper(), path) for method in operations]
    return sorted(found)


async def test_no_input_is_a_fault_of_the_server(api: httpx.AsyncClient, web_node: Node) -> None:
    known = routes(web_node)
    base = str(api.base_url)

    @settings(
        max_examples=400,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        route=st.sampled_from(known),
        names=st.lists(WORDS, min_size=4, max_size=4),
        query=st.lists(st.tuples(NAMES, WORDS), max_size=4),
        body=JSON,
        kind=KINDS,
    )
    def check(
        route: tuple[str, str],
        names: list[str],
        query: list[tuple[str, str]],
        body: Any,
        kind: str,
    ) -> None:
        method, path = route
        for name in names:
            start, brace, rest = path.partition("{")
            if brace:
                path = start + httpx.QueryParams({"x": name}).__str__()[2:] + rest.partition("}")[2]
        content = None if method == "GET" else json.dumps(body).encode()
        headers = {"content-type": kind} if kind and content is not None else {}
        reply = client.request(
            method, path.replace("+", "%20"), params=query or None, content=content, headers=headers
        )
        assert reply.status_code < 500, (method, reply.request.url, content, reply.text)

    with httpx.Client(base_url=base, timeout=30) as client:
        await asyncio.to_thread(check)


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("POST", "/api/v1/flows", "&a [*a]"),
        ("POST", "/api/v1/flows", "a: &x {b: *x}"),
        ("POST", "/api/v1/flows", "[" * 5000),
        ("POST", "/api/v1/flows", "{" * 5000),
        ("POST", "/api/v1/flows", "!!python/object/apply:os.system [id]"),
        ("POST", "/api/v1/flows", "id: " + "x" * 3_000_000),
        ("POST", "/api/v1/flows/validate", "---\n" * 3000),
        ("POST", "/api/v1/flows/graph", "- - - -"),
    ],
)
async def test_hostile_yaml_is_refused(
    api: httpx.AsyncClient, method: str, path: str, content: str
) -> None:
    headers = {"content-type": "application/x-yaml"}
    reply = await api.request(method, path, content=content, headers=headers)
    assert reply.status_code == (200 if path.endswith("validate") else 422)


async def test_bodies_that_are_too_large_are_refused(api: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/x-yaml"}
    for path in ("/api/v1/flows", "/api/v1/flows/validate"):
        reply = await api.post(path, content=b"#" * (17 << 20), headers=headers)
        assert reply.status_code == 413
    deep = "[" * 100_000
    reply = await api.post("/api/v1/executions/latest", content=deep, headers={})
    assert reply.status_code == 422
