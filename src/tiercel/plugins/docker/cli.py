"""Docker containers as tasks: one of an image, or those of a Compose file."""

from __future__ import annotations

import shlex
from typing import Annotated, Any

from pydantic import Field

from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text, TextList
from tiercel.plugin.runner import Command
from tiercel.plugin.task import AsWritten, Output, TaskFailedError
from tiercel.plugins.scripts.base import Files, OptionalLines, ScriptRun, ScriptTask
from tiercel.plugins.scripts.files import store_output_files, write_input_files
from tiercel.plugins.scripts.language import Language
from tiercel.plugins.scripts.namespace_files import NamespaceFilesWish
from tiercel.plugins.scripts.protocol import OutputReader

_RUNNER = "io.kestra.plugin.scripts.runner.docker.Docker"
_PASSED_ON = (
    *("host", "config", "credentials", "user", "entry_point", "extra_hosts", "network_mode"),
    *("port_bindings", "volumes", "pull_policy", "device_requests", "cpu", "memory", "shm_size"),
    *("privileged", "wait"),
)


class Run(ScriptTask):
    """Run a container of an image. Outputs as those of script tasks.

    ``commands`` are the arguments of the image's own entry point; without any its own command runs.
    """

    type_name = "io.kestra.plugin.docker.cli.Run"
    aliases = ("io.kestra.plugin.docker.Run",)
    title = "Run a Docker container."
    examples = (
        (
            "One command in an image.",
            "id: run\ntype: io.kestra.plugin.docker.cli.Run\ncontainerImage: docker/whalesay\n"
            "commands:\n  - cowsay\n  - hello",
        ),
    )
    language = Language("docker", "", "", "")

    container_image: Text | None = Field(alias="containerImage")
    commands: OptionalLines = None
    input_files: Files = Field(default=None, alias="inputFiles")
    namespace_files: NamespaceFilesWish | None = Field(default=None, alias="namespaceFiles")
    host: Text | None = None
    config: dict[str, Any] | Text | None = None
    credentials: dict[str, Any] | None = None
    user: Text | None = None
    entry_point: TextList | None = None
    extra_hosts: TextList | None = None
    network_mode: Text | None = None
    port_bindings: TextList | None = None
    volumes: TextList | None = None
    pull_policy: Text | None = None
    device_requests: list[dict[str, Any]] | None = None
    cpu: dict[str, Any] | None = None
    memory: dict[str, Any] | None = None
    shm_size: Text | None = None
    privileged: bool | None = None
    wait: bool = True

    async def run(self, context: TaskContext) -> Output:
        """Run it to its end; raise TaskFailedError when it exits with another code than 0."""
        folder, run = context.working_dir, ScriptRun(self, context)
        if self.namespace_files is not None:
            await self.namespace_files.fetch(context, folder)
        await write_input_files(context, folder, run.map("inputFiles", self.input_files))
        env = {
            name: "" if value is None else str(value)
            for name, value in run.map("env", self.env).items()
        }
        command = Command(
            argv=await self.main_commands(run),
            directory=folder,
            env=env,
            image=self.container_image,
            uses_entry_point=True,
        )
        runner = self.build_runner(_RUNNER, self._runner_properties())
        reader = OutputReader(context)
        result = await runner.run(command, context, reader)
        values: dict[str, Any] = {
            "vars": reader.variables,
            "exitCode": result.exit_code,
            "outputFiles": await store_output_files(context, folder, self.output_files or ()),
            "taskRunner": dict(result.details) or None,
        }
        if result.exit_code:
            cause = f": {reader.last_error}" if reader.last_error else ""
            raise TaskFailedError(
                f"Container ended with exit code {result.exit_code}{cause}", outputs=values
            )
        return Output(values=values)

    def _runner_properties(self) -> dict[str, Any]:
        return self.model_dump(by_alias=True, include=set(_PASSED_ON), exclude_none=True)

    async def main_commands(self, run: ScriptRun) -> list[str]:
        """Return the arguments of the entry point, rendered."""
        return await run.lines("commands", self.commands)

    def main_text(self) -> str:
        """Return the arguments as written."""
        commands = self.commands or ()
        return commands if isinstance(commands, str) else "\n".join(commands)


class Compose(ScriptTask):
    """Run ``docker compose`` over one or more Compose files. Outputs as those of script tasks.

    It needs the program ``docker`` with its Compose plugin on the worker.
    """

    type_name = "io.kestra.plugin.docker.cli.Compose"
    aliases = ("io.kestra.plugin.docker.Compose",)
    title = "Run Docker Compose."
    examples = (
        (
            "Start what a file of the working directory describes.",
            "id: up\ntype: io.kestra.plugin.docker.cli.Compose\ncomposeFile: compose.yml\n"
            "composeArgs:\n  - up\n  - --detach",
        ),
    )
    language = Language("docker", "", "", "")

    compose_file: Annotated[Text | None, AsWritten()] = None
    compose_files: Annotated[list[Text] | None, AsWritten()] = None
    compose_args: Annotated[list[Text], AsWritten()]
    host: Text | None = None
    config: dict[str, Any] | Text | None = None
    credentials: dict[str, Any] | None = None

    async def main_commands(self, run: ScriptRun) -> list[str]:
        """Return the call of ``docker compose``."""
        words = ["docker", *(("--host", self.host) if self.host else ()), "compose"]
        given = [*((self.compose_file,) if self.compose_file else ()), *(self.compose_files or ())]
        for written in given:
            words += ["--file", _file(run, await run.text(written))]
        words += [await run.text(argument) for argument in self.compose_args]
        return [shlex.join(words)]

    def main_text(self) -> str:
        """Return the arguments as written."""
        return " ".join(self.compose_args)


def _file(run: ScriptRun, text: str) -> str:
    """Return the path of a Compose file, given as a path or as its text."""
    return str(run.save(text, ".yml")) if "\n" in text.strip() else text.strip()
