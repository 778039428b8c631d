"""Random flows from a seed: every flowable, nested to four levels, with failures that depend on
nothing but place."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from simulation.answers import UNRENDERABLE, nearest_value
from simulation.flows import flow, flowable, inline, worker
from tiercel.engine.flowables.for_each_item import generated_tasks
from tiercel.model.flow import Flow
from tiercel.model.task import Retry, RetryBehavior, TaskSpec

DEEPEST = 4
REFUSED = "REFUSED"
VALUES = ("a", "b", "c", "d")
ANEW = (RetryBehavior.CREATE_NEW_EXECUTION,)
BEHAVIORS = (
    "sequential",
    "parallel",
    "dag",
    "if",
    "switch",
    "for_each",
    "for_each",
    "each_sequential",
    "each_parallel",
    "allow_failure",
    "loop_until",
    "pause",
    "subflow",
    "working_directory",
    "template",
    "for_each_item",
)


@dataclass(frozen=True)
class Work:
    """What a task does: its first ``fails`` attempts fail, if the nearest loop value is one of
    ``bad``."""

    fails: int = 0
    bad: frozenset[str] | None = None

    def __call__(self, context: Mapping[str, Any], before: int) -> Any:
        value = nearest_value(context)
        if before < self.fails_for(value):
            return "FAILED", {"value": value}
        return {"value": value}

    def fails_for(self, value: str | None) -> int:
        return self.fails if self.bad is None or value in self.bad else 0


@dataclass(frozen=True)
class Until:
    """A condition that holds from a round on."""

    task_id: str
    round: int

    def __call__(self, context: Mapping[str, Any]) -> str:
        return "true" if context["taskrun"].get("iteration", 1) >= self.round else "false"


class Grower:
    """Grows one flow."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311  the same flow for the same seed
        self.count = 0
        self.budget = self.random.choice((4, 8, 16, 30))

    def flow(self) -> Flow:
        fields: dict[str, Any] = {}
        tasks = self.tasks(0, 5)
        for name in ("errors", "finally_", "after_execution"):
            if self.random.random() < 0.3:
                fields[name] = self.tasks(DEEPEST - 1, 2)
        if self.random.random() < 0.1:
            fields["retry"] = self.retry()
        if self.random.random() < 0.1:
            fields["sla"] = [self.sla(number) for number in range(2)]
        if self.random.random() < 0.2:
            fields["outputs"] = {"x": self.random.choice(("1", "1", UNRENDERABLE))}
        return flow(*tasks, **fields)

    def tasks(self, depth: int, most: int) -> list[TaskSpec]:
        return [self.task(depth) for _ in range(self.random.randint(1, most))]

    def task(self, depth: int) -> TaskSpec:
        self.count += 1
        self.budget -= 1
        task_id = f"t{self.count}"
        common = self.common()
        if depth < DEEPEST and self.budget > 0 and self.random.random() < 0.45:
            return self.flowable(task_id, depth + 1, common)
        bad = frozenset(self.random.sample(VALUES, 2)) if self.random.random() < 0.5 else None
        fails = self.random.choice((0,) * 8 + (1, 2, 99))
        make = self.random.choice((inline, inline, worker))
        if make is inline and self.random.random() < 0.15:
            return inline(task_id, run=Work(), wait=self.random.choice((1, 30)), **common)
        if make is inline and self.random.random() < 0.02:
            end = self.random.choice(("SUCCESS", "WARNING", "FAILED", "CANCELLED", "KILLED"))
            return inline(task_id, run=Work(), exit=end, **common)
        return make(task_id, run=Work(fails, bad), **common)

    def common(self) -> dict[str, Any]:
        given: dict[str, Any] = {}
        chances = {
            "allow_failure": (0.12, lambda: True),
            "allow_warning": (0.06, lambda: True),
            "disabled": (0.04, lambda: True),
            "retry": (0.1, self.retry),
            "run_if": (0.08, lambda: self.random.choice(("false", "0", "yes", UNRENDERABLE))),
        }
        for name, (chance, make) in chances.items():
            if self.random.random() < chance:
                given[name] = make()
        return given

    def retry(self) -> Retry:
        kind = self.random.choice(("constant", "exponential", "random"))
        return Retry(
            kind,
            interval=timedelta(seconds=1),
            min_interval=timedelta(seconds=1),
            max_interval=timedelta(seconds=4),
            max_attempts=self.random.randint(1, 4),
            warning_on_retry=self.random.random() < 0.3,
            behavior=self.random.choice((RetryBehavior.RETRY_FAILED_TASK,) * 9 + ANEW),
        )

    def sla(self, number: int) -> dict[str, Any]:
        """An agreement that is kept, or whose violation only leaves a label."""
        kind = self.random.choice(
            (
                {"type": "MAX_DURATION", "duration": self.random.choice(("PT1S", "PT2H"))},
                {
                    "type": "EXECUTION_ASSERTION",
                    "assert": self.random.choice(("true", "false", "!")),
                },
            )
        )
        return {"id": f"sla{number}", "behavior": "NONE", "labels": {"sla": "violated"}, **kind}

    def flowable(self, task_id: str, depth: int, common: dict[str, Any]) -> TaskSpec:
        behavior = self.random.choice(BEHAVIORS)
        for name in ("errors", "finally_"):
            if self.random.random() < 0.2:
                common[name] = self.tasks(DEEPEST, 2)
        return getattr(self, f"_{behavior}")(behavior, task_id, depth, common)

    def _sequential(self, behavior: str, task_id: str, depth: int, common: Any) -> TaskSpec:
        return flowable(behavior, task_id, *self.tasks(depth, 3), **common)

    _allow_failure = _sequential

    def _template(self, behavior: str, task_id: str, depth: int, common: Any) -> TaskSpec:
        return flowable(behavior, task_id, *self.tasks(depth, 3), args={"a": "b"}, **common)

    def _parallel(self, behavior: str, task_id: str, depth: int, common: Any) -> TaskSpec:
        limit = self.random.choice((0, 1, 2))
        return flowable(behavior, task_id, *self.tasks(depth, 4), concurrent=limit, **common)

    def _dag(self, behavior: str, task_id: str, depth: int, common: Any) -> TaskSpec:
        tasks = self.tasks(depth, 4)
        needs = {
            task.id: [other.id for other in tasks[:index] if self.random.random() < 0.5]
            for index, task in enumerate(tasks)
        }
        limit = self.random.choice((0, 2))
        return flowable(behavior, task_id, *tasks, dependsOn=needs, concurrent=limit, **common)

    def _if(self, behavior: str, task_id: str, depth: int, common: Any) -> TaskSpec:
        branches = {"then": self.tasks(depth, 2)}
        if self.random.random() < 0.5:
            branches["else"] = self.tasks(depth, 2)
        condition = self.random.choice(("true", "true", "false", "{{ 1 }}", UNRENDERABLE))
        return flowable(behavior, task_id, branches=branches, condition=condition, **common)

    def _switch(self, behavior: str, task_id: str, depth: int, common: Any) -> TaskSpec:
        branches = {"cases.x": self.tasks(depth, 2), "cases.y": self.tasks(depth, 1)}
        if self.random.random() < 0.5:
            branches["defaults"] = self.tasks(depth, 2)
        value = self.random.choice(("x", "y", "z"))
        return flowable(behavior, task_id, branches=branches, value=value, **common)

    def _for_each(self, behavior: str, task_id: str, depth: int, common: Any) -> TaskSpec:
        values = list(VALUES[: self.random.randint(0, 4)])
        limit = self.random.choice((0, 1, 1, 2))
        return flowable(
            behavior,
            task_id,
            *self.tasks(depth, 3),
            values=values,
            concurrencyLimit=limit,
            **common,
        )

    def _each_sequential(self, behavior: str, task_id: str, depth: int, common: Any) -> TaskSpec:
        values = list(VALUES[: self.random.randint(1, 3)])
        return flowable(behavior, task_id, *self.tasks(depth, 2), value=values, **common)

    def _each_parallel(self, behavior: str, task_id: str, depth: int, common: Any) -> TaskSpec:
        values = list(VALUES[: self.random.randint(1, 3)])
        limit = self.random.choice((0, 2))
        return flowable(
            behavior, task_id, *self.tasks(depth, 2), value=values, concurrent=limit, **common
        )

    def _loop_until(self, behavior: str, task_id: str, depth: int, common: Any) -> TaskSpec:
        condition = Until(task_id, self.random.randint(1, 4))
        return flowable(
            behavior,
            task_id,
            *self.tasks(depth, 2),
            condition=condition,
            failOnMaxReached=self.random.random() < 0.5,
            checkFrequency={"interval": self.random.choice((0, 5)), "maxIterations": 3},
            **common,
        )

    def _pause(self, behavior: str, task_id: str, depth: int, common: Any) -> TaskSpec:
        common.pop("errors", None)
        common.pop("finally_", None)
        branches = {"tasks": self.tasks(depth, 1)} if self.random.random() < 0.5 else {}
        if self.random.random() < 0.2:
            branches["onPause"] = self.tasks(DEEPEST, 1)
        given: dict[str, Any] = {"delay": 3} if self.random.random() < 0.6 else {}
        if self.random.random() < 0.15:
            given = {"timeout": "PT5S"}
        end = self.random.choice(("RESUME",) * 9 + ("WARN", "FAIL", "CANCEL"))
        task = flowable(behavior, task_id, branches=branches, **given, **common)
        return replace(task, properties={**task.properties, "behavior": end})

    def _subflow(self, behavior: str, task_id: str, depth: int, common: Any) -> TaskSpec:
        common.pop("errors", None)
        common.pop("finally_", None)
        results = ("SUCCESS", "SUCCESS", "WARNING", "FAILED", "CANCELLED", REFUSED)
        gives = [self.random.choice(results) for _ in range(3)]
        wait = self.random.random() < 0.8
        return flowable(
            behavior, task_id, namespace="n", flowId="f", gives=gives, wait=wait, **common
        )

    def _for_each_item(self, behavior: str, task_id: str, depth: int, common: Any) -> TaskSpec:
        results = ("SUCCESS",) * 6 + ("WARNING", "FAILED", "CANCELLED")
        gives = [self.random.choice(results) for _ in range(self.random.randint(0, 4))]
        more = {"wait": self.random.random() < 0.8, "transmitFailed": self.random.random() < 0.8}
        common.pop("retry", None)
        task = flowable(
            behavior, task_id, items="x", namespace="n", flowId="f", gives=gives, **more, **common
        )
        return replace(task, children={**task.children, "tasks": generated_tasks(task)})

    def _working_directory(self, behavior: str, task_id: str, depth: int, common: Any) -> TaskSpec:
        tasks = []
        for _ in range(self.random.randint(1, 3)):
            self.count += 1
            fails = self.random.choice((0, 0, 0, 1, 99))
            more = {"allow_failure": True} if self.random.random() < 0.3 else {}
            tasks.append(worker(f"t{self.count}", run=Work(fails), **more))
        return flowable(behavior, task_id, *tasks, **common)


def random_flow(seed: int) -> Flow:
    """Return the flow of a seed."""
    return Grower(seed).flow()
