"""Outputs inside and after loops, and what a task knows of the tasks around it."""

from __future__ import annotations

import pytest
from api_kit import Api, Json, run_of, runs, state
from format_kit import Task, each, ret, seq, task

pytestmark = pytest.mark.asyncio(loop_scope="session")


def texts(done: Json, task_id: str) -> list[str]:
    """Return what the runs of a Return task gave, in order."""
    return [run["outputs"]["value"] for run in runs(done) if run["taskId"] == task_id]


def nested(*inside: Task, after: str = "x", limit: int = 1) -> list[Task]:
    """Return two loops over 1, 2 and a, b; then one more task."""
    inner = each("in", ["a", "b"], *inside, limit=limit)
    return [each("out", ["1", "2"], inner, limit=limit), ret("after", after)]


async def test_outputs_of_a_loop_are_found_by_value(api: Api):
    done = await api.run(
        each("e", ["a", "b b", "c.d"], ret("t", "<{{ taskrun.value }}>")),
        ret("r", "{{ outputs.t.a.value }}{{ outputs.t['b b'].value }}{{ outputs.t['c.d'].value }}"),
        ret("all", "{{ outputs.t }}"),
        ret("list", "{{ outputs.t | values | jq('map(.value)') | first }}"),
    )
    assert run_of(done, "r")["outputs"] == {"value": "<a><b b><c.d>"}
    assert run_of(done, "all")["outputs"]["value"] == (
        '{"a":{"value":"<a>"},"b b":{"value":"<b b>"},"c.d":{"value":"<c.d>"}}'
    )
    assert run_of(done, "list")["outputs"]["value"] == '["<a>","<b b>","<c.d>"]'


async def test_outputs_of_nested_loops_are_found_by_all_values(api: Api):
    inside = ret("t", "{{ parent.taskrun.value }}{{ taskrun.value }}")
    by_value = ret("u", "{{ outputs.t[parent.taskrun.value][taskrun.value].value }}")
    after = "{{ outputs.t['1'].b.value }} {{ outputs.u['2']['a'].value }}"
    done = await api.run(*nested(inside, by_value, after=after))
    assert texts(done, "u") == texts(done, "t")
    assert texts(done, "u") == ["1a", "1b", "2a", "2b"]
    assert texts(done, "after") == ["1b 2a"]


@pytest.mark.parametrize("limit", [0, 1, 2])
async def test_outputs_of_the_current_iteration(api: Api, limit):
    inside = ret("t", "{{ parent.taskrun.value }}{{ taskrun.value }}")
    current = ret("u", "{{ currentEachOutput(outputs.t).value }}")
    done = await api.run(*nested(inside, current, limit=limit))
    assert sorted(texts(done, "u")) == ["1a", "1b", "2a", "2b"]
    assert state(done) == "SUCCESS"


async def test_the_current_iteration_is_found_from_below_and_beside_the_loop(api: Api):
    inside = ret("t", "{{ taskrun.value }}")
    deep = seq("s", ret("u", "{{ currentEachOutput(outputs.t).value }}"))
    later = ret(
        "w", "{{ currentEachOutput(outputs.t).b.value }}{{ currentEachOutput(outputs.x).value }}"
    )
    first = ret("x", "x{{ taskrun.value }}")
    outer = each("out", ["1", "2"], first, each("in", ["a", "b"], inside, deep), later)
    done = await api.run(outer)
    assert texts(done, "u") == ["a", "b", "a", "b"]
    assert texts(done, "w") == ["bx1", "bx2"]


async def test_old_loops_find_their_current_iteration(api: Api):
    tasks = [
        ret("t", "{{ taskrun.value }}"),
        ret("u", "{{ currentEachOutput(outputs.t).value }}{{ outputs.t[taskrun.value].value }}"),
    ]
    done = await api.run(task("flow.EachSequential", "e", value=["a", "b"], tasks=tasks))
    assert texts(done, "u") == ["aa", "bb"]


async def test_a_task_below_a_loop_has_no_value_of_its_own(api: Api):
    text = "{{ taskrun.value ?? 'none' }} {{ parent.taskrun.value }} {{ taskrun.iteration ?? '-' }}"
    done = await api.run(each("e", ["a"], seq("s", ret("t", text))))
    assert texts(done, "t") == ["none a -"]
    assert "value" not in run_of(done, "t")


async def test_parents_are_listed_nearest_first(api: Api):
    branch = task("flow.If", "i", condition="true", then=[ret("t", "{{ parents }}")])
    choice = task("flow.Switch", "w", value="c", cases={"c": [branch]})
    done = await api.run(each("o", ["1"], seq("s", each("in", ["x"], choice))))
    assert texts(done, "t") == [
        '[{"outputs":{"evaluationResult":true}},'
        '{"taskrun":{"value":"x"},"outputs":{"value":"c","defaults":false}},'
        '{"taskrun":{"value":"1"}}]'
    ]


async def test_who_has_nothing_around_it_has_no_parents(api: Api):
    text = "{{ parents }} {{ parent is defined }}"
    done = await api.run(ret("t", text), seq("s", ret("u", text)), each("e", ["a"], ret("v", text)))
    assert [texts(done, name) for name in "tuv"] == [["[] false"]] * 3


async def test_siblings_of_branches_are_read_in_the_same_loop(api: Api):
    branch = task(
        "flow.If",
        "i",
        condition="{{ taskrun.value != 'b' }}",
        then=[ret("t", "T{{ parents | length }}")],
    )
    after = ret(
        "u", "{{ outputs.t[taskrun.value].value ?? 'none' }} {{ outputs.i[taskrun.value] }}"
    )
    done = await api.run(each("e", ["a", "b"], branch, after))
    assert texts(done, "u") == [
        'T1 {"evaluationResult":true}',
        'none {"evaluationResult":false}',
    ]


async def test_flowables_and_silent_tasks_show_empty_maps(api: Api):
    done = await api.run(
        seq("s", task("log.Log", "l", message="m"), ret("in", "{{ outputs.s }}")),
        ret("r", "{{ outputs.s }} {{ outputs.l }} {{ outputs | keys }}"),
    )
    assert texts(done, "in") == ["{}"]
    assert texts(done, "r") == ['{} {} ["s","l","in"]']


async def test_states_of_tasks_are_known(api: Api):
    done = await api.run(
        ret("a"),
        ret("skipped", runIf="false"),
        task("execution.Fail", "w", allowFailure=True),
        each("e", ["x", "y"], ret("t")),
        ret(
            "r",
            "{{ tasks.a.state }} {{ tasks.skipped.state }} {{ tasks.w.state }}"
            " {{ tasks.t.x.state }} {{ tasks.e.state }} {{ tasks.r.state }}",
        ),
    )
    assert texts(done, "r") == ["SUCCESS SKIPPED WARNING SUCCESS SUCCESS CREATED"]


async def test_a_task_run_knows_itself(api: Api):
    text = (
        "{{ task.id }}|{{ task.type }}|{{ taskrun.id }}|{{ taskrun.startDate is defined }}|"
        "{{ taskrun.attemptsCount }}|{{ taskrun.parentId }}"
    )
    done = await api.run(seq("s", ret("t", text)))
    run, parent = run_of(done, "t"), run_of(done, "s")["id"]
    wanted = f"t|io.kestra.plugin.core.debug.Return|{run['id']}|true|0|{parent}"
    assert run["outputs"] == {"value": wanted}


async def test_an_output_keeps_its_type(api: Api):
    values = {"i": 3, "b": True, "n": None, "l": [1, "{{ 'x' }}"], "m": {"k": {"{{ 'd' }}": 1.5}}}
    done = await api.run(
        task("output.OutputValues", "o", values=values),
        ret(
            "r",
            "{{ outputs.o.values.i + 1 }} {{ outputs.o.values.l[1] }} {{ outputs.o.values.m.k.d }}",
        ),
        ret("null", "{{ outputs.o.values.n ?? 'nothing' }}"),
        each("e", "{{ outputs.o.values.l }}", ret("t", "{{ taskrun.value }}")),
    )
    shown = {"i": 3, "b": True, "n": None, "l": [1, "x"], "m": {"k": {"d": 1.5}}}
    assert run_of(done, "o")["outputs"] == {"values": shown}
    assert (texts(done, "r"), texts(done, "null")) == (["4 x 1.5"], ["nothing"])
    assert texts(done, "t") == ["1", "x"]
