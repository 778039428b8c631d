"""Names in templates that nothing in the flow stands behind: warnings, since a run may still know.

Only what the flow itself declares is looked at: inputs, variables and outputs of tasks. Templates
of triggers see another execution, so they are left alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from tiercel.check.reader import Reader
from tiercel.expressions import Reference, Use, inspect
from tiercel.expressions.library import FILTERS, FUNCTIONS, TESTS
from tiercel.model.flow import Flow
from tiercel.model.problems import Problem, Severity
from tiercel.model.yaml import Node
from tiercel.plugin.faults import Path, nearest, path_text

_ROOTS = (
    "inputs",
    "outputs",
    "vars",
    "flow",
    "execution",
    "task",
    "taskrun",
    "tasks",
    "parent",
    "parents",
    "labels",
    "error",
    "trigger",
    "schedule",
    "envs",
    "globals",
    "kestra",
)
_ELSEWHERE = frozenset({"triggers", "listeners", "pluginDefaults", "taskDefaults"})
_TESTS = frozenset(TESTS) | {"defined"}
_GENERATED = ("_split", "_items", "_merge")


def warn_unknown_names(reader: Reader, flow: Flow) -> None:
    """Warn about templates that read an input, variable or output that is not declared."""
    known = _Known(flow)
    for node, path in reader.templates_seen:
        if reader.report.has_enough_warnings:
            return
        if path and path[0] in _ELSEWHERE:
            continue
        found = inspect(node.value)
        for reference in found.variables:
            _warn(reader, node, path, reference, *known.judge(reference, path))
        for what, uses, names in (
            ("filter", found.filters, FILTERS),
            ("function", found.functions, FUNCTIONS),
            ("test", found.tests, _TESTS),
        ):
            for use in uses:
                if use.name not in names:
                    hint = nearest(use.name, names, is_short=False)
                    _warn(reader, node, path, use, f"Unknown {what} `{use.name}`", hint)


def _warn(
    reader: Reader, node: Node, path: Path, place: Reference | Use, message: str, hint: str
) -> None:
    if message:
        line, column = reader.place_in(node, place.line, place.column)
        reader.report.add(Problem(message, path_text(path), line, column, hint, Severity.WARNING))


class _Known:
    """What templates of one flow may read."""

    def __init__(self, flow: Flow) -> None:
        tasks = list(flow.walk())
        self._inputs = {item.id for item in flow.inputs}
        self._outputs = {task.id for task in tasks}
        for task in tasks:
            if task.behavior == "for_each_item":
                self._outputs |= {f"{task.id}{suffix}" for suffix in _GENERATED}
        self._variables = set(flow.variables)
        self._grows = any(task.type.endswith(".SetVariables") for task in tasks)

    def judge(self, reference: Reference, path: Path) -> tuple[str, str]:
        """Return a message and a hint, empty when nothing is wrong with a reference."""
        if reference.is_guarded:
            return "", ""
        root = reference.name
        if root not in _ROOTS:
            # Tasks may add names of their own, so only what looks like a slip is told.
            close = get_close_matches(root, _ROOTS, n=1, cutoff=0.75)
            if not close:
                return "", ""
            return f"Unknown variable `{root}`", f"did you mean `{close[0]}`?"
        if len(reference.path) < 2 or not isinstance(reference.path[1], str):
            return "", ""
        name = reference.path[1]
        if root == "inputs":
            return self._judge_input(reference.path[1:])
        if root == "outputs" and "outputs" not in path[1:]:
            return _missing("task", name, self._outputs, root)
        if root == "vars" and not self._grows:
            return _missing("variable", name, self._variables, root)
        return "", ""

    def _judge_input(self, path: Iterable[str | int]) -> tuple[str, str]:
        """Ids of inputs may have dots, so any beginning of an id, or of the path, will do."""
        parts = [str(part) for part in path]
        for known in self._inputs:
            declared = known.split(".")
            length = min(len(declared), len(parts))
            if declared[:length] == parts[:length]:
                return "", ""
        return _missing("input", parts[0], self._inputs, "inputs")


def _missing(what: str, name: str, known: Iterable[str], root: str) -> tuple[str, str]:
    if name in known:
        return "", ""
    dashed = sorted(word for word in known if word.startswith(f"{name}-"))
    hint = f"write `{root}['{dashed[0]}']`" if dashed else nearest(name, sorted(known))
    return f"The flow has no {what} `{name}`", hint
