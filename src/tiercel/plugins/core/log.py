"""Tasks that write to the execution's log."""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator

from tiercel.model.task import LogLevel
from tiercel.plugin.context import InlineContext
from tiercel.plugin.properties import Text
from tiercel.plugin.task import InlineTask, Output


class Log(InlineTask):
    """Add one entry, or one per item of a list, to the log. No outputs."""

    type_name = "io.kestra.plugin.core.log.Log"
    aliases = ("io.kestra.core.tasks.log.Log",)
    title = "Write messages to the execution's log."
    examples = (
        (
            "Say hello.",
            "id: hello\ntype: io.kestra.plugin.core.log.Log\nmessage: Hello {{ inputs.name }}",
        ),
    )

    message: str | list[Text] = Field(
        description="Text to log, usually a template; a list gives a message for each item."
    )
    level: LogLevel = Field(
        default=LogLevel.INFO,
        description="Level of the message: `TRACE`, `DEBUG`, `INFO`, `WARN` or `ERROR`.",
    )

    @field_validator("message", mode="before")
    @classmethod
    def _is_text_or_list(cls, value: Any) -> Any:
        if not isinstance(value, str | list):
            raise ValueError(f"Invalid message type '{type(value).__name__}'")
        return value

    def run(self, context: InlineContext) -> Output | None:
        """Log the messages in order; an empty one too."""
        messages = [self.message] if isinstance(self.message, str) else self.message
        for message in messages:
            context.log(self.level, message)
        return None
