"""What a task on a worker may ask for: one object per attempt, over storage and the bus."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tiercel.model.errors import IllegalArgumentError, ServerUnavailableError, StorageError
from tiercel.plugin.context import TaskInfo
from tiercel.services.addresses import AddressBook
from tiercel.services.clock import new_id
from tiercel.services.error_logs import with_error_logs
from tiercel.services.namespace_files import StoredNamespaceFiles
from tiercel.services.rendering import Rendering
from tiercel.services.stored_outputs import OutputsStore
from tiercel.services.task_cache import TaskCache
from tiercel.services.task_keys import TaskKeyValues
from tiercel.storage.paths import execution_folder, file_in, task_run_folder

if TYPE_CHECKING:
    from tiercel.bus import TriggerToggle
    from tiercel.expressions import Services
    from tiercel.model.job import Job
    from tiercel.model.task import LogLevel
    from tiercel.services.folders import Folders
    from tiercel.services.task_log import AttemptLog
    from tiercel.storage import Storage


class WorkerContext(Rendering):
    """The :class:`~tiercel.plugin.context.TaskContext` of one attempt.

    Args:
        folders: Where the working directory comes from when the task asks for one.
        shared_folder: The working directory of others too, in place of an own one.
        toggle: Asks a scheduler to let a trigger fire or not.
        ask: Asks a server that has the database.
        encrypt: Encrypts with the server's key.
    """

    def __init__(
        self,
        job: Job,
        log: AttemptLog,
        storage: Storage,
        services: Services,
        *,
        folders: Folders,
        cache_dir: Path,
        addresses: AddressBook,
        shared_folder: Path | None = None,
        plugin_settings: Mapping[str, Mapping[str, Any]] | None = None,
        toggle: Callable[[TriggerToggle], Awaitable[None]] | None = None,
        ask: Callable[[str, Mapping[str, Any]], Awaitable[Any]] | None = None,
        encrypt: Callable[[str], str] | None = None,
    ) -> None:
        self.info = TaskInfo(
            execution_id=job.execution_id,
            task_run_id=job.task_run_id,
            task_id=job.task_id,
            namespace=job.namespace,
            flow_id=job.flow_id,
            flow_revision=job.flow_revision,
            attempt_number=job.attempt_number,
            type=job.type,
            trace_parent=job.trace_parent,
        )
        self._outputs = OutputsStore(storage)
        super().__init__(self._opened(job.variables), services)
        self.is_killed = False
        self.kept_outputs: dict[str, Any] = {}
        self._log = log
        self._storage = storage
        self._folders = folders
        self._folder = shared_folder
        self._is_shared = shared_folder is not None
        self._cache_dir = cache_dir
        self._addresses = addresses
        self._plugin_settings = plugin_settings or {}
        self._toggle = toggle
        self._ask = ask
        self._encrypt = encrypt
        self._has_note = False
        self._attempt_id = job.attempt_id
        self._stored_names: set[str] = set()

    def _opened(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Let outputs that are in files be read when a template asks for them."""
        outputs = variables.get("outputs")
        opened = self._outputs.opened_tree(outputs)
        return variables if opened is outputs else {**variables, "outputs": opened}

    def task_cache(self, job: Job) -> TaskCache:
        """Return what is kept for a task with its properties as they are now."""
        return TaskCache(self._storage, job, self.render_value(job.properties))

    async def fitted_outputs(self, outputs: dict[str, Any], attempt_id: str) -> dict[str, Any]:
        """Return outputs, or a reference to the file they are in. Raises TiercelError."""
        return await self._outputs.fitted(outputs, self.info, attempt_id)

    # Telling

    def log(self, level: LogLevel, message: str) -> None:
        """Add one entry to the task's log."""
        self._log.log(level, message)

    @property
    def last_error(self) -> str | None:
        """Why the task failed, as far as it is known: the last error in its log."""
        return self._log.last_error

    def metric(
        self, kind: str, name: str, value: float, tags: Mapping[str, str] | None = None
    ) -> None:
        """Publish a metric."""
        self._log.metric(kind, name, value, tags)

    def address(self, host: str, port: int) -> tuple[str, int]:
        """Return where a server is reached that the flow calls ``host:port``."""
        return self._addresses.find(host, port)

    def progress(self, label: str, done: int, total: int | None = None, unit: str = "") -> None:
        """Say how far the task is; of what comes within 50 ms only the last is sent."""
        self._log.progress(label, done, total, unit)

    def mask(self, secret: str) -> None:
        """Keep a text out of all log entries from now on."""
        self._log.mask(secret)

    def keep_outputs(self, values: Mapping[str, Any]) -> None:
        """Say what the outputs are so far; the last call counts."""
        self.kept_outputs = dict(values)

    def encrypt(self, text: str) -> str:
        """Return a text encrypted with the server's key."""
        if self._encrypt is None:
            raise IllegalArgumentError(
                "This worker has no key to encrypt with",
                hint="give it the server's kestra.encryption.secret-key",
            )
        return self._encrypt(text)

    async def ask_server(self, name: str, values: Mapping[str, Any]) -> Any:
        """Ask a server by name of the question. Raises TiercelError when it refuses."""
        if self._ask is None:
            raise ServerUnavailableError("No server can be asked from here")
        return await self._ask(name, values)

    async def learn_errors(self) -> None:
        """Let expressions read what the execution has logged as errors so far."""
        values = {"executionId": self.info.execution_id}
        entries = await self.ask_server("errorLogs", values)
        self._services = with_error_logs(self._services, entries)

    async def toggle_trigger(
        self, namespace: str, flow_id: str, trigger_id: str, *, enabled: bool
    ) -> None:
        """Let a trigger fire, or not. Raises NotFoundError when there is none."""
        if self._toggle is None:
            raise ServerUnavailableError("No scheduler can be asked from here")
        from tiercel.bus import TriggerToggle

        await self._toggle(TriggerToggle(namespace, flow_id, trigger_id, enabled))

    # Folders

    @property
    def working_dir(self) -> Path:
        """A private folder, taken on first use, unless it is shared."""
        if self._folder is None:
            self._folder = self._folders.take(self.info.execution_id)
        return self._folder

    @property
    def cache_dir(self) -> Path:
        """A folder shared by all attempts on this worker."""
        if not self._cache_dir.is_dir():
            self._cache_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._cache_dir

    def plugin_settings(self, type_name: str) -> Mapping[str, Any]:
        """Return what the server's configuration says to a plugin type."""
        return self._plugin_settings.get(type_name, {})

    async def remove_working_dir(self) -> None:
        """Delete the working directory, if there is one; what can't be deleted stays."""
        if self._folder is not None and not self._is_shared:
            await self._folders.give_back(self.info.execution_id, self._folder)

    # Files

    async def store_file(self, path: Path, name: str | None = None) -> str:
        """Move a file into internal storage under this task run; return its URI.

        A name that this attempt has used before gets a prefix, so nothing is overwritten. In a
        folder that belongs to others too the file stays where it is: a copy is moved.
        """
        job = self.info
        uri = task_run_folder(
            job.namespace, job.flow_id, job.execution_id, job.task_id, job.task_run_id
        )
        name = name or path.name
        if name in self._stored_names:
            folder, slash, base = name.rpartition("/")
            name = f"{folder}{slash}{new_id()}-{base}"
        self._stored_names.add(name)
        for part in name.split("/"):
            uri = file_in(uri, part)
        if not self._is_shared:
            return await self._storage.put_file(uri, path)
        copy = self._folders.root / f"{new_id()}.copy"
        try:
            await asyncio.to_thread(shutil.copyfile, path, copy, follow_symlinks=False)
            return await self._storage.put_file(uri, copy)
        except OSError as error:
            raise StorageError(f"'{path.name}' can't be stored: {error.strerror}") from error
        finally:
            copy.unlink(missing_ok=True)

    async def fetch_file(self, uri: str, destination: Path) -> None:
        """Copy a stored file to ``destination``. Raises StorageError when there is none."""
        await self._storage.copy_to(uri, destination)

    async def local_file(self, uri: str) -> Path:
        """Return a path where the stored file can be read, and only read."""
        return await self._storage.local_path(uri)

    def read_file(self, uri: str) -> AsyncIterator[bytes]:
        """Yield the stored file in chunks of up to 256 KiB."""
        return self._storage.open(uri)

    async def file_size(self, uri: str) -> int:
        """Return the size in bytes. Raises StorageError when there is none."""
        return await self._storage.size(uri)

    async def list_files(self, folder: str) -> list[str]:
        """Return the URIs of all files in a stored folder, at any depth."""
        return [file.uri for file in await self._storage.list(folder)]

    async def delete_file(self, uri: str) -> bool:
        """Delete a stored file; False when there was none."""
        return await self._storage.delete(uri)

    @property
    def namespace_files(self) -> StoredNamespaceFiles:
        """Files of namespaces."""
        return StoredNamespaceFiles(self._storage)

    @property
    def key_values(self) -> TaskKeyValues:
        """Key-value entries of namespaces."""
        return TaskKeyValues(self._storage)

    # Notes

    @property
    def _note_uri(self) -> str:
        info = self.info
        folder = task_run_folder(
            info.namespace, info.flow_id, info.execution_id, info.task_id, info.task_run_id
        )
        return file_in(folder, f"note-{self._attempt_id}.json")

    async def write_note(self, note: Mapping[str, Any]) -> None:
        """Keep a note in internal storage, beside the files of the task run."""
        self._has_note = True
        await self._storage.put(self._note_uri, msgspec.json.encode(note))

    async def read_note(self) -> Mapping[str, Any] | None:
        """Return the note that a lost try of this attempt left."""
        if not await self._storage.exists(self._note_uri):
            return None
        self._has_note = True
        content = b"".join([chunk async for chunk in self._storage.open(self._note_uri)])
        note: Mapping[str, Any] = msgspec.json.decode(content)
        return note

    async def remove_note(self) -> None:
        """Delete the note once the attempt's end is reported."""
        if self._has_note:
            await self._storage.delete(self._note_uri)

    async def delete_execution_files(self) -> list[str]:
        """Delete all files of the current execution; return their URIs."""
        info = self.info
        folder = execution_folder(info.namespace, info.flow_id, info.execution_id)
        return list(await self._storage.delete_prefix(folder))
