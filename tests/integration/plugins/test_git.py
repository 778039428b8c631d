"""Git tasks on repositories of this machine."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from context import FakeTaskContext
from tiercel.plugin.registry import Registry
from tiercel.plugin.task import RunnableTask, TaskFailedError
from tiercel.plugins.rows.ion import read_rows

REGISTRY = Registry.builtin(use_entry_points=False)


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """A repository with two commits on ``main`` and a branch ``other``."""
    folder = tmp_path / "origin"
    for name, text in {
        "main.py": "print(1)",
        "project/a.sql": "select 1",
        "project/models/b.sql": "select 2",
        "project/.gitignore": "target",
        "project/notes.tmp": "x",
        "project/.kestraignore": "*.tmp\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    (folder / "main.py").write_text("print(2)")
    git(folder, "commit", "-q", "-am", "second")
    git(folder, "branch", "other", "HEAD~1")
    return folder


@pytest.fixture
def context(tmp_path: Path) -> FakeTaskContext:
    return FakeTaskContext(tmp_path)


async def run(context: FakeTaskContext, name: str, **properties: Any) -> dict[str, Any]:
    task = REGISTRY.build(f"io.kestra.plugin.git.{name}", properties)
    assert isinstance(task, RunnableTask)
    output = await task.run(context)
    return dict(output.values if output and output.values else {})


async def test_a_clone_lies_in_the_working_directory(context: FakeTaskContext, origin: Path):
    (context.working_dir / "kept").write_text("x")
    outputs = await run(context, "Clone", url=f"file://{origin}")
    folder = context.working_dir
    assert outputs == {"directory": str(folder)}
    assert (folder / "main.py").read_text() == "print(2)"
    assert (folder / "kept").exists()
    assert git(folder, "rev-list", "--count", "HEAD").strip() == "1"


async def test_a_branch_a_folder_and_a_commit(context: FakeTaskContext, origin: Path):
    url = f"file://{origin}"
    await run(context, "Clone", url=url, branch="other", directory="old")
    assert (context.working_dir / "old" / "main.py").read_text() == "print(1)"
    commit = git(origin, "rev-parse", "HEAD~1").strip()
    await run(context, "Clone", url=url, commit=commit, directory="older")
    assert (context.working_dir / "older" / "main.py").read_text() == "print(1)"
    with pytest.raises(TaskFailedError, match="is refused"):
        await run(context, "Clone", url=url, directory="../elsewhere")


async def test_git_says_what_is_wrong(context: FakeTaskContext, origin: Path):
    with pytest.raises(TaskFailedError, match="git clone: fatal: Remote branch nosuch not found"):
        await run(context, "Clone", url=f"file://{origin}", branch="nosuch")
    with pytest.raises(TaskFailedError, match="git clone: fatal: "):
        await run(context, "Clone", url=f"file://{origin}/nosuch", password="hidden")
    assert context.masked == ["hidden"]
    assert list(context.working_dir.iterdir()) == []


async def synchronized(context: FakeTaskContext, origin: Path, **more: Any) -> dict[str, str]:
    outputs = await run(
        context,
        "SyncNamespaceFiles",
        url=f"file://{origin}",
        namespace="company.team",
        gitDirectory="project",
        **more,
    )
    rows = list(read_rows([await context.stored_text(outputs["files"])]))
    return {row["kestraPath"].partition("_files/")[2]: row["syncState"] for row in rows}


async def test_namespace_files_follow_a_repository(context: FakeTaskContext, origin: Path):
    files = context.namespace_files
    added = {"a.sql": "ADDED", "models/b.sql": "ADDED"}
    assert await synchronized(context, origin, dryRun=True) == added
    assert await files.paths("company.team") == []
    assert await synchronized(context, origin) == added
    assert await files.paths("company.team") == ["a.sql", "models/b.sql"]
    (origin / "project/a.sql").write_text("select 3")
    git(origin, "rm", "-q", "project/models/b.sql")
    git(origin, "commit", "-q", "-am", "third")
    assert await synchronized(context, origin) == {"a.sql": "UPDATED"}
    states = await synchronized(context, origin, delete=True)
    assert states == {"a.sql": "UNCHANGED", "models/b.sql": "DELETED"}
    assert await context.stored_text(files.uri("company.team", "a.sql")) == "select 3"


async def test_a_folder_that_is_not_there(context: FakeTaskContext, origin: Path):
    more = {"url": f"file://{origin}", "gitDirectory": "nosuch"}
    await run(context, "SyncNamespaceFiles", **more)
    with pytest.raises(TaskFailedError, match="has no folder 'nosuch'"):
        await run(context, "SyncNamespaceFiles", **more, failOnMissingDirectory=True)
    with pytest.raises(TaskFailedError, match="leads out"):
        await run(context, "SyncNamespaceFiles", url=f"file://{origin}", gitDirectory="../..")
