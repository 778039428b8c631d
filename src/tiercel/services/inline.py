"""Inline tasks and rendered properties: the asks of the engine, answered inside a step."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from tiercel.expressions import ExpressionError, render, render_typed, render_value
from tiercel.model.errors import TiercelError
from tiercel.model.job import LogEntry, MetricEntry
from tiercel.model.news import InlineEnded, Rendered
from tiercel.model.state import StateType
from tiercel.model.task import LogLevel
from tiercel.plugin.context import InlineContext, TaskInfo
from tiercel.plugin.task import AsWritten, InlineTask, Output, Plugin
from tiercel.services.clock import utc_now
from tiercel.services.rendering import Rendering
from tiercel.services.task_log import ERROR_LENGTH, log_parts

if TYPE_CHECKING:
    from tiercel.engine.effects import Render
    from tiercel.expressions import Services
    from tiercel.model.task import TaskSpec
    from tiercel.plugin.registry import Registry

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Records:
    """What a step leaves besides state: log entries and metrics, in order."""

    logs: list[LogEntry] = field(default_factory=list)
    metrics: list[MetricEntry] = field(default_factory=list)


class InlineTaskContext(Rendering):
    """The :class:`~tiercel.plugin.context.InlineContext` of one attempt.

    Args:
        secrets: Texts that never appear in the log; by default those of ``services``.
    """

    def __init__(
        self,
        info: TaskInfo,
        variables: Mapping[str, Any],
        services: Services,
        records: Records,
        minimum: LogLevel | None,
        secrets: Sequence[str] | None = None,
    ) -> None:
        super().__init__(variables, services)
        self.info = info
        self._records = records
        self._minimum = minimum.rank if minimum else 0
        self._secrets = getattr(services, "secrets", ()) if secrets is None else secrets

    def log(self, level: LogLevel, message: str) -> None:
        """Add a message unless it is under the task's ``logLevel``; secrets are masked."""
        if level.rank < self._minimum:
            return
        now = utc_now()
        for part in log_parts(message, self._secrets):
            self._records.logs.append(
                LogEntry(
                    execution_id=self.info.execution_id,
                    namespace=self.info.namespace,
                    flow_id=self.info.flow_id,
                    timestamp=now,
                    level=level,
                    message=part,
                    sequence=len(self._records.logs),
                    task_id=self.info.task_id,
                    task_run_id=self.info.task_run_id,
                    attempt_number=self.info.attempt_number,
                    thread="executor",
                )
            )

    def masked(self, text: str) -> str:
        """Return a text without the secrets that never appear in the log."""
        return "\n".join(log_parts(text, self._secrets))

    def metric(
        self, kind: str, name: str, value: float, tags: Mapping[str, str] | None = None
    ) -> None:
        """Add a metric of this attempt."""
        self._records.metrics.append(
            MetricEntry(
                execution_id=self.info.execution_id,
                namespace=self.info.namespace,
                flow_id=self.info.flow_id,
                task_id=self.info.task_id,
                task_run_id=self.info.task_run_id,
                type=kind,
                name=name,
                value=value,
                timestamp=utc_now(),
                tags=dict(tags) if tags else None,
            )
        )


def answer_render(
    ask: Render,
    variables: Mapping[str, Any],
    services: Services,
    task: TaskSpec | None = None,
) -> Rendered:
    """Render one property; an expression's error is part of the answer, never raised.

    Args:
        task: Whose property it is, so that the error names its place in the flow.
    """
    try:
        if isinstance(ask.template, str):
            function = render_typed if ask.typed else render
            value: Any = function(ask.template, variables, services)
        else:
            value = render_value(ask.template, variables, services)
    except ExpressionError as error:
        if task is not None:
            own = {**task.properties, "runIf": task.run_if, "timeout": task.timeout}
            locate(error, task.id, own, task.places)
        if error.source_line is None:
            error.at(ask.purpose)
        return Rendered(ask.task_run_id, ask.purpose, error=str(error))
    return Rendered(ask.task_run_id, ask.purpose, value=value)


def run_inline(
    task: TaskSpec, attempt_id: str, context: InlineTaskContext, registry: Registry
) -> InlineEnded:
    """Run an inline task; whatever it raises becomes a FAILED answer with log entries."""
    try:
        rendered = render_properties(
            task.properties, registry.load(task.type), context, task.places
        )
        plugin = registry.build(task.type, rendered)
        if not isinstance(plugin, InlineTask):
            raise TypeError(f"{task.type} is not an inline task")
        output = plugin.run(context) or Output()
    except TiercelError as error:
        locate(error, task.id, task.properties, task.places)
        context.log(LogLevel.ERROR, str(error))
        return _failed(context, attempt_id, getattr(error, "outputs", {}), error)
    except Exception as error:
        # A plugin may raise anything: the task run fails, the step goes on.
        logger.exception("inline task raised", extra={"task_run_id": context.info.task_run_id})
        context.log(LogLevel.ERROR, f"{type(error).__name__}: {error}")
        context.log(LogLevel.TRACE, traceback.format_exc())
        return _failed(context, attempt_id, {}, error)
    return InlineEnded(
        task_run_id=context.info.task_run_id,
        attempt_id=attempt_id,
        state=StateType.RUNNING if output.wait is not None else output.state,
        outputs=output.stored_values(),
        labels=output.labels,
        variables=dict(output.variables) if output.variables is not None else None,
        wait_until=_later(output),
        exit=output.exit,
        kills_children=output.kills_children,
    )


def _later(output: Output) -> datetime | None:
    return utc_now() + output.wait if output.wait is not None else None


def _failed(
    context: InlineTaskContext, attempt_id: str, outputs: Any, error: Exception
) -> InlineEnded:
    return InlineEnded(
        task_run_id=context.info.task_run_id,
        attempt_id=attempt_id,
        state=StateType.FAILED,
        outputs=dict(outputs),
        error=context.masked(str(error))[:ERROR_LENGTH],
    )


@cache
def _as_written(plugin: type[Plugin]) -> frozenset[str]:
    """Return the properties that a task renders itself."""
    return frozenset(
        field.alias or name
        for name, field in plugin.model_fields.items()
        if any(isinstance(mark, AsWritten) for mark in field.metadata)
    )


def render_properties(
    properties: Mapping[str, Any],
    plugin: type[Plugin],
    context: InlineContext,
    places: Mapping[str, tuple[int, int]],
) -> dict[str, Any]:
    """Render all properties except those the task renders itself (annotated ``Template``).

    Args:
        places: Where templates stand in the source, by property path.

    Raises:
        ExpressionError: With the property, and its place in the flow.
    """
    as_written = _as_written(plugin)
    rendered = {}
    for name, value in properties.items():
        try:
            rendered[name] = value if name in as_written else context.render_value(value)
        except ExpressionError as error:
            error.at(name)
            place = _place_in(error, places.get(error.property_path or name))
            raise error.at(context.info.task_id, *place) from None
    return rendered


def locate(
    error: TiercelError,
    task_id: str,
    properties: Mapping[str, Any],
    places: Mapping[str, tuple[int, int]],
) -> None:
    """Say where in the flow an expression stands that the task itself has rendered.

    The property is the first one whose text is the template. Other errors, and those that know
    their place already, stay as they are.
    """
    if not isinstance(error, ExpressionError) or error.source_line is not None:
        return
    for path, text in _texts(properties):
        if text == error.template and path in places:
            error.property_path = None
            error.at(f"{task_id}.{path}", *_place_in(error, places[path]))
            return


def _place_in(
    error: ExpressionError, place: tuple[int, int] | None
) -> tuple[int | None, int | None]:
    """Return line and column in the source, of an error in a template that begins at ``place``."""
    if place is None:
        return None, None
    return place[0] + (error.line or 1) - 1, place[1] + (error.column or 1) - 1


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text in a value with its property path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _texts(item, f"{path}[{index}]")
