"""Tasks over the images and containers of a Docker engine."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from pydantic import Field

from tiercel.model.task import LogLevel
from tiercel.plugin.context import TaskContext
from tiercel.plugin.outputs import outputs
from tiercel.plugin.properties import Text, TextList, TextMap
from tiercel.plugin.task import Output, RunnableTask, TaskFailedError
from tiercel.runners.archives import pack
from tiercel.runners.docker_plugin import DockerPlugin

_DOCKERFILE = ".dockerfile-of-the-task"
_GRACE_SECONDS = 10


class Build(DockerPlugin, RunnableTask):
    """Build an image from the working directory. Output: ``imageId``.

    ``dockerfile`` is the text itself, the URI of a stored file, or a path in the directory. Files
    come from the tasks before it in a WorkingDirectory, or as ``inputFiles``: texts or URIs.
    """

    type_name = "io.kestra.plugin.docker.cli.Build"
    aliases = ("io.kestra.plugin.docker.Build",)
    title = "Build a Docker image."
    output_types = outputs(imageId=str)
    examples = (
        (
            "An image with packages.",
            "id: image\ntype: io.kestra.plugin.docker.cli.Build\ndockerfile: |\n"
            "  FROM python:3.13-slim\n  RUN pip install pandas\ntags:\n  - team/pandas:1",
        ),
    )

    dockerfile: Text | None = Field(
        default=None,
        description=(
            "The Dockerfile: its text, the URI of a stored file, or its path in the working "
            "directory; `Dockerfile` when it is left out."
        ),
    )
    tags: TextList = Field(
        min_length=1, description="Names that the image gets, such as `team/app:1`."
    )
    push: bool = Field(
        default=False, description="Whether the image is pushed under each of its names."
    )
    pull: bool = Field(
        default=True, description="Whether newer versions of the base images are looked for."
    )
    build_args: TextMap | None = Field(
        default=None, description="Values of the Dockerfile's `ARG`s, by name."
    )
    platforms: TextList | None = Field(
        default=None, description="Platforms to build for, such as `linux/amd64`."
    )
    labels: TextMap | None = Field(default=None, description="Labels of the image, by name.")
    target: Text | None = Field(
        default=None,
        description="Stage of the Dockerfile to build. The last one when it is left out.",
    )
    input_files: TextMap | None = Field(
        default=None,
        description=(
            "Files that are written into the working directory first, by name: the text "
            "itself or the URI of a stored file."
        ),
    )
    namespace_files: dict[str, Any] | bool | None = Field(
        default=None,
        description=(
            "`true`, or a map with `enabled: true`, copies the files of the namespace into "
            "the working directory first."
        ),
    )

    async def run(self, context: TaskContext) -> Output:
        """Send the directory to the engine and follow what it does."""
        folder = context.working_dir
        await self._write_files(context, folder)
        name = await self._dockerfile(context, folder)
        async with self.engine(context) as engine:
            with tempfile.TemporaryFile() as archive:
                await asyncio.to_thread(pack, folder, archive, name=".")
                archive.seek(0)
                image = ""
                async for said in engine.build(archive, self._parameters(name)):
                    context.log(LogLevel.DEBUG, said)
                    image = said if said.startswith("sha256:") else image
            for tag in self.tags[1:]:
                await engine.tag(self.tags[0], tag)
            for tag in self.tags if self.push else ():
                await engine.push(tag, self.login(tag))
        return Output(values={"imageId": image.removeprefix("sha256:")})

    def _parameters(self, dockerfile: str) -> dict[str, str]:
        given: dict[str, Any] = {
            "dockerfile": dockerfile,
            "t": self.tags[0],
            "rm": "true",
            "pull": "true" if self.pull else None,
            "buildargs": json.dumps(self.build_args) if self.build_args else None,
            "labels": json.dumps(self.labels) if self.labels else None,
            "platform": ",".join(self.platforms) if self.platforms else None,
            "target": self.target,
        }
        return {name: str(value) for name, value in given.items() if value is not None}

    async def _write_files(self, context: TaskContext, folder: Path) -> None:
        wanted = self.namespace_files
        is_on = wanted.get("enabled", True) if isinstance(wanted, dict) else bool(wanted)
        if is_on:
            files, namespace = context.namespace_files, context.info.namespace
            for path in await files.paths(namespace):
                await context.fetch_file(files.uri(namespace, path), _below(folder, path))
        for name, value in (self.input_files or {}).items():
            target = _below(folder, name)
            if value is not None and value.startswith("kestra://"):
                await context.fetch_file(value, target)
            elif value is not None:
                target.write_text(value, encoding="utf-8")

    async def _dockerfile(self, context: TaskContext, folder: Path) -> str:
        """Return the name of the Dockerfile in the folder."""
        given = (self.dockerfile or "Dockerfile").strip()
        if given.startswith("kestra://"):
            await context.fetch_file(given, folder / _DOCKERFILE)
            return _DOCKERFILE
        if "\n" in given or given.upper().startswith(("FROM ", "ARG ")):
            (folder / _DOCKERFILE).write_text(f"{given}\n", encoding="utf-8")
            return _DOCKERFILE
        if not _below(folder, given).is_file():
            raise TaskFailedError(f"There is no Dockerfile '{given}' in the working directory")
        return given


def _below(folder: Path, name: str) -> Path:
    target = folder / name.lstrip("/")
    if not target.resolve().is_relative_to(folder.resolve()):
        raise TaskFailedError(f"The file name '{name}' leads out of the working directory")
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


class Pull(DockerPlugin, RunnableTask):
    """Pull an image from its registry. No outputs."""

    type_name = "io.kestra.plugin.docker.cli.Pull"
    aliases = ("io.kestra.plugin.docker.Pull",)
    title = "Pull a Docker image."

    image: Text = Field(description="Name of the image, such as `python:3.12-slim`.")

    async def run(self, context: TaskContext) -> Output | None:
        """Pull it."""
        async with self.engine(context) as engine:
            await engine.pull(self.image, self.login(self.image))
        return None


class Push(DockerPlugin, RunnableTask):
    """Push images to their registries. No outputs."""

    type_name = "io.kestra.plugin.docker.cli.Push"
    aliases = ("io.kestra.plugin.docker.Push",)
    title = "Push Docker images."

    tags: TextList = Field(description="Names of the images to push.")

    async def run(self, context: TaskContext) -> Output | None:
        """Push each."""
        async with self.engine(context) as engine:
            for tag in self.tags:
                await engine.push(tag, self.login(tag))
        return None


class Tag(DockerPlugin, RunnableTask):
    """Give an image another name. No outputs."""

    type_name = "io.kestra.plugin.docker.cli.Tag"
    aliases = ("io.kestra.plugin.docker.Tag",)
    title = "Tag a Docker image."

    source_image: Text = Field(description="Name or id of the image.")
    target_image: Text = Field(description="Name that it gets besides.")

    async def run(self, context: TaskContext) -> Output | None:
        """Tag it."""
        async with self.engine(context) as engine:
            await engine.tag(self.source_image, self.target_image)
        return None


class Rm(DockerPlugin, RunnableTask):
    """Delete containers and images. No outputs."""

    type_name = "io.kestra.plugin.docker.cli.Rm"
    aliases = ("io.kestra.plugin.docker.Rm",)
    title = "Delete Docker containers and images."

    container_ids: TextList | None = Field(
        default=None, description="Ids or names of the containers to delete."
    )
    image_ids: TextList | None = Field(
        default=None, description="Ids or names of the images to delete."
    )
    remove_volumes: bool = Field(
        default=False,
        description="Whether volumes of the containers without a name are deleted, too.",
    )
    force: bool = Field(
        default=False,
        description="Whether containers that run, and images that are in use, are deleted, too.",
    )

    async def run(self, context: TaskContext) -> Output | None:
        """Delete the containers first: an image in use can't be deleted."""
        async with self.engine(context) as engine:
            for container in self.container_ids or ():
                await engine.delete_container(
                    container, force=self.force, volumes=self.remove_volumes
                )
            for image in self.image_ids or ():
                await engine.remove_image(image, force=self.force)
        return None


class Stop(DockerPlugin, RunnableTask):
    """Stop a container, and delete it. No outputs."""

    type_name = "io.kestra.plugin.docker.cli.Stop"
    aliases = ("io.kestra.plugin.docker.Stop",)
    title = "Stop a Docker container."

    container_id: Text = Field(description="Id or name of the container.")
    kill: bool = Field(
        default=False,
        description="`true` kills the container at once; otherwise it has ten seconds to end.",
    )
    delete: bool = Field(default=True, description="Whether the container is deleted then.")

    async def run(self, context: TaskContext) -> Output | None:
        """Ask it to end, or kill it."""
        async with self.engine(context) as engine:
            if self.kill:
                await engine.kill(self.container_id)
            else:
                await engine.stop(self.container_id, _GRACE_SECONDS)
            if self.delete:
                await engine.remove(self.container_id)
        return None


class ImageLs(DockerPlugin, RunnableTask):
    """List images. Outputs: ``images``, ``count``."""

    type_name = "io.kestra.plugin.docker.cli.ImageLs"
    aliases = ("io.kestra.plugin.docker.ImageLs",)
    title = "List Docker images."
    output_types = outputs(images=list[dict[str, Any]], count=int)

    show_all: bool = Field(
        default=False, description="Whether layers between images are listed, too."
    )
    image_name_filter: Text | None = Field(
        default=None, description="Pattern of the names, such as `team/*`. All when it is left out."
    )
    label_filter: Text | None = Field(
        default=None, description="Label that the images must have, as `name` or `name=value`."
    )

    async def run(self, context: TaskContext) -> Output:
        """Ask for them."""
        async with self.engine(context) as engine:
            found = await engine.images(
                all_layers=self.show_all, names=self.image_name_filter, label=self.label_filter
            )
        images = [
            {
                "id": image["Id"],
                "repoTags": image.get("RepoTags") or [],
                "size": image.get("Size"),
                "created": image.get("Created"),
                "labels": image.get("Labels") or {},
            }
            for image in found
        ]
        return Output(values={"images": images, "count": len(images)})


class Prune(DockerPlugin, RunnableTask):
    """Delete stopped containers, unused networks and nameless images. No outputs."""

    type_name = "io.kestra.plugin.docker.cli.Prune"
    aliases = ("io.kestra.plugin.docker.Prune",)
    title = "Delete what a Docker engine no longer uses."

    async def run(self, context: TaskContext) -> Output | None:
        """Delete kind by kind."""
        freed = 0
        async with self.engine(context) as engine:
            for kind in ("containers", "networks", "images"):
                freed += int((await engine.prune(kind)).get("SpaceReclaimed") or 0)
        context.log(LogLevel.INFO, f"{freed} bytes are free again")
        return None
