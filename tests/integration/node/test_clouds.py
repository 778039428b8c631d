"""Pipelines over cloud services on a whole node, with stand-ins of the services."""

from __future__ import annotations

from pathlib import Path

import pytest

from gemini_api import Gemini
from google_cloud import Answer, GoogleCloud
from tiercel.model.state import StateType
from tiercel.services.executions import Snapshot
from tiercel.services.kv import KeyType, TypedValue
from tiercel.services.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAMESPACE = "tests.clouds"
TRIPS = """
id: trips_to_bigquery
namespace: tests.clouds
variables:
  file: "trips_{{ inputs.month }}.csv"
  gcs_file: "gs://{{ kv('GCP_BUCKET_NAME') }}/{{ vars.file }}"
  data: "{{ outputs.extract.outputFiles['trips_' ~ inputs.month ~ '.csv'] }}"
inputs:
  - {id: month, type: STRING, defaults: "2019-01"}
tasks:
  - id: bucket
    type: io.kestra.plugin.gcp.gcs.CreateBucket
    ifExists: SKIP
    storageClass: REGIONAL
    name: "{{ kv('GCP_BUCKET_NAME') }}"
  - id: dataset
    type: io.kestra.plugin.gcp.bigquery.CreateDataset
    name: "{{ kv('GCP_DATASET') }}"
    ifExists: SKIP
  - id: extract
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    outputFiles: ["*.csv"]
    commands:
      - echo "1,2" > {{ render(vars.file) }}
  - id: upload
    type: io.kestra.plugin.gcp.gcs.Upload
    from: "{{ render(vars.data) }}"
    to: "{{ render(vars.gcs_file) }}"
  - id: table
    type: io.kestra.plugin.gcp.bigquery.Query
    sql: |
      CREATE TABLE IF NOT EXISTS `{{ kv('GCP_DATASET') }}.trips` (id INT64)
  - id: count
    type: io.kestra.plugin.gcp.bigquery.Query
    sql: SELECT COUNT(*) AS n FROM trips
    fetchType: FETCH_ONE
pluginDefaults:
  - type: io.kestra.plugin.gcp
    values:
      serviceAccount: "{{ kv('GCP_CREDS') }}"
      projectId: "{{ kv('GCP_PROJECT_ID') }}"
      location: "{{ kv('GCP_LOCATION') }}"
      bucket: "{{ kv('GCP_BUCKET_NAME') }}"
"""
NOTES = """
id: ask_notes
namespace: tests.clouds
tasks:
  - id: ingest
    type: io.kestra.plugin.ai.rag.IngestDocument
    provider:
      type: io.kestra.plugin.ai.provider.GoogleGemini
      modelName: gemini-embedding-001
      apiKey: "{{ kv('GEMINI_API_KEY') }}"
      baseUrl: "{{ kv('GEMINI_URL') }}"
    embeddings: {type: io.kestra.plugin.ai.embeddings.KestraKVStore}
    drop: true
    fromDocuments:
      - content: A dog barks.
  - id: ask
    type: io.kestra.plugin.ai.rag.ChatCompletion
    chatProvider:
      type: io.kestra.plugin.ai.provider.GoogleGemini
      modelName: gemini-2.5-flash
      apiKey: "{{ kv('GEMINI_API_KEY') }}"
      baseUrl: "{{ kv('GEMINI_URL') }}"
    embeddings: {type: io.kestra.plugin.ai.embeddings.KestraKVStore}
    prompt: What does a dog do?
  - id: log
    type: io.kestra.plugin.core.log.Log
    message: "{{ outputs.ask.textOutput }}"
"""


async def run(node: Node, source: str, values: dict[str, str]) -> Snapshot:
    for name, value in values.items():
        await node.views.kv.set(NAMESPACE, name, TypedValue(KeyType.STRING, value))
    flow = (await node.flows.save(source)).parsed.flow
    started = await node.executions.start(NAMESPACE, flow.id)
    return await node.executions.wait(started.id)


async def test_trips_go_to_a_bucket_and_a_table(
    node: Node, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with GoogleCloud().running(monkeypatch) as cloud:
        rows = [("n", "INTEGER", "NULLABLE")]
        cloud.results["SELECT COUNT(*) AS n FROM trips"] = Answer(rows, [["1"]])
        values = {
            "GCP_CREDS": cloud.key(),
            "GCP_PROJECT_ID": "project",
            "GCP_LOCATION": "EU",
            "GCP_BUCKET_NAME": "trips",
            "GCP_DATASET": "zoomcamp",
        }
        done = await run(node, TRIPS, values)
    assert done.execution.state.current is StateType.SUCCESS
    outputs = {task.task_id: task.outputs for task in done.task_runs}
    assert cloud.contents == {("trips", "trips_2019-01.csv"): b"1,2\n"}
    assert cloud.buckets["trips"]["location"] == "EU"
    assert cloud.datasets["zoomcamp"]["location"] == "EU"
    assert outputs["upload"]["uri"] == "gs://trips/trips_2019-01.csv"
    assert outputs["count"]["row"] == {"n": 1}
    assert len(cloud.jobs) == 2


async def test_notes_answer_a_question(node: Node) -> None:
    with Gemini().running() as gemini:
        values = {"GEMINI_API_KEY": "right-key", "GEMINI_URL": gemini.url}
        done = await run(node, NOTES, values)
    assert done.execution.state.current is StateType.SUCCESS
    outputs = {task.task_id: task.outputs for task in done.task_runs}
    assert outputs["ingest"]["embeddingStoreOutputs"] == {"kvName": "ask_notes-embedding-store"}
    assert outputs["ask"]["textOutput"] == "Hello"
    assert outputs["ask"]["sources"][0]["content"] == "A dog barks."
