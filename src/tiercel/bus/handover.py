"""The short way between an executor and a worker of one process: jobs and reports, without NATS.

What passes is durable all the same. A job is in the outbox, with this process as its holder, before
the worker gets it; if the process dies, whoever finds its lock free gives the job out again. A
report is over when the executor has committed what follows from it; one that is not committed soon
goes over the bus as well. What a process that is killed loses is what it would have had to do once
more anyway: an attempt whose end nobody has stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec
from msgspec.structs import replace

from tiercel.bus import codec
from tiercel.bus.codec import MessageRefusedError
from tiercel.model.job import Job, LogEntry
from tiercel.model.news import ExecutionNews

LOCAL_TOKEN = 1
"""Fencing token of jobs that are handed over: lower than that of any delivery by the bus."""

_PATIENCE_SECONDS = 1.0

_decode_job = msgspec.msgpack.Decoder(Job).decode


class Taker(Protocol):
    """A worker, as the executor beside it sees it."""

    group: str

    def reserve(self, job: Job) -> bool:
        """Promise to take a job that will be started, or dropped; False when there is no room."""

    def drop(self, job: Job) -> None:
        """Forget a job that was promised."""

    def expect(self) -> None:
        """Jobs of its group go over the bus: let them come first."""

    def start(self, job: Job) -> None:
        """Run a job that was promised."""

    def stop_attempt(self, attempt_id: str) -> None:
        """Stop an attempt, if it runs here."""


@dataclass(slots=True, eq=False)
class Report:
    """News of a worker with the log entries that came before it.

    Attributes:
        written: Done once both are committed.
    """

    execution_news: ExecutionNews
    logs: Sequence[LogEntry]
    written: asyncio.Future[None] = field(repr=False)


class LocalDelivery:
    """A job that was handed over, in the hands of the worker beside the executor.

    Attributes:
        token, deliveries: As those of a :class:`~tiercel.bus.jobs.Delivery`.
    """

    def __init__(
        self,
        job: Job,
        vacate: Callable[[], None],
        give_back: Callable[[Sequence[Job]], Awaitable[None]],
    ) -> None:
        self.job = job
        self.token = LOCAL_TOKEN
        self.deliveries = 1
        self._vacate = vacate
        self._give_back = give_back
        self._has_slot = True

    def leave_slot(self) -> None:
        """Let the slot go: what is left to do needs none."""
        if self._has_slot:
            self._has_slot = False
            self._vacate()

    async def ack(self) -> None:
        """The job is finished."""
        self.leave_slot()

    async def release(self) -> None:
        """Give the job to any worker, by way of the bus.

        Raises:
            ServerUnavailableError: The bus is away; the job is given out again by whoever finds
                that this process has ended.
        """
        self.leave_slot()
        await self._give_back([replace(self.job, is_repeated=True)])


class Handover:
    """Links one executor and one worker of a process; both find it closed until the worker opens.

    Values pass as they would over the bus: written and read again, so nobody shares what the other
    may change, and what does not fit into a message does not pass here either.

    Args:
        holder: The name of this process in the outbox.
        limit_bytes: Size of a message at most.
    """

    def __init__(self, holder: str, *, limit_bytes: int) -> None:
        self.holder = holder
        self._limit_bytes = limit_bytes
        self._taker: Taker | None = None
        self._reports: list[Report] = []
        self._on_report: Callable[[], None] = lambda: None

    # The executor's side

    def listen(self, on_report: Callable[[], None]) -> None:
        """Call ``on_report`` whenever there are reports to take."""
        self._on_report = on_report

    def reserve(self, jobs: Iterable[Job]) -> list[Job]:
        """Return those of ``jobs`` that the worker beside takes; it keeps room for them.

        They must be given to :meth:`start` or :meth:`drop`. The others go over the bus; until they
        were delivered nothing is handed over, so that none overtakes them.
        """
        taker = self._taker
        if taker is None:
            return []
        taken = []
        for job in jobs:
            copy = self._copy(job) if job.worker_group == taker.group else None
            if copy is None:
                continue
            if not taker.reserve(copy):
                taker.expect()
                break
            taken.append(copy)
        return taken

    def start(self, jobs: Sequence[Job]) -> Sequence[Job]:
        """Run jobs that are in the outbox now; return those that must go over the bus after all,
        because the worker is about to end.
        """
        taker = self._taker
        if taker is None:
            return jobs
        for job in jobs:
            taker.start(job)
        return ()

    def drop(self, jobs: Iterable[Job]) -> None:
        """Forget jobs that were not written."""
        for job in jobs:
            if self._taker is not None:
                self._taker.drop(job)

    def stop_attempt(self, attempt_id: str) -> None:
        """Stop an attempt, if it runs here."""
        if self._taker is not None:
            self._taker.stop_attempt(attempt_id)

    def take_reports(self) -> list[Report]:
        """Return the reports that wait, oldest first."""
        reports, self._reports = self._reports, []
        return reports

    def put_back(self, reports: Sequence[Report]) -> None:
        """Let reports that could not be written wait again."""
        self._reports = [*reports, *self._reports]

    # The worker's side

    def open(self, taker: Taker) -> None:
        """Hand jobs over from now on."""
        self._taker = taker

    def close(self) -> None:
        """Hand no more jobs over. Reports are still taken."""
        self._taker = None

    def tell(self, news: ExecutionNews) -> None:
        """Report news, without waiting; it is written before what is reported after it.

        Raises:
            MessageRefusedError: It is too big for a message.
        """
        self._put(news, ())

    async def report(
        self, news: ExecutionNews, logs: Sequence[LogEntry]
    ) -> Sequence[LogEntry] | None:
        """Report news and the log entries before it; return when they are committed.

        Returns:
            None then. When it takes longer than a second, the log entries to send over the bus with
            the news: the executor may be at it for long, and knows news that comes twice. Entries
            that are not returned are being written.

        Raises:
            MessageRefusedError: The news is too big for a message; nothing was reported.
        """
        report = self._put(news, logs)
        await asyncio.wait({report.written}, timeout=_PATIENCE_SECONDS)
        if report.written.done():
            return None
        if report in self._reports:
            self._reports.remove(report)
            return logs
        return ()

    def _put(self, news: ExecutionNews, logs: Sequence[LogEntry]) -> Report:
        data = codec.encode(news, limit_bytes=self._limit_bytes)
        written = asyncio.get_running_loop().create_future()
        report = Report(codec.decode_news(data), logs, written)
        self._reports.append(report)
        self._on_report()
        return report

    def _copy(self, job: Job) -> Job | None:
        """Return a job as a worker gets it; None for one that the bus must refuse."""
        try:
            return _decode_job(codec.encode(job, limit_bytes=self._limit_bytes))
        except (MessageRefusedError, msgspec.MsgspecError):
            return None
