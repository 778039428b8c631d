from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from context import FakeTaskContext
from tiercel.model.errors import StorageError
from tiercel.plugin.task import Output, TaskFailedError
from tiercel.plugins.core import storage


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


async def run(context: FakeTaskContext, name: str, **properties: Any) -> dict[str, Any]:
    task = getattr(storage, name).model_validate(properties)
    output: Output = await task.run(context)
    return dict(output.values or {})


async def contents(context: FakeTaskContext, uris: list[str]) -> list[str]:
    return [await context.stored_text(uri) for uri in uris]


async def test_purge_deletes_all_files_of_the_execution(context: FakeTaskContext):
    uris = [await context.store_text(name, "x") for name in ("a", "b")]
    assert await run(context, "PurgeCurrentExecutionFiles") == {"uris": uris}
    with pytest.raises(StorageError):
        await context.file_size(uris[0])


async def test_write_then_size(context: FakeTaskContext):
    uri = (await run(context, "Write", content="grün", extension="txt"))["uri"]
    assert uri.endswith(".txt")
    assert await context.stored_text(uri) == "grün"
    assert await run(context, "Size", uri=uri) == {"size": 5}


async def test_size_of_a_missing_file(context: FakeTaskContext):
    with pytest.raises(StorageError):
        await run(context, "Size", uri="kestra:///nothing")


async def test_concat_puts_the_separator_after_every_file(context: FakeTaskContext):
    files = [await context.store_text(name, name) for name in ("a", "b")]
    uri = (await run(context, "Concat", files=files, separator="|", extension=".csv"))["uri"]
    assert uri.endswith(".csv")
    assert await context.stored_text(uri) == "a|b|"


async def test_reverse_turns_lines_around(context: FakeTaskContext):
    uri = await context.store_text("x.csv", "1\r\n2\n\n3")
    reversed_uri = (await run(context, "Reverse", **{"from": uri}))["uri"]
    assert reversed_uri.endswith(".csv")
    assert await context.stored_text(reversed_uri) == "3\n\n2\n1\n"


@pytest.mark.parametrize(
    ("rule", "parts"),
    [
        ({"rows": 2}, ["1\n2\n", "3\n4\n", "5\n"]),
        ({"partitions": 2}, ["1\n3\n5\n", "2\n4\n"]),
        ({"partitions": 9}, ["1\n", "2\n", "3\n", "4\n", "5\n"]),
        ({"bytes": "3"}, ["1\n2\n", "3\n4\n", "5\n"]),
        ({"bytes": "1KB", "rows": 1}, ["1\n2\n3\n4\n5\n"]),
        ({"rows": 3, "separator": ";"}, ["1;2;3;", "4;5;"]),
    ],
)
async def test_split(context: FakeTaskContext, rule: dict[str, Any], parts: list[str]):
    uri = await context.store_text("x.csv", "1\n2\n3\n4\n5\n")
    uris = (await run(context, "Split", **{"from": uri}, **rule))["uris"]
    assert await contents(context, uris) == parts
    assert all(part.endswith(".csv") for part in uris)


async def test_splitting_by_size_cuts_after_the_limit(context: FakeTaskContext):
    uri = await context.store_text("x", ("x" * 20 + "\n") * 12_288)
    assert len((await run(context, "Split", **{"from": uri}, bytes="1KB"))["uris"]) == 251


async def test_nothing_to_split(context: FakeTaskContext):
    uri = await context.store_text("x", "")
    assert await run(context, "Split", **{"from": uri}, rows=1) == {"uris": []}


@pytest.mark.parametrize("rule", [{}, {"bytes": "many"}, {"bytes": "1PB"}])
async def test_split_needs_a_rule(context: FakeTaskContext, rule: dict[str, Any]):
    uri = await context.store_text("x", "1\n")
    with pytest.raises(TaskFailedError, match="Invalid"):
        await run(context, "Split", **{"from": uri}, **rule)


async def test_delete(context: FakeTaskContext):
    uri = await context.store_text("x", "1")
    assert await run(context, "Delete", uri=uri) == {"uri": uri, "deleted": True}
    assert await run(context, "Delete", uri=uri) == {"uri": uri, "deleted": False}
    with pytest.raises(TaskFailedError, match="Unable to find file"):
        await run(context, "Delete", uri=uri, errorOnMissing=True)


@pytest.mark.parametrize("block", [1, 2, 3, 7, 1 << 20])
@pytest.mark.parametrize("text", ["", "\n", "a", "a\nb", "a\n\nbcd\n", "\n\na\r\nb\r\n", "x" * 20])
def test_lines_come_backwards_whatever_is_read_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, block: int
):
    monkeypatch.setattr(storage, "_BLOCK_BYTES", block)
    source, target = tmp_path / "in", tmp_path / "out"
    source.write_bytes(text.encode())
    storage._reverse(source, target, b"|")
    lines = text.removesuffix("\n").split("\n") if text else []
    assert target.read_text() == "".join(f"{line.rstrip(chr(13))}|" for line in reversed(lines))
