"""WorkingDirectory on a worker: several tasks one after the other, in one folder, as one job."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import zipfile
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tiercel.engine.dates import instant_text
from tiercel.engine.retries import next_date
from tiercel.expressions import ExpressionError, is_truthy
from tiercel.model.durations import to_duration
from tiercel.model.errors import IllegalArgumentError, TiercelError
from tiercel.model.execution import Attempt as Try
from tiercel.model.job import Job, JobTask
from tiercel.model.news import ChildReported
from tiercel.model.state import State, StateType
from tiercel.model.task import LogLevel, RetryBehavior
from tiercel.plugins.scripts.files import (
    matching_files,
    safe_path,
    store_output_files,
    write_input_files,
)
from tiercel.plugins.scripts.namespace_files import NamespaceFilesWish
from tiercel.services.attempt import Outcome, Stoppable, StopReason
from tiercel.services.clock import new_id, utc_now
from tiercel.storage.paths import cache_file

if TYPE_CHECKING:
    from tiercel.services.attempt import Attempt
    from tiercel.services.worker_context import WorkerContext
    from tiercel.storage import Storage

logger = logging.getLogger(__name__)

_HASH_LENGTH = 32


class Child:
    """What a worker gives for one task inside a directory, for one try.

    Attributes:
        attempt: Runs it.
        context: Its context, in the shared folder.
        store_log: Stores the file its log went to; returns the URI, None when there is none.
    """

    def __init__(
        self,
        attempt: Attempt,
        context: WorkerContext,
        store_log: Callable[[], Awaitable[str | None]],
    ) -> None:
        self.attempt = attempt
        self.context = context
        self.store_log = store_log


class Directory(Stoppable):
    """Runs the job of a WorkingDirectory; takes the place of an ``Attempt``.

    Args:
        context: Of the directory's own task run; its working directory is shared.
        open_child: Makes what is needed to run the job of one child.
        tell: Reports a child; the token is filled in there.
    """

    def __init__(
        self,
        job: Job,
        context: WorkerContext,
        storage: Storage,
        *,
        worker_id: str,
        open_child: Callable[[Job], Child],
        tell: Callable[[ChildReported], Awaitable[None]],
    ) -> None:
        super().__init__()
        self._job = job
        self._context = context
        self._storage = storage
        self._worker_id = worker_id
        self._open_child = open_child
        self._tell = tell
        self._child: Child | None = None
        self._reports: dict[str, ChildReported] = {}
        self._outputs: dict[str, Any] = dict(job.variables.get("outputs") or {})
        self._cached_at: datetime | None = None

    def stop(self, reason: StopReason) -> None:
        """Ask the task at work to stop, and start no other; a second call changes nothing."""
        super().stop(reason)
        if self._child is not None:
            self._child.attempt.stop(reason)

    async def run(self) -> Outcome:
        """Prepare the folder, run the tasks, collect the files. Never raises because of them."""
        if self._stopped.done():
            return Outcome(StateType.KILLED, {})
        is_ready = await self._guarded("preExecuteTasks", self._prepare())
        if not is_ready:
            return Outcome(StateType.FAILED, {})
        state = StateType.SUCCESS
        for task in self._job.tasks or ():
            if state is StateType.KILLED or self._stopped.done():
                state = StateType.KILLED
                await self._skip_killed(task)
            elif state is not StateType.FAILED:
                ended = await self._run_task(task)
                is_let_pass = ended is StateType.FAILED and task.allow_failure
                if ended in (StateType.FAILED, StateType.KILLED) and not is_let_pass:
                    state = ended
        outputs: dict[str, Any] = {}
        is_done = await self._guarded("postExecuteTasks", self._collect(outputs))
        if not is_done and state is StateType.SUCCESS:
            state = StateType.FAILED
        return Outcome(state, outputs, tuple(self._reports.values()))

    async def _guarded(self, step: str, work: Awaitable[None]) -> bool:
        try:
            await work
        except (TiercelError, ExpressionError, OSError, ValueError) as error:
            self._context.log(LogLevel.ERROR, f"Failed {step} on WorkingDirectory: {error}")
            return False
        return True

    # The folder

    async def _prepare(self) -> None:
        folder = self._context.working_dir
        properties = self._job.properties
        if properties.get("cache"):
            await self._restore(folder)
        wish = properties.get("namespaceFiles")
        if wish:
            rendered = self._context.render_value(wish)
            await NamespaceFilesWish.model_validate(rendered).fetch(self._context, folder)
        files = self._files()
        empty = {name for name, value in files.items() if value is None}
        for name in empty:
            safe_path(folder, name).touch()
        given = {name: value for name, value in files.items() if name not in empty}
        await write_input_files(self._context, folder, given)

    def _files(self) -> dict[str, Any]:
        written = self._job.properties.get("inputFiles")
        if written is None:
            return {}
        rendered = self._context.render_value(written)
        if isinstance(rendered, str):
            rendered = json.loads(rendered)
        if not isinstance(rendered, Mapping):
            raise IllegalArgumentError("'inputFiles' must be a map", hint="write name: content")
        return {str(name): value for name, value in rendered.items()}

    async def _collect(self, outputs: dict[str, Any]) -> None:
        folder = self._context.working_dir
        try:
            # files go into the cache first: storing them as outputs moves them away
            if self._job.properties.get("cache"):
                await self._save(folder)
        finally:
            patterns = self._texts("outputFiles", self._job.properties.get("outputFiles"))
            stored = await store_output_files(self._context, folder, patterns)
            if stored:
                outputs["outputFiles"] = stored

    def _texts(self, name: str, written: Any) -> list[str]:
        rendered = self._context.render_value(written)
        if isinstance(rendered, str):
            rendered = json.loads(rendered) if rendered.startswith("[") else [rendered]
        if rendered is None:
            return []
        if not isinstance(rendered, list):
            raise IllegalArgumentError(f"'{name}' must be a list")
        return [str(item) for item in rendered]

    # The cache

    def _cache_uri(self) -> str:
        job = self._job
        value = job.variables.get("taskrun", {}).get("value")
        digest = ""
        if value is not None:
            digest = hashlib.sha256(str(value).encode()).hexdigest()[:_HASH_LENGTH]
        return cache_file(job.namespace, job.flow_id, job.task_id, digest)

    async def _restore(self, folder: Path) -> None:
        uri = self._cache_uri()
        if not await self._storage.exists(uri):
            return
        stored = await self._storage.stat(uri)
        ttl = self._job.properties["cache"].get("ttl")
        if ttl is not None:
            lasts = to_duration(self._context.render(str(ttl)))
            if stored.modified_at + lasts < utc_now():
                self._context.log(LogLevel.DEBUG, "The cache is older than its ttl, left alone")
                return
        archive = await self._storage.local_path(uri)
        await asyncio.to_thread(_unpack, archive, folder, stored.modified_at)
        self._cached_at = stored.modified_at
        self._context.log(LogLevel.DEBUG, "The cache was restored")

    async def _save(self, folder: Path) -> None:
        patterns = self._texts("patterns", self._job.properties["cache"].get("patterns"))
        files = await asyncio.to_thread(matching_files, folder, patterns)
        if not files:
            return
        if self._cached_at is not None:
            newest = max(path.stat().st_mtime for path in files)
            if newest <= self._cached_at.timestamp():
                return
        archive = folder.with_name(f"{folder.name}-cache.zip")
        try:
            await asyncio.to_thread(_pack, archive, folder, files)
            await self._storage.put_file(self._cache_uri(), archive)
        finally:
            archive.unlink(missing_ok=True)

    # Its tasks

    async def _skip_killed(self, task: JobTask) -> None:
        await self._report(_Progress(new_id(), task), StateType.KILLED, {})

    async def _run_task(self, task: JobTask) -> StateType:
        """Run one task with its retries; return how it ended, before ``allowFailure``."""
        progress = _Progress(new_id(), task)
        child = self._open_child(self._child_job(progress))
        try:
            is_wanted = is_truthy(child.context.render(task.run_if))
        except ExpressionError as error:
            child.context.log(
                LogLevel.ERROR,
                f"Unable to evaluate the runIf condition for task {task.id}. Cause: {error}",
            )
            return await self._report(progress, StateType.FAILED, {})
        if not is_wanted:
            self._put_outputs(task.id, {})
            return await self._report(progress, StateType.SKIPPED, {})
        while True:
            outcome = await self._try(progress, child)
            due = self._next_date(progress, outcome)
            if due is None or not await self._wait_until(due):
                break
            child = self._open_child(self._child_job(progress))
        state = outcome.state
        retry = task.retry
        if state is StateType.SUCCESS and retry is not None and retry.warning_on_retry:
            state = StateType.WARNING if len(progress.tries) > 1 else state
        self._put_outputs(task.id, outcome.outputs)
        return await self._report(progress, state, outcome.outputs)

    async def _try(self, progress: _Progress, child: Child) -> Outcome:
        started = utc_now()
        state = State.of((StateType.CREATED, started), (StateType.RUNNING, started))
        progress.tries.append(Try(new_id(), state, worker_id=self._worker_id))
        self._child = child
        if self._stopped.done():
            child.attempt.stop(self._stopped.result())
        await self._report(progress, StateType.RUNNING, {})
        try:
            outcome = await child.attempt.run()
        finally:
            self._child = None
        ended = replace(
            progress.tries[-1],
            state=state.to(outcome.state, utc_now()),
            log_file=await child.store_log(),
            error=child.context.last_error if outcome.state is StateType.FAILED else None,
        )
        progress.tries[-1] = ended
        return outcome

    def _next_date(self, progress: _Progress, outcome: Outcome) -> datetime | None:
        retry = progress.task.retry
        if outcome.state is not StateType.FAILED or retry is None or self._stopped.done():
            return None
        if retry.behavior is not RetryBehavior.RETRY_FAILED_TASK:
            return None
        return next_date(
            retry,
            made=len(progress.tries),
            first=progress.tries[0].state.start_date,
            last=progress.tries[-1].state.last_date,
            seed=progress.id,
        )

    async def _wait_until(self, due: datetime) -> bool:
        """Wait for a date; return False when the directory was stopped before."""
        seconds = max((due - utc_now()) / timedelta(seconds=1), 0.0)
        await asyncio.wait({self._stopped}, timeout=seconds)
        return not self._stopped.done()

    async def _report(
        self, progress: _Progress, state: StateType, outputs: dict[str, Any]
    ) -> StateType:
        job = self._job
        report = ChildReported(
            task_run_id=job.task_run_id,
            attempt_id=job.attempt_id,
            token=0,
            child_id=progress.id,
            task_id=progress.task.id,
            state=state,
            created=progress.created,
            date=utc_now(),
            attempts=tuple(progress.tries),
            outputs=outputs,
        )
        self._reports[progress.id] = report
        await self._tell(report)
        return state

    def _child_job(self, progress: _Progress) -> Job:
        job, task = self._job, progress.task
        return replace(
            job,
            attempt_id=new_id(),
            task_run_id=progress.id,
            task_id=task.id,
            attempt_number=len(progress.tries),
            type=task.type,
            properties=task.properties,
            variables=self._variables(progress),
            timeout=task.timeout,
            log_level=task.log_level,
            log_to_file=task.log_to_file,
            is_cached=task.is_cached,
            cache_ttl=task.cache_ttl,
            tasks=(),
        )

    def _variables(self, progress: _Progress) -> dict[str, Any]:
        own = self._job.variables.get("taskrun") or {}
        taskrun = {
            "id": progress.id,
            "startDate": instant_text(progress.created),
            "attemptsCount": len(progress.tries),
            "parentId": self._job.task_run_id,
        }
        if own.get("value") is not None:
            taskrun["value"] = own["value"]
        return {
            **self._job.variables,
            "outputs": self._outputs,
            "task": {"id": progress.task.id, "type": progress.task.type},
            "taskrun": taskrun,
            "workerTaskrun": own,
        }

    def _put_outputs(self, task_id: str, outputs: dict[str, Any]) -> None:
        """Show a child's outputs to the ones behind it, below the values of the loops around."""
        variables = self._job.variables
        values = [
            parent["taskrun"]["value"]
            for parent in reversed(variables.get("parents") or [])
            if "value" in parent.get("taskrun", {})
        ]
        own = (variables.get("taskrun") or {}).get("value")
        path = [task_id, *values, *([own] if own is not None else [])]
        self._outputs = _with(self._outputs, path, outputs)


class _Progress:
    """How far one task is: the id of its task run, and its tries, oldest first."""

    def __init__(self, child_id: str, task: JobTask) -> None:
        self.id = child_id
        self.task = task
        self.created = utc_now()
        self.tries: list[Try] = []


def _with(tree: Mapping[str, Any], path: list[str], leaf: Any) -> dict[str, Any]:
    """Return a copy of nested maps with a leaf at a path."""
    key, *rest = path
    if rest:
        below = tree.get(key)
        leaf = _with(below if isinstance(below, Mapping) else {}, rest, leaf)
    return {**tree, key: leaf}


def _pack(archive: Path, folder: Path, files: list[Path]) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as target:
        for path in files:
            target.write(path, path.relative_to(folder).as_posix())


def _unpack(archive: Path, folder: Path, date: datetime) -> None:
    """Unpack files as old as the archive, so that newer ones can be told."""
    moment = date.timestamp()
    with zipfile.ZipFile(archive) as source:
        for entry in source.infolist():
            if entry.is_dir():
                continue
            target = safe_path(folder, entry.filename)
            with source.open(entry) as content, target.open("wb") as file:
                while chunk := content.read(1 << 20):
                    file.write(chunk)
            os.utime(target, (moment, moment))
