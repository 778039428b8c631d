"""The log of a task: secrets masked, long messages split, sent in batches or written to a file.

Everything here may be called from any thread: tasks log from the threads they block in.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from tiercel.model.errors import ServerUnavailableError, TiercelError
from tiercel.model.job import Job, LogEntry, MetricEntry, Progress
from tiercel.model.task import LogLevel
from tiercel.services.clock import new_id, utc_now
from tiercel.services.masking import mask
from tiercel.storage.paths import file_in, task_run_folder

if TYPE_CHECKING:
    from tiercel.bus import Bus
    from tiercel.storage import Storage

logger = logging.getLogger(__name__)

MESSAGE_LIMIT = 10_240
"""Characters of one entry; longer messages become several."""

ERROR_LENGTH = 1_000
"""Characters of an error that are kept with its attempt."""

_INTERVAL_SECONDS = 0.05
_MOMENT_SECONDS = 0.02
_BATCH_ENTRIES = 1_000
_WAITING_LIMIT = 100_000


class Shipper:
    """Carries log entries, metrics and progress of all attempts of a worker to the bus.

    What comes is sent after a moment when nothing was sent for 50 ms, else when 50 ms have passed
    or many entries wait. The moment is for attempts that are over by then: their entries go with
    the report of their end. Entries that the bus can't take now are kept, up to a limit, and sent
    again.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._lock = threading.Lock()
        self._is_shipping = False
        self._logs: list[LogEntry] = []
        self._logs_since = 0.0
        self._metrics: list[MetricEntry] = []
        self._progress: dict[tuple[str, str], Progress] = {}
        self._flushes: list[asyncio.Future[None]] = []
        self._something = asyncio.Event()
        self._hurry = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to send; what is taken before waits."""
        self._task = asyncio.create_task(self._run(), name="log-shipper")

    def log(self, entry: LogEntry) -> bool:
        """Take an entry; False, and the entry is dropped, when too many wait already."""
        with self._lock:
            if len(self._logs) >= _WAITING_LIMIT:
                return False
            is_first = not self._logs
            if is_first:
                self._logs_since = time.monotonic()
            self._logs.append(entry)
            is_many = len(self._logs) == _BATCH_ENTRIES
        if is_first or is_many:
            self._wake()
        return True

    def metric(self, entry: MetricEntry) -> None:
        """Take a metric."""
        with self._lock:
            self._metrics.append(entry)
        self._wake()

    def progress(self, progress: Progress) -> None:
        """Take progress; of one task run and label only the last within 50 ms is sent."""
        with self._lock:
            self._progress[progress.task_run_id, progress.label] = progress
        self._wake()

    async def flush(self) -> None:
        """Return when everything taken before this call is stored on the bus."""
        if not self._logs and not self._metrics and not self._is_shipping:
            return
        done: asyncio.Future[None] = self._loop.create_future()
        self._flushes.append(done)
        self._hurry.set()
        self._something.set()
        await done

    async def take_logs(self) -> list[LogEntry]:
        """Return the log entries that wait, for the caller to store; all else is stored already."""
        if self._metrics or self._is_shipping:
            await self.flush()
        with self._lock:
            logs, self._logs = self._logs, []
        return logs

    async def close(self) -> None:
        """Send nothing more; call :meth:`flush` before."""
        if self._task is None:
            return
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    def _wake(self) -> None:
        if threading.get_ident() == self._thread:
            self._note()
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._note)

    def _note(self) -> None:
        self._something.set()
        if len(self._logs) >= _BATCH_ENTRIES:
            self._hurry.set()

    async def _run(self) -> None:
        while True:
            await self._something.wait()
            if self._is_young():
                with suppress(TimeoutError):
                    async with asyncio.timeout(_MOMENT_SECONDS):
                        await self._hurry.wait()
                continue
            self._something.clear()
            self._hurry.clear()
            self._is_shipping = True
            flushes, self._flushes = self._flushes, []
            try:
                await self._ship()
            except Exception:  # whatever these entries did, later ones must go on
                logger.exception("log entries lost")
            self._is_shipping = False
            for done in flushes:
                if not done.done():
                    done.set_result(None)
            if not self._flushes:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_INTERVAL_SECONDS):
                        await self._hurry.wait()

    def _is_young(self) -> bool:
        """Whether there are only log entries that the end of their attempt may still take along."""
        if not self._logs or self._metrics or self._progress or self._hurry.is_set():
            return False
        return time.monotonic() - self._logs_since < _MOMENT_SECONDS

    async def _ship(self) -> None:
        with self._lock:
            logs, self._logs = self._logs, []
            metrics, self._metrics = self._metrics, []
            progress, self._progress = self._progress, {}
        for item in progress.values():
            await self._bus.progress(item)
        while True:
            try:
                if logs:
                    await self._bus.publish_logs(logs)
                    logs = []
                if metrics:
                    await self._bus.publish_metrics(metrics)
            except ServerUnavailableError as error:
                logger.warning("log entries wait for the bus", extra={"reason": str(error)})
                await asyncio.sleep(_INTERVAL_SECONDS)
            else:
                return


class LogFile:
    """The log of an attempt that goes to a file, one line per entry; made with the first one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._file: TextIO | None = None
        self._is_closed = False

    def write(self, timestamp: datetime, level: LogLevel, message: str) -> None:
        """Add an entry. After :meth:`close` nothing is added."""
        with self._lock:
            if self._is_closed:
                return
            if self._file is None:
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._file = self.path.open("w", encoding="utf-8")
            self._file.write(log_line(timestamp, level, message))

    def close(self) -> bool:
        """Write what is buffered; return whether there is a file."""
        with self._lock:
            self._is_closed = True
            if self._file is None:
                return False
            self._file.close()
            return True


def log_line(timestamp: datetime, level: LogLevel, message: str) -> str:
    """Return an entry as it stands in the file of a task's log."""
    return f"{timestamp.isoformat(timespec='milliseconds')} {level:5} {message}\n"


async def store_log_file(storage: Storage, job: Job, log_file: LogFile | None) -> str | None:
    """Move the log of an attempt into internal storage and return its URI.

    None when there is none, and when it can't be stored: that does not change how its task ended.
    """
    if log_file is None or not log_file.close():
        return None
    folder = task_run_folder(
        job.namespace, job.flow_id, job.execution_id, job.task_id, job.task_run_id
    )
    uri = file_in(folder, f"log-{new_id()}.txt")
    try:
        return await storage.put_file(uri, log_file.path)
    except (TiercelError, OSError):
        logger.exception("log file not stored", extra={"task_run_id": job.task_run_id})
        return None


class AttemptLog:
    """The :class:`~tiercel.plugin.context.TaskLog` of one attempt.

    Args:
        secrets: Texts that never appear in the log, besides those of the job.
        file: Takes the entries instead of the shipper.

    Attributes:
        last_error: The last entry at ERROR, cut; None when there is none.
    """

    def __init__(
        self,
        shipper: Shipper,
        job: Job,
        *,
        secrets: Iterable[str] = (),
        file: LogFile | None = None,
    ) -> None:
        self._shipper = shipper
        self._job = job
        self._minimum = job.log_level.rank if job.log_level else 0
        self._secrets = frozenset(secrets).union(job.secrets)
        self._file = file
        self._sequence = itertools.count()
        self._dropped = 0
        self.last_error: str | None = None

    def log(self, level: LogLevel, message: str) -> None:
        """Add an entry unless it is under the task's ``logLevel``."""
        if level is LogLevel.ERROR:
            self.last_error = mask(_storable(message), self._secrets)[:ERROR_LENGTH]
        if level.rank < self._minimum:
            return
        now = utc_now()
        if self._file is not None:
            self._file.write(now, level, mask(_storable(message), self._secrets))
            return
        for part in log_parts(message, self._secrets):
            self._add(now, level, part)

    def metric(
        self, kind: str, name: str, value: float, tags: Mapping[str, str] | None = None
    ) -> None:
        """Add a metric of this attempt."""
        job = self._job
        self._shipper.metric(
            MetricEntry(
                execution_id=job.execution_id,
                namespace=job.namespace,
                flow_id=job.flow_id,
                task_id=job.task_id,
                task_run_id=job.task_run_id,
                type=kind,
                name=name,
                value=value,
                timestamp=utc_now(),
                tags=dict(tags) if tags else None,
            )
        )

    def progress(self, label: str, done: int, total: int | None, unit: str) -> None:
        """Say how far the task is."""
        job = self._job
        self._shipper.progress(
            Progress(job.execution_id, job.task_run_id, label, done, total, unit)
        )

    def mask(self, secret: str) -> None:
        """Keep a text out of all entries from now on."""
        self._secrets = self._secrets.union((secret,))

    def _add(self, timestamp: datetime, level: LogLevel, message: str) -> None:
        if self._dropped:
            note = f"{self._dropped} entries dropped: they come faster than they can be stored."
            if not self._shipper.log(self._entry(timestamp, LogLevel.WARN, note)):
                self._dropped += 1
                return
            self._dropped = 0
        if not self._shipper.log(self._entry(timestamp, level, message)):
            self._dropped += 1

    def _entry(self, timestamp: datetime, level: LogLevel, message: str) -> LogEntry:
        job = self._job
        return LogEntry(
            execution_id=job.execution_id,
            namespace=job.namespace,
            flow_id=job.flow_id,
            timestamp=timestamp,
            level=level,
            message=message,
            sequence=next(self._sequence),
            task_id=job.task_id,
            task_run_id=job.task_run_id,
            attempt_number=job.attempt_number,
        )


def log_parts(message: str, secrets: Iterable[str]) -> list[str]:
    """Return a message as it may be stored: without secrets, cut into entries of legal length."""
    return split_message(mask(_storable(message), frozenset(secrets)))


def split_message(message: str) -> list[str]:
    """Cut a message into parts of at most ``MESSAGE_LIMIT`` characters; there is always one."""
    if len(message) <= MESSAGE_LIMIT:
        return [message]
    starts = range(0, len(message), MESSAGE_LIMIT)
    return [message[start : start + MESSAGE_LIMIT] for start in starts]


def _storable(message: str) -> str:
    """Drop what no database stores as text: NUL characters and halves of surrogate pairs."""
    if message.isascii() and "\0" not in message:
        return message
    return message.replace("\0", "").encode(errors="replace").decode()
