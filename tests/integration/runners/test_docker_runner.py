"""The Docker runner on a real engine: one of the test's own, where the machine can run it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from docker_kit import IMAGE, host, needs_engine

from context import FakeTaskContext
from tiercel.model.task import LogLevel
from tiercel.plugin.registry import InvalidPropertyError, Registry
from tiercel.plugin.runner import TaskRunner
from tiercel.plugin.task import RunnableTask, TaskFailedError

REGISTRY = Registry.builtin(use_entry_points=False)
TYPE = "io.kestra.plugin.scripts.runner.docker.Docker"


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


async def shell(
    context: FakeTaskContext, *commands: str, runner: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    written = {"type": TYPE, "host": host(), "networkMode": "none", **(runner or {})}
    properties = {
        "commands": list(commands),
        "containerImage": IMAGE,
        "taskRunner": written,
        **more,
    }
    task = REGISTRY.build("scripts.shell.Commands", properties)
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    return dict(output.values if output and output.values else {})


def left(engine: httpx.Client) -> tuple[list[Any], list[Any]]:
    """Return what containers and volumes there are."""
    containers = engine.get("/containers/json?all=true").json()
    return containers, engine.get("/volumes").json()["Volumes"] or []


@needs_engine
@pytest.mark.parametrize("strategy", ["VOLUME", "MOUNT"])
async def test_files_and_outputs(context: FakeTaskContext, engine: httpx.Client, strategy: str):
    uri = await context.store_text("in.csv", "a\nb\n")
    outputs = await shell(
        context,
        "cat in.csv; echo err >&2",
        """echo '::{"outputs":{"n":2}}::'""",
        "mkdir -p out; pwd > out/where; echo $MINE > 'two words'",
        runner={"fileHandlingStrategy": strategy},
        inputFiles={"in.csv": uri},
        outputFiles=["out/**", "two words"],
        env={"MINE": "x"},
    )
    assert sorted(context.messages(LogLevel.INFO)) == ["a", "b"]
    assert context.messages(LogLevel.ERROR) == ["err"]
    assert (outputs["exitCode"], outputs["vars"]) == (0, {"n": 2})
    files = {k: await context.stored_text(v) for k, v in outputs["outputFiles"].items()}
    assert files == {"out/where": f"{context.working_dir}\n", "two words": "x\n"}
    assert len(outputs["taskRunner"]["containerId"]) == 64
    assert left(engine) == ([], [])


@needs_engine
async def test_a_failing_command_keeps_its_files(context: FakeTaskContext, engine: httpx.Client):
    with pytest.raises(TaskFailedError, match=r"exit code 66: why \(in `exit 66`\)") as caught:
        await shell(context, "echo x > f", "echo why >&2", "exit 66", outputFiles=["f"])
    assert list(caught.value.outputs["outputFiles"]) == ["f"]
    assert left(engine) == ([], [])


@needs_engine
async def test_nothing_of_the_worker_is_inherited(context: FakeTaskContext, engine: httpx.Client):
    await shell(context, "env", env={"MINE": "1"})
    names = {line.partition("=")[0] for line in context.messages(LogLevel.INFO)}
    expected = {"PATH", "HOME", "HOSTNAME", "MINE", "WORKING_DIR"}
    assert names - {"PWD", "SHLVL"} == expected


@needs_engine
async def test_limits_user_and_entry_point(context: FakeTaskContext, engine: httpx.Client):
    await shell(
        context,
        "id -u; cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes"
        " 2>/dev/null || true; touch made",
        runner={
            "user": "1234",
            "memory": {"memory": "64MB"},
            "cpu": {"cpus": 0.5},
            "entryPoint": ["/bin/env", "EXTRA=1"],
        },
        outputFiles=["made"],
    )
    assert context.messages(LogLevel.INFO)[:2] == ["1234", str(64 << 20)]


@needs_engine
async def test_an_image_alone_is_enough_where_an_engine_answers(
    context: FakeTaskContext, engine: httpx.Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DOCKER_HOST", host())
    context.settings[TYPE] = {"host": host()}
    task = REGISTRY.build(
        "scripts.shell.Commands",
        {"commands": ["ls /bin/busybox"], "containerImage": IMAGE, "docker": None},
    )
    assert isinstance(task, RunnableTask)
    # without a bridge this engine knows no default network
    monkeypatch.setattr(
        "tiercel.runners.docker.Docker._host_settings",
        _with_no_network(REGISTRY.load(TYPE)._host_settings),  # type: ignore[attr-defined]
    )
    await task.run(context)
    assert context.messages(LogLevel.DEBUG)[0] == f"Using task runner '{TYPE}'"
    assert context.messages(LogLevel.INFO) == ["/bin/busybox"]


def _with_no_network(original: Any) -> Any:
    def settings(self: Any, *arguments: Any) -> dict[str, Any]:
        return {**original(self, *arguments), "NetworkMode": "none"}

    return settings


@needs_engine
async def test_a_missing_image_is_named(context: FakeTaskContext, engine: httpx.Client):
    with pytest.raises(TaskFailedError, match="nosuch-image"):
        await shell(
            context, "true", containerImage="nosuch-image:1", runner={"pullPolicy": "NEVER"}
        )
    assert left(engine) == ([], [])


@needs_engine
async def test_a_stopped_task_leaves_nothing_but_its_files(
    context: FakeTaskContext, engine: httpx.Client
):
    running = asyncio.create_task(
        shell(context, "trap '' TERM; echo x > f; echo on; sleep 60", outputFiles=["f"])
    )
    while "on" not in context.messages(LogLevel.INFO):
        await asyncio.sleep(0.02)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert list(context.kept_outputs["outputFiles"]) == ["f"]
    assert left(engine) == ([], [])


@needs_engine
async def test_a_container_of_a_lost_worker_is_followed_on(
    context: FakeTaskContext, engine: httpx.Client, tmp_path: Path
):
    await shell(
        context, "sleep 0.5; echo done; echo x > f", runner={"wait": False, "delete": False}
    )
    second = FakeTaskContext(tmp_path / "second")
    outputs = await shell(second, "echo again", outputFiles=["f"])
    assert second.messages(LogLevel.INFO)[1:] == ["done"]
    assert await second.stored_text(outputs["outputFiles"]["f"]) == "x\n"
    assert left(engine) == ([], [])


@needs_engine
async def test_leftovers_of_an_earlier_attempt_are_removed(
    context: FakeTaskContext, engine: httpx.Client
):
    await shell(context, "sleep 60", runner={"wait": False, "delete": False})
    await shell(context, "echo new", runner={"resume": False})
    assert context.messages(LogLevel.INFO) == ["new"]
    assert left(engine) == ([], [])


@needs_engine
async def test_volumes_need_the_servers_leave(
    context: FakeTaskContext, engine: httpx.Client, tmp_path: Path
):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "f").write_text("seen")
    volumes = {"volumes": [f"{tmp_path}/data:/data:ro"]}
    await shell(context, "ls /data 2>/dev/null || true", runner=volumes)
    assert "`volumes` are ignored" in context.messages(LogLevel.WARN)[0]
    context.settings[TYPE] = {"volume-enabled": True}
    await shell(context, "cat /data/f", runner=volumes)
    assert context.messages(LogLevel.INFO) == ["seen"]
    with pytest.raises(TaskFailedError, match="`privileged` needs"):
        await shell(context, "true", runner={"privileged": True})


async def test_no_engine(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match="nothing answers at unix:///nowhere"):
        await shell(context, "true", runner={"host": "unix:///nowhere"})
    with pytest.raises(TaskFailedError, match="is no address of a Docker engine"):
        await shell(context, "true", runner={"host": "nowhere"})


def test_all_properties_are_taken():
    properties = {
        "host": "unix:///x",
        "user": "a",
        "networkMode": "host",
        "shmSize": "1GB",
        "config": '{"auths": {}}',
        "credentials": {"username": "a", "password": "b"},
        "extraHosts": ["a:1.2.3.4"],
        "portBindings": ["8080:80"],
        "volumes": ["a:b"],
        "deviceRequests": [{"count": -1, "capabilities": [["gpu"]]}],
        "cpu": {"cpus": 1},
        "memory": {"memory": "512MB", "oomKillDisable": True},
        "pullPolicy": "ALWAYS",
        "entryPoint": [],
        "killGracePeriod": "PT5S",
        "delete": False,
        "privileged": False,
    }
    assert isinstance(REGISTRY.build(TYPE, properties), TaskRunner)
    with pytest.raises(InvalidPropertyError):
        REGISTRY.build(TYPE, {"pullPolicy": "SOMETIMES"})
