"""What tasks on workers ask of a server, which has the database that they have not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from tiercel.model.errors import IllegalArgumentError

if TYPE_CHECKING:
    from tiercel.bus import Bus
    from tiercel.services.operations import Operations

Answer = Callable[[Mapping[str, Any]], Awaitable[Any]]


class Answers:
    """Answers questions until stopped. Questions by name:

    - ``resume``: go on with a paused execution; ``executionId``, ``inputs``.
    """

    def __init__(self, bus: Bus, operations: Operations) -> None:
        self._bus = bus
        self._operations = operations
        self._answers: dict[str, Answer] = {"resume": self._resume}
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Answer until :meth:`stop`."""
        async with self._bus.answer_questions(self._answer):
            await self._stopping.wait()

    async def stop(self) -> None:
        """Ask :meth:`run` to end."""
        self._stopping.set()

    async def _answer(self, name: str, values: Mapping[str, Any]) -> Any:
        answer = self._answers.get(name)
        if answer is None:
            raise IllegalArgumentError(f"This server does not know the question '{name}'")
        return await answer(values)

    async def _resume(self, values: Mapping[str, Any]) -> None:
        await self._operations.resume(values["executionId"], values.get("inputs") or {})
