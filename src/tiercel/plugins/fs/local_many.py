"""Many files of the worker's machine at once."""

from __future__ import annotations

import asyncio
import re
import shutil
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text
from tiercel.plugin.task import Output, TaskFailedError
from tiercel.plugins.core.storage import new_file
from tiercel.plugins.fs.local import LocalTask, allowed_path, describe, files_of, require


class Action(StrEnum):
    """What becomes of a file that was taken."""

    NONE = "NONE"
    MOVE = "MOVE"
    DELETE = "DELETE"


def folder_aside(context: TaskContext, action: Action, written: str | None) -> Path | None:
    """Return where files that were taken are moved to; None when they are not.

    Raises:
        TaskFailedError: It is not given, or not below a folder that the server allows.
    """
    if action is not Action.MOVE:
        return None
    if not written:
        raise TaskFailedError("`action: MOVE` needs `moveDirectory`")
    return allowed_path(context, written)


def clear_away(path: Path, name: str, action: Action, aside: Path | None) -> None:
    """Move or delete a file that was taken, or leave it; ``name`` is its path below ``aside``."""
    if aside is not None:
        (aside / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, aside / name)
    elif action is Action.DELETE:
        path.unlink()


class Downloads(LocalTask):
    """Copy files of a local folder into internal storage. Outputs: ``files``, ``outputFiles``."""

    type_name = "io.kestra.plugin.fs.local.Downloads"
    title = "Copy files of a folder of the worker's machine into internal storage."
    output_types = outputs(files=list[dict[str, Any]], outputFiles=dict[str, StoredFile])
    examples = (
        (
            "Take the CSV files of a folder, and move them aside.",
            "id: take\ntype: io.kestra.plugin.fs.local.Downloads\nfrom: /data/in\n"
            'regExp: ".*\\\\.csv"\naction: MOVE\nmoveDirectory: /data/done',
        ),
    )

    source: Text = Field(alias="from")
    action: Action = Action.NONE
    move_directory: Text | None = None
    reg_exp: Text | None = None
    recursive: bool = False
    max_files: int = 25

    async def run(self, context: TaskContext) -> Output:
        """Take at most ``maxFiles`` files whose whole path matches ``regExp``, by path."""
        folder = require(self.allowed(context, self.source), self.source)
        aside = folder_aside(context, self.action, self.move_directory)
        found = await asyncio.to_thread(files_of, folder, self.reg_exp, recursive=self.recursive)
        files, stored = [], {}
        for path in found[: self.max_files]:
            copy = new_file(context, path.suffix)
            await asyncio.to_thread(shutil.copyfile, path, copy)
            name = path.relative_to(folder).as_posix()
            stored[name] = await context.store_file(copy)
            files.append({**describe(path), "uri": stored[name]})
            await asyncio.to_thread(clear_away, path, name, self.action, aside)
        return Output(values={"files": files, "outputFiles": stored})


class Uploads(LocalTask):
    """Write stored files into a local folder. Output: ``files``, their URIs."""

    type_name = "io.kestra.plugin.fs.local.Uploads"
    title = "Write stored files to a folder of the worker's machine."
    output_types = outputs(files=list[str])

    source: list[Text] | str = Field(alias="from")
    to: Text
    overwrite: bool = True
    reg_exp: Text | None = None
    max_files: int = 25

    async def run(self, context: TaskContext) -> Output:
        """Write each under its own name."""
        folder = self.allowed(context, self.to)
        uris = [self.source] if isinstance(self.source, str) else self.source
        wanted = [uri for uri in uris if not self.reg_exp or re.fullmatch(self.reg_exp, uri)]
        if len(wanted) > self.max_files:
            raise TaskFailedError(f"{len(wanted)} files are more than `maxFiles: {self.max_files}`")
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for uri in wanted:
            path = folder / PurePosixPath(unquote(uri)).name
            if path.exists() and not self.overwrite:
                raise TaskFailedError(f"The file '{path}' is there and `overwrite` is false")
            await context.fetch_file(uri, path)
            written.append(path.as_uri())
        return Output(values={"files": written})
