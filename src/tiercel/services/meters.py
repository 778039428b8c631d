"""What a process counts about its work, for monitoring, under the names dashboards know.

Numbers come from what was committed: an execution or an attempt counts once, in the process whose
executor wrote its state. What only one process knows of is counted there: timeouts by the worker,
statements and messages by who sent them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from typing import TYPE_CHECKING

from tiercel.model.state import StateType

if TYPE_CHECKING:
    from tiercel.engine import ExecutionState
    from tiercel.model.execution import Attempt, Execution, TaskRun
    from tiercel.model.job import Job
    from tiercel.model.state import State
    from tiercel.services.step import StepOutcome

Tags = tuple[tuple[str, str], ...]

_MOST_SERIES = 20_000
_REMEMBERED = 50_000
_NO_LABEL = "__none__"


@dataclass(slots=True)
class Series:
    """One counter, timer or gauge with its tags.

    Attributes:
        count: How often; of a gauge, how much there is.
        total, longest: Seconds, of a timer.
    """

    name: str
    tags: Tags
    is_timer: bool
    count: float = 0
    total: float = 0.0
    longest: float = 0.0
    is_gauge: bool = False


class Meters:
    """Counters and timers of a process, since it began. Names have dots, as they are documented.

    Args:
        labels: Keys of labels of executions that become tags of what is counted of them.
    """

    def __init__(self, labels: Sequence[str] = ()) -> None:
        self._labels = tuple(dict.fromkeys(labels))
        self._series: dict[tuple[str, Tags], Series] = {}
        self._seen: OrderedDict[str, None] = OrderedDict()

    def __iter__(self) -> Iterator[Series]:
        """Yield all series, by name."""
        yield from sorted(self._series.values(), key=lambda item: (item.name, item.tags))

    def count(self, name: str, tags: Tags = (), by: float = 1) -> None:
        """Count something."""
        series = self._of(name, tags, is_timer=False)
        if series is not None:
            series.count += by

    def time(self, name: str, taken: timedelta, tags: Tags = ()) -> None:
        """Note how long something took."""
        self._took(name, taken.total_seconds(), tags)

    def gauge(self, name: str, value: float, tags: Tags = ()) -> None:
        """Note how much there is of something now."""
        series = self._of(name, tags, is_timer=False)
        if series is not None:
            series.is_gauge = True
            series.count = value

    @contextmanager
    def timed(self, name: str, tags: Tags = ()) -> Iterator[None]:
        """Note how long the block takes, whether or not it fails."""
        begun = perf_counter()
        try:
            yield
        finally:
            self._took(name, perf_counter() - begun, tags)

    def declare(self, counters: Iterable[str], timers: Iterable[str], tags: Tags = ()) -> None:
        """Say what will be counted, so that it is listed, as zero, before there is any."""
        for name in counters:
            self._of(name, tags, is_timer=False)
        for name in timers:
            self._of(name, tags, is_timer=True)

    def queried(self, seconds: float) -> None:
        """Note how long the database took for a statement."""
        self._took("jdbc.query.duration", seconds, ())

    def message_refused(self, kind: str) -> None:
        """Count a message that was too big to be sent; ``kind`` is what it was to be."""
        self.count("queue.big_message.count", (("class_name", kind),))

    def timed_out(self, job: Job) -> None:
        """Count an attempt that was stopped because its time was over."""
        tags = (
            ("attempt_count", str(job.attempt_number + 1)),
            ("flow_id", job.flow_id),
            ("namespace_id", job.namespace),
            ("task_type", job.type),
            ("worker_group", job.worker_group),
        )
        self.count("worker.timeout.count", tags)

    def step_done(self, state: ExecutionState, outcome: StepOutcome) -> None:
        """Count what a committed step changed."""
        execution = state.execution
        tags: Tags = (("flow_id", execution.flow_id), ("namespace_id", execution.namespace))
        if self._labels:
            given = {label.key: label.value for label in execution.labels}
            tags += tuple((f"label_{key}", given.get(key, _NO_LABEL)) for key in self._labels)
        for task_run in map(state.find, outcome.changed):
            if task_run is not None:
                self._task_run(task_run, execution, tags)
        if outcome.execution_changed or outcome.ended:
            self._execution(execution, tags)

    def _execution(self, execution: Execution, tags: Tags) -> None:
        state, key = execution.state, f"e {execution.id} {execution.metadata.attempt_number}"
        if state.current is not StateType.CREATED and self._is_new(f"{key} started"):
            self.count("executor.execution.started.count", tags)
        if state.is_terminal and self._is_new(f"{key} ended"):
            ended = (*tags, ("state", state.current.value))
            self.count("executor.execution.end.count", ended)
            self.time("executor.execution.duration", _length(state), ended)

    def _task_run(self, task_run: TaskRun, execution: Execution, tags: Tags) -> None:
        state, key = task_run.state, f"t {task_run.id} {execution.metadata.attempt_number}"
        if self._is_new(f"{key} began"):
            self.count("executor.taskrun.next.count", tags)
        if state.is_terminal and self._is_new(f"{key} ended"):
            ended = (*tags, ("state", state.current.value))
            self.count("executor.taskrun.ended.count", ended)
            self.time("executor.taskrun.ended.duration", _length(state), ended)
        if task_run.attempts and task_run.attempts[-1].worker_id is not None:
            self._attempt(task_run.attempts[-1], len(task_run.attempts), tags)

    def _attempt(self, attempt: Attempt, number: int, tags: Tags) -> None:
        state, key = attempt.state, f"a {attempt.id} {attempt.token}"
        tags = (("attempt_count", str(number)), *tags)
        begun = next((x.date for x in state.histories if x.state is StateType.RUNNING), None)
        if begun is not None and self._is_new(f"{key} started"):
            self.count("worker.started.count", tags)
            self.time("worker.queued.duration", begun - state.start_date, tags)
        if state.is_terminal and self._is_new(f"{key} ended"):
            ended = (*tags, ("state", state.current.value))
            self.count("executor.workertaskresult.count", ended)
            self.count("worker.ended.count", ended)
            self.time("worker.ended.duration", state.last_date - (begun or state.start_date), ended)

    def _took(self, name: str, seconds: float, tags: Tags) -> None:
        series = self._of(name, tags, is_timer=True)
        if series is not None:
            seconds = max(seconds, 0.0)
            series.count += 1
            series.total += seconds
            series.longest = max(series.longest, seconds)

    def _of(self, name: str, tags: Tags, *, is_timer: bool) -> Series | None:
        """Return a series; None when there are so many that nobody looks at them."""
        found = self._series.get((name, tags))
        if found is None and len(self._series) < _MOST_SERIES:
            found = self._series[name, tags] = Series(name, tags, is_timer)
        return found

    def _is_new(self, key: str) -> bool:
        if key in self._seen:
            return False
        self._seen[key] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return True


def _length(state: State) -> timedelta:
    return state.last_date - state.start_date
