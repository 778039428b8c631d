"""Base classes of plugins: a task type is one class with typed properties.

Schema, form, documentation and completion come from the class. Properties are declared with the
type they have *after* rendering; in a flow each may also be a template (``"{{ … }}"``), which is
rendered before the class is built. So ``run`` sees final, validated values. A property that must
be rendered later, by the task itself, is annotated :data:`Template` and arrives as written. Flows
write ``camelCase``: a field ``before_commands`` is the property ``beforeCommands`` unless its alias
says otherwise.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from tiercel.model.errors import TiercelError
from tiercel.model.execution import Label
from tiercel.model.state import StateType
from tiercel.model.task import TaskKind
from tiercel.plugin.context import InlineContext, TaskContext


class AsWritten:
    """Marker for properties that are not rendered before the task is built."""


@dataclass(frozen=True, slots=True)
class TaskBranch:
    """Marker for properties that hold child tasks.

    Attributes:
        shape: ``list``; ``map`` of lists (Switch ``cases``); ``single`` task (Pause ``onPause``);
            ``dag``, a list of ``{task, dependsOn}``.
    """

    shape: Literal["list", "map", "single", "dag"] = "list"


class InputList:
    """Marker for properties that hold a list of inputs (Pause ``onResume``)."""


Template = Annotated[Any, AsWritten()]
"""A property that the task renders itself, when and as often as it needs to."""


class TaskFailedError(TiercelError):
    """A task failed and says why in one sentence; ``outputs`` so far are kept with the attempt."""

    code, http_status = "task_failed", 422

    def __init__(self, message: str, *, outputs: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.outputs = dict(outputs or {})


class Plugin(BaseModel):
    """Anything with a ``type`` in a flow: tasks, triggers, conditions, task runners.

    Class attributes:
        type_name: Canonical name, as flows write it.
        aliases: Other names that mean the same type.
        title: One line: what it is for.
        examples: Complete YAML snippets for the documentation, each with a caption.
        output_types: Outputs by name, each with the type of its value; of triggers what the
            execution sees as ``trigger``. One that a task has nothing for is left out.
        requires: Extra to install (``tiercel[NAME]``) when a package is missing, by import name.
        is_deprecated: Another type should be used instead; flows with it still run.
        not_here: What to use instead of properties that flows of other servers give it, by name.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        populate_by_name=True,
        alias_generator=to_camel,
        defer_build=True,
    )

    type_name: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()
    title: ClassVar[str] = ""
    examples: ClassVar[tuple[tuple[str, str], ...]] = ()
    output_types: ClassVar[Mapping[str, Any]] = {}
    requires: ClassVar[Mapping[str, str]] = {}
    is_deprecated: ClassVar[bool] = False
    not_here: ClassVar[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Output:
    """What a task gives back.

    Attributes:
        values: Outputs by name. Keys whose value is None are left out unless in ``keep_null``.
        keep_null: Names that stay although they are None, e.g. the ``row`` of a query.
        state: A final state other than SUCCESS, e.g. WARNING.
        labels, variables: Merged over the execution's; inline tasks only.
        wait: The task is done after this long, without holding a worker; inline tasks only.
        exit: The execution ends with the task, in this state; inline tasks only.
        kills_children: With ``exit`` KILLED: what the execution started is killed too.
    """

    values: Mapping[str, Any] | None = None
    state: StateType = StateType.SUCCESS
    labels: tuple[Label, ...] = ()
    variables: Mapping[str, Any] | None = None
    wait: timedelta | None = None
    exit: StateType | None = None
    keep_null: frozenset[str] = frozenset()
    kills_children: bool = False

    def stored_values(self) -> dict[str, Any]:
        """Return the outputs as they are kept with the task run."""
        given = self.values or {}
        return {k: v for k, v in given.items() if v is not None or k in self.keep_null}


class Task(Plugin):
    """Base of all task types. Common properties (id, retry …) are no fields: the flow has them."""

    kind: ClassVar[TaskKind]


class InlineTask(Task):
    """A task that only renders: it runs inside the executor's step and must return at once.

    Class attributes:
        behavior: ``updates_execution`` for a task that changes the execution itself: its task run
            shows neither RUNNING nor outputs.
    """

    kind: ClassVar[TaskKind] = TaskKind.INLINE
    behavior: ClassVar[str] = ""

    @abstractmethod
    def run(self, context: InlineContext) -> Output | None:
        """Do the work. Raise TaskFailedError (or any TiercelError) to fail the task run."""


class RunnableTask(Task):
    """A task that runs on a worker.

    ``run`` is a coroutine; blocking work belongs in ``asyncio.to_thread``. It must end soon after
    ``context.is_killed`` turns true: its coroutine is cancelled, so clean up in ``finally``.
    """

    kind: ClassVar[TaskKind] = TaskKind.WORKER

    @abstractmethod
    async def run(self, context: TaskContext) -> Output | None:
        """Do the work. Raise TaskFailedError (or any TiercelError) to fail the task run."""


class FlowableTask(Task):
    """A task that decides which of its children run. The engine knows how, by ``behavior``."""

    kind: ClassVar[TaskKind] = TaskKind.FLOWABLE
    behavior: ClassVar[str]


class Trigger(Plugin):
    """Base of trigger types."""


class PollingTrigger(Trigger):
    """A trigger that finds out by itself, each ``interval``, whether there is something to start.

    It is asked in a process that has the scheduler's role, with the context of a task whose id is
    the trigger's. ``ask`` may be cancelled at any time, as a task is.
    """

    interval: timedelta = Field(
        default=timedelta(seconds=60), description="Time between two looks, such as `PT30S`."
    )

    @abstractmethod
    async def ask(self, context: TaskContext) -> Output | None:
        """Return what the execution sees as ``trigger``; None when there is nothing to start.

        What must not be lost when this process dies, such as a file that is taken away, belongs in
        :meth:`started`. Raise TaskFailedError to say what is wrong.
        """

    async def started(self, context: TaskContext) -> None:
        """Do what is due once the execution that ``ask`` wanted is stored.

        When the process dies before, ``ask`` finds the same once more.
        """


class Condition(Plugin):
    """Base of condition types."""


class Part(Plugin):
    """Base of what tasks are given by its type, besides task runners: a provider, a store."""
