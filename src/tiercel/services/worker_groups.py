"""Which worker groups have workers, as far as is known."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
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
        tags: Tags of groups, by name.
    """

    def __init__(
        self, bus: Bus, attendance: Attendance, tags: Mapping[str, Collection[str]]
    ) -> None:
        self._tags = {name: frozenset(tags[name]) for name in sorted(tags)}
        self._bus = bus
        self._attendance = attendance

    async def with_tags(self, tags: Collection[str], match: str) -> tuple[str, bool]:
        """Return the first group with these tags that has workers, and whether there is one.

        When none has workers it is the first with these tags; empty when there is no such group.

        Args:
            match: ``ALL`` of them or ``ANY``.
        """
        wanted = frozenset(tags)
        fitting = [
            name
            for name, own in self._tags.items()
            if (wanted & own if match == "ANY" else wanted <= own)
        ]
        for name in fitting:
            if await self.have_workers(name):
                return name, True
        return (fitting[0] if fitting else ""), False

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
