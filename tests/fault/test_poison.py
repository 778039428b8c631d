"""Messages that nobody can read, on every subject: they are set aside, and work goes on."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from fault_world import PATIENCE_SECONDS, World, marking, start, wait_all
from nats.aio.client import Client
from nats_kit import connected

from tiercel.bus.names import Names
from tiercel.model.errors import IllegalArgumentError, TiercelError
from tiercel.services.node import Role

NAMES = Names("tiercel")
POISON = (b"", b"\x00", b"\xff" * 40, b"{}", b"\x93\x01\x02\x03", b"\x81\xa1x" * 20)
STORED = (NAMES.news, NAMES.metrics, NAMES.live("none", "logs"))
SIGNALS = (
    *(NAMES.wake, NAMES.wake_scheduler, NAMES.secrets, NAMES.stop, NAMES.answer),
    *(NAMES.presence, NAMES.presence_asked, NAMES.live("none", "tail")),
)
ASKED = (NAMES.questions, NAMES.toggle)
ALL_ROLES = (Role.EXECUTOR, Role.WORKER, Role.INDEXER, Role.SCHEDULER, Role.WEBSERVER)


async def poison(client: Client) -> None:
    """Send what can't be read wherever somebody listens."""
    jetstream = client.jetstream()
    for number, data in enumerate(POISON):
        for subject in (*STORED, NAMES.job("default", f"poison-{number}")):
            await jetstream.publish(subject, data)
        for subject in SIGNALS:
            await client.publish(subject, data)
    await client.flush()


@pytest.mark.parametrize("subject", ASKED)
async def test_a_question_that_can_not_be_read_is_answered(world: World, subject: str) -> None:
    async with world.node(*ALL_ROLES), connected(world.bus.url) as client:
        for data in POISON:
            reply = await client.request(subject, data, timeout=PATIENCE_SECONDS)
            assert any(word for word in msgspec.msgpack.decode(reply.data).values())


async def test_an_answer_that_breaks_is_an_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world.node(*ALL_ROLES) as node:
        with pytest.raises(IllegalArgumentError):
            await node.bus.ask_server("no such question", {})
        async with asyncio.timeout(PATIENCE_SECONDS):
            with pytest.raises(TiercelError):
                await node.bus.ask_server("resume", {"executionId": ["no", "id"]})


async def test_unreadable_messages_are_set_aside(world: World) -> None:
    async with world.node(*ALL_ROLES) as node:
        await node.flows.save(marking("sound", tasks=2))
        before = await start(node, "sound", 3)
        async with connected(world.bus.url) as client:
            await poison(client)
            ids = before + await start(node, "sound", 3)
            done = await wait_all(node, ids)
            await world.accounts(node, ids)
            jetstream = client.jetstream()
            async with asyncio.timeout(PATIENCE_SECONDS):
                for stream in (NAMES.jobs_stream, NAMES.news_stream, NAMES.logs_stream):
                    while (await jetstream.stream_info(stream)).state.messages:
                        await asyncio.sleep(0.05)
            dead = await jetstream.stream_info(NAMES.dead_stream)
    assert {item.execution.state.current.value for item in done} == {"SUCCESS"}
    assert dead.state.messages >= len(POISON)
