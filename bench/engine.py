"""The engine alone, in memory: steps per second, and what the size of an execution costs.

Run with ``python bench/engine.py``. Each figure is the median of five runs.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from tiercel.engine import ExecutionState, advance
from tiercel.engine.effects import Dispatch, RunInline, SetTimer
from tiercel.model.execution import Execution
from tiercel.model.flow import Flow
from tiercel.model.news import AttemptEnded, AttemptStarted, Created, InlineEnded, News
from tiercel.model.state import State, StateType
from tiercel.model.task import TaskKind, TaskSpec

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RUNS = 5
INLINE_TASKS_PER_STEP = 200


def task(task_id: str, kind: TaskKind) -> TaskSpec:
    return TaskSpec(id=task_id, type="bench.Task", kind=kind)


def flow(*tasks: TaskSpec) -> Flow:
    return Flow("bench", "bench", 1, "", {}, tasks)


def loop(values: int, kind: TaskKind, limit: int) -> Flow:
    return flow(
        TaskSpec(
            id="loop",
            type="bench.ForEach",
            kind=TaskKind.FLOWABLE,
            behavior="for_each",
            properties={
                "values": "[" + ",".join(f'"{n}"' for n in range(values)) + "]",
                "concurrencyLimit": limit,
            },
            children={"tasks": (task("t", kind),)},
        )
    )


class Engine:
    """One execution, driven as an executor would drive it."""

    def __init__(self, subject: Flow) -> None:
        self.flow = subject
        numbers = itertools.count()
        self.new_id: Callable[[], str] = lambda: f"id{next(numbers)}"
        header = Execution("e", "bench", "bench", 1, State.created(NOW), "e")
        self.state = ExecutionState(header)
        self.dispatched: list[Dispatch] = []
        self.steps = 0

    def tell(self, news: Sequence[News]) -> None:
        """Run steps until nothing is left, each with as many inline tasks as an executor allows."""
        while news:
            more: list[News] = []
            left = INLINE_TASKS_PER_STEP
            while news:
                news, left = self.advance(news, left, more)
            news = more

    def advance(
        self, news: Sequence[News], left: int, more: list[News]
    ) -> tuple[Sequence[News], int]:
        decision = advance(self.flow, self.state, news, NOW, self.new_id, most_inline=left)
        self.steps += 1
        more += [e.news for e in decision.effects if isinstance(e, SetTimer)]
        self.dispatched += [e for e in decision.effects if isinstance(e, Dispatch)]
        answers = [
            InlineEnded(ask.task_run_id, ask.attempt_id, StateType.SUCCESS, {"value": "x"})
            for ask in decision.asks
            if isinstance(ask, RunInline)
        ]
        return answers, max(left - len(answers), 0)

    def work(self) -> None:
        """Let a worker take and finish the oldest job; two pieces of news, as two steps."""
        job = self.dispatched.pop(0)
        run, attempt = job.task_run_id, job.attempt_id
        self.tell([AttemptStarted(run, attempt, 1, "w", NOW)])
        self.tell([AttemptEnded(run, attempt, 1, "w", StateType.SUCCESS, NOW, NOW, {"value": "x"})])


def median(measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(RUNS))


def steps_per_second() -> float:
    engine = Engine(flow(*(task(f"t{n}", TaskKind.WORKER) for n in range(2000))))
    start = time.perf_counter()
    engine.tell([Created()])
    while engine.dispatched:
        engine.work()
    return engine.steps / (time.perf_counter() - start)


def inline_tasks_per_second() -> float:
    engine = Engine(flow(*(task(f"t{n}", TaskKind.INLINE) for n in range(2000))))
    start = time.perf_counter()
    engine.tell([Created()])
    return 2000 / (time.perf_counter() - start)


def finishing_one_of(values: int) -> float:
    """Seconds to take the start and the end of one child, while all its siblings are there."""
    engine = Engine(loop(values, TaskKind.WORKER, 0))
    engine.tell([Created()])
    count = min(values, 500)
    start = time.perf_counter()
    for _ in range(count):
        engine.work()
    return (time.perf_counter() - start) / count


def iteration(values: int, limit: int) -> float:
    """Seconds for one value of a loop over an inline task."""
    engine = Engine(loop(values, TaskKind.INLINE, limit))
    start = time.perf_counter()
    engine.tell([Created()])
    return (time.perf_counter() - start) / values


def rebuild(values: int) -> float:
    """Seconds per task run to build the state from rows."""
    engine = Engine(loop(values, TaskKind.WORKER, 0))
    engine.tell([Created()])
    rows = engine.state.task_runs
    start = time.perf_counter()
    ExecutionState(engine.state.execution, rows)
    return (time.perf_counter() - start) / len(rows)


def main() -> None:
    small, large = median(lambda: finishing_one_of(10)), median(lambda: finishing_one_of(10_000))
    rows = [
        ("steps per second, worker tasks in sequence", f"{median(steps_per_second):,.0f}"),
        ("inline tasks per second, in sequence", f"{median(inline_tasks_per_second):,.0f}"),
        ("start and end of one of 10 children", f"{small * 1e6:.1f} us"),
        (
            "start and end of one of 10,000 children",
            f"{large * 1e6:.1f} us ({large / small:.2f} x)",
        ),
    ]
    for limit in (1, 0):
        of_100 = median(lambda limit=limit: iteration(100, limit))
        of_10k = median(lambda limit=limit: iteration(10_000, limit))
        rows.append((f"loop of 100 inline values, limit {limit}, each", f"{of_100 * 1e6:.1f} us"))
        ratio = f"{of_10k * 1e6:.1f} us ({of_10k / of_100:.2f} x)"
        rows.append((f"loop of 10,000 inline values, limit {limit}, each", ratio))
    rows.append(("state from 10,000 rows, each", f"{median(lambda: rebuild(10_000)) * 1e6:.1f} us"))
    for what, figure in rows:
        print(f"{what:<50} {figure}")


if __name__ == "__main__":
    main()
