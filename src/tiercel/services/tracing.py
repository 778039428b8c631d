"""OpenTelemetry traces: a span for each execution, and one below it for each of its task runs.

Spans are made from what was committed, so they tell what is stored. Nobody waits for them: they are
sent in the background, and dropped when the collector does not keep up.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tiercel.model.errors import IllegalArgumentError
from tiercel.model.state import StateType
from tiercel.model.traces import SpanPlace, execution_span, parent_of, task_run_span

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.sdk.trace.sampling import Sampler

    from tiercel.engine import ExecutionState
    from tiercel.model.execution import Execution, TaskRun
    from tiercel.model.state import State
    from tiercel.services.step import StepOutcome

logger = logging.getLogger(__name__)

_FLUSH_MILLISECONDS = 2_000
_REMEMBERED = 20_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")


@dataclass(frozen=True, slots=True)
class TracingOptions:
    """Whether traces are written, and where to.

    Attributes:
        enabled: None leaves it to the OTEL_* variables: an endpoint among them switches it on.
        endpoint: ``http://collector:4318``; empty takes that of the variables, else the usual one
            on this machine.
    """

    enabled: bool | None = None
    endpoint: str = ""

    def are_wanted(self, environment: Mapping[str, str]) -> bool:
        """Whether traces are to be written."""
        if environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
            return False
        if self.enabled is not None:
            return self.enabled
        if environment.get("OTEL_TRACES_EXPORTER", "otlp") != "otlp":
            return False
        return bool(self.endpoint) or any(environment.get(name) for name in _ENDPOINTS)


def open_tracer(options: TracingOptions, environment: Mapping[str, str]) -> Tracer | None:
    """Return what writes traces; None when they are not wanted.

    Raises:
        IllegalArgumentError: They are wanted in so many words, and the packages are missing.
    """
    if not options.are_wanted(environment):
        return None
    hint = 'install them: pip install "tiercel[otel]"'
    try:
        return _tracer(options, environment)
    except ImportError as error:
        if options.enabled:
            raise IllegalArgumentError(
                f"Traces need packages that are not installed: {error.name}", hint=hint
            ) from error
        logger.warning("no traces: packages are not installed", extra={"hint": hint})
        return None


def _tracer(options: TracingOptions, environment: Mapping[str, str]) -> Tracer:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    protocol = next((environment[name] for name in _PROTOCOLS if environment.get(name)), "")
    if protocol not in ("", "http/protobuf"):
        logger.warning("traces are sent as http/protobuf", extra={"asked_for": protocol})
    named = "service.name" in environment.get("OTEL_RESOURCE_ATTRIBUTES", "")
    is_named = named or bool(environment.get("OTEL_SERVICE_NAME"))
    resource = Resource.create({} if is_named else {"service.name": "tiercel"})
    # the sampler that the variables ask for; nothing else of it is used
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    is_given = options.endpoint and not environment.get(_ENDPOINTS[0])
    address = f"{options.endpoint.rstrip('/')}/v1/traces" if is_given else None
    processor = BatchSpanProcessor(OTLPSpanExporter(endpoint=address))
    return Tracer(processor, provider.sampler, resource)


class Tracer:
    """Writes the spans of executions and task runs as they end.

    Args:
        processor: Where spans go.
        sampler: Which ones.
        resource: Whose they are.
    """

    def __init__(self, processor: SpanProcessor, sampler: Sampler, resource: Resource) -> None:
        from opentelemetry.sdk.util.instrumentation import InstrumentationScope

        self._processor = processor
        self._sampler = sampler
        self._resource = resource
        self._scope = InstrumentationScope("tiercel")
        self._written: OrderedDict[str, None] = OrderedDict()

    def step_done(self, state: ExecutionState, outcome: StepOutcome) -> None:
        """Write what ended in a committed step."""
        execution = state.execution
        for task_run in map(state.find, outcome.changed):
            if task_run is not None and task_run.state.is_terminal:
                self._write_task_run(execution, task_run)
        if execution.state.is_terminal and (outcome.ended or outcome.execution_changed):
            self._write_execution(execution)

    async def close(self) -> None:
        """Send what waits, for a moment at most."""
        await asyncio.to_thread(self._processor.force_flush, _FLUSH_MILLISECONDS)
        await asyncio.to_thread(self._processor.shutdown)

    def _write_execution(self, execution: Execution) -> None:
        attributes: dict[str, Any] = {
            **_flow_attributes(execution),
            "tiercel.execution.attempt": execution.metadata.attempt_number,
        }
        if execution.trigger is not None:
            attributes["tiercel.trigger.id"] = execution.trigger.id
            attributes["tiercel.trigger.type"] = execution.trigger.type
        for label in execution.labels:
            attributes[f"tiercel.label.{label.key}"] = label.value
        name = f"{execution.namespace}.{execution.flow_id}"
        place, parent = execution_span(execution), parent_of(execution)
        self._write(name, place, parent, execution.state, attributes)

    def _write_task_run(self, execution: Execution, task_run: TaskRun) -> None:
        attributes: dict[str, Any] = {
            **_flow_attributes(execution),
            "tiercel.task.id": task_run.task_id,
            "tiercel.task_run.id": task_run.id,
            "tiercel.task_run.attempts": len(task_run.attempts),
        }
        if task_run.value is not None:
            attributes["tiercel.task_run.value"] = task_run.value[:200]
        if task_run.attempts and (worker := task_run.attempts[-1].worker_id):
            attributes["tiercel.worker.id"] = worker
        parent = (
            execution_span(execution)
            if task_run.parent_id is None
            else task_run_span(execution, task_run.parent_id)
        )
        place = task_run_span(execution, task_run.id)
        self._write(task_run.task_id, place, parent, task_run.state, attributes)

    def _write(
        self,
        name: str,
        place: SpanPlace,
        parent: SpanPlace | None,
        state: State,
        attributes: dict[str, Any],
    ) -> None:
        from opentelemetry.sdk.trace import ReadableSpan
        from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

        if place.span_id in self._written or not self._is_sampled(name, place, attributes):
            return
        self._written[place.span_id] = None
        while len(self._written) > _REMEMBERED:
            self._written.popitem(last=False)

        def context(span: SpanPlace, *, is_remote: bool) -> SpanContext:
            flags = TraceFlags(TraceFlags.SAMPLED)
            return SpanContext(int(span.trace_id, 16), int(span.span_id, 16), is_remote, flags)

        failed = state.current in (StateType.FAILED, StateType.KILLED)
        self._processor.on_end(
            ReadableSpan(
                name=name,
                context=context(place, is_remote=False),
                parent=context(parent, is_remote=True) if parent is not None else None,
                resource=self._resource,
                attributes={**attributes, "tiercel.state": state.current.value},
                events=_events(state),
                kind=SpanKind.INTERNAL,
                status=Status(StatusCode.ERROR, state.current.value)
                if failed
                else Status(StatusCode.OK),
                start_time=_nanoseconds(_begin(state)),
                end_time=_nanoseconds(state.last_date),
                instrumentation_scope=self._scope,
            )
        )

    def _is_sampled(self, name: str, place: SpanPlace, attributes: dict[str, Any]) -> bool:
        from opentelemetry.sdk.trace.sampling import Decision

        if not place.sampled:
            return False
        result = self._sampler.should_sample(
            None, int(place.trace_id, 16), name, attributes=attributes
        )
        return result.decision is not Decision.DROP


def _flow_attributes(execution: Execution) -> dict[str, Any]:
    return {
        "tiercel.namespace": execution.namespace,
        "tiercel.flow.id": execution.flow_id,
        "tiercel.flow.revision": execution.flow_revision,
        "tiercel.execution.id": execution.id,
    }


def _begin(state: State) -> datetime:
    """Return when it began, or began again the last time."""
    restarts = [item.date for item in state.histories if item.state is StateType.RESTARTED]
    return restarts[-1] if restarts else state.start_date


def _events(state: State) -> list[Any]:
    from opentelemetry.sdk.trace import Event

    begin = _begin(state)
    return [
        Event(item.state.value, timestamp=_nanoseconds(item.date))
        for item in state.histories
        if item.date >= begin
    ]


def _nanoseconds(moment: datetime) -> int:
    passed = moment - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000_000 + passed.microseconds * 1_000
