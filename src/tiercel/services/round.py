"""What an executor does in one transaction: the steps of all executions it claimed."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tiercel.engine import ExecutionState
from tiercel.model.errors import ServerUnavailableError, TiercelError
from tiercel.model.job import LogEntry
from tiercel.model.news import (
    Continued,
    Created,
    ExecutionsStarted,
    ExecutionStarted,
    News,
    UnqueueRequested,
)
from tiercel.model.state import StateType
from tiercel.model.task import LogLevel
from tiercel.services.slots import FlowKey, Slots, holds_slot, key_of, lingers
from tiercel.services.step import Step, StepOutcome
from tiercel.store import Claim, StepResult

if TYPE_CHECKING:
    from datetime import datetime

    from tiercel.engine.effects import StartExecution, StartExecutions
    from tiercel.model.flow import Flow
    from tiercel.model.job import Job
    from tiercel.services.catalog import FlowCatalog
    from tiercel.services.children import Children
    from tiercel.services.continuing import Continuing
    from tiercel.services.listeners import Listeners
    from tiercel.services.step import Environment
    from tiercel.store import StepTransaction

logger = logging.getLogger(__name__)

_RELEASED_AT_ONCE = 50
_UNLIMITED = 1_000_000


class Kept(NamedTuple):
    """A state kept from an earlier round, with the claim that the next step of it can use."""

    claim: Claim
    state: ExecutionState


States = OrderedDict[str, Kept]
"""States kept from earlier rounds, by execution."""


@dataclass(slots=True)
class Finished:
    """A step that waits for the commit of its round.

    Attributes:
        flow: None when it can't be had.
        jobs: Those to publish after the commit.
    """

    claim: Claim
    state: ExecutionState
    outcome: StepOutcome
    news: Sequence[News]
    flow: Flow | None = None
    step: Step | None = None
    jobs: Sequence[Job] = ()


class Round:
    """Runs the steps of one transaction.

    Args:
        continuing: Knows how long its steps together may go on with inline tasks, and guards those
            that have more to do.

    Attributes:
        undrained: Flows with free slots and queued executions that others hold at the moment.
    """

    def __init__(
        self,
        transaction: StepTransaction,
        environment: Environment,
        catalog: FlowCatalog,
        children: Children,
        listeners: Listeners,
        continuing: Continuing,
    ) -> None:
        self._transaction = transaction
        self._environment = environment
        self._catalog = catalog
        self._children = children
        self._listeners = listeners
        self._continuing = continuing
        self._until = 0.0
        self._slots = Slots(transaction)
        self._finished: dict[str, Finished] = {}
        self.undrained: set[FlowKey] = set()

    async def run(
        self,
        by_execution: Mapping[str, Sequence[News]],
        kept: States,
        undrained: Iterable[FlowKey] = (),
    ) -> list[Finished]:
        """Run the steps of all claims and write them.

        Args:
            by_execution: News that came over the bus.
            kept: States that need not be loaded; those used are taken out.
            undrained: Flows whose queues are looked at, whatever happens in this round.
        """
        claims = self._transaction.claims
        now = self._environment.clock()
        self._until = self._environment.stopwatch() + self._continuing.seconds(now)
        states = await self._load(claims, kept)
        await self._lock_slots(claims, undrained)
        for claim in claims:
            news = [item.news for item in claim.news]
            news += by_execution.get(claim.execution_id, ())
            await self._run(claim, states[claim.execution_id], news)
        for flow in sorted({*self._slots.given_back(), *undrained}):
            await self._release(flow)
        finished = list(self._finished.values())
        ended = [(done.flow, done.state) for done in finished if done.outcome.ended]
        await self._children.tell_parents(self._transaction, ended)
        self._continuing.guard(finished, now)
        for done in finished:
            done.jobs = _open_jobs(done.outcome)
            self._transaction.write(_result(done))
        return finished

    async def _load(
        self, claims: Sequence[Claim], kept: States | None = None
    ) -> dict[str, ExecutionState]:
        states: dict[str, ExecutionState] = {}
        missing = []
        for claim in claims:
            known = kept.pop(claim.execution_id, None) if kept is not None else None
            if known is not None and known.claim.version == claim.version:
                states[claim.execution_id] = known.state
            else:
                missing.append(claim.execution_id)
        if missing:
            loaded = await self._transaction.load(missing)
            for execution_id, (execution, task_runs) in loaded.items():
                outputs = self._environment.outputs
                runs = map(outputs.opened_run, task_runs) if outputs is not None else task_runs
                states[execution_id] = ExecutionState(execution, list(runs))
        return states

    async def _lock_slots(self, claims: Sequence[Claim], more: Iterable[FlowKey]) -> None:
        limited = set(more)
        for claim in claims:
            flow = await self._flow(claim)
            if isinstance(flow, TiercelError):
                continue
            if flow.concurrency is not None:
                limited.add((claim.namespace, claim.flow_id))
        if limited:
            await self._slots.lock(limited)

    async def _flow(
        self, claim: Claim, templates: Mapping[str, int] | None = None
    ) -> Flow | TiercelError:
        key = claim.namespace, claim.flow_id, claim.flow_revision
        try:
            return await self._catalog.get(*key, templates)
        except TiercelError as error:
            return error

    # One step

    async def _run(self, claim: Claim, state: ExecutionState, news: Sequence[News]) -> None:
        held_before, lingered_before = holds_slot(state), lingers(state)
        flow = await self._flow(claim, state.execution.metadata.templates)
        if isinstance(flow, TiercelError):
            done = Finished(claim, state, self._fail(state, str(flow)), news)
        else:
            done = await self._step(claim, flow, state, news)
        self._slots.note(done.state, held_before, lingered_before, ended=done.outcome.ended)
        self._finished[claim.execution_id] = done

    async def _step(
        self, claim: Claim, flow: Flow, state: ExecutionState, news: Sequence[News]
    ) -> Finished:
        running = self._slots.taken(key_of(state.execution))
        was_final = state.execution.state.is_terminal
        heard = self._listeners.flow_after(flow, state)
        try:
            step = Step(self._environment, heard, state, running=running, until=self._until)
            await step.run(news)
            await self._carry_out(step)
            if was_final and not state.has_open and any(isinstance(n, Created) for n in news):
                # it was over when it was created: a check failed
                step.outcome.ended = True
            if step.outcome.ended and heard is flow:
                step = await self._hear(step)
                await self._carry_out(step)
        except Exception as error:  # one broken execution must not stop the others
            if _is_of_a_server(error):
                raise
            logger.exception("step failed", extra={"execution_id": claim.execution_id})
            reason = f"Internal error in the engine: {type(error).__name__}: {error}"
            if isinstance(error, TiercelError):
                reason = error.message
            return Finished(claim, state, self._fail(state, reason), news, flow)
        return Finished(claim, step.state, step.outcome, news, step.flow, step)

    async def _hear(self, step: Step) -> Step:
        """Go on with the listeners of an execution that has just ended."""
        flow = self._listeners.flow_after(step.flow, step.state)
        if flow is step.flow:
            return step
        state = ExecutionState(step.state.execution, step.state.task_runs)
        # nothing is known to be left: everything is looked at once more
        state.put_off = None
        further = Step(self._environment, flow, state)
        further.outcome = step.outcome
        further.outcome.ended = False
        await further.run([Continued()])
        return further

    async def _carry_out(self, step: Step) -> None:
        """Do what a step wants done to other executions, and give it the answers."""
        outcome = step.outcome
        while outcome.starts:
            wanted, outcome.starts = outcome.starts, []
            for start in wanted:
                answers = await self._children.start(
                    self._transaction,
                    step.flow,
                    step.state,
                    start,
                    step.context(start.task_run_id),
                )
                _log_children(step, start, answers)
                await step.run(answers)
        if outcome.killed:
            await self._children.stop(self._transaction, outcome.killed)
        for task_run_id in outcome.killed_of:
            await self._children.stop_all(self._transaction, step.state.execution.id, task_run_id)
        for due_at in outcome.retries:
            self._children.try_again(self._transaction, step.flow, step.state, due_at)
        outcome.killed, outcome.killed_of, outcome.retries = [], [], []

    def _fail(self, state: ExecutionState, reason: str) -> StepOutcome:
        """End an execution that can't go on: its flow is gone, or the engine itself failed."""
        now = self._environment.clock()
        outcome = StepOutcome(execution_changed=True, ended=True)
        for task_run in state.fail_everything(now):
            outcome.changed[task_run.id] = None
            outcome.closed.extend(attempt.id for attempt in task_run.attempts)
            outcome.stops.extend((task_run.id, attempt.id) for attempt in task_run.attempts)
        execution = state.execution
        outcome.records.logs.append(
            LogEntry(
                execution_id=execution.id,
                namespace=execution.namespace,
                flow_id=execution.flow_id,
                timestamp=now,
                level=LogLevel.ERROR,
                message=reason,
                thread="executor",
            )
        )
        return outcome

    # Queues

    async def _release(self, flow: FlowKey) -> None:
        """Give free slots to the executions that wait longest, also slots that these give back."""
        limit = await self._limit(flow)
        left = _RELEASED_AT_ONCE
        while left > 0:
            free = min(limit - self._slots.taken(flow), left)
            if free <= 0:
                return
            released = await self._release_some(flow, free)
            left -= released
            if released < free:
                break
        if await self._transaction.relations.has_queued(*flow, list(self._finished)):
            self.undrained.add(flow)

    async def _release_some(self, flow: FlowKey, free: int) -> int:
        """Let at most ``free`` executions out of a flow's queue; return how many these were."""
        relations = self._transaction.relations
        claims = await relations.claim_queued(*flow, free, list(self._finished))
        states = await self._load(claims)
        waiting: list[tuple[datetime, str, Claim | None]] = [
            (states[claim.execution_id].execution.state.start_date, claim.execution_id, claim)
            for claim in claims
        ]
        waiting += [
            (done.state.execution.state.start_date, execution_id, None)
            for execution_id, done in self._finished.items()
            if key_of(done.state.execution) == flow
            and done.state.execution.state.current is StateType.QUEUED
        ]
        waiting.sort(key=lambda item: item[:2])
        for _, execution_id, claim in waiting[:free]:
            if claim is not None:
                await self._run(claim, states[execution_id], [UnqueueRequested()])
            else:
                await self._run_on(self._finished[execution_id])
        return min(len(waiting), free)

    async def _run_on(self, done: Finished) -> None:
        """Let an execution out of the queue that got into it in this round."""
        if done.step is None:
            return
        held_before, lingered_before = holds_slot(done.state), lingers(done.state)
        await done.step.run([UnqueueRequested()])
        await self._carry_out(done.step)
        self._slots.note(done.state, held_before, lingered_before, ended=done.outcome.ended)

    async def _limit(self, flow: FlowKey) -> int:
        """Return the limit of a flow as it is now; none when it has no limit any more."""
        latest = self._slots.latest(flow)
        if latest is None:
            return _UNLIMITED
        try:
            concurrency = (await self._catalog.get(*flow, latest)).concurrency
        except TiercelError as error:
            logger.warning("limit of a flow unknown", extra={"flow": flow, "reason": str(error)})
            return _UNLIMITED
        return concurrency.limit if concurrency is not None else _UNLIMITED


def _is_of_a_server(error: Exception) -> bool:
    """Whether the transaction is lost, and with it the whole round."""
    lost = isinstance(error, ServerUnavailableError | OSError)
    return lost or type(error).__module__.startswith("asyncpg")


def _log_children(
    step: Step, start: StartExecution | StartExecutions, answers: Sequence[News]
) -> None:
    for answer in answers:
        if isinstance(answer, ExecutionStarted):
            link = (
                f'execution="{answer.execution_id}" flowId="{start.flow_id}" '
                f'namespace="{start.namespace}"'
            )
            step.write_log(
                LogLevel.INFO, f"Created new execution [[link {link}]]", answer.task_run_id
            )
        elif isinstance(answer, ExecutionsStarted):
            step.write_log(LogLevel.INFO, f"Created {answer.count} executions", answer.task_run_id)


def _open_jobs(outcome: StepOutcome) -> list[Job]:
    """Return the jobs of a step but for those that need not run any more."""
    if outcome.ended:
        return []
    gone = frozenset(outcome.closed)
    return [job for job in outcome.jobs if job.attempt_id not in gone]


def _result(done: Finished) -> StepResult:
    outcome, state = done.outcome, done.state
    return StepResult(
        execution_id=done.claim.execution_id,
        version=done.claim.version,
        execution=state.execution if outcome.execution_changed else None,
        task_runs=[run for run in map(state.find, outcome.changed) if run is not None],
        removed=list(outcome.removed),
        consumed=[item.id for item in done.claim.news],
        timers=outcome.timers,
        jobs=done.jobs,
        started=outcome.started,
        withdrawn=outcome.closed,
        logs=outcome.records.logs,
        metrics=outcome.records.metrics,
        ended=outcome.ended,
    )
