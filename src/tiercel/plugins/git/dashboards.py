"""Dashboards in a repository: out of it, and back."""

from __future__ import annotations

import asyncio
import fnmatch
from pathlib import PurePosixPath
from typing import Any

from pydantic import Field

from tiercel.model.errors import TiercelError
from tiercel.model.yaml import parse_yaml
from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text
from tiercel.plugin.task import Output, RunnableTask, TaskFailedError
from tiercel.plugins.git.folders import files_below, folder_below, store_report
from tiercel.plugins.git.push import PushPlugin
from tiercel.plugins.git.repository import GitPlugin

_SUFFIXES = (".yml", ".yaml")


class SyncDashboards(GitPlugin, RunnableTask):
    """Make the dashboards those of a folder of a repository. Output: ``dashboards``.

    ``dashboards`` is a row file that says what became of each. A dashboard whose source names no
    id gets that of its file.
    """

    type_name = "io.kestra.plugin.git.SyncDashboards"
    title = "Bring dashboards of a Git repository here."
    output_types = outputs(dashboards=StoredFile)
    examples = (
        (
            "Deploy what is on the branch.",
            "id: deploy\ntype: io.kestra.plugin.git.SyncDashboards\n"
            "url: https://github.com/company/flows\nbranch: main\ngitDirectory: _dashboards",
        ),
    )

    git_directory: Text = Field(
        default="_dashboards", description="Folder of the repository that has the dashboards."
    )
    delete: bool = Field(
        default=False, description="Whether dashboards are deleted that the folder does not have."
    )
    dry_run: bool = Field(
        default=False, description="`true` changes nothing: the report says what would happen."
    )

    async def run(self, context: TaskContext) -> Output:
        """Save what differs; ``dryRun`` only reports."""
        root = folder_below(await self.checkout(context), self.git_directory)
        files = await asyncio.to_thread(lambda: list(files_below(root)))
        texts = {n: await asyncio.to_thread(p.read_text) for n, p in files if n.endswith(_SUFFIXES)}
        rows = [await self._saved(context, name, text) for name, text in texts.items()]
        known = await context.ask_server("listDashboards", {}) if self.delete else {}
        for gone in sorted(known.keys() - {row["dashboardId"] for row in rows}):
            if not self.dry_run:
                await context.ask_server("deleteDashboard", {"id": gone})
            rows.append({"gitPath": None, "syncState": "DELETED", "dashboardId": gone})
        return Output(values={"dashboards": await store_report(context, rows)})

    async def _saved(self, context: TaskContext, name: str, text: str) -> dict[str, Any]:
        git_path = f"{self.git_directory.strip('/')}/{name}"
        try:
            source, dashboard_id = _named(text, PurePosixPath(name).stem)
            wish = {"id": dashboard_id, "source": source, "dryRun": self.dry_run}
            state = await context.ask_server("saveDashboard", wish)
        except TiercelError as error:
            raise TaskFailedError(f"{git_path}: {error.message}") from error
        return {"gitPath": git_path, "syncState": state, "dashboardId": dashboard_id}


def _named(source: str, name: str) -> tuple[str, str]:
    """Return a source that names its id, and the id, by default ``name``."""
    root = parse_yaml(source).root
    found = root.value.get("id") if root is not None and isinstance(root.value, dict) else None
    if found is not None:
        return source, str(found.value)
    return f"id: {name}\n{source}", name


class PushDashboards(PushPlugin, RunnableTask):
    """Commit dashboards to a repository.

    Outputs: ``commitId`` and ``commitURL`` when something changed; ``dashboards``, a row file of
    what changed in each file.
    """

    type_name = "io.kestra.plugin.git.PushDashboards"
    title = "Push dashboards to a Git repository."
    output_types = outputs(commitId=str, commitURL=str, dashboards=StoredFile)
    examples = (
        (
            "Keep all dashboards in Git.",
            "id: push\ntype: io.kestra.plugin.git.PushDashboards\n"
            "url: https://github.com/company/flows\nbranch: main\nusername: bot\n"
            "password: \"{{ secret('GIT_TOKEN') }}\"",
        ),
    )

    git_directory: Text = Field(
        default="_dashboards", description="Folder of the repository that gets the dashboards."
    )
    dashboards: list[Text] | str = Field(
        default="**", description="Globs over ids of dashboards; one or a list."
    )

    async def run(self, context: TaskContext) -> Output:
        """Write a file per dashboard, commit and push."""
        found = await context.ask_server("listDashboards", {})
        contents = {f"{name}.yml": source.encode() for name, source in found.items()}
        wanted = {name: text for name, text in contents.items() if self._is_wanted(name)}
        pushed = await self.push(context, self.git_directory, wanted, self._is_wanted, "Dashboards")
        return Output(values={"dashboards": pushed.pop("report"), **pushed})

    def _is_wanted(self, name: str) -> bool:
        globs = [self.dashboards] if isinstance(self.dashboards, str) else self.dashboards
        names = (PurePosixPath(name).stem, name)
        return name.endswith(_SUFFIXES) and any(
            fnmatch.fnmatchcase(text, glob) for glob in globs for text in names
        )
