"""Runs commands in Docker containers."""

from __future__ import annotations

import asyncio
import re
import secrets
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text, TextList
from tiercel.plugin.runner import Command, LineSink, RunResult, TaskRunner
from tiercel.plugin.task import TaskFailedError
from tiercel.runners.archives import pack, unpack
from tiercel.runners.docker_api import DockerEngine, Printed, connected
from tiercel.runners.docker_login import Credentials, engine_address, login, not_there
from tiercel.runners.labels import ATTEMPT, TASK_RUN, task_labels
from tiercel.runners.lines import LineSplitter
from tiercel.runners.shielding import shielded

_PULL_TIMES = 5
_PULL_AGAIN_SECONDS = 5.0
_UNITS = {"": 1, "B": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)B?\s*", re.IGNORECASE)


class _Part(BaseModel):
    """Base of the runner's nested properties."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, alias_generator=to_camel
    )


class DeviceRequest(_Part):
    """Devices that a container may use, such as GPUs."""

    driver: Text | None = Field(default=None, description="Name of the driver, such as `nvidia`.")
    count: int | None = Field(default=None, description="How many devices; -1 means all of them.")
    device_ids: TextList | None = Field(
        default=None, description="Ids of the devices, instead of `count`."
    )
    capabilities: list[list[Text]] | None = Field(
        default=None,
        description="What the devices must be able to do: lists of words, such as `[[gpu]]`.",
    )
    options: dict[str, Text] | None = Field(
        default=None, description="Options of the driver, by name."
    )


class Cpu(_Part):
    """How much of the processors a container may use."""

    cpus: float | None = Field(
        default=None, description="Number of processors, such as 1.5. No limit when it is left out."
    )


class Memory(_Part):
    """How much memory a container may use; sizes such as ``512MB``."""

    memory: Text | None = Field(
        default=None,
        description="Most memory, such as `512MB`. A container that needs more is killed.",
    )
    memory_swap: Text | None = Field(
        default=None, description="Most memory and swap together, such as `1GB`."
    )
    memory_swappiness: int | None = Field(
        default=None, description="How readily memory is swapped out, from 0 to 100."
    )
    memory_reservation: Text | None = Field(
        default=None,
        description=(
            "Memory that the container is held to when the machine runs short, such as `256MB`."
        ),
    )
    kernel_memory: Text | None = Field(
        default=None,
        description="Most memory of the kernel for the container. Newer engines ignore it.",
    )
    oom_kill_disable: bool | None = Field(
        default=None,
        description="`true` keeps the container from being killed when memory runs out.",
    )


class PullPolicy(StrEnum):
    """When an image is asked for from its registry."""

    ALWAYS = "ALWAYS"
    IF_NOT_PRESENT = "IF_NOT_PRESENT"
    NEVER = "NEVER"


class FileHandling(StrEnum):
    """How files get into a container and back."""

    VOLUME = "VOLUME"
    MOUNT = "MOUNT"


class Docker(TaskRunner):
    """Run commands in a container of their own, which is removed afterwards.

    The working directory has the same path inside. With VOLUME its files are copied into a volume
    and, at the end, back; with MOUNT the container works in the folder itself, which needs an
    engine on the same machine. The server's setting ``volume-enabled`` of this type allows
    ``volumes``, ``privileged-enabled`` allows ``privileged``.
    """

    type_name = "io.kestra.plugin.scripts.runner.docker.Docker"
    aliases = ("io.kestra.plugin.scripts.runner.docker.DockerTaskRunner",)
    title = "Run commands in Docker containers."
    examples = (
        (
            "A script in an image, with little memory.",
            "id: hello\ntype: io.kestra.plugin.scripts.shell.Commands\n"
            "containerImage: ubuntu\ntaskRunner:\n"
            "  type: io.kestra.plugin.scripts.runner.docker.Docker\n  memory:\n"
            "    memory: 512MB\ncommands:\n  - echo hello",
        ),
    )
    has_containers = True

    host: Annotated[Text | None, Field(validation_alias=AliasChoices("host", "dockerHost"))] = (
        Field(
            default=None,
            description=(
                "Address of the Docker engine, such as `unix:///var/run/docker.sock`. The "
                "server's or the machine's own when it is left out."
            ),
        )
    )
    config: Annotated[Any, Field(validation_alias=AliasChoices("config", "dockerConfig"))] = Field(
        default=None,
        description=(
            "Content of a Docker `config.json`, whose logins are used without `credentials`."
        ),
    )
    credentials: Credentials | None = Field(
        default=None, description="Login for the registry of the image."
    )
    image: Text | None = Field(
        default=None, description="Image of the container, instead of the task's `containerImage`."
    )
    user: Text | None = Field(
        default=None,
        description=(
            "User in the container, as a name or number. The image's when it is left out."
        ),
    )
    entry_point: TextList | None = Field(
        default=None,
        description=(
            "Entry point of the container. None when it is left out: the commands' own "
            "interpreter runs."
        ),
    )
    extra_hosts: TextList | None = Field(
        default=None,
        description="Entries for the container's `/etc/hosts`, such as `database:10.0.0.5`.",
    )
    network_mode: Text | None = Field(
        default=None,
        description=(
            "Network of the container: `bridge`, `host`, `none`, or the name of a network."
        ),
    )
    port_bindings: TextList | None = Field(
        default=None, description="Ports that are published, such as `8080:80`."
    )
    volumes: TextList | None = Field(
        default=None,
        description=(
            "Folders or volumes to mount, such as `/data:/data:ro`. They count only where the "
            "server's setting `volume-enabled` allows them."
        ),
    )
    pull_policy: PullPolicy = Field(
        default=PullPolicy.IF_NOT_PRESENT,
        description="When the image is pulled: `ALWAYS`, `IF_NOT_PRESENT` or `NEVER`.",
    )
    device_requests: list[DeviceRequest] | None = Field(
        default=None, description="Devices that the container may use, such as GPUs."
    )
    cpu: Cpu | None = Field(
        default=None, description="How much of the processors the container may use."
    )
    memory: Memory | None = Field(
        default=None, description="How much memory the container may use."
    )
    shm_size: Text | None = Field(default=None, description="Size of `/dev/shm`, such as `64MB`.")
    privileged: bool | None = Field(
        default=None,
        description=(
            "`true` gives the container all rights on the machine. It needs the server's "
            "setting `privileged-enabled`."
        ),
    )
    file_handling_strategy: FileHandling = Field(
        default=FileHandling.VOLUME,
        description=(
            "How files get into the container and back: copied through a `VOLUME`, or by a "
            "`MOUNT` of the working directory, which needs an engine on the worker's machine."
        ),
    )
    delete: bool = Field(
        default=True, description="Whether the container is deleted when it has ended."
    )
    kill_grace_period: timedelta = Field(
        default=timedelta(),
        description=(
            "How long a container that is stopped may take to end before it is killed, such "
            "as `PT10S`."
        ),
    )
    wait: bool = Field(
        default=True, description="`false` ends the task once the container has started."
    )
    resume: bool = Field(
        default=True,
        description=(
            "Whether a container is followed that was started before its worker was lost; "
            "`false` starts another."
        ),
    )

    async def is_available(self, context: TaskContext) -> bool:
        """Tell whether an engine answers."""
        address = engine_address(context, self.host)
        if address is None:
            return False
        async with connected(address) as engine:
            return await engine.answers()

    async def run(self, command: Command, context: TaskContext, sink: LineSink) -> RunResult:
        """Run the command to its end; see :meth:`TaskRunner.run`."""
        image = self.image or command.image
        if not image:
            raise TaskFailedError("This task runner needs the `containerImage` property to be set")
        address = engine_address(context, self.host)
        if address is None:
            raise TaskFailedError(not_there("no socket was found"))
        async with connected(address) as engine:
            if not await engine.answers():
                raise TaskFailedError(not_there(f"nothing answers at {address}"))
            return await self._run(engine, image, command, context, sink)

    async def _run(
        self,
        engine: DockerEngine,
        image: str,
        command: Command,
        context: TaskContext,
        sink: LineSink,
    ) -> RunResult:
        labels = task_labels(context)
        mine = {TASK_RUN: labels[TASK_RUN]}
        found = await self._resumable(engine, mine, context)
        if found is None:
            await self._get_image(engine, image, context)
        async with self._volume(engine, labels, is_there=found is not None) as volume:
            if found is not None:
                context.log(LogLevel.INFO, f"Following container {found[:12]} of a lost worker")
                async with engine.output(found) as printed:
                    return await self._follow(engine, found, printed, command, context, sink)
            settings = self._settings(image, command, labels, volume, context)
            return await self._start(engine, settings, volume, command, context, sink)

    async def _start(
        self,
        engine: DockerEngine,
        settings: Mapping[str, Any],
        volume: str | None,
        command: Command,
        context: TaskContext,
        sink: LineSink,
    ) -> RunResult:
        """Run the command in a container of its own."""
        container = await engine.create_container(settings)
        async with AsyncExitStack() as stack:
            try:
                if volume:
                    await _put_folder(engine, container, command)
                printed = None
                if self.wait:
                    printed = await stack.enter_async_context(engine.attached(container))
                await engine.start(container)
                context.log(
                    LogLevel.DEBUG,
                    f"Starting command in container {container[:12]} [{command.shown}]",
                )
            except BaseException:
                await shielded(engine.remove(container))
                raise
            if printed is None:
                return RunResult(0, {"containerId": container})
            return await self._follow(engine, container, printed, command, context, sink)

    async def _follow(
        self,
        engine: DockerEngine,
        container: str,
        printed: AsyncIterator[Printed],
        command: Command,
        context: TaskContext,
        sink: LineSink,
    ) -> RunResult:
        """Wait for the end of a container that runs, take its files, and remove it."""
        try:
            await _pass_on(printed, sink)
            code = await engine.wait(container)
            if self.file_handling_strategy is FileHandling.VOLUME:
                await _get_folder(engine, container, command)
        except asyncio.CancelledError:
            context.log(LogLevel.WARN, f"Killing container {container[:12]}")
            await shielded(self._end(engine, container, command))
            raise
        finally:
            if self.delete or context.is_killed:
                await shielded(engine.remove(container))
        return RunResult(code, {"containerId": container})

    async def _end(self, engine: DockerEngine, container: str, command: Command) -> None:
        await engine.stop(container, int(self.kill_grace_period.total_seconds()))
        if self.file_handling_strategy is FileHandling.VOLUME:
            await _get_folder(engine, container, command)

    async def _resumable(
        self, engine: DockerEngine, mine: Mapping[str, str], context: TaskContext
    ) -> str | None:
        """Return a container that a lost worker started for this attempt; others are removed."""
        for container in await engine.containers(mine):
            attempt = container.get("Labels", {}).get(ATTEMPT)
            is_same = attempt == str(context.info.attempt_number)
            if is_same and self.resume and container.get("State") in ("running", "exited"):
                return str(container["Id"])
            await engine.remove(str(container["Id"]))
        for volume in await engine.volumes(mine):
            await engine.remove_volume(volume)
        return None

    async def _get_image(self, engine: DockerEngine, image: str, context: TaskContext) -> None:
        if self.pull_policy is PullPolicy.NEVER:
            return
        if self.pull_policy is PullPolicy.IF_NOT_PRESENT and await engine.has_image(image):
            return
        context.log(LogLevel.DEBUG, f"Pulling image {image}")
        wait = _PULL_AGAIN_SECONDS
        for turn in range(1, _PULL_TIMES + 1):
            try:
                await engine.pull(image, login(image, self.credentials, self.config))
            except TaskFailedError as error:
                if turn == _PULL_TIMES or not _may_pass(str(error)):
                    raise
                context.log(LogLevel.WARN, f"{error}; trying again in {wait:.0f} s")
                await asyncio.sleep(wait)
                wait *= 2
            else:
                return

    @asynccontextmanager
    async def _volume(
        self, engine: DockerEngine, labels: Mapping[str, str], *, is_there: bool
    ) -> AsyncIterator[str | None]:
        """Yield a volume for the working directory that is gone afterwards; None for MOUNT.

        Args:
            is_there: A lost worker made it.
        """
        name = None
        if not is_there and self.file_handling_strategy is FileHandling.VOLUME:
            name = f"tiercel-{secrets.token_hex(12)}"
            await engine.create_volume(name, labels)
        try:
            yield name
        finally:
            if self.delete and self.wait:
                for volume in await engine.volumes({TASK_RUN: labels[TASK_RUN]}):
                    await shielded(engine.remove_volume(volume))

    def _settings(
        self,
        image: str,
        command: Command,
        labels: Mapping[str, str],
        volume: str | None,
        context: TaskContext,
    ) -> dict[str, Any]:
        directory = str(command.directory)
        settings: dict[str, Any] = {
            "Image": image,
            "Cmd": list(command.argv),
            "Entrypoint": self._entry_point(command),
            "WorkingDir": directory,
            "Env": [f"{name}={value}" for name, value in command.env.items()],
            "User": self.user or "",
            "Labels": dict(labels),
            "HostConfig": self._host_settings(directory, volume, context),
        }
        if self.port_bindings:
            settings["ExposedPorts"] = {_port(text)[0]: {} for text in self.port_bindings}
        return settings

    def _entry_point(self, command: Command) -> list[str] | None:
        if self.entry_point is not None:
            return self.entry_point
        return None if command.uses_entry_point else [""]

    def _host_settings(
        self, directory: str, volume: str | None, context: TaskContext
    ) -> dict[str, Any]:
        host: dict[str, Any] = {
            "Binds": [f"{volume or directory}:{directory}", *self._binds(context)],
            "ExtraHosts": self.extra_hosts,
            "NetworkMode": self.network_mode,
            "ShmSize": _bytes(self.shm_size),
            "Privileged": self._is_privileged(context),
            "DeviceRequests": self._devices(),
        }
        if self.cpu and self.cpu.cpus:
            host["NanoCpus"] = int(self.cpu.cpus * 1_000_000_000)
        if self.memory:
            host |= {
                "Memory": _bytes(self.memory.memory),
                "MemorySwap": _bytes(self.memory.memory_swap),
                "MemorySwappiness": self.memory.memory_swappiness,
                "MemoryReservation": _bytes(self.memory.memory_reservation),
                "KernelMemory": _bytes(self.memory.kernel_memory),
                "OomKillDisable": self.memory.oom_kill_disable,
            }
        if self.port_bindings:
            host["PortBindings"] = dict(map(_port, self.port_bindings))
        return {name: value for name, value in host.items() if value is not None}

    def _binds(self, context: TaskContext) -> Sequence[str]:
        if not self.volumes:
            return ()
        if str(context.plugin_settings(self.type_name).get("volume-enabled")).lower() == "true":
            return self.volumes
        context.log(
            LogLevel.WARN,
            "`volumes` are ignored: the server's setting `volume-enabled` does not allow them",
        )
        return ()

    def _is_privileged(self, context: TaskContext) -> bool | None:
        if not self.privileged:
            return None
        settings = context.plugin_settings(self.type_name)
        if str(settings.get("privileged-enabled")).lower() != "true":
            raise TaskFailedError(
                f"`privileged` needs the server's setting `privileged-enabled` for {self.type_name}"
            )
        return True

    def _devices(self) -> list[dict[str, Any]] | None:
        if not self.device_requests:
            return None
        return [
            {
                "Driver": device.driver or "",
                "Count": device.count or 0,
                "DeviceIDs": device.device_ids,
                "Capabilities": device.capabilities,
                "Options": device.options,
            }
            for device in self.device_requests
        ]


async def _pass_on(printed: AsyncIterator[Printed], sink: LineSink) -> None:
    splitters = {False: LineSplitter(), True: LineSplitter()}
    async for is_stderr, chunk in printed:
        for line in splitters[is_stderr].feed(chunk):
            sink(line, is_stderr=is_stderr)
    for is_stderr, splitter in splitters.items():
        for line in splitter.end():
            sink(line, is_stderr=is_stderr)


async def _put_folder(engine: DockerEngine, container: str, command: Command) -> None:
    with tempfile.TemporaryFile() as archive:
        await asyncio.to_thread(pack, command.directory, archive)
        archive.seek(0)
        await engine.put_files(container, str(command.directory.parent), archive)


async def _get_folder(engine: DockerEngine, container: str, command: Command) -> None:
    """Bring the files back; a container that is followed on has them under another path."""
    inspected = await engine.inspect(container)
    with tempfile.TemporaryFile() as archive:
        if await engine.get_files(container, inspected["Config"]["WorkingDir"], archive):
            archive.seek(0)
            await asyncio.to_thread(unpack, archive, command.directory)


def _may_pass(message: str) -> bool:
    """Whether a registry's refusal may be gone in a while."""
    words = ("timeout", "temporar", "toomanyrequests", "500", "502", "503", "504", "reset by peer")
    return any(word in message.lower() for word in words)


def _port(text: str) -> tuple[str, list[dict[str, str]]]:
    """Return ``8080:80`` as (``80/tcp``, where on this machine)."""
    *host, container = text.split(":")
    name = container if "/" in container else f"{container}/tcp"
    binding = {"HostPort": host[-1] if host else container.partition("/")[0]}
    if len(host) > 1:
        binding["HostIp"] = ":".join(host[:-1])
    return name, [binding]


def _bytes(text: str | None) -> int | None:
    if text is None:
        return None
    found = _SIZE.fullmatch(text)
    if found is None:
        raise TaskFailedError(f"Invalid size with value '{text}'")
    return int(float(found[1]) * _UNITS[found[2].upper()])
