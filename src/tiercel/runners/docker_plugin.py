"""What talks to a Docker engine: the properties that say where it is and who asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import Field

from tiercel.plugin.containers import DockerConfig, EngineHost
from tiercel.plugin.context import TaskContext
from tiercel.plugin.task import Plugin, TaskFailedError
from tiercel.runners.docker_api import DockerEngine, connected
from tiercel.runners.docker_login import Credentials, engine_address, login, not_there


class DockerPlugin(Plugin):
    """Base of the task runner and of the tasks that talk to an engine."""

    host: EngineHost = None
    config: DockerConfig = None
    credentials: Credentials | None = Field(default=None, description="Login for the registry.")

    @asynccontextmanager
    async def engine(self, context: TaskContext) -> AsyncIterator[DockerEngine]:
        """Yield the engine.

        Raises:
            TaskFailedError: None answers.
        """
        address = engine_address(context, self.host)
        if address is None:
            raise TaskFailedError(not_there("no socket was found"))
        async with connected(address) as engine:
            if not await engine.answers():
                raise TaskFailedError(not_there(f"nothing answers at {address}"))
            yield engine

    def login(self, image: str) -> str | None:
        """Return the login for the registry of an image."""
        return login(image, self.credentials, self.config)
