"""The composition root: the only file that picks the parts of the product and wires them."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from tiercel.model.errors import IllegalArgumentError, ServerUnavailableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI

    from tiercel.bus import Bus
    from tiercel.embedded import Endpoints
    from tiercel.plugin.registry import Registry
    from tiercel.services.catalog import FlowCatalog
    from tiercel.services.encryption import Cipher
    from tiercel.services.executions import Executions
    from tiercel.services.expression_services import ExpressionServices
    from tiercel.services.flows import Flows
    from tiercel.services.node import Node, NodeOptions, Service
    from tiercel.services.views import Views
    from tiercel.storage import Storage
    from tiercel.store import Store

_LAST_REQUESTS_SECONDS = 2
"""How long requests that are being served may take when the API stops."""

_SLOW_PARTS = ("tiercel.services.worker", "tiercel.services.scheduler", "asyncpg")


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code: 0 good, 1 failed, 2 wrong usage."""
    from tiercel.cli.app import run as run_command
    from tiercel.cli.wiring import Wiring

    logging.basicConfig(
        level=os.environ.get("TIERCEL_LOG_LEVEL", "WARNING").upper(),
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        stream=sys.stderr,
    )
    words = sys.argv[1:] if arguments is None else arguments
    sys.exit(run_command(Wiring(open_node, serve, registry, run_async), words))


def run_async(work: Awaitable[int]) -> int:
    """Run a command to its end; Ctrl-C and SIGTERM cancel it once, so that it can clean up."""
    import uvloop

    async def main() -> int:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, task.cancel)
        loop.add_signal_handler(signal.SIGINT, task.cancel)
        try:
            return await task
        except asyncio.CancelledError:
            return 130

    return uvloop.run(main())


@cache
def registry() -> Registry:
    """Return the registry of every built-in and installed plugin type."""
    from tiercel.plugin.registry import Registry

    return Registry.builtin()


async def _start_servers(options: NodeOptions, stack: AsyncExitStack) -> Endpoints:
    from tiercel.embedded import EmbeddedServers, Endpoints

    if options.database_url and options.bus_url:
        return Endpoints(database_url=options.database_url, bus_url=options.bus_url)
    servers = EmbeddedServers(options.data_dir)
    stack.push_async_callback(servers.stop)
    started = await servers.start(postgres=not options.database_url, nats=not options.bus_url)
    return Endpoints(
        database_url=options.database_url or started.database_url,
        tcp_url=started.tcp_url,
        postgres_port=started.postgres_port,
        bus_url=options.bus_url or started.bus_url,
        psql=started.psql,
    )


def _import_parts() -> None:
    for part in _SLOW_PARTS:
        import_module(part)


@asynccontextmanager
async def open_node(options: NodeOptions) -> AsyncIterator[Node]:
    """Run the services of one process; they and the servers they started stop with the block.

    Raises:
        ServerUnavailableError: PostgreSQL or NATS can't be reached or started.
    """
    async with AsyncExitStack() as stack:
        starting = asyncio.create_task(_start_servers(options, stack))
        # It goes on in other processes meanwhile: importing takes as long as they do.
        await asyncio.sleep(0)
        _import_parts()
        endpoints = await starting
        from tiercel.bus import Bus
        from tiercel.store import Store

        store = await Store.connect(endpoints.database_url)
        stack.push_async_callback(store.close)
        await store.migrate()
        bus = await Bus.connect(endpoints.bus_url)
        stack.push_async_callback(bus.close)
        node, services = _assemble(options, endpoints, store, bus)
        await node.views.login.start()
        async with node.running(*services):
            yield node


def _assemble(
    options: NodeOptions, endpoints: Endpoints, store: Store, bus: Bus
) -> tuple[Node, list[Service]]:
    """Return a node over its connections, and the services it runs, in their order."""
    from tiercel.services.addresses import AddressBook
    from tiercel.services.answers import Answers
    from tiercel.services.backfills import Backfills
    from tiercel.services.catalog import FlowCatalog
    from tiercel.services.children import Children
    from tiercel.services.clock import new_id, utc_now
    from tiercel.services.executions import Executions
    from tiercel.services.executor import Executor
    from tiercel.services.expression_services import ExpressionServices
    from tiercel.services.flow_triggers import FlowTriggers
    from tiercel.services.flows import Flows
    from tiercel.services.indexer import Indexer
    from tiercel.services.live import Live
    from tiercel.services.logs import Logs
    from tiercel.services.new_executions import ExecutionMaker
    from tiercel.services.node import Node
    from tiercel.services.operations import Operations
    from tiercel.services.polling import Places, Polling
    from tiercel.services.scheduler import Scheduler
    from tiercel.services.step import Environment
    from tiercel.services.stored_outputs import OutputsStore
    from tiercel.services.trigger_executions import TriggerExecutions
    from tiercel.services.triggers import Triggers
    from tiercel.services.webhooks import Webhooks
    from tiercel.services.worker import Worker
    from tiercel.storage import LocalStorage

    storage = LocalStorage(options.data_dir / "storage")
    services = ExpressionServices(storage, os.environ)
    base_context = base_variables(os.environ, options.envs)
    types = registry()
    catalog = FlowCatalog(store, types)
    cipher = _cipher(options)
    maker = TriggerExecutions(services, base_context, cipher.encrypt)
    triggers = Triggers(store, bus, catalog, maker)
    flows = Flows(store, types, changed=triggers.reconcile)
    outputs = OutputsStore(storage)
    new_executions = ExecutionMaker(services, base_context, cipher.encrypt)
    executions = Executions(store, bus, flows, catalog, storage, new_executions, outputs)
    node = Node(
        options=options,
        endpoints=endpoints,
        registry=types,
        store=store,
        bus=bus,
        storage=storage,
        flows=flows,
        executions=executions,
        operations=Operations(store, bus, executions, catalog, storage, new_executions),
        logs=Logs(store),
        views=_views(store, storage, executions, flows, catalog, services, base_context),
        triggers=triggers,
        backfills=Backfills(store, bus, triggers, maker),
        webhooks=Webhooks(store, bus, catalog, maker),
    )
    environment = Environment(
        types, services, utc_now, new_id, base_context, cipher=cipher, outputs=outputs
    )
    addresses = AddressBook(_aliases(options, endpoints))
    worker = Worker(
        bus,
        types,
        storage,
        services,
        slots=options.slots,
        work_dir=options.data_dir / "work",
        cache_dir=options.data_dir / "cache",
        grace=options.grace,
        addresses=addresses,
    )
    children = Children(store, catalog, new_executions, storage, environment)
    executor = Executor(store, bus, catalog, environment, Live(bus), children)
    flow_triggers = FlowTriggers(store, catalog, maker, ids=new_id)
    places = Places(
        storage, services, options.data_dir / "work", options.data_dir / "cache", addresses
    )
    polling = Polling(store, bus, types, maker, places)
    scheduler = Scheduler(store, bus, catalog, maker, triggers, flow_triggers, polling)
    answers = Answers(bus, node.operations, node.executions, node.logs)
    return node, [Indexer(bus, store), executor, answers, worker, scheduler]


def _views(
    store: Store,
    storage: Storage,
    executions: Executions,
    flows: Flows,
    catalog: FlowCatalog,
    services: ExpressionServices,
    base_context: dict[str, object],
) -> Views:
    from tiercel.services.blueprints import Blueprints
    from tiercel.services.dashboards import Dashboards
    from tiercel.services.eval import Evaluation
    from tiercel.services.graphs import Graphs
    from tiercel.services.imports import FlowSets
    from tiercel.services.kv import KeyValues
    from tiercel.services.login import Login, options_of
    from tiercel.services.namespace_tree import NamespaceTree
    from tiercel.services.namespaces import Namespaces
    from tiercel.services.plugin_docs import PluginDocs
    from tiercel.services.stats import Stats
    from tiercel.services.templates import Templates
    from tiercel.services.views import Views

    flow_sets = FlowSets(store, flows)
    return Views(
        flow_sets=flow_sets,
        graphs=Graphs(flows, catalog, executions),
        evaluation=Evaluation(executions, catalog, services, base_context),
        namespaces=Namespaces(store),
        namespace_tree=NamespaceTree(storage, flow_sets),
        kv=KeyValues(storage),
        stats=Stats(store),
        plugin_docs=PluginDocs(registry()),
        login=Login(store, options_of(os.environ)),
        dashboards=Dashboards(store),
        blueprints=Blueprints(flows, _examples()),
        templates=Templates(store, flows),
    )


def _cipher(options: NodeOptions) -> Cipher:
    from tiercel.services.encryption import Cipher

    key = options.encryption_key or os.environ.get("TIERCEL_ENCRYPTION_KEY", "")
    return Cipher(key) if key else Cipher.kept_in(options.data_dir / "encryption.key")


def _examples() -> Path:
    """Return the folder of the flows that ship with the package, installed or in its sources."""
    package = Path(__file__).parent
    installed = package / "examples"
    return installed if installed.is_dir() else package.parents[1] / "examples"


def _aliases(options: NodeOptions, endpoints: Endpoints) -> dict[tuple[str, int], tuple[str, int]]:
    if not options.postgres_alias or not endpoints.postgres_port:
        return {}
    host, _, port = options.postgres_alias.rpartition(":")
    return {(host.lower(), int(port)): ("127.0.0.1", endpoints.postgres_port)}


def base_variables(environment: Mapping[str, str], more: Mapping[str, str]) -> dict[str, object]:
    """Return the variables that every template sees: ``envs`` and ``globals``.

    Environment variables that start with ``ENV_`` or ``KESTRA_`` are ``envs.<rest in lower case>``;
    those that configure the server itself are left out. ``more`` is added to them.
    """
    hidden = ("KESTRA_CONFIGURATION", "KESTRA_PLUGINS_PATH", "KESTRA_SERVER_BASIC")
    envs = {}
    for prefix in ("KESTRA_", "ENV_"):
        for name, value in environment.items():
            if name.startswith(prefix) and not name.startswith(hidden):
                envs[name.removeprefix(prefix).lower()] = value
    return {"envs": {**envs, **more}, "globals": {}}


def _refuse_open_address(host: str, *, has_login: bool) -> None:
    if host == "localhost" or has_login:
        return
    try:
        is_local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_local = False
    if not is_local:
        raise IllegalArgumentError(
            f"Refusing to listen on {host}: anyone who reaches it could run programs here",
            hint="set a login with KESTRA_SERVER_BASIC_AUTH_USERNAME and"
            " KESTRA_SERVER_BASIC_AUTH_PASSWORD, or listen on 127.0.0.1",
        )


@asynccontextmanager
async def serve(node: Node, host: str, port: int) -> AsyncIterator[str]:
    """Serve the node's API; give its base URL once it answers.

    Raises:
        IllegalArgumentError: The address is open to other machines.
        ServerUnavailableError: The port is taken.
    """
    import uvicorn

    from tiercel.web.late import LateApp

    def load() -> FastAPI:
        from tiercel.web.app import create_app

        return create_app(node)

    class Api(uvicorn.Server):
        """Says when it answers, and leaves signals to the command."""

        def __init__(self, config: uvicorn.Config) -> None:
            super().__init__(config)
            self.answering = asyncio.Event()

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            self.answering.set()

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    _refuse_open_address(host, has_login=node.views.login.is_enabled)
    try:
        listening = socket.create_server((host, port))
    except OSError as error:
        raise ServerUnavailableError(
            f"Port {port} of {host} can't be used: {error.strerror}",
            hint="stop what uses it, or choose another with --port",
        ) from error
    app = LateApp(node, load)
    server = Api(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=_LAST_REQUESTS_SECONDS,
        )
    )
    serving = asyncio.create_task(server.serve([listening]), name="api")
    loading = asyncio.create_task(app.load(), name="api-routes")
    try:
        await server.answering.wait()
        yield f"http://{host}:{listening.getsockname()[1]}"
    finally:
        _close_streams(await loading)
        server.should_exit = True
        await serving


def _close_streams(app: FastAPI) -> None:
    from tiercel.web.app import close_streams

    close_streams(app)
