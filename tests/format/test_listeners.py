"""Listeners: tasks that run after the end, and never change it."""

from __future__ import annotations

import pytest
from format_kit import Runner, fail, ids, ret, run_of, state_of, task

pytestmark = pytest.mark.asyncio(loop_scope="session")

FAILED = [{"type": "io.kestra.plugin.core.condition.ExecutionStatus", "in": ["FAILED"]}]


async def test_listeners_run_one_after_the_other_whatever_fails(run: Runner):
    listeners = [
        {"tasks": [fail("l1"), ret("l2")]},
        {"conditions": FAILED, "tasks": [ret("l3")]},
        {"tasks": [ret("l4", "{{ execution.state }}")]},
    ]
    done = await run(ret("a"), listeners=listeners, afterExecution=[ret("ae")])
    assert (ids(done), state_of(done)) == (["a", "ae", "l1", "l2", "l4"], "SUCCESS")
    assert run_of(done, "l4").outputs == {"value": "SUCCESS"}


async def test_a_listener_hears_of_failures(run: Runner):
    shell = {
        "id": "l1",
        "type": "io.kestra.plugin.scripts.shell.Commands",
        "taskRunner": {"type": "io.kestra.plugin.core.runner.Process"},
        "commands": ["true"],
    }
    listeners = [{"conditions": FAILED, "tasks": [shell, ret("l2")]}]
    done = await run(fail("f"), listeners=listeners)
    assert (ids(done), state_of(done)) == (["f", "l1", "l2"], "FAILED")


async def test_a_parent_waits_for_the_listeners_of_its_child(run: Runner):
    namespace, child = await run.save([ret("a")], listeners=[{"tasks": [ret("l")]}])
    done = await run(task("flow.Subflow", "s", namespace=namespace, flowId=child))
    assert state_of(done) == "SUCCESS"
    (below,) = await run.children(done.execution.id)
    assert ids(below) == ["a", "l"]
