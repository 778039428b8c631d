"""Filters on lists and maps."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cmp_to_key
from typing import Any, Final

from tiercel.expressions.environment import Environment
from tiercel.expressions.errors import ExpressionError
from tiercel.expressions.limits import check_text_size
from tiercel.expressions.operators import Members, text_order, truncated
from tiercel.expressions.signatures import (
    MISSING,
    Filter,
    integer_argument,
    optional_text,
    wrong_argument,
    wrong_input,
)
from tiercel.expressions.values import (
    Entry,
    as_list,
    class_name,
    is_integer,
    is_list,
    is_map,
    is_number,
    java_text,
    type_name,
    utf16_length,
)


def _list(name: str, value: object) -> list[Any]:
    if is_list(value):
        return as_list(value)
    raise wrong_input(name, "a list", value)


def _length(run: Environment, value: Any) -> int:
    if isinstance(value, str):
        return utf16_length(value)
    if is_list(value) or is_map(value):
        return len(value)
    return 0


def _end(name: str, index: int) -> Filter:
    """``first`` or ``last``."""

    def pick(run: Environment, value: object) -> object:
        if isinstance(value, str):
            if not value:
                raise ExpressionError(
                    "value", f"Filter `{name}` needs a character, the text is empty"
                )
            return value[index]
        elements = _list(name, value)
        return elements[index] if elements else None

    return Filter(pick)


def _join(run: Environment, value: object, separator: object) -> str:
    elements = _list("join", value)
    between = optional_text("filter `join`", "separator", separator) or ""
    texts = [element if type(element) is str else java_text(element) for element in elements]
    size = sum(map(len, texts)) + len(between) * len(texts)
    check_text_size(size)
    return between.join(texts)


def _order(left: Any, right: Any) -> int:
    if isinstance(left, str) and isinstance(right, str):
        return text_order(left, right)
    both_numbers = is_number(left) and is_number(right)
    if both_numbers and is_integer(left) == is_integer(right):
        return int(left > right) - int(left < right)
    if isinstance(left, bool) and isinstance(right, bool):
        return left - right
    if type(left) is type(right) and hasattr(left, "isoformat"):
        return int(left > right) - int(left < right)
    raise ExpressionError("type", f"Can't order {type_name(left)} and {type_name(right)}")


def _sorted(name: str, is_reversed: bool) -> Filter:
    def order(run: Environment, value: object) -> list[Any]:
        elements = _list(name, value)
        kinds = set(map(type, elements))
        if kinds == {int} or (kinds == {str} and all(map(str.isascii, elements))):
            return sorted(elements, reverse=is_reversed)
        if len(elements) == 1:
            return list(elements)
        run.meter.visit(len(elements) * len(elements).bit_length())
        return sorted(elements, key=cmp_to_key(_order), reverse=is_reversed)

    return Filter(order)


def _reverse(run: Environment, value: object) -> list[Any]:
    return _list("reverse", value)[::-1]


def _merge(run: Environment, value: object, items: object) -> object:
    given = None if items is MISSING else items
    if value is None and given is None:
        raise ExpressionError("type", "Filter `merge` needs a list or a map, both sides are null")
    for side in (value, given):
        if not (side is None or is_list(side) or is_map(side)):
            raise wrong_input("merge", "lists or maps", side)
    if value is None:
        return given
    if given is None:
        return value
    if isinstance(value, Mapping):
        if isinstance(given, Mapping):
            return {**value, **given}
        return {**value, **{_key(element): element for element in as_list(given)}}
    if isinstance(given, Mapping):
        return [*as_list(value), *(Entry(*item) for item in given.items())]
    return [*as_list(value), *as_list(given)]


def _key(value: object) -> object:
    return java_text(value) if is_list(value) or is_map(value) else value


def _flatten(run: Environment, value: object) -> list[Any]:
    found: list[Any] = []
    for element in _list("flatten", value):
        if is_list(element):
            found.extend(as_list(element))
            run.handle(len(found))
        else:
            found.append(element)
    return found


def _chunk(run: Environment, value: object, size: object) -> list[Any]:
    elements = _list("chunk", value)
    length = integer_argument("filter `chunk`", "size", size)
    if length <= 0:
        raise ExpressionError("value", f"`size` of filter `chunk` must be positive, not {length}")
    return [elements[at : at + length] for at in range(0, len(elements), length)]


def _keys(run: Environment, value: object) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value)
    if is_list(value):
        return list(range(len(as_list(value))))
    raise wrong_input("keys", "a map or a list", value)


def _values(run: Environment, value: object) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    raise wrong_input("values", "a map", value)


def _distinct(run: Environment, value: object) -> object:
    if value is None:
        return "null"
    found: list[Any] = []
    seen = Members(run)
    for element in _list("distinct", value):
        if not seen.has(element):
            seen.add(element)
            found.append(element)
    return found


def _class_name(run: Environment, value: object) -> str | None:
    return class_name(value)


def _checked_slice_bound(name: str, value: object) -> int:
    if not is_number(value):
        raise wrong_argument("filter `slice`", name, "a number", value)
    return truncated(value)


def _slice(run: Environment, value: object, from_index: object, to_index: object) -> object:
    if not (isinstance(value, str) or is_list(value)):
        raise wrong_input("slice", "a text or a list", value)
    start = (
        0
        if from_index is MISSING or from_index is None
        else _checked_slice_bound("fromIndex", from_index)
    )
    elements = value if isinstance(value, str) else as_list(value)
    has_end = not (to_index is MISSING or to_index is None)
    end = _checked_slice_bound("toIndex", to_index) if has_end else len(elements)
    if start < 0 or start > len(elements) or end > len(elements) or (has_end and start >= end):
        raise ExpressionError(
            "value", f"Can't slice from {start} to {end}, the length is {len(elements)}"
        )
    return elements[start:end]


FILTERS: Final[Mapping[str, Filter]] = {
    "length": Filter(_length, takes_null=True),
    "first": _end("first", 0),
    "last": _end("last", -1),
    "join": Filter(_join, ("separator",)),
    "sort": _sorted("sort", False),
    "rsort": _sorted("rsort", True),
    "reverse": Filter(_reverse),
    "merge": Filter(_merge, ("items",), takes_null=True),
    "flatten": Filter(_flatten),
    "chunk": Filter(_chunk, ("size",), required=1),
    "keys": Filter(_keys),
    "values": Filter(_values),
    "slice": Filter(_slice, ("fromIndex", "toIndex")),
    "distinct": Filter(_distinct, takes_null=True),
    "className": Filter(_class_name),
}
