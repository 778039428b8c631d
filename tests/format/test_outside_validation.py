"""Flows that are refused: on creation, on update and by the check, in the same words."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from api_kit import NAMESPACE, YAML, Api
from format_kit import CORE, Task, fail, log, par, ret, seq, task

pytestmark = pytest.mark.asyncio(loop_scope="session")
STATUS = {"type": f"{CORE}condition.ExecutionStatus", "in": ["SUCCESS"]}
WHOLE = ": Invalid Flow: "


def trigger(kind: str, **more: Any) -> Task:
    return task(f"trigger.{kind}", "t", **more)


def when(**more: Any) -> dict[str, Any]:
    """Return triggers of which one waits for other flows."""
    return {"triggers": [trigger("Flow", preconditions={"id": "p", **more})]}


def window(kind: str, **more: Any) -> dict[str, Any]:
    return when(flows=[{"namespace": "n"}], timeWindow={"type": kind, **more})


def where(**filtered: Any) -> dict[str, Any]:
    return when(where=[{"id": "w", "filters": [{"field": "FLOW_ID", **filtered}]}])


def tasks(*items: Any) -> dict[str, Any]:
    return {"tasks": list(items)}


def one_input(**more: Any) -> dict[str, Any]:
    return {"inputs": [{"id": "a", **more}]}


def depends(**inputs: str) -> dict[str, Any]:
    return {
        "inputs": [
            {"id": key, "type": "INT", "dependsOn": {"inputs": [other]}}
            for key, other in inputs.items()
        ]
    }


def default(**more: Any) -> dict[str, Any]:
    return {"pluginDefaults": [{"type": f"{CORE}log.Log", **more}]}


HOOK = trigger("Webhook", key="k")
SWITCH = "No task defined, neither cases or default have any tasks"
MANY = trigger(
    "Webhook",
    key="k",
    conditions=[
        {
            "type": f"{CORE}condition.MultipleCondition",
            "id": "m",
            "conditions": {"one": STATUS},
        }
    ],
)
REFUSED: list[tuple[dict[str, Any], str]] = [
    (tasks(ret("a"), ret("a")), f"{WHOLE}Duplicate task id with name [a]"),
    (
        tasks(ret("a"), ret("b"), seq("s", ret("b"), ret("a"))),
        "Duplicate task id with name [a, b]",
    ),
    (tasks(seq("a", ret("a"))), "Duplicate task id with name [a]"),
    ({"errors": [log("x")], **tasks(ret("x"))}, "Duplicate task id with name [x]"),
    (
        tasks(seq("s", ret("x"), errors=[log("h")]), par("p", log("h"))),
        "Duplicate task id with name [h]",
    ),
    ({"triggers": [HOOK, HOOK]}, f"{WHOLE}Duplicate trigger id with name [t]"),
    (
        {"inputs": [{"id": "a", "type": "INT"}, {"id": "a", "type": "STRING"}]},
        f"{WHOLE}Duplicate input with name [a]",
    ),
    (
        {"outputs": [{"id": "o", "type": "INT", "value": "1"}] * 2},
        f"{WHOLE}Duplicate output with name [o]",
    ),
    ({"tasks": []}, "tasks: must not be empty\n"),
    ({"tasks": None}, "tasks: must not be empty\n"),
    (tasks(seq("s")), "s.tasks: must not be empty\n"),
    (tasks(par("p")), "p.tasks: must not be empty\n"),
    (tasks({**log("a"), "message": None}), "a.message: must not be null\n"),
    (tasks(task("debug.Unknown", "a")), f"Invalid type: {CORE}debug.Unknown"),
    (tasks(seq("s", task("log.Nope", "a"))), f"Invalid type: {CORE}log.Nope"),
    (tasks(trigger("Webhook", key="k")), f"Invalid type: {CORE}trigger.Webhook"),
    ({"triggers": [ret("a")]}, f"Invalid type: {CORE}debug.Return"),
    (
        {"foo": 1},
        'Unrecognized field "foo" (class io.kestra.core.models.flows.Flow), not marked as',
    ),
    (
        tasks(ret("a", foo=1)),
        f'Unrecognized field "foo" (class {CORE}debug.Return), not marked as ignorable',
    ),
    (
        one_input(type="INT", foo=1),
        'Unrecognized field "foo" (class io.kestra.core.models.flows.input.IntInput)',
    ),
    (
        tasks(log("a", level="WRONG")),
        "Illegal flow yaml: Cannot deserialize value of type `org.slf4j.event.Level` from "
        'String "WRONG": not one of the values accepted for Enum class: ',
    ),
    (tasks(ret("a b")), 'a b.id: must match "^[a-zA-Z0-9][a-zA-Z0-9_-]*"\n'),
    (
        tasks(task("flow.Subflow", "s", namespace=NAMESPACE, flowId="{id}")),
        f"{WHOLE}Recursive call to flow [{NAMESPACE}.{{id}}]",
    ),
    (
        {"labels": {"system.x": "y"}},
        f"{WHOLE}System labels can only be set by Kestra itself, offending label: system.x=y",
    ),
    ({"labels": {"a": {"b": 1}}}, "Unsupported type for key: a, value: "),
    (
        tasks(task("flow.Subflow", "s", namespace="n", flowId="f", labels={"system.x": "y"})),
        "offending label: system.x=y",
    ),
    (depends(a="b", b="a"), "Cycle dependency detected for input with id 'a': [a, b]"),
    (depends(a="z"), f"{WHOLE}Input with id 'a' depends on a non-existent input 'z'."),
    (one_input(type="NOPE"), "Invalid type: NOPE"),
    (one_input(), "Invalid type: null"),
    (one_input(type="ARRAY", itemType="ARRAY"), "`itemType` cannot be `ARRAY`"),
    (one_input(type="FILE", defaults="x"), "no 'defaults' can be set for inputs of type 'FILE'"),
    (one_input(type="STRING", validator="[a"), "invalid pattern [[a]"),
    ({"outputs": [{"id": "o", "type": "INT"}]}, "outputs[0].value: must not be null\n"),
    (tasks(task("flow.Dag", "d", tasks=[])), "d: No task defined\n"),
    (
        tasks(task("flow.Dag", "d", tasks=[{"task": ret("a"), "dependsOn": ["z"]}])),
        "d: Not existing task id in dependency: z\n",
    ),
    (
        tasks(
            task(
                "flow.Dag",
                "d",
                tasks=[
                    {"task": ret("a"), "dependsOn": ["b"]},
                    {"task": ret("b"), "dependsOn": ["a"]},
                ],
            )
        ),
        "d: Cyclic dependency detected: a, b\n",
    ),
    (tasks(task("flow.Switch", "s", value="x")), f"s: {SWITCH}\n"),
    (tasks(task("flow.Switch", "s", value="x", cases={"a": []})), f"s: {SWITCH}\n"),
    (
        tasks(task("flow.WorkingDirectory", "w", tasks=[])),
        "w: The 'tasks' property cannot be empty\n",
    ),
    (
        tasks(task("flow.WorkingDirectory", "w", tasks=[seq("s", ret("a"))])),
        "Only runnable tasks are allowed as children of a WorkingDirectory task",
    ),
    (
        tasks(task("flow.WorkingDirectory", "w", tasks=[ret("a", workerGroup={"key": "g"})])),
        "Cannot set a Worker Group in any WorkingDirectory sub-tasks",
    ),
    (
        tasks(fail("a", retry={"type": "constant", "interval": "PT9S", "maxDuration": "PT5S"})),
        "'interval' must be less than 'maxDuration' but is PT9S",
    ),
    (
        tasks(fail("a", retry={"type": "exponential", "interval": "PT9S", "maxInterval": "PT5S"})),
        "'interval' must be less than 'maxInterval' but is PT9S",
    ),
    (
        tasks(fail("a", retry={"type": "random", "minInterval": "PT9S", "maxInterval": "PT5S"})),
        "'minInterval' must be less than 'maxInterval' but is PT9S",
    ),
    (tasks(fail("a", retry={"type": "often"})), "Invalid type: often"),
    (
        {"triggers": [trigger("Schedule", cron="not a cron")]},
        "invalid cron expression 'not a cron': Cron expression contains 3 parts but we expect one",
    ),
    (
        {"triggers": [trigger("Schedule", cron="70 * * * *")]},
        "invalid cron expression '70 * * * *'",
    ),
    ({"triggers": [trigger("Schedule")]}, "cron: must not be null\n"),
    (
        {"triggers": [trigger("Schedule", cron="* * * * *", timezone="Nope/X")]},
        "timezone '(Nope/X)' is not a valid time-zone ID",
    ),
    ({"triggers": [trigger("Webhook")]}, "key: must not be null\n"),
    ({"triggers": [trigger("Webhook", key="k" * 257)]}, "key: size must be between 0 and 256\n"),
    (
        {"triggers": [MANY]},
        "invalid webhook: conditions of type MultipleCondition are not supported",
    ),
    (window("DAILY_TIME_DEADLINE"), "of type 'DAILY_TIME_DEADLINE' must have a deadline"),
    (
        window("SLIDING_WINDOW", deadline="09:00:00"),
        "Time window of type 'SLIDING_WINDOW' cannot have a deadline",
    ),
    (
        window("DAILY_TIME_WINDOW", startTime="09:00:00"),
        "Time window of type 'DAILY_TIME_WINDOW' must have a endTime",
    ),
    (where(type="EQUAL_TO"), "'value' cannot be null for type EQUAL_TO"),
    (where(type="IN", value="x"), "'values' cannot be null for type IN"),
    (where(type="NOT_IN", values=["x"], value="x"), "'value' must be null for type NOT_IN"),
    (where(type="EQUAL_TO", value="x", values=["x"]), "'values' must be null for type EQUAL_TO"),
    (default(), "values: must not be null\n"),
    (default(values={"level": None}), "Invalid Plugin Default: No value provided for key 'level'"),
    (
        default(values={"nope": 1}),
        f"Invalid Plugin Default: No property 'nope' exists in plugin '{CORE}log.Log'",
    ),
    ({"concurrency": {"limit": 0}}, "concurrency.limit: must be greater than 0\n"),
    ({"concurrency": {}}, "concurrency.limit: must not be null\n"),
    ({"sla": [{"id": "s", "type": "MAX_DURATION", "behavior": "FAIL"}]}, "duration: must not be"),
    ({"namespace": "Bad Name"}, 'namespace: must match "^[a-z0-9][a-z0-9._-]*"\n'),
    ({"id": "bad id!"}, 'id: must match "^[a-zA-Z0-9][a-zA-Z0-9._-]*"\n'),
    ({"id": "a" * 101}, "id: size must be between 1 and 100\n"),
]


NAMES = [f"{number}-{words[:40]}" for number, (_, words) in enumerate(REFUSED)]


@pytest.mark.parametrize(("wrong", "words"), REFUSED, ids=NAMES)
async def test_a_bad_flow_is_refused_everywhere(api: Api, wrong: dict[str, Any], words: str):
    flow = {"id": api.fresh_id(), "namespace": NAMESPACE, "tasks": [ret("a")]}
    good = yaml.safe_dump(flow)
    bad = yaml.safe_dump({**flow, **wrong}, sort_keys=False).replace("{id}", str(flow["id"]))
    words = words.replace("{id}", str(flow["id"]))
    refusal = await api.call("POST", "/flows", 422, content=bad, headers=YAML)
    assert words in refusal["message"]
    assert refusal["_embedded"]["errors"]
    [checked] = await api.call("POST", "/flows/validate", content=bad, headers=YAML)
    assert f"Invalid entity: {checked['constraints']}" == refusal["message"]
    await api.call("GET", f"/flows/{NAMESPACE}/{flow['id']}", 404)
    if {"id", "namespace"} & wrong.keys():
        return
    await api.load(good)
    path = f"/flows/{NAMESPACE}/{flow['id']}"
    again = await api.call("PUT", path, 422, content=bad, headers=YAML)
    assert again["message"] == refusal["message"]
    assert (await api.call("GET", path))["revision"] == 1


@pytest.mark.parametrize("word", ["pause", "kill", "search", "labels", "executions", "by-ids"])
async def test_a_flow_may_have_any_word_as_its_id(api: Api, word: str):
    flow = await api.save([ret("a")], word, inputs=[{"id": "n", "type": "INT", "defaults": 1}])
    done = await api.wait(await api.start(flow))
    also = await api.wait(await api.start(flow, inputs={"n": 2}))
    assert [item["inputs"] for item in (done, also)] == [{"n": 1}, {"n": 2}]
    assert [item["flowId"] for item in (done, also)] == [word, word]


async def test_an_update_can_not_rename(api: Api):
    flow = await api.save([ret("a")])
    path = f"/flows/{flow['namespace']}/{flow['id']}"
    other = yaml.safe_dump({"id": "other", "namespace": "else.where", "tasks": [ret("a")]})
    refusal = await api.call("PUT", path, 422, content=other, headers=YAML)
    assert refusal["message"] == (
        "Invalid entity: flow.id: Illegal flow id update, flow.namespace: Illegal namespace update"
    )
    places = [item["path"] for item in refusal["_embedded"]["errors"]]
    assert places == ["flow.id", "flow.namespace"]


async def test_several_faults_are_told_together(api: Api):
    hourly = trigger("Schedule", cron="x")
    flow = {"id": "bad flow!", "namespace": NAMESPACE, "tasks": [ret("a"), ret("a")]}
    bad = yaml.safe_dump({**flow, "triggers": [hourly]}, sort_keys=False)
    [checked] = await api.call("POST", "/flows/validate", content=bad, headers=YAML)
    lines = checked["constraints"].splitlines()
    assert [line.partition(":")[0] for line in lines] == ["id", "triggers[0].cron", ""]
    assert checked["flow"] == "bad flow!"
