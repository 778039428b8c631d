"""Conditions out of texts: one function a field, and the filter language ``filters[…]=…``.

``filters[<field>][<OPERATION>]`` (``[<key>]`` for labels) stands for one condition; all hold.
``filters[or][0]…`` and ``filters[or][1]…`` are groups of which one must hold, ``filters[and][0]…``
groups of which all must; groups may hold groups.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from math import prod
from typing import TYPE_CHECKING, Any

from tiercel.model.durations import parse_duration
from tiercel.model.execution import Label
from tiercel.model.state import StateType
from tiercel.model.task import LogLevel
from tiercel.services.clock import utc_now
from tiercel.store import Condition, Operation
from tiercel.web.errors import RefusedRequestError, bad_value
from tiercel.web.resources import SYSTEM_NAMESPACE, Resource

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

Maker = Callable[[str], Condition]
"""Makes a condition for a field of the store."""

_FIRST, _LAST = datetime(1000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_PARTS = re.compile(r"filters((?:\[[^\[\]]*\])+)")
_DEEPEST = 6
_MOST_FILTERS = 500
_COUNTS = re.compile(r"\{(\d{1,9})(?:,(\d{0,9}))?\}")
_LONGEST_PATTERN = 500
_NORMAL = "NORMAL"
_WORDS = {"triggerState": ("ENABLED", "DISABLED"), "existingOnly": ("true", "false")}
_MOST_REPEATS = 10_000
_LISTS = frozenset({Operation.IN, Operation.NOT_IN})
_TEXT = frozenset(
    {
        *(Operation.EQUALS, Operation.NOT_EQUALS, Operation.IN, Operation.NOT_IN),
        *(Operation.CONTAINS, Operation.NOT_CONTAINS, Operation.STARTS_WITH, Operation.ENDS_WITH),
        *(Operation.REGEX, Operation.PREFIX),
    }
)
_NULLS = frozenset({Operation.IS_NULL, Operation.IS_NOT_NULL})
_EQUAL = frozenset({Operation.EQUALS, Operation.NOT_EQUALS})
_CHOICE = _EQUAL | _LISTS
_DATE = _EQUAL | {
    *(Operation.GREATER_THAN, Operation.LESS_THAN),
    *(Operation.GREATER_THAN_OR_EQUAL_TO, Operation.LESS_THAN_OR_EQUAL_TO),
}
_ID = (_TEXT - {Operation.REGEX, Operation.PREFIX}) | _NULLS
_OTHER_NAMES: Mapping[str, str] = {"minLevel": "level"}
_OPERATIONS: Mapping[str, frozenset[Operation]] = {
    "q": _EQUAL,
    "scope": _EQUAL,
    "childFilter": _EQUAL,
    "existingOnly": _EQUAL,
    "triggerState": _EQUAL,
    "level": _EQUAL,
    "namespace": _TEXT,
    "flowId": _TEXT,
    "kind": _CHOICE | _NULLS,
    "state": _CHOICE,
    "labels": _CHOICE | {Operation.CONTAINS, Operation.NOT_CONTAINS},
    "startDate": _DATE,
    "endDate": _DATE | _NULLS,
    "updated": _DATE,
    "timeRange": frozenset({Operation.EQUALS}),
    "triggerId": _ID,
    "executionId": _ID,
    "triggerExecutionId": _ID,
    "workerId": _ID,
}


def maker(operation: Operation, value: Any = None) -> Maker:
    """Return a maker of ``<field> <operation> <value>``."""
    return lambda stored: Condition(stored, operation, value)


def read_labels(values: Sequence[str]) -> list[Label]:
    """Read ``labels``: each ``key:value``, cut at the first colon."""
    labels = []
    for text in values:
        key, _, value = text.partition(":")
        if not key or not value:
            raise RefusedRequestError(422, "Unprocessable Entity", "Invalid queryString parameter")
        labels.append(Label(key, value))
    return labels


def read_moment(name: str, text: str) -> datetime:
    """Read a date with a time; without a zone it is UTC.

    The first and the last years that there can be, which clients send for "always", are moved to
    where there is room to count with them.
    """
    try:
        # a plus sign that was not percent-encoded arrives as a blank
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        reason = f"Text '{text}' could not be parsed at index 0"
        raise bad_value(name, text, reason) from None
    if "T" not in text:
        raise bad_value(name, text, f"Text '{text}' could not be parsed at index {len(text)}")
    return min(max(moment if moment.tzinfo else moment.replace(tzinfo=UTC), _FIRST), _LAST)


def state(name: str, text: str) -> str:
    """Check the name of a state."""
    if text not in StateType.__members__:
        raise bad_value(name, text, f"expected one of {', '.join(StateType.__members__)}")
    return text


def from_level(name: str, text: str, *, wanted: bool) -> Maker:
    """Take a level and all above it."""
    if text not in LogLevel.__members__:
        raise bad_value(name, text, f"expected one of {', '.join(LogLevel.__members__)}")
    lowest = LogLevel[text].rank
    levels = [level.value for level in LogLevel if level.rank >= lowest]
    return maker(Operation.IN if wanted else Operation.NOT_IN, levels)


def scope(text: str, *, wanted: bool) -> Maker:
    """Take what is outside (USER) or inside (SYSTEM) of the system namespace."""
    if text not in ("USER", "SYSTEM"):
        raise bad_value("scope", text, "expected one of USER, SYSTEM")
    is_system = (text == "SYSTEM") is wanted
    return maker(Operation.PREFIX if is_system else Operation.NOT_PREFIX, SYSTEM_NAMESPACE)


def child(text: str, *, wanted: bool) -> Maker:
    """Take executions that another one started (CHILD), or those that none did (MAIN)."""
    if text not in ("CHILD", "MAIN"):
        raise bad_value("childFilter", text, "expected one of CHILD, MAIN")
    has_parent = (text == "CHILD") is wanted
    return maker(Operation.IS_NOT_NULL if has_parent else Operation.IS_NULL)


def since(text: str) -> Maker:
    """Take what begins at most a duration before now."""
    try:
        start = utc_now() - parse_duration(text)
    except (ValueError, OverflowError) as error:
        raise bad_value("timeRange", text, str(error)) from None
    return maker(Operation.GREATER_THAN_OR_EQUAL_TO, start)


def read_filters(parameters: QueryParams, resource: Resource) -> list[tuple[str, Condition]]:
    """Read the filters of a query, with the names of their fields; groups have none.

    Raises:
        RefusedRequestError: 400, for an unknown field, an operation that the field lacks, or a
            value that can't be read; the message names the filter.
    """
    written = []
    for key, text in parameters.multi_items():
        if not key.startswith("filters"):
            continue
        found = _PARTS.fullmatch(key)
        parts = found[1][1:-1].split("][") if found else []
        if len(parts) < 2:
            raise _refusal(key, "expected filters[field][OPERATION]")
        written.append(_Written(key, parts, text))
        if len(written) > _MOST_FILTERS:
            raise _refusal(key, f"there are more than {_MOST_FILTERS} filters")
    return list(_conditions(written, resource, 0))


def read_one_filter(name: str, operation: str, text: str, resource: Resource) -> Condition:
    """Read a filter that did not come in a query; see :func:`read_filters`."""
    return _condition(_Written(f"filters[{name}][{operation}]", [name, operation], text), resource)


class _Written:
    """One filter as it came."""

    __slots__ = ("key", "parts", "text")

    def __init__(self, key: str, parts: list[str], text: str) -> None:
        self.key = key
        self.parts = parts
        self.text = text


def _conditions(
    written: Sequence[_Written], resource: Resource, depth: int
) -> Iterator[tuple[str, Condition]]:
    groups: dict[tuple[str, str], list[_Written]] = {}
    for item in written:
        if item.parts[0] not in ("or", "and"):
            yield item.parts[0], _condition(item, resource)
            continue
        word, index, *rest = item.parts
        if not index.isdigit() or len(rest) < 2 or depth >= _DEEPEST:
            raise _refusal(item.key, "expected filters[or][number][field][OPERATION]")
        groups.setdefault((word, index), []).append(_Written(item.key, rest, item.text))
    either = []
    for (word, _), inner in groups.items():
        found = [condition for _, condition in _conditions(inner, resource, depth + 1)]
        if word == "or":
            either.append(found)
        else:
            yield from (("", condition) for condition in found)
    if either:
        yield "", Condition("", Operation.ANY_OF, either)


def _condition(item: _Written, resource: Resource) -> Condition:
    name, word, *rest = item.parts
    name = _OTHER_NAMES.get(name, name)
    if name not in resource.fields:
        raise _refusal(item.key, f"known fields: {', '.join(sorted(resource.fields))}")
    operation = Operation.__members__.get(word)
    if operation is None or operation not in _OPERATIONS[name]:
        known = ", ".join(sorted(_OPERATIONS[name]))
        raise _refusal(item.key, f"'{name}' has the operations {known}")
    if len(rest) > (name == "labels"):
        raise _refusal(item.key, "expected filters[field][OPERATION]")
    try:
        make = _maker_of(name, operation, item.text, rest[0] if rest else None)
    except RefusedRequestError as error:
        reason = error.message.removeprefix("Internal server error: ")
        raise _refusal(f"{item.key}={item.text}", reason) from error
    return make(resource.fields[name])


def _maker_of(name: str, operation: Operation, text: str, key: str | None) -> Maker:
    wanted = operation is Operation.EQUALS
    if operation in _NULLS:
        return maker(operation)
    match name:
        case "scope":
            return scope(text, wanted=wanted)
        case "childFilter":
            return child(text, wanted=wanted)
        case "level":
            return from_level(name, text, wanted=wanted)
        case "timeRange":
            return since(text)
        case "startDate" | "endDate" | "updated":
            return maker(operation, read_moment(name, text))
        case "labels":
            texts = text.split(",") if operation in _LISTS else [text]
            return maker(
                operation, read_labels([f"{key}:{item}" if key else item for item in texts])
            )
        case "state":
            return _one_or_several(operation, [state(name, item) for item in text.split(",")])
        case "kind":
            return _kind(operation, text.split(",") if operation in _LISTS else [text])
        case "triggerState" | "existingOnly":
            return _word(name, operation, text)
        case "q":
            return maker(operation, "" if text == "*" else text)
        case _:
            return maker(operation, _text_value(operation, text))


def _kind(operation: Operation, kinds: Sequence[str]) -> Maker:
    """Take executions by kind; those that say none are ``NORMAL``."""
    if _NORMAL not in kinds:
        return maker(operation, kinds if operation in _LISTS else kinds[0])
    said, nothing = Operation.IN, Operation.IS_NULL
    if operation in (Operation.NOT_EQUALS, Operation.NOT_IN):
        said, nothing = Operation.NOT_IN, Operation.IS_NOT_NULL

    def make(stored: str) -> Condition:
        both = [Condition(stored, nothing), Condition(stored, said, kinds)]
        groups = [[item] for item in both] if said is Operation.IN else [both]
        return Condition("", Operation.ANY_OF, groups)

    return make


def _text_value(operation: Operation, text: str) -> str | list[str]:
    if operation is Operation.REGEX:
        return _bounded_pattern(text)
    return text.split(",") if operation in _LISTS else text


def _bounded_pattern(text: str) -> str:
    """Refuse a regular expression that takes long to be read already: counts multiply."""
    counts = [int(number) for pair in _COUNTS.findall(text) for number in pair if number]
    if len(text) > _LONGEST_PATTERN or prod(max(count, 1) for count in counts) > _MOST_REPEATS:
        detail = "the regular expression is too long, or repeats too much"
        raise RefusedRequestError(400, "Bad Request", detail)
    return text


def _one_or_several(operation: Operation, values: list[str]) -> Maker:
    """Take a list for one value too: EQUALS of several is IN."""
    if operation in _LISTS:
        return maker(operation, values)
    if len(values) == 1:
        return maker(operation, values[0])
    return maker(Operation.IN if operation is Operation.EQUALS else Operation.NOT_IN, values)


def _word(name: str, operation: Operation, text: str) -> Maker:
    if text not in _WORDS[name]:
        raise bad_value(name, text, f"expected one of {', '.join(_WORDS[name])}")
    return maker(operation, text)


def _refusal(key: str, reason: str) -> RefusedRequestError:
    return RefusedRequestError(400, "Bad Request", f"Invalid query filter {key}: {reason}")
