"""Retries of tasks, flowables and flows."""

from __future__ import annotations

import asyncio

import pytest
from format_kit import Runner, each, fail, ids, ret, retry, run_of, seq, shown, state_of

from tiercel.model.state import StateType

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("kind", ["constant", "exponential", "random"])
async def test_attempts_are_counted(run: Runner, kind):
    done = await run(fail("f", retry=retry(3, kind)))
    assert (len(run_of(done, "f").attempts), state_of(done)) == (3, "FAILED")
    assert shown(run_of(done, "f").state) == "CRFYCRFYCRF"
    assert shown(done.execution.state) == "CRFYRFYRF"


async def test_a_longest_duration_ends_retries(run: Runner):
    rule = {"type": "constant", "interval": "PT0.2S", "maxDuration": "PT0.5S"}
    done = await run(fail("f", retry=rule))
    assert 2 <= len(run_of(done, "f").attempts) <= 3


async def test_a_flow_lends_its_retry(run: Runner):
    done = await run(seq("s", fail("f"), errors=[ret("le")]), retry=retry(4), errors=[ret("e")])
    assert len(run_of(done, "f").attempts) == 4
    assert (ids(done), state_of(done)) == (["s", "f", "le", "e"], "FAILED")


@pytest.mark.parametrize("depth", [1, 2])
async def test_a_flowable_lends_its_retry(run: Runner, depth):
    inner = seq("s1", fail("f"))
    if depth == 2:
        inner = seq("s2", inner)
    inner["retry"] = retry(3)
    done = await run(inner)
    assert len(run_of(done, "f").attempts) == 3


async def test_a_loop_lends_its_retry_to_all_values(run: Runner):
    done = await run(each("e", [0, 1], fail("f"), limit=0, retry=retry(2)))
    assert state_of(done) == "FAILED"
    assert all(len(item.attempts) == 2 for item in done.task_runs if item.task_id == "f")


async def test_errors_run_once_after_the_last_attempt(run: Runner):
    done = await run(fail("f", retry=retry(3)), ret("next"), errors=[ret("e")])
    assert (ids(done), state_of(done)) == (["f", "e"], "FAILED")


@pytest.mark.parametrize(("warns", "state"), [(True, "WARNING"), (False, "SUCCESS")])
async def test_a_success_after_failures_may_warn(run: Runner, warns, state):
    rule = retry(5, warningOnRetry=warns)
    done = await run(fail("f", "{{ taskrun.attemptsCount < 3 }}", retry=rule))
    assert (len(run_of(done, "f").attempts), state_of(done)) == (4, state)


async def test_a_success_at_once_does_not_warn(run: Runner):
    done = await run(fail("f", "{{ false }}", retry=retry(5, warningOnRetry=True)))
    assert (len(run_of(done, "f").attempts), state_of(done)) == (1, "SUCCESS")


@pytest.mark.parametrize("of_flow", [True, False])
async def test_a_retry_may_be_a_new_execution(run: Runner, of_flow):
    rule = retry(3, behavior="CREATE_NEW_EXECUTION")
    own = {} if of_flow else {"retry": rule}
    more = {"retry": rule} if of_flow else {}
    first = await run(fail("f", **own), **more)
    async with asyncio.timeout(60):
        while True:
            found = await run.of_flow(first.execution.flow_id)
            if len(found) == 3 and all(item.settled for item in found):
                break
            await asyncio.sleep(0.02)
    assert [state_of(item) for item in found] == ["RETRIED", "RETRIED", "FAILED"]
    assert found[2].execution.original_id == first.execution.id


async def test_a_kill_ends_the_wait_for_a_retry(run: Runner):
    rule = {"type": "constant", "interval": "PT1H", "maxAttempt": 3}
    execution_id = await run.start(fail("f", retry=rule))
    await run.until(execution_id, StateType.RETRYING)
    await run.node.executions.kill(execution_id)
    done = await run.wait(execution_id)
    assert shown(done.execution.state) == "CRFYGK"
