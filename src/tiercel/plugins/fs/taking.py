"""Taking many files out of a folder of the worker's machine, whoever does it."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text
from tiercel.plugin.task import Plugin, TaskFailedError
from tiercel.plugins.core.storage import new_file
from tiercel.plugins.fs.local import allowed_path, files_of, require


class Action(StrEnum):
    """What becomes of a file that was taken."""

    NONE = "NONE"
    MOVE = "MOVE"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True)
class Place:
    """Where files are taken from, and where they are moved to; None when they are not."""

    folder: Path
    aside: Path | None

    def name(self, path: Path) -> str:
        """Return a file's path below the folder."""
        return path.relative_to(self.folder).as_posix()


class TakesFiles(Plugin):
    """Properties of what takes files out of a folder."""

    source: Text = Field(
        alias="from",
        description=(
            "Folder to take files from. It must lie in a folder that the server's setting "
            "`allowed-paths` names."
        ),
    )
    action: Action = Field(
        default=Action.NONE,
        description=(
            "What becomes of the files once they are taken: `NONE` leaves them, `DELETE` deletes "
            "them, `MOVE` moves them to `moveDirectory`."
        ),
    )
    move_directory: Text | None = Field(
        default=None,
        description="Folder that files are moved to, in an allowed folder, too. `MOVE` needs it.",
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
    max_files: int = Field(
        default=25,
        description="How many files are taken at most, by path. The others stay for the next time.",
    )

    def place(self, context: TaskContext) -> Place:
        """Return where files are taken from.

        Raises:
            TaskFailedError: There is no such folder, no folder for those that are moved, or one of
                them is not below a folder that the server allows.
        """
        folder = require(allowed_path(context, self.source), self.source)
        if self.action is not Action.MOVE:
            return Place(folder, None)
        if not self.move_directory:
            raise TaskFailedError("`action: MOVE` needs `moveDirectory`")
        return Place(folder, allowed_path(context, self.move_directory))

    async def found(self, place: Place) -> list[Path]:
        """Return the files that fit, by path."""
        return await asyncio.to_thread(
            files_of, place.folder, self.reg_exp, recursive=self.recursive
        )

    async def clear_away(self, path: Path, place: Place) -> bool:
        """Move or delete a file that was taken; False when it stays."""
        return await asyncio.to_thread(self._clear_away, path, place)

    def _clear_away(self, path: Path, place: Place) -> bool:
        if place.aside is not None:
            target = place.aside / place.name(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(path, target)
        elif self.action is Action.DELETE:
            path.unlink()
        return self.action is not Action.NONE


async def stored_copy(context: TaskContext, path: Path) -> str:
    """Copy a file into internal storage; return the URI of the copy."""
    copy = new_file(context, path.suffix)
    await asyncio.to_thread(shutil.copyfile, path, copy)
    return await context.store_file(copy)
