"""Warnings about names in templates that the flow does not declare."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tiercel.check import ParsedFlow

Parse = Callable[[str], ParsedFlow]
FLOW = """id: f
namespace: n
inputs:
  - {{id: day, type: DATE}}
  - {{id: nest.inner, type: INT}}
  - {{id: with-dash, type: INT, defaults: 1}}
variables: {{table: t}}
tasks:
  - id: first
    type: core.debug.Return
    format: "{template}"
  - id: items
    type: core.flow.ForEachItem
    items: kestra:///x
    namespace: n
    flowId: child
"""


def warnings(parse: Parse, template: str) -> list[str]:
    return [problem.render() for problem in parse(FLOW.format(template=template)).warnings]


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("{{ inputs.dy }}", "The flow has no input `dy` (did you mean `day`?)"),
        ("{{ inputs.nest.other }}", "The flow has no input `nest`"),
        ("{{ outputs.frist.value }}", "The flow has no task `frist` (did you mean `first`?)"),
        ("{{ outputs['frist'].value }}", "The flow has no task `frist`"),
        ("{{ vars.tabel }}", "The flow has no variable `tabel` (did you mean `table`?)"),
        ("{{ inputs.with-dash }}", "no input `with` (write `inputs['with-dash']`)"),
        ("{{ inptus.day }}", "Unknown variable `inptus` (did you mean `inputs`?)"),
        ("{{ 'a' | uper }}", "Unknown filter `uper` (did you mean `upper`"),
        ("{{ nowe() }}", "Unknown function `nowe` (did you mean `now`?)"),
        ("{{ 1 is emty }}", "Unknown test `emty` (did you mean `empty`?)"),
    ],
)
def test_unknown_names_are_warnings(parse: Parse, template: str, shown: str) -> None:
    [found] = warnings(parse, template)
    assert found.startswith("flow:11:")
    assert "tasks[0].format: " in found
    assert shown in found


@pytest.mark.parametrize(
    "template",
    [
        "{{ inputs.day }} {{ inputs.nest.inner }} {{ inputs['nest'] }} {{ inputs }}",
        "{{ outputs.first.value }} {{ outputs.items_merge.subflowOutputs }}",
        "{{ vars.table }} {{ vars.none ?? 1 }} {{ vars.none | default(1) }}",
        "{{ outputs[inputs.day].value }} {{ workingDir }} {{ response.body }}",
        "{% for item in [1] %}{{ item }}{{ loop.index }}{% endfor %}",
        "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1) }} {{ vars.table is defined }}",
        "{{ taskrun.value }} {{ execution.id }} {{ trigger.date }} {{ labels.a }}",
    ],
)
def test_what_may_exist_gets_no_warning(parse: Parse, template: str) -> None:
    assert warnings(parse, template) == []


def test_a_warning_points_into_the_template(parse: Parse) -> None:
    source = FLOW.format(template="x").replace('"x"', "|\n      one\n      {{ vars.no }}")
    [problem] = parse(source).warnings
    assert (problem.line, problem.column) == (13, 10)


def test_templates_of_triggers_see_other_executions(parse: Parse) -> None:
    source = FLOW.format(template="x") + (
        "triggers:\n  - id: t\n    type: core.trigger.Flow\n    states: [SUCCESS]\n"
        "    conditions: [{type: core.condition.ExecutionFlow, namespace: n, flowId: a}]\n"
        "    inputs: {a: '{{ outputs.up }}'}\n"
    )
    assert parse(source).warnings == ()


def test_variables_that_a_task_sets_are_not_missed(parse: Parse) -> None:
    source = FLOW.format(template="{{ vars.later }}") + (
        "  - {id: set, type: core.execution.SetVariables, variables: {later: 1}}\n"
    )
    assert parse(source).warnings == ()
