"""Plugin types over HTTP."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest
from api_answers import recorded

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOG = "io.kestra.plugin.core.log.Log"


async def get(api: httpx.AsyncClient, path: str) -> Any:
    reply = await api.get(f"/api/v1/plugins{path}")
    assert reply.status_code == 200, reply.text
    return reply.json()


async def test_packages_of_types(api: httpx.AsyncClient) -> None:
    plugins = await get(api, "")
    core = plugins[0]
    assert sorted(core) == recorded("plugin_keys")
    assert core["group"] == "io.kestra.plugin.core"
    assert LOG in core["tasks"]
    assert "io.kestra.core.tasks.log.Log" in core["aliases"]
    assert "io.kestra.plugin.core.trigger.Schedule" in core["triggers"]
    names = {plugin["name"] for plugin in plugins}
    assert {"core", "plugin-scripts-python", "plugin-jdbc-postgresql"} <= names
    grouped = await get(api, "/groups/subgroups")
    assert grouped[: len(plugins)] == plugins
    assert "io.kestra.plugin.core.log" in [item.get("subGroup") for item in grouped]


async def test_icons(api: httpx.AsyncClient) -> None:
    icons = await get(api, "/icons")
    assert sorted(icons[LOG]) == recorded("icon_keys")
    assert base64.b64decode(icons[LOG]["icon"]).startswith(b"<svg")
    assert icons["io.kestra.plugin.core.flow.If"]["flowable"] is True
    assert "io.kestra.plugin.core" in await get(api, "/icons/groups")
    reply = await api.get(f"/api/v1/plugins/icons/{LOG}/icon.svg")
    assert reply.headers["content-type"] == "image/svg+xml"
    assert reply.headers["cache-control"] == "public, max-age=3600"


async def test_documentation_of_a_type(api: httpx.AsyncClient) -> None:
    document = await get(api, f"/{LOG}")
    wanted = recorded("doc")
    properties = document["schema"]["properties"]
    assert sorted(document) == wanted["top"]
    assert sorted(document["schema"]) == wanted["schema"]
    assert sorted(properties) == wanted["properties"]
    assert sorted(properties["properties"]) == wanted["names"]
    assert properties["required"] == wanted["required"]
    assert properties["properties"]["message"]["$required"] is True
    everything = await get(api, f"/{LOG}?all=true")
    assert "retry" in everything["schema"]["properties"]["properties"]
    assert "io.kestra.plugin.core.log.Log" in document["markdown"]
    old = await get(api, "/io.kestra.core.tasks.log.Log/versions/latest")
    assert old == document
    reply = await api.get("/api/v1/plugins/io.kestra.nothing.Here")
    message = "Not Found: Class 'io.kestra.nothing.Here' doesn't exists "
    assert (reply.status_code, reply.json()["message"]) == (404, message)


async def test_types_of_inputs(api: httpx.AsyncClient) -> None:
    found = {item["type"]: item["cls"] for item in await get(api, "/inputs")}
    wanted = {item["type"]: item["cls"] for item in recorded("input_types")}
    assert {kind: found[kind] for kind in wanted} == wanted
    document = await get(api, "/inputs/INT")
    assert {"id", "min", "max", "defaults"} <= set(document["schema"]["properties"]["properties"])
    assert (await api.get("/api/v1/plugins/inputs/NOPE")).status_code == 422


@pytest.mark.parametrize(
    "kind", ["flow", "task", "trigger", "template", "plugindefault", "dashboard"]
)
async def test_schemas_for_editors(api: httpx.AsyncClient, kind: str) -> None:
    schema = await get(api, f"/schemas/{kind}")
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    definitions = schema["definitions"]
    assert schema["$ref"].removeprefix("#/definitions/") in definitions
    for reference in references(schema):
        assert reference.removeprefix("#/definitions/") in definitions
    as_list = await get(api, f"/schemas/{kind}?arrayOf=true")
    assert (as_list["type"], as_list["$ref"]) == ("array", schema["$ref"])


async def test_the_schema_of_a_flow_names_every_task(api: httpx.AsyncClient) -> None:
    schema = await get(api, "/schemas/flow")
    flow = schema["definitions"]["io.kestra.core.models.flows.Flow"]
    tasks = [item["$ref"] for item in flow["properties"]["tasks"]["items"]["oneOf"]]
    assert f"#/definitions/{LOG}" in tasks
    log = schema["definitions"][LOG]
    assert {"id", "type", "message"} <= set(log["required"])
    assert "Default value is : `" in log["properties"]["level"]["markdownDescription"]
    assert (await api.get("/api/v1/plugins/schemas/nope")).status_code == 422
    assert "tasks" in await get(api, "/properties/flow")


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for item in value.values() for found in references(item)]
    if isinstance(value, list):
        return [found for item in value for found in references(item)]
    return []
