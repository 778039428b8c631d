"""The door for task runners: where the commands of script tasks run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

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
    """

    argv: Sequence[str]
    directory: Path
    env: Mapping[str, str] = field(default_factory=dict)
    image: str | None = None


@dataclass(frozen=True, slots=True)
class RunResult:
    """How the process ended: exit code (128 + signal when killed by one) and the runner's own details."""

    exit_code: int
    details: Mapping[str, object] = field(default_factory=dict)


class LineSink(Protocol):
    """Takes the output of a process, line by line as it comes, without line ends."""

    def __call__(self, line: str, *, is_stderr: bool) -> None: ...


class TaskRunner(Plugin):
    """Base of task runner types."""

    async def run(self, command: Command, context: TaskContext, sink: LineSink) -> RunResult:
        """Run to the end, sending every line to ``sink``.

        On cancellation the whole process group is stopped (SIGTERM, then SIGKILL after a grace) before the
        coroutine ends. Raises TaskFailedError when the program can't be started.
        """
        raise NotImplementedError
