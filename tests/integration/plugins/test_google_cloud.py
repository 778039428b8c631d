"""Google Cloud's tasks with Google's own clients, on a stand-in of its HTTP APIs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from context import FakeTaskContext
from google_cloud import Answer, GoogleCloud
from tiercel.check import parse_flow
from tiercel.model.task import LogLevel
from tiercel.plugin.registry import PluginUnavailableError, Registry
from tiercel.plugin.task import RunnableTask, TaskFailedError

REGISTRY = Registry.builtin(use_entry_points=False)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[GoogleCloud]:
    with GoogleCloud().running(monkeypatch) as running:
        yield running


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


@pytest.fixture
def key(cloud: GoogleCloud) -> str:
    return cloud.key()


async def run(context: FakeTaskContext, type_name: str, **properties: Any) -> dict[str, Any]:
    given = {name.rstrip("_"): value for name, value in properties.items()}
    task = REGISTRY.build(f"gcp.{type_name}", given)
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    return output.stored_values() if output else {}


# Buckets and objects.


async def test_a_bucket_is_made_once(
    cloud: GoogleCloud, context: FakeTaskContext, key: str
) -> None:
    wanted = {
        "serviceAccount": key,
        "name": "trips",
        "location": "EU",
        "storageClass": "REGIONAL",
        "labels": {"team": "blue"},
        "lifecycleRules": [{"condition": {"age": 30}, "action": {"type": "DELETE"}}],
        "cors": [{"origins": ["*"], "methods": ["GET"], "maxAgeSeconds": 5}],
        "indexPage": "index.html",
        "versioningEnabled": True,
        "iamConfiguration": {"uniformBucketLevelAccessEnabled": True},
        "logging": {"logBucket": "logs"},
    }
    made = await run(context, "gcs.CreateBucket", **wanted)
    assert made["created"] is True
    assert made["bucket"] == {
        "name": "trips",
        "uri": "gs://trips",
        "location": "EU",
        "indexPage": "index.html",
    }
    sent = cloud.buckets["trips"]
    assert sent["storageClass"] == "REGIONAL"
    assert sent["lifecycle"]["rule"] == [{"action": {"type": "Delete"}, "condition": {"age": 30}}]
    assert sent["cors"] == [{"origin": ["*"], "method": ["GET"], "maxAgeSeconds": 5}]
    assert sent["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"] is True
    assert sent["logging"]["logBucket"] == "logs"
    assert any("PRIVATE KEY" in secret for secret in context.masked)
    skipped = await run(context, "gcs.CreateBucket", **wanted, ifExists="SKIP")
    assert (skipped["created"], skipped["updated"]) == (False, False)
    with pytest.raises(TaskFailedError, match=r"refused \(409\): .*already own"):
        await run(context, "gcs.CreateBucket", **wanted)


async def test_a_bucket_is_changed_and_deleted(
    cloud: GoogleCloud, context: FakeTaskContext, key: str
) -> None:
    given = {"serviceAccount": key, "name": "trips"}
    await run(context, "gcs.CreateBucket", **given)
    changed = await run(
        context, "gcs.CreateBucket", **given, ifExists="UPDATE", storageClass="NEARLINE"
    )
    assert (changed["created"], changed["updated"]) == (False, True)
    assert cloud.buckets["trips"]["storageClass"] == "NEARLINE"
    shared = [{"entity": {"type": "GROUP", "value": "team@example.com"}, "role": "READER"}]
    await run(context, "gcs.UpdateBucket", **given, acl=shared)
    assert cloud.buckets["trips"]["acl"] == [{"entity": "group-team@example.com", "role": "READER"}]
    await run(context, "gcs.UpdateBucket", **given, storageClass="ARCHIVE")
    assert cloud.buckets["trips"]["storageClass"] == "ARCHIVE"
    await run(context, "gcs.DeleteBucket", **given, force=True)
    assert cloud.buckets == {}


@pytest.mark.parametrize("size", [5, 11 << 20])
async def test_a_file_goes_up_and_comes_down(
    cloud: GoogleCloud, context: FakeTaskContext, key: str, size: int
) -> None:
    uri = await context.store_text("trips.csv", "x" * size)
    up = await run(
        context,
        "gcs.Upload",
        serviceAccount=key,
        from_=uri,
        to="gs://trips/raw/trips 1.csv",
        contentType="text/csv",
        cacheControl="no-store",
    )
    assert up["uri"] == "gs://trips/raw/trips 1.csv"
    assert cloud.contents["trips", "raw/trips 1.csv"] == b"x" * size
    assert cloud.objects["trips", "raw/trips 1.csv"]["cacheControl"] == "no-store"
    assert [(m.name, m.value) for m in context.metrics] == [("file.size", size)]
    down = await run(context, "gcs.Download", serviceAccount=key, from_=up["uri"])
    assert (down["bucket"], down["path"]) == ("trips", "raw/trips 1.csv")
    assert await context.stored_text(down["uri"]) == "x" * size


async def test_objects_are_listed_copied_and_deleted(
    cloud: GoogleCloud, context: FakeTaskContext, key: str
) -> None:
    uri = await context.store_text("a", "abc")
    for name in ("raw/a.csv", "raw/b.txt", "raw/old/c.csv"):
        await run(context, "gcs.Upload", serviceAccount=key, from_=uri, to=f"gs://trips/{name}")

    async def names(**more: Any) -> list[str]:
        found = await run(context, "gcs.List", serviceAccount=key, from_="gs://trips/raw/", **more)
        return [blob["name"] for blob in found["blobs"]]

    assert await names() == ["raw/old/", "raw/a.csv", "raw/b.txt"]
    assert await names(filter="FILES", regExp=r".*\.csv") == ["raw/a.csv"]
    assert len(await names(listingType="RECURSIVE")) == 3
    await run(
        context,
        "gcs.Copy",
        serviceAccount=key,
        from_="gs://trips/raw/a.csv",
        to="gs://other/a.csv",
        delete=True,
    )
    assert cloud.contents["other", "a.csv"] == b"abc"
    gone = await run(context, "gcs.Delete", serviceAccount=key, uri="gs://other/a.csv")
    assert gone["deleted"] is True
    again = await run(context, "gcs.Delete", serviceAccount=key, uri="gs://other/a.csv")
    assert again["deleted"] is False
    with pytest.raises(TaskFailedError, match="There is no object"):
        await run(context, "gcs.Delete", serviceAccount=key, uri="gs://o/a", errorOnMissing=True)


async def test_content_that_is_not_as_expected_fails(
    cloud: GoogleCloud, context: FakeTaskContext, key: str
) -> None:
    uri = await context.store_text("a", "abc")
    with pytest.raises(TaskFailedError, match="was expected"):
        await run(
            context, "gcs.Upload", serviceAccount=key, from_=uri, to="gs://t/a", expectedMd5="x=="
        )


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"serviceAccount": "{"}, "is no JSON key"),
        ({"serviceAccount": "{}"}, "can't be logged in"),
        ({"to": "trips/a"}, "is no address of an object"),
        ({}, "Anonymous credentials"),
    ],
)
async def test_what_is_wrong_is_told(
    cloud: GoogleCloud, context: FakeTaskContext, given: dict[str, str], says: str
) -> None:
    uri = await context.store_text("a", "abc")
    with pytest.raises(TaskFailedError, match=says):
        await run(context, "gcs.Upload", **{"from": uri, "to": "gs://t/a", **given})


async def test_a_worker_without_credentials_says_so(
    context: FakeTaskContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(context.working_dir))
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    with pytest.raises(TaskFailedError, match="can't be logged in"):
        await run(context, "gcs.DeleteBucket", name="x")


# BigQuery.

COLUMNS = [
    ("id", "INTEGER", "NULLABLE"),
    ("fare", "NUMERIC", "NULLABLE"),
    ("day", "DATE", "NULLABLE"),
    ("at", "TIMESTAMP", "NULLABLE"),
    ("local", "DATETIME", "NULLABLE"),
    ("tags", "STRING", "REPEATED"),
    ("data", "BYTES", "NULLABLE"),
    ("ok", "BOOLEAN", "NULLABLE"),
]
ROWS = [
    [
        *("1", "12.50", "2024-01-02", "1704164645000000", "2024-01-02T03:04:05"),
        *([{"v": "a"}, {"v": "b"}], "aGk=", "true"),
    ],
    ["2", None, None, None, None, [], None, "false"],
    ["3", "1", None, None, None, [], None, None],
]
SHOWN = {
    "id": 1,
    "fare": 12.5,
    "day": "2024-01-02",
    "at": "2024-01-02T03:04:05Z",
    "local": "2024-01-02T03:04:05Z",
    "tags": ["a", "b"],
    "data": "aGk=",
    "ok": True,
}


async def query(
    context: FakeTaskContext, key: str, sql: str = "SELECT 1", **more: Any
) -> dict[str, Any]:
    return await run(context, "bigquery.Query", serviceAccount=key, sql=sql, **more)


async def test_a_query_is_one_job_as_the_flow_wants_it(
    cloud: GoogleCloud, context: FakeTaskContext, key: str
) -> None:
    done = await query(
        context,
        key,
        projectId="mine",
        destinationTable="mine.trips.monthly",
        writeDisposition="WRITE_TRUNCATE",
        createDisposition="CREATE_IF_NEEDED",
        defaultDataset="trips",
        location="EU",
        priority="BATCH",
        labels={"team": "blue"},
        clusteringFields=["vendor"],
        timePartitioningField="day",
        timePartitioningType="MONTH",
        jobTimeout="PT10M",
        maximumBytesBilled=1000,
    )
    [job] = cloud.jobs.values()
    sent = job["configuration"]["query"]
    assert done == {
        "jobId": job["id"],
        "destinationTable": {"project": "mine", "dataset": "trips", "table": "monthly"},
    }
    assert sent["useLegacySql"] is False
    assert (sent["writeDisposition"], sent["priority"]) == ("WRITE_TRUNCATE", "BATCH")
    assert sent["defaultDataset"] == {"projectId": "mine", "datasetId": "trips"}
    assert sent["timePartitioning"] == {"type": "MONTH", "field": "day"}
    assert sent["clustering"] == {"fields": ["vendor"]}
    assert job["configuration"]["jobTimeoutMs"] == "600000"
    assert job["configuration"]["labels"]["team"] == "blue"
    assert job["configuration"]["labels"]["kestra-flow-id"] == "flow"
    metrics = {metric.name: metric.value for metric in context.metrics}
    assert (metrics["total.bytes.billed"], metrics["total.bytes.processed"]) == (1024, 2048)
    assert metrics["duration"] == 1500


async def test_rows_are_fetched_in_every_way(
    cloud: GoogleCloud, context: FakeTaskContext, key: str
) -> None:
    cloud.results["SELECT 1"] = Answer(COLUMNS, ROWS)
    cloud.results["SELECT 0"] = Answer(COLUMNS, [])
    fetched = await query(context, key, fetchType="FETCH")
    assert fetched["size"] == 3
    assert fetched["rows"][0] == SHOWN
    cloud.jobs.clear()
    one = await query(context, key, fetchOne=True)
    assert (one["row"], one["size"]) == (SHOWN, 1)
    cloud.jobs.clear()
    none = await query(context, key, "SELECT 0", fetchType="FETCH_ONE")
    assert (none["row"], none["size"]) == ({}, 0)
    cloud.jobs.clear()
    stored = await query(context, key, store=True)
    assert stored["size"] == 3
    text = await context.stored_text(stored["uri"])
    assert text.splitlines()[0] == (
        "{id:1,fare:12.5e0,day:2024-01-02,at:2024-01-02T03:04:05.000Z,local:2024-01-02T03:04:05.000Z,"
        'tags:["a","b"],data:{{aGk=}},ok:true}'
    )
    assert len(text.splitlines()) == 3


async def test_a_dry_run_costs_nothing(
    cloud: GoogleCloud, context: FakeTaskContext, key: str
) -> None:
    await query(context, key, dryRun=True)
    assert [(m.name, m.value) for m in context.metrics] == [("estimated.bytes.processed", 2048)]


async def test_the_job_of_a_lost_worker_is_followed(
    cloud: GoogleCloud, context: FakeTaskContext, key: str
) -> None:
    cloud.results["SELECT 1"] = Answer(COLUMNS, ROWS)
    first = await query(context, key)
    second = await query(context, key, fetchType="FETCH_ONE")
    assert second["jobId"] == first["jobId"]
    assert second["row"]["id"] == 1
    assert len(cloud.jobs) == 1


async def test_a_passing_failure_is_tried_again(
    cloud: GoogleCloud, context: FakeTaskContext, key: str
) -> None:
    passing = Answer(errors=[{"reason": "backendError", "message": "try later"}])
    cloud.results["SELECT 1"] = [passing, Answer(COLUMNS, ROWS)]
    done = await query(context, key, fetchType="FETCH", retryAuto={"interval": "PT0.01S"})
    assert done["size"] == 3
    assert len(cloud.jobs) == 2
    assert any("try later" in message for message in context.messages(LogLevel.INFO))


async def test_a_wrong_query_fails_at_once(
    cloud: GoogleCloud, context: FakeTaskContext, key: str
) -> None:
    wrong = Answer(errors=[{"reason": "invalidQuery", "message": "Unrecognized name: x"}])
    cloud.results["SELECT 1"] = wrong
    with pytest.raises(TaskFailedError, match="Unrecognized name: x"):
        await query(context, key)
    assert len(cloud.jobs) == 1


async def test_killing_a_query_cancels_its_job(
    cloud: GoogleCloud, context: FakeTaskContext, key: str
) -> None:
    cloud.results["SELECT 1"] = Answer(polls=1_000_000)
    running = asyncio.create_task(query(context, key))
    async with asyncio.timeout(60):
        while not cloud.jobs:
            await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert cloud.cancelled == list(cloud.jobs)


async def test_a_dataset_is_made_once_changed_and_deleted(
    cloud: GoogleCloud, context: FakeTaskContext, key: str
) -> None:
    given = {"serviceAccount": key, "name": "trips"}
    made = await run(
        context,
        "bigquery.CreateDataset",
        **given,
        location="EU",
        friendlyName="Trips",
        defaultTableLifetime=3600000,
        acl=[{"role": "READER", "entity": {"type": "USER", "value": "a@b.c"}}],
    )
    assert made == {
        "dataset": "trips",
        "project": "key-project",
        "friendlyName": "Trips",
        "location": "EU",
    }
    assert cloud.datasets["trips"]["defaultTableExpirationMs"] == "3600000"
    assert cloud.datasets["trips"]["access"] == [{"role": "READER", "userByEmail": "a@b.c"}]
    await run(context, "bigquery.CreateDataset", **given, ifExists="SKIP", description="no")
    assert "description" not in cloud.datasets["trips"]
    await run(context, "bigquery.CreateDataset", **given, ifExists="UPDATE", description="yes")
    assert cloud.datasets["trips"]["description"] == "yes"
    with pytest.raises(TaskFailedError, match=r"\(409\)"):
        await run(context, "bigquery.CreateDataset", **given)
    await run(context, "bigquery.UpdateDataset", **given, labels={"a": "b"})
    assert cloud.datasets["trips"]["labels"] == {"a": "b"}
    await run(context, "bigquery.DeleteDataset", **given, deleteContents=True)
    assert cloud.datasets == {}


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tiercel.plugin.registry.find_spec", _missing)
    with pytest.raises(PluginUnavailableError) as caught:
        Registry.builtin(use_entry_points=False).load("gcp.gcs.Upload")
    assert caught.value.hint == "pip install 'tiercel[gcp]'"


def _missing(name: str) -> None:
    raise ModuleNotFoundError(name)


COURSE = """
id: trips_to_bigquery
namespace: tests.google
tasks:
  - id: bucket
    type: io.kestra.plugin.gcp.gcs.CreateBucket
    ifExists: SKIP
    storageClass: REGIONAL
    name: "{{ kv('GCP_BUCKET_NAME') }}"
  - id: dataset
    type: io.kestra.plugin.gcp.bigquery.CreateDataset
    ifExists: SKIP
    name: "{{ kv('GCP_DATASET') }}"
  - id: upload
    type: io.kestra.plugin.gcp.gcs.Upload
    from: "{{ inputs.file }}"
    to: "gs://{{ kv('GCP_BUCKET_NAME') }}/{{ inputs.file }}"
  - id: table
    type: io.kestra.plugin.gcp.bigquery.Query
    sql: CREATE TABLE IF NOT EXISTS `{{ kv('GCP_DATASET') }}.trips` (id STRING)
inputs:
  - {id: file, type: FILE}
pluginDefaults:
  - type: io.kestra.plugin.gcp
    values:
      serviceAccount: "{{ secret('GCP_CREDS') }}"
      projectId: "{{ kv('GCP_PROJECT_ID') }}"
      location: "{{ kv('GCP_LOCATION') }}"
      bucket: "{{ kv('GCP_BUCKET_NAME') }}"
"""


def test_defaults_for_all_tasks_reach_those_that_know_them() -> None:
    flow = parse_flow(COURSE, REGISTRY).flow
    given = {task.id: set(task.properties) for task in flow.tasks}
    assert {"serviceAccount", "projectId"} <= given["upload"] & given["table"]
    assert "location" in given["dataset"]
