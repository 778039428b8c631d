"""Script types of flows from the years before the ``scripts`` plugins: Bash, Python, Node.

Their ``outputFiles`` are names, not globs: each stands for a path of its own to write to, which
templates know as ``outputFiles.NAME``; ``outputDirs`` likewise for folders.
"""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, Field, PrivateAttr

from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text, TextList
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.scripts.base import CommandsTask, Lines, ScriptRun
from tiercel.plugins.scripts.files import safe_path, store_folder
from tiercel.plugins.scripts.language import NODE, PYTHON, SHELL
from tiercel.plugins.scripts.protocol import OutputReader
from tiercel.plugins.scripts.python_setup import Wishes

_LAUNCHER = '#!/bin/sh\nexec {program} "$@"\n'


class LegacyTask(CommandsTask):
    """Base of the old types.

    Outputs: ``vars``, ``exitCode``, ``stdOutLineCount``, ``stdErrLineCount``, ``outputFiles`` and
    its old name ``files``.
    """

    output_types = outputs(
        vars=dict[str, Any],
        exitCode=int,
        outputFiles=dict[str, StoredFile],
        files=dict[str, StoredFile],
        stdOutLineCount=int,
        stdErrLineCount=int,
    )

    is_deprecated = True

    runner: Text | None = Field(
        default="PROCESS", description="Where the commands run: `PROCESS` or `DOCKER`."
    )
    interpreter: TextList | Text | None = Field(
        default=None,
        description="Program that gets all commands as one text; `/bin/sh` when it is left out.",
    )  # type: ignore[assignment]
    interpreter_args: TextList = Field(
        default=["-c"], description="Arguments of the interpreter, before the commands."
    )
    fail_fast: bool = Field(
        default=True,
        validation_alias=AliasChoices("exitOnFailed", "failFast"),
        description=(
            "`true` stops at the first command that fails; with `false` only the exit code of "
            "the last one counts."
        ),
    )
    docker: dict[str, Any] | None = Field(
        default=None,
        validation_alias=AliasChoices("dockerOptions", "docker"),
        description="Properties of the Docker container, which is used when they are given.",
    )
    output_files: TextList | None = Field(
        default=None,
        validation_alias=AliasChoices("outputFiles", "files", "outputsFiles"),
        description=(
            "Names of files to store at the end. The commands write each to the path that `{{ "
            "outputFiles.NAME }}` gives."
        ),
    )
    output_dirs: TextList | None = Field(
        default=None,
        validation_alias=AliasChoices("outputDirs", "outputsDirs"),
        description=(
            "Names of folders whose files are stored at the end. The commands write into the "
            "path that `{{ outputDirs.NAME }}` gives."
        ),
    )

    _place: str = PrivateAttr(default_factory=lambda: secrets.token_hex(8))

    def program(self) -> list[str]:
        """Return the interpreter with its arguments."""
        given = self.interpreter or "/bin/sh"
        return [*([given] if isinstance(given, str) else given), *self.interpreter_args]

    def output_patterns(self) -> list[str]:
        """Return no globs: names are paths here."""
        return []

    def more_variables(self, folder: Path) -> dict[str, Any]:
        """Return the paths of files and folders to write to."""
        files = {name: str(self._path(folder, name)) for name in self.output_files or ()}
        folders = {name: str(self._path(folder, name)) for name in self.output_dirs or ()}
        for path in folders.values():
            Path(path).mkdir(parents=True, exist_ok=True)
        return {
            "outputFiles": files,
            "files": files,
            "temp": {**files, **folders},
            "outputDirs": folders,
        }

    def more_outputs(self, reader: OutputReader, files: Mapping[str, str]) -> dict[str, Any]:
        """Return the number of lines and the old name of the files."""
        return {
            "stdOutLineCount": reader.counts[0],
            "stdErrLineCount": reader.counts[1],
            "files": dict(files),
        }

    async def more_files(self, context: TaskContext, folder: Path) -> dict[str, str]:
        """Store the files and folders that were written."""
        stored = {}
        for name in self.output_files or ():
            path = self._path(folder, name)
            if path.is_file() and not path.is_symlink():
                stored[name] = await context.store_file(path)
        for name in self.output_dirs or ():
            inner = await store_folder(context, self._path(folder, name))
            stored |= {f"{name}/{path}": uri for path, uri in inner.items()}
        return stored

    def _path(self, folder: Path, name: str) -> Path:
        return safe_path(folder, f"{self._place}/{name}")


class Bash(LegacyTask):
    """Run shell commands."""

    type_name = "io.kestra.core.tasks.scripts.Bash"
    title = "Run shell commands (old type: use scripts.shell.Commands)."
    examples = (
        (
            "A file of the working directory becomes an output.",
            "id: bash\ntype: io.kestra.core.tasks.scripts.Bash\noutputFiles:\n  - out\n"
            'commands:\n  - echo 1 > "{{ outputFiles.out }}"',
        ),
    )
    language = SHELL


class Python(LegacyTask):
    """Run ``main.py`` of ``inputFiles`` in an environment with ``requirements``."""

    type_name = "io.kestra.core.tasks.scripts.Python"
    title = "Run Python (old type: use scripts.python.Script)."
    examples = (
        (
            "A script with a package.",
            "id: python\ntype: io.kestra.core.tasks.scripts.Python\n"
            "requirements:\n  - requests\ninputFiles:\n  main.py: |\n    import requests",
        ),
    )
    language = PYTHON

    commands: Lines = Field(
        default=["./bin/python main.py"],
        description=(
            "Commands that run one after another; `./bin/python` is the Python that has the "
            "packages."
        ),
    )
    args: TextList | None = Field(
        default=None, description="Arguments of `main.py`. They are for the usual command only."
    )
    requirements: TextList | None = Field(
        default=None, description="Packages to install before the commands run, as pip names them."
    )
    python_path: Text = Field(
        default="python", description="Name or path of the Python that `./bin/python` runs."
    )
    virtual_env: bool = Field(
        default=True, description="Whether `./bin/python` and `./bin/pip` are made."
    )

    async def main_commands(self, run: ScriptRun) -> list[str]:
        """Return the commands, with the arguments of the usual one."""
        return _with_arguments(await super().main_commands(run), self, self.args)

    def wishes_of(self, before: Sequence[str], text: str, env: Mapping[str, str]) -> Wishes:
        """Return the wishes of the commands with the packages."""
        return replace(super().wishes_of(before, text, env), dependencies=self.requirements or ())

    async def before_run(self, context: TaskContext, folder: Path) -> None:
        """Make ``./bin/python``, which is the environment's one."""
        _require(self, folder, "main.py")
        if self.virtual_env:
            for name, program in (("python", shlex.quote(self.python_path)), ("pip", "pip")):
                path = safe_path(folder, f"bin/{name}")
                path.write_text(_LAUNCHER.format(program=program))
                path.chmod(0o755)


class Node(LegacyTask):
    """Run ``main.js`` of ``inputFiles``, with the packages of its ``package.json``."""

    type_name = "io.kestra.core.tasks.scripts.Node"
    title = "Run JavaScript (old type: use scripts.node.Script)."
    examples = (
        (
            "A script.",
            "id: node\ntype: io.kestra.core.tasks.scripts.Node\n"
            "inputFiles:\n  main.js: |\n    console.log('hello')",
        ),
    )
    language = NODE

    commands: Lines = Field(
        default=["node main.js"],
        description=(
            "Commands that run one after another, after the packages of `package.json` are "
            "installed."
        ),
    )
    args: TextList | None = Field(
        default=None, description="Arguments of `main.js`. They are for the usual command only."
    )
    node_path: Text = Field(default="node", description="Name or path of the Node.js to run.")
    npm_path: Text = Field(
        default="npm", description="Name or path of the npm that installs packages."
    )

    async def main_commands(self, run: ScriptRun) -> list[str]:
        """Return the commands, after the installation of packages."""
        commands = await super().main_commands(run)
        if "commands" not in self.model_fields_set:
            commands = [f"{shlex.quote(self.node_path)} main.js"]
        commands = _with_arguments(commands, self, self.args)
        files = run.map("inputFiles", self.input_files)
        install = f"{shlex.quote(self.npm_path)} install --silent --no-fund --no-audit >/dev/null"
        return [install, *commands] if "package.json" in files else commands

    async def before_run(self, context: TaskContext, folder: Path) -> None:
        """Refuse to run without ``main.js``."""
        _require(self, folder, "main.js")


def _with_arguments(
    commands: list[str], task: LegacyTask, arguments: Sequence[str] | None
) -> list[str]:
    """Return the commands; the last of the usual ones gets the arguments."""
    if "commands" in task.model_fields_set or not arguments:
        return commands
    return [*commands[:-1], " ".join((commands[-1], *map(shlex.quote, arguments)))]


def _require(task: LegacyTask, folder: Path, name: str) -> None:
    """Raise TaskFailedError when the usual commands lack the file that they run."""
    if "commands" not in task.model_fields_set and not (folder / name).is_file():
        raise TaskFailedError(f"`inputFiles` must have a `{name}`, which is what is run")
