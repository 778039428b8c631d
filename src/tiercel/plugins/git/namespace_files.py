"""Pushing the files of a namespace to a repository."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text
from tiercel.plugin.task import Output, RunnableTask, TaskFailedError
from tiercel.plugins.core.storage import stored_bytes
from tiercel.plugins.git.push import PushPlugin
from tiercel.plugins.scripts.namespace_files import namespace_pattern


async def contents_of(
    context: TaskContext, namespace: str, is_wanted: Callable[[str], bool]
) -> dict[str, bytes]:
    """Return the files of a namespace by path."""
    store = context.namespace_files
    return {
        path: await stored_bytes(context, store.uri(namespace, path))
        for path in await store.paths(namespace)
        if is_wanted(path)
    }


class PushNamespaceFiles(PushPlugin, RunnableTask):
    """Commit the files of a namespace to a repository.

    Outputs: ``commitId`` and ``commitURL`` when something changed; ``files``, a row file of what
    changed in each file.
    """

    type_name = "io.kestra.plugin.git.PushNamespaceFiles"
    title = "Push files of a namespace to a Git repository."
    output_types = outputs(commitId=str, commitURL=str, files=StoredFile)
    examples = (
        (
            "Keep the scripts of a namespace in Git.",
            "id: push\ntype: io.kestra.plugin.git.PushNamespaceFiles\n"
            "url: https://github.com/company/flows\nbranch: main\nusername: bot\n"
            "password: \"{{ secret('GIT_TOKEN') }}\"\nfiles:\n  - scripts/**",
        ),
    )

    namespace: Text | None = Field(
        default=None,
        description="Namespace whose files are pushed. The flow's own one when it is left out.",
    )
    git_directory: Text = Field(
        default="_files", description="Folder of the repository that gets the files."
    )
    files: list[Text] | str = Field(
        default="**", description="Globs of the files to push, such as `scripts/**`; one or a list."
    )
    error_on_missing: bool = Field(
        default=False, description="`true` fails the task when no file matches."
    )

    async def run(self, context: TaskContext) -> Output:
        """Write the files, commit and push."""
        namespace = self.namespace or context.info.namespace
        globs = [self.files] if isinstance(self.files, str) else self.files
        patterns = [namespace_pattern(glob) for glob in globs]

        def is_wanted(name: str) -> bool:
            return any(pattern.fullmatch(f"/{name}") for pattern in patterns)

        contents = await contents_of(context, namespace, is_wanted)
        if not contents and self.error_on_missing:
            raise TaskFailedError(f"The namespace {namespace} has no files that `files` matches")
        pushed = await self.push(
            context, self.git_directory, contents, is_wanted, f"Files of {namespace}"
        )
        return Output(values={"files": pushed.pop("report"), **pushed})
