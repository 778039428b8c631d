"""Turns the source of a flow into a :class:`~tiercel.model.flow.Flow`, or tells what is wrong."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from tiercel.check.defaults import Defaults
from tiercel.check.inputs import INPUT_ID, read_inputs
from tiercel.check.reader import Reader, plain_map
from tiercel.check.references import warn_unknown_names
from tiercel.check.report import EnoughProblemsError, Report
from tiercel.check.retries import read_retry
from tiercel.check.tasks import TaskReader
from tiercel.check.triggers import TriggerReader
from tiercel.model.execution import Label, merge_labels
from tiercel.model.flow import (
    Concurrency,
    ConcurrencyBehavior,
    Flow,
    FlowOutput,
    PluginDefault,
    TriggerSpec,
)
from tiercel.model.inputs import InputType
from tiercel.model.problems import InvalidFlowError, Problem
from tiercel.model.task import TaskSpec
from tiercel.model.yaml import Node, parse_yaml
from tiercel.plugin.common import Written
from tiercel.plugin.faults import Path, nearest, unrecognized
from tiercel.plugin.fields import properties_of
from tiercel.plugin.labels import LabelMap
from tiercel.plugin.registry import Registry

_FLOW_ID = r"^[a-zA-Z0-9][a-zA-Z0-9._-]*"
_NAMESPACE = r"^[a-z0-9][a-z0-9._-]*"
_SERVERS_OWN = re.compile(r"^(?:revision|deleted):[^\n]*(?:\n|\Z)", re.MULTILINE)
"""Lines at the top level that say what the server knows better: they are not kept."""

_FLOW_CLASS = "io.kestra.core.models.flows.Flow"
_MOST_TEMPLATES = 10_000
_LISTENER = ("description", "conditions", "tasks")
_LISTENER_CLASS = "io.kestra.core.models.listeners.Listener"
_TASK_LISTS = ("tasks", "errors", "finally", "afterExecution")
PROPERTIES = (
    "id",
    "namespace",
    "tenantId",
    "revision",
    "description",
    "labels",
    "inputs",
    "outputs",
    "variables",
    *_TASK_LISTS,
    "listeners",
    "triggers",
    "pluginDefaults",
    "taskDefaults",
    "concurrency",
    "retry",
    "sla",
    "checks",
    "disabled",
    "deleted",
)
"""Everything a flow may have at its top level."""


class _Concurrency(Written):
    limit: Annotated[int, Field(gt=0)]
    behavior: Literal["QUEUE", "CANCEL", "FAIL"] = "QUEUE"


class _Output(Written):
    type: InputType
    value: Any
    description: str | None = None
    display_name: str | None = None
    required: bool = True


class _Sla(Written):
    id: Annotated[str, Field(min_length=1)]
    type: Literal["MAX_DURATION", "EXECUTION_ASSERTION"]
    behavior: Literal["FAIL", "CANCEL", "NONE"]
    labels: LabelMap | None = None


class _MaxDuration(_Sla):
    duration: timedelta


class _Assertion(_Sla):
    assert_: str = Field(alias="assert")


class _Check(Written):
    condition: str
    message: str
    style: Literal["ERROR", "SUCCESS", "WARNING", "INFO"] = "INFO"
    behavior: Literal["BLOCK_EXECUTION", "FAIL_EXECUTION", "CREATE_EXECUTION"] = "BLOCK_EXECUTION"


class _Default(Written):
    type: str
    forced: bool = False
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ParsedFlow:
    """A valid flow, and what its author should know all the same.

    Attributes:
        deprecated: Paths of properties and of objects whose type should not be used any more.
        renamed: One sentence for each type that is written with an older name.
    """

    flow: Flow
    warnings: tuple[Problem, ...] = ()
    deprecated: tuple[str, ...] = ()
    renamed: tuple[str, ...] = ()


def parse_flow(
    source: str,
    registry: Registry,
    *,
    revision: int = 0,
    server_defaults: Sequence[PluginDefault] = (),
) -> ParsedFlow:
    """Return what a source means, with plugin defaults merged and all types resolved.

    Args:
        revision: Of the flow that is returned, 0 for one that is not saved.
        server_defaults: Plugin defaults of the configuration, most important first.

    Raises:
        InvalidFlowError: With the problems of the source, in source order; of more than
            ``MOST_PROBLEMS`` the first that are found.
    """
    if source.count("{{") + source.count("{%") > _MOST_TEMPLATES:
        hint = "read long texts from a file, or split the flow"
        message = f"Illegal flow yaml: more than {_MOST_TEMPLATES} templates"
        raise InvalidFlowError([Problem(message, hint=hint)])
    document = parse_yaml(source)
    root = document.root
    if root is None or not isinstance(root.value, dict):
        hint = "begin with `id: …`"
        place = root.place if root is not None else (0, 0)
        no_map = Problem("Illegal flow yaml: a flow is a map", "", *place, hint)
        raise InvalidFlowError(document.problems or [no_map])
    report = Report()
    flow = None
    with suppress(EnoughProblemsError):  # the report tells of it
        for problem in document.problems:
            report.add(problem)
        parser = _FlowParser(Reader(registry, report, source), root)
        flow = parser.parse(source, revision, server_defaults)
    if report.has_errors or flow is None:
        raise InvalidFlowError(report.errors, root.plain())
    return ParsedFlow(flow, report.warnings, report.deprecated, report.renamed)


class _FlowParser:
    """Parses one source."""

    def __init__(self, reader: Reader, root: Node) -> None:
        self._reader = reader
        self._report = reader.report
        self._root = root
        self._values: dict[str, Node] = root.value
        self._tasks = TaskReader(reader)
        self._triggers = TriggerReader(reader, self._tasks)

    def parse(
        self, source: str, revision: int, server_defaults: Sequence[PluginDefault]
    ) -> Flow | None:
        self._check_properties()
        flow_id = self._reader.identifier(self._root, "id", (), pattern=_FLOW_ID, longest=100)
        namespace = self._reader.identifier(
            self._root, "namespace", (), pattern=_NAMESPACE, longest=150
        )
        definition = self._root.plain()
        plugin_defaults = self._plugin_defaults()
        merged = Defaults(plugin_defaults, server_defaults, self._reader.registry)
        self._values = {
            key: node if key in ("pluginDefaults", "taskDefaults") else merged.apply(node)
            for key, node in self._values.items()
        }
        lists = {name: self._task_list(name) for name in _TASK_LISTS}
        listeners = self._listeners()
        triggers = self._triggers.read_list(self._node("triggers"), ("triggers",))
        values = self._values
        flow = Flow(
            id=flow_id,
            namespace=namespace,
            revision=revision,
            source=_SERVERS_OWN.sub("", source),
            definition=definition,
            tasks=lists["tasks"],
            description=self._reader.text(values, "description", ()),
            disabled=self._reader.boolean(values, "disabled", ()),
            labels=self._labels(),
            inputs=read_inputs(self._reader, self._node("inputs"), ("inputs",)),
            outputs=self._outputs(),
            variables=self._variables(),
            errors=lists["errors"],
            finally_=lists["finally"],
            after_execution=lists["afterExecution"],
            triggers=triggers,
            plugin_defaults=tuple(default for default, _ in plugin_defaults),
            concurrency=self._concurrency(),
            retry=read_retry(self._reader, self._node("retry"), ("retry",)),
            sla=self._sla(),
            checks=self._checks(),
            listeners=listeners,
        )
        self._check_unique(triggers)
        self._check_recursion(flow)
        if not self._report.has_errors:
            warn_unknown_names(self._reader, flow)
        return flow

    def _node(self, name: str) -> Node | None:
        node = self._values.get(name)
        return node if node is not None and node.value is not None else None

    def _check_properties(self) -> None:
        for name, node in self._values.items():
            if name in ("taskDefaults", "listeners"):
                self._report.deprecate((name,))
            if name not in PROPERTIES:
                at = Node(None, node.key_line, node.key_column)
                hint = nearest(name, list(PROPERTIES)) or "remove the property"
                message = unrecognized(name, _FLOW_CLASS)
                self._report.error(at, (name,), message, hint)

    def _task_list(self, name: str) -> tuple[TaskSpec, ...]:
        node = self._node(name)
        if name == "tasks" and (node is None or node.value == []):
            self._report.error(node or self._root, ("tasks",), "must not be empty", "add a task")
        return self._tasks.read_list(node, (name,))

    def _plugin_defaults(self) -> list[tuple[PluginDefault, Node]]:
        found: list[tuple[PluginDefault, Node]] = []
        for name in ("pluginDefaults", "taskDefaults"):
            for at, item in self._reader.list_of(self._node(name), (name,), "plugin defaults"):
                literal = frozenset({"type", "forced"})
                fitted = self._reader.object(_Default, item, at, literal=literal)
                if fitted is None:
                    continue
                values = item.value["values"]
                if not isinstance(values.value, dict):
                    self._report.error(values, (*at, "values"), "must be a map, not a template")
                    continue
                default = PluginDefault(
                    type=fitted.values["type"],
                    values=values.plain(),
                    forced=fitted.values.get("forced", False),
                )
                self._check_default(default, values, (*at, "values"))
                found.append((default, values))
        return found

    def _check_default(self, default: PluginDefault, values: Node, path: Path) -> None:
        known = self._tasks.property_names(default.type)
        for key, child in values.value.items():
            if child.value is None:
                message = f"Invalid Plugin Default: No value provided for key '{key}'"
                self._report.error(child, (*path, key), message)
            if known and key not in known:
                message = (
                    f"Invalid Plugin Default: No property '{key}' exists in plugin '{default.type}'"
                )
                self._report.error(child, (*path, key), message, nearest(key, known))

    def _labels(self) -> tuple[Label, ...]:
        node = self._node("labels")
        if node is None:
            return ()
        labels: list[Label] = []
        for key, value, place, at in _label_pairs(self._reader, node):
            label = Label(key, value)
            if label.is_reserved and key != "system.readOnly":
                self._report.error(place, (), label.refusal)
            if not key or not value:
                what = "value" if key else "key"
                message = f"the {what} of a label must not be empty"
                self._report.error(place, at, message)
            labels.append(label)
        return merge_labels(tuple(labels))

    def _outputs(self) -> tuple[FlowOutput, ...]:
        found: list[FlowOutput] = []
        names: Counter[str] = Counter()
        for at, item in self._reader.list_of(self._node("outputs"), ("outputs",), "outputs"):
            if not isinstance(item.value, dict):
                self._report.error(item, at, "must be an output", "give `id`, `type` and `value`")
                continue
            output_id = self._reader.identifier(item, "id", at, pattern=INPUT_ID)
            names[output_id] += 1
            fitted = self._reader.object(
                _Output,
                item,
                at,
                ignore=frozenset({"id"}),
                literal=frozenset({"type", "required", "displayName"}),
            )
            if fitted is not None:
                values = fitted.values
                found.append(
                    FlowOutput(
                        id=output_id,
                        type=values["type"],
                        value=values["value"],
                        description=values.get("description"),
                        display_name=values.get("displayName"),
                        required=values.get("required", True),
                    )
                )
        self._duplicates(names, "outputs", "Duplicate output with name")
        return tuple(found)

    def _variables(self) -> dict[str, Any]:
        node = self._node("variables")
        if node is None:
            return {}
        if not isinstance(node.value, dict):
            self._report.error(node, ("variables",), "must be a map", "write `name: value`")
            return {}
        self._reader.templates(node, ("variables",))
        return plain_map(node)

    def _concurrency(self) -> Concurrency | None:
        node = self._node("concurrency")
        if node is None:
            return None
        literal = frozenset(properties_of(_Concurrency))
        fitted = self._reader.object(_Concurrency, node, ("concurrency",), literal=literal)
        if fitted is None:
            return None
        behavior = ConcurrencyBehavior(fitted.values.get("behavior", "QUEUE"))
        return Concurrency(fitted.values["limit"], behavior)

    def _sla(self) -> tuple[dict[str, Any], ...]:
        found = []
        for at, item in self._reader.list_of(self._node("sla"), ("sla",), "SLAs"):
            kind = item.value.get("type") if isinstance(item.value, dict) else None
            forms: dict[Any, type[_Sla]] = {
                "MAX_DURATION": _MaxDuration,
                "EXECUTION_ASSERTION": _Assertion,
            }
            name = kind.value if kind is not None and isinstance(kind.value, str) else None
            fitted = self._reader.object(
                forms.get(name, _Sla),
                item,
                at,
                literal=frozenset({"id", "type", "behavior", "duration"}),
            )
            if fitted is not None:
                found.append(fitted.values)
        return tuple(found)

    def _checks(self) -> tuple[dict[str, Any], ...]:
        found = []
        for at, item in self._reader.list_of(self._node("checks"), ("checks",), "checks"):
            fitted = self._reader.object(_Check, item, at, literal=frozenset({"style", "behavior"}))
            if fitted is not None:
                found.append(fitted.values)
        return tuple(found)

    def _listeners(self) -> tuple[dict[str, Any], ...]:
        found = []
        for at, item in self._reader.list_of(self._node("listeners"), ("listeners",), "listeners"):
            if not isinstance(item.value, dict):
                self._report.error(item, at, "must be a listener", "give its `tasks`")
                continue
            for name, child in item.value.items():
                if name not in _LISTENER:
                    message = unrecognized(name, _LISTENER_CLASS)
                    self._report.error(child, (*at, name), message, nearest(name, _LISTENER))
            tasks = self._tasks.read_list(item.value.get("tasks"), (*at, "tasks"))
            if not tasks:
                self._report.error(item, (*at, "tasks"), "must not be empty", "add a task")
            conditions = self._triggers.conditions(
                item.value.get("conditions"), (*at, "conditions")
            )
            description = self._reader.text(item.value, "description", at)
            found.append({"description": description, "conditions": conditions, "tasks": tasks})
        return tuple(found)

    def _duplicates(self, names: Counter[str], path: str, message: str) -> None:
        twice = [name for name, count in names.items() if count > 1 and name]
        if twice:
            node = self._node(path) or self._root
            self._report.error(node, (), f"{message} [{', '.join(twice)}]", "rename one")

    def _check_unique(self, triggers: Sequence[TriggerSpec]) -> None:
        lines: dict[str, list[Node]] = {}
        for task_id, node in self._tasks.ids:
            lines.setdefault(task_id, []).append(node)
        twice = {task_id: nodes for task_id, nodes in lines.items() if len(nodes) > 1}
        if twice:
            told = (
                f"`{task_id}` is on lines {' and '.join(str(node.line) for node in nodes)}"
                for task_id, nodes in twice.items()
            )
            self._report.error(
                next(iter(twice.values()))[1],
                (),
                f"Duplicate task id with name [{', '.join(twice)}]",
                f"{', '.join(told)}; rename all but one",
            )
        names = Counter(trigger.id for trigger in triggers)
        self._duplicates(names, "triggers", "Duplicate trigger id with name")
        windows: Counter[str] = Counter()
        for trigger in triggers:
            preconditions = trigger.properties.get("preconditions")
            if isinstance(preconditions, dict):
                windows[str(preconditions.get("id"))] += 1
        self._duplicates(windows, "triggers", "Duplicate preconditions with id")

    def _check_recursion(self, flow: Flow) -> None:
        for task in flow.walk():
            if task.behavior not in ("subflow", "for_each_item"):
                continue
            target = (task.properties.get("namespace"), task.properties.get("flowId"))
            if target == (flow.namespace, flow.id):
                at = Node(None, task.line, task.column)
                message = f"Recursive call to flow [{flow.namespace}.{flow.id}]"
                self._report.error(at, (), message, "a flow can't start itself")


def _label_pairs(reader: Reader, node: Node) -> Iterable[tuple[str, str, Node, Path]]:
    """Yield key, value, place and path of every label of a map or a list."""
    pairs: list[tuple[str, Node, Path]] = []
    if isinstance(node.value, dict):
        pairs = [(key, child, ("labels", key)) for key, child in node.value.items()]
    else:
        for at, item in reader.list_of(node, ("labels",), "labels, or a map"):
            values = item.value if isinstance(item.value, dict) else {}
            key, value = values.get("key"), values.get("value")
            if key is None or value is None or len(values) != 2:
                reader.report.error(item, at, "must have a `key` and a `value`")
                continue
            pairs.append((str(key.text or key.value), value, at))
    for key, child, at in pairs:
        if child.value is None or isinstance(child.value, (dict, list)):
            shown = "null" if child.value is None else "a map or list"
            message = f"Unsupported type for key: {key}, value: {shown}"
            reader.report.error(replace(child), at, message, "write a text, number or boolean")
            continue
        yield key, child.text if child.text is not None else str(child.value), child, at
