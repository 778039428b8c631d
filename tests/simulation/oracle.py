"""What a flow must come to, worked out by plain recursion, without the engine's states, counters
and news."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from simulation.answers import UNRENDERABLE
from simulation.random_flows import ANEW, REFUSED, Until
from tiercel.model.flow import Flow
from tiercel.model.task import Retry, TaskKind, TaskSpec

Place = tuple[str, ...]
"""Task id, then the loop values that lead to it."""


class OrderMattersError(Exception):
    """Something failed beside something that runs at the same time: what is left of that is
    open."""


class Oracle:
    """Runs a flow in the head. ``states`` holds the state of every task run by place."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.states: dict[Place, str] = {}
        rules = [flow.retry, *(task.retry for task in flow.walk())]
        if any(rule is not None and rule.behavior in ANEW for rule in rules):
            raise OrderMattersError
        if any("exit" in task.properties for task in flow.walk()):
            raise OrderMattersError
        main = self.sequence(flow.tasks, (), flow.retry)
        if main == "FAILED":
            self.handle(flow.errors, (), flow.retry)
        self.handle(flow.finally_, (), flow.retry)
        if any(output.value == UNRENDERABLE for output in flow.outputs):
            main = "FAILED"
        self.final = main
        self.handle(flow.after_execution, (), flow.retry)

    def handle(self, tasks: Sequence[TaskSpec], values: Place, retry: Retry | None) -> None:
        """Run a branch that goes on whatever happens."""
        for task in enabled(tasks):
            self.task(task, values, retry)

    def sequence(self, tasks: Sequence[TaskSpec], values: Place, retry: Retry | None) -> str:
        """Run a branch that ends at its first failure; return the worst state."""
        seen = []
        for task in enabled(tasks):
            seen.append(self.task(task, values, retry))
            if seen[-1] == "FAILED":
                break
        return worst(seen)

    def task(
        self, task: TaskSpec, values: Place, retry: Retry | None, value: str | None = None
    ) -> str:
        """Run one task; return its state."""
        values = values if value is None else (*values, value)
        state = self._task(task, values, task.retry or retry)
        self.states[task.id, *values] = state
        return state

    def _task(self, task: TaskSpec, values: Place, retry: Retry | None) -> str:
        if task.run_if == UNRENDERABLE:
            return mapped(task, "FAILED")
        if task.run_if in ("false", "0"):
            return "SKIPPED"
        if task.kind is TaskKind.FLOWABLE:
            return self.flowable(task, values, retry)
        fails = task.properties["run"].fails_for(values[-1] if values else None)
        attempts = retry.max_attempts or 1 if retry else 1
        if fails >= attempts:
            return mapped(task, "FAILED")
        warned = retry is not None and retry.warning_on_retry and fails > 0
        return mapped(task, "WARNING" if warned else "SUCCESS")

    def flowable(self, task: TaskSpec, values: Place, retry: Retry | None) -> str:
        """Run a flowable; return its state."""
        try:
            state = getattr(self, f"_{task.behavior}")(task, values, retry)
        except _CannotStartError:
            return mapped(task, "FAILED")
        if state == "FAILED":
            self.handle(task.children.get("errors", ()), values, retry)
        self.handle(task.children.get("finally", ()), values, retry)
        if state == "FAILED" and task.behavior == "allow_failure":
            state = "WARNING"
        return mapped(task, state)

    def _sequential(self, task: TaskSpec, values: Place, retry: Retry | None) -> str:
        return self.sequence(task.children.get("tasks", ()), values, retry)

    _allow_failure = _sequential
    _template = _sequential

    def _pause(self, task: TaskSpec, values: Place, retry: Retry | None) -> str:
        if task.timeout is not None or task.properties["behavior"] != "RESUME":
            raise OrderMattersError
        self.handle(task.children.get("onPause", ()), values, retry)
        return self.sequence(task.children.get("tasks", ()), values, retry)

    def _for_each_item(self, task: TaskSpec, values: Place, retry: Retry | None) -> str:
        split, items, merge = task.children["tasks"]
        if retry is not None:
            raise OrderMattersError
        self.states[split.id, *values] = "SUCCESS"
        gives = [given for given in task.properties["gives"] if given in ("FAILED", "WARNING")]
        if not (task.properties["wait"] and task.properties["transmitFailed"]):
            gives = []
        state = self.states[items.id, *values] = worst(gives)
        if state != "FAILED":
            self.states[merge.id, *values] = "SUCCESS"
        return state

    def _if(self, task: TaskSpec, values: Place, retry: Retry | None) -> str:
        if task.properties["condition"] == UNRENDERABLE:
            raise _CannotStartError
        branch = "else" if task.properties["condition"] == "false" else "then"
        return self.sequence(task.children.get(branch, ()), values, retry)

    def _switch(self, task: TaskSpec, values: Place, retry: Retry | None) -> str:
        for name in (f"cases.{task.properties['value']}", "defaults"):
            if name in task.children:
                return self.sequence(task.children[name], values, retry)
        raise _CannotStartError

    def _parallel(self, task: TaskSpec, values: Place, retry: Retry | None) -> str:
        return together([self.task(t, values, retry) for t in enabled(task.children["tasks"])])

    _dag = _parallel

    def _for_each(self, task: TaskSpec, values: Place, retry: Retry | None) -> str:
        if task.properties["concurrencyLimit"] == 1:
            return self._in_order(task, values, retry, task.properties["values"])
        seen = []
        for value in task.properties["values"]:
            for child in enabled(task.children["tasks"]):
                seen.append(self.task(child, values, retry, value))
                if seen[-1] == "FAILED":
                    break
        return together(seen)

    def _each_sequential(self, task: TaskSpec, values: Place, retry: Retry | None) -> str:
        return self._in_order(task, values, retry, task.properties["value"])

    def _each_parallel(self, task: TaskSpec, values: Place, retry: Retry | None) -> str:
        children = enabled(task.children["tasks"])
        pairs = [(value, child) for value in task.properties["value"] for child in children]
        return together([self.task(child, values, retry, value) for value, child in pairs])

    def _in_order(
        self, task: TaskSpec, values: Place, retry: Retry | None, each: Iterable[str]
    ) -> str:
        seen = []
        for value in each:
            for child in enabled(task.children["tasks"]):
                seen.append(self.task(child, values, retry, value))
                if seen[-1] == "FAILED":
                    return "FAILED"
        return worst(seen)

    def _loop_until(self, task: TaskSpec, values: Place, retry: Retry | None) -> str:
        until: Until = task.properties["condition"]
        last = task.properties["checkFrequency"]["maxIterations"]
        state = self.sequence(task.children["tasks"], values, retry)
        if state != "FAILED" and until.round > last and task.properties["failOnMaxReached"]:
            return "FAILED"
        return state

    def _working_directory(self, task: TaskSpec, values: Place, retry: Retry | None) -> str:
        return self.sequence(task.children["tasks"], values, retry)

    def _subflow(self, task: TaskSpec, values: Place, retry: Retry | None) -> str:
        attempts = retry.max_attempts or 1 if retry else 1
        for attempt in range(attempts):
            given = gives(task, attempt)
            if given not in ("FAILED", REFUSED):
                warned = retry is not None and retry.warning_on_retry and attempt > 0
                given = "SUCCESS" if given == "CANCELLED" else given
                return "WARNING" if warned and given == "SUCCESS" else given
        return "FAILED"


class _CannotStartError(Exception):
    """A property of a flowable is wrong: no child runs, nor its own errors."""


def gives(task: TaskSpec, attempt: int) -> str:
    """What an attempt of a Subflow comes to."""
    results = task.properties["gives"]
    given: str = results[min(attempt, len(results) - 1)]
    return given if given == REFUSED or task.properties["wait"] else "SUCCESS"


def enabled(tasks: Iterable[TaskSpec]) -> list[TaskSpec]:
    return [task for task in tasks if not task.disabled]


def together(states: Sequence[str]) -> str:
    if "FAILED" in states and len(states) > 1:
        raise OrderMattersError
    return worst(states)


def worst(states: Iterable[str]) -> str:
    seen = set(states)
    return next((state for state in ("FAILED", "WARNING") if state in seen), "SUCCESS")


def mapped(task: TaskSpec, state: str) -> str:
    if state == "FAILED" and task.allow_failure:
        state = "WARNING"
    if state == "WARNING" and task.allow_warning:
        state = "SUCCESS"
    return state


def expected(flow: Flow) -> Oracle | None:
    """Return what a flow comes to, None when that depends on the order of events."""
    try:
        return Oracle(flow)
    except OrderMattersError:
        return None
