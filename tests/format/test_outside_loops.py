"""ForEach, EachSequential and EachParallel, seen through the API: values, order, limits, ends."""

from __future__ import annotations

import pytest
from api_kit import Api, Json, named, run_of, runs, seen, state
from format_kit import Task, each, fail, par, ret, seq, sleep, task

pytestmark = pytest.mark.asyncio(loop_scope="session")

KINDS = ["ForEach", "EachSequential", "EachParallel"]
VALUE = ret("t", "{{ taskrun.value }}")


def loop(kind: str, task_id: str, values: object, *tasks: Task, **more: object) -> Task:
    """Return a loop of any of its three kinds."""
    name = "values" if kind == "ForEach" else "value"
    return task(f"flow.{kind}", task_id, **{name: values}, tasks=list(tasks), **more)


def names(done: Json) -> list[str]:
    """Return the task runs in the order of their creation, with their values."""
    return [named(run) for run in runs(done)]


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (["a", "b"], ["a", "b"]),
        ('["a", "b"]', ["a", "b"]),
        ("{{ ['a', 'b'] }}", ["a", "b"]),
        (["{{ 1 + 1 }}", "{{ flow.namespace }}"], ["2", "tests.outside"]),
        ([1, 2.5, True], ["1", "2.5", "true"]),
        ("[1, 2.5, true]", ["1", "2.5", "true"]),
        ([{"key": "v"}, {"key": "{{ 'w' }}"}], ['{"key":"v"}', '{"key":"w"}']),
        ('[{"key": {"deep": [1, 2]}}]', ['{"key":{"deep":[1,2]}}']),
        ("[[1, 2], []]", ["[1,2]", "[]"]),
        ("{{ range(1, 3) }}", ["1", "2", "3"]),
        (["x", "y", "x", "x"], ["x", "y"]),
        (["a b", "c.d", "e-f", "ü"], ["a b", "c.d", "e-f", "ü"]),
        ([], []),
        ("[]", []),
        ("{{ [] }}", []),
    ],
)
async def test_values_come_in_many_forms(api: Api, values, shown):
    loops = [loop(kind, kind, values, {**VALUE, "id": f"t{kind}"}) for kind in KINDS]
    done = await api.run(*loops, ret("end"))
    assert state(done) == "SUCCESS"
    for kind in KINDS:
        children = [run for run in runs(done) if run["taskId"] == f"t{kind}"]
        assert [run["value"] for run in children] == shown
        assert [run["outputs"]["value"] for run in children] == shown
        assert [run["iteration"] for run in children] == list(range(len(shown)))
    assert len(runs(done)) == 3 * (1 + len(shown)) + 1


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        ("ForEach", [1, None, {"k": "v"}], "Found '1' null values on Each, with values=[1, null, "),
        ("EachSequential", "[null, null]", "Found '2' null values on Each, with values=[null, nul"),
        ("EachParallel", "{{ ['a', null] }}", "Found '1' null values on Each, with values=[a, nul"),
        ("ForEach", "{{ inputs.nope }}", "Unable to find `inputs` used in the expression"),
        ("EachSequential", "not a list", "Unable to read the values"),
        ("EachParallel", '{"a": 1}', "Unknown value type"),
        ("ForEach", "{{ null }}", "Unknown value type"),
    ],
)
async def test_what_is_no_list_of_values_fails_the_loop_alone(api: Api, kind, values, message):
    done = await api.run(loop(kind, "e", values, VALUE, errors=[ret("no")]), ret("end"))
    assert seen(done) == ["e FAILED"]
    assert state(done) == "FAILED"
    await api.messages(done, message)


async def test_a_loop_that_can_not_begin_may_be_allowed_to(api: Api):
    done = await api.run(each("e", "abc", ret("t"), allowFailure=True), ret("after"))
    assert (seen(done), state(done)) == (["e WARNING", "after SUCCESS"], "WARNING")


async def test_objects_are_taken_apart_by_expressions(api: Api):
    text = (
        "{{ fromJson(taskrun.value).name }} {{ taskrun.value | jq('.n') | first }}"
        " {{ json(taskrun.value).deep.list[0] }}"
    )
    value = {"name": "x", "n": 3, "deep": {"list": ["l"]}}
    done = await api.run(each("e", [value], ret("t", text)))
    assert run_of(done, "t")["outputs"] == {"value": "x 3 l"}


async def test_one_value_after_the_other(api: Api):
    done = await api.run(each("e", ["a", "b", "c"], ret("t"), ret("u")), ret("end"))
    assert names(done) == ["e", "t[a]", "u[a]", "t[b]", "u[b]", "t[c]", "u[c]", "end"]
    ends = [run["state"]["endDate"] for run in runs(done)[1:-1]]
    starts = [run["state"]["startDate"] for run in runs(done)[1:-1]]
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))


@pytest.mark.parametrize("limit", [0, 2, 3])
async def test_tasks_of_one_value_stay_in_order_under_any_limit(api: Api, limit):
    seen_before = ret("u", "{{ outputs.t[taskrun.value].value }}")
    loop_of = each("e", ["a", "b", "c", "d"], VALUE, sleep("nap", "PT0.05S"), seen_before)
    done = await api.run({**loop_of, "concurrencyLimit": limit}, ret("end"))
    assert (len(runs(done)), state(done)) == (14, "SUCCESS")
    for value in "abcd":
        assert run_of(done, "u", value)["outputs"] == {"value": value}
        nap, after = run_of(done, "nap", value), run_of(done, "u", value)
        assert after["state"]["startDate"] >= nap["state"]["endDate"]
    assert names(done)[-1] == "end"


async def test_a_limit_lets_so_many_values_begin(api: Api):
    done = await api.run(each("e", list("abcd"), sleep("s", "PT0.1S"), limit=2))
    begun = {run["value"]: run["state"]["startDate"] for run in runs(done)[1:]}
    over = {run["value"]: run["state"]["endDate"] for run in runs(done)[1:]}
    assert begun["c"] >= min(over["a"], over["b"])
    assert begun["d"] >= sorted([over["a"], over["b"], over["c"]])[1]


async def test_each_parallel_begins_all_tasks_of_all_values(api: Api):
    done = await api.run(loop("EachParallel", "e", ["a", "b"], sleep("s", "PT0.1S"), ret("t")))
    assert names(done) == ["e", "s[a]", "t[a]", "s[b]", "t[b]"]
    assert (
        run_of(done, "t", "a")["state"]["startDate"] <= (run_of(done, "s", "a")["state"]["endDate"])
    )


@pytest.mark.parametrize("concurrent", [1, 2])
async def test_each_parallel_has_a_limit_too(api: Api, concurrent):
    inner = loop("EachParallel", "e", ["a", "b", "c"], sleep("s", "PT0.05S"), concurrent=concurrent)
    done = await api.run(inner, ret("end"))
    assert names(done) == ["e", "s[a]", "s[b]", "s[c]", "end"]
    begun = [run["state"]["startDate"] for run in runs(done)[1:-1]]
    over = [run["state"]["endDate"] for run in runs(done)[1:-1]]
    for index in range(concurrent, 3):
        assert sum(end <= begun[index] for end in over[:index]) >= index - concurrent + 1


async def test_a_failure_ends_a_loop_where_it_stands(api: Api):
    failing = fail("f", "{{ taskrun.value == 'b' }}")
    done = await api.run(each("e", ["a", "b", "c"], failing, ret("n")), ret("after"))
    assert seen(done) == ["e FAILED", "f[a] SUCCESS", "n[a] SUCCESS", "f[b] FAILED"]
    assert state(done) == "FAILED"


async def test_a_failure_under_a_limit_lets_what_runs_end(api: Api):
    failing = fail("f", "{{ taskrun.value == 'b' }}")
    inner = each("e", list("abcd"), failing, sleep("n", "PT0.1S"), ret("m"), limit=2)
    done = await api.run({**inner, "errors": [ret("le1"), ret("le2")]}, ret("after"))
    ids = names(done)
    assert "f[c]" not in ids
    assert "m[a]" not in ids
    assert ids[-2:] == ["le1", "le2"]
    assert [run_of(done, "f", value)["state"]["current"] for value in "ab"] == ["SUCCESS", "FAILED"]
    assert all(state(run) in ("SUCCESS", "FAILED") for run in runs(done))
    assert state(done) == "FAILED"


@pytest.mark.parametrize("limit", [0, 1, 3])
async def test_errors_of_a_loop_run_once(api: Api, limit):
    inner = each("e", ["1", "2", "3"], fail("ko"), limit=limit, errors=[ret("e1"), ret("e2")])
    done = await api.run(inner, errors=[ret("of-the-flow")])
    failed = 1 if limit == 1 else 3
    assert [run["taskId"] for run in runs(done)] == [
        "e",
        *["ko"] * failed,
        "e1",
        "e2",
        "of-the-flow",
    ]
    assert (state(done), run_of(done, "e")["state"]["current"]) == ("FAILED", "FAILED")


async def test_conditions_that_can_not_be_told_in_nested_loops(api: Api):
    branch = task("flow.If", "i", condition="{{ nope.x }}", then=[ret("never")])
    done = await api.run(each("o", ["a", "b"], each("in", ["1"], branch, limit=0), limit=0))
    assert (len(runs(done)), state(done)) == (5, "FAILED")
    assert {state(run) for run in runs(done)} == {"FAILED"}


async def test_a_missing_subflow_in_a_loop_fails_it(api: Api):
    child = task("flow.Subflow", "s", namespace="io.nowhere", flowId="nope")
    done = await api.run(loop("EachParallel", "e", ["1", "2"], child))
    assert (state(done), len(runs(done))) == ("FAILED", 3)
    assert {state(run) for run in runs(done)} == {"FAILED"}


async def test_nested_loops_with_tasks_before_and_after(api: Api):
    inner = loop("EachSequential", "in", ["x", "y"], ret("u"), ret("v"))
    outer = loop("EachSequential", "out", ["1", "2", "3"], ret("t"), inner, ret("w"))
    done = await api.run(outer, ret("last"))
    assert (len(runs(done)), state(done)) == (23, "SUCCESS")
    once = ["t[1]", "in[1]", "u[x]", "v[x]", "u[y]", "v[y]", "w[1]"]
    assert names(done)[:9] == ["out", *once, "t[2]"]


@pytest.mark.parametrize("limit", [0, 2])
async def test_nested_loops_at_once(api: Api, limit):
    inner = each("in", ["x", "y"], VALUE, seq("s", ret("v")), limit=limit)
    done = await api.run(each("out", ["1", "2", "3"], inner, limit=limit), ret("last"))
    assert (len(runs(done)), names(done)[-1], state(done)) == (
        1 + 3 + 3 * 2 * 3 + 1,
        "last",
        "SUCCESS",
    )
    assert len({run["id"] for run in runs(done)}) == len(runs(done))


async def test_parallel_and_allowed_failures_inside_a_loop(api: Api):
    inner = par("p", ret("a"), fail("f", "{{ parent.taskrun.value != '2' }}", allowFailure=True))
    done = await api.run(each("e", ["1", "2", "3"], inner), ret("end"))
    states = {value: state(run_of(done, "p", value)) for value in "123"}
    assert states == {"1": "WARNING", "2": "SUCCESS", "3": "WARNING"}
    assert (len(runs(done)), state(done)) == (11, "WARNING")
