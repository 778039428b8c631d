"""What all script tasks have in common: files in, commands, files and outputs out."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shlex
from abc import abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, PrivateAttr, ValidationInfo, field_validator, model_validator

from tiercel.model.state import StateType
from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import StoredFile, outputs
from tiercel.plugin.properties import Text, TextList, as_text
from tiercel.plugin.runner import (
    BUILDER,
    Builder,
    Command,
    RunnerProperty,
    RunResult,
    TaskRunner,
)
from tiercel.plugin.task import AsWritten, Output, Plugin, RunnableTask, TaskFailedError
from tiercel.plugins.scripts.container_packages import packages_beside
from tiercel.plugins.scripts.failing import Numbered, numbered
from tiercel.plugins.scripts.files import (
    replace_uris,
    store_folder,
    store_output_files,
    write_input_files,
)
from tiercel.plugins.scripts.globs import is_literal
from tiercel.plugins.scripts.language import Language
from tiercel.plugins.scripts.namespace_files import NamespaceFilesWish
from tiercel.plugins.scripts.protocol import OutputReader
from tiercel.plugins.scripts.python_setup import Wishes, python_for
from tiercel.plugins.scripts.runner_choice import chosen_runner

_ARGUMENT_LIMIT_BYTES = 120 * 1024
_SHOWN_CHARACTERS = 200

Lines = Annotated[list[Text] | str, AsWritten()]
"""Commands: a list, or one template that renders to a JSON list."""

OptionalLines = Annotated[list[Text] | str | None, AsWritten()]
"""Commands that may be missing."""

Files = Annotated[dict[str, Any] | str | None, AsWritten()]
"""A map, or one template that renders to a JSON map."""

Variables = Annotated[dict[str, Text | None] | str | None, AsWritten()]
"""A map to texts as they were written (``3.10`` stays), or one template that renders to a map."""


class ScriptPlugin(Plugin):
    """What runs commands or a script: the properties, and what languages and tasks do otherwise.

    Class attributes:
        language: What differs between languages.
    """

    language: ClassVar[Language]

    before_commands: OptionalLines = Field(
        default=None,
        alias="beforeCommands",
        description=(
            "Commands that run before all others, in the same shell: for instance to install "
            "packages. A list, or a template of a JSON list."
        ),
    )
    interpreter: TextList | None = Field(
        default=None,
        min_length=1,
        description=(
            "Program, with its arguments, that gets all commands as one text. Most languages "
            "use `/bin/sh -c` when it is left out."
        ),
    )
    fail_fast: bool = Field(
        default=True,
        alias="failFast",
        description=(
            "`true` stops at the first command that fails; with `false` only the exit code of "
            "the last one counts."
        ),
    )
    env: Variables = Field(
        default=None,
        description="Environment variables of the commands: a map, or a template of a JSON map.",
    )
    input_files: Files = Field(
        default=None,
        alias="inputFiles",
        description=(
            "Files that are written into the working directory before the commands run, by "
            "name. Each is the text itself or the URI of a stored file."
        ),
    )
    output_files: TextList | None = Field(
        default=None,
        alias="outputFiles",
        description=(
            "Files of the working directory that are stored at the end, as names or globs "
            "such as `*.csv`; `outputs.TASK.outputFiles` has their URIs by name. A name "
            "without a file fails the task."
        ),
    )
    namespace_files: NamespaceFilesWish | None = Field(
        default=None,
        alias="namespaceFiles",
        description="Copies files of the namespace into the working directory first.",
    )
    task_runner: RunnerProperty = Field(
        default=None,
        validate_default=True,
        alias="taskRunner",
        description=(
            "Where the commands run, a map with its `type`: as a process of the worker, in a "
            "Docker container, in a pod. When it is left out they run in Docker if "
            "`containerImage` is given and an engine answers, else as a process."
        ),
    )
    container_image: Text | None = Field(
        default=None,
        alias="containerImage",
        description=(
            "Image that the commands run in, where the task runner has containers. The "
            "language's usual image when it is left out."
        ),
    )
    target_os: Text = Field(
        default="AUTO",
        alias="targetOS",
        description=(
            "Operating system of the commands. Accepted without effect: they run on Linux."
        ),
    )
    warning_on_std_err: bool = Field(
        default=True,
        alias="warningOnStdErr",
        description=(
            "Accepted without effect: output on stderr is logged and does not change how the "
            "task ends."
        ),
    )
    output_directory: bool = Field(
        default=False,
        alias="outputDirectory",
        description=(
            "`true` makes a folder, whose path is `{{ outputDir }}` and `$OUTPUT_DIR`; all "
            "files in it are stored as output files at the end."
        ),
    )
    runner: Text | None = Field(
        default=None, description="Older form of `taskRunner`: `PROCESS` or `DOCKER`."
    )
    docker: dict[str, Any] | None = Field(
        default=None,
        description=(
            "Older form of `taskRunner`: properties of a Docker task runner, which is then used."
        ),
    )

    _builder: Builder | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _keep_builder(self, info: ValidationInfo) -> Self:
        self._builder = (info.context or {}).get(BUILDER)
        return self

    def build_runner(self, type_name: str, properties: Mapping[str, Any]) -> TaskRunner:
        """Return a task runner that the flow does not name itself."""
        built = self._builder.build(type_name, properties) if self._builder else None
        if not isinstance(built, TaskRunner):
            raise TaskFailedError(f"{type_name} is no task runner")
        return built

    def wishes_of(self, before: Sequence[str], text: str, env: Mapping[str, str]) -> Wishes:
        """Return what the commands need of Python; all arguments are rendered."""
        return Wishes(
            before=before,
            text=text,
            env=env,
            uses_python=self.language.uses_python,
            stops_at_failure=self.fail_fast,
        )

    def output_reader(self, context: TaskContext) -> OutputReader:
        """Return what reads the output of the commands."""
        return OutputReader(context)

    async def before_run(self, context: TaskContext, folder: Path) -> None:
        """Add what the task itself puts into the working directory, after all other files."""

    def program(self) -> list[str]:
        """Return the interpreter and its arguments, to which the commands are added."""
        return self.interpreter or list(self.language.interpreter)

    def output_patterns(self) -> list[str]:
        """Return the globs of files that are stored at the end."""
        return self.output_files or []

    def more_variables(self, folder: Path) -> dict[str, Any]:
        """Return variables of templates besides those that all script tasks have."""
        return {}

    def more_outputs(self, reader: OutputReader, files: Mapping[str, str]) -> dict[str, Any]:
        """Return outputs besides those that all script tasks have."""
        return {}

    def final_state(self, reader: OutputReader) -> StateType:
        """Return the state of a run that has not failed."""
        return StateType.SUCCESS

    async def more_files(self, context: TaskContext, folder: Path) -> dict[str, str]:
        """Return URIs of files that are stored at the end without being asked for, by name."""
        return {}

    @abstractmethod
    async def main_commands(self, run: ScriptRun) -> list[str]:
        """Return the commands themselves, rendered, without what goes before them."""

    @abstractmethod
    def main_text(self) -> str:
        """Return the commands or the script as written."""


class ScriptTask(ScriptPlugin, RunnableTask):
    """Base of all ``Commands`` and ``Script`` tasks.

    Outputs: ``vars`` (what the script reported), ``exitCode``, ``outputFiles`` (URIs by path), and
    ``taskRunner`` when the runner has details of its own. They are kept when the command fails.
    """

    output_types = outputs(
        vars=dict[str, Any],
        exitCode=int,
        outputFiles=dict[str, StoredFile],
        taskRunner=dict[str, Any],
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Run the commands; raise TaskFailedError when they exit with another code than 0."""
        return await ScriptRun(self, context).to_the_end()


class CommandsPlugin(ScriptPlugin):
    """What runs shell commands, in order."""

    commands: Lines = Field(
        description=(
            "Shell commands that run one after another in one shell: a list, or a template of "
            "a JSON list. URIs of stored files in them become paths of local copies."
        )
    )

    @field_validator("commands")
    @classmethod
    def _not_empty(cls, commands: list[str] | str) -> list[str] | str:
        if not commands:
            raise ValueError("must not be empty")
        if isinstance(commands, str) and "{{" not in commands:
            raise ValueError("must be a list, one command per item")
        return commands

    async def main_commands(self, run: ScriptRun) -> list[str]:
        """Return the rendered commands with stored files fetched."""
        return await run.lines("commands", self.commands)

    def main_text(self) -> str:
        """Return the commands as written."""
        return self.commands if isinstance(self.commands, str) else "\n".join(self.commands)


class CommandsTask(CommandsPlugin, ScriptTask):
    """Base of the ``Commands`` tasks."""


class SingleScriptPlugin(ScriptPlugin):
    """What runs one text, saved to a file, by the language's program."""

    script: Annotated[Text, AsWritten()] = Field(
        description=(
            "Text of the script, which is saved as a file and run. URIs of stored files in it "
            "become paths of local copies."
        )
    )

    @field_validator("script")
    @classmethod
    def _not_empty(cls, script: str) -> str:
        if not script:
            raise ValueError("must not be empty")
        return script

    async def main_commands(self, run: ScriptRun) -> list[str]:
        """Save the rendered script and return the command that runs it."""
        script = await run.text(self.script)
        if not self.language.command:
            return [script]
        path = run.save(script, self.language.extension)
        return [self.language.command.format(file=shlex.quote(str(path)))]

    def main_text(self) -> str:
        """Return the script as written."""
        return self.script


class SingleScriptTask(SingleScriptPlugin, ScriptTask):
    """Base of the ``Script`` tasks."""


class ScriptRun:
    """One run of commands or a script."""

    def __init__(self, task: ScriptPlugin, context: TaskContext) -> None:
        self._task = task
        self._context = context
        self._folder = context.working_dir
        self._own_files: list[Path] = []
        self._steps: Numbered | None = None
        self._only = ""
        self._output_folder = self._make_output_folder()
        self._extra = self._variables()

    async def to_the_end(self) -> Output:
        """Run and collect; see :meth:`ScriptTask.run`."""
        task, context = self._task, self._context
        if task.namespace_files is not None:
            await task.namespace_files.fetch(context, self._folder)
        inputs = self.map("inputFiles", task.input_files)
        await write_input_files(context, self._folder, inputs)
        await task.before_run(context, self._folder)
        env = {name: _env_text(value) for name, value in self.map("env", task.env).items()}
        before = await self.lines("beforeCommands", task.before_commands)
        main = await task.main_commands(self)
        text = "\n".join([task.main_text(), *main, *map(str, inputs.values())])
        reader = task.output_reader(context)
        runner = await chosen_runner(task, context)
        context.log(LogLevel.DEBUG, f"Using task runner '{runner.type_name}'")
        image = task.container_image or task.language.image
        wishes = task.wishes_of(before, text, env)
        async with self._python(runner, image, wishes) as python:
            commands = [*before, *main]
            await self._number(commands)
            command = Command(
                argv=self._argv(commands if self._steps is None else self._steps.lines),
                directory=self._folder,
                env=self._environment(env, python, has_container=runner.has_containers),
                image=image,
                written=() if self._steps is None else [*task.program(), self._text(commands)],
            )
            try:
                result = await runner.run(command, context, reader)
            except asyncio.CancelledError:
                # Stopped or out of time: what was made until then is not lost.
                files = await self._store_files()
                context.keep_outputs({"vars": reader.variables, "outputFiles": files})
                raise
        return await self._output(result, reader)

    async def _output(self, result: RunResult, reader: OutputReader) -> Output:
        if not result.exit_code:
            self._context.log(LogLevel.DEBUG, "Command succeed with exit code 0")
        values: dict[str, Any] = {
            "vars": reader.variables,
            "exitCode": result.exit_code,
            "outputFiles": await self._store_files(),
            "taskRunner": dict(result.details) or None,
        }
        values |= self._task.more_outputs(reader, values["outputFiles"])
        failure = self._failure(result.exit_code, reader, values["outputFiles"])
        if failure:
            outputs = {name: value for name, value in values.items() if value is not None}
            raise TaskFailedError(failure, outputs=outputs)
        return Output(values=values, state=self._task.final_state(reader))

    def _failure(self, exit_code: int, reader: OutputReader, stored: Mapping[str, str]) -> str:
        """Return why the run failed, in one sentence with the cause; empty when it did not."""
        if exit_code:
            cause = f": {reader.last_error}" if reader.last_error else ""
            return f"Command failed with exit code {exit_code}{cause}{self._named_command()}"
        missing = [
            name
            for name in self._task.output_patterns()
            if is_literal(name) and name.removeprefix("./").lstrip("/") not in stored
        ]
        if missing:
            names = ", ".join(f"'{name}'" for name in missing)
            return f"The commands ended well but made no file {names}, which outputFiles names"
        return ""

    def _named_command(self) -> str:
        """Return which command it was: the only one, or the one that was the last to run."""
        command = self._only.strip() if self._steps is None else self._steps.last().strip()
        first = command.partition("\n")[0][:_SHOWN_CHARACTERS]
        return f" (in `{first}{'…' if first != command else ''}`)" if first else ""

    async def _number(self, commands: list[str]) -> None:
        """Let the one that is the last to run be known afterwards, where the usual shell runs."""
        if len(commands) == 1 and "\n" not in commands[0].strip():
            self._only = commands[0]
        if self._task.program() == ["/bin/sh", "-c"]:
            self._steps = await numbered(commands, self._folder)
        if self._steps is not None:
            self._own_files.append(self._steps.report)

    def map(self, name: str, written: Any) -> dict[str, Any]:
        """Render a property that is a map or one text of a JSON map.

        Raises:
            TaskFailedError: It renders to something else.
        """
        rendered = self._context.render_value(written, self._extra) if written else {}
        if isinstance(rendered, str):
            rendered = _json(name, rendered, dict)
        return {str(key): value for key, value in rendered.items()}

    async def lines(self, name: str, written: Any) -> list[str]:
        """Render commands and fetch the stored files that they mention.

        Raises:
            TaskFailedError: The property is no list, or a file is missing.
        """
        if not written:
            return []
        rendered = self._context.render_value(written, self._extra)
        if isinstance(rendered, str):
            rendered = _json(name, rendered, list)
        return [
            await replace_uris(self._context, self._folder, str(as_text(line))) for line in rendered
        ]

    async def text(self, written: str) -> str:
        """Render one text and fetch the stored files that it mentions."""
        rendered = self._context.render(written, self._extra)
        return await replace_uris(self._context, self._folder, rendered)

    def save(self, text: str, extension: str) -> Path:
        """Save a text in the working directory under a name that no file of the flow has."""
        path = self._folder / f"{secrets.randbits(63)}{extension}"
        path.write_text(text, encoding="utf-8", newline="")
        self._own_files.append(path)
        return path

    def _argv(self, commands: Sequence[str]) -> list[str]:
        text, interpreter = self._text(commands), self._task.program()
        if self._task.interpreter is None and len(text.encode()) > _ARGUMENT_LIMIT_BYTES:
            # The system refuses longer arguments; the shell reads them from a file.
            return [interpreter[0], str(self.save(text, ".sh"))]
        return [*interpreter, text]

    def _text(self, commands: Sequence[str]) -> str:
        start = [self._task.language.fail_fast] if self._task.fail_fast else []
        return "\n".join([*start, *commands])

    @asynccontextmanager
    async def _python(
        self, runner: TaskRunner, image: str, wishes: Wishes
    ) -> AsyncIterator[Mapping[str, str]]:
        """Yield the variables that lead the commands to their Python and its packages."""
        if runner.has_containers:
            yield await packages_beside(self._context, self._folder, image, wishes)
            return
        async with python_for(self._context, wishes) as variables:
            yield variables

    def _environment(
        self, env: Mapping[str, str], python: Mapping[str, str], *, has_container: bool
    ) -> dict[str, str]:
        """Return all variables: the machine's basic ones, the trace's, the language's, the flow's,
        ours.

        A container has basic ones of its own.
        """
        ours = {"WORKING_DIR": str(self._folder)}
        if self._output_folder is not None:
            ours["OUTPUT_DIR"] = str(self._output_folder)
        machine = {
            "HOME": os.environ.get("HOME", str(self._folder)),
            "LANG": os.environ.get("LANG", "C.UTF-8"),
        }
        parent = self._context.info.trace_parent
        return {
            **({} if has_container else machine),
            **({} if parent is None else {"TRACEPARENT": parent}),
            **self._task.language.env,
            **env,
            **python,
            **ours,
        }

    def _make_output_folder(self) -> Path | None:
        task = self._task
        if not task.output_directory and task.runner is None:
            return None
        folder = self._folder / secrets.token_hex(8)
        folder.mkdir()
        return folder

    def _variables(self) -> dict[str, Any]:
        names = [name for name in self._task.output_patterns() if is_literal(name)]
        variables: dict[str, Any] = {
            "workingDir": str(self._folder),
            "outputFiles": {name: f"{self._folder}/{name}" for name in names},
        }
        if self._output_folder is not None:
            variables["outputDir"] = str(self._output_folder)
        return {**variables, **self._task.more_variables(self._folder)}

    async def _store_files(self) -> dict[str, str]:
        stored = await self._task.more_files(self._context, self._folder)
        if self._output_folder is not None:
            stored |= await store_folder(self._context, self._output_folder)
        patterns = self._task.output_patterns()
        return stored | await store_output_files(
            self._context, self._folder, patterns, skip=self._own_files
        )


def _env_text(value: Any) -> str:
    return "" if value is None else str(as_text(value))


def _json(name: str, text: str, kind: type[Any]) -> Any:
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        value = None
    if not isinstance(value, kind):
        what = "list" if kind is list else "map"
        raise TaskFailedError(f"`{name}` must be a {what} or render to JSON of one")
    return value
