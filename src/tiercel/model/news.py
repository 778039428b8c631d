"""News: everything that can happen to an execution. The engine reads nothing else.

News is stored as rows of the inbox and sent over the bus; each kind is one tagged struct, so that a
row or a message decodes by itself. Late, repeated and reordered news are ordinary: the engine drops
what no longer fits.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from tiercel.model.execution import Attempt, Breakpoint, Label
from tiercel.model.state import StateType


class _News(msgspec.Struct, frozen=True, tag_field="kind", omit_defaults=True):
    pass


class Created(_News, frozen=True, tag="created"):
    """The execution was created; also sent again when its scheduled start is due."""


class AttemptStarted(_News, frozen=True, tag="attempt_started"):
    """A worker took the job of an attempt and is running it.

    Attributes:
        asks: The job was given out before, and the worker waits for the word that the attempt is
            still open before it runs it again.
    """

    task_run_id: str
    attempt_id: str
    token: int
    worker_id: str
    date: datetime
    asks: bool = False


class AttemptEnded(_News, frozen=True, tag="attempt_ended"):
    """A worker is done with an attempt.

    Attributes:
        state: SUCCESS, WARNING, FAILED or KILLED, before ``allowFailure`` and the like.
        outputs: What the task returned; kept for failed attempts too.
        started: When the worker began, for the case that its AttemptStarted was lost.
        log_file: Internal storage URI when the log went to a file.
        children: Of a WorkingDirectory: the last report of each child, in case one was lost.
        error: Why it failed, cut; None when it did not or said nothing.
    """

    task_run_id: str
    attempt_id: str
    token: int
    worker_id: str
    state: StateType
    started: datetime
    date: datetime
    outputs: dict[str, Any] = {}
    log_file: str | None = None
    children: tuple[ChildReported, ...] = ()
    error: str | None = None


class TimerDue(_News, frozen=True, tag="timer"):
    """A timer of a task run fell due.

    Attributes:
        purpose: ``sleep`` (the waiting task is done), ``retry`` (run it again), later ``pause`` …
        attempts: How many attempts the task run had when the timer was set; another number means it
            is stale.
    """

    task_run_id: str
    purpose: str
    attempts: int


class KillRequested(_News, frozen=True, tag="kill"):
    """End the execution: nothing new starts, running attempts are stopped.

    Attributes:
        spares_children: Let the executions go on that it started.
    """

    spares_children: bool = False


class ChildReported(_News, frozen=True, tag="child_reported"):
    """A worker tells how one task inside a WorkingDirectory stands.

    Attributes:
        task_run_id, attempt_id, token: The WorkingDirectory's, as in :class:`AttemptStarted`.
        child_id: Id of the child's task run, made by the worker.
        task_id: The child.
        attempts: All its tries so far, oldest first; empty for a child that was skipped.
        state: RUNNING, or how the child ended before ``allowFailure`` and the like: SUCCESS,
            WARNING, FAILED, KILLED, SKIPPED.
        created: When the worker took up the child.
    """

    task_run_id: str
    attempt_id: str
    token: int
    child_id: str
    task_id: str
    state: StateType
    created: datetime
    date: datetime
    attempts: tuple[Attempt, ...] = ()
    outputs: dict[str, Any] = {}


class ExecutionStarted(_News, frozen=True, tag="execution_started"):
    """Answer to :class:`~tiercel.engine.effects.StartExecution`: the other execution is created."""

    task_run_id: str
    attempt_id: str
    execution_id: str
    state: StateType = StateType.CREATED


class ExecutionsStarted(_News, frozen=True, tag="executions_started"):
    """Answer to :class:`~tiercel.engine.effects.StartExecutions`: there is one for each batch.

    Attributes:
        count: How many, 0 for an empty file.
        outputs_uri: Where the outputs of the executions are collected, without ``kestra://``.
    """

    task_run_id: str
    attempt_id: str
    count: int
    outputs_uri: str | None = None


class ExecutionRefused(_News, frozen=True, tag="execution_refused"):
    """Answer to :class:`~tiercel.engine.effects.StartExecution`: why it could not be created."""

    task_run_id: str
    attempt_id: str
    message: str


class ExecutionEnded(_News, frozen=True, tag="execution_ended"):
    """An execution that a task run started is over, all that runs after it included.

    Attributes:
        outputs: Its outputs, None when its flow declares none.
        error: Why the outputs could not be had; None when they could.
        batch: Which batch of a ForEachItem it was for, from 0; None for a Subflow.
    """

    task_run_id: str
    attempt_id: str
    execution_id: str
    state: StateType
    outputs: dict[str, Any] | None = None
    error: str | None = None
    batch: int | None = None


class PauseRequested(_News, frozen=True, tag="pause"):
    """Let running attempts end, but start nothing new until the execution is resumed."""


class ResumeRequested(_News, frozen=True, tag="resume"):
    """Go on with a paused execution.

    Attributes:
        task_run_id: Which paused task run; None for the first one, or for an execution paused by
            hand.
        inputs: Typed values of the Pause task's ``onResume`` inputs.
        by: Who resumed it, for the outputs of the Pause task.
    """

    task_run_id: str | None = None
    inputs: dict[str, Any] | None = None
    by: str | None = None


class BreakpointResumed(_News, frozen=True, tag="breakpoint_resumed"):
    """Go on from a breakpoint.

    Attributes:
        breakpoints: Where to stop next; they replace those there are.
    """

    breakpoints: tuple[Breakpoint, ...] = ()


class RestartRequested(_News, frozen=True, tag="restart"):
    """Run what failed again, in the same execution, and what comes behind it."""


class TaskRunStateRequested(_News, frozen=True, tag="task_run_state"):
    """Take a task run for ended in another state, and go on from there."""

    task_run_id: str
    state: StateType


class ExecutionStateRequested(_News, frozen=True, tag="execution_state"):
    """Show an execution that is over in another final state; nothing else changes."""

    state: StateType


class ForceRunRequested(_News, frozen=True, tag="force_run"):
    """Go on at once, whatever the execution waits for: its date, a slot, a resume."""


class UnqueueRequested(_News, frozen=True, tag="unqueue"):
    """A QUEUED execution gets a slot, or is ended: RUNNING, CANCELLED or FAILED."""

    state: StateType = StateType.RUNNING


class LabelsRequested(_News, frozen=True, tag="labels"):
    """Merge labels over those of the execution."""

    labels: tuple[Label, ...]


class SlaDue(_News, frozen=True, tag="sla_due"):
    """The longest duration that an SLA allows is over."""

    sla_id: str


class Continued(_News, frozen=True, tag="continued"):
    """Go on with what a step left so that others get their turn."""


class RunningCounted(_News, frozen=True, tag="running_counted"):
    """Answer to a :class:`~tiercel.engine.effects.CountRunning` ask: how many others run."""

    count: int


class Rendered(_News, frozen=True, tag="rendered"):
    """Answer to a :class:`~tiercel.engine.effects.Render` ask.

    ``error`` is a message, None when it worked.
    """

    task_run_id: str
    purpose: str
    value: Any = None
    error: str | None = None


class InlineEnded(_News, frozen=True, tag="inline_ended"):
    """Answer to a :class:`~tiercel.engine.effects.RunInline` ask.

    Attributes:
        state: SUCCESS, WARNING or FAILED; RUNNING with ``wait_until`` when the task goes on by
            itself then.
        labels: Labels to merge over the execution's.
        variables: Variables to merge over the execution's; the task itself removes dotted ones.
        exit: The execution ends with the task, in this state.
        kills_children: With ``exit`` KILLED: what the execution started is killed too.
        error: Why it failed, cut; None when it did not or said nothing.
        log_file: Where its log is, with ``logToFile``.
    """

    task_run_id: str
    attempt_id: str
    state: StateType
    outputs: dict[str, Any] = {}
    labels: tuple[Label, ...] = ()
    variables: dict[str, Any] | None = None
    wait_until: datetime | None = None
    exit: StateType | None = None
    error: str | None = None
    log_file: str | None = None
    kills_children: bool = False


class OutputsRendered(_News, frozen=True, tag="outputs_rendered"):
    """Answer to :class:`~tiercel.engine.effects.RenderOutputs`: typed outputs, or the error."""

    outputs: dict[str, Any] | None = None
    error: str | None = None


News = (
    Created
    | AttemptStarted
    | AttemptEnded
    | TimerDue
    | ChildReported
    | ExecutionStarted
    | ExecutionsStarted
    | ExecutionRefused
    | ExecutionEnded
    | BreakpointResumed
    | KillRequested
    | Continued
    | ExecutionStateRequested
    | ForceRunRequested
    | LabelsRequested
    | PauseRequested
    | RestartRequested
    | ResumeRequested
    | RunningCounted
    | SlaDue
    | TaskRunStateRequested
    | UnqueueRequested
    | Rendered
    | InlineEnded
    | OutputsRendered
)


class ExecutionNews(msgspec.Struct, frozen=True):
    """News with the execution it is for, as workers send it over the bus."""

    execution_id: str
    news: News
