"""What tasks on workers ask of a server, which has the database that they have not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tiercel.model.errors import IllegalArgumentError
from tiercel.model.task import LogLevel
from tiercel.services.logs import entry_values
from tiercel.store import LogFilter

if TYPE_CHECKING:
    from tiercel.bus import Bus
    from tiercel.model.job import LogEntry
    from tiercel.services.logs import Logs
    from tiercel.services.operations import Operations

_ERRORS = LogFilter(min_level=LogLevel.ERROR)
_MOST_ENTRIES = 25
_TURN_SECONDS = 0.02
_MOST_SECONDS = 5.0

Answer = Callable[[Mapping[str, Any]], Awaitable[Any]]


class Answers:
    """Answers questions until stopped. Questions by name:

    - ``resume``: go on with a paused execution; ``executionId``, ``inputs``.
    - ``errorLogs``: what an execution has logged as errors, oldest first, at most 25 entries;
      ``executionId``.
    """

    def __init__(self, bus: Bus, operations: Operations, logs: Logs) -> None:
        self._bus = bus
        self._operations = operations
        self._logs = logs
        self._answers: dict[str, Answer] = {
            "resume": self._resume,
            "errorLogs": self._error_logs,
        }
        self._stopping = asyncio.Event()

    def add(self, name: str, answer: Answer) -> None:
        """Answer one more question."""
        self._answers[name] = answer

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

    async def _error_logs(self, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Give the errors, once all that was logged before the question is in the store."""
        _, last = await self._bus.log_span()
        with suppress(TimeoutError):
            async with asyncio.timeout(_MOST_SECONDS):
                while (await self._bus.log_span())[0] <= last:  # noqa: ASYNC110  no event for it
                    await asyncio.sleep(_TURN_SECONDS)
        entries = await self._logs.list(values["executionId"], _ERRORS)
        return [_shown(entry) for entry in entries[:_MOST_ENTRIES]]


def _shown(entry: LogEntry) -> dict[str, Any]:
    values = entry_values(entry)
    del values["triggerId"]
    return {name: value for name, value in values.items() if value is not None}
