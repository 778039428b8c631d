"""Sequential, Parallel and Dag, seen through the API: order, parents, limits, what follows."""

from __future__ import annotations

import pytest
from api_kit import NAMESPACE, Api, Json, history, run_of, runs, seen, state
from format_kit import Task, each, fail, log, par, ret, seq, sleep, task

pytestmark = pytest.mark.asyncio(loop_scope="session")


def dag(task_id: str, *items: tuple[Task, list[str]], **more: object) -> Task:
    """Return tasks that wait for others."""
    tasks = [{"task": inner, **({"dependsOn": names} if names else {})} for inner, names in items]
    return task("flow.Dag", task_id, tasks=tasks, **more)


def order(done: Json) -> list[str]:
    """Return the tasks in the order of their creation."""
    return [run["taskId"] for run in runs(done)]


def began(done: Json, task_id: str) -> str:
    """Return when a task run was created."""
    date: str = run_of(done, task_id)["state"]["startDate"]
    return date


def ended(done: Json, task_id: str) -> str:
    """Return when a task run ended."""
    date: str = run_of(done, task_id)["state"]["endDate"]
    return date


async def test_a_flowable_has_a_run_of_its_own_and_its_children_name_it(api: Api):
    done = await api.run(ret("first"), seq("s", par("p", ret("a"), ret("b")), ret("c")), ret("z"))
    assert (state(done), history(done)) == ("SUCCESS", "CRS")
    assert seen(done) == [f"{name} SUCCESS" for name in ("first", "s", "p", "a", "b", "c", "z")]
    parents = {name: run_of(done, name).get("parentTaskRunId") for name in ("p", "a", "c", "z")}
    sequence, parallel = run_of(done, "s")["id"], run_of(done, "p")["id"]
    assert parents == {"p": sequence, "a": parallel, "c": sequence, "z": None}


async def test_sequences_nest_to_several_levels(api: Api):
    inner = seq("l4", ret("d"))
    for level in (3, 2, 1):
        inner = seq(f"l{level}", ret(f"before{level}"), inner, ret(f"after{level}"))
    done = await api.run(inner, ret("last"))
    first = ["l1", "before1", "l2", "before2", "l3", "before3", "l4", "d"]
    assert order(done) == [*first, "after3", "after2", "after1", "last"]
    assert all(history(run) == "CRS" for run in runs(done))


async def test_only_tasks_that_run_have_attempts(api: Api):
    done = await api.run(seq("s", ret("a")), par("p", ret("b")), dag("d", (ret("c"), [])))
    assert all(run_of(done, name).get("attempts") is None for name in ("s", "p", "d"))
    for name in "abc":
        assert [history(attempt) for attempt in run_of(done, name)["attempts"]] == ["CRS"]
        assert run_of(done, name)["outputs"] == {"value": "x"}


async def test_all_of_a_parallel_block_runs_and_what_follows_waits(api: Api):
    done = await api.run(
        par("p", *[ret(f"t{n}") for n in range(5)], sleep("slow", "PT0.2S")), ret("last")
    )
    assert (len(runs(done)), order(done)[-1]) == (8, "last")
    assert began(done, "last") >= ended(done, "slow")
    assert ended(done, "p") >= ended(done, "slow")


async def test_parallel_blocks_nest(api: Api):
    inner = par("p2", ret("q1"), seq("s", ret("s1"), ret("s2")), ret("q2"))
    done = await api.run(par("p", ret("a"), ret("b"), inner, ret("c")), ret("last"))
    assert (len(runs(done)), order(done)[-1], state(done)) == (11, "last", "SUCCESS")
    assert order(done).index("s1") < order(done).index("s2")


async def test_a_limit_holds_at_every_moment(api: Api):
    names = list("abcde")
    done = await api.run(
        par("p", *[sleep(name, "PT0.1S") for name in names], concurrent=2), ret("after")
    )
    assert order(done) == ["p", *names, "after"]
    for index, name in enumerate(names[2:], start=2):
        over = [other for other in names[:index] if ended(done, other) <= began(done, name)]
        assert len(over) >= index - 1


async def test_a_limit_of_one_is_a_sequence(api: Api):
    done = await api.run(par("p", sleep("a"), seq("s", ret("b"), ret("c")), ret("d"), concurrent=1))
    assert order(done) == ["p", "a", "s", "b", "c", "d"]
    assert began(done, "s") >= ended(done, "a")
    assert began(done, "d") >= ended(done, "s")


async def test_a_failure_in_a_sequence_ends_all_around_it(api: Api):
    done = await api.run(seq("o", ret("a"), seq("i", fail("f"), ret("n")), ret("m")), ret("last"))
    assert seen(done) == ["o FAILED", "a SUCCESS", "i FAILED", "f FAILED"]
    assert (state(done), history(done)) == ("FAILED", "CRF")


async def test_a_failure_in_a_parallel_block_ends_it_with_what_still_runs(api: Api):
    slow = seq("s", sleep("nap", "PT20S"), ret("next"))
    done = await api.run(par("p", fail("f"), slow, sleep("long", "PT20S")), ret("after"))
    assert (state(done), history(done)) == ("FAILED", "CRF")
    assert sorted(seen(done)) == sorted(
        ["p FAILED", "f FAILED", "s FAILED", "nap FAILED", "long FAILED"]
    )


async def test_what_takes_no_time_is_done_beside_a_failure(api: Api):
    done = await api.run(par("p", fail("f"), ret("g"), log("h"), ret("i")), ret("after"))
    assert seen(done) == ["p FAILED", "f FAILED", "g SUCCESS", "h SUCCESS", "i SUCCESS"]
    assert [history(run) for run in runs(done)] == ["CRF", "CRF", "CRS", "CRS", "CRS"]


async def test_a_failure_under_a_limit_starts_nothing_more(api: Api):
    done = await api.run(par("p", fail("f"), ret("a"), ret("b"), concurrent=1), ret("after"))
    assert seen(done) == ["p FAILED", "f FAILED"]


async def test_a_dag_joins_and_fans_out_whatever_the_order_it_is_written_in(api: Api):
    done = await api.run(
        dag(
            "dag",
            (ret("join", "{{ outputs.left.value }}{{ outputs.right.value }}"), ["left", "right"]),
            (ret("start"), []),
            (ret("left", "l"), ["start"]),
            (ret("right", "r"), ["start"]),
            (ret("end"), ["join"]),
            (ret("alone"), []),
        ),
        ret("last"),
    )
    assert (len(runs(done)), state(done)) == (8, "SUCCESS")
    assert run_of(done, "join")["outputs"] == {"value": "lr"}
    places = order(done)
    assert places.index("start") < places.index("left") < places.index("join") < places.index("end")
    assert began(done, "join") >= max(ended(done, "left"), ended(done, "right"))


async def test_a_dag_holds_flowables_and_a_limit(api: Api):
    done = await api.run(
        dag(
            "d",
            (each("loop", ["1", "2"], ret("t", "{{ taskrun.value }}")), ["first"]),
            (seq("first", ret("a"), dag("inner", (ret("y"), ["x"]), (ret("x"), []))), []),
            (par("both", ret("b"), ret("c")), ["loop"]),
            concurrent=1,
        )
    )
    wanted = ["d", "first", "a", "inner", "x", "y", "loop", "t", "t", "both", "b", "c"]
    assert (order(done), state(done)) == (wanted, "SUCCESS")


async def test_what_depends_on_a_failed_task_does_not_run(api: Api):
    done = await api.run(dag("d", (fail("a"), []), (ret("b"), ["a"]), (ret("c"), ["b"])), ret("z"))
    assert seen(done) == ["d FAILED", "a FAILED"]


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ({"runIf": "{{ false }}"}, "SKIPPED"),
        ({"condition": "{{ true }}", "allowFailure": True}, "WARNING"),
        ({"condition": "{{ true }}", "allowFailure": True, "allowWarning": True}, "SUCCESS"),
    ],
)
async def test_any_good_end_releases_those_that_depend_on_it(api: Api, more, outcome):
    first = task("execution.Fail", "a", **more)
    done = await api.run(dag("d", (first, []), (ret("b"), ["a"])))
    assert seen(done)[1:] == [f"a {outcome}", "b SUCCESS"]


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([(ret("a"), ["b"]), (ret("b"), ["a"])], "Cyclic dependency detected: "),
        ([(ret("a"), ["a"])], "Cyclic dependency detected: a"),
        ([(ret("a"), ["nobody"])], "Not existing task id in dependency: nobody"),
    ],
)
async def test_dependencies_that_can_not_be_met_are_refused(api: Api, items, message):
    flow = {"id": api.fresh_id(), "namespace": NAMESPACE, "tasks": [dag("d", *items)]}
    refused = await api.call("POST", "/flows", 422, json=flow)
    assert message in refused["message"]


async def test_parallel_errors_run_one_after_the_other(api: Api):
    block = par("p", fail("f"), ret("a"), errors=[ret("e1"), ret("e2", "{{ outputs.e1.value }}")])
    done = await api.run(block, ret("after"))
    assert order(done)[-2:] == ["e1", "e2"]
    assert run_of(done, "e2")["outputs"] == {"value": "x"}
