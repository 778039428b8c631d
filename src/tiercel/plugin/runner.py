"""The door for task runners: where the commands of script tasks run."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Protocol

from pydantic import BeforeValidator, Field, ValidationInfo

from tiercel.plugin.context import TaskContext
from tiercel.plugin.task import Plugin


@dataclass(frozen=True, slots=True)
class Command:
    """One process to run.

    Attributes:
        argv: Program and arguments, interpreter included.
        env: The whole environment of the process, nothing is inherited.
        directory: Working directory, holding the input files.
        image: Container image; ignored by runners without containers.
        uses_entry_point: ``argv`` are arguments of the image's own entry point; without any, the
            image's own command runs.
        written: What the log shows instead of ``argv``, where more was put into that than the flow
            says.
    """

    argv: Sequence[str]
    directory: Path
    env: Mapping[str, str] = field(default_factory=dict)
    image: str | None = None
    uses_entry_point: bool = False
    written: Sequence[str] = ()

    @property
    def shown(self) -> str:
        """The command as the log shows it."""
        return " ".join(self.written or self.argv)


@dataclass(frozen=True, slots=True)
class RunResult:
    """How it ended: exit code (128 + signal when killed by one) and the runner's own details."""

    exit_code: int
    details: Mapping[str, object] = field(default_factory=dict)


class LineSink(Protocol):
    """Takes the output of a process, line by line as it comes, without line ends."""

    def __call__(self, line: str, *, is_stderr: bool) -> None: ...


class TaskRunner(Plugin):
    """Base of task runner types.

    Class attributes:
        has_containers: Commands run in an image, away from this machine's programs.
    """

    has_containers: ClassVar[bool] = False

    async def is_available(self, context: TaskContext) -> bool:
        """Tell whether the runner can run anything here and now."""
        return True

    @abstractmethod
    async def run(self, command: Command, context: TaskContext, sink: LineSink) -> RunResult:
        """Run to the end, sending every line to ``sink``.

        On cancellation the whole process group is stopped (SIGTERM, then SIGKILL after a grace)
        before the coroutine ends. Raises TaskFailedError when the program can't be started.
        """


class Builder(Protocol):
    """What turns a type name and rendered properties into a plugin: the registry."""

    def build(self, type_name: str, properties: Mapping[str, Any], /) -> Plugin:
        """Return the built plugin. Raises TiercelError when a property is refused."""


BUILDER = "builder"
"""Key of the :class:`Builder` in pydantic's validation context while a plugin is built."""

DEFAULT_RUNNER = "io.kestra.plugin.core.runner.Process"


def _build_runner(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, TaskRunner):
        return value
    written = {"type": DEFAULT_RUNNER} if value is None else value
    if not isinstance(written, Mapping) or not isinstance(written.get("type"), str):
        raise ValueError("a task runner is a map with a `type`")
    builder = (info.context or {}).get(BUILDER)
    if builder is None:
        raise ValueError("task runners can only be built through the registry")
    return builder.build(written["type"], {k: v for k, v in written.items() if k != "type"})


RunnerProperty = Annotated[
    TaskRunner, BeforeValidator(_build_runner), Field(default=None, validate_default=True)
]
"""A task runner, built from its map by the registry; the default is to run as a process."""
