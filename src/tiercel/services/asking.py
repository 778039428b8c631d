"""How a request gets to executions: decided while they are locked, put into their inboxes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tiercel.model.news import News
from tiercel.services.clock import utc_now
from tiercel.services.executions import Snapshot
from tiercel.services.requirements import Fits, distinct, require_all, require_known

if TYPE_CHECKING:
    from tiercel.bus import Bus
    from tiercel.store import Receipt, Store

_APPLIED_SECONDS = 10.0
_FIRST_PAUSE_SECONDS = 0.002
_LONGEST_PAUSE_SECONDS = 0.1

Decide = Callable[[Snapshot], News]
"""Returns what is put into the inbox of an execution, or raises what refuses the request."""


class Asking:
    """Puts news into the inboxes of executions, and waits until executors have read it.

    Nothing changes between the look at an execution and the news for it: no step runs on an
    execution that is locked.
    """

    def __init__(self, store: Store, bus: Bus) -> None:
        self._store = store
        self._bus = bus

    async def one(self, execution_id: str, decide: Decide) -> None:
        """Ask one execution.

        Raises:
            NotFoundError: There is none; besides, whatever ``decide`` raises.
        """
        async with self._store.requests.begin() as request:
            require_known(await request.lock([execution_id]), execution_id)
            found = await request.load([execution_id])
            news = decide(Snapshot(*found[execution_id]))
            receipts = await request.post({execution_id: news}, utc_now())
        await self._carried_out(receipts)

    async def many(
        self, name: str, execution_ids: Sequence[str], fits: Fits, decide: Decide
    ) -> int:
        """Ask executions, all of them or none; return how many.

        Args:
            name: What is asked, as the refusal calls it.

        Raises:
            BulkRefusedError: One is not there or does not fit; besides, whatever ``decide`` raises.
        """
        ids = distinct(execution_ids)
        async with self._store.requests.begin() as request:
            require_all(f"invalid bulk {name}", ids, await request.lock(ids), fits)
            found = await request.load(ids)
            news = {item: decide(Snapshot(*found[item])) for item in ids}
            receipts = await request.post(news, utc_now())
        await self._carried_out(receipts)
        return len(ids)

    async def _carried_out(self, receipts: Sequence[Receipt]) -> None:
        """Wait until news was read; after ten seconds without an executor, wait no longer."""
        await self._bus.wake()
        deadline = asyncio.get_running_loop().time() + _APPLIED_SECONDS
        pause = _FIRST_PAUSE_SECONDS
        while await self._store.requests.is_unread(receipts):
            if asyncio.get_running_loop().time() > deadline:
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
