"""The PyPI package ``kestrapy``: triggers, keys, files, namespaces, dashboards, plugins."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from client_servers import Server
from kestrapy_kit import TENANT, Sdk

SCHEDULE = (
    "triggers: [{id: nightly, type: io.kestra.plugin.core.trigger.Schedule, cron: '0 1 * * *'}]\n"
)
Eventually = Callable[[Callable[[], object]], None]


def results(reply: Any) -> list[Any]:
    found: list[Any] = reply["results"] if isinstance(reply, dict) else reply.results
    return found


def test_the_client_logs_in_with_a_token_and_not_without(sdk: Sdk, closed_server: Server) -> None:
    name = f"sdk-{sdk.version}"
    token = closed_server.call("POST", "/tokens", json={"name": name}).json()["token"]
    made = sdk.module.KestraClient(host=closed_server.url, token=token)
    assert made.flows.search_flows(TENANT, 1, 1) is not None
    stranger = sdk.module.KestraClient(host=closed_server.url)
    with pytest.raises(sdk.module.exceptions.UnauthorizedException):
        stranger.flows.search_flows(TENANT, 1, 1)


def test_a_server_without_a_login_is_open(sdk: Sdk, open_server: Server) -> None:
    configuration = sdk.module.Configuration(host=open_server.url)
    client = sdk.module.KestraClient(configuration)
    assert client.flows.create_flow(TENANT, sdk.flow("one")).id == "one"


def test_triggers_are_searched_and_switched(sdk: Sdk, eventually: Eventually) -> None:
    triggers = sdk.client.triggers
    sdk.save("timed", more=SCHEDULE)
    eventually(lambda: results(triggers.search_triggers(TENANT, 1, 10, None, sdk.here)))
    assert results(triggers.search_triggers_for_flow(TENANT, sdk.space, "timed", 1, 10))
    key = {"namespace": sdk.space, "flowId": "timed", "triggerId": "nightly"}
    place = (TENANT, sdk.space, "timed", "nightly")
    dated = {**key, "date": "2024-12-20T00:00:00Z"}
    wanted = {"triggers": [dated], "disabled": True}
    request = sdk.module.TriggerControllerSetDisabledRequest.from_dict(wanted)
    assert triggers.disabled_triggers_by_ids(TENANT, request)
    assert triggers.disabled_triggers_by_query(TENANT, disabled=False, filters=sdk.here)
    assert triggers.restart_trigger(*place)
    [row] = results(triggers.search_triggers_for_flow(TENANT, sdk.space, "timed", 1, 10))
    assert "date" in str(row)
    with pytest.raises(sdk.module.ApiException) as refused:
        triggers.unlock_trigger(*place)
    assert refused.value.status == 409
    assert triggers.unlock_triggers_by_ids(TENANT, [key]) == {"count": 0}
    assert triggers.unlock_triggers_by_query(TENANT, sdk.here) == {"count": 0}
    assert "nightly" in str(triggers.export_triggers(TENANT, sdk.here))
    assert triggers.delete_triggers_by_ids(TENANT, [key])["count"] == 1
    eventually(lambda: results(triggers.search_triggers(TENANT, 1, 10, None, sdk.here)))
    triggers.delete_trigger(*place)


def test_a_schedule_is_backfilled(sdk: Sdk, eventually: Eventually) -> None:
    triggers = sdk.client.triggers
    slow = "  - {id: slow, type: io.kestra.plugin.core.flow.Sleep, duration: PT10M}\n"
    sdk.save("timed", slow, SCHEDULE)
    eventually(lambda: results(triggers.search_triggers(TENANT, 1, 10, None, sdk.here)))
    now = datetime.datetime.now(datetime.UTC)
    start = (now - datetime.timedelta(days=7)).isoformat()
    key = {"namespace": sdk.space, "flowId": "timed", "triggerId": "nightly"}
    backfill = {**key, "backfill": {"start": start, "end": now.isoformat()}}

    def begin() -> None:
        if sdk.is_newest:
            triggers.create_backfill(TENANT, backfill)
        else:
            sdk.server.call("PUT", "/triggers", json=backfill)

    begin()
    triggers.pause_backfill(TENANT, key)
    triggers.unpause_backfill(TENANT, key)
    assert triggers.pause_backfill_by_ids(TENANT, [key])["count"] == 1
    assert triggers.unpause_backfill_by_ids(TENANT, [key])["count"] == 1
    assert triggers.pause_backfill_by_query(TENANT, sdk.here)["count"] == 1
    assert triggers.unpause_backfill_by_query(TENANT, sdk.here)["count"] == 1
    triggers.delete_backfill(TENANT, key)
    begin()
    assert triggers.delete_backfill_by_ids(TENANT, [key])["count"] == 1
    begin()
    assert triggers.delete_backfill_by_query(TENANT, sdk.here)["count"] == 1
    if sdk.is_newest:
        assert triggers.disable_trigger_by_id(TENANT, {**key, "disabled": True})["disabled"]
    sdk.client.executions.kill_executions_by_query(TENANT, sdk.here)


@pytest.mark.parametrize(
    ("body", "kind", "value"),
    [
        ("12", "NUMBER", 12),
        ("true", "BOOLEAN", True),
        ('"text"', "STRING", "text"),
        ('{"a": [1]}', "JSON", {"a": [1]}),
        ("PT1H", "DURATION", "PT1H"),
        ("2024-12-20", "DATE", "2024-12-20"),
        ("2024-12-20T01:00:00Z", "DATETIME", "2024-12-20T01:00:00Z"),
    ],
)
def test_keys_keep_their_types(sdk: Sdk, body: str, kind: str, value: object) -> None:
    sdk.client.kv.set_key_value(sdk.space, "key", TENANT, body)
    read = sdk.client.kv.key_value(sdk.space, "key", TENANT)
    assert (getattr(read.type, "value", read.type), read.value) == (kind, value)


def test_keys_are_listed_and_deleted(sdk: Sdk) -> None:
    kv = sdk.client.kv
    for key in ("a", "b", "c", "d/e"):
        kv.set_key_value(sdk.space, key.replace("/", "."), TENANT, "1")
    assert len(results(kv.list_all_keys(TENANT, 1, 10, None, sdk.here))) == 4
    assert kv.list_keys_with_inheritance(f"{sdk.space}.below", TENANT)
    assert kv.delete_key_value(sdk.space, "a", TENANT) in (True, None)
    wanted = sdk.module.KVControllerApiDeleteBulkRequest(keys=["b", "c"])
    assert sorted(kv.delete_key_values(sdk.space, TENANT, wanted).keys) == ["b", "c"]
    with pytest.raises(sdk.module.exceptions.NotFoundException):
        kv.key_value(sdk.space, "a", TENANT)


def test_files_of_a_namespace(sdk: Sdk) -> None:
    files = sdk.client.files
    files.create_namespace_directory(sdk.space, TENANT, path="/folder")
    files.create_namespace_file(sdk.space, "/folder/a.txt", TENANT, file_content=b"\x00text")
    files.create_namespace_file(sdk.space, "/empty.txt", TENANT)
    assert files.file_content(sdk.space, "/folder/a.txt", TENANT) == b"\x00text"
    assert files.file_metadatas(sdk.space, TENANT, path="/folder/a.txt").size == 5
    names = [item.file_name for item in files.list_namespace_directory_files(sdk.space, TENANT)]
    assert sorted(names) == ["empty.txt", "folder"]
    assert files.search_namespace_files(sdk.space, "a.t", TENANT) == ["/folder/a.txt"]
    assert files.file_revisions(sdk.space, TENANT, path="/folder/a.txt") is not None
    files.move_file_directory(sdk.space, "/folder/a.txt", "/b.txt", TENANT)
    archive = zipfile.ZipFile(io.BytesIO(files.export_namespace_files(sdk.space, TENANT)))
    assert sorted(archive.namelist()) == ["b.txt", "empty.txt"]
    files.delete_file_directory(sdk.space, "/b.txt", TENANT)
    with pytest.raises(sdk.module.exceptions.NotFoundException):
        files.file_content(sdk.space, "/b.txt", TENANT)


def test_namespaces_and_secrets(sdk: Sdk) -> None:
    namespaces, module = sdk.client.namespaces, sdk.module
    sdk.save("one")
    assert namespaces.namespace(sdk.space, TENANT).id == sdk.space
    assert sdk.space in str(namespaces.search_namespaces(TENANT, page=1, size=100, sort=["id:asc"]))
    wanted = module.ApiAutocomplete(q=sdk.space)
    assert sdk.space in namespaces.autocomplete_namespaces(TENANT, wanted)
    secret = module.ApiSecretValue(key="DB_PASSWORD", value="hush-hush")
    namespaces.put_secrets(sdk.space, TENANT, secret)
    told = str(namespaces.inherited_secrets(f"{sdk.space}.below", TENANT))
    assert ("DB_PASSWORD" in told, "hush" in told) == (True, False)
    assert "DB_PASSWORD" in str(namespaces.list_secrets(TENANT, 1, 100))
    meta = module.ApiSecretMetaEE(key="DB_PASSWORD", description="orders", tags=[])
    namespaces.patch_secret(sdk.space, "DB_PASSWORD", TENANT, meta)
    namespaces.delete_secret(sdk.space, "DB_PASSWORD", TENANT)
    assert "DB_PASSWORD" not in str(namespaces.inherited_secrets(sdk.space, TENANT))


def test_dashboards(sdk: Sdk) -> None:
    dashboards = sdk.client.dashboards
    chart = "{id: t, type: io.kestra.plugin.core.dashboard.chart.Markdown, content: '# x'}"
    source = f"id: {sdk.space}\ntitle: {sdk.space}\ncharts: [{chart}]\n"
    made = dashboards.create_dashboard(tenant=TENANT, yaml_body=source)
    assert made["id"] == sdk.space
    assert dashboards.dashboard(made["id"], TENANT)["title"] == sdk.space
    other = source.replace("title: s", "title: t")
    changed = dashboards.update_dashboard(made["id"], TENANT, other)
    assert changed["title"].startswith("tdk")
    assert made["id"] in str(dashboards.search_dashboards(TENANT, 1, 10, q=sdk.space[1:]))
    assert dashboards.validate_dashboard(TENANT, source) is not None
    assert dashboards.validate_chart(TENANT, chart) is not None
    dashboards.delete_dashboard(made["id"], TENANT)


def test_the_newest_version_asks_for_more(sdk: Sdk) -> None:
    if not sdk.is_newest:
        pytest.skip("these calls are new")
    client, log = sdk.client, "io.kestra.plugin.core.log.Log"
    assert client.misc.configuration()
    assert client.misc.login_configuration() is not None
    assert "upper" in str(client.misc.pebble_filters())
    assert "now" in str(client.misc.pebble_functions())
    assert client.misc.basic_auth_validation_errors() == []
    plugins = client.plugins
    assert plugins.list_plugins()
    assert plugins.list_plugins_by_subgroups()
    assert plugins.plugin_icons()
    assert plugins.plugin_group_icons()
    assert plugins.plugin_icon(log)
    assert plugins.plugin_icon_svg(log)
    assert plugins.plugin_input_types()
    assert plugins.plugin_input_schema("STRING")
    assert plugins.plugin_schema("flow")
    assert plugins.plugin_properties("task") is not None
    assert plugins.plugin_triggers()
    assert plugins.plugin_documentation(log)
    versions = plugins.plugin_versions(log)
    assert versions
    metrics = client.metrics
    task = "  - {id: r, type: io.kestra.plugin.core.flow.Sleep, duration: PT0.01S}\n"
    sdk.save("metered", task)
    done = sdk.run("metered")
    assert metrics.execution_metrics(done.id, TENANT, 1, 10) is not None
    assert metrics.flow_metric_names(sdk.space, "metered", TENANT) is not None
    assert metrics.task_metric_names(sdk.space, "metered", "r", TENANT) is not None
    assert metrics.tasks_with_metrics(sdk.space, "metered", TENANT) is not None
    assert metrics.aggregate_flow_metric(sdk.space, "metered", "rows", TENANT)
    assert metrics.aggregate_task_metric(sdk.space, "metered", "r", "rows", TENANT)
