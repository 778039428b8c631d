"""The Kubernetes runner on a stand-in of the API server, whose pods are real processes."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from context import FakeTaskContext
from kubernetes_cluster import Cluster
from tiercel.model.task import LogLevel
from tiercel.plugin.registry import InvalidPropertyError, PluginUnavailableError, Registry
from tiercel.plugin.task import RunnableTask, TaskFailedError

REGISTRY = Registry.builtin(use_entry_points=False)
TYPE = "io.kestra.plugin.ee.kubernetes.runner.Kubernetes"


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    folder = tmp_path / "pods"
    folder.mkdir()
    async with Cluster(folder).running() as running:
        yield running


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


def build(
    cluster: Cluster, *commands: str, runner: dict[str, Any] | None = None, **more: Any
) -> RunnableTask:
    config = {"masterUrl": cluster.url, "oauthToken": "secret-token"}
    properties = {
        "commands": list(commands),
        "containerImage": "busybox",
        "taskRunner": {"type": TYPE, "config": config, **(runner or {})},
        **more,
    }
    task = REGISTRY.build("scripts.shell.Commands", properties)
    assert isinstance(task, RunnableTask)
    return task


async def shell(
    cluster: Cluster, context: FakeTaskContext, *commands: str, **more: Any
) -> dict[str, Any]:
    output = await build(cluster, *commands, **more).run(context)
    return dict(output.values if output and output.values else {})


async def test_files_go_in_and_come_back(cluster: Cluster, context: FakeTaskContext) -> None:
    uri = await context.store_text("in.csv", "a\nb\n")
    long = f"{'x' * 80}/{'y' * 80}.txt"
    outputs = await shell(
        cluster,
        context,
        "cat in.csv; echo err >&2",
        """echo '::{"outputs":{"n":2}}::'""",
        "mkdir -p out; cat x*/* > out/long; echo $MINE > 'two words'; rm in.csv",
        inputFiles={"in.csv": uri, long: "deep"},
        outputFiles=["out/**", "two words"],
        env={"MINE": "x"},
    )
    assert context.messages(LogLevel.INFO) == ["a", "b", "err"]
    assert (outputs["exitCode"], outputs["vars"]) == (0, {"n": 2})
    files = {k: await context.stored_text(v) for k, v in outputs["outputFiles"].items()}
    assert files == {"out/long": "deep", "two words": "x\n"}
    assert cluster.deleted == [outputs["taskRunner"]["podName"]]
    assert set(cluster.logins) == {"Bearer secret-token"}


async def test_many_bytes_arrive_whole(cluster: Cluster, context: FakeTaskContext) -> None:
    text = "0123456789abcdef" * (1 << 18)
    uri = await context.store_text("big", text)
    outputs = await shell(
        cluster,
        context,
        "cat big big > twice",
        inputFiles={"big": uri},
        outputFiles=["twice"],
    )
    assert await context.stored_text(outputs["outputFiles"]["twice"]) == text * 2


async def test_a_pod_is_as_the_flow_wants_it(cluster: Cluster, context: FakeTaskContext) -> None:
    runner = {
        "namespace": "jobs",
        "serviceAccountName": "robot",
        "pullPolicy": "IF_NOT_PRESENT",
        "labels": {"team": "blue", "kestra.io/task-id": "mine"},
        "nodeSelector": {"disk": "ssd"},
        "resources": {"request": {"cpu": "500m", "memory": "64Mi"}, "limit": {"memory": "128Mi"}},
        "fileSidecar": {"image": "alpine", "resources": {"limit": {"cpu": 1}}},
    }
    await shell(cluster, context, "true", runner=runner)
    [pod] = cluster.created
    labels, spec = pod["metadata"]["labels"], pod["spec"]
    assert labels["team"] == "blue"
    assert labels["kestra.io/task-id"] == "task"
    assert labels["kestra.io/execution-id"] == context.info.execution_id
    assert spec["serviceAccountName"] == "robot"
    assert spec["nodeSelector"] == {"disk": "ssd"}
    main, sidecar = spec["containers"]
    assert main["imagePullPolicy"] == "IfNotPresent"
    assert main["resources"] == {
        "requests": {"cpu": "500m", "memory": "64Mi"},
        "limits": {"memory": "128Mi"},
    }
    paths = {mount["mountPath"]: mount.get("subPath") for mount in main["volumeMounts"]}
    assert paths == {"/kestra": None, str(context.working_dir): "working-dir"}
    assert (sidecar["image"], sidecar["resources"]) == ("alpine", {"limits": {"cpu": "1"}})
    assert pod["metadata"]["name"].startswith("company-team-flow-task-")


async def test_a_failure_keeps_code_and_files(cluster: Cluster, context: FakeTaskContext) -> None:
    with pytest.raises(TaskFailedError, match="exit code 3") as caught:
        await shell(cluster, context, "echo x > x.txt", "exit 3", outputFiles=["x.txt"])
    assert caught.value.outputs["exitCode"] == 3
    assert await context.stored_text(caught.value.outputs["outputFiles"]["x.txt"]) == "x\n"
    assert cluster.pods == {}


async def test_a_broken_log_goes_on_where_it_was(
    cluster: Cluster, context: FakeTaskContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tiercel.runners.kubernetes_log._AGAIN_SECONDS", 0.01)
    cluster.cut_log_after = [1, 3]
    await shell(cluster, context, "for i in 1 2 3 4; do echo line $i; done; printf end")
    assert context.messages(LogLevel.INFO) == ["line 1", "line 2", "line 3", "line 4", "end"]


async def test_a_pod_that_stays_can_be_looked_at(
    cluster: Cluster, context: FakeTaskContext
) -> None:
    outputs = await shell(cluster, context, "true", runner={"delete": False})
    assert list(cluster.pods) == [outputs["taskRunner"]["podName"]]


async def until(check: Any) -> None:
    async with asyncio.timeout(60):
        while not check():
            await asyncio.sleep(0.02)


async def test_killing_a_task_deletes_its_pod(cluster: Cluster, context: FakeTaskContext) -> None:
    running = asyncio.create_task(shell(cluster, context, "echo begun", "sleep 60"))
    await until(lambda: "begun" in context.messages(LogLevel.INFO))
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert cluster.pods == {}
    assert context.messages(LogLevel.WARN) == [f"Killing pod '{cluster.deleted[0]}'"]


async def test_the_pod_of_a_lost_worker_is_followed(
    cluster: Cluster, context: FakeTaskContext
) -> None:
    task = build(cluster, "echo begun", "sleep 0.3; echo made > x.txt", outputFiles=["x.txt"])
    lost = asyncio.create_task(task.run(context))
    await until(lambda: "begun" in context.messages(LogLevel.INFO))
    deleted, cluster.deleted = cluster.deleted, []
    # The worker is gone without a word: its request to delete never arrives.
    keep, cluster._end = cluster._end, _nothing  # type: ignore[method-assign]
    lost.cancel()
    with pytest.raises(asyncio.CancelledError):
        await lost
    cluster._end = keep  # type: ignore[method-assign]
    context.logs.clear()
    output = await task.run(context)
    assert output is not None
    assert output.values is not None
    assert await context.stored_text(output.values["outputFiles"]["x.txt"]) == "made\n"
    assert len(cluster.created) == 1
    assert "begun" in context.messages(LogLevel.INFO)
    assert deleted == []


async def _nothing(_: Any) -> None:
    pass


async def test_pods_of_another_attempt_are_reaped(
    cluster: Cluster, context: FakeTaskContext
) -> None:
    outputs = await shell(cluster, context, "true", runner={"delete": False})
    old = outputs["taskRunner"]["podName"]
    cluster.pods[old].shown["metadata"]["labels"]["kestra.io/taskrun-attempt"] = "7"
    await shell(cluster, context, "true")
    assert old in cluster.deleted
    assert cluster.pods == {}


@pytest.mark.parametrize(
    ("runner", "command", "says"),
    [
        ({"waitUntilRunning": "PT0.1S"}, "true", "did not begin within 0.1 s"),
        ({"waitUntilCompletion": "PT0.2S"}, "sleep 60", "did not end within 0.2 s"),
    ],
)
async def test_waiting_has_an_end(
    cluster: Cluster, context: FakeTaskContext, runner: dict[str, Any], command: str, says: str
) -> None:
    cluster.starts = "waitUntilRunning" not in runner
    with pytest.raises(TaskFailedError, match=says):
        await shell(cluster, context, command, runner=runner)
    assert cluster.pods == {}


async def test_an_image_that_is_not_there_ends_the_task(
    cluster: Cluster, context: FakeTaskContext
) -> None:
    cluster.refuse_image = "ImagePullBackOff"
    with pytest.raises(TaskFailedError, match="'main' can't start: ImagePullBackOff no such image"):
        await shell(cluster, context, "true")
    assert cluster.pods == {}


async def test_a_pod_that_somebody_deletes_ends_the_task(
    cluster: Cluster, context: FakeTaskContext
) -> None:
    running = asyncio.create_task(shell(cluster, context, "echo begun", "sleep 60"))
    await until(lambda: "begun" in context.messages(LogLevel.INFO))
    await cluster.delete(next(iter(cluster.pods)))
    with pytest.raises(TaskFailedError, match="Somebody deleted the pod"):
        await running


async def test_what_the_server_refuses_is_told(cluster: Cluster, context: FakeTaskContext) -> None:
    with pytest.raises(TaskFailedError, match="Kubernetes: pods is forbidden"):
        await shell(cluster, context, "true", runner={"namespace": "forbidden"})


async def test_a_cluster_that_is_away_is_told(context: FakeTaskContext) -> None:
    cluster = Cluster(context.working_dir)
    cluster.url = "http://127.0.0.1:1"
    task = build(cluster, "true")
    with pytest.raises(TaskFailedError, match="can't be reached"):
        await task.run(context)


async def test_no_cluster_is_known(
    context: FakeTaskContext, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    task = build(Cluster(tmp_path), "true", runner={"config": None})
    with pytest.raises(TaskFailedError, match="No Kubernetes cluster is known"):
        await task.run(context)


async def test_a_kubeconfig_names_the_cluster(
    cluster: Cluster,
    context: FakeTaskContext,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(
        "{apiVersion: v1, kind: Config, current-context: here,"
        f" clusters: [{{name: c, cluster: {{server: '{cluster.url}'}}}}],"
        " users: [{name: u, user: {token: from-file}}],"
        " contexts: [{name: here, context: {cluster: c, user: u}}]}"
    )
    monkeypatch.setenv("KUBECONFIG", str(path))
    await shell(cluster, context, "true", runner={"config": None})
    assert set(cluster.logins) == {"Bearer from-file"}


async def test_a_name_and_password_log_in(cluster: Cluster, context: FakeTaskContext) -> None:
    config = {"masterUrl": cluster.url, "username": "me", "password": "pw"}
    await shell(cluster, context, "true", runner={"config": config})
    assert set(cluster.logins) == {f"Basic {base64.b64encode(b'me:pw').decode()}"}


@pytest.mark.parametrize("wrong", [{"waitUntilRunning": "soon"}, {"pullPolicy": "sometimes"}])
def test_properties_are_checked(wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidPropertyError, match=next(iter(wrong))):
        REGISTRY.build(TYPE, wrong)


@pytest.mark.parametrize("word", ["Always", "IF_NOT_PRESENT", "IfNotPresent", "NEVER"])
def test_pull_policies_have_two_spellings(word: str) -> None:
    REGISTRY.build(TYPE, {"pullPolicy": word})


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tiercel.plugin.registry.find_spec", lambda _: None)
    with pytest.raises(PluginUnavailableError) as caught:
        Registry.builtin(use_entry_points=False).load(TYPE)
    assert caught.value.hint == "pip install 'tiercel[kubernetes]'"
