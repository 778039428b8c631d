"""What a flowable is to the engine: which of its children run next, and when it is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from tiercel.engine.outcome import mapped_state
from tiercel.engine.plan import MAIN
from tiercel.model.errors import TiercelError
from tiercel.model.task import LogLevel

if TYPE_CHECKING:
    from datetime import datetime

    from tiercel.engine.scope import Scope
    from tiercel.model.execution import TaskRun
    from tiercel.model.news import ResumeRequested
    from tiercel.model.state import StateType
    from tiercel.model.task import TaskSpec


class FlowableFailedError(TiercelError):
    """A flowable can't go on: its task run fails with this message in its log.

    Args:
        message: What is wrong.
        level: Level of the log entry.
        outputs: Outputs the failed task run keeps.
    """

    code, http_status = "flowable_failed", 422

    def __init__(
        self,
        message: str,
        *,
        level: LogLevel = LogLevel.ERROR,
        outputs: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.level = level
        self.outputs = dict(outputs or {})


@dataclass(frozen=True, slots=True)
class Property:
    """A property that is rendered when the flowable starts; ``typed`` keeps the type of a lone
    expression."""

    template: Any
    typed: bool = False


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a flowable fixes when it starts: its outputs, and what it must remember."""

    outputs: dict[str, Any] = field(default_factory=dict)
    resolved: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A child to be created."""

    task: TaskSpec
    value: str | None = None
    iteration: int | None = None


class Flowable:
    """Behaviour of one kind of flowable; without state of its own, one object serves all task runs.

    The defaults are those of a plain sequence of ``tasks``.

    Class attributes:
        name: As ``TaskSpec.behavior`` has it.
        waits_for_open: After a failure, children that still run are waited for; else they are
            ended.
        has_attempts: What it does is an attempt, which may fail and be tried again.
    """

    name: ClassVar[str]
    waits_for_open: ClassVar[bool] = False
    has_attempts: ClassVar[bool] = False

    def properties(self, task: TaskSpec) -> Mapping[str, Property]:
        """Return what must be rendered before :meth:`begin`, by purpose."""
        return {}

    def begin(self, scope: Scope, values: Mapping[str, Any]) -> Beginning:
        """Return what is fixed at the start; ``values`` holds the rendered properties.

        Raises:
            FlowableFailedError: The task run fails without having run a child.
        """
        return Beginning()

    def begun(self, scope: Scope) -> None:
        """Go on after the start: by default, look at what runs first."""
        scope.look()

    def again(self, task_run: TaskRun, now: datetime) -> TaskRun:
        """Return a task run that keeps what it chose and will run all its children anew, as in a
        replay."""
        return task_run

    def main_branch(self, scope: Scope) -> str | None:
        """Return the name of the branch that runs when nothing failed; None when there is none to
        run."""
        return MAIN

    def total(self, scope: Scope) -> int:
        """Return how many children the main branch will have in the end."""
        return len(scope.main_tasks)

    def next_children(self, scope: Scope, finished: TaskRun | None) -> Iterable[Planned]:
        """Return the children of the main branch to create now.

        Args:
            scope: The flowable.
            finished: The child that just ended; None when any number may have.
        """
        tally = scope.main_tally
        if tally.open == 0 and tally.created < len(scope.main_tasks):
            yield Planned(scope.main_tasks[tally.created], iteration=self.iteration(scope))

    def iteration(self, scope: Scope) -> int | None:
        """Return the iteration that the children of a sequence carry; None outside of repeating
        loops."""
        return None

    def is_complete(self, scope: Scope) -> bool:
        """Return whether all children of the main branch are there and final."""
        tally = scope.main_tally
        return tally.open == 0 and tally.created >= self.total(scope)

    def may_end(self, scope: Scope) -> bool:
        """Return whether the flowable is done once its main branch is complete without a
        failure."""
        return True

    def rendered(self, scope: Scope, purpose: str, value: Any) -> None:
        """Take the answer to a question asked after the start."""

    def timer_due(self, scope: Scope, purpose: str) -> None:
        """A timer of the task run fell due."""

    def resume(self, scope: Scope, news: ResumeRequested) -> None:
        """Somebody wants the PAUSED task run to go on."""

    def final_state(self, scope: Scope, state: StateType) -> StateType:
        """Return the state of the task run when its children add up to ``state``."""
        return mapped_state(scope.task, state)

    def final_outputs(self, scope: Scope) -> dict[str, Any]:
        """Return the outputs of the ended task run."""
        return scope.run.outputs or {}
