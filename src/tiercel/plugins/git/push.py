"""Pushing: what a task puts into a folder of a repository becomes one commit."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.git.folders import files_below, folder_below, store_report
from tiercel.plugins.git.repository import GitPlugin

_NOBODY, _NO_ADDRESS = "Tiercel", "tiercel@localhost"
_SHORT_SSH = re.compile(r"(?:ssh://)?[^@/]+@([^:/]+)[:/](.+)")


class PushPlugin(GitPlugin):
    """Properties of the tasks that push."""

    commit_message: Text | None = Field(
        default=None,
        description=(
            "Message of the commit. One that names the namespace or the execution when it is "
            "left out."
        ),
    )
    author_name: Text | None = Field(
        default=None,
        description="Name of the commit's author; `username`, or Tiercel, when it is left out.",
    )
    author_email: Text | None = Field(default=None, description="Address of the commit's author.")
    dry_run: bool = Field(
        default=False, description="`true` changes nothing: the report says what would be pushed."
    )
    delete: bool = Field(
        default=True,
        description=(
            "Whether files are deleted from the repository's folder that are not here any more."
        ),
    )

    async def push(
        self,
        context: TaskContext,
        folder_name: str,
        contents: Mapping[str, bytes],
        is_ours: Callable[[str], bool],
        message: str,
    ) -> dict[str, Any]:
        """Make a folder of the branch hold ``contents``, commit what that changes and push it.

        Args:
            is_ours: Whether a file of the folder that is not in ``contents`` may be deleted, by
                path.
            message: Of the commit, when the flow gives none.

        Returns:
            ``commitId`` and ``commitURL``, when there was something to push, and ``report``: the
            URI of a row file with ``file``, ``changes``, ``additions`` and ``deletions``.

        Raises:
            TaskFailedError: Git refused; in its own words.
        """
        clone = await self.checkout(context, create=True)
        root = folder_below(clone, folder_name)
        await asyncio.to_thread(_fill, root, contents, is_ours if self.delete else lambda _: False)
        await self.git(context, clone, "add", "--all", "--force", "--", str(root))
        counted = await self.git(context, clone, "diff", "--cached", "--numstat", "--no-renames")
        rows = [_change(line) for line in counted.splitlines() if line]
        report = await store_report(context, rows)
        if not rows or self.dry_run:
            if not rows:
                context.log(LogLevel.INFO, "Nothing changed: there is nothing to push")
            return {"report": report}
        await self.git(
            context,
            clone,
            *("-c", f"user.name={self.author_name or self.username or _NOBODY}"),
            *("-c", f"user.email={self.author_email or _NO_ADDRESS}"),
            *("commit", "--quiet", "--no-verify", "--message", self.commit_message or message),
        )
        commit = (await self.git(context, clone, "rev-parse", "HEAD")).strip()
        target = f"HEAD:refs/heads/{self.branch or 'main'}"
        await self.git(context, clone, "push", "--quiet", "origin", target)
        context.log(LogLevel.INFO, f"Pushed {len(rows)} changed files as {commit[:10]}")
        return {"commitId": commit, "commitURL": commit_url(self.url, commit), "report": report}


def _fill(root: Path, contents: Mapping[str, bytes], may_go: Callable[[str], bool]) -> None:
    root.mkdir(parents=True, exist_ok=True)
    for name, path in list(files_below(root)):
        if name not in contents and may_go(name):
            path.unlink()
    for name, content in contents.items():
        path = root / name
        if not path.resolve().is_relative_to(root.resolve()):
            raise TaskFailedError(f"The file '{name}' leads out of the repository")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _change(line: str) -> dict[str, Any]:
    added, deleted, name = line.split("\t", 2)
    counts = [int(text) if text.isdigit() else 0 for text in (added, deleted)]
    return {
        "file": name,
        "changes": str(sum(counts)),
        "additions": f"+{counts[0]}",
        "deletions": f"-{counts[1]}",
    }


def commit_url(url: str, commit: str) -> str | None:
    """Return where a commit is shown; None for repositories that no web server shows."""
    short = _SHORT_SSH.fullmatch(url)
    page = f"https://{short[1]}/{short[2]}" if short else url
    if not page.startswith(("http://", "https://")):
        return None
    scheme, _, rest = page.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2].rstrip('/').removesuffix('.git')}/commit/{commit}"
