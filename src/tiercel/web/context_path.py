"""An application below a path: all that a server has, for a proxy that passes paths on as they are.

The path is taken off before anything looks at the rest, so whatever decides by a path or by the
route that matched decides as it does without one. Probes are answered without the path too: what
looks after containers asks them, not the proxy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


_PROBES = frozenset({"/ping", "/health", "/health/readiness", "/health/liveness"})


def below(path: str, context_path: str) -> str | None:
    """Return the rest of a path after the one that all begin with; None when this does not.

    Args:
        context_path: Empty for none, else with a slash at its beginning and none at its end.
    """
    if path == context_path:
        return "/"
    return path.removeprefix(context_path) if path.startswith(f"{context_path}/") else None


class BelowPath:
    """Serves an application below a path; there is nothing but probes elsewhere."""

    def __init__(self, app: ASGIApp, context_path: str) -> None:
        self._app = app
        self._context_path = context_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on without the path, or answer 404."""
        if scope["type"] == "http":
            path = scope["path"]
            rest = path if path in _PROBES else below(path, self._context_path)
            if rest is None:
                await self._refuse(scope, receive, send)
                return
            scope = {**scope, "path": rest}
        await self._app(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        from starlette.requests import Request

        from tiercel.web.errors import error_body
        from tiercel.web.replies import JsonReply
        from tiercel.web.unread import UnreadBodies

        message = f"Not Found: everything here is below {self._context_path}"
        reply = JsonReply(error_body(Request(scope), message), 404)
        await UnreadBodies(reply)(scope, receive, send)
