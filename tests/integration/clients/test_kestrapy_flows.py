"""The PyPI package ``kestrapy``: everything about flows."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from kestrapy_kit import LOG, TENANT, Sdk


def count_of(reply: Any) -> int:
    count: int = reply["count"] if isinstance(reply, dict) else reply.count
    return count


def name_of(sdk: Sdk, flow_id: str) -> Any:
    return sdk.module.IdWithNamespace(id=flow_id, namespace=sdk.space)


def test_a_flow_is_created_read_changed_and_deleted(sdk: Sdk) -> None:
    flows = sdk.client.flows
    source = sdk.flow("one", more="description: first  # kept\n")
    created = flows.create_flow(TENANT, source)
    assert (created.id, created.namespace, created.revision) == ("one", sdk.space, 1)
    assert flows.flow(sdk.space, "one", TENANT, source=True).source == source
    changed = flows.update_flow(sdk.space, "one", TENANT, source.replace("first", "second"))
    assert (changed.revision, changed.description) == (2, "second")
    revisions = flows.list_flow_revisions(sdk.space, "one", TENANT)
    assert [item.revision for item in revisions] == [1, 2]
    assert flows.flow(sdk.space, "one", TENANT, revision=1).description == "first"
    assert flows.task_from_flow(sdk.space, "one", "hello", TENANT)
    flows.delete_revisions(sdk.space, "one", TENANT, [1])
    flows.delete_flow(sdk.space, "one", TENANT)
    with pytest.raises(sdk.module.exceptions.NotFoundException):
        flows.flow(sdk.space, "one", TENANT)
    assert flows.flow(sdk.space, "one", TENANT, allow_deleted=True).deleted
    left = flows.list_flow_revisions(sdk.space, "one", TENANT, allow_delete=False)
    assert not any(item.deleted for item in left)


def test_what_is_wrong_is_refused(sdk: Sdk) -> None:
    sdk.save("one")
    with pytest.raises(sdk.module.ApiException) as refused:
        sdk.save("one")
    assert (refused.value.status, "already exists" in refused.value.body) == (422, True)
    with pytest.raises(sdk.module.ApiException):
        sdk.save("two", "  - {id: a, type: io.example.Nothing}\n")
    [checked] = sdk.client.flows.validate_flows(TENANT, sdk.flow("three", "  - {id: a}\n"))
    assert checked.constraints
    assert sdk.client.flows.validate_task("TASKS", TENANT, f"id: a\ntype: {LOG}\nmessage: x\n")
    schedule = "id: a\ntype: io.kestra.plugin.core.trigger.Schedule\ncron: '* * * * *'\n"
    assert sdk.client.flows.validate_trigger(TENANT, schedule)


def test_flows_are_searched_and_listed(sdk: Sdk) -> None:
    flows = sdk.client.flows
    sdk.save("one", more="labels: {team: data}\n")
    sdk.save("two")

    def found(*filters: Any) -> list[str]:
        reply = flows.search_flows(TENANT, 1, 10, ["id:asc"], [*sdk.here, *filters])
        return [
            item["id"]
            for item in (reply if isinstance(reply, dict) else reply.to_dict())["results"]
        ]

    assert found() == ["one", "two"]
    assert found(sdk.where("LABELS", {"team": "data"})) == ["one"]
    assert found(sdk.where("QUERY", "tw")) == ["two"]
    assert [item.id for item in flows.list_flows_by_namespace(sdk.space, TENANT)] == ["one", "two"]
    assert sdk.space in flows.list_distinct_namespaces(TENANT, q=sdk.space)
    assert "hello" in str(flows.search_flows_by_source_code(TENANT, 1, 10, q="hello"))
    assert flows.list_deprecated(TENANT) is not None


def test_many_flows_are_switched_and_deleted(sdk: Sdk) -> None:
    flows = sdk.client.flows
    for flow_id in ("one", "two", "three"):
        sdk.save(flow_id)
    assert count_of(flows.disable_flows_by_ids(TENANT, [name_of(sdk, "one")])) == 1
    assert flows.flow(sdk.space, "one", TENANT).disabled
    assert count_of(flows.disable_flows_by_query(TENANT, sdk.here)) == 2
    assert count_of(flows.enable_flows_by_ids(TENANT, [name_of(sdk, "one")])) == 1
    assert count_of(flows.enable_flows_by_query(TENANT, sdk.here)) == 2
    assert count_of(flows.delete_flows_by_ids(TENANT, [name_of(sdk, "one")])) == 1
    assert count_of(flows.delete_flows_by_query(TENANT, sdk.here)) == 2
    assert flows.list_flows_by_namespace(sdk.space, TENANT) == []


def test_a_namespace_is_made_to_hold_just_some_flows(sdk: Sdk) -> None:
    flows = sdk.client.flows
    sdk.save("old")

    def here() -> list[str]:
        return [item.id for item in flows.list_flows_by_namespace(sdk.space, TENANT)]

    one, two = sdk.flow("one"), sdk.flow("two")
    flows.update_flows_in_namespace(sdk.space, TENANT, f"{one}---\n{two}", delete=False)
    assert here() == ["old", "one", "two"]
    flows.update_flows_in_namespace(sdk.space, TENANT, one, delete=True, override=False)
    assert here() == ["one"]
    elsewhere = sdk.flow("three", space="some.where.else")
    flows.update_flows_in_namespace(sdk.space, TENANT, elsewhere, delete=True, override=True)
    assert here() == ["three"]
    flows.bulk_update_flows(TENANT, delete=False, namespace=sdk.space, body=two)
    assert here() == ["three", "two"]


def test_flows_are_exported_and_imported(sdk: Sdk) -> None:
    flows = sdk.client.flows
    sdk.save("one")
    sdk.save("two")
    archive = flows.export_flows_by_query(TENANT, sdk.here)
    assert len(zipfile.ZipFile(io.BytesIO(archive)).namelist()) == 2
    assert flows.export_flows_by_ids(TENANT, [name_of(sdk, "one")]).startswith(b"PK")
    flows.delete_flows_by_query(TENANT, sdk.here)
    assert flows.import_flows(TENANT, file_content=archive) == []
    more = f"{sdk.flow('three')}---\n{sdk.flow('four')}"
    flows.import_flows(TENANT, fail_on_error=True, file_content=more.encode())
    found = [item.id for item in flows.list_flows_by_namespace(sdk.space, TENANT)]
    assert found == ["four", "one", "three", "two"]


def test_flows_are_drawn(sdk: Sdk) -> None:
    flows = sdk.client.flows
    subflow = "io.kestra.plugin.core.flow.Subflow"
    child = f"  - {{id: c, type: {subflow}, namespace: {sdk.space}, flowId: b}}\n"
    sdk.save("b")
    sdk.save("a", child)
    assert flows.generate_flow_graph(sdk.space, "a", TENANT).nodes
    assert flows.generate_flow_graph(sdk.space, "a", TENANT, subflows=["root.c"]).nodes
    assert flows.generate_flow_graph_from_source(TENANT, sdk.flow("c")).nodes
    graph = flows.flow_dependencies(sdk.space, "a", TENANT, destination_only=False, expand_all=True)
    assert len(graph.nodes) == 2
    assert len(flows.flow_dependencies_from_namespace(sdk.space, TENANT).nodes) == 2


def test_the_newest_version_asks_for_more(sdk: Sdk) -> None:
    if not sdk.is_newest:
        pytest.skip("these calls are new")
    flows = sdk.client.flows
    task = {"id": "hello", "type": LOG, "message": "hello"}
    made = flows.create_flow_from_object(
        TENANT, {"id": "o", "namespace": sdk.space, "tasks": [task]}
    )
    assert made.revision == 1
    other = {"id": "o", "namespace": sdk.space, "tasks": [{**task, "message": "bye"}]}
    assert flows.update_flow_from_object(sdk.space, "o", TENANT, other).revision == 2
    body = {"namespace": sdk.space, "query": "bye", "replacement": "so long"}
    assert flows.preview_replace_by_source_code(TENANT, body)["results"][0]["id"] == "o"
    assert flows.apply_replace_by_source_code(TENANT, body)["count"] == 1
    line = {"namespace": sdk.space, "id": "o", "query": "so long", "replacement": "x", "line": 6}
    assert flows.replace_line_by_source_code(TENANT, line)["id"] == "o"
    assert flows.flow_hashes_by_ids(TENANT, [name_of(sdk, "o")])
    assert "o" in str(flows.export_flows_by_query_csv(TENANT, sdk.here))
    source = flows.flow(sdk.space, "o", TENANT, source=True).source
    assert "flow.id" in str(flows.expressions(TENANT, source))
