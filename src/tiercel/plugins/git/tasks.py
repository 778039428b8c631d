"""Clone, and the synchronisation of namespace files with a repository."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from pathlib import Path
from typing import Any

from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text
from tiercel.plugin.task import Output, RunnableTask, TaskFailedError
from tiercel.plugins.git.folders import files_below, folder_below, store_report
from tiercel.plugins.git.repository import GitPlugin
from tiercel.plugins.scripts.files import safe_path


class Clone(GitPlugin, RunnableTask):
    """Clone a repository into the working directory. Output: ``directory``.

    Of use inside a WorkingDirectory, whose other tasks find the files.
    """

    type_name = "io.kestra.plugin.git.Clone"
    title = "Clone a Git repository."
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

    directory: Text | None = None
    depth: int = 1
    commit: Text | None = None
    tag: Text | None = None
    no_tags: bool = False
    clone_all_branches: bool = False

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
    examples = (
        (
            "Bring a dbt project into the namespace.",
            "id: sync\ntype: io.kestra.plugin.git.SyncNamespaceFiles\n"
            "url: https://github.com/DataTalksClub/data-engineering-zoomcamp\nbranch: main\n"
            'namespace: "{{ flow.namespace }}"\n'
            "gitDirectory: 04-analytics-engineering/taxi_rides_ny",
        ),
    )

    namespace: Text | None = None
    git_directory: Text = "_files"
    delete: bool = False
    dry_run: bool = False
    fail_on_missing_directory: bool = False

    async def run(self, context: TaskContext) -> Output:
        """Copy what differs; ``dryRun`` only reports."""
        namespace = self.namespace or context.info.namespace
        clone = await self.checkout(context)
        root = folder_below(clone, self.git_directory)
        if not root.is_dir() and self.fail_on_missing_directory:
            raise TaskFailedError(f"The repository has no folder '{self.git_directory}'")
        rows = [row async for row in self._synchronize(context, namespace, root)]
        return Output(values={"files": await store_report(context, rows)})

    async def _synchronize(self, context: TaskContext, namespace: str, root: Path) -> Any:
        files = context.namespace_files
        kept = set(await files.paths(namespace))
        wanted = await asyncio.to_thread(lambda: dict(files_below(root)))
        for path, source in wanted.items():
            state = "ADDED"
            if path in kept:
                old = b"".join([x async for x in context.read_file(files.uri(namespace, path))])
                state = "UNCHANGED" if old == source.read_bytes() else "UPDATED"
            if state != "UNCHANGED" and not self.dry_run:
                await files.put(namespace, path, source)
            yield self._row(path, state, namespace)
        for path in sorted(kept - wanted.keys()) if self.delete else ():
            if not self.dry_run:
                await files.delete(namespace, path)
            yield {**self._row(path, "DELETED", namespace), "gitPath": None}

    def _row(self, path: str, state: str, namespace: str) -> dict[str, Any]:
        return {
            "gitPath": f"{self.git_directory.strip('/')}/{path}",
            "syncState": state,
            "kestraPath": f"/{namespace.replace('.', '/')}/_files/{path}",
        }
