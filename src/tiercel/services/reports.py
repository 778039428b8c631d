"""What a worker tells of its attempts: over the bus, or at once to the executor beside it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tiercel.bus import MessageRefusedError
from tiercel.model.errors import ServerUnavailableError
from tiercel.model.news import AttemptEnded, AttemptStarted, ChildReported, ExecutionNews
from tiercel.model.state import StateType
from tiercel.model.task import LogLevel
from tiercel.services.attempt import Outcome
from tiercel.services.clock import utc_now

if TYPE_CHECKING:
    from tiercel.bus import Bus, Handover, Signals, StartAnswer
    from tiercel.model.job import Job, LogEntry
    from tiercel.services.meters import Meters
    from tiercel.services.running import Running
    from tiercel.services.task_log import Shipper

logger = logging.getLogger(__name__)

_PAUSE_SECONDS = 0.5
_ASK_SECONDS = 2.0
_LOGS_BESIDE = 500


class Reports:
    """Reports attempts under the token that counts when the report is sent.

    Reports over the bus are tried again for as long as the bus is away.

    Args:
        handover: The executor beside, when there is one: it hears of the attempts it handed over.
        shipper: Has the log entries that go with the report of the end.
        worker_id: How the worker is called in the history of attempts.
        meters: Told of ends that were too big to be reported.
    """

    def __init__(
        self,
        bus: Bus,
        handover: Handover | None,
        shipper: Shipper,
        worker_id: str,
        meters: Meters,
    ) -> None:
        self._bus = bus
        self._handover = handover
        self._shipper = shipper
        self._worker_id = worker_id
        self._meters = meters
        self._asking: dict[str, tuple[Running, asyncio.Future[bool]]] = {}

    async def start(self, running: Running, *, asks: bool = False) -> None:
        """Report that an attempt has started.

        Args:
            asks: Want to know whether it is still to be run; see :meth:`hear`.
        """
        job = running.job
        news = AttemptStarted(
            job.task_run_id, job.attempt_id, running.token, self._worker_id, running.started, asks
        )
        await self._tell(running, news)

    async def child(self, running: Running, report: ChildReported) -> None:
        """Report how a task inside a directory stands; its last word comes again at the end."""
        await self._tell(running, running.with_token(report))

    async def end(self, running: Running, outcome: Outcome, log_file: str | None) -> None:
        """Report how an attempt ended, and what it has logged last.

        Args:
            log_file: URI of the file that its log went to.
        """
        ended_at = utc_now()
        token, logs = 0, await self._shipper.take_logs()
        # When the job came again meanwhile, an end under the old token would be dropped as late.
        while token != running.token:
            token = running.token
            ended = AttemptEnded(
                task_run_id=running.job.task_run_id,
                attempt_id=running.job.attempt_id,
                token=token,
                worker_id=self._worker_id,
                state=outcome.state,
                started=running.started,
                date=ended_at,
                outputs=outcome.outputs,
                log_file=log_file,
                children=tuple(running.with_token(report) for report in outcome.children),
                error=running.error_of(outcome),
            )
            try:
                await self._tell_last(running, ended, logs)
                logs = []
            except MessageRefusedError as error:
                self._meters.message_refused(type(ended).__name__)
                running.context.log(
                    LogLevel.ERROR, f"The outputs are too big. {error} {error.hint}"
                )
                logs += await self._shipper.take_logs()
                outcome, token = Outcome(StateType.FAILED, {}), 0

    async def is_open(self, running: Running) -> bool:
        """Ask the executors until one knows whether an attempt is still to be run.

        Its job was given out before: the worker that had it may have ended it, and been lost
        before it could acknowledge the job. An attempt that is told to stop counts as open.
        """
        attempt_id = running.job.attempt_id
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._asking[attempt_id] = running, answer
        try:
            while not answer.done() and running.attempt.stop_reason is None:
                await self.start(running, asks=True)
                await asyncio.wait({answer}, timeout=_ASK_SECONDS)
        finally:
            del self._asking[attempt_id]
        return not answer.done() or answer.result()

    async def hear(self, answers: Signals[StartAnswer]) -> None:
        """Take the answers that :meth:`is_open` waits for, until cancelled."""
        async for said in answers:
            running, answer = self._asking.get(said.attempt_id, (None, None))
            if running is None or answer is None or answer.done():
                continue
            if said.token == running.token:
                answer.set_result(said.is_open)

    async def _tell(self, running: Running, news: AttemptStarted | ChildReported) -> None:
        """Report what is not the end."""
        if self._handover is not None and running.is_local:
            self._handover.tell(ExecutionNews(running.job.execution_id, news))
        else:
            await self._publish(running.job, news)

    async def _tell_last(
        self, running: Running, news: AttemptEnded, logs: Sequence[LogEntry]
    ) -> None:
        """Report the end and the log entries before it."""
        left: Sequence[LogEntry] | None = logs
        if self._handover is not None and running.is_local and len(logs) <= _LOGS_BESIDE:
            told = ExecutionNews(running.job.execution_id, news)
            left = await self._handover.report(told, logs)
        if left is not None:
            await self._publish(running.job, news, left)

    async def _publish(
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
