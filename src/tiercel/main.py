"""The composition root: the only file that picks the parts of the product and wires them."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiercel.model.errors import IllegalArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI

    from tiercel.bus import Bus, Handover
    from tiercel.embedded import Endpoints
    from tiercel.plugin.registry import Registry
    from tiercel.services.catalog import FlowCatalog
    from tiercel.services.data import Databases
    from tiercel.services.encryption import Cipher
    from tiercel.services.executions import Executions
    from tiercel.services.expression_services import ExpressionServices
    from tiercel.services.flows import Flows
    from tiercel.services.holders import Holders
    from tiercel.services.login import LoginOptions
    from tiercel.services.meters import Meters
    from tiercel.services.new_executions import ExecutionMaker
    from tiercel.services.node import Node, NodeOptions, Service, WorkerNode
    from tiercel.services.presence import Attendance
    from tiercel.services.secrets import Secrets
    from tiercel.services.stored_outputs import OutputsStore
    from tiercel.services.tracing import Tracer
    from tiercel.services.trigger_executions import TriggerExecutions
    from tiercel.services.views import Views
    from tiercel.services.worker import Worker
    from tiercel.storage import Storage
    from tiercel.store import Store
    from tiercel.web.telemetry import Metric

_SLOW_PARTS = ("tiercel.services.worker", "tiercel.services.scheduler", "asyncpg")


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code: 0 good, 1 failed, 2 wrong usage."""
    from tiercel.cli.app import run as run_command
    from tiercel.cli.wiring import Wiring

    named = os.environ.get("TIERCEL_LOG_LEVEL", "").upper()
    logging.basicConfig(
        level=logging.getLevelNamesMapping().get(named, logging.WARNING),
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        stream=sys.stderr,
    )
    words = sys.argv[1:] if arguments is None else arguments
    sys.exit(
        run_command(Wiring(open_node, open_worker, serve, serve_probes, registry, run_async), words)
    )


def run_async(work: Awaitable[int]) -> int:
    """Run a command to its end; Ctrl-C and SIGTERM cancel it once, so that it can clean up."""
    import asyncio
    import signal

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


async def _start_servers(
    options: NodeOptions, stack: AsyncExitStack, *, postgres: bool = True
) -> Endpoints:
    from tiercel.embedded import EmbeddedServers, Endpoints

    postgres, nats = postgres and not options.database_url, not options.bus_url
    if not postgres and not nats:
        return Endpoints(database_url=options.database_url, bus_url=options.bus_url)
    servers = EmbeddedServers(options.data_dir)
    stack.push_async_callback(servers.stop)
    started = await servers.start(postgres=postgres, nats=nats)
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
    import asyncio

    async with AsyncExitStack() as stack:
        starting = asyncio.create_task(_start_servers(options, stack))
        # It goes on in other processes meanwhile: importing takes as long as they do.
        await asyncio.sleep(0)
        _import_parts()
        endpoints = await starting
        from tiercel.bus import Bus
        from tiercel.config import pool_size
        from tiercel.store import Store

        sizes = {} if (size := pool_size(options.settings)) is None else {"pool_size": size}
        store = await Store.connect(endpoints.database_url, ignored=options.ignored, **sizes)
        stack.push_async_callback(store.close)
        await store.migrate()
        bus = await Bus.connect(endpoints.bus_url)
        stack.push_async_callback(bus.close)
        parts = _parts(options, endpoints, store, bus)
        if parts.tracer is not None:
            stack.push_async_callback(parts.tracer.close)
        node = _node(parts)
        await node.views.login.start()
        await node.views.secrets.start()
        async with node.loops.running(*_services(parts, node)):
            yield node


@asynccontextmanager
async def open_worker(options: NodeOptions) -> AsyncIterator[WorkerNode]:
    """Run a worker and nothing else; it needs NATS and internal storage, and no database.

    Raises:
        ServerUnavailableError: NATS can't be reached or started.
    """
    from tiercel.bus import Bus
    from tiercel.services.expression_services import ExpressionServices
    from tiercel.services.node import Role, WorkerNode
    from tiercel.services.secret_book import SecretBook
    from tiercel.services.secrets import follower_of_workers

    async with AsyncExitStack() as stack:
        endpoints = await _start_servers(options, stack, postgres=False)
        bus = await Bus.connect(endpoints.bus_url, worker_group=options.worker_group)
        stack.push_async_callback(bus.close)
        storage, book = _storage(options), SecretBook()
        services = ExpressionServices(storage, os.environ, book=book)
        services.is_recursive = options.settings.variables.recursive_rendering
        worker = _worker(options, endpoints, bus, storage, services)
        presence = _presence(replace(options, roles=frozenset({Role.WORKER})), bus, worker)
        node = WorkerNode(options, endpoints, bus, lambda: worker.running)
        async with node.loops.running(follower_of_workers(bus, book), presence, worker):
            yield node


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a node is put together from."""

    options: NodeOptions
    endpoints: Endpoints
    store: Store
    bus: Bus
    storage: Storage
    cipher: Cipher
    services: ExpressionServices
    secrets: Secrets
    base_context: dict[str, Any]
    catalog: FlowCatalog
    maker: TriggerExecutions
    new_executions: ExecutionMaker
    outputs: OutputsStore
    tracer: Tracer | None
    meters: Meters


def _parts(options: NodeOptions, endpoints: Endpoints, store: Store, bus: Bus) -> _Parts:
    from tiercel.config import base_variables, server_defaults
    from tiercel.services.catalog import FlowCatalog
    from tiercel.services.meters import Meters
    from tiercel.services.new_executions import ExecutionMaker
    from tiercel.services.stored_outputs import OutputsStore
    from tiercel.services.trigger_executions import TriggerExecutions

    storage, cipher = _storage(options), _cipher(options)
    services, secrets = _expressions(options, store, bus, storage, cipher)
    base_context = base_variables(options.settings, os.environ, options.envs)
    defaults = server_defaults(options.settings)
    return _Parts(
        options=options,
        endpoints=endpoints,
        store=store,
        bus=bus,
        storage=storage,
        cipher=cipher,
        services=services,
        secrets=secrets,
        base_context=base_context,
        catalog=FlowCatalog(store, registry(), server_defaults=defaults),
        maker=TriggerExecutions(services, base_context, cipher.encrypt),
        new_executions=ExecutionMaker(services, base_context, cipher.encrypt),
        outputs=OutputsStore(storage),
        tracer=_tracer(options),
        meters=Meters(),
    )


def _tracer(options: NodeOptions) -> Tracer | None:
    from tiercel.services.tracing import TracingOptions, open_tracer

    settings = options.settings.traces
    enabled = None if settings.root is None else settings.root == "DEFAULT"
    return open_tracer(TracingOptions(enabled, settings.endpoint), os.environ)


def _node(parts: _Parts) -> Node:
    """Return a node over its connections; none of its services runs yet."""
    from tiercel.config import server_defaults
    from tiercel.services.backfills import Backfills
    from tiercel.services.executions import Executions
    from tiercel.services.flows import Flows
    from tiercel.services.logs import Logs
    from tiercel.services.node import Node
    from tiercel.services.operations import Operations
    from tiercel.services.triggers import Triggers
    from tiercel.services.webhooks import Webhooks

    store, bus, catalog, storage = parts.store, parts.bus, parts.catalog, parts.storage
    new_executions, types = parts.new_executions, registry()
    triggers = Triggers(store, bus, catalog, parts.maker)
    flows = Flows(
        store,
        types,
        server_defaults=server_defaults(parts.options.settings),
        changed=triggers.reconcile,
    )
    executions = Executions(store, bus, flows, catalog, storage, new_executions, parts.outputs)
    return Node(
        options=parts.options,
        endpoints=parts.endpoints,
        registry=types,
        store=store,
        bus=bus,
        storage=storage,
        flows=flows,
        executions=executions,
        operations=Operations(store, bus, executions, catalog, storage, new_executions),
        logs=Logs(store),
        views=_views(parts, executions, flows),
        triggers=triggers,
        backfills=Backfills(store, bus, triggers, parts.maker),
        webhooks=Webhooks(store, bus, catalog, parts.maker),
    )


def _services(parts: _Parts, node: Node) -> Iterator[Service]:
    """Yield the services of the node's roles, in the order in which they start."""
    from tiercel.services.node import Role

    roles = parts.options.roles
    beside = _Beside.of(parts)
    worker = None
    if Role.WORKER in roles and parts.options.slots:
        handover = beside.handover if beside is not None else None
        worker = _worker(
            parts.options, parts.endpoints, parts.bus, parts.storage, parts.services, handover
        )
    yield parts.secrets.follower
    if Role.WEBSERVER in roles or Role.EXECUTOR in roles:
        yield node.views.status.attendance
    # It is the last but one to stop: what drains is still there.
    yield _presence(parts.options, parts.bus, worker)
    if Role.INDEXER in roles:
        from tiercel.services.indexer import Indexer

        yield Indexer(parts.bus, parts.store, parts.meters)
    if beside is not None:
        yield beside.holders
    if Role.EXECUTOR in roles:
        yield _executor(parts, beside, node.views.status.attendance)
        yield _answers(node)
        yield _retention(parts, node)
    if worker is not None:
        yield worker
    if Role.SCHEDULER in roles:
        yield _scheduler(parts, node)


def _presence(options: NodeOptions, bus: Bus, worker: Worker | None) -> Service:
    import socket
    from importlib.metadata import version

    from tiercel.bus import Process
    from tiercel.services.clock import new_id, utc_now
    from tiercel.services.node import Role
    from tiercel.services.presence import Presence

    roles = options.roles if worker is not None else options.roles - {Role.WORKER}
    process = Process(
        worker.worker_id if worker is not None else new_id(),
        tuple(sorted(roles)),
        socket.gethostname(),
        os.getpid(),
        version("tiercel"),
        utc_now(),
        group=worker.group if worker is not None else "",
        slots=options.slots if worker is not None else 0,
    )
    if worker is None:
        return Presence(bus, process)
    return Presence(bus, process, lambda: worker.running)


def _retention(parts: _Parts, node: Node) -> Service:
    from tiercel.services.retention import Retention, RetentionOptions

    settings = parts.options.settings.retention
    options = RetentionOptions(settings.days, settings.namespaces)
    return Retention(parts.store, parts.storage, node.views.kv, options)


@dataclass(frozen=True, slots=True)
class _Beside:
    """What links the executor and the worker of a process that runs its own servers."""

    handover: Handover
    holders: Holders

    @classmethod
    def of(cls, parts: _Parts) -> _Beside | None:
        """Return the link; None where other machines may have executors: they could not tell
        whether this process is alive.
        """
        options = parts.options
        if options.database_url or options.bus_url:
            return None
        from tiercel.bus import Handover
        from tiercel.services.holders import Holders

        holders = Holders(options.data_dir / "holders")
        return cls(Handover(holders.name, limit_bytes=parts.bus.message_limit), holders)


def _executor(parts: _Parts, beside: _Beside | None, attendance: Attendance) -> Service:
    from tiercel.services.children import Children
    from tiercel.services.clock import new_id, utc_now
    from tiercel.services.executor import Executor
    from tiercel.services.live import Live
    from tiercel.services.step import Environment
    from tiercel.services.worker_groups import WorkerGroups

    environment = Environment(
        registry(),
        parts.services,
        utc_now,
        new_id,
        parts.base_context,
        cipher=parts.cipher,
        outputs=parts.outputs,
        traces=parts.tracer is not None,
        groups=WorkerGroups(parts.bus, attendance),
    )
    children = Children(
        parts.store, parts.catalog, parts.new_executions, parts.storage, environment
    )
    live = Live(parts.bus, parts.tracer, parts.meters)
    return Executor(
        parts.store,
        parts.bus,
        parts.catalog,
        environment,
        live,
        children,
        handover=beside.handover if beside is not None else None,
        holders=beside.holders if beside is not None else None,
    )


def _worker(
    options: NodeOptions,
    endpoints: Endpoints,
    bus: Bus,
    storage: Storage,
    services: ExpressionServices,
    handover: Handover | None = None,
) -> Worker:
    from tiercel.services.addresses import AddressBook
    from tiercel.services.worker import Worker

    return Worker(
        bus,
        registry(),
        storage,
        services,
        slots=options.slots,
        work_dir=options.work_dir,
        cache_dir=options.cache_dir,
        group=options.worker_group,
        grace=options.grace,
        addresses=AddressBook(_aliases(options, endpoints)),
        plugin_settings=_switches(options),
        cipher=_cipher(options),
        handover=handover,
    )


def _scheduler(parts: _Parts, node: Node) -> Service:
    from tiercel.services.addresses import AddressBook
    from tiercel.services.clock import new_id
    from tiercel.services.flow_triggers import FlowTriggers
    from tiercel.services.polling import Places, Polling
    from tiercel.services.scheduler import Scheduler

    options, store, bus, maker = parts.options, parts.store, parts.bus, parts.maker
    places = Places(
        parts.storage,
        parts.services,
        options.work_dir,
        options.cache_dir,
        AddressBook(_aliases(options, parts.endpoints)),
        _switches(options),
        parts.cipher.encrypt,
    )
    polling = Polling(store, bus, registry(), maker, places, meters=parts.meters)
    flow_triggers = FlowTriggers(store, parts.catalog, maker, ids=new_id)
    return Scheduler(
        store,
        bus,
        parts.catalog,
        maker,
        node.triggers,
        flow_triggers,
        polling,
        meters=parts.meters,
    )


def _storage(options: NodeOptions) -> Storage:
    """Return internal storage.

    Raises:
        IllegalArgumentError: A bucket is not named, or the package for it is not installed.
    """
    from tiercel.config import bucket_values
    from tiercel.storage import LocalStorage, open_bucket

    kind = options.settings.storage.type
    if kind == "local":
        return LocalStorage(options.storage_dir)
    return open_bucket(kind, bucket_values(options.settings), options.cache_dir / "objects")


def _switches(options: NodeOptions) -> dict[str, dict[str, Any]]:
    """Return the switches of plugins by the names that types have today."""
    from tiercel.config import plugin_switches

    found: dict[str, dict[str, Any]] = {}
    for name, values in plugin_switches(options.settings).items():
        info = registry().find(name)
        found.setdefault(info.type_name if info else name, {}).update(values)
    return found


def _answers(node: Node) -> Service:
    """Return what answers those that have no database."""
    from tiercel.services.answers import Answers
    from tiercel.services.dashboard_questions import DashboardQuestions
    from tiercel.services.flow_questions import FlowQuestions
    from tiercel.services.secrets import QUESTION
    from tiercel.services.upkeep import Upkeep

    answers = Answers(node.bus, node.operations, node.logs)
    answers.add(QUESTION, node.views.secrets.answer)
    upkeep = Upkeep(node.store, node.storage, node.views.kv)
    for asked in (upkeep, FlowQuestions(node.flows), DashboardQuestions(node.views.dashboards)):
        for name, answer in asked.answers().items():
            answers.add(name, answer)
    return answers


def _expressions(
    options: NodeOptions, store: Store, bus: Bus, storage: Storage, cipher: Cipher
) -> tuple[ExpressionServices, Secrets]:
    """Return what expressions ask, and the secrets among it."""
    from tiercel.services.expression_services import ExpressionServices
    from tiercel.services.secret_book import SecretBook
    from tiercel.services.secrets import Secrets

    book = SecretBook()
    services = ExpressionServices(storage, os.environ, book=book)
    services.is_recursive = options.settings.variables.recursive_rendering
    return services, Secrets(store, bus, cipher, book, services.secret_names)


def _views(parts: _Parts, executions: Executions, flows: Flows) -> Views:
    from tiercel.services.blueprints import Blueprints
    from tiercel.services.dashboards import Dashboards
    from tiercel.services.eval import Evaluation
    from tiercel.services.graphs import Graphs
    from tiercel.services.imports import FlowSets
    from tiercel.services.kv import KeyValues
    from tiercel.services.login import Login
    from tiercel.services.namespace_tree import NamespaceTree
    from tiercel.services.namespaces import Namespaces
    from tiercel.services.plugin_docs import PluginDocs
    from tiercel.services.presence import Attendance
    from tiercel.services.stats import Stats
    from tiercel.services.status import Status
    from tiercel.services.templates import Templates
    from tiercel.services.views import Views

    store, catalog, storage = parts.store, parts.catalog, parts.storage
    flow_sets = FlowSets(store, flows)
    return Views(
        flow_sets=flow_sets,
        graphs=Graphs(flows, catalog, executions),
        evaluation=Evaluation(executions, catalog, parts.services, parts.base_context),
        namespaces=Namespaces(store),
        namespace_tree=NamespaceTree(storage, flow_sets),
        kv=KeyValues(storage),
        secrets=parts.secrets,
        stats=Stats(store),
        plugin_docs=PluginDocs(registry()),
        login=Login(store, _login(parts.options)),
        meters=parts.meters,
        dashboards=Dashboards(store),
        blueprints=Blueprints(flows, _examples()),
        templates=Templates(store, flows),
        data=_databases(parts, flows),
        status=Status(store, parts.bus, Attendance(parts.bus), parts.options.data_dir),
    )


def _databases(parts: _Parts, flows: Flows) -> Databases:
    from tiercel.services.addresses import AddressBook
    from tiercel.services.data import Databases
    from tiercel.services.data_sources import EmbeddedSources, FlowSources, SourceFinder

    options, endpoints = parts.options, parts.endpoints
    folder = options.data_dir / "certificates"
    finders: list[SourceFinder] = [
        FlowSources(flows, parts.catalog, parts.services, parts.base_context, folder)
    ]
    if endpoints.tcp_url and not options.database_url:
        finders.append(EmbeddedSources(endpoints.database_url, endpoints.tcp_url))
    return Databases(finders, AddressBook(_aliases(options, endpoints)).find)


def _login(options: NodeOptions) -> LoginOptions:
    from tiercel.services.login import LoginOptions

    given = options.settings.login
    return LoginOptions(
        enabled=given.enabled,
        username=given.username,
        password=given.password.get_secret_value(),
        realm=given.realm,
        open_urls=given.open_urls,
    )


def _cipher(options: NodeOptions) -> Cipher:
    from tiercel.services.encryption import Cipher

    given = options.settings.encryption
    key, older = given.secret_key.get_secret_value(), [k.get_secret_value() for k in given.old_keys]
    return Cipher(key, older) if key else Cipher.kept_in(options.data_dir / "encryption.key", older)


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


def _refuse_open_address(host: str, *, has_login: bool) -> None:
    import ipaddress

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
            " KESTRA_SERVER_BASIC_AUTH_PASSWORD, or kestra.server.basic-auth in the configuration,"
            " or listen on 127.0.0.1",
        )


@asynccontextmanager
async def serve(node: Node, host: str, port: int) -> AsyncIterator[str]:
    """Serve the node's API; give its base URL once it answers.

    Raises:
        IllegalArgumentError: The address is open to other machines.
        ServerUnavailableError: The port is taken.
    """
    import asyncio

    from tiercel.web.late import LateApp
    from tiercel.web.listening import bound, served

    def load() -> FastAPI:
        from tiercel.web.app import create_app

        return create_app(node)

    _refuse_open_address(host, has_login=node.views.login.is_enabled)
    app = node.api = LateApp(node, load)
    async with served(app, bound(host, port, "--port"), host) as url:
        loading = asyncio.create_task(app.load(), name="api-routes")
        try:
            yield url
        finally:
            _close_streams(await loading)


@asynccontextmanager
async def serve_probes(node: Node | WorkerNode, host: str, port: int) -> AsyncIterator[str]:
    """Tell on a port of its own how a server is; give its base URL.

    Raises:
        ServerUnavailableError: The port is taken.
    """
    from tiercel.services.node import Node
    from tiercel.web.listening import bound, served
    from tiercel.web.probes import Probes

    given = node.options.settings.management
    app = Probes(
        partial(_health, node),
        partial(_own_metrics, node),
        given.username,
        given.password.get_secret_value(),
        api=node.api if isinstance(node, Node) else None,
        shows_all=isinstance(node, Node) and not node.views.login.is_enabled,
    )
    async with served(app, bound(host, port, "endpoints.all.port"), host) as url:
        yield url


async def _health(node: Node | WorkerNode) -> tuple[int, dict[str, Any]]:
    from tiercel.services.node import WorkerNode
    from tiercel.web.health import health, queue_health

    if isinstance(node, WorkerNode):
        return queue_health(node.bus)
    return await health(node)


def _own_metrics(node: Node | WorkerNode) -> Iterator[Metric]:
    """Yield what a process without an API counts."""
    from tiercel.services.meters import Meters
    from tiercel.services.node import WorkerNode
    from tiercel.web.telemetry import metered, process_metrics

    settings, meters = node.options.settings.metrics, Meters()
    if isinstance(node, WorkerNode):
        group = (("worker_group", node.options.worker_group),)
        meters.gauge("worker.job.running", node.running(), group)
        meters.gauge("worker.job.thread", node.options.slots, group)
    else:
        meters = node.views.meters
    tags = {str(key): str(value) for key, value in settings.tags.items()}
    yield from process_metrics()
    yield from metered(meters, settings.name_prefix, tags)


def _close_streams(app: FastAPI) -> None:
    from tiercel.web.app import close_streams

    close_streams(app)
