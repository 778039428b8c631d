"""Workers log in to NATS with the rights of their group, and can do no more than its work."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import nats
import pytest
from fault_world import begins, marking, start, wait_all
from nats.errors import Error as NatsError
from nats_kit import nats_server

from tiercel.bus.names import Names, worker_inbox
from tiercel.bus.permissions import configuration, worker_user
from tiercel.embedded import Endpoints
from tiercel.main import open_node, open_worker
from tiercel.services.node import NodeOptions, Role

GROUPS = ("default", "gpu")
NAMES = Names("tiercel")
PASSWORDS = {
    "TIERCEL_BUS_PASSWORD": "for-servers",
    "TIERCEL_BUS_PASSWORD_DEFAULT": "for-default",
    "TIERCEL_BUS_PASSWORD_GPU": "for-gpu",
}


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Port of a NATS server with users and rights."""
    with nats_server(tmp_path, configuration(GROUPS), env=PASSWORDS) as free:
        yield free


def url_of(port: int, user: str, password: str) -> str:
    return f"nats://{user}:{password}@127.0.0.1:{port}"


def options(folder: Path, database: str, bus: str, *roles: Role, group: str) -> NodeOptions:
    return NodeOptions(
        data_dir=folder,
        database_url=database,
        bus_url=bus,
        roles=frozenset(roles),
        worker_group=group,
        grace=1.0,
    )


async def test_a_worker_does_the_work_of_its_group_with_its_rights(
    port: int, tmp_path: Path, servers_apart: Endpoints, own_types: None
) -> None:
    servers = url_of(port, "tiercel", "for-servers")
    roles = (Role.EXECUTOR, Role.INDEXER)
    source = marking("rights", tasks=2).replace(
        "type: fault.Mark", "type: fault.Mark, workerGroup: {key: gpu}"
    )
    database, worker = servers_apart.tcp_url, url_of(port, worker_user("gpu"), "for-gpu")
    folder = tmp_path / "data"
    async with (
        open_node(options(folder, database, servers, *roles, group="default")) as node,
        open_worker(options(folder, "", worker, Role.WORKER, group="gpu")),
    ):
        await node.flows.save(source)
        ids = await start(node, "rights", 3)
        done = await wait_all(node, ids)
    assert {item.execution.state.current.value for item in done} == {"SUCCESS"}
    assert set(begins(ids).values()) == {2}


async def test_what_is_none_of_its_business_is_refused(port: int) -> None:
    refused: list[str] = []

    async def on_error(error: Exception) -> None:
        refused.append(str(error))

    boss = await nats.connect(url_of(port, "tiercel", "for-servers"))
    client = await nats.connect(
        url_of(port, worker_user("gpu"), "for-gpu"),
        inbox_prefix=worker_inbox("gpu"),
        error_cb=on_error,
    )
    forbidden = [
        NAMES.job("gpu", "a1"),
        NAMES.job("default", "a1"),
        NAMES.stop,
        NAMES.secrets,
        f"$JS.API.STREAM.DELETE.{NAMES.jobs_stream}",
        f"$JS.API.STREAM.PURGE.{NAMES.news_stream}",
        f"$JS.API.STREAM.MSG.GET.{NAMES.news_stream}",
        f"$JS.API.CONSUMER.MSG.NEXT.{NAMES.jobs_stream}.workers-default",
        f"$JS.API.CONSUMER.DURABLE.CREATE.{NAMES.jobs_stream}.workers-gpu",
        f"$JS.API.CONSUMER.CREATE.{NAMES.jobs_stream}.workers-gpu.tiercel.jobs.default.*",
        f"$JS.ACK.{NAMES.jobs_stream}.workers-default.1.1.1.1.1",
    ]
    heard = ["_INBOX.>", f"{worker_inbox('default')}.>", NAMES.news, NAMES.jobs_of("*"), ">"]
    try:
        for subject in forbidden:
            await client.publish(subject, b"{}")
        for subject in heard:
            await client.subscribe(subject)
        await client.flush()
        async with asyncio.timeout(10):
            while len(refused) < len(forbidden) + len(heard):
                await asyncio.sleep(0.02)
    finally:
        await client.close()
        await boss.close()
    assert all("permissions violation" in text.lower() for text in refused)


async def test_another_password_opens_nothing(port: int) -> None:
    with pytest.raises((NatsError, OSError)):
        await nats.connect(
            url_of(port, worker_user("gpu"), "for-default"),
            allow_reconnect=False,
            max_reconnect_attempts=1,
        )


def test_no_password_is_written_down() -> None:
    written = configuration(GROUPS)
    assert set(re.findall(r"password\": ?(\S+?),?\n", written)) == {
        "$" + name for name in PASSWORDS
    }
