"""Older and rarer tasks over a repository: all of a namespace at once, and files of executions."""

from __future__ import annotations

import fnmatch
import re
from pathlib import PurePosixPath
from urllib.parse import unquote

from pydantic import Field

from tiercel.expressions.filters_text import slug
from tiercel.plugin.common import Written
from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text
from tiercel.plugin.task import Output, RunnableTask, TaskFailedError
from tiercel.plugins.core.storage import stored_bytes
from tiercel.plugins.git.flows import FlowsWish, bring_flows, flow_files
from tiercel.plugins.git.folders import folder_below
from tiercel.plugins.git.push import PushPlugin
from tiercel.plugins.git.repository import GitPlugin
from tiercel.plugins.git.tasks import bring_files
from tiercel.plugins.scripts.base import Files
from tiercel.plugins.scripts.files import write_input_files
from tiercel.plugins.scripts.namespace_files import NamespaceFilesWish

_FLOWS = "_flows"
_TOKEN = re.compile(r"[0-9a-f]{16}-(?=.)")


class FlowsToPush(Written):
    """Which flows a Push takes along, and where to."""

    enabled: bool = Field(default=True, description="Whether flows are pushed.")
    child_namespaces: bool = Field(
        default=True, description="Whether flows of namespaces below are pushed, too."
    )
    git_directory: Text = Field(
        default=_FLOWS, description="Folder of the repository that gets the flows."
    )


class Push(PushPlugin, RunnableTask):
    """Commit flows and files of a namespace to a repository, without deleting any there.

    Outputs: ``commitId`` and ``commitURL`` when something changed. The files of ``namespaceFiles``
    and of ``inputFiles`` are written at the top of the repository.
    """

    type_name = "io.kestra.plugin.git.Push"
    title = "Push flows and files to a Git repository (use PushFlows and PushNamespaceFiles)."
    output_types = outputs(commitId=str, commitURL=str)
    is_deprecated = True
    examples = (
        (
            "All flows of the namespace.",
            "id: push\ntype: io.kestra.plugin.git.Push\n"
            "url: https://github.com/company/flows\nbranch: main\nusername: bot\n"
            "password: \"{{ secret('GIT_TOKEN') }}\"\ncommitMessage: Flows of today\n"
            "flows:\n  enabled: true\n  gitDirectory: _flows",
        ),
    )

    flows: FlowsToPush = Field(
        default=FlowsToPush(), description="Which flows are pushed, and where to."
    )
    namespace_files: NamespaceFilesWish | None = Field(
        default=None,
        description="Files of namespaces that are written at the top of the repository.",
    )
    input_files: Files = Field(
        default=None,
        description=(
            "Files that are written at the top of the repository, by name: the text itself or "
            "the URI of a stored file."
        ),
    )

    async def run(self, context: TaskContext) -> Output:
        """Write all of it, commit and push."""
        contents = await self._files(context)
        if self.flows.enabled:
            own = context.info.namespace
            folder = self.flows.git_directory.strip("/")
            flows = await flow_files(context, own, own, with_children=self.flows.child_namespaces)
            contents |= {f"{folder}/{name}": text for name, text in flows.items()}
        pushed = await self.push(
            context, ".", contents, lambda _: False, f"Namespace {context.info.namespace}"
        )
        del pushed["report"]
        return Output(values=pushed)

    async def _files(self, context: TaskContext) -> dict[str, bytes]:
        folder = context.working_dir / ".to-push"
        folder.mkdir()
        if self.namespace_files is not None:
            await self.namespace_files.fetch(context, folder)
        given = context.render_value(self.input_files) if self.input_files else {}
        if not isinstance(given, dict):
            raise TaskFailedError("`inputFiles` must be a map of file names")
        await write_input_files(context, folder, given)
        paths = [path for path in folder.rglob("*") if path.is_file()]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


class Sync(GitPlugin, RunnableTask):
    """Bring flows and files of a repository into the namespace of the flow. No outputs.

    What is in the folder ``_flows`` are flows, all else are files. Nothing is deleted.
    """

    type_name = "io.kestra.plugin.git.Sync"
    title = "Bring a Git repository into the namespace (use SyncFlows and SyncNamespaceFiles)."
    is_deprecated = True
    examples = (
        (
            "All that is on the branch.",
            "id: sync\ntype: io.kestra.plugin.git.Sync\n"
            "url: https://github.com/company/flows\nbranch: main\ngitDirectory: team",
        ),
    )

    git_directory: Text = Field(
        default="", description="Folder of the repository to read. All of it when it is left out."
    )
    namespace_files_directory: Text | None = Field(
        default=None,
        description="Folder of the namespace that files come into. Its top when it is left out.",
    )
    dry_run: bool = Field(default=False, description="`true` changes nothing.")

    async def run(self, context: TaskContext) -> None:
        """Save what differs; ``dryRun`` changes nothing."""
        root = folder_below(await self.checkout(context), self.git_directory)
        if not root.is_dir():
            raise TaskFailedError(f"The repository has no folder '{self.git_directory}'")
        namespace = context.info.namespace
        wish = FlowsWish(namespace, f"{self.git_directory}/{_FLOWS}", True, dry_run=self.dry_run)
        await bring_flows(context, root / _FLOWS, wish)
        below = (self.namespace_files_directory or "").strip("/")
        await bring_files(
            context,
            root,
            namespace,
            git_directory=self.git_directory,
            below=f"{below}/" if below else "",
            is_wanted=lambda name: not name.startswith(f"{_FLOWS}/"),
            dry_run=self.dry_run,
        )


class PushExecutionFiles(PushPlugin, RunnableTask):
    """Commit files of the execution to a repository, without deleting any there.

    Outputs: ``commitId`` and ``commitURL`` when something changed; ``files``, a row file of what
    changed in each file.
    """

    type_name = "io.kestra.plugin.git.PushExecutionFiles"
    title = "Push files of an execution to a Git repository."
    output_types = outputs(commitId=str, commitURL=str, files=StoredFile)
    examples = (
        (
            "Keep a report in Git.",
            "id: push\ntype: io.kestra.plugin.git.PushExecutionFiles\n"
            "url: https://github.com/company/reports\nbranch: main\nusername: bot\n"
            "password: \"{{ secret('GIT_TOKEN') }}\"\nfilesMap:\n"
            '  latest.csv: "{{ outputs.report.uri }}"',
        ),
    )

    git_directory: Text = Field(
        default="_outputs", description="Folder of the repository that gets the files."
    )
    files: list[Text] | str | None = Field(
        default=None,
        description=(
            "Which files are pushed: URIs, or globs over `TASK/NAME` of what the tasks before "
            "have stored, such as `report/*.csv`. One or a list."
        ),
    )
    files_map: dict[str, Text] | None = Field(
        default=None,
        description="URIs of stored files, by the path that each gets below `gitDirectory`.",
    )
    error_on_missing: bool = Field(
        default=False, description="`true` fails the task when there is nothing to push."
    )

    async def run(self, context: TaskContext) -> Output:
        """Write the files, commit and push."""
        wanted = dict(self.files_map or {})
        globs = [self.files] if isinstance(self.files, str) else self.files or []
        stored = await self._stored(context) if any("://" not in glob for glob in globs) else {}
        for glob in globs:
            if "://" in glob:
                wanted[_plain_name(glob)] = glob
            else:
                wanted |= {name: uri for name, uri in stored.items() if _matches(name, glob)}
        if not wanted and self.error_on_missing:
            raise TaskFailedError("The execution has no files that `files` matches")
        contents = {name: await stored_bytes(context, uri) for name, uri in wanted.items()}
        message = f"Files of execution {context.info.execution_id}"
        pushed = await self.push(context, self.git_directory, contents, lambda _: False, message)
        return Output(values={"files": pushed.pop("report"), **pushed})

    async def _stored(self, context: TaskContext) -> dict[str, str]:
        """Return the URIs of what tasks have stored, by task id and file name."""
        own = context.info
        path = f"{own.namespace.replace('.', '/')}/{slug(own.flow_id)}"
        start = f"kestra:///{path}/executions/{own.execution_id}/tasks/"
        found = {}
        for uri in await context.list_files(start):
            task, *rest = uri.removeprefix(start).split("/")
            if len(rest) > 1:
                found[f"{task}/{_plain_name(uri)}"] = uri
        return found


def _plain_name(uri: str) -> str:
    """Return a stored file's name without what was put before it to make it unique."""
    return _TOKEN.sub("", unquote(PurePosixPath(uri).name), count=1)


def _matches(name: str, glob: str) -> bool:
    return any(fnmatch.fnmatchcase(text, glob) for text in (name, PurePosixPath(name).name))
