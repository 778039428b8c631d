"""A flow, parsed and resolved: what one revision of a source means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tiercel.model.execution import Label
from tiercel.model.task import Retry, TaskSpec

if TYPE_CHECKING:
    from tiercel.model.inputs import Input


class ConcurrencyBehavior(StrEnum):
    """What happens to an execution that finds no free slot."""

    QUEUE = "QUEUE"
    CANCEL = "CANCEL"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Concurrency:
    """How many executions of a flow may run at once, over all revisions."""

    limit: int
    behavior: ConcurrencyBehavior = ConcurrencyBehavior.QUEUE


@dataclass(frozen=True, slots=True)
class FlowOutput:
    """A declared output: ``value`` is rendered when the execution ends, then typed."""

    id: str
    type: str
    value: Any
    description: str | None = None
    display_name: str | None = None
    required: bool = True


@dataclass(frozen=True, slots=True)
class TriggerSpec:
    """One trigger of a flow: common properties, and the type's own ones as written."""

    id: str
    type: str
    disabled: bool = False
    properties: Mapping[str, Any] = field(default_factory=dict)
    conditions: tuple[Mapping[str, Any], ...] = ()
    line: int = 0
    column: int = 0

    def says(self, name: str) -> bool:
        """Whether a property of its own is true, be it written as a boolean or as text."""
        return str(self.properties.get(name)).lower() == "true"


@dataclass(frozen=True, slots=True)
class PluginDefault:
    """Values given to every object whose type starts with ``type``."""

    type: str
    values: Mapping[str, Any]
    forced: bool = False


@dataclass(frozen=True)
class Flow:
    """One revision of a flow.

    Attributes:
        revision: From 1; 0 for a flow that was not saved.
        source: The text as it was submitted, comments kept.
        definition: The source as plain values, as the API shows it, without plugin defaults.
        variables: Unrendered; shown to templates as ``vars``.
        templates: Revision of each stored template whose tasks are part of it, by
            ``namespace.id``.
    """

    id: str
    namespace: str
    revision: int
    source: str
    definition: Mapping[str, Any]
    tasks: tuple[TaskSpec, ...]
    description: str | None = None
    disabled: bool = False
    labels: tuple[Label, ...] = ()
    inputs: tuple[Input, ...] = ()
    outputs: tuple[FlowOutput, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    errors: tuple[TaskSpec, ...] = ()
    finally_: tuple[TaskSpec, ...] = ()
    after_execution: tuple[TaskSpec, ...] = ()
    triggers: tuple[TriggerSpec, ...] = ()
    plugin_defaults: tuple[PluginDefault, ...] = ()
    concurrency: Concurrency | None = None
    retry: Retry | None = None
    sla: tuple[Mapping[str, Any], ...] = ()
    checks: tuple[Mapping[str, Any], ...] = ()
    listeners: tuple[Mapping[str, Any], ...] = ()
    templates: Mapping[str, int] = field(default_factory=dict)

    def walk(self) -> Iterator[TaskSpec]:
        """Yield every task at any depth, in source order."""
        for branch in (self.tasks, self.errors, self.finally_, self.after_execution):
            for task in branch:
                yield from task.walk()

    def trigger(self, trigger_id: str) -> TriggerSpec | None:
        """Return a trigger by its id; None when the flow has no such trigger."""
        return next((spec for spec in self.triggers if spec.id == trigger_id), None)

    @cached_property
    def tasks_by_id(self) -> Mapping[str, TaskSpec]:
        """Every task at any depth by its id; ids are unique over a flow."""
        return {task.id: task for task in self.walk()}

    @cached_property
    def subflow_ids(self) -> tuple[str, ...]:
        """Tasks that run other flows."""
        return tuple(task.id for task in self.walk() if task.behavior == "subflow")

    @cached_property
    def holding_ids(self) -> tuple[str, ...]:
        """Tasks whose outputs may hold encrypted values: of other flows, or made so."""
        made = (task.id for task in self.walk() if task.properties.get("encryptBody"))
        return (*self.subflow_ids, *made)

    @cached_property
    def named_templates(self) -> Mapping[str, tuple[str, str]]:
        """Namespace and id of each stored template that its tasks name, by ``namespace.id``."""
        pairs = [
            (str(task.properties.get("namespace")), str(task.properties.get("templateId")))
            for task in self.walk()
            if task.behavior == "template"
        ]
        return {
            f"{namespace}.{template_id}": (namespace, template_id)
            for namespace, template_id in pairs
        }
