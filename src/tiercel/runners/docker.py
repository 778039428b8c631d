"""Runs commands in Docker containers."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from enum import StrEnum
from typing import Any

from pydantic import Field

from tiercel.model.task import LogLevel
from tiercel.plugin.containers import WaitsForEnd
from tiercel.plugin.context import TaskContext
from tiercel.plugin.runner import Command, LineSink, RunResult, TaskRunner
from tiercel.plugin.task import TaskFailedError
from tiercel.runners.archives import pack, unpack
from tiercel.runners.docker_api import DockerEngine, Printed, connected
from tiercel.runners.docker_login import engine_address
from tiercel.runners.docker_options import ContainerOptions, PullPolicy
from tiercel.runners.labels import ATTEMPT, TASK_RUN, task_labels
from tiercel.runners.lines import LineSplitter
from tiercel.runners.shielding import shielded

_PULL_TIMES = 5
_PULL_AGAIN_SECONDS = 5.0


class FileHandling(StrEnum):
    """How files get into a container and back."""

    VOLUME = "VOLUME"
    MOUNT = "MOUNT"


class Docker(ContainerOptions, TaskRunner):
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
    wait: WaitsForEnd = True
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
        async with self.engine(context) as engine:
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
            settings = self.settings(image, command, labels, volume, context)
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
                await engine.pull(image, self.login(image))
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
