"""Files into and out of the working directory; nothing leaves it and nothing outside is touched."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import as_text
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.scripts.globs import compile_glob, is_literal

_STORED = re.compile(r"kestra://[-a-zA-Z0-9%._+~#=/]*")
_SCHEME = "kestra://"


def safe_path(folder: Path, name: str) -> Path:
    """Return the path of ``name`` below ``folder``, whose parent folders are made.

    A leading slash is dropped. Links are followed and must not lead out of the folder.

    Raises:
        TaskFailedError: The name leaves the folder.
    """
    relative = Path(name.lstrip("/"))
    refusal = TaskFailedError(
        f"The file name '{name}' is refused: the path to resolve must be a relative path inside "
        "the current working directory."
    )
    if not relative.parts or ".." in relative.parts:
        raise refusal
    target = folder / relative
    root = folder.resolve()
    if not _existing_parent(target).resolve().is_relative_to(root):
        raise refusal
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _existing_parent(path: Path) -> Path:
    """Return the nearest parent that is there, a dangling link counting as there."""
    parent = path.parent
    while not (parent.exists() or parent.is_symlink()):
        parent = parent.parent
    return parent


async def write_input_files(context: TaskContext, folder: Path, files: Mapping[str, Any]) -> None:
    """Write rendered ``inputFiles``: a stored file is copied, any other text is the content.

    Entries whose value is null are left out; maps and lists are written as JSON.
    """
    for name, value in files.items():
        if value is None:
            continue
        target = safe_path(folder, str(name))
        if target.is_symlink():
            target.unlink()
        text = str(as_text(value))
        if text.startswith(_SCHEME):
            await context.fetch_file(text, target)
        else:
            target.write_text(text, encoding="utf-8", newline="")


async def replace_uris(context: TaskContext, folder: Path, text: str) -> str:
    """Fetch every stored file that ``text`` mentions; return the text with paths in their place.

    Each occurrence is a file of its own in the working directory.
    """
    if _SCHEME not in text:
        return text
    parts: list[str] = []
    position = 0
    for match in _STORED.finditer(text):
        path = folder / f"{secrets.randbits(63)}.tmp"
        await context.fetch_file(match[0], path)
        parts += [text[position : match.start()], str(path)]
        position = match.end()
    return "".join([*parts, text[position:]])


async def store_output_files(
    context: TaskContext, folder: Path, patterns: Sequence[str], *, skip: Iterable[Path] = ()
) -> dict[str, str]:
    """Store the regular files that match; return URIs by path relative to the folder.

    A pattern that matches nothing is no error here, but it is said in the log.

    Args:
        skip: Files of the task itself.

    Raises:
        TaskFailedError: A pattern is not valid or leads out of the folder.
    """
    if not patterns:
        return {}
    found = await asyncio.to_thread(_matching, folder, patterns, frozenset(skip))
    for pattern in patterns:
        if not found[pattern]:
            what = "There is no file" if is_literal(pattern) else "No file matches"
            context.log(
                LogLevel.WARN, f"{what} '{pattern}' of outputFiles in the working directory"
            )
    paths = sorted({path for matches in found.values() for path in matches})
    return await store_files(context, folder, paths)


def matching_files(folder: Path, patterns: Sequence[str]) -> list[Path]:
    """Return the regular files below ``folder`` that a pattern matches, in order.

    Raises:
        TaskFailedError: A pattern is not valid or leads out of the folder.
    """
    found = _matching(folder, patterns, frozenset())
    return sorted({path for matches in found.values() for path in matches})


async def store_folder(context: TaskContext, folder: Path) -> dict[str, str]:
    """Store every regular file below ``folder``; return URIs by path relative to it."""
    return await store_files(context, folder, sorted(_regular_files(folder)))


async def store_files(context: TaskContext, root: Path, paths: Iterable[Path]) -> dict[str, str]:
    """Store files under names of their own; return URIs by path relative to ``root``."""
    stored: dict[str, str] = {}
    for path in paths:
        name = f"{secrets.token_hex(8)}-{path.name}"
        stored[path.relative_to(root).as_posix()] = await context.store_file(path, name)
    return stored


def _matching(
    folder: Path, patterns: Sequence[str], skip: frozenset[Path]
) -> dict[str, list[Path]]:
    compiled = {pattern: _compile(pattern, folder) for pattern in patterns}
    found: dict[str, list[Path]] = {pattern: [] for pattern in patterns}
    for path in _regular_files(folder):
        if path in skip:
            continue
        text = str(path)
        for pattern, expression in compiled.items():
            if expression.fullmatch(text):
                found[pattern].append(path)
    return found


def _compile(pattern: str, folder: Path) -> re.Pattern[str]:
    if ".." in Path(pattern).parts:
        raise TaskFailedError(
            f"The pattern '{pattern}' of outputFiles leads out of the working directory"
        )
    try:
        return compile_glob(pattern, str(folder))
    except ValueError as error:
        raise TaskFailedError(f"outputFiles: {error}") from error


def _regular_files(folder: Path) -> Iterator[Path]:
    """Yield regular files at any depth; links are neither followed nor yielded."""
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            if stat.S_ISREG(path.lstat().st_mode):
                yield path
