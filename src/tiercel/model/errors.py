"""The error tree. Every refusal made on purpose is one of these.

    TiercelError
    ├── InvalidFlowError        a flow source has problems, all of them listed (problems.py)
    ├── InvalidInputError       an input value is refused
    ├── NotFoundError           no such flow, execution, file …
    ├── ConflictError           the request does not fit the present state
    ├── IllegalArgumentError    the request can never be carried out as it stands
    ├── StorageError            internal storage refused or lacks a file
    └── ServerUnavailableError  an embedded or configured server can't be reached or started

Each class carries a stable ``code``, the HTTP status its refusal maps to, and a ``hint`` that says
how to mend it.
"""

from __future__ import annotations

from typing import ClassVar


class TiercelError(Exception):
    """Base of every error raised on purpose.

    Args:
        message: What is wrong, in one sentence.
        hint: How to mend it; may be empty.
        context: Facts for logs and clients (ids, paths), never prose.
    """

    code: ClassVar[str] = "internal"
    http_status: ClassVar[int] = 500

    def __init__(self, message: str, *, hint: str = "", **context: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.context = context


class NotFoundError(TiercelError):
    """Nothing exists under the name that was given."""

    code, http_status = "not_found", 404


class ConflictError(TiercelError):
    """The request is well formed but does not fit the present state."""

    code, http_status = "conflict", 409


class IllegalArgumentError(TiercelError):
    """The request can not be carried out as it stands, whatever the state."""

    code, http_status = "illegal_argument", 422


class InvalidInputError(TiercelError):
    """An input value is refused; the message names the input, the rule and the value.

    Where many may be refused ``context["problems"]`` has a text for each, which begins with its id.
    """

    code, http_status = "invalid_input", 422


class StorageError(TiercelError):
    """Internal storage refuses a URI or lacks the file; messages show the URI, no disk path."""

    code, http_status = "storage", 404


class ServerUnavailableError(TiercelError):
    """A server that Tiercel stands on (PostgreSQL, NATS) can't be reached, found or started."""

    code, http_status = "server_unavailable", 503
