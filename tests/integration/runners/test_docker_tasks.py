"""Tasks over images and containers, on a real engine where the machine can run one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from docker_kit import IMAGE, host, needs_engine

from context import FakeTaskContext
from tiercel.model.task import LogLevel
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import RunnableTask, TaskFailedError

REGISTRY = Registry.builtin(use_entry_points=False)


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


async def run(context: FakeTaskContext, name: str, **properties: Any) -> dict[str, Any]:
    task = REGISTRY.build(f"io.kestra.plugin.docker.cli.{name}", {"host": host(), **properties})
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    return dict(output.values if output and output.values else {})


@needs_engine
async def test_a_container_runs_its_commands(context: FakeTaskContext, engine: httpx.Client):
    outputs = await run(
        context,
        "Run",
        containerImage=IMAGE,
        networkMode="none",
        entryPoint=["/bin/busybox"],
        commands=["sh", "-c", "cat in.txt > out.txt; echo $NAME"],
        env={"NAME": "ada"},
        inputFiles={"in.txt": "hello"},
        outputFiles=["*.txt"],
    )
    assert outputs["exitCode"] == 0
    assert sorted(outputs["outputFiles"]) == ["in.txt", "out.txt"]
    assert await context.stored_text(outputs["outputFiles"]["out.txt"]) == "hello"
    assert context.messages(LogLevel.INFO) == ["ada"]


@needs_engine
async def test_a_container_that_fails(context: FakeTaskContext, engine: httpx.Client):
    with pytest.raises(TaskFailedError, match="exit code 3: bad") as caught:
        await run(
            context,
            "Run",
            containerImage=IMAGE,
            networkMode="none",
            commands=["/bin/sh", "-c", "echo bad >&2; exit 3"],
        )
    assert caught.value.outputs["exitCode"] == 3


@needs_engine
async def test_an_image_is_built_named_listed_and_deleted(
    context: FakeTaskContext, engine: httpx.Client
):
    built = await run(
        context,
        "Build",
        dockerfile=f"FROM {IMAGE}\nARG WHO\nCOPY data /data\nENV WHO=$WHO",
        inputFiles={"data/a.txt": "a"},
        tags=["tiercel-built:1", "tiercel-built:also"],
        buildArgs={"WHO": "ada"},
        labels={"made-by": "test"},
        pull=False,
    )
    image = engine.get(f"/images/{built['imageId']}/json").json()
    assert "WHO=ada" in image["Config"]["Env"]
    await run(context, "Tag", sourceImage="tiercel-built:1", targetImage="tiercel-third:2")
    listed = await run(context, "ImageLs", labelFilter="made-by=test")
    assert listed["count"] == 1
    assert sorted(listed["images"][0]["repoTags"]) == [
        *("tiercel-built:1", "tiercel-built:also", "tiercel-third:2"),
    ]
    named = await run(context, "ImageLs", imageNameFilter="tiercel-third")
    assert named["count"] == 1
    await run(context, "Rm", imageIds=[built["imageId"]], force=True)
    assert (await run(context, "ImageLs", labelFilter="made-by=test"))["count"] == 0


@needs_engine
async def test_a_build_that_fails_says_why(context: FakeTaskContext, engine: httpx.Client):
    with pytest.raises(TaskFailedError, match="The image can't be built: COPY failed"):
        await run(
            context,
            "Build",
            dockerfile=f"FROM {IMAGE}\nCOPY nowhere /",
            tags=["tiercel-bad"],
            pull=False,
        )
    with pytest.raises(TaskFailedError, match="There is no Dockerfile 'Dockerfile'"):
        await run(context, "Build", tags=["tiercel-bad"])


@needs_engine
@pytest.mark.parametrize("kill", [True, False])
async def test_a_container_is_stopped(context: FakeTaskContext, engine: httpx.Client, kill: bool):
    settings = {
        "Image": IMAGE,
        "Cmd": ["/bin/sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"],
        "HostConfig": {"NetworkMode": "none"},
    }
    container = engine.post("/containers/create", json=settings).json()["Id"]
    engine.post(f"/containers/{container}/start")
    await run(context, "Stop", containerId=container, kill=kill, delete=False)
    state = engine.get(f"/containers/{container}/json").json()["State"]
    assert state["Status"] == "exited"
    await run(context, "Rm", containerIds=[container])
    assert engine.get(f"/containers/{container}/json").status_code == 404


@needs_engine
async def test_what_is_not_in_use_goes(context: FakeTaskContext, engine: httpx.Client):
    settings = {"Image": IMAGE, "Cmd": ["/bin/true"], "HostConfig": {"NetworkMode": "none"}}
    container = engine.post("/containers/create", json=settings).json()["Id"]
    await run(context, "Prune")
    assert engine.get(f"/containers/{container}/json").status_code == 404
    assert engine.get(f"/images/{IMAGE}/json").is_success


@needs_engine
@pytest.mark.parametrize(
    ("name", "properties", "message"),
    [
        ("Pull", {"image": "127.0.0.1:1/none:1"}, "Docker|can't be pulled"),
        ("Push", {"tags": ["127.0.0.1:1/none:1"]}, "Docker|can't be pushed"),
        ("Tag", {"sourceImage": "none:1", "targetImage": "x:1"}, "No such image"),
    ],
)
async def test_the_engine_is_quoted(
    context: FakeTaskContext,
    engine: httpx.Client,
    name: str,
    properties: dict[str, Any],
    message: str,
):
    with pytest.raises(TaskFailedError, match=message):
        await run(context, name, **properties)


async def test_without_an_engine_it_is_said(context: FakeTaskContext, tmp_path: Path):
    with pytest.raises(TaskFailedError, match="Docker socket is not accessible or not found"):
        await run(context, "Pull", image="x", host=f"unix://{tmp_path}/none.sock")


async def test_compose_calls_the_program(
    context: FakeTaskContext, tmp_path: Path, monkeypatch: Any
):
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "$@"\nfor f; do :; done; cat *.yml\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    text = "services:\n  a:\n    image: x\n"
    wish = {"composeFile": text, "composeArgs": ["up", "-d"]}
    await run(context, "Compose", host="unix:///x.sock", **wish)
    said = context.messages(LogLevel.INFO)
    assert said[0].startswith("--host unix:///x.sock compose --file ")
    assert said[0].endswith(".yml up -d")
    assert said[1:] == ["services:", "  a:", "    image: x"]
