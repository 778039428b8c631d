from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from context import FakeTaskContext
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import RunnableTask, TaskFailedError

REGISTRY = Registry.builtin(use_entry_points=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    (made / "sub").mkdir(parents=True)
    (made / "a.csv").write_text("a")
    (made / "sub" / "b.csv").write_text("bb")
    (tmp_path / "secret").write_text("x")
    return made


@pytest.fixture
def context(tmp_path: Path, folder: Path) -> FakeTaskContext:
    made = FakeTaskContext(tmp_path / "task")
    made.settings["io.kestra.plugin.fs.local"] = {"allowed-paths": [str(folder)]}
    return made


async def run(context: FakeTaskContext, name: str, **properties: Any) -> dict[str, Any]:
    task = REGISTRY.build(f"io.kestra.plugin.fs.local.{name}", properties)
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    return dict(output.values if output and output.values else {})


async def test_files_go_in_and_out(context: FakeTaskContext, folder: Path):
    outputs = await run(context, "Download", **{"from": f"{folder}/a.csv"})
    assert outputs["size"] == 1
    assert await context.stored_text(outputs["uri"]) == "a"
    target = f"file://{folder}/new/c.csv"
    await run(context, "Upload", **{"from": outputs["uri"], "to": target})
    assert (folder / "new" / "c.csv").read_text() == "a"
    with pytest.raises(TaskFailedError, match="`overwrite` is false"):
        await run(context, "Upload", **{"from": outputs["uri"], "to": target}, overwrite=False)


async def test_files_are_listed(context: FakeTaskContext, folder: Path):
    outputs = await run(context, "List", **{"from": str(folder)})
    assert [item["name"] for item in outputs["files"]] == ["a.csv"]
    more = {"recursive": True, "regExp": r".*b\.csv"}
    outputs = await run(context, "List", **{"from": str(folder)}, **more)
    assert (outputs["count"], outputs["files"][0]["size"]) == (1, 2)


async def test_files_are_copied_moved_and_deleted(context: FakeTaskContext, folder: Path):
    await run(context, "Copy", **{"from": f"{folder}/sub", "to": f"{folder}/copy"})
    await run(context, "Move", **{"from": f"{folder}/copy/b.csv", "to": f"{folder}/moved.csv"})
    assert (folder / "moved.csv").read_text() == "bb"
    outputs = await run(context, "Delete", **{"from": f"{folder}/copy"})
    assert (outputs["deleted"], (folder / "copy").exists()) == (True, False)
    assert (await run(context, "Delete", **{"from": f"{folder}/copy"}))["deleted"] is False
    with pytest.raises(TaskFailedError, match="There is no file"):
        await run(context, "Delete", **{"from": f"{folder}/copy"}, errorOnMissing=True)


@pytest.mark.parametrize("path", ["{}/../secret", "/etc/passwd", "relative", "{}/link"])
async def test_nothing_outside_is_touched(context: FakeTaskContext, folder: Path, path: str):
    (folder / "link").symlink_to(folder.parent / "secret")
    with pytest.raises(TaskFailedError, match="is refused"):
        await run(context, "Download", **{"from": path.format(folder)})
    context.settings.clear()
    with pytest.raises(TaskFailedError, match="is refused"):
        await run(context, "Download", **{"from": f"{folder}/a.csv"})
