"""Reads tasks at any depth into :class:`~tiercel.model.task.TaskSpec`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tiercel.check.cycles import find_cycle
from tiercel.check.inputs import read_inputs
from tiercel.check.reader import Reader
from tiercel.check.retries import read_retry
from tiercel.engine.flowables.for_each_item import generated_tasks
from tiercel.model.durations import to_duration
from tiercel.model.errors import TiercelError
from tiercel.model.task import LogLevel, TaskCache, TaskKind, TaskSpec, WorkerGroup
from tiercel.model.yaml import Node
from tiercel.plugin.common import CommonTask, common_names
from tiercel.plugin.faults import Path, nearest, unrecognized
from tiercel.plugin.fields import Property, properties_of
from tiercel.plugin.index import Role
from tiercel.plugin.registry import PluginUnavailableError
from tiercel.plugin.scalars import kind_of, text_of

if TYPE_CHECKING:
    from tiercel.plugin.registry import TypeInfo
    from tiercel.plugin.task import Plugin


_COMMON = frozenset(properties_of(CommonTask))
_TEMPLATED = frozenset({"timeout", "runIf", "workerGroup", "assets", "description"})
_SELECTOR = "workerSelector"
_DAG_ITEM = ("task", "dependsOn")
_DAG_CLASS = "io.kestra.plugin.core.flow.Dag$DagTask"
_WORKERS_ONLY = ("timeout", "taskCache", "workerGroup", _SELECTOR)


class TaskReader:
    """Reads task lists; every task and id it meets is kept for the rules over the whole flow."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._report = reader.report
        self.ids: list[tuple[str, Node]] = []

    def read_list(
        self, node: Node | None, path: Path, parent: str | None = None
    ) -> tuple[TaskSpec, ...]:
        """Return the tasks of a list; those that can't be read are reported and left out."""
        tasks = []
        for at, item in self._reader.list_of(node, path, "tasks"):
            task = self.read(item, at, parent)
            if task is not None:
                tasks.append(task)
        return tuple(tasks)

    def read(
        self, node: Node, path: Path, parent: str | None = None, *, is_lenient: bool = False
    ) -> TaskSpec | None:
        """Return one task, None when it can't be read at all.

        Args:
            is_lenient: A bad id is a warning.
        """
        if not isinstance(node.value, dict):
            self._report.error(node, path, "must be a task", "give it an `id` and a `type`")
            return None
        values = node.value
        task_id = self._reader.identifier(node, "id", path, is_warning=is_lenient)
        if task_id:
            self.ids.append((task_id, values["id"]))
        info = self.type_of(node, path, Role.TASK, "a task")
        retry = read_retry(self._reader, values.get("retry"), (*path, "retry"))
        seen = len(self._reader.templates_seen)
        common = self._common(node, path)
        if info is None:
            self._unknown_children(node, path)
            return None
        plugin = self.load(info, node, path)
        if plugin is None:
            return None
        ignore = common_names(Role.TASK, is_flowable=info.kind is TaskKind.FLOWABLE)
        fitted = self._reader.object(plugin, node, path, ignore=ignore)
        places = self._reader.places_since(seen, path)
        properties = dict(fitted.values) if fitted is not None else {}
        children = self._children(node, path, task_id, plugin, properties)
        if info.kind is TaskKind.FLOWABLE:
            for branch in ("errors", "finally"):
                if values.get(branch) is not None and values[branch].value is not None:
                    children[branch] = self.read_list(values[branch], (*path, branch), task_id)
            self._warn_unused(task_id, info, values, path)
            if info.behavior == "working_directory":
                self._check_directory(children.get("tasks", ()), path)
        spec = TaskSpec(
            id=task_id,
            type=info.type_name,
            kind=info.kind or TaskKind.WORKER,
            behavior=info.behavior,
            properties=properties,
            retry=retry,
            children=children,
            parent=parent,
            places=places,
            line=node.line,
            column=node.column,
            **common,
        )
        if info.behavior == "for_each_item":
            # it stands for three tasks that nobody writes
            return replace(spec, children={**children, "tasks": generated_tasks(spec)})
        return spec

    def type_of(self, node: Node, path: Path, role: Role, what: str) -> TypeInfo | None:
        """Return what the ``type`` of an object means, if it may stand here."""
        kind = node.value.get("type")
        at = (*path, "type")
        if kind is None or kind.value is None:
            self._report.error(kind or node, at, "Invalid type: <null>", "give its `type`")
            return None
        if not isinstance(kind.value, str):
            shown = kind_of(kind.value) if kind.text is None else kind.text
            self._report.error(kind, at, f"Invalid type: {shown}", "write the name of a type")
            return None
        registry = self._reader.registry
        info = registry.find(kind.value)
        if info is None:
            hint = registry.nearest(kind.value)
            self._report.error(kind, at, f"Invalid type: {kind.value}", hint)
            return None
        if info.role is not role:
            message = f"Invalid type: {kind.value}"
            self._report.error(kind, at, message, f"it is a {info.role}, not {what}")
            return None
        if kind.value in info.aliases:
            self._report.rename(kind.value, info.type_name)
        return info

    def property_names(self, type_name: str) -> frozenset[str]:
        """Return all properties of a type; none when no single type has that name."""
        info = self._reader.registry.find(type_name)
        if info is None:
            return frozenset()
        try:
            own = properties_of(self._reader.registry.load(info.type_name))
        except PluginUnavailableError:
            # Whoever uses the type is told so; defaults for it do no harm.
            return frozenset()
        is_flowable = info.kind is TaskKind.FLOWABLE
        return frozenset(own) | common_names(info.role, is_flowable=is_flowable)

    def load(self, info: TypeInfo, node: Node, path: Path) -> type[Plugin] | None:
        """Return the class of a type, None when it can't be imported, which is reported."""
        try:
            plugin = self._reader.registry.load(info.type_name)
        except TiercelError as error:
            self._report.error(node.value["type"], (*path, "type"), error.message, error.hint)
            return None
        if plugin.is_deprecated:
            self._report.deprecate(path)
        return plugin

    def _common(self, node: Node, path: Path) -> dict[str, Any]:
        own = {key: value for key, value in node.value.items() if key in _COMMON}
        if not own:
            return {}
        fitted = self._reader.object(
            CommonTask,
            Node(own, node.line, node.column),
            path,
            literal=_COMMON - _TEMPLATED,
        )
        if fitted is None:
            return {}
        if "assets" in own:
            self._report.warn(own["assets"], (*path, "assets"), "`assets` has no effect")
        return _fields(fitted.values)

    def _unknown_children(self, node: Node, path: Path) -> None:
        """Look for problems in what seem to be child tasks of a task whose type is unknown."""
        for key, child in node.value.items():
            if isinstance(child.value, list) and key in {
                "tasks",
                "then",
                "else",
                "errors",
                "finally",
                "defaults",
            }:
                self.read_list(child, (*path, key))

    def _children(
        self,
        node: Node,
        path: Path,
        task_id: str,
        plugin: type[Plugin],
        properties: dict[str, Any],
    ) -> dict[str, tuple[TaskSpec, ...]]:
        children: dict[str, tuple[TaskSpec, ...]] = {}
        for name, item in properties_of(plugin).items():
            value = node.value.get(name)
            if value is None or value.value is None:
                continue
            at = (*path, name)
            if item.is_inputs:
                properties[item.name] = read_inputs(self._reader, value, at, is_lenient=True)
            elif item.branch is not None:
                properties.pop(item.name, None)
                children |= self._branch(item, value, at, task_id, properties)
        return children

    def _branch(
        self,
        item: Property,
        value: Node,
        path: Path,
        task_id: str,
        properties: dict[str, Any],
    ) -> dict[str, tuple[TaskSpec, ...]]:
        shape = item.branch.shape if item.branch is not None else "list"
        if shape == "map":
            if not isinstance(value.value, dict):
                self._report.error(value, path, "must be a map of task lists")
                return {}
            return {
                f"{item.name}.{key}": self.read_list(child, (*path, key), task_id)
                for key, child in value.value.items()
            }
        if shape == "single":
            task = self.read(value, path, task_id)
            return {item.name: (task,)} if task is not None else {}
        if shape == "dag":
            return {item.name: self._dag(value, path, task_id, properties)}
        return {item.name: self.read_list(value, path, task_id)}

    def _dag(
        self, node: Node, path: Path, task_id: str, properties: dict[str, Any]
    ) -> tuple[TaskSpec, ...]:
        """Read ``{task, dependsOn}`` items; the dependencies become a property by task id."""
        tasks: list[TaskSpec] = []
        wanted: dict[str, list[tuple[str, Node, Path]]] = {}
        for at, item in self._reader.list_of(node, path, "tasks"):
            if not isinstance(item.value, dict) or item.value.get("task") is None:
                self._report.error(item, at, "must have a `task`", "write `task:` and below it one")
                continue
            for key, child in item.value.items():
                if key not in _DAG_ITEM:
                    message = unrecognized(key, _DAG_CLASS)
                    self._report.error(child, (*at, key), message, "put it below `task`")
            task = self.read(item.value["task"], (*at, "task"), task_id, is_lenient=True)
            depends = item.value.get("dependsOn")
            names = [
                (text_of(child), child, place)
                for place, child in self._ids(depends, (*at, "dependsOn"))
            ]
            if task is not None:
                tasks.append(task)
                wanted[task.id] = names
        self._check_dag(wanted, node, path)
        properties["dependsOn"] = {
            key: [name for name, _, _ in names] for key, names in wanted.items() if names
        }
        return tuple(tasks)

    def _ids(self, node: Node | None, path: Path) -> list[tuple[Path, Node]]:
        """Return the ids of a list; what can't be one is reported and left out."""
        found = []
        for at, item in self._reader.list_of(node, path, "ids"):
            if item.value is None or isinstance(item.value, (dict, list)):
                self._report.error(item, at, "must be text", "write the id of a task")
                continue
            found.append((at, item))
        return found

    def _check_dag(
        self, wanted: Mapping[str, list[tuple[str, Node, Path]]], node: Node, path: Path
    ) -> None:
        for names in wanted.values():
            for name, child, _ in names:
                if name not in wanted:
                    message = f"Not existing task id in dependency: {name}"
                    self._report.error(child, path[:-1], message, nearest(name, wanted))
        graph = {key: [name for name, _, _ in names] for key, names in wanted.items()}
        cycle = find_cycle(graph)
        if cycle:
            message = f"Cyclic dependency detected: {', '.join(cycle)}"
            self._report.error(node, path[:-1], message)

    def _check_directory(self, tasks: tuple[TaskSpec, ...], path: Path) -> None:
        """Tasks that share a folder run on one worker, so they can't decide about others."""
        for index, task in enumerate(tasks):
            at = (*path, "tasks", index)
            node = Node(None, task.line, task.column)
            if task.kind is TaskKind.FLOWABLE:
                message = "Only runnable tasks are allowed as children of a WorkingDirectory task"
                self._report.error(node, (*at, "type"), message, "put it outside")
            if task.worker_group is not None:
                self._report.error(
                    node,
                    (*at, _SELECTOR if task.worker_group.tags else "workerGroup"),
                    "Cannot set a Worker Group in any WorkingDirectory sub-tasks, it is only "
                    "supported at the WorkingDirectory level",
                )

    def _warn_unused(
        self, task_id: str, info: TypeInfo, values: Mapping[str, Node], path: Path
    ) -> None:
        for name in _WORKERS_ONLY:
            node = values.get(name)
            if node is None or (name == "timeout" and info.behavior == "pause"):
                continue
            self._report.warn(
                node,
                (*path, name),
                f"The task '{task_id}' cannot use the '{name}' property "
                "as it's only relevant for runnable tasks.",
            )


def _worker_group(values: Mapping[str, Any]) -> WorkerGroup | None:
    selector, group = values.get(_SELECTOR), values.get("workerGroup")
    if selector is not None:
        how = {"fallback": "FAIL", **selector, "tags": tuple(selector["tags"])}
        return WorkerGroup("", **how)
    return WorkerGroup(**group) if group is not None else None


def _fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return common properties as arguments of TaskSpec."""
    level = values.get("logLevel")
    cache = values.get("taskCache") or {"enabled": False}
    ttl = cache.get("ttl")
    return {
        "description": values.get("description"),
        "timeout": values.get("timeout"),
        "disabled": values.get("disabled", False),
        "run_if": values.get("runIf", "true"),
        "allow_failure": values.get("allowFailure", False),
        "allow_warning": values.get("allowWarning", False),
        "log_level": LogLevel(level) if level is not None else None,
        "log_to_file": values.get("logToFile", False),
        "worker_group": _worker_group(values),
        "task_cache": TaskCache(to_duration(ttl) if ttl is not None else None)
        if cache.get("enabled", True)
        else None,
    }
