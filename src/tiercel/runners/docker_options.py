"""Options of Docker containers, and what the engine calls them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AliasChoices, Field

from tiercel.model.task import LogLevel
from tiercel.plugin.common import Written
from tiercel.plugin.containers import (
    ContainerUser,
    EngineHost,
    ExtraHosts,
    NetworkMode,
    PortBindings,
    Privileged,
    ShmSize,
    Volumes,
)
from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text, TextList
from tiercel.plugin.runner import Command
from tiercel.plugin.task import TaskFailedError
from tiercel.runners.docker_login import Credentials
from tiercel.runners.docker_plugin import DockerPlugin

_UNITS = {"": 1, "B": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)B?\s*", re.IGNORECASE)


class DeviceRequest(Written):
    """Devices that a container may use, such as GPUs."""

    driver: Text | None = Field(default=None, description="Name of the driver, such as `nvidia`.")
    count: int | None = Field(default=None, description="How many devices; -1 means all of them.")
    device_ids: TextList | None = Field(
        default=None, description="Ids of the devices, instead of `count`."
    )
    capabilities: list[list[Text]] | None = Field(
        default=None,
        description="What the devices must be able to do: lists of words, such as `[[gpu]]`.",
    )
    options: dict[str, Text] | None = Field(
        default=None, description="Options of the driver, by name."
    )


class Cpu(Written):
    """How much of the processors a container may use."""

    cpus: float | None = Field(
        default=None, description="Number of processors, such as 1.5. No limit when it is left out."
    )


class Memory(Written):
    """How much memory a container may use; sizes such as ``512MB``."""

    memory: Text | None = Field(
        default=None,
        description="Most memory, such as `512MB`. A container that needs more is killed.",
    )
    memory_swap: Text | None = Field(
        default=None, description="Most memory and swap together, such as `1GB`."
    )
    memory_swappiness: int | None = Field(
        default=None, description="How readily memory is swapped out, from 0 to 100."
    )
    memory_reservation: Text | None = Field(
        default=None,
        description=(
            "Memory that the container is held to when the machine runs short, such as `256MB`."
        ),
    )
    kernel_memory: Text | None = Field(
        default=None,
        description="Most memory of the kernel for the container. Newer engines ignore it.",
    )
    oom_kill_disable: bool | None = Field(
        default=None,
        description="`true` keeps the container from being killed when memory runs out.",
    )


class PullPolicy(StrEnum):
    """When an image is asked for from its registry."""

    ALWAYS = "ALWAYS"
    IF_NOT_PRESENT = "IF_NOT_PRESENT"
    NEVER = "NEVER"


class ContainerOptions(DockerPlugin):
    """Base of what runs commands in containers: which engine, which image, and with what limits."""

    host: Annotated[EngineHost, Field(validation_alias=AliasChoices("host", "dockerHost"))] = None
    config: Annotated[
        Any,
        Field(
            validation_alias=AliasChoices("config", "dockerConfig"),
            description=(
                "Content of a Docker `config.json`, whose logins are used without `credentials`."
            ),
        ),
    ] = None
    credentials: Credentials | None = Field(
        default=None, description="Login for the registry of the image."
    )
    image: Text | None = Field(
        default=None, description="Image of the container, instead of the task's `containerImage`."
    )
    user: ContainerUser = None
    entry_point: TextList | None = Field(
        default=None,
        description=(
            "Entry point of the container. None when it is left out: the commands' own "
            "interpreter runs."
        ),
    )
    extra_hosts: ExtraHosts = None
    network_mode: NetworkMode = None
    port_bindings: PortBindings = None
    volumes: Volumes = None
    pull_policy: PullPolicy = Field(
        default=PullPolicy.IF_NOT_PRESENT,
        description="When the image is pulled: `ALWAYS`, `IF_NOT_PRESENT` or `NEVER`.",
    )
    device_requests: list[DeviceRequest] | None = Field(
        default=None, description="Devices that the container may use, such as GPUs."
    )
    cpu: Cpu | None = Field(
        default=None, description="How much of the processors the container may use."
    )
    memory: Memory | None = Field(
        default=None, description="How much memory the container may use."
    )
    shm_size: ShmSize = None
    privileged: Privileged = None

    def settings(
        self,
        image: str,
        command: Command,
        labels: Mapping[str, str],
        volume: str | None,
        context: TaskContext,
    ) -> dict[str, Any]:
        """Return what the engine makes a container of.

        Args:
            volume: Name of the volume with the working directory; None to mount the folder itself.

        Raises:
            TaskFailedError: A size can't be read, or the server does not allow ``privileged``.
        """
        directory = str(command.directory)
        settings: dict[str, Any] = {
            "Image": image,
            "Cmd": list(command.argv),
            "Entrypoint": self._entry_point(command),
            "WorkingDir": directory,
            "Env": [f"{name}={value}" for name, value in command.env.items()],
            "User": self.user or "",
            "Labels": dict(labels),
            "HostConfig": self._host_settings(directory, volume, context),
        }
        if self.port_bindings:
            settings["ExposedPorts"] = {_port(text)[0]: {} for text in self.port_bindings}
        return settings

    def _entry_point(self, command: Command) -> list[str] | None:
        if self.entry_point is not None:
            return self.entry_point
        return None if command.uses_entry_point else [""]

    def _host_settings(
        self, directory: str, volume: str | None, context: TaskContext
    ) -> dict[str, Any]:
        host: dict[str, Any] = {
            "Binds": [f"{volume or directory}:{directory}", *self._binds(context)],
            "ExtraHosts": self.extra_hosts,
            "NetworkMode": self.network_mode,
            "ShmSize": _bytes(self.shm_size),
            "Privileged": self._is_privileged(context),
            "DeviceRequests": self._devices(),
        }
        if self.cpu and self.cpu.cpus:
            host["NanoCpus"] = int(self.cpu.cpus * 1_000_000_000)
        if self.memory:
            host |= {
                "Memory": _bytes(self.memory.memory),
                "MemorySwap": _bytes(self.memory.memory_swap),
                "MemorySwappiness": self.memory.memory_swappiness,
                "MemoryReservation": _bytes(self.memory.memory_reservation),
                "KernelMemory": _bytes(self.memory.kernel_memory),
                "OomKillDisable": self.memory.oom_kill_disable,
            }
        if self.port_bindings:
            host["PortBindings"] = dict(map(_port, self.port_bindings))
        return {name: value for name, value in host.items() if value is not None}

    def _binds(self, context: TaskContext) -> Sequence[str]:
        if not self.volumes:
            return ()
        if str(context.plugin_settings(self.type_name).get("volume-enabled")).lower() == "true":
            return self.volumes
        context.log(
            LogLevel.WARN,
            "`volumes` are ignored: the server's setting `volume-enabled` does not allow them",
        )
        return ()

    def _is_privileged(self, context: TaskContext) -> bool | None:
        if not self.privileged:
            return None
        settings = context.plugin_settings(self.type_name)
        if str(settings.get("privileged-enabled")).lower() != "true":
            raise TaskFailedError(
                f"`privileged` needs the server's setting `privileged-enabled` for {self.type_name}"
            )
        return True

    def _devices(self) -> list[dict[str, Any]] | None:
        if not self.device_requests:
            return None
        return [
            {
                "Driver": device.driver or "",
                "Count": device.count or 0,
                "DeviceIDs": device.device_ids,
                "Capabilities": device.capabilities,
                "Options": device.options,
            }
            for device in self.device_requests
        ]


def _port(text: str) -> tuple[str, list[dict[str, str]]]:
    """Return ``8080:80`` as (``80/tcp``, where on this machine)."""
    *host, container = text.split(":")
    name = container if "/" in container else f"{container}/tcp"
    binding = {"HostPort": host[-1] if host else container.partition("/")[0]}
    if len(host) > 1:
        binding["HostIp"] = ":".join(host[:-1])
    return name, [binding]


def _bytes(text: str | None) -> int | None:
    if text is None:
        return None
    found = _SIZE.fullmatch(text)
    if found is None:
        raise TaskFailedError(f"Invalid size with value '{text}'")
    return int(float(found[1]) * _UNITS[found[2].upper()])
