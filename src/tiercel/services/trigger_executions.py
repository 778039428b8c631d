"""From a trigger and a date to an execution: what templates see, labels, inputs, failures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import structs

from tiercel.engine.inputs import Encrypt, resolve
from tiercel.engine.schedule import (
    Rule,
    Surroundings,
    fitting_after,
    fitting_before,
    holds,
    of_the_day,
    rule_of,
)
from tiercel.expressions import ExpressionError, render, render_typed, render_value
from tiercel.expressions.zones import zone as zone_of
from tiercel.model.errors import TiercelError
from tiercel.model.execution import (
    CORRELATION_LABEL,
    Execution,
    ExecutionMetadata,
    ExecutionTrigger,
    Label,
    TaskRun,
    merge_labels,
)
from tiercel.model.job import LogEntry
from tiercel.model.state import State, StateType
from tiercel.model.task import LogLevel

if TYPE_CHECKING:
    from tiercel.expressions import Services
    from tiercel.model.flow import Flow, TriggerSpec
    from tiercel.model.inputs import Input
    from tiercel.store import TriggerState


@dataclass(frozen=True, slots=True)
class Started:
    """What one evaluation gives: an execution, FAILED with its log entries when it can't run."""

    execution: Execution
    logs: Sequence[LogEntry] = ()

    @property
    def has_failed(self) -> bool:
        """Whether the execution was over before it began."""
        return self.execution.state.is_terminal

    @property
    def reason(self) -> str | None:
        """Why it failed."""
        return self.logs[0].message if self.logs else None

    def noted(self, state: TriggerState, spec: TriggerSpec, now: datetime) -> TriggerState:
        """Return the state of the trigger once this has started: locked until it is over.

        It is not locked when the execution failed at once, or others may run beside it.
        """
        is_locked = not (self.has_failed or spec.says("allowConcurrent"))
        return replace(
            state,
            fired_at=now,
            result="FAILED" if self.has_failed else "FIRED",
            message=self.reason if self.has_failed else None,
            execution_id=self.execution.id if is_locked else None,
            updated_at=now if is_locked else state.updated_at,
        )


class ScheduledTrigger:
    """A Schedule or ScheduleOnDates of one revision of a flow, ready to be asked for its dates.

    Raises:
        TiercelError: Its cron expression, time zone or dates are not valid.
    """

    def __init__(self, flow: Flow, spec: TriggerSpec, maker: TriggerExecutions) -> None:
        self.flow = flow
        self.spec = spec
        self._maker = maker
        properties: Mapping[str, Any] = spec.properties
        if spec.type.endswith(".ScheduleOnDates"):
            names = ("dates", "timezone")
            own = {name: properties[name] for name in names if name in properties}
            properties = {**properties, **maker.render_map(own, maker.context(flow, {}))}
        try:
            self.rule: Rule = rule_of(spec, properties, maker.zone)
        except (ValueError, ExpressionError) as error:
            raise TiercelError(str(error)) from error
        self._conditions = tuple(spec.conditions) + tuple(
            properties.get("scheduleConditions") or ()
        )
        self._of_the_day = of_the_day(self._conditions)

    @property
    def has_conditions(self) -> bool:
        """Whether it depends on more than its dates when it runs."""
        return bool(self._conditions)

    def fits(self, moment: datetime) -> bool:
        """Whether the conditions hold at a date; their own ``next`` and ``previous`` are ticks.

        Raises:
            TiercelError: One can't be evaluated.
        """
        return self._hold(self._conditions, moment)

    def fits_day(self, moment: datetime) -> bool:
        """Whether the conditions hold that depend on the day alone."""
        return self._hold(self._of_the_day, moment)

    def _hold(self, conditions: Sequence[Mapping[str, Any]], moment: datetime) -> bool:
        if not conditions:
            return True
        variables: dict[str, Any] = {"date": self.rule.local(moment)}
        for name, found in (
            ("next", self.rule.dates.after(moment)),
            ("previous", self.rule.dates.before(moment)),
        ):
            if found is not None:
                variables[name] = self.rule.local(found)
        context = self._maker.context(self.flow, variables)
        return self._maker.hold(conditions, self.flow, context)

    def after(self, moment: datetime) -> datetime | None:
        """Return the next date to evaluate: the next that fits, else the next there is."""
        return self._guarded_after(moment) or self.rule.dates.after(moment)

    def _guarded_after(self, moment: datetime) -> datetime | None:
        try:
            return fitting_after(self.rule, moment, self.fits, self.fits_day)
        except TiercelError:
            # told when the date is due, by an execution that fails
            return None

    def variables(self, moment: datetime) -> dict[str, Any]:
        """Return what ``trigger`` holds in an execution of this date."""
        if self.rule.is_listed:
            return {}
        try:
            around = {
                "next": fitting_after(self.rule, moment, self.fits, self.fits_day),
                "previous": fitting_before(self.rule, moment, self.fits, self.fits_day),
            }
        except TiercelError:
            around = {"next": self.rule.dates.after(moment)}
        shown = {name: self.rule.local(found) for name, found in around.items() if found}
        return {"date": self.rule.local(moment), **shown}

    def start(
        self,
        moment: datetime,
        execution_id: str,
        now: datetime,
        *,
        inputs: Mapping[str, Any] | None = None,
        labels: Sequence[Label] = (),
    ) -> Started:
        """Return the execution of a date; a FAILED one when inputs can't be had.

        Args:
            inputs, labels: A backfill's, over the trigger's own.
        """
        given = {**(self.spec.properties.get("inputs") or {}), **(inputs or {})}
        return self._maker.start(
            self.flow,
            self.spec,
            execution_id,
            now,
            variables=self.variables(moment),
            inputs=given,
            labels=labels,
            schedule_date=moment if self.rule.is_listed else None,
        )


class TriggerExecutions:
    """Makes executions of triggers.

    Args:
        base_context: Variables every template sees: ``envs``, ``globals`` …
    """

    def __init__(
        self,
        services: Services,
        base_context: Mapping[str, Any],
        encrypt: Encrypt | None = None,
    ) -> None:
        self._encrypt = encrypt
        self._services = services
        self._base_context = base_context
        self.zone = services.zone

    def scheduled(self, flow: Flow, spec: TriggerSpec) -> ScheduledTrigger:
        """Return a schedule of a flow, to be asked for its dates."""
        return ScheduledTrigger(flow, spec, self)

    def context(self, flow: Flow, trigger: Mapping[str, Any]) -> dict[str, Any]:
        """Return the variables of a trigger's templates; ``trigger`` is what it knows so far."""
        context = {
            **self._base_context,
            "flow": {"id": flow.id, "namespace": flow.namespace, "revision": flow.revision},
            "labels": {label.key: label.value for label in flow.labels},
            "vars": flow.variables,
            "trigger": trigger,
        }
        if trigger:
            context["schedule"] = trigger
        return context

    def render_map(self, values: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
        """Render the values of a map; lone expressions keep their type."""
        return {name: self._render(value, context) for name, value in values.items()}

    def render_text(self, template: str, context: Mapping[str, Any]) -> str:
        """Render one text."""
        return render(template, context, self._services)

    def _render(self, value: Any, context: Mapping[str, Any]) -> Any:
        if isinstance(value, str):
            return render_typed(value, context, self._services)
        return render_value(value, context, self._services)

    def hold(
        self, conditions: Sequence[Mapping[str, Any]], flow: Flow, context: Mapping[str, Any]
    ) -> bool:
        """Whether all conditions hold for something that is no execution.

        Raises:
            TiercelError: One can't be evaluated.
        """
        return self.hold_in(conditions, self.surroundings(flow, context))

    def hold_in(self, conditions: Sequence[Mapping[str, Any]], around: Surroundings) -> bool:
        """Whether all conditions hold. Raises as :meth:`hold` does."""
        try:
            return holds(conditions, around)
        except ExpressionError as error:
            raise TiercelError(str(error)) from error

    def surroundings(
        self,
        flow: Flow,
        context: Mapping[str, Any],
        *,
        execution: Execution | None = None,
        task_runs: Sequence[TaskRun] = (),
    ) -> Surroundings:
        """Return what conditions of a flow's trigger are evaluated against."""
        return Surroundings(
            render=lambda template: render(template, context, self._services),
            is_holiday=is_holiday,
            namespace=flow.namespace,
            flow_id=flow.id,
            execution=execution,
            task_runs=task_runs,
            zone=zone_of(self.zone).info,
        )

    def start(
        self,
        flow: Flow,
        spec: TriggerSpec,
        execution_id: str,
        now: datetime,
        *,
        variables: Mapping[str, Any],
        inputs: Mapping[str, Any] | None = None,
        labels: Sequence[Label] = (),
        context: Mapping[str, Any] | None = None,
        schedule_date: datetime | None = None,
    ) -> Started:
        """Return an execution of a trigger.

        Args:
            variables: What ``trigger`` holds in it.
            inputs: Unrendered values by input id; None asks for none: required inputs without a
                default are then missing, and what reads them says so.
            labels: Over the flow's and the trigger's.
            context: For templates of inputs and labels; by default flow and trigger.

        Returns:
            A FAILED one with its reason logged, when inputs are refused or can't be rendered.
        """
        if context is None:
            known = {"id": spec.id, "type": spec.type, **variables}
            context = self.context(flow, known)
        own, dropped = self._labels(spec, context)
        system = (Label(CORRELATION_LABEL, execution_id),)
        flow_labels = tuple(label for label in flow.labels if not label.is_reserved)
        execution = Execution(
            id=execution_id,
            namespace=flow.namespace,
            flow_id=flow.id,
            flow_revision=flow.revision,
            state=State.created(now),
            original_id=execution_id,
            labels=merge_labels(flow_labels, own, tuple(labels), system),
            trigger=ExecutionTrigger(spec.id, spec.type, dict(variables)),
            metadata=ExecutionMetadata(1, now),
            schedule_date=schedule_date,
        )
        try:
            given = self.render_map(inputs or {}, context)
            values = resolve(
                flow.inputs if inputs is not None else filter(_may_be_absent, flow.inputs),
                given,
                render=lambda value, known: self._render(value, {**context, "inputs": known}),
                encrypt=self._encrypt,
            )
        except (TiercelError, ExpressionError) as error:
            return self.failed(execution, spec, str(error), now)
        return Started(
            structs.replace(execution, inputs=values),
            [_entry(execution, spec, LogLevel.WARN, text, now) for text in dropped],
        )

    def failed(
        self, execution: Execution, spec: TriggerSpec, reason: str, now: datetime
    ) -> Started:
        """Return an execution that is over before it began, with the reason in its log."""
        state = State.of((StateType.CREATED, now), (StateType.FAILED, now))
        entry = _entry(execution, spec, LogLevel.ERROR, reason, now)
        return Started(structs.replace(execution, state=state), [entry])

    def _labels(
        self, spec: TriggerSpec, context: Mapping[str, Any]
    ) -> tuple[tuple[Label, ...], list[str]]:
        """Return a trigger's labels rendered, and what is to be said of those left out."""
        found, dropped = [], []
        for key, value in _pairs(spec.properties.get("labels")):
            try:
                found.append(Label(key, self.render_text(str(value), context)))
            except ExpressionError as error:
                dropped.append(f"Failed to render label '{key}', it will be omitted: {error}")
        return tuple(found), dropped


def _pairs(labels: Any) -> list[tuple[str, Any]]:
    if not labels:
        return []
    if isinstance(labels, Mapping):
        return [(str(key), value) for key, value in labels.items()]
    return [(str(item["key"]), item["value"]) for item in labels]


def _may_be_absent(item: Input) -> bool:
    return not item.required or item.defaults is not None


def _entry(
    execution: Execution, spec: TriggerSpec, level: LogLevel, message: str, now: datetime
) -> LogEntry:
    return LogEntry(
        execution_id=execution.id,
        namespace=execution.namespace,
        flow_id=execution.flow_id,
        timestamp=now,
        level=level,
        message=message,
        trigger_id=spec.id,
        thread="scheduler",
    )


def is_holiday(day: date, country: str | None, part: str | None) -> bool:
    """Whether a day is a public holiday of a country (ISO 3166 code), or of a part of it.

    Raises:
        TiercelError: No such country or part.
    """
    return day in _holidays(country or "US", part, day.year)


@lru_cache(maxsize=256)
def _holidays(country: str, part: str | None, year: int) -> frozenset[date]:
    import holidays

    try:
        found = holidays.country_holidays(country.upper(), subdiv=part, years=year)
    except NotImplementedError as error:
        raise TiercelError(f"No public holidays are known of {country} {part or ''}") from error
    return frozenset(found)
