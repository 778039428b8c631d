"""Working directories are made, given again and removed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tiercel.services.folders import Folders, remove_remains


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path, kept=2)


async def test_a_folder_is_empty_and_private(folders: Folders):
    folder = folders.take("one")
    assert list(folder.iterdir()) == []
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folders.take("one") != folder


async def test_an_empty_one_is_given_to_the_same_execution_only(folders: Folders):
    folder = folders.take("one")
    await folders.give_back("one", folder)
    assert folders.take("other") != folder
    assert folders.take("one") == folder
    assert folders.take("one") != folder


@pytest.mark.parametrize("change", ["file", "folder", "mode", "link", "gone"])
async def test_what_a_task_has_changed_is_never_given_again(
    change: str, folders: Folders, tmp_path: Path
):
    folder, outside = folders.take("one"), tmp_path / "outside"
    outside.mkdir()
    if change == "file":
        (folder / "left").touch()
    elif change == "folder":
        (folder / "left").mkdir()
    elif change == "mode":
        folder.chmod(0o755)
    else:
        folder.rmdir()
        if change == "link":
            folder.symlink_to(outside)
    await folders.give_back("one", folder)
    assert folders.take("one") != folder
    assert outside.is_dir()
    assert change == "link" or not folder.exists()


async def test_the_oldest_go_when_there_are_too_many(folders: Folders):
    taken = [folders.take("one") for _ in range(3)]
    for folder in taken:
        await folders.give_back("one", folder)
    assert [folder.exists() for folder in taken] == [False, True, True]
    taken[1].rmdir()
    assert folders.take("one").is_dir()


async def test_nothing_stays_after_the_end(folders: Folders, tmp_path: Path):
    (folders.take("one") / "left").touch()
    await folders.give_back("one", folders.take("one"))
    await folders.close()
    assert list(tmp_path.iterdir()) == []


async def test_roots_of_dead_processes_are_removed(folders: Folders, tmp_path: Path):
    living = folders.take("one")
    child = subprocess.Popen(["true"])
    child.wait()
    host = folders.root.name.rpartition(f"-{os.getpid()}-")[0]
    dead = tmp_path / f"{host}-{child.pid}-x"
    stranger = tmp_path / f"elsewhere-{child.pid}-x"
    for folder in (dead, stranger):
        (folder / "left").mkdir(parents=True)
    remove_remains(tmp_path)
    assert (living.exists(), dead.exists(), stranger.exists()) == (True, False, True)
