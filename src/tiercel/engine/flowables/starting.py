"""What the tasks that start other executions have in common: Subflow and ForEachItem."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec.structs import replace

from tiercel.engine.flowables.base import Flowable, FlowableFailedError, Planned, Property
from tiercel.engine.flowables.numbers import to_limit
from tiercel.expressions import is_truthy
from tiercel.model.execution import Attempt, Label
from tiercel.model.state import State

if TYPE_CHECKING:
    from tiercel.engine.scope import Scope
    from tiercel.model.execution import TaskRun
    from tiercel.model.task import TaskSpec

TRUE_UNLESS_SAID = ("wait", "transmitFailed")
_RESTARTED = "system.restarted"
_WANTED = (
    "namespace",
    "flowId",
    "revision",
    "labels",
    "wait",
    "transmitFailed",
    "inheritLabels",
    "scheduleDate",
)


class Starter(Flowable):
    """Base of what starts executions: it has no children, and news of the executions ends it."""

    has_attempts: ClassVar[bool] = True

    def begun(self, scope: Scope) -> None:
        """Wait for news of the executions."""

    def main_branch(self, scope: Scope) -> str | None:
        """Return None: there are no children."""
        return None

    def next_children(self, scope: Scope, finished: TaskRun | None) -> Iterable[Planned]:
        """Create nothing."""
        return ()

    def is_complete(self, scope: Scope) -> bool:
        """Return False: news ends the task run."""
        return False


def put_attempt(scope: Scope, attempt_id: str) -> None:
    """Begin an attempt of the task run."""
    run = scope.run
    attempt = Attempt(id=attempt_id, state=State.created(scope.turn.now))
    scope.turn.put(replace(run, attempts=(*run.attempts, attempt)))


def wanted_properties(task: TaskSpec) -> dict[str, Property]:
    """Return what is rendered before executions are asked for, without their inputs."""
    return {
        name: Property(task.properties[name], typed=name == "labels")
        for name in _WANTED
        if name in task.properties
    }


def to_flag(values: Mapping[str, Any], name: str) -> bool:
    """Return a rendered flag; ``wait`` and ``transmitFailed`` are true unless it is said."""
    value = values.get(name)
    if value is None:
        return name in TRUE_UNLESS_SAID
    return value if isinstance(value, bool) else is_truthy(str(value))


def revision_of(values: Mapping[str, Any]) -> int | None:
    """Return the revision that is wanted, None for the latest."""
    return to_limit("revision", values.get("revision")) or None


def to_map(name: str, value: Any) -> Mapping[str, Any]:
    """Return a rendered map, empty for nothing. Raises FlowableFailedError for anything else."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise FlowableFailedError(f"'{name}' must be a map")
    return value


def to_labels(value: Any) -> tuple[Label, ...]:
    """Return labels from a map, or from a list of ``{key, value}``.

    Raises:
        FlowableFailedError: A label is reserved for the system.
    """
    if isinstance(value, list | tuple):
        value = {item["key"]: item["value"] for item in value}
    labels = tuple(Label(str(key), str(text)) for key, text in to_map("labels", value).items())
    for label in labels:
        if label.is_reserved:
            raise FlowableFailedError(label.refusal)
    return labels


def is_restarted(scope: Scope) -> bool:
    """Whether this execution was restarted and its executions that failed are to be, too."""
    behavior = scope.task.properties.get("restartBehavior", "RETRY_FAILED")
    labels = scope.turn.state.execution.labels
    return behavior == "RETRY_FAILED" and any(label.key == _RESTARTED for label in labels)
