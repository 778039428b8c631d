"""Search parameters of lists: pages, sorts and the classic parameters; filters win over those."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tiercel.store import Condition, Operation, Sort
from tiercel.web import filters
from tiercel.web.errors import RefusedRequestError, bad_value
from tiercel.web.filters import Maker, maker, read_filters, read_labels, read_moment

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

    from tiercel.web.resources import Resource

LARGEST_PAGE = 1_000_000_000
LARGEST_SIZE = 100_000


@dataclass(frozen=True, slots=True)
class Search:
    """A search as the store takes it."""

    conditions: Sequence[Condition] = ()
    page: int = 1
    size: int = 10
    sort: Sequence[Sort] = field(default=())


def of_flow(namespace: str, flow_id: str) -> list[Condition]:
    """Return what selects that which belongs to one flow."""
    return [
        Condition("namespace", Operation.EQUALS, namespace),
        Condition("flow_id", Operation.EQUALS, flow_id),
    ]


def read_search(parameters: QueryParams, resource: Resource) -> Search:
    """Read the query of a search; a filter wins over the classic parameter of its field.

    Raises:
        RefusedRequestError: A parameter can't be read; the message names it.
    """
    return Search(
        read_conditions(parameters, resource),
        _number(parameters, "page", 1, LARGEST_PAGE),
        _number(parameters, "size", 10, LARGEST_SIZE),
        read_sort(parameters, resource),
    )


def read_conditions(parameters: QueryParams, resource: Resource) -> list[Condition]:
    """Read what a search selects, without its page; see :func:`read_search`."""
    found = read_filters(parameters, resource)
    filtered = {name for name, _ in found}
    conditions = [condition for _, condition in found]
    for name, make in _classic(parameters):
        if name in resource.fields and name not in filtered:
            conditions.append(make(resource.fields[name]))
    _refuse_reversed(conditions)
    return [*conditions, *_implied(conditions)]


def _implied(conditions: Sequence[Condition]) -> list[Condition]:
    """Return what follows anyway, for the index: what is over by a moment began before it."""
    before = (Operation.LESS_THAN, Operation.LESS_THAN_OR_EQUAL_TO)
    return [
        Condition("start_date", item.operation, item.value)
        for item in conditions
        if item.field == "end_date" and item.operation in before
    ]


def read_sort(parameters: QueryParams, resource: Resource) -> list[Sort]:
    """Read ``sort``: repeated or joined by commas, each ``field:asc`` or ``field:desc``."""
    sorts = []
    for text in several(parameters, "sort"):
        name, colon, direction = text.partition(":")
        if not colon or ":" in direction:
            raise RefusedRequestError(422, "Unprocessable Entity", "Invalid sort parameter")
        if name not in resource.sorts:
            known = ", ".join(sorted(resource.sorts))
            detail = f"Can't sort by '{name}'. Known fields: {known}"
            raise RefusedRequestError(422, "Illegal argument", detail)
        sorts.append(Sort(resource.sorts[name], descending=direction.lower() != "asc"))
    return sorts


def several(parameters: QueryParams, name: str) -> list[str]:
    """Return the values of a parameter that is repeated or joined by commas."""
    values = parameters.getlist(name)
    return [part for value in values for part in value.split(",") if part]


def _number(parameters: QueryParams, name: str, default: int, largest: int) -> int:
    text = parameters.get(name)
    if text is None or text == "":
        return default
    try:
        number = int(text)
    except ValueError:
        raise bad_value(name, text, f'For input string: "{text}"') from None
    if number < 1:
        detail = f"{name}: must be greater than or equal to 1"
        raise RefusedRequestError(422, "Invalid entity", detail)
    if number > largest:
        detail = f"{name}: must be less than or equal to {largest}"
        raise RefusedRequestError(422, "Invalid entity", detail)
    return number


def _classic(parameters: QueryParams) -> Iterator[tuple[str, Maker]]:
    """Yield a condition for each classic parameter, still without its field in the store."""
    query = parameters.get("q")
    if query and query != "*":
        yield "q", maker(Operation.CONTAINS, query)
    if namespace := parameters.get("namespace"):
        exact = bool(parameters.get("flowId"))
        yield "namespace", maker(Operation.EQUALS if exact else Operation.PREFIX, namespace)
    for name in ("flowId", "triggerId", "executionId", "triggerExecutionId", "workerId"):
        if value := parameters.get(name):
            yield name, maker(Operation.EQUALS, value)
    if states := several(parameters, "state"):
        yield "state", maker(Operation.IN, [filters.state("state", text) for text in states])
    if level := parameters.get("minLevel"):
        yield "level", filters.from_level("minLevel", level, wanted=True)
    for label in read_labels(parameters.getlist("labels")):
        yield "labels", maker(Operation.EQUALS, label)
    scopes = set(several(parameters, "scope"))
    for text in scopes:
        make = filters.scope(text, wanted=True)
        if len(scopes) == 1:
            yield "scope", make
    for text in parameters.getlist("childFilter"):
        yield "childFilter", filters.child(text, wanted=True)
    yield from _classic_dates(parameters)


def _classic_dates(parameters: QueryParams) -> Iterator[tuple[str, Maker]]:
    start, time_range = parameters.get("startDate"), parameters.get("timeRange")
    if start and time_range:
        detail = "Parameters 'startDate' and 'timeRange' are mutually exclusive"
        raise RefusedRequestError(422, "Illegal argument", detail)
    if start:
        moment = read_moment("startDate", start)
        yield "startDate", maker(Operation.GREATER_THAN_OR_EQUAL_TO, moment)
    if end := parameters.get("endDate"):
        moment = read_moment("endDate", end)
        yield "endDate", maker(Operation.LESS_THAN_OR_EQUAL_TO, moment)
    if time_range:
        yield "timeRange", filters.since(time_range)


def _refuse_reversed(conditions: Sequence[Condition]) -> None:
    starts = [
        condition.value
        for condition in conditions
        if condition.field in ("start_date", "timestamp", "next_date")
        and condition.operation is Operation.GREATER_THAN_OR_EQUAL_TO
    ]
    ends = [
        condition.value
        for condition in conditions
        if condition.field in ("end_date", "timestamp", "next_date")
        and condition.operation is Operation.LESS_THAN_OR_EQUAL_TO
    ]
    if starts and ends and starts[0] > ends[0]:
        raise RefusedRequestError(422, "Illegal argument", "Start date must be before End Date")
