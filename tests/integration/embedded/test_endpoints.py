"""What a client finds behind the endpoints."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import asyncpg
import nats
import psycopg
import pytest

if TYPE_CHECKING:
    from tiercel.embedded import Endpoints


async def test_asyncpg_reaches_the_database_by_socket_and_by_tcp(servers: Endpoints) -> None:
    for url in (servers.database_url, servers.tcp_url):
        connection = await asyncpg.connect(url)
        try:
            assert await connection.fetchval("SELECT current_database()") == "tiercel"
        finally:
            await connection.close()


def test_psycopg_reaches_the_database_by_socket_and_by_tcp(servers: Endpoints) -> None:
    for url in (servers.database_url, servers.tcp_url):
        with psycopg.connect(url) as connection:
            row = connection.execute("SELECT current_database()").fetchone()
            assert row == ("tiercel",)


def test_tcp_asks_for_the_password(servers: Endpoints) -> None:
    url = f"postgresql://postgres:wrong@127.0.0.1:{servers.postgres_port}/tiercel"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url)


def test_the_database_is_durable_and_unicode(servers: Endpoints) -> None:
    with psycopg.connect(servers.database_url) as connection:
        for setting, value in {
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "server_encoding": "UTF8",
            "TimeZone": "UTC",
        }.items():
            assert connection.execute(f"SHOW {setting}").fetchone() == (value,)
        assert connection.execute("SELECT upper('fähre é')").fetchone() == ("FÄHRE É",)


async def test_a_stream_takes_a_payload_of_eight_megabytes(servers: Endpoints) -> None:
    client = await nats.connect(servers.bus_url)
    try:
        stream = client.jetstream()
        await stream.add_stream(name="payloads", subjects=["payloads.*"])
        assert client.max_payload == 8 * 1024 * 1024
        await stream.publish("payloads.large", b"x" * (8 * 1024 * 1024 - 1024))
        message = await stream.get_msg("payloads", seq=1)
        assert len(message.data) == 8 * 1024 * 1024 - 1024
        await stream.delete_stream("payloads")
    finally:
        await client.close()


@pytest.mark.parametrize("login", ['"user":"tiercel","pass":"wrong"', '"verbose":false'])
def test_nats_asks_for_user_and_password(servers: Endpoints, login: str) -> None:
    port = int(servers.bus_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as client, client.makefile("rwb") as lines:
        assert lines.readline().startswith(b"INFO ")
        lines.write(f"CONNECT {{{login}}}\r\nPING\r\n".encode())
        lines.flush()
        assert lines.readline().startswith(b"-ERR 'Authorization Violation'")


def test_each_test_gets_its_own_database(database_url: str, servers: Endpoints) -> None:
    assert database_url != servers.database_url
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE only_here ()")
