"""Group commit: calls that come in while one transaction is under way share the next one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from tiercel.model.errors import ServerUnavailableError

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class GroupCommit(Generic[Item, Answer]):
    """A queue that is flushed at once when idle, and in groups under load.

    Args:
        write: Writes a group in one transaction and returns one answer per item, in order.
        limit: Most items of one group.
    """

    def __init__(
        self, write: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]], *, limit: int = 500
    ) -> None:
        self._write = write
        self._limit = limit
        self._queue: deque[tuple[Item, asyncio.Future[Answer]]] = deque()
        self._writer: asyncio.Task[None] | None = None

    async def add(self, item: Item) -> Answer:
        """Write ``item`` and return its answer once it is committed.

        Cancelling the caller does not take the item back. An item that can't be written fails
        alone.
        """
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._queue.append((item, future))
        if self._writer is None:
            self._writer = asyncio.create_task(self._run(), name="group-commit")
        return await future

    async def drain(self) -> None:
        """Wait until everything added so far is written."""
        if self._writer is not None:
            await asyncio.wait([self._writer])

    async def _run(self) -> None:
        try:
            while self._queue:
                size = min(len(self._queue), self._limit)
                group = [self._queue.popleft() for _ in range(size)]
                try:
                    await self._write_group(group)
                except BaseException:
                    _cancel(group)
                    raise
        finally:
            self._writer = None
            _cancel(self._queue)
            self._queue.clear()

    async def _write_group(self, group: Sequence[tuple[Item, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._write([item for item, _ in group])
        except ServerUnavailableError as error:
            _fail(group, error)
        except Exception as error:  # noqa: BLE001  handed to the callers it belongs to
            if len(group) == 1:
                _fail(group, error)
                return
            for entry in group:
                await self._write_group([entry])
        else:
            for (_, future), answer in zip(group, answers, strict=True):
                if not future.done():
                    future.set_result(answer)


def _fail(group: Sequence[tuple[Item, asyncio.Future[Answer]]], error: Exception) -> None:
    for _, future in group:
        if not future.done():
            future.set_exception(error)


def _cancel(
    group: Sequence[tuple[Item, asyncio.Future[Answer]]]
    | deque[tuple[Item, asyncio.Future[Answer]]],
) -> None:
    for _, future in group:
        future.cancel()
