"""Traces reach a collector: executions, their task runs, and those of their subflows."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tiercel.config import Settings
from tiercel.config.sections import TracingSettings
from tiercel.main import open_node, serve
from tiercel.model.errors import IllegalArgumentError
from tiercel.services.node import NodeOptions
from tiercel.services.tracing import TracingOptions, open_tracer

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
YAML = {"content-type": "application/x-yaml"}
CHILD = """\
id: child
namespace: traced
tasks:
  - id: fails
    type: io.kestra.plugin.core.execution.Fail
"""
FLOW = """\
id: parent
namespace: traced
labels: {team: finance}
tasks:
  - id: script
    type: io.kestra.plugin.scripts.shell.Script
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    script: echo "::{\\"outputs\\":{\\"parent\\":\\"$TRACEPARENT\\"}}::"
  - id: both
    type: io.kestra.plugin.core.flow.Parallel
    tasks:
      - {id: inside, type: io.kestra.plugin.core.log.Log, message: hello}
  - id: below
    type: io.kestra.plugin.core.flow.Subflow
    namespace: traced
    flowId: child
    wait: true
    transmitFailed: false
"""


class Collector:
    """Receives OTLP over HTTP on loopback."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.services: set[str] = set()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                collector.take(self.path, body)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self._thread.start()

    def take(self, path: str, body: bytes) -> None:
        assert path == "/v1/traces"
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for item in resource.resource.attributes:
                if item.key == "service.name":
                    self.services.add(item.value.string_value)
            for scope in resource.scope_spans:
                self.spans.extend(scope.spans)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    def named(self, name: str) -> Span:
        [found] = [span for span in self.spans if span.name == name]
        return found


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.close()


def attributes(span: Span) -> dict[str, str | int]:
    return {item.key: item.value.string_value or item.value.int_value for item in span.attributes}


async def test_spans_of_executions_and_task_runs(tmp_path: Path, collector: Collector) -> None:
    settings = Settings(traces=TracingSettings(endpoint=collector.url))
    options = NodeOptions(data_dir=tmp_path, settings=settings)
    async with (
        open_node(options) as node,
        serve(node, "127.0.0.1", 0) as url,
        httpx.AsyncClient(base_url=url, timeout=60) as api,
    ):
        for source in (CHILD, FLOW):
            assert (
                await api.post("/api/v1/flows", content=source, headers=YAML)
            ).status_code == 200
        reply = await api.post(
            "/api/v1/executions/traced/parent",
            params={"wait": "true"},
            headers={"traceparent": f"00-{TRACE}-{CALLER}-01"},
        )
        shown = reply.json()
        quiet = await api.post(
            "/api/v1/executions/traced/child",
            params={"wait": "true"},
            headers={"traceparent": f"00-{'1' * 32}-{CALLER}-00"},
        )
        assert quiet.json()["state"]["current"] == "FAILED"
        wrong = await api.post(
            "/api/v1/executions/traced/child",
            params={"wait": "true"},
            headers={"traceparent": "nonsense"},
        )
        assert "traceParent" not in wrong.json()
    assert shown["traceParent"] == f"00-{TRACE}-{CALLER}-01"
    by_name = {name: collector.named(name) for name in ("traced.parent", "script", "both")}
    whole, script, both = by_name.values()
    below, inside = collector.named("below"), collector.named("inside")
    children = [span for span in collector.spans if span.name == "traced.child"]
    [child] = [span for span in children if span.trace_id.hex() == TRACE]
    assert {span.trace_id.hex() for span in (whole, script, both, below, inside, child)} == {TRACE}
    assert whole.parent_span_id.hex() == CALLER
    assert {script.parent_span_id, both.parent_span_id, below.parent_span_id} == {whole.span_id}
    assert inside.parent_span_id == both.span_id
    assert child.parent_span_id == below.span_id
    handed = next(run for run in shown["taskRunList"] if run["taskId"] == "script")
    assert handed["outputs"]["vars"]["parent"] == f"00-{TRACE}-{script.span_id.hex()}-01"
    assert attributes(whole)["tiercel.label.team"] == "finance"
    assert attributes(script)["tiercel.task_run.attempts"] == 1
    assert [event.name for event in script.events] == ["CREATED", "RUNNING", "SUCCESS"]
    assert script.start_time_unix_nano <= script.end_time_unix_nano
    assert child.status.code == child.status.STATUS_CODE_ERROR
    assert len(children) == 2
    assert not any(span.trace_id.hex() == "1" * 32 for span in collector.spans)
    assert collector.services == {"tiercel"}


@pytest.mark.parametrize(
    ("enabled", "endpoint", "variables", "wanted"),
    [
        (None, "", {}, False),
        (None, "", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, True),
        (None, "", {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c/v1/traces"}, True),
        (None, "http://c:4318", {}, True),
        (None, "http://c:4318", {"OTEL_TRACES_EXPORTER": "none"}, False),
        (True, "", {}, True),
        (True, "", {"OTEL_SDK_DISABLED": "true"}, False),
        (False, "http://c:4318", {}, False),
    ],
)
def test_when_traces_are_written(
    enabled: bool | None, endpoint: str, variables: dict[str, str], wanted: bool
) -> None:
    assert TracingOptions(enabled, endpoint).are_wanted(variables) is wanted


def test_missing_packages_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ImportError("no module", name="opentelemetry")

    monkeypatch.setattr("tiercel.services.tracing._tracer", fail)
    with pytest.raises(IllegalArgumentError, match="opentelemetry"):
        open_tracer(TracingOptions(enabled=True), {})
    assert open_tracer(TracingOptions(endpoint="http://c:4318"), {}) is None


async def test_a_collector_that_is_away_holds_nobody_up(
    tmp_path: Path, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "another")
    collector.close()
    tracer = open_tracer(TracingOptions(), {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url})
    assert tracer is not None
    async with asyncio.timeout(60):
        await tracer.close()
