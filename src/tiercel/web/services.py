"""What the API needs from the process it runs in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Protocol

from fastapi import Depends, Query, Request

if TYPE_CHECKING:
    from pathlib import Path

    from tiercel.config import Settings
    from tiercel.model.execution import Execution
    from tiercel.services.backfills import Backfills
    from tiercel.services.bulk import BulkOperations
    from tiercel.services.executions import Executions
    from tiercel.services.flows import Flows
    from tiercel.services.logs import Logs
    from tiercel.services.operations import Operations
    from tiercel.services.replays import Replays
    from tiercel.services.triggers import Triggers
    from tiercel.services.views import Views
    from tiercel.services.webhooks import Webhooks
    from tiercel.storage import Storage


class AppOptions(Protocol):
    """Where the process keeps its files, and what the operator set."""

    @property
    def data_dir(self) -> Path:
        """Uploads are written below it until an execution takes them."""
        ...

    @property
    def settings(self) -> Settings: ...

    @property
    def slots(self) -> int: ...


class AppServices(Protocol):
    """The use cases behind the routes; a node has them all."""

    @property
    def flows(self) -> Flows: ...

    @property
    def executions(self) -> Executions: ...

    @property
    def logs(self) -> Logs: ...

    @property
    def operations(self) -> Operations: ...

    @property
    def bulk(self) -> BulkOperations: ...

    @property
    def replays(self) -> Replays: ...

    @property
    def views(self) -> Views: ...

    @property
    def triggers(self) -> Triggers: ...

    @property
    def backfills(self) -> Backfills: ...

    @property
    def webhooks(self) -> Webhooks: ...

    @property
    def storage(self) -> Storage: ...

    @property
    def options(self) -> AppOptions: ...


def uploads_folder(services: AppServices) -> Path:
    """Return where files that are sent are written, below the data folder."""
    return services.options.data_dir / "uploads"


def execution_url(request: Request, services: AppServices, execution: Execution) -> str:
    """Return the address of an execution's page, as people reach this server."""
    settings = services.options.settings
    own = f"{str(request.base_url).rstrip('/')}{settings.web.context_path}"
    base = (settings.instance.url or own).rstrip("/")
    return f"{base}/ui/executions/{execution.namespace}/{execution.flow_id}/{execution.id}"


Number = Annotated[int | None, Query(ge=0, le=2**31 - 1)]
"""A number of a revision or an attempt, as a parameter of a route."""


async def _of_request(request: Request) -> AppServices:
    services: AppServices = request.app.state.services
    return services


Services = Annotated[AppServices, Depends(_of_request)]
"""The services, as a parameter of a route."""


async def _closing(request: Request) -> asyncio.Event:
    closing: asyncio.Event = request.app.state.closing
    return closing


Closing = Annotated[asyncio.Event, Depends(_closing)]
"""Set when the server stops, as a parameter of a route that streams."""
