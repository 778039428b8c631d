"""Routes of flows."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

import yaml
from fastapi import APIRouter, Query, Request, Response

from tiercel.check import ParsedFlow
from tiercel.model.errors import NotFoundError
from tiercel.model.problems import InvalidFlowError, Problem
from tiercel.model.yaml import parse_yaml
from tiercel.web.errors import (
    RefusedRequestError,
    not_found,
    problem_detail,
    problems_text,
    unsupported_type,
)
from tiercel.web.replies import JsonReply, page_of
from tiercel.web.resources import FLOWS
from tiercel.web.search import read_search
from tiercel.web.services import AppServices, Services
from tiercel.web.shapes import flow_json

router = APIRouter(prefix="/api/v1/flows", tags=["flows"])

YAML_TYPES = ("application/x-yaml", "application/yaml", "text/yaml", "text/x-yaml")
MAX_SOURCE_BYTES = 16 << 20
_ALLOWED = ("application/json", "application/x-yaml")
_SEPARATOR = re.compile(r"^---.*$", re.MULTILINE)
_CLIENT_EXTRAS = ("additional_properties", "source")


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


async def read_source(request: Request) -> str:
    """Return the body as the source of a flow; an object in JSON becomes YAML.

    Raises:
        RefusedRequestError: No body, a too large one, another content type, not UTF-8 or JSON.
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in (*YAML_TYPES, "application/json"):
        raise unsupported_type(content_type, _ALLOWED)
    body = await _limited_body(request)
    if not body.strip():
        detail = "Required Body [flow] not specified"
        raise RefusedRequestError(422, "Invalid route params", detail)
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise RefusedRequestError(422, "Invalid entity", f"not UTF-8: {error}") from error
    return _from_json(text) if content_type == "application/json" else text


async def _limited_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_SOURCE_BYTES:
            detail = f"the body is over {MAX_SOURCE_BYTES} bytes"
            raise RefusedRequestError(413, "Content Too Large", detail)
    return bytes(body)


def _from_json(text: str) -> str:
    try:
        flow = json.loads(text)
    except json.JSONDecodeError as error:
        raise RefusedRequestError(422, "Invalid json", str(error)) from error
    if not isinstance(flow, dict):
        raise RefusedRequestError(422, "Invalid json", "a flow is an object")
    written = {name: value for name, value in flow.items() if name not in _CLIENT_EXTRAS}
    return yaml.dump(written, Dumper=_Dumper, sort_keys=False, allow_unicode=True)


@router.get("/search")
async def search_flows(request: Request, services: Services) -> Response:
    """Return one page of the latest revisions."""
    search = read_search(request.query_params, FLOWS)
    found, total = await services.flows.search(
        search.conditions, page=search.page, size=search.size, sort=search.sort
    )
    return page_of([flow_json(flow) for flow in found], total)


@router.post("/validate")
async def validate_flows(request: Request, services: Services) -> Response:
    """Check one or several documents; what is wrong with them is part of the answer."""
    source = await read_source(request)
    documents = [text for text in _SEPARATOR.split(source) if text.strip()]
    checked = [await _validation(services, text, index) for index, text in enumerate(documents)]
    return JsonReply(checked)


async def _validation(services: AppServices, source: str, index: int) -> dict[str, Any]:
    problems: tuple[Problem, ...] = ()
    parsed: ParsedFlow | None = None
    try:
        parsed = services.flows.validate(source)
    except InvalidFlowError as error:
        problems = error.problems
    root = parse_yaml(source).root
    written = root.plain() if root is not None else None
    checked: dict[str, Any] = {"index": index, "outdated": False}
    if isinstance(written, dict) and not any(_is_unreadable(problem) for problem in problems):
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
        checked["constraints"] = problems_text(problems)
        checked["problems"] = [problem_detail(problem) for problem in problems]
    return checked


def _is_unreadable(problem: Problem) -> bool:
    return problem.message.startswith("Illegal flow yaml")


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


@router.post("")
async def create_flow(request: Request, services: Services) -> Response:
    """Save a new flow."""
    saved = await services.flows.create(await read_source(request))
    return JsonReply(flow_json(saved.stored, source=True))


@router.put("/{namespace}/{flow_id}")
async def update_flow(
    namespace: str, flow_id: str, request: Request, services: Services
) -> Response:
    """Save the next revision of a flow; the same source again adds none."""
    source = await read_source(request)
    try:
        saved = await services.flows.update(namespace, flow_id, source)
    except NotFoundError:
        raise not_found() from None
    return JsonReply(flow_json(saved.stored, source=True))


@router.get("/{namespace}/{flow_id}")
async def read_flow(
    namespace: str,
    flow_id: str,
    services: Services,
    source: bool = False,
    revision: Annotated[int | None, Query()] = None,
    allow_deleted: Annotated[bool, Query(alias="allowDeleted")] = False,
) -> Response:
    """Return one revision of a flow, by default the latest."""
    try:
        if allow_deleted and revision is None:
            flow = (await services.flows.revisions(namespace, flow_id))[-1]
        else:
            flow = await services.flows.get(namespace, flow_id, revision)
    except NotFoundError:
        raise not_found() from None
    return JsonReply(flow_json(flow, source=source))


@router.get("/{namespace}/{flow_id}/revisions")
async def read_revisions(namespace: str, flow_id: str, services: Services) -> Response:
    """Return all revisions with their sources, oldest first; none for an unknown flow."""
    try:
        revisions = await services.flows.revisions(namespace, flow_id)
    except NotFoundError:
        revisions = []
    return JsonReply([flow_json(flow, source=True) for flow in revisions])


@router.delete("/{namespace}/{flow_id}", status_code=204)
async def delete_flow(namespace: str, flow_id: str, services: Services) -> Response:
    """Delete a flow; its executions stay."""
    try:
        await services.flows.delete(namespace, flow_id)
    except NotFoundError:
        raise not_found() from None
    return Response(status_code=204)


@router.get("/{namespace}")
async def list_flows(namespace: str, services: Services) -> Response:
    """Return all flows of exactly one namespace."""
    return JsonReply([flow_json(flow) for flow in await _all_of(services, namespace)])


async def _all_of(services: AppServices, namespace: str) -> list[Any]:
    from tiercel.store import Condition, Operation

    condition = Condition("namespace", Operation.EQUALS, namespace)
    flows: list[Any] = []
    total = 1
    while len(flows) < total:
        page = 1 + len(flows) // 1000
        found, total = await services.flows.search([condition], page=page, size=1000)
        if not found:
            break
        flows.extend(found)
    return flows
