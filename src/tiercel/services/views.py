"""Use cases that only the API has: everything that is looked at from some other side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tiercel.services.blueprints import Blueprints
    from tiercel.services.dashboards import Dashboards
    from tiercel.services.data import Databases
    from tiercel.services.eval import Evaluation
    from tiercel.services.flow_sets import FlowSets
    from tiercel.services.graphs import Graphs
    from tiercel.services.kv import KeyValues
    from tiercel.services.login import Login
    from tiercel.services.meters import Meters
    from tiercel.services.namespace_tree import NamespaceTree
    from tiercel.services.namespaces import Namespaces
    from tiercel.services.plugin_docs import PluginDocs
    from tiercel.services.secrets import Secrets
    from tiercel.services.stats import Stats
    from tiercel.services.status import Status
    from tiercel.services.templates import Templates


@dataclass(frozen=True, slots=True)
class Views:
    """The parts behind the API, besides flows, executions and logs."""

    flow_sets: FlowSets
    graphs: Graphs
    evaluation: Evaluation
    namespaces: Namespaces
    namespace_tree: NamespaceTree
    kv: KeyValues
    secrets: Secrets
    stats: Stats
    plugin_docs: PluginDocs
    login: Login
    meters: Meters
    dashboards: Dashboards
    blueprints: Blueprints
    templates: Templates
    data: Databases
    status: Status
