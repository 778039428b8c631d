"""One broken execution: it fails, and nobody else notices."""

from __future__ import annotations

import base64
import os

import pytest
from msgspec.structs import replace

from tiercel.model.news import Created
from tiercel.model.state import State, StateType
from tiercel.services.clock import new_id, utc_now
from tiercel.services.encryption import Cipher

pytestmark = pytest.mark.asyncio(loop_scope="session")

SECRET = """
id: lost_key
namespace: tests.broken
inputs:
  - {id: password, type: SECRET}
tasks:
  - {id: r, type: io.kestra.plugin.core.debug.Return, format: "{{ inputs.password }}"}
"""


async def test_a_secret_of_another_key_fails_its_execution_only(node, run_flow):
    good = await run_flow(SECRET, {"password": "clear"})
    assert good.execution.state.current is StateType.SUCCESS
    other = Cipher(base64.b64encode(os.urandom(32)).decode())
    broken = replace(
        good.execution,
        id=new_id(),
        state=State.created(utc_now()),
        inputs={"password": other.encrypt("clear")},
    )
    await node.store.executions.create([broken], Created())
    await node.bus.wake()
    done = await node.executions.wait(broken.id)
    assert done.execution.state.current is StateType.FAILED
    async for _ in node.executions.watch(broken.id):
        pass
    entries = await node.logs.list(broken.id)
    assert any("can't be decrypted" in entry.message for entry in entries)
    again = await run_flow(SECRET, {"password": "clear"})
    assert again.execution.state.current is StateType.SUCCESS
