"""Parameters of queries that routes read themselves, for the OpenAPI document.

FastAPI knows those of an endpoint's signature. Searches, bulk operations and lists of values read
theirs from the query, so their names and forms are told here, by method and path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tiercel.model.state import StateType
from tiercel.model.task import LogLevel
from tiercel.web.resources import (
    BLUEPRINTS,
    DASHBOARDS,
    EXECUTIONS,
    FLOWS,
    KEYS,
    LOGS,
    METRICS,
    NAMESPACES,
    SECRETS,
    TEMPLATES,
    TRIGGERS,
    Resource,
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a query.

    Attributes:
        schema: Of one value.
        several: It may be repeated.
    """

    name: str
    description: str
    example: Any
    schema: Mapping[str, Any]
    required: bool = False
    several: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as the document has it."""
        schema = {"type": "array", "items": dict(self.schema)} if self.several else self.schema
        return {
            "name": self.name,
            "in": "query",
            "required": self.required,
            "description": self.description,
            "schema": dict(schema),
            "example": [self.example] if self.several else self.example,
        }


def _words(*words: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(words)}


_TEXT: Mapping[str, Any] = {"type": "string"}
_NUMBER: Mapping[str, Any] = {"type": "integer", "minimum": 1}
_FLAG: Mapping[str, Any] = {"type": "boolean"}
_MOMENT: Mapping[str, Any] = {"type": "string", "format": "date-time"}
_LABEL: Mapping[str, Any] = {"type": "string", "pattern": "^[^:]+:.+$"}
_STATES = _words(*StateType.__members__)
_AT = "2024-12-20T00:00:00Z"

_PAGE = Parameter("page", "Number of the page, from 1.", 1, _NUMBER)
_SIZE = Parameter("size", "Entries on a page.", 25, _NUMBER)
_PAGED = (_PAGE, _SIZE)
_CLASSIC: Mapping[str, Parameter] = {
    "q": Parameter("q", "A text that is contained.", "load", _TEXT),
    "namespace": Parameter(
        "namespace",
        "A namespace and all below it; just itself when `flowId` is given too.",
        "company.team",
        _TEXT,
    ),
    "flowId": Parameter("flowId", "Id of a flow.", "nightly_load", _TEXT),
    "scope": Parameter(
        "scope",
        "What is outside (`USER`) or inside (`SYSTEM`) of the system namespace.",
        "USER",
        _words("USER", "SYSTEM"),
        several=True,
    ),
    "state": Parameter("state", "States, of which one must fit.", "SUCCESS", _STATES, several=True),
    "labels": Parameter("labels", "Labels that it has.", "team:finance", _LABEL, several=True),
    "startDate": Parameter("startDate", "Not before this moment.", _AT, _MOMENT),
    "endDate": Parameter("endDate", "Not after this moment.", "2024-12-21T00:00:00Z", _MOMENT),
    "timeRange": Parameter(
        "timeRange",
        "Back from now; not together with `startDate`.",
        "PT24H",
        {"type": "string", "format": "duration"},
    ),
    "triggerExecutionId": Parameter(
        "triggerExecutionId",
        "Id of the execution that started it.",
        "2sVbT1xk0pQw9aYc4LmN7e",
        _TEXT,
    ),
    "childFilter": Parameter(
        "childFilter",
        "Those that an execution started (`CHILD`), or none did (`MAIN`).",
        "MAIN",
        _words("CHILD", "MAIN"),
    ),
    "level": Parameter(
        "minLevel", "Of this level or above.", "WARN", _words(*LogLevel.__members__)
    ),
    "triggerId": Parameter("triggerId", "Id of a trigger.", "every_night", _TEXT),
    "executionId": Parameter("executionId", "Id of an execution.", "2sVbT1xk0pQw9aYc4LmN7e", _TEXT),
    "workerId": Parameter("workerId", "Id of the worker that evaluates it.", "worker", _TEXT),
}
"""Classic parameters, by the field of a resource that they select by."""

_SEARCHES: tuple[tuple[str, Resource], ...] = (
    (r".* /executions/(search|distinct-field-values)", EXECUTIONS),
    (r".* /executions/(.*/)?by-query(/csv)?", EXECUTIONS),
    (r".* /flows/(search|source)", FLOWS),
    (r".* /flows/.*by-query(/csv)?", FLOWS),
    (r".* /templates/(search|.*by-query)", TEMPLATES),
    (r".* /triggers/(search|.*by-query(/csv)?)", TRIGGERS),
    (r".* /logs/(search|.*by-query/csv)", LOGS),
    (r".* /kv", KEYS),
    (r"GET /secrets|GET /namespaces/\{namespace\}/secrets", SECRETS),
    (r".* /namespaces/search", NAMESPACES),
    (r"GET /dashboards", DASHBOARDS),
    (r"GET /blueprints/community(/\{first\})?", BLUEPRINTS),
)
"""What is searched, by method and path behind ``/api/v1``; the first that fits counts."""

_WITHOUT_PAGES = re.compile(r".*/(by-query(/csv)?|distinct-field-values)")
_SORTED_ONLY = re.compile(r".*/(executions|triggers|logs)/export/by-query/csv")


def _sort_of(resource: Resource) -> Parameter:
    """Return the parameter that sorts a list, with the fields that it can be sorted by."""
    known = ", ".join(f"`{name}`" for name in resource.sorts)
    names = "|".join(re.escape(name) for name in resource.sorts)
    return Parameter(
        "sort",
        f"`field:asc` or `field:desc`, repeated or joined by commas. Fields: {known}.",
        f"{next(iter(resource.sorts))}:asc",
        {"type": "string", "pattern": f"^({names}):(asc|desc)$"},
        several=True,
    )


_NEW_STATUS = Parameter(
    "newStatus", "The state that they are shown in.", "SUCCESS", _STATES, required=True
)
_SUBFLOWS = Parameter(
    "subflows", "Subflow nodes that are opened, by uid.", "root.launch", _TEXT, several=True
)
_DELETED = (
    Parameter("includeNonTerminated", "Take those that are not over too.", False, _FLAG),
    Parameter("deleteLogs", "Delete their logs; by default true.", True, _FLAG),
    Parameter("deleteMetrics", "Delete their metrics; by default true.", True, _FLAG),
    Parameter("deleteStorage", "Delete their files; by default true.", True, _FLAG),
)
_OTHERS: tuple[tuple[str, tuple[Parameter, ...]], ...] = (
    (
        r"POST /executions/(trigger/)?\{namespace\}/\{flow_id\}",
        (Parameter("labels", "Labels that it gets.", "team:finance", _LABEL, several=True),),
    ),
    (r"GET /(flows|executions)/.*/graph|POST /flows/graph", (_SUBFLOWS,)),
    (
        r"DELETE /flows/\{namespace\}/\{flow_id\}/revisions",
        (
            Parameter(
                "revisions",
                "Numbers of the revisions that go.",
                1,
                _NUMBER,
                required=True,
                several=True,
            ),
        ),
    ),
    (r"POST /executions/change-status/by-(ids|query)", (_NEW_STATUS,)),
    (
        r"POST /executions/replay/by-(ids|query)",
        (Parameter("latestRevision", "Run on the latest revision of the flow.", True, _FLAG),),
    ),
    (
        r"POST /executions/unqueue/by-ids",
        (Parameter("state", "What becomes of them.", "RUNNING", _STATES),),
    ),
    (
        r"POST /executions/unqueue/by-query",
        (Parameter("newState", "What becomes of them.", "RUNNING", _STATES),),
    ),
    (r"DELETE /executions/by-(ids|query)", _DELETED),
    (r"GET /concurrency-limit/search", _PAGED),
    (r"GET /executions", (*_PAGED, _sort_of(EXECUTIONS))),
    (r"GET /metrics/\{execution_id\}", (*_PAGED, _sort_of(METRICS))),
    (
        r"GET /triggers/\{namespace\}/\{flow_id\}",
        (*_PAGED, _sort_of(TRIGGERS), _CLASSIC["q"]),
    ),
    (
        r"GET /blueprints/community(/\{first\})?",
        (Parameter("tags", "Tags that it has.", "Getting Started", _TEXT, several=True),),
    ),
)
"""What else is read from the query, by method and path behind ``/api/v1``."""


def parameters_of(method: str, path: str) -> Iterator[dict[str, Any]]:
    """Yield what a route reads from its query besides what its signature says."""
    place = f"{method} {path.removeprefix('/api/v1')}"
    resource = next((found for form, found in _SEARCHES if re.fullmatch(form, place)), None)
    if resource is not None:
        yield from (item.as_json() for item in _of_search(resource, path))
    for form, found in _OTHERS:
        if re.fullmatch(form, place):
            yield from (item.as_json() for item in found)


def _of_search(resource: Resource, path: str) -> Iterator[Parameter]:
    has_pages = not _WITHOUT_PAGES.fullmatch(path)
    if has_pages:
        yield from _PAGED
    if has_pages or _SORTED_ONLY.fullmatch(path):
        yield _sort_of(resource)
    yield from (item for field, item in _CLASSIC.items() if field in resource.fields)
    field, operation, example = ("q", "EQUALS", "load")
    if "namespace" in resource.fields:
        field, operation, example = ("namespace", "PREFIX", "company.team")
    known = ", ".join(f"`{name}`" for name in resource.fields)
    yield Parameter(
        f"filters[{field}][{operation}]",
        f"A filter: `filters[field][OPERATION]`. Fields: {known}.",
        example,
        _TEXT,
    )
