"""One connection to NATS: mends itself, and stores messages until the server said it has them."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from tiercel.bus.client import Client, Msg, errors
from tiercel.model.errors import IllegalArgumentError, ServerUnavailableError

if TYPE_CHECKING:
    from pathlib import Path

logger = logging.getLogger(__name__)

_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 5.0
_CONFIRM_SECONDS = 1.0
_CONFIRM_TRIES = 3
_FLUSH_SECONDS = 10.0
_LONGEST_FLUSH_SECONDS = 86_400
_PAUSE_SECONDS = 0.2
_WINDOW = 512
_STATUS = "Status"
_NO_RESPONDERS = "503"
_SCHEMES = ("nats", "tls", "ws", "wss")
# JetStream's code for "maximum messages per subject exceeded": the message is there already.
_SUBJECT_TAKEN = 10077
_REFUSED = "authorization violation"


@dataclass(frozen=True, slots=True)
class Message:
    """Something to store: where, what, and an id by which the server drops a repeat."""

    subject: str
    data: bytes
    id: str | None = None


class _StoreError(msgspec.Struct):
    code: int = 0
    err_code: int = 0
    description: str = ""


class _StoreReply(msgspec.Struct):
    error: _StoreError | None = None


_decode_reply = msgspec.json.Decoder(_StoreReply).decode


def _is_readable(url: str) -> bool:
    try:
        parts = urlsplit(url.strip())
        return parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_refusal(error: Exception) -> bool:
    """Whether a server does not want this user, or nobody vouches for the server."""
    if isinstance(error, errors.AuthorizationError | ssl.SSLCertVerificationError):
        return True
    return isinstance(error, errors.Error) and _REFUSED in str(error).lower()


class Connection:
    """A NATS client with the few verbs the bus needs.

    Args:
        url: Of a server, or of several of a cluster with commas between them. The others of the
            cluster are heard of from the first that answers; all take the same login.
        wait_seconds: How long a call waits for a server that is away before it gives up.
        inbox: Begin of the subjects on which answers come.
        credentials: File that stands for user and password.
    """

    def __init__(
        self,
        url: str,
        wait_seconds: float,
        inbox: str = "_INBOX",
        credentials: Path | None = None,
    ) -> None:
        self._url = url
        self._urls = [item.strip() for item in url.split(",")]
        self._inbox_prefix = inbox
        self._credentials = credentials
        self.client = Client()
        self.wait_seconds = wait_seconds
        self._connected = asyncio.Event()
        self._replies: dict[str, asyncio.Future[str]] = {}
        self._inbox = ""
        self._count = 0
        self._last_error = ""
        self._opening: asyncio.Timeout | None = None
        self._refusals = 0
        self._flushes: set[asyncio.Future[None]] = set()
        self._after_reconnect: list[Callable[[], None]] = []
        self.repair: Callable[[], Awaitable[None]] | None = None
        """Called when a stream turns out to be missing; makes it anew."""

    def another(self, wait_seconds: float) -> Connection:
        """Return one more to the same servers with the same login; it is to be opened."""
        return Connection(self._url, wait_seconds, self._inbox_prefix, self._credentials)

    @property
    def place(self) -> str:
        """Host and port, without the password; of all that were named."""
        named = [urlsplit(url) for url in self._urls]
        return ", ".join(f"{parts.hostname}:{parts.port or 4222}" for parts in named)

    @property
    def is_clustered(self) -> bool:
        """Whether the server is one of a cluster, be the others there or not."""
        return bool(self.client._server_info.get("cluster"))

    @property
    def is_connected(self) -> bool:
        """Whether the server can be spoken to at this moment."""
        return self._connected.is_set()

    @property
    def version(self) -> str:
        """Version of the server."""
        return str(self.client.connected_server_version).removeprefix("<nats server v").rstrip(">")

    @property
    def max_payload(self) -> int:
        """Bytes that one message may hold."""
        return int(self.client.max_payload)

    def new_id(self) -> str:
        """Return a message id nobody else uses."""
        self._count += 1
        return f"{self._inbox}.{self._count}"

    async def open(self, name: str) -> None:
        """Connect.

        Raises:
            IllegalArgumentError: The URL or the file of credentials can't be read.
            ServerUnavailableError: Nobody answers, or the server refuses the user.
        """
        if not all(map(_is_readable, self._urls)):
            # nothing of it is shown: a password may stand where a port should
            raise IllegalArgumentError(
                "The URL of NATS can't be read",
                hint="Write it as nats://user:password@host:4222; more with commas between them.",
            )
        login = self._login()
        try:
            async with asyncio.timeout(min(_CONNECT_SECONDS, self.wait_seconds)) as self._opening:
                await self.client.connect(
                    self._urls,
                    name=name,
                    **login,
                    inbox_prefix=self._inbox_prefix,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=_PAUSE_SECONDS,  # type: ignore[arg-type]  # fractions work
                    ping_interval=5,
                    max_outstanding_pings=2,
                    error_cb=self._on_error,
                    disconnected_cb=self._on_disconnected,
                    reconnected_cb=self._on_reconnected,
                    closed_cb=self._on_disconnected,
                )
        except (TimeoutError, OSError, errors.Error) as error:
            await self.client.close()
            reason = self._last_error or str(error) or type(error).__name__
            raise ServerUnavailableError(
                f"NATS at {self.place} can't be reached: {reason}",
                hint="Check the URL of the bus, and that the server runs with JetStream enabled.",
            ) from error
        finally:
            self._opening = None
        self._inbox = self.client.new_inbox()
        await self.client.subscribe(f"{self._inbox}.*", cb=self._on_reply)
        self._connected.set()

    def _login(self) -> dict[str, Any]:
        """Return how to log in, also at servers that are heard of later."""
        if self._credentials is not None:
            from tiercel.bus.credentials import Credentials

            return Credentials(self._credentials).login()
        first = urlsplit(self._urls[0])
        return {"user": first.username, "password": first.password}

    async def close(self) -> None:
        """Send what is buffered, then disconnect. May be called again."""
        self._connected.clear()
        if not self.client.is_closed:
            await self.client.close()
        for flush in self._flushes:
            flush.cancel()

    async def flush(self) -> None:
        """Return when the server has taken what was sent.

        The client breaks its connection when an answer comes to a flush that is not waited for any
        more. So each is waited for, also when the caller has given up.

        Raises:
            nats.errors.FlushTimeoutError: There is no answer.
        """
        flush = asyncio.ensure_future(self.client.flush(_LONGEST_FLUSH_SECONDS))
        self._flushes.add(flush)
        flush.add_done_callback(self._flushed)
        await asyncio.wait({flush}, timeout=_FLUSH_SECONDS)
        if not flush.done():
            raise errors.FlushTimeoutError
        flush.result()

    def _flushed(self, flush: asyncio.Future[None]) -> None:
        self._flushes.discard(flush)
        if not flush.cancelled():
            flush.exception()  # looked at, should nobody wait for it any more

    def after_reconnect(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback`` after each reconnect; return the function that ends this."""
        self._after_reconnect.append(callback)
        return lambda: self._after_reconnect.remove(callback)

    async def ready(self, deadline: float | None = None) -> None:
        """Wait until the server is there, at most until ``deadline`` (the loop's time).

        Raises:
            ServerUnavailableError: It did not come back in time, or the bus was closed.
        """
        if self._connected.is_set():
            return
        if self.client.is_closed:
            raise ServerUnavailableError(f"The connection to NATS at {self.place} was closed")
        deadline = deadline if deadline is not None else self._deadline()
        try:
            async with asyncio.timeout_at(deadline):
                await self._connected.wait()
        except TimeoutError:
            raise self._away("is not there") from None

    async def send(self, subject: str, data: bytes = b"") -> None:
        """Send to whoever listens now. Waits for a server that is away; see :meth:`ready`."""
        await self.ready()
        await self._publish(subject, data, "", None)

    async def send_or_drop(self, subject: str, data: bytes = b"", reply: str = "") -> None:
        """Send to whoever listens now; nothing while the server is away, or if it is too big."""
        if self.is_connected and len(data) <= self.max_payload:
            await self._publish(subject, data, reply, None)

    async def store(self, messages: Sequence[Message]) -> None:
        """Return when the server has stored every message; a repeat of a message is no error.

        Messages are sent in order and many at a time. Whatever is not confirmed because the
        connection broke or a stream was missing is sent again.

        Raises:
            ServerUnavailableError: The server was away, or refused, for longer than the limit. Some
                of the messages may have been stored.
        """
        for start in range(0, len(messages), _WINDOW):
            await self._store_window(list(messages[start : start + _WINDOW]))

    async def confirm(self, subject: str, data: bytes) -> None:
        """Send an acknowledgement; return when the server took it, or has nothing it is for.

        A server that was killed may have forgotten that it delivered the message. It gives no
        answer then, and delivers it again.

        Raises:
            ServerUnavailableError: The server was away for longer than the limit.
        """
        deadline = self._deadline()
        for _ in range(_CONFIRM_TRIES):
            await self.ready(deadline)
            (refusal,) = await self._ask([Message(subject, data)], _CONFIRM_SECONDS)
            if refusal in ("", _NO_RESPONDERS):
                return
        logger.warning("acknowledgement not confirmed", extra={"subject": subject})

    async def _store_window(self, messages: list[Message]) -> None:
        deadline = self._deadline()
        while True:
            await self.ready(deadline)
            answers = await self._ask(messages, _ANSWER_SECONDS)
            refused = [(m, a) for m, a in zip(messages, answers, strict=True) if a]
            if not refused:
                return
            messages = [message for message, _ in refused]
            reason = refused[0][1]
            if reason == _NO_RESPONDERS and self.repair is not None:
                await self.repair()
            if asyncio.get_running_loop().time() > deadline:
                raise self._away(f"did not store a message: {reason}")
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _ask(self, messages: list[Message], seconds: float) -> list[str]:
        """Send all, wait for the answers; each is empty when it is stored, else the reason."""
        loop = asyncio.get_running_loop()
        tokens = []
        futures = []
        try:
            for message in messages:
                self._count += 1
                token = str(self._count)
                future: asyncio.Future[str] = loop.create_future()
                self._replies[token] = future
                tokens.append(token)
                futures.append(future)
                headers = {"Nats-Msg-Id": message.id} if message.id is not None else None
                await self._publish(
                    message.subject, message.data, f"{self._inbox}.{token}", headers
                )
            await asyncio.wait(futures, timeout=seconds)
        finally:
            for token in tokens:
                self._replies.pop(token, None)
        return [future.result() if future.done() else "no answer" for future in futures]

    async def _publish(
        self, subject: str, data: bytes, reply: str, headers: dict[str, Any] | None
    ) -> None:
        try:
            await self.client.publish(subject, data, reply, headers)
        except (errors.ConnectionClosedError, errors.OutboundBufferLimitError) as error:
            raise self._away("is not there") from error

    async def _on_reply(self, message: Msg) -> None:
        future = self._replies.pop(message.subject.rpartition(".")[2], None)
        if future is None or future.done():
            return
        if message.headers and message.headers.get(_STATUS) == _NO_RESPONDERS:
            future.set_result(_NO_RESPONDERS)
        elif b'"error"' in message.data:
            error = _decode_reply(message.data).error
            is_stored = error is None or error.err_code == _SUBJECT_TAKEN
            future.set_result("" if is_stored or error is None else error.description)
        else:
            future.set_result("")

    async def _on_disconnected(self) -> None:
        if self._connected.is_set():
            logger.warning("connection to NATS lost", extra={"server": self.place})
        self._connected.clear()
        for future in self._replies.values():
            if not future.done():
                future.set_result("the connection broke")

    async def _on_reconnected(self) -> None:
        logger.info("connection to NATS is back", extra={"server": self.place})
        self._connected.set()
        for callback in list(self._after_reconnect):
            callback()

    async def _on_error(self, error: Exception) -> None:
        self._last_error = str(error)
        if _is_refusal(error):
            self._give_up_opening()
        if isinstance(error, errors.SlowConsumerError):
            logger.warning(
                "a follower is too slow, signals were dropped", extra={"subject": error.subject}
            )
        else:
            logger.debug("NATS client reports", extra={"reason": str(error)})

    def _give_up_opening(self) -> None:
        """Try no further to connect once as many refused as were named: waiting changes nothing."""
        self._refusals += 1
        opening = self._opening
        if opening is not None and not opening.expired() and self._refusals >= len(self._urls):
            opening.reschedule(asyncio.get_running_loop().time())

    def _deadline(self) -> float:
        return asyncio.get_running_loop().time() + self.wait_seconds

    def _away(self, what: str) -> ServerUnavailableError:
        return ServerUnavailableError(
            f"NATS at {self.place} {what}", hint="Check that the server runs and can be reached."
        )
