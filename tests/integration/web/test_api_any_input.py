"""Whatever is sent to whichever route: no answer is a fault of the server."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tiercel.services.node import Node

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
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
WAITING = ("/follow", "/follow-dependencies")
NOT_HERE = ("/api/v1/basicAuth", "/api/v1/login")
"""They would set a login for all the other tests."""


def operations(document: dict[str, Any]) -> list[Any]:
    """Return every method and path of the API but those that wait for something."""
    found = [item.ok() for item in schemathesis.openapi.from_dict(document).get_all_operations()]
    return [op for op in found if not op.path.endswith(WAITING) and op.path not in NOT_HERE]


# The server runs in this process: what its threads draw from `random` while a case is made is not
# the strategies' doing, though Hypothesis can't tell them apart.
@pytest.mark.filterwarnings(
    "ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning"
)
@pytest.mark.timeout(600)
async def test_every_answer_to_any_input_is_as_the_document_says(
    api: httpx.AsyncClient, web_node: Node
) -> None:
    document = (await api.get("/openapi.json")).json()
    session = requests.Session()

    def try_out(operation: Any) -> None:
        @settings(
            max_examples=2,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(
            case=operation.as_strategy(),
            words=st.dictionaries(st.sampled_from(["first", "second", "third"]), WORDS),
            query=st.dictionaries(NAMES, WORDS, max_size=2),
        )
        def check(case: Any, words: dict[str, str], query: dict[str, str]) -> None:
            names = list(case.path_parameters or {})
            for name, word in zip(names, words.values(), strict=False):
                case.path_parameters[name] = word or "x"
            case.query = {**(case.query or {}), **query}
            reply = case.call(base_url=str(api.base_url), session=session, timeout=30)
            case.validate_response(reply, checks=CHECKS)

        check()

    with session:
        for operation in operations(document):
            await asyncio.to_thread(try_out, operation)


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
