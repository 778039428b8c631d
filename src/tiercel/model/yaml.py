"""YAML as flows are written in it: every value has a place, scalars mean what authors expect.

``yes``, ``no``, ``on``, ``off``, dates, ``12:30`` and ``010`` are text; only ``true`` and
``false`` are booleans. Duplicate keys are problems. Anchors, aliases and merge keys work, within
limits that keep a small source small.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final

import yaml
from yaml.composer import ComposerError
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from tiercel.model.problems import MOST_PROBLEMS, Problem, more_problems

MAX_CHARACTERS: Final = 4_000_000
MAX_VALUES: Final = 40_000
"""Keys and values of one source."""
_MAX_REPEATED = 10_000
_MAX_DEPTH = 100
_MAX_DIRECTIVES = 16
_BEGIN = "Illegal flow yaml: "
_TAG = "tag:yaml.org,2002:"
_STR, _NULL, _BOOL, _INT = f"{_TAG}str", f"{_TAG}null", f"{_TAG}bool", f"{_TAG}int"
_FLOAT, _MERGE, _TIME = f"{_TAG}float", f"{_TAG}merge", f"{_TAG}timestamp"
_BOOLEANS = {"true": True, "false": False}
_DIGITS = "0123456789"
_WHOLE = re.compile(r"0|[1-9][0-9]{,17}").fullmatch
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG_DIRECTIVE = re.compile(r"(?:\A|[\r\n\x85\u2028\u2029])%TAG")

_Path = tuple[Any, "str | int"] | None
"""Where a value is: the path of what holds it, and its key or number there; None for the root."""


def _kinds() -> dict[str, list[tuple[str, Callable[[str], object]]]]:
    """Return what plain text can be besides text, by its first character."""
    found: dict[str, list[tuple[str, Callable[[str], object]]]] = {}
    for tag, pattern, firsts in (
        (_NULL, r"~|null|Null|NULL|", ("~", "n", "N", "")),
        (_BOOL, r"true|True|TRUE|false|False|FALSE", "tTfF"),
        (_INT, r"[-+]?(?:0|[1-9][0-9_]*)|0x[0-9a-fA-F_]+", f"-+{_DIGITS}"),
        (
            _FLOAT,
            r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"
            r"|[-+]?\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?",
            f"-+.{_DIGITS}",
        ),
        (_MERGE, r"<<", "<"),
    ):
        for first in firsts:
            found.setdefault(first, []).append((tag, re.compile(pattern).fullmatch))
    return found


_KINDS = _kinds()


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
    """Parse one YAML document, collecting problems instead of raising.

    Values are built as they are met: a source that has too many of them is refused at the first
    that is too many, whatever comes after it.
    """
    if len(source) > MAX_CHARACTERS:
        return Document(None, [Problem(f"{_BEGIN}longer than {MAX_CHARACTERS} characters")])
    if _has_endless_directives(source):
        return Document(None, [Problem(f"{_BEGIN}more than {_MAX_DIRECTIVES} lines of %TAG")])
    loader = _LOADER(source)
    builder = _Builder(loader.get_event)
    try:
        return Document(builder.document(), builder.problems)
    except yaml.MarkedYAMLError as error:
        return Document(None, [_syntax_problem(error)])
    except (yaml.YAMLError, ValueError) as error:
        return Document(None, [Problem(f"{_BEGIN}{' '.join(str(error).split())}")])
    except _TooMuchError as error:
        return Document(None, [*builder.problems, error.problem])
    finally:
        loader.dispose()


def _has_endless_directives(source: str) -> bool:
    """Whether tags are given more names than anybody gives: each is compared with all others."""
    if source.count("%TAG") <= _MAX_DIRECTIVES:
        return False
    return next(islice(_TAG_DIRECTIVE.finditer(source), _MAX_DIRECTIVES, None), None) is not None


class _TooMuchError(Exception):
    """A source has more values than anybody writes; building them all would take too long."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def _syntax_problem(error: yaml.MarkedYAMLError) -> Problem:
    mark: Any = error.problem_mark or error.context_mark
    message = " ".join(str(part) for part in (error.problem, error.context) if part)
    return Problem(
        f"{_BEGIN}{message}",
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


def _written(path: _Path) -> str:
    """Return a path as it is shown: ``tasks[0].message``."""
    parts: list[str] = []
    while path is not None:
        path, key = path
        parts.append(f"[{key}]" if isinstance(key, int) else f".{key}")
    return "".join(reversed(parts)).removeprefix(".")


def _tag_of(event: Any) -> str:
    """Return the tag of a scalar: the one it was given, or what its text means."""
    tag: str | None = event.tag
    if tag is not None and tag != "!":
        return tag
    if event.implicit[0]:
        text = event.value
        for kind, matches in _KINDS.get(text[:1], ()):
            if matches(text):
                return kind
    return _STR


@dataclass(slots=True)
class _Anchor:
    """A value with a name.

    Attributes:
        mark: Where the name is given.
        key: Its text as a key; None when it is a list or a map.
        is_open: It is still being built: what stands in it can't repeat it.
    """

    node: Node
    mark: Any
    key: str | None
    is_open: bool = True


class _Builder:
    """Turns the events of PyYAML's parser into nodes.

    Args:
        following: Returns the next event.
    """

    def __init__(self, following: Callable[[], Any]) -> None:
        self.problems: list[Problem] = []
        self._next = following
        self._left = MAX_VALUES
        self._repeats_left = _MAX_REPEATED
        self._anchors: dict[str, _Anchor] = {}

    def document(self) -> Node | None:
        """Return the value of the one document, None when there is none.

        Raises:
            yaml.YAMLError: The source can't be read, or it has several documents.
            _TooMuchError: It has too many or too deep values.
        """
        self._next()  # the stream begins
        start = self._next()
        if type(start) is StreamEndEvent:
            return None
        root = self._value(self._next(), None, 0)
        self._next()  # the document ends
        end = self._next()
        if type(end) is not StreamEndEvent:
            context = "expected a single document in the stream"
            message = "but found another document"
            raise ComposerError(context, start.start_mark, message, end.start_mark)
        return root

    def _value(self, event: Any, path: _Path, depth: int) -> Node:
        mark = event.start_mark
        self._left -= 1
        if self._left < 0 or depth > _MAX_DEPTH:
            raise self._too_much(mark, path)
        kind = type(event)
        if kind is AliasEvent:
            return self._repeated(event, path, depth)
        if kind is ScalarEvent and event.tag is None and event.anchor is None:
            text = event.value
            # most values are texts that can't be anything else, or whole numbers
            if not event.implicit[0] or text[:1] not in _KINDS:
                style = event.style or ""
                return Node(text, mark.line + 1, mark.column + 1, 0, 0, None, False, style)
            if _WHOLE(text):
                return Node(int(text), mark.line + 1, mark.column + 1, 0, 0, text)
        node = Node(None, mark.line + 1, mark.column + 1)
        anchor = None if event.anchor is None else self._anchored(event, node)
        if kind is ScalarEvent:
            self._scalar(event, node, path)
        elif kind is SequenceStartEvent:
            self._known_tag(event, path, "seq")
            node.value = self._list(path, depth + 1)
        elif kind is MappingStartEvent:
            self._known_tag(event, path, "map")
            node.value = self._map(path, depth + 1)
        if anchor is not None:
            anchor.is_open = False
        return node

    def _list(self, path: _Path, depth: int) -> list[Node]:
        found: list[Node] = []
        while type(event := self._next()) is not SequenceEndEvent:
            found.append(self._value(event, (path, len(found)), depth))
        return found

    def _map(self, path: _Path, depth: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        merged: dict[str, Node] = {}
        while type(event := self._next()) is not MappingEndEvent:
            mark = event.start_mark
            key = self._key(event, path, depth)
            if key is None:
                self._pass_over(self._next(), path, depth)
            elif key == "<<" and type(event) is ScalarEvent and _tag_of(event) == _MERGE:
                self._merge(merged, path, depth)
            elif key in found:
                self._repeated_key(key, mark, path, found[key].key_line)
                self._pass_over(self._next(), path, depth)
            else:
                child = self._value(self._next(), (path, key), depth)
                child.key_line, child.key_column = mark.line + 1, mark.column + 1
                found[key] = child
        return {**{k: v for k, v in merged.items() if k not in found}, **found} if merged else found

    def _key(self, event: Any, path: _Path, depth: int) -> str | None:
        """Return the text of a key; None when it is none, which is a problem."""
        self._left -= 1
        kind = type(event)
        key: str | None = None
        if kind is ScalarEvent:
            key = event.value
            if event.anchor is not None:
                self._pass_over(event, path, depth)
        elif kind is AliasEvent:
            key = self._known(event).key
        else:
            self._pass_over(event, path, depth)
        if key is None:
            hint = 'quote templates: "{{ … }}"'
            self._problem(event.start_mark, "a key must be text", path, hint)
        return key

    def _repeated_key(self, key: str, mark: Any, path: _Path, first: int) -> None:
        message, hint = f"Duplicate field '{key}'", f"it stands on line {first} already"
        place = mark.line + 1, mark.column + 1
        self._tell(Problem(message, _written((path, key)), *place, hint))

    def _pass_over(self, event: Any, path: _Path, depth: int) -> None:
        """Read a value that is not used; what is wrong in it does not matter."""
        count = len(self.problems)
        self._value(event, path, depth)
        del self.problems[count:]

    def _merge(self, merged: dict[str, Node], path: _Path, depth: int) -> None:
        built = self._value(self._next(), path, depth)
        for source in built.value if isinstance(built.value, list) else [built]:
            if isinstance(source.value, dict):
                for key, child in source.value.items():
                    merged.setdefault(key, child)
            else:
                message = f"{_BEGIN}`<<` needs a map"
                self._tell(Problem(message, _written(path), source.line, source.column))

    # Anchors

    def _anchored(self, event: Any, node: Node) -> _Anchor:
        first = self._anchors.get(event.anchor)
        if first is not None:
            context, message = "found duplicate anchor; first occurrence", "second occurrence"
            raise ComposerError(context, first.mark, message, event.start_mark)
        key = event.value if type(event) is ScalarEvent else None
        anchor = self._anchors[event.anchor] = _Anchor(node, event.start_mark, key)
        return anchor

    def _known(self, alias: Any) -> _Anchor:
        anchor = self._anchors.get(alias.anchor)
        if anchor is None:
            raise ComposerError(None, None, "found undefined alias", alias.start_mark)
        return anchor

    def _repeated(self, alias: Any, path: _Path, depth: int) -> Node:
        """Return what an alias stands for; a small source stays small."""
        anchor = self._known(alias)
        if anchor.is_open:
            message = f"too deep values: `*{alias.anchor}` stands in what it repeats"
            raise _TooMuchError(_problem_at(alias.start_mark, message, path, "write it out"))
        node = self._copy(anchor.node, alias.start_mark, path, depth)
        node.key_line = node.key_column = 0
        return node

    def _copy(self, node: Node, mark: Any, path: _Path, depth: int) -> Node:
        self._left -= 1
        self._repeats_left -= 1
        if self._left < 0 or self._repeats_left < 0 or depth > _MAX_DEPTH:
            raise self._too_much(mark, path)
        value = node.value
        if isinstance(value, list):
            value = [self._copy(child, mark, path, depth + 1) for child in value]
        elif isinstance(value, dict):
            value = {k: self._copy(child, mark, path, depth + 1) for k, child in value.items()}
        return replace(node, value=value)

    # What is wrong

    def _too_much(self, mark: Any, path: _Path) -> _TooMuchError:
        message = f"too deep values: more than {_MAX_DEPTH} in one another"
        hint = "write it with fewer levels"
        if self._left < 0:
            message = f"too many values: more than {MAX_VALUES} keys and values"
            hint = "move data into a file or an input, or split it"
        elif self._repeats_left < 0:
            message = f"too many values: aliases repeat more than {_MAX_REPEATED}"
            hint = "write less of it with aliases"
        return _TooMuchError(_problem_at(mark, message, path, hint))

    def _problem(self, mark: Any, message: str, path: _Path, hint: str = "") -> None:
        self._tell(_problem_at(mark, message, path, hint))

    def _tell(self, problem: Problem) -> None:
        if len(self.problems) == MOST_PROBLEMS:
            raise _TooMuchError(more_problems(problem.line, problem.column))
        self.problems.append(problem)

    def _known_tag(self, event: Any, path: _Path, kind: str) -> None:
        if event.tag not in (None, "!", f"{_TAG}{kind}"):
            self._problem(event.start_mark, f"unknown tag {event.tag}", path)

    def _scalar(self, event: Any, node: Node, path: _Path) -> None:
        tag, text = _tag_of(event), event.value
        if tag is _STR or tag == _STR:
            node.value = text
            node.style = event.style or ""
            return
        try:
            if tag == _NULL:
                return
            if tag == _BOOL:
                node.value = _BOOLEANS[text.lower()]
                node.text = text.lower()
            elif tag == _INT:
                digits = text.replace("_", "")
                node.value = int(digits, 16 if digits.startswith("0x") else 10)
                node.text = text
            elif tag == _FLOAT:
                node.value = float(text.replace("_", ""))
                node.text = text
            else:
                node.value = text
                if tag not in (_TIME, _MERGE):
                    self._problem(event.start_mark, f"unknown tag {tag}", path)
        except (KeyError, ValueError):
            kind = tag.removeprefix(_TAG)
            self._problem(event.start_mark, f"`{text}` is not a {kind}", path)


def _problem_at(mark: Any, message: str, path: _Path, hint: str = "") -> Problem:
    return Problem(f"{_BEGIN}{message}", _written(path), mark.line + 1, mark.column + 1, hint)
