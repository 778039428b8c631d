"""Searches over what is no table: conditions, sorts and pages applied to values in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

import regex

from tiercel.store import Condition, Operation
from tiercel.web.errors import RefusedRequestError
from tiercel.web.search import Search


class Listed(Protocol):
    """What is listed: something with a key in a namespace."""

    @property
    def namespace(self) -> str: ...

    @property
    def key(self) -> str: ...


_SECONDS = 0.1
Item = TypeVar("Item", bound=Listed)


def select(items: Sequence[Item], search: Search) -> tuple[list[Item], int]:
    """Return one page of those that a search finds, and how many there are."""
    found = [
        item for item in items if all(holds(item, condition) for condition in search.conditions)
    ]
    for sort in reversed(search.sort):
        field = sort.field
        found.sort(key=lambda item: str(getattr(item, field) or ""), reverse=sort.descending)
    first = (search.page - 1) * search.size
    return found[first : first + search.size], len(found)


def holds(item: Listed, condition: Condition) -> bool:
    """Tell whether a condition on ``q``, a date or a text holds."""
    if condition.operation is Operation.ANY_OF:
        return any(all(holds(item, part) for part in group) for group in condition.value)
    if condition.field == "q":
        found = str(condition.value).lower() in f"{item.namespace} {item.key}".lower()
        return found is not (condition.operation is Operation.NOT_EQUALS)
    value = getattr(item, condition.field)
    if isinstance(value, datetime):
        return _compares(value, condition.operation, condition.value)
    return _fits(str(value), condition.operation, condition.value, condition.field)


def _compares(left: datetime, operation: Operation, right: datetime) -> bool:
    answers: dict[Operation, bool] = {
        Operation.EQUALS: left == right,
        Operation.NOT_EQUALS: left != right,
        Operation.GREATER_THAN: left > right,
        Operation.LESS_THAN: left < right,
        Operation.GREATER_THAN_OR_EQUAL_TO: left >= right,
        Operation.LESS_THAN_OR_EQUAL_TO: left <= right,
    }
    return answers[operation]


def _fits(text: str, operation: Operation, value: Any, field: str) -> bool:
    match operation:
        case Operation.IN | Operation.NOT_IN:
            return (text in value) is (operation is Operation.IN)
        case Operation.CONTAINS | Operation.NOT_CONTAINS:
            return (value.lower() in text.lower()) is (operation is Operation.CONTAINS)
        case Operation.STARTS_WITH:
            return text.startswith(value)
        case Operation.ENDS_WITH:
            return text.endswith(value)
        case Operation.PREFIX:
            return text == value or text.startswith(f"{value}.")
        case Operation.EQUALS | Operation.NOT_EQUALS:
            return (text == value) is (operation is Operation.EQUALS)
        case Operation.REGEX:
            return _finds(text, value)
        case _:
            detail = f"'{field}' of this list does not have the operation {operation}"
            raise RefusedRequestError(400, "Bad Request", detail)


def _finds(text: str, pattern: str) -> bool:
    try:
        return regex.search(pattern, text, timeout=_SECONDS) is not None
    except (regex.error, TimeoutError) as error:
        detail = f"the regular expression '{pattern}' can't be used: {error}"
        raise RefusedRequestError(400, "Bad Request", detail) from error
