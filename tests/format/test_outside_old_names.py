"""Deprecated things that still run, seen through the API: old types, listeners, old spellings."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from api_kit import NAMESPACE, Api, Json, history, named, run_of, runs, seen, state
from format_kit import each, fail, ret, seq

pytestmark = pytest.mark.asyncio(loop_scope="session")

OLD = "io.kestra.core.tasks."
FLOW = "io.kestra.plugin.core.flow."
OLD_CONDITION = "io.kestra.core.models.conditions.types."
CONDITION = "io.kestra.plugin.core.condition."


def old(kind: str, task_id: str = "t", **more: Any) -> Json:
    """Return a task by the end of its former type."""
    return {"id": task_id, "type": OLD + kind, **more}


def status(*states: str, kind: str = f"{CONDITION}ExecutionStatus") -> Json:
    """Return a condition on the state of an execution."""
    return {"type": kind, "in": list(states)}


async def test_old_type_names_run(api: Api):
    tasks = [
        old("log.Log", "log", message="m"),
        old("debugs.Return", "return", format="x"),
        old("debugs.Echo", "echo", format="x", level="WARN"),
        old("executions.Fail", "fail", condition="false"),
        old("executions.Labels", "labels", labels={"k": "v"}),
        old("storages.LocalFiles", "files", inputs={"a.txt": "b"}),
        old("flows.Sequential", "seq", tasks=[ret("a"), ret("b")]),
        old("flows.Parallel", "par", tasks=[ret("c")]),
        old("flows.Dag", "dag", tasks=[{"task": ret("d")}]),
        old("flows.If", "if", condition="true", then=[ret("e")]),
        old("flows.Switch", "switch", value="x", cases={"x": [ret("f")]}),
        old("flows.EachSequential", "es", value='["1", "2"]', tasks=[ret("g")]),
        old("flows.EachParallel", "ep", value=["1", "2"], tasks=[ret("h")]),
        old("flows.AllowFailure", "allow", tasks=[ret("i")]),
        old("flows.Pause", "pause", delay="PT0.05S"),
        old("flows.Worker", "worker", tasks=[ret("j")]),
        old("flows.WorkingDirectory", "folder", tasks=[ret("k")]),
        {**old("", "wait", condition="true", tasks=[ret("l")]), "type": f"{FLOW}WaitFor"},
    ]
    done = await api.run(*tasks)
    shown = "log return echo fail labels files seq a b par c dag d if e switch f es g g ep h h"
    wanted = f"{shown} allow i pause worker j folder k wait l"
    assert " ".join(run["taskId"] for run in runs(done)) == wanted
    assert {state(run) for run in runs(done)} == {"SUCCESS"}


async def test_an_old_subflow_runs(api: Api):
    child = await api.save([ret("c")])
    done = await api.run(old("flows.Flow", namespace=NAMESPACE, flowId=child["id"], wait=True))
    assert (seen(done), run_of(done, "t")["outputs"]["state"]) == (["t SUCCESS"], "SUCCESS")


async def test_old_names_are_hinted_at_when_a_flow_is_checked(api: Api):
    source = f"id: x\nnamespace: {NAMESPACE}\ntasks: [{{id: t, type: {OLD}log.Log, message: m}}]"
    reply = await api.http.post(
        "/api/v1/flows/validate", content=source, headers={"content-type": "application/x-yaml"}
    )
    (found,) = reply.json()
    assert "constraints" not in found
    assert any("io.kestra.plugin.core.log.Log" in text for text in found["infos"])


async def listened(api: Api, *tasks: Json, listeners: list[Json], **more: Any) -> Json:
    """Return an execution once its listeners have run."""
    done = await api.run(*tasks, listeners=listeners, **more)
    async with asyncio.timeout(60):
        while any(state(run) in ("CREATED", "RUNNING") for run in runs(done)):
            done = await api.get(done)
    return done


CONDITIONS: list[tuple[Json, bool]] = [
    (status("SUCCESS"), True),
    (status("FAILED", "WARNING"), False),
    (status("SUCCESS", kind=f"{OLD_CONDITION}ExecutionStatusCondition"), True),
    (status("FAILED", kind=f"{CONDITION}ExecutionStatusCondition"), False),
    ({"type": f"{CONDITION}Expression", "expression": "{{ outputs.a.value == 'x' }}"}, True),
    ({"type": f"{OLD_CONDITION}VariableCondition", "expression": "{{ 1 == 2 }}"}, False),
    ({"type": f"{CONDITION}ExecutionFlow", "namespace": "other", "flowId": "f"}, False),
    ({"type": f"{CONDITION}ExecutionNamespace", "namespace": NAMESPACE}, True),
    ({"type": f"{CONDITION}Not", "conditions": [status("FAILED")]}, True),
]


async def test_listeners_have_conditions(api: Api):
    listeners = [
        {"conditions": [condition], "tasks": [ret(f"l{number}")]}
        for number, (condition, _) in enumerate(CONDITIONS)
    ]
    done = await listened(api, ret("a"), listeners=listeners)
    fitting = [f"l{number} SUCCESS" for number, (_, fits) in enumerate(CONDITIONS) if fits]
    assert seen(done) == ["a SUCCESS", *fitting]


async def test_listeners_run_after_the_end_without_changing_it(api: Api):
    first = {"conditions": [status("SUCCESS")], "tasks": [fail("f"), ret("l1")]}
    second = {"description": "always", "tasks": [ret("l2", "{{ outputs.a.value }}")]}
    done = await listened(api, ret("a"), listeners=[first, second])
    assert seen(done) == ["a SUCCESS", "f FAILED", "l1 SUCCESS", "l2 SUCCESS"]
    assert (state(done), history(done)) == ("SUCCESS", "CRS")
    assert run_of(done, "l2")["outputs"] == {"value": "x"}


async def test_listeners_hold_flowables_and_follow_errors(api: Api):
    inner = seq("s", ret("b"), each("e", [1, 2], ret("c")))
    listener = {"conditions": [status("FAILED")], "tasks": [inner]}
    done = await listened(api, fail("f"), listeners=[listener], errors=[ret("err")])
    assert [named(run) for run in runs(done)] == ["f", "err", "s", "b", "e", "c[1]", "c[2]"]
    assert (state(done), history(done)) == ("FAILED", "CRF")


async def test_all_conditions_of_a_listener_must_hold(api: Api):
    both = {"conditions": [status("SUCCESS"), status("FAILED")], "tasks": [ret("no")]}
    done = await listened(api, ret("a"), listeners=[both, {"tasks": [ret("yes")]}])
    assert seen(done) == ["a SUCCESS", "yes SUCCESS"]


@pytest.mark.parametrize("kind", ["io.kestra.plugin.core.debug.Return", f"{OLD}debugs.Return"])
async def test_task_defaults_are_plugin_defaults(api: Api, kind):
    bare = {"id": "r", "type": "io.kestra.plugin.core.debug.Return"}
    defaults = [{"type": kind, "values": {"format": "given to {{ task.id }}"}}]
    done = await api.run(bare, seq("s", ret("own", "mine")), taskDefaults=defaults)
    assert run_of(done, "r")["outputs"] == {"value": "given to r"}
    assert run_of(done, "own")["outputs"] == {"value": "mine"}


async def test_an_input_may_be_called_by_its_name(api: Api):
    inputs = [{"name": "old", "type": "STRING"}, {"name": "two", "type": "INT", "defaults": 2}]
    flow = await api.save([ret("r", "{{ inputs.old }} {{ inputs.two }}")], inputs=inputs)
    done = await api.wait(await api.start(flow, inputs={"old": "v"}))
    assert (done["inputs"], run_of(done, "r")["outputs"]) == (
        {"old": "v", "two": 2},
        {"value": "v 2"},
    )


async def test_an_enum_and_options_are_still_inputs(api: Api):
    inputs = [
        {"id": "e", "type": "ENUM", "values": ["A", "B"], "defaults": "A"},
        {"id": "m", "type": "MULTISELECT", "options": ["x", "y"], "defaults": ["x"]},
    ]
    flow = await api.save([ret("r")], inputs=inputs)
    assert (await api.start(flow))["inputs"] == {"e": "A", "m": ["x"]}
