"""Who runs a server, and where that account finds the programs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tiercel.embedded import account
from tiercel.embedded.account import Account, account_for, within_reach
from tiercel.model.errors import ServerUnavailableError

if TYPE_CHECKING:
    from pathlib import Path

_STRANGER = Account(uid=65_000, gid=65_000)


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """An installation below a folder that is closed to others."""
    folder = tmp_path / "closed" / "pginstall"
    (folder / "bin").mkdir(parents=True)
    (folder / "include").mkdir()
    (folder / "bin" / "postgres").write_text("program")
    (folder / "bin" / "postgres").chmod(0o700)
    (folder / "bin" / "postmaster").symlink_to("postgres")
    folder.parent.chmod(0o700)
    return folder


@pytest.fixture(autouse=True)
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of copies, in place of the machine's own."""
    folder = tmp_path / "copies"
    monkeypatch.setattr(account, "_COPIES", folder)
    return folder


def test_an_ordinary_user_runs_the_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "getegid", lambda: 100)
    assert account_for(tmp_path) == Account(1000, 100)


def test_root_picks_an_account_that_is_not_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert account_for(tmp_path / "new").uid != 0


def test_root_without_such_an_account_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(account, "_CANDIDATES", ("no-such-user",))
    with pytest.raises(ServerUnavailableError, match="Root can't run"):
        account_for(tmp_path / "new")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")
def test_the_owner_of_the_folder_goes_on_running_it(tmp_path: Path) -> None:
    os.chown(tmp_path, _STRANGER.uid, _STRANGER.gid)
    assert account_for(tmp_path) == _STRANGER


def test_programs_of_our_own_stay_where_they_are(programs: Path, copies: Path) -> None:
    assert within_reach(programs, Account(os.geteuid(), os.getegid())) == programs
    assert not copies.exists()


def test_closed_programs_are_copied_once_and_nothing_is_opened(
    programs: Path, copies: Path
) -> None:
    copy = within_reach(programs, _STRANGER)
    assert copy.parent == copies
    assert (copy / "bin/postgres").stat().st_mode & 0o777 == 0o755
    assert (copy / "bin/postmaster").is_symlink()
    assert not (copy / "include").exists()
    assert programs.parent.stat().st_mode & 0o777 == 0o700
    assert within_reach(programs, _STRANGER) == copy
    assert [path.name for path in copies.iterdir()] == [copy.name]


def test_one_program_can_be_copied_alone(programs: Path) -> None:
    copy = within_reach(programs / "bin/postgres", _STRANGER)
    assert copy.read_text() == "program"
    assert copy.stat().st_mode & 0o777 == 0o755


def test_copies_that_can_not_be_made_are_reported(programs: Path, copies: Path) -> None:
    copies.write_text("in the way")
    with pytest.raises(ServerUnavailableError, match="can't be copied"):
        within_reach(programs, _STRANGER)
