"""Clone, and the synchronisation of namespace files with a repository."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text
from tiercel.plugin.task import Output, RunnableTask, TaskFailedError
from tiercel.plugins.core.storage import stored_bytes
from tiercel.plugins.git.folders import files_below, folder_below, store_report
from tiercel.plugins.git.repository import GitPlugin
from tiercel.plugins.scripts.files import safe_path


class Clone(GitPlugin, RunnableTask):
    """Clone a repository into the working directory. Output: ``directory``.

    Of use inside a WorkingDirectory, whose other tasks find the files.
    """

    type_name = "io.kestra.plugin.git.Clone"
    title = "Clone a Git repository."
    output_types = outputs(directory=str)
    examples = (
        (
            "Run a script of a repository.",
            "id: run\ntype: io.kestra.plugin.core.flow.WorkingDirectory\ntasks:\n"
            "  - id: clone\n    type: io.kestra.plugin.git.Clone\n"
            "    url: https://github.com/kestra-io/scripts\n    branch: main\n"
            "  - id: script\n    type: io.kestra.plugin.scripts.python.Commands\n"
            "    commands:\n      - python etl/main.py",
        ),
    )

    directory: Text | None = Field(
        default=None,
        description=(
            "Folder of the working directory that the files come into. The working directory "
            "itself when it is left out."
        ),
    )
    depth: int = Field(default=1, description="How many of the latest commits are fetched.")
    commit: Text | None = Field(
        default=None,
        description="Hash of the commit to check out; the whole history is fetched for it.",
    )
    tag: Text | None = Field(default=None, description="Tag to check out, instead of `branch`.")
    no_tags: bool = Field(default=False, description="`true` fetches no tags.")
    clone_all_branches: bool = Field(default=False, description="`true` fetches all branches.")

    async def run(self, context: TaskContext) -> Output:
        """Clone beside and move the files in: the folder may hold some already."""
        folder = context.working_dir
        target = safe_path(folder, self.directory) if self.directory else folder
        draft = folder / f".clone-{secrets.token_hex(6)}"
        options = ["--no-tags"] if self.no_tags else []
        if self.clone_all_branches:
            options += ["--no-single-branch"]
        depth = None if self.commit else self.depth
        branch = self.tag or self.branch
        await self.clone(context, draft, depth=depth, branch=branch, options=options)
        if self.commit:
            await self.git(context, draft, "checkout", "--detach", self.commit)
        await asyncio.to_thread(_move_into, draft, target)
        return Output(values={"directory": str(target)})


def _move_into(draft: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for path in draft.iterdir():
        place = target / path.name
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        path.replace(place)
    draft.rmdir()


class SyncNamespaceFiles(GitPlugin, RunnableTask):
    """Make the files of a namespace those of a folder of a repository. Output: ``files``.

    ``files`` is a row file that says what became of each file.
    """

    type_name = "io.kestra.plugin.git.SyncNamespaceFiles"
    title = "Copy files of a Git repository into a namespace."
    output_types = outputs(files=StoredFile)
    examples = (
        (
            "Bring a dbt project into the namespace.",
            "id: sync\ntype: io.kestra.plugin.git.SyncNamespaceFiles\n"
            "url: https://github.com/DataTalksClub/data-engineering-zoomcamp\nbranch: main\n"
            'namespace: "{{ flow.namespace }}"\n'
            "gitDirectory: 04-analytics-engineering/taxi_rides_ny",
        ),
    )

    namespace: Text | None = Field(
        default=None,
        description="Namespace that gets the files. The flow's own one when it is left out.",
    )
    git_directory: Text = Field(
        default="_files", description="Folder of the repository that has the files."
    )
    delete: bool = Field(
        default=False,
        description="Whether files of the namespace are deleted that the folder does not have.",
    )
    dry_run: bool = Field(
        default=False, description="`true` changes nothing: the report says what would happen."
    )
    fail_on_missing_directory: bool = Field(
        default=False, description="`true` fails the task when the repository has no such folder."
    )

    async def run(self, context: TaskContext) -> Output:
        """Copy what differs; ``dryRun`` only reports."""
        namespace = self.namespace or context.info.namespace
        clone = await self.checkout(context)
        root = folder_below(clone, self.git_directory)
        if not root.is_dir() and self.fail_on_missing_directory:
            raise TaskFailedError(f"The repository has no folder '{self.git_directory}'")
        rows = await bring_files(
            context,
            root,
            namespace,
            git_directory=self.git_directory,
            delete=self.delete,
            dry_run=self.dry_run,
        )
        return Output(values={"files": await store_report(context, rows)})


async def bring_files(
    context: TaskContext,
    root: Path,
    namespace: str,
    *,
    git_directory: str,
    below: str = "",
    is_wanted: Callable[[str], bool] = lambda _: True,
    delete: bool = False,
    dry_run: bool = False,
) -> list[dict[str, Any]]:
    """Copy the files of a folder into a namespace; return what became of each.

    Args:
        git_directory: The folder's name, for the report.
        below: Folder of the namespace that they come into, with a slash at its end.
        delete: Files of the namespace that are not in the folder go.
    """
    files = context.namespace_files
    kept = set(await files.paths(namespace))
    found = await asyncio.to_thread(lambda: dict(files_below(root)))
    wanted = {f"{below}{name}": path for name, path in found.items() if is_wanted(name)}

    def row(path: str, state: str) -> dict[str, Any]:
        return {
            "gitPath": f"{git_directory.strip('/')}/{path.removeprefix(below)}".lstrip("/"),
            "syncState": state,
            "kestraPath": f"/{namespace.replace('.', '/')}/_files/{path}",
        }

    rows = []
    for path, source in wanted.items():
        state = "ADDED"
        if path in kept:
            old = await stored_bytes(context, files.uri(namespace, path))
            state = "UNCHANGED" if old == source.read_bytes() else "UPDATED"
        if state != "UNCHANGED" and not dry_run:
            await files.put(namespace, path, source)
        rows.append(row(path, state))
    for path in sorted(kept - wanted.keys()) if delete else ():
        if not dry_run:
            await files.delete(namespace, path)
        rows.append({**row(path, "DELETED"), "gitPath": None})
    return rows
