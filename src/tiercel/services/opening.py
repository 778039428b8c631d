"""From a job to what runs it: its log, its context, its attempt."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiercel.model.errors import TiercelError
from tiercel.services.addresses import AddressBook
from tiercel.services.attempt import Attempt
from tiercel.services.clock import new_id
from tiercel.services.directory import Child, Directory
from tiercel.services.running import Running
from tiercel.services.sealed_jobs import RefusedAttempt, opened
from tiercel.services.task_log import AttemptLog, LogFile, store_log_file
from tiercel.services.worker_context import WorkerContext

if TYPE_CHECKING:
    from tiercel.bus import Bus
    from tiercel.expressions import Services
    from tiercel.model.job import Job
    from tiercel.model.news import ChildReported
    from tiercel.plugin.registry import Registry
    from tiercel.plugin.task import Plugin
    from tiercel.services.encryption import Cipher
    from tiercel.services.folders import Folders
    from tiercel.services.meters import Meters
    from tiercel.services.task_log import Shipper
    from tiercel.storage import Storage


class Opening:
    """Opens jobs for one worker.

    Args:
        shipper: Takes what attempts log.
        worker_id: How the worker is called in the history of attempts.
        folders: Gives out working directories.
        cache_dir: Folder shared by all attempts, kept.
        addresses: Where the servers are that flows name.
        plugin_settings: Switches of plugins that only the operator sets, by type and name.
        cipher: Reads jobs with secret values; without it they fail.
        meters: Told of attempts whose time was over.
        tell: Reports how a task inside a WorkingDirectory stands.
    """

    def __init__(
        self,
        bus: Bus,
        registry: Registry,
        storage: Storage,
        services: Services,
        shipper: Shipper,
        *,
        worker_id: str,
        folders: Folders,
        cache_dir: Path,
        addresses: AddressBook,
        plugin_settings: Mapping[str, Mapping[str, Any]],
        cipher: Cipher | None,
        meters: Meters,
        tell: Callable[[ChildReported], Awaitable[None]],
    ) -> None:
        self._bus = bus
        self._registry = registry
        self._storage = storage
        self._services = services
        self._shipper = shipper
        self._worker_id = worker_id
        self._folders = folders
        self._cache_dir = cache_dir
        self._addresses = addresses
        self._plugin_settings = plugin_settings
        self._cipher = cipher
        self._meters = meters
        self._tell = tell
        self._classes: dict[str, type[Plugin]] = {}

    def open(self, job: Job) -> Running:
        """Return an attempt at a job; at one that can't be read, an attempt that fails."""
        attempt: Attempt | Directory | RefusedAttempt
        try:
            readable = opened(job, self._cipher)
        except TiercelError as error:
            context, log_file = self._context(job)
            attempt = RefusedAttempt(context, error)
        else:
            context, log_file = self._context(readable)
            attempt = self._attempt(readable, context)
        return Running(attempt, context, log_file)

    def prepare(self, job: Job) -> Running:
        """Open a job, and do of its work what can be done before it may run: build its task."""
        running = self.open(job)
        if isinstance(running.attempt, Attempt):
            running.attempt.prepare(self._classes.get(job.type))
        return running

    def _context(
        self, job: Job, shared_folder: Path | None = None
    ) -> tuple[WorkerContext, LogFile | None]:
        # Nothing is written here yet: a full disk is the attempt's failure, not the worker's.
        log_file = None
        if job.log_to_file:
            log_file = LogFile(self._folders.root / f"{new_id()}-{job.attempt_id}.log")
        log = AttemptLog(
            self._shipper, job, secrets=getattr(self._services, "secrets", ()), file=log_file
        )
        context = WorkerContext(
            job,
            log,
            self._storage,
            self._services,
            folders=self._folders,
            cache_dir=self._cache_dir,
            addresses=self._addresses,
            shared_folder=shared_folder,
            plugin_settings=self._plugin_settings,
            toggle=self._bus.toggle_trigger,
            ask=self._bus.ask_server,
            encrypt=self._cipher.encrypt if self._cipher is not None else None,
        )
        return context, log_file

    def _attempt(self, job: Job, context: WorkerContext) -> Attempt | Directory:
        if job.tasks is None:
            return self._single(job, context)

        def open_child(child: Job) -> Child:
            own, log_file = self._context(child, context.working_dir)
            attempt = self._single(child, own)
            return Child(attempt, own, partial(store_log_file, self._storage, child, log_file))

        return Directory(
            job,
            context,
            self._storage,
            worker_id=self._worker_id,
            open_child=open_child,
            tell=self._tell,
        )

    def _single(self, job: Job, context: WorkerContext) -> Attempt:
        on_timeout = partial(self._meters.timed_out, job)
        return Attempt(job, context, self._registry, self._load, on_timeout=on_timeout)

    async def _load(self, type_name: str) -> type[Plugin]:
        loaded = self._classes.get(type_name)
        if loaded is None:
            # The first use of a type imports its module, and that may take a while.
            loaded = await asyncio.to_thread(self._registry.load, type_name)
            self._classes[type_name] = loaded
        return loaded
