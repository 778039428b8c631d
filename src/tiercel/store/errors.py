"""What can go wrong between the store and its server, in words a person can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from tiercel.model.errors import IllegalArgumentError, ServerUnavailableError, TiercelError


class SchemaError(TiercelError):
    """The database's tables are not those this version works with."""

    code: ClassVar[str] = "schema"


@contextmanager
def translated() -> Iterator[None]:
    """Turn the driver's connection problems into :class:`ServerUnavailableError`.

    A bad regular expression or a query over its time limit becomes :class:`IllegalArgumentError`;
    what is left is a bug of ours and passes as it is.
    """
    try:
        yield
    except OSError as error:
        raise ServerUnavailableError(
            f"PostgreSQL can't be reached: {_reason(error)}",
            hint="Check that the server runs, and host and port of the database URL.",
        ) from error
    except Exception as error:  # sorted out by class; what is not known is raised again
        refusal = _refusal(error)
        if refusal is None:
            raise
        raise refusal from error


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return str(error) or "no answer in time"
    return str(error) or type(error).__name__


def _refusal(error: Exception) -> TiercelError | None:
    import asyncpg

    if isinstance(error, asyncpg.InvalidRegularExpressionError):
        return IllegalArgumentError(f"Invalid regular expression: {error}")
    if isinstance(error, asyncpg.QueryCanceledError):
        return IllegalArgumentError(
            "The query takes too long", hint="Narrow it by namespace, flow or date."
        )
    if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError):
        return ServerUnavailableError(
            f"PostgreSQL refuses the login: {error}",
            hint="Check user and password of the database URL.",
        )
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        return ServerUnavailableError(
            f"PostgreSQL has no such database: {error}",
            hint="Create it, or correct the name in the database URL.",
        )
    if isinstance(error, asyncpg.ReadOnlySQLTransactionError):
        return ServerUnavailableError(
            "PostgreSQL accepts no writes",
            hint="The URL leads to a standby; use the primary server's.",
        )
    lost = (
        asyncpg.PostgresConnectionError,
        asyncpg.OperatorInterventionError,
        asyncpg.InsufficientResourcesError,
    )
    if isinstance(error, lost) or _is_closed(error):
        return ServerUnavailableError(
            f"PostgreSQL is not available: {_reason(error)}",
            hint="It may be restarting or out of connections or disk; its own log says more.",
        )
    return None


def _is_closed(error: Exception) -> bool:
    """Whether the driver says that connection or pool are gone, which it has no class of its own
    for.
    """
    import asyncpg

    text = str(error)
    if isinstance(error, asyncpg.InternalClientError):
        # an idle connection was told of its end and is not closed yet
        return "cannot switch to state" in text
    if not isinstance(error, asyncpg.InterfaceError) or isinstance(error, ValueError):
        return False
    return "closed" in text or "closing" in text or "terminated" in text
