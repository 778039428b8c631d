"""An attempt that a worker has in hand, with the deliveries of its job."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tiercel.bus import LOCAL_TOKEN, LocalDelivery
from tiercel.model.errors import ServerUnavailableError
from tiercel.model.state import StateType
from tiercel.services.clock import utc_now

if TYPE_CHECKING:
    from tiercel.bus import Delivery
    from tiercel.model.job import Job
    from tiercel.model.news import ChildReported
    from tiercel.services.attempt import Attempt, Outcome
    from tiercel.services.directory import Directory
    from tiercel.services.sealed_jobs import RefusedAttempt
    from tiercel.services.task_log import LogFile
    from tiercel.services.worker_context import WorkerContext

logger = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Running:
    """An attempt that runs here; more than one delivery when its job came again meanwhile."""

    attempt: Attempt | Directory | RefusedAttempt
    context: WorkerContext
    log_file: LogFile | None
    deliveries: list[Delivery | LocalDelivery] = field(default_factory=list)
    started: datetime = field(default_factory=utc_now)
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def job(self) -> Job:
        """The job that is run."""
        return self.deliveries[0].job

    @property
    def token(self) -> int:
        """The token of its last delivery: the one that counts."""
        return self.deliveries[-1].token

    @property
    def is_local(self) -> bool:
        """Whether the executor beside is told directly: nobody else has the job."""
        return self.token == LOCAL_TOKEN

    @property
    def was_given_out_before(self) -> bool:
        """Whether somebody may have run this attempt already."""
        return self.deliveries[0].deliveries > 1 or self.job.is_repeated

    async def acknowledge(self) -> None:
        """Say that its job is done; see :func:`acknowledge`."""
        for delivery in self.deliveries:
            await acknowledge(delivery)

    async def release(self) -> None:
        """Give its job back, so that another worker runs it; while the bus is away it lapses."""
        for delivery in self.deliveries:
            try:
                await delivery.release()
            except ServerUnavailableError as error:
                logger.warning("job not given back, it lapses", extra={"reason": str(error)})

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
        token = self.token
        attempts = tuple(replace(attempt, token=token) for attempt in report.attempts)
        return replace(report, token=token, attempts=attempts)


async def acknowledge(delivery: Delivery | LocalDelivery) -> None:
    """Say that a job is done; while the bus is away it comes again and is acknowledged then."""
    try:
        await delivery.ack()
    except ServerUnavailableError as error:
        logger.warning("job not acknowledged", extra={"reason": str(error)})
