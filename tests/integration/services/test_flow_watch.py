"""Flow files of a folder and stored flows, kept the same in both directions."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from tiercel.main import plugin_registry
from tiercel.model.errors import IllegalArgumentError, NotFoundError
from tiercel.services.flow_folders import FlowFolders
from tiercel.services.flow_sets import FlowSets
from tiercel.services.flow_watch import FlowWatch
from tiercel.services.flows import Flows
from tiercel.store import Store

PATIENCE_SECONDS = 60


def source(flow_id: str, text: str = "hello") -> str:
    return (
        f"id: {flow_id}\nnamespace: team.dev\n"
        f"tasks:\n  - {{id: say, type: io.kestra.plugin.core.log.Log, message: {text}}}\n"
    )


@dataclass
class World:
    """A folder, a store and the watch between them."""

    folder: Path
    flows: Flows
    flow_sets: FlowSets
    told: list[str] = field(default_factory=list)
    ticks: int = 10**18

    def watch(self) -> FlowWatch:
        folders = FlowFolders([self.folder])
        every = timedelta(milliseconds=200)
        return FlowWatch(folders, self.flows, self.flow_sets, self.told.append, look_every=every)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        # two writes within a tick of the file system's clock are two writes all the same
        self.ticks += 1
        os.utime(path, ns=(self.ticks, self.ticks))
        return path

    async def stored(self, flow_id: str) -> str | None:
        try:
            return (await self.flows.get("team.dev", flow_id)).source
        except NotFoundError:
            return None

    async def revision(self, flow_id: str) -> int:
        return (await self.flows.get("team.dev", flow_id)).revision


@pytest.fixture
def world(tmp_path: Path, store: Store) -> World:
    flows = Flows(store, plugin_registry())
    (tmp_path / "flows").mkdir()
    return World(tmp_path / "flows", flows, FlowSets(store, flows))


@asynccontextmanager
async def running(watch: FlowWatch) -> AsyncIterator[None]:
    await watch.start()
    task = asyncio.create_task(watch.run())
    try:
        yield
    finally:
        await watch.stop()
        await task


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await holds():
            await asyncio.sleep(0.02)


# From files to the store


async def test_at_the_start_files_are_stored_and_stored_flows_written(world: World) -> None:
    world.write("one.yml", source("one"))
    world.write("below/two.yaml", source("two"))
    world.write("both.yml", source("both", "file"))
    await world.flows.save(source("both", "store"))
    await world.flows.save(source("three"))
    await world.watch().start()
    assert await world.stored("one") == source("one")
    assert await world.stored("two") == source("two")
    assert await world.stored("both") == source("both", "file")
    assert (world.folder / "team.dev_three.yml").read_text() == source("three")
    assert world.told == [
        "flows/both.yml: flow team.dev.both is stored as revision 2",
        "flows/one.yml: flow team.dev.one is stored as revision 1",
        "flows/below/two.yaml: flow team.dev.two is stored as revision 1",
        "flows/team.dev_three.yml: written, flow team.dev.three is at revision 1",
    ]


async def test_a_second_start_changes_nothing(world: World) -> None:
    world.write("one.yml", source("one"))
    await world.watch().start()
    world.told.clear()
    await world.watch().start()
    assert (world.told, await world.revision("one")) == ([], 1)


async def test_what_changes_is_followed_while_it_runs(world: World) -> None:
    path = world.write("one.yml", source("one"))
    async with running(world.watch()):
        world.write("one.yml", source("one", "changed"))
        await until(lambda: _is(world, "one", source("one", "changed")))
        world.write("later/two.yml", source("two"))
        await until(lambda: _is(world, "two", source("two")))
        path.unlink()
        await until(lambda: _is(world, "one", None))
        (world.folder / "later").rename(world.folder / "other")
        world.write("three.yml", source("three"))
        await until(lambda: _is(world, "three", source("three")))
    assert await world.revision("two") == 1


async def _is(world: World, flow_id: str, text: str | None) -> bool:
    return await world.stored(flow_id) == text


async def test_a_file_that_is_moved_keeps_its_flow(world: World) -> None:
    path = world.write("one.yml", source("one"))
    watch = world.watch()
    await watch.start()
    (world.folder / "a").mkdir()
    path.rename(world.folder / "a" / "moved.yml")
    await watch.look()
    assert await world.revision("one") == 1
    (world.folder / "a" / "moved.yml").unlink()
    await watch.look()
    assert await world.stored("one") is None


async def test_a_file_with_another_flow_deletes_the_one_it_had(world: World) -> None:
    world.write("one.yml", source("one"))
    watch = world.watch()
    await watch.start()
    world.write("one.yml", source("renamed"))
    await watch.look()
    assert await world.stored("one") is None
    assert await world.stored("renamed") == source("renamed")
    assert (
        world.told[-1] == "flows/one.yml: flow team.dev.one is deleted: the file holds another one"
    )


async def test_a_file_that_is_not_valid_is_told_with_its_place(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    path = world.write("one.yml", source("one"))
    watch = world.watch()
    await watch.start()
    world.write("one.yml", source("one").replace("core.log.Log", "core.log.Lok"))
    world.write("new.yml", "id: new\nnamespace: team.dev\ntasks: [\n")
    with caplog.at_level(logging.ERROR):
        await watch.look()
        await watch.look()
    said = [record.getMessage() for record in caplog.records]
    assert any(text.startswith(f"{path}:4:") and "core.log.Lok" in text for text in said)
    assert sum(text.startswith(f"{world.folder / 'new.yml'}:") for text in said) >= 1
    assert len(said) == len(set(said))
    assert await world.stored("one") == source("one")
    world.write("one.yml", source("one", "mended"))
    await watch.look()
    assert await world.stored("one") == source("one", "mended")


async def test_what_never_was_stored_deletes_nothing(world: World) -> None:
    await world.flows.save(source("one"))
    broken = world.write("typo.yml", source("one").replace("core.log.Log", "no.Task"))
    watch = world.watch()
    await watch.start()
    world.write("typo.yml", source("other"))
    await watch.look()
    assert await world.stored("one") == source("one")
    broken.unlink()
    await watch.look()
    assert await world.stored("one") == source("one")
    assert await world.stored("other") is None


async def test_a_flow_in_two_files_goes_with_the_last_of_them(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    paths = [world.write(name, source("one")) for name in ("a.yml", "b.yml")]
    watch = world.watch()
    await watch.start()
    assert "another file holds team.dev.one too" in caplog.text
    for path, left in zip(paths, (source("one"), None), strict=True):
        path.unlink()
        await watch.look()
        assert await world.stored("one") == left


async def test_a_folder_that_goes_away_takes_no_flows_along(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.write("one.yml", source("one"))
    away = world.folder.with_name("away")
    async with running(world.watch()):
        world.folder.rename(away)
        await until(lambda: _said(caplog, "a watched folder is gone"))
        assert await world.stored("one") == source("one")
        away.rename(world.folder)
        world.write("one.yml", source("one", "back"))
        await until(lambda: _is(world, "one", source("one", "back")))


async def test_an_empty_folder_in_the_place_of_another_takes_no_flows_along(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.write("one.yml", source("one"))
    watch = world.watch()
    await watch.start()
    world.folder.rename(world.folder.with_name("away"))
    world.folder.mkdir()
    await watch.look()
    assert "its flow stays" in caplog.text
    assert await world.stored("one") == source("one")
    path = world.write("two.yml", source("two"))
    await watch.look()
    path.unlink()
    await watch.look()
    assert await world.stored("two") is None
    await world.flows.save(source("one", "stored"))
    await watch.write()
    assert (world.folder / "team.dev_one.yml").read_text() == source("one", "stored")


async def _said(caplog: pytest.LogCaptureFixture, text: str) -> bool:
    return text in caplog.text


@pytest.mark.parametrize(
    "name", [".hidden.yml", ".git/one.yml", "one.yml~", "one.txt", "one.yml.new"]
)
async def test_what_is_no_flow_file_is_passed_over(world: World, name: str) -> None:
    world.write(name, source("one"))
    await world.watch().start()
    assert await world.stored("one") is None


async def test_files_that_can_t_be_read_stop_nothing(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    (world.folder / "a.yml").write_bytes(b"\xff\xfe\x00")
    os.mkfifo(world.folder / "b.yml")
    (world.folder / "c.yml").mkdir()
    (world.folder / "d.yml").symlink_to("nowhere")
    world.write("e.yml", "")
    world.write("f.yml", "\ufeff" + source("one").replace("\n", "\r\n"))
    await world.watch().start()
    assert "a.yml can't be read" in caplog.text
    assert await world.stored("one") == source("one").replace("\n", "\r\n")


async def test_what_can_t_be_looked_into_is_not_gone(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = world.write("below/one.yml", source("one"))
    watch = world.watch()
    await watch.start()
    stat = Path.stat

    def refusing(self: Path, **options: bool) -> os.stat_result:
        if self == path:
            raise PermissionError(errno.EACCES, "Permission denied", str(self))
        return stat(self, **options)

    monkeypatch.setattr(Path, "stat", refusing)
    await watch.look()
    assert "stay as they are stored" in caplog.text
    assert await world.stored("one") == source("one")


def test_a_folder_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(IllegalArgumentError, match="is no folder"):
        FlowFolders([tmp_path / "none"])


# From the store to files


async def test_a_stored_flow_is_written_to_its_file(world: World) -> None:
    path = world.write("mine.yml", source("one"))
    path.chmod(0o640)
    async with running(world.watch()):
        await world.flows.save(source("one", "stored"))
        await until(lambda: _holds(path, source("one", "stored")))
        assert path.stat().st_mode & 0o777 == 0o640
        await world.flows.save(source("new"))
        await until(lambda: _holds(world.folder / "team.dev_new.yml", source("new")))
        await world.flows.delete("team.dev", "one")
        await until(lambda: _holds(path, None))
    assert await world.revision("new") == 1
    assert [line for line in world.told if "mine.yml" in line] == [
        "flows/mine.yml: flow team.dev.one is stored as revision 1",
        "flows/mine.yml: written, flow team.dev.one is at revision 2",
        "flows/mine.yml: deleted with flow team.dev.one",
    ]
    assert sorted(path.name for path in world.folder.iterdir()) == ["team.dev_new.yml"]


async def _holds(path: Path, text: str | None) -> bool:
    return (path.read_text() if path.is_file() else None) == text


@pytest.mark.parametrize("then", ["save", "delete"])
async def test_work_on_a_file_is_never_lost(
    world: World, then: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = world.write("one.yml", source("one"))
    watch = world.watch()
    await watch.start()
    begun = source("one") + "# half of an\n  idea: ["
    world.write("one.yml", begun)
    if then == "save":
        await world.flows.save(source("one", "stored"))
    else:
        await world.flows.delete("team.dev", "one")
    await watch.write()
    assert path.read_text() == begun
    assert "one.yml is left as it is" in caplog.text


async def test_what_is_in_the_way_of_a_new_file_stays(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    path = world.write("team.dev_one.yml", "something: else\n")
    watch = world.watch()
    await watch.start()
    await world.flows.save(source("one"))
    await watch.write()
    assert path.read_text() == "something: else\n"
    assert "team.dev_one.yml is left as it is" in caplog.text


async def test_what_a_link_points_to_is_written(world: World, tmp_path: Path) -> None:
    real = tmp_path / "real.yml"
    real.write_text(source("one"))
    (world.folder / "link.yml").symlink_to(real)
    watch = world.watch()
    await watch.start()
    await world.flows.save(source("one", "stored"))
    await watch.write()
    assert real.read_text() == source("one", "stored")
    assert (world.folder / "link.yml").is_symlink()
