"""Contexts to run plugins in, without a server: real folders, real storage, real templates.

``FakeTaskContext(tmp_path)`` serves inline and worker tasks alike and remembers what they said.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tiercel.expressions import LocalServices, render, render_typed, render_value
from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskInfo
from tiercel.services.namespace_files import StoredNamespaceFiles
from tiercel.services.task_keys import TaskKeyValues
from tiercel.storage import LocalStorage

INFO = TaskInfo(
    execution_id="6SUR3sTAuhtjqJ9lNkNWgU",
    task_run_id="3YuxSWNbYtRsAeKKEN7jlD",
    task_id="task",
    namespace="company.team",
    flow_id="flow",
    flow_revision=1,
    attempt_number=0,
    type="",
)
EXECUTION_FILES = "kestra:///company/team/flow/executions/6SUR3sTAuhtjqJ9lNkNWgU"


@dataclass(frozen=True)
class Metric:
    """One metric a task published."""

    kind: str
    name: str
    value: float
    tags: Mapping[str, str] | None = None


class FakeTaskContext:
    """A task's context over a temporary folder.

    Attributes:
        server_answers: What a server answers to questions, by their name.
        logs: (level, message) in order.
        metrics, progress_calls, masked: What the task published.
        note: What was noted last; ``left_note`` is what a lost try left, None by default.
        is_killed: Set it to make the task stop.
    """

    def __init__(self, folder: Path, variables: Mapping[str, Any] | None = None) -> None:
        self.info = INFO
        self.variables: Mapping[str, Any] = variables or {}
        self.storage = LocalStorage(folder / "storage")
        self.namespace_files = StoredNamespaceFiles(self.storage)
        self.key_values = TaskKeyValues(self.storage)
        self.cache_dir = folder / "cache"
        self.logs: list[tuple[LogLevel, str]] = []
        self.metrics: list[Metric] = []
        self.progress_calls: list[tuple[str, int, int | None, str]] = []
        self.masked: list[str] = []
        self.is_killed = False
        self.settings: dict[str, dict[str, Any]] = {}
        self.kept_outputs: dict[str, Any] = {}
        self.note: Mapping[str, Any] | None = None
        self.left_note: Mapping[str, Any] | None = None
        self.server_answers: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "namespaceExists": lambda _: True
        }
        self._working_dir = folder / "work"
        self._services = LocalServices()

    @property
    def working_dir(self) -> Path:
        """The attempt's folder, made on first use."""
        self._working_dir.mkdir(parents=True, exist_ok=True)
        return self._working_dir

    def render(self, template: str, extra: Mapping[str, Any] | None = None) -> str:
        """Render one text."""
        return render(template, {**self.variables, **(extra or {})}, self._services)

    def render_typed(self, template: str) -> Any:
        """Return the value of a text that is one expression, with its type; else its text."""
        return render_typed(template, self.variables, self._services)

    def render_value(self, value: Any, extra: Mapping[str, Any] | None = None) -> Any:
        """Render lists and maps recursively."""
        return render_value(value, {**self.variables, **(extra or {})}, self._services)

    def address(self, host: str, port: int) -> tuple[str, int]:
        """Nothing is known under another name, but Docker's word for this machine."""
        return ("127.0.0.1" if host == "host.docker.internal" else host), port

    def plugin_settings(self, type_name: str) -> Mapping[str, Any]:
        """Return the settings that the test gave to a type."""
        return self.settings.get(type_name, {})

    def log(self, level: LogLevel, message: str) -> None:
        """Remember the entry."""
        self.logs.append((level, message))

    def messages(self, level: LogLevel) -> list[str]:
        """Return the messages logged at one level, in order."""
        return [message for logged, message in self.logs if logged is level]

    def metric(
        self, kind: str, name: str, value: float, tags: Mapping[str, str] | None = None
    ) -> None:
        """Remember the metric."""
        self.metrics.append(Metric(kind, name, value, tags))

    def progress(self, label: str, done: int, total: int | None = None, unit: str = "") -> None:
        """Remember the call."""
        self.progress_calls.append((label, done, total, unit))

    def mask(self, secret: str) -> None:
        """Remember the secret."""
        self.masked.append(secret)

    def keep_outputs(self, values: Mapping[str, Any]) -> None:
        """Remember the outputs so far."""
        self.kept_outputs = dict(values)

    async def store_file(self, path: Path, name: str | None = None) -> str:
        """Move a file into storage under the task run."""
        folder = f"{EXECUTION_FILES}/tasks/{self.info.task_id}/{self.info.task_run_id}"
        return await self.storage.put_file(f"{folder}/{name or path.name}", path)

    async def store_text(self, name: str, text: str) -> str:
        """Store a file of the execution for the test itself; return its URI."""
        return await self.storage.put(f"{EXECUTION_FILES}/inputs/{name}", text.encode())

    async def stored_text(self, uri: str) -> str:
        """Return a stored file's content."""
        return b"".join([chunk async for chunk in self.read_file(uri)]).decode()

    async def fetch_file(self, uri: str, destination: Path) -> None:
        """Copy a stored file."""
        await self.storage.copy_to(uri, destination)

    async def local_file(self, uri: str) -> Path:
        """Return where a stored file can be read."""
        return await self.storage.local_path(uri)

    def read_file(self, uri: str) -> AsyncIterator[bytes]:
        """Yield a stored file in chunks."""
        return self.storage.open(uri)

    async def file_size(self, uri: str) -> int:
        """Return a stored file's size in bytes."""
        return await self.storage.size(uri)

    async def list_files(self, folder: str) -> list[str]:
        """Return the URIs of stored files."""
        return [file.uri for file in await self.storage.list(folder)]

    async def delete_file(self, uri: str) -> bool:
        """Delete a stored file."""
        return await self.storage.delete(uri)

    async def write_note(self, note: Mapping[str, Any]) -> None:
        """Remember the note."""
        self.note = dict(note)

    async def read_note(self) -> Mapping[str, Any] | None:
        """Return what a test says that a lost try left."""
        return self.left_note

    async def ask_server(self, name: str, values: Mapping[str, Any]) -> Any:
        """Answer as the test says; every namespace is known."""
        return self.server_answers[name](values)

    def encrypt(self, text: str) -> str:
        """Return a text that is not the clear one."""
        return text[::-1]

    async def delete_execution_files(self) -> list[str]:
        """Delete all files of the execution."""
        return list(await self.storage.delete_prefix(EXECUTION_FILES))
