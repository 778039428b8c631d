"""Tasks that speak HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from datetime import timedelta
from email.message import Message
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field

from tiercel.engine.inputs import ENCRYPTED
from tiercel.model.task import LogLevel
from tiercel.plugin.common import Written
from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text, TextMap, ValueMap, as_text
from tiercel.plugin.task import Output, Plugin, RunnableTask, TaskFailedError
from tiercel.plugin.task import Trigger as TriggerBase
from tiercel.plugins.core.storage import new_file

if TYPE_CHECKING:
    import httpx

_AGENT = "Tiercel"
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_METHOD = r"^(?:[A-Z]+|get|post|put|patch|delete|head|options|trace)$"
_SHOWN_CHARACTERS = 2000
_ENCRYPTED_BYTES = 32 * 1024
"""Longest body that is kept encrypted: longer outputs leave the database."""
_HIDDEN_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})


class Timeouts(Written):
    """How long to wait for a connection, and for each piece of the answer."""

    connect_timeout: timedelta | None = Field(
        default=None,
        description=(
            "How long to wait for a connection, such as `PT10S`; 30 seconds when it is left out."
        ),
    )
    read_idle_timeout: timedelta = Field(
        default=timedelta(minutes=5),
        description="How long to wait for the next piece of the answer.",
    )


class Proxy(Written):
    """A proxy; ``DIRECT`` uses none."""

    type: Literal["DIRECT", "HTTP", "SOCKS"] = Field(
        default="DIRECT", description="Kind of proxy: `HTTP`, `SOCKS`, or `DIRECT` for none."
    )
    address: Text | None = Field(default=None, description="Host name or address of the proxy.")
    port: int | None = Field(default=None, description="Port of the proxy.")
    username: Text | None = Field(default=None, description="User name for the proxy.")
    password: Text | None = Field(
        default=None, description="Password for the proxy. Keep it in a secret."
    )


class Auth(Written):
    """Credentials: a user with BASIC and DIGEST, a token with BEARER."""

    type: Literal["BASIC", "BEARER", "DIGEST"] = Field(
        description=(
            "How to log in: `BASIC` and `DIGEST` with user name and password, `BEARER` with a "
            "token."
        )
    )
    username: Text | None = Field(default=None, description="User name, for `BASIC` and `DIGEST`.")
    password: Text | None = Field(
        default=None, description="Password, for `BASIC` and `DIGEST`. Keep it in a secret."
    )
    token: Text | None = Field(
        default=None, description="Token, for `BEARER`. Keep it in a secret."
    )


class Ssl(Written):
    """TLS; trusting every certificate is for tests only."""

    insecure_trust_all_certificates: bool = Field(
        default=False, description="`true` accepts any certificate of the server. For tests only."
    )


class Options(Written):
    """How requests are made. The second half holds older names of the same, and ignored ones."""

    timeout: Timeouts = Field(default=Timeouts(), description="How long to wait for the server.")
    proxy: Proxy = Field(
        default=Proxy(), description="Proxy that requests go through. None when it is left out."
    )
    auth: Auth | None = Field(default=None, description="How to log in to the server.")
    ssl: Ssl = Field(default=Ssl(), description="How certificates are checked.")
    follow_redirects: bool = Field(
        default=True, description="Whether the request is repeated where the server points to."
    )
    allow_failed: bool = Field(
        default=False,
        description=(
            "`true` accepts answers of any status; otherwise one of 400 or more fails the task."
        ),
    )
    allowed_response_codes: list[int] = Field(
        default=[],
        description="Statuses of 400 or more that do not fail the task, such as `[404]`.",
    )
    default_charset: Text = Field(
        default="UTF-8", description="Character set of answers that do not name theirs."
    )
    logs: list[Literal["REQUEST_HEADERS", "REQUEST_BODY", "RESPONSE_HEADERS", "RESPONSE_BODY"]] = (
        Field(
            default=[],
            description=(
                "What is logged at DEBUG: `REQUEST_HEADERS`, `REQUEST_BODY`, `RESPONSE_HEADERS`, "
                "`RESPONSE_BODY`. Logins in headers are hidden."
            ),
        )
    )

    connect_timeout: timedelta | None = Field(
        default=None, description="Older form of `timeout.connectTimeout`."
    )
    read_timeout: timedelta | None = Field(
        default=None, description="Older form of `timeout.readIdleTimeout`."
    )
    read_idle_timeout: timedelta | None = Field(
        default=None, description="Accepted without effect; see `timeout.readIdleTimeout`."
    )
    connection_pool_idle_timeout: timedelta | None = Field(
        default=None, description="Accepted without effect: connections are not kept."
    )
    max_content_length: int | None = Field(
        default=None, description="Accepted without effect: answers may have any length."
    )
    proxy_type: Literal["DIRECT", "HTTP", "SOCKS"] | None = Field(
        default=None, description="Older form of `proxy.type`."
    )
    proxy_address: Text | None = Field(default=None, description="Older form of `proxy.address`.")
    proxy_port: int | None = Field(default=None, description="Older form of `proxy.port`.")
    proxy_username: Text | None = Field(default=None, description="Older form of `proxy.username`.")
    proxy_password: Text | None = Field(default=None, description="Older form of `proxy.password`.")
    basic_auth_user: Text | None = Field(
        default=None, description="Older form of `auth` with type `BASIC`."
    )
    basic_auth_password: Text | None = Field(
        default=None, description="Password of `basicAuthUser`."
    )
    log_level: Text | None = Field(default=None, description="Accepted without effect; see `logs`.")
    retry: Any = Field(
        default=None, description="Accepted without effect: use the task's own `retry`."
    )
    retry_on_status_codes: list[int] | None = Field(
        default=None, description="Accepted without effect: use the task's own `retry`."
    )
    retry_on_status_codes_by_method: dict[str, list[int]] | None = Field(
        default=None, description="Accepted without effect: use the task's own `retry`."
    )
    retryable_transport_failure_methods: list[Text] | None = Field(
        default=None, description="Accepted without effect: use the task's own `retry`."
    )
    enabled_tcp_extended_keep_alive: bool | None = Field(
        default=None, description="Accepted without effect."
    )

    def effective_proxy(self) -> Proxy:
        """Return the proxy, under whichever names it was given."""
        if self.proxy_type is None and self.proxy_address is None:
            return self.proxy
        return Proxy(
            type=self.proxy_type or "HTTP",
            address=self.proxy_address,
            port=self.proxy_port,
            username=self.proxy_username,
            password=self.proxy_password,
        )

    def effective_auth(self) -> Auth | None:
        """Return the credentials, under whichever names they were given."""
        if self.auth is None and self.basic_auth_user is not None:
            return Auth(
                type="BASIC", username=self.basic_auth_user, password=self.basic_auth_password
            )
        return self.auth


class HttpProperties(Plugin):
    """Properties of everything that makes one request."""

    uri: Text = Field(description="Address to call, beginning with `http://` or `https://`.")
    method: Annotated[Text, Field(pattern=_METHOD)] = Field(
        default="GET",
        description="Method of the request, such as `GET`, `POST`, `PUT` or `DELETE`.",
    )
    params: ValueMap | None = Field(
        default=None, description="Parameters that are added to the address, by name."
    )
    body: Text | None = Field(default=None, description="Body of the request, a text.")
    form_data: ValueMap | None = Field(
        default=None,
        alias="formData",
        description=(
            "Fields of a form, sent instead of `body`. With the content type "
            "`multipart/form-data` URIs of stored files are sent as files."
        ),
    )
    content_type: Text | None = Field(
        default=None,
        alias="contentType",
        description="Content type of the body; `application/json` when it is left out.",
    )
    headers: TextMap | None = Field(
        default=None,
        description=(
            "Headers of the request, by name. They replace those that are sent by default."
        ),
    )
    options: Options = Field(
        default=Options(), description="How the request is made: timeouts, proxy, login, redirects."
    )
    ssl_options: Ssl | None = Field(
        default=None,
        alias="sslOptions",
        description="How certificates are checked; older place of `options.ssl`.",
    )
    allow_failed: bool = Field(
        default=False,
        alias="allowFailed",
        description=(
            "`true` accepts answers of any status; otherwise one of 400 or more fails the task."
        ),
    )


class HttpTask(HttpProperties, RunnableTask):
    """Base of the tasks that make one request."""

    @asynccontextmanager
    async def respond(self, context: TaskContext) -> AsyncIterator[httpx.Response]:
        """Make the request; yield the answer, whose body is not read yet.

        Raises:
            TaskFailedError: No connection, an answer that is no HTTP, or a status that fails.
        """
        import httpx

        with ExitStack() as files:
            content = await self._content(context, files)
            try:
                async with self._client(context) as client:
                    request = client.build_request(
                        self.method.upper(),
                        self.uri.strip().replace(" ", "%20"),
                        params=_parameters(self.params),
                        headers=self._request_headers(),
                        **content,
                    )
                    self._log(context, "REQUEST", request.headers, self.body)
                    response = await client.send(request, stream=True, auth=self._auth())
                    try:
                        await self._check(context, response)
                        yield response
                    finally:
                        await response.aclose()
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise TaskFailedError(_reason(error, self.uri)) from error
            except UnicodeEncodeError as error:
                raise TaskFailedError(
                    f"Only valid Unicode strings are supported in addresses and headers: {error}"
                ) from error

    def is_allowed(self, code: int) -> bool:
        """Whether an answer with this status is a success."""
        options = self.options
        if self.allow_failed or options.allow_failed:
            return True
        return code < 400 or code in options.allowed_response_codes

    async def _check(self, context: TaskContext, response: httpx.Response) -> None:
        self._log(context, "RESPONSE", response.headers, None)
        if self.is_allowed(response.status_code):
            return
        await response.aread()
        body = response.text[:_SHOWN_CHARACTERS]
        shown = f" and body:\n{body}" if body.strip() else ""
        raise TaskFailedError(
            f"{self.method.upper()} {self.uri} failed with response code "
            f"{response.status_code} {response.reason_phrase}{shown}"
        )

    async def _content(self, context: TaskContext, files: ExitStack) -> dict[str, Any]:
        """Return what httpx is to send; opened files are closed by ``files``."""
        if self.form_data is None:
            return {} if self.body is None else {"content": self.body.encode()}
        if not (self.content_type or "").startswith("multipart/form-data"):
            return {"data": {key: str(as_text(value)) for key, value in self.form_data.items()}}
        parts: list[tuple[str, tuple[str | None, bytes | IO[bytes]]]] = []
        for name, value in self.form_data.items():
            uri, file_name = _file_part(value)
            if uri is None:
                text = value if isinstance(value, str) else json.dumps(value)
                parts.append((name, (None, text.encode())))
                continue
            path = await context.local_file(uri)
            file = files.enter_context(path.open("rb"))
            parts.append((name, (file_name or PurePosixPath(unquote(uri)).name, file)))
        return {"files": parts}

    def _request_headers(self) -> dict[str, str]:
        headers = {"User-Agent": _AGENT}
        if self.form_data is None and self.body is not None:
            headers["Content-Type"] = self.content_type or _JSON
        auth = self.options.effective_auth()
        if auth is not None and auth.type == "BEARER":
            headers["Authorization"] = f"Bearer {auth.token or ''}"
        given = {key: value for key, value in (self.headers or {}).items() if value is not None}
        replaced = {key.lower() for key in given}
        kept = {key: value for key, value in headers.items() if key.lower() not in replaced}
        return {**kept, **given}

    def _auth(self) -> httpx.Auth | None:
        import httpx

        auth = self.options.effective_auth()
        if auth is None or auth.type == "BEARER":
            return None
        kind = httpx.BasicAuth if auth.type == "BASIC" else httpx.DigestAuth
        return kind(auth.username or "", auth.password or "")

    def _client(self, context: TaskContext) -> httpx.AsyncClient:
        import httpx

        from tiercel.plugins.core.http_policy import client_parts

        options, proxy = self.options, self.options.effective_proxy()
        connect = options.connect_timeout or options.timeout.connect_timeout
        read = options.read_timeout or options.timeout.read_idle_timeout
        insecure = (self.ssl_options or options.ssl).insecure_trust_all_certificates
        return httpx.AsyncClient(
            **client_parts(context, _proxy_url(proxy), verify=not insecure),
            follow_redirects=options.follow_redirects,
            timeout=httpx.Timeout(
                read.total_seconds(), connect=connect.total_seconds() if connect else 30.0
            ),
            default_encoding=options.default_charset,
        )

    def _log(
        self, context: TaskContext, side: str, headers: Mapping[str, str], body: str | None
    ) -> None:
        wanted = {kind for kind in self.options.logs if kind.startswith(side)}
        if f"{side}_HEADERS" in wanted:
            shown = {
                name: "***" if name.lower() in _HIDDEN_HEADERS else value
                for name, value in headers.items()
            }
            context.log(LogLevel.DEBUG, f"{side.lower()} headers: {json.dumps(shown)}")
        if f"{side}_BODY" in wanted and body:
            context.log(LogLevel.DEBUG, f"{side.lower()} body: {body[:_SHOWN_CHARACTERS]}")


class Request(HttpTask):
    """Make a request and keep the answer: ``uri``, ``code``, ``headers`` and ``body`` as text."""

    type_name = "io.kestra.plugin.core.http.Request"
    aliases = ("io.kestra.plugin.fs.http.Request",)
    title = "Make an HTTP request."
    output_types = outputs(
        uri=str, code=int, headers=dict[str, list[str]], body=str, encryptedBody=dict[str, str]
    )
    examples = (
        (
            "Post JSON.",
            "id: post\ntype: io.kestra.plugin.core.http.Request\nuri: https://example.org/api\n"
            "method: POST\nbody: \"{{ {'name': inputs.name} }}\"",
        ),
    )

    encrypt_body: bool = Field(
        default=False,
        alias="encryptBody",
        description=(
            "`true` keeps the body encrypted, as the output `encryptedBody` instead of "
            "`body`. For at most 32 KB."
        ),
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Make the request; an empty body gives no ``body``."""
        async with self.respond(context) as response:
            await response.aread()
            text = response.text
            self._log(context, "RESPONSE", {}, text)
            tags = {"request.method": self.method, "response.code": str(response.status_code)}
            context.metric("counter", "response.length", float(len(response.content)), tags)
            values = {
                "uri": str(response.history[0].url if response.history else response.url),
                "code": response.status_code,
                "headers": response_headers(response),
            }
            return Output(values={**values, **self._body(context, text)})

    def _body(self, context: TaskContext, text: str) -> dict[str, Any]:
        if not self.encrypt_body:
            return {"body": text or None}
        if not text:
            return {}
        if len(text.encode()) > _ENCRYPTED_BYTES:
            raise TaskFailedError(
                f"The body is too long for `encryptBody`, which takes {_ENCRYPTED_BYTES} bytes."
                " Download it into a file instead."
            )
        return {"encryptedBody": {"type": ENCRYPTED, "value": context.encrypt(text)}}


class Trigger(HttpProperties, TriggerBase):
    """Make a request now and then, and start an execution when the answer fits."""

    type_name = "io.kestra.plugin.core.http.Trigger"
    aliases = ("io.kestra.plugin.fs.http.Trigger",)
    title = "Start executions when the answer to an HTTP request fits."
    output_types = outputs(
        uri=str, code=int, headers=dict[str, list[str]], body=str, encryptedBody=dict[str, str]
    )

    interval: timedelta = Field(
        default=timedelta(seconds=60), description="Time between two requests, such as `PT30S`."
    )
    response_condition: Text = Field(
        default="{{ response.statusCode < 400 }}",
        description=(
            "Template that starts an execution unless it renders to `false`, `0` or an empty "
            "text. It sees `response.statusCode`, `response.body` and `response.headers`."
        ),
    )
    encrypt_body: bool = Field(
        default=False,
        alias="encryptBody",
        description=(
            "`true` keeps the body encrypted, as `trigger.encryptedBody` instead of `trigger.body`."
        ),
    )


class Download(HttpTask):
    """Store what an address gives: ``uri`` of the file, ``code``, ``length``, ``headers``."""

    type_name = "io.kestra.plugin.core.http.Download"
    aliases = ("io.kestra.plugin.fs.http.Download",)
    title = "Download a file into internal storage."
    output_types = outputs(uri=StoredFile, code=int, headers=dict[str, list[str]], length=int)
    examples = (
        (
            "Fetch a file.",
            "id: fetch\ntype: io.kestra.plugin.core.http.Download\n"
            "uri: https://example.org/data.csv",
        ),
    )

    fail_on_empty_response: bool = Field(
        default=True,
        alias="failOnEmptyResponse",
        description=(
            "`true` fails the task when the answer has no content; otherwise the file is empty."
        ),
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Stream the answer to a file, whatever its size."""
        async with self.respond(context) as response:
            path = new_file(context, PurePosixPath(urlsplit(self.uri).path).suffix)
            await self._save(context, response, path)
            length = path.stat().st_size
            if length == 0:
                self._empty(context, response.status_code)
            context.metric(
                "counter", "response.length", float(length), {"request.method": self.method}
            )
            name = _disposition(response.headers.get("content-disposition")) or path.name
            return Output(
                values={
                    "uri": await context.store_file(path, name),
                    "code": response.status_code,
                    "length": length,
                    "headers": response_headers(response),
                }
            )

    async def _save(self, context: TaskContext, response: httpx.Response, path: Path) -> None:
        announced = response.headers.get("content-length", "")
        total = int(announced) if announced.isdigit() else None
        with path.open("wb") as file:
            async for chunk in response.aiter_bytes():
                file.write(chunk)
                context.progress("downloaded", response.num_bytes_downloaded, total, "bytes")
        received = response.num_bytes_downloaded
        if total is not None and received != total and self.method.upper() != "HEAD":
            raise TaskFailedError(f"Invalid size, got {received}, expected {total}")

    def _empty(self, context: TaskContext, code: int) -> None:
        if self.fail_on_empty_response and code < 400:
            raise TaskFailedError("No response from server")
        context.log(LogLevel.WARN, f"File '{self.uri}' is empty")


def _parameters(params: Mapping[str, Any] | None) -> dict[str, str] | None:
    """Return None for no parameters: an empty map would drop those of the address."""
    if not params:
        return None
    return {key: str(as_text(value)) for key, value in params.items() if value is not None}


def _file_part(value: Any) -> tuple[str | None, str | None]:
    """Return (URI, file name) of a part that is a stored file; (None, None) of any other."""
    if isinstance(value, str) and value.startswith("kestra://"):
        return value, None
    if isinstance(value, Mapping) and str(value.get("content", "")).startswith("kestra://"):
        return str(value["content"]), str(value.get("name") or "") or None
    return None, None


def response_headers(response: httpx.Response) -> dict[str, list[str]]:
    """Return all values by name, names as the server wrote them."""
    found: dict[str, list[str]] = {}
    for name, value in response.headers.raw:
        found.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    return found


def _disposition(header: str | None) -> str | None:
    """Return the file name of a ``Content-Disposition``, without any folders."""
    if not header:
        return None
    message = Message()
    message["content-disposition"] = header
    name = unquote(message.get_filename() or "").replace("\\", "/")
    return re.sub(r"[\x00-\x1f]", "", PurePosixPath(name).name) or None


def _proxy_url(proxy: Proxy) -> httpx.Proxy | None:
    import httpx

    if proxy.type == "DIRECT" or not proxy.address:
        return None
    scheme = "http" if proxy.type == "HTTP" else "socks5"
    auth = (proxy.username, proxy.password or "") if proxy.username else None
    port = f":{proxy.port}" if proxy.port else ""
    return httpx.Proxy(f"{scheme}://{proxy.address}{port}", auth=auth)


def _reason(error: Exception, uri: str) -> str:
    import httpx

    kind = "Connect Error" if isinstance(error, httpx.ConnectError) else type(error).__name__
    return f"{kind}: {error or 'no more is known'} ({uri})"
