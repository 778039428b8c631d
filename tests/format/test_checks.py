"""Checks: conditions on the inputs, looked at before an execution is created."""

from __future__ import annotations

from typing import Any

import pytest
from format_kit import Runner, ret, run_of, shown, state_of, task

from tiercel.model.errors import IllegalArgumentError

pytestmark = pytest.mark.asyncio(loop_scope="session")


def check(behavior: str | None = None, condition: str = "{{ inputs.n > 3 }}") -> dict[str, Any]:
    more = {} if behavior is None else {"behavior": behavior}
    return {"condition": condition, "message": "n is too small", **more}


async def start(run: Runner, number: int, *checks: dict[str, Any]) -> str:
    namespace, flow_id = await run.save(
        [ret("a")], inputs=[{"id": "n", "type": "INT"}], checks=list(checks)
    )
    return (await run.node.executions.start(namespace, flow_id, inputs={"n": number})).id


async def test_a_check_forbids_an_execution(run: Runner):
    with pytest.raises(IllegalArgumentError, match="n is too small"):
        await start(run, 1, check("CREATE_EXECUTION"), check())
    assert state_of(await run.wait(await start(run, 4, check()))) == "SUCCESS"


async def test_a_check_fails_an_execution(run: Runner):
    done = await run.wait(await start(run, 1, check("FAIL_EXECUTION"), check("CREATE_EXECUTION")))
    assert (shown(done.execution.state), list(done.task_runs)) == ("CF", [])


async def test_a_check_only_tells(run: Runner):
    done = await run.wait(await start(run, 1, check("CREATE_EXECUTION")))
    assert state_of(done) == "SUCCESS"


@pytest.mark.parametrize("condition", ["{{ nope }}", "{{ 'true' }}", "{{ inputs.n }}"])
async def test_what_is_not_true_has_not_passed(run: Runner, condition):
    with pytest.raises(IllegalArgumentError):
        await start(run, 9, check(condition=condition))


async def test_a_subflow_that_is_forbidden_fails_its_task(run: Runner):
    namespace, child = await run.save([ret("a")], checks=[check(condition="{{ false }}")])
    done = await run(task("flow.Subflow", "s", namespace=namespace, flowId=child))
    assert run_of(done, "s").state.current == "FAILED"
    assert any("n is too small" in text for text in await run.messages(done))


async def test_a_subflow_that_fails_at_once_fails_its_task(run: Runner):
    failing = check("FAIL_EXECUTION", "{{ false }}")
    namespace, child = await run.save([ret("a")], checks=[failing])
    done = await run(task("flow.Subflow", "s", namespace=namespace, flowId=child))
    assert state_of(done) == "FAILED"
    (below,) = await run.children(done.execution.id)
    assert shown(below.execution.state) == "CF"
