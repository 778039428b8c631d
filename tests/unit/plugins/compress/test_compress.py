"""Compressed files and archives."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from context import FakeTaskContext
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import RunnableTask, TaskFailedError

REGISTRY = Registry.builtin(use_entry_points=False)


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


async def run(context: FakeTaskContext, name: str, **properties: Any) -> dict[str, Any]:
    task = REGISTRY.build(f"io.kestra.plugin.{name}", properties)
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    return dict(output.values if output and output.values else {})


@pytest.mark.parametrize("kind", ["GZIP", "BZIP2", "XZ", "LZMA"])
async def test_a_file_is_packed_and_unpacked(context: FakeTaskContext, kind: str):
    uri = await context.store_text("a.csv", "a,b\n" * 1000)
    packed = await run(context, "compress.FileCompress", **{"from": uri}, compression=kind)
    assert await context.file_size(packed["uri"]) < 1000
    back = await run(
        context, "compress.FileDecompress", **{"from": packed["uri"]}, compression=kind
    )
    assert back["uri"].endswith(".csv")
    assert await context.stored_text(back["uri"]) == "a,b\n" * 1000


@pytest.mark.parametrize(
    ("algorithm", "compression"), [("ZIP", None), ("TAR", None), ("TAR", "GZIP"), ("TAR", "XZ")]
)
async def test_files_are_put_together_and_taken_out(
    context: FakeTaskContext, algorithm: str, compression: str | None
):
    files = {"a.txt": await context.store_text("1", "a"), "b/c": await context.store_text("2", "c")}
    how = {"algorithm": algorithm, "compression": compression}
    packed = await run(context, "compress.ArchiveCompress", **{"from": files}, **how)
    back = await run(context, "compress.ArchiveDecompress", **{"from": packed["uri"]}, **how)
    assert {name: await context.stored_text(uri) for name, uri in back["files"].items()} == {
        "a.txt": "a",
        "b/c": "c",
    }


async def test_names_that_lead_elsewhere_and_links_do_no_harm(
    context: FakeTaskContext, tmp_path: Path
):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        member = tarfile.TarInfo("../../escaped")
        member.size = 1
        tar.addfile(member, io.BytesIO(b"x"))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    path = context.working_dir / "bad.tar"
    path.write_bytes(buffer.getvalue())
    uri = await context.store_file(path)
    found = await run(context, "compress.ArchiveDecompress", **{"from": uri}, algorithm="TAR")
    assert list(found["files"]) == ["../../escaped"]
    assert not list(tmp_path.parent.glob("**/escaped"))


@pytest.mark.parametrize(
    ("name", "more", "message"),
    [
        ("FileDecompress", {"compression": "GZIP"}, "The file is no GZIP"),
        ("FileDecompress", {"compression": "XZ"}, "The file is no XZ"),
        ("ArchiveDecompress", {"algorithm": "ZIP"}, "The file is no ZIP"),
        ("ArchiveDecompress", {"algorithm": "TAR"}, "The file is no TAR"),
    ],
)
async def test_what_is_broken_is_said(
    context: FakeTaskContext, name: str, more: dict[str, Any], message: str
):
    uri = await context.store_text("x", "not packed at all")
    with pytest.raises(TaskFailedError, match=message):
        await run(context, f"compress.{name}", **{"from": uri}, **more)


async def test_many_local_files_in_and_out(context: FakeTaskContext, tmp_path: Path):
    place = tmp_path / "place"
    (place / "in").mkdir(parents=True)
    for name in ("a.csv", "b.csv", "c.txt"):
        (place / "in" / name).write_text(name)
    context.settings["io.kestra.plugin.fs.local"] = {"allowed-paths": [str(place)]}
    taken = await run(
        context,
        "fs.local.Downloads",
        **{"from": str(place / "in")},
        regExp=".*csv",
        action="MOVE",
        moveDirectory=str(place / "done"),
    )
    assert sorted(taken["outputFiles"]) == ["a.csv", "b.csv"]
    assert sorted(path.name for path in (place / "done").iterdir()) == ["a.csv", "b.csv"]
    written = await run(
        context,
        "fs.local.Uploads",
        **{"from": list(taken["outputFiles"].values())},
        to=str(place / "out"),
    )
    assert len(written["files"]) == len(list((place / "out").iterdir())) == 2
    with pytest.raises(TaskFailedError, match="is refused"):
        await run(context, "fs.local.Downloads", **{"from": "/etc"})
    with pytest.raises(TaskFailedError, match="needs `moveDirectory`"):
        await run(context, "fs.local.Downloads", **{"from": str(place)}, action="MOVE")
