"""Graphs of flows and executions: tasks as nodes, what follows what as edges, owners as clusters.

Every cluster has a node where it begins and one where it ends; the flow itself is the cluster
``root``. A uid is the path of the enclosing clusters and the task's id; in an execution the values
of the enclosing loops are added with ``_``. Where a loop has run, there is one node an iteration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tiercel.services.written import find_task, reduced_task

if TYPE_CHECKING:
    from tiercel.model.execution import TaskRun
    from tiercel.model.flow import Flow
    from tiercel.model.task import TaskSpec

HIERARCHIES = "io.kestra.core.models.hierarchies."
SUBFLOWS = ("subflow", "for_each_item")
_LOOPS = ("for_each", "each_sequential", "each_parallel")
_TYPES = {
    "parallel": "PARALLEL",
    "if": "CHOICE",
    "switch": "CHOICE",
    "dag": "DYNAMIC",
    **dict.fromkeys(_LOOPS, "DYNAMIC"),
}


@dataclass(frozen=True, slots=True)
class RunView:
    """An execution as a graph shows it.

    Attributes:
        task_runs: In order of creation.
        show: Gives the JSON of a task run.
    """

    task_runs: Sequence[TaskRun]
    show: Callable[[TaskRun], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class OpenedSubflow:
    """A subflow node that is to be opened, and which flow it starts; names may be templates."""

    uid: str
    namespace: str
    flow_id: str
    revision: int | None


@dataclass(slots=True)
class _Cluster:
    """A cluster while it is built."""

    path: str
    start: str
    end: str
    parents: list[str]
    error: bool = False
    nodes: list[str] = field(default_factory=list)

    @property
    def uid(self) -> str:
        return f"cluster_{self.path}"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a chain of tasks stands: its cluster, and the loop iteration it belongs to."""

    cluster: _Cluster
    owner: str | None
    values: tuple[str, ...] = ()
    relation: str = "SEQUENTIAL"


class GraphBuilder:
    """Builds one graph.

    Args:
        new_id: Gives fresh ids for the nodes where clusters begin and end.
        run: The execution to show; None shows the flow.
        opened: Uids of subflow nodes that are to be opened.
        subflows: The flows behind them, by uid. Those that are missing are put into
            :attr:`missing`: build again when they are known.
        trigger_states: JSON of the stored states by trigger id.
    """

    def __init__(
        self,
        new_id: Callable[[], str],
        *,
        run: RunView | None = None,
        opened: frozenset[str] = frozenset(),
        subflows: Mapping[str, Flow] | None = None,
        trigger_states: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self._new_id = new_id
        self._run = run
        self._opened = opened
        self._subflows = subflows or {}
        self._trigger_states = trigger_states or {}
        self._nodes: list[dict[str, Any]] = []
        self._edges: list[dict[str, Any]] = []
        self._clusters: list[dict[str, Any]] = []
        self._runs = _by_owner(run.task_runs if run else ())
        self._flow: Flow
        self.missing: list[OpenedSubflow] = []

    def build(self, flow: Flow) -> dict[str, Any]:
        """Return nodes, edges and clusters."""
        self._flow = flow
        root = self._new_cluster("root", None)
        self._triggers(flow, root, self._trigger_states)
        self._flow_tasks(flow, root, root.start, None)
        return {"nodes": self._nodes, "edges": self._edges, "clusters": self._clusters}

    # Clusters

    def _new_cluster(self, path: str, parent: _Cluster | None, *, error: bool = False) -> _Cluster:
        """Add a cluster's first and last node."""
        parents = [] if parent is None or parent.path == "root" else [*parent.parents, parent.uid]
        start, end = f"{path}.{self._new_id()}", f"{path}.{self._new_id()}"
        cluster = _Cluster(path, start, end, parents, error, [start, end])
        for uid, kind in ((start, "GraphClusterRoot"), (end, "GraphClusterEnd")):
            self._nodes.append({"uid": uid, "type": HIERARCHIES + kind, "error": error})
        return cluster

    def _close(self, cluster: _Cluster, facts: Mapping[str, Any], kind: str) -> None:
        """List a cluster, now that all of its nodes are known."""
        shown = {"uid": cluster.uid, "type": HIERARCHIES + kind, "error": cluster.error, **facts}
        self._clusters.append(
            {
                "cluster": shown,
                "nodes": cluster.nodes,
                "parents": cluster.parents,
                "start": cluster.start,
                "end": cluster.end,
            }
        )

    def _edge(self, source: str, target: str, relation: str | None, value: Any = None) -> None:
        shown = {"relationType": relation} if relation else {}
        if value is not None:
            shown["value"] = value
        self._edges.append({"source": source, "target": target, "relation": shown})

    def _triggers(
        self, flow: Flow, owner: _Cluster, states: Mapping[str, Mapping[str, Any]]
    ) -> None:
        if not flow.triggers:
            return
        cluster = self._new_cluster(f"{owner.path}.Triggers", owner)
        written = {item.get("id"): item for item in flow.definition.get("triggers") or ()}
        for trigger in flow.triggers:
            uid = f"{cluster.path}.{trigger.id}"
            declared = {"id": trigger.id, "type": trigger.type}
            node: dict[str, Any] = {
                "uid": uid,
                "type": f"{HIERARCHIES}GraphTrigger",
                "error": False,
                "triggerDeclaration": declared if self._run else written.get(trigger.id, declared),
            }
            if trigger.id in states:
                node["trigger"] = states[trigger.id]
            self._nodes.append(node)
            cluster.nodes.append(uid)
            self._edge(cluster.start, uid, None)
            self._edge(uid, cluster.end, None)
        self._edge(cluster.end, owner.start, None)
        self._close(cluster, {}, "GraphCluster")

    # Tasks

    def _flow_tasks(self, flow: Flow, cluster: _Cluster, start: str, relation: str | None) -> None:
        """Add the lists of a flow: its tasks, what comes after them, and its errors branch."""
        place = _Place(cluster, None)
        last = self._chain(flow.tasks, place, start, relation, None)
        for tasks, name in ((flow.finally_, "FINALLY"), (flow.after_execution, "AFTER_EXECUTION")):
            if tasks:
                last = self._chain(tasks, place, last, name, None)
        self._edge(last, cluster.end, None)
        self._errors(flow.errors, place, start)

    def _errors(self, tasks: Sequence[TaskSpec], place: _Place, start: str) -> None:
        if tasks:
            inner = _Place(place.cluster, place.owner, place.values, "ERROR")
            last = self._chain(tasks, inner, start, "ERROR", None)
            self._edge(last, place.cluster.end, None)

    def _chain(
        self,
        tasks: Iterable[TaskSpec],
        place: _Place,
        source: str,
        relation: str | None,
        value: Any,
        later: str | None = None,
    ) -> str:
        """Add tasks one after the other; return where the next edge begins.

        Args:
            relation, value: Of the edge to the first one.
            later: Relation of the edges between them.
        """
        for task in tasks:
            entry, exit_ = self._task(task, place)
            self._edge(source, entry, relation, self._edge_value(task, place, value))
            source, relation = (
                exit_,
                later or ("ERROR" if place.relation == "ERROR" else "SEQUENTIAL"),
            )
            value = value if later else None
        return source

    def _edge_value(self, task: TaskSpec, place: _Place, value: Any) -> Any:
        run = self._run_of(task, place)
        return value if run is None else run.value

    def _run_of(self, task: TaskSpec, place: _Place) -> TaskRun | None:
        """Return the task run at a place: the last one with these loop values."""
        value = place.values[-1] if place.values else None
        runs = self._runs.get((place.owner, task.id), ())
        fitting = [run for run in runs if run.value is None or run.value == value]
        return fitting[-1] if fitting else None

    def _task(self, task: TaskSpec, place: _Place) -> tuple[str, str]:
        """Add a task, or the cluster it owns; return where edges lead in and out."""
        name = "_".join((task.id, *place.values))
        path = f"{place.cluster.path}.{name}"
        branches = {key: tasks for key, tasks in task.children.items() if tasks}
        if task.behavior in SUBFLOWS and path in self._opened:
            opened = self._opened_subflow(task, place, path)
            if opened is not None:
                return opened
        if not branches or (task.behavior in SUBFLOWS):
            kind = "SubflowGraphTask" if task.behavior in SUBFLOWS else "GraphTask"
            node = self._node(task, place, path, kind, place.relation)
            place.cluster.nodes.append(path)
            self._nodes.append(node)
            return path, path
        relation = _TYPES.get(task.behavior, "SEQUENTIAL")
        is_error = place.relation == "ERROR"
        cluster = self._new_cluster(path, place.cluster, error=is_error)
        node = self._node(task, place, path, "GraphTask", relation)
        node["error"] = is_error
        self._nodes.append(node)
        cluster.nodes.append(path)
        self._edge(cluster.start, path, None)
        run = self._run_of(task, place)
        inner = _Place(
            cluster, run.id if run else "", place.values, "ERROR" if is_error else "SEQUENTIAL"
        )
        self._branches(task, branches, inner, path, relation)
        self._close(cluster, {"relationType": relation, "taskNode": node}, "GraphCluster")
        return cluster.start, cluster.end

    def _node(
        self, task: TaskSpec, place: _Place, uid: str, kind: str, relation: str
    ) -> dict[str, Any]:
        written = find_task(self._flow.definition, task.id) or {"id": task.id, "type": task.type}
        node: dict[str, Any] = {
            "uid": uid,
            "type": HIERARCHIES + kind,
            "error": place.relation == "ERROR",
            "task": reduced_task(written) if self._run else written,
            "relationType": relation,
        }
        run = self._run_of(task, place)
        if self._run is not None and run is not None:
            node["taskRun"] = self._run.show(run)
            node["values"] = [] if run.value is None else [run.value]
        return node

    def _branches(
        self,
        task: TaskSpec,
        branches: Mapping[str, Sequence[TaskSpec]],
        place: _Place,
        path: str,
        relation: str,
    ) -> None:
        end = place.cluster.end
        if task.behavior == "dag":
            self._dag(task, branches["tasks"], place, path)
        elif task.behavior in _LOOPS:
            self._loop(task, branches.get("tasks", ()), place, path)
        else:
            for key, tasks in branches.items():
                if key in ("errors", "finally"):
                    continue
                if relation == "PARALLEL":
                    for child in tasks:
                        self._edge(self._chain([child], place, path, relation, None), end, None)
                    continue
                value = key.removeprefix("cases.") if relation == "CHOICE" else None
                self._edge(self._chain(tasks, place, path, relation, value), end, None)
        if "finally" in branches:
            last = self._chain(branches["finally"], place, path, "FINALLY", None)
            self._edge(last, end, None)
        self._errors(branches.get("errors", ()), place, path)

    def _dag(self, task: TaskSpec, tasks: Sequence[TaskSpec], place: _Place, path: str) -> None:
        needed: Mapping[str, Sequence[str]] = task.properties.get("dependsOn") or {}
        exits: dict[str, str] = {}
        entries: dict[str, str] = {}
        for child in tasks:
            entries[child.id], exits[child.id] = self._task(child, place)
        ends = set(exits)
        for name, entry in entries.items():
            before = [other for other in needed.get(name, ()) if other in exits]
            ends.difference_update(before)
            for source in [exits[other] for other in before] or [path]:
                self._edge(source, entry, "PARALLEL")
        for name, last in exits.items():
            if name in ends:
                self._edge(last, place.cluster.end, None)

    def _loop(self, task: TaskSpec, tasks: Sequence[TaskSpec], place: _Place, path: str) -> None:
        """Add one chain an iteration that has begun, or the tasks themselves when none has."""
        end = place.cluster.end
        values = self._iterations(tasks, place)
        if not values:
            self._edge(self._chain(tasks, place, path, "DYNAMIC", None, "DYNAMIC"), end, None)
            return
        limit = task.properties.get("concurrencyLimit", 1)
        one_by_one = task.behavior != "each_parallel" and limit in (1, "1")
        source = path
        for value in values:
            inner = _Place(place.cluster, place.owner, (*place.values, value), place.relation)
            last = self._chain(
                tasks, inner, source if one_by_one else path, "DYNAMIC", value, "DYNAMIC"
            )
            self._edge(last, end, None)
            source = last

    def _iterations(self, tasks: Sequence[TaskSpec], place: _Place) -> list[str]:
        found: dict[str, None] = {}
        for child in tasks:
            for run in self._runs.get((place.owner, child.id), ()):
                if run.value is not None:
                    found.setdefault(run.value)
        return list(found)

    def _opened_subflow(self, task: TaskSpec, place: _Place, path: str) -> tuple[str, str] | None:
        child = self._subflows.get(path)
        if child is None:
            wanted = task.properties
            revision = wanted.get("revision")
            self.missing.append(
                OpenedSubflow(
                    path,
                    str(wanted.get("namespace")),
                    str(wanted.get("flowId")),
                    revision if isinstance(revision, int) else None,
                )
            )
            return None
        cluster = self._new_cluster(path, place.cluster)
        node = self._node(task, place, path, "SubflowGraphTask$1", "SEQUENTIAL")
        node["task"] = {"subflowTask": node["task"], "id": task.id, "type": task.type}
        self._nodes.append(node)
        cluster.nodes.append(path)
        self._edge(cluster.start, path, None)
        outer, runs = self._flow, self._runs
        # what runs in there belongs to another execution
        self._flow, self._runs = child, {}
        self._triggers(child, cluster, {})
        self._flow_tasks(child, cluster, path, "SEQUENTIAL")
        self._flow, self._runs = outer, runs
        facts = {"relationType": "SEQUENTIAL", "taskNode": node}
        self._close(cluster, facts, "SubflowGraphCluster")
        return cluster.start, cluster.end


def _by_owner(task_runs: Sequence[TaskRun]) -> dict[tuple[str | None, str], list[TaskRun]]:
    found: dict[tuple[str | None, str], list[TaskRun]] = {}
    for run in task_runs:
        found.setdefault((run.parent_id, run.task_id), []).append(run)
    return found
