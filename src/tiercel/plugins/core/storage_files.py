"""Files between internal storage and a working directory that several tasks share."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import TextList, from_json_text
from tiercel.plugin.task import AsWritten, Output, RunnableTask
from tiercel.plugins.scripts.files import store_output_files, write_input_files


class LocalFiles(RunnableTask):
    """Write files into the working directory, or store files that are there. Output: ``uris``.

    Superseded by ``inputFiles`` and ``outputFiles`` of the tasks and of WorkingDirectory.
    """

    type_name = "io.kestra.plugin.core.storage.LocalFiles"
    aliases = ("io.kestra.core.tasks.storages.LocalFiles",)
    title = "Move files between internal storage and a shared working directory."
    output_types = outputs(uris=dict[str, StoredFile])
    examples = (
        (
            "A file for the tasks that follow in the same working directory.",
            "id: files\ntype: io.kestra.plugin.core.storage.LocalFiles\n"
            'inputs:\n  data.csv: "{{ outputs.extract.uri }}"',
        ),
    )

    inputs: Annotated[dict[str, Any] | str | None, AsWritten()] = Field(
        default=None,
        description=(
            "Files to write into the working directory, by name: the text itself or the URI "
            "of a stored file."
        ),
    )
    outputs: TextList | None = Field(
        default=None,
        description=("Files of the working directory to store, as names or globs such as `*.csv`."),
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Write ``inputs`` first, then store what ``outputs`` selects."""
        folder = context.working_dir
        rendered = from_json_text(context.render_value(self.inputs or {}))
        await write_input_files(context, folder, rendered)
        uris = await store_output_files(context, folder, self.outputs or ())
        return Output(values={"uris": uris})
