"""What is refused, in which words and at which place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tiercel.check import parse_flow
from tiercel.model.problems import InvalidFlowError, Problem
from tiercel.plugin.registry import Registry

Refused = Callable[[str], tuple[Problem, ...]]
HEAD = "id: f\nnamespace: company.team\n"
ONE_TASK = HEAD + "tasks:\n  - {id: t, type: core.debug.Return, format: x}\n"
RICH = Path(__file__).parents[2] / "data" / "validation" / "rich_inputs.yaml"


def with_task(text: str) -> str:
    return f"{HEAD}tasks:\n  - id: t\n" + "".join(f"    {x}\n" for x in text.splitlines())


RETURN = "type: core.debug.Return\n"


MISTAKES = [
    ("", "flow: Illegal flow yaml: a flow is a map"),
    ("- a", "flow:1:1: Illegal flow yaml: a flow is a map"),
    ("id: a: b", "flow:1:6: Illegal flow yaml: mapping values are not allowed"),
    (ONE_TASK + "id: g\n", "flow:5:1: id: Duplicate field 'id'"),
    (ONE_TASK + "task: []\n", 'flow:5:1: task: Unrecognized field "task" (class io.kestra'),
    (ONE_TASK.replace("id: f", "id: -f"), "flow:1:5: id: must match"),
    (ONE_TASK.replace("id: f", "id: yes"), 'flow:1:5: id: `yes` is not text (quote it: "yes")'),
    (ONE_TASK.replace("id: f", "id: true"), "flow:1:5: id: `true` is not text"),
    (ONE_TASK.replace("id: f", f"id: {'a' * 101}"), "id: size must be between 1 and 100"),
    (ONE_TASK.replace("id: f", "id: [a]"), "flow:1:5: id: must be text"),
    (ONE_TASK.replace("id: f\n", ""), "id: must not be null"),
    (ONE_TASK.replace("company.team", "Company"), "(for instance `company`)"),
    (HEAD, "tasks: must not be empty"),
    (HEAD + "tasks: []", "flow:3:8: tasks: must not be empty"),
    (HEAD + "tasks: 5", "flow:3:8: tasks: must be a list of tasks"),
    (HEAD + "tasks: [5]", "flow:3:9: tasks[0]: must be a task"),
    (HEAD + "tasks: [{id: t}]", "tasks[0].type: Invalid type: <null>"),
    (HEAD + "tasks: [{id: t, type: 5}]", "tasks[0].type: Invalid type: 5"),
    (HEAD + "tasks: [{type: core.debug.Return}]", "tasks[0].id: must not be null"),
    (with_task("type: core.debug.Retrn"), "(did you mean `io.kestra.plugin.core.debug.Return`"),
    (with_task("type: core.trigger.Schedule"), "it is a trigger, not a task"),
    (with_task(RETURN + "formt: x"), "flow:6:5: tasks[0].formt: Unrecognized field"),
    (with_task(RETURN + "format: [x]"), "flow:6:13: tasks[0].format: must be text, got a list"),
    (with_task("type: core.log.Log"), "flow:4:5: tasks[0].message: must not be null"),
    (with_task("type: core.log.Log\nmessage: m\nlevel: Info"), "(did you mean `INFO`?)"),
    (with_task("type: core.flow.Sleep\nduration: P1Y"), "must be a duration, got `P1Y`"),
    (with_task(RETURN + "disabled: '{{ x }}'"), "tasks[0].disabled: can't be a template"),
    (with_task(RETURN + "timeout: soon"), "tasks[0].timeout: must be a duration, got `soon`"),
    (
        with_task(RETURN + "logLevel: LOUD"),
        "tasks[0].logLevel: Cannot deserialize value of type `org.slf4j.event.Level`",
    ),
    (with_task(RETURN + "retry: {type: never}"), "tasks[0].retry.type: Invalid type: never"),
    (with_task(RETURN + "retry: {type: constant}"), "tasks[0].retry.interval: must not be"),
    (with_task(RETURN + "retry: 5"), "tasks[0].retry: must be a map"),
    (
        with_task(RETURN + "retry: {type: constant, interval: PT5S, maxDuration: PT2S}"),
        "'interval' must be less than 'maxDuration' but is PT5S",
    ),
    (
        with_task(RETURN + "retry: {type: constant, interval: PT5S, maxAttempts: 0}"),
        "tasks[0].retry.maxAttempts: must be greater than or equal to 1",
    ),
    (with_task("type: core.flow.If\nthen: []"), "tasks[0].then: must not be empty"),
    (with_task("type: core.flow.Switch\nvalue: x"), "No task defined, neither cases or"),
    (with_task("type: scripts.shell.Commands\ncommands: ls"), "must be a list, one command"),
    (
        with_task("type: scripts.shell.Commands\ncommands: [a]\ntaskRunner: {type: Docke}"),
        "tasks[0].taskRunner.type: Invalid type: Docke",
    ),
    (
        with_task("type: core.flow.Subflow\nnamespace: company.team\nflowId: f"),
        "Recursive call to flow [company.team.f]",
    ),
    (with_task(RETURN + "format: '{{ a'"), "flow:6:14: tasks[0].format: Unclosed expression"),
    (with_task(RETURN + "format: |\n  one\n  a {{ 1 + }}"), "flow:8:16: tasks[0].format: "),
    (
        ONE_TASK + "  - {id: t, type: core.debug.Return}\n",
        "flow:5:10: Duplicate task id with name [t] (`t` is on lines 4 and 5; rename all but one)",
    ),
    (
        ONE_TASK + "triggers: [{id: x, type: core.trigger.Schedule, cron: '61 * * * *'}]",
        "triggers[0].cron: invalid cron expression '61 * * * *'",
    ),
    (
        ONE_TASK + "triggers: [{id: x, type: core.trigger.Schedule, cron: '* * * * * *'}]",
        "a sixth field needs `withSeconds: true`",
    ),
    (
        ONE_TASK
        + "triggers: [{id: x, type: core.trigger.Schedule, cron: '@daily', timezone: Nowhere}]",
        "timezone '(Nowhere)' is not a valid time-zone ID",
    ),
    (
        ONE_TASK + "triggers: [{id: x, type: core.trigger.Webhook, key: k, conditions: "
        "[{type: core.condition.MultipleCondition, id: m, conditions: "
        "{a: {type: core.condition.Weekend}}}]}]",
        "invalid webhook: conditions of type MultipleCondition are not supported",
    ),
    (ONE_TASK + "triggers: [{id: x, type: core.debug.Return}]", "it is a task, not a trigger"),
    (
        with_task(
            "type: core.flow.WorkingDirectory\ntasks:\n"
            "  - {id: a, type: core.flow.If, then: [{id: b, type: core.debug.Return}]}"
        ),
        "flow:7:9: tasks[0].tasks[0].type: Only runnable tasks are allowed as children",
    ),
    (
        with_task(
            "type: core.flow.WorkingDirectory\ntasks:\n"
            "  - {id: a, type: core.debug.Return, workerGroup: {key: k}}"
        ),
        "tasks[0].tasks[0].workerGroup: Cannot set a Worker Group",
    ),
    (
        with_task(
            "type: core.flow.WorkingDirectory\ntasks:\n"
            "  - {id: a, type: core.debug.Return, workerSelector: {tags: [gpu]}}"
        ),
        "tasks[0].tasks[0].workerSelector: Cannot set a Worker Group",
    ),
    (
        with_task("type: core.debug.Return\nworkerSelector: {tags: []}"),
        "tasks[0].workerSelector.tags: must not be empty",
    ),
    (
        with_task("type: core.debug.Return\nworkerSelector: {tags: [GPU]}"),
        "tasks[0].workerSelector.tags[0]: must match",
    ),
    (
        with_task("type: core.debug.Return\nworkerSelector: {tags: [gpu], fallback: NEVER}"),
        "tasks[0].workerSelector.fallback: ",
    ),
    (
        ONE_TASK
        + "triggers:\n"
        + "".join(
            f"  - {{id: {name}, type: core.trigger.Flow, preconditions: "
            "{id: p, flows: [{namespace: n}]}}\n"
            for name in "ab"
        ),
        "Duplicate preconditions with id [p]",
    ),
    (ONE_TASK + "concurrency: {limit: 0}", "concurrency.limit: must be greater than 0"),
    (ONE_TASK + "concurrency: {limit: '{{ x }}'}", "concurrency.limit: can't be a template"),
    (ONE_TASK + "labels: {a: null}", "Unsupported type for key: a, value: null"),
    (ONE_TASK + "labels: {system.x: 1}", "offending label: system.x=1"),
    (ONE_TASK + "labels: 5", "labels: must be a list of labels, or a map"),
    (ONE_TASK + "labels: [{key: a}]", "labels[0]: must have a `key` and a `value`"),
    (ONE_TASK + "disabled: maybe", "disabled: must be true or false"),
    (ONE_TASK + "variables: [a]", "variables: must be a map"),
    (ONE_TASK + "variables: {a: '{{'}", "variables.a: "),
    (
        ONE_TASK + "outputs: [{id: o, type: TXT, value: x}]",
        "outputs[0].type: Cannot deserialize value of type",
    ),
    (ONE_TASK + "outputs: [{id: o, type: INT}]", "outputs[0].value: must not be null"),
    (
        ONE_TASK + "outputs: [{id: o, type: INT, value: 1}, {id: o, type: INT, value: 1}]",
        "Duplicate output with name [o]",
    ),
    (ONE_TASK + "pluginDefaults: [{type: core}]", "pluginDefaults[0].values: must not be null"),
    (ONE_TASK + "pluginDefaults: [{type: a, values: '{{ x }}'}]", "must be a map, not a templ"),
    (with_task("type: core.flow.Switch\nvalue: x\ncases: {a: true}"), "cases.a: must be a list"),
    (
        ONE_TASK + "pluginDefaults: [{type: core, values: {a: null}}]",
        "Invalid Plugin Default: No value provided for key 'a'",
    ),
    (
        ONE_TASK + "pluginDefaults: [{type: io.kestra.plugin.core.log.Log, values: {levl: INFO}}]",
        "Invalid Plugin Default: No property 'levl' exists in plugin",
    ),
    (
        ONE_TASK + "sla: [{id: s, type: LATE, behavior: FAIL}]",
        "sla[0].type: Cannot deserialize value of type",
    ),
    (ONE_TASK + "checks: [{message: m}]", "checks[0].condition: must not be null"),
    (ONE_TASK + "listeners: [{tasks: []}]", "listeners[0].tasks: must not be empty"),
    (ONE_TASK + "inputs: [{id: a, type: STRNG}]", "(did you mean `STRING`?)"),
    (ONE_TASK + "inputs: [{id: a, type: INT, mn: 1}]", 'Unrecognized field "mn"'),
    (ONE_TASK + "inputs: [{id: a, type: INT, defaults: x}]", 'For input string: "x"'),
    (ONE_TASK + "inputs: [{id: a, type: STRING, validator: '[a'}]", "invalid pattern [[a]"),
    (ONE_TASK + "inputs: [{id: a, type: ARRAY, itemType: ARRAY}]", "cannot be `ARRAY`"),
    (ONE_TASK + "inputs: [{id: a, type: SELECT}]", "`values` or `expression` must be set"),
    (
        ONE_TASK + "inputs: [{id: a, type: INT}, {id: a, type: INT}]",
        "Duplicate input with name [a]",
    ),
    (
        ONE_TASK + "inputs: [{id: a, type: INT, dependsOn: {inputs: [b]}}]",
        "Input with id 'a' depends on a non-existent input 'b'.",
    ),
    (
        ONE_TASK + "inputs: [{id: a, type: INT, dependsOn: {inputs: [b]}},"
        " {id: b, type: INT, dependsOn: {inputs: [a]}}]",
        "Cycle dependency detected for input with id 'a': [a, b]",
    ),
    (
        with_task(
            "type: core.flow.Dag\ntasks:\n"
            "  - {task: {id: a, type: core.debug.Return}, dependsOn: [b]}\n"
            "  - {task: {id: b, type: core.debug.Return}, dependsOn: [a]}"
        ),
        "Cyclic dependency detected: a, b",
    ),
    (
        with_task(
            "type: core.flow.Dag\ntasks: [{task: {id: a, type: core.debug.Return}, dependsOn: [z]}]"
        ),
        "tasks[0]: Not existing task id in dependency: z",
    ),
]


@pytest.mark.parametrize(("source", "shown"), MISTAKES, ids=[shown[:50] for _, shown in MISTAKES])
def test_a_mistake_is_named_at_its_place(refused: Refused, source: str, shown: str) -> None:
    rendered = [problem.render() for problem in refused(source)]
    assert [shown in text for text in rendered].count(True) == 1, rendered


def test_all_mistakes_come_at_once_in_source_order(refused: Refused) -> None:
    source = (
        "id: a b\nnamespace: X\nlabels: {a: null}\ntasks:\n  - {id: t, type: nope}\n"
        "  - {id: u, type: core.log.Log, levl: INFO, timeout: x}\nwrong: 1\n"
    )
    assert [problem.line for problem in refused(source)] == [1, 2, 3, 5, 6, 6, 6, 7]


def test_an_error_names_file_line_column_path_and_hint(refused: Refused) -> None:
    [problem] = refused(with_task(RETURN + "formt: x"))
    assert problem.render("a.yaml") == (
        'a.yaml:6:5: tasks[0].formt: Unrecognized field "formt" (class '
        "io.kestra.plugin.core.debug.Return), not marked as ignorable (did you mean `format`?)"
    )


PHASES = [phase for phase in Phase if phase is not Phase.shrink]

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.sampled_from(["", "x", "{{ x }}", "{{", "PT1S", "a: b", "core.log.Log", "2020-01-01"]),
    st.recursive(
        st.one_of(st.none(), st.text(max_size=3)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=2),
            st.dictionaries(st.sampled_from(["id", "type", "a", "tasks"]), inner, max_size=2),
        ),
        max_leaves=4,
    ),
)


def places(value: object) -> list[tuple[object, object]]:
    """Every (container, key) of a value of lists and maps."""
    found: list[tuple[object, object]] = []
    if isinstance(value, dict):
        found = [(value, key) for key in value]
    elif isinstance(value, list):
        found = [(value, index) for index in range(len(value))]
    for container, key in list(found):
        found += places(container[key])  # type: ignore[index]
    return found


@settings(max_examples=60, deadline=None, phases=PHASES)
@given(st.data())
def test_no_junk_anywhere_gets_past_the_checker(registry: Registry, data: st.DataObject) -> None:
    flow = yaml.safe_load(RICH.read_text())
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(places(flow)))
        container[key] = data.draw(JUNK)  # type: ignore[index]
    try:
        parse_flow(yaml.safe_dump(flow), registry)
    except InvalidFlowError as error:
        assert error.problems  # noqa: PT017  either outcome is right, a crash is not


@settings(max_examples=60, deadline=None, phases=PHASES)
@given(st.data())
def test_no_broken_text_gets_past_the_checker(registry: Registry, data: st.DataObject) -> None:
    source = RICH.read_text()
    start = data.draw(st.integers(0, len(source)))
    length = data.draw(st.integers(0, 30))
    broken = source[:start] + data.draw(st.text(max_size=5)) + source[start + length :]
    try:
        parse_flow(broken, registry)
    except InvalidFlowError as error:
        assert error.problems  # noqa: PT017  either outcome is right, a crash is not
