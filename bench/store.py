"""What the store does per second: executions created, steps written, and what the outbox adds.

    python bench/store.py [--database-url URL] [--executions 5000]

Without a URL a PostgreSQL server is started in a temporary folder. Every figure is one process and
one event loop; the server works beside it on the same machine.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tiercel.embedded import EmbeddedServers
from tiercel.model.execution import Attempt, Execution, TaskRun
from tiercel.model.job import Job, LogEntry
from tiercel.model.state import State, StateType
from tiercel.model.task import LogLevel
from tiercel.store import Claim, Condition, Operation, StepResult, Store

FLOW = {"namespace": "bench", "flow_id": "one_task", "flow_revision": 1}


def now() -> datetime:
    return datetime.now(UTC)


def new_executions(count: int) -> list[Execution]:
    return [
        Execution(
            id=(key := uuid.uuid4().hex[:22]), original_id=key, state=State.created(now()), **FLOW
        )
        for _ in range(count)
    ]


def task_run(execution: Execution, index: int, *states: StateType) -> TaskRun:
    state = State.of(*((item, now()) for item in states))
    return TaskRun(
        id=f"{execution.id}-{index}",
        execution_id=execution.id,
        task_id=f"task_{index}",
        sequence=index,
        state=state,
        attempts=(Attempt(id=f"{execution.id}-{index}a", state=state),),
        outputs={"value": "some text of a usual length", "rows": 1200},
    )


def job_of(execution: Execution, variables: int) -> Job:
    return Job(
        attempt_id=f"{execution.id}-0a",
        task_run_id=f"{execution.id}-0",
        execution_id=execution.id,
        task_id="task_0",
        attempt_number=0,
        type="io.kestra.plugin.scripts.shell.Commands",
        properties={"commands": ["echo {{ inputs.name }}", "sleep 1"]},
        variables={"flow": {"id": "one_task"}, "filler": "x" * variables},
        **FLOW,
    )


def log_of(execution: Execution, sequence: int) -> LogEntry:
    return LogEntry(
        execution_id=execution.id,
        namespace="bench",
        flow_id="one_task",
        timestamp=now(),
        level=LogLevel.INFO,
        message="an entry of the length that entries usually have, more or less",
        sequence=sequence,
    )


class Clocked:
    """Prints how many of something were done per second."""

    def __init__(self, what: str, count: int) -> None:
        self._what, self._count = what, count

    def __enter__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        wall, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        print(
            f"{self._what:<58}{self._count / wall:>9.0f} /s{wall / self._count * 1e6:>9.0f} us"
            f"{cpu / self._count * 1e6:>9.0f} us of it client CPU"
        )


async def create(store: Store, count: int, callers: int) -> list[Execution]:
    executions = new_executions(count)
    queue = iter(executions)

    async def caller() -> None:
        for execution in queue:
            await store.executions.create([execution])

    with Clocked(f"create, {callers} callers", count):
        await asyncio.gather(*(caller() for _ in range(callers)))
    return executions


async def rounds(
    store: Store, executions: Sequence[Execution], *, size: int, variables: int | None
) -> None:
    """Take one-task executions to their end in rounds; ``variables`` None writes no outbox."""
    by_id = {execution.id: execution for execution in executions}
    label = "no outbox" if variables is None else f"outbox, {variables} B of variables"
    with Clocked(f"one-task executions, {size} a round, {label}", len(executions)):
        while by_id:
            async with store.step(now(), limit=size) as step:
                for claim in step.claims:
                    step.write(created(claim, by_id[claim.execution_id], variables))
                ids = [claim.execution_id for claim in step.claims]
            await reported(store, by_id, ids, variables is not None)
            for key in ids:
                del by_id[key]


def created(claim: Claim, execution: Execution, variables: int | None) -> StepResult:
    return StepResult(
        execution_id=claim.execution_id,
        version=claim.version,
        execution=moved(execution, StateType.RUNNING),
        task_runs=[task_run(execution, 0, StateType.CREATED)],
        consumed=[item.id for item in claim.news],
        jobs=[] if variables is None else [job_of(execution, variables)],
    )


def moved(execution: Execution, state: StateType) -> Execution:
    return msgspec.structs.replace(execution, state=execution.state.to(state, now()))


async def reported(store: Store, by_id: dict[str, Execution], ids: list[str], outbox: bool) -> None:
    """What a worker's two messages cause: a step for the start, a step for the end."""
    async with store.step(now(), limit=0, also=ids) as step:
        for claim in step.claims:
            execution = by_id[claim.execution_id]
            run = task_run(execution, 0, StateType.CREATED, StateType.RUNNING)
            step.write(
                StepResult(
                    execution_id=claim.execution_id,
                    version=claim.version,
                    task_runs=[run],
                    started=[run.attempts[0].id] if outbox else [],
                )
            )
    async with store.step(now(), limit=0, also=ids) as step:
        for claim in step.claims:
            execution = by_id[claim.execution_id]
            run = task_run(execution, 0, StateType.CREATED, StateType.RUNNING, StateType.SUCCESS)
            step.write(
                StepResult(
                    execution_id=claim.execution_id,
                    version=claim.version,
                    execution=moved(execution, StateType.SUCCESS),
                    task_runs=[run],
                    withdrawn=[run.attempts[0].id] if outbox else [],
                    ended=True,
                )
            )


async def inline(store: Store, executions: Sequence[Execution]) -> None:
    """Forty inline tasks with an entry each, in one step of one execution."""
    by_id = {execution.id: execution for execution in executions}
    with Clocked("executions of 40 inline tasks, one a round", len(executions)):
        for _ in executions:
            async with store.step(now(), limit=1) as step:
                for claim in step.claims:
                    execution = by_id[claim.execution_id]
                    path = (StateType.CREATED, StateType.RUNNING, StateType.SUCCESS)
                    step.write(
                        StepResult(
                            execution_id=claim.execution_id,
                            version=claim.version,
                            execution=moved(execution, StateType.SUCCESS),
                            task_runs=[task_run(execution, i, *path) for i in range(40)],
                            consumed=[item.id for item in claim.news],
                            logs=[log_of(execution, i) for i in range(40)],
                            ended=True,
                        )
                    )


async def idle(store: Store, count: int) -> None:
    with Clocked("rounds that find nothing, with the look for the next date", count):
        for _ in range(count):
            async with store.step(now()):
                pass
            await store.inbox.next_due()


async def logs(store: Store, count: int) -> None:
    execution = new_executions(1)[0]
    entries = [log_of(execution, sequence) for sequence in range(count)]
    with Clocked("log entries copied, 1000 at once", count):
        for start in range(0, count, 1000):
            await store.logs.copy(entries[start : start + 1000])
    with Clocked("log entries read back", count):
        assert len(await store.logs.list(execution.id)) == count


async def measure(database_url: str, count: int) -> None:
    store = await Store.connect(database_url)
    await store.migrate()
    await create(store, 300, 1)
    await rounds(store, (await store.executions.search(size=1000))[0], size=50, variables=200)
    await create(store, count // 10, 1)
    await rounds(store, (await pending(store)), size=100, variables=200)
    for size in (1, 10, 100):
        share = max(count * size // 100, 200) if size < 100 else count
        for variables in (None, 0, 2_000, 20_000):
            made = await create(store, share, 200)
            await rounds(store, made, size=size, variables=variables)
    await inline(store, await create(store, 200, 200))
    await idle(store, 500)
    await logs(store, 50_000)
    await store.close()


async def pending(store: Store) -> list[Execution]:
    found, _ = await store.executions.search(
        [Condition("state", Operation.EQUALS, "CREATED")], size=100_000
    )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url")
    parser.add_argument("--executions", type=int, default=5_000)
    options = parser.parse_args()
    if options.database_url:
        asyncio.run(measure(options.database_url, options.executions))
        return
    with tempfile.TemporaryDirectory() as folder:
        servers = EmbeddedServers(Path(folder), postgres_port=0)
        try:
            asyncio.run(measure(servers.start_blocking().database_url, options.executions))
        finally:
            servers.stop_blocking()


if __name__ == "__main__":
    main()
