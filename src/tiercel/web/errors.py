"""Errors as replies: one body for all of them, never a stack trace."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from tiercel.model.errors import (
    ConflictError,
    IllegalArgumentError,
    InvalidInputError,
    NotFoundError,
    ServerUnavailableError,
    StorageError,
    TiercelError,
)
from tiercel.model.problems import InvalidFlowError
from tiercel.services.requirements import BulkRefusedError
from tiercel.web.flow_faults import problem_details, problems_text
from tiercel.web.replies import JsonReply

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

logger = logging.getLogger(__name__)

_LONGEST = 6_000
"""Characters of a message: what was sent may be repeated in it."""
_UNSET: Mapping[str, Any] = {"logref": None, "_links": {}, "_embedded": {}}
_REASONS: tuple[tuple[type[TiercelError], str], ...] = (
    (NotFoundError, "Not Found"),
    (StorageError, "Not Found"),
    (ConflictError, "Illegal state"),
    (IllegalArgumentError, "Illegal argument"),
    (ServerUnavailableError, "Service Unavailable"),
)


class RefusedRequestError(TiercelError):
    """A request is refused before any use case saw it.

    Args:
        reason: First part of the message, what clients show as a title.
        detail: The rest; empty leaves the reason alone.
    """

    code = "refused_request"

    def __init__(self, status: int, reason: str, detail: str = "", *, hint: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason, hint=hint)
        self.status = status


def not_found(message: str = "") -> RefusedRequestError:
    """Return the answer to a lookup that finds nothing."""
    return RefusedRequestError(404, "Not Found", message)


@contextmanager
def or_404(message: str = "") -> Iterator[None]:
    """Answer 404 with this message alone, as clients know it, when something is not found."""
    try:
        yield
    except NotFoundError:
        raise not_found(message) from None


def bad_value(name: str, value: object, reason: str) -> RefusedRequestError:
    """Return the refusal of a parameter that can't be read."""
    detail = f"Failed to convert argument [{name}] for value [{value}] due to: {reason}"
    return RefusedRequestError(422, "Internal server error", detail)


def unsupported_type(given: str, allowed: Sequence[str]) -> RefusedRequestError:
    """Return the refusal of a body's content type."""
    detail = f"Content Type [{given}] not allowed. Allowed types: [{', '.join(allowed)}]"
    return RefusedRequestError(415, "Unsupported Media Type", detail)


def too_large(detail: str) -> RefusedRequestError:
    """Return the refusal of a body, or a part of one, that is over its limit."""
    return RefusedRequestError(413, "Content Too Large", detail)


def error_body(
    request: Request, message: str, errors: Iterable[Mapping[str, Any]] = (), hint: str = ""
) -> dict[str, Any]:
    """Return the body of every failure.

    Args:
        errors: Details: ``message``, ``path``, and where known ``line``, ``column``, ``hint``.
    """
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    href = raw.decode("latin-1").partition("?")[0]
    if query := request.scope.get("query_string"):
        href = f"{href}?{query.decode('latin-1')}"
    details = [{**_UNSET, **error, "message": _cut(error["message"])} for error in errors]
    unset = ("profile", "deprecation", "title", "hreflang", "type", "name")
    link = {"href": href, "templated": False, **dict.fromkeys(unset)}
    body = {
        "message": _cut(message),
        "logref": None,
        "path": None,
        "_links": {"self": link},
        "_embedded": {"errors": details} if details else {},
    }
    return {**body, "hint": hint} if hint else body


def _cut(text: str) -> str:
    """Return a message without the rest of what was sent, when that is very long."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def install_error_handlers(app: FastAPI) -> None:
    """Make every failure of the application a reply with the same body."""
    app.add_exception_handler(TiercelError, _on_refusal)
    app.add_exception_handler(RequestValidationError, _on_bad_parameter)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Exception, _on_bug)


async def _on_refusal(request: Request, error: Exception) -> JsonReply:
    if isinstance(error, RefusedRequestError):
        body = error_body(request, error.message, hint=error.hint)
        return JsonReply(body, error.status)
    if isinstance(error, InvalidFlowError):
        return JsonReply(_flow_body(request, error), error.http_status)
    if isinstance(error, InvalidInputError):
        return JsonReply(_input_body(request, error), error.http_status)
    assert isinstance(error, TiercelError)  # noqa: S101  what the handler is installed for
    reason = next(
        (reason for kind, reason in _REASONS if isinstance(error, kind)), "Internal server error"
    )
    if isinstance(error, BulkRefusedError):
        return JsonReply(bulk_body(error.message, error.invalids), error.http_status)
    body = error_body(request, f"{reason}: {error.message}", hint=error.hint)
    return JsonReply(body, error.http_status)


def bulk_body(message: str, invalids: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the refusal of a request for many executions, with what is wrong with which."""
    place = {"name": "execution", "kind": "PROPERTY", "inIterable": False}
    return {
        "message": message,
        "invalids": [
            {
                "message": reason,
                "rootBean": execution_id,
                "rootBeanClass": "java.lang.String",
                "leafBean": execution_id,
                "propertyPath": [place],
                "invalidValue": execution_id,
                "messageTemplate": "{messageTemplate}",
                "executableParameters": [],
            }
            for execution_id, reason in invalids
        ],
    }


def _flow_body(request: Request, error: InvalidFlowError) -> dict[str, Any]:
    is_json = request.headers.get("content-type", "").startswith("application/json")
    details = problem_details(error.problems, error.definition, is_json=is_json)
    message = problems_text(error.problems, error.definition)
    if not (is_json and message.startswith("Invalid type: ")):
        message = f"Invalid entity: {message}"
    return error_body(request, message, details)


def _input_body(request: Request, error: InvalidInputError) -> dict[str, Any]:
    problems = error.context.get("problems")
    parts = [text.partition(": ") for text in problems] if isinstance(problems, list) else []
    details = [{"message": message, "path": name} for name, _, message in parts]
    return error_body(request, f"Invalid entity: {error.message}", details, error.hint)


async def _on_bad_parameter(request: Request, error: Exception) -> JsonReply:
    assert isinstance(error, RequestValidationError)  # noqa: S101  what the handler is installed for
    first = error.errors()[0]
    name = str(first["loc"][-1])
    if first["type"] == "missing":
        message, status = f"Bad Request: Required QueryValue [{name}] not specified", 400
    elif first["type"] == "greater_than_equal":
        limit = first["ctx"]["ge"]
        message = f"Invalid entity: {name}: must be greater than or equal to {limit}"
        status = 422
    else:
        refusal = bad_value(name, first["input"], first["msg"])
        message, status = refusal.message, refusal.status
    return JsonReply(error_body(request, message), status)


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  what the handler is installed for
    from tiercel.web.access import is_refused, login_needed

    if await is_refused(request):
        return login_needed(request)
    message = error.detail
    if error.status_code == 405:
        allowed = ", ".join(_methods_of(request))
        message = (
            f"Method Not Allowed: Method [{request.method}] not allowed for URI"
            f" [{_asked_path(request)}]. Allowed methods: [{allowed}]"
        )
    return JsonReply(error_body(request, message), error.status_code)


def _asked_path(request: Request) -> str:
    """Return the path as the client asked for it, with what all paths of this server begin with."""
    settings = request.app.state.services.options.settings
    return f"{settings.web.context_path}{request.url.path}"


def _methods_of(request: Request) -> list[str]:
    """Return the methods that a path has, over all routes."""
    found = set()
    for route in request.app.state.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            found |= set(getattr(route, "methods", None) or ())
    return sorted(found - {"HEAD"})


async def _on_bug(request: Request, error: Exception) -> JsonReply:
    logger.error("request failed", exc_info=error, extra={"path": request.url.path})
    message = "Internal server error: see the server's log"
    return JsonReply(error_body(request, message), 500)
