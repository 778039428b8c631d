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
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.core.storage import new_file
from tiercel.plugins.fs.local import FindsFiles, allowed_path


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


class TakesFiles(FindsFiles):
    """Properties of what takes files out of a folder."""

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

    def place(self, context: TaskContext) -> Place:
        """Return where files are taken from.

        Raises:
            TaskFailedError: There is no such folder, no folder for those that are moved, or one of
                them is not below a folder that the server allows.
        """
        folder = self.folder(context)
        if self.action is not Action.MOVE:
            return Place(folder, None)
        if not self.move_directory:
            raise TaskFailedError("`action: MOVE` needs `moveDirectory`")
        return Place(folder, allowed_path(context, self.move_directory))

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
