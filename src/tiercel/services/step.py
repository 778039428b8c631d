"""One step of one execution: the engine decides, this answers its asks and collects the writes."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tiercel.engine import ExecutionState, advance, job_context, run_context
from tiercel.engine.effects import (
    Ask,
    CountRunning,
    Decision,
    Dispatch,
    Ended,
    Render,
    RenderOutputs,
    RunInline,
    SetTimer,
    StartExecution,
    StartExecutions,
    StartRetry,
    StopAttempt,
    StopExecution,
    StopExecutions,
    WriteLog,
)
from tiercel.engine.inputs import type_outputs
from tiercel.engine.plan import MAIN, WORKING_DIRECTORY, plan_of
from tiercel.expressions import ExpressionError, render, render_typed, render_value
from tiercel.model.errors import TiercelError
from tiercel.model.inputs import InputType
from tiercel.model.job import Job, JobTask, LogEntry
from tiercel.model.news import (
    AttemptEnded,
    AttemptStarted,
    Continued,
    InlineEnded,
    News,
    OutputsRendered,
    RunningCounted,
)
from tiercel.model.state import StateType
from tiercel.model.task import LogLevel, WorkerGroup
from tiercel.model.traces import trace_parent
from tiercel.plugin.context import TaskInfo
from tiercel.services.encryption import clear_inputs, clear_outputs
from tiercel.services.inline import InlineTaskContext, Records, answer_render, run_inline
from tiercel.services.sealed_jobs import sealed
from tiercel.services.task_log import log_line, log_parts

if TYPE_CHECKING:
    from tiercel.expressions import Services
    from tiercel.model.flow import Flow, FlowOutput
    from tiercel.model.task import TaskSpec
    from tiercel.plugin.registry import Registry
    from tiercel.services.encryption import Cipher
    from tiercel.services.stored_outputs import OutputsStore
    from tiercel.services.worker_groups import WorkerGroups


_INLINE_TASKS_AT_ONCE = 5
_BREATH_SECONDS = 0.001
DEFAULT_GROUP = "default"


@dataclass(slots=True)
class StepOutcome:
    """Everything one step of one execution decided.

    Attributes:
        changed: Ids of task runs that are new or differ.
        stops: (task run id, attempt id) of attempts whose workers must be told to stop.
        started, closed: Attempt ids whose jobs were taken up, or need not run any more.
        starts: Executions to create; the step is complete once it was given the answers.
        killed: Ids of executions to kill.
        killed_of: Ids of task runs whose executions are to be killed, all of them.
        retries: When the execution is to run again as a new one.
        continues: There is more to do at once than this step was let do.
    """

    execution_changed: bool = False
    changed: dict[str, None] = field(default_factory=dict)
    removed: dict[str, None] = field(default_factory=dict)
    timers: list[tuple[datetime, News]] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    stops: list[tuple[str, str]] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    starts: list[StartExecution | StartExecutions] = field(default_factory=list)
    killed: list[str] = field(default_factory=list)
    killed_of: list[str] = field(default_factory=list)
    retries: list[datetime] = field(default_factory=list)
    records: Records = field(default_factory=Records)
    ended: bool = False
    continues: bool = False


@dataclass(frozen=True, slots=True)
class Environment:
    """What every step needs besides its execution; one per executor.

    Attributes:
        clock: Gives the current moment, aware UTC.
        ids: Gives fresh ids.
        base_context: Variables every template sees: ``envs``, ``globals``, ``kestra``.
        cipher: Encrypts and decrypts secret values; None refuses them.
        outputs: Keeps outputs that are too big for the database; None keeps all of them there.
        traces: Task runs know their spans.
        groups: Knows whether a worker group has workers; without it every group has some.
        stopwatch: Gives seconds since any moment, to share the time between executions.
    """

    registry: Registry
    services: Services
    clock: Callable[[], datetime]
    ids: Callable[[], str]
    base_context: Mapping[str, Any] = field(default_factory=dict)
    cipher: Cipher | None = None
    outputs: OutputsStore | None = None
    traces: bool = False
    groups: WorkerGroups | None = None
    stopwatch: Callable[[], float] = time.perf_counter


class Step:
    """Runs ``advance`` with one execution's news until nothing is asked any more.

    The state is changed in place; when the transaction fails the caller must throw it away.

    Args:
        running: How many other executions of the flow hold a slot, for its limit.
        until: When to leave a row of inline tasks for another step, on the stopwatch.
    """

    def __init__(
        self,
        environment: Environment,
        flow: Flow,
        state: ExecutionState,
        *,
        running: int = 0,
        until: float = math.inf,
    ) -> None:
        self._environment = environment
        self.flow = flow
        self.state = state
        self._running = running
        self._until = until
        self._secrets: tuple[str, ...] = tuple(getattr(environment.services, "secrets", ()))
        self._own_secrets: tuple[str, ...] = ()
        self._inputs: Mapping[str, Any] | None = None
        self._refused: list[News] = []
        self._doubtful: list[Job] = []
        self._apart = Records()
        self._holders = flow.holding_ids if environment.cipher is not None else ()
        self._decrypt()
        self.outcome = StepOutcome()

    def _decrypt(self) -> None:
        """Take secret inputs in clear; their texts are masked in all that is logged."""
        cipher, inputs = self._environment.cipher, self.state.execution.inputs
        if (
            cipher is None
            or not inputs
            or not any(item.type is InputType.SECRET for item in self.flow.inputs)
        ):
            return
        self._inputs, self._own_secrets = clear_inputs(self.flow, inputs, cipher)
        self._secrets += self._own_secrets

    async def run(self, news: Sequence[News]) -> StepOutcome:
        """Carry the execution as far as it goes without waiting for anything.

        A long row of inline tasks is cut: the rest comes in further steps, between those of others.
        Between two tasks the loop is let go on, so that nobody else feels a long step.
        """
        if self._environment.outputs is not None:
            news = [self._environment.outputs.opened_news(item) for item in news]
        self._note_attempts(news)
        stopwatch = self._environment.stopwatch
        breath = stopwatch()
        decision = self._advance(news, _INLINE_TASKS_AT_ONCE)
        while await self._open_questions(decision):
            # answers come alone; what else there is to tell waits for its turn
            answers: list[News] = []
            if not decision.asks:
                answers, self._refused = self._refused, []
            # what is asked of the execution as it is comes before tasks that may end it
            for ask in sorted(decision.asks, key=_is_task):
                answers.append(await self._stored(self._answer(ask)))
                now = stopwatch()
                if now - breath > _BREATH_SECONDS:
                    await asyncio.sleep(0)
                    breath = stopwatch()
            is_over = stopwatch() > self._until
            decision = self._advance(answers, 0 if is_over else _INLINE_TASKS_AT_ONCE)
        return self.outcome

    async def _open_questions(self, decision: Decision) -> bool:
        """Whether there is more to tell; what becomes of jobs is decided before."""
        doubtful, self._doubtful = self._doubtful, []
        for job in doubtful:
            await self._give_out_or_end(job)
        return bool(decision.asks or self._refused)

    async def _give_out_or_end(self, job: Job) -> None:
        """Give a job to its worker group; end its attempt, as the task says, if that is empty."""
        group = self.flow.tasks_by_id[job.task_id].worker_group
        groups = self._environment.groups
        if groups is None or group is None:
            self.outcome.jobs.append(job)
            return
        name = job.worker_group
        if group.tags:
            name, is_there = await groups.with_tags(group.tags, group.match)
        else:
            is_there = await groups.have_workers(name)
        if not is_there and group.fallback == "IGNORE":
            name, is_there = DEFAULT_GROUP, True
        if is_there or (name and group.fallback == "WAIT"):
            self.outcome.jobs.append(replace(job, worker_group=name))
            return
        self.write_log(LogLevel.ERROR, _nobody(group, name), job.task_run_id)
        state = StateType.KILLED if group.fallback == "CANCEL" else StateType.FAILED
        self._refuse(job.task_run_id, job.attempt_id, state)

    def _refuse(self, task_run_id: str, attempt_id: str, state: StateType) -> None:
        now = self._environment.clock()
        self._refused.append(AttemptEnded(task_run_id, attempt_id, 0, "", state, now, now))

    def _advance(self, news: Sequence[News], most_inline: int) -> Decision:
        environment = self._environment
        decision = advance(
            self.flow,
            self.state,
            news,
            environment.clock(),
            environment.ids,
            most_inline=most_inline,
        )
        self.outcome.execution_changed |= decision.execution_changed
        self.outcome.changed.update(decision.changed)
        self.outcome.removed.update(decision.removed)
        for effect in decision.effects:
            match effect:
                case Dispatch():
                    self._dispatch(effect)
                case SetTimer(news=Continued()):
                    self.outcome.continues = True
                case SetTimer():
                    self.outcome.timers.append((effect.due_at, effect.news))
                case StopAttempt():
                    self.outcome.stops.append((effect.task_run_id, effect.attempt_id))
                    self.outcome.closed.append(effect.attempt_id)
                case StartExecution() | StartExecutions():
                    self.outcome.starts.append(effect)
                case StopExecution():
                    self.outcome.killed.append(effect.execution_id)
                case StopExecutions():
                    self.outcome.killed_of.append(effect.task_run_id)
                case StartRetry():
                    self.outcome.retries.append(effect.due_at)
                case WriteLog():
                    self.write_log(effect.level, effect.message, effect.task_run_id)
                case Ended():
                    self.outcome.ended = True
        return decision

    def _note_attempts(self, news: Sequence[News]) -> None:
        for item in news:
            if isinstance(item, AttemptStarted):
                self.outcome.started.append(item.attempt_id)
            elif isinstance(item, AttemptEnded):
                self.outcome.closed.append(item.attempt_id)

    def _answer(self, ask: Ask) -> News:
        match ask:
            case Render():
                context = self.context(ask.task_run_id)
                task = self._task_of(ask.task_run_id)
                return answer_render(ask, context, self._environment.services, task)
            case RunInline():
                return self._run_inline(ask)
            case RenderOutputs():
                return self._render_outputs()
            case CountRunning():
                return RunningCounted(self._running)

    def _task_of(self, task_run_id: str) -> TaskSpec | None:
        """Return the task of a task run; None for the execution as a whole."""
        if not task_run_id:
            return None
        return self.flow.tasks_by_id[self.state.task_run(task_run_id).task_id]

    def context(self, task_run_id: str | None) -> Mapping[str, Any]:
        """Return what templates of a task run see, or those of the execution as a whole."""
        task_run = self.state.task_run(task_run_id) if task_run_id else None
        return self._cleared(run_context(self.flow, self.state, task_run))

    def _cleared(self, context: Mapping[str, Any]) -> dict[str, Any]:
        """Return a context with what is the same everywhere, and secret values in clear."""
        variables = {**self._environment.base_context, **context}
        if self._inputs is not None:
            variables["inputs"] = self._inputs
        cipher, outputs = self._environment.cipher, variables.get("outputs") or {}
        shown = [task_id for task_id in self._holders if task_id in outputs]
        trigger = variables.get("trigger") or {}
        is_sealed = "encryptedBody" in trigger
        if cipher is not None and (shown or is_sealed):
            found: list[str] = []
            clear = {task_id: clear_outputs(outputs[task_id], cipher, found) for task_id in shown}
            if is_sealed:
                variables["trigger"] = clear_outputs(trigger, cipher, found)
            if found:
                variables["outputs"] = {**outputs, **clear}
                self._own_secrets = tuple({*self._own_secrets, *found})
                self._secrets = tuple({*self._secrets, *found})
        return variables

    def _run_inline(self, ask: RunInline) -> News:
        task_run = self.state.task_run(ask.task_run_id)
        task = self.flow.tasks_by_id[task_run.task_id]
        records = self.outcome.records
        if task.log_to_file and self._environment.outputs is not None:
            records = self._apart = Records(metrics=records.metrics)
        context = InlineTaskContext(
            self._info(task, ask.task_run_id),
            self.context(ask.task_run_id),
            self._environment.services,
            records,
            task.log_level,
            self._secrets,
        )
        return run_inline(task, ask.attempt_id, context, self._environment.registry)

    async def _stored(self, ended: News) -> News:
        """Put big outputs of an inline task into a file, and its log where that is wanted."""
        store = self._environment.outputs
        if store is None or not isinstance(ended, InlineEnded):
            return ended
        entries, self._apart = self._apart.logs, Records()
        if not (ended.outputs or entries):
            return ended
        task = self.flow.tasks_by_id[self.state.task_run(ended.task_run_id).task_id]
        info = self._info(task, ended.task_run_id)
        try:
            if entries:
                lines = (log_line(entry.timestamp, entry.level, entry.message) for entry in entries)
                uri = await store.keep_log(lines, info, ended.attempt_id)
                ended = replace(ended, log_file=uri)
            outputs = await store.fitted(ended.outputs, info, ended.attempt_id)
        except TiercelError as error:
            message = f"{error.message} ({error.hint})"
            self.write_log(LogLevel.ERROR, message, ended.task_run_id)
            return replace(ended, state=StateType.FAILED, outputs={})
        if outputs is ended.outputs:
            return ended
        return replace(ended, outputs=store.opened(outputs))

    def _render_outputs(self) -> News:
        context = self.context(None)
        try:
            values = {output.id: self._output(output, context) for output in self.flow.outputs}
            cipher = self._environment.cipher
            encrypt = cipher.encrypt if cipher is not None else None
            return OutputsRendered(outputs=type_outputs(self.flow, values, encrypt=encrypt))
        except (ExpressionError, TiercelError) as error:
            return OutputsRendered(error=str(error))

    def _output(self, output: FlowOutput, context: Mapping[str, Any]) -> Any:
        """Return the value of one output of the flow; a map for a text output as its JSON."""
        services = self._environment.services
        if not isinstance(output.value, str):
            return render_value(output.value, context, services)
        value = render_typed(output.value, context, services)
        if output.type == InputType.STRING and isinstance(value, Mapping | list):
            return render(output.value, context, services)
        return value

    def _info(self, task: TaskSpec, task_run_id: str) -> TaskInfo:
        execution = self.state.execution
        attempts = self.state.task_run(task_run_id).attempts
        return TaskInfo(
            execution_id=execution.id,
            task_run_id=task_run_id,
            task_id=task.id,
            namespace=execution.namespace,
            flow_id=execution.flow_id,
            flow_revision=execution.flow_revision,
            attempt_number=max(len(attempts) - 1, 0),
            type=task.type,
        )

    def _dispatch(self, dispatch: Dispatch) -> None:
        """Make the job of an attempt; one whose worker group can't be told has failed.

        A job that is not to wait for workers is given out once it is known that there are some.
        """
        try:
            job = self._job(dispatch)
        except ExpressionError as error:
            self.write_log(LogLevel.ERROR, str(error), dispatch.task_run_id)
            self._refuse(dispatch.task_run_id, dispatch.attempt_id, StateType.FAILED)
            return
        group = self.flow.tasks_by_id[job.task_id].worker_group
        waits = group is None or (group.fallback == "WAIT" and not group.tags)
        (self.outcome.jobs if waits else self._doubtful).append(job)

    def _job(self, dispatch: Dispatch) -> Job:
        task_run = self.state.task_run(dispatch.task_run_id)
        task = self.flow.tasks_by_id[task_run.task_id]
        info = self._info(task, dispatch.task_run_id)
        job = Job(
            attempt_id=dispatch.attempt_id,
            task_run_id=info.task_run_id,
            execution_id=info.execution_id,
            namespace=info.namespace,
            flow_id=info.flow_id,
            flow_revision=info.flow_revision,
            task_id=task.id,
            attempt_number=info.attempt_number,
            type=task.type,
            properties=dict(task.properties),
            variables=self._cleared(job_context(self.flow, self.state, task_run)),
            places=dict(task.places),
            timeout=task.timeout,
            log_level=task.log_level,
            log_to_file=task.log_to_file,
            worker_group=self._group(task, dispatch.task_run_id),
            secrets=self._own_secrets,
            is_cached=task.task_cache is not None,
            cache_ttl=task.task_cache.ttl if task.task_cache is not None else None,
            tasks=tuple(self._inside(task)) if task.behavior == WORKING_DIRECTORY else None,
            trace_parent=trace_parent(
                self.state.execution, info.task_run_id, traces=self._environment.traces
            ),
        )
        cipher = self._environment.cipher
        return sealed(job, cipher) if job.secrets and cipher is not None else job

    def _group(self, task: TaskSpec, task_run_id: str) -> str:
        if task.worker_group is None or task.worker_group.tags:
            return DEFAULT_GROUP
        key, services = task.worker_group.key, self._environment.services
        return render(key, self.context(task_run_id), services).strip() or DEFAULT_GROUP

    def _inside(self, task: TaskSpec) -> Iterator[JobTask]:
        """Yield the tasks that a WorkingDirectory's worker runs."""
        plan = plan_of(self.flow)
        for child in plan.branch(task.id, MAIN):
            yield JobTask(
                id=child.id,
                type=child.type,
                properties=dict(child.properties),
                timeout=child.timeout,
                run_if=child.run_if,
                allow_failure=child.allow_failure,
                log_level=child.log_level,
                log_to_file=child.log_to_file,
                retry=plan.retry(child.id),
                is_cached=child.task_cache is not None,
                cache_ttl=child.task_cache.ttl if child.task_cache is not None else None,
            )

    def write_log(self, level: LogLevel, message: str, task_run_id: str | None) -> None:
        """Add an entry to the execution's log."""
        execution = self.state.execution
        task_run = self.state.task_run(task_run_id) if task_run_id else None
        logs = self.outcome.records.logs
        now = self._environment.clock()
        for part in log_parts(message, self._secrets):
            logs.append(
                LogEntry(
                    execution_id=execution.id,
                    namespace=execution.namespace,
                    flow_id=execution.flow_id,
                    timestamp=now,
                    level=level,
                    message=part,
                    sequence=len(logs),
                    task_id=task_run.task_id if task_run else None,
                    task_run_id=task_run_id,
                    attempt_number=max(len(task_run.attempts) - 1, 0) if task_run else None,
                    thread="executor",
                )
            )


def _nobody(group: WorkerGroup, name: str) -> str:
    """Say why a job was given to nobody.

    Args:
        name: Of a group that may have the job; empty when there is none.
    """
    if not name:
        return f"There is no worker {group.shown.removeprefix('a ')} in `tiercel.worker-groups`"
    shown = group.shown if group.tags else f"group '{name}'"
    return f"No worker of {shown} is connected, and fallback is {group.fallback}"


def _is_task(ask: Ask) -> bool:
    return isinstance(ask, RunInline)
