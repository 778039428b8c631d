"""Docker containers as tasks: one of an image, or those of a Compose file."""

from __future__ import annotations

import shlex
from typing import Annotated, Any

from pydantic import Field

from tiercel.plugin.containers import (
    ContainerUser,
    DockerConfig,
    EngineHost,
    ExtraHosts,
    NetworkMode,
    PortBindings,
    Privileged,
    ShmSize,
    Volumes,
    WaitsForEnd,
)
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

    container_image: Text | None = Field(alias="containerImage", description="Image to run.")
    commands: OptionalLines = Field(
        default=None,
        description=(
            "Arguments of the image's entry point: a list, or a template of a JSON list. The "
            "image's own command runs when it is left out."
        ),
    )
    input_files: Files = Field(
        default=None,
        alias="inputFiles",
        description=(
            "Files that are written into the working directory first, by name: the text "
            "itself or the URI of a stored file."
        ),
    )
    namespace_files: NamespaceFilesWish | None = Field(
        default=None,
        alias="namespaceFiles",
        description="Copies files of the namespace into the working directory first.",
    )
    host: EngineHost = None
    config: DockerConfig = None
    credentials: dict[str, Any] | None = Field(
        default=None, description="Login for the registry of the image."
    )
    user: ContainerUser = None
    entry_point: TextList | None = Field(
        default=None, description="Entry point of the container. The image's when it is left out."
    )
    extra_hosts: ExtraHosts = None
    network_mode: NetworkMode = None
    port_bindings: PortBindings = None
    volumes: Volumes = None
    pull_policy: Text | None = Field(
        default=None,
        description=(
            "When the image is pulled: `ALWAYS`, `IF_NOT_PRESENT`, which is the default, or "
            "`NEVER`."
        ),
    )
    device_requests: list[dict[str, Any]] | None = Field(
        default=None, description="Devices that the container may use, such as GPUs."
    )
    cpu: dict[str, Any] | None = Field(
        default=None,
        description="How much of the processors the container may use, such as `cpus: 1.5`.",
    )
    memory: dict[str, Any] | None = Field(
        default=None, description="How much memory the container may use, such as `memory: 512MB`."
    )
    shm_size: ShmSize = None
    privileged: Privileged = None
    wait: WaitsForEnd = True

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

    compose_file: Annotated[Text | None, AsWritten()] = Field(
        default=None, description="Compose file: its text, or its path in the working directory."
    )
    compose_files: Annotated[list[Text] | None, AsWritten()] = Field(
        default=None,
        description=(
            "More Compose files, each as its text or path; later ones change earlier ones."
        ),
    )
    compose_args: Annotated[list[Text], AsWritten()] = Field(
        description="Arguments of `docker compose`, such as `up` and `--detach`."
    )
    host: Text | None = Field(
        default=None,
        description=(
            "Address of the Docker engine, such as `unix:///var/run/docker.sock`. As the "
            "worker's environment says when it is left out."
        ),
    )
    config: dict[str, Any] | Text | None = Field(
        default=None, description="Accepted without effect: log in on the worker."
    )
    credentials: dict[str, Any] | None = Field(
        default=None, description="Accepted without effect: log in on the worker."
    )

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
