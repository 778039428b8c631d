"""What the Docker runner needs of the Docker Engine's HTTP API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote

from tiercel.plugin.task import TaskFailedError

if TYPE_CHECKING:
    import httpx

_CONNECT_SECONDS = 3.0
_CHUNK_BYTES = 1 << 18
_HEADER_BYTES = 8
_STDERR = 2

Printed = tuple[bool, bytes]
"""A piece of what a container printed: whether to stderr, and the bytes."""


class DockerEngine:
    """An engine at one address; use it inside of :func:`connected`.

    Every method raises TaskFailedError with the engine's own words when it refuses.
    """

    def __init__(self, client: httpx.AsyncClient, host: str) -> None:
        self._client = client
        self._host = host

    async def answers(self) -> bool:
        """Tell whether an engine is there."""
        import httpx

        if self._host.startswith("unix://") and not is_socket(self._host):
            return False
        try:
            response = await self._client.get("/_ping", timeout=_CONNECT_SECONDS)
        except httpx.HTTPError:
            return False
        return response.is_success

    async def has_image(self, image: str) -> bool:
        """Tell whether an image is there without asking a registry."""
        response = await self._send("GET", f"/images/{quote(image, safe='/:@')}/json", missing=True)
        return response.status_code != 404

    async def pull(self, image: str, credentials: str | None) -> None:
        """Get an image from its registry.

        Args:
            credentials: Content of ``X-Registry-Auth``.
        """
        name, _, tag = image.partition("@") if "@" in image else _name_and_tag(image)
        parameters = {"fromImage": name, "tag": tag or "latest"}
        headers = {"X-Registry-Auth": credentials} if credentials else {}
        async with self._client.stream(
            "POST", "/images/create", params=parameters, headers=headers, timeout=None
        ) as response:
            async for _ in _said(response, f"The image '{image}' can't be pulled"):
                pass

    async def build(self, archive: BinaryIO, parameters: Mapping[str, str]) -> AsyncIterator[str]:
        """Build an image from a tar archive; yield what the engine says, the image's id last.

        Args:
            parameters: As ``POST /build`` takes them.
        """
        async with self._client.stream(
            "POST", "/build", params=parameters, content=_chunks(archive), timeout=None
        ) as response:
            async for said in _said(response, "The image can't be built"):
                if "aux" in said and said["aux"].get("ID"):
                    yield str(said["aux"]["ID"])
                elif str(said.get("stream", "")).strip():
                    yield str(said["stream"]).rstrip()

    async def push(self, image: str, credentials: str | None) -> None:
        """Send an image to its registry."""
        name, _, tag = _name_and_tag(image)
        path = f"/images/{quote(name, safe='/:')}/push"
        headers = {"X-Registry-Auth": credentials or "e30="}
        async with self._client.stream(
            "POST", path, params={"tag": tag or "latest"}, headers=headers, timeout=None
        ) as response:
            async for _ in _said(response, f"The image '{image}' can't be pushed"):
                pass

    async def tag(self, source: str, target: str) -> None:
        """Give an image another name."""
        name, _, tag = _name_and_tag(target)
        query = f"repo={quote(name)}&tag={quote(tag or 'latest')}"
        await self._send("POST", f"/images/{quote(source, safe='/:@')}/tag?{query}")

    async def images(self, *, all_layers: bool, names: str | None, label: str | None) -> list[Any]:
        """Return the images whose name and label fit, as the engine tells them."""
        wanted = {"reference": names, "label": label}
        filters = json.dumps({key: [text] for key, text in wanted.items() if text})
        query = f"all={str(all_layers).lower()}&filters={quote(filters)}"
        found: list[Any] = (await self._send("GET", f"/images/json?{query}")).json()
        return found

    async def remove_image(self, image: str, *, force: bool) -> None:
        """Delete an image."""
        path = f"/images/{quote(image, safe='/:@')}?force={str(force).lower()}"
        await self._send("DELETE", path)

    async def delete_container(self, container: str, *, force: bool, volumes: bool) -> None:
        """Delete a container; one that runs only with ``force``."""
        query = f"force={str(force).lower()}&v={str(volumes).lower()}"
        await self._send("DELETE", f"/containers/{container}?{query}")

    async def kill(self, container: str) -> None:
        """Kill a container at once."""
        await self._send("POST", f"/containers/{container}/kill")

    async def prune(self, kind: str) -> dict[str, Any]:
        """Delete what is not in use of ``containers``, ``networks``, ``images`` or ``volumes``."""
        found: dict[str, Any] = (await self._send("POST", f"/{kind}/prune")).json()
        return found

    async def create_volume(self, name: str, labels: Mapping[str, str]) -> None:
        """Make a volume."""
        await self._send("POST", "/volumes/create", {"Name": name, "Labels": dict(labels)})

    async def volumes(self, labels: Mapping[str, str]) -> list[str]:
        """Return the names of volumes that carry all the labels."""
        response = await self._send("GET", f"/volumes?filters={_by_labels(labels)}")
        return [str(volume["Name"]) for volume in response.json().get("Volumes") or ()]

    async def remove_volume(self, name: str) -> None:
        """Delete a volume; a missing one is fine."""
        await self._send("DELETE", f"/volumes/{name}?force=true", missing=True)

    async def create_container(self, settings: Mapping[str, Any]) -> str:
        """Make a container; return its id."""
        response = await self._send("POST", "/containers/create", settings)
        return str(response.json()["Id"])

    async def containers(self, labels: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return containers that carry all the labels, the newest first, ended ones too."""
        response = await self._send(
            "GET", f"/containers/json?all=true&filters={_by_labels(labels)}"
        )
        found: list[dict[str, Any]] = response.json()
        return found

    async def inspect(self, container: str) -> dict[str, Any]:
        """Return what is known of a container."""
        found: dict[str, Any] = (await self._send("GET", f"/containers/{container}/json")).json()
        return found

    async def start(self, container: str) -> None:
        """Start a container."""
        await self._send("POST", f"/containers/{container}/start")

    async def wait(self, container: str) -> int:
        """Wait until it ends; return its exit code."""
        response = await self._send("POST", f"/containers/{container}/wait")
        return int(response.json()["StatusCode"])

    async def stop(self, container: str, grace_seconds: int) -> None:
        """Ask it to end; after the grace it is killed."""
        path = f"/containers/{container}/stop?t={grace_seconds}"
        await self._send("POST", path, missing=True)

    async def remove(self, container: str) -> None:
        """Kill and delete a container with its nameless volumes; a missing one is fine."""
        await self._send("DELETE", f"/containers/{container}?force=true&v=true", missing=True)

    @asynccontextmanager
    async def attached(self, container: str) -> AsyncIterator[AsyncIterator[Printed]]:
        """Listen to a container before it is started: of a short one no line is missed.

        Yields what it prints until its end.
        """
        query = "stream=true&stdout=true&stderr=true"
        async with self._printed("POST", f"/containers/{container}/attach?{query}") as printed:
            yield printed

    @asynccontextmanager
    async def output(self, container: str) -> AsyncIterator[AsyncIterator[Printed]]:
        """Listen to a container that was started before: what it printed so far comes first."""
        query = "follow=true&stdout=true&stderr=true"
        async with self._printed("GET", f"/containers/{container}/logs?{query}") as printed:
            yield printed

    @asynccontextmanager
    async def _printed(self, method: str, path: str) -> AsyncIterator[AsyncIterator[Printed]]:
        async with self._client.stream(method, path, timeout=None) as response:
            if response.is_error:
                await response.aread()
                raise _refusal(response)
            yield _frames(response.aiter_bytes())

    async def put_files(self, container: str, folder: str, archive: BinaryIO) -> None:
        """Unpack a tar archive below a folder of the container."""
        path = f"/containers/{container}/archive?path={quote(folder)}"
        await self._send("PUT", path, content=_chunks(archive))

    async def get_files(self, container: str, folder: str, archive: BinaryIO) -> bool:
        """Write a folder of the container into ``archive``, as tar; False when it has none."""
        path = f"/containers/{container}/archive?path={quote(folder)}"
        async with self._client.stream("GET", path, timeout=None) as response:
            if response.status_code == 404:
                return False
            if response.is_error:
                await response.aread()
                raise _refusal(response)
            async for chunk in response.aiter_bytes(_CHUNK_BYTES):
                await asyncio.to_thread(archive.write, chunk)
        return True

    async def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        content: AsyncIterator[bytes] | None = None,
        missing: bool = False,
    ) -> httpx.Response:
        """Ask the engine.

        Args:
            missing: That the object is not there is no error.
        """
        import httpx

        try:
            response = await self._client.request(
                method, path, json=body, content=content, timeout=None
            )
        except httpx.HTTPError as error:
            raise TaskFailedError(f"The Docker engine at {self._host} is gone: {error}") from error
        if response.is_error and not (missing and response.status_code in (404, 409)):
            raise _refusal(response)
        return response


def _by_labels(labels: Mapping[str, str]) -> str:
    wanted = {"label": [f"{name}={value}" for name, value in labels.items()]}
    return quote(json.dumps(wanted))


async def _said(response: httpx.Response, failure: str) -> AsyncIterator[dict[str, Any]]:
    """Yield what the engine says of its progress; raise TaskFailedError when it is an error."""
    if response.is_error:
        await response.aread()
        raise _refusal(response)
    async for line in response.aiter_lines():
        if not line:
            continue
        said: dict[str, Any] = json.loads(line)
        if "error" in said:
            raise TaskFailedError(f"{failure}: {said['error']}")
        yield said


async def _frames(chunks: AsyncIterator[bytes]) -> AsyncIterator[Printed]:
    """Take the frames apart that the engine wraps around both outputs."""
    rest = bytearray()
    async for chunk in chunks:
        rest += chunk
        while len(rest) >= _HEADER_BYTES:
            end = _HEADER_BYTES + int.from_bytes(rest[4:_HEADER_BYTES])
            if len(rest) < end:
                break
            yield rest[0] == _STDERR, bytes(rest[_HEADER_BYTES:end])
            del rest[:end]


async def _chunks(archive: BinaryIO) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(archive.read, _CHUNK_BYTES):
        yield chunk


def _refusal(response: httpx.Response) -> TaskFailedError:
    try:
        message = response.json()["message"]
    except (ValueError, KeyError, TypeError):
        message = response.text or response.reason_phrase
    return TaskFailedError(f"Docker: {str(message).strip()}")


def _name_and_tag(image: str) -> tuple[str, str, str]:
    folder, slash, last = image.rpartition("/")
    name, colon, tag = last.partition(":")
    return f"{folder}{slash}{name}", colon, tag


@asynccontextmanager
async def connected(host: str) -> AsyncIterator[DockerEngine]:
    """Yield the engine at ``unix:///path`` or ``tcp://host:port``; nothing is sent yet.

    Raises:
        TaskFailedError: The address is not well formed.
    """
    import httpx

    if host.startswith("unix://"):
        transport = httpx.AsyncHTTPTransport(uds=host.removeprefix("unix://"))
        base = "http://docker"
    elif host.startswith(("tcp://", "http://", "https://")):
        transport = httpx.AsyncHTTPTransport()
        base = host.replace("tcp://", "http://", 1)
    else:
        raise TaskFailedError(
            f"`host: {host}` is no address of a Docker engine. Write unix:///path or tcp://host:port"
        )
    async with httpx.AsyncClient(transport=transport, base_url=base) as client:
        yield DockerEngine(client, host)


def is_socket(host: str) -> bool:
    """Whether the address is a socket of this machine that is there."""
    return host.startswith("unix://") and Path(host.removeprefix("unix://")).is_socket()
