"""Files packed and unpacked: single ones, and archives of many."""

from __future__ import annotations

import asyncio
import bz2
import gzip
import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import IO, Any, ClassVar, cast

from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text, TextMap
from tiercel.plugin.task import Output, RunnableTask, TaskFailedError
from tiercel.plugins.core.storage import new_file

_CHUNK_BYTES = 1 << 20
_BROKEN = (
    *(OSError, EOFError, zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile),
    *(RuntimeError, NotImplementedError),
)


class Compression(StrEnum):
    """How bytes are packed."""

    GZIP = "GZIP"
    BZIP2 = "BZIP2"
    XZ = "XZ"
    LZMA = "LZMA"


class Archive(StrEnum):
    """How files are put together."""

    ZIP = "ZIP"
    TAR = "TAR"
    JAR = "JAR"


_EXTENSIONS = {
    Compression.GZIP: ".gz",
    Compression.BZIP2: ".bz2",
    Compression.XZ: ".xz",
    Compression.LZMA: ".lzma",
}


def opened(path: Path, mode: str, compression: Compression) -> IO[bytes]:
    """Open a packed file for reading (``rb``) or writing (``wb``)."""
    if compression is Compression.GZIP:
        return cast("IO[bytes]", gzip.open(path, mode, compresslevel=6))
    if compression is Compression.BZIP2:
        return cast("IO[bytes]", bz2.open(path, mode))
    form = lzma.FORMAT_ALONE if compression is Compression.LZMA else lzma.FORMAT_XZ
    chosen = form if mode == "wb" else None
    return cast("IO[bytes]", lzma.open(path, mode, format=chosen or lzma.FORMAT_AUTO))


class FileTask(RunnableTask):
    """Base of the tasks over one file. Output: ``uri``."""

    source: Text = Field(alias="from", description="URI of the file.")
    compression: Compression = Field(
        description="How the file is, or gets, compressed: `GZIP`, `BZIP2`, `XZ` or `LZMA`."
    )

    async def convert(
        self, context: TaskContext, extension: str, work: Callable[[Path, Path], None]
    ) -> Output:
        """Store what ``work`` makes of the file."""
        source, target = await context.local_file(self.source), new_file(context, extension)
        try:
            await asyncio.to_thread(work, source, target)
        except _BROKEN as error:
            raise TaskFailedError(f"The file is no {self.compression}: {error}") from error
        return Output(values={"uri": await context.store_file(target)})


class FileCompress(FileTask):
    """Pack a file. Output: ``uri``."""

    type_name = "io.kestra.plugin.compress.FileCompress"
    title = "Compress a file."
    output_types = outputs(uri=StoredFile)

    async def run(self, context: TaskContext) -> Output:
        """Pack it."""

        def pack(source: Path, target: Path) -> None:
            with source.open("rb") as read, opened(target, "wb", self.compression) as write:
                shutil.copyfileobj(read, write, _CHUNK_BYTES)

        suffix = PurePosixPath(self.source).suffix
        return await self.convert(context, f"{suffix}{_EXTENSIONS[self.compression]}", pack)


class FileDecompress(FileTask):
    """Unpack a file. Output: ``uri``."""

    type_name = "io.kestra.plugin.compress.FileDecompress"
    title = "Decompress a file."
    output_types = outputs(uri=StoredFile)
    examples = (
        (
            "A download that is packed.",
            "id: unpack\ntype: io.kestra.plugin.compress.FileDecompress\n"
            'from: "{{ outputs.download.uri }}"\ncompression: GZIP',
        ),
    )

    async def run(self, context: TaskContext) -> Output:
        """Unpack it."""

        def unpack(source: Path, target: Path) -> None:
            with opened(source, "rb", self.compression) as read, target.open("wb") as write:
                shutil.copyfileobj(read, write, _CHUNK_BYTES)

        suffixes = PurePosixPath(self.source).suffixes
        return await self.convert(context, suffixes[-2] if len(suffixes) > 1 else "", unpack)


class ArchiveTask(RunnableTask):
    """Base of the tasks over archives."""

    modes: ClassVar[dict[Compression | None, str]] = {
        None: "",
        Compression.GZIP: "gz",
        Compression.BZIP2: "bz2",
        Compression.XZ: "xz",
    }

    algorithm: Archive = Field(
        description="Kind of archive: `ZIP`, `JAR`, which is the same, or `TAR`."
    )
    compression: Compression | None = Field(
        default=None,
        description=(
            "How a `TAR` is compressed: `GZIP`, `BZIP2` or `XZ`. Not at all when it is left "
            "out; when one is unpacked it is found out."
        ),
    )

    def tar_mode(self) -> str:
        """Return how the tar archive is packed, as ``tarfile`` names it."""
        if self.compression not in self.modes:
            raise TaskFailedError(f"`compression: {self.compression}` is not for archives")
        return self.modes[self.compression]


class ArchiveCompress(ArchiveTask):
    """Pack stored files into one archive. Output: ``uri``."""

    type_name = "io.kestra.plugin.compress.ArchiveCompress"
    title = "Put files into an archive."
    output_types = outputs(uri=StoredFile)
    examples = (
        (
            "Two files in one zip.",
            "id: pack\ntype: io.kestra.plugin.compress.ArchiveCompress\nalgorithm: ZIP\nfrom:\n"
            '  a.csv: "{{ outputs.a.uri }}"\n  b.csv: "{{ outputs.b.uri }}"',
        ),
    )

    source: TextMap = Field(
        alias="from", description="URIs of stored files, by the path that each gets in the archive."
    )

    async def run(self, context: TaskContext) -> Output:
        """Pack them."""
        files = {
            name: await context.local_file(uri)
            for name, uri in self.source.items()
            if uri is not None
        }
        target = new_file(context, ".tar" if self.algorithm is Archive.TAR else ".zip")
        await asyncio.to_thread(self._pack, files, target)
        return Output(values={"uri": await context.store_file(target)})

    def _pack(self, files: dict[str, Path], target: Path) -> None:
        if self.algorithm is Archive.TAR:
            with tarfile.open(target, cast("Any", f"w:{self.tar_mode()}")) as tar:
                for name, path in files.items():
                    tar.add(path, arcname=name)
            return
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, path in files.items():
                archive.write(path, arcname=name)


class ArchiveDecompress(ArchiveTask):
    """Unpack an archive. Output: ``files``, URIs by their paths in it."""

    type_name = "io.kestra.plugin.compress.ArchiveDecompress"
    title = "Take the files out of an archive."
    output_types = outputs(files=dict[str, StoredFile])
    examples = (
        (
            "The files of a zip.",
            "id: unpack\ntype: io.kestra.plugin.compress.ArchiveDecompress\nalgorithm: ZIP\n"
            'from: "{{ outputs.download.uri }}"',
        ),
    )

    source: Text = Field(alias="from", description="URI of the archive.")

    async def run(self, context: TaskContext) -> Output:
        """Store every regular file of it; links are left out."""
        path = await context.local_file(self.source)
        try:
            found = await asyncio.to_thread(self._unpack, context, path)
        except _BROKEN as error:
            raise TaskFailedError(f"The file is no {self.algorithm}: {error}") from error
        stored = {name: await context.store_file(file) for name, file in found.items()}
        return Output(values={"files": stored})

    def _unpack(self, context: TaskContext, path: Path) -> dict[str, Path]:
        found = {}
        with self._members(path) as members:
            for name, read in members:
                target = new_file(context, PurePosixPath(name).suffix)
                with read, target.open("wb") as write:
                    shutil.copyfileobj(read, write, _CHUNK_BYTES)
                found[name] = target
        return found

    @contextmanager
    def _members(self, path: Path) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
        """Yield names and contents of the regular files."""
        if self.algorithm is Archive.TAR:
            with tarfile.open(path, cast("Any", f"r:{self.tar_mode() or '*'}")) as tar:
                yield _of_tar(tar)
        else:
            with zipfile.ZipFile(path) as archive:
                yield ((x.filename, archive.open(x)) for x in archive.infolist() if not x.is_dir())


def _of_tar(tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    for member in tar:
        content = tar.extractfile(member) if member.isreg() else None
        if content is not None:
            yield member.name.removeprefix("./"), content
