"""One attempt on a worker: from the job to its end, whatever the task does."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import Enum, StrEnum
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from tiercel.engine.plan import ERROR_LOGS, texts_of
from tiercel.model.durations import to_duration
from tiercel.model.errors import IllegalArgumentError, TiercelError
from tiercel.model.state import StateType
from tiercel.model.task import LogLevel
from tiercel.plugin.task import (
    InlineTask,
    Output,
    PollingTrigger,
    RunnableTask,
    TaskFailedError,
)
from tiercel.services.inline import locate, render_properties

if TYPE_CHECKING:
    from tiercel.model.job import Job
    from tiercel.model.news import ChildReported
    from tiercel.plugin.registry import Registry
    from tiercel.plugin.task import Plugin
    from tiercel.services.worker_context import WorkerContext

logger = logging.getLogger(__name__)

_WIND_DOWN_SECONDS = 30.0
_INTEGER_LIMIT = 2**63


class StopReason(StrEnum):
    """Why an attempt was told to stop from outside."""

    KILLED = "KILLED"
    RELEASED = "RELEASED"


class Stoppable:
    """Base of what runs a job and can be told to stop; ``_stopped`` is done once it was told."""

    def __init__(self) -> None:
        self._stopped: asyncio.Future[StopReason] = asyncio.get_running_loop().create_future()

    @property
    def stop_reason(self) -> StopReason | None:
        """Why it was told to stop; None when it was not."""
        return self._stopped.result() if self._stopped.done() else None

    def stop(self, reason: StopReason) -> None:
        """Ask the task to stop; a second call changes nothing."""
        if not self._stopped.done():
            self._stopped.set_result(reason)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: its state, and outputs that are plain JSON values.

    Attributes:
        children: Of a WorkingDirectory: the last report of each task in it, token 0.
    """

    state: StateType
    outputs: dict[str, Any]
    children: tuple[ChildReported, ...] = ()


class Attempt(Stoppable):
    """Runs one job. :meth:`run` never raises because of the task.

    Args:
        load: Gives the class of a task type; raises TiercelError.
        on_timeout: Told when it is stopped because its time is over.

    Attributes:
        trigger: What was asked, when the job is the question of a polling trigger.
    """

    def __init__(
        self,
        job: Job,
        context: WorkerContext,
        registry: Registry,
        load: Callable[[str], Awaitable[type[Plugin]]],
        *,
        on_timeout: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__()
        self._on_timeout = on_timeout
        self._job = job
        self._context = context
        self._registry = registry
        self._load = load
        self.trigger: PollingTrigger | None = None
        self._built: _Run | None = None
        self._reads_errors = _reads_errors(job)

    def prepare(self, loaded: type[Plugin] | None) -> None:
        """Build the task, so that :meth:`run` need not; what is wrong with it, :meth:`run` says.

        Args:
            loaded: Its class; None when that is not known yet.
        """
        if loaded is not None and not self._job.is_cached and not self._reads_errors:
            with suppress(Exception):  # it is built once more, where its errors have a place
                self._built = self._build_of(loaded)

    async def run(self) -> Outcome:
        """Run the task to its end, its timeout or :meth:`stop`."""
        if self._stopped.done():
            return Outcome(StateType.KILLED, {})
        outcome = await self._guarded()
        if not outcome.outputs:
            return outcome
        try:
            outputs = await self._context.fitted_outputs(outcome.outputs, self._job.attempt_id)
        except TiercelError as error:
            self._context.log(LogLevel.ERROR, f"{error.message} ({error.hint})")
            return replace(outcome, state=StateType.FAILED, outputs={})
        return replace(outcome, outputs=outputs)

    async def _guarded(self) -> Outcome:
        try:
            return await self._run()
        except TiercelError as error:
            job = self._job
            locate(error, job.task_id, job.properties, job.places)
            message = f"{error} ({error.hint})" if error.hint else str(error)
            self._context.log(LogLevel.ERROR, message)
            return Outcome(StateType.FAILED, self._plain(getattr(error, "outputs", {})))
        except Exception as error:  # a task may raise anything; it fails, the worker goes on
            logger.exception("task raised", extra={"task_run_id": self._job.task_run_id})
            text = str(error)
            kind = type(error).__name__
            self._context.log(LogLevel.ERROR, f"{kind}: {text}" if text else kind)
            self._context.log(LogLevel.TRACE, traceback.format_exc())
            return Outcome(StateType.FAILED, {})

    async def _run(self) -> Outcome:
        if self._reads_errors:
            await self._context.learn_errors()
        cache = self._context.task_cache(self._job) if self._job.is_cached else None
        known = await cache.find() if cache is not None else None
        if known is not None:
            self._context.log(LogLevel.INFO, "The outputs are those of an earlier run")
            return Outcome(StateType.SUCCESS, known)
        outcome = await self._run_task()
        if cache is not None and outcome.state in (StateType.SUCCESS, StateType.WARNING):
            await cache.keep(outcome.outputs)
        return outcome

    async def _run_task(self) -> Outcome:
        timeout = self._timeout()
        run = self._built or self._build_of(await self._load(self._job.type))
        task = asyncio.create_task(self._call(run), name=f"task {self._job.task_id}")
        seconds = timeout.total_seconds() if timeout is not None else None
        either: set[asyncio.Future[Any]] = {task, self._stopped}
        try:
            await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await self._wind_down(task)
            raise
        if self._stopped.done():
            await self._wind_down(task)
            return Outcome(StateType.KILLED, self._plain(self._context.kept_outputs))
        if not task.done():
            self._on_timeout()
            place = _place_of(task)
            await self._wind_down(task)
            message = f"Timeout after {_clock_text(timeout or timedelta())}"
            self._context.log(LogLevel.ERROR, message)
            self._context.log(LogLevel.TRACE, f"{message}\n{place}")
            return Outcome(StateType.FAILED, self._plain(self._context.kept_outputs))
        output = task.result() or Output()
        return Outcome(output.state, self._plain(output.stored_values()))

    async def _call(self, run: _Run) -> Output | None:
        try:
            return await run(self._context)
        except SystemExit as error:
            # Left alone it would end the worker.
            raise TaskFailedError(f"The task tried to exit with code {error.code}") from error
        except asyncio.CancelledError:
            if self._context.is_killed:
                raise
            raise TaskFailedError("The task was cancelled from inside") from None

    def _timeout(self) -> timedelta | None:
        if self._job.timeout is None:
            return None
        text = self._context.render(self._job.timeout)
        try:
            return to_duration(text)
        except ValueError as error:
            raise IllegalArgumentError(
                f"The timeout '{text}' is not a duration", hint="Write it as PT30S or PT1H."
            ) from error

    def _build_of(self, loaded: type[Plugin]) -> _Run:
        rendered = render_properties(self._job.properties, loaded, self._context, self._job.places)
        plugin = self._registry.build(self._job.type, rendered)
        if isinstance(plugin, InlineTask):
            return partial(_run_inline, plugin)
        if isinstance(plugin, PollingTrigger):
            self.trigger = plugin
            return plugin.ask
        if not isinstance(plugin, RunnableTask):
            raise IllegalArgumentError(f"A task of type {self._job.type} does not run on a worker")
        return plugin.run

    async def _wind_down(self, task: asyncio.Task[Output | None]) -> None:
        """Cancel the task and wait until it has cleaned up; one that does not end is left alone."""
        self._context.is_killed = True
        task.cancel()
        await asyncio.wait({task}, timeout=_WIND_DOWN_SECONDS)
        if not task.done():
            logger.warning(
                "task does not stop, left alone", extra={"task_run_id": self._job.task_run_id}
            )
            task.add_done_callback(_discard)
        else:
            _discard(task)

    def _plain(self, outputs: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return {str(name): plain_value(value) for name, value in outputs.items()}
        except (RecursionError, TypeError, ValueError) as error:
            self._context.log(
                LogLevel.WARN, f"The outputs can't be stored and are left out: {error}"
            )
            return {}


def _reads_errors(job: Job) -> bool:
    """Whether a template of the task, or a variable of the flow, asks for the log of errors."""
    read = (job.properties, job.variables.get("vars"))
    return any(ERROR_LOGS in text for text in texts_of(read))


_Run = Callable[["WorkerContext"], Awaitable[Output | None]]


async def _run_inline(task: InlineTask, context: WorkerContext) -> Output | None:
    """Run an inline task of a WorkingDirectory, its wait included."""
    output = task.run(context)
    if output is not None and output.wait is not None:
        await asyncio.sleep(output.wait.total_seconds())
        return replace(output, wait=None)
    return output


def _discard(task: asyncio.Task[Output | None]) -> None:
    with suppress(asyncio.CancelledError):
        error = task.exception()
        if error is not None:
            logger.debug("task ended while it was stopped", exc_info=error)


def _place_of(task: asyncio.Task[Any]) -> str:
    """Return where a task waits, as a traceback shows it."""
    return "".join(
        traceback.format_list(
            traceback.StackSummary.extract((frame, frame.f_lineno) for frame in task.get_stack())
        )
    )


def _clock_text(limit: timedelta) -> str:
    """Return ``HH:MM:SS.mmm``."""
    milliseconds = limit // timedelta(milliseconds=1)
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{milliseconds:03}"


def plain_value(value: Any) -> Any:
    """Return an output as JSON has it: dates as ISO text, durations in seconds, the rest as text.

    Raises:
        RecursionError: The value contains itself, or is nested too deeply.
    """
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, str):
        return str(value).replace("\0", "")
    if isinstance(value, Enum):
        return plain_value(value.value)
    if isinstance(value, int):
        return int(value) if -_INTEGER_LIMIT <= value < _INTEGER_LIMIT else str(value)
    if isinstance(value, Mapping):
        return {plain_value(str(name)): plain_value(item) for name, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain_value(item) for item in value]
    return _plain_scalar(value)


def _plain_scalar(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode(errors="replace").replace("\0", "")
    if isinstance(value, PurePath):
        return str(value)
    return str(value).replace("\0", "")
