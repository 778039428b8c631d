"""A cluster of three NATS servers, of which any one may die."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fault_world import (
    LEASE_SECONDS,
    PATIENCE_SECONDS,
    begins,
    eventually,
    marking,
    start,
    wait_all,
)
from nats.errors import Error as NatsError
from nats_kit import connected, free_ports

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
    """Running servers, by name.

    Attributes:
        ports: Of clients.
        monitors: Of those who ask how a server is.
    """

    processes: dict[str, asyncio.subprocess.Process]
    ports: dict[str, int]
    monitors: dict[str, int]

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


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    """Three servers that have found each other and a leader."""
    ports = free_ports(3 * SERVERS)
    clients, routes, monitors = (ports[n::SERVERS] for n in range(3))
    listed = ", ".join(f"'nats://127.0.0.1:{port}'" for port in routes)
    made = Cluster({}, {}, {})
    try:
        for number in range(SERVERS):
            name = f"n{number}"
            settings = tmp_path / f"{name}.conf"
            settings.write_text(
                f"server_name: {name}\nlisten: 127.0.0.1:{clients[number]}\nmax_payload: 8MB\n"
                f"http: 127.0.0.1:{monitors[number]}\n"
                f"jetstream: {{store_dir: '{tmp_path}/{name}'}}\n"
                "authorization: {user: tiercel, password: secret}\n"
                f"cluster: {{name: c, listen: 127.0.0.1:{routes[number]}, routes: [{listed}]}}\n"
            )
            made.ports[name], made.monitors[name] = clients[number], monitors[number]
            made.processes[name] = await asyncio.create_subprocess_exec(
                str(find_nats()), "-c", str(settings), stderr=asyncio.subprocess.DEVNULL
            )
        await eventually(lambda: is_settled(made), bool)
        yield made
    finally:
        for name in list(made.processes):
            await made.kill(name)


async def is_settled(cluster: Cluster) -> bool:
    """Whether those that run know each other, and agree on one of them that makes streams.

    Those that lost the one that led believe in it for seconds.
    """
    leaders = set()
    try:
        async with httpx.AsyncClient() as http:
            for name in cluster.processes:
                async with connected(cluster.url_of(name), allow_reconnect=False) as client:
                    known = set(client._server_info.get("connect_urls", ()))
                told = await http.get(f"http://127.0.0.1:{cluster.monitors[name]}/jsz")
                leaders.add(told.json().get("meta_cluster", {}).get("leader"))
                if len(known) != len(cluster.processes):
                    return False
    except (NatsError, OSError, httpx.HTTPError):
        return False
    return len(leaders) == 1 and leaders <= set(cluster.processes)


async def leader_and_copies(cluster: Cluster, stream: str) -> tuple[str, int]:
    """Return which server leads a stream, and how many have it; none while nobody leads it."""
    try:
        async with connected(cluster.url_of(next(iter(cluster.processes)))) as client:
            info = await client.jetstream().stream_info(stream)
    except NatsError:  # nobody answers for it
        return "", 0
    if info.cluster is None or not info.cluster.leader:
        return "", 0
    return info.cluster.leader, 1 + len(info.cluster.replicas or ())


def options(folder: Path, servers: Endpoints, cluster: Cluster) -> NodeOptions:
    return NodeOptions(
        data_dir=folder / "node",
        database_url=servers.tcp_url,
        bus_url=cluster.url,
        slots=16,
        grace=1.0,
        lease=LEASE_SECONDS,
    )


async def test_executions_go_on_when_the_leader_of_the_bus_dies(
    cluster: Cluster, servers_apart: Endpoints, tmp_path: Path, own_types: None
) -> None:
    async with open_node(options(tmp_path, servers_apart, cluster)) as node:
        await node.flows.save(marking("led", seconds=0.3, tasks=3))
        ids = await start(node, "led", 30)

        async def count() -> int:
            return sum(begins(ids).values())

        await eventually(count, lambda number: number > 20)
        leader, _ = await eventually(
            lambda: leader_and_copies(cluster, NAMES.jobs_stream), lambda found: found[1] == SERVERS
        )
        await cluster.kill(leader)
        done = await wait_all(node, ids)
    assert {item.execution.state.current.value for item in done} == {"SUCCESS"}
    assert all(3 <= number <= 6 for number in begins(ids).values())


async def test_any_server_of_the_list_is_good_to_begin_with(
    cluster: Cluster, servers_apart: Endpoints, tmp_path: Path, own_types: None
) -> None:
    await cluster.kill("n0")
    await eventually(lambda: is_settled(cluster), bool)
    bus = await Bus.connect(cluster.url, wait_seconds=PATIENCE_SECONDS)
    assert bus.is_connected
    await bus.close()
    async with open_node(options(tmp_path, servers_apart, cluster)) as node:
        await node.flows.save(marking("kept", seconds=1.5 * LEASE_SECONDS))
        ids = await start(node, "kept", 3)
        done = await wait_all(node, ids)
    assert {item.execution.state.current.value for item in done} == {"SUCCESS"}
    assert set(begins(ids).values()) == {1}


async def connected_once(cluster: Cluster, prefix: str, replicas: int) -> None:
    bus = await Bus.connect(
        cluster.url, prefix=prefix, replicas=replicas, wait_seconds=PATIENCE_SECONDS
    )
    await bus.close()


async def test_streams_of_a_single_copy_get_more_in_a_cluster(cluster: Cluster) -> None:
    async def copies() -> int:
        return (await leader_and_copies(cluster, Names("grown").jobs_stream))[1]

    # five copies can't be had of three servers
    for replicas in (5, 5):
        await connected_once(cluster, "grown", replicas)
        assert await eventually(copies, bool) == 1
    await connected_once(cluster, "grown", 0)
    await eventually(copies, lambda number: number == SERVERS)
