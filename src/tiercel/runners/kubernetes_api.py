"""The part of the Kubernetes API that the runner uses, in plain maps as the server sends them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, BinaryIO

from tiercel.plugin.task import TaskFailedError

if TYPE_CHECKING:
    from kubernetes_asyncio.client import ApiClient
    from kubernetes_asyncio.stream import WsApiClient

_CHUNK_BYTES = 64 * 1024
_BUFFER_BYTES = 1 << 20
_WATCH_SECONDS = 240
_STDIN, _STDOUT, _STDERR, _STATUS = range(4)
_ERROR_CHARACTERS = 500


class Pods:
    """Pods of one namespace.

    Args:
        api: For requests; ``streams`` for commands in containers.
    """

    def __init__(self, api: ApiClient, streams: WsApiClient, namespace: str) -> None:
        from kubernetes_asyncio.client import CoreV1Api

        self._api: Any = CoreV1Api(api)
        self._streams: Any = CoreV1Api(streams)
        self._namespace = namespace
        self._host = str(api.configuration.host)

    async def answers(self) -> bool:
        """Tell whether the API server lets us list pods."""
        try:
            await self.find({}, limit=1)
        except TaskFailedError:
            return False
        return True

    async def create(self, pod: Mapping[str, Any]) -> None:
        """Make a pod."""
        await self._json(
            self._api.create_namespaced_pod(self._namespace, dict(pod), _preload_content=False)
        )

    async def find(
        self, labels: Mapping[str, str], *, limit: int | None = None
    ) -> list[dict[str, Any]]:
        """Return the pods that carry all the labels."""
        selector = ",".join(f"{name}={value}" for name, value in labels.items())
        more = {} if limit is None else {"limit": limit}
        found = await self._json(
            self._api.list_namespaced_pod(
                self._namespace, label_selector=selector, _preload_content=False, **more
            )
        )
        return list(found.get("items", ()))

    async def delete(self, name: str) -> None:
        """Delete a pod, ending what runs in it at once; a missing one is fine."""
        await self._json(
            self._api.delete_namespaced_pod(
                name, self._namespace, grace_period_seconds=0, _preload_content=False
            ),
            missing=True,
        )

    async def states(self, name: str) -> AsyncGenerator[dict[str, Any], None]:
        """Yield a pod as it is, and again whenever it changed, for as long as somebody asks.

        Raises:
            TaskFailedError: It is gone.
        """
        while True:
            is_there = False
            async with aclosing(self._watched(name)) as events:
                async for event in events:
                    if event.get("type") == "DELETED":
                        raise TaskFailedError(f"Somebody deleted the pod {name}")
                    if event.get("type") in ("ADDED", "MODIFIED"):
                        is_there = True
                        yield event["object"]
            if not is_there:
                # Nothing was sent, not even what was there at the beginning.
                await self._json(
                    self._api.read_namespaced_pod(name, self._namespace, _preload_content=False)
                )

    async def _watched(self, name: str) -> AsyncGenerator[dict[str, Any], None]:
        """Yield the events of one watch; the server ends it now and then."""
        import aiohttp

        response = await self._checked(
            self._api.list_namespaced_pod(
                self._namespace,
                field_selector=f"metadata.name={name}",
                watch=True,
                timeout_seconds=_WATCH_SECONDS,
                _preload_content=False,
            )
        )
        rest = b""
        try:
            async for chunk in response.content.iter_any():
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    yield json.loads(line)
        except aiohttp.ClientError:
            # Cut off: a new watch begins with the present state.
            return
        finally:
            response.close()

    async def log(
        self, name: str, container: str, *, since_seconds: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        """Yield what a container prints, with a time before each line, until it ends.

        Args:
            since_seconds: Leave out what is older.

        Raises:
            TaskFailedError: The log can't be had, or the connection broke before its end.
        """
        import aiohttp

        more = {} if since_seconds is None else {"since_seconds": since_seconds}
        response = await self._checked(
            self._api.read_namespaced_pod_log(
                name,
                self._namespace,
                container=container,
                follow=True,
                timestamps=True,
                _preload_content=False,
                **more,
            )
        )
        try:
            async for chunk in response.content.iter_any():
                yield chunk
        except aiohttp.ClientError as error:
            raise _unreachable(self._host, error) from error
        finally:
            response.close()

    async def put(self, name: str, container: str, command: Sequence[str], data: BinaryIO) -> None:
        """Run a command in a container and write a file to its input.

        The command must know by itself where the input ends.
        """
        async with self._exec(name, container, command, stdin=True) as socket:
            while chunk := await asyncio.to_thread(data.read, _CHUNK_BYTES):
                await socket.send_bytes(bytes([_STDIN]) + chunk)
            await self._end_of(socket, command, None)

    async def get(
        self, name: str, container: str, command: Sequence[str], target: BinaryIO | None = None
    ) -> None:
        """Run a command in a container and write its output to a file.

        Raises:
            TaskFailedError: It failed, or the connection broke before its end.
        """
        async with self._exec(name, container, command, stdin=False) as socket:
            await self._end_of(socket, command, target)

    def _exec(self, name: str, container: str, command: Sequence[str], *, stdin: bool) -> Any:
        return _Socket(
            self._streams.connect_get_namespaced_pod_exec(
                name,
                self._namespace,
                container=container,
                command=list(command),
                stdin=stdin,
                stdout=True,
                stderr=True,
                tty=False,
                _preload_content=False,
            ),
            self._host,
        )

    async def _end_of(self, socket: Any, command: Sequence[str], target: BinaryIO | None) -> None:
        output, errors, status = bytearray(), bytearray(), b""
        async for message in socket:
            data = message.data if isinstance(message.data, bytes) else message.data.encode()
            if not data:
                continue
            channel, content = data[0], data[1:]
            if channel == _STDOUT and target is not None:
                output += content
                if len(output) >= _BUFFER_BYTES:
                    await asyncio.to_thread(target.write, bytes(output))
                    output.clear()
            elif channel == _STDERR:
                errors += content
            elif channel == _STATUS:
                status += content
        if target is not None and output:
            await asyncio.to_thread(target.write, bytes(output))
        told = json.loads(status) if status else {"message": "the connection broke"}
        if told.get("status") != "Success":
            said = errors.decode(errors="replace").strip() or told.get("message", "it failed")
            raise TaskFailedError(
                f"Kubernetes: `{command[0]}` in the pod failed: {said[:_ERROR_CHARACTERS]}"
            )

    async def _json(self, asked: Awaitable[Any], *, missing: bool = False) -> dict[str, Any]:
        response = await self._checked(asked, missing=missing)
        found: dict[str, Any] = await response.json(content_type=None)
        return found

    async def _checked(self, asked: Awaitable[Any], *, missing: bool = False) -> Any:
        """Return the raw response.

        Args:
            missing: That the object is not there is no error.
        """
        import aiohttp

        try:
            response = await asked
            if response.status < 400 or (missing and response.status == 404):
                return response
            text = await response.text()
        except (aiohttp.ClientError, OSError) as error:
            raise _unreachable(self._host, error) from error
        raise TaskFailedError(f"Kubernetes: {_message(text) or response.reason}")


class _Socket:
    """A web socket to a command; its opening may fail."""

    def __init__(self, opening: Awaitable[Any], host: str) -> None:
        self._opening = opening
        self._host = host
        self._manager: Any = None

    async def __aenter__(self) -> Any:
        import aiohttp

        try:
            self._manager = await self._opening
            return await self._manager.__aenter__()
        except (aiohttp.ClientError, OSError) as error:
            raise _unreachable(self._host, error) from error

    async def __aexit__(self, *exception: object) -> None:
        await self._manager.__aexit__(*exception)


def _unreachable(host: str, error: Exception) -> TaskFailedError:
    return TaskFailedError(f"The Kubernetes API at {host} can't be reached: {error}")


def _message(text: str) -> str:
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return text.strip()[:_ERROR_CHARACTERS]
