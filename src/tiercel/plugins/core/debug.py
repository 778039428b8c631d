"""Tasks that show what a template renders to."""

from __future__ import annotations

from time import perf_counter

from pydantic import Field

from tiercel.model.task import LogLevel
from tiercel.plugin.context import InlineContext
from tiercel.plugin.outputs import outputs
from tiercel.plugin.properties import Text
from tiercel.plugin.task import InlineTask, Output


class Return(InlineTask):
    """Give back a text as the output ``value``, absent when ``format`` is."""

    type_name = "io.kestra.plugin.core.debug.Return"
    aliases = ("io.kestra.core.tasks.debugs.Return",)
    title = "Return a rendered text as an output."
    output_types = outputs(value=str)
    examples = (
        (
            "Keep a rendered text for later tasks.",
            "id: who\ntype: io.kestra.plugin.core.debug.Return\nformat: Hello {{ inputs.name }}",
        ),
    )

    format: Text | None = Field(
        default=None,
        description="Text to return, usually a template. Without it the task has no output.",
    )

    def run(self, context: InlineContext) -> Output | None:
        """Log the text at DEBUG and return it."""
        started = perf_counter()
        value = self.format
        if value is not None:
            context.log(LogLevel.DEBUG, value)
        context.metric("counter", "length", float(len(value or "")), None)
        context.metric("timer", "duration", (perf_counter() - started) * 1000, None)
        return Output(values={"value": value})


class Echo(InlineTask):
    """Write one message to the log, as Log does. No outputs."""

    type_name = "io.kestra.plugin.core.debug.Echo"
    aliases = ("io.kestra.core.tasks.debugs.Echo",)
    title = "Write one message to the log; the older form of Log."
    is_deprecated = True

    format: Text = Field(description="Text to log, usually a template.")
    level: LogLevel = Field(
        default=LogLevel.INFO,
        description="Level of the message: `TRACE`, `DEBUG`, `INFO`, `WARN` or `ERROR`.",
    )

    def run(self, context: InlineContext) -> Output | None:
        """Log the text."""
        context.log(self.level, self.format)
        return None
