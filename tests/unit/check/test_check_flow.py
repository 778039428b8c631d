"""Parsing valid flows: what a source turns into."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tiercel.check import ParsedFlow, parse_flow
from tiercel.model.flow import Concurrency, ConcurrencyBehavior, Flow, PluginDefault
from tiercel.model.inputs import IntInput
from tiercel.model.task import LogLevel, Retry, RetryBehavior, TaskKind, WorkerGroup
from tiercel.plugin.registry import Registry

Parse = Callable[[str], ParsedFlow]
HEAD = "id: f\nnamespace: company.team\n"
ONE_TASK = HEAD + "tasks:\n  - {id: t, type: core.debug.Return, format: x}\n"
EXAMPLES = Path(__file__).parents[3] / "examples"


def with_task(text: str) -> str:
    return f"{HEAD}tasks:\n  - id: t\n" + "".join(f"    {x}\n" for x in text.splitlines())


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_examples_are_valid(parse: Parse, path: Path) -> None:
    assert parse(path.read_text()).warnings == ()


def test_ids_types_and_places(parse: Parse) -> None:
    [task] = parse(ONE_TASK).flow.tasks
    assert (task.id, task.type) == ("t", "io.kestra.plugin.core.debug.Return")
    assert (task.kind, task.line, task.column) == (TaskKind.INLINE, 4, 5)
    assert task.properties == {"format": "x"}


def test_a_flow_keeps_source_and_definition(registry: Registry) -> None:
    flow = parse_flow(ONE_TASK, registry, revision=3).flow
    assert (flow.source, flow.revision, flow.definition["id"]) == (ONE_TASK, 3, "f")


def test_common_properties_are_typed(parse: Parse) -> None:
    source = with_task(
        "type: core.debug.Return\ndescription: d\ntimeout: PT90S\ndisabled: true\n"
        "runIf: '{{ x }}'\nallowFailure: true\nallowWarning: true\nlogLevel: WARN\n"
        "logToFile: true\nworkerGroup: {key: '{{ k }}', fallback: FAIL}\n"
        "taskCache: {enabled: true, ttl: PT1H}\nversion: 1.0"
    )
    [task] = parse(source).flow.tasks
    assert (task.description, task.timeout, task.disabled) == ("d", "PT1M30S", True)
    assert (task.run_if, task.allow_failure, task.allow_warning) == ("{{ x }}", True, True)
    assert (task.log_level, task.log_to_file) == (LogLevel.WARN, True)
    assert task.worker_group == WorkerGroup("{{ k }}", "FAIL")


def test_workers_may_be_chosen_by_tags(parse: Parse) -> None:
    source = with_task(
        "type: core.debug.Return\nworkerGroup: {key: k}\n"
        "workerSelector: {tags: [gpu, zone-1], match: ANY, fallback: IGNORE}"
    )
    [task] = parse(source).flow.tasks
    assert task.worker_group == WorkerGroup("", "IGNORE", ("gpu", "zone-1"), "ANY")
    [task] = parse(with_task("type: core.debug.Return\nworkerSelector: {tags: [gpu]}")).flow.tasks
    assert task.worker_group == WorkerGroup("", "FAIL", ("gpu",), "ALL")


def test_a_timeout_may_be_a_template(parse: Parse) -> None:
    [task] = parse(with_task("type: core.debug.Return\ntimeout: '{{ x }}'")).flow.tasks
    assert task.timeout == "{{ x }}"


@pytest.mark.parametrize(
    ("written", "retry"),
    [
        (
            "{type: constant, interval: PT5S, maxAttempt: 3}",
            Retry("constant", interval=timedelta(seconds=5), max_attempts=3),
        ),
        (
            "{type: exponential, interval: PT1S, maxInterval: PT10S, delayFactor: 3,"
            " maxDuration: PT1M, warningOnRetry: true, behavior: CREATE_NEW_EXECUTION}",
            Retry(
                "exponential",
                interval=timedelta(seconds=1),
                max_interval=timedelta(seconds=10),
                delay_factor=3,
                max_duration=timedelta(minutes=1),
                warning_on_retry=True,
                behavior=RetryBehavior.CREATE_NEW_EXECUTION,
            ),
        ),
        (
            "{type: random, minInterval: PT1S, maxInterval: PT2S, maxAttempts: 2}",
            Retry(
                "random",
                min_interval=timedelta(seconds=1),
                max_interval=timedelta(seconds=2),
                max_attempts=2,
            ),
        ),
    ],
)
def test_retries(parse: Parse, written: str, retry: Retry) -> None:
    flow = parse(with_task(f"type: core.debug.Return\nretry: {written}")).flow
    assert flow.tasks[0].retry == retry
    assert parse(f"{ONE_TASK}retry: {written}\n").flow.retry == retry


NESTED = """
id: f
namespace: n
tasks:
  - id: if
    type: core.flow.If
    condition: "{{ true }}"
    then:
      - id: each
        type: core.flow.ForEach
        values: [a, b]
        concurrencyLimit: 0
        tasks:
          - {id: deep, type: core.debug.Return}
        errors:
          - {id: deep_error, type: core.debug.Return}
    else:
      - {id: other, type: core.debug.Return}
    finally:
      - {id: last, type: core.debug.Return}
  - id: switch
    type: core.flow.Switch
    value: "{{ x }}"
    cases:
      a: [{id: case_a, type: core.debug.Return}]
      1: [{id: case_1, type: core.debug.Return}]
    defaults: [{id: no_case, type: core.debug.Return}]
  - id: dag
    type: core.flow.Dag
    tasks:
      - task: {id: first, type: core.debug.Return}
      - task: {id: second, type: core.debug.Return}
        dependsOn: [first]
errors:
  - {id: on_error, type: core.debug.Return}
finally:
  - {id: always, type: core.debug.Return}
afterExecution:
  - {id: after, type: core.debug.Return}
"""


def test_children_stand_by_branch(parse: Parse) -> None:
    flow = parse(NESTED).flow
    if_, switch, dag = flow.tasks
    assert (if_.kind, if_.behavior) == (TaskKind.FLOWABLE, "if")
    assert list(if_.children) == ["then", "else", "finally"]
    assert list(switch.children) == ["cases.a", "cases.1", "defaults"]
    assert list(flow.tasks_by_id["each"].children) == ["tasks", "errors"]
    assert flow.tasks_by_id["deep"].parent == "each"
    assert flow.tasks_by_id["each"].parent == "if"
    assert [task.id for task in dag.children["tasks"]] == ["first", "second"]
    assert dag.properties == {"dependsOn": {"second": ["first"]}}


def test_properties_of_flowables_come_without_children(parse: Parse) -> None:
    each = parse(NESTED).flow.tasks_by_id["each"]
    assert each.properties == {"values": ["a", "b"], "concurrencyLimit": 0}


def test_branches_of_the_flow(parse: Parse) -> None:
    flow = parse(NESTED).flow
    found = [[task.id for task in b] for b in (flow.errors, flow.finally_, flow.after_execution)]
    assert found == [["on_error"], ["always"], ["after"]]


@pytest.mark.parametrize(
    "labels",
    [
        "{team: data, tier: 1, gold: true}",
        "[{key: team, value: data}, {key: tier, value: 1}, {key: gold, value: true}]",
    ],
)
def test_labels_are_a_map_or_a_list(parse: Parse, labels: str) -> None:
    found = parse(f"{ONE_TASK}labels: {labels}\n").flow.labels
    assert [(label.key, label.value) for label in found] == [
        ("team", "data"),
        ("tier", "1"),
        ("gold", "true"),
    ]


def test_a_flow_may_be_read_only(parse: Parse) -> None:
    assert parse(f"{ONE_TASK}labels: {{system.readOnly: true}}\n").flow.labels[0].value == "true"


def test_the_rest_of_a_flow(parse: Parse) -> None:
    flow = parse(
        ONE_TASK
        + "description: d\ndisabled: true\nvariables: {a: '{{ x }}', b: [1]}\n"
        + "inputs: [{id: n, type: INT, min: 1, defaults: '{{ 1 }}'}]\n"
        + "outputs: [{id: o, type: STRING, value: '{{ x }}', required: false}]\n"
        + "concurrency: {limit: 2, behavior: CANCEL}\n"
        + "sla: [{id: s, type: MAX_DURATION, behavior: FAIL, duration: PT1H, labels: {a: b}}]\n"
        + "checks: [{condition: '{{ true }}', message: m}]\n"
    ).flow
    assert (flow.description, flow.disabled) == ("d", True)
    assert flow.variables == {"a": "{{ x }}", "b": [1]}
    assert isinstance(flow.inputs[0], IntInput)
    assert (flow.outputs[0].id, flow.outputs[0].type, flow.outputs[0].required) == (
        "o",
        "STRING",
        False,
    )
    assert flow.concurrency == Concurrency(2, ConcurrencyBehavior.CANCEL)
    assert flow.sla[0]["duration"] == "PT1H"
    assert flow.checks[0]["message"] == "m"


def test_triggers_and_their_conditions(parse: Parse) -> None:
    source = ONE_TASK + (
        "triggers:\n"
        "  - {id: s, type: core.trigger.Schedule, cron: '@daily', disabled: true, labels: {a: b}}\n"
        "  - id: w\n    type: io.kestra.core.models.triggers.types.Webhook\n    key: k\n"
        "    conditions: [{type: core.condition.ExpressionCondition, expression: '{{ x }}'}]\n"
    )
    schedule, webhook = parse(source).flow.triggers
    assert (schedule.disabled, schedule.line) == (True, 6)
    assert schedule.properties == {"cron": "@daily", "labels": {"a": "b"}}
    assert webhook.type == "io.kestra.plugin.core.trigger.Webhook"
    assert webhook.conditions == (
        {"type": "io.kestra.plugin.core.condition.Expression", "expression": "{{ x }}"},
    )


def test_nested_plugins_get_their_canonical_type(parse: Parse) -> None:
    source = with_task(
        "type: scripts.shell.Commands\ncommands: [ls]\ntaskRunner: {type: core.runner.process}"
    )
    [task] = parse(source).flow.tasks
    assert task.properties["taskRunner"] == {"type": "io.kestra.plugin.core.runner.Process"}


def test_pause_reads_its_inputs(parse: Parse) -> None:
    source = with_task("type: core.flow.Pause\nonResume: [{id: ok, type: BOOLEAN}]\ndelay: PT5S")
    [task] = parse(source).flow.tasks
    assert task.properties["onResume"][0].id == "ok"
    assert task.properties["pauseDuration"] == "PT5S"


@pytest.mark.parametrize(
    ("source", "warning"),
    [
        (
            with_task(
                "type: core.flow.Sequential\ntimeout: PT1S\n"
                "tasks: [{id: a, type: core.debug.Return}]"
            ),
            "The task 't' cannot use the 'timeout' property",
        ),
        (
            ONE_TASK + "triggers: [{id: x, type: core.trigger.Flow}]\n",
            "EVERY execution of EVERY flow",
        ),
    ],
)
def test_warnings_do_not_refuse(parse: Parse, source: str, warning: str) -> None:
    assert [warning in problem.message for problem in parse(source).warnings] == [True]


def test_what_should_not_be_used_any_more_is_told(parse: Parse) -> None:
    source = ONE_TASK + (
        "  - {id: e, type: io.kestra.core.tasks.debugs.Echo, format: x}\n"
        "  - id: s\n    type: core.flow.Subflow\n    namespace: n\n    flowId: o\n"
        "    outputs: {a: b}\n    retry: {type: constant, interval: PT1S, maxAttempt: 2}\n"
        "triggers: [{id: t, type: core.trigger.Webhook, key: k, minLogLevel: WARN}]\n"
    )
    parsed = parse(source)
    assert set(parsed.deprecated) == {
        "tasks[1]",
        "tasks[2].outputs",
        "tasks[2].retry.maxAttempt",
        "triggers[0].minLogLevel",
    }
    assert parsed.renamed == (
        "io.kestra.core.tasks.debugs.Echo is replaced by io.kestra.plugin.core.debug.Echo",
    )


LOG = "io.kestra.plugin.core.log.Log"


def level(flow: Flow) -> Any:
    return flow.tasks[0].properties.get("level")


def log_flow(own: str = "", defaults: str = "") -> str:
    return f"{HEAD}tasks:\n  - id: t\n    type: {LOG}\n    message: m\n{own}{defaults}"


def flow_default(value: str, *, forced: bool = False, of: str = LOG) -> str:
    return f"  - {{type: {of}, forced: {str(forced).lower()}, values: {{level: {value}}}}}\n"


OWN = "    level: DEBUG\n"
DEFAULTS = "pluginDefaults:\n"


@pytest.mark.parametrize(
    ("own", "flow_forced", "server_forced", "wins"),
    [
        ("", False, False, "WARN"),
        (OWN, False, False, "DEBUG"),
        (OWN, False, True, "ERROR"),
        (OWN, True, False, "WARN"),
        (OWN, True, True, "WARN"),
        ("", False, True, "ERROR"),
    ],
)
def test_who_wins_among_defaults(
    registry: Registry, own: str, flow_forced: bool, server_forced: bool, wins: str
) -> None:
    source = log_flow(own, DEFAULTS + flow_default("WARN", forced=flow_forced))
    server = [PluginDefault(LOG, {"level": "ERROR"}, forced=server_forced)]
    assert level(parse_flow(source, registry, server_defaults=server).flow) == wins


def test_the_longest_type_wins_and_then_the_first(parse: Parse) -> None:
    source = log_flow(
        "",
        DEFAULTS
        + flow_default("TRACE", of="io.kestra.plugin.core")
        + flow_default("WARN")
        + flow_default("ERROR"),
    )
    assert level(parse(source).flow) == "WARN"


@pytest.mark.parametrize("of", ["io.kestra.core.tasks.log.Log", "io.kestra.plugin.core.l", LOG])
def test_defaults_match_by_prefix_and_alias(parse: Parse, of: str) -> None:
    assert level(parse(log_flow("", DEFAULTS + flow_default("WARN", of=of))).flow) == "WARN"


def test_defaults_reach_an_object_written_with_an_alias(parse: Parse) -> None:
    source = log_flow("", DEFAULTS + flow_default("WARN")).replace(
        f"    type: {LOG}", "    type: io.kestra.core.tasks.log.Log"
    )
    assert level(parse(source).flow) == "WARN"


def test_lists_are_joined_and_maps_merged(parse: Parse) -> None:
    source = with_task("type: scripts.shell.Commands\ncommands: [b]\nenv: {A: own, B: own}") + (
        "pluginDefaults:\n  - type: io.kestra.plugin.scripts\n"
        "    values: {beforeCommands: [x], commands: [a], env: {A: default, C: default}}\n"
    )
    [task] = parse(source.replace("scripts.shell", "io.kestra.plugin.scripts.shell")).flow.tasks
    properties = task.properties
    assert properties["commands"] == ["a", "b"]
    assert properties["beforeCommands"] == ["x"]
    assert properties["env"] == {"A": "own", "B": "own", "C": "default"}


def test_a_default_may_supply_what_is_required(parse: Parse) -> None:
    source = f"{HEAD}tasks: [{{id: t, type: {LOG}}}]\n" + (
        f"pluginDefaults: [{{type: {LOG}, values: {{message: m}}}}]\n"
    )
    assert parse(source).flow.tasks[0].properties == {"message": "m"}


def test_defaults_that_a_type_does_not_know_are_dropped(parse: Parse) -> None:
    defaults = "pluginDefaults: [{type: io.kestra.plugin.core, values: {bucket: b}}]\n"
    assert parse(log_flow("", defaults)).flow.tasks[0].properties == {"message": "m"}


def test_defaults_reach_nested_objects(parse: Parse) -> None:
    source = ONE_TASK + (
        "triggers:\n  - id: f\n    type: core.trigger.Flow\n"
        "    conditions: [{type: io.kestra.plugin.core.condition.ExecutionNamespace}]\n"
        "pluginDefaults: [{type: io.kestra.plugin.core.condition, values: {namespace: n}}]\n"
    )
    assert parse(source).flow.triggers[0].conditions[0]["namespace"] == "n"


def test_the_definition_has_no_defaults_in_it(parse: Parse) -> None:
    flow = parse(log_flow("", DEFAULTS + flow_default("WARN"))).flow
    assert "level" not in flow.definition["tasks"][0]
