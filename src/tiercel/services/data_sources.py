"""The databases that people can look into: those that flows name, and the embedded server's."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

from pydantic import ValidationError

from tiercel.expressions import ExpressionError, render_value
from tiercel.model.errors import TiercelError
from tiercel.plugin.fields import properties_of
from tiercel.plugin.task import TaskFailedError
from tiercel.plugins.sql.access import PostgresPlugin
from tiercel.plugins.sql.results import local_zone
from tiercel.plugins.sql.session import Access
from tiercel.plugins.sql.url import Address

if TYPE_CHECKING:
    from pathlib import Path

    from tiercel.expressions import Services
    from tiercel.model.flow import Flow
    from tiercel.model.task import TaskSpec
    from tiercel.services.catalog import FlowCatalog
    from tiercel.services.flows import Flows

logger = logging.getLogger(__name__)

POSTGRES_TYPES = "io.kestra.plugin.jdbc.postgresql."
READER = "tiercel_reader"
_FLOWS_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Source:
    """A database that can be looked into.

    Attributes:
        id: The same while place and user are; tells nothing of the password.
        access: How to connect; never leaves this process.
        flows: ``namespace.id`` of the flows that use it; empty for one of the embedded server.
    """

    id: str
    access: Access
    flows: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """``host:port/database``."""
        return self.access.address.place

    @property
    def username(self) -> str:
        """Who logs in; empty when neither the flow nor its URL says it."""
        return self.access.username or self.access.address.parameters.get("user", "")


class SourceFinder(Protocol):
    """Where sources come from."""

    async def find(self) -> list[Source]:
        """Return the databases that are known now."""


class FlowSources:
    """PostgreSQL databases that tasks of the flows connect to.

    Their properties are rendered with what a flow knows before it runs: ``envs``, ``globals``,
    ``vars``, secrets. Connections that depend on more, such as inputs, are left out.

    Args:
        base_context: Variables that every template sees.
        folder: Certificates of TLS connections are written below it.
    """

    def __init__(
        self,
        flows: Flows,
        catalog: FlowCatalog,
        services: Services,
        base_context: Mapping[str, Any],
        folder: Path,
    ) -> None:
        self._flows = flows
        self._catalog = catalog
        self._services = services
        self._base_context = base_context
        self._folder = folder

    async def find(self) -> list[Source]:
        """Return the databases, each once, in the order of the flows."""
        found: dict[str, Source] = {}
        page, total = 1, 1
        while (page - 1) * _FLOWS_PER_PAGE < total:
            flows, total = await self._flows.search([], page=page, size=_FLOWS_PER_PAGE)
            for stored in flows:
                for source in await self._of_flow(stored.namespace, stored.id, stored.revision):
                    known = found.setdefault(source.id, source)
                    if known is not source:
                        found[source.id] = replace(known, flows=(*known.flows, *source.flows))
            page += 1
        return list(found.values())

    async def _of_flow(self, namespace: str, flow_id: str, revision: int) -> list[Source]:
        try:
            flow = await self._catalog.get(namespace, flow_id, revision)
        except TiercelError as error:
            logger.info("The databases of flow %s.%s are not known: %s", namespace, flow_id, error)
            return []
        tasks = [task for task in flow.walk() if task.type.startswith(POSTGRES_TYPES)]
        if not tasks:
            return []
        found = await asyncio.to_thread(lambda: [self._of_task(flow, task) for task in tasks])
        return list({source.id: source for source in found if source is not None}.values())

    def _of_task(self, flow: Flow, task: TaskSpec) -> Source | None:
        own = {"id": flow.id, "namespace": flow.namespace, "revision": flow.revision}
        context = {**self._base_context, "flow": own, "vars": flow.variables}
        known = properties_of(PostgresPlugin)
        written = {key: value for key, value in task.properties.items() if key in known}
        try:
            fields = render_value(written, context, self._services)
            access = PostgresPlugin(**fields).access(self._folder_of(flow, task))
        except (ExpressionError, ValidationError, TaskFailedError) as error:
            logger.debug("Task %s.%s.%s: %s", flow.namespace, flow.id, task.id, error)
            return None
        name = f"{access.address.place} {access.username or ''} {access.address.parameters}"
        return Source(_digest(name), access, (f"{flow.namespace}.{flow.id}",))

    def _folder_of(self, flow: Flow, task: TaskSpec) -> Path:
        """Return a folder for the certificates of one task, made when it has any."""
        folder = self._folder / _digest(f"{flow.namespace} {flow.id} {task.id}")
        if any(name.startswith("ssl") for name in task.properties):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder


class EmbeddedSources:
    """Databases of the embedded server, but Tiercel's own, through a user that can only read.

    Args:
        database_url: The server, for its superuser.
        tcp_url: The same over TCP; the reader's password is made of the one in it.
    """

    def __init__(self, database_url: str, tcp_url: str) -> None:
        self._database_url = database_url
        parts = urlsplit(tcp_url)
        self._host, self._port = parts.hostname or "127.0.0.1", str(parts.port)
        self._own = unquote(parts.path.removeprefix("/"))
        seed = f"{READER} {parts.password}".encode()
        self._password = hashlib.sha256(seed).hexdigest()
        self._is_ready = False

    async def find(self) -> list[Source]:
        """Return the databases by name."""
        import psycopg

        async with await psycopg.AsyncConnection.connect(
            self._database_url, autocommit=True
        ) as connection:
            if not self._is_ready:
                await self._make_reader(connection)
                self._is_ready = True
            rows = await connection.execute(
                "SELECT datname FROM pg_database WHERE NOT datistemplate AND datallowconn "
                "AND datname <> ALL (%s) ORDER BY datname",
                ([self._own, "postgres"],),
            )
            names = [str(name) for (name,) in await rows.fetchall()]
        return [self._source(name) for name in names]

    async def _make_reader(self, connection: Any) -> None:
        from psycopg.sql import SQL, Identifier, Literal

        reader, own = Identifier(READER), Identifier(self._own)
        found = await connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (READER,))
        verb = SQL("ALTER" if await found.fetchone() else "CREATE")
        password = Literal(self._password)
        await connection.execute(SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(own))
        await connection.execute(SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, reader, password))
        await connection.execute(SQL("GRANT pg_read_all_data TO {}").format(reader))

    def _source(self, database: str) -> Source:
        address = Address(((self._host, self._port),), database)
        access = Access(address, local_zone(), READER, self._password)
        return Source(_digest(f"embedded {database}"), access)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
