"""Many files of the worker's machine at once."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text
from tiercel.plugin.task import Output, TaskFailedError
from tiercel.plugins.fs.local import LocalTask, describe
from tiercel.plugins.fs.taking import TakesFiles, stored_copy


class Downloads(TakesFiles, LocalTask):
    """Copy files of a local folder into internal storage. Outputs: ``files``, ``outputFiles``."""

    type_name = "io.kestra.plugin.fs.local.Downloads"
    title = "Copy files of a folder of the worker's machine into internal storage."
    output_types = outputs(files=list[dict[str, Any]], outputFiles=dict[str, StoredFile])
    examples = (
        (
            "Take the CSV files of a folder, and move them aside.",
            "id: take\ntype: io.kestra.plugin.fs.local.Downloads\nfrom: /data/in\n"
            'regExp: ".*\\\\.csv"\naction: MOVE\nmoveDirectory: /data/done',
        ),
    )

    async def run(self, context: TaskContext) -> Output:
        """Take at most ``maxFiles`` files whose whole path matches ``regExp``, by path."""
        place = self.place(context)
        files, stored = [], {}
        for path in (await self.found(place.folder))[: self.max_files]:
            name = place.name(path)
            stored[name] = await stored_copy(context, path)
            files.append({**describe(path), "uri": stored[name]})
            await self.clear_away(path, place)
        return Output(values={"files": files, "outputFiles": stored})


class Uploads(LocalTask):
    """Write stored files into a local folder. Output: ``files``, their URIs."""

    type_name = "io.kestra.plugin.fs.local.Uploads"
    title = "Write stored files to a folder of the worker's machine."
    output_types = outputs(files=list[str])

    source: list[Text] | str = Field(
        alias="from", description="URI of the stored file, or a list of them."
    )
    to: Text = Field(
        description=(
            "Folder to write the files to. It must lie in a folder that the server's setting "
            "`allowed-paths` names."
        )
    )
    overwrite: bool = Field(
        default=True,
        description="`false` fails the task when there is a file of the same name already.",
    )
    reg_exp: Text | None = Field(
        default=None, description="Regular expression that a URI must match; others are left out."
    )
    max_files: int = Field(
        default=25, description="How many files there may be; more of them fail the task."
    )

    async def run(self, context: TaskContext) -> Output:
        """Write each under its own name."""
        folder = self.allowed(context, self.to)
        uris = [self.source] if isinstance(self.source, str) else self.source
        wanted = [uri for uri in uris if not self.reg_exp or re.fullmatch(self.reg_exp, uri)]
        if len(wanted) > self.max_files:
            raise TaskFailedError(f"{len(wanted)} files are more than `maxFiles: {self.max_files}`")
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for uri in wanted:
            path = folder / PurePosixPath(unquote(uri)).name
            if path.exists() and not self.overwrite:
                raise TaskFailedError(f"The file '{path}' is there and `overwrite` is false")
            await context.fetch_file(uri, path)
            written.append(path.as_uri())
        return Output(values={"files": written})
