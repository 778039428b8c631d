"""Properties of the Batch tasks and what they give back, whatever the database."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text, TextList
from tiercel.plugin.task import Output, Plugin, TaskFailedError
from tiercel.plugins.sql.batch import BatchTally


class BatchPlugin(Plugin):
    """What is sent, and how much at once."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    from_: Annotated[Text, Field(alias="from")]
    """URI of the row file in internal storage."""
    sql: Text | None = None
    """Statement with a `?` for each value."""
    table: Text | None = None
    """Table to insert into, when `sql` is not given."""
    columns: TextList | None = None
    """Fields of each row in the order they are bound; all in their own order by default."""
    chunk: Annotated[int, Field(ge=1)] = 1_000
    """Rows sent and committed at once."""
    max_retries: int | None = None
    """Accepted, without effect: use the task's `retry`."""
    retry_backoff: Text | None = None
    """Accepted, without effect: use the task's `retry`."""
    input_handling: Text | None = None
    """Accepted, without effect: the file is always streamed."""
    local_buffer_max_bytes: int | None = None
    """Accepted, without effect: the file is always streamed."""
    resume_on_retry: bool | None = None
    """Accepted, without effect."""
    retry_scope: Text | None = None
    """Accepted, without effect."""

    def check(self, context: TaskContext) -> None:
        """Say in the log what does not count.

        Raises:
            TaskFailedError: Nothing says what is done with each row.
        """
        if not self.sql and not self.table:
            raise TaskFailedError("`sql` or `table` is required: what is done with each row.")
        if self.sql and self.table:
            context.log(LogLevel.INFO, "`table` is ignored because `sql` is given.")

    def output_of(self, tally: BatchTally, context: TaskContext) -> Output:
        """Return the outputs of a batch, which are logged and published as metrics, too."""
        context.log(
            LogLevel.INFO,
            f"Successfully executed {tally.chunk_count} bulk queries"
            f" and updated {tally.updated_count} rows",
        )
        context.metric("counter", "records", tally.row_count, None)
        context.metric("counter", "updated", tally.updated_count, None)
        return Output(values={"rowCount": tally.row_count, "updatedCount": tally.updated_count})
