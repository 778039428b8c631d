"""The bus: jobs out, news, logs and metrics in, live signals to whoever listens.

Streams keep what must not get lost until it is acknowledged; signals are plain messages. PostgreSQL
holds the truth: losing a whole stream loses no task, because jobs are published again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from tiercel.bus import codec, presence, questions, streams, toggles
from tiercel.bus.answers import answered
from tiercel.bus.batches import Batches
from tiercel.bus.client import NotFoundError
from tiercel.bus.codec import MessageRefusedError
from tiercel.bus.connection import Connection, Message
from tiercel.bus.jobs import Delivery, Jobs
from tiercel.bus.names import LOGS, PROGRESS, STATE, TAIL, Names, worker_inbox
from tiercel.bus.presence import BusFacts, Process
from tiercel.bus.pull import Puller
from tiercel.bus.signals import Signals
from tiercel.bus.toggles import TriggerToggle
from tiercel.model.errors import ServerUnavailableError
from tiercel.model.job import Job, LogEntry, MetricEntry, Progress
from tiercel.model.news import AttemptEnded, ExecutionNews
from tiercel.model.state import StateType
from tiercel.model.task import LogLevel

if TYPE_CHECKING:
    from pathlib import Path

    from nats.aio.msg import Msg
    from nats.js.client import JetStreamContext

logger = logging.getLogger(__name__)

T = TypeVar("T")

_NEWS_LIMIT = 500
_LOG_MESSAGES_LIMIT = 200
_LOG_MESSAGE_BYTES = 256 * 1024
_LEASE_SECONDS = 10.0
_LEASES_OF_READERS = 3
_BEAT_SHARE = 0.3
_WAIT_SECONDS = 30.0
_AGAIN_SECONDS = 0.2
_HEADROOM_BYTES = 1024
_COPIES = 3
_WITHDRAWALS = 16
_CLOSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class StartAnswer:
    """Whether an attempt that was given out again is still to be run."""

    attempt_id: str
    token: int
    is_open: bool


class Bus:
    """One connection to NATS. Made by :meth:`connect`."""

    def __init__(
        self, connection: Connection, names: Names, *, replicas: int, lease_seconds: float
    ) -> None:
        self._connection = connection
        self._names = names
        self._replicas = replicas
        self._lease_seconds = lease_seconds
        self._jetstream: JetStreamContext = connection.client.jetstream(timeout=5)
        self._repairing = asyncio.Lock()
        self._withdrawing = asyncio.Semaphore(_WITHDRAWALS)
        self._withdrawals: set[asyncio.Task[None]] = set()
        connection.repair = self._ensure_streams
        self.on_refused: Callable[[str], None] = lambda _kind: None
        """Told what each message that was too big was to be, when nobody else learns of it."""
        self.jobs_were_lost = False
        """The stream of jobs had to be made: it is a first start, or the stream is gone and every
        job that is still open must be published again."""

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        prefix: str = "tiercel",
        replicas: int = 0,
        wait_seconds: float = _WAIT_SECONDS,
        lease_seconds: float = _LEASE_SECONDS,
        worker_group: str = "",
        credentials: Path | None = None,
    ) -> Bus:
        """Connect, and make the streams that do not exist.

        The connection mends itself afterwards; while it is broken, what must not get lost waits.

        Args:
            url: ``nats://user:password@host:port``; several of a cluster with commas between.
            prefix: First word of all subjects and stream names: letters, digits, ``_`` and ``-``.
            replicas: Copies of each stream; 0 for three in a cluster, if it has so many servers,
                else one.
            wait_seconds: How long a call waits for a server that is away before it gives up.
            lease_seconds: How long after the last beat a job is taken from a lost worker; news and
                logs are taken from a lost server after three times that.
            worker_group: Of a process that is a worker and nothing else: it needs no more than the
                rights of its group, see :mod:`tiercel.bus.permissions`.
            credentials: File that stands for user and password.

        Raises:
            IllegalArgumentError: The URL or the file of credentials can't be read.
            ServerUnavailableError: Nobody answers, or the server has no JetStream.
        """
        names = Names(prefix)
        inbox = worker_inbox(worker_group) if worker_group else "_INBOX"
        connection = Connection(url, wait_seconds, inbox, credentials)
        await connection.open(f"tiercel {prefix}")
        # Also when some are away: a single copy may be put on one that died a moment ago, and stay.
        copies = replicas or (_COPIES if connection.is_clustered else 1)
        # A worker may not change streams: it takes them as the servers made them.
        copies = 1 if worker_group else copies
        bus = cls(connection, names, replicas=copies, lease_seconds=lease_seconds)
        try:
            # The servers of a cluster may be about to agree on who leads.
            await bus._await_streams(wait_seconds if connection.is_clustered else 0.0)
        except ServerUnavailableError:
            await connection.close()
            raise
        return bus

    async def close(self) -> None:
        """Send what is buffered and disconnect. Leave all iterators over the bus before."""
        if self._withdrawals:
            await asyncio.wait(self._withdrawals, timeout=_CLOSE_SECONDS)
        await self._connection.close()

    @property
    def prefix(self) -> str:
        """First word of all subjects and stream names."""
        return self._names.prefix

    @property
    def is_connected(self) -> bool:
        """Whether the server can be spoken to at this moment."""
        return self._connection.is_connected

    @property
    def message_limit(self) -> int:
        """Bytes that a job or news may take when written."""
        return self._connection.max_payload - _HEADROOM_BYTES

    # Jobs

    async def publish_jobs(self, jobs: Sequence[Job]) -> None:
        """Store jobs for the workers of their groups; return when the server has them.

        A job whose attempt is waiting or running already is not stored again, nor one that was
        finished in the last two minutes. A job that does not fit into a message ends its attempt
        as FAILED.

        Raises:
            ServerUnavailableError: The server was away for too long. Some may have been stored.
        """
        messages = []
        for job in jobs:
            try:
                data = codec.encode(job, limit_bytes=self.message_limit)
            except MessageRefusedError as error:
                self.on_refused(type(job).__name__)
                await self._bury(job, b"", 1, f"The task can't be given to a worker. {error}")
                continue
            subject = self._names.job(job.worker_group, job.attempt_id)
            messages.append(Message(subject, data, job.attempt_id))
        await self._connection.store(messages)

    def jobs(self, group: str, *, limit: int) -> Jobs:
        """Take the jobs of a worker group, at most ``limit`` at a time.

        ``async with bus.jobs("default", limit=8) as jobs: async for delivery in jobs: …``
        """

        async def ensure() -> str:
            return await streams.ensure_jobs_consumer(
                self._jetstream, self._names, group, ack_wait_seconds=self._lease_seconds
            )

        return Jobs(
            self._connection,
            Puller(self._connection, self._names.jobs_stream, lambda: self._repaired(ensure)),
            limit=limit,
            beat_seconds=self._lease_seconds * _BEAT_SHARE,
            bury=self._bury,
        )

    async def has_workers(self, group: str) -> bool:
        """Whether any worker of a group is connected.

        Raises:
            ServerUnavailableError: The server does not answer.
        """
        await self._connection.ready()
        with answered("NATS does not say whether there are workers"):
            return await streams.is_read(self._jetstream, self._names, group)

    async def is_withdrawn(self, delivery: Delivery) -> bool:
        """Whether the job in hand was taken back: its attempt must stop.

        False when the whole stream was lost since, which takes nothing back.

        Raises:
            ServerUnavailableError: The server does not answer.
        """
        await self._connection.ready()
        with answered("NATS does not say whether a job was withdrawn"):
            is_there, made_at = await streams.find_job(
                self._jetstream, self._names, delivery.job.attempt_id
            )
        return not is_there and made_at <= delivery.stored_at

    def after_reconnect(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback`` whenever a broken connection was mended: signals may have been missed.

        Returns:
            A function that ends this.
        """
        return self._connection.after_reconnect(callback)

    # News

    async def publish_news(self, *news: ExecutionNews) -> None:
        """Store news for the executors, in order; return when the server has it.

        Raises:
            MessageRefusedError: News is too big for a message; nothing was stored.
            ServerUnavailableError: The server was away for too long. Repeating the call is safe.
        """
        limit = self.message_limit
        await self._connection.store(
            [Message(self._names.news, codec.encode(item, limit_bytes=limit)) for item in news]
        )

    async def publish_last_news(self, news: ExecutionNews, logs: Sequence[LogEntry]) -> None:
        """Store the last log entries of an attempt and after them its end, in one go.

        Raises as :meth:`publish_news` does.
        """
        last = Message(self._names.news, codec.encode(news, limit_bytes=self.message_limit))
        await self._connection.store([*self._log_messages(logs), last])

    def news_batches(self) -> Batches[ExecutionNews]:
        """Take news as it comes: each batch holds all that waits, up to 500."""
        return self._reader(
            self._names.news_stream,
            "executors",
            self._names.news,
            lambda message: [codec.decode_news(message.data)],
            limit=_NEWS_LIMIT,
        )

    async def news_lag(self) -> float:
        """Age in seconds of the oldest news that no executor acknowledged; 0 when there is none.

        Raises:
            ServerUnavailableError: The server does not answer.
        """
        await self._connection.ready()
        with answered("NATS does not say which news waits"):
            stored_at = await streams.oldest(self._jetstream, self._names.news_stream)
        return 0.0 if stored_at is None else max(time.time() - stored_at, 0.0)

    # Logs and metrics

    async def publish_logs(self, entries: Sequence[LogEntry]) -> None:
        """Store log entries for the indexer; followers hear them too.

        Raises:
            ServerUnavailableError: The server was away for too long; repeating the call is safe.
        """
        await self._connection.store(self._log_messages(entries))

    def _log_messages(self, entries: Sequence[LogEntry]) -> list[Message]:
        return [
            Message(self._names.live(execution_id, LOGS), data, self._connection.new_id())
            for execution_id, group in _by_execution(entries).items()
            for data in codec.encode_in_parts(group, limit_bytes=_LOG_MESSAGE_BYTES)
        ]

    async def publish_metrics(self, entries: Sequence[MetricEntry]) -> None:
        """Store metrics for the indexer. Raises as :meth:`publish_logs` does."""
        if entries:
            parts = codec.encode_in_parts(entries, limit_bytes=_LOG_MESSAGE_BYTES)
            new_id = self._connection.new_id
            await self._connection.store(
                [Message(self._names.metrics, data, new_id()) for data in parts]
            )

    def log_batches(self) -> Batches[LogEntry]:
        """Take the log entries of workers, up to 200 messages at a time; for the indexer."""
        return self._reader(
            self._names.logs_stream,
            "log-indexers",
            self._names.all_logs,
            lambda message: codec.decode_logs(message.data),
            limit=_LOG_MESSAGES_LIMIT,
        )

    def metric_batches(self) -> Batches[MetricEntry]:
        """Take the metrics of workers; for the indexer."""
        return self._reader(
            self._names.logs_stream,
            "metric-indexers",
            self._names.metrics,
            lambda message: codec.decode_metrics(message.data),
            limit=_LOG_MESSAGES_LIMIT,
        )

    async def unindexed(self) -> int:
        """Messages with log entries or metrics that no indexer has acknowledged yet.

        Raises:
            ServerUnavailableError: The server does not answer.
        """
        await self._connection.ready()
        with answered("NATS does not say which log entries wait"):
            info = await self._jetstream.stream_info(self._names.logs_stream)
        return int(info.state.messages)

    async def log_span(self) -> tuple[int, int]:
        """Return numbers of messages with log entries or metrics: of the first that no indexer has
        acknowledged yet, and of the last one published. The first is greater when none waits.

        Raises:
            ServerUnavailableError: The server does not answer.
        """
        await self._connection.ready()
        with answered("NATS does not say which log entries wait"):
            info = await self._jetstream.stream_info(self._names.logs_stream)
        last = int(info.state.last_seq)
        return int(info.state.first_seq) if info.state.messages else last + 1, last

    async def unindexed_since(self) -> datetime | None:
        """When the oldest message came that no indexer has acknowledged; None when all are.

        Raises:
            ServerUnavailableError: The server does not answer.
        """
        await self._connection.ready()
        with answered("NATS does not say which log entries wait"):
            stored_at = await streams.oldest(self._jetstream, self._names.logs_stream)
        return datetime.fromtimestamp(stored_at, UTC) if stored_at is not None else None

    # Signals

    async def wake(self) -> None:
        """Tell executors that there may be due news. Lost while the server is away."""
        await self._connection.send_or_drop(self._names.wake)

    def on_wake(self) -> Signals[bool]:
        """Hear :meth:`wake`; calls that come together are one signal."""
        return Signals(self._connection, self._names.wake, decode=lambda _: True, merge=True)

    async def wake_scheduler(self) -> None:
        """Tell schedulers that triggers or executions they wait for changed. Lost while the
        server is away.
        """
        await self._connection.send_or_drop(self._names.wake_scheduler)

    def on_wake_scheduler(self) -> Signals[bool]:
        """Hear :meth:`wake_scheduler`; calls that come together are one signal."""
        subject = self._names.wake_scheduler
        return Signals(self._connection, subject, decode=lambda _: True, merge=True)

    async def secrets_changed(self) -> None:
        """Tell all processes that a secret was changed. Lost while the server is away."""
        await self._connection.send_or_drop(self._names.secrets)

    def on_secrets_changed(self) -> Signals[bool]:
        """Hear :meth:`secrets_changed`; calls that come together are one signal."""
        return Signals(self._connection, self._names.secrets, decode=lambda _: True, merge=True)

    async def tell_presence(self, process: Process) -> None:
        """Tell who listens that a process is there. Lost while the server is away."""
        await self._connection.send_or_drop(self._names.presence, presence.encode_process(process))

    def on_presence(self) -> Signals[Process]:
        """Hear :meth:`tell_presence` of all processes."""
        return Signals(self._connection, self._names.presence, decode=presence.heard)

    async def ask_presence(self) -> None:
        """Ask all processes to tell that they are there, now. Lost while the server is away."""
        await self._connection.send_or_drop(self._names.presence_asked)

    def on_presence_asked(self) -> Signals[bool]:
        """Hear :meth:`ask_presence`; calls that come together are one signal."""
        subject = self._names.presence_asked
        return Signals(self._connection, subject, decode=lambda _: True, merge=True)

    async def facts(self) -> BusFacts:
        """Return what the server tells of itself.

        Raises:
            ServerUnavailableError: The server does not answer.
        """
        if not self.is_connected:
            raise ServerUnavailableError(
                f"NATS at {self._connection.place} is away", hint="start it again"
            )
        with answered("NATS does not tell of itself"):
            infos = [await self._jetstream.stream_info(name) for name in self._names.streams]
        return BusFacts(
            self._connection.version,
            self._connection.place,
            sum(info.state.bytes for info in infos),
            sum(info.state.messages for info in infos),
        )

    async def toggle_trigger(self, toggle: TriggerToggle) -> None:
        """Ask a scheduler to let a trigger fire or not; return when it is done.

        Raises:
            NotFoundError: There is no such flow or trigger.
            ServerUnavailableError: No scheduler answers.
        """
        await toggles.ask(self._connection, self._names.toggle, toggle)

    def answer_toggles(
        self, handler: Callable[[TriggerToggle], Awaitable[None]]
    ) -> AbstractAsyncContextManager[None]:
        """Answer :meth:`toggle_trigger` within a block; of several schedulers one gets each."""
        return toggles.answering(self._connection, self._names.toggle, handler)

    async def ask_server(self, name: str, values: Mapping[str, Any]) -> Any:
        """Ask a server that has the database; return its answer.

        Raises:
            TiercelError: It refuses, or none answers.
        """
        return await questions.ask(self._connection, self._names.questions, name, values)

    def answer_questions(self, handler: questions.Handler) -> AbstractAsyncContextManager[None]:
        """Answer :meth:`ask_server` within a block; of several servers one gets each."""
        return questions.answering(self._connection, self._names.questions, handler)

    async def stop_attempt(self, execution_id: str, attempt_id: str) -> None:
        """Tell the worker that runs an attempt to stop it; its job is deleted soon after.

        Raises:
            ServerUnavailableError: The server was away for too long.
        """
        await self._connection.send(self._names.stop, f"{execution_id} {attempt_id}".encode())
        # Not waited for, so that stopping thousands holds nobody up. A job that could not be
        # deleted is stopped again when it starts.
        task = asyncio.create_task(self._withdraw(attempt_id), name=f"withdraw {attempt_id}")
        self._withdrawals.add(task)
        task.add_done_callback(self._withdrawals.discard)

    async def _withdraw(self, attempt_id: str) -> None:
        try:
            async with self._withdrawing:
                with answered("A job can't be withdrawn"):
                    await streams.withdraw(self._jetstream, self._names, attempt_id)
        except ServerUnavailableError as error:
            extra = {"attempt_id": attempt_id, "reason": str(error)}
            logger.warning("job not withdrawn", extra=extra)

    def on_stop_attempt(self) -> Signals[tuple[str, str]]:
        """Hear :meth:`stop_attempt`: (execution id, attempt id)."""
        return Signals(self._connection, self._names.stop, decode=_stopped)

    async def answer_start(self, attempt_id: str, token: int, *, is_open: bool) -> None:
        """Tell a worker that asks whether to run an attempt again. May get lost."""
        word = "open" if is_open else "closed"
        await self._connection.send_or_drop(
            self._names.answer, f"{attempt_id} {token} {word}".encode()
        )

    def on_start_answers(self) -> Signals[StartAnswer]:
        """Hear :meth:`answer_start`."""
        return Signals(self._connection, self._names.answer, decode=_start_answer)

    async def changed(self, execution_id: str, data: bytes) -> None:
        """Tell followers what changed in an execution. Lost while the server is away."""
        await self._connection.send_or_drop(self._names.live(execution_id, STATE), data)

    def follow(self, execution_id: str, *, merge: bool = True) -> Signals[bytes]:
        """Hear what :meth:`changed` says about an execution.

        Args:
            merge: Of what comes together, give the last only.
        """
        subject = self._names.live(execution_id, STATE)
        return Signals(self._connection, subject, decode=lambda message: message.data, merge=merge)

    async def tail_entries(self, entries: Sequence[LogEntry]) -> None:
        """Show followers log entries that are stored already. Lost while the server is away."""
        for execution_id, group in _by_execution(entries).items():
            for data in codec.encode_in_parts(group, limit_bytes=_LOG_MESSAGE_BYTES):
                await self._connection.send_or_drop(self._names.live(execution_id, TAIL), data)

    def tail(self, execution_id: str) -> Signals[list[LogEntry]]:
        """Hear the log of an execution as it is written, from workers and executors."""
        return Signals(
            self._connection,
            self._names.live(execution_id, LOGS),
            self._names.live(execution_id, TAIL),
            decode=lambda message: codec.decode_logs(message.data),
        )

    async def progress(self, progress: Progress) -> None:
        """Show followers how far a task is. Lost while the server is away."""
        subject = self._names.live(progress.execution_id, PROGRESS)
        await self._connection.send_or_drop(
            subject, codec.encode(progress, limit_bytes=self.message_limit)
        )

    def watch(self, execution_id: str) -> Signals[bytes | list[LogEntry] | Progress]:
        """Hear everything about an execution with one subscription, in the order it is sent.

        Values are what :meth:`changed` was given, lists of log entries, and Progress.
        """
        return Signals(self._connection, self._names.live(execution_id, "*"), decode=_any_signal)

    async def delete_streams(self) -> None:
        """Delete everything under the prefix, for good: what waits in the streams is lost."""
        for stream in self._names.streams:
            try:
                await self._jetstream.delete_stream(stream)
            except NotFoundError:
                logger.debug("no such stream", extra={"stream": stream})

    # Inside

    async def _await_streams(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                return await self._ensure_streams()
            except ServerUnavailableError as error:
                if time.monotonic() >= deadline:
                    raise
                extra = {"reason": str(error)}
                logger.warning("streams can't be made yet, trying again", extra=extra)
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _ensure_streams(self) -> None:
        async with self._repairing:
            with answered(f"The streams on NATS at {self._connection.place} can't be made"):
                await streams.ensure_streams(
                    self._jetstream,
                    self._names,
                    replicas=self._replicas,
                    missing=self._stream_is_missing,
                )

    def _stream_is_missing(self, name: str) -> None:
        logger.info("stream is made", extra={"stream": name})
        if name == self._names.jobs_stream:
            self.jobs_were_lost = True

    async def _repaired(self, ensure: Callable[[], Awaitable[str]]) -> str:
        try:
            return await ensure()
        except NotFoundError:
            await self._ensure_streams()
            return await ensure()

    def _reader(
        self,
        stream: str,
        name: str,
        subject: str,
        decode: Callable[[Msg], Sequence[T]],
        *,
        limit: int,
    ) -> Batches[T]:
        async def ensure() -> str:
            return await streams.ensure_reader(
                self._jetstream,
                stream,
                name,
                subject,
                ack_wait_seconds=self._lease_seconds * _LEASES_OF_READERS,
            )

        puller = Puller(self._connection, stream, lambda: self._repaired(ensure))
        return Batches(self._connection, puller, decode, limit=limit)

    async def _bury(self, job: Job | None, data: bytes, token: int, reason: str) -> None:
        if job is None:
            await self._connection.store([Message(self._names.dead("unreadable", "job"), data)])
            return
        now = datetime.now(UTC)
        await self._connection.store(
            [Message(self._names.dead(job.worker_group, job.attempt_id), data)]
        )
        await self.publish_logs(
            [
                LogEntry(
                    execution_id=job.execution_id,
                    namespace=job.namespace,
                    flow_id=job.flow_id,
                    timestamp=now,
                    level=LogLevel.ERROR,
                    message=reason,
                    task_id=job.task_id,
                    task_run_id=job.task_run_id,
                    attempt_number=job.attempt_number,
                )
            ]
        )
        ended = AttemptEnded(
            task_run_id=job.task_run_id,
            attempt_id=job.attempt_id,
            token=token,
            worker_id="none",
            state=StateType.FAILED,
            started=now,
            date=now,
        )
        await self.publish_news(ExecutionNews(job.execution_id, ended))


def _by_execution(entries: Sequence[LogEntry]) -> dict[str, list[LogEntry]]:
    groups: dict[str, list[LogEntry]] = {}
    for entry in entries:
        groups.setdefault(entry.execution_id, []).append(entry)
    return groups


def _start_answer(message: Msg) -> StartAnswer | None:
    try:
        attempt_id, token, word = message.data.decode().split(" ")
        return StartAnswer(attempt_id, int(token), word == "open")
    except ValueError:
        logger.warning("unreadable signal", extra={"subject": message.subject})
        return None


def _stopped(message: Msg) -> tuple[str, str] | None:
    execution_id, _, attempt_id = message.data.decode(errors="replace").partition(" ")
    return (execution_id, attempt_id) if attempt_id else None


def _any_signal(message: Msg) -> bytes | list[LogEntry] | Progress | None:
    match message.subject.rpartition(".")[2]:
        case "state":
            return message.data
        case "logs" | "tail":
            return codec.decode_logs(message.data)
        case "progress":
            return codec.decode_progress(message.data)
        case _:
            return None
