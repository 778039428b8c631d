"""Circles in what depends on each other: tasks of a Dag, inputs."""

from __future__ import annotations

from collections.abc import Mapping


def find_cycle(graph: Mapping[str, list[str]]) -> list[str]:
    """Return the nodes of one cycle, empty when there is none; edges to nowhere are ignored."""
    done: set[str] = set()
    for start in graph:
        trail: dict[str, None] = {}
        stack = [(start, iter(graph[start]))] if start not in done else []
        if stack:
            trail[start] = None
        while stack:
            current, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                done.add(current)
                stack.pop()
                del trail[current]
            elif following in trail:
                names = list(trail)
                return names[names.index(following) :]
            elif following in graph and following not in done:
                trail[following] = None
                stack.append((following, iter(graph[following])))
    return []
