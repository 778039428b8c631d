"""Tasks over the files of a namespace."""

from __future__ import annotations

import asyncio
import shutil
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

from pydantic import Field

from tiercel.model.errors import StorageError
from tiercel.plugin.common import Written
from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text, TextList, TextMap, from_json_text
from tiercel.plugin.task import Output, RunnableTask, TaskFailedError
from tiercel.plugins.core.storage import new_file
from tiercel.plugins.scripts.files import matching_files
from tiercel.plugins.scripts.namespace_files import namespace_pattern

_SCHEME = "kestra://"


def _one_or_many(value: Any) -> Any:
    if isinstance(value, str) and not value.lstrip().startswith("["):
        return [value]
    return from_json_text(value)


Patterns = list[Text] | str
"""One glob or a list of them."""


class Conflict(StrEnum):
    """What happens when there is a file of that name."""

    OVERWRITE = "OVERWRITE"
    ERROR = "ERROR"
    SKIP = "SKIP"


async def _selected(context: TaskContext, namespace: str, patterns: Patterns) -> list[str]:
    """Return the paths of a namespace that one of the patterns matches, in order."""
    compiled = [namespace_pattern(str(pattern)) for pattern in _one_or_many(patterns)]
    return [
        path
        for path in await context.namespace_files.paths(namespace)
        if any(pattern.fullmatch(f"/{path}") for pattern in compiled)
    ]


class UploadFiles(RunnableTask):
    """Store files in a namespace: those of the working directory, or stored ones. No outputs."""

    type_name = "io.kestra.plugin.core.namespace.UploadFiles"
    title = "Upload files to a namespace."
    examples = (
        (
            "Keep the result of a task for other flows.",
            "id: upload\ntype: io.kestra.plugin.core.namespace.UploadFiles\n"
            'filesMap:\n  data/result.csv: "{{ outputs.extract.uri }}"',
        ),
    )

    namespace: Text | None = Field(
        default=None,
        description="Namespace that gets the files. The flow's own one when it is left out.",
    )
    files: Annotated[Any, Field(description="Globs of the working directory.")] = None
    files_map: TextMap | None = Field(
        default=None,
        description="URIs of stored files, by the path that each gets in the namespace.",
    )
    destination: Text = Field(
        default="/", description="Folder of the namespace that the files are put into."
    )
    conflict: Conflict = Field(
        default=Conflict.OVERWRITE,
        description=(
            "What happens when there is a file of that name: `OVERWRITE` it, `SKIP` the new "
            "one, or fail with `ERROR`."
        ),
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Move or copy each file to its place below ``destination``."""
        namespace = self.namespace or context.info.namespace
        files_map, patterns = self._sources()
        for target, uri in files_map.items():
            path = new_file(context)
            try:
                await context.fetch_file(uri, path)
            except StorageError:
                continue  # a file that is not there is left out, as the flow format has it
            await self._put(context, namespace, target, path)
        if patterns:
            folder = context.working_dir
            found = await asyncio.to_thread(matching_files, folder, patterns)
            for path in found:
                copy = new_file(context)
                await asyncio.to_thread(shutil.copyfile, path, copy)
                await self._put(context, namespace, path.relative_to(folder).as_posix(), copy)
        return None

    def _sources(self) -> tuple[dict[str, str], list[str]]:
        """Return stored files by target, and globs; `files` has forms of old that are maps."""
        files_map = {key: uri for key, uri in (self.files_map or {}).items() if uri is not None}
        patterns: list[str] = []
        files = _one_or_many(self.files) if self.files is not None else []
        if isinstance(files, dict):
            files_map |= {str(key): str(uri) for key, uri in files.items()}
        elif isinstance(files, list):
            for item in map(str, files):
                if item.startswith(_SCHEME):
                    files_map[PurePosixPath(item).name] = item
                else:
                    patterns.append(item)
        if not files_map and not patterns and self.files is None and self.files_map is None:
            raise TaskFailedError("files or filesMap is required")
        return files_map, patterns

    async def _put(self, context: TaskContext, namespace: str, target: str, source: Path) -> None:
        path = "/".join(part for part in f"{self.destination}/{target}".split("/") if part)
        if self.conflict is not Conflict.OVERWRITE and await context.namespace_files.exists(
            namespace, path
        ):
            if self.conflict is Conflict.ERROR:
                raise TaskFailedError(
                    f"File '{path}' already exists in namespace '{namespace}' and conflict is set"
                    " to ERROR"
                )
            return
        await context.namespace_files.put(namespace, path, source)


class DownloadFiles(RunnableTask):
    """Copy files of a namespace into the execution. Output: ``files``, URIs by ``/path``."""

    type_name = "io.kestra.plugin.core.namespace.DownloadFiles"
    title = "Download files of a namespace."
    output_types = outputs(files=dict[str, StoredFile])

    namespace: Text = Field(description="Namespace that has the files.")
    files: Patterns = Field(
        description="Glob of the files to copy, or a list of globs, such as `**/*.sql`."
    )
    destination: Text = Field(
        default="", description="Folder that is put before the names of the copies."
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Copy what matches; nothing that matches is no error."""
        stored: dict[str, str] = {}
        prefix = "/".join(part for part in self.destination.split("/") if part)
        for path in await _selected(context, self.namespace, self.files):
            local = new_file(context)
            await context.fetch_file(context.namespace_files.uri(self.namespace, path), local)
            name = f"{prefix}/{path}" if prefix else path
            stored[f"/{path}"] = await context.store_file(local, name)
        context.metric("counter", "downloaded", len(stored), None)
        return Output(values={"files": stored})


class VersionBehavior(Written):
    """Which versions of files go: those before a date, or all but the newest few."""

    type: Text = Field(
        default="version", description="What is deleted: `version`, for old versions of files."
    )
    before: Text | None = Field(
        default=None, description="Date before which versions were made that are deleted."
    )
    keep_amount: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="How many versions of each file are kept."
    )


class PurgeFiles(RunnableTask):
    """Delete old versions of files of namespaces. Output: ``size``.

    Files have one version, the newest, which a purge never deletes: ``size`` is 0.
    """

    type_name = "io.kestra.plugin.core.namespace.PurgeFiles"
    title = "Delete old versions of files of namespaces."
    output_types = outputs(size=int)
    examples = (
        (
            "Keep the newest version of each script.",
            "id: purge\ntype: io.kestra.plugin.core.namespace.PurgeFiles\n"
            'namespaces:\n  - company.team\nfilePattern: "**/*.py"\n'
            "behavior:\n  type: version\n  keepAmount: 1",
        ),
    )

    file_pattern: Text | None = Field(
        default=None,
        description="Glob over the paths of files, such as `**/*.py`. All when it is left out.",
    )
    namespaces: TextList | None = Field(
        default=None, description="Namespaces whose files are looked at."
    )
    namespace_pattern: Text | None = Field(
        default=None, description="Glob over the names of namespaces, instead of `namespaces`."
    )
    behavior: VersionBehavior = Field(
        default=VersionBehavior(keep_amount=1),
        description="Which versions are deleted. Files have one version, which is always kept.",
    )
    include_child_namespaces: bool = Field(
        default=True, description="Whether namespaces below those of `namespaces` count, too."
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Find nothing to delete."""
        if self.namespaces and self.namespace_pattern:
            raise TaskFailedError("Only one of `namespaces` and `namespacePattern` may be set")
        if self.behavior.type.rpartition(".")[2].lower() != "version":
            raise TaskFailedError("`behavior.type` must be `version`")
        return Output(values={"size": 0})


class DeleteFiles(RunnableTask):
    """Delete files of a namespace. No outputs."""

    type_name = "io.kestra.plugin.core.namespace.DeleteFiles"
    title = "Delete files of a namespace."

    namespace: Text = Field(description="Namespace that has the files.")
    files: Patterns = Field(
        description="Glob of the files to delete, or a list of globs, such as `tmp/**`."
    )
    delete_parent_folder: bool = Field(
        default=False,
        description="Accepted without effect: folders that are empty then are gone in any case.",
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Delete what matches; folders that are empty then are gone with it."""
        paths = await _selected(context, self.namespace, self.files)
        for path in paths:
            await context.namespace_files.delete(self.namespace, path)
        context.metric("counter", "deleted", len(paths), None)
        return None
