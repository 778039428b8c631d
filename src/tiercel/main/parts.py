"""What nodes and workers are put together from."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tiercel.main.resources import (
    new_expression_services,
    new_tracer,
    open_cipher,
    open_storage,
)

if TYPE_CHECKING:
    from tiercel.bus import Bus
    from tiercel.embedded import Endpoints
    from tiercel.plugin.registry import Registry
    from tiercel.services.addresses import AddressBook
    from tiercel.services.catalog import FlowCatalog
    from tiercel.services.encryption import Cipher
    from tiercel.services.expression_services import ExpressionServices
    from tiercel.services.meters import Meters
    from tiercel.services.new_executions import ExecutionMaker
    from tiercel.services.node import NodeOptions
    from tiercel.services.secret_book import SecretBook
    from tiercel.services.secrets import Secrets
    from tiercel.services.stored_outputs import OutputsStore
    from tiercel.services.tracing import Tracer
    from tiercel.services.trigger_executions import TriggerExecutions
    from tiercel.storage import Storage
    from tiercel.store import Store


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """What a worker is put together from."""

    options: NodeOptions
    endpoints: Endpoints
    registry: Registry
    bus: Bus
    storage: Storage
    cipher: Cipher
    services: ExpressionServices
    meters: Meters

    def addresses(self) -> AddressBook:
        """Return where servers are that flows know by other names."""
        from tiercel.services.addresses import AddressBook

        alias, port = self.options.postgres_alias, self.endpoints.postgres_port
        if not alias or not port:
            return AddressBook({})
        host, _, alias_port = alias.rpartition(":")
        return AddressBook({(host.lower(), int(alias_port)): ("127.0.0.1", port)})

    def switches(self) -> dict[str, dict[str, Any]]:
        """Return the switches of plugins by the names that types have today."""
        from tiercel.config import plugin_switches

        found: dict[str, dict[str, Any]] = {}
        for name, values in plugin_switches(self.options.settings).items():
            info = self.registry.find(name)
            found.setdefault(info.type_name if info else name, {}).update(values)
        return found


@dataclass(frozen=True, slots=True)
class Parts(WorkerParts):
    """What a node is put together from."""

    store: Store
    secrets: Secrets
    base_context: dict[str, Any]
    catalog: FlowCatalog
    maker: TriggerExecutions
    new_executions: ExecutionMaker
    outputs: OutputsStore
    tracer: Tracer | None


def worker_parts(
    options: NodeOptions,
    endpoints: Endpoints,
    registry: Registry,
    bus: Bus,
    book: SecretBook,
    meters: Meters,
) -> WorkerParts:
    """Return the parts of a worker.

    Args:
        book: The secrets it knows.
        meters: Count what it does; and what its bus refuses, from now on.
    """
    bus.on_refused = meters.message_refused
    storage = open_storage(options)
    return WorkerParts(
        options=options,
        endpoints=endpoints,
        registry=registry,
        bus=bus,
        storage=storage,
        cipher=open_cipher(options),
        services=new_expression_services(options, storage, book),
        meters=meters,
    )


def node_parts(
    options: NodeOptions,
    endpoints: Endpoints,
    registry: Registry,
    store: Store,
    bus: Bus,
    meters: Meters,
) -> Parts:
    """Return the parts of a node over its connections."""
    from tiercel.config import base_variables, server_defaults
    from tiercel.services.catalog import FlowCatalog
    from tiercel.services.new_executions import ExecutionMaker
    from tiercel.services.secret_book import SecretBook
    from tiercel.services.secrets import Secrets
    from tiercel.services.stored_outputs import OutputsStore
    from tiercel.services.trigger_executions import TriggerExecutions

    book = SecretBook()
    worker = worker_parts(options, endpoints, registry, bus, book, meters)
    services, encrypt = worker.services, worker.cipher.encrypt
    base_context = base_variables(options.settings, os.environ, options.envs)
    return Parts(
        options=options,
        endpoints=endpoints,
        registry=registry,
        bus=bus,
        storage=worker.storage,
        cipher=worker.cipher,
        services=services,
        store=store,
        secrets=Secrets(store, bus, worker.cipher, book, services.secret_names),
        base_context=base_context,
        catalog=FlowCatalog(store, registry, server_defaults=server_defaults(options.settings)),
        maker=TriggerExecutions(services, base_context, encrypt),
        new_executions=ExecutionMaker(services, base_context, encrypt),
        outputs=OutputsStore(worker.storage),
        tracer=new_tracer(options),
        meters=meters,
    )
