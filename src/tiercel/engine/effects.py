"""What the engine asks for and what it wants done. The engine decides, it never does.

``advance`` (engine/advance.py) returns a :class:`Decision`. *Asks* need an answer before the step
can be
committed: the executor carries them out and feeds the answers back as news, in the same
    transaction, until no
ask is left. *Effects* are written with the step (jobs, timers) or done after the commit (signals,
logs).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tiercel.model.execution import Label
from tiercel.model.news import News
from tiercel.model.task import LogLevel


@dataclass(frozen=True, slots=True)
class Render:
    """Ask: render ``template`` in the context of a task run; answered by ``Rendered`` with the
    same purpose.

    Attributes:
        task_run_id: Empty for the execution as a whole.
        purpose: ``runIf``, ``condition`` …: which property it is; unique per task run at one time.
        typed: Keep the type of a lone expression instead of giving text.
    """

    task_run_id: str
    purpose: str
    template: Any
    typed: bool = False


@dataclass(frozen=True, slots=True)
class RunInline:
    """Ask: run an inline task's attempt now; answered by ``InlineEnded``."""

    task_run_id: str
    attempt_id: str


@dataclass(frozen=True, slots=True)
class RenderOutputs:
    """Ask: render and type the flow's outputs; answered by ``OutputsRendered``."""


@dataclass(frozen=True, slots=True)
class CountRunning:
    """Ask: how many other executions of the flow, of any revision, are RUNNING or PAUSED.

    Answered by ``RunningCounted``. Whoever counts holds the flow's row locked until the step is
    committed.
    """


Ask = Render | RunInline | RenderOutputs | CountRunning


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Effect: give the attempt to a worker. The job is stored with the step and published after
    it."""

    task_run_id: str
    attempt_id: str


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Effect: ``news`` arrives at ``due_at``, unless the execution ended before."""

    due_at: datetime
    news: News


@dataclass(frozen=True, slots=True)
class StopAttempt:
    """Effect: tell the worker that runs the attempt to stop it; the job is withdrawn."""

    task_run_id: str
    attempt_id: str


@dataclass(frozen=True, slots=True)
class StartExecution:
    """Effect: create an execution of another flow, in the transaction of this step.

    Answered by ``ExecutionStarted`` or ``ExecutionRefused`` in the inbox, and by
    ``ExecutionEnded`` once it is over.

    Attributes:
        execution_id: The id it gets.
        revision: None for the latest.
        inputs: Rendered; typed and checked by whoever creates it.
        labels: Rendered labels of the task.
        inherit_labels: All labels of this execution go to the new one; else only the ``system.``
            ones.
        schedule_date: Rendered, None for at once.
        outputs: Template of the deprecated ``outputs`` property, for the context of the new
            execution.
        restart_id: An execution started by an earlier attempt: if it FAILED it is restarted
            instead.
    """

    task_run_id: str
    attempt_id: str
    execution_id: str
    namespace: str
    flow_id: str
    revision: int | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    labels: tuple[Label, ...] = ()
    inherit_labels: bool = False
    schedule_date: str | None = None
    outputs: Any = None
    restart_id: str | None = None


@dataclass(frozen=True, slots=True)
class StartExecutions:
    """Effect: create an execution for each batch of a split file, in the transaction of this step.

    Answered by ``ExecutionsStarted`` or ``ExecutionRefused``, and by an ``ExecutionEnded`` with
    its ``batch`` for each.

    Attributes:
        splits: URI of the file that holds one batch URI per line.
        inputs: As written: rendered for each batch with ``taskrun.items`` and
            ``taskrun.iteration``.
        labels, inherit_labels, schedule_date: As in :class:`StartExecution`.
        restart: Executions of an earlier attempt that FAILED are restarted, others of it are kept.
    """

    task_run_id: str
    attempt_id: str
    splits: str
    namespace: str
    flow_id: str
    revision: int | None = None
    inputs: Any = None
    labels: tuple[Label, ...] = ()
    inherit_labels: bool = False
    schedule_date: str | None = None
    restart: bool = False


@dataclass(frozen=True, slots=True)
class StopExecutions:
    """Effect: kill all executions that a task run of this one started."""

    task_run_id: str


@dataclass(frozen=True, slots=True)
class StopExecution:
    """Effect: kill an execution that a task run of this one started; one that does not exist is no
    error."""

    execution_id: str


@dataclass(frozen=True, slots=True)
class StartRetry:
    """Effect: at ``due_at``, run the flow again as a new execution: a replay without task runs.

    Its ``parent_id`` is this execution, its attempt number one more, all else stays. This
    execution is RETRIED.
    """

    due_at: datetime


@dataclass(frozen=True, slots=True)
class WriteLog:
    """Effect: an entry in the execution's log; of a task run, or of the execution when it is
    None."""

    level: LogLevel
    message: str
    task_run_id: str | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """Effect: the execution reached its final state in this step. Given exactly once."""


Effect = (
    Dispatch
    | SetTimer
    | StopAttempt
    | StartExecution
    | StartExecutions
    | StopExecution
    | StopExecutions
    | StartRetry
    | WriteLog
    | Ended
)


@dataclass(slots=True)
class Decision:
    """The outcome of one call of ``advance``.

    Attributes:
        execution_changed: The header (state, labels, outputs …) differs from before.
        changed: Ids of task runs that are new or differ, in order of first change.
        removed: Ids of task runs that are gone (loops, restart).
        asks: To be answered before the step is complete; empty when it is.
        effects: In the order they were decided.
    """

    execution_changed: bool = False
    changed: dict[str, None] = field(default_factory=dict)
    removed: dict[str, None] = field(default_factory=dict)
    asks: list[Ask] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
