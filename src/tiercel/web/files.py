"""Routes of the files of an execution."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from starlette.responses import RedirectResponse, StreamingResponse

from tiercel.model.errors import StorageError
from tiercel.storage import is_below, parse_uri
from tiercel.storage.paths import execution_folder, flow_folder
from tiercel.web.errors import RefusedRequestError, or_404
from tiercel.web.previews import preview, row_limit
from tiercel.web.replies import JsonReply, attachment
from tiercel.web.services import AppServices, Services

router = APIRouter(prefix="/api/v1/executions", tags=["executions"])

Path = Annotated[str, Query()]


class _OtherExecutionError(Exception):
    """The file belongs to another execution of the same flow."""

    def __init__(self, execution_id: str) -> None:
        super().__init__(execution_id)
        self.execution_id = execution_id


async def _check_owner(services: AppServices, execution_id: str, path: str) -> None:
    """Let only files of the execution through.

    Raises:
        _OtherExecutionError: It is a file of another execution of the flow.
        RefusedRequestError: No such execution, no URI, or somebody else's file.
    """
    with or_404(f"Unable to find execution id '{execution_id}'"):
        execution = (await services.executions.get(execution_id)).execution
    try:
        names = parse_uri(path)
    except StorageError as error:
        reason = "Invalid prefix path" if path.startswith("kestra:///") else error.message
        raise RefusedRequestError(422, "Illegal argument", reason) from None
    if is_below(path, execution_folder(execution.namespace, execution.flow_id, execution_id)):
        return
    flow = parse_uri(flow_folder(execution.namespace, execution.flow_id))
    executions = (*flow, "executions")
    if names[: len(executions)] == executions and len(names) > len(executions) + 1:
        raise _OtherExecutionError(names[len(executions)])
    raise RefusedRequestError(422, "Illegal argument", "Invalid prefix path")


@router.get("/{execution_id}/file")
async def download_file(execution_id: str, path: Path, services: Services) -> Response:
    """Send a file of the execution."""
    try:
        await _check_owner(services, execution_id, path)
    except _OtherExecutionError as other:
        return _elsewhere(other, "file", path)
    size = await services.storage.size(path)
    headers = {**attachment(parse_uri(path)[-1]), "content-length": str(size)}
    return StreamingResponse(
        services.storage.open(path), media_type="application/octet-stream", headers=headers
    )


@router.get("/{execution_id}/file/metas")
async def read_file_metas(execution_id: str, path: Path, services: Services) -> Response:
    """Return the size of a file of the execution."""
    try:
        await _check_owner(services, execution_id, path)
    except _OtherExecutionError as other:
        return _elsewhere(other, "file/metas", path)
    return JsonReply({"size": await services.storage.size(path)})


@router.get("/{execution_id}/file/preview")
async def preview_file(
    execution_id: str,
    path: Path,
    services: Services,
    max_rows: Annotated[int | None, Query(alias="maxRows", ge=1, le=2**31)] = None,
    encoding: str = "UTF-8",
) -> Response:
    """Return the beginning of a file of the execution."""
    try:
        await _check_owner(services, execution_id, path)
    except _OtherExecutionError as other:
        return _elsewhere(other, "file/preview", path)
    rows = row_limit(max_rows, services.options.settings.preview)
    return JsonReply(await preview(services.storage, path, rows=rows, encoding=encoding))


def _elsewhere(other: _OtherExecutionError, route: str, path: str) -> Response:
    execution_id = quote(other.execution_id, safe="")
    url = f"/api/v1/executions/{execution_id}/{route}?path={quote(path, safe=':/')}"
    return RedirectResponse(url, status_code=307)
