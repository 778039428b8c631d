"""Routes of the login: sessions, credentials, API tokens."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request, Response

from tiercel.services.login import SESSION_SECONDS
from tiercel.web.access import COOKIE, client_of, login_needed, open_to_all
from tiercel.web.bodies import read_json
from tiercel.web.errors import not_found
from tiercel.web.replies import JsonReply
from tiercel.web.services import AppServices, Services
from tiercel.web.shapes import moment

router = APIRouter(prefix="/api/v1", tags=["login"])


class Credentials(msgspec.Struct):
    """A name and a password."""

    username: str
    password: str


class TokenName(msgspec.Struct):
    """What a token is called."""

    name: str


@router.post("/login", status_code=204)
@open_to_all
async def log_in(request: Request, services: Services) -> Response:
    """Begin a session: the answer sets a cookie that counts as a login."""
    given = await read_json(request, Credentials)
    cookie = await services.views.login.begin_session(
        given.username, given.password, client_of(request)
    )
    if cookie is None:
        return login_needed(request)
    reply = Response(status_code=204)
    reply.set_cookie(
        COOKIE,
        cookie,
        path=_cookie_path(services),
        max_age=SESSION_SECONDS,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return reply


@router.post("/logout", status_code=204)
@open_to_all
async def log_out(services: Services) -> Response:
    """End the session of this browser."""
    reply = Response(status_code=204)
    path = _cookie_path(services)
    reply.delete_cookie(COOKIE, path=path, httponly=True, samesite="strict")
    return reply


def _cookie_path(services: AppServices) -> str:
    """Return below which path browsers send the cookie: other servers of this host get none."""
    return services.options.settings.web.context_path or "/"


@router.post("/basicAuth", status_code=204)
async def set_credentials(request: Request, services: Services) -> Response:
    """Set name and password; from then on requests need them."""
    given = await read_json(request, Credentials)
    await services.views.login.set_credentials(given.username, given.password)
    return Response(status_code=204)


@router.get("/basicAuthValidationErrors")
async def validation_errors() -> Response:
    """Return what is wrong with the configured login: nothing, or the server would not run."""
    return JsonReply([])


@router.get("/tokens")
async def list_tokens(services: Services) -> Response:
    """Return names and dates of all API tokens."""
    found = await services.views.login.tokens()
    return JsonReply([{"name": name, "created": moment(created)} for name, created in found])


@router.post("/tokens")
async def make_token(request: Request, services: Services) -> Response:
    """Make an API token for ``Authorization: Bearer``; it is shown this once."""
    wanted = await read_json(request, TokenName)
    token = await services.views.login.make_token(wanted.name)
    return JsonReply({"name": wanted.name, "token": token}, headers={"cache-control": "no-store"})


@router.delete("/tokens/{name}", status_code=204)
async def delete_token(name: str, services: Services) -> Response:
    """Make an API token useless."""
    if not await services.views.login.delete_token(name):
        raise not_found()
    return Response(status_code=204)
