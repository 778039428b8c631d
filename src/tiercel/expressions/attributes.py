"""Attributes, subscripts and the closed list of methods. Nothing of Python is ever looked up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from tiercel.expressions.environment import Environment
from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.limits import check_text_size
from tiercel.expressions.operators import concatenated, equal, has_key
from tiercel.expressions.patterns import java_split, matches_fully
from tiercel.expressions.values import (
    Entry,
    as_list,
    is_integer,
    is_list,
    is_number,
    java_text,
    type_name,
    utf16_length,
)


def attribute(run: Environment, target: object, key: object, owner: str | None) -> object:
    """The value of ``target[key]``.

    Args:
        run: The render that asks.
        target: Any value.
        key: Any value; a text for the dotted form.
        owner: Name of the variable that holds the target, when it is a plain one.

    Raises:
        ExpressionError: Kind ``undefined`` when there is no such thing, ``type`` for a number as
            key of a map with texts as keys.
    """
    if isinstance(target, Mapping):
        return _of_map(target, key)
    if target is None:
        raise undefined(owner or key)
    if is_list(target):
        elements = as_list(target)
        index = _index(key)
        if index is not None and 0 <= index < len(elements):
            return elements[index]
    if isinstance(key, str) and isinstance(target, (str, list)):
        found = METHODS[str if isinstance(target, str) else list].get(key)
        if found is not None and found[0] == 0:
            return found[1](run, target)
    raise undefined(key)


def undefined(key: object, known: Mapping[object, object] | None = None) -> ExpressionError:
    """The error for a key, index or method that does not exist."""
    return ExpressionError("undefined", name=java_text(key), known=known)


def _of_map(target: Mapping[object, object], key: object) -> object:
    if is_list(key) or isinstance(key, Mapping):
        raise undefined(key)
    if key in target and not isinstance(key, bool):
        return target[key]
    if is_number(key) and target and not any(is_number(known) for known in target):
        raise ExpressionError(
            "type",
            f"Key {java_text(key)} is a number, but the keys of this map are texts",
            name=java_text(key),
            hint=f"Write ['{java_text(key)}'] instead",
        )
    if isinstance(key, bool):
        for known, value in target.items():
            if known is key:
                return value
    raise undefined(key, target)


def _index(key: Any) -> int | None:
    if is_integer(key):
        return int(key)
    if isinstance(key, str) and key.isascii() and len(key) < 20 and key.lstrip("+").isdigit():
        return int(key)
    return None


def call_method(run: Environment, target: object, name: str, arguments: list[object]) -> object:
    """The result of ``target.name(arguments)``, one of the listed methods.

    Raises:
        ExpressionError: Kind ``undefined`` for an unknown method or a wrong number of arguments.
    """
    methods = _methods_of(target)
    found = methods.get(name)
    if found is None or found[0] != len(arguments):
        problem = "" if found is None else f"Method `{name}` takes {found[0]} arguments"
        raise ExpressionError("undefined", problem, name=name, known=list(methods))
    return found[1](run, target, *arguments)


def _methods_of(target: object) -> Mapping[str, tuple[int, Callable[..., object]]]:
    if isinstance(target, str):
        return METHODS[str]
    if isinstance(target, Entry):
        return METHODS[Entry]
    if isinstance(target, Mapping):
        return METHODS[Mapping]
    if is_list(target):
        return METHODS[list]
    return {}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ExpressionError("type", f"The argument must be a text, not {type_name(value)}")
    return value


def _first(run: Environment, target: object) -> object:
    elements = as_list(target)
    if not elements:
        raise undefined("first")
    return elements[0]


def _last(run: Environment, target: object) -> object:
    elements = as_list(target)
    if not elements:
        raise undefined("last")
    return elements[-1]


def _index_of(run: Environment, target: object, wanted: object) -> int:
    elements = as_list(target)
    run.meter.visit(len(elements))
    return next((at for at, value in enumerate(elements) if equal(run, value, wanted)), -1)


def _get(run: Environment, target: Mapping[object, object], key: object) -> object:
    return target[key] if has_key(target, key) else None


def _get_or_default(
    run: Environment, target: Mapping[object, object], key: object, other: object
) -> object:
    return target[key] if has_key(target, key) else other


def _contains_value(run: Environment, target: Mapping[object, object], wanted: object) -> bool:
    run.meter.visit(len(target))
    return any(equal(run, value, wanted) for value in target.values())


def _replace(run: Environment, target: str, old: object, new: object) -> str:
    before, after = _text(old), _text(new)
    check_text_size(len(target) + target.count(before) * max(0, len(after) - len(before)))
    return target.replace(before, after)


def _concat(run: Environment, target: str, other: object) -> str:
    return concatenated(run, target, _text(other))


def java_trim(text: str) -> str:
    """A text without the characters up to U+0020 at both ends."""
    return text.strip(_TRIMMED)


def is_blank(text: str) -> bool:
    """Whether a text is empty or white space only."""
    return not text or text.isspace()


_TRIMMED: Final = "".join(map(chr, range(33)))

METHODS: Final[dict[object, dict[str, tuple[int, Callable[..., object]]]]] = {
    str: {
        "length": (0, lambda run, text: utf16_length(text)),
        "isEmpty": (0, lambda run, text: not text),
        "empty": (0, lambda run, text: not text),
        "isBlank": (0, lambda run, text: is_blank(text)),
        "blank": (0, lambda run, text: is_blank(text)),
        "toUpperCase": (0, lambda run, text: text.upper()),
        "toLowerCase": (0, lambda run, text: text.lower()),
        "trim": (0, lambda run, text: java_trim(text)),
        "startsWith": (1, lambda run, text, start: text.startswith(_text(start))),
        "endsWith": (1, lambda run, text, end: text.endswith(_text(end))),
        "indexOf": (1, lambda run, text, part: text.find(_text(part))),
        "lastIndexOf": (1, lambda run, text, part: text.rfind(_text(part))),
        "replace": (2, _replace),
        "concat": (1, _concat),
        "equalsIgnoreCase": (
            1,
            lambda run, text, other: isinstance(other, str) and text.casefold() == other.casefold(),
        ),
        "matches": (1, lambda run, text, pattern: matches_fully(run.meter, _text(pattern), text)),
        "split": (1, lambda run, text, pattern: java_split(run.meter, _text(pattern), text, 0)),
    },
    list: {
        "size": (0, lambda run, elements: len(elements)),
        "isEmpty": (0, lambda run, elements: not elements),
        "empty": (0, lambda run, elements: not elements),
        "indexOf": (1, _index_of),
        "first": (0, _first),
        "last": (0, _last),
    },
    Mapping: {
        "size": (0, lambda run, entries: len(entries)),
        "isEmpty": (0, lambda run, entries: not entries),
        "get": (1, _get),
        "getOrDefault": (2, _get_or_default),
        "containsKey": (1, lambda run, entries, key: has_key(entries, key)),
        "containsValue": (1, _contains_value),
        "keySet": (0, lambda run, entries: list(entries)),
        "values": (0, lambda run, entries: list(entries.values())),
        "entrySet": (0, lambda run, entries: [Entry(*item) for item in entries.items()]),
    },
    Entry: {
        "key": (0, lambda run, entry: entry.key),
        "value": (0, lambda run, entry: entry.value),
        "getKey": (0, lambda run, entry: entry.key),
        "getValue": (0, lambda run, entry: entry.value),
    },
}
