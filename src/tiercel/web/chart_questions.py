"""What is asked of a chart: the time it is about, a page of its rows, and what narrows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from tiercel.store import Condition
from tiercel.web.errors import RefusedRequestError
from tiercel.web.filters import read_moment, read_one_filter, since
from tiercel.web.resources import CHARTS

_LATEST_PAGE = 10**9
_LARGEST_PAGE = 100_000


class ChartFilter(msgspec.Struct):
    """One of the filters that a dashboard applies to all of its charts."""

    field: str
    operation: str = "EQUALS"
    value: Any = None


class ChartQuestion(msgspec.Struct, rename="camel"):
    """Which rows of a chart are asked for."""

    start_date: datetime | None = None
    end_date: datetime | None = None
    page_number: int = 1
    page_size: int = 100
    filters: list[ChartFilter] | None = None
    namespace: str | None = None


def checked_question(question: ChartQuestion) -> ChartQuestion:
    """Return a question with its dates, those of its filters where it names none itself.

    Raises:
        RefusedRequestError: There is no such page, or a date can't be read.
    """
    if not (1 <= question.page_number <= _LATEST_PAGE and 1 <= question.page_size <= _LARGEST_PAGE):
        detail = "pageNumber and pageSize must be greater than or equal to 1"
        raise RefusedRequestError(422, "Invalid entity", detail)
    dates = dict(_dates(question.filters or ()))
    start = question.start_date or dates.get("startDate") or dates.get("timeRange")
    end = question.end_date or dates.get("endDate")
    return msgspec.structs.replace(question, start_date=_aware(start), end_date=_aware(end))


def _dates(filters: Sequence[ChartFilter]) -> Iterator[tuple[str, datetime]]:
    for item in filters:
        if item.field in ("startDate", "endDate"):
            yield item.field, read_moment(item.field, str(item.value))
        elif item.field == "timeRange":
            yield item.field, since(str(item.value))("").value


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def conditions_of(question: ChartQuestion) -> list[Condition]:
    """Return what the filters of a dashboard select; those that no chart knows are passed over.

    Raises:
        RefusedRequestError: 400, for an operation that a field lacks, or a value that can't be
            read; the message names the filter.
    """
    found = []
    if question.namespace:
        found.append(read_one_filter("namespace", "PREFIX", question.namespace, CHARTS))
    for item in question.filters or ():
        if item.field in CHARTS.fields:
            found.extend(
                read_one_filter(item.field, item.operation, text, CHARTS) for text in _texts(item)
            )
    return found


def _texts(item: ChartFilter) -> list[str]:
    """Return a filter's value as the parameters of a search have it: one text, one a label."""
    value = item.value
    if isinstance(value, Mapping):
        value = [f"{key}:{entry}" for key, entry in value.items()]
    if not isinstance(value, list):
        return ["" if value is None else str(value)]
    texts = [str(entry) for entry in value]
    is_choice = item.operation in ("IN", "NOT_IN")
    return texts if item.field == "labels" and not is_choice else [",".join(texts)]
