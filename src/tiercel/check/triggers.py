"""Reads triggers, their conditions, and the conditions of listeners."""

from __future__ import annotations

from typing import Any

from tiercel.check.reader import Reader
from tiercel.check.tasks import TaskReader
from tiercel.model.flow import TriggerSpec
from tiercel.model.yaml import Node
from tiercel.plugin.common import TRIGGER_NAMES, CommonTrigger
from tiercel.plugin.faults import Path
from tiercel.plugin.fields import properties_of
from tiercel.plugin.index import Role

_COMMON = frozenset(properties_of(CommonTrigger))
_LITERAL = _COMMON - {"labels", "workerGroup", "description"}


class TriggerReader:
    """Reads the triggers of one flow."""

    def __init__(self, reader: Reader, tasks: TaskReader) -> None:
        self._reader = reader
        self._tasks = tasks

    def read_list(self, node: Node | None, path: Path) -> tuple[TriggerSpec, ...]:
        """Return the triggers of a list; those that can't be read are reported and left out."""
        triggers = []
        for at, item in self._reader.list_of(node, path, "triggers"):
            trigger = self._read(item, at)
            if trigger is not None:
                triggers.append(trigger)
        return tuple(triggers)

    def _read(self, node: Node, path: Path) -> TriggerSpec | None:
        report = self._reader.report
        if not isinstance(node.value, dict):
            report.error(node, path, "must be a trigger", "give it an `id` and a `type`")
            return None
        trigger_id = self._reader.identifier(node, "id", path)
        info = self._tasks.type_of(node, path, Role.TRIGGER, "a trigger")
        common = self._common(node, path)
        conditions = self.conditions(node.value.get("conditions"), (*path, "conditions"))
        if info is None:
            return None
        plugin = self._tasks.load(info, node, path)
        if plugin is None:
            return None
        fitted = self._reader.object(plugin, node, path, ignore=TRIGGER_NAMES)
        own = dict(fitted.values) if fitted is not None else {}
        if info.type_name.endswith(".Webhook"):
            self._refuse_multiple(node, path, conditions)
        if (
            info.type_name.endswith(".trigger.Flow")
            and not conditions
            and not own.get("preconditions")
        ):
            report.warn(
                node,
                path,
                "This flow will be triggered for EVERY execution of EVERY flow on your instance",
                "add `conditions` or `preconditions`",
            )
        return TriggerSpec(
            id=trigger_id,
            type=info.type_name,
            disabled=common.pop("disabled", False),
            properties={**common, **own},
            conditions=conditions,
            line=node.line,
            column=node.column,
        )

    def _common(self, node: Node, path: Path) -> dict[str, Any]:
        own = {key: value for key, value in node.value.items() if key in _COMMON}
        fitted = self._reader.object(
            CommonTrigger, Node(own, node.line, node.column), path, literal=_LITERAL
        )
        return dict(fitted.values) if fitted is not None else {}

    def conditions(self, node: Node | None, path: Path) -> tuple[dict[str, Any], ...]:
        """Return conditions as plain values with canonical types."""
        found = []
        for at, item in self._reader.list_of(node, path, "conditions"):
            if not isinstance(item.value, dict):
                self._reader.report.error(item, at, "must be a condition", "give its `type`")
                continue
            info = self._tasks.type_of(item, at, Role.CONDITION, "a condition")
            if info is None:
                continue
            plugin = self._tasks.load(info, item, at)
            if plugin is None:
                continue
            fitted = self._reader.object(plugin, item, at, ignore=frozenset({"type"}))
            if fitted is not None:
                found.append({"type": info.type_name, **fitted.values})
        return tuple(found)

    def _refuse_multiple(
        self, node: Node, path: Path, conditions: tuple[dict[str, Any], ...]
    ) -> None:
        if any(condition["type"].endswith(".MultipleCondition") for condition in conditions):
            message = "invalid webhook: conditions of type MultipleCondition are not supported"
            self._reader.report.error(node, path, message)
