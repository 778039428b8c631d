"""Working directories as tar archives, into containers and back."""

from __future__ import annotations

import os
import shutil
import tarfile
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO


def pack(
    folder: Path, archive: BinaryIO, *, name: str = "", form: int = tarfile.PAX_FORMAT
) -> None:
    """Write a folder; any user of a container may read and change it.

    Args:
        name: What it is called there, by default its own name.
        form: Busybox reads long names of ``tarfile.GNU_FORMAT`` only.
    """
    with tarfile.open(fileobj=archive, mode="w|", format=form) as tar:
        tar.add(folder, arcname=name or folder.name, filter=_opened)


def _opened(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    if not (member.isreg() or member.isdir() or member.issym()):
        return None
    member.mode |= 0o777 if member.isdir() or member.mode & 0o100 else 0o666
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def unpack(archive: BinaryIO, folder: Path) -> None:
    """Write what an archive of a folder holds over ``folder``, whose name it begins with.

    Only regular files and folders: links and devices of a container stay there, and no name leads
    out of the folder.
    """
    with tarfile.open(fileobj=archive, mode="r|") as tar:
        for member in tar:
            parts = PurePosixPath(member.name).parts[1:]
            if not parts or ".." in parts:
                continue
            target = folder.joinpath(*parts)
            if member.isdir():
                _make_folder(target)
            elif member.isreg():
                content = tar.extractfile(member)
                if content is not None:
                    _write(content, target, member)


def _make_folder(target: Path) -> None:
    if target.is_symlink():
        target.unlink()
    target.mkdir(parents=True, exist_ok=True)


def _write(content: IO[bytes], target: Path, member: tarfile.TarInfo) -> None:
    """Write a file beside the old one and put it in its place: links are replaced, not followed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{os.getpid()}-draft")
    with draft.open("wb") as file:
        shutil.copyfileobj(content, file, 1 << 20)
    draft.chmod(member.mode & 0o777 | 0o600)
    os.utime(draft, (member.mtime, member.mtime))
    draft.replace(target)
