"""``namespaceFiles``: files of namespaces, copied into the working directory before all others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from pydantic import Field

from tiercel.model.task import LogLevel
from tiercel.plugin.common import Written
from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import TextList
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.scripts.files import safe_path
from tiercel.plugins.scripts.globs import compile_glob


class IfExists(StrEnum):
    """What happens to a file that is in the working directory already."""

    OVERWRITE = "OVERWRITE"
    FAIL = "FAIL"
    WARN = "WARN"
    IGNORE = "IGNORE"


class NamespaceFilesWish(Written):
    """Which files of which namespaces are wanted."""

    enabled: bool = Field(default=True, description="Whether files are copied at all.")
    include: TextList = Field(
        default=[],
        description=(
            "Globs of the files to copy, such as `scripts/**`. All files when it is left out."
        ),
    )
    exclude: TextList = Field(
        default=[], description="Globs of files that are not copied, although `include` names them."
    )
    namespaces: TextList | None = Field(
        default=None,
        description=(
            "Namespaces whose files are copied, in this order. The flow's own one when it is "
            "left out."
        ),
    )
    if_exists: IfExists = Field(
        default=IfExists.OVERWRITE,
        description=(
            "What happens to a file that is in the working directory already: `OVERWRITE` it, "
            "`FAIL`, leave it with a `WARN`ing in the log, or `IGNORE` the new one."
        ),
    )
    folder_per_namespace: bool = Field(
        default=False,
        description="`true` puts the files of each namespace into a folder of its name.",
    )

    async def fetch(self, context: TaskContext, folder: Path) -> list[Path]:
        """Copy the files below ``folder``; return where they are.

        Raises:
            TaskFailedError: A pattern is not valid, or a file is there and must not be.
        """
        if not self.enabled:
            return []
        fetched: list[Path] = []
        include, exclude = _compiled(self.include), _compiled(self.exclude)
        for namespace in self.namespaces or [context.info.namespace]:
            root = folder / namespace if self.folder_per_namespace else folder
            root.mkdir(parents=True, exist_ok=True)
            for path in await context.namespace_files.paths(namespace):
                if is_wanted(path, include, exclude):
                    target = await self._fetch_one(context, namespace, path, root)
                    fetched += [target] if target is not None else []
        context.log(LogLevel.DEBUG, f"{len(fetched)} namespace file(s) copied")
        return fetched

    async def _fetch_one(
        self, context: TaskContext, namespace: str, path: str, root: Path
    ) -> Path | None:
        target = safe_path(root, path)
        if target.exists():
            text = f"The file '{path}' is already in the working directory"
            if self.if_exists is IfExists.FAIL:
                raise TaskFailedError(f"{text} and `ifExists` is FAIL.")
            if self.if_exists is IfExists.WARN:
                context.log(LogLevel.WARN, f"{text}, the one of namespace '{namespace}' is left.")
            if self.if_exists is not IfExists.OVERWRITE:
                return None
        await context.fetch_file(context.namespace_files.uri(namespace, path), target)
        return target


def is_wanted(
    path: str, include: Sequence[re.Pattern[str]], exclude: Sequence[re.Pattern[str]]
) -> bool:
    """Whether a path of a namespace is named by ``include`` (all, if empty) and not excluded."""
    absolute = f"/{path}"
    named = not include or any(pattern.fullmatch(absolute) for pattern in include)
    return named and not any(pattern.fullmatch(absolute) for pattern in exclude)


def namespace_pattern(pattern: str) -> re.Pattern[str]:
    """Return what matches the paths of a namespace, which begin with a slash.

    A pattern that begins with neither a slash nor ``**`` matches at any depth.

    Raises:
        TaskFailedError: The pattern is not well formed.
    """
    if not pattern.startswith(("glob:", "regex:")):
        pattern = f"glob:{pattern}" if pattern.startswith(("/", "**")) else f"glob:**/{pattern}"
    try:
        return compile_glob(pattern, "")
    except ValueError as error:
        raise TaskFailedError(f"namespace files: {error}") from error


def _compiled(patterns: Sequence[str]) -> list[re.Pattern[str]]:
    return [namespace_pattern(pattern) for pattern in patterns]
