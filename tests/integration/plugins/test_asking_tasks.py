"""Tasks that ask their server for flows and keys, on a whole node."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tiercel.model.errors import NotFoundError
from tiercel.model.state import StateType
from tiercel.services.executions import Snapshot
from tiercel.services.node import Node

pytestmark = pytest.mark.asyncio(loop_scope="session")

LOG = "tasks:\n  - {id: t, type: core.log.Log, message: x}\n"


@pytest.fixture
def bare(tmp_path: Path) -> str:
    """The URL of a bare repository without commits."""
    folder = tmp_path / "repo.git"
    command = ["git", "init", "-q", "--bare", "-b", "main", str(folder)]
    subprocess.run(command, check=True)
    return f"file://{folder}"


async def run(node: Node, source: str) -> Snapshot:
    flow = (await node.flows.save(source)).parsed.flow
    execution = await node.executions.start(flow.namespace, flow.id)
    return await node.executions.wait(execution.id)


def outputs(snapshot: Snapshot, task_id: str) -> dict[str, Any]:
    found = next(run.outputs for run in snapshot.task_runs if run.task_id == task_id)
    return dict(found or {})


async def test_flows_go_to_a_repository_and_come_back(node: Node, bare: str):
    for flow_id in ("a", "b"):
        await node.flows.save(f"id: {flow_id}\nnamespace: tests.git\n{LOG}")
    done = await run(
        node,
        f"""
id: exchange
namespace: tests.other
tasks:
  - id: push
    type: io.kestra.plugin.git.PushFlows
    url: {bare}
    sourceNamespace: tests.git
  - id: sync
    type: io.kestra.plugin.git.SyncFlows
    url: {bare}
    targetNamespace: tests.copy
  - id: again
    type: io.kestra.plugin.git.SyncFlows
    url: {bare}
    targetNamespace: tests.copy
    delete: true
""",
    )
    assert done.execution.state.current is StateType.SUCCESS
    assert outputs(done, "push")["commitId"]
    copied = await node.flows.get("tests.copy", "a")
    assert copied.source == f"id: a\nnamespace: tests.copy\n{LOG}"
    assert copied.revision == 1
    await node.flows.get("tests.copy", "b")


async def test_flows_that_are_gone_are_deleted(node: Node, bare: str):
    await node.flows.save(f"id: kept\nnamespace: tests.mirror\n{LOG}")
    await node.flows.save(f"id: gone\nnamespace: tests.mirror.child\n{LOG}")
    done = await run(
        node,
        f"""
id: mirror
namespace: tests.mirror
tasks:
  - id: push
    type: io.kestra.plugin.git.PushFlows
    url: {bare}
    flows: kept
  - id: sync
    type: io.kestra.plugin.git.SyncFlows
    url: {bare}
    targetNamespace: tests.mirror
    includeChildNamespaces: true
    delete: true
""",
    )
    assert done.execution.state.current is StateType.SUCCESS
    await node.flows.get("tests.mirror", "kept")
    await node.flows.get("tests.mirror", "mirror")
    with pytest.raises(NotFoundError):
        await node.flows.get("tests.mirror.child", "gone")


async def test_dashboards_and_files_go_to_a_repository_and_come_back(node: Node, bare: str):
    await node.views.dashboards.create("id: sales\ntitle: Sales\ncharts: []\n")
    done = await run(
        node,
        f"""
id: keep
namespace: tests.keep
tasks:
  - id: report
    type: io.kestra.plugin.core.storage.Write
    content: "1,2"
    extension: .csv
  - id: files
    type: io.kestra.plugin.git.PushExecutionFiles
    url: {bare}
    files: "report/*.csv"
  - id: push
    type: io.kestra.plugin.git.PushDashboards
    url: {bare}
  - id: sync
    type: io.kestra.plugin.git.SyncDashboards
    url: {bare}
    delete: true
""",
    )
    assert done.execution.state.current is StateType.SUCCESS
    assert outputs(done, "files")["commitId"] != outputs(done, "push")["commitId"]
    assert (await node.views.dashboards.get("sales")).title == "Sales"


class Secret(BaseHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"token": "very-hidden-7"}')


@pytest.fixture
def secret_address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Secret) as server:
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


async def test_an_encrypted_body_is_clear_to_templates_only(node: Node, secret_address: str):
    done = await run(
        node,
        f"""
id: hidden
namespace: tests.other
tasks:
  - id: ask
    type: io.kestra.plugin.core.http.Request
    uri: {secret_address}
    encryptBody: true
  - id: use
    type: io.kestra.plugin.scripts.shell.Commands
    commands:
      - test '{{{{ json(outputs.ask.encryptedBody).token }}}}' = very-hidden-7
  - id: say
    type: io.kestra.plugin.core.log.Log
    message: "it is {{{{ outputs.ask.encryptedBody }}}}"
""",
    )
    assert done.execution.state.current is StateType.SUCCESS
    kept = outputs(done, "ask")
    assert "body" not in kept
    assert kept["encryptedBody"]["type"] == "io.kestra.datatype:aes_encrypted"
    async for _ in node.executions.watch(done.execution.id):
        pass
    logged = [entry.message for entry in await node.logs.list(done.execution.id)]
    assert "very-hidden-7" not in json.dumps([kept, logged])


class Messages(BaseHTTPRequestHandler):
    """Remembers what is posted."""

    posted: ClassVar[list[dict[str, Any]]] = []

    def log_message(self, *args: object) -> None:
        """Keep quiet."""

    def do_POST(self) -> None:
        self.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()


@pytest.fixture
def webhook() -> Iterator[str]:
    Messages.posted = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Messages) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


async def test_messages_tell_of_any_execution_what_the_server_knows(node: Node, webhook: str):
    failed = await run(
        node,
        """
id: fails
namespace: tests.told
tasks:
  - id: both
    type: core.flow.Sequential
    tasks:
      - {id: fetch, type: core.execution.Fail}
errors:
  - {id: clean, type: core.log.Log, message: x}
""",
    )
    tell = f"""
id: tell
namespace: tests.teller
tasks:
  - id: other
    type: notifications.slack.SlackExecution
    url: {webhook}
    executionId: {failed.execution.id}
  - id: own
    type: notifications.slack.SlackExecution
    url: {webhook}
  - id: nobody
    type: notifications.slack.SlackExecution
    url: {webhook}
    executionId: 1234567890123456789012
"""
    done = await run(node, tell)
    assert done.execution.state.current is StateType.FAILED
    other, own = Messages.posted
    assert other["text"] == f"tests.told.fails {failed.execution.id} ended FAILED"
    shown = {field["title"]: field["value"] for field in other["attachments"][0]["fields"]}
    assert (shown["First failed task"], shown["Last task"]) == ("fetch", "clean")
    assert own["text"] == f"tests.teller.tell {done.execution.id} is RUNNING"
    shown = {field["title"]: field["value"] for field in own["attachments"][0]["fields"]}
    assert shown["Last task"] == "other"
