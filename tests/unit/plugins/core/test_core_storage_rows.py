from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from context import FakeTaskContext
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import RunnableTask, TaskFailedError
from tiercel.plugins.core.last_of_keys import LastOfKeys

REGISTRY = Registry.builtin(use_entry_points=False)
ROWS = '{key:"a",value:1}\n{key:"b",value:2}\n{ key : "a", value : null }\n'


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


async def run(context: FakeTaskContext, name: str, text: str, **more: Any) -> dict[str, Any]:
    source = await context.store_text("rows.ion", text)
    task = REGISTRY.build(f"io.kestra.plugin.core.storage.{name}", {"from": source, **more})
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    values = dict(output.values if output and output.values else {})
    text = await context.stored_text(values.pop("uri"))
    return {**values, "text": text}


async def kept(context: FakeTaskContext, condition: str, **more: Any) -> str:
    outputs = await run(context, "FilterItems", ROWS, filterCondition=condition, **more)
    return str(outputs["text"])


FIRST, SECOND, THIRD = ROWS.splitlines(keepends=True)


async def test_rows_are_kept_as_they_are_written(context: FakeTaskContext):
    outputs = await run(context, "FilterItems", ROWS, filterCondition="{{ key == 'a' }}")
    assert outputs == {
        "text": FIRST + THIRD,
        "processedItemsTotal": 3,
        "droppedItemsTotal": 1,
    }


async def test_rows_can_be_dropped_instead(context: FakeTaskContext):
    assert await kept(context, " {{ key == 'a' }} ", filterType="EXCLUDE") == SECOND


@pytest.mark.parametrize(("behavior", "text"), [("INCLUDE", ROWS), ("EXCLUDE", FIRST + SECOND)])
async def test_a_row_without_an_answer(context: FakeTaskContext, behavior: str, text: str):
    condition = "{{ value is null ? null : true }}"
    assert await kept(context, condition, errorOrNullBehavior=behavior) == text


async def test_a_row_that_cannot_be_judged_fails_the_task(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match="Line 1"):
        await kept(context, "{{ nothing.like.this }}")


async def test_the_last_row_of_a_key_stays_where_it_is(context: FakeTaskContext):
    outputs = await run(context, "DeduplicateItems", ROWS, expr="{{ key }}")
    assert outputs == {
        "text": SECOND + THIRD,
        "numKeys": 2,
        "processedItemsTotal": 3,
        "droppedItemsTotal": 1,
    }


@pytest.mark.parametrize("text", ["a,b\n", "1\n", "{a:1} {a:2}\n", "{a:\n1}\n"])
async def test_what_is_no_row_is_named(context: FakeTaskContext, text: str):
    with pytest.raises(TaskFailedError, match="Line 1 is no row in Ion"):
        await run(context, "DeduplicateItems", text, expr="{{ a }}")


async def test_files_into_and_out_of_a_folder(context: FakeTaskContext):
    uri = await context.store_text("x", "stored")
    task = REGISTRY.build(
        "io.kestra.core.tasks.storages.LocalFiles",
        {"inputs": {"a.txt": uri, "b/c.txt": "written"}, "outputs": ["**.txt"]},
    )
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    assert output is not None
    uris = dict(output.values or {})["uris"]
    assert {name: await context.stored_text(uri) for name, uri in uris.items()} == {
        "a.txt": "stored",
        "b/c.txt": "written",
    }


@pytest.mark.parametrize("most_keys", [3, 1 << 16])
def test_the_last_number_of_each_key_is_known_whatever_their_number(tmp_path: Path, most_keys: int):
    with LastOfKeys(tmp_path, most_keys) as last:
        for number in range(1, 5_001):
            last.add(f"key {number % 700}", number)
        kept = last.numbers()
    found = [number for number in range(5_001) if kept[number >> 3] >> (number & 7) & 1]
    assert found == list(range(4_301, 5_001))
    assert (last.count, last.key_count) == (5_000, 700)
    assert list(tmp_path.iterdir()) == []
