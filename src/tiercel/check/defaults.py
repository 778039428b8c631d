"""Plugin defaults: values that objects of a type get unless they say otherwise.

A default applies to every map with a ``type`` that begins with the default's, at any depth. Nested
maps are merged, lists are joined. Own values win over defaults, forced defaults over own values;
among defaults those of the flow win over the server's, exact types over shorter ones, earlier over
later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tiercel.model.flow import PluginDefault
from tiercel.model.yaml import Node, node_of
from tiercel.plugin.registry import Registry


class Defaults:
    """The defaults that hold for one flow.

    Args:
        flow: The flow's own, with the nodes of their values.
        server: The server's, less important than all of the flow's.
    """

    def __init__(
        self,
        flow: Sequence[tuple[PluginDefault, Node]],
        server: Sequence[PluginDefault],
        registry: Registry,
    ) -> None:
        self._registry = registry
        self._sources = [
            [(default, _inherited(node)) for default, node in flow],
            [(default, _inherited(node_of(dict(default.values)))) for default in server],
        ]
        self._is_empty = not flow and not server

    def apply(self, node: Node) -> Node:
        """Return ``node`` with the defaults of everything in it merged in."""
        if self._is_empty:
            return node
        if isinstance(node.value, list):
            return replace(node, value=[self.apply(child) for child in node.value])
        if not isinstance(node.value, dict):
            return node
        done = replace(node, value={key: self.apply(child) for key, child in node.value.items()})
        kind = done.value.get("type")
        if kind is not None and isinstance(kind.value, str):
            for values in self._matching(kind.value, is_forced=False):
                done = _merge(weak=values, strong=done)
            for values in reversed(self._matching(kind.value, is_forced=True)):
                done = _merge(weak=done, strong=values, is_forced=True)
        return done

    def _matching(self, type_name: str, *, is_forced: bool) -> list[Node]:
        """Values of the defaults for a type, the most important first."""
        info = self._registry.find(type_name)
        names = {type_name, *([info.type_name] if info else [])}
        found: list[Node] = []
        for source in self._sources:
            matching = [
                (default, values)
                for default, values in source
                if default.forced is is_forced and self._matches(default.type, names)
            ]
            matching.sort(key=lambda item: -len(item[0].type))
            found += [values for _, values in matching]
        return found

    def _matches(self, default_type: str, names: set[str]) -> bool:
        if any(name.startswith(default_type) for name in names):
            return True
        info = self._registry.find(default_type)
        return info is not None and any(name.startswith(info.type_name) for name in names)


def _inherited(node: Node) -> Node:
    if isinstance(node.value, dict):
        value: object = {key: _inherited(child) for key, child in node.value.items()}
    elif isinstance(node.value, list):
        value = [_inherited(child) for child in node.value]
    else:
        value = node.value
    return replace(node, value=value, is_inherited=True)


def _merge(*, weak: Node, strong: Node, is_forced: bool = False) -> Node:
    if isinstance(weak.value, dict) and isinstance(strong.value, dict):
        merged = dict(weak.value) if is_forced else {}
        for key, child in strong.value.items():
            other = weak.value.get(key)
            merged[key] = (
                child if other is None else _merge(weak=other, strong=child, is_forced=is_forced)
            )
        for key, child in weak.value.items():
            merged.setdefault(key, child)
        base = weak if is_forced else strong
        return replace(base, value=merged)
    if isinstance(weak.value, list) and isinstance(strong.value, list):
        return replace(strong, value=[*weak.value, *strong.value])
    return weak if strong.value is None else strong
