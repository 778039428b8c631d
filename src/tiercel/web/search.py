"""Search parameters of lists: pages, sorts, the classic parameters and the filter language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tiercel.model.durations import parse_duration
from tiercel.model.execution import Label
from tiercel.model.state import StateType
from tiercel.model.task import LogLevel
from tiercel.services.clock import utc_now
from tiercel.store import Condition, Operation, Sort
from tiercel.web.errors import RefusedRequestError, bad_value

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

SYSTEM_NAMESPACE = "system"
_FILTER = re.compile(r"filters\[(\w+)\]\[(\w+)\](?:\[([^\]]*)\])?")
_LISTS = frozenset({Operation.IN, Operation.NOT_IN})
_TEXT = frozenset(
    {
        *(Operation.EQUALS, Operation.NOT_EQUALS, Operation.IN, Operation.NOT_IN),
        *(Operation.CONTAINS, Operation.NOT_CONTAINS, Operation.STARTS_WITH, Operation.ENDS_WITH),
        *(Operation.REGEX, Operation.PREFIX),
    }
)
_EQUAL = frozenset({Operation.EQUALS, Operation.NOT_EQUALS})
_CHOICE = _EQUAL | _LISTS
_DATE = _EQUAL | {
    *(Operation.GREATER_THAN, Operation.LESS_THAN),
    *(Operation.GREATER_THAN_OR_EQUAL_TO, Operation.LESS_THAN_OR_EQUAL_TO),
}
_OPERATIONS: Mapping[str, frozenset[Operation]] = {
    "q": _EQUAL,
    "scope": _EQUAL,
    "childFilter": _EQUAL,
    "namespace": _TEXT,
    "flowId": _TEXT,
    "kind": _CHOICE,
    "state": _CHOICE,
    "labels": _CHOICE | {Operation.CONTAINS},
    "startDate": _DATE,
    "endDate": _DATE,
    "timeRange": frozenset({Operation.EQUALS}),
    "level": _EQUAL,
    "triggerId": _TEXT - {Operation.REGEX, Operation.PREFIX},
    "executionId": _TEXT - {Operation.REGEX, Operation.PREFIX},
    "triggerExecutionId": _TEXT - {Operation.REGEX, Operation.PREFIX},
}


@dataclass(frozen=True, slots=True)
class Resource:
    """What of a resource can be searched and sorted by.

    Attributes:
        fields: Names of the API, to those of the store.
        sorts: The same, for sorting.
    """

    fields: Mapping[str, str]
    sorts: Mapping[str, str]


EXECUTIONS = Resource(
    fields={
        "q": "q",
        "scope": "namespace",
        "namespace": "namespace",
        "flowId": "flow_id",
        "state": "state",
        "kind": "kind",
        "labels": "labels",
        "startDate": "start_date",
        "endDate": "end_date",
        "timeRange": "start_date",
        "triggerExecutionId": "trigger_execution_id",
        "childFilter": "trigger_execution_id",
    },
    sorts={
        "id": "id",
        "namespace": "namespace",
        "flowId": "flow_id",
        "state.current": "state",
        "state.startDate": "start_date",
        "state.endDate": "end_date",
        "state.duration": "duration",
    },
)
FLOWS = Resource(
    fields={
        "q": "q",
        "scope": "namespace",
        "namespace": "namespace",
        "flowId": "flow_id",
        "labels": "labels",
    },
    sorts={"id": "id", "namespace": "namespace"},
)
LOGS = Resource(
    fields={
        "q": "q",
        "scope": "namespace",
        "namespace": "namespace",
        "flowId": "flow_id",
        "triggerId": "trigger_id",
        "executionId": "execution_id",
        "level": "level",
        "startDate": "timestamp",
        "endDate": "timestamp",
        "timeRange": "timestamp",
    },
    sorts={"timestamp": "timestamp"},
)
METRICS = Resource(
    fields={},
    sorts={
        "namespace": "namespace",
        "flowId": "flow_id",
        "taskId": "task_id",
        "executionId": "execution_id",
        "taskrunId": "task_run_id",
        "name": "name",
        "timestamp": "timestamp",
        "value": "value",
    },
)


@dataclass(frozen=True, slots=True)
class Search:
    """A search as the store takes it."""

    conditions: Sequence[Condition] = ()
    page: int = 1
    size: int = 10
    sort: Sequence[Sort] = field(default=())


def read_search(parameters: QueryParams, resource: Resource) -> Search:
    """Read the query of a search; a filter wins over the classic parameter of its field.

    Raises:
        RefusedRequestError: A parameter can't be read; the message names it.
    """
    filters = [*_filters(parameters, resource)]
    filtered = {name for name, _ in filters}
    conditions = [condition for _, condition in filters]
    for name, condition in _classic(parameters):
        if name in resource.fields and name not in filtered:
            conditions.append(condition(resource.fields[name]))
    _refuse_reversed(conditions)
    return Search(
        conditions,
        _number(parameters, "page", 1),
        _number(parameters, "size", 10),
        read_sort(parameters, resource),
    )


def read_sort(parameters: QueryParams, resource: Resource) -> list[Sort]:
    """Read ``sort``: repeated or joined by commas, each ``field:asc`` or ``field:desc``."""
    sorts = []
    for text in _several(parameters, "sort"):
        name, colon, direction = text.partition(":")
        if not colon or ":" in direction:
            raise RefusedRequestError(422, "Unprocessable Entity", "Invalid sort parameter")
        if name not in resource.sorts:
            known = ", ".join(sorted(resource.sorts))
            detail = f"Can't sort by '{name}'. Known fields: {known}"
            raise RefusedRequestError(422, "Illegal argument", detail)
        sorts.append(Sort(resource.sorts[name], descending=direction.lower() != "asc"))
    return sorts


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
    """Read a date with a time; without a zone it is UTC."""
    try:
        # a plus sign that was not percent-encoded arrives as a blank
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        reason = f"Text '{text}' could not be parsed at index 0"
        raise bad_value(name, text, reason) from None
    if "T" not in text:
        raise bad_value(name, text, f"Text '{text}' could not be parsed at index {len(text)}")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _number(parameters: QueryParams, name: str, default: int) -> int:
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
    return number


def _several(parameters: QueryParams, name: str) -> list[str]:
    values = parameters.getlist(name)
    return [part for value in values for part in value.split(",") if part]


_Maker = Callable[[str], Condition]


def _classic(parameters: QueryParams) -> Iterator[tuple[str, _Maker]]:
    """Yield a condition for each classic parameter, still without its field in the store."""
    query = parameters.get("q")
    if query and query != "*":
        yield "q", _maker(Operation.CONTAINS, query)
    if namespace := parameters.get("namespace"):
        exact = bool(parameters.get("flowId"))
        yield "namespace", _maker(Operation.EQUALS if exact else Operation.PREFIX, namespace)
    for name in ("flowId", "triggerId", "executionId", "triggerExecutionId"):
        if value := parameters.get(name):
            yield name, _maker(Operation.EQUALS, value)
    if states := _several(parameters, "state"):
        yield "state", _maker(Operation.IN, [_state("state", text) for text in states])
    if level := parameters.get("minLevel"):
        yield "level", _from_level("minLevel", level, wanted=True)
    for label in read_labels(parameters.getlist("labels")):
        yield "labels", _maker(Operation.EQUALS, label)
    for text in parameters.getlist("scope"):
        yield "scope", _scope(text, wanted=True)
    for text in parameters.getlist("childFilter"):
        yield "childFilter", _child(text, wanted=True)
    yield from _classic_dates(parameters)


def _classic_dates(parameters: QueryParams) -> Iterator[tuple[str, _Maker]]:
    start, time_range = parameters.get("startDate"), parameters.get("timeRange")
    if start and time_range:
        detail = "Parameters 'startDate' and 'timeRange' are mutually exclusive"
        raise RefusedRequestError(422, "Illegal argument", detail)
    if start:
        moment = read_moment("startDate", start)
        yield "startDate", _maker(Operation.GREATER_THAN_OR_EQUAL_TO, moment)
    if end := parameters.get("endDate"):
        moment = read_moment("endDate", end)
        yield "endDate", _maker(Operation.LESS_THAN_OR_EQUAL_TO, moment)
    if time_range:
        yield "timeRange", _since(time_range)


def _maker(operation: Operation, value: Any = None) -> _Maker:
    return lambda stored: Condition(stored, operation, value)


def _state(name: str, text: str) -> str:
    if text not in StateType.__members__:
        raise bad_value(name, text, f"expected one of {', '.join(StateType.__members__)}")
    return text


def _from_level(name: str, text: str, *, wanted: bool) -> _Maker:
    """Take a level and all above it."""
    if text not in LogLevel.__members__:
        raise bad_value(name, text, f"expected one of {', '.join(LogLevel.__members__)}")
    lowest = LogLevel[text].rank
    levels = [level.value for level in LogLevel if level.rank >= lowest]
    return _maker(Operation.IN if wanted else Operation.NOT_IN, levels)


def _scope(text: str, *, wanted: bool) -> _Maker:
    if text not in ("USER", "SYSTEM"):
        raise bad_value("scope", text, "expected one of USER, SYSTEM")
    is_system = (text == "SYSTEM") is wanted
    return _maker(Operation.PREFIX if is_system else Operation.NOT_PREFIX, SYSTEM_NAMESPACE)


def _child(text: str, *, wanted: bool) -> _Maker:
    if text not in ("CHILD", "MAIN"):
        raise bad_value("childFilter", text, "expected one of CHILD, MAIN")
    has_parent = (text == "CHILD") is wanted
    return _maker(Operation.IS_NOT_NULL if has_parent else Operation.IS_NULL)


def _since(text: str) -> _Maker:
    try:
        start = utc_now() - parse_duration(text)
    except (ValueError, OverflowError) as error:
        raise bad_value("timeRange", text, str(error)) from None
    return _maker(Operation.GREATER_THAN_OR_EQUAL_TO, start)


def _refuse_reversed(conditions: Sequence[Condition]) -> None:
    starts = [
        condition.value
        for condition in conditions
        if condition.field in ("start_date", "timestamp")
        and condition.operation is Operation.GREATER_THAN_OR_EQUAL_TO
    ]
    ends = [
        condition.value
        for condition in conditions
        if condition.field in ("end_date", "timestamp")
        and condition.operation is Operation.LESS_THAN_OR_EQUAL_TO
    ]
    if starts and ends and starts[0] > ends[0]:
        raise RefusedRequestError(422, "Illegal argument", "Start date must be before End Date")


def _filters(parameters: QueryParams, resource: Resource) -> Iterator[tuple[str, Condition]]:
    for key, text in parameters.multi_items():
        if not key.startswith("filters"):
            continue
        found = _FILTER.fullmatch(key)
        if found is None:
            raise _bad_filter(key, "expected filters[field][OPERATION]")
        name, word, key_of_label = found.groups()
        if name not in resource.fields:
            raise _bad_filter(key, f"known fields: {', '.join(sorted(resource.fields))}")
        operation = Operation.__members__.get(word)
        if operation is None or operation not in _OPERATIONS[name]:
            known = ", ".join(sorted(_OPERATIONS[name]))
            raise _bad_filter(key, f"'{name}' has the operations {known}")
        yield name, _filter(name, operation, text, key_of_label)(resource.fields[name])


def _filter(name: str, operation: Operation, text: str, key_of_label: str | None) -> _Maker:
    wanted = operation is Operation.EQUALS
    try:
        match name:
            case "scope":
                return _scope(text, wanted=wanted)
            case "childFilter":
                return _child(text, wanted=wanted)
            case "level":
                return _from_level(name, text, wanted=wanted)
            case "timeRange":
                return _since(text)
            case "startDate" | "endDate":
                return _maker(operation, read_moment(name, text))
            case "labels":
                texts = text.split(",") if operation in _LISTS else [text]
                if key_of_label:
                    texts = [f"{key_of_label}:{item}" for item in texts]
                return _maker(operation, read_labels(texts))
            case "state":
                values = [_state(name, item) for item in text.split(",")]
                return _maker(operation, values if operation in _LISTS else values[0])
            case _:
                return _maker(operation, text.split(",") if operation in _LISTS else text)
    except RefusedRequestError as error:
        raise _bad_filter(f"filters[{name}][{operation}]={text}", error.message) from error


def _bad_filter(key: str, reason: str) -> RefusedRequestError:
    return RefusedRequestError(400, "Bad Request", f"Invalid query filter {key}: {reason}")
