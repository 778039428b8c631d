"""Tasks that change or end their own execution: labels, variables, failure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from enum import StrEnum
from typing import Any

from pydantic import Field

from tiercel.expressions import ExpressionError, is_truthy
from tiercel.model.execution import Label
from tiercel.model.state import StateType
from tiercel.model.task import LogLevel
from tiercel.plugin.context import InlineContext
from tiercel.plugin.properties import Text, TextList, ValueMap, as_text
from tiercel.plugin.task import InlineTask, Output, TaskFailedError, Template

_SYSTEM_PREFIX = "system."


class Labels(InlineTask):
    """Set labels of the current execution; those with other keys stay. No outputs.

    ``labels`` is a map, a list of ``{key, value}``, or a text of a JSON map.
    """

    type_name = "io.kestra.plugin.core.execution.Labels"
    behavior = "updates_execution"
    aliases = ("io.kestra.core.tasks.executions.Labels",)
    title = "Add or change labels of the current execution."
    examples = (
        (
            "Label the execution with the file it loads.",
            "id: set_label\ntype: io.kestra.plugin.core.execution.Labels\n"
            'labels:\n  file: "{{ render(vars.file) }}"',
        ),
    )

    labels: Any = Field(
        description=(
            "Labels to set: a map, a list of `key` and `value`, or a text of a JSON map. "
            "Names that begin with `system.` are refused."
        )
    )

    def run(self, context: InlineContext) -> Output | None:
        """Return the labels; of two with one key the last wins."""
        merged = {key: _label(key, value) for key, value in _pairs(self.labels)}
        return Output(labels=tuple(merged.values()))


def _pairs(labels: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(labels, str):
        try:
            labels = json.loads(labels)
        except json.JSONDecodeError as error:
            raise TaskFailedError(f"Labels must be a map; the text is not JSON: {error}") from error
        if not isinstance(labels, dict):
            raise TaskFailedError("Labels given as text must be a JSON map")
    if isinstance(labels, Mapping):
        return labels.items()
    if isinstance(labels, list):
        return [_pair(item) for item in labels]
    raise TaskFailedError(f"Unknown value type: {type(labels).__name__}")


def _pair(item: Any) -> tuple[Any, Any]:
    if not isinstance(item, Mapping) or not {"key", "value"} <= item.keys():
        raise TaskFailedError(f"Each label of a list needs `key` and `value`, got {item!r}")
    return item["key"], item["value"]


def _label(key: Any, value: Any) -> Label:
    name, text = as_text(key), as_text(value)
    if not name or not text:
        raise TaskFailedError(f"A label needs a key and a value, got {key!r}: {value!r}")
    if str(name).startswith(_SYSTEM_PREFIX):
        raise TaskFailedError(
            f"System labels can only be set by Kestra itself, offending label: {name}={text}"
        )
    return Label(str(name), str(text))


class Fail(InlineTask):
    """Fail the execution, always or when ``condition`` is truthy. No outputs."""

    type_name = "io.kestra.plugin.core.execution.Fail"
    aliases = ("io.kestra.core.tasks.executions.Fail",)
    title = "Fail the execution, on a condition or always."
    examples = (
        (
            "Fail when a file is empty.",
            "id: check\ntype: io.kestra.plugin.core.execution.Fail\n"
            'condition: "{{ outputs.size.size == 0 }}"\nerrorMessage: The file is empty',
        ),
    )

    condition: Text | None = Field(
        default=None,
        description=(
            "When the task fails: unless it renders to `false`, `0` or an empty text. Always "
            "when it is left out."
        ),
    )
    error_message: Text = Field(
        default="Task failure", alias="errorMessage", description="Why it failed, for the log."
    )

    def run(self, context: InlineContext) -> Output | None:
        """Raise TaskFailedError unless a condition is given and falsy."""
        if self.condition is None:
            raise TaskFailedError(self.error_message)
        if is_truthy(self.condition):
            context.log(LogLevel.ERROR, self.error_message)
            raise TaskFailedError("Fail on a condition")
        return None


class ExitState(StrEnum):
    """How an execution may be ended by one of its tasks."""

    SUCCESS = "SUCCESS"
    WARNING = "WARNING"
    KILLED = "KILLED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"


class Exit(InlineTask):
    """End the execution at once. No outputs.

    What is open around the task ends in the same state; what runs beside it is waited for, with
    KILLED it is stopped. Nothing new starts. FAILED fails the task, so that ``errors`` run.
    """

    type_name = "io.kestra.plugin.core.execution.Exit"
    title = "End the current execution."
    examples = (
        (
            "End well when there is nothing to do.",
            "id: done\ntype: io.kestra.plugin.core.execution.Exit\n"
            'runIf: "{{ outputs.list.size == 0 }}"\nstate: SUCCESS',
        ),
    )

    state: ExitState = Field(
        default=ExitState.SUCCESS,
        description=(
            "State that the execution ends in: `SUCCESS`, `WARNING`, `KILLED`, `FAILED` or "
            "`CANCELED`."
        ),
    )

    def run(self, context: InlineContext) -> Output | None:
        """Say how the execution ends."""
        if self.state is ExitState.CANCELED:
            return Output(exit=StateType.CANCELLED)
        return Output(exit=StateType(self.state.value))


class Kill(InlineTask):
    """Kill the execution, with ``propagateKill`` also all that it started. No outputs."""

    type_name = "io.kestra.plugin.core.execution.Kill"
    title = "Kill the current execution."

    propagate_kill: bool = Field(
        default=False, description="`true` kills the executions that this one started, too."
    )

    def run(self, context: InlineContext) -> Output | None:
        """Say that the execution is killed."""
        return Output(exit=StateType.KILLED, kills_children=self.propagate_kill)


class Assert(InlineTask):
    """Fail unless all ``conditions`` are truthy; each is rendered by itself. No outputs."""

    type_name = "io.kestra.plugin.core.execution.Assert"
    title = "Check conditions and fail when one does not hold."
    examples = (
        (
            "Check a count.",
            "id: check\ntype: io.kestra.plugin.core.execution.Assert\n"
            'conditions:\n  - "{{ outputs.load.rowCount > 0 }}"\nerrorMessage: Nothing was loaded',
        ),
    )

    conditions: Template = Field(
        description=(
            "Conditions that must all hold, each a template; `false`, `0` and an empty text "
            "do not. A list, or a template of a JSON list."
        )
    )
    error_message: Text | None = Field(
        default=None,
        alias="errorMessage",
        description="What is said after the number of conditions that failed.",
    )

    def run(self, context: InlineContext) -> Output | None:
        """Log each condition that fails, count both kinds, raise when any failed."""
        conditions = self._list(context)
        failed = [text for text in conditions if not _holds(text, context)]
        for text in failed:
            context.log(LogLevel.ERROR, f"Assertion `{text}` failed!")
        context.metric("counter", "success", float(len(conditions) - len(failed)), None)
        context.metric("counter", "failed", float(len(failed)), None)
        if failed:
            suffix = f"\n{self.error_message}" if self.error_message else ""
            raise TaskFailedError(f"{len(failed)} assertion(s) failed!{suffix}")
        return None

    def _list(self, context: InlineContext) -> list[str]:
        conditions = self.conditions
        if isinstance(conditions, str):
            try:
                conditions = json.loads(context.render(conditions))
            except json.JSONDecodeError as error:
                raise TaskFailedError(f"`conditions` must be a list: {error}") from error
        if not isinstance(conditions, list):
            raise TaskFailedError("`conditions` must be a list")
        return [str(as_text(condition)) for condition in conditions]


def _holds(condition: str, context: InlineContext) -> bool:
    try:
        return is_truthy(context.render(condition))
    except ExpressionError as error:
        context.log(LogLevel.WARN, str(error))
        return False


class SetVariables(InlineTask):
    """Merge values into the execution's variables, seen as ``vars`` from then on. No outputs."""

    type_name = "io.kestra.plugin.core.execution.SetVariables"
    behavior = "updates_execution"
    title = "Set or change variables of the current execution."
    examples = (
        (
            "Remember the last file.",
            "id: remember\ntype: io.kestra.plugin.core.execution.SetVariables\n"
            'variables:\n  last: "{{ outputs.extract.uri }}"',
        ),
    )

    variables: ValueMap = Field(
        description=(
            "Variables to set, by name. Maps are merged into those that are there, other "
            "values replace them."
        )
    )
    overwrite: bool = Field(
        default=True, description="`false` fails the task when a variable is there already."
    )

    def run(self, context: InlineContext) -> Output | None:
        """Return the changed variables; nested maps are merged, other values replaced."""
        present = _variables(context)
        taken = [name for name in self.variables if name in present]
        if taken and not self.overwrite:
            raise TaskFailedError(
                "`overwrite` is set to false and the following variables already exist: "
                + ",".join(taken)
            )
        return Output(
            variables={
                name: _merged(present.get(name), value) for name, value in self.variables.items()
            }
        )


class UnsetVariables(InlineTask):
    """Remove variables of the execution by name; a dotted name reaches into a map. No outputs."""

    type_name = "io.kestra.plugin.core.execution.UnsetVariables"
    behavior = "updates_execution"
    title = "Remove variables of the current execution."

    variables: TextList = Field(
        description="Names of the variables to remove. A name with dots reaches into a map."
    )
    ignore_missing: bool = Field(
        default=False,
        alias="ignoreMissing",
        description="`true` accepts that a variable is not there; otherwise the task fails.",
    )

    def run(self, context: InlineContext) -> Output | None:
        """Return the maps that lost a key; a removed top-level name becomes null."""
        changed: dict[str, Any] = {}
        for path in self.variables:
            first, *rest = path.split(".")
            if first not in changed:
                changed[first] = deepcopy(_variables(context).get(first))
            if not self._remove(changed, [first, *rest]) and not self.ignore_missing:
                raise TaskFailedError(
                    f"The variable `{path}` does not exist; `ignoreMissing: true` accepts that"
                )
        return Output(variables=changed)

    @staticmethod
    def _remove(variables: dict[str, Any], path: list[str]) -> bool:
        *parents, last = path
        holder: Any = variables
        for name in parents:
            holder = holder.get(name) if isinstance(holder, dict) else None
        if not isinstance(holder, dict) or holder.get(last) is None:
            return False
        if parents:
            del holder[last]
        else:
            holder[last] = None
        return True


def _variables(context: InlineContext) -> Mapping[str, Any]:
    variables = context.variables.get("vars") or {}
    return variables if isinstance(variables, Mapping) else {}


def _merged(old: Any, new: Any) -> Any:
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        return new
    return {**old, **{key: _merged(old.get(key), value) for key, value in new.items()}}
