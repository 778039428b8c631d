"""What asks are answered and what tasks give, in a world without plugins and without a template
language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from tiercel.engine import ExecutionState, run_context
from tiercel.engine.effects import Ask, Render, RenderOutputs, RunInline, StartExecutions
from tiercel.engine.plan import plan_of
from tiercel.model.execution import Attempt, TaskRun
from tiercel.model.flow import Flow
from tiercel.model.news import (
    AttemptEnded,
    AttemptStarted,
    ChildReported,
    ExecutionEnded,
    ExecutionsStarted,
    InlineEnded,
    News,
    OutputsRendered,
    Rendered,
)
from tiercel.model.state import State, StateType

UNRENDERABLE = "{{ ! }}"


def rendered(template: Any, context: Any, *, typed: bool) -> Any:
    """Render a template: a function of the context, or a value that stands for itself."""
    value = template(context) if callable(template) else template
    if isinstance(value, str) and value in ("!", UNRENDERABLE):
        raise ValueError("can't be rendered")
    return value if typed or value is None or not callable(template) else str(value)


def nearest_value(context: Mapping[str, Any]) -> str | None:
    if "value" in context["taskrun"]:
        return str(context["taskrun"]["value"])
    for parent in context["parents"]:
        if "taskrun" in parent:
            return str(parent["taskrun"]["value"])
    return None


def work(flow: Flow, task_run: TaskRun, context: Any) -> tuple[StateType, dict[str, Any]]:
    """What the work of a task gives: its ``run`` returns a state, or outputs, or both."""
    task = flow.tasks_by_id[task_run.task_id]
    run = task.properties.get("run")
    if run is None:
        splits = {"splits": "kestra:///batches"} if task.id.endswith("_split") else {}
        return StateType.SUCCESS, splits
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
            run = state.task_run(ask.task_run_id) if ask.task_run_id else None
            context = run_context(flow, state, run)
            try:
                value = rendered(ask.template, context, typed=ask.typed)
            except (ValueError, KeyError) as error:
                return Rendered(ask.task_run_id, ask.purpose, error=str(error))
            return Rendered(ask.task_run_id, ask.purpose, value=value)
        case RunInline():
            task_run = state.task_run(ask.task_run_id)
            result, outputs = work(flow, task_run, run_context(flow, state, task_run))
            properties = flow.tasks_by_id[task_run.task_id].properties
            wait, end = properties.get("wait"), properties.get("exit")
            return InlineEnded(
                ask.task_run_id,
                ask.attempt_id,
                StateType.RUNNING if wait else result,
                outputs,
                wait_until=now + timedelta(seconds=wait) if wait else None,
                exit=StateType(end) if end else None,
            )
        case RenderOutputs():
            context = run_context(flow, state, None)
            try:
                return OutputsRendered(
                    {o.id: rendered(o.value, context, typed=True) for o in flow.outputs}
                )
            except (ValueError, KeyError) as error:
                return OutputsRendered(error=str(error))


def batches_of(flow: Flow, task_id: str, start: StartExecutions) -> list[News]:
    """What comes of the batches of a ForEachItem: that they were started, and each of their
    ends."""
    gives = flow.tasks_by_id[task_id].properties.get("gives")
    if gives is None:
        return []
    ids = start.task_run_id, start.attempt_id
    ends = [
        ExecutionEnded(*ids, f"{start.attempt_id}-{batch}", StateType(given), batch=batch)
        for batch, given in enumerate(gives)
    ]
    return [ExecutionsStarted(*ids, len(gives)), *ends]


def ended(
    flow: Flow, task_run: TaskRun, context: Any, started: AttemptStarted, now: datetime
) -> AttemptEnded:
    """What a worker reports at the end of an attempt, with the children if it is a
    WorkingDirectory."""
    task = flow.tasks_by_id[task_run.task_id]
    children: tuple[ChildReported, ...] = ()
    if task.behavior == "working_directory":
        state, outputs = StateType.SUCCESS, dict[str, Any]()
        children = tuple(directory_children(flow, task_run, context, started, now))
    else:
        state, outputs = work(flow, task_run, context)
    return AttemptEnded(
        started.task_run_id,
        started.attempt_id,
        started.token,
        started.worker_id,
        state,
        started.date,
        now,
        outputs,
        children=children,
    )


def directory_children(
    flow: Flow, task_run: TaskRun, context: Any, started: AttemptStarted, now: datetime
) -> Iterator[ChildReported]:
    """Run the children of a WorkingDirectory in order, each with its retries, up to a failure that
    stays."""
    plan = plan_of(flow)
    for task in plan.branch(task_run.task_id, "tasks"):
        retry = plan.retry(task.id)
        most = retry.max_attempts or 1 if retry else 1
        attempts: list[Attempt] = []
        given: Any = "FAILED"
        while not isinstance(given, dict) and len(attempts) < most:
            given = task.properties["run"](context, len(attempts))
            given = given if isinstance(given, dict) else "FAILED"
            state = StateType.SUCCESS if isinstance(given, dict) else StateType.FAILED
            steps = ((StateType.CREATED, now), (StateType.RUNNING, now), (state, now))
            attempts.append(Attempt(f"{started.attempt_id}-{task.id}", State.of(*steps)))
        if state is StateType.SUCCESS and retry and retry.warning_on_retry and len(attempts) > 1:
            state = StateType.WARNING
        yield ChildReported(
            started.task_run_id,
            started.attempt_id,
            started.token,
            f"{started.attempt_id}-{started.token}-{task.id}",
            task.id,
            state,
            started.date,
            now,
            tuple(attempts),
            {"value": nearest_value(context)},
        )
        if state is StateType.FAILED and not task.allow_failure:
            return
