"""Values out of YAML texts: dates stay texts, ``yes`` and ``on`` are booleans."""

from __future__ import annotations

import re
from typing import Any, Final

from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.limits import ELEMENTS, NESTING, exceeded

_INTEGER: Final = re.compile(r"[+-]?(?:0|[1-9][0-9_]*)")
_HEXADECIMAL: Final = re.compile(r"([+-]?)0x([0-9a-fA-F_]+)")
_BINARY: Final = re.compile(r"([+-]?)0b([01_]+)")
_OCTAL: Final = re.compile(r"([+-]?)0([0-7_]+)")
_FLOATING: Final = re.compile(
    r"[+-]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?"
    r"|[+-]?[0-9][0-9_]*[eE][+-]?[0-9]+"
)
_LONGEST_NUMBER: Final = 300
_WORDS: Final[dict[str, bool | None]] = {
    spelling: value
    for words, value in (
        (("true", "yes", "on"), True),
        (("false", "no", "off"), False),
        (("null",), None),
    )
    for word in words
    for spelling in (word, word.title(), word.upper())
} | {"~": None, "": None}


def read_yaml(text: str) -> Any:
    """The first document of a YAML text.

    Args:
        text: YAML. Anchors and aliases are followed; merge keys are ordinary keys.

    Raises:
        ExpressionError: Kind ``value``, with the line and column inside the text.
    """
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        node = loader.get_node() if loader.check_node() else None
        return None if node is None else _Builder().value(node, 0)
    except (yaml.YAMLError, UnicodeError) as error:
        raise ExpressionError("value", f"Invalid yaml: {_described(error)}") from error
    except RecursionError:
        raise exceeded("levels of nesting", NESTING) from None
    finally:
        loader.dispose()


def _described(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    if mark is None:
        return str(problem)
    return f"{problem} at line {mark.line + 1}, column {mark.column + 1}"


class _Builder:
    """Turns nodes into values; a node that is met again gives the same value."""

    __slots__ = ("_built", "_count", "_open")

    def __init__(self) -> None:
        self._built: dict[int, Any] = {}
        self._open: set[int] = set()
        self._count = 0

    def value(self, node: Any, depth: int) -> Any:
        if node.id == "scalar":
            return _scalar(node)
        identity = id(node)
        if identity in self._built:
            return self._built[identity]
        if identity in self._open:
            raise ExpressionError("value", "Invalid yaml: an alias is part of what it stands for")
        self._count += len(node.value)
        if depth > NESTING:
            raise exceeded("levels of nesting", NESTING)
        if self._count > ELEMENTS:
            raise exceeded("elements in a YAML text", f"{ELEMENTS:,}")
        self._open.add(identity)
        found = self._collection(node, depth)
        self._open.discard(identity)
        self._built[identity] = found
        return found

    def _collection(self, node: Any, depth: int) -> Any:
        if node.id == "sequence":
            return [self.value(inner, depth + 1) for inner in node.value]
        found = {}
        for key, inner in node.value:
            if key.id != "scalar":
                raise ExpressionError("value", "Invalid yaml: a list or map can't be a key")
            found[str(key.value)] = self.value(inner, depth + 1)
        return found


def _scalar(node: Any) -> Any:
    text = str(node.value)
    if node.style in ("'", '"', "|", ">"):
        return text
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > _LONGEST_NUMBER or text[0] not in "+-.0123456789":
        return text
    return _number(text)


def _number(text: str) -> Any:
    plain = text.replace("_", "")
    if _INTEGER.fullmatch(text) is not None:
        return int(plain)
    for form, base in ((_HEXADECIMAL, 16), (_BINARY, 2), (_OCTAL, 8)):
        match = form.fullmatch(text)
        if match is not None and match[2].strip("_"):
            return int(match[1] + match[2].replace("_", ""), base)
    if _FLOATING.fullmatch(text) is not None:
        return float(plain)
    return text
