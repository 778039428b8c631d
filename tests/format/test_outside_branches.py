"""If, Switch, runIf and disabled, seen through the API."""

from __future__ import annotations

from typing import Any

import pytest
from api_kit import NAMESPACE, Api, history, named, run_of, runs, seen, state
from format_kit import Task, each, fail, par, ret, seq, task

pytestmark = pytest.mark.asyncio(loop_scope="session")

OFF = {"disabled": True}


def if_(
    task_id: str, condition: Any, then: list[Task], other: list[Task] | None = None, **more: Any
) -> Task:
    """Return an If; without ``other`` it has no else."""
    own = {} if other is None else {"else": other}
    return task("flow.If", task_id, condition=condition, then=then, **own, **more)


def switch(
    task_id: str, value: Any, cases: dict[str, list[Task]], defaults: Any = None, **more: Any
) -> Task:
    """Return a Switch; without ``defaults`` it has none."""
    own = {} if defaults is None else {"defaults": defaults}
    return task("flow.Switch", task_id, value=value, cases=cases, **own, **more)


FALSY = ["", "false", "0", "-0", "{{ false }}", "{{ 0 }}", "{{ '' }}", "{{ null }}", "{{ 1 > 2 }}"]
TRUTHY = [
    *("true", "1", "test", "False", "no", "null", " ", " false", "0.0", "[]", "-1"),
    *("{{ true }}", "{{ 'a' == 'a' }}", "{{ [] }}", "{{ {} }}", "{{ 'x' is defined }}"),
]


async def test_every_kind_of_value_is_truthy_or_falsy(api: Api):
    inputs = [{"id": "i", "type": "INT", "defaults": 0}, {"id": "b", "type": "BOOLEAN"}]
    wanted = {**dict.fromkeys(FALSY, "no"), **dict.fromkeys(TRUTHY, "yes")}
    wanted |= {"{{ inputs.i }}": "no", "{{ inputs.b }}": "yes", "{{ inputs.none ?? '' }}": "no"}
    tasks = [
        if_(f"i{n}", condition, [ret(f"yes{n}")], [ret(f"no{n}")])
        for n, condition in enumerate(wanted)
    ]
    flow = await api.save(tasks, inputs=inputs)
    done = await api.wait(await api.start(flow, inputs={"b": "true"}))
    assert state(done) == "SUCCESS"
    chosen = [run["taskId"] for run in runs(done)[1::2]]
    assert dict(zip(wanted, chosen, strict=True)) == {
        condition: f"{branch}{n}" for n, (condition, branch) in enumerate(wanted.items())
    }
    for n, branch in enumerate(wanted.values()):
        assert run_of(done, f"i{n}")["outputs"] == {"evaluationResult": branch == "yes"}


@pytest.mark.parametrize(("condition", "result"), [(True, True), (False, False)])
async def test_a_condition_may_be_a_plain_boolean(api: Api, condition, result):
    done = await api.run(if_("i", condition, [ret("a")]), ret("b", "{{ outputs.i }}"))
    assert run_of(done, "b")["outputs"] == {
        "value": f'{{"evaluationResult":{str(result).lower()}}}'
    }
    assert len(runs(done)) == (3 if result else 2)


async def test_an_if_without_an_else_does_nothing(api: Api):
    done = await api.run(if_("i", "{{ false }}", [ret("a")]), ret("b"))
    assert (seen(done), state(done)) == (["i SUCCESS", "b SUCCESS"], "SUCCESS")
    assert history(run_of(done, "i")) == "CRS"


async def test_the_choice_stands_when_things_change(api: Api):
    labels = task("execution.Labels", "l", labels={"x": "changed"})
    condition = "{{ labels.x == 'first' }}"
    inner = if_("i", condition, [ret("a"), labels, ret("b", "{{ labels.x }}")], [ret("never")])
    done = await api.run(inner, labels={"x": "first"})
    assert seen(done) == ["i SUCCESS", "a SUCCESS", "l SUCCESS", "b SUCCESS"]
    assert run_of(done, "b")["outputs"] == {"value": "changed"}


async def test_branches_nest_and_fail(api: Api):
    deep = if_("k", "true", [fail("f"), ret("never")])
    inner = if_("i", "true", [if_("j", "0", [ret("no")], [deep, ret("never2")])], errors=[ret("e")])
    done = await api.run(inner, ret("after"))
    assert seen(done) == ["i FAILED", "j FAILED", "k FAILED", "f FAILED", "e SUCCESS"]
    assert run_of(done, "e")["parentTaskRunId"] == run_of(done, "i")["id"]


@pytest.mark.parametrize(
    "broken",
    [
        if_("x", "{{ nope.x }}", [ret("t")], [ret("u")], errors=[ret("own")]),
        switch("x", "{{ nope.x }}", {"a": [ret("t")]}, [ret("u")], errors=[ret("own")]),
    ],
)
async def test_what_can_not_be_told_fails_without_an_attempt(api: Api, broken):
    done = await api.run(seq("s", broken, errors=[ret("around")]), ret("after"))
    assert seen(done) == ["s FAILED", "x FAILED", "around SUCCESS"]
    assert run_of(done, "x").get("attempts") is None
    await api.messages(done, "Unable to find `nope` used in the expression `{{ nope.x }}`")


@pytest.mark.parametrize(
    ("value", "shown", "ran"),
    [
        ("FIRST", "FIRST", ["a1", "a2"]),
        ("{{ 'SEC' ~ 'OND' }}", "SECOND", ["b"]),
        ("{{ 1 == 1 }}", "true", ["yes"]),
        ("{{ 3 }}", "3", ["number"]),
        (3, "3", ["number"]),
        ("first", "first", ["d1", "d2"]),
        (" FIRST", " FIRST", ["d1", "d2"]),
        ("{{ '' }}", "", ["d1", "d2"]),
    ],
)
async def test_a_switch_takes_the_case_that_fits(api: Api, value, shown, ran):
    cases = {
        "FIRST": [ret("a1"), ret("a2")],
        "SECOND": [ret("b")],
        "true": [ret("yes")],
        "3": [ret("number")],
    }
    inner = switch("s", value, cases, [ret("d1"), ret("d2")])
    done = await api.run(inner, ret("after", "{{ outputs.s.value }}|{{ outputs.s.defaults }}"))
    assert [run["taskId"] for run in runs(done)] == ["s", *ran, "after"]
    is_default = ran[0] == "d1"
    assert run_of(done, "s")["outputs"] == {"value": shown, "defaults": is_default}
    assert run_of(done, "after")["outputs"] == {"value": f"{shown}|{str(is_default).lower()}"}


@pytest.mark.parametrize(
    ("flags", "outcome", "whole"),
    [
        ({}, "FAILED", "FAILED"),
        ({"allowFailure": True}, "WARNING", "WARNING"),
        ({"allowFailure": True, "allowWarning": True}, "SUCCESS", "SUCCESS"),
    ],
)
async def test_a_switch_that_fits_nowhere_fails(api: Api, flags, outcome, whole):
    inner = switch("s", "none", {"a": [ret("t")]}, errors=[ret("own")], **flags)
    done = await api.run(inner, ret("after"))
    after = [] if outcome == "FAILED" else ["after SUCCESS"]
    assert (seen(done), state(done)) == ([f"s {outcome}", *after], whole)
    assert run_of(done, "s")["outputs"] == {"value": "none", "defaults": True}
    message = f"No task found on flow '{NAMESPACE}.{done['flowId']}', task 's', execution '"
    said = [text for text in await api.messages(done, message) if message in text]
    assert [text.split()[0] for text in said] == ["WARN"]


async def test_branches_inside_loops(api: Api):
    cases = {"a": [ret("ca", "{{ parent.taskrun.value }}{{ parent.outputs.value }}")]}
    inner = switch(
        "s", "{{ taskrun.value }}", cases, [if_("i", "true", [ret("d", "{{ parents }}")])]
    )
    done = await api.run(each("e", ["a", "b"], inner), ret("z", "{{ outputs.s.b.defaults }}"))
    assert [named(run) for run in runs(done)] == ["e", "s[a]", "ca", "s[b]", "i", "d", "z"]
    assert run_of(done, "ca")["outputs"] == {"value": "aa"}
    assert run_of(done, "z")["outputs"] == {"value": "true"}
    assert run_of(done, "d")["outputs"]["value"] == (
        '[{"outputs":{"evaluationResult":true}},'
        '{"taskrun":{"value":"b"},"outputs":{"value":"b","defaults":true}}]'
    )


async def test_run_if_skips_without_an_attempt(api: Api):
    done = await api.run(
        ret("yes", runIf="{{ true }}"),
        ret("no", runIf="{{ false }}"),
        ret("plain", runIf=False),
        ret("after", "{{ tasks.no.state }} {{ outputs.no }}"),
    )
    wanted = ["yes SUCCESS", "no SKIPPED", "plain SKIPPED", "after SUCCESS"]
    assert (seen(done), state(done)) == (wanted, "SUCCESS")
    assert (history(run_of(done, "no")), run_of(done, "no").get("attempts")) == ("CN", None)
    assert run_of(done, "after")["outputs"] == {"value": "SKIPPED {}"}


async def test_run_if_holds_for_every_kind_of_task(api: Api):
    tasks = [
        seq("seq", ret("a")),
        par("par", ret("b")),
        each("each", [1, 2], ret("c")),
        if_("if", "true", [ret("d")]),
        switch("switch", "x", {"a": [ret("e")]}),
        task("flow.Dag", "dag", tasks=[{"task": ret("f")}]),
        task("flow.AllowFailure", "allow", tasks=[fail("g")]),
        task("flow.Pause", "pause"),
        task("flow.WorkingDirectory", "folder", tasks=[ret("h")]),
        task("flow.Subflow", "sub", namespace="no", flowId="where"),
        task("execution.Labels", "labels", labels={"x": "y"}),
        task("flow.Sleep", "sleep", duration="PT1M"),
        fail("fail"),
    ]
    done = await api.run(*[{**item, "runIf": "{{ 1 == 2 }}"} for item in tasks], ret("z"))
    assert seen(done) == [*[f"{item['id']} SKIPPED" for item in tasks], "z SUCCESS"]
    assert state(done) == "SUCCESS"
    assert "x" not in {label["key"] for label in done["labels"]}


async def test_run_if_looks_at_value_and_outputs(api: Api):
    done = await api.run(
        ret("first", "7"),
        each("e", ["1", "7"], ret("t", runIf="{{ taskrun.value == outputs.first.value }}")),
        seq("s", ret("u", runIf="{{ tasks.first.state == 'FAILED' }}")),
    )
    assert seen(done)[2:4] == ["t[1] SKIPPED", "t[7] SUCCESS"]
    assert seen(done)[4:] == ["s SUCCESS", "u SKIPPED"]


@pytest.mark.parametrize(
    ("flags", "outcome"), [({}, "FAILED"), ({"allowFailure": True}, "WARNING")]
)
async def test_a_run_if_that_can_not_be_told_fails(api: Api, flags, outcome):
    done = await api.run(ret("a", runIf="{{ nope.x }}", **flags), ret("b"))
    after = [] if outcome == "FAILED" else ["b SUCCESS"]
    assert (seen(done), state(done)) == ([f"a {outcome}", *after], outcome)
    message = "ERROR Unable to evaluate the runIf condition for task a"
    assert (await api.messages(done, message))[0].startswith(message)


async def test_handlers_have_run_if_too(api: Api):
    done = await api.run(
        fail("f"),
        errors=[ret("no", runIf="{{ tasks.f.state != 'FAILED' }}"), ret("yes")],
    )
    assert (seen(done)[1:], state(done)) == (["no SKIPPED", "yes SUCCESS"], "FAILED")


async def test_a_disabled_task_leaves_no_run_wherever_it_stands(api: Api):
    dag = [{"task": ret("g", **OFF)}, {"task": ret("h"), "dependsOn": ["g"]}]
    done = await api.run(
        ret("first", **OFF),
        seq("seq", ret("a", **OFF), ret("b")),
        par("par", seq("c", ret("inside"), **OFF), ret("d")),
        if_("if", "true", [ret("e", **OFF), ret("f")]),
        task("flow.Dag", "dag", tasks=dag),
        switch("switch", "x", {"a": [ret("i")]}, [ret("j", **OFF), ret("k")]),
        task("flow.AllowFailure", "allow", tasks=[fail("l", **OFF), ret("m")]),
        task("flow.WorkingDirectory", "folder", tasks=[ret("n", **OFF), ret("o")]),
        each("each", [1, 2], ret("p", **OFF), ret("q"), limit=0),
        seq("whole", ret("r"), **OFF),
        fail("s"),
        errors=[ret("t", **OFF), ret("u")],
    )
    shown = " ".join(run["taskId"] for run in runs(done))
    assert shown == "seq b par d if f dag h switch k allow m folder o each q q s u"
    assert {state(run) for run in runs(done)} == {"SUCCESS", "FAILED"}


async def test_flows_and_flowables_of_disabled_tasks_succeed(api: Api):
    assert history(await api.run(ret("a", **OFF))) == "CS"
    done = await api.run(
        seq("s", ret("a", **OFF)),
        par("p", ret("b", **OFF)),
        if_("i", "true", [ret("c", **OFF)]),
        switch("w", "a", {"a": [ret("d", **OFF)]}),
        each("e", [1, 2], ret("f", **OFF)),
        task("flow.Dag", "g", tasks=[{"task": ret("h", **OFF)}]),
        task("flow.AllowFailure", "j", tasks=[ret("k", **OFF)]),
        ret("z"),
    )
    assert (seen(done), state(done)) == ([f"{name} SUCCESS" for name in "spiwegjz"], "SUCCESS")
    failed = await api.run(fail("f"), errors=[ret("a", **OFF)])
    assert (seen(failed), state(failed)) == (["f FAILED"], "FAILED")
