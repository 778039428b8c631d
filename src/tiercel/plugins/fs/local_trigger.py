"""Starts executions from files that appear on the worker's machine."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr

from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import outputs
from tiercel.plugin.properties import Text
from tiercel.plugin.task import Output, PollingTrigger
from tiercel.plugins.core.trigger_memory import keep, memory_key, recall
from tiercel.plugins.fs.local import describe
from tiercel.plugins.fs.taking import Place, TakesFiles, stored_copy


class ChangeType(StrEnum):
    """What happened to a file since the last time."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"


class On(StrEnum):
    """Which changes start an execution."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    CREATE_OR_UPDATE = "CREATE_OR_UPDATE"


@dataclass(slots=True)
class _Found:
    """What the last question found: the files as they are known from now on, and those taken."""

    known: dict[str, Any]
    taken: list[Path]
    place: Place


class Trigger(TakesFiles, PollingTrigger):
    """Look into a folder now and then, and start an execution when files came or changed.

    The execution sees ``trigger.files``: of each its ``name``, ``size``, ``updatedDate``,
    ``changeType``, ``serverPath`` (where it was) and ``path`` (the ``kestra://`` URI of its copy;
    ``uri`` too). The same without ``changeType`` is ``file``.
    """

    type_name = "io.kestra.plugin.fs.local.Trigger"
    title = "Start executions when files come into a folder of the worker's machine."
    output_types = outputs(files=list[dict[str, Any]])
    examples = (
        (
            "Take the CSV files that come in, and move them aside.",
            "id: incoming\ntype: io.kestra.plugin.fs.local.Trigger\nfrom: /data/in\n"
            'regExp: ".*\\\\.csv"\ninterval: PT30S\naction: MOVE\nmoveDirectory: /data/done',
        ),
    )

    on: On = Field(
        default=On.CREATE_OR_UPDATE,
        description=(
            "Which changes start an execution: `CREATE`, `UPDATE` or `CREATE_OR_UPDATE`. A "
            "file is updated when its size or its time of change is another."
        ),
    )
    state_key: Text | None = Field(
        default=None,
        description=(
            "Key-value entry that tells which files are known already. One of the trigger's "
            "own when it is left out."
        ),
    )
    state_ttl: timedelta | None = Field(
        default=None,
        description=(
            "How long that entry lasts after its last change, such as `P7D`; then all files "
            "are new. For ever when it is left out."
        ),
    )

    _found: _Found | None = PrivateAttr(default=None)

    async def ask(self, context: TaskContext) -> Output | None:
        """Copy the files that are new or different into internal storage."""
        place = self.place(context)
        known = await recall(context, self._key(context))
        marks = await asyncio.to_thread(_marks, await self.found(place.folder))
        wanted = [item for item in _changes(marks, known) if self._is_wanted(item[1])]
        taken, later = wanted[: self.max_files], wanted[self.max_files :]
        kept = _known_then(known, marks, {path for path, _ in later})
        if not taken:
            if kept != known:
                await self._keep(context, kept)
            return None
        files = [await _taken(context, path, change) for path, change in taken]
        self._found = _Found(kept, [path for path, _ in taken], place)
        return Output({"files": files})

    async def started(self, context: TaskContext) -> None:
        """Move or delete what was taken, and remember what is left."""
        found = self._found
        if found is None:
            return
        for path in found.taken:
            if path.exists() and await self.clear_away(path, found.place):
                found.known.pop(str(path), None)
        await self._keep(context, found.known)

    def _is_wanted(self, change: ChangeType) -> bool:
        return self.on is On.CREATE_OR_UPDATE or self.on.value == change.value

    def _key(self, context: TaskContext) -> str:
        return self.state_key or memory_key(context)

    async def _keep(self, context: TaskContext, known: dict[str, Any]) -> None:
        await keep(context, self._key(context), known, self.state_ttl)


def _marks(paths: list[Path]) -> dict[Path, list[int]]:
    """Return what is different when a file is; those that are gone by now are left out."""
    marks = {}
    for path in paths:
        with suppress(FileNotFoundError):
            stat = path.stat()
            marks[path] = [stat.st_mtime_ns, stat.st_size]
    return marks


def _changes(
    marks: Mapping[Path, list[int]], known: Mapping[str, Any]
) -> list[tuple[Path, ChangeType]]:
    return [
        (path, ChangeType.UPDATE if str(path) in known else ChangeType.CREATE)
        for path, mark in marks.items()
        if known.get(str(path)) != mark
    ]


def _known_then(
    known: Mapping[str, Any], marks: Mapping[Path, list[int]], later: set[Path]
) -> dict[str, Any]:
    """Return what is known once all files but those of ``later`` were dealt with."""
    dealt_with = {str(path): mark for path, mark in marks.items() if path not in later}
    return dealt_with | {str(path): known[str(path)] for path in later if str(path) in known}


async def _taken(context: TaskContext, path: Path, change: ChangeType) -> dict[str, Any]:
    uri = await stored_copy(context, path)
    file = {**describe(path), "serverPath": str(path), "path": uri, "uri": uri}
    return {**file, "file": file, "changeType": change.value}
