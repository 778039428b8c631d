"""Reading the search parameters of lists."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from starlette.datastructures import QueryParams

from tiercel.model.execution import Label
from tiercel.store import Condition, Operation, Sort
from tiercel.web.errors import RefusedRequestError
from tiercel.web.filters import read_moment
from tiercel.web.resources import EXECUTIONS, METRICS
from tiercel.web.search import Search, read_search


def read(query: str) -> Search:
    return read_search(QueryParams(query), EXECUTIONS)


@pytest.mark.parametrize(
    ("query", "conditions"),
    [
        ("", []),
        ("q=*", []),
        ("q=imp", [Condition("q", Operation.CONTAINS, "imp")]),
        ("namespace=a.b", [Condition("namespace", Operation.PREFIX, "a.b")]),
        (
            "namespace=a&flowId=f",
            [
                Condition("namespace", Operation.EQUALS, "a"),
                Condition("flow_id", Operation.EQUALS, "f"),
            ],
        ),
        (
            "state=FAILED,WARNING&state=KILLED",
            [Condition("state", Operation.IN, ["FAILED", "WARNING", "KILLED"])],
        ),
        ("labels=a:b:c,d", [Condition("labels", Operation.EQUALS, Label("a", "b:c,d"))]),
        ("scope=USER", [Condition("namespace", Operation.NOT_PREFIX, "system")]),
        ("scope=SYSTEM", [Condition("namespace", Operation.PREFIX, "system")]),
        ("childFilter=MAIN", [Condition("trigger_execution_id", Operation.IS_NULL)]),
        (
            "startDate=2024-06-03T00:00:00.000%2B02:00",
            [
                Condition(
                    "start_date",
                    Operation.GREATER_THAN_OR_EQUAL_TO,
                    datetime(2024, 6, 3, tzinfo=timezone(timedelta(hours=2))),
                )
            ],
        ),
        ("unknown=x", []),
        (
            "filters[namespace][STARTS_WITH]=a&namespace=b",
            [Condition("namespace", Operation.STARTS_WITH, "a")],
        ),
        (
            "filters%5Bstate%5D%5BNOT_IN%5D=FAILED,WARNING",
            [Condition("state", Operation.NOT_IN, ["FAILED", "WARNING"])],
        ),
        (
            "filters[labels][NOT_EQUALS][env]=prod",
            [Condition("labels", Operation.NOT_EQUALS, [Label("env", "prod")])],
        ),
        (
            "filters[state][EQUALS]=FAILED,KILLED",
            [Condition("state", Operation.IN, ["FAILED", "KILLED"])],
        ),
        ("scope=USER,SYSTEM", []),
        (
            "filters[or][0][namespace][EQUALS]=a&filters[or][1][namespace][EQUALS]=b"
            "&filters[or][1][flowId][IN]=f,g&filters[and][0][q][EQUALS]=x",
            [
                Condition("q", Operation.EQUALS, "x"),
                Condition(
                    "",
                    Operation.ANY_OF,
                    [
                        [Condition("namespace", Operation.EQUALS, "a")],
                        [
                            Condition("namespace", Operation.EQUALS, "b"),
                            Condition("flow_id", Operation.IN, ["f", "g"]),
                        ],
                    ],
                ),
            ],
        ),
        (
            "filters[scope][NOT_EQUALS]=SYSTEM",
            [Condition("namespace", Operation.NOT_PREFIX, "system")],
        ),
    ],
)
def test_parameters_become_conditions(query: str, conditions: list[Condition]) -> None:
    assert list(read(query).conditions) == conditions


NO_KIND, SOME_KIND = (
    *(Condition("kind", Operation.IS_NULL), Condition("kind", Operation.IS_NOT_NULL)),
)


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ("[EQUALS]=TEST", Condition("kind", Operation.EQUALS, "TEST")),
        ("[NOT_IN]=TEST,LOOP", Condition("kind", Operation.NOT_IN, ["TEST", "LOOP"])),
        (
            "[EQUALS]=NORMAL",
            Condition(
                "",
                Operation.ANY_OF,
                [[NO_KIND], [Condition("kind", Operation.IN, ["NORMAL"])]],
            ),
        ),
        (
            "[NOT_IN]=NORMAL,TEST",
            Condition(
                "",
                Operation.ANY_OF,
                [[SOME_KIND, Condition("kind", Operation.NOT_IN, ["NORMAL", "TEST"])]],
            ),
        ),
    ],
)
def test_executions_that_say_no_kind_are_normal(query: str, condition: Condition) -> None:
    assert read(f"filters[kind]{query}").conditions == [condition]


def test_a_time_range_counts_back_from_now() -> None:
    [condition] = read("timeRange=PT24H").conditions
    assert condition.field == "start_date"
    assert condition.value < datetime.now(UTC) - timedelta(hours=23)


def test_pages_and_sorts() -> None:
    found = read("page=3&size=25&sort=state.startDate:desc,id:asc&sort=namespace:up")
    assert (found.page, found.size) == (3, 25)
    assert found.sort == [
        Sort("start_date", descending=True),
        Sort("id"),
        Sort("namespace", descending=True),
    ]
    assert read_search(QueryParams("sort=taskrunId:asc"), METRICS).sort == [Sort("task_run_id")]


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("page=0", 422, "Invalid entity: page: must be greater than or equal to 1"),
        ("size=-1", 422, "Invalid entity: size: must be greater than or equal to 1"),
        (
            "page=abc",
            422,
            "Internal server error: Failed to convert argument [page] for value [abc] due to: "
            'For input string: "abc"',
        ),
        ("sort=id", 422, "Unprocessable Entity: Invalid sort parameter"),
        ("sort=a:b:c", 422, "Unprocessable Entity: Invalid sort parameter"),
        ("sort=nope:asc", 422, "Illegal argument: Can't sort by 'nope'. Known fields: "),
        ("labels=team", 422, "Unprocessable Entity: Invalid queryString parameter"),
        ("labels=team:", 422, "Unprocessable Entity: Invalid queryString parameter"),
        ("state=NOPE", 422, "Internal server error: Failed to convert argument [state]"),
        ("scope=ME", 422, "Internal server error: Failed to convert argument [scope]"),
        ("timeRange=P1Y", 422, "Internal server error: Failed to convert argument [timeRange]"),
        (
            "startDate=2024-06-03",
            422,
            "Internal server error: Failed to convert argument [startDate]",
        ),
        ("startDate=2024-06-03T00:00&timeRange=P1D", 422, "Illegal argument: Parameters"),
        (
            "startDate=2024-06-03T00:00&endDate=2024-06-02T00:00",
            422,
            "Illegal argument: Start date must be before End Date",
        ),
        ("filters[nope][EQUALS]=x", 400, "Bad Request: Invalid query filter filters[nope]"),
        ("filters[state][REGEX]=x", 400, "Bad Request: Invalid query filter filters[state]"),
        ("filters[state][EQUALS]=x", 400, "Bad Request: Invalid query filter filters[state]"),
        ("page=9999999999999999999999", 422, "Invalid entity: page: must be less than or equal"),
        ("filters[or][x][q][EQUALS]=1", 400, "Bad Request: Invalid query filter filters[or][x]"),
        ("filters[q][EQUALS][key]=1", 400, "Bad Request: Invalid query filter filters[q]"),
        ("filters=x", 400, "Bad Request: Invalid query filter filters: expected"),
        ("filters[state]=x", 400, "Bad Request: Invalid query filter filters[state]: expected"),
    ],
)
def test_what_can_not_be_read_is_named(query: str, status: int, message: str) -> None:
    with pytest.raises(RefusedRequestError) as error:
        read(query)
    assert error.value.status == status
    assert error.value.message.startswith(message)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-06-03T10:00", datetime(2024, 6, 3, 10, tzinfo=UTC)),
        ("2024-06-03T10:00:00.5Z", datetime(2024, 6, 3, 10, 0, 0, 500000, UTC)),
        ("2024-06-03T10:00:00 02:00", datetime(2024, 6, 3, 8, tzinfo=UTC)),
    ],
)
def test_moments_may_lack_seconds_and_zone(text: str, moment: Any) -> None:
    assert read_moment("startDate", text) == moment
