"""``tiercel server``: long-running processes."""

from __future__ import annotations

import asyncio
import gc
import re
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import click

from tiercel.cli.console import err, out
from tiercel.cli.settings import (
    AT_ONCE_SECONDS,
    SERVER_GRACE_SECONDS,
    load,
    node_options,
    set_log_levels,
    show_remarks,
)
from tiercel.model.errors import IllegalArgumentError, ServerUnavailableError
from tiercel.services.node import ALL_ROLES, Role

if TYPE_CHECKING:
    from pathlib import Path

    from tiercel.cli.commands.server import Address, Loading, Skipping
    from tiercel.cli.options import Common, Local
    from tiercel.cli.wiring import Wiring
    from tiercel.config import Configuration, Remark, Settings
    from tiercel.services.node import Node, NodeOptions, WorkerNode
    from tiercel.store import Ignored

_GROUP_KEY = re.compile(r"[a-zA-Z0-9_-]+")
_TENANTS = ("", "main")
_MANAGEMENT_PORT = 8081
_OBJECTS_PER_LOOK = 20_000


@dataclass(frozen=True, slots=True)
class Kind:
    """A server command.

    Attributes:
        grace: Seconds for running tasks at the end, unless the configuration says otherwise.
    """

    name: str
    roles: frozenset[Role]
    grace: float = SERVER_GRACE_SECONDS


LOCAL = Kind("local", ALL_ROLES, AT_ONCE_SECONDS)
STANDALONE = Kind("standalone", ALL_ROLES)
WEBSERVER = Kind("webserver", frozenset({Role.WEBSERVER, Role.INDEXER}))
EXECUTOR = Kind("executor", frozenset({Role.EXECUTOR}))
SCHEDULER = Kind("scheduler", frozenset({Role.SCHEDULER}))
INDEXER = Kind("indexer", frozenset({Role.INDEXER}))
WORKER = Kind("worker", frozenset({Role.WORKER}))


class _Guarding(Protocol):
    async def guard(self, work: Coroutine[Any, Any, Any]) -> Any: ...


@dataclass(frozen=True, slots=True)
class ServerCall:
    """A server command with its options.

    Attributes:
        threads: Attempts that run at once; None as configured.
        worker_group: Empty as configured.
    """

    common: Common
    local: Local
    address: Address
    loading: Loading
    skipping: Skipping
    threads: int | None = None
    worker_group: str = ""

    def serve(self, wiring: Wiring, kind: Kind) -> int:
        """Run servers until told to stop; return the exit code.

        Raises:
            TiercelError: The configuration is wrong.
            click.UsageError: An option is.
        """
        self._check(kind)
        configuration = load(self.common.config)
        show_remarks(configuration.remarks)
        if not self.common.internal_log:
            set_log_levels(configuration.settings)
        options = self.options(configuration, kind)
        show_remarks(_more_remarks(wiring, configuration, options, kind))
        self._tell_skipped()
        ports = self._ports(configuration.settings, kind)
        if kind is WORKER:
            return wiring.run(serve_worker(wiring, options, ports))
        if Role.WEBSERVER not in kind.roles:
            return wiring.run(serve_loops(wiring, options, ports, kind.name))
        return wiring.run(serve_api(wiring, options, ports, self.loading.flow_path))

    def _tell_skipped(self) -> None:
        """Say what the executor leaves alone: who reads the log later must not wonder."""
        skipping = self.skipping
        for name in ("executions", "flows", "namespaces", "tenants"):
            words = list(_words(getattr(skipping, f"skip_{name}")))
            if words:
                err.print(f"skipped {name}: {', '.join(words)}", markup=False)
        if skipping.start_executors or skipping.not_start_executors:
            err.print(
                "--start-executors and --not-start-executors have no effect: they choose parts of"
                " a Kafka executor, and here an executor is one part",
                soft_wrap=True,
            )

    def _ports(self, settings: Settings, kind: Kind) -> Ports:
        given, management = self.address.port, settings.management
        host = self.address.host or settings.web.host
        probes = management.port if management.enabled else None
        if Role.WEBSERVER in kind.roles:
            port = settings.web.port if given is None else given
            if kind is STANDALONE and management.enabled and probes is None:
                # where compose files and their checks look for it
                return Ports(host, port, _MANAGEMENT_PORT, is_optional=True)
            return Ports(host, port, probes)
        return Ports(host, 0, probes if given is None else given)

    def options(self, configuration: Configuration, kind: Kind) -> NodeOptions:
        """Return what the process is made of."""
        made = node_options(configuration.settings, self.local, grace=kind.grace)
        roles = kind.roles - {Role.INDEXER} if self.loading.no_indexer else kind.roles
        return replace(
            made,
            roles=roles,
            slots=made.slots if self.threads is None else self.threads,
            worker_group=self.worker_group or made.worker_group,
            ignored=ignored_by(self.skipping),
        )

    def _check(self, kind: Kind) -> None:
        _check_tenant(self.loading.tenant)
        if self.worker_group and not _GROUP_KEY.fullmatch(self.worker_group):
            raise click.UsageError("--worker-group takes letters, digits, '_' and '-'")
        if kind is WORKER and self.threads == 0:
            raise click.UsageError("A worker needs one thread at least")
        if self.threads is not None and self.threads < 0:
            raise click.UsageError("--thread takes a number, 0 or more")
        if self.address.port is not None and not 0 <= self.address.port <= 65535:
            raise click.UsageError("--port takes a number from 0 to 65535")


def ignored_by(skipping: Skipping) -> Ignored:
    """Return what the executor leaves alone.

    Raises:
        click.UsageError: A value is not of its option's form, or names another tenant.
    """
    from tiercel.store import Ignored

    flows = [_in_tenant(word, "--skip-flows", 2) for word in _words(skipping.skip_flows)]
    spaces = [_in_tenant(word, "--skip-namespaces", 1) for word in _words(skipping.skip_namespaces)]
    tenants = list(_words(skipping.skip_tenants))
    for tenant in tenants:
        _check_tenant(tenant)
    return Ignored(
        executions=frozenset(_words(skipping.skip_executions)),
        flows=frozenset((namespace, flow_id) for namespace, flow_id in flows),
        namespaces=frozenset(namespace for (namespace,) in spaces),
        all=bool(tenants),
    )


def _words(given: Sequence[str] | None) -> Iterator[str]:
    """Yield the values of an option that is repeated, or given values with commas between."""
    for text in given or ():
        yield from filter(None, (word.strip() for word in text.split(",")))


def _in_tenant(word: str, option: str, count: int) -> list[str]:
    """Return the parts of ``tenant|a|b`` after the tenant, which may be left out."""
    parts = word.split("|")
    if len(parts) == count + 1:
        _check_tenant(parts.pop(0))
    if len(parts) != count or not all(parts):
        form = "namespace|flow" if count == 2 else "namespace"
        raise click.UsageError(f"{option} takes {form} or main|{form}, not '{word}'")
    return parts


def _check_tenant(tenant: str) -> None:
    if tenant not in _TENANTS:
        raise click.UsageError(f"There is no tenant '{tenant}': there is one, main")


def _more_remarks(
    wiring: Wiring, configuration: Configuration, options: NodeOptions, kind: Kind
) -> list[Remark]:
    """Return what is to be said of settings once plugins and options are known."""
    from tiercel.config import key_remarks, plugin_remarks

    plugins = configuration.settings.plugins
    found: list[Remark] = []
    if plugins.defaults or plugins.configurations or configuration.settings.tasks.defaults:
        types = wiring.registry().types()
        names = [name for info in types for name in (info.type_name, *info.aliases)]
        found += plugin_remarks(configuration, names)
    if kind is not WORKER:
        found += key_remarks(configuration.settings, options.database_url)
    return found


async def until_stopped(node: _Guarding) -> None:
    """Return when the command is told to stop; raise when a service of the node fails before."""
    collect_less()
    try:
        await node.guard(asyncio.Event().wait())
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None:
            task.uncancel()
        out.print("stopping …")


def collect_less() -> None:
    """Look for garbage in what is made from now on alone, and in larger lots.

    What there is by now stays as long as the process; going through it again and again would be a
    third of the work for a large execution.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_PER_LOOK, *gc.get_threshold()[1:])


@dataclass(frozen=True, slots=True)
class Ports:
    """Where a server listens.

    Attributes:
        port: Of the API.
        probes: Of health and metrics; None for no port of their own.
        is_optional: Nobody asked for that of health and metrics: when it is taken, there is none.
    """

    host: str
    port: int
    probes: int | None
    is_optional: bool = False


async def serve_api(
    wiring: Wiring, options: NodeOptions, ports: Ports, flow_path: Path | None
) -> int:
    """Run the services of a node and its API until told to stop."""
    async with AsyncExitStack() as stack:
        node = await stack.enter_async_context(wiring.open_node(options))
        if flow_path is not None:
            await _load_flows(node, flow_path)
        await _watch_folders(node, stack)
        url = await stack.enter_async_context(wiring.serve(node, ports.host, ports.port))
        out.print(f"Server Running: {url}")
        out.print(f"  pages     {url}/ui")
        out.print(f"  API       {url}/api/v1")
        if node.endpoints.postgres_port:
            out.print(f"  database  postgresql://127.0.0.1:{node.endpoints.postgres_port}")
        out.print(f"  data      {options.data_dir}")
        await _open_probes(wiring, node, ports, stack)
        await until_stopped(node)
    return 0


async def serve_loops(wiring: Wiring, options: NodeOptions, ports: Ports, name: str) -> int:
    """Run the services of a node without an API until told to stop."""
    async with AsyncExitStack() as stack:
        node = await stack.enter_async_context(wiring.open_node(options))
        out.print(f"Server Running: {name}")
        await _open_probes(wiring, node, ports, stack)
        await until_stopped(node)
    return 0


async def serve_worker(wiring: Wiring, options: NodeOptions, ports: Ports) -> int:
    """Run a worker without a database until told to stop."""
    async with AsyncExitStack() as stack:
        node = await stack.enter_async_context(wiring.open_worker(options))
        group, slots = options.worker_group, options.slots
        out.print(f"Server Running: worker of group {group}, {slots} attempts at once")
        await _open_probes(wiring, node, ports, stack)
        await until_stopped(node.loops)
    return 0


async def _open_probes(
    wiring: Wiring, node: Node | WorkerNode, ports: Ports, stack: AsyncExitStack
) -> None:
    if ports.probes is None:
        return
    probes = wiring.serve_probes(node, ports.host, ports.probes)
    try:
        url = await stack.enter_async_context(probes)
    except ServerUnavailableError as error:
        if not ports.is_optional:
            raise
        out.print(f"  health    on the port of the API: {error.message}", markup=False)
        return
    out.print(f"  health    {url}/health")


async def _load_flows(node: Node, folder: Path) -> None:
    """Save all flows of a folder, in one transaction; those that are as stored stay as they are.

    Raises:
        IllegalArgumentError: There is no such folder.
        InvalidFlowError: A flow is not valid.
    """
    sources = await asyncio.to_thread(_sources, folder)
    await node.views.flow_sets.save_sources(sources)


async def _watch_folders(node: Node, stack: AsyncExitStack) -> None:
    """Keep flow files and stored flows the same from now on, if the configuration wants it.

    Raises:
        IllegalArgumentError: There is no such folder.
    """
    settings = node.options.settings.watch
    if not settings.enabled:
        return
    from tiercel.services.flow_folders import FlowFolders
    from tiercel.services.flow_watch import FlowWatch

    folders = FlowFolders(settings.paths)

    def tell(line: str) -> None:
        out.print(line, markup=False, soft_wrap=True)

    watch = FlowWatch(folders, node.flows, node.views.flow_sets, tell)
    await watch.start()
    await stack.enter_async_context(node.loops.running(watch))
    out.print(f"  watched   {', '.join(map(str, folders.roots))}", markup=False, soft_wrap=True)


def _sources(folder: Path) -> dict[str, str]:
    """Return the documents of all flow files below a folder, by a name each."""
    from tiercel.services.source_files import split_documents

    if not folder.is_dir():
        raise IllegalArgumentError(f"{folder} is no folder", hint="--flow-path names one")
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".yml", ".yaml") and path.is_file():
            documents = split_documents(path.read_text("utf-8"))
            for number, text in enumerate(documents, 1):
                name = str(path.relative_to(folder))
                found[name if len(documents) == 1 else f"{name}, document {number}"] = text
    return found
