"""Changing one value of a YAML source and none of the lines around it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LARGE_VALUES, _LARGE_CHARACTERS = 1_000, 100_000
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ESCAPED = re.compile(r"[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""What JSON leaves as it is, and YAML does not read, or reads as the end of a line."""


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def to_yaml(definition: Mapping[str, Any]) -> str:
    """Return plain values as a source, keys in their order.

    What is so large that only machines read it is written in a form that takes a hundredth of the
    time: a line for each property, or for each item of a list.
    """
    if _is_large(definition):
        return "".join(_lines(definition))
    return yaml.dump(dict(definition), Dumper=_Dumper, sort_keys=False, allow_unicode=True)


def _is_large(definition: Mapping[str, Any]) -> bool:
    values, characters = _LARGE_VALUES, _LARGE_CHARACTERS
    level: list[Any] = [definition]
    while level and values > 0 and characters > 0:
        item = level.pop()
        values -= 1
        if isinstance(item, str):
            characters -= len(item)
        elif isinstance(item, Mapping):
            level += [*item, *item.values()]
        elif isinstance(item, list):
            level += item
    return values <= 0 or characters <= 0


def _lines(definition: Mapping[str, Any]) -> Iterator[str]:
    for key, value in definition.items():
        name = key if _PLAIN.fullmatch(key) else _braced(key)
        if isinstance(value, list) and value:
            yield f"{name}:\n"
            yield from (f"- {_braced(item)}\n" for item in value)
        else:
            yield f"{name}: {_braced(value)}\n"


def _braced(value: Any) -> str:
    """Return a value as JSON that means the same as YAML."""
    text = json.dumps(value, ensure_ascii=False)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def with_map(source: str, definition: Any, old: Any, new: Mapping[str, Any]) -> str | None:
    """Return a source with another map in the place of one; all other lines are as they were.

    Args:
        definition: What the source holds.
        old: The very object in the definition that is replaced.

    Returns:
        None when the map has no place of its own in the source: it came by an alias or a merge.
    """
    node = _node_of(yaml.compose(source, Loader=_LOADER), definition, old)
    if not isinstance(node, yaml.MappingNode):
        return None
    lines = source.splitlines(keepends=True)
    start = _offset(lines, node.start_mark)
    end = start + len(source[start : _offset(lines, _end(node))].rstrip())
    return source[:start] + _written(node, new) + source[end:]


def _node_of(node: yaml.Node | None, value: Any, wanted: Any) -> yaml.Node | None:
    """Return the node that an object of the definition was made of."""
    if value is wanted:
        return node
    if isinstance(node, yaml.MappingNode) and isinstance(value, Mapping):
        pairs = [(value.get(key.value), child) for key, child in node.value]
    elif isinstance(node, yaml.SequenceNode) and isinstance(value, list):
        pairs = list(zip(value, node.value, strict=False))
    else:
        return None
    found = (_node_of(child, item, wanted) for item, child in pairs)
    return next((item for item in found if item is not None), None)


def _end(node: yaml.Node) -> Any:
    """Return where the last value of a node ends: a block itself ends where the next begins."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(node, yaml.MappingNode) else last)
    return node.end_mark


def _offset(lines: list[str], mark: Any) -> int:
    return sum(len(line) for line in lines[: mark.line]) + int(mark.column)


def _written(node: yaml.MappingNode, new: Mapping[str, Any]) -> str:
    """Return a map in the style of the one it replaces, indented as that is."""
    if node.flow_style:
        return json.dumps(dict(new), ensure_ascii=False)
    indent = " " * node.start_mark.column
    first, *rest = to_yaml(new).rstrip("\n").split("\n")
    return "\n".join([first, *(f"{indent}{line}" if line else "" for line in rest)])
