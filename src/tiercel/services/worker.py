"""The worker: takes jobs, runs their tasks, reports. It has no database.

Tasks run in the worker's event loop, and blocking work belongs in threads (``asyncio.to_thread``).
A task that blocks the loop all the same holds up the others; it does not cost them their jobs,
because beats come from a thread of their own.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiercel.bus import LocalDelivery
from tiercel.model.errors import ServerUnavailableError
from tiercel.services.addresses import AddressBook
from tiercel.services.attempt import StopReason
from tiercel.services.beside import Beside
from tiercel.services.clock import new_id
from tiercel.services.folders import Folders, remove_remains
from tiercel.services.later import Later
from tiercel.services.meters import Meters
from tiercel.services.opening import Opening
from tiercel.services.reports import Reports
from tiercel.services.running import Running, acknowledge
from tiercel.services.task_log import Shipper, store_log_file

if TYPE_CHECKING:
    from tiercel.bus import Bus, Delivery, Handover, Jobs, Signals, StartAnswer
    from tiercel.expressions import Services
    from tiercel.model.job import Job
    from tiercel.model.news import ChildReported
    from tiercel.plugin.registry import Registry
    from tiercel.services.encryption import Cipher
    from tiercel.storage import Storage

logger = logging.getLogger(__name__)

_REMEMBERED = 10_000
_PAUSE_SECONDS = 0.5
_AT_ONCE_SECONDS = 0.004
_AT_ONCE_BESIDE_SECONDS = 0.02
_LAST_SECONDS = 40.0
_MORE_THREADS = 16


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
        meters = Meters() if meters is None else meters
        self.worker_id = worker_id or new_id()
        self.group = group
        self._bus = bus
        self._storage = storage
        self._handover = handover
        self._slots = slots
        self._grace = grace
        self._work_dir = work_dir
        self._folders = Folders(work_dir, kept=slots)
        self._shipper = Shipper(bus)
        self._reports = Reports(bus, handover, self._shipper, self.worker_id, meters)
        self._opening = Opening(
            bus,
            registry,
            storage,
            services,
            self._shipper,
            worker_id=self.worker_id,
            folders=self._folders,
            cache_dir=cache_dir,
            addresses=addresses or AddressBook(),
            plugin_settings=plugin_settings or {},
            cipher=cipher,
            meters=meters,
            tell=self._tell_child,
        )
        self._running: dict[str, Running] = {}
        self._prepared: dict[str, Running] = {}
        self._stopped: OrderedDict[str, None] = OrderedDict()
        self._finished: OrderedDict[str, None] = OrderedDict()
        self._stopping = asyncio.Event()
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
        self._shipper.start()
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
            asyncio.create_task(self._reports.hear(answers), name="worker-answers"),
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
            await self._reports.start(running)
        elif attempt_id in self._finished:
            # Its end is reported, only the acknowledgement got lost.
            await acknowledge(delivery)
        else:
            self.start(delivery)

    def start(self, delivery: Delivery | LocalDelivery) -> None:
        """Run a job that is in hand."""
        job = delivery.job
        running = self._prepared.pop(job.attempt_id, None) or self._opening.open(job)
        running.deliveries.append(delivery)
        if job.attempt_id in self._stopped:
            running.attempt.stop(StopReason.KILLED)
        self._running[job.attempt_id] = running
        running.task = asyncio.create_task(self._attempt(running), name=f"attempt {job.attempt_id}")

    def prepare(self, job: Job) -> None:
        """Do what can be done before a job is in hand: render its properties, build its task."""
        self._prepared[job.attempt_id] = self._opening.prepare(job)

    def forget(self, job: Job) -> None:
        """Undo :meth:`prepare`: the job does not come."""
        self._prepared.pop(job.attempt_id, None)

    async def _tell_child(self, report: ChildReported) -> None:
        """Report how a task inside a directory stands; its last word comes again at the end."""
        running = self._running.get(report.attempt_id)
        if running is not None:
            await self._reports.child(running, report)

    async def _attempt(self, running: Running) -> None:
        """Run one attempt and report it. Whatever goes wrong here costs this attempt only."""
        job = running.job
        try:
            await self._run_attempt(running)
        except Exception:  # a bug of ours: the job stays in the stream and is delivered again
            logger.exception("attempt broke", extra={"attempt_id": job.attempt_id})
            await running.release()
        finally:
            self._running.pop(job.attempt_id, None)
            await running.context.remove_working_dir()

    async def _run_attempt(self, running: Running) -> None:
        job = running.job
        extra = {"execution_id": job.execution_id, "attempt_id": job.attempt_id}
        if running.was_given_out_before and not await self._reports.is_open(running):
            logger.info("attempt had ended, not run again", extra=extra)
            await running.acknowledge()
            return
        # An attempt that is over at once is one report: its end says when it began.
        at_once = _AT_ONCE_BESIDE_SECONDS if running.is_local else _AT_ONCE_SECONDS
        start = Later(at_once, partial(self._reports.start, running))
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
            await running.release()
            return
        log_file = await store_log_file(self._storage, job, running.log_file)
        await self._reports.end(running, outcome, log_file)
        await running.context.remove_note()
        _remember(self._finished, job.attempt_id)
        logger.info("attempt ended", extra={**extra, "state": outcome.state})
        await running.acknowledge()

    async def publish(self, jobs: Sequence[Job]) -> None:
        """Let any worker run jobs that were handed over to this one."""
        await self._bus.publish_jobs(jobs)

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


def _remember(ids: OrderedDict[str, None], attempt_id: str) -> None:
    ids[attempt_id] = None
    while len(ids) > _REMEMBERED:
        ids.popitem(last=False)
