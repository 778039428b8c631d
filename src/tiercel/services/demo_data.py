"""Where the demo's taxi trips come from when the public site can't be reached."""

from __future__ import annotations

import asyncio
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, cast

from tiercel.services.demo_rows import Taxi, generate_gzip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    from pathlib import Path

ROWS = 10_000
"""Trips in a generated month, unless told otherwise."""

FIRST_MONTH, LAST_MONTH = (2019, 1), (2021, 7)
"""The months that the course's release has."""

_PATH = re.compile(r"/(yellow|green)/\1_tripdata_(\d{4})-(\d{2})\.csv\.gz")
_CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class _Month:
    taxi: Taxi
    year: int
    month: int

    @property
    def name(self) -> str:
        return f"{self.taxi}_tripdata_{self.year}-{self.month:02}.csv.gz"


class TaxiServer:
    """Serves taxi trips on the loopback address, in the URL layout of the course's release.

    ``<base_url>/yellow/yellow_tripdata_2019-01.csv.gz`` and so on, from January 2019 to July 2021;
    other paths are 404. Use it as ``async with``.

    Args:
        folder: Holds real trips as ``yellow/yellow_tripdata_2019-01.csv.gz`` …; months that it
            lacks, or all without a folder, are generated.
        rows: Trips in a generated month.
    """

    def __init__(self, folder: Path | None = None, *, rows: int = ROWS) -> None:
        self._folder = folder
        self._rows = rows
        self._server: ThreadingHTTPServer | None = None

    @property
    def base_url(self) -> str:
        """What stands before ``/yellow/…``. Raises RuntimeError when the server does not run."""
        if self._server is None:
            raise RuntimeError("the taxi server does not run")
        return f"http://127.0.0.1:{self._server.server_port}"

    async def __aenter__(self) -> Self:
        from http.server import ThreadingHTTPServer

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name="taxi server",
            daemon=True,
        ).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        server, self._server = self._server, None
        if server is not None:
            await asyncio.to_thread(server.shutdown)
            server.server_close()

    def content(self, path: str) -> Iterator[bytes] | None:
        """Return the chunks of the file at a URL path, None when there is no such file."""
        month = _month_at(path)
        if month is None:
            return None
        if self._folder is not None:
            file = self._folder / month.taxi / month.name
            if file.is_file():
                return _read(file)
        return generate_gzip(month.taxi, month.year, month.month, self._rows)


async def is_reachable(url: str, timeout: float) -> bool:
    """Tell whether a GET of ``url`` begins to be answered well within ``timeout`` seconds."""
    import httpx

    try:
        async with (
            asyncio.timeout(timeout),
            httpx.AsyncClient(follow_redirects=True) as client,
            client.stream("GET", url) as response,
        ):
            return response.is_success
    except (TimeoutError, httpx.HTTPError, httpx.InvalidURL):
        return False


def _month_at(path: str) -> _Month | None:
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    year, month = int(found[2]), int(found[3])
    if not 1 <= month <= 12 or not FIRST_MONTH <= (year, month) <= LAST_MONTH:
        return None
    return _Month(cast("Taxi", found[1]), year, month)


def _read(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK_BYTES):
            yield chunk


def _handler(trips: TaxiServer) -> type[BaseHTTPRequestHandler]:
    from http.server import BaseHTTPRequestHandler

    class Handler(BaseHTTPRequestHandler):
        """Answers GET and HEAD; chunked, so that an answer that was cut off is noticed."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if (content := self._begin()) is None:
                return
            try:
                for chunk in content:
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
                self.wfile.write(b"0\r\n\r\n")
            except ConnectionError:
                # The client left; there is nobody to tell.
                self.close_connection = True

        def do_HEAD(self) -> None:
            self._begin()

        def _begin(self) -> Iterator[bytes] | None:
            content = trips.content(self.path)
            self.send_response(404 if content is None else 200)
            if content is None:
                self.send_header("Content-Length", "0")
            else:
                self.send_header("Content-Type", "application/gzip")
                self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            return content

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the terminal belongs to the demo."""

    return Handler
