"""Puts the tasks of stored templates into the flows that name them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tiercel.check import parse_flow
from tiercel.engine.flowables.template import PROBLEM
from tiercel.engine.plan import TEMPLATE
from tiercel.model.problems import InvalidFlowError

if TYPE_CHECKING:
    from tiercel.model.flow import Flow
    from tiercel.model.task import TaskSpec
    from tiercel.plugin.registry import Registry
    from tiercel.store import Store

_KEPT = 200


class TemplateTasks:
    """Gives flows with the tasks of their templates; what was made once is kept."""

    def __init__(self, store: Store, registry: Registry) -> None:
        self._store = store
        self._registry = registry
        self._parsed: OrderedDict[tuple[str, int], Flow | str] = OrderedDict()
        self._flows: OrderedDict[tuple[Any, ...], Flow] = OrderedDict()

    async def applied(self, flow: Flow, revisions: Mapping[str, int]) -> Flow:
        """Return the flow with the tasks of its templates; as it is when it names none.

        Args:
            revisions: Those to take, by ``namespace.id``; of all others the one in force.
        """
        if not flow.named_templates:
            return flow
        wanted = dict(flow.named_templates)
        found: dict[str, Flow | str] = {}
        taken: dict[str, int] = {}
        while wanted:
            name, (namespace, template_id) = wanted.popitem()
            stored = await self._store.templates.get(
                namespace, template_id, revisions.get(name) or None
            )
            if stored is None:
                continue
            taken[name] = stored.revision
            template = found[name] = self._parse(name, stored.revision, stored.source)
            if not isinstance(template, str):
                more = template.named_templates
                wanted |= {key: value for key, value in more.items() if key not in found}
        key = (flow.namespace, flow.id, flow.revision, *sorted(taken.items()))
        known = self._flows.get(key)
        if known is None:
            known = self._flows[key] = replace(_Filled(flow, found).flow(), templates=taken)
        _keep_recent(self._flows, key)
        return known

    def _parse(self, name: str, revision: int, source: str) -> Flow | str:
        key = (name, revision)
        if key not in self._parsed:
            try:
                self._parsed[key] = parse_flow(source, self._registry).flow
            except InvalidFlowError as error:
                self._parsed[key] = f"Template '{name}' is not valid: {error.message}"
        _keep_recent(self._parsed, key)
        return self._parsed[key]


def _keep_recent(cache: OrderedDict[Any, Any], key: Any) -> None:
    cache.move_to_end(key)
    while len(cache) > _KEPT:
        cache.popitem(last=False)


def _template_of(task: TaskSpec) -> tuple[str, str]:
    return str(task.properties.get("namespace")), str(task.properties.get("templateId"))


class _Filled:
    """One flow, with the templates it names."""

    def __init__(self, flow: Flow, found: Mapping[str, Flow | str]) -> None:
        self._flow = flow
        self._found = found
        self._owners: dict[str, str] = {task.id: "" for task in flow.walk()}
        for name, template in found.items():
            if not isinstance(template, str):
                for task in template.walk():
                    self._owners.setdefault(task.id, name)

    def flow(self) -> Flow:
        flow = self._flow
        return replace(
            flow,
            tasks=self._all(flow.tasks),
            errors=self._all(flow.errors),
            finally_=self._all(flow.finally_),
            after_execution=self._all(flow.after_execution),
        )

    def _all(self, tasks: Iterable[TaskSpec], trail: tuple[str, ...] = ()) -> tuple[TaskSpec, ...]:
        return tuple(self._task(task, trail) for task in tasks)

    def _task(self, task: TaskSpec, trail: tuple[str, ...]) -> TaskSpec:
        children = {name: self._all(tasks, trail) for name, tasks in task.children.items()}
        if task.behavior != TEMPLATE:
            return replace(task, children=children) if children else task
        name = ".".join(_template_of(task))
        template = self._found.get(name)
        if template is None:
            return replace(task, children=children)
        problem = template if isinstance(template, str) else self._problem(name, template, trail)
        if problem is not None or isinstance(template, str):
            return replace(task, properties={**task.properties, PROBLEM: problem})
        inner = (*trail, name)
        children["tasks"] = self._inside(task.id, template.tasks, inner)
        errors = self._inside(task.id, template.errors, inner)
        if errors or "errors" in children:
            children["errors"] = (*errors, *children.get("errors", ()))
        return replace(task, children=children)

    def _problem(self, name: str, template: Flow, trail: tuple[str, ...]) -> str | None:
        if name in trail:
            return f"Template '{name}' runs itself"
        twice = [task.id for task in template.walk() if self._owners[task.id] != name]
        if twice:
            return f"Duplicate task id with name [{', '.join(twice)}]: template '{name}' has it too"
        return None

    def _inside(
        self, parent: str, tasks: Iterable[TaskSpec], trail: tuple[str, ...]
    ) -> tuple[TaskSpec, ...]:
        """Return tasks of a template as children; their lines are not those of the flow."""
        return tuple(replace(_unplaced(task), parent=parent) for task in self._all(tasks, trail))


def _unplaced(task: TaskSpec) -> TaskSpec:
    children = {
        name: tuple(_unplaced(child) for child in tasks) for name, tasks in task.children.items()
    }
    return replace(task, places={}, line=0, column=0, children=children)
