"""Who can reach the servers, and as whom they run."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from tiercel.embedded import EmbeddedServers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tiercel.embedded import Endpoints

_LISTENING = "0A"
_LOOPBACK = "0100007F"


@pytest.fixture(scope="module")
def private_parent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    parent = tmp_path_factory.mktemp("home")
    parent.chmod(0o700)
    return parent


@pytest.fixture(scope="module")
def endpoints(private_parent: Path) -> Iterator[Endpoints]:
    servers = EmbeddedServers(private_parent / "data", postgres_port=0)
    yield servers.start_blocking()
    servers.stop_blocking()


def addresses(table: str, port: int) -> set[str]:
    """Hexadecimal addresses on which somebody listens at ``port``, from the kernel's table."""
    path = Path("/proc/net") / table
    rows = [line.split() for line in path.read_text().splitlines()[1:]] if path.exists() else []
    places = [row[1].split(":") for row in rows if row[3] == _LISTENING]
    return {address for address, number in places if int(number, 16) == port}


def test_both_listen_on_the_loopback_address_only(endpoints: Endpoints) -> None:
    for port in (endpoints.postgres_port, int(endpoints.bus_url.rpartition(":")[2])):
        assert addresses("tcp", port) == {_LOOPBACK}
        assert addresses("tcp6", port) == set()


def test_the_password_is_kept_as_scram(endpoints: Endpoints) -> None:
    with psycopg.connect(endpoints.tcp_url) as connection:
        row = connection.execute(
            "SELECT rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE rolname = 'postgres'"
        ).fetchone()
        assert row == (True,)
        rules = connection.execute(
            "SELECT DISTINCT type, auth_method FROM pg_hba_file_rules WHERE NOT type = 'local'"
        ).fetchall()
        assert rules == [("host", "scram-sha-256")]


def test_nobody_else_reads_the_folders(endpoints: Endpoints, private_parent: Path) -> None:
    assert endpoints.bus_url
    folders = [path for path in (private_parent / "data").rglob("*") if path.is_dir()]
    secrets = (private_parent / "data").glob("*/password")
    for path in (private_parent / "data", *folders, *secrets):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_no_parent_is_opened_for_the_servers(endpoints: Endpoints, private_parent: Path) -> None:
    assert endpoints.bus_url
    assert stat.S_IMODE(private_parent.stat().st_mode) == 0o700
    assert private_parent.stat().st_uid == os.geteuid()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes the account")
def test_root_runs_neither_server(endpoints: Endpoints, private_parent: Path) -> None:
    assert endpoints.bus_url
    data = private_parent / "data"
    for file in (data / "postgres/server/data/postmaster.pid", data / "nats/server/nats.pid"):
        pid = file.read_text().split()[0]
        status = Path(f"/proc/{pid}/status").read_text()
        for line in status.splitlines():
            if line.startswith(("Uid:", "Gid:", "Groups:")):
                assert "0" not in line.split()[1:]
