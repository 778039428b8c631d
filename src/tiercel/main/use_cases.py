"""What clients of a node can do, wired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tiercel.main.resources import examples_folder, login_options

if TYPE_CHECKING:
    from tiercel.main.parts import Parts
    from tiercel.services.data import Databases
    from tiercel.services.executions import Executions
    from tiercel.services.flows import Flows
    from tiercel.services.node import Node
    from tiercel.services.views import Views


def make_node(parts: Parts) -> Node:
    """Return a node over its connections; none of its services runs yet."""
    from tiercel.config import server_defaults
    from tiercel.services.asking import Asking
    from tiercel.services.backfills import Backfills
    from tiercel.services.bulk import BulkOperations
    from tiercel.services.executions import Executions
    from tiercel.services.flows import Flows
    from tiercel.services.logs import Logs
    from tiercel.services.node import Node
    from tiercel.services.operations import Operations
    from tiercel.services.replays import Replays
    from tiercel.services.resume_inputs import ResumeInputs
    from tiercel.services.triggers import Triggers
    from tiercel.services.webhooks import Webhooks

    store, bus, catalog, storage = parts.store, parts.bus, parts.catalog, parts.storage
    new_executions, types = parts.new_executions, parts.registry
    triggers = Triggers(store, bus, catalog, parts.maker)
    flows = Flows(
        store,
        types,
        server_defaults=server_defaults(parts.options.settings),
        changed=triggers.reconcile,
    )
    executions = Executions(store, bus, flows, catalog, storage, new_executions, parts.outputs)
    asking, resume_inputs = Asking(store, bus), ResumeInputs(new_executions)
    return Node(
        options=parts.options,
        endpoints=parts.endpoints,
        registry=types,
        store=store,
        bus=bus,
        storage=storage,
        flows=flows,
        executions=executions,
        operations=Operations(
            store,
            bus,
            executions,
            catalog,
            storage,
            asking=asking,
            resume_inputs=resume_inputs,
        ),
        bulk=BulkOperations(store, bus, executions, catalog, asking, resume_inputs),
        replays=Replays(store, bus, executions, catalog, storage, new_executions),
        logs=Logs(store),
        views=_views(parts, executions, flows),
        triggers=triggers,
        backfills=Backfills(store, bus, triggers, parts.maker),
        webhooks=Webhooks(store, bus, catalog, parts.maker),
    )


def _views(parts: Parts, executions: Executions, flows: Flows) -> Views:
    from tiercel.services.blueprints import Blueprints
    from tiercel.services.dashboards import Dashboards
    from tiercel.services.eval import Evaluation
    from tiercel.services.flow_sets import FlowSets
    from tiercel.services.graphs import Graphs
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
        plugin_docs=PluginDocs(parts.registry),
        login=Login(store, login_options(parts.options)),
        meters=parts.meters,
        dashboards=Dashboards(store),
        blueprints=Blueprints(flows, examples_folder()),
        templates=Templates(store, flows),
        data=_databases(parts, flows),
        status=Status(store, parts.bus, Attendance(parts.bus), parts.options.data_dir),
    )


def _databases(parts: Parts, flows: Flows) -> Databases:
    from tiercel.services.data import Databases
    from tiercel.services.data_sources import EmbeddedSources, FlowSources, SourceFinder

    options, endpoints = parts.options, parts.endpoints
    folder = options.data_dir / "certificates"
    finders: list[SourceFinder] = [
        FlowSources(flows, parts.catalog, parts.services, parts.base_context, folder)
    ]
    if endpoints.tcp_url and not options.database_url:
        finders.append(EmbeddedSources(endpoints.database_url, endpoints.tcp_url))
    return Databases(finders, parts.addresses().find)
