"""The worker, as the executor of its process sees it: jobs come without the bus, and wait here."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from tiercel.bus import LocalDelivery
from tiercel.model.errors import ServerUnavailableError

if TYPE_CHECKING:
    from tiercel.bus import Jobs
    from tiercel.model.job import Job

logger = logging.getLogger(__name__)

_QUEUE_LIMIT = 256
_STUCK_SECONDS = 0.2


class Runner(Protocol):
    """What runs the jobs: the worker."""

    group: str

    def prepare(self, job: Job) -> None:
        """Do what can be done before a job is in hand."""

    def forget(self, job: Job) -> None:
        """Undo :meth:`prepare`."""

    def start(self, delivery: LocalDelivery) -> None:
        """Run a job that is in hand."""

    def kill(self, attempt_id: str) -> None:
        """Stop an attempt that runs here, or that will."""

    async def publish(self, jobs: Sequence[Job]) -> None:
        """Let any worker run jobs. Raises ServerUnavailableError."""


class Beside:
    """Takes jobs from the executor: as many as there are slots to start, and some more to wait.

    Jobs that wait are on no bus, so nobody else can take them. That is right while they move on
    fast; when none could be started for 200 ms, those that wait go over the bus after all.

    Args:
        jobs: The slots, which jobs that come over the bus share.
    """

    def __init__(self, runner: Runner, jobs: Jobs) -> None:
        self.group = runner.group
        self._runner = runner
        self._jobs = jobs
        self._preparing: dict[str, asyncio.Handle] = {}
        self._promised = 0
        self._queue: deque[Job] = deque()
        self._moved_at = 0.0
        self._is_stuck = False
        self._check: asyncio.TimerHandle | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        jobs.on_free = self._start_waiting

    def reserve(self, job: Job) -> bool:
        """Promise to start a job, or to let it wait; False when it must go over the bus."""
        if not self._queue and not self._promised and self._jobs.reserve():
            # when the loop has time: most likely while the job is being written
            loop = asyncio.get_running_loop()
            self._preparing[job.attempt_id] = loop.call_soon(self._runner.prepare, job)
            return True
        if self._is_stuck or self._jobs.is_expecting:
            return False
        if len(self._queue) + self._promised >= _QUEUE_LIMIT:
            return False
        self._promised += 1
        return True

    def expect(self) -> None:
        """Jobs of the group go over the bus: let them come first."""
        self._jobs.expect()

    def start(self, job: Job) -> None:
        """Start a job that was promised, or let it wait."""
        handle = self._preparing.pop(job.attempt_id, None)
        if handle is not None:
            handle.cancel()
            self._run(job)
            return
        self._promised -= 1
        self._queue.append(job)
        self._start_waiting()
        if self._queue and self._check is None:
            self._moved_at = time.monotonic()
            self._check_later()

    def drop(self, job: Job) -> None:
        """Forget a job that was promised."""
        handle = self._preparing.pop(job.attempt_id, None)
        if handle is None:
            self._promised -= 1
            return
        handle.cancel()
        self._jobs.unreserve()
        self._runner.forget(job)

    def stop_attempt(self, attempt_id: str) -> None:
        """Stop an attempt, if it runs or waits here."""
        self._runner.kill(attempt_id)

    async def close(self) -> None:
        """Let what waits go over the bus."""
        self._jobs.on_free = lambda: None
        if self._check is not None:
            self._check.cancel()
        self._let_go()
        if self._leaving:
            await asyncio.wait(self._leaving)

    def _run(self, job: Job) -> None:
        self._is_stuck = False
        self._moved_at = time.monotonic()
        self._runner.start(LocalDelivery(job, self._vacate, self._runner.publish))

    def _vacate(self) -> None:
        self._jobs.unreserve()
        self._is_stuck = False
        self._start_waiting()

    def _start_waiting(self) -> None:
        while self._queue and self._jobs.reserve():
            self._run(self._queue.popleft())
        self._jobs.is_crowded = bool(self._queue)

    def _check_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._check = loop.call_later(_STUCK_SECONDS, self._look)

    def _look(self) -> None:
        """Let the others have what waits when it does not move."""
        self._check = None
        if not self._queue:
            return
        if time.monotonic() - self._moved_at < _STUCK_SECONDS:
            self._check_later()
            return
        self._is_stuck = True
        self._let_go()

    def _let_go(self) -> None:
        jobs, self._queue = self._queue, deque()
        self._jobs.is_crowded = False
        if jobs:
            task = asyncio.create_task(self._publish(list(jobs)), name="let jobs go")
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def _publish(self, jobs: Sequence[Job]) -> None:
        while True:
            try:
                await self._runner.publish(jobs)
            except ServerUnavailableError as error:
                logger.warning("jobs wait for the bus", extra={"reason": str(error)})
                if self._jobs.is_closed:
                    return  # they are given out again when this process has ended
            else:
                return
