"""Flows and namespace files in bare repositories of this machine, over files and over HTTP."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from context import FakeTaskContext
from tiercel.check import parse_flow
from tiercel.model.errors import NotFoundError
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import RunnableTask, TaskFailedError
from tiercel.plugins.git.push import commit_url
from tiercel.plugins.rows.ion import read_rows

REGISTRY = Registry.builtin(use_entry_points=False)
FLOW = (
    "id: {id}\nnamespace: {namespace}\n"
    "tasks:\n  - id: t\n    type: core.log.Log\n    message: {m}\n"
)
LOGIN = {"username": "ada", "password": "token-7"}


class Server:
    """What a server knows of flows, for tasks that ask it."""

    def __init__(self, context: FakeTaskContext) -> None:
        self.flows: dict[tuple[str, str], str] = {}
        self.revisions: dict[tuple[str, str], int] = {}
        context.server_answers |= {
            "listFlows": self.list,
            "flowSource": lambda values: self.flows[values["namespace"], values["flowId"]],
            "checkFlow": self.check,
            "saveFlow": self.save,
            "deleteFlow": lambda values: self.flows.pop((values["namespace"], values["flowId"])),
        }

    def list(self, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        wanted, deep = values["namespace"], values["includeChildNamespaces"]
        return [
            {"namespace": namespace, "flowId": flow_id, "revision": 1}
            for namespace, flow_id in self.flows
            if namespace == wanted or (deep and namespace.startswith(f"{wanted}."))
        ]

    def check(self, values: Mapping[str, Any]) -> dict[str, Any]:
        flow = parse_flow(values["source"], REGISTRY).flow
        key = (flow.namespace, flow.id)
        return {
            "namespace": flow.namespace,
            "flowId": flow.id,
            "revision": self.revisions.get(key, 0),
            "same": self.flows.get(key) == values["source"],
        }

    def save(self, values: Mapping[str, Any]) -> int:
        found = self.check(values)
        key = (found["namespace"], found["flowId"])
        self.flows[key] = values["source"]
        self.revisions[key] = found["revision"] + 1
        return self.revisions[key]

    def add(self, namespace: str, flow_id: str, message: str = "x") -> None:
        self.save({"source": FLOW.format(id=flow_id, namespace=namespace, m=message)})


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A bare repository without any commits."""
    folder = tmp_path / "served" / "repo.git"
    folder.mkdir(parents=True)
    git(folder, "init", "-q", "--bare", "-b", "main")
    git(folder, "config", "http.receivepack", "true")
    return folder


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


@pytest.fixture
def server(context: FakeTaskContext) -> Server:
    return Server(context)


async def run(context: FakeTaskContext, name: str, **properties: Any) -> dict[str, Any]:
    task = REGISTRY.build(f"io.kestra.plugin.git.{name}", properties)
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    return dict(output.values if output and output.values else {})


async def report(context: FakeTaskContext, uri: str) -> list[Any]:
    return list(read_rows((await context.stored_text(uri)).splitlines()))


def tree(bare: Path, branch: str = "main") -> list[str]:
    return git(bare, "ls-tree", "-r", "--name-only", branch).split()


async def test_flows_are_pushed_to_a_repository_without_commits(
    context: FakeTaskContext, server: Server, bare: Path
):
    server.add("company.team", "a")
    server.add("company.team.child", "b")
    server.add("company.other", "c")
    outputs = await run(
        context,
        "PushFlows",
        url=f"file://{bare}",
        includeChildNamespaces=True,
        targetNamespace="prod",
        commitMessage="All of it",
        authorName="Ada",
        authorEmail="ada@example.com",
    )
    assert tree(bare) == ["_flows/a.yml", "_flows/child/b.yml"]
    assert "namespace: prod.child\n" in git(bare, "show", "main:_flows/child/b.yml")
    assert git(bare, "log", "--format=%an %ae %s") == "Ada ada@example.com All of it\n"
    assert outputs["commitId"] == git(bare, "rev-parse", "main").strip()
    assert await report(context, outputs["flows"]) == [
        {"file": "_flows/a.yml", "changes": "6", "additions": "+6", "deletions": "-0"},
        {"file": "_flows/child/b.yml", "changes": "6", "additions": "+6", "deletions": "-0"},
    ]


async def test_a_second_push_commits_only_what_changed(
    context: FakeTaskContext, server: Server, bare: Path
):
    url = f"file://{bare}"
    server.add("company.team", "a")
    server.add("company.team", "b")
    await run(context, "PushFlows", url=url)
    assert "commitId" not in await run(context, "PushFlows", url=url)
    server.add("company.team", "a", "other")
    del server.flows["company.team", "b"]
    tried = await run(context, "PushFlows", url=url, dryRun=True)
    assert [row["file"] for row in await report(context, tried["flows"])] == [
        "_flows/a.yml",
        "_flows/b.yml",
    ]
    assert len(tree(bare)) == 2
    await run(context, "PushFlows", url=url, delete=False)
    assert len(tree(bare)) == 2
    await run(context, "PushFlows", url=url)
    assert tree(bare) == ["_flows/a.yml"]
    assert git(bare, "rev-list", "--count", "main").strip() == "3"


async def test_chosen_flows_go_to_a_new_branch(
    context: FakeTaskContext, server: Server, bare: Path
):
    url = f"file://{bare}"
    for name in ("a", "load_x", "load_y"):
        server.add("company.team", name)
    await run(context, "PushFlows", url=url, flows="a")
    await run(context, "PushFlows", url=url, flows=["load_*"], branch="loads", gitDirectory="x/y")
    assert tree(bare) == ["_flows/a.yml"]
    assert tree(bare, "loads") == ["_flows/a.yml", "x/y/load_x.yml", "x/y/load_y.yml"]


async def test_flows_are_brought_into_a_namespace(
    context: FakeTaskContext, server: Server, bare: Path
):
    url = f"file://{bare}"
    server.add("dev", "a")
    server.add("dev.child", "b")
    await run(context, "PushFlows", url=url, sourceNamespace="dev", includeChildNamespaces=True)
    server.flows.clear()
    server.revisions.clear()
    server.add("company.team", "flow")
    server.add("company.team", "old")
    wish = {"url": url, "targetNamespace": "company.team", "includeChildNamespaces": True}
    tried = await run(context, "SyncFlows", **wish, delete=True, dryRun=True)
    assert len(server.flows) == 2
    done = await run(context, "SyncFlows", **wish, delete=True)
    assert await report(context, tried["flows"]) == await report(context, done["flows"])
    assert await report(context, done["flows"]) == [
        _synced("_flows/a.yml", "ADDED", "company.team", "a"),
        _synced("_flows/child/b.yml", "ADDED", "company.team.child", "b"),
        _synced(None, "DELETED", "company.team", "old"),
    ]
    assert ("company.team", "flow") in server.flows  # it runs the task
    again = await run(context, "SyncFlows", **wish)
    assert {row["syncState"] for row in await report(context, again["flows"])} == {"UNCHANGED"}
    flat = await run(context, "SyncFlows", url=url, targetNamespace="flat")
    assert [row["flowId"] for row in await report(context, flat["flows"])] == ["a"]


def _synced(path: str | None, state: str, namespace: str, flow_id: str) -> dict[str, Any]:
    key = {"flowId": flow_id, "namespace": namespace, "revision": 1}
    return {"gitPath": path, "syncState": state, **key}


async def test_an_invalid_flow_fails_or_is_left_out(
    context: FakeTaskContext, server: Server, bare: Path, tmp_path: Path
):
    work = tmp_path / "work"
    git(tmp_path, "clone", "-q", str(bare), str(work))
    (work / "_flows").mkdir()
    (work / "_flows" / "bad.yml").write_text("id: bad\nnamespace: x\ntasks: []\n")
    (work / "_flows" / "good.yml").write_text(FLOW.format(id="good", namespace="x", m="m"))
    git(work, "add", ".")
    git(work, "commit", "-q", "-m", "x")
    git(work, "push", "-q", "origin", "HEAD:main")
    wish = {"url": f"file://{bare}", "targetNamespace": "company.team"}
    with pytest.raises(TaskFailedError, match=r"_flows/bad\.yml: "):
        await run(context, "SyncFlows", **wish)
    await run(context, "SyncFlows", **wish, ignoreInvalidFlows=True)
    assert list(server.flows) == [("company.team", "good")]
    one = await run(context, "SyncFlow", **wish, flowPath="_flows/good.yml")
    assert one["syncState"] == "UNCHANGED"
    with pytest.raises(TaskFailedError, match="has no file 'nowhere"):
        await run(context, "SyncFlow", **wish, flowPath="nowhere.yml")
    with pytest.raises(TaskFailedError, match="leads out of the clone"):
        await run(context, "SyncFlow", **wish, flowPath="../../x.yml")


async def test_namespace_files_are_pushed(context: FakeTaskContext, bare: Path):
    for name in ("main.py", "sql/a.sql"):
        source = context.working_dir / "x"
        source.write_text(name)
        await context.namespace_files.put("company.team", name, source)
    url = f"file://{bare}"
    outputs = await run(context, "PushNamespaceFiles", url=url)
    assert tree(bare) == ["_files/main.py", "_files/sql/a.sql"]
    assert len(await report(context, outputs["files"])) == 2
    await context.namespace_files.delete("company.team", "main.py")
    await run(context, "PushNamespaceFiles", url=url, files=["sql/**"])
    assert len(tree(bare)) == 2
    await run(context, "PushNamespaceFiles", url=url)
    assert tree(bare) == ["_files/sql/a.sql"]
    with pytest.raises(TaskFailedError, match="has no files that `files` matches"):
        await run(context, "PushNamespaceFiles", url=url, files="*.R", errorOnMissing=True)


async def test_what_was_pushed_can_be_synchronised(context: FakeTaskContext, bare: Path):
    source = context.working_dir / "x"
    source.write_text("print(1)")
    await context.namespace_files.put("company.team", "main.py", source)
    await run(context, "PushNamespaceFiles", url=f"file://{bare}")
    await run(context, "SyncNamespaceFiles", url=f"file://{bare}", namespace="other")
    assert await context.namespace_files.paths("other") == ["main.py"]


class GitHandler(BaseHTTPRequestHandler):
    """git's own HTTP back end, for whoever knows the password."""

    def log_message(self, *args: object) -> None:
        """Keep quiet."""

    def do_GET(self) -> None:
        wanted = base64.b64encode(b"ada:token-7").decode()
        if self.headers.get("Authorization") != f"Basic {wanted}":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "REMOTE_USER": "ada",
        }
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        command = ["git", "http-backend"]
        done = subprocess.run(command, env=environment, input=sent, capture_output=True, check=True)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        lines = [line.partition(": ") for line in head.decode().split("\r\n")]
        status = next((value for name, _, value in lines if name == "Status"), "200 OK")
        self.send_response(int(status.split()[0]))
        for name, _, value in lines:
            if name != "Status":
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815  a name that http.server looks for


@pytest.fixture
def over_http(bare: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), GitHandler) as running:
        running.root = bare.parent
        running.daemon_threads = True
        thread = threading.Thread(target=running.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/repo.git"
        running.shutdown()
        thread.join()


async def test_a_password_opens_a_repository_over_http(
    context: FakeTaskContext, server: Server, bare: Path, over_http: str
):
    server.add("company.team", "a")
    outputs = await run(context, "PushFlows", url=over_http, **LOGIN)
    assert tree(bare) == ["_flows/a.yml"]
    assert outputs["commitURL"] == f"{over_http.removesuffix('.git')}/commit/{outputs['commitId']}"
    await run(context, "SyncFlows", url=over_http, targetNamespace="x", **LOGIN)
    assert ("x", "a") in server.flows
    assert "token-7" in context.masked
    with pytest.raises(TaskFailedError, match=r"git ls-remote: .*Authentication failed"):
        await run(context, "PushFlows", url=over_http, username="ada", password="wrong")


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://github.com/a/b.git", "https://github.com/a/b/commit/1"),
        ("https://user:secret@github.com/a/b", "https://github.com/a/b/commit/1"),
        ("git@github.com:a/b.git", "https://github.com/a/b/commit/1"),
        ("ssh://git@github.com/a/b", "https://github.com/a/b/commit/1"),
        ("file:///srv/b.git", None),
    ],
)
def test_where_a_commit_is_shown(url: str, page: str | None):
    assert commit_url(url, "1") == page


async def test_a_server_that_refuses_is_quoted(context: FakeTaskContext, bare: Path):
    def refuse(_: Mapping[str, Any]) -> None:
        raise NotFoundError("No flow here")

    context.server_answers["listFlows"] = refuse
    with pytest.raises(NotFoundError, match="No flow here"):
        await run(context, "PushFlows", url=f"file://{bare}")
