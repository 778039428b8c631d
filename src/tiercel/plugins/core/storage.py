"""Tasks over files in internal storage."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text, TextList
from tiercel.plugin.task import Output, RunnableTask, TaskFailedError

MAX_PARTITIONS = 500
"""Parts that are written at the same time: each holds a file open."""

_BLOCK_BYTES = 1 << 20
_UNITS = {"B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40}


def new_file(context: TaskContext, extension: str = ".tmp") -> Path:
    """Return a fresh path in the working directory; the extension gets the dot it lacks."""
    if extension and not extension.startswith("."):
        extension = f".{extension}"
    return context.working_dir / f"{secrets.randbits(63)}{extension}"


async def stored_bytes(context: TaskContext, uri: str) -> bytes:
    """Return the whole of a stored file. Raises StorageError when there is none."""
    return b"".join([chunk async for chunk in context.read_file(uri)])


class PurgeCurrentExecutionFiles(RunnableTask):
    """Delete every stored file of the current execution. Output: ``uris``, what was deleted."""

    type_name = "io.kestra.plugin.core.storage.PurgeCurrentExecutionFiles"
    aliases = (
        "io.kestra.plugin.core.storage.PurgeExecution",
        "io.kestra.core.tasks.storages.PurgeExecution",
    )
    title = "Delete the files of the current execution."
    output_types = outputs(uris=list[str])
    examples = (
        (
            "Last task of a flow whose files nobody needs any more.",
            "id: purge_files\ntype: io.kestra.plugin.core.storage.PurgeCurrentExecutionFiles",
        ),
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Delete inputs, files of tasks and of triggers."""
        return Output(values={"uris": await context.delete_execution_files()})


class Write(RunnableTask):
    """Store a text as a file. Output: ``uri``."""

    type_name = "io.kestra.plugin.core.storage.Write"
    title = "Write a text to a file in internal storage."
    output_types = outputs(uri=StoredFile)
    examples = (
        (
            "Store a line.",
            "id: note\ntype: io.kestra.plugin.core.storage.Write\n"
            'content: "{{ execution.id }}"\nextension: .txt',
        ),
    )

    content: Text = Field(description="Text of the file, written as UTF-8.")
    extension: Text | None = Field(
        default=None,
        description="Extension of the file, such as `.txt`; `.tmp` when it is left out.",
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Store the text as UTF-8."""
        path = new_file(context, self.extension or ".tmp")
        path.write_text(self.content, encoding="utf-8")
        return Output(values={"uri": await context.store_file(path)})


class Size(RunnableTask):
    """Tell the size of a stored file. Output: ``size``, in bytes."""

    type_name = "io.kestra.plugin.core.storage.Size"
    aliases = ("io.kestra.core.tasks.storages.Size",)
    title = "Return the size of a file in internal storage."
    output_types = outputs(size=int)

    uri: Text = Field(description="URI of the file.")

    async def run(self, context: TaskContext) -> Output | None:
        """Look the file up; a missing one is an error."""
        return Output(values={"size": await context.file_size(self.uri)})


class Delete(RunnableTask):
    """Delete a stored file. Outputs: ``uri``, and ``deleted``: whether there was one."""

    type_name = "io.kestra.plugin.core.storage.Delete"
    aliases = ("io.kestra.core.tasks.storages.Delete",)
    title = "Delete a file from internal storage."
    output_types = outputs(uri=str, deleted=bool)
    examples = (
        (
            "Delete what an earlier task made.",
            "id: delete\ntype: io.kestra.plugin.core.storage.Delete\n"
            'uri: "{{ outputs.extract.uri }}"\nerrorOnMissing: true',
        ),
    )

    uri: Text = Field(description="URI of the file.")
    error_on_missing: bool = Field(
        default=False, description="`true` fails the task when there is no such file."
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Delete the file; a missing one is an error only when asked for."""
        deleted = await context.delete_file(self.uri)
        if self.error_on_missing and not deleted:
            raise TaskFailedError(f"Unable to find file '{self.uri}'")
        return Output(values={"uri": self.uri, "deleted": deleted})


class Concat(RunnableTask):
    """Join stored files into one, ``separator`` after each of them. Output: ``uri``."""

    type_name = "io.kestra.plugin.core.storage.Concat"
    aliases = ("io.kestra.core.tasks.storages.Concat",)
    title = "Join files of internal storage into one."
    output_types = outputs(uri=StoredFile)
    examples = (
        (
            "Join two files.",
            "id: both\ntype: io.kestra.plugin.core.storage.Concat\nfiles:\n"
            '  - "{{ outputs.first.uri }}"\n  - "{{ outputs.second.uri }}"\nextension: .csv',
        ),
    )

    files: TextList = Field(
        description=(
            "URIs of the files to join, in this order: a list, or a template of a JSON list."
        )
    )
    separator: Text | None = Field(
        default=None, description="Text that is written after each file. None when it is left out."
    )
    extension: Text = Field(default=".tmp", description="Extension of the joined file.")

    async def run(self, context: TaskContext) -> Output | None:
        """Copy the files in order, in chunks."""
        path = new_file(context, self.extension)
        separator = (self.separator or "").encode()
        with path.open("wb") as target:
            for uri in self.files:
                async for chunk in context.read_file(uri):
                    target.write(chunk)
                target.write(separator)
        return Output(values={"uri": await context.store_file(path)})


class Reverse(RunnableTask):
    """Write the lines of a stored file last to first. Output: ``uri``."""

    type_name = "io.kestra.plugin.core.storage.Reverse"
    aliases = ("io.kestra.core.tasks.storages.Reverse",)
    title = "Reverse the order of the lines of a file."
    output_types = outputs(uri=StoredFile)

    source: Text = Field(alias="from", description="URI of the file.")
    separator: Text = Field(default="\n", description="Text that is written after each line.")
    charset: Text = Field(
        default="UTF-8",
        description="Character set of the separator, which must be that of the file.",
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Copy the lines from the end; each is followed by ``separator``."""
        source = await context.local_file(self.source)
        target = new_file(context, _extension(self.source))
        await asyncio.to_thread(_reverse, source, target, self.separator.encode(self.charset))
        return Output(values={"uri": await context.store_file(target)})


def _reverse(source: Path, target: Path, separator: bytes) -> None:
    """Write the lines of a file from the last to the first."""
    with source.open("rb") as lines, target.open("wb") as file:
        for line in _backwards(lines):
            file.write(line.rstrip(b"\r") + separator)


def _backwards(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines of a file from its end, read in blocks: it may be larger than memory."""
    position = size = file.seek(0, os.SEEK_END)
    pieces: list[bytes] = []  # of the line whose begin is not read yet, the last piece first
    while position:
        step = min(_BLOCK_BYTES, position)
        file.seek(position - step)
        first, *others = file.read(step).split(b"\n")
        if others:
            last = others[-1] + b"".join(reversed(pieces))
            if last or position != size:
                yield last
            yield from reversed(others[:-1])
            pieces = []
        pieces.append(first)
        position -= step
    if size:
        yield b"".join(reversed(pieces))


class Split(RunnableTask):
    """Cut a stored file at line ends, by size, into parts or by number of lines. Output: ``uris``.

    Of several rules ``bytes`` wins over ``partitions`` over ``rows``. Sizes count KB as 1024 bytes.
    """

    type_name = "io.kestra.plugin.core.storage.Split"
    aliases = ("io.kestra.core.tasks.storages.Split",)
    title = "Split a file into several."
    output_types = outputs(uris=list[StoredFile])
    examples = (
        (
            "Files of a thousand lines.",
            "id: split\ntype: io.kestra.plugin.core.storage.Split\n"
            'from: "{{ outputs.extract.uri }}"\nrows: 1000',
        ),
    )

    source: Text = Field(alias="from", description="URI of the file.")
    size: Text | None = Field(
        default=None,
        alias="bytes",
        description=(
            "Size that a part is full at, such as `10MB`; KB counts 1024 bytes and lines stay "
            "whole."
        ),
    )
    partitions: int | None = Field(
        default=None,
        ge=1,
        le=MAX_PARTITIONS,
        description="Number of parts among which the lines are dealt out, at most 500.",
    )
    rows: int | None = Field(default=None, ge=1, description="Lines of each part.")
    separator: Text = Field(default="\n", description="Text that ends each line of the parts.")

    async def run(self, context: TaskContext) -> Output | None:
        """Write the parts, then store those that hold a line, in order."""
        source = await context.local_file(self.source)
        folder = new_file(context, "")
        folder.mkdir()
        parts = await asyncio.to_thread(self.write_parts, source, folder)
        return Output(values={"uris": [await context.store_file(part) for part in parts]})

    def write_parts(self, source: Path, folder: Path) -> list[Path]:
        """Write the parts of a local file into a folder; return those that hold a line."""
        separator, extension = self.separator.encode(), _extension(self.source)
        part_of = self._rule()
        parts: dict[int, IO[bytes]] = {}
        with ExitStack() as opened, source.open("rb") as lines:
            for index, line in enumerate(lines):
                text = line.rstrip(b"\r\n") + separator
                number = part_of(index, len(text))
                if number not in parts:
                    if self.partitions is None or self.size is not None:
                        opened.close()
                    path = folder / f"{number}{extension}"
                    parts[number] = opened.enter_context(path.open("wb"))
                parts[number].write(text)
        return [Path(file.name) for file in parts.values()]

    def _rule(self) -> Callable[[int, int], int]:
        """Return what tells the part for a line, given its index and its length in bytes."""
        if self.size is not None:
            return _BySize(_bytes(self.size))
        if self.partitions is not None:
            partitions = self.partitions
            return lambda index, _: index % partitions
        if self.rows is not None:
            rows = self.rows
            return lambda index, _: index // rows
        raise TaskFailedError("Invalid configuration with no size, count, nor rows")


class _BySize:
    """Starts a new part once the current one has reached the limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._part = 0
        self._written = 0

    def __call__(self, index: int, length: int) -> int:
        if self._written >= self._limit:
            self._part += 1
            self._written = 0
        self._written += length
        return self._part


def _bytes(text: str) -> int:
    match = re.fullmatch(r"\s*(\d+)\s*([KMGT]?B)?\s*", text, re.IGNORECASE)
    if match is None:
        raise TaskFailedError(f"Invalid size with value '{text}'")
    return int(match[1]) * _UNITS[(match[2] or "B").upper()]


def _extension(uri: str) -> str:
    return Path(uri).suffix or ".tmp"
