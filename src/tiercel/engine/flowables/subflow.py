"""Subflow: an execution of another flow, waited for or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec.structs import replace

from tiercel.engine.effects import StartExecution
from tiercel.engine.flowables.base import (
    Beginning,
    Flowable,
    FlowableFailedError,
    Planned,
    Property,
)
from tiercel.engine.flowables.numbers import to_limit
from tiercel.engine.plan import SUBFLOW
from tiercel.expressions import is_truthy
from tiercel.model.execution import Attempt, Label
from tiercel.model.state import State

if TYPE_CHECKING:
    from tiercel.engine.scope import Scope
    from tiercel.model.execution import TaskRun
    from tiercel.model.task import TaskSpec

EXECUTION_ID = "executionId"
_RESTARTED = "system.restarted"
_WANTED = (
    ("namespace", False),
    ("flowId", False),
    ("revision", False),
    ("inputs", True),
    ("labels", True),
    ("wait", False),
    ("transmitFailed", False),
    ("inheritLabels", False),
    ("scheduleDate", False),
)
_TRUE_UNLESS_SAID = ("wait", "transmitFailed")


class Subflow(Flowable):
    """Starts an execution; each attempt a new one. Remembered are ``wait`` and
    ``transmitFailed``."""

    name: ClassVar[str] = SUBFLOW

    def properties(self, task: TaskSpec) -> Mapping[str, Property]:
        """Render everything but the deprecated ``outputs``, which belongs to the other
        execution."""
        return {
            name: Property(task.properties[name], typed=typed)
            for name, typed in _WANTED
            if name in task.properties
        }

    def begin(self, scope: Scope, values: Mapping[str, Any]) -> Beginning:
        """Ask for the execution."""
        turn, run = scope.turn, scope.run
        attempt_id, execution_id = turn.ids(), turn.ids()
        turn.effect(
            StartExecution(
                run.id,
                attempt_id,
                execution_id,
                namespace=str(values.get("namespace", "")),
                flow_id=str(values.get("flowId", "")),
                revision=to_limit("revision", values.get("revision")) or None,
                inputs=_map("inputs", values.get("inputs")),
                labels=_labels(values.get("labels")),
                inherit_labels=_flag(values, "inheritLabels"),
                schedule_date=values.get("scheduleDate"),
                outputs=scope.task.properties.get("outputs"),
                restart_id=_restarted(scope),
            )
        )
        attempt = Attempt(id=attempt_id, state=State.created(turn.now))
        turn.put(replace(run, attempts=(*run.attempts, attempt)))
        resolved = {name: _flag(values, name) for name in _TRUE_UNLESS_SAID}
        return Beginning({EXECUTION_ID: execution_id}, resolved)

    def begun(self, scope: Scope) -> None:
        """Wait for news of the execution."""

    def main_branch(self, scope: Scope) -> str | None:
        """Return None: there are no children."""
        return None

    def next_children(self, scope: Scope, finished: TaskRun | None) -> Iterable[Planned]:
        """Create nothing."""
        return ()

    def is_complete(self, scope: Scope) -> bool:
        """Return False: news ends the task run."""
        return False


def _flag(values: Mapping[str, Any], name: str) -> bool:
    value = values.get(name)
    if value is None:
        return name in _TRUE_UNLESS_SAID
    return value if isinstance(value, bool) else is_truthy(str(value))


def _map(name: str, value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise FlowableFailedError(f"'{name}' must be a map")
    return value


def _labels(value: Any) -> tuple[Label, ...]:
    """Return labels from a map, or from a list of ``{key, value}``."""
    if isinstance(value, list | tuple):
        value = {item["key"]: item["value"] for item in value}
    labels = tuple(Label(str(key), str(text)) for key, text in _map("labels", value).items())
    for label in labels:
        if label.key.startswith("system."):
            raise FlowableFailedError(
                "System labels can only be set by Kestra itself, "
                f"offending label: {label.key}={label.value}"
            )
    return labels


def _restarted(scope: Scope) -> str | None:
    """Return the execution an earlier attempt started, when this one was restarted and is to use
    it."""
    behavior = scope.task.properties.get("restartBehavior", "RETRY_FAILED")
    labels = scope.turn.state.execution.labels
    if behavior != "RETRY_FAILED" or not any(label.key == _RESTARTED for label in labels):
        return None
    return (scope.run.outputs or {}).get(EXECUTION_ID)
