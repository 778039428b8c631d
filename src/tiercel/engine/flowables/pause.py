"""Pause: stand still until someone resumes the execution or a time is over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from tiercel.engine.dates import instant_text
from tiercel.engine.flowables.base import (
    Beginning,
    Flowable,
    FlowableFailedError,
    Planned,
    Property,
)
from tiercel.engine.flowables.numbers import to_optional_duration
from tiercel.engine.killing import end_now
from tiercel.engine.outcome import mapped_state
from tiercel.engine.pausing import go_on, pause
from tiercel.engine.plan import MAIN, PAUSE
from tiercel.model.state import StateType

if TYPE_CHECKING:
    from tiercel.engine.scope import Scope
    from tiercel.model.execution import TaskRun
    from tiercel.model.news import ResumeRequested
    from tiercel.model.task import TaskSpec

_ON_PAUSE = "onPause"
_DELAY = "delay"
_TIMEOUT = "timeout"
_END = "behavior"
_RESUMED = "resumed"
_END_STATES = {
    "RESUME": StateType.SUCCESS,
    "WARN": StateType.WARNING,
    "FAIL": StateType.FAILED,
    "CANCEL": StateType.CANCELLED,
}


class Pause(Flowable):
    """PAUSED, and the execution with it, until a resume, a delay or a timeout; then its ``tasks``
    run."""

    name: ClassVar[str] = PAUSE

    def properties(self, task: TaskSpec) -> Mapping[str, Property]:
        """Render the two durations and what happens after the first."""
        given = {
            _DELAY: task.properties.get("pauseDuration", task.properties.get(_DELAY)),
            _TIMEOUT: task.timeout,
            _END: task.properties.get(_END),
        }
        return {name: Property(value) for name, value in given.items() if value is not None}

    def begin(self, scope: Scope, values: Mapping[str, Any]) -> Beginning:
        """Fix the durations, in seconds."""
        end = str(values.get(_END) or "RESUME")
        if end not in _END_STATES:
            raise FlowableFailedError(
                f"'{_END}' must be one of {', '.join(_END_STATES)}, not '{end}'"
            )
        resolved: dict[str, Any] = {_END: end}
        for name in (_DELAY, _TIMEOUT):
            duration = to_optional_duration(name, values.get(name))
            if duration is not None:
                resolved[name] = duration.total_seconds()
        return Beginning(resolved=resolved)

    def begun(self, scope: Scope) -> None:
        """Stand still at once, so that nothing beside the pause starts; first comes ``onPause``."""
        if scope.branch(_ON_PAUSE):
            scope.look()
        else:
            self._stand_still(scope)

    def main_branch(self, scope: Scope) -> str | None:
        """Return the tasks that run after the pause."""
        return MAIN

    def next_children(self, scope: Scope, finished: TaskRun | None) -> Iterable[Planned]:
        """Run ``onPause``, then stand still; after the resume, run ``tasks``."""
        if scope.remembered.get(_RESUMED):
            return super().next_children(scope, finished)
        tally, tasks = scope.children.tally(_ON_PAUSE), scope.branch(_ON_PAUSE)
        if tally.created < len(tasks):
            return [Planned(task) for task in tasks]
        if tally.open == 0:
            self._stand_still(scope)
        return ()

    def _stand_still(self, scope: Scope) -> None:
        turn, run = scope.turn, scope.run
        pause(turn, run)
        for purpose in (_DELAY, _TIMEOUT):
            if purpose in scope.remembered:
                due_at = turn.now + timedelta(seconds=scope.remembered[purpose])
                turn.timer(run, purpose, due_at)
                return

    def is_complete(self, scope: Scope) -> bool:
        """Return whether the pause and the tasks behind it are over."""
        return bool(scope.remembered.get(_RESUMED)) and super().is_complete(scope)

    def timer_due(self, scope: Scope, purpose: str) -> None:
        """The delay or the timeout is over, unless somebody came first."""
        if scope.run.state.current is not StateType.PAUSED:
            return
        to = StateType.FAILED if purpose == _TIMEOUT else _END_STATES[scope.remembered[_END]]
        if to is StateType.SUCCESS:
            self._go_on(scope, {}, StateType.RUNNING)
        elif to is StateType.CANCELLED:
            end_now(scope.turn, to)
        else:
            scope.turn.end(scope.run, mapped_state(scope.task, to))
            go_on(scope.turn)

    def resume(self, scope: Scope, news: ResumeRequested) -> None:
        """Somebody resumed the execution: what he gave is an output."""
        resumed = {"on": instant_text(scope.turn.now), "to": StateType.RUNNING.value}
        if news.by is not None:
            resumed["by"] = news.by
        self._go_on(scope, {"onResume": news.inputs or {}, _RESUMED: resumed}, None)

    def _go_on(self, scope: Scope, outputs: dict[str, Any], through: StateType | None) -> None:
        turn, run = scope.turn, scope.run
        if scope.main_tasks or through is not None:
            resolved = {**scope.remembered, _RESUMED: True}
            run = turn.move(run, StateType.RUNNING, outputs=outputs, resolved=resolved)
        if not scope.main_tasks:
            turn.end(run, StateType.SUCCESS, outputs=outputs)
        go_on(turn)
