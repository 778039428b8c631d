"""One connection to a user's database, used from a thread and cancelled from the event loop."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar

from tiercel.model.task import LogLevel
from tiercel.plugins.sql.failure import connection_failure, statement_failure
from tiercel.plugins.sql.url import Address
from tiercel.plugins.sql.values import adapters

if TYPE_CHECKING:
    from types import TracebackType

    from psycopg import Connection
    from psycopg.errors import Diagnostic

    from tiercel.plugin.context import TaskContext

logger = logging.getLogger(__name__)

T = TypeVar("T")

_WATCH_EVERY_SECONDS = 0.1
_CANCEL_AGAIN_SECONDS = 1.0
_CANCEL_TIMES = 5


@dataclass(frozen=True, slots=True)
class Access:
    """Everything needed to connect.

    Attributes:
        username, password: Win over those of the URL; None or empty means not given.
        parameters: libpq parameters that win over the URL's (TLS).
        zone: The session's time zone, the worker's own.
    """

    address: Address
    zone: tzinfo
    username: str | None = None
    password: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)

    def conninfo(self, find: Callable[[str, int], tuple[str, int]]) -> str:
        """Return libpq's connection text. No password comes from the server's own environment.

        Args:
            find: Gives the address behind the host and port that the URL names.
        """
        from psycopg.conninfo import make_conninfo

        given: dict[str, Any] = {
            "application_name": "tiercel",
            "connect_timeout": "10",
            "gssencmode": "disable",
            "passfile": "/dev/null",
            "password": "",
            **self.address.parameters,
            **self.parameters,
        }
        if self.username:
            given["user"] = self.username
        if self.password:
            given["password"] = self.password
        if given.get("sslmode") == "verify-full":
            given.setdefault("sslrootcert", "system")
        found = [find(host, int(port)) for host, port in self.address.hosts]
        given["host"] = ",".join(host for host, _ in found)
        given["port"] = ",".join(str(port) for _, port in found)
        given["dbname"] = self.address.database or given.get("user")
        given["client_encoding"] = "UTF8"
        return make_conninfo(**given)


class Session:
    """An open connection; use it as ``async with``. Its work runs in one thread of its own.

    When the task is cancelled, the running statement is cancelled on the server and what is open
    rolled back before the cancellation goes on.
    """

    def __init__(self, access: Access, context: TaskContext, *, autocommit: bool) -> None:
        self._access = access
        self._context = context
        self._autocommit = autocommit
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sql")
        self._connection: Connection[Any] | None = None
        self._closed = threading.Event()
        self._stopping = threading.Event()

    @property
    def is_stopping(self) -> bool:
        """Whether the task was cancelled; long work checks it between two pieces."""
        return self._stopping.is_set()

    @property
    def place(self) -> str:
        """``host:port/database`` for messages; never holds a password."""
        return self._access.address.place

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        try:
            self._connection = await loop.run_in_executor(self._thread, self._connect, loop)
        except BaseException:
            # a thread that is still connecting can't be stopped: it closes what it gets
            self._closed.set()
            self._thread.shutdown(wait=False)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closed.set()
        self._thread.submit(self._open_connection().close)
        self._thread.shutdown(wait=False)

    def _connect(self, loop: asyncio.AbstractEventLoop) -> Connection[Any]:
        import psycopg

        try:
            connection: Connection[Any] = psycopg.connect(
                self._access.conninfo(self._context.address),
                autocommit=self._autocommit,
                prepare_threshold=None,
                context=adapters(),
            )
            if self._closed.is_set():
                connection.close()
                return connection
            _set_zone(connection, self._access)
        except psycopg.Error as error:
            raise connection_failure(error, self._access.address) from error

        def tell(diagnostic: Diagnostic) -> None:
            text = f"{diagnostic.severity}: {diagnostic.message_primary}"
            loop.call_soon_threadsafe(self._context.log, LogLevel.DEBUG, text)

        connection.add_notice_handler(tell)
        return connection

    async def call(
        self,
        work: Callable[[Connection[Any]], T],
        *,
        watch: Callable[[], None] | None = None,
        place: str = "",
    ) -> T:
        """Run blocking work on the connection in its thread and return what it gives.

        Args:
            watch: Called on the event loop about ten times a second while the work goes on.
            place: Added to the message when a statement fails.

        Raises:
            TaskFailedError: The database refused something; in the words of the server.
        """
        connection = self._open_connection()
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._thread, partial(_run, work, connection, place))
        try:
            while not future.done():
                await asyncio.wait({future}, timeout=_WATCH_EVERY_SECONDS if watch else None)
                if watch is not None:
                    watch()
        except asyncio.CancelledError:
            self._stopping.set()
            await _cancel(connection, future)
            raise
        return future.result()

    def _open_connection(self) -> Connection[Any]:
        if self._connection is None:
            raise RuntimeError("the session is not open")
        return self._connection


def _set_zone(connection: Connection[Any], access: Access) -> None:
    """Give the session the worker's zone unless the URL sets one."""
    name = getattr(access.zone, "key", "UTC")
    if "timezone" not in str(access.address.parameters.get("options", "")).lower():
        connection.execute("SELECT set_config('TimeZone', %s, false)", [name])
        if not connection.autocommit:
            connection.commit()


def _run(work: Callable[[Connection[Any]], T], connection: Connection[Any], place: str) -> T:
    import psycopg

    try:
        return work(connection)
    except psycopg.Error as error:
        _roll_back(connection)
        raise statement_failure(error, place) from error
    except BaseException:
        _roll_back(connection)
        raise


def _roll_back(connection: Connection[Any]) -> None:
    """Undo what is open, so that nobody sees it or waits for its locks."""
    import psycopg

    try:
        connection.rollback()
    except psycopg.Error:
        # the connection itself is gone: the server rolls back by itself, and the first error counts
        connection.close()


async def _cancel(connection: Connection[Any], future: asyncio.Future[Any]) -> None:
    """Cancel the running statement until the thread has ended with it.

    A server that does not answer is cut off: it rolls back when it notices.
    """
    for _ in range(_CANCEL_TIMES):
        if future.done():
            break
        threading.Thread(target=_ask_to_cancel, args=[connection], daemon=True).start()
        await asyncio.wait({future}, timeout=_CANCEL_AGAIN_SECONDS)
    if not future.done():
        _cut_off(connection)
        await asyncio.wait({future})
    if not future.cancelled():
        future.exception()  # seen: the statement failed because it was cancelled


def _ask_to_cancel(connection: Connection[Any]) -> None:
    import psycopg

    try:
        connection.cancel_safe(timeout=_CANCEL_AGAIN_SECONDS * _CANCEL_TIMES)
    except psycopg.Error as error:
        logger.info("a statement can't be cancelled", extra={"reason": str(error)})


def _cut_off(connection: Connection[Any]) -> None:
    """End the connection under the thread that waits for it."""
    import psycopg

    try:
        with socket.socket(fileno=os.dup(connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)
    except (OSError, psycopg.Error) as error:
        logger.info("a connection was gone before it was cut", extra={"reason": str(error)})
