"""The two tasks around the executions of a ForEachItem: nobody writes them in a flow."""

from __future__ import annotations

import asyncio
from pathlib import PurePosixPath

from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text
from tiercel.plugin.task import Output, RunnableTask, TaskFailedError
from tiercel.plugins.core.flow import Batch
from tiercel.plugins.core.storage import Split, new_file

_TYPE = "io.kestra.plugin.core.flow.ForEachItem"
_SCHEME = "kestra://"


class ForEachItemSplit(RunnableTask):
    """Split a stored file into batches. Output: ``splits``, a file with one batch URI per line."""

    type_name = f"{_TYPE}$ForEachItemSplit"
    title = "Split the items of a ForEachItem into batches."
    output_types = outputs(splits=StoredFile)

    items: Text = Field(description="URI of the file that is split.")
    batch: Batch = Field(default=Batch(), description="How the file is split.")

    async def run(self, context: TaskContext) -> Output | None:
        """Store the batches in order, then the list of them."""
        if not self.items.startswith(f"{_SCHEME}/"):
            raise TaskFailedError(
                f"Unable to split the items from {self.items}, this is not an internal storage URI!"
            )
        batch = self.batch
        split = Split.model_validate(
            {
                "from": self.items,
                "bytes": batch.bytes,
                "partitions": batch.partitions,
                "rows": batch.rows,
                "separator": batch.separator,
            }
        )
        source = await context.local_file(self.items)
        folder = new_file(context, "")
        folder.mkdir()
        parts = await asyncio.to_thread(split.write_parts, source, folder)
        splits = new_file(context, ".txt")
        with splits.open("w", encoding="utf-8") as lines:
            for part in parts:
                lines.write(f"{await context.store_file(part)}\n")
        return Output(values={"splits": await context.store_file(splits)})


class ForEachItemMergeOutputs(RunnableTask):
    """Put the outputs of all batches into one file. Output: ``subflowOutputs``, null if none."""

    type_name = f"{_TYPE}$ForEachItemMergeOutputs"
    title = "Merge the outputs of the executions of a ForEachItem."
    output_types = outputs(subflowOutputs=StoredFile)

    subflow_outputs_base_uri: Text = Field(
        default="", description="URI of the folder that holds the outputs of each batch."
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Join the files in the order of their batches."""
        if not self.subflow_outputs_base_uri:
            return None
        uris = await context.list_files(f"{_SCHEME}{self.subflow_outputs_base_uri}")
        if not uris:
            return None
        merged = new_file(context, ".ion")
        with merged.open("wb") as target:
            for uri in sorted(uris, key=_batch_number):
                async for chunk in context.read_file(uri):
                    target.write(chunk)
        return Output(values={"subflowOutputs": await context.store_file(merged)})


def _batch_number(uri: str) -> int:
    name = PurePosixPath(uri).parent.name
    return int(name) if name.isdigit() else 0
