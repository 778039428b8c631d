"""What a task may ask of Tiercel while it runs.

Services implement these Protocols; plugins see nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tiercel.model.task import LogLevel
from tiercel.plugin.namespaces import KeyValues, NamespaceFiles


@dataclass(frozen=True, slots=True)
class TaskInfo:
    """Who is running: ids for messages, file names and environment variables.

    Attributes:
        trace_parent: The ``traceparent`` of the task run, for what it calls.
    """

    execution_id: str
    task_run_id: str
    task_id: str
    namespace: str
    flow_id: str
    flow_revision: int
    attempt_number: int
    type: str
    trace_parent: str | None = None


class Rendering(Protocol):
    """Templates of a task, rendered in its run context."""

    @property
    def variables(self) -> Mapping[str, Any]:
        """The run context: ``inputs``, ``outputs``, ``flow``, ``execution``, ``taskrun`` …"""

    def render(self, template: str, extra: Mapping[str, Any] | None = None) -> str:
        """Render one text; ``extra`` adds variables. Raises ExpressionError."""

    def render_typed(self, template: str) -> Any:
        """Return the value of a text that is one expression, with its type; else its text."""

    def render_value(self, value: Any, extra: Mapping[str, Any] | None = None) -> Any:
        """Render lists and maps (keys too) recursively; other values come back as they are."""


class TaskLog(Protocol):
    """Where a task tells what it does."""

    def log(self, level: LogLevel, message: str) -> None:
        """Add one entry to the task's log; secrets are masked, long messages split."""


class InlineContext(Rendering, TaskLog, Protocol):
    """Context of a task that runs inside the executor's step: it must not wait for anything."""

    @property
    def info(self) -> TaskInfo:
        """Ids of the running task."""

    def metric(self, kind: str, name: str, value: float, tags: Mapping[str, str] | None) -> None:
        """Publish a metric. ``kind`` is counter, timer (``value`` in milliseconds) or gauge."""


class TaskContext(InlineContext, Protocol):
    """Context of a task that runs on a worker, for one attempt."""

    @property
    def working_dir(self) -> Path:
        """A private empty folder, made on first use and deleted after the attempt."""

    @property
    def cache_dir(self) -> Path:
        """A folder shared by all attempts on this worker, for content-addressed caches only."""

    def plugin_settings(self, type_name: str) -> Mapping[str, Any]:
        """Return what the server's configuration says to a plugin type, by name; often nothing.

        These are for whoever runs the server: flows can't set them.
        """

    @property
    def is_killed(self) -> bool:
        """Whether the attempt must stop: killed, timed out, or its worker is shutting down."""

    def address(self, host: str, port: int) -> tuple[str, int]:
        """Return where a server is reached that the flow calls ``host:port``.

        ``host.docker.internal``, which flows written for containers use, is the loopback address.
        May ask the name service, so call it from a thread.
        """

    def progress(self, label: str, done: int, total: int | None = None, unit: str = "") -> None:
        """Say how far the task is, for live views; cheap to call, dropped when nobody looks."""

    def mask(self, secret: str) -> None:
        """Replace ``secret`` by asterisks in all log entries from now on."""

    def keep_outputs(self, values: Mapping[str, Any]) -> None:
        """Say what the outputs are so far: they stay when the attempt is stopped or times out."""

    async def store_file(self, path: Path, name: str | None = None) -> str:
        """Move a file into internal storage under this task run; return its ``kestra://`` URI.

        The local file is gone afterwards. ``name`` defaults to the file's own name.
        """

    async def fetch_file(self, uri: str, destination: Path) -> None:
        """Copy a stored file to ``destination``. Raises StorageError when there is none."""

    async def local_file(self, uri: str) -> Path:
        """Return a path to read the stored file from, without a copy where possible."""

    def read_file(self, uri: str) -> AsyncIterator[bytes]:
        """Yield the stored file in chunks of up to 256 KiB."""

    async def file_size(self, uri: str) -> int:
        """Size in bytes. Raises StorageError when there is none."""

    async def list_files(self, folder: str) -> list[str]:
        """Return the URIs of all files in a stored folder, at any depth."""

    async def delete_file(self, uri: str) -> bool:
        """Delete a stored file; False when there was none."""

    @property
    def namespace_files(self) -> NamespaceFiles:
        """Files of namespaces."""

    @property
    def key_values(self) -> KeyValues:
        """Key-value entries of namespaces."""

    async def write_note(self, note: Mapping[str, Any]) -> None:
        """Keep a small JSON-like note with the attempt, replacing the one before.

        It is for the case that this worker is lost: the next try of the same attempt can tell what
        was done already.
        """

    async def read_note(self) -> Mapping[str, Any] | None:
        """Return the note that a lost try of this same attempt left; None when there is none."""

    def encrypt(self, text: str) -> str:
        """Return a text encrypted as SECRET inputs are, for an output of the engine's own type.

        Raises:
            IllegalArgumentError: This worker has no key.
        """

    async def delete_execution_files(self) -> list[str]:
        """Delete all files of the current execution; return the URIs that were deleted."""

    async def ask_server(self, name: str, values: Mapping[str, Any]) -> Any:
        """Ask a server, which has the database: ``resume``. Raises TiercelError when it refuses."""

    async def toggle_trigger(
        self, namespace: str, flow_id: str, trigger_id: str, *, enabled: bool
    ) -> None:
        """Let a trigger fire, or not. Raises NotFoundError when there is none with a state."""
