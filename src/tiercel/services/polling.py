"""Polling triggers: asked again and again whether there is something to start.

An evaluation is a lease: the row says since when it is under way, and its next date is when the
lease ends. Whoever holds it runs the question as an attempt with that deadline; when it hangs it is
stopped, when its process dies the date comes and another scheduler asks. An answer whose lease is
over is dropped. Few are asked at one time, but one that takes long makes room for the next before
its end, so that those that hang hold up nobody.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from tiercel.engine.inputs import ENCRYPTED
from tiercel.expressions import ExpressionError, is_truthy, render
from tiercel.model.durations import format_duration, parse_duration
from tiercel.model.errors import TiercelError
from tiercel.model.job import Job, LogEntry
from tiercel.model.state import StateType
from tiercel.model.task import LogLevel
from tiercel.services.attempt import Attempt, Outcome
from tiercel.services.clock import utc_now
from tiercel.services.folders import Folders
from tiercel.services.masking import mask
from tiercel.services.meters import Meters
from tiercel.services.task_log import log_parts
from tiercel.services.worker_context import WorkerContext
from tiercel.store import Fire

if TYPE_CHECKING:
    from pathlib import Path

    from tiercel.bus import Bus
    from tiercel.expressions import Services
    from tiercel.model.flow import Flow, TriggerSpec
    from tiercel.plugin.registry import Registry
    from tiercel.plugin.task import Plugin
    from tiercel.services.addresses import AddressBook
    from tiercel.services.task_log import AttemptLog
    from tiercel.services.trigger_executions import TriggerExecutions
    from tiercel.storage import Storage
    from tiercel.store import Store, TriggerState

logger = logging.getLogger(__name__)

_AT_ONCE = 8
_PATIENCE_SECONDS = 5.0
"""How long an evaluation counts as one of those at once."""
_MOST_LINES = 1_000
_INTERVAL = timedelta(minutes=1)
_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(hours=1)
_GRACE = timedelta(seconds=45)
"""What stopping a hung question may take: the lease is longer than its deadline by this."""
_RUNNING = "worker.trigger.running.count"
_COUNTERS = (
    "worker.trigger.started.count",
    "worker.trigger.ended.count",
    "worker.trigger.error.count",
    "worker.trigger.execution.count",
)
_TIMERS = ("worker.trigger.duration",)
_HTTP, _HTTP_TASK = ".http.Trigger", "io.kestra.plugin.core.http.Request"
_HTTP_CONDITION = "{{ response.statusCode < 400 }}"
_ENCRYPT = "encryptBody"
_OWN = frozenset({"interval", "responseCondition", _ENCRYPT})
_COMMON = frozenset(
    {
        "version",
        "description",
        "disabled",
        "workerGroup",
        "workerSelector",
        "logLevel",
        "minLogLevel",
        "labels",
        "stopAfter",
        "logToFile",
        "failOnTriggerError",
        "allowConcurrent",
    }
)


def interval_of(spec: TriggerSpec) -> timedelta:
    """Return the time between two evaluations."""
    value = spec.properties.get("interval")
    if value is None:
        return _INTERVAL
    try:
        return value if isinstance(value, timedelta) else parse_duration(str(value))
    except ValueError as error:
        raise TiercelError(f"The interval '{value}' is not a duration") from error


def deadline_of(spec: TriggerSpec) -> timedelta:
    """Return how long one evaluation may take."""
    return min(max(interval_of(spec), _SHORTEST), _LONGEST)


def lease_of(spec: TriggerSpec) -> timedelta:
    """Return how long nobody else evaluates a trigger."""
    return deadline_of(spec) + _GRACE


@dataclass(frozen=True, slots=True)
class Places:
    """Where evaluations run.

    Attributes:
        work_dir: Parent of their working directories.
        plugin_settings: Switches of plugins that only the operator sets, by type and name.
        encrypt: Encrypts what a trigger asks to keep encrypted.
    """

    storage: Storage
    services: Services
    work_dir: Path
    cache_dir: Path
    addresses: AddressBook
    plugin_settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    encrypt: Callable[[str], str] | None = None


@dataclass(slots=True)
class _Notes:
    """The log of one evaluation, stored with its answer."""

    lines: list[tuple[datetime, LogLevel, str]] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)

    def log(self, level: LogLevel, message: str) -> None:
        """Keep a message; of very many, the first and all errors."""
        if len(self.lines) < _MOST_LINES or level is LogLevel.ERROR:
            self.lines.append((utc_now(), level, message))

    @property
    def error(self) -> str | None:
        """What went wrong first."""
        errors = (text for _, level, text in self.lines if level is LogLevel.ERROR)
        found = next(errors, None)
        return found and mask(found, frozenset(self.secrets))

    def entries(self, question: Question) -> list[LogEntry]:
        """Return what a trigger's ``logLevel`` keeps; it belongs to no execution."""
        minimum = _minimum_rank(question.spec)
        kept = [
            (moment, level, part)
            for moment, level, message in self.lines
            if level.rank >= minimum
            for part in log_parts(message, self.secrets)
        ]
        return [
            LogEntry(
                execution_id="",
                namespace=question.flow.namespace,
                flow_id=question.flow.id,
                timestamp=moment,
                level=level,
                message=part,
                sequence=place,
                trigger_id=question.spec.id,
            )
            for place, (moment, level, part) in enumerate(kept)
        ]

    def metric(self, *_: object) -> None:
        """Metrics belong to task runs."""

    def progress(self, *_: object) -> None:
        """Nobody follows an evaluation."""

    def mask(self, secret: str) -> None:
        """Keep a secret out of what was told."""
        self.secrets.add(secret)


@dataclass(frozen=True, slots=True)
class Question:
    """One evaluation that this process holds the lease of."""

    flow: Flow
    spec: TriggerSpec
    state: TriggerState
    execution_id: str

    @property
    def leased_at(self) -> datetime | None:
        """When the lease began: its token."""
        return self.state.evaluating_since


class Polling:
    """Evaluates polling triggers in this process.

    Args:
        clock: Gives the current moment, aware UTC.
        meters: Told of evaluations, how long they took, and what came of them.
    """

    def __init__(
        self,
        store: Store,
        bus: Bus,
        registry: Registry,
        maker: TriggerExecutions,
        places: Places,
        *,
        clock: Callable[[], datetime] = utc_now,
        meters: Meters | None = None,
    ) -> None:
        self._meters = Meters() if meters is None else meters
        self._meters.declare(_COUNTERS, _TIMERS)
        self._meters.gauge(_RUNNING, 0)
        self._running = 0
        self._store = store
        self._bus = bus
        self._registry = registry
        self._maker = maker
        self._places = places
        self._folders = Folders(places.work_dir)
        self._clock = clock
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(self, question: Question) -> None:
        """Evaluate a trigger in the background; its answer is written when it comes."""
        task = asyncio.create_task(self._ask(question), name=f"trigger {question.spec.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Leave all evaluations; their leases run out."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._folders.close()

    async def _ask(self, question: Question) -> None:
        try:
            async with self._place():
                left = self._time_left(question)
                if left <= timedelta():
                    logger.warning(
                        "polling trigger not asked in time",
                        extra={"trigger_id": question.spec.id},
                    )
                    return
                with self._counted():
                    await self._answer(question, left)
        except Exception:  # the store is away, or a bug: the lease runs out and it is asked again
            logger.exception("polling trigger lost", extra={"trigger_id": question.spec.id})

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Count an evaluation that runs within the block."""
        meters = self._meters
        meters.count("worker.trigger.started.count")
        self._note_running(+1)
        try:
            with meters.timed("worker.trigger.duration"):
                yield
        finally:
            self._note_running(-1)
            meters.count("worker.trigger.ended.count")

    def _note_running(self, more: int) -> None:
        self._running += more
        self._meters.gauge(_RUNNING, self._running)

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """Wait until there is room, and hold it to the end or as long as our patience lasts."""
        await self._free.acquire()
        held = ExitStack()
        held.callback(self._free.release)
        patience = asyncio.get_running_loop().call_later(_PATIENCE_SECONDS, held.close)
        try:
            yield
        finally:
            patience.cancel()
            held.close()

    def _time_left(self, question: Question) -> timedelta:
        """Return what waiting for room left of the deadline."""
        now = self._clock()
        return deadline_of(question.spec) - (now - (question.leased_at or now))

    async def _answer(self, question: Question, limit: timedelta) -> None:
        notes = _Notes(secrets=set(getattr(self._places.services, "secrets", ())))
        try:
            job = self._job(question, limit)
        except TiercelError as error:
            notes.log(LogLevel.ERROR, str(error))
            await self._write(question, Outcome(StateType.FAILED, {}), notes)
            return
        context = self._context(job, notes)
        try:
            attempt = Attempt(job, context, self._registry, self._load)
            outcome = await attempt.run()
            has_started = await self._write(question, outcome, notes)
            if has_started and attempt.trigger is not None and outcome.outputs:
                await attempt.trigger.started(context)
        finally:
            await context.remove_working_dir()

    def _job(self, question: Question, limit: timedelta) -> Job:
        """Return the question as a worker runs it. Raises TiercelError for templates in it."""
        flow, spec = question.flow, question.spec
        type_name, properties = _task_of(spec)
        known = {"id": spec.id, "type": spec.type}
        return Job(
            attempt_id=question.execution_id,
            task_run_id=spec.id,
            execution_id=question.execution_id,
            namespace=flow.namespace,
            flow_id=flow.id,
            flow_revision=flow.revision,
            task_id=spec.id,
            attempt_number=0,
            type=type_name,
            properties=properties,
            variables=self._maker.context(flow, known),
            timeout=format_duration(limit),
        )

    def _context(self, job: Job, notes: _Notes) -> WorkerContext:
        places = self._places
        return WorkerContext(
            job,
            cast("AttemptLog", notes),  # kept here instead of shipped
            places.storage,
            places.services,
            folders=self._folders,
            cache_dir=places.cache_dir,
            addresses=places.addresses,
            plugin_settings=places.plugin_settings,
        )

    async def _load(self, type_name: str) -> type[Plugin]:
        return await asyncio.to_thread(self._registry.load, type_name)

    async def _write(self, question: Question, outcome: Outcome, notes: _Notes) -> bool:
        """Store what an answer gives; return whether that is an execution."""
        now = self._clock()
        key = (question.flow.namespace, question.flow.id, question.spec.id)
        async with self._store.triggers.transaction() as transaction:
            state = await transaction.lock(key)
            if state is None or state.evaluating_since != question.leased_at:
                # the flow changed, or the lease was over: the answer is nobody's
                return False
            state = replace(
                state,
                evaluating_since=None,
                worker_id=None,
                next_date=now + interval_of(question.spec) if _may_fire(state) else None,
                updated_at=now,
            )
            fire, state, logs = self._judge(question, state, outcome, notes, now)
            created = await transaction.fire([fire] if fire else [], now)
            has_started = fire is not None and fire.execution.id in created
            if not has_started and fire is not None:
                state, logs = replace(state, execution_id=None), ()
            await transaction.log([*notes.entries(question), *logs])
            await transaction.save([state])
        if state.result == "FAILED":
            self._meters.count("worker.trigger.error.count")
        if has_started:
            self._meters.count("worker.trigger.execution.count")
        await self._bus.wake()
        await self._bus.wake_scheduler()
        return has_started

    def _judge(
        self,
        question: Question,
        state: TriggerState,
        outcome: Outcome,
        notes: _Notes,
        now: datetime,
    ) -> tuple[Fire | None, TriggerState, Sequence[LogEntry]]:
        """Return the execution an answer gives, if any, the state after it, and its log."""
        spec = question.spec
        date = question.leased_at or now
        problem = _problem(outcome, notes)
        try:
            is_found = problem is None and self._is_found(spec, outcome.outputs)
        except ExpressionError as error:
            is_found, problem = False, str(error)
        if problem is not None:
            reason = f"Trigger evaluation failed in the worker with error: {problem}"
            notes.log(LogLevel.WARN, reason)
            state = replace(state, result="FAILED", message=reason)
            if not spec.says("failOnTriggerError"):
                return None, state, ()
            bare = self._maker.start(
                question.flow, spec, question.execution_id, now, variables={}
            ).execution
            failed = self._maker.failed(bare, spec, reason, now)
            fire = Fire(state.key, date, failed.execution)
            return fire, replace(state, fired_at=now), failed.logs
        if not is_found:
            return None, replace(state, result="NOTHING", message=None), ()
        started = self._maker.start(
            question.flow, spec, question.execution_id, now, variables=self._kept(spec, outcome)
        )
        fire = Fire(state.key, date, started.execution)
        return fire, started.noted(state, spec, now), started.logs

    def _kept(self, spec: TriggerSpec, outcome: Outcome) -> Mapping[str, Any]:
        """Return what the execution is told of an answer: its body encrypted where asked for."""
        outputs = outcome.outputs
        if not spec.says(_ENCRYPT) or "body" not in outputs:
            return outputs
        if self._places.encrypt is None:
            raise TiercelError("`encryptBody` needs an encryption key, which this server lacks")
        kept = {name: value for name, value in outputs.items() if name != "body"}
        sealed = {"type": ENCRYPTED, "value": self._places.encrypt(str(outputs["body"]))}
        return {**kept, "encryptedBody": sealed}

    def _is_found(self, spec: TriggerSpec, outputs: Mapping[str, Any]) -> bool:
        if _is_query(spec):
            return bool(outputs.get("size"))
        if not spec.type.endswith(_HTTP):
            return bool(outputs)
        response = {
            "statusCode": outputs.get("code"),
            "body": outputs.get("body"),
            "headers": outputs.get("headers"),
        }
        condition = str(spec.properties.get("responseCondition") or _HTTP_CONDITION)
        return is_truthy(render(condition, {"response": response}, self._places.services))


def _problem(outcome: Outcome, notes: _Notes) -> str | None:
    if outcome.state in (StateType.SUCCESS, StateType.WARNING):
        return None
    return notes.error or f"it ended in {outcome.state.value}"


def _task_of(spec: TriggerSpec) -> tuple[str, dict[str, Any]]:
    """Return the type that is asked, a task or the trigger itself, and its properties."""
    own = {name: value for name, value in spec.properties.items() if name not in _COMMON}
    for_task = {name: value for name, value in own.items() if name not in _OWN}
    if spec.type.endswith(_HTTP):
        return _HTTP_TASK, {**for_task, "allowFailed": True}
    if _is_query(spec):
        task = spec.type.removesuffix("Trigger") + "Query"
        return task, {"fetchType": "FETCH", **for_task}
    return spec.type, own


def _is_query(spec: TriggerSpec) -> bool:
    return ".jdbc." in spec.type and spec.type.endswith(".Trigger")


def _minimum_rank(spec: TriggerSpec) -> int:
    """Return the rank of the lowest level whose messages are stored."""
    given = spec.properties.get("logLevel") or spec.properties.get("minLogLevel")
    name = str(given).upper()
    return LogLevel[name].rank if name in LogLevel.__members__ else 0


def _may_fire(state: TriggerState) -> bool:
    return state.is_active and not state.disabled
