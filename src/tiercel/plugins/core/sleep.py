"""The task that waits."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from tiercel.model.durations import format_duration
from tiercel.model.task import LogLevel
from tiercel.plugin.context import InlineContext
from tiercel.plugin.task import InlineTask, Output


class Sleep(InlineTask):
    """Wait for a duration without holding a worker. No outputs."""

    type_name = "io.kestra.plugin.core.flow.Sleep"
    aliases = ("io.kestra.core.tasks.flows.Sleep",)
    title = "Wait for a duration."
    examples = (
        (
            "Wait for 15 seconds.",
            "id: nap\ntype: io.kestra.plugin.core.flow.Sleep\nduration: PT15S",
        ),
    )

    duration: timedelta = Field(description="How long to wait, such as `PT15S`, `PT2H` or `P1D`.")

    def run(self, context: InlineContext) -> Output | None:
        """Ask to be done after the duration."""
        context.log(LogLevel.INFO, f"Waiting for {format_duration(self.duration)}")
        return Output(wait=self.duration)
