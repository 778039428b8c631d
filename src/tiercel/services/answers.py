"""What tasks on workers ask of a server, which has the database that they have not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from tiercel.engine.dates import instant_text
from tiercel.model.errors import IllegalArgumentError
from tiercel.model.state import StateType
from tiercel.model.task import LogLevel

if TYPE_CHECKING:
    from tiercel.bus import Bus
    from tiercel.model.job import LogEntry
    from tiercel.services.executions import Executions, Snapshot
    from tiercel.services.logs import Logs
    from tiercel.services.operations import Operations

_MOST_ENTRIES = 25
_TURN_SECONDS = 0.05
_TURNS_FOR_ALL = 20
_MOST_TURNS = 100

Answer = Callable[[Mapping[str, Any]], Awaitable[Any]]


class Answers:
    """Answers questions until stopped. Questions by name:

    - ``resume``: go on with a paused execution; ``executionId``, ``inputs``.
    - ``errorLogs``: what an execution has logged as errors, oldest first, at most 25 entries;
      ``executionId``.
    """

    def __init__(
        self, bus: Bus, operations: Operations, executions: Executions, logs: Logs
    ) -> None:
        self._bus = bus
        self._operations = operations
        self._executions = executions
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
        """Give the errors, once those of all attempts that failed are there.

        Entries of workers take a moment to the store. An attempt that failed without a word is
        not waited for longer than that, an execution without any error a little longer.
        """
        execution_id = values["executionId"]
        failed = _failed_attempts(await self._executions.get(execution_id))
        for turn in range(_MOST_TURNS):
            entries = await self._logs.list(execution_id, min_level=LogLevel.ERROR)
            said = {(entry.task_run_id, entry.attempt_number) for entry in entries}
            if failed <= said or (entries and turn >= _TURNS_FOR_ALL):
                break
            await asyncio.sleep(_TURN_SECONDS)
        return [_shown(entry) for entry in entries[:_MOST_ENTRIES]]


def _failed_attempts(found: Snapshot) -> set[tuple[str | None, int | None]]:
    """Return (task run id, number) of the attempts that failed and whose log is in the store."""
    return {
        (task_run.id, number)
        for task_run in found.task_runs
        for number, attempt in enumerate(task_run.attempts)
        if attempt.state.current is StateType.FAILED and attempt.log_file is None
    }


def _shown(entry: LogEntry) -> dict[str, Any]:
    shown = {
        "namespace": entry.namespace,
        "flowId": entry.flow_id,
        "taskId": entry.task_id,
        "executionId": entry.execution_id,
        "taskRunId": entry.task_run_id,
        "attemptNumber": entry.attempt_number,
        "timestamp": instant_text(entry.timestamp),
        "level": entry.level.value,
        "thread": entry.thread,
        "message": entry.message,
    }
    return {name: value for name, value in shown.items() if value is not None}
