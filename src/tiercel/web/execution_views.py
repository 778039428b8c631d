"""Routes that look at executions from other sides: flows, inputs, expressions, latest runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from fastapi import APIRouter, Request, Response

from tiercel.services.written import reduced_list
from tiercel.store import Condition, Operation
from tiercel.web.bodies import FlowName, read_json, read_text
from tiercel.web.errors import RefusedRequestError, not_found, or_404
from tiercel.web.executions import declared_inputs, found
from tiercel.web.replies import JsonReply
from tiercel.web.services import Number, Services, uploads_folder
from tiercel.web.shapes import input_json, length, moment
from tiercel.web.uploads import read_form

if TYPE_CHECKING:
    from tiercel.engine.inputs import InputPreview
    from tiercel.store import StoredFlow

router = APIRouter(prefix="/api/v1", tags=["executions"])

MAX_EXPRESSION_BYTES = 1 << 20
_MOST_FLOWS = 1000


def flow_for_execution(flow: StoredFlow) -> dict[str, Any]:
    """Return what somebody may know of a flow who may run but not read it."""
    written = flow.definition
    shown: dict[str, Any] = {
        "id": flow.id,
        "namespace": flow.namespace,
        "revision": flow.revision,
    }
    if written.get("inputs"):
        shown["inputs"] = [input_json(item) for item in written["inputs"]]
    shown |= {"disabled": flow.disabled, "deleted": flow.deleted}
    for name in ("tasks", "errors", "finally", "afterExecution"):
        tasks = reduced_list(written, name)
        if tasks or name == "tasks":
            shown[name] = tasks
    triggers = written.get("triggers")
    if isinstance(triggers, list) and triggers:
        shown["triggers"] = [
            {"id": trigger.get("id"), "type": trigger.get("type")}
            for trigger in triggers
            if isinstance(trigger, Mapping)
        ]
    return shown


@router.get("/executions/namespaces")
async def executable_namespaces(services: Services) -> Response:
    """Return the namespaces that have flows to run."""
    return JsonReply(await services.views.namespaces.with_flows())


@router.get("/executions/namespaces/{namespace}/flows")
async def executable_flows(namespace: str, services: Services) -> Response:
    """Return the flows of exactly one namespace, reduced."""
    condition = Condition("namespace", Operation.EQUALS, namespace)
    flows = await services.views.flow_sets.matching([condition])
    return JsonReply([flow_for_execution(flow) for flow in flows if not flow.disabled])


@router.get("/executions/namespaces/{namespace}/flows/{flow_id}/average-duration")
async def average_duration(namespace: str, flow_id: str, services: Services) -> Response:
    """Return the mean duration of a flow's recent successes, in seconds and as text."""
    mean, count = await services.views.stats.average_duration(namespace, flow_id)
    if not count:
        return JsonReply({"count": 0})
    return JsonReply({"count": count, "duration": length(mean), "seconds": mean.total_seconds()})


@router.get("/executions/flows/{namespace}/{flow_id}")
async def executable_flow(
    namespace: str, flow_id: str, services: Services, revision: Number = None
) -> Response:
    """Return one flow, reduced."""
    with or_404("No value present"):
        flow = await services.flows.get(namespace, flow_id, revision)
    return JsonReply(flow_for_execution(flow))


@router.get("/executions/{execution_id}/why")
async def why_execution(execution_id: str, services: Services) -> Response:
    """Return in one sentence what an execution waits for; null when it is over."""
    with or_404():
        reason = await services.operations.why_waiting(execution_id)
    return JsonReply({"reason": reason})


@router.get("/executions/{execution_id}/flow")
async def flow_of_execution(execution_id: str, services: Services) -> Response:
    """Return the revision that an execution runs on, reduced."""
    with or_404("No value present"):
        execution = (await services.executions.get(execution_id)).execution
        flow = await services.flows.get(
            execution.namespace, execution.flow_id, execution.flow_revision
        )
    return JsonReply(flow_for_execution(flow))


@router.post("/executions/latest")
async def latest_executions(request: Request, services: Services) -> Response:
    """Return the last execution of each named flow that has one, in a few words."""
    names: list[FlowName] = await read_json(request, list[FlowName])
    if len(names) > _MOST_FLOWS:
        raise RefusedRequestError(422, "Illegal argument", f"more than {_MOST_FLOWS} flows")
    flows = [(name.namespace, name.id) for name in names]
    snapshots = await services.views.stats.latest(flows, services.executions)
    shown = [
        {
            "id": item.execution.id,
            "flowId": item.execution.flow_id,
            "namespace": item.execution.namespace,
            "startDate": moment(item.execution.state.start_date),
            "status": item.execution.state.current.value,
        }
        for item in snapshots
    ]
    return JsonReply(shown)


@router.post("/executions/trigger/{namespace}/{flow_id}/validate")
@router.post("/executions/{namespace}/{flow_id}/validate")
async def validate_inputs(
    namespace: str,
    flow_id: str,
    request: Request,
    services: Services,
    revision: Number = None,
) -> Response:
    """Tell for each input of a flow what would become of it; nothing is started."""
    async with read_form(request, uploads_folder(services)) as form:
        declared = await declared_inputs(services, namespace, flow_id, revision)
        previews = await services.executions.preview_inputs(
            namespace,
            flow_id,
            inputs=form.texts | {},
            uploads=form.uploads(declared, refuse_empty=False),
            revision=revision,
        )
    inputs = [_preview_json(item, declared.get(item.id, {})) for item in previews]
    return JsonReply({"id": flow_id, "namespace": namespace, "inputs": inputs})


def _preview_json(preview: InputPreview, declared: Mapping[str, Any]) -> dict[str, Any]:
    written = dict(declared)
    if preview.choices is not None and "expression" in written:
        written["values"] = list(preview.choices)
    shown: dict[str, Any] = {"input": input_json(written)}
    if preview.value is not None:
        shown["value"] = preview.value
    return shown | {
        "enabled": preview.is_enabled,
        "errors": [{"message": message} for message in preview.errors],
    }


@router.post("/executions/{execution_id}/eval")
@router.post("/executions/{execution_id}/actions/eval")
async def evaluate(execution_id: str, request: Request, services: Services) -> Response:
    """Evaluate an expression with the variables of an execution; secrets stay hidden."""
    return await _evaluated(request, services, execution_id, None)


@router.post("/executions/{execution_id}/eval/{task_run_id}")
@router.post("/executions/{execution_id}/actions/eval/{task_run_id}")
async def evaluate_in_task_run(
    execution_id: str, task_run_id: str, request: Request, services: Services
) -> Response:
    """Evaluate an expression with the variables that a task run had; secrets stay hidden."""
    return await _evaluated(request, services, execution_id, task_run_id)


async def _evaluated(
    request: Request, services: Services, execution_id: str, task_run_id: str | None
) -> Response:
    expression = await read_text(request, MAX_EXPRESSION_BYTES)
    result = await services.views.evaluation.evaluate(execution_id, expression, task_run_id)
    if result.error is not None:
        return JsonReply({"error": result.error, "stackTrace": result.error})
    return JsonReply({"result": result.result})


class TaskOutputs(msgspec.Struct, rename="camel"):
    """Which task run has outputs."""

    task_id: str
    task_run_id: str
    value: str | None
    iteration: int | None
    inline: bool


@router.get("/outputs/executions/{execution_id}")
async def flow_outputs(execution_id: str, services: Services) -> Response:
    """Return the outputs of an execution."""
    snapshot = await found(services, execution_id)
    return JsonReply(snapshot.execution.outputs or {})


@router.get("/outputs/tasks/{execution_id}")
async def outputs_of_tasks(execution_id: str, services: Services) -> Response:
    """Return which task runs of an execution have outputs."""
    snapshot = await found(services, execution_id)
    shown = [
        TaskOutputs(run.task_id, run.id, run.value, run.iteration, True)
        for run in snapshot.task_runs
        if run.outputs
    ]
    return JsonReply(shown)


@router.get("/outputs/tasks/{execution_id}/{task_run_id}")
async def outputs_of_task(execution_id: str, task_run_id: str, services: Services) -> Response:
    """Return the outputs of one task run."""
    snapshot = await found(services, execution_id)
    run = next((run for run in snapshot.task_runs if run.id == task_run_id), None)
    if run is None:
        raise not_found()
    return JsonReply(run.outputs or {})
