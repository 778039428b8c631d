from __future__ import annotations

import asyncio
import contextlib

import nats.errors
import pytest

from tiercel.bus.answers import answered
from tiercel.model.errors import ServerUnavailableError


async def test_a_cancellation_that_the_client_lost_is_raised_after_the_call() -> None:
    async def call() -> str:
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        with answered("It can't be done"), contextlib.suppress(asyncio.CancelledError):
            await answer
        return "went on"

    task = asyncio.create_task(call())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_no_answer_is_an_unavailable_server() -> None:
    with (
        pytest.raises(ServerUnavailableError, match="It can't be done: nats: timeout"),
        answered("It can't be done"),
    ):
        raise nats.errors.TimeoutError
