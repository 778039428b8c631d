"""A stand-in of a Kubernetes API server: pods are processes of this machine.

It keeps pods as the real server sends them, starts each container's command with ``/kestra`` in a
folder of the pod's own, and serves create, list, watch, log, exec and delete.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

HELPERS = ("init-files", "out-files")


@dataclass
class Pod:
    """One pod: what the API shows, its folder, what its main container printed."""

    shown: dict[str, Any]
    folder: Path
    log: list[bytes] = field(default_factory=list)
    processes: list[asyncio.subprocess.Process] = field(default_factory=list)
    life: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        return str(self.shown["metadata"]["name"])

    def container(self, name: str) -> dict[str, Any]:
        spec = self.shown["spec"]
        return next(c for c in (*spec["initContainers"], *spec["containers"]) if c["name"] == name)

    def here(self, text: str) -> str:
        return text.replace("/kestra", str(self.folder))


class Cluster:
    """The API server.

    Attributes:
        created, deleted: Every pod that was sent, and the names of those that were deleted.
        logins: Values of ``Authorization``, in order.
        refuse_image: What the main container waits with for ever, such as ``ErrImagePull``.
        starts: Whether pods get a node at all.
        cut_log_after: Connections to the log break after so many lines, once each.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.pods: dict[str, Pod] = {}
        self.created: list[dict[str, Any]] = []
        self.deleted: list[str] = []
        self.logins: list[str] = []
        self.refuse_image = ""
        self.starts = True
        self.cut_log_after: list[int] = []
        self.url = ""
        self._changed = asyncio.Condition()
        self._version = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Cluster]:
        """Serve on loopback."""
        app = web.Application(middlewares=[self._note_login])
        base = "/api/v1/namespaces/{namespace}/pods"
        app.router.add_post(base, self._create)
        app.router.add_get(base, self._list)
        app.router.add_get(base + "/{name}", self._read)
        app.router.add_delete(base + "/{name}", self._delete)
        app.router.add_get(base + "/{name}/log", self._log)
        app.router.add_get(base + "/{name}/exec", self._exec)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            for pod in list(self.pods.values()):
                await self._end(pod)
            await runner.cleanup()

    @web.middleware
    async def _note_login(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.logins.append(request.headers.get("Authorization", ""))
        try:
            answer: web.StreamResponse = await handler(request)
        except ConnectionError:
            return web.Response()
        return answer

    # Pods.

    async def _create(self, request: web.Request) -> web.Response:
        shown = await request.json()
        self.created.append(json.loads(json.dumps(shown)))
        name = shown["metadata"]["name"]
        if request.match_info["namespace"] == "forbidden":
            return refusal(403, "pods is forbidden")
        shown["status"] = {"phase": "Pending"}
        folder = self._folder / name
        folder.mkdir()
        pod = self.pods[name] = Pod(shown, folder)
        if self.starts:
            pod.life = asyncio.create_task(self._live(pod))
        return web.json_response(shown, status=201)

    async def _live(self, pod: Pod) -> None:
        init = await self._start(pod, "init-files", [])
        await self._show(pod, init={"running": {}})
        await init.wait()
        done = {"terminated": {"exitCode": init.returncode}}
        if self.refuse_image:
            waiting = {"waiting": {"reason": self.refuse_image, "message": "no such image"}}
            await self._show(pod, init=done, main=waiting, sidecar=waiting)
            return
        main = await self._start(pod, "main", pod.log)
        sidecar = await self._start(pod, "out-files", [])
        await self._show(pod, "Running", init=done, main={"running": {}}, sidecar={"running": {}})
        code = await main.wait()
        await asyncio.sleep(0)
        ended = {"terminated": {"exitCode": code, "reason": "Completed" if code == 0 else "Error"}}
        await self._show(pod, "Running", init=done, main=ended, sidecar={"running": {}})
        await sidecar.wait()

    async def _start(self, pod: Pod, name: str, log: list[bytes]) -> asyncio.subprocess.Process:
        container = pod.container(name)
        is_helper = name in HELPERS
        env = {v["name"]: v["value"] for v in container.get("env", ())}
        process = await asyncio.create_subprocess_exec(
            *(map(pod.here, container["command"])),
            cwd=pod.folder if is_helper else pod.folder / "working-dir",
            env={"PATH": os.environ["PATH"], **env},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            limit=1 << 25,
        )
        pod.processes.append(process)
        reading = asyncio.create_task(self._keep_log(process, log))
        process.wait = _both(process.wait, reading)  # type: ignore[method-assign]
        return process

    async def _keep_log(self, process: asyncio.subprocess.Process, log: list[bytes]) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
            log.append(f"{now}{len(log):03}Z ".encode() + line)
            async with self._changed:
                self._changed.notify_all()

    async def _show(self, pod: Pod, phase: str = "Pending", **states: Any) -> None:
        names = {"init": "init-files", "main": "main", "sidecar": "out-files"}
        found = [{"name": names[key], "state": state} for key, state in states.items()]
        async with self._changed:
            self._version += 1
            pod.shown["status"] = {
                "phase": phase,
                "initContainerStatuses": found[:1],
                "containerStatuses": found[1:],
            }
            pod.shown["metadata"]["resourceVersion"] = str(self._version)
            self._changed.notify_all()

    async def _end(self, pod: Pod) -> None:
        if pod.life is not None:
            pod.life.cancel()
        for process in pod.processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        async with self._changed:
            self.pods.pop(pod.name, None)
            self._version += 1
            self._changed.notify_all()
        await asyncio.to_thread(shutil.rmtree, pod.folder)

    async def delete(self, name: str) -> None:
        """Delete a pod, as somebody else would."""
        await self._end(self.pods[name])

    async def _delete(self, request: web.Request) -> web.Response:
        pod = self.pods.get(request.match_info["name"])
        if pod is None:
            return refusal(404, "pods not found")
        self.deleted.append(pod.name)
        await self._end(pod)
        return web.json_response(pod.shown)

    async def _read(self, request: web.Request) -> web.Response:
        pod = self.pods.get(request.match_info["name"])
        return web.json_response(pod.shown) if pod else refusal(404, "pods not found")

    async def _list(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("watch"):
            return await self._watch(request)
        wanted = [
            part.split("=", 1) for part in request.query.get("labelSelector", "").split(",") if part
        ]
        found = [
            pod.shown
            for pod in self.pods.values()
            if all(pod.shown["metadata"]["labels"].get(k) == v for k, v in wanted)
        ]
        return web.json_response({"kind": "PodList", "items": found})

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        name = request.query["fieldSelector"].removeprefix("metadata.name=")
        response = web.StreamResponse()
        await response.prepare(request)
        last, kind, seen = "", "ADDED", False
        while True:
            pod = self.pods.get(name)
            if pod is None:
                event = {"type": "DELETED", "object": {"metadata": {"name": name}}}
                if seen:
                    await response.write(json.dumps(event).encode() + b"\n")
                return response
            seen, text = True, json.dumps(pod.shown)
            if text != last:
                await response.write(f'{{"type":"{kind}","object":{text}}}\n'.encode())
                last, kind = text, "MODIFIED"
            async with self._changed:
                if self.pods.get(name) is pod and json.dumps(pod.shown) == last:
                    await self._changed.wait()

    async def _log(self, request: web.Request) -> web.StreamResponse:
        pod = self.pods[request.match_info["name"]]
        assert request.query["container"] == "main"
        assert request.query["timestamps"] == "True" or request.query["timestamps"] == "true"
        response = web.StreamResponse()
        await response.prepare(request)
        sent, cut = 0, self.cut_log_after.pop(0) if self.cut_log_after else None
        while True:
            while sent < len(pod.log):
                await response.write(pod.log[sent])
                sent += 1
                if cut is not None and sent >= cut:
                    assert request.transport is not None
                    request.transport.abort()
                    return response
            states = {s["name"]: s["state"] for s in pod.shown["status"]["containerStatuses"]}
            if "terminated" in states["main"]:
                return response
            async with self._changed:
                if sent == len(pod.log):
                    await self._changed.wait()

    # Commands in containers.

    async def _exec(self, request: web.Request) -> web.WebSocketResponse:
        pod = self.pods[request.match_info["name"]]
        socket = web.WebSocketResponse(protocols=["v4.channel.k8s.io"])
        await socket.prepare(request)
        wants_input = request.query["stdin"] in ("True", "true")
        process = await asyncio.create_subprocess_exec(
            *(pod.here(part) for part in request.query.getall("command")),
            stdin=asyncio.subprocess.PIPE if wants_input else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        feeding = asyncio.create_task(_feed(socket, process)) if wants_input else None
        assert process.stdout is not None
        assert process.stderr is not None
        await asyncio.gather(_send(socket, 1, process.stdout), _send(socket, 2, process.stderr))
        code = await process.wait()
        if feeding is not None:
            feeding.cancel()
            await asyncio.wait([feeding])
        status: dict[str, Any] = {"status": "Success"}
        if code:
            status = {"status": "Failure", "message": f"exit code {code}"}
        await socket.send_bytes(b"\x03" + json.dumps(status).encode())
        await socket.close()
        return socket


def _both(wait: Any, reading: asyncio.Task[None]) -> Any:
    async def wait_for_both() -> int:
        code: int = await wait()
        await reading
        return code

    return wait_for_both


async def _feed(socket: web.WebSocketResponse, process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    async for message in socket:
        if message.type is WSMsgType.BINARY and message.data[:1] == b"\x00":
            process.stdin.write(message.data[1:])
            await process.stdin.drain()


async def _send(socket: web.WebSocketResponse, channel: int, stream: asyncio.StreamReader) -> None:
    while chunk := await stream.read(32 * 1024):
        await socket.send_bytes(bytes([channel]) + chunk)


def refusal(status: int, message: str) -> web.Response:
    """Return an error as the API server sends it."""
    return web.json_response(
        {"kind": "Status", "status": "Failure", "message": message, "code": status}, status=status
    )
