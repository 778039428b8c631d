"""Restart, replay and states changed by hand: which task runs stay, which are new."""

from __future__ import annotations

import pytest
from format_kit import (
    Runner,
    each,
    fail,
    ids,
    par,
    ret,
    run_of,
    seq,
    shown,
    state_of,
    states,
    task,
)

from tiercel.model.state import StateType
from tiercel.services.executions import Snapshot

pytestmark = pytest.mark.asyncio(loop_scope="session")

FIRST = "{{ taskrun.attemptsCount == 0 }}"


async def test_a_restart_goes_on_where_it_failed(run: Runner):
    failed = await run(ret("a"), ret("b"), fail("c", FIRST), ret("d"))
    assert (len(failed.task_runs), state_of(failed)) == (3, "FAILED")
    answer = await run.node.operations.restart(failed.execution.id)
    assert shown(answer.execution.state) == "CRFT"
    assert shown(run_of(answer, "c").state) == "CRFT"
    assert [item.id for item in answer.task_runs] == [item.id for item in failed.task_runs]
    done = await run.wait(failed.execution.id)
    assert (len(done.task_runs), state_of(done)) == (4, "SUCCESS")
    assert len(run_of(done, "c").attempts) == 2


async def test_error_tasks_are_dropped_by_a_restart(run: Runner):
    failed = await run(fail("f"), errors=[ret("e")])
    answer = await run.node.operations.restart(failed.execution.id)
    assert ids(answer) == ["f"]
    done = await run.wait(failed.execution.id)
    assert (ids(done), state_of(done)) == (["f", "e"], "FAILED")
    assert len(run_of(done, "f").attempts) == 2
    assert done.execution.parent_id is None


async def test_local_error_tasks_are_dropped_too(run: Runner):
    inner = seq("s", ret("close"), fail("f"), errors=[ret("handler")])
    failed = await run(ret("before"), inner, ret("after"))
    assert ids(failed) == ["before", "s", "close", "f", "handler"]
    answer = await run.node.operations.restart(failed.execution.id)
    assert ids(answer) == ["before", "s", "close", "f"]
    done = await run.wait(failed.execution.id)
    assert (len(done.task_runs), state_of(done)) == (5, "FAILED")


async def test_an_execution_is_restarted_twice(run: Runner):
    failed = await run(fail("f"))
    for _ in range(2):
        answer = await run.node.operations.restart(failed.execution.id)
        assert shown(answer.execution.state).endswith("FT")
        done = await run.wait(failed.execution.id)
        assert state_of(done) == "FAILED"
    assert len(run_of(done, "f").attempts) == 3


async def test_a_restarted_directory_runs_anew(run: Runner):
    directory = task("flow.WorkingDirectory", "wd", tasks=[fail("f"), ret("r")], errors=[ret("e")])
    failed = await run(directory)
    assert ids(failed) == ["wd", "f", "e"]
    answer = await run.node.operations.restart(failed.execution.id)
    assert ids(answer) == ["wd"]
    assert shown(run_of(answer, "wd").state) == "CRFT"
    done = await run.wait(failed.execution.id)
    assert (ids(done), state_of(done)) == (["wd", "f", "e"], "FAILED")


async def test_a_restart_inside_a_loop_keeps_what_was_done(run: Runner):
    condition = "{{ taskrun.value == '2' and taskrun.attemptsCount == 0 }}"
    failed = await run(each("fe", [1, 2], fail("f", condition)), ret("l"), errors=[ret("e")])
    assert ids(failed) == ["fe", "f[1]", "f[2]", "e"]
    await run.node.operations.restart(failed.execution.id)
    done = await run.wait(failed.execution.id)
    assert ids(done) == ["fe", "f[1]", "f[2]", "l"]
    assert shown(run_of(done, "f", "2").state) == "CRFTRS"
    assert shown(run_of(done, "fe").state) == "CRFRS"
    assert shown(done.execution.state) == "CRFTRS"
    assert done.execution.metadata.attempt_number == 2


async def replayed(run: Runner, done: Snapshot, task_id: str, value: str | None = None) -> Snapshot:
    return await run.node.replays.replay(done.execution.id, run_of(done, task_id, value).id)


async def test_a_replay_from_the_second_of_five(run: Runner):
    done = await run(*[ret(name) for name in "abcde"])
    again = await replayed(run, done, "b")
    assert shown(again.execution.state) == "CRST"
    assert ids(again) == ["a", "b"]
    assert shown(run_of(again, "b").state) == "CRST"
    assert not {item.id for item in again.task_runs} & {item.id for item in done.task_runs}
    ended = await run.wait(again.execution.id)
    assert (len(ended.task_runs), state_of(ended)) == (5, "SUCCESS")


def nested() -> list[dict]:
    inner = par("q", ret("q1"), seq("s", ret("s1"), ret("s2")), ret("q2"))
    return [par("p", ret("a"), ret("b"), inner, ret("c")), ret("last")]


async def test_a_replay_of_a_nested_sequence(run: Runner):
    done = await run(*nested())
    again = await replayed(run, done, "s")
    assert len(again.task_runs) == 8
    assert shown(run_of(again, "s").state) == "CRSR"
    ended = await run.wait(again.execution.id)
    assert (len(ended.task_runs), state_of(ended)) == (11, "SUCCESS")


async def test_a_replay_inside_a_parallel_loop(run: Runner):
    done = await run(each("e", [1, 2, 3], seq("s", ret("a"), ret("b")), limit=0), ret("last"))
    assert len(done.task_runs) == 11
    again = await replayed(run, done, "s", "1")
    assert len(again.task_runs) == 8
    ended = await run.wait(again.execution.id)
    assert (len(ended.task_runs), state_of(ended)) == (11, "SUCCESS")


async def test_a_replay_of_the_last_task_keeps_loops(run: Runner):
    inner = each("i", [1, 2], ret("t"), ret("u"), limit=0)
    done = await run(each("o", ["a", "b", "c"], inner, limit=0), ret("last"))
    again = await replayed(run, done, "last")
    assert len(again.task_runs) == len(done.task_runs)
    ended = await run.wait(again.execution.id)
    assert (state_of(ended), ended.execution.parent_id) == ("SUCCESS", done.execution.id)
    assert ended.execution.original_id == done.execution.original_id


async def test_a_replay_inside_nested_loops_ends_the_same(run: Runner):
    inner = task("flow.EachSequential", "i", value=["x", "y"], tasks=[ret("u"), ret("v")])
    outer = task(
        "flow.EachSequential", "o", value=["s1", "s2", "s3"], tasks=[ret("t"), inner, ret("w")]
    )
    done = await run(outer, ret("last"))
    again = await replayed(run, done, "u", "x")
    assert shown(run_of(again, "u").state) == "CRST"
    ended = await run.wait(again.execution.id)
    assert (len(ended.task_runs), state_of(ended)) == (len(done.task_runs), "SUCCESS")


async def test_a_failed_task_run_is_taken_for_good(run: Runner):
    failed = await run(fail("f"), ret("next"), errors=[ret("e")])
    changed = await run.node.operations.change_task_run_state(
        failed.execution.id, run_of(failed, "f").id, StateType.SUCCESS
    )
    done = await run.wait(changed.execution.id)
    assert states(done) == [("f", "SUCCESS"), ("next", "SUCCESS")]
    assert shown(done.execution.state) == "CRFTRS"


async def test_a_flowable_inside_a_loop_is_set_to_failed(run: Runner):
    done = await run(each("e", [1, 2], seq("s", ret("a"))))
    await run.node.operations.change_task_run_state(
        done.execution.id, run_of(done, "s", "1").id, StateType.FAILED
    )
    again = await run.wait(done.execution.id)
    assert state_of(again) == "FAILED"
    assert run_of(again, "s", "1").state.current is StateType.FAILED
    assert "T" in shown(again.execution.state)


async def test_a_pause_with_tasks_runs_them_after_the_resume(run: Runner):
    execution_id = await run.start(task("flow.Pause", "p", tasks=[ret("c")]), ret("last"))
    await run.until(execution_id, StateType.PAUSED)
    await run.node.operations.resume(execution_id)
    done = await run.wait(execution_id)
    assert (ids(done), state_of(done)) == (["p", "c", "last"], "SUCCESS")
    assert shown(done.execution.state) == "CRPTRS"
    assert shown(run_of(done, "p").state) == "CRPRS"


async def test_a_paused_execution_is_restarted(run: Runner):
    execution_id = await run.start(task("flow.Pause", "p"), ret("last"))
    await run.until(execution_id, StateType.PAUSED)
    await run.node.operations.restart(execution_id)
    await run.until(execution_id, StateType.PAUSED)
    await run.node.operations.resume(execution_id)
    done = await run.wait(execution_id)
    assert (ids(done), state_of(done)) == (["p", "last"], "SUCCESS")
