"""Properties of containers of a Docker engine, said once for task runners and for tasks.

These are types of fields and no base class: the types of plugins that have them keep an order of
their own, and hold some of their other properties in forms of their own.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from tiercel.plugin.properties import Text, TextList

EngineHost = Annotated[
    Text | None,
    Field(
        description=(
            "Address of the Docker engine, such as `unix:///var/run/docker.sock`. The "
            "server's or the machine's own when it is left out."
        )
    ),
]
"""Where the engine is."""

DockerConfig = Annotated[
    dict[str, Any] | Text | None,
    Field(
        description=(
            "Content of a Docker `config.json`, whose logins are used without `credentials`."
        )
    ),
]
"""Logins for registries, as Docker keeps them."""

ContainerUser = Annotated[
    Text | None,
    Field(
        description=("User in the container, as a name or number. The image's when it is left out.")
    ),
]
"""As whom the command runs."""

ExtraHosts = Annotated[
    TextList | None,
    Field(description="Entries for the container's `/etc/hosts`, such as `database:10.0.0.5`."),
]
"""Names of hosts that the container knows."""

NetworkMode = Annotated[
    Text | None,
    Field(
        description=(
            "Network of the container: `bridge`, `host`, `none`, or the name of a network."
        )
    ),
]
"""Which network the container is in."""

PortBindings = Annotated[
    TextList | None, Field(description="Ports that are published, such as `8080:80`.")
]
"""Ports of the container that are ports of the machine."""

Volumes = Annotated[
    TextList | None,
    Field(
        description=(
            "Folders or volumes to mount, such as `/data:/data:ro`. They count only where the "
            "server's setting `volume-enabled` allows them."
        )
    ),
]
"""What is mounted besides the working directory."""

ShmSize = Annotated[Text | None, Field(description="Size of `/dev/shm`, such as `64MB`.")]
"""How much memory processes in the container may share."""

Privileged = Annotated[
    bool | None,
    Field(
        description=(
            "`true` gives the container all rights on the machine. It needs the server's "
            "setting `privileged-enabled`."
        )
    ),
]
"""Whether the container has all rights."""

WaitsForEnd = Annotated[
    bool, Field(description="`false` ends the task once the container has started.")
]
"""Whether the task ends with the container."""
