"""The worker: takes jobs, runs their tasks, reports. It has no database.

Tasks run in the worker's event loop, and blocking work belongs in threads (``asyncio.to_thread``).
A task that blocks the loop all the same holds up the others; it does not cost them their jobs,
because beats come from a thread of their own.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tiercel.bus import LOCAL_TOKEN, LocalDelivery, MessageRefusedError
from tiercel.model.errors import ServerUnavailableError, TiercelError
from tiercel.model.news import AttemptEnded, AttemptStarted, ChildReported, ExecutionNews
from tiercel.model.state import StateType
from tiercel.model.task import LogLevel
from tiercel.services.addresses import AddressBook
from tiercel.services.attempt import Attempt, Outcome, StopReason
from tiercel.services.beside import Beside
from tiercel.services.clock import new_id, utc_now
from tiercel.services.directory import Child, Directory
from tiercel.services.folders import Folders, remove_remains
from tiercel.services.meters import Meters
from tiercel.services.sealed_jobs import RefusedAttempt, opened
from tiercel.services.task_log import AttemptLog, LogFile, Shipper
from tiercel.services.worker_context import WorkerContext
from tiercel.storage.paths import file_in, task_run_folder

if TYPE_CHECKING:
    from tiercel.bus import Bus, Delivery, Handover, Jobs, Signals, StartAnswer
    from tiercel.expressions import Services
    from tiercel.model.job import Job, LogEntry
    from tiercel.plugin.registry import Registry
    from tiercel.plugin.task import Plugin
    from tiercel.services.encryption import Cipher
    from tiercel.storage import Storage

logger = logging.getLogger(__name__)

_REMEMBERED = 10_000
_PAUSE_SECONDS = 0.5
_ASK_SECONDS = 2.0
_AT_ONCE_SECONDS = 0.004
_AT_ONCE_BESIDE_SECONDS = 0.02
_LAST_SECONDS = 40.0
_MORE_THREADS = 16
_LOGS_BESIDE = 500


@dataclass(slots=True, eq=False)
class _Running:
    """An attempt that runs here; more than one delivery when its job came again meanwhile."""

    attempt: Attempt | Directory | RefusedAttempt
    context: WorkerContext
    deliveries: list[Delivery | LocalDelivery]
    log_file: LogFile | None = None
    started: datetime = field(default_factory=utc_now)
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def job(self) -> Job:
        """The job that is run."""
        return self.deliveries[0].job

    @property
    def is_local(self) -> bool:
        """Whether the executor beside is told directly: nobody else has the job."""
        return self.deliveries[-1].token == LOCAL_TOKEN

    def error_of(self, outcome: Outcome) -> str | None:
        """Return why the attempt failed, None when it did not."""
        return self.context.last_error if outcome.state is StateType.FAILED else None

    def leave_slots(self) -> None:
        """Let others run: what is left to do is to report the end."""
        for delivery in self.deliveries:
            if isinstance(delivery, LocalDelivery):
                delivery.leave_slot()

    def with_token(self, report: ChildReported) -> ChildReported:
        """Return a report of a child under the token that counts now."""
        token = self.deliveries[-1].token
        attempts = tuple(replace(attempt, token=token) for attempt in report.attempts)
        return replace(report, token=token, attempts=attempts)


class Worker:
    """Runs the jobs of one worker group until stopped.

    Args:
        slots: Attempts that run at once.
        group: The worker group.
        work_dir: Folder of working directories; each attempt has its own, deleted at its end.
        cache_dir: Folder shared by all attempts, kept.
        worker_id: How this worker is called in the history of attempts; unique, made up by default.
        grace: Seconds that running attempts get when the worker stops. Those that are not done then
            are given back, and another worker runs them again.
        addresses: Where the servers are that flows name.
        plugin_settings: Switches of plugins that only the operator sets, by type and name.
        cipher: Reads jobs with secret values; without it they fail.
        handover: The executor of this process, for jobs and reports that need not go over the bus.
        meters: Told of attempts whose time was over, and of ends that were too big to be reported.
    """

    def __init__(
        self,
        bus: Bus,
        registry: Registry,
        storage: Storage,
        services: Services,
        *,
        slots: int,
        work_dir: Path,
        cache_dir: Path,
        group: str = "default",
        worker_id: str = "",
        grace: float = 5.0,
        addresses: AddressBook | None = None,
        plugin_settings: Mapping[str, Mapping[str, Any]] | None = None,
        cipher: Cipher | None = None,
        handover: Handover | None = None,
        meters: Meters | None = None,
    ) -> None:
        self._meters = Meters() if meters is None else meters
        self.worker_id = worker_id or new_id()
        self._bus = bus
        self._cipher = cipher
        self._handover = handover
        self._registry = registry
        self._storage = storage
        self._services = services
        self._slots = slots
        self.group = group
        self._work_dir = work_dir
        self._folders = Folders(work_dir, kept=slots)
        self._cache_dir = cache_dir
        self._grace = grace
        self._addresses = addresses or AddressBook()
        self._plugin_settings = plugin_settings or {}
        self._stopping = asyncio.Event()
        self._classes: dict[str, type[Plugin]] = {}
        self._running: dict[str, _Running] = {}
        self._prepared: dict[str, _Running] = {}
        self._asking: dict[str, asyncio.Future[bool]] = {}
        self._stopped: OrderedDict[str, None] = OrderedDict()
        self._finished: OrderedDict[str, None] = OrderedDict()
        self._reconnected = asyncio.Event()

    @property
    def running(self) -> int:
        """Attempts in hand."""
        return len(self._running)

    async def run(self) -> None:
        """Take jobs and run them until :meth:`stop`, then drain.

        Raises:
            ServerUnavailableError: The bus can't be listened to at the start; later it is waited
                for.
        """
        # Each slot may hold a thread for long; files must be stored and read meanwhile.
        threads = ThreadPoolExecutor(self._slots + _MORE_THREADS, thread_name_prefix="tiercel")
        asyncio.get_running_loop().set_default_executor(threads)
        await asyncio.to_thread(remove_remains, self._work_dir)
        self._shipper = Shipper(self._bus)
        forget = self._bus.after_reconnect(self._reconnected.set)
        try:
            async with (
                self._bus.on_stop_attempt() as stops,
                self._bus.on_start_answers() as answers,
                self._bus.jobs(self.group, limit=self._slots) as jobs,
            ):
                await self._serve(jobs, stops, answers)
        finally:
            forget()
            with suppress(TimeoutError):
                async with asyncio.timeout(_PAUSE_SECONDS):
                    await self._shipper.flush()
            await self._shipper.close()
            await self._folders.close()

    async def stop(self, grace: float | None = None) -> None:
        """Ask :meth:`run` to end: no new jobs, a grace for running ones; the rest is given back.

        When it is asked again, the grace is over.
        """
        if grace is not None:
            self._grace = grace
        if self._stopping.is_set():
            self._give_back()
        self._stopping.set()

    async def _serve(
        self, jobs: Jobs, stops: Signals[tuple[str, str]], answers: Signals[StartAnswer]
    ) -> None:
        loops = [
            asyncio.create_task(self._take_jobs(jobs), name="worker-jobs"),
            asyncio.create_task(self._hear_stops(stops), name="worker-stops"),
            asyncio.create_task(self._hear_answers(answers), name="worker-answers"),
            asyncio.create_task(self._check_withdrawn(), name="worker-reconnects"),
        ]
        stopping = asyncio.create_task(self._stopping.wait(), name="worker-stopping")
        beside = Beside(self, jobs)
        if self._handover is not None:
            self._handover.open(beside)
        try:
            done, _ = await asyncio.wait([*loops, stopping], return_when=asyncio.FIRST_COMPLETED)
            for ended in done - {stopping}:
                ended.result()
            self._close_handover()
            await jobs.drain()
            await beside.close()
            await self._drain()
        finally:
            self._close_handover()
            for task in [*loops, stopping]:
                task.cancel()
            await asyncio.gather(*loops, stopping, return_exceptions=True)
            await self._abandon()

    def _close_handover(self) -> None:
        if self._handover is not None:
            self._handover.close()

    async def _take_jobs(self, jobs: Jobs) -> None:
        async for delivery in jobs:
            await self._take(delivery)
        await self._stopping.wait()

    async def _take(self, delivery: Delivery) -> None:
        attempt_id = delivery.job.attempt_id
        running = self._running.get(attempt_id)
        if running is not None:
            # The beats did not get through for a while. It goes on under the new token.
            logger.warning("job came again while it runs here", extra={"attempt_id": attempt_id})
            running.deliveries.append(delivery)
            await self._report_start(running)
        elif attempt_id in self._finished:
            # Its end is reported, only the acknowledgement got lost.
            await self._acknowledge(delivery)
        else:
            self.start(delivery)

    def start(self, delivery: Delivery | LocalDelivery) -> None:
        """Run a job that is in hand."""
        job = delivery.job
        running = self._prepared.pop(job.attempt_id, None) or self._opened(job)
        running.deliveries.append(delivery)
        if job.attempt_id in self._stopped:
            running.attempt.stop(StopReason.KILLED)
        self._running[job.attempt_id] = running
        running.task = asyncio.create_task(self._attempt(running), name=f"attempt {job.attempt_id}")

    def prepare(self, job: Job) -> None:
        """Do what can be done before a job is in hand: render its properties, build its task."""
        running = self._opened(job)
        if isinstance(running.attempt, Attempt):
            running.attempt.prepare(self._classes.get(job.type))
        self._prepared[job.attempt_id] = running

    def forget(self, job: Job) -> None:
        """Undo :meth:`prepare`: the job does not come."""
        self._prepared.pop(job.attempt_id, None)

    def _opened(self, job: Job) -> _Running:
        attempt: Attempt | Directory | RefusedAttempt
        try:
            readable = opened(job, self._cipher)
        except TiercelError as error:
            context, log_file = self._context(job)
            attempt = RefusedAttempt(context, error)
        else:
            context, log_file = self._context(readable)
            attempt = self._attempt_of(readable, context)
        return _Running(attempt, context, [], log_file)

    def _context(
        self, job: Job, shared_folder: Path | None = None
    ) -> tuple[WorkerContext, LogFile | None]:
        # Nothing is written here yet: a full disk is the attempt's failure, not the worker's.
        log_path = self._folders.root / f"{new_id()}-{job.attempt_id}.log"
        log_file = LogFile(log_path) if job.log_to_file else None
        log = AttemptLog(
            self._shipper, job, secrets=getattr(self._services, "secrets", ()), file=log_file
        )
        context = WorkerContext(
            job,
            log,
            self._storage,
            self._services,
            folders=self._folders,
            cache_dir=self._cache_dir,
            addresses=self._addresses,
            shared_folder=shared_folder,
            plugin_settings=self._plugin_settings,
            toggle=self._bus.toggle_trigger,
            ask=self._bus.ask_server,
            encrypt=self._cipher.encrypt if self._cipher is not None else None,
        )
        return context, log_file

    def _attempt_of(self, job: Job, context: WorkerContext) -> Attempt | Directory:
        if job.tasks is None:
            return self._single(job, context)

        def open_child(child: Job) -> Child:
            own, log_file = self._context(child, context.working_dir)
            attempt = self._single(child, own)
            return Child(attempt, own, partial(self._store_log_file, child, log_file))

        return Directory(
            job,
            context,
            self._storage,
            worker_id=self.worker_id,
            open_child=open_child,
            tell=self._tell_child,
        )

    def _single(self, job: Job, context: WorkerContext) -> Attempt:
        on_timeout = partial(self._meters.timed_out, job)
        return Attempt(job, context, self._registry, self._load, on_timeout=on_timeout)

    async def _tell_child(self, report: ChildReported) -> None:
        """Report how a task inside a directory stands; its last word comes again at the end."""
        running = self._running.get(report.attempt_id)
        if running is not None:
            await self._tell(running, running.with_token(report))

    async def _attempt(self, running: _Running) -> None:
        """Run one attempt and report it. Whatever goes wrong here costs this attempt only."""
        job = running.job
        try:
            await self._run_attempt(running)
        except Exception:  # a bug of ours: the job stays in the stream and is delivered again
            logger.exception("attempt broke", extra={"attempt_id": job.attempt_id})
            await self._release(running)
        finally:
            self._running.pop(job.attempt_id, None)
            await running.context.remove_working_dir()

    async def _run_attempt(self, running: _Running) -> None:
        job = running.job
        extra = {"execution_id": job.execution_id, "attempt_id": job.attempt_id}
        is_again = running.deliveries[0].deliveries > 1 or job.is_repeated
        if is_again and not await self._is_open(running):
            logger.info("attempt had ended, not run again", extra=extra)
            for delivery in running.deliveries:
                await self._acknowledge(delivery)
            return
        # An attempt that is over at once is one report: its end says when it began.
        at_once = _AT_ONCE_BESIDE_SECONDS if running.is_local else _AT_ONCE_SECONDS
        start = _Later(at_once, partial(self._report_start, running))
        if job.tasks:
            # what is said of the tasks inside counts only after the start
            await start.now()
        logger.info("attempt started", extra=extra)
        try:
            outcome = await running.attempt.run()
        except BaseException:
            start.cancel()
            raise
        running.leave_slots()
        await start.done_or_never()
        if running.attempt.stop_reason is StopReason.RELEASED:
            await self._release(running)
            return
        log_file = await self._store_log_file(job, running.log_file)
        await self._report_end(running, outcome, log_file)
        await running.context.remove_note()
        _remember(self._finished, job.attempt_id)
        logger.info("attempt ended", extra={**extra, "state": outcome.state})
        for delivery in running.deliveries:
            await self._acknowledge(delivery)

    async def _load(self, type_name: str) -> type[Plugin]:
        loaded = self._classes.get(type_name)
        if loaded is None:
            # The first use of a type imports its module, and that may take a while.
            loaded = await asyncio.to_thread(self._registry.load, type_name)
            self._classes[type_name] = loaded
        return loaded

    async def _tell(self, running: _Running, news: AttemptStarted | ChildReported) -> None:
        """Report what is not the end."""
        if self._handover is not None and running.is_local:
            self._handover.tell(ExecutionNews(running.job.execution_id, news))
        else:
            await self._report(running.job, news)

    async def _report_last(
        self, running: _Running, news: AttemptEnded, logs: Sequence[LogEntry]
    ) -> None:
        """Report the end and the log entries before it."""
        left: Sequence[LogEntry] | None = logs
        if self._handover is not None and running.is_local and len(logs) <= _LOGS_BESIDE:
            told = ExecutionNews(running.job.execution_id, news)
            left = await self._handover.report(told, logs)
        if left is not None:
            await self._report(running.job, news, left)

    async def _report(
        self,
        job: Job,
        news: AttemptStarted | AttemptEnded | ChildReported,
        logs: Sequence[LogEntry] = (),
    ) -> None:
        """Publish log entries, then news; while the bus is away, for as long as it takes."""
        while True:
            try:
                await self._bus.publish_last_news(ExecutionNews(job.execution_id, news), logs)
            except ServerUnavailableError as error:
                logger.warning("report waits for the bus", extra={"reason": str(error)})
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                return

    async def _is_open(self, running: _Running) -> bool:
        """Ask the executors until one knows whether an attempt is still to be run.

        Its job was given out before: the worker that had it may have ended it, and been lost
        before it could acknowledge the job.
        """
        job = running.job
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._asking[job.attempt_id] = answer
        try:
            while not answer.done() and running.attempt.stop_reason is None:
                await self._report_start(running, asks=True)
                await asyncio.wait({answer}, timeout=_ASK_SECONDS)
        finally:
            del self._asking[job.attempt_id]
        return not answer.done() or answer.result()

    async def _hear_answers(self, answers: Signals[StartAnswer]) -> None:
        async for said in answers:
            running, answer = self._running.get(said.attempt_id), self._asking.get(said.attempt_id)
            if running is None or answer is None or answer.done():
                continue
            if said.token == running.deliveries[-1].token:
                answer.set_result(said.is_open)

    async def _report_start(self, running: _Running, *, asks: bool = False) -> None:
        job, token = running.job, running.deliveries[-1].token
        news = AttemptStarted(
            job.task_run_id, job.attempt_id, token, self.worker_id, running.started, asks
        )
        await self._tell(running, news)

    async def _report_end(self, running: _Running, outcome: Outcome, log_file: str | None) -> None:
        job, ended_at = running.job, utc_now()
        token, logs = 0, await self._shipper.take_logs()
        # When the job came again meanwhile, an end under the old token would be dropped as late.
        while token != running.deliveries[-1].token:
            token = running.deliveries[-1].token
            ended = AttemptEnded(
                task_run_id=job.task_run_id,
                attempt_id=job.attempt_id,
                token=token,
                worker_id=self.worker_id,
                state=outcome.state,
                started=running.started,
                date=ended_at,
                outputs=outcome.outputs,
                log_file=log_file,
                children=tuple(running.with_token(report) for report in outcome.children),
                error=running.error_of(outcome),
            )
            try:
                await self._report_last(running, ended, logs)
                logs = []
            except MessageRefusedError as error:
                self._meters.message_refused(type(ended).__name__)
                running.context.log(
                    LogLevel.ERROR, f"The outputs are too big. {error} {error.hint}"
                )
                logs += await self._shipper.take_logs()
                outcome, token = Outcome(StateType.FAILED, {}), 0

    async def _store_log_file(self, job: Job, log_file: LogFile | None) -> str | None:
        if log_file is None or not log_file.close():
            return None
        folder = task_run_folder(
            job.namespace, job.flow_id, job.execution_id, job.task_id, job.task_run_id
        )
        uri = file_in(folder, f"log-{new_id()}.txt")
        try:
            return await self._storage.put_file(uri, log_file.path)
        except (TiercelError, OSError):
            logger.exception("log file not stored", extra={"task_run_id": job.task_run_id})
            return None

    async def _acknowledge(self, delivery: Delivery | LocalDelivery) -> None:
        try:
            await delivery.ack()
        except ServerUnavailableError as error:
            # It comes again and is acknowledged then.
            logger.warning("job not acknowledged", extra={"reason": str(error)})

    async def publish(self, jobs: Sequence[Job]) -> None:
        """Let any worker run jobs that were handed over to this one."""
        await self._bus.publish_jobs(jobs)

    async def _release(self, running: _Running) -> None:
        for delivery in running.deliveries:
            try:
                await delivery.release()
            except ServerUnavailableError as error:
                logger.warning("job not given back, it lapses", extra={"reason": str(error)})

    # Stopping attempts

    async def _hear_stops(self, stops: Signals[tuple[str, str]]) -> None:
        async for _, attempt_id in stops:
            self.kill(attempt_id)

    def kill(self, attempt_id: str) -> None:
        """Stop an attempt that runs here, or that will."""
        _remember(self._stopped, attempt_id)
        running = self._running.get(attempt_id)
        if running is not None:
            running.attempt.stop(StopReason.KILLED)

    async def _check_withdrawn(self) -> None:
        """After a broken connection: stop what was withdrawn while no signal could reach us."""
        while True:
            await self._reconnected.wait()
            self._reconnected.clear()
            for attempt_id, running in list(self._running.items()):
                delivery = running.deliveries[-1]
                try:
                    # the executor beside needs no bus to stop what was handed over
                    if isinstance(delivery, LocalDelivery):
                        continue
                    if await self._bus.is_withdrawn(delivery):
                        self.kill(attempt_id)
                except ServerUnavailableError:
                    self._reconnected.set()
                    await asyncio.sleep(_PAUSE_SECONDS)
                    break

    # Ending

    async def _drain(self) -> None:
        """Give running attempts their grace, then give them back."""
        tasks = [running.task for running in self._running.values() if running.task is not None]
        if not tasks:
            return
        logger.info("waiting for running attempts", extra={"count": len(tasks)})
        await asyncio.wait(tasks, timeout=self._grace)
        self._give_back()
        await asyncio.wait(tasks, timeout=_LAST_SECONDS)

    def _give_back(self) -> None:
        for running in list(self._running.values()):
            running.attempt.stop(StopReason.RELEASED)

    async def _abandon(self) -> None:
        """Cancel what still runs when the worker itself is cancelled: its jobs lapse."""
        tasks = [running.task for running in self._running.values() if running.task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            with suppress(asyncio.CancelledError):
                await asyncio.wait(tasks)


class _Later:
    """Something to do in a moment, while other things go on, unless it is too late by then."""

    def __init__(self, seconds: float, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._work = work
        self._task: asyncio.Task[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(seconds, self._begin)

    async def now(self) -> None:
        """Do it at once, and wait for it."""
        self._timer.cancel()
        await self._work()

    async def done_or_never(self) -> None:
        """Wait for it if it was begun; otherwise it is not done any more."""
        self._timer.cancel()
        if self._task is not None:
            await self._task

    def cancel(self) -> None:
        """Stop it."""
        self._timer.cancel()
        if self._task is not None:
            self._task.cancel()

    def _begin(self) -> None:
        self._task = asyncio.create_task(self._work(), name="report-start")


def _remember(ids: OrderedDict[str, None], attempt_id: str) -> None:
    ids[attempt_id] = None
    while len(ids) > _REMEMBERED:
        ids.popitem(last=False)
