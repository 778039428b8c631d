"""Flows over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tiercel.model.yaml import parse_yaml
from tiercel.services.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")

YAML = {"content-type": "application/x-yaml"}


def source_of(flow_id: str, text: str = "hi", namespace: str = "api.flows") -> str:
    return (
        f"id: {flow_id}\nnamespace: {namespace}\n# a comment\n"
        "inputs:\n  - id: rows\n    type: INT\n"
        "labels:\n  team: finance\n"
        f"tasks:\n  - id: text\n    type: io.kestra.plugin.core.debug.Return\n    format: {text}\n"
    )


async def create(api: httpx.AsyncClient, source: str) -> httpx.Response:
    return await api.post("/api/v1/flows", content=source, headers=YAML)


async def test_a_created_flow_comes_back_with_its_source(api: httpx.AsyncClient) -> None:
    reply = await create(api, source_of("created"))
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "application/json"
    assert reply.json() == {
        "id": "created",
        "namespace": "api.flows",
        "revision": 1,
        "inputs": [{"id": "rows", "type": "INT", "required": True}],
        "disabled": False,
        "deleted": False,
        "labels": [{"key": "team", "value": "finance"}],
        "tasks": [{"id": "text", "type": "io.kestra.plugin.core.debug.Return", "format": "hi"}],
        "source": source_of("created"),
    }


async def test_a_flow_whose_plugin_is_gone_says_so(api: httpx.AsyncClient, web_node: Node) -> None:
    gone = source_of("orphan").replace("debug.Return", "debug.Gone")
    written = parse_yaml(gone).root
    assert written is not None
    await web_node.store.flows.save(
        "api.flows", "orphan", gone, written.plain(), labels=(), description=None, disabled=False
    )
    found = (await api.get("/api/v1/flows/api.flows/orphan?source=true")).json()
    assert "io.kestra.plugin.core.debug.Gone" in found["exception"]
    assert (found["source"], found["tasks"][0]["id"]) == (gone, "text")
    reply = await api.post("/api/v1/executions/api.flows/orphan")
    assert reply.status_code == 409
    assert "debug.Gone" in reply.json()["message"]
    assert (await create(api, source_of("orphan2"))).status_code == 200
    assert "exception" not in (await api.get("/api/v1/flows/api.flows/orphan2")).json()
    await api.delete("/api/v1/flows/api.flows/orphan")


async def test_reading_leaves_the_source_out_unless_asked(api: httpx.AsyncClient) -> None:
    await create(api, source_of("read"))
    plain = (await api.get("/api/v1/flows/api.flows/read")).json()
    full = (await api.get("/api/v1/flows/api.flows/read?source=true")).json()
    assert "source" not in plain
    assert full == {**plain, "source": source_of("read")}


async def test_an_update_makes_a_revision_and_the_same_source_none(api: httpx.AsyncClient) -> None:
    await create(api, source_of("updated"))
    path = "/api/v1/flows/api.flows/updated"
    for _ in range(2):
        reply = await api.put(path, content=source_of("updated", "bye"), headers=YAML)
        assert reply.json()["revision"] == 2
    first = (await api.get(path, params={"revision": 1})).json()
    assert first["tasks"][0]["format"] == "hi"
    revisions = (await api.get(f"{path}/revisions")).json()
    assert [item["revision"] for item in revisions] == [1, 2]


async def test_a_deleted_flow_is_gone_but_for_its_revisions(api: httpx.AsyncClient) -> None:
    await create(api, source_of("deleted"))
    path = "/api/v1/flows/api.flows/deleted"
    assert (await api.delete(path)).status_code == 204
    assert (await api.get(path)).status_code == 404
    assert (await api.delete(path)).status_code == 404
    assert (await api.get(path, params={"allowDeleted": True})).json()["deleted"] is True
    assert (await create(api, source_of("deleted", "again"))).json()["revision"] == 3


async def test_search_pages_and_filters(api: httpx.AsyncClient) -> None:
    for flow_id in ("a", "b", "c"):
        await create(api, source_of(flow_id, namespace="search.deep.team"))
    await create(api, source_of("d", namespace="search.deeper"))

    async def found(**query: Any) -> tuple[list[str], int]:
        reply = (await api.get("/api/v1/flows/search", params=query)).json()
        return [flow["id"] for flow in reply["results"]], reply["total"]

    assert await found(namespace="search.deep", sort="id:desc", size=2) == (["c", "b"], 3)
    assert await found(namespace="search.deep", sort="id:asc", size=2, page=2) == (["c"], 3)
    assert await found(**{"filters[namespace][STARTS_WITH]": "search.deeper"}) == (["d"], 1)
    assert await found(namespace="search", labels="team:finance", q="d") == (
        ["a", "b", "c", "d"],
        4,
    )
    assert await found(namespace="search", labels="team:it") == ([], 0)
    listed = (await api.get("/api/v1/flows/search.deep.team")).json()
    assert [flow["id"] for flow in listed] == ["a", "b", "c"]


async def test_both_paths_with_and_without_the_tenant_are_served(api: httpx.AsyncClient) -> None:
    await create(api, source_of("tenant", namespace="main"))
    for path in ("/api/v1/flows/main/tenant", "/api/v1/main/flows/main/tenant"):
        assert (await api.get(path)).json()["id"] == "tenant"
    other = await api.get("/api/v1/other/flows/main/tenant")
    assert (other.status_code, other.json()["message"]) == (404, "Not Found")


async def test_an_object_in_json_is_a_flow_too(api: httpx.AsyncClient) -> None:
    flow = {
        "id": "from_json",
        "namespace": "api.flows",
        "additional_properties": {},
        "tasks": [{"id": "a", "type": "io.kestra.plugin.core.log.Log", "message": "one\ntwo\nyes"}],
    }
    reply = await api.post("/api/v1/flows", json=flow)
    assert reply.status_code == 200, reply.text
    assert reply.json()["tasks"] == flow["tasks"]


def error_of(reply: httpx.Response) -> tuple[int, str, list[tuple[str, str]]]:
    body = reply.json()
    details = body["_embedded"].get("errors", [])
    assert body["_links"]["self"]["href"] == reply.request.url.raw_path.decode()
    return (
        reply.status_code,
        body["message"],
        [(item["path"], item["message"]) for item in details],
    )


async def test_an_existing_id_is_refused(api: httpx.AsyncClient) -> None:
    await create(api, source_of("twice"))
    assert error_of(await create(api, source_of("twice"))) == (
        422,
        "Invalid entity: flow.id: Flow id already exists",
        [("flow.id", "Flow id already exists")],
    )


async def test_a_flow_keeps_its_name(api: httpx.AsyncClient) -> None:
    await create(api, source_of("kept"))
    path = "/api/v1/flows/api.flows/kept"
    reply = await api.put(path, content=source_of("other", namespace="api.x"), headers=YAML)
    message = "flow.id: Illegal flow id update, flow.namespace: Illegal namespace update"
    assert error_of(reply)[:2] == (422, f"Invalid entity: {message}")


async def test_every_problem_of_a_flow_has_its_place(api: httpx.AsyncClient) -> None:
    source = (
        "id: wrong\nnamespace: api.flows\nfoo: 1\ntasks:\n"
        "  - id: a\n    type: io.kestra.plugin.core.log.Nope\n"
    )
    status, message, details = error_of(await create(api, source))
    assert status == 422
    assert message.startswith("Invalid entity: ")
    flow = "io.kestra.core.models.flows.Flow"
    task = f'{flow}["tasks"]->java.util.ArrayList[0]'
    assert [path for path, _ in details] == [f'{flow}["foo"]', task, task]
    body = (await create(api, source)).json()["_embedded"]["errors"]
    assert [(item["line"], item["column"]) for item in body] == [(3, 1), (6, 11), (6, 11)]
    assert "io.kestra.plugin.core.log.Log" in body[1]["hint"]


@pytest.mark.parametrize(
    ("content", "content_type", "status", "message"),
    [
        (
            "id: x\n  y: [\n",
            "application/x-yaml",
            422,
            "Invalid entity: Illegal flow yaml: mapping values are not allowed in this context",
        ),
        ("{bad", "application/json", 422, "Invalid json: "),
        ("", "application/x-yaml", 422, "Invalid route params: Required Body [flow] not specified"),
        (
            "id: x",
            "text/plain",
            415,
            "Unsupported Media Type: Content Type [text/plain] not allowed."
            " Allowed types: [application/json, application/x-yaml]",
        ),
    ],
)
async def test_a_body_that_is_no_flow_is_refused(
    api: httpx.AsyncClient, content: str, content_type: str, status: int, message: str
) -> None:
    reply = await api.post("/api/v1/flows", content=content, headers={"content-type": content_type})
    assert reply.status_code == status
    assert reply.json()["message"].startswith(message)


async def test_validate_answers_for_each_document(api: httpx.AsyncClient) -> None:
    await create(api, source_of("checked"))
    documents = [
        source_of("checked"),
        source_of("checked").replace("id: checked", "id: checked\nrevision: 9"),
        "id: bad flow!\nnamespace: api.flows\ntasks: []\n",
        "id: x\n  y: [\n",
    ]
    reply = await api.post("/api/v1/flows/validate", content="---\n".join(documents), headers=YAML)
    good, outdated, bad, broken = reply.json()
    lists: dict[str, Any] = {"deprecationPaths": [], "warnings": [], "infos": []}
    named = {"flow": "checked", "namespace": "api.flows", **lists}
    assert good == {"index": 0, "outdated": False, **named}
    assert outdated == {"index": 1, "outdated": True, **named}
    assert bad["flow"] == "bad flow!"
    assert 'id: must match "^[a-zA-Z0-9][a-zA-Z0-9._-]*"\n' in bad["constraints"]
    assert broken["constraints"].startswith("Illegal flow yaml: ")
    assert "flow" not in broken


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "/api/v1/flows/api.flows/nothere", 404, "Not Found"),
        ("PUT", "/api/v1/flows/api.flows/nothere", 404, "Not Found"),
        ("GET", "/api/v1/nothing", 404, "Not Found"),
        (
            "PATCH",
            "/api/v1/flows",
            405,
            "Method Not Allowed: Method [PATCH] not allowed for URI [/api/v1/flows]."
            " Allowed methods: [POST]",
        ),
        (
            "GET",
            "/api/v1/flows/search?sort=id",
            422,
            "Unprocessable Entity: Invalid sort parameter",
        ),
        (
            "GET",
            "/api/v1/flows/search?labels=team",
            422,
            "Unprocessable Entity: Invalid queryString parameter",
        ),
        (
            "GET",
            "/api/v1/flows/search?size=0",
            422,
            "Invalid entity: size: must be greater than or equal to 1",
        ),
        (
            "GET",
            "/api/v1/flows/a/b?revision=x",
            422,
            "Internal server error: Failed to convert argument [revision] for value [x] due to: ",
        ),
    ],
)
async def test_other_refusals(
    api: httpx.AsyncClient, method: str, path: str, status: int, message: str
) -> None:
    reply = await api.request(method, path, content=source_of("nothere"), headers=YAML)
    assert error_of(reply)[0] == status
    assert error_of(reply)[1].startswith(message)


async def test_groups_of_filters_of_which_one_must_hold(api: httpx.AsyncClient) -> None:
    for flow_id in ("x", "y", "z"):
        await create(api, source_of(flow_id, namespace="search.groups"))
    query = {
        "filters[namespace][EQUALS]": "search.groups",
        "filters[or][0][flowId][EQUALS]": "x",
        "filters[or][1][flowId][EQUALS]": "z",
    }
    found = (await api.get("/api/v1/flows/search", params=query)).json()
    assert [flow["id"] for flow in found["results"]] == ["x", "z"]


async def test_constraints_name_tasks_by_id(api: httpx.AsyncClient) -> None:
    source = """
id: bad
namespace: api.flows
tasks:
  - {id: a, type: io.kestra.plugin.core.log.Log}
  - id: p
    type: io.kestra.plugin.core.flow.Parallel
    tasks: [{id: b, type: io.kestra.plugin.core.log.Log}]
"""
    [checked] = (await api.post("/api/v1/flows/validate", content=source, headers=YAML)).json()
    lines = set(checked["constraints"].splitlines())
    assert lines == {"a.message: must not be null", "b.message: must not be null"}
    assert [item["path"] for item in checked["problems"]] == [
        "tasks[0].message",
        "tasks[1].tasks[0].message",
    ]
