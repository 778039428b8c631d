"""Properties of the Batch tasks, whatever the database."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from tiercel.plugin.properties import Text, TextList
from tiercel.plugin.task import Plugin


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
