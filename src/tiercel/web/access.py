"""Who may use which route. Every route needs a login unless it is marked with :func:`open_to_all`.

Whether a request is let through is decided for the route that matched, never for a path as text, so
that no other spelling of a path leads past the login. Paths that no route has are refused like
everything else to those who are not logged in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from tiercel.services.login import TooManyFailuresError
from tiercel.web.errors import error_body
from tiercel.web.probes import MANAGED
from tiercel.web.replies import JsonReply

if TYPE_CHECKING:
    from tiercel.services.login import Login

COOKIE = "tiercel_session"
F = TypeVar("F", bound=Callable[..., Any])
_OPEN = "_tiercel_open"


class LoginNeededError(Exception):
    """The route needs a login, and the request has none that is good."""


def open_to_all(endpoint: F) -> F:
    """Mark an endpoint that needs no login: it tells nothing, or checks a key of its own."""
    setattr(endpoint, _OPEN, True)
    return endpoint


async def user_of(request: Request) -> str | None:
    """Return who asks: by password, token or session; None when nobody is logged in.

    Raises:
        TooManyFailuresError: The client was wrong too often.
    """
    login: Login = request.app.state.services.views.login
    authorization = request.headers.get("authorization")
    if authorization:
        return await login.of_header(authorization, client_of(request))
    cookie = request.cookies.get(COOKIE)
    return login.of_session(cookie) if cookie else None


def client_of(request: Request) -> str:
    """Return the address of the client."""
    return request.client.host if request.client else ""


async def require_login(request: Request) -> None:
    """Let a request through to the route that matched, or not. A dependency of all routes.

    Raises:
        LoginNeededError: The route is not open to all and nobody is logged in.
    """
    login: Login = request.app.state.services.views.login
    if not login.is_enabled or getattr(request.scope.get("endpoint"), _OPEN, False):
        return
    if request.scope.get(MANAGED):
        # the port of its own has asked for the login of that port, and lets few paths through
        return
    if await user_of(request) is None and not _is_open_url(request, login):
        raise LoginNeededError


def _is_open_url(request: Request, login: Login) -> bool:
    """Whether the configuration opens the path, as the router understood it."""
    path: str = request.scope["path"]
    return any(path == url or path.startswith(url.rstrip("/") + "/") for url in _urls(login))


def _urls(login: Login) -> tuple[str, ...]:
    return tuple(url for url in login.options.open_urls if url.strip("/"))


async def is_refused(request: Request) -> bool:
    """Whether a request that no route matched must not even learn that."""
    login: Login = request.app.state.services.views.login
    if not login.is_enabled or request.scope.get(MANAGED):
        return False
    return await user_of(request) is None


def login_needed(request: Request) -> Response:
    """Return the answer to a request without a login: 401 and nothing else.

    Browsers are not made to ask when a page's own script sends the request.
    """
    login: Login = request.app.state.services.views.login
    headers = {"www-authenticate": f"Basic realm={login.options.realm}"}
    if request.headers.get("x-requested-with"):
        headers = {}
    return Response(status_code=401, headers=headers)


async def on_login_needed(request: Request, _: Exception) -> Response:
    """Answer a request without a login."""
    return login_needed(request)


async def on_too_many_failures(request: Request, error: Exception) -> Response:
    """Answer a client that was wrong too often."""
    assert isinstance(error, TooManyFailuresError)  # noqa: S101  what the handler is installed for
    body = error_body(request, f"Too Many Requests: {error.message}", hint=error.hint)
    return JsonReply(body, 429, headers={"retry-after": str(error.seconds)})
