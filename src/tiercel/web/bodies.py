"""Bodies of requests: sources of flows, JSON, plain text. Every one has a limit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, overload

import msgspec

from tiercel.model.yaml import MAX_CHARACTERS, MAX_VALUES
from tiercel.services.flow_sets import FlowId
from tiercel.services.source_edits import to_yaml
from tiercel.services.source_files import split_documents
from tiercel.web.errors import RefusedRequestError, too_large, unsupported_type

if TYPE_CHECKING:
    from starlette.requests import Request

T = TypeVar("T")

YAML_TYPES = ("application/x-yaml", "application/yaml", "text/yaml", "text/x-yaml")
MAX_SOURCE_BYTES = 16 << 20
MAX_JSON_BYTES = 4 << 20
MOST_VALUES = 100_000
"""Values in a body of JSON, names of properties included."""
_DEEPEST = 100
"""Values in one another, as in the YAML of a flow."""
_JSON = "application/json"
_ALLOWED = (_JSON, "application/x-yaml")
_CLIENT_EXTRAS = ("additional_properties", "source")
_MARKS = (b",", b":", b"[", b"{")


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


async def read_source(request: Request) -> str:
    """Return the body as the source of a flow; JSON becomes YAML.

    Raises:
        RefusedRequestError: No body, a too large one, another content type, not UTF-8 or JSON.
    """
    kind = content_type(request)
    if kind not in (*YAML_TYPES, _JSON):
        raise unsupported_type(kind, _ALLOWED)
    text = await read_text(request)
    if not text.strip():
        detail = "Required Body [flow] not specified"
        raise RefusedRequestError(422, "Invalid route params", detail)
    return to_yaml(_own(parse_json(text))) if kind == _JSON else text


async def read_documents(request: Request) -> Sequence[str]:
    """Return the sources in a body, which may be empty; see :func:`read_source`.

    A list of flows in JSON becomes a source for each.
    """
    kind = content_type(request)
    if kind not in ("", *YAML_TYPES, _JSON):
        raise unsupported_type(kind, _ALLOWED)
    text = await read_text(request)
    if kind != _JSON or not text.strip():
        return [document.strip() for document in split_documents(text)]
    value = parse_json(text, MOST_VALUES)
    return _Sources(list(map(_own, value if isinstance(value, list) else [value])))


def _own(flow: Any) -> dict[str, Any]:
    """Return what belongs to a flow itself, of what clients send."""
    if not isinstance(flow, dict):
        raise RefusedRequestError(422, "Invalid json", "a flow is an object")
    return {name: flow[name] for name in flow if name not in _CLIENT_EXTRAS}


class _Sources(Sequence[str]):
    """Flows as sources, each written when it is asked for: one that is not valid may be the last
    that anybody asks for.
    """

    def __init__(self, flows: list[dict[str, Any]]) -> None:
        self._flows = flows

    def __len__(self) -> int:
        return len(self._flows)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...

    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        found = self._flows[index]
        return _Sources(found) if isinstance(found, list) else to_yaml(found).strip()


def parse_json(text: str, most: int = MAX_VALUES) -> Any:
    """Return what a flow, or a part of one, means that is written as JSON.

    Args:
        most: Values that there may be, names of properties included.

    Raises:
        RefusedRequestError: 422, it is not JSON, or there is too much of it.
    """
    if len(text) > MAX_CHARACTERS:
        detail = f"a flow is longer than {MAX_CHARACTERS} characters"
        raise RefusedRequestError(422, "Invalid json", detail)
    body = text.encode()
    _refuse_endless(body, most)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RefusedRequestError(422, "Invalid json", str(error)) from error
    _refuse_deep(body, value)
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
    body = await read_bytes(request, MAX_JSON_BYTES)
    if not body.strip():
        if default is not None:
            return default
        raise RefusedRequestError(422, "Invalid route params", "Required Body not specified")
    _refuse_endless(body, MOST_VALUES)
    try:
        raw = msgspec.json.decode(body)
        _refuse_deep(body, raw)
        return msgspec.convert(raw, kind, strict=False)
    except msgspec.ValidationError as error:
        raise RefusedRequestError(422, "Invalid json mapping", str(error)) from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise RefusedRequestError(422, "Invalid json", str(error)) from error


def _refuse_endless(body: bytes, most: int) -> None:
    """Refuse JSON with more values than anybody sends, before the first of them is built."""
    if sum(map(body.count, _MARKS)) >= most and _values(body, most) > most:
        detail = f"there are more than {most} values, names of properties included"
        raise RefusedRequestError(422, "Invalid json", detail, hint="send it in parts")


def _values(body: bytes, most: int) -> int:
    """Return how many values JSON has, names included; of more than ``most`` any greater number."""
    parts = body.replace(rb"\\", b"").replace(rb"\"", b"").split(b'"', 2 * most + 2)
    if len(parts) > 2 * most + 2:
        return most + 1
    outside = b"".join(parts[::2])
    # each but the first value comes after one of the marks, and an empty list or map has no first
    empty = outside.count(b"[]") + outside.count(b"{}")
    return 1 + sum(map(outside.count, _MARKS)) - empty


def _refuse_deep(body: bytes, value: Any) -> None:
    """Refuse values too deep in one another, and texts with U+0000, which no column takes."""
    if body.count(b"[") + body.count(b"{") <= _DEEPEST and rb"\u0000" not in body:
        return
    level, depth = [value], 0
    while level:
        if depth > _DEEPEST:
            detail = f"there are more than {_DEEPEST} values in one another"
            raise RefusedRequestError(422, "Invalid json", detail, hint="send fewer levels")
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
