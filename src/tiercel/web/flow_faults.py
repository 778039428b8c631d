"""Problems of a flow in the words and places that clients of its API know."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tiercel.model.inputs import InputType
from tiercel.model.problems import Problem
from tiercel.services.written import written_tasks

_YAML = "Illegal flow yaml: "
_CONVERSION = "Cannot deserialize value of type"
_TYPE = "Invalid type: "
_PROPERTY = "Unrecognized field "
_FLOW = "io.kestra.core.models.flows"
_PART = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def problems_text(problems: Sequence[Problem], definition: Mapping[str, Any] | None = None) -> str:
    """Return the problems of a flow as one text, as clients show it.

    What keeps a source from being read stands alone; otherwise it is a line ``path: text`` for
    each problem, tasks named by id, and one line for what concerns the flow as a whole.

    Args:
        definition: The flow as plain values, when it can be read.
    """
    known = definition or {}
    unreadable = next((item for item in problems if is_unreadable(item)), None)
    if unreadable is not None:
        if unreadable.message.startswith(_CONVERSION):
            return _YAML + _chained(unreadable, known)
        return unreadable.message
    if problems and all(problem.path.startswith("flow.") for problem in problems):
        return ", ".join(f"{problem.path}: {problem.message}" for problem in problems)
    names = {
        path: str(task["id"])
        for path, task in written_tasks(known)
        if isinstance(task.get("id"), str) and task["id"]
    }
    whole = [problem.message for problem in problems if not problem.path]
    lines = [f"{_named(item.path, names)}: {item.message}\n" for item in problems if item.path]
    if whole:
        lines.append(f": {_whole(', '.join(whole))}\n")
    return "".join(lines)


def faults(
    problems: Sequence[Problem], definition: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return what a check answers of the problems of a source: as one text, and one by one."""
    return {
        "constraints": problems_text(problems, definition),
        "problems": [problem_detail(problem) for problem in problems],
    }


def problem_details(
    problems: Sequence[Problem],
    definition: Mapping[str, Any] | None = None,
    *,
    is_json: bool = False,
) -> list[dict[str, Any]]:
    """Return each problem with its place, and what the reader of the source says of it.

    Args:
        is_json: The flow came as JSON, whose places are written in another way.
    """
    return [
        detail
        for problem in problems
        for detail in _details(problem, definition or {}, is_json=is_json)
    ]


def problem_detail(problem: Problem) -> dict[str, Any]:
    """Return a problem of a flow with its place."""
    detail: dict[str, Any] = {"message": problem.message, "path": problem.path}
    if problem.message.startswith(_YAML):
        detail = {"message": problem.message.removeprefix(_YAML), "path": "yaml"}
    if problem.line:
        detail |= {"line": problem.line, "column": problem.column}
    return {**detail, "hint": problem.hint} if problem.hint else detail


def _details(
    problem: Problem, definition: Mapping[str, Any], *, is_json: bool
) -> Iterator[dict[str, Any]]:
    if not is_unreadable(problem) or problem.message.startswith(_YAML):
        whole = replace(problem, message=_whole(problem.message))
        yield problem_detail(problem if problem.path else whole)
        return
    if problem.message.startswith(_CONVERSION):
        told = replace(problem, message=_chained(problem, definition), path="yaml")
        yield problem_detail(_converted(told) if is_json else told)
        return
    place = _chain(problem.path, definition, is_type=problem.message.startswith(_TYPE))
    told = replace(problem, path=place.replace("->", " > ") if is_json else place)
    yield problem_detail(told)
    if problem.message.startswith(_TYPE):
        name = problem.message.removeprefix(_TYPE)
        reader = replace(
            told,
            message=f"Could not resolve type id '{name}' as a subtype of "
            "`io.kestra.core.models.Plugin`: No plugin registered for the defined type: "
            f"'{name}' (through reference chain: {place})",
            hint="",
        )
        yield problem_detail(_converted(reader) if is_json else reader)


def _converted(problem: Problem) -> Problem:
    told = f"Failed to convert argument [flow] for value [null] due to: {problem.message}"
    return replace(problem, message=told)


def is_unreadable(problem: Problem) -> bool:
    """Whether a source with this problem is not even read as a flow by the original server."""
    return problem.message.startswith((_YAML, _TYPE, _PROPERTY, _CONVERSION))


def _whole(message: str) -> str:
    """Say that it is the flow as a whole that does not hold together."""
    return message if message.startswith(_YAML) else f"Invalid Flow: {message}"


def _chained(problem: Problem, definition: Mapping[str, Any]) -> str:
    place = _chain(problem.path, definition, is_type=False)
    return f"{problem.message} (through reference chain: {place})"


def _named(path: str, names: Mapping[str, str]) -> str:
    """Return ``tasks[0].tasks[1].message`` as ``<id of the task>.message``."""
    for end in range(len(path), 0, -1):
        if path[:end] in names and path[end : end + 1] in (".", ""):
            return f"{names[path[:end]]}{path[end:]}"
    return path


def _chain(path: str, definition: Mapping[str, Any], *, is_type: bool) -> str:
    """Return a place as classes and the properties that lead from one to the next.

    Args:
        is_type: The path is that of a ``type``; the place is that of its object.
    """
    parts = [(index, name) for index, name in _PART.findall(path)]
    if is_type and parts and parts[-1][1] == "type":
        parts.pop()
    steps: list[str] = []
    value: Any = definition
    for index, name in parts:
        if index:
            steps.append(f"java.util.ArrayList[{index}]")
            value = value[int(index)] if _reaches(value, int(index)) else None
        else:
            steps.append(f'{_class(value, steps)}["{name}"]')
            value = value.get(name) if isinstance(value, Mapping) else None
    return "->".join(steps) or f"{_FLOW}.Flow"


def _reaches(value: object, index: int) -> bool:
    return isinstance(value, list) and index < len(value)


def _class(value: object, steps: Sequence[str]) -> str:
    if not steps:
        return f"{_FLOW}.Flow"
    kind = value.get("type") if isinstance(value, Mapping) else None
    if isinstance(kind, str) and kind in InputType.__members__:
        owner = "Output" if steps[0].endswith('["outputs"]') else f"input.{kind.capitalize()}Input"
        return f"{_FLOW}.{owner}"
    return kind if isinstance(kind, str) and "." in kind else "java.util.LinkedHashMap"
