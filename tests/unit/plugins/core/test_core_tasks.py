from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from context import FakeTaskContext, Metric
from tiercel.model.errors import TiercelError
from tiercel.model.execution import Label
from tiercel.model.task import LogLevel
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import InlineTask, Output, TaskFailedError

REGISTRY = Registry.builtin(use_entry_points=False)


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


def run(context: FakeTaskContext, type_name: str, **properties: Any) -> Output:
    task = REGISTRY.build(f"core.{type_name}", properties)
    assert isinstance(task, InlineTask)
    return task.run(context) or Output()


def test_log_writes_one_entry_per_message(context: FakeTaskContext):
    run(context, "log.Log", message=["a", 1, "b\n"], level="WARN")
    run(context, "log.Log", message="")
    assert context.logs == [
        (LogLevel.WARN, "a"),
        (LogLevel.WARN, "1"),
        (LogLevel.WARN, "b\n"),
        (LogLevel.INFO, ""),
    ]


def test_return_gives_text(context: FakeTaskContext):
    assert run(context, "debug.Return", format="x").values == {"value": "x"}
    assert run(context, "debug.Return", format=5).values == {"value": "5"}
    assert context.messages(LogLevel.DEBUG) == ["x", "5"]
    assert context.metrics[0] == Metric("counter", "length", 1.0)
    assert context.metrics[1].name == "duration"


def test_return_without_format_has_no_value(context: FakeTaskContext):
    assert run(context, "debug.Return").values == {"value": None}


def test_echo_is_a_log_entry(context: FakeTaskContext):
    run(context, "debug.Echo", format="x", level="ERROR")
    assert context.logs == [(LogLevel.ERROR, "x")]


def test_sleep_asks_for_a_timer(context: FakeTaskContext):
    output = run(context, "flow.Sleep", duration="PT1M15S")
    assert output.wait == timedelta(seconds=75)
    assert context.logs == [(LogLevel.INFO, "Waiting for PT1M15S")]


def test_output_values_keep_their_shape(context: FakeTaskContext):
    values = {"a": "x", "n": 2, "deep": {"l": [1, "y"]}}
    assert run(context, "output.OutputValues", values=values).values == {"values": values}


@pytest.mark.parametrize(
    "labels",
    [
        {"a": "1", "b": "true"},
        {"a": 1, "b": True},
        [{"key": "a", "value": "0"}, {"key": "b", "value": True}, {"key": "a", "value": 1}],
        '{"a": 1, "b": true}',
    ],
)
def test_labels_in_all_their_forms(context: FakeTaskContext, labels: Any):
    output = run(context, "execution.Labels", labels=labels)
    assert output.labels == (Label("a", "1"), Label("b", "true"))
    assert output.values is None


def test_a_map_as_label_is_json(context: FakeTaskContext):
    output = run(context, "execution.Labels", labels={"a": {"b": 1}})
    assert output.labels == (Label("a", '{"b":1}'),)


@pytest.mark.parametrize(
    "labels", [{"system.x": "1"}, {"a": None}, "[1]", "text", 3, [{"key": "a"}]]
)
def test_labels_that_are_refused(context: FakeTaskContext, labels: Any):
    with pytest.raises(TiercelError):
        run(context, "execution.Labels", labels=labels)


def test_fail_without_condition(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match="Task failure"):
        run(context, "execution.Fail")
    with pytest.raises(TaskFailedError, match="because"):
        run(context, "execution.Fail", errorMessage="because")


def test_fail_on_a_condition_says_both(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match="Fail on a condition"):
        run(context, "execution.Fail", condition="no", errorMessage="because")
    assert context.messages(LogLevel.ERROR) == ["because"]


@pytest.mark.parametrize("condition", ["false", "0", "-0", "", False, 0])
def test_fail_on_a_falsy_condition_goes_on(context: FakeTaskContext, condition: Any):
    run(context, "execution.Fail", condition=condition)
    assert context.logs == []


def test_assert_counts_and_names_what_does_not_hold(context: FakeTaskContext):
    context.variables = {"n": 2}
    conditions = ["{{ n == 2 }}", "{{ n == 3 }}", "{{ missing.field }}"]
    with pytest.raises(TaskFailedError, match=r"2 assertion\(s\) failed!\nwhy"):
        run(context, "execution.Assert", conditions=conditions, errorMessage="why")
    assert context.messages(LogLevel.ERROR) == [
        "Assertion `{{ n == 3 }}` failed!",
        "Assertion `{{ missing.field }}` failed!",
    ]
    assert context.metrics == [Metric("counter", "success", 1.0), Metric("counter", "failed", 2.0)]


def test_assert_passes(context: FakeTaskContext):
    run(context, "execution.Assert", conditions=["{{ 1 == 1 }}", True])
    run(context, "execution.Assert", conditions="{{ [1, 2] }}")
    assert context.messages(LogLevel.ERROR) == []


def test_variables_are_merged_deeply(context: FakeTaskContext):
    context.variables = {"vars": {"a": {"x": 1, "y": 2}, "b": 1}}
    output = run(context, "execution.SetVariables", variables={"a": {"y": 3}, "c": [1]})
    assert output.variables == {"a": {"x": 1, "y": 3}, "c": [1]}


def test_variables_that_exist_may_be_kept(context: FakeTaskContext):
    context.variables = {"vars": {"a": 1, "b": 1}}
    with pytest.raises(TaskFailedError, match="already exist: a,b"):
        run(context, "execution.SetVariables", variables={"a": 2, "b": 2, "c": 3}, overwrite=False)
    output = run(context, "execution.SetVariables", variables={"c": 3}, overwrite=False)
    assert output.variables == {"c": 3}


def test_variables_are_removed_by_path(context: FakeTaskContext):
    context.variables = {"vars": {"a": {"x": 1, "y": 2}, "b": 1}}
    output = run(context, "execution.UnsetVariables", variables=["a.x", "b"])
    assert output.variables == {"a": {"y": 2}, "b": None}
    assert context.variables["vars"]["a"] == {"x": 1, "y": 2}


def test_a_missing_variable_can_be_ignored(context: FakeTaskContext):
    context.variables = {"vars": {}}
    with pytest.raises(TaskFailedError, match="`gone` does not exist"):
        run(context, "execution.UnsetVariables", variables=["gone"])
    run(context, "execution.UnsetVariables", variables=["gone"], ignoreMissing=True)
