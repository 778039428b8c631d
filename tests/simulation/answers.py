"""What asks are answered and what tasks give, in a world without plugins and without a template
language."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tiercel.engine import ExecutionState, run_context
from tiercel.engine.effects import Ask, Render, RenderOutputs, RunInline
from tiercel.model.execution import TaskRun
from tiercel.model.flow import Flow
from tiercel.model.news import InlineEnded, News, OutputsRendered, Rendered
from tiercel.model.state import StateType

UNRENDERABLE = "{{ ! }}"


def rendered(template: Any, context: Any, *, typed: bool) -> Any:
    """Render a template: a function of the context, or a value that stands for itself."""
    value = template(context) if callable(template) else template
    if isinstance(value, str) and value == UNRENDERABLE:
        raise ValueError("can't be rendered")
    return value if typed or value is None or not callable(template) else str(value)


def work(flow: Flow, task_run: TaskRun, context: Any) -> tuple[StateType, dict[str, Any]]:
    """What the work of a task gives: its ``run`` returns a state, or outputs, or both."""
    run = flow.tasks_by_id[task_run.task_id].properties.get("run")
    if run is None:
        return StateType.SUCCESS, {}
    given = run(context, context["taskrun"]["attemptsCount"])
    if isinstance(given, str):
        return StateType(given), {}
    if isinstance(given, tuple):
        return StateType(given[0]), given[1]
    return StateType.SUCCESS, given


def answer(flow: Flow, state: ExecutionState, ask: Ask, now: datetime) -> News:
    """Answer one ask."""
    match ask:
        case Render():
            context = run_context(flow, state, state.task_run(ask.task_run_id))
            try:
                value = rendered(ask.template, context, typed=ask.typed)
            except (ValueError, KeyError) as error:
                return Rendered(ask.task_run_id, ask.purpose, error=str(error))
            return Rendered(ask.task_run_id, ask.purpose, value=value)
        case RunInline():
            task_run = state.task_run(ask.task_run_id)
            result, outputs = work(flow, task_run, run_context(flow, state, task_run))
            wait = flow.tasks_by_id[task_run.task_id].properties.get("wait")
            return InlineEnded(
                ask.task_run_id,
                ask.attempt_id,
                StateType.RUNNING if wait else result,
                outputs,
                wait_until=now + timedelta(seconds=wait) if wait else None,
            )
        case RenderOutputs():
            context = run_context(flow, state, None)
            try:
                return OutputsRendered(
                    {o.id: rendered(o.value, context, typed=True) for o in flow.outputs}
                )
            except (ValueError, KeyError) as error:
                return OutputsRendered(error=str(error))
