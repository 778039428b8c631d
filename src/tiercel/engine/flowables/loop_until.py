"""LoopUntil: the same children again and again until a condition holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec.structs import replace

from tiercel.engine.flowables.base import Beginning, Flowable, FlowableFailedError, Property
from tiercel.engine.flowables.numbers import to_limit, to_optional_duration
from tiercel.engine.pausing import go_on, pause
from tiercel.expressions import is_truthy
from tiercel.model.state import State, StateType
from tiercel.model.task import LogLevel

if TYPE_CHECKING:
    from datetime import datetime

    from tiercel.engine.scope import Scope
    from tiercel.model.execution import TaskRun
    from tiercel.model.news import ResumeRequested
    from tiercel.model.task import TaskSpec

_CONDITION = "condition"
_FAIL = "failOnMaxReached"
_FREQUENCY = "checkFrequency"
_COUNT = "iterationCount"
_DEFAULT_INTERVAL = timedelta(seconds=1)


class LoopUntil(Flowable):
    """A sequence that is repeated, with a pause in between, until its condition is truthy.

    Only the task runs of the last round are kept. Remembered are ``round`` (from 1), ``since`` when
    it goes round (seconds since 1970), the limits, and ``done`` or ``failed`` once it is decided.
    """

    name: ClassVar[str] = "loop_until"

    def properties(self, task: TaskSpec) -> Mapping[str, Property]:
        """Render the limits; the condition is rendered after each round."""
        names = (name for name in (_FAIL, _FREQUENCY) if name in task.properties)
        return {name: Property(task.properties[name]) for name in names}

    def begin(self, scope: Scope, values: Mapping[str, Any]) -> Beginning:
        """Fix the limits."""
        frequency = values.get(_FREQUENCY) or {}
        if not isinstance(frequency, Mapping):
            raise FlowableFailedError(f"'{_FREQUENCY}' must be a map")
        interval = to_optional_duration("interval", frequency.get("interval"))
        longest = to_optional_duration("maxDuration", frequency.get("maxDuration"))
        resolved = {
            "round": 1,
            "since": scope.turn.now.timestamp(),
            "interval": (_DEFAULT_INTERVAL if interval is None else interval).total_seconds(),
            "maxIterations": to_limit("maxIterations", frequency.get("maxIterations")),
            "maxDuration": None if longest is None else longest.total_seconds(),
            _FAIL: is_truthy(_text(values.get(_FAIL))),
        }
        return Beginning({_COUNT: 1}, resolved)

    def begun(self, scope: Scope) -> None:
        """Run the first round; one that was restarted shows no round of before."""
        if any(entry.state is StateType.RESTARTED for entry in scope.run.state.histories):
            scope.turn.put(replace(scope.run, iteration=None))
        scope.look()

    def again(self, task_run: TaskRun, now: datetime) -> TaskRun:
        """Begin with the first round, and count all limits from here."""
        resolved = {**(task_run.resolved or {}), "round": 1, "since": now.timestamp()}
        return replace(task_run, iteration=None, outputs={_COUNT: 1}, resolved=resolved)

    def iteration(self, scope: Scope) -> int | None:
        """Return the round, which children carry."""
        return int(scope.remembered["round"])

    def may_end(self, scope: Scope) -> bool:
        """Ask whether the condition holds now, once per round."""
        if scope.remembered.get("done"):
            return True
        if not scope.turn.is_pending(scope.run, _CONDITION):
            scope.turn.render(scope.run, _CONDITION, scope.task.properties.get(_CONDITION))
        return False

    def rendered(self, scope: Scope, purpose: str, value: Any) -> None:
        """End the loop, or wait for the next round."""
        if is_truthy(_text(value)):
            self._decide(scope, "done")
            return
        reached = self._limit_reached(scope)
        if reached is None:
            turn, run = scope.turn, scope.run
            pause(turn, run)
            due_at = turn.now + timedelta(seconds=scope.remembered["interval"])
            turn.timer(run, _purpose(scope), due_at)
            return
        scope.turn.log(LogLevel.WARN, f"Max {reached} reached", scope.run)
        self._decide(scope, "failed" if scope.remembered[_FAIL] else "done")

    def _decide(self, scope: Scope, what: str) -> None:
        scope.turn.put(replace(scope.run, resolved={**scope.remembered, what: True}))
        scope.look()

    def _limit_reached(self, scope: Scope) -> str | None:
        remembered = scope.remembered
        if remembered["maxIterations"] and remembered["round"] >= remembered["maxIterations"]:
            return "iterations"
        if remembered["maxDuration"] is None:
            return None
        until = remembered["since"] + remembered["maxDuration"]
        return "duration" if until < scope.turn.now.timestamp() else None

    def timer_due(self, scope: Scope, purpose: str) -> None:
        """The wait is over; a timer of another round is stale."""
        if scope.run.state.current is StateType.PAUSED and purpose == _purpose(scope):
            self._next_round(scope)

    def resume(self, scope: Scope, news: ResumeRequested) -> None:
        """Begin the next round without waiting any longer."""
        self._next_round(scope)

    def _next_round(self, scope: Scope) -> None:
        turn, run = scope.turn, scope.run
        for child_id in list(scope.children.ids):
            turn.remove(child_id)
        number = scope.remembered["round"] + 1
        start = run.state.start_date
        state = State.of((StateType.CREATED, start), (StateType.RUNNING, max(turn.now, start)))
        turn.put(
            replace(
                run,
                state=state,
                iteration=number,
                outputs={_COUNT: number},
                resolved={**scope.remembered, "round": number},
            )
        )
        scope.look()
        go_on(turn, restarted=False)


def _purpose(scope: Scope) -> str:
    return f"round-{scope.remembered['round']}"


def _text(value: Any) -> str | None:
    """Return a literal as the text a template would have given."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
