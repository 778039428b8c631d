"""Failing on purpose, error handlers and allowed failures, seen through the API."""

from __future__ import annotations

from typing import Any

import pytest
from api_kit import NAMESPACE, Api, Json, history, named, run_of, runs, seen, state
from format_kit import Task, each, fail, par, ret, retry, seq, task

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHELL: dict[str, Any] = {
    "type": "io.kestra.plugin.scripts.shell.Commands",
    "taskRunner": {"type": "io.kestra.plugin.core.runner.Process"},
}
FLAGS = [
    ({}, "FAILED"),
    ({"allowFailure": True}, "WARNING"),
    ({"allowFailure": True, "allowWarning": True}, "SUCCESS"),
    ({"allowWarning": True}, "FAILED"),
]


def shell(task_id: str, *commands: str, **more: Any) -> Task:
    """Return a shell task that runs as a process."""
    return {**SHELL, "id": task_id, "commands": list(commands), **more}


def dag(task_id: str, *tasks: Task, **more: Any) -> Task:
    """Return tasks that wait for nobody."""
    return task("flow.Dag", task_id, tasks=[{"task": item} for item in tasks], **more)


def switch(task_id: str, *tasks: Task, **more: Any) -> Task:
    """Return a Switch whose only case holds the tasks."""
    return task("flow.Switch", task_id, value="a", cases={"a": list(tasks)}, **more)


def if_(task_id: str, *tasks: Task, **more: Any) -> Task:
    """Return an If that runs the tasks."""
    return task("flow.If", task_id, condition="true", then=list(tasks), **more)


def folder(task_id: str, *tasks: Task, **more: Any) -> Task:
    """Return a WorkingDirectory."""
    return task("flow.WorkingDirectory", task_id, tasks=list(tasks), **more)


def loop(task_id: str, *tasks: Task, **more: Any) -> Task:
    """Return a loop over one value."""
    return each(task_id, ["v"], *tasks, **more)


FLOWABLES = [seq, par, dag, switch, if_, folder, loop]


async def said(api: Api, done: Json, holds: str) -> list[str]:
    """Return the ERROR entries of an execution."""
    return [text for text in await api.messages(done, holds) if text.startswith("ERROR")]


async def test_failing_without_a_condition(api: Api):
    done = await api.run(ret("a"), fail("f"), ret("b"))
    assert (seen(done), state(done)) == (["a SUCCESS", "f FAILED"], "FAILED")
    assert [history(attempt) for attempt in run_of(done, "f")["attempts"]] == ["CRF"]
    assert (await said(api, done, "Task failure"))[0] == "ERROR Task failure"


async def test_failing_on_a_condition(api: Api):
    text = "stopped in {{ flow.namespace }}"
    done = await api.run(ret("a"), fail("f", "{{ 1 == 1 }}", errorMessage=text), ret("b"))
    assert (seen(done), state(done)) == (["a SUCCESS", "f FAILED"], "FAILED")
    assert f"ERROR stopped in {NAMESPACE}" in await said(api, done, "stopped in")


async def test_what_makes_a_condition_fail(api: Api):
    falsy = ["{{ 1 == 2 }}", "false", "", "0", "-0", "{{ '' }}"]
    truthy = ["{{ outputs.a.value == 'x' }}", "true", "yes", "False", " ", True]
    tasks = [fail(f"f{n}", text, allowFailure=True) for n, text in enumerate(falsy + truthy)]
    done = await api.run(ret("a"), *tasks)
    states = [state(run) for run in runs(done)[1:]]
    assert states == ["SUCCESS"] * len(falsy) + ["WARNING"] * len(truthy)


@pytest.mark.parametrize(("flags", "outcome"), FLAGS)
async def test_a_failing_child_of_every_flowable(api: Api, flags, outcome):
    tasks, wanted = [], []
    for n, around in enumerate(FLOWABLES):
        failing = shell(f"f{n}", "exit 4") if around is folder else fail(f"f{n}")
        inner = around(f"x{n}", failing, errors=[ret(f"own{n}")], **flags)
        tasks.append(task("flow.AllowFailure", f"allow{n}", tasks=[inner, ret(f"next{n}")]))
        after = [] if outcome == "FAILED" else [f"next{n} SUCCESS"]
        above = "WARNING" if outcome == "FAILED" else outcome
        name = f"f{n}[v]" if around is loop else f"f{n}"
        wanted += [f"allow{n} {above}", f"x{n} {outcome}", f"{name} FAILED", f"own{n} SUCCESS"]
        wanted += after
    done = await api.run(*tasks)
    assert seen(done) == wanted
    assert {history(run_of(done, f"x{n}")) for n in range(len(FLOWABLES))} == {f"CR{outcome[0]}"}


@pytest.mark.parametrize(("flags", "outcome"), FLAGS)
async def test_a_failing_task_may_be_allowed_to(api: Api, flags, outcome):
    done = await api.run(shell("f", "echo hi", "exit 3", **flags), ret("next"), errors=[ret("e")])
    behind = "e" if outcome == "FAILED" else "next"
    assert seen(done) == [f"f {outcome}", f"{behind} SUCCESS"]
    assert state(done) == outcome
    assert [history(attempt) for attempt in run_of(done, "f")["attempts"]] == ["CRF"]
    assert run_of(done, "f")["outputs"]["exitCode"] == 3


@pytest.mark.parametrize(("flags", "outcome"), FLAGS)
async def test_a_failing_subflow_may_be_allowed_to(api: Api, flags, outcome):
    child = await api.save([fail("c")])
    calls = {"namespace": NAMESPACE, "flowId": child["id"]}
    done = await api.run(task("flow.Subflow", "s", **calls, **flags), ret("next"))
    after = [] if outcome == "FAILED" else ["next SUCCESS"]
    assert (seen(done), state(done)) == ([f"s {outcome}", *after], outcome)
    assert run_of(done, "s")["outputs"]["state"] == "FAILED"


@pytest.mark.parametrize(("flags", "outcome"), FLAGS[:3])
async def test_a_failing_batch_may_be_allowed_to(api: Api, flags, outcome):
    child = await api.save([fail("c")])
    calls = {"namespace": NAMESPACE, "flowId": child["id"], "items": "{{ outputs.w.uri }}"}
    write = task("storage.Write", "w", content="1\n2\n")
    done = await api.run(write, task("flow.ForEachItem", "b", **calls, **flags), ret("next"))
    after = [] if outcome == "FAILED" else ["next SUCCESS"]
    wanted = ["w SUCCESS", f"b {outcome}", "b_split SUCCESS", "b_items FAILED", *after]
    assert (seen(done), state(done)) == (wanted, outcome)


async def test_failures_of_every_origin_may_be_allowed(api: Api):
    broken = [
        {**if_("x0", ret("a")), "condition": "{{ nope }}"},
        {**switch("x1", ret("b")), "value": "{{ nope }}"},
        each("x2", "{{ nope }}", ret("c")),
        task("execution.Labels", "x3", labels={"system.a": "b"}),
        task("flow.Subflow", "x4", namespace="no", flowId="where"),
        task("flow.Pause", "x5", timeout="PT0.05S"),
        ret("x6", "{{ nope }}"),
        ret("x7", runIf="{{ nope }}"),
    ]
    tasks = [{**item, "allowFailure": True} for item in broken]
    done = await api.run(*tasks, ret("next"), errors=[ret("e")])
    assert seen(done) == [*[f"x{n} WARNING" for n in range(len(broken))], "next SUCCESS"]
    assert state(done) == "WARNING"


@pytest.mark.parametrize(("warns", "outcome"), [(False, "WARNING"), (True, "SUCCESS")])
async def test_a_warning_spreads_unless_it_is_allowed_too(api: Api, warns, outcome):
    inner = par("p", seq("s", fail("f", allowFailure=True)), ret("a"), allowWarning=warns)
    done = await api.run(inner, ret("next"))
    assert seen(done)[0] == f"p {outcome}"
    assert sorted(seen(done)[1:4]) == ["a SUCCESS", "f WARNING", "s WARNING"]
    assert state(done) == outcome


@pytest.mark.parametrize(("warns", "outcome"), [(False, "WARNING"), (True, "SUCCESS")])
async def test_retries_come_before_what_is_allowed(api: Api, warns, outcome):
    flags = {"allowFailure": True, "allowWarning": warns}
    done = await api.run(fail("f", retry=retry(3), **flags), ret("next"))
    assert (seen(done), state(done)) == ([f"f {outcome}", "next SUCCESS"], outcome)
    assert [history(attempt) for attempt in run_of(done, "f")["attempts"]] == ["CRF"] * 3


async def test_allow_failure_around_tasks_with_handlers(api: Api):
    inner = seq("i", ret("ok"), fail("ko"), ret("never"))
    block = task("flow.AllowFailure", "af", tasks=[inner], errors=[ret("le1"), ret("le2")])
    done = await api.run(seq("o", block, ret("behind")), ret("last"), errors=[ret("global")])
    assert seen(done) == [
        *("o WARNING", "af WARNING", "i FAILED", "ok SUCCESS", "ko FAILED"),
        *("le1 SUCCESS", "le2 SUCCESS", "behind SUCCESS", "last SUCCESS"),
    ]
    assert state(done) == "WARNING"


async def test_allow_failure_in_a_loop(api: Api):
    condition = "{{ parent.taskrun.value != 'value 2' }}"
    block = task("flow.AllowFailure", "af", tasks=[fail("f", condition)])
    values = [f"value {n}" for n in (1, 2, 3)]
    done = await api.run(each("e", values, ret("t"), block), ret("end"))
    assert (len(runs(done)), state(done)) == (11, "WARNING")
    blocks = [state(run) for run in runs(done) if run["taskId"] == "af"]
    assert blocks == ["WARNING", "SUCCESS", "WARNING"]


async def test_handlers_of_the_flow_run_once_in_order(api: Api):
    inner = seq("o", ret("t1"), seq("i", fail("t2"), ret("t3")), ret("t4"))
    done = await api.run(inner, ret("last"), errors=[ret("e1"), ret("e2")])
    assert [named(run) for run in runs(done)] == ["o", "t1", "i", "t2", "e1", "e2"]
    assert all("parentTaskRunId" not in run_of(done, name) for name in ("e1", "e2"))
    assert (state(done), history(done)) == ("FAILED", "CRF")


async def test_handlers_of_a_flowable_stand_below_it(api: Api):
    inner = seq("i", fail("t2"), ret("t3"), errors=[ret("e1"), ret("e2")])
    done = await api.run(seq("o", ret("t1"), inner, ret("t4")), ret("last"))
    assert [named(run) for run in runs(done)] == ["o", "t1", "i", "t2", "e1", "e2"]
    assert run_of(done, "e1")["parentTaskRunId"] == run_of(done, "i")["id"]
    assert (state(done), state(run_of(done, "o"))) == ("FAILED", "FAILED")


async def test_handlers_of_each_level_run_from_inside_out(api: Api):
    inner = seq("a", seq("b", seq("c", fail("f"), errors=[ret("ec")])), errors=[ret("ea")])
    done = await api.run(inner, errors=[ret("e")])
    assert [named(run) for run in runs(done)] == ["a", "b", "c", "f", "ec", "ea", "e"]


async def test_handlers_may_be_flowables_and_may_fail(api: Api):
    branch = if_("i", fail("i1"), ret("i2"))
    done = await api.run(
        fail("f"),
        errors=[
            seq("s", seq("s1", ret("s2"))),
            branch,
            par("p", ret("p1"), ret("p2")),
            each("e", ["1", "2"], ret("e1", "{{ taskrun.value }}")),
            ret("last"),
        ],
    )
    shown = " ".join(named(run) for run in runs(done))
    assert shown == "f s s1 s2 i i1 p p1 p2 e e1[1] e1[2] last"
    assert (state(run_of(done, "i")), state(done)) == ("FAILED", "FAILED")


async def test_handlers_do_not_run_when_nothing_failed(api: Api):
    done = await api.run(
        seq("s", ret("a"), errors=[ret("no")]),
        fail("w", allowFailure=True),
        ret("skipped", runIf="false"),
        errors=[ret("never")],
    )
    assert seen(done) == ["s SUCCESS", "a SUCCESS", "w WARNING", "skipped SKIPPED"]


async def test_the_log_of_the_failure_at_hand(api: Api):
    first = "{{ errorLogs()[0].message }} of {{ errorLogs()[0].taskId }}"
    done = await api.run(
        fail("s", errorMessage="the cause"),
        errors=[
            seq("q", fail("x1", errorMessage="another"), ret("x2")),
            ret("y", "{{ tasks.s.state }} {{ errorLogs() | length }} " + first),
            task("output.OutputValues", "o", values={"all": "{{ errorLogs() }}"}),
            task("log.Log", "l", message=["first: " + first, "{{ errorLogs()[1].level }}"]),
        ],
    )
    assert seen(done)[1:3] == ["q FAILED", "x1 FAILED"]
    assert run_of(done, "y")["outputs"] == {"value": "FAILED 2 the cause of s"}
    entry = run_of(done, "o")["outputs"]["values"]["all"]
    assert all(name in str(entry) for name in ("taskRunId", "executionId", "timestamp", "another"))
    await api.messages(done, "INFO first: the cause of s")
    assert (state(run_of(done, "l")), state(done)) == ("SUCCESS", "FAILED")


async def test_the_log_of_a_failed_script_is_at_hand_at_once(api: Api):
    text = "{{ errorLogs()[0].message }}, {{ (errorLogs() | last).message }}"
    done = await api.run(shell("f", "echo bad >&2", "exit 7"), errors=[ret("e", text)])
    assert run_of(done, "e")["outputs"]["value"].startswith("bad, Command failed with exit code 7")


async def test_finally_runs_after_success_and_after_errors(api: Api):
    last = {"finally": [ret("l1", "{{ tasks.a.state ?? 'none' }}"), fail("l2"), ret("l3")]}
    good = await api.run(ret("a"), errors=[ret("e")], **last)
    assert [named(run) for run in runs(good)] == ["a", "l1", "l2", "l3"]
    assert state(good) == "SUCCESS"
    bad = await api.run(fail("a"), ret("b"), errors=[ret("e")], **last)
    assert [named(run) for run in runs(bad)] == ["a", "e", "l1", "l2", "l3"]
    assert state(bad) == "FAILED"
