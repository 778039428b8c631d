"""Where a Docker engine is, and how it logs in to registries."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from tiercel.plugin.common import Written
from tiercel.plugin.context import TaskContext
from tiercel.plugin.properties import Text
from tiercel.runners.docker_api import is_socket

RUNNER = "io.kestra.plugin.scripts.runner.docker.Docker"
"""The type whose settings say where the server's engine is."""

_SOCKETS = ("unix:///var/run/docker.sock", "unix:///dind/docker.sock")
_HUB = "https://index.docker.io/v1/"


class Credentials(Written):
    """How to log in to a registry."""

    registry: Text | None = Field(
        default=None,
        description=("Host name of the registry. The one in the image's name when it is left out."),
    )
    username: Text | None = Field(default=None, description="User name.")
    password: Text | None = Field(
        default=None, description="Password or access token. Keep it in a secret."
    )
    registry_token: Text | None = Field(
        default=None, description="Token that the registry takes as it is."
    )
    identity_token: Text | None = Field(
        default=None, description="Token that the registry exchanges for another."
    )
    auth: Text | None = Field(
        default=None, description="User name and password with a colon between, in base64."
    )


def engine_address(context: TaskContext, host: str | None) -> str | None:
    """Return where the engine is: the flow's, the server's, the machine's; None if nowhere."""
    given = host or context.plugin_settings(RUNNER).get("host") or os.environ.get("DOCKER_HOST")
    return str(given) if given else next(filter(is_socket, _SOCKETS), None)


def login(image: str, given: Credentials | None, config: Any) -> str | None:
    """Return the content of ``X-Registry-Auth`` for an image; None for an anonymous pull.

    Args:
        config: Content of a Docker ``config.json``, which counts without credentials.
    """
    registry = (given and given.registry) or _registry(image)
    if given is None:
        return _login_of_config(config, registry)
    content = {
        "username": given.username,
        "password": given.password,
        "auth": given.auth,
        "registrytoken": given.registry_token,
        "identitytoken": given.identity_token,
        "serveraddress": registry,
    }
    return _header({name: value for name, value in content.items() if value})


def not_there(reason: str) -> str:
    """Return what is said where no engine can be used."""
    return (
        f"Docker socket is not accessible or not found: {reason}. Start a Docker engine, name "
        "another one as `host`, or run the task with taskRunner "
        "`io.kestra.plugin.core.runner.Process`."
    )


def _registry(image: str) -> str:
    first = image.partition("/")[0]
    has_host = "/" in image and ("." in first or ":" in first or first == "localhost")
    return first if has_host else _HUB


def _login_of_config(config: Any, registry: str) -> str | None:
    """Return the login that a Docker ``config.json`` has for a registry."""
    if not config:
        return None
    content = json.loads(config) if isinstance(config, str) else config
    entry = content.get("auths", {}).get(registry)
    if not entry:
        return None
    if entry.get("auth"):
        username, _, password = base64.b64decode(entry["auth"]).decode().partition(":")
        entry = {"username": username, "password": password}
    return _header({**entry, "serveraddress": registry})


def _header(content: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()
