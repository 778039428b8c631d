"""The task that gives values names."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from tiercel.plugin.context import InlineContext
from tiercel.plugin.outputs import outputs
from tiercel.plugin.properties import ValueMap
from tiercel.plugin.task import InlineTask, Output


class OutputValues(InlineTask):
    """Give back a map of rendered values as the output ``values``, in the shape it was written."""

    type_name = "io.kestra.plugin.core.output.OutputValues"
    title = "Return several rendered values as outputs."
    output_types = outputs(values=dict[str, Any])
    examples = (
        (
            "Keep two values for later tasks.",
            "id: facts\ntype: io.kestra.plugin.core.output.OutputValues\n"
            'values:\n  who: "{{ inputs.name }}"\n  count: 2',
        ),
    )

    values: ValueMap | None = Field(
        default=None, description="Values to return, by name; each may be a template."
    )

    def run(self, context: InlineContext) -> Output | None:
        """Return the values; rendering has already happened."""
        return Output(values={"values": self.values})
