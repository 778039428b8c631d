"""The part of Helm's template language that the chart uses, to read what it gives."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

_TAG = re.compile(r"\{\{(-?)\s*(.*?)\s*(-?)\}\}", re.S)
_Node = str | tuple[str, str, list[Any], list[Any]]


class Chart:
    """Renders templates with values; raises ValueError for what it does not understand."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._parts: dict[str, list[_Node]] = {}

    def define(self, text: str) -> None:
        """Take the named parts of a file."""
        for node in _parsed(text):
            if isinstance(node, tuple) and node[0] == "define":
                self._parts[shlex.split(node[1])[0]] = node[2]

    def render(self, text: str) -> str:
        """Return a template's text."""
        return self._text(_parsed(text), self._root, {"$": self._root})

    def _text(self, nodes: list[_Node], dot: Any, names: dict[str, Any]) -> str:
        return "".join(self._node(node, dot, names) for node in nodes)

    def _node(self, node: _Node, dot: Any, names: dict[str, Any]) -> str:
        if isinstance(node, str):
            return node
        kind, rest, body, other = node
        if kind == "print":
            return _shown(self._value(rest, dot, names))
        if kind == "set":
            name, _, expression = rest.partition(":=")
            names[name.strip()] = self._value(expression.strip(), dot, names)
            return ""
        if kind == "if":
            return self._text(body if self._value(rest, dot, names) else other, dot, names)
        if kind == "range":
            return "".join(self._rounds(rest, body, dot, names))
        raise ValueError(kind)

    def _rounds(
        self, rest: str, body: list[_Node], dot: Any, names: dict[str, Any]
    ) -> Iterator[str]:
        targets, _, expression = rest.partition(":=")
        wanted = [name.strip() for name in targets.split(",")]
        values = self._value(expression.strip(), dot, names)
        pairs = sorted(values.items()) if isinstance(values, Mapping) else enumerate(values)
        for pair in pairs:
            own = dict(zip(wanted, pair if len(wanted) == 2 else pair[1:], strict=True))
            yield self._text(body, pair[1], {**names, **own})

    def _value(self, expression: str, dot: Any, names: dict[str, Any]) -> Any:
        first, *filters = expression.split(" | ")
        value = self._call(_words(first), dot, names)
        for part in filters:
            words = _words(part)
            value = self._call([*words, (value,)], dot, names)
        return value

    def _call(self, words: list[Any], dot: Any, names: dict[str, Any]) -> Any:
        head, *rest = words
        arguments = [self._atom(word, dot, names) for word in rest]
        match head:
            case "include":
                return self._text(self._parts[arguments[0]], arguments[1], {"$": arguments[1]})
            case "list":
                return arguments
            case "index":
                return arguments[0][arguments[1]]
            case "eq":
                return arguments[0] == arguments[1]
            case "add":
                return sum(arguments)
            case "not":
                return not arguments[0]
            case "toYaml":
                return yaml.safe_dump(arguments[0], default_flow_style=False).rstrip()
            case "nindent":
                lines = str(arguments[1]).splitlines()
                return "\n" + "\n".join(" " * arguments[0] + line for line in lines)
            case "quote":
                return yaml.safe_dump(str(arguments[0]), default_style='"').rstrip()
            case "default":
                return arguments[1] or arguments[0]
        if rest:
            raise ValueError(f"function {head} is not known")
        return self._atom(head, dot, names)

    def _atom(self, word: Any, dot: Any, names: dict[str, Any]) -> Any:
        if isinstance(word, tuple):
            return word[0]  # what a filter is given
        if word.startswith('"'):
            return word.strip('"')
        if word.isdigit():
            return int(word)
        first, *path = word.split(".")
        value = dot if first == "" else names[first]
        for name in filter(None, path):
            value = value.get(name)
        return value


def _words(text: str) -> list[Any]:
    return re.findall(r'"[^"]*"|\S+', text)


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _parsed(text: str) -> list[_Node]:
    """Return the tree of a template."""
    pieces: list[tuple[bool, str]] = []
    place, trims = 0, False
    for tag in _TAG.finditer(text):
        between = text[place : tag.start()]
        between = between.lstrip() if trims else between
        pieces.append((False, between.rstrip() if tag[1] else between))
        pieces.append((True, tag[2]))
        place, trims = tag.end(), bool(tag[3])
    rest = text[place:]
    pieces.append((False, rest.lstrip() if trims else rest))
    stream = iter(pieces)
    nodes, end = _block(stream)
    if end:
        raise ValueError(f"'{end}' without a beginning")
    return nodes


def _block(stream: Iterator[tuple[bool, str]]) -> tuple[list[_Node], str]:
    nodes: list[_Node] = []
    for is_tag, text in stream:
        word, _, rest = text.partition(" ")
        if not is_tag:
            nodes.append(text)
        elif word in ("end", "else"):
            return nodes, word
        elif word in ("if", "range", "define"):
            body, end = _block(stream)
            other, end = _block(stream) if end == "else" else ([], end)
            if end != "end":
                raise ValueError(f"{word} has no end")
            nodes.append((word, rest, body, other))
        elif ":=" in text:
            nodes.append(("set", text, [], []))
        else:
            nodes.append(("print", text, [], []))
    return nodes, ""
