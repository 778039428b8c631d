"""Which worker groups have workers, as far as is known."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tiercel.model.errors import ServerUnavailableError

if TYPE_CHECKING:
    from tiercel.bus import Bus
    from tiercel.services.presence import Attendance

logger = logging.getLogger(__name__)


class WorkerGroups:
    """Answers for tasks that are not to wait for a worker.

    Args:
        attendance: Who was heard of; a worker that has its hands full asks the bus for nothing.
    """

    def __init__(self, bus: Bus, attendance: Attendance) -> None:
        self._bus = bus
        self._attendance = attendance

    async def have_workers(self, group: str) -> bool:
        """Whether a worker of a group is connected.

        One that was lost counts for some seconds more. While the bus is away nobody knows: then
        the answer is yes, and jobs wait.
        """
        if any(
            heard.process.slots and heard.process.group == group and not heard.is_lost
            for heard in self._attendance.processes()
        ):
            return True
        if not self._bus.is_connected:
            return True
        try:
            return await self._bus.has_workers(group)
        except ServerUnavailableError as error:
            logger.warning("workers not counted", extra={"group": group, "reason": str(error)})
            return True
