"""Flows in a repository: out of it into a namespace, and back."""

from __future__ import annotations

import asyncio
import fnmatch
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import Field

from tiercel.model.errors import TiercelError
from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text
from tiercel.plugin.task import Output, RunnableTask, TaskFailedError
from tiercel.plugins.git.folders import files_below, folder_below, store_report
from tiercel.plugins.git.push import PushPlugin
from tiercel.plugins.git.repository import GitPlugin

_NAMESPACE = re.compile(r"^namespace:.*$", re.MULTILINE)
_SUFFIXES = (".yml", ".yaml")


def in_namespace(source: str, namespace: str) -> str:
    """Return a flow's source with another namespace."""
    changed, count = _NAMESPACE.subn(lambda _: f"namespace: {namespace}", source, count=1)
    return changed if count else f"namespace: {namespace}\n{source}"


async def _saved(context: TaskContext, source: str, *, dry_run: bool) -> dict[str, Any]:
    """Save a flow unless it is the same already; return what became of it."""
    found = await context.ask_server("checkFlow", {"source": source})
    row = {"flowId": found["flowId"], "namespace": found["namespace"]}
    if found["same"]:
        return {**row, "syncState": "UNCHANGED", "revision": found["revision"]}
    revision = found["revision"] + 1
    if not dry_run:
        revision = await context.ask_server("saveFlow", {"source": source})
    return {
        **row,
        "syncState": "UPDATED" if found["revision"] else "ADDED",
        "revision": revision,
    }


@dataclass(frozen=True, slots=True)
class FlowsWish:
    """How flows come out of a folder.

    Attributes:
        namespace: Of those in the folder itself.
        git_directory: The folder's name, for the report.
        with_children: Folders in it are namespaces below; otherwise they are left out.
        delete: Flows that are not in the folder go, but for the one that asks.
        leave_invalid: An invalid flow is left out instead of failing the task.
        dry_run: Nothing is changed.
    """

    namespace: str
    git_directory: str
    with_children: bool
    delete: bool = False
    leave_invalid: bool = False
    dry_run: bool = False


async def bring_flows(context: TaskContext, root: Path, wish: FlowsWish) -> list[dict[str, Any]]:
    """Save the flows of a folder that differ; return what became of each.

    Raises:
        TaskFailedError: One is not valid.
    """
    rows = [row async for row in _brought(context, root, wish)]
    kept = {(row["namespace"], row["flowId"]) for row in rows if row["flowId"]}
    return rows + [row async for row in _deleted(context, wish, kept)]


async def _brought(
    context: TaskContext, root: Path, wish: FlowsWish
) -> AsyncIterator[dict[str, Any]]:
    files = await asyncio.to_thread(lambda: list(files_below(root)))
    for name, path in files:
        folder = PurePosixPath(name).parent
        if not name.endswith(_SUFFIXES) or (folder.parts and not wish.with_children):
            continue
        namespace = ".".join((wish.namespace, *folder.parts))
        source = in_namespace(path.read_text(encoding="utf-8"), namespace)
        git_path = f"{wish.git_directory.strip('/')}/{name}"
        try:
            row = await _saved(context, source, dry_run=wish.dry_run)
        except TiercelError as error:
            if not wish.leave_invalid:
                raise TaskFailedError(f"{git_path}: {error.message}") from error
            context.log(LogLevel.WARN, f"{git_path} is left out: {error.message}")
            continue
        yield {"gitPath": git_path, **row}


async def _deleted(
    context: TaskContext, wish: FlowsWish, kept: set[tuple[str, str]]
) -> AsyncIterator[dict[str, Any]]:
    """Yield the flows that are gone; the one that runs this task stays."""
    if not wish.delete:
        return
    asked = {"namespace": wish.namespace, "includeChildNamespaces": wish.with_children}
    own = (context.info.namespace, context.info.flow_id)
    for flow in await context.ask_server("listFlows", asked):
        key = (flow["namespace"], flow["flowId"])
        if key in kept or key == own:
            continue
        if not wish.dry_run:
            await context.ask_server("deleteFlow", flow)
        yield {"gitPath": None, "syncState": "DELETED", **flow}


class SyncFlows(GitPlugin, RunnableTask):
    """Make the flows of a namespace those of a folder of a repository. Output: ``flows``.

    ``flows`` is a row file that says what became of each flow.
    """

    type_name = "io.kestra.plugin.git.SyncFlows"
    title = "Bring flows of a Git repository into a namespace."
    output_types = outputs(flows=StoredFile)
    examples = (
        (
            "Deploy what is on the branch.",
            "id: deploy\ntype: io.kestra.plugin.git.SyncFlows\n"
            "url: https://github.com/company/flows\nbranch: main\n"
            "targetNamespace: company.team\ngitDirectory: _flows",
        ),
    )

    target_namespace: Text = Field(description="Namespace that gets the flows; theirs is replaced.")
    git_directory: Text = Field(
        default="_flows", description="Folder of the repository that has the flows."
    )
    include_child_namespaces: bool = Field(
        default=False, description="Whether folders inside are read, as namespaces below."
    )
    delete: bool = Field(
        default=False,
        description=(
            "Whether flows of the namespace are deleted that the folder does not have. The "
            "flow that runs the task stays."
        ),
    )
    ignore_invalid_flows: bool = Field(
        default=False,
        description="`true` leaves flows out that are not valid; otherwise one fails the task.",
    )
    dry_run: bool = Field(
        default=False, description="`true` changes nothing: the report says what would happen."
    )

    async def run(self, context: TaskContext) -> Output:
        """Save what differs; ``dryRun`` only reports."""
        root = folder_below(await self.checkout(context), self.git_directory)
        wish = FlowsWish(
            namespace=self.target_namespace,
            git_directory=self.git_directory,
            with_children=self.include_child_namespaces,
            delete=self.delete,
            leave_invalid=self.ignore_invalid_flows,
            dry_run=self.dry_run,
        )
        rows = await bring_flows(context, root, wish)
        return Output(values={"flows": await store_report(context, rows)})


class SyncFlow(GitPlugin, RunnableTask):
    """Bring one flow of a repository into a namespace. Outputs: ``flowId``, ``namespace``,
    ``revision``, ``syncState``."""

    type_name = "io.kestra.plugin.git.SyncFlow"
    title = "Bring one flow of a Git repository into a namespace."
    output_types = outputs(flowId=str, namespace=str, revision=int, syncState=str)
    examples = (
        (
            "Deploy one flow.",
            "id: deploy\ntype: io.kestra.plugin.git.SyncFlow\n"
            "url: https://github.com/company/flows\nflowPath: _flows/daily.yml\n"
            "targetNamespace: company.team",
        ),
    )

    flow_path: Text = Field(description="Path of the flow's file in the repository.")
    target_namespace: Text = Field(description="Namespace that gets the flow; its own is replaced.")
    dry_run: bool = Field(
        default=False, description="`true` changes nothing: the outputs say what would happen."
    )

    async def run(self, context: TaskContext) -> Output:
        """Save it if it differs."""
        path = folder_below(await self.checkout(context), self.flow_path)
        if not path.is_file():
            raise TaskFailedError(f"The repository has no file '{self.flow_path}'")
        source = in_namespace(path.read_text(encoding="utf-8"), self.target_namespace)
        return Output(values=await _saved(context, source, dry_run=self.dry_run))


async def flow_files(
    context: TaskContext,
    source: str,
    target: str,
    *,
    with_children: bool,
    is_wanted: Callable[[str], bool] = lambda _: True,
) -> dict[str, bytes]:
    """Return the flows of a namespace as files, by path.

    Args:
        target: Namespace that they are written with.
        with_children: Those of namespaces below are in folders.
    """
    asked = {"namespace": source, "includeChildNamespaces": with_children}
    contents = {}
    for flow in await context.ask_server("listFlows", asked):
        below = flow["namespace"].removeprefix(source).strip(".")
        name = "/".join((*filter(None, below.split(".")), f"{flow['flowId']}.yml"))
        if is_wanted(name):
            text = await context.ask_server("flowSource", flow)
            namespace = f"{target}.{below}" if below else target
            contents[name] = in_namespace(text, namespace).encode()
    return contents


class PushFlows(PushPlugin, RunnableTask):
    """Commit the flows of a namespace to a repository.

    Outputs: ``commitId`` and ``commitURL`` when something changed; ``flows``, a row file of what
    changed in each file.
    """

    type_name = "io.kestra.plugin.git.PushFlows"
    title = "Push flows to a Git repository."
    output_types = outputs(commitId=str, commitURL=str, flows=StoredFile)
    examples = (
        (
            "Keep the flows of a namespace in Git.",
            "id: push\ntype: io.kestra.plugin.git.PushFlows\n"
            "url: https://github.com/company/flows\nbranch: main\nusername: bot\n"
            "password: \"{{ secret('GIT_TOKEN') }}\"\nsourceNamespace: company.team\n"
            'commitMessage: "Flows of {{ now() }}"',
        ),
    )

    git_directory: Text = Field(
        default="_flows", description="Folder of the repository that gets the flows."
    )
    source_namespace: Text | None = Field(
        default=None,
        description="Namespace whose flows are pushed. The flow's own one when it is left out.",
    )
    target_namespace: Text | None = Field(
        default=None,
        description="Namespace that the flows are written with. Their own when it is left out.",
    )
    flows: list[Text] | str = Field(
        default="**", description="Globs over ids of flows, or names of their files; one or a list."
    )
    include_child_namespaces: bool = Field(
        default=False,
        description="Whether flows of namespaces below are pushed, too, into folders.",
    )

    async def run(self, context: TaskContext) -> Output:
        """Write a file per flow, commit and push."""
        source = self.source_namespace or context.info.namespace
        contents = await flow_files(
            context,
            source,
            self.target_namespace or source,
            with_children=self.include_child_namespaces,
            is_wanted=self._is_wanted,
        )
        pushed = await self.push(
            context, self.git_directory, contents, self._is_ours, f"Flows of {source}"
        )
        return Output(values={"flows": pushed.pop("report"), **pushed})

    def _is_ours(self, name: str) -> bool:
        is_here = self.include_child_namespaces or "/" not in name
        return is_here and name.endswith(_SUFFIXES) and self._is_wanted(name)

    def _is_wanted(self, name: str) -> bool:
        flow_id = PurePosixPath(name).stem
        names = (flow_id, name, f"/{name}")
        globs = [self.flows] if isinstance(self.flows, str) else self.flows
        return any(fnmatch.fnmatchcase(text, glob) for glob in globs for text in names)
