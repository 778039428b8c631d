from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from context import FakeTaskContext, Metric
from tiercel.model.errors import IllegalArgumentError
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import RunnableTask, TaskFailedError
from tiercel.services.inline import render_properties

REGISTRY = Registry.builtin(use_entry_points=False)


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


async def run(context: FakeTaskContext, name: str, **properties: Any) -> dict[str, Any]:
    type_name = f"io.kestra.plugin.core.{name}"
    rendered = render_properties(properties, REGISTRY.load(type_name), context, {})
    task = REGISTRY.build(type_name, rendered)
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    return output.stored_values() if output else {}


@pytest.mark.parametrize(
    ("value", "kind", "stored"),
    [
        ("hello world", None, "hello world"),
        ("12", None, "12"),
        (12, None, 12),
        ("{{ number }}", None, 4),
        ("{{ number }}", "STRING", 4),
        ("number {{ number }}", None, "number 4"),
        ("{{ map }}", None, {"a": [1, "x"]}),
        ({"a": "{{ number }}"}, None, {"a": "4"}),
        ("123.45", "NUMBER", 123.45),
        ("true", "BOOLEAN", True),
        ("2023-05-02T03:02:03+02:00", "DATETIME", "2023-05-02T01:02:03Z"),
        ("2024-01-02", "DATE", "2024-01-02"),
        ("P1DT5S", "DURATION", "PT24H5S"),
        ('["a", 1]', "JSON", ["a", 1]),
    ],
)
async def test_values_keep_their_types(
    context: FakeTaskContext, value: Any, kind: str | None, stored: Any
):
    context.variables = {"number": 4, "map": {"a": [1, "x"]}}
    more = {"kvType": kind} if kind else {}
    assert await run(context, "kv.Set", key="k", value=value, **more) == {}
    assert await run(context, "kv.Get", key="k") == {"value": stored}


@pytest.mark.parametrize(
    ("text", "kind"),
    [("x", "NUMBER"), ("true", "NUMBER"), ("yes", "BOOLEAN"), ("x", "DATE"), ("{", "JSON")],
)
async def test_a_text_that_is_something_else(context: FakeTaskContext, text: str, kind: str):
    with pytest.raises(TaskFailedError, match=f"is no {kind}"):
        await run(context, "kv.Set", key="k", value=text, kvType=kind)


async def test_a_missing_key(context: FakeTaskContext):
    assert await run(context, "kv.Get", key="k") == {}
    assert await run(context, "kv.Delete", key="k") == {"deleted": False}
    for name in ("kv.Get", "kv.Delete"):
        with pytest.raises(TaskFailedError, match="No value found for key 'k' in namespace"):
            await run(context, name, key="k", errorOnMissing=True)
    with pytest.raises(IllegalArgumentError, match="Key must start"):
        await run(context, "kv.Get", key="/etc/passwd")


async def test_a_value_that_must_not_be_replaced(context: FakeTaskContext):
    await run(context, "kv.Set", key="k", value="1", overwrite=False)
    with pytest.raises(TaskFailedError, match="`overwrite` is set to `false`"):
        await run(context, "kv.Set", key="k", value="2", overwrite=False)


async def test_keys_by_prefix_and_namespace(context: FakeTaskContext):
    assert await run(context, "kv.GetKeys") == {"keys": []}
    for key in ("b1", "a1", "a2"):
        await run(context, "kv.Set", key=key, value="x", namespace="other", ttl="PT5M")
    assert await run(context, "kv.GetKeys", prefix="a", namespace="other") == {"keys": ["a1", "a2"]}
    assert await run(context, "kv.GetKeys") == {"keys": []}
    assert await run(context, "kv.Delete", key="a1", namespace="other") == {"deleted": True}


async def test_an_expired_value_is_not_there(context: FakeTaskContext):
    await run(context, "kv.Set", key="k", value="1", ttl="PT0S")
    assert await run(context, "kv.Get", key="k") == {}


async def put(context: FakeTaskContext, **files: str) -> None:
    for name, text in files.items():
        uri = await context.store_text(name, text)
        path = name.replace("__", "/").replace("_", ".")
        await run(context, "namespace.UploadFiles", filesMap={path: uri})


async def test_uploaded_files_can_be_downloaded(context: FakeTaskContext):
    await put(context, a__b__test1_txt="1", a__b__test2_txt="2")
    files = (
        await run(
            context,
            "namespace.DownloadFiles",
            namespace="company.team",
            files=["**test1.txt"],
            destination="/copies/",
        )
    )["files"]
    assert list(files) == ["/a/b/test1.txt"]
    assert files["/a/b/test1.txt"].endswith("/copies/a/b/test1.txt")
    assert await context.stored_text(files["/a/b/test1.txt"]) == "1"
    assert context.metrics[-1] == Metric("counter", "downloaded", 1)
    nothing = await run(context, "namespace.DownloadFiles", namespace="other", files="*")
    assert nothing == {"files": {}}


async def test_files_of_the_working_directory(context: FakeTaskContext):
    (context.working_dir / "sub").mkdir()
    for name in ("application.yml", "sub/application.yml", "other.txt"):
        (context.working_dir / name).write_text(name)
    pattern = "glob:**application**"
    await run(context, "namespace.UploadFiles", files=[pattern], destination="/folder/")
    assert await context.namespace_files.paths("company.team") == [
        "folder/application.yml",
        "folder/sub/application.yml",
    ]
    assert (context.working_dir / "application.yml").exists()


@pytest.mark.parametrize(("conflict", "text"), [("OVERWRITE", "2"), ("SKIP", "1")])
async def test_a_file_that_is_there(context: FakeTaskContext, conflict: str, text: str):
    await put(context, a_txt="1")
    uri = await context.store_text("second", "2")
    await run(context, "namespace.UploadFiles", files={"a.txt": uri}, conflict=conflict)
    assert await context.stored_text(context.namespace_files.uri("company.team", "a.txt")) == text
    with pytest.raises(TaskFailedError, match=r"File 'a\.txt' already exists"):
        await run(context, "namespace.UploadFiles", filesMap={"a.txt": uri}, conflict="ERROR")


async def test_deleted_files(context: FakeTaskContext):
    await put(context, a__test1_txt="1", test2_txt="2")
    await run(context, "namespace.DeleteFiles", namespace="company.team", files="**test1*")
    assert await context.namespace_files.paths("company.team") == ["test2.txt"]


async def test_nothing_to_upload(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match="files or filesMap is required"):
        await run(context, "namespace.UploadFiles")
    await run(context, "namespace.UploadFiles", filesMap={"a": "kestra:///gone"})
    assert await context.namespace_files.paths("company.team") == []
