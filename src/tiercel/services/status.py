"""How the whole installation is: its processes, what waits, its servers, and what is wrong."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from tiercel.model.errors import ServerUnavailableError
from tiercel.services.clock import utc_now
from tiercel.services.node import Role

if TYPE_CHECKING:
    from pathlib import Path

    from tiercel.bus import Bus, BusFacts
    from tiercel.services.presence import Attendance, Heard
    from tiercel.store import DatabaseFacts, Store, Waiting

T = TypeVar("T")

_NEEDED_ROLES = (Role.EXECUTOR, Role.SCHEDULER, Role.INDEXER)
_JOB_PATIENCE = timedelta(seconds=30)
_NEWS_PATIENCE = timedelta(seconds=10)
_LOG_PATIENCE = 10_000
_NEEDED_BYTES = 1 << 30
_DEFAULT_GROUP = "default"
_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong.

    Attributes:
        is_grave: Work stands still until it is mended.
        hint: How to mend it.
    """

    message: str
    hint: str
    is_grave: bool = True


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk of the data folder, in bytes."""

    folder: Path
    free_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Report:
    """What was found at one moment.

    Attributes:
        jobs: Those that no worker has taken up, by worker group.
        news: What executors should have read by now.
        unindexed: Messages with log entries or metrics that are not in the database yet.
        database, bus: What the servers tell of themselves, or why they do not.
        Parts that a server which is away would know are None.
    """

    at: datetime
    processes: Sequence[Heard]
    jobs: dict[str, Waiting] | None
    news: Waiting | None
    unindexed: int | None
    database: DatabaseFacts | ServerUnavailableError
    bus: BusFacts | ServerUnavailableError
    disk: Disk


class Status:
    """Looks at everything; a server that is away stops nothing.

    Args:
        attendance: The processes that were heard.
        folder: The data folder of this process.
    """

    def __init__(
        self,
        store: Store,
        bus: Bus,
        attendance: Attendance,
        folder: Path,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._bus = bus
        self.attendance = attendance
        self._folder = folder
        self._clock = clock

    async def read(self) -> Report:
        """Return how everything is, within five seconds."""
        now = self._clock()
        jobs, news, unindexed, database, bus, usage = await asyncio.gather(
            _or_why(self._store.lag.waiting_jobs()),
            _or_why(self._store.lag.due_news(now)),
            _or_why(self._bus.unindexed()),
            _or_why(self._store.lag.facts()),
            _or_why(self._bus.facts()),
            asyncio.to_thread(shutil.disk_usage, self._folder),
        )
        return Report(
            at=now,
            processes=self.attendance.processes(),
            jobs=_or_none(jobs),
            news=_or_none(news),
            unindexed=_or_none(unindexed),
            database=database,
            bus=bus,
            disk=Disk(self._folder, usage.free, usage.total),
        )

    async def pending_jobs(self) -> dict[str, int]:
        """Return by worker group how many jobs wait; 0 for groups whose workers have none."""
        groups = {
            heard.process.group for heard in self.attendance.processes() if heard.process.slots
        }
        waiting = await self._store.lag.waiting_jobs()
        counts = {group: found.count for group, found in waiting.items()}
        return dict.fromkeys(sorted(groups | {_DEFAULT_GROUP}), 0) | counts


async def _or_why(question: Awaitable[T]) -> T | ServerUnavailableError:
    try:
        async with asyncio.timeout(_SECONDS):
            return await question
    except ServerUnavailableError as error:
        return error
    except TimeoutError:
        return ServerUnavailableError(f"It does not answer within {_SECONDS:.0f} seconds")


def _or_none(found: T | ServerUnavailableError) -> T | None:
    return None if isinstance(found, ServerUnavailableError) else found


def problems(report: Report) -> list[Problem]:
    """Return what is wrong, the gravest first, each with how to mend it."""
    found = [
        *_of_servers(report),
        *_of_processes(report),
        *_of_jobs(report),
        *_of_backlogs(report),
    ]
    return sorted(found, key=lambda problem: not problem.is_grave)


def _of_servers(report: Report) -> Iterator[Problem]:
    for name, found in (("PostgreSQL", report.database), ("NATS", report.bus)):
        if isinstance(found, ServerUnavailableError):
            hint = found.hint or f"start {name}, and look into its log"
            yield Problem(f"{name} does not answer: {found.message}", hint)
    if report.disk.free_bytes < _NEEDED_BYTES:
        free = report.disk.free_bytes / (1 << 20)
        hint = "free at least 1 GiB there, or purge old executions"
        yield Problem(f"Only {free:.0f} MiB are free on the disk of {report.disk.folder}", hint)


def _of_processes(report: Report) -> Iterator[Problem]:
    alive = [heard.process for heard in report.processes if not heard.is_lost]
    for heard in report.processes:
        if heard.is_lost:
            name = f"{', '.join(heard.process.roles)} on {heard.process.host}"
            hint = "start it again; what it was running is given to others"
            message = f"A process is silent: {name} (process {heard.process.pid})"
            yield Problem(message, hint, is_grave=False)
    if isinstance(report.bus, ServerUnavailableError):
        return
    for role in _NEEDED_ROLES:
        if not any(role in process.roles for process in alive):
            yield Problem(f"There is no {role}", f"start one: tiercel server {role}")
    versions = sorted({process.version for process in alive})
    if len(versions) > 1:
        hint = "bring all processes to the same version"
        message = f"Processes of different versions run: {', '.join(versions)}"
        yield Problem(message, hint, is_grave=False)


def _of_jobs(report: Report) -> Iterator[Problem]:
    alive = [heard.process for heard in report.processes if not heard.is_lost]
    for group, waiting in (report.jobs or {}).items():
        if waiting.oldest is None or report.at - waiting.oldest < _JOB_PATIENCE:
            continue
        slots = sum(process.slots for process in alive if process.group == group)
        if not slots:
            hint = f"start one: tiercel server worker --worker-group {group}"
            yield Problem(f"{waiting.count} jobs wait for a worker of group '{group}'", hint)
        else:
            hint = "start another worker, or give this one more slots with --thread"
            message = f"{waiting.count} jobs of group '{group}' wait for one of its {slots} slots"
            yield Problem(message, hint, is_grave=False)


def _of_backlogs(report: Report) -> Iterator[Problem]:
    news = report.news
    if news is not None and news.oldest and report.at - news.oldest > _NEWS_PATIENCE:
        seconds = (report.at - news.oldest).total_seconds()
        hint = "start another executor, or look into the log of the one there is"
        message = f"Executors are {seconds:.0f} s behind with {news.count} news"
        yield Problem(message, hint, is_grave=False)
    if report.unindexed is not None and report.unindexed > _LOG_PATIENCE:
        hint = "start another indexer, or look into the log of the one there is"
        message = f"{report.unindexed} messages with log entries are not in the database yet"
        yield Problem(message, hint, is_grave=False)
