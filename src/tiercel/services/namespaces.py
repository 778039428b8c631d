"""Namespaces: known by the flows in them, with all their parents; and how flows hang together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tiercel.services.written import written_tasks

if TYPE_CHECKING:
    from tiercel.store import Store

SYSTEM_NAMESPACE = "system"
_FLOW_TRIGGER = "io.kestra.plugin.core.trigger.Flow"
_OLD_FLOW_TRIGGER = "io.kestra.core.models.triggers.types.Flow"


@dataclass(frozen=True, slots=True)
class Topology:
    """Flows and who starts whom.

    Attributes:
        flows: Namespace and id of each.
        edges: Source, target and ``FLOW_TASK`` (the source runs the target as a subflow) or
            ``FLOW_TRIGGER`` (an execution of the source fires a trigger of the target).
    """

    flows: tuple[tuple[str, str], ...] = ()
    edges: tuple[tuple[tuple[str, str], tuple[str, str], str], ...] = ()


class Namespaces:
    """What clients ask about namespaces. They are no objects of their own: nothing creates one."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def with_flows(self, query: str | None = None) -> list[str]:
        """Return the namespaces that have flows, sorted; with a query those that contain it."""
        return await self._store.flows.namespaces(query or None)

    async def all(self, query: str = "") -> list[str]:
        """Return namespaces with flows, their parents, and the system's, sorted.

        Args:
            query: Only those that contain it, in any case.
        """
        found = {SYSTEM_NAMESPACE}
        for namespace in await self._store.flows.namespaces():
            found.update(lineage(namespace))
        return sorted(name for name in found if query.lower() in name.lower())

    async def topology(
        self,
        namespace: str,
        flow_id: str | None = None,
        *,
        destination_only: bool = False,
        expand: bool = False,
    ) -> Topology:
        """Return the flows that a flow, or the flows of a namespace, start or are started by.

        Args:
            destination_only: Only who starts them.
            expand: Go on with the flows that are found.
        """
        definitions = await self._store.flows.definitions()
        edges = list(_edges(definitions))
        if flow_id is None:
            start = {(space, name) for space, name, _ in definitions if space == namespace}
        else:
            start = {(namespace, flow_id)}
        kept = _touching(edges, start, destination_only=destination_only)
        while expand:
            reached = start | {end for edge in kept for end in edge[:2]}
            grown = _touching(edges, reached, destination_only=destination_only)
            if len(grown) == len(kept):
                break
            start, kept = reached, grown
        ends = {end: None for edge in kept for end in edge[:2]}
        own = dict.fromkeys(sorted(start)) if flow_id is None else {}
        return Topology(tuple({**own, **ends}), tuple(kept))


def lineage(namespace: str) -> list[str]:
    """Return a namespace's parents, outermost first, then itself."""
    parts = namespace.split(".")
    return [".".join(parts[: count + 1]) for count in range(len(parts))]


Edge = tuple[tuple[str, str], tuple[str, str], str]
_Definitions = Iterable[tuple[str, str, Mapping[str, Any]]]


def _touching(
    edges: Iterable[Edge], flows: set[tuple[str, str]], *, destination_only: bool
) -> list[Edge]:
    return [
        edge for edge in edges if edge[1] in flows or (edge[0] in flows and not destination_only)
    ]


def _edges(definitions: _Definitions) -> Iterator[Edge]:
    known = {(space, name): definition for space, name, definition in definitions}
    seen: set[Edge] = set()
    for target, definition in known.items():
        for _, task in written_tasks(definition):
            called = (str(task.get("namespace")), str(task.get("flowId")))
            if called in known and called != target:
                seen.add((target, called, "FLOW_TASK"))
        for trigger in _flow_triggers(definition):
            rules = list(_rules(trigger))
            for source in known if rules else ():
                if source != target and any(_fits(rule, source) for rule in rules):
                    seen.add((source, target, "FLOW_TRIGGER"))
    yield from sorted(seen)  # in one order, so that two calls give the same


def _flow_triggers(definition: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    triggers = definition.get("triggers")
    for trigger in triggers if isinstance(triggers, list) else ():
        if isinstance(trigger, Mapping) and trigger.get("type") in (
            _FLOW_TRIGGER,
            _OLD_FLOW_TRIGGER,
        ):
            yield trigger


def _rules(trigger: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield what names flows: conditions on flow or namespace, and preconditions."""
    preconditions = trigger.get("preconditions")
    flows = preconditions.get("flows") if isinstance(preconditions, Mapping) else None
    waiting = [trigger.get("conditions"), flows]
    while waiting:
        items = waiting.pop()
        for item in items if isinstance(items, list) else ():
            if not isinstance(item, Mapping):
                continue
            inner = item.get("conditions")
            if isinstance(inner, Mapping):
                waiting.append(list(inner.values()))
            elif isinstance(inner, list):
                waiting.append(inner)
            elif "namespace" in item or "flowId" in item:
                yield item


def _fits(rule: Mapping[str, Any], source: tuple[str, str]) -> bool:
    namespace, flow_id = rule.get("namespace"), rule.get("flowId")
    if flow_id is not None:
        return source == (namespace, flow_id)
    is_prefix = bool(rule.get("prefix")) or rule.get("comparison") == "PREFIX"
    is_below = isinstance(namespace, str) and source[0].startswith(f"{namespace}.")
    return source[0] == namespace or (is_prefix and is_below)
