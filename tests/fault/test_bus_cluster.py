"""A cluster of three NATS servers, of which any one may die."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import nats
import pytest
from fault_world import begins, eventually, marking, start, wait_all
from nats.errors import Error as NatsError

from tiercel.bus import Bus
from tiercel.bus.names import Names
from tiercel.embedded import Endpoints
from tiercel.embedded.binaries import find_nats
from tiercel.main import open_node
from tiercel.services.node import NodeOptions

SERVERS = 3
NAMES = Names("tiercel")
LOGIN = "tiercel:secret"


@dataclass
class Cluster:
    """Running servers, by name."""

    processes: dict[str, asyncio.subprocess.Process]
    ports: dict[str, int]

    @property
    def url(self) -> str:
        """All of them, with the login at the first alone."""
        first, *others = (f"127.0.0.1:{port}" for port in self.ports.values())
        return ",".join([f"nats://{LOGIN}@{first}", *(f"nats://{item}" for item in others)])

    def url_of(self, name: str) -> str:
        return f"nats://{LOGIN}@127.0.0.1:{self.ports[name]}"

    async def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        process.kill()
        await process.wait()


def free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    found = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return found


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    """Three servers that have found each other and a leader."""
    clients, routes = free_ports(SERVERS), free_ports(SERVERS)
    listed = ", ".join(f"'nats://127.0.0.1:{port}'" for port in routes)
    made = Cluster({}, {})
    for number in range(SERVERS):
        name = f"n{number}"
        settings = tmp_path / f"{name}.conf"
        settings.write_text(
            f"server_name: {name}\nlisten: 127.0.0.1:{clients[number]}\nmax_payload: 8MB\n"
            f"jetstream: {{store_dir: '{tmp_path}/{name}'}}\n"
            "authorization: {user: tiercel, password: secret}\n"
            f"cluster: {{name: c, listen: 127.0.0.1:{routes[number]}, routes: [{listed}]}}\n"
        )
        made.ports[name] = clients[number]
        made.processes[name] = await asyncio.create_subprocess_exec(
            str(find_nats()), "-c", str(settings), stderr=asyncio.subprocess.DEVNULL
        )
    try:
        await eventually(lambda: has_leader(made), bool)
        yield made
    finally:
        for name in list(made.processes):
            await made.kill(name)


async def has_leader(cluster: Cluster) -> bool:
    """Whether those that run have found each other, and one of them makes streams."""
    last = list(cluster.processes)[-1]
    try:
        client = await nats.connect(cluster.url_of(last), max_reconnect_attempts=1)
    except (NatsError, OSError):
        return False
    try:
        await client.jetstream(timeout=1).account_info()
        known = set(client._server_info.get("connect_urls", ()))
        return len(known) == len(cluster.processes)
    except NatsError:
        return False
    finally:
        await client.close()


async def leader_and_copies(cluster: Cluster, stream: str) -> tuple[str, int]:
    """Return which server leads a stream, and how many have it."""
    client = await nats.connect(cluster.url_of(next(iter(cluster.processes))))
    try:
        info = await client.jetstream().stream_info(stream)
    finally:
        await client.close()
    assert info.cluster is not None
    return str(info.cluster.leader), 1 + len(info.cluster.replicas or ())


async def test_executions_go_on_when_the_leader_of_the_bus_dies(
    cluster: Cluster, servers_apart: Endpoints, tmp_path: Path, own_types: None
) -> None:
    options = NodeOptions(
        data_dir=tmp_path / "node",
        database_url=servers_apart.tcp_url,
        bus_url=cluster.url,
        slots=16,
        grace=1.0,
    )
    async with open_node(options) as node:
        await node.flows.save(marking("led", seconds=0.3, tasks=3))
        ids = await start(node, "led", 30)

        async def count() -> int:
            return sum(begins(ids).values())

        await eventually(count, lambda number: number > 20)
        leader, copies = await leader_and_copies(cluster, NAMES.jobs_stream)
        assert copies == SERVERS
        await cluster.kill(leader)
        done = await wait_all(node, ids)
    assert {item.execution.state.current.value for item in done} == {"SUCCESS"}
    assert all(3 <= number <= 6 for number in begins(ids).values())


async def test_any_server_of_the_list_is_good_to_begin_with(cluster: Cluster) -> None:
    await cluster.kill("n0")
    await eventually(lambda: has_leader(cluster), bool)
    bus = await Bus.connect(cluster.url, prefix="begun")
    assert bus.is_connected
    await bus.close()


async def test_streams_of_a_single_copy_get_more_in_a_cluster(cluster: Cluster) -> None:
    for replicas in (1, 0):
        bus = await Bus.connect(cluster.url, prefix="grown", replicas=replicas)
        await bus.close()

    async def copies() -> int:
        return (await leader_and_copies(cluster, Names("grown").jobs_stream))[1]

    await eventually(copies, lambda number: number == SERVERS)
