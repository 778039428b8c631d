"""Types that are not here: the refusal says what to use instead."""

from __future__ import annotations

import pytest

from tiercel.check import parse_flow
from tiercel.model.problems import InvalidFlowError
from tiercel.plugin.registry import Registry
from tiercel.plugins.elsewhere import ELSEWHERE

REGISTRY = Registry.builtin(use_entry_points=False)


@pytest.mark.parametrize(
    ("type_name", "instead"),
    [
        ("scripts.groovy.Eval", "JVM of the server, and there is none here; "),
        ("scripts.groovy.FileTransform", "io.kestra.plugin.core.storage.FilterItems"),
        ("scripts.jython.Eval", "io.kestra.plugin.scripts.python.Script"),
        ("scripts.nashorn.FileTransform", "io.kestra.plugin.scripts.node.Script"),
        ("jdbc.snowflake.Query", "PostgreSQL, DuckDB, SQLite, MySQL and MariaDB"),
        ("jdbc.redshift.Query", "io.kestra.plugin.jdbc.postgresql"),
        ("aws.s3.Upload", "boto3"),
        ("serdes.markdown.MarkdownToHtml", "dependencies: [markdown]"),
        ("fs.sftp.Upload", "paramiko"),
        ("kubernetes.core.PodCreate", "kubectl"),
        ("dbt.cloud.TriggerRun", "io.kestra.plugin.core.http.Request"),
        ("git.TenantSync", "io.kestra.plugin.git.SyncFlows"),
        ("ai.agent.AIAgent", "ai.rag.ChatCompletion"),
        ("ai.completion.Classification", "ai.completion.ChatCompletion"),
    ],
)
def test_a_flow_is_refused_with_what_to_use_instead(type_name: str, instead: str):
    source = f"id: f\nnamespace: n\ntasks:\n  - id: t\n    type: io.kestra.plugin.{type_name}\n"
    with pytest.raises(InvalidFlowError) as caught:
        parse_flow(source, REGISTRY)
    (problem,) = caught.value.problems
    assert problem.message == f"Invalid type: io.kestra.plugin.{type_name}"
    assert instead in (problem.hint or "")
    assert (problem.line, problem.column) == (5, 11)


@pytest.mark.parametrize(
    ("part", "instead"),
    [
        ("tools: [{type: ai.tool.StdioMcpClient}]", "ai.tool.TavilyWebSearch"),
        ("contentRetrievers: [{type: ai.retriever.SqlDatabaseRetriever}]", "postgresql.Query"),
        ("memory: {type: ai.memory.Redis}", "ai.memory.KestraKVStore"),
        ("embeddings: {type: ai.embeddings.PGVector}", "ai.embeddings.KestraKVStore"),
        ("chatProvider: {type: ai.provider.AmazonBedrock}", "Gemini"),
        ("observability: {type: x}", "logRequests"),
    ],
)
def test_a_part_of_a_task_is_refused_with_what_to_use_instead(part: str, instead: str):
    source = (
        "id: f\nnamespace: n\ntasks:\n  - id: t\n    type: ai.rag.ChatCompletion\n"
        f"    prompt: p\n    {part}\n"
    )
    with pytest.raises(InvalidFlowError) as caught:
        parse_flow(source, REGISTRY)
    assert any(instead in (problem.hint or "") for problem in caught.value.problems)


def test_types_that_are_here_are_no_concern_of_it():
    assert REGISTRY.find("io.kestra.plugin.gcp.gcs.Upload") is not None
    assert REGISTRY.find("io.kestra.plugin.kubernetes.runner.Kubernetes") is not None
    assert "did you mean" in REGISTRY.nearest("io.kestra.plugin.jdbc.postgres.Query")
    assert "did you mean" in REGISTRY.nearest("io.kestra.plugin.ai.provider.GoogleGemeni")


def test_what_is_offered_exists():
    words = " ".join(ELSEWHERE.values()).replace("`", " ").split()
    named = {word.strip(",;:") for word in words if word.startswith("io.kestra.")}
    known = {info.type_name for info in REGISTRY.types()}
    assert [name for name in named if not any(full.startswith(name) for full in known)] == []
