"""Something to do in a moment, unless it is not worth it any more by then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Later:
    """Something to do in a moment, while other things go on, unless it is too late by then.

    Args:
        seconds: How long the moment is.
        work: Called at most once.
    """

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
        self._task = asyncio.create_task(self._work(), name="later")
