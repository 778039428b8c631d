"""The REST API of a server, as commands call it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

import httpx

from tiercel.cli.reading import split_pairs
from tiercel.model.errors import IllegalArgumentError, ServerUnavailableError, TiercelError

if TYPE_CHECKING:
    from types import TracebackType

    from tiercel.cli.options import Remote

YAML = "application/x-yaml"
_TIMEOUT = httpx.Timeout(300.0, connect=10.0)
_PAGE = 500


class RefusedError(TiercelError):
    """The server refused what was asked.

    Attributes:
        status: Of the reply.
        details: What is wrong in particular, as the server lists it.
    """

    code: ClassVar[str] = "refused"

    def __init__(
        self, message: str, status: int, details: list[Mapping[str, Any]], hint: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.details = details


class Api:
    """A client of one server; paths begin after ``/api/v1`` and the tenant. A context manager.

    Args:
        option: The option that names the server, for remedies.

    Raises:
        IllegalArgumentError: The address, login or headers can't be read.
    """

    def __init__(self, remote: Remote, option: str = "--server") -> None:
        self.url = remote.url.rstrip("/")
        self._option = option
        if not self.url.startswith(("http://", "https://")):
            raise IllegalArgumentError(
                f"{option} {remote.url} is no address", hint="write http://host:port"
            )
        headers = split_pairs(remote.headers or (), "--headers")
        if remote.api_token:
            headers["Authorization"] = f"Bearer {remote.api_token}"
        tenant = f"/{quote(remote.tenant, safe='')}" if remote.tenant else ""
        self._made_of: dict[str, Any] = {
            "base_url": f"{self.url}/api/v1{tenant}",
            "headers": headers,
            "auth": _login(remote.user),
        }
        try:
            self.http = httpx.Client(timeout=_TIMEOUT, follow_redirects=True, **self._made_of)
        except (httpx.InvalidURL, UnicodeEncodeError) as error:
            raise IllegalArgumentError(f"The server can't be asked like this: {error}") from error

    def __enter__(self) -> Api:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.http.close()

    def call(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Send a request and return the reply.

        Raises:
            ServerUnavailableError: Nobody answers.
            RefusedError: The reply is a failure.
        """
        with self._reaching():
            reply = self.http.request(method, path, **request)
        return _checked(reply)

    @contextmanager
    def stream(self, path: str, **request: Any) -> Iterator[httpx.Response]:
        """Send a GET and give the reply while its body comes.

        Raises:
            ServerUnavailableError: Nobody answers.
            RefusedError: The reply is a failure.
        """
        with self._reaching(), self.http.stream("GET", path, **request) as reply:
            if reply.status_code >= 400:
                reply.read()
            yield _checked(reply)

    def streaming(self) -> httpx.AsyncClient:
        """Return a client for :meth:`astream` that waits for ever between two events."""
        return httpx.AsyncClient(timeout=httpx.Timeout(10.0, read=None), **self._made_of)

    @asynccontextmanager
    async def astream(
        self, client: httpx.AsyncClient, path: str, **request: Any
    ) -> AsyncIterator[httpx.Response]:
        """Do what :meth:`stream` does, with a client of :meth:`streaming`."""
        with self._reaching():
            async with client.stream("GET", path, **request) as reply:
                if reply.status_code >= 400:
                    await reply.aread()
                yield _checked(reply)

    def json(self, method: str, path: str, **request: Any) -> Any:
        """Send a request and return the JSON of the reply; None when it has no body."""
        reply = self.call(method, path, **request)
        try:
            return reply.json() if reply.content else None
        except json.JSONDecodeError:
            raise self._stranger() from None

    def _stranger(self) -> ServerUnavailableError:
        return ServerUnavailableError(
            f"{self.url} answers, but not as a Tiercel server does",
            hint="look at the address given with --server",
        )

    def pages(self, path: str, limit: int, **parameters: Any) -> Iterator[Any]:
        """Yield the items of a list that comes in pages, at most ``limit``."""
        page, left = 1, limit
        size = min(limit, _PAGE)
        while left > 0:
            found = self.json("GET", path, params={**parameters, "page": page, "size": size})
            if not isinstance(found, dict) or "results" not in found:
                raise self._stranger()
            yield from found["results"][:left]
            left -= size
            page += 1
            if len(found["results"]) < size:
                return

    def sources(self, method: str, path: str, sources: str, **parameters: Any) -> Any:
        """Send YAML and return the JSON of the reply."""
        return self.json(
            method,
            path,
            params=parameters,
            content=sources.encode(),
            headers={"content-type": YAML},
        )

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except httpx.TimeoutException:
            raise ServerUnavailableError(
                f"{self.url} does not answer in time", hint="is the machine overloaded?"
            ) from None
        except httpx.TransportError as error:
            raise ServerUnavailableError(
                f"No server answers at {self.url}: {_reason(error)}",
                hint=f"start one with `tiercel server local`, or name another with {self._option}",
            ) from None


def part(text: str) -> str:
    """Return a name as one part of a path."""
    return quote(text, safe="")


def flow_path(namespace: str, flow_id: str) -> str:
    """Return the path of a flow."""
    return f"/flows/{part(namespace)}/{part(flow_id)}"


def _login(user: str) -> tuple[str, str] | None:
    if not user:
        return None
    name, colon, password = user.partition(":")
    if not colon:
        raise IllegalArgumentError("--user wants user:password")
    return name, password


def _reason(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return "connection refused" if "refused" in text.lower() else text


def _checked(reply: httpx.Response) -> httpx.Response:
    if reply.status_code < 400:
        return reply
    if reply.status_code == 401:
        raise RefusedError(
            "The server wants a login", 401, [], "give --user name:password or --api-token"
        )
    try:
        body = reply.json()
    except json.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        text = reply.text.strip() or reply.reason_phrase
        raise RefusedError(f"{reply.status_code}: {text[:500]}", reply.status_code, [])
    embedded = body.get("_embedded") or {}
    message = str(body.get("message") or reply.reason_phrase).rstrip()
    raise RefusedError(
        message, reply.status_code, embedded.get("errors") or [], str(body.get("hint") or "")
    )
