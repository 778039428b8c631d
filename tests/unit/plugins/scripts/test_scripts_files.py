from __future__ import annotations

from pathlib import Path

import pytest

from context import FakeTaskContext
from tiercel.model.errors import StorageError
from tiercel.model.task import LogLevel
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.scripts.files import (
    replace_uris,
    safe_path,
    store_output_files,
    write_input_files,
)
from tiercel.plugins.scripts.globs import compile_glob, is_literal


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


@pytest.mark.parametrize(
    ("pattern", "matches", "misses"),
    [
        ("*.csv", ["a.csv", ".csv"], ["d/a.csv", "a.csvx"]),
        ("**/*.json", ["d/a.json", "d/e/a.json"], ["a.json"]),
        ("**.json", ["a.json", "d/a.json"], ["a.jsonl"]),
        ("./x.dat", ["x.dat"], ["d/x.dat"]),
        ("/x.dat", ["x.dat"], []),
        ("out/**", ["out/a", "out/b/c"], ["a"]),
        ("{a,b}.t?t", ["a.txt", "b.tat"], ["c.txt", "a.t/t"]),
        ("[a-c]1", ["a1", "c1"], ["d1", "/1"]),
        ("[!a]1", ["b1"], ["a1"]),
        ("a\\*b", ["a*b"], ["axb"]),
        ("a+(b).x", ["a+(b).x"], ["aab.x"]),
        ("regex:.*\\.log", ["a.log", "d/a.log"], ["a.txt"]),
        ("glob:**application**", ["d/application.yml"], ["a"]),
        ("[", ["["], ["a"]),
    ],
)
def test_patterns(pattern: str, matches: list[str], misses: list[str]):
    expression = compile_glob(pattern, "/some/dir")
    assert [path for path in matches if not expression.fullmatch(f"/some/dir/{path}")] == []
    assert [path for path in misses if expression.fullmatch(f"/some/dir/{path}")] == []


def test_only_plain_names_are_literal():
    assert [p for p in ("a.csv", "a/b c", "*.csv", "a?", "glob:a") if is_literal(p)] == [
        "a.csv",
        "a/b c",
    ]


async def test_input_files_are_texts_json_or_copies(context: FakeTaskContext):
    uri = await context.store_text("data.csv", "a,b\n")
    files = {
        "main.py": "print(1)\n",
        "deep/er/data.csv": uri,
        "/tmp/rooted": "x",
        "map.json": {"a": [1, True]},
        "empty": "",
        "nothing": None,
    }
    await write_input_files(context, context.working_dir, files)
    found = {
        path.relative_to(context.working_dir).as_posix(): path.read_text()
        for path in context.working_dir.rglob("*")
        if path.is_file()
    }
    assert found == {
        "main.py": "print(1)\n",
        "deep/er/data.csv": "a,b\n",
        "tmp/rooted": "x",
        "map.json": '{"a":[1,true]}',
        "empty": "",
    }


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/../x", "", "/"])
def test_names_that_leave_the_directory_are_refused(tmp_path: Path, name: str):
    with pytest.raises(TaskFailedError, match="inside the current working directory"):
        safe_path(tmp_path, name)


async def test_links_are_not_followed_out_of_the_directory(
    context: FakeTaskContext, tmp_path: Path
):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("kept")
    (context.working_dir / "folder").symlink_to(outside)
    (context.working_dir / "file").symlink_to(outside / "file")
    with pytest.raises(TaskFailedError):
        await write_input_files(context, context.working_dir, {"folder/new": "x"})
    await write_input_files(context, context.working_dir, {"file": "mine"})
    assert (outside / "file").read_text() == "kept"
    assert [path.name for path in outside.iterdir()] == ["file"]


async def test_a_missing_stored_file_is_an_error(context: FakeTaskContext):
    with pytest.raises(StorageError, match=r"gone\.csv"):
        await write_input_files(context, context.working_dir, {"a": "kestra:///x/gone.csv"})


async def test_stored_files_in_commands_become_paths(context: FakeTaskContext):
    uri = await context.store_text("a b.txt", "content")
    text = await replace_uris(context, context.working_dir, f"cat {uri}; cat '{uri}'|wc")
    first, second = text.removeprefix("cat ").removesuffix("'|wc").split("; cat '")
    assert first != second
    assert [Path(path).read_text() for path in (first, second)] == ["content", "content"]
    assert Path(first).parent == context.working_dir


async def test_output_files_are_stored_by_relative_path(context: FakeTaskContext):
    folder = context.working_dir
    (folder / "out").mkdir()
    (folder / "out" / "b c.csv").write_text("deep")
    (folder / "a.csv").write_text("flat")
    (folder / "own.csv").write_text("script")
    stored = await store_output_files(
        context, folder, ["*.csv", "out/*"], skip=[folder / "own.csv"]
    )
    assert {key: await context.stored_text(uri) for key, uri in stored.items()} == {
        "a.csv": "flat",
        "out/b c.csv": "deep",
    }
    assert stored["out/b c.csv"].endswith("-b%20c.csv")
    assert not (folder / "a.csv").exists()


async def test_links_and_folders_are_not_stored(context: FakeTaskContext, tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("s")
    folder = context.working_dir
    (folder / "link").symlink_to(secret)
    (folder / "linked").symlink_to(tmp_path)
    (folder / "folder").mkdir()
    assert await store_output_files(context, folder, ["**"]) == {}
    assert secret.read_text() == "s"


async def test_what_is_missing_is_named(context: FakeTaskContext):
    assert await store_output_files(context, context.working_dir, ["a.csv", "*.json"]) == {}
    assert context.messages(LogLevel.WARN) == [
        "There is no file 'a.csv' of outputFiles in the working directory",
        "No file matches '*.json' of outputFiles in the working directory",
    ]


@pytest.mark.parametrize("pattern", ["../*", "a/../../b"])
async def test_patterns_stay_in_the_directory(context: FakeTaskContext, pattern: str):
    with pytest.raises(TaskFailedError, match="leads out"):
        await store_output_files(context, context.working_dir, [pattern])


async def test_a_broken_pattern_is_an_error(context: FakeTaskContext):
    with pytest.raises(TaskFailedError, match="not valid"):
        await store_output_files(context, context.working_dir, ["regex:("])
