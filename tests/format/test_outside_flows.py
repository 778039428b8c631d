"""Flows by API: kept as they are written, revised, deleted, listed, switched, moved."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from api_kit import NAMESPACE, YAML, Api, Json
from format_kit import CORE, each, ret, seq, task

pytestmark = pytest.mark.asyncio(loop_scope="session")
SOURCE = """# loads the day
id: {id}
namespace: {namespace}   # the team's

description: |
  Two
  lines
tasks:
- {{id: a, type: io.kestra.plugin.core.debug.Return, format: "{format}"}}
"""


def source(api: Api, flow_id: str, namespace: str = NAMESPACE, text: str = "x") -> str:
    return SOURCE.format(id=flow_id, namespace=namespace, format=text)


def space_of(api: Api) -> str:
    return f"tests.{api.fresh_id()}".lower().replace("_", "-")[:120]


async def read(api: Api, flow: Json, status: int = 200, **query: Any) -> Any:
    path = f"/flows/{flow['namespace']}/{flow['id']}"
    return await api.call("GET", path, status, params=query)


async def test_a_source_is_kept_byte_for_byte(api: Api):
    text = source(api, api.fresh_id(), text="é {{ flow.id }}")
    saved = await api.load(text)
    assert (saved["source"], saved["revision"]) == (text, 1)
    assert (await read(api, saved, source="true"))["source"] == text
    assert "source" not in await read(api, saved)
    again = await api.call("PUT", f"/flows/{NAMESPACE}/{saved['id']}", content=text, headers=YAML)
    assert again["revision"] == 1
    changed = await api.load(text + "# more\n")
    assert changed["revision"] == 2


async def test_a_line_with_a_revision_is_not_kept(api: Api):
    flow_id = api.fresh_id()
    saved = await api.load(f"revision: 7\n{source(api, flow_id)}")
    assert saved["revision"] == 1
    assert "revision:" not in saved["source"]


async def test_revisions_stay_and_deletion_is_one(api: Api):
    flow_id = api.fresh_id()
    for text in "ab":
        saved = await api.load(source(api, flow_id, text=text))
    path = f"/flows/{NAMESPACE}/{flow_id}"
    await api.call("DELETE", path, 204)
    await read(api, saved, 404)
    await api.call("DELETE", path, 404)
    gone = await read(api, saved, allowDeleted="true")
    assert (gone["deleted"], gone["revision"]) == (True, 3)
    assert (await read(api, saved, revision=1))["tasks"][0]["format"] == "a"
    found = await api.call("GET", f"{path}/revisions")
    assert [(item["revision"], item["deleted"]) for item in found] == [
        (1, False),
        (2, False),
        (3, True),
    ]
    assert (await api.load(source(api, flow_id, text="c")))["revision"] == 4
    assert await api.call("GET", f"/flows/{NAMESPACE}/nobody/revisions") == []
    await read(api, saved, 404, revision=99)


async def test_a_flow_that_is_there_is_not_created_again(api: Api):
    text = source(api, api.fresh_id())
    await api.load(text)
    answer = await api.call("POST", "/flows", 422, content=text, headers=YAML)
    assert answer["message"] == "Invalid entity: flow.id: Flow id already exists"
    missing = source(api, "nobody")
    await api.call("PUT", f"/flows/{NAMESPACE}/nobody", 404, content=missing, headers=YAML)


async def test_one_task_is_found_at_any_depth(api: Api):
    flow = await api.save([seq("s", each("e", [1], ret("deep", "d")))], errors=[ret("bad")])
    path = f"/flows/{NAMESPACE}/{flow['id']}/tasks"
    found = await api.call("GET", f"{path}/deep")
    assert found == {"id": "deep", "type": f"{CORE}debug.Return", "format": "d"}
    assert (await api.call("GET", f"{path}/bad"))["id"] == "bad"
    await api.call("GET", f"{path}/nobody", 404)


async def test_a_flow_may_be_sent_as_json(api: Api):
    flow = {"id": api.fresh_id(), "namespace": NAMESPACE, "tasks": [ret("a")]}
    saved = await api.call("POST", "/flows", json=flow)
    assert (saved["id"], saved["revision"]) == (flow["id"], 1)
    wrong = {**flow, "id": api.fresh_id(), "tasks": [task("debug.Nope", "a")]}
    answer = await api.call("POST", "/flows", 422, json=wrong)
    assert answer["message"] == f"Invalid type: {CORE}debug.Nope"
    first, second = answer["_embedded"]["errors"]
    assert first["path"] == 'io.kestra.core.models.flows.Flow["tasks"] > java.util.ArrayList[0]'
    assert second["message"].startswith("Failed to convert argument [flow] for value [null] due to")
    for body, kind in (("{bad", "application/json"), ("id: x", "text/plain")):
        headers = {"content-type": kind}
        status = 422 if kind.endswith("json") else 415
        await api.call("POST", "/flows", status, content=body, headers=headers)
    await api.call("POST", "/flows", 422, content="", headers=YAML)


async def test_flows_of_a_namespace_are_listed_and_searched(api: Api):
    space = space_of(api)
    for name in ("one", "two"):
        await api.load(source(api, name, space))
    await api.load(source(api, "below", f"{space}.child"))
    assert [item["id"] for item in await api.call("GET", f"/flows/{space}")] == ["one", "two"]
    query = {"namespace": space, "sort": "id:asc"}
    found = await api.call("GET", "/flows/search", params=query)
    assert ([item["id"] for item in found["results"]], found["total"]) == (
        ["below", "one", "two"],
        3,
    )
    assert (await api.call("GET", "/flows/search", params={**query, "q": "below"}))["total"] == 1
    hit = await api.call("GET", "/flows/source", params={"namespace": space, "q": "the team's"})
    assert "[mark]the team's[/mark]" in hit["results"][0]["fragments"][0]
    names = await api.call("GET", "/flows/distinct-namespaces", params={"q": space})
    assert names == [space, f"{space}.child"]
    for bad in ({"sort": "id"}, {"labels": "x"}, {"page": 0}):
        await api.call("GET", "/flows/search", 422, params=bad)


async def test_flows_are_found_by_labels(api: Api):
    space = space_of(api)
    for name, team in (("one", "a,b"), ("two", "c:d")):
        flow = {"id": name, "namespace": space, "labels": {"team": team}, "tasks": [ret("a")]}
        await api.load(json.dumps(flow))
    for label, name in (("team:a,b", "one"), ("team:c:d", "two")):
        found = await api.call("GET", "/flows/search", params={"namespace": space, "labels": label})
        assert [item["id"] for item in found["results"]] == [name]


async def test_flows_are_switched_off_and_on(api: Api):
    flow = await api.save([ret("a")])
    ids = [{"namespace": flow["namespace"], "id": flow["id"]}]
    assert await api.call("POST", "/flows/disable/by-ids", json=ids) == {"count": 1}
    assert await api.call("POST", "/flows/disable/by-ids", json=ids) == {"count": 0}
    off = await read(api, flow, source="true")
    assert (off["disabled"], off["revision"]) == (True, 2)
    assert off["source"].rstrip().endswith("disabled: true")
    answer = await api.start(flow, status=409)
    assert answer["message"] == "Illegal state: Requested Flow is disabled."
    assert await api.call("POST", "/flows/enable/by-ids", json=ids) == {"count": 1}
    assert (await read(api, flow))["disabled"] is False
    await api.wait(await api.start(flow))


async def test_a_set_with_an_unknown_flow_is_left_alone(api: Api):
    flow = await api.save([ret("a")])
    ids = [{"namespace": flow["namespace"], "id": name} for name in (flow["id"], "nobody")]
    for method, action in (("POST", "disable"), ("DELETE", "delete")):
        answer = await api.call(method, f"/flows/{action}/by-ids", 404, json=ids)
        assert answer["message"] == "Not Found: No value present"
    assert (await read(api, flow))["disabled"] is False


async def test_a_namespace_is_made_like_a_list(api: Api):
    space = space_of(api)
    for name in "ab":
        await api.load(source(api, name, space))
    wanted = "---\n".join(source(api, name, space, "new") for name in "bc")
    found = await api.call("POST", f"/flows/{space}", content=wanted, headers=YAML)
    assert [(item["id"], item["revision"]) for item in found] == [("a", 1), ("b", 2), ("c", 1)]
    assert [item["id"] for item in await api.call("GET", f"/flows/{space}")] == ["b", "c"]
    more = source(api, "d", space)
    query = {"delete": "false"}
    await api.call("POST", f"/flows/{space}", content=more, headers=YAML, params=query)
    assert len(await api.call("GET", f"/flows/{space}")) == 3
    other = source(api, "e", f"{space}.other")
    answer = await api.call("POST", f"/flows/{space}", 422, content=other, headers=YAML)
    assert "flow.namespace: Flow namespace is invalid" in answer["message"]
    twice = f"{more}---\n{more}"
    answer = await api.call("POST", f"/flows/{space}", 422, content=twice, headers=YAML)
    assert "Duplicate flow id" in answer["message"]
    assert len(await api.call("GET", f"/flows/{space}")) == 3


async def test_flows_travel_as_an_archive(api: Api):
    space = space_of(api)
    texts = {name: source(api, name, space) for name in "ab"}
    for text in texts.values():
        await api.load(text)
    reply = await api.http.get("/api/v1/flows/export/by-query", params={"namespace": space})
    assert "flows.zip" in reply.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(reply.content)) as archive:
        found = {name: archive.read(name).decode() for name in archive.namelist()}
    assert found == {f"{space}.{name}.yml": text for name, text in texts.items()}
    query = {"namespace": space}
    assert await api.call("DELETE", "/flows/delete/by-query", params=query) == {"count": 2}
    part = {"fileUpload": ("flows.zip", reply.content)}
    assert await api.call("POST", "/flows/import", files=part) == []
    assert len(await api.call("GET", f"/flows/{space}")) == 2
    both = "---\n".join(texts.values()).encode()
    assert await api.call("POST", "/flows/import", files={"fileUpload": ("f.yml", both)}) == []
    wrong = {"fileUpload": ("flows.txt", b"x")}
    answer = await api.call("POST", "/flows/import", 422, files=wrong)
    assert answer["message"] == "Illegal argument: Cannot import file of type .txt"


async def test_what_is_outdated_or_old_is_said(api: Api):
    flow = await api.save([ret("a")])
    checks = [
        f"id: {flow['id']}\nnamespace: {NAMESPACE}\nrevision: {revision}\n"
        f"tasks:\n  - {{id: a, type: io.kestra.core.tasks.log.Log, message: m}}\n"
        for revision in (2, 9)
    ]
    loop = {"id": "e", "type": f"{CORE}flow.EachSequential", "value": "[1]", "tasks": [ret("a")]}
    checks.append(json.dumps({"id": "old", "namespace": NAMESPACE, "tasks": [loop]}) + "\n")
    checks.append("id: [\n")
    found = await api.call("POST", "/flows/validate", content="---\n".join(checks), headers=YAML)
    assert [item["index"] for item in found] == [0, 1, 2, 3]
    assert [item["outdated"] for item in found] == [False, True, False, False]
    renamed = f"io.kestra.core.tasks.log.Log is replaced by {CORE}log.Log"
    assert found[0]["infos"] == [renamed]
    assert found[2]["deprecationPaths"] == ["tasks[0]"]
    assert ("flow" in found[3], found[3]["constraints"].startswith("Illegal flow yaml: ")) == (
        False,
        True,
    )
    await api.call("POST", "/flows/validate", 422, content="", headers=YAML)


async def test_a_task_is_checked_alone(api: Api):
    good = f"id: a\ntype: {CORE}log.Log\nmessage: m\n"
    query = {"section": "TASKS"}
    path = "/flows/validate/task"
    found = await api.call("POST", path, content=good, headers=YAML, params=query)
    assert "constraints" not in found
    bad = good.replace("message: m\n", "")
    found = await api.call("POST", path, content=bad, headers=YAML, params=query)
    assert found["constraints"] == "message: must not be null\n"
    await api.call("POST", path, 400, content=good, headers=YAML)
    cron = {"id": "t", "type": f"{CORE}trigger.Schedule"}
    found = await api.call("POST", "/flows/validate/trigger", json=cron)
    assert found["constraints"] == "cron: must not be null\n"


async def test_a_file_may_be_a_flow(api: Api):
    space = space_of(api)
    text = source(api, "made", "else.where")
    query = {"path": "/_flows/made.yml"}
    part = {"fileContent": ("made.yml", text)}
    await api.call("POST", f"/namespaces/{space}/files", params=query, files=part)
    found = await api.call("GET", f"/flows/{space}/made", params={"source": "true"})
    assert (found["namespace"], found["tasks"][0]["id"]) == (space, "a")
    deeper = {"path": "/_flows/a/b.yml"}
    await api.call("POST", f"/namespaces/{space}/files", 422, params=deeper, files=part)
    answer = await api.call("GET", f"/namespaces/{space}/files", 422, params=query)
    assert answer["message"] == "Illegal argument: Forbidden path: /_flows/made.yml"
