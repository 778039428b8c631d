"""Servers are found again, shared, started again and stopped, whatever is killed when."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from tiercel.embedded import EmbeddedServers
from tiercel.embedded.processes import works_in
from tiercel.model.errors import ServerUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tiercel.embedded import Endpoints

_USER = """
import sys
from pathlib import Path
from tiercel.embedded import EmbeddedServers

servers = EmbeddedServers(Path(sys.argv[1]), postgres_port=0)
print(servers.start_blocking().postgres_port, flush=True)
sys.stdin.read()
servers.stop_blocking()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A data folder; servers that a failed test left running are killed."""
    path = tmp_path / "data"
    yield path
    for pid in at_work(path):
        os.kill(pid, signal.SIGKILL)


@contextmanager
def another_process(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that uses the servers until its input is closed."""
    with subprocess.Popen(
        [sys.executable, "-c", _USER, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert int(process.stdout.readline()) > 0
        try:
            yield process
        finally:
            process.kill()


def leave(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.close()
    assert process.wait(60) == 0


def pids(folder: Path) -> tuple[int, int]:
    """Process ids of PostgreSQL and NATS."""
    postgres = folder / "postgres/server/data/postmaster.pid"
    nats = folder / "nats/server/nats.pid"
    return int(postgres.read_text().split()[0]), int(nats.read_text())


def at_work(folder: Path) -> list[int]:
    """Processes that work in the folders of the servers."""
    places = (folder / "postgres/server/data", folder / "nats/server")
    numbers = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [number for number in numbers if any(works_in(number, place) for place in places)]


def are_gone(folder: Path) -> bool:
    return not at_work(folder)


def kill(*targets: int) -> None:
    """Kill processes and wait until they have ended: a signal takes its time to arrive."""
    for pid in targets:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(map(is_running, targets)))


def is_running(pid: int) -> bool:
    """Tell whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited for too long"
        time.sleep(0.005)


def write_row(endpoints: Endpoints) -> None:
    with psycopg.connect(endpoints.database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")


def assert_row(endpoints: Endpoints) -> None:
    with psycopg.connect(endpoints.database_url) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_servers_outlive_a_killed_process_and_are_found_again(folder: Path) -> None:
    with another_process(folder) as process:
        running = pids(folder)
        kill(process.pid)
        process.wait(30)
    servers = EmbeddedServers(folder)
    servers.start_blocking()
    assert pids(folder) == running
    servers.stop_blocking()
    assert are_gone(folder)


def test_killed_servers_are_started_again_with_their_data(folder: Path) -> None:
    servers = EmbeddedServers(folder, postgres_port=0)
    before = servers.start_blocking()
    write_row(before)
    killed = pids(folder)
    kill(*killed)
    later = EmbeddedServers(folder, postgres_port=0)
    after = later.start_blocking()
    assert not set(pids(folder)) & set(killed)
    assert (after.database_url, after.tcp_url) == (before.database_url, before.tcp_url)
    assert_row(after)
    servers.stop_blocking()
    assert_row(after)
    later.stop_blocking()
    assert are_gone(folder)


def test_everything_killed_at_once_starts_again(folder: Path) -> None:
    with another_process(folder) as process:
        kill(*pids(folder), process.pid)
        process.wait(30)
    servers = EmbeddedServers(folder)
    write_row(servers.start_blocking())
    servers.stop_blocking()


async def test_servers_that_die_while_in_use_are_revived(folder: Path) -> None:
    servers = EmbeddedServers(folder, postgres_port=0)
    endpoints = await servers.start()
    write_row(endpoints)
    watch = asyncio.create_task(servers.keep_running(every=timedelta(milliseconds=5)))
    killed = pids(folder)
    await asyncio.to_thread(kill, *killed)
    revived = False
    async with asyncio.timeout(90):
        while not revived:
            await asyncio.sleep(0.005)
            with suppress(FileNotFoundError, ValueError, IndexError):
                revived = not set(pids(folder)) & set(killed)
    watch.cancel()
    await asyncio.wait([watch])
    assert_row(await servers.start())
    await servers.stop()
    assert are_gone(folder)


def test_the_last_of_two_processes_stops_the_servers(folder: Path) -> None:
    servers = EmbeddedServers(folder, postgres_port=0)
    endpoints = servers.start_blocking()
    running = pids(folder)
    with another_process(folder) as process:
        assert pids(folder) == running
        servers.stop_blocking()
        write_row(endpoints)
        leave(process)
    assert are_gone(folder)


def test_processes_that_start_together_share_one_server_each(folder: Path) -> None:
    with another_process(folder) as first, another_process(folder) as second:
        running = pids(folder)
        leave(first)
        assert pids(folder) == running
        leave(second)
    assert are_gone(folder)


def test_a_first_start_that_was_cut_short_is_made_anew(folder: Path) -> None:
    half_made = folder / "postgres/server/data.new"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18")
    servers = EmbeddedServers(folder, postgres_port=0)
    write_row(servers.start_blocking())
    servers.stop_blocking()
    assert not half_made.exists()


def test_a_reused_process_id_is_not_taken_for_the_server(folder: Path) -> None:
    servers = EmbeddedServers(folder, postgres_port=0)
    write_row(servers.start_blocking())
    servers.stop_blocking()
    data = folder / "postgres/server/data"
    lines = (str(os.getpid()), str(data), "0", "5432", "../run", "127.0.0.1", "0 0", "ready")
    (data / "postmaster.pid").write_text("\n".join(lines))
    (folder / "nats/server/nats.pid").write_text(str(os.getpid()))
    assert_row(servers.start_blocking())
    assert os.getpid() not in pids(folder)
    servers.stop_blocking()


def quiet_port() -> int:
    """Return a free port that the kernel does not give to others, who ask for any."""
    while True:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", secrets.choice(range(20_000, 32_000))))
            return int(probe.getsockname()[1])


def test_postgres_prefers_its_port_and_keeps_the_one_it_got(folder: Path) -> None:
    preferred = quiet_port()
    servers = EmbeddedServers(folder, postgres_port=preferred)
    assert servers.start_blocking(nats=False).postgres_port == preferred
    servers.stop_blocking()
    again = EmbeddedServers(folder, postgres_port=0)
    assert again.start_blocking(nats=False).postgres_port == preferred
    again.stop_blocking()


def test_a_taken_port_is_left_to_its_owner(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        servers = EmbeddedServers(folder, postgres_port=taken)
        endpoints = servers.start_blocking(nats=False)
        assert endpoints.postgres_port != taken
        write_row(endpoints)
        servers.stop_blocking()


def test_a_very_long_folder_has_a_socket_all_the_same(tmp_path: Path) -> None:
    servers = EmbeddedServers(tmp_path / ("x" * 120), postgres_port=0)
    write_row(servers.start_blocking(nats=False))
    servers.stop_blocking()


def test_only_what_is_asked_for_runs(folder: Path) -> None:
    servers = EmbeddedServers(folder)
    endpoints = servers.start_blocking(postgres=False)
    assert endpoints.bus_url
    assert (endpoints.database_url, endpoints.tcp_url, endpoints.postgres_port) == ("", "", 0)
    assert not (folder / "postgres").exists()
    servers.stop_blocking()


def test_starting_and_stopping_twice_is_harmless(folder: Path) -> None:
    servers = EmbeddedServers(folder)
    assert servers.start_blocking(postgres=False) == servers.start_blocking(postgres=False)
    servers.stop_blocking()
    servers.stop_blocking()
    assert are_gone(folder)


async def test_a_cancelled_start_leaves_nothing_running(folder: Path) -> None:
    servers = EmbeddedServers(folder)
    start = asyncio.create_task(servers.start(postgres=False))
    await asyncio.sleep(0)
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert are_gone(folder)


def test_a_folder_that_is_a_file_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(ServerUnavailableError, match="can't work in") as caught:
        EmbeddedServers(tmp_path / "data").start_blocking()
    assert "--data-dir" in caught.value.hint


def test_a_server_that_can_not_start_says_why(folder: Path) -> None:
    servers = EmbeddedServers(folder, postgres_port=0)
    servers.start_blocking(nats=False)
    servers.stop_blocking()
    configuration = folder / "postgres/server/data/postgresql.conf"
    written = configuration.read_text()
    configuration.write_text("shared_buffers = 'lots'\n")
    with pytest.raises(ServerUnavailableError, match=r"shared_buffers.*lots"):
        servers.start_blocking(nats=False)
    configuration.write_text(written)
