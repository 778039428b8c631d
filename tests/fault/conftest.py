"""Servers of the fault tests' own: nobody else is on their bus."""

from __future__ import annotations

import asyncio
import gc
import uuid
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from fault_world import World, registry_of_tests, wired

from left_sockets import LEFT_SOCKETS, collected
from tiercel.bus import Bus
from tiercel.embedded import EmbeddedServers, Endpoints
from tiercel.plugin.registry import Registry

__all__ = ["collected"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let clients lose connections without a complaint."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings(LEFT_SOCKETS))


@pytest.fixture(scope="session")
def servers_of_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    """PostgreSQL and NATS that no other process of the test run uses."""
    servers = EmbeddedServers(tmp_path_factory.mktemp("apart"), postgres_port=0)
    yield servers.start_blocking()
    servers.stop_blocking()


@pytest.fixture(scope="module")
def servers_apart(servers_of_process: Endpoints) -> Iterator[Endpoints]:
    """A database of their own for the tests of one file, and a bus on which nothing is."""
    name = f"apart_{uuid.uuid4().hex}"
    found = replace(
        servers_of_process,
        database_url=_url_of(servers_of_process.database_url, name),
        tcp_url=_url_of(servers_of_process.tcp_url, name),
    )
    with psycopg.connect(servers_of_process.database_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield found
    with ThreadPoolExecutor(1) as thread:  # it has no event loop yet
        thread.submit(asyncio.run, _empty(found.bus_url)).result()
    with psycopg.connect(servers_of_process.database_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _url_of(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()


async def _empty(url: str) -> None:
    bus = await Bus.connect(url)
    await bus.delete_streams()
    await bus.close()


@pytest.fixture
def own_types(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """Nodes know the task types of these tests."""
    registry = registry_of_tests()
    monkeypatch.setattr("tiercel.main.nodes.plugin_registry", lambda: registry)
    yield registry
    gc.collect()


@pytest.fixture
async def world(servers_apart: Endpoints, tmp_path: Path, own_types: None) -> AsyncIterator[World]:
    """Wires to the servers of this file."""
    async with wired(tmp_path, servers_apart) as made:
        yield made
