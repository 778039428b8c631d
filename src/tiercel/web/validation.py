"""Routes that check flows, tasks and triggers without saving them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from tiercel.check import ParsedFlow
from tiercel.model.errors import NotFoundError
from tiercel.model.problems import InvalidFlowError, Problem
from tiercel.model.yaml import parse_yaml
from tiercel.services.source_edits import to_yaml
from tiercel.services.source_files import split_documents
from tiercel.services.written import usable_expressions
from tiercel.web.bodies import (
    YAML_TYPES,
    content_type,
    parse_json,
    read_source,
    read_text,
)
from tiercel.web.errors import RefusedRequestError, unsupported_type
from tiercel.web.flow_faults import faults, is_unreadable
from tiercel.web.replies import JsonReply
from tiercel.web.services import AppServices, Services

router = APIRouter(prefix="/api/v1/flows", tags=["flows"])

Section = Annotated[Literal["TASKS", "TRIGGERS"] | None, Query()]
_LISTS = {"TASKS": "tasks", "TRIGGERS": "triggers"}
_ANY_TASK = {"id": "task", "type": "io.kestra.plugin.core.log.Log", "message": "x"}


@router.post("/validate")
async def validate_flows(request: Request, services: Services) -> Response:
    """Check one or several documents; what is wrong with them is part of the answer."""
    source = await read_source(request)
    documents = split_documents(source)
    checked = [await _validation(services, text, index) for index, text in enumerate(documents)]
    return JsonReply(checked)


@router.post("/expressions")
async def expressions(
    request: Request,
    services: Services,
    task_id: Annotated[str | None, Query(alias="taskId")] = None,
) -> Response:
    """Return what templates of a flow, or of one of its tasks, can read."""
    flow = services.flows.validate(await read_source(request)).flow
    return JsonReply(usable_expressions(flow.definition, task_id))


async def _validation(services: AppServices, source: str, index: int) -> dict[str, Any]:
    problems: tuple[Problem, ...] = ()
    parsed: ParsedFlow | None = None
    try:
        parsed = services.flows.validate(source)
        written: Mapping[str, Any] = parsed.flow.definition
    except InvalidFlowError as error:
        problems, written = error.problems, error.definition
    checked: dict[str, Any] = {"index": index, "outdated": False}
    if not any(is_unreadable(problem) for problem in problems):
        namespace, flow_id = str(written.get("namespace")), str(written.get("id"))
        checked |= {
            "flow": flow_id,
            "namespace": namespace,
            "outdated": await _is_outdated(services, namespace, flow_id, written.get("revision")),
            "deprecationPaths": list(parsed.deprecated) if parsed else [],
            "warnings": [problem.render() for problem in parsed.warnings] if parsed else [],
            "infos": list(parsed.renamed) if parsed else [],
        }
    if problems:
        checked |= faults(problems, written)
    return checked


async def _is_outdated(
    services: AppServices, namespace: str, flow_id: str, revision: object
) -> bool:
    """Tell whether somebody saved the flow since the writer of ``revision`` read it."""
    if not isinstance(revision, int):
        return False
    try:
        latest = (await services.flows.get(namespace, flow_id)).revision
    except NotFoundError:
        latest = 0
    return revision != latest + 1


@router.post("/validate/task")
async def validate_task(request: Request, services: Services, section: Section = None) -> Response:
    """Check one task or trigger, in YAML or JSON."""
    given = content_type(request)
    if given in YAML_TYPES and section is None:
        detail = "Required QueryValue [section] not specified"
        raise RefusedRequestError(400, "Bad Request", detail)
    return JsonReply(await _checked_part(request, services, section or "TASKS"))


@router.post("/validate/trigger")
async def validate_trigger(request: Request, services: Services) -> Response:
    """Check one trigger, in JSON or YAML."""
    return JsonReply(await _checked_part(request, services, "TRIGGERS"))


async def _checked_part(request: Request, services: AppServices, section: str) -> dict[str, Any]:
    """Check a task or trigger as the only one of its list in a flow."""
    given = content_type(request)
    if given not in ("", "application/json", *YAML_TYPES):
        raise unsupported_type(given, ["application/json", "application/x-yaml"])
    text = await read_text(request)
    if not text.strip():
        raise RefusedRequestError(422, "Invalid route params", "Required Body not specified")
    checked: dict[str, Any] = {"index": 0, "outdated": False}
    part = parse_json(text) if given == "application/json" else None
    if part is None:
        document = parse_yaml(text)
        part = document.root.plain() if document.root is not None else None
        if document.problems:
            return {**checked, **faults(document.problems)}
    name = _LISTS[section]
    if not isinstance(part, dict):
        raise RefusedRequestError(422, "Invalid entity", f"one of {name} is a map")
    flow = {"id": "check", "namespace": "check", "tasks": [_ANY_TASK]} | {name: [part]}
    try:
        services.flows.validate(to_yaml(flow))
    except InvalidFlowError as error:
        prefix = f"{name}[0]"
        return {**checked, **faults([_inside(problem, prefix) for problem in error.problems])}
    return checked


def _inside(problem: Problem, prefix: str) -> Problem:
    """Name a property from the part itself; lines of a source we wrote mean nothing."""
    path = problem.path.removeprefix(prefix).removeprefix(".")
    return Problem(problem.message, path=path, hint=problem.hint)
