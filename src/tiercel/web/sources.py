"""Routes that look into the sources of flows, and replace texts in them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response

from tiercel.model.errors import ConflictError
from tiercel.services.source_search import Match, SourceQuery
from tiercel.store import Condition, Operation
from tiercel.web.bodies import FlowName, read_flow_ids, read_json
from tiercel.web.replies import JsonReply, page_of
from tiercel.web.resources import FLOWS
from tiercel.web.search import read_search
from tiercel.web.services import AppServices, Services
from tiercel.web.shapes import flow_json

if TYPE_CHECKING:
    from tiercel.store import StoredFlow

router = APIRouter(prefix="/api/v1/flows", tags=["flows"])

_BEFORE, _AFTER = 1, 2
_MOST_FRAGMENTS = 5


class Replacement(msgspec.Struct, rename="camel"):
    """What is to be replaced, and where.

    Attributes:
        q: What is looked for; some clients call it ``query``.
        namespace: With those below it; None for all.
        flows: Only these; None for all that hold it.
    """

    q: str = ""
    query: str = ""
    replacement: str = ""
    case_sensitive: bool = False
    whole_word: bool = False
    regex: bool = False
    namespace: str | None = None
    flows: list[FlowName] | None = None

    @property
    def search(self) -> SourceQuery:
        """What is looked for. Raises IllegalArgumentError."""
        return SourceQuery(
            self.q or self.query,
            case_sensitive=self.case_sensitive,
            whole_word=self.whole_word,
            is_pattern=self.regex,
        )


class LineReplacement(Replacement, rename="camel"):
    """What is to be replaced in one line of one flow.

    Attributes:
        id: Of the flow, in ``namespace``.
        revision: The revision that was looked at; another one in force is a conflict.
    """

    id: str = msgspec.field(name="id", default="")
    line: int = 1
    revision: int | None = None


@router.get("/source")
async def search_sources(
    request: Request,
    services: Services,
    q: str = "",
    case_sensitive: Annotated[bool, Query(alias="caseSensitive")] = False,
    whole_word: Annotated[bool, Query(alias="wholeWord")] = False,
    regex: bool = False,
) -> Response:
    """Return one page of the flows whose source holds a text, with what stands around it."""
    search = read_search(request.query_params, FLOWS)
    conditions = [condition for condition in search.conditions if condition.field != "q"]
    query = None
    if q and q != "*":
        query = SourceQuery(
            q, case_sensitive=case_sensitive, whole_word=whole_word, is_pattern=regex
        )
        if not regex:
            conditions.append(Condition("source", Operation.CONTAINS, q))
    if query is None or not (case_sensitive or whole_word or regex):
        found, total = await services.flows.search(
            conditions, page=search.page, size=search.size, sort=search.sort
        )
        rows = [(flow, query.matches(flow.source) if query else []) for flow in found]
    else:
        hits = await _hits(services, conditions, query)
        first, total = (search.page - 1) * search.size, len(hits)
        rows = hits[first : first + search.size]
    return page_of([_row(flow, matches) for flow, matches in rows], total)


async def _hits(
    services: AppServices,
    conditions: Sequence[Condition],
    query: SourceQuery,
    replacement: str | None = None,
) -> list[tuple[StoredFlow, list[Match]]]:
    """Return the flows with such places. In a thread: patterns may take their time."""
    flows = await services.views.flow_sets.matching(conditions)

    def look() -> list[tuple[StoredFlow, list[Match]]]:
        found = [(flow, query.matches(flow.source, replacement)) for flow in flows]
        return [(flow, matches) for flow, matches in found if matches]

    return await asyncio.to_thread(look)


def _row(flow: StoredFlow, matches: Sequence[Match]) -> dict[str, Any]:
    return {
        "model": flow_json(flow),
        "fragments": fragments(flow.source, matches),
        **_matches(flow, matches),
    }


def _matches(flow: StoredFlow, matches: Sequence[Match]) -> dict[str, Any]:
    shown = []
    for item in matches:
        place = {"line": item.line, "start": item.start, "end": item.end, "text": item.text}
        shown.append(place if item.replaced is None else {**place, "replaced": item.replaced})
    return {
        "namespace": flow.namespace,
        "id": flow.id,
        "revision": flow.revision,
        "editable": True,
        "matches": shown,
    }


def fragments(source: str, matches: Sequence[Match]) -> list[str]:
    """Return the lines around the first place of each line that has some, the place marked."""
    lines = source.splitlines()
    found: dict[int, str] = {}
    for item in matches:
        index = item.line - 1
        if index in found:
            continue
        text = item.text
        marked = f"{text[: item.start]}[mark]{text[item.start : item.end]}[/mark]{text[item.end :]}"
        before = lines[max(index - _BEFORE, 0) : index]
        found[index] = "\n".join([*before, marked, *lines[index + 1 : index + 1 + _AFTER]])
        if len(found) == _MOST_FRAGMENTS:
            break
    return list(found.values())


@router.post("/source/replace/preview")
async def preview_replace(request: Request, services: Services) -> Response:
    """Return the lines that would be changed, as they are and as they would be."""
    wanted = await read_json(request, Replacement)
    found = await _wanted(services, wanted)
    return page_of([_matches(flow, matches) for flow, matches in found], len(found))


@router.post("/source/replace/apply")
async def apply_replace(request: Request, services: Services) -> Response:
    """Replace a text in many flows: all of them get a revision, or none does."""
    wanted = await read_json(request, Replacement)
    found = await _wanted(services, wanted)
    query = wanted.search
    sources = {
        (flow.namespace, flow.id): await asyncio.to_thread(
            query.replaced, flow.source, wanted.replacement
        )
        for flow, _ in found
    }
    saved = await services.views.flow_sets.rewrite(sources)
    return JsonReply({"count": len(saved)})


@router.post("/source/replace/line")
async def replace_line(request: Request, services: Services) -> Response:
    """Replace a text in one line of a flow; the answer is the flow."""
    wanted = await read_json(request, LineReplacement)
    flow = await services.flows.get(wanted.namespace or "", wanted.id)
    if wanted.revision not in (None, flow.revision):
        raise ConflictError(
            f"The flow has revision {flow.revision} by now", hint="look at it once more"
        )
    source = await asyncio.to_thread(
        wanted.search.replaced, flow.source, wanted.replacement, wanted.line
    )
    [saved] = await services.views.flow_sets.rewrite({(flow.namespace, flow.id): source})
    return JsonReply(flow_json(saved, source=True))


async def _wanted(
    services: AppServices, wanted: Replacement
) -> list[tuple[StoredFlow, list[Match]]]:
    conditions = []
    if wanted.namespace:
        conditions.append(Condition("namespace", Operation.PREFIX, wanted.namespace))
    found = await _hits(services, conditions, wanted.search, wanted.replacement)
    if wanted.flows is None:
        return found
    names = {(flow.namespace, flow.id) for flow in wanted.flows}
    return [item for item in found if (item[0].namespace, item[0].id) in names]


@router.post("/hashes/by-ids")
async def flow_hashes(request: Request, services: Services) -> Response:
    """Return a hash of the source of each named flow, to tell whether it changed."""
    flows = await services.views.flow_sets.named(await read_flow_ids(request))
    return JsonReply(
        [
            {
                "namespace": flow.namespace,
                "id": flow.id,
                "revision": flow.revision,
                "hash": hashlib.sha256(flow.source.encode()).hexdigest(),
            }
            for flow in flows
        ]
    )
