"""A worker on a real bus with tiny task types, and the executor's side of it played by the test."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from tiercel.model.job import Job, LogEntry
from tiercel.model.news import AttemptEnded, AttemptStarted, News
from tiercel.model.state import StateType
from tiercel.model.task import LogLevel
from tiercel.plugin.task import Output, RunnableTask, TaskFailedError, Template

if TYPE_CHECKING:
    from tiercel.bus import Bus
    from tiercel.plugin.context import TaskContext


class Echo(RunnableTask):
    type_name: ClassVar[str] = "test.Echo"
    value: Any = None
    later: Template = None
    warn: bool = False

    async def run(self, context: TaskContext) -> Output:
        context.log(LogLevel.DEBUG, "echoing")
        context.log(LogLevel.INFO, f"value is {self.value}")
        state = StateType.WARNING if self.warn else StateType.SUCCESS
        return Output({"value": self.value, "later": self.later, "nothing": None}, state)


class Fail(RunnableTask):
    type_name: ClassVar[str] = "test.Fail"
    how: str = "refuse"

    async def run(self, context: TaskContext) -> Output:
        if self.how == "refuse":
            raise TaskFailedError(
                "No such table", outputs={"rows": 2, "took": timedelta(seconds=3)}
            )
        if self.how == "exit":
            raise SystemExit(3)
        if self.how == "cancel":
            raise asyncio.CancelledError
        raise ZeroDivisionError("by nought")


class Wait(RunnableTask):
    """Runs until it is cancelled."""

    type_name: ClassVar[str] = "test.Wait"
    cleaned: ClassVar[list[str]] = []

    async def run(self, context: TaskContext) -> Output:
        context.log(LogLevel.INFO, "waiting")
        try:
            await asyncio.Event().wait()
        finally:
            assert context.is_killed
            self.cleaned.append(context.info.task_run_id)
        return Output()


class Gate(RunnableTask):
    """Runs until the test opens the gate."""

    type_name: ClassVar[str] = "test.Gate"
    runs: ClassVar[list[str]] = []
    gate: ClassVar[asyncio.Event]

    async def run(self, context: TaskContext) -> Output:
        self.runs.append(context.info.task_run_id)
        await self.gate.wait()
        return Output({"ok": True})


class Block(RunnableTask):
    """Blocks the worker's event loop."""

    type_name: ClassVar[str] = "test.Block"
    seconds: float

    async def run(self, context: TaskContext) -> Output:
        time.sleep(self.seconds)
        return Output()


class Files(RunnableTask):
    type_name: ClassVar[str] = "test.Files"

    async def run(self, context: TaskContext) -> Output:
        folder = context.working_dir
        assert not list(folder.iterdir())
        for content in ("one", "two"):
            (folder / "a.txt").write_text(content)
            uri = await context.store_file(folder / "a.txt")
            if content == "one":
                first = uri
        await context.fetch_file(first, folder / "back.txt")
        chunks = b"".join([chunk async for chunk in context.read_file(first)])
        assert chunks == b"one" == (folder / "back.txt").read_bytes()
        assert (await context.local_file(uri)).read_text() == "two"
        return Output(
            {"uris": [first, uri], "folder": str(folder), "size": await context.file_size(first)}
        )


class Chatty(RunnableTask):
    """Logs from a thread, with secrets, and says how far it is."""

    type_name: ClassVar[str] = "test.Chatty"

    async def run(self, context: TaskContext) -> Output:
        context.mask("hunter2")
        await asyncio.to_thread(context.log, LogLevel.INFO, "password hunter2, key s3cr3t")
        context.progress("copied", 5, 10, "rows")
        context.metric("counter", "rows", 5.0, {"table": "t"})
        return Output()


TYPES = (Echo, Fail, Wait, Gate, Block, Files, Chatty)


def job(type_name: str, attempt_id: str = "a1", /, **changes: Any) -> Job:
    """A job for a task of one of the types above."""
    facts: dict[str, Any] = {
        "attempt_id": attempt_id,
        "task_run_id": f"run-{attempt_id}",
        "execution_id": "e1",
        "namespace": "company.team",
        "flow_id": "my_flow",
        "flow_revision": 1,
        "task_id": "my_task",
        "attempt_number": 0,
        "type": type_name,
        "properties": {},
        "variables": {"inputs": {"n": 7}},
    }
    return Job(**{**facts, **changes})


@dataclass
class Heard:
    """What the worker reported so far."""

    bus: Bus
    news: list[News] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)

    async def listen(self) -> None:
        """Collect news until cancelled; answer workers that ask as an executor would.

        ``closed`` holds the ids of attempts that are not open any more.
        """
        async for batch in self.bus.news_batches():
            self.news += [item.news for item in batch.items]
            await batch.ack()
            for item in batch.items:
                said = item.news
                if isinstance(said, AttemptStarted) and said.asks:
                    await self.bus.answer_start(
                        said.attempt_id, said.token, is_open=said.attempt_id not in self.closed
                    )

    async def started(self, attempt_id: str = "a1", count: int = 1) -> AttemptStarted:
        """Wait until an attempt started for the ``count``-th time."""
        return await self._nth(AttemptStarted, attempt_id, count)

    async def ended(self, attempt_id: str = "a1") -> AttemptEnded:
        """Wait for the end of an attempt."""
        return await self._nth(AttemptEnded, attempt_id, 1)

    async def _nth(self, kind: type[Any], attempt_id: str, count: int) -> Any:
        async with asyncio.timeout(60):
            while True:
                found = [
                    item
                    for item in self.news
                    if isinstance(item, kind) and item.attempt_id == attempt_id
                ]
                if len(found) >= count:
                    return found[count - 1]
                await asyncio.sleep(0.005)


async def logs(bus: Bus, count: int) -> list[LogEntry]:
    """The first ``count`` entries in the stream of logs."""
    entries: list[LogEntry] = []
    async with asyncio.timeout(60), bus.log_batches() as batches:
        async for batch in batches:
            entries += batch.items
            await batch.ack()
            if len(entries) >= count:
                break
    return entries
