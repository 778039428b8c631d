"""Tasks of a flow as they are written: found, shown in part, and replaced."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

TASK_LISTS = ("tasks", "errors", "finally", "afterExecution")
"""Properties of a flow that hold tasks."""

_NAMESPACE = re.compile(r"^namespace[ \t]*:.*$", re.MULTILINE)
_NESTED_LISTS = ("tasks", "then", "else", "defaults", "errors", "finally")
_REDUCED_INPUTS = ("io.kestra.plugin.core.flow.Pause",)


def in_namespace(source: str, namespace: str) -> str:
    """Return the source of a flow with another namespace."""
    return _NAMESPACE.sub(lambda _: f"namespace: {namespace}", source, count=1)


def written_tasks(
    definition: Mapping[str, Any], lists: tuple[str, ...] = TASK_LISTS, path: str = ""
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield path and value of every task of a flow or a flowable, nested ones after their owner.

    Paths are like ``tasks[0].then[1]``.
    """
    for name in lists:
        yield from _of_list(definition.get(name), f"{path}{name}")


def _of_list(items: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for index, item in enumerate(items if isinstance(items, list) else ()):
        at = f"{path}[{index}]"
        if not isinstance(item, Mapping):
            continue
        if isinstance(item.get("task"), Mapping) and "type" not in item:
            yield from _of_task(item["task"], f"{at}.task")
        elif "type" in item:
            yield from _of_task(item, at)


def _of_task(task: Mapping[str, Any], path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield path, task
    for owner, at in _children(task, path):
        yield from _of_list(owner, at)
    if isinstance(task.get("onPause"), Mapping):
        yield from _of_task(task["onPause"], f"{path}.onPause")


def _children(task: Mapping[str, Any], path: str) -> Iterator[tuple[Any, str]]:
    for name in _NESTED_LISTS:
        yield task.get(name), f"{path}.{name}"
    cases = task.get("cases")
    if isinstance(cases, Mapping):
        for key, branch in cases.items():
            yield branch, f"{path}.cases.{key}"


def find_task(definition: Mapping[str, Any], task_id: str) -> Mapping[str, Any] | None:
    """Return a task by its id, at any depth."""
    return next((task for _, task in written_tasks(definition) if task.get("id") == task_id), None)


def replaced_task(
    definition: Mapping[str, Any], old: Mapping[str, Any], task: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a definition with another task in the place of one that is in it."""
    changed: dict[str, Any] = _swapped(definition, old, task)
    return changed


def _swapped(value: Any, old: Any, new: Any) -> Any:
    if value is old:
        return dict(new)
    if isinstance(value, Mapping):
        return {key: _swapped(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [_swapped(item, old, new) for item in value]
    return value


def reduced_task(task: Mapping[str, Any]) -> dict[str, Any]:
    """Return what somebody may know of a task who may run a flow but not read it.

    The tasks of all branches are one list; a Subflow tells which flow it starts.
    """
    shown = {"id": task.get("id"), "type": task.get("type")}
    inner = [
        reduced_task(child)
        for owner, at in _children(task, "")
        if at != ".errors"
        for child in _direct(owner)
    ]
    if inner:
        shown["tasks"] = inner
    if task.get("type") in _REDUCED_INPUTS and isinstance(task.get("onResume"), list):
        shown["inputs"] = task["onResume"]
    if isinstance(task.get("flowId"), str) and isinstance(task.get("namespace"), str):
        shown["subflowId"] = {
            "namespace": task["namespace"],
            "flowId": task["flowId"],
            "revision": task.get("revision"),
        }
    return shown


def _direct(items: Any) -> Iterator[Mapping[str, Any]]:
    for item in items if isinstance(items, list) else ():
        if isinstance(item, Mapping):
            inner = item.get("task")
            yield inner if isinstance(inner, Mapping) and "type" not in item else item


def reduced_list(definition: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the tasks of one list of a flow, reduced."""
    return [reduced_task(task) for task in _direct(definition.get(name))]


def usable_expressions(definition: Mapping[str, Any], task_id: str | None = None) -> list[str]:
    """Return what templates of a flow can read, as paths such as ``inputs.day``.

    Args:
        task_id: Only outputs of tasks that stand before this one; None takes those of all.
    """
    found = [f"flow.{name}" for name in ("id", "namespace", "revision")]
    found += [f"execution.{name}" for name in ("id", "startDate", "state", "originalId")]
    inputs = definition.get("inputs")
    for item in inputs if isinstance(inputs, list) else ():
        found += [f"inputs.{item['id']}"] if isinstance(item, Mapping) and "id" in item else []
    if definition.get("triggers"):
        found.append("trigger")
    for name, root in (("variables", "vars"), ("labels", "labels")):
        values = definition.get(name)
        found += [f"{root}.{key}" for key in values] if isinstance(values, Mapping) else []
    for _, task in written_tasks(definition):
        if task.get("id") == task_id:
            break
        found.append(f"outputs.{task.get('id')}")
    return [*found, "task.id", "taskrun.id", "taskrun.startDate", "taskrun.attemptsCount"]
