"""YAML as flows are written in it: every value has a place, scalars mean what authors expect.

``yes``, ``no``, ``on``, ``off``, dates, ``12:30`` and ``010`` are text; only ``true`` and
``false`` are booleans. Duplicate keys are problems. Anchors, aliases and merge keys work, within
limits that keep a small source small.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import yaml
from yaml.events import CollectionEndEvent
from yaml.nodes import MappingNode, ScalarNode, SequenceNode

from tiercel.model.problems import Problem

_MAX_CHARACTERS = 4_000_000
_MAX_VALUES = 100_000
_MAX_REPEATED = 10_000
_MAX_DEPTH = 100
_TAG = "tag:yaml.org,2002:"
_MERGE = f"{_TAG}merge"


@dataclass(slots=True)
class Node:
    """One value of a YAML source with its place.

    Attributes:
        value: None, a bool, int, float or text; a list of nodes; or nodes by key, in source order.
        line, column: 1-based place of the value, 0 when it has none.
        key_line, key_column: Place of its key, when it stands in a map.
        text: A number or boolean as it was written, for properties that are text: ``3.10``.
        is_inherited: It came from plugin defaults, not from the object's own source.
        style: How a text was written: plain (empty), ``"``, ``'``, ``|`` or ``>``.
    """

    value: Any
    line: int = 0
    column: int = 0
    key_line: int = 0
    key_column: int = 0
    text: str | None = None
    is_inherited: bool = False
    style: str = ""

    @property
    def place(self) -> tuple[int, int]:
        """Where to point at: the key when there is one, else the value."""
        return (self.key_line or self.line, self.key_column or self.column)

    def plain(self) -> Any:
        """Return the value without places."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value

    def walk(self) -> Iterator[Node]:
        """Yield this node and everything in it, in source order."""
        yield self
        if isinstance(self.value, dict):
            for child in self.value.values():
                yield from child.walk()
        elif isinstance(self.value, list):
            for child in self.value:
                yield from child.walk()


def node_of(value: Any) -> Node:
    """Return plain values as nodes without places. Keys become text."""
    if isinstance(value, dict):
        return Node({str(key): node_of(child) for key, child in value.items()})
    if isinstance(value, (list, tuple)):
        return Node([node_of(child) for child in value])
    return Node(value)


@dataclass(slots=True)
class Document:
    """A parsed source; ``root`` is None when there is nothing that could be read."""

    root: Node | None
    problems: list[Problem] = field(default_factory=list)


def parse_yaml(source: str) -> Document:
    """Parse one YAML document, collecting problems instead of raising."""
    if len(source) > _MAX_CHARACTERS:
        return Document(
            None, [Problem(f"Illegal flow yaml: longer than {_MAX_CHARACTERS} characters")]
        )
    if len(source) > 2 * _MAX_VALUES and (problem := _endless(source)) is not None:
        return Document(None, [problem])
    loader = _loader_class()(source)
    try:
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        return Document(None, [_syntax_problem(error)])
    except (yaml.YAMLError, ValueError) as error:
        return Document(None, [Problem(f"Illegal flow yaml: {' '.join(str(error).split())}")])
    finally:
        loader.dispose()
    if root is None:
        return Document(None)
    builder = _Builder()
    try:
        return Document(builder.build(root, "", 0), builder.problems)
    except _TooMuchError as error:
        return Document(None, [*builder.problems, error.problem])


def _endless(source: str) -> Problem | None:
    """Tell where a source has more keys and values than are built, before they all take their time;
    what else is wrong with it, the parser says.
    """
    loader, left = _loader_class()(source), 2 * _MAX_VALUES
    try:
        while loader.check_event():
            event = loader.get_event()
            left -= not isinstance(event, CollectionEndEvent)
            if left < 0:
                return _too_much(event.start_mark, "")
    except (yaml.YAMLError, ValueError):
        return None
    finally:
        loader.dispose()
    return None


def _too_much(mark: Any, path: str) -> Problem:
    message = "Illegal flow yaml: too many or too deep values"
    return Problem(message, path, mark.line + 1, mark.column + 1)


class _TooMuchError(Exception):
    """A source has more values than anybody writes; building them all would take too long."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def _syntax_problem(error: yaml.MarkedYAMLError) -> Problem:
    mark: Any = error.problem_mark or error.context_mark
    message = " ".join(str(part) for part in (error.problem, error.context) if part)
    return Problem(
        f"Illegal flow yaml: {message}",
        line=mark.line + 1 if mark else 0,
        column=mark.column + 1 if mark else 0,
        hint=_syntax_hint(message),
    )


def _syntax_hint(message: str) -> str:
    if "mapping values are not allowed" in message:
        return "quote text that contains `: `"
    if "found character" in message and "cannot start any token" in message:
        return "indent with blanks, and quote text that begins with `@`, `%` or a backtick"
    if "undefined alias" in message:
        return "quote text that begins with `*`"
    if "found unhashable" in message or "while parsing a flow mapping" in message:
        return 'quote text that begins with `{`, such as "{{ inputs.name }}"'
    return ""


@cache
def _loader_class() -> Any:
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class FlowLoader(loader):  # type: ignore[misc]
        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  PyYAML's own protocol

    for tag, pattern, first in (
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
        ("int", r"[-+]?(?:0|[1-9][0-9_]*)|0x[0-9a-fA-F_]+", list("-+0123456789")),
        (
            "float",
            r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"
            r"|[-+]?\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?",
            list("-+0123456789."),
        ),
        ("merge", r"<<", ["<"]),
    ):
        FlowLoader.add_implicit_resolver(_TAG + tag, re.compile(f"^(?:{pattern})$"), first)
    return FlowLoader


class _Builder:
    """Turns PyYAML's nodes into ours."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._left = _MAX_VALUES
        self._repeats_left = _MAX_REPEATED
        self._seen: set[int] = set()

    def build(self, node: Any, path: str, depth: int) -> Node:
        mark = node.start_mark
        built = Node(None, mark.line + 1, mark.column + 1)
        self._count(node, path, depth)
        if isinstance(node, ScalarNode):
            self._scalar(node, built, path)
        elif isinstance(node, SequenceNode):
            self._known_tag(node, path, "seq")
            built.value = [
                self.build(child, f"{path}[{index}]", depth + 1)
                for index, child in enumerate(node.value)
            ]
        elif isinstance(node, MappingNode):
            self._known_tag(node, path, "map")
            built.value = self._map(node, path, depth)
        return built

    def _count(self, node: Any, path: str, depth: int) -> None:
        """Keep a small source small: what aliases repeat counts most."""
        self._left -= 1
        if id(node) in self._seen:
            self._repeats_left -= 1
        self._seen.add(id(node))
        if self._left < 0 or self._repeats_left < 0 or depth > _MAX_DEPTH:
            raise _TooMuchError(_too_much(node.start_mark, path))

    def _known_tag(self, node: Any, path: str, kind: str) -> None:
        if node.tag != f"{_TAG}{kind}":
            self._problem(node.start_mark, f"Illegal flow yaml: unknown tag {node.tag}", path)

    def _problem(self, mark: Any, message: str, path: str, hint: str = "") -> None:
        self.problems.append(Problem(message, path, mark.line + 1, mark.column + 1, hint))

    def _scalar(self, node: ScalarNode, built: Node, path: str) -> None:
        text, tag = node.value, node.tag
        if tag == f"{_TAG}str":
            built.value = text
            built.style = node.style or ""
            return
        try:
            if tag == f"{_TAG}null":
                return
            if tag == f"{_TAG}bool":
                built.value = {"true": True, "false": False}[text.lower()]
                built.text = text.lower()
            elif tag == f"{_TAG}int":
                digits = text.replace("_", "")
                built.value = int(digits, 16 if digits.startswith("0x") else 10)
                built.text = text
            elif tag == f"{_TAG}float":
                built.value = float(text.replace("_", ""))
                built.text = text
            else:
                built.value = text
                if tag not in (f"{_TAG}timestamp", _MERGE):
                    self._problem(node.start_mark, f"Illegal flow yaml: unknown tag {tag}", path)
        except (KeyError, ValueError):
            kind = tag.removeprefix(_TAG)
            self._problem(node.start_mark, f"Illegal flow yaml: `{text}` is not a {kind}", path)

    def _map(self, node: MappingNode, path: str, depth: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        for key_node, value_node in node.value:
            mark = key_node.start_mark
            if not isinstance(key_node, ScalarNode):
                hint = 'quote templates: "{{ … }}"'
                self._problem(mark, "Illegal flow yaml: a key must be text", path, hint)
                continue
            if key_node.tag == _MERGE:
                self._merge(merged, value_node, path, depth)
                continue
            key = key_node.value
            place = f"{path}.{key}" if path else key
            if key in found:
                first = found[key].key_line
                self._problem(
                    mark, f"Duplicate field '{key}'", place, f"it stands on line {first} already"
                )
                continue
            child = self.build(value_node, place, depth + 1)
            child.key_line, child.key_column = mark.line + 1, mark.column + 1
            found[key] = child
        return {**{k: v for k, v in merged.items() if k not in found}, **found} if merged else found

    def _merge(self, merged: dict[str, Node], node: Any, path: str, depth: int) -> None:
        sources = node.value if isinstance(node, SequenceNode) else [node]
        for source in sources:
            built = self.build(source, path, depth + 1)
            if isinstance(built.value, dict):
                for key, child in built.value.items():
                    merged.setdefault(key, child)
            else:
                self._problem(source.start_mark, "Illegal flow yaml: `<<` needs a map", path)
