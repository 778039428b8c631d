"""Bodies of requests: sources of flows, JSON, plain text. Every one has a limit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from tiercel.services.flow_sets import FlowId
from tiercel.services.source_edits import to_yaml
from tiercel.services.source_files import split_documents
from tiercel.web.errors import RefusedRequestError, too_large, unsupported_type

if TYPE_CHECKING:
    from starlette.requests import Request

T = TypeVar("T")

YAML_TYPES = ("application/x-yaml", "application/yaml", "text/yaml", "text/x-yaml")
MAX_SOURCE_BYTES = 16 << 20
MOST_VALUES = 200_000
"""Values in a body of JSON, names of properties included."""
_DEEPEST = 100
"""Values in one another, as in the YAML of a flow."""
_LONGEST_FLOW = 4_000_000
_LARGE = 100_000
"""Characters of a flow from which on it is written for machines only."""
_ALLOWED = ("application/json", "application/x-yaml")
_CLIENT_EXTRAS = ("additional_properties", "source")


class FlowName(msgspec.Struct):
    """A flow, as bulk requests name it."""

    namespace: str
    id: str


def content_type(request: Request) -> str:
    """Return the content type without its parameters, in lower case; empty when there is none."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_bytes(request: Request, limit_bytes: int = MAX_SOURCE_BYTES) -> bytes:
    """Return the body.

    Raises:
        RefusedRequestError: 413, it is over the limit.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit_bytes:
        raise _too_large(limit_bytes)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit_bytes:
            raise _too_large(limit_bytes)
    return bytes(body)


def _too_large(limit_bytes: int) -> RefusedRequestError:
    return too_large(f"the body is over {limit_bytes} bytes")


async def read_text(request: Request, limit_bytes: int = MAX_SOURCE_BYTES) -> str:
    """Return the body as text."""
    try:
        return (await read_bytes(request, limit_bytes)).decode()
    except UnicodeDecodeError as error:
        raise RefusedRequestError(422, "Invalid entity", f"not UTF-8: {error}") from error


async def read_source(request: Request, *, or_nothing: bool = False) -> str:
    """Return the body as the source of a flow; JSON becomes YAML, a list becomes documents.

    Args:
        or_nothing: An empty body is an empty source; else it is refused.

    Raises:
        RefusedRequestError: No body, a too large one, another content type, not UTF-8 or JSON.
    """
    kind = content_type(request)
    if kind not in (*YAML_TYPES, "application/json") and not (or_nothing and not kind):
        raise unsupported_type(kind, _ALLOWED)
    text = await read_text(request)
    if not text.strip():
        if or_nothing:
            return ""
        detail = "Required Body [flow] not specified"
        raise RefusedRequestError(422, "Invalid route params", detail)
    return _from_json(text, as_list=or_nothing) if kind == "application/json" else text


async def read_documents(request: Request) -> list[str]:
    """Return the sources in a body, which may be empty; see :func:`read_source`."""
    source = await read_source(request, or_nothing=True)
    return [text.strip() for text in split_documents(source)]


def _from_json(text: str, *, as_list: bool) -> str:
    value = parse_json(text)
    flows = value if isinstance(value, list) and as_list else [value]
    if not all(isinstance(flow, dict) for flow in flows):
        raise RefusedRequestError(422, "Invalid json", "a flow is an object")
    own = [{name: flow[name] for name in flow if name not in _CLIENT_EXTRAS} for flow in flows]
    return "---\n".join(to_yaml(flow, is_large=is_large(text)) for flow in own)


def is_large(text: str) -> bool:
    """Whether a flow, or a part of one, is so long that only machines read it."""
    return len(text) > _LARGE


def parse_json(text: str) -> Any:
    """Return what a flow, or a part of one, means that is written as JSON.

    Raises:
        RefusedRequestError: 422, it is not JSON, or there is too much of it.
    """
    if len(text) > _LONGEST_FLOW:
        detail = f"a flow is longer than {_LONGEST_FLOW} characters"
        raise RefusedRequestError(422, "Invalid json", detail)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RefusedRequestError(422, "Invalid json", str(error)) from error
    refuse_endless(value)
    return value


async def read_json(request: Request, kind: type[T], *, default: T | None = None) -> T:
    """Return the body as a value of a type; properties that the type lacks are ignored.

    Args:
        default: For an empty body; None refuses it.

    Raises:
        RefusedRequestError: Another content type, no JSON, or JSON of another form.
    """
    given = content_type(request)
    if given and "json" not in given:
        raise unsupported_type(given, ["application/json"])
    body = await read_bytes(request)
    if not body.strip():
        if default is not None:
            return default
        raise RefusedRequestError(422, "Invalid route params", "Required Body not specified")
    try:
        raw = msgspec.json.decode(body)
        refuse_endless(raw)
        return msgspec.convert(raw, kind, strict=False)
    except msgspec.ValidationError as error:
        raise RefusedRequestError(422, "Invalid json mapping", str(error)) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise RefusedRequestError(422, "Invalid json", str(error)) from error


def refuse_endless(value: Any) -> None:
    """Refuse more values than anybody sends, and texts with U+0000, which no column takes."""
    level, left, depth = [value], MOST_VALUES, 0
    while level:
        left -= len(level)
        if left < 0 or depth > _DEEPEST:
            raise RefusedRequestError(422, "Invalid json", "too many or too deep values")
        following: list[Any] = []
        for item in level:
            if isinstance(item, str):
                if "\0" in item:
                    detail = "a text holds the character U+0000"
                    raise RefusedRequestError(422, "Invalid json", detail)
            elif isinstance(item, Mapping):
                following += item.keys()
                following += item.values()
            elif isinstance(item, list):
                following += item
        level, depth = following, depth + 1


async def read_flow_ids(request: Request) -> list[FlowId]:
    """Return a list of ``{"namespace": …, "id": …}``."""
    names: Sequence[FlowName] = await read_json(request, list[FlowName])
    return [(name.namespace, name.id) for name in names]
