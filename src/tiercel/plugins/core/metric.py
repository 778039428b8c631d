"""A task that publishes metrics."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import Field

from tiercel.model.durations import to_duration
from tiercel.plugin.common import Written
from tiercel.plugin.context import InlineContext
from tiercel.plugin.outputs import outputs
from tiercel.plugin.properties import Text, TextMap
from tiercel.plugin.task import InlineTask, Output, TaskFailedError


class Metric(Written):
    """One metric; the value of a timer is a duration."""

    kind: Literal["counter", "timer", "gauge"] = Field(
        alias="type", description="Kind of metric: `counter`, `gauge` or `timer`."
    )
    name: Text = Field(description="Name of the metric.")
    value: Any = Field(
        description="Its value: a number, or for a timer a duration such as `PT2.5S`."
    )
    tags: TextMap | None = Field(
        default=None, description="Texts by name that tell values of one metric apart."
    )
    description: Text | None = Field(
        default=None, description="What it measures. Accepted and not kept."
    )


class Publish(InlineTask):
    """Publish metrics of the current task run. Output: ``metrics``, how many there are."""

    type_name = "io.kestra.plugin.core.metric.Publish"
    title = "Publish metrics."
    output_types = outputs(metrics=int)
    examples = (
        (
            "Publish how many rows were loaded.",
            "id: rows\ntype: io.kestra.plugin.core.metric.Publish\nmetrics:\n"
            '  - type: counter\n    name: rows\n    value: "{{ outputs.load.rowCount }}"',
        ),
    )

    metrics: list[Metric] | Text = Field(
        description="Metrics to publish: a list, or a template of a JSON list."
    )

    def run(self, context: InlineContext) -> Output | None:
        """Publish them in order."""
        metrics = self.metrics if isinstance(self.metrics, list) else _read(self.metrics)
        for metric in metrics:
            tags = {name: text or "" for name, text in (metric.tags or {}).items()}
            context.metric(metric.kind, metric.name, _number(metric), tags)
        return Output(values={"metrics": len(metrics)})


def _read(text: str) -> list[Metric]:
    try:
        return [Metric.model_validate(item) for item in json.loads(text)]
    except (ValueError, TypeError) as error:
        raise TaskFailedError(f"`metrics` must be a list of metrics: {error}") from error


def _number(metric: Metric) -> float:
    """Return the value; a timer's in milliseconds."""
    try:
        if metric.kind == "timer":
            return to_duration(metric.value).total_seconds() * 1000
        return float(metric.value)
    except (ValueError, TypeError) as error:
        raise TaskFailedError(
            f"The value of the metric '{metric.name}' can't be read: {error}"
        ) from error
