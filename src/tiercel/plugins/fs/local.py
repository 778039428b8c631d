"""Tasks over folders of the worker's machine that its operator allows."""

from __future__ import annotations

import asyncio
import re
import shutil
from abc import abstractmethod
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text
from tiercel.plugin.task import Output, Plugin, RunnableTask, TaskFailedError
from tiercel.plugins.core.storage import new_file

SETTINGS = "io.kestra.plugin.fs.local"
"""Whose setting ``allowed-paths`` lists the folders; without it there are none."""


def allowed_path(context: TaskContext, written: str) -> Path:
    """Return the path, links followed.

    Raises:
        TaskFailedError: It is not below a folder that the server allows.
    """
    path = Path(written.removeprefix("file://"))
    folders = context.plugin_settings(SETTINGS).get("allowed-paths", ())
    given = [folders] if isinstance(folders, str) else folders
    resolved = path.resolve()
    if not path.is_absolute() or not _is_below(resolved, given):
        raise TaskFailedError(
            f"The path '{written}' is refused: it is not below a folder of the server's setting"
            f" `allowed-paths` of {SETTINGS}."
        )
    return resolved


class LocalTask(RunnableTask):
    """Base of the tasks over local files."""

    def allowed(self, context: TaskContext, written: str) -> Path:
        """Return the path; see :func:`allowed_path`."""
        return allowed_path(context, written)


def _is_below(path: Path, folders: Iterable[Any]) -> bool:
    return any(path.is_relative_to(Path(str(folder)).resolve()) for folder in folders)


def require(path: Path, written: str) -> Path:
    """Return a path that is there; raise TaskFailedError when it is not."""
    if not path.exists():
        raise TaskFailedError(f"There is no file '{written}'")
    return path


def _free(path: Path, written: str, *, overwrite: bool) -> None:
    if path.exists() and not overwrite:
        raise TaskFailedError(f"The file '{written}' is there already and `overwrite` is false")
    path.parent.mkdir(parents=True, exist_ok=True)


def describe(path: Path) -> dict[str, Any]:
    """Return what outputs say of a file."""
    stat = path.stat()
    return {
        "name": path.name,
        "path": str(path),
        "uri": path.as_uri(),
        "fileType": "DIRECTORY" if path.is_dir() else "FILE",
        "size": stat.st_size,
        "updatedDate": datetime.fromtimestamp(stat.st_mtime, UTC),
    }


def files_of(folder: Path, reg_exp: str | None, *, recursive: bool) -> list[Path]:
    """Return the files of a folder whose whole path matches, by path."""
    pattern = re.compile(reg_exp) if reg_exp else None
    found = folder.rglob("*") if recursive else folder.iterdir()
    return sorted(
        path
        for path in found
        if path.is_file() and (pattern is None or pattern.fullmatch(str(path)))
    )


class Download(LocalTask):
    """Copy a local file into internal storage. Outputs: ``uri``, ``size``."""

    type_name = "io.kestra.plugin.fs.local.Download"
    title = "Copy a file of the worker's machine into internal storage."
    output_types = outputs(uri=StoredFile, size=int)

    source: Text = Field(
        alias="from",
        description=(
            "Path of the file. It must lie in a folder that the server's setting "
            "`allowed-paths` names."
        ),
    )

    async def run(self, context: TaskContext) -> Output:
        """Copy the file; it stays where it is."""
        path = require(self.allowed(context, self.source), self.source)
        copy = new_file(context, path.suffix)
        await asyncio.to_thread(shutil.copyfile, path, copy)
        size = copy.stat().st_size
        return Output(values={"uri": await context.store_file(copy), "size": size})


class Upload(LocalTask):
    """Write a stored file to a local path. Outputs: ``uri``, ``size``."""

    type_name = "io.kestra.plugin.fs.local.Upload"
    title = "Write a stored file to the worker's machine."
    output_types = outputs(uri=str, size=int)

    source: Text = Field(alias="from", description="URI of the stored file.")
    to: Text = Field(
        description=(
            "Path to write the file to, folders included. It must lie in a folder that the "
            "server's setting `allowed-paths` names."
        )
    )
    overwrite: bool = Field(
        default=True, description="`false` fails the task when there is such a file already."
    )

    async def run(self, context: TaskContext) -> Output:
        """Write the file, its folders too."""
        path = self.allowed(context, self.to)
        _free(path, self.to, overwrite=self.overwrite)
        await context.fetch_file(self.source, path)
        return Output(values={"uri": path.as_uri(), "size": path.stat().st_size})


class FindsFiles(Plugin):
    """Properties of what looks for files in a folder."""

    source: Text = Field(
        alias="from",
        description=(
            "Folder to look into. It must lie in a folder that the server's setting "
            "`allowed-paths` names."
        ),
    )
    reg_exp: Text | None = Field(
        default=None,
        description=(
            "Regular expression that the whole path of a file must match, such as `.*\\.csv`. "
            "All files when it is left out."
        ),
    )
    recursive: bool = Field(
        default=False, description="Whether folders inside are looked into, too."
    )
    max_files: int = Field(default=25, description="How many files at most, by path.")

    def folder(self, context: TaskContext) -> Path:
        """Return the folder.

        Raises:
            TaskFailedError: It is not there, or not below a folder that the server allows.
        """
        return require(allowed_path(context, self.source), self.source)

    async def found(self, folder: Path) -> list[Path]:
        """Return all files that fit, by path."""
        return await asyncio.to_thread(files_of, folder, self.reg_exp, recursive=self.recursive)


class List(FindsFiles, LocalTask):
    """List the files of a local folder. Outputs: ``files``, ``count``."""

    type_name = "io.kestra.plugin.fs.local.List"
    title = "List files of the worker's machine."
    output_types = outputs(files=list[dict[str, Any]], count=int)

    async def run(self, context: TaskContext) -> Output:
        """Return at most ``maxFiles`` files whose whole path matches ``regExp``, by path."""
        found = await self.found(self.folder(context))
        files = [describe(path) for path in found[: self.max_files]]
        return Output(values={"files": files, "count": len(files)})


class _Moving(LocalTask):
    """Base of the tasks that bring something from one path to another."""

    source: Text = Field(
        alias="from",
        description=(
            "Path of the file or folder. It must lie in a folder that the server's setting "
            "`allowed-paths` names."
        ),
    )
    to: Text = Field(description="Path to bring it to, in an allowed folder, too.")
    overwrite: bool = Field(
        default=False,
        description="`false` fails the task when there is something at that path already.",
    )

    async def run(self, context: TaskContext) -> Output:
        """Bring it there."""
        source = require(self.allowed(context, self.source), self.source)
        target = self.allowed(context, self.to)
        _free(target, self.to, overwrite=self.overwrite)
        await asyncio.to_thread(self.bring, source, target)
        return Output(values={"from": source.as_uri(), "to": target.as_uri()})

    @staticmethod
    @abstractmethod
    def bring(source: Path, target: Path) -> None:
        """Bring a file or folder to a path."""


class Copy(_Moving):
    """Copy a local file or folder. Outputs: ``from``, ``to``."""

    type_name = "io.kestra.plugin.fs.local.Copy"
    title = "Copy a file on the worker's machine."
    output_types = outputs(**{"from": str, "to": str})

    @staticmethod
    def bring(source: Path, target: Path) -> None:
        """Copy it."""
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target)


class Move(_Moving):
    """Move or rename a local file or folder. Outputs: ``from``, ``to``."""

    type_name = "io.kestra.plugin.fs.local.Move"
    title = "Move a file on the worker's machine."
    output_types = outputs(**{"from": str, "to": str})

    @staticmethod
    def bring(source: Path, target: Path) -> None:
        """Move it."""
        shutil.move(source, target)


class Delete(LocalTask):
    """Delete a local file, or a folder with all that is in it. Outputs: ``uri``, ``deleted``."""

    type_name = "io.kestra.plugin.fs.local.Delete"
    title = "Delete a file of the worker's machine."
    output_types = outputs(uri=str, deleted=bool)

    uri: Text = Field(
        validation_alias=AliasChoices("uri", "from"),
        description=(
            "Path of the file or folder. It must lie in a folder that the server's setting "
            "`allowed-paths` names."
        ),
    )
    error_on_missing: bool = Field(
        default=False, description="`true` fails the task when there is no such file."
    )
    recursive: bool = Field(
        default=True,
        description=(
            "`false` fails the task when the path is a folder; otherwise all that is in it "
            "goes, too."
        ),
    )

    async def run(self, context: TaskContext) -> Output:
        """Delete it; a missing one is an error only when asked for."""
        path = self.allowed(context, self.uri)
        deleted = path.exists()
        if path.is_dir():
            if not self.recursive:
                raise TaskFailedError(f"'{self.uri}' is a folder and `recursive` is false")
            await asyncio.to_thread(shutil.rmtree, path)
        elif deleted:
            path.unlink()
        elif self.error_on_missing:
            raise TaskFailedError(f"There is no file '{self.uri}'")
        return Output(values={"uri": path.as_uri(), "deleted": deleted})
