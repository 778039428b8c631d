"""One pod at work: files in, commands, files out."""

from __future__ import annotations

import asyncio
import tarfile
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from typing import Any, NamedTuple

from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.runner import Command, LineSink
from tiercel.plugin.task import TaskFailedError
from tiercel.runners.archives import pack, unpack
from tiercel.runners.kubernetes_api import Pods
from tiercel.runners.kubernetes_log import ContainerLog

MAIN, INIT, SIDECAR = "main", "init-files", "out-files"
"""Names of the containers: the one of the commands, those that bring files in and out."""

ROOT = "/kestra"
"""Folder that all containers share."""

NAME = "working-dir"
"""Name of the working directory in it."""

READY, ENDED = f"{ROOT}/ready", f"{ROOT}/ended"
"""Files whose being there tells that all files are in, and that all are out."""

# Reasons for which a container will never start by itself.
_HOPELESS = {
    *("ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError"),
    *("CreateContainerConfigError", "CreateContainerError", "RunContainerError"),
}


class Patience(NamedTuple):
    """How long a pod may take.

    Attributes:
        to_begin: Until its commands run.
        to_end: For its commands.
        for_lines: For each of the last lines of its log, when the commands have ended.
    """

    to_begin: timedelta
    to_end: timedelta
    for_lines: timedelta


class PodRun:
    """One pod, from its files in to its files out."""

    def __init__(
        self,
        pods: Pods,
        pod: str,
        command: Command,
        context: TaskContext,
        patience: Patience,
    ) -> None:
        self._pods = pods
        self._pod = pod
        self._command = command
        self._context = context
        self._patience = patience

    async def put_files(self) -> None:
        """Copy the working directory into the pod and let the commands begin."""
        async with _within(self._patience.to_begin, self._pod, "begin"):
            await self._reached(INIT, "running", "terminated")
            with tempfile.TemporaryFile() as archive:
                await asyncio.to_thread(
                    pack, self._command.directory, archive, name=NAME, form=tarfile.GNU_FORMAT
                )
                size = archive.tell()
                archive.seek(0)
                # Nothing tells a command in a container that its input ended: it counts.
                script = f"head -c {size} | tar -xpf - -C {ROOT} && touch {READY}"
                await self._pods.put(self._pod, INIT, ["sh", "-c", script], archive)
            await self._reached(MAIN, "running", "terminated")

    async def to_the_end(self, sink: LineSink) -> int:
        """Follow the commands, bring the files back; return the exit code."""
        log = ContainerLog(self._pods, self._pod, MAIN, sink)
        over = asyncio.Event()
        following = asyncio.create_task(log.follow(over.is_set))
        try:
            async with _within(self._patience.to_end, self._pod, "end"):
                ended = (await self._reached(MAIN, "terminated"))["terminated"]
            over.set()
            await self._last_lines(log, following)
        finally:
            following.cancel()
            await asyncio.wait([following])
        code = int(ended["exitCode"])
        if code and ended.get("reason") not in (None, "Error", "Completed"):
            said = f"{ended['reason']} {ended.get('message', '')}".strip()
            self._context.log(LogLevel.ERROR, f"The container ended with {said}")
        await self._get_files()
        return code

    async def _last_lines(self, log: ContainerLog, following: asyncio.Task[None]) -> None:
        """Wait for the rest of the log, for as long as lines come."""
        patience = self._patience.for_lines.total_seconds()
        loop = asyncio.get_running_loop()
        since = loop.time()
        while not following.done():
            left = max(log.heard_at, since) + patience - loop.time()
            if left <= 0:
                self._context.log(LogLevel.WARN, "The end of the pod's log did not come in time")
                return
            await asyncio.wait([following], timeout=left)
        following.result()

    async def _get_files(self) -> None:
        with tempfile.TemporaryFile() as archive:
            command = ["tar", "-cf", "-", "-C", ROOT, NAME]
            await self._pods.get(self._pod, SIDECAR, command, archive)
            archive.seek(0)
            await asyncio.to_thread(unpack, archive, self._command.directory)
        await self._pods.get(self._pod, SIDECAR, ["touch", ENDED])

    async def _reached(self, container: str, *wanted: str) -> dict[str, Any]:
        """Wait until a container is in one of some states; return its state.

        Raises:
            TaskFailedError: It can't get there any more.
        """
        async with aclosing(self._pods.states(self._pod)) as states:
            async for pod in states:
                state = _state(pod, container)
                if any(name in state for name in wanted):
                    return state
                _check_hope(pod)
        raise AssertionError("states of a pod have no end")


@asynccontextmanager
async def _within(length: timedelta, pod: str, what: str) -> AsyncIterator[None]:
    """Fail the task when the block takes too long."""
    try:
        async with asyncio.timeout(length.total_seconds()):
            yield
    except TimeoutError:
        raise TaskFailedError(
            f"The commands in pod '{pod}' did not {what} within {length.total_seconds():g} s"
        ) from None


def _state(pod: Mapping[str, Any], container: str) -> dict[str, Any]:
    status = pod.get("status", {})
    for found in (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())):
        if found["name"] == container:
            state: dict[str, Any] = found.get("state", {})
            return state
    return {}


def _check_hope(pod: Mapping[str, Any]) -> None:
    """Raise TaskFailedError when a container of the pod will not start, or the pod is lost."""
    status = pod.get("status", {})
    if status.get("phase") == "Failed":
        said = status.get("message") or status.get("reason") or "a container failed"
        raise TaskFailedError(f"The pod failed: {said}")
    for name in (INIT, MAIN, SIDECAR):
        waiting = _state(pod, name).get("waiting", {})
        if waiting.get("reason") in _HOPELESS:
            said = f"{waiting['reason']} {waiting.get('message', '')}".strip()
            raise TaskFailedError(f"The container '{name}' can't start: {said}")


def has_begun(pod: Mapping[str, Any]) -> bool:
    """Whether the commands run or ended and the files that they made can be had."""
    main, sidecar = _state(pod, MAIN), _state(pod, SIDECAR)
    return ("running" in main or "terminated" in main) and "running" in sidecar
