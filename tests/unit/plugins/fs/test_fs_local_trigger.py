"""Files that come into a folder: what a trigger finds, and what it does once that is stored."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from context import FakeTaskContext
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import PollingTrigger, TaskFailedError

REGISTRY = Registry.builtin(use_entry_points=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "in"
    made.mkdir()
    (made / "a.csv").write_text("a")
    return made


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    made = FakeTaskContext(tmp_path / "task")
    made.settings["io.kestra.plugin.fs.local"] = {"allowed-paths": [str(tmp_path)]}
    return made


class Asker:
    """Asks as a server does: a trigger is built anew each time."""

    def __init__(self, context: FakeTaskContext, folder: Path, **properties: Any) -> None:
        self.context = context
        self.properties = {"from": str(folder), **properties}

    async def ask(self, *, is_stored: bool = True) -> list[tuple[str, str]]:
        """Return name and change of what was found."""
        trigger = REGISTRY.build("io.kestra.plugin.fs.local.Trigger", self.properties)
        assert isinstance(trigger, PollingTrigger)
        output = await trigger.ask(self.context)
        if output is None:
            return []
        assert output.values is not None
        self.files = output.values["files"]
        if is_stored:
            await trigger.started(self.context)
        return [(file["name"], file["changeType"]) for file in self.files]


async def test_each_file_is_found_once_and_again_when_it_changes(
    context: FakeTaskContext, folder: Path
):
    asker = Asker(context, folder)
    assert await asker.ask() == [("a.csv", "CREATE")]
    assert await context.stored_text(asker.files[0]["path"]) == "a"
    assert await asker.ask() == []
    (folder / "a.csv").write_text("longer")
    (folder / "b.csv").write_text("b")
    assert await asker.ask() == [("a.csv", "UPDATE"), ("b.csv", "CREATE")]
    assert await asker.ask() == []


async def test_what_was_found_is_found_again_until_an_execution_is_stored(
    context: FakeTaskContext, folder: Path
):
    asker = Asker(context, folder, action="DELETE")
    assert await asker.ask(is_stored=False) == [("a.csv", "CREATE")]
    assert (folder / "a.csv").exists()
    assert await asker.ask() == [("a.csv", "CREATE")]
    assert not (folder / "a.csv").exists()


async def test_files_that_were_taken_are_moved_with_their_folders(
    context: FakeTaskContext, folder: Path, tmp_path: Path
):
    (folder / "sub").mkdir()
    (folder / "sub" / "b.csv").write_text("b")
    done = tmp_path / "done"
    asker = Asker(context, folder, recursive=True, action="MOVE", moveDirectory=str(done))
    assert len(await asker.ask()) == 2
    assert sorted(path.relative_to(done).as_posix() for path in done.rglob("*.csv")) == [
        "a.csv",
        "sub/b.csv",
    ]
    (folder / "a.csv").write_text("a")
    assert await asker.ask() == [("a.csv", "CREATE")]


@pytest.mark.parametrize(
    ("on", "first", "then"),
    [("CREATE", ["a.csv"], []), ("UPDATE", [], ["a.csv"])],
)
async def test_only_the_changes_that_are_asked_for_count(
    context: FakeTaskContext, folder: Path, on: str, first: list[str], then: list[str]
):
    asker = Asker(context, folder, on=on)
    assert [name for name, _ in await asker.ask()] == first
    os.utime(folder / "a.csv", (1, 1))
    assert [name for name, _ in await asker.ask()] == then


async def test_what_is_too_much_for_one_execution_waits_for_the_next(
    context: FakeTaskContext, folder: Path
):
    for name in ("b", "c"):
        (folder / f"{name}.csv").write_text(name)
    asker = Asker(context, folder, maxFiles=2, regExp=r".*\.csv")
    assert [name for name, _ in await asker.ask()] == ["a.csv", "b.csv"]
    assert [name for name, _ in await asker.ask()] == ["c.csv"]
    assert await asker.ask() == []


async def test_what_is_known_is_an_entry_of_the_namespace(context: FakeTaskContext, folder: Path):
    await Asker(context, folder, stateKey="seen", stateTtl="PT1H").ask()
    found, known = await context.key_values.get("company.team", "seen")
    assert found
    assert list(known) == [str(folder / "a.csv")]


async def test_a_folder_that_the_server_does_not_allow_is_refused(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match="allowed-paths"):
        await Asker(context, Path("/etc")).ask()
