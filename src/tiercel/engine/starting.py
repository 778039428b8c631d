"""From a created task run to one at work: ``runIf``, then by the kind of its task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tiercel.engine.attempts import dispatch, finish_attempt, run_inline
from tiercel.engine.breakpoints import stopped_at
from tiercel.engine.flowables import FLOWABLES
from tiercel.engine.flowables.base import FlowableFailedError
from tiercel.engine.outcome import mapped_state
from tiercel.engine.scope import Scope, behavior_of
from tiercel.engine.sla import assertion_rendered
from tiercel.engine.turn import EXECUTION
from tiercel.expressions import is_template, is_truthy
from tiercel.model.execution import Attempt
from tiercel.model.state import State, StateType
from tiercel.model.task import LogLevel, TaskKind

if TYPE_CHECKING:
    from tiercel.engine.turn import Turn
    from tiercel.model.execution import TaskRun
    from tiercel.model.news import Rendered

RUN_IF = "runIf"
_ALWAYS = "true"


def launch(turn: Turn, task_run_id: str) -> None:
    """Start a created task run, unless it was started or ended meanwhile."""
    task_run = turn.state.find(task_run_id)
    if task_run is None or not turn.is_waiting(task_run):
        return
    if turn.inline_left is not None and _is_inline(turn, task_run):
        if turn.inline_left <= 0:
            turn.put_off = True
            if turn.state.put_off is not None:
                turn.state.put_off.append(task_run_id)
            return
        turn.inline_left -= 1
    if stopped_at(turn, task_run):
        return
    run_if = turn.task(task_run).run_if
    if run_if == _ALWAYS:
        _start(turn, task_run)
    else:
        turn.render(task_run, RUN_IF, run_if)


def _is_inline(turn: Turn, task_run: TaskRun) -> bool:
    return turn.task(task_run).kind is TaskKind.INLINE and task_run.task_id not in turn.plan.jobs


def _start(turn: Turn, task_run: TaskRun) -> None:
    task = turn.task(task_run)
    if task.id in turn.plan.jobs:
        dispatch(turn, task_run)
    elif task.kind is TaskKind.INLINE:
        run_inline(turn, task_run)
    else:
        _start_flowable(turn, task_run)


def _start_flowable(turn: Turn, task_run: TaskRun) -> None:
    task_run = turn.move(task_run, StateType.RUNNING, outputs=task_run.outputs or {})
    try:
        properties = behavior_of(turn.task(task_run)).properties(turn.task(task_run))
    except FlowableFailedError as error:
        fail(turn, task_run, error)
        return
    values: dict[str, Any] = {}
    for purpose, wanted in properties.items():
        if _is_literal(wanted.template):
            values[purpose] = wanted.template
        else:
            turn.render(task_run, purpose, wanted.template, typed=wanted.typed)
    if len(values) == len(properties):
        _begin(turn, task_run, values)
    else:
        turn.state.answers[task_run.id] = values


def _is_literal(template: Any) -> bool:
    if isinstance(template, str):
        return not is_template(template)
    return template is None or isinstance(template, int | float)


def _begin(turn: Turn, task_run: TaskRun, values: Mapping[str, Any]) -> None:
    scope = Scope(turn, task_run)
    try:
        beginning = scope.behavior.begin(scope, values)
    except FlowableFailedError as error:
        fail(turn, task_run, error)
        return
    turn.put(replace(scope.run, outputs=beginning.outputs, resolved=beginning.resolved))
    scope.behavior.begun(scope)


def fail(turn: Turn, task_run: TaskRun, error: FlowableFailedError) -> None:
    """End a flowable that can't go on; ``allowFailure`` holds for it too.

    What starts executions has failed in an attempt, and may be tried again.
    """
    turn.log(error.level, error.message, task_run)
    outputs = {**(task_run.outputs or {}), **error.outputs}
    behavior = FLOWABLES.get(turn.task(task_run).behavior)
    if behavior is not None and behavior.has_attempts:
        attempt = Attempt(id=turn.ids(), state=State.created(turn.now))
        task_run = turn.put(replace(task_run, attempts=(*task_run.attempts, attempt)))
        finish_attempt(turn, task_run, StateType.FAILED, turn.now, outputs, error=error.message)
        return
    state = mapped_state(turn.task(task_run), StateType.FAILED)
    turn.end(task_run, state, outputs=outputs)


def rendered(turn: Turn, news: Rendered) -> None:
    """Take the answer to a property that was asked for."""
    if news.task_run_id == EXECUTION:
        assertion_rendered(turn, news)
        return
    task_run = turn.state.find(news.task_run_id)
    if task_run is None or not turn.take_pending(news.task_run_id, news.purpose):
        return
    if task_run.state.is_terminal:
        return
    if news.purpose == RUN_IF:
        _answer_run_if(turn, task_run, news)
        return
    if news.error is not None:
        turn.state.answers.pop(task_run.id, None)
        turn.state.pending.pop(task_run.id, None)
        fail(turn, task_run, FlowableFailedError(news.error))
        return
    values = turn.state.answers.get(task_run.id)
    if values is None:
        scope = Scope(turn, task_run)
        scope.behavior.rendered(scope, news.purpose, news.value)
        return
    values[news.purpose] = news.value
    if task_run.id not in turn.state.pending:
        del turn.state.answers[task_run.id]
        _begin(turn, task_run, values)


def _answer_run_if(turn: Turn, task_run: TaskRun, news: Rendered) -> None:
    if news.error is not None:
        message = f"Unable to evaluate the runIf condition for task {task_run.task_id}"
        turn.log(LogLevel.ERROR, f"{message}. Cause: {news.error}", task_run)
        turn.end(task_run, mapped_state(turn.task(task_run), StateType.FAILED))
    elif is_truthy(news.value):
        _start(turn, task_run)
    else:
        turn.end(task_run, StateType.SKIPPED)
