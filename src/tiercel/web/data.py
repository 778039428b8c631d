"""Routes of the look into databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from tiercel.services.data import MOST_ROWS, TIMEOUT_SECONDS, Answer, Table
from tiercel.services.data_sources import Source
from tiercel.web.bodies import read_json
from tiercel.web.replies import JsonReply
from tiercel.web.services import Services

router = APIRouter(prefix="/api/v1", tags=["data"])

Limit = Annotated[int, Query(ge=1, le=MOST_ROWS)]


class Statement(msgspec.Struct):
    """A statement to run.

    Attributes:
        limit: Rows at most.
    """

    sql: str
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST_ROWS)] = 200


def _source_json(source: Source) -> dict[str, Any]:
    return {
        "id": source.id,
        "place": source.place,
        "database": source.access.address.database,
        "username": source.username,
        "embedded": not source.flows,
        "flows": list(source.flows),
    }


def _table_json(table: Table) -> dict[str, Any]:
    return {
        "schema": table.schema,
        "name": table.name,
        "kind": table.kind,
        "rows": table.rows,
        "exact": table.is_exact,
        "size": table.size_bytes,
    }


def _answer_json(answer: Answer) -> dict[str, Any]:
    return {
        "columns": [{"name": column.name, "type": column.type} for column in answer.columns],
        "rows": answer.rows,
        "truncated": answer.is_cut,
        "seconds": answer.seconds,
    }


@router.get("/data")
async def list_databases(services: Services) -> Response:
    """Return the databases that flows connect to and those of the embedded server."""
    found = [_source_json(source) for source in await services.views.data.sources()]
    limits = {"seconds": TIMEOUT_SECONDS, "rows": MOST_ROWS}
    return JsonReply({"results": found, "total": len(found), "limits": limits})


@router.get("/data/{source_id}/tables")
async def list_tables(source_id: str, services: Services) -> Response:
    """Return the tables of a database with their numbers of rows."""
    return JsonReply([_table_json(table) for table in await services.views.data.tables(source_id)])


@router.get("/data/{source_id}/tables/{schema}/{table}")
async def first_rows(
    source_id: str, schema: str, table: str, services: Services, limit: Limit = 100
) -> Response:
    """Return the columns and the first rows of a table."""
    answer = await services.views.data.rows(source_id, schema, table, limit)
    return JsonReply(_answer_json(answer))


@router.post("/data/{source_id}/query")
async def run_query(source_id: str, request: Request, services: Services) -> Response:
    """Run one statement that reads, with limits of time and rows."""
    statement = await read_json(request, Statement)
    answer = await services.views.data.query(source_id, statement.sql, statement.limit)
    return JsonReply(_answer_json(answer))


@router.post("/data/{source_id}/query/csv")
async def download_query(source_id: str, request: Request, services: Services) -> Response:
    """Return the rows of a statement as a CSV file."""
    statement = await read_json(request, Statement)
    pieces = services.views.data.csv(source_id, statement.sql)
    first = await anext(pieces)
    headers = {"content-disposition": 'attachment; filename="rows.csv"'}
    return StreamingResponse(_joined(first, pieces), media_type="text/csv", headers=headers)


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece
