"""What a container of an engine is made of, without an engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from context import FakeTaskContext
from tiercel.model.task import LogLevel
from tiercel.plugin.runner import Command
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.docker.cli import Run
from tiercel.runners.docker import Docker

FOLDER = Path("/folder/1")
# Properties that Run says in words of its own.
OWN_WORDS = {"entryPoint", "pullPolicy", "cpu", "memory"}


def settings(context: FakeTaskContext, volume: str | None = "v", **options: Any) -> dict[str, Any]:
    command = Command(argv=["echo", "hello"], directory=FOLDER, env={"A": "1"})
    return Docker.model_validate(options).settings("busybox", command, {"l": "1"}, volume, context)


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


def test_a_plain_container_works_in_its_volume(context: FakeTaskContext):
    assert settings(context) == {
        "Image": "busybox",
        "Cmd": ["echo", "hello"],
        "Entrypoint": [""],
        "WorkingDir": "/folder/1",
        "Env": ["A=1"],
        "User": "",
        "Labels": {"l": "1"},
        "HostConfig": {"Binds": ["v:/folder/1"]},
    }


def test_without_a_volume_the_folder_itself_is_mounted(context: FakeTaskContext):
    assert settings(context, None)["HostConfig"]["Binds"] == ["/folder/1:/folder/1"]


def test_sizes_and_shares_become_numbers(context: FakeTaskContext):
    found = settings(
        context,
        cpu={"cpus": 1.5},
        memory={"memory": "64MB", "memorySwap": "1.5g"},
        shmSize="512",
    )["HostConfig"]
    assert found["NanoCpus"] == 1_500_000_000
    assert (found["Memory"], found["MemorySwap"]) == (64 << 20, 3 << 29)
    assert found["ShmSize"] == 512


def test_what_is_no_size_is_named(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match="'much'"):
        settings(context, shmSize="much")


@pytest.mark.parametrize(
    ("written", "port", "binding"),
    [
        ("80", "80/tcp", {"HostPort": "80"}),
        ("8080:80", "80/tcp", {"HostPort": "8080"}),
        ("53:53/udp", "53/udp", {"HostPort": "53"}),
        ("127.0.0.1:8080:80", "80/tcp", {"HostPort": "8080", "HostIp": "127.0.0.1"}),
    ],
)
def test_ports_are_published(
    context: FakeTaskContext, written: str, port: str, binding: dict[str, str]
):
    found = settings(context, portBindings=[written])
    assert found["ExposedPorts"] == {port: {}}
    assert found["HostConfig"]["PortBindings"] == {port: [binding]}


def test_volumes_count_where_the_server_allows_them(context: FakeTaskContext):
    assert settings(context, volumes=["/d:/d"])["HostConfig"]["Binds"] == ["v:/folder/1"]
    assert "volume-enabled" in context.messages(LogLevel.WARN)[0]
    context.settings[Docker.type_name] = {"volume-enabled": True}
    assert settings(context, volumes=["/d:/d"])["HostConfig"]["Binds"] == ["v:/folder/1", "/d:/d"]


def test_rights_are_given_where_the_server_allows_them(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match="privileged-enabled"):
        settings(context, privileged=True)
    context.settings[Docker.type_name] = {"privileged-enabled": "true"}
    assert settings(context, privileged=True)["HostConfig"]["Privileged"] is True


def test_devices_are_asked_for(context: FakeTaskContext):
    wish = {"driver": "nvidia", "count": -1, "capabilities": [["gpu"]]}
    [device] = settings(context, deviceRequests=[wish])["HostConfig"]["DeviceRequests"]
    assert device == {
        "Driver": "nvidia",
        "Count": -1,
        "DeviceIDs": None,
        "Capabilities": [["gpu"]],
        "Options": None,
    }


def test_the_task_and_the_runner_say_the_same_of_their_options():
    fields = {item.alias: item.description for item in Docker.model_fields.values()}
    both = {item.alias: item.description for item in Run.model_fields.values()}
    shared = (fields.keys() & both.keys()) - OWN_WORDS
    assert len(shared) >= 10
    assert {name: fields[name] for name in shared} == {name: both[name] for name in shared}
