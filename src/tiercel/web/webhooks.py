"""Routes of webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response

from tiercel.model.execution import TaskRun
from tiercel.services.clock import utc_now
from tiercel.services.webhooks import WebhookCall
from tiercel.web.access import open_to_all
from tiercel.web.bodies import read_bytes
from tiercel.web.protocol import written_headers
from tiercel.web.replies import JsonReply
from tiercel.web.services import Services, execution_url
from tiercel.web.shapes import execution_json

router = APIRouter(prefix="/api/v1", tags=["triggers"])

_WEBHOOK = "/executions/webhook/{namespace}/{flow_id}/{key}"
_BODY_LIMIT_BYTES = 10 * 1024 * 1024


@router.get(f"{_WEBHOOK}/{{path:path}}")
@router.post(f"{_WEBHOOK}/{{path:path}}")
@router.put(f"{_WEBHOOK}/{{path:path}}")
@router.get(_WEBHOOK)
@router.post(_WEBHOOK)
@router.put(_WEBHOOK)
@open_to_all
async def call_webhook(
    namespace: str, flow_id: str, key: str, request: Request, services: Services
) -> Response:
    """Start an execution by a webhook's key."""
    headers = written_headers(request.scope)
    parameters: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        parameters.setdefault(name, []).append(value)
    body = (await read_bytes(request, _BODY_LIMIT_BYTES)).decode("utf-8", "replace")
    call = WebhookCall(body or None, headers, parameters, request.headers.get("traceparent"))
    answer = await services.webhooks.call(namespace, flow_id, key, call)
    if answer is None:
        return Response(status_code=204)
    execution, task_runs = answer.execution, tuple[TaskRun, ...]()
    if answer.wait:
        snapshot = await services.executions.wait(execution.id)
        execution, task_runs = snapshot.execution, tuple(snapshot.task_runs)
        if answer.return_outputs:
            return _outputs(execution.outputs or {}, answer.content_type, answer.status)
    shown = execution_json(execution, task_runs, utc_now())
    shown["url"] = execution_url(request, services, execution)
    return JsonReply(shown, answer.status)


def _outputs(outputs: Mapping[str, Any], content_type: str, status: int) -> Response:
    if content_type == "text/plain":
        text = "".join(str(value) for value in outputs.values())
        return Response(text, status, media_type=content_type)
    return JsonReply(outputs, status)
